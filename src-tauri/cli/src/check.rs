//! `metadata` and `check`: offline, from files.

use crate::End;
use crate::arguments::{CheckArgs, MetadataArgs};
use crate::output::{self, err, out};
use claimbridge_core::diagnose::{Evidence, Expected, LiveRole, diagnose, is_blocked};
use claimbridge_core::idp::IdentityProvider;
use claimbridge_core::policy::TrustPolicy;
use claimbridge_core::saml::certificate::Certificate;
use claimbridge_core::saml::metadata::{FederationMetadata, MetadataError};
use claimbridge_core::saml::response::Response;
use claimbridge_core::saml::signature::{Covered, Pinned, Rejection, verify};
use claimbridge_core::time::{Clock, Instant, parse_instant};
use claimbridge_runtime::SystemClock;
use claimbridge_runtime::judge::{conclude, expected};
use claimbridge_runtime::store::SetupFiles;
use serde_json::{Map, Value as Json, json};

pub(crate) fn moment(text: Option<&String>) -> Result<Instant, End> {
    match text {
        None => Ok(SystemClock.now()),
        Some(text) => parse_instant(text).ok_or_else(|| {
            End::Input(format!(
                "--at “{text}” is not a time; expected 2026-11-22T16:00:00Z."
            ))
        }),
    }
}

fn nothing_expected() -> Expected {
    Expected {
        idp: IdentityProvider::EntraGallery,
        recipient: None,
        audience: None,
        role_arn: None,
        provider_arn: None,
        tags: None,
    }
}

pub(crate) fn metadata(a: &MetadataArgs) -> Result<End, End> {
    let now = moment(a.at.as_ref())?;
    let bytes = output::read(&a.file)?;
    let parsed = FederationMetadata::parse(&bytes, a.entity_id.as_deref());
    let mut evidence = Evidence::new(now, nothing_expected());
    let head = match &parsed {
        Ok(m) => {
            let mut head = serde_json::to_value(m).unwrap_or_default();
            if let Json::Object(map) = &mut head {
                let idp = if m.entra_tenant().is_some() {
                    "entra"
                } else {
                    "other"
                };
                map.insert("idp".into(), json!(idp));
            }
            head
        }
        Err(MetadataError::Aggregate(aggregate) | MetadataError::EntityNotFound { aggregate, .. }) => {
            serde_json::to_value(aggregate).unwrap_or_default()
        }
        Err(_) => json!({"entity_id": null, "idp": null, "sso": [], "signing_certificates": []}),
    };
    evidence.metadata = Some(parsed.clone());
    let findings = diagnose(&evidence);
    if a.json {
        let mut document = head;
        if let Json::Object(map) = &mut document {
            map.insert("findings".into(), json!(findings));
        }
        output::json(&document);
    } else {
        if let Ok(m) = &parsed {
            out!("entity ID    {}", m.entity_id);
            for s in &m.sso {
                out!("sign-on      {} {}", s.binding, s.location);
            }
            for c in &m.signing_certificates {
                out!(
                    "certificate  {} {} bits, {} days left, {}",
                    c.subject,
                    c.key_bits,
                    c.days_left(now),
                    c.sha256
                );
            }
        }
        output::findings(&findings);
    }
    Ok(if is_blocked(&findings) {
        End::Blocked
    } else {
        End::Fine
    })
}

pub(crate) fn check(a: &CheckArgs) -> Result<End, End> {
    let now = moment(a.at.as_ref())?;
    let response = Response::decode(&output::read(&a.file)?)
        .map_err(|e| End::Input(format!("{}: {e}", a.file.display())))?;
    let mut wanted = nothing_expected();
    if let Some(path) = &a.setup {
        let files = SetupFiles::at(path);
        let input = |e: &dyn std::fmt::Display| End::Input(e.to_string());
        let setup = files.load().map_err(|e| input(&e))?;
        let bindings = files.bindings().map_err(|e| input(&e))?;
        wanted = expected(&setup, &bindings);
    }
    wanted.recipient = a.recipient.clone().or(wanted.recipient);
    wanted.audience = a.audience.clone().or(wanted.audience);
    wanted.role_arn = a.role_arn.clone().or(wanted.role_arn);
    wanted.provider_arn = a.provider_arn.clone().or(wanted.provider_arn);
    let mut evidence = Evidence::new(now, wanted);
    evidence.view = Some(response.view().clone());
    let certificates: Vec<Certificate> = match (&a.metadata, &a.certificate) {
        (Some(path), _) => {
            let parsed = FederationMetadata::parse(&output::read(path)?, None);
            if let Err(error) = &parsed {
                err!("{}: {error}", path.display());
            }
            evidence.metadata = Some(parsed.clone());
            parsed.map(|m| m.signing_certificates).unwrap_or_default()
        }
        (None, Some(path)) => {
            let bytes = output::read(path)?;
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let certificate = Certificate::from_base64(&text)
                .or_else(|_| Certificate::from_der(bytes))
                .map_err(|e| End::Input(format!("{}: {e}. Expected a PEM certificate.", path.display())))?;
            vec![certificate]
        }
        (None, None) => Vec::new(),
    };
    if let Some(path) = &a.trust_policy {
        let text = String::from_utf8_lossy(&output::read(path)?).into_owned();
        let trust = TrustPolicy::parse(&text).map_err(|e| End::Input(format!("{}: {e}", path.display())))?;
        evidence.role = Some(LiveRole::There(trust));
    }
    evidence.verdict = Some(Pinned::new(&certificates).and_then(|p| verify(&response, &p)));
    let judgement = conclude(&evidence, response.view());
    if a.json {
        output::json(&document(&evidence, response.view(), &judgement));
    } else {
        match &evidence.verdict {
            Some(Ok(v)) => out!("signature    valid ({})", v.algorithms().join(", ")),
            Some(Err(Rejection::Unsigned)) => out!("signature    absent"),
            Some(Err(why)) => out!("signature    invalid: {why}"),
            None => {}
        }
        output::findings(&judgement.findings);
        if judgement.findings.is_empty() {
            out!("Nothing is wrong that this program knows of.");
        }
    }
    Ok(if is_blocked(&judgement.findings) {
        End::Blocked
    } else {
        End::Fine
    })
}

fn document(
    evidence: &Evidence,
    view: &claimbridge_core::saml::response::View,
    judgement: &claimbridge_runtime::judge::Judgement,
) -> Json {
    let (verdict, covers, reason) = match &evidence.verdict {
        Some(Ok(v)) => ("valid", v.covers().collect::<Vec<Covered>>(), None),
        Some(Err(Rejection::Unsigned)) => ("absent", Vec::new(), None),
        Some(Err(why)) => ("invalid", Vec::new(), Some(why.to_string())),
        None => ("absent", Vec::new(), None),
    };
    let algorithm = view.signatures.first().map(|s| s.algorithm.clone());
    let assertion = evidence.assertion();
    let attributes: Map<String, Json> = assertion
        .map(|a| {
            a.attributes
                .iter()
                .map(|x| (x.name.clone(), json!(x.values)))
                .collect()
        })
        .unwrap_or_default();
    let trust = match &judgement.trust {
        Some(t) => json!({"decision": t.decision, "proof": t.proof()}),
        None => json!({"decision": "unknown", "proof": []}),
    };
    json!({
        "signature": {"verdict": verdict, "covers": covers, "algorithm": algorithm, "reason": reason},
        "subject": assertion.and_then(|a| a.name_id.as_ref()).map(|n| n.value.clone()),
        "issuer": assertion.and_then(|a| a.issuer.clone()).or(view.issuer.clone()),
        "recipient": assertion.and_then(|a| a.recipient()),
        "audience": assertion.and_then(|a| a.audiences.first().cloned()),
        "attributes": attributes,
        "trust": trust,
        "findings": judgement.findings,
    })
}
