//! Whom else a change of an IAM provider concerns.

use super::{Action, Note, Step};
use crate::journal::Origin;
use crate::resource::{Address, Cloud};
use crate::setup::Setup;

/// A provider that this set-up did not make gets other metadata: whose sign-in that changes as well.
pub(super) async fn whose_metadata(setup: &Setup, steps: &[Step], cloud: &dyn Cloud) -> Option<Note> {
    let step = steps.iter().find(|s| {
        s.address == Address::SamlProvider && s.action == Action::Update && s.origin != Some(Origin::Created)
    })?;
    match cloud.users(step.address, step.id.as_ref()?, &setup.id).await {
        Ok(users) => {
            let users = other_users(setup, users);
            (!users.is_empty()).then_some(Note::MetadataOfOthers { users })
        }
        Err(error) => Some(Note::OthersNotSeen {
            address: step.address,
            error: error.to_string(),
        }),
    }
}

/// Who uses a provider beside this set-up's own application and role, which carry no tag of ours where
/// they were adopted.
pub fn other_users(setup: &Setup, mut users: Vec<String>) -> Vec<String> {
    let own = [
        (
            Address::Application,
            format!("application {}", setup.names.application),
        ),
        (Address::Role, format!("role {}", setup.names.role)),
    ];
    for (address, name) in own {
        if setup.adopted.has(address)
            && let Some(at) = users.iter().position(|u| *u == name)
        {
            users.remove(at);
        }
    }
    users
}
