//! Secrets Manager: the OIDC client's secret goes in, and never comes out again: no call here reads a value.

use crate::Aws;
use crate::iam::unread;
use aws_sdk_secretsmanager::types::Tag;
use claimbridge_core::resource::{
    Candidate, CloudError, CloudErrorKind, Observed, Output, PhysicalId, Resource, SecretValue, Snapshot,
};
use claimbridge_core::setup::TAG;
use claimbridge_core::time::Instant;
use secrecy::ExposeSecret;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// The least that AWS allows; until then the secret can be had back and its name is taken.
const RECOVERY_DAYS: i64 = 7;

/// What Amazon Q Business looks for in the secret (Q Business: IAM federation, OIDC).
const KEY: &str = "client_secret";

fn tag_list(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter()
        .map(|(k, v)| Tag::builder().key(k).value(v).build())
        .collect()
}

/// The secret as AWS stores it. Wiped when dropped.
fn document(value: &SecretValue) -> SecretValue {
    SecretValue::from(json!({ KEY: value.expose_secret() }).to_string())
}

impl Aws {
    pub(crate) async fn read_secret(&self, id: &str) -> Observed {
        let sent = self.secrets.describe_secret().secret_id(id).send().await;
        let held = match sent.map_err(self.error("DescribeSecret")) {
            Err(error) => return unread(error),
            Ok(answer) => answer,
        };
        if let Some(deleted) = held.deleted_date() {
            let until = Instant::from_unix_timestamp(deleted.secs() + RECOVERY_DAYS * 86_400).ok();
            return Observed::PendingDeletion { until };
        }
        let current = held.version_ids_to_stages().and_then(|all| {
            all.iter()
                .find(|(_, stages)| stages.iter().any(|s| s == "AWSCURRENT"))
                .map(|(version, _)| version.clone())
        });
        let owner = held
            .tags()
            .iter()
            .find(|t| t.key() == Some(TAG))
            .and_then(|t| t.value())
            .map(str::to_owned);
        // AWS's own key is named by its alias, or not at all.
        let key = held
            .kms_key_id()
            .filter(|k| !k.contains("alias/aws/"))
            .map(|k| crate::keys::whole_arn(k, held.arn().unwrap_or_default()));
        Observed::Ready(Snapshot {
            attributes: BTreeMap::from([
                ("name".to_owned(), json!(held.name())),
                ("currentVersion".to_owned(), json!(&current)),
                ("kmsKeyId".to_owned(), key.map_or(Json::Null, |k| json!(k))),
            ]),
            outputs: [
                held.arn().map(|arn| (Output::Arn, arn.to_owned())),
                current.map(|version| (Output::Version, version)),
            ]
            .into_iter()
            .flatten()
            .collect(),
            status: None,
            setup: Some(owner),
        })
    }

    pub(crate) async fn find_secret(&self, name: &str) -> Result<Option<Candidate>, CloudError> {
        let sent = self.secrets.describe_secret().secret_id(name).send().await;
        match sent.map_err(self.error("DescribeSecret")) {
            Ok(held) => Ok(Some(Candidate {
                id: PhysicalId(held.arn().unwrap_or(name).to_owned()),
                setup: held
                    .tags()
                    .iter()
                    .find(|t| t.key() == Some(TAG))
                    .and_then(|t| t.value())
                    .map(str::to_owned),
            })),
            Err(error) if error.kind == CloudErrorKind::Gone => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Creates the secret, takes back one that waits for its deletion, or adds the version.
    pub(crate) async fn write_secret(
        &self,
        resource: &Resource<String>,
        value: &SecretValue,
    ) -> Result<PhysicalId, CloudError> {
        let Resource::Secret {
            name,
            version,
            kms_key,
            tags,
        } = resource
        else {
            return Err(CloudError::unsupported("CreateSecret"));
        };
        let Some(held) = self.find_secret(name).await? else {
            let sent = self
                .secrets
                .create_secret()
                .name(name)
                .client_request_token(version)
                .description("Client secret of the sign-in to Amazon Q Business")
                .secret_string(document(value).expose_secret())
                .set_kms_key_id(kms_key.clone())
                .set_tags(Some(tag_list(tags)))
                .send()
                .await;
            let answer = sent.map_err(self.error("CreateSecret"))?;
            return Ok(PhysicalId(answer.arn().unwrap_or_default().to_owned()));
        };
        if held.setup.as_ref() != tags.get(TAG) {
            return Err(CloudError::foreign("PutSecretValue", &held.id.0));
        }
        let arn = held.id.0.as_str();
        if matches!(self.read_secret(arn).await, Observed::PendingDeletion { .. }) {
            let sent = self.secrets.restore_secret().secret_id(arn).send().await;
            sent.map_err(self.error("RestoreSecret"))?;
        }
        if let Observed::Ready(snapshot) = self.read_secret(arn).await
            && snapshot.attributes.get("kmsKeyId") != Some(&json!(kms_key))
        {
            let call = self.secrets.update_secret().secret_id(arn);
            let key = kms_key
                .clone()
                .unwrap_or_else(|| "alias/aws/secretsmanager".into());
            let sent = call.kms_key_id(key).send().await;
            sent.map_err(self.error("UpdateSecret"))?;
        }
        let sent = self
            .secrets
            .put_secret_value()
            .secret_id(arn)
            .client_request_token(version)
            .secret_string(document(value).expose_secret())
            .send()
            .await;
        sent.map_err(self.error("PutSecretValue"))?;
        Ok(held.id)
    }

    pub(crate) async fn delete_secret(&self, id: &str) -> Result<(), CloudError> {
        let call = self.secrets.delete_secret().secret_id(id);
        let sent = call.recovery_window_in_days(RECOVERY_DAYS).send().await;
        match sent.map_err(self.error("DeleteSecret")) {
            // An earlier run came this far; a second time AWS refuses with InvalidRequestException.
            Err(_) if matches!(self.read_secret(id).await, Observed::PendingDeletion { .. }) => Ok(()),
            other => other.map(|_| ()),
        }
    }
}
