//! The client secret of OpenID Connect and the role that reads it: never the value.

use super::read::{Log, name_of};
use claimbridge_aws::Aws;
use claimbridge_core::diagnose::SecretState;
use claimbridge_core::policy::evaluate::{Decision, Request, evaluate};
use claimbridge_core::policy::{Document, TrustPolicy};
use claimbridge_core::resource::{
    Address, Cloud, CloudErrorKind, HeldPolicy, Observed, Output, PhysicalId, Snapshot,
};
use claimbridge_core::value::arn_account;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Whom the role has to trust (Q Business: IAM roles for a web experience).
const SERVICE: &str = "application.qbusiness.amazonaws.com";

/// What is known of the secret, and what could not be read; None where not even that it is there.
pub(super) async fn secret_state(
    aws: &Aws,
    application: &str,
    named: &str,
    role: &str,
) -> (Option<SecretState>, Log) {
    let mut log = Log::default();
    let name = PhysicalId(name_of(role).to_owned());
    let secret = PhysicalId(named.to_owned());
    let (secret, trust, policies) = futures::join!(
        aws.read(Address::Secret, &secret),
        aws.read(Address::SecretsRole, &name),
        aws.held_policies(&name.0)
    );
    let mut state = SecretState {
        named: named.to_owned(),
        ..SecretState::default()
    };
    let mut key = None;
    match secret {
        Observed::Ready(snapshot) => {
            state.exists = true;
            state.arn = snapshot.outputs.get(&Output::Arn).cloned();
            key = text(&snapshot, "kmsKeyId");
        }
        Observed::Unreadable(error) => {
            log.say("Client secret", error);
            return (None, log);
        }
        Observed::Absent
        | Observed::Failed { .. }
        | Observed::PendingDeletion { .. }
        | Observed::Settling { .. } => {}
    }
    let (region, account) = (named.split(':').nth(3), arn_account(named));
    let mut bounded = false;
    match trust {
        Observed::Ready(snapshot) => {
            let source = format!(
                "arn:aws:qbusiness:{}:{}:application/{application}",
                region.unwrap_or_default(),
                account.unwrap_or_default()
            );
            bounded = text(&snapshot, "permissionsBoundary").is_some();
            let document = snapshot.attributes.get("assumeRolePolicyDocument");
            state.role_admits_service = document
                .and_then(|d| TrustPolicy::parse(&d.to_string()).ok())
                .and_then(|t| t.admits_service(SERVICE, account.unwrap_or_default(), &source));
        }
        Observed::Absent => state.role_admits_service = Some(false),
        Observed::Unreadable(error) => log.say("Role that reads the client secret", error),
        Observed::Failed { .. } | Observed::PendingDeletion { .. } | Observed::Settling { .. } => {}
    }
    match policies {
        Ok(policies) => {
            let arn = state.arn.as_deref().unwrap_or(named);
            let may = may_read(&policies, arn, key.as_deref());
            // A permissions boundary may take away what the policies give; it is not looked into.
            state.role_may_read = may.filter(|may| !may || !bounded);
        }
        Err(error) if error.kind == CloudErrorKind::Gone => state.role_may_read = Some(false),
        Err(error) => log.say("Policies of the role that reads the client secret", error),
    }
    (Some(state), log)
}

fn text(snapshot: &Snapshot, attribute: &str) -> Option<String> {
    let value = snapshot.attributes.get(attribute).and_then(Json::as_str);
    value.map(str::to_owned)
}

/// The secret, and the company's own key where it has one. None where the policies look at more than is known, or
/// one of them is not understood.
fn may_read(policies: &[HeldPolicy], secret: &str, key: Option<&str>) -> Option<bool> {
    let read: Vec<Document> = policies
        .iter()
        .filter_map(|p| Document::from_json(&p.document).ok())
        .collect();
    if read.len() < policies.len() {
        return None;
    }
    let together = Document {
        statements: read.into_iter().flat_map(|d| d.statements).collect(),
    };
    let ask = |action: &str, resource: &str| {
        let region = secret.split(':').nth(3).unwrap_or_default();
        let request = Request {
            action: action.into(),
            resource: resource.to_owned(),
            context: BTreeMap::from([(
                "kms:viaservice".to_owned(),
                vec![format!("secretsmanager.{region}.amazonaws.com")],
            )]),
            unknown: vec!["*".into()],
            ..Request::default()
        };
        evaluate(&together, &request)
    };
    let mut answer = ask("secretsmanager:GetSecretValue", secret);
    if let Some(key) = key {
        answer = answer.and(ask("kms:Decrypt", key));
    }
    match answer.decision {
        Decision::Allowed => Some(true),
        Decision::Denied => Some(false),
        Decision::Unknown => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_the_policies_do_not_tell_is_not_known() {
        let secret = "arn:aws:secretsmanager:us-east-1:111122223333:secret:s-AbCdEf";
        let key = "arn:aws:kms:us-east-1:111122223333:key/1";
        let allow = |action: &str, condition: Json| {
            json!({"Version": "2012-10-17", "Statement":
                {"Effect": "Allow", "Action": action, "Resource": "*", "Condition": condition}})
        };
        let get = "secretsmanager:GetSecretValue";
        let via = json!({"StringLike": {"kms:ViaService": "secretsmanager.*.amazonaws.com"}});
        let ip = json!({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}});
        let broken = json!({"Statement": 1});
        let cases = [
            (vec![allow(get, json!({}))], None, Some(true)),
            (vec![allow(get, ip.clone())], None, None),
            (vec![allow("s3:*", json!({}))], None, Some(false)),
            (vec![allow(get, json!({})), broken], None, None),
            (vec![allow(get, json!({}))], Some(key), Some(false)),
            (
                vec![allow(get, json!({})), allow("kms:Decrypt", via)],
                Some(key),
                Some(true),
            ),
            (
                vec![allow(get, json!({})), allow("kms:Decrypt", ip)],
                Some(key),
                None,
            ),
        ];
        for (documents, key, expected) in cases {
            let shown = format!("{documents:?}");
            let held: Vec<HeldPolicy> = documents
                .into_iter()
                .map(|document| HeldPolicy {
                    name: "p".into(),
                    managed: None,
                    document,
                    others: 0,
                })
                .collect();
            assert_eq!(may_read(&held, secret, key), expected, "{shown}");
        }
    }
}
