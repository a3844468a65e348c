//! Identity providers, and the guides through their portals: words and vendor facts are data in
//! `content/guides`, in the portal's own words and order.

use crate::setup::Setup;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Whose portal, and which way through it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdentityProvider {
    /// Microsoft Entra ID with the gallery app “AWS Single-Account Access”.
    EntraGallery,
    /// Microsoft Entra ID with an application of one's own.
    EntraOwn,
}

impl IdentityProvider {
    /// All.
    pub const ALL: [IdentityProvider; 2] = [IdentityProvider::EntraGallery, IdentityProvider::EntraOwn];

    /// As files and the command line write it; `entra` is the gallery app.
    pub fn parse(text: &str) -> Option<IdentityProvider> {
        match text {
            "entra" | "entra-gallery" => Some(IdentityProvider::EntraGallery),
            "entra-own" => Some(IdentityProvider::EntraOwn),
            _ => None,
        }
    }

    /// As files write it.
    pub fn as_str(self) -> &'static str {
        match self {
            IdentityProvider::EntraGallery => "entra-gallery",
            IdentityProvider::EntraOwn => "entra-own",
        }
    }

    /// The vendor's name in a sentence.
    pub fn vendor(self) -> &'static str {
        match self {
            IdentityProvider::EntraGallery | IdentityProvider::EntraOwn => "Entra ID",
        }
    }

    fn source(self) -> &'static str {
        match self {
            IdentityProvider::EntraGallery => include_str!("../content/guides/entra-gallery.toml"),
            IdentityProvider::EntraOwn => include_str!("../content/guides/entra-own.toml"),
        }
    }
}

/// A guide through one portal.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guide {
    /// Whose.
    pub idp: IdentityProvider,
    /// For a heading.
    pub name: String,
    /// Where the portal is.
    pub portal: String,
    /// When somebody last compared it with the portal's documents, as a date.
    pub checked: String,
    /// The role that an administrator needs there.
    pub needs: String,
    /// In the order of the portal.
    pub step: Vec<GuideStep>,
}

/// One visit to one page of the portal.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuideStep {
    /// Stable, for the ticks in a set-up.
    pub id: String,
    /// Before the AWS resources exist, or after.
    pub phase: Phase,
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

/// What may stand between `{{` and `}}` in a guide.
pub const PLACEHOLDERS: [&str; 6] = [
    "acs_url",
    "app_name",
    "provider_arn",
    "role_arn",
    "role_name",
    "role_pair",
];

static GUIDES: LazyLock<BTreeMap<IdentityProvider, Guide>> = LazyLock::new(|| {
    IdentityProvider::ALL
        .into_iter()
        .map(|idp| {
            let guide = toml::from_str(idp.source()).expect("every guide is read by a test");
            (idp, guide)
        })
        .collect()
});

/// The guide of a provider.
pub fn guide(idp: IdentityProvider) -> &'static Guide {
    GUIDES
        .get(&idp)
        .expect("every provider has a guide: `source` is total")
}

/// The values that a guide's placeholders stand for; `acs_url` is missing until the web experience exists.
pub fn values(setup: &Setup, acs_url: Option<&str>) -> BTreeMap<&'static str, String> {
    let mut values = BTreeMap::from([
        ("app_name", setup.name.clone()),
        ("provider_arn", setup.provider_arn().to_string()),
        ("role_arn", setup.role_arn().to_string()),
        ("role_name", setup.names.role.clone()),
        ("role_pair", setup.role_pair()),
    ]);
    if let Some(url) = acs_url {
        values.insert("acs_url", url.to_owned());
    }
    values
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

    #[test]
    fn guides_are_whole() {
        for idp in IdentityProvider::ALL {
            let guide: Guide =
                toml::from_str(idp.source()).unwrap_or_else(|e| panic!("{}: {e}", idp.as_str()));
            assert_eq!(guide.idp, idp);
            let all = PLACEHOLDERS.map(|p| (p, "x".to_owned())).into();
            let mut copied = String::new();
            for step in &guide.step {
                for value in &step.values {
                    let given = [&value.value, &value.choose, &value.leave];
                    assert_eq!(
                        given.iter().filter(|v| v.is_some()).count(),
                        1,
                        "{} {}",
                        step.id,
                        value.label
                    );
                    for text in given.into_iter().flatten() {
                        assert_eq!(
                            text.trim(),
                            text,
                            "{}: a value to paste has no blanks around it",
                            step.id
                        );
                        assert!(fill(text, &all).is_some(), "{}: {text}", step.id);
                    }
                    copied.extend(value.value.iter().chain(&value.choose).map(String::as_str));
                }
            }
            for needed in [
                "{{acs_url}}",
                "{{role_pair}}",
                "PrincipalTag:Email",
                "https://aws.amazon.com/SAML/Attributes",
            ] {
                assert!(copied.contains(needed), "{}: {needed}", idp.as_str());
            }
            let labels = |l: &str| {
                guide.step.iter().any(|s| {
                    s.values
                        .iter()
                        .any(|v| v.label == l || v.value.as_deref() == Some(l))
                })
            };
            assert!(labels("Role") && labels("RoleSessionName"));
        }
    }
}
