//! What stands in AWS around a sign-in, read and never changed. None means that it was not read.

use crate::resource::{HeldApplication, HeldPolicy, HeldWebExperience};

/// The half of the evidence that AWS itself gives.
#[derive(Clone, Debug, Default)]
pub struct Live {
    /// The application.
    pub application: Option<HeldApplication>,
    /// The web experience through which people sign in.
    pub web_experience: Option<HeldWebExperience>,
    /// Every policy of the role of signed-in people.
    pub permissions: Option<Vec<HeldPolicy>>,
    /// Seconds that a session of the role may last (IAM: MaxSessionDuration).
    pub max_session: Option<u32>,
    /// What the IAM provider of SAML says beside its metadata.
    pub saml_provider: Option<SamlProviderState>,
    /// Thumbprints of the IAM provider of OpenID Connect.
    pub thumbprints: Option<Vec<String>>,
    /// SHA-1 of each certificate that the OpenID provider's web server shows, hexadecimal.
    pub certificate_chain: Option<Vec<String>>,
    /// OpenID Connect: the secret, and the role by which the web experience reads it.
    pub secret: Option<SecretState>,
    /// Subscriptions of the application.
    pub subscriptions: Option<Vec<HeldSubscription>>,
    /// Names of the groups that the index knows.
    pub groups: Option<Vec<String>>,
    /// ARNs of the IAM providers of all applications in the region, each once.
    pub providers_in_use: Option<Vec<String>>,
    /// Addresses that documents' access lists name, where they are known.
    pub document_addresses: Option<Vec<String>>,
}

/// What an IAM provider of SAML says beside its metadata.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SamlProviderState {
    /// `AssertionEncryptionMode` is `Required`.
    pub encryption_required: bool,
    /// Private keys that it has to decrypt with.
    pub private_keys: usize,
}

/// The client secret, of which only what is not secret is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecretState {
    /// It is there and not about to be deleted.
    pub exists: bool,
    /// Its ARN as the web experience has it.
    pub named: String,
    /// Its whole ARN, with the suffix of six characters.
    pub arn: Option<String>,
    /// The role that reads it admits `application.qbusiness.amazonaws.com`; None where it could not be read.
    pub role_admits_service: Option<bool>,
    /// The role may read it; None where it could not be read.
    pub role_may_read: Option<bool>,
}

/// One subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldSubscription {
    /// `Q_BUSINESS` or `Q_LITE`, as the API spells it; the current one, else the next.
    pub tier: String,
    /// It is the current one, not only the next.
    pub active: bool,
}
