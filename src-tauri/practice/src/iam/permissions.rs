//! What a role may do, decided by core's evaluator from the documents that the role has.

use super::policy;
use super::role::role_arn;
use crate::state::{ACCOUNT, Role, State};
use claimbridge_core::policy::evaluate::{Decision, Request, evaluate};
use claimbridge_core::policy::{Document, TrustPolicy};

/// A role that exists under this very ARN.
pub(crate) fn role_by_arn<'a>(state: &'a State, arn: &str) -> Option<&'a Role> {
    let name = arn.rsplit('/').next().unwrap_or_default();
    state
        .roles
        .get(&name.to_ascii_lowercase())
        .filter(|r| role_arn(r) == arn)
}

/// Whether the role's inline and managed policies allow it, and its permissions boundary too (IAM: policy
/// evaluation logic): one Deny anywhere refuses.
pub(crate) fn allows(state: &State, role: &Role, request: &Request) -> bool {
    let inline = role.policies.values().map(String::as_str);
    let managed = role
        .attached
        .iter()
        .filter_map(|arn| policy::document(state, arn));
    let granted = together(inline.chain(managed));
    let bounded = role.boundary.as_ref().is_none_or(|arn| {
        evaluate(&together(policy::document(state, arn).into_iter()), request).decision == Decision::Allowed
    });
    bounded && evaluate(&granted, request).decision == Decision::Allowed
}

fn together<'a>(documents: impl Iterator<Item = &'a str>) -> Document {
    Document {
        statements: documents
            .filter_map(|text| Document::parse(text).ok())
            .flat_map(|d| d.statements)
            .collect(),
    }
}

/// Whether a service may assume the role on behalf of a resource of this account.
pub(crate) fn service_may_assume(role: &Role, service: &str, source_arn: &str) -> bool {
    TrustPolicy::parse(&role.trust)
        .is_ok_and(|trust| trust.admits_service(service, ACCOUNT, source_arn) == Some(true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::collections::BTreeMap;
    use std::time::Instant;

    const APP: &str = "arn:aws:qbusiness:us-east-1:123456789012:application/a1";

    fn role(trust: &str, inline: &[&str]) -> Role {
        Role {
            name: "r".into(),
            path: "/team/".into(),
            trust: trust.to_owned(),
            policies: inline
                .iter()
                .enumerate()
                .map(|(i, p)| (i.to_string(), (*p).to_owned()))
                .collect(),
            attached: Vec::new(),
            boundary: None,
            tags: BTreeMap::new(),
            description: None,
            max_session: 3600,
            created: 0,
            visible_from: Instant::now(),
            id: "AROA".into(),
        }
    }

    fn document(effect: &str, action: &str) -> String {
        json!({"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": action, "Resource": "*"}]})
            .to_string()
    }

    #[test]
    fn a_deny_in_another_document_and_a_boundary_refuse() {
        let state = State::default();
        let chat = Request {
            action: "qbusiness:ChatSync".into(),
            resource: APP.into(),
            ..Request::default()
        };
        let (yes, no) = (
            document("Allow", "qbusiness:*"),
            document("Deny", "qbusiness:ChatSync"),
        );
        let check = |inline: &[&str], attached: &[&str], boundary: Option<&str>, expected: bool| {
            let mut role = role("{}", inline);
            role.attached = attached.iter().map(|a| (*a).to_owned()).collect();
            role.boundary = boundary.map(str::to_owned);
            assert_eq!(
                allows(&state, &role, &chat),
                expected,
                "{inline:?} {attached:?} {boundary:?}"
            );
        };
        check(&[], &[], None, false);
        check(&[&yes], &[], None, true);
        check(&[&yes, &no], &[], None, false);
        check(&[], &[policy::ADMINISTRATOR_ACCESS], None, true);
        check(&[&no], &[policy::ADMINISTRATOR_ACCESS], None, false);
        check(&[&yes], &[], Some(policy::ADMINISTRATOR_ACCESS), true);
        check(&[&yes], &[], Some("arn:aws:iam::123456789012:policy/gone"), false);
        check(&[], &[], Some(policy::ADMINISTRATOR_ACCESS), false);
    }

    #[test]
    fn services_assume_what_trusts_them_for_this_resource() {
        let trust = |service: &str, condition: serde_json::Value| {
            json!({"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole", "Condition": condition,
            }]})
            .to_string()
        };
        let check = |trust: &str, expected: bool| {
            let role = role(trust, &[]);
            assert_eq!(
                service_may_assume(&role, "application.qbusiness.amazonaws.com", APP),
                expected,
                "{trust}"
            );
        };
        let ours = json!({
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
            "ArnLike": {"aws:SourceArn": APP},
        });
        let name = "application.qbusiness.amazonaws.com";
        check(&trust(name, ours.clone()), true);
        check(&trust(name, json!({})), true);
        check(&trust("qbusiness.amazonaws.com", ours), false);
        check(
            &trust(
                name,
                json!({"StringEquals": {"aws:SourceAccount": "210987654321"}}),
            ),
            false,
        );
        check(
            &trust(name, json!({"ArnLike": {"aws:SourceArn": format!("{APP}2")}})),
            false,
        );
        check("{}", false);
    }
}
