//! Managed policies with their versions, and what they are attached to.

use super::{dense, encoded, iso, no_such, page, parsed, tag_list, tags, text, untag};
use crate::state::{ACCOUNT, Role, State, unix_now};
use crate::wire::{Answer, AwsError};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// IAM and STS quotas: versions of a managed policy.
const MOST_VERSIONS: usize = 5;
/// IAM and STS quotas: managed policy length, white space not counted.
const MOST_CHARACTERS: usize = 6_144;
/// AWS's own policy that allows everything: the only one of AWS's that practice knows.
pub(crate) const ADMINISTRATOR_ACCESS: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// A customer-managed policy.
pub(crate) struct ManagedPolicy {
    name: String,
    path: String,
    id: String,
    description: Option<String>,
    tags: BTreeMap<String, String>,
    /// Number and document, in the order in which they were made.
    versions: Vec<Version>,
    default: u32,
    last: u32,
    created: u64,
}

struct Version {
    number: u32,
    document: String,
    created: u64,
}

impl ManagedPolicy {
    /// The document that is in effect.
    fn document(&self) -> Option<&str> {
        self.versions
            .iter()
            .find(|v| v.number == self.default)
            .map(|v| v.document.as_str())
    }
}

/// The document of a managed policy that is in effect, AWS's own included.
pub(crate) fn document<'a>(state: &'a State, arn: &str) -> Option<&'a str> {
    if arn == ADMINISTRATOR_ACCESS {
        return Some(
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
        );
    }
    state.policies.get(arn)?.document()
}

pub(super) fn call(state: &mut State, action: &str, input: &Json) -> Option<Answer> {
    Some(match action {
        "CreatePolicy" => create(state, input),
        "GetPolicy" if is_aws_s(input) => Ok(json!({"Policy": {
            "PolicyName": "AdministratorAccess",
            "PolicyId": "ANPAPRACTICEAWSADMIN",
            "Arn": ADMINISTRATOR_ACCESS,
            "Path": "/",
            "DefaultVersionId": "v1",
            "AttachmentCount": attached(state, ADMINISTRATOR_ACCESS).count(),
            "IsAttachable": true,
        }})),
        "GetPolicyVersion" if is_aws_s(input) => Ok(json!({"PolicyVersion": {
            "VersionId": "v1",
            "IsDefaultVersion": true,
            "Document": document(state, ADMINISTRATOR_ACCESS).map(encoded),
        }})),
        "GetPolicy" => known(state, input).map(|(arn, p)| json!({"Policy": describe(state, &arn, p)})),
        "ListPolicies" => list(state, input),
        "GetPolicyVersion" => version(state, input),
        "ListPolicyVersions" => known(state, input).and_then(|(_, p)| {
            page(
                input,
                "Versions",
                p.versions.iter().map(|v| version_json(p, v, false)).collect(),
            )
        }),
        "CreatePolicyVersion" => create_version(state, input),
        "DeletePolicyVersion" => delete_version(state, input),
        "DeletePolicy" => delete(state, input),
        "TagPolicy" => changed(state, input).map(|p| {
            p.tags.extend(tags(input));
            json!({})
        }),
        "UntagPolicy" => changed(state, input).map(|p| untag(&mut p.tags, input)),
        "ListPolicyTags" => {
            known(state, input).map(|(_, p)| json!({"Tags": tag_list(&p.tags), "IsTruncated": false}))
        }
        "ListEntitiesForPolicy" => entities(state, input),
        _ => return None,
    })
}

fn is_aws_s(input: &Json) -> bool {
    text(input, "PolicyArn") == Some(ADMINISTRATOR_ACCESS)
}

fn create(state: &mut State, input: &Json) -> Answer {
    let name = text(input, "PolicyName").unwrap_or_default().to_owned();
    let path = text(input, "Path").unwrap_or("/").to_owned();
    let document = taken(input)?;
    let arn = format!("arn:aws:iam::{ACCOUNT}:policy{path}{name}");
    // Policy names are unique in the account, without regard to case and path (IAM: CreatePolicy).
    if state
        .policies
        .values()
        .any(|p| p.name.eq_ignore_ascii_case(&name))
    {
        return Err(AwsError::new(
            409,
            "EntityAlreadyExists",
            format!("A policy called {name} already exists. Duplicate names are not allowed."),
        ));
    }
    let now = unix_now();
    let serial = state.next();
    let policy = ManagedPolicy {
        name,
        path,
        id: format!("ANPAPRACTICE{serial:08X}"),
        description: text(input, "Description").map(str::to_owned),
        tags: tags(input),
        versions: vec![Version {
            number: 1,
            document,
            created: now,
        }],
        default: 1,
        last: 1,
        created: now,
    };
    let answer = json!({"Policy": describe(state, &arn, &policy)});
    state.policies.insert(arn, policy);
    Ok(answer)
}

/// The request's document, if IAM takes it.
fn taken(input: &Json) -> Result<String, AwsError> {
    let document = text(input, "PolicyDocument").unwrap_or_default();
    parsed(document)?;
    if dense(document) > MOST_CHARACTERS {
        return Err(AwsError::new(
            409,
            "LimitExceeded",
            format!("Cannot exceed quota for PolicySize: {MOST_CHARACTERS}"),
        ));
    }
    Ok(document.to_owned())
}

fn list(state: &State, input: &Json) -> Answer {
    let prefix = text(input, "PathPrefix").unwrap_or("/");
    let attached_only = input.get("OnlyAttached") == Some(&json!(true));
    let local = text(input, "Scope") != Some("AWS");
    let all = state
        .policies
        .iter()
        .filter(|(arn, p)| {
            local && p.path.starts_with(prefix) && (!attached_only || attached(state, arn).next().is_some())
        })
        .map(|(arn, p)| describe(state, arn, p))
        .collect();
    page(input, "Policies", all)
}

fn version(state: &State, input: &Json) -> Answer {
    let (_, policy) = known(state, input)?;
    let wanted = text(input, "VersionId").unwrap_or_default();
    policy
        .versions
        .iter()
        .find(|v| label(v.number) == wanted)
        .map(|v| json!({"PolicyVersion": version_json(policy, v, true)}))
        .ok_or_else(|| {
            no_such(format!(
                "Policy version {wanted} does not exist or is not attachable."
            ))
        })
}

fn create_version(state: &mut State, input: &Json) -> Answer {
    let document = taken(input)?;
    let as_default = input.get("SetAsDefault") == Some(&json!(true));
    let policy = changed(state, input)?;
    if policy.versions.len() >= MOST_VERSIONS {
        return Err(AwsError::new(
            409,
            "LimitExceeded",
            format!(
                "A managed policy can have up to {MOST_VERSIONS} versions. Before you create a new version, you must delete an existing version."
            ),
        ));
    }
    policy.last += 1;
    let number = policy.last;
    policy.versions.push(Version {
        number,
        document,
        created: unix_now(),
    });
    if as_default {
        policy.default = number;
    }
    Ok(json!({"PolicyVersion": {
        "VersionId": label(number),
        "IsDefaultVersion": as_default,
        "CreateDate": iso(unix_now()),
    }}))
}

fn delete_version(state: &mut State, input: &Json) -> Answer {
    let wanted = text(input, "VersionId").unwrap_or_default();
    let policy = changed(state, input)?;
    if label(policy.default) == wanted {
        return Err(conflict("Cannot delete the default version of a policy."));
    }
    let before = policy.versions.len();
    policy.versions.retain(|v| label(v.number) != wanted);
    if policy.versions.len() == before {
        return Err(no_such(format!("Policy version {wanted} does not exist.")));
    }
    Ok(json!({}))
}

fn delete(state: &mut State, input: &Json) -> Answer {
    let (arn, policy) = known(state, input)?;
    if attached(state, &arn).next().is_some() || bounded(state, &arn).next().is_some() {
        return Err(conflict("Cannot delete a policy attached to entities."));
    }
    if policy.versions.len() > 1 {
        return Err(conflict(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions.",
        ));
    }
    state.policies.remove(&arn);
    Ok(json!({}))
}

fn entities(state: &State, input: &Json) -> Answer {
    let (arn, _) = known(state, input)?;
    let entry = |r: &Role| json!({"RoleName": r.name, "RoleId": r.id});
    let as_boundary = text(input, "PolicyUsageFilter");
    let mut roles: Vec<Json> = Vec::new();
    if as_boundary != Some("PermissionsBoundary") {
        roles.extend(attached(state, &arn).map(entry));
    }
    if as_boundary != Some("PermissionsPolicy") {
        roles.extend(bounded(state, &arn).map(entry));
    }
    roles.dedup();
    let mut out = page(input, "PolicyRoles", roles)?;
    if let Json::Object(map) = &mut out {
        map.insert("PolicyUsers".into(), json!([]));
        map.insert("PolicyGroups".into(), json!([]));
    }
    Ok(out)
}

fn attached<'a>(state: &'a State, arn: &'a str) -> impl Iterator<Item = &'a Role> {
    state
        .roles
        .values()
        .filter(move |r| r.attached.iter().any(|a| a == arn))
}

fn bounded<'a>(state: &'a State, arn: &'a str) -> impl Iterator<Item = &'a Role> {
    state
        .roles
        .values()
        .filter(move |r| r.boundary.as_deref() == Some(arn))
}

fn describe(state: &State, arn: &str, policy: &ManagedPolicy) -> Json {
    json!({
        "PolicyName": policy.name,
        "PolicyId": policy.id,
        "Arn": arn,
        "Path": policy.path,
        "DefaultVersionId": label(policy.default),
        "AttachmentCount": attached(state, arn).count(),
        "PermissionsBoundaryUsageCount": bounded(state, arn).count(),
        "IsAttachable": true,
        "Description": policy.description,
        "CreateDate": iso(policy.created),
        "UpdateDate": iso(policy.versions.last().map_or(policy.created, |v| v.created)),
        "Tags": tag_list(&policy.tags),
    })
}

fn version_json(policy: &ManagedPolicy, version: &Version, whole: bool) -> Json {
    json!({
        "VersionId": label(version.number),
        "IsDefaultVersion": version.number == policy.default,
        "CreateDate": iso(version.created),
        "Document": whole.then(|| encoded(&version.document)),
    })
}

fn label(number: u32) -> String {
    format!("v{number}")
}

fn conflict(why: &str) -> AwsError {
    AwsError::new(409, "DeleteConflict", why)
}

pub(super) fn no_such_policy(arn: &str) -> AwsError {
    no_such(format!("Policy {arn} does not exist or is not attachable."))
}

fn known<'a>(state: &'a State, input: &Json) -> Result<(String, &'a ManagedPolicy), AwsError> {
    let arn = text(input, "PolicyArn").unwrap_or_default();
    state
        .policies
        .get(arn)
        .map(|p| (arn.to_owned(), p))
        .ok_or_else(|| no_such_policy(arn))
}

fn changed<'a>(state: &'a mut State, input: &Json) -> Result<&'a mut ManagedPolicy, AwsError> {
    let arn = text(input, "PolicyArn").unwrap_or_default();
    state.policies.get_mut(arn).ok_or_else(|| no_such_policy(arn))
}
