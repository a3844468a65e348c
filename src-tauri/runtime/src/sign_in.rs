//! One sign-in by the system's browser, for either protocol: an address for the browser, a door of this
//! machine for what comes back, and the judgement of it.

use crate::clock::{RandomIds, SystemClock};
use crate::connection::Connection;
use crate::http::Http;
use crate::judge::{Judgement, Received, judge, judge_token};
use crate::listener::{Arrived, Expect, ListenError, Listening, OIDC_PATH, PORT, SAML_PATH, address, listen};
use crate::oidc::{Authorization, CannotBegin, Captured, ExchangeError, capture, discover};
use claimbridge_core::idp::{fill, guide, values};
use claimbridge_core::journal::Bindings;
use claimbridge_core::oidc::IdToken;
use claimbridge_core::resource::SecretValue;
use claimbridge_core::saml::request::{AuthnRequest, CannotAsk};
use claimbridge_core::saml::response::{NotAResponse, Response};
use claimbridge_core::setup::{Federation, Setup, SetupError};
use claimbridge_core::time::{Clock, Ids};
use futures::future::{Either, select};
use std::fmt;
use std::pin::pin;
use std::time::Duration;

/// The door's address for SAML: the set-up's custom application has to be at it.
pub const SAML_ADDRESS: &str = "http://localhost:8000/saml";

const REDIRECT: &str = "HTTP-Redirect";

/// Why no sign-in began, or nothing came of it.
#[derive(Debug)]
pub enum SignInProblem {
    /// The request could not be made.
    Ask(CannotAsk),
    /// The discovery document does not let a sign-in begin.
    Begin(CannotBegin),
    /// The discovery document is not at hand, and why.
    Discovery(String),
    /// What came is no response.
    Decode(NotAResponse),
    /// The code was not exchanged.
    Exchange(ExchangeError),
    /// The door does not open.
    Listen(ListenError),
    /// The metadata has no address for HTTP-Redirect.
    NoRedirect,
    /// SAML: the role does not admit what is addressed to this machine.
    NotAdmitted {
        /// The custom application of the set-up.
        found: Option<String>,
    },
    /// The set-up lacks something.
    Setup(SetupError),
}

impl fmt::Display for SignInProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SignInProblem::Ask(error) => error.fmt(f),
            SignInProblem::Begin(error) => error.fmt(f),
            SignInProblem::Discovery(why) => write!(
                f,
                "The discovery document of the issuer is not at hand: {}. Compare the issuer with the identity provider's own page.",
                why.trim_end_matches('.')
            ),
            SignInProblem::Decode(error) => error.fmt(f),
            SignInProblem::Exchange(error) => error.fmt(f),
            SignInProblem::Listen(error) => error.fmt(f),
            SignInProblem::NoRedirect => f.write_str(
                "The metadata has no sign-on address for HTTP-Redirect, so no request can be sent. Capture a response in the web experience and judge it with claimbridge-cli check.",
            ),
            SignInProblem::NotAdmitted { found } => write!(
                f,
                "The response would come to {SAML_ADDRESS}, and the set-up's application of your own is {}. Make it {SAML_ADDRESS}, plan and apply, and register that address at the identity provider.",
                found.as_deref().unwrap_or("none")
            ),
            SignInProblem::Setup(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SignInProblem {}

macro_rules! from {
    ($($source:ty => $variant:ident),* $(,)?) => {
        $(impl From<$source> for SignInProblem {
            fn from(error: $source) -> Self {
                SignInProblem::$variant(error)
            }
        })*
    };
}

from! {
    CannotAsk => Ask,
    CannotBegin => Begin,
    NotAResponse => Decode,
    ExchangeError => Exchange,
    ListenError => Listen,
    SetupError => Setup,
}

/// A sign-in that is under way: the door is open. Dropping it closes the door.
pub struct SignIn {
    url: String,
    listening: Listening,
    authorization: Option<Authorization>,
}

/// What came back. No `Debug`: response and token are credentials.
pub enum Came {
    /// A SAML response.
    Response(Box<Response>),
    /// An ID token, and the nonce that was sent for it.
    Token {
        /// The token.
        token: Box<IdToken>,
        /// The nonce.
        nonce: String,
    },
    /// The identity provider refused.
    Refused {
        /// Its code.
        error: String,
        /// Its words.
        description: String,
    },
    /// The time was over.
    Nothing,
}

impl SignIn {
    /// Opens the door, and makes the address for the browser.
    ///
    /// # Errors
    /// [`SignInProblem`].
    pub async fn begin(setup: &Setup, bindings: &Bindings, http: &Http) -> Result<SignIn, SignInProblem> {
        match &setup.federation {
            Federation::Saml { .. } => SignIn::by_saml(setup, bindings).await,
            Federation::Oidc {
                issuer, client_id, ..
            } => {
                let issuer = issuer.as_ref().ok_or(SetupError::IssuerMissing)?;
                let client = client_id.as_ref().ok_or(SetupError::ClientIdMissing)?;
                let (discovery, _) = discover(issuer, http)
                    .await
                    .discovery
                    .map_err(|why| SignInProblem::Discovery(why.to_string()))?;
                let redirect = address(PORT, OIDC_PATH);
                let authorization = Authorization::begin(&discovery, issuer, client, &redirect, &RandomIds)?;
                let listening = listen(PORT, OIDC_PATH, Expect::Code, authorization.state()).await?;
                Ok(SignIn {
                    url: authorization.url().to_owned(),
                    listening,
                    authorization: Some(authorization),
                })
            }
        }
    }

    async fn by_saml(setup: &Setup, bindings: &Bindings) -> Result<SignIn, SignInProblem> {
        let custom = setup.custom_application.as_ref().map(|c| c.url.clone());
        if custom.as_deref() != Some(SAML_ADDRESS) {
            return Err(SignInProblem::NotAdmitted { found: custom });
        }
        let metadata = setup.federation_metadata()?;
        let sso = metadata.sso.iter().find(|s| s.binding == REDIRECT);
        let destination = &sso.ok_or(SignInProblem::NoRedirect)?.location;
        let known = values(setup, bindings.web_experience().as_ref());
        // What the guide lets people enter last is what the identity provider knows the application by.
        let entity_id = guide(setup.idp())
            .step
            .iter()
            .flat_map(|s| &s.values)
            .filter(|v| v.label.contains("Entity ID"))
            .filter_map(|v| fill(v.value.as_deref()?, &known))
            .next_back()
            .unwrap_or_default();
        let now = SystemClock.now();
        let request = AuthnRequest::new(&entity_id, SAML_ADDRESS, destination, now, &RandomIds)?;
        let state = RandomIds.fresh();
        let listening = listen(PORT, SAML_PATH, Expect::SamlResponse, &state).await?;
        Ok(SignIn {
            url: request.url(&state)?,
            listening,
            authorization: None,
        })
    }

    /// Where the browser goes.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Waits for the browser to come back, at most `patience`; a code is exchanged. Dropping the future
    /// cancels and closes the door.
    ///
    /// # Errors
    /// [`SignInProblem`] when something came that is of no use.
    pub async fn finish(
        self,
        secret: Option<&SecretValue>,
        http: &Http,
        patience: Duration,
    ) -> Result<Came, SignInProblem> {
        if let Some(authorization) = self.authorization {
            let nonce = authorization.nonce().to_owned();
            let came = capture(
                authorization,
                self.listening,
                secret,
                http,
                patience,
                &SystemClock,
            );
            return Ok(match came.await? {
                Captured::Token(token) => Came::Token {
                    token: Box::new(token),
                    nonce,
                },
                Captured::ErrorRedirect { error, description } => Came::Refused { error, description },
                Captured::NothingArrived => Came::Nothing,
            });
        }
        let arrived = match select(pin!(self.listening.wait()), SystemClock.sleep(patience)).await {
            Either::Left((arrived, _)) => arrived,
            Either::Right(((), _)) => None,
        };
        match arrived {
            Some(Arrived::SamlResponse(value)) => {
                Ok(Came::Response(Box::new(Response::decode(value.as_bytes())?)))
            }
            Some(Arrived::Code(_) | Arrived::Error { .. }) | None => Ok(Came::Nothing),
        }
    }
}

impl Came {
    /// Judges it as captured just now; None where nothing came that could be judged.
    pub async fn judge(
        &self,
        setup: &Setup,
        bindings: &Bindings,
        connection: &Connection,
        http: &Http,
    ) -> Option<Judgement> {
        let now = SystemClock.now();
        match self {
            Came::Response(response) => {
                Some(judge(setup, bindings, response, Some(now), Some(connection), now).await)
            }
            Came::Token { token, nonce } => {
                let received = Received {
                    token,
                    nonce: Some(nonce),
                    captured_at: Some(now),
                };
                Some(judge_token(setup, bindings, received, Some(connection), http, now).await)
            }
            Came::Refused { .. } | Came::Nothing => None,
        }
    }
}
