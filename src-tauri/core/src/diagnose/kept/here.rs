//! What a set-up knows of itself: its account, its tenant and its certificates, and what stands for them in a case.

use super::key::Key;
use crate::diagnose::Evidence;
use crate::value::arn_account;

/// What stands for the account of the set-up; filled in when a case is looked at again.
pub(super) const ACCOUNT: &str = "{{account}}";

/// What stands for its tenants and applications in a case for others, each followed by its number from 1 and `}}`.
const TENANT: &str = "{{tenant-";

/// Tenants, applications and clients of one set-up that are told apart.
pub(super) const MOST_TENANTS: usize = 9;

/// Nobody's account and tenant.
const NO_ACCOUNT: &str = "000000000000";
const NO_GUID: &str = "00000000-0000-0000-0000-000000000000";

/// Account, and tenants and applications of today.
#[derive(Default)]
pub(super) struct Here {
    pub account: Option<String>,
    pub guids: Vec<String>,
}

impl Here {
    /// What a set-up and its provider have.
    pub fn of(evidence: &Evidence) -> Here {
        let expected = &evidence.expected;
        let arn = expected.role_arn.as_deref().or(expected.provider_arn.as_deref());
        let mut texts: Vec<&str> = Vec::new();
        if let Some(Ok(metadata)) = &evidence.metadata {
            texts.push(&metadata.entity_id);
        }
        if let Some(token) = &evidence.token {
            texts.extend(token.issuer.as_ref().map(|i| i.as_str()));
            texts.extend(token.client_id.as_ref().map(|c| c.as_str()));
            texts.extend(token.provider_clients.iter().flatten().map(String::as_str));
        }
        Here::new(arn.and_then(arn_account), &texts)
    }

    /// `texts` are what the provider and its clients are called: tenants and applications stand in them.
    pub fn new(account: Option<&str>, texts: &[&str]) -> Here {
        let mut guids: Vec<String> = Vec::new();
        for text in texts {
            for (_, guid) in guids_in(text) {
                if guids.len() < MOST_TENANTS && !guids.iter().any(|known| known.eq_ignore_ascii_case(guid)) {
                    guids.push(guid.to_owned());
                }
            }
        }
        Here {
            account: account.map(str::to_owned),
            guids,
        }
    }

    /// Puts account and tenants of today in: those of a case for others are whosever set-up it is now.
    pub fn fill(&self, text: &str, key: &Key) -> String {
        let mut text = text.replace(ACCOUNT, self.account.as_deref().unwrap_or(NO_ACCOUNT));
        for guid in &self.guids {
            text = text.replace(&key.guid(guid), guid);
        }
        if text.contains(TENANT) {
            for place in 0..MOST_TENANTS {
                let guid = self.guids.get(place).map_or(NO_GUID, String::as_str);
                text = text.replace(&tenant(place), guid);
            }
        }
        text
    }
}

/// What stands for a set-up's own tenant in a case for others, by its place among them.
pub(super) fn tenant(place: usize) -> String {
    format!("{TENANT}{}}}}}", place + 1)
}

/// Whether a whole text stands for an account or a tenant.
pub(super) fn is_filled_in(text: &str) -> bool {
    text == ACCOUNT || (0..MOST_TENANTS).any(|place| text == tenant(place))
}

/// What stands for the certificates that signatures are verified with.
pub(super) fn certificates(evidence: &Evidence, key: &Key) -> Vec<String> {
    match &evidence.metadata {
        Some(Ok(metadata)) => metadata
            .signing_certificates
            .iter()
            .map(|c| key.certificate(&c.sha256))
            .collect(),
        Some(Err(_)) | None => Vec::new(),
    }
}

/// What stands for the keys that tokens are verified with.
pub(super) fn token_keys(evidence: &Evidence, key: &Key) -> Vec<String> {
    match evidence.token.as_ref().and_then(|token| token.keys.as_ref()) {
        Some(Ok(set)) => set
            .keys
            .iter()
            .map(|k| key.public_key(&k.public_bytes()))
            .collect(),
        Some(Err(_)) | None => Vec::new(),
    }
}

/// Every GUID in a text, and where it begins.
pub(super) fn guids_in(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (0..text.len()).filter_map(|at| Some((at, text.get(at..at + 36).filter(|g| is_guid(g))?)))
}

/// A text with every GUID replaced for which there is another.
pub(super) fn with_guids<'t>(text: &str, other: &dyn Fn(&str) -> Option<&'t str>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, guid)) = guids_in(rest).next() {
        out.push_str(rest.get(..at).unwrap_or_default());
        out.push_str(other(guid).unwrap_or(guid));
        rest = rest.get(at + guid.len()..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

pub(super) fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}
