//! What was there before the set-up took it over: its names as AWS has them, and what of it does not
//! follow from the answers. Of such names only AWS's own rules hold; ours are for what we create.

use super::{Setup, SetupError};
use crate::resource::Address;
use crate::value::role_name;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What was adopted; empty for a set-up that made everything itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Adopted {
    /// Every adopted resource that has a name.
    pub resources: BTreeMap<Address, Existing>,
    /// SAML: what the identity provider sends as Recipient, where its guide says otherwise.
    pub recipient: Option<AdoptedRecipient>,
    /// OIDC: clients of the application beside the set-up's own.
    pub client_ids: Vec<String>,
    /// The role may open the documents that answers are taken from, which is optional.
    pub document_content: bool,
    /// Recipients or clients that the role admits beside those that the set-up knows.
    pub audiences: Vec<String>,
}

/// A resource as it is in AWS.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Existing {
    /// Its name, title or display name.
    pub name: String,
    /// Of a role or managed policy, `/` or `/team/`.
    pub path: Option<String>,
    /// Of a role: ARN of the policy that bounds it.
    pub boundary: Option<String>,
}

/// What arrives as Recipient at an adopted role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AdoptedRecipient {
    /// An address of AWS's sign-in, byte for byte.
    Address(String),
    /// The web experience's `/saml` address.
    WebExperience,
}

impl Adopted {
    /// Nothing was adopted.
    pub fn is_empty(&self) -> bool {
        *self == Adopted::default()
    }

    /// Whether a resource was there before the set-up.
    pub fn has(&self, address: Address) -> bool {
        self.resources.contains_key(&address)
    }

    /// Whether `name` is what AWS has at one of these addresses.
    pub(super) fn named(&self, addresses: &[Address], name: &str) -> bool {
        addresses
            .iter()
            .any(|a| self.resources.get(a).is_some_and(|e| e.name == name))
    }

    /// The name at an address, where it was adopted.
    pub(super) fn name(&self, address: Address) -> Option<String> {
        self.resources.get(&address).map(|e| e.name.clone())
    }

    /// What the rest of the program takes for granted: names and paths that make an ARN.
    pub(super) fn check(&self) -> Result<(), SetupError> {
        for (address, existing) in &self.resources {
            let is_role = matches!(
                address,
                Address::ApplicationRole | Address::RetrieverRole | Address::Role | Address::SecretsRole
            );
            if is_role && !role_name(&existing.name) {
                return Err(SetupError::Field {
                    field: "name of an adopted role",
                    found: existing.name.chars().take(200).collect(),
                    expected: "1 to 64 letters, digits or _+=,.@-, as IAM has it".into(),
                });
            }
            if let Some(path) = &existing.path
                && !is_path(path)
            {
                return Err(SetupError::Field {
                    field: "path of what was adopted",
                    found: path.chars().take(200).collect(),
                    expected: "/ or /name/, as IAM has it".into(),
                });
            }
        }
        Ok(())
    }
}

/// IAM's own form of a path: `/`, or visible characters between two slashes, 512 at most.
fn is_path(path: &str) -> bool {
    path == "/"
        || (path.len() <= 512
            && path.starts_with('/')
            && path.ends_with('/')
            && path.bytes().all(|b| (0x21..=0x7e).contains(&b)))
}

impl Setup {
    /// Path and permissions boundary of a role or managed policy: as it is where it was adopted, else as
    /// the set-up makes all of them.
    pub(super) fn placed(&self, address: Address) -> (String, Option<String>) {
        match self.adopted.resources.get(&address) {
            Some(existing) => (
                existing.path.clone().unwrap_or_else(|| "/".into()),
                existing.boundary.clone(),
            ),
            None => (self.role.path.clone(), self.role.permissions_boundary.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::idp::IdentityProvider;
    use crate::setup::World;
    use crate::value::{AccountId, Region};

    fn setup(provider: &str, role: &str) -> Setup {
        let account = AccountId::parse("123456789012").unwrap();
        let idp = IdentityProvider::EntraGallery;
        let mut setup = Setup::new("id".into(), "q-x", account, Region::UsEast1, World::Live, idp);
        setup.names.provider = provider.into();
        setup.names.role = role.into();
        setup
    }

    fn adopt(setup: &mut Setup, address: Address, name: &str, path: &str) {
        let existing = Existing {
            name: name.into(),
            path: Some(path.into()),
            boundary: None,
        };
        setup.adopted.resources.insert(address, existing);
    }

    /// Names as AWS's sample gives them: 60 characters together, and one with a period.
    #[test]
    fn our_rules_for_names_are_not_for_what_is_there() {
        let (provider, role) = ("qbiz.saml-4711-id-provider", "qbiz-saml-4711-web-experience-role");
        let mut made = setup(provider, role);
        assert!(matches!(made.check(), Err(SetupError::Names(faults)) if faults.len() == 2));
        adopt(&mut made, Address::SamlProvider, provider, "/");
        adopt(&mut made, Address::Role, role, "/people.of/acme/");
        made.check().unwrap();
        assert_eq!(
            made.role_arn().as_str(),
            "arn:aws:iam::123456789012:role/people.of/acme/qbiz-saml-4711-web-experience-role"
        );
        // Another name than the one that is there is one that would be made.
        made.names.provider = "another.idp".into();
        assert!(matches!(made.check(), Err(SetupError::Names(_))));
    }

    #[test]
    fn what_makes_no_arn_is_refused() {
        for (name, path) in [("a b", "/"), ("", "/"), ("a", "people"), ("a", "/ /")] {
            let mut made = setup("q-idp", "q-web");
            adopt(&mut made, Address::SecretsRole, name, path);
            assert!(
                matches!(made.check(), Err(SetupError::Field { .. })),
                "{name} {path}"
            );
        }
    }

    #[test]
    fn nothing_adopted_is_nothing_in_the_file() {
        let made = setup("q-idp", "q-web");
        assert!(!made.to_json().contains("adopted"));
        let mut taken = made.clone();
        adopt(&mut taken, Address::Secret, "QBusiness-x", "/");
        taken.adopted.recipient = Some(AdoptedRecipient::Address(
            "https://signin.aws.amazon.com/saml".into(),
        ));
        assert_eq!(Setup::from_json(&taken.to_json()), Ok(taken));
    }
}
