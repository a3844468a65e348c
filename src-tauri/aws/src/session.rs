//! What a person may do once signed in: the calls that the web experience makes with the person's own
//! credentials.

use crate::error::cloud_error;
use crate::{Aws, FederatedCredentials};
use aws_sdk_iam::config::Credentials;
use claimbridge_core::resource::CloudError;
use claimbridge_core::time::{Clock, Ids};
use secrecy::ExposeSecret;
use std::time::{Duration, SystemTime};

/// How long the subscription of a new person takes to be there.
const SUBSCRIPTION_TAKES: Duration = Duration::from_secs(3);

/// Something that a session could look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its name or title.
    pub name: String,
    /// AWS's status.
    pub status: String,
    /// Where it is, for a web experience.
    pub endpoint: Option<String>,
}

/// An answer of the assistant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its words.
    pub text: String,
    /// What it was taken from.
    pub sources: Vec<Source>,
    /// The first call was denied and the second was not: AWS subscribed the person in between.
    pub second_try: bool,
}

/// A document that an answer was taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its title.
    pub title: String,
    /// Its address, where it has one.
    pub url: Option<String>,
    /// The part that was used.
    pub snippet: String,
}

impl Aws {
    /// The same endpoint, region and connection with the credentials of a federated session. No call of it
    /// is signed by the administrator.
    pub fn as_session(&self, given: &FederatedCredentials) -> Aws {
        let expires = given
            .expires
            .and_then(|at| u64::try_from(at.unix_timestamp()).ok())
            .map(|seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        let credentials = Credentials::new(
            given.access_key_id.expose_secret(),
            given.secret_access_key.expose_secret(),
            Some(given.session_token.expose_secret().to_owned()),
            expires,
            "federated session",
        );
        // Every client, so that none is left with the administrator's.
        macro_rules! signed {
            ($service:ident, $client:ident) => {
                $service::Client::from_conf(
                    self.$client
                        .config()
                        .to_builder()
                        .credentials_provider(credentials.clone())
                        .build(),
                )
            };
        }
        Aws {
            cloudtrail: signed!(aws_sdk_cloudtrail, cloudtrail),
            iam: signed!(aws_sdk_iam, iam),
            kendra: signed!(aws_sdk_kendra, kendra),
            kms: signed!(aws_sdk_kms, kms),
            qbusiness: signed!(aws_sdk_qbusiness, qbusiness),
            secrets: signed!(aws_sdk_secretsmanager, secrets),
            sts: signed!(aws_sdk_sts, sts),
            anonymous: self.anonymous.clone(),
            date: self.date.clone(),
            profile: None,
            endpoint: self.endpoint.clone(),
            tags_are_kept: self.tags_are_kept,
        }
    }

    /// GetApplication.
    ///
    /// # Errors
    /// [`CloudError`]; a denial has the kind `Denied`.
    pub async fn get_application(&self, application: &str) -> Result<Seen, CloudError> {
        let answer = self
            .qbusiness
            .get_application()
            .application_id(application)
            .send()
            .await
            .map_err(|e| cloud_error("GetApplication", self, &e))?;
        Ok(Seen {
            name: answer.display_name().unwrap_or_default().to_owned(),
            status: answer.status().map(|s| s.as_str()).unwrap_or_default().to_owned(),
            endpoint: None,
        })
    }

    /// GetWebExperience.
    ///
    /// # Errors
    /// [`CloudError`]; a denial has the kind `Denied`.
    pub async fn get_web_experience(&self, application: &str, experience: &str) -> Result<Seen, CloudError> {
        let answer = self
            .qbusiness
            .get_web_experience()
            .application_id(application)
            .web_experience_id(experience)
            .send()
            .await
            .map_err(|e| cloud_error("GetWebExperience", self, &e))?;
        Ok(Seen {
            name: answer.title().unwrap_or_default().to_owned(),
            status: answer.status().map(|s| s.as_str()).unwrap_or_default().to_owned(),
            endpoint: answer.default_endpoint().map(str::to_owned),
        })
    }

    /// ListRetrievers.
    ///
    /// # Errors
    /// [`CloudError`]; a denial has the kind `Denied`.
    pub async fn list_retrievers(&self, application: &str) -> Result<Vec<Seen>, CloudError> {
        let mut pages = self
            .qbusiness
            .list_retrievers()
            .application_id(application)
            .into_paginator()
            .items()
            .send();
        let mut all = Vec::new();
        while let Some(retriever) = pages.next().await {
            let retriever = retriever.map_err(|e| cloud_error("ListRetrievers", self, &e))?;
            all.push(Seen {
                name: retriever.display_name().unwrap_or_default().to_owned(),
                status: retriever
                    .status()
                    .map(|s| s.as_str())
                    .unwrap_or_default()
                    .to_owned(),
                endpoint: None,
            });
        }
        Ok(all)
    }

    /// Asks the assistant one question: this may start a paid subscription of the person. The first call of
    /// a new person is denied while AWS subscribes them (Q Business: IAM federation, test of the sample), so
    /// one denial is waited out and asked again under a new token.
    ///
    /// # Errors
    /// [`CloudError`]: the second denial, or any other failure at once.
    pub async fn chat_sync(
        &self,
        application: &str,
        question: &str,
        ids: &dyn Ids,
        clock: &dyn Clock,
    ) -> Result<Answer, CloudError> {
        match self.ask(application, question, &ids.fresh()).await {
            Err(refused) if refused.code.as_deref() == Some("AccessDeniedException") => {
                clock.sleep(SUBSCRIPTION_TAKES).await;
                let answer = self.ask(application, question, &ids.fresh()).await?;
                Ok(Answer {
                    second_try: true,
                    ..answer
                })
            }
            other => other,
        }
    }

    async fn ask(&self, application: &str, question: &str, token: &str) -> Result<Answer, CloudError> {
        let answer = self
            .qbusiness
            .chat_sync()
            .application_id(application)
            .user_message(question)
            .client_token(token)
            .send()
            .await
            .map_err(|e| cloud_error("ChatSync", self, &e))?;
        let text = |t: Option<&str>| t.unwrap_or_default().to_owned();
        Ok(Answer {
            text: text(answer.system_message()),
            sources: answer
                .source_attributions()
                .iter()
                .flatten()
                .map(|s| Source {
                    title: text(s.title()),
                    url: s.url().map(str::to_owned),
                    snippet: text(s.snippet()),
                })
                .collect(),
            second_try: false,
        })
    }
}
