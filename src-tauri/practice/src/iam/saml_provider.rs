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
                "AssertionEncryptionMode": "Allowed",
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
    let provider = Provider {
        metadata,
        uuid: format!("PRACTICEPROVIDER{serial:06X}"),
        created: unix_now(),
        tags: tags(input),
    };
    state.providers.insert(name.clone(), provider);
    Ok(
        json!({"SAMLProviderArn": provider_arn(&name), "Tags": input.get("Tags").cloned().unwrap_or_else(|| json!([]))}),
    )
}

fn update(world: &World, state: &mut State, input: &Json) -> Answer {
    let arn = text(input, "SAMLProviderArn").unwrap_or_default();
    let provider = provider(state, input)?;
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
