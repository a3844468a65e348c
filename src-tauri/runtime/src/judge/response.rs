//! The judgement of a SAML response.

use super::{Asked, Judgement, Way, live_role, timeline};
use crate::connection::Connection;
use crate::session::{SESSION_SECONDS, Session};
use claimbridge_core::claims;
use claimbridge_core::diagnose::{Evidence, Expected, Sts, diagnose, is_blocked, trust_decision};
use claimbridge_core::journal::Bindings;
use claimbridge_core::policy::TrustPolicy;
use claimbridge_core::resource::{Address, Cloud, Observed, Output, PhysicalId};
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_core::saml::response::{Assertion, Response, View};
use claimbridge_core::saml::signature::{Pinned, verify};
use claimbridge_core::setup::Setup;
use claimbridge_core::time::Instant;
use serde_json::Value as Json;

const ROLE: &str = "Role admits the response";

const SIGNATURE: &str = "Signature and issuer";

const PROVIDER: &str = "Signed in at the identity provider";

pub(super) const WAY: Way = Way {
    received: "Response received",
    provider: Some(PROVIDER),
    role: ROLE,
    signature: SIGNATURE,
    steps: &[
        (PROVIDER, &["F38", "F47", "F84"]),
        (
            SIGNATURE,
            &[
                "F33", "F34", "F40", "F41", "F42", "F43", "F44", "F45", "F46", "F48", "F49", "F96", "F97",
            ],
        ),
        ("Age of the response", &["F26", "F27", "F32"]),
        (
            "Claims",
            &[
                "F01", "F02", "F03", "F04", "F05", "F06", "F15", "F16", "F20", "F21", "F23", "F25", "F30",
                "F31", "F36", "F37", "F39", "F82", "F94",
            ],
        ),
        (
            ROLE,
            &[
                "F07", "F08", "F09", "F10", "F11", "F12", "F13", "F14", "F28", "F29", "F98", "F99",
            ],
        ),
        ("The email tag is in the response", &["F17", "F18", "F19"]),
    ],
};

/// What a set-up wants of a response.
pub fn expected(setup: &Setup, bindings: &Bindings) -> Expected {
    Expected {
        idp: setup.idp(),
        recipient: setup.sign_in_recipient().or_else(|| {
            let outputs = bindings.outputs();
            outputs.get(&(Address::WebExperience, Output::Acs)).cloned()
        }),
        audience: None,
        role_arn: Some(setup.role_arn().to_string()),
        provider_arn: setup.provider_arn(),
        tags: Some(TrustPolicy::tagged()),
    }
}

/// Judges a response for a set-up. With a connection, the live role and provider are looked at; and
/// where it was captured just now, STS is asked.
pub async fn judge(
    setup: &Setup,
    bindings: &Bindings,
    response: &Response,
    captured_at: Option<Instant>,
    connection: Option<&Connection>,
    now: Instant,
) -> Judgement {
    let mut evidence = Evidence::new(now, expected(setup, bindings));
    evidence.view = Some(response.view().clone());
    evidence.captured_at = captured_at;
    let mut metadata = setup.metadata().map(str::to_owned);
    if let Some(connection) = connection {
        let provider = PhysicalId(setup.saml_provider_arn().to_string());
        let role = PhysicalId(setup.names.role.clone());
        let (provider, role) = futures::join!(
            connection.aws.read(Address::SamlProvider, &provider),
            connection.aws.read(Address::Role, &role)
        );
        match provider {
            Observed::Ready(snapshot) => {
                evidence.provider_exists = Some(true);
                let held = snapshot
                    .attributes
                    .get("samlMetadataDocument")
                    .and_then(Json::as_str);
                metadata = held.map(str::to_owned).or(metadata);
            }
            Observed::Absent => evidence.provider_exists = Some(false),
            Observed::Failed { .. }
            | Observed::PendingDeletion { .. }
            | Observed::Settling { .. }
            | Observed::Unreadable(_) => {}
        }
        evidence.role = live_role(role);
    }
    evidence.metadata = metadata
        .as_ref()
        .map(|m| FederationMetadata::parse(m.as_bytes(), None));
    if let Some(Ok(metadata)) = &evidence.metadata {
        let pinned = Pinned::new(&metadata.signing_certificates);
        evidence.verdict = Some(pinned.and_then(|p| verify(response, &p)));
    }
    let mut asked = Asked::default();
    if let (Some(connection), Some(_)) = (connection, captured_at) {
        let role = setup.role_arn();
        let provider = setup.saml_provider_arn();
        let answer = connection
            .aws
            .federate_with_saml(
                role.as_str(),
                provider.as_str(),
                response.base64(),
                SESSION_SECONDS,
            )
            .await;
        // STS took it, so its signature holds, and with it what the verified assertion says.
        let tags = || {
            let tags = evidence.assertion().map(claims::session_tags);
            let first = |t: claims::SessionTag| Some((t.key, t.values.into_iter().next()?));
            tags.into_iter().flatten().filter_map(first).collect()
        };
        asked = answer
            .map(|given| Session::new(connection, setup, bindings, given, tags()))
            .into();
        evidence.sts = asked.sts;
    }
    Judgement {
        no_answer: asked.no_answer,
        session: asked.session,
        trusted: metadata.unwrap_or_default(),
        ..conclude(&evidence, response.view())
    }
}

/// From the evidence to the judgement.
pub fn conclude(evidence: &Evidence, view: &View) -> Judgement {
    // Nothing that is not signed is shown beside the word “valid”.
    let verified = match &evidence.verdict {
        Some(Ok(verified)) => Some(verified.assertion()),
        Some(Err(_)) | None => None,
    };
    let assertion = verified.or(view.assertions.first());
    let findings = diagnose(evidence);
    let trust = match (
        evidence.trust(),
        evidence.assertion(),
        &evidence.expected.provider_arn,
    ) {
        (Some(trust), Some(assertion), Some(provider)) => Some(trust_decision(trust, assertion, provider)),
        _ => None,
    };
    let name = assertion
        .and_then(|a| a.name_id.as_ref())
        .map(|n| n.value.clone());
    let email = assertion
        .and_then(|a| a.values(claims::EMAIL))
        .and_then(<[String]>::first)
        .cloned();
    Judgement {
        passed: evidence.sts == Some(Sts::Accepted) && !is_blocked(&findings),
        timeline: timeline(&WAY, evidence, &findings),
        findings,
        evidence: Box::new(evidence.clone()),
        person: email.or(name),
        recipient: assertion.and_then(Assertion::recipient).map(str::to_owned),
        claims: assertion.map(decoded).unwrap_or_default(),
        signature_valid: verified.is_some(),
        trust,
        sts: evidence.sts.clone(),
        no_answer: None,
        trusted: String::new(),
        session: None,
    }
}

fn decoded(assertion: &Assertion) -> Vec<(String, String)> {
    let values = [
        ("Issuer", assertion.issuer.clone()),
        ("NameID", assertion.name_id.as_ref().map(|n| n.value.clone())),
        ("Recipient", assertion.recipient().map(str::to_owned)),
        ("Audience", assertion.audiences.first().cloned()),
        ("IssueInstant", assertion.issue_instant.clone()),
    ];
    let attributes = assertion.attributes.iter();
    values
        .into_iter()
        .filter_map(|(label, value)| Some((label.to_owned(), value?)))
        .chain(attributes.map(|a| (a.name.clone(), a.values.join(" | "))))
        .collect()
}
