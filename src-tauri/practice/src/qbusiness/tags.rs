//! Tags of an application and of what lives in it.

use super::{application, not_found, tags, text};
use crate::state::State;
use crate::wire::{Answer, Caller};
use serde_json::{Value as Json, json};

pub(super) fn call(state: &mut State, operation: &str, input: &Json, caller: &Caller) -> Answer {
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
        [_, "index", index, "data-source", id] => {
            let store = app.stores.get_mut(*index).ok_or_else(missing)?;
            &mut store.data_sources.get_mut(*id).ok_or_else(missing)?.child.tags
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
