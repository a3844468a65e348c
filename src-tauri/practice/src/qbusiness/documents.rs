//! Documents that are put into an index, with the lists of who may see them.

use super::data_sources::{active_index, of_execution};
use super::{Call, field, not_found, page_of, text};
use crate::state::{Application, State, unix_now};
use crate::wire::Answer;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// A document, as far as answers need it.
pub(crate) struct Document {
    pub title: String,
    pub text: String,
    /// `accessConfiguration` as it was put; Null lets everybody see it.
    access: Json,
    source: Option<String>,
    pub changed: u64,
    created: u64,
}

/// The names under which Q Business knows a person: as a user and through groups.
pub(super) struct Person<'a> {
    users: BTreeSet<&'a str>,
    groups: BTreeSet<&'a str>,
}

impl<'a> Person<'a> {
    /// By email, the names that CreateUser gave, and the groups of an index.
    pub fn of(app: &'a Application, index: &str, email: &'a str) -> Person<'a> {
        let aliases = app
            .users
            .get(email)
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
            .map(|a| text(a, "userId"));
        let users: BTreeSet<&str> = aliases.chain([email]).collect();
        let groups = app
            .stores
            .get(index)
            .map(|s| s.groups_of(&users))
            .unwrap_or_default();
        Person { users, groups }
    }

    /// A Deny that names the person decides; else one Allow has to, where there is any.
    pub fn may_see(&self, document: &Document) -> bool {
        let controls: Vec<&Json> = document
            .access
            .get("accessControls")
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
            .collect();
        let named = |access: &'static str| {
            controls.iter().map(move |control| {
                let all = control.get("principals").and_then(Json::as_array);
                let hits: Vec<bool> = all
                    .into_iter()
                    .flatten()
                    .filter_map(|p| self.is(p, access))
                    .collect();
                (hits, text(control, "memberRelation") == "AND")
            })
        };
        if named("DENY").any(|(hits, _)| hits.contains(&true)) {
            return false;
        }
        let allowed: Vec<bool> = named("ALLOW")
            .filter(|(hits, _)| !hits.is_empty())
            .map(|(hits, all)| {
                if all {
                    !hits.contains(&false)
                } else {
                    hits.contains(&true)
                }
            })
            .collect();
        match text(&document.access, "memberRelation") {
            "AND" => !allowed.contains(&false),
            _ => allowed.is_empty() || allowed.contains(&true),
        }
    }

    /// Whether a principal is this person; None where it is about other access.
    fn is(&self, principal: &Json, access: &str) -> Option<bool> {
        let (who, names, known) = match (principal.get("user"), principal.get("group")) {
            (Some(user), _) => (user, "id", &self.users),
            (None, Some(group)) => (group, "name", &self.groups),
            (None, None) => return None,
        };
        (text(who, "access") == access).then(|| known.contains(text(who, names)))
    }
}

pub(super) fn call(state: &mut State, operation: &str, call: &Call<'_>) -> Option<Answer> {
    Some(match operation {
        "BatchPutDocument" => put(state, call),
        "BatchDeleteDocument" => delete(state, call),
        "ListDocuments" => list(state, call),
        "CheckDocumentAccess" => check(state, call),
        _ => return None,
    })
}

fn put(state: &mut State, call: &Call<'_>) -> Answer {
    let index = call.text("indexId");
    let documents = call.input.get("documents").and_then(Json::as_array);
    let mut failed = Vec::new();
    let mut taken = Vec::new();
    for document in documents.into_iter().flatten() {
        let id = text(document, "id").to_owned();
        match content(state, document) {
            Ok(content) => taken.push((id, content, document)),
            Err(why) => failed.push(json!({
                "id": id, "error": {"errorCode": "InvalidRequest", "errorMessage": why},
            })),
        }
    }
    let app = active_index(state, call)?;
    let source = match call.text("dataSourceSyncId") {
        "" => None,
        execution => Some(of_execution(app, index, execution)?),
    };
    let store = app.stores.entry(index.to_owned()).or_default();
    let now = unix_now();
    for (id, content, document) in taken {
        let title = match text(document, "title") {
            "" => id.clone(),
            title => title.to_owned(),
        };
        let created = store.documents.get(&id).map_or(now, |d| d.created);
        let held = Document {
            title,
            text: content,
            access: document.get("accessConfiguration").cloned().unwrap_or(Json::Null),
            source: source.clone(),
            changed: now,
            created,
        };
        store.documents.insert(id, held);
    }
    Ok(json!({ "failedDocuments": failed }))
}

/// The words of a document; a type that is no text has none.
fn content(state: &State, document: &Json) -> Result<String, String> {
    let bytes = match (document.pointer("/content/blob"), document.pointer("/content/s3")) {
        (Some(blob), _) => STANDARD
            .decode(blob.as_str().unwrap_or_default())
            .map_err(|e| format!("The content is not base64: {e}."))?,
        (None, Some(path)) => {
            let at = (text(path, "bucket").to_owned(), text(path, "key").to_owned());
            state
                .objects
                .get(&at)
                .cloned()
                .ok_or_else(|| format!("The object {}/{} does not exist.", at.0, at.1))?
        }
        (None, None) => return Ok(String::new()),
    };
    let readable = ["", "PLAIN_TEXT", "HTML", "XML", "CSV", "JSON", "MD"];
    if !readable.contains(&text(document, "contentType")) {
        return Ok(String::new());
    }
    String::from_utf8(bytes).map_err(|_| "The content is not UTF-8.".into())
}

fn delete(state: &mut State, call: &Call<'_>) -> Answer {
    let ids: Vec<&str> = call
        .input
        .get("documents")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .map(|d| text(d, "documentId"))
        .collect();
    if ids.is_empty() || ids.len() > 10 {
        return Err(field("documents", "1 to 10 documents"));
    }
    let index = call.text("indexId");
    let app = active_index(state, call)?;
    if let Some(store) = app.stores.get_mut(index) {
        store.documents.retain(|id, _| !ids.contains(&id.as_str()));
    }
    Ok(json!({"failedDocuments": []}))
}

fn list(state: &mut State, call: &Call<'_>) -> Answer {
    let index = call.text("indexId");
    let app = call.application(state)?;
    if !app.indices.contains_key(index) {
        return Err(not_found("Index", index));
    }
    let sources: Vec<&str> = call
        .input
        .get("dataSourceIds")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .collect();
    let shown = app
        .stores
        .get(index)
        .into_iter()
        .flat_map(|s| &s.documents)
        .filter(|(_, d)| sources.is_empty() || d.source.as_deref().is_some_and(|s| sources.contains(&s)));
    page_of(call.input, "documentDetailList", 50, shown, |(id, document)| {
        json!({
            "documentId": id,
            "status": "INDEXED",
            "createdAt": document.created,
            "updatedAt": document.changed,
        })
    })
}

fn check(state: &mut State, call: &Call<'_>) -> Answer {
    let (index, id) = (call.text("indexId"), call.text("documentId"));
    let app: &Application = call.application(state)?;
    if !app.indices.contains_key(index) {
        return Err(not_found("Index", index));
    }
    let document = app
        .stores
        .get(index)
        .and_then(|s| s.documents.get(id))
        .ok_or_else(|| not_found("Document", id))?;
    let person = Person::of(app, index, call.text("userId"));
    let groups: Vec<Json> = person
        .groups
        .iter()
        .map(|name| json!({"name": name, "type": "INDEX"}))
        .collect();
    let aliases: Vec<Json> = person
        .users
        .iter()
        .map(|id| json!({"id": id, "type": "INDEX"}))
        .collect();
    Ok(json!({
        "userGroups": groups,
        "userAliases": aliases,
        "hasAccess": person.may_see(document),
        "documentAcl": {"allowlist": acl(document, "ALLOW"), "denyList": acl(document, "DENY")},
    }))
}

/// One side of a document's access list, in the form of CheckDocumentAccess.
fn acl(document: &Document, access: &str) -> Json {
    let relation = |of: &Json| match text(of, "memberRelation") {
        "AND" => "AND",
        _ => "OR",
    };
    let conditions: Vec<Json> = document
        .access
        .get("accessControls")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .map(|control| {
            let principals = || {
                control
                    .get("principals")
                    .and_then(Json::as_array)
                    .into_iter()
                    .flatten()
            };
            let side = |kind: &'static str, name: &'static str| -> Vec<Json> {
                principals()
                    .filter_map(|p| p.get(kind))
                    .filter(|p| text(p, "access") == access)
                    .map(|p| json!({name: text(p, name), "type": "INDEX"}))
                    .collect()
            };
            json!({
                "memberRelation": relation(control),
                "users": side("user", "id"),
                "groups": side("group", "name"),
            })
        })
        .collect();
    json!({"memberRelation": relation(&document.access), "conditions": conditions})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(id: &str, access: &str) -> Json {
        json!({"user": {"id": id, "access": access}})
    }

    fn group(name: &str, access: &str) -> Json {
        json!({"group": {"name": name, "access": access}})
    }

    #[test]
    fn who_may_see() {
        let anna = Person {
            users: BTreeSet::from(["anna@a.example"]),
            groups: BTreeSet::from(["Sales", "All"]),
        };
        let check = |controls: &[(&str, Vec<Json>)], relation: &str, expected: bool| {
            let all: Vec<Json> = controls
                .iter()
                .map(|(relation, principals)| json!({"memberRelation": relation, "principals": principals}))
                .collect();
            let document = Document {
                title: String::new(),
                text: String::new(),
                access: json!({"memberRelation": relation, "accessControls": all}),
                source: None,
                changed: 0,
                created: 0,
            };
            assert_eq!(anna.may_see(&document), expected, "{controls:?} {relation}");
        };
        let me = || user("anna@a.example", "ALLOW");
        check(&[], "OR", true);
        check(&[("OR", vec![me()])], "OR", true);
        check(&[("OR", vec![user("Anna@a.example", "ALLOW")])], "OR", false);
        check(&[("OR", vec![user("ben@a.example", "ALLOW"), me()])], "OR", true);
        check(
            &[("AND", vec![user("ben@a.example", "ALLOW"), me()])],
            "OR",
            false,
        );
        check(&[("OR", vec![group("Sales", "ALLOW")])], "OR", true);
        check(&[("OR", vec![group("Board", "ALLOW")])], "OR", false);
        check(
            &[("OR", vec![me()]), ("OR", vec![group("All", "DENY")])],
            "OR",
            false,
        );
        check(&[("OR", vec![user("ben@a.example", "DENY")])], "OR", true);
        check(
            &[("OR", vec![me()]), ("OR", vec![group("Board", "ALLOW")])],
            "OR",
            true,
        );
        check(
            &[("OR", vec![me()]), ("OR", vec![group("Board", "ALLOW")])],
            "AND",
            false,
        );
    }
}
