//! Documents that are put into an index one by one, who may see them, and the data sources that fill it.

use crate::Aws;
use aws_sdk_qbusiness::primitives::{Blob, DateTime};
use aws_sdk_qbusiness::types as q;
use claimbridge_core::resource::{CloudError, CloudErrorKind, Leftover};
use claimbridge_core::time::Instant;
use std::collections::BTreeMap;

/// A document of plain text that one person may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDocument {
    /// Its id in the index; a document of the same id is replaced.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its words.
    pub text: String,
    /// The email address of the only person who may see it.
    pub reader: String,
}

/// How far a document is on its way into the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DocumentState {
    /// Answers can be taken from it.
    Indexed,
    /// Not yet, with AWS's status.
    Settling(String),
    /// It will not get there, and why.
    Failed(String),
}

/// A data source of an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataSource {
    /// AWS's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it reads: `S3`, `CUSTOM`.
    pub kind: String,
    /// AWS's status.
    pub status: String,
    /// Its newest synchronisation, if there was one.
    pub last_sync: Option<Synchronisation>,
}

/// One synchronisation of a data source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Synchronisation {
    /// AWS's status: `SYNCING`, `SUCCEEDED`, `FAILED`.
    pub status: String,
    /// When it began.
    pub started: Option<Instant>,
    /// When it ended.
    pub ended: Option<Instant>,
    /// What went wrong, in AWS's words.
    pub error: Option<String>,
}

/// A refusal of AWS inside an answer that is otherwise fine.
fn refused(operation: &str, message: String) -> CloudError {
    CloudError {
        kind: CloudErrorKind::Invalid,
        operation: operation.to_owned(),
        code: None,
        message,
        request_id: None,
        leftover: Leftover::Unknown,
    }
}

fn instant(at: &DateTime) -> Option<Instant> {
    Instant::from_unix_timestamp(at.secs()).ok()
}

fn all_taken(operation: &str, failed: &[q::FailedDocument]) -> Result<(), CloudError> {
    match failed.first() {
        None => Ok(()),
        Some(first) => Err(refused(
            operation,
            format!(
                "{}: {}",
                first.id().unwrap_or_default(),
                first
                    .error()
                    .and_then(q::ErrorDetail::error_message)
                    .unwrap_or("AWS gives no reason")
            ),
        )),
    }
}

fn document(new: &NewDocument) -> Result<q::Document, aws_sdk_qbusiness::error::BuildError> {
    let reader = q::PrincipalUser::builder()
        .id(&new.reader)
        .access(q::ReadAccessType::Allow)
        .membership_type(q::MembershipType::Index)
        .build()?;
    let control = q::AccessControl::builder()
        .principals(q::Principal::User(reader))
        .build()?;
    q::Document::builder()
        .id(&new.id)
        .title(&new.title)
        .content_type(q::ContentType::PlainText)
        .content(q::DocumentContent::Blob(Blob::new(new.text.as_bytes())))
        .access_configuration(
            q::AccessConfiguration::builder()
                .access_controls(control)
                .build()?,
        )
        .build()
}

impl Aws {
    /// Puts documents, at most ten; each becomes part of answers once it is indexed.
    ///
    /// # Errors
    /// [`CloudError`], also where AWS refused one document and took the others.
    pub async fn put_documents(
        &self,
        application: &str,
        index: &str,
        documents: &[NewDocument],
    ) -> Result<(), CloudError> {
        const OPERATION: &str = "BatchPutDocument";
        let documents = documents
            .iter()
            .map(document)
            .collect::<Result<_, _>>()
            .map_err(|e| refused(OPERATION, e.to_string()))?;
        let answer = self
            .qbusiness
            .batch_put_document()
            .application_id(application)
            .index_id(index)
            .set_documents(Some(documents))
            .send()
            .await
            .map_err(self.error(OPERATION))?;
        all_taken(OPERATION, answer.failed_documents())
    }

    /// Deletes documents by id, at most ten; what is not there is no error.
    ///
    /// # Errors
    /// [`CloudError`], also where AWS refused one document and deleted the others.
    pub async fn delete_documents(
        &self,
        application: &str,
        index: &str,
        ids: &[String],
    ) -> Result<(), CloudError> {
        const OPERATION: &str = "BatchDeleteDocument";
        let documents = ids
            .iter()
            .map(|id| q::DeleteDocument::builder().document_id(id).build())
            .collect::<Result<_, _>>()
            .map_err(|e| refused(OPERATION, e.to_string()))?;
        let answer = self
            .qbusiness
            .batch_delete_document()
            .application_id(application)
            .index_id(index)
            .set_documents(Some(documents))
            .send()
            .await
            .map_err(self.error(OPERATION))?;
        all_taken(OPERATION, answer.failed_documents())
    }

    /// How far these documents are; one that AWS does not list, or is deleting, is left out.
    ///
    /// # Errors
    /// [`CloudError`].
    pub async fn document_states(
        &self,
        application: &str,
        index: &str,
        ids: &[String],
    ) -> Result<BTreeMap<String, DocumentState>, CloudError> {
        let mut pages = self
            .qbusiness
            .list_documents()
            .application_id(application)
            .index_id(index)
            .into_paginator()
            .items()
            .send();
        let mut states = BTreeMap::new();
        while let Some(detail) = pages.next().await {
            let detail = detail.map_err(self.error("ListDocuments"))?;
            let id = detail.document_id().unwrap_or_default();
            if !ids.iter().any(|wanted| wanted == id) {
                continue;
            }
            let state = match detail.status().map(q::DocumentStatus::as_str) {
                Some("DELETED" | "DELETING") => continue,
                Some("INDEXED" | "UPDATED") => DocumentState::Indexed,
                Some(status @ ("FAILED" | "DOCUMENT_FAILED_TO_INDEX")) => DocumentState::Failed(
                    detail
                        .error()
                        .and_then(q::ErrorDetail::error_message)
                        .unwrap_or(status)
                        .to_owned(),
                ),
                other => DocumentState::Settling(other.unwrap_or("unknown").to_owned()),
            };
            states.insert(id.to_owned(), state);
        }
        Ok(states)
    }

    /// Whether a person may see a document, as Amazon Q Business decides it.
    ///
    /// # Errors
    /// [`CloudError`].
    pub async fn may_see(
        &self,
        application: &str,
        index: &str,
        email: &str,
        id: &str,
    ) -> Result<bool, CloudError> {
        let answer = self
            .qbusiness
            .check_document_access()
            .application_id(application)
            .index_id(index)
            .user_id(email)
            .document_id(id)
            .send()
            .await
            .map_err(self.error("CheckDocumentAccess"))?;
        Ok(answer.has_access().unwrap_or_default())
    }

    /// The data sources of an index, each with its newest synchronisation.
    ///
    /// # Errors
    /// [`CloudError`].
    pub async fn data_sources(&self, application: &str, index: &str) -> Result<Vec<DataSource>, CloudError> {
        let mut pages = self
            .qbusiness
            .list_data_sources()
            .application_id(application)
            .index_id(index)
            .into_paginator()
            .items()
            .send();
        let mut all = Vec::new();
        let text = |t: Option<&str>| t.unwrap_or_default().to_owned();
        while let Some(source) = pages.next().await {
            let source = source.map_err(self.error("ListDataSources"))?;
            let id = text(source.data_source_id());
            let last_sync = self.last_sync(application, index, &id).await?;
            all.push(DataSource {
                name: text(source.display_name()),
                kind: text(source.r#type()),
                status: text(source.status().map(q::DataSourceStatus::as_str)),
                last_sync,
                id,
            });
        }
        Ok(all)
    }

    /// The newest by its beginning: no document says in which order AWS lists them.
    async fn last_sync(
        &self,
        application: &str,
        index: &str,
        source: &str,
    ) -> Result<Option<Synchronisation>, CloudError> {
        let jobs = self
            .qbusiness
            .list_data_source_sync_jobs()
            .application_id(application)
            .index_id(index)
            .data_source_id(source)
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await
            .map_err(self.error("ListDataSourceSyncJobs"))?;
        let newest = jobs
            .iter()
            .max_by_key(|job| job.start_time().map_or(0, DateTime::secs));
        Ok(newest.map(|job| Synchronisation {
            status: job
                .status()
                .map(q::DataSourceSyncJobStatus::as_str)
                .unwrap_or_default()
                .to_owned(),
            started: job.start_time().and_then(instant),
            ended: job.end_time().and_then(instant),
            error: job
                .error()
                .and_then(q::ErrorDetail::error_message)
                .map(str::to_owned),
        }))
    }
}
