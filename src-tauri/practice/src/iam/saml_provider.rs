//! SAML providers: metadata under a name.

use super::{iso, no_such, tag_list, tags, text, untag};
use crate::World;
use crate::state::{ACCOUNT, Provider, State, unix_now};
use crate::wire::{Answer, AwsError};
use claimbridge_core::saml::metadata::FederationMetadata;
use serde_json::{Value as Json, json};

pub(super) fn call(world: &World, state: &mut State, action: &str, input: &Json) -> Option<Answer> {
    Some(match action {
        "CreateSAMLProvider" => create(state, input),
        "GetSAMLProvider" => provider(state, input).map(|provider| {
            json!({
                "SAMLProviderUUID": provider.uuid,
                "SAMLMetadataDocument": provider.metadata,
                "CreateDate": iso(provider.created),
                "ValidUntil": valid_until(provider),
                "Tags": tag_list(&provider.tags),
                "AssertionEncryptionMode": if provider.encryption_required { "Required" } else { "Allowed" },
                "PrivateKeyList": provider
                    .private_keys
                    .iter()
                    .map(|id| json!({"KeyId": id, "Timestamp": iso(provider.created)}))
                    .collect::<Vec<_>>(),
            })
        }),
        "UpdateSAMLProvider" => update(world, state, input),
        "ListSAMLProviders" => {
            let list: Vec<Json> = state
                .providers
                .iter()
                .map(|(name, p)| {
                    json!({
                        "Arn": provider_arn(name),
                        "ValidUntil": valid_until(p),
                        "CreateDate": iso(p.created),
                    })
                })
                .collect();
            Ok(json!({ "SAMLProviderList": list }))
        }
        // Roles that name the provider stay as they are (IAM: DeleteSAMLProvider).
        "DeleteSAMLProvider" => provider(state, input).map(|_| ()).map(|()| {
            let arn = text(input, "SAMLProviderArn").unwrap_or_default();
            if let Some(name) = arn.strip_prefix(&provider_arn("")) {
                state.providers.remove(name);
            }
            json!({})
        }),
        "TagSAMLProvider" => provider(state, input).map(|p| {
            p.tags.extend(tags(input));
            json!({})
        }),
        "UntagSAMLProvider" => provider(state, input).map(|p| untag(&mut p.tags, input)),
        "ListSAMLProviderTags" => {
            provider(state, input).map(|p| json!({"Tags": tag_list(&p.tags), "IsTruncated": false}))
        }
        _ => return None,
    })
}

fn create(state: &mut State, input: &Json) -> Answer {
    let name = text(input, "Name").unwrap_or_default().to_owned();
    let metadata = text(input, "SAMLMetadataDocument").unwrap_or_default().to_owned();
    read(&metadata)?;
    if state.providers.contains_key(&name) {
        return Err(AwsError::new(
            409,
            "EntityAlreadyExists",
            format!("SAML provider with name {name} already exists."),
        ));
    }
    let serial = state.next();
    let mut provider = Provider {
        metadata,
        uuid: format!("PRACTICEPROVIDER{serial:06X}"),
        created: unix_now(),
        tags: tags(input),
        encryption_required: false,
        private_keys: Vec::new(),
    };
    encryption(&mut provider, input, format!("PRACTICEKEY{serial:06X}"))?;
    state.providers.insert(name.clone(), provider);
    Ok(
        json!({"SAMLProviderArn": provider_arn(&name), "Tags": input.get("Tags").cloned().unwrap_or_else(|| json!([]))}),
    )
}

fn update(world: &World, state: &mut State, input: &Json) -> Answer {
    let arn = text(input, "SAMLProviderArn").unwrap_or_default();
    let key = format!("PRACTICEKEY{:06X}", state.next());
    let provider = provider(state, input)?;
    encryption(provider, input, key)?;
    if let Some(document) = text(input, "SAMLMetadataDocument") {
        let issuer = read(document)?;
        // Whether IAM takes metadata of another issuer is inferred.
        if world.switch("provider-issuer", "refused") && read(&provider.metadata)? != issuer {
            return Err(AwsError::new(
                400,
                "InvalidInput",
                "The entity ID of the metadata document differs from the provider's",
            ));
        }
        document.clone_into(&mut provider.metadata);
    }
    Ok(json!({ "SAMLProviderArn": arn }))
}

/// IAM and STS quotas: private keys per SAML provider.
const MOST_KEYS: usize = 2;

/// Private keys and whether assertions have to be encrypted. The words are documented (IAM: troubleshoot SAML
/// federation).
fn encryption(provider: &mut Provider, input: &Json, id: String) -> Result<(), AwsError> {
    let refuse = |words: &str| Err(AwsError::new(400, "InvalidInput", words));
    let (add, remove) = (text(input, "AddPrivateKey"), text(input, "RemovePrivateKey"));
    let mut keys = provider.private_keys.clone();
    match (add, remove) {
        (Some(_), Some(_)) => {
            return refuse("Unable to add and remove private keys in the same request. Make two requests.");
        }
        (Some(key), None) if !key.contains("PRIVATE KEY-----") => return refuse("Invalid private key."),
        (Some(_), None) if keys.len() >= MOST_KEYS => return refuse("Private key limit of 2 is reached."),
        (Some(_), None) => keys.push(id),
        (None, Some(id)) => keys.retain(|k| k != id),
        (None, None) => {}
    }
    let required = match text(input, "AssertionEncryptionMode") {
        Some(mode) => mode == "Required",
        None => provider.encryption_required,
    };
    if required && keys.is_empty() {
        return refuse(
            "Unable to set assertion encryption mode to Required because no private key is provided.",
        );
    }
    provider.encryption_required = required;
    provider.private_keys = keys;
    Ok(())
}

/// The entity ID of a document that IAM takes.
fn read(metadata: &str) -> Result<String, AwsError> {
    let bad = || AwsError::new(400, "InvalidInput", "Could not parse metadata");
    if metadata.starts_with('\u{feff}') {
        return Err(bad());
    }
    FederationMetadata::parse(metadata.as_bytes(), None)
        .map(|m| m.entity_id.as_str().to_owned())
        .map_err(|_| bad())
}

/// IAM sets it, and looks at no validity of the document (IAM: create a SAML identity provider).
fn valid_until(provider: &Provider) -> String {
    iso(provider.created + 100 * 365 * 86_400)
}

pub(super) fn provider_arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:saml-provider/{name}")
}

fn provider<'a>(state: &'a mut State, input: &Json) -> Result<&'a mut Provider, AwsError> {
    let arn = text(input, "SAMLProviderArn").unwrap_or_default();
    let name = arn.strip_prefix(&provider_arn("")).unwrap_or_default();
    state
        .providers
        .get_mut(name)
        .ok_or_else(|| no_such(format!("Manifest not found for arn {arn}")))
}
