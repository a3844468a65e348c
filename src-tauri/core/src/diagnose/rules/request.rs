//! Rules about the request that came before the response.

use super::{Evidence, Found, none, one};

/// Entra ID refuses an `ID` that begins with a digit (Microsoft: Single sign-on SAML protocol; AADSTS7500529).
pub(super) fn refused(e: &Evidence) -> Vec<Found> {
    let Some(request) = &e.request else { return none() };
    let host = request.destination.as_deref().and_then(|to| to.split('/').nth(2));
    match &request.id {
        Some(id)
            if host == Some("login.microsoftonline.com") && id.starts_with(|c: char| c.is_ascii_digit()) =>
        {
            one(
                "AuthnRequest ID",
                "an ID that begins with a letter or an underscore",
                id.chars().take(300).collect::<String>(),
            )
        }
        _ => none(),
    }
}
