//! OpenID Connect providers: one per issuer and account, with the client ids that STS takes.

use super::{iso, no_such, tag_list, tags, text, untag};
use crate::state::{ACCOUNT, State, unix_now};
use crate::wire::{Answer, AwsError};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use url::{Host, Url};

/// IAM and STS quotas: client IDs per OpenID Connect provider.
const MOST_CLIENT_IDS: usize = 100;

/// An issuer that the account trusts.
pub(crate) struct OidcProvider {
    /// The issuer as a token names it, with its scheme.
    pub issuer: String,
    pub client_ids: Vec<String>,
    pub thumbprints: Vec<String>,
    pub tags: BTreeMap<String, String>,
    pub created: u64,
}

/// `arn:aws:iam::ACCOUNT:oidc-provider/` and the issuer without its scheme; a loopback issuer keeps its port.
pub(crate) fn oidc_provider_arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:oidc-provider/{name}")
}

pub(super) fn call(state: &mut State, action: &str, input: &Json) -> Option<Answer> {
    Some(match action {
        "CreateOpenIDConnectProvider" => create(state, input),
        // IAM leaves the scheme out of the answer (IAM: GetOpenIDConnectProvider).
        "GetOpenIDConnectProvider" => named(state, input).map(|(name, p)| {
            json!({
                "Url": name,
                "ClientIDList": p.client_ids,
                "ThumbprintList": p.thumbprints,
                "CreateDate": iso(p.created),
                "Tags": tag_list(&p.tags),
            })
        }),
        "ListOpenIDConnectProviders" => {
            let list: Vec<Json> = state
                .oidc_providers
                .keys()
                .map(|name| json!({"Arn": oidc_provider_arn(name)}))
                .collect();
            Ok(json!({ "OpenIDConnectProviderList": list }))
        }
        "AddClientIDToOpenIDConnectProvider" => add_client_id(state, input),
        "RemoveClientIDFromOpenIDConnectProvider" => named(state, input).map(|(_, p)| {
            let id = text(input, "ClientID").unwrap_or_default();
            p.client_ids.retain(|c| c != id);
            json!({})
        }),
        // Idempotent, and roles that name the provider stay as they are (IAM: DeleteOpenIDConnectProvider).
        "DeleteOpenIDConnectProvider" => {
            let arn = text(input, "OpenIDConnectProviderArn").unwrap_or_default();
            if let Some(name) = arn.strip_prefix(&oidc_provider_arn("")) {
                state.oidc_providers.remove(name);
            }
            Ok(json!({}))
        }
        "TagOpenIDConnectProvider" => named(state, input).map(|(_, p)| {
            p.tags.extend(tags(input));
            json!({})
        }),
        "UntagOpenIDConnectProvider" => named(state, input).map(|(_, p)| untag(&mut p.tags, input)),
        "ListOpenIDConnectProviderTags" => {
            named(state, input).map(|(_, p)| json!({"Tags": tag_list(&p.tags), "IsTruncated": false}))
        }
        _ => return None,
    })
}

fn create(state: &mut State, input: &Json) -> Answer {
    let issuer = text(input, "Url").unwrap_or_default();
    let name = name_of(issuer).map_err(|why| AwsError::new(400, "InvalidInput", why))?;
    if let Some(held) = state.oidc_providers.get(&name) {
        return Err(AwsError::new(
            409,
            "EntityAlreadyExists",
            format!("Provider with url {} already exists.", held.issuer),
        ));
    }
    let mut client_ids = strings(input, "ClientIDList");
    client_ids.dedup();
    if client_ids.len() > MOST_CLIENT_IDS {
        return Err(too_many_client_ids());
    }
    let thumbprints = strings(input, "ThumbprintList");
    let hex = |t: &String| t.bytes().all(|b| b.is_ascii_hexdigit());
    if thumbprints.len() > 5 || !thumbprints.iter().all(hex) {
        return Err(AwsError::new(
            400,
            "InvalidInput",
            "Thumbprint list must hold at most 5 SHA-1 hashes of 40 hexadecimal digits",
        ));
    }
    let provider = OidcProvider {
        issuer: issuer.to_owned(),
        client_ids,
        thumbprints,
        tags: tags(input),
        created: unix_now(),
    };
    let answer =
        json!({"OpenIDConnectProviderArn": oidc_provider_arn(&name), "Tags": tag_list(&provider.tags)});
    state.oidc_providers.insert(name, provider);
    Ok(answer)
}

fn add_client_id(state: &mut State, input: &Json) -> Answer {
    let id = text(input, "ClientID").unwrap_or_default();
    let (_, provider) = named(state, input)?;
    if provider.client_ids.iter().any(|c| c == id) {
        return Ok(json!({}));
    }
    if provider.client_ids.len() >= MOST_CLIENT_IDS {
        return Err(too_many_client_ids());
    }
    provider.client_ids.push(id.to_owned());
    Ok(json!({}))
}

fn too_many_client_ids() -> AwsError {
    AwsError::new(
        409,
        "LimitExceeded",
        format!("Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: {MOST_CLIENT_IDS}"),
    )
}

/// What stands in the ARN. IAM wants https without port, query and fragment (IAM: CreateOpenIDConnectProvider);
/// practice also takes http from this machine, where its own identity providers live.
fn name_of(issuer: &str) -> Result<String, String> {
    let url = Url::parse(issuer).map_err(|e| format!("Invalid Open ID Connect Provider URL: {e}"))?;
    let loopback = url.host() == Some(Host::Domain("localhost"))
        || matches!(url.host(), Some(Host::Ipv4(ip)) if ip.is_loopback());
    let refused = if url.scheme() != "https" && !(url.scheme() == "http" && loopback) {
        Some("it must begin with https://")
    } else if url.port().is_some() && !loopback {
        Some("it must not have a port")
    } else if url.query().is_some() || url.fragment().is_some() {
        Some("it must have neither query nor fragment")
    } else if !url.username().is_empty() || url.password().is_some() {
        Some("it must not have a user name")
    } else {
        None
    };
    match (refused, issuer.split_once("://")) {
        (None, Some((_, name))) => Ok(name.to_owned()),
        (why, _) => Err(format!(
            "Invalid Open ID Connect Provider URL: {}",
            why.unwrap_or("it has no host")
        )),
    }
}

fn strings(input: &Json, name: &str) -> Vec<String> {
    input
        .get(name)
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .map(str::to_owned)
        .collect()
}

fn named<'a>(state: &'a mut State, input: &Json) -> Result<(String, &'a mut OidcProvider), AwsError> {
    let arn = text(input, "OpenIDConnectProviderArn").unwrap_or_default();
    let name = arn.strip_prefix(&oidc_provider_arn("")).unwrap_or_default();
    state
        .oidc_providers
        .get_mut(name)
        .map(|p| (name.to_owned(), p))
        .ok_or_else(|| no_such(format!("OpenIDConnect Provider not found for arn {arn}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers() {
        let check = |issuer: &str, expected: Option<&str>| {
            assert_eq!(name_of(issuer).ok().as_deref(), expected, "{issuer}");
        };
        check("https://idp.example", Some("idp.example"));
        check("https://idp.example/", Some("idp.example/"));
        check(
            "https://a.okta.example/oauth2/default",
            Some("a.okta.example/oauth2/default"),
        );
        check("http://127.0.0.1:4000/okta", Some("127.0.0.1:4000/okta"));
        check("http://localhost:4000", Some("localhost:4000"));
        check("http://idp.example", None);
        check("https://idp.example:8443", None);
        check("https://idp.example/?a=b", None);
        check("https://idp.example/#a", None);
        check("https://me@idp.example", None);
        check("http://127.0.0.1.example/", None);
        check("idp.example", None);
        check("", None);
    }
}
