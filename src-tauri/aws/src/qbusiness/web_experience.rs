//! Web experiences: the address that people sign in to.

use super::{ready, tag_list, unsettled};
use crate::Aws;
use crate::iam::unread;
use aws_sdk_qbusiness::types as q;
use claimbridge_core::resource::{
    CloudError, Look, NO_ENDPOINT, Observed, Output, PhysicalId, Resource, SignIn, endpoint_outputs,
};
use serde_json::{Value as Json, json};

impl Aws {
    pub(crate) async fn web_experience_ids(&self, app: &str) -> Result<Vec<String>, CloudError> {
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
        let mut attributes = vec![("title", json!(w.title())), ("roleArn", json!(w.role_arn()))];
        let mut address = None;
        match w.identity_provider_configuration() {
            Some(q::IdentityProviderConfiguration::SamlConfiguration(saml)) => {
                attributes.push(("authenticationUrl", json!(saml.authentication_url())));
                address = Some((Output::Version, saml.authentication_url().to_owned()));
            }
            Some(q::IdentityProviderConfiguration::OpenIdConnectConfiguration(oidc)) => {
                attributes.push(("secretsArn", json!(oidc.secrets_arn())));
                attributes.push(("secretsRole", json!(oidc.secrets_role())));
            }
            _ => {}
        }
        // The look as the core compares it: nothing chosen is nothing.
        let held = |text: Option<&str>| text.filter(|t| !t.is_empty()).map_or(Json::Null, |t| json!(t));
        let list = |mut items: Vec<String>| {
            items.sort();
            if items.is_empty() {
                Json::Null
            } else {
                json!(items)
            }
        };
        let custom = w.customization_configuration();
        attributes.extend([
            ("subtitle", held(w.subtitle())),
            ("welcomeMessage", held(w.welcome_message())),
            (
                "samplePromptsControlMode",
                held(w.sample_prompts_control_mode().map(|m| m.as_str())),
            ),
            ("origins", list(w.origins().to_vec())),
            (
                "enabledBrowserExtensions",
                list(
                    w.browser_extension_configuration()
                        .map(|b| {
                            let enabled = b.enabled_browser_extensions();
                            enabled.iter().map(|e| e.as_str().to_owned()).collect()
                        })
                        .unwrap_or_default(),
                ),
            ),
            ("customCSSUrl", held(custom.and_then(|c| c.custom_css_url()))),
            ("logoUrl", held(custom.and_then(|c| c.logo_url()))),
            ("fontUrl", held(custom.and_then(|c| c.font_url()))),
            ("faviconUrl", held(custom.and_then(|c| c.favicon_url()))),
        ]);
        ready(
            &attributes,
            endpoint
                .into_iter()
                .chain([
                    (Output::Id, id.to_owned()),
                    (Output::Physical, PhysicalId::child(app, id).0),
                ])
                .chain(address),
            Some(status),
        )
    }

    pub(crate) async fn create_web_experience(
        &self,
        resource: &Resource<String>,
        token: &str,
    ) -> Result<PhysicalId, CloudError> {
        let Resource::WebExperience {
            application,
            title,
            sign_in,
            role,
            look,
            tags,
        } = resource
        else {
            return Err(CloudError::unsupported("CreateWebExperience"));
        };
        let set = |text: &str| Some(text.to_owned()).filter(|t| !t.is_empty());
        let sent = self
            .qbusiness
            .create_web_experience()
            .application_id(application)
            .set_title(set(title))
            .set_subtitle(set(&look.subtitle))
            .set_welcome_message(set(&look.welcome_message))
            .set_sample_prompts_control_mode(look.sample_prompts.map(prompts))
            .set_origins(Some(look.origins.clone()).filter(|o| !o.is_empty()))
            .set_browser_extension_configuration(extensions(look))
            .set_customization_configuration(customization(look))
            .set_identity_provider_configuration(identity_provider(sign_in))
            .set_role_arn(role.clone())
            .set_tags(Some(tag_list(tags)))
            .client_token(token)
            .send()
            .await;
        let answer = sent.map_err(self.error("CreateWebExperience"))?;
        Ok(PhysicalId::child(
            application,
            answer.web_experience_id().unwrap_or_default(),
        ))
    }

    /// Writes the whole web experience again, with title, sign-in, look and role put in. A look of
    /// which nothing was chosen stays as somebody made it in the console.
    pub(crate) async fn update_web_experience(
        &self,
        id: &PhysicalId,
        (title, sign_in, look): (&str, &SignIn<String>, &Look),
        role: Option<&str>,
    ) -> Result<(), CloudError> {
        let (app, web_experience) = id.parts();
        let sent = self
            .qbusiness
            .get_web_experience()
            .application_id(app)
            .web_experience_id(web_experience)
            .send()
            .await;
        let now = sent.map_err(self.error("GetWebExperience"))?;
        let owned = |t: Option<&str>| t.map(str::to_owned);
        let mut call = self
            .qbusiness
            .update_web_experience()
            .application_id(app)
            .web_experience_id(web_experience)
            .set_title(Some(title.to_owned()).filter(|t| !t.is_empty()))
            .set_subtitle(owned(now.subtitle()))
            .set_welcome_message(owned(now.welcome_message()))
            .set_sample_prompts_control_mode(now.sample_prompts_control_mode().cloned())
            .set_origins(Some(now.origins().to_vec()).filter(|o| !o.is_empty()))
            .set_browser_extension_configuration(now.browser_extension_configuration().cloned())
            .set_customization_configuration(now.customization_configuration().cloned())
            .set_identity_provider_configuration(identity_provider(sign_in))
            .set_role_arn(owned(role.or(now.role_arn())));
        if *look != Look::default() {
            call = call
                .subtitle(&look.subtitle)
                .welcome_message(&look.welcome_message)
                .set_origins(Some(look.origins.clone()))
                .set_customization_configuration(customization(look))
                .set_browser_extension_configuration(extensions(look));
            if let Some(on) = look.sample_prompts {
                call = call.sample_prompts_control_mode(prompts(on));
            }
        }
        let sent = call.send().await;
        sent.map(|_| ()).map_err(self.error("UpdateWebExperience"))
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

fn identity_provider(sign_in: &SignIn<String>) -> Option<q::IdentityProviderConfiguration> {
    match sign_in {
        SignIn::Oidc { secret, role } => q::OpenIdConnectProviderConfiguration::builder()
            .secrets_arn(secret)
            .secrets_role(role)
            .build()
            .ok()
            .map(q::IdentityProviderConfiguration::OpenIdConnectConfiguration),
        SignIn::Saml { authentication_url } => q::SamlProviderConfiguration::builder()
            .authentication_url(authentication_url)
            .build()
            .ok()
            .map(q::IdentityProviderConfiguration::SamlConfiguration),
    }
}

fn prompts(on: bool) -> q::WebExperienceSamplePromptsControlMode {
    if on {
        q::WebExperienceSamplePromptsControlMode::Enabled
    } else {
        q::WebExperienceSamplePromptsControlMode::Disabled
    }
}

fn extensions(look: &Look) -> Option<q::BrowserExtensionConfiguration> {
    let all = look
        .browser_extensions
        .iter()
        .map(|b| q::BrowserExtension::from(b.as_str()));
    q::BrowserExtensionConfiguration::builder()
        .set_enabled_browser_extensions(Some(all.collect::<Vec<_>>()).filter(|b| !b.is_empty()))
        .build()
        .ok()
}

fn customization(look: &Look) -> Option<q::CustomizationConfiguration> {
    let set = |text: &str| Some(text.to_owned()).filter(|t| !t.is_empty());
    let chosen = q::CustomizationConfiguration::builder()
        .set_custom_css_url(set(&look.custom_css_url))
        .set_logo_url(set(&look.logo_url))
        .set_font_url(set(&look.font_url))
        .set_favicon_url(set(&look.favicon_url))
        .build();
    (chosen != q::CustomizationConfiguration::builder().build()).then_some(chosen)
}
