//! OpenID Connect over the network: a provider's documents, and a sign-in by the system's browser.

mod authorization;
mod exchange;

pub use authorization::{Authorization, CannotBegin};
pub use exchange::ExchangeError;

use crate::http::Http;
use crate::listener::{Arrived, Listening, read_code};
use claimbridge_core::oidc::{
    Discovery, FetchedDiscovery, FetchedKeys, IdToken, KeySet, Unavailable, discovery::Endpoint,
};
use claimbridge_core::time::Clock;
use claimbridge_core::value::Issuer;
use futures::future::{Either, select};
use secrecy::SecretString;
use std::pin::pin;
use std::time::Duration;

/// What a provider publishes.
#[derive(Debug, Clone)]
pub struct Provider {
    /// Whose documents they are.
    pub issuer: Issuer,
    /// Its discovery document with its faults, or why it is not at hand.
    pub discovery: FetchedDiscovery,
    /// Its keys, or why they are not at hand; None where the discovery document does not say where they are.
    pub keys: Option<FetchedKeys>,
}

/// Fetches the discovery document of an issuer, and its keys. Nothing in it is an error: what is missing
/// is evidence.
pub async fn discover(issuer: &Issuer, http: &Http) -> Provider {
    let url = issuer.discovery_url();
    let discovery = match http.get(&url).await {
        Err(why) => Err(Unavailable::NotFetched(why)),
        Ok(bytes) => Discovery::parse(&bytes, issuer).map_err(|error| Unavailable::Unusable { url, error }),
    };
    let address = discovery.as_ref().ok().and_then(|(d, _)| d.jwks_uri.as_ref());
    let keys = match address.map(Endpoint::as_str) {
        None => None,
        Some(url) => Some(match http.get(url).await {
            Err(why) => Err(Unavailable::NotFetched(why)),
            Ok(bytes) => KeySet::parse(&bytes).map_err(|error| Unavailable::Unusable {
                url: url.to_owned(),
                error,
            }),
        }),
    };
    Provider {
        issuer: issuer.clone(),
        discovery,
        keys,
    }
}

/// How a sign-in by the browser ended.
#[derive(Debug)]
pub enum Captured {
    /// A token, not verified yet.
    Token(IdToken),
    /// The identity provider refused: `access_denied` where the person is not assigned.
    ErrorRedirect {
        /// Its code.
        error: String,
        /// Its words.
        description: String,
    },
    /// The time was over.
    NothingArrived,
}

/// Waits for the browser to come back, at most `patience`, and exchanges the code. Dropping the future
/// cancels and closes the door.
///
/// # Errors
/// [`ExchangeError`] when the code came, and no token for it.
pub async fn capture(
    authorization: Authorization,
    listening: Listening,
    secret: Option<&SecretString>,
    http: &Http,
    patience: Duration,
    clock: &dyn Clock,
) -> Result<Captured, ExchangeError> {
    let arrived = match select(pin!(listening.wait()), clock.sleep(patience)).await {
        Either::Left((arrived, _)) => arrived,
        Either::Right(((), _)) => None,
    };
    match arrived {
        Some(Arrived::Code(code)) => authorization
            .exchange(&code, secret, http)
            .await
            .map(Captured::Token),
        Some(Arrived::Error { error, description }) => Ok(Captured::ErrorRedirect { error, description }),
        Some(Arrived::SamlResponse(_)) | None => Ok(Captured::NothingArrived),
    }
}

/// Takes the address that the browser was sent back to, where no door of this machine was open for it: the
/// code in it is exchanged.
///
/// # Errors
/// [`ExchangeError`] when the code came, and no token for it. An address without the state of this
/// sign-in is as good as none.
pub async fn returned(
    authorization: Authorization,
    address: &str,
    secret: Option<&SecretString>,
    http: &Http,
) -> Result<Captured, ExchangeError> {
    let query = address.split_once('?').map_or("", |(_, query)| query);
    match read_code(query.as_bytes(), authorization.state()) {
        Ok(Arrived::Code(code)) => authorization
            .exchange(&code, secret, http)
            .await
            .map(Captured::Token),
        Ok(Arrived::Error { error, description }) => Ok(Captured::ErrorRedirect { error, description }),
        Ok(Arrived::SamlResponse(_)) | Err(_) => Ok(Captured::NothingArrived),
    }
}
