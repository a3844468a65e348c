//! Claims as a portal or an article has them: two columns or more, a line each.

use super::Found;
use crate::diagnose::case::Content;
use crate::diagnose::evidence::ConfiguredClaim;

/// Rows that are read.
const ROWS: usize = 100;
/// Characters of a cell.
const CELL: usize = 2048;

/// What a column is, by the words of portals and articles.
#[derive(Clone, Copy, PartialEq)]
enum Column {
    Name,
    Namespace,
    Other,
    Source,
}

/// Keeps a table of claims. Says whether the text was one.
pub(super) fn rows(text: &str, found: &mut Found) -> bool {
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.trim().is_empty() && !is_rule(line) && !is_mark(line))
        .take(ROWS)
        .collect();
    let claims = SEPARATORS
        .iter()
        .filter_map(|cells| read(&lines, *cells))
        .max_by_key(Vec::len)
        .or_else(|| alternating(&lines));
    match claims {
        Some(claims) => {
            found.add(Content::Claims(claims));
            true
        }
        None => false,
    }
}

/// `|---|---|`, or a line of dashes.
fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.contains("--")
        && line
            .chars()
            .all(|c| matches!(c, '-' | '|' | ':' | '+' | ' ' | '\t'))
}

/// `sep=;`, which Excel puts first.
fn is_mark(line: &str) -> bool {
    let mark = line.trim().strip_prefix("sep=");
    mark.is_some_and(|separator| separator.chars().count() == 1)
}

type Cells = fn(&str) -> Vec<String>;

/// How columns are told apart; what a line separates more surely comes first.
const SEPARATORS: [Cells; 7] = [
    |line| cells(line.split('\t')),
    |line| match line.contains('|') {
        true => cells(line.trim().trim_matches('|').split('|')),
        false => Vec::new(),
    },
    |line| cells(line.trim().split("  ").filter(|cell| !cell.trim().is_empty())),
    |line| pair(line.split_once(" = ").or_else(|| line.split_once('='))),
    |line| pair(line.split_once(": ")),
    semicolon,
    comma,
];

fn cells<'a>(parts: impl Iterator<Item = &'a str>) -> Vec<String> {
    parts.map(cell).collect()
}

fn pair(parts: Option<(&str, &str)>) -> Vec<String> {
    parts.map(|(a, b)| vec![cell(a), cell(b)]).unwrap_or_default()
}

/// A line of CSV with this separator; None where it is none, or the other separator is the one that it has.
fn record(line: &str, separator: u8, other: char) -> Option<csv::StringRecord> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(line.as_bytes());
    let record = reader.records().next()?.ok()?;
    let has_other = record.get(0).is_some_and(|name| name.contains(other));
    (record.len() > 1 && !has_other).then_some(record)
}

/// As Excel writes it where a comma stands before decimals.
fn semicolon(line: &str) -> Vec<String> {
    match record(line, b';', ',') {
        Some(record) => record.iter().map(cell).collect(),
        None => Vec::new(),
    }
}

/// The value of the Role claim itself has a comma.
fn comma(line: &str) -> Vec<String> {
    let Some(record) = record(line, b',', ';') else {
        return Vec::new();
    };
    let name = record.get(0).unwrap_or_default();
    let is_pair = record.get(1).is_some_and(|second| second.starts_with("arn:"));
    match record.len() {
        2 | 3 if !is_pair => record.iter().map(cell).collect(),
        _ => vec![
            cell(name),
            cell(&record.iter().skip(1).collect::<Vec<_>>().join(",")),
        ],
    }
}

/// A cell as it is, less what surrounds it. What is inside, blanks too, may be the mistake that is looked for.
fn cell(text: &str) -> String {
    let text = text.trim_matches([' ', '\t']);
    let text = text.strip_prefix(['"', '`', '\'']).unwrap_or(text);
    let text = text.strip_suffix(['"', '`', '\'']).unwrap_or(text);
    text.chars().take(CELL).collect()
}

fn read(lines: &[&str], split: Cells) -> Option<Vec<ConfiguredClaim>> {
    let rows: Vec<Vec<String>> = lines
        .iter()
        .map(|line| split(line))
        .filter(|r| r.len() > 1)
        .collect();
    let head = rows.iter().position(|row| columns(row).is_some());
    let kinds = head.and_then(|at| columns(rows.get(at)?));
    let claims: Vec<ConfiguredClaim> = rows
        .iter()
        .skip(head.map_or(0, |at| at + 1))
        .filter_map(|row| claim(row, kinds.as_deref()))
        .collect();
    // Prose has colons and blanks too: what counts is a claim that AWS could be meant to read.
    claims.iter().any(|c| is_claim(&c.name)).then_some(claims)
}

/// What the cells of a heading are; None where they are none.
fn columns(row: &[String]) -> Option<Vec<Column>> {
    let kinds: Vec<Column> = row
        .iter()
        .map(|cell| match cell.to_lowercase().trim_matches('*').trim() {
            "name"
            | "claim name"
            | "claim"
            | "attribute"
            | "attribute name"
            | "saml attribute"
            | "assertion attribute" => Column::Name,
            "namespace" => Column::Namespace,
            "value" | "wert" | "quelle" | "source" | "source attribute" | "attribute value" | "values"
            | "user attribute" | "claim value" | "maps to" => Column::Source,
            _ => Column::Other,
        })
        .collect();
    (kinds.contains(&Column::Name) && kinds.contains(&Column::Source)).then_some(kinds)
}

fn claim(row: &[String], kinds: Option<&[Column]>) -> Option<ConfiguredClaim> {
    let of = |wanted: Column| {
        let at = kinds?.iter().position(|kind| *kind == wanted)?;
        row.get(at).map(String::as_str)
    };
    // A row that is shorter than its heading has lost a column that nobody filled.
    let whole = kinds.is_some_and(|kinds| kinds.len() == row.len());
    let (name, source) = if whole {
        (of(Column::Name)?, of(Column::Source)?)
    } else {
        (row.first()?.as_str(), row.last()?.as_str())
    };
    if name.is_empty() || name.chars().count() > 512 {
        return None;
    }
    let namespace = of(Column::Namespace).filter(|n| whole && !n.is_empty() && n.contains(':'));
    Some(ConfiguredClaim {
        name: match namespace {
            Some(namespace) => format!("{namespace}/{name}"),
            None => name.to_owned(),
        },
        source: source.to_owned(),
    })
}

/// A name that AWS reads, or one that is meant to be.
fn is_claim(name: &str) -> bool {
    let lower = name.to_lowercase();
    let short = ["role", "rolesessionname", "email"];
    lower.contains("aws.amazon.com")
        || lower.contains("principaltag")
        || lower.contains("rolesession")
        || lower.contains("/ws/2005/05/identity/claims")
        || lower.contains("unique user identifier")
        || short.contains(&lower.as_str())
}

/// Entra's listing as its cells are copied: a name, and the value on the next line.
fn alternating(lines: &[&str]) -> Option<Vec<ConfiguredClaim>> {
    let start = lines.iter().position(|line| is_claim(line.trim()))?;
    let mut claims = Vec::new();
    let mut rest = lines.get(start..)?.iter().map(|line| line.trim());
    while let Some(name) = rest.next() {
        let mut source = rest.next()?;
        if source == "SAML" {
            source = rest.next()?;
        }
        claims.push(ConfiguredClaim {
            name: cell(name),
            source: cell(source),
        });
    }
    let sources = |c: &ConfiguredClaim| {
        c.source.starts_with("user.") || c.source.starts_with('"') || c.source.contains("arn:")
    };
    claims.iter().any(sources).then_some(claims)
}
