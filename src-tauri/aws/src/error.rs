//! From the SDK's errors to the core's: the kind decides, the code and the words are kept.

use crate::Aws;
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use claimbridge_core::resource::{CloudError, CloudErrorKind, Leftover};
use std::error::Error;

/// The code of an error whose cause is the credentials, where AWS was never asked.
pub(crate) const CREDENTIALS: &str = "Credentials";

/// Translates one failed call.
pub(crate) fn cloud_error<E>(operation: &str, aws: &Aws, error: &SdkError<E, HttpResponse>) -> CloudError
where
    E: Error + ProvideErrorMetadata + 'static,
{
    let status = error.raw_response().map(|r| r.status().as_u16());
    let code = error.code().map(str::to_owned);
    let credentials = credentials_problem(error, aws.profile.as_deref());
    let kind = match (&credentials, error) {
        (Some(_), _) => CloudErrorKind::Denied,
        (None, SdkError::ConstructionFailure(_)) => CloudErrorKind::Invalid,
        (None, SdkError::ServiceError(_)) => {
            kind_of(code.as_deref().unwrap_or_default(), status.unwrap_or_default())
        }
        (None, _) => CloudErrorKind::OutcomeUnknown,
    };
    let message = credentials
        .clone()
        .or_else(|| error.message().map(str::to_owned))
        .unwrap_or_else(|| match error {
            SdkError::DispatchFailure(_) | SdkError::TimeoutError(_) => format!(
                "{} does not answer ({}). Check the network, the proxy (HTTPS_PROXY) and the endpoint, then try again",
                aws.stand_in().unwrap_or("AWS"),
                cause(error)
            ),
            _ => cause(error),
        });
    CloudError {
        kind,
        operation: operation.to_owned(),
        code: credentials.map(|_| CREDENTIALS.to_owned()).or(code),
        message,
        request_id: error
            .request_id()
            .or_else(|| error.meta().request_id())
            .map(str::to_owned),
        leftover: if kind == CloudErrorKind::OutcomeUnknown {
            Leftover::Unknown
        } else {
            Leftover::Nothing
        },
    }
}

fn kind_of(code: &str, status: u16) -> CloudErrorKind {
    match code {
        "NoSuchEntity" | "ResourceNotFoundException" => CloudErrorKind::Gone,
        "EntityAlreadyExists" | "ConflictException" | "ConcurrentModification" | "DeleteConflict" => {
            CloudErrorKind::Conflict
        }
        "Throttling" | "ThrottlingException" | "RequestLimitExceeded" | "TooManyRequestsException" => {
            CloudErrorKind::Throttled
        }
        "RequestTimeout" | "RequestTimeoutException" => CloudErrorKind::OutcomeUnknown,
        _ if status >= 500 => CloudErrorKind::OutcomeUnknown,
        "AccessDenied"
        | "AccessDeniedException"
        | "UnauthorizedOperation"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "ExpiredToken"
        | "SignatureDoesNotMatch"
        | "OptInRequired" => CloudErrorKind::Denied,
        _ if status == 403 || status == 401 => CloudErrorKind::Denied,
        _ => CloudErrorKind::Invalid,
    }
}

/// The innermost cause: what the connection itself said.
fn cause(error: &(dyn Error + 'static)) -> String {
    let mut at = error;
    while let Some(next) = at.source() {
        at = next;
    }
    at.to_string()
}

/// What is wrong with the credentials and the command that mends it, if that is the cause.
fn credentials_problem(error: &(dyn Error + 'static), profile: Option<&str>) -> Option<String> {
    use aws_sdk_sso::error::SdkError as SsoSdkError;
    use aws_sdk_sso::operation::get_role_credentials::GetRoleCredentialsError;
    let login = match profile {
        Some(profile) => format!("aws sso login --profile {profile}"),
        None => "aws sso login".to_owned(),
    };
    let mut kind = None;
    let mut sso = false;
    let mut at = Some(error);
    while let Some(seen) = at {
        if let Some(c) = seen.downcast_ref::<CredentialsError>()
            && kind.is_none()
        {
            kind = Some(match c {
                CredentialsError::CredentialsNotLoaded(_) => {
                    "There are no AWS credentials. Choose a profile, or sign in with the AWS command line."
                        .to_owned()
                }
                CredentialsError::InvalidConfiguration(_) => format!(
                    "The AWS configuration of this profile cannot be used: {}",
                    cause(seen)
                ),
                CredentialsError::ProviderTimedOut(_) => {
                    "The AWS credentials were not there in time.".to_owned()
                }
                _ => format!("The AWS credentials could not be loaded: {}", cause(seen)),
            });
        }
        if let Some(s) = seen.downcast_ref::<SsoSdkError<GetRoleCredentialsError>>() {
            sso |= s
                .as_service_error()
                .is_some_and(GetRoleCredentialsError::is_unauthorized_exception);
        }
        // The SDK keeps these types private: its words are the only mark of an expired SSO session,
        // and a wording that changes costs the hint, not the error.
        let words = seen.to_string();
        sso |= words == "the SSO token has expired and cannot be refreshed"
            || words == "failed to load the cached SSO token"
            || words.ends_with("in cached SSO token file")
            || words.ends_with("in the cached SSO token file")
            || (words.starts_with("failed to read `") && words.contains("sso"));
        at = seen.source();
    }
    match (kind, sso) {
        (Some(_), true) => Some(format!("The SSO session has expired. Run: {login}")),
        (other, _) => other,
    }
}
