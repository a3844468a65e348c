//! Indices and the retrievers that read them.

use super::{ready, tag_list, unsettled};
use crate::Aws;
use crate::iam::unread;
use aws_sdk_qbusiness::types as q;
use claimbridge_core::resource::{CloudError, Observed, Output, PhysicalId, Resource, RetrieverSource};
use serde_json::json;

impl Aws {
    pub(super) async fn index_ids(&self, app: &str, name: &str) -> Result<Vec<String>, CloudError> {
        let list = self.qbusiness.list_indices().application_id(app);
        let all = list
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await
            .map_err(self.error("ListIndices"))?;
        let named = all.into_iter().filter(|i| i.display_name() == Some(name));
        Ok(named.filter_map(|i| i.index_id).collect())
    }

    pub(super) async fn retriever_ids(&self, app: &str, name: &str) -> Result<Vec<String>, CloudError> {
        let list = self.qbusiness.list_retrievers().application_id(app);
        let all = list
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await
            .map_err(self.error("ListRetrievers"))?;
        let named = all.into_iter().filter(|r| r.display_name() == Some(name));
        Ok(named.filter_map(|r| r.retriever_id).collect())
    }

    pub(crate) async fn read_index(&self, app: &str, id: &str) -> Observed {
        let sent = self
            .qbusiness
            .get_index()
            .application_id(app)
            .index_id(id)
            .send()
            .await;
        let i = match sent.map_err(self.error("GetIndex")) {
            Err(error) => return unread(error),
            Ok(answer) => answer,
        };
        let status = i.status().map(q::IndexStatus::as_str).unwrap_or_default();
        if status != "ACTIVE" {
            return unsettled(status, i.error());
        }
        let units = i.capacity_configuration().and_then(|c| c.units()).unwrap_or(1);
        ready(
            &[
                ("displayName", json!(i.display_name())),
                ("type", json!(i.r#type().map(q::IndexType::as_str))),
                ("units", json!(units)),
            ],
            [(Output::Id, id.to_owned())],
            Some(status),
        )
    }

    pub(crate) async fn create_index(
        &self,
        resource: &Resource<String>,
        token: &str,
    ) -> Result<PhysicalId, CloudError> {
        let Resource::Index {
            application,
            name,
            kind,
            units,
            tags,
        } = resource
        else {
            return Err(CloudError::unsupported("CreateIndex"));
        };
        let sent = self
            .qbusiness
            .create_index()
            .application_id(application)
            .display_name(name)
            .r#type(q::IndexType::from(kind.as_str()))
            .capacity_configuration(capacity(*units))
            .set_tags(Some(tag_list(tags)))
            .client_token(token)
            .send()
            .await;
        let answer = sent.map_err(self.error("CreateIndex"))?;
        Ok(PhysicalId::child(
            application,
            answer.index_id().unwrap_or_default(),
        ))
    }

    pub(crate) async fn update_index(
        &self,
        app: &str,
        id: &str,
        name: &str,
        units: u32,
    ) -> Result<(), CloudError> {
        self.qbusiness
            .update_index()
            .application_id(app)
            .index_id(id)
            .display_name(name)
            .capacity_configuration(capacity(units))
            .send()
            .await
            .map(|_| ())
            .map_err(self.error("UpdateIndex"))
    }

    pub(crate) async fn delete_index(&self, app: &str, id: &str) -> Result<(), CloudError> {
        let sent = self
            .qbusiness
            .delete_index()
            .application_id(app)
            .index_id(id)
            .send()
            .await;
        sent.map(|_| ()).map_err(self.error("DeleteIndex"))
    }

    pub(crate) async fn read_retriever(&self, app: &str, id: &str) -> Observed {
        let sent = self
            .qbusiness
            .get_retriever()
            .application_id(app)
            .retriever_id(id)
            .send()
            .await;
        let r = match sent.map_err(self.error("GetRetriever")) {
            Err(error) => return unread(error),
            Ok(answer) => answer,
        };
        let status = r.status().map(q::RetrieverStatus::as_str).unwrap_or_default();
        if status != "ACTIVE" {
            return unsettled(status, None);
        }
        let index = match r.configuration() {
            Some(q::RetrieverConfiguration::NativeIndexConfiguration(native)) => Some(native.index_id()),
            Some(q::RetrieverConfiguration::KendraIndexConfiguration(kendra)) => Some(kendra.index_id()),
            _ => None,
        };
        ready(
            &[
                ("displayName", json!(r.display_name())),
                ("type", json!(r.r#type().map(q::RetrieverType::as_str))),
                ("indexId", json!(index)),
                ("roleArn", json!(r.role_arn())),
            ],
            [(Output::Id, id.to_owned())],
            Some(status),
        )
    }

    pub(crate) async fn create_retriever(
        &self,
        resource: &Resource<String>,
        token: &str,
    ) -> Result<PhysicalId, CloudError> {
        let Resource::Retriever {
            application,
            source,
            name,
            tags,
        } = resource
        else {
            return Err(CloudError::unsupported("CreateRetriever"));
        };
        let call = self
            .qbusiness
            .create_retriever()
            .application_id(application)
            .display_name(name)
            .set_tags(Some(tag_list(tags)))
            .client_token(token);
        let call = match source {
            RetrieverSource::Kendra { index, role } => call
                .r#type(q::RetrieverType::KendraIndex)
                .role_arn(role)
                .set_configuration(
                    q::KendraIndexConfiguration::builder()
                        .index_id(index)
                        .build()
                        .ok()
                        .map(q::RetrieverConfiguration::KendraIndexConfiguration),
                ),
            RetrieverSource::Native { index } => {
                call.r#type(q::RetrieverType::NativeIndex).set_configuration(
                    q::NativeIndexConfiguration::builder()
                        .index_id(index)
                        .build()
                        .ok()
                        .map(q::RetrieverConfiguration::NativeIndexConfiguration),
                )
            }
        };
        let answer = call.send().await.map_err(self.error("CreateRetriever"))?;
        Ok(PhysicalId::child(
            application,
            answer.retriever_id().unwrap_or_default(),
        ))
    }

    pub(crate) async fn delete_retriever(&self, app: &str, id: &str) -> Result<(), CloudError> {
        let sent = self
            .qbusiness
            .delete_retriever()
            .application_id(app)
            .retriever_id(id)
            .send()
            .await;
        sent.map(|_| ()).map_err(self.error("DeleteRetriever"))
    }
}

fn capacity(units: u32) -> q::IndexCapacityConfiguration {
    q::IndexCapacityConfiguration::builder()
        .units(i32::try_from(units).unwrap_or(i32::MAX))
        .build()
}
