//! One mistake for every rule of the diagnosis: typed into the portal, made in the AWS console, or
//! gone wrong by itself. So every finding can be rehearsed, and its rule is tested through the wire.

use crate::World;
use crate::portal::{Shape, Withheld};
use crate::state::ACCOUNT;
use claimbridge_core::diagnose::RuleId;
use claimbridge_core::idp::Protocol;

mod portals;
mod tamper;
mod tokens;

pub use tamper::Tamper;

/// A mistake that fires a rule, or that an identity provider itself refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mistake {
    what: What,
    /// Which of the ways in which it can be made.
    way: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Fires(RuleId),
    Refused(Refusal),
}

/// What an identity provider refuses by itself, so that AWS never hears of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody was assigned to the application.
    NotAssigned,
    /// No access policy covers the application.
    NoPolicy,
    /// The redirect address is another than the registered one.
    Redirect,
}

impl Mistake {
    /// The mistake for a rule; None where practice cannot give the evidence: SHA-1, which the crypto library
    /// no longer signs with, and what no administrator can do to a token; those rules have fixtures.
    pub fn for_rule(rule: RuleId) -> Option<Mistake> {
        match rule {
            RuleId::Sha1
            | RuleId::ClientSecret
            | RuleId::IssuerUnsupported
            | RuleId::TokenSignature
            | RuleId::TokenAlgorithm => None,
            _ => Some(Mistake {
                what: What::Fires(rule),
                way: 0,
            }),
        }
    }

    /// Every way in which a rule's mistake is made.
    pub fn ways(rule: RuleId) -> impl Iterator<Item = Mistake> {
        let ways = match rule {
            RuleId::TokenEmailMissing => 3,
            RuleId::TokenIssuer => 2,
            _ => 1,
        };
        Mistake::for_rule(rule)
            .into_iter()
            .flat_map(move |first| (0..ways).map(move |way| Mistake { way, ..first }))
    }

    /// The mistake that an identity provider refuses.
    pub fn refused(refusal: Refusal) -> Mistake {
        Mistake {
            what: What::Refused(refusal),
            way: 0,
        }
    }

    /// How people sign in where it can be made.
    pub fn protocol(self) -> Protocol {
        match self.what {
            What::Refused(_) => Protocol::Oidc,
            What::Fires(rule) => match rule {
                RuleId::TokenIssuer
                | RuleId::TokenAudience
                | RuleId::KeysUnavailable
                | RuleId::DiscoveryUnusable
                | RuleId::TokenTrust
                | RuleId::TokenTagSession
                | RuleId::TokenEmailMissing
                | RuleId::TokenExpired
                | RuleId::ProviderUnreachable
                | RuleId::TokenTooLong
                | RuleId::RegionDisabled
                | RuleId::TokenKeyUnknown
                | RuleId::TokenNonce
                | RuleId::TokenSubject
                | RuleId::TokenEarly => Protocol::Oidc,
                _ => Protocol::Saml,
            },
        }
    }

    fn rule(self) -> Option<RuleId> {
        match self.what {
            What::Fires(rule) => Some(rule),
            What::Refused(_) => None,
        }
    }

    fn is(self, rule: RuleId) -> bool {
        self.what == What::Fires(rule)
    }

    /// What is typed instead of a value of the guide.
    pub(crate) fn typed(self, step: &str, label: &str, value: &str) -> Option<String> {
        let role_value = step == "app-role" && label == "Value";
        let email = step == "email-claim";
        let reply_url = step == "basic-saml" && label.starts_with("Reply URL");
        let changed = match self.rule()? {
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
        self.is(RuleId::EmailMissing) && step == "email-claim"
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
        match self.rule() {
            Some(RuleId::SessionNameMissing) => vec![("claims", vec![("action", "delete"), ("claim", "1")])],
            Some(RuleId::RoleSeveral) => vec![(
                "claims",
                claim(
                    "Role",
                    "arn:aws:iam::123456789012:role/q-demo-web,arn:aws:iam::123456789012:saml-provider/q-demo-idp|arn:aws:iam::123456789012:role/other,arn:aws:iam::123456789012:saml-provider/q-demo-idp",
                ),
            )],
            Some(RuleId::SignatureInvalid) => vec![
                ("certificates", vec![("action", "new")]),
                ("certificates", vec![("action", "activate"), ("certificate", "1")]),
            ],
            Some(RuleId::Unsigned) => vec![(
                "certificates",
                vec![
                    ("action", "signing"),
                    ("signing-option", "Do not sign (practice only)"),
                ],
            )],
            Some(RuleId::Encrypted) => {
                vec![("certificates", vec![("action", "encryption"), ("encrypt", "on")])]
            }
            _ => Vec::new(),
        }
    }

    /// Who signs in.
    pub fn user(self) -> &'static str {
        match (self.rule(), self.way) {
            (Some(RuleId::TagInvalid), _) => "conor@contoso.example",
            // Without an email address in the directory.
            (Some(RuleId::TokenEmailMissing), 2) => "bob@contoso.example",
            _ => "alice@contoso.example",
        }
    }

    /// What happened in the AWS console.
    pub fn tamper(self) -> Option<Tamper> {
        match self.rule()? {
            RuleId::TokenIssuer if self.way == 1 => Some(Tamper::DeleteOidcProvider),
            RuleId::TokenAudience => Some(Tamper::RemoveClients),
            RuleId::TokenTrust => Some(Tamper::OtherClient),
            RuleId::TrustProvider => Some(Tamper::OtherProvider),
            RuleId::TagSessionMissing | RuleId::TokenTagSession => Some(Tamper::RemoveTagSession),
            RuleId::TagSessionDenied => Some(Tamper::OtherTag),
            RuleId::AudPlaceholder => Some(Tamper::PlaceholderAud),
            RuleId::SignInRegion | RuleId::RecipientIsAcs => Some(Tamper::SignInAud),
            _ => None,
        }
    }

    /// Days until the signing certificate ends, where that is the point.
    pub fn certificate_days(self) -> Option<i64> {
        match self.rule()? {
            RuleId::CertificateExpiring => Some(20),
            RuleId::CertificateExpired => Some(-3),
            _ => None,
        }
    }

    /// Seconds by which the identity provider's clock is wrong.
    pub fn clock_offset(self) -> i64 {
        match self.rule() {
            Some(RuleId::Stale) => -600,
            Some(RuleId::TokenExpired) => -4_000,
            Some(RuleId::ClockSkew | RuleId::TokenEarly) => 600,
            _ => 0,
        }
    }

    /// The metadata comes from another directory.
    pub fn other_tenant(self) -> bool {
        self.is(RuleId::IssuerWrong)
    }

    /// What is handed in instead of the metadata.
    pub fn instead_of_metadata(self) -> Option<Vec<u8>> {
        self.is(RuleId::MetadataUnusable).then(|| b"<!DOCTYPE html><html><head><title>Sign in to your account</title></head><body></body></html>".to_vec())
    }

    /// A call of AWS that goes wrong for no visible reason.
    pub fn call_fault(self) -> Option<&'static str> {
        match self.rule()? {
            RuleId::Unexplained => Some("AssumeRoleWithSAML:denied*99"),
            RuleId::ProviderUnreachable => Some("AssumeRoleWithWebIdentity:idp-unreachable*99"),
            RuleId::RegionDisabled => Some("AssumeRoleWithWebIdentity:region-disabled*99"),
            _ => None,
        }
    }

    /// The issuer was copied from the row of another authorization server than the one where people sign in.
    pub fn other_server(self) -> bool {
        self.is(RuleId::TokenIssuer) && self.way == 0
    }

    /// The response of one sign-in is taken for another's.
    pub fn older_window(self) -> bool {
        self.is(RuleId::TokenNonce)
    }

    /// What happens at the identity provider between a sign-in and its judgement.
    pub fn before_judgement(self, world: &World) {
        let mut state = world.state();
        match self.rule() {
            Some(RuleId::KeysUnavailable) => state.portals.withheld = Withheld::Keys,
            Some(RuleId::DiscoveryUnusable) => state.portals.withheld = Withheld::Discovery,
            Some(RuleId::TokenKeyUnknown) => state.portals.exchange_keys(),
            _ => {}
        }
    }

    /// What the identity provider answers with instead of an assertion, or around it.
    pub fn reshape(self, world: &World) {
        let shape = match self.rule() {
            Some(RuleId::StatusNotSuccess) => Shape::Refusal,
            Some(RuleId::Structure) => Shape::Twice,
            Some(RuleId::SubjectConfirmation) => Shape::WithoutEnd,
            _ => Shape::Ordinary,
        };
        let mut state = world.state();
        state.portals.reshape(shape);
        for tenant in &mut state.tenants {
            tenant.clock_offset = self.clock_offset();
            if self.is(RuleId::TokenSubject) {
                for user in &mut tenant.users {
                    user.attributes.insert("objectid".into(), "s".repeat(300));
                }
            }
            for app in &mut tenant.apps {
                app.shape = shape;
                if self.is(RuleId::TooLong) {
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
