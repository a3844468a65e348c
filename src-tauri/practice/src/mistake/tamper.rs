//! What somebody changes in the AWS console, behind the back of every set-up.

use crate::World;
use crate::state::{ACCOUNT, Application, State};
use claimbridge_core::policy::{Document, Statement};
use serde_json::json;

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
    /// A statement denies everybody whose NameID is persistent.
    DenyStatement,
    /// The statement for tags wants another tag.
    OtherTag,
    /// The key that ends in `:aud` wants another client.
    OtherClient,
    /// The client id was taken from the IAM OIDC provider.
    RemoveClients,
    /// The IAM OIDC provider was deleted.
    DeleteOidcProvider,
    /// The IAM OIDC provider has the thumbprint of a certificate that is no more.
    StaleThumbprint,
    /// The IAM SAML provider takes encrypted assertions alone.
    RequireEncryption,
    /// The role that reads the client secret trusts another service.
    OtherSecretsService,
    /// The permissions name another application.
    OtherApplication,
    /// The statement that takes a subscription was removed.
    RemoveCreateClaim,
    /// The statement for the company's key was removed.
    RemoveDecrypt,
    /// Nobody is subscribed by signing in any more.
    AutoSubscribeOff,
    /// Every subscription has ended, and begins again next month.
    EndSubscriptions,
    /// The web experience has another role.
    OtherWebRole,
    /// The web experience has no role.
    NoWebRole,
    /// The web experience signs people in in the way of before 30 April 2024.
    LegacySignIn,
    /// A second application of the region has a provider of its own.
    SecondProvider,
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
        if in_qbusiness(&mut state, tamper) {
            return;
        }
        match tamper {
            Tamper::StaleThumbprint => {
                for provider in state.oidc_providers.values_mut() {
                    provider.thumbprints = vec![crate::sts::STALE.to_owned()];
                }
            }
            Tamper::RequireEncryption => {
                for provider in state.providers.values_mut() {
                    provider.private_keys = vec!["PRACTICEKEY000000".into()];
                    provider.encryption_required = true;
                }
            }
            Tamper::OtherSecretsService => {
                const SERVICE: &str = "application.qbusiness.amazonaws.com";
                for role in state.roles.values_mut() {
                    role.trust = role.trust.replace(SERVICE, "qbusiness.amazonaws.com");
                }
            }
            Tamper::OtherApplication | Tamper::RemoveCreateClaim | Tamper::RemoveDecrypt => {
                let Some(role) = state.roles.get_mut(&role.to_ascii_lowercase()) else {
                    return;
                };
                for document in role.policies.values_mut() {
                    *document = with_less(tamper, document);
                }
            }
            _ => {
                if let Some(role) = state.roles.get_mut(&role.to_ascii_lowercase()) {
                    role.trust = tampered(tamper, &role.trust);
                }
            }
        }
    }
}

/// What is changed in Amazon Q Business; false for what is elsewhere.
fn in_qbusiness(state: &mut State, tamper: Tamper) -> bool {
    if tamper == Tamper::SecondProvider {
        return second_provider(state);
    }
    let metadata = state.providers.values().next().map(|p| p.metadata.clone());
    for application in state.applications.values_mut() {
        let experiences = application.experiences.values_mut();
        match tamper {
            Tamper::AutoSubscribeOff => {
                application.set.insert(
                    "autoSubscriptionConfiguration".into(),
                    json!({"autoSubscribe": "DISABLED"}),
                );
                application.subscriptions.clear();
            }
            Tamper::EndSubscriptions => {
                for subscription in application.subscriptions.values_mut() {
                    subscription.end();
                }
            }
            Tamper::OtherWebRole => {
                for web in experiences {
                    let other = format!("arn:aws:iam::{ACCOUNT}:role/of-another-web-experience");
                    web.set.insert("roleArn".into(), json!(other));
                }
            }
            Tamper::NoWebRole => {
                for web in experiences {
                    web.set.remove("roleArn");
                }
            }
            Tamper::LegacySignIn => {
                for web in experiences {
                    web.set.remove("identityProviderConfiguration");
                    let role = web.set.get("roleArn").cloned().unwrap_or_default();
                    web.set.insert(
                        "authenticationConfiguration".into(),
                        json!({"samlConfiguration": {
                            "metadataXML": metadata,
                            "roleArn": role,
                            "userIdAttribute": "Email",
                        }}),
                    );
                }
            }
            _ => return false,
        }
    }
    true
}

/// Another application with an IAM provider of its own, for the same people.
fn second_provider(state: &mut State) -> bool {
    let Some(first) = state.applications.values().next() else {
        return true;
    };
    let kind = if first.set.get("identityType") == Some(&json!("AWS_IAM_IDP_OIDC")) {
        "oidc-provider"
    } else {
        "saml-provider"
    };
    let mut set = first.set.clone();
    set.insert("displayName".into(), json!("another"));
    set.insert(
        "iamIdentityProviderArn".into(),
        json!(format!("arn:aws:iam::{ACCOUNT}:{kind}/another")),
    );
    let other = Application::new(first.region.clone(), first.phase, set, first.created);
    state
        .applications
        .insert("affffff0-0000-4000-8000-000000000000".into(), other);
    true
}

/// A permission policy after somebody's hand.
fn with_less(tamper: Tamper, policy: &str) -> String {
    let Ok(mut document) = Document::parse(policy) else {
        return policy.to_owned();
    };
    let has = |s: &Statement, action: &str| s.actions.iter().any(|a| a.eq_ignore_ascii_case(action));
    match tamper {
        Tamper::RemoveCreateClaim => document
            .statements
            .retain(|s| !has(s, "user-subscriptions:CreateClaim")),
        Tamper::RemoveDecrypt => document.statements.retain(|s| !has(s, "kms:Decrypt")),
        _ => {
            for resource in document.statements.iter_mut().flat_map(|s| &mut s.resources) {
                if let Some((before, rest)) = resource.split_once(":application/") {
                    let after = rest.split_once('/').map(|(_, a)| format!("/{a}"));
                    *resource = format!(
                        "{before}:application/00000000-0000-4000-8000-000000000000{}",
                        after.unwrap_or_default()
                    );
                }
            }
        }
    }
    document.to_json().to_string()
}

fn tampered(tamper: Tamper, trust: &str) -> String {
    use claimbridge_core::policy::TrustPolicy;
    let Ok(mut policy) = TrustPolicy::parse(trust) else {
        return trust.to_owned();
    };
    let statements = &mut policy.0.statements;
    match tamper {
        Tamper::RemoveTagSession => statements.retain(|s| !s.actions.iter().any(|a| a == "sts:TagSession")),
        Tamper::DenyStatement => {
            let Some(mut denies) = statements.first().cloned() else {
                return trust.to_owned();
            };
            denies.sid = Some("NoContractors".into());
            denies.allow = false;
            denies.conditions = vec![claimbridge_core::policy::Condition {
                operator: "StringEquals".into(),
                key: "SAML:sub_type".into(),
                values: vec!["persistent".into()],
            }];
            statements.push(denies);
        }
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
        // The others are no change of a trust policy.
        _ => {}
    }
    policy.to_json().to_string()
}
