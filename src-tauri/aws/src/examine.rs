//! What is there that others made: read whatever its status is, and never changed.

use crate::Aws;
use aws_sdk_qbusiness::types as q;
use claimbridge_core::resource::{
    CloudError, HeldApplication, HeldIndex, HeldPolicy, HeldRetriever, HeldSignIn, HeldWebExperience, Look,
    Status, Tier,
};
use std::collections::BTreeMap;

fn text(value: Option<&str>) -> String {
    value.unwrap_or_default().to_owned()
}

fn status(word: Option<&str>, error: Option<&q::ErrorDetail>) -> Status {
    Status {
        word: text(word),
        why: error.and_then(|e| e.error_message()).map(str::to_owned),
    }
}

impl Aws {
    /// An application with its tags, whatever its status is.
    ///
    /// # Errors
    /// [`CloudError`]; of the kind `Gone` where there is none.
    pub async fn held_application(&self, id: &str) -> Result<HeldApplication, CloudError> {
        let mut held = self.held_application_untagged(id).await?;
        let call = self.qbusiness.list_tags_for_resource();
        let sent = call.resource_arn(&held.arn).send().await;
        let answer = sent.map_err(self.error("ListTagsForResource"))?;
        let tags = answer.tags().iter();
        held.tags = tags.map(|t| (t.key().to_owned(), t.value().to_owned())).collect();
        Ok(held)
    }

    /// An application, whatever its status is; its tags are not asked for.
    ///
    /// # Errors
    /// [`CloudError`]; of the kind `Gone` where there is none.
    pub async fn held_application_untagged(&self, id: &str) -> Result<HeldApplication, CloudError> {
        let sent = self.qbusiness.get_application().application_id(id).send().await;
        let a = sent.map_err(self.error("GetApplication"))?;
        let arn = text(a.application_arn());
        Ok(HeldApplication {
            name: text(a.display_name()),
            status: status(a.status().map(q::ApplicationStatus::as_str), a.error()),
            identity_type: a.identity_type().map(|t| t.as_str().to_owned()),
            provider: a.iam_identity_provider_arn().map(str::to_owned),
            client_ids: a.client_ids_for_oidc().to_vec(),
            role: a.role_arn().map(str::to_owned),
            subscription: a.auto_subscription_configuration().map(|c| {
                (
                    *c.auto_subscribe() == q::AutoSubscriptionStatus::Enabled,
                    c.default_subscription_type().and_then(|t| match t {
                        q::SubscriptionType::QBusiness => Some(Tier::QBusiness),
                        q::SubscriptionType::QLite => Some(Tier::QLite),
                        _ => None,
                    }),
                )
            }),
            q_apps: a
                .q_apps_configuration()
                .is_some_and(|c| *c.q_apps_control_mode() == q::QAppsControlMode::Enabled),
            kms_key: a
                .encryption_configuration()
                .and_then(|e| e.kms_key_id())
                .map(|key| crate::keys::whole_arn(key, &arn)),
            tags: BTreeMap::new(),
            arn,
        })
    }

    /// Ids of an application's web experiences.
    ///
    /// # Errors
    /// [`CloudError`].
    pub async fn held_web_experiences(&self, application: &str) -> Result<Vec<String>, CloudError> {
        self.web_experience_ids(application).await
    }

    /// A web experience, whatever its status is.
    ///
    /// # Errors
    /// [`CloudError`]; of the kind `Gone` where there is none.
    pub async fn held_web_experience(
        &self,
        application: &str,
        id: &str,
    ) -> Result<HeldWebExperience, CloudError> {
        let call = self.qbusiness.get_web_experience().application_id(application);
        let sent = call.web_experience_id(id).send().await;
        let w = sent.map_err(self.error("GetWebExperience"))?;
        #[allow(deprecated, reason = "this field is how an old web experience is told")]
        let legacy = w.authentication_configuration().is_some();
        let sign_in = match w.identity_provider_configuration() {
            Some(q::IdentityProviderConfiguration::SamlConfiguration(saml)) => HeldSignIn::Saml {
                authentication_url: saml.authentication_url().to_owned(),
            },
            Some(q::IdentityProviderConfiguration::OpenIdConnectConfiguration(oidc)) => HeldSignIn::Oidc {
                secret: oidc.secrets_arn().to_owned(),
                role: oidc.secrets_role().to_owned(),
            },
            _ if legacy => HeldSignIn::Legacy,
            _ => HeldSignIn::None,
        };
        let custom = w.customization_configuration();
        Ok(HeldWebExperience {
            title: text(w.title()),
            status: status(w.status().map(q::WebExperienceStatus::as_str), w.error()),
            endpoint: w.default_endpoint().map(str::to_owned).filter(|e| !e.is_empty()),
            role: w.role_arn().map(str::to_owned),
            sign_in,
            look: Look {
                subtitle: text(w.subtitle()),
                welcome_message: text(w.welcome_message()),
                sample_prompts: w
                    .sample_prompts_control_mode()
                    .map(|m| *m == q::WebExperienceSamplePromptsControlMode::Enabled),
                origins: w.origins().to_vec(),
                browser_extensions: w
                    .browser_extension_configuration()
                    .map(|b| {
                        let enabled = b.enabled_browser_extensions();
                        enabled.iter().map(|e| e.as_str().to_owned()).collect()
                    })
                    .unwrap_or_default(),
                custom_css_url: text(custom.and_then(|c| c.custom_css_url())),
                logo_url: text(custom.and_then(|c| c.logo_url())),
                font_url: text(custom.and_then(|c| c.font_url())),
                favicon_url: text(custom.and_then(|c| c.favicon_url())),
            },
        })
    }

    /// An application's indices, whatever their status is.
    ///
    /// # Errors
    /// [`CloudError`].
    pub async fn held_indices(&self, application: &str) -> Result<Vec<HeldIndex>, CloudError> {
        let list = self.qbusiness.list_indices().application_id(application);
        let listed = list
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await
            .map_err(self.error("ListIndices"))?;
        let mut held = Vec::new();
        for id in listed.iter().filter_map(|i| i.index_id()) {
            let call = self.qbusiness.get_index().application_id(application);
            let sent = call.index_id(id).send().await;
            let i = sent.map_err(self.error("GetIndex"))?;
            let units = i.capacity_configuration().and_then(|c| c.units()).unwrap_or(1);
            held.push(HeldIndex {
                id: id.to_owned(),
                name: text(i.display_name()),
                status: status(i.status().map(q::IndexStatus::as_str), i.error()),
                kind: text(i.r#type().map(q::IndexType::as_str)),
                units: u32::try_from(units).unwrap_or(1),
            });
        }
        Ok(held)
    }

    /// An application's retrievers, whatever their status is.
    ///
    /// # Errors
    /// [`CloudError`].
    pub async fn held_retrievers(&self, application: &str) -> Result<Vec<HeldRetriever>, CloudError> {
        let list = self.qbusiness.list_retrievers().application_id(application);
        let listed = list
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await
            .map_err(self.error("ListRetrievers"))?;
        let mut held = Vec::new();
        for id in listed.iter().filter_map(|r| r.retriever_id()) {
            let call = self.qbusiness.get_retriever().application_id(application);
            let sent = call.retriever_id(id).send().await;
            let r = sent.map_err(self.error("GetRetriever"))?;
            let (kendra, index) = match r.configuration() {
                Some(q::RetrieverConfiguration::KendraIndexConfiguration(c)) => (true, c.index_id()),
                Some(q::RetrieverConfiguration::NativeIndexConfiguration(c)) => (false, c.index_id()),
                _ => continue,
            };
            held.push(HeldRetriever {
                id: id.to_owned(),
                name: text(r.display_name()),
                status: status(r.status().map(q::RetrieverStatus::as_str), None),
                kendra,
                index: index.to_owned(),
                role: r.role_arn().map(str::to_owned),
            });
        }
        Ok(held)
    }

    /// Every policy of a role, inline ones first.
    ///
    /// # Errors
    /// [`CloudError`].
    pub async fn held_policies(&self, role: &str) -> Result<Vec<HeldPolicy>, CloudError> {
        let names = self
            .iam
            .list_role_policies()
            .role_name(role)
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await
            .map_err(self.error("ListRolePolicies"))?;
        let mut held = Vec::new();
        for name in names {
            let call = self.iam.get_role_policy().role_name(role);
            let sent = call.policy_name(&name).send().await;
            let answer = sent.map_err(self.error("GetRolePolicy"))?;
            held.push(HeldPolicy {
                document: crate::iam::document(answer.policy_document()),
                name,
                managed: None,
                others: 0,
            });
        }
        for arn in self.attached_policies(role).await? {
            held.push(self.held_managed_policy(arn).await?);
        }
        Ok(held)
    }
}
