//! IAM policy documents: read whatever an account has, write ours canonically, compare by meaning.
//!
//! The texts of ours follow AWS's documents for Q Business with IAM federation (facts §5.1, §5.3),
//! less what a set-up does not use.

use crate::resource::Permissions;
use serde_json::{Map, Value as Json, json};
use std::fmt;

pub mod evaluate;
mod lint;
pub use lint::{Unsafe, unsafe_grants};

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
        let statements = statements
            .into_iter()
            .map(Statement::from_json)
            .collect::<Result<_, _>>()?;
        Ok(Document { statements })
    }

    /// Canonical JSON: `Version` first, one value as a string, several as a list.
    pub fn to_json(&self) -> Json {
        json!({
            "Version": "2012-10-17",
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
                        Json::String(all) => statement.principals.push(("*".into(), all.clone())),
                        Json::Object(kinds) => {
                            for (kind, value) in kinds {
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

/// Who may assume a role, and under which conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustPolicy(pub Document);

impl TrustPolicy {
    /// AWS's trust policy for SAML (facts §5.3): `SAML:aud` is the assertion's Recipient, and a
    /// session may be tagged only with an `Email`.
    pub fn saml(provider: &str, recipients: &[String]) -> TrustPolicy {
        let statement = |sid: &str, action: &str, condition| Statement {
            sid: Some(sid.into()),
            allow: true,
            principals: vec![("Federated".into(), provider.to_owned())],
            actions: vec![action.into()],
            conditions: vec![condition],
            ..Statement::default()
        };
        TrustPolicy(Document {
            statements: vec![
                statement(
                    "SAMLAssumeRoleAccess",
                    "sts:AssumeRoleWithSAML",
                    Condition {
                        operator: "StringEquals".into(),
                        key: "SAML:aud".into(),
                        values: recipients.to_vec(),
                    },
                ),
                statement(
                    "SAMLTagSessionAccess",
                    "sts:TagSession",
                    Condition {
                        operator: "StringLike".into(),
                        key: "aws:RequestTag/Email".into(),
                        values: vec!["*".into()],
                    },
                ),
            ],
        })
    }

    /// Reads any role's trust policy.
    ///
    /// # Errors
    /// [`NotAPolicy`].
    pub fn parse(text: &str) -> Result<TrustPolicy, NotAPolicy> {
        Document::parse(text).map(TrustPolicy)
    }

    /// Canonical JSON.
    pub fn to_json(&self) -> Json {
        self.0.to_json()
    }
}

/// What a role may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionPolicy(pub Document);

impl PermissionPolicy {
    /// The web experience role's permissions (facts §5.1), without the statements for Q Apps and
    /// KMS where a set-up does not use them.
    pub fn web_experience(p: &Permissions<String>) -> PermissionPolicy {
        let app = format!(
            "arn:aws:qbusiness:{}:{}:application/{}",
            p.region, p.account, p.application
        );
        let qapp = format!(
            "arn:aws:qapps:{}:{}:application/{}/qapp",
            p.region, p.account, p.application
        );
        let mut statements = vec![
            grant(
                "QBusinessConversationPermissions",
                "qbusiness",
                &[
                    "Chat",
                    "ChatSync",
                    "ListMessages",
                    "ListConversations",
                    "PutFeedback",
                    "DeleteConversation",
                    "GetWebExperience",
                    "GetApplication",
                    "ListPlugins",
                    "GetChatControlsConfiguration",
                    "ListRetrievers",
                    "ListPluginActions",
                    "ListAttachments",
                    "GetMedia",
                    "DeleteAttachment",
                ],
                &[&app],
                &[],
            ),
            grant(
                "QBusinessPluginDiscoveryPermissions",
                "qbusiness",
                &["ListPluginTypeMetadata", "ListPluginTypeActions"],
                &["*"],
                &[],
            ),
            grant(
                "QBusinessRetrieverPermission",
                "qbusiness",
                &["GetRetriever"],
                &[&app, &format!("{app}/retriever/*")],
                &[],
            ),
            grant(
                "QBusinessAutoSubscriptionPermission",
                "user-subscriptions",
                &["CreateClaim"],
                &["*"],
                &[
                    ("Bool", "user-subscriptions:CreateForSelf", "true"),
                    ("StringEquals", "aws:CalledViaLast", "qbusiness.amazonaws.com"),
                ],
            ),
        ];
        if let Some(key) = &p.kms_key {
            let mut decrypt = grant("QBusinessKMSDecryptPermissions", "kms", &["Decrypt"], &[key], &[]);
            decrypt.conditions.push(Condition {
                operator: "StringLike".into(),
                key: "kms:ViaService".into(),
                values: ["qbusiness", "qapps"]
                    .map(|s| format!("{s}.{}.amazonaws.com", p.region))
                    .to_vec(),
            });
            statements.push(decrypt);
        }
        if p.q_apps {
            statements.extend(q_apps(&app, &qapp));
        }
        PermissionPolicy(Document { statements })
    }

    /// Reads any policy.
    ///
    /// # Errors
    /// [`NotAPolicy`].
    pub fn parse(text: &str) -> Result<PermissionPolicy, NotAPolicy> {
        Document::parse(text).map(PermissionPolicy)
    }

    /// Canonical JSON.
    pub fn to_json(&self) -> Json {
        self.0.to_json()
    }
}

fn grant(
    sid: &str,
    service: &str,
    actions: &[&str],
    resources: &[&str],
    conditions: &[(&str, &str, &str)],
) -> Statement {
    Statement {
        sid: Some(sid.into()),
        allow: true,
        actions: actions.iter().map(|a| format!("{service}:{a}")).collect(),
        resources: resources.iter().map(|r| (*r).to_owned()).collect(),
        conditions: conditions
            .iter()
            .map(|(operator, key, value)| Condition {
                operator: (*operator).to_owned(),
                key: (*key).to_owned(),
                values: vec![(*value).to_owned()],
            })
            .collect(),
        ..Statement::default()
    }
}

fn q_apps(app: &str, qapp: &str) -> Vec<Statement> {
    const IGNORE_CASE: &str = "StringEqualsIgnoreCase";
    let all = format!("{qapp}/*");
    let session = format!("{qapp}/*/session/*");
    vec![
        grant(
            "QAppsResourceAgnosticPermissions",
            "qapps",
            &[
                "CreateQApp",
                "PredictQApp",
                "PredictProblemStatementFromConversation",
                "PredictQAppFromProblemStatement",
                "ListQApps",
                "ListLibraryItems",
                "CreateSubscriptionToken",
            ],
            &[app],
            &[],
        ),
        grant(
            "QAppsAppUniversalPermissions",
            "qapps",
            &["DisassociateQAppFromUser"],
            &[&all],
            &[],
        ),
        grant(
            "QAppsAppOwnerPermissions",
            "qapps",
            &[
                "GetQApp",
                "CopyQApp",
                "UpdateQApp",
                "DeleteQApp",
                "ImportDocument",
                "CreateLibraryItem",
                "UpdateLibraryItem",
                "StartQAppSession",
            ],
            &[&all],
            &[(IGNORE_CASE, "qapps:UserIsAppOwner", "true")],
        ),
        grant(
            "QAppsPublishedAppPermissions",
            "qapps",
            &[
                "GetQApp",
                "CopyQApp",
                "AssociateQAppWithUser",
                "GetLibraryItem",
                "CreateLibraryItemReview",
                "AssociateLibraryItemReview",
                "DisassociateLibraryItemReview",
                "StartQAppSession",
            ],
            &[&all],
            &[(IGNORE_CASE, "qapps:AppIsPublished", "true")],
        ),
        grant(
            "QAppsAppSessionModeratorPermissions",
            "qapps",
            &[
                "ImportDocument",
                "GetQAppSession",
                "GetQAppSessionMetadata",
                "UpdateQAppSession",
                "UpdateQAppSessionMetadata",
                "StopQAppSession",
            ],
            &[&session],
            &[(IGNORE_CASE, "qapps:UserIsSessionModerator", "true")],
        ),
        grant(
            "QAppsSharedAppSessionPermissions",
            "qapps",
            &[
                "ImportDocument",
                "GetQAppSession",
                "GetQAppSessionMetadata",
                "UpdateQAppSession",
            ],
            &[&session],
            &[(IGNORE_CASE, "qapps:SessionIsShared", "true")],
        ),
    ]
}
