//! What a federated session may do: what its role may.

use super::{app_arn, text};
use crate::iam;
use crate::state::{Session, State};
use crate::wire::{AwsError, Caller};
use claimbridge_core::policy::evaluate::Request;
use serde_json::Value as Json;
use std::collections::BTreeMap;

pub(super) fn allowed(caller: &Caller, state: &State, input: &Json, operation: &str) -> Result<(), AwsError> {
    let Some(session) = &caller.session else {
        return Ok(());
    };
    // GetWebExperience too is granted on the application in AWS's own policy (Q Business: IAM policies for a web experience).
    let request = Request {
        action: format!("qbusiness:{operation}"),
        resource: app_arn(&caller.region, text(input, "applicationId")),
        ..Request::default()
    };
    if may(state, session, &request) {
        Ok(())
    } else {
        Err(AwsError::new(
            403,
            "AccessDeniedException",
            format!(
                "User: {} is not authorized to perform: qbusiness:{operation}",
                caller.arn
            ),
        ))
    }
}

/// A person subscribes with the role's own right to do so for themselves (Q Business: automatic subscriptions).
pub(super) fn may_subscribe(state: &State, session: &Session) -> bool {
    let request = Request {
        action: "user-subscriptions:CreateClaim".into(),
        resource: "*".into(),
        context: BTreeMap::from([
            (
                "user-subscriptions:createforself".to_owned(),
                vec!["true".to_owned()],
            ),
            (
                "aws:calledvialast".to_owned(),
                vec!["qbusiness.amazonaws.com".to_owned()],
            ),
        ]),
        ..Request::default()
    };
    may(state, session, &request)
}

/// Whether the role may decrypt with the key of the application (Q Business: encryption at rest).
pub(super) fn may_decrypt(state: &State, session: &Session, key: &str, region: &str) -> bool {
    let request = Request {
        action: "kms:Decrypt".into(),
        resource: crate::kms::arn_of(key, region),
        context: BTreeMap::from([(
            "kms:viaservice".to_owned(),
            vec![format!("qbusiness.{region}.amazonaws.com")],
        )]),
        ..Request::default()
    };
    may(state, session, &request)
}

fn may(state: &State, session: &Session, request: &Request) -> bool {
    state
        .roles
        .get(&session.role.to_ascii_lowercase())
        .is_some_and(|role| iam::allows(state, role, request))
}
