//! Would this trust policy admit this assertion? A model of IAM's evaluation for the part of the
//! language that trust policies of federated roles use, with a proof, condition by condition.
//!
//! It explains; it does not pretend to be AWS: where STS was asked, both answers are shown.

use super::{Condition, Document, Statement};
use serde::Serialize;
use std::collections::BTreeMap;

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
    /// Keys in lower case whose value is not known from the evidence.
    pub unknown: Vec<String>,
}

/// How one condition came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// The statement's `Sid`, or its number from 1.
    pub statement: String,
    /// `Action`, `Principal`, `Resource`, or the condition key.
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

/// The answer with its reasons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evaluation {
    /// The answer.
    pub decision: Decision,
    /// Every comparison that was made, in the order of the document.
    pub proof: Vec<Proof>,
}

/// Evaluates one request against one document.
pub fn evaluate(policy: &Document, request: &Request) -> Evaluation {
    let mut proof = Vec::new();
    let (mut allowed, mut denied) = (Some(false), Some(false));
    for (i, statement) in policy.statements.iter().enumerate() {
        let name = statement.sid.clone().unwrap_or_else(|| (i + 1).to_string());
        if !mentions_action(statement, &request.action) {
            continue;
        }
        let applies = applies(statement, &name, request, &mut proof);
        let side = if statement.allow {
            &mut allowed
        } else {
            &mut denied
        };
        *side = either(*side, applies);
    }
    let decision = match (allowed, denied) {
        (_, Some(true)) | (Some(false), _) => Decision::Denied,
        (Some(true), Some(false)) => Decision::Allowed,
        (Some(true) | None, None) | (None, Some(false)) => Decision::Unknown,
    };
    Evaluation { decision, proof }
}

/// Three-valued or: one that certainly holds decides.
fn either(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        (None, _) | (_, None) => None,
    }
}

/// Three-valued and: one that certainly fails decides.
fn both(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    either(a.map(|a| !a), b.map(|b| !b)).map(|r| !r)
}

fn mentions_action(statement: &Statement, action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    let named = statement
        .actions
        .iter()
        .any(|pattern| glob(&pattern.to_ascii_lowercase(), &action));
    named != statement.not_action
}

fn applies(statement: &Statement, name: &str, request: &Request, proof: &mut Vec<Proof>) -> Option<bool> {
    let mut record = |key: &str, operator: &str, expected: Vec<String>, found: Vec<String>, holds| {
        proof.push(Proof {
            statement: name.to_owned(),
            key: key.to_owned(),
            operator: operator.to_owned(),
            expected,
            found,
            holds,
        });
    };
    let mut result = Some(true);
    if let Some(provider) = &request.federated {
        let named = statement.principals.iter().any(|(kind, value)| {
            kind == "*" || (kind == "AWS" && value == "*") || (kind == "Federated" && value == provider)
        });
        let holds = Some(named != statement.not_principal && !statement.principals.is_empty());
        record(
            "Principal",
            "",
            statement.principals.iter().map(|(_, v)| v.clone()).collect(),
            vec![provider.clone()],
            holds,
        );
        result = both(result, holds);
    }
    if !statement.resources.is_empty() {
        let named = statement
            .resources
            .iter()
            .any(|pattern| glob(pattern, &request.resource));
        let holds = Some(named != statement.not_resource);
        record(
            "Resource",
            "",
            statement.resources.clone(),
            vec![request.resource.clone()],
            holds,
        );
        result = both(result, holds);
    }
    for condition in &statement.conditions {
        let key = condition.key.to_ascii_lowercase();
        let sent = request.context.get(&key);
        let holds = if request.unknown.contains(&key) {
            None
        } else {
            condition_holds(condition, sent.map(Vec::as_slice))
        };
        record(
            &condition.key,
            &condition.operator,
            condition.values.clone(),
            sent.cloned().unwrap_or_default(),
            holds,
        );
        result = both(result, holds);
    }
    result
}

/// One condition. An operator that is not modelled here is unknown, never a guess.
fn condition_holds(condition: &Condition, sent: Option<&[String]>) -> Option<bool> {
    let (set, operator) = match condition.operator.split_once(':') {
        Some((set, rest)) => (set, rest),
        None => ("", condition.operator.as_str()),
    };
    if operator.eq_ignore_ascii_case("Null") {
        let absent = sent.is_none_or(<[String]>::is_empty);
        let wanted: Vec<bool> = condition
            .values
            .iter()
            .map(|v| v.eq_ignore_ascii_case("true"))
            .collect();
        return Some(wanted.contains(&absent));
    }
    let (base, if_exists) = match operator.strip_suffix("IfExists") {
        Some(base) => (base, true),
        None => (operator, false),
    };
    let (compare, negated) = comparison(base)?;
    let values = sent.unwrap_or_default();
    let one = |value: &String| condition.values.iter().any(|pattern| compare(pattern, value)) != negated;
    Some(match set {
        "ForAllValues" => values.iter().all(one),
        "ForAnyValue" => (if_exists && values.is_empty()) || values.iter().any(one),
        "" if values.is_empty() => if_exists || negated,
        "" => values.iter().all(one),
        _ => return None,
    })
}

type Compare = fn(&str, &str) -> bool;

fn comparison(operator: &str) -> Option<(Compare, bool)> {
    let operator = operator.to_ascii_lowercase();
    let (base, negated) = match operator.as_str() {
        "stringnotequals" => ("stringequals", true),
        "stringnotequalsignorecase" => ("stringequalsignorecase", true),
        "stringnotlike" => ("stringlike", true),
        "arnnotequals" => ("arnequals", true),
        "arnnotlike" => ("arnlike", true),
        other => (other, false),
    };
    let compare: Compare = match base {
        "stringequals" => |a, b| a == b,
        "stringequalsignorecase" => |a, b| a.eq_ignore_ascii_case(b),
        "stringlike" | "arnequals" | "arnlike" => glob,
        "bool" => |a, b| a.eq_ignore_ascii_case(b),
        _ => return None,
    };
    Some((compare, negated))
}

/// IAM's wildcards: `*` any run, `?` any one character; everything else byte for byte. Linear in
/// the length of the text for each star, so no pattern can make it explode.
pub fn glob(pattern: &str, text: &str) -> bool {
    let (p, t): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut i, mut j) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while j < t.len() {
        match p.get(i) {
            Some('*') => {
                star = Some((i, j));
                i += 1;
            }
            Some(c) if *c == '?' || Some(c) == t.get(j) => {
                i += 1;
                j += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    i = at + 1;
                    j = from + 1;
                    star = Some((at, from + 1));
                }
                None => return false,
            },
        }
    }
    p.get(i..).is_some_and(|rest| rest.iter().all(|c| *c == '*'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::TrustPolicy;

    const PROVIDER: &str = "arn:aws:iam::123456789012:saml-provider/q-idp";
    const ACS: &str = "https://abcd.chat.qbusiness.us-east-1.on.aws/saml";

    fn ask(action: &str, context: &[(&str, &[&str])]) -> Request {
        Request {
            action: action.into(),
            federated: Some(PROVIDER.into()),
            context: context
                .iter()
                .map(|(k, v)| ((*k).to_owned(), v.iter().map(|s| (*s).to_owned()).collect()))
                .collect(),
            ..Request::default()
        }
    }

    #[test]
    fn our_trust_policy_admits_its_recipient_and_nothing_else() {
        let trust = TrustPolicy::saml(PROVIDER, &[ACS.to_owned()]);
        let decide = |r: &Request| evaluate(&trust.0, r).decision;
        let assume = "sts:AssumeRoleWithSAML";
        assert_eq!(decide(&ask(assume, &[("saml:aud", &[ACS])])), Decision::Allowed);
        let double = ACS.replace("/saml", "//saml");
        assert_eq!(
            decide(&ask(assume, &[("saml:aud", &[&double])])),
            Decision::Denied
        );
        assert_eq!(decide(&ask(assume, &[])), Decision::Denied);
        let mut other = ask(assume, &[("saml:aud", &[ACS])]);
        other.federated = Some(PROVIDER.replace("q-idp", "other"));
        assert_eq!(decide(&other), Decision::Denied);
        assert_eq!(
            decide(&ask(
                "sts:TagSession",
                &[("aws:requesttag/email", &["a@b.example"])]
            )),
            Decision::Allowed
        );
        assert_eq!(
            decide(&ask("sts:TagSession", &[("aws:requesttag/city", &["Bonn"])])),
            Decision::Denied
        );
        let mut unseen = ask(assume, &[]);
        unseen.unknown.push("saml:aud".into());
        assert_eq!(decide(&unseen), Decision::Unknown);
    }

    #[test]
    fn operators() {
        let check = |operator: &str, values: &[&str], sent: Option<&[&str]>, expected: Option<bool>| {
            let condition = Condition {
                operator: operator.into(),
                key: "k".into(),
                values: values.iter().map(|s| (*s).to_owned()).collect(),
            };
            let sent: Option<Vec<String>> = sent.map(|s| s.iter().map(|v| (*v).to_owned()).collect());
            assert_eq!(
                condition_holds(&condition, sent.as_deref()),
                expected,
                "{operator} {values:?} {sent:?}"
            );
        };
        check("StringLike", &["*@*"], Some(&["a@b"]), Some(true));
        check("StringLike", &["*"], Some(&[""]), Some(true));
        check("StringLike", &["*"], None, Some(false));
        check("ForAllValues:StringEquals", &["Email"], None, Some(true));
        check(
            "ForAllValues:StringEquals",
            &["Email"],
            Some(&["Email", "City"]),
            Some(false),
        );
        check(
            "ForAnyValue:StringEquals",
            &["Email"],
            Some(&["Email", "City"]),
            Some(true),
        );
        check("ForAnyValue:StringEquals", &["Email"], None, Some(false));
        check("StringEqualsIfExists", &["a"], None, Some(true));
        check("StringNotEquals", &["a"], None, Some(true));
        check("StringNotEquals", &["a"], Some(&["a"]), Some(false));
        check("Null", &["true"], None, Some(true));
        check("Null", &["false"], None, Some(false));
        check("DateLessThan", &["2026-01-01"], Some(&["x"]), None);
    }

    #[test]
    fn stars_do_not_explode() {
        assert!(!glob(&"*a".repeat(200), &"b".repeat(4000)));
        assert!(glob("a*b?d", "axxbcd"));
    }
}
