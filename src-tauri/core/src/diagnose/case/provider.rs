//! Whose portal a case is about.

use super::wanted::issuer_of;
use super::{Case, Content};
use crate::diagnose::evidence::ConfiguredClaim;
use crate::idp::IdentityProvider;

impl Case {
    /// Whose portal people sign in at, by what they signed in with: the response that is judged, else the token. It
    /// chooses words and nothing else, so it need not be verified. None where there is neither, or none says it.
    pub fn signed_in_at(&self) -> Option<IdentityProvider> {
        if let Some((_, response)) = self.judged() {
            let view = response.view();
            let assertion = view.assertions.first().and_then(|a| a.issuer.as_deref());
            let issuer = assertion.or(view.issuer.as_deref()).filter(|i| !i.is_empty())?;
            // An issuer can be of any name; its own metadata then tells whose addresses are behind it.
            return Some(match self.metadata() {
                Some(metadata) if metadata.entity_id == issuer => IdentityProvider::of_metadata(metadata),
                _ => IdentityProvider::of_address(issuer),
            });
        }
        let (_, token) = self.judged_token()?;
        token.view().claims.issuer().map(IdentityProvider::of_issuer)
    }

    /// Whose portal the remedies speak of: [`Case::signed_in_at`], else of the metadata, the IAM provider or a text.
    pub(super) fn identity_provider(&self, provider_arn: Option<&str>) -> IdentityProvider {
        if let Some(idp) = self.signed_in_at() {
            return idp;
        }
        if let Some(metadata) = self.metadata() {
            return IdentityProvider::of_metadata(metadata);
        }
        if let Some(issuer) = provider_arn.and_then(issuer_of) {
            return IdentityProvider::of_issuer(issuer.as_str());
        }
        let said = |needle: &str| {
            self.pieces.iter().any(|piece| match &piece.content {
                Content::Message(message) => message.text.contains(needle),
                Content::Claims(claims) => claims.iter().any(|c| c.source.to_lowercase().contains(needle)),
                Content::Request(request) => {
                    request.destination.as_deref().is_some_and(|d| d.contains(needle))
                }
                _ => false,
            })
        };
        let sources = || {
            self.pieces.iter().flat_map(|piece| match &piece.content {
                Content::Claims(claims) => claims.as_slice(),
                _ => &[],
            })
        };
        let is_entra = |claim: &ConfiguredClaim| {
            let source = claim.source.trim().to_lowercase();
            ENTRA.contains(&source.as_str())
        };
        if said("AADSTS") || said("microsoftonline.com") || sources().any(is_entra) {
            IdentityProvider::EntraGallery
        } else if said(".okta.com") || said(".oktapreview.com") {
            IdentityProvider::OktaSaml
        } else {
            IdentityProvider::GenericSaml
        }
    }
}

/// Attributes as Entra alone writes them, in lower case (Entra: claims customisation, source attributes); Okta has
/// `user.email`, `user.firstName`, `user.login`.
const ENTRA: [&str; 16] = [
    "user.assignedroles",
    "user.companyname",
    "user.dirsynclocaluserprincipalname",
    "user.displayname",
    "user.extensionattribute1",
    "user.givenname",
    "user.groups",
    "user.jobtitle",
    "user.localuserprincipalname",
    "user.mail",
    "user.mailnickname",
    "user.objectid",
    "user.onpremisessamaccountname",
    "user.onpremisesuserprincipalname",
    "user.surname",
    "user.userprincipalname",
];
