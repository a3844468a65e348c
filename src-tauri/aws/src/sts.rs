//! STS: a SAML response or an ID token for temporary credentials.

use crate::Aws;
use crate::error::cloud_error;
use aws_sdk_sts::types::{AssumedRoleUser, Credentials};
use claimbridge_core::resource::{CloudError, CloudErrorKind, Leftover};
use claimbridge_core::time::Instant;
use secrecy::SecretString;

/// What STS said of an accepted response or token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FederatedSession {
    /// ARN of the session.
    pub arn: String,
    /// The NameID, or `sub`.
    pub subject: String,
    /// What AWS calls Audience: the Recipient of a response, the client of a token.
    pub audience: String,
}

/// Temporary credentials of the person who signed in. Secrets: they show themselves to no log and are
/// written nowhere.
pub struct FederatedCredentials {
    /// Goes with every call in the clear, and is worth nothing alone.
    pub access_key_id: SecretString,
    /// Signs.
    pub secret_access_key: SecretString,
    /// Goes with every call.
    pub session_token: SecretString,
    /// When they end.
    pub expires: Option<Instant>,
}

impl FederatedCredentials {
    fn from_sdk(operation: &str, given: Option<&Credentials>) -> Result<FederatedCredentials, CloudError> {
        let given = given.ok_or_else(|| CloudError {
            kind: CloudErrorKind::Invalid,
            operation: operation.to_owned(),
            code: None,
            message: "STS accepted it and gave no credentials".into(),
            request_id: None,
            leftover: Leftover::Nothing,
        })?;
        Ok(FederatedCredentials {
            access_key_id: given.access_key_id().into(),
            secret_access_key: given.secret_access_key().into(),
            session_token: given.session_token().into(),
            expires: Instant::from_unix_timestamp(given.expiration().secs()).ok(),
        })
    }
}

fn session(
    user: Option<&AssumedRoleUser>,
    subject: Option<&str>,
    audience: Option<&str>,
) -> FederatedSession {
    let text = |t: Option<&str>| t.unwrap_or_default().to_owned();
    FederatedSession {
        arn: text(user.map(AssumedRoleUser::arn)),
        subject: text(subject),
        audience: text(audience),
    }
}

/// Seconds: the shortest that STS gives, for a session that nobody uses.
const SHORTEST: i32 = 900;

impl Aws {
    /// Redeems a response, within five minutes of its issue, and drops the credentials: whoever only asks
    /// whether AWS accepts it needs no secrets. `response` is the form value as it was posted.
    ///
    /// # Errors
    /// [`CloudError`] with STS's code and words.
    pub async fn assume_role_with_saml(
        &self,
        role: &str,
        provider: &str,
        response: &str,
    ) -> Result<FederatedSession, CloudError> {
        let (session, _) = self
            .federate_with_saml(role, provider, response, SHORTEST)
            .await?;
        Ok(session)
    }

    /// Redeems a response and keeps the credentials for `seconds`, 900 to the role's MaxSessionDuration.
    ///
    /// # Errors
    /// [`CloudError`] with STS's code and words.
    pub async fn federate_with_saml(
        &self,
        role: &str,
        provider: &str,
        response: &str,
        seconds: i32,
    ) -> Result<(FederatedSession, FederatedCredentials), CloudError> {
        const OPERATION: &str = "AssumeRoleWithSAML";
        let answer = self
            .anonymous
            .assume_role_with_saml()
            .role_arn(role)
            .principal_arn(provider)
            .saml_assertion(response)
            .duration_seconds(seconds)
            .send()
            .await
            .map_err(|e| cloud_error(OPERATION, self, &e))?;
        Ok((
            session(answer.assumed_role_user(), answer.subject(), answer.audience()),
            FederatedCredentials::from_sdk(OPERATION, answer.credentials())?,
        ))
    }

    /// Redeems an ID token and drops the credentials. `name` names the session: 2 to 64 of `[\w+=,.@-]`.
    ///
    /// # Errors
    /// [`CloudError`] with STS's code and words.
    pub async fn assume_role_with_web_identity(
        &self,
        role: &str,
        name: &str,
        token: &str,
    ) -> Result<FederatedSession, CloudError> {
        let (session, _) = self
            .federate_with_web_identity(role, name, token, SHORTEST)
            .await?;
        Ok(session)
    }

    /// Redeems an ID token and keeps the credentials for `seconds`, 900 to the role's MaxSessionDuration.
    ///
    /// # Errors
    /// [`CloudError`] with STS's code and words.
    pub async fn federate_with_web_identity(
        &self,
        role: &str,
        name: &str,
        token: &str,
        seconds: i32,
    ) -> Result<(FederatedSession, FederatedCredentials), CloudError> {
        const OPERATION: &str = "AssumeRoleWithWebIdentity";
        let answer = self
            .anonymous
            .assume_role_with_web_identity()
            .role_arn(role)
            .role_session_name(name)
            .web_identity_token(token)
            .duration_seconds(seconds)
            .send()
            .await
            .map_err(|e| cloud_error(OPERATION, self, &e))?;
        Ok((
            session(
                answer.assumed_role_user(),
                answer.subject_from_web_identity_token(),
                answer.audience(),
            ),
            FederatedCredentials::from_sdk(OPERATION, answer.credentials())?,
        ))
    }
}
