//! Where the value of a claim comes from, in the words of each portal: an attribute, app roles, a constant, or
//! one of the few transformations that guides and documents speak of.

use super::person::{Person, canonical};
use crate::idp::IdentityProvider;
use std::borrow::Cow;
use std::fmt;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// An attribute, by its one name.
    Attribute(String),
    /// The values of the app roles that a person has.
    AppRoles,
    /// The names of a person's groups.
    Groups,
    /// The same for everybody.
    Constant(String),
    /// The first that is not empty.
    FirstOf(Vec<Source>),
    /// In lower case.
    Lower(Box<Source>),
    /// What stands before the `@`.
    Prefix(Box<Source>),
    /// Nothing is sent.
    Nothing,
}

/// A text that is no source that this program knows; nothing is guessed from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotASource {
    /// The text.
    pub found: String,
}

impl fmt::Display for NotASource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "“{}” is a transformation that is not known here. Give an attribute such as user.mail, a constant, or IfEmpty(user.mail, user.userprincipalname).",
            self.found.chars().take(200).collect::<String>()
        )
    }
}

impl std::error::Error for NotASource {}

impl Source {
    /// Reads what stands in the portal's box.
    ///
    /// # Errors
    /// [`NotASource`] for a transformation that is not known.
    pub fn parse(idp: IdentityProvider, text: &str) -> Result<Source, NotASource> {
        Source::nested(idp, text, 0)
    }

    fn nested(idp: IdentityProvider, text: &str, depth: usize) -> Result<Source, NotASource> {
        let unknown = || NotASource {
            found: text.to_owned(),
        };
        if depth > 8 {
            return Err(unknown());
        }
        let inner = |part: &str| Source::nested(idp, part.trim(), depth + 1);
        if let Some((condition, choices)) = text.split_once('?') {
            // Okta's and Ping's form: user.email != null ? user.email : user.login
            let (_, otherwise) = choices.split_once(':').ok_or_else(unknown)?;
            let tested = condition.split_once("!= null").ok_or_else(unknown)?.0;
            return Ok(Source::FirstOf(vec![inner(tested)?, inner(otherwise)?]));
        }
        if let Some(call) = text.strip_suffix(')')
            && let Some((name, arguments)) = call.split_once('(')
            && name.chars().all(|c| c.is_alphanumeric() || c == '.')
        {
            let arguments = split(arguments);
            let name = name.to_ascii_lowercase();
            return match (name.rsplit('.').next().unwrap_or_default(), arguments.as_slice()) {
                ("ifempty" | "coalesce", [_, _, ..]) => {
                    let all: Result<Vec<_>, _> = arguments.iter().map(|a| inner(a)).collect();
                    Ok(Source::FirstOf(all?))
                }
                ("tolowercase", [one]) => Ok(Source::Lower(Box::new(inner(one)?))),
                ("extractmailprefix", [one]) => Ok(Source::Prefix(Box::new(inner(one)?))),
                ("substringbefore", [one, at]) if matches!(at.trim(), "\"@\"" | "'@'") => {
                    Ok(Source::Prefix(Box::new(inner(one)?)))
                }
                _ => Err(unknown()),
            };
        }
        let attribute = |name: &str| match canonical(name).as_str() {
            "assignedroles" => Source::AppRoles,
            "groups" => Source::Groups,
            other => Source::Attribute(other.to_owned()),
        };
        let named = ["user.", "${user.", "adapter."]
            .into_iter()
            .find_map(|p| text.strip_prefix(p));
        Ok(match (named, idp) {
            (Some(name), _) => attribute(name.trim_end_matches('}')),
            (None, _) if text.is_empty() || text == "(None)" => Source::Nothing,
            // A constant stands in quotation marks there, and anything else is an attribute (PingOne:
            // expression language).
            (None, IdentityProvider::PingOne) => quoted(text).map_or_else(
                || attribute(text),
                |constant| Source::Constant(constant.to_owned()),
            ),
            // Inside a transformation, a constant is quoted everywhere.
            (None, _) if depth > 0 => Source::Constant(quoted(text).unwrap_or(text).to_owned()),
            (None, _) => Source::Constant(text.to_owned()),
        })
    }

    /// Every attribute that it stands on.
    pub fn attributes(&self) -> Vec<&str> {
        match self {
            Source::Attribute(name) => vec![name],
            Source::FirstOf(all) => all.iter().flat_map(Source::attributes).collect(),
            Source::Lower(one) | Source::Prefix(one) => one.attributes(),
            Source::AppRoles | Source::Groups | Source::Constant(_) | Source::Nothing => Vec::new(),
        }
    }

    /// The values for a person; none where the source is empty. `roles` are what app roles come to.
    pub fn values<'a>(&'a self, person: &'a Person, roles: &[&'a str]) -> Vec<Cow<'a, str>> {
        match self {
            Source::Attribute(name) => person.get(name).map(Cow::Borrowed).into_iter().collect(),
            Source::AppRoles => roles.iter().map(|r| Cow::Borrowed(*r)).collect(),
            Source::Groups => person.groups.iter().map(|g| Cow::Borrowed(g.as_str())).collect(),
            Source::Constant(text) => vec![Cow::Borrowed(text)],
            Source::FirstOf(all) => all
                .iter()
                .map(|s| s.values(person, roles))
                .find(|v| v.iter().any(|v| !v.is_empty()))
                .unwrap_or_default(),
            Source::Lower(one) => changed(one.values(person, roles), |v| v.to_lowercase()),
            Source::Prefix(one) => changed(one.values(person, roles), |v| {
                v.split('@').next().unwrap_or_default().to_owned()
            }),
            Source::Nothing => Vec::new(),
        }
    }
}

fn changed<'a>(values: Vec<Cow<'a, str>>, change: impl Fn(&str) -> String) -> Vec<Cow<'a, str>> {
    values.iter().map(|v| Cow::Owned(change(v))).collect()
}

fn quoted(text: &str) -> Option<&str> {
    ['\'', '"'].iter().find_map(|q| {
        text.strip_prefix(*q)?
            .strip_suffix(*q)
            .filter(|t| !t.contains(*q))
    })
}

/// Arguments between commas that stand in no brackets.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut from) = (Vec::new(), 0_usize, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(text.get(from..at).unwrap_or_default());
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text.get(from..).unwrap_or_default());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_every_portal() {
        let person = Person::typed([("mail", "Ann@B.example"), ("upn", "ann@b"), ("city", "")]);
        let check = |idp, text: &str, expected: &[&str]| {
            let source = Source::parse(idp, text).unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(source.values(&person, &["r1", "r2"]), expected, "{text}");
        };
        use IdentityProvider::{EntraGallery, OktaSaml, PingFederate, PingOne};
        check(EntraGallery, "user.mail", &["Ann@B.example"]);
        check(EntraGallery, "user.city", &[]);
        check(EntraGallery, "user.assignedroles", &["r1", "r2"]);
        check(
            EntraGallery,
            "IfEmpty(user.city, user.userprincipalname)",
            &["ann@b"],
        );
        check(EntraGallery, "ToLowercase(user.mail)", &["ann@b.example"]);
        check(
            EntraGallery,
            "ExtractMailPrefix(IfEmpty(user.mail, user.userprincipalname))",
            &["Ann"],
        );
        check(EntraGallery, "3600", &["3600"]);
        check(OktaSaml, "user.email", &["Ann@B.example"]);
        check(OktaSaml, "user.city != null ? user.city : user.login", &["ann@b"]);
        check(OktaSaml, "String.substringBefore(user.email, \"@\")", &["Ann"]);
        check(OktaSaml, "users.email", &["users.email"]);
        check(PingOne, "Email Address", &["Ann@B.example"]);
        check(PingOne, "Username", &["ann@b"]);
        check(PingOne, "'a,b'", &["a,b"]);
        check(PingFederate, "adapter.mail", &["Ann@B.example"]);
        check(PingFederate, "", &[]);
        let deep = format!("{}user.mail{}", "ToLowercase(".repeat(20_000), ")".repeat(20_000));
        for text in ["RegexReplace(user.mail, \"a\", \"b\")", "x ? y", "Join(a)", &deep] {
            assert!(Source::parse(EntraGallery, text).is_err(), "{text}");
        }
    }
}
