//! The IAM provider, and for OpenID Connect the secret: which identity provider it is, and how people
//! are sent there.

use super::refusal::NotExamined;
use super::remark::Remark;
use super::taking::{Taking, There};
use super::{Options, fresh, roles};
use crate::connection::Problem;
use claimbridge_aws::Aws;
use claimbridge_core::idp::{IdentityProvider, Protocol};
use claimbridge_core::resource::{
    Address, Cloud, HeldApplication, HeldSignIn, Observed, Output, PhysicalId, Purpose, Snapshot,
};
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_core::setup::{Federation, SetupError, World};
use claimbridge_core::value::{AuthenticationUrl, ClientId, Issuer};
use serde_json::Value as Json;

/// The IAM provider as it is.
pub(super) struct Provider {
    pub arn: String,
    pub of: Of,
    /// The set-up that made it, by its tag.
    pub setup: Option<String>,
    snapshot: Snapshot,
}

pub(super) enum Of {
    Oidc { idp: IdentityProvider, issuer: Issuer },
    Saml { idp: IdentityProvider, metadata: String },
}

impl Provider {
    pub(super) fn idp(&self) -> IdentityProvider {
        match &self.of {
            Of::Oidc { idp, .. } | Of::Saml { idp, .. } => *idp,
        }
    }

    pub(super) fn address(&self) -> Address {
        match self.of {
            Of::Oidc { .. } => Address::OidcProvider,
            Of::Saml { .. } => Address::SamlProvider,
        }
    }

    /// The condition key by which the role's trust policy tells proofs apart.
    pub(super) fn audience_key(&self) -> String {
        match &self.of {
            Of::Oidc { issuer, .. } => format!("{}:aud", issuer.without_scheme()),
            Of::Saml { .. } => "SAML:aud".into(),
        }
    }
}

fn text<'a>(snapshot: &'a Snapshot, attribute: &str) -> &'a str {
    snapshot
        .attributes
        .get(attribute)
        .and_then(Json::as_str)
        .unwrap_or_default()
}

/// The provider with what tells whose it is.
pub(super) async fn read(
    aws: &Aws,
    application: &HeldApplication,
    world: World,
    options: &Options,
) -> Result<Provider, Problem> {
    let arn = application.provider.clone().unwrap_or_default();
    let gone = || NotExamined::ProviderGone { found: arn.clone() };
    if arn.is_empty() {
        return Err(gone().into());
    }
    let oidc = arn.contains(":oidc-provider/");
    let address = if oidc {
        Address::OidcProvider
    } else {
        Address::SamlProvider
    };
    let snapshot = match aws.read(address, &PhysicalId(arn.clone())).await {
        Observed::Ready(snapshot) => snapshot,
        Observed::Unreadable(error) => return Err(error.into()),
        _ => return Err(gone().into()),
    };
    let chosen = |guess: IdentityProvider| match options.idp {
        Some(idp) if idp.protocol() != guess.protocol() => Err(NotExamined::OtherProtocol {
            found: idp,
            expected: match guess.protocol() {
                Protocol::Oidc => "OpenID Connect",
                Protocol::Saml => "SAML 2.0",
            },
        }),
        chosen => Ok(chosen.unwrap_or(guess)),
    };
    let of = if oidc {
        let url = text(&snapshot, "url");
        let issuer = match world {
            World::Practice => Issuer::practice(url).or_else(|_| Issuer::parse(url)),
            World::Live => Issuer::parse(url),
        };
        let issuer = issuer.map_err(|e| NotExamined::Value {
            what: "issuer",
            why: e.to_string(),
        })?;
        Of::Oidc {
            idp: chosen(IdentityProvider::of_issuer(issuer.as_str()))?,
            issuer,
        }
    } else {
        let metadata = text(&snapshot, "samlMetadataDocument").to_owned();
        let parsed = FederationMetadata::parse(metadata.as_bytes(), None).map_err(SetupError::Metadata)?;
        Of::Saml {
            idp: chosen(IdentityProvider::of_metadata(&parsed))?,
            metadata,
        }
    };
    Ok(Provider {
        arn,
        of,
        setup: snapshot.setup.clone().flatten(),
        snapshot,
    })
}

/// Puts the federation into the set-up, and binds what is of it.
pub(super) async fn take(taking: &mut Taking<'_>, there: &There, provider: &Provider) -> Result<(), Problem> {
    taking.found.push(super::Found {
        address: provider.address(),
        id: PhysicalId(provider.arn.clone()),
        origin: claimbridge_core::journal::Origin::Adopted,
        outputs: provider.snapshot.outputs.clone(),
    });
    let sign_in = there.web_experience.as_ref().map(|(_, w)| &w.sign_in);
    match &provider.of {
        Of::Saml { metadata, .. } => {
            let name = text(&provider.snapshot, "name").to_owned();
            taking.named(Address::SamlProvider, &name);
            taking.setup.names.provider = name;
            taking.setup.give_metadata(metadata.clone())?;
            if let Some(HeldSignIn::Saml { authentication_url }) = sign_in {
                let url = AuthenticationUrl::parse(authentication_url).map_err(|e| NotExamined::Value {
                    what: "authentication URL",
                    why: e.to_string(),
                })?;
                taking.setup.give_authentication_url(url)?;
            }
        }
        Of::Oidc { issuer, .. } => {
            taking.named(Address::OidcProvider, issuer.as_str());
            let mut clients = there.application.client_ids.iter();
            let client = ClientId::parse(clients.next().map_or("", String::as_str)).map_err(|e| {
                NotExamined::Value {
                    what: "client id",
                    why: e.to_string(),
                }
            })?;
            taking.setup.adopted.client_ids = clients.cloned().collect();
            let known = provider
                .snapshot
                .attributes
                .get("clientIdList")
                .and_then(Json::as_array);
            if known.is_some_and(|all| all.iter().any(|c| c == client.as_str())) {
                let id = PhysicalId::child(&provider.arn, client.as_str());
                taking.bind(Address::OidcClient, id, []).await;
            }
            taking.setup.give_client(issuer.clone(), client)?;
            if let Some(HeldSignIn::Oidc { secret, role }) = sign_in {
                take_secret(taking, secret).await?;
                roles::take_service_role(taking, Purpose::Secrets, role).await?;
            }
            if let Federation::Oidc { secret_version, .. } = &mut taking.setup.federation {
                // None that is there: the plan writes it, and asks for it.
                secret_version.get_or_insert_with(fresh);
            }
        }
    }
    Ok(())
}

/// The secret as it is: which version holds it. Its value is not read.
async fn take_secret(taking: &mut Taking<'_>, named: &str) -> Result<(), Problem> {
    let snapshot = match taking
        .aws
        .read(Address::Secret, &PhysicalId(named.to_owned()))
        .await
    {
        Observed::Ready(snapshot) => snapshot,
        Observed::Unreadable(error) => return Err(error.into()),
        _ => {
            taking.remarks.push(Remark::SecretGone {
                found: named.to_owned(),
            });
            return Ok(());
        }
    };
    let arn = snapshot.outputs.get(&Output::Arn).cloned();
    let arn = arn.unwrap_or_else(|| named.to_owned());
    taking.named(Address::Secret, text(&snapshot, "name"));
    if let Federation::Oidc {
        secret_version,
        secret_kms_key,
        ..
    } = &mut taking.setup.federation
    {
        *secret_version = snapshot.outputs.get(&Output::Version).cloned();
        *secret_kms_key = Some(text(&snapshot, "kmsKeyId").to_owned()).filter(|k| !k.is_empty());
    }
    taking.bind(Address::Secret, PhysicalId(arn), []).await;
    Ok(())
}
