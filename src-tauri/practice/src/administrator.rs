//! An administrator without a screen: types into the portals' own forms over HTTP, finds pages and
//! fields by their labels, downloads, copies, and signs people in. The demo and the tests work through it.

use crate::mistake::WrongRequest;
use base64::Engine as _;
use claimbridge_core::idp::IdentityProvider;
use std::fmt;

mod entra;
mod page;
mod visit;

pub(crate) use page::unescape;
use page::{between, strip};
pub use visit::{Client, Visit};

/// Works with one practice portal.
pub struct Administrator {
    origin: String,
    http: reqwest::Client,
    /// Goes nowhere by itself: for answers that lead out of this world.
    still: reqwest::Client,
}

/// What the portal or the sign-in page answered instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortalError {
    /// A page without what should be on it.
    Missing {
        /// What was looked for.
        what: String,
        /// On which page.
        page: String,
    },
    /// The portal or the sign-in page refused, with its own words.
    Refused(String),
    /// No answer.
    Unreachable(String),
}

impl fmt::Display for PortalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PortalError::Missing { what, page } => write!(f, "{page} has no {what}"),
            PortalError::Refused(words) => write!(f, "the identity provider refused: {words}"),
            PortalError::Unreachable(why) => write!(f, "the identity provider did not answer: {why}"),
        }
    }
}

impl std::error::Error for PortalError {}

impl From<reqwest::Error> for PortalError {
    fn from(error: reqwest::Error) -> Self {
        PortalError::Unreachable(error.to_string())
    }
}

impl Administrator {
    /// At a portal's origin, `http://127.0.0.1:PORT`.
    pub fn new(origin: &str) -> Administrator {
        Administrator {
            origin: origin.to_owned(),
            http: reqwest::Client::builder().no_proxy().build().unwrap_or_default(),
            still: reqwest::Client::builder()
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap_or_default(),
        }
    }

    async fn get(&self, path: &str) -> Result<String, PortalError> {
        let response = self.http.get(format!("{}{path}", self.origin)).send().await?;
        self.page(response).await
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Result<String, PortalError> {
        let response = self
            .http
            .post(format!("{}{path}", self.origin))
            .form(fields)
            .send()
            .await?;
        self.page(response).await
    }

    async fn page(&self, response: reqwest::Response) -> Result<String, PortalError> {
        let ok = response.status().is_success();
        let text = response.text().await?;
        if ok {
            return Ok(text);
        }
        let words = between(&text, "role=\"alert\">", "</p>").unwrap_or_default();
        Err(PortalError::Refused(unescape(&strip(words))))
    }

    /// A way through the portal of a provider, for an application of that name.
    pub fn visit(&self, idp: IdentityProvider, app_name: &str) -> Visit<'_> {
        Visit::new(self, idp, app_name)
    }

    /// The same path at this world: portals show the addresses of the vendors' own hosts.
    fn here(&self, address: &str) -> Result<String, PortalError> {
        let url = url::Url::parse(address).map_err(|_| missing("address", address))?;
        let query = url.query().map(|q| format!("?{q}")).unwrap_or_default();
        Ok(format!("{}{query}", url.path()))
    }

    /// Signs a person in where a sign-in begins without a request, and returns the value of the form
    /// field `SAMLResponse`.
    ///
    /// # Errors
    /// [`PortalError::Refused`] with the vendor's words when the sign-in page refuses.
    pub async fn sign_in_at(&self, address: &str, login: &str) -> Result<String, PortalError> {
        let path = self.here(address)?;
        self.get(&path).await?;
        let page = self.post(&path, &[("login", login)]).await?;
        between(&page, "name=\"SAMLResponse\" value=\"", "\"")
            .map(str::to_owned)
            .ok_or_else(|| missing("SAMLResponse", "the sign-in page"))
    }

    /// Begins a sign-in with a request as an application of one's own would send it, in which one thing is
    /// wrong.
    ///
    /// # Errors
    /// [`PortalError::Refused`] with the vendor's words.
    pub async fn sign_in_by_request(
        &self,
        (sso, identifier): (&str, &str),
        wrong: WrongRequest,
        login: &str,
    ) -> Result<String, PortalError> {
        let issuer = match wrong {
            WrongRequest::Issuer => "urn:example:nobody",
            WrongRequest::Answer | WrongRequest::Form => identifier,
        };
        let xml = format!(
            "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_1\" Version=\"2.0\" AssertionConsumerServiceURL=\"https://elsewhere.example/saml\"><Issuer xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">{issuer}</Issuer></samlp:AuthnRequest>"
        );
        let bytes = match wrong {
            WrongRequest::Form => xml.into_bytes(),
            WrongRequest::Answer | WrongRequest::Issuer => {
                miniz_oxide::deflate::compress_to_vec(xml.as_bytes(), 6)
            }
        };
        let mut url = url::Url::parse(sso).map_err(|_| missing("address", sso))?;
        let request = base64::engine::general_purpose::STANDARD.encode(bytes);
        url.query_pairs_mut().append_pair("SAMLRequest", &request);
        self.sign_in_at(url.as_str(), login).await
    }

    /// Signs a person in at an authorization endpoint and returns where the browser is sent then: the
    /// redirect URI with `code`, or with `error`.
    ///
    /// # Errors
    /// [`PortalError::Refused`] with the server's words when it refuses on a page of its own.
    pub async fn sign_in_oidc(&self, authorize: &str, login: &str) -> Result<String, PortalError> {
        let page = self.still.get(authorize).send().await?;
        if let Some(to) = location(&page) {
            return Ok(to);
        }
        self.page(page).await?;
        let answer = self
            .still
            .post(authorize)
            .form(&[("login", login)])
            .send()
            .await?;
        match location(&answer) {
            Some(to) => Ok(to),
            None => {
                self.page(answer).await?;
                Err(missing("redirect", "the sign-in page"))
            }
        }
    }

    /// Delivers a response to the web experience; true when the person is let in.
    ///
    /// # Errors
    /// [`PortalError::Unreachable`].
    pub async fn deliver(&self, host: &str, response: &str) -> Result<bool, PortalError> {
        let label = host.split('.').next().unwrap_or_default();
        match self
            .post(
                &format!("/web-experience/{label}/saml"),
                &[("SAMLResponse", response)],
            )
            .await
        {
            Ok(_) => Ok(true),
            Err(PortalError::Refused(_)) => Ok(false),
            Err(other) => Err(other),
        }
    }
}

fn location(response: &reqwest::Response) -> Option<String> {
    let to = response.headers().get(reqwest::header::LOCATION)?;
    to.to_str().ok().map(str::to_owned)
}

fn missing(what: &str, page: &str) -> PortalError {
    PortalError::Missing {
        what: what.to_owned(),
        page: page.to_owned(),
    }
}
