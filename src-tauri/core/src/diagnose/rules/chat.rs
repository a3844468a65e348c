//! Rules about what comes after the sign-in: subscriptions, what the role may do in this application, groups
//! and addresses of documents.

use super::{EMAIL_VALUE, Evidence, Found, Owner, Severity, claimed, listed, none, one};
use crate::claims;
use crate::oidc::TokenTags;
use crate::policy::evaluate::{Decision, Request, evaluate, glob};
use crate::policy::{Document, PermissionPolicy, Statement};
use crate::resource::{HeldApplication, Permissions, Tier};
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
pub(super) fn permissions(e: &Evidence) -> Vec<Found> {
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

/// Nobody is subscribed by signing in: who has no subscription yet is refused. Where people are, the first call
/// is refused once all the same.
pub(super) fn no_subscription(e: &Evidence) -> Vec<Found> {
    const REFUSED: &str = "user does not have a subscription for the given application";
    let Some(application) = &e.live.application else {
        return none();
    };
    if application.subscription.is_some_and(|(on, _)| on) {
        let was_refused = e.messages.iter().any(|m| m.text.to_lowercase().contains(REFUSED));
        let mut found = match was_refused && claim_denied(e).is_empty() {
            true => one("Message", "a second try", "the first call of a person"),
            false => none(),
        };
        for f in &mut found {
            f.severity = Some(Severity::Warning);
            f.owner = Some(Owner::User);
            f.remedy = Some(
                "Try once more: the first call took the subscription and was refused, the next has it. If it stays, compare the role's permissions."
                    .to_owned(),
            );
        }
        return found;
    }
    let held = e.live.subscriptions.as_ref();
    let found = match held {
        Some(all) => format!("off, {} subscriptions", all.len()),
        None => "off".to_owned(),
    };
    let mut found = one("Application autoSubscriptionConfiguration", "ENABLED", found);
    // Some people may have theirs; that this person has none is not known.
    if held.is_none_or(|all| !all.is_empty()) {
        for f in &mut found {
            f.severity = Some(Severity::Warning);
        }
    }
    found
}

/// Every subscription that there is begins later, or is over.
pub(super) fn subscription_inactive(e: &Evidence) -> Vec<Found> {
    match &e.live.subscriptions {
        Some(all) if !all.is_empty() && all.iter().all(|s| !s.active) => one(
            "Subscriptions",
            "an active subscription",
            format!("{} subscriptions, none of them active", all.len()),
        ),
        Some(_) | None => none(),
    }
}

/// Q Apps are on, and people have the tier that does not bring them (Q Business: tiers).
pub(super) fn lite(e: &Evidence) -> Vec<Found> {
    let Some(application) = e.live.application.as_ref().filter(|a| a.q_apps) else {
        return none();
    };
    let lite = Tier::QLite.as_str();
    let held = e.live.subscriptions.as_deref().unwrap_or_default();
    let some = held.iter().filter(|s| s.active && s.tier == lite).count();
    let default = application.subscription == Some((true, Some(Tier::QLite)));
    match (some, default) {
        (0, false) => none(),
        (0, true) => one(
            "Application defaultSubscriptionType",
            Tier::QBusiness.as_str(),
            lite,
        ),
        (some, _) => one(
            "Subscriptions",
            Tier::QBusiness.as_str(),
            format!("{some} of {} with {lite}", held.len()),
        ),
    }
}

/// Whoever signs in through two providers is paid for twice (Q Business: tiers).
pub(super) fn several_providers(e: &Evidence) -> Vec<Found> {
    match &e.live.providers_in_use {
        Some(all) if all.len() > 1 => one(
            "Applications of the region",
            "one IAM provider",
            listed(all, ", "),
        ),
        Some(_) | None => none(),
    }
}

/// The address that AWS is told: of the assertion, else of the token.
fn email(e: &Evidence) -> Option<(String, &'static str)> {
    if let Some(assertion) = e.assertion() {
        let value = assertion.values(claims::EMAIL)?.first()?;
        return Some((value.clone(), EMAIL_VALUE));
    }
    let (_, claims) = super::token::token(e)?;
    Some((TokenTags::of(claims).email()?.to_owned(), "Tag Email"))
}

/// Documents are shown to the addresses of their access lists (Q Business: how a retriever filters by people).
pub(super) fn address_differs(e: &Evidence) -> Vec<Found> {
    let (Some(listed), Some((sent, place))) = (&e.live.document_addresses, email(e)) else {
        return none();
    };
    if listed.is_empty() || sent.trim().is_empty() || listed.contains(&sent) {
        return none();
    }
    let local = |address: &str| address.split('@').next().unwrap_or_default().to_ascii_lowercase();
    let near = listed
        .iter()
        .find(|a| a.eq_ignore_ascii_case(&sent))
        .or_else(|| listed.iter().find(|a| local(a) == local(&sent)));
    match near {
        Some(near) => one(place, near, sent),
        None => one(
            place,
            format!("one of the {} addresses of the access lists", listed.len()),
            sent,
        ),
    }
}

/// Groups that the provider sends, none of which the index knows: with IAM federation they are not taken over.
pub(super) fn no_groups(e: &Evidence) -> Vec<Found> {
    let (Some(known), Some(sent)) = (&e.live.groups, groups(e)) else {
        return none();
    };
    if sent.is_empty() || sent.iter().any(|g| known.contains(g)) {
        return none();
    }
    let held = match known.as_slice() {
        [] => "the index has no groups".to_owned(),
        some => format!("the index has {}", listed(some, ", ")),
    };
    one("Groups of the index", listed(&sent, ", "), held)
}

fn groups(e: &Evidence) -> Option<Vec<String>> {
    let is_groups = |name: &str| {
        let last = name.rsplit(['/', ':']).next().unwrap_or_default();
        ["groups", "memberof"].contains(&last.to_ascii_lowercase().as_str())
    };
    if e.assertion().is_some() {
        let (names, _) = claimed::names(e)?;
        let name = names.into_iter().find(|n| is_groups(n))?;
        return Some(e.assertion()?.values(name)?.to_vec());
    }
    let (_, claims) = super::token::token(e)?;
    let name = claims.names().find(|n| is_groups(n))?;
    let list = claims.get(name)?.as_array()?;
    Some(
        list.iter()
            .filter_map(|g| g.as_str().map(str::to_owned))
            .collect(),
    )
}
