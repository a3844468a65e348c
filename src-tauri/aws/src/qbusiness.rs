//! Amazon Q Business: applications, indices, retrievers, web experiences. Every PUT is a
//! read-modify-write, because AWS may clear what is left out.

use crate::Aws;
use aws_sdk_qbusiness::types as q;
use claimbridge_core::resource::{Candidate, CloudError, Observed, Output, PhysicalId, Resource, Snapshot};
use claimbridge_core::setup::TAG;
use serde_json::Value as Json;
use std::collections::BTreeMap;

mod application;
mod documents;
mod group;
mod index;
mod subscriptions;
mod web_experience;

pub use documents::{DataSource, DocumentState, NewDocument, Synchronisation};
pub use group::IndexGroups;

fn tag_list(tags: &BTreeMap<String, String>) -> Vec<q::Tag> {
    tags.iter()
        .filter_map(|(k, v)| q::Tag::builder().key(k).value(v).build().ok())
        .collect()
}

fn ready(
    attributes: &[(&str, Json)],
    outputs: impl IntoIterator<Item = (Output, String)>,
    status: Option<&str>,
) -> Observed {
    Observed::Ready(Snapshot {
        attributes: attributes
            .iter()
            .map(|(k, v)| ((*k).to_owned(), v.clone()))
            .collect(),
        outputs: outputs.into_iter().collect(),
        status: status.map(str::to_owned),
        setup: None,
    })
}

/// A status that is not final, or final and bad.
fn unsettled(status: &str, error: Option<&q::ErrorDetail>) -> Observed {
    match status {
        "FAILED" => Observed::Failed {
            why: error
                .and_then(|e| e.error_message())
                .unwrap_or("AWS gives no reason")
                .to_owned(),
        },
        "DELETING" => Observed::PendingDeletion { until: None },
        _ => Observed::Settling {
            status: status.to_owned(),
        },
    }
}

impl Aws {
    pub(crate) async fn tag(&self, arn: &str) -> Result<Option<String>, CloudError> {
        let sent = self
            .qbusiness
            .list_tags_for_resource()
            .resource_arn(arn)
            .send()
            .await;
        let answer = sent.map_err(self.error("ListTagsForResource"))?;
        Ok(answer
            .tags()
            .iter()
            .find(|t| t.key() == TAG)
            .map(|t| t.value().to_owned()))
    }

    /// The first of some candidates, by id and ARN, that carries this set-up's tag.
    async fn tagged(
        &self,
        candidates: Vec<(PhysicalId, String)>,
        tags: &BTreeMap<String, String>,
    ) -> Result<Option<Candidate>, CloudError> {
        for (id, arn) in candidates {
            let found = self.tag(&arn).await?;
            if found.is_some() && found.as_ref() == tags.get(TAG) {
                return Ok(Some(Candidate { id, setup: found }));
            }
        }
        Ok(None)
    }

    pub(crate) async fn find_in_qbusiness(
        &self,
        resource: &Resource<String>,
    ) -> Result<Option<Candidate>, CloudError> {
        let (application, kind, ids, tags) = match resource {
            Resource::Application { name, tags, .. } => {
                let mut candidates = Vec::new();
                for app in self.applications().await?.into_iter().filter(|a| a.name == *name) {
                    let arn = self.application_arn(&app.id).await?;
                    candidates.push((PhysicalId(app.id), arn));
                }
                return self.tagged(candidates, tags).await;
            }
            Resource::Index {
                application,
                name,
                tags,
                ..
            } => (
                application,
                "index",
                self.index_ids(application, name).await?,
                tags,
            ),
            Resource::Retriever {
                application,
                name,
                tags,
                ..
            } => (
                application,
                "retriever",
                self.retriever_ids(application, name).await?,
                tags,
            ),
            Resource::WebExperience {
                application, tags, ..
            } => (
                application,
                "web-experience",
                self.web_experience_ids(application).await?,
                tags,
            ),
            Resource::AutoSubscription { .. }
            | Resource::ManagedPolicy { .. }
            | Resource::OidcClient { .. }
            | Resource::OidcProvider { .. }
            | Resource::PolicyAttachment { .. }
            | Resource::Role { .. }
            | Resource::RolePolicy { .. }
            | Resource::RoleTrust { .. }
            | Resource::SamlProvider { .. }
            | Resource::Secret { .. }
            | Resource::WebExperienceRole { .. } => return Ok(None),
        };
        let arn = self.application_arn(application).await?;
        let candidates = ids
            .iter()
            .map(|id| (PhysicalId::child(application, id), format!("{arn}/{kind}/{id}")))
            .collect();
        self.tagged(candidates, tags).await
    }
}
