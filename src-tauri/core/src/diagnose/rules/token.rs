//! Rules about an OpenID Connect provider and the token that it issued.

use super::{Evidence, Found, Owner, Severity, Sts, listed, none, one};
use crate::diagnose::TokenEvidence;
use crate::oidc::{
    Algorithm, Claims, KeySetError, LEEWAY_SECONDS, SignatureFault, TOKEN_LENGTH, TokenRejection, TokenView,
    Unavailable,
};
use crate::time::format_instant;
use crate::value::{Issuer, Unsupported};
use time::Duration;

pub(super) fn token(e: &Evidence) -> Option<(&TokenEvidence, &Claims)> {
    let token = e.token.as_ref()?;
    Some((token, token.claims()?))
}

/// Fills in who acts and what to do, where the evidence knows better than the catalogue.
pub(super) fn with(mut found: Vec<Found>, owner: Owner, remedy: &str) -> Vec<Found> {
    for f in &mut found {
        f.owner = Some(owner);
        if !remedy.is_empty() {
            f.remedy = Some(remedy.to_owned());
        }
    }
    found
}

pub(super) fn unsupported(e: &Evidence) -> Vec<Found> {
    let Some(token) = &e.token else { return none() };
    let sent = token
        .claims()
        .and_then(Claims::issuer)
        .and_then(|iss| Issuer::parse(iss).ok());
    let refused = |issuer: &Issuer| issuer.unsupported().map(|u| (issuer.to_string(), u));
    match token
        .issuer
        .as_ref()
        .and_then(refused)
        .or(sent.as_ref().and_then(refused))
    {
        Some((issuer, vendor)) => one("Issuer", expected_of(vendor), issuer),
        None => none(),
    }
}

fn expected_of(vendor: Unsupported) -> String {
    format!("SAML 2.0 for {}", vendor.vendor())
}

pub(super) fn discovery(e: &Evidence) -> Vec<Found> {
    let Some(token) = &e.token else { return none() };
    match &token.discovery {
        None => none(),
        Some(Err(why)) => one("Discovery document", "a discovery document that AWS can read", why.to_string()),
        Some(Ok((_, faults))) => faults
            .iter()
            .flat_map(|fault| {
                let mut found = one(fault.place(), fault.expected(), fault.found());
                for f in &mut found {
                    if !fault.blocks() {
                        f.severity = Some(Severity::Warning);
                        f.remedy = Some(
                            "Look at this setting of the identity provider when the sign-in of the test fails."
                                .to_owned(),
                        );
                    }
                }
                found
            })
            .collect(),
    }
}

pub(super) fn keys(e: &Evidence) -> Vec<Found> {
    let Some(token) = &e.token else { return none() };
    match &token.keys {
        Some(Err(why @ (Unavailable::NotFetched(_) | Unavailable::Unusable { .. }))) => {
            let mut found = one("jwks_uri", "the public keys, open to everybody", why.to_string());
            if matches!(
                why,
                Unavailable::Unusable {
                    error: KeySetError::TooMany { .. },
                    ..
                }
            ) {
                found = with(found, Owner::Idp, "Take old keys out of the key set: {{found}}");
            }
            found
        }
        Some(Ok(_)) | None => none(),
    }
}

fn rejected(e: &Evidence) -> Option<(&TokenEvidence, &SignatureFault)> {
    let token = e.token.as_ref()?;
    match &token.verdict {
        Some(Err(TokenRejection::Signature(fault))) => Some((token, fault)),
        _ => None,
    }
}

pub(super) fn algorithm(e: &Evidence) -> Vec<Found> {
    match rejected(e) {
        Some((
            _,
            fault @ (SignatureFault::Algorithm { .. }
            | SignatureFault::Critical { .. }
            | SignatureFault::KeyUnfit { .. }),
        )) => one(
            "Header alg",
            Algorithm::ALL.map(Algorithm::as_str).join(", "),
            match fault {
                SignatureFault::Algorithm { found } => found.clone(),
                other => other.to_string(),
            },
        ),
        _ => none(),
    }
}

pub(super) fn key_unknown(e: &Evidence) -> Vec<Found> {
    match rejected(e) {
        Some((_, SignatureFault::KeyUnknown { found, known })) => one(
            "Header kid",
            known.join(" or "),
            found.clone().unwrap_or_default(),
        ),
        _ => none(),
    }
}

pub(super) fn signature(e: &Evidence) -> Vec<Found> {
    match rejected(e) {
        Some((token, fault @ SignatureFault::Invalid)) => {
            let kid = token.view.as_ref().and_then(|v| v.kid.as_deref());
            one(
                "Signature",
                format!("a signature by the key {}", kid.unwrap_or("of the provider")),
                fault.to_string(),
            )
        }
        _ => none(),
    }
}

pub(super) fn issuer(e: &Evidence) -> Vec<Found> {
    let Some(token) = &e.token else { return none() };
    let sent = token.claims().and_then(Claims::issuer).unwrap_or_default();
    if let (Some(expected), true) = (&token.issuer, token.claims().is_some())
        && expected.as_str() != sent
    {
        let found = one("Claim iss", expected.as_str(), sent);
        let slash = expected.as_str().trim_end_matches('/') == sent.trim_end_matches('/');
        return if slash {
            with(
                found,
                Owner::Aws,
                "The two differ in the slash at the end alone. Take the issuer of the token, {{found}}, for the [[set-up||provider in IAM]].",
            )
        } else {
            found
        };
    }
    if e.provider_exists == Some(false) {
        let arn = e.expected.provider_arn.clone().unwrap_or_default();
        return with(
            one("IAM", arn, "no such provider"),
            Owner::Aws,
            "Make the provider {{expected}} in IAM[[: plan and apply this set-up]].",
        );
    }
    none()
}

/// What shows that this is an access token, which the program of a person takes along and AWS never gets; None for an
/// ID token (RFC 9068: `typ`; Okta and Entra ID: `scp` and `cid`, and an audience that is an API).
pub(in crate::diagnose) fn access_token(view: &TokenView) -> Option<String> {
    let claims = &view.claims;
    let kind = view.kind.as_deref().unwrap_or_default().to_ascii_lowercase();
    let mut shown: Vec<String> = match kind.strip_prefix("application/").unwrap_or(&kind) {
        "at+jwt" => vec!["typ at+jwt".to_owned()],
        _ => Vec::new(),
    };
    let named = ["scp", "cid"].into_iter().filter(|n| claims.get(n).is_some());
    shown.extend(named.map(|name| format!("the claim {name}")));
    let api = |aud: &String| aud.starts_with("api://");
    // An ID token may name an API beside the client that it is for.
    if claims.authorized_party().is_none() {
        let audiences = claims.effective_audiences();
        let all = !audiences.is_empty() && audiences.iter().all(api);
        shown.extend(
            audiences
                .into_iter()
                .filter(|_| all)
                .map(|aud| format!("aud {aud}")),
        );
    }
    (!shown.is_empty()).then(|| shown.join(", "))
}

/// As [`access_token`], of the evidence.
pub(super) fn access(e: &Evidence) -> Option<String> {
    access_token(e.token.as_ref()?.view.as_ref()?)
}

/// Client ids that tell whom a token is for: the application's, where they were read, else the set-up's. What the
/// role's trust policy compares is the role's own affair, as long as the provider in IAM says which clients it knows
/// (STS looks at the provider's list before it asks a role).
fn clients(e: &Evidence, token: &TokenEvidence, sent: &[String]) -> Vec<String> {
    if let Some(application) = e.live.application.as_ref().filter(|a| !a.client_ids.is_empty()) {
        return application.client_ids.clone();
    }
    let known = token.provider_clients.as_ref();
    let is_known = known.is_some_and(|known| sent.iter().any(|a| known.contains(a)));
    match (&token.client_id, is_known && e.expected.tags.is_none()) {
        (Some(client), false) => vec![client.as_str().to_owned()],
        _ => Vec::new(),
    }
}

pub(super) fn audience(e: &Evidence) -> Vec<Found> {
    let Some((token, claims)) = token(e).filter(|_| access(e).is_none()) else {
        return none();
    };
    let sent = claims.effective_audiences();
    let place = match claims.authorized_party() {
        Some(_) => "Claim azp",
        None => "Claim aud",
    };
    let clients = clients(e, token, &sent);
    if !clients.is_empty() && !sent.iter().any(|a| clients.contains(a)) {
        return one(place, listed(&clients, " or "), sent.join(", "));
    }
    match &token.provider_clients {
        Some(clients) if !sent.iter().any(|a| clients.contains(a)) => with(
            one("IAM provider, client ids", sent.join(", "), clients.join(", ")),
            Owner::Aws,
            "Add the client id {{expected}} to the provider in IAM[[: plan and apply this set-up]].",
        ),
        _ => none(),
    }
}

pub(super) fn nonce(e: &Evidence) -> Vec<Found> {
    match token(e).filter(|_| access(e).is_none()) {
        Some((token, claims)) => match &token.nonce {
            Some(sent) if claims.nonce() != Some(sent) => one(
                "Claim nonce",
                "the nonce of this sign-in",
                claims.nonce().unwrap_or_default(),
            ),
            _ => none(),
        },
        None => none(),
    }
}

pub(super) fn early(e: &Evidence) -> Vec<Found> {
    let Some((_, claims)) = token(e) else {
        return none();
    };
    let latest = e.now.saturating_add(Duration::seconds(LEEWAY_SECONDS));
    [("Claim iat", claims.issued()), ("Claim nbf", claims.not_before())]
        .into_iter()
        .find_map(|(place, at)| Some((place, at.filter(|at| *at > latest)?)))
        .map(|(place, at)| one(place, format_instant(e.now), format_instant(at)))
        .unwrap_or_default()
}

pub(super) fn expired(e: &Evidence) -> Vec<Found> {
    let Some((_, claims)) = token(e) else {
        return none();
    };
    match claims.expires() {
        None => one("Claim exp", "a time", ""),
        Some(at) if at <= e.now => one(
            "Claim exp",
            format!("later than {}", format_instant(e.now)),
            format_instant(at),
        ),
        Some(_) => none(),
    }
}

pub(super) fn too_long(e: &Evidence) -> Vec<Found> {
    match e.token.as_ref().and_then(|t| t.view.as_ref()) {
        Some(view) if view.length > TOKEN_LENGTH => one(
            "ID token",
            format!("at most {TOKEN_LENGTH} characters"),
            format!("{} characters", view.length),
        ),
        _ => none(),
    }
}

/// `SubjectFromWebIdentityToken` has at most 255 characters (STS API).
pub(super) fn subject(e: &Evidence) -> Vec<Found> {
    let Some((_, claims)) = token(e) else {
        return none();
    };
    match claims.subject() {
        Some(sub) if (1..=255).contains(&sub.chars().count()) => none(),
        sub => one(
            "Claim sub",
            "1 to 255 characters",
            sub.unwrap_or_default().chars().take(300).collect::<String>(),
        ),
    }
}

fn refused_with(e: &Evidence, wanted: &str) -> Vec<Found> {
    match (&e.token, &e.sts) {
        (Some(_), Some(Sts::Refused { code, message })) if code == wanted => {
            one("STS", "an accepted token", format!("{code}: {message}"))
        }
        _ => none(),
    }
}

pub(super) fn provider_unreachable(e: &Evidence) -> Vec<Found> {
    refused_with(e, "IDPCommunicationError")
}

pub(super) fn region_disabled(e: &Evidence) -> Vec<Found> {
    refused_with(e, "RegionDisabledException")
}
