//! From what people were shown to the findings: messages, the judgement of a sign-in, and what stands in AWS.

use super::{DemoOutcome, Stage, looks};
use crate::clock::SystemClock;
use crate::connection::Problem;
use crate::diagnose::gather;
use crate::judge::expected;
use claimbridge_core::diagnose::{Evidence, Message, diagnose};
use claimbridge_core::resource::{Address, CloudError};
use claimbridge_core::time::Clock;
use claimbridge_practice::{PortalError, Visit};

/// An error as AWS's command line says it, which is what people paste.
pub(super) fn words_of(error: &CloudError) -> String {
    format!(
        "An error occurred ({}) when calling the {} operation: {}",
        error.code.as_deref().unwrap_or_default(),
        error.operation,
        error.message
    )
}

/// What is left of a rehearsal that somebody stopped: the words that were shown.
pub(super) fn instead(problem: Problem) -> Result<DemoOutcome, Problem> {
    let words = match problem {
        Problem::Aws(error) => words_of(&error),
        Problem::Portal(PortalError::Refused(words)) => words,
        other => return Err(other),
    };
    Ok(DemoOutcome {
        messages: vec![words],
        ..DemoOutcome::default()
    })
}

/// Judges all that is there. Findings that are there already, of metadata that nobody can use, stay.
pub(super) async fn judge(
    stage: &Stage<'_>,
    visit: &Visit<'_>,
    outcome: &mut DemoOutcome,
) -> Result<(), Problem> {
    if !outcome.findings.is_empty() {
        return Ok(());
    }
    let now = SystemClock.now();
    let mut evidence = match outcome.evidence.take().or_else(|| {
        let judgement = outcome.judgement.as_ref()?;
        Some(judgement.evidence.clone())
    }) {
        Some(evidence) => evidence,
        None => {
            let expected = expected(&stage.setup, &stage.files.bindings()?);
            Box::new(Evidence::new(now, expected))
        }
    };
    // Of what is half made, AWS's state says nothing that the refusal does not say better.
    let is_made = outcome.judgement.is_some() || outcome.refused.is_some();
    if let (true, Some(application)) = (is_made, stage.id(Address::Application)?) {
        let gathered = gather(&stage.connection, &application, None).await?;
        gathered.fill(&mut evidence);
    }
    let refused = outcome.refused.iter().chain(&outcome.messages);
    evidence.messages.extend(refused.map(|text| Message {
        text: text.clone(),
        at: Some(now),
    }));
    if let Some(mistake) = stage.mistake
        && let Some(seen) = looks::answer(stage, visit, mistake.rule(), &evidence).await?
    {
        evidence.answers.insert(mistake.rule(), seen);
    }
    outcome.findings = diagnose(&evidence);
    outcome.evidence = Some(evidence);
    Ok(())
}
