//! What a set-up knows of itself: its account, its tenant and its certificates, and what stands for them in a case.

use crate::diagnose::Evidence;
use crate::value::arn_account;
use sha2::{Digest, Sha256};

/// What stands for the account of the set-up; filled in when a case is looked at again.
pub(super) const ACCOUNT: &str = "{{account}}";

/// Account, and tenants and applications of today, for what stands in their place.
#[derive(Clone, Debug, Default)]
pub(super) struct Here {
    pub account: Option<String>,
    /// Each with what stands for it.
    guids: Vec<(String, String)>,
}

impl Here {
    /// Account and tenant that a set-up and its provider have.
    pub fn of(evidence: &Evidence) -> Here {
        let expected = &evidence.expected;
        let arn = expected.role_arn.as_deref().or(expected.provider_arn.as_deref());
        let account = arn.and_then(arn_account).map(str::to_owned);
        match &evidence.metadata {
            Some(Ok(metadata)) => Here::new(account, &metadata.entity_id),
            Some(Err(_)) | None => Here::new(account, ""),
        }
    }

    /// `text` is what the provider calls itself: tenants and applications stand in it.
    pub fn new(account: Option<String>, text: &str) -> Here {
        let guids = (0..text.len())
            .filter_map(|at| text.get(at..at + 36).filter(|g| is_guid(g)))
            .map(|guid| (guid.to_owned(), other_guid(guid)))
            .collect();
        Here { account, guids }
    }

    /// Puts account and tenant of today in.
    pub fn fill(&self, text: &str) -> String {
        let account = self.account.as_deref().unwrap_or("000000000000");
        let mut text = text.replace(ACCOUNT, account);
        for (guid, other) in &self.guids {
            text = text.replace(other, guid);
        }
        text
    }
}

/// SHA-256 of the certificates that signatures are verified with.
pub(super) fn certificates(evidence: &Evidence) -> Vec<String> {
    match &evidence.metadata {
        Some(Ok(metadata)) => metadata
            .signing_certificates
            .iter()
            .map(|c| c.sha256.clone())
            .collect(),
        Some(Err(_)) | None => Vec::new(),
    }
}

/// What stands for a GUID, the same in every case. It is a digest, and GUIDs are too many to be tried, so that a
/// tenant can be compared and not be known.
pub(super) fn other_guid(guid: &str) -> String {
    let digest = Sha256::digest(guid.to_ascii_lowercase());
    let hex: String = digest.iter().take(16).map(|b| format!("{b:02x}")).collect();
    [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)]
        .map(|(from, to)| hex.get(from..to).unwrap_or_default())
        .join("-")
}

pub(super) fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}
