//! What is taken of a sign-in, and how nobody stays recognisable in it.

use super::here::{Here, certificates, token_keys};
use super::key::Key;
use super::pseudonym::Pseudonyms;
use super::text::each_text;
use super::{
    KeptCase, KeptEvent, KeptFault, KeptFinding, KeptRequest, KeptResponse, KeptSts, KeptToken, KeptVerdict,
    SCHEMA,
};
use crate::diagnose::rules::said;
use crate::diagnose::symptom::{Symptom, symptoms_of};
use crate::diagnose::{Evidence, Sts, TokenEvidence, diagnose};
use crate::oidc::TokenRejection;
use crate::saml::response::View;
use crate::time::format_instant;
use serde_json::Value as Json;

/// Pieces of one kind that are kept.
const MOST: usize = 200;

/// Members and items of one value that are kept.
const MOST_MEMBERS: usize = 500;

impl KeptCase {
    /// What can be kept of a sign-in. With the same `key` alone it can be judged again.
    pub fn of(evidence: &Evidence, key: &Key) -> KeptCase {
        let here = Here::of(evidence);
        let mut pseudonyms = Pseudonyms::new(&here, key);
        let mut case = taken(evidence, key);
        each_text(&mut case, &mut |whose, text| pseudonyms.of(whose, text));
        case.document_addresses = document_addresses(evidence, &mut pseudonyms);
        case.key = Some(key.fingerprint());
        case.own = here.guids.iter().map(|guid| key.guid(guid)).collect();
        case
    }

    /// The case for others: the domains of addresses go too, and nothing stands in it that could be computed, with
    /// whatever key, from what it stands for. Account and tenant of the set-up are those of whoever looks at it.
    /// Where a trust policy asks for a domain, it can only be judged by its keeper.
    pub fn shared(&self) -> KeptCase {
        let mut pseudonyms = Pseudonyms::for_others(&self.own);
        let mut case = self.clone();
        each_text(&mut case, &mut |whose, text| pseudonyms.of(whose, text));
        for text in &mut case.messages {
            *text = without_the_rest(text);
        }
        if let Some(response) = &mut case.response {
            response.certificates = None;
        }
        if let Some(token) = &mut case.token {
            token.keys = None;
        }
        case.key = None;
        case.own = Vec::new();
        case
    }
}

/// As much of a sign-in as is kept, with everybody still in it.
fn taken(evidence: &Evidence, key: &Key) -> KeptCase {
    KeptCase {
        schema: SCHEMA,
        at: format_instant(evidence.now),
        idp: evidence.expected.idp,
        captured_at: evidence.captured_at.map(format_instant),
        response: evidence.view.as_ref().map(|view| KeptResponse {
            view: response(view, evidence),
            verdict: evidence.verdict.as_ref().map(KeptVerdict::of),
            certificates: Some(certificates(evidence, key)),
        }),
        token: evidence
            .token
            .as_ref()
            .and_then(|t| token(t, token_keys(evidence, key))),
        sts: evidence.sts.as_ref().map(|sts| match sts {
            Sts::Accepted => KeptSts::Accepted,
            Sts::Refused { code, message } => KeptSts::Refused {
                code: code.clone(),
                message: message.clone(),
            },
        }),
        messages: evidence
            .messages
            .iter()
            .take(MOST)
            .map(|m| without_the_rest(&m.text))
            .collect(),
        request: evidence.request.as_ref().map(|r| KeptRequest {
            id: r.id.as_ref().map(|id| {
                match id.starts_with(|c: char| c.is_ascii_digit()) {
                    true => "0",
                    false => "_",
                }
                .to_owned()
            }),
            issuer: r.issuer.clone(),
            acs: r.acs.clone(),
            destination: r.destination.clone(),
            deflated: r.deflated,
        }),
        table: evidence
            .table
            .iter()
            .take(MOST)
            .map(|c| (c.name.clone(), c.source.clone()))
            .collect(),
        trail: evidence
            .trail
            .iter()
            .take(MOST)
            .map(|e| KeptEvent {
                name: e.name.clone(),
                at: format_instant(e.at),
                role_arn: e.role_arn.clone(),
                provider: e.provider.clone(),
                tags: e.tags.clone(),
                error_code: e.error_code.clone(),
                error_message: e.error_message.clone(),
            })
            .collect(),
        answers: evidence.answers.clone(),
        // Which of them are the person's is told once the person has another name.
        document_addresses: None,
        key: None,
        own: Vec::new(),
        findings: diagnose(evidence).iter().map(KeptFinding::from).collect(),
    }
}

fn response(view: &View, evidence: &Evidence) -> View {
    let mut kept = View {
        in_response_to: view.in_response_to.as_ref().map(|_| "_kept".to_owned()),
        assertions: match &evidence.verdict {
            Some(Ok(verified)) => vec![verified.assertion().clone()],
            Some(Err(_)) | None => view.assertions.iter().take(10).cloned().collect(),
        },
        ..view.clone()
    };
    for assertion in &mut kept.assertions {
        assertion.id = assertion.id.as_ref().map(|_| "_kept".to_owned());
        assertion.attributes.truncate(MOST);
        for attribute in &mut assertion.attributes {
            attribute.values.truncate(MOST);
        }
    }
    kept
}

fn token(token: &TokenEvidence, keys: Vec<String>) -> Option<KeptToken> {
    let claims = token.claims()?;
    let view = token.view.as_ref();
    Some(KeptToken {
        algorithm: view.map(|v| v.algorithm.clone()).unwrap_or_default(),
        kid: view.and_then(|v| v.kid.clone()),
        kind: view.and_then(|v| v.kind.clone()),
        critical: view.map(|v| v.critical.clone()).unwrap_or_default(),
        claims: claims
            .names()
            .take(MOST)
            .filter_map(|name| Some((name.to_owned(), shortened(claims.get(name)?))))
            .collect(),
        length: view.map(|v| v.length).unwrap_or_default(),
        nonce: token.nonce.clone(),
        fault: match &token.verdict {
            Some(Err(TokenRejection::Signature(fault))) => Some(KeptFault::of(fault)),
            // What a claim says is judged by the rules again.
            Some(Ok(_) | Err(TokenRejection::Claim(_))) | None => None,
        },
        keys: Some(keys),
    })
}

/// A value of a claim with no more members and items than are kept.
fn shortened(value: &Json) -> Json {
    match value {
        Json::Array(list) => list.iter().take(MOST_MEMBERS).map(shortened).collect(),
        Json::Object(members) => members
            .iter()
            .take(MOST_MEMBERS)
            .map(|(name, value)| (name.clone(), shortened(value)))
            .collect(),
        other => other.clone(),
    }
}

/// Of a text that somebody was shown: what rules and symptoms know it by.
fn without_the_rest(text: &str) -> String {
    let symptom = symptoms_of(text).into_iter().next().and_then(Symptom::as_message);
    let mut known: Vec<String> = said::known(text).into_iter().map(str::to_owned).collect();
    known.extend(symptom.map(|m| m.text).filter(|text| !known.contains(text)));
    match known.as_slice() {
        [] => "…".to_owned(),
        some => some.join(" · "),
    }
}

/// Those that are one of the person's values but for case, and one that stands for all others.
fn document_addresses(evidence: &Evidence, pseudonyms: &mut Pseudonyms<'_>) -> Option<Vec<String>> {
    let addresses = evidence.live.document_addresses.as_ref()?;
    let known = pseudonyms.known();
    let mut kept: Vec<String> = Vec::new();
    let mut others = false;
    for address in addresses {
        match known.contains(&address.trim().to_ascii_lowercase()) {
            true => kept.push(pseudonyms.person(address)),
            false => others = true,
        }
    }
    if others {
        kept.push("somebody.else@others.invalid".to_owned());
    }
    kept.sort();
    kept.dedup();
    Some(kept)
}
