//! What people saw and copied: texts of errors, claims as a portal shows them, answers to a question.

use crate::time::Instant;

/// A text that somebody was shown, or that a program logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its words, without what surrounds them.
    pub text: String,
    /// When it was shown, where that is known.
    pub at: Option<Instant>,
}

/// A claim as a portal or an article has it: its name, and where its value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfiguredClaim {
    /// The whole name, with the namespace before it where there is one.
    pub name: String,
    /// `user.mail`, a constant, an expression.
    pub source: String,
}

/// A sign-in as CloudTrail recorded it (CloudTrail: events of AWS STS).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrailEvent {
    /// `AssumeRoleWithSAML` or `AssumeRoleWithWebIdentity`.
    pub name: String,
    /// When.
    pub at: Instant,
    /// ARN of the role that was asked for.
    pub role_arn: Option<String>,
    /// ARN of the SAML provider, or the issuer of the token.
    pub provider: Option<String>,
    /// Keys of the session tags that were sent.
    pub tags: Vec<String>,
    /// Error code; None where it was let in.
    pub error_code: Option<String>,
    /// AWS's words.
    pub error_message: Option<String>,
}

/// The request that sent somebody to the identity provider, as it was captured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestSeen {
    /// `ID`; Entra refuses one that begins with a digit.
    pub id: Option<String>,
    /// Entity ID of whoever asks.
    pub issuer: Option<String>,
    /// Where the response is to go.
    pub acs: Option<String>,
    /// To whom it was addressed.
    pub destination: Option<String>,
    /// It was deflated, as HTTP-Redirect wants it.
    pub deflated: bool,
}
