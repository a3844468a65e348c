//! What a set-up is made of, by address; what each yields; its id in AWS.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! addresses {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// Our own stable name of a resource; journals and plans speak of these.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Address {
            $($(#[$doc])* #[serde(rename = $text)] $name,)*
        }

        impl Address {
            /// All.
            pub const ALL: &'static [Address] = &[$(Address::$name,)*];

            /// The address as it is written in files.
            pub fn as_str(self) -> &'static str {
                match self { $(Address::$name => $text,)* }
            }
        }
    };
}

addresses! {
    /// The Q Business application.
    Application = "application",
    /// The application's own service role, where the service-linked one is not wanted.
    ApplicationRole = "role.application",
    /// Its inline policy.
    ApplicationRolePolicy = "role-policy.application",
    /// Its automatic subscription: part of the application in AWS, an association here.
    AutoSubscription = "auto-subscription",
    /// The data sources that somebody connected to the index; only a removal speaks of them.
    DataSources = "data-sources",
    /// The index.
    Index = "index",
    /// The web experience role's permissions as a managed policy.
    ManagedPolicy = "policy.web-experience",
    /// The client id among those of the IAM OIDC provider.
    OidcClient = "oidc-client",
    /// The IAM OIDC provider.
    OidcProvider = "oidc-provider",
    /// The managed policy on the web experience's role.
    PolicyAttachment = "policy-attachment.web-experience",
    /// The retriever on the index.
    Retriever = "retriever",
    /// The role through which a retriever reads an Amazon Kendra index.
    RetrieverRole = "role.retriever",
    /// Its inline policy.
    RetrieverRolePolicy = "role-policy.retriever",
    /// The role that signed-in people assume.
    Role = "role.web-experience",
    /// Its inline policy.
    RolePolicy = "role-policy.web-experience",
    /// Its final trust policy, where the role had to come first.
    RoleTrust = "role-trust.web-experience",
    /// The IAM SAML provider.
    SamlProvider = "saml-provider",
    /// The secret that holds the OIDC client's secret.
    Secret = "secret",
    /// The role through which the web experience reads that secret.
    SecretsRole = "role.secrets",
    /// Its inline policy.
    SecretsRolePolicy = "role-policy.secrets",
    /// The paid subscriptions of people who signed in; only a removal speaks of them.
    Subscriptions = "subscriptions",
    /// The web experience.
    WebExperience = "web-experience",
    /// The role on the web experience, where the web experience came first.
    WebExperienceRole = "web-experience-role",
}

impl Address {
    /// By its name in files.
    pub fn parse(text: &str) -> Option<Address> {
        Self::ALL.iter().copied().find(|a| a.as_str() == text)
    }

    /// The resource that this one is a part of in AWS: it goes when its parent goes, and both are
    /// written through the parent's own calls.
    pub fn parent(self) -> Option<Address> {
        match self {
            Address::AutoSubscription => Some(Address::Application),
            Address::OidcClient => Some(Address::OidcProvider),
            Address::RoleTrust => Some(Address::Role),
            Address::WebExperienceRole => Some(Address::WebExperience),
            _ => None,
        }
    }

    /// Whether there is no act that takes it away alone: it is a field of its parent.
    pub fn is_field_of_parent(self) -> bool {
        matches!(
            self,
            Address::AutoSubscription | Address::RoleTrust | Address::WebExperienceRole
        )
    }

    /// Whether it lives inside an application and dies with it.
    pub fn is_inside_application(self) -> bool {
        matches!(
            self,
            Address::DataSources | Address::Index | Address::Retriever | Address::WebExperience
        )
    }

    /// Whether its deletion is an act on something that stays listed: done when AWS took it.
    pub fn is_act(self) -> bool {
        self == Address::Subscriptions
    }

    /// The role that an inline policy is in, which decides whose it is.
    pub fn role_of_policy(self) -> Option<Address> {
        match self {
            Address::ApplicationRolePolicy => Some(Address::ApplicationRole),
            Address::PolicyAttachment | Address::RolePolicy => Some(Address::Role),
            Address::RetrieverRolePolicy => Some(Address::RetrieverRole),
            Address::SecretsRolePolicy => Some(Address::SecretsRole),
            _ => None,
        }
    }

    /// Which resources must be gone before this one is deleted (Q Business: deleting an application;
    /// IAM: DeleteRole, DeletePolicy).
    pub fn deleted_after(self) -> &'static [Address] {
        match self {
            Address::Application => &[
                Address::Index,
                Address::Retriever,
                Address::Subscriptions,
                Address::WebExperience,
            ],
            Address::ApplicationRole => &[Address::Application, Address::ApplicationRolePolicy],
            // The application works through it until it is gone.
            Address::ApplicationRolePolicy => &[Address::Application],
            Address::DataSources | Address::Retriever | Address::WebExperience => &[Address::Subscriptions],
            Address::Index => &[Address::DataSources, Address::Retriever],
            Address::ManagedPolicy => &[Address::PolicyAttachment],
            Address::OidcProvider | Address::SamlProvider => &[Address::Application, Address::Role],
            Address::OidcClient => &[Address::Application],
            Address::RetrieverRole => &[Address::Retriever, Address::RetrieverRolePolicy],
            Address::RetrieverRolePolicy => &[Address::Retriever],
            Address::Role => &[
                Address::PolicyAttachment,
                Address::RolePolicy,
                Address::WebExperience,
            ],
            Address::Secret => &[Address::WebExperience],
            Address::SecretsRole => &[Address::SecretsRolePolicy, Address::WebExperience],
            Address::SecretsRolePolicy => &[Address::WebExperience],
            Address::AutoSubscription
            | Address::PolicyAttachment
            | Address::RolePolicy
            | Address::RoleTrust
            | Address::Subscriptions
            | Address::WebExperienceRole => &[],
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A value that another resource yields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Output {
    /// Assertion consumer service URL of a web experience.
    Acs,
    /// Amazon resource name.
    Arn,
    /// Origin of a web experience, without its trailing slash.
    Endpoint,
    /// AWS's own id: application id, index id, role name.
    Id,
    /// The [`PhysicalId`]: what the cloud needs to find it again.
    Physical,
    /// AWS's id that no second resource of the same name has: of a role `RoleId`, of a SAML provider
    /// `SAMLProviderUUID`, of a managed policy `PolicyId`.
    Unique,
    /// What it holds, so that a change of the set-up is seen without asking AWS: of a secret AWS's id of the
    /// current version, of a SAML provider the metadata's digest, of a web experience the sign-in address.
    Version,
}

/// What the cloud needs to find a resource again: an ARN, a name, or parent and child ids joined by `|`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PhysicalId(pub String);

impl PhysicalId {
    /// Parent and child id of something inside an application.
    pub fn child(parent: &str, child: &str) -> PhysicalId {
        PhysicalId(format!("{parent}|{child}"))
    }

    /// Splits what [`PhysicalId::child`] joined; the second part is empty for an id of its own.
    pub fn parts(&self) -> (&str, &str) {
        self.0.split_once('|').unwrap_or((&self.0, ""))
    }

    /// What people know it by: the id without that of its parent.
    pub fn own(&self) -> &str {
        match self.parts() {
            (own, "") => own,
            (_, own) => own,
        }
    }
}
