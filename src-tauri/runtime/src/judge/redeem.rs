//! STS's answer to one captured response, for an application of which there is no set-up.

use super::Asked;
use crate::connection::Connection;
use crate::session::SESSION_SECONDS;
use claimbridge_core::diagnose::{Expected, Sts};
use claimbridge_core::saml::response::Response;

/// Asks STS, as the web experience would; the credentials are forgotten. None where it did not answer, or
/// where role and provider are not known.
pub async fn redeem(connection: &Connection, expected: &Expected, response: &Response) -> Option<Sts> {
    let (role, provider) = (expected.role_arn.as_deref()?, expected.provider_arn.as_deref()?);
    let answer = connection
        .aws
        .federate_with_saml(role, provider, response.base64(), SESSION_SECONDS)
        .await;
    match answer {
        Ok(_) => Some(Sts::Accepted),
        Err(error) => Asked::from(Err(error)).sts,
    }
}
