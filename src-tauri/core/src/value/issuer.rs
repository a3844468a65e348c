//! Who issues ID tokens, and for whom: the two values by which IAM knows an OpenID Connect provider.

use super::{AccountId, Malformed, arn_tail};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use url::{Host, Url};

text!(
    /// The client id of an application at an OpenID Connect provider (Q Business API: `clientIdsForOIDC`).
    ClientId, "client id", "1 to 255 of a-z A-Z 0-9 _ . : / ( ) * ? = -", |t| {
        (1..=255).contains(&t.len())
            && t.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.:/()*?=-".contains(&b))
    }
);
text!(
    /// ARN of an IAM OpenID Connect provider.
    OidcProviderArn, "OIDC provider ARN", "arn:aws:iam::<account>:oidc-provider/<issuer without https://>", |t| {
        arn_tail(t, "oidc-provider/").is_some_and(|tail| !tail.is_empty() && !tail.contains(char::is_whitespace))
    }
);

/// The `iss` of ID tokens, byte for byte as the identity provider writes it: `https`, at most 255
/// characters, no port, query, fragment or user name (IAM: CreateOpenIDConnectProvider).
///
/// A slash at the end belongs to it: `https://a.example` and `https://a.example/` are two issuers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Issuer(String);

/// An identity provider whose OpenID Connect Amazon Q Business does not take (Q Business: IAM federation).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsupported {
    /// Microsoft Entra ID.
    Entra,
    /// Google.
    Google,
}

impl Unsupported {
    /// Whose it is.
    pub fn vendor(self) -> &'static str {
        match self {
            Unsupported::Entra => "Microsoft Entra ID",
            Unsupported::Google => "Google",
        }
    }
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Amazon Q Business does not support OpenID Connect of {}; it takes SAML 2.0 from it",
            self.vendor()
        )
    }
}

impl Issuer {
    /// Checks the form that IAM and Amazon Q Business take.
    ///
    /// # Errors
    /// [`Malformed`] names the part that does not fit.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let bad = |expected| Malformed::new("issuer", expected, text);
        let rest = text
            .strip_prefix("https://")
            .ok_or_else(|| bad("an address that starts with https://"))?;
        let url = shape(text)?;
        if url.port().is_some() || rest.split('/').next().unwrap_or_default().contains(':') {
            return Err(bad("an address without a port"));
        }
        let named = matches!(url.host(), Some(Host::Domain(name)) if name.contains('.'));
        if !named {
            return Err(bad("an address with the host's full name"));
        }
        // Q Business's form of iamIdentityProviderArn is narrower than IAM's.
        if !rest
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_./@-".contains(&b))
        {
            return Err(bad("an address of a-z A-Z 0-9 _ . / @ - after https://"));
        }
        Ok(Issuer(text.to_owned()))
    }

    /// An issuer of the practice world: `http://127.0.0.1:PORT/…` or `http://localhost:PORT/…`.
    /// [`Issuer::parse`] and reading from a file refuse it, so that no live set-up comes to hold one.
    ///
    /// # Errors
    /// [`Malformed`] for any other address.
    pub fn practice(text: &str) -> Result<Self, Malformed> {
        let expected = "http://127.0.0.1:PORT/… of the practice world";
        let url = shape(text)?;
        let near = text.starts_with("http://127.0.0.1:") || text.starts_with("http://localhost:");
        if near && url.port().is_some() {
            Ok(Issuer(text.to_owned()))
        } else {
            Err(Malformed::new("practice issuer", expected, text))
        }
    }

    /// Reads either kind, for a set-up that belongs to the practice world.
    ///
    /// # Errors
    /// The deserialiser's, with [`Malformed`] as its text.
    pub fn deserialize_of_any_world<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Issuer::practice(&text)
            .or_else(|_| Issuer::parse(&text))
            .map_err(serde::de::Error::custom)
    }

    /// The text as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is of the practice world.
    pub fn is_practice(&self) -> bool {
        self.0.starts_with("http://")
    }

    /// What IAM puts into the ARN and into condition keys.
    pub fn without_scheme(&self) -> &str {
        self.0.split_once("://").map_or(&self.0, |(_, rest)| rest)
    }

    /// `arn:aws:iam::<account>:oidc-provider/<issuer without scheme>`: one provider per issuer and account.
    pub fn arn(&self, account: &AccountId) -> OidcProviderArn {
        OidcProviderArn(format!(
            "arn:aws:iam::{account}:oidc-provider/{}",
            self.without_scheme()
        ))
    }

    /// Where its discovery document is (OpenID Connect Discovery §4: a slash at the end is taken off first).
    pub fn discovery_url(&self) -> String {
        let base = self.0.strip_suffix('/').unwrap_or(&self.0);
        format!("{base}/.well-known/openid-configuration")
    }

    /// Whose OpenID Connect it is, if Amazon Q Business does not take it.
    pub fn unsupported(&self) -> Option<Unsupported> {
        let host = self
            .without_scheme()
            .split('/')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        // A name with the final dot is the same host.
        match host.strip_suffix('.').unwrap_or(&host) {
            "login.microsoftonline.com" | "sts.windows.net" => Some(Unsupported::Entra),
            "accounts.google.com" => Some(Unsupported::Google),
            _ => None,
        }
    }
}

/// What live and practice issuers have in common.
fn shape(text: &str) -> Result<Url, Malformed> {
    let bad = |expected| Malformed::new("issuer", expected, text);
    if text.len() > 255 {
        return Err(bad("at most 255 characters"));
    }
    // A URL reader forgives blanks, backslashes and `..`; bytes that it would change do not come back in tokens.
    if text.bytes().any(|b| b <= b' ' || b == 0x7f || b == b'\\') {
        return Err(bad("an address without blanks"));
    }
    let url = Url::parse(text).map_err(|_| bad("an address: https://HOST/PATH"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("an address without a user name"));
    }
    if text.contains('?') {
        return Err(bad("an address without a query"));
    }
    if text.contains('#') {
        return Err(bad("an address without a fragment"));
    }
    // Portals show the address of the document beside the issuer.
    if text.contains("/.well-known/") {
        return Err(bad(
            "the issuer that the document at this address names: most often the address without /.well-known/…",
        ));
    }
    let after = text.split_once("://").map_or("", |(_, rest)| rest);
    let path = after.find('/').and_then(|at| after.get(at..)).unwrap_or("/");
    if path != url.path() {
        return Err(bad("an address in its plain form: https://HOST/PATH"));
    }
    Ok(url)
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Issuer {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Issuer::parse(&String::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_as_iam_takes_them() {
        for (text, expected) in [
            ("https://acme.okta.com", None),
            ("https://acme.okta.com/oauth2/default", None),
            ("https://login.acme.example/", None),
            ("https://a.example/as_1/x-y@z", None),
            ("http://acme.okta.com", Some("starts with https")),
            ("HTTPS://acme.okta.com", Some("starts with https")),
            ("acme.okta.com", Some("starts with https")),
            ("https://acme.okta.com:8443", Some("without a port")),
            ("https://acme.okta.com:443/x", Some("without a port")),
            ("https://acme.okta.com?x=1", Some("without a query")),
            ("https://acme.okta.com/?", Some("without a query")),
            ("https://acme.okta.com/#a", Some("without a fragment")),
            ("https://me@acme.okta.com", Some("without a user name")),
            ("https://acme.okta.com/ x", Some("without blanks")),
            ("https://acme.okta.com/a/../b", Some("plain form")),
            ("https://acme.okta.com/a%20b", Some("a-z A-Z 0-9")),
            ("https://acme.okta.com/~joe", Some("a-z A-Z 0-9")),
            (
                "https://a.example/.well-known/openid-configuration",
                Some("without /.well-known"),
            ),
            (
                "https://a.example/x/.well-known/oauth-authorization-server",
                Some("without /.well-known"),
            ),
            ("https://localhost/x", Some("full name")),
            ("https://127.0.0.1/x", Some("full name")),
            ("https://", Some("https://HOST")),
            ("https:///x", Some("plain form")),
            ("", Some("starts with https")),
        ] {
            match (Issuer::parse(text), expected) {
                (Ok(issuer), None) => assert_eq!(issuer.as_str(), text),
                (Err(error), Some(part)) => assert!(error.expected.contains(part), "{text}: {error}"),
                (other, _) => panic!("{text}: {other:?}"),
            }
        }
        assert!(Issuer::parse(&format!("https://a.example/{}", "x".repeat(237))).is_ok());
        assert!(Issuer::parse(&format!("https://a.example/{}", "x".repeat(238))).is_err());
    }

    #[test]
    fn what_follows_from_an_issuer() {
        let account = AccountId::parse("123456789012").expect("an account");
        let issuer = Issuer::parse("https://acme.okta.com/oauth2/default").expect("an issuer");
        assert_eq!(
            issuer.arn(&account).as_str(),
            "arn:aws:iam::123456789012:oidc-provider/acme.okta.com/oauth2/default"
        );
        assert!(OidcProviderArn::parse(issuer.arn(&account).as_str()).is_ok());
        let slash = Issuer::parse("https://acme.example/").expect("an issuer");
        assert_eq!(
            slash.discovery_url(),
            "https://acme.example/.well-known/openid-configuration"
        );
        for (text, vendor) in [
            (
                "https://login.microsoftonline.com/t/v2.0",
                Some("Microsoft Entra ID"),
            ),
            ("https://sts.windows.net/t/", Some("Microsoft Entra ID")),
            ("https://accounts.google.com", Some("Google")),
            ("https://Accounts.Google.com", Some("Google")),
            ("https://accounts.google.com.", Some("Google")),
            ("https://STS.windows.net./t/", Some("Microsoft Entra ID")),
            ("https://accounts.google.com.acme.example", None),
            ("https://google.com", None),
        ] {
            let found = Issuer::parse(text).expect("an issuer").unsupported();
            assert_eq!(found.map(Unsupported::vendor), vendor, "{text}");
        }
    }

    #[test]
    fn practice_and_live_are_never_mixed_up() {
        let practice = "http://127.0.0.1:4711/okta/oauth2/default";
        assert!(Issuer::parse(practice).is_err());
        assert!(Issuer::practice(practice).expect("practice").is_practice());
        let json = format!("\"{practice}\"");
        assert!(serde_json::from_str::<Issuer>(&json).is_err());
        let mut either = serde_json::Deserializer::from_str(&json);
        assert!(Issuer::deserialize_of_any_world(&mut either).is_ok());
        for bad in [
            "https://acme.okta.com",
            "http://acme.okta.com:80/",
            "http://127.0.0.1/x",
            "http://127.0.0.1.acme.example:1/x",
            "http://127.0.0.1:1@acme.example:2/",
            "http://192.168.0.1:80/x",
        ] {
            assert!(Issuer::practice(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn client_ids() {
        for (text, good) in [
            ("0oa1b2c3d4", true),
            ("a_.:/()*?=-", true),
            ("", false),
            ("a b", false),
            ("a,b", false),
        ] {
            assert_eq!(ClientId::parse(text).is_ok(), good, "{text}");
        }
        assert!(ClientId::parse(&"x".repeat(256)).is_err());
    }
}
