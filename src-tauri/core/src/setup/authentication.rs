//! The authentication URL, from whatever an administrator copies out of a portal: blanks and quotation
//! marks go, known addresses of the wrong kind are refused with what to copy instead, and the rest is
//! taken as it is.

use crate::value::{AuthenticationUrl, Malformed};
use std::fmt;
use url::Url;

/// Where people sign in, and how it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authentication {
    /// Where the web experience sends people.
    pub url: AuthenticationUrl,
    /// What was made of the text, as a sentence; None where nothing is known of the address.
    pub derivation: Option<String>,
    /// What may go wrong with it; each a sentence.
    pub warnings: Vec<String>,
}

/// A text that is no address to sign in at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotAuthentication {
    /// Nothing but blanks.
    Empty,
    /// Not an https address, or too long.
    Malformed(Malformed),
    /// An address of a portal's administration: `expected` is what to copy instead, `found` its host.
    AdminConsole {
        /// The portal's label, and where it stands.
        expected: &'static str,
        /// The host.
        found: String,
    },
    /// A known address whose parts are not what they should be.
    Incomplete {
        /// The form of the whole address.
        expected: &'static str,
        /// What was given, cut to 200 characters.
        found: String,
    },
}

impl fmt::Display for NotAuthentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotAuthentication::Empty => {
                f.write_str("there is no address: copy it from the identity provider's portal")
            }
            NotAuthentication::Malformed(malformed) => malformed.fmt(f),
            NotAuthentication::AdminConsole { expected, found } => write!(
                f,
                "{found} is where administrators work, people cannot sign in there: copy {expected}"
            ),
            NotAuthentication::Incomplete { expected, found } => write!(
                f,
                "“{found}” is not whole: expected {expected}; copy the address again, with all of it"
            ),
        }
    }
}

impl std::error::Error for NotAuthentication {}

const USER_ACCESS_URL: &str = "User access URL, on the page Properties of the application";
const SIGN_ON_URL: &str = "Sign on URL, on the tab Sign On of the app integration";

/// Hosts of administration, as a suffix, with what to copy instead.
const CONSOLES: [(&str, &str); 8] = [
    ("-admin.okta.com", SIGN_ON_URL),
    ("-admin.oktapreview.com", SIGN_ON_URL),
    ("-admin.okta-emea.com", SIGN_ON_URL),
    ("entra.microsoft.com", USER_ACCESS_URL),
    ("portal.azure.com", USER_ACCESS_URL),
    (
        "console.pingone.com",
        "Initiate Single Sign-On URL, of the application",
    ),
    (
        "admin.google.com",
        "the address at which people start the application",
    ),
    (
        "console.aws.amazon.com",
        "the address from the identity provider's portal, not AWS's",
    ),
];

const OKTA_DOMAINS: [&str; 3] = [".okta.com", ".oktapreview.com", ".okta-emea.com"];

impl Authentication {
    /// From the text that was copied.
    ///
    /// # Errors
    /// [`NotAuthentication`] says what was expected, and what to copy.
    pub fn parse(text: &str) -> Result<Authentication, NotAuthentication> {
        let text = trimmed(text);
        if text.is_empty() {
            return Err(NotAuthentication::Empty);
        }
        let url = AuthenticationUrl::parse(text).map_err(NotAuthentication::Malformed)?;
        // The form was checked, so this parses as well; a lone host would be the empty text.
        let parsed = Url::parse(text).ok();
        let host = parsed
            .as_ref()
            .and_then(Url::host_str)
            .unwrap_or_default()
            .trim_end_matches('.');
        if let Some((_, expected)) = CONSOLES.iter().find(|(suffix, _)| is_console(host, suffix)) {
            return Err(NotAuthentication::AdminConsole {
                expected,
                found: host.to_owned(),
            });
        }
        let segments: Vec<&str> = parsed
            .as_ref()
            .and_then(Url::path_segments)
            .map(|s| s.filter(|s| !s.is_empty()).collect())
            .unwrap_or_default();
        let tenant = parsed
            .as_ref()
            .and_then(|u| u.query_pairs().find(|(k, _)| k == "tenantId"))
            .map(|(_, v)| v.into_owned());
        let known = match host {
            "myapps.microsoft.com" | "launcher.myapps.microsoft.com" => entra(host, &segments, tenant),
            _ if OKTA_DOMAINS.iter().any(|d| host.ends_with(d)) => okta(&segments),
            _ if segments.last() == Some(&"startSSO.ping") => Ok(ping(parsed.as_ref())),
            "login.microsoftonline.com" => Ok((
                None,
                vec![
                    "This is the address that waits for a request. The web experience sends none: copy the User access URL instead."
                        .into(),
                ],
            )),
            _ => Ok((None, Vec::new())),
        };
        let (derivation, warnings) = known.map_err(|expected| NotAuthentication::Incomplete {
            expected,
            found: text.chars().take(200).collect(),
        })?;
        Ok(Authentication {
            url,
            derivation,
            warnings,
        })
    }
}

/// What a portal, a mail or a chat puts around an address: blanks of every kind, marks of no width,
/// quotation marks, angle brackets.
fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(
                c,
                '\u{200b}'..='\u{200f}'
                    | '\u{202a}'..='\u{202e}'
                    | '\u{2060}'
                    | '\u{2066}'..='\u{2069}'
                    | '\u{feff}'
                    | '\u{ad}'
                    | '"'
                    | '\''
                    | '`'
                    | '<'
                    | '>'
                    | '“'
                    | '”'
                    | '„'
                    | '‘'
                    | '’'
                    | '«'
                    | '»'
            )
    })
}

fn is_console(host: &str, suffix: &str) -> bool {
    host == suffix
        || host.ends_with(suffix) && (suffix.starts_with('-') || host.ends_with(&format!(".{suffix}")))
}

type Known = Result<(Option<String>, Vec<String>), &'static str>;

/// Both forms of the User access URL (Q Business: IAM federation, Entra ID; Entra ID: My Apps).
fn entra(host: &str, segments: &[&str], tenant: Option<String>) -> Known {
    const MY_APPS: &str =
        "https://myapps.microsoft.com/signin/<name>/<application id>?tenantId=<directory id>";
    const LAUNCHER: &str =
        "https://launcher.myapps.microsoft.com/api/signin/<application id>?tenantId=<directory id>";
    let mut warnings = Vec::new();
    let (app, form) = match (host, segments) {
        ("myapps.microsoft.com", ["signin", _, app]) => (*app, MY_APPS),
        ("myapps.microsoft.com", ["signin", app]) => (*app, MY_APPS),
        ("launcher.myapps.microsoft.com", ["api", "signin", app]) => {
            warnings.push(
                "AWS's guide shows the older form of this address. That the web experience takes this one as well is inferred, not documented."
                    .into(),
            );
            (*app, LAUNCHER)
        }
        ("myapps.microsoft.com", _) => return Err(MY_APPS),
        _ => return Err(LAUNCHER),
    };
    if !is_guid(app) {
        return Err(form);
    }
    match tenant {
        Some(tenant) if is_guid(&tenant) => Ok((
            Some(format!(
                "The User access URL of application {app} in directory {tenant}, as Entra ID shows it."
            )),
            warnings,
        )),
        _ => {
            warnings.push(
                "The directory is missing: `?tenantId=` and its id belong to the address. People of several directories may end in the wrong one."
                    .into(),
            );
            Ok((
                Some(format!(
                    "The User access URL of application {app}, as Entra ID shows it."
                )),
                warnings,
            ))
        }
    }
}

/// Okta's Sign on URL and its embed link (Q Business: IAM federation, Okta; Okta: app embed links).
fn okta(segments: &[&str]) -> Known {
    const SIGN_ON: &str = "https://<organisation>.okta.com/app/<name>/<id>/sso/saml";
    match segments {
        ["app", name, id, "sso", "saml"] => Ok((
            Some(format!("The Sign on URL of app integration {id} ({name}), as Okta shows it.")),
            Vec::new(),
        )),
        ["home", name, id, ..] => Ok((
            Some(format!("The embed link of app integration {id} ({name}), as Okta shows it.")),
            vec![
                "AWS's guide takes the Sign on URL, which ends in /sso/saml. The embed link leads to the same sign-in by way of Okta's dashboard."
                    .into(),
            ],
        )),
        ["app", _, _, "sso", "saml", "metadata"] | ["app", _, "sso", "saml", "metadata"] => Err(
            "https://<organisation>.okta.com/app/<name>/<id>/sso/saml, without /metadata",
        ),
        ["oauth2", ..] | [".well-known", ..] => Err("a Sign on URL; this is an issuer of OpenID Connect"),
        [] => Err(SIGN_ON),
        _ => Ok((
            None,
            vec!["Okta's Sign on URL ends in /sso/saml; this one does not. Look whether people can sign in there.".into()],
        )),
    }
}

/// PingFederate's IdP-initiated endpoint (PingFederate: IdP application endpoints).
fn ping(url: Option<&Url>) -> (Option<String>, Vec<String>) {
    let partner = url.and_then(|u| {
        u.query_pairs()
            .find(|(k, _)| k == "PartnerSpId")
            .map(|(_, v)| v.into_owned())
    });
    match partner {
        Some(partner) => (
            Some(format!(
                "The SSO Application Endpoint of the connection {partner}, as PingFederate shows it."
            )),
            Vec::new(),
        ),
        None => (
            None,
            vec!["PartnerSpId is missing: PingFederate does not know which connection is meant.".into()],
        ),
    }
}

fn is_guid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.iter().map(|p| p.len()).eq([8, 4, 4, 4, 12])
        && parts.iter().all(|p| p.bytes().all(|b| b.is_ascii_hexdigit()))
}
