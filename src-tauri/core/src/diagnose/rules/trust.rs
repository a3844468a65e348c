//! Rules about the role's trust policy, and the Recipient and tags that it admits.

use super::claimed::{provider, source};
use super::token::with;
use super::{Evidence, Found, Owner, RECIPIENT, Severity, Sts, listed, none, one};
use crate::claims::{self, distance};
use crate::diagnose::{assume_request, trust_decision};
use crate::policy::evaluate::{Decision, Request, StatementProof, evaluate};
use crate::saml::response::Assertion;

/// Whom the role trusts to say who somebody is.
pub(super) fn trusted(e: &Evidence) -> Vec<String> {
    let statements = e.trust().map(|t| t.0.statements.as_slice()).unwrap_or_default();
    let allowing = statements.iter().filter(|s| s.allow && !s.not_principal);
    let mut all: Vec<String> = allowing
        .flat_map(|s| &s.principals)
        .filter(|(kind, _)| kind == "Federated" || kind == "*")
        .map(|(_, v)| v.clone())
        .collect();
    all.sort();
    all.dedup();
    all
}

/// The role is for the other way of signing in: for a token where this is a response, or the reverse.
pub(super) fn is_for_other_protocol(e: &Evidence) -> bool {
    let has_token = e.token.as_ref().is_some_and(|t| t.view.is_some());
    let (ours, other) = match (has_token, e.view.is_some()) {
        (true, false) => (":oidc-provider/", ":saml-provider/"),
        (false, true) => (":saml-provider/", ":oidc-provider/"),
        _ => return false,
    };
    let all = trusted(e);
    !all.is_empty() && all.iter().all(|p| p.contains(other) && !p.contains(ours))
}

pub(super) fn trust_provider(e: &Evidence) -> Vec<Found> {
    let (Some(trust), Some(provider)) = (e.trust(), &provider(e)) else {
        return none();
    };
    let federated: Vec<&str> = trust
        .0
        .statements
        .iter()
        .filter(|s| s.allow)
        .flat_map(|s| &s.principals)
        .filter(|(kind, _)| kind == "Federated" || kind == "*")
        .map(|(_, v)| v.as_str())
        .collect();
    if federated.iter().any(|p| *p == provider || *p == "*") {
        return none();
    }
    let found = match nearest(provider, &federated) {
        // What stands there almost is what was meant: the letter that differs can be shown.
        Some(near) => (*near).to_owned(),
        None => federated.join(", "),
    };
    if !is_for_other_protocol(e) {
        return one("Trust policy Principal", provider, found);
    }
    if e.view.is_none() {
        // What a role says to a token has a rule of its own.
        return none();
    }
    with(
        one("Trust policy Principal", provider, listed(&trusted(e), ", ")),
        Owner::Aws,
        "People sign in with a response of SAML, and this role is for OpenID Connect: it trusts {{found}}. Take the role of the web experience that the response is for; or let its trust policy name the provider {{expected}} and allow sts:AssumeRoleWithSAML[[: plan and apply this set-up]].",
    )
}

/// A value that stands for a real address until there is one, in AWS's own walk-throughs.
pub(in crate::diagnose) fn is_placeholder(value: &str) -> bool {
    let host = value.split("://").last().unwrap_or_default();
    let host = host.split('/').next().unwrap_or_default();
    let is = |known: &&str| host.eq_ignore_ascii_case(known);
    !(value.contains("://") || value.contains('*'))
        || ["sampleurl.com", "example.com", "www.example.com", "example.org"]
            .iter()
            .any(is)
}

pub(super) fn is_sign_in(value: &str) -> bool {
    let host = value.strip_prefix("https://").unwrap_or_default();
    host.split('/')
        .next()
        .is_some_and(|h| h == "signin.aws.amazon.com" || h.ends_with(".signin.aws.amazon.com"))
}

/// The one of several that is meant most likely: the set-up's, else the one that differs least.
fn nearest<S: AsRef<str> + Clone>(sent: &str, among: &[S]) -> Option<S> {
    const FAR: usize = 12;
    among
        .iter()
        .map(|a| (distance(a.as_ref(), sent, FAR), a))
        .filter(|(d, _)| *d <= FAR)
        .min_by_key(|(d, _)| *d)
        .map(|(_, a)| a.clone())
}

/// What the Recipient has to be: of several that the role admits, the set-up's or the nearest.
fn wanted(e: &Evidence, sent: &str, admitted: &[String]) -> String {
    match &e.expected.recipient {
        Some(ours) if admitted.contains(ours) => ours.clone(),
        _ => nearest(sent, admitted).unwrap_or_else(|| listed(admitted, " or ")),
    }
}

/// The Recipient that was sent, where it is not among those that the role admits.
pub(super) fn refused_recipient(e: &Evidence) -> Option<(String, Vec<String>)> {
    let assertion = e.assertion()?;
    let sent = assertion.recipient().unwrap_or_default().to_owned();
    let admitted = match (e.trust(), provider(e)) {
        // The policy decides, by its own operators; equality of texts does not.
        (Some(trust), Some(provider)) => {
            let asked = assume_request(assertion, &provider, "sts:AssumeRoleWithSAML");
            let answer = evaluate(&trust.0, &asked);
            if answer.decision != Decision::Denied {
                return None;
            }
            let admits = |s: &StatementProof| {
                let principal = s.checks.iter().find(|c| c.key.ends_with("Principal"));
                principal.is_none_or(|c| c.holds != Some(false))
            };
            let is_own = answer.statements.iter().any(|s| s.allow && admits(s));
            answer
                .failing()
                .filter(|(s, _)| !is_own || admits(s))
                .map(|(_, check)| check)
                .filter(|c| c.key.eq_ignore_ascii_case("SAML:aud") && !c.operator.contains("Not"))
                .flat_map(|c| c.expected.clone())
                .collect()
        }
        _ => e.admitted_recipients(),
    };
    (!admitted.is_empty() && !admitted.contains(&sent)).then_some((sent, admitted))
}

pub(super) fn aud_placeholder(e: &Evidence) -> Vec<Found> {
    let admitted = e.admitted_recipients();
    if e.trust().is_none() || admitted.is_empty() || !admitted.iter().all(|a| is_placeholder(a)) {
        return none();
    }
    if e.assertion().is_some() && refused_recipient(e).is_none() {
        return none();
    }
    let sent = e.assertion().and_then(Assertion::recipient).map(str::to_owned);
    let expected = e.expected.recipient.clone().or(sent).unwrap_or_default();
    let is_unknown = expected.is_empty();
    let mut found = one("Trust policy SAML:aud", expected, admitted.join(", "));
    for f in found.iter_mut().filter(|_| is_unknown) {
        f.remedy = Some(
            "Set SAML:aud in the role's trust policy to the Recipient that {{idp}} sends: the address of the web experience with /saml at its end, or the sign-in address of AWS.[[ Plan and apply this set-up: it does that.]]"
                .to_owned(),
        );
    }
    found
}

pub(super) fn sign_in_region(e: &Evidence) -> Vec<Found> {
    match refused_recipient(e) {
        Some((sent, admitted)) if is_sign_in(&sent) && admitted.iter().any(|a| is_sign_in(a)) => {
            of_role(e, &sent, one(RECIPIENT, wanted(e, &sent, &admitted), &sent))
        }
        _ => none(),
    }
}

pub(super) fn recipient_is_acs(e: &Evidence) -> Vec<Found> {
    match refused_recipient(e) {
        Some((sent, admitted))
            if sent.ends_with(".on.aws/saml") && admitted.iter().all(|a| is_sign_in(a)) =>
        {
            of_role(e, &sent, one(RECIPIENT, wanted(e, &sent, &admitted), &sent))
        }
        _ => none(),
    }
}

pub(super) fn recipient(e: &Evidence) -> Vec<Found> {
    if !(aud_placeholder(e).is_empty() && sign_in_region(e).is_empty() && recipient_is_acs(e).is_empty()) {
        return none();
    }
    match refused_recipient(e) {
        Some((sent, admitted)) => of_role(e, &sent, one(RECIPIENT, wanted(e, &sent, &admitted), &sent)),
        None => none(),
    }
}

/// The identity provider sends what the set-up wants: it is the role that differs.
fn of_role(e: &Evidence, sent: &str, found: Vec<Found>) -> Vec<Found> {
    match e.expected.recipient.as_deref() == Some(sent) {
        true => with(
            found,
            Owner::Aws,
            "Change nothing in {{idp}}. Set SAML:aud in the role's trust policy back to {{found}}[[: plan and apply this set-up]]",
        ),
        false => found,
    }
}

pub(super) fn tag_session_missing(e: &Evidence) -> Vec<Found> {
    let (Some(trust), Some(assertion)) = (e.trust(), e.assertion()) else {
        return none();
    };
    let tagged = !claims::session_tags(assertion).is_empty();
    let mentioned = trust.0.statements.iter().any(|s| {
        s.allow
            && s.actions
                .iter()
                .any(|a| crate::policy::evaluate::glob(&a.to_ascii_lowercase(), "sts:tagsession"))
    });
    if tagged && !mentioned {
        one(
            "Trust policy Action",
            "sts:TagSession",
            "sts:AssumeRoleWithSAML alone",
        )
    } else {
        none()
    }
}

pub(super) fn tag_session_denied(e: &Evidence) -> Vec<Found> {
    let (Some(trust), Some(assertion), Some(provider)) = (e.trust(), e.assertion(), &provider(e)) else {
        return none();
    };
    if claims::session_tags(assertion).is_empty()
        || !tag_session_missing(e).is_empty()
        || !trust_provider(e).is_empty()
    {
        return none();
    }
    let answer = evaluate(&trust.0, &assume_request(assertion, provider, "sts:TagSession"));
    if answer.decision != Decision::Denied {
        return none();
    }
    // Any other condition is not about tags: `refused` speaks of it.
    let is_of_tags = |key: &str| {
        let key = key.to_ascii_lowercase();
        key.starts_with("aws:requesttag/") || key == "aws:tagkeys" || key == "sts:transitivetagkeys"
    };
    answer
        .failing()
        .find(|(_, p)| is_of_tags(&p.key))
        .map(|(_, p)| {
            let mut found = one(
                "Trust policy sts:TagSession",
                format!("{} {}", p.key, p.expected.join(", ")),
                p.found.join(", "),
            );
            for f in &mut found {
                f.owner = Some(Owner::Aws);
            }
            found
        })
        .unwrap_or_default()
}

/// The policy refuses for certain, and for none of the reasons that have a rule of their own: a statement that
/// denies, or a condition on the issuer, the NameID, another tag (IAM: policy evaluation logic).
pub(super) fn refused(e: &Evidence) -> Vec<Found> {
    let (Some(trust), Some(assertion), Some(provider)) = (e.trust(), e.assertion(), provider(e)) else {
        return none();
    };
    let answer = trust_decision(trust, assertion, &provider);
    let has_its_own = [
        trust_provider,
        aud_placeholder,
        sign_in_region,
        recipient_is_acs,
        recipient,
        tag_session_missing,
        tag_session_denied,
        source_identity,
    ];
    if answer.decision != Decision::Denied || has_its_own.iter().any(|rule| !rule(e).is_empty()) {
        return none();
    }
    if let Some(statement) = answer.denying().next() {
        let conditions: Vec<String> = statement
            .checks
            .iter()
            .filter(|c| !c.operator.is_empty())
            .map(|c| format!("{} is {}", c.key, listed(&c.found, ", ")))
            .collect();
        return one(
            "Trust policy",
            "no statement that denies it",
            format!(
                "statement {} denies {}",
                statement.name,
                [vec![statement.action.clone()], conditions].concat().join(", ")
            ),
        );
    }
    let Some((statement, check)) = answer.failing().find(|(_, c)| !c.operator.is_empty()) else {
        let action = answer.refused().unwrap_or("sts:AssumeRoleWithSAML").to_owned();
        return one("Trust policy Action", action, "no statement allows it");
    };
    vec![Found {
        expected: format!("{} {}", check.operator, listed(&check.expected, " or ")),
        found: format!(
            "{} is {}",
            check.key,
            match check.found.as_slice() {
                [] => "not sent".to_owned(),
                sent => listed(sent, ", "),
            }
        ),
        place: if statement.action.ends_with("TagSession") {
            "Trust policy sts:TagSession"
        } else {
            "Trust policy Condition"
        },
        ..Found::default()
    }]
}

pub(super) fn audience(e: &Evidence) -> Vec<Found> {
    let Some(assertion) = e.assertion() else {
        return none();
    };
    // The documents disagree on the value, so each documented one is taken.
    let mut accepted = vec![
        "https://signin.aws.amazon.com/saml".to_owned(),
        "urn:amazon:webservices".to_owned(),
    ];
    accepted.extend(e.expected.audience.clone());
    accepted.extend(e.expected.recipient.clone());
    let Some(expected) = e.expected.audience.clone().or(e.expected.recipient.clone()) else {
        return none();
    };
    if assertion.audiences.is_empty() || assertion.audiences.iter().any(|a| accepted.contains(a)) {
        return none();
    }
    let mut found = one(
        "AudienceRestriction Audience",
        expected,
        assertion.audiences.join(", "),
    );
    if matches!(&e.sts, Some(Sts::Refused { code, .. }) if code == "InvalidIdentityToken") {
        for f in &mut found {
            f.severity = Some(Severity::Blocking);
        }
    }
    found
}

/// A source identity that AWS refuses for its form, or the role for its trust policy (IAM: troubleshoot SAML
/// federation; facts of `sts:SetSourceIdentity`).
pub(super) fn source_identity(e: &Evidence) -> Vec<Found> {
    const FORM: &str = "2 to 64 characters of a-z A-Z 0-9 _ + = , . @ -, not beginning with aws:";
    let sent = match e.assertion() {
        Some(assertion) => assertion
            .values(claims::SOURCE_IDENTITY)
            .and_then(<[String]>::first),
        None => None,
    };
    if let Some(value) = sent
        && (!claims::session_name_is_valid(value) || value.to_ascii_lowercase().starts_with("aws:"))
    {
        return one("Attribute SourceIdentity", FORM, value);
    }
    let Some(trust) = e.trust() else {
        return none();
    };
    let (Some(provider), true) = (
        provider(e),
        sent.is_some() || source(e, claims::SOURCE_IDENTITY).is_some(),
    ) else {
        return none();
    };
    const ACTION: &str = "sts:SetSourceIdentity";
    let request = match e.assertion() {
        Some(assertion) => assume_request(assertion, &provider, ACTION),
        None => {
            let mut request = Request {
                action: ACTION.into(),
                federated: Some(provider),
                ..Default::default()
            };
            let keys = trust.0.statements.iter().flat_map(|s| &s.conditions);
            request.unknown = keys.map(|c| c.key.to_ascii_lowercase()).collect();
            request
        }
    };
    match evaluate(&trust.0, &request).decision {
        Decision::Denied => {
            let sent = sent
                .cloned()
                .or_else(|| source(e, claims::SOURCE_IDENTITY).map(str::to_owned));
            one(
                "Trust policy Action",
                ACTION,
                format!("SourceIdentity {}", sent.unwrap_or_default()),
            )
        }
        Decision::Allowed | Decision::Unknown => none(),
    }
}
