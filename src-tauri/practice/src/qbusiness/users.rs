//! Users of an application with their names elsewhere.

use super::{Call, not_found};
use crate::state::State;
use crate::wire::{Answer, AwsError};
use serde_json::{Value as Json, json};

pub(super) fn call(state: &mut State, operation: &str, call: &Call<'_>) -> Option<Answer> {
    let id = call.text("userId");
    Some(match operation {
        "CreateUser" => call.application(state).and_then(|app| {
            if app.users.contains_key(id) {
                let mut error = AwsError::new(409, "ConflictException", format!("User {id} exists"));
                error.detail = json!({"resourceId": id, "resourceType": "User"});
                return Err(error);
            }
            let aliases = call
                .input
                .get("userAliases")
                .cloned()
                .unwrap_or_else(|| json!([]));
            app.users.insert(id.to_owned(), aliases);
            Ok(json!({}))
        }),
        "GetUser" => call.application(state).and_then(|app| {
            app.users
                .get(id)
                .map(|aliases| json!({"userAliases": aliases}))
                .ok_or_else(|| not_found("User", id))
        }),
        "DeleteUser" => call.application(state).and_then(|app| {
            app.users
                .remove(id)
                .map(|_: Json| json!({}))
                .ok_or_else(|| not_found("User", id))
        }),
        _ => return None,
    })
}
