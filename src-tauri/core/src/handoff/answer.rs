//! The answer file: what the administrator of the identity provider hands back.
//!
//! Everything in it is checked before any of it is used, and it merges whole or not at all.

use super::HandoffError;
use super::difference::{Difference, differences};
use crate::idp::steps;
use crate::saml::metadata::{FederationMetadata, MetadataError};
use crate::saml::to_utf8;
use crate::setup::authentication::Authentication;
use crate::setup::{Federation, Setup, SetupError};
use crate::value::{ClientId, Issuer};
use serde::Deserialize;
use std::collections::BTreeSet;

/// The schema this program writes and reads.
pub(super) const SCHEMA: u32 = 1;

/// What an answer file says that it is.
pub(super) const KIND: &str = "claimbridge-answer";

/// The most bytes of an answer: metadata as long as IAM takes it, and room for the rest.
pub const LONGEST_ANSWER: usize = 12_000_000;

/// The most characters of a note.
const LONGEST_NOTE: usize = 10_000;

/// An answer that was read and checked, or a lone metadata file in its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Id of the set-up whose sheet it answers; None for a lone metadata file, which names none.
    setup: Option<String>,
    metadata: Option<String>,
    address: Option<Authentication>,
    issuer: Option<Issuer>,
    client_id: Option<ClientId>,
    done: BTreeSet<String>,
    note: String,
}

/// The file's form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "schema and kind were looked at before; here they are only not unknown"
)]
struct File {
    schema: u32,
    kind: String,
    setup: String,
    #[serde(default)]
    metadata: Option<String>,
    #[serde(default)]
    authentication_url: Option<String>,
    #[serde(default)]
    issuer: Option<String>,
    #[serde(default)]
    client_id: Option<String>,
    #[serde(default)]
    done: Vec<String>,
    #[serde(default)]
    note: String,
}

impl Answer {
    /// Reads an answer file, or the metadata alone where that was handed back instead.
    ///
    /// # Errors
    /// [`HandoffError`] for anything else, for a newer schema, for unknown fields, and for a value that
    /// AWS would refuse.
    pub fn parse(bytes: &[u8]) -> Result<Answer, HandoffError> {
        if bytes.len() > LONGEST_ANSWER {
            return Err(HandoffError::TooLong {
                what: "answer file",
                found: bytes.len(),
                most: LONGEST_ANSWER,
            });
        }
        match to_utf8(bytes) {
            Ok((text, _)) if text.trim_start().starts_with('{') => Answer::from_json(text.trim()),
            _ => Answer::from_metadata(bytes),
        }
    }

    /// A lone metadata file. What is no XML at all is not worth the XML reader's words.
    fn from_metadata(bytes: &[u8]) -> Result<Answer, HandoffError> {
        let start = bytes.iter().find(|b| !b.is_ascii_whitespace());
        let (text, _) = FederationMetadata::for_iam(bytes).map_err(|error| match error {
            MetadataError::Empty => HandoffError::Empty,
            MetadataError::Html => HandoffError::Html,
            MetadataError::Text(_) | MetadataError::Xml(_) if start != Some(&b'<') => {
                HandoffError::NotAnAnswer
            }
            other => HandoffError::Metadata(other),
        })?;
        Ok(Answer {
            setup: None,
            metadata: Some(text),
            address: None,
            issuer: None,
            client_id: None,
            done: BTreeSet::new(),
            note: String::new(),
        })
    }

    fn from_json(text: &str) -> Result<Answer, HandoffError> {
        #[derive(Deserialize)]
        struct Head {
            #[serde(default)]
            schema: Option<u64>,
            #[serde(default)]
            kind: Option<String>,
        }
        let unreadable = |e: serde_json::Error| HandoffError::Unreadable {
            line: e.line(),
            why: e.to_string(),
        };
        let head: Head = serde_json::from_str(text).map_err(unreadable)?;
        if head.kind.as_deref() != Some(KIND) {
            return Err(HandoffError::Kind {
                found: head.kind.map(|kind| seen(&kind).chars().take(200).collect()),
            });
        }
        if let Some(found) = head.schema.filter(|schema| *schema != u64::from(SCHEMA)) {
            return Err(HandoffError::Schema { found });
        }
        Answer::checked(serde_json::from_str(text).map_err(unreadable)?)
    }

    fn checked(file: File) -> Result<Answer, HandoffError> {
        let length = file.note.chars().count();
        if length > LONGEST_NOTE {
            return Err(HandoffError::TooLong {
                what: "note",
                found: length,
                most: LONGEST_NOTE,
            });
        }
        let metadata = given(file.metadata)
            .map(|text| FederationMetadata::for_iam(text.as_bytes()))
            .transpose()
            .map_err(HandoffError::Metadata)?;
        let address = given(file.authentication_url)
            .map(|text| Authentication::parse(&text))
            .transpose()
            .map_err(HandoffError::Address)?;
        // Which of the two a set-up may have is checked against its world when it merges.
        let issuer = given(file.issuer)
            .map(|text| Issuer::practice(text.trim()).or_else(|_| Issuer::parse(text.trim())))
            .transpose()
            .map_err(HandoffError::Issuer)?;
        let client_id = given(file.client_id)
            .map(|text| ClientId::parse(text.trim()))
            .transpose()
            .map_err(HandoffError::ClientId)?;
        Ok(Answer {
            setup: Some(file.setup),
            metadata: metadata.map(|(text, _)| text),
            address,
            issuer,
            client_id,
            done: file.done.into_iter().collect(),
            note: seen(file.note.trim()),
        })
    }

    /// The same for whichever set-up it is merged into: the administrator knows that it is another one.
    pub fn for_any_setup(self) -> Answer {
        Answer { setup: None, ..self }
    }

    /// What the other administrator wanted to say; it is shown, and kept nowhere. Empty where there is
    /// nothing. Control characters but line breaks are replaced.
    pub fn note(&self) -> &str {
        &self.note
    }

    /// What was made of the sign-in address, and what may go wrong with it; each a sentence.
    pub fn remarks(&self) -> impl Iterator<Item = &str> {
        self.address
            .iter()
            .flat_map(|a| a.derivation.iter().chain(&a.warnings))
            .map(String::as_str)
    }

    /// What merging would change; empty where the set-up has everything already.
    ///
    /// # Errors
    /// As [`Answer::merge`]: what is shown can be merged.
    pub fn difference(&self, setup: &Setup) -> Result<Vec<Difference>, HandoffError> {
        Ok(differences(setup, &self.merged(setup)?))
    }

    /// Puts the answer into the set-up. What the set-up has and the answer lacks stays; steps are ticked,
    /// never unticked. Steps that the guide does not know are left out.
    ///
    /// # Errors
    /// [`HandoffError`] for the answer of another set-up, and for one in the words of the other protocol;
    /// the set-up is then as it was.
    pub fn merge(&self, setup: &mut Setup) -> Result<(), HandoffError> {
        *setup = self.merged(setup)?;
        Ok(())
    }

    fn merged(&self, setup: &Setup) -> Result<Setup, HandoffError> {
        if let Some(found) = self.setup.as_ref().filter(|id| **id != setup.id) {
            return Err(HandoffError::OtherSetup {
                expected: setup.id.clone(),
                name: setup.name.clone(),
                found: seen(found).chars().take(200).collect(),
            });
        }
        let mut merged = setup.clone();
        if let Some(text) = &self.metadata {
            merged.give_metadata(text.clone()).map_err(HandoffError::Setup)?;
        }
        if let Some(address) = &self.address {
            merged
                .give_authentication_url(address.url.clone())
                .map_err(HandoffError::Setup)?;
        }
        self.give_client(&mut merged)?;
        let steps = steps(setup);
        let known = steps.iter().filter(|step| self.done.contains(&step.id));
        merged.done.extend(known.map(|step| step.id.clone()));
        Ok(merged)
    }

    /// Issuer and client id come from two pages of a portal: one may be there before the other.
    fn give_client(&self, setup: &mut Setup) -> Result<(), HandoffError> {
        let (of, client) = (self.issuer.clone(), self.client_id.clone());
        if of.is_none() && client.is_none() {
            return Ok(());
        }
        match &mut setup.federation {
            Federation::Oidc {
                issuer, client_id, ..
            } => {
                *issuer = of.or(issuer.take());
                *client_id = client.or(client_id.take());
                setup.check()
            }
            Federation::Saml { .. } => Err(SetupError::Field {
                field: "protocol",
                found: "SAML 2.0".into(),
                expected: "OpenID Connect: issuer and client id are of OpenID Connect alone".into(),
            }),
        }
        .map_err(HandoffError::Setup)
    }
}

/// A field that holds more than blanks.
fn given(text: Option<String>) -> Option<String> {
    text.filter(|t| !t.trim().is_empty())
}

/// Text of a stranger as a terminal may show it.
pub(super) fn seen(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() && c != '\n' {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}
