//! Would this policy admit this request? A model of IAM's evaluation (IAM: policy evaluation logic), with a
//! proof: statement by statement, comparison by comparison.
//!
//! It explains; it does not pretend to be AWS: where STS was asked, both answers are shown. Whatever the
//! evidence or AWS's documents do not tell is unknown, never a guess.

use super::{Document, Statement};
use compare::Compared;
use serde::Serialize;
use std::collections::BTreeMap;

mod arn;
mod compare;
mod condition;
mod pattern;
mod principal;

pub use pattern::glob;

/// The three answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Some statement allows it and none denies it.
    Allowed,
    /// No statement allows it, or one denies it.
    Denied,
    /// The evidence does not tell.
    Unknown,
}

/// What is asked: one action with its context.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// `sts:AssumeRoleWithSAML` or `sts:TagSession` in a trust policy; any action in a permission policy.
    pub action: String,
    /// Provider ARN of a federated caller; None in a permission policy.
    pub federated: Option<String>,
    /// Resource ARN; empty in a trust policy.
    pub resource: String,
    /// Condition keys in lower case, each with its values; a key that is not sent is absent.
    pub context: BTreeMap<String, Vec<String>>,
    /// Keys in lower case whose value is not known from the evidence; `*` stands for any run of characters.
    pub unknown: Vec<String>,
    /// Keys of `unknown` that are known all the same: absent where `context` does not have them. Same form.
    pub absent: Vec<String>,
}

/// How one comparison came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// `Action`, `NotAction`, `Principal`, `NotPrincipal`, `Resource`, `NotResource`, or the condition key.
    pub key: String,
    /// Operator of a condition; empty otherwise.
    pub operator: String,
    /// What the policy wants.
    pub expected: Vec<String>,
    /// What was sent.
    pub found: Vec<String>,
    /// None where the evidence does not tell.
    pub holds: Option<bool>,
}

/// One statement, asked for one action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StatementProof {
    /// The statement's `Sid`, or its number from 1.
    pub name: String,
    /// `Allow` or, when false, `Deny`.
    pub allow: bool,
    /// The action that was asked for.
    pub action: String,
    /// Whether the statement applies: all its checks hold. None where the evidence does not tell.
    pub holds: Option<bool>,
    /// Every comparison, the action's first.
    pub checks: Vec<Check>,
}

/// One row of the flat list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// The statement's `Sid`, or its number from 1.
    pub statement: String,
    /// `Allow` or `Deny`.
    pub effect: &'static str,
    /// The action that was asked for.
    pub action: String,
    /// The comparison.
    #[serde(flatten)]
    pub check: Check,
}

/// The answer with its reasons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evaluation {
    /// The answer.
    pub decision: Decision,
    /// Every statement that names the action, in the order of the document; where none does, every
    /// statement, each with the check of its action alone.
    pub statements: Vec<StatementProof>,
}

impl Evaluation {
    /// Every comparison in a flat list.
    pub fn proof(&self) -> Vec<Proof> {
        self.statements
            .iter()
            .flat_map(|s| {
                s.checks.iter().map(|check| Proof {
                    statement: s.name.clone(),
                    effect: if s.allow { "Allow" } else { "Deny" },
                    action: s.action.clone(),
                    check: check.clone(),
                })
            })
            .collect()
    }

    /// Both have to be allowed, as when STS asks for `sts:TagSession` beside `sts:AssumeRoleWithSAML`.
    #[must_use]
    pub fn and(mut self, other: Evaluation) -> Evaluation {
        self.statements.extend(other.statements);
        self.decision = match (self.decision, other.decision) {
            (Decision::Denied, _) | (_, Decision::Denied) => Decision::Denied,
            (Decision::Unknown, _) | (_, Decision::Unknown) => Decision::Unknown,
            (Decision::Allowed, Decision::Allowed) => Decision::Allowed,
        };
        self
    }

    /// Whether some statement that allows names this action, whatever else it wants.
    pub fn names(&self, action: &str) -> bool {
        self.statements
            .iter()
            .filter(|s| s.allow && s.action == action)
            .any(StatementProof::names_its_action)
    }

    /// The first action that is not certainly allowed; None where all are, or where there was no statement.
    pub fn refused(&self) -> Option<&str> {
        let mut asked: Vec<&str> = self.statements.iter().map(|s| s.action.as_str()).collect();
        asked.dedup();
        asked.into_iter().find(|action| {
            let here = |allow: bool| {
                self.statements
                    .iter()
                    .filter(move |s| s.action == *action && s.allow == allow)
            };
            !here(true).any(|s| s.holds == Some(true)) || here(false).any(|s| s.holds != Some(false))
        })
    }

    /// The comparisons that keep the statements which would allow from doing so, in the order of the
    /// document; those of statements that do not even name the action are left out.
    pub fn failing(&self) -> impl Iterator<Item = (&StatementProof, &Check)> {
        self.statements
            .iter()
            .filter(|s| s.allow && s.names_its_action())
            .flat_map(|s| {
                s.checks
                    .iter()
                    .filter(|c| c.holds == Some(false))
                    .map(move |c| (s, c))
            })
    }

    /// The statements that deny, for certain.
    pub fn denying(&self) -> impl Iterator<Item = &StatementProof> {
        self.statements
            .iter()
            .filter(|s| !s.allow && s.holds == Some(true))
    }
}

impl StatementProof {
    fn names_its_action(&self) -> bool {
        self.checks.first().is_some_and(|c| c.holds == Some(true))
    }
}

/// Evaluates one request against one document.
pub fn evaluate(policy: &Document, request: &Request) -> Evaluation {
    let (mut named, mut others) = (Vec::new(), Vec::new());
    let (mut allowed, mut denied) = (Some(false), Some(false));
    for (i, statement) in policy.statements.iter().enumerate() {
        let mut proof = StatementProof {
            name: statement.sid.clone().unwrap_or_else(|| (i + 1).to_string()),
            allow: statement.allow,
            action: request.action.clone(),
            holds: Some(false),
            checks: vec![action(statement, request)],
        };
        if !proof.names_its_action() {
            others.push(proof);
            continue;
        }
        proof.checks.extend(principal::check(statement, request));
        proof.checks.extend(resource(statement, request));
        let conditions = statement.conditions.iter();
        proof
            .checks
            .extend(conditions.map(|c| condition::check(c, statement.plain, request)));
        proof.holds = all(proof.checks.iter().map(|c| c.holds));
        let side = if statement.allow {
            &mut allowed
        } else {
            &mut denied
        };
        *side = any([*side, proof.holds]);
        named.push(proof);
    }
    let decision = match (allowed, denied) {
        (_, Some(true)) | (Some(false), _) => Decision::Denied,
        (Some(true), Some(false)) => Decision::Allowed,
        (Some(true) | None, None) | (None, Some(false)) => Decision::Unknown,
    };
    Evaluation {
        decision,
        statements: if named.is_empty() { others } else { named },
    }
}

/// Three-valued or: one that certainly holds decides.
fn any(of: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let mut result = Some(false);
    for one in of {
        result = match (result, one) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            (None, _) | (_, None) => None,
        };
    }
    result
}

/// Three-valued and: one that certainly fails decides.
fn all(of: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    any(of.into_iter().map(|one| one.map(|holds| !holds))).map(|fails| !fails)
}

fn action(statement: &Statement, request: &Request) -> Check {
    let asked = request.action.to_ascii_lowercase();
    let named = statement
        .actions
        .iter()
        .any(|pattern| glob(&pattern.to_ascii_lowercase(), &asked));
    Check {
        key: if statement.not_action {
            "NotAction"
        } else {
            "Action"
        }
        .to_owned(),
        operator: String::new(),
        expected: statement.actions.clone(),
        found: vec![request.action.clone()],
        holds: Some(named != statement.not_action),
    }
}

fn resource(statement: &Statement, request: &Request) -> Option<Check> {
    if statement.resources.is_empty() {
        return None;
    }
    let patterns = pattern::written(&statement.resources, statement.plain);
    let named =
        any(patterns.iter().map(
            |pattern| match arn::resource_like(pattern, &request.resource, request) {
                Compared::Yes => Some(true),
                Compared::No => Some(false),
                Compared::Valueless => (!statement.not_resource).then_some(false),
                Compared::Unknown => None,
            },
        ));
    Some(Check {
        key: if statement.not_resource {
            "NotResource"
        } else {
            "Resource"
        }
        .to_owned(),
        operator: String::new(),
        expected: statement.resources.clone(),
        found: vec![request.resource.clone()],
        holds: named.map(|named| named != statement.not_resource),
    })
}
