//! What could be changed: for each finding, on either side, what would mend it.

use super::edit::Edit;
use super::{Change, Evidence, Finding, Owner, Reach, RuleId, Severity, claims, live, token, trust};
use crate::diagnose::rules::foreign_role;
use crate::idp::{IdentityProvider, guide};

/// A change and what it does to the evidence.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) change: Change,
    pub(super) reach: Reach,
    pub(super) edits: Vec<Edit>,
}

/// Collects candidates for one finding after the other.
pub(super) struct Maker<'a> {
    pub(super) e: &'a Evidence,
    /// The rule whose finding is looked at.
    pub(super) rule: RuleId,
    /// The findings that block.
    pub(super) findings: &'a [&'a Finding],
    /// The one that is looked at; None where the trust policy's proof is.
    finding: Option<&'a Finding>,
    out: Vec<Candidate>,
}

impl<'a> Maker<'a> {
    /// What the provider's administrator changes in the application there.
    pub(super) fn idp(&mut self, place: &str, from: &str, to: &str, edits: Vec<Edit>) {
        self.push(Owner::Idp, Reach::Application, (place, from, to), edits);
    }

    /// What the provider's administrator changes for one person.
    pub(super) fn person(&mut self, place: &str, from: &str, to: &str, edits: Vec<Edit>) {
        self.push(Owner::Idp, Reach::Person, (place, from, to), edits);
    }

    /// What the administrator of AWS changes for this application.
    pub(super) fn aws(&mut self, place: &str, from: &str, to: &str, edits: Vec<Edit>) {
        self.push(Owner::Aws, Reach::Application, (place, from, to), edits);
    }

    /// As [`Maker::aws`], with what else there is to say.
    pub(super) fn aws_with(&mut self, place: &str, (from, to): (&str, &str), note: &str, edits: Vec<Edit>) {
        self.push_with(Owner::Aws, Reach::Application, (place, from, to, note), edits);
    }

    /// What the administrator of AWS changes on a provider or a role, which others may use as well.
    pub(super) fn shared(&mut self, place: &str, from: &str, to: &str, edits: Vec<Edit>) {
        self.push(Owner::Aws, Reach::Federation, (place, from, to), edits);
    }

    /// As [`Maker::shared`], with what becomes of the old value.
    pub(super) fn shared_with(
        &mut self,
        place: &str,
        (from, to): (&str, &str),
        note: &str,
        edits: Vec<Edit>,
    ) {
        self.push_with(Owner::Aws, Reach::Federation, (place, from, to, note), edits);
    }

    fn push(&mut self, owner: Owner, reach: Reach, (place, from, to): (&str, &str, &str), edits: Vec<Edit>) {
        self.push_with(owner, reach, (place, from, to, ""), edits);
    }

    fn push_with(
        &mut self,
        owner: Owner,
        reach: Reach,
        (place, from, to, note): (&str, &str, &str, &str),
        edits: Vec<Edit>,
    ) {
        // Of what was only said, a change can be tried on what else is at hand, and on nothing else.
        let is_said = self.finding.is_some_and(|f| f.is_said);
        if is_said && !edits.iter().all(|edit| edit.meets(self.e)) {
            return;
        }
        let step = match owner {
            Owner::Idp => self.step(),
            Owner::Aws | Owner::User => None,
        };
        if from == to && !from.is_empty() {
            return;
        }
        let change = Change {
            owner,
            rule: self.rule,
            place: place.to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
            note: note.to_owned(),
            step,
        };
        if !self.out.iter().any(|c| c.change == change || c.edits == edits) {
            self.out.push(Candidate { change, reach, edits });
        }
    }

    /// The step of the provider's guide that mends this very cause; else that of the rule.
    fn step(&self) -> Option<String> {
        let of_rule = || self.findings.iter().copied().find(|f| f.id == self.rule);
        let own = self.finding.or_else(of_rule).and_then(|f| f.step.clone());
        own.or_else(|| step(self.rule, self.e.expected.idp))
    }
}

/// The step of the provider's guide where a rule's finding is mended.
fn step(rule: RuleId, idp: IdentityProvider) -> Option<String> {
    let there = &guide(idp).step;
    super::super::words(rule)
        .steps
        .iter()
        .find(|id| there.iter().any(|s| s.id == **id))
        .cloned()
}

/// Everything that could be changed, by the findings and by what the trust policy refuses.
pub(super) fn of(e: &Evidence, findings: &[Finding]) -> Vec<Candidate> {
    let blocking: Vec<Finding> = findings
        .iter()
        .filter(|f| f.severity == Severity::Blocking)
        // Where the role is another application's, nothing of that role is to be changed; and of a provider that
        // Amazon Q Business does not take, nothing that would only make it look like another.
        .filter(|f| ![Some(RuleId::OtherRole), Some(RuleId::IssuerUnsupported)].contains(&f.caused_by))
        .map(without_message)
        .collect();
    let all: Vec<&Finding> = blocking.iter().collect();
    let mut maker = Maker {
        e,
        rule: RuleId::Unexplained,
        findings: &all,
        finding: None,
        out: Vec::new(),
    };
    for finding in &blocking {
        maker.rule = finding.id;
        maker.finding = Some(finding);
        claims::candidates(&mut maker, finding);
        token::candidates(&mut maker, finding);
        live::candidates(&mut maker, finding);
        trust::candidates(&mut maker, finding);
    }
    maker.finding = None;
    if foreign_role(e).is_none() {
        trust::of_proof(&mut maker, findings);
    }
    maker.out
}

/// What was said is no value that somebody could change.
fn without_message(finding: &Finding) -> Finding {
    let mut finding = finding.clone();
    if finding.is_said {
        finding.found.clear();
        finding.expected.clear();
    }
    finding
}

/// Nothing is wrong but that time went by.
pub(super) fn sign_in_again(finding: &Finding) -> Candidate {
    Candidate {
        change: Change {
            owner: Owner::User,
            rule: finding.id,
            place: finding.place.clone(),
            from: finding.found.clone(),
            to: "a new sign-in".to_owned(),
            note: String::new(),
            step: None,
        },
        reach: Reach::Person,
        edits: Vec::new(),
    }
}
