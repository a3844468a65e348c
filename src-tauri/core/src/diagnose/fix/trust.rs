//! Changes that let the trust policy admit what is sent, and changes to what is sent that it would admit.

use super::candidate::Maker;
use super::edit::{Edit, TrustEdit};
use super::{Evidence, Finding, RuleId, decision};
use crate::claims;
use crate::oidc::TokenTags;
use crate::policy::evaluate::{Check, Evaluation, StatementProof};
use crate::policy::{Condition, Document, Statement, TrustPolicy};
use serde_json::json;

pub(super) fn candidates(make: &mut Maker<'_>, finding: &Finding) {
    match finding.id {
        RuleId::RecipientMismatch
        | RuleId::SignInRegion
        | RuleId::RecipientIsAcs
        | RuleId::AudPlaceholder => recipient(make),
        RuleId::TrustProvider => {
            let Some(provider) = make.e.expected.provider_arn.clone() else {
                return;
            };
            let edits = principals(make.e, &provider);
            make.shared("Trust policy Principal", &finding.found, &provider, edits);
        }
        RuleId::TagSessionMissing => add(make, "sts:TagSession"),
        RuleId::SourceIdentity => add(make, "sts:SetSourceIdentity"),
        _ => {}
    }
}

/// A value that stands for a real address until there is one.
fn is_placeholder(value: &str) -> bool {
    let host = value.split("://").last().unwrap_or_default();
    let host = host.split('/').next().unwrap_or_default();
    !value.contains("://")
        || ["sampleurl.com", "example.com", "www.example.com", "example.org"].contains(&host)
}

fn recipient(make: &mut Maker<'_>) {
    let e = make.e;
    let admitted = e.admitted_recipients();
    let sent = e
        .assertion()
        .and_then(|a| a.recipient())
        .unwrap_or_default()
        .to_owned();
    let wanted = e
        .expected
        .recipient
        .clone()
        .filter(|r| admitted.contains(r))
        .or_else(|| {
            admitted
                .iter()
                .find(|r| !is_placeholder(r) && !r.contains('*'))
                .cloned()
        });
    if let Some(wanted) = wanted
        && wanted != sent
    {
        let edit = Edit::Recipient(wanted.clone());
        make.idp("Recipient", &sent, &wanted, vec![edit]);
    }
    // What the set-up wants, or what is sent.
    let wanted = e
        .expected
        .recipient
        .clone()
        .filter(|_| is_placeholder(&sent) || sent.is_empty());
    let wanted = wanted.unwrap_or(sent);
    if wanted.is_empty() || is_placeholder(&wanted) || admitted.contains(&wanted) {
        return;
    }
    let Some(trust) = e.trust() else {
        let from = e.expected.recipient.clone().unwrap_or_default();
        make.shared(
            "Trust policy SAML:aud",
            &from,
            &wanted,
            vec![Edit::AdmittedRecipient(wanted.clone())],
        );
        return;
    };
    let keep: Vec<String> = admitted.iter().filter(|a| !is_placeholder(a)).cloned().collect();
    let values: Vec<String> = keep.into_iter().chain([wanted]).collect();
    let edits = conditions(&trust.0, "saml:aud")
        .map(|(i, j)| Edit::Trust(TrustEdit::Replace(i, j, values.clone())))
        .collect();
    make.shared(
        "Trust policy SAML:aud",
        &admitted.join(", "),
        &values.join(", "),
        edits,
    );
}

/// Where statements that allow compare this key, in lower case.
fn conditions<'a>(policy: &'a Document, key: &'a str) -> impl Iterator<Item = (usize, usize)> + 'a {
    policy
        .statements
        .iter()
        .enumerate()
        .filter(|(_, s)| s.allow)
        .flat_map(move |(i, s)| {
            s.conditions
                .iter()
                .enumerate()
                .filter(move |(_, c)| c.key.eq_ignore_ascii_case(key))
                .map(move |(j, _)| (i, j))
        })
}

/// Every statement of a federated caller that allows trusts this provider.
pub(super) fn principals(e: &Evidence, provider: &str) -> Vec<Edit> {
    let statements = e.trust().map(|t| t.0.statements.as_slice()).unwrap_or_default();
    statements
        .iter()
        .enumerate()
        .filter(|(_, s)| s.allow && s.principals.iter().any(|(kind, _)| kind == "Federated"))
        .map(|(i, _)| Edit::Trust(TrustEdit::Principal(i, provider.to_owned())))
        .collect()
}

/// A statement of AWS's own policy for this action.
fn add(make: &mut Maker<'_>, action: &str) {
    let e = make.e;
    let Some(provider) = e.expected.provider_arn.clone() else {
        return;
    };
    let conditions = match action {
        "sts:TagSession" => vec![Condition {
            operator: "StringLike".into(),
            key: "aws:RequestTag/Email".into(),
            values: vec!["*".into()],
        }],
        "sts:AssumeRoleWithSAML" => vec![Condition {
            operator: "StringEquals".into(),
            key: "SAML:aud".into(),
            values: e
                .expected
                .recipient
                .clone()
                .or_else(|| e.assertion()?.recipient().map(str::to_owned))
                .into_iter()
                .collect(),
        }],
        "sts:AssumeRoleWithWebIdentity" => {
            let token = e.token.as_ref();
            let issuer = token.and_then(|t| t.issuer.as_ref());
            let client = token.and_then(|t| t.client_id.as_ref());
            let (Some(issuer), Some(client)) = (issuer, client) else {
                return;
            };
            vec![Condition {
                operator: "StringEquals".into(),
                key: format!("{}:aud", issuer.without_scheme()),
                values: vec![client.as_str().to_owned()],
            }]
        }
        _ => Vec::new(),
    };
    let statement = Statement {
        allow: true,
        principals: vec![("Federated".into(), provider)],
        actions: vec![action.to_owned()],
        conditions,
        ..Statement::default()
    };
    make.shared(
        "Trust policy Action",
        "",
        action,
        vec![Edit::Trust(TrustEdit::Add(statement))],
    );
}

/// What the evaluator says stands in the way, one comparison after the other.
pub(super) fn of_proof(make: &mut Maker<'_>, findings: &[Finding]) {
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
                let edit = Edit::Trust(TrustEdit::Principal(i, provider.clone()));
                make.shared(
                    "Trust policy Principal",
                    &check.expected.join(", "),
                    &provider,
                    vec![edit],
                );
            }
        } else if let Some(j) = condition_number(trust, i, check) {
            condition(make, check, i, j);
        }
    }
    for statement in answer.denying() {
        make.rule = rule_of(&statement.action, e, findings);
        if let Some(i) = number(&trust.0, statement) {
            let edit = Edit::Trust(TrustEdit::Drop(i));
            make.shared(
                "Trust policy statement",
                &format!("Deny {}", statement.name),
                "",
                vec![edit],
            );
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

fn condition(make: &mut Maker<'_>, check: &Check, i: usize, j: usize) {
    let place = format!("Trust policy {}", check.key);
    let (from, found) = (check.expected.join(", "), check.found.clone());
    if found.is_empty() {
        make.shared(&place, &from, "", vec![Edit::Trust(TrustEdit::Relax(i, j))]);
    } else {
        let to = [check.expected.clone(), found.clone()].concat().join(", ");
        let edit = Edit::Trust(TrustEdit::Widen(i, j, found));
        make.shared(&place, &from, &to, vec![edit]);
    }
    let e = make.e;
    let key = check.key.to_ascii_lowercase();
    let wanted = check
        .expected
        .iter()
        .find(|v| !v.contains(['*', '?', '$']))
        .cloned();
    if key == "sts:transitivetagkeys" {
        let edit = Edit::Attribute(claims::TRANSITIVE.into(), Vec::new());
        make.idp(
            "Attribute TransitiveTagKeys",
            &check.found.join(", "),
            "",
            vec![edit],
        );
        return;
    }
    let Some(wanted) = wanted else { return };
    let sent = check.found.join(", ");
    if key == "saml:aud" {
        make.idp("Recipient", &sent, &wanted, vec![Edit::Recipient(wanted.clone())]);
    } else if let Some(tag) = check.key.get(15..).filter(|_| key.starts_with("aws:requesttag/")) {
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
        make.idp(&format!("Tag {tag}"), &sent, &wanted, vec![edit]);
    } else if e.token.is_some() && key.ends_with(":aud") {
        make.idp("Client id", &sent, &wanted, super::token::audience(e, &wanted));
    }
}

/// Every condition on the audience of a token takes this client, too.
pub(super) fn audiences(e: &Evidence, client: &str) -> Vec<Edit> {
    let statements = e.trust().map(|t| t.0.statements.as_slice()).unwrap_or_default();
    let mut edits = Vec::new();
    for (i, statement) in statements.iter().enumerate().filter(|(_, s)| s.allow) {
        for (j, condition) in statement.conditions.iter().enumerate() {
            let audience = condition.key.to_ascii_lowercase().ends_with(":aud");
            if audience && !condition.values.iter().any(|v| v == client) {
                edits.push(Edit::Trust(TrustEdit::Widen(i, j, vec![client.to_owned()])));
            }
        }
    }
    edits
}
