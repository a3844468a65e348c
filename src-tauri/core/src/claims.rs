//! The claims that AWS reads from an assertion: names, forms and limits (IAM: configure SAML assertions).

use crate::letters::{bare, fold};
use crate::saml::response::Assertion;
use crate::value::{ProviderArn, RoleArn};
use serde::Serialize;

/// Namespace of every claim that AWS reads, without a slash at its end.
pub const NAMESPACE: &str = "https://aws.amazon.com/SAML/Attributes";
/// The role pair.
pub const ROLE: &str = "https://aws.amazon.com/SAML/Attributes/Role";
/// The name of the session.
pub const SESSION_NAME: &str = "https://aws.amazon.com/SAML/Attributes/RoleSessionName";
/// The person, for Amazon Q Business.
pub const EMAIL: &str = "https://aws.amazon.com/SAML/Attributes/PrincipalTag:Email";
/// Seconds; may only shorten a session.
pub const DURATION: &str = "https://aws.amazon.com/SAML/Attributes/SessionDuration";
/// Who the person is at the source, through role chaining; a trust policy has to allow it.
pub const SOURCE_IDENTITY: &str = "https://aws.amazon.com/SAML/Attributes/SourceIdentity";
/// Tags that stay through role chaining.
pub const TRANSITIVE: &str = "https://aws.amazon.com/SAML/Attributes/TransitiveTagKeys";
/// What the name of a session tag begins with.
pub const TAG: &str = "https://aws.amazon.com/SAML/Attributes/PrincipalTag:";

/// A value of the Role claim, split at its comma.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolePair {
    /// First part.
    pub role: String,
    /// Second part.
    pub provider: String,
}

impl RolePair {
    /// Splits at the first comma; the parts are as they are.
    pub fn split(value: &str) -> Option<RolePair> {
        let (role, provider) = value.split_once(',')?;
        Some(RolePair {
            role: role.to_owned(),
            provider: provider.to_owned(),
        })
    }

    /// Both parts are ARNs of the right kind, in the right order.
    pub fn is_well_formed(&self) -> bool {
        RoleArn::parse(&self.role).is_ok() && ProviderArn::parse(&self.provider).is_ok()
    }

    /// Provider first: clients that take the first part for the role fail.
    pub fn is_swapped(&self) -> bool {
        let has = |part: &str, kind: &str| part.trim().starts_with("arn:") && part.contains(kind);
        has(&self.role, ":saml-provider/") && has(&self.provider, ":role/")
    }
}

/// One session tag that the assertion asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SessionTag {
    /// `Email` in `PrincipalTag:Email`.
    pub key: String,
    /// One is allowed.
    pub values: Vec<String>,
}

/// Every `PrincipalTag:` claim.
pub fn session_tags(assertion: &Assertion) -> Vec<SessionTag> {
    assertion
        .attributes
        .iter()
        .filter_map(|a| {
            a.name.strip_prefix(TAG).map(|key| SessionTag {
                key: key.to_owned(),
                values: a.values.clone(),
            })
        })
        .collect()
}

/// `[a-zA-Z_0-9+=,.@-]{2,64}`.
pub fn session_name_is_valid(name: &str) -> bool {
    (2..=64).contains(&name.chars().count()) && name.chars().all(is_of_session_name)
}

/// A character that a session's name may have.
pub(crate) fn is_of_session_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)
}

/// A character that the value of a session tag may have (IAM: session tags).
pub(crate) fn is_of_tag(c: char) -> bool {
    c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c)
}

/// A claim name that is almost one of AWS's, and so is silently ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearMiss {
    /// As it was sent.
    pub found: String,
    /// What it most likely should be.
    pub expected: &'static str,
}

const KNOWN: [&str; 5] = [EMAIL, ROLE, SESSION_NAME, DURATION, TRANSITIVE];

/// Names that look like AWS's but are not: case, slashes, http, a lost namespace, a typing mistake
/// (Ping's own page writes `RoleSessioName`), look-alike letters.
pub fn near_misses(assertion: &Assertion) -> Vec<NearMiss> {
    let names: Vec<&str> = assertion.attributes.iter().map(|a| a.name.as_str()).collect();
    near_misses_of(&names)
}

/// The same of names alone, as a portal or an article has them.
pub fn near_misses_of(names: &[&str]) -> Vec<NearMiss> {
    /// Each is compared letter by letter with every known name; no provider sends as many.
    const MOST: usize = 500;
    names
        .iter()
        .take(MOST)
        .filter(|name| !KNOWN.contains(name))
        .filter_map(|name| {
            let expected = nearest(name)?;
            // A name that is there as well, rightly spelled, needs no second look.
            (!names.contains(&expected)).then(|| NearMiss {
                found: (*name).to_owned(),
                expected,
            })
        })
        .collect()
}

fn nearest(name: &str) -> Option<&'static str> {
    // Another tag than Email is a tag of its own, unless it is Email in other letters.
    if let Some(key) = name.strip_prefix(TAG) {
        return (distance(&fold(key), "email", 1) <= 1).then_some(EMAIL);
    }
    // A name that was copied with the quotation marks around it.
    let folded = fold(&bare(name));
    let best = KNOWN
        .into_iter()
        .map(|known| (distance(&folded, &fold(known), 3), known))
        .min_by_key(|(d, _)| *d)?;
    if best.0 <= 2 {
        return Some(best.1);
    }
    // The last part alone: a claim whose namespace was left out or put into the name box.
    let last = folded.rsplit('/').next().unwrap_or_default();
    let tails = [
        ("principaltag:email", EMAIL),
        ("email", EMAIL),
        ("role", ROLE),
        ("rolesessionname", SESSION_NAME),
        ("sessionduration", DURATION),
    ];
    let ours = folded.contains("aws.amazon.com") || !folded.contains("://");
    tails
        .into_iter()
        .find(|(tail, _)| ours && (last == *tail || (tail.len() > 6 && distance(last, tail, 2) <= 1)))
        .map(|(_, known)| known)
}

/// Levenshtein distance, or anything above `limit` once it is exceeded.
pub(crate) fn distance(a: &str, b: &str, limit: usize) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(256).collect(), b.chars().take(256).collect());
    if a.len().abs_diff(b.len()) > limit {
        return limit + 1;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.iter().enumerate() {
        let mut left = i + 1;
        let mut diagonal = i;
        for (cell, cb) in row.iter_mut().skip(1).zip(&b) {
            let substituted = diagonal + usize::from(ca != cb);
            diagonal = *cell;
            left = substituted.min(left + 1).min(*cell + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
        // A row never falls below the least of the row before.
        if row.iter().min().is_some_and(|least| *least > limit) {
            return limit + 1;
        }
    }
    row.last().copied().unwrap_or(limit + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expected: Option<&str>) {
        assert_eq!(nearest(name), expected, "{name}");
    }

    #[test]
    fn near_misses_of_the_field() {
        check(
            "https://aws.amazon.com/SAML/Attributes/PrincipalTag:email",
            Some(EMAIL),
        );
        check(
            "https://aws.amazon.com/SAML/Attributes//PrincipalTag:Email",
            Some(EMAIL),
        );
        check(
            "http://aws.amazon.com/SAML/Attributes/PrincipalTag:Email",
            Some(EMAIL),
        );
        check(
            "https://aws.amazon.com/SAML/Attributes/PrincipalTag:Email ",
            Some(EMAIL),
        );
        check("Email", Some(EMAIL));
        check("PrincipalTag:Email", Some(EMAIL));
        check(
            "https://aws.amazon.com/SAML/Attributes/RoleSessioName",
            Some(SESSION_NAME),
        );
        check("https://aws.amazon.com/SAML/Attributes/role", Some(ROLE));
        check(
            "https://aws.amazon.com/SAML/Attributes/PrincipalTag:Еmail",
            Some(EMAIL),
        );
        check("https://aws.amazon.com/SAML/Attributes/PrincipalTag:city", None);
        check(
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
            None,
        );
        check("http://schemas.microsoft.com/identity/claims/tenantid", None);
        check(
            "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
            None,
        );
    }

    #[test]
    fn distances() {
        assert_eq!(distance("kitten", "sitting", 5), 3);
        assert_eq!(distance("", "abc", 5), 3);
        assert_eq!(distance("abc", "abc", 5), 0);
    }
}
