//! A failed sign-in that is kept, if the administrator agrees, to be judged again after every change.
//!
//! Nobody can be recognised in it: people, accounts and tenants have other names, the same throughout, of the same
//! shape. What AWS and the provider are like is not kept but taken as it is on the day the case is looked at
//! again; the verdict on the signature is kept as a verdict, since the signed response itself is a credential.

use super::evidence::{Evidence, Message, RequestSeen, Sts, TrailEvent};
use super::rules::said::known;
use super::symptom::{Symptom, symptoms_of};
use super::{ConfiguredClaim, Finding, RuleId, Severity, TokenEvidence, diagnose, is_blocked};
use crate::claims;
use crate::idp::IdentityProvider;
use crate::oidc::{Algorithm, Claims, SignatureFault, TokenRejection, TokenView};
use crate::saml::response::{Assertion, View};
use crate::saml::signature::{Covered, Rejection};
use crate::saml::xml::XmlError;
use crate::time::{format_instant, parse_instant};
use crate::value::arn_account;
use pseudonym::{Here, Pseudonyms};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::fmt;

mod pseudonym;

/// The schema this program writes and reads.
pub const SCHEMA: u32 = 1;

/// Bytes of a case that are read.
pub const LONGEST_CASE: usize = 4 << 20;

/// Pieces of one kind that are kept.
const MOST: usize = 200;

/// A sign-in without its people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptCase {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The moment of the judgement: ages are judged as of then.
    pub at: String,
    /// Whose portal it was.
    pub idp: IdentityProvider,
    /// When it was captured by us; None for one that was pasted.
    pub captured_at: Option<String>,
    /// SAML: the response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<KeptResponse>,
    /// OpenID Connect: the ID token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<KeptToken>,
    /// STS's answer of that day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sts: Option<KeptSts>,
    /// Texts that somebody was shown, without people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<String>,
    /// The request that came before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<KeptRequest>,
    /// Claims as a portal had them: name and source.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub table: Vec<(String, String)>,
    /// Sign-ins as CloudTrail recorded them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trail: Vec<KeptEvent>,
    /// What an administrator answered.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub answers: BTreeMap<RuleId, bool>,
    /// Addresses of documents that are one of the person's, but for case; another one stands for all others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_addresses: Option<Vec<String>>,
    /// What was found that day, causes first.
    pub findings: Vec<KeptFinding>,
}

/// A response: what it says, and the verdict on its signature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptResponse {
    /// Its content.
    pub view: View,
    /// None where nobody verified it.
    pub verdict: Option<KeptVerdict>,
    /// SHA-256 of the certificates that it was verified with: the verdict is theirs alone.
    pub certificates: Vec<String>,
}

/// What verification said that day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum KeptVerdict {
    /// The signature holds.
    Valid {
        /// `assertion`, `response`.
        covers: Vec<String>,
        /// Each signature's.
        algorithms: Vec<String>,
    },
    /// Nothing in it is believed.
    Rejected {
        /// The kind of rejection.
        kind: RejectionKind,
        /// What it was about.
        detail: String,
    },
}

/// [`Rejection`] without what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RejectionKind {
    /// [`Rejection::Algorithm`].
    Algorithm,
    /// [`Rejection::DuplicateId`].
    DuplicateId,
    /// [`Rejection::Encrypted`].
    Encrypted,
    /// [`Rejection::Mixed`].
    Mixed,
    /// [`Rejection::NoAssertion`].
    NoAssertion,
    /// [`Rejection::NoCertificate`].
    NoCertificate,
    /// [`Rejection::NotAResponse`].
    NotAResponse,
    /// [`Rejection::Reference`].
    Reference,
    /// [`Rejection::SeveralAssertions`].
    SeveralAssertions,
    /// [`Rejection::StraySignature`].
    StraySignature,
    /// [`Rejection::Transform`].
    Transform,
    /// [`Rejection::Unsigned`].
    Unsigned,
    /// [`Rejection::WrongSignature`].
    WrongSignature,
    /// [`Rejection::Xml`].
    Xml,
}

/// An ID token: what it says, and what is wrong with its signature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptToken {
    /// `alg`.
    pub algorithm: String,
    /// `kid`.
    pub kid: Option<String>,
    /// `typ`.
    pub kind: Option<String>,
    /// `crit`.
    pub critical: Vec<String>,
    /// Its claims.
    pub claims: Map<String, Json>,
    /// Characters.
    pub length: usize,
    /// The nonce that was sent.
    pub nonce: Option<String>,
    /// Why its signature proved nothing; None where it held, or nobody verified it.
    pub fault: Option<KeptFault>,
}

/// [`SignatureFault`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum KeptFault {
    /// [`SignatureFault::Algorithm`].
    Algorithm(String),
    /// [`SignatureFault::Critical`].
    Critical(Vec<String>),
    /// [`SignatureFault::Invalid`].
    Invalid,
    /// [`SignatureFault::KeyUnfit`]: name of the key, and algorithm.
    KeyUnfit(Option<String>, String),
    /// [`SignatureFault::KeyUnknown`]: the name in the token, and those that were known.
    KeyUnknown(Option<String>, Vec<String>),
}

/// STS's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum KeptSts {
    /// It gave credentials.
    Accepted,
    /// It refused.
    Refused {
        /// Error code.
        code: String,
        /// Its words, without people.
        message: String,
    },
}

/// The request that came before a response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptRequest {
    /// Its id begins with a digit.
    pub id: Option<String>,
    /// Entity ID of whoever asks.
    pub issuer: Option<String>,
    /// Where the response is to go.
    pub acs: Option<String>,
    /// To whom it was addressed.
    pub destination: Option<String>,
    /// It was deflated.
    pub deflated: bool,
}

/// One sign-in of CloudTrail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptEvent {
    /// Name of the event.
    pub name: String,
    /// When.
    pub at: String,
    /// ARN of the role.
    pub role_arn: Option<String>,
    /// ARN of the provider, or the issuer.
    pub provider: Option<String>,
    /// Keys of tags.
    pub tags: Vec<String>,
    /// Error code.
    pub error_code: Option<String>,
    /// AWS's words, without people.
    pub error_message: Option<String>,
}

/// One finding of that day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptFinding {
    /// The rule.
    pub id: RuleId,
    /// How bad.
    pub severity: Severity,
}

impl From<&Finding> for KeptFinding {
    fn from(finding: &Finding) -> KeptFinding {
        KeptFinding {
            id: finding.id,
            severity: finding.severity,
        }
    }
}

/// Why a text is no case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotACase {
    /// Of a schema that this program does not know.
    Schema {
        /// The schema.
        found: u64,
    },
    /// Longer than [`LONGEST_CASE`].
    TooLong {
        /// Bytes.
        found: usize,
    },
    /// Not a case, or with parts that are not known.
    Unreadable(String),
}

impl fmt::Display for NotACase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotACase::Schema { found } => write!(
                f,
                "This case was kept by a later Claimbridge (schema {found}; known is {SCHEMA}). Update Claimbridge."
            ),
            NotACase::TooLong { found } => write!(
                f,
                "{found} bytes are too many for a case; at most {LONGEST_CASE} are read. Choose the file that was meant."
            ),
            NotACase::Unreadable(why) => write!(
                f,
                "This is not a case that Claimbridge kept: {why}. Choose a file of the folder cases, or one that was exported."
            ),
        }
    }
}

impl std::error::Error for NotACase {}

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
    /// What can be kept of a sign-in.
    pub fn of(evidence: &Evidence) -> KeptCase {
        let here = here(evidence);
        let mut p = Pseudonyms::new(&here);
        let response = evidence.view.as_ref().map(|view| KeptResponse {
            view: response(view, evidence, &mut p),
            verdict: evidence.verdict.as_ref().map(|v| match v {
                Ok(valid) => KeptVerdict::Valid {
                    covers: valid
                        .covers()
                        .map(|c| match c {
                            Covered::Assertion => "assertion".to_owned(),
                            Covered::Response => "response".to_owned(),
                        })
                        .collect(),
                    algorithms: valid.algorithms().to_vec(),
                },
                Err(why) => rejected(why, &mut p),
            }),
            certificates: certificates(evidence),
        });
        let token = evidence.token.as_ref().and_then(|t| kept_token(t, &mut p));
        let text = |p: &mut Pseudonyms, text: &Option<String>| text.as_deref().map(|t| p.technical(t));
        KeptCase {
            schema: SCHEMA,
            at: format_instant(evidence.now),
            idp: evidence.expected.idp,
            captured_at: evidence.captured_at.map(format_instant),
            document_addresses: document_addresses(evidence, &mut p),
            response,
            token,
            sts: evidence.sts.as_ref().map(|sts| match sts {
                Sts::Accepted => KeptSts::Accepted,
                Sts::Refused { code, message } => KeptSts::Refused {
                    code: code.clone(),
                    message: p.message(message),
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
                issuer: text(&mut p, &r.issuer),
                acs: text(&mut p, &r.acs),
                destination: text(&mut p, &r.destination),
                deflated: r.deflated,
            }),
            table: evidence
                .table
                .iter()
                .take(MOST)
                .map(|c| (p.technical(&c.name), p.technical(&c.source)))
                .collect(),
            trail: evidence
                .trail
                .iter()
                .take(MOST)
                .map(|e| KeptEvent {
                    name: e.name.clone(),
                    at: format_instant(e.at),
                    role_arn: text(&mut p, &e.role_arn),
                    provider: text(&mut p, &e.provider),
                    tags: e.tags.clone(),
                    error_code: e.error_code.clone(),
                    error_message: e.error_message.as_deref().map(|m| p.message(m)),
                })
                .collect(),
            answers: evidence.answers.clone(),
            findings: diagnose(evidence).iter().map(KeptFinding::from).collect(),
        }
    }

    /// The case for others: the domains of addresses go too. Where a trust policy asks for a domain, it can only be
    /// judged by its keeper.
    pub fn shared(&self) -> KeptCase {
        let mut p = Pseudonyms::default();
        p.domains = true;
        let mut case = self.clone();
        if let Some(response) = &mut case.response {
            for assertion in &mut response.view.assertions {
                people_of(assertion, &mut p);
            }
        }
        if let Some(token) = &mut case.token {
            token.claims = token_claims(&token.claims, &mut p);
            token.nonce = token.nonce.as_deref().map(|n| p.person(n));
        }
        for text in case.document_addresses.iter_mut().flatten() {
            *text = p.person(text);
        }
        let message = |text: &mut String, p: &mut Pseudonyms| {
            *text = p.message(text);
        };
        if let Some(KeptSts::Refused { message: words, .. }) = &mut case.sts {
            message(words, &mut p);
        }
        for words in &mut case.messages {
            message(words, &mut p);
        }
        for event in &mut case.trail {
            if let Some(words) = &mut event.error_message {
                message(words, &mut p);
            }
        }
        case
    }

    /// The sign-in as it would be judged with what is there now: `current` is today's evidence without a sign-in.
    /// Ages are as of the day it was kept.
    pub fn evidence(&self, current: &Evidence) -> Evidence {
        let here = here(current);
        let fill = |text: &String| here.fill(text);
        let some = |text: &Option<String>| text.as_ref().map(fill);
        let mut e = current.clone();
        e.now = parse_instant(&self.at).unwrap_or(current.now);
        e.captured_at = self.captured_at.as_deref().and_then(parse_instant);
        e.view = None;
        e.verdict = None;
        if let Some(kept) = &self.response {
            e.view = Some(filled(&kept.view, &here));
            if let (Some(KeptVerdict::Rejected { kind, detail }), false) =
                (&kept.verdict, self.is_signature_open(current))
            {
                e.verdict = Some(Err(kind.rejection(detail)));
            }
        }
        if let Some(kept) = &self.token {
            let token = e.token.get_or_insert_default();
            token.nonce.clone_from(&kept.nonce);
            token.verdict = kept
                .fault
                .as_ref()
                .map(|fault| Err(TokenRejection::Signature(fault.signature_fault())));
            token.view = Some(TokenView {
                algorithm: kept.algorithm.clone(),
                kid: kept.kid.clone(),
                kind: kept.kind.clone(),
                critical: kept.critical.clone(),
                claims: Claims::of(filled_members(&kept.claims, &here)),
                length: kept.length,
            });
        }
        e.sts = self.sts.as_ref().map(|sts| match sts {
            KeptSts::Accepted => Sts::Accepted,
            KeptSts::Refused { code, message } => Sts::Refused {
                code: code.clone(),
                message: fill(message),
            },
        });
        e.messages = self
            .messages
            .iter()
            .map(|text| Message {
                text: fill(text),
                at: None,
            })
            .collect();
        e.request = self.request.as_ref().map(|r| RequestSeen {
            id: r.id.clone(),
            issuer: some(&r.issuer),
            acs: some(&r.acs),
            destination: some(&r.destination),
            deflated: r.deflated,
        });
        e.table = self
            .table
            .iter()
            .map(|(name, source)| ConfiguredClaim {
                name: fill(name),
                source: fill(source),
            })
            .collect();
        e.trail = self
            .trail
            .iter()
            .filter_map(|k| {
                Some(TrailEvent {
                    name: k.name.clone(),
                    at: parse_instant(&k.at)?,
                    role_arn: some(&k.role_arn),
                    provider: some(&k.provider),
                    tags: k.tags.clone(),
                    error_code: k.error_code.clone(),
                    error_message: some(&k.error_message),
                })
            })
            .collect();
        e.answers.clone_from(&self.answers);
        // People have other names here, so today's addresses say nothing about them.
        e.live.document_addresses.clone_from(&self.document_addresses);
        e
    }

    /// Judges it again.
    pub fn recheck(&self, current: &Evidence) -> Rechecked {
        let mut evidence = self.evidence(current);
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
            signature_open: self.is_signature_open(current),
        }
    }

    /// Whether the verdict on the signature says nothing any more: other certificates are trusted now.
    fn is_signature_open(&self, current: &Evidence) -> bool {
        let now = certificates(current);
        match self.response.as_ref() {
            Some(kept) => match &kept.verdict {
                Some(KeptVerdict::Valid { .. }) => kept.certificates.iter().any(|c| !now.contains(c)),
                Some(KeptVerdict::Rejected {
                    kind: RejectionKind::WrongSignature | RejectionKind::NoCertificate,
                    ..
                }) => kept.certificates != now,
                Some(KeptVerdict::Rejected { .. }) | None => false,
            },
            None => false,
        }
    }

    /// The file's text.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a case has string keys only");
        text.push('\n');
        text
    }

    /// Reads a case.
    ///
    /// # Errors
    /// [`NotACase`].
    pub fn from_json(bytes: &[u8]) -> Result<KeptCase, NotACase> {
        #[derive(Deserialize)]
        struct Head {
            schema: u64,
        }
        if bytes.len() > LONGEST_CASE {
            return Err(NotACase::TooLong { found: bytes.len() });
        }
        let unreadable = |e: serde_json::Error| {
            // The reader's words repeat what it read; only the place is said.
            NotACase::Unreadable(format!("line {}, column {}", e.line(), e.column()))
        };
        let head: Head = serde_json::from_slice(bytes).map_err(unreadable)?;
        if head.schema != u64::from(SCHEMA) {
            return Err(NotACase::Schema { found: head.schema });
        }
        let case: KeptCase = serde_json::from_slice(bytes).map_err(unreadable)?;
        if parse_instant(&case.at).is_none() {
            return Err(NotACase::Unreadable("its time is no time".to_owned()));
        }
        Ok(case)
    }
}

/// Account and tenant that a set-up and its provider have.
fn here(evidence: &Evidence) -> Here {
    let expected = &evidence.expected;
    let arn = expected.role_arn.as_deref().or(expected.provider_arn.as_deref());
    let account = arn.and_then(arn_account).map(str::to_owned);
    match &evidence.metadata {
        Some(Ok(metadata)) => Here::new(account, &metadata.entity_id),
        Some(Err(_)) | None => Here::new(account, ""),
    }
}

fn certificates(evidence: &Evidence) -> Vec<String> {
    match &evidence.metadata {
        Some(Ok(metadata)) => metadata
            .signing_certificates
            .iter()
            .map(|c| c.sha256.clone())
            .collect(),
        Some(Err(_)) | None => Vec::new(),
    }
}

fn response(view: &View, evidence: &Evidence, p: &mut Pseudonyms) -> View {
    let text = |p: &mut Pseudonyms, text: &Option<String>| text.as_deref().map(|t| p.technical(t));
    let mut kept = View {
        destination: text(p, &view.destination),
        issuer: text(p, &view.issuer),
        in_response_to: view.in_response_to.as_ref().map(|_| "_kept".to_owned()),
        assertions: match &evidence.verdict {
            Some(Ok(verified)) => vec![verified.assertion().clone()],
            Some(Err(_)) | None => view.assertions.iter().take(10).cloned().collect(),
        },
        ..view.clone()
    };
    for assertion in &mut kept.assertions {
        assertion.id = assertion.id.as_ref().map(|_| "_kept".to_owned());
        assertion.issuer = text(p, &assertion.issuer);
        for audience in &mut assertion.audiences {
            *audience = p.technical(audience);
        }
        for confirmation in &mut assertion.confirmations {
            confirmation.recipient = text(p, &confirmation.recipient);
        }
        people_of(assertion, p);
    }
    // After the people: their names may be in it.
    kept.status_message = view.status_message.as_deref().map(|m| p.message(m));
    kept
}

/// Of a text that somebody was shown: what rules and symptoms know it by.
fn without_the_rest(text: &str) -> String {
    let symptom = symptoms_of(text).into_iter().next().and_then(Symptom::as_message);
    let mut known: Vec<String> = known(text).into_iter().map(str::to_owned).collect();
    known.extend(symptom.map(|m| m.text).filter(|text| !known.contains(text)));
    match known.as_slice() {
        [] => "…".to_owned(),
        some => some.join(" · "),
    }
}

/// Replaces who an assertion is about.
fn people_of(assertion: &mut Assertion, p: &mut Pseudonyms) {
    if let Some(name_id) = &mut assertion.name_id {
        name_id.value = p.person(&name_id.value);
    }
    for attribute in assertion.attributes.iter_mut().take(MOST) {
        attribute.name = p.technical(&attribute.name);
        let technical =
            [claims::ROLE, claims::DURATION, claims::TRANSITIVE].contains(&attribute.name.as_str());
        attribute.values.truncate(MOST);
        for value in &mut attribute.values {
            *value = match technical {
                true => p.technical(value),
                false => p.person(value),
            };
        }
    }
    assertion.attributes.truncate(MOST);
}

/// Those that are one of the person's values but for case, and one that stands for all others.
fn document_addresses(evidence: &Evidence, p: &mut Pseudonyms) -> Option<Vec<String>> {
    let addresses = evidence.live.document_addresses.as_ref()?;
    let mut kept: Vec<String> = Vec::new();
    let mut others = false;
    for address in addresses {
        match p.known(address) {
            true => kept.push(p.person(address)),
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

fn rejected(why: &Rejection, p: &mut Pseudonyms) -> KeptVerdict {
    use RejectionKind as Kind;
    let (kind, detail) = match why {
        Rejection::Algorithm(a) => (Kind::Algorithm, a.clone()),
        Rejection::DuplicateId(_) => (Kind::DuplicateId, "_kept".to_owned()),
        Rejection::Encrypted => (Kind::Encrypted, String::new()),
        Rejection::Mixed(name) => (Kind::Mixed, name.clone()),
        Rejection::NoAssertion => (Kind::NoAssertion, String::new()),
        Rejection::NoCertificate => (Kind::NoCertificate, String::new()),
        Rejection::NotAResponse(root) => (Kind::NotAResponse, root.clone()),
        Rejection::Reference(uri) => (Kind::Reference, uri.clone()),
        Rejection::SeveralAssertions(n) => (Kind::SeveralAssertions, n.to_string()),
        Rejection::StraySignature(on) => (Kind::StraySignature, on.clone()),
        Rejection::Transform(t) => (Kind::Transform, t.clone()),
        Rejection::Unsigned => (Kind::Unsigned, String::new()),
        Rejection::WrongSignature(why) => (Kind::WrongSignature, why.clone()),
        Rejection::Xml(error) => (Kind::Xml, error.to_string()),
    };
    KeptVerdict::Rejected {
        kind,
        detail: p.message(&detail.chars().take(300).collect::<String>()),
    }
}

impl RejectionKind {
    fn rejection(self, detail: &str) -> Rejection {
        let text = || detail.to_owned();
        match self {
            RejectionKind::Algorithm => Rejection::Algorithm(text()),
            RejectionKind::DuplicateId => Rejection::DuplicateId(text()),
            RejectionKind::Encrypted => Rejection::Encrypted,
            RejectionKind::Mixed => Rejection::Mixed(text()),
            RejectionKind::NoAssertion => Rejection::NoAssertion,
            RejectionKind::NoCertificate => Rejection::NoCertificate,
            RejectionKind::NotAResponse => Rejection::NotAResponse(text()),
            RejectionKind::Reference => Rejection::Reference(text()),
            RejectionKind::SeveralAssertions => Rejection::SeveralAssertions(detail.parse().unwrap_or(2)),
            RejectionKind::StraySignature => Rejection::StraySignature(text()),
            RejectionKind::Transform => Rejection::Transform(text()),
            RejectionKind::Unsigned => Rejection::Unsigned,
            RejectionKind::WrongSignature => Rejection::WrongSignature(text()),
            RejectionKind::Xml => Rejection::Xml(XmlError::Malformed { at: 0, why: text() }),
        }
    }
}

/// Claims of a token that say nothing about a person.
const TECHNICAL: [&str; 9] = ["iss", "aud", "azp", "amr", "acr", "ver", "scp", "scope", "typ"];

fn token_claims(claims: &Map<String, Json>, p: &mut Pseudonyms) -> Map<String, Json> {
    claims
        .iter()
        .take(MOST)
        .map(|(name, value)| {
            let kept = match value {
                Json::String(text) if TECHNICAL.contains(&name.as_str()) => Json::String(p.technical(text)),
                value if TECHNICAL.contains(&name.as_str()) => value.clone(),
                value => p.json(value),
            };
            (p.technical(name), kept)
        })
        .collect()
}

fn kept_token(token: &TokenEvidence, p: &mut Pseudonyms) -> Option<KeptToken> {
    let claims = token.claims()?;
    let view = token.view.as_ref();
    let all: Map<String, Json> = claims
        .names()
        .filter_map(|name| Some((name.to_owned(), claims.get(name)?.clone())))
        .collect();
    let nonce = token.nonce.as_deref().map(|n| p.person(n));
    Some(KeptToken {
        algorithm: view.map(|v| v.algorithm.clone()).unwrap_or_default(),
        kid: view.and_then(|v| v.kid.clone()),
        kind: view.and_then(|v| v.kind.clone()),
        critical: view.map(|v| v.critical.clone()).unwrap_or_default(),
        claims: token_claims(&all, p),
        length: view.map(|v| v.length).unwrap_or_default(),
        nonce,
        fault: match &token.verdict {
            Some(Err(TokenRejection::Signature(fault))) => Some(match fault {
                SignatureFault::Algorithm { found } => KeptFault::Algorithm(found.clone()),
                SignatureFault::Critical { found } => KeptFault::Critical(found.clone()),
                SignatureFault::Invalid => KeptFault::Invalid,
                SignatureFault::KeyUnfit { kid, algorithm } => {
                    KeptFault::KeyUnfit(kid.clone(), algorithm.as_str().to_owned())
                }
                SignatureFault::KeyUnknown { found, known } => {
                    KeptFault::KeyUnknown(found.clone(), known.clone())
                }
            }),
            // What a claim says is judged by the rules again.
            Some(Ok(_) | Err(TokenRejection::Claim(_))) | None => None,
        },
    })
}

impl KeptFault {
    fn signature_fault(&self) -> SignatureFault {
        match self {
            KeptFault::Algorithm(found) => SignatureFault::Algorithm { found: found.clone() },
            KeptFault::Critical(found) => SignatureFault::Critical { found: found.clone() },
            KeptFault::Invalid => SignatureFault::Invalid,
            KeptFault::KeyUnfit(kid, algorithm) => match Algorithm::parse(algorithm) {
                Some(algorithm) => SignatureFault::KeyUnfit {
                    kid: kid.clone(),
                    algorithm,
                },
                None => SignatureFault::Algorithm {
                    found: algorithm.clone(),
                },
            },
            KeptFault::KeyUnknown(found, known) => SignatureFault::KeyUnknown {
                found: found.clone(),
                known: known.clone(),
            },
        }
    }
}

/// A view with today's account and tenant in it.
fn filled(view: &View, here: &Here) -> View {
    let some = |text: &Option<String>| text.as_ref().map(|t| here.fill(t));
    let mut view = View {
        destination: some(&view.destination),
        issuer: some(&view.issuer),
        status_message: some(&view.status_message),
        ..view.clone()
    };
    for assertion in &mut view.assertions {
        assertion.issuer = some(&assertion.issuer);
        for text in &mut assertion.audiences {
            *text = here.fill(text);
        }
        for confirmation in &mut assertion.confirmations {
            confirmation.recipient = some(&confirmation.recipient);
        }
        if let Some(name_id) = &mut assertion.name_id {
            name_id.value = here.fill(&name_id.value);
        }
        for attribute in &mut assertion.attributes {
            attribute.name = here.fill(&attribute.name);
            for value in &mut attribute.values {
                *value = here.fill(value);
            }
        }
    }
    view
}

fn filled_members(members: &Map<String, Json>, here: &Here) -> Map<String, Json> {
    members
        .iter()
        .map(|(name, value)| (here.fill(name), filled_json(value, here)))
        .collect()
}

fn filled_json(value: &Json, here: &Here) -> Json {
    match value {
        Json::String(text) => Json::String(here.fill(text)),
        Json::Array(list) => list.iter().map(|v| filled_json(v, here)).collect(),
        Json::Object(members) => Json::Object(filled_members(members, here)),
        other => other.clone(),
    }
}
