//! Who uses a provider beside the set-up that asks: other applications of the region, other roles.

use super::decode;
use crate::Aws;
use claimbridge_core::policy::TrustPolicy;
use claimbridge_core::resource::CloudError;
use claimbridge_core::setup::TAG;

/// The tag on a provider; None where the service does not keep a provider's tags.
type Owner = Option<Option<String>>;

/// What carries no tag is nobody's of ours. Where the provider's own tag is not kept, whatever carries
/// one is taken for its set-up's.
fn is_others(tag: Option<&str>, owner: &Owner) -> bool {
    tag.is_none() || owner.as_ref().is_some_and(|owner| tag != owner.as_deref())
}

impl Aws {
    /// Names of applications and roles that name `provider` and do not carry the tag of `setup`'s own:
    /// of the set-up that made the provider.
    pub(crate) async fn provider_users(&self, provider: &str) -> Result<Vec<String>, CloudError> {
        let owner = self.provider_owner(provider).await?;
        let (applications, roles) = futures::join!(
            self.applications_of(provider, &owner),
            self.roles_of(provider, &owner)
        );
        let mut users = applications?;
        users.extend(roles?);
        Ok(users)
    }

    /// The set-up that made the provider; None inside where nobody's tag is on it.
    async fn provider_owner(&self, provider: &str) -> Result<Owner, CloudError> {
        use claimbridge_core::resource::Observed;
        let seen = if provider.contains(":oidc-provider/") {
            self.read_oidc_provider(provider).await
        } else {
            self.read_provider(provider).await
        };
        match seen {
            Observed::Ready(snapshot) => Ok(snapshot.setup),
            Observed::Unreadable(error) => Err(error),
            _ => Ok(Some(None)),
        }
    }

    async fn applications_of(&self, provider: &str, owner: &Owner) -> Result<Vec<String>, CloudError> {
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
            if is_others(tag.as_deref(), owner) {
                users.push(format!("application {}", application.name));
            }
        }
        Ok(users)
    }

    async fn roles_of(&self, provider: &str, owner: &Owner) -> Result<Vec<String>, CloudError> {
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
            if is_others(tag, owner) {
                users.push(format!("role {}", role.role_name()));
            }
        }
        Ok(users)
    }
}
