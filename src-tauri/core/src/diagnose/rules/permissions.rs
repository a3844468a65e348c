//! What the role may do in this application, asked of its policies action by action.

use super::{Evidence, Found, Severity, listed, none, one};
use crate::policy::evaluate::{Decision, Request, evaluate, glob};
use crate::policy::{Document, PermissionPolicy, Statement};
use crate::resource::{HeldApplication, Permissions};
use crate::value::{AccountId, Region};
use std::collections::BTreeMap;

/// What a page of the web experience cannot do without: the permissions of AWS's own sample scripts. The others
/// came later, and a role that was made before then still chats.
const NEEDED: [&str; 10] = [
    "qbusiness:Chat",
    "qbusiness:ChatSync",
    "qbusiness:DeleteConversation",
    "qbusiness:GetApplication",
    "qbusiness:GetChatControlsConfiguration",
    "qbusiness:GetRetriever",
    "qbusiness:GetWebExperience",
    "qbusiness:ListConversations",
    "qbusiness:ListMessages",
    "qbusiness:ListRetrievers",
];

/// Every statement of every policy of the role; None where they were not read, or one is not understood.
fn granted(e: &Evidence) -> Option<Document> {
    let mut all = Document {
        statements: Vec::new(),
    };
    for policy in e.live.permissions.as_ref()? {
        all.statements
            .extend(Document::from_json(&policy.document).ok()?.statements);
    }
    Some(all)
}

/// Region, account and id of an application.
fn parts(application: &HeldApplication) -> Option<(Region, AccountId, &str)> {
    let mut parts = application.arn.splitn(6, ':').skip(3);
    let (region, account, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let id = rest.strip_prefix("application/")?;
    Some((Region::parse(region).ok()?, AccountId::parse(account).ok()?, id))
}

/// Whether the role may do it. What the policies compare and the question does not say is unknown.
fn ask(granted: &Document, action: &str, resource: &str, context: &[(&str, &str)]) -> Decision {
    let context: BTreeMap<String, Vec<String>> = context
        .iter()
        .map(|(key, value)| (key.to_ascii_lowercase(), vec![(*value).to_owned()]))
        .collect();
    let unknown = granted
        .statements
        .iter()
        .flat_map(|s| &s.conditions)
        .map(|c| c.key.to_ascii_lowercase())
        .filter(|key| !context.contains_key(key))
        .collect();
    let request = Request {
        action: action.to_owned(),
        federated: None,
        resource: resource.to_owned(),
        context,
        unknown,
        absent: Vec::new(),
    };
    evaluate(granted, &request).decision
}

fn names(statement: &Statement, action: &str) -> bool {
    !statement.not_action
        && statement
            .actions
            .iter()
            .any(|a| glob(&a.to_ascii_lowercase(), &action.to_ascii_lowercase()))
}

/// What the policies have for an action instead: a statement that denies it, another resource, or nothing.
fn instead(granted: &Document, action: &str, wanted: &str) -> String {
    let about: Vec<&Statement> = granted.statements.iter().filter(|s| names(s, action)).collect();
    let denied = about
        .iter()
        .any(|s| !s.allow && (s.resources.is_empty() || s.resources.iter().any(|r| glob(r, wanted))));
    if denied {
        return "a statement denies it".to_owned();
    }
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

/// Asks, action by action, for what AWS's document of a web experience's role has for this application.
pub(super) fn incomplete(e: &Evidence) -> Vec<Found> {
    let (Some(granted), Some(application)) = (granted(e), &e.live.application) else {
        return none();
    };
    let Some((region, account, id)) = parts(application) else {
        return none();
    };
    let documented = PermissionPolicy::of(&Permissions::WebExperience {
        region,
        account,
        application: id.to_owned(),
        q_apps: application.q_apps && region.has_q_apps(),
        kms_key: None,
        document_content: false,
    });
    let mut missing: Vec<(&str, &str)> = Vec::new();
    for statement in &documented.0.statements {
        // A subscription has a rule of its own.
        let actions = statement.actions.iter().filter(|a| *a != CLAIM);
        let context: Vec<(&str, &str)> = statement
            .conditions
            .iter()
            .filter_map(|c| Some((c.key.as_str(), c.values.first()?.as_str())))
            .collect();
        for action in actions {
            let refused = statement
                .resources
                .iter()
                .find(|r| ask(&granted, action, r, &context) == Decision::Denied);
            // The same action may stand in several statements, under several conditions.
            match refused {
                Some(resource) if !missing.iter().any(|(a, _)| a == action) => {
                    missing.push((action, resource))
                }
                _ => {}
            }
        }
    }
    let is_needed = |action: &str| NEEDED.contains(&action);
    let Some((action, resource)) = missing
        .iter()
        .find(|(a, _)| is_needed(a))
        .or(missing.first())
        .copied()
    else {
        return none();
    };
    let actions: Vec<&str> = missing.iter().map(|(a, _)| *a).collect();
    let mut found = one(
        "Permissions of the role",
        format!("{} on {resource}", actions.join(", ")),
        instead(&granted, action, resource),
    );
    if !actions.iter().any(|a| is_needed(a)) {
        for f in &mut found {
            f.severity = Some(Severity::Warning);
        }
    }
    found
}

/// The first sign-in of a person asks for it.
const CLAIM: &str = "user-subscriptions:CreateClaim";

/// The first sign-in takes a subscription with the person's own session (Q Business: IAM policies for a web
/// experience).
pub(super) fn claim_denied(e: &Evidence) -> Vec<Found> {
    let (Some(granted), Some(application)) = (granted(e), &e.live.application) else {
        return none();
    };
    let context = [
        ("user-subscriptions:CreateForSelf", "true"),
        ("aws:CalledViaLast", "qbusiness.amazonaws.com"),
    ];
    let subscribes = application.subscription.is_some_and(|(on, _)| on);
    if !subscribes || ask(&granted, CLAIM, "*", &context) != Decision::Denied {
        return none();
    }
    one(
        "Permissions of the role",
        format!("{CLAIM} on *"),
        instead(&granted, CLAIM, "*"),
    )
}

/// The company's own key has to be allowed to the role as well.
pub(super) fn key_denied(e: &Evidence) -> Vec<Found> {
    let (Some(granted), Some(application)) = (granted(e), &e.live.application) else {
        return none();
    };
    let (Some(key), Some((region, account, _))) = (&application.kms_key, parts(application)) else {
        return none();
    };
    let key = match key.as_str() {
        arn if arn.starts_with("arn:") => arn.to_owned(),
        alias if alias.starts_with("alias/") => return none(),
        id => format!("arn:aws:kms:{region}:{account}:key/{id}"),
    };
    let through = format!("qbusiness.{region}.amazonaws.com");
    if ask(&granted, "kms:Decrypt", &key, &[("kms:ViaService", &through)]) != Decision::Denied {
        return none();
    }
    one(
        "Permissions of the role",
        format!("kms:Decrypt on {key}"),
        instead(&granted, "kms:Decrypt", &key),
    )
}
