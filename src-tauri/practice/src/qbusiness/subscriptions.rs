//! Subscriptions: what people cost. One charge for a person and an IAM identity provider (Q Business: tiers),
//! until the end of the month in which a subscription is cancelled.

use super::{Call, conflict, not_found, page_of};
use crate::state::{Application, State};
use crate::wire::{Answer, AwsError};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

const LITE: &str = "Q_LITE";
const PRO: &str = "Q_BUSINESS";

/// A person's subscription to one application.
pub(crate) struct Subscription {
    pub id: String,
    /// Until the end of this month; empty where none is active now.
    pub current: String,
    /// From the next month on; None once it is cancelled.
    pub next: Option<String>,
    /// Cancelled, and out of the list.
    pub hidden: bool,
}

impl Subscription {
    /// Ends what is active now; it begins again next month.
    pub fn end(&mut self) {
        let ended = std::mem::take(&mut self.current);
        self.next.get_or_insert(ended);
    }
}

pub(super) fn call(state: &mut State, operation: &str, call: &Call<'_>) -> Option<Answer> {
    Some(match operation {
        "ListSubscriptions" => list(state, call),
        "UpdateSubscription" => change(state, call, |s| {
            let wanted = call.text("type");
            // An upgrade is instant, a downgrade waits for the next month (Q Business: UpdateSubscription).
            if wanted == PRO || s.current == wanted {
                wanted.clone_into(&mut s.current);
            }
            s.next = Some(wanted.to_owned());
        }),
        "CancelSubscription" => {
            let gone = call.world.switch("cancelled-subscription", "gone");
            change(state, call, |s| {
                s.next = None;
                s.hidden = gone;
            })
        }
        _ => return None,
    })
}

fn list(state: &mut State, call: &Call<'_>) -> Answer {
    let app = call.application(state)?;
    settled(app)?;
    let shown = app.subscriptions.values().filter(|s| !s.hidden);
    page_of(call.input, "subscriptions", 50, shown, |s| {
        let mut out = describe(s, call);
        if let Json::Object(map) = &mut out {
            map.insert("subscriptionId".into(), json!(s.id));
            map.insert("principal".into(), json!({"user": s.id}));
        }
        out
    })
}

/// Nothing of an application's subscriptions is read or written while it is being changed. AWS documents the
/// conflict for ListSubscriptions; that CancelSubscription answers so too is inferred.
fn settled(app: &Application) -> Result<(), AwsError> {
    match app.status() {
        "UPDATING" => Err(conflict("Application", "the application is UPDATING")),
        _ => Ok(()),
    }
}

fn change(state: &mut State, call: &Call<'_>, act: impl FnOnce(&mut Subscription)) -> Answer {
    let wanted = call.text("subscriptionId");
    let app = call.application(state)?;
    settled(app)?;
    let subscription = app
        .subscriptions
        .values_mut()
        .find(|s| s.id == wanted && !s.hidden)
        .ok_or_else(|| not_found("Subscription", wanted))?;
    act(subscription);
    Ok(describe(subscription, call))
}

fn describe(subscription: &Subscription, call: &Call<'_>) -> Json {
    let mut out = json!({
        "subscriptionArn": format!("{}/subscription/{}", call.arn(), subscription.id),
    });
    if let Json::Object(map) = &mut out {
        if !subscription.current.is_empty() {
            map.insert(
                "currentSubscription".into(),
                json!({"type": subscription.current}),
            );
        }
        if let Some(next) = &subscription.next {
            map.insert("nextSubscription".into(), json!({ "type": next }));
        }
    }
    out
}

/// Lets a person in. The first question of a new one is refused and starts the subscription, where the
/// application subscribes automatically and the role may (Q Business: automatic subscriptions); one that was
/// cancelled starts again with the next question.
pub(super) fn admit(
    app: &mut Application,
    email: &str,
    may_subscribe: bool,
    serial: u64,
) -> Result<(), AwsError> {
    let kind = app
        .set
        .get("autoSubscriptionConfiguration")
        .filter(|a| may_subscribe && super::text(a, "autoSubscribe") == "ENABLED")
        .map(|a| match super::text(a, "defaultSubscriptionType") {
            PRO => PRO,
            _ => LITE,
        });
    match (app.subscriptions.get_mut(email), kind) {
        // documented (Q Business API: ChatSync)
        (Some(held), _) if held.current.is_empty() => {
            return Err(AwsError::new(
                400,
                "LicenseNotFoundException",
                "You don't have permissions to perform the action because your license is inactive. Ask your admin to activate your license and try again after your licence is active.",
            ));
        }
        (Some(held), _) if held.next.is_some() => return Ok(()),
        (Some(held), Some(kind)) => {
            held.next = Some(kind.to_owned());
            held.hidden = false;
            return Ok(());
        }
        // Paid until the end of the month.
        (Some(_), None) => return Ok(()),
        (None, Some(kind)) => {
            let subscription = Subscription {
                id: format!("00000000-0000-4000-9000-{serial:012x}"),
                current: kind.to_owned(),
                next: Some(kind.to_owned()),
                hidden: false,
            };
            app.subscriptions.insert(email.to_owned(), subscription);
        }
        (None, None) => {}
    }
    Err(AwsError::new(
        403,
        "AccessDeniedException",
        format!(
            "Exception occurred for requestId: {serial} with message: User does not have a subscription for the given application."
        ),
    ))
}

/// How often AWS charges this month: once for a person and an identity provider.
pub(crate) fn charges(state: &State) -> usize {
    let all: BTreeSet<(&str, &str)> = state
        .applications
        .values()
        .flat_map(|app| {
            let provider = app
                .set
                .get("iamIdentityProviderArn")
                .and_then(Json::as_str)
                .unwrap_or_default();
            app.subscriptions
                .keys()
                .map(move |email| (provider, email.as_str()))
        })
        .collect();
    all.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Phase;
    use std::time::Duration;

    fn application(auto: &str) -> Application {
        let mut set = serde_json::Map::new();
        set.insert(
            "autoSubscriptionConfiguration".into(),
            json!({"autoSubscribe": auto, "defaultSubscriptionType": "Q_LITE"}),
        );
        set.insert("iamIdentityProviderArn".into(), json!("arn:one"));
        Application::new("us-east-1".into(), Phase::starting(Duration::ZERO), set, 0)
    }

    #[test]
    fn who_is_let_in() {
        let check = |auto: &str, may: bool, expected: [bool; 2]| {
            let mut app = application(auto);
            let found = [1, 2].map(|n| admit(&mut app, "a@b.example", may, n).is_ok());
            assert_eq!(found, expected, "{auto} {may}");
        };
        check("ENABLED", true, [false, true]);
        check("ENABLED", false, [false, false]);
        check("DISABLED", true, [false, false]);
    }

    #[test]
    fn a_cancelled_subscription_starts_again_with_the_next_question() {
        let check = |auto: &str, again: bool| {
            let mut app = application("ENABLED");
            assert!(admit(&mut app, "a@b.example", true, 1).is_err());
            let next = |app: &Application| app.subscriptions.values().any(|s| s.next.is_some());
            for s in app.subscriptions.values_mut() {
                s.next = None;
            }
            app.set = application(auto).set;
            assert!(admit(&mut app, "a@b.example", true, 2).is_ok());
            assert_eq!(next(&app), again, "{auto}");
        };
        check("ENABLED", true);
        check("DISABLED", false);
    }

    #[test]
    fn one_charge_for_a_person_and_a_provider() {
        let mut state = State::default();
        for (id, provider) in [("a", "arn:one"), ("b", "arn:one"), ("c", "arn:two")] {
            let mut app = application("ENABLED");
            app.set.insert("iamIdentityProviderArn".into(), json!(provider));
            assert!(admit(&mut app, "a@b.example", true, 1).is_err());
            state.applications.insert(id.into(), app);
        }
        assert_eq!(charges(&state), 2);
    }
}
