//! Rules about what comes after the sign-in: subscriptions, groups and addresses of documents.

use super::permissions::claim_denied;
use super::{EMAIL_VALUE, Evidence, Found, Owner, Severity, claimed, listed, none, one};
use crate::claims;
use crate::oidc::TokenTags;
use crate::resource::Tier;

/// Nobody is subscribed by signing in: who has no subscription yet is refused. Where people are, the first call
/// is refused once all the same.
pub(super) fn no_subscription(e: &Evidence) -> Vec<Found> {
    const REFUSED: &str = "user does not have a subscription for the given application";
    let Some(application) = &e.live.application else {
        return none();
    };
    if application.subscription.is_some_and(|(on, _)| on) {
        let was_refused = e.messages.iter().any(|m| m.text.to_lowercase().contains(REFUSED));
        let mut found = match was_refused && claim_denied(e).is_empty() {
            true => one("Message", "a second try", "the first call of a person"),
            false => none(),
        };
        for f in &mut found {
            f.severity = Some(Severity::Warning);
            f.owner = Some(Owner::User);
            f.remedy = Some(
                "Try once more: the first call took the subscription and was refused, the next has it. If it stays, compare the role's permissions."
                    .to_owned(),
            );
        }
        return found;
    }
    let held = e.live.subscriptions.as_ref();
    let found = match held {
        Some(all) => format!("off, {} subscriptions", all.len()),
        None => "off".to_owned(),
    };
    let mut found = one("Application autoSubscriptionConfiguration", "ENABLED", found);
    // Some people may have theirs; that this person has none is not known.
    if held.is_none_or(|all| !all.is_empty()) {
        for f in &mut found {
            f.severity = Some(Severity::Warning);
        }
    }
    found
}

/// Every subscription that there is begins later, or is over.
pub(super) fn subscription_inactive(e: &Evidence) -> Vec<Found> {
    match &e.live.subscriptions {
        Some(all) if !all.is_empty() && all.iter().all(|s| !s.active) => one(
            "Subscriptions",
            "an active subscription",
            format!("{} subscriptions, none of them active", all.len()),
        ),
        Some(_) | None => none(),
    }
}

/// Q Apps are on, and people have the tier that does not bring them (Q Business: tiers).
pub(super) fn lite(e: &Evidence) -> Vec<Found> {
    let Some(application) = e.live.application.as_ref().filter(|a| a.q_apps) else {
        return none();
    };
    let lite = Tier::QLite.as_str();
    let held = e.live.subscriptions.as_deref().unwrap_or_default();
    let some = held.iter().filter(|s| s.active && s.tier == lite).count();
    let default = application.subscription == Some((true, Some(Tier::QLite)));
    match (some, default) {
        (0, false) => none(),
        (0, true) => one(
            "Application defaultSubscriptionType",
            Tier::QBusiness.as_str(),
            lite,
        ),
        (some, _) => one(
            "Subscriptions",
            Tier::QBusiness.as_str(),
            format!("{some} of {} with {lite}", held.len()),
        ),
    }
}

/// Whoever signs in through two providers is paid for twice (Q Business: tiers).
pub(super) fn several_providers(e: &Evidence) -> Vec<Found> {
    match &e.live.providers_in_use {
        Some(all) if all.len() > 1 => one(
            "Applications of the region",
            "one IAM provider",
            listed(all, ", "),
        ),
        Some(_) | None => none(),
    }
}

/// The address that AWS is told: of the assertion, else of the token.
fn email(e: &Evidence) -> Option<(String, &'static str)> {
    if let Some(assertion) = e.assertion() {
        let value = assertion.values(claims::EMAIL)?.first()?;
        return Some((value.clone(), EMAIL_VALUE));
    }
    let (_, claims) = super::token::token(e)?;
    Some((TokenTags::of(claims).email()?.to_owned(), "Tag Email"))
}

/// Documents are shown to the addresses of their access lists (Q Business: how a retriever filters by people).
pub(super) fn address_differs(e: &Evidence) -> Vec<Found> {
    let (Some(listed), Some((sent, place))) = (&e.live.document_addresses, email(e)) else {
        return none();
    };
    if listed.is_empty() || sent.trim().is_empty() || listed.contains(&sent) {
        return none();
    }
    let local = |address: &str| address.split('@').next().unwrap_or_default().to_ascii_lowercase();
    let near = listed
        .iter()
        .find(|a| a.eq_ignore_ascii_case(&sent))
        .or_else(|| listed.iter().find(|a| local(a) == local(&sent)));
    match near {
        Some(near) => one(place, near, sent),
        None => one(
            place,
            format!("one of the {} addresses of the access lists", listed.len()),
            sent,
        ),
    }
}

/// Groups that the provider sends, none of which the index knows: with IAM federation they are not taken over.
pub(super) fn no_groups(e: &Evidence) -> Vec<Found> {
    /// Of an index with more only the first are read.
    const READ: usize = 200;
    let (Some(known), Some(sent)) = (&e.live.groups, groups(e)) else {
        return none();
    };
    if known.len() >= READ || sent.is_empty() || sent.iter().any(|g| known.contains(g)) {
        return none();
    }
    let held = match known.as_slice() {
        [] => "the index has no groups".to_owned(),
        some => format!("the index has {}", listed(some, ", ")),
    };
    one("Groups of the index", listed(&sent, ", "), held)
}

fn groups(e: &Evidence) -> Option<Vec<String>> {
    let is_groups = |name: &str| {
        let last = name.rsplit(['/', ':']).next().unwrap_or_default();
        ["groups", "memberof"].contains(&last.to_ascii_lowercase().as_str())
    };
    if e.assertion().is_some() {
        let (names, _) = claimed::names(e)?;
        let name = names.into_iter().find(|n| is_groups(n))?;
        return Some(e.assertion()?.values(name)?.to_vec());
    }
    let (_, claims) = super::token::token(e)?;
    let name = claims.names().find(|n| is_groups(n))?;
    let list = claims.get(name)?.as_array()?;
    Some(
        list.iter()
            .filter_map(|g| g.as_str().map(str::to_owned))
            .collect(),
    )
}
