//! Rules about the session tags of a token, and about the trust policy that has to admit them.

use super::attributes::{invalid_values, several_values};
use super::token::{access, token, with};
use super::trust::{is_for_other_protocol, trusted};
use super::{Evidence, Found, LiveRole, Owner, none, one};
use crate::oidc::tags::{EMAIL, TAGS};
use crate::oidc::{TagFault, TokenTags, web_identity_request};
use crate::policy::evaluate::{Decision, Evaluation, evaluate, glob};
use crate::value::Issuer;

/// Where the claim is set, in the words of the provider's own portal.
const THERE: &str = "See {{path}}.";

pub(super) fn email_missing(e: &Evidence) -> Vec<Found> {
    let Some((_, claims)) = token(e) else {
        return none();
    };
    if let Some(shown) = access(e) {
        return with(
            one("Token", "an ID token", format!("an access token: {shown}")),
            Owner::User,
            "This is not the token that AWS gets: hand in the ID token of the same sign-in, which is called id_token where both come together. What an access token says, or does not say, tells nothing of the sign-in.",
        );
    }
    let tags = TokenTags::of(claims);
    if tags.values(EMAIL).is_some_and(|values| !values.is_empty()) {
        return none();
    }
    if tags.faults.is_empty() {
        let found: Vec<&str> = tags.tags.iter().map(|t| t.key.as_str()).collect();
        return one("Claim https://aws.amazon.com/tags", TAGS, found.join(", "));
    }
    tags.faults.iter().flat_map(of_fault).collect()
}

fn of_fault(fault: &TagFault) -> Vec<Found> {
    let place = "Claim https://aws.amazon.com/tags";
    let (expected, found, remedy) = match fault {
        TagFault::JsonInText { claim } => (
            "an object".to_owned(),
            "a text with JSON inside".to_owned(),
            format!(
                "Let the claim {claim} be an object, not a text: a value that is built by joining texts stays a text, and AWS does not read it. {THERE}"
            ),
        ),
        TagFault::NotJson { found, .. } => (
            "an object".to_owned(),
            found.clone(),
            format!("The value is a text that is no JSON: the expression was not evaluated. Where the value of the claim has a type, choose Expression. {THERE}"),
        ),
        TagFault::Misnamed { expected, found } => (
            expected.clone(),
            found.clone(),
            "Rename {{found}} to {{expected}}. AWS reads no other spelling.".to_owned(),
        ),
        TagFault::NoPrincipalTags { found } => (
            "principal_tags".to_owned(),
            found.join(", "),
            "Put the tags into a member {{expected}} of the claim.".to_owned(),
        ),
        TagFault::Null { key } => (
            format!("a value for {key}"),
            "null".to_owned(),
            "The attribute of this person is empty: fill it in, or let the expression give an empty text instead of null."
                .to_owned(),
        ),
        TagFault::WrongKind { place, found } => (
            format!("a text or a list of one text for {place}"),
            (*found).to_owned(),
            "Send {{expected}}.".to_owned(),
        ),
    };
    with(one(place, expected, found), Owner::Idp, &remedy)
}

fn tags(e: &Evidence) -> TokenTags {
    token(e)
        .filter(|_| access(e).is_none())
        .map(|(_, claims)| TokenTags::of(claims))
        .unwrap_or_default()
}

pub(super) fn email_empty(e: &Evidence) -> Vec<Found> {
    match tags(e).values(EMAIL) {
        Some([one_value]) if one_value.trim().is_empty() => {
            one("Tag Email", "an email address", one_value.clone())
        }
        _ => none(),
    }
}

pub(super) fn several(e: &Evidence) -> Vec<Found> {
    several_values(tags(e).tags, "Claim https://aws.amazon.com/tags")
}

pub(super) fn invalid(e: &Evidence) -> Vec<Found> {
    invalid_values(tags(e).tags, "Claim https://aws.amazon.com/tags")
}

/// Asks the live trust policy; None where the evidence does not suffice.
fn ask(e: &Evidence, action: &str) -> Option<Evaluation> {
    let (token, claims) = token(e).filter(|_| access(e).is_none() && !is_for_other_protocol(e))?;
    let issuer = match &token.issuer {
        Some(issuer) => issuer.clone(),
        None => Issuer::parse(claims.issuer()?).ok()?,
    };
    let provider = e.expected.provider_arn.as_deref()?;
    let request = web_identity_request(claims, &issuer, provider, action);
    Some(evaluate(&e.trust()?.0, &request))
}

fn names(e: &Evidence, action: &str) -> bool {
    e.trust().is_some_and(|trust| {
        trust
            .0
            .statements
            .iter()
            .filter(|s| s.allow && !s.not_action)
            .flat_map(|s| &s.actions)
            .any(|a| glob(&a.to_ascii_lowercase(), &action.to_ascii_lowercase()))
    })
}

/// The comparison that failed, expected beside found.
fn denied(e: &Evidence, action: &'static str, place: &'static str) -> Vec<Found> {
    let Some(answer) = ask(e, action).filter(|a| a.decision == Decision::Denied) else {
        return none();
    };
    if !names(e, action) {
        return one("Trust policy Action", action, "no statement that allows it");
    }
    match answer.failing().next() {
        Some((_, p)) => one(
            place,
            format!("{} {}", p.key, p.expected.join(", ")),
            p.found.join(", "),
        ),
        None => one(place, "a statement that allows it", "a statement that denies it"),
    }
}

pub(super) fn trust(e: &Evidence) -> Vec<Found> {
    if e.token.is_some() && matches!(e.role, Some(LiveRole::Missing)) {
        let role = e.expected.role_arn.clone().unwrap_or_default();
        return with(
            one("IAM", role, "no such role"),
            Owner::Aws,
            "Make the role {{expected}}[[: plan and apply this set-up]].",
        );
    }
    if token(e).is_some() && is_for_other_protocol(e) {
        return with(
            one(
                "Trust policy Principal",
                "a provider of OpenID Connect",
                trusted(e).join(", "),
            ),
            Owner::Aws,
            "People sign in with a token of OpenID Connect, and this role is for SAML. Take the role of the web experience that the token is for; or let its trust policy name the provider of OpenID Connect and allow sts:AssumeRoleWithWebIdentity[[: plan and apply this set-up]].",
        );
    }
    denied(
        e,
        "sts:AssumeRoleWithWebIdentity",
        "Trust policy sts:AssumeRoleWithWebIdentity",
    )
}

pub(super) fn tag_session(e: &Evidence) -> Vec<Found> {
    if tags(e).tags.is_empty() {
        return none();
    }
    denied(e, "sts:TagSession", "Trust policy sts:TagSession")
}
