//! What of a resource is compared with AWS, by the API's names; what AWS cannot change; what takes
//! its time.

use super::{Look, PhysicalId, Purpose, Resource, RetrieverSource, SignIn};
use crate::policy::{PermissionPolicy, TrustPolicy};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

fn switch(on: bool) -> Json {
    json!(if on { "ENABLED" } else { "DISABLED" })
}

fn text(text: &str) -> Json {
    if text.is_empty() { Json::Null } else { json!(text) }
}

fn list(items: &[String]) -> Json {
    let mut sorted = items.to_vec();
    sorted.sort();
    if sorted.is_empty() {
        Json::Null
    } else {
        json!(sorted)
    }
}

impl SignIn<String> {
    fn attributes(&self) -> Vec<(&'static str, Json)> {
        match self {
            SignIn::Oidc { secret, role } => {
                vec![("secretsArn", json!(secret)), ("secretsRole", json!(role))]
            }
            SignIn::Saml { authentication_url } => vec![("authenticationUrl", json!(authentication_url))],
        }
    }
}

impl Look {
    /// By the API's names. Nothing where nothing was chosen: what somebody set in the console then
    /// stays as it is.
    pub fn attributes(&self) -> Vec<(&'static str, Json)> {
        if *self == Look::default() {
            return Vec::new();
        }
        vec![
            ("subtitle", text(&self.subtitle)),
            ("welcomeMessage", text(&self.welcome_message)),
            (
                "samplePromptsControlMode",
                self.sample_prompts.map_or(Json::Null, switch),
            ),
            ("origins", list(&self.origins)),
            ("enabledBrowserExtensions", list(&self.browser_extensions)),
            ("customCSSUrl", text(&self.custom_css_url)),
            ("logoUrl", text(&self.logo_url)),
            ("fontUrl", text(&self.font_url)),
            ("faviconUrl", text(&self.favicon_url)),
        ]
    }
}

impl Resource<String> {
    /// The id of what is written through its parent's own calls: it follows from the parent.
    pub fn part_id(&self) -> Option<PhysicalId> {
        match self {
            Resource::AutoSubscription { application, .. } => Some(PhysicalId(application.clone())),
            Resource::OidcClient { provider, client_id } => Some(PhysicalId::child(provider, client_id)),
            Resource::PolicyAttachment { role, policy } => Some(PhysicalId::child(role, policy)),
            Resource::RolePolicy { role, name, .. } => Some(PhysicalId::child(role, name)),
            Resource::RoleTrust { role, .. } => Some(PhysicalId(role.clone())),
            Resource::WebExperienceRole { web_experience, .. } => Some(PhysicalId(web_experience.clone())),
            Resource::Application { .. }
            | Resource::Index { .. }
            | Resource::ManagedPolicy { .. }
            | Resource::OidcProvider { .. }
            | Resource::Retriever { .. }
            | Resource::Role { .. }
            | Resource::SamlProvider { .. }
            | Resource::Secret { .. }
            | Resource::WebExperience { .. } => None,
        }
    }

    /// The attributes that are compared with what AWS has, by the API's names.
    pub fn attributes(&self) -> BTreeMap<String, Json> {
        let pairs: Vec<(&str, Json)> = match self {
            Resource::Application {
                name,
                provider,
                client_ids,
                role,
                q_apps,
                personalization,
                kms_key,
                ..
            } => {
                let kind = if client_ids.is_empty() {
                    "AWS_IAM_IDP_SAML"
                } else {
                    "AWS_IAM_IDP_OIDC"
                };
                let mut pairs = vec![
                    ("displayName", json!(name)),
                    ("identityType", json!(kind)),
                    ("iamIdentityProviderArn", json!(provider)),
                    ("clientIdsForOIDC", list(client_ids)),
                    ("qAppsControlMode", switch(*q_apps)),
                    ("kmsKeyId", json!(kms_key)),
                ];
                // Without tags of the company's own there is nothing to personalize by.
                if *personalization {
                    pairs.push(("personalizationControlMode", switch(true)));
                }
                // The service-linked role is AWS's own choice, and no difference.
                if role.is_some() {
                    pairs.push(("roleArn", json!(role)));
                }
                pairs
            }
            Resource::AutoSubscription { tier, .. } => vec![
                ("autoSubscribe", json!("ENABLED")),
                ("defaultSubscriptionType", json!(tier)),
            ],
            Resource::Index {
                name, kind, units, ..
            } => vec![
                ("displayName", json!(name)),
                ("type", json!(kind)),
                ("units", json!(units)),
            ],
            Resource::ManagedPolicy {
                name,
                path,
                permissions,
                ..
            } => vec![
                ("policyName", json!(name)),
                ("path", json!(path)),
                ("policyDocument", PermissionPolicy::of(permissions).to_json()),
            ],
            Resource::OidcClient { client_id, .. } => vec![("clientId", json!(client_id))],
            Resource::OidcProvider { issuer, .. } => vec![("url", json!(issuer))],
            Resource::PolicyAttachment { policy, .. } => vec![("policyArn", json!(policy))],
            Resource::Retriever { name, source, .. } => {
                let (kind, index) = match source {
                    RetrieverSource::Kendra { index, .. } => ("KENDRA_INDEX", index),
                    RetrieverSource::Native { index } => ("NATIVE_INDEX", index),
                };
                let mut pairs = vec![
                    ("displayName", json!(name)),
                    ("type", json!(kind)),
                    ("indexId", json!(index)),
                ];
                if let RetrieverSource::Kendra { role, .. } = source {
                    pairs.push(("roleArn", json!(role)));
                }
                pairs
            }
            Resource::Role {
                name,
                path,
                boundary,
                trust,
                trust_is_temporary,
                ..
            } => {
                let mut pairs = vec![
                    ("roleName", json!(name)),
                    ("path", json!(path)),
                    ("permissionsBoundary", json!(boundary)),
                ];
                if !*trust_is_temporary {
                    pairs.push(("assumeRolePolicyDocument", TrustPolicy::of(trust).to_json()));
                }
                pairs
            }
            Resource::RolePolicy {
                name, permissions, ..
            } => vec![
                ("policyName", json!(name)),
                ("policyDocument", PermissionPolicy::of(permissions).to_json()),
            ],
            Resource::RoleTrust { trust, .. } => {
                vec![("assumeRolePolicyDocument", TrustPolicy::of(trust).to_json())]
            }
            Resource::SamlProvider { name, metadata, .. } => {
                vec![("name", json!(name)), ("samlMetadataDocument", json!(metadata))]
            }
            Resource::Secret {
                name,
                version,
                kms_key,
                ..
            } => vec![
                ("name", json!(name)),
                ("currentVersion", json!(version)),
                ("kmsKeyId", json!(kms_key)),
            ],
            Resource::WebExperience {
                title,
                sign_in,
                role,
                look,
                ..
            } => {
                let mut pairs = vec![("title", text(title))];
                pairs.extend(sign_in.attributes());
                pairs.extend(look.attributes());
                if role.is_some() {
                    pairs.push(("roleArn", json!(role)));
                }
                pairs
            }
            Resource::WebExperienceRole { role, .. } => vec![("roleArn", json!(role))],
        };
        pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
    }
}

impl<S> Resource<S> {
    /// Attributes that AWS cannot change after creation (Q Business: IAM federation, SAML 2.0).
    pub fn immutable(&self) -> &'static [&'static str] {
        match self {
            Resource::Application { .. } => &[
                "clientIdsForOIDC",
                "identityType",
                "iamIdentityProviderArn",
                "kmsKeyId",
            ],
            Resource::Index { .. } => &["type"],
            Resource::ManagedPolicy { .. } => &["policyName", "path"],
            Resource::OidcProvider { .. } => &["url"],
            Resource::Retriever { .. } => &["displayName", "type", "indexId", "roleArn"],
            Resource::Role { .. } => &["roleName", "path"],
            Resource::RolePolicy { .. } => &["policyName"],
            Resource::SamlProvider { .. } => &["name"],
            Resource::Secret { .. } => &["name"],
            Resource::AutoSubscription { .. }
            | Resource::OidcClient { .. }
            | Resource::PolicyAttachment { .. }
            | Resource::RoleTrust { .. }
            | Resource::WebExperience { .. }
            | Resource::WebExperienceRole { .. } => &[],
        }
    }

    /// Whether it names a provider or role, which the rest of AWS may not know for some seconds
    /// after its creation (IAM: eventual consistency).
    pub fn names_iam_entity(&self) -> bool {
        match self {
            Resource::Application { .. }
            | Resource::PolicyAttachment { .. }
            | Resource::Role { .. }
            | Resource::RoleTrust { .. }
            | Resource::WebExperienceRole { .. } => true,
            Resource::Retriever { source, .. } => matches!(source, RetrieverSource::Kendra { .. }),
            Resource::WebExperience { role, sign_in, .. } => {
                role.is_some() || matches!(sign_in, SignIn::Oidc { .. })
            }
            Resource::AutoSubscription { .. }
            | Resource::Index { .. }
            | Resource::ManagedPolicy { .. }
            | Resource::OidcClient { .. }
            | Resource::OidcProvider { .. }
            | Resource::RolePolicy { .. }
            | Resource::SamlProvider { .. }
            | Resource::Secret { .. } => false,
        }
    }

    /// How long AWS usually takes until it is usable, in words, where that is longer than a call.
    pub fn usual_wait(&self) -> Option<&'static str> {
        match self {
            Resource::Index { .. } => Some("AWS prepares the index, usually some minutes"),
            Resource::Application { .. } => Some("the application becomes ACTIVE, usually some seconds"),
            Resource::WebExperience { role: Some(_), .. } => Some(
                "IAM copies new roles to all regions, usually 10 to 20 s, then the web experience gets its address",
            ),
            Resource::WebExperience { .. } => {
                Some("the web experience gets its address, usually some seconds")
            }
            Resource::WebExperienceRole { .. } => {
                Some("IAM copies the new role to all regions, usually 10 to 20 s")
            }
            Resource::Retriever { .. } => Some("the retriever becomes ACTIVE, usually some seconds"),
            Resource::AutoSubscription { .. }
            | Resource::ManagedPolicy { .. }
            | Resource::OidcClient { .. }
            | Resource::OidcProvider { .. }
            | Resource::PolicyAttachment { .. }
            | Resource::Role { .. }
            | Resource::RolePolicy { .. }
            | Resource::RoleTrust { .. }
            | Resource::SamlProvider { .. }
            | Resource::Secret { .. } => None,
        }
    }
}

impl Purpose {
    /// What the role says of itself in the console.
    pub fn description(self) -> &'static str {
        match self {
            Purpose::Application => "Lets Amazon Q Business write logs and metrics of this application",
            Purpose::Retriever => "Lets Amazon Q Business read the Amazon Kendra index of this application",
            Purpose::Secrets => "Lets Amazon Q Business read the client secret of the sign-in",
        }
    }
}
