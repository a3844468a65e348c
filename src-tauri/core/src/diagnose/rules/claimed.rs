//! Which claims there are: of the assertion or, where none is at hand, as a portal or an article has them.

use super::{Evidence, Found, none, one};
use crate::claims::{self, RolePair};
use crate::diagnose::ConfiguredClaim;
use crate::idp::{IdentityProvider, Protocol};
use crate::letters::{bare, is_quote};
use crate::saml::response::Attribute;
use crate::value::{ProviderArn, arn_account};

/// Where an article or a portal has it.
pub(super) const TABLE: &str = "Table of claims";

/// The table, where it is all that is known of the claims.
pub(super) fn table(e: &Evidence) -> &[ConfiguredClaim] {
    let alone = e.assertion().is_none() && e.token.is_none();
    match alone && e.expected.idp.protocol() == Protocol::Saml {
        true => &e.table,
        false => &[],
    }
}

/// Names of all claims, and where they stand; None where nothing is known of them.
pub(super) fn names(e: &Evidence) -> Option<(Vec<&str>, &'static str)> {
    if let Some(assertion) = e.assertion() {
        let names = assertion.attributes.iter().map(|a: &Attribute| a.name.as_str());
        return Some((names.collect(), "AttributeStatement"));
    }
    match table(e) {
        [] => None,
        rows => Some((rows.iter().map(|c| c.name.as_str()).collect(), TABLE)),
    }
}

/// The values of a claim. Of a table, only a constant is a value; anything else is where one comes from.
pub(super) fn values<'a>(e: &'a Evidence, name: &str) -> Option<&'a [String]> {
    if let Some(assertion) = e.assertion() {
        return assertion.values(name);
    }
    table(e)
        .iter()
        .find(|c| c.name == name && c.source.contains("arn:aws"))
        .map(|c| std::slice::from_ref(&c.source))
}

/// Where the source of a claim stands in a table.
pub(super) fn source<'a>(e: &'a Evidence, name: &str) -> Option<&'a str> {
    table(e)
        .iter()
        .find(|c| c.name == name)
        .map(|c| c.source.as_str())
}

/// A claim that has to be there and is not. The gallery app of Entra brings some claims by itself, so that a
/// table without them may be a table of what is added.
pub(super) fn missing(e: &Evidence, name: &'static str) -> Vec<Found> {
    match e.assertion() {
        Some(assertion) => match assertion.values(name) {
            None | Some([]) => one("AttributeStatement", name, ""),
            Some(_) => none(),
        },
        None => {
            let rows = table(e);
            let has = |name: &str| rows.iter().any(|c| c.name == name);
            let brought = [claims::ROLE, claims::SESSION_NAME, claims::DURATION];
            let partial = e.expected.idp == IdentityProvider::EntraGallery
                && brought.contains(&name)
                && !brought.into_iter().any(has);
            match rows.is_empty() || partial || has(name) {
                true => none(),
                false => one(TABLE, name, ""),
            }
        }
    }
}

/// The role pair with blanks and quotation marks taken out, so that these are reported once. Of several the
/// one that is wanted, else the first.
pub(super) fn pair(e: &Evidence) -> Option<RolePair> {
    let wanted = e.expected.role_arn.as_deref();
    let mut first = None;
    for value in values(e, claims::ROLE)? {
        let Some(pair) = RolePair::split(&bare(value)) else {
            continue;
        };
        let pair = RolePair {
            role: pair.role.trim_matches(is_quote).to_owned(),
            provider: pair.provider.trim_matches(is_quote).to_owned(),
        };
        if Some(pair.role.as_str()) == wanted {
            return Some(pair);
        }
        first = first.or(Some(pair));
    }
    first
}

/// The provider that STS is asked with: the set-up's, else the one that the claim names.
pub(super) fn provider(e: &Evidence) -> Option<String> {
    let named = || {
        pair(e)
            .map(|p| p.provider)
            .filter(|p| ProviderArn::parse(p).is_ok())
    };
    e.expected.provider_arn.clone().or_else(named)
}

/// The account of an ARN. What is no number is not one: a letter that only looks right may stand before it.
pub(super) fn account_of(arn: &str) -> Option<&str> {
    arn_account(arn).filter(|a| a.bytes().all(|b| b.is_ascii_digit()))
}

/// The account that the set-up, or what stands in AWS, is in.
pub(super) fn account(e: &Evidence) -> Option<String> {
    let application = e.live.application.as_ref().map(|a| a.arn.as_str());
    let role = e.live.web_experience.as_ref().and_then(|w| w.role.as_deref());
    [
        e.expected.role_arn.as_deref(),
        e.expected.provider_arn.as_deref(),
        role,
        application,
    ]
    .into_iter()
    .flatten()
    .find_map(account_of)
    .map(str::to_owned)
}
