//! The rules, in the order in which a sign-in meets what they look at. OpenID Connect: the provider, the token,
//! its claims, the role's trust policy. SAML: the identity provider's answer, its signature, its age, its claims, the role's trust policy.
//!
//! A rule returns what it found, expected beside found. It never looks at another rule.

use super::{Evidence, Finding, Found, LiveRole, Owner, RuleId, Severity, Sts, words};

mod age;
mod attributes;
mod metadata;
mod request;
mod response;
pub(super) mod said;
mod token;
mod token_tags;
mod trust;

type Rule = fn(&Evidence) -> Vec<Found>;

/// Every rule but [`unexplained`], which needs the others' answers.
pub(super) const ALL: &[(RuleId, Rule)] = &[
    (RuleId::RequestRefused, request::refused),
    (RuleId::IssuerUnsupported, token::unsupported),
    (RuleId::DiscoveryUnusable, token::discovery),
    (RuleId::KeysUnavailable, token::keys),
    (RuleId::TokenTooLong, token::too_long),
    (RuleId::TokenAlgorithm, token::algorithm),
    (RuleId::TokenKeyUnknown, token::key_unknown),
    (RuleId::TokenSignature, token::signature),
    (RuleId::TokenIssuer, token::issuer),
    (RuleId::TokenAudience, token::audience),
    (RuleId::TokenNonce, token::nonce),
    (RuleId::TokenEarly, token::early),
    (RuleId::TokenExpired, token::expired),
    (RuleId::TokenSubject, token::subject),
    (RuleId::TokenEmailMissing, token_tags::email_missing),
    (RuleId::EmailEmpty, token_tags::email_empty),
    (RuleId::EmailSeveral, token_tags::several),
    (RuleId::TagInvalid, token_tags::invalid),
    (RuleId::TokenTrust, token_tags::trust),
    (RuleId::TokenTagSession, token_tags::tag_session),
    (RuleId::ProviderUnreachable, token::provider_unreachable),
    (RuleId::RegionDisabled, token::region_disabled),
    (RuleId::MetadataUnusable, metadata::unusable),
    (RuleId::StatusNotSuccess, response::status),
    (RuleId::Encrypted, response::encrypted),
    (RuleId::Structure, response::structure),
    (RuleId::Unsigned, response::unsigned),
    (RuleId::IssuerWrong, response::issuer),
    (RuleId::SignatureInvalid, response::signature),
    (RuleId::ClockSkew, age::clock_skew),
    (RuleId::Stale, age::stale),
    (RuleId::TooLong, age::too_long),
    (RuleId::SubjectConfirmation, response::subject_confirmation),
    (RuleId::NameIdMissing, attributes::name_id_missing),
    (RuleId::ClaimMisnamed, attributes::misnamed),
    (RuleId::RoleMissing, attributes::role_missing),
    (RuleId::Whitespace, attributes::whitespace),
    (RuleId::PairSwapped, attributes::pair_swapped),
    (RuleId::AccountWrong, attributes::account),
    (RuleId::RoleWrong, attributes::role_wrong),
    (RuleId::ProviderWrong, attributes::provider_wrong),
    (RuleId::SessionNameMissing, attributes::session_name_missing),
    (RuleId::SessionNameInvalid, attributes::session_name_invalid),
    (RuleId::EmailMissing, attributes::email_missing),
    (RuleId::EmailEmpty, attributes::email_empty),
    (RuleId::EmailSeveral, attributes::tag_several),
    (RuleId::TagInvalid, attributes::tag_invalid),
    (RuleId::TrustProvider, trust::trust_provider),
    (RuleId::AudPlaceholder, trust::aud_placeholder),
    (RuleId::SignInRegion, trust::sign_in_region),
    (RuleId::RecipientIsAcs, trust::recipient_is_acs),
    (RuleId::RecipientMismatch, trust::recipient),
    (RuleId::TagSessionMissing, trust::tag_session_missing),
    (RuleId::TagSessionDenied, trust::tag_session_denied),
    (RuleId::Audience, trust::audience),
    (RuleId::RoleSeveral, attributes::role_several),
    (RuleId::NameIdTransient, attributes::name_id_transient),
    (RuleId::ShortSession, age::short_session),
    (RuleId::Sha1, response::sha1),
    (RuleId::CertificateExpired, metadata::expired),
    (RuleId::CertificateExpiring, metadata::expiring),
];

fn one(place: &'static str, expected: impl Into<String>, found: impl Into<String>) -> Vec<Found> {
    vec![Found {
        expected: expected.into(),
        found: found.into(),
        place,
        ..Found::default()
    }]
}

fn none() -> Vec<Found> {
    Vec::new()
}

const ROLE_VALUE: &str = "Attribute Role";
const EMAIL_VALUE: &str = "Attribute PrincipalTag:Email";
const SESSION_VALUE: &str = "Attribute RoleSessionName";
const RECIPIENT: &str = "SubjectConfirmationData Recipient";

/// STS refused and no blocking rule fired: said as it is, with AWS's own words.
pub(super) fn unexplained(e: &Evidence) -> Finding {
    let words = words(RuleId::Unexplained);
    let found = match &e.sts {
        Some(Sts::Refused { code, message }) => format!("{code}: {message}"),
        Some(Sts::Accepted) | None => String::new(),
    };
    Finding {
        id: RuleId::Unexplained,
        severity: words.severity,
        title: words.title.clone(),
        expected: String::new(),
        found,
        place: "STS".into(),
        owner: words.owner,
        remedy: words.remedy.clone(),
        caused_by: None,
    }
}
