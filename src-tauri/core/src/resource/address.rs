//! What a set-up is made of, by address; what each yields; its id in AWS.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Our own stable name of a resource; journals and plans speak of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Address {
    /// The Q Business application.
    #[serde(rename = "application")]
    Application,
    /// Its automatic subscription: part of the application in AWS, an association here.
    #[serde(rename = "auto-subscription")]
    AutoSubscription,
    /// The index.
    #[serde(rename = "index")]
    Index,
    /// The retriever on the index.
    #[serde(rename = "retriever")]
    Retriever,
    /// The role that signed-in people assume.
    #[serde(rename = "role.web-experience")]
    Role,
    /// Its inline policy.
    #[serde(rename = "role-policy.web-experience")]
    RolePolicy,
    /// Its final trust policy, where the role had to come first.
    #[serde(rename = "role-trust.web-experience")]
    RoleTrust,
    /// The IAM SAML provider.
    #[serde(rename = "saml-provider")]
    SamlProvider,
    /// The web experience.
    #[serde(rename = "web-experience")]
    WebExperience,
    /// The role on the web experience, where the web experience came first.
    #[serde(rename = "web-experience-role")]
    WebExperienceRole,
}

impl Address {
    /// The address as it is written in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Address::Application => "application",
            Address::AutoSubscription => "auto-subscription",
            Address::Index => "index",
            Address::Retriever => "retriever",
            Address::Role => "role.web-experience",
            Address::RolePolicy => "role-policy.web-experience",
            Address::RoleTrust => "role-trust.web-experience",
            Address::SamlProvider => "saml-provider",
            Address::WebExperience => "web-experience",
            Address::WebExperienceRole => "web-experience-role",
        }
    }

    /// The resource that this one is a part of in AWS: it goes when its parent goes, and both are
    /// written through the parent's own calls.
    pub fn parent(self) -> Option<Address> {
        match self {
            Address::AutoSubscription => Some(Address::Application),
            Address::RoleTrust => Some(Address::Role),
            Address::WebExperienceRole => Some(Address::WebExperience),
            Address::Application
            | Address::Index
            | Address::Retriever
            | Address::Role
            | Address::RolePolicy
            | Address::SamlProvider
            | Address::WebExperience => None,
        }
    }

    /// Which resources must be gone before this one is deleted (Q Business: deleting an application).
    pub fn deleted_after(self) -> &'static [Address] {
        match self {
            Address::Application => &[Address::Index, Address::Retriever, Address::WebExperience],
            Address::Index => &[Address::Retriever],
            Address::Role => &[Address::RolePolicy, Address::WebExperience],
            Address::SamlProvider => &[Address::Application, Address::Role],
            Address::AutoSubscription
            | Address::Retriever
            | Address::RolePolicy
            | Address::RoleTrust
            | Address::WebExperience
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
    /// `SAMLProviderUUID`.
    Unique,
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
}
