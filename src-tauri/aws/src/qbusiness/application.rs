//! Applications, and the subscription that they give to people who sign in.

use super::{ready, tag_list, unsettled};
use crate::Aws;
use crate::iam::unread;
use aws_sdk_qbusiness::operation::get_application::GetApplicationOutput;
use aws_sdk_qbusiness::types as q;
use claimbridge_core::resource::{CloudError, Observed, Output, PhysicalId, Resource, Tier};
use serde_json::{Value as Json, json};

/// In the ARN of every role that AWS makes for a service (IAM: service-linked roles).
const SERVICE_LINKED: &str = ":role/aws-service-role/";

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
        let mut client_ids = a.client_ids_for_oidc().to_vec();
        client_ids.sort();
        let client_ids = if client_ids.is_empty() {
            Json::Null
        } else {
            json!(client_ids)
        };
        ready(
            &[
                ("displayName", json!(a.display_name())),
                (
                    "identityType",
                    json!(a.identity_type().map(q::IdentityType::as_str)),
                ),
                ("iamIdentityProviderArn", json!(a.iam_identity_provider_arn())),
                ("qAppsControlMode", json!(q_apps)),
                ("clientIdsForOIDC", client_ids),
                ("roleArn", json!(a.role_arn())),
                (
                    "personalizationControlMode",
                    json!(
                        a.personalization_configuration()
                            .map(|c| c.personalization_control_mode().as_str())
                    ),
                ),
                (
                    "kmsKeyId",
                    json!(
                        a.encryption_configuration()
                            .and_then(|e| e.kms_key_id())
                            .map(|key| crate::keys::whole_arn(key, a.application_arn().unwrap_or_default()))
                    ),
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

    pub(super) async fn application_arn(&self, id: &str) -> Result<String, CloudError> {
        let answer = self.application_now(id).await?;
        Ok(answer.application_arn().unwrap_or_default().to_owned())
    }

    pub(crate) async fn create_application(
        &self,
        resource: &Resource<String>,
        token: &str,
    ) -> Result<PhysicalId, CloudError> {
        let Resource::Application {
            name,
            provider,
            client_ids,
            role,
            q_apps: with_q_apps,
            personalization,
            kms_key,
            tags,
        } = resource
        else {
            return Err(CloudError::unsupported("CreateApplication"));
        };
        let kind = if client_ids.is_empty() {
            q::IdentityType::AwsIamIdpSaml
        } else {
            q::IdentityType::AwsIamIdpOidc
        };
        let sent = self
            .qbusiness
            .create_application()
            .display_name(name)
            .identity_type(kind)
            .iam_identity_provider_arn(provider)
            .set_client_ids_for_oidc(Some(client_ids.clone()).filter(|c| !c.is_empty()))
            .set_role_arn(role.clone())
            .set_q_apps_configuration(q_apps(*with_q_apps))
            .set_personalization_configuration(personalized(*personalization))
            .set_encryption_configuration(
                kms_key
                    .as_ref()
                    .map(|k| q::EncryptionConfiguration::builder().kms_key_id(k).build()),
            )
            .set_tags(Some(tag_list(tags)))
            .client_token(token)
            .send()
            .await;
        let answer = sent.map_err(self.error("CreateApplication"))?;
        Ok(PhysicalId(answer.application_id().unwrap_or_default().to_owned()))
    }

    /// Writes the whole application again, with `tier` or the shape of `resource` put in.
    pub(crate) async fn update_application(
        &self,
        id: &str,
        resource: Option<&Resource<String>>,
        tier: Option<Tier>,
    ) -> Result<(), CloudError> {
        let now = self.application_now(id).await?;
        let subscription = match tier {
            Some(tier) => q::AutoSubscriptionConfiguration::builder()
                .auto_subscribe(q::AutoSubscriptionStatus::Enabled)
                .default_subscription_type(q::SubscriptionType::from(tier.as_str()))
                .build()
                .ok(),
            None => now.auto_subscription_configuration().cloned(),
        };
        self.write_application(id, &now, resource, subscription).await
    }

    /// Whoever signs in from now on is subscribed no more; the rest of the application stays as it is.
    pub(super) async fn switch_subscription_off(
        &self,
        id: &str,
        now: &GetApplicationOutput,
    ) -> Result<(), CloudError> {
        let off = q::AutoSubscriptionConfiguration::builder()
            .auto_subscribe(q::AutoSubscriptionStatus::Disabled)
            .build()
            .ok();
        self.write_application(id, now, None, off).await
    }

    pub(super) async fn application_now(&self, id: &str) -> Result<GetApplicationOutput, CloudError> {
        let sent = self.qbusiness.get_application().application_id(id).send().await;
        sent.map_err(self.error("GetApplication"))
    }

    async fn write_application(
        &self,
        id: &str,
        now: &GetApplicationOutput,
        resource: Option<&Resource<String>>,
        subscription: Option<q::AutoSubscriptionConfiguration>,
    ) -> Result<(), CloudError> {
        let attachments = now
            .attachments_configuration()
            .and_then(|a| a.attachments_control_mode())
            .and_then(|mode| {
                q::AttachmentsConfiguration::builder()
                    .attachments_control_mode(mode.clone())
                    .build()
                    .ok()
            });
        let held = |text: Option<&str>| text.map(str::to_owned);
        let mut call = self
            .qbusiness
            .update_application()
            .application_id(id)
            .set_display_name(held(now.display_name()))
            .set_description(held(now.description()))
            // AWS's own role is never named: it is what an application without one has.
            .set_role_arn(held(now.role_arn().filter(|r| !r.contains(SERVICE_LINKED))))
            .set_attachments_configuration(attachments)
            .set_q_apps_configuration(now.q_apps_configuration().cloned())
            .set_personalization_configuration(now.personalization_configuration().cloned())
            .set_auto_subscription_configuration(subscription);
        if let Some(Resource::Application {
            name,
            role,
            q_apps: with_q_apps,
            personalization,
            ..
        }) = resource
        {
            call = call
                .display_name(name)
                .set_role_arn(role.clone())
                .set_q_apps_configuration(q_apps(*with_q_apps));
            if *personalization {
                call = call.set_personalization_configuration(personalized(true));
            }
        }
        let sent = call.send().await;
        sent.map(|_| ()).map_err(self.error("UpdateApplication"))
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
}

fn q_apps(on: bool) -> Option<q::QAppsConfiguration> {
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

/// Nothing is sent where nobody asked for it: AWS's own choice stands.
fn personalized(on: bool) -> Option<q::PersonalizationConfiguration> {
    on.then(|| {
        q::PersonalizationConfiguration::builder()
            .personalization_control_mode(q::PersonalizationControlMode::Enabled)
            .build()
            .ok()
    })
    .flatten()
}
