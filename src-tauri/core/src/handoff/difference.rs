//! What an answer changes, in words.

use super::answer::seen;
use crate::idp::{guide, steps};
use crate::saml::metadata::FederationMetadata;
use crate::setup::{Federation, Setup};
use crate::time::format_instant;
use serde::Serialize;
use std::fmt;

/// One value that changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Which.
    pub label: String,
    /// As the set-up has it; None where it is missing.
    pub from: Option<String>,
    /// As the answer has it.
    pub to: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from = self.from.as_deref().unwrap_or("nothing");
        write!(f, "{}: {from} → {}", self.label, self.to)
    }
}

/// From one state of a set-up to another, which has everything that the first has.
pub(super) fn differences(from: &Setup, to: &Setup) -> Vec<Difference> {
    let mut all = Vec::new();
    let mut compare = |label: &str, from: Option<String>, to: Option<String>| {
        if let Some(to) = to.filter(|to| from.as_ref() != Some(to)) {
            all.push(Difference {
                label: label.to_owned(),
                from: from.map(|f| seen(&f)),
                to: seen(&to),
            });
        }
    };
    let address = &guide(from.idp()).address.label;
    match (&from.federation, &to.federation) {
        (
            Federation::Saml {
                authentication_url: before,
                ..
            },
            Federation::Saml {
                authentication_url: after,
                ..
            },
        ) => {
            if from.metadata() != to.metadata() {
                metadata(from, to, &mut compare);
            }
            let text = |url: &Option<_>| url.as_ref().map(ToString::to_string);
            compare(address, text(before), text(after));
        }
        (
            Federation::Oidc {
                issuer, client_id, ..
            },
            Federation::Oidc {
                issuer: other,
                client_id: another,
                ..
            },
        ) => {
            compare(
                address,
                issuer.as_ref().map(ToString::to_string),
                other.as_ref().map(ToString::to_string),
            );
            compare(
                "Client id",
                client_id.as_ref().map(ToString::to_string),
                another.as_ref().map(ToString::to_string),
            );
        }
        // An answer does not change the protocol.
        _ => {}
    }
    let titles: Vec<String> = steps(to)
        .into_iter()
        .filter(|s| to.done.contains(&s.id) && !from.done.contains(&s.id))
        .map(|s| s.title)
        .collect();
    compare(
        "Steps done",
        None,
        Some(titles.join("; ")).filter(|t| !t.is_empty()),
    );
    all
}

/// A part of the metadata, in words.
type Row = fn(&FederationMetadata) -> String;

/// Metadata is long: people compare the issuer and the certificates.
fn metadata(from: &Setup, to: &Setup, compare: &mut impl FnMut(&str, Option<String>, Option<String>)) {
    const TEMPORARY: &str = "temporary, nobody can sign in yet";
    let (before, after) = (from.federation_metadata().ok(), to.federation_metadata().ok());
    let rows: [(&str, Row); 3] = [
        ("Issuer", |m| m.entity_id.clone()),
        ("Signing certificate", certificates),
        ("Sign-on address of the metadata", |m| {
            m.sso
                .iter()
                .map(|s| format!("{} {}", s.binding, s.location))
                .collect::<Vec<_>>()
                .join("; ")
        }),
    ];
    let mut same = before.is_some() && !from.is_temporary();
    for (label, row) in rows {
        let old = if from.is_temporary() {
            Some(TEMPORARY.to_owned())
        } else {
            before.as_ref().map(row)
        };
        let new = after.as_ref().map(row);
        same &= old == new;
        compare(label, old, new);
    }
    if same {
        compare(
            "Metadata",
            Some("as it is".into()),
            Some("another text with the same issuer, certificates and addresses".into()),
        );
    }
}

fn certificates(metadata: &FederationMetadata) -> String {
    metadata
        .signing_certificates
        .iter()
        .map(|c| format!("SHA-256 {}, ends {}", c.sha256, format_instant(c.not_after)))
        .collect::<Vec<_>>()
        .join("; ")
}
