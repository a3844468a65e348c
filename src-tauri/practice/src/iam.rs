//! IAM: SAML providers, roles, inline policies, and a simulation that knows one administrator.

use crate::World;
use crate::config::Takes;
use crate::state::{ACCOUNT, Provider, Role, State, unix_now};
use crate::wire::{Answer, AwsError, Caller};
use claimbridge_core::policy::TrustPolicy;
use claimbridge_core::saml::metadata::FederationMetadata;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::time::Instant;

pub(crate) fn call(world: &World, action: &str, input: &Json, caller: &Caller) -> Answer {
    // Nobody who signed in through the federation may do anything in IAM (Q Business: IAM policies for a web experience).
    if caller.session.is_some() {
        return Err(AwsError::new(
            403,
            "AccessDenied",
            format!("User: {} is not authorized to perform: iam:{action}", caller.arn),
        ));
    }
    let mut state = world.state();
    let state = &mut *state;
    match action {
        "CreateSAMLProvider" => create_provider(state, input),
        "GetSAMLProvider" => {
            let provider = provider(state, input)?;
            Ok(json!({
                "SAMLProviderUUID": provider.uuid,
                "SAMLMetadataDocument": provider.metadata,
                "CreateDate": iso(provider.created),
                "ValidUntil": iso(provider.created + 100 * 365 * 86_400),
                "Tags": tag_list(&provider.tags),
                "AssertionEncryptionMode": "Allowed",
            }))
        }
        "UpdateSAMLProvider" => {
            let document = text(input, "SAMLMetadataDocument").map(str::to_owned);
            let arn = text(input, "SAMLProviderArn").unwrap_or_default().to_owned();
            let provider = provider(state, input)?;
            if let Some(document) = document {
                readable(&document)?;
                provider.metadata = document;
            }
            Ok(json!({ "SAMLProviderArn": arn }))
        }
        "ListSAMLProviders" => {
            let list: Vec<Json> = state
                .providers
                .iter()
                .map(|(name, p)| json!({"Arn": provider_arn(name), "ValidUntil": iso(p.created + 100 * 365 * 86_400), "CreateDate": iso(p.created)}))
                .collect();
            Ok(json!({ "SAMLProviderList": list }))
        }
        "DeleteSAMLProvider" => {
            provider(state, input)?;
            let name = text(input, "SAMLProviderArn")
                .and_then(|a| a.rsplit('/').next())
                .unwrap_or_default()
                .to_owned();
            state.providers.remove(&name);
            Ok(json!({}))
        }
        "TagSAMLProvider" => {
            let tags = tags(input);
            provider(state, input)?.tags.extend(tags);
            Ok(json!({}))
        }
        "ListSAMLProviderTags" => {
            Ok(json!({"Tags": tag_list(&provider(state, input)?.tags), "IsTruncated": false}))
        }
        "CreateRole" => create_role(world, state, input),
        "GetRole" => {
            let (_, role) = role(state, input)?;
            Ok(json!({ "Role": role_json(role) }))
        }
        "TagRole" => {
            let tags = tags(input);
            role(state, input)?.1.tags.extend(tags);
            Ok(json!({}))
        }
        "ListRoleTags" => Ok(json!({"Tags": tag_list(&role(state, input)?.1.tags), "IsTruncated": false})),
        "UpdateAssumeRolePolicy" => {
            let document = text(input, "PolicyDocument").unwrap_or_default().to_owned();
            trust(state, &document)?;
            role(state, input)?.1.trust = document;
            Ok(json!({}))
        }
        "PutRolePolicy" => {
            let document = text(input, "PolicyDocument").unwrap_or_default().to_owned();
            let name = text(input, "PolicyName").unwrap_or_default().to_owned();
            claimbridge_core::policy::Document::parse(&document)
                .map_err(|e| AwsError::new(400, "MalformedPolicyDocument", e.to_string()))?;
            let role = role(state, input)?.1;
            let others: usize = role
                .policies
                .iter()
                .filter(|(n, _)| **n != name)
                .map(|(_, p)| dense(p))
                .sum();
            if others + dense(&document) > 10_240 {
                return Err(AwsError::new(
                    409,
                    "LimitExceeded",
                    "Maximum policy size of 10240 bytes exceeded for role",
                ));
            }
            role.policies.insert(name, document);
            Ok(json!({}))
        }
        "GetRolePolicy" => {
            let policy = text(input, "PolicyName").unwrap_or_default().to_owned();
            let (name, role) = role(state, input)?;
            let document = role
                .policies
                .get(&policy)
                .ok_or_else(|| no_such(format!("The role policy with name {policy} cannot be found.")))?;
            Ok(json!({"RoleName": name, "PolicyName": policy, "PolicyDocument": encoded(document)}))
        }
        "ListRolePolicies" => {
            let names: Vec<String> = role(state, input)?.1.policies.keys().cloned().collect();
            Ok(json!({"PolicyNames": names, "IsTruncated": false}))
        }
        "DeleteRolePolicy" => {
            let policy = text(input, "PolicyName").unwrap_or_default().to_owned();
            role(state, input)?
                .1
                .policies
                .remove(&policy)
                .map(|_| json!({}))
                .ok_or_else(|| no_such(format!("The role policy with name {policy} cannot be found.")))
        }
        "ListAttachedRolePolicies" => {
            role(state, input)?;
            Ok(json!({"AttachedPolicies": [], "IsTruncated": false}))
        }
        "DeleteRole" => {
            let (name, role) = role(state, input)?;
            if !role.policies.is_empty() {
                return Err(AwsError::new(
                    409,
                    "DeleteConflict",
                    "Cannot delete entity, must delete policies first.",
                ));
            }
            state.roles.remove(&name.to_ascii_lowercase());
            Ok(json!({}))
        }
        "ListAccountAliases" => Ok(json!({"AccountAliases": ["practice"], "IsTruncated": false})),
        "SimulatePrincipalPolicy" => simulate(world, input),
        other => Err(AwsError::new(
            400,
            "InvalidAction",
            format!("{other} is not practised"),
        )),
    }
}

fn create_provider(state: &mut State, input: &Json) -> Answer {
    let name = text(input, "Name").unwrap_or_default().to_owned();
    let metadata = text(input, "SAMLMetadataDocument").unwrap_or_default().to_owned();
    readable(&metadata)?;
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

fn readable(metadata: &str) -> Result<(), AwsError> {
    let bad = |why: String| AwsError::new(400, "InvalidInput", why);
    if metadata.starts_with('\u{feff}') {
        return Err(bad("Could not parse metadata".into()));
    }
    FederationMetadata::parse(metadata.as_bytes(), None)
        .map(|_| ())
        .map_err(|_| bad("Could not parse metadata".into()))
}

fn create_role(world: &World, state: &mut State, input: &Json) -> Answer {
    let name = text(input, "RoleName").unwrap_or_default().to_owned();
    let document = text(input, "AssumeRolePolicyDocument")
        .unwrap_or_default()
        .to_owned();
    trust(state, &document)?;
    // Role names are unique without regard to case (IAM: CreateRole).
    if state.roles.contains_key(&name.to_ascii_lowercase()) {
        return Err(AwsError::new(
            409,
            "EntityAlreadyExists",
            format!("Role with name {name} already exists."),
        ));
    }
    let serial = state.next();
    let role = Role {
        path: text(input, "Path").unwrap_or("/").to_owned(),
        trust: document,
        policies: BTreeMap::new(),
        tags: tags(input),
        description: text(input, "Description").map(str::to_owned),
        max_session: input
            .get("MaxSessionDuration")
            .and_then(Json::as_u64)
            .unwrap_or(3600),
        created: unix_now(),
        visible_from: Instant::now() + world.latency(Takes::Role),
        id: format!("AROAPRACTICE{serial:08X}"),
        name: name.clone(),
    };
    let answer = json!({ "Role": role_json(&role) });
    state.roles.insert(name.to_ascii_lowercase(), role);
    Ok(answer)
}

/// A trust policy that IAM takes: readable, short enough, and naming providers that exist.
fn trust(state: &State, document: &str) -> Result<(), AwsError> {
    let malformed = |why: String| AwsError::new(400, "MalformedPolicyDocument", why);
    let policy = TrustPolicy::parse(document).map_err(|e| malformed(e.to_string()))?;
    if document.len() > 2048 {
        return Err(AwsError::new(
            409,
            "LimitExceeded",
            "Cannot exceed quota for ACLSizePerRole: 2048",
        ));
    }
    for (kind, value) in policy.0.statements.iter().flat_map(|s| &s.principals) {
        let name = value.rsplit('/').next().unwrap_or_default();
        if kind == "Federated" && value.contains(":saml-provider/") && !state.providers.contains_key(name) {
            return Err(malformed(format!(
                "Invalid principal in policy: \"Federated\":\"{value}\""
            )));
        }
    }
    Ok(())
}

fn simulate(world: &World, input: &Json) -> Answer {
    let denied = world.denied_operations();
    let results: Vec<Json> = input
        .get("ActionNames")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .map(|action| {
            let operation = action.split(':').next_back().unwrap_or_default();
            let decision = if denied.iter().any(|d| d == operation) { "implicitDeny" } else { "allowed" };
            json!({"EvalActionName": action, "EvalResourceName": "*", "EvalDecision": decision, "MissingContextValues": []})
        })
        .collect();
    Ok(json!({"EvaluationResults": results, "IsTruncated": false}))
}

fn text<'a>(input: &'a Json, name: &str) -> Option<&'a str> {
    input.get(name).and_then(Json::as_str)
}

fn tags(input: &Json) -> BTreeMap<String, String> {
    input
        .get("Tags")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(|t| Some((text(t, "Key")?.to_owned(), text(t, "Value")?.to_owned())))
        .collect()
}

fn tag_list(tags: &BTreeMap<String, String>) -> Json {
    tags.iter().map(|(k, v)| json!({"Key": k, "Value": v})).collect()
}

fn provider_arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:saml-provider/{name}")
}

fn no_such(message: String) -> AwsError {
    AwsError::new(404, "NoSuchEntity", message)
}

fn provider<'a>(state: &'a mut State, input: &Json) -> Result<&'a mut Provider, AwsError> {
    let arn = text(input, "SAMLProviderArn").unwrap_or_default();
    let name = arn.strip_prefix(&provider_arn("")).unwrap_or_default();
    state
        .providers
        .get_mut(name)
        .ok_or_else(|| no_such(format!("Manifest not found for arn {arn}")))
}

fn role<'a>(state: &'a mut State, input: &Json) -> Result<(String, &'a mut Role), AwsError> {
    let name = text(input, "RoleName").unwrap_or_default().to_owned();
    match state.roles.get_mut(&name.to_ascii_lowercase()) {
        Some(role) => Ok((name, role)),
        None => Err(no_such(format!("The role with name {name} cannot be found."))),
    }
}

pub(crate) fn role_arn(role: &Role) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role{}{}", role.path, role.name)
}

fn role_json(role: &Role) -> Json {
    json!({
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.id,
        "Arn": role_arn(role),
        "CreateDate": iso(role.created),
        "AssumeRolePolicyDocument": encoded(&role.trust),
        "Description": role.description,
        "MaxSessionDuration": role.max_session,
        "Tags": tag_list(&role.tags),
    })
}

/// Policy documents leave IAM percent-encoded (RFC 3986).
fn encoded(document: &str) -> String {
    utf8_percent_encode(document, NON_ALPHANUMERIC).to_string()
}

/// IAM does not count white space.
fn dense(document: &str) -> usize {
    document.chars().filter(|c| !c.is_whitespace()).count()
}

fn iso(unix: u64) -> String {
    i64::try_from(unix)
        .ok()
        .and_then(|s| time::OffsetDateTime::from_unix_timestamp(s).ok())
        .map(claimbridge_core::time::format_instant)
        .unwrap_or_default()
}
