//! Web experiences: the address that people sign in to.

use super::{ready, tag_list, unsettled};
use crate::Aws;
use crate::iam::unread;
use aws_sdk_qbusiness::types as q;
use claimbridge_core::resource::{CloudError, NO_ENDPOINT, Observed, Output, PhysicalId, endpoint_outputs};
use serde_json::json;
use std::collections::BTreeMap;

impl Aws {
    pub(super) async fn web_experience_ids(&self, app: &str) -> Result<Vec<String>, CloudError> {
        let list = self.qbusiness.list_web_experiences().application_id(app);
        let all = list
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await
            .map_err(self.error("ListWebExperiences"))?;
        Ok(all.into_iter().filter_map(|w| w.web_experience_id).collect())
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
        // Without a role, PENDING_AUTH_CONFIG is as far as it gets (GetWebExperience).
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

fn saml(authentication_url: &str) -> Option<q::IdentityProviderConfiguration> {
    q::SamlProviderConfiguration::builder()
        .authentication_url(authentication_url)
        .build()
        .ok()
        .map(q::IdentityProviderConfiguration::SamlConfiguration)
}
