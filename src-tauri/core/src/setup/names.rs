//! The names of everything that is made, and the rules that they keep.

use crate::resource::Purpose;
use crate::value::{provider_name, role_name};
use serde::{Deserialize, Serialize};

/// What the resources are called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// IAM SAML provider.
    pub provider: String,
    /// The role that every signed-in person assumes.
    pub role: String,
    /// Its inline policy.
    pub policy: String,
    /// Q Business application.
    pub application: String,
    /// Its index.
    pub index: String,
    /// Its retriever.
    pub retriever: String,
    /// Title on the web experience's page.
    pub title: String,
}

impl Names {
    /// Names that follow from one prefix: `q-acme` → role `q-acme-web`, provider `q-acme-idp`.
    pub fn from_prefix(prefix: &str) -> Names {
        Names {
            provider: format!("{prefix}-idp"),
            role: format!("{prefix}-web"),
            policy: format!("{prefix}-web-experience"),
            application: prefix.to_owned(),
            index: format!("{prefix}-index"),
            retriever: format!("{prefix}-retriever"),
            title: prefix.to_owned(),
        }
    }

    /// Name of the secret; the role of AWS's documents may read only secrets that begin with
    /// `QBusiness-` (Q Business: IAM federation, Okta).
    pub fn secret(&self) -> String {
        format!("QBusiness-{}-client", self.application)
    }

    /// Name of a role of Amazon Q Business's own, and of the policy in it.
    pub fn service_role(&self, purpose: Purpose) -> String {
        let what = match purpose {
            Purpose::Application => "service",
            Purpose::Retriever => "kendra",
            Purpose::Secrets => "secrets",
        };
        format!("{}-{what}", self.role)
    }

    /// Every rule that a name breaks; empty when AWS and the identity provider will take them all.
    /// `room`: how many characters the portal leaves for role and provider together, where it limits them.
    pub fn faults(&self, room: Option<usize>) -> Vec<NameFault> {
        let mut faults = self.refused_by_aws();
        faults.extend(self.refused_elsewhere(room));
        faults
    }

    fn refused_by_aws(&self) -> Vec<NameFault> {
        let mut faults = Vec::new();
        let mut fault = |fits: bool, field, found: &str, expected: &str| {
            if !fits {
                faults.push(NameFault {
                    field,
                    found: found.to_owned(),
                    expected: expected.to_owned(),
                    ours: false,
                });
            }
        };
        let (provider, role, policy) = (&self.provider, &self.role, &self.policy);
        fault(
            provider_name(provider),
            "provider",
            provider,
            "1 to 128 letters, digits, _ or -",
        );
        fault(role_name(role), "role", role, "1 to 64 letters, digits or _+=,@-");
        fault(
            policy_name(policy),
            "policy",
            policy,
            "1 to 128 letters, digits or _+=,.@-",
        );
        for (field, name) in [
            ("application", &self.application),
            ("index", &self.index),
            ("retriever", &self.retriever),
        ] {
            let expected = "a letter or digit, then letters, digits, _ or -; no blanks";
            fault(display_name(name), field, name, expected);
        }
        let title = &self.title;
        fault(
            title.chars().count() <= 500,
            "title",
            title,
            "at most 500 characters",
        );
        faults
    }

    /// What AWS takes and an identity provider does not, or what the names beside it need.
    fn refused_elsewhere(&self, room: Option<usize>) -> Vec<NameFault> {
        let mut faults = Vec::new();
        let mut fault = |field, found: &str, expected: String| {
            faults.push(NameFault {
                field,
                found: found.to_owned(),
                expected,
                ours: true,
            });
        };
        for (field, name) in [("provider", &self.provider), ("role", &self.role)] {
            if name.contains('.') {
                fault(
                    field,
                    name,
                    "no period: identity providers drop role claims with one".into(),
                );
            }
        }
        if self.role.contains(',') {
            fault(
                "role",
                &self.role,
                "no comma: it separates role and provider in the Role claim".into(),
            );
        }
        let together = self.role.chars().count() + self.provider.chars().count();
        if let Some(room) = room.filter(|room| together > *room) {
            fault(
                "role",
                &format!("{}, {} ({together} characters)", self.role, self.provider),
                format!(
                    "role and provider names of at most {room} characters together, so that the Role claim's value stays as short as the portal takes it"
                ),
            );
        }
        let longest = self.service_role(Purpose::Application);
        if longest.len() > 64 && role_name(&self.role) {
            fault(
                "role",
                &self.role,
                "at most 56 characters, so that the roles beside it can be named after it".into(),
            );
        }
        faults
    }
}

/// IAM: `[\w+=,.@-]+`, 1 to 128 characters (CreatePolicy, PutRolePolicy).
fn policy_name(name: &str) -> bool {
    (1..=128).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b))
}

/// Q Business: `[a-zA-Z0-9][a-zA-Z0-9_-]*`, 1 to 1000 characters (CreateApplication).
fn display_name(name: &str) -> bool {
    name.len() <= 1000
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
}

/// One name that AWS or the identity provider would refuse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NameFault {
    /// Field of [`Names`].
    pub field: &'static str,
    /// What it is.
    pub found: String,
    /// What it must be.
    pub expected: String,
    /// The rule is ours, for an identity provider's sake or for names beside it; AWS itself takes it.
    #[serde(skip)]
    pub ours: bool,
}
