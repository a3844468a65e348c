//! A letter to the administrator of the other side: plain text for a mail, exact, in the words of the portal.
//!
//! It says what is seen, where it is changed, what stands there and what has to stand there, and how to check it. It
//! holds no secret, and of people no more than the redacted address.

use super::fix::{Change, Fix};
use super::{Finding, Owner, RuleId, Severity, mark};
use crate::idp::{Entry, GuideStep, IdentityProvider, Values, Visit, guide};
use crate::redact::Redacted;
use crate::time::{Instant, format_instant};
use people::{is_about_a_person, people_out, shown};
use portal::{setting, step_of};
use std::cmp::Reverse;
use std::fmt::Write as _;

mod aws;
mod people;
mod portal;

/// Characters of a `mailto:` address that every system hands to its mail program.
pub const MAILTO_LENGTH: usize = 2_000;

/// Findings of one letter; more would not be read.
const MOST: usize = 10;

/// What a letter is about, besides findings.
#[derive(Clone, Debug)]
pub struct About<'a> {
    /// Whose portal.
    pub idp: IdentityProvider,
    /// Steps of the guide, those of further tags among them; of [`crate::idp::steps`] where there is a set-up.
    pub steps: Vec<GuideStep>,
    /// What the guide's placeholders stand for, as far as it is known; of [`crate::idp::values`].
    pub values: Values,
    /// Who tried to sign in: it is redacted here.
    pub person: Option<&'a str>,
    /// When.
    pub at: Instant,
    /// Whether there is a set-up of this program, whose plan does what AWS's administrator would do by hand.
    pub has_set_up: bool,
}

/// A letter, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Who gets it.
    pub to: Owner,
    /// One line.
    pub subject: String,
    /// Lines, without a greeting.
    pub body: String,
}

impl Letter {
    /// What this owner has to do, causes alone; None where it is nothing. Of a fix, only what is this owner's is
    /// asked for.
    pub fn new(to: Owner, findings: &[Finding], fix: Option<&Fix>, about: &About<'_>) -> Option<Letter> {
        let items = items(to, findings, fix);
        if items.is_empty() {
            return None;
        }
        let blocking = |f: &Finding| f.severity == Severity::Blocking;
        let blocked_here = items.iter().any(|(f, _)| blocking(f));
        let blocked = findings.iter().any(blocking);
        let app = about
            .values
            .get("app_name")
            .map_or("the application".to_owned(), |name| format!("“{name}”"));
        let vendor = about.idp.vendor();
        let many = match items.len() {
            1 => "one setting".to_owned(),
            n => format!("{n} settings"),
        };
        let side = match to {
            Owner::Idp => format!("{many} of {app} in {vendor}"),
            Owner::Aws => format!("{many} in AWS"),
            Owner::User => many,
        };
        let mut body = String::new();
        let person = about
            .person
            .map(|p| format!(" ({})", Redacted::of(p)))
            .unwrap_or_default();
        let said = match (blocked_here, blocked) {
            (true, _) => "does not pass",
            (false, true) => "does not pass. What stops it is on the other side; beside that",
            (false, false) => "passes, and may not always",
        };
        line(
            &mut body,
            &format!(
                "A sign-in to Amazon Q Business of {}{person} {said}: {side}.",
                format_instant(about.at)
            ),
        );
        match to {
            Owner::Idp => line(&mut body, &format!("Portal: {}", guide(about.idp).portal)),
            Owner::Aws => {
                if let Some(role) = about.values.get("role_arn") {
                    line(&mut body, &format!("Role of signed-in people: {role}"));
                }
            }
            Owner::User => {}
        }
        for (number, (finding, change)) in items.iter().take(MOST).enumerate() {
            body.push('\n');
            item(&mut body, number + 1, to, finding, *change, about);
        }
        if items.len() > MOST {
            line(&mut body, &format!("\nAnd {} more.", items.len() - MOST));
        }
        line(
            &mut body,
            "\nThen sign in once more, in a new private window of the browser.",
        );
        Some(Letter {
            to,
            subject: format!("Amazon Q Business sign-in: {side}"),
            body,
        })
    }

    /// As a `mailto:` address without a receiver; None where it is longer than mail programs take, and the text has
    /// to be copied.
    pub fn mailto(&self) -> Option<String> {
        let body = self.body.replace('\n', "\r\n");
        let address = format!(
            "mailto:?subject={}&body={}",
            percent(&self.subject),
            percent(&body)
        );
        (address.len() <= MAILTO_LENGTH).then_some(address)
    }
}

/// What one letter asks for, in the order of the findings: the changes of a fix that suffices, else every cause of
/// this owner. Where a change only answers what a cause of the same owner brings about, the cause stands there.
fn items<'a>(
    to: Owner,
    findings: &'a [Finding],
    fix: Option<&'a Fix>,
) -> Vec<(&'a Finding, Option<&'a Change>)> {
    let mut items: Vec<(usize, Option<&Change>)> = Vec::new();
    for change in fix.iter().flat_map(|f| &f.changes).filter(|c| c.owner == to) {
        let of_rule = || findings.iter().enumerate().filter(|(_, f)| f.id == change.rule);
        let is_free = |at: usize| !items.iter().any(|(other, _)| *other == at);
        let Some((at, finding)) = of_rule()
            .find(|(at, f)| is_free(*at) && (f.place == change.place || f.found == change.from))
            .or_else(|| of_rule().find(|(at, _)| is_free(*at)))
            .or_else(|| of_rule().next())
        else {
            continue;
        };
        match told(to, findings, finding) {
            None => items.push((at, Some(change))),
            Some(cause) if is_free(cause) => items.push((cause, None)),
            Some(_) => {}
        }
    }
    items.sort_by_key(|(at, _)| *at);
    let changed = items
        .into_iter()
        .filter_map(|(at, change)| Some((findings.get(at)?, change)))
        .collect::<Vec<_>>();
    if !changed.is_empty() {
        return changed;
    }
    findings
        .iter()
        .filter(|f| f.owner == to && f.caused_by.is_none() && f.severity != Severity::Info)
        .map(|f| (f, None))
        .collect()
}

/// Where the cause of this finding stands, if the same owner has to act and a message or an answer told it: a fix
/// knows only what it brings about.
fn told(to: Owner, findings: &[Finding], of: &Finding) -> Option<usize> {
    let mut cause = of.caused_by;
    for _ in findings {
        let (at, finding) = findings.iter().enumerate().find(|(_, f)| Some(f.id) == cause)?;
        if finding.is_said && finding.owner == to {
            return Some(at);
        }
        cause = finding.caused_by;
    }
    None
}

/// RFC 6068 takes no `+` for a blank.
fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

fn line(body: &mut String, text: &str) {
    body.push_str(text);
    body.push('\n');
}

fn item(
    body: &mut String,
    number: usize,
    to: Owner,
    finding: &Finding,
    change: Option<&Change>,
    about: &About<'_>,
) {
    let place = change.map_or(finding.place.as_str(), |c| c.place.as_str());
    let raw_now = change.map_or(finding.found.as_str(), |c| c.from.as_str());
    let raw_wanted = change.map_or(finding.expected.as_str(), |c| c.to.as_str());
    let about_person = is_about_a_person(finding.id, place);
    let now = shown(raw_now, about_person);
    let wanted = people::wanted(raw_wanted, about_person);
    line(
        body,
        &format!("{number}. {} [{}]", finding.title, number_of(finding.id)),
    );
    let visit = (to == Owner::Idp)
        .then(|| step_of(finding, change, place, about))
        .flatten()
        .map(|step| Visit::of(step, &about.values));
    if let Some(visit) = &visit {
        line(body, &format!("   Where: {}", way(&visit.path)));
    }
    let in_aws = (to == Owner::Aws).then(|| aws::of(aws::place(finding.id, place), raw_wanted, about));
    if let Some(aws) = &in_aws {
        let press: &[&str] = if about.has_set_up { &[] } else { aws.press };
        let labels = [&[aws.way.as_str()], press].concat();
        line(body, &format!("   Where: {}", way(&labels)));
    }
    line(body, &format!("   Seen at: {place}"));
    line(
        body,
        &format!("   Now: {}", if now.is_empty() { "nothing" } else { &now }),
    );
    if !wanted.is_empty() {
        line(body, &format!("   Must be: {wanted}"));
    }
    // What the guide enters is what stands there already, where a person's own value is the cause.
    let setting = setting(finding.id, about.idp).filter(|_| to == Owner::Idp);
    if let Some((label, value)) = setting {
        line(body, &format!("   {label}: {value}"));
    }
    let fields = visit
        .iter()
        .filter(|_| !about_person && setting.is_none())
        .flat_map(|v| &v.fields);
    let of_gallery = visit
        .as_ref()
        .is_some_and(|v| v.ids.iter().any(|id| id == "gallery-claims"));
    for field in
        fields.filter(|f| !of_gallery || finding.expected.ends_with(&f.label) || place.ends_with(&f.label))
    {
        match &field.entry {
            Entry::Copy(value) | Entry::Choose(value) => {
                line(body, &format!("   {}: {value}", field.label));
            }
            Entry::Leave(_) | Entry::Later => {}
        }
    }
    line(
        body,
        &format!(
            "   Do: {}",
            remedy(finding, raw_now, raw_wanted, about_person, about)
        ),
    );
    if let Some(command) = in_aws.and_then(|aws| aws.command).filter(|_| !about.has_set_up) {
        line(body, &format!("   By command: {command}"));
    }
    if let Some(note) = change.map(|c| &c.note).filter(|note| !note.is_empty()) {
        line(body, &format!("   Note: {}", people_out(note)));
    }
    line(body, &format!("   Check: {}", check(place, &wanted, to)));
}

/// F11 of F11-recipient-mismatch.
fn number_of(rule: RuleId) -> &'static str {
    rule.as_str().split('-').next().unwrap_or_default()
}

fn way<S: AsRef<str>>(path: &[S]) -> String {
    path.iter()
        .map(|label| match label.as_ref() {
            "{{app_name}}" => "the application",
            label => label,
        })
        .collect::<Vec<_>>()
        .join(" › ")
}

/// The act, without the person whose value it repeats.
fn remedy(finding: &Finding, now: &str, wanted: &str, about_person: bool, about: &About<'_>) -> String {
    let mut text = match about.has_set_up {
        true => finding.remedy.clone(),
        false => finding.by_hand.clone(),
    };
    // Where two names differ, that would spell one of them.
    let differs =
        mark::differs(&finding.expected, &finding.found).filter(|d| about_person && d.contains('“'));
    if let Some(rest) = differs.and_then(|d| text.strip_prefix(&d).map(|rest| rest.trim_start().to_owned())) {
        text = rest;
    }
    let seen = [now, &finding.found].map(|value| (value, shown(value, about_person)));
    let due = [wanted, &finding.expected].map(|value| (value, people::wanted(value, about_person)));
    // The longest first: one may stand inside another.
    let mut values: Vec<(&str, String)> = seen.into_iter().chain(due).collect();
    values.sort_by_key(|(value, _)| Reverse(value.chars().count()));
    for (value, shown) in values {
        if value.trim().chars().count() > 2 && (about_person || value.contains('@')) {
            text = text.replace(value, &shown);
        }
    }
    people_out(&text)
}

fn check(place: &str, wanted: &str, to: Owner) -> String {
    match (to, wanted.is_empty()) {
        (Owner::Aws, false) => format!("{place} is then as above."),
        (_, false) if place.starts_with("Claim") || place.starts_with("Tag") => {
            format!("{place} in the ID token of a new sign-in is then as above.")
        }
        (_, false) => format!("{place} in the response of a new sign-in is then as above."),
        (_, true) => "a new sign-in does not show it any more.".to_owned(),
    }
}
