//! Amazon Q Business: applications and what lives in them, with states that take time, conflicts,
//! quotas, tags and idempotency tokens.

use crate::World;
use crate::iam;
use crate::state::{ACCOUNT, Application, Child, Phase, State, unix_now};
use crate::wire::{Answer, AwsError, Caller};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::time::Instant;

mod application;
mod chat;
mod children;
mod data_sources;
mod documents;
mod groups;
mod permissions;
mod store;
mod subscriptions;
mod tags;
mod users;
mod web_experience;

pub(crate) use groups::Allowance;
pub(crate) use store::Store;
pub(crate) use subscriptions::{Subscription, charges};

/// What the operations have to work with.
struct Call<'a> {
    world: &'a World,
    input: &'a Json,
    caller: &'a Caller,
}

impl<'a> Call<'a> {
    /// A member of the request that is a text; empty where it is not sent.
    fn text(&self, name: &str) -> &'a str {
        text(self.input, name)
    }

    fn application<'s>(&self, state: &'s mut State) -> Result<&'s mut Application, AwsError> {
        application(state, self.text("applicationId"), self.caller)
    }

    /// The ARN of the request's application.
    fn arn(&self) -> String {
        app_arn(&self.caller.region, self.text("applicationId"))
    }
}

pub(crate) fn call(world: &World, operation: &str, input: &Json, caller: &Caller) -> Answer {
    let mut state = world.state();
    let state = &mut *state;
    sweep(state);
    permissions::allowed(caller, state, input, operation)?;
    let call = Call { world, input, caller };
    match operation {
        "TagResource" | "UntagResource" | "ListTagsForResource" => {
            tags::call(state, operation, input, caller)
        }
        "ChatSync" => chat::ask(state, &call),
        "ListPlugins" => call.application(state).map(|_| json!({"plugins": []})),
        "GetChatControlsConfiguration" => call.application(state).map(|_| {
            json!({
                "responseScope": "EXTENDED_KNOWLEDGE_ENABLED",
                "creatorModeConfiguration": {"creatorModeControl": "DISABLED"},
            })
        }),
        _ => application::call(state, operation, &call)
            .or_else(|| subscriptions::call(state, operation, &call))
            .or_else(|| users::call(state, operation, &call))
            .or_else(|| groups::call(state, operation, &call))
            .or_else(|| data_sources::call(state, operation, &call))
            .or_else(|| documents::call(state, operation, &call))
            .unwrap_or_else(|| children::call(state, operation, &call)),
    }
}

/// Takes away what has finished deleting, with what lived in it.
pub(crate) fn sweep(state: &mut State) {
    for app in state.applications.values_mut() {
        for children in app.children() {
            children.retain(|_, c| !c.phase.is_gone());
        }
        for store in app.stores.values_mut() {
            store.data_sources.retain(|_, d| !d.child.phase.is_gone());
        }
        let indices = &app.indices;
        app.stores.retain(|id, _| indices.contains_key(id));
    }
    let region_and_id: Vec<String> = state
        .applications
        .iter()
        .filter(|(_, a)| a.phase.is_gone())
        .map(|(id, a)| app_arn(&a.region, id))
        .collect();
    state.applications.retain(|_, a| !a.phase.is_gone());
    for arn in region_and_id {
        crate::kms::retire(state, &arn);
    }
}

fn application<'a>(state: &'a mut State, id: &str, caller: &Caller) -> Result<&'a mut Application, AwsError> {
    state
        .applications
        .get_mut(id)
        .filter(|a| a.region == caller.region)
        .ok_or_else(|| not_found("Application", id))
}

fn text<'a>(input: &'a Json, name: &str) -> &'a str {
    input.get(name).and_then(Json::as_str).unwrap_or_default()
}

fn tags(input: &Json) -> BTreeMap<String, String> {
    input
        .get("tags")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .map(|t| (text(t, "key").to_owned(), text(t, "value").to_owned()))
        .collect()
}

fn settable(input: &Json, without: &[&str]) -> Map<String, Json> {
    input
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(k, v)| !without.contains(&k.as_str()) && !v.is_null())
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect()
}

fn summary(set: &Map<String, Json>, names: &[&str]) -> Map<String, Json> {
    set.iter()
        .filter(|(k, _)| names.contains(&k.as_str()))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect()
}

/// A page of at most `maxResults`, else `usual`; the token is the number of entries before the next one.
fn page_of<T>(
    input: &Json,
    name: &str,
    usual: usize,
    all: impl Iterator<Item = T>,
    show: impl Fn(T) -> Json,
) -> Answer {
    let from: usize = match text(input, "nextToken") {
        "" => 0,
        token => token
            .parse()
            .map_err(|_| field("nextToken", "the token is not one of this list's"))?,
    };
    let most = input
        .get("maxResults")
        .and_then(Json::as_u64)
        .and_then(|n| usize::try_from(n).ok())
        .unwrap_or(usual);
    let mut rest = all.skip(from);
    let items: Vec<Json> = rest.by_ref().take(most).map(show).collect();
    let mut out = json!({ name: items });
    if rest.next().is_some()
        && let Json::Object(map) = &mut out
    {
        map.insert("nextToken".into(), json!((from + most).to_string()));
    }
    Ok(out)
}

/// A page of what is a list already.
fn page(input: &Json, name: &str, all: Vec<Json>) -> Answer {
    page_of(input, name, 50, all.into_iter(), |entry| entry)
}

fn new_id(state: &mut State) -> String {
    format!("a{:07x}-0000-4000-8000-{:012x}", state.next(), unix_now())
}

fn app_arn(region: &str, id: &str) -> String {
    format!("arn:aws:qbusiness:{region}:{ACCOUNT}:application/{id}")
}

fn not_found(kind: &str, id: &str) -> AwsError {
    let mut error = AwsError::new(
        404,
        "ResourceNotFoundException",
        format!("{kind} {id} cannot be found"),
    );
    error.detail = json!({"resourceId": id, "resourceType": kind});
    error
}

fn conflict(kind: &str, why: &str) -> AwsError {
    let mut error = AwsError::new(409, "ConflictException", why);
    error.detail = json!({"resourceId": "", "resourceType": kind});
    error
}

fn field(name: &str, why: &str) -> AwsError {
    let mut error = AwsError::new(400, "ValidationException", format!("{name}: {why}"));
    error.detail = json!({"reason": "FIELD_VALIDATION_FAILED", "fields": [{"name": name, "message": why}]});
    error
}

/// A role that a service is told to use has to exist and to have reached the service (IAM: eventual consistency).
fn usable_role(state: &State, member: &str, arn: &str) -> Result<(), AwsError> {
    match iam::role_by_arn(state, arn) {
        Some(role) if Instant::now() >= role.visible_from => Ok(()),
        _ => Err(field(member, "the role cannot be assumed")),
    }
}

/// And has to trust the service for this application (IAM: confused deputy).
fn trusted_role<'a>(
    state: &'a State,
    member: &str,
    arn: &str,
    service: &str,
    application_arn: &str,
) -> Result<&'a crate::state::Role, AwsError> {
    usable_role(state, member, arn)?;
    iam::role_by_arn(state, arn)
        .filter(|role| iam::service_may_assume(role, service, application_arn))
        .ok_or_else(|| {
            field(
                member,
                &format!("the role does not trust {service} for this application"),
            )
        })
}

/// Shared by the children: a new one with its token.
fn new_child(takes: std::time::Duration, input: &Json, host: String) -> Child {
    Child {
        phase: Phase::starting(takes),
        set: settable(input, &["clientToken", "tags", "applicationId"]),
        created: unix_now(),
        tags: tags(input),
        host,
        updated: false,
        changed: unix_now(),
    }
}
