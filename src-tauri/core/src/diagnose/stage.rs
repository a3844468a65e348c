//! Where on the way a rule's fault stops people, and whose sign-in it can concern.

use super::RuleId;
use crate::idp::{IdentityProvider, Protocol};

/// The part of the way, in the order in which it is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// An administrator makes or changes something.
    Making,
    /// The identity provider's own pages: nothing was sent to AWS yet.
    Provider,
    /// The response or the token on its way into AWS.
    SignIn,
    /// Amazon Q Business, once AWS has let the person in.
    Chat,
}

impl RuleId {
    /// Where on the way its fault stops people.
    pub fn stage(self) -> Stage {
        match self {
            RuleId::PrivateKey => Stage::Making,
            RuleId::NameIdSourceEmpty | RuleId::AddressNotFound => Stage::Provider,
            // The portal holds them, and a response is sent all the same.
            RuleId::ClaimsPolicy | RuleId::OtherApplication => Stage::SignIn,
            RuleId::IdentifierRestricted | RuleId::AppRoleValue => Stage::Making,
            RuleId::AddressDiffers | RuleId::ClientSecret => Stage::Chat,
            id if id >= RuleId::ServiceClosed => Stage::Making,
            id if id >= RuleId::NoSubscription => Stage::Chat,
            id if (RuleId::NotAssigned..=RuleId::RedirectUri).contains(&id) => Stage::Provider,
            _ => Stage::SignIn,
        }
    }

    /// The protocol that the rule is about; None for both.
    fn protocol(self) -> Option<Protocol> {
        match self {
            RuleId::EmailEmpty
            | RuleId::EmailSeveral
            | RuleId::TagInvalid
            | RuleId::AddressDiffers
            | RuleId::TagsTooLarge
            | RuleId::DurationTooLong
            | RuleId::Unexplained => None,
            RuleId::ClientNotAssigned | RuleId::NoAccessPolicy | RuleId::RedirectUri => Some(Protocol::Oidc),
            id if id >= RuleId::NoSubscription => None,
            id if (RuleId::TokenIssuer..=RuleId::TokenEarly).contains(&id) => Some(Protocol::Oidc),
            _ => Some(Protocol::Saml),
        }
    }

    fn vendor(self) -> Option<Vendor> {
        match self {
            RuleId::NameIdSourceEmpty | RuleId::MetadataGeneric => Some(Vendor::Entra),
            id if (RuleId::NotAssigned..=RuleId::OtherApplication).contains(&id) => Some(Vendor::Entra),
            id if (RuleId::ClientNotAssigned..=RuleId::RedirectUri).contains(&id) => Some(Vendor::Okta),
            _ => None,
        }
    }

    /// Whether the rule can concern people who sign in with this protocol at this provider. What one vendor's portal
    /// alone has concerns nobody at a generic provider: its administrator would look for menus that are not there.
    pub fn concerns(self, protocol: Protocol, idp: IdentityProvider) -> bool {
        self.protocol().is_none_or(|p| p == protocol)
            && self.vendor().is_none_or(|vendor| vendor_of(idp) == Some(vendor))
    }
}

/// Vendors whose rules are in the catalogue.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vendor {
    Entra,
    Okta,
    Ping,
}

/// Whether the two may be one: who is not known may be anybody.
pub(crate) fn is_same(a: Option<Vendor>, b: Option<Vendor>) -> bool {
    a.is_none() || b.is_none() || a == b
}

pub(crate) fn vendor_of(idp: IdentityProvider) -> Option<Vendor> {
    match idp {
        IdentityProvider::EntraGallery | IdentityProvider::EntraOwn => Some(Vendor::Entra),
        IdentityProvider::OktaSaml | IdentityProvider::OktaOidc => Some(Vendor::Okta),
        IdentityProvider::PingOne | IdentityProvider::PingFederate => Some(Vendor::Ping),
        IdentityProvider::GenericSaml | IdentityProvider::GenericOidc => None,
    }
}
