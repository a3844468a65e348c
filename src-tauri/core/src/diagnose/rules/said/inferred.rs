//! Causes that a text or a record names only together with what else is at hand: an action that AWS refused, and
//! the tags of a sign-in that it recorded.

use super::{Evidence, Found, RuleId, Severity, Text, excerpt};
use crate::claims;
use crate::diagnose::words;
use crate::idp::Protocol;
use crate::oidc::tags::{EMAIL, TAGS};
use crate::policy::evaluate::glob;

/// STS refused the tags of the session (IAM: session tags).
const TAGS_REFUSED: [&str; 2] = [
    "not authorized to perform: sts:TagSession",
    "not authorized to perform sts:TagSession",
];
/// Amazon Q Business refused a person's session, not an administrator's call.
const CHAT_REFUSED: [&str; 3] = [
    "not authorized to perform: qbusiness:Chat",
    "not authorized to perform: qbusiness:ListConversations",
    "not authorized to perform: qbusiness:ListMessages",
];
/// Whose session it was, and which policies did not let it (IAM: access denied error messages).
const OF_THE_ROLE: [&str; 2] = ["assumed-role/", "identity-based policy"];

/// Every part of a text that is looked for here.
pub(super) fn phrases() -> impl Iterator<Item = &'static str> {
    TAGS_REFUSED.into_iter().chain(CHAT_REFUSED).chain(OF_THE_ROLE)
}

/// What the texts and the newest record say of this rule; `fired` are those that the evidence itself fires.
pub(super) fn inferred(e: &Evidence, texts: &[Text], fired: &[RuleId], id: RuleId) -> Option<Found> {
    if e.answers.get(&id) == Some(&false) {
        return None;
    }
    let texts = || texts.iter().filter(|text| !text.is_history(e, id));
    let is_oidc = e.expected.idp.protocol() == Protocol::Oidc;
    match id {
        RuleId::TagSessionMissing | RuleId::TagSessionDenied if !is_oidc => tags(e, texts(), fired, id),
        RuleId::TokenTagSession if is_oidc && !fired.contains(&id) => {
            texts().find_map(|text| presumed(text, &TAGS_REFUSED, id))
        }
        RuleId::PermissionsIncomplete => chat(e, texts()),
        RuleId::EmailMissing if !is_oidc => untagged(e, id, claims::EMAIL),
        RuleId::TokenEmailMissing if is_oidc => untagged(e, id, TAGS),
        _ => None,
    }
}

/// The trust policy says which of the two it is: it does not know the action, or a condition does not hold.
fn tags<'t>(
    e: &Evidence,
    mut texts: impl Iterator<Item = &'t Text>,
    fired: &[RuleId],
    id: RuleId,
) -> Option<Found> {
    let known = [
        RuleId::TagSessionMissing,
        RuleId::TagSessionDenied,
        RuleId::TrustRefused,
    ];
    if known.iter().any(|rule| fired.contains(rule)) {
        return None;
    }
    let allowed = e.trust().map(|trust| {
        trust.0.statements.iter().any(|s| {
            let is_tags = |a: &String| glob(&a.to_ascii_lowercase(), "sts:tagsession");
            s.allow && s.actions.iter().any(is_tags)
        })
    });
    match (allowed, id == RuleId::TagSessionDenied) {
        (Some(false), false) => {
            texts.find(|text| TAGS_REFUSED.iter().any(|says| text.folded.find(says).is_some()))?;
            Some(Found {
                expected: "sts:TagSession".into(),
                found: "sts:AssumeRoleWithSAML alone".into(),
                place: "Trust policy Action",
                severity: Some(Severity::Blocking),
                ..Found::default()
            })
        }
        (Some(true), true) => texts.find_map(|text| presumed(text, &TAGS_REFUSED, id)),
        (None, false) => texts.find_map(|text| presumed(text, &TAGS_REFUSED, id)),
        (Some(_) | None, _) => None,
    }
}

/// Policies that are at hand are asked themselves.
fn chat<'t>(e: &Evidence, mut texts: impl Iterator<Item = &'t Text>) -> Option<Found> {
    if e.live.permissions.is_some() && e.live.application.is_some() {
        return None;
    }
    texts
        .by_ref()
        .filter(|text| OF_THE_ROLE.iter().all(|says| text.folded.find(says).is_some()))
        .find_map(|text| presumed(text, &CHAT_REFUSED, RuleId::PermissionsIncomplete))
}

/// AWS records which tags arrived (IAM: session tags). Whoever came without the address was let in, and is nobody
/// to Amazon Q Business; that it was this sign-in is not known.
fn untagged(e: &Evidence, id: RuleId, wanted: &'static str) -> Option<Found> {
    let event = e.trail.first().filter(|event| event.error_code.is_none())?;
    let is_captured = e.assertion().is_some() || e.token.as_ref().is_some_and(|t| t.claims().is_some());
    let another = |wanted: &Option<String>, seen: &Option<String>| {
        wanted.as_ref().zip(seen.as_ref()).is_some_and(|(a, b)| a != b)
    };
    if is_captured
        || event.tags.iter().any(|key| key.eq_ignore_ascii_case(EMAIL))
        || another(&e.expected.role_arn, &event.role_arn)
    {
        return None;
    }
    Some(Found {
        expected: wanted.to_owned(),
        found: match event.tags.as_slice() {
            [] => "AWS let the newest sign-in in and recorded no tag".to_owned(),
            tags => format!(
                "AWS let the newest sign-in in and recorded the tags {} alone",
                tags.iter().take(4).cloned().collect::<Vec<_>>().join(", ")
            ),
        },
        place: "CloudTrail",
        remedy: words(id).alone.as_ref().map(|a| a.remedy.clone()),
        is_said: true,
        is_presumed: true,
        ..Found::default()
    })
}

fn presumed(text: &Text, says: &[&str], id: RuleId) -> Option<Found> {
    let (start, end) = says.iter().find_map(|says| text.folded.find(says))?;
    Some(Found {
        found: excerpt(&text.raw, start, end),
        place: text.place,
        severity: Some(Severity::Blocking),
        remedy: words(id).alone.as_ref().map(|a| a.remedy.clone()),
        is_said: true,
        is_presumed: true,
        ..Found::default()
    })
}
