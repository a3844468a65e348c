//! What has to change in one policy document so that it means what another means: statement by
//! statement, action by action.

use super::{Document, Statement};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt;

/// What happens to a part of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyChange {
    /// It is missing.
    Adds,
    /// It is too much.
    TakesAway,
}

/// Which part of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyPart {
    /// A whole statement.
    Statement,
    /// A principal of a statement, with its kind.
    Principal,
    /// An action.
    Action,
    /// A resource.
    Resource,
    /// One value of a condition, with operator and key.
    Condition,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyDifference {
    /// The `Sid` of the statement, else what it grants.
    pub statement: String,
    /// Missing, or too much.
    pub change: PolicyChange,
    /// Of what.
    pub part: PolicyPart,
    /// The action, the resource, …; of a whole statement what it grants.
    pub value: String,
}

impl fmt::Display for PolicyDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match self.change {
            PolicyChange::Adds => "adds",
            PolicyChange::TakesAway => "takes away",
        };
        let part = match self.part {
            PolicyPart::Statement => "the statement",
            PolicyPart::Principal => "principal",
            PolicyPart::Action => "action",
            PolicyPart::Resource => "resource",
            PolicyPart::Condition => "condition",
        };
        match self.part {
            PolicyPart::Statement if self.statement == self.value => {
                write!(f, "{verb} {part} {}", self.value)
            }
            PolicyPart::Statement => write!(f, "{verb} {part} {}: {}", self.statement, self.value),
            _ => write!(f, "{}: {verb} {part} {}", self.statement, self.value),
        }
    }
}

/// What makes `from` mean the same as `to`; empty where it does already. Statements that differ are
/// compared with the one that is most like them, so that a new action reads as a new action.
pub fn difference(from: &Document, to: &Document) -> Vec<PolicyDifference> {
    let mut now = apart(from, to);
    let mut wanted = apart(to, from);
    let mut pairs = Vec::new();
    while let Some((i, j)) = most_alike(&now, &wanted) {
        pairs.push((now.remove(i), wanted.remove(j)));
    }
    let place = |s: &Statement| to.statements.iter().position(|t| t == s);
    pairs.sort_by_key(|(_, wanted)| place(wanted));
    let mut found = Vec::new();
    for (now, wanted) in pairs {
        compare(now, wanted, &mut found);
    }
    let whole = |change, s: &Statement| PolicyDifference {
        statement: name(s),
        change,
        part: PolicyPart::Statement,
        value: grants(s),
    };
    found.extend(wanted.into_iter().map(|s| whole(PolicyChange::Adds, s)));
    found.extend(now.into_iter().map(|s| whole(PolicyChange::TakesAway, s)));
    found
}

/// The statements of one document that the other has none like.
fn apart<'a>(of: &'a Document, other: &Document) -> Vec<&'a Statement> {
    let there: BTreeSet<String> = other.statements.iter().map(Statement::normal).collect();
    let mut seen = BTreeSet::new();
    of.statements
        .iter()
        .filter(|s| !there.contains(&s.normal()) && seen.insert(s.normal()))
        .collect()
}

/// The pair that has most in common; none where nothing is to be compared any more.
fn most_alike(now: &[&Statement], wanted: &[&Statement]) -> Option<(usize, usize)> {
    let mut best: Option<(usize, (usize, usize))> = None;
    for (i, a) in now.iter().enumerate() {
        for (j, b) in wanted.iter().enumerate() {
            let alike = likeness(a, b);
            if alike > best.map_or(0, |(alike, _)| alike) {
                best = Some((alike, (i, j)));
            }
        }
    }
    best.map(|(_, pair)| pair)
}

/// 0: they have nothing to do with one another. Conditions weigh more than actions: the same action
/// stands in several statements, each under a condition of its own.
fn likeness(a: &Statement, b: &Statement) -> usize {
    let kind = |s: &Statement| (s.allow, s.not_action, s.not_principal, s.not_resource);
    if kind(a) != kind(b) {
        return 0;
    }
    let shared = |a: BTreeSet<Item>, b: BTreeSet<Item>| a.intersection(&b).count();
    let keys = |s: &Statement| -> BTreeSet<Item> {
        let keys = s.conditions.iter().map(|c| c.key.to_ascii_lowercase());
        keys.map(|k| Item {
            as_is: k.clone(),
            normal: k,
        })
        .collect()
    };
    let actions = shared(actions(a), actions(b));
    let same_name = a.sid.is_some() && a.sid == b.sid;
    if actions == 0 && !same_name {
        return 0;
    }
    2 * actions
        + 3 * usize::from(same_name)
        + 3 * shared(keys(a), keys(b))
        + usize::from(a.conditions.is_empty() && b.conditions.is_empty())
        + shared(resources(a), resources(b))
}

/// A value as it is written, and as it is compared.
#[derive(Clone)]
struct Item {
    as_is: String,
    normal: String,
}

impl PartialEq for Item {
    fn eq(&self, other: &Self) -> bool {
        self.normal == other.normal
    }
}

impl Eq for Item {}

impl PartialOrd for Item {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Item {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.normal.cmp(&other.normal)
    }
}

/// The values of one part of a statement.
type Items = fn(&Statement) -> BTreeSet<Item>;

fn exact(text: String) -> Item {
    Item {
        normal: text.clone(),
        as_is: text,
    }
}

fn actions(s: &Statement) -> BTreeSet<Item> {
    let item = |a: &String| Item {
        as_is: a.clone(),
        normal: a.to_ascii_lowercase(),
    };
    s.actions.iter().map(item).collect()
}

fn resources(s: &Statement) -> BTreeSet<Item> {
    s.resources.iter().cloned().map(exact).collect()
}

fn principals(s: &Statement) -> BTreeSet<Item> {
    let text = |(kind, value): &(String, String)| {
        if kind == "*" {
            value.clone()
        } else {
            format!("{kind} {value}")
        }
    };
    s.principals.iter().map(text).map(exact).collect()
}

fn conditions(s: &Statement) -> BTreeSet<Item> {
    let texts = s.conditions.iter().flat_map(|c| {
        c.values.iter().map(|v| Item {
            as_is: format!("{} {} = {v}", c.operator, c.key),
            normal: format!(
                "{} {} = {v}",
                c.operator.to_ascii_lowercase(),
                c.key.to_ascii_lowercase()
            ),
        })
    });
    texts.collect()
}

fn compare(now: &Statement, wanted: &Statement, found: &mut Vec<PolicyDifference>) {
    let parts = [
        (PolicyPart::Principal, principals as Items),
        (PolicyPart::Action, actions),
        (PolicyPart::Resource, resources),
        (PolicyPart::Condition, conditions),
    ];
    for (part, items) in parts {
        let (had, has) = (items(now), items(wanted));
        let said = |change, item: &Item| PolicyDifference {
            statement: name(wanted),
            change,
            part,
            value: item.as_is.clone(),
        };
        found.extend(has.difference(&had).map(|i| said(PolicyChange::Adds, i)));
        found.extend(had.difference(&has).map(|i| said(PolicyChange::TakesAway, i)));
    }
}

fn name(s: &Statement) -> String {
    s.sid
        .clone()
        .filter(|sid| !sid.is_empty())
        .unwrap_or_else(|| grants(s))
}

/// A whole statement in one line.
fn grants(s: &Statement) -> String {
    let not = |on: bool| if on { "all but " } else { "" };
    let mut text = format!(
        "{} {}{}",
        if s.allow { "allows" } else { "denies" },
        not(s.not_action),
        s.actions.join(", ")
    );
    if !s.resources.is_empty() {
        text.push_str(&format!(" on {}{}", not(s.not_resource), s.resources.join(", ")));
    }
    let who: Vec<String> = principals(s).into_iter().map(|p| p.as_is).collect();
    if !who.is_empty() {
        text.push_str(&format!(" to {}{}", not(s.not_principal), who.join(", ")));
    }
    let when: Vec<String> = conditions(s).into_iter().map(|c| c.as_is).collect();
    if !when.is_empty() {
        text.push_str(&format!(" where {}", when.join(", ")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value as Json, json};

    fn statement(sid: &str, actions: &[&str], resource: &str, conditions: Json) -> Json {
        json!({"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource, "Condition": conditions})
    }

    fn check(from: &[Json], to: &[Json], expected: &[&str]) {
        let document = |s: &[Json]| Document::from_json(&json!({"Statement": s})).unwrap();
        let (from, to) = (document(from), document(to));
        let said: Vec<String> = difference(&from, &to).iter().map(ToString::to_string).collect();
        assert_eq!(said, expected);
        assert_eq!(said.is_empty(), from.same_meaning(&to));
    }

    #[test]
    fn every_part_is_named() {
        let plain = statement("A", &["s3:Get", "s3:Put"], "r", json!({}));
        let one = std::slice::from_ref(&plain);
        check(&[], &[], &[]);
        check(one, one, &[]);
        // Order, name and the case of an action are without meaning.
        check(&[statement("B", &["S3:put", "s3:Get"], "r", json!({}))], one, &[]);
        check(
            &[statement("A", &["s3:Get", "s3:List"], "q", json!({}))],
            one,
            &[
                "A: adds action s3:Put",
                "A: takes away action s3:List",
                "A: adds resource r",
                "A: takes away resource q",
            ],
        );
        check(
            one,
            &[statement(
                "A",
                &["s3:Get", "s3:Put"],
                "r",
                json!({"Bool": {"k": "true"}}),
            )],
            &["A: adds condition Bool k = true"],
        );
        check(
            &[json!({"Effect": "Allow", "Principal": {"Federated": ["p", "q"]}, "Action": "sts:TagSession"})],
            &[json!({"Effect": "Allow", "Principal": {"Federated": "p"}, "Action": "sts:TagSession"})],
            &["allows sts:TagSession to Federated p: takes away principal Federated q"],
        );
        check(&[], one, &["adds the statement A: allows s3:Get, s3:Put on r"]);
        check(
            &[
                plain.clone(),
                json!({"Effect": "Allow", "Action": "sts:*", "Resource": "*"}),
            ],
            one,
            &["takes away the statement allows sts:* on *"],
        );
    }

    #[test]
    fn one_value_of_a_list_is_one_difference() {
        let aud = |values: Json| {
            json!({"Effect": "Allow", "Principal": {"Federated": "p"}, "Sid": "S",
            "Action": "sts:AssumeRoleWithSAML", "Condition": {"StringEquals": {"SAML:aud": values}}})
        };
        check(&[aud(json!(["a", "b"]))], &[aud(json!(["b", "a"]))], &[]);
        check(
            &[aud(json!(["a", "https://sampleurl.com"]))],
            &[aud(json!(["a", "b"]))],
            &[
                "S: adds condition StringEquals SAML:aud = b",
                "S: takes away condition StringEquals SAML:aud = https://sampleurl.com",
            ],
        );
    }

    /// The same action under two conditions: each statement is compared with its own like.
    #[test]
    fn a_condition_tells_statements_apart() {
        let owner = json!({"StringEquals": {"q:Owner": "true"}});
        let public = json!({"StringEquals": {"q:Public": "true"}});
        check(
            &[
                statement("One", &["q:Get", "q:Copy"], "r", public.clone()),
                statement("Two", &["q:Get", "q:Copy"], "r", owner.clone()),
            ],
            &[
                statement("Owner", &["q:Get", "q:Copy", "q:Delete"], "r", owner),
                statement("Public", &["q:Get", "q:Copy"], "r", public),
            ],
            &["Owner: adds action q:Delete"],
        );
    }

    #[test]
    fn what_denies_is_not_compared_with_what_allows() {
        let deny = json!({"Sid": "A", "Effect": "Deny", "Action": "s3:Get", "Resource": "r"});
        let allow = json!({"Sid": "A", "Effect": "Allow", "Action": "s3:Get", "Resource": "r"});
        check(
            &[deny],
            &[allow],
            &[
                "adds the statement A: allows s3:Get on r",
                "takes away the statement A: denies s3:Get on r",
            ],
        );
    }
}
