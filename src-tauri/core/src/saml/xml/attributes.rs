//! Attributes as they stand in a start tag. Nothing is allocated to look at one, because a
//! federation's metadata has millions of them.

use super::XmlError;
use memchr::memchr;
use quick_xml::events::BytesStart;
use quick_xml::events::attributes::Attribute;
use quick_xml::name::QName;
use std::borrow::Cow;

/// An attribute's value without its namespace, references resolved.
///
/// # Errors
/// A malformed attribute list, or an entity that XML does not define.
pub fn attribute<'a>(element: &'a BytesStart<'_>, name: &str) -> Result<Option<Cow<'a, str>>, XmlError> {
    let attributes = element.attributes_raw();
    let mut at = 0;
    while let Some(found) = next(attributes, &mut at).map_err(malformed)? {
        if found.name == name {
            return normalized(found.value).map(Some);
        }
    }
    Ok(None)
}

/// An attribute's value as XML 1.0 §3.3.3 wants it read.
pub(super) fn normalized(value: &str) -> Result<Cow<'_, str>, XmlError> {
    if !value.bytes().any(|b| matches!(b, b'&' | b'\t' | b'\r' | b'\n')) {
        return Ok(Cow::Borrowed(value));
    }
    Attribute {
        key: QName(""),
        value: Cow::Borrowed(value),
    }
    .normalized_value(quick_xml::XmlVersion::Implicit1_0)
    .map_err(|_| malformed("a reference in an attribute cannot be resolved".into()))
}

pub(super) fn malformed(why: String) -> XmlError {
    XmlError::Malformed { at: 0, why }
}

/// One attribute, its value as it stands between the quotes.
pub(super) struct RawAttribute<'a> {
    pub(super) at: usize,
    pub(super) name: &'a str,
    pub(super) value: &'a str,
}

/// The attribute that starts at or after `at`, which moves behind it.
pub(super) fn next<'a>(attributes: &'a str, at: &mut usize) -> Result<Option<RawAttribute<'a>>, String> {
    let bytes = attributes.as_bytes();
    let skip = |mut from: usize| {
        while bytes.get(from).is_some_and(u8::is_ascii_whitespace) {
            from += 1;
        }
        from
    };
    let find = |from: usize, wanted: u8| memchr(wanted, bytes.get(from..)?).map(|i| from + i);
    let malformed = || "an attribute has no quoted value".to_owned();
    let start = skip(*at);
    if start >= bytes.len() {
        *at = start;
        return Ok(None);
    }
    let equals = find(start, b'=').ok_or_else(malformed)?;
    let name = attributes.get(start..equals).ok_or_else(malformed)?.trim_end();
    let open = skip(equals + 1);
    let quote = *bytes
        .get(open)
        .filter(|q| matches!(q, b'"' | b'\''))
        .ok_or_else(malformed)?;
    let close = find(open + 1, quote).ok_or_else(malformed)?;
    let value = attributes.get(open + 1..close).ok_or_else(malformed)?;
    *at = close + 1;
    Ok(Some(RawAttribute {
        at: start,
        name,
        value,
    }))
}
