//! Words that come from here and not from the screens' own catalogue: what the resources are called,
//! and what a native dialog says.

use claimbridge_core::resource::{Address, PhysicalId, Resource};

/// Asked when the window is closed during a run.
pub const CLOSE_WHILE_RUNNING: &str = "Steps are under way in AWS. If you close now, what AWS has already accepted stays there; open this set-up again and plan again to go on. Nothing is made twice.";
/// To close all the same.
pub const CLOSE_NOW: &str = "Close now";
/// To stay.
pub const KEEP_OPEN: &str = "Keep it open";

/// The resource in AWS's words.
pub fn address_label(address: Address) -> &'static str {
    match address {
        Address::Application => "Application",
        Address::AutoSubscription => "Automatic subscription",
        Address::Index => "Index",
        Address::Retriever => "Retriever",
        Address::Role => "Role",
        Address::RolePolicy => "Permissions",
        Address::RoleTrust => "Trust policy",
        Address::SamlProvider => "SAML provider",
        Address::WebExperience => "Web experience",
        Address::WebExperienceRole => "Role on web experience",
    }
}

/// What it is called or made of, in a few words.
pub fn kind_label(resource: Option<&Resource>, id: Option<&PhysicalId>) -> String {
    match resource {
        None => id.map(|i| i.0.clone()).unwrap_or_default(),
        Some(Resource::Application { name, .. }) => format!("{name} · IAM federation"),
        Some(Resource::AutoSubscription { tier, .. }) => {
            format!("{} · paid, for everyone who signs in", tier.as_str())
        }
        Some(Resource::Index {
            name, kind, units, ..
        }) => {
            format!(
                "{name} · {} · {units} {}",
                kind.as_str(),
                if *units == 1 { "unit" } else { "units" }
            )
        }
        Some(Resource::Retriever { name, .. }) => format!("{name} · native, on the index"),
        Some(Resource::Role { name, .. }) => format!("{name} · admits one Recipient"),
        Some(Resource::RolePolicy { name, .. }) => format!("{name} · this application only"),
        Some(Resource::RoleTrust { .. }) => "the placeholder gives way to the web experience".into(),
        Some(Resource::SamlProvider { name, .. }) => name.clone(),
        Some(Resource::WebExperience { title, .. }) => title.clone(),
        Some(Resource::WebExperienceRole { .. }) => "links the two".into(),
    }
}
