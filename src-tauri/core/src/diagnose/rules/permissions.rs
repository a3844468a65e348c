//! What the role may do in this application, by what [`chat_permissions`] asks of its policies.

use super::token::with;
use super::{Evidence, Found, Owner, Severity, listed, none, one};
use crate::diagnose::chat::{CLAIM, ChatPermission, DECRYPT, chat_permissions, granted};
use crate::policy::evaluate::{Decision, glob};
use crate::policy::{Document, Statement};

/// What the policies have, and what of AWS's own policy they certainly refuse; None where one of the two was not
/// read or is not understood.
fn refused(e: &Evidence) -> Option<(Document, Vec<ChatPermission>)> {
    let policies = e.live.permissions.as_deref()?;
    let mut asked = chat_permissions(policies, e.live.application.as_ref()?).ok()?;
    asked.retain(|p| p.evaluation.decision == Decision::Denied);
    Some((granted(policies).ok()?, asked))
}

/// A chat is nothing without it.
const CHAT: &str = "qbusiness:ChatSync";

fn names(statement: &Statement, action: &str) -> bool {
    !statement.not_action
        && statement
            .actions
            .iter()
            .any(|a| glob(&a.to_ascii_lowercase(), &action.to_ascii_lowercase()))
}

/// The statement that denies it, with the policy that it is in; None where none does.
fn denying(e: &Evidence, permission: &ChatPermission) -> Option<String> {
    let name = &permission.evaluation.denying().next()?.name;
    let mut number: Option<usize> = name.parse().ok();
    for policy in e.live.permissions.as_deref().unwrap_or_default() {
        let document = Document::from_json(&policy.document).ok()?;
        let named = || document.statements.iter().any(|s| s.sid.as_ref() == Some(name));
        // A statement without a name is counted over all policies.
        match number {
            Some(n) if n > document.statements.len() => number = Some(n - document.statements.len()),
            Some(n) => return Some(format!("statement {n} of the policy {}", policy.name)),
            None if named() => return Some(format!("the statement {name} of the policy {}", policy.name)),
            None => {}
        }
    }
    Some(format!("the statement {name}"))
}

/// What is refused, and what stands there instead. What is denied no other statement can give.
fn found(e: &Evidence, expected: String, granted: &Document, permission: &ChatPermission) -> Vec<Found> {
    const PLACE: &str = "Permissions of the role";
    match denying(e, permission) {
        Some(statement) => with(
            one(
                PLACE,
                "no statement that denies it",
                format!("{statement} denies {expected}"),
            ),
            Owner::Aws,
            "In the role's permissions, {{found}}. What one statement denies, no other can give: take that statement out, or let it leave this out, where whoever wrote it agrees.",
        ),
        None => one(
            PLACE,
            expected,
            instead(granted, &permission.action, &permission.pattern),
        ),
    }
}

/// What the policies have for an action instead: another resource, or nothing.
fn instead(granted: &Document, action: &str, wanted: &str) -> String {
    let about: Vec<&Statement> = granted.statements.iter().filter(|s| names(s, action)).collect();
    let others: Vec<String> = about
        .iter()
        .filter(|s| s.allow)
        .flat_map(|s| &s.resources)
        .filter(|r| !glob(r, wanted))
        .cloned()
        .collect();
    match others.first() {
        None if about.is_empty() => "not allowed".to_owned(),
        None => "allowed under another condition".to_owned(),
        Some(first) => match other_part(first, wanted) {
            Some(part) => format!("allowed on {first}: {part}"),
            None => format!("allowed on {}", listed(&others, ", ")),
        },
    }
}

/// Which part of an ARN is another one: region, account or application.
fn other_part(found: &str, wanted: &str) -> Option<String> {
    let split = |arn: &str| -> Vec<String> { arn.splitn(6, ':').map(str::to_owned).collect() };
    let (found, wanted) = (split(found), split(wanted));
    let ([.., region, account, rest], [.., our_region, our_account, our_rest]) =
        (found.as_slice(), wanted.as_slice())
    else {
        return None;
    };
    let id = |rest: &str| rest.split('/').take(2).collect::<Vec<_>>().join("/");
    let differing = [
        ("region", region != our_region),
        ("account", account != our_account),
        ("application", id(rest) != id(our_rest)),
    ];
    let names: Vec<&str> = differing
        .iter()
        .filter(|(_, d)| *d)
        .map(|(name, _)| *name)
        .collect();
    (!names.is_empty()).then(|| format!("another {}", names.join(" and another ")))
}

/// Whether any statement that allows reaches this application; None where that is not known.
pub(super) fn names_application(e: &Evidence) -> Option<bool> {
    let granted = granted(e.live.permissions.as_deref()?).ok()?;
    let ours = &e.live.application.as_ref()?.arn;
    let below = format!("{ours}/*");
    // Some actions of Amazon Q Business know no resource, so that their `*` names no application.
    let names_it = |s: &Statement| {
        s.not_resource
            || s.resources.iter().any(|r| match r.as_str() {
                "*" => names(s, CHAT),
                r => glob(r, ours) || glob(r, &below),
            })
    };
    let is_of_chat = |s: &Statement| {
        let of_chat = |a: &String| a == "*" || a.to_ascii_lowercase().starts_with("qbusiness:");
        s.not_action || s.actions.iter().any(of_chat)
    };
    let mut allowing = granted.statements.iter().filter(|s| s.allow);
    Some(allowing.any(|s| is_of_chat(s) && names_it(s)))
}

/// What AWS's document of a web experience's role has for this application.
pub(super) fn incomplete(e: &Evidence) -> Vec<Found> {
    let Some((granted, mut missing)) = refused(e) else {
        return none();
    };
    // A subscription and a key have rules of their own.
    missing.retain(|p| p.action != CLAIM && p.action != DECRYPT);
    let denied = |p: &&ChatPermission| p.needed && denying(e, p).is_some();
    let first = missing.iter().find(denied);
    let first = first.or(missing.iter().find(|p| p.needed)).or(missing.first());
    let Some(first) = first else {
        return none();
    };
    // Of what one statement denies, the others of the list may be refused for another reason.
    let (first, is_denied) = (first.clone(), denying(e, first).is_some());
    if is_denied {
        missing.retain(|p| denying(e, p).is_some());
    }
    let first = &first;
    // The same action may stand in several statements, under several conditions, and on several resources.
    let mut actions: Vec<&str> = Vec::new();
    for permission in &missing {
        if !actions.contains(&permission.action.as_str()) {
            actions.push(&permission.action);
        }
    }
    let expected = format!("{} on {}", actions.join(", "), first.pattern);
    let mut found = found(e, expected, &granted, first);
    if !first.needed {
        for f in &mut found {
            f.severity = Some(Severity::Warning);
        }
    }
    found
}

/// The first sign-in takes a subscription with the person's own session (Q Business: IAM policies for a web
/// experience).
pub(super) fn claim_denied(e: &Evidence) -> Vec<Found> {
    let application = e.live.application.as_ref();
    let subscribes = application.is_some_and(|a| a.subscription.is_some_and(|(on, _)| on));
    if subscribes { denied(e, CLAIM) } else { none() }
}

/// The company's own key has to be allowed to the role as well.
pub(super) fn key_denied(e: &Evidence) -> Vec<Found> {
    denied(e, DECRYPT)
}

fn denied(e: &Evidence, action: &str) -> Vec<Found> {
    let Some((granted, refused)) = refused(e) else {
        return none();
    };
    match refused.iter().find(|p| p.action == action) {
        Some(p) => found(e, format!("{action} on {}", p.pattern), &granted, p),
        None => none(),
    }
}
