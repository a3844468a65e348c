//! Strings that must never be swapped with one another, each with the form AWS or SAML gives it.
//!
//! Every type is made by `parse` alone, so a value in hand is a value that was checked.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A string that does not have the form its place needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// What the value should have been, in words for a person: "AWS account id".
    pub what: &'static str,
    /// The form it must have.
    pub expected: &'static str,
    /// What was given, cut to 200 characters.
    pub found: String,
}

impl Malformed {
    fn new(what: &'static str, expected: &'static str, found: &str) -> Self {
        Malformed {
            what,
            expected,
            found: found.chars().take(200).collect(),
        }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "“{}” is not a valid {}: expected {}",
            self.found, self.what, self.expected
        )
    }
}

impl std::error::Error for Malformed {}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $what:literal, $expected:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks the form.
            ///
            /// # Errors
            /// [`Malformed`] names the form that was expected and what was found.
            pub fn parse(text: &str) -> Result<Self, Malformed> {
                let check: fn(&str) -> bool = $check;
                if check(text) {
                    Ok($name(text.to_owned()))
                } else {
                    Err(Malformed::new($what, $expected, text))
                }
            }

            /// The text as it was given.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = Malformed;
            fn try_from(text: String) -> Result<Self, Malformed> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.0
            }
        }
    };
}

mod issuer;
pub use issuer::{ClientId, Issuer, OidcProviderArn, Unsupported};

text!(
    /// Twelve digits.
    AccountId, "AWS account id", "twelve digits", |t| {
        t.len() == 12 && t.bytes().all(|b| b.is_ascii_digit())
    }
);
text!(
    /// The `entityID` of an identity provider, 1 to 1024 characters (SAML core §8.3.6).
    EntityId, "entity ID", "1 to 1024 characters without blanks", |t| {
        (1..=1024).contains(&t.chars().count()) && !t.contains(char::is_whitespace)
    }
);
text!(
    /// ARN of an IAM SAML provider.
    ProviderArn, "SAML provider ARN", "arn:aws:iam::<account>:saml-provider/<name>", |t| {
        arn_tail(t, "saml-provider/").is_some_and(provider_name)
    }
);
text!(
    /// ARN of an IAM role, path included.
    RoleArn, "role ARN", "arn:aws:iam::<account>:role/<name>", |t| {
        arn_tail(t, "role/").is_some_and(|n| n.rsplit('/').next().is_some_and(role_name))
    }
);
text!(
    /// Where the web experience sends people to sign in: `https`, at most 1284 characters (Q Business API).
    AuthenticationUrl, "authentication URL", "an https address of at most 1284 characters", |t| {
        t.len() <= 1284
            && !t.contains(char::is_whitespace)
            && url::Url::parse(t).is_ok_and(|u| {
                u.scheme() == "https" && u.host_str().is_some() && u.username().is_empty() && u.password().is_none()
            })
    }
);
text!(
    /// `https://<host>` of a web experience, without the slash that AWS's `defaultEndpoint` ends in.
    WebExperienceUrl, "web experience URL", "https://<host>, without a path", |t| {
        !t.ends_with('/')
            && url::Url::parse(t).is_ok_and(|u| u.scheme() == "https" && u.path() == "/" && u.query().is_none())
    }
);

impl WebExperienceUrl {
    /// From `defaultEndpoint`, which AWS returns with a trailing slash (Q Business: IAM federation, SAML 2.0).
    ///
    /// # Errors
    /// [`Malformed`] when it is not an https origin.
    pub fn from_endpoint(endpoint: &str) -> Result<Self, Malformed> {
        Self::parse(endpoint.trim_end_matches('/'))
    }

    /// The assertion consumer service of the web experience: the URL with `/saml` (Q Business: IAM federation, SAML 2.0).
    pub fn acs(&self) -> AcsUrl {
        AcsUrl(format!("{}/saml", self.0))
    }
}

/// The assertion consumer service URL of a web experience: what Entra calls Reply URL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AcsUrl(String);

impl AcsUrl {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl RoleArn {
    /// The role's name without its path.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }
}

/// The account of an ARN, if it has one.
pub fn arn_account(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|a| !a.is_empty())
}

fn arn_tail<'a>(arn: &'a str, kind: &str) -> Option<&'a str> {
    let mut parts = arn.splitn(6, ':');
    let head = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let account = parts.next()?;
    let tail = parts.next()?.strip_prefix(kind)?;
    (head.0 == "arn"
        && head.1.starts_with("aws")
        && head.2 == "iam"
        && head.3.is_empty()
        && account.len() == 12
        && account.bytes().all(|b| b.is_ascii_digit()))
    .then_some(tail)
}

/// IAM's form of a SAML provider's name: `[\w._-]+`, 1 to 128 characters (IAM API).
pub fn provider_name(name: &str) -> bool {
    (1..=128).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

/// IAM's form of a role's name: `[\w+=,.@-]+`, 1 to 64 characters (IAM API).
pub fn role_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b))
}

/// The regions that have Amazon Q Business (AWS service endpoints).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Region {
    /// Sydney; no Q Apps.
    #[serde(rename = "ap-southeast-2")]
    ApSoutheast2,
    /// Ireland; no Q Apps.
    #[serde(rename = "eu-west-1")]
    EuWest1,
    /// N. Virginia.
    #[serde(rename = "us-east-1")]
    UsEast1,
    /// Oregon.
    #[serde(rename = "us-west-2")]
    UsWest2,
}

impl Region {
    /// All of them, in the order that a list shows.
    pub const ALL: [Region; 4] = [
        Region::UsEast1,
        Region::UsWest2,
        Region::EuWest1,
        Region::ApSoutheast2,
    ];

    /// From AWS's code.
    ///
    /// # Errors
    /// [`Malformed`] for a region where the service does not exist; a host name that resolves proves nothing.
    pub fn parse(code: &str) -> Result<Self, Malformed> {
        Self::ALL.into_iter().find(|r| r.as_str() == code).ok_or_else(|| {
            Malformed::new(
                "Amazon Q Business region",
                "us-east-1, us-west-2, eu-west-1 or ap-southeast-2",
                code,
            )
        })
    }

    /// AWS's code.
    pub fn as_str(self) -> &'static str {
        match self {
            Region::ApSoutheast2 => "ap-southeast-2",
            Region::EuWest1 => "eu-west-1",
            Region::UsEast1 => "us-east-1",
            Region::UsWest2 => "us-west-2",
        }
    }

    /// Q Apps exist in the United States regions only (Q Business: IAM policies for a web experience).
    pub fn has_q_apps(self) -> bool {
        matches!(self, Region::UsEast1 | Region::UsWest2)
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoint_loses_its_slash_and_gains_saml_once() {
        let url = WebExperienceUrl::from_endpoint("https://abcdefgh.chat.qbusiness.us-east-1.on.aws/");
        assert_eq!(
            url.expect("an endpoint").acs().as_str(),
            "https://abcdefgh.chat.qbusiness.us-east-1.on.aws/saml"
        );
    }

    #[test]
    fn arns_of_one_kind_are_not_taken_for_another() {
        let role = "arn:aws:iam::123456789012:role/team/q-web";
        assert_eq!(RoleArn::parse(role).expect("a role").name(), "q-web");
        assert!(ProviderArn::parse(role).is_err());
        assert!(RoleArn::parse("arn:aws:iam::12345678901:role/x").is_err());
        assert!(RoleArn::parse("arn:aws:iam::123456789012:role/").is_err());
    }
}
