//! Rules about the metadata that IAM holds.

use super::{Found, Severity, listed, one};
use crate::diagnose::{EXPIRY_STEPS, Evidence};
use crate::saml::certificate::Certificate;
use crate::saml::metadata::{IAM_LENGTH, MetadataError};
use crate::saml::response::View;
use crate::saml::signature::{Pinned, Rejection};
use crate::time::format_instant;

/// IAM's limits on the document (CreateSAMLProvider).
pub(super) fn length(e: &Evidence) -> Vec<Found> {
    let characters = match &e.metadata {
        Some(Err(MetadataError::Size { found })) => *found,
        // Zero where it was not read as a whole.
        Some(Ok(m)) if m.characters > 0 => m.characters,
        Some(Ok(_) | Err(_)) | None => return Vec::new(),
    };
    if IAM_LENGTH.contains(&characters) {
        return Vec::new();
    }
    let expected = format!("{} to {} characters", IAM_LENGTH.start(), IAM_LENGTH.end());
    let mut found = one(
        "Federation metadata",
        expected,
        format!("{characters} characters"),
    );
    if characters < *IAM_LENGTH.start() {
        for f in &mut found {
            f.remedy = Some("It is probably cut off. Download the whole document again: {{path}}".to_owned());
        }
    }
    found
}

/// The keys of a whole Entra tenant, which sign for no application of SAML: their certificates have this name,
/// those of applications another. Microsoft documents that the address needs `appid` (Graph: SAML single
/// sign-on); the name of the certificates is general knowledge.
pub(super) fn generic(e: &Evidence) -> Vec<Found> {
    const TENANT: &str = "accounts.accesscontrol.windows.net";
    let Some(Ok(metadata)) = &e.metadata else {
        return Vec::new();
    };
    let all = &metadata.signing_certificates;
    if metadata.entra_tenant().is_none() || all.is_empty() || !all.iter().all(|c| c.subject.contains(TENANT))
    {
        return Vec::new();
    }
    let mut found = one(
        "Federation metadata",
        "the certificate of the application",
        format!("a certificate of the tenant, {TENANT}"),
    );
    if matches!(e.verdict, Some(Ok(_))) {
        for f in &mut found {
            f.severity = Some(Severity::Warning);
        }
    }
    found
}

/// The response names an older certificate than the metadata has: the new one was made and is not active yet.
pub(super) fn inactive(e: &Evidence) -> Vec<Found> {
    let (Some(Ok(metadata)), Some(Err(Rejection::WrongSignature(_)))) = (&e.metadata, &e.verdict) else {
        return Vec::new();
    };
    let Some(signing) = e.view.as_ref().and_then(named_certificate) else {
        return Vec::new();
    };
    let all = &metadata.signing_certificates;
    let older = !all.is_empty() && all.iter().all(|c| c.not_before > signing.not_before);
    if !older || all.iter().any(|c| c.sha256 == signing.sha256) {
        return Vec::new();
    }
    let held: Vec<String> = all.iter().map(|c| c.sha256.clone()).collect();
    one("Signature", listed(&held, " or "), signing.sha256)
}

/// The certificate that a signature of the response names. Whoever wrote the response wrote this too.
pub(super) fn named_certificate(view: &View) -> Option<Certificate> {
    let text = view.signatures.iter().find_map(|s| s.certificate.as_deref())?;
    Certificate::from_base64(text).ok()
}

pub(super) fn unusable(e: &Evidence) -> Vec<Found> {
    match &e.metadata {
        Some(Err(MetadataError::Size { .. })) => Vec::new(),
        Some(Err(error)) => {
            let mut found = one(
                "Federation metadata",
                "metadata of an identity provider with a signing certificate",
                error.what(),
            );
            for f in &mut found {
                f.remedy = Some(error.remedy().to_owned());
            }
            found
        }
        // An elliptic curve key cannot be verified with here, and no document says that AWS can.
        Some(Ok(m)) if Pinned::new(&m.signing_certificates).is_err() => {
            let mut found = one(
                "Federation metadata",
                "a signing certificate with an RSA key",
                "no signing certificate has an RSA key",
            );
            if e.view.is_none() {
                for f in &mut found {
                    f.severity = Some(Severity::Warning);
                }
            }
            found
        }
        Some(Ok(_)) => Vec::new(),
        None if matches!(e.verdict, Some(Err(Rejection::NoCertificate))) => one(
            "Certificate",
            "a certificate with an RSA key",
            "no certificate with an RSA key",
        ),
        None => Vec::new(),
    }
}

pub(super) fn expired(e: &Evidence) -> Vec<Found> {
    let Some(Ok(metadata)) = &e.metadata else {
        return Vec::new();
    };
    metadata
        .signing_certificates
        .iter()
        .filter(|c| c.not_after <= e.now)
        .flat_map(|c| {
            one(
                "Signing certificate",
                format!("valid at {}", format_instant(e.now)),
                format!("{} ended {}", c.subject, format_instant(c.not_after)),
            )
        })
        .collect()
}

pub(super) fn expiring(e: &Evidence) -> Vec<Found> {
    let Some(Ok(metadata)) = &e.metadata else {
        return Vec::new();
    };
    // Another certificate that lasts means that the roll-over is prepared.
    let most = EXPIRY_STEPS.into_iter().max().unwrap_or_default();
    if metadata
        .signing_certificates
        .iter()
        .any(|c| c.days_left(e.now) > most)
    {
        return Vec::new();
    }
    metadata
        .signing_certificates
        .iter()
        .filter(|c| c.not_after > e.now)
        .flat_map(|c| {
            let days = c.days_left(e.now);
            let mut found = one(
                "Signing certificate",
                format!("more than {most} days left"),
                format!(
                    "{} ends {}, {days} days left",
                    c.subject,
                    format_instant(c.not_after)
                ),
            );
            if days > 30 {
                for f in &mut found {
                    f.severity = Some(Severity::Info);
                }
            }
            found
        })
        .collect()
}
