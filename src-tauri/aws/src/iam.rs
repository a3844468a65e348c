//! IAM: providers, roles, inline and managed policies.

use crate::Aws;
use crate::error::cloud_error;
use claimbridge_core::policy::TrustPolicy;
use claimbridge_core::resource::{
    Candidate, CloudError, CloudErrorKind, Observed, Output, PhysicalId, Snapshot,
};
use claimbridge_core::setup::{TAG, metadata_digest};
use percent_encoding::percent_decode_str;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

mod managed_policy;
mod oidc_provider;
mod users;

/// A role as it is to be made.
pub(crate) struct RoleShape<'a> {
    pub name: &'a str,
    pub path: &'a str,
    pub boundary: Option<&'a str>,
    pub description: &'a str,
    pub trust: TrustPolicy,
}

/// IAM returns policy documents percent-encoded; some simulators do not.
fn decode(document: &str) -> String {
    if document.starts_with('%') {
        percent_decode_str(document).decode_utf8_lossy().into_owned()
    } else {
        document.to_owned()
    }
}

pub(crate) fn document(text: &str) -> Json {
    serde_json::from_str(&decode(text)).unwrap_or(Json::Null)
}

fn tag_list(tags: &BTreeMap<String, String>) -> Vec<aws_sdk_iam::types::Tag> {
    tags.iter()
        .filter_map(|(k, v)| aws_sdk_iam::types::Tag::builder().key(k).value(v).build().ok())
        .collect()
}

fn setup_tag(tags: &[aws_sdk_iam::types::Tag]) -> Option<String> {
    tags.iter().find(|t| t.key() == TAG).map(|t| t.value().to_owned())
}

/// Whether what names a role's policy is the ARN of a managed one: no name has a colon.
fn is_managed(policy: &str) -> bool {
    policy.starts_with("arn:")
}

/// An error of a read as what it observed.
pub(crate) fn unread(error: CloudError) -> Observed {
    if error.kind == CloudErrorKind::Gone {
        Observed::Absent
    } else {
        Observed::Unreadable(error)
    }
}

impl Aws {
    pub(crate) fn error<E>(
        &self,
        operation: &'static str,
    ) -> impl Fn(
        aws_smithy_runtime_api::client::result::SdkError<
            E,
            aws_smithy_runtime_api::client::orchestrator::HttpResponse,
        >,
    ) -> CloudError
    + '_
    where
        E: std::error::Error + aws_smithy_types::error::metadata::ProvideErrorMetadata + 'static,
    {
        move |e| cloud_error(operation, self, &e)
    }

    pub(crate) async fn read_provider(&self, arn: &str) -> Observed {
        match self
            .iam
            .get_saml_provider()
            .saml_provider_arn(arn)
            .send()
            .await
            .map_err(self.error("GetSAMLProvider"))
        {
            Err(error) => unread(error),
            Ok(answer) => Observed::Ready(Snapshot {
                attributes: BTreeMap::from([
                    ("name".to_owned(), json!(arn.rsplit('/').next())),
                    (
                        "samlMetadataDocument".to_owned(),
                        json!(answer.saml_metadata_document()),
                    ),
                    (
                        "assertionEncryptionMode".to_owned(),
                        json!(answer.assertion_encryption_mode().map(|m| m.as_str())),
                    ),
                    ("privateKeys".to_owned(), json!(answer.private_key_list().len())),
                ]),
                outputs: [
                    Some((Output::Arn, arn.to_owned())),
                    answer
                        .saml_provider_uuid()
                        .map(|u| (Output::Unique, u.to_owned())),
                    answer
                        .saml_metadata_document()
                        .map(|m| (Output::Version, metadata_digest(m))),
                ]
                .into_iter()
                .flatten()
                .collect(),
                status: None,
                setup: match setup_tag(answer.tags()) {
                    None if !self.tags_are_kept => None,
                    tag => Some(tag),
                },
            }),
        }
    }

    pub(crate) async fn find_provider(&self, name: &str) -> Result<Option<Candidate>, CloudError> {
        let answer = self
            .iam
            .list_saml_providers()
            .send()
            .await
            .map_err(self.error("ListSAMLProviders"))?;
        let suffix = format!(":saml-provider/{name}");
        let Some(arn) = answer
            .saml_provider_list()
            .iter()
            .filter_map(|p| p.arn())
            .find(|a| a.ends_with(&suffix))
        else {
            return Ok(None);
        };
        let held = self
            .iam
            .get_saml_provider()
            .saml_provider_arn(arn)
            .send()
            .await
            .map_err(self.error("GetSAMLProvider"))?;
        Ok(Some(Candidate {
            id: PhysicalId(arn.to_owned()),
            setup: setup_tag(held.tags()),
        }))
    }

    pub(crate) async fn create_provider(
        &self,
        name: &str,
        metadata: &str,
        tags: &BTreeMap<String, String>,
    ) -> Result<PhysicalId, CloudError> {
        let answer = self
            .iam
            .create_saml_provider()
            .name(name)
            .saml_metadata_document(metadata)
            .set_tags(Some(tag_list(tags)))
            .send()
            .await
            .map_err(self.error("CreateSAMLProvider"))?;
        Ok(PhysicalId(
            answer.saml_provider_arn().unwrap_or_default().to_owned(),
        ))
    }

    pub(crate) async fn update_provider(&self, arn: &str, metadata: &str) -> Result<(), CloudError> {
        self.iam
            .update_saml_provider()
            .saml_provider_arn(arn)
            .saml_metadata_document(metadata)
            .send()
            .await
            .map(|_| ())
            .map_err(self.error("UpdateSAMLProvider"))
    }

    pub(crate) async fn delete_provider(&self, arn: &str) -> Result<(), CloudError> {
        let sent = self
            .iam
            .delete_saml_provider()
            .saml_provider_arn(arn)
            .send()
            .await;
        sent.map(|_| ()).map_err(self.error("DeleteSAMLProvider"))
    }

    pub(crate) async fn read_role(&self, name: &str) -> Observed {
        match self
            .iam
            .get_role()
            .role_name(name)
            .send()
            .await
            .map_err(self.error("GetRole"))
        {
            Err(error) => unread(error),
            Ok(answer) => {
                let role = answer.role();
                Observed::Ready(Snapshot {
                    attributes: BTreeMap::from([
                        ("roleName".to_owned(), json!(role.map(|r| r.role_name()))),
                        ("path".to_owned(), json!(role.map(|r| r.path()))),
                        (
                            "permissionsBoundary".to_owned(),
                            json!(
                                role.and_then(|r| r.permissions_boundary())
                                    .and_then(|b| b.permissions_boundary_arn())
                            ),
                        ),
                        (
                            "maxSessionDuration".to_owned(),
                            json!(role.and_then(|r| r.max_session_duration())),
                        ),
                        (
                            "assumeRolePolicyDocument".to_owned(),
                            role.and_then(|r| r.assume_role_policy_document())
                                .map(document)
                                .unwrap_or_default(),
                        ),
                    ]),
                    outputs: BTreeMap::from([
                        (Output::Arn, role.map(|r| r.arn().to_owned()).unwrap_or_default()),
                        (Output::Id, name.to_owned()),
                        (
                            Output::Unique,
                            role.map(|r| r.role_id().to_owned()).unwrap_or_default(),
                        ),
                    ]),
                    status: None,
                    setup: role.map(|r| setup_tag(r.tags())),
                })
            }
        }
    }

    pub(crate) async fn find_role(&self, name: &str) -> Result<Option<Candidate>, CloudError> {
        match self
            .iam
            .get_role()
            .role_name(name)
            .send()
            .await
            .map_err(self.error("GetRole"))
        {
            Ok(answer) => Ok(answer.role().map(|r| Candidate {
                id: PhysicalId(r.role_name().to_owned()),
                setup: setup_tag(r.tags()),
            })),
            Err(error) if error.kind == CloudErrorKind::Gone => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(crate) async fn create_role(
        &self,
        shape: &RoleShape<'_>,
        tags: &BTreeMap<String, String>,
    ) -> Result<PhysicalId, CloudError> {
        self.iam
            .create_role()
            .role_name(shape.name)
            .path(shape.path)
            .set_permissions_boundary(shape.boundary.map(str::to_owned))
            .assume_role_policy_document(shape.trust.to_json().to_string())
            .description(shape.description)
            .set_tags(Some(tag_list(tags)))
            .send()
            .await
            .map_err(self.error("CreateRole"))?;
        Ok(PhysicalId(shape.name.to_owned()))
    }

    /// Trust policy and permissions boundary; name and path are for ever.
    pub(crate) async fn update_role(&self, shape: &RoleShape<'_>) -> Result<(), CloudError> {
        self.put_trust(shape.name, &shape.trust).await?;
        let sent = match shape.boundary {
            Some(arn) => {
                let call = self.iam.put_role_permissions_boundary();
                let sent = call.role_name(shape.name).permissions_boundary(arn).send().await;
                sent.map(|_| ()).map_err(self.error("PutRolePermissionsBoundary"))
            }
            None => {
                let call = self.iam.delete_role_permissions_boundary();
                let sent = call.role_name(shape.name).send().await;
                sent.map(|_| ())
                    .map_err(self.error("DeleteRolePermissionsBoundary"))
            }
        };
        match sent {
            // There was none.
            Err(error) if error.kind == CloudErrorKind::Gone && shape.boundary.is_none() => Ok(()),
            other => other,
        }
    }

    pub(crate) async fn put_trust(&self, role: &str, trust: &TrustPolicy) -> Result<(), CloudError> {
        self.iam
            .update_assume_role_policy()
            .role_name(role)
            .policy_document(trust.to_json().to_string())
            .send()
            .await
            .map(|_| ())
            .map_err(self.error("UpdateAssumeRolePolicy"))
    }

    pub(crate) async fn delete_role(&self, name: &str) -> Result<(), CloudError> {
        self.iam
            .delete_role()
            .role_name(name)
            .send()
            .await
            .map(|_| ())
            .map_err(self.error("DeleteRole"))
    }

    /// A role's permissions: inline by name, or by ARN in a managed policy that is attached to it.
    pub(crate) async fn read_role_policy(&self, role: &str, policy: &str) -> Observed {
        if is_managed(policy) {
            return match self.read_attachment(role, policy).await {
                Observed::Ready(_) => self.read_managed_policy(policy).await,
                other => other,
            };
        }
        let sent = self
            .iam
            .get_role_policy()
            .role_name(role)
            .policy_name(policy)
            .send()
            .await;
        match sent.map_err(self.error("GetRolePolicy")) {
            Err(error) => unread(error),
            Ok(answer) => Observed::Ready(Snapshot {
                attributes: BTreeMap::from([
                    ("policyName".to_owned(), json!(answer.policy_name())),
                    ("policyDocument".to_owned(), document(answer.policy_document())),
                ]),
                outputs: BTreeMap::new(),
                status: None,
                setup: None,
            }),
        }
    }

    pub(crate) async fn put_role_policy(
        &self,
        role: &str,
        name: &str,
        policy: &Json,
    ) -> Result<(), CloudError> {
        if is_managed(name) {
            return self.update_managed_policy(name, policy).await;
        }
        self.iam
            .put_role_policy()
            .role_name(role)
            .policy_name(name)
            .policy_document(policy.to_string())
            .send()
            .await
            .map(|_| ())
            .map_err(self.error("PutRolePolicy"))
    }

    pub(crate) async fn delete_role_policy(&self, role: &str, policy: &str) -> Result<(), CloudError> {
        let sent = self
            .iam
            .delete_role_policy()
            .role_name(role)
            .policy_name(policy)
            .send()
            .await;
        sent.map(|_| ()).map_err(self.error("DeleteRolePolicy"))
    }
}
