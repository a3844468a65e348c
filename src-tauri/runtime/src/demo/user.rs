//! The rehearsal as the user: the free calls, and one question of two people with a document each. A live
//! set-up is asked nothing without consent; here the world is the practice world's own.

use super::{DemoOutcome, Heard, PEOPLE, SignIn, Stage, sign_in};
use crate::connection::Problem;
use crate::session::{
    Session, SessionProblem, TEST_QUESTION, ask, checks, put_test_documents, remove_test_documents,
};
use claimbridge_practice::{Administrator, Visit};

fn as_problem(error: SessionProblem) -> Problem {
    match error {
        SessionProblem::Aws(error) => Problem::Aws(error),
        SessionProblem::Other(problem) => problem,
        other => Problem::Report(other.to_string()),
    }
}

pub(super) async fn look_around(
    stage: &mut Stage<'_>,
    admin: &Administrator,
    visit: &mut Visit<'_>,
    outcome: &mut DemoOutcome,
) -> Result<(), Problem> {
    let passed = outcome.judgement.as_ref().filter(|j| j.passed);
    let Some(first) = passed.and_then(|j| j.session.clone()) else {
        return Ok(());
    };
    let bindings = stage.files.bindings()?;
    outcome.checks = checks(&first, &stage.setup, &bindings).await;
    for check in &outcome.checks {
        (stage.say)(format!("as {}: {}: {}", PEOPLE[0], check.call, check.said()));
    }
    let second = match sign_in(stage, admin, visit, PEOPLE[1]).await? {
        SignIn::Judged(judgement) => judgement.session,
        SignIn::Refused(words) => return Err(Problem::Report(words)),
    };
    put_test_documents(&stage.connection, &stage.setup, &bindings, PEOPLE)
        .await
        .map_err(as_problem)?;
    for (who, session) in PEOPLE.into_iter().zip([Some(first), second]) {
        if let Some(session) = session {
            outcome.answers.push(hear(who, &session).await?);
        }
    }
    for heard in &outcome.answers {
        let titles: Vec<&str> = heard.sources.iter().map(|s| s.title.as_str()).collect();
        (stage.say)(format!("{} may read: {}", heard.who, titles.join(", ")));
    }
    remove_test_documents(&stage.connection, &stage.setup, &bindings)
        .await
        .map_err(as_problem)
}

async fn hear(who: &str, session: &Session) -> Result<Heard, Problem> {
    let answer = ask(session, TEST_QUESTION).await.map_err(as_problem)?;
    Ok(Heard {
        who: who.to_owned(),
        text: answer.text,
        sources: answer.sources,
    })
}
