//! A case: pieces of evidence from wherever they came, each with where and when, folded into one [`Evidence`].

use super::evidence::{ConfiguredClaim, LiveRole, Message, RequestSeen, TokenEvidence, TrailEvent};
use super::{Evidence, Expected, RuleId};
use crate::claims::{self, RolePair};
use crate::idp::IdentityProvider;
use crate::oidc::{ExpectedToken, IdToken, KeySet};
use crate::policy::{Document, TrustPolicy};
use crate::resource::HeldPolicy;
use crate::saml::metadata::FederationMetadata;
use crate::saml::response::Response;
use crate::saml::signature::{Pinned, verify};
use crate::time::Instant;
use crate::value::{ClientId, Issuer};
use std::collections::BTreeMap;
use url::Url;

/// Where a piece came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Pasted by hand.
    Pasted,
    /// A file, by its name.
    File(String),
    /// One request of a recording of the browser: file name and address.
    Recording {
        /// Its file's name.
        file: String,
        /// Scheme, host and path; never the query.
        address: String,
    },
    /// Our own sign-in window.
    SignInWindow,
    /// Our own loopback listener.
    Listener,
    /// CloudTrail's event history.
    CloudTrail,
    /// AWS as it is.
    Aws,
}

/// One piece of evidence. It may hold a live credential: no `Debug`, no `Serialize`.
pub struct Piece {
    /// Where it came from.
    pub origin: Origin,
    /// When it was made, where it says so.
    pub at: Option<Instant>,
    /// What it is.
    pub content: Content,
}

impl Piece {
    /// Whether it stood in a recording of the browser, which tells what was seen and never what is right.
    fn is_recorded(&self) -> bool {
        matches!(self.origin, Origin::Recording { .. })
    }
}

/// What a piece is.
pub enum Content {
    /// A SAML response.
    Response(Box<Response>),
    /// The request that came before one.
    Request(RequestSeen),
    /// An ID token.
    Token(IdToken),
    /// The keys that an OpenID provider signs with.
    Keys(KeySet),
    /// Federation metadata.
    Metadata(Box<FederationMetadata>),
    /// A role's trust policy, with the role's ARN and longest session where they stood beside it.
    Trust {
        /// The policy.
        policy: TrustPolicy,
        /// ARN of the role.
        role_arn: Option<String>,
        /// Seconds.
        max_session: Option<u32>,
    },
    /// A permission policy.
    Permissions(Document),
    /// A text that was shown.
    Message(Message),
    /// Claims as a portal or an article has them.
    Claims(Vec<ConfiguredClaim>),
    /// A recorded sign-in.
    Trail(TrailEvent),
}

impl Content {
    /// In a word, for a list of pieces.
    pub fn kind(&self) -> &'static str {
        match self {
            Content::Response(_) => "SAML response",
            Content::Request(_) => "AuthnRequest",
            Content::Token(_) => "ID token",
            Content::Keys(_) => "Key set",
            Content::Metadata(_) => "Federation metadata",
            Content::Trust { .. } => "Trust policy",
            Content::Permissions(_) => "Permission policy",
            Content::Message(_) => "Message",
            Content::Claims(_) => "Claims table",
            Content::Trail(_) => "CloudTrail event",
        }
    }
}

/// Everything that was handed in about one sign-in.
#[derive(Default)]
pub struct Case {
    /// In the order in which they came.
    pub pieces: Vec<Piece>,
    /// What an administrator answered.
    pub answers: BTreeMap<RuleId, bool>,
}

impl Case {
    /// Folds the pieces into evidence; of several of one kind the newest counts. Whatever is signed is verified
    /// with the metadata at hand, and claims are believed from verified bytes alone.
    pub fn evidence(&self, expected: Expected, now: Instant) -> Evidence {
        let mut evidence = Evidence::new(now, expected);
        evidence.answers.clone_from(&self.answers);
        evidence.metadata = self.metadata().map(|m| Ok(m.clone()));
        if let Some((piece, response)) = self.judged() {
            evidence.view = Some(response.view().clone());
            evidence.captured_at = match piece.origin {
                Origin::SignInWindow | Origin::Listener => piece.at,
                _ => None,
            };
            if let Some(metadata) = self.metadata() {
                let pinned = Pinned::new(&metadata.signing_certificates);
                evidence.verdict = Some(pinned.and_then(|p| verify(response, &p)));
            }
        }
        let trust = self.trust(evidence.expected.role_arn.as_deref());
        if let Some((policy, _, max_session)) = trust {
            evidence.role = Some(LiveRole::There(policy.clone()));
            evidence.live.max_session = max_session;
        }
        evidence.token = self.token(trust.map(|(policy, ..)| policy), now);
        for piece in &self.pieces {
            match &piece.content {
                Content::Permissions(document) => {
                    let held = evidence.live.permissions.get_or_insert_default();
                    held.push(HeldPolicy {
                        name: match &piece.origin {
                            Origin::File(name) => name.clone(),
                            _ => "pasted policy".to_owned(),
                        },
                        managed: None,
                        document: document.to_json(),
                        others: 0,
                    });
                }
                Content::Message(message) => evidence.messages.push(message.clone()),
                Content::Claims(claims) => evidence.table.clone_from(claims),
                Content::Trail(event) => evidence.trail.push(event.clone()),
                _ => {}
            }
        }
        evidence.trail.sort_by_key(|event| std::cmp::Reverse(event.at));
        evidence.request = self.request().cloned();
        evidence
    }

    /// What the pieces themselves say is wanted, for a case without a set-up: the role's trust policy decides,
    /// and nothing is taken from the response that is judged but whose portal it comes from.
    pub fn expected_from(&self) -> Expected {
        let trust = self.trust(None);
        let policy = trust.map(|(policy, ..)| policy);
        let provider = policy.and_then(|policy| {
            let all = federated_all(policy);
            // The claim only chooses among those that the role trusts.
            federated(policy).or_else(|| self.claimed_among(&all))
        });
        let recipients = policy.map(|p| conditioned(p, |key| key.eq_ignore_ascii_case("SAML:aud")));
        Expected {
            idp: self.identity_provider(provider),
            recipient: recipients.and_then(only).filter(|r| !r.contains(['*', '?', '$'])),
            audience: None,
            role_arn: trust.and_then(|(_, role_arn, _)| role_arn.map(str::to_owned)),
            provider_arn: provider.map(str::to_owned),
            tags: None,
        }
    }

    /// The response that is judged, with its piece: one that is addressed to AWS before one that an upstream
    /// provider sent to the next, then the newest.
    pub fn judged(&self) -> Option<(&Piece, &Response)> {
        let responses = self.pieces.iter().filter_map(|piece| match &piece.content {
            Content::Response(response) => Some((piece, &**response)),
            _ => None,
        });
        // The last of equals: what came later was handed in to replace it.
        responses.max_by_key(|(piece, response)| (is_for_aws(response), piece.at))
    }

    fn metadata(&self) -> Option<&FederationMetadata> {
        self.judging_metadata().map(|(_, metadata)| metadata)
    }

    /// The metadata that signatures are verified with, with its piece: what AWS has, else what came last. A recording
    /// never vouches for itself.
    pub fn judging_metadata(&self) -> Option<(&Piece, &FederationMetadata)> {
        let all = self.pieces.iter().filter_map(|piece| match &piece.content {
            Content::Metadata(metadata) if !piece.is_recorded() => Some((piece, &**metadata)),
            _ => None,
        });
        all.max_by_key(|(piece, _)| piece.origin == Origin::Aws)
    }

    /// The trust policy that a sign-in is judged by where this role is wanted, as its piece.
    pub fn judging_trust(&self, wanted: Option<&str>) -> Option<&Piece> {
        let (chosen, ..) = self.trust(wanted)?;
        self.pieces.iter().find(|piece| match &piece.content {
            Content::Trust { policy, .. } => std::ptr::eq(policy, chosen),
            _ => false,
        })
    }

    /// The token that is judged, with its piece: the newest.
    pub fn judged_token(&self) -> Option<(&Piece, &IdToken)> {
        let all = self.pieces.iter().filter_map(|piece| match &piece.content {
            Content::Token(token) => Some((piece, token)),
            _ => None,
        });
        all.max_by_key(|(piece, _)| piece.at)
    }

    /// The provider that the judged response's Role claim names, of these.
    fn claimed_among<'a>(&self, providers: &[&'a str]) -> Option<&'a str> {
        let (_, response) = self.judged()?;
        let pairs = response.view().assertions.first()?.values(claims::ROLE)?;
        let named = pairs.iter().filter_map(|pair| RolePair::split(pair));
        let mut trusted = named.filter_map(|pair| providers.iter().copied().find(|p| *p == pair.provider));
        trusted.next()
    }

    /// The trust policy: of the role that is wanted, else of the role that the response names, else the last; what AWS
    /// has comes before what was handed in, whichever came later.
    fn trust(&self, wanted: Option<&str>) -> Option<(&TrustPolicy, Option<&str>, Option<u32>)> {
        let all = || {
            let latest = || self.pieces.iter().rev();
            let of_aws = latest().filter(|piece| piece.origin == Origin::Aws);
            let handed_in = latest().filter(|piece| piece.origin != Origin::Aws);
            of_aws.chain(handed_in).filter_map(|piece| match &piece.content {
                Content::Trust {
                    policy,
                    role_arn,
                    max_session,
                } => Some((policy, role_arn.as_deref(), *max_session)),
                _ => None,
            })
        };
        let of_role = |role: &str| all().find(|(_, arn, _)| *arn == Some(role));
        let claimed = || {
            let (_, response) = self.judged()?;
            let pairs = response.view().assertions.first()?.values(claims::ROLE)?;
            pairs
                .iter()
                .filter_map(|pair| RolePair::split(pair))
                .find_map(|pair| of_role(&pair.role))
        };
        let is_federated = |policy: &TrustPolicy| !federated_all(policy).is_empty();
        wanted
            .and_then(of_role)
            .or_else(claimed)
            .or_else(|| all().find(|(policy, ..)| is_federated(policy)))
            .or_else(|| all().next())
    }

    /// The request that the judged response answers, else the newest.
    fn request(&self) -> Option<&RequestSeen> {
        let answered = self
            .judged()
            .and_then(|(_, response)| response.view().in_response_to.as_deref());
        let requests = || {
            self.pieces.iter().filter_map(|piece| match &piece.content {
                Content::Request(request) => Some((piece.at, request)),
                _ => None,
            })
        };
        requests()
            .find(|(_, request)| answered.is_some() && request.id.as_deref() == answered)
            .or_else(|| requests().max_by_key(|(at, _)| *at))
            .map(|(_, request)| request)
    }

    fn token(&self, trust: Option<&TrustPolicy>, now: Instant) -> Option<TokenEvidence> {
        let (_, token) = self.judged_token()?;
        let keys = self.pieces.iter().rev().find_map(|piece| match &piece.content {
            Content::Keys(keys) if !piece.is_recorded() => Some(keys),
            _ => None,
        });
        let issuer = trust.and_then(federated).and_then(issuer_of);
        let client_id = trust
            .map(|policy| conditioned(policy, |key| key.to_ascii_lowercase().ends_with(":aud")))
            .and_then(only)
            .and_then(|client| ClientId::parse(&client).ok());
        // Against what it says of itself a token would always hold: both have to come from the role.
        let verdict = match (keys, &issuer, &client_id) {
            (Some(keys), Some(issuer), Some(client_id)) => Some(token.verify(
                keys,
                &ExpectedToken {
                    issuer: issuer.clone(),
                    client_id: client_id.clone(),
                    nonce: None,
                    now,
                },
            )),
            _ => None,
        };
        Some(TokenEvidence {
            issuer,
            client_id,
            view: Some(token.view().clone()),
            verdict,
            keys: keys.map(|keys| Ok(keys.clone())),
            ..TokenEvidence::default()
        })
    }

    fn identity_provider(&self, provider_arn: Option<&str>) -> IdentityProvider {
        if let Some(metadata) = self.metadata() {
            return IdentityProvider::of_metadata(metadata);
        }
        if let Some((_, response)) = self.judged() {
            let view = response.view();
            let assertion = view.assertions.first().and_then(|a| a.issuer.as_deref());
            return IdentityProvider::of_address(assertion.or(view.issuer.as_deref()).unwrap_or_default());
        }
        let token = self.pieces.iter().find_map(|piece| match &piece.content {
            Content::Token(token) => token.view().claims.issuer(),
            _ => None,
        });
        if let Some(issuer) = token {
            return IdentityProvider::of_issuer(issuer);
        }
        if let Some(issuer) = provider_arn.and_then(issuer_of) {
            return IdentityProvider::of_issuer(issuer.as_str());
        }
        let said = |needle: &str| {
            self.pieces.iter().any(|piece| match &piece.content {
                Content::Message(message) => message.text.contains(needle),
                Content::Claims(claims) => claims.iter().any(|c| c.source.to_lowercase().contains(needle)),
                Content::Request(request) => {
                    request.destination.as_deref().is_some_and(|d| d.contains(needle))
                }
                _ => false,
            })
        };
        let sources = || {
            self.pieces.iter().flat_map(|piece| match &piece.content {
                Content::Claims(claims) => claims.as_slice(),
                _ => &[],
            })
        };
        let is_entra = |claim: &ConfiguredClaim| {
            let source = claim.source.trim().to_lowercase();
            ENTRA.contains(&source.as_str())
        };
        if said("AADSTS") || said("microsoftonline.com") || sources().any(is_entra) {
            IdentityProvider::EntraGallery
        } else if said(".okta.com") || said(".oktapreview.com") {
            IdentityProvider::OktaSaml
        } else {
            IdentityProvider::GenericSaml
        }
    }
}

/// Attributes as Entra alone writes them, in lower case (Entra: claims customisation, source attributes); Okta has
/// `user.email`, `user.firstName`, `user.login`.
const ENTRA: [&str; 16] = [
    "user.assignedroles",
    "user.companyname",
    "user.dirsynclocaluserprincipalname",
    "user.displayname",
    "user.extensionattribute1",
    "user.givenname",
    "user.groups",
    "user.jobtitle",
    "user.localuserprincipalname",
    "user.mail",
    "user.mailnickname",
    "user.objectid",
    "user.onpremisessamaccountname",
    "user.onpremisesuserprincipalname",
    "user.surname",
    "user.userprincipalname",
];

/// Whether a response is for AWS: for its sign-in or for a web experience.
fn is_for_aws(response: &Response) -> bool {
    let view = response.view();
    let recipients = view.assertions.iter().filter_map(|a| a.recipient());
    view.destination
        .as_deref()
        .into_iter()
        .chain(recipients)
        .any(|address| {
            let host = Url::parse(address)
                .ok()
                .and_then(|url| url.host_str().map(str::to_ascii_lowercase));
            host.is_some_and(|host| {
                [
                    "signin.aws.amazon.com",
                    ".on.aws",
                    ".amazonaws.com",
                    ".amazonaws.cn",
                ]
                .iter()
                .any(|aws| host.ends_with(aws))
            })
        })
}

/// The one IAM provider that a trust policy admits.
fn federated(policy: &TrustPolicy) -> Option<&str> {
    match *federated_all(policy) {
        [one] => Some(one),
        _ => None,
    }
}

/// Every IAM provider that a trust policy admits, each once.
fn federated_all(policy: &TrustPolicy) -> Vec<&str> {
    let statements = policy.0.statements.iter();
    let mut all: Vec<&str> = statements
        .filter(|s| s.allow && !s.not_principal)
        .flat_map(|s| &s.principals)
        .filter(|(kind, value)| kind == "Federated" && value.contains("-provider/"))
        .map(|(_, value)| value.as_str())
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn issuer_of(provider_arn: &str) -> Option<Issuer> {
    let (_, tail) = provider_arn.split_once(":oidc-provider/")?;
    let address = format!("https://{tail}");
    Issuer::parse(&address)
        .or_else(|_| Issuer::practice(&format!("http://{tail}")))
        .ok()
}

/// What a trust policy demands of a key.
fn conditioned(policy: &TrustPolicy, is_key: impl Fn(&str) -> bool) -> Vec<String> {
    let allowing = policy.0.statements.iter().filter(|s| s.allow);
    let mut values: Vec<String> = allowing
        .flat_map(|s| &s.conditions)
        .filter(|c| is_key(&c.key))
        .flat_map(|c| c.values.clone())
        .collect();
    values.sort();
    values.dedup();
    values
}

fn only(values: Vec<String>) -> Option<String> {
    <[String; 1]>::try_from(values).ok().map(|[one]| one)
}
