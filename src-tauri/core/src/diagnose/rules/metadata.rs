//! Rules about the metadata that IAM holds.

use super::{Found, Severity, one};
use crate::diagnose::{EXPIRY_STEPS, Evidence};
use crate::saml::signature::{Pinned, Rejection};
use crate::time::format_instant;

pub(super) fn unusable(e: &Evidence) -> Vec<Found> {
    match &e.metadata {
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
