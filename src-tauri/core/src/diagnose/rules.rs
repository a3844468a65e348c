//! The rules, in the order in which a sign-in meets what they look at: the identity provider's
//! answer, its signature, its age, its claims, the role's trust policy.
//!
//! A rule returns what it found, expected beside found. It never looks at another rule.

use super::{Evidence, Finding, Found, LiveRole, Owner, RuleId, Severity, Sts, words};
use crate::claims::{self, RolePair};
use crate::policy::evaluate::{Decision, evaluate};
use crate::saml::response::Assertion;
use crate::saml::signature::Rejection;
use crate::time::{format_instant, parse_instant};
use crate::value::arn_account;

mod metadata;

type Rule = fn(&Evidence) -> Vec<Found>;

/// Every rule but [`unexplained`], which needs the others' answers.
pub(super) const ALL: &[(RuleId, Rule)] = &[
    (RuleId::MetadataUnusable, metadata::unusable),
    (RuleId::StatusNotSuccess, status),
    (RuleId::Encrypted, encrypted),
    (RuleId::Structure, structure),
    (RuleId::Unsigned, unsigned),
    (RuleId::IssuerWrong, issuer),
    (RuleId::SignatureInvalid, signature),
    (RuleId::ClockSkew, clock_skew),
    (RuleId::Stale, stale),
    (RuleId::TooLong, too_long),
    (RuleId::SubjectConfirmation, subject_confirmation),
    (RuleId::NameIdMissing, name_id_missing),
    (RuleId::ClaimMisnamed, misnamed),
    (RuleId::RoleMissing, role_missing),
    (RuleId::Whitespace, whitespace),
    (RuleId::PairSwapped, pair_swapped),
    (RuleId::AccountWrong, account),
    (RuleId::RoleWrong, role_wrong),
    (RuleId::ProviderWrong, provider_wrong),
    (RuleId::SessionNameMissing, session_name_missing),
    (RuleId::SessionNameInvalid, session_name_invalid),
    (RuleId::EmailMissing, email_missing),
    (RuleId::EmailEmpty, email_empty),
    (RuleId::EmailSeveral, tag_several),
    (RuleId::TagInvalid, tag_invalid),
    (RuleId::TrustProvider, trust_provider),
    (RuleId::AudPlaceholder, aud_placeholder),
    (RuleId::SignInRegion, sign_in_region),
    (RuleId::RecipientIsAcs, recipient_is_acs),
    (RuleId::RecipientMismatch, recipient),
    (RuleId::TagSessionMissing, tag_session_missing),
    (RuleId::TagSessionDenied, tag_session_denied),
    (RuleId::Audience, audience),
    (RuleId::RoleSeveral, role_several),
    (RuleId::NameIdTransient, name_id_transient),
    (RuleId::ShortSession, short_session),
    (RuleId::Sha1, sha1),
    (RuleId::CertificateExpired, metadata::expired),
    (RuleId::CertificateExpiring, metadata::expiring),
];

fn one(place: &'static str, expected: impl Into<String>, found: impl Into<String>) -> Vec<Found> {
    vec![Found {
        expected: expected.into(),
        found: found.into(),
        place,
        severity: None,
        owner: None,
    }]
}

fn none() -> Vec<Found> {
    Vec::new()
}

const ROLE_VALUE: &str = "Attribute Role";
const EMAIL_VALUE: &str = "Attribute PrincipalTag:Email";
const SESSION_VALUE: &str = "Attribute RoleSessionName";
const RECIPIENT: &str = "SubjectConfirmationData Recipient";

fn status(e: &Evidence) -> Vec<Found> {
    let Some(view) = &e.view else { return none() };
    match view.status.as_deref() {
        Some("Success") => none(),
        None if view.root != "Response" => none(),
        None => one("Status", "Success", ""),
        Some(code) => {
            let mut found = code.to_owned();
            for part in [&view.status_detail, &view.status_message].into_iter().flatten() {
                found.push_str(": ");
                found.push_str(part);
            }
            one("Status", "Success", found)
        }
    }
}

fn encrypted(e: &Evidence) -> Vec<Found> {
    match &e.view {
        Some(view) if view.encrypted_assertions > 0 => one("Response", "Assertion", "EncryptedAssertion"),
        _ => none(),
    }
}

fn unsigned(e: &Evidence) -> Vec<Found> {
    let Some(view) = &e.view else { return none() };
    if view.assertions.is_empty() {
        return none();
    }
    let on = |name: &str| view.signatures.iter().any(|s| s.on == name);
    if view.signatures.is_empty() {
        one("Response", "a signature on the assertion", "no signature")
    } else if on("Assertion") || !on("Response") {
        none()
    } else {
        let mut found = one(
            "Response",
            "a signature on the assertion",
            "a signature on the response only",
        );
        for f in &mut found {
            f.severity = Some(Severity::Warning);
        }
        found
    }
}

fn issuer(e: &Evidence) -> Vec<Found> {
    match (e.assertion(), &e.metadata) {
        (Some(assertion), Some(Ok(metadata))) if assertion.issuer.as_ref() != Some(&metadata.entity_id) => {
            one(
                "Assertion Issuer",
                &metadata.entity_id,
                assertion.issuer.clone().unwrap_or_default(),
            )
        }
        _ => none(),
    }
}

/// Everything that the structural gate refuses: what is signed and what is read could be two things.
fn structure(e: &Evidence) -> Vec<Found> {
    match &e.verdict {
        None
        | Some(
            Ok(_)
            | Err(
                Rejection::Unsigned
                | Rejection::Encrypted
                | Rejection::NoCertificate
                | Rejection::WrongSignature(_),
            ),
        ) => none(),
        // Beside an error status there need not be an assertion.
        Some(Err(Rejection::NoAssertion)) if refused_by_provider(e) || !encrypted(e).is_empty() => none(),
        Some(Err(rejection)) => one(
            "Response",
            "one signed assertion in a Response",
            rejection.to_string(),
        ),
    }
}

/// The identity provider says no, in so many words, and sends nothing else.
fn refused_by_provider(e: &Evidence) -> bool {
    e.view
        .as_ref()
        .is_some_and(|v| v.assertions.is_empty() && v.status.as_deref().is_some_and(|s| s != "Success"))
}

fn subject_confirmation(e: &Evidence) -> Vec<Found> {
    let Some(assertion) = e.assertion() else {
        return none();
    };
    let expected = "a bearer SubjectConfirmation with Recipient and NotOnOrAfter";
    match assertion.bearer() {
        None => one("Subject", expected, "no SubjectConfirmation"),
        Some(c) if !c.is_bearer() => one(
            "SubjectConfirmation Method",
            expected,
            c.method.clone().unwrap_or_default(),
        ),
        Some(c) if c.recipient.is_none() => one("SubjectConfirmationData", expected, "no Recipient"),
        Some(_)
            if assertion
                .confirmations
                .iter()
                .any(|c| c.is_bearer() && c.not_on_or_after.is_none()) =>
        {
            one("SubjectConfirmationData", expected, "no NotOnOrAfter")
        }
        Some(_) => none(),
    }
}

fn signature(e: &Evidence) -> Vec<Found> {
    let expected = match &e.metadata {
        Some(Ok(m)) => m
            .signing_certificates
            .iter()
            .map(|c| format!("a signature by certificate {}", c.sha256))
            .collect::<Vec<_>>()
            .join(" or "),
        _ => "a signature by the identity provider's certificate".to_owned(),
    };
    match &e.verdict {
        Some(Err(Rejection::WrongSignature(why))) => one("Signature", expected, why),
        None | Some(_) => none(),
    }
}

fn clock_skew(e: &Evidence) -> Vec<Found> {
    let Some(assertion) = e.assertion() else {
        return none();
    };
    let delivered = assertion.bearer().and_then(|c| c.not_before.as_ref());
    [
        assertion.not_before.as_ref(),
        assertion.issue_instant.as_ref(),
        delivered,
    ]
    .into_iter()
    .flatten()
    .find(|t| parse_instant(t).is_some_and(|from| super::seconds_between(from, e.now) > 0))
    .map(|t| {
        one(
            "Conditions NotBefore",
            format!("before {}", format_instant(e.now)),
            t,
        )
    })
    .unwrap_or_default()
}

fn stale(e: &Evidence) -> Vec<Found> {
    let Some(assertion) = e.assertion() else {
        return none();
    };
    let ends = [
        assertion.not_on_or_after.as_ref(),
        assertion.bearer().and_then(|c| c.not_on_or_after.as_ref()),
    ];
    let over = ends
        .into_iter()
        .flatten()
        .find(|t| parse_instant(t).is_some_and(|end| end <= e.now));
    let age = assertion
        .issue_instant
        .as_deref()
        .and_then(parse_instant)
        .map(|issued| super::seconds_between(e.now, issued));
    let (expected, found) = match (age, over) {
        (Some(age), _) if age > super::REDEEM_WITHIN_SECONDS => (
            format!("issued at most {} s ago", super::REDEEM_WITHIN_SECONDS),
            format!("issued {age} s ago"),
        ),
        (_, Some(end)) => (
            format!("valid at {}", format_instant(e.now)),
            format!("valid until {end}"),
        ),
        _ => return none(),
    };
    let mut found = one("Assertion IssueInstant", expected, found);
    // A response that was pasted was captured earlier; its age says nothing about the sign-in.
    if e.captured_at.is_none() && !e.sts_refused() {
        for f in &mut found {
            f.severity = Some(Severity::Warning);
        }
    }
    found
}

fn too_long(e: &Evidence) -> Vec<Found> {
    match &e.view {
        Some(view) if view.base64_length > 100_000 => one(
            "SAMLResponse",
            "at most 100000 characters",
            format!("{} characters", view.base64_length),
        ),
        _ => none(),
    }
}

fn name_id_missing(e: &Evidence) -> Vec<Found> {
    let Some(assertion) = e.assertion() else {
        return none();
    };
    match &assertion.name_id {
        None => one("Subject", "a NameID", ""),
        Some(n) if n.value.trim().is_empty() => one("Subject NameID", "a NameID that is not empty", &n.value),
        Some(_) => none(),
    }
}

fn misnamed(e: &Evidence) -> Vec<Found> {
    e.assertion()
        .map(claims::near_misses)
        .unwrap_or_default()
        .into_iter()
        .filter(|n| n.expected != claims::DURATION && n.expected != claims::TRANSITIVE)
        .flat_map(|n| one("AttributeStatement", n.expected, n.found))
        .collect()
}

fn values<'a>(e: &'a Evidence, name: &str) -> Option<&'a [String]> {
    e.assertion()?.values(name)
}

fn missing(e: &Evidence, name: &'static str, place: &'static str) -> Vec<Found> {
    match (e.assertion(), values(e, name)) {
        (Some(_), None | Some([])) => one(place, name, ""),
        _ => none(),
    }
}

fn role_missing(e: &Evidence) -> Vec<Found> {
    missing(e, claims::ROLE, "AttributeStatement")
}

fn whitespace(e: &Evidence) -> Vec<Found> {
    let spaced = |value: &str, inner: bool| {
        let odd =
            |c: char| c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}');
        value.starts_with(odd) || value.ends_with(odd) || (inner && value.contains(odd))
    };
    let clean = |value: &str| -> String {
        value
            .chars()
            .filter(|c| {
                !c.is_whitespace() && !matches!(*c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
            })
            .collect()
    };
    let claims = [
        (claims::ROLE, ROLE_VALUE, true),
        (claims::EMAIL, EMAIL_VALUE, false),
    ];
    claims
        .into_iter()
        .flat_map(|(name, place, inner)| {
            values(e, name)
                .unwrap_or_default()
                .iter()
                .filter(move |v| !v.trim().is_empty() && spaced(v, inner))
                .flat_map(move |v| one(place, clean(v), v))
        })
        .collect()
}

/// The role pair with blanks taken out, so that a blank is reported once.
fn pair(e: &Evidence) -> Option<RolePair> {
    let values = values(e, claims::ROLE)?;
    let wanted = e.expected.role_arn.as_deref();
    let pairs: Vec<RolePair> = values
        .iter()
        .filter_map(|v| {
            let clean: String = v.chars().filter(|c| !c.is_whitespace()).collect();
            RolePair::split(&clean)
        })
        .collect();
    pairs
        .iter()
        .find(|p| Some(p.role.as_str()) == wanted)
        .or(pairs.first())
        .cloned()
}

fn pair_swapped(e: &Evidence) -> Vec<Found> {
    match pair(e) {
        Some(pair) if pair.is_swapped() => one(
            ROLE_VALUE,
            format!("{},{}", pair.provider, pair.role),
            format!("{},{}", pair.role, pair.provider),
        ),
        _ => none(),
    }
}

fn account(e: &Evidence) -> Vec<Found> {
    let Some(pair) = pair(e) else { return none() };
    let expected = e.expected.role_arn.as_deref().and_then(arn_account);
    let sent = [arn_account(&pair.role), arn_account(&pair.provider)];
    match (expected, sent) {
        (Some(expected), [role, provider]) if role.or(provider).is_some() => [role, provider]
            .into_iter()
            .flatten()
            .find(|a| *a != expected)
            .map(|a| one(ROLE_VALUE, expected, a))
            .unwrap_or_default(),
        (None, [Some(role), Some(provider)]) if role != provider => one(ROLE_VALUE, role, provider),
        _ => none(),
    }
}

fn role_wrong(e: &Evidence) -> Vec<Found> {
    if matches!(e.role, Some(LiveRole::Missing)) {
        let found = e.expected.role_arn.clone().unwrap_or_default();
        let mut found = one("IAM", found, "no such role");
        for f in &mut found {
            f.owner = Some(Owner::Aws);
        }
        return found;
    }
    let unusable = values(e, claims::ROLE)
        .unwrap_or_default()
        .iter()
        .find(|v| RolePair::split(v).is_none());
    match (pair(e), unusable, &e.expected.role_arn) {
        (None, Some(value), Some(expected)) => {
            let provider = e.expected.provider_arn.clone().unwrap_or_default();
            one(ROLE_VALUE, format!("{expected},{provider}"), value)
        }
        (Some(pair), _, None) if !pair.is_swapped() && !pair.is_well_formed() => one(
            ROLE_VALUE,
            "a role ARN, a comma, a provider ARN",
            format!("{},{}", pair.role, pair.provider),
        ),
        (Some(pair), _, Some(expected))
            if !pair.is_swapped()
                && pair.role != *expected
                && arn_account(&pair.role) == arn_account(expected) =>
        {
            one(ROLE_VALUE, expected, pair.role)
        }
        _ => none(),
    }
}

fn provider_wrong(e: &Evidence) -> Vec<Found> {
    if e.provider_exists == Some(false) {
        let mut found = one(
            "IAM",
            e.expected.provider_arn.clone().unwrap_or_default(),
            "no such provider",
        );
        for f in &mut found {
            f.owner = Some(Owner::Aws);
        }
        return found;
    }
    match (pair(e), &e.expected.provider_arn) {
        (Some(pair), Some(expected))
            if !pair.is_swapped()
                && pair.provider != *expected
                && arn_account(&pair.provider) == arn_account(expected) =>
        {
            one(ROLE_VALUE, expected, pair.provider)
        }
        _ => none(),
    }
}

fn session_name_missing(e: &Evidence) -> Vec<Found> {
    missing(e, claims::SESSION_NAME, "AttributeStatement")
}

fn session_name_invalid(e: &Evidence) -> Vec<Found> {
    values(e, claims::SESSION_NAME)
        .unwrap_or_default()
        .iter()
        .filter(|v| !claims::session_name_is_valid(v))
        .flat_map(|v| {
            one(
                SESSION_VALUE,
                "2 to 64 characters of a-z A-Z 0-9 _ + = , . @ -",
                v,
            )
        })
        .collect()
}

fn email_missing(e: &Evidence) -> Vec<Found> {
    missing(e, claims::EMAIL, "AttributeStatement")
}

fn email_empty(e: &Evidence) -> Vec<Found> {
    values(e, claims::EMAIL)
        .unwrap_or_default()
        .iter()
        .filter(|v| v.trim().is_empty())
        .flat_map(|v| one(EMAIL_VALUE, "an email address", v))
        .collect()
}

fn tag_several(e: &Evidence) -> Vec<Found> {
    let Some(assertion) = e.assertion() else {
        return none();
    };
    claims::session_tags(assertion)
        .into_iter()
        .filter(|t| t.values.len() > 1)
        .flat_map(|t| {
            one(
                "AttributeStatement",
                format!("one value for {}", t.key),
                t.values.join(", "),
            )
        })
        .collect()
}

fn tag_invalid(e: &Evidence) -> Vec<Found> {
    let Some(assertion) = e.assertion() else {
        return none();
    };
    let allowed = |c: char| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c);
    claims::session_tags(assertion)
        .into_iter()
        .flat_map(|t| t.values)
        .filter(|v| !v.trim().is_empty() && (v.chars().count() > 256 || !v.trim().chars().all(allowed)))
        .flat_map(|v| {
            one(
                "AttributeStatement",
                "at most 256 letters, digits, blanks and _ . : / = + - @",
                v,
            )
        })
        .collect()
}

fn trust_provider(e: &Evidence) -> Vec<Found> {
    let (Some(trust), Some(provider)) = (e.trust(), &e.expected.provider_arn) else {
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
        none()
    } else {
        one("Trust policy Principal", provider, federated.join(", "))
    }
}

fn is_placeholder(value: &str) -> bool {
    let host = value.split("://").last().unwrap_or_default();
    let host = host.split('/').next().unwrap_or_default();
    !value.contains("://")
        || ["sampleurl.com", "example.com", "www.example.com", "example.org"].contains(&host)
}

fn is_sign_in(value: &str) -> bool {
    let host = value.strip_prefix("https://").unwrap_or_default();
    host.split('/')
        .next()
        .is_some_and(|h| h == "signin.aws.amazon.com" || h.ends_with(".signin.aws.amazon.com"))
}

/// The Recipient that was sent, where it is not among those that the role admits.
fn refused_recipient(e: &Evidence) -> Option<(String, Vec<String>)> {
    let sent = e.assertion()?.recipient().unwrap_or_default().to_owned();
    let admitted = e.admitted_recipients();
    (!admitted.is_empty() && !admitted.contains(&sent)).then_some((sent, admitted))
}

fn aud_placeholder(e: &Evidence) -> Vec<Found> {
    let admitted = e.admitted_recipients();
    if e.trust().is_none() || admitted.is_empty() || !admitted.iter().all(|a| is_placeholder(a)) {
        return none();
    }
    let sent = e.assertion().and_then(Assertion::recipient).map(str::to_owned);
    let expected = e.expected.recipient.clone().or(sent).unwrap_or_default();
    one("Trust policy SAML:aud", expected, admitted.join(", "))
}

fn sign_in_region(e: &Evidence) -> Vec<Found> {
    match refused_recipient(e) {
        Some((sent, admitted)) if is_sign_in(&sent) && admitted.iter().any(|a| is_sign_in(a)) => {
            one(RECIPIENT, admitted.join(" or "), sent)
        }
        _ => none(),
    }
}

fn recipient_is_acs(e: &Evidence) -> Vec<Found> {
    match refused_recipient(e) {
        Some((sent, admitted))
            if sent.ends_with(".on.aws/saml") && admitted.iter().all(|a| is_sign_in(a)) =>
        {
            one(RECIPIENT, admitted.join(" or "), sent)
        }
        _ => none(),
    }
}

fn recipient(e: &Evidence) -> Vec<Found> {
    if !(aud_placeholder(e).is_empty() && sign_in_region(e).is_empty() && recipient_is_acs(e).is_empty()) {
        return none();
    }
    match refused_recipient(e) {
        Some((sent, admitted)) => {
            let mut found = one(RECIPIENT, admitted.join(" or "), &sent);
            // The identity provider sends what the set-up wants: it is the role that differs.
            if e.expected.recipient.as_deref() == Some(sent.as_str()) {
                for f in &mut found {
                    f.owner = Some(Owner::Aws);
                }
            }
            found
        }
        None => none(),
    }
}

fn tag_session_missing(e: &Evidence) -> Vec<Found> {
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

fn tag_session_denied(e: &Evidence) -> Vec<Found> {
    let (Some(trust), Some(assertion), Some(provider)) = (e.trust(), e.assertion(), &e.expected.provider_arn)
    else {
        return none();
    };
    if claims::session_tags(assertion).is_empty()
        || !tag_session_missing(e).is_empty()
        || !trust_provider(e).is_empty()
    {
        return none();
    }
    let answer = evaluate(
        &trust.0,
        &super::assume_request(assertion, provider, "sts:TagSession"),
    );
    if answer.decision != Decision::Denied {
        return none();
    }
    answer
        .proof
        .iter()
        .find(|p| p.holds == Some(false) && p.key != "Principal")
        .map(|p| {
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

fn audience(e: &Evidence) -> Vec<Found> {
    let Some(assertion) = e.assertion() else {
        return none();
    };
    // The documents disagree on the value (facts §4.1), so each documented one is taken.
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

fn role_several(e: &Evidence) -> Vec<Found> {
    match values(e, claims::ROLE) {
        Some(values) if values.len() > 1 => one(ROLE_VALUE, "one value", values.join(" | ")),
        _ => none(),
    }
}

fn name_id_transient(e: &Evidence) -> Vec<Found> {
    let format = e
        .assertion()
        .and_then(|a| a.name_id.as_ref())
        .and_then(|n| n.format.as_deref());
    match format {
        Some(format) if format.ends_with(":transient") => one(
            "NameID Format",
            "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
            format,
        ),
        _ => none(),
    }
}

fn short_session(e: &Evidence) -> Vec<Found> {
    let Some(assertion) = e.assertion() else {
        return none();
    };
    let claimed = assertion.values(claims::DURATION).and_then(<[String]>::first);
    if let Some(claimed) = claimed.filter(|v| v.trim().parse::<u32>().is_ok_and(|s| s < 3600)) {
        return one("Attribute SessionDuration", "3600", claimed);
    }
    let at = |text: &Option<String>| text.as_deref().and_then(parse_instant);
    match (
        at(&assertion.session_not_on_or_after),
        at(&assertion.issue_instant),
    ) {
        (Some(end), Some(issued)) if super::seconds_between(end, issued) < 3600 => one(
            "AuthnStatement SessionNotOnOrAfter",
            "at least 3600 s after the issue",
            format!("{} s", super::seconds_between(end, issued)),
        ),
        _ => none(),
    }
}

fn sha1(e: &Evidence) -> Vec<Found> {
    let Some(view) = &e.view else { return none() };
    view.signatures
        .iter()
        .find(|s| s.algorithm.ends_with("sha1") || s.digest == "sha1")
        .map(|s| {
            one(
                "Signature",
                "rsa-sha256",
                format!("{} with {}", s.algorithm, s.digest),
            )
        })
        .unwrap_or_default()
}

/// STS refused and no blocking rule fired: said as it is, with AWS's own words.
pub(super) fn unexplained(e: &Evidence) -> Finding {
    let words = words(RuleId::Unexplained);
    let found = match &e.sts {
        Some(Sts::Refused { code, message }) => format!("{code}: {message}"),
        Some(Sts::Accepted) | None => String::new(),
    };
    Finding {
        id: RuleId::Unexplained,
        severity: words.severity,
        title: words.title.clone(),
        expected: String::new(),
        found,
        place: "STS".into(),
        owner: words.owner,
        remedy: words.remedy.clone(),
        caused_by: None,
    }
}
