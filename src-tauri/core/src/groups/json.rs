//! Groups from JSON: one object a group, its keys matched loosely.

use super::read::{Building, FaultKind, Unreadable};
use crate::redact::without_people;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Under<'a> {
    #[serde(borrow)]
    groups: Vec<&'a RawValue>,
}

const NAME: &[&str] = &["name", "group", "groupname", "displayname"];
const MEMBERS: &[&str] = &["members", "users", "emails", "memberusers"];
const GROUPS: &[&str] = &["groups", "membergroups"];

/// Lines of places that come one after the other.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of a part of the text, which stands after the part before it.
    fn of(&mut self, part: &str) -> u64 {
        let start = part.as_ptr() as usize - self.text.as_ptr() as usize;
        let between = self.text.as_bytes().get(self.at..start).unwrap_or_default();
        self.line += memchr::memchr_iter(b'\n', between).count() as u64;
        self.at = self.at.max(start);
        self.line
    }
}

pub(super) fn read(text: &str, building: &mut Building) -> Result<(), Unreadable> {
    let parsed: Result<Vec<&RawValue>, _> = if text.trim_start().starts_with('[') {
        serde_json::from_str(text)
    } else {
        serde_json::from_str::<Under<'_>>(text).map(|u| u.groups)
    };
    let groups = parsed.map_err(|e| Unreadable::Json {
        line: e.line(),
        column: e.column(),
        why: words(&e),
    })?;
    let mut lines = Lines { text, at: 0, line: 1 };
    for group in groups {
        let line = lines.of(group.get());
        take(group.get(), line, building)?;
    }
    Ok(())
}

/// The parser's words without its place, which is said apart, and without people.
fn words(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    without_people(text)
}

fn take(object: &str, line: u64, building: &mut Building) -> Result<(), Unreadable> {
    let bad = |e: serde_json::Error| FaultKind::Value { why: words(&e) };
    let fields: BTreeMap<String, &RawValue> = match serde_json::from_str(object) {
        Ok(fields) => fields,
        Err(error) => {
            building.fault(line, bad(error));
            return Ok(());
        }
    };
    let find = |wanted: &[&str]| {
        wanted
            .iter()
            .find_map(|w| fields.iter().find(|(key, _)| crate::table::plain(key) == **w))
            .map(|(_, value)| value.get())
    };
    let name = match find(NAME).map(serde_json::from_str::<String>).transpose() {
        Ok(name) => name.unwrap_or_default(),
        Err(error) => {
            building.fault(line, bad(error));
            return Ok(());
        }
    };
    if name.trim().is_empty() {
        building.fault(line, FaultKind::NoName);
        return Ok(());
    }
    let (members, groups) = (find(MEMBERS), find(GROUPS));
    if members.is_none() && groups.is_none() {
        let found = fields.keys().map(|k| without_people(k)).take(20).collect();
        building.fault(line, FaultKind::NoMembers { found });
        return Ok(());
    }
    let place = building.define(name.trim(), line);
    for (list, is_group) in [(members, false), (groups, true)] {
        let names: Vec<String> = match list.map(serde_json::from_str).transpose() {
            Ok(names) => names.unwrap_or_default(),
            Err(error) => {
                building.fault(line, bad(error));
                continue;
            }
        };
        for name in names {
            building.member(place, name.trim(), is_group, line)?;
        }
    }
    Ok(())
}
