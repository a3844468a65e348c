//! Identity providers, and the guides through their portals: words and vendor facts are data in
//! `content/guides`, in the portal's own words and order.

use crate::setup::Setup;
use crate::value::WebExperienceUrl;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::LazyLock;

macro_rules! providers {
    ($($(#[$doc:meta])* $name:ident = $id:literal,)*) => {
        /// Whose portal, which way through it, and so which protocol.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum IdentityProvider {
            $($(#[$doc])* #[serde(rename = $id)] $name,)*
        }

        impl IdentityProvider {
            /// All, in the order of the choice.
            pub const ALL: &'static [IdentityProvider] = &[$(IdentityProvider::$name,)*];

            /// As files write it.
            pub fn as_str(self) -> &'static str {
                match self { $(IdentityProvider::$name => $id,)* }
            }

            fn source(self) -> &'static str {
                match self {
                    $(IdentityProvider::$name => include_str!(concat!("../content/guides/", $id, ".toml")),)*
                }
            }
        }
    };
}

providers! {
    /// Microsoft Entra ID with the gallery app “AWS Single-Account Access”.
    EntraGallery = "entra-gallery",
    /// Microsoft Entra ID with an application of one's own.
    EntraOwn = "entra-own",
    /// Okta with a SAML 2.0 app integration.
    OktaSaml = "okta-saml",
    /// Okta with an OpenID Connect app integration and an authorization server.
    OktaOidc = "okta-oidc",
    /// PingOne with a SAML application.
    PingOne = "pingone",
    /// PingFederate with an SP connection.
    PingFederate = "pingfederate",
    /// Any other provider of SAML 2.0, in the standard's words.
    GenericSaml = "generic-saml",
    /// Any other provider of OpenID Connect, in the standard's words.
    GenericOidc = "generic-oidc",
}

impl IdentityProvider {
    /// By its name or by the alias of its guide; `entra` is the gallery app.
    pub fn parse(text: &str) -> Option<IdentityProvider> {
        Self::ALL
            .iter()
            .copied()
            .find(|idp| idp.as_str() == text || guide(*idp).alias.as_deref() == Some(text))
    }

    /// The vendor's name in a sentence.
    pub fn vendor(self) -> &'static str {
        &guide(self).vendor
    }

    /// SAML or OIDC.
    pub fn protocol(self) -> Protocol {
        guide(self).protocol
    }
}

/// How people sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// OpenID Connect.
    Oidc,
    /// SAML 2.0.
    Saml,
}

/// What an identity provider sends as Recipient, which the role's `SAML:aud` has to be equal to
/// (IAM: SAML federation keys).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecipientRule {
    /// The web experience's `/saml` address: AWS's guide for Entra ID.
    Acs,
    /// AWS's sign-in address, global or of the region: AWS's guide for Okta.
    SignIn,
}

/// A guide through one portal.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guide {
    /// Whose.
    pub idp: IdentityProvider,
    /// Another name on the command line.
    #[serde(default)]
    pub alias: Option<String>,
    /// For a heading.
    pub name: String,
    /// In a sentence: `Entra ID`.
    pub vendor: String,
    /// One line beside the choice.
    pub detail: String,
    /// SAML or OIDC.
    pub protocol: Protocol,
    /// What it sends as Recipient; SAML only.
    #[serde(default)]
    pub recipient: Option<RecipientRule>,
    /// The most characters that the portal takes for the value of the Role claim, where it has a limit.
    #[serde(default)]
    pub role_value_limit: Option<usize>,
    /// The address that the portal yields: where people sign in (SAML), or the issuer (OIDC).
    pub address: PortalAddress,
    /// Where the portal is.
    pub portal: String,
    /// When somebody last compared it with the portal's documents, as a date.
    pub checked: String,
    /// The role that an administrator needs there.
    pub needs: String,
    /// In the order of the portal.
    pub step: Vec<GuideStep>,
}

/// The address that a portal yields, in its own words.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortalAddress {
    /// The portal's label: `User access URL`, `Issuer URI`.
    pub label: String,
    /// The way there, label by label.
    pub path: Vec<String>,
    /// What else to know; empty where the label says it all.
    #[serde(default)]
    pub hint: String,
}

/// One visit to one page of the portal.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuideStep {
    /// Stable, for the ticks in a set-up.
    pub id: String,
    /// Before the AWS resources exist, or after.
    pub phase: Phase,
    /// Whoever does not need it leaves it out.
    #[serde(default)]
    pub optional: bool,
    /// A sentence about what is done.
    pub title: String,
    /// The way there, label by label.
    pub path: Vec<String>,
    /// What to know; `**bold**` and `` `code` `` only.
    #[serde(default)]
    pub text: Option<String>,
    /// What goes wrong here most often.
    #[serde(default)]
    pub warning: Option<String>,
    /// The fields of the form, in its order.
    #[serde(default)]
    pub values: Vec<GuideValue>,
    /// Its words where the final values are known from the beginning; for a step of placeholders.
    #[serde(default)]
    pub once: Option<Once>,
}

/// What a step of placeholders is called where it has the final values.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Once {
    /// In place of its title.
    pub title: String,
    /// In place of its text.
    pub text: String,
}

/// When a step is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// It needs AWS's values.
    After,
    /// It yields what AWS needs.
    Before,
}

/// One field of the portal's form.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuideValue {
    /// The portal's label.
    pub label: String,
    /// To paste, byte for byte.
    #[serde(default)]
    pub value: Option<String>,
    /// To choose from what the portal offers.
    #[serde(default)]
    pub choose: Option<String>,
    /// Nothing to enter.
    #[serde(default)]
    pub leave: Option<String>,
}

/// A way of signing in that Amazon Q Business does not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unavailable {
    /// As `--idp` would have it.
    pub id: &'static str,
    /// Beside the other choices.
    pub label: &'static str,
    /// Why not, and what to choose instead.
    pub reason: &'static str,
    /// Hosts whose issuers are refused for it.
    issuers: &'static [&'static str],
}

/// What cannot be chosen, with the reason (Q Business: IAM federation, introduction).
pub const UNAVAILABLE: [Unavailable; 2] = [
    Unavailable {
        id: "entra-oidc",
        label: "Microsoft Entra ID, OpenID Connect",
        reason: "Amazon Q Business takes Entra ID with SAML only. Choose Microsoft Entra ID, gallery app.",
        issuers: &["login.microsoftonline.com", "sts.windows.net"],
    },
    Unavailable {
        id: "google-oidc",
        label: "Google, OpenID Connect",
        reason: "Amazon Q Business takes Google with SAML only. Choose Another provider, SAML 2.0.",
        issuers: &["accounts.google.com"],
    },
];

/// Why an issuer of this host cannot be used; None for every other host. The host as a URL has it,
/// in any case, with or without the final dot.
pub fn unavailable_issuer(host: &str) -> Option<&'static str> {
    let host = host.strip_suffix('.').unwrap_or(host);
    UNAVAILABLE
        .iter()
        .find(|u| u.issuers.iter().any(|i| i.eq_ignore_ascii_case(host)))
        .map(|u| u.reason)
}

/// What may stand between `{{` and `}}` in a guide.
pub const PLACEHOLDERS: [&str; 10] = [
    "acs_url",
    "app_name",
    "custom_url",
    "provider_arn",
    "recipient",
    "redirect_url",
    "region",
    "role_arn",
    "role_name",
    "role_pair",
];

static GUIDES: LazyLock<BTreeMap<IdentityProvider, Guide>> = LazyLock::new(|| {
    IdentityProvider::ALL
        .iter()
        .map(|idp| {
            let guide = toml::from_str(idp.source()).expect("every guide is read by a test");
            (*idp, guide)
        })
        .collect()
});

/// The guide of a provider.
pub fn guide(idp: IdentityProvider) -> &'static Guide {
    GUIDES
        .get(&idp)
        .expect("every provider has a guide: `source` is total")
}

/// The values that a guide's placeholders stand for; those of the web experience are missing until it
/// exists. `endpoint` is its origin.
pub fn values(setup: &Setup, endpoint: Option<&WebExperienceUrl>) -> BTreeMap<&'static str, String> {
    let acs = endpoint.map(|e| e.acs().as_str().to_owned());
    let recipient = setup.sign_in_recipient().or_else(|| acs.clone());
    let known = [
        ("acs_url", acs),
        ("app_name", Some(setup.name.clone())),
        (
            "custom_url",
            setup.custom_application.as_ref().map(|c| c.url.clone()),
        ),
        ("provider_arn", setup.provider_arn()),
        ("recipient", recipient),
        ("redirect_url", endpoint.map(WebExperienceUrl::redirect_uri)),
        ("region", Some(setup.region.to_string())),
        ("role_arn", Some(setup.role_arn().to_string())),
        ("role_name", Some(setup.names.role.clone())),
        ("role_pair", Some(setup.role_pair())),
    ];
    known
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

/// Puts values in; None when one is not known yet.
pub fn fill(text: &str, values: &BTreeMap<&'static str, String>) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        let end = start + rest.get(start..)?.find("}}")?;
        out.push_str(rest.get(..start)?);
        out.push_str(values.get(rest.get(start + 2..end)?)?);
        rest = rest.get(end + 2..)?;
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const ATTRIBUTES: &str = "https://aws.amazon.com/SAML/Attributes";

    /// What is typed or chosen in the steps that everybody does.
    fn typed(guide: &Guide) -> Vec<&str> {
        guide
            .step
            .iter()
            .filter(|s| !s.optional)
            .flat_map(|s| &s.values)
            .filter_map(|v| v.value.as_deref().or(v.choose.as_deref()))
            .collect()
    }

    /// Every value and label has the form that screens and clipboard need.
    fn check_form(guide: &Guide) {
        let id = guide.idp.as_str();
        let all = PLACEHOLDERS.map(|p| (p, "x".to_owned())).into();
        let mut ids = BTreeSet::new();
        for step in &guide.step {
            assert!(ids.insert(&step.id), "{id}: two steps {}", step.id);
            assert!(!step.path.is_empty(), "{id} {}: no way there", step.id);
            let mut labels = BTreeSet::new();
            let once = step.once.iter().flat_map(|o| [&o.title, &o.text]);
            assert_eq!(
                once.clone().count() == 2,
                step.id == "placeholder",
                "{id} {}",
                step.id
            );
            for text in step
                .path
                .iter()
                .chain(&step.text)
                .chain(&step.warning)
                .chain(once)
            {
                assert!(fill(text, &all).is_some(), "{id} {}: {text}", step.id);
            }
            for value in &step.values {
                assert!(
                    labels.insert(&value.label),
                    "{id} {}: two {}",
                    step.id,
                    value.label
                );
                let given = [&value.value, &value.choose, &value.leave];
                assert_eq!(
                    given.iter().filter(|v| v.is_some()).count(),
                    1,
                    "{id} {} {}",
                    step.id,
                    value.label
                );
                for text in given.into_iter().flatten() {
                    assert_eq!(
                        text.trim(),
                        text,
                        "{id} {}: a value to paste has no blanks around it",
                        step.id
                    );
                    assert!(fill(text, &all).is_some(), "{id} {}: {text}", step.id);
                    assert!(
                        step.optional || !text.contains("{{custom_url}}"),
                        "{id} {}: not everybody has an application of their own",
                        step.id
                    );
                }
            }
        }
        for text in guide.address.path.iter().chain([&guide.address.hint]) {
            assert!(fill(text, &all).is_some(), "{id}: {text}");
        }
    }

    /// SAML: the addresses, and the three attributes, in one box or in two.
    fn check_saml(guide: &Guide) {
        let id = guide.idp.as_str();
        let recipient = guide.recipient.unwrap_or_else(|| panic!("{id}: no Recipient"));
        let copied = typed(guide);
        let has = |wanted: &str| copied.iter().any(|c| c.contains(wanted));
        assert!(has("{{acs_url}}") && has("{{role_pair}}"), "{id}");
        assert_eq!(
            has("{{recipient}}"),
            recipient == RecipientRule::SignIn,
            "{id}: Recipient is a field of its own only where it is AWS's sign-in address"
        );
        let labels = |l: &str| guide.step.iter().flat_map(|s| &s.values).any(|v| v.label == l);
        for name in ["PrincipalTag:Email", "Role", "RoleSessionName"] {
            let in_one_box = copied.iter().any(|c| *c == format!("{ATTRIBUTES}/{name}"));
            let in_two = copied.contains(&ATTRIBUTES) && (copied.contains(&name) || labels(name));
            assert!(in_one_box || in_two, "{id}: {name}");
        }
    }

    /// OIDC: the redirect URI and the claim with its value.
    fn check_oidc(guide: &Guide) {
        let id = guide.idp.as_str();
        assert!(
            guide.recipient.is_none() && guide.role_value_limit.is_none(),
            "{id}"
        );
        let copied = typed(guide);
        assert!(copied.contains(&"{{redirect_url}}"), "{id}");
        assert!(copied.contains(&"https://aws.amazon.com/tags"), "{id}");
        let value = copied
            .iter()
            .find(|c| c.starts_with("{\"principal_tags\": {\"Email\": "))
            .unwrap_or_else(|| panic!("{id}: no value of the claim"));
        assert!(value.ends_with("}}"), "{id}: {value}");
        let saml = ["{{acs_url}}", "{{role_pair}}", "{{recipient}}"];
        assert!(!copied.iter().any(|c| saml.contains(c)), "{id}");
    }

    #[test]
    fn guides_are_whole() {
        for idp in IdentityProvider::ALL.iter().copied() {
            let guide: Guide =
                toml::from_str(idp.source()).unwrap_or_else(|e| panic!("{}: {e}", idp.as_str()));
            assert_eq!(guide.idp, idp);
            check_form(&guide);
            match guide.protocol {
                Protocol::Saml => check_saml(&guide),
                Protocol::Oidc => check_oidc(&guide),
            }
        }
    }

    #[test]
    fn the_claim_of_okta_is_byte_for_byte_aws_s() {
        assert!(
            typed(guide(IdentityProvider::OktaOidc))
                .contains(&"{\"principal_tags\": {\"Email\": {user.email}}}")
        );
    }

    #[test]
    fn names_and_aliases_are_one_provider_each() {
        let mut seen = BTreeSet::new();
        for idp in IdentityProvider::ALL.iter().copied() {
            assert_eq!(IdentityProvider::parse(idp.as_str()), Some(idp));
            assert!(seen.insert(idp.as_str()));
            if let Some(alias) = &guide(idp).alias {
                assert_eq!(IdentityProvider::parse(alias), Some(idp));
                assert!(seen.insert(alias));
            }
        }
        assert_eq!(IdentityProvider::parse("ping"), Some(IdentityProvider::PingOne));
        for gone in UNAVAILABLE {
            assert_eq!(IdentityProvider::parse(gone.id), None);
            assert!(seen.insert(gone.id));
        }
    }

    #[test]
    fn issuers_that_amazon_q_refuses() {
        for host in [
            "login.microsoftonline.com",
            "STS.windows.net",
            "accounts.google.com.",
        ] {
            assert!(unavailable_issuer(host).is_some(), "{host}");
        }
        for host in [
            "acme.okta.com",
            "google.com",
            "login.microsoftonline.com.evil.example",
            "",
        ] {
            assert_eq!(unavailable_issuer(host), None, "{host}");
        }
    }
}
