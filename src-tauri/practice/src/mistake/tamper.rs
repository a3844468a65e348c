//! What somebody changes in the AWS console, behind the back of every set-up.

use crate::World;

/// What somebody did in the AWS console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tamper {
    /// The role was deleted and with it the set-up broken.
    DeleteRole,
    /// `SAML:aud` was set to the AWS sign-in address.
    SignInAud,
    /// The trust policy names another provider.
    OtherProvider,
    /// `SAML:aud` was left at the placeholder.
    PlaceholderAud,
    /// The statement for tags was removed.
    RemoveTagSession,
    /// The statement for tags wants another tag.
    OtherTag,
    /// The key that ends in `:aud` wants another client.
    OtherClient,
    /// The client id was taken from the IAM OIDC provider.
    RemoveClients,
    /// The IAM OIDC provider was deleted.
    DeleteOidcProvider,
}

impl World {
    /// Changes a role behind the set-up's back, as somebody in the console would.
    pub fn tamper(&self, tamper: Tamper, role: &str) {
        let mut state = self.state();
        if tamper == Tamper::DeleteRole {
            state.roles.remove(&role.to_ascii_lowercase());
            return;
        }
        if tamper == Tamper::DeleteOidcProvider {
            state.oidc_providers.clear();
            return;
        }
        if tamper == Tamper::RemoveClients {
            for provider in state.oidc_providers.values_mut() {
                provider.client_ids = vec!["of-another-application".into()];
            }
            return;
        }
        if let Some(role) = state.roles.get_mut(&role.to_ascii_lowercase()) {
            role.trust = tampered(tamper, &role.trust);
        }
    }
}

fn tampered(tamper: Tamper, trust: &str) -> String {
    use claimbridge_core::policy::TrustPolicy;
    let Ok(mut policy) = TrustPolicy::parse(trust) else {
        return trust.to_owned();
    };
    let statements = &mut policy.0.statements;
    match tamper {
        Tamper::RemoveTagSession => statements.retain(|s| !s.actions.iter().any(|a| a == "sts:TagSession")),
        Tamper::OtherProvider => {
            for (_, value) in statements.iter_mut().flat_map(|s| &mut s.principals) {
                *value = format!("{value}-old");
            }
        }
        Tamper::PlaceholderAud | Tamper::SignInAud => {
            let value = if tamper == Tamper::SignInAud {
                "https://signin.aws.amazon.com/saml"
            } else {
                claimbridge_core::setup::PLACEHOLDER_AUDIENCE
            };
            for condition in statements.iter_mut().flat_map(|s| &mut s.conditions) {
                if condition.key.eq_ignore_ascii_case("SAML:aud") {
                    condition.values = vec![value.to_owned()];
                }
            }
        }
        Tamper::OtherTag => {
            for condition in statements.iter_mut().flat_map(|s| &mut s.conditions) {
                if condition.key == "aws:RequestTag/Email" {
                    condition.key = "aws:RequestTag/Department".into();
                }
            }
        }
        Tamper::OtherClient => {
            for condition in statements.iter_mut().flat_map(|s| &mut s.conditions) {
                if condition.key.ends_with(":aud") {
                    condition.values = vec!["of-another-application".into()];
                }
            }
        }
        Tamper::DeleteRole | Tamper::DeleteOidcProvider | Tamper::RemoveClients => {}
    }
    policy.to_json().to_string()
}
