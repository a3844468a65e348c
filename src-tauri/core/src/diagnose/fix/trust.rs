//! Changes that let the trust policy admit what is sent, and changes to what is sent that it would admit.

use super::candidate::Maker;
use super::edit::{Edit, TrustEdit};
use super::{Evidence, Finding, RuleId, is_plain, is_vouched};
use crate::claims;
use crate::diagnose::rules::is_placeholder;
use crate::policy::{Condition, Document, Statement};
use audience::beside;
use principal::principal;
use std::collections::BTreeSet;

mod audience;
mod principal;
mod proof;

pub(super) use audience::audiences;
pub(super) use principal::principals;
pub(super) use proof::of_proof;

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
            principal(make, &provider);
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
    if is_vouched(e) && is_plain(&sent.provider) {
        principal(make, &sent.provider);
    }
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
    if let Some(wanted) = wanted {
        send_to(make, &sent, &wanted);
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
    let ours: Vec<(usize, usize, &Condition)> =
        conditions(&trust.0, "saml:aud", e.expected.provider_arn.as_deref()).collect();
    let Some((.., first)) = ours.first() else {
        return;
    };
    let new = std::slice::from_ref(&wanted);
    let (to, note) = beside(e, &first.values, new);
    let edits = ours
        .iter()
        .map(|(i, j, own)| Edit::Trust(TrustEdit::Replace(*i, *j, beside(e, &own.values, new).0)))
        .collect();
    make.shared_with(
        "Trust policy SAML:aud",
        (&first.values.join(", "), &to.join(", ")),
        &note,
        edits,
    );
}

/// The provider sends to this address: one of AWS's, or the set-up's. Where it sends already what the set-up wants,
/// nothing changes there.
fn send_to(make: &mut Maker<'_>, sent: &str, wanted: &str) {
    let ours = make.e.expected.recipient.as_deref();
    let is_known = ours == Some(wanted) || is_of_aws(wanted);
    if wanted != sent && ours != Some(sent) && is_known {
        make.idp(
            "Recipient",
            sent,
            wanted,
            vec![Edit::Recipient(wanted.to_owned())],
        );
    }
}

/// An address at which AWS or a web experience takes responses.
fn is_of_aws(value: &str) -> bool {
    let rest = value.strip_prefix("https://");
    is_aws_sign_in(value) || rest.is_some_and(|r| r.split('/').next().is_some_and(|h| h.ends_with(".on.aws")))
}

/// Whether the role may take this Recipient as a fix: the web experience's own address, or one of AWS's sign-in
/// where verified bytes have it. Any other would let in what is meant for somebody else.
fn may_be_admitted(e: &Evidence, value: &str) -> bool {
    let endpoint = e.live.web_experience.as_ref().and_then(|w| w.endpoint.as_ref());
    let own = endpoint.map(|address| format!("{}/saml", address.trim_end_matches('/')));
    let ours = e.expected.recipient.as_deref() == Some(value) || own.as_deref() == Some(value);
    is_plain(value) && !is_placeholder(value) && (ours || (is_vouched(e) && is_aws_sign_in(value)))
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

/// Where statements that allow, and name this provider where one is known, want one of the values for this key.
fn conditions<'a>(
    policy: &'a Document,
    key: &'a str,
    provider: Option<&'a str>,
) -> impl Iterator<Item = (usize, usize, &'a Condition)> + 'a {
    policy
        .statements
        .iter()
        .enumerate()
        .filter(move |(_, s)| {
            s.allow && provider.is_none_or(|p| s.principals.iter().any(|(_, named)| named == p))
        })
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

/// That these stay, as a sentence begins.
pub(super) fn stay<S: AsRef<str>>(names: &[S]) -> String {
    let named: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    format!(
        "{} {}",
        named.join(", "),
        if names.len() == 1 { "stays" } else { "stay" }
    )
}
