//! What the evidence at hand cannot tell, and the next cheapest way to find it out.

use super::stage::Stage;
use super::{Evidence, Finding, RuleId, Severity, Sts, Symptom, candidates, words};
use crate::idp::Protocol;
use need::{NEEDS, NeedWords};
use serde::Serialize;

mod need;

pub use need::Need;

/// The most questions that are put at once.
const AT_ONCE: usize = 5;
/// The most that are put once a cause is proven.
const AFTER_A_CAUSE: usize = 2;

/// Rules whose fault shows in a signature that does not hold.
const BY_SIGNATURE: [RuleId; 4] = [
    RuleId::SignatureInvalid,
    RuleId::IssuerWrong,
    RuleId::MetadataGeneric,
    RuleId::CertificateInactive,
];

/// Something to find out next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Question {
    /// What is missing; None where an administrator answers with yes or no. Of what one look at AWS reads together
    /// ([`Need::Trust`], [`Need::Metadata`] and [`Need::Application`] to [`Need::Subscriptions`]) only the first.
    pub need: Option<Need>,
    /// The rule that is asked about; None where a need serves several.
    pub rule: Option<RuleId>,
    /// In words.
    pub ask: String,
    /// How it is found out most cheaply; empty for yes or no.
    pub how: String,
    /// Rules that it decides.
    pub decides: Vec<RuleId>,
}

/// How far the evidence has got with a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It fired.
    Proven,
    /// Something that it stands on is not known yet.
    Possible,
    /// What it stands on is known, and it did not fire; or somebody answered no.
    RuledOut,
}

/// A rule that may stand behind a symptom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ranked {
    /// Which.
    pub rule: RuleId,
    /// How far the evidence has got with it.
    pub standing: Standing,
    /// Why it is ruled out, in a sentence; empty for the others.
    pub why: String,
}

/// The rules that may stand behind the symptom: proven ones first, in the order of the findings, then possible ones
/// in order of how common they are, ruled-out ones last. Without a symptom every rule may.
pub fn ranked(evidence: &Evidence, symptom: Option<&Symptom>, findings: &[Finding]) -> Vec<Ranked> {
    let view = Outlook::new(evidence, symptom, findings);
    let considered = view.candidates();
    let mut ranked: Vec<Ranked> = Vec::new();
    let put = |rule, standing, why: String, ranked: &mut Vec<Ranked>| {
        if !ranked.iter().any(|r: &Ranked| r.rule == rule) {
            ranked.push(Ranked { rule, standing, why });
        }
    };
    for finding in findings.iter().filter(|f| f.id != RuleId::Unexplained) {
        let of_weight = finding.severity == Severity::Blocking && finding.caused_by.is_none();
        let standing = if finding.is_presumed {
            Standing::Possible
        } else {
            Standing::Proven
        };
        if of_weight || considered.contains(&finding.id) {
            put(finding.id, standing, String::new(), &mut ranked);
        }
    }
    for rule in considered {
        match view.ruled_out(rule) {
            None => put(rule, Standing::Possible, String::new(), &mut ranked),
            Some(why) => put(rule, Standing::RuledOut, why, &mut ranked),
        }
    }
    ranked.sort_by_key(|r| r.standing);
    ranked
}

/// What to find out next: what the evidence cannot decide yet, by what is missing, the cheapest first, at most five.
///
/// Once a cause is proven, only what could show a second one on the same part of the way is asked: the rest of
/// the way cannot be seen before the cause is mended, and what came before was passed.
pub fn questions(evidence: &Evidence, symptom: Option<&Symptom>, findings: &[Finding]) -> Vec<Question> {
    let view = Outlook::new(evidence, symptom, findings);
    let proven: Vec<&Finding> = findings.iter().filter(|f| view.is_proven(f)).collect();
    let sure = findings.iter().filter(|f| !f.is_presumed);
    let explained = explained(sure.clone());
    let open: Vec<RuleId> = view
        .candidates()
        .into_iter()
        .filter(|rule| !sure.clone().any(|f| f.id == *rule) && !explained.contains(rule))
        .filter(|rule| proven.iter().all(|f| is_beside(f.id.stage(), rule.stage())))
        .filter(|rule| view.ruled_out(*rule).is_none())
        .collect();
    // Where nothing but a yes can tell of the most common causes, it is asked before anything is captured.
    let only_asked = |rule: &&RuleId| words(**rule).needs.is_empty();
    let first: Vec<RuleId> = open.iter().take_while(only_asked).copied().collect();
    let mut list: Vec<Question> = first.iter().filter_map(|rule| view.ask(*rule)).collect();
    let missing = |need: &&Need| open.iter().any(|rule| view.missing(*rule).contains(need));
    let needs: Vec<Need> = Need::ALL.iter().filter(missing).copied().collect();
    for (i, need) in needs.iter().enumerate() {
        let together: Vec<Need> = needs
            .iter()
            .copied()
            .filter(|other| need.comes_with(*other))
            .collect();
        // What is got by one act is one question, in the place of the cheapest.
        if needs.iter().take(i).any(|earlier| together.contains(earlier)) {
            continue;
        }
        let decided = |rule: &RuleId| view.missing(*rule).iter().any(|need| together.contains(need));
        list.push(view.question(&together, open.iter().copied().filter(decided).collect()));
    }
    let later = open.iter().filter(|rule| !first.contains(rule));
    list.extend(later.filter_map(|rule| view.ask(*rule)));
    list.truncate(if proven.is_empty() { AT_ONCE } else { AFTER_A_CAUSE });
    list
}

/// Two faults on one part of the way may both be there; the identity provider's page shows one at a time.
fn is_beside(proven: Stage, other: Stage) -> bool {
    proven == other && matches!(proven, Stage::SignIn | Stage::Chat)
}

/// What the findings explain, through any number of steps.
fn explained<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<RuleId> {
    let mut seen: Vec<RuleId> = Vec::new();
    let mut todo: Vec<RuleId> = findings.map(|f| f.id).collect();
    while let Some(rule) = todo.pop() {
        for next in &words(rule).explains {
            if !seen.contains(next) {
                seen.push(*next);
                todo.push(*next);
            }
        }
    }
    seen
}

/// The evidence as the symptom lets it be seen.
struct Outlook<'a> {
    evidence: &'a Evidence,
    symptom: Option<&'a Symptom>,
    protocol: Protocol,
    findings: &'a [Finding],
}

impl<'a> Outlook<'a> {
    fn new(evidence: &'a Evidence, symptom: Option<&'a Symptom>, findings: &'a [Finding]) -> Outlook<'a> {
        // A text that only one protocol can show tells more than the provider that somebody chose.
        let protocol = match symptom.map(|s| s.protocols.as_slice()) {
            Some([only]) => *only,
            _ => evidence.expected.idp.protocol(),
        };
        Outlook {
            evidence,
            symptom,
            protocol,
            findings,
        }
    }

    fn candidates(&self) -> Vec<RuleId> {
        let all = self.symptom.map_or(RuleId::ALL, candidates);
        let idp = self.evidence.expected.idp;
        // A text of one vendor tells whose portal it is, whatever was chosen.
        let sure = self.symptom.is_some_and(|s| s.shown_by.vendor().is_some());
        all.iter()
            .copied()
            .filter(|rule| *rule != RuleId::Unexplained)
            .filter(|rule| sure || rule.concerns(self.protocol, idp))
            .collect()
    }

    fn needs(&self, rule: RuleId) -> Vec<Need> {
        words(rule)
            .needs
            .iter()
            .map(|need| match (need, self.protocol) {
                // A rule about tags looks at whichever of the two there is.
                (Need::Response, Protocol::Oidc) => Need::Token,
                (Need::Token, Protocol::Saml) => Need::Response,
                (need, _) => *need,
            })
            .collect()
    }

    fn is_met(&self, need: Need) -> bool {
        need.is_met(self.evidence) || need == Need::Message && self.symptom.is_some_and(|s| s.literal)
    }

    fn missing(&self, rule: RuleId) -> Vec<Need> {
        let mut needs = self.needs(rule);
        needs.retain(|need| !self.is_met(*need));
        needs
    }

    /// Why the rule is no longer possible, if it is not.
    fn ruled_out(&self, rule: RuleId) -> Option<String> {
        let words = words(rule);
        if self.evidence.answers.get(&rule) == Some(&false) {
            return Some("You answered no.".to_owned());
        }
        if BY_SIGNATURE.contains(&rule) && self.signature_holds() {
            return Some(NEEDS.signature_holds.clone());
        }
        if rule.stage() == Stage::Provider && self.response_was_sent() {
            return Some(self.filled(&NEEDS.response_sent));
        }
        // Where a question is left, the evidence alone does not decide.
        if words.ask.is_some() || !self.missing(rule).is_empty() {
            return None;
        }
        let last = self.needs(rule).into_iter().max()?;
        Some(NEEDS.need.get(&last).map(|n| n.met.clone()).unwrap_or_default())
    }

    /// It was verified, or STS took the response.
    fn signature_holds(&self) -> bool {
        let verified = matches!(self.evidence.verdict, Some(Ok(_)));
        verified || self.protocol == Protocol::Saml && self.evidence.sts == Some(Sts::Accepted)
    }

    /// The identity provider let the person in just now: its own pages are behind. An older response tells nothing,
    /// and of one that nobody verified not even whose it is.
    fn response_was_sent(&self) -> bool {
        let e = self.evidence;
        let verified = matches!(e.verdict, Some(Ok(_)))
            || matches!(e.token.as_ref().and_then(|t| t.verdict.as_ref()), Some(Ok(_)));
        let against = |f: &Finding| match f.id {
            RuleId::Stale | RuleId::TokenExpired | RuleId::StatusNotSuccess => true,
            id => id.stage() == Stage::Provider && !f.is_presumed,
        };
        verified && !self.findings.iter().any(against)
    }

    fn ask(&self, rule: RuleId) -> Option<Question> {
        if self.evidence.answers.contains_key(&rule) {
            return None;
        }
        Some(Question {
            need: None,
            rule: Some(rule),
            ask: self.filled(words(rule).ask_at(self.evidence.expected.idp.vendor())?),
            how: String::new(),
            decides: vec![rule],
        })
    }

    fn question(&self, together: &[Need], decides: Vec<RuleId>) -> Question {
        let own = |need: &Need| NEEDS.need.get(need).expect("every need has words: a test looks");
        let all: Vec<&NeedWords> = together.iter().map(own).collect();
        let (ask, mut how) = match all.as_slice() {
            [one] => (&one.ask, self.how(one).to_owned()),
            _ => (&NEEDS.together.ask, NEEDS.together.how.clone()),
        };
        let offline: Vec<&str> = all
            .iter()
            .map(|w| w.offline.as_str())
            .filter(|w| !w.is_empty())
            .collect();
        if !offline.is_empty() {
            how = format!("{how} {} {}.", NEEDS.together.offline, offline.join("; "));
        }
        Question {
            need: together.first().copied(),
            rule: None,
            ask: self.filled(ask),
            how: self.filled(&how),
            decides,
        }
    }

    fn how<'w>(&self, words: &'w NeedWords) -> &'w str {
        let own = match self.protocol {
            Protocol::Saml => &words.saml,
            Protocol::Oidc => &words.oidc,
        };
        own.as_ref().unwrap_or(&words.how)
    }

    fn filled(&self, text: &str) -> String {
        text.replace("{{idp}}", self.evidence.expected.idp.vendor())
    }

    /// A cause that is known for sure: not one that was read from a response which nobody verified.
    fn is_proven(&self, finding: &Finding) -> bool {
        let e = self.evidence;
        let verified = e.verdict.is_some() || e.token.as_ref().is_some_and(|t| t.verdict.is_some());
        let of_capture = |need: &Need| matches!(need, Need::Response | Need::Token);
        let said = matches!(
            finding.place.as_str(),
            "Message" | "Answer" | "STS" | "CloudTrail"
        );
        finding.severity == Severity::Blocking
            && !finding.is_presumed
            && finding.id != RuleId::Unexplained
            && finding.caused_by.is_none()
            && (said || verified || !words(finding.id).needs.iter().any(of_capture))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_says_how_it_is_decided() {
        for id in RuleId::ALL {
            let words = words(*id);
            assert!(!words.needs.is_empty() || words.ask.is_some(), "{id}");
            let by_text = words.needs == [Need::Message];
            assert!(!by_text || !words.says.is_empty(), "{id}: which text?");
        }
    }
}
