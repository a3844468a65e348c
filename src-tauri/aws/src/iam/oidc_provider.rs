//! IAM OpenID Connect providers: one for each issuer and account, with the clients whose tokens it takes.

use super::{setup_tag, tag_list, unread};
use crate::Aws;
use claimbridge_core::resource::{
    Candidate, CloudError, CloudErrorKind, Observed, Output, PhysicalId, Snapshot,
};
use serde_json::json;
use std::collections::BTreeMap;

impl Aws {
    pub(crate) async fn read_oidc_provider(&self, arn: &str) -> Observed {
        let call = self.iam.get_open_id_connect_provider();
        let sent = call.open_id_connect_provider_arn(arn).send().await;
        match sent.map_err(self.error("GetOpenIDConnectProvider")) {
            Err(error) => unread(error),
            Ok(answer) => {
                // IAM leaves the scheme out; what it was created with was https, or practice's own.
                let tail = arn.split_once(":oidc-provider/").map_or(arn, |(_, tail)| tail);
                let scheme = if tail.starts_with("127.0.0.1") || tail.starts_with("localhost") {
                    "http"
                } else {
                    "https"
                };
                Observed::Ready(Snapshot {
                    attributes: BTreeMap::from([
                        ("url".to_owned(), json!(format!("{scheme}://{tail}"))),
                        ("clientIdList".to_owned(), json!(answer.client_id_list())),
                        ("thumbprintList".to_owned(), json!(answer.thumbprint_list())),
                    ]),
                    outputs: BTreeMap::from([(Output::Arn, arn.to_owned())]),
                    status: None,
                    setup: match setup_tag(answer.tags()) {
                        None if !self.tags_are_kept => None,
                        tag => Some(tag),
                    },
                })
            }
        }
    }

    /// The provider of an issuer, whoever made it.
    pub(crate) async fn find_oidc_provider(&self, issuer: &str) -> Result<Option<Candidate>, CloudError> {
        let sent = self.iam.list_open_id_connect_providers().send().await;
        let answer = sent.map_err(self.error("ListOpenIDConnectProviders"))?;
        let tail = issuer.split_once("://").map_or(issuer, |(_, rest)| rest);
        let suffix = format!(":oidc-provider/{tail}");
        let Some(arn) = answer
            .open_id_connect_provider_list()
            .iter()
            .filter_map(|p| p.arn())
            .find(|a| a.ends_with(&suffix))
        else {
            return Ok(None);
        };
        let setup = match self.read_oidc_provider(arn).await {
            Observed::Ready(snapshot) => snapshot.setup.flatten(),
            Observed::Unreadable(error) => return Err(error),
            _ => None,
        };
        Ok(Some(Candidate {
            id: PhysicalId(arn.to_owned()),
            setup,
        }))
    }

    /// Without thumbprints: IAM trusts public certificate authorities by itself (IAM: CreateOpenIDConnectProvider).
    pub(crate) async fn create_oidc_provider(
        &self,
        issuer: &str,
        client_id: &str,
        tags: &BTreeMap<String, String>,
    ) -> Result<PhysicalId, CloudError> {
        let call = self.iam.create_open_id_connect_provider();
        let sent = call
            .url(issuer)
            .client_id_list(client_id)
            .set_tags(Some(tag_list(tags)))
            .send()
            .await;
        let answer = sent.map_err(self.error("CreateOpenIDConnectProvider"))?;
        Ok(PhysicalId(
            answer
                .open_id_connect_provider_arn()
                .unwrap_or_default()
                .to_owned(),
        ))
    }

    pub(crate) async fn delete_oidc_provider(&self, arn: &str) -> Result<(), CloudError> {
        let call = self.iam.delete_open_id_connect_provider();
        let sent = call.open_id_connect_provider_arn(arn).send().await;
        sent.map(|_| ())
            .map_err(self.error("DeleteOpenIDConnectProvider"))
    }

    pub(crate) async fn read_oidc_client(&self, arn: &str, client_id: &str) -> Observed {
        match self.read_oidc_provider(arn).await {
            Observed::Ready(provider) => {
                let known = provider
                    .attributes
                    .get("clientIdList")
                    .and_then(|l| l.as_array())
                    .is_some_and(|l| l.iter().any(|c| c == client_id));
                if known {
                    Observed::Ready(Snapshot {
                        attributes: BTreeMap::from([("clientId".to_owned(), json!(client_id))]),
                        ..Snapshot::default()
                    })
                } else {
                    Observed::Absent
                }
            }
            other => other,
        }
    }

    /// Adding one that is there already is no error (IAM: AddClientIDToOpenIDConnectProvider).
    pub(crate) async fn add_oidc_client(&self, arn: &str, client_id: &str) -> Result<PhysicalId, CloudError> {
        let call = self.iam.add_client_id_to_open_id_connect_provider();
        let sent = call
            .open_id_connect_provider_arn(arn)
            .client_id(client_id)
            .send()
            .await;
        sent.map_err(self.error("AddClientIDToOpenIDConnectProvider"))?;
        Ok(PhysicalId::child(arn, client_id))
    }

    pub(crate) async fn remove_oidc_client(&self, arn: &str, client_id: &str) -> Result<(), CloudError> {
        let call = self.iam.remove_client_id_from_open_id_connect_provider();
        let sent = call
            .open_id_connect_provider_arn(arn)
            .client_id(client_id)
            .send()
            .await;
        match sent
            .map(|_| ())
            .map_err(self.error("RemoveClientIDFromOpenIDConnectProvider"))
        {
            Err(error) if error.kind == CloudErrorKind::Gone => Ok(()),
            other => other,
        }
    }
}
