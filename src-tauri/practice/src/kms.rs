//! KMS: four keys in us-east-1 that are there from the start, one of each kind that matters to an application.

use crate::World;
use crate::state::{ACCOUNT, State, unix_now};
use crate::wire::{Answer, AwsError, Caller};
use serde_json::{Value as Json, json};

/// A symmetric key, enabled: the one that an application can use.
pub const KMS_KEY: &str = "11111111-0000-4000-8000-000000000001";
/// A symmetric key, disabled.
pub const KMS_KEY_DISABLED: &str = "11111111-0000-4000-8000-000000000002";
/// A key pair (RSA_2048), enabled.
pub const KMS_KEY_ASYMMETRIC: &str = "11111111-0000-4000-8000-000000000003";
/// A symmetric key that waits for its deletion.
pub const KMS_KEY_PENDING_DELETION: &str = "11111111-0000-4000-8000-000000000004";

/// Where all of them are.
const REGION: &str = "us-east-1";

struct Key {
    id: &'static str,
    state: &'static str,
    spec: &'static str,
}

const KEYS: [Key; 4] = [
    Key {
        id: KMS_KEY,
        state: "Enabled",
        spec: "SYMMETRIC_DEFAULT",
    },
    Key {
        id: KMS_KEY_DISABLED,
        state: "Disabled",
        spec: "SYMMETRIC_DEFAULT",
    },
    Key {
        id: KMS_KEY_ASYMMETRIC,
        state: "Enabled",
        spec: "RSA_2048",
    },
    Key {
        id: KMS_KEY_PENDING_DELETION,
        state: "PendingDeletion",
        spec: "SYMMETRIC_DEFAULT",
    },
];

/// A permission of KMS for one principal.
pub(crate) struct Grant {
    pub id: String,
    pub token: String,
    /// Id of the key.
    pub key: &'static str,
    /// Members of the request.
    pub set: Json,
    pub created: u64,
}

/// Why an application of this region cannot use a key, given by id or ARN (Q Business: encryption at rest).
pub(crate) fn refusal(key_id: &str, region: &str) -> Option<String> {
    match find(key_id, region) {
        None => Some(format!("the key does not exist in {region}")),
        Some(key) if key.spec != "SYMMETRIC_DEFAULT" => {
            Some("only a symmetric encryption key can be used".into())
        }
        Some(key) if key.state != "Enabled" => Some(format!("the key is {}", key.state)),
        Some(_) => None,
    }
}

/// The ARN of a key that is given by id or ARN.
pub(crate) fn arn_of(key_id: &str, region: &str) -> String {
    if key_id.starts_with("arn:") {
        key_id.to_owned()
    } else {
        format!("arn:aws:kms:{region}:{ACCOUNT}:key/{key_id}")
    }
}

/// The grant that Amazon Q Business asks for with the caller's right, for one application (Q Business:
/// encryption at rest).
pub(crate) fn grant_to_service(state: &mut State, key_id: &str, region: &str, source_arn: &str) {
    if let Some(key) = find(key_id, region) {
        let set = json!({
            "GranteeServicePrincipal": "qbusiness.amazonaws.com",
            "Operations": ["Decrypt", "Encrypt", "GenerateDataKey", "DescribeKey"],
            "Constraints": {"SourceArn": source_arn},
        });
        add_grant(state, key, set);
    }
}

/// Retires what was granted for an application that is gone.
pub(crate) fn retire(state: &mut State, source_arn: &str) {
    let of = |g: &Grant| g.set.pointer("/Constraints/SourceArn") == Some(&json!(source_arn));
    state.grants.retain(|g| !of(g));
}

fn add_grant(state: &mut State, key: &'static Key, set: Json) -> Json {
    let serial = state.next();
    let grant = Grant {
        id: format!("{serial:064x}"),
        token: format!("practice-grant-{serial}"),
        key: key.id,
        set,
        created: unix_now(),
    };
    let answer = json!({"GrantId": grant.id, "GrantToken": grant.token});
    state.grants.push(grant);
    answer
}

fn arn(key: &Key) -> String {
    format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/{}", key.id)
}

fn find(key_id: &str, region: &str) -> Option<&'static Key> {
    KEYS.iter()
        .find(|k| region == REGION && (k.id == key_id || arn(k) == key_id))
}

pub(crate) fn call(world: &World, action: &str, input: &Json, caller: &Caller) -> Answer {
    let mut state = world.state();
    match action {
        "DescribeKey" => key(input, caller).map(describe),
        "CreateGrant" => create_grant(&mut state, input, caller),
        "ListGrants" => {
            let key = key(input, caller)?;
            let grants: Vec<Json> = state
                .grants
                .iter()
                .filter(|g| g.key == key.id)
                .map(|g| {
                    let mut out = g.set.clone();
                    if let Json::Object(map) = &mut out {
                        map.insert("KeyId".into(), json!(arn(key)));
                        map.insert("GrantId".into(), json!(g.id));
                        map.insert("CreationDate".into(), json!(g.created));
                        map.insert(
                            "IssuingAccount".into(),
                            json!(format!("arn:aws:iam::{ACCOUNT}:root")),
                        );
                    }
                    out
                })
                .collect();
            Ok(json!({"Grants": grants, "Truncated": false}))
        }
        "RetireGrant" => {
            let get = |name: &str| input.get(name).and_then(Json::as_str);
            let before = state.grants.len();
            state
                .grants
                .retain(|g| get("GrantToken") != Some(&*g.token) && get("GrantId") != Some(&*g.id));
            if state.grants.len() == before {
                return Err(AwsError::new(400, "NotFoundException", "Grant was not found"));
            }
            Ok(json!({}))
        }
        other => Err(AwsError::new(
            400,
            "UnknownOperationException",
            format!("{other} is not practised"),
        )),
    }
}

fn create_grant(state: &mut State, input: &Json, caller: &Caller) -> Answer {
    let key = key(input, caller)?;
    match key.state {
        "Enabled" => {}
        "Disabled" => {
            return Err(AwsError::new(
                400,
                "DisabledException",
                format!("{} is disabled.", arn(key)),
            ));
        }
        state => {
            return Err(AwsError::new(
                400,
                "KMSInvalidStateException",
                format!("{} is {state}.", arn(key)),
            ));
        }
    }
    let mut set = input.clone();
    if let Json::Object(map) = &mut set {
        map.remove("GrantTokens");
    }
    Ok(add_grant(state, key, set))
}

fn key(input: &Json, caller: &Caller) -> Result<&'static Key, AwsError> {
    let id = input.get("KeyId").and_then(Json::as_str).unwrap_or_default();
    find(id, &caller.region).ok_or_else(|| {
        AwsError::new(
            400,
            "NotFoundException",
            format!(
                "Key 'arn:aws:kms:{}:{ACCOUNT}:key/{}' does not exist",
                caller.region,
                id.rsplit('/').next().unwrap_or_default()
            ),
        )
    })
}

fn describe(key: &'static Key) -> Json {
    let mut metadata = json!({
        "AWSAccountId": ACCOUNT,
        "KeyId": key.id,
        "Arn": arn(key),
        "CreationDate": 1_767_225_600,
        "Enabled": key.state == "Enabled",
        "Description": "practice",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": key.state,
        "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER",
        "CustomerMasterKeySpec": key.spec,
        "KeySpec": key.spec,
        "EncryptionAlgorithms": [if key.spec == "SYMMETRIC_DEFAULT" { key.spec } else { "RSAES_OAEP_SHA_256" }],
        "MultiRegion": false,
    });
    if let Json::Object(map) = &mut metadata
        && key.state == "PendingDeletion"
    {
        map.insert("DeletionDate".into(), json!(4_102_444_800_u64));
    }
    json!({ "KeyMetadata": metadata })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_enabled_symmetric_key_of_the_region_is_of_use() {
        let check = |id: &str, region: &str, usable: bool| {
            assert_eq!(refusal(id, region).is_none(), usable, "{id} {region}");
        };
        check(KMS_KEY, REGION, true);
        check(
            &format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/{KMS_KEY}"),
            REGION,
            true,
        );
        check(KMS_KEY, "us-west-2", false);
        check(
            &format!("arn:aws:kms:us-west-2:{ACCOUNT}:key/{KMS_KEY}"),
            REGION,
            false,
        );
        check(KMS_KEY_DISABLED, REGION, false);
        check(KMS_KEY_ASYMMETRIC, REGION, false);
        check(KMS_KEY_PENDING_DELETION, REGION, false);
        check("key", REGION, false);
    }
}
