//! AWS resources as the plan sees them: addresses, desired values, what can be observed, and the
//! one door to the cloud.

use crate::policy::{PermissionPolicy, TrustPolicy};
use crate::value::{AccountId, Region, WebExperienceUrl};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

mod address;
mod cloud;
pub use address::{Address, Output, PhysicalId};
pub use cloud::{Candidate, Cloud, CloudError, CloudErrorKind, Leftover, Observed, Snapshot};

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
    /// Facts §6.4.
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
}

/// What a trust policy of ours depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trust<S = Value> {
    /// ARN of the SAML provider.
    pub provider: S,
    /// `SAML:aud`: the Recipients that are admitted, byte for byte.
    pub recipients: Vec<S>,
}

/// What a permission policy of ours depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permissions<S = Value> {
    /// Region of the application.
    pub region: Region,
    /// Account of the application.
    pub account: AccountId,
    /// Application id.
    pub application: S,
    /// Statements for Q Apps.
    pub q_apps: bool,
    /// Statement for a customer-managed key.
    pub kms_key: Option<String>,
}

/// A resource as it should be. `Resource<String>` has every value known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
#[allow(missing_docs, reason = "fields carry the API's own names")]
pub enum Resource<S = Value> {
    Application {
        name: String,
        provider: S,
        q_apps: bool,
        kms_key: Option<String>,
        tags: BTreeMap<String, String>,
    },
    AutoSubscription {
        application: S,
        tier: Tier,
    },
    Index {
        application: S,
        name: String,
        kind: IndexKind,
        units: u32,
        tags: BTreeMap<String, String>,
    },
    Retriever {
        application: S,
        index: S,
        name: String,
        tags: BTreeMap<String, String>,
    },
    Role {
        name: String,
        trust: Trust<S>,
        /// The trust policy is only a start; `RoleTrust` owns it afterwards.
        trust_is_temporary: bool,
        tags: BTreeMap<String, String>,
    },
    RolePolicy {
        role: S,
        name: String,
        permissions: Permissions<S>,
    },
    RoleTrust {
        role: S,
        trust: Trust<S>,
    },
    SamlProvider {
        name: String,
        metadata: String,
        tags: BTreeMap<String, String>,
    },
    WebExperience {
        application: S,
        title: String,
        authentication_url: String,
        role: Option<S>,
        tags: BTreeMap<String, String>,
    },
    WebExperienceRole {
        web_experience: S,
        role: S,
        title: String,
        authentication_url: String,
    },
}

impl<S> Resource<S> {
    /// The same resource with other values; stops at the first that `f` cannot give.
    ///
    /// # Errors
    /// Whatever `f` says.
    pub fn try_map<T, E>(&self, mut f: impl FnMut(&S) -> Result<T, E>) -> Result<Resource<T>, E> {
        fn trust<S, T, E>(t: &Trust<S>, f: &mut impl FnMut(&S) -> Result<T, E>) -> Result<Trust<T>, E> {
            Ok(Trust {
                provider: f(&t.provider)?,
                recipients: t.recipients.iter().map(f).collect::<Result<_, _>>()?,
            })
        }
        Ok(match self {
            Resource::Application {
                name,
                provider,
                q_apps,
                kms_key,
                tags,
            } => Resource::Application {
                name: name.clone(),
                provider: f(provider)?,
                q_apps: *q_apps,
                kms_key: kms_key.clone(),
                tags: tags.clone(),
            },
            Resource::AutoSubscription { application, tier } => Resource::AutoSubscription {
                application: f(application)?,
                tier: *tier,
            },
            Resource::Index {
                application,
                name,
                kind,
                units,
                tags,
            } => Resource::Index {
                application: f(application)?,
                name: name.clone(),
                kind: *kind,
                units: *units,
                tags: tags.clone(),
            },
            Resource::Retriever {
                application,
                index,
                name,
                tags,
            } => Resource::Retriever {
                application: f(application)?,
                index: f(index)?,
                name: name.clone(),
                tags: tags.clone(),
            },
            Resource::Role {
                name,
                trust: t,
                trust_is_temporary,
                tags,
            } => Resource::Role {
                name: name.clone(),
                trust: trust(t, &mut f)?,
                trust_is_temporary: *trust_is_temporary,
                tags: tags.clone(),
            },
            Resource::RolePolicy {
                role,
                name,
                permissions,
            } => Resource::RolePolicy {
                role: f(role)?,
                name: name.clone(),
                permissions: Permissions {
                    region: permissions.region,
                    account: permissions.account.clone(),
                    application: f(&permissions.application)?,
                    q_apps: permissions.q_apps,
                    kms_key: permissions.kms_key.clone(),
                },
            },
            Resource::RoleTrust { role, trust: t } => Resource::RoleTrust {
                role: f(role)?,
                trust: trust(t, &mut f)?,
            },
            Resource::SamlProvider { name, metadata, tags } => Resource::SamlProvider {
                name: name.clone(),
                metadata: metadata.clone(),
                tags: tags.clone(),
            },
            Resource::WebExperience {
                application,
                title,
                authentication_url,
                role,
                tags,
            } => Resource::WebExperience {
                application: f(application)?,
                title: title.clone(),
                authentication_url: authentication_url.clone(),
                role: role.as_ref().map(f).transpose()?,
                tags: tags.clone(),
            },
            Resource::WebExperienceRole {
                web_experience,
                role,
                title,
                authentication_url,
            } => Resource::WebExperienceRole {
                web_experience: f(web_experience)?,
                role: f(role)?,
                title: title.clone(),
                authentication_url: authentication_url.clone(),
            },
        })
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

    /// The resource that it is found through; none where its own name is enough.
    fn found_through(&self) -> Option<Address> {
        match self {
            Resource::Application { .. } | Resource::Role { .. } | Resource::SamlProvider { .. } => None,
            Resource::AutoSubscription { .. }
            | Resource::Index { .. }
            | Resource::Retriever { .. }
            | Resource::WebExperience { .. } => Some(Address::Application),
            Resource::RolePolicy { .. } | Resource::RoleTrust { .. } => Some(Address::Role),
            Resource::WebExperienceRole { .. } => Some(Address::WebExperience),
        }
    }

    /// What the cloud needs to look for it; what it is not found through stays empty where it is
    /// not known. None while what it is found through is not known.
    pub fn to_look_for(&self, outputs: &BTreeMap<(Address, Output), String>) -> Option<Resource<String>> {
        let through = self.found_through();
        self.try_map(|value| match value {
            Value::Known(text) => Ok(text.clone()),
            Value::From(address, output) => match outputs.get(&(*address, *output)) {
                Some(text) => Ok(text.clone()),
                None if through == Some(*address) => Err(()),
                None => Ok(String::new()),
            },
        })
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

impl Resource<String> {
    /// The id of what is written through its parent's own calls: it follows from the parent.
    pub fn part_id(&self) -> Option<PhysicalId> {
        match self {
            Resource::AutoSubscription { application, .. } => Some(PhysicalId(application.clone())),
            Resource::RolePolicy { role, name, .. } => Some(PhysicalId::child(role, name)),
            Resource::RoleTrust { role, .. } => Some(PhysicalId(role.clone())),
            Resource::WebExperienceRole { web_experience, .. } => Some(PhysicalId(web_experience.clone())),
            Resource::Application { .. }
            | Resource::Index { .. }
            | Resource::Retriever { .. }
            | Resource::Role { .. }
            | Resource::SamlProvider { .. }
            | Resource::WebExperience { .. } => None,
        }
    }

    /// The attributes that are compared with what AWS has, by the API's names.
    pub fn attributes(&self) -> BTreeMap<String, Json> {
        let pairs: Vec<(&str, Json)> = match self {
            Resource::Application {
                name,
                provider,
                q_apps,
                kms_key,
                ..
            } => vec![
                ("displayName", json!(name)),
                ("identityType", json!("AWS_IAM_IDP_SAML")),
                ("iamIdentityProviderArn", json!(provider)),
                (
                    "qAppsControlMode",
                    json!(if *q_apps { "ENABLED" } else { "DISABLED" }),
                ),
                ("kmsKeyId", json!(kms_key)),
            ],
            Resource::AutoSubscription { tier, .. } => vec![
                ("autoSubscribe", json!("ENABLED")),
                ("defaultSubscriptionType", json!(tier)),
            ],
            Resource::Index {
                name, kind, units, ..
            } => vec![
                ("displayName", json!(name)),
                ("type", json!(kind)),
                ("units", json!(units)),
            ],
            Resource::Retriever { name, index, .. } => vec![
                ("displayName", json!(name)),
                ("type", json!("NATIVE_INDEX")),
                ("indexId", json!(index)),
            ],
            Resource::Role {
                name,
                trust,
                trust_is_temporary,
                ..
            } => {
                let mut pairs = vec![("roleName", json!(name))];
                if !*trust_is_temporary {
                    pairs.push(("assumeRolePolicyDocument", trust_json(trust)));
                }
                pairs
            }
            Resource::RolePolicy {
                name, permissions, ..
            } => vec![
                ("policyName", json!(name)),
                (
                    "policyDocument",
                    PermissionPolicy::web_experience(permissions).to_json(),
                ),
            ],
            Resource::RoleTrust { trust, .. } => vec![("assumeRolePolicyDocument", trust_json(trust))],
            Resource::SamlProvider { name, metadata, .. } => {
                vec![("name", json!(name)), ("samlMetadataDocument", json!(metadata))]
            }
            Resource::WebExperience {
                title,
                authentication_url,
                role,
                ..
            } => {
                let mut pairs = vec![
                    ("title", json!(title)),
                    ("authenticationUrl", json!(authentication_url)),
                ];
                if role.is_some() {
                    pairs.push(("roleArn", json!(role)));
                }
                pairs
            }
            Resource::WebExperienceRole { role, .. } => vec![("roleArn", json!(role))],
        };
        pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
    }
}

fn trust_json(trust: &Trust<String>) -> Json {
    TrustPolicy::saml(&trust.provider, &trust.recipients).to_json()
}

impl<S> Resource<S> {
    /// Attributes that AWS cannot change after creation (Q Business: IAM federation, SAML 2.0).
    pub fn immutable(&self) -> &'static [&'static str] {
        match self {
            Resource::Application { .. } => &["identityType", "iamIdentityProviderArn", "kmsKeyId"],
            Resource::Index { .. } => &["type"],
            Resource::Retriever { .. } => &["displayName", "type", "indexId"],
            Resource::Role { .. } => &["roleName"],
            Resource::RolePolicy { .. } => &["policyName"],
            Resource::SamlProvider { .. } => &["name"],
            Resource::AutoSubscription { .. }
            | Resource::RoleTrust { .. }
            | Resource::WebExperience { .. }
            | Resource::WebExperienceRole { .. } => &[],
        }
    }

    /// Whether it names a provider or role, which the rest of AWS may not know for some seconds
    /// after its creation (IAM: eventual consistency).
    pub fn names_iam_entity(&self) -> bool {
        match self {
            Resource::Application { .. }
            | Resource::Role { .. }
            | Resource::RoleTrust { .. }
            | Resource::WebExperience { role: Some(_), .. }
            | Resource::WebExperienceRole { .. } => true,
            Resource::AutoSubscription { .. }
            | Resource::Index { .. }
            | Resource::Retriever { .. }
            | Resource::RolePolicy { .. }
            | Resource::SamlProvider { .. }
            | Resource::WebExperience { role: None, .. } => false,
        }
    }

    /// How long AWS usually takes until it is usable, in words, where that is longer than a call.
    pub fn usual_wait(&self) -> Option<&'static str> {
        match self {
            Resource::Index { .. } => Some("AWS prepares the index, usually some minutes"),
            Resource::Application { .. } => Some("the application becomes ACTIVE, usually some seconds"),
            Resource::WebExperience { .. } => {
                Some("the web experience gets its address, usually some seconds")
            }
            Resource::WebExperienceRole { .. } => {
                Some("IAM copies the new role to all regions, usually 10 to 20 s")
            }
            Resource::Retriever { .. } => Some("the retriever becomes ACTIVE, usually some seconds"),
            Resource::AutoSubscription { .. }
            | Resource::Role { .. }
            | Resource::RolePolicy { .. }
            | Resource::RoleTrust { .. }
            | Resource::SamlProvider { .. } => None,
        }
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
