//! Managed policies and their attachment to a role.

use super::{document, setup_tag, tag_list, unread};
use crate::Aws;
use claimbridge_core::resource::HeldPolicy;
use claimbridge_core::resource::{
    Candidate, CloudError, CloudErrorKind, Observed, Output, PhysicalId, Snapshot,
};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// IAM keeps five versions (IAM: quotas).
const MOST_VERSIONS: usize = 5;

impl Aws {
    /// A managed policy as a role has it.
    pub(crate) async fn held_managed_policy(&self, arn: String) -> Result<HeldPolicy, CloudError> {
        let sent = self.iam.get_policy().policy_arn(&arn).send().await;
        let policy = sent.map_err(self.error("GetPolicy"))?.policy;
        let attached = policy.as_ref().and_then(|p| p.attachment_count()).unwrap_or(1);
        let version = policy
            .as_ref()
            .and_then(|p| p.default_version_id())
            .unwrap_or_default();
        let call = self.iam.get_policy_version().policy_arn(&arn);
        let sent = call.version_id(version).send().await;
        let held = sent.map_err(self.error("GetPolicyVersion"))?.policy_version;
        let text = |t: Option<&str>| t.unwrap_or_default().to_owned();
        Ok(HeldPolicy {
            name: text(policy.as_ref().and_then(|p| p.policy_name())),
            document: held
                .and_then(|v| v.document)
                .map(|d| document(&d))
                .unwrap_or_default(),
            others: u32::try_from(attached - 1).unwrap_or_default(),
            managed: Some((arn, text(policy.as_ref().and_then(|p| p.path())))),
        })
    }

    pub(crate) async fn read_managed_policy(&self, arn: &str) -> Observed {
        let sent = self.iam.get_policy().policy_arn(arn).send().await;
        let policy = match sent.map_err(self.error("GetPolicy")) {
            Err(error) => return unread(error),
            Ok(answer) => answer.policy,
        };
        let Some(policy) = policy else {
            return Observed::Absent;
        };
        let call = self.iam.get_policy_version().policy_arn(arn);
        let sent = call
            .version_id(policy.default_version_id().unwrap_or_default())
            .send()
            .await;
        let text = match sent.map_err(self.error("GetPolicyVersion")) {
            Err(error) => return unread(error),
            Ok(answer) => answer
                .policy_version
                .and_then(|v| v.document)
                .map(|d| document(&d))
                .unwrap_or_default(),
        };
        Observed::Ready(Snapshot {
            attributes: BTreeMap::from([
                ("policyName".to_owned(), json!(policy.policy_name())),
                ("path".to_owned(), json!(policy.path())),
                ("policyDocument".to_owned(), text),
            ]),
            outputs: BTreeMap::from([
                (Output::Arn, arn.to_owned()),
                (Output::Unique, policy.policy_id().unwrap_or_default().to_owned()),
            ]),
            status: None,
            setup: Some(setup_tag(policy.tags())),
        })
    }

    pub(crate) async fn find_managed_policy(
        &self,
        name: &str,
        path: &str,
    ) -> Result<Option<Candidate>, CloudError> {
        let all = self
            .iam
            .list_policies()
            .scope(aws_sdk_iam::types::PolicyScopeType::Local)
            .path_prefix(path)
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await
            .map_err(self.error("ListPolicies"))?;
        let Some(arn) = all
            .into_iter()
            .find(|p| p.policy_name() == Some(name) && p.path() == Some(path))
            .and_then(|p| p.arn)
        else {
            return Ok(None);
        };
        match self.read_managed_policy(&arn).await {
            Observed::Ready(snapshot) => Ok(Some(Candidate {
                id: PhysicalId(arn),
                setup: snapshot.setup.flatten(),
            })),
            Observed::Unreadable(error) => Err(error),
            _ => Ok(None),
        }
    }

    pub(crate) async fn create_managed_policy(
        &self,
        (name, path): (&str, &str),
        policy: &Json,
        tags: &BTreeMap<String, String>,
    ) -> Result<PhysicalId, CloudError> {
        let sent = self
            .iam
            .create_policy()
            .policy_name(name)
            .path(path)
            .policy_document(policy.to_string())
            .description("What people may do who sign in to Amazon Q Business through this federation")
            .set_tags(Some(tag_list(tags)))
            .send()
            .await;
        let answer = sent.map_err(self.error("CreatePolicy"))?;
        Ok(PhysicalId(answer.policy.and_then(|p| p.arn).unwrap_or_default()))
    }

    /// A new default version; the oldest one makes room where IAM keeps no more.
    pub(crate) async fn update_managed_policy(&self, arn: &str, policy: &Json) -> Result<(), CloudError> {
        let sent = self.iam.list_policy_versions().policy_arn(arn).send().await;
        let held = sent.map_err(self.error("ListPolicyVersions"))?;
        if held.versions().len() >= MOST_VERSIONS
            && let Some(oldest) = held
                .versions()
                .iter()
                .filter(|v| !v.is_default_version())
                .min_by_key(|v| v.create_date().map(|d| d.as_nanos()))
        {
            let call = self.iam.delete_policy_version().policy_arn(arn);
            let sent = call
                .version_id(oldest.version_id().unwrap_or_default())
                .send()
                .await;
            sent.map_err(self.error("DeletePolicyVersion"))?;
        }
        let call = self.iam.create_policy_version().policy_arn(arn);
        let sent = call
            .policy_document(policy.to_string())
            .set_as_default(true)
            .send()
            .await;
        sent.map(|_| ()).map_err(self.error("CreatePolicyVersion"))
    }

    /// IAM deletes a policy only after all its other versions.
    pub(crate) async fn delete_managed_policy(&self, arn: &str) -> Result<(), CloudError> {
        let sent = self.iam.list_policy_versions().policy_arn(arn).send().await;
        let held = match sent.map_err(self.error("ListPolicyVersions")) {
            Err(error) if error.kind == CloudErrorKind::Gone => return Ok(()),
            other => other?,
        };
        for version in held.versions().iter().filter(|v| !v.is_default_version()) {
            let call = self.iam.delete_policy_version().policy_arn(arn);
            let sent = call
                .version_id(version.version_id().unwrap_or_default())
                .send()
                .await;
            sent.map_err(self.error("DeletePolicyVersion"))?;
        }
        let sent = self.iam.delete_policy().policy_arn(arn).send().await;
        sent.map(|_| ()).map_err(self.error("DeletePolicy"))
    }

    /// The managed policies on a role, by ARN.
    pub(crate) async fn attached_policies(&self, role: &str) -> Result<Vec<String>, CloudError> {
        let all = self
            .iam
            .list_attached_role_policies()
            .role_name(role)
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await
            .map_err(self.error("ListAttachedRolePolicies"))?;
        Ok(all.into_iter().filter_map(|p| p.policy_arn).collect())
    }

    pub(crate) async fn read_attachment(&self, role: &str, policy: &str) -> Observed {
        match self.attached_policies(role).await {
            Err(error) => unread(error),
            Ok(all) if all.iter().any(|arn| arn == policy) => Observed::Ready(Snapshot {
                attributes: BTreeMap::from([("policyArn".to_owned(), json!(policy))]),
                ..Snapshot::default()
            }),
            Ok(_) => Observed::Absent,
        }
    }

    pub(crate) async fn attach_policy(&self, role: &str, policy: &str) -> Result<PhysicalId, CloudError> {
        let call = self.iam.attach_role_policy();
        let sent = call.role_name(role).policy_arn(policy).send().await;
        sent.map_err(self.error("AttachRolePolicy"))?;
        Ok(PhysicalId::child(role, policy))
    }

    pub(crate) async fn detach_policy(&self, role: &str, policy: &str) -> Result<(), CloudError> {
        let call = self.iam.detach_role_policy();
        let sent = call.role_name(role).policy_arn(policy).send().await;
        match sent.map(|_| ()).map_err(self.error("DetachRolePolicy")) {
            Err(error) if error.kind == CloudErrorKind::Gone => Ok(()),
            other => other,
        }
    }
}
