//! Which candidates suffice: one by one, then two by two, then the fewest that are found by taking what helps
//! most.

use super::candidate::{self, Candidate};
use super::{Evidence, Finding, Fix, Owner, RuleId, Severity, decision, diagnose, edit};
use crate::policy::evaluate::Decision;
use std::collections::BTreeSet;

/// What any new sign-in mends by itself.
const AGE: [RuleId; 3] = [RuleId::Stale, RuleId::TokenExpired, RuleId::TokenNonce];
/// No more changes than these are worth one fix.
const MOST: usize = 6;
/// More pairs than these are not tried.
const PAIRS: usize = 1500;

/// A sign-in that does not pass.
pub(super) struct Problem {
    /// The evidence of the same sign-in, tried once more.
    again: Evidence,
    /// Rules that block, with what each explains; those that only say that time went by are left out.
    required: Vec<Finding>,
    /// Rules that fire all the same at a new sign-in.
    remain: BTreeSet<RuleId>,
    /// What blocked before, for the list of what a fix silences.
    blocking: BTreeSet<RuleId>,
    /// Who is to act first.
    owner: Owner,
    /// What could be changed.
    pub(super) candidates: Vec<Candidate>,
}

impl Problem {
    /// None where nothing blocks, or where nothing tells why.
    pub(super) fn of(evidence: &Evidence) -> Option<Problem> {
        let findings = diagnose(evidence);
        let blocks = |f: &&Finding| f.severity == Severity::Blocking && f.id != RuleId::Unexplained;
        let blocking: Vec<&Finding> = findings.iter().filter(blocks).collect();
        let denied = decision(evidence).is_some_and(|d| d.decision == Decision::Denied);
        if blocking.is_empty() && !denied {
            return None;
        }
        let again = again(evidence);
        let remain: BTreeSet<RuleId> = diagnose(&again).iter().map(|f| f.id).collect();
        let required: Vec<Finding> = blocking
            .iter()
            .filter(|f| f.caused_by.is_none() && !AGE.contains(&f.id))
            .map(|f| (*f).clone())
            .collect();
        let owner = blocking.first().map_or(Owner::Aws, |f| f.owner);
        let mut problem = Problem {
            required,
            remain,
            blocking: blocking.iter().map(|f| f.id).collect(),
            owner,
            candidates: candidate::of(&again, &findings),
            again,
        };
        if problem.required.is_empty() && !denied {
            let old = blocking.iter().find(|f| AGE.contains(&f.id))?;
            problem.candidates = vec![candidate::sign_in_again(old)];
        }
        Some(problem)
    }

    /// Whether this change is about what the finding says: its own rule, or, of what was only said, one that it
    /// explains.
    fn answers(candidate: &Candidate, required: &Finding) -> bool {
        let rule = candidate.change.rule;
        rule == required.id || required.is_said && super::super::words(required.id).explains.contains(&rule)
    }

    /// The evidence after these changes.
    pub(super) fn after(&self, chosen: &[&Candidate]) -> Evidence {
        let mut e = self.again.clone();
        for candidate in chosen {
            for edit in &candidate.edits {
                edit.apply(&mut e);
            }
            e.answers.insert(candidate.change.rule, false);
            for finding in self.required.iter().filter(|f| Self::answers(candidate, f)) {
                e.answers.insert(finding.id, false);
                for id in &super::super::words(finding.id).explains {
                    e.answers.insert(*id, false);
                }
            }
        }
        e
    }

    /// What still stands in the way after these changes.
    fn left(&self, chosen: &[&Candidate]) -> BTreeSet<RuleId> {
        let e = self.after(chosen);
        let findings = diagnose(&e);
        let mut left: BTreeSet<RuleId> = findings
            .iter()
            .filter(|f| f.severity == Severity::Blocking)
            .map(|f| f.id)
            .collect();
        for required in &self.required {
            let fires = findings.iter().any(|f| f.id == required.id);
            let covered =
                self.remain.contains(&required.id) || chosen.iter().any(|c| Self::answers(c, required));
            if fires || !covered {
                left.insert(required.id);
            }
        }
        if decision(&e).is_some_and(|d| d.decision == Decision::Denied) {
            left.insert(RuleId::Unexplained);
        }
        left
    }

    fn fix(&self, chosen: &[&Candidate]) -> Option<Fix> {
        let reach = chosen.iter().map(|c| c.reach).max()?;
        let after: BTreeSet<RuleId> = diagnose(&self.after(chosen)).iter().map(|f| f.id).collect();
        Some(Fix {
            changes: chosen.iter().map(|c| c.change.clone()).collect(),
            reach,
            silences: self.blocking.difference(&after).copied().collect(),
        })
    }
}

/// The same sign-in, tried once more at the first moment at which it could pass.
fn again(evidence: &Evidence) -> Evidence {
    let mut e = evidence.clone();
    e.sts = None;
    e.trail.clear();
    let start = edit::latest_start(&e);
    if start < e.now {
        e.now = start;
    }
    if let Some(token) = &mut e.token {
        token.nonce = None;
    }
    e
}

pub(super) fn fixes(problem: &Problem) -> Vec<Fix> {
    let all: Vec<&Candidate> = problem.candidates.iter().collect();
    let passes = |chosen: &[&Candidate]| problem.left(chosen).is_empty();
    let (single, rest): (Vec<&Candidate>, Vec<&Candidate>) = all.iter().partition(|c| passes(&[**c]));
    let mut found: Vec<Vec<&Candidate>> = single.iter().map(|c| vec![*c]).collect();
    // A change that helps with nothing alone helps with nothing beside another.
    let alone: BTreeSet<RuleId> = problem.left(&[]);
    let helpful: Vec<&Candidate> = rest
        .into_iter()
        .filter(|c| alone.difference(&problem.left(&[*c])).next().is_some())
        .collect();
    for owner in [Owner::Idp, Owner::Aws, Owner::User] {
        if !single.iter().any(|c| c.change.owner == owner) {
            let own: Vec<&Candidate> = helpful
                .iter()
                .filter(|c| c.change.owner == owner)
                .copied()
                .collect();
            found.extend(pairs(&own, &passes));
        }
    }
    if found.is_empty() {
        found.extend(pairs(&helpful, &passes));
    }
    if found.is_empty() {
        found.extend(greedy(problem, &all));
    }
    let mut ranked: Vec<(usize, Fix)> = found
        .iter()
        .filter_map(|chosen| {
            let foreign = chosen.iter().filter(|c| c.change.owner != problem.owner).count();
            Some((foreign, problem.fix(chosen)?))
        })
        .collect();
    ranked.sort_by_key(|(foreign, fix)| (*foreign, fix.reach, fix.changes.len()));
    let mut told = BTreeSet::new();
    ranked.retain(|(_, fix)| told.insert(words_of(fix)));
    ranked.into_iter().map(|(_, fix)| fix).collect()
}

/// What a reader sees of a fix. Two rules may ask for the same change.
fn words_of(fix: &Fix) -> Vec<(String, String, String)> {
    let mut words: Vec<(String, String, String)> = fix
        .changes
        .iter()
        .map(|c| (c.place.clone(), c.from.clone(), c.to.clone()))
        .collect();
    words.sort();
    words
}

fn pairs<'a>(all: &[&'a Candidate], passes: &dyn Fn(&[&Candidate]) -> bool) -> Vec<Vec<&'a Candidate>> {
    let two = all
        .iter()
        .enumerate()
        .flat_map(|(i, a)| all.iter().skip(i + 1).map(move |b| [*a, *b]));
    two.take(PAIRS)
        .filter(|pair| passes(pair))
        .map(|pair| pair.to_vec())
        .collect()
}

/// Takes what leaves least, until nothing is left; then leaves out what was not needed.
fn greedy<'a>(problem: &Problem, all: &[&'a Candidate]) -> Option<Vec<&'a Candidate>> {
    let mut chosen: Vec<&Candidate> = Vec::new();
    let mut left = problem.left(&chosen).len();
    while left > 0 {
        if chosen.len() == MOST {
            return None;
        }
        let with = |c: &'a Candidate| {
            let mut more = chosen.clone();
            more.push(c);
            (problem.left(&more).len(), more)
        };
        let (fewest, best) = all.iter().map(|c| with(c)).min_by_key(|(n, _)| *n)?;
        if fewest >= left {
            return None;
        }
        (left, chosen) = (fewest, best);
    }
    let mut i = 0;
    while i < chosen.len() {
        let mut fewer = chosen.clone();
        fewer.remove(i);
        if problem.left(&fewer).is_empty() {
            chosen = fewer;
        } else {
            i += 1;
        }
    }
    Some(chosen)
}
