//! Whatever somebody pastes or drops, told apart by its content: responses, tokens, policies, recordings of the
//! browser, texts of errors.
//!
//! Nothing is believed here; a piece says what it is and where it came from. Of a recording no query, cookie or
//! password is kept.

use super::case::{Content, Origin, Piece};
use super::evidence::Message;
use crate::saml::to_utf8;
use crate::time::{Instant, parse_instant};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Read};

mod address;
mod json;
mod page;
mod recording;
mod refusal;
mod role;
mod said;
mod saml;
mod table;
mod text;
mod trail;

pub use refusal::{NotRecognised, Unrecognised};

/// Bytes of a recording of the browser that are read.
pub const MAX_RECORDING: usize = 100 << 20;
/// Bytes of anything else that are read.
pub const MAX_INPUT: usize = 4 << 20;
/// Bytes by which a long recording is told from other JSON.
const HEAD: usize = 64 * 1024;
/// Pieces that one input may give; what follows is left.
pub const MAX_PIECES: usize = 64;
/// Pieces of one kind that a recording may give: the latest, so that many errors leave room for the sign-in.
const MAX_OF_A_KIND: usize = 16;
/// Bytes of a text that may be a message.
pub const MAX_MESSAGE: usize = 4096;

/// What the input is, piece by piece. The name is that of a file; without one it was pasted.
///
/// # Errors
/// [`NotRecognised`] names the input, the reason and the next act.
pub fn recognise(name: Option<&str>, bytes: &[u8]) -> Result<Vec<Piece>, NotRecognised> {
    recognise_from(name, bytes)
}

/// As [`recognise`], and as it comes: of a long recording one request is held at a time.
///
/// # Errors
/// [`NotRecognised`], also where the source cannot be read.
pub fn recognise_from(name: Option<&str>, source: impl Read) -> Result<Vec<Piece>, NotRecognised> {
    recognise_all(name, source).map(|recognised| recognised.pieces)
}

/// What one input gave.
pub struct Recognised {
    /// In the order in which they stand in it.
    pub pieces: Vec<Piece>,
    /// How many more of a kind ([`Content::kind`]) were seen and not kept.
    pub left_out: BTreeMap<&'static str, usize>,
}

/// As [`recognise_from`], with what was not kept.
///
/// # Errors
/// [`NotRecognised`].
pub fn recognise_all(name: Option<&str>, source: impl Read) -> Result<Recognised, NotRecognised> {
    let file = name.map(|name| {
        let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
        last.chars().take(120).collect::<String>()
    });
    let mut found = Found::new(file.clone());
    match look(source, &mut found) {
        Ok(()) if !found.pieces.is_empty() => Ok(Recognised {
            pieces: found.pieces,
            left_out: found.left_out,
        }),
        Ok(()) => Err(Unrecognised::Unknown),
        Err(why) => Err(why),
    }
    .map_err(|why| NotRecognised { input: file, why })
}

fn look(mut source: impl Read, found: &mut Found) -> Result<(), Unrecognised> {
    let unreadable = |e: io::Error| Unrecognised::Unreadable { why: e.to_string() };
    let mut head = Vec::new();
    let read = source.by_ref().take(limit(MAX_INPUT)).read_to_end(&mut head);
    read.map_err(unreadable)?;
    if let Some(why) = refusal::of_magic(&head) {
        return Err(why);
    }
    if head.len() <= MAX_INPUT {
        return short(&head, found);
    }
    let begun = head
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(&head)
        .trim_ascii_start();
    if begun.first() == Some(&b'{') && recording::begins(begun.get(..HEAD).unwrap_or(begun)) {
        return long(begun, source, MAX_RECORDING, found);
    }
    Err(Unrecognised::TooLarge { limit: MAX_INPUT })
}

/// One byte more than is taken: whoever gets it knows that there is more.
fn limit(bytes: usize) -> u64 {
    u64::try_from(bytes).map_or(u64::MAX, |n| n + 1)
}

/// A recording that is longer than anything else may be.
fn long(head: &[u8], source: impl Read, most: usize, found: &mut Found) -> Result<(), Unrecognised> {
    let mut left = io::BufReader::with_capacity(64 * 1024, head.chain(source).take(limit(most)));
    let outcome = recording::stream(&mut left, found);
    match outcome {
        _ if left.into_inner().limit() == 0 => Err(Unrecognised::TooLarge { limit: most }),
        Some(outcome) => outcome,
        None => Err(Unrecognised::TooLarge { limit: MAX_INPUT }),
    }
}

fn short(bytes: &[u8], found: &mut Found) -> Result<(), Unrecognised> {
    if bytes.trim_ascii().is_empty() {
        return Err(Unrecognised::Empty);
    }
    let text = as_text(bytes)?;
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    match text.chars().next() {
        None => Err(Unrecognised::Empty),
        Some('<') if page::is_html(text) => page::whole(text, found),
        Some('<') => saml::xml(text, bytes, found),
        Some('{' | '[') => match recording::read(text.as_bytes(), found) {
            Some(result) => result,
            None => json::whole(text, found),
        },
        Some(_) => text::whole(text, found),
    }
}

/// UTF-8, UTF-16 with or without its mark, else the Latin-1 of old Windows programs.
fn as_text(bytes: &[u8]) -> Result<Cow<'_, str>, Unrecognised> {
    // `to_utf8` knows UTF-16 without a mark by the first character of XML alone.
    let marked = match bytes {
        [b'{' | b'[' | b'"', 0, ..] => Some([&[0xff, 0xfe], bytes].concat()),
        [0, b'{' | b'[' | b'"', ..] => Some([&[0xfe, 0xff], bytes].concat()),
        _ => None,
    };
    if let Some(marked) = marked
        && let Ok((text, _)) = to_utf8(&marked)
    {
        return Ok(Cow::Owned(text.into_owned()));
    }
    match to_utf8(bytes) {
        Ok((text, _)) if !is_binary(&text) => Ok(text),
        Ok(_) => Err(Unrecognised::Binary),
        Err(_) => {
            let text: String = bytes.iter().map(|b| char::from(*b)).collect();
            if is_binary(&text) {
                Err(Unrecognised::Binary)
            } else {
                Ok(Cow::Owned(text))
            }
        }
    }
}

fn is_binary(text: &str) -> bool {
    let odd = |c: &char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}' | '\u{85}');
    let odd = text.chars().filter(odd).count();
    odd * 50 > text.len()
}

/// What one input has given so far, and where the reader stands in it.
struct Found {
    file: Option<String>,
    /// Scheme, host and path of the request that is looked at.
    address: Option<String>,
    /// When that request was made.
    at: Option<Instant>,
    pieces: Vec<Piece>,
    left_out: BTreeMap<&'static str, usize>,
}

impl Found {
    fn new(file: Option<String>) -> Found {
        Found {
            file,
            address: None,
            at: None,
            pieces: Vec::new(),
            left_out: BTreeMap::new(),
        }
    }

    fn is_full(&self) -> bool {
        self.pieces.len() >= MAX_PIECES
    }

    /// Keeps a piece, unless it is there already: a page carries a response, and the next request posts it.
    fn add(&mut self, content: Content) {
        if self.pieces.iter().any(|p| same(&p.content, &content)) || !self.has_room(&content) {
            return;
        }
        let origin = match (&self.file, &self.address) {
            (file, Some(address)) => Origin::Recording {
                file: file.clone().unwrap_or_default(),
                address: address.clone(),
            },
            (Some(file), None) => Origin::File(file.clone()),
            (None, None) => Origin::Pasted,
        };
        let own = match &content {
            Content::Response(response) => {
                let view = response.view();
                let assertion = view.assertions.first().and_then(|a| a.issue_instant.as_deref());
                view.issue_instant
                    .as_deref()
                    .or(assertion)
                    .and_then(parse_instant)
            }
            Content::Token(token) => token.view().claims.issued(),
            Content::Trail(event) => Some(event.at),
            _ => None,
        };
        self.pieces.push(Piece {
            origin,
            at: own.or(self.at),
            content,
        });
    }

    /// Whether one more can be kept. Of a recording the latest of a kind are, and none that says what is right:
    /// whoever wrote the recording would vouch for the sign-in in it.
    fn has_room(&mut self, content: &Content) -> bool {
        let kind = content.kind();
        if self.address.is_none() {
            if self.is_full() {
                *self.left_out.entry(kind).or_default() += 1;
            }
            return !self.is_full();
        }
        let is_seen = matches!(
            content,
            Content::Response(_) | Content::Request(_) | Content::Token(_) | Content::Message(_)
        );
        if !is_seen {
            *self.left_out.entry(kind).or_default() += 1;
            return false;
        }
        let of_kind = || {
            self.pieces
                .iter()
                .enumerate()
                .filter(|(_, p)| p.content.kind() == kind)
        };
        if of_kind().count() >= MAX_OF_A_KIND
            && let Some(oldest) = of_kind().map(|(i, _)| i).next()
        {
            self.pieces.remove(oldest);
            *self.left_out.entry(kind).or_default() += 1;
        }
        true
    }

    /// Keeps a text that was shown, without the people in it.
    fn say(&mut self, text: &str) {
        let text = said::cleaned(text);
        if !text.is_empty() {
            self.add(Content::Message(Message { text, at: self.at }));
        }
    }
}

fn same(a: &Content, b: &Content) -> bool {
    match (a, b) {
        (Content::Response(a), Content::Response(b)) => a.xml() == b.xml(),
        (Content::Token(a), Content::Token(b)) => a.raw() == b.raw(),
        (Content::Request(a), Content::Request(b)) => a == b,
        (Content::Message(a), Content::Message(b)) => a.text == b.text,
        (Content::Trail(a), Content::Trail(b)) => a == b,
        (Content::Permissions(a), Content::Permissions(b)) => a == b,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_left_at_its_limit() {
        let entry = "{\"request\": {\"url\": \"https://a.example/?error=access_denied\"}}";
        let text = format!("{{\"log\": {{\"entries\": [{entry}, {entry}]}}}}");
        let (head, rest) = text.as_bytes().split_at(20);
        for (most, expected) in [
            (text.len(), Ok(())),
            (
                text.len() - 1,
                Err(Unrecognised::TooLarge {
                    limit: text.len() - 1,
                }),
            ),
            (40, Err(Unrecognised::TooLarge { limit: 40 })),
        ] {
            let mut found = Found::new(None);
            assert_eq!(long(head, rest, most, &mut found), expected, "{most}");
        }
    }
}
