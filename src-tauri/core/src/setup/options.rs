//! What an administrator may choose beyond the names: index, retriever, subscription, key, look, how
//! the role is made; with every limit of AWS that can be known beforehand.

use super::{Setup, SetupError, TAG, is_tag};
use crate::resource::{Address, IndexKind, Look, Tier};
use crate::value::AccountId;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use url::Url;

/// What the application offers to people, and what it costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// None: answers come from the language model alone; an index can be added later.
    pub index: Option<Index>,
    /// Id of an Amazon Kendra index of the region that answers come from, instead of an own index.
    #[serde(default)]
    pub kendra_index: Option<String>,
    /// Subscription that a person gets at the first sign-in.
    pub tier: Tier,
    /// Q Apps; only in the United States regions.
    pub q_apps: bool,
    /// ARN of a customer-managed KMS key; needs an ENTERPRISE index, and cannot be changed later.
    pub kms_key: Option<String>,
    /// A service role of its own for logs and metrics, instead of AWS's service-linked one.
    #[serde(default)]
    pub own_service_role: bool,
    /// Session tags beside Email, by which answers are personalized: key → attribute at the identity
    /// provider, `city` → `user.city`.
    #[serde(default)]
    pub personalization: BTreeMap<String, String>,
}

impl Default for Application {
    fn default() -> Self {
        Application {
            index: Some(Index {
                kind: IndexKind::Starter,
                units: 1,
            }),
            kendra_index: None,
            tier: Tier::QBusiness,
            q_apps: false,
            kms_key: None,
            own_service_role: false,
            personalization: BTreeMap::new(),
        }
    }
}

/// An index and its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// STARTER or ENTERPRISE; cannot be changed later.
    pub kind: IndexKind,
    /// One unit is 20,000 documents or 200 MB of text (Q Business: index units).
    pub units: u32,
}

/// Where the role's permissions are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyKind {
    /// In the role itself.
    #[default]
    Inline,
    /// In a managed policy, which companies often want for their reviews.
    Managed,
}

/// How the role of signed-in people is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RoleOptions {
    /// `/` or `/team/`: part of the role's ARN, and so of the Role claim. Cannot be changed later.
    pub path: String,
    /// ARN of a managed policy that bounds every role made here.
    pub permissions_boundary: Option<String>,
    /// Inline or managed.
    pub policy: PolicyKind,
}

impl Default for RoleOptions {
    fn default() -> Self {
        RoleOptions {
            path: "/".into(),
            permissions_boundary: None,
            policy: PolicyKind::default(),
        }
    }
}

/// An application of the company's own that signs the same people in and asks Amazon Q Business in
/// their name; AWS's samples are such.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomApplication {
    /// Its ACS URL (SAML) or redirect URI (OIDC): `http://localhost:8000/saml` in AWS's sample.
    pub url: String,
}

fn refuse(field: &'static str, found: &str, expected: impl Into<String>) -> Result<(), SetupError> {
    Err(SetupError::Field {
        field,
        found: found.chars().take(200).collect(),
        expected: expected.into(),
    })
}

impl Application {
    pub(super) fn check(&self, setup: &Setup) -> Result<(), SetupError> {
        if self.q_apps && !setup.region.has_q_apps() {
            return Err(SetupError::QAppsRegion { found: setup.region });
        }
        if let Some(index) = self.index {
            if self.kms_key.is_some() && index.kind != IndexKind::Enterprise {
                return Err(SetupError::KmsNeedsEnterprise);
            }
            let most = if setup.adopted.has(Address::Index) {
                // AWS raises the limit of an account on request.
                u32::MAX
            } else {
                index.kind.most_units()
            };
            if !(1..=most).contains(&index.units) {
                return Err(SetupError::Units {
                    found: index.units,
                    most,
                });
            }
        }
        if let Some(kendra) = &self.kendra_index {
            let id = kendra.len() == 36 && kendra.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            if !id {
                refuse(
                    "Amazon Kendra index",
                    kendra,
                    "its id of 36 characters, as the Kendra console shows it",
                )?;
            }
            if self.index.is_some() {
                refuse(
                    "retriever",
                    "an own index and an Amazon Kendra index",
                    "one of them: a retriever reads one index (Q Business: selecting a retriever)",
                )?;
            }
        }
        if let Some(key) = &self.kms_key {
            check_kms_key("KMS key", key, setup)?;
        }
        for (tag, source) in &self.personalization {
            if !is_tag(tag, "") || tag.eq_ignore_ascii_case("email") {
                refuse(
                    "personalization tag",
                    tag,
                    "a tag key of letters, digits, blanks and _.:/=+-@ other than Email",
                )?;
            }
            if source.trim().is_empty() || source.contains(['"', '{', '}']) {
                refuse(
                    "source of a personalization tag",
                    source,
                    "an attribute of the person, user.city for example",
                )?;
            }
        }
        if let Some(tag) = twice(&self.personalization) {
            refuse(
                "personalization tag",
                tag,
                "a tag key that no other has in another case: session tags do not tell them apart (IAM: session tags)",
            )?;
        }
        if self.personalization.len() > 49 {
            refuse(
                "personalization tags",
                &self.personalization.len().to_string(),
                "at most 49 beside Email (IAM: session tags)",
            )?;
        }
        Ok(())
    }
}

impl RoleOptions {
    pub(super) fn check(&self, account: &AccountId) -> Result<(), SetupError> {
        let path = &self.path;
        let whole = path.starts_with('/') && path.ends_with('/') && !path.contains("//") && path.len() <= 512;
        let plain = path
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"/+=@_-".contains(&b));
        if !whole || !plain {
            refuse(
                "path of the role",
                path,
                "/ or /name/, of letters, digits and /+=@_-; no period, no comma",
            )?;
        }
        match &self.permissions_boundary {
            Some(arn)
                if !(arn.starts_with("arn:aws:iam::aws:policy/")
                    || arn.starts_with(&format!("arn:aws:iam::{account}:policy/")))
                    || arn.contains(char::is_whitespace) =>
            {
                refuse(
                    "permissions boundary",
                    arn,
                    format!("arn:aws:iam::{account}:policy/NAME"),
                )
            }
            _ => Ok(()),
        }
    }
}

impl CustomApplication {
    pub(super) fn check(&self) -> Result<(), SetupError> {
        let local = |u: &Url| matches!(u.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        let fits = !self.url.contains(char::is_whitespace)
            && self.url.len() <= 1024
            && Url::parse(&self.url).is_ok_and(|u| {
                u.fragment().is_none() && (u.scheme() == "https" || (u.scheme() == "http" && local(&u)))
            });
        if fits {
            Ok(())
        } else {
            refuse(
                "address of the custom application",
                &self.url,
                "https://HOST/PATH, or http://localhost:PORT/PATH for a test",
            )
        }
    }
}

/// `arn:aws:kms:REGION:ACCOUNT:key/ID` of the application's region; another account's key may be used.
pub(super) fn check_kms_key(field: &'static str, key: &str, setup: &Setup) -> Result<(), SetupError> {
    let parts: Vec<&str> = key.split(':').collect();
    let fits = matches!(parts.as_slice(), ["arn", "aws", "kms", region, account, tail]
        if *region == setup.region.as_str()
            && AccountId::parse(account).is_ok()
            && tail.strip_prefix("key/").is_some_and(|id| !id.is_empty() && !id.contains('/')));
    if fits {
        Ok(())
    } else {
        refuse(
            field,
            key,
            format!(
                "arn:aws:kms:{}:{}:key/KEY-ID of the application's own region",
                setup.region, setup.account
            ),
        )
    }
}

/// A key that differs from another in its case alone.
fn twice(tags: &BTreeMap<String, String>) -> Option<&String> {
    let mut seen = BTreeSet::new();
    tags.keys().find(|key| !seen.insert(key.to_lowercase()))
}

/// The company's own tags, as a whole: IAM keeps 50 on a resource, does not tell keys apart by case, and
/// one of them is ours (IAM: tagging resources).
pub(super) fn check_tags(tags: &BTreeMap<String, String>) -> Result<(), SetupError> {
    if tags.len() > 49 {
        refuse(
            "number of tags",
            &tags.len().to_string(),
            format!("at most 49 beside {TAG}"),
        )?;
    }
    if let Some(key) = tags.keys().find(|key| key.eq_ignore_ascii_case(TAG)) {
        refuse(
            "key of a tag",
            key,
            "another: this one says which set-up made a resource",
        )?;
    }
    if let Some(key) = twice(tags) {
        refuse(
            "key of a tag",
            key,
            "one that no other has in another case: IAM does not tell them apart",
        )?;
    }
    Ok(())
}

/// What AWS takes of a web experience (Q Business API: CreateWebExperience).
pub(super) fn check_look(look: &Look) -> Result<(), SetupError> {
    for (field, text, most) in [
        ("subtitle", &look.subtitle, 500),
        ("welcome message", &look.welcome_message, 300),
    ] {
        if text.chars().count() > most {
            refuse(field, text, format!("at most {most} characters"))?;
        }
    }
    if look.origins.len() > 10 {
        refuse("origins", &look.origins.len().to_string(), "at most 10")?;
    }
    for origin in &look.origins {
        let fits = origin.len() <= 256
            && Url::parse(origin).is_ok_and(|u| {
                matches!(u.scheme(), "http" | "https")
                    && u.path() == "/"
                    && u.query().is_none()
                    && u.fragment().is_none()
            })
            && !origin.ends_with('/');
        if !fits {
            refuse(
                "origin",
                origin,
                "https://HOST or https://HOST:PORT, without a path",
            )?;
        }
    }
    if let Some(other) = look
        .browser_extensions
        .iter()
        .find(|b| !["CHROME", "FIREFOX"].contains(&b.as_str()))
    {
        refuse("browser extension", other, "CHROME or FIREFOX")?;
    }
    for (field, address, ends) in [
        ("custom CSS", &look.custom_css_url, [".css", ".css"]),
        ("logo", &look.logo_url, [".svg", ".png"]),
        ("favicon", &look.favicon_url, [".svg", ".ico"]),
        ("font", &look.font_url, ["", ""]),
    ] {
        let fits = address.is_empty()
            || (address.len() <= 1284
                && Url::parse(address).is_ok_and(|u| {
                    u.scheme() == "https"
                        && ends
                            .iter()
                            .any(|end| u.path().to_ascii_lowercase().ends_with(end))
                }));
        if !fits {
            let kinds = if ends[0].is_empty() {
                String::new()
            } else if ends[0] == ends[1] {
                format!(" of a {} file", ends[0])
            } else {
                format!(" of a {} or {} file", ends[0], ends[1])
            };
            refuse(field, address, format!("an https address{kinds}"))?;
        }
    }
    Ok(())
}
