//! The set-up: the administrator's answers, and the desired state that follows from them.
//!
//! A set-up is a file with `schema: 1`. Unknown fields and newer schemas are refused, so that a file
//! written by a later Claimbridge is never half-understood and never overwritten.

use crate::idp::IdentityProvider;
use crate::resource::{Address, IndexKind, Output, Permissions, Resource, Tier, Trust, Value};
use crate::saml::metadata::{FederationMetadata, MetadataError};
use crate::value::{AccountId, AuthenticationUrl, ProviderArn, Region, RoleArn};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

pub mod authentication;
mod error;
mod names;
pub use error::SetupError;
pub use names::{NameFault, Names};

/// The schema this program writes and reads.
pub const SCHEMA: u32 = 1;

/// Entra's app-role value holds at most 120 characters; `arn:aws:iam::<12>:role/` + `,` +
/// `arn:aws:iam::<12>:saml-provider/` take 72 of them (Entra ID: appRole value).
pub const ROLE_AND_PROVIDER_LIMIT: usize = 48;

/// The tag that helps to find a resource whose binding was lost; its value is the set-up's id.
pub const TAG: &str = "claimbridge:setup";

/// Which world a set-up belongs to; the two are never mixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum World {
    /// Real AWS.
    Live,
    /// The rehearsal world on this machine.
    Practice,
}

/// In which order the circle between the web experience and its role is opened (Q Business: IAM federation, SAML 2.0).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Web experience without a role first; its endpoint gives the role's `SAML:aud`. That the
    /// endpoint is there before the role is inferred from AWS's documents.
    EndpointFirst,
    /// Role with a placeholder first, corrected once the endpoint is known: AWS's documented order.
    RoleFirst,
}

/// Everything the administrator decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Random, made once; the value of [`TAG`].
    pub id: String,
    /// What the list of set-ups shows, and the prefix of the names.
    pub name: String,
    /// Where the resources live.
    pub account: AccountId,
    /// One of the four regions of the service.
    pub region: Region,
    /// Live or practice.
    pub world: World,
    /// Endpoint first unless AWS refused that.
    pub order: Order,
    /// Protocol and identity provider.
    pub federation: Federation,
    /// Names of what is created.
    pub names: Names,
    /// What the application offers.
    pub application: Application,
    /// Extra tags of the company's own, beside [`TAG`].
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Steps of the identity provider's guide that the administrator ticked, by id.
    #[serde(default)]
    pub done: BTreeSet<String>,
}

/// How people sign in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "protocol", rename_all = "lowercase", deny_unknown_fields)]
pub enum Federation {
    /// SAML 2.0.
    Saml {
        /// Whose portal the guide speaks of.
        idp: IdentityProvider,
        /// The federation metadata as UTF-8 text, if it is there yet.
        metadata: Option<String>,
        /// The page a web experience sends people to; Entra calls it User access URL.
        authentication_url: Option<AuthenticationUrl>,
    },
}

/// What the application offers to people, and what it costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// None: answers come from the language model alone; an index can be added later.
    pub index: Option<Index>,
    /// Subscription that a person gets at the first sign-in.
    pub tier: Tier,
    /// Q Apps; only in the United States regions.
    pub q_apps: bool,
    /// ARN of a customer-managed KMS key; needs an ENTERPRISE index, and cannot be changed later.
    pub kms_key: Option<String>,
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

impl Setup {
    /// A set-up for SAML with the names that follow from `name`.
    pub fn saml(
        id: String,
        name: &str,
        account: AccountId,
        region: Region,
        world: World,
        idp: IdentityProvider,
    ) -> Setup {
        Setup {
            schema: SCHEMA,
            id,
            name: name.to_owned(),
            account,
            region,
            world,
            order: Order::EndpointFirst,
            federation: Federation::Saml {
                idp,
                metadata: None,
                authentication_url: None,
            },
            names: Names::from_prefix(name),
            application: Application {
                index: Some(Index {
                    kind: IndexKind::Starter,
                    units: 1,
                }),
                tier: Tier::QBusiness,
                q_apps: false,
                kms_key: None,
            },
            tags: BTreeMap::new(),
            done: BTreeSet::new(),
        }
    }

    /// Reads a set-up file.
    ///
    /// # Errors
    /// [`SetupError`] for a newer schema (the file is then left alone), for unknown fields and for
    /// names or values that AWS would refuse.
    pub fn from_json(text: &str) -> Result<Setup, SetupError> {
        #[derive(Deserialize)]
        struct Head {
            schema: u32,
        }
        let head: Head = serde_json::from_str(text).map_err(SetupError::unreadable)?;
        if head.schema != SCHEMA {
            return Err(SetupError::Schema {
                found: head.schema,
                known: SCHEMA,
            });
        }
        let setup: Setup = serde_json::from_str(text).map_err(SetupError::unreadable)?;
        setup.check()?;
        Ok(setup)
    }

    /// The file's text: pretty JSON with a final newline; the same set-up gives the same bytes.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a set-up has string keys only");
        text.push('\n');
        text
    }

    /// Everything that can be known to be wrong before AWS is asked.
    ///
    /// # Errors
    /// The first [`SetupError`].
    pub fn check(&self) -> Result<(), SetupError> {
        let faults = self.names.faults();
        if !faults.is_empty() {
            return Err(SetupError::Names(faults));
        }
        if let Some((key, _)) = self.tags.iter().find(|(key, value)| !is_tag(key, value)) {
            return Err(SetupError::Tag { found: key.clone() });
        }
        if self.application.q_apps && !self.region.has_q_apps() {
            return Err(SetupError::QAppsRegion { found: self.region });
        }
        if self.application.kms_key.is_some()
            && self
                .application
                .index
                .is_some_and(|i| i.kind != IndexKind::Enterprise)
        {
            return Err(SetupError::KmsNeedsEnterprise);
        }
        if let Some(index) = self.application.index {
            let most = index.kind.most_units();
            if !(1..=most).contains(&index.units) {
                return Err(SetupError::Units {
                    found: index.units,
                    most,
                });
            }
        }
        Ok(())
    }

    /// The identity provider chosen.
    pub fn idp(&self) -> IdentityProvider {
        let Federation::Saml { idp, .. } = &self.federation;
        *idp
    }

    /// The metadata's text, once it is there.
    pub fn metadata(&self) -> Option<&str> {
        let Federation::Saml { metadata, .. } = &self.federation;
        metadata.as_deref()
    }

    /// The metadata, read.
    ///
    /// # Errors
    /// [`SetupError::MetadataMissing`], or why it cannot be used.
    pub fn federation_metadata(&self) -> Result<FederationMetadata, SetupError> {
        let text = self.metadata().ok_or(SetupError::MetadataMissing)?;
        FederationMetadata::parse(text.as_bytes(), None).map_err(|e: MetadataError| SetupError::Metadata(e))
    }

    /// ARN that the SAML provider has or will have.
    pub fn provider_arn(&self) -> ProviderArn {
        ProviderArn::parse(&format!(
            "arn:aws:iam::{}:saml-provider/{}",
            self.account, self.names.provider
        ))
        .expect("names are checked before a set-up is made or read")
    }

    /// ARN that the role has or will have.
    pub fn role_arn(&self) -> RoleArn {
        RoleArn::parse(&format!("arn:aws:iam::{}:role/{}", self.account, self.names.role))
            .expect("names are checked before a set-up is made or read")
    }

    /// `role,provider`: the value of the Role claim, role first, one comma, no blanks (IAM: configure SAML assertions).
    pub fn role_pair(&self) -> String {
        format!("{},{}", self.role_arn(), self.provider_arn())
    }

    /// Where people are sent to sign in. Until the administrator gives the User access URL, the
    /// metadata's own sign-on address stands in, because AWS wants one at creation.
    ///
    /// # Errors
    /// When there is neither.
    pub fn authentication_url(&self) -> Result<(AuthenticationUrl, StandIn), SetupError> {
        let Federation::Saml {
            authentication_url, ..
        } = &self.federation;
        if let Some(url) = authentication_url {
            return Ok((url.clone(), StandIn::None));
        }
        let metadata = self.federation_metadata()?;
        let location = metadata
            .sso
            .iter()
            .find_map(|s| AuthenticationUrl::parse(&s.location).ok())
            .ok_or(SetupError::AuthenticationUrlMissing)?;
        Ok((location, StandIn::MetadataSignOn))
    }

    /// Tags put on every resource.
    pub fn all_tags(&self) -> BTreeMap<String, String> {
        let mut tags = self.tags.clone();
        tags.insert(TAG.to_owned(), self.id.clone());
        tags
    }

    /// The desired state: resources in an order in which each stands after what it needs.
    ///
    /// # Errors
    /// [`SetupError`] when an answer is still missing or would be refused.
    pub fn desired(&self) -> Result<Vec<(Address, Resource)>, SetupError> {
        self.check()?;
        let metadata = self.metadata().ok_or(SetupError::MetadataMissing)?;
        self.federation_metadata()?;
        let (authentication_url, _) = self.authentication_url()?;
        let tags = self.all_tags();
        let application = Value::From(Address::Application, Output::Id);
        let provider = Value::From(Address::SamlProvider, Output::Arn);
        let role_arn = Value::From(Address::Role, Output::Arn);
        let trust = |recipient: Value| Trust {
            provider: provider.clone(),
            recipients: vec![recipient],
        };
        let endpoint_acs = Value::From(Address::WebExperience, Output::Acs);
        let mut desired = vec![
            (
                Address::SamlProvider,
                Resource::SamlProvider {
                    name: self.names.provider.clone(),
                    metadata: metadata.to_owned(),
                    tags: tags.clone(),
                },
            ),
            (
                Address::Application,
                Resource::Application {
                    name: self.names.application.clone(),
                    provider: provider.clone(),
                    q_apps: self.application.q_apps,
                    kms_key: self.application.kms_key.clone(),
                    tags: tags.clone(),
                },
            ),
        ];
        let index = self.application.index.map(|index| {
            [
                (
                    Address::Index,
                    Resource::Index {
                        application: application.clone(),
                        name: self.names.index.clone(),
                        kind: index.kind,
                        units: index.units,
                        tags: tags.clone(),
                    },
                ),
                (
                    Address::Retriever,
                    Resource::Retriever {
                        application: application.clone(),
                        index: Value::From(Address::Index, Output::Id),
                        name: self.names.retriever.clone(),
                        tags: tags.clone(),
                    },
                ),
            ]
        });
        let web_experience = |role: Option<Value>| {
            (
                Address::WebExperience,
                Resource::WebExperience {
                    application: application.clone(),
                    title: self.names.title.clone(),
                    authentication_url: authentication_url.to_string(),
                    role,
                    tags: tags.clone(),
                },
            )
        };
        let role = |recipient: Value| {
            (
                Address::Role,
                Resource::Role {
                    name: self.names.role.clone(),
                    trust: trust(recipient),
                    trust_is_temporary: self.order == Order::RoleFirst,
                    tags: tags.clone(),
                },
            )
        };
        let role_policy = (
            Address::RolePolicy,
            Resource::RolePolicy {
                role: Value::From(Address::Role, Output::Id),
                name: self.names.policy.clone(),
                permissions: Permissions {
                    region: self.region,
                    account: self.account.clone(),
                    application: application.clone(),
                    q_apps: self.application.q_apps,
                    kms_key: self.application.kms_key.clone(),
                },
            },
        );
        let subscription = (
            Address::AutoSubscription,
            Resource::AutoSubscription {
                application: application.clone(),
                tier: self.application.tier,
            },
        );
        match self.order {
            Order::EndpointFirst => {
                desired.push(web_experience(None));
                desired.push(role(endpoint_acs));
                desired.push(role_policy);
                desired.push((
                    Address::WebExperienceRole,
                    Resource::WebExperienceRole {
                        web_experience: Value::From(Address::WebExperience, Output::Physical),
                        role: role_arn,
                        // Written again with the role, because a PUT may clear what is left out.
                        title: self.names.title.clone(),
                        authentication_url: authentication_url.to_string(),
                    },
                ));
            }
            Order::RoleFirst => {
                desired.push(role(Value::Known(PLACEHOLDER_AUDIENCE.to_owned())));
                desired.push(role_policy);
                desired.push(web_experience(Some(role_arn)));
                desired.push((
                    Address::RoleTrust,
                    Resource::RoleTrust {
                        role: Value::From(Address::Role, Output::Id),
                        trust: trust(endpoint_acs),
                    },
                ));
            }
        }
        desired.extend(index.into_iter().flatten());
        desired.push(subscription);
        Ok(desired)
    }
}

/// The `SAML:aud` that AWS's own pages put in until the web experience has its address
/// (Q Business: IAM federation, SAML 2.0); nobody can sign in while it stands.
pub const PLACEHOLDER_AUDIENCE: &str = "https://sampleurl.com";

/// Which value stands in for a missing authentication URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum StandIn {
    /// None: the administrator gave it.
    None,
    /// The metadata's sign-on address.
    MetadataSignOn,
}

/// What both IAM and Amazon Q Business take as a tag (IAM: tagging rules).
fn is_tag(key: &str, value: &str) -> bool {
    let allowed = |text: &str| {
        text.chars()
            .all(|c| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c))
    };
    !key.is_empty()
        && key.chars().count() <= 128
        && value.chars().count() <= 256
        && !key.to_ascii_lowercase().starts_with("aws:")
        && allowed(key)
        && allowed(value)
}
