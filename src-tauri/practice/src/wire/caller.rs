//! Who calls: the form of the SigV4 header, and the sessions that STS gave out.

use super::{AwsError, Caller};
use crate::World;
use crate::state::ACCOUNT;
use axum::http::HeaderMap;

/// The service that the signature is for.
pub(super) fn signed_service(headers: &HeaderMap) -> Option<&str> {
    let header = headers.get("authorization")?.to_str().ok()?;
    header.split("Credential=").nth(1)?.split('/').nth(3)
}

/// Reads the SigV4 header. The practice world has no secrets to verify it with; what AWS would
/// refuse for its form is refused here.
pub(super) fn caller(
    world: &World,
    headers: &HeaderMap,
    unsigned: bool,
    rest: bool,
) -> Result<Caller, AwsError> {
    let header = headers.get("authorization").and_then(|h| h.to_str().ok());
    let Some(header) = header else {
        if unsigned {
            return Ok(Caller {
                region: "us-east-1".into(),
                arn: String::new(),
                session: None,
            });
        }
        let code = if rest {
            "MissingAuthenticationTokenException"
        } else {
            "MissingAuthenticationToken"
        };
        return Err(AwsError::new(
            403,
            code,
            "Request is missing Authentication Token",
        ));
    };
    let incomplete = || {
        AwsError::new(
            403,
            "IncompleteSignature",
            "Authorization header requires a well-formed AWS Signature Version 4",
        )
    };
    let fields = header.strip_prefix("AWS4-HMAC-SHA256 ").ok_or_else(incomplete)?;
    let part = |name: &str| {
        fields
            .split(',')
            .find_map(|f| f.trim().strip_prefix(name)?.strip_prefix('='))
            .ok_or_else(incomplete)
    };
    let scope: Vec<&str> = part("Credential")?.split('/').collect();
    let signature = part("Signature")?;
    part("SignedHeaders")?;
    let [key, date, region, _service, "aws4_request"] = scope.as_slice() else {
        return Err(incomplete());
    };
    let hex = signature.len() == 64 && signature.bytes().all(|b| b.is_ascii_hexdigit());
    if !hex || date.len() != 8 || !headers.contains_key("x-amz-date") {
        return Err(incomplete());
    }
    let session = world.state().sessions.get(*key).cloned();
    let sent = headers.get("x-amz-security-token").and_then(|h| h.to_str().ok());
    let known = session.as_ref().is_some_and(|s| Some(s.token.as_str()) == sent);
    if key.starts_with("ASIAPRACTICE") && !known {
        return Err(AwsError::new(
            403,
            "InvalidClientTokenId",
            "The security token included in the request is invalid",
        ));
    }
    let arn = match &session {
        Some(s) => format!("arn:aws:sts::{ACCOUNT}:assumed-role/{}/{}", s.role, s.name),
        None => format!("arn:aws:iam::{ACCOUNT}:user/practice"),
    };
    Ok(Caller {
        region: (*region).to_owned(),
        arn,
        session,
    })
}
