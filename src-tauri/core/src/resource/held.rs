//! What is there that others made, whatever its status is: read, never changed.

use super::{Look, Tier};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// An application as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldApplication {
    /// `arn:aws:qbusiness:REGION:ACCOUNT:application/ID`.
    pub arn: String,
    /// Its display name.
    pub name: String,
    /// AWS's status, and AWS's reason for one that is bad.
    pub status: Status,
    /// `AWS_IAM_IDP_SAML` and so on; None for one from before there was a choice.
    pub identity_type: Option<String>,
    /// ARN of its IAM provider.
    pub provider: Option<String>,
    /// OIDC: the clients whose tokens it takes.
    pub client_ids: Vec<String>,
    /// ARN of its service role, the service-linked one too.
    pub role: Option<String>,
    /// Whether people are subscribed when they sign in, and to what; None where nobody chose.
    pub subscription: Option<(bool, Option<Tier>)>,
    /// Q Apps.
    pub q_apps: bool,
    /// ARN of the company's own KMS key.
    pub kms_key: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// A status with its reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// `ACTIVE`, `FAILED`, …
    pub word: String,
    /// AWS's own words.
    pub why: Option<String>,
}

/// How a web experience signs people in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeldSignIn {
    /// In the way of before 30 April 2024, with metadata in the web experience itself.
    Legacy,
    /// Nothing was configured.
    None,
    /// OpenID Connect: ARNs of the secret and of the role that reads it.
    Oidc {
        /// As it was given: perhaps without the suffix.
        secret: String,
        /// ARN.
        role: String,
    },
    /// SAML 2.0.
    Saml {
        /// Where people are sent.
        authentication_url: String,
    },
}

/// A web experience as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldWebExperience {
    /// Its title; often empty.
    pub title: String,
    /// AWS's status.
    pub status: Status,
    /// `https://HOST/`, once there is one.
    pub endpoint: Option<String>,
    /// ARN of the role of signed-in people.
    pub role: Option<String>,
    /// How people sign in.
    pub sign_in: HeldSignIn,
    /// What people see.
    pub look: Look,
}

/// An index of the application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldIndex {
    /// AWS's id.
    pub id: String,
    /// Its display name.
    pub name: String,
    /// AWS's status.
    pub status: Status,
    /// `ENTERPRISE` or `STARTER`.
    pub kind: String,
    /// Its capacity.
    pub units: u32,
}

/// A retriever of the application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldRetriever {
    /// AWS's id.
    pub id: String,
    /// Its display name.
    pub name: String,
    /// AWS's status.
    pub status: Status,
    /// Whether it reads an index of Amazon Kendra.
    pub kendra: bool,
    /// Id of the index that it reads.
    pub index: String,
    /// ARN of the role that reads an index of Amazon Kendra.
    pub role: Option<String>,
}

/// A policy that a role has.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldPolicy {
    /// Its name.
    pub name: String,
    /// ARN and path of a managed policy; None for an inline one.
    pub managed: Option<(String, String)>,
    /// The document.
    pub document: Json,
    /// Who else has it: how many attachments beside this one.
    pub others: u32,
}
