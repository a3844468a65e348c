//! STS: a SAML response for temporary credentials.

use crate::Aws;
use crate::error::cloud_error;
use claimbridge_core::resource::CloudError;

/// What STS said of an accepted response. The credentials themselves are dropped: nothing here
/// needs them, and they are secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FederatedSession {
    /// ARN of the session.
    pub arn: String,
    /// The NameID.
    pub subject: String,
    /// What AWS calls Audience: the Recipient.
    pub audience: String,
}

impl Aws {
    /// Redeems a response, within five minutes of its issue. `response` is the form value as it was posted.
    ///
    /// # Errors
    /// [`CloudError`] with STS's code and words.
    pub async fn assume_role_with_saml(
        &self,
        role: &str,
        provider: &str,
        response: &str,
    ) -> Result<FederatedSession, CloudError> {
        let answer = self
            .anonymous
            .assume_role_with_saml()
            .role_arn(role)
            .principal_arn(provider)
            .saml_assertion(response)
            .duration_seconds(900)
            .send()
            .await
            .map_err(|e| cloud_error("AssumeRoleWithSAML", self, &e))?;
        let text = |t: Option<&str>| t.unwrap_or_default().to_owned();
        Ok(FederatedSession {
            arn: text(answer.assumed_role_user().map(|u| u.arn())),
            subject: text(answer.subject()),
            audience: text(answer.audience()),
        })
    }
}
