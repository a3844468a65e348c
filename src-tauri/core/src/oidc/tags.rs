//! The session tags of a token, in both forms that STS reads (IAM: pass session tags in STS), and
//! what looks like a tag and is none.

use super::document::kind;
use super::token::Claims;
use crate::claims::{SessionTag, distance};
use crate::letters::fold;
use serde::Serialize;
use serde_json::Value as Json;

/// The claim of the nested form.
pub const TAGS: &str = "https://aws.amazon.com/tags";
/// What the claim of a tag starts with in the flattened form.
pub const FLAT: &str = "https://aws.amazon.com/tags/principal_tags/";
/// The transitive keys in the flattened form.
pub const FLAT_TRANSITIVE: &str = "https://aws.amazon.com/tags/transitive_tag_keys";
/// The member of the nested form that holds the tags.
pub const PRINCIPAL: &str = "principal_tags";
/// The member of the nested form that holds the transitive keys.
pub const TRANSITIVE: &str = "transitive_tag_keys";
/// The key by which Amazon Q Business knows a person.
pub const EMAIL: &str = "Email";

/// What STS would take from a token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TokenTags {
    /// The tags, each with its values: one is allowed.
    pub tags: Vec<SessionTag>,
    /// Keys that stay through role chaining.
    pub transitive: Vec<String>,
    /// What looks like a tag and is none.
    pub faults: Vec<TagFault>,
}

/// Something that looks like a tag and is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum TagFault {
    /// The claim is a text with JSON inside, which STS does not read.
    JsonInText {
        /// The claim.
        claim: String,
    },
    /// The claim is a text that is not even JSON: an expression that was not evaluated.
    NotJson {
        /// The claim.
        claim: String,
        /// The text, cut to 100 characters.
        found: String,
    },
    /// A name that is almost right, and so is not read.
    Misnamed {
        /// What it should be.
        expected: String,
        /// As it was sent.
        found: String,
    },
    /// The nested form without `principal_tags`.
    NoPrincipalTags {
        /// The members that are there.
        found: Vec<String>,
    },
    /// A tag whose value is null: the attribute of this person is empty.
    Null {
        /// The tag.
        key: String,
    },
    /// A value of another kind than a text or a list of texts.
    WrongKind {
        /// The claim or the tag.
        place: String,
        /// What it is.
        found: &'static str,
    },
}

impl TokenTags {
    /// Reads a token's claims.
    pub fn of(claims: &Claims) -> TokenTags {
        let mut read = TokenTags::default();
        if let Some(value) = claims.get(TAGS) {
            read.nested(value);
        }
        for name in claims.names() {
            if let (Some(key), Some(value)) = (name.strip_prefix(FLAT), claims.get(name)) {
                read.tag(key, value);
            } else if name == FLAT_TRANSITIVE {
                read.keys(claims.get(name));
            } else if name != TAGS
                && let Some(expected) = nearest(name)
                && claims.get(&expected).is_none()
            {
                read.faults.push(TagFault::Misnamed {
                    expected,
                    found: cut(name),
                });
            }
        }
        read
    }

    /// The values of one tag; the case of a key counts.
    pub fn values(&self, key: &str) -> Option<&[String]> {
        let tag = self.tags.iter().find(|t| t.key == key)?;
        Some(&tag.values)
    }

    /// The person, where there is exactly one value and it is not blank.
    pub fn email(&self) -> Option<&str> {
        match self.values(EMAIL)? {
            [one] if !one.trim().is_empty() => Some(one),
            _ => None,
        }
    }

    fn nested(&mut self, value: &Json) {
        let members = match value {
            Json::Object(members) => members,
            Json::String(text) => {
                let json = serde_json::from_str::<Json>(text).is_ok_and(|j| j.is_object());
                self.faults.push(if json {
                    TagFault::JsonInText { claim: TAGS.into() }
                } else {
                    TagFault::NotJson {
                        claim: TAGS.into(),
                        found: cut(text),
                    }
                });
                return;
            }
            other => return self.wrong(TAGS, other),
        };
        match members.get(PRINCIPAL) {
            Some(Json::Object(tags)) => {
                for (key, value) in tags {
                    self.tag(key, value);
                }
            }
            Some(other) => self.wrong(PRINCIPAL, other),
            None => {
                let close = members.keys().find(|k| squeeze(k) == squeeze(PRINCIPAL));
                self.faults.push(match close {
                    Some(found) => TagFault::Misnamed {
                        expected: PRINCIPAL.into(),
                        found: cut(found),
                    },
                    None => TagFault::NoPrincipalTags {
                        found: members.keys().take(10).map(|k| cut(k)).collect(),
                    },
                });
            }
        }
        self.keys(members.get(TRANSITIVE));
    }

    fn tag(&mut self, key: &str, value: &Json) {
        let values = match value {
            Json::String(one) => vec![one.clone()],
            Json::Null => {
                self.faults.push(TagFault::Null { key: cut(key) });
                return;
            }
            Json::Array(list) if list.iter().any(Json::is_null) => {
                self.faults.push(TagFault::Null { key: cut(key) });
                return;
            }
            Json::Array(list) if list.iter().all(Json::is_string) => {
                list.iter().filter_map(Json::as_str).map(str::to_owned).collect()
            }
            other => return self.wrong(key, other),
        };
        if key != EMAIL && fold(key) == fold(EMAIL) {
            self.faults.push(TagFault::Misnamed {
                expected: EMAIL.into(),
                found: cut(key),
            });
        }
        match self.tags.iter_mut().find(|t| t.key == key) {
            // Both forms at once: the values meet, and a rule looks at how many there are.
            Some(tag) => tag.values.extend(
                values
                    .into_iter()
                    .filter(|v| !tag.values.contains(v))
                    .collect::<Vec<_>>(),
            ),
            None => self.tags.push(SessionTag {
                key: key.to_owned(),
                values,
            }),
        }
    }

    fn keys(&mut self, value: Option<&Json>) {
        match value {
            None => {}
            Some(Json::Array(list)) if list.iter().all(Json::is_string) => {
                let keys = list.iter().filter_map(Json::as_str).map(str::to_owned);
                self.transitive.extend(keys);
            }
            Some(other) => self.wrong(TRANSITIVE, other),
        }
    }

    fn wrong(&mut self, place: &str, value: &Json) {
        self.faults.push(TagFault::WrongKind {
            place: cut(place),
            found: kind(value),
        });
    }
}

fn cut(text: &str) -> String {
    text.chars().take(100).collect()
}

/// Letters and digits in lower case: `principalTags` and `principal-tags` are the same mistake.
fn squeeze(name: &str) -> String {
    fold(name).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The claim that was most likely meant.
fn nearest(name: &str) -> Option<String> {
    let folded = fold(name);
    // The attribute of SAML in a token.
    if folded.ends_with("principaltag:email") {
        return Some(TAGS.into());
    }
    let address = folded
        .trim_start_matches("https://")
        .trim_start_matches("http://")
        .trim_end_matches('/')
        .to_owned();
    let near = |known: &str| distance(&address, known.trim_start_matches("https://"), 3) <= 2;
    if near(TAGS) {
        return Some(TAGS.into());
    }
    let flat = format!("{FLAT}{EMAIL}");
    if near(&flat.to_ascii_lowercase()) {
        return Some(flat);
    }
    near(FLAT_TRANSITIVE).then(|| FLAT_TRANSITIVE.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(claims: Json) -> TokenTags {
        match claims {
            Json::Object(map) => TokenTags::of(&Claims(map)),
            _ => TokenTags::default(),
        }
    }

    #[test]
    fn both_forms_of_sts() {
        let check = |claims: Json, tags: &[(&str, &[&str])], transitive: &[&str]| {
            let found = read(claims.clone());
            let seen: Vec<(&str, Vec<&str>)> = found
                .tags
                .iter()
                .map(|t| (t.key.as_str(), t.values.iter().map(String::as_str).collect()))
                .collect();
            let wanted: Vec<(&str, Vec<&str>)> = tags.iter().map(|(k, v)| (*k, v.to_vec())).collect();
            assert_eq!(seen, wanted, "{claims}");
            assert_eq!(found.transitive, transitive, "{claims}");
            assert_eq!(found.faults, [], "{claims}");
        };
        check(
            json!({TAGS: {"principal_tags": {"Email": ["a@b"]}, "transitive_tag_keys": ["Email"]}}),
            &[("Email", &["a@b"])],
            &["Email"],
        );
        check(
            json!({TAGS: {"principal_tags": {"Email": "a@b", "City": "Bonn"}}}),
            &[("City", &["Bonn"]), ("Email", &["a@b"])],
            &[],
        );
        check(
            json!({"https://aws.amazon.com/tags/principal_tags/Email": "a@b", FLAT_TRANSITIVE: ["Email"]}),
            &[("Email", &["a@b"])],
            &["Email"],
        );
        check(
            json!({TAGS: {"principal_tags": {"Email": ["a@b", "c@d"]}}}),
            &[("Email", &["a@b", "c@d"])],
            &[],
        );
        check(
            json!({TAGS: {"principal_tags": {"Email": "a@b"}},
                   "https://aws.amazon.com/tags/principal_tags/Email": "c@d"}),
            &[("Email", &["a@b", "c@d"])],
            &[],
        );
        check(json!({TAGS: {"principal_tags": {}}}), &[], &[]);
        check(
            json!({"email": "a@b", "groups": ["x"], "tags": 1, "role": "y"}),
            &[],
            &[],
        );
    }

    #[test]
    fn what_is_no_tag_is_named() {
        let check = |claims: Json, expected: TagFault| {
            assert_eq!(read(claims.clone()).faults, [expected], "{claims}");
        };
        let claim = || TAGS.to_owned();
        check(
            json!({TAGS: "{\"principal_tags\": {\"Email\": [\"a@b\"]}}"}),
            TagFault::JsonInText { claim: claim() },
        );
        check(
            json!({TAGS: "{\"principal_tags\": {\"Email\": {user.email}}}"}),
            TagFault::NotJson {
                claim: claim(),
                found: "{\"principal_tags\": {\"Email\": {user.email}}}".into(),
            },
        );
        let misnamed = |found: &str, expected: &str| TagFault::Misnamed {
            expected: expected.into(),
            found: found.into(),
        };
        let slash = format!("{TAGS}/");
        check(json!({&slash: {}}), misnamed(&slash, TAGS));
        check(
            json!({"http://aws.amazon.com/tags": {}}),
            misnamed("http://aws.amazon.com/tags", TAGS),
        );
        check(
            json!({"https://aws.amazon.com/tag": {}}),
            misnamed("https://aws.amazon.com/tag", TAGS),
        );
        check(
            json!({"https://aws.amazon.com/SAML/Attributes/PrincipalTag:Email": "a@b"}),
            misnamed("https://aws.amazon.com/SAML/Attributes/PrincipalTag:Email", TAGS),
        );
        check(
            json!({"https://aws.amazon.com/tags/principal_tag/Email": "a@b"}),
            misnamed(
                "https://aws.amazon.com/tags/principal_tag/Email",
                &format!("{FLAT}Email"),
            ),
        );
        check(
            json!({TAGS: {"principalTags": {"Email": "a@b"}}}),
            misnamed("principalTags", PRINCIPAL),
        );
        check(
            json!({TAGS: {"Email": "a@b"}}),
            TagFault::NoPrincipalTags {
                found: vec!["Email".into()],
            },
        );
        check(
            json!({TAGS: {"principal_tags": {"email": "a@b"}}}),
            misnamed("email", EMAIL),
        );
        check(
            json!({TAGS: {"principal_tags": {"Email": null}}}),
            TagFault::Null { key: "Email".into() },
        );
        check(
            json!({TAGS: {"principal_tags": {"Email": [null]}}}),
            TagFault::Null { key: "Email".into() },
        );
        check(
            json!({TAGS: {"principal_tags": {"Email": 7}}}),
            TagFault::WrongKind {
                place: "Email".into(),
                found: "a number",
            },
        );
        check(
            json!({TAGS: ["x"]}),
            TagFault::WrongKind {
                place: claim(),
                found: "a list",
            },
        );
    }
}
