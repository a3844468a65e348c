//! Two short documents, each for one reader alone, that show that two people are answered differently.

use super::{SessionProblem, index};
use crate::clock::SystemClock;
use crate::connection::Connection;
use crate::jobs::right_place;
use claimbridge_aws::{DocumentState, NewDocument};
use claimbridge_core::journal::Bindings;
use claimbridge_core::setup::Setup;
use claimbridge_core::time::Clock;

/// The words that both test documents have and hardly another: a question with them finds what the person
/// may see.
pub const TEST_QUESTION: &str = "Which claimbridge test document may I read?";

/// The two documents: ids that follow from the set-up alone, so that a removal finds them.
fn test_documents(setup: &Setup, readers: [&str; 2]) -> [NewDocument; 2] {
    let [first, second] = test_ids(setup);
    let [a, b] = readers;
    let new = |id: String, number: &str, reader: &str| NewDocument {
        id,
        title: format!("Claimbridge test document {number}"),
        text: format!(
            "This is the claimbridge test document {number}. Its access list names {reader} alone, so nobody else may read it in an answer."
        ),
        reader: reader.to_owned(),
    };
    [new(first, "one", a), new(second, "two", b)]
}

fn test_ids(setup: &Setup) -> [String; 2] {
    ["1", "2"].map(|number| format!("claimbridge-test-{}-{number}", setup.id))
}

/// Puts two short documents into the index, each for one reader alone, and waits until answers can be taken
/// from them. Put again, they are replaced.
///
/// # Errors
/// [`SessionProblem`]; what was put by then is taken back by [`remove_test_documents`].
pub async fn put_test_documents(
    connection: &Connection,
    setup: &Setup,
    bindings: &Bindings,
    readers: [&str; 2],
) -> Result<(), SessionProblem> {
    let [a, b] = readers;
    let is_address = |text: &str| text.contains('@') && text.trim() == text;
    if !is_address(a) || !is_address(b) || a.eq_ignore_ascii_case(b) {
        return Err(SessionProblem::Readers {
            found: readers.map(str::to_owned),
        });
    }
    right_place(setup, bindings, connection).await?;
    let (application, index) = index(bindings)?;
    let aws = &connection.aws;
    aws.put_documents(&application, &index, &test_documents(setup, readers))
        .await?;
    let ids = test_ids(setup);
    let started = SystemClock.now();
    loop {
        let states = aws.document_states(&application, &index, &ids).await?;
        let behind = ids
            .iter()
            .map(|id| (id, states.get(id)))
            .find(|(_, state)| *state != Some(&DocumentState::Indexed));
        let (id, why) = match behind {
            None => return Ok(()),
            Some((id, Some(DocumentState::Failed(why)))) => {
                return Err(SessionProblem::Document {
                    id: id.clone(),
                    why: why.clone(),
                });
            }
            Some((id, Some(DocumentState::Settling(status)))) => (id, status.clone()),
            Some((id, _)) => (id, "AWS does not list it".to_owned()),
        };
        if (SystemClock.now() - started).unsigned_abs() > connection.timeouts.step {
            return Err(SessionProblem::Document { id: id.clone(), why });
        }
        SystemClock.sleep(connection.timeouts.poll).await;
    }
}

/// Takes the test documents out of the index again; what is not there is no error.
///
/// # Errors
/// [`SessionProblem`].
pub async fn remove_test_documents(
    connection: &Connection,
    setup: &Setup,
    bindings: &Bindings,
) -> Result<(), SessionProblem> {
    right_place(setup, bindings, connection).await?;
    let (application, index) = index(bindings)?;
    let aws = &connection.aws;
    Ok(aws
        .delete_documents(&application, &index, &test_ids(setup))
        .await?)
}

/// Which of the test documents a person may see, as Amazon Q Business decides it: title and answer.
///
/// # Errors
/// [`SessionProblem`]; documents that are not there are an error of AWS.
pub async fn may_see(
    connection: &Connection,
    setup: &Setup,
    bindings: &Bindings,
    email: &str,
) -> Result<Vec<(String, bool)>, SessionProblem> {
    right_place(setup, bindings, connection).await?;
    let (application, index) = index(bindings)?;
    let mut all = Vec::new();
    for document in test_documents(setup, ["", ""]) {
        let may = connection
            .aws
            .may_see(&application, &index, email, &document.id)
            .await?;
        all.push((document.title, may));
    }
    Ok(all)
}
