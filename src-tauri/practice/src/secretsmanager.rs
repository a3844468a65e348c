//! Secrets Manager: secrets with versions and stages, and a deletion that can be taken back. Values have no
//! `Debug` and go nowhere but into the answer to GetSecretValue.

use crate::state::{ACCOUNT, State, unix_now};
use crate::wire::{Answer, AwsError, Caller};
use crate::{World, kms};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

mod listing;
mod versions;
use listing::{describe, list};
use versions::{Version, value_of};

/// A secret of one region.
pub(crate) struct Secret {
    name: String,
    arn: String,
    description: Option<String>,
    kms_key_id: Option<String>,
    tags: BTreeMap<String, String>,
    versions: Vec<Version>,
    created: u64,
    changed: u64,
    /// When it is deleted for good, in Unix seconds.
    deleted_at: Option<u64>,
}

impl Secret {
    /// It is on its way out: nothing reads it, and it can only be taken back.
    pub(crate) fn is_going(&self) -> bool {
        self.deleted_at.is_some()
    }
}

/// Region and name of every secret.
pub(crate) type Secrets = BTreeMap<(String, String), Secret>;

/// The current value of a secret that is not deleted, if it is a text.
pub(crate) fn current_text<'a>(state: &'a State, arn: &str) -> Option<&'a str> {
    let secret = state.secrets.values().find(|s| s.arn == arn)?;
    secret
        .deleted_at
        .is_none()
        .then(|| versions::with_stage(&secret.versions, versions::CURRENT))
        .flatten()
        .and_then(Version::text)
}

/// The customer-managed key that protects a secret; None means the service's own.
pub(crate) fn key_of<'a>(state: &'a State, arn: &str) -> Option<&'a str> {
    state
        .secrets
        .values()
        .find(|s| s.arn == arn)?
        .kms_key_id
        .as_deref()
}

pub(crate) fn call(world: &World, action: &str, input: &Json, caller: &Caller) -> Answer {
    let mut state = world.state();
    let secrets = &mut state.secrets;
    match action {
        "CreateSecret" => create(secrets, input, caller),
        "PutSecretValue" => put_value(secrets, input, caller),
        "UpdateSecret" => update(secrets, input, caller),
        "DescribeSecret" => find(secrets, input, caller).map(|s| describe(s)),
        "GetSecretValue" => get_value(secrets, input, caller),
        "ListSecretVersionIds" => {
            let old_too = input.get("IncludeDeprecated") == Some(&json!(true));
            let secret = find(secrets, input, caller)?;
            Ok(json!({
                "ARN": secret.arn,
                "Name": secret.name,
                "Versions": secret.versions.iter().filter(|v| old_too || v.is_staged()).map(Version::describe).collect::<Vec<_>>(),
            }))
        }
        "DeleteSecret" => delete(secrets, input, caller),
        "RestoreSecret" => {
            let secret = find(secrets, input, caller)?;
            secret.deleted_at = None;
            Ok(json!({"ARN": secret.arn, "Name": secret.name}))
        }
        "ListSecrets" => list(secrets, input, caller),
        "TagResource" => {
            let secret = usable(secrets, input, caller)?;
            secret.tags.extend(tags(input));
            Ok(json!({}))
        }
        other => Err(AwsError::new(
            400,
            "UnknownOperationException",
            format!("{other} is not practised"),
        )),
    }
}

fn create(secrets: &mut Secrets, input: &Json, caller: &Caller) -> Answer {
    let name = text(input, "Name").unwrap_or_default();
    let known = |c: char| c.is_ascii_alphanumeric() || "-/_+=.@!".contains(c);
    if !name.chars().all(known) {
        return Err(AwsError::new(
            400,
            "ValidationException",
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
        ));
    }
    key_is_usable(input, caller)?;
    let value = value_of(input)?;
    let token = token(input);
    let key = (caller.region.clone(), name.to_owned());
    if let Some(held) = secrets.get_mut(&key) {
        if held.deleted_at.is_some() {
            return Err(AwsError::new(
                400,
                "InvalidRequestException",
                "You can't create this secret because a secret with this name is already scheduled for deletion.",
            ));
        }
        // The same request again is no second secret (Secrets Manager: CreateSecret, ClientRequestToken).
        let same = value.is_some_and(|v| versions::holds(&held.versions, &token, &v));
        if !same {
            return Err(AwsError::new(
                400,
                "ResourceExistsException",
                format!("The operation failed because the secret {name} already exists."),
            ));
        }
        return Ok(json!({"ARN": held.arn, "Name": name, "VersionId": token}));
    }
    let mut secret = Secret {
        name: name.to_owned(),
        arn: format!(
            "arn:aws:secretsmanager:{}:{ACCOUNT}:secret:{name}-{}",
            caller.region,
            six_characters()
        ),
        description: text(input, "Description").map(str::to_owned),
        kms_key_id: text(input, "KmsKeyId")
            .filter(|k| !k.is_empty())
            .map(str::to_owned),
        tags: tags(input).collect(),
        versions: Vec::new(),
        created: unix_now(),
        changed: unix_now(),
        deleted_at: None,
    };
    let version = match value {
        Some(value) => {
            versions::put(&mut secret.versions, &token, value, &[])?;
            Some(token)
        }
        None => None,
    };
    let answer = json!({"ARN": secret.arn, "Name": name, "VersionId": version});
    secrets.insert(key, secret);
    Ok(answer)
}

fn put_value(secrets: &mut Secrets, input: &Json, caller: &Caller) -> Answer {
    let secret = usable(secrets, input, caller)?;
    let value =
        value_of(input)?.ok_or_else(|| parameter("You must provide either SecretString or SecretBinary."))?;
    let token = token(input);
    let stages: Vec<String> = input
        .get("VersionStages")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .map(str::to_owned)
        .collect();
    versions::put(&mut secret.versions, &token, value, &stages)?;
    secret.changed = unix_now();
    Ok(json!({
        "ARN": secret.arn,
        "Name": secret.name,
        "VersionId": token,
        "VersionStages": versions::stages_of(&secret.versions, &token),
    }))
}

fn update(secrets: &mut Secrets, input: &Json, caller: &Caller) -> Answer {
    key_is_usable(input, caller)?;
    let secret = usable(secrets, input, caller)?;
    let value = value_of(input)?;
    let mut answer = json!({"ARN": secret.arn, "Name": secret.name});
    if let Some(value) = value {
        let token = token(input);
        versions::put(&mut secret.versions, &token, value, &[])?;
        answer = json!({"ARN": secret.arn, "Name": secret.name, "VersionId": token});
    }
    if let Some(description) = text(input, "Description") {
        secret.description = Some(description.to_owned());
    }
    if let Some(key) = text(input, "KmsKeyId") {
        secret.kms_key_id = Some(key.to_owned()).filter(|k| !k.is_empty());
    }
    secret.changed = unix_now();
    Ok(answer)
}

fn get_value(secrets: &mut Secrets, input: &Json, caller: &Caller) -> Answer {
    let secret = usable(secrets, input, caller)?;
    let stage = text(input, "VersionStage").unwrap_or(versions::CURRENT);
    let version = match text(input, "VersionId") {
        Some(id) => versions::with_id(&secret.versions, id),
        None => versions::with_stage(&secret.versions, stage),
    }
    .ok_or_else(|| {
        AwsError::new(
            400,
            "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret value.",
        )
    })?;
    let mut out = version.reveal();
    if let Json::Object(map) = &mut out {
        map.insert("ARN".into(), json!(secret.arn));
        map.insert("Name".into(), json!(secret.name));
    }
    Ok(out)
}

/// Days of a recovery window (Secrets Manager: DeleteSecret): 7 to 30, and 30 where none is asked for.
fn delete(secrets: &mut Secrets, input: &Json, caller: &Caller) -> Answer {
    let force = input.get("ForceDeleteWithoutRecovery") == Some(&json!(true));
    let window = input.get("RecoveryWindowInDays").and_then(Json::as_u64);
    if force && window.is_some() {
        return Err(parameter(
            "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
        ));
    }
    let days = window.unwrap_or(30);
    if !(7..=30).contains(&days) {
        return Err(parameter(
            "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
        ));
    }
    if !force {
        let secret = usable(secrets, input, caller)?;
        let at = unix_now() + days * 86_400;
        secret.deleted_at = Some(at);
        return Ok(json!({"ARN": secret.arn, "Name": secret.name, "DeletionDate": at}));
    }
    // One that is not there is deleted already (Secrets Manager: DeleteSecret).
    let Ok(secret) = find(secrets, input, caller) else {
        return Ok(json!({"Name": text(input, "SecretId"), "DeletionDate": unix_now()}));
    };
    let answer = json!({"ARN": secret.arn, "Name": secret.name, "DeletionDate": unix_now()});
    let key = (caller.region.clone(), secret.name.clone());
    secrets.remove(&key);
    Ok(answer)
}

/// By name, ARN, or ARN without its last seven characters (Secrets Manager: what's in a secret).
fn find<'a>(secrets: &'a mut Secrets, input: &Json, caller: &Caller) -> Result<&'a mut Secret, AwsError> {
    let wanted = text(input, "SecretId").unwrap_or_default();
    let known = |s: &Secret| {
        s.name == wanted
            || s.arn == wanted
            || s.arn
                .len()
                .checked_sub(7)
                .and_then(|n| s.arn.get(..n))
                .is_some_and(|part| part == wanted)
    };
    secrets
        .iter_mut()
        .filter(|((region, _), _)| *region == caller.region)
        .map(|(_, s)| s)
        .find(|s| known(s))
        .ok_or_else(|| {
            AwsError::new(
                400,
                "ResourceNotFoundException",
                "Secrets Manager can't find the specified secret.",
            )
        })
}

/// One that is not scheduled for deletion.
fn usable<'a>(secrets: &'a mut Secrets, input: &Json, caller: &Caller) -> Result<&'a mut Secret, AwsError> {
    let secret = find(secrets, input, caller)?;
    if secret.deleted_at.is_some() {
        return Err(AwsError::new(
            400,
            "InvalidRequestException",
            "You can't perform this operation on the secret because it was marked for deletion.",
        ));
    }
    Ok(secret)
}

fn key_is_usable(input: &Json, caller: &Caller) -> Result<(), AwsError> {
    let key = text(input, "KmsKeyId").filter(|k| !k.is_empty() && !k.starts_with("alias/aws/"));
    match key.and_then(|k| kms::refusal(k, &caller.region)) {
        Some(why) => Err(AwsError::new(
            400,
            "EncryptionFailure",
            format!("Secrets Manager can't encrypt the protected secret text: {why}."),
        )),
        None => Ok(()),
    }
}

fn token(input: &Json) -> String {
    text(input, "ClientRequestToken").map_or_else(|| uuid::Uuid::new_v4().to_string(), str::to_owned)
}

fn six_characters() -> String {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    uuid::Uuid::new_v4()
        .into_bytes()
        .iter()
        .take(6)
        .filter_map(|b| ALPHABET.get(usize::from(*b) % ALPHABET.len()))
        .map(|b| char::from(*b))
        .collect()
}

fn tags(input: &Json) -> impl Iterator<Item = (String, String)> {
    input
        .get("Tags")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(|t| Some((text(t, "Key")?.to_owned(), text(t, "Value")?.to_owned())))
}

fn parameter(why: &str) -> AwsError {
    AwsError::new(400, "InvalidParameterException", why)
}

fn text<'a>(input: &'a Json, name: &str) -> Option<&'a str> {
    input.get(name).and_then(Json::as_str)
}
