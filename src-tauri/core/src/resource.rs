//! AWS resources as the plan sees them: addresses, desired values, what can be observed, and the
//! one door to the cloud.

use crate::value::{AccountId, Region, WebExperienceUrl};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeMap;

mod address;
mod attributes;
mod cloud;
mod held;
mod map;
pub use address::{Address, Output, PhysicalId};
pub use cloud::{Candidate, Cloud, CloudError, CloudErrorKind, Leftover, Observed, SecretValue, Snapshot};
pub use held::{
    HeldApplication, HeldIndex, HeldPolicy, HeldRetriever, HeldSignIn, HeldWebExperience, Status,
};

/// A field of a desired resource: known, or the output of another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// Shown as *known after apply*.
    From(Address, Output),
    /// As it is.
    Known(String),
}

/// An index's type, as the API spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum IndexKind {
    /// Several availability zones; needed for customer-managed keys.
    Enterprise,
    /// One availability zone.
    Starter,
}

impl IndexKind {
    /// The most units that one may have (Q Business: index units).
    pub fn most_units(self) -> u32 {
        match self {
            IndexKind::Enterprise => 50,
            IndexKind::Starter => 5,
        }
    }

    /// As the API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            IndexKind::Enterprise => "ENTERPRISE",
            IndexKind::Starter => "STARTER",
        }
    }
}

/// A subscription, as the API spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tier {
    /// Q Business Pro.
    #[serde(rename = "Q_BUSINESS")]
    QBusiness,
    /// Q Business Lite.
    #[serde(rename = "Q_LITE")]
    QLite,
}

impl Tier {
    /// As the API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Tier::QBusiness => "Q_BUSINESS",
            Tier::QLite => "Q_LITE",
        }
    }

    /// As AWS's pages call it.
    pub fn name(self) -> &'static str {
        match self {
            Tier::QBusiness => "Amazon Q Business Pro",
            Tier::QLite => "Amazon Q Business Lite",
        }
    }
}

/// What a role of AWS's own service is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Logs and metrics of the application.
    Application,
    /// Reading an Amazon Kendra index.
    Retriever,
    /// Reading the OIDC client's secret.
    Secrets,
}

/// What a trust policy of ours depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trust<S = Value> {
    /// People with an ID token.
    Oidc {
        /// ARN of the OIDC provider.
        provider: S,
        /// The issuer without its scheme: the prefix of its condition keys.
        issuer: String,
        /// Clients whose tokens are admitted.
        client_ids: Vec<String>,
    },
    /// People with a SAML response.
    Saml {
        /// ARN of the SAML provider.
        provider: S,
        /// `SAML:aud`: the Recipients that are admitted, byte for byte.
        recipients: Vec<S>,
    },
    /// Amazon Q Business itself.
    Service {
        /// What for.
        purpose: Purpose,
        /// Region of the application.
        region: Region,
        /// Account of the application.
        account: AccountId,
        /// Application id; None admits any application of the account.
        application: Option<S>,
    },
}

/// What a permission policy of ours depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "fields carry the names of the documents")]
pub enum Permissions<S = Value> {
    /// Logs and metrics.
    Application { region: Region, account: AccountId },
    /// Reading a Kendra index.
    Retriever {
        region: Region,
        account: AccountId,
        kendra_index: String,
    },
    /// Reading one secret; `secret` is its whole ARN.
    Secrets { secret: S, kms_key: Option<String> },
    /// Everything that a signed-in person does.
    WebExperience {
        region: Region,
        account: AccountId,
        application: S,
        q_apps: bool,
        kms_key: Option<String>,
        /// Opening the documents that an answer was taken from: optional in AWS's documents.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        document_content: bool,
    },
}

/// What a retriever reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RetrieverSource<S = Value> {
    /// An index of Amazon Kendra.
    Kendra {
        /// Its id.
        index: String,
        /// ARN of the role that reads it.
        role: S,
    },
    /// The application's own index.
    Native {
        /// Its id.
        index: S,
    },
}

/// How a web experience sends people to their identity provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignIn<S = Value> {
    /// By OpenID Connect.
    Oidc {
        /// ARN of the secret with the client's secret.
        secret: S,
        /// ARN of the role that reads it.
        role: S,
    },
    /// By SAML 2.0.
    Saml {
        /// The page people are sent to.
        authentication_url: String,
    },
}

/// What people see of a web experience besides its title. Empty texts are not sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Look {
    /// Under the title; at most 500 characters.
    pub subtitle: String,
    /// Above the first question; at most 300 characters.
    pub welcome_message: String,
    /// Whether suggestions are shown.
    pub sample_prompts: Option<bool>,
    /// Sites that may embed the web experience, `https://host`; at most 10.
    pub origins: Vec<String>,
    /// `CHROME`, `FIREFOX`.
    pub browser_extensions: Vec<String>,
    /// Of a style sheet.
    pub custom_css_url: String,
    /// Of an .svg or .png.
    pub logo_url: String,
    /// Of a font.
    pub font_url: String,
    /// Of an .svg or .ico.
    pub favicon_url: String,
}

macro_rules! resources {
    ($($name:ident { $($(#[$meta:meta])* $field:ident: $type:ty => $put:ident,)* })*) => {
        /// A resource as it should be. `Resource<String>` has every value known.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "type", rename_all = "kebab-case")]
        #[allow(missing_docs, reason = "fields carry the API's own names")]
        pub enum Resource<S = Value> {
            $($name { $($(#[$meta])* $field: $type,)* },)*
        }

        impl<S> Resource<S> {
            /// The same resource with other values; stops at the first that `f` cannot give.
            ///
            /// # Errors
            /// Whatever `f` says.
            pub fn try_map<T, E>(
                &self,
                mut f: impl FnMut(&S) -> Result<T, E>,
            ) -> Result<Resource<T>, E> {
                let f: &mut dyn FnMut(&S) -> Result<T, E> = &mut f;
                Ok(match self {
                    $(Resource::$name { $($field,)* } => Resource::$name {
                        $($field: map::$put($field, &mut *f)?,)*
                    },)*
                })
            }
        }
    };
}

resources! {
    Application {
        name: String => keep,
        provider: S => one,
        /// Empty for SAML.
        client_ids: Vec<String> => keep,
        /// None: the service-linked role.
        role: Option<S> => maybe,
        q_apps: bool => keep,
        personalization: bool => keep,
        kms_key: Option<String> => keep,
        tags: BTreeMap<String, String> => keep,
    }
    AutoSubscription {
        application: S => one,
        tier: Tier => keep,
    }
    Index {
        application: S => one,
        name: String => keep,
        kind: IndexKind => keep,
        units: u32 => keep,
        tags: BTreeMap<String, String> => keep,
    }
    ManagedPolicy {
        name: String => keep,
        path: String => keep,
        permissions: Permissions<S> => permissions,
        tags: BTreeMap<String, String> => keep,
    }
    OidcClient {
        provider: S => one,
        client_id: String => keep,
    }
    OidcProvider {
        issuer: String => keep,
        client_id: String => keep,
        tags: BTreeMap<String, String> => keep,
    }
    PolicyAttachment {
        role: S => one,
        policy: S => one,
    }
    Retriever {
        application: S => one,
        source: RetrieverSource<S> => source,
        name: String => keep,
        tags: BTreeMap<String, String> => keep,
    }
    Role {
        name: String => keep,
        path: String => keep,
        boundary: Option<String> => keep,
        trust: Trust<S> => trust,
        /// The trust policy is only a start; `RoleTrust` owns it afterwards.
        trust_is_temporary: bool => keep,
        tags: BTreeMap<String, String> => keep,
    }
    RolePolicy {
        role: S => one,
        name: String => keep,
        permissions: Permissions<S> => permissions,
    }
    RoleTrust {
        role: S => one,
        trust: Trust<S> => trust,
    }
    SamlProvider {
        name: String => keep,
        metadata: String => keep,
        tags: BTreeMap<String, String> => keep,
    }
    Secret {
        name: String => keep,
        /// Our ClientRequestToken: AWS's id of the version that holds the secret as it was given last.
        version: String => keep,
        kms_key: Option<String> => keep,
        tags: BTreeMap<String, String> => keep,
    }
    WebExperience {
        application: S => one,
        title: String => keep,
        sign_in: SignIn<S> => sign_in,
        role: Option<S> => maybe,
        look: Look => keep,
        tags: BTreeMap<String, String> => keep,
    }
    WebExperienceRole {
        web_experience: S => one,
        role: S => one,
        title: String => keep,
        sign_in: SignIn<S> => sign_in,
        look: Look => keep,
    }
}

impl Resource<Value> {
    /// The addresses whose outputs this resource needs, in order, each once.
    pub fn needs(&self) -> Vec<Address> {
        let mut needs = Vec::new();
        let walked: Result<Resource<()>, ()> = self.try_map(|value| {
            if let Value::From(address, _) = value
                && !needs.contains(address)
            {
                needs.push(*address);
            }
            Ok(())
        });
        debug_assert!(walked.is_ok());
        needs
    }

    /// Puts in the outputs that are known.
    ///
    /// # Errors
    /// The first value that is not known yet.
    pub fn resolve(
        &self,
        outputs: &BTreeMap<(Address, Output), String>,
    ) -> Result<Resource<String>, (Address, Output)> {
        self.try_map(|value| match value {
            Value::Known(text) => Ok(text.clone()),
            Value::From(address, output) => outputs
                .get(&(*address, *output))
                .cloned()
                .ok_or((*address, *output)),
        })
    }

    /// The value through which it is found; none where its own name is enough.
    fn found_through(&self) -> Option<&Value> {
        match self {
            Resource::Application { .. }
            | Resource::ManagedPolicy { .. }
            | Resource::OidcProvider { .. }
            | Resource::Role { .. }
            | Resource::SamlProvider { .. }
            | Resource::Secret { .. } => None,
            Resource::AutoSubscription { application, .. }
            | Resource::Index { application, .. }
            | Resource::Retriever { application, .. }
            | Resource::WebExperience { application, .. } => Some(application),
            Resource::OidcClient { provider, .. } => Some(provider),
            Resource::PolicyAttachment { role, .. }
            | Resource::RolePolicy { role, .. }
            | Resource::RoleTrust { role, .. } => Some(role),
            Resource::WebExperienceRole { web_experience, .. } => Some(web_experience),
        }
    }

    /// What the cloud needs to look for it; what it is not found through stays empty where it is
    /// not known. None while what it is found through is not known.
    pub fn to_look_for(&self, outputs: &BTreeMap<(Address, Output), String>) -> Option<Resource<String>> {
        let known = |value: &Value| match value {
            Value::Known(text) => Some(text.clone()),
            Value::From(address, output) => outputs.get(&(*address, *output)).cloned(),
        };
        if self
            .found_through()
            .is_some_and(|through| known(through).is_none())
        {
            return None;
        }
        // An attachment is found by both its ends.
        if let Resource::PolicyAttachment { policy, .. } = self {
            known(policy)?;
        }
        self.try_map(|value| Ok::<_, ()>(known(value).unwrap_or_default()))
            .ok()
    }

    /// The attributes for a person to read before the apply: what is not known yet says so.
    pub fn preview(&self, outputs: &BTreeMap<(Address, Output), String>) -> BTreeMap<String, Json> {
        let shown: Result<Resource<String>, ()> = self.try_map(|value| {
            Ok(match value {
                Value::Known(text) => text.clone(),
                Value::From(address, output) => outputs
                    .get(&(*address, *output))
                    .cloned()
                    .unwrap_or_else(|| format!("‹{address}: known after apply›")),
            })
        });
        shown.map(|r| r.attributes()).unwrap_or_default()
    }
}

/// The outputs of a web experience, from AWS's `defaultEndpoint`.
///
/// # Errors
/// The endpoint's own form is wrong.
pub fn endpoint_outputs(endpoint: &str) -> Result<BTreeMap<Output, String>, crate::value::Malformed> {
    let url = WebExperienceUrl::from_endpoint(endpoint)?;
    Ok(BTreeMap::from([
        (Output::Acs, url.acs().as_str().to_owned()),
        (Output::Endpoint, url.as_str().to_owned()),
    ]))
}

/// The status of a web experience that is through but has no address yet, which AWS has no word for.
pub const NO_ENDPOINT: &str = "NO_ENDPOINT";

/// A future of the cloud's.
pub type CloudFuture<'a, T> = BoxFuture<'a, T>;
