//! Why somebody says otherwise than ours, computed from the document and from what was said of it.

use super::bounded::Answer;
use super::case::{Case, Peer, Said};
use super::content::is_against_the_content;
use super::facts::{DSIG, Element, SAML, SAMLP};
use super::judges::ours::Refusal;
use ::saml::Error;
use Peer::{Manifest, Saml, XmlSec, Xmlsec1};
use claimbridge_core::saml::signature::Rejection;

/// One reason.
pub struct Class {
    /// Who differs.
    pub peers: &'static [Peer],
    /// Whether ours accepts; None where that is all the same.
    pub ours: Option<bool>,
    pub why: &'static str,
    /// Differences in the corpus; a document counts once for each peer.
    pub differences: usize,
    pub holds: fn(&Case<'_>) -> bool,
}

/// The first that holds counts: a peer that fell explains nothing else.
pub const CLASSES: &[Class] = &[
    // --- Whatever ours says ---
    Class {
        peers: &[Saml],
        ours: None,
        why: "it panicked, or was not ready in time",
        differences: 0,
        holds: |c| !matches!(c.saml, Answer::Given(_)),
    },
    Class {
        peers: &[XmlSec],
        ours: None,
        why: "it panicked, or was not ready in time",
        differences: 0,
        holds: |c| !matches!(c.xml_sec, Answer::Given(_)),
    },
    Class {
        peers: &[Xmlsec1],
        ours: None,
        why: "it was not ready in time",
        differences: 0,
        holds: |c| !matches!(c.xmlsec1, Answer::Given(_)),
    },
    // --- Ours accepts ---
    Class {
        peers: &[Manifest],
        ours: Some(true),
        why: "xmlsec1 confirms what ours covers; what its project has against it, the document shows, is for rules",
        differences: 47,
        holds: |c| c.is_confirmed() && is_against_the_content(c),
    },
    Class {
        peers: &[Manifest],
        ours: Some(true),
        why: "xmlsec1 confirms what ours covers; the rest of it, which is the attack, was not read",
        differences: 1,
        holds: |c| c.is_confirmed() && c.row.says("only signed part may be used"),
    },
    Class {
        peers: &[Manifest],
        ours: Some(true),
        why: "a trusted key signed it; the certificate beside the signature is a stranger's and was passed over",
        differences: 1,
        holds: |c| c.is_confirmed() && c.row.says("attacker key") && c.brings_a_strange_certificate(),
    },
    Class {
        peers: &[Saml],
        ours: Some(true),
        why: "it wants an Audience; to ours that is a finding",
        differences: 6,
        holds: |c| {
            let named = c.facts.all(SAML, "Audience").any(|a| !a.text.trim().is_empty());
            c.refused(|e| matches!(e, Error::AudienceMismatch)) && !named
        },
    },
    Class {
        peers: &[Saml],
        ours: Some(true),
        why: "it knows no canonical XML 1.1",
        differences: 6,
        holds: |c| {
            let version = "http://www.w3.org/2006/12/xml-c14n11";
            c.refused(|e| matches!(e, Error::DisallowedAlgorithm { alg } if alg == version))
                && c.facts.algorithms().any(|a| a == version)
        },
    },
    Class {
        peers: &[Saml],
        ours: Some(true),
        why: "the name is encrypted; to ours that is a finding",
        differences: 5,
        holds: |c| c.refused(|e| matches!(e, Error::XmlParse(_))) && c.facts.count(SAML, "EncryptedID") > 0,
    },
    Class {
        peers: &[Saml],
        ours: Some(true),
        why: "the schema wants what is not there; to ours that is a finding, where AWS looks at it",
        differences: 9,
        holds: |c| {
            let f = &c.facts;
            c.refused(|e| matches!(e, Error::XmlParse(_)))
                && (f.first(SAMLP, "Response", "IssueInstant").is_none()
                    || f.count(SAML, "NameID") == 0
                    || f.within((SAML, "Assertion"), (SAML, "Issuer")).is_none()
                    || f.count(SAMLP, "StatusCode") == 0)
        },
    },
    Class {
        peers: &[Saml],
        ours: Some(true),
        why: "it wants the response's Issuer and the assertion's to be one; AWS speaks of the assertion's",
        differences: 12,
        holds: |c| {
            let text = |parent| c.facts.within(parent, (SAML, "Issuer")).map(|e| e.text.trim());
            let (outer, inner) = (text((SAMLP, "Response")), text((SAML, "Assertion")));
            c.refused(|e| matches!(e, Error::IssuerMismatch { .. })) && (outer != inner || outer.is_none())
        },
    },
    Class {
        peers: &[Saml],
        ours: Some(true),
        why: "it is a refusal with an assertion in it; to ours its status is a finding",
        differences: 2,
        holds: |c| {
            let status = c.facts.first(SAMLP, "StatusCode", "Value");
            c.refused(|e| matches!(e, Error::StatusNotSuccess { .. }))
                && status != Some("urn:oasis:names:tc:SAML:2.0:status:Success")
        },
    },
    Class {
        peers: &[Saml],
        ours: Some(true),
        why: "it holds at no moment, by its own bounds; to ours its time is a finding",
        differences: 1,
        holds: |c| {
            let (begin, end) = c.facts.bounds();
            c.refused(|e| matches!(e, Error::Expired | Error::NotYetValid))
                && begin.zip(end).is_some_and(|(begin, end)| begin >= end)
        },
    },
    Class {
        peers: &[Saml],
        ours: Some(true),
        why: "nobody who just has it may use it: no bearer, or no Recipient; to ours that is a finding",
        differences: 3,
        holds: |c| {
            let bearer = c
                .facts
                .all(SAML, "SubjectConfirmation")
                .any(|e| e.attribute("Method") == Some("urn:oasis:names:tc:SAML:2.0:cm:bearer"));
            let recipient = c.facts.first(SAML, "SubjectConfirmationData", "Recipient");
            c.refused(|e| match e {
                Error::HolderOfKeyConfirmation { .. } => !bearer,
                Error::SignatureVerification { reason } => reason.contains("no bearer") && !bearer,
                Error::RecipientMismatch => recipient.is_none(),
                _ => false,
            })
        },
    },
    Class {
        peers: &[Saml],
        ours: Some(true),
        why: "Destination and Recipient differ: to it they are one address; AWS is known to look at Recipient",
        differences: 10,
        holds: |c| {
            let recipient = c.facts.first(SAML, "SubjectConfirmationData", "Recipient");
            c.refused(|e| matches!(e, Error::RecipientMismatch))
                && recipient.is_some()
                && recipient != c.facts.first(SAMLP, "Response", "Destination")
        },
    },
    Class {
        peers: &[Saml],
        ours: Some(true),
        why: "the response and its assertion answer two requests; ours does not compare them",
        differences: 1,
        holds: |c| {
            let inner = c.facts.first(SAML, "SubjectConfirmationData", "InResponseTo");
            c.refused(|e| matches!(e, Error::InResponseToMismatch))
                && inner != c.facts.first(SAMLP, "Response", "InResponseTo")
        },
    },
    // --- Ours refuses ---
    Class {
        peers: &[XmlSec, Xmlsec1, Manifest],
        ours: Some(false),
        why: "the assertion is encrypted: only its receiver can read it; what is around it may be genuine",
        differences: 70,
        holds: |c| {
            c.rejected(|r| *r == Rejection::Encrypted) && c.facts.count(SAML, "EncryptedAssertion") > 0
        },
    },
    Class {
        peers: &[XmlSec, Xmlsec1, Manifest],
        ours: Some(false),
        why: "wrapping lives on several assertions; of one of them the signature may be genuine",
        differences: 38,
        holds: |c| {
            let all = c.facts.count(SAML, "Assertion");
            c.rejected(|r| *r == Rejection::SeveralAssertions(all)) && all > 1
        },
    },
    Class {
        peers: &[XmlSec, Xmlsec1, Manifest],
        ours: Some(false),
        why: "the root is no Response: not what a browser posts; the signature in it may be genuine",
        differences: 14,
        holds: |c| {
            let unread = matches!(&c.ours, Err(Refusal::Unread(_)));
            (unread || c.rejected(|r| matches!(r, Rejection::NotAResponse(_))))
                && c.facts.root() != "Response"
        },
    },
    Class {
        peers: &[XmlSec, Xmlsec1],
        ours: Some(false),
        why: "no assertion stands in the response where one is read; what is deeper may be genuine",
        differences: 6,
        holds: |c| {
            c.rejected(|r| *r == Rejection::NoAssertion)
                && c.facts.all(SAML, "Assertion").all(|e| e.parent != Some(0))
        },
    },
    Class {
        peers: &[XmlSec, Xmlsec1],
        ours: Some(false),
        why: "a genuine signature stands where it covers nothing that is read",
        differences: 5,
        holds: |c| {
            let parents = c.facts.all(DSIG, "Signature").filter_map(|s| c.facts.parent(s));
            let strays = |e: &Element| !e.is(SAMLP, "Response") && !e.is(SAML, "Assertion");
            c.rejected(|r| matches!(r, Rejection::StraySignature(_))) && parents.into_iter().any(strays)
        },
    },
    Class {
        peers: &[Saml, Xmlsec1],
        ours: Some(false),
        why: "an element has several signatures; one of them is genuine",
        differences: 4,
        holds: |c| {
            let mut parents: Vec<_> = c.facts.all(DSIG, "Signature").filter_map(|s| s.parent).collect();
            let all = parents.len();
            parents.dedup();
            c.rejected(|r| matches!(r, Rejection::StraySignature(_))) && parents.len() < all
        },
    },
    Class {
        peers: &[Saml, Xmlsec1, Manifest],
        ours: Some(false),
        why: "of its signatures one is genuine and another is not: to ours all have to be",
        differences: 9,
        holds: |c| {
            let noted = c.row.signatures();
            c.rejected(|r| matches!(r, Rejection::WrongSignature(_)))
                && noted.iter().any(|s| s.genuine)
                && noted.iter().any(|s| !s.genuine)
        },
    },
    Class {
        peers: &[XmlSec, Xmlsec1],
        ours: Some(false),
        why: "a comment stands in a name and is not signed: what a reader makes of it is not their question",
        differences: 2,
        holds: |c| c.rejected(|r| matches!(r, Rejection::Mixed(_))) && c.facts.comments > 0,
    },
    Class {
        peers: &[XmlSec, Xmlsec1, Manifest],
        ours: Some(false),
        why: "the assertion's signature refers to the whole document, not to the assertion",
        differences: 3,
        holds: |c| {
            c.rejected(|r| *r == Rejection::Reference(String::new()))
                && c.facts
                    .all(DSIG, "Reference")
                    .any(|e| e.attribute("URI").is_none_or(str::is_empty))
        },
    },
    Class {
        peers: &[Saml, Xmlsec1, Manifest],
        ours: Some(false),
        why: "an elliptic curve: no source says that AWS takes one",
        differences: 3,
        holds: |c| {
            c.rejected(|r| matches!(r, Rejection::Algorithm(a) if a.contains("#ecdsa-")))
                && c.facts.algorithms().any(|a| a.contains("#ecdsa-"))
        },
    },
    Class {
        peers: &[Manifest],
        ours: Some(false),
        why: "its project takes it without a signature",
        differences: 11,
        holds: |c| c.rejected(|r| *r == Rejection::Unsigned) && c.facts.count(DSIG, "Signature") == 0,
    },
    Class {
        peers: &[Manifest],
        ours: Some(false),
        why: "its project takes it, and nobody here: no certificate that is at hand fits, or it was changed since",
        differences: 19,
        holds: |c| {
            let nobody = [Saml, XmlSec, Xmlsec1]
                .iter()
                .all(|p| !matches!(c.said(*p), Some(Said::Yes(_))));
            nobody && !c.row.signatures().iter().any(|s| s.genuine) && c.facts.count(DSIG, "Signature") > 0
        },
    },
    Class {
        peers: &[Manifest],
        ours: Some(false),
        why: "its project takes it with a prefix that nobody declared, which is no XML with namespaces",
        differences: 1,
        holds: |c| matches!(c.ours, Err(Refusal::Unread(_))) && c.facts.undeclared > 0,
    },
];
