//! Rules about what stands in AWS around a sign-in: the web experience and where it sends people, the IAM
//! provider, the role's longest session, the client secret.

use super::claimed::{TABLE, account_of, pair, source, values};
use super::permissions::names_application;
use super::token::with;
use super::trust::trust_provider;
use super::{Evidence, Found, LiveRole, Owner, RuleId, Severity, none, one};
use crate::claims;
use crate::letters::is_quote;
use crate::resource::{HeldSignIn, Status};
use crate::value::AuthenticationUrl;
use url::Url;

const ADDRESS: &str = "Web experience authenticationUrl";

/// Neither the application nor the web experience may be in another state (Q Business: states).
pub(super) fn state(e: &Evidence) -> Vec<Found> {
    let application = e
        .live
        .application
        .as_ref()
        .map(|a| ("Application status", &a.status));
    let web = e
        .live
        .web_experience
        .as_ref()
        .map(|w| ("Web experience status", &w.status));
    let mut all: Vec<Found> = [application, web]
        .into_iter()
        .flatten()
        .flat_map(|(place, status)| of_status(place, status))
        .collect();
    if let Some(web) = &e.live.web_experience
        && all.is_empty()
        && web.role.is_none()
        && matches!(web.sign_in, HeldSignIn::Saml { .. } | HeldSignIn::Oidc { .. })
    {
        let role = e.expected.role_arn.clone().unwrap_or_default();
        all = one("Web experience roleArn", role, "no role");
    }
    all
}

fn of_status(place: &'static str, status: &Status) -> Vec<Found> {
    let (severity, remedy) = match status.word.as_str() {
        "ACTIVE" => return none(),
        "CREATING" | "UPDATING" => (
            Some(Severity::Warning),
            Some("Wait until it is ACTIVE, some minutes at most, and sign in again."),
        ),
        "DELETING" => (
            None,
            Some("It is being deleted: make a new one, and give people its address."),
        ),
        "FAILED" => (
            None,
            Some("Read AWS's reason, {{found}}, mend that, and make it anew: what failed once stays so."),
        ),
        // PENDING_AUTH_CONFIG, and what AWS may add.
        _ => (None, None),
    };
    let found = match &status.why {
        Some(why) => format!("{}: {why}", status.word),
        None => status.word.clone(),
    };
    let mut found = one(place, "ACTIVE", found);
    for f in &mut found {
        f.severity = severity;
        f.remedy = remedy.map(str::to_owned);
    }
    found
}

fn address(e: &Evidence) -> Option<Url> {
    match &e.live.web_experience.as_ref()?.sign_in {
        HeldSignIn::Saml { authentication_url } => {
            // Read with our own form first, so that what no browser would open is no address.
            AuthenticationUrl::parse(authentication_url).ok()?;
            Url::parse(authentication_url).ok()
        }
        HeldSignIn::Legacy | HeldSignIn::None | HeldSignIn::Oidc { .. } => None,
    }
}

/// `tenantId` of an address of Microsoft's.
fn tenant(address: &Url) -> Option<String> {
    address
        .query_pairs()
        .find(|(name, _)| name.eq_ignore_ascii_case("tenantId"))
        .map(|(_, value)| value.to_ascii_lowercase())
        .filter(|v| is_guid(v))
}

fn is_guid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.iter().map(|p| p.len()).eq([8, 4, 4, 4, 12])
        && parts.iter().all(|p| p.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// The parts of a path that name one application or one environment: GUIDs, and Okta's id after `/app/NAME/`.
fn ids(address: &Url) -> Vec<String> {
    let parts: Vec<&str> = address.path().split('/').filter(|p| !p.is_empty()).collect();
    let okta = match parts.as_slice() {
        ["app", _, id, ..] => Some((*id).to_owned()),
        _ => None,
    };
    let guids = parts
        .iter()
        .filter(|p| is_guid(p))
        .map(|p| p.to_ascii_lowercase());
    okta.into_iter().chain(guids).collect()
}

/// The web experience sends people to another tenant, environment or application than the metadata is of.
pub(super) fn sign_in_address(e: &Evidence) -> Vec<Found> {
    let (Some(address), Some(Ok(metadata))) = (address(e), &e.metadata) else {
        return none();
    };
    // A response of where people are sent tells that it is the metadata that is of elsewhere (F41).
    let issuer = e.assertion().and_then(|a| a.issuer.as_deref());
    if issuer.is_some_and(|issuer| issuer != metadata.entity_id.as_str()) {
        return none();
    }
    if let Some(ours) = metadata.entra_tenant() {
        return match tenant(&address) {
            Some(tenant) if !tenant.eq_ignore_ascii_case(ours) => one(ADDRESS, ours, tenant),
            Some(_) | None => none(),
        };
    }
    let services: Vec<Url> = metadata
        .sso
        .iter()
        .filter_map(|s| Url::parse(&s.location).ok())
        .collect();
    let Some(service) = services.first() else {
        return none();
    };
    let there = ids(&address);
    let here: Vec<String> = services.iter().flat_map(ids).collect();
    if !there.is_empty() && !here.is_empty() && !there.iter().any(|id| here.contains(id)) {
        return one(ADDRESS, service.as_str(), address.as_str());
    }
    // A company's own domain may stand before either, so another host alone is no proof.
    match services.iter().any(|s| domain(s) == domain(&address)) {
        true => none(),
        false => {
            let mut found = one(ADDRESS, service.as_str(), address.as_str());
            for f in &mut found {
                f.severity = Some(Severity::Warning);
            }
            found
        }
    }
}

/// The last two labels of a host.
fn domain(address: &Url) -> Option<String> {
    let host = address.host_str()?.to_ascii_lowercase();
    let mut labels = host.rsplit('.');
    let (last, before) = (labels.next()?, labels.next().unwrap_or_default());
    Some(format!("{before}.{last}"))
}

/// The response is of another tenant than the one that the web experience sends people to. The metadata tells
/// the same better, so this looks where it is not at hand.
pub(super) fn other_application(e: &Evidence) -> Vec<Found> {
    const ISSUER: &str = "https://sts.windows.net/";
    if e.metadata.is_some() {
        return none();
    }
    let issuer = e.assertion().and_then(|a| a.issuer.as_deref());
    let sent = issuer
        .and_then(|i| i.strip_prefix(ISSUER))
        .map(|t| t.trim_end_matches('/').to_ascii_lowercase());
    match (address(e).as_ref().and_then(tenant), sent) {
        (Some(tenant), Some(sent)) if tenant != sent => one(ADDRESS, sent, tenant),
        _ => none(),
    }
}

/// A web experience that has another role than its own.
pub(in crate::diagnose) struct ForeignRole {
    /// The one that it has.
    pub held: String,
    /// Its own.
    pub own: String,
    /// The Role claim names its own, so that nothing has to be changed there.
    pub is_claimed: bool,
}

/// The web experience has another role than the set-up's; or, where nothing but the two themselves says which of
/// them is meant, than the claim's, and what it has is of another application.
pub(in crate::diagnose) fn foreign_role(e: &Evidence) -> Option<ForeignRole> {
    let held = e.live.web_experience.as_ref()?.role.clone()?;
    let sent = pair(e)
        .map(|p| p.role)
        .or_else(|| e.trail.first()?.role_arn.clone());
    if sent.as_ref() == Some(&held) {
        return None;
    }
    if let Some(own) = e.expected.role_arn.as_ref().filter(|own| **own != held) {
        return Some(ForeignRole {
            is_claimed: sent.as_ref() == Some(own),
            own: own.clone(),
            held,
        });
    }
    let is_role = |arn: &String| arn.starts_with("arn:aws:iam::") && arn.contains(":role/");
    let own = sent.filter(is_role)?;
    // With a set-up, the role is its own.
    if e.expected.tags.is_some() || account_of(&own) != account_of(&held) || is_of_this_application(e) {
        return None;
    }
    Some(ForeignRole {
        held,
        own,
        is_claimed: true,
    })
}

/// Whether nothing that is known of the role that the web experience has says otherwise: it is there, trusts the
/// application's provider, and its permissions name the application.
fn is_of_this_application(e: &Evidence) -> bool {
    let is_there = !matches!(e.role, Some(LiveRole::Missing));
    let provider = e.live.application.as_ref().and_then(|a| a.provider.as_ref());
    is_there && (provider.is_none() || trust_provider(e).is_empty()) && names_application(e) != Some(false)
}

/// What a role of another application cannot but bring along.
const OF_FOREIGN_ROLE: &[RuleId] = &[
    RuleId::RoleWrong,
    RuleId::TrustProvider,
    RuleId::AudPlaceholder,
    RuleId::SignInRegion,
    RuleId::RecipientIsAcs,
    RuleId::RecipientMismatch,
    RuleId::TagSessionMissing,
    RuleId::TagSessionDenied,
    RuleId::TrustRefused,
    RuleId::SourceIdentity,
    RuleId::DurationTooLong,
    RuleId::TokenTrust,
    RuleId::TokenTagSession,
    RuleId::ClaimDenied,
    RuleId::PermissionsIncomplete,
    RuleId::KeyDenied,
    RuleId::Unexplained,
];

/// The web experience hands the response to STS with its own role.
pub(super) fn other_role(e: &Evidence) -> Vec<Found> {
    if let Some(foreign) = foreign_role(e) {
        let mut found = one("Web experience roleArn", foreign.own, foreign.held);
        for f in found
            .iter_mut()
            .filter(|_| foreign.is_claimed || pair(e).is_none())
        {
            f.explains = OF_FOREIGN_ROLE;
            f.remedy = Some(
                "{{differs}}Set the web experience's role back to {{expected}}[[ (plan and apply this set-up)]]. Leave {{found}} as it is: another application may stand on it."
                    .to_owned(),
            );
        }
        return found;
    }
    let Some(role) = e.live.web_experience.as_ref().and_then(|w| w.role.as_deref()) else {
        return none();
    };
    let named = pair(e).map(|p| p.role);
    let asked = || e.trail.first().and_then(|t| t.role_arn.clone());
    match named.or_else(asked) {
        Some(sent) if sent != role => {
            let mut found = one("Web experience roleArn", &sent, role);
            // The claim is what the set-up wants: it is the web experience that differs.
            let ours = e.expected.role_arn.as_deref();
            if ours == Some(role) && sent != role {
                for f in &mut found {
                    f.owner = Some(Owner::Idp);
                    f.remedy = Some(
                        "{{differs}}At {{path}}, change the first part of the Role claim to {{found}}"
                            .to_owned(),
                    );
                }
            }
            found
        }
        Some(_) | None => none(),
    }
}

/// The provider in IAM takes encrypted assertions alone (IAM: AssertionEncryptionMode).
pub(super) fn encryption_required(e: &Evidence) -> Vec<Found> {
    match (&e.live.saml_provider, &e.view) {
        (Some(provider), Some(view))
            if provider.encryption_required
                && view.encrypted_assertions == 0
                && !view.assertions.is_empty() =>
        {
            one("IAM provider AssertionEncryptionMode", "Allowed", "Required")
        }
        _ => none(),
    }
}

/// A SessionDuration that AWS does not take, or that is longer than the role gives. A claim may only shorten a
/// session that a program asks for, so it warns; AWS's own message says more.
pub(super) fn duration(e: &Evidence) -> Vec<Found> {
    let sent = match values(e, claims::DURATION).and_then(<[String]>::first) {
        Some(value) => Some((value.as_str(), "Attribute SessionDuration")),
        None => source(e, claims::DURATION).map(|s| (s, TABLE)),
    };
    let Some((text, place)) = sent else { return none() };
    let Ok(seconds) = text.trim().trim_matches(is_quote).parse::<u32>() else {
        return none();
    };
    let most = e.live.max_session.unwrap_or(43_200).min(43_200);
    if seconds <= most {
        return none();
    }
    let mut found = one(place, format!("at most {most}"), seconds.to_string());
    for f in &mut found {
        f.severity = Some(Severity::Warning);
    }
    found
}

/// None of the thumbprints is of the certificates that the provider shows. AWS trusts well-known authorities
/// without one, so that this warns (IAM: thumbprints of an OpenID Connect provider).
pub(super) fn thumbprint(e: &Evidence) -> Vec<Found> {
    let (Some(held), Some(shown)) = (&e.live.thumbprints, &e.live.certificate_chain) else {
        return none();
    };
    let same = |a: &String| shown.iter().any(|b| b.eq_ignore_ascii_case(a));
    if held.is_empty() || shown.is_empty() || held.iter().any(same) {
        return none();
    }
    let mut found = one("IAM provider thumbprints", shown.join(" or "), held.join(", "));
    for f in &mut found {
        f.severity = Some(Severity::Warning);
    }
    found
}

/// What can be seen of the client secret without reading it (Q Business: IAM roles for a web experience).
pub(super) fn secret(e: &Evidence) -> Vec<Found> {
    let Some(secret) = &e.live.secret else {
        return none();
    };
    let named = secret.named.clone();
    if !secret.exists {
        return one(
            "Secrets Manager",
            named,
            "no such secret, or one that waits for its deletion",
        );
    }
    if secret.role_admits_service == Some(false) {
        return with(
            one(
                "Trust policy of the secret's role",
                "application.qbusiness.amazonaws.com",
                "another service",
            ),
            Owner::Aws,
            "Let the trust policy of the role that reads the secret admit the service {{expected}}[[: plan and apply this set-up]].",
        );
    }
    if secret.role_may_read == Some(false) {
        let arn = secret.arn.clone().unwrap_or(named);
        return with(
            one(
                "Permissions of the secret's role",
                format!("secretsmanager:GetSecretValue on {arn}"),
                "not allowed",
            ),
            Owner::Aws,
            "Let the role that reads the secret be allowed {{expected}}, and kms:Decrypt where the secret has a key of the company's[[: plan and apply this set-up]].",
        );
    }
    match &secret.arn {
        Some(arn) if *arn != secret.named => {
            let mut found = with(
                one("Web experience secretsArn", arn, named),
                Owner::Aws,
                "Let the web experience name the secret by its whole ARN, with the six characters at its end: {{expected}}",
            );
            for f in &mut found {
                f.severity = Some(Severity::Warning);
            }
            found
        }
        Some(_) | None => none(),
    }
}
