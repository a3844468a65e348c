//! Words that come from here and not from the screens' own catalogue: what the resources are called,
//! and what a native dialog says.

use claimbridge_core::idp::Protocol;
use claimbridge_core::resource::{Address, Permissions, PhysicalId, Resource, RetrieverSource, Trust};

/// Asked when the window is closed during a run.
pub const CLOSE_WHILE_RUNNING: &str = "Steps are under way in AWS. If you close now, what AWS has already accepted stays there; open this set-up again and plan again to go on. Nothing is made twice.";
/// To close all the same.
pub const CLOSE_NOW: &str = "Close now";
/// To stay.
pub const KEEP_OPEN: &str = "Keep it open";

/// The protocol as the screens' code knows it.
pub fn protocol_id(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Oidc => "oidc",
        Protocol::Saml => "saml",
    }
}

/// The resource in AWS's words.
pub fn address_label(address: Address) -> &'static str {
    match address {
        Address::Application => "Application",
        Address::ApplicationRole => "Service role",
        Address::ApplicationRolePolicy => "Permissions of the service role",
        Address::AutoSubscription => "Automatic subscription",
        Address::DataSources => "Data sources",
        Address::Index => "Index",
        Address::ManagedPolicy => "Managed policy",
        Address::OidcClient => "Client of the provider",
        Address::OidcProvider => "OIDC provider",
        Address::PolicyAttachment => "Policy on the role",
        Address::Retriever => "Retriever",
        Address::RetrieverRole => "Role for Amazon Kendra",
        Address::RetrieverRolePolicy => "Permissions for Amazon Kendra",
        Address::Role => "Role",
        Address::RolePolicy => "Permissions",
        Address::RoleTrust => "Trust policy",
        Address::SamlProvider => "SAML provider",
        Address::Secret => "Client secret",
        Address::SecretsRole => "Role for the secret",
        Address::SecretsRolePolicy => "Permissions for the secret",
        Address::Subscriptions => "Subscriptions",
        Address::WebExperience => "Web experience",
        Address::WebExperienceRole => "Role on web experience",
    }
}

/// What it is called or made of, in a few words.
pub fn kind_label(resource: Option<&Resource>, id: Option<&PhysicalId>) -> String {
    let Some(resource) = resource else {
        return id.map(|i| i.own().to_owned()).unwrap_or_default();
    };
    match resource {
        Resource::Application { name, .. } => format!("{name} · IAM federation"),
        Resource::AutoSubscription { tier, .. } => {
            format!("{} · paid, for everyone who signs in", tier.name())
        }
        Resource::Index {
            name, kind, units, ..
        } => {
            format!(
                "{name} · {} · {units} {}",
                kind.as_str(),
                if *units == 1 { "unit" } else { "units" }
            )
        }
        Resource::ManagedPolicy { name, .. } => format!("{name} · this application only"),
        Resource::OidcClient { client_id, .. } => client_id.clone(),
        Resource::OidcProvider { issuer, .. } => issuer.clone(),
        Resource::PolicyAttachment { .. } => "links the two".into(),
        Resource::Retriever { name, source, .. } => match source {
            RetrieverSource::Kendra { .. } => format!("{name} · on your Amazon Kendra index"),
            RetrieverSource::Native { .. } => format!("{name} · native, on the index"),
        },
        Resource::Role { name, trust, .. } => match trust {
            Trust::Oidc { .. } => format!("{name} · admits one client"),
            Trust::Saml { recipients, .. } if recipients.len() == 1 => {
                format!("{name} · admits one Recipient")
            }
            Trust::Saml { recipients, .. } => format!("{name} · admits {} Recipients", recipients.len()),
            Trust::Service { .. } => format!("{name} · for Amazon Q Business alone"),
        },
        Resource::RolePolicy {
            name, permissions, ..
        } => match permissions {
            Permissions::WebExperience { .. } => format!("{name} · this application only"),
            Permissions::Secrets { .. } => format!("{name} · this secret only"),
            Permissions::Retriever { .. } => format!("{name} · this Kendra index only"),
            Permissions::Application { .. } => format!("{name} · logs and metrics"),
        },
        Resource::RoleTrust { .. } => "the placeholder gives way to the web experience".into(),
        Resource::SamlProvider { name, .. } => name.clone(),
        Resource::Secret { name, .. } => format!("{name} · in Secrets Manager"),
        Resource::WebExperience { title, .. } => title.clone(),
        Resource::WebExperienceRole { .. } => "links the two".into(),
    }
}
