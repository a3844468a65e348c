//! The core's door to the cloud, opened on real calls.

use crate::Aws;
use crate::iam::RoleShape;
use claimbridge_core::policy::{PermissionPolicy, TrustPolicy};
use claimbridge_core::resource::{
    Address, Candidate, Cloud, CloudError, CloudFuture, Observed, PhysicalId, Purpose, Resource, SecretValue,
    Trust,
};

/// What a role says of itself in the console.
fn description(trust: &Trust<String>) -> &'static str {
    match trust {
        Trust::Oidc { .. } | Trust::Saml { .. } => {
            "Assumed by everyone who signs in to Amazon Q Business through this federation"
        }
        Trust::Service { purpose, .. } => Purpose::description(*purpose),
    }
}

fn role_shape<'a>(
    name: &'a str,
    path: &'a str,
    boundary: &'a Option<String>,
    trust: &Trust<String>,
) -> RoleShape<'a> {
    RoleShape {
        name,
        path,
        boundary: boundary.as_deref(),
        description: description(trust),
        trust: TrustPolicy::of(trust),
    }
}

impl Cloud for Aws {
    fn read<'a>(&'a self, address: Address, id: &'a PhysicalId) -> CloudFuture<'a, Observed> {
        Box::pin(async move {
            let (first, second) = id.parts();
            match address {
                Address::Application => self.read_application(first).await,
                Address::AutoSubscription => self.read_subscription(first).await,
                Address::DataSources => self.read_data_sources(first, second).await,
                Address::Index => self.read_index(first, second).await,
                Address::ManagedPolicy => self.read_managed_policy(first).await,
                Address::OidcClient => self.read_oidc_client(first, second).await,
                Address::OidcProvider => self.read_oidc_provider(&id.0).await,
                Address::PolicyAttachment => self.read_attachment(first, second).await,
                Address::Retriever => self.read_retriever(first, second).await,
                Address::ApplicationRole
                | Address::RetrieverRole
                | Address::Role
                | Address::RoleTrust
                | Address::SecretsRole => self.read_role(first).await,
                Address::ApplicationRolePolicy
                | Address::RetrieverRolePolicy
                | Address::RolePolicy
                | Address::SecretsRolePolicy => self.read_role_policy(first, second).await,
                Address::SamlProvider => self.read_provider(&id.0).await,
                Address::Secret => self.read_secret(&id.0).await,
                Address::Subscriptions => self.read_subscriptions(first).await,
                Address::WebExperience => self.read_web_experience(first, second, false).await,
                Address::WebExperienceRole => self.read_web_experience(first, second, true).await,
            }
        })
    }

    fn find<'a>(
        &'a self,
        resource: &'a Resource<String>,
    ) -> CloudFuture<'a, Result<Option<Candidate>, CloudError>> {
        Box::pin(async move {
            match resource {
                Resource::ManagedPolicy { name, path, .. } => self.find_managed_policy(name, path).await,
                Resource::OidcProvider { issuer, .. } => self.find_oidc_provider(issuer).await,
                Resource::Role { name, .. } => self.find_role(name).await,
                Resource::SamlProvider { name, .. } => self.find_provider(name).await,
                Resource::Secret { name, .. } => self.find_secret(name).await,
                other => self.find_in_qbusiness(other).await,
            }
        })
    }

    fn put_secret<'a>(
        &'a self,
        resource: &'a Resource<String>,
        value: &'a SecretValue,
    ) -> CloudFuture<'a, Result<PhysicalId, CloudError>> {
        Box::pin(self.write_secret(resource, value))
    }

    fn users<'a>(
        &'a self,
        address: Address,
        id: &'a PhysicalId,
        setup: &'a str,
    ) -> CloudFuture<'a, Result<Vec<String>, CloudError>> {
        Box::pin(async move {
            match address {
                Address::OidcProvider | Address::SamlProvider => self.provider_users(&id.0, setup).await,
                _ => Ok(Vec::new()),
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
                Resource::Application { .. } => self.create_application(resource, token).await,
                Resource::AutoSubscription { application, tier } => {
                    self.update_application(application, None, Some(*tier)).await?;
                    Ok(PhysicalId(application.clone()))
                }
                Resource::Index { .. } => self.create_index(resource, token).await,
                Resource::ManagedPolicy {
                    name,
                    path,
                    permissions,
                    tags,
                } => {
                    let policy = PermissionPolicy::of(permissions).to_json();
                    self.create_managed_policy((name, path), &policy, tags).await
                }
                Resource::OidcClient { provider, client_id } => {
                    self.add_oidc_client(provider, client_id).await
                }
                Resource::OidcProvider {
                    issuer,
                    client_id,
                    tags,
                } => self.create_oidc_provider(issuer, client_id, tags).await,
                Resource::PolicyAttachment { role, policy } => self.attach_policy(role, policy).await,
                Resource::Retriever { .. } => self.create_retriever(resource, token).await,
                Resource::Role {
                    name,
                    path,
                    boundary,
                    trust,
                    tags,
                    ..
                } => {
                    self.create_role(&role_shape(name, path, boundary, trust), tags)
                        .await
                }
                Resource::RolePolicy {
                    role,
                    name,
                    permissions,
                } => {
                    let policy = PermissionPolicy::of(permissions).to_json();
                    self.put_role_policy(role, name, &policy).await?;
                    Ok(PhysicalId::child(role, name))
                }
                Resource::RoleTrust { role, trust } => {
                    self.put_trust(role, &TrustPolicy::of(trust)).await?;
                    Ok(PhysicalId(role.clone()))
                }
                Resource::SamlProvider { name, metadata, tags } => {
                    self.create_provider(name, metadata, tags).await
                }
                Resource::Secret { .. } => Err(CloudError::unsupported("CreateSecret")),
                Resource::WebExperience { .. } => self.create_web_experience(resource, token).await,
                Resource::WebExperienceRole {
                    web_experience,
                    role,
                    title,
                    sign_in,
                    look,
                } => {
                    let id = PhysicalId(web_experience.clone());
                    self.update_web_experience(&id, (title, sign_in, look), Some(role))
                        .await?;
                    Ok(id)
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
                Resource::Application { .. } => self.update_application(first, Some(resource), None).await,
                Resource::AutoSubscription { tier, .. } => {
                    self.update_application(first, None, Some(*tier)).await
                }
                Resource::Index { name, units, .. } => self.update_index(first, second, name, *units).await,
                Resource::ManagedPolicy { permissions, .. } => {
                    let policy = PermissionPolicy::of(permissions).to_json();
                    self.update_managed_policy(first, &policy).await
                }
                Resource::OidcClient { provider, client_id } => {
                    self.add_oidc_client(provider, client_id).await.map(|_| ())
                }
                Resource::PolicyAttachment { role, policy } => {
                    self.attach_policy(role, policy).await.map(|_| ())
                }
                Resource::Role {
                    name,
                    path,
                    boundary,
                    trust,
                    ..
                } => self.update_role(&role_shape(name, path, boundary, trust)).await,
                // An adopted one may be a managed policy: its id says which.
                Resource::RolePolicy { permissions, .. } => {
                    let policy = PermissionPolicy::of(permissions).to_json();
                    self.put_role_policy(first, second, &policy).await
                }
                Resource::RoleTrust { trust, .. } => self.put_trust(first, &TrustPolicy::of(trust)).await,
                Resource::SamlProvider { metadata, .. } => self.update_provider(&id.0, metadata).await,
                Resource::WebExperience {
                    title,
                    sign_in,
                    role,
                    look,
                    ..
                } => {
                    self.update_web_experience(id, (title, sign_in, look), role.as_deref())
                        .await
                }
                Resource::WebExperienceRole {
                    title,
                    sign_in,
                    look,
                    role,
                    ..
                } => {
                    self.update_web_experience(id, (title, sign_in, look), Some(role))
                        .await
                }
                Resource::OidcProvider { .. } => Err(CloudError::unsupported("UpdateOpenIDConnectProvider")),
                Resource::Retriever { .. } => Err(CloudError::unsupported("UpdateRetriever")),
                Resource::Secret { .. } => Err(CloudError::unsupported("UpdateSecret")),
            }
        })
    }

    fn delete<'a>(&'a self, address: Address, id: &'a PhysicalId) -> CloudFuture<'a, Result<(), CloudError>> {
        Box::pin(async move {
            let (first, second) = id.parts();
            match address {
                Address::Application => self.delete_application(first).await,
                Address::ApplicationRole | Address::RetrieverRole | Address::Role | Address::SecretsRole => {
                    self.delete_role(first).await
                }
                Address::ApplicationRolePolicy
                | Address::RetrieverRolePolicy
                | Address::RolePolicy
                | Address::SecretsRolePolicy => self.delete_role_policy(first, second).await,
                Address::DataSources => self.delete_data_sources(first, second).await,
                Address::Index => self.delete_index(first, second).await,
                Address::ManagedPolicy => self.delete_managed_policy(first).await,
                Address::OidcClient => self.remove_oidc_client(first, second).await,
                Address::OidcProvider => self.delete_oidc_provider(&id.0).await,
                Address::PolicyAttachment => self.detach_policy(first, second).await,
                Address::Retriever => self.delete_retriever(first, second).await,
                Address::SamlProvider => self.delete_provider(&id.0).await,
                Address::Secret => self.delete_secret(&id.0).await,
                Address::Subscriptions => self.cancel_subscriptions(first).await,
                Address::WebExperience => self.delete_web_experience(first, second).await,
                // Parts go with their parents.
                Address::AutoSubscription | Address::RoleTrust | Address::WebExperienceRole => Ok(()),
            }
        })
    }
}
