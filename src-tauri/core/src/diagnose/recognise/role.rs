//! Policies of a role: bare, as the command line answers, or as the console's page is copied.

use super::{Found, Unrecognised};
use crate::diagnose::case::Content;
use crate::policy::{Document, NotAPolicy, TrustPolicy};
use crate::value::RoleArn;
use serde_json::Value as Json;

/// Braces inside one another in a text; a policy has fewer than ten.
const NESTED: usize = 64;
/// Objects of a text that are tried.
const TRIES: usize = 64;

/// Keeps what an object says of a role or a policy. True: it was one, and nothing else stands in it.
pub(super) fn policy(json: &Json, found: &mut Found) -> Result<bool, Unrecognised> {
    if let Some(trust) = json.get("AssumeRolePolicyDocument") {
        let session = json.get("MaxSessionDuration").and_then(Json::as_u64);
        let arn = json.get("Arn").and_then(Json::as_str);
        found.add(Content::Trust {
            policy: TrustPolicy(document(trust).map_err(refused)?),
            role_arn: arn.map(str::to_owned),
            max_session: session.and_then(|s| u32::try_from(s).ok()),
        });
        // Inline policies of a role may stand beside it.
        return Ok(json.get("RolePolicyList").is_none());
    }
    for name in ["PolicyDocument", "Document"] {
        if let Some(inner) = json.get(name)
            && let Ok(document) = document(inner)
        {
            found.add(Content::Permissions(document));
            return Ok(true);
        }
    }
    let Some(statements) = json.get("Statement") else {
        return Ok(false);
    };
    let one = statements
        .as_array()
        .and_then(|list| list.first())
        .unwrap_or(statements);
    if one.get("Effect").is_none() && json.get("Version").is_none() {
        return Ok(false);
    }
    keep(Document::from_json(json).map_err(refused)?, None, None, found);
    Ok(true)
}

fn refused(error: NotAPolicy) -> Unrecognised {
    Unrecognised::Policy { why: error.why }
}

/// A policy as JSON, or as the URL-encoded text in which IAM's API gives it.
fn document(json: &Json) -> Result<Document, NotAPolicy> {
    match json {
        Json::String(text) if text.trim_start().starts_with("%7B") => {
            Document::parse(&super::address::decoded(text.trim()))
        }
        Json::String(text) => Document::parse(text),
        other => Document::from_json(other),
    }
}

fn keep(document: Document, role_arn: Option<String>, max_session: Option<u32>, found: &mut Found) {
    let assumes = |action: &String| {
        let action = action.to_ascii_lowercase();
        action.starts_with("sts:assumerole") || action == "sts:tagsession"
    };
    let is_trust = document
        .statements
        .iter()
        .any(|s| !s.principals.is_empty() || (s.resources.is_empty() && s.actions.iter().any(assumes)));
    found.add(if is_trust {
        Content::Trust {
            policy: TrustPolicy(document),
            role_arn,
            max_session,
        }
    } else {
        Content::Permissions(document)
    });
}

/// Keeps the policies that stand in a text: the console's page of a role, or a mail. True: there was one.
///
/// # Errors
/// The page of a role without its trust policy, or a policy that IAM would not take.
pub(super) fn in_text(text: &str, found: &mut Found) -> Result<bool, Unrecognised> {
    let before = found.pieces.len();
    let mut rest = text;
    let mut around = String::new();
    let mut documents = Vec::new();
    let mut refusal = None;
    for _ in 0..TRIES {
        let Some(open) = rest.find('{') else { break };
        let (words, from) = rest.split_at(open);
        around.push_str(words);
        let length = braces(from).unwrap_or(1);
        let (object, behind) = from.split_at(length);
        match serde_json::from_str::<Json>(object) {
            Ok(json) if json.get("Statement").is_some() => match Document::from_json(&json) {
                Ok(document) => documents.push(document),
                Err(error) => refusal = Some(refused(error)),
            },
            Ok(json) => {
                super::json::value(&json, found).ok();
            }
            Err(error) if object.contains("\"Statement\"") => {
                refusal = Some(Unrecognised::Policy {
                    why: error.to_string(),
                });
            }
            Err(_) => {}
        }
        rest = behind;
    }
    around.push_str(rest);
    let arn = role_arn(&around);
    let session = session_seconds(&around);
    let is_page = session.is_some() && arn.is_some();
    for document in documents {
        keep(document, arn.clone(), session, found);
    }
    match (found.pieces.len() > before, refusal) {
        (true, _) => Ok(true),
        (false, Some(why)) => Err(why),
        (false, None) if is_page => Err(Unrecognised::RoleWithoutTrust),
        (false, None) => Ok(false),
    }
}

/// Bytes of the object that begins here, its braces in texts left out.
fn braces(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quoted = false;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' if !quoted => {
                depth += 1;
                if depth > NESTED {
                    return None;
                }
            }
            b'}' if !quoted => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

fn role_arn(text: &str) -> Option<String> {
    text.split(|c: char| c.is_whitespace() || matches!(c, '"' | ',' | '|'))
        .find(|word| RoleArn::parse(word).is_ok())
        .map(str::to_owned)
}

/// `Maximum session duration  1 hour`, as the console writes it; the value may stand on the next line.
fn session_seconds(text: &str) -> Option<u32> {
    let lower = text.to_lowercase();
    let label = "maximum session duration";
    let rest = lower.get(lower.find(label)? + label.len()..)?;
    let mut words = rest
        .split_whitespace()
        .take(6)
        .skip_while(|w| w.parse::<u32>().is_err());
    let number: u32 = words.next()?.parse().ok()?;
    let unit = words.next().unwrap_or_default();
    number.checked_mul(if unit.starts_with("hour") {
        3600
    } else if unit.starts_with("minute") {
        60
    } else {
        1
    })
}
