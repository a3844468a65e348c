//! Applications, and the subscription that they give to people who sign in.

use super::{ready, tag_list, unsettled};
use crate::Aws;
use crate::iam::unread;
use aws_sdk_qbusiness::types as q;
use claimbridge_core::resource::{CloudError, Observed, Output, PhysicalId, Tier};
use serde_json::json;
use std::collections::BTreeMap;

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

    pub(super) async fn application_arn(&self, id: &str) -> Result<String, CloudError> {
        let sent = self.qbusiness.get_application().application_id(id).send().await;
        let answer = sent.map_err(self.error("GetApplication"))?;
        Ok(answer.application_arn().unwrap_or_default().to_owned())
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
}
