//! Who uses a provider beside the set-up that asks: other applications of the region, other roles.

use super::decode;
use crate::Aws;
use claimbridge_core::policy::TrustPolicy;
use claimbridge_core::resource::{CloudError, CloudErrorKind};
use claimbridge_core::setup::TAG;
use futures::future::try_join_all;
use std::collections::BTreeSet;

/// Applications that are asked about at the same time.
const AT_ONCE: usize = 8;

impl Aws {
    /// ARNs of the IAM providers of all applications in the region, each once.
    ///
    /// # Errors
    /// [`CloudError`].
    pub async fn providers_in_use(&self) -> Result<BTreeSet<String>, CloudError> {
        let mut providers = BTreeSet::new();
        for some in self.applications().await?.chunks(AT_ONCE) {
            let asked = some.iter().map(|application| async move {
                let call = self.qbusiness.get_application();
                let sent = call.application_id(&application.id).send().await;
                match sent.map_err(self.error("GetApplication")) {
                    // Deleted since it was listed.
                    Err(error) if error.kind == CloudErrorKind::Gone => Ok(None),
                    Err(error) => Err(error),
                    Ok(held) => Ok(held.iam_identity_provider_arn().map(str::to_owned)),
                }
            });
            providers.extend(try_join_all(asked).await?.into_iter().flatten());
        }
        Ok(providers)
    }

    /// Names of applications and roles that name `provider` and do not carry the tag of `setup`. Whose
    /// provider it is does not matter: its maker's own role is another's to whoever shares it.
    pub(crate) async fn provider_users(
        &self,
        provider: &str,
        setup: &str,
    ) -> Result<Vec<String>, CloudError> {
        let (applications, roles) = futures::join!(
            self.applications_of(provider, setup),
            self.roles_of(provider, setup)
        );
        let mut users = applications?;
        users.extend(roles?);
        Ok(users)
    }

    async fn applications_of(&self, provider: &str, setup: &str) -> Result<Vec<String>, CloudError> {
        let mut users = Vec::new();
        for application in self.applications().await? {
            let sent = self
                .qbusiness
                .get_application()
                .application_id(&application.id)
                .send()
                .await;
            let held = sent.map_err(self.error("GetApplication"))?;
            if held.iam_identity_provider_arn() != Some(provider) {
                continue;
            }
            let tag = self.tag(held.application_arn().unwrap_or_default()).await?;
            if tag.as_deref() != Some(setup) {
                users.push(format!("application {}", application.name));
            }
        }
        Ok(users)
    }

    async fn roles_of(&self, provider: &str, setup: &str) -> Result<Vec<String>, CloudError> {
        let all = self
            .iam
            .list_roles()
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await
            .map_err(self.error("ListRoles"))?;
        let mut users = Vec::new();
        for role in all {
            let trusts = role
                .assume_role_policy_document()
                .and_then(|d| TrustPolicy::parse(&decode(d)).ok())
                .is_some_and(|t| {
                    t.0.statements
                        .iter()
                        .flat_map(|s| &s.principals)
                        .any(|(_, p)| p == provider)
                });
            if !trusts {
                continue;
            }
            // A list of roles comes without their tags.
            let sent = self.iam.list_role_tags().role_name(role.role_name()).send().await;
            let tags = sent.map_err(self.error("ListRoleTags"))?;
            let tag = tags.tags().iter().find(|t| t.key() == TAG).map(|t| t.value());
            if tag != Some(setup) {
                users.push(format!("role {}", role.role_name()));
            }
        }
        Ok(users)
    }
}
