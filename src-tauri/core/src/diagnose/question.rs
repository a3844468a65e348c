//! What the evidence at hand cannot tell, and the next cheapest way to find it out.

use super::stage::Stage;
use super::{Evidence, Finding, RuleId, Severity, Sts, Symptom, candidates, words};
use crate::idp::Protocol;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::LazyLock;

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

/// A kind of evidence that rules stand on, the cheapest to get first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// The text that was shown.
    Message,
    /// A captured SAML response.
    Response,
    /// A captured ID token.
    Token,
    /// The role's trust policy.
    Trust,
    /// The identity provider's metadata, as AWS holds it.
    Metadata,
    /// The application and its web experience.
    Application,
    /// The role's permissions.
    Permissions,
    /// The IAM provider's own settings.
    Provider,
    /// The client secret's place and who may read it.
    Secret,
    /// Subscriptions of the application.
    Subscriptions,
    /// Groups and access lists of documents.
    Documents,
    /// Discovery document and keys of an OpenID provider.
    Discovery,
    /// STS's own answer, from a test sign-in or CloudTrail.
    Sts,
}

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

impl Need {
    /// All, the cheapest first.
    pub const ALL: &'static [Need] = &[
        Need::Message,
        Need::Response,
        Need::Token,
        Need::Trust,
        Need::Metadata,
        Need::Application,
        Need::Permissions,
        Need::Provider,
        Need::Secret,
        Need::Subscriptions,
        Need::Documents,
        Need::Discovery,
        Need::Sts,
    ];

    /// Whether asking for this one gets the other as well: one look at the application in AWS reads them together.
    fn comes_with(self, other: Need) -> bool {
        let read_together = |need| {
            matches!(
                need,
                Need::Trust
                    | Need::Metadata
                    | Need::Application
                    | Need::Permissions
                    | Need::Provider
                    | Need::Secret
                    | Need::Subscriptions
            )
        };
        self == other || read_together(self) && read_together(other)
    }

    /// Whether the evidence has it.
    pub fn is_met(self, e: &Evidence) -> bool {
        match self {
            Need::Message => !e.messages.is_empty(),
            Need::Response => e.view.is_some() || !e.table.is_empty(),
            Need::Token => e.token.as_ref().is_some_and(|t| t.claims().is_some()),
            Need::Trust => e.role.is_some(),
            Need::Metadata => e.metadata.is_some(),
            Need::Application => e.live.application.is_some(),
            Need::Permissions => e.live.permissions.is_some(),
            Need::Provider => e.live.saml_provider.is_some() || e.live.thumbprints.is_some(),
            Need::Secret => e.live.secret.is_some(),
            Need::Subscriptions => e.live.subscriptions.is_some(),
            Need::Documents => e.live.groups.is_some() || e.live.document_addresses.is_some(),
            Need::Discovery => e.token.as_ref().is_some_and(|t| t.discovery.is_some()),
            Need::Sts => e.sts.is_some() || !e.trail.is_empty(),
        }
    }
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
    let view = Outlook::new(evidence, symptom);
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
    let view = Outlook::new(evidence, symptom);
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
}

impl<'a> Outlook<'a> {
    fn new(evidence: &'a Evidence, symptom: Option<&'a Symptom>) -> Outlook<'a> {
        // A text that only one protocol can show tells more than the provider that somebody chose.
        let protocol = match symptom.map(|s| s.protocols.as_slice()) {
            Some([only]) => *only,
            _ => evidence.expected.idp.protocol(),
        };
        Outlook {
            evidence,
            symptom,
            protocol,
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

/// `content/needs.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NeedsFile {
    /// Why the rules about a signature that does not hold are ruled out.
    signature_holds: String,
    /// Where one look at AWS gets several.
    together: Together,
    need: BTreeMap<Need, NeedWords>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Together {
    ask: String,
    how: String,
    /// Before the ways of somebody who has no access to AWS here.
    offline: String,
}

/// What is said about a need.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NeedWords {
    /// What is missing, as a request.
    ask: String,
    /// How it is got, the cheapest way first; where both protocols have it in one way.
    #[serde(default)]
    how: String,
    /// How with SAML.
    saml: Option<String>,
    /// How with OpenID Connect.
    oidc: Option<String>,
    /// What somebody else can copy from AWS; empty where that is of no use.
    #[serde(default)]
    offline: String,
    /// Why a rule is ruled out once it is there.
    met: String,
}

static NEEDS: LazyLock<NeedsFile> = LazyLock::new(|| {
    toml::from_str(include_str!("../../content/needs.toml")).expect("the words of needs are read by a test")
});

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

    #[test]
    fn every_need_has_words() {
        for need in Need::ALL {
            let words = NEEDS
                .need
                .get(need)
                .unwrap_or_else(|| panic!("{need:?} has no words"));
            let both = words.saml.is_some() && words.oidc.is_some();
            let one = matches!(need, Need::Response) && words.saml.is_some()
                || matches!(need, Need::Token | Need::Discovery | Need::Secret) && words.oidc.is_some();
            assert!(both || one || !words.how.is_empty(), "{need:?}: no way to get it");
            assert!(
                words.ask.ends_with(['.', '?']) && words.met.ends_with('.'),
                "{need:?}"
            );
        }
    }
}
