//! One mistake for every rule of the diagnosis: typed into the portal, made in the AWS console, or
//! gone wrong by itself. So every finding can be rehearsed, and its rule is tested through the wire.

use crate::World;
use crate::portal::{Shape, Withheld};
use crate::state::ACCOUNT;
use claimbridge_core::diagnose::RuleId;
use claimbridge_core::idp::{IdentityProvider, Protocol};

mod aws;
mod portals;
mod tamper;
mod tokens;

pub use tamper::Tamper;

/// A mistake that fires a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mistake {
    rule: RuleId,
    /// Which of the ways in which it can be made.
    way: u8,
}

/// What is wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrongRequest {
    /// It wants its answer where the application may have none.
    Answer,
    /// It is not deflated.
    Form,
    /// It comes from whom the directory does not know.
    Issuer,
}

/// A role of IAM Identity Center.
const RESERVED: &str = "arn:aws:iam::123456789012:role/AWSReservedSSO_Reader_01";

/// Tags beside the email, each with as much as a tag may have.
const TAGS: [&str; 20] = [
    "PrincipalTag:T01",
    "PrincipalTag:T02",
    "PrincipalTag:T03",
    "PrincipalTag:T04",
    "PrincipalTag:T05",
    "PrincipalTag:T06",
    "PrincipalTag:T07",
    "PrincipalTag:T08",
    "PrincipalTag:T09",
    "PrincipalTag:T10",
    "PrincipalTag:T11",
    "PrincipalTag:T12",
    "PrincipalTag:T13",
    "PrincipalTag:T14",
    "PrincipalTag:T15",
    "PrincipalTag:T16",
    "PrincipalTag:T17",
    "PrincipalTag:T18",
    "PrincipalTag:T19",
    "PrincipalTag:T20",
];
const LONG_VALUE: &str = "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv";

/// What an administrator tries by hand in AWS once everything is set up, and AWS refuses or shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// A question to Amazon Q Business with the administrator's own credentials.
    AdminQuestion,
    /// An application whose name has a blank.
    BlankInName,
    /// A role that still has policies is deleted.
    DeleteRole,
    /// An application of an issuer that Amazon Q refuses.
    EntraByOidc,
    /// A session that is longer than the role gives.
    LongSession,
    /// Applications of a region without Amazon Q Business.
    OtherRegion,
    /// Encryption is required of a provider without a private key.
    RequireEncryption,
    /// A role is used in the moment in which it was made.
    RoleAtOnce,
    /// A secret is made anew while the old one waits for its deletion.
    SecretAgain,
    /// Calls in too short a time.
    TooManyCalls,
}

impl Mistake {
    /// The mistake for a rule; None where practice cannot give the evidence: SHA-1, which the crypto library
    /// no longer signs with, what no administrator can do to a token, and what a system shows that is none of
    /// this world's (Graph's consent, CloudFormation); those rules have fixtures.
    pub fn for_rule(rule: RuleId) -> Option<Mistake> {
        match rule {
            RuleId::Sha1
            | RuleId::TokenSignature
            | RuleId::TokenAlgorithm
            | RuleId::Consent
            | RuleId::AutoSubscribeRequired => None,
            _ => Some(Mistake { rule, way: 0 }),
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

    /// How people sign in where it can be made.
    pub fn protocol(self) -> Protocol {
        self.idp().protocol()
    }

    /// Where it is practised if nobody says otherwise.
    pub fn idp(self) -> IdentityProvider {
        match self.rule {
            RuleId::AccessForbidden
            | RuleId::RoleLiteral
            | RuleId::AddressNotFound
            | RuleId::CertificateInactive => IdentityProvider::OktaSaml,
            RuleId::TokenIssuer
            | RuleId::TokenAudience
            | RuleId::Thumbprint
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
            | RuleId::TokenKeyUnknown
            | RuleId::TokenNonce
            | RuleId::TokenSubject
            | RuleId::TokenEarly
            | RuleId::ClientNotAssigned
            | RuleId::NoAccessPolicy
            | RuleId::RedirectUri => IdentityProvider::OktaOidc,
            _ => IdentityProvider::EntraGallery,
        }
    }

    /// The rule that it is to fire.
    pub fn rule(self) -> RuleId {
        self.rule
    }

    fn is(self, rule: RuleId) -> bool {
        self.rule == rule
    }

    /// What is typed instead of a value of the guide.
    pub(crate) fn typed(self, step: &str, label: &str, value: &str) -> Option<String> {
        let role_value = step == "app-role" && label == "Value";
        let email = step == "email-claim";
        let reply_url = step == "basic-saml" && label.starts_with("Reply URL");
        let changed = match self.rule {
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
            RuleId::SessionNameInvalid
                if label == "RoleSessionName"
                    || (step == "session-name-claim" && label == "Source attribute") =>
            {
                "user.displayname".into()
            }
            RuleId::ClaimMisnamed if email && label == "Name" => "PrincipalTag:email".into(),
            RuleId::EmailEmpty if email && label == "Source attribute" => " ".into(),
            RuleId::EmailSeveral if email && label == "Source attribute" => {
                "alice@contoso.example|alice@contoso.com".into()
            }
            RuleId::NameIdSourceEmpty if step == "name-id" && label == "Source attribute" => {
                "user.employeeid".into()
            }
            RuleId::ReservedRole if role_value => {
                let (_, provider) = value.split_once(',')?;
                format!("{RESERVED},{provider}")
            }
            RuleId::AppRoleValue if role_value => value.replace(',', ", "),
            RuleId::NameIdTransient if step == "name-id" && label == "Name identifier format" => {
                "Transient (practice only)".into()
            }
            RuleId::ShortSession if label == "SessionDuration" => "900".into(),
            _ => return None,
        };
        Some(changed)
    }

    /// What is entered beside the values of a step: label and text.
    pub(crate) fn adds(self, step: &str) -> Option<(&'static str, &'static str)> {
        let looped = self.is(RuleId::SignOnUrl) && step == "basic-saml";
        looped.then_some(("Sign on URL", "https://p0000001.chat.qbusiness.us-east-1.on.aws/"))
    }

    /// Steps of the guide that are forgotten.
    pub(crate) fn skips(self, step: &str) -> bool {
        (self.is(RuleId::EmailMissing) && step == "email-claim")
            || (self.is(RuleId::NotAssigned) && step == "assign")
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
        match self.rule {
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
            RuleId::Encrypted => {
                vec![("certificates", vec![("action", "encryption"), ("encrypt", "on")])]
            }
            RuleId::SourceIdentity => vec![("claims", claim("SourceIdentity", "alice"))],
            RuleId::TagsTooLarge => TAGS
                .iter()
                .map(|name| ("claims", claim(name, LONG_VALUE)))
                .collect(),
            RuleId::NoGroups => vec![(
                "claims",
                vec![
                    ("action", "save"),
                    ("name", "groups"),
                    (
                        "namespace",
                        "http://schemas.microsoft.com/ws/2008/06/identity/claims",
                    ),
                    ("source", "finance|sales"),
                ],
            )],
            RuleId::NoSigningKey => {
                vec![("certificates", vec![("action", "delete"), ("certificate", "0")])]
            }
            RuleId::NoAudience => vec![("basic-saml", vec![("reply-url", "https://contoso.example/saml")])],
            RuleId::ConditionalAccess => {
                vec![("conditional-access", vec![("access", "Block access")])]
            }
            _ => Vec::new(),
        }
    }

    /// Who signs in.
    pub fn user(self) -> &'static str {
        match (self.rule, self.way) {
            (RuleId::TagInvalid, _) => "conor@contoso.example",
            (RuleId::NotInTenant, _) => "stranger@elsewhere.example",
            // Without an email address in the directory.
            (RuleId::TokenEmailMissing, 2) => "bob@contoso.example",
            _ => "alice@contoso.example",
        }
    }

    /// Days until the signing certificate ends, where that is the point.
    pub fn certificate_days(self) -> Option<i64> {
        match self.rule {
            RuleId::CertificateExpiring => Some(20),
            RuleId::CertificateExpired => Some(-3),
            _ => None,
        }
    }

    /// Seconds by which the identity provider's clock is wrong.
    pub fn clock_offset(self) -> i64 {
        match self.rule {
            RuleId::Stale => -600,
            RuleId::TokenExpired => -4_000,
            RuleId::ClockSkew | RuleId::TokenEarly => 600,
            _ => 0,
        }
    }

    /// The metadata comes from another directory.
    pub fn other_tenant(self) -> bool {
        self.is(RuleId::IssuerWrong)
    }

    /// There is an application of the same name in another directory as well.
    pub(crate) fn has_twin(self) -> bool {
        self.other_tenant() || self.is(RuleId::SignInAddress)
    }

    /// The metadata is of the whole directory.
    pub fn whole_tenant(self) -> bool {
        self.is(RuleId::MetadataGeneric)
    }

    /// What is handed in instead of the metadata.
    pub fn instead_of_metadata(self, metadata: &[u8]) -> Option<Vec<u8>> {
        match self.rule {
            RuleId::MetadataUnusable => Some(b"<!DOCTYPE html><html><head><title>Sign in to your account</title></head><body></body></html>".to_vec()),
            // A federation's aggregate is as long as that.
            RuleId::MetadataLength => Some([metadata, &vec![b'\n'; 10_000_001]].concat()),
            _ => None,
        }
    }

    /// The web experience is led to another address, and people sign in there.
    pub fn leads_elsewhere(self) -> bool {
        matches!(
            self.rule,
            RuleId::SignInAddress | RuleId::OtherApplication | RuleId::AddressNotFound
        )
    }

    /// The sign-in begins with a request of somebody's, and what is wrong with it.
    pub fn request(self) -> Option<WrongRequest> {
        match self.rule {
            RuleId::ReplyUrl => Some(WrongRequest::Answer),
            RuleId::ApplicationNotFound => Some(WrongRequest::Issuer),
            RuleId::RequestRefused => Some(WrongRequest::Form),
            _ => None,
        }
    }

    /// Another certificate is the active one when the metadata is taken than when people sign in.
    pub fn swaps_certificates(self) -> bool {
        self.is(RuleId::CertificateInactive)
    }

    /// What is so at the identity provider before anybody comes.
    pub fn prepare(self, world: &World) {
        let mut state = world.state();
        for tenant in &mut state.tenants {
            tenant.protects_identifiers = self.is(RuleId::IdentifierRestricted);
            if self.is(RuleId::AccountUnusable) {
                for user in &mut tenant.users {
                    user.attributes.insert("accountenabled".into(), "No".into());
                }
            }
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
        match self.rule {
            RuleId::KeysUnavailable => state.portals.withheld = Withheld::Keys,
            RuleId::DiscoveryUnusable => state.portals.withheld = Withheld::Discovery,
            RuleId::TokenKeyUnknown => state.portals.exchange_keys(),
            _ => {}
        }
    }

    /// What the identity provider answers with instead of an assertion, or around it.
    pub fn reshape(self, world: &World) {
        let shape = match self.rule {
            RuleId::StatusNotSuccess => Shape::Refusal,
            RuleId::Structure => Shape::Twice,
            RuleId::SubjectConfirmation => Shape::WithoutEnd,
            RuleId::NameIdMissing => Shape::WithoutNameId,
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
                app.claims_policy = self.is(RuleId::ClaimsPolicy);
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
