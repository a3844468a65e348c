//! A sign-in in CloudTrail's own JSON (CloudTrail: event reference; IAM: logging IAM and STS calls).

use super::TrailEvent;
use crate::time::parse_instant;
use serde_json::Value as Json;

/// Whose calls are sign-ins.
const SOURCE: &str = "sts.amazonaws.com";

impl TrailEvent {
    /// The calls of STS that are sign-ins by federation.
    pub const NAMES: [&str; 2] = ["AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"];

    /// Reads one event; None for what is no sign-in by federation or has no time. Of session tags the keys
    /// are taken and not the values, of credentials nothing.
    pub fn from_json(event: &Json) -> Option<TrailEvent> {
        let text = |pointer: &str| event.pointer(pointer).and_then(Json::as_str).map(str::to_owned);
        let name = text("/eventName").filter(|n| TrailEvent::NAMES.contains(&n.as_str()))?;
        if text("/eventSource").is_some_and(|source| source != SOURCE) {
            return None;
        }
        let tags = event
            .pointer("/requestParameters/principalTags")
            .and_then(Json::as_object);
        Some(TrailEvent {
            name,
            at: parse_instant(&text("/eventTime")?)?,
            role_arn: text("/requestParameters/roleArn"),
            provider: text("/requestParameters/principalArn")
                .or_else(|| text("/userIdentity/identityProvider"))
                .or_else(|| text("/responseElements/provider")),
            tags: tags.map(|t| t.keys().cloned().collect()).unwrap_or_default(),
            error_code: text("/errorCode"),
            error_message: text("/errorMessage"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_sign_in_is_read_and_nothing_else_is() {
        let event = json!({
            "eventSource": "sts.amazonaws.com",
            "eventName": "AssumeRoleWithSAML",
            "eventTime": "2026-11-24T10:00:00Z",
            "userIdentity": {"type": "SAMLUser", "identityProvider": "qualifier"},
            "errorCode": "AccessDenied",
            "errorMessage": "Not authorized to perform sts:TagSession",
            "requestParameters": {
                "roleArn": "arn:aws:iam::123456789012:role/r",
                "principalArn": "arn:aws:iam::123456789012:saml-provider/p",
                "principalTags": {"Email": "alice@contoso.example"},
            },
        });
        let with = |pointer: &str, value: Json| {
            let mut other = event.clone();
            if let Some(at) = other.pointer_mut(pointer) {
                *at = value;
            }
            TrailEvent::from_json(&other)
        };
        let read = TrailEvent::from_json(&event).unwrap();
        assert_eq!(read.role_arn.as_deref(), Some("arn:aws:iam::123456789012:role/r"));
        assert_eq!(
            read.provider.as_deref(),
            Some("arn:aws:iam::123456789012:saml-provider/p")
        );
        assert_eq!(read.tags, ["Email"]);
        assert_eq!(read.error_code.as_deref(), Some("AccessDenied"));
        assert!(!format!("{read:?}").contains("alice"));
        let of_token = with("/requestParameters", json!({"roleArn": "r"})).unwrap();
        assert_eq!(of_token.provider.as_deref(), Some("qualifier"));
        for (pointer, value) in [
            ("/eventName", json!("AssumeRole")),
            ("/eventSource", json!("iam.amazonaws.com")),
            ("/eventTime", json!("yesterday")),
            ("/eventTime", json!(7)),
        ] {
            assert_eq!(with(pointer, value), None, "{pointer}");
        }
        assert_eq!(TrailEvent::from_json(&json!("AssumeRoleWithSAML")), None);
    }
}
