//! A set-up as the rail, the facts and the metadata screen show it.

use super::{Pair, Position, is_told, words};
use claimbridge_core::idp::{Protocol, guide};
use claimbridge_core::journal::Bindings;
use claimbridge_core::report::{TestRecord, TrustMap, trust_map, values};
use claimbridge_core::resource::Address;
use claimbridge_core::saml::certificate::Certificate;
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_core::setup::authentication::Authentication;
use claimbridge_core::setup::{Federation, Setup, StandIn, World};
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
    /// Nobody has to come by here.
    pub optional: bool,
    /// It can be gone to now.
    pub reachable: bool,
}

/// A set-up, as every screen needs it.
#[derive(Debug, Serialize, Type)]
pub struct SetupView {
    pub id: String,
    pub name: String,
    pub practice: bool,
    pub idp: String,
    pub vendor: String,
    /// `saml` or `oidc`.
    pub protocol: String,
    /// Nobody can sign in yet: the metadata was made here.
    pub temporary: bool,
    /// Nobody can sign in: AWS holds the stand-in, or will.
    pub nobody_yet: bool,
    pub address: PortalAddressView,
    /// Issuer and client of OpenID Connect, once they are known.
    pub client: Option<ClientView>,
    /// There is an application of the company's own.
    pub custom: bool,
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

/// The address that the portal yields, in its own words.
#[derive(Debug, Serialize, Type)]
pub struct PortalAddressView {
    pub label: String,
    pub path: Vec<String>,
    pub hint: String,
}

/// Issuer and client.
#[derive(Debug, Serialize, Type)]
pub struct ClientView {
    pub issuer: String,
    pub client_id: String,
}

fn client(setup: &Setup) -> Option<ClientView> {
    match &setup.federation {
        Federation::Oidc {
            issuer: Some(issuer),
            client_id: Some(client_id),
            ..
        } => Some(ClientView {
            issuer: issuer.to_string(),
            client_id: client_id.to_string(),
        }),
        _ => None,
    }
}

/// What was made of the address that was copied.
#[derive(Debug, Serialize, Type)]
pub struct AddressView {
    pub url: String,
    pub derivation: Option<String>,
    pub warnings: Vec<String>,
}

impl From<Authentication> for AddressView {
    fn from(found: Authentication) -> Self {
        AddressView {
            url: found.url.to_string(),
            derivation: found.derivation,
            warnings: found.warnings,
        }
    }
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
        let metadata = setup.federation_metadata().ok();
        let idp = guide(setup.idp());
        let authentication = setup.authentication_url().ok();
        let certificate = metadata.as_ref().and_then(|m| m.signing_certificates.first());
        let mut facts: Vec<Pair> = values(setup, bindings)
            .into_iter()
            .filter(|(_, value)| value != "missing" && value != "not created yet")
            .map(|(label, value)| Pair { label, value })
            .collect();
        facts.extend(certificate.filter(|_| !setup.is_temporary()).map(|c| Pair {
            label: "Signing certificate, SHA-256".into(),
            value: c.sha256.clone(),
        }));
        let vendor = setup.idp().vendor();
        let label = |position: Position| match position {
            Position::Options => ("Application".to_owned(), "AWS"),
            Position::Metadata if setup.protocol() == Protocol::Oidc => ("Issuer and client".into(), "IdP"),
            Position::Metadata => ("Metadata".into(), "IdP"),
            Position::Plan => ("Plan and create".into(), "AWS"),
            Position::Configure => (format!("Configure {vendor}"), "IdP"),
            Position::Test => ("Test sign-in".into(), "Both"),
            Position::Session => ("As the user".into(), "Both"),
            Position::Groups => ("Groups".into(), "AWS"),
            Position::Report => ("Report".into(), ""),
        };
        let order = Position::order(setup);
        let at = |position: Position| order.iter().position(|p| *p == position).unwrap_or_default();
        let made = bindings.web_experience().is_some();
        let reachable = |id: Position| match id {
            Position::Options => true,
            Position::Session => position == Position::Report,
            Position::Groups => bindings.get(Address::Index).is_some_and(|b| b.id.is_some()),
            // A report says “not tested” where nobody could sign in, so it need not wait for that.
            Position::Report => made,
            Position::Configure => made,
            _ => at(id) <= at(position),
        };
        SetupView {
            id: setup.id.clone(),
            name: setup.name.clone(),
            practice: setup.world == World::Practice,
            idp: idp.name.clone(),
            vendor: vendor.to_owned(),
            protocol: words::protocol_id(setup.protocol()).into(),
            temporary: setup.is_temporary(),
            nobody_yet: setup.nobody_can_sign_in(bindings),
            address: PortalAddressView {
                label: idp.address.label.clone(),
                path: idp
                    .address
                    .path
                    .iter()
                    .map(|p| p.replace("{{app_name}}", &setup.name))
                    .collect(),
                hint: idp.address.hint.clone(),
            },
            client: client(setup),
            custom: setup.custom_application.is_some(),
            place: format!("{} · {}", setup.account, setup.region),
            position,
            steps: order
                .into_iter()
                .map(|id| {
                    let (label, owner) = label(id);
                    RailStep {
                        id,
                        label,
                        owner: owner.into(),
                        done: !id.is_optional() && at(id) < at(position)
                            || id == Position::Configure && is_told(setup, bindings),
                        optional: id.is_optional(),
                        reachable: reachable(id),
                    }
                })
                .collect(),
            profile,
            last_test: test.map(|t| LastTest {
                at: t.at.replace('T', " ").replace('Z', " UTC"),
                passed: t.passed,
            }),
            facts,
            metadata: metadata
                .as_ref()
                .filter(|_| !setup.is_temporary())
                .map(|m| MetadataView::of(m, now)),
            authentication_url: authentication
                .filter(|(_, s)| *s == StandIn::None)
                .map(|(u, _)| u.to_string()),
            trust_map: trust_map(&TrustMap::of(setup, bindings, test)),
            empty: bindings.is_empty(),
        }
    }
}
