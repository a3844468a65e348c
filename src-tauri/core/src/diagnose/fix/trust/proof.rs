//! What the evaluator's proof says stands in the way, one comparison after the other.

use super::audience::beside;
use super::principal::principal;
use super::{add, may_be_admitted, send_to, wants};
use crate::claims;
use crate::diagnose::fix::candidate::Maker;
use crate::diagnose::fix::edit::{Edit, TrustEdit};
use crate::diagnose::fix::{decision, is_plain};
use crate::diagnose::rules::is_placeholder;
use crate::diagnose::{Evidence, Finding, RuleId};
use crate::oidc::TokenTags;
use crate::policy::evaluate::{Check, Evaluation, StatementProof};
use crate::policy::{Condition, Document, TrustPolicy};
use serde_json::json;

/// What the evaluator says stands in the way, one comparison after the other.
pub(in crate::diagnose::fix) fn of_proof(make: &mut Maker<'_>, findings: &[Finding]) {
    let e = make.e;
    let (Some(trust), Some(answer)) = (e.trust(), decision(e)) else {
        return;
    };
    for action in asked(&answer) {
        make.rule = rule_of(&action, e, findings);
        if !answer.names(&action) {
            add(make, &action);
        }
    }
    for (statement, check) in answer.failing() {
        make.rule = rule_of(&statement.action, e, findings);
        let Some(i) = number(&trust.0, statement) else {
            continue;
        };
        if check.key.ends_with("Principal") {
            if let Some(provider) = e.expected.provider_arn.clone() {
                principal(make, &provider);
            }
        } else if let Some(j) = condition_number(trust, i, check) {
            condition(make, check, i, j);
            restore(make, trust, i, j);
        }
    }
    // What denies stays: it can only be sent what it does not deny.
    for statement in answer.denying() {
        make.rule = rule_of(&statement.action, e, findings);
        for check in statement.checks.iter().filter(|c| wants(&c.operator, true)) {
            send(make, check);
        }
    }
}

fn asked(answer: &Evaluation) -> Vec<String> {
    let mut asked: Vec<String> = answer.statements.iter().map(|s| s.action.clone()).collect();
    asked.dedup();
    asked
}

/// The finding that a refusal of this action belongs to: the first blocking one of those that speak of it.
fn rule_of(action: &str, e: &Evidence, findings: &[Finding]) -> RuleId {
    let mine: &[RuleId] = match (action, e.token.is_some()) {
        ("sts:TagSession", true) => &[RuleId::TokenTagSession],
        ("sts:TagSession", false) => &[RuleId::TagSessionMissing, RuleId::TagSessionDenied],
        ("sts:SetSourceIdentity", _) => &[RuleId::SourceIdentity],
        (_, true) => &[RuleId::TokenTrust],
        (_, false) => &[
            RuleId::TrustProvider,
            RuleId::AudPlaceholder,
            RuleId::SignInRegion,
            RuleId::RecipientIsAcs,
            RuleId::RecipientMismatch,
        ],
    };
    findings
        .iter()
        .map(|f| f.id)
        .find(|id| mine.contains(id))
        .or(mine.last().copied())
        .unwrap_or(RuleId::Unexplained)
}

fn number(policy: &Document, proof: &StatementProof) -> Option<usize> {
    policy.statements.iter().enumerate().position(|(i, s)| {
        s.allow == proof.allow
            && match &s.sid {
                Some(sid) => *sid == proof.name,
                None => (i + 1).to_string() == proof.name,
            }
    })
}

fn condition_number(trust: &TrustPolicy, i: usize, check: &Check) -> Option<usize> {
    trust
        .0
        .statements
        .get(i)?
        .conditions
        .iter()
        .position(|c| c.key == check.key && c.operator == check.operator && c.values == check.expected)
}

/// A condition that does not hold. One that says who may come in is never loosened: only the address to which the
/// response goes, and the client of a token, follow the set-up.
fn condition(make: &mut Maker<'_>, check: &Check, i: usize, j: usize) {
    let e = make.e;
    let key = check.key.to_ascii_lowercase();
    if wants(&check.operator, false) {
        let client = e.token.as_ref().and_then(|t| t.client_id.as_ref());
        let follows = |value: &String| match &e.token {
            None => key == "saml:aud" && may_be_admitted(e, value),
            Some(_) => {
                key.ends_with(":aud") && client.is_some_and(|c| c.as_str() == value) && is_plain(value)
            }
        };
        if !check.found.is_empty() && check.found.iter().all(follows) {
            let (to, note) = beside(e, &check.expected, &check.found);
            let edit = Edit::Trust(TrustEdit::Replace(i, j, to.clone()));
            let place = format!("Trust policy {}", check.key);
            make.shared_with(
                &place,
                (&check.expected.join(", "), &to.join(", ")),
                &note,
                vec![edit],
            );
        }
        send(make, check);
    }
    if key == "sts:transitivetagkeys" {
        let edit = Edit::Attribute(claims::TRANSITIVE.into(), Vec::new());
        make.idp(
            "Attribute TransitiveTagKeys",
            &check.found.join(", "),
            "",
            vec![edit],
        );
    } else if key == "aws:tagkeys" && e.token.is_none() {
        fewer_tags(make, check);
    }
}

/// A set-up's plan puts its own condition on session tags back where one on another tag stands in its place that
/// takes any value. One that compares values says who may come in, and stays.
fn restore(make: &mut Maker<'_>, trust: &TrustPolicy, i: usize, j: usize) {
    let (Some(own), Some(statement)) = (make.e.expected.tags.clone(), trust.0.statements.get(i)) else {
        return;
    };
    let any = |c: &Condition| {
        c.key.to_ascii_lowercase().starts_with("aws:requesttag/")
            && c.operator == own.operator
            && c.values == ["*"]
    };
    let Some(found) = statement.conditions.get(j).filter(|c| any(c)) else {
        return;
    };
    if statement.actions == ["sts:TagSession"] && !statement.conditions.contains(&own) {
        let said = |c: &Condition| format!("{} {} {}", c.key, c.operator, c.values.join(", "));
        let (from, to) = (said(found), said(&own));
        let edit = Edit::Trust(TrustEdit::Restore(i, j, own));
        make.shared("Trust policy sts:TagSession", &from, &to, vec![edit]);
    }
}

/// Tags that the condition does not name are not sent.
fn fewer_tags(make: &mut Maker<'_>, check: &Check) {
    let named = |key: &String| check.expected.iter().any(|e| e.eq_ignore_ascii_case(key));
    let others: Vec<String> = check.found.iter().filter(|key| !named(key)).cloned().collect();
    let edits = others
        .iter()
        .map(|key| Edit::Attribute(format!("{}{key}", claims::TAG), Vec::new()))
        .collect();
    if !others.is_empty() {
        make.idp("Attributes PrincipalTag", &others.join(", "), "", edits);
    }
}

/// What a condition names, sent as it wants it. Who the person is (subject, address, name of the session) is not
/// changed to please a condition: everybody would become the one whom it names.
fn send(make: &mut Maker<'_>, check: &Check) {
    let e = make.e;
    let key = check.key.to_ascii_lowercase();
    let sent = check.found.join(", ");
    let mut plain = check.expected.iter().filter(|v| is_plain(v));
    let wanted = match check.expected.as_slice() {
        [one] if is_plain(one) => one.clone(),
        // Of several addresses any will do, and the set-up's is the one that is meant.
        _ if key == "saml:aud" => {
            let ours = e.expected.recipient.as_ref();
            let ours = ours.filter(|r| check.expected.contains(r));
            match ours.or_else(|| plain.find(|v| !is_placeholder(v))) {
                Some(wanted) => wanted.clone(),
                None => return,
            }
        }
        _ => return,
    };
    if e.token.is_none() && key == "saml:aud" {
        send_to(make, &sent, &wanted);
    } else if e.token.is_none() && key == "saml:iss" {
        make.idp(
            "Assertion Issuer",
            &sent,
            &wanted,
            vec![Edit::Issuer(wanted.clone())],
        );
    } else if let Some(tag) = check
        .key
        .get(15..)
        .filter(|tag| key.starts_with("aws:requesttag/") && !tag.eq_ignore_ascii_case("email"))
    {
        let edit = match &e.token {
            None => Edit::Attribute(format!("{}{tag}", claims::TAG), vec![wanted.clone()]),
            Some(token) => {
                let mut tags = token.claims().map(TokenTags::of).unwrap_or_default().tags;
                tags.retain(|t| !t.key.eq_ignore_ascii_case(tag));
                let mut all: serde_json::Map<String, serde_json::Value> =
                    tags.into_iter().map(|t| (t.key, json!(t.values))).collect();
                all.insert(tag.to_owned(), json!([wanted]));
                Edit::Claim(
                    crate::oidc::tags::TAGS.into(),
                    Some(json!({"principal_tags": all})),
                )
            }
        };
        // Another value is this person's own; none at all is a claim that the application does not send.
        let place = format!("Tag {tag}");
        if sent.is_empty() {
            make.idp(&place, &sent, &wanted, vec![edit]);
        } else {
            make.person(&place, &sent, &wanted, vec![edit]);
        }
    } else if e.token.is_some() && key.ends_with(":aud") {
        make.idp(
            "Client id",
            &sent,
            &wanted,
            crate::diagnose::fix::token::audience(e, &wanted),
        );
    }
}
