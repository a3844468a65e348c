//! The table of people that a directory exports: what its columns hold, and a person a line.

use super::{
    LOGIN, MAIL, MOST_PEOPLE, People, Person, PersonFault, UnreadablePeople, canonical, is_external,
};
use crate::redact::without_people;
use crate::table::{self, Table, plain};
use csv::StringRecord;
use std::sync::Arc;

/// Bytes in a table of people.
pub const LONGEST_FILE: usize = 64 << 20;

/// Columns that are read of a table.
pub(super) const MOST_COLUMNS: usize = 200;

/// Faults that are kept with their line; the rest is counted.
const KEPT_FAULTS: usize = 100;

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

impl People {
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
