//! What the pieces of a case say is wanted, where there is no set-up: the role's trust policy decides.

use super::Case;
use crate::claims::{self, RolePair};
use crate::diagnose::Expected;
use crate::diagnose::rules::is_placeholder;
use crate::policy::TrustPolicy;
use crate::value::Issuer;

impl Case {
    /// What the pieces themselves say is wanted, for a case without a set-up: the role's trust policy decides,
    /// and nothing is taken from the response that is judged but whose portal it comes from.
    pub fn expected_from(&self) -> Expected {
        let trust = self.trust(None);
        let policy = trust.map(|(policy, ..)| policy);
        let provider = policy.and_then(|policy| {
            let all = federated_all(policy);
            // The claim only chooses among those that the role trusts.
            federated(policy).or_else(|| self.claimed_among(&all))
        });
        // A role for the other way of signing in says nothing of the provider of this one.
        let other = match (self.judged(), self.judged_token()) {
            (Some(_), _) => Some(":oidc-provider/"),
            (None, Some(_)) => Some(":saml-provider/"),
            (None, None) => None,
        };
        let provider = provider.filter(|arn| other.is_none_or(|other| !arn.contains(other)));
        let recipients = policy.map(|p| conditioned(p, |key| key.eq_ignore_ascii_case("SAML:aud")));
        Expected {
            idp: self.identity_provider(provider),
            recipient: recipients.and_then(addressed),
            audience: None,
            role_arn: trust.and_then(|(_, role_arn, _)| role_arn.map(str::to_owned)),
            provider_arn: provider.map(str::to_owned),
            tags: None,
        }
    }

    /// The provider that the judged response's Role claim names, of these.
    fn claimed_among<'a>(&self, providers: &[&'a str]) -> Option<&'a str> {
        let (_, response) = self.judged()?;
        let pairs = response.view().assertions.first()?.values(claims::ROLE)?;
        let named = pairs.iter().filter_map(|pair| RolePair::split(pair));
        let mut trusted = named.filter_map(|pair| providers.iter().copied().find(|p| *p == pair.provider));
        trusted.next()
    }
}

/// The one address that these name. A pattern is none, and neither is what stands there until there is an address.
fn addressed(mut recipients: Vec<String>) -> Option<String> {
    recipients.retain(|r| !is_placeholder(r));
    only(recipients).filter(|r| !r.contains(['*', '?', '$']))
}

/// The one IAM provider that a trust policy admits.
pub(super) fn federated(policy: &TrustPolicy) -> Option<&str> {
    match *federated_all(policy) {
        [one] => Some(one),
        _ => None,
    }
}

/// Every IAM provider that a trust policy admits, each once.
pub(super) fn federated_all(policy: &TrustPolicy) -> Vec<&str> {
    let statements = policy.0.statements.iter();
    let mut all: Vec<&str> = statements
        .filter(|s| s.allow && !s.not_principal)
        .flat_map(|s| &s.principals)
        .filter(|(kind, value)| kind == "Federated" && value.contains("-provider/"))
        .map(|(_, value)| value.as_str())
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

pub(super) fn issuer_of(provider_arn: &str) -> Option<Issuer> {
    let (_, tail) = provider_arn.split_once(":oidc-provider/")?;
    let address = format!("https://{tail}");
    Issuer::parse(&address)
        .or_else(|_| Issuer::practice(&format!("http://{tail}")))
        .ok()
}

/// What a trust policy demands of a key.
pub(super) fn conditioned(policy: &TrustPolicy, is_key: impl Fn(&str) -> bool) -> Vec<String> {
    let allowing = policy.0.statements.iter().filter(|s| s.allow);
    let mut values: Vec<String> = allowing
        .flat_map(|s| &s.conditions)
        .filter(|c| is_key(&c.key))
        .flat_map(|c| c.values.clone())
        .collect();
    values.sort();
    values.dedup();
    values
}

/// Whether a condition key has the client of a token: that of the issuer, and not the one of SAML.
pub(super) fn is_client_key(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    key.ends_with(":aud") && key != "saml:aud"
}

pub(super) fn only(values: Vec<String>) -> Option<String> {
    <[String; 1]>::try_from(values).ok().map(|[one]| one)
}
