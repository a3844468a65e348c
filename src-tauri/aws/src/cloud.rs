//! The core's door to the cloud, opened on real calls.

use crate::Aws;
use claimbridge_core::policy::{PermissionPolicy, TrustPolicy};
use claimbridge_core::resource::{
    Address, Candidate, Cloud, CloudError, CloudErrorKind, CloudFuture, Leftover, Observed, PhysicalId,
    Resource, Trust,
};

fn trust(trust: &Trust<String>) -> TrustPolicy {
    TrustPolicy::saml(&trust.provider, &trust.recipients)
}

impl Cloud for Aws {
    fn read<'a>(&'a self, address: Address, id: &'a PhysicalId) -> CloudFuture<'a, Observed> {
        Box::pin(async move {
            let (first, second) = id.parts();
            match address {
                Address::SamlProvider => self.read_provider(&id.0).await,
                Address::Application => self.read_application(first).await,
                Address::AutoSubscription => self.read_subscription(first).await,
                Address::Index => self.read_index(first, second).await,
                Address::Retriever => self.read_retriever(first, second).await,
                Address::WebExperience => self.read_web_experience(first, second, false).await,
                Address::WebExperienceRole => self.read_web_experience(first, second, true).await,
                Address::Role | Address::RoleTrust => self.read_role(first).await,
                Address::RolePolicy => self.read_role_policy(first, second).await,
            }
        })
    }

    fn find<'a>(
        &'a self,
        resource: &'a Resource<String>,
    ) -> CloudFuture<'a, Result<Option<Candidate>, CloudError>> {
        Box::pin(async move {
            match resource {
                Resource::SamlProvider { name, .. } => self.find_provider(name).await,
                Resource::Role { name, .. } => self.find_role(name).await,
                other => self.find_in_qbusiness(other).await,
            }
        })
    }

    fn create<'a>(
        &'a self,
        resource: &'a Resource<String>,
        token: &'a str,
    ) -> CloudFuture<'a, Result<PhysicalId, CloudError>> {
        Box::pin(async move {
            match resource {
                Resource::SamlProvider { name, metadata, tags } => {
                    self.create_provider(name, metadata, tags).await
                }
                Resource::Application {
                    name,
                    provider,
                    q_apps,
                    kms_key,
                    tags,
                } => {
                    self.create_application((name, provider, *q_apps, kms_key.as_deref()), tags, token)
                        .await
                }
                Resource::AutoSubscription { application, tier } => {
                    self.update_application(application, None, Some(*tier)).await?;
                    Ok(PhysicalId(application.clone()))
                }
                Resource::Index {
                    application,
                    name,
                    kind,
                    units,
                    tags,
                } => {
                    self.create_index(application, name, *kind, *units, tags, token)
                        .await
                }
                Resource::Retriever {
                    application,
                    index,
                    name,
                    tags,
                } => self.create_retriever(application, index, name, tags, token).await,
                Resource::WebExperience {
                    application,
                    title,
                    authentication_url,
                    role,
                    tags,
                } => {
                    let shape = (title.as_str(), authentication_url.as_str(), role.as_deref());
                    self.create_web_experience(application, shape, tags, token).await
                }
                Resource::WebExperienceRole {
                    web_experience,
                    role,
                    title,
                    authentication_url,
                } => {
                    let id = PhysicalId(web_experience.clone());
                    let (app, experience) = id.parts();
                    self.update_web_experience(app, experience, title, authentication_url, Some(role))
                        .await?;
                    Ok(id)
                }
                Resource::Role {
                    name, trust: t, tags, ..
                } => self.create_role(name, &trust(t), tags).await,
                Resource::RoleTrust { role, trust: t } => {
                    self.put_trust(role, &trust(t)).await?;
                    Ok(PhysicalId(role.clone()))
                }
                Resource::RolePolicy {
                    role,
                    name,
                    permissions,
                } => {
                    self.put_role_policy(
                        role,
                        name,
                        &PermissionPolicy::web_experience(permissions).to_json(),
                    )
                    .await?;
                    Ok(PhysicalId::child(role, name))
                }
            }
        })
    }

    fn update<'a>(
        &'a self,
        id: &'a PhysicalId,
        resource: &'a Resource<String>,
    ) -> CloudFuture<'a, Result<(), CloudError>> {
        Box::pin(async move {
            let (first, second) = id.parts();
            match resource {
                Resource::SamlProvider { metadata, .. } => self.update_provider(&id.0, metadata).await,
                Resource::Application { name, q_apps, .. } => {
                    self.update_application(first, Some((name, *q_apps)), None).await
                }
                Resource::AutoSubscription { tier, .. } => {
                    self.update_application(first, None, Some(*tier)).await
                }
                Resource::Index { name, units, .. } => self.update_index(first, second, name, *units).await,
                Resource::WebExperience {
                    title,
                    authentication_url,
                    role,
                    ..
                } => {
                    self.update_web_experience(first, second, title, authentication_url, role.as_deref())
                        .await
                }
                Resource::WebExperienceRole {
                    title,
                    authentication_url,
                    role,
                    ..
                } => {
                    self.update_web_experience(first, second, title, authentication_url, Some(role))
                        .await
                }
                Resource::Role { trust: t, .. } | Resource::RoleTrust { trust: t, .. } => {
                    self.put_trust(first, &trust(t)).await
                }
                Resource::RolePolicy {
                    role,
                    name,
                    permissions,
                } => {
                    self.put_role_policy(
                        role,
                        name,
                        &PermissionPolicy::web_experience(permissions).to_json(),
                    )
                    .await
                }
                Resource::Retriever { .. } => Err(CloudError {
                    kind: CloudErrorKind::Invalid,
                    operation: "UpdateRetriever".into(),
                    code: None,
                    message: "a retriever cannot be changed".into(),
                    request_id: None,
                    leftover: Leftover::Nothing,
                }),
            }
        })
    }

    fn delete<'a>(&'a self, address: Address, id: &'a PhysicalId) -> CloudFuture<'a, Result<(), CloudError>> {
        Box::pin(async move {
            let (first, second) = id.parts();
            match address {
                Address::SamlProvider => self.delete_provider(&id.0).await,
                Address::Application => self.delete_application(first).await,
                Address::Index => self.delete_index(first, second).await,
                Address::Retriever => self.delete_retriever(first, second).await,
                Address::WebExperience => self.delete_web_experience(first, second).await,
                Address::Role => self.delete_role(first).await,
                Address::RolePolicy => self.delete_role_policy(first, second).await,
                // Parts go with their parents.
                Address::AutoSubscription | Address::RoleTrust | Address::WebExperienceRole => Ok(()),
            }
        })
    }
}
