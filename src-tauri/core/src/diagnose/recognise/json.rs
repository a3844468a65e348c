//! JSON of any kind: policies, roles, events, tokens and refusals are looked for wherever they stand in it.

use super::{Found, Unrecognised, address, role, saml, trail};
use crate::diagnose::case::Content;
use crate::oidc::{IdToken, KeySet};
use serde_json::Value as Json;

/// Elements inside one another that are looked at; serde_json itself reads 128.
const DEPTH: usize = 32;

/// A JSON text that was handed in.
pub(super) fn whole(text: &str, found: &mut Found) -> Result<(), Unrecognised> {
    let json: Json = match serde_json::from_str(text) {
        Ok(json) => json,
        // Text behind the JSON: the console's page of a role, or two documents.
        Err(error) => {
            return match role::in_text(text, found) {
                Ok(true) => Ok(()),
                Ok(false) => Err(Unrecognised::Json {
                    why: error.to_string(),
                }),
                Err(why) => Err(why),
            };
        }
    };
    value(&json, found)
}

/// JSON that was read.
pub(super) fn value(json: &Json, found: &mut Found) -> Result<(), Unrecognised> {
    let mut walk = Walk::default();
    if let Some(keys) = json.get("keys").and_then(Json::as_array)
        && keys.iter().all(|key| key.get("kty").is_some())
        && let Ok(keys) = KeySet::parse(json.to_string().as_bytes())
    {
        found.add(Content::Keys(keys));
    }
    walk.look(json, 0, found);
    if found.pieces.is_empty() {
        refusal(json, found);
    }
    match (found.pieces.is_empty(), walk.refused) {
        (false, _) => Ok(()),
        (true, Some(why)) => Err(why),
        (true, None) if walk.events > 0 => Err(Unrecognised::NoSignInEvent),
        (true, None) => Err(Unrecognised::Unknown),
    }
}

#[derive(Default)]
struct Walk {
    /// Events of CloudTrail of any name.
    events: usize,
    /// Why something that looked right could not be taken.
    refused: Option<Unrecognised>,
}

impl Walk {
    fn look(&mut self, json: &Json, depth: usize, found: &mut Found) {
        if depth > DEPTH || found.is_full() {
            return;
        }
        let object = match json {
            Json::Array(list) => {
                for item in list {
                    self.look(item, depth + 1, found);
                }
                return;
            }
            Json::Object(object) => object,
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => return,
        };
        if trail::is_event(json) {
            self.events += 1;
            trail::event(json, found);
            return;
        }
        let policy = role::policy(json, found);
        if let Err(why) = policy {
            self.refused.get_or_insert(why);
            return;
        }
        if policy == Ok(true) {
            return;
        }
        for (name, value) in object {
            match (name.as_str(), value) {
                // LookupEvents gives each event as a text.
                ("CloudTrailEvent", Json::String(text)) => match serde_json::from_str::<Json>(text) {
                    Ok(event) if trail::is_event(&event) => {
                        self.events += 1;
                        trail::event(&event, found);
                    }
                    Ok(_) => {}
                    Err(error) => {
                        let why = error.to_string();
                        self.refused.get_or_insert(Unrecognised::Json { why });
                    }
                },
                ("id_token" | "idToken", Json::String(text)) => match IdToken::decode(text) {
                    Ok(token) => found.add(Content::Token(token)),
                    Err(error) => {
                        self.refused.get_or_insert(Unrecognised::Token(error));
                    }
                },
                ("SAMLResponse" | "SAMLAssertion" | "samlResponse", Json::String(text)) => {
                    if let Err(error) = saml::field(text, found) {
                        self.refused.get_or_insert(Unrecognised::Response(error));
                    }
                }
                ("SAMLRequest", Json::String(text)) => {
                    saml::request(text, found);
                }
                (_, value) => self.look(value, depth + 1, found),
            }
        }
    }
}

/// What an API, a token endpoint or a command says when it refuses.
pub(super) fn refusal(json: &Json, found: &mut Found) {
    let text = |names: &[&str]| names.iter().find_map(|n| json.get(n).and_then(Json::as_str));
    let code = text(&["errorCode", "error", "code", "Code", "__type"]);
    let words = text(&[
        "error_description",
        "errorMessage",
        "errorSummary",
        "message",
        "Message",
    ]);
    match (code, words) {
        (Some(code), Some(words)) => found.say(&format!("{code}: {words}")),
        (None, Some(words)) => found.say(words),
        (Some(code), None) if json.get("error").is_some_and(Json::is_string) => found.say(code),
        _ => {
            for inner in ["error", "Error"] {
                if let Some(inner) = json.get(inner).filter(|e| e.is_object()) {
                    refusal(inner, found);
                }
            }
        }
    }
}

/// What the JSON of one answer in a recording tells: tokens and refusals, nothing of its data.
pub(super) fn answer(json: &Json, found: &mut Found) {
    if let Some(token) = json.get("id_token").and_then(Json::as_str)
        && let Ok(token) = IdToken::decode(&address::decoded(token))
    {
        found.add(Content::Token(token));
    }
    if json.get("error").is_some_and(Json::is_string) {
        refusal(json, found);
    }
}
