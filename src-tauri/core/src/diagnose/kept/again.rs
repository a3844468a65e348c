//! A case judged again, by what is there on the day it is looked at.

use super::here::{Here, certificates, guids_in, token_keys, with_guids};
use super::key::Key;
use super::text::{Whose, each_text};
use super::{KeptCase, KeptFinding, KeptSts, KeptVerdict, RejectionKind};
use crate::diagnose::evidence::{Evidence, Message, RequestSeen, Sts, TrailEvent};
use crate::diagnose::{ConfiguredClaim, Finding, RuleId, Severity, diagnose, is_blocked};
use crate::oidc::{Claims, TokenRejection, TokenView};
use crate::time::parse_instant;
use std::collections::{BTreeMap, BTreeSet};

/// What became of a case.
#[derive(Clone, Debug, PartialEq)]
pub struct Rechecked {
    /// What was found when it was kept.
    pub before: Vec<KeptFinding>,
    /// What is found now, causes first.
    pub after: Vec<Finding>,
    /// Nothing that is known would stop this sign-in now, and everything that it stands on is known.
    pub passes: bool,
    /// Certificates or keys have changed, so whether its signature holds now only a new sign-in can tell.
    pub signature_open: bool,
    /// It was kept with another key than the set-up's cases have now, so that its tenants, clients and certificates
    /// cannot be compared any more: `after` has nothing that stands on them.
    pub other_key: bool,
}

impl KeptCase {
    /// The sign-in as it would be judged with what is there now: `current` is today's evidence without a sign-in.
    /// Ages are as of the day it was kept. With another `key` than it was kept with, the set-up's own tenant is a
    /// stranger's in it: [`KeptCase::recheck`] knows.
    pub fn evidence(&self, current: &Evidence, key: &Key) -> Evidence {
        let here = Here::of(current);
        self.filled(current, key, &|_, text| here.fill(text, key))
    }

    fn filled(&self, current: &Evidence, key: &Key, fill: &dyn Fn(Whose, &str) -> String) -> Evidence {
        let signature_open = self.is_signature_open(current, key);
        let mut kept = self.clone();
        each_text(&mut kept, &mut |whose, text| fill(whose, text));
        let mut e = current.clone();
        e.now = parse_instant(&kept.at).unwrap_or(current.now);
        e.captured_at = kept.captured_at.as_deref().and_then(parse_instant);
        e.view = None;
        e.verdict = None;
        if let Some(response) = kept.response {
            e.view = Some(response.view);
            if let (Some(KeptVerdict::Rejected { kind, detail }), false) = (response.verdict, signature_open)
            {
                e.verdict = Some(Err(kind.rejection(&detail)));
            }
        }
        if let Some(kept) = kept.token {
            let token = e.token.get_or_insert_default();
            token.nonce = kept.nonce;
            token.verdict = kept
                .fault
                .filter(|_| !signature_open)
                .map(|fault| Err(TokenRejection::Signature(fault.signature_fault())));
            token.view = Some(TokenView {
                algorithm: kept.algorithm,
                kid: kept.kid,
                kind: kept.kind,
                critical: kept.critical,
                claims: Claims::of(kept.claims),
                length: kept.length,
            });
        }
        e.sts = kept.sts.map(|sts| match sts {
            KeptSts::Accepted => Sts::Accepted,
            KeptSts::Refused { code, message } => Sts::Refused { code, message },
        });
        e.messages = kept
            .messages
            .into_iter()
            .map(|text| Message { text, at: None })
            .collect();
        e.request = kept.request.map(|r| RequestSeen {
            id: r.id,
            issuer: r.issuer,
            acs: r.acs,
            destination: r.destination,
            deflated: r.deflated,
        });
        e.table = kept
            .table
            .into_iter()
            .map(|(name, source)| ConfiguredClaim { name, source })
            .collect();
        e.trail = kept
            .trail
            .into_iter()
            .filter_map(|k| {
                Some(TrailEvent {
                    at: parse_instant(&k.at)?,
                    name: k.name,
                    role_arn: k.role_arn,
                    provider: k.provider,
                    tags: k.tags,
                    error_code: k.error_code,
                    error_message: k.error_message,
                })
            })
            .collect();
        e.answers = kept.answers;
        // People have other names here, so today's addresses say nothing about them.
        e.live.document_addresses = kept.document_addresses;
        e
    }

    /// Judges it again.
    pub fn recheck(&self, current: &Evidence, key: &Key) -> Rechecked {
        let mut after = self.judged(self.evidence(current, key));
        let other_key = self.stands_on_a_key() && !self.is_kept_with(key);
        if other_key {
            self.leave_incomparable_out(&mut after, current, key);
        }
        Rechecked {
            before: self.findings.clone(),
            passes: !other_key && !is_blocked(&after),
            after,
            signature_open: self.is_signature_open(current, key),
            other_key,
        }
    }

    /// Whether it was kept with this key; a case of others never was.
    pub fn is_kept_with(&self, key: &Key) -> bool {
        self.key.as_ref() == Some(&key.fingerprint())
    }

    /// Whether something in it was made with a key. That of a case without a fingerprint nobody knows.
    fn stands_on_a_key(&self) -> bool {
        self.key.is_some()
            || !self.own.is_empty()
            || self.response.as_ref().is_some_and(|r| r.certificates.is_some())
            || self.token.as_ref().is_some_and(|t| t.keys.is_some())
    }

    fn judged(&self, mut evidence: Evidence) -> Vec<Finding> {
        let after = diagnose(&evidence);
        let explained = self
            .findings
            .iter()
            .any(|f| f.severity == Severity::Blocking && f.id != RuleId::Unexplained);
        let now_unexplained = after.iter().any(|f| f.id == RuleId::Unexplained);
        // STS refused for what was found that day; where that is mended, its refusal is history.
        if explained && now_unexplained {
            evidence.sts = None;
            return diagnose(&evidence);
        }
        after
    }

    /// What is found whichever of today's tenants and clients those of the case are, and names none of them, does
    /// not stand on the key.
    fn leave_incomparable_out(&self, after: &mut Vec<Finding>, current: &Evidence, key: &Key) {
        let here = Here::of(current);
        let mut guids: BTreeSet<String> = BTreeSet::new();
        each_text(&mut self.clone(), &mut |whose, text| {
            if whose == Whose::Machine {
                guids.extend(guids_in(text).map(|(_, guid)| guid.to_owned()));
            }
            text.to_owned()
        });
        if !guids.is_empty() {
            after.retain(|f| !guids_in(&f.found).any(|(_, guid)| guids.contains(guid)));
            let own: BTreeMap<&str, &String> = self.own.iter().map(String::as_str).zip(&here.guids).collect();
            for one in &here.guids {
                let as_one = |_: Whose, text: &str| {
                    let filled = with_guids(text, &|guid| {
                        let is_known = guids.contains(guid);
                        is_known.then(|| own.get(guid).map_or(one.as_str(), |own| own.as_str()))
                    });
                    here.fill(&filled, key)
                };
                let found = self.judged(self.filled(current, key, &as_one));
                after.retain(|f| found.iter().any(|other| other.id == f.id));
            }
        }
        let left: BTreeSet<RuleId> = after.iter().map(|f| f.id).collect();
        after.retain(|f| f.caused_by.is_none_or(|cause| left.contains(&cause)));
    }

    /// Whether the verdict on the signature says nothing any more: other certificates or keys are trusted now, or
    /// those of now are not at hand. Of those of a case for others nothing is known, and its verdict stands.
    fn is_signature_open(&self, current: &Evidence, key: &Key) -> bool {
        let is_ours = self.is_kept_with(key);
        if let Some(kept) = &self.token
            && let (Some(fault), Some(then)) = (&kept.fault, &kept.keys)
        {
            return fault.is_of_keys() && (!is_ours || *then != token_keys(current, key));
        }
        let Some(kept) = &self.response else { return false };
        let Some(then) = &kept.certificates else {
            return false;
        };
        let now = certificates(current, key);
        match &kept.verdict {
            Some(KeptVerdict::Valid { .. }) => !is_ours || then.iter().any(|c| !now.contains(c)),
            Some(KeptVerdict::Rejected {
                kind: RejectionKind::WrongSignature | RejectionKind::NoCertificate,
                ..
            }) => !is_ours || *then != now,
            Some(KeptVerdict::Rejected { .. }) | None => false,
        }
    }
}
