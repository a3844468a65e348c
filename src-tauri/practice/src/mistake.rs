//! One mistake for every rule of the diagnosis: typed into the portal, made in the AWS console, or
//! gone wrong by itself. So every finding can be rehearsed, and its rule is tested through the wire.

use crate::World;
use crate::portal::Shape;
use crate::state::ACCOUNT;
use claimbridge_core::diagnose::RuleId;

mod portals;

/// A mistake that fires a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mistake(RuleId);

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
}

impl Mistake {
    /// The mistake for a rule; None where practice cannot give the evidence: SHA-1, which the crypto library
    /// no longer signs with, and tokens; those rules have fixtures.
    pub fn for_rule(rule: RuleId) -> Option<Mistake> {
        match rule {
            RuleId::Sha1
            | RuleId::TokenIssuer
            | RuleId::TokenAudience
            | RuleId::KeysUnavailable
            | RuleId::DiscoveryUnusable
            | RuleId::TokenTrust
            | RuleId::TokenTagSession
            | RuleId::TokenEmailMissing
            | RuleId::TokenExpired
            | RuleId::ProviderUnreachable
            | RuleId::TokenTooLong
            | RuleId::ClientSecret
            | RuleId::RegionDisabled
            | RuleId::IssuerUnsupported
            | RuleId::TokenSignature
            | RuleId::TokenKeyUnknown
            | RuleId::TokenAlgorithm
            | RuleId::TokenNonce
            | RuleId::TokenSubject
            | RuleId::TokenEarly => None,
            _ => Some(Mistake(rule)),
        }
    }

    /// What is typed instead of a value of the guide.
    pub(crate) fn typed(self, step: &str, label: &str, value: &str) -> Option<String> {
        let role_value = step == "app-role" && label == "Value";
        let email = step == "email-claim";
        let reply_url = step == "basic-saml" && label.starts_with("Reply URL");
        let changed = match self.0 {
            RuleId::PairSwapped if role_value => {
                let (role, provider) = value.split_once(',')?;
                format!("{provider},{role}")
            }
            RuleId::Whitespace if role_value => format!("{value} "),
            RuleId::RoleWrong if role_value => value.replacen("-web,", "-wep,", 1),
            RuleId::AccountWrong if role_value => value.replace(ACCOUNT, "210987654321"),
            RuleId::ProviderWrong if role_value => format!("{value}s"),
            RuleId::RoleMissing if step == "assign" => "Default Access".into(),
            RuleId::RecipientMismatch if reply_url => value.replace("/saml", "//saml"),
            RuleId::SignInRegion if reply_url => "https://us-west-2.signin.aws.amazon.com/saml".into(),
            RuleId::Audience if step == "basic-saml" && label.starts_with("Identifier") => {
                "https://sampleurl.com".into()
            }
            RuleId::SessionNameInvalid if label == "RoleSessionName" => "user.displayname".into(),
            RuleId::ClaimMisnamed if email && label == "Name" => "PrincipalTag:email".into(),
            RuleId::EmailEmpty if email && label == "Source attribute" => " ".into(),
            RuleId::EmailSeveral if email && label == "Source attribute" => {
                "alice@contoso.example|alice@contoso.com".into()
            }
            RuleId::NameIdMissing if step == "name-id" && label == "Source attribute" => {
                "user.employeeid".into()
            }
            RuleId::NameIdTransient if step == "name-id" && label == "Name identifier format" => {
                "Transient (practice only)".into()
            }
            RuleId::ShortSession if label == "SessionDuration" => "900".into(),
            _ => return None,
        };
        Some(changed)
    }

    /// Steps of the guide that are forgotten.
    pub(crate) fn skips(self, step: &str) -> bool {
        (self.0, step) == (RuleId::EmailMissing, "email-claim")
    }

    /// Forms that are submitted after everything was set up.
    pub(crate) fn afterwards(self) -> Vec<(&'static str, Vec<(&'static str, &'static str)>)> {
        let claim = |name, source| {
            vec![
                ("action", "save"),
                ("name", name),
                ("namespace", crate::portal::AWS_NAMESPACE),
                ("source", source),
            ]
        };
        match self.0 {
            RuleId::SessionNameMissing => vec![("claims", vec![("action", "delete"), ("claim", "1")])],
            RuleId::RoleSeveral => vec![(
                "claims",
                claim(
                    "Role",
                    "arn:aws:iam::123456789012:role/q-demo-web,arn:aws:iam::123456789012:saml-provider/q-demo-idp|arn:aws:iam::123456789012:role/other,arn:aws:iam::123456789012:saml-provider/q-demo-idp",
                ),
            )],
            RuleId::SignatureInvalid => vec![
                ("certificates", vec![("action", "new")]),
                ("certificates", vec![("action", "activate"), ("certificate", "1")]),
            ],
            RuleId::Unsigned => vec![(
                "certificates",
                vec![
                    ("action", "signing"),
                    ("signing-option", "Do not sign (practice only)"),
                ],
            )],
            RuleId::Encrypted => vec![("certificates", vec![("action", "encryption"), ("encrypt", "on")])],
            _ => Vec::new(),
        }
    }

    /// Who signs in.
    pub fn user(self) -> &'static str {
        match self.0 {
            RuleId::TagInvalid => "conor@contoso.example",
            _ => "alice@contoso.example",
        }
    }

    /// What happened in the AWS console.
    pub fn tamper(self) -> Option<Tamper> {
        match self.0 {
            RuleId::TrustProvider => Some(Tamper::OtherProvider),
            RuleId::TagSessionMissing => Some(Tamper::RemoveTagSession),
            RuleId::TagSessionDenied => Some(Tamper::OtherTag),
            RuleId::AudPlaceholder => Some(Tamper::PlaceholderAud),
            RuleId::SignInRegion | RuleId::RecipientIsAcs => Some(Tamper::SignInAud),
            _ => None,
        }
    }

    /// Days until the signing certificate ends, where that is the point.
    pub fn certificate_days(self) -> Option<i64> {
        match self.0 {
            RuleId::CertificateExpiring => Some(20),
            RuleId::CertificateExpired => Some(-3),
            _ => None,
        }
    }

    /// Seconds by which the identity provider's clock is wrong.
    pub fn clock_offset(self) -> i64 {
        match self.0 {
            RuleId::Stale => -600,
            RuleId::ClockSkew => 600,
            _ => 0,
        }
    }

    /// The metadata comes from another directory.
    pub fn other_tenant(self) -> bool {
        self.0 == RuleId::IssuerWrong
    }

    /// What is handed in instead of the metadata.
    pub fn instead_of_metadata(self) -> Option<Vec<u8>> {
        (self.0 == RuleId::MetadataUnusable).then(|| b"<!DOCTYPE html><html><head><title>Sign in to your account</title></head><body></body></html>".to_vec())
    }

    /// A call of AWS that goes wrong for no visible reason.
    pub fn call_fault(self) -> Option<&'static str> {
        (self.0 == RuleId::Unexplained).then_some("AssumeRoleWithSAML:denied*99")
    }

    /// What the identity provider answers with instead of an assertion, or around it.
    pub fn reshape(self, world: &World) {
        let shape = match self.0 {
            RuleId::StatusNotSuccess => Shape::Refusal,
            RuleId::Structure => Shape::Twice,
            RuleId::SubjectConfirmation => Shape::WithoutEnd,
            _ => Shape::Ordinary,
        };
        let mut state = world.state();
        state.portals.reshape(shape);
        for tenant in &mut state.tenants {
            tenant.clock_offset = self.clock_offset();
            for app in &mut tenant.apps {
                app.shape = shape;
                if self.0 == RuleId::TooLong {
                    app.claims.push(crate::portal::Claim {
                        name: "groups".into(),
                        namespace: "http://schemas.microsoft.com/ws/2008/06/identity/claims".into(),
                        source: "g".repeat(90_000),
                    });
                }
            }
        }
    }
}

impl World {
    /// Changes a role behind the set-up's back, as somebody in the console would.
    pub fn tamper(&self, tamper: Tamper, role: &str) {
        let mut state = self.state();
        if tamper == Tamper::DeleteRole {
            state.roles.remove(&role.to_ascii_lowercase());
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
        Tamper::DeleteRole => {}
    }
    policy.to_json().to_string()
}
