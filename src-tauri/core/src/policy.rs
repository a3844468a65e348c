//! IAM policy documents: read whatever an account has, write ours canonically, compare by meaning.
//!
//! The texts of ours follow AWS's documents for Q Business with IAM federation,
//! less what a set-up does not use.

use serde_json::{Map, Value as Json, json};
use std::fmt;

mod difference;
pub mod evaluate;
mod lint;
mod permission;
mod trust;
pub use difference::{PolicyChange, PolicyDifference, PolicyPart, difference};
pub use lint::{Unsafe, unsafe_grants};
pub use permission::PermissionPolicy;
pub use trust::TrustPolicy;

/// The version of the policy language that has variables.
const VERSION: &str = "2012-10-17";
/// The one before, which a document without `Version` is of.
const OLD_VERSION: &str = "2008-10-17";

/// A policy document of any kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// In the order of the document.
    pub statements: Vec<Statement>,
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Statement {
    /// Its name, if it has one; without meaning for IAM.
    pub sid: Option<String>,
    /// `Allow` or, when false, `Deny`.
    pub allow: bool,
    /// `Principal`: kind (`Federated`, `AWS`, `Service`, `*`) and value.
    pub principals: Vec<(String, String)>,
    /// Whether these are a `NotPrincipal`.
    pub not_principal: bool,
    /// `Action`.
    pub actions: Vec<String>,
    /// Whether these are a `NotAction`.
    pub not_action: bool,
    /// `Resource`; empty in a trust policy.
    pub resources: Vec<String>,
    /// Whether these are a `NotResource`.
    pub not_resource: bool,
    /// Every condition, operator by operator, key by key.
    pub conditions: Vec<Condition>,
    /// Whether `${…}` is plain text: the document's `Version` is not 2012-10-17 (IAM: JSON policy elements, Version).
    /// It is the statement's, so that statements of several documents can be asked together.
    pub plain: bool,
}

/// One key under one operator.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Condition {
    /// `StringEquals`, `ForAllValues:StringLike`, …
    pub operator: String,
    /// `SAML:aud`, `aws:RequestTag/Email`, …
    pub key: String,
    /// Any of these.
    pub values: Vec<String>,
}

/// Why a text is no policy document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAPolicy {
    /// What was wrong, with the place.
    pub why: String,
}

impl fmt::Display for NotAPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "This is not an IAM policy document: {}.", self.why)
    }
}

impl std::error::Error for NotAPolicy {}

impl Document {
    /// Reads a JSON policy document; at most 128 KiB (the API's limit).
    ///
    /// # Errors
    /// [`NotAPolicy`] with the place that was not understood.
    pub fn parse(text: &str) -> Result<Document, NotAPolicy> {
        if text.len() > 131_072 {
            return Err(NotAPolicy {
                why: format!("{} bytes; IAM takes at most 131072", text.len()),
            });
        }
        let json: Json = serde_json::from_str(text).map_err(|e| NotAPolicy { why: e.to_string() })?;
        Document::from_json(&json)
    }

    /// From JSON.
    ///
    /// # Errors
    /// [`NotAPolicy`] with the place that was not understood.
    pub fn from_json(json: &Json) -> Result<Document, NotAPolicy> {
        let fail = |why: &str| NotAPolicy { why: why.to_owned() };
        let statements = match json.get("Statement").ok_or_else(|| fail("it has no Statement"))? {
            Json::Array(list) => list.iter().collect(),
            one @ Json::Object(_) => vec![one],
            _ => return Err(fail("Statement is neither an object nor a list")),
        };
        let mut statements = statements
            .into_iter()
            .map(Statement::from_json)
            .collect::<Result<Vec<_>, _>>()?;
        let plain = json.get("Version").and_then(Json::as_str) != Some(VERSION);
        for statement in &mut statements {
            statement.plain = plain;
        }
        Ok(Document { statements })
    }

    /// Canonical JSON: `Version` first, one value as a string, several as a list.
    pub fn to_json(&self) -> Json {
        json!({
            "Version": if self.statements.iter().any(|s| s.plain) { OLD_VERSION } else { VERSION },
            "Statement": self.statements.iter().map(Statement::to_json).collect::<Vec<_>>(),
        })
    }

    /// Whether both grant the same: order, `Sid`, single value or list, and the case of condition
    /// keys and action names are without meaning.
    pub fn same_meaning(&self, other: &Document) -> bool {
        let normal = |d: &Document| {
            let mut all: Vec<String> = d.statements.iter().map(Statement::normal).collect();
            all.sort();
            all.dedup();
            all
        };
        normal(self) == normal(other)
    }
}

fn strings(json: &Json, place: &str) -> Result<Vec<String>, NotAPolicy> {
    let one = |v: &Json| match v {
        Json::String(s) => Ok(s.clone()),
        Json::Bool(b) => Ok(b.to_string()),
        Json::Number(n) => Ok(n.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => Err(NotAPolicy {
            why: format!("{place} has a value that is not a text"),
        }),
    };
    match json {
        Json::Array(list) => list.iter().map(one).collect(),
        single => Ok(vec![one(single)?]),
    }
}

fn one_or_list(values: &[String]) -> Json {
    match values {
        [one] => json!(one),
        several => json!(several),
    }
}

impl Statement {
    fn from_json(json: &Json) -> Result<Statement, NotAPolicy> {
        let Json::Object(fields) = json else {
            return Err(NotAPolicy {
                why: "a statement is not an object".into(),
            });
        };
        // One excludes the other (IAM: grammar of the policy language).
        for name in ["Principal", "Action", "Resource"] {
            if fields.contains_key(name) && fields.contains_key(&format!("Not{name}")) {
                return Err(NotAPolicy {
                    why: format!("a statement has both {name} and Not{name}"),
                });
            }
            let not = format!("Not{name}");
            let is_empty = |v: &Json| {
                v.as_array().is_some_and(Vec::is_empty) || v.as_object().is_some_and(Map::is_empty)
            };
            if fields.get(&not).is_some_and(is_empty) {
                return Err(NotAPolicy {
                    why: format!("{not} names nothing"),
                });
            }
        }
        let mut statement = Statement::default();
        for (name, value) in fields {
            match name.as_str() {
                "Sid" => statement.sid = value.as_str().map(str::to_owned),
                "Effect" => {
                    statement.allow = match value.as_str() {
                        Some("Allow") => true,
                        Some("Deny") => false,
                        _ => {
                            return Err(NotAPolicy {
                                why: format!("Effect is {value}, not Allow or Deny"),
                            });
                        }
                    }
                }
                "Principal" | "NotPrincipal" => {
                    statement.not_principal = name == "NotPrincipal";
                    match value {
                        Json::String(all) if all == "*" => {
                            statement.principals.push(("*".into(), all.clone()))
                        }
                        Json::String(other) => {
                            return Err(NotAPolicy {
                                why: format!("{name} is “{other}”; a text can only be *"),
                            });
                        }
                        Json::Object(kinds) => {
                            for (kind, value) in kinds {
                                if kind == "*" {
                                    return Err(NotAPolicy {
                                        why: format!("{name} has * where AWS, Federated or Service stands"),
                                    });
                                }
                                for principal in strings(value, "Principal")? {
                                    statement.principals.push((kind.clone(), principal));
                                }
                            }
                        }
                        _ => {
                            return Err(NotAPolicy {
                                why: "Principal is neither a text nor an object".into(),
                            });
                        }
                    }
                }
                "Action" | "NotAction" => {
                    statement.not_action = name == "NotAction";
                    statement.actions = strings(value, name)?;
                }
                "Resource" | "NotResource" => {
                    statement.not_resource = name == "NotResource";
                    statement.resources = strings(value, name)?;
                }
                "Condition" => {
                    let Json::Object(operators) = value else {
                        return Err(NotAPolicy {
                            why: "Condition is not an object".into(),
                        });
                    };
                    for (operator, keys) in operators {
                        let Json::Object(keys) = keys else {
                            return Err(NotAPolicy {
                                why: format!("Condition {operator} is not an object"),
                            });
                        };
                        for (key, values) in keys {
                            statement.conditions.push(Condition {
                                operator: operator.clone(),
                                key: key.clone(),
                                values: strings(values, key)?,
                            });
                        }
                    }
                }
                other => {
                    return Err(NotAPolicy {
                        why: format!("a statement has the unknown field {other}"),
                    });
                }
            }
        }
        if !fields.contains_key("Effect") {
            return Err(NotAPolicy {
                why: "a statement has no Effect".into(),
            });
        }
        Ok(statement)
    }

    fn to_json(&self) -> Json {
        let mut out = Map::new();
        if let Some(sid) = &self.sid {
            out.insert("Sid".into(), json!(sid));
        }
        out.insert("Effect".into(), json!(if self.allow { "Allow" } else { "Deny" }));
        if !self.principals.is_empty() {
            let name = if self.not_principal {
                "NotPrincipal"
            } else {
                "Principal"
            };
            let value = if self.principals.iter().any(|(kind, _)| kind == "*") {
                json!("*")
            } else {
                let mut kinds = Map::new();
                for (kind, _) in &self.principals {
                    let values: Vec<String> = self
                        .principals
                        .iter()
                        .filter(|(k, _)| k == kind)
                        .map(|(_, v)| v.clone())
                        .collect();
                    kinds.insert(kind.clone(), one_or_list(&values));
                }
                Json::Object(kinds)
            };
            out.insert(name.into(), value);
        }
        if !self.actions.is_empty() {
            let name = if self.not_action { "NotAction" } else { "Action" };
            out.insert(name.into(), one_or_list(&self.actions));
        }
        if !self.resources.is_empty() {
            let name = if self.not_resource {
                "NotResource"
            } else {
                "Resource"
            };
            out.insert(name.into(), one_or_list(&self.resources));
        }
        if !self.conditions.is_empty() {
            let mut operators = Map::new();
            for c in &self.conditions {
                let entry = operators.entry(c.operator.clone()).or_insert_with(|| json!({}));
                if let Json::Object(keys) = entry {
                    keys.insert(c.key.clone(), one_or_list(&c.values));
                }
            }
            out.insert("Condition".into(), Json::Object(operators));
        }
        Json::Object(out)
    }

    fn normal(&self) -> String {
        let sorted = |values: &[String], lower: bool| {
            let mut v: Vec<String> = values
                .iter()
                .map(|s| if lower { s.to_ascii_lowercase() } else { s.clone() })
                .collect();
            v.sort();
            v.dedup();
            v
        };
        let mut principals = self.principals.clone();
        principals.sort();
        principals.dedup();
        let mut conditions: Vec<(String, String, Vec<String>)> = self
            .conditions
            .iter()
            .map(|c| {
                (
                    c.operator.to_ascii_lowercase(),
                    c.key.to_ascii_lowercase(),
                    sorted(&c.values, false),
                )
            })
            .collect();
        conditions.sort();
        format!(
            "{:?}",
            (
                self.allow,
                (principals, self.not_principal),
                (sorted(&self.actions, true), self.not_action),
                (sorted(&self.resources, false), self.not_resource),
                conditions
            )
        )
    }
}
