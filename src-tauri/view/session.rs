//! A signed-in person, what AWS answers to them, and what answers come from.

use super::{CheckRow, Pair};
use claimbridge_core::time::format_instant;
use claimbridge_runtime::session::{Answer, Check, DataSource, Identity};
use serde::Serialize;
use specta::Type;

/// Who signed in, as AWS knows them. No credential is among it.
#[derive(Debug, Serialize, Type)]
pub struct PersonView {
    pub email: Option<String>,
    pub arn: String,
    pub subject: String,
    pub tags: Vec<Pair>,
    pub expires: Option<String>,
}

impl From<&Identity> for PersonView {
    fn from(identity: &Identity) -> Self {
        PersonView {
            email: identity.email.clone(),
            arn: identity.arn.clone(),
            subject: identity.subject.clone(),
            tags: identity
                .tags
                .iter()
                .map(|(key, value)| Pair {
                    label: key.clone(),
                    value: value.clone(),
                })
                .collect(),
            expires: identity.expires.map(format_instant),
        }
    }
}

impl From<Check> for CheckRow {
    fn from(check: Check) -> Self {
        CheckRow {
            label: check.call.into(),
            state: if check.passed() { "ok" } else { "bad" }.into(),
            detail: check.said(),
        }
    }
}

/// An answer of the assistant.
#[derive(Debug, Serialize, Type)]
pub struct AnswerView {
    pub text: String,
    pub sources: Vec<SourceView>,
    /// The first try was denied while AWS subscribed the person.
    pub second_try: bool,
}

/// What an answer was taken from.
#[derive(Debug, Serialize, Type)]
pub struct SourceView {
    pub title: String,
    pub url: Option<String>,
    pub snippet: String,
}

impl From<Answer> for AnswerView {
    fn from(answer: Answer) -> Self {
        AnswerView {
            text: answer.text,
            sources: answer
                .sources
                .into_iter()
                .map(|s| SourceView {
                    title: s.title,
                    url: s.url,
                    snippet: s.snippet,
                })
                .collect(),
            second_try: answer.second_try,
        }
    }
}

/// A data source and its newest synchronisation.
#[derive(Debug, Serialize, Type)]
pub struct DataSourceView {
    pub name: String,
    pub kind: String,
    pub status: String,
    pub last_sync: Option<Pair>,
}

impl From<DataSource> for DataSourceView {
    fn from(source: DataSource) -> Self {
        DataSourceView {
            name: source.name,
            kind: source.kind,
            status: source.status,
            last_sync: source.last_sync.map(|s| Pair {
                label: s.status,
                value: s.ended.or(s.started).map(format_instant).unwrap_or_default(),
            }),
        }
    }
}
