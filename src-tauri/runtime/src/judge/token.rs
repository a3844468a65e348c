//! The judgement of an ID token.

use super::{Asked, Judgement, Way, live_role, timeline};
use crate::connection::Connection;
use crate::http::Http;
use crate::oidc::discover;
use crate::session::{SESSION_SECONDS, Session};
use claimbridge_core::diagnose::{Evidence, Expected, Sts, TokenEvidence, diagnose, is_blocked};
use claimbridge_core::journal::Bindings;
use claimbridge_core::oidc::{
    Claims, ExpectedToken, IdToken, TokenRejection, TokenTags, trust_decision_for_token,
};
use claimbridge_core::policy::TrustPolicy;
use claimbridge_core::resource::{Address, Cloud, Observed, PhysicalId};
use claimbridge_core::setup::{Federation, Setup};
use claimbridge_core::time::{Instant, format_instant};
use serde_json::Value as Json;

/// Name of the session that is asked for: whoever redeems a token chooses it (STS: AssumeRoleWithWebIdentity).
const SESSION_NAME: &str = "claimbridge-test";

const ROLE: &str = "Role admits the token";

const SIGNATURE: &str = "Signature";

pub(super) const WAY: Way = Way {
    received: "ID token received",
    provider: None,
    role: ROLE,
    signature: SIGNATURE,
    steps: &[
        ("Documents of the provider", &["F52", "F53", "F54", "F59", "F63"]),
        (SIGNATURE, &["F60", "F64", "F65", "F66"]),
        ("Issuer and client", &["F50", "F51", "F68"]),
        ("Time and sign-in of the token", &["F58", "F67", "F69"]),
        (ROLE, &["F20", "F21", "F29", "F31", "F55", "F56", "F62", "F99"]),
        ("The email tag is in the token", &["F18", "F57"]),
    ],
};

/// A token, and how it came here.
pub struct Received<'a> {
    /// The token.
    pub token: &'a IdToken,
    /// The nonce that was sent for it; None for one that was pasted.
    pub nonce: Option<&'a str>,
    /// When it was captured by us; None for one that was pasted. STS is asked about captured ones alone.
    pub captured_at: Option<Instant>,
}

fn expected(setup: &Setup) -> Expected {
    Expected {
        idp: setup.idp(),
        recipient: None,
        audience: None,
        role_arn: Some(setup.role_arn().to_string()),
        provider_arn: setup.provider_arn(),
        tags: Some(TrustPolicy::tagged()),
    }
}

/// Judges a token for a set-up. The provider's documents are fetched; with a connection, the live role and
/// provider are looked at, and where it was captured just now, STS is asked.
pub async fn judge_token(
    setup: &Setup,
    bindings: &Bindings,
    received: Received<'_>,
    connection: Option<&Connection>,
    http: &Http,
    now: Instant,
) -> Judgement {
    let token = received.token;
    let (issuer, client_id) = match &setup.federation {
        Federation::Oidc {
            issuer, client_id, ..
        } => (issuer.clone(), client_id.clone()),
        Federation::Saml { .. } => (None, None),
    };
    let mut evidence = Evidence::new(now, expected(setup));
    evidence.captured_at = received.captured_at;
    let mut known = TokenEvidence {
        nonce: received.nonce.map(str::to_owned),
        view: Some(token.view().clone()),
        ..TokenEvidence::default()
    };
    if let Some(issuer) = &issuer {
        let provider = discover(issuer, http).await;
        known.discovery = Some(provider.discovery);
        known.keys = provider.keys;
    }
    if let (Some(issuer), Some(client_id), Some(Ok(keys))) = (&issuer, &client_id, &known.keys) {
        let expected = ExpectedToken {
            issuer: issuer.clone(),
            client_id: client_id.clone(),
            nonce: known.nonce.clone(),
            now,
        };
        known.verdict = Some(token.verify(keys, &expected));
    }
    if let (Some(connection), Some(provider)) = (connection, setup.provider_arn()) {
        let provider = PhysicalId(provider);
        let role = PhysicalId(setup.names.role.clone());
        let (provider, role) = futures::join!(
            connection.aws.read(Address::OidcProvider, &provider),
            connection.aws.read(Address::Role, &role)
        );
        match provider {
            Observed::Ready(snapshot) => {
                evidence.provider_exists = Some(true);
                let ids = snapshot.attributes.get("clientIdList").and_then(Json::as_array);
                known.provider_clients =
                    ids.map(|ids| ids.iter().filter_map(Json::as_str).map(str::to_owned).collect());
            }
            Observed::Absent => evidence.provider_exists = Some(false),
            Observed::Failed { .. }
            | Observed::PendingDeletion { .. }
            | Observed::Settling { .. }
            | Observed::Unreadable(_) => {}
        }
        evidence.role = live_role(role);
    }
    known.issuer = issuer;
    known.client_id = client_id;
    let proved = matches!(&known.verdict, Some(Ok(_) | Err(TokenRejection::Claim(_))));
    evidence.token = Some(known);
    let mut asked = Asked::default();
    if let (Some(connection), Some(_)) = (connection, received.captured_at) {
        let role = setup.role_arn();
        let answer = connection
            .aws
            .federate_with_web_identity(role.as_str(), SESSION_NAME, token.raw(), SESSION_SECONDS)
            .await;
        // That STS took it proves nothing here: only what our own look at the signature covers is kept.
        let tags = || {
            let said = proved.then(|| TokenTags::of(&token.view().claims).tags);
            let first = said
                .into_iter()
                .flatten()
                .filter_map(|t| Some((t.key, t.values.into_iter().next()?)));
            first.collect()
        };
        asked = answer
            .map(|given| Session::new(connection, setup, bindings, given, tags()))
            .into();
        evidence.sts = asked.sts;
    }
    Judgement {
        no_answer: asked.no_answer,
        session: asked.session,
        trusted: setup.trusted(),
        ..conclude(&evidence)
    }
}

/// From evidence with a token to the judgement.
pub fn conclude(evidence: &Evidence) -> Judgement {
    let findings = diagnose(evidence);
    let token = evidence.token.as_ref();
    let claims = token.and_then(TokenEvidence::claims);
    let trust = match (
        evidence.trust(),
        claims,
        token.and_then(|t| t.issuer.as_ref()),
        &evidence.expected.provider_arn,
    ) {
        (Some(trust), Some(claims), Some(issuer), Some(provider)) => {
            Some(trust_decision_for_token(trust, claims, issuer, provider))
        }
        _ => None,
    };
    let tags = claims.map(TokenTags::of).unwrap_or_default();
    let subject = claims.and_then(Claims::subject);
    let audiences = claims.map(Claims::effective_audiences).unwrap_or_default();
    Judgement {
        passed: evidence.sts == Some(Sts::Accepted) && !is_blocked(&findings),
        timeline: timeline(&WAY, evidence, &findings),
        findings,
        evidence: Box::new(evidence.clone()),
        person: tags.email().or(subject).map(str::to_owned),
        recipient: (!audiences.is_empty()).then(|| audiences.join(" | ")),
        claims: claims.map(|c| decoded(c, &tags)).unwrap_or_default(),
        // The signature is looked at before the claims.
        signature_valid: token
            .is_some_and(|t| matches!(t.verdict, Some(Ok(_) | Err(TokenRejection::Claim(_))))),
        trust,
        sts: evidence.sts.clone(),
        no_answer: None,
        trusted: String::new(),
        session: None,
    }
}

/// The claims that a sign-in is about, then the tags.
fn decoded(claims: &Claims, tags: &TokenTags) -> Vec<(String, String)> {
    let text = |value: Option<&str>| value.map(str::to_owned);
    let time = |at: Option<Instant>| at.map(format_instant);
    let audiences = claims.audiences();
    let values = [
        ("iss", text(claims.issuer())),
        ("sub", text(claims.subject())),
        ("aud", (!audiences.is_empty()).then(|| audiences.join(" | "))),
        ("azp", text(claims.authorized_party())),
        ("iat", time(claims.issued())),
        ("exp", time(claims.expires())),
    ];
    values
        .into_iter()
        .filter_map(|(label, value)| Some((label.to_owned(), value?)))
        .chain(
            tags.tags
                .iter()
                .map(|t| (format!("PrincipalTag:{}", t.key), t.values.join(" | "))),
        )
        .collect()
}
