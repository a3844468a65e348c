//! Recordings of the browser: HAR of Chrome, Firefox and Safari, and SAML-tracer's export of both layouts.
//!
//! One request is held at a time, and nothing of it is copied that carries no sign-in. Kept are responses, requests,
//! tokens and texts of errors.

use super::page;
use super::{Found, Unrecognised, address, json, said, saml};
use serde::Deserialize;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Deserializer;
use serde_json::de::Read;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::{fmt, io};

use crate::time::parse_instant;

/// Bytes of a body that is looked at: pages with a form or an error are shorter.
const BODY: usize = 512 * 1024;
/// Bytes of what a form posted.
const POSTED: usize = 4 << 20;

/// Whether the beginning of a large JSON is a recording's.
pub(super) fn begins(head: &[u8]) -> bool {
    let head = String::from_utf8_lossy(head);
    ["\"log\"", "\"requests\"", "\"entries\""]
        .iter()
        .any(|key| head.contains(key))
}

/// Reads a recording that is at hand whole; None where the JSON is something else.
pub(super) fn read(text: &[u8], found: &mut Found) -> Option<Result<(), Unrecognised>> {
    if !begins(text.get(..super::HEAD).unwrap_or(text)) {
        return None;
    }
    through(&mut Deserializer::from_slice(text), found)
}

/// Reads a recording as it comes; None where the JSON is something else.
pub(super) fn stream(source: impl io::Read, found: &mut Found) -> Option<Result<(), Unrecognised>> {
    through(&mut Deserializer::from_reader(source), found)
}

fn through<'de, R: Read<'de>>(
    reader: &mut Deserializer<R>,
    found: &mut Found,
) -> Option<Result<(), Unrecognised>> {
    let mut state = State {
        found,
        requests: 0,
        is_recording: false,
    };
    let outcome = Level::Top.seed(&mut state).deserialize(reader);
    let State {
        requests,
        is_recording,
        ..
    } = state;
    found.address = None;
    found.at = None;
    match outcome {
        _ if !is_recording => None,
        // What was read before it broke off is evidence all the same.
        _ if !found.pieces.is_empty() => Some(Ok(())),
        Ok(()) => Some(Err(Unrecognised::NoSignIn { requests })),
        Err(error) => Some(Err(Unrecognised::Recording {
            requests,
            why: error.to_string(),
        })),
    }
}

struct State<'f> {
    found: &'f mut Found,
    requests: usize,
    is_recording: bool,
}

/// Where in the document a map stands.
#[derive(Clone, Copy)]
enum Level {
    Top,
    Log,
}

impl Level {
    fn seed<'s, 'f>(self, state: &'s mut State<'f>) -> Map<'s, 'f> {
        Map { level: self, state }
    }
}

struct Map<'s, 'f> {
    level: Level,
    state: &'s mut State<'f>,
}

impl<'de> DeserializeSeed<'de> for Map<'_, '_> {
    type Value = ();
    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Map<'_, '_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a recording of the browser")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match (self.level, key.as_ref()) {
                (Level::Top, "log") => map.next_value_seed(Level::Log.seed(self.state))?,
                (Level::Log, "entries") => map.next_value_seed(Entries {
                    each: har,
                    state: self.state,
                })?,
                (Level::Top, "requests") => map.next_value_seed(Entries {
                    each: traced,
                    state: self.state,
                })?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// The requests, one after another.
struct Entries<'s, 'f> {
    /// Looks at one; false where it is no request.
    each: fn(&str, &mut Found) -> bool,
    state: &'s mut State<'f>,
}

impl<'de> DeserializeSeed<'de> for Entries<'_, '_> {
    type Value = ();
    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Entries<'_, '_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of requests")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        self.state.is_recording = true;
        while let Some(entry) = list.next_element::<Box<RawValue>>()? {
            if (self.each)(entry.get(), self.state.found) {
                self.state.requests += 1;
            }
        }
        Ok(())
    }
}

/// Everything but the address may be missing or of another kind: a field that is odd loses itself alone.
#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow, rename = "startedDateTime")]
    started: Option<&'a RawValue>,
    #[serde(borrow)]
    request: Request<'a>,
    #[serde(borrow)]
    response: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    url: Cow<'a, str>,
    #[serde(borrow, rename = "postData")]
    posted: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Posted<'a> {
    #[serde(borrow)]
    text: Option<&'a RawValue>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Response<'a> {
    #[serde(borrow)]
    status: Option<&'a RawValue>,
    #[serde(borrow, rename = "redirectURL")]
    redirect: Option<&'a RawValue>,
    #[serde(borrow)]
    headers: Option<&'a RawValue>,
    #[serde(borrow)]
    content: Option<&'a RawValue>,
}

impl Response<'_> {
    /// The number, also as `403.0` or `"403"`; 0 where there is none.
    fn status(&self) -> f64 {
        let text = self.status.map(|raw| raw.get().trim_matches('"'));
        text.and_then(|text| text.parse().ok()).unwrap_or_default()
    }
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow, rename = "mimeType")]
    mime: Option<&'a RawValue>,
    #[serde(borrow)]
    text: Option<&'a RawValue>,
    #[serde(borrow)]
    encoding: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Pair<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    value: Option<&'a RawValue>,
}

/// A part of the recording, where it is of the kind that it should be.
fn part<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>) -> Option<T> {
    serde_json::from_str(raw?.get()).ok()
}

/// `[{"name", "value"}]`, without those that are something else.
fn named(raw: &RawValue) -> Option<Vec<(String, String)>> {
    let list: Vec<&RawValue> = serde_json::from_str(raw.get()).ok()?;
    let pairs = list.into_iter().filter_map(|each| part::<Pair<'_>>(Some(each)));
    let owned = |p: Pair<'_>| {
        let value = p.value.and_then(plain).unwrap_or_default().into_owned();
        (p.name.into_owned(), value)
    };
    Some(pairs.map(owned).collect())
}

fn plain(raw: &RawValue) -> Option<Cow<'_, str>> {
    serde_json::from_str::<String>(raw.get()).ok().map(Cow::Owned)
}

/// Names that a sign-in is carried by, in a URL or a form.
fn carries(text: &str) -> bool {
    ["SAMLResponse", "SAMLRequest", "id_token", "error"]
        .iter()
        .any(|name| memchr::memmem::find(text.as_bytes(), name.as_bytes()).is_some())
}

fn carried(text: &str, found: &mut Found) {
    if carries(text) {
        // A form that carries a broken response is told by the error that follows it.
        let _ = address::harvest(text, found);
    }
}

fn har(entry: &str, found: &mut Found) -> bool {
    let Ok(entry) = serde_json::from_str::<Entry<'_>>(entry) else {
        return false;
    };
    found.at = entry.started.and_then(plain).as_deref().and_then(parse_instant);
    found.address = Some(address::bare(&entry.request.url).unwrap_or_default());
    carried(&entry.request.url, found);
    if let Some(posted) = part(entry.request.posted) {
        self::posted(&posted, found);
    }
    if let Some(response) = part(entry.response) {
        answered(&response, found);
    }
    true
}

fn posted(posted: &Posted<'_>, found: &mut Found) {
    let text = posted
        .text
        .filter(|t| t.get().len() <= POSTED && carries(t.get()));
    if let Some(text) = text.and_then(plain) {
        carried(&text, found);
    } else if let Some(params) = posted
        .params
        .filter(|p| p.get().len() <= POSTED && carries(p.get()))
        && let Some(pairs) = named(params)
    {
        for (name, value) in pairs {
            pair(&name, &value, found);
        }
    }
}

/// One field of a form, perhaps percent-encoded still.
fn pair(name: &str, value: &str, found: &mut Found) {
    match name {
        "SAMLResponse" => {
            let _ = saml::field(value, found);
        }
        "SAMLRequest" => {
            saml::request(value, found);
        }
        "id_token" | "error_description" | "error" => carried(&format!("{name}={value}"), found),
        _ => {}
    }
}

fn answered(response: &Response<'_>, found: &mut Found) {
    if let Some(redirect) = response.redirect.and_then(plain).filter(|r| !r.is_empty()) {
        carried(&redirect, found);
    } else if (300.0..400.0).contains(&response.status())
        && let Some(headers) = response.headers.filter(|h| carries(h.get()))
        && let Some(pairs) = named(headers)
    {
        for (name, value) in pairs {
            if name.eq_ignore_ascii_case("location") {
                carried(&value, found);
            }
        }
    }
    let is_refused = response.status() >= 400.0;
    let Some(body) = part::<Body<'_>>(response.content) else {
        return;
    };
    let mime = body.mime.and_then(plain).unwrap_or_default().to_ascii_lowercase();
    let is_read = ["html", "json", "/xml"].iter().any(|kind| mime.contains(kind));
    let Some(raw) = body.text.filter(|t| is_read && t.get().len() <= BODY) else {
        return;
    };
    let Some(text) = plain(raw) else { return };
    let text = match body.encoding.and_then(plain).as_deref() {
        Some("base64") => match crate::saml::response::lenient_base64(&text) {
            Some(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            None => return,
        },
        _ => text.into_owned(),
    };
    let text = text.trim();
    match text.chars().next() {
        Some('<') if mime.contains("html") => {
            let _ = page::harvest(text, found);
        }
        Some('<') if is_refused => {
            let _ = saml::xml(text, text.as_bytes(), found);
        }
        Some('{') => {
            if let Ok(value) = serde_json::from_str::<serde_json::Value>(text) {
                json::answer(&value, found);
                if is_refused && is_of_aws(found.address.as_deref()) {
                    json::refusal(&value, found);
                }
            }
        }
        Some(_) if is_refused && text.len() <= 2000 && said::is_known(text) => found.say(text),
        _ => {}
    }
}

/// Whether an address is AWS's own.
fn is_of_aws(address: Option<&str>) -> bool {
    let host = address.and_then(|a| a.split("://").nth(1)?.split(['/', ':']).next());
    host.is_some_and(|host| {
        [".amazonaws.com", ".aws.amazon.com", ".on.aws", ".api.aws"]
            .iter()
            .any(|domain| host.ends_with(domain))
    })
}

/// One request of SAML-tracer: lists of pairs before 1.0, the same with names later; `saml` is the decoded document.
#[derive(Deserialize)]
struct Traced<'a> {
    #[serde(borrow)]
    url: Cow<'a, str>,
    #[serde(borrow)]
    post: Option<&'a RawValue>,
    #[serde(borrow, rename = "postData")]
    posted: Option<&'a RawValue>,
    #[serde(borrow)]
    saml: Option<&'a RawValue>,
    #[serde(borrow, rename = "responseHeaders")]
    headers: Option<&'a RawValue>,
}

fn traced(entry: &str, found: &mut Found) -> bool {
    let Ok(entry) = serde_json::from_str::<Traced<'_>>(entry) else {
        return false;
    };
    found.address = Some(address::bare(&entry.url).unwrap_or_default());
    let before = found.pieces.len();
    carried(&entry.url, found);
    for (name, value) in pairs(entry.post) {
        pair(&name, &value, found);
    }
    if let Some(posted) = entry.posted.filter(|p| p.get().len() <= POSTED).and_then(plain) {
        carried(&posted, found);
    }
    for (name, value) in pairs(entry.headers) {
        if name.eq_ignore_ascii_case("location") {
            carried(&value, found);
        }
    }
    // The export can leave the posted form out or put digests in its place; the document is there all the same.
    if found.pieces.len() == before
        && let Some(document) = entry.saml.filter(|s| s.get().len() <= POSTED).and_then(plain)
    {
        let document = document.trim();
        if document.starts_with('<') && saml::xml(document, document.as_bytes(), found).is_err() {
            return true;
        }
    }
    true
}

/// `[["name", "value"]]`, `[{"name", "value"}]` or `{"name": ["value"]}`.
fn pairs(raw: Option<&RawValue>) -> Vec<(String, String)> {
    let Some(raw) = raw.filter(|r| r.get().len() <= POSTED) else {
        return Vec::new();
    };
    if let Ok(list) = serde_json::from_str::<Vec<(String, String)>>(raw.get()) {
        return list;
    }
    if let Some(list) = named(raw) {
        return list;
    }
    let Ok(map) = serde_json::from_str::<std::collections::BTreeMap<String, Vec<String>>>(raw.get()) else {
        return Vec::new();
    };
    map.into_iter()
        .flat_map(|(name, values)| values.into_iter().map(move |value| (name.clone(), value)))
        .collect()
}
