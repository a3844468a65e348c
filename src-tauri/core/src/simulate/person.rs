//! People as a directory has them, typed or from the table that its portal exports.
//!
//! An attribute that a table has no column for is unknown; a column without a value is an empty attribute.

use crate::table::plain;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

mod columns;
mod unreadable;

pub use columns::LONGEST_FILE;
pub use unreadable::{PersonFault, UnreadablePeople};

/// People that are simulated at once. They are in memory while it lasts: some 100 MB at this number.
pub const MOST_PEOPLE: usize = 100_000;

/// The attribute that Amazon Q Business knows people by, in the name that it has here for every provider.
pub(super) const MAIL: &str = "mail";
/// The name by which a person signs in.
pub(super) const LOGIN: &str = "userprincipalname";
/// The name that never changes.
pub(super) const OBJECT_ID: &str = "objectid";
/// The name that is shown.
pub(super) const DISPLAY_NAME: &str = "displayname";

/// What portals and their exports call the same attribute: letters and digits in lower case.
const ALIASES: &[(&str, &[&str])] = &[
    (
        MAIL,
        &[
            "mail",
            "email",
            "emailaddress",
            "mailaddress",
            "primaryemail",
            "useremail",
        ],
    ),
    (
        LOGIN,
        &[
            "userprincipalname",
            "upn",
            "login",
            "username",
            "loginname",
            "user",
        ],
    ),
    (
        OBJECT_ID,
        &["objectid", "id", "userid", "subject", "objectidentifier"],
    ),
    (DISPLAY_NAME, &["displayname", "formatted", "fullname"]),
    ("givenname", &["givenname", "firstname", "namegiven"]),
    ("surname", &["surname", "lastname", "familyname", "namefamily"]),
];

/// The one name of an attribute, whatever a portal calls it.
pub(super) fn canonical(name: &str) -> String {
    let folded = plain(name.trim().strip_prefix("user.").unwrap_or(name));
    ALIASES
        .iter()
        .find(|(_, aliases)| aliases.contains(&folded.as_str()))
        .map_or(folded, |(canonical, _)| (*canonical).to_owned())
}

/// One person. Names and addresses: it is written to no log, and shown to whoever gave it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// Attributes that are not empty, by the one name that each has here.
    attributes: Vec<(Arc<str>, Box<str>)>,
    /// A guest of the directory.
    pub guest: bool,
    /// Names of groups.
    pub groups: Vec<String>,
    /// Names or values of app roles; empty for “Default Access”, None where nobody said.
    pub app_roles: Option<Vec<String>>,
    /// The account cannot sign in at all.
    pub disabled: bool,
    /// Line of the table, from 1; 0 for one that was typed.
    pub line: u64,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person")
            .field("line", &self.line)
            .finish_non_exhaustive()
    }
}

impl Person {
    /// From attributes by any of their names: `upn`, `user.mail`, `Email Address`.
    pub fn typed<'a>(attributes: impl IntoIterator<Item = (&'a str, &'a str)>) -> Person {
        let mut person = Person::default();
        for (name, value) in attributes {
            person.put(canonical(name).into(), value);
        }
        person.guest |= person.get(LOGIN).is_some_and(is_external);
        person
    }

    fn put(&mut self, name: Arc<str>, value: &str) {
        if !value.is_empty() && self.get(&name).is_none() {
            self.attributes.push((name, value.into()));
        }
    }

    /// An attribute by its one name; None where it is empty or not there.
    pub(super) fn get(&self, canonical: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(name, _)| **name == *canonical)
            .map(|(_, value)| &**value)
    }

    /// The name that never changes: every person has one in every directory, whether or not it was said.
    pub(super) fn object_id(&self, place: usize) -> String {
        self.get(OBJECT_ID)
            .map_or_else(|| format!("00000000-0000-4000-8000-{place:012x}"), str::to_owned)
    }

    /// How a list names the person: what is signed in with, else the address, else the line.
    pub fn name(&self) -> String {
        self.get(LOGIN)
            .or_else(|| self.get(MAIL))
            .or_else(|| self.get(DISPLAY_NAME))
            .map_or_else(|| format!("line {}", self.line), str::to_owned)
    }
}

/// A guest's name in the directory that invited it (Entra ID: properties of a B2B guest).
fn is_external(login: &str) -> bool {
    login.to_ascii_uppercase().contains("#EXT#")
}

/// People, and which attributes are known of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    /// In their order.
    pub list: Vec<Person>,
    /// Attributes that are known, by the one name that each has here.
    known: BTreeSet<Arc<str>>,
    /// Whether app roles are known.
    pub(super) app_roles_known: bool,
    /// Whether groups are known.
    pub(super) groups_known: bool,
}

impl People {
    /// Those that were typed: an attribute that one of them has is known of all.
    pub fn typed(list: Vec<Person>) -> People {
        let mut known: BTreeSet<Arc<str>> = list
            .iter()
            .flat_map(|p| p.attributes.iter().map(|(name, _)| name.clone()))
            .collect();
        // Whoever types a person and leaves the address out says that there is none.
        known.extend([MAIL.into(), LOGIN.into()]);
        let mut people = People {
            app_roles_known: list.iter().any(|p| p.app_roles.is_some()),
            groups_known: true,
            known,
            list,
        };
        people.name_guests();
        people
    }

    /// Whether a table has a column for an attribute.
    pub(super) fn knows(&self, canonical: &str) -> bool {
        self.known.contains(canonical)
    }

    /// What Entra calls a guest whose name is not known: the address with `_` for `@`, `#EXT#`, and the
    /// tenant's first domain (Entra ID: properties of a B2B guest).
    fn name_guests(&mut self) {
        let domain = self
            .list
            .iter()
            .filter_map(|p| p.get(LOGIN)?.rsplit_once('@'))
            .map(|(_, domain)| domain.to_owned())
            .find(|d| d.ends_with(".onmicrosoft.com"))
            .unwrap_or_else(|| "tenant.onmicrosoft.com".to_owned());
        for person in self.list.iter_mut().filter(|p| p.guest) {
            if person.get(LOGIN).is_none()
                && let Some(mail) = person.get(MAIL)
            {
                let login = format!("{}#EXT#@{domain}", mail.replacen('@', "_", 1));
                person.put(LOGIN.into(), &login);
            }
        }
        if self.list.iter().any(|p| p.guest) && self.list.iter().all(|p| p.get(LOGIN).is_some()) {
            self.known.insert(LOGIN.into());
        }
    }
}
