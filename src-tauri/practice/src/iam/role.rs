//! Roles: whom they trust, what they may do, and the service-linked role of Amazon Q Business.

use super::oidc_provider::oidc_provider_arn;
use super::saml_provider::provider_arn;
use super::{dense, encoded, iso, no_such, page, parsed, policy, tag_list, tags, text, untag};
use crate::World;
use crate::config::Takes;
use crate::state::{ACCOUNT, Role, State, unix_now};
use crate::wire::{Answer, AwsError};
use claimbridge_core::policy::TrustPolicy;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// IAM and STS quotas: managed policies attached to a role.
const MOST_ATTACHED: usize = 10;
/// Q Business: using service-linked roles.
const Q_SERVICE: &str = "qbusiness.amazonaws.com";
const Q_ROLE: &str = "AWSServiceRoleForQBusiness";

pub(super) fn call(world: &World, state: &mut State, action: &str, input: &Json) -> Option<Answer> {
    Some(match action {
        "CreateRole" => create(world, state, input),
        "GetRole" => role(state, input).map(|r| json!({ "Role": role_json(r) })),
        "ListRoles" => list(state, input),
        "UpdateRole" => role(state, input).map(|r| {
            if let Some(description) = text(input, "Description") {
                r.description = Some(description.to_owned());
            }
            if let Some(seconds) = input.get("MaxSessionDuration").and_then(Json::as_u64) {
                r.max_session = seconds;
            }
            json!({})
        }),
        "CreateServiceLinkedRole" => create_linked(state, input),
        "TagRole" => role(state, input).map(|r| {
            r.tags.extend(tags(input));
            json!({})
        }),
        "UntagRole" => role(state, input).map(|r| untag(&mut r.tags, input)),
        "ListRoleTags" => {
            role(state, input).map(|r| json!({"Tags": tag_list(&r.tags), "IsTruncated": false}))
        }
        "UpdateAssumeRolePolicy" => {
            let document = text(input, "PolicyDocument").unwrap_or_default();
            trust(state, document)
                .and_then(|()| changeable(state, input))
                .map(|r| {
                    document.clone_into(&mut r.trust);
                    json!({})
                })
        }
        "PutRolePolicy" => put_inline(state, input),
        "GetRolePolicy" => role(state, input).and_then(|r| {
            let policy = text(input, "PolicyName").unwrap_or_default();
            let document = r.policies.get(policy).ok_or_else(|| no_inline(policy))?;
            Ok(json!({"RoleName": r.name, "PolicyName": policy, "PolicyDocument": encoded(document)}))
        }),
        "ListRolePolicies" => role(state, input).and_then(|r| {
            page(
                input,
                "PolicyNames",
                r.policies.keys().map(|name| json!(name)).collect(),
            )
        }),
        "DeleteRolePolicy" => role(state, input).and_then(|r| {
            let policy = text(input, "PolicyName").unwrap_or_default();
            r.policies
                .remove(policy)
                .map(|_| json!({}))
                .ok_or_else(|| no_inline(policy))
        }),
        "AttachRolePolicy" => attach(state, input),
        "DetachRolePolicy" => role(state, input).and_then(|r| {
            let arn = text(input, "PolicyArn").unwrap_or_default();
            let before = r.attached.len();
            r.attached.retain(|a| a != arn);
            if r.attached.len() == before {
                return Err(no_such(format!("Policy {arn} was not found.")));
            }
            Ok(json!({}))
        }),
        "ListAttachedRolePolicies" => role(state, input).and_then(|r| {
            let all = r
                .attached
                .iter()
                .map(|arn| json!({"PolicyName": arn.rsplit('/').next(), "PolicyArn": arn}))
                .collect();
            page(input, "AttachedPolicies", all)
        }),
        "PutRolePermissionsBoundary" => put_boundary(state, input),
        "DeleteRolePermissionsBoundary" => changeable(state, input).map(|r| {
            r.boundary = None;
            json!({})
        }),
        "DeleteRole" => delete(state, input),
        _ => return None,
    })
}

fn create(world: &World, state: &mut State, input: &Json) -> Answer {
    let name = text(input, "RoleName").unwrap_or_default().to_owned();
    let document = text(input, "AssumeRolePolicyDocument").unwrap_or_default();
    let path = text(input, "Path").unwrap_or("/");
    trust(state, document)?;
    if path.starts_with("/aws-service-role/") {
        return Err(AwsError::new(
            400,
            "InvalidInput",
            "Cannot create a role under the path of service-linked roles.",
        ));
    }
    let boundary = text(input, "PermissionsBoundary").map(str::to_owned);
    if let Some(arn) = &boundary {
        attachable(state, arn)?;
    }
    // Role names are unique without regard to case (IAM: CreateRole).
    if state.roles.contains_key(&name.to_ascii_lowercase()) {
        return Err(AwsError::new(
            409,
            "EntityAlreadyExists",
            format!("Role with name {name} already exists."),
        ));
    }
    let mut role = new_role(state, &name, path, document, world.latency(Takes::Role));
    role.tags = tags(input);
    role.boundary = boundary;
    role.description = text(input, "Description").map(str::to_owned);
    if let Some(seconds) = input.get("MaxSessionDuration").and_then(Json::as_u64) {
        role.max_session = seconds;
    }
    let answer = json!({ "Role": role_json(&role) });
    state.roles.insert(name.to_ascii_lowercase(), role);
    Ok(answer)
}

fn new_role(state: &mut State, name: &str, path: &str, trust: &str, visible_after: Duration) -> Role {
    let serial = state.next();
    Role {
        name: name.to_owned(),
        path: path.to_owned(),
        trust: trust.to_owned(),
        policies: BTreeMap::new(),
        attached: Vec::new(),
        boundary: None,
        tags: BTreeMap::new(),
        description: None,
        max_session: 3600,
        created: unix_now(),
        visible_from: Instant::now() + visible_after,
        id: format!("AROAPRACTICE{serial:08X}"),
    }
}

/// The role that Amazon Q Business makes for itself at the first application that names none.
pub(crate) fn ensure_service_linked(state: &mut State) {
    let key = Q_ROLE.to_ascii_lowercase();
    if state.roles.contains_key(&key) {
        return;
    }
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": Q_SERVICE}, "Action": "sts:AssumeRole",
    }]});
    let path = format!("/aws-service-role/{Q_SERVICE}/");
    let role = new_role(state, Q_ROLE, &path, &trust.to_string(), Duration::ZERO);
    state.roles.insert(key, role);
}

/// ARN of the service-linked role of Amazon Q Business.
pub(crate) fn service_linked_arn() -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/aws-service-role/{Q_SERVICE}/{Q_ROLE}")
}

/// Whether the role belongs to a service, which alone changes it.
pub(crate) fn is_service_linked(role: &Role) -> bool {
    role.path.starts_with("/aws-service-role/")
}

fn create_linked(state: &mut State, input: &Json) -> Answer {
    if text(input, "AWSServiceName") != Some(Q_SERVICE) {
        return Err(AwsError::new(
            404,
            "NoSuchEntity",
            "This service does not use service-linked roles in the practice world.",
        ));
    }
    if input.get("CustomSuffix").is_some() {
        return Err(AwsError::new(
            400,
            "InvalidInput",
            format!("Custom suffix is not allowed for {Q_SERVICE}"),
        ));
    }
    let key = Q_ROLE.to_ascii_lowercase();
    if state.roles.contains_key(&key) {
        return Err(AwsError::new(
            400,
            "InvalidInput",
            format!(
                "Service role name {Q_ROLE} has been taken in this account, please try a different suffix."
            ),
        ));
    }
    ensure_service_linked(state);
    let role = state.roles.get(&key).map(role_json);
    Ok(json!({ "Role": role }))
}

fn list(state: &State, input: &Json) -> Answer {
    let prefix = text(input, "PathPrefix").unwrap_or("/");
    let all = state
        .roles
        .values()
        .filter(|r| r.path.starts_with(prefix))
        .map(role_json)
        .collect();
    page(input, "Roles", all)
}

fn put_inline(state: &mut State, input: &Json) -> Answer {
    let document = text(input, "PolicyDocument").unwrap_or_default();
    let name = text(input, "PolicyName").unwrap_or_default();
    parsed(document)?;
    let role = changeable(state, input)?;
    let others: usize = role
        .policies
        .iter()
        .filter(|(n, _)| *n != name)
        .map(|(_, p)| dense(p))
        .sum();
    if others + dense(document) > 10_240 {
        return Err(AwsError::new(
            409,
            "LimitExceeded",
            "Maximum policy size of 10240 bytes exceeded for role",
        ));
    }
    role.policies.insert(name.to_owned(), document.to_owned());
    Ok(json!({}))
}

fn attach(state: &mut State, input: &Json) -> Answer {
    let arn = text(input, "PolicyArn").unwrap_or_default();
    attachable(state, arn)?;
    let role = changeable(state, input)?;
    if role.attached.iter().any(|a| a == arn) {
        return Ok(json!({}));
    }
    if role.attached.len() >= MOST_ATTACHED {
        return Err(AwsError::new(
            409,
            "LimitExceeded",
            format!("Cannot exceed quota for PoliciesPerRole: {MOST_ATTACHED}"),
        ));
    }
    role.attached.push(arn.to_owned());
    Ok(json!({}))
}

fn put_boundary(state: &mut State, input: &Json) -> Answer {
    let arn = text(input, "PermissionsBoundary").unwrap_or_default();
    attachable(state, arn)?;
    changeable(state, input)?.boundary = Some(arn.to_owned());
    Ok(json!({}))
}

fn attachable(state: &State, arn: &str) -> Result<(), AwsError> {
    policy::document(state, arn)
        .map(|_| ())
        .ok_or_else(|| policy::no_such_policy(arn))
}

fn delete(state: &mut State, input: &Json) -> Answer {
    let role = changeable(state, input)?;
    let why = if !role.policies.is_empty() {
        "Cannot delete entity, must delete policies first."
    } else if !role.attached.is_empty() {
        "Cannot delete entity, must detach all policies first."
    } else {
        let key = role.name.to_ascii_lowercase();
        state.roles.remove(&key);
        return Ok(json!({}));
    };
    Err(AwsError::new(409, "DeleteConflict", why))
}

/// A trust policy that IAM takes: readable, short enough, and naming principals that exist.
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
        let known = match kind.as_str() {
            "Federated" if value.contains(":saml-provider/") => value
                .strip_prefix(&provider_arn(""))
                .is_some_and(|name| state.providers.contains_key(name)),
            "Federated" if value.contains(":oidc-provider/") => value
                .strip_prefix(&oidc_provider_arn(""))
                .is_some_and(|name| state.oidc_providers.contains_key(name)),
            "Service" => value.strip_suffix(".amazonaws.com").is_some_and(|s| {
                !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b))
            }),
            _ => true,
        };
        if !known {
            return Err(malformed(format!(
                "Invalid principal in policy: \"{kind}\":\"{value}\""
            )));
        }
    }
    Ok(())
}

fn no_inline(policy: &str) -> AwsError {
    no_such(format!("The role policy with name {policy} cannot be found."))
}

fn role<'a>(state: &'a mut State, input: &Json) -> Result<&'a mut Role, AwsError> {
    let name = text(input, "RoleName").unwrap_or_default();
    state
        .roles
        .get_mut(&name.to_ascii_lowercase())
        .ok_or_else(|| no_such(format!("The role with name {name} cannot be found.")))
}

/// A role that the account may change: no service-linked one.
fn changeable<'a>(state: &'a mut State, input: &Json) -> Result<&'a mut Role, AwsError> {
    let role = role(state, input)?;
    if is_service_linked(role) {
        return Err(AwsError::new(
            400,
            "UnmodifiableEntity",
            format!(
                "Cannot perform the operation on the protected role '{}' - this role is only modifiable by AWS",
                role.name
            ),
        ));
    }
    Ok(role)
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
        "PermissionsBoundary": role.boundary.as_ref().map(|arn| {
            json!({"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": arn})
        }),
        "Tags": tag_list(&role.tags),
    })
}
