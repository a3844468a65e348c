//! Indices, retrievers and web experiences.

use super::{
    Call, conflict, field, new_child, new_id, not_found, page, settable, summary, text, trusted_role,
    usable_role, web_experience,
};
use crate::config::Takes;
use crate::kendra;
use crate::state::{Application, Child, Phase, State, unix_now};
use crate::wire::{Answer, AwsError};
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

    fn status(self, child: &Child) -> &'static str {
        match self {
            Kind::WebExperience => web_experience::status(child),
            Kind::Index | Kind::Retriever => {
                child
                    .phase
                    .status(if child.updated { "UPDATING" } else { "CREATING" })
            }
        }
    }
}

pub(super) fn call(state: &mut State, operation: &str, call: &Call<'_>) -> Answer {
    let unknown = || {
        AwsError::new(
            404,
            "UnknownOperationException",
            format!("{operation} is not practised"),
        )
    };
    let (verb, kind) = match operation {
        "ListIndices" => ("List", Kind::Index),
        "ListRetrievers" => ("List", Kind::Retriever),
        "ListWebExperiences" => ("List", Kind::WebExperience),
        other => [Kind::Index, Kind::Retriever, Kind::WebExperience]
            .into_iter()
            .find_map(|k| other.strip_suffix(k.name()).map(|verb| (verb, k)))
            .ok_or_else(unknown)?,
    };
    match verb {
        "Create" => create(state, kind, call),
        "Get" => get(state, kind, call),
        "List" => list(state, kind, call),
        "Update" if kind == Kind::WebExperience => web_experience::update(state, call),
        "Update" if kind == Kind::Index => update_index(state, call),
        "Delete" => delete(state, kind, call),
        _ => Err(unknown()),
    }
}

fn list(state: &mut State, kind: Kind, call: &Call<'_>) -> Answer {
    let (id_name, _, _) = kind.members();
    let all: Vec<Json> = kind
        .all(call.application(state)?)
        .iter()
        .map(|(id, child)| {
            let mut entry = summary(&child.set, &["displayName", "type"]);
            match kind {
                Kind::Retriever => {
                    entry.insert("applicationId".into(), json!(call.text("applicationId")));
                }
                Kind::Index | Kind::WebExperience => {
                    entry.remove("type");
                    entry.insert("createdAt".into(), json!(child.created));
                    entry.insert("updatedAt".into(), json!(child.changed));
                }
            }
            entry.insert(id_name.into(), json!(id));
            entry.insert("status".into(), json!(kind.status(child)));
            if kind == Kind::WebExperience {
                web_experience::show_endpoint(call, child, &mut entry);
            }
            Json::Object(entry)
        })
        .collect();
    let list = match kind {
        Kind::Index => "indices",
        Kind::Retriever => "retrievers",
        Kind::WebExperience => "webExperiences",
    };
    page(call.input, list, all)
}

fn update_index(state: &mut State, call: &Call<'_>) -> Answer {
    let takes = call.world.latency(Takes::ApplicationUpdate);
    let id = call.text("indexId");
    let app = call.application(state)?;
    let index = app.indices.get_mut(id).ok_or_else(|| not_found("Index", id))?;
    if Kind::Index.status(index) != "ACTIVE" {
        return Err(conflict("Index", "the index is not ACTIVE"));
    }
    let kind = index.set.get("type").and_then(Json::as_str).unwrap_or_default();
    units(call, kind)?;
    index
        .set
        .extend(settable(call.input, &["applicationId", "indexId"]));
    index.phase = Phase::starting(takes);
    index.updated = true;
    index.changed = unix_now();
    Ok(json!({}))
}

/// Units of an index (Q Business: index types).
fn units(call: &Call<'_>, kind: &str) -> Result<(), AwsError> {
    let most = if kind == "STARTER" { 5 } else { 50 };
    let units = call
        .input
        .pointer("/capacityConfiguration/units")
        .and_then(Json::as_u64)
        .unwrap_or(1);
    if units > most {
        return Err(field("capacityConfiguration.units", &format!("at most {most}")));
    }
    Ok(())
}

fn delete(state: &mut State, kind: Kind, call: &Call<'_>) -> Answer {
    let takes = call.world.latency(Takes::Deletion);
    let (id_name, _, _) = kind.members();
    let id = call.text(id_name);
    let app = call.application(state)?;
    if kind == Kind::Index {
        let used = app.retrievers.values().any(|r| native_index(&r.set) == Some(id));
        if used {
            return Err(conflict("Retriever", "a retriever uses the index"));
        }
        if app.stores.get(id).is_some_and(|s| !s.data_sources.is_empty()) {
            return Err(conflict("DataSource", "the index still has data sources"));
        }
    }
    kind.all(app)
        .get_mut(id)
        .ok_or_else(|| not_found(kind.name(), id))?
        .phase
        .delete(takes);
    Ok(json!({}))
}

/// The native index that a retriever uses.
pub(super) fn native_index(set: &serde_json::Map<String, Json>) -> Option<&str> {
    set.get("configuration")?
        .pointer("/nativeIndexConfiguration/indexId")?
        .as_str()
}

fn create(state: &mut State, kind: Kind, call: &Call<'_>) -> Answer {
    let (world, input) = (call.world, call.input);
    let (id_name, arn_name, arn_kind) = kind.members();
    let app_arn = call.arn();
    let answer = |id: &str| json!({id_name: id, arn_name: format!("{app_arn}/{arn_kind}/{id}")});
    let token = (
        format!("Create{}/{}", kind.name(), call.text("applicationId")),
        call.text("clientToken").to_owned(),
    );
    let known = state.tokens.get(&token).cloned();
    if let (Some(id), Ok(app)) = (known, call.application(state))
        && kind.all(app).contains_key(&id)
    {
        return Ok(answer(&id));
    }
    match kind {
        Kind::WebExperience => match input.get("roleArn").and_then(Json::as_str) {
            Some(role) => usable_role(state, "roleArn", role)?,
            None if world.switch("role-less-web-experience", "refused") => {
                return Err(field("roleArn", "a role is required"));
            }
            None => {}
        },
        Kind::Retriever => kendra_retriever(state, call)?,
        Kind::Index => {}
    }
    let serial = state.next();
    let id = new_id(state);
    let app = call.application(state)?;
    match app.status() {
        "ACTIVE" => {}
        "UPDATING" if !world.switch("children-while-updating", "refused") => {}
        status => return Err(conflict("Application", &format!("the application is {status}"))),
    }
    match kind {
        Kind::Index => {
            units(call, call.text("type"))?;
            // Q Business: tiers and index types.
            if call.text("type") == "STARTER" && app.set.contains_key("encryptionConfiguration") {
                return Err(field("type", "a customer-managed key needs an ENTERPRISE index"));
            }
        }
        Kind::Retriever => native_retriever(app, call)?,
        Kind::WebExperience => web_experience::acceptable(state, call)?,
    }
    let mut child = new_child(world.latency(kind.takes()), input, format!("p{serial:07x}"));
    if kind == Kind::Index {
        child.set.entry("type").or_insert_with(|| json!("ENTERPRISE"));
        child
            .set
            .entry("capacityConfiguration")
            .or_insert_with(|| json!({"units": 1}));
    }
    kind.all(call.application(state)?).insert(id.clone(), child);
    if !token.1.is_empty() {
        state.tokens.insert(token, id.clone());
    }
    Ok(answer(&id))
}

fn native_retriever(app: &Application, call: &Call<'_>) -> Result<(), AwsError> {
    let wanted = call
        .input
        .pointer("/configuration/nativeIndexConfiguration/indexId")
        .and_then(Json::as_str);
    match wanted.map(|id| (id, app.indices.get(id))) {
        None => Ok(()),
        Some((id, None)) => Err(not_found("Index", id)),
        Some((_, Some(index))) if Kind::Index.status(index) != "ACTIVE" => {
            Err(conflict("Index", "the index is not ACTIVE"))
        }
        Some(_) => Ok(()),
    }
}

/// A Kendra index of the same region, and the role that reads it (Q Business: IAM role for a Kendra retriever).
fn kendra_retriever(state: &State, call: &Call<'_>) -> Result<(), AwsError> {
    const MEMBER: &str = "configuration.kendraIndexConfiguration.indexId";
    let configuration = call.input.get("configuration").unwrap_or(&Json::Null);
    let kendra = configuration.get("kendraIndexConfiguration");
    match (call.text("type"), kendra) {
        ("KENDRA_INDEX", Some(index)) => {
            let id = text(index, "indexId");
            if !kendra::exists(id, &call.caller.region) {
                let why = format!("the Kendra index does not exist in {}", call.caller.region);
                return Err(field(MEMBER, &why));
            }
            match call.text("roleArn") {
                "" => Err(field("roleArn", "a role is required for a Kendra index")),
                role => {
                    trusted_role(state, "roleArn", role, "qbusiness.amazonaws.com", &call.arn()).map(|_| ())
                }
            }
        }
        ("KENDRA_INDEX", None) | ("NATIVE_INDEX", Some(_)) => {
            Err(field("configuration", "does not fit the type of the retriever"))
        }
        _ => Ok(()),
    }
}

fn get(state: &mut State, kind: Kind, call: &Call<'_>) -> Answer {
    let (id_name, arn_name, arn_kind) = kind.members();
    let id = call.text(id_name);
    let app = call.application(state)?;
    let statistics = app
        .stores
        .get(id)
        .map(|s| {
            let bytes: usize = s.documents.values().map(|d| d.text.len()).sum();
            (s.documents.len(), bytes)
        })
        .unwrap_or_default();
    let child = kind.all(app).get(id).ok_or_else(|| not_found(kind.name(), id))?;
    let mut out = child.set.clone();
    out.insert("applicationId".into(), json!(call.text("applicationId")));
    out.insert(id_name.into(), json!(id));
    out.insert(arn_name.into(), json!(format!("{}/{arn_kind}/{id}", call.arn())));
    out.insert("status".into(), json!(kind.status(child)));
    out.insert("createdAt".into(), json!(child.created));
    out.insert("updatedAt".into(), json!(child.changed));
    match kind {
        Kind::Index => {
            out.insert(
                "indexStatistics".into(),
                json!({"textDocumentStatistics": {
                    "indexedTextDocumentCount": statistics.0,
                    "indexedTextBytes": statistics.1,
                }}),
            );
        }
        Kind::WebExperience => web_experience::show_endpoint(call, child, &mut out),
        Kind::Retriever => {}
    }
    Ok(Json::Object(out))
}
