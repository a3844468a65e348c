//! Groups of an index: put inline or from S3, deleted, listed by name. Their members cannot be read.

use crate::Aws;
use aws_sdk_qbusiness::config::retry::RetryConfig;
use aws_sdk_qbusiness::config::{Builder, http::HttpResponse};
use aws_sdk_qbusiness::error::{BuildError, ProvideErrorMetadata, SdkError};
use aws_sdk_qbusiness::primitives::DateTime;
use aws_sdk_qbusiness::types as q;
use claimbridge_core::groups::{GroupState, Groups, Members, Refused};
use claimbridge_core::resource::{CloudError, CloudErrorKind, CloudFuture, Leftover};
use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

/// As many as ListGroups gives at once (Q Business API: ListGroups).
const PAGE: i32 = 10;

/// The groups of one index.
pub struct IndexGroups<'a> {
    aws: &'a Aws,
    application: String,
    index: String,
}

impl Aws {
    /// The groups of an index.
    pub fn groups(&self, application: &str, index: &str) -> IndexGroups<'_> {
        IndexGroups {
            aws: self,
            application: application.to_owned(),
            index: index.to_owned(),
        }
    }

    /// AWS's time, as its last answer had it: ours may be minutes off.
    fn time_of_aws(&self) -> SystemTime {
        let now = SystemTime::now();
        let skew = self.date.skew_seconds().unwrap_or_default();
        let off = Duration::from_secs(skew.unsigned_abs());
        let corrected = if skew > 0 {
            now.checked_sub(off)
        } else {
            now.checked_add(off)
        };
        corrected.unwrap_or(now)
    }
}

/// The run has its own pace and its own tries, and it has to see every refusal.
fn once() -> Builder {
    Builder::new().retry_config(RetryConfig::disabled())
}

fn invalid(operation: &str, error: &BuildError) -> CloudError {
    CloudError {
        kind: CloudErrorKind::Invalid,
        operation: operation.to_owned(),
        code: None,
        message: error.to_string(),
        request_id: None,
        leftover: Leftover::Nothing,
    }
}

impl IndexGroups<'_> {
    async fn read_state(&self, name: &str) -> Result<GroupState, CloudError> {
        let sent = self
            .aws
            .qbusiness
            .get_group()
            .application_id(&self.application)
            .index_id(&self.index)
            .group_name(name)
            .send()
            .await;
        let answer = match sent.map_err(self.aws.error("GetGroup")) {
            Ok(answer) => answer,
            Err(error) if error.kind == CloudErrorKind::Gone => return Ok(GroupState::Absent),
            Err(error) => return Err(error),
        };
        let detail = answer.status();
        Ok(
            match detail.and_then(|d| d.status()).map(q::GroupStatus::as_str) {
                Some("SUCCEEDED") => GroupState::Succeeded,
                Some("DELETED" | "DELETING") => GroupState::Absent,
                Some("FAILED") => GroupState::Failed(
                    detail
                        .and_then(|d| d.error_detail())
                        .and_then(|e| e.error_message())
                        .unwrap_or("AWS gives no reason")
                        .to_owned(),
                ),
                _ => GroupState::Processing,
            },
        )
    }

    /// Names of the first groups, and whether there are more than these: `most` is a multiple of ten.
    ///
    /// # Errors
    /// [`CloudError`].
    pub async fn first_names(&self, most: usize) -> Result<(BTreeSet<String>, bool), CloudError> {
        self.names(most, &mut |_| {}).await
    }

    /// The names, page by page until there are `most`, and whether there are more.
    async fn names(
        &self,
        most: usize,
        read: &mut (dyn FnMut(usize) + Send),
    ) -> Result<(BTreeSet<String>, bool), CloudError> {
        // The list wants to know up to when; one time for all its pages.
        let until = DateTime::from(self.aws.time_of_aws() + Duration::from_secs(1));
        let mut pages = self
            .aws
            .qbusiness
            .list_groups()
            .application_id(&self.application)
            .index_id(&self.index)
            .updated_earlier_than(until)
            .max_results(PAGE)
            .into_paginator()
            .send();
        let mut names = BTreeSet::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(self.aws.error("ListGroups"))?;
            let listed = page.items.iter().flatten();
            names.extend(listed.filter_map(|g| g.group_name.clone()));
            read(names.len());
            if names.len() >= most {
                return Ok((names, page.next_token.is_some()));
            }
        }
        Ok((names, false))
    }

    fn members(&self, members: &Members<'_>) -> Result<q::GroupMembers, BuildError> {
        if let Some(object) = &members.object {
            let file = q::S3::builder().bucket(&object.bucket).key(&object.key).build()?;
            return Ok(q::GroupMembers::builder().s3_path_for_group_members(file).build());
        }
        let users = members.users.iter().map(|user| {
            q::MemberUser::builder()
                .user_id(*user)
                .r#type(q::MembershipType::Index)
                .build()
        });
        let groups = members.groups.iter().map(|group| {
            q::MemberGroup::builder()
                .group_name(*group)
                .r#type(q::MembershipType::Index)
                .build()
        });
        // An empty list is left out: AWS's lists may have a smallest length.
        let some = |n: usize| n > 0;
        Ok(q::GroupMembers::builder()
            .set_member_users(some(members.users.len()).then(|| users.collect()).transpose()?)
            .set_member_groups(some(members.groups.len()).then(|| groups.collect()).transpose()?)
            .build())
    }

    fn refused<E>(&self, operation: &'static str, error: SdkError<E, HttpResponse>) -> Refused
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
    {
        let retry_after = error.raw_response().and_then(|response| {
            let header = |name: &str| response.headers().get(name)?.trim().parse::<u64>().ok();
            let exact = header("x-amz-retry-after").map(Duration::from_millis);
            exact.or_else(|| header("retry-after").map(Duration::from_secs))
        });
        Refused {
            error: self.aws.error(operation)(error),
            retry_after,
        }
    }
}

impl Groups for IndexGroups<'_> {
    fn list<'a>(
        &'a self,
        read: &'a mut (dyn FnMut(usize) + Send),
    ) -> CloudFuture<'a, Result<BTreeSet<String>, CloudError>> {
        Box::pin(async move { Ok(self.names(usize::MAX, read).await?.0) })
    }

    fn put<'a>(&'a self, name: &'a str, members: Members<'a>) -> CloudFuture<'a, Result<(), Refused>> {
        Box::pin(async move {
            let role = members.object.as_ref().map(|o| o.role.to_string());
            let members = self.members(&members).map_err(|e| invalid("PutGroup", &e))?;
            self.aws
                .qbusiness
                .put_group()
                .application_id(&self.application)
                .index_id(&self.index)
                .group_name(name)
                .r#type(q::MembershipType::Index)
                .group_members(members)
                .set_role_arn(role)
                .customize()
                .config_override(once())
                .send()
                .await
                .map(|_| ())
                .map_err(|e| self.refused("PutGroup", e))
        })
    }

    fn state<'a>(&'a self, name: &'a str) -> CloudFuture<'a, Result<GroupState, CloudError>> {
        Box::pin(self.read_state(name))
    }

    fn delete<'a>(&'a self, name: &'a str) -> CloudFuture<'a, Result<(), Refused>> {
        Box::pin(async move {
            let sent = self
                .aws
                .qbusiness
                .delete_group()
                .application_id(&self.application)
                .index_id(&self.index)
                .group_name(name)
                .customize()
                .config_override(once())
                .send()
                .await;
            match sent.map_err(|e| self.refused("DeleteGroup", e)) {
                Err(refused) if refused.error.kind != CloudErrorKind::Gone => Err(refused),
                Ok(_) | Err(_) => Ok(()),
            }
        })
    }
}
