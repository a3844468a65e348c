//! A case: pieces of evidence from wherever they came, each with where and when, folded into one [`Evidence`].

use super::evidence::{LiveRole, RequestSeen, TokenEvidence};
use super::rules::access_token;
use super::{Evidence, Expected, RuleId};
use crate::claims::{self, RolePair};
use crate::oidc::{ExpectedToken, IdToken};
use crate::policy::TrustPolicy;
use crate::resource::HeldPolicy;
use crate::saml::metadata::FederationMetadata;
use crate::saml::response::Response;
use crate::saml::signature::{Pinned, verify};
use crate::time::Instant;
use crate::value::ClientId;
use std::collections::BTreeMap;
use url::Url;
use wanted::{conditioned, federated, federated_all, is_client_key, issuer_of, only};

mod piece;
mod provider;
mod wanted;

pub use piece::{Content, Origin, Piece};

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
        let of_aws = self
            .judging_metadata()
            .is_some_and(|(piece, _)| piece.origin == Origin::Aws);
        evidence.handed_in = !of_aws;
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

    /// The token that is judged, with its piece: an ID token before an access token, then the newest.
    pub fn judged_token(&self) -> Option<(&Piece, &IdToken)> {
        let all = self.pieces.iter().filter_map(|piece| match &piece.content {
            Content::Token(token) => Some((piece, token)),
            _ => None,
        });
        all.max_by_key(|(piece, token)| (access_token(token.view()).is_none(), piece.at))
    }

    /// The trust policy: of the role that is wanted, else one that is of nobody known; where none is wanted, of the role
    /// that the response names, else the last. What AWS has comes before what was handed in, whichever came later.
    fn trust(&self, wanted: Option<&str>) -> Option<(&TrustPolicy, Option<&str>, Option<u32>)> {
        let all = || {
            let latest = || self.pieces.iter().rev();
            let of_aws = latest().filter(|piece| piece.origin == Origin::Aws);
            let handed_in = latest().filter(|piece| piece.origin != Origin::Aws);
            of_aws
                .chain(handed_in)
                .filter_map(|piece| match &piece.content {
                    Content::Trust {
                        policy,
                        role_arn,
                        max_session,
                    } => Some((policy, role_arn.as_deref(), *max_session)),
                    _ => None,
                })
                // Another role's policy says nothing of the one that is wanted.
                .filter(|(_, arn, _)| wanted.is_none() || arn.is_none() || *arn == wanted)
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
            .map(|policy| conditioned(policy, is_client_key))
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
}

/// Whether a response is for AWS: for its sign-in or for a web experience.
pub fn is_for_aws(response: &Response) -> bool {
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
