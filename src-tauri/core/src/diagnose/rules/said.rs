//! Rules that fire by what somebody was shown or answered: a text that is documented and means one cause alone,
//! or a yes to the rule's question.
//!
//! Nothing here reads a meaning into a text. What has many causes is a symptom (`diagnose::symptom`); what is a
//! cause only beside other evidence is in `inferred`.

use super::{Evidence, Found, RuleId, Severity, Sts};
use crate::diagnose::stage::Stage;
use crate::diagnose::symptom::Folded;
use crate::diagnose::words;
use crate::redact::without_people;

mod inferred;

/// Characters of a text that are looked at: an error page is shorter, and a whole log is cut.
const LOOKED_AT: usize = 100_000;
/// Texts that are looked at, the first ones; a case of people has a handful.
const TEXTS: usize = 200;
/// Characters of a text that a finding repeats.
const EXCERPT: usize = 300;

/// The rules, beside those in `fired`, that a text or an answer fires: those of the identity provider's own
/// pages apart, because a sign-in meets these before anything else.
pub(in crate::diagnose) struct Said {
    /// Shown by the identity provider, which then sends no response.
    pub before: Vec<(RuleId, Found)>,
    /// Everything else.
    pub after: Vec<(RuleId, Found)>,
}

/// Looks at every text and answer once.
pub(in crate::diagnose) fn said(e: &Evidence, fired: &[RuleId]) -> Said {
    let texts = texts(e);
    let mut said = Said {
        before: Vec::new(),
        after: Vec::new(),
    };
    if texts.is_empty() && e.answers.is_empty() && e.trail.is_empty() {
        return said;
    }
    for id in RuleId::ALL {
        if fired.contains(id) {
            continue;
        }
        let told = by_answer(e, *id).or_else(|| by_text(e, &texts, *id));
        let Some(found) = told.or_else(|| inferred::inferred(e, &texts, fired, *id)) else {
            continue;
        };
        if id.stage() == Stage::Provider {
            said.before.push((*id, found));
        } else {
            said.after.push((*id, found));
        }
    }
    said
}

fn by_answer(e: &Evidence, id: RuleId) -> Option<Found> {
    let asked = words(id).ask.is_some() && e.answers.get(&id) == Some(&true);
    asked.then(|| found(id, "Answer", "yes".to_owned()))
}

fn by_text(e: &Evidence, texts: &[Text], id: RuleId) -> Option<Found> {
    if e.answers.get(&id) == Some(&false) {
        return None;
    }
    texts
        .iter()
        .filter(|text| !text.is_history(e, id))
        .find_map(|text| {
            let (start, end) = words(id).says.iter().find_map(|says| text.folded.find(says))?;
            let mut found = found(id, text.place, excerpt(&text.raw, start, end));
            if let Some(alone) = &words(id).alone {
                found.is_presumed = true;
                found.remedy = Some(alone.remedy.clone());
            }
            // AWS gave it as the reason why it let nobody in, however mild it is elsewhere.
            if text.place == "STS" || id.stage() == Stage::SignIn {
                found.severity = Some(Severity::Blocking);
            }
            Some(found)
        })
}

fn found(id: RuleId, place: &'static str, found: String) -> Found {
    Found {
        found,
        place,
        remedy: words(id).unseen.clone(),
        is_said: true,
        ..Found::default()
    }
}

/// What rules look for in a text, and nothing else of it: a text that somebody was shown may name anybody in any
/// form.
pub(in crate::diagnose) fn known(text: &str) -> Vec<&'static str> {
    let folded = Folded::of(&text.chars().take(LOOKED_AT).collect::<String>());
    let mut known: Vec<&'static str> = Vec::new();
    let says = RuleId::ALL.iter().flat_map(|id| &words(*id).says);
    for says in says.map(String::as_str).chain(inferred::phrases()) {
        if folded.find(says).is_some() && !known.contains(&says) {
            known.push(says);
        }
    }
    known
}

struct Text {
    place: &'static str,
    raw: String,
    folded: Folded,
    /// It is not from the sign-in that was captured, or nobody knows.
    foreign: bool,
}

impl Text {
    fn new(place: &'static str, text: &str, foreign: bool) -> Text {
        let raw: String = text.chars().take(LOOKED_AT).collect();
        Text {
            place,
            folded: Folded::of(&raw),
            raw,
            foreign,
        }
    }

    /// Once STS has let this person in, an older text about the way to STS is mended.
    fn is_history(&self, e: &Evidence, id: RuleId) -> bool {
        self.foreign && e.sts == Some(Sts::Accepted) && id < RuleId::Unexplained
    }
}

/// STS's own answer first: it is about this sign-in for sure.
fn texts(e: &Evidence) -> Vec<Text> {
    let mut texts = Vec::new();
    if let Some(Sts::Refused { code, message }) = &e.sts {
        texts.push(Text::new("STS", &format!("{code}: {message}"), false));
    }
    // Of recorded sign-ins the newest tells how things are; one that was let in tells of no fault.
    if let Some(event) = e.trail.first()
        && (event.error_code.is_some() || event.error_message.is_some())
    {
        let code = event.error_code.as_deref().unwrap_or_default();
        let message = event.error_message.as_deref().unwrap_or_default();
        let foreign = e.captured_at.is_none_or(|at| event.at < at);
        texts.push(Text::new("CloudTrail", &format!("{code}: {message}"), foreign));
    }
    if let Some(message) = e.view.as_ref().and_then(|v| v.status_message.as_deref()) {
        texts.push(Text::new("Status", message, false));
    }
    for message in e.messages.iter().take(TEXTS) {
        let later = |at| e.captured_at.is_some_and(|captured| at > captured);
        texts.push(Text::new(
            "Message",
            &message.text,
            !message.at.is_some_and(later),
        ));
    }
    texts
}

/// The words around `start..end`, without people; the part that was recognised is as it is.
fn excerpt(raw: &str, start: usize, end: usize) -> String {
    let (Some(before), Some(hit), Some(after)) = (raw.get(..start), raw.get(start..end), raw.get(end..))
    else {
        return String::new();
    };
    let hit: String = hit.chars().take(EXCERPT).collect();
    let room = EXCERPT - hit.chars().count();
    let lead = whole_words_at_end(&nobody(line_end(before)), room / 3);
    let rest = nobody(whole_line(after));
    let mut out = format!("{lead}{hit}");
    out.extend(rest.chars().take(room.saturating_sub(lead.chars().count())));
    out.trim().to_owned()
}

/// Without addresses and principals, and without what stands in quotes after “user” or “account”: Entra ID puts
/// a person's whole name there.
fn nobody(text: &str) -> String {
    let text = without_people(text);
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(open) = quote(rest, |before, _| before) {
        let (before, quoted) = rest.split_at(open);
        // The quotes are of one byte, so the one that opens is skipped.
        let inner = quoted.get(1..).unwrap_or_default();
        let end = quote(inner, |_, after| after).map_or(quoted.len(), |at| at + 2);
        let (whole, after) = quoted.split_at(end);
        let word = before.trim_end().rsplit(|c: char| !c.is_alphabetic()).next();
        let of_person = word.is_some_and(|w| {
            ["user", "account"]
                .iter()
                .any(|kind| w.eq_ignore_ascii_case(kind))
        });
        out.push_str(before);
        out.push_str(if of_person { "'…'" } else { whole });
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The first quote that has no letter or digit on the side that `side` chooses: an apostrophe has one on both.
fn quote(text: &str, side: fn(Option<char>, Option<char>) -> Option<char>) -> Option<usize> {
    text.match_indices(['\'', '"'])
        .map(|(at, found)| (at, at + found.len()))
        .find(|(start, end)| {
            let before = text.get(..*start).and_then(|t| t.chars().next_back());
            let after = text.get(*end..).and_then(|t| t.chars().next());
            side(before, after).is_none_or(|c| !c.is_alphanumeric())
        })
        .map(|(start, _)| start)
}

/// What stands before on the same line.
fn line_end(text: &str) -> &str {
    text.rsplit(['\n', '\r']).next().unwrap_or_default()
}

/// The rest of the line.
fn whole_line(text: &str) -> &str {
    text.split(['\n', '\r']).next().unwrap_or_default()
}

fn whole_words_at_end(text: &str, limit: usize) -> String {
    let count = text.chars().count();
    if count <= limit {
        return text.to_owned();
    }
    let tail: String = text.chars().skip(count - limit).collect();
    match tail.split_once(char::is_whitespace) {
        Some((_, words)) => words.to_owned(),
        None => String::new(),
    }
}
