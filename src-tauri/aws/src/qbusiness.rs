//! Amazon Q Business: applications, indices, retrievers, web experiences. Every PUT is a
//! read-modify-write, because AWS may clear what is left out.

use crate::Aws;
use crate::iam::unread;
use aws_sdk_qbusiness::types as q;
use claimbridge_core::resource::{
    Candidate, CloudError, IndexKind, NO_ENDPOINT, Observed, Output, PhysicalId, Resource, Snapshot, Tier,
    endpoint_outputs,
};
use claimbridge_core::setup::TAG;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

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
    if status == "FAILED" {
        Observed::Failed {
            why: error
                .and_then(|e| e.error_message())
                .unwrap_or("AWS gives no reason")
                .to_owned(),
        }
    } else {
        Observed::Settling {
            status: status.to_owned(),
        }
    }
}

impl Aws {
    pub(crate) async fn read_application(&self, id: &str) -> Observed {
        let a = match self
            .qbusiness
            .get_application()
            .application_id(id)
            .send()
            .await
            .map_err(self.error("GetApplication"))
        {
            Err(error) => return unread(error),
            Ok(answer) => answer,
        };
        let status = a.status().map(q::ApplicationStatus::as_str).unwrap_or_default();
        if status != "ACTIVE" {
            return unsettled(status, a.error());
        }
        let q_apps = a
            .q_apps_configuration()
            .map_or("DISABLED", |c| c.q_apps_control_mode().as_str());
        ready(
            &[
                ("displayName", json!(a.display_name())),
                (
                    "identityType",
                    json!(a.identity_type().map(q::IdentityType::as_str)),
                ),
                ("iamIdentityProviderArn", json!(a.iam_identity_provider_arn())),
                ("qAppsControlMode", json!(q_apps)),
                (
                    "kmsKeyId",
                    json!(a.encryption_configuration().and_then(|e| e.kms_key_id())),
                ),
            ],
            [
                (Output::Id, id.to_owned()),
                (Output::Arn, a.application_arn().unwrap_or_default().to_owned()),
            ],
            Some(status),
        )
    }

    pub(crate) async fn read_subscription(&self, id: &str) -> Observed {
        let a = match self
            .qbusiness
            .get_application()
            .application_id(id)
            .send()
            .await
            .map_err(self.error("GetApplication"))
        {
            Err(error) => return unread(error),
            Ok(answer) => answer,
        };
        let status = a.status().map(q::ApplicationStatus::as_str).unwrap_or_default();
        if status != "ACTIVE" {
            return unsettled(status, a.error());
        }
        match a.auto_subscription_configuration() {
            None => Observed::Absent,
            Some(c) => ready(
                &[
                    ("autoSubscribe", json!(c.auto_subscribe().as_str())),
                    (
                        "defaultSubscriptionType",
                        json!(c.default_subscription_type().map(q::SubscriptionType::as_str)),
                    ),
                ],
                [],
                Some(status),
            ),
        }
    }

    async fn application_tag(&self, arn: &str) -> Result<Option<String>, CloudError> {
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

    /// The first of some candidates that carries this set-up's tag.
    async fn tagged(
        &self,
        candidates: Vec<(PhysicalId, String)>,
        setup: Option<&String>,
    ) -> Result<Option<Candidate>, CloudError> {
        for (id, arn) in candidates {
            let found = self.application_tag(&arn).await?;
            if found.is_some() && found.as_ref() == setup {
                return Ok(Some(Candidate { id, setup: found }));
            }
        }
        Ok(None)
    }

    async fn application_arn(&self, id: &str) -> Result<String, CloudError> {
        let sent = self.qbusiness.get_application().application_id(id).send().await;
        let answer = sent.map_err(self.error("GetApplication"))?;
        Ok(answer.application_arn().unwrap_or_default().to_owned())
    }

    pub(crate) async fn find_in_qbusiness(
        &self,
        resource: &Resource<String>,
    ) -> Result<Option<Candidate>, CloudError> {
        match resource {
            Resource::Application { name, tags, .. } => {
                let mut candidates = Vec::new();
                for app in self.applications().await?.into_iter().filter(|a| a.name == *name) {
                    let arn = self.application_arn(&app.id).await?;
                    candidates.push((PhysicalId(app.id), arn));
                }
                self.tagged(candidates, tags.get(TAG)).await
            }
            Resource::Index {
                application,
                name,
                tags,
                ..
            } => {
                let arn = self.application_arn(application).await?;
                let pages = self
                    .qbusiness
                    .list_indices()
                    .application_id(application)
                    .into_paginator()
                    .items()
                    .send();
                let all = pages
                    .collect::<Result<Vec<_>, _>>()
                    .await
                    .map_err(self.error("ListIndices"))?;
                let candidates = all
                    .iter()
                    .filter(|i| i.display_name() == Some(name))
                    .filter_map(|i| i.index_id())
                    .map(|id| (PhysicalId::child(application, id), format!("{arn}/index/{id}")))
                    .collect();
                self.tagged(candidates, tags.get(TAG)).await
            }
            Resource::Retriever {
                application,
                name,
                tags,
                ..
            } => {
                let arn = self.application_arn(application).await?;
                let pages = self
                    .qbusiness
                    .list_retrievers()
                    .application_id(application)
                    .into_paginator()
                    .items()
                    .send();
                let all = pages
                    .collect::<Result<Vec<_>, _>>()
                    .await
                    .map_err(self.error("ListRetrievers"))?;
                let candidates = all
                    .iter()
                    .filter(|r| r.display_name() == Some(name))
                    .filter_map(|r| r.retriever_id())
                    .map(|id| {
                        (
                            PhysicalId::child(application, id),
                            format!("{arn}/retriever/{id}"),
                        )
                    })
                    .collect();
                self.tagged(candidates, tags.get(TAG)).await
            }
            Resource::WebExperience {
                application, tags, ..
            } => {
                let arn = self.application_arn(application).await?;
                let pages = self
                    .qbusiness
                    .list_web_experiences()
                    .application_id(application)
                    .into_paginator()
                    .items()
                    .send();
                let all = pages
                    .collect::<Result<Vec<_>, _>>()
                    .await
                    .map_err(self.error("ListWebExperiences"))?;
                let candidates = all
                    .iter()
                    .filter_map(|w| w.web_experience_id())
                    .map(|id| {
                        (
                            PhysicalId::child(application, id),
                            format!("{arn}/web-experience/{id}"),
                        )
                    })
                    .collect();
                self.tagged(candidates, tags.get(TAG)).await
            }
            Resource::AutoSubscription { .. }
            | Resource::Role { .. }
            | Resource::RolePolicy { .. }
            | Resource::RoleTrust { .. }
            | Resource::SamlProvider { .. }
            | Resource::WebExperienceRole { .. } => Ok(None),
        }
    }

    pub(crate) async fn create_application(
        &self,
        (name, provider, q_apps, kms_key): (&str, &str, bool, Option<&str>),
        tags: &BTreeMap<String, String>,
        token: &str,
    ) -> Result<PhysicalId, CloudError> {
        let mode = if q_apps {
            q::QAppsControlMode::Enabled
        } else {
            q::QAppsControlMode::Disabled
        };
        let answer = self
            .qbusiness
            .create_application()
            .display_name(name)
            .identity_type(q::IdentityType::AwsIamIdpSaml)
            .iam_identity_provider_arn(provider)
            .set_q_apps_configuration(
                q::QAppsConfiguration::builder()
                    .q_apps_control_mode(mode)
                    .build()
                    .ok(),
            )
            .set_encryption_configuration(
                kms_key.map(|k| q::EncryptionConfiguration::builder().kms_key_id(k).build()),
            )
            .set_tags(Some(tag_list(tags)))
            .client_token(token)
            .send()
            .await
            .map_err(self.error("CreateApplication"))?;
        Ok(PhysicalId(answer.application_id().unwrap_or_default().to_owned()))
    }

    /// Writes the whole application again, with `tier` or `shape` put in.
    pub(crate) async fn update_application(
        &self,
        id: &str,
        shape: Option<(&str, bool)>,
        tier: Option<Tier>,
    ) -> Result<(), CloudError> {
        let sent = self.qbusiness.get_application().application_id(id).send().await;
        let now = sent.map_err(self.error("GetApplication"))?;
        let subscription = match tier {
            Some(tier) => q::AutoSubscriptionConfiguration::builder()
                .auto_subscribe(q::AutoSubscriptionStatus::Enabled)
                .default_subscription_type(q::SubscriptionType::from(tier.as_str()))
                .build()
                .ok(),
            None => now.auto_subscription_configuration().cloned(),
        };
        let q_apps = match shape {
            Some((_, on)) => {
                let mode = if on {
                    q::QAppsControlMode::Enabled
                } else {
                    q::QAppsControlMode::Disabled
                };
                q::QAppsConfiguration::builder()
                    .q_apps_control_mode(mode)
                    .build()
                    .ok()
            }
            None => now.q_apps_configuration().cloned(),
        };
        let attachments = now
            .attachments_configuration()
            .and_then(|a| a.attachments_control_mode())
            .and_then(|mode| {
                q::AttachmentsConfiguration::builder()
                    .attachments_control_mode(mode.clone())
                    .build()
                    .ok()
            });
        self.qbusiness
            .update_application()
            .application_id(id)
            .set_display_name(
                shape
                    .map(|(name, _)| name.to_owned())
                    .or_else(|| now.display_name().map(str::to_owned)),
            )
            .set_description(now.description().map(str::to_owned))
            .set_attachments_configuration(attachments)
            .set_q_apps_configuration(q_apps)
            .set_personalization_configuration(now.personalization_configuration().cloned())
            .set_auto_subscription_configuration(subscription)
            .send()
            .await
            .map(|_| ())
            .map_err(self.error("UpdateApplication"))
    }

    pub(crate) async fn delete_application(&self, id: &str) -> Result<(), CloudError> {
        let sent = self
            .qbusiness
            .delete_application()
            .application_id(id)
            .send()
            .await;
        sent.map(|_| ()).map_err(self.error("DeleteApplication"))
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
        app: &str,
        name: &str,
        kind: IndexKind,
        units: u32,
        tags: &BTreeMap<String, String>,
        token: &str,
    ) -> Result<PhysicalId, CloudError> {
        let answer = self
            .qbusiness
            .create_index()
            .application_id(app)
            .display_name(name)
            .r#type(q::IndexType::from(kind.as_str()))
            .capacity_configuration(capacity(units))
            .set_tags(Some(tag_list(tags)))
            .client_token(token)
            .send()
            .await
            .map_err(self.error("CreateIndex"))?;
        Ok(PhysicalId::child(app, answer.index_id().unwrap_or_default()))
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
            _ => None,
        };
        ready(
            &[
                ("displayName", json!(r.display_name())),
                ("type", json!(r.r#type().map(q::RetrieverType::as_str))),
                ("indexId", json!(index)),
            ],
            [(Output::Id, id.to_owned())],
            Some(status),
        )
    }

    pub(crate) async fn create_retriever(
        &self,
        app: &str,
        index: &str,
        name: &str,
        tags: &BTreeMap<String, String>,
        token: &str,
    ) -> Result<PhysicalId, CloudError> {
        let native = q::NativeIndexConfiguration::builder()
            .index_id(index)
            .build()
            .ok();
        let answer = self
            .qbusiness
            .create_retriever()
            .application_id(app)
            .display_name(name)
            .r#type(q::RetrieverType::NativeIndex)
            .set_configuration(native.map(q::RetrieverConfiguration::NativeIndexConfiguration))
            .set_tags(Some(tag_list(tags)))
            .client_token(token)
            .send()
            .await
            .map_err(self.error("CreateRetriever"))?;
        Ok(PhysicalId::child(app, answer.retriever_id().unwrap_or_default()))
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

    /// `role_only`: look at the role alone, which is absent until it is set.
    pub(crate) async fn read_web_experience(&self, app: &str, id: &str, role_only: bool) -> Observed {
        let sent = self
            .qbusiness
            .get_web_experience()
            .application_id(app)
            .web_experience_id(id)
            .send()
            .await;
        let w = match sent.map_err(self.error("GetWebExperience")) {
            Err(error) => return unread(error),
            Ok(answer) => answer,
        };
        let status = w.status().map(q::WebExperienceStatus::as_str).unwrap_or_default();
        // Without a role, PENDING_AUTH_CONFIG is as far as it gets (facts §6.3).
        if !matches!(status, "ACTIVE" | "PENDING_AUTH_CONFIG") {
            return unsettled(status, w.error());
        }
        if role_only {
            return match w.role_arn() {
                None => Observed::Absent,
                Some(role) => ready(&[("roleArn", json!(role))], [], Some(status)),
            };
        }
        let Some(Ok(endpoint)) = w.default_endpoint().map(endpoint_outputs) else {
            return Observed::Settling {
                status: NO_ENDPOINT.to_owned(),
            };
        };
        let url = match w.identity_provider_configuration() {
            Some(q::IdentityProviderConfiguration::SamlConfiguration(saml)) => {
                Some(saml.authentication_url())
            }
            _ => None,
        };
        ready(
            &[
                ("title", json!(w.title())),
                ("authenticationUrl", json!(url)),
                ("roleArn", json!(w.role_arn())),
            ],
            endpoint.into_iter().chain([
                (Output::Id, id.to_owned()),
                (Output::Physical, PhysicalId::child(app, id).0),
            ]),
            Some(status),
        )
    }

    pub(crate) async fn create_web_experience(
        &self,
        app: &str,
        (title, authentication_url, role): (&str, &str, Option<&str>),
        tags: &BTreeMap<String, String>,
        token: &str,
    ) -> Result<PhysicalId, CloudError> {
        let answer = self
            .qbusiness
            .create_web_experience()
            .application_id(app)
            .title(title)
            .set_identity_provider_configuration(saml(authentication_url))
            .set_role_arn(role.map(str::to_owned))
            .set_tags(Some(tag_list(tags)))
            .client_token(token)
            .send()
            .await
            .map_err(self.error("CreateWebExperience"))?;
        Ok(PhysicalId::child(
            app,
            answer.web_experience_id().unwrap_or_default(),
        ))
    }

    /// Writes the whole web experience again, with title, sign-in address and role put in.
    pub(crate) async fn update_web_experience(
        &self,
        app: &str,
        id: &str,
        title: &str,
        authentication_url: &str,
        role: Option<&str>,
    ) -> Result<(), CloudError> {
        let sent = self
            .qbusiness
            .get_web_experience()
            .application_id(app)
            .web_experience_id(id)
            .send()
            .await;
        let now = sent.map_err(self.error("GetWebExperience"))?;
        let owned = |t: Option<&str>| t.map(str::to_owned);
        self.qbusiness
            .update_web_experience()
            .application_id(app)
            .web_experience_id(id)
            .title(title)
            .set_subtitle(owned(now.subtitle()))
            .set_welcome_message(owned(now.welcome_message()))
            .set_sample_prompts_control_mode(now.sample_prompts_control_mode().cloned())
            .set_origins(Some(now.origins().to_vec()).filter(|o| !o.is_empty()))
            .set_browser_extension_configuration(now.browser_extension_configuration().cloned())
            .set_customization_configuration(now.customization_configuration().cloned())
            .set_identity_provider_configuration(saml(authentication_url))
            .set_role_arn(owned(role.or(now.role_arn())))
            .send()
            .await
            .map(|_| ())
            .map_err(self.error("UpdateWebExperience"))
    }

    pub(crate) async fn delete_web_experience(&self, app: &str, id: &str) -> Result<(), CloudError> {
        let sent = self
            .qbusiness
            .delete_web_experience()
            .application_id(app)
            .web_experience_id(id)
            .send()
            .await;
        sent.map(|_| ()).map_err(self.error("DeleteWebExperience"))
    }
}

fn capacity(units: u32) -> q::IndexCapacityConfiguration {
    q::IndexCapacityConfiguration::builder()
        .units(i32::try_from(units).unwrap_or(i32::MAX))
        .build()
}

fn saml(authentication_url: &str) -> Option<q::IdentityProviderConfiguration> {
    q::SamlProviderConfiguration::builder()
        .authentication_url(authentication_url)
        .build()
        .ok()
        .map(q::IdentityProviderConfiguration::SamlConfiguration)
}
