//! IAM: identity providers, roles, policies, and a simulation that knows one administrator.

use crate::World;
use crate::state::{Provider, State};
use crate::wire::{Answer, AwsError, Caller};
use claimbridge_core::policy::Document;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

mod oidc_provider;
mod permissions;
mod policy;
mod role;
mod saml_provider;

pub(crate) use oidc_provider::{OidcProvider, oidc_provider_arn};
pub(crate) use permissions::{allows, role_by_arn, service_may_assume};
pub(crate) use policy::ManagedPolicy;
pub(crate) use role::{ensure_service_linked, is_service_linked, role_arn, service_linked_arn};

pub(crate) fn call(world: &World, action: &str, input: &Json, caller: &Caller) -> Answer {
    // Nobody who signed in through the federation may do anything in IAM (Q Business: IAM policies for a web experience).
    if caller.session.is_some() {
        return Err(AwsError::new(
            403,
            "AccessDenied",
            format!("User: {} is not authorized to perform: iam:{action}", caller.arn),
        ));
    }
    let mut state = world.state();
    let state = &mut *state;
    saml_provider::call(world, state, action, input)
        .or_else(|| oidc_provider::call(state, action, input))
        .or_else(|| role::call(world, state, action, input))
        .or_else(|| policy::call(state, action, input))
        .unwrap_or_else(|| match action {
            "ListAccountAliases" => Ok(json!({"AccountAliases": ["practice"], "IsTruncated": false})),
            "SimulatePrincipalPolicy" => simulate(world, input),
            other => Err(AwsError::new(
                400,
                "InvalidAction",
                format!("{other} is not practised"),
            )),
        })
}

/// The SAML provider under this ARN.
pub(crate) fn saml_provider<'a>(state: &'a State, arn: &str) -> Option<&'a Provider> {
    state
        .providers
        .get(arn.strip_prefix(&saml_provider::provider_arn(""))?)
}

/// The OpenID Connect provider under this ARN.
pub(crate) fn oidc_provider<'a>(state: &'a State, arn: &str) -> Option<&'a OidcProvider> {
    state
        .oidc_providers
        .get(arn.strip_prefix(&oidc_provider_arn(""))?)
}

/// A permission policy that IAM takes.
fn parsed(document: &str) -> Result<Document, AwsError> {
    Document::parse(document).map_err(|e| AwsError::new(400, "MalformedPolicyDocument", e.to_string()))
}

/// A page of at most `MaxItems`; the marker is the number of entries before the next one.
fn page(input: &Json, name: &str, all: Vec<Json>) -> Answer {
    let from: usize = match text(input, "Marker") {
        None => 0,
        Some(marker) => marker
            .parse()
            .map_err(|_| AwsError::new(400, "ValidationError", "Invalid Marker"))?,
    };
    let most = input
        .get("MaxItems")
        .and_then(Json::as_u64)
        .and_then(|n| usize::try_from(n).ok())
        .unwrap_or(100);
    let next = from.saturating_add(most);
    let more = all.len() > next;
    let items: Vec<Json> = all.into_iter().skip(from).take(most).collect();
    Ok(json!({
        name: items,
        "IsTruncated": more,
        "Marker": more.then(|| next.to_string()),
    }))
}

fn simulate(world: &World, input: &Json) -> Answer {
    let denied = world.denied_operations();
    let results: Vec<Json> = input
        .get("ActionNames")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .map(|action| {
            let operation = action.split(':').next_back().unwrap_or_default();
            let decision = if denied.iter().any(|d| d == operation) { "implicitDeny" } else { "allowed" };
            json!({"EvalActionName": action, "EvalResourceName": "*", "EvalDecision": decision, "MissingContextValues": []})
        })
        .collect();
    Ok(json!({"EvaluationResults": results, "IsTruncated": false}))
}

fn text<'a>(input: &'a Json, name: &str) -> Option<&'a str> {
    input.get(name).and_then(Json::as_str)
}

fn tags(input: &Json) -> BTreeMap<String, String> {
    input
        .get("Tags")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(|t| Some((text(t, "Key")?.to_owned(), text(t, "Value")?.to_owned())))
        .collect()
}

fn tag_list(tags: &BTreeMap<String, String>) -> Json {
    tags.iter().map(|(k, v)| json!({"Key": k, "Value": v})).collect()
}

fn untag(tags: &mut BTreeMap<String, String>, input: &Json) -> Json {
    for key in input
        .get("TagKeys")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
    {
        tags.remove(key);
    }
    json!({})
}

fn no_such(message: String) -> AwsError {
    AwsError::new(404, "NoSuchEntity", message)
}

/// Policy documents leave IAM percent-encoded (RFC 3986).
fn encoded(document: &str) -> String {
    utf8_percent_encode(document, NON_ALPHANUMERIC).to_string()
}

/// IAM does not count white space.
fn dense(document: &str) -> usize {
    document.chars().filter(|c| !c.is_whitespace()).count()
}

fn iso(unix: u64) -> String {
    i64::try_from(unix)
        .ok()
        .and_then(|s| time::OffsetDateTime::from_unix_timestamp(s).ok())
        .map(claimbridge_core::time::format_instant)
        .unwrap_or_default()
}
