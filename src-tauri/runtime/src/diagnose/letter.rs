//! The message for the administrator of the other side, of a case as it stands.

use super::Gathered;
use claimbridge_core::claims;
use claimbridge_core::diagnose::letter::{About, Letter};
use claimbridge_core::diagnose::{Evidence, Owner, TokenEvidence, diagnose, fix};
use claimbridge_core::idp::{Values, guide, steps, values};
use claimbridge_core::journal::Bindings;
use claimbridge_core::oidc::{Claims, TokenTags};
use claimbridge_core::setup::Setup;
use claimbridge_core::value::WebExperienceUrl;

/// What `to` has to do; None where it is nothing. `of` is the set-up that the case is about, `known` what stands
/// for a guide's placeholders.
pub fn letter(to: Owner, evidence: &Evidence, of: Option<&Setup>, known: Values) -> Option<Letter> {
    let findings = diagnose(evidence);
    let fixes = fix::smallest(evidence);
    let idp = evidence.expected.idp;
    let person = person(evidence);
    let mut known = known;
    for (name, value) in of_expected(evidence) {
        known.entry(name).or_insert(value);
    }
    let about = About {
        idp,
        steps: of.map_or_else(|| guide(idp).step.clone(), steps),
        values: known,
        person: person.as_deref(),
        at: evidence.captured_at.unwrap_or(evidence.now),
        has_set_up: of.is_some(),
    };
    let fix = fixes.iter().find(|f| f.changes.iter().any(|c| c.owner == to));
    Letter::new(to, &findings, fix, &about)
}

/// What the case itself says is wanted, where nobody looked into AWS.
fn of_expected(evidence: &Evidence) -> impl Iterator<Item = (&'static str, String)> {
    let expected = &evidence.expected;
    let role = expected.role_arn.clone();
    let name = role.as_deref().and_then(|r| r.rsplit('/').next());
    let known = [
        ("provider_arn", expected.provider_arn.clone()),
        ("role_name", name.map(str::to_owned)),
        ("role_arn", role),
    ];
    known.into_iter().filter_map(|(name, value)| Some((name, value?)))
}

/// Who signed in: the email tag, else the subject.
fn person(evidence: &Evidence) -> Option<String> {
    if let Some(claims) = evidence.token.as_ref().and_then(TokenEvidence::claims) {
        let tags = TokenTags::of(claims);
        return tags
            .email()
            .or_else(|| Claims::subject(claims))
            .map(str::to_owned);
    }
    let assertion = evidence.assertion()?;
    let email = assertion.values(claims::EMAIL).and_then(<[String]>::first);
    let subject = || assertion.name_id.as_ref().map(|n| &n.value);
    email.or_else(subject).cloned()
}

/// What the placeholders of a guide stand for, as far as it is known: of the set-up, else of the application.
pub fn known(of: Option<(&Setup, &Bindings)>, looked: Option<&Gathered>, region: Option<&str>) -> Values {
    if let Some((setup, bindings)) = of {
        return values(setup, bindings.web_experience().as_ref());
    }
    let Some(looked) = looked else {
        // Nobody asked for more than the address.
        return [("further_tags", String::new())].into();
    };
    let (live, expected) = (&looked.live, &looked.expected);
    let endpoint = live
        .web_experience
        .as_ref()
        .and_then(|w| WebExperienceUrl::parse(w.endpoint.as_deref()?).ok());
    let role = expected.role_arn.clone();
    let pair = || {
        Some(format!(
            "{},{}",
            expected.role_arn.as_ref()?,
            expected.provider_arn.as_ref()?
        ))
    };
    let known = [
        ("acs_url", endpoint.as_ref().map(|e| e.acs().as_str().to_owned())),
        ("app_name", live.application.as_ref().map(|a| a.name.clone())),
        ("further_tags", Some(String::new())),
        ("provider_arn", expected.provider_arn.clone()),
        ("recipient", expected.recipient.clone()),
        (
            "redirect_url",
            endpoint.as_ref().map(WebExperienceUrl::redirect_uri),
        ),
        ("region", region.map(str::to_owned)),
        (
            "role_name",
            role.as_ref()
                .and_then(|r| r.rsplit('/').next().map(str::to_owned)),
        ),
        ("role_arn", role),
        ("role_pair", pair()),
    ];
    known
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}
