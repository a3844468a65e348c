//! One document, and what everybody makes of it.

use super::bounded::{Answer, bounded};
use super::facts::{DSIG, Element, Facts, SAML, SAMLP};
use super::judges::{Trust, ours, saml, xml_sec, xmlsec1};
use super::manifest::{self, Corpus, Row};
use claimbridge_core::saml::signature::{Covered, Rejection, VerifiedAssertion};
use std::path::Path;
use std::time::Duration;

/// The largest document takes a peer a tenth of a second.
const LIMIT: Duration = Duration::from_secs(20);

/// Who says something beside ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Peer {
    Saml,
    XmlSec,
    Xmlsec1,
    Manifest,
}

pub const PEERS: [Peer; 4] = [Peer::Saml, Peer::XmlSec, Peer::Xmlsec1, Peer::Manifest];

/// A document, and what everybody made of it.
pub struct Case<'a> {
    pub row: &'a Row,
    pub facts: Facts,
    pub trust: Trust,
    pub ours: Result<VerifiedAssertion, ours::Refusal>,
    pub saml: Answer<Result<String, ::saml::Error>>,
    pub xml_sec: Answer<Result<(), xml_sec::Refusal>>,
    /// None where it is not installed.
    pub xmlsec1: Answer<Option<bool>>,
}

/// What a peer says, as far as it can be compared.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    /// It believes the document: the name that signed in, where the peer says one.
    Yes(Option<String>),
    No(String),
    /// It said nothing: it panicked, or took too long.
    Nothing(String),
}

impl<'a> Case<'a> {
    /// Asks everybody. `nobody` is whose certificate is believed where the corpus has none; `folder` is for xmlsec1.
    pub fn of(corpus: &Corpus, row: &'a Row, nobody: &[u8], folder: &Path) -> Case<'a> {
        let document = corpus.document(row);
        let facts = Facts::of(&document);
        let mut certificates = corpus.trusted(row);
        if certificates.is_empty() {
            certificates.push(nobody.to_vec());
        }
        let trust = Trust {
            certificates,
            old: true,
        };
        let expected = expected(&facts);
        let ids = facts.signable();
        let by_saml = {
            let (document, trust) = (document.clone(), trust.clone());
            bounded(LIMIT, move || saml::ask(&document, &trust, &expected))
        };
        let by_xml_sec = {
            let (document, trust) = (document.clone(), trust.clone());
            bounded(LIMIT, move || xml_sec::ask(&document, &trust, &ids))
        };
        let by_xmlsec1 = {
            let (document, trust, folder) = (document.clone(), trust.clone(), folder.to_owned());
            let signatures = facts.count(DSIG, "Signature");
            // Each of its processes has a limit of its own.
            bounded(LIMIT * 20, move || {
                xmlsec1::ask(&folder, &document, &trust, signatures)
            })
        };
        Case {
            row,
            ours: ours::ask(&document, &trust),
            saml: by_saml,
            xml_sec: by_xml_sec,
            xmlsec1: by_xmlsec1,
            facts,
            trust,
        }
    }

    /// None where it was not asked, or states nothing.
    pub fn said(&self, peer: Peer) -> Option<Said> {
        match peer {
            Peer::Saml => Some(said(&self.saml, |name| Some(name.trim().to_owned()))),
            Peer::XmlSec => Some(said(&self.xml_sec, |()| None)),
            Peer::Xmlsec1 => match &self.xmlsec1 {
                Answer::Given(None) => None,
                Answer::Given(Some(true)) => Some(Said::Yes(None)),
                Answer::Given(Some(false)) => Some(Said::No("no signature verifies".to_owned())),
                Answer::Fell(panic) => Some(Said::Nothing(panic.clone())),
                Answer::Overdue => Some(Said::Nothing("was not ready".to_owned())),
            },
            Peer::Manifest => self.row.believed().map(|yes| match yes {
                true => Said::Yes(None),
                false => Said::No(self.row.verdict.clone()),
            }),
        }
    }

    pub fn ours_said(&self) -> Said {
        match &self.ours {
            Ok(verified) => Said::Yes(
                verified
                    .assertion()
                    .name_id
                    .as_ref()
                    .map(|n| n.value.trim().to_owned()),
            ),
            Err(refusal) => Said::No(format!("{refusal:?}")),
        }
    }

    /// Whether ours covers something, and xmlsec1 confirmed a signature of each such element with a reference to it
    /// when the corpus was made. Whoever verifies what he reads cannot be fooled then.
    pub fn is_confirmed(&self) -> bool {
        let noted = self.row.signatures();
        let confirmed = |covered: Covered| {
            let on = format!("{covered:?}");
            noted.iter().any(|s| s.on == on && s.own && s.genuine)
        };
        self.ours
            .as_ref()
            .is_ok_and(|verified| verified.covers().all(confirmed))
    }

    /// Whether a certificate stands in the document that is not trusted.
    pub fn brings_a_strange_certificate(&self) -> bool {
        let brought = self.facts.all(DSIG, "X509Certificate");
        let mut brought = brought.flat_map(|e| manifest::certificates(&e.text));
        brought.any(|der| !self.trust.certificates.contains(&der))
    }

    /// Whether ours read the document and refused it with this.
    pub fn rejected(&self, with: impl Fn(&Rejection) -> bool) -> bool {
        matches!(&self.ours, Err(ours::Refusal::Rejected(rejection)) if with(rejection))
    }

    /// Whether the crate `saml` refused it with this.
    pub fn refused(&self, with: impl Fn(&::saml::Error) -> bool) -> bool {
        matches!(&self.saml, Answer::Given(Err(error)) if with(error))
    }
}

fn said<T, E: std::fmt::Debug>(answer: &Answer<Result<T, E>>, name: impl Fn(&T) -> Option<String>) -> Said {
    match answer {
        Answer::Given(Ok(yes)) => Said::Yes(name(yes)),
        Answer::Given(Err(error)) => Said::No(format!("{error:?}")),
        Answer::Fell(panic) => Said::Nothing(format!("panicked: {panic}")),
        Answer::Overdue => Said::Nothing(format!("was not ready within {LIMIT:?}")),
    }
}

/// Whether two say the same; two who say who signed in name the same.
pub fn agree(ours: &Said, peer: &Said) -> bool {
    match (ours, peer) {
        (Said::Yes(Some(name)), Said::Yes(Some(other))) => name == other,
        (Said::Yes(_), Said::Yes(_)) | (Said::No(_), Said::No(_)) => true,
        _ => false,
    }
}

/// What makes the crate `saml`, which judges the whole sign-in, judge the signature: what it compares before that is
/// expected as the response has it.
fn expected(facts: &Facts) -> saml::Expected {
    let text = |element: Option<&Element>| element.map(|e| e.text.trim().to_owned());
    let issuer = |parent| text(facts.within(parent, (SAML, "Issuer")));
    let first = |attribute, or| {
        let inner = facts.first(SAML, "SubjectConfirmationData", or);
        facts.first(SAMLP, "Response", attribute).or(inner)
    };
    let audience = text(facts.all(SAML, "Audience").next());
    saml::Expected {
        issuer: issuer((SAMLP, "Response"))
            .or_else(|| issuer((SAML, "Assertion")))
            .unwrap_or_default(),
        acs: first("Destination", "Recipient").unwrap_or_default().to_owned(),
        // It takes no other name for itself.
        audience: audience
            .filter(|a| !a.is_empty() && !a.contains(char::is_whitespace))
            .unwrap_or_else(|| "urn:nobody".to_owned()),
        request: first("InResponseTo", "InResponseTo").map(str::to_owned),
        at: facts.moment(),
    }
}
