//! Why an input is none of what can be recognised, and what to hand in instead.

use crate::oidc::NotAToken;
use crate::saml::metadata::MetadataError;
use crate::saml::response::NotAResponse;
use std::fmt;

/// An input that gave no piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotRecognised {
    /// The file's name; None for what was pasted.
    pub input: Option<String>,
    /// Why.
    pub why: Unrecognised,
}

/// Why an input gave no piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unrecognised {
    /// A ZIP or gzip archive.
    Archive,
    /// No text.
    Binary,
    /// A certificate alone.
    Certificate,
    /// Nothing in it.
    Empty,
    /// A picture or a PDF.
    Image,
    /// Neither JSON nor a text that holds some.
    Json {
        /// The reader's words, with line and column.
        why: String,
    },
    /// Metadata that cannot be used.
    Metadata(MetadataError),
    /// Events of CloudTrail, none of which is a sign-in by federation.
    NoSignInEvent,
    /// A recording of the browser in which nobody signs in.
    NoSignIn {
        /// Requests that it holds.
        requests: usize,
    },
    /// A recording that breaks off, or is none.
    Recording {
        /// Requests that could be read.
        requests: usize,
        /// The reader's words, with line and column.
        why: String,
    },
    /// Something that was meant for a SAML response and is none.
    Response(NotAResponse),
    /// The console's summary of a role, without the trust policy.
    RoleWithoutTrust,
    /// A policy that IAM would not take.
    Policy {
        /// What was wrong, with the place.
        why: String,
    },
    /// Longer than is read.
    TooLarge {
        /// Bytes at most.
        limit: usize,
    },
    /// Something that was meant for an ID token and is none.
    Token(NotAToken),
    /// Nothing that is known.
    Unknown,
    /// The source gave an error.
    Unreadable {
        /// The system's words.
        why: String,
    },
    /// A web page that carries neither a response nor a message that is known.
    WebPage,
}

const RECORD: &str = "Record again from before the sign-in until its error, with “Preserve log” on, and save it as HAR with content.";

impl fmt::Display for NotRecognised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.input {
            Some(name) => write!(f, "“{name}”: {}", self.why),
            None => write!(f, "What was pasted: {}", self.why),
        }
    }
}

impl std::error::Error for NotRecognised {}

impl fmt::Display for Unrecognised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unrecognised::Archive => f.write_str("this is an archive. Unpack it and choose the file in it."),
            Unrecognised::Binary => f.write_str(
                "this is no text. Hand in the SAML response, a HAR file, a policy or the text of the error.",
            ),
            Unrecognised::Certificate => f.write_str(
                "this is a certificate, which says nothing about a sign-in. Hand in the metadata that contains it.",
            ),
            Unrecognised::Empty => f.write_str("there is nothing in it. Copy or save it again."),
            Unrecognised::Image => f.write_str(
                "this is a picture, in which nothing can be read. Type the sentence that it shows, or save the sign-in as HAR.",
            ),
            Unrecognised::Json { why } => write!(
                f,
                "this begins as JSON and cannot be read: {why}. Copy or save it again from beginning to end."
            ),
            Unrecognised::Metadata(error) => write!(f, "{error}"),
            Unrecognised::NoSignInEvent => f.write_str(
                "none of these events is AssumeRoleWithSAML or AssumeRoleWithWebIdentity. Look in the event history of the region for these names.",
            ),
            Unrecognised::NoSignIn { requests } => write!(
                f,
                "this recording has {requests} requests, and none carries a sign-in or an error that is known. {RECORD}"
            ),
            Unrecognised::Recording { requests, why } => write!(
                f,
                "this recording cannot be read beyond request {requests}: {why}. {RECORD}"
            ),
            Unrecognised::Response(error) => write!(f, "{error}"),
            Unrecognised::RoleWithoutTrust => f.write_str(
                "this is the summary of a role without its trust policy. Copy the JSON of the tab “Trust relationships” with it.",
            ),
            Unrecognised::Policy { why } => write!(
                f,
                "this looks like a policy, but IAM would not take it: {why}. Copy the whole JSON from the role."
            ),
            Unrecognised::TooLarge { limit } => write!(
                f,
                "this is more than the {} MB that are read. Hand in the sign-in alone.",
                limit >> 20
            ),
            Unrecognised::Token(error) => write!(f, "{error}"),
            Unrecognised::Unknown => f.write_str(
                "this is nothing that this program knows. Hand in the SAML response, a HAR file, a policy or the text of the error.",
            ),
            Unrecognised::Unreadable { why } => write!(f, "this cannot be read: {why}. Check the path."),
            Unrecognised::WebPage => f.write_str(
                "this is a web page that carries neither a SAML response nor an error that is known. Copy the sentence that it shows.",
            ),
        }
    }
}

/// What the first bytes alone tell.
pub(super) fn of_magic(bytes: &[u8]) -> Option<Unrecognised> {
    const IMAGES: [&[u8]; 8] = [
        b"\x89PNG",
        b"\xff\xd8\xff",
        b"GIF8",
        b"BM\x00",
        b"II*\x00",
        b"MM\x00*",
        b"%PDF",
        b"\x00\x00\x01\x00",
    ];
    let is_riff = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    let is_heif = bytes.get(4..8) == Some(b"ftyp");
    if is_riff || is_heif || IMAGES.iter().any(|magic| bytes.starts_with(magic)) {
        Some(Unrecognised::Image)
    } else if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\x1f\x8b") {
        Some(Unrecognised::Archive)
    } else if bytes.is_empty() {
        Some(Unrecognised::Empty)
    } else {
        None
    }
}
