//! A SAML response for temporary credentials. The decision follows from the role's trust policy, the
//! provider's certificates and the assertion alone.

use super::{admitted, assumed, check_duration, check_tags, denied, grant, token, trusted_role};
use crate::World;
use crate::state::{ACCOUNT, Session, State};
use crate::wire::{Answer, AwsError};
use claimbridge_core::claims;
use claimbridge_core::diagnose::{REDEEM_WITHIN_SECONDS, trust_decision};
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_core::saml::response::{Assertion, Response};
use claimbridge_core::saml::signature::{Pinned, verify};
use claimbridge_core::time::parse_instant;
use serde_json::json;
use time::OffsetDateTime;

pub(super) fn assume(world: &World, role: &str, provider: &str, response: &str, duration: u64) -> Answer {
    let mut state = world.state();
    let state = &mut *state;
    let now = OffsetDateTime::now_utc();
    let assertion = accept(world, state, provider, response, now)?;
    let session = judge(world, state, &assertion, role, provider, duration)?;
    let id = assertion.id.clone().unwrap_or_default();
    if world.switch("redeem", "once") {
        if state.redeemed.contains(&id) {
            return Err(token("The assertion was redeemed before"));
        }
        state.redeemed.push(id);
    }
    let seconds = assertion
        .values(claims::DURATION)
        .and_then(<[String]>::first)
        .and_then(|v| v.trim().parse::<u64>().ok())
        .map_or(duration, |claimed| claimed.min(duration));
    let name_id = assertion.name_id.as_ref();
    let user = assumed(&session);
    Ok(json!({
        "Credentials": grant(state, session, now, seconds),
        "AssumedRoleUser": user,
        "PackedPolicySize": 1,
        "Subject": name_id.map(|n| n.value.clone()),
        "SubjectType": name_id.and_then(|n| n.format.clone()).map(|f| f.rsplit(':').next().unwrap_or_default().to_owned()),
        "Issuer": assertion.issuer,
        "Audience": assertion.recipient(),
        "NameQualifier": name_qualifier(assertion.issuer.as_deref().unwrap_or_default(), provider),
    }))
}

/// Signature, issuer and age.
fn accept(
    world: &World,
    state: &State,
    provider: &str,
    response: &str,
    now: OffsetDateTime,
) -> Result<Assertion, AwsError> {
    let name = provider
        .strip_prefix(&format!("arn:aws:iam::{ACCOUNT}:saml-provider/"))
        .ok_or_else(|| AwsError::new(400, "ValidationError", "Request ARN is invalid"))?;
    let held = state
        .providers
        .get(name)
        // documented
        .ok_or_else(|| token("Specified provider doesn't exist."))?;
    let invalid = || token("Your request included an invalid SAML response. To logout, click here.");
    let response = Response::decode(response.as_bytes()).map_err(|_| invalid())?;
    let view = response.view();
    // The service model's limit (STS: AssumeRoleWithSAML), which the web experience meets as well.
    if view.base64_length > 100_000
        || view.status.as_deref() != Some("Success")
        || view.encrypted_assertions > 0
    {
        return Err(invalid());
    }
    let metadata = FederationMetadata::parse(held.metadata.as_bytes(), None).map_err(|_| invalid())?;
    // With the mode Required (IAM: create a SAML provider).
    if held.encryption_required {
        return Err(invalid());
    }
    let [unverified] = view.assertions.as_slice() else {
        return Err(invalid());
    };
    if unverified.issuer.as_deref() != Some(metadata.entity_id.as_str()) {
        return Err(token("Issuer not present in specified provider")); // documented
    }
    let pinned = Pinned::new(&metadata.signing_certificates).map_err(|_| invalid())?;
    let verified = verify(&response, &pinned).map_err(|_| token("Response signature invalid"))?; // documented
    let assertion = verified.assertion().clone();
    // documented: a bearer confirmation with Recipient and NotOnOrAfter is what AWS wants (IAM: configure SAML assertions)
    if assertion
        .bearer()
        .is_none_or(|c| !c.is_bearer() || c.recipient.is_none() || c.not_on_or_after.is_none())
    {
        return Err(invalid());
    }
    let at = |text: Option<&String>| text.map(String::as_str).and_then(parse_instant);
    let issued = at(assertion.issue_instant.as_ref()).ok_or_else(invalid)?;
    if (now - issued).whole_seconds() > REDEEM_WITHIN_SECONDS {
        // documented
        return Err(AwsError::new(
            400,
            "ExpiredTokenException",
            "Token must be redeemed within 5 minutes of issuance",
        ));
    }
    let over = [
        assertion.not_on_or_after.as_ref(),
        assertion.bearer().and_then(|c| c.not_on_or_after.as_ref()),
    ];
    if over.into_iter().any(|t| at(t).is_some_and(|end| end <= now)) {
        return Err(AwsError::new(
            400,
            "ExpiredTokenException",
            "The response has expired",
        ));
    }
    if at(assertion.not_before.as_ref()).is_some_and(|from| from > now) || issued > now {
        return Err(token("The response is not valid yet"));
    }
    let documented = ["https://signin.aws.amazon.com/saml", "urn:amazon:webservices"];
    let audience_fits = assertion
        .audiences
        .iter()
        .any(|a| documented.contains(&a.as_str()) || Some(a.as_str()) == assertion.recipient());
    if world.switch("audience", "checked") && !audience_fits {
        return Err(token("Response does not contain the required audience.")); // documented
    }
    Ok(assertion)
}

/// Claims and trust policy.
fn judge(
    world: &World,
    state: &State,
    assertion: &Assertion,
    role: &str,
    provider: &str,
    duration: u64,
) -> Result<Session, AwsError> {
    const ASSUME: &str = "sts:AssumeRoleWithSAML";
    let invalid = || token("Your request included an invalid SAML response. To logout, click here.");
    if assertion
        .name_id
        .as_ref()
        .is_none_or(|n| n.value.trim().is_empty())
    {
        return Err(denied(ASSUME)); // documented
    }
    let pairs = assertion.values(claims::ROLE).ok_or_else(invalid)?;
    let wanted = format!("{role},{provider}");
    if !pairs.contains(&wanted) {
        if pairs.iter().any(|p| p.trim() != p) {
            return Err(invalid());
        }
        return Err(denied(ASSUME));
    }
    let name = match assertion.values(claims::SESSION_NAME) {
        Some([one]) if claims::session_name_is_valid(one) => one.clone(),
        Some([_]) => {
            return Err(token(
                "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}",
            ));
        } // documented
        _ => return Err(token("RoleSessionName is required in AuthnResponse")), // documented
    };
    let claimed = assertion.values(claims::DURATION).and_then(<[String]>::first);
    if claimed.is_some_and(|d| {
        d.trim()
            .parse::<u64>()
            .map_or(true, |s| !(900..=43_200).contains(&s))
    }) {
        return Err(token(
            "SessionDuration in AuthnResponse must be 900 to 43200 seconds",
        ));
    }
    check_tags(&claims::session_tags(assertion))?;
    let (held, trust) = trusted_role(state, role, ASSUME)?;
    admitted(&trust_decision(&trust, assertion, provider), ASSUME)?;
    let email = assertion
        .values(claims::EMAIL)
        .and_then(<[String]>::first)
        .cloned();
    if email.is_none() && world.switch("missing-email", "refused-by-sts") {
        return Err(denied(ASSUME));
    }
    check_duration(held, duration)?;
    Ok(Session {
        role: held.name.clone(),
        name,
        email,
        token: String::new(),
    })
}

/// What the web experience's `/saml` address does with a response: the same decision, then whether
/// Amazon Q Business knows the person (inferred).
pub(crate) fn web_sign_in(
    world: &World,
    role: &str,
    provider: &str,
    response: &str,
) -> Result<String, AwsError> {
    let answer = web_session(world, role, provider, response);
    let input = json!({"RoleArn": role, "PrincipalArn": provider, "SAMLAssertion": response});
    crate::trail::record(
        world,
        "AssumeRoleWithSAML",
        &input,
        "us-east-1",
        answer.as_ref().err(),
    );
    // That STS takes the person says nothing yet of Amazon Q Business.
    answer?
        .email
        .filter(|e| !e.trim().is_empty())
        .ok_or_else(|| AwsError::new(403, "AccessDeniedException", "No email tag"))
}

fn web_session(world: &World, role: &str, provider: &str, response: &str) -> Result<Session, AwsError> {
    let mut state = world.state();
    let now = OffsetDateTime::now_utc();
    let assertion = accept(world, &state, provider, response, now)?;
    let session = judge(world, &state, &assertion, role, provider, 3600)?;
    if world.switch("redeem", "once") {
        let id = assertion.id.clone().unwrap_or_default();
        if state.redeemed.contains(&id) {
            return Err(token("The assertion was redeemed before"));
        }
        state.redeemed.push(id);
    }
    Ok(session)
}

/// BASE64(SHA1(issuer + account + "/" + provider name)), as the API documents it.
fn name_qualifier(issuer: &str, provider: &str) -> String {
    use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
    use base64::Engine as _;
    let name = provider.rsplit('/').next().unwrap_or_default();
    let hash = digest(
        &SHA1_FOR_LEGACY_USE_ONLY,
        format!("{issuer}{ACCOUNT}/{name}").as_bytes(),
    );
    base64::engine::general_purpose::STANDARD.encode(hash)
}
