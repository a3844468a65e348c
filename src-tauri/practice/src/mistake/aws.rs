//! The mistakes in AWS: in its console, by calls that are refused, and in what is set up at all.

use super::{Act, Mistake, Tamper};
use claimbridge_core::diagnose::RuleId;

impl Mistake {
    /// What happened in the AWS console once everything was set up.
    pub fn tamper(self) -> Option<Tamper> {
        Some(match self.rule {
            RuleId::TokenIssuer if self.way == 1 => Tamper::DeleteOidcProvider,
            RuleId::TokenAudience => Tamper::RemoveClients,
            RuleId::TokenTrust => Tamper::OtherClient,
            RuleId::TrustProvider => Tamper::OtherProvider,
            RuleId::TagSessionMissing | RuleId::TokenTagSession => Tamper::RemoveTagSession,
            RuleId::TagSessionDenied => Tamper::OtherTag,
            RuleId::TrustRefused => Tamper::DenyStatement,
            RuleId::AudPlaceholder => Tamper::PlaceholderAud,
            RuleId::SignInRegion | RuleId::RecipientIsAcs => Tamper::SignInAud,
            RuleId::EncryptionRequired => Tamper::RequireEncryption,
            RuleId::Thumbprint => Tamper::StaleThumbprint,
            RuleId::ClientSecret => Tamper::OtherSecretsService,
            RuleId::NoSubscription => Tamper::AutoSubscribeOff,
            RuleId::ClaimDenied => Tamper::RemoveCreateClaim,
            RuleId::PermissionsIncomplete => Tamper::OtherApplication,
            RuleId::OtherRole => Tamper::OtherWebRole,
            RuleId::WebExperienceState => Tamper::NoWebRole,
            RuleId::KeyDenied => Tamper::RemoveDecrypt,
            RuleId::Legacy => Tamper::LegacySignIn,
            RuleId::SeveralProviders => Tamper::SecondProvider,
            _ => return None,
        })
    }

    /// A call of AWS that goes wrong from the start, as `--fault` has it.
    pub fn call_fault(self) -> Option<&'static str> {
        Some(match self.rule {
            RuleId::Unexplained => "AssumeRoleWithSAML:denied*99",
            RuleId::ProviderUnreachable => "AssumeRoleWithWebIdentity:idp-unreachable*99",
            RuleId::RegionDisabled => "AssumeRoleWithWebIdentity:region-disabled*99",
            RuleId::ServiceClosed => "CreateApplication:closed*999",
            RuleId::ActionDenied => "CreateApplication:denied*999",
            RuleId::ServiceControlPolicy => "CreateRole:scp*999",
            RuleId::PassRole => "UpdateWebExperience:pass-role*999",
            RuleId::ProviderUnreadable => "CreateApplication:provider-unreadable*999",
            RuleId::NameTaken => "CreateRole:exists*999",
            RuleId::PrincipalUnknown => "CreateRole:principal*999",
            RuleId::IamQuota => "CreateRole:role-quota*999",
            RuleId::TrustTooLong => "CreateRole:trust-too-long*999",
            RuleId::Conflict => "CreateIndex:conflict*999",
            _ => return None,
        })
    }

    /// What is tried by hand once everything is set up, instead of a sign-in or after it.
    pub fn act(self) -> Option<Act> {
        Some(match self.rule {
            RuleId::DurationTooLong => Act::LongSession,
            RuleId::PrivateKey => Act::RequireEncryption,
            RuleId::IssuerUnsupported => Act::EntraByOidc,
            RuleId::NotIdentityAware => Act::AdminQuestion,
            RuleId::RoleNotYet => Act::RoleAtOnce,
            RuleId::DisplayName => Act::BlankInName,
            RuleId::RegionUnsupported => Act::OtherRegion,
            RuleId::DeleteConflict => Act::DeleteRole,
            RuleId::SecretPending => Act::SecretAgain,
            RuleId::Throttled => Act::TooManyCalls,
            _ => return None,
        })
    }

    /// Somebody signs in and asks something, for what shows in the answer alone.
    pub fn asks(self) -> bool {
        matches!(
            self.rule,
            RuleId::AddressDiffers
                | RuleId::NoSubscription
                | RuleId::ClaimDenied
                | RuleId::SubscriptionInactive
                | RuleId::KeyDenied
                | RuleId::NoGroups
                | RuleId::LiteTier
        )
    }

    /// What happened in the AWS console after somebody had asked something.
    pub fn later_tamper(self) -> Option<Tamper> {
        self.is(RuleId::SubscriptionInactive)
            .then_some(Tamper::EndSubscriptions)
    }

    /// The application is encrypted with the company's own key.
    pub fn own_key(self) -> bool {
        self.is(RuleId::KeyDenied)
    }

    /// People are subscribed to the smaller tier.
    pub fn lite(self) -> bool {
        self.is(RuleId::LiteTier)
    }

    /// The documents name people by another address than they sign in with.
    pub fn documents_by_alias(self) -> bool {
        self.is(RuleId::AddressDiffers)
    }
}
