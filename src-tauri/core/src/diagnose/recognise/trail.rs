//! Events of CloudTrail: which JSON is one, and which of them is a sign-in.

use super::Found;
use super::said::cleaned;
use crate::diagnose::case::Content;
use crate::diagnose::evidence::TrailEvent;
use serde_json::Value as Json;

/// Whether it is an event of any name.
pub(super) fn is_event(json: &Json) -> bool {
    let is_text = |name: &str| json.get(name).is_some_and(Json::is_string);
    is_text("eventName") && is_text("eventTime")
}

/// Keeps a sign-in; any other event is left.
pub(super) fn event(json: &Json, found: &mut Found) {
    if let Some(mut event) = TrailEvent::from_json(json) {
        event.error_message = event.error_message.map(|message| cleaned(&message));
        found.add(Content::Trail(event));
    }
}
