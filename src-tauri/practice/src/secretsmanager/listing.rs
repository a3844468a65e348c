//! What can be seen of secrets without their values.

use super::versions::Version;
use super::{Secret, Secrets, text};
use crate::wire::{Answer, AwsError, Caller};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

pub(super) fn list(secrets: &Secrets, input: &Json, caller: &Caller) -> Answer {
    let deleted_too = input.get("IncludePlannedDeletion") == Some(&json!(true));
    let filters: Vec<(&str, Vec<&str>)> = input
        .get("Filters")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .map(|f| {
            let values = f.get("Values").and_then(Json::as_array).into_iter().flatten();
            (
                text(f, "Key").unwrap_or_default(),
                values.filter_map(Json::as_str).collect(),
            )
        })
        .collect();
    let all: Vec<Json> = secrets
        .iter()
        .filter(|((region, _), s)| *region == caller.region && (deleted_too || s.deleted_at.is_none()))
        .filter(|(_, s)| filters.iter().all(|(key, values)| fits(s, key, values)))
        .map(|(_, s)| {
            let mut entry = describe(s);
            if let Json::Object(map) = &mut entry
                && let Some(stages) = map.remove("VersionIdsToStages")
            {
                map.insert("SecretVersionsToStages".into(), stages);
            }
            entry
        })
        .collect();
    let from: usize = text(input, "NextToken").map_or(Ok(0), |t| {
        t.parse()
            .map_err(|_| AwsError::new(400, "InvalidNextTokenException", "Invalid token"))
    })?;
    let most = input
        .get("MaxResults")
        .and_then(Json::as_u64)
        .and_then(|n| usize::try_from(n).ok())
        .unwrap_or(100);
    let next = from.saturating_add(most);
    let mut out = json!({});
    if let Json::Object(map) = &mut out {
        if all.len() > next {
            map.insert("NextToken".into(), json!(next.to_string()));
        }
        let page: Vec<Json> = all.into_iter().skip(from).take(most).collect();
        map.insert("SecretList".into(), Json::Array(page));
    }
    Ok(out)
}

/// Names and tags by prefix, as the service filters.
fn fits(secret: &Secret, key: &str, values: &[&str]) -> bool {
    let any = |text: &str| values.iter().any(|v| text.starts_with(v));
    match key {
        "name" => any(&secret.name),
        "description" => secret.description.as_deref().is_some_and(any),
        "tag-key" => secret.tags.keys().any(|k| any(k)),
        "tag-value" => secret.tags.values().any(|v| any(v)),
        "all" => any(&secret.name) || secret.tags.iter().any(|(k, v)| any(k) || any(v)),
        _ => false,
    }
}

pub(super) fn describe(secret: &Secret) -> Json {
    let stages: BTreeMap<&str, &[String]> = secret
        .versions
        .iter()
        .filter(|v| v.is_staged())
        .map(Version::staged)
        .collect();
    let tags: Vec<Json> = secret
        .tags
        .iter()
        .map(|(k, v)| json!({"Key": k, "Value": v}))
        .collect();
    let mut out = json!({
        "ARN": secret.arn,
        "Name": secret.name,
        "CreatedDate": secret.created,
        "LastChangedDate": secret.changed,
        "Tags": tags,
        "VersionIdsToStages": stages,
    });
    if let Json::Object(map) = &mut out {
        let mut put = |name: &str, value: Option<Json>| {
            if let Some(value) = value {
                map.insert(name.into(), value);
            }
        };
        put("Description", secret.description.as_ref().map(|d| json!(d)));
        put("KmsKeyId", secret.kms_key_id.as_ref().map(|k| json!(k)));
        put("DeletedDate", secret.deleted_at.map(|at| json!(at)));
    }
    out
}
