//! Identity providers, and the guides through their portals: words and vendor facts are data in
//! `content/guides`, in the portal's own words and order.

use crate::setup::Setup;
use crate::value::WebExperienceUrl;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::LazyLock;

mod vendor;
mod visits;
pub use visits::{Entry, Field, Visit, filled_path, steps, visits};

/// What the placeholders of a guide stand for, as far as it is known.
pub type Values = BTreeMap<&'static str, String>;

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
    /// How the value of the OIDC claim continues with a further tag, of `{{tag}}` and `{{tag_source}}`.
    #[serde(default)]
    pub tag_item: Option<String>,
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

impl Guide {
    /// What the portal calls the source of a person's e-mail address.
    pub fn email_source(&self) -> &str {
        let step = self.step.iter().find(|s| s.id == "email-claim");
        let source = step.and_then(|s| s.values.last());
        source
            .and_then(|v| v.value.as_deref().or(v.choose.as_deref()))
            // With OpenID Connect one claim carries everything.
            .unwrap_or("the e-mail address")
    }
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
    /// Done once for each tag that answers are personalized by, of `{{tag}}` and `{{tag_source}}`.
    #[serde(default)]
    pub each_tag: bool,
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
}

/// What cannot be chosen, with the reason (Q Business: IAM federation, introduction).
pub const UNAVAILABLE: [Unavailable; 2] = [
    Unavailable {
        id: "entra-oidc",
        label: "Microsoft Entra ID, OpenID Connect",
        reason: "Amazon Q Business takes Entra ID with SAML only. Choose Microsoft Entra ID, gallery app.",
    },
    Unavailable {
        id: "google-oidc",
        label: "Google, OpenID Connect",
        reason: "Amazon Q Business takes Google with SAML only. Choose Another provider, SAML 2.0.",
    },
];

/// What may stand between `{{` and `}}` in a guide.
pub const PLACEHOLDERS: [&str; 11] = [
    "acs_url",
    "app_name",
    "custom_url",
    "further_tags",
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
pub fn values(setup: &Setup, endpoint: Option<&WebExperienceUrl>) -> Values {
    let acs = endpoint.map(|e| e.acs().as_str().to_owned());
    let recipient = setup.sign_in_recipient().or_else(|| acs.clone());
    let known = [
        ("acs_url", acs),
        ("app_name", Some(setup.name.clone())),
        (
            "custom_url",
            setup.custom_application.as_ref().map(|c| c.url.clone()),
        ),
        ("further_tags", Some(guide(setup.idp()).further_tags(setup))),
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
pub fn fill(text: &str, values: &Values) -> Option<String> {
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
