//! Recognises the way of before 30 April 2024, in which the web experience itself held metadata, role and the
//! name of a claim (Q Business: `authenticationConfiguration`, deprecated): in AWS, in a response, and in a
//! table of claims that was copied from an old article.

use super::claimed;
use super::{Evidence, Found, none, one};
use crate::claims;
use crate::letters::fold;
use crate::resource::HeldSignIn;

pub(super) fn legacy(e: &Evidence) -> Vec<Found> {
    let held = e.live.web_experience.as_ref().map(|w| &w.sign_in);
    if held == Some(&HeldSignIn::Legacy) {
        return one(
            "Web experience",
            "identityProviderConfiguration",
            "authenticationConfiguration",
        );
    }
    match recipe(e) {
        Some((place, claim)) => one(place, claims::EMAIL, claim),
        None => none(),
    }
}

/// The old recipe: a claim `Email` without a namespace, neither role nor session name, for both stood in AWS,
/// and a NameID that is not the persistent one of today's guides.
fn recipe(e: &Evidence) -> Option<(&'static str, &str)> {
    let (names, place) = claimed::names(e)?;
    let email = names.iter().find(|n| fold(n) == "email")?;
    let todays =
        |name: &&str| [claims::ROLE, claims::SESSION_NAME].contains(name) || name.starts_with(claims::TAG);
    let misspelled = claims::near_misses_of(&names);
    let meant = misspelled
        .iter()
        .any(|n| n.found != **email && n.expected != claims::EMAIL);
    let old = !names.iter().any(todays) && !meant && !is_persistent(e);
    old.then_some((place, *email))
}

fn is_persistent(e: &Evidence) -> bool {
    let format = match e.assertion() {
        Some(assertion) => assertion.name_id.as_ref().and_then(|n| n.format.as_deref()),
        None => claimed::table(e)
            .iter()
            .find(|c| {
                ["nameid", "uniqueuseridentifier", "saml_subject"]
                    .iter()
                    .any(|n| fold(&c.name).contains(n))
            })
            .map(|c| c.source.as_str()),
    };
    format.is_some_and(|f| f.to_ascii_lowercase().contains("persistent"))
}
