//! Indices, retrievers and web experiences.

use super::{
    app_arn, application, conflict, field, new_child, new_id, not_found, page, settable, summary, text,
    usable_role,
};
use crate::World;
use crate::config::Takes;
use crate::state::{Application, Child, State};
use crate::wire::{Answer, AwsError, Caller};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Index,
    Retriever,
    WebExperience,
}

impl Kind {
    fn all(self, app: &mut Application) -> &mut BTreeMap<String, Child> {
        match self {
            Kind::Index => &mut app.indices,
            Kind::Retriever => &mut app.retrievers,
            Kind::WebExperience => &mut app.experiences,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Kind::Index => "Index",
            Kind::Retriever => "Retriever",
            Kind::WebExperience => "WebExperience",
        }
    }

    /// Names of id, ARN and the part of the path in an ARN.
    fn members(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Kind::Index => ("indexId", "indexArn", "index"),
            Kind::Retriever => ("retrieverId", "retrieverArn", "retriever"),
            Kind::WebExperience => ("webExperienceId", "webExperienceArn", "web-experience"),
        }
    }

    fn takes(self) -> Takes {
        match self {
            Kind::Index => Takes::Index,
            Kind::Retriever => Takes::Retriever,
            Kind::WebExperience => Takes::WebExperience,
        }
    }
}

pub(super) fn call(
    world: &World,
    state: &mut State,
    operation: &str,
    input: &Json,
    caller: &Caller,
) -> Answer {
    let (verb, kind) = match operation {
        "ListIndices" => ("List", Kind::Index),
        "ListRetrievers" => ("List", Kind::Retriever),
        "ListWebExperiences" => ("List", Kind::WebExperience),
        other => [Kind::Index, Kind::Retriever, Kind::WebExperience]
            .into_iter()
            .find_map(|k| other.strip_suffix(k.name()).map(|verb| (verb, k)))
            .ok_or_else(|| {
                AwsError::new(
                    404,
                    "UnknownOperationException",
                    format!("{other} is not practised"),
                )
            })?,
    };
    match verb {
        "Create" => create(world, state, kind, input, caller),
        "Get" => get(world, state, kind, input, caller),
        "List" => {
            let app = application(state, text(input, "applicationId"), caller)?;
            let (id_name, _, _) = kind.members();
            let all: Vec<Json> = kind
                .all(app)
                .iter()
                .map(|(id, child)| {
                    let mut entry = summary(&child.set, &["displayName", "type"]);
                    if kind != Kind::Retriever {
                        entry.remove("type");
                    }
                    entry.insert(id_name.into(), json!(id));
                    entry.insert("status".into(), json!(status(kind, child)));
                    Json::Object(entry)
                })
                .collect();
            let list = match kind {
                Kind::Index => "indices",
                Kind::Retriever => "retrievers",
                Kind::WebExperience => "webExperiences",
            };
            page(input, list, all)
        }
        "Update" if kind == Kind::WebExperience => update(world, state, input, caller),
        "Update" if kind == Kind::Index => {
            let takes = world.latency(Takes::ApplicationUpdate);
            let app = application(state, text(input, "applicationId"), caller)?;
            let id = text(input, "indexId");
            let index = app.indices.get_mut(id).ok_or_else(|| not_found("Index", id))?;
            index.set.extend(settable(input, &["applicationId", "indexId"]));
            index.phase = crate::state::Phase::starting(takes);
            Ok(json!({}))
        }
        "Delete" => {
            let takes = world.latency(Takes::Deletion);
            let (id_name, _, _) = kind.members();
            let app = application(state, text(input, "applicationId"), caller)?;
            if kind == Kind::Index {
                let index = text(input, "indexId");
                let used = app.retrievers.values().any(|r| {
                    r.set
                        .get("configuration")
                        .is_some_and(|c| c.to_string().contains(index))
                });
                if used {
                    return Err(conflict("Retriever", "a retriever uses the index"));
                }
            }
            let id = text(input, id_name);
            kind.all(app)
                .get_mut(id)
                .ok_or_else(|| not_found(kind.name(), id))?
                .phase
                .delete(takes);
            Ok(json!({}))
        }
        _ => Err(AwsError::new(
            404,
            "UnknownOperationException",
            format!("{operation} is not practised"),
        )),
    }
}

fn create(world: &World, state: &mut State, kind: Kind, input: &Json, caller: &Caller) -> Answer {
    let app_id = text(input, "applicationId").to_owned();
    let (id_name, arn_name, arn_kind) = kind.members();
    let answer = |id: &str| json!({id_name: id, arn_name: format!("{}/{arn_kind}/{id}", app_arn(&caller.region, &app_id))});
    let token = (
        format!("Create{}/{app_id}", kind.name()),
        text(input, "clientToken").to_owned(),
    );
    let known = state.tokens.get(&token).cloned();
    if let (Some(id), Ok(app)) = (known, application(state, &app_id, caller))
        && kind.all(app).contains_key(&id)
    {
        return Ok(answer(&id));
    }
    if let Some(role) = input
        .get("roleArn")
        .and_then(Json::as_str)
        .filter(|_| kind == Kind::WebExperience)
    {
        usable_role(state, role)?;
    } else if kind == Kind::WebExperience && world.switch("role-less-web-experience", "refused") {
        return Err(field("roleArn", "a role is required"));
    }
    let serial = state.next();
    let id = new_id(state);
    let refuse_updating = world.switch("children-while-updating", "refused");
    let app = application(state, &app_id, caller)?;
    match app.status() {
        "ACTIVE" => {}
        "UPDATING" if !refuse_updating => {}
        status => return Err(conflict("Application", &format!("the application is {status}"))),
    }
    if kind == Kind::Index {
        let most = if text(input, "type") == "STARTER" { 5 } else { 50 };
        let units = input
            .pointer("/capacityConfiguration/units")
            .and_then(Json::as_u64)
            .unwrap_or(1);
        if units > most {
            return Err(field("capacityConfiguration.units", &format!("at most {most}")));
        }
    }
    if let Some(index) = input
        .pointer("/configuration/nativeIndexConfiguration/indexId")
        .and_then(Json::as_str)
    {
        match app.indices.get(index) {
            None => return Err(not_found("Index", index)),
            Some(i) if i.phase.status("CREATING") != "ACTIVE" => {
                return Err(conflict("Index", "the index is not ACTIVE"));
            }
            Some(_) => {}
        }
    }
    let host = format!("p{serial:07x}");
    let mut child = new_child(world.latency(kind.takes()), input, host);
    if kind == Kind::Index {
        child.set.entry("type").or_insert_with(|| json!("ENTERPRISE"));
        child
            .set
            .entry("capacityConfiguration")
            .or_insert_with(|| json!({"units": 1}));
    }
    kind.all(app).insert(id.clone(), child);
    if !token.1.is_empty() {
        state.tokens.insert(token, id.clone());
    }
    Ok(answer(&id))
}

fn status(kind: Kind, child: &Child) -> &'static str {
    let status = child.phase.status("CREATING");
    if kind == Kind::WebExperience && status == "ACTIVE" && !child.set.contains_key("roleArn") {
        "PENDING_AUTH_CONFIG"
    } else {
        status
    }
}

fn get(world: &World, state: &mut State, kind: Kind, input: &Json, caller: &Caller) -> Answer {
    let app_id = text(input, "applicationId").to_owned();
    let (id_name, arn_name, arn_kind) = kind.members();
    let id = text(input, id_name).to_owned();
    let app = application(state, &app_id, caller)?;
    let child = kind
        .all(app)
        .get(&id)
        .ok_or_else(|| not_found(kind.name(), &id))?;
    let mut out = child.set.clone();
    let status = status(kind, child);
    out.insert("applicationId".into(), json!(app_id));
    out.insert(id_name.into(), json!(id));
    out.insert(
        arn_name.into(),
        json!(format!("{}/{arn_kind}/{id}", app_arn(&caller.region, &app_id))),
    );
    out.insert("status".into(), json!(status));
    out.insert("createdAt".into(), json!(child.created));
    out.insert("updatedAt".into(), json!(child.created));
    if kind == Kind::WebExperience {
        // Whether the address is there before the role is inferred.
        let shown = match status {
            "ACTIVE" => true,
            "PENDING_AUTH_CONFIG" => {
                let late = world.switch("endpoint", "late") && child.phase.ready_at.elapsed() < world.late();
                !late && !world.switch("endpoint", "never")
            }
            _ => world.switch("endpoint", "at-once"),
        };
        if shown {
            let endpoint = format!("https://{}.chat.qbusiness.{}.on.aws/", child.host, caller.region);
            out.insert("defaultEndpoint".into(), json!(endpoint));
        }
    }
    Ok(Json::Object(out))
}

fn update(world: &World, state: &mut State, input: &Json, caller: &Caller) -> Answer {
    if let Some(role) = input.get("roleArn").and_then(Json::as_str) {
        if world.switch("later-role", "refused") {
            return Err(field("roleArn", "the role cannot be set later"));
        }
        usable_role(state, role)?;
    }
    let clears = world.switch("put", "clears");
    let app = application(state, text(input, "applicationId"), caller)?;
    let id = text(input, "webExperienceId");
    let child = app
        .experiences
        .get_mut(id)
        .ok_or_else(|| not_found("WebExperience", id))?;
    if child.phase.status("CREATING") != "ACTIVE" {
        return Err(conflict("WebExperience", "the web experience is not ready"));
    }
    if clears {
        child.set.clear();
    }
    child
        .set
        .extend(settable(input, &["applicationId", "webExperienceId"]));
    Ok(json!({}))
}
