//! Which values a condition on the audience takes once it takes what is sent, and what becomes of the old ones.

use super::{is_of_aws, wants};
use crate::diagnose::Evidence;
use crate::diagnose::fix::edit::{Edit, TrustEdit};
use crate::diagnose::fix::is_plain;
use crate::diagnose::rules::is_placeholder;

/// The values of a condition once these are taken, too, and what becomes of the old ones. One that nobody can come
/// in with goes, and so do addresses where none is of AWS: somebody else receives there what would open the role.
pub(super) fn beside(e: &Evidence, old: &[String], new: &[String]) -> (Vec<String>, String) {
    let is_elsewhere = e.token.is_none() && !old.iter().any(|value| is_of_aws(value));
    let (stay, go): (Vec<&String>, Vec<&String>) = old
        .iter()
        .partition(|value| !is_elsewhere && !is_of_nobody(e, value));
    let mut to: Vec<String> = stay.iter().map(|v| (*v).clone()).collect();
    to.extend(new.iter().filter(|v| !old.contains(v)).cloned());
    let gone = (!go.is_empty()).then(|| {
        let what = match &e.token {
            Some(_) => "the provider in IAM does not know it, so that nobody comes in with it",
            None if go.iter().all(|value| is_placeholder(value)) => {
                "it stands for an address that was not known yet"
            }
            None => {
                "it is no address of AWS's. Keep it only if an application of your own takes responses there"
            }
        };
        let named: Vec<&str> = go.iter().map(|v| v.as_str()).collect();
        let goes = if go.len() == 1 { "goes" } else { "go" };
        format!("{} {goes}: {what}.", named.join(", "))
    });
    let kept = (!stay.is_empty()).then(|| {
        let why = if e.token.is_some() && stay.iter().any(|v| is_ours(e, v)) {
            "this application has it as its client id"
        } else {
            "whether anybody else comes in with it is not known"
        };
        format!("{}: {why}.", super::stay(&stay))
    });
    let note: Vec<String> = gone.into_iter().chain(kept).collect();
    (to, note.join(" "))
}

/// A client id of the application, or of the set-up.
fn is_ours(e: &Evidence, client: &str) -> bool {
    let application = e.live.application.as_ref();
    application.is_some_and(|a| a.client_ids.iter().any(|c| c == client))
        || e.token
            .as_ref()
            .and_then(|t| t.client_id.as_ref())
            .is_some_and(|c| c.as_str() == client)
}

/// Nobody comes in with this value: a client id that the provider in IAM does not have is refused before any role
/// is asked, and a stand-in is no address.
fn is_of_nobody(e: &Evidence, value: &str) -> bool {
    match &e.token {
        Some(token) => token
            .provider_clients
            .as_ref()
            .is_some_and(|known| is_plain(value) && !known.iter().any(|k| k == value) && !is_ours(e, value)),
        None => is_placeholder(value),
    }
}

/// Every condition on the audience of a token takes this client, too.
pub(in crate::diagnose::fix) fn audiences(e: &Evidence, client: &str) -> Vec<Edit> {
    let statements = e.trust().map(|t| t.0.statements.as_slice()).unwrap_or_default();
    let mut edits = Vec::new();
    for (i, statement) in statements.iter().enumerate().filter(|(_, s)| s.allow) {
        for (j, condition) in statement.conditions.iter().enumerate() {
            let audience = condition.key.to_ascii_lowercase().ends_with(":aud");
            if audience && wants(&condition.operator, false) && !condition.values.iter().any(|v| v == client)
            {
                edits.push(Edit::Trust(TrustEdit::Widen(i, j, vec![client.to_owned()])));
            }
        }
    }
    edits
}
