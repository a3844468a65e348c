//! The rules, in the order in which a sign-in meets what they look at: the web experience that sends people away;
//! the identity provider's answer, its signature, its age and its claims; the role that admits them; the chat.
//!
//! A rule returns what it found, expected beside found. It never looks at another rule.

use super::{Evidence, Found, LiveRole, Owner, RuleId, Severity, Sts};

mod age;
mod attributes;
mod chat;
mod claimed;
mod legacy;
mod live;
mod metadata;
mod permissions;
mod request;
mod response;
pub(super) mod said;
mod token;
mod token_tags;
mod trust;

pub(super) use live::foreign_role;
pub(super) use token::access_token;
pub(super) use trust::is_placeholder;

type Rule = fn(&Evidence) -> Vec<Found>;

/// Every rule over typed evidence but [`unexplained`], which needs the others' answers.
pub(super) const ALL: &[(RuleId, Rule)] = &[
    // The web experience, and where it sends people.
    (RuleId::Legacy, legacy::legacy),
    (RuleId::WebExperienceState, live::state),
    (RuleId::SignInAddress, live::sign_in_address),
    (RuleId::OtherApplication, live::other_application),
    (RuleId::RequestRefused, request::refused),
    // OpenID Connect.
    (RuleId::IssuerUnsupported, token::unsupported),
    (RuleId::DiscoveryUnusable, token::discovery),
    (RuleId::KeysUnavailable, token::keys),
    (RuleId::ClientSecret, live::secret),
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
    (RuleId::Thumbprint, live::thumbprint),
    (RuleId::ProviderUnreachable, token::provider_unreachable),
    (RuleId::RegionDisabled, token::region_disabled),
    // The answer of an identity provider of SAML, and what AWS verifies it with.
    (RuleId::MetadataLength, metadata::length),
    (RuleId::MetadataUnusable, metadata::unusable),
    (RuleId::StatusNotSuccess, response::status),
    (RuleId::Encrypted, response::encrypted),
    (RuleId::EncryptionRequired, live::encryption_required),
    (RuleId::Structure, response::structure),
    (RuleId::Unsigned, response::unsigned),
    (RuleId::IssuerWrong, response::issuer),
    (RuleId::MetadataGeneric, metadata::generic),
    (RuleId::CertificateInactive, metadata::inactive),
    (RuleId::SignatureInvalid, response::signature),
    (RuleId::ClockSkew, age::clock_skew),
    (RuleId::Stale, age::stale),
    (RuleId::TooLong, age::too_long),
    (RuleId::SubjectConfirmation, response::subject_confirmation),
    (RuleId::NameIdMissing, attributes::name_id_missing),
    // Its claims.
    (RuleId::ClaimMisnamed, attributes::misnamed),
    (RuleId::RoleMissing, attributes::role_missing),
    (RuleId::RoleLiteral, attributes::role_literal),
    (RuleId::Whitespace, attributes::whitespace),
    (RuleId::PairSwapped, attributes::pair_swapped),
    (RuleId::ReservedRole, attributes::reserved_role),
    (RuleId::AccountWrong, attributes::account),
    (RuleId::RoleWrong, attributes::role_wrong),
    (RuleId::ProviderWrong, attributes::provider_wrong),
    (RuleId::SessionNameMissing, attributes::session_name_missing),
    (RuleId::SessionNameInvalid, attributes::session_name_invalid),
    (RuleId::EmailMissing, attributes::email_missing),
    (RuleId::EmailEmpty, attributes::email_empty),
    (RuleId::EmailSeveral, attributes::tag_several),
    (RuleId::TagInvalid, attributes::tag_invalid),
    (RuleId::TagsTooLarge, attributes::tags_too_large),
    // The role.
    (RuleId::TrustProvider, trust::trust_provider),
    (RuleId::AudPlaceholder, trust::aud_placeholder),
    (RuleId::SignInRegion, trust::sign_in_region),
    (RuleId::RecipientIsAcs, trust::recipient_is_acs),
    (RuleId::RecipientMismatch, trust::recipient),
    (RuleId::TagSessionMissing, trust::tag_session_missing),
    (RuleId::TagSessionDenied, trust::tag_session_denied),
    (RuleId::TrustRefused, trust::refused),
    (RuleId::SourceIdentity, trust::source_identity),
    (RuleId::Audience, trust::audience),
    (RuleId::DurationTooLong, live::duration),
    // The chat.
    (RuleId::OtherRole, live::other_role),
    (RuleId::SubscriptionInactive, chat::subscription_inactive),
    (RuleId::ClaimDenied, permissions::claim_denied),
    (RuleId::NoSubscription, chat::no_subscription),
    (RuleId::PermissionsIncomplete, permissions::incomplete),
    (RuleId::KeyDenied, permissions::key_denied),
    (RuleId::AddressDiffers, chat::address_differs),
    (RuleId::NoGroups, chat::no_groups),
    (RuleId::LiteTier, chat::lite),
    // It works, and will not always, or could do better.
    (RuleId::RoleSeveral, attributes::role_several),
    (RuleId::NameIdTransient, attributes::name_id_transient),
    (RuleId::ShortSession, age::short_session),
    (RuleId::Sha1, response::sha1),
    (RuleId::CertificateExpired, metadata::expired),
    (RuleId::CertificateExpiring, metadata::expiring),
    (RuleId::SeveralProviders, chat::several_providers),
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

/// The most findings that one rule makes of one response.
const MOST: usize = 5;

/// The vendor of both guides through Microsoft's portal.
const ENTRA: &str = "Entra ID";

/// The first few of many.
fn listed(values: &[String], between: &str) -> String {
    const SHOWN: usize = 4;
    let shown: Vec<&str> = values.iter().take(SHOWN).map(String::as_str).collect();
    match values.len().checked_sub(SHOWN) {
        Some(more @ 1..) => format!("{}{between}and {more} more", shown.join(between)),
        Some(0) | None => shown.join(between),
    }
}

const ROLE_VALUE: &str = "Attribute Role";
const EMAIL_VALUE: &str = "Attribute PrincipalTag:Email";
const SESSION_VALUE: &str = "Attribute RoleSessionName";
const RECIPIENT: &str = "SubjectConfirmationData Recipient";

/// STS refused and no blocking rule fired: said as it is, with AWS's own words.
pub(super) fn unexplained(e: &Evidence) -> Found {
    let found = match &e.sts {
        Some(Sts::Refused { code, message }) => format!("{code}: {message}"),
        Some(Sts::Accepted) | None => String::new(),
    };
    Found {
        found,
        place: "STS",
        ..Found::default()
    }
}
