//! Amazon Q Business: applications and what lives in them, with states that take time, conflicts,
//! quotas, tags and idempotency tokens.

use crate::World;
use crate::config::Takes;
use crate::state::{ACCOUNT, Application, Child, Phase, Session, State, Subscription, unix_now};
use crate::wire::{Answer, AwsError, Caller};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::time::Instant;

mod children;

/// Facts §6.4.
const MOST_APPLICATIONS: usize = 50;

pub(crate) fn call(world: &World, operation: &str, input: &Json, caller: &Caller) -> Answer {
    let mut state = world.state();
    let state = &mut *state;
    sweep(state);
    allowed(caller, state, input, operation)?;
    match operation {
        "CreateApplication" => create(world, state, input, caller),
        "GetApplication" => {
            let id = text(input, "applicationId");
            let app = application(state, id, caller)?;
            Ok(describe(id, app))
        }
        "UpdateApplication" => update(world, state, input, caller),
        "DeleteApplication" => {
            let takes = world.latency(Takes::Deletion);
            let app = application(state, text(input, "applicationId"), caller)?;
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
        "ListApplications" => {
            let all: Vec<Json> = state
                .applications
                .iter()
                .filter(|(_, a)| a.region == caller.region)
                .map(|(id, a)| {
                    let mut entry = summary(&a.set, &["displayName", "identityType"]);
                    entry.insert("applicationId".into(), json!(id));
                    entry.insert("status".into(), json!(a.status()));
                    entry.insert("createdAt".into(), json!(a.created));
                    Json::Object(entry)
                })
                .collect();
            page(input, "applications", all)
        }
        "TagResource" | "UntagResource" | "ListTagsForResource" => tags_call(state, operation, input, caller),
        "ListSubscriptions" => {
            let app = application(state, text(input, "applicationId"), caller)?;
            let all = app
                .subscriptions
                .values()
                .map(|s| json!({"subscriptionId": s.id, "principal": {"user": s.id}, "currentSubscription": {"type": s.kind}}))
                .collect();
            page(input, "subscriptions", all)
        }
        "CancelSubscription" => {
            let wanted = text(input, "subscriptionId").to_owned();
            let app = application(state, text(input, "applicationId"), caller)?;
            let before = app.subscriptions.len();
            app.subscriptions.retain(|_, s| s.id != wanted);
            if app.subscriptions.len() == before {
                return Err(not_found("Subscription", &wanted));
            }
            Ok(json!({}))
        }
        "ChatSync" => chat(state, input, caller),
        _ => children::call(world, state, operation, input, caller),
    }
}

/// Takes away what has finished deleting.
fn sweep(state: &mut State) {
    for app in state.applications.values_mut() {
        for children in app.children() {
            children.retain(|_, c| !c.phase.is_gone());
        }
    }
    state.applications.retain(|_, a| !a.phase.is_gone());
}

fn create(world: &World, state: &mut State, input: &Json, caller: &Caller) -> Answer {
    let token = (
        format!("CreateApplication/{}", caller.region),
        text(input, "clientToken").to_owned(),
    );
    if let Some(id) = state
        .tokens
        .get(&token)
        .filter(|id| state.applications.contains_key(*id))
    {
        return Ok(json!({"applicationId": id, "applicationArn": app_arn(&caller.region, id)}));
    }
    let here = state
        .applications
        .values()
        .filter(|a| a.region == caller.region)
        .count();
    if here >= MOST_APPLICATIONS {
        return Err(AwsError::new(
            402,
            "ServiceQuotaExceededException",
            format!("The quota of {MOST_APPLICATIONS} applications is used up"),
        ));
    }
    let provider = text(input, "iamIdentityProviderArn");
    if text(input, "identityType").starts_with("AWS_IAM_IDP") {
        let name = provider.rsplit('/').next().unwrap_or_default();
        if !state.providers.contains_key(name) {
            return Err(field(
                "iamIdentityProviderArn",
                "the identity provider does not exist",
            ));
        }
    }
    let id = new_id(state);
    let application = Application {
        region: caller.region.clone(),
        phase: Phase::starting(world.latency(Takes::Application)),
        updated: false,
        set: settable(input, &["clientToken", "tags"]),
        created: unix_now(),
        tags: tags(input),
        indices: BTreeMap::new(),
        retrievers: BTreeMap::new(),
        experiences: BTreeMap::new(),
        subscriptions: BTreeMap::new(),
    };
    state.applications.insert(id.clone(), application);
    if !token.1.is_empty() {
        state.tokens.insert(token, id.clone());
    }
    Ok(json!({"applicationId": id, "applicationArn": app_arn(&caller.region, &id)}))
}

fn describe(id: &str, app: &Application) -> Json {
    let mut out = app.set.clone();
    out.remove("identityCenterInstanceArn");
    out.insert("applicationId".into(), json!(id));
    out.insert("applicationArn".into(), json!(app_arn(&app.region, id)));
    out.insert("status".into(), json!(app.status()));
    out.insert("createdAt".into(), json!(app.created));
    out.insert("updatedAt".into(), json!(app.created));
    out.entry("roleArn").or_insert_with(|| {
        json!(format!(
            "arn:aws:iam::{ACCOUNT}:role/aws-service-role/qbusiness.amazonaws.com/AWSServiceRoleForQBusiness"
        ))
    });
    Json::Object(out)
}

fn update(world: &World, state: &mut State, input: &Json, caller: &Caller) -> Answer {
    let clears = world.switch("put", "clears");
    let takes = world.latency(Takes::ApplicationUpdate);
    let app = application(state, text(input, "applicationId"), caller)?;
    if app.status() != "ACTIVE" {
        return Err(conflict("Application", "the application is not ACTIVE"));
    }
    if clears {
        for name in [
            "displayName",
            "description",
            "attachmentsConfiguration",
            "qAppsConfiguration",
            "personalizationConfiguration",
            "autoSubscriptionConfiguration",
        ] {
            if name != "displayName" {
                app.set.remove(name);
            }
        }
    }
    app.set.extend(settable(input, &["applicationId"]));
    app.phase = Phase::starting(takes);
    app.updated = true;
    Ok(json!({}))
}

fn tags_call(state: &mut State, operation: &str, input: &Json, caller: &Caller) -> Answer {
    let arn = text(input, "resourceARN").to_owned();
    let parts: Vec<&str> = arn
        .split(":application/")
        .nth(1)
        .unwrap_or_default()
        .split('/')
        .collect();
    let missing = || not_found("Resource", &arn);
    let app =
        application(state, parts.first().copied().unwrap_or_default(), caller).map_err(|_| missing())?;
    let held = match parts.as_slice() {
        [_] => &mut app.tags,
        [_, kind, id] => {
            let all = match *kind {
                "index" => &mut app.indices,
                "retriever" => &mut app.retrievers,
                "web-experience" => &mut app.experiences,
                _ => return Err(missing()),
            };
            &mut all.get_mut(*id).ok_or_else(missing)?.tags
        }
        _ => return Err(missing()),
    };
    match operation {
        "TagResource" => held.extend(tags(input)),
        "UntagResource" => {
            for key in input
                .get("tagKeys")
                .and_then(Json::as_array)
                .into_iter()
                .flatten()
                .filter_map(Json::as_str)
            {
                held.remove(key);
            }
        }
        _ => {
            let list: Vec<Json> = held.iter().map(|(k, v)| json!({"key": k, "value": v})).collect();
            return Ok(json!({ "tags": list }));
        }
    }
    Ok(json!({}))
}

/// The first question of a new person is refused and starts the subscription (Q Business: automatic subscriptions).
fn chat(state: &mut State, input: &Json, caller: &Caller) -> Answer {
    let Some(Session {
        role,
        email: Some(email),
        ..
    }) = &caller.session
    else {
        return Err(AwsError::new(
            403,
            "AccessDeniedException",
            "User is not authorized for this service call.",
        ));
    };
    let id = text(input, "applicationId").to_owned();
    let serial = state.next();
    let may_subscribe = may_subscribe(state, role);
    let app = application(state, &id, caller)?;
    if !app.subscriptions.contains_key(email) {
        let auto = app
            .set
            .get("autoSubscriptionConfiguration")
            .filter(|_| may_subscribe);
        if auto.is_some_and(|a| text(a, "autoSubscribe") == "ENABLED") {
            let kind = auto
                .map(|a| text(a, "defaultSubscriptionType"))
                .unwrap_or_default()
                .to_owned();
            let subscription = Subscription {
                id: format!("00000000-0000-4000-9000-{serial:012x}"),
                kind,
            };
            app.subscriptions.insert(email.clone(), subscription);
        }
        return Err(AwsError::new(
            403,
            "AccessDeniedException",
            format!(
                "Exception occurred for requestId: {serial} with message: User does not have a subscription for the given application."
            ),
        ));
    }
    Ok(json!({
        "conversationId": format!("00000000-0000-4000-a000-{serial:012x}"),
        "systemMessageId": format!("00000000-0000-4000-b000-{serial:012x}"),
        "userMessageId": format!("00000000-0000-4000-c000-{serial:012x}"),
        "systemMessage": format!("Practice answer for {email} through {role}: this application has no documents yet."),
        "sourceAttributions": [],
    }))
}

/// A federated session may do what its role's inline policies allow.
fn allowed(caller: &Caller, state: &State, input: &Json, operation: &str) -> Result<(), AwsError> {
    use claimbridge_core::policy::Document;
    use claimbridge_core::policy::evaluate::{Decision, Request, evaluate};
    let Some(session) = &caller.session else {
        return Ok(());
    };
    // GetWebExperience too is granted on the application in AWS's own policy (Q Business: IAM policies for a web experience).
    let resource = app_arn(&caller.region, text(input, "applicationId"));
    let request = Request {
        action: format!("qbusiness:{operation}"),
        resource,
        ..Request::default()
    };
    let allows = state
        .roles
        .get(&session.role.to_ascii_lowercase())
        .into_iter()
        .flat_map(|r| r.policies.values())
        .filter_map(|p| Document::parse(p).ok())
        .any(|p| evaluate(&p, &request).decision == Decision::Allowed);
    if allows {
        Ok(())
    } else {
        Err(AwsError::new(
            403,
            "AccessDeniedException",
            format!(
                "User: {} is not authorized to perform: qbusiness:{operation}",
                caller.arn
            ),
        ))
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

/// A page of at most `maxResults`; the token is the number of entries before the next one.
fn page(input: &Json, name: &str, all: Vec<Json>) -> Answer {
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
        .unwrap_or(50);
    let left = all.len().saturating_sub(from + most);
    let items: Vec<Json> = all.into_iter().skip(from).take(most).collect();
    let mut out = json!({ name: items });
    if left > 0
        && let Json::Object(map) = &mut out
    {
        map.insert("nextToken".into(), json!((from + most).to_string()));
    }
    Ok(out)
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
fn usable_role(state: &State, arn: &str) -> Result<(), AwsError> {
    let name = arn.rsplit('/').next().unwrap_or_default();
    match state.roles.get(&name.to_ascii_lowercase()) {
        Some(role) if Instant::now() >= role.visible_from => Ok(()),
        _ => Err(field("roleArn", "the role cannot be assumed")),
    }
}

/// Shared by the children: a new one with its token.
fn new_child(takes: std::time::Duration, input: &Json, host: String) -> Child {
    Child {
        phase: Phase::starting(takes),
        set: settable(input, &["clientToken", "tags", "applicationId"]),
        created: unix_now(),
        tags: tags(input),
        host,
    }
}

/// A person subscribes with the role's own right to do so for themselves (Q Business: automatic subscriptions).
fn may_subscribe(state: &State, role: &str) -> bool {
    use claimbridge_core::policy::Document;
    use claimbridge_core::policy::evaluate::{Decision, Request, evaluate};
    let request = Request {
        action: "user-subscriptions:CreateClaim".into(),
        resource: "*".into(),
        context: BTreeMap::from([
            (
                "user-subscriptions:createforself".to_owned(),
                vec!["true".to_owned()],
            ),
            (
                "aws:calledvialast".to_owned(),
                vec!["qbusiness.amazonaws.com".to_owned()],
            ),
        ]),
        ..Request::default()
    };
    state
        .roles
        .get(&role.to_ascii_lowercase())
        .into_iter()
        .flat_map(|r| r.policies.values())
        .filter_map(|p| Document::parse(p).ok())
        .any(|p| evaluate(&p, &request).decision == Decision::Allowed)
}
