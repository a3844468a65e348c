//! A letter to the administrator of the other side: plain text for a mail, exact, in the words of the portal.
//!
//! It says what is seen, where it is changed, what stands there and what has to stand there, and how to check it. It
//! holds no secret, and of people no more than the redacted address.

use super::fix::{Change, Fix};
use super::{Finding, Owner, RuleId, Severity};
use crate::claims::NAMESPACE;
use crate::idp::{Entry, GuideStep, IdentityProvider, Values, Visit, guide};
use crate::redact::{Redacted, without_people};
use crate::time::{Instant, format_instant};
use std::fmt::Write as _;

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
        let mine: Vec<&Finding> = findings
            .iter()
            .filter(|f| f.owner == to && f.caused_by.is_none() && f.severity != Severity::Info)
            .collect();
        let changes: Vec<&Change> = fix
            .map(|f| f.changes.iter().filter(|c| c.owner == to).collect())
            .unwrap_or_default();
        // A fix that suffices says what has to change: the rest would only be work.
        let items: Vec<(&Finding, Option<&Change>)> = match changes.as_slice() {
            [] => mine.iter().map(|f| (*f, None)).collect(),
            changes => findings
                .iter()
                .filter_map(|f| Some((f, Some(*changes.iter().find(|c| c.rule == f.id)?))))
                .collect(),
        };
        if items.is_empty() {
            return None;
        }
        let blocked = items.iter().any(|(f, _)| f.severity == Severity::Blocking);
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
        let said = if blocked {
            "does not pass"
        } else {
            "passes, and may not always"
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
    let wanted = shown(raw_wanted, false);
    line(
        body,
        &format!("{number}. {} [{}]", finding.title, number_of(finding.id)),
    );
    let visit = (to == Owner::Idp)
        .then(|| step_of(finding, change, place, about))
        .flatten()
        .map(|step| Visit::of(step, &about.values));
    match &visit {
        Some(visit) => line(body, &format!("   Where: {}", way(&visit.path))),
        None if to == Owner::Aws => line(body, &format!("   Where: {}", aws_way(place, about))),
        None => {}
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
    let fields = visit.iter().filter(|_| !about_person).flat_map(|v| &v.fields);
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
        &format!("   Do: {}", remedy(finding, raw_now, raw_wanted, about_person)),
    );
    line(body, &format!("   Check: {}", check(place, &wanted, to)));
}

/// F11 of F11-recipient-mismatch.
fn number_of(rule: RuleId) -> &'static str {
    rule.as_str().split('-').next().unwrap_or_default()
}

/// The step of the guide where it is changed: of the fix, of the finding, else of the place where it was seen.
fn step_of<'a>(
    finding: &Finding,
    change: Option<&Change>,
    place: &str,
    about: &'a About<'_>,
) -> Option<&'a GuideStep> {
    let by_id = |id: &str| about.steps.iter().find(|s| s.id == id);
    let of_place = || {
        steps_of_place(place, &finding.expected)
            .iter()
            .find_map(|id| by_id(id))
    };
    // With app roles, whoever has none was assigned without one.
    let of_person = || {
        let assigned = finding.id == RuleId::RoleMissing && by_id("app-role").is_some();
        by_id("assign").filter(|_| assigned)
    };
    // A rule about any claim has steps for all of them; the place or the name that is expected says which.
    let of_claim = || {
        let says = place.starts_with("Attribute ") || finding.expected.starts_with(NAMESPACE);
        of_place().filter(|_| says)
    };
    change
        .and_then(|c| by_id(c.step.as_deref()?))
        .or_else(of_person)
        .or_else(of_claim)
        .or_else(|| by_id(finding.step.as_deref()?))
        .or_else(of_place)
}

/// Where a portal has what a response or token has here; the first step that the guide knows.
fn steps_of_place(place: &str, expected: &str) -> &'static [&'static str] {
    let has = |part: &str| place.contains(part) || (place == "AttributeStatement" && expected.contains(part));
    match () {
        () if has("RoleSessionName") => &["session-name-claim", "gallery-claims"],
        () if has("SessionDuration") => &["gallery-claims"],
        () if has("Role") => &["app-role", "role-claim"],
        () if has("PrincipalTag") => &["email-claim"],
        () if has("aws.amazon.com/tags") || has("Tag Email") => &["tags-claim"],
        () if has("NameID") || place == "Subject" => &["name-id", "saml-settings"],
        () if has("Recipient") || has("Audience") || has("SubjectConfirmation") => {
            &["basic-saml", "saml-settings", "acs", "redirect"]
        }
        () if has("ignature") || has("ertificate") || has("etadata") || has("Issuer") => &["metadata"],
        () if has("Claim iss") => &["issuer"],
        () if has("Claim aud") || has("Claim azp") => &["client"],
        () => &[],
    }
}

/// The way to a place in the AWS console.
fn aws_way(place: &str, about: &About<'_>) -> String {
    let role = about.values.get("role_name").map_or("the role", String::as_str);
    match place {
        p if p.starts_with("Trust policy") => way(&["IAM", "Roles", role, "Trust relationships"]),
        p if p.starts_with("Permission") => way(&["IAM", "Roles", role, "Permissions"]),
        p if p.starts_with("IAM provider") => way(&["IAM", "Identity providers"]),
        "IAM" => way(&["IAM"]),
        p if p.contains("ertificate") || p.contains("etadata") || p.contains("ignature") => {
            way(&["IAM", "Identity providers", "the provider", "Replace metadata"])
        }
        p if p.contains("eb experience") => way(&["Amazon Q Business", "the application", "Web experience"]),
        _ => "AWS".to_owned(),
    }
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

/// Whether what was found there says who somebody is, even without an `@`.
fn is_about_a_person(rule: RuleId, place: &str) -> bool {
    matches!(
        rule,
        RuleId::TagInvalid | RuleId::EmailSeveral | RuleId::AddressDiffers
    ) || [
        "RoleSessionName",
        "PrincipalTag",
        "NameID",
        "Tag Email",
        "Claim sub",
        "Claim nonce",
    ]
    .iter()
    .any(|part| place.contains(part) && !place.ends_with("Format"))
}

/// A value as it may be sent: of a person, what is wrong with it and not who it is.
fn shown(value: &str, about_person: bool) -> String {
    let clean: String = value
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(600)
        .collect();
    if value.trim().is_empty() {
        return match value.chars().count() {
            0 => String::new(),
            n => format!("{n} blank characters"),
        };
    }
    let is_address = clean.contains('@')
        && !clean.contains("://")
        && !clean.contains("arn:")
        && clean.split_whitespace().count() == 1;
    if !about_person && !is_address {
        return people_out(&clean);
    }
    let odd: Vec<String> = clean
        .chars()
        .filter(|c| !c.is_ascii_alphanumeric() && !"_+=,.@-".contains(*c))
        .fold(Vec::new(), |mut seen, c| {
            let name = match c {
                ' ' => "a blank".to_owned(),
                c if c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}') => {
                    format!("U+{:04X}", u32::from(c))
                }
                // A letter would say more of the name than is needed.
                c if c.is_alphabetic() => "a letter outside a–z".to_owned(),
                c => format!("“{c}”"),
            };
            if !seen.contains(&name) && seen.len() < 8 {
                seen.push(name);
            }
            seen
        });
    let with = if odd.is_empty() {
        String::new()
    } else {
        format!(", with {}", odd.join(" and "))
    };
    let guest = if clean.to_ascii_uppercase().contains("#EXT#") {
        ", the name of a guest"
    } else {
        ""
    };
    format!(
        "{} ({} characters{with}{guest})",
        Redacted::of(&clean),
        value.chars().count()
    )
}

/// A sign by itself is no address: rules list the characters that AWS takes.
fn people_out(text: &str) -> String {
    let mut alone = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        let ends = chars.peek().is_none_or(|next| !next.is_alphanumeric());
        // A control character is in no text here.
        alone.push(if c == '@' && before == ' ' && ends {
            '\u{1}'
        } else {
            c
        });
        before = c;
    }
    without_people(&alone).replace('\u{1}', "@")
}

/// The act, without the person whose value it repeats.
fn remedy(finding: &Finding, now: &str, wanted: &str, about_person: bool) -> String {
    let mut text = finding.remedy.clone();
    for value in [now, wanted, &finding.found, &finding.expected] {
        let about_person = about_person && (value == now || value == finding.found);
        if value.trim().chars().count() > 2 && (about_person || value.contains('@')) {
            text = text.replace(value, &shown(value, about_person));
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
