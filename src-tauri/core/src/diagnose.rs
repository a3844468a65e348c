//! Explains a sign-in: every rule over the evidence, causes first, consequences folded under them.
//!
//! A finding is data, never an error. Rules decide in Rust; words are in `content/findings`.

use crate::idp::{GuideStep, IdentityProvider, guide};
use crate::time::Instant;
use serde::{Deserialize, Serialize};

mod case;
mod catalogue;
pub mod chat;
mod evidence;
pub mod fix;
pub mod kept;
pub mod letter;
pub mod mark;
mod question;
mod recognise;
mod rules;
mod stage;
mod symptom;

pub use case::{Case, Content, Origin, Piece, is_for_aws};
pub use catalogue::{Alone, RuleId, Words, words};
pub use evidence::{
    ConfiguredClaim, Evidence, Expected, HeldSubscription, Live, LiveRole, Message, RequestSeen,
    SamlProviderState, SecretState, Sts, TokenEvidence, TrailEvent, assume_request, trust_decision,
};
pub use question::{Need, Question, Ranked, Standing, questions, ranked};
pub use recognise::{
    MAX_INPUT, MAX_MESSAGE, MAX_PIECES, MAX_RECORDING, NotRecognised, Recognised, Unrecognised, recognise,
    recognise_all, recognise_from,
};
pub use stage::Stage;
pub use symptom::{ShownBy, Symptom, candidates, symptoms_of};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nobody, or this person, cannot sign in.
    Blocking,
    /// It works and will not always, or AWS is not known to mind.
    Warning,
    /// Good to know.
    Info,
}

/// Who has to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Owner {
    /// Whoever administers AWS.
    Aws,
    /// Whoever administers the identity provider.
    Idp,
    /// The person who signs in.
    User,
}

/// One thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Number in the catalogue and a short name.
    pub id: RuleId,
    /// How bad.
    pub severity: Severity,
    /// One sentence.
    pub title: String,
    /// What it should be; empty where there is no single value.
    pub expected: String,
    /// What it is; empty where it is missing.
    pub found: String,
    /// Where it stands.
    #[serde(rename = "where")]
    pub place: String,
    /// Who acts.
    pub owner: Owner,
    /// What to do, for whoever has a set-up of this program.
    pub remedy: String,
    /// What to do without one.
    #[serde(skip)]
    pub by_hand: String,
    /// The finding that explains this one.
    pub caused_by: Option<RuleId>,
    /// Id of the step of the provider's guide where it is mended; None where another than the provider's
    /// administrator acts.
    #[serde(skip)]
    pub step: Option<String>,
    /// Whether a message or an answer alone fired it, so that nothing of it can be judged again.
    #[serde(skip)]
    pub is_said: bool,
    /// Whether nothing but a text fired it that stands for other causes, too: it is the first to look at, and not
    /// known to be the one.
    #[serde(skip)]
    pub is_presumed: bool,
}

/// What a rule found, before words are put to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    expected: String,
    found: String,
    place: &'static str,
    /// Where the evidence makes it worse or better than the catalogue says.
    severity: Option<Severity>,
    /// Where the evidence shows who has to act.
    owner: Option<Owner>,
    /// Where the evidence knows the next act better than the catalogue.
    remedy: Option<String>,
    /// Where the evidence knows the steps of the guides better than the catalogue; else empty.
    steps: &'static [&'static str],
    /// What it explains where the evidence shows it to be the cause: nothing else then explains it.
    explains: &'static [RuleId],
    /// Whether a message or an answer alone fired it.
    is_said: bool,
    /// Whether it was a message that stands for several causes.
    is_presumed: bool,
}

/// Judges the evidence. The first finding, if it is blocking, is the cause to mend first.
pub fn diagnose(evidence: &Evidence) -> Vec<Finding> {
    let seen: Vec<(RuleId, Found)> = rules::ALL
        .iter()
        .flat_map(|(id, rule)| rule(evidence).into_iter().map(|found| (*id, found)))
        .collect();
    let fired: Vec<RuleId> = seen.iter().map(|(id, _)| *id).collect();
    let said = rules::said::said(evidence, &fired);
    let all = said.before.into_iter().chain(seen).chain(said.after);
    let all: Vec<(RuleId, Found)> = all.collect();
    let proven: Vec<(RuleId, &'static [RuleId])> = all
        .iter()
        .map(|(id, found)| (*id, found.explains))
        .filter(|(_, explains)| !explains.is_empty())
        .collect();
    let is_proven = |id: RuleId| proven.iter().any(|(cause, _)| *cause == id);
    let explains = |cause: RuleId, id: RuleId| {
        let shown = proven.iter().find(|(proven, _)| *proven == cause);
        !is_proven(id)
            && (words(cause).explains.contains(&id) || shown.is_some_and(|(_, all)| all.contains(&id)))
    };
    let mut findings: Vec<Finding> = all
        .into_iter()
        .map(|(id, found)| finding(id, found, evidence))
        .collect();
    let is_blocking = |f: &Finding| f.severity == Severity::Blocking;
    if evidence.sts_refused() && !findings.iter().any(is_blocking) {
        findings.push(finding(
            RuleId::Unexplained,
            rules::unexplained(evidence),
            evidence,
        ));
    }
    let fired: Vec<(RuleId, Severity)> = findings.iter().map(|f| (f.id, f.severity)).collect();
    for finding in &mut findings {
        // What only warns cannot be the cause of what blocks.
        finding.caused_by = fired
            .iter()
            .filter(|(cause, severity)| *cause != finding.id && *severity <= finding.severity)
            .map(|(cause, _)| *cause)
            .find(|cause| explains(*cause, finding.id));
    }
    // The rules stand in the order in which a sign-in meets them, so a stable sort is enough.
    findings.sort_by_key(|f| (f.caused_by.is_some(), f.severity));
    findings
}

/// Puts words to what a rule found.
fn finding(id: RuleId, mut found: Found, evidence: &Evidence) -> Finding {
    let words = words(id);
    shorten(&mut found.expected);
    shorten(&mut found.found);
    let idp = evidence.expected.idp;
    let alone = words.alone.as_ref().filter(|_| found.is_presumed);
    let owner = found.owner.or(alone.and_then(|a| a.owner)).unwrap_or(words.owner);
    let step = match found.steps {
        [] => step(idp, &words.steps),
        steps => step(idp, steps),
    };
    let template = found
        .remedy
        .as_deref()
        .unwrap_or_else(|| words.remedy_at(idp.vendor()));
    let value = |name: &str| match name {
        "differs" => Some(mark::differs(&found.expected, &found.found).map_or_else(String::new, |d| d + " ")),
        "email" => Some(guide(idp).email_source().to_owned()),
        // Where a message or an answer fired it, no value is known.
        "expected" if found.expected.is_empty() => Some("the value of the set-up".to_owned()),
        "expected" => Some(found.expected.clone()),
        "found" => Some(found.found.clone()),
        "idp" => Some(idp.vendor().to_owned()),
        "path" => Some(step.map_or_else(|| "the settings of the application".to_owned(), way)),
        _ => None,
    };
    let remedy = filled(&for_a_set_up(template, true), value);
    let by_hand = filled(&for_a_set_up(template, false), |name| match name {
        "expected" if found.expected.is_empty() => Some("the value that the guide names".to_owned()),
        name => value(name),
    });
    Finding {
        id,
        severity: found
            .severity
            .or(alone.and_then(|a| a.severity))
            .unwrap_or(words.severity),
        title: alone.map_or(&words.title, |a| &a.title).clone(),
        place: found.place.to_owned(),
        owner,
        remedy,
        by_hand,
        caused_by: None,
        step: step.filter(|_| owner == Owner::Idp).map(|s| s.id.clone()),
        is_said: found.is_said,
        is_presumed: found.is_presumed,
        expected: found.expected,
        found: found.found,
    }
}

/// Of what stands in `[[` `]]` the part before `||` for a set-up of this program, else the part after it, if any.
fn for_a_set_up(template: &str, there_is_one: bool) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, (inside, after))) = rest
        .split_once("[[")
        .and_then(|(before, tail)| Some((before, tail.split_once("]]")?)))
    {
        out.push_str(before);
        let (with, without) = inside.split_once("||").unwrap_or((inside, ""));
        out.push_str(if there_is_one { with } else { without });
        rest = after;
    }
    out.push_str(rest);
    out.trim().to_owned()
}

/// A value of a megabyte is no value to compare.
fn shorten(value: &mut String) {
    const MOST: usize = 8192;
    if let Some((at, _)) = value.char_indices().nth(MOST) {
        value.truncate(at);
        value.push('…');
    }
}

/// The first of these steps that the provider's guide has.
fn step<S: AsRef<str>>(idp: IdentityProvider, ids: &[S]) -> Option<&'static GuideStep> {
    let steps = &guide(idp).step;
    ids.iter()
        .find_map(|id| steps.iter().find(|s| s.id == id.as_ref()))
}

/// The way to a step through the portal, label by label, without the button that makes what is there already.
fn way(step: &GuideStep) -> String {
    let makes = |label: &String| label.starts_with("Add") || label.starts_with("Create");
    let path = match step.path.split_last() {
        Some((last, before)) if makes(last) && !before.is_empty() => before,
        Some(_) | None => &step.path,
    };
    let labels: Vec<&str> = path
        .iter()
        .map(|label| match label.as_str() {
            "{{app_name}}" => "the application",
            other => other,
        })
        .collect();
    labels.join(" › ")
}

/// Puts values in, once: what a value brings along is not looked at again.
fn filled(template: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        match after
            .split_once("}}")
            .and_then(|(name, tail)| Some((value(name)?, tail)))
        {
            Some((value, tail)) => {
                out.push_str(&value);
                rest = tail;
            }
            None => {
                out.push_str("{{");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// Days before a certificate's end at which people should be told.
pub const EXPIRY_STEPS: [i64; 6] = [90, 60, 30, 14, 7, 1];

/// Whether anything in the list stops a sign-in.
pub fn is_blocked(findings: &[Finding]) -> bool {
    findings.iter().any(|f| f.severity == Severity::Blocking)
}

/// STS takes a response for this long after it was issued (IAM: troubleshoot SAML federation).
pub const REDEEM_WITHIN_SECONDS: i64 = 300;

pub(crate) fn seconds_between(later: Instant, earlier: Instant) -> i64 {
    (later - earlier).whole_seconds()
}
