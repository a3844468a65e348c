//! Bytes to text: identity providers write UTF-8, UTF-8 with a byte order mark, and UTF-16; IAM
//! takes UTF-8 without one (IAM: create a SAML provider).

use std::borrow::Cow;
use std::fmt;

/// How a document was encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// As IAM wants it.
    Utf8,
    /// With a byte order mark, which IAM refuses.
    Utf8Bom,
    /// UTF-16 or Latin-1, or UTF-8 that declares to be something else.
    Other,
}

/// Bytes that are no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotText {
    /// Offset of the first byte that is not.
    pub at: usize,
}

impl fmt::Display for NotText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {} is neither UTF-8 nor UTF-16", self.at)
    }
}

impl std::error::Error for NotText {}

/// Decodes, and drops the mark and a declaration that names another encoding than UTF-8.
///
/// # Errors
/// [`NotText`] with the offset.
pub fn to_utf8(bytes: &[u8]) -> Result<(Cow<'_, str>, Encoding), NotText> {
    let utf8 =
        |bytes| std::str::from_utf8(bytes).map_err(|e: std::str::Utf8Error| NotText { at: e.valid_up_to() });
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => Ok((Cow::Borrowed(utf8(rest)?), Encoding::Utf8Bom)),
        [0xFF, 0xFE, rest @ ..] if bytes.len().is_multiple_of(2) => utf16(rest, u16::from_le_bytes),
        [b'<', 0, ..] if bytes.len().is_multiple_of(2) => utf16(bytes, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] if bytes.len().is_multiple_of(2) => utf16(rest, u16::from_be_bytes),
        [0, b'<', ..] if bytes.len().is_multiple_of(2) => utf16(bytes, u16::from_be_bytes),
        _ => {
            let declared = declared_encoding(bytes);
            match utf8(bytes) {
                // The declaration would mislead whoever reads this as UTF-8, IAM for one.
                Ok(text)
                    if declared
                        .as_deref()
                        .is_some_and(|d| d != "utf-8" && d != "us-ascii") =>
                {
                    Ok((Cow::Owned(without_declaration(text.to_owned())), Encoding::Other))
                }
                Ok(text) => Ok((Cow::Borrowed(text), Encoding::Utf8)),
                Err(_) if matches!(declared.as_deref(), Some("iso-8859-1" | "latin1")) => {
                    let text = bytes.iter().map(|b| char::from(*b)).collect();
                    Ok((Cow::Owned(without_declaration(text)), Encoding::Other))
                }
                Err(error) => Err(error),
            }
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<(Cow<'_, str>, Encoding), NotText> {
    let units = bytes.chunks_exact(2).map(|pair| match pair {
        [a, b] => unit([*a, *b]),
        _ => 0,
    });
    let mut text = String::with_capacity(bytes.len() / 2);
    for (i, c) in char::decode_utf16(units).enumerate() {
        text.push(c.map_err(|_| NotText { at: i * 2 })?);
    }
    Ok((Cow::Owned(without_declaration(text)), Encoding::Other))
}

/// The declaration speaks of the bytes that were; these are UTF-8 now.
fn without_declaration(mut text: String) -> String {
    if text.starts_with("<?xml")
        && let Some(end) = text.find("?>")
    {
        text.replace_range(..end + 2, "");
    }
    text
}

/// The encoding that an XML declaration names, in lower case.
fn declared_encoding(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..bytes.len().min(200))?;
    let head: String = head.iter().map(|b| char::from(*b)).collect();
    let declaration = head.strip_prefix("<?xml")?.split("?>").next()?;
    let value = declaration
        .split("encoding")
        .nth(1)?
        .trim_start()
        .strip_prefix('=')?
        .trim_start();
    let quote = value.chars().next()?;
    value.get(1..)?.split(quote).next().map(str::to_ascii_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_encodings_give_the_same_text() {
        let text = "<a>é€</a>";
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [
            text.as_bytes().to_vec(),
            [&[0xEF, 0xBB, 0xBF], text.as_bytes()].concat(),
            [&[0xFF, 0xFE], le.as_slice()].concat(),
            [&[0xFE, 0xFF], be.as_slice()].concat(),
            le,
            be,
        ] {
            assert_eq!(to_utf8(&bytes).map(|t| t.0.into_owned()).as_deref(), Ok(text));
        }
    }

    #[test]
    fn latin1_is_read_where_it_is_declared() {
        let bytes = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>";
        assert_eq!(
            to_utf8(bytes).map(|t| t.0.into_owned()).as_deref(),
            Ok("<a>é</a>")
        );
        assert!(to_utf8(b"<a>\xe9</a>").is_err());
    }

    #[test]
    fn a_wrong_declaration_goes() {
        let text = "<?xml version=\"1.0\" encoding=\"utf-16\"?><a/>";
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(to_utf8(&le).map(|t| t.0.into_owned()).as_deref(), Ok("<a/>"));
    }
}
