//! An ID token for temporary credentials. The decision follows from the provider in IAM, the issuer's keys,
//! the role's trust policy and the token alone.

use super::{admitted, assumed, check_duration, check_tags, denied, grant, token, trusted_role};
use crate::World;
use crate::state::{ACCOUNT, Session, State};
use crate::wire::{Answer, AwsError};
use claimbridge_core::oidc::{
    ClaimFault, ExpectedToken, IdToken, KeySet, TOKEN_LENGTH, TokenRejection, TokenTags, VerifiedToken,
    trust_decision_for_token,
};
use claimbridge_core::value::{AccountId, ClientId, Issuer};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// The thumbprint of a certificate that no provider has any more.
pub(crate) const STALE: &str = "00000000000000000000000000000000000057a1";

const ASSUME: &str = "sts:AssumeRoleWithWebIdentity";

/// Issuers that are told to this world rather than found in it: providers outside the portal.
#[derive(Default)]
pub(crate) struct Issuers(BTreeMap<String, Told>);

struct Told {
    keys: String,
}

impl World {
    /// Tells of an issuer outside the portal: its key set as JSON.
    pub fn add_issuer(&self, issuer: &str, keys: &str) {
        let told = Told {
            keys: keys.to_owned(),
        };
        self.state().issuers.0.insert(issuer.to_owned(), told);
    }
}

/// The client ids of the provider in IAM; None where there is no provider for this issuer.
fn client_ids(state: &State, issuer: &Issuer) -> Option<Vec<String>> {
    let provider = state.oidc_providers.get(issuer.without_scheme())?;
    Some(provider.client_ids.clone())
}

/// What the issuer publishes at its `jwks_uri`: of this world's own portals, told, or fetched before.
fn published_keys(state: &State, issuer: &Issuer) -> Option<String> {
    crate::portal::oidc_keys(state, issuer.as_str())
        .or_else(|| Some(state.issuers.0.get(issuer.as_str())?.keys.clone()))
}

/// Fetches the keys of an issuer on this machine that is none of this world's, as STS fetches those of
/// public ones. What cannot be had is not there when the token is looked at.
pub(crate) async fn fetch_keys(world: &World, text: &str) {
    let Some(issuer) = IdToken::decode(text)
        .ok()
        .and_then(|t| Issuer::practice(t.view().claims.issuer().unwrap_or_default()).ok())
    else {
        return;
    };
    if published_keys(&world.state(), &issuer).is_some() {
        return;
    }
    let http = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(std::time::Duration::from_secs(5))
        .build()
        .unwrap_or_default();
    let get = async |url: &str| http.get(url).send().await.ok()?.text().await.ok();
    let keys = async {
        let document: Json = serde_json::from_str(&get(&issuer.discovery_url()).await?).ok()?;
        let uri = document.get("jwks_uri")?.as_str()?;
        // Nothing outside this machine is asked.
        Issuer::practice(uri).ok()?;
        get(uri).await
    };
    if let Some(keys) = keys.await {
        world.add_issuer(issuer.as_str(), &keys);
    }
}

pub(super) fn assume(world: &World, role: &str, name: &str, text: &str, duration: u64) -> Answer {
    let mut state = world.state();
    let state = &mut *state;
    let now = OffsetDateTime::now_utc();
    let (issuer, verified) = accept(state, text, now)?;
    let provider = issuer.arn(&AccountId::parse(ACCOUNT).map_err(|_| denied(ASSUME))?);
    let claims = verified.claims();
    let tags = TokenTags::of(claims);
    check_tags(&tags.tags)?;
    let (held, trust) = trusted_role(state, role, ASSUME)?;
    admitted(
        &trust_decision_for_token(&trust, claims, &issuer, provider.as_str()),
        ASSUME,
    )?;
    let email = tags
        .values(claimbridge_core::oidc::tags::EMAIL)
        .and_then(<[String]>::first)
        .cloned();
    if email.is_none() && world.switch("missing-email", "refused-by-sts") {
        return Err(denied(ASSUME));
    }
    check_duration(held, duration)?;
    let session = Session {
        role: held.name.clone(),
        name: name.to_owned(),
        email,
        token: String::new(),
    };
    Ok(json!({
        "AssumedRoleUser": assumed(&session),
        "Credentials": grant(state, session, now, duration),
        "SubjectFromWebIdentityToken": claims.subject(),
        "Audience": claims.effective_audiences().first(),
        "Provider": provider.as_str(),
        "PackedPolicySize": 1,
    }))
}

/// Provider, keys, signature and time.
fn accept(state: &State, text: &str, now: OffsetDateTime) -> Result<(Issuer, VerifiedToken), AwsError> {
    if text.len() > TOKEN_LENGTH {
        return Err(AwsError::new(
            400,
            "ValidationError",
            format!("Value at 'webIdentityToken' must have at most {TOKEN_LENGTH} characters"),
        ));
    }
    let parsed = IdToken::decode(text).map_err(|_| token("The ID Token provided is not a valid JWT."))?;
    let claims = &parsed.view().claims;
    let named = claims.issuer().unwrap_or_default();
    // documented
    let no_provider = || {
        token(&format!(
            "No OpenIDConnect provider found in your account for {named}"
        ))
    };
    let issuer = Issuer::practice(named)
        .or_else(|_| Issuer::parse(named))
        .map_err(|_| no_provider())?;
    let known = client_ids(state, &issuer).ok_or_else(no_provider)?;
    // Nothing of this world has a certificate that a thumbprint could be of; AWS looks at one only where it does
    // not know the authority (IAM: thumbprints of an OpenID Connect provider).
    let held = state.oidc_providers.get(issuer.without_scheme());
    if held.is_some_and(|p| p.thumbprints.iter().any(|t| t == STALE)) {
        // documented
        return Err(token(
            "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
        ));
    }
    let incorrect = || token("Incorrect token audience"); // documented
    let client = claims
        .effective_audiences()
        .into_iter()
        .find(|a| known.contains(a))
        .and_then(|a| ClientId::parse(&a).ok())
        .ok_or_else(incorrect)?;
    let keys = published_keys(state, &issuer)
        .and_then(|json| KeySet::parse(json.as_bytes()).ok())
        // documented
        .ok_or_else(|| token("Couldn't retrieve verification key from your identity provider."))?;
    let expected = ExpectedToken {
        issuer: issuer.clone(),
        client_id: client,
        nonce: None,
        now,
    };
    match parsed.verify(&keys, &expected) {
        Ok(verified) => Ok((issuer, verified)),
        // The code is documented.
        Err(TokenRejection::Claim(ClaimFault::Expired { .. })) => Err(AwsError::new(
            400,
            "ExpiredTokenException",
            "Token expired: current date/time must be before the expiration date/time",
        )),
        Err(TokenRejection::Claim(
            ClaimFault::Audience { .. }
            | ClaimFault::AuthorizedParty { .. }
            | ClaimFault::AuthorizedPartyMissing { .. },
        )) => Err(incorrect()),
        Err(TokenRejection::Claim(_)) => Err(token("A claim of the token is missing or does not hold")),
        Err(TokenRejection::Signature(_)) => Err(token("The signature of the token does not hold")),
    }
}
