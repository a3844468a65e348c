//! JSON from outside: limited in length, and read in one way only. A name that stands twice is
//! refused, because two readers may take two values.

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value as Json};
use std::fmt;

/// Bytes that a discovery document or a key set may have.
pub const LONGEST: usize = 512 * 1024;

/// Why bytes are not a JSON object that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DocumentError {
    /// Nothing in it.
    Empty,
    /// A web page, most often a sign-in page or a company proxy's.
    Html,
    /// JSON, but not an object.
    NotAnObject {
        /// What it is: “a list”, “a text”.
        found: &'static str,
    },
    /// Not JSON, or a name stands twice.
    NotJson {
        /// The reader's words, with line and column.
        why: String,
    },
    /// Longer than is read.
    TooLong {
        /// Bytes.
        found: usize,
        /// Bytes at most.
        limit: usize,
    },
    /// XML, federation metadata of SAML for example.
    Xml,
}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DocumentError::Empty => f.write_str("it is empty"),
            DocumentError::Html => f.write_str("it is a web page"),
            DocumentError::NotAnObject { found } => write!(f, "it is {found} instead of a JSON object"),
            DocumentError::NotJson { why } => write!(f, "it cannot be read as JSON: {why}"),
            DocumentError::TooLong { found, limit } => {
                write!(f, "it has {found} bytes; at most {limit} are read")
            }
            DocumentError::Xml => f.write_str("it is XML, of SAML perhaps"),
        }
    }
}

impl std::error::Error for DocumentError {}

/// Reads one JSON object.
pub(super) fn object(bytes: &[u8], limit: usize) -> Result<Map<String, Json>, DocumentError> {
    if bytes.len() > limit {
        return Err(DocumentError::TooLong {
            found: bytes.len(),
            limit,
        });
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let start = bytes.trim_ascii_start();
    if start.is_empty() {
        return Err(DocumentError::Empty);
    }
    if start.first() == Some(&b'<') {
        let head = String::from_utf8_lossy(start.get(..200).unwrap_or(start)).to_ascii_lowercase();
        let html = head.contains("<html") || head.contains("<!doctype html");
        return Err(if html {
            DocumentError::Html
        } else {
            DocumentError::Xml
        });
    }
    let fail = |e: serde_json::Error| DocumentError::NotJson { why: e.to_string() };
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Once.deserialize(&mut reader).map_err(fail)?;
    reader.end().map_err(fail)?;
    match value {
        Json::Object(map) => Ok(map),
        other => Err(DocumentError::NotAnObject { found: kind(&other) }),
    }
}

/// What a value is, in a sentence.
pub(super) fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "true or false",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

/// The texts of a list; what else stands in it is left out.
pub(super) fn texts(value: Option<&Json>) -> Vec<String> {
    match value {
        Some(Json::Array(list)) => list.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
        Some(Json::String(one)) => vec![one.clone()],
        _ => Vec::new(),
    }
}

/// Reads any value, each name of an object once.
struct Once;

impl<'de> DeserializeSeed<'de> for Once {
    type Value = Json;
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Json, D::Error> {
        from.deserialize_any(Once)
    }
}

impl<'de> Visitor<'de> for Once {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Number::from_f64(value).map_or(Json::Null, Json::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(Once)? {
            values.push(value);
        }
        Ok(Json::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Json, A::Error> {
        let mut map = Map::new();
        while let Some(name) = object.next_key::<String>()? {
            let value = object.next_value_seed(Once)?;
            if map.contains_key(&name) {
                return Err(A::Error::custom(format!("“{name}” stands twice")));
            }
            map.insert(name, value);
        }
        Ok(Json::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_reading() {
        use DocumentError as E;
        let check = |bytes: &[u8], expected: fn(&DocumentError) -> bool| {
            let error = object(bytes, 200).expect_err("refused");
            assert!(expected(&error), "{error:?}");
        };
        check(b"", |e| *e == E::Empty);
        check(b" \n", |e| *e == E::Empty);
        check(b"\xef\xbb\xbf", |e| *e == E::Empty);
        check(b"<!DOCTYPE html>", |e| *e == E::Html);
        check(b"<?xml version='1.0'?><EntityDescriptor/>", |e| *e == E::Xml);
        check(b"[1]", |e| *e == E::NotAnObject { found: "a list" });
        check(b"null", |e| *e == E::NotAnObject { found: "null" });
        check(
            b"{\"a\":1,\"a\":2}",
            |e| matches!(e, E::NotJson { why } if why.contains("“a” stands twice")),
        );
        check(b"{\"a\":{\"b\":1,\"b\":2}}", |e| matches!(e, E::NotJson { .. }));
        check(b"{} {}", |e| matches!(e, E::NotJson { .. }));
        check(b"{\"a\":\xff}", |e| matches!(e, E::NotJson { .. }));
        check("[".repeat(199).as_bytes(), |e| matches!(e, E::NotJson { .. }));
        check(&[b' '; 201], |e| {
            matches!(
                e,
                E::TooLong {
                    found: 201,
                    limit: 200
                }
            )
        });
        assert!(object(b"\xef\xbb\xbf{\"a\":[1,-2,1.5,\"x\",null,true,{}]}", 200).is_ok());
    }
}
