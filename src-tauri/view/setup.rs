//! A set-up as the rail, the facts and the metadata screen show it.

use super::{Pair, Position};
use claimbridge_core::idp::guide;
use claimbridge_core::journal::Bindings;
use claimbridge_core::report::{TestRecord, TrustMap, trust_map};
use claimbridge_core::resource::{Address, Output};
use claimbridge_core::saml::certificate::Certificate;
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_core::setup::{Setup, StandIn, World};
use claimbridge_core::time::{Instant, format_instant};
use serde::Serialize;
use specta::Type;

/// A signing certificate with its bar.
#[derive(Debug, Serialize, Type)]
pub struct CertificateView {
    pub subject: String,
    pub sha256: String,
    pub not_before: String,
    pub not_after: String,
    pub days_left: i32,
    /// Part of its life that is over, 0 to 1.
    pub spent: f64,
    pub key_bits: u32,
}

impl CertificateView {
    fn of(c: &Certificate, now: Instant) -> CertificateView {
        let life = (c.not_after - c.not_before).as_seconds_f64().max(1.0);
        CertificateView {
            subject: c.subject.clone(),
            sha256: c.sha256.clone(),
            not_before: format_instant(c.not_before),
            not_after: format_instant(c.not_after),
            days_left: i32::try_from(c.days_left(now)).unwrap_or(i32::MAX),
            spent: ((now - c.not_before).as_seconds_f64() / life).clamp(0.0, 1.0),
            key_bits: u32::try_from(c.key_bits).unwrap_or_default(),
        }
    }
}

/// What was read of a metadata file.
#[derive(Debug, Serialize, Type)]
pub struct MetadataView {
    pub entity_id: String,
    pub tenant: Option<String>,
    pub sign_on: Vec<Pair>,
    pub certificates: Vec<CertificateView>,
    pub converted: bool,
}

impl MetadataView {
    /// For the screen.
    pub fn of(metadata: &FederationMetadata, now: Instant) -> MetadataView {
        MetadataView {
            entity_id: metadata.entity_id.clone(),
            tenant: metadata.entra_tenant().map(str::to_owned),
            sign_on: metadata
                .sso
                .iter()
                .map(|s| Pair {
                    label: s.binding.clone(),
                    value: s.location.clone(),
                })
                .collect(),
            certificates: metadata
                .signing_certificates
                .iter()
                .map(|c| CertificateView::of(c, now))
                .collect(),
            converted: metadata.encoding != Default::default(),
        }
    }
}

/// One step of the rail.
#[derive(Debug, Serialize, Type)]
pub struct RailStep {
    pub id: Position,
    pub label: String,
    pub owner: String,
    pub done: bool,
}

/// A set-up, as every screen needs it.
#[derive(Debug, Serialize, Type)]
pub struct SetupView {
    pub id: String,
    pub name: String,
    pub practice: bool,
    pub idp: String,
    pub vendor: String,
    pub place: String,
    pub position: Position,
    pub steps: Vec<RailStep>,
    pub facts: Vec<Pair>,
    pub metadata: Option<MetadataView>,
    pub authentication_url: Option<String>,
    pub trust_map: String,
    pub empty: bool,
    pub last_test: Option<LastTest>,
    /// Of the AWS config files; none is the SDK's own chain.
    pub profile: Option<String>,
}

/// The last test sign-in.
#[derive(Debug, Serialize, Type)]
pub struct LastTest {
    /// When, in UTC.
    pub at: String,
    pub passed: bool,
}

impl SetupView {
    /// For the screens.
    pub fn of(
        setup: &Setup,
        bindings: &Bindings,
        test: Option<&TestRecord>,
        profile: Option<String>,
        now: Instant,
    ) -> SetupView {
        let position = Position::of(setup, bindings, test);
        let outputs = bindings.outputs();
        let metadata = setup.federation_metadata().ok();
        let fact = |label: &str, value: Option<String>| {
            value.map(|value| Pair {
                label: label.into(),
                value,
            })
        };
        let idp = guide(setup.idp());
        let authentication = setup.authentication_url().ok();
        let facts = [
            fact("Account", Some(setup.account.to_string())),
            fact("Region", Some(setup.region.to_string())),
            fact(
                "Web experience",
                outputs.get(&(Address::WebExperience, Output::Endpoint)).cloned(),
            ),
            fact(
                "Recipient = SAML:aud",
                outputs.get(&(Address::WebExperience, Output::Acs)).cloned(),
            ),
            fact("Role", Some(setup.role_arn().to_string())),
            fact("IAM provider", Some(setup.provider_arn().to_string())),
            fact("Role claim", Some(setup.role_pair())),
            fact("Issuer", metadata.as_ref().map(|m| m.entity_id.clone())),
            fact(
                "Signing certificate, SHA-256",
                metadata
                    .as_ref()
                    .and_then(|m| m.signing_certificates.first())
                    .map(|c| c.sha256.clone()),
            ),
        ];
        let vendor = setup.idp().vendor();
        let labels = [
            (Position::Metadata, "Metadata".to_owned(), "IdP"),
            (Position::Plan, "Plan and create".into(), "AWS"),
            (Position::Configure, format!("Configure {vendor}"), "IdP"),
            (Position::Test, "Test sign-in".into(), "Both"),
            (Position::Report, "Report".into(), ""),
        ];
        SetupView {
            id: setup.id.clone(),
            name: setup.name.clone(),
            practice: setup.world == World::Practice,
            idp: idp.name.clone(),
            vendor: vendor.to_owned(),
            place: format!("{} · {}", setup.account, setup.region),
            position,
            steps: labels
                .into_iter()
                .map(|(id, label, owner)| RailStep {
                    id,
                    label,
                    owner: owner.into(),
                    done: id.index() < position.index(),
                })
                .collect(),
            profile,
            last_test: test.map(|t| LastTest {
                at: t.at.replace('T', " ").replace('Z', " UTC"),
                passed: t.passed,
            }),
            facts: facts.into_iter().flatten().collect(),
            metadata: metadata.as_ref().map(|m| MetadataView::of(m, now)),
            authentication_url: authentication
                .filter(|(_, s)| *s == StandIn::None)
                .map(|(u, _)| u.to_string()),
            trust_map: trust_map(&TrustMap::of(setup, bindings, test)),
            empty: bindings.is_empty(),
        }
    }
}
