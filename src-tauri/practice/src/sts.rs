//! STS: who calls, and whether a proof of an identity provider is worth temporary credentials.
//!
//! Messages marked *documented* are AWS's; the others are inferred, and nothing may
//! depend on their text.

mod saml;
mod web_identity;

pub(crate) use saml::web_sign_in;
pub(crate) use web_identity::{Issuers, STALE, fetch_keys};

use crate::World;
use crate::iam::role_arn;
use crate::state::{ACCOUNT, Role, Session, State};
use crate::wire::{Answer, AwsError, Caller};
use claimbridge_core::claims::SessionTag;
use claimbridge_core::policy::TrustPolicy;
use claimbridge_core::policy::evaluate::{Decision, Evaluation};
use claimbridge_core::time::format_instant;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

pub(crate) fn call(world: &World, action: &str, input: &Json, caller: &Caller) -> Answer {
    let get = |name: &str| input.get(name).and_then(Json::as_str).unwrap_or_default();
    let duration = input
        .get("DurationSeconds")
        .and_then(Json::as_u64)
        .unwrap_or(3600);
    match action {
        "GetCallerIdentity" => Ok(json!({"UserId": "AIDAPRACTICE", "Account": ACCOUNT, "Arn": caller.arn})),
        "AssumeRoleWithSAML" => saml::assume(
            world,
            get("RoleArn"),
            get("PrincipalArn"),
            get("SAMLAssertion"),
            duration,
        ),
        "AssumeRoleWithWebIdentity" => web_identity::assume(
            world,
            get("RoleArn"),
            get("RoleSessionName"),
            get("WebIdentityToken"),
            duration,
        ),
        other => Err(AwsError::new(
            400,
            "InvalidAction",
            format!("{other} is not practised"),
        )),
    }
}

fn token(message: &str) -> AwsError {
    AwsError::new(400, "InvalidIdentityToken", message)
}

fn denied(action: &str) -> AwsError {
    AwsError::new(403, "AccessDenied", format!("Not authorized to perform {action}"))
}

/// IAM: session tags.
const MOST_TAGS: usize = 50;

/// Characters of all tags' keys and values together that a session takes. AWS packs them, and publishes no
/// number: this one is inferred.
const TAGS_TOGETHER: usize = 4_000;

/// A tag has one value of the characters that AWS takes.
fn check_tags(tags: &[SessionTag]) -> Result<(), AwsError> {
    let together: usize = tags
        .iter()
        .flat_map(|t| std::iter::once(&t.key).chain(&t.values))
        .map(|text| text.chars().count())
        .sum();
    if together > TAGS_TOGETHER || tags.len() > MOST_TAGS {
        // The code and the first words are documented (STS: AssumeRoleWithSAML).
        return Err(AwsError::new(
            400,
            "PackedPolicyTooLarge",
            format!(
                "Packed size of session tags consumes {}% of allotted space.",
                100 * together / TAGS_TOGETHER
            ),
        ));
    }
    for tag in tags {
        let [value] = tag.values.as_slice() else {
            return Err(token("A session tag has more than one value"));
        };
        let allowed = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c);
        if value.chars().count() > 256 || !value.chars().all(allowed) {
            return Err(token("A session tag has an invalid value"));
        }
    }
    Ok(())
}

/// A role by its ARN with its trust policy. That it is missing is not told to a stranger.
fn trusted_role<'a>(state: &'a State, role: &str, action: &str) -> Result<(&'a Role, TrustPolicy), AwsError> {
    let short = role.rsplit('/').next().unwrap_or_default();
    let held = state
        .roles
        .get(&short.to_ascii_lowercase())
        .filter(|r| role_arn(r) == role)
        .ok_or_else(|| denied(action))?;
    let trust = TrustPolicy::parse(&held.trust).map_err(|_| denied(action))?;
    Ok((held, trust))
}

/// What is not certainly allowed is denied.
fn admitted(answer: &Evaluation, action: &str) -> Result<(), AwsError> {
    if answer.decision == Decision::Allowed {
        return Ok(());
    }
    Err(denied(answer.refused().unwrap_or(action)))
}

fn check_duration(role: &Role, seconds: u64) -> Result<(), AwsError> {
    if seconds <= role.max_session {
        return Ok(());
    }
    // documented
    Err(AwsError::new(
        400,
        "ValidationError",
        "Requested DurationSeconds exceeds MaxSessionDuration set for this role.",
    ))
}

/// New credentials for a session, in the answer's form.
fn grant(state: &mut State, mut session: Session, now: OffsetDateTime, seconds: u64) -> Json {
    let serial = state.next();
    let key = format!("ASIAPRACTICE{serial:08X}");
    session.token = format!("practice-token-{}", digest(&format!("{key}/token")));
    let expires = now + time::Duration::seconds(i64::try_from(seconds).unwrap_or(3600));
    let answer = json!({
        "AccessKeyId": key,
        "SecretAccessKey": format!("practice-{serial}-{}", digest(&key)),
        "SessionToken": session.token,
        "Expiration": format_instant(expires),
    });
    state.sessions.insert(key, session);
    answer
}

/// `AssumedRoleUser` of an answer.
fn assumed(session: &Session) -> Json {
    json!({
        "AssumedRoleId": format!("AROAPRACTICE:{}", session.name),
        "Arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/{}/{}", session.role, session.name),
    })
}

fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes())
        .iter()
        .take(16)
        .map(|b| format!("{b:02x}"))
        .collect()
}
