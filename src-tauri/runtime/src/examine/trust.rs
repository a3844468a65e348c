//! What an adopted role admits: which of its `SAML:aud` or client values are what, and which never match.

use claimbridge_core::idp::RecipientRule;
use claimbridge_core::policy::Document;
use claimbridge_core::setup::{AdoptedRecipient, PLACEHOLDER_AUDIENCE, SignInEndpoint};
use claimbridge_core::value::Region;
use serde_json::Value as Json;
use url::Url;

/// The values of `SAML:aud`, told apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Recipients {
    /// What the identity provider sends, where its guide says otherwise.
    pub rule: Option<AdoptedRecipient>,
    /// Which of AWS's sign-in addresses of the region, where the guide has one.
    pub sign_in: Option<SignInEndpoint>,
    /// The address of an application of the company's own.
    pub custom: Option<String>,
    /// What else is admitted.
    pub others: Vec<String>,
    /// What no response ever has as Recipient.
    pub placeholders: Vec<String>,
}

/// Every value that the trust policy admits under `key`, for this provider; each once.
pub(crate) fn admitted(trust: &Document, provider: &str, key: &str) -> Vec<String> {
    let mut values: Vec<String> = Vec::new();
    let ours = |s: &&claimbridge_core::policy::Statement| {
        s.allow && !s.not_principal && s.principals.iter().any(|(_, p)| p == provider)
    };
    for condition in trust.statements.iter().filter(ours).flat_map(|s| &s.conditions) {
        if condition.key.eq_ignore_ascii_case(key) {
            for value in &condition.values {
                if !values.contains(value) {
                    values.push(value.clone());
                }
            }
        }
    }
    values
}

/// Whether sessions may be tagged, without which no sign-in that sends an email passes (IAM: session tags).
pub(crate) fn tags_sessions(trust: &Document) -> bool {
    let tag =
        |a: &String| a.eq_ignore_ascii_case("sts:TagSession") || a.eq_ignore_ascii_case("sts:*") || a == "*";
    trust
        .statements
        .iter()
        .any(|s| s.allow && !s.not_action && s.actions.iter().any(tag))
}

/// A trust policy from what a role's read shows.
pub(crate) fn document(attribute: Option<&Json>) -> Document {
    attribute
        .and_then(|json| Document::from_json(json).ok())
        .unwrap_or(Document {
            statements: Vec::new(),
        })
}

/// What AWS's pages put in until the address is known, and what is no address at all.
fn is_placeholder(value: &str) -> bool {
    let Ok(url) = Url::parse(value) else {
        return true;
    };
    let host = url.host_str().unwrap_or_default();
    value.starts_with(PLACEHOLDER_AUDIENCE)
        || !matches!(url.scheme(), "http" | "https")
        || ["example.com", "sampleurl.com"].contains(&host)
}

/// An address of AWS's sign-in, of any region (AWS: sign-in endpoints).
fn is_sign_in(value: &str) -> bool {
    Url::parse(value).is_ok_and(|u| {
        let host = u.host_str().unwrap_or_default();
        u.path() == "/saml" && (host == "signin.aws.amazon.com" || host.ends_with(".signin.aws.amazon.com"))
    })
}

/// An address that a set-up may hold as that of a company's own application.
fn is_custom(value: &str) -> bool {
    Url::parse(value).is_ok_and(|u| {
        let host = u.host_str().unwrap_or_default();
        let local = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        // Another web experience of Amazon Q Business is none.
        (u.scheme() == "https" || local) && u.fragment().is_none() && !host.ends_with(".on.aws")
    })
}

/// Tells the values apart. `acs`: the web experience's `/saml` address; `guide`: what the identity
/// provider sends if it was set up by its guide.
pub(crate) fn recipients(
    values: Vec<String>,
    acs: Option<&str>,
    region: Region,
    guide: Option<RecipientRule>,
) -> Recipients {
    let mut found = Recipients::default();
    let mut sign_ins = Vec::new();
    let mut has_acs = false;
    for value in values {
        if acs == Some(value.as_str()) {
            has_acs = true;
        } else if is_placeholder(&value) {
            found.placeholders.push(value);
        } else if is_sign_in(&value) {
            sign_ins.push(value);
        } else if found.custom.is_none() && is_custom(&value) {
            found.custom = Some(value);
        } else {
            found.others.push(value);
        }
    }
    let of_region = [SignInEndpoint::Regional, SignInEndpoint::Global];
    let known = of_region.into_iter().find(|e| sign_ins.contains(&e.url(region)));
    match (guide, known) {
        (Some(RecipientRule::Acs), _) | (None, _) if has_acs => {}
        (Some(RecipientRule::SignIn), Some(endpoint)) => {
            found.sign_in = Some(endpoint);
            sign_ins.retain(|s| *s != endpoint.url(region));
        }
        _ if !sign_ins.is_empty() => found.rule = Some(AdoptedRecipient::Address(sign_ins.remove(0))),
        _ if has_acs => found.rule = Some(AdoptedRecipient::WebExperience),
        _ => {}
    }
    // What is admitted beside what the set-up then says.
    let says_acs = match found.rule {
        Some(AdoptedRecipient::WebExperience) => true,
        Some(AdoptedRecipient::Address(_)) => false,
        None => guide != Some(RecipientRule::SignIn),
    };
    found.others.extend(sign_ins);
    if let (true, false, Some(acs)) = (has_acs, says_acs, acs) {
        found.others.push(acs.to_owned());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACS: &str = "https://abcdefgh.chat.qbusiness.us-west-2.on.aws/saml";
    const GLOBAL: &str = "https://signin.aws.amazon.com/saml";
    const REGIONAL: &str = "https://us-west-2.signin.aws.amazon.com/saml";
    const ELSEWHERE: &str = "https://eu-west-1.signin.aws.amazon.com/saml";
    const SAMPLE: &str = "http://localhost:8000/saml";

    fn check(guide: RecipientRule, values: &[&str], expected: Recipients) {
        let values = values.iter().map(|v| (*v).to_owned()).collect();
        let found = recipients(values, Some(ACS), Region::UsWest2, Some(guide));
        assert_eq!(found, expected);
    }

    #[test]
    fn what_the_guide_says_needs_no_word() {
        let none = Recipients::default;
        check(RecipientRule::Acs, &[ACS], none());
        for (value, endpoint) in [
            (GLOBAL, SignInEndpoint::Global),
            (REGIONAL, SignInEndpoint::Regional),
        ] {
            let expected = Recipients {
                sign_in: Some(endpoint),
                ..none()
            };
            check(RecipientRule::SignIn, &[value], expected);
        }
        check(
            RecipientRule::SignIn,
            &[REGIONAL, SAMPLE],
            Recipients {
                sign_in: Some(SignInEndpoint::Regional),
                custom: Some(SAMPLE.into()),
                ..none()
            },
        );
    }

    #[test]
    fn what_the_guide_does_not_say_stays_as_it_is() {
        let none = Recipients::default;
        check(
            RecipientRule::SignIn,
            &[ACS],
            Recipients {
                rule: Some(AdoptedRecipient::WebExperience),
                ..none()
            },
        );
        for address in [GLOBAL, ELSEWHERE] {
            check(
                RecipientRule::Acs,
                &[address],
                Recipients {
                    rule: Some(AdoptedRecipient::Address(address.into())),
                    ..none()
                },
            );
        }
        check(
            RecipientRule::SignIn,
            &[ACS, GLOBAL, REGIONAL],
            Recipients {
                sign_in: Some(SignInEndpoint::Regional),
                others: vec![GLOBAL.into(), ACS.into()],
                ..none()
            },
        );
        let another = "https://zyxwvuts.chat.qbusiness.us-west-2.on.aws/saml";
        check(
            RecipientRule::Acs,
            &[ACS, another, "https://apps.acme.example/saml"],
            Recipients {
                custom: Some("https://apps.acme.example/saml".into()),
                others: vec![another.into()],
                ..none()
            },
        );
    }

    #[test]
    fn placeholders_are_nobody_s() {
        for value in [
            PLACEHOLDER_AUDIENCE,
            "https://sampleurl.com/saml",
            "https://example.com/saml",
            "signin.aws.amazon.com/saml",
            "urn:amazon:webservices",
        ] {
            check(
                RecipientRule::Acs,
                &[value],
                Recipients {
                    placeholders: vec![value.into()],
                    ..Recipients::default()
                },
            );
        }
    }
}
