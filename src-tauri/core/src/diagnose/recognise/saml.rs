//! SAML as it is pasted: XML, base64 with what surrounds it, and the request before the response.

use super::text::unescaped;
use super::{Found, Unrecognised, address};
use crate::diagnose::case::Content;
use crate::diagnose::evidence::RequestSeen;
use crate::saml::metadata::{FederationMetadata, MetadataError};
use crate::saml::response::{MAX_BYTES, NotAResponse, Response, lenient_base64};
use crate::saml::to_utf8;
use crate::saml::xml::{self, Ns, Token, Walk, XmlError};
use crate::time::parse_instant;

/// Bytes of a request; it has a few hundred.
const REQUEST: usize = 256 * 1024;

/// A document: response, request, metadata, or what STS answers.
pub(super) fn xml(text: &str, bytes: &[u8], found: &mut Found) -> Result<(), Unrecognised> {
    let root = match root(text) {
        Ok(root) => root,
        Err(error) => return Err(Unrecognised::Response(NotAResponse::Xml(error))),
    };
    match (root.0, root.1.as_str()) {
        (Ns::Samlp, "AuthnRequest") => request(text, found)
            .then_some(())
            .ok_or(Unrecognised::Response(NotAResponse::OtherXml { root: root.1 })),
        (Ns::Md, _) => match FederationMetadata::parse(bytes, None) {
            Ok(metadata) => {
                found.add(Content::Metadata(Box::new(metadata)));
                Ok(())
            }
            Err(error) => Err(Unrecognised::Metadata(error)),
        },
        (_, "ErrorResponse") => aws_error(text, found),
        (Ns::Samlp | Ns::Saml, _) => {
            // From the bytes, where they can be read: what was signed is what they say.
            let response = Response::decode(bytes).or_else(|e| match e {
                NotAResponse::Encoding => Response::decode(text.as_bytes()),
                other => Err(other),
            });
            found.add(Content::Response(Box::new(
                response.map_err(Unrecognised::Response)?,
            )));
            Ok(())
        }
        _ => Err(Unrecognised::Metadata(MetadataError::OtherXml {
            root: root.1.chars().take(80).collect(),
        })),
    }
}

fn root(text: &str) -> Result<(Ns, String), XmlError> {
    let mut walk = Walk::new(text.as_bytes());
    let mut buffer = Vec::new();
    loop {
        match walk.next(&mut buffer)? {
            Token::Open { ns, element } => return Ok((ns, element.local_name().as_ref().to_owned())),
            Token::End => return Err(XmlError::Empty),
            Token::Close | Token::Text(_) | Token::Aside => {}
        }
    }
}

/// The XML by which STS and IAM refuse (AWS query protocol).
fn aws_error(text: &str, found: &mut Found) -> Result<(), Unrecognised> {
    let tree = xml::tree(text).map_err(|e| Unrecognised::Response(NotAResponse::Xml(e)))?;
    let part = |name: &str| {
        let node = tree.walk().into_iter().find(|n| n.name == name);
        node.map(|n| n.text.trim().to_owned()).unwrap_or_default()
    };
    found.say(&format!("{}: {}", part("Code"), part("Message")));
    Ok(())
}

/// A response in any form in which it can be copied.
pub(super) fn response(value: &str) -> Result<Response, NotAResponse> {
    let text = unescaped(value);
    let text = text.trim().trim_matches(['"', '\'', '`', ',', ';', ' ']);
    Response::decode(text.as_bytes())
}

/// Keeps the response that a form field holds; a value that goes on behind white space is cut there.
pub(super) fn field(value: &str, found: &mut Found) -> Result<(), NotAResponse> {
    let first = value.split_ascii_whitespace().next().unwrap_or_default();
    let response = response(value).or_else(|e| if first == value { Err(e) } else { response(first) })?;
    found.add(Content::Response(Box::new(response)));
    Ok(())
}

/// Keeps a request: XML, or base64 of it, deflated or plain. Says whether it was one.
pub(super) fn request(value: &str, found: &mut Found) -> bool {
    let Some((text, deflated)) = request_text(value) else {
        return false;
    };
    let Ok(tree) = xml::tree(text.trim()) else {
        return false;
    };
    if (tree.ns, &*tree.name) != (Ns::Samlp, "AuthnRequest") {
        return false;
    }
    let own = |name: &str| tree.attribute(name).map(str::to_owned);
    let seen = RequestSeen {
        id: own("ID"),
        issuer: tree.first(Ns::Saml, "Issuer").map(|i| i.text.trim().to_owned()),
        acs: own("AssertionConsumerServiceURL"),
        destination: own("Destination").map(|d| address::bare(&d).unwrap_or(d)),
        deflated,
    };
    let before = found.at;
    found.at = tree.attribute("IssueInstant").and_then(parse_instant).or(before);
    found.add(Content::Request(seen));
    found.at = before;
    true
}

fn request_text(value: &str) -> Option<(String, bool)> {
    let value = unescaped(value.trim());
    if value.len() > REQUEST {
        return None;
    }
    if value.starts_with('<') {
        return Some((value.into_owned(), false));
    }
    let plain = address::decoded(&value);
    let body: String = plain.chars().filter(|c| !c.is_whitespace()).collect();
    let bytes = lenient_base64(&body)?;
    match to_utf8(&bytes) {
        Ok((text, _)) if text.trim_start().starts_with('<') => Some((text.into_owned(), false)),
        _ => {
            let inflated = miniz_oxide::inflate::decompress_to_vec_with_limit(&bytes, MAX_BYTES).ok()?;
            Some((String::from_utf8(inflated).ok()?, true))
        }
    }
}
