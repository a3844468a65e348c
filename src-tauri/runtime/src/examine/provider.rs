//! A provider that exists already, for a set-up that would have made it: it is shown, then bound as
//! shared. IAM has one OpenID Connect provider for each issuer and account.

use super::refusal::NotExamined;
use crate::connection::{Connection, Problem};
use crate::jobs::right_place;
use crate::store::SetupFiles;
use claimbridge_core::journal::{Event, Journal, Origin};
use claimbridge_core::plan::other_users;
use claimbridge_core::resource::{Address, Cloud, Observed, Output, PhysicalId};
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_core::setup::{Existing, Federation, Setup, SetupError};
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// A provider that is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProviderThere {
    /// `saml-provider` or `oidc-provider`.
    pub address: Address,
    /// Its ARN.
    pub arn: String,
    /// Entity ID of its metadata, or its issuer.
    pub issuer: String,
    /// SAML: entity ID of the set-up's own metadata, where it is another one.
    pub issuer_before: Option<String>,
    /// OIDC: whose tokens it takes now.
    pub clients: Vec<String>,
    /// OIDC: the set-up's client, where it has to be added.
    pub adds_client: Option<String>,
    /// Who uses it.
    pub users: Vec<String>,
    /// Why that could not be seen.
    pub users_not_seen: Option<String>,
    /// SAML: the metadata, which becomes the set-up's.
    #[serde(skip)]
    metadata: Option<String>,
    #[serde(skip)]
    outputs: BTreeMap<Output, String>,
}

/// Looks at the provider of the set-up's name or issuer, whoever made it. Nothing is changed.
///
/// # Errors
/// [`Problem::NotExamined`] where it is not there or is the set-up's own already.
pub async fn provider_there(
    files: &SetupFiles,
    connection: &Connection,
    address: Address,
) -> Result<ProviderThere, Problem> {
    let setup = files.load()?;
    let bindings = files.bindings()?;
    right_place(&setup, &bindings, connection).await?;
    let expected = match setup.federation {
        Federation::Oidc { .. } => Address::OidcProvider,
        Federation::Saml { .. } => Address::SamlProvider,
    };
    if address != expected {
        return Err(NotExamined::Value {
            what: "resource",
            why: format!("“{address}” was named, and the provider of this set-up is {expected}"),
        }
        .into());
    }
    let arn = setup.provider_arn().ok_or(SetupError::IssuerMissing)?;
    if bindings.get(address).is_some_and(|b| b.id.is_some()) {
        return Err(NotExamined::IsOurs { found: arn }.into());
    }
    let id = PhysicalId(arn.clone());
    let snapshot = match connection.aws.read(address, &id).await {
        Observed::Ready(snapshot) => snapshot,
        Observed::Unreadable(error) => return Err(error.into()),
        _ => {
            return Err(NotExamined::NotThere {
                what: "IAM provider",
                found: arn,
                there: Vec::new(),
            }
            .into());
        }
    };
    let (users, users_not_seen) = match connection.aws.users(address, &id, &setup.id).await {
        Ok(users) => (other_users(&setup, users), None),
        Err(error) => (Vec::new(), Some(error.to_string())),
    };
    let mut there = ProviderThere {
        address,
        arn,
        issuer: String::new(),
        issuer_before: None,
        clients: Vec::new(),
        adds_client: None,
        users,
        users_not_seen,
        metadata: None,
        outputs: snapshot.outputs.clone(),
    };
    let attribute = |name: &str| snapshot.attributes.get(name);
    match &setup.federation {
        Federation::Saml { .. } => {
            let text = attribute("samlMetadataDocument")
                .and_then(Json::as_str)
                .unwrap_or_default();
            let parsed = FederationMetadata::parse(text.as_bytes(), None).map_err(SetupError::Metadata)?;
            there.issuer_before = setup
                .federation_metadata()
                .ok()
                .map(|m| m.entity_id)
                .filter(|before| *before != parsed.entity_id);
            there.issuer = parsed.entity_id;
            there.metadata = Some(text.to_owned());
        }
        Federation::Oidc {
            issuer, client_id, ..
        } => {
            there.issuer = issuer.as_ref().map(ToString::to_string).unwrap_or_default();
            let list = attribute("clientIdList").and_then(Json::as_array);
            there.clients = list
                .into_iter()
                .flatten()
                .filter_map(|c| c.as_str().map(str::to_owned))
                .collect();
            let ours = client_id.as_ref().map(ToString::to_string);
            there.adds_client = ours.filter(|c| !there.clients.contains(c));
        }
    }
    Ok(there)
}

/// Binds the provider as shared: it is never deleted, and of an OpenID Connect provider only the set-up's
/// own client is ever added or removed. Its metadata becomes the set-up's. Nothing in AWS is changed.
///
/// # Errors
/// As [`provider_there`], and the disk.
pub async fn adopt_provider(
    files: &SetupFiles,
    connection: &Connection,
    address: Address,
) -> Result<ProviderThere, Problem> {
    let mut journal = files.journal()?;
    let there = provider_there(files, connection, address).await?;
    let mut setup: Setup = files.load()?;
    if let Some(metadata) = &there.metadata {
        setup.give_metadata(metadata.clone())?;
    }
    let name = if address == Address::SamlProvider {
        setup.names.provider.clone()
    } else {
        there.issuer.clone()
    };
    let existing = Existing {
        name,
        ..Existing::default()
    };
    setup.adopted.resources.insert(address, existing);
    setup.check()?;
    files.save(&setup)?;
    let events = [
        Event::Began {
            plan: String::new(),
            setup: setup.id.clone(),
            account: setup.account.clone(),
            region: setup.region,
            world: setup.world,
            endpoint: connection.stand_in(),
        },
        Event::Bound {
            address,
            id: PhysicalId(there.arn.clone()),
            origin: Origin::Shared,
            outputs: there.outputs.clone(),
        },
        Event::Ended { finished: true },
    ];
    for event in events {
        journal.append(&event).map_err(Problem::Journal)?;
    }
    Ok(there)
}
