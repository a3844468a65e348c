//! Looks at a roster: each check adds to what was found, and a roster in which nothing blocks becomes
//! what is wanted.

use super::desired::{Bulk, Desired};
use super::finding::{Finding, FindingKind, Where};
use super::read::{Group, Roster, Unreadable, text};
use super::{BULK_MEMBERS, INLINE_MEMBERS, LONGEST_NAME, csv};
use crate::diagnose::Severity;
use crate::redact::Redacted;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Places that are kept of each finding; the rest is counted.
const KEPT: usize = 20;

/// What a roster is held against.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Those who can sign in, if somebody gave a list.
    pub known: Option<KnownUsers>,
    /// Where the members of very large groups lie.
    pub bulk: Option<Bulk>,
}

/// A roster that was looked at.
#[derive(Clone, Debug)]
pub struct Checked {
    /// What was found, blocking ones first.
    pub findings: Vec<Finding>,
    /// What is wanted; None where something blocks.
    pub desired: Option<Desired>,
}

/// Addresses of those who can sign in.
#[derive(Clone, Debug, Default)]
pub struct KnownUsers {
    exact: HashSet<String>,
    folded: HashSet<String>,
}

impl KnownUsers {
    /// Reads one address a line, or the column of addresses of a table.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn read(bytes: &[u8]) -> Result<KnownUsers, Unreadable> {
        let mut known = KnownUsers::default();
        for address in csv::addresses(text(bytes)?)? {
            known.folded.insert(address.to_lowercase());
            known.exact.insert(address);
        }
        Ok(known)
    }

    /// How many spellings.
    pub fn len(&self) -> usize {
        self.exact.len()
    }

    /// Whether nobody is in it.
    pub fn is_empty(&self) -> bool {
        self.exact.is_empty()
    }
}

/// Looks at a roster.
pub fn check(roster: Roster, rules: &Rules) -> Checked {
    let mut found = Found::default();
    let places: HashMap<u32, usize> = roster
        .groups()
        .iter()
        .enumerate()
        .map(|(place, g)| (g.name, place))
        .collect();
    let words = Words::of(&roster, rules.known.as_ref());
    for group in roster.groups() {
        of_group(&roster, group, &places, &words, &mut found);
    }
    spellings_of_groups(&roster, &mut found);
    sizes(&roster, rules.bulk.as_ref(), &mut found);
    cycles(&roster, &places, &mut found);
    let findings: Vec<Finding> = found.0.into_values().collect();
    let blocked = findings.iter().any(|f| f.severity == Severity::Blocking);
    Checked {
        findings,
        desired: (!blocked).then(|| Desired::of(roster, rules.bulk.clone())),
    }
}

#[derive(Default)]
struct Found(BTreeMap<FindingKind, Finding>);

impl Found {
    fn add(&mut self, kind: FindingKind, line: u32, group: &str, value: impl FnOnce() -> String) {
        let finding = self.0.entry(kind).or_insert_with(|| Finding {
            kind,
            severity: kind.severity(),
            count: 0,
            first: Vec::new(),
        });
        finding.count += 1;
        if finding.first.len() < KEPT {
            finding.first.push(Where {
                line,
                group: group.to_owned(),
                value: value(),
            });
        }
    }
}

/// What is wrong with each word as a user, found once however often it is used.
struct Words(Vec<Vec<FindingKind>>);

impl Words {
    fn of(roster: &Roster, known: Option<&KnownUsers>) -> Words {
        let mut used = vec![false; roster.words().len()];
        for member in roster.groups().iter().flat_map(|g| &g.members) {
            used[member.word as usize] |= !member.is_group;
        }
        let users = || {
            let words = roster.words().iter().enumerate();
            words.filter(|(i, _)| used[*i]).map(|(i, w)| (i, &**w))
        };
        // Folded spellings of those with capitals alone: in most files there are few.
        let mut spellings: HashMap<String, Vec<usize>> = HashMap::new();
        for (i, word) in users().filter(|(_, w)| is_mixed(w)) {
            spellings.entry(word.to_lowercase()).or_default().push(i);
        }
        for (i, word) in users().filter(|(_, w)| !is_mixed(w)) {
            if let Some(others) = spellings.get_mut(word) {
                others.push(i);
            }
        }
        let mut kinds = vec![Vec::new(); roster.words().len()];
        for all in spellings.into_values().filter(|all| all.len() > 1) {
            for i in all {
                kinds[i].push(FindingKind::TwoSpellings);
            }
        }
        for (i, word) in users() {
            let kinds = &mut kinds[i];
            if !is_address(word) {
                kinds.push(FindingKind::NotAnAddress);
            } else if is_mixed(word) {
                kinds.push(FindingKind::MixedCase);
            }
            match known {
                Some(known) if !known.exact.contains(word) => {
                    kinds.push(if known.folded.contains(&word.to_lowercase()) {
                        FindingKind::SpelledOtherwise
                    } else {
                        FindingKind::UnknownUser
                    });
                }
                _ => {}
            }
        }
        Words(kinds)
    }
}

fn of_group(roster: &Roster, group: &Group, places: &HashMap<u32, usize>, words: &Words, found: &mut Found) {
    let name = roster.word(group.name);
    for kind in of_name(name) {
        found.add(kind, group.line, &shown(name), String::new);
    }
    if let Some(line) = group.again {
        found.add(FindingKind::DefinedTwice, line, name, String::new);
    }
    if group.members.is_empty() {
        found.add(FindingKind::EmptyGroup, group.line, name, String::new);
    }
    let mut seen = HashSet::with_capacity(group.members.len());
    for member in &group.members {
        let word = roster.word(member.word);
        let value = || {
            if member.is_group {
                shown(word)
            } else {
                Redacted::of(&shown(word)).to_string()
            }
        };
        if !seen.insert((member.word, member.is_group)) {
            found.add(FindingKind::RepeatedMember, member.line, name, value);
            continue;
        }
        for kind in of_name(word) {
            found.add(kind, member.line, name, value);
        }
        if member.is_group {
            if !places.contains_key(&member.word) {
                found.add(FindingKind::UnknownGroup, member.line, name, value);
            }
        } else if places.contains_key(&member.word) && !is_address(word) {
            found.add(FindingKind::GroupAmongUsers, member.line, name, || shown(word));
        } else {
            for kind in &words.0[member.word as usize] {
                found.add(*kind, member.line, name, value);
            }
        }
    }
}

/// A name short enough to be shown.
fn shown(name: &str) -> String {
    match name.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

/// What PutGroup refuses in a name (Q Business API: PutGroup).
fn of_name(name: &str) -> impl Iterator<Item = FindingKind> {
    // Bytes are at least as many as characters: most names need no counting.
    let long = name.len() > LONGEST_NAME && name.chars().count() > LONGEST_NAME;
    let invisible = name.chars().any(is_invisible);
    let kinds = [
        (long, FindingKind::LongName),
        (invisible || name.is_empty(), FindingKind::Invisible),
    ];
    kinds.into_iter().filter(|(is, _)| *is).map(|(_, kind)| kind)
}

/// Unicode's categories of control, format and private use.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0xad | 0x600..=0x605 | 0x61c | 0x6dd | 0x70f | 0x180e | 0x200b..=0x200f | 0x202a..=0x202e
            | 0x2060..=0x206f | 0xe000..=0xf8ff | 0xfeff | 0xfff9..=0xfffb | 0xe0001..=0xe007f | 0xf0000..=0x10ffff)
}

fn is_mixed(address: &str) -> bool {
    address.chars().any(char::is_uppercase)
}

/// An address that a person can have: one @, no blanks, a domain with a dot.
fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let label = |l: &str| {
        !l.is_empty()
            && l.chars().all(|c| c.is_alphanumeric() || c == '-')
            && !l.starts_with('-')
            && !l.ends_with('-')
    };
    !local.is_empty()
        && !text.contains(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';' | '"' | ':'))
        && domain.contains('.')
        && domain.split('.').all(label)
}

fn spellings_of_groups(roster: &Roster, found: &mut Found) {
    let mut first: HashMap<String, &str> = HashMap::new();
    for group in roster.groups() {
        let name = roster.word(group.name);
        if let Some(other) = first.get(&name.to_lowercase()) {
            found.add(FindingKind::GroupSpelledTwice, group.line, name, || shown(other));
        } else {
            first.insert(name.to_lowercase(), name);
        }
    }
}

fn sizes(roster: &Roster, bulk: Option<&Bulk>, found: &mut Found) {
    let mut large = Vec::new();
    for group in roster.groups() {
        if group.members.len() <= INLINE_MEMBERS {
            continue;
        }
        let distinct: HashSet<_> = group.members.iter().map(|m| (m.word, m.is_group)).collect();
        let name = roster.word(group.name);
        let mut add = |kind| found.add(kind, group.line, name, || format!("{} members", distinct.len()));
        if distinct.len() > BULK_MEMBERS {
            add(FindingKind::BeyondBulk);
        } else if distinct.len() > INLINE_MEMBERS && bulk.is_none() {
            add(FindingKind::TooManyMembers);
        } else if distinct.len() > INLINE_MEMBERS {
            large.push((group.line, name));
        }
    }
    if let (Some(bulk), Some((line, name))) = (bulk, large.first())
        && !bulk.holds(large.iter().map(|(_, name)| *name))
    {
        found.add(FindingKind::BulkPath, *line, name, || {
            format!("{} large groups", large.len())
        });
    }
}

/// Walks nested groups without recursion: a file may nest as deep as it has lines.
fn cycles(roster: &Roster, places: &HashMap<u32, usize>, found: &mut Found) {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        OnPath,
        Done,
    }
    let groups = roster.groups();
    let nested = |place: usize| groups[place].members.iter().filter(|m| m.is_group);
    let mut states = vec![State::New; groups.len()];
    for start in 0..groups.len() {
        if states[start] != State::New {
            continue;
        }
        states[start] = State::OnPath;
        let mut path = vec![(start, nested(start))];
        while let Some((place, children)) = path.last_mut() {
            let place = *place;
            let Some(member) = children.next() else {
                states[place] = State::Done;
                path.pop();
                continue;
            };
            let Some(&child) = places.get(&member.word) else {
                continue;
            };
            match states[child] {
                State::Done => {}
                State::New => {
                    states[child] = State::OnPath;
                    path.push((child, nested(child)));
                }
                State::OnPath => {
                    let from = path.iter().position(|(p, _)| *p == child).unwrap_or_default();
                    let round: Vec<String> = path[from..]
                        .iter()
                        .map(|(p, _)| *p)
                        .chain([child])
                        .take(20)
                        .map(|p| shown(roster.word(groups[p].name)))
                        .collect();
                    let name = roster.word(groups[place].name);
                    found.add(FindingKind::Cycle, member.line, name, || round.join(" → "));
                }
            }
        }
    }
}
