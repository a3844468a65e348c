//! The request that begins a SAML sign-in in the system's browser (SAML bindings §3.4, HTTP-Redirect).

use crate::time::{Ids, Instant, format_instant};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use miniz_oxide::deflate::compress_to_vec;
use std::fmt;
use url::Url;

/// Bytes that `RelayState` may have (SAML bindings §3.4.3).
const RELAY_STATE: usize = 80;

/// An AuthnRequest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthnRequest {
    /// A name that begins with a letter or `_`: Entra refuses one that begins with a digit.
    id: String,
    /// The entity ID of the application, which the identity provider calls Identifier or Audience.
    issuer: String,
    /// Where the response goes: a registered Reply URL, byte for byte.
    acs: String,
    /// The identity provider's address for HTTP-Redirect.
    destination: Url,
    issued: Instant,
}

/// Why no request can be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CannotAsk {
    /// The identity provider's address is none.
    Destination {
        /// As it was given.
        found: String,
    },
    /// The state is too long for RelayState.
    RelayState {
        /// Bytes.
        found: usize,
    },
}

impl fmt::Display for CannotAsk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CannotAsk::Destination { found } => write!(
                f,
                "“{found}” is no address to sign in at: expected http:// or https://. Take the HTTP-Redirect address of the metadata."
            ),
            CannotAsk::RelayState { found } => write!(
                f,
                "The state has {found} bytes; SAML takes {RELAY_STATE}. Use a shorter one."
            ),
        }
    }
}

impl std::error::Error for CannotAsk {}

impl AuthnRequest {
    /// A request with a fresh id.
    ///
    /// # Errors
    /// [`CannotAsk::Destination`].
    pub fn new(
        issuer: &str,
        acs: &str,
        destination: &str,
        issued: Instant,
        ids: &dyn Ids,
    ) -> Result<AuthnRequest, CannotAsk> {
        let destination = Url::parse(destination)
            .ok()
            .filter(|u| matches!(u.scheme(), "http" | "https") && u.has_host())
            .ok_or_else(|| CannotAsk::Destination {
                found: destination.chars().take(300).collect(),
            })?;
        Ok(AuthnRequest {
            id: format!("_{}", ids.fresh()),
            issuer: issuer.to_owned(),
            acs: acs.to_owned(),
            destination,
            issued,
        })
    }

    /// The document.
    pub fn xml(&self) -> String {
        format!(
            "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"{}\" Version=\"2.0\" IssueInstant=\"{}\" Destination=\"{}\" ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" AssertionConsumerServiceURL=\"{}\"><saml:Issuer>{}</saml:Issuer></samlp:AuthnRequest>",
            escape(&self.id),
            format_instant(self.issued),
            escape(self.destination.as_str()),
            escape(&self.acs),
            escape(&self.issuer),
        )
    }

    /// Where the browser goes: the request deflated and encoded as HTTP-Redirect wants it. `state` comes
    /// back as `RelayState`.
    ///
    /// # Errors
    /// [`CannotAsk::RelayState`].
    pub fn url(&self, state: &str) -> Result<String, CannotAsk> {
        if state.len() > RELAY_STATE {
            return Err(CannotAsk::RelayState { found: state.len() });
        }
        let deflated = compress_to_vec(self.xml().as_bytes(), 6);
        let mut url = self.destination.clone();
        url.query_pairs_mut()
            .append_pair("SAMLRequest", &STANDARD.encode(deflated))
            .append_pair("RelayState", state);
        Ok(url.into())
    }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::parse_instant;
    use miniz_oxide::inflate::decompress_to_vec;

    struct OneId;
    impl Ids for OneId {
        fn fresh(&self) -> String {
            "7d0f".into()
        }
    }

    fn request(issuer: &str, destination: &str) -> Result<AuthnRequest, CannotAsk> {
        let at = parse_instant("2026-11-22T16:00:00Z").expect("an instant");
        AuthnRequest::new(issuer, "http://localhost:8000/saml", destination, at, &OneId)
    }

    #[test]
    fn what_comes_out_of_the_address_is_the_request() {
        let request = request("urn:a&b<\"c\">", "https://idp.example/sso?tenant=a%26b").expect("a request");
        let url = Url::parse(&request.url("state-1").expect("a url")).expect("a url");
        let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let [tenant, saml, relay] = query.as_slice() else {
            panic!("{query:?}");
        };
        assert_eq!((tenant.0.as_str(), tenant.1.as_str()), ("tenant", "a&b"));
        assert_eq!((relay.0.as_str(), relay.1.as_str()), ("RelayState", "state-1"));
        let deflated = STANDARD.decode(&saml.1).expect("base64");
        let xml = String::from_utf8(decompress_to_vec(&deflated).expect("deflated")).expect("text");
        assert_eq!(xml, request.xml());
        for part in [
            "ID=\"_7d0f\"",
            "Destination=\"https://idp.example/sso?tenant=a%26b\"",
            "AssertionConsumerServiceURL=\"http://localhost:8000/saml\"",
            "<saml:Issuer>urn:a&amp;b&lt;&quot;c&quot;&gt;</saml:Issuer>",
            "IssueInstant=\"2026-11-22T16:00:00Z\"",
        ] {
            assert!(xml.contains(part), "{part}: {xml}");
        }
    }

    #[test]
    fn what_cannot_be_sent() {
        for bad in ["", "idp.example", "javascript:alert(1)", "file:///etc/passwd"] {
            assert!(
                matches!(request("a", bad), Err(CannotAsk::Destination { .. })),
                "{bad}"
            );
        }
        let request = request("a", "https://idp.example/").expect("a request");
        assert!(request.url(&"x".repeat(80)).is_ok());
        assert_eq!(
            request.url(&"x".repeat(81)),
            Err(CannotAsk::RelayState { found: 81 })
        );
    }
}
