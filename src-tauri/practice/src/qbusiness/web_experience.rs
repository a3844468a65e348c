//! Web experiences: their address, their role, and how they reach an OpenID provider's client secret.

use super::{Call, conflict, field, not_found, settable, text, trusted_role, usable_role};
use crate::state::{Child, State, unix_now};
use crate::wire::{Answer, AwsError};
use crate::{iam, kms, secretsmanager};
use claimbridge_core::policy::evaluate::Request;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// Whom the secrets role has to trust (Q Business: IAM roles for a web experience).
const SERVICE: &str = "application.qbusiness.amazonaws.com";

pub(super) fn status(child: &Child) -> &'static str {
    let status = child.phase.status("CREATING");
    if status == "ACTIVE" && !child.set.contains_key("roleArn") {
        "PENDING_AUTH_CONFIG"
    } else {
        status
    }
}

/// What CreateWebExperience and UpdateWebExperience refuse of their roles, secrets and limits.
pub(super) fn acceptable(state: &mut State, call: &Call<'_>) -> Result<(), AwsError> {
    let identity_type = call
        .application(state)?
        .set
        .get("identityType")
        .and_then(Json::as_str)
        .unwrap_or_default()
        .to_owned();
    let member = "identityProviderConfiguration";
    let Some(identity) = call.input.get(member) else {
        return Ok(());
    };
    match (identity.get("openIDConnectConfiguration"), identity_type.as_str()) {
        (Some(_), "AWS_IAM_IDP_SAML") => {
            return Err(field(member, "the application signs in by SAML 2.0"));
        }
        (None, "AWS_IAM_IDP_OIDC") => {
            return Err(field(member, "the application signs in by OpenID Connect"));
        }
        (Some(configuration), _) => client_secret(state, call, configuration)?,
        (None, _) => {}
    }
    Ok(())
}

/// The secret has to hold `client_secret`, and the secrets role has to be able to read it.
fn client_secret(state: &State, call: &Call<'_>, configuration: &Json) -> Result<(), AwsError> {
    const SECRET: &str = "identityProviderConfiguration.openIDConnectConfiguration.secretsArn";
    const ROLE: &str = "identityProviderConfiguration.openIDConnectConfiguration.secretsRole";
    let region = &call.caller.region;
    let arn = text(configuration, "secretsArn");
    if arn.split(':').nth(3) != Some(region.as_str()) {
        return Err(field(SECRET, &format!("the secret is not in {region}")));
    }
    let value = secretsmanager::current_text(state, arn)
        .ok_or_else(|| field(SECRET, "the secret does not exist or has no current value"))?;
    let holds = serde_json::from_str::<Json>(value).ok().and_then(|v| {
        v.get("client_secret")
            .map(|s| s.as_str().is_some_and(|s| !s.is_empty()))
    });
    if holds != Some(true) {
        return Err(field(SECRET, "the secret has no key client_secret"));
    }
    let role = trusted_role(
        state,
        ROLE,
        text(configuration, "secretsRole"),
        SERVICE,
        &call.arn(),
    )?;
    let request = Request {
        action: "secretsmanager:GetSecretValue".into(),
        resource: arn.to_owned(),
        ..Request::default()
    };
    if !iam::allows(state, role, &request) {
        return Err(field(ROLE, "the role is not allowed to read the secret"));
    }
    if let Some(key) = secretsmanager::key_of(state, arn) {
        let request = Request {
            action: "kms:Decrypt".into(),
            resource: kms::arn_of(key, region),
            context: BTreeMap::from([(
                "kms:viaservice".to_owned(),
                vec![format!("secretsmanager.{region}.amazonaws.com")],
            )]),
            ..Request::default()
        };
        if !iam::allows(state, role, &request) {
            return Err(field(ROLE, "the role is not allowed to decrypt the secret"));
        }
    }
    Ok(())
}

/// The address is there once the web experience is; whether before its role is inferred.
pub(super) fn show_endpoint(call: &Call<'_>, child: &Child, out: &mut Map<String, Json>) {
    let world = call.world;
    let shown = match status(child) {
        "ACTIVE" => true,
        "PENDING_AUTH_CONFIG" => {
            let late = world.switch("endpoint", "late") && child.phase.ready_at.elapsed() < world.late();
            !late && !world.switch("endpoint", "never")
        }
        _ => world.switch("endpoint", "at-once"),
    };
    if shown {
        let endpoint = format!(
            "https://{}.chat.qbusiness.{}.on.aws/",
            child.host, call.caller.region
        );
        out.insert("defaultEndpoint".into(), json!(endpoint));
    }
}

pub(super) fn update(state: &mut State, call: &Call<'_>) -> Answer {
    let world = call.world;
    if let Some(role) = call.input.get("roleArn").and_then(Json::as_str) {
        if world.switch("later-role", "refused") {
            return Err(field("roleArn", "the role cannot be set later"));
        }
        usable_role(state, "roleArn", role)?;
    }
    acceptable(state, call)?;
    let id = call.text("webExperienceId");
    let child = call
        .application(state)?
        .experiences
        .get_mut(id)
        .ok_or_else(|| not_found("WebExperience", id))?;
    if child.phase.status("CREATING") != "ACTIVE" {
        return Err(conflict("WebExperience", "the web experience is not ready"));
    }
    if world.switch("put", "clears") {
        child.set.clear();
    }
    child
        .set
        .extend(settable(call.input, &["applicationId", "webExperienceId"]));
    child.changed = unix_now();
    Ok(json!({}))
}
