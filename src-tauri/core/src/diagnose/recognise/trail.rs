//! Events of CloudTrail: sign-ins by federation (CloudTrail: events of AWS STS).

use super::Found;
use super::said::cleaned;
use crate::diagnose::case::Content;
use crate::diagnose::evidence::TrailEvent;
use crate::time::parse_instant;
use serde_json::Value as Json;

/// The events that are a sign-in.
const NAMES: [&str; 2] = ["AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"];

/// Whether it is an event of any name.
pub(super) fn is_event(json: &Json) -> bool {
    let is_text = |name: &str| json.get(name).is_some_and(Json::is_string);
    is_text("eventName") && is_text("eventTime")
}

/// Keeps a sign-in; any other event is left.
pub(super) fn event(json: &Json, found: &mut Found) {
    let text = |path: &str| json.pointer(path).and_then(Json::as_str).map(str::to_owned);
    let Some(name) = text("/eventName").filter(|n| NAMES.contains(&n.as_str())) else {
        return;
    };
    let Some(at) = text("/eventTime").as_deref().and_then(parse_instant) else {
        return;
    };
    let tags = json
        .pointer("/requestParameters/principalTags")
        .and_then(Json::as_object);
    let provider = text("/requestParameters/principalArn")
        .or_else(|| text("/requestParameters/providerId"))
        .or_else(|| text("/userIdentity/identityProvider"));
    found.add(Content::Trail(TrailEvent {
        name,
        at,
        role_arn: text("/requestParameters/roleArn"),
        provider,
        tags: tags.map(|t| t.keys().cloned().collect()).unwrap_or_default(),
        error_code: text("/errorCode"),
        error_message: text("/errorMessage").map(|m| cleaned(&m)),
    }));
}
