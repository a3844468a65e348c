//! Applications: what they must name to be made, and what of them can change.

use super::{Call, app_arn, conflict, field, new_id, page, settable, summary, tags, text, trusted_role};
use crate::config::Takes;
use crate::state::{Application, Phase, State, unix_now};
use crate::wire::{Answer, AwsError};
use crate::{iam, kms};
use serde_json::{Value as Json, json};

/// Q Business: quotas, applications per account.
const MOST_APPLICATIONS: usize = 50;
/// Whom an application's own role has to trust (Q Business: IAM role for an application).
const SERVICE: &str = "qbusiness.amazonaws.com";

pub(super) fn call(state: &mut State, operation: &str, call: &Call<'_>) -> Option<Answer> {
    Some(match operation {
        "CreateApplication" => create(state, call),
        "GetApplication" => call
            .application(state)
            .map(|app| describe(call.text("applicationId"), app)),
        "UpdateApplication" => update(state, call),
        "DeleteApplication" => delete(state, call),
        "ListApplications" => {
            let all: Vec<Json> = state
                .applications
                .iter()
                .filter(|(_, a)| a.region == call.caller.region)
                .map(|(id, a)| {
                    let mut entry = summary(
                        &a.set,
                        &["displayName", "identityType", "quickSightConfiguration"],
                    );
                    entry.insert("applicationId".into(), json!(id));
                    entry.insert("status".into(), json!(a.status()));
                    entry.insert("createdAt".into(), json!(a.created));
                    entry.insert("updatedAt".into(), json!(a.changed));
                    Json::Object(entry)
                })
                .collect();
            page(call.input, "applications", all)
        }
        _ => return None,
    })
}

fn create(state: &mut State, call: &Call<'_>) -> Answer {
    let region = &call.caller.region;
    let token = (
        format!("CreateApplication/{region}"),
        call.text("clientToken").to_owned(),
    );
    if let Some(id) = state
        .tokens
        .get(&token)
        .filter(|id| state.applications.contains_key(*id))
    {
        return Ok(json!({"applicationId": id, "applicationArn": app_arn(region, id)}));
    }
    let here = state
        .applications
        .values()
        .filter(|a| a.region == *region)
        .count();
    if here >= MOST_APPLICATIONS {
        return Err(AwsError::new(
            402,
            "ServiceQuotaExceededException",
            format!("The quota of {MOST_APPLICATIONS} applications is used up"),
        ));
    }
    identity(state, call)?;
    let id = new_id(state);
    let arn = app_arn(region, &id);
    let key = call.input.pointer("/encryptionConfiguration/kmsKeyId");
    if let Some(key) = key.and_then(Json::as_str) {
        if let Some(why) = kms::refusal(key, region) {
            return Err(field("encryptionConfiguration.kmsKeyId", &why));
        }
        kms::grant_to_service(state, key, region, &arn);
    }
    match call.text("roleArn") {
        "" => iam::ensure_service_linked(state),
        role => {
            trusted_role(state, "roleArn", role, SERVICE, &arn)?;
        }
    }
    let phase = Phase::starting(call.world.latency(Takes::Application));
    let set = settable(call.input, &["clientToken", "tags"]);
    let mut application = Application::new(region.clone(), phase, set, unix_now());
    application.tags = tags(call.input);
    state.applications.insert(id.clone(), application);
    if !token.1.is_empty() {
        state.tokens.insert(token, id.clone());
    }
    Ok(json!({"applicationId": id, "applicationArn": arn}))
}

/// The provider has to exist and to be of the application's protocol, and it has to know the client ids
/// (Q Business: IAM federation).
fn identity(state: &State, call: &Call<'_>) -> Result<(), AwsError> {
    let arn = call.text("iamIdentityProviderArn");
    let missing = || field("iamIdentityProviderArn", "the identity provider does not exist");
    match call.text("identityType") {
        "AWS_IAM_IDP_SAML" => iam::saml_provider(state, arn).map(|_| ()).ok_or_else(missing),
        "AWS_IAM_IDP_OIDC" => {
            let provider = iam::oidc_provider(state, arn).ok_or_else(missing)?;
            let wanted: Vec<&str> = call
                .input
                .get("clientIdsForOIDC")
                .and_then(Json::as_array)
                .into_iter()
                .flatten()
                .filter_map(Json::as_str)
                .collect();
            if wanted.is_empty() {
                return Err(field("clientIdsForOIDC", "at least one client ID is required"));
            }
            if let Some(stranger) = wanted
                .iter()
                .find(|id| !provider.client_ids.iter().any(|c| c == **id))
            {
                return Err(field(
                    "clientIdsForOIDC",
                    &format!("the identity provider does not know the client ID {stranger}"),
                ));
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn describe(id: &str, app: &Application) -> Json {
    let mut out = app.set.clone();
    out.remove("identityCenterInstanceArn");
    out.insert("applicationId".into(), json!(id));
    out.insert("applicationArn".into(), json!(app_arn(&app.region, id)));
    out.insert("status".into(), json!(app.status()));
    out.insert("createdAt".into(), json!(app.created));
    out.insert("updatedAt".into(), json!(app.changed));
    out.entry("roleArn")
        .or_insert_with(|| json!(iam::service_linked_arn()));
    Json::Object(out)
}

fn update(state: &mut State, call: &Call<'_>) -> Answer {
    let clears = call.world.switch("put", "clears");
    let takes = call.world.latency(Takes::ApplicationUpdate);
    if call.application(state)?.status() != "ACTIVE" {
        return Err(conflict("Application", "the application is not ACTIVE"));
    }
    if let Some(role) = call.input.get("roleArn").and_then(Json::as_str) {
        trusted_role(state, "roleArn", role, SERVICE, &call.arn())?;
    }
    let auto = call.input.get("autoSubscriptionConfiguration");
    if auto.is_some_and(|a| {
        text(a, "autoSubscribe") == "ENABLED" && text(a, "defaultSubscriptionType").is_empty()
    }) {
        return Err(field(
            "autoSubscriptionConfiguration.defaultSubscriptionType",
            "a subscription type is required where users subscribe automatically",
        ));
    }
    let app = call.application(state)?;
    if clears {
        for name in [
            "description",
            "roleArn",
            "attachmentsConfiguration",
            "qAppsConfiguration",
            "personalizationConfiguration",
            "autoSubscriptionConfiguration",
        ] {
            app.set.remove(name);
        }
    }
    app.set.extend(settable(call.input, &["applicationId"]));
    app.phase = Phase::starting(takes);
    app.updated = true;
    app.changed = unix_now();
    Ok(json!({}))
}

fn delete(state: &mut State, call: &Call<'_>) -> Answer {
    let takes = call.world.latency(Takes::Deletion);
    let app = call.application(state)?;
    if let Some(kind) = ["Index", "Retriever", "WebExperience"]
        .iter()
        .zip(app.children())
        .find_map(|(kind, all)| (!all.is_empty()).then_some(*kind))
    {
        return Err(conflict(kind, "the application still has children"));
    }
    app.phase.delete(takes);
    Ok(json!({}))
}
