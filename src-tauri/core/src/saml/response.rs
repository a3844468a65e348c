//! A SAML response as it was captured: untrusted until [`crate::saml::signature`] has verified it.
//!
//! What is read here serves to explain a broken sign-in; what is believed is read again from the
//! bytes that a signature covers.

use super::xml::{self, Node, Ns, XmlError};
use base64::Engine as _;
use serde::{Deserialize, Serialize};
use std::fmt;

mod assertion;
pub use assertion::{Assertion, Attribute, Confirmation, NameId};

/// A response larger than this is no sign-in (STS takes 100,000 characters of base64).
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// A certificate beside a signature that is longer than this is not kept, in characters of base64.
const CERTIFICATE_LENGTH: usize = 16 * 1024;

/// What XML calls white space. A no-break space is part of a value: AWS compares byte for byte.
const XML_SPACE: [char; 4] = [' ', '\t', '\n', '\r'];

/// A captured response. It is a live credential for some minutes: no `Debug`, no `Serialize`.
pub struct Response {
    xml: String,
    base64: String,
    tree: Node<'static>,
    view: View,
}

/// What a response says, unverified.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// `Response`, or what else the root is.
    pub root: String,
    /// Where the identity provider addressed it.
    pub destination: Option<String>,
    /// Issuer on the response itself.
    pub issuer: Option<String>,
    /// When it was made.
    pub issue_instant: Option<String>,
    /// Request that it answers; none at a sign-in started by the identity provider.
    pub in_response_to: Option<String>,
    /// The last part of the status code: `Success`, `Responder`.
    pub status: Option<String>,
    /// The second-level code's last part.
    pub status_detail: Option<String>,
    /// The identity provider's own words.
    pub status_message: Option<String>,
    /// Assertions anywhere in the document.
    pub assertions: Vec<Assertion>,
    /// Encrypted assertions, names and attributes anywhere in the document.
    pub encrypted_assertions: usize,
    /// Signatures in the document.
    pub signatures: Vec<SignatureSeen>,
    /// Length of the base64 form, which STS limits.
    pub base64_length: usize,
}

/// A signature that is there, valid or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignatureSeen {
    /// The element it stands in: `Response`, `Assertion`.
    pub on: String,
    /// Signature algorithm's last part: `rsa-sha256`.
    pub algorithm: String,
    /// Digest algorithm's last part.
    pub digest: String,
    /// The certificate that it names beside it, base64 without white space. It proves nothing; it tells whose the
    /// signature claims to be.
    #[serde(skip)]
    pub certificate: Option<String>,
}

/// Why a text is no response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotAResponse {
    /// Neither XML nor base64 of it.
    Encoding,
    /// Nothing.
    Empty,
    /// A web page.
    Html,
    /// XML of another kind.
    OtherXml {
        /// Its root element.
        root: String,
    },
    /// Longer than [`MAX_BYTES`].
    Large {
        /// Bytes.
        found: usize,
    },
    /// Not readable.
    Xml(XmlError),
}

impl fmt::Display for NotAResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NEXT: &str = "Copy the value of the form field SAMLResponse from the browser's network panel.";
        match self {
            NotAResponse::Encoding => {
                write!(f, "This is neither a SAML response nor the base64 of one. {NEXT}")
            }
            NotAResponse::Empty => write!(f, "There is nothing here. {NEXT}"),
            NotAResponse::Html => write!(f, "This is a web page, not the response that it carries. {NEXT}"),
            NotAResponse::OtherXml { root } => write!(
                f,
                "This is XML, but not a SAML response: its root is “{root}”. {NEXT}"
            ),
            NotAResponse::Large { found } => write!(
                f,
                "{found} bytes are too many for a sign-in; at most {MAX_BYTES} are read. {NEXT}"
            ),
            NotAResponse::Xml(error) => write!(
                f,
                "The response cannot be read: {error}. Nothing in it was believed. {NEXT}"
            ),
        }
    }
}

impl std::error::Error for NotAResponse {}

impl Response {
    /// From whatever was pasted or dropped: XML, base64 in one or many lines, URL-encoded base64,
    /// a whole form body, or the deflated form of a redirect.
    ///
    /// # Errors
    /// [`NotAResponse`].
    pub fn decode(input: &[u8]) -> Result<Response, NotAResponse> {
        if input.len() > MAX_BYTES {
            return Err(NotAResponse::Large { found: input.len() });
        }
        let (text, _) = super::to_utf8(input).map_err(|_| NotAResponse::Encoding)?;
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Err(NotAResponse::Empty);
        }
        let head: String = trimmed.chars().take(15).collect::<String>().to_ascii_lowercase();
        if head.starts_with("<!doctype html") || head.starts_with("<html") {
            return Err(NotAResponse::Html);
        }
        if trimmed.starts_with('<') {
            let base64 = base64::engine::general_purpose::STANDARD.encode(trimmed);
            return Response::from_xml(trimmed.to_owned(), base64);
        }
        let field = form_field(trimmed);
        let body: String = field.chars().filter(|c| !c.is_whitespace()).collect();
        let bytes = lenient_base64(&body).ok_or(NotAResponse::Encoding)?;
        let xml = match super::to_utf8(&bytes) {
            Ok((text, _)) if text.trim_start().starts_with('<') => text.trim().to_owned(),
            _ => {
                let inflated = miniz_oxide::inflate::decompress_to_vec_with_limit(&bytes, MAX_BYTES)
                    .map_err(|_| NotAResponse::Encoding)?;
                let (text, _) = super::to_utf8(&inflated).map_err(|_| NotAResponse::Encoding)?;
                text.trim().to_owned()
            }
        };
        Response::from_xml(xml, body)
    }

    fn from_xml(xml: String, base64: String) -> Result<Response, NotAResponse> {
        let tree = xml::tree(&xml).map_err(NotAResponse::Xml)?;
        let known = matches!(
            (tree.ns, &*tree.name),
            (Ns::Samlp, "Response") | (Ns::Saml, "Assertion" | "EncryptedAssertion")
        );
        if !known {
            return Err(NotAResponse::OtherXml {
                root: tree.name.chars().take(80).collect(),
            });
        }
        let view = View::of(&tree, base64.len());
        Ok(Response {
            xml,
            base64,
            tree,
            view,
        })
    }

    /// What it says.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// The document, for verification and redaction; never for a log.
    pub fn xml(&self) -> &str {
        &self.xml
    }

    /// The document as our own reader sees it: what the structural gate looks at.
    pub(crate) fn tree(&self) -> &Node<'static> {
        &self.tree
    }

    /// The form value exactly as it came, less white space: what STS is asked with.
    pub fn base64(&self) -> &str {
        &self.base64
    }
}

/// The value of `SAMLResponse` in a form body, or the text itself; percent-encoding undone.
fn form_field(text: &str) -> String {
    let value = text
        .split('&')
        .find_map(|pair| pair.trim().strip_prefix("SAMLResponse="))
        .unwrap_or(text);
    if !value.contains('%') {
        return value.to_owned();
    }
    url::form_urlencoded::parse(format!("v={}", value.replace('+', "%2B")).as_bytes())
        .next()
        .map(|(_, v)| v.into_owned())
        .unwrap_or_default()
}

/// Base64 of either alphabet, padded or not.
pub(crate) fn lenient_base64(text: &str) -> Option<Vec<u8>> {
    use base64::alphabet::{STANDARD, URL_SAFE};
    use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(&STANDARD, config)
        .decode(text)
        .or_else(|_| GeneralPurpose::new(&URL_SAFE, config).decode(text))
        .ok()
}

impl View {
    fn of(root: &Node<'_>, base64_length: usize) -> View {
        let status = root.first(Ns::Samlp, "Status");
        let code = status.and_then(|s| s.first(Ns::Samlp, "StatusCode"));
        let last = |n: Option<&Node>| {
            n.and_then(|n| n.attribute("Value"))
                .map(|v| v.rsplit(':').next().unwrap_or(v).to_owned())
        };
        let all = root.walk();
        View {
            root: root.name.to_string(),
            destination: root.attribute("Destination").map(str::to_owned),
            issuer: root
                .first(Ns::Saml, "Issuer")
                .map(|i| i.text.trim_matches(XML_SPACE).to_owned()),
            issue_instant: root.attribute("IssueInstant").map(str::to_owned),
            in_response_to: root.attribute("InResponseTo").map(str::to_owned),
            status: last(code),
            status_detail: last(code.and_then(|c| c.first(Ns::Samlp, "StatusCode"))),
            status_message: status
                .and_then(|s| s.first(Ns::Samlp, "StatusMessage"))
                .map(|m| m.text.trim().to_owned()),
            assertions: all
                .iter()
                .filter(|n| n.ns == Ns::Saml && n.name == "Assertion")
                .map(|n| Assertion::of(n))
                .collect(),
            encrypted_assertions: all
                .iter()
                .filter(|n| n.ns == Ns::Saml && n.name.starts_with("Encrypted"))
                .count(),
            signatures: all
                .iter()
                .flat_map(|parent| {
                    parent.all(Ns::Ds, "Signature").map(|s| {
                        let info = s.first(Ns::Ds, "SignedInfo");
                        let algorithm = |n: Option<&Node>| {
                            n.and_then(|n| n.attribute("Algorithm"))
                                .map(|a| a.rsplit('#').next().unwrap_or(a).to_owned())
                                .unwrap_or_default()
                        };
                        SignatureSeen {
                            on: parent.name.to_string(),
                            algorithm: algorithm(info.and_then(|i| i.first(Ns::Ds, "SignatureMethod"))),
                            digest: algorithm(
                                info.and_then(|i| i.first(Ns::Ds, "Reference"))
                                    .and_then(|r| r.first(Ns::Ds, "DigestMethod")),
                            ),
                            certificate: s
                                .first(Ns::Ds, "KeyInfo")
                                .and_then(|k| k.first(Ns::Ds, "X509Data"))
                                .and_then(|d| d.first(Ns::Ds, "X509Certificate"))
                                .filter(|c| c.text.len() <= CERTIFICATE_LENGTH)
                                .map(|c| c.text.split_whitespace().collect()),
                        }
                    })
                })
                .collect(),
            base64_length,
        }
    }
}
