//! From the open case to what its screen shows.

use super::{
    AboutView, AdmissionView, CaseOutcome, CaseView, CauseView, ChangeToMake, ChatView, ClaimView, FixView,
    PieceView, QuestionView, RuledOutView, SpanView, SymptomView,
};
use crate::open_case::OpenCase;
use crate::view::{FindingView, GuideStepView, MilestoneView, SignatureView, owner, words};
use claimbridge_core::diagnose::fix::{self, Change, Fix, Reach};
use claimbridge_core::diagnose::words as said_of;
use claimbridge_core::diagnose::{
    Evidence, Finding, Need, Owner, Question, RuleId, ShownBy, Standing, Sts, Symptom, diagnose, is_blocked,
    questions, ranked,
};
use claimbridge_core::idp::{IdentityProvider, Values, Visit, guide};
use claimbridge_core::plan::Action;
use claimbridge_core::resource::HeldSignIn;
use claimbridge_core::time::{Instant, format_instant};
use claimbridge_runtime::diagnose::plan_makes;
use claimbridge_runtime::judge;

impl From<&Symptom> for SymptomView {
    fn from(symptom: &Symptom) -> SymptomView {
        SymptomView {
            id: symptom.id.clone(),
            message: symptom.message.clone(),
            place: match symptom.shown_by {
                ShownBy::Aws => "AWS, while something is made or changed",
                ShownBy::AwsSignIn => "AWS’s sign-in page",
                ShownBy::Entra => "Entra ID’s sign-in page or portal",
                ShownBy::Nobody => "Nobody says anything",
                ShownBy::Okta => "Okta’s sign-in page",
                ShownBy::QBusiness => "Amazon Q Business, to a program",
                ShownBy::Sts => "AWS STS",
                ShownBy::WebExperience => "The web experience",
            }
            .into(),
            literal: symptom.literal,
        }
    }
}

impl CaseView {
    /// For the screen.
    pub fn of(open: &OpenCase, now: Instant) -> CaseView {
        let weighed = open.weigh(now);
        let evidence = &weighed.evidence;
        let findings = diagnose(evidence);
        let asked = questions(evidence, open.symptom, &findings);
        let values = open.values();
        let plan = open.of.as_ref().and_then(|of| of.plan.as_ref());
        let idp = evidence.expected.idp;
        let possible: Vec<QuestionView> = asked.iter().map(QuestionView::from).collect();
        let known = !open.case.pieces.is_empty() || open.looked.is_some() || open.symptom.is_some();
        let outcome = if is_blocked(&findings) {
            CaseOutcome::Blocked
        } else if evidence.sts == Some(Sts::Accepted) {
            CaseOutcome::Passed
        } else if !known {
            CaseOutcome::Empty
        } else if possible.is_empty() {
            CaseOutcome::Clear
        } else {
            CaseOutcome::Open
        };
        let has_token = evidence.token.as_ref().is_some_and(|t| t.claims().is_some());
        let shown = match &open.of {
            Some(_) => findings.clone(),
            None => unmanaged(&findings),
        };
        let judged = match &evidence.view {
            Some(view) => Some(judge::conclude(evidence, view)),
            None => has_token.then(|| judge::conclude_token(evidence)),
        };
        CaseView {
            about: about(open, evidence),
            outcome,
            pieces: (0..)
                .zip(&open.case.pieces)
                .map(|(i, piece)| PieceView::of(open, &weighed, i, piece))
                .collect(),
            proven: causes(&shown, idp, &values),
            // Whoever passed is asked nothing more.
            possible: if outcome == CaseOutcome::Passed {
                Vec::new()
            } else {
                possible
            },
            ruled_out: ruled_out(open, evidence, &findings),
            fixes: fix::smallest(evidence)
                .iter()
                .map(|f| FixView {
                    planned: plan.is_some_and(|plan| plan_makes(plan, f, evidence, &open.case)),
                    ..FixView::of(f, &findings, idp, &values)
                })
                .collect(),
            admission: AdmissionView::of(evidence, &findings),
            chat: ChatView::of(evidence),
            claims: judged
                .as_ref()
                .map(|j| claims(&j.claims, &findings))
                .unwrap_or_default(),
            signature: weighed.signature().map(SignatureView::from),
            timeline: judged
                .iter()
                .flat_map(|j| &j.timeline)
                .map(MilestoneView::from)
                .collect(),
        }
    }
}

fn about(open: &OpenCase, evidence: &Evidence) -> AboutView {
    let idp = evidence.expected.idp;
    let live = open.looked.as_ref().map(|l| &l.gathered.live);
    let name = match (&open.of, live.and_then(|l| l.application.as_ref())) {
        (Some(of), _) => of.setup.name.clone(),
        (None, Some(application)) => application.name.clone(),
        (None, None) => String::new(),
    };
    let page = live.and_then(|l| l.web_experience.as_ref()).is_some_and(
        |w| matches!(&w.sign_in, HeldSignIn::Saml { authentication_url } if !authentication_url.is_empty()),
    );
    let place = open.place.as_ref();
    AboutView {
        setup: open.of.as_ref().map(|of| of.setup.id.clone()),
        name,
        practice: place.is_some_and(|p| p.practice),
        place: match (&open.looked, place) {
            (Some(looked), Some(place)) => format!("{} · {}", looked.account, place.region),
            (None, Some(place)) => place.region.clone(),
            (_, None) => String::new(),
        },
        idp_id: idp.as_str().into(),
        idp: guide(idp).name.clone(),
        vendor: idp.vendor().into(),
        protocol: words::protocol_id(idp.protocol()).into(),
        symptom: open.symptom.map(SymptomView::from),
        looked: open.looked.as_ref().map(|l| {
            format!(
                "{} UTC",
                format_instant(l.at).replace('T', " ").trim_end_matches('Z')
            )
        }),
        unreadable: open
            .unreadable
            .iter()
            .cloned()
            .chain(
                open.looked
                    .iter()
                    .flat_map(|l| &l.gathered.unread)
                    .map(|u| format!("{}: {}", u.what, u.why)),
            )
            .collect(),
        // By OpenID Connect somebody signs in at a client, and only a set-up says which.
        can_sign_in: open.place.is_some() && (page || open.of.is_some()),
        plan_rows: count(
            open.of
                .as_ref()
                .and_then(|of| of.plan.as_ref())
                .map_or(0, |plan| {
                    plan.steps
                        .iter()
                        .filter(|step| step.action != Action::Keep)
                        .count()
                }),
        ),
    }
}

/// As many as there are.
pub(super) fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Findings of an application that has no set-up here: what there is to do by hand.
fn unmanaged(findings: &[Finding]) -> Vec<Finding> {
    let mut findings = findings.to_vec();
    for finding in &mut findings {
        finding.remedy.clone_from(&finding.by_hand);
    }
    findings
}

/// Causes with what they explain, through any number of steps.
fn causes(findings: &[Finding], idp: IdentityProvider, values: &Values) -> Vec<CauseView> {
    let root = |finding: &Finding| {
        let mut at = finding.caused_by;
        let mut seen = 0;
        while let Some(above) = at.and_then(|id| findings.iter().find(|f| f.id == id))
            && above.caused_by.is_some()
            && seen < findings.len()
        {
            at = above.caused_by;
            seen += 1;
        }
        at
    };
    findings
        .iter()
        .filter(|f| f.caused_by.is_none())
        .map(|finding| CauseView {
            finding: FindingView::from(finding),
            step: finding.step.as_deref().and_then(|id| step(idp, id, values)),
            explains: findings
                .iter()
                .filter(|f| root(f) == Some(finding.id))
                .map(FindingView::from)
                .collect(),
        })
        .collect()
}

/// The step of the provider's guide with this id, with the values as far as they are known.
fn step(idp: IdentityProvider, id: &str, values: &Values) -> Option<GuideStepView> {
    let step = guide(idp).step.iter().find(|s| s.id == id)?;
    Some(GuideStepView::from(Visit::of(step, values)))
}

impl From<&Question> for QuestionView {
    fn from(question: &Question) -> QuestionView {
        let need = question.need;
        QuestionView {
            need: need.map(|n| format!("{n:?}")),
            rule: question.rule.map(|r| r.to_string()),
            ask: question.ask.clone(),
            how: question.how.clone(),
            at_aws: need.is_some_and(Need::is_read_of_aws),
            by_sign_in: need.is_some_and(|n| matches!(n, Need::Response | Need::Token | Need::Sts)),
            decides: question.decides.iter().map(|r| rule(*r, "")).collect(),
        }
    }
}

fn rule(id: RuleId, why: &str) -> RuledOutView {
    RuledOutView {
        id: id.to_string(),
        title: said_of(id).title.clone(),
        why: why.to_owned(),
        answered: false,
    }
}

fn ruled_out(open: &OpenCase, evidence: &Evidence, findings: &[Finding]) -> Vec<RuledOutView> {
    ranked(evidence, open.symptom, findings)
        .into_iter()
        .filter(|r| r.standing == Standing::RuledOut)
        .map(|r| RuledOutView {
            answered: open.case.answers.contains_key(&r.rule),
            ..rule(r.rule, &r.why)
        })
        .collect()
}

impl FixView {
    fn of(fix: &Fix, findings: &[Finding], idp: IdentityProvider, values: &Values) -> FixView {
        let mut owners: Vec<Owner> = Vec::new();
        for change in &fix.changes {
            if !owners.contains(&change.owner) {
                owners.push(change.owner);
            }
        }
        FixView {
            owner: match owners.as_slice() {
                [one] => owner(*one),
                _ => "Both",
            }
            .into(),
            reach: match fix.reach {
                Reach::Person => "Reaches this person alone.",
                Reach::Application => "Reaches everybody who signs in to this application.",
                Reach::Federation => "Reaches every application on the same provider or role.",
            }
            .into(),
            changes: fix
                .changes
                .iter()
                .map(|c| ChangeToMake::of(c, findings, idp, values))
                .collect(),
            silences: count(fix.silences.len()),
            planned: false,
        }
    }
}

impl ChangeToMake {
    fn of(change: &Change, findings: &[Finding], idp: IdentityProvider, values: &Values) -> ChangeToMake {
        // The rule knows the step for this fault; the place alone knows only where such a value is set.
        let finding = findings.iter().find(|f| f.id == change.rule);
        let known = finding
            .and_then(|f| f.step.as_deref())
            .filter(|_| change.step.is_some());
        let (to_spans, from) = SpanView::pair(&change.to, &change.from);
        ChangeToMake {
            owner: owner(change.owner).into(),
            place: change.place.clone(),
            from,
            to: change.to.clone(),
            to_spans,
            note: change.note.clone(),
            step: known
                .or(change.step.as_deref())
                .and_then(|id| step(idp, id, values)),
        }
    }
}

/// Claims with the spots that findings are about: those whose value is what a finding found.
fn claims(claims: &[(String, String)], findings: &[Finding]) -> Vec<ClaimView> {
    claims
        .iter()
        .map(|(label, value)| {
            let about: Vec<&Finding> = findings
                .iter()
                .filter(|f| !value.is_empty() && f.found == *value || f.found == *label)
                .collect();
            let wrong = about.iter().find(|f| f.found == *value && !f.expected.is_empty());
            ClaimView {
                label: label.clone(),
                value: match wrong {
                    Some(f) => SpanView::pair(&f.expected, value).1,
                    None => SpanView::pair("", value).1,
                },
                findings: about.iter().map(|f| f.id.to_string()).collect(),
            }
        })
        .collect()
}
