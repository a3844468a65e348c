//! Before anyone signs in: what would this provider send for these people, and would AWS let them in?
//!
//! A provider's configuration and a person make the assertion or the claims that the provider would send; the
//! rules and the evaluator of the diagnosis judge it as they judge a captured one. Nothing is signed here, so no
//! rule about signatures is asked.

use crate::diagnose::{Evidence, Finding, LiveRole, RuleId, Severity, diagnose, trust_decision};
use crate::oidc::trust_decision_for_token;
use crate::policy::TrustPolicy;
use crate::policy::evaluate::Decision;
use crate::time::Instant;
use assertion::Assertions;
use serde::Serialize;
use std::collections::BTreeMap;
use token::Tokens;

mod assertion;
mod configuration;
mod person;
mod source;
mod template;
mod token;
mod unknown;

pub use configuration::{AssertionSettings, ProviderConfiguration, Sends, TokenSettings};
pub use person::{LONGEST_FILE, MOST_PEOPLE, People, Person, PersonFault, UnreadablePeople};
pub use source::NotASource;
pub use unknown::{Assumed, CannotSimulate};

/// What would come of every sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulation {
    /// One for each person, in their order.
    pub rows: Vec<Row>,
    /// How many people a rule names, by rule.
    pub counts: BTreeMap<RuleId, Count>,
    /// What was taken for granted, because nobody said.
    pub assumed: Vec<Assumed>,
}

/// What would come of one person's sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Place among the people.
    pub person: usize,
    /// Whether they would get in.
    pub outcome: Outcome,
    /// Rules that fire, causes first.
    pub findings: Vec<RuleId>,
    /// Those of them that stop the sign-in and are explained by no other.
    pub causes: Vec<RuleId>,
    /// The trust policy's answer, where it was asked.
    pub trust: Option<Decision>,
}

/// Whether somebody would get in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Something stops the sign-in, or the trust policy denies it.
    Refused,
    /// Nothing is wrong with what is sent, and the trust policy compares what only the sign-in itself has.
    Unknown,
    /// Nothing stops them; without a trust policy, as far as the set-up says what is wanted.
    Admitted,
}

impl Simulation {
    /// How many people this would come of.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.rows.iter().filter(|row| row.outcome == outcome).count()
    }
}

/// How many people a rule names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// At all.
    pub people: usize,
    /// As what stops them.
    pub blocked: usize,
}

/// Judges what the provider would send for each of the people, against this trust policy; without one, against
/// what the set-up wants alone.
///
/// # Errors
/// [`CannotSimulate`]: the configuration stands on what is not known of people.
pub fn simulate(
    configuration: &ProviderConfiguration,
    people: &People,
    trust: Option<&TrustPolicy>,
    now: Instant,
) -> Result<Simulation, CannotSimulate> {
    if people.list.len() > MOST_PEOPLE {
        return Err(CannotSimulate::TooMany {
            found: people.list.len(),
        });
    }
    let mut provider = Provider::new(configuration, people, trust, now)?;
    let mut simulation = Simulation {
        rows: Vec::with_capacity(people.list.len()),
        counts: BTreeMap::new(),
        assumed: std::mem::take(&mut provider.assumed),
    };
    for (place, person) in people.list.iter().enumerate() {
        let row = provider.row(place, person);
        for rule in &row.findings {
            let count = simulation.counts.entry(*rule).or_default();
            count.people += 1;
            count.blocked += usize::from(row.causes.contains(rule));
        }
        simulation.rows.push(row);
    }
    Ok(simulation)
}

/// The evidence of one person's sign-in as it would be: for a screen that shows its findings and proof.
///
/// # Errors
/// [`CannotSimulate`].
pub fn evidence(
    configuration: &ProviderConfiguration,
    people: &People,
    place: usize,
    trust: Option<&TrustPolicy>,
    now: Instant,
) -> Result<Option<Evidence>, CannotSimulate> {
    let mut provider = Provider::new(configuration, people, trust, now)?;
    Ok(people.list.get(place).map(|person| {
        provider.send(place, person);
        provider.evidence
    }))
}

/// A configuration made ready: everything that is the same for all people is here once.
struct Provider<'a> {
    sender: Sender<'a>,
    assumed: Vec<Assumed>,
    evidence: Evidence,
}

enum Sender<'a> {
    Assertions(Assertions<'a>),
    Tokens(Tokens<'a>),
}

impl<'a> Provider<'a> {
    fn new(
        configuration: &'a ProviderConfiguration,
        people: &People,
        trust: Option<&TrustPolicy>,
        now: Instant,
    ) -> Result<Provider<'a>, CannotSimulate> {
        let mut evidence = Evidence::new(now, configuration.expected.clone());
        evidence.role = trust.map(|t| LiveRole::There(t.clone()));
        let mut assumed = Vec::new();
        let sender = match &configuration.sends {
            Sends::Assertion(settings) => {
                let assertions = Assertions::new(configuration, settings, people, &mut assumed)?;
                evidence.view = Some(assertions.view(now));
                Sender::Assertions(assertions)
            }
            Sends::Token(settings) => {
                evidence.token = Some(token::of_provider(settings));
                Sender::Tokens(Tokens::new(configuration, settings, people, &mut assumed, now)?)
            }
        };
        Ok(Provider {
            sender,
            assumed,
            evidence,
        })
    }

    fn row(&mut self, place: usize, person: &Person) -> Row {
        if person.disabled {
            // The provider turns the person away; AWS never hears of it.
            return Row {
                person: place,
                outcome: Outcome::Refused,
                findings: vec![RuleId::AccountUnusable],
                causes: vec![RuleId::AccountUnusable],
                trust: None,
            };
        }
        self.send(place, person);
        let trust = self.decision();
        let found = diagnose(&self.evidence);
        let blocks = |f: &&Finding| f.severity == Severity::Blocking;
        let blocked = found.iter().any(|f| blocks(&f));
        Row {
            person: place,
            outcome: match (blocked, self.evidence.trust().is_some(), trust) {
                (true, ..) | (_, _, Some(Decision::Denied)) => Outcome::Refused,
                (false, true, Some(Decision::Unknown) | None) => Outcome::Unknown,
                (false, _, _) => Outcome::Admitted,
            },
            causes: each(found.iter().filter(blocks).filter(|f| f.caused_by.is_none())),
            findings: each(found.iter()),
            trust,
        }
    }

    fn decision(&self) -> Option<Decision> {
        let trust = self.evidence.trust()?;
        let provider = self.evidence.expected.provider_arn.as_deref()?;
        let answer = match &self.evidence.token {
            Some(token) => trust_decision_for_token(trust, token.claims()?, token.issuer.as_ref()?, provider),
            None => trust_decision(trust, self.evidence.assertion()?, provider),
        };
        Some(answer.decision)
    }

    /// Puts what would be sent for a person into the evidence.
    fn send(&mut self, place: usize, person: &Person) {
        match &self.sender {
            Sender::Assertions(assertions) => {
                if let Some(view) = &mut self.evidence.view {
                    assertions.put(view, place, person);
                }
            }
            Sender::Tokens(tokens) => {
                if let Some(token) = &mut self.evidence.token {
                    token.view = Some(tokens.view(place, person));
                }
            }
        }
    }
}

fn each<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<RuleId> {
    let mut rules = Vec::new();
    for finding in findings {
        if !rules.contains(&finding.id) {
            rules.push(finding.id);
        }
    }
    rules
}
