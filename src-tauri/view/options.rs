//! What the application offers: everything that may be chosen, and what of it is for ever.

use super::{Failure, Pair};
use claimbridge_core::idp::{RecipientRule, guide};
use claimbridge_core::journal::Bindings;
use claimbridge_core::resource::{Address, IndexKind, Tier};
use claimbridge_core::setup::{CustomApplication, Federation, Index, PolicyKind, Setup, SignInEndpoint};
use serde::{Deserialize, Serialize};
use specta::Type;

/// Every choice. Texts are empty where nothing was chosen.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct Options {
    /// `starter`, `enterprise`, `kendra` or `none`.
    pub index: String,
    pub units: u32,
    pub kendra_index: String,
    /// `pro` or `lite`.
    pub tier: String,
    pub q_apps: bool,
    pub kms_key: String,
    pub secret_kms_key: String,
    pub service_role: bool,
    /// Tag and attribute at the identity provider.
    pub personalization: Vec<OptionPair>,
    /// Key and value on every resource.
    pub tags: Vec<OptionPair>,
    pub title: String,
    pub subtitle: String,
    pub welcome_message: String,
    /// `aws` (as AWS does it), `on` or `off`.
    pub sample_prompts: String,
    pub origins: Vec<String>,
    pub chrome: bool,
    pub firefox: bool,
    pub custom_css_url: String,
    pub logo_url: String,
    pub font_url: String,
    pub favicon_url: String,
    pub role_path: String,
    pub permissions_boundary: String,
    pub managed_policy: bool,
    pub custom_url: String,
    /// `regional` or `global`.
    pub sign_in: String,
}

/// A pair that is typed.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct OptionPair {
    pub key: String,
    pub value: String,
}

/// The choices with what has to be known about them.
#[derive(Debug, Serialize, Type)]
pub struct OptionsView {
    pub options: Options,
    /// Fields of [`Options`] that AWS does not change any more.
    pub locked: Vec<String>,
    /// Fields that do not apply here: Q Apps in another region, a secret's key with SAML.
    pub hidden: Vec<String>,
    /// What each choice costs or means, by field.
    pub words: Vec<Pair>,
    /// Nothing is in AWS yet, so that what is for ever is still open.
    pub fresh: bool,
}

fn pairs(map: &std::collections::BTreeMap<String, String>) -> Vec<OptionPair> {
    map.iter()
        .map(|(key, value)| OptionPair {
            key: key.clone(),
            value: value.clone(),
        })
        .collect()
}

fn some(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|t| !t.is_empty())
}

impl OptionsView {
    /// For the screen.
    pub fn of(setup: &Setup, bindings: &Bindings) -> OptionsView {
        let made = |address| bindings.get(address).is_some_and(|b| b.id.is_some());
        let mut locked = Vec::new();
        if made(Address::Application) {
            locked.extend(["kms_key"]);
        }
        if made(Address::Retriever) || made(Address::Index) {
            locked.extend(["index", "kendra_index"]);
        }
        if made(Address::Role) {
            locked.extend(["role_path"]);
        }
        let mut hidden = Vec::new();
        if !setup.region.has_q_apps() {
            hidden.push("q_apps");
        }
        let oidc = matches!(setup.federation, Federation::Oidc { .. });
        if !oidc {
            hidden.push("secret_kms_key");
        }
        if guide(setup.idp()).recipient != Some(RecipientRule::SignIn) {
            hidden.push("sign_in");
        }
        let word = |label: &str, value: &str| Pair {
            label: label.into(),
            value: value.into(),
        };
        OptionsView {
            options: Options::of(setup),
            locked: locked.into_iter().map(str::to_owned).collect(),
            hidden: hidden.into_iter().map(str::to_owned).collect(),
            words: vec![
                word(
                    "index",
                    "Billed by the hour for each unit, from its creation until it is deleted, used or not. STARTER is in one availability zone and has at most 5 units, ENTERPRISE in several with at most 50. The type cannot be changed later; the units can.",
                ),
                word(
                    "units",
                    "One unit holds 20,000 documents or 200 MB of text, whichever is reached first.",
                ),
                word(
                    "kendra_index",
                    "Answers come from an index that you run in Amazon Kendra, in the same region. Then neither connectors nor uploads of Amazon Q Business can be used, and groups are Kendra's. Cannot be changed later.",
                ),
                word(
                    "tier",
                    "Everyone who signs in and asks is subscribed by themselves and billed by the month, once for each IAM provider they come through. Lite has no plugins and no Q Apps.",
                ),
                word(
                    "kms_key",
                    "A symmetric key of the same region that encrypts what the application holds. Needs an ENTERPRISE index. Cannot be changed later, and a key that is lost takes the application with it.",
                ),
                word(
                    "service_role",
                    "AWS's service-linked role is made and kept by AWS. One of your own does the same with CloudWatch alone.",
                ),
                word(
                    "personalization",
                    "Each is sent as a session tag with the sign-in, and answers take it into account. The claim for each is among the steps at the identity provider.",
                ),
                word(
                    "role_path",
                    "Part of the role's ARN, and so of the Role claim. Cannot be changed later.",
                ),
                word(
                    "managed_policy",
                    "The same permissions in a policy of their own, where your company reviews or bounds policies.",
                ),
                word(
                    "permissions_boundary",
                    "A policy that no role made here can exceed. It must allow what the role needs, or people sign in and can ask nothing.",
                ),
                word(
                    "custom_url",
                    "An application of your own that signs the same people in, AWS's sample for example. Its address becomes one more that the role admits: take it out again when you no longer use it.",
                ),
                word(
                    "sign_in",
                    "AWS recommends the region's own sign-in address. It has to be equal at the identity provider, letter by letter.",
                ),
            ],
            fresh: bindings.is_empty(),
        }
    }
}

impl Options {
    fn of(setup: &Setup) -> Options {
        let application = &setup.application;
        let look = &setup.look;
        let text = |t: &Option<String>| t.clone().unwrap_or_default();
        let (secret_kms_key, sign_in) = match &setup.federation {
            Federation::Oidc { secret_kms_key, .. } => (text(secret_kms_key), SignInEndpoint::Regional),
            Federation::Saml { sign_in, .. } => (String::new(), *sign_in),
        };
        Options {
            index: match (application.index.map(|i| i.kind), &application.kendra_index) {
                (Some(IndexKind::Starter), _) => "starter",
                (Some(IndexKind::Enterprise), _) => "enterprise",
                (None, Some(_)) => "kendra",
                (None, None) => "none",
            }
            .into(),
            units: application.index.map_or(1, |i| i.units),
            kendra_index: text(&application.kendra_index),
            tier: match application.tier {
                Tier::QBusiness => "pro",
                Tier::QLite => "lite",
            }
            .into(),
            q_apps: application.q_apps,
            kms_key: text(&application.kms_key),
            secret_kms_key,
            service_role: application.own_service_role,
            personalization: pairs(&application.personalization),
            tags: pairs(&setup.tags),
            title: setup.names.title.clone(),
            subtitle: look.subtitle.clone(),
            welcome_message: look.welcome_message.clone(),
            sample_prompts: match look.sample_prompts {
                None => "aws",
                Some(true) => "on",
                Some(false) => "off",
            }
            .into(),
            origins: look.origins.clone(),
            chrome: look.browser_extensions.iter().any(|b| b == "CHROME"),
            firefox: look.browser_extensions.iter().any(|b| b == "FIREFOX"),
            custom_css_url: look.custom_css_url.clone(),
            logo_url: look.logo_url.clone(),
            font_url: look.font_url.clone(),
            favicon_url: look.favicon_url.clone(),
            role_path: setup.role.path.clone(),
            permissions_boundary: text(&setup.role.permissions_boundary),
            managed_policy: setup.role.policy == PolicyKind::Managed,
            custom_url: setup
                .custom_application
                .as_ref()
                .map(|c| c.url.clone())
                .unwrap_or_default(),
            sign_in: match sign_in {
                SignInEndpoint::Global => "global",
                SignInEndpoint::Regional => "regional",
            }
            .into(),
        }
    }

    /// Puts the choices into a set-up; its own check says what AWS would refuse.
    ///
    /// # Errors
    /// A tag twice.
    pub fn apply(&self, setup: &mut Setup) -> Result<(), Failure> {
        let application = &mut setup.application;
        let kind = match self.index.as_str() {
            "starter" => Some(IndexKind::Starter),
            "enterprise" => Some(IndexKind::Enterprise),
            _ => None,
        };
        application.index = kind.map(|kind| Index {
            kind,
            units: self.units,
        });
        // Chosen and left empty is refused by its form, not taken for no index.
        application.kendra_index = (self.index == "kendra").then(|| self.kendra_index.trim().to_owned());
        application.tier = if self.tier == "lite" {
            Tier::QLite
        } else {
            Tier::QBusiness
        };
        application.q_apps = self.q_apps;
        application.kms_key = some(&self.kms_key);
        application.own_service_role = self.service_role;
        application.personalization = map("personalization tag", &self.personalization)?;
        setup.tags = map("tag", &self.tags)?;
        setup.names.title = self.title.trim().to_owned();
        let look = &mut setup.look;
        look.subtitle = self.subtitle.trim().to_owned();
        look.welcome_message = self.welcome_message.trim().to_owned();
        look.sample_prompts = match self.sample_prompts.as_str() {
            "on" => Some(true),
            "off" => Some(false),
            _ => None,
        };
        look.origins = self.origins.iter().filter_map(|o| some(o)).collect();
        look.browser_extensions = [(self.chrome, "CHROME"), (self.firefox, "FIREFOX")]
            .into_iter()
            .filter(|(on, _)| *on)
            .map(|(_, name)| name.to_owned())
            .collect();
        look.custom_css_url = self.custom_css_url.trim().to_owned();
        look.logo_url = self.logo_url.trim().to_owned();
        look.font_url = self.font_url.trim().to_owned();
        look.favicon_url = self.favicon_url.trim().to_owned();
        setup.role.path = some(&self.role_path).unwrap_or_else(|| "/".into());
        setup.role.permissions_boundary = some(&self.permissions_boundary);
        setup.role.policy = if self.managed_policy {
            PolicyKind::Managed
        } else {
            PolicyKind::Inline
        };
        setup.custom_application = some(&self.custom_url).map(|url| CustomApplication { url });
        match &mut setup.federation {
            Federation::Oidc { secret_kms_key, .. } => *secret_kms_key = some(&self.secret_kms_key),
            Federation::Saml { sign_in, .. } => {
                *sign_in = if self.sign_in == "global" {
                    SignInEndpoint::Global
                } else {
                    SignInEndpoint::Regional
                };
            }
        }
        Ok(())
    }
}

fn map(what: &str, typed: &[OptionPair]) -> Result<std::collections::BTreeMap<String, String>, Failure> {
    let mut map = std::collections::BTreeMap::new();
    for pair in typed
        .iter()
        .filter(|p| !(p.key.trim().is_empty() && p.value.trim().is_empty()))
    {
        let known = map.insert(pair.key.trim().to_owned(), pair.value.trim().to_owned());
        if known.is_some() {
            return Err(Failure {
                message: format!(
                    "The {what} “{}” is there twice. Take one of them out; nothing was changed.",
                    pair.key.trim()
                ),
            });
        }
    }
    Ok(map)
}
