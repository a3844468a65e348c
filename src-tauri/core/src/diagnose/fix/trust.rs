//! Changes that let the trust policy admit what is sent, and changes to what is sent that it would admit.

use super::candidate::Maker;
use super::edit::{Edit, TrustEdit};
use super::{Evidence, Finding, RuleId, decision, is_plain, vouched};
use crate::claims;
use crate::oidc::TokenTags;
use crate::policy::evaluate::{Check, Evaluation, StatementProof};
use crate::policy::{Condition, Document, Statement, TrustPolicy};
use serde_json::json;
use std::collections::BTreeSet;

pub(super) fn candidates(make: &mut Maker<'_>, finding: &Finding) {
    match finding.id {
        RuleId::RecipientMismatch
        | RuleId::SignInRegion
        | RuleId::RecipientIsAcs
        | RuleId::AudPlaceholder => recipient(make),
        RuleId::TrustProvider => {
            let Some(provider) = make.e.expected.provider_arn.clone() else {
                either_provider(make);
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

/// Nobody says which provider is meant, the claim's or the trust policy's: either may follow the other.
fn either_provider(make: &mut Maker<'_>) {
    let e = make.e;
    let (Some(trust), Some(sent)) = (e.trust(), super::claims::sent_pair(e)) else {
        return;
    };
    let trusted: BTreeSet<&String> = trust
        .0
        .statements
        .iter()
        .filter(|s| s.allow)
        .flat_map(|s| &s.principals)
        .filter(|(kind, _)| kind == "Federated")
        .map(|(_, principal)| principal)
        .collect();
    for provider in &trusted {
        let to = format!("{},{provider}", sent.role);
        let from = format!("{},{}", sent.role, sent.provider);
        let edit = Edit::Attribute(claims::ROLE.into(), vec![to.clone()]);
        make.idp("Attribute Role", &from, &to, vec![edit]);
    }
    if vouched(e) && is_plain(&sent.provider) {
        let from: Vec<&str> = trusted.iter().map(|p| p.as_str()).collect();
        let edits = principals(e, &sent.provider);
        make.shared("Trust policy Principal", &from.join(", "), &sent.provider, edits);
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
                .find(|r| !is_placeholder(r) && is_plain(r))
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
    if admitted.contains(&wanted) || !may_be_admitted(e, &wanted) {
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
    let admits = |own: &[String]| -> Vec<String> {
        let keep = own.iter().filter(|a| !is_placeholder(a)).cloned();
        keep.chain([wanted.clone()]).collect()
    };
    let edits = conditions(&trust.0, "saml:aud")
        .map(|(i, j, own)| Edit::Trust(TrustEdit::Replace(i, j, admits(&own.values))))
        .collect();
    make.shared(
        "Trust policy SAML:aud",
        &admitted.join(", "),
        &admits(&admitted).join(", "),
        edits,
    );
}

/// Whether the role may take this Recipient as a fix: the web experience's own address, or one of AWS's sign-in
/// where verified bytes have it. Any other would let in what is meant for somebody else.
fn may_be_admitted(e: &Evidence, value: &str) -> bool {
    let endpoint = e.live.web_experience.as_ref().and_then(|w| w.endpoint.as_ref());
    let own = endpoint.map(|address| format!("{}/saml", address.trim_end_matches('/')));
    let ours = e.expected.recipient.as_deref() == Some(value) || own.as_deref() == Some(value);
    is_plain(value) && !is_placeholder(value) && (ours || (vouched(e) && is_aws_sign_in(value)))
}

/// An address at which AWS takes responses (IAM: configure a relying party trust).
fn is_aws_sign_in(value: &str) -> bool {
    let host = value
        .strip_prefix("https://")
        .and_then(|rest| rest.strip_suffix("signin.aws.amazon.com/saml"));
    let region = match host {
        Some("") => return true,
        Some(region) => region.strip_suffix('.'),
        None => None,
    };
    region.is_some_and(|r| {
        !r.is_empty()
            && r.bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    })
}

/// Where statements that allow want one of the values for this key, in lower case.
fn conditions<'a>(
    policy: &'a Document,
    key: &'a str,
) -> impl Iterator<Item = (usize, usize, &'a Condition)> + 'a {
    policy
        .statements
        .iter()
        .enumerate()
        .filter(|(_, s)| s.allow)
        .flat_map(move |(i, s)| {
            s.conditions
                .iter()
                .enumerate()
                .filter(move |(_, c)| c.key.eq_ignore_ascii_case(key) && wants(&c.operator, false))
                .map(move |(j, c)| (i, j, c))
        })
}

/// Whether this operator compares texts and holds where they are equal; with `not`, where they are not.
fn wants(operator: &str, not: bool) -> bool {
    let base = operator
        .rsplit(':')
        .next()
        .unwrap_or(operator)
        .to_ascii_lowercase();
    let base = base.strip_suffix("ifexists").unwrap_or(&base);
    let known: &[&str] = if not {
        &["stringnotequals", "stringnotequalsignorecase", "stringnotlike"]
    } else {
        &["stringequals", "stringequalsignorecase", "stringlike"]
    };
    known.contains(&base)
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
        "sts:AssumeRoleWithSAML" => {
            let sent = || e.assertion()?.recipient().map(str::to_owned);
            let recipient = e.expected.recipient.clone().or_else(sent);
            let Some(recipient) = recipient.filter(|r| may_be_admitted(e, r)) else {
                return;
            };
            vec![Condition {
                operator: "StringEquals".into(),
                key: "SAML:aud".into(),
                values: vec![recipient],
            }]
        }
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
            let to = [check.expected.clone(), check.found.clone()].concat().join(", ");
            let edit = Edit::Trust(TrustEdit::Widen(i, j, check.found.clone()));
            let place = format!("Trust policy {}", check.key);
            make.shared(&place, &check.expected.join(", "), &to, vec![edit]);
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

/// A set-up's plan puts its own condition on session tags back where another stands in its place. What was added
/// beside it stays.
fn restore(make: &mut Maker<'_>, trust: &TrustPolicy, i: usize, j: usize) {
    let (Some(own), Some(statement)) = (make.e.expected.tags.clone(), trust.0.statements.get(i)) else {
        return;
    };
    let tags = |c: &Condition| c.key.to_ascii_lowercase().starts_with("aws:requesttag/");
    let Some(found) = statement.conditions.get(j).filter(|c| tags(c)) else {
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
        make.idp("Recipient", &sent, &wanted, vec![Edit::Recipient(wanted.clone())]);
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
            if audience && wants(&condition.operator, false) && !condition.values.iter().any(|v| v == client)
            {
                edits.push(Edit::Trust(TrustEdit::Widen(i, j, vec![client.to_owned()])));
            }
        }
    }
    edits
}
