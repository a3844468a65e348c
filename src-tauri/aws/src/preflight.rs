//! The questions before anything is made: who am I, what may I, does the service answer, is my clock right.

use crate::Aws;
use crate::error::cloud_error;
use claimbridge_core::resource::CloudError;

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Twelve digits.
    pub account: String,
    /// The caller's own ARN.
    pub arn: String,
    /// The account's alias, if it has one and it may be read.
    pub alias: Option<String>,
}

/// An application that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationSummary {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// AWS's status.
    pub status: String,
}

/// The answer for one action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulation {
    /// `iam:CreateRole`.
    pub action: String,
    /// Allowed for the caller.
    pub allowed: bool,
}

impl Aws {
    /// Caller and account.
    ///
    /// # Errors
    /// [`CloudError`]; an expired SSO session names the command that renews it.
    pub async fn identity(&self) -> Result<Identity, CloudError> {
        let error = |e| cloud_error("GetCallerIdentity", self, &e);
        let answer = self.sts.get_caller_identity().send().await.map_err(error)?;
        // An alias is a courtesy; many callers may not read it.
        let alias = self
            .iam
            .list_account_aliases()
            .send()
            .await
            .ok()
            .and_then(|a| a.account_aliases().first().cloned());
        Ok(Identity {
            account: answer.account().unwrap_or_default().to_owned(),
            arn: answer.arn().unwrap_or_default().to_owned(),
            alias,
        })
    }

    /// Every application of the region.
    ///
    /// # Errors
    /// [`CloudError`].
    pub async fn applications(&self) -> Result<Vec<ApplicationSummary>, CloudError> {
        let all = self
            .qbusiness
            .list_applications()
            .into_paginator()
            .stop_on_duplicate_token(true)
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await
            .map_err(|e| cloud_error("ListApplications", self, &e))?;
        Ok(all
            .iter()
            .map(|a| ApplicationSummary {
                id: a.application_id().unwrap_or_default().to_owned(),
                name: a.display_name().unwrap_or_default().to_owned(),
                status: a.status().map(|s| s.as_str().to_owned()).unwrap_or_default(),
            })
            .collect())
    }

    /// Whether the caller may do each action. A session's ARN is mapped to its role; a role with a
    /// path needs `role_arn`, because the session's ARN leaves the path out.
    ///
    /// # Errors
    /// [`CloudError`] when the simulation itself is not allowed.
    pub async fn simulate(&self, caller: &Identity, actions: &[&str]) -> Result<Vec<Simulation>, CloudError> {
        let source = self.policy_source(caller).await?;
        let results = self
            .iam
            .simulate_principal_policy()
            .policy_source_arn(source)
            .set_action_names(Some(actions.iter().map(|a| (*a).to_owned()).collect()))
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await
            .map_err(|e| cloud_error("SimulatePrincipalPolicy", self, &e))?;
        Ok(results
            .iter()
            .map(|r| Simulation {
                action: r.eval_action_name().to_owned(),
                allowed: r.eval_decision().as_str() == "allowed",
            })
            .collect())
    }

    /// `arn:aws:sts::A:assumed-role/NAME/SESSION` → the role's own ARN with its path.
    async fn policy_source(&self, caller: &Identity) -> Result<String, CloudError> {
        let Some(rest) = caller.arn.split_once(":assumed-role/").map(|(_, r)| r) else {
            return Ok(caller.arn.clone());
        };
        let name = rest.split('/').next().unwrap_or_default();
        let answer = self
            .iam
            .get_role()
            .role_name(name)
            .send()
            .await
            .map_err(|e| cloud_error("GetRole", self, &e))?;
        Ok(answer.role().map(|r| r.arn().to_owned()).unwrap_or_default())
    }

    /// Seconds by which this computer's clock is ahead of AWS's, after at least one call.
    pub fn clock_skew(&self) -> Option<i64> {
        self.date.skew_seconds()
    }
}
