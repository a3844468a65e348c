//! Versions of a secret: made by a token, found by a stage.

use super::text;
use crate::state::unix_now;
use crate::wire::AwsError;
use serde_json::{Value as Json, json};

/// The stage that is read where none is named.
pub(super) const CURRENT: &str = "AWSCURRENT";
const PREVIOUS: &str = "AWSPREVIOUS";

/// What is kept secret. No `Debug`.
#[derive(PartialEq, Eq)]
pub(super) enum Secret {
    Text(String),
    /// Base64, as it travels.
    Binary(String),
}

/// One version. No `Debug`.
pub(super) struct Version {
    id: String,
    value: Secret,
    stages: Vec<String>,
    created: u64,
}

impl Version {
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Secret::Text(text) => Some(text),
            Secret::Binary(_) => None,
        }
    }

    pub fn is_staged(&self) -> bool {
        !self.stages.is_empty()
    }

    pub fn staged(&self) -> (&str, &[String]) {
        (&self.id, &self.stages)
    }

    pub fn describe(&self) -> Json {
        json!({"VersionId": self.id, "VersionStages": self.stages, "CreatedDate": self.created})
    }

    /// The answer of GetSecretValue, less what the secret itself adds.
    pub fn reveal(&self) -> Json {
        let mut out = self.describe();
        if let Json::Object(map) = &mut out {
            match &self.value {
                Secret::Text(text) => map.insert("SecretString".into(), json!(text)),
                Secret::Binary(base64) => map.insert("SecretBinary".into(), json!(base64)),
            };
        }
        out
    }
}

/// The request's value, if it has one.
pub(super) fn value_of(input: &Json) -> Result<Option<Secret>, AwsError> {
    match (text(input, "SecretString"), text(input, "SecretBinary")) {
        (Some(_), Some(_)) => Err(super::parameter(
            "You can't specify both a binary secret value and a string secret value in the same secret.",
        )),
        (Some(text), None) => Ok(Some(Secret::Text(text.to_owned()))),
        (None, Some(base64)) => Ok(Some(Secret::Binary(base64.to_owned()))),
        (None, None) => Ok(None),
    }
}

/// Whether this token made a version of this value.
pub(super) fn holds(versions: &[Version], token: &str, value: &Secret) -> bool {
    with_id(versions, token).is_some_and(|v| v.value == *value)
}

pub(super) fn with_id<'a>(versions: &'a [Version], id: &str) -> Option<&'a Version> {
    versions.iter().find(|v| v.id == id)
}

pub(super) fn with_stage<'a>(versions: &'a [Version], stage: &str) -> Option<&'a Version> {
    versions.iter().find(|v| v.stages.iter().any(|s| s == stage))
}

pub(super) fn stages_of(versions: &[Version], id: &str) -> Vec<String> {
    with_id(versions, id)
        .map(|v| v.stages.clone())
        .unwrap_or_default()
}

/// A new version under a token, with its stages; none means [`CURRENT`]. The same token with the same value
/// changes nothing, with another value it is refused (Secrets Manager: PutSecretValue).
pub(super) fn put(
    versions: &mut Vec<Version>,
    token: &str,
    value: Secret,
    stages: &[String],
) -> Result<(), AwsError> {
    if let Some(known) = with_id(versions, token) {
        if known.value == value {
            return Ok(());
        }
        return Err(AwsError::new(
            400,
            "ResourceExistsException",
            "You can't modify an existing version, you can only create a new version.",
        ));
    }
    let stages = match stages {
        [] => vec![CURRENT.to_owned()],
        several => several.to_vec(),
    };
    let takes_over = stages.iter().any(|s| s == CURRENT);
    for version in versions.iter_mut() {
        let was_current = version.stages.iter().any(|s| s == CURRENT);
        version
            .stages
            .retain(|s| !(stages.contains(s) || takes_over && s == PREVIOUS));
        if takes_over && was_current {
            version.stages.push(PREVIOUS.to_owned());
        }
    }
    versions.push(Version {
        id: token.to_owned(),
        value,
        stages,
        created: unix_now(),
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic fails the test")]
    use super::*;

    #[test]
    fn tokens_and_stages() {
        let mut versions = Vec::new();
        let mut check =
            |token: &str, value: &str, stages: &[&str], expected: Result<&[(&str, &[&str])], &str>| {
                let stages: Vec<String> = stages.iter().map(|s| (*s).to_owned()).collect();
                let done = put(&mut versions, token, Secret::Text(value.to_owned()), &stages);
                match expected {
                    Ok(expected) => {
                        assert!(done.is_ok(), "{token} {value}");
                        let found: Vec<(&str, &[String])> = versions.iter().map(Version::staged).collect();
                        assert_eq!(found.len(), expected.len(), "{token}");
                        for ((id, stages), (want, wanted)) in found.iter().zip(expected) {
                            assert_eq!(id, want, "{token}");
                            assert_eq!(stages, wanted, "{token}");
                        }
                    }
                    Err(code) => assert_eq!(done.unwrap_err().code, code, "{token} {value}"),
                }
            };
        check("t1", "a", &[], Ok(&[("t1", &["AWSCURRENT"])]));
        check("t1", "a", &[], Ok(&[("t1", &["AWSCURRENT"])]));
        check("t1", "b", &[], Err("ResourceExistsException"));
        check(
            "t2",
            "b",
            &[],
            Ok(&[("t1", &["AWSPREVIOUS"]), ("t2", &["AWSCURRENT"])]),
        );
        check(
            "t3",
            "c",
            &["MINE"],
            Ok(&[
                ("t1", &["AWSPREVIOUS"]),
                ("t2", &["AWSCURRENT"]),
                ("t3", &["MINE"]),
            ]),
        );
        check(
            "t4",
            "d",
            &[],
            Ok(&[
                ("t1", &[]),
                ("t2", &["AWSPREVIOUS"]),
                ("t3", &["MINE"]),
                ("t4", &["AWSCURRENT"]),
            ]),
        );
    }
}
