//! ChatSync: an answer out of the documents that the caller may see, found by the words they share with the
//! question. It says which documents they are, and is no language model.

use super::children::native_index;
use super::documents::{Document, Person};
use super::permissions::{may_decrypt, may_subscribe};
use super::{Call, subscriptions};
use crate::state::{Application, Session, State};
use crate::wire::{Answer, AwsError};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// Documents that one answer names at most.
const MOST_SOURCES: usize = 3;
/// Characters of a snippet.
const SNIPPET: usize = 200;

pub(super) fn ask(state: &mut State, call: &Call<'_>) -> Answer {
    let Some(session) = &call.caller.session else {
        return Err(unauthorised());
    };
    let Session {
        role,
        email: Some(email),
        ..
    } = session
    else {
        return Err(unauthorised());
    };
    let serial = state.next();
    let may = may_subscribe(state, session);
    let app = call.application(state)?;
    let key = app
        .set
        .get("encryptionConfiguration")
        .and_then(|e| e.get("kmsKeyId"))
        .and_then(Json::as_str)
        .map(str::to_owned);
    if let Some(key) = key
        && !may_decrypt(state, session, &key, &call.caller.region)
    {
        return Err(AwsError::new(
            403,
            "AccessDeniedException",
            format!(
                "User: {} is not authorized to perform: kms:Decrypt on the key of this application",
                call.caller.arn
            ),
        ));
    }
    let app = call.application(state)?;
    subscriptions::admit(app, email, may, serial)?;
    let question = call.text("userMessage");
    let found = search(app, email, question);
    let message = match found.as_slice() {
        [] if app.stores.values().all(|s| s.documents.is_empty()) => {
            format!("Practice answer for {email} through {role}: this application has no documents yet.")
        }
        [] => {
            format!("Practice answer for {email} through {role}: no document that you may see is about this.")
        }
        several => {
            let titles: Vec<String> = several
                .iter()
                .map(|hit| format!("“{}”", shortened(&hit.document.title, SNIPPET)))
                .collect();
            format!(
                "Practice answer for {email} through {role}: this is in {}.",
                titles.join(", ")
            )
        }
    };
    let sources: Vec<Json> = found
        .iter()
        .enumerate()
        .map(|(i, hit)| {
            json!({
                "title": hit.document.title,
                "snippet": shortened(&hit.document.text, SNIPPET),
                "citationNumber": i + 1,
                "updatedAt": hit.document.changed,
                "documentId": hit.id,
                "indexId": hit.index,
            })
        })
        .collect();
    let conversation = match call.text("conversationId") {
        "" => format!("00000000-0000-4000-a000-{serial:012x}"),
        known => known.to_owned(),
    };
    Ok(json!({
        "conversationId": conversation,
        "systemMessageId": format!("00000000-0000-4000-b000-{serial:012x}"),
        "userMessageId": format!("00000000-0000-4000-c000-{serial:012x}"),
        "systemMessage": message,
        "sourceAttributions": sources,
    }))
}

fn unauthorised() -> AwsError {
    AwsError::new(
        403,
        "AccessDeniedException",
        "User is not authorized for this service call.",
    )
}

struct Hit<'a> {
    id: &'a str,
    index: &'a str,
    document: &'a Document,
    shared: usize,
}

/// The best documents first. An index is searched through its retriever only.
fn search<'a>(app: &'a Application, email: &str, question: &str) -> Vec<Hit<'a>> {
    let asked = words(question);
    let mut found = Vec::new();
    for (index, store) in &app.stores {
        let retrieved = app
            .retrievers
            .values()
            .any(|r| native_index(&r.set) == Some(index.as_str()));
        if !retrieved {
            continue;
        }
        let person = Person::of(app, index, email);
        for (id, document) in &store.documents {
            let held = words(&format!("{} {}", document.title, document.text));
            let shared = asked.intersection(&held).count();
            if shared > 0 && person.may_see(document) {
                found.push(Hit {
                    id,
                    index,
                    document,
                    shared,
                });
            }
        }
    }
    found.sort_by(|a, b| b.shared.cmp(&a.shared).then(a.id.cmp(b.id)));
    found.truncate(MOST_SOURCES);
    found
}

/// Words of four letters and more, in lower case: shorter ones say little.
fn words(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|w| w.chars().count() >= 4)
        .map(str::to_lowercase)
        .collect()
}

fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
