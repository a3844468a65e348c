//! A case judged again, by what is there on the day it is looked at.

use super::here::{Here, certificates};
use super::key::Key;
use super::text::each_text;
use super::{KeptCase, KeptFinding, KeptSts, KeptVerdict, RejectionKind};
use crate::diagnose::evidence::{Evidence, Message, RequestSeen, Sts, TrailEvent};
use crate::diagnose::{ConfiguredClaim, Finding, RuleId, Severity, diagnose, is_blocked};
use crate::oidc::{Claims, TokenRejection, TokenView};
use crate::time::parse_instant;

/// What became of a case.
#[derive(Clone, Debug, PartialEq)]
pub struct Rechecked {
    /// What was found when it was kept.
    pub before: Vec<KeptFinding>,
    /// What is found now, causes first.
    pub after: Vec<Finding>,
    /// Nothing that is known would stop this sign-in now.
    pub passes: bool,
    /// Certificates have changed, so whether its signature holds now only a new sign-in can tell.
    pub signature_open: bool,
}

impl KeptCase {
    /// The sign-in as it would be judged with what is there now: `current` is today's evidence without a sign-in.
    /// Ages are as of the day it was kept. With another `key` than it was kept with, the set-up's own tenant is a
    /// stranger's in it.
    pub fn evidence(&self, current: &Evidence, key: &Key) -> Evidence {
        let here = Here::of(current);
        let mut kept = self.clone();
        each_text(&mut kept, &mut |_, text| here.fill(text, key));
        let mut e = current.clone();
        e.now = parse_instant(&kept.at).unwrap_or(current.now);
        e.captured_at = kept.captured_at.as_deref().and_then(parse_instant);
        e.view = None;
        e.verdict = None;
        if let Some(response) = kept.response {
            e.view = Some(response.view);
            if let (Some(KeptVerdict::Rejected { kind, detail }), false) =
                (response.verdict, self.is_signature_open(current, key))
            {
                e.verdict = Some(Err(kind.rejection(&detail)));
            }
        }
        if let Some(kept) = kept.token {
            let token = e.token.get_or_insert_default();
            token.nonce = kept.nonce;
            token.verdict = kept
                .fault
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
        let mut evidence = self.evidence(current, key);
        let mut after = diagnose(&evidence);
        let explained = self
            .findings
            .iter()
            .any(|f| f.severity == Severity::Blocking && f.id != RuleId::Unexplained);
        let now_unexplained = after.iter().any(|f| f.id == RuleId::Unexplained);
        // STS refused for what was found that day; where that is mended, its refusal is history.
        if explained && now_unexplained {
            evidence.sts = None;
            after = diagnose(&evidence);
        }
        Rechecked {
            before: self.findings.clone(),
            passes: !is_blocked(&after),
            after,
            signature_open: self.is_signature_open(current, key),
        }
    }

    /// Whether the verdict on the signature says nothing any more: other certificates are trusted now. Of those of a
    /// case for others nothing is known, and its verdict stands.
    fn is_signature_open(&self, current: &Evidence, key: &Key) -> bool {
        let Some(kept) = &self.response else { return false };
        let Some(then) = &kept.certificates else {
            return false;
        };
        let now = certificates(current, key);
        match &kept.verdict {
            Some(KeptVerdict::Valid { .. }) => then.iter().any(|c| !now.contains(c)),
            Some(KeptVerdict::Rejected {
                kind: RejectionKind::WrongSignature | RejectionKind::NoCertificate,
                ..
            }) => *then != now,
            Some(KeptVerdict::Rejected { .. }) | None => false,
        }
    }
}
