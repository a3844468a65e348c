//! Groups from a table: the separator is recognised, columns are found by loosely matched names.

use super::read::{Building, FaultKind, Unreadable};
use crate::redact::without_people;
use crate::table::{Table, find, plain};
use ::csv::StringRecord;

/// Names of columns, letters and digits alone; the first that is there is taken. A plain name is none of a
/// group: in a list of users it is a person's.
const GROUP: &[&str] = &[
    "group",
    "groupname",
    "groupdisplayname",
    "groupid",
    "groups",
    "team",
    "teamname",
];
const MEMBER: &[&str] = &[
    "member",
    "memberemail",
    "email",
    "emailaddress",
    "mail",
    "useremail",
    "userprincipalname",
    "upn",
    "user",
    "username",
    "userid",
    "memberuser",
    "login",
];
const MEMBERS: &[&str] = &["members", "memberemails", "emails", "users", "memberusers"];
const TYPE: &[&str] = &["type", "membertype", "kind"];

/// Where the columns are.
struct Columns {
    group: usize,
    member: usize,
    /// Several members in one field.
    several: bool,
    kind: Option<usize>,
}

impl Columns {
    fn of(header: &StringRecord) -> Result<Columns, Unreadable> {
        let names: Vec<String> = header.iter().map(plain).collect();
        let missing = |missing| Unreadable::Columns {
            // A file without column names has people in its first line.
            found: header.iter().take(20).map(without_people).collect(),
            missing,
        };
        let one = find(&names, MEMBER);
        let member = one
            .or_else(|| find(&names, MEMBERS))
            .ok_or_else(|| missing("member"))?;
        Ok(Columns {
            group: find(&names, GROUP).ok_or_else(|| missing("group"))?,
            member,
            several: one.is_none(),
            kind: find(&names, TYPE),
        })
    }
}

pub(super) fn read(text: &str, building: &mut Building) -> Result<(), Unreadable> {
    let mut table = Table::new(text);
    let mut record = StringRecord::new();
    if table.next(&mut record)?.is_none() {
        return Err(Unreadable::Empty);
    }
    let columns = Columns::of(&record)?;
    let expected = record.len();
    while let Some(line) = table.next(&mut record)? {
        // Blank fields at the end are a spreadsheet's; others would be members that get lost.
        let found = (0..record.len())
            .rfind(|i| record.get(*i).is_some_and(|f| !f.trim().is_empty()))
            .map_or(0, |last| last + 1);
        if record.iter().any(|f| f.trim().contains(['\n', '\r'])) {
            building.fault(line, FaultKind::LineBreak);
        } else if found > expected || record.len() < expected {
            let found = if found > expected { found } else { record.len() };
            building.fault(line, FaultKind::Fields { expected, found });
        } else {
            take(&record, &columns, line, building)?;
        }
    }
    Ok(())
}

fn take(
    record: &StringRecord,
    columns: &Columns,
    line: u64,
    building: &mut Building,
) -> Result<(), Unreadable> {
    let field = |at: usize| record.get(at).unwrap_or_default().trim();
    let name = field(columns.group);
    if name.is_empty() {
        building.fault(line, FaultKind::NoName);
        return Ok(());
    }
    let is_group = match columns.kind.map(field) {
        None | Some("") => false,
        Some(kind) if kind.eq_ignore_ascii_case("user") => false,
        Some(kind) if kind.eq_ignore_ascii_case("group") => true,
        Some(kind) => {
            building.fault(line, FaultKind::Type(without_people(kind)));
            return Ok(());
        }
    };
    // A group without a member is said by a line without one.
    let place = building.group(name, line);
    let member = field(columns.member);
    if columns.several {
        for one in member.split([';', ',']).map(str::trim).filter(|m| !m.is_empty()) {
            building.member(place, one, is_group, line)?;
        }
    } else if !member.is_empty() {
        building.member(place, member, is_group, line)?;
    }
    Ok(())
}

/// Addresses from a list of people: a column of a table, or one address a line.
pub(super) fn addresses(text: &str) -> Result<Vec<String>, Unreadable> {
    let mut table = Table::new(text);
    let mut record = StringRecord::new();
    let mut found = Vec::new();
    if table.next(&mut record)?.is_none() {
        return Err(Unreadable::Empty);
    }
    let names: Vec<String> = record.iter().map(plain).collect();
    let column = find(&names, MEMBER).or_else(|| find(&names, MEMBERS));
    if column.is_none() {
        if record.len() > 1 || !record.iter().any(|f| f.contains('@')) {
            return Err(Unreadable::Columns {
                found: record.iter().take(20).map(without_people).collect(),
                missing: "email",
            });
        }
        found.extend(record.get(0).map(|f| f.trim().to_owned()));
    }
    while table.next(&mut record)?.is_some() {
        let field = record.get(column.unwrap_or_default()).unwrap_or_default().trim();
        if !field.is_empty() {
            found.push(field.to_owned());
        }
    }
    Ok(found)
}
