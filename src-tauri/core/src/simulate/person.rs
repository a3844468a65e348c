//! People as a directory has them, typed or from the table that its portal exports.
//!
//! An attribute that a table has no column for is unknown; a column without a value is an empty attribute.

use crate::redact::without_people;
use crate::table::{self, NotATable, Table, plain};
use csv::StringRecord;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// People that are simulated at once. They are in memory while it lasts: some 100 MB at this number.
pub const MOST_PEOPLE: usize = 100_000;

/// Bytes in a table of people.
pub const LONGEST_FILE: usize = 64 << 20;

/// Columns that are read of a table.
const MOST_COLUMNS: usize = 200;

/// Faults that are kept with their line; the rest is counted.
const KEPT_FAULTS: usize = 100;

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

const GUEST: &[&str] = &["guest", "isguest", "usertype"];
const GROUPS: &[&str] = &["groups", "group", "groupnames", "memberof"];
const APP_ROLES: &[&str] = &[
    "approles",
    "approle",
    "assignedroles",
    "approleassignments",
    "roles",
    "role",
];
const ENABLED: &[&str] = &["accountenabled", "enabled", "blocksignin", "status"];

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

    /// Reads the table that a directory exports: a line with the names of the columns, in any order, then a
    /// line a person. Commas, semicolons and tabs separate; several groups or app roles in one field are
    /// separated by semicolons or `|`.
    ///
    /// # Errors
    /// [`UnreadablePeople`]: nothing is taken then.
    pub fn read(bytes: &[u8]) -> Result<People, UnreadablePeople> {
        let text = table::text(bytes, LONGEST_FILE)?;
        let mut table = Table::new(text);
        let mut record = StringRecord::new();
        if table.next(&mut record)?.is_none() {
            return Err(UnreadablePeople::Empty);
        }
        let columns = Columns::of(&record)?;
        let mut people = columns.people();
        let mut faults = Vec::new();
        let mut count = 0;
        while let Some(line) = table.next(&mut record)? {
            if people.list.len() == MOST_PEOPLE {
                return Err(UnreadablePeople::TooMany);
            }
            match columns.person(&record, line) {
                Ok(person) => people.list.push(person),
                Err(why) => {
                    count += 1;
                    if faults.len() < KEPT_FAULTS {
                        faults.push((line, why));
                    }
                }
            }
        }
        if count > 0 {
            return Err(UnreadablePeople::Faults { first: faults, count });
        }
        if people.list.is_empty() {
            return Err(UnreadablePeople::Empty);
        }
        people.name_guests();
        Ok(people)
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

/// What a column holds.
enum Column {
    Attribute(Arc<str>),
    Guest,
    Groups,
    AppRoles,
    Enabled { inverted: bool },
}

struct Columns {
    columns: Vec<Column>,
    /// Fields of the first line begin with a blank: the blank belongs to the separator.
    blank_after_separator: bool,
}

impl Columns {
    fn of(header: &StringRecord) -> Result<Columns, UnreadablePeople> {
        if header.len() > MOST_COLUMNS {
            return Err(UnreadablePeople::TooManyColumns { found: header.len() });
        }
        let columns: Vec<Column> = header
            .iter()
            .map(|name| {
                let folded = plain(name);
                let is = |names: &[&str]| names.contains(&folded.as_str());
                match () {
                    () if is(GUEST) => Column::Guest,
                    () if is(GROUPS) => Column::Groups,
                    () if is(APP_ROLES) => Column::AppRoles,
                    () if is(ENABLED) => Column::Enabled {
                        inverted: folded == "blocksignin",
                    },
                    () => Column::Attribute(canonical(name).into()),
                }
            })
            .collect();
        let names = |wanted: &str| {
            columns
                .iter()
                .any(|c| matches!(c, Column::Attribute(name) if **name == *wanted))
        };
        if !names(MAIL) && !names(LOGIN) {
            return Err(UnreadablePeople::NoColumn {
                // A table without names of columns has people in its first line.
                found: header.iter().take(20).map(without_people).collect(),
            });
        }
        let blank_after_separator = header.len() > 1 && header.iter().skip(1).all(|n| n.starts_with(' '));
        Ok(Columns {
            columns,
            blank_after_separator,
        })
    }

    /// Nobody yet, and what is known of everybody.
    fn people(&self) -> People {
        let mut people = People::default();
        for column in &self.columns {
            match column {
                Column::Attribute(name) => {
                    people.known.insert(name.clone());
                }
                Column::Groups => people.groups_known = true,
                Column::AppRoles => people.app_roles_known = true,
                Column::Guest | Column::Enabled { .. } => {}
            }
        }
        people
    }

    fn person(&self, record: &StringRecord, line: u64) -> Result<Person, PersonFault> {
        let filled = (0..record.len())
            .rfind(|i| record.get(*i).is_some_and(|f| !f.trim().is_empty()))
            .map_or(0, |last| last + 1);
        if filled > self.columns.len() {
            return Err(PersonFault::Fields {
                expected: self.columns.len(),
                found: filled,
            });
        }
        if record.iter().any(|f| f.trim().contains(['\n', '\r'])) {
            return Err(PersonFault::LineBreak);
        }
        let mut person = Person {
            line,
            ..Person::default()
        };
        for (at, column) in self.columns.iter().enumerate() {
            let mut field = record.get(at).unwrap_or_default();
            if self.blank_after_separator && at > 0 {
                field = field.strip_prefix(' ').unwrap_or(field);
            }
            match column {
                Column::Attribute(name) => person.put(name.clone(), field),
                Column::Guest => person.guest |= guest(field)?,
                Column::Groups => person.groups.extend(several(field)),
                Column::AppRoles => person.app_roles.get_or_insert_default().extend(
                    several(field)
                        // Entra's name for an assignment without a role.
                        .filter(|role| plain(role) != "defaultaccess"),
                ),
                Column::Enabled { inverted } => {
                    person.disabled |= is_off(field) != *inverted && !field.trim().is_empty()
                }
            }
        }
        person.guest |= person.get(LOGIN).is_some_and(is_external);
        Ok(person)
    }
}

fn several(field: &str) -> impl Iterator<Item = String> {
    field
        .split([';', '|'])
        .map(str::trim)
        .filter(|f| !f.is_empty())
        .map(str::to_owned)
}

fn guest(field: &str) -> Result<bool, PersonFault> {
    match plain(field).as_str() {
        "" | "member" | "false" | "no" | "0" => Ok(false),
        "guest" | "true" | "yes" | "1" => Ok(true),
        _ => Err(PersonFault::Guest {
            found: without_people(&field.chars().take(40).collect::<String>()),
        }),
    }
}

/// An account that cannot sign in: `accountEnabled` of Entra, `Status` of Okta and PingOne.
fn is_off(field: &str) -> bool {
    matches!(
        plain(field).as_str(),
        "false" | "no" | "0" | "disabled" | "deprovisioned" | "suspended" | "lockedout" | "blocked"
    )
}

/// What is wrong with one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PersonFault {
    /// Fields beside those that the first line names.
    Fields {
        /// As many as the first line names.
        expected: usize,
        /// As many as there are.
        found: usize,
    },
    /// The field that says who is a guest says something else.
    Guest {
        /// As it stands there, people left out.
        found: String,
    },
    /// A field with a line break: a quote that is opened and not closed swallows what follows.
    LineBreak,
}

impl fmt::Display for PersonFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PersonFault::Fields { expected, found } => write!(
                f,
                "{found} fields where the first line names {expected}; put a field with separators in it into quotes"
            ),
            PersonFault::Guest { found } => {
                write!(f, "“{found}” is no type of a user; expected Guest or Member")
            }
            PersonFault::LineBreak => {
                f.write_str("a field runs over the end of the line; close the quote that it opens")
            }
        }
    }
}

/// Why a table of people was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnreadablePeople {
    /// Nothing in it, or nobody.
    Empty,
    /// Lines that cannot be taken.
    Faults {
        /// The first hundred, each with its line.
        first: Vec<(u64, PersonFault)>,
        /// All.
        count: usize,
    },
    /// Something that is no table.
    Kind(&'static str),
    /// The first line names no column for what people sign in with, and none for addresses.
    NoColumn {
        /// The names that are there, people left out.
        found: Vec<String>,
    },
    /// Text in another encoding.
    NotUtf8 {
        /// Line of the first byte that does not fit, from 1.
        line: usize,
    },
    /// Longer than [`LONGEST_FILE`].
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// More people than [`MOST_PEOPLE`].
    TooMany,
    /// More columns than are read.
    TooManyColumns {
        /// As many as there are.
        found: usize,
    },
}

impl From<NotATable> for UnreadablePeople {
    fn from(why: NotATable) -> UnreadablePeople {
        match why {
            NotATable::Empty => UnreadablePeople::Empty,
            NotATable::Kind(kind) => UnreadablePeople::Kind(kind),
            NotATable::NotUtf8 { line } => UnreadablePeople::NotUtf8 { line },
            NotATable::TooLong { bytes } => UnreadablePeople::TooLong { bytes },
        }
    }
}

impl fmt::Display for UnreadablePeople {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UnreadablePeople::Empty => f.write_str(
                "The table names nobody. Give one with a line of column names, then a line for each person.",
            ),
            UnreadablePeople::Faults { first, count } => {
                let lines = if *count == 1 { "line" } else { "lines" };
                writeln!(
                    f,
                    "{count} {lines} cannot be read, so nothing is taken. Put them right and give the table again:"
                )?;
                for (line, fault) in first.iter().take(20) {
                    writeln!(f, "  line {line}: {fault}")?;
                }
                match count.saturating_sub(20) {
                    0 => Ok(()),
                    more => writeln!(f, "  and {more} more"),
                }
            }
            UnreadablePeople::Kind(kind) => {
                write!(f, "This is {kind}. Save it as CSV in UTF-8, and give that file.")
            }
            UnreadablePeople::NoColumn { found } => write!(
                f,
                "The first line names no column such as userPrincipalName or mail; found: {}. Put a line with the names of the columns in front.",
                found.join(" | ")
            ),
            UnreadablePeople::NotUtf8 { line } => write!(
                f,
                "Line {line} is not in UTF-8. Save the file as “CSV UTF-8”, and give that file."
            ),
            UnreadablePeople::TooLong { bytes } => write!(
                f,
                "The table has {} MB; at most {} MB are read. Export fewer columns, or divide it.",
                bytes >> 20,
                LONGEST_FILE >> 20
            ),
            UnreadablePeople::TooMany => write!(
                f,
                "The table has more than {MOST_PEOPLE} people. Divide it, and simulate the parts."
            ),
            UnreadablePeople::TooManyColumns { found } => write!(
                f,
                "The table has {found} columns; at most {MOST_COLUMNS} are read. Export fewer."
            ),
        }
    }
}

impl std::error::Error for UnreadablePeople {}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let people = People::read(text.as_bytes()).unwrap_or_else(|e| panic!("{text}: {e}"));
        people
            .list
            .iter()
            .map(|p| {
                format!(
                    "{}|{}|{}|{}|{}",
                    p.get(LOGIN).unwrap_or("-"),
                    p.get(MAIL).unwrap_or("-"),
                    if p.guest { "guest" } else { "member" },
                    p.groups.join("+"),
                    p.app_roles.as_ref().map_or("?".into(), |r| r.join("+")),
                )
            })
            .collect()
    }

    #[test]
    fn tables_of_every_directory() {
        let check = |text: &str, expected: &[&str]| assert_eq!(read(text), expected, "{text}");
        check("UPN,mail\na@b,c@d\n", &["a@b|c@d|member||?"]);
        check(
            "\u{feff}email;userPrincipalName\r\n\"c;c@d\";a@b\r\n",
            &["a@b|c;c@d|member||?"],
        );
        check("sep=;\nLogin;Email\na@b;c@d\n", &["a@b|c@d|member||?"]);
        check(
            "mail\tappRoles\tgroups\tuserType\nc@d\tq-web;admin\tx|y\tGuest\n",
            &["c_d#EXT#@tenant.onmicrosoft.com|c@d|guest|x+y|q-web+admin"],
        );
        check(
            "mail,appRole\nc@d,Default Access\nd@d,\n",
            &["-|c@d|member||", "-|d@d|member||"],
        );
        check("upn, mail\na@b, c@d \n", &["a@b|c@d |member||?"]);
        check(
            "upn,mail\n\n,\na#ext#@t.onmicrosoft.com,\n",
            &["a#ext#@t.onmicrosoft.com|-|guest||?"],
        );
        check(
            "upn,mail,guest\nb@t.onmicrosoft.com,,no\n,x@y,yes\n",
            &[
                "b@t.onmicrosoft.com|-|member||?",
                "x_y#EXT#@t.onmicrosoft.com|x@y|guest||?",
            ],
        );
        check("\"user.mail\",user.city\na@b,Bonn\n", &["-|a@b|member||?"]);
    }

    #[test]
    fn what_is_no_table_of_people_is_said() {
        let check = |bytes: &[u8], expected: &str| {
            let why = People::read(bytes).expect_err("no table").to_string();
            assert!(why.contains(expected), "{why}");
            assert!(!why.contains("alice"), "{why}");
        };
        check(b"", "names nobody");
        check(b"mail\n", "names nobody");
        check(b"alice@contoso.example,1\n", "no column");
        check(b"mail,userType\nalice@x,Employee\n", "line 2: “Employee”");
        check(b"mail,city\nalice@x,Bonn,more\n", "line 2: 3 fields");
        check(b"mail,city\n\"alice@x,Bonn\nbob@x,Bonn\n", "runs over the end");
        check(b"PK\x03\x04", "a workbook");
        check(b"mail\n\xff\n", "Line 2 is not in UTF-8");
        check("a,".repeat(300).as_bytes(), "301 columns");
        let many = format!("mail\n{}", "a@b\n".repeat(MOST_PEOPLE + 1));
        check(many.as_bytes(), "more than 100000 people");
    }
}
