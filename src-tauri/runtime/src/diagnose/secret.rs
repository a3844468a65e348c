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
                .map(|t| t.admits_service(SERVICE, account.unwrap_or_default(), &source));
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
            state.role_may_read = (!may || !bounded).then_some(may);
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

/// The secret, and the company's own key where it has one.
fn may_read(policies: &[HeldPolicy], secret: &str, key: Option<&str>) -> bool {
    let together = Document {
        statements: policies
            .iter()
            .filter_map(|p| Document::from_json(&p.document).ok())
            .flat_map(|d| d.statements)
            .collect(),
    };
    let allowed = |action: &str, resource: &str| {
        let service = secret.split(':').nth(3).unwrap_or_default();
        let request = Request {
            action: action.into(),
            resource: resource.to_owned(),
            context: BTreeMap::from([(
                "kms:viaservice".to_owned(),
                vec![format!("secretsmanager.{service}.amazonaws.com")],
            )]),
            ..Request::default()
        };
        evaluate(&together, &request).decision == Decision::Allowed
    };
    allowed("secretsmanager:GetSecretValue", secret) && key.is_none_or(|key| allowed("kms:Decrypt", key))
}
