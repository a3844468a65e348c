//! What others put into an application: paid subscriptions, and data sources of an index. Only a
//! removal looks at them.

use super::ready;
use crate::Aws;
use crate::iam::unread;
use aws_sdk_qbusiness::operation::get_application::GetApplicationOutput;
use aws_sdk_qbusiness::types as q;
use claimbridge_core::diagnose::HeldSubscription;
use claimbridge_core::resource::{CloudError, CloudErrorKind, Leftover, Observed};
use futures::future::join_all;
use serde_json::json;

/// AWS refuses what is done to an application that is being changed.
fn settled(now: &GetApplicationOutput) -> Result<(), CloudError> {
    match now.status() {
        Some(status @ (q::ApplicationStatus::Creating | q::ApplicationStatus::Updating)) => Err(CloudError {
            kind: CloudErrorKind::NotYet,
            operation: "CancelSubscription".into(),
            code: None,
            message: format!("the application is still {}", status.as_str()),
            request_id: None,
            leftover: Leftover::Nothing,
        }),
        _ => Ok(()),
    }
}

impl Aws {
    async fn subscriptions(&self, app: &str) -> Result<Vec<q::Subscription>, CloudError> {
        self.qbusiness
            .list_subscriptions()
            .application_id(app)
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await
            .map_err(self.error("ListSubscriptions"))
    }

    /// Ids of all that are listed: a cancelled one may stay in the list until the end of the month.
    async fn subscription_ids(&self, app: &str) -> Result<Vec<String>, CloudError> {
        let all = self.subscriptions(app).await?;
        Ok(all.into_iter().filter_map(|s| s.subscription_id).collect())
    }

    /// The tiers that people have: nobody's name is in them.
    ///
    /// # Errors
    /// [`CloudError`]; of the kind `Conflict` while the application is being changed.
    pub async fn held_subscriptions(&self, app: &str) -> Result<Vec<HeldSubscription>, CloudError> {
        let all = self.subscriptions(app).await?;
        let tier = |s: &q::SubscriptionDetails| s.r#type().map(|t| t.as_str().to_owned());
        Ok(all
            .iter()
            .filter_map(|s| {
                let current = s.current_subscription().and_then(tier);
                let active = current.is_some();
                let tier = current.or_else(|| s.next_subscription().and_then(tier))?;
                Some(HeldSubscription { tier, active })
            })
            .collect())
    }

    /// Ready with their number; absent where there are none.
    pub(crate) async fn read_subscriptions(&self, app: &str) -> Observed {
        match self.subscription_ids(app).await {
            Err(error) => unread(error),
            Ok(all) if all.is_empty() => Observed::Absent,
            Ok(all) => ready(&[("count", json!(all.len()))], [], None),
        }
    }

    /// Switches the automatic subscription off first: whoever signs in meanwhile would be subscribed
    /// again (Q Business: managing user subscriptions).
    ///
    /// # Errors
    /// `NotYet` while the application is being changed, also by that switch: to be called again.
    pub(crate) async fn cancel_subscriptions(&self, app: &str) -> Result<(), CloudError> {
        let mut now = self.application_now(app).await?;
        settled(&now)?;
        if now
            .auto_subscription_configuration()
            .is_some_and(|c| *c.auto_subscribe() == q::AutoSubscriptionStatus::Enabled)
        {
            self.switch_subscription_off(app, &now).await?;
            now = self.application_now(app).await?;
            settled(&now)?;
        }
        for id in self.subscription_ids(app).await? {
            let call = self.qbusiness.cancel_subscription().application_id(app);
            let sent = call.subscription_id(id).send().await;
            match sent.map(|_| ()).map_err(self.error("CancelSubscription")) {
                Err(error) if error.kind == CloudErrorKind::Gone => {}
                other => other?,
            }
        }
        Ok(())
    }

    async fn data_source_ids(&self, app: &str, index: &str) -> Result<Vec<String>, CloudError> {
        let all = self
            .qbusiness
            .list_data_sources()
            .application_id(app)
            .index_id(index)
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await
            .map_err(self.error("ListDataSources"))?;
        Ok(all.into_iter().filter_map(|d| d.data_source_id).collect())
    }

    /// Ready with their number; absent where there are none.
    pub(crate) async fn read_data_sources(&self, app: &str, index: &str) -> Observed {
        match self.data_source_ids(app, index).await {
            Err(error) => unread(error),
            Ok(all) if all.is_empty() => Observed::Absent,
            Ok(all) => ready(&[("count", json!(all.len()))], [], None),
        }
    }

    pub(crate) async fn delete_data_sources(&self, app: &str, index: &str) -> Result<(), CloudError> {
        let all = self.data_source_ids(app, index).await?;
        let deleted = join_all(all.iter().map(|id| async move {
            let call = self.qbusiness.delete_data_source().application_id(app);
            let sent = call.index_id(index).data_source_id(id).send().await;
            sent.map(|_| ()).map_err(self.error("DeleteDataSource"))
        }));
        for result in deleted.await {
            match result {
                Err(error) if matches!(error.kind, CloudErrorKind::Conflict | CloudErrorKind::Gone) => {}
                other => other?,
            }
        }
        Ok(())
    }
}
