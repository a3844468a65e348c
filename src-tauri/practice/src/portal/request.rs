//! The request of an application that begins a sign-in itself (SAML bindings, HTTP-Redirect).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

/// A request is small; more is not inflated.
const MOST_BYTES: usize = 64 * 1024;

/// An `AuthnRequest` as far as a sign-in needs it, with what came beside it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct AuthnRequest {
    pub id: String,
    /// Who asks.
    pub issuer: String,
    /// `AssertionConsumerServiceURL`.
    pub acs: Option<String>,
    /// `AssertionConsumerServiceIndex`.
    pub index: Option<String>,
    pub relay_state: Option<String>,
}

impl AuthnRequest {
    /// From the query of an address; None where it holds no request.
    ///
    /// # Errors
    /// What is wrong with the request.
    pub fn of(query: &str) -> Result<Option<AuthnRequest>, String> {
        let get = |name: &str| {
            url::form_urlencoded::parse(query.as_bytes())
                .find(|(k, _)| k == name)
                .map(|(_, v)| v.into_owned())
        };
        let Some(value) = get("SAMLRequest") else {
            return Ok(None);
        };
        let deflated = STANDARD
            .decode(value)
            .map_err(|_| "The request is not base64.".to_owned())?;
        let xml = miniz_oxide::inflate::decompress_to_vec_with_limit(&deflated, MOST_BYTES)
            .map_err(|_| "The request is not deflated.".to_owned())?;
        let mut request = read(&String::from_utf8_lossy(&xml))?;
        request.relay_state = get("RelayState");
        Ok(Some(request))
    }
}

fn read(xml: &str) -> Result<AuthnRequest, String> {
    let bad = || "The request is not an AuthnRequest.".to_owned();
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut request = None;
    let mut in_issuer = false;
    loop {
        match reader.read_event().map_err(|_| bad())? {
            Event::Start(start) | Event::Empty(start) if request.is_none() => {
                if start.local_name().as_ref() != "AuthnRequest" {
                    return Err(bad());
                }
                request = Some(head(&start)?);
            }
            Event::Start(start) => in_issuer = start.local_name().as_ref() == "Issuer",
            Event::End(_) => in_issuer = false,
            Event::Text(text) if in_issuer => {
                if let Some(request) = &mut request {
                    request.issuer.push_str(&text.into_inner());
                }
            }
            // The only reference that an address needs.
            Event::GeneralRef(name) if in_issuer && name.as_ref() == "amp" => {
                if let Some(request) = &mut request {
                    request.issuer.push('&');
                }
            }
            Event::Eof => return request.ok_or_else(bad),
            _ => {}
        }
    }
}

fn head(start: &BytesStart<'_>) -> Result<AuthnRequest, String> {
    let get = |name: &str| -> Result<Option<String>, String> {
        let bad = || format!("{name} of the request cannot be read.");
        let Some(found) = start.try_get_attribute(name).map_err(|_| bad())? else {
            return Ok(None);
        };
        let value = found
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|_| bad())?;
        Ok(Some(value.into_owned()))
    };
    Ok(AuthnRequest {
        id: get("ID")?.unwrap_or_default(),
        acs: get("AssertionConsumerServiceURL")?,
        index: get("AssertionConsumerServiceIndex")?,
        ..AuthnRequest::default()
    })
}
