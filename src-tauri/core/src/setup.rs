//! The set-up: the administrator's answers, and the desired state that follows from them.
//!
//! A set-up is a file with `schema: 1`. Unknown fields and newer schemas are refused, so that a file
//! written by a later Claimbridge is never half-understood and never overwritten.

use crate::idp::{IdentityProvider, Protocol, RecipientRule, guide};
use crate::journal::Bindings;
use crate::resource::{Address, Look, Output, Purpose};
use crate::saml::metadata::{FederationMetadata, MetadataError};
use crate::value::{AccountId, AuthenticationUrl, ProviderArn, Region, RoleArn};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

mod adopted;
pub mod authentication;
mod custom;
mod desired;
mod error;
mod federation;
mod names;
mod options;
mod temporary;
pub use adopted::{Adopted, AdoptedRecipient, Existing};
pub use custom::environment;
pub use error::SetupError;
pub use federation::{Federation, SignInEndpoint, secret_fault};
pub use names::{NameFault, Names};
pub use options::{Application, CustomApplication, Index, PolicyKind, RoleOptions};
pub use temporary::temporary_metadata;

/// The schema this program writes and reads.
pub const SCHEMA: u32 = 1;

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
    /// What people see of it.
    #[serde(default)]
    pub look: Look,
    /// How the role of signed-in people is made.
    #[serde(default)]
    pub role: RoleOptions,
    /// An application of the company's own that people may sign in to as well.
    #[serde(default)]
    pub custom_application: Option<CustomApplication>,
    /// What was there before this set-up, and is managed by it now.
    #[serde(default, skip_serializing_if = "Adopted::is_empty")]
    pub adopted: Adopted,
    /// Extra tags of the company's own, beside [`TAG`].
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Steps of the identity provider's guide that the administrator ticked, by id.
    #[serde(default)]
    pub done: BTreeSet<String>,
}

impl Setup {
    /// A set-up with the names that follow from `name`; the provider's guide says which protocol.
    pub fn new(
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
            federation: Federation::new(idp),
            names: Names::from_prefix(name),
            application: Application::default(),
            look: Look::default(),
            role: RoleOptions::default(),
            custom_application: None,
            adopted: Adopted::default(),
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
        // It becomes the name of a folder, a tag and an issuer.
        let is_id = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if !(1..=64).contains(&self.id.len()) || !self.id.chars().all(is_id) {
            return Err(SetupError::Id {
                found: self.id.chars().take(200).collect(),
            });
        }
        let mut faults = self.names.faults(self.room_for_names());
        // What is in AWS already keeps AWS's rules; ours are for what is created.
        faults.retain(|fault| !fault.ours || !self.is_as_adopted(fault.field));
        if !faults.is_empty() {
            return Err(SetupError::Names(faults));
        }
        if let Some((key, _)) = self.tags.iter().find(|(key, value)| !is_tag(key, value)) {
            return Err(SetupError::Tag { found: key.clone() });
        }
        options::check_tags(&self.tags)?;
        self.federation.check(self)?;
        self.application.check(self)?;
        options::check_look(&self.look)?;
        self.adopted.check()?;
        if !self.adopted.has(Address::Role) {
            self.role.check(&self.account)?;
        }
        self.custom_application
            .as_ref()
            .map_or(Ok(()), CustomApplication::check)
    }

    /// Whether a field of [`Names`] is the name of what was adopted.
    fn is_as_adopted(&self, field: &str) -> bool {
        let (addresses, name): (&[Address], _) = match field {
            "provider" => (
                &[Address::SamlProvider, Address::OidcProvider],
                &self.names.provider,
            ),
            // Role and provider together are too long for the portal: either may be the cause.
            "role" if self.adopted.has(Address::SamlProvider) => return true,
            "role" => (&[Address::Role], &self.names.role),
            _ => return false,
        };
        self.adopted.named(addresses, name)
    }

    /// How many characters the names of role and provider may have together, where the portal limits
    /// the value of the Role claim.
    pub fn room_for_names(&self) -> Option<usize> {
        let fixed = format!(
            "arn:aws:iam::{0}:role{1},arn:aws:iam::{0}:saml-provider/",
            self.account,
            self.placed(Address::Role).0
        );
        guide(self.idp())
            .role_value_limit
            .map(|limit| limit.saturating_sub(fixed.chars().count()))
    }

    /// The identity provider chosen.
    pub fn idp(&self) -> IdentityProvider {
        self.federation.idp()
    }

    /// The metadata's text as AWS is to have it: what the identity provider gave, else the temporary one.
    pub fn metadata(&self) -> Option<&str> {
        match &self.federation {
            Federation::Saml {
                metadata,
                temporary_metadata,
                ..
            } => metadata.as_deref().or(temporary_metadata.as_deref()),
            Federation::Oidc { .. } => None,
        }
    }

    /// Whether temporary metadata stands in: its key was thrown away, so nobody can sign in yet.
    pub fn is_temporary(&self) -> bool {
        matches!(
            &self.federation,
            Federation::Saml {
                metadata: None,
                temporary_metadata: Some(_),
                ..
            }
        )
    }

    /// Whether nobody can sign in because of temporary metadata: it stands in, or AWS was last seen to hold
    /// it although the identity provider's is here.
    pub fn nobody_can_sign_in(&self, bindings: &Bindings) -> bool {
        let replaced = match &self.federation {
            Federation::Saml {
                replaced_temporary, ..
            } => replaced_temporary.as_ref(),
            Federation::Oidc { .. } => None,
        };
        let held = bindings
            .get(Address::SamlProvider)
            .and_then(|b| b.outputs.get(&Output::Version));
        self.is_temporary() || held.is_some() && held == replaced
    }

    /// The metadata, read.
    ///
    /// # Errors
    /// [`SetupError::MetadataMissing`], or why it cannot be used.
    pub fn federation_metadata(&self) -> Result<FederationMetadata, SetupError> {
        let text = self.metadata().ok_or(SetupError::MetadataMissing)?;
        FederationMetadata::parse(text.as_bytes(), None).map_err(|e: MetadataError| SetupError::Metadata(e))
    }

    /// ARN that the IAM provider has or will have; None for OIDC while the issuer is not known.
    pub fn provider_arn(&self) -> Option<String> {
        match &self.federation {
            Federation::Saml { .. } => Some(self.saml_provider_arn().to_string()),
            Federation::Oidc { issuer, .. } => issuer.as_ref().map(|i| i.arn(&self.account).to_string()),
        }
    }

    /// Whether AWS was last seen to hold something else than the set-up wants by now: the metadata, or
    /// the address where people sign in. What was never seen says nothing.
    pub fn changed_since(&self, bindings: &Bindings) -> bool {
        let differs = |address, wanted: Option<String>| {
            let held = bindings
                .get(address)
                .and_then(|b| b.outputs.get(&Output::Version));
            matches!((held, wanted), (Some(held), Some(wanted)) if *held != wanted)
        };
        let url = self.authentication_url().ok().map(|(url, _)| url.to_string());
        differs(Address::SamlProvider, self.metadata().map(metadata_digest))
            || differs(Address::WebExperience, url)
    }

    /// What AWS is told to trust: the metadata, or issuer and client. Whoever changes it has to test again.
    pub fn trusted(&self) -> String {
        match &self.federation {
            Federation::Saml { .. } => self.metadata().unwrap_or_default().to_owned(),
            Federation::Oidc {
                issuer, client_id, ..
            } => format!("{issuer:?} {client_id:?}"),
        }
    }

    /// ARN that the SAML provider has or will have.
    pub fn saml_provider_arn(&self) -> ProviderArn {
        ProviderArn::parse(&format!(
            "arn:aws:iam::{}:saml-provider/{}",
            self.account, self.names.provider
        ))
        .expect("names are checked before a set-up is made or read")
    }

    /// ARN that the role has or will have.
    pub fn role_arn(&self) -> RoleArn {
        RoleArn::parse(&format!(
            "arn:aws:iam::{}:role{}{}",
            self.account,
            self.placed(Address::Role).0,
            self.names.role
        ))
        .expect("names are checked before a set-up is made or read")
    }

    /// Name of the secret that holds the client secret.
    pub fn secret_name(&self) -> String {
        self.adopted
            .name(Address::Secret)
            .unwrap_or_else(|| self.names.secret())
    }

    /// Names of a role of Amazon Q Business's own and of the policy in it.
    pub fn service_role_names(&self, purpose: Purpose) -> (String, String) {
        let (role, policy) = match purpose {
            Purpose::Application => (Address::ApplicationRole, Address::ApplicationRolePolicy),
            Purpose::Retriever => (Address::RetrieverRole, Address::RetrieverRolePolicy),
            Purpose::Secrets => (Address::SecretsRole, Address::SecretsRolePolicy),
        };
        let named = |address| {
            self.adopted
                .name(address)
                .unwrap_or_else(|| self.names.service_role(purpose))
        };
        (named(role), named(policy))
    }

    /// `role,provider`: the value of the Role claim, role first, one comma, no blanks (IAM: configure SAML assertions).
    pub fn role_pair(&self) -> String {
        format!("{},{}", self.role_arn(), self.saml_provider_arn())
    }

    /// What the identity provider has to send as Recipient, where it does not follow the web
    /// experience (IAM: SAML federation keys; AWS recommends the region's own sign-in address).
    pub fn sign_in_recipient(&self) -> Option<String> {
        let Federation::Saml { idp, sign_in, .. } = &self.federation else {
            return None;
        };
        match &self.adopted.recipient {
            Some(AdoptedRecipient::Address(address)) => Some(address.clone()),
            Some(AdoptedRecipient::WebExperience) => None,
            None => (guide(*idp).recipient == Some(RecipientRule::SignIn)).then(|| sign_in.url(self.region)),
        }
    }

    /// Where people are sent to sign in. Until the administrator gives the address, the metadata's own
    /// sign-on address stands in, because AWS wants one at creation.
    ///
    /// # Errors
    /// When there is neither, and for OIDC, where the issuer says it.
    pub fn authentication_url(&self) -> Result<(AuthenticationUrl, StandIn), SetupError> {
        let Federation::Saml {
            authentication_url, ..
        } = &self.federation
        else {
            return Err(SetupError::AuthenticationUrlMissing);
        };
        if let Some(url) = authentication_url {
            return Ok((url.clone(), StandIn::None));
        }
        let metadata = self.federation_metadata()?;
        let location = metadata
            .sso
            .iter()
            .find_map(|s| AuthenticationUrl::parse(&s.location).ok())
            .ok_or(SetupError::AuthenticationUrlMissing)?;
        let stand_in = if self.is_temporary() {
            StandIn::Temporary
        } else {
            StandIn::MetadataSignOn
        };
        Ok((location, stand_in))
    }

    /// Tags put on every resource.
    pub fn all_tags(&self) -> BTreeMap<String, String> {
        let mut tags = self.tags.clone();
        tags.insert(TAG.to_owned(), self.id.clone());
        tags
    }

    /// SAML or OIDC.
    pub fn protocol(&self) -> Protocol {
        match self.federation {
            Federation::Oidc { .. } => Protocol::Oidc,
            Federation::Saml { .. } => Protocol::Saml,
        }
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
    /// The temporary metadata's address, where nobody answers.
    Temporary,
}

/// SHA-256 of metadata in hexadecimal: what a SAML provider is remembered by.
pub fn metadata_digest(metadata: &str) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(metadata)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
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
