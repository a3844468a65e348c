//! The rules' names and words. A rule without words does not pass the tests, and words without a
//! rule do not either.

use super::{Owner, Severity};
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
    /// No NameID.
    NameIdMissing = "F23-name-id-missing",
    /// A NameID that changes each time.
    NameIdTransient = "F25-name-id-transient",
    /// Too old.
    Stale = "F26-stale",
    /// From the future.
    ClockSkew = "F27-clock-skew",
    /// Sessions of a quarter of an hour.
    ShortSession = "F30-short-session",
    /// Too long for STS.
    TooLong = "F32-too-long",
    /// Encrypted.
    Encrypted = "F33-encrypted",
    /// More than one role.
    RoleSeveral = "F36-role-several",
    /// The identity provider refused.
    StatusNotSuccess = "F38-status-not-success",
    /// Signed with another certificate, or changed.
    SignatureInvalid = "F40-signature-invalid",
    /// Another issuer.
    IssuerWrong = "F41-issuer-wrong",
    /// Metadata that IAM cannot use.
    MetadataUnusable = "F42-metadata-unusable",
    /// Certificate near its end.
    CertificateExpiring = "F44-certificate-expiring",
    /// Certificate past its end.
    CertificateExpired = "F45-certificate-expired",
    /// Not signed, or only outside.
    Unsigned = "F48-unsigned",
    /// SHA-1.
    Sha1 = "F49-sha1",
    /// A token of another issuer, or no provider for it in IAM.
    TokenIssuer = "F50-token-issuer",
    /// A token for another client.
    TokenAudience = "F51-token-audience",
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
    /// No bearer confirmation that AWS could take.
    SubjectConfirmation = "F96-subject-confirmation",
    /// A document that could say two things.
    Structure = "F97-structure",
    /// AWS refused and the evidence does not show why.
    Unexplained = "F99-unexplained",
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
    /// What to do; `{{expected}}`, `{{found}}`, `{{idp}}` and `{{email}}` stand for values.
    pub remedy: String,
    /// Why, for somebody who wants to know more, with the document it comes from.
    pub because: String,
    /// AWS's or the provider's own message, where one is documented.
    #[serde(default)]
    pub symptom: String,
    /// Findings that this one explains.
    #[serde(default)]
    pub explains: Vec<RuleId>,
}

const SOURCES: [&str; 5] = [
    include_str!("../../content/findings/claims.toml"),
    include_str!("../../content/findings/trust.toml"),
    include_str!("../../content/findings/response.toml"),
    include_str!("../../content/findings/metadata.toml"),
    include_str!("../../content/findings/token.toml"),
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
