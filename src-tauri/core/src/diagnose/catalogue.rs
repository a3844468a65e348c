//! The rules' names and words. A rule without words does not pass the tests, and words without a
//! rule do not either.

use super::{Need, Owner, Severity};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

macro_rules! catalogue {
    ($($(#[$doc:meta])* $name:ident = $id:literal,)*) => {
        /// A rule of the catalogue, by its number there.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum RuleId {
            $($(#[$doc])* #[serde(rename = $id)] $name,)*
        }

        impl RuleId {
            /// All, by number.
            pub const ALL: &'static [RuleId] = &[$(RuleId::$name,)*];

            /// Number and short name.
            pub fn as_str(self) -> &'static str {
                match self { $(RuleId::$name => $id,)* }
            }
        }
    };
}

catalogue! {
    /// No Role claim.
    RoleMissing = "F01-role-missing",
    /// Provider before role.
    PairSwapped = "F02-pair-swapped",
    /// Blanks around or in a value.
    Whitespace = "F03-whitespace",
    /// Another role.
    RoleWrong = "F04-role-wrong",
    /// Another account.
    AccountWrong = "F05-account-wrong",
    /// Another provider.
    ProviderWrong = "F06-provider-wrong",
    /// The role trusts another provider.
    TrustProvider = "F07-trust-provider",
    /// The role does not allow tags.
    TagSessionMissing = "F08-tag-session-missing",
    /// The role does not allow these tags.
    TagSessionDenied = "F09-tag-session-denied",
    /// The role still expects a placeholder.
    AudPlaceholder = "F10-aud-placeholder",
    /// Recipient and `SAML:aud` differ.
    RecipientMismatch = "F11-recipient-mismatch",
    /// Global against regional sign-in address.
    SignInRegion = "F12-sign-in-region",
    /// Recipient follows the single sign-on URL.
    RecipientIsAcs = "F13-recipient-is-acs",
    /// Audience is none of the documented ones.
    Audience = "F14-audience",
    /// No RoleSessionName.
    SessionNameMissing = "F15-session-name-missing",
    /// RoleSessionName that AWS refuses.
    SessionNameInvalid = "F16-session-name-invalid",
    /// No email tag.
    EmailMissing = "F17-email-missing",
    /// Empty email tag.
    EmailEmpty = "F18-email-empty",
    /// A claim name that is almost right.
    ClaimMisnamed = "F19-claim-misnamed",
    /// Several values in one tag.
    EmailSeveral = "F20-tag-several-values",
    /// Characters that a tag may not have.
    TagInvalid = "F21-tag-invalid",
    /// The email tag is not the address of the documents' access lists.
    AddressDiffers = "F22-address-differs",
    /// No NameID.
    NameIdMissing = "F23-name-id-missing",
    /// The provider has nothing to make a NameID of.
    NameIdSourceEmpty = "F24-name-id-source-empty",
    /// A NameID that changes each time.
    NameIdTransient = "F25-name-id-transient",
    /// Too old.
    Stale = "F26-stale",
    /// From the future.
    ClockSkew = "F27-clock-skew",
    /// A source identity that the role does not allow.
    SourceIdentity = "F28-source-identity",
    /// A longer session than the role gives.
    DurationTooLong = "F29-duration-too-long",
    /// Sessions of a quarter of an hour.
    ShortSession = "F30-short-session",
    /// More or longer tags than a session can hold.
    TagsTooLarge = "F31-tags-too-large",
    /// Too long for STS.
    TooLong = "F32-too-long",
    /// Encrypted.
    Encrypted = "F33-encrypted",
    /// The provider in IAM takes encrypted assertions alone.
    EncryptionRequired = "F34-encryption-required",
    /// A private key that IAM does not take.
    PrivateKey = "F35-private-key",
    /// More than one role.
    RoleSeveral = "F36-role-several",
    /// A role of IAM Identity Center.
    ReservedRole = "F37-reserved-role",
    /// The identity provider refused.
    StatusNotSuccess = "F38-status-not-success",
    /// No bearer confirmation that AWS could take.
    SubjectConfirmation = "F39-subject-confirmation",
    /// Signed with another certificate, or changed.
    SignatureInvalid = "F40-signature-invalid",
    /// Another issuer.
    IssuerWrong = "F41-issuer-wrong",
    /// Metadata that IAM cannot use.
    MetadataUnusable = "F42-metadata-unusable",
    /// Metadata shorter or longer than IAM takes.
    MetadataLength = "F43-metadata-length",
    /// Certificate near its end.
    CertificateExpiring = "F44-certificate-expiring",
    /// Certificate past its end.
    CertificateExpired = "F45-certificate-expired",
    /// Metadata of the tenant instead of the application.
    MetadataGeneric = "F46-metadata-generic",
    /// The web experience sends people to another application.
    SignInAddress = "F47-sign-in-address",
    /// Not signed, or only outside.
    Unsigned = "F48-unsigned",
    /// SHA-1.
    Sha1 = "F49-sha1",
    /// A token of another issuer, or no provider for it in IAM.
    TokenIssuer = "F50-token-issuer",
    /// A token for another client.
    TokenAudience = "F51-token-audience",
    /// A thumbprint of an older certificate.
    Thumbprint = "F52-thumbprint",
    /// Keys that cannot be had.
    KeysUnavailable = "F53-keys-unavailable",
    /// A discovery document that cannot be had or used.
    DiscoveryUnusable = "F54-discovery-unusable",
    /// The role does not admit this token.
    TokenTrust = "F55-token-trust",
    /// The role does not allow the token's tags.
    TokenTagSession = "F56-token-tag-session",
    /// No email tag that STS reads.
    TokenEmailMissing = "F57-token-email-missing",
    /// A token whose time is over.
    TokenExpired = "F58-token-expired",
    /// AWS could not reach the identity provider.
    ProviderUnreachable = "F59-provider-unreachable",
    /// A token too long for STS.
    TokenTooLong = "F60-token-too-long",
    /// The client secret that the web experience has is not the application's; seen in no token.
    ClientSecret = "F61-client-secret",
    /// STS is not active in the region.
    RegionDisabled = "F62-region-disabled",
    /// OpenID Connect of a provider that Amazon Q Business does not take.
    IssuerUnsupported = "F63-issuer-unsupported",
    /// A token signed with another key, or changed.
    TokenSignature = "F64-token-signature",
    /// A token signed with a key that is not published.
    TokenKeyUnknown = "F65-token-key-unknown",
    /// A token signed in a way that AWS does not take.
    TokenAlgorithm = "F66-token-algorithm",
    /// A token of another sign-in.
    TokenNonce = "F67-token-nonce",
    /// A token without a subject that AWS could take.
    TokenSubject = "F68-token-subject",
    /// A token from the future.
    TokenEarly = "F69-token-early",
    /// The person is not assigned to the application.
    NotAssigned = "F70-not-assigned",
    /// The reply address is not registered.
    ReplyUrl = "F71-reply-url",
    /// The provider does not know the application that asks.
    ApplicationNotFound = "F72-application-not-found",
    /// The provider refuses the form of the request.
    RequestRefused = "F73-request-refused",
    /// The application has no certificate to sign with.
    NoSigningKey = "F74-no-signing-key",
    /// The application has no identifier.
    NoAudience = "F75-no-audience",
    /// The person is of another directory.
    NotInTenant = "F76-not-in-tenant",
    /// A rule of access is not met.
    ConditionalAccess = "F77-conditional-access",
    /// The person's account is disabled, locked or expired.
    AccountUnusable = "F78-account-unusable",
    /// An administrator has not consented.
    Consent = "F79-consent",
    /// The tenant refuses the identifier.
    IdentifierRestricted = "F80-identifier-restricted",
    /// The app role's value is refused.
    AppRoleValue = "F81-app-role-value",
    /// A policy stands above the portal's claims.
    ClaimsPolicy = "F82-claims-policy",
    /// A sign-on URL sends people round in a circle.
    SignOnUrl = "F83-sign-on-url",
    /// The sign-in address is another application's.
    OtherApplication = "F84-other-application",
    /// The person is not assigned to the client.
    ClientNotAssigned = "F90-client-not-assigned",
    /// Okta's own page forbids access.
    AccessForbidden = "F91-access-forbidden",
    /// No access policy covers the client.
    NoAccessPolicy = "F92-no-access-policy",
    /// The redirect URI is not registered.
    RedirectUri = "F93-redirect-uri",
    /// The role value is an expression or stands in quotes.
    RoleLiteral = "F94-role-literal",
    /// Nothing is at the sign-in address.
    AddressNotFound = "F95-address-not-found",
    /// The metadata's certificate is not the active one.
    CertificateInactive = "F96-certificate-inactive",
    /// A document that could say two things.
    Structure = "F97-structure",
    /// The trust policy refuses for a reason that has no rule of its own.
    TrustRefused = "F98-trust-refused",
    /// AWS refused and the evidence does not show why.
    Unexplained = "F99-unexplained",
    /// The person has no subscription yet.
    NoSubscription = "F100-no-subscription",
    /// The role may not take a subscription for the person.
    ClaimDenied = "F101-claim-denied",
    /// The role may not do what a chat needs.
    PermissionsIncomplete = "F102-permissions-incomplete",
    /// The web experience uses another role than the claim.
    OtherRole = "F103-other-role",
    /// The subscription is not active.
    SubscriptionInactive = "F104-subscription-inactive",
    /// The web experience is not ready.
    WebExperienceState = "F105-web-experience-state",
    /// Credentials that name no person.
    NotIdentityAware = "F106-not-identity-aware",
    /// The company's KMS key is not allowed to the role.
    KeyDenied = "F107-key-denied",
    /// Groups of the provider are not known to the index.
    NoGroups = "F108-no-groups",
    /// A web experience from before 30 April 2024.
    Legacy = "F109-legacy",
    /// A subscription without what was tried.
    LiteTier = "F110-lite-tier",
    /// The same people are billed once for each provider.
    SeveralProviders = "F111-several-providers",
    /// The account was not a customer before 31 July 2026.
    ServiceClosed = "F120-service-closed",
    /// The administrator may not do this.
    ActionDenied = "F121-action-denied",
    /// The organisation forbids it.
    ServiceControlPolicy = "F122-service-control-policy",
    /// The administrator may not hand the role on.
    PassRole = "F123-pass-role",
    /// The administrator may not read the provider.
    ProviderUnreadable = "F124-provider-unreadable",
    /// The name is in use.
    NameTaken = "F125-name-taken",
    /// The trust policy names a provider that is not there.
    PrincipalUnknown = "F126-principal-unknown",
    /// The role is too new.
    RoleNotYet = "F127-role-not-yet",
    /// A quota of IAM is reached.
    IamQuota = "F128-iam-quota",
    /// The trust policy is longer than IAM takes.
    TrustTooLong = "F129-trust-too-long",
    /// The application is being changed.
    Conflict = "F130-conflict",
    /// The region has as many applications as it may.
    ApplicationQuota = "F131-application-quota",
    /// CloudFormation wants a subscription for everybody.
    AutoSubscribeRequired = "F132-auto-subscribe-required",
    /// A name that Q Business does not take.
    DisplayName = "F133-display-name",
    /// Q Business is not in this region.
    RegionUnsupported = "F134-region-unsupported",
    /// Something still hangs on what is to be deleted.
    DeleteConflict = "F135-delete-conflict",
    /// A secret of that name waits for its deletion.
    SecretPending = "F136-secret-pending",
    /// Too many calls in a short time.
    Throttled = "F137-throttled",
}

impl RuleId {
    /// By number (`F11`) or number and name.
    pub fn parse(text: &str) -> Option<RuleId> {
        RuleId::ALL
            .iter()
            .copied()
            .find(|r| r.as_str() == text || r.as_str().split('-').next() == Some(text))
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is said about a rule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// One sentence about the situation.
    pub title: String,
    /// How bad it usually is.
    pub severity: Severity,
    /// Who usually acts.
    pub owner: Owner,
    /// What to do. `{{expected}}`, `{{found}}`, `{{idp}}` and `{{email}}` stand for values, `{{path}}` for the way
    /// through the provider's portal, `{{differs}}` for what is hard to see of the difference. What stands in
    /// `[[` `]]` is for whoever has a set-up of this program; after `||` in it stands what is for all others.
    pub remedy: String,
    /// What to do at one vendor, by its name, where it is done in another way than at the others.
    #[serde(default)]
    pub remedy_at: BTreeMap<String, String>,
    /// Why, for somebody who wants to know more, with the document it comes from.
    pub because: String,
    /// AWS's or the provider's own message, where one is documented.
    #[serde(default)]
    pub symptom: String,
    /// Texts that prove it wherever somebody was shown them: an error code, or the part of a message that is
    /// documented and means this alone. Compared without case.
    #[serde(default)]
    pub says: Vec<String>,
    /// What to do where only a text or an answer tells, so that `remedy` has no values to name.
    #[serde(default)]
    pub unseen: Option<String>,
    /// What is said where nothing but a text tells, and the text stands for several causes.
    #[serde(default)]
    pub alone: Option<Alone>,
    /// The question that an administrator can answer with yes or no where no evidence tells; yes fires the rule.
    #[serde(default)]
    pub ask: Option<String>,
    /// The question at one vendor, by its name, in the words of its portal; `ask` is then for all others.
    #[serde(default)]
    pub ask_at: BTreeMap<String, String>,
    /// What has to be at hand before the rule can decide.
    #[serde(default)]
    pub needs: Vec<Need>,
    /// Steps of a guide where this is mended, by their ids; the first that the provider's guide has is meant.
    #[serde(default)]
    pub steps: Vec<String>,
    /// Findings that this one explains.
    #[serde(default)]
    pub explains: Vec<RuleId>,
}

/// What a text alone allows to say of a rule: no more than the text itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alone {
    /// One sentence.
    pub title: String,
    /// How bad it is, where that is not known to be what the rule says.
    #[serde(default)]
    pub severity: Option<Severity>,
    /// Who acts first, where it is not known to be whom the rule names.
    #[serde(default)]
    pub owner: Option<Owner>,
    /// What to do first, whichever cause it is.
    pub remedy: String,
}

const SOURCES: [&str; 10] = [
    include_str!("../../content/findings/claims.toml"),
    include_str!("../../content/findings/trust.toml"),
    include_str!("../../content/findings/response.toml"),
    include_str!("../../content/findings/metadata.toml"),
    include_str!("../../content/findings/token.toml"),
    include_str!("../../content/findings/live.toml"),
    include_str!("../../content/findings/chat.toml"),
    include_str!("../../content/findings/entra.toml"),
    include_str!("../../content/findings/okta.toml"),
    include_str!("../../content/findings/creation.toml"),
];

static WORDS: LazyLock<BTreeMap<RuleId, Words>> = LazyLock::new(|| {
    SOURCES
        .iter()
        .flat_map(|source| {
            let table: BTreeMap<RuleId, Words> =
                toml::from_str(source).expect("every text is read by a test");
            table
        })
        .collect()
});

impl Words {
    /// What to do at this vendor.
    pub fn remedy_at(&self, vendor: &str) -> &str {
        self.remedy_at.get(vendor).unwrap_or(&self.remedy)
    }

    /// What is asked at this vendor.
    pub fn ask_at(&self, vendor: &str) -> Option<&str> {
        self.ask_at.get(vendor).or(self.ask.as_ref()).map(String::as_str)
    }
}

/// The words of a rule.
pub fn words(id: RuleId) -> &'static Words {
    WORDS.get(&id).expect("every rule has words: a test looks")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_words_and_no_explanation_goes_in_a_circle() {
        for id in RuleId::ALL {
            let w = WORDS.get(id).unwrap_or_else(|| panic!("{id} has no words"));
            assert!(
                w.title.ends_with('.') && !w.remedy.is_empty() && !w.because.is_empty(),
                "{id}"
            );
            let mut seen = vec![*id];
            let mut i = 0;
            while let Some(at) = seen.get(i).copied() {
                for next in &words(at).explains {
                    assert_ne!(next, id, "{id} explains itself");
                    if !seen.contains(next) {
                        seen.push(*next);
                    }
                }
                i += 1;
            }
        }
    }
}
