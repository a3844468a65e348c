//! Changes with a sense of structure: at the borders of tags, braces, quotes and parameters, as well as anywhere.

use crate::random::Random;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::form_urlencoded::byte_serialize;

/// Bytes that an input may have; one in a few hundred is larger.
const LONG: usize = 192 * 1024;
const LARGE: usize = 9 << 19;

/// Text that has meant trouble to some reader somewhere.
const TROUBLE: [&[u8]; 30] = [
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xc3\x28",
    "\u{202e}".as_bytes(),
    "\u{a0}".as_bytes(),
    "\u{1f600}".as_bytes(),
    b"&#0;",
    b"&#x110000;",
    b"&lt;",
    b"&e;",
    b"<!--",
    b"-->",
    b"<![CDATA[",
    b"]]>",
    b"<?x?>",
    b"<!DOCTYPE a [<!ENTITY e \"&e;\">]>",
    b"xmlns:x=\"\"",
    b"\\u0000",
    b"\\ud800",
    b"1e999",
    b"-0",
    b"99999999999999999999",
    b"null",
    b"[]",
    b"{}",
    b"%",
    b"%ff%00",
    b"==",
    b"9999-12-31T23:59:60Z",
];

/// One to six changes.
pub(crate) fn changed(input: &[u8], others: &[Vec<u8>], words: &[&str], random: &mut Random) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..1 + random.below(6) {
        one(&mut bytes, others, words, random);
    }
    if random.once_in(400) {
        enlarge(&mut bytes, random);
    } else {
        bytes.truncate(LONG);
    }
    bytes
}

fn one(bytes: &mut Vec<u8>, others: &[Vec<u8>], words: &[&str], random: &mut Random) {
    let at = place(bytes, random);
    match random.below(15) {
        0 => {
            let bit = 1 << random.below(8);
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= bit;
            }
        }
        1 => bytes.truncate(at),
        2 => {
            let end = place(bytes, random);
            bytes.drain(at.min(end)..at.max(end));
        }
        // Duplicated where it stands: a second assertion, statement, key.
        3 => {
            let end = place(bytes, random);
            let part: Vec<u8> = bytes.get(at.min(end)..at.max(end)).unwrap_or_default().to_vec();
            insert(bytes, at.max(end), &part);
        }
        // Moved to another place.
        4 => {
            let end = place(bytes, random);
            let part: Vec<u8> = bytes.drain(at.min(end)..at.max(end)).collect();
            let to = place(bytes, random);
            insert(bytes, to, &part);
        }
        5 => {
            let trouble = random.pick(&TROUBLE).copied().unwrap_or_default();
            insert(bytes, at, trouble);
        }
        6 | 7 => {
            let word = random.pick(words).copied().unwrap_or_default();
            insert(bytes, at, word.as_bytes());
        }
        // A part of another input, from border to border.
        8 | 9 => {
            if let Some(other) = random.pick(others) {
                let (a, b) = (place(other, random), place(other, random));
                let part = other.get(a.min(b)..a.max(b)).unwrap_or_default().to_vec();
                if random.once_in(2) {
                    let end = place(bytes, random);
                    bytes.drain(at.min(end)..at.max(end));
                }
                let at = at.min(bytes.len());
                insert(bytes, at, &part);
            }
        }
        10 => nest(bytes, at, random),
        11 => replace_value(bytes, at, random),
        12 => {
            let end = place(bytes, random);
            if let Some(part) = bytes.get_mut(at.min(end)..at.max(end)) {
                part.reverse();
            }
        }
        13 => encode(bytes, random),
        _ => {
            let byte = u8::try_from(random.below(256)).unwrap_or(0);
            insert(bytes, at, &[byte]);
        }
    }
}

fn is_border(byte: u8) -> bool {
    b"<>\"'{}[],:;&=?.| \n".contains(&byte)
}

/// A place in the bytes, mostly at a border.
fn place(bytes: &[u8], random: &mut Random) -> usize {
    let at = random.below(bytes.len() + 1);
    if random.once_in(4) {
        return at;
    }
    let ahead = bytes
        .get(at..)
        .unwrap_or_default()
        .iter()
        .take(400)
        .position(|b| is_border(*b));
    ahead.map_or(at, |i| at + i + random.below(2)).min(bytes.len())
}

fn insert(bytes: &mut Vec<u8>, at: usize, part: &[u8]) {
    let at = at.min(bytes.len());
    let room = LONG.saturating_sub(bytes.len());
    bytes.splice(at..at, part.iter().copied().take(room));
}

/// Puts a pair around the rest, many times over.
fn nest(bytes: &mut Vec<u8>, at: usize, random: &mut Random) {
    const PAIRS: [(&str, &str); 6] = [
        ("<a>", "</a>"),
        ("[", "]"),
        ("{\"a\":", "}"),
        (
            "<saml:Advice xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">",
            "</saml:Advice>",
        ),
        ("(", ")"),
        ("%25", ""),
    ];
    let times = *random
        .pick(&[1, 3, 63, 64, 65, 127, 128, 129, 2000, 10_000])
        .unwrap_or(&1);
    let Some((open, close)) = random.pick(&PAIRS) else {
        return;
    };
    let end = place(bytes, random).max(at);
    insert(bytes, end, close.repeat(times).as_bytes());
    insert(bytes, at, open.repeat(times).as_bytes());
}

/// Another value between two quotes, or instead of a number.
fn replace_value(bytes: &mut Vec<u8>, at: usize, random: &mut Random) {
    let rest = bytes.get(at..).unwrap_or_default();
    let Some(start) = rest.iter().position(|b| *b == b'"' || b.is_ascii_digit()) else {
        return;
    };
    let start = at + start;
    let quoted = bytes.get(start) == Some(&b'"');
    let ends = |b: &u8| if quoted { *b == b'"' } else { !b.is_ascii_digit() };
    let from = start + usize::from(quoted);
    let length = bytes
        .get(from..)
        .unwrap_or_default()
        .iter()
        .position(ends)
        .unwrap_or(0);
    bytes.drain(from..from + length);
    let value = match random.below(4) {
        0 => Vec::new(),
        1 => "9".repeat(1 + random.below(30)).into_bytes(),
        2 => "x".repeat(random.below(5000)).into_bytes(),
        _ => random.pick(&TROUBLE).copied().unwrap_or_default().to_vec(),
    };
    insert(bytes, from, &value);
}

/// The whole in another coat.
fn encode(bytes: &mut Vec<u8>, random: &mut Random) {
    *bytes = match random.below(6) {
        0 => STANDARD.encode(&*bytes).into_bytes(),
        1 => byte_serialize(bytes).collect::<String>().into_bytes(),
        2 => miniz_oxide::deflate::compress_to_vec(bytes, 3),
        3 => {
            let text = String::from_utf8_lossy(bytes);
            text.encode_utf16().flat_map(u16::to_le_bytes).collect()
        }
        4 => match STANDARD.decode(bytes.trim_ascii()) {
            Ok(decoded) => decoded,
            Err(_) => return,
        },
        _ => String::from_utf8_lossy(bytes).replace('<', "&lt;").into_bytes(),
    };
}

/// Repeats a part until the input is large: what takes the square of its length shows here.
fn enlarge(bytes: &mut Vec<u8>, random: &mut Random) {
    let (a, b) = (place(bytes, random), place(bytes, random));
    let part: Vec<u8> = bytes.get(a.min(b)..a.max(b)).unwrap_or_default().to_vec();
    if part.is_empty() {
        return;
    }
    let times = (LARGE / part.len()).min(*random.pick(&[1000, 20_000, 1_000_000]).unwrap_or(&1000));
    let at = a.max(b).min(bytes.len());
    bytes.splice(at..at, part.repeat(times));
    bytes.truncate(LARGE);
}
