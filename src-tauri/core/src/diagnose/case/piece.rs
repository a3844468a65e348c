//! One piece of a case: where it came from, when, and what it is.

use crate::diagnose::evidence::{ConfiguredClaim, Message, RequestSeen, TrailEvent};
use crate::oidc::{IdToken, KeySet};
use crate::policy::{Document, TrustPolicy};
use crate::saml::metadata::FederationMetadata;
use crate::saml::response::Response;
use crate::time::Instant;

/// Where a piece came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Pasted by hand.
    Pasted,
    /// A file, by its name.
    File(String),
    /// One request of a recording of the browser: file name and address.
    Recording {
        /// Its file's name.
        file: String,
        /// Scheme, host and path; never the query.
        address: String,
    },
    /// Our own sign-in window.
    SignInWindow,
    /// Our own loopback listener.
    Listener,
    /// CloudTrail's event history.
    CloudTrail,
    /// AWS as it is.
    Aws,
}

/// One piece of evidence. It may hold a live credential: no `Debug`, no `Serialize`.
pub struct Piece {
    /// Where it came from.
    pub origin: Origin,
    /// When it was made, where it says so.
    pub at: Option<Instant>,
    /// What it is.
    pub content: Content,
}

impl Piece {
    /// Whether it stood in a recording of the browser, which tells what was seen and never what is right.
    pub(super) fn is_recorded(&self) -> bool {
        matches!(self.origin, Origin::Recording { .. })
    }
}

/// What a piece is.
pub enum Content {
    /// A SAML response.
    Response(Box<Response>),
    /// The request that came before one.
    Request(RequestSeen),
    /// An ID token.
    Token(IdToken),
    /// The keys that an OpenID provider signs with.
    Keys(KeySet),
    /// Federation metadata.
    Metadata(Box<FederationMetadata>),
    /// A role's trust policy, with the role's ARN and longest session where they stood beside it.
    Trust {
        /// The policy.
        policy: TrustPolicy,
        /// ARN of the role.
        role_arn: Option<String>,
        /// Seconds.
        max_session: Option<u32>,
    },
    /// A permission policy.
    Permissions(Document),
    /// A text that was shown.
    Message(Message),
    /// Claims as a portal or an article has them.
    Claims(Vec<ConfiguredClaim>),
    /// A recorded sign-in.
    Trail(TrailEvent),
}

impl Content {
    /// In a word, for a list of pieces.
    pub fn kind(&self) -> &'static str {
        match self {
            Content::Response(_) => "SAML response",
            Content::Request(_) => "AuthnRequest",
            Content::Token(_) => "ID token",
            Content::Keys(_) => "Key set",
            Content::Metadata(_) => "Federation metadata",
            Content::Trust { .. } => "Trust policy",
            Content::Permissions(_) => "Permission policy",
            Content::Message(_) => "Message",
            Content::Claims(_) => "Claims table",
            Content::Trail(_) => "CloudTrail event",
        }
    }
}
