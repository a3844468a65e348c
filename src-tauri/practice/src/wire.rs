//! The protocols of AWS on one port: the query protocol of IAM and STS, REST-JSON of Q Business, JSON of
//! Secrets Manager, KMS and Kendra, REST of S3; latency, and calls that go wrong.

use crate::config::{CallFaultKind, Takes};
use crate::model::{self, Refused, Service};
use crate::state::{ACCOUNT, Session};
use crate::{World, iam, kendra, kms, qbusiness, s3, secretsmanager, sts, trail};
use answer::{dropped, respond, to_xml};
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Response, Uri};
use caller::caller;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::time::Duration;

mod answer;
mod caller;
pub(crate) use answer::escape;

/// An error as AWS answers it.
#[derive(Debug, Clone)]
pub(crate) struct AwsError {
    pub status: u16,
    pub code: &'static str,
    pub message: String,
    /// Further members of a JSON error.
    pub detail: Json,
}

impl AwsError {
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> AwsError {
        AwsError {
            status,
            code,
            message: message.into(),
            detail: json!({}),
        }
    }
}

/// Who calls.
pub(crate) struct Caller {
    pub region: String,
    pub arn: String,
    pub session: Option<Session>,
}

pub(crate) type Answer = Result<Json, AwsError>;

/// Answers any request that is none of the portal's.
pub(crate) async fn handle(
    world: &World,
    method: Method,
    uri: Uri,
    headers: &HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let request_id = format!("00000000-0000-4000-8000-{:012x}", world.state().next());
    if let Some(target) = headers.get("x-amz-target").and_then(|t| t.to_str().ok()) {
        let result = json_call(world, target, headers, &body).await;
        return json_answer(result, "application/x-amz-json-1.1", &request_id);
    }
    if caller::signed_service(headers) == Some("s3") {
        return s3_call(world, &method, &uri, headers, &body, &request_id).await;
    }
    if method == Method::POST && uri.path() == "/" {
        let (name, result) = query_call(world, headers, &body).await;
        return query_answer(&name, result, &request_id);
    }
    let result = rest_call(world, &method, &uri, headers, &body).await;
    json_answer(result, "application/json", &request_id)
}

enum Outcome {
    Error(AwsError),
    Dropped,
}

impl From<AwsError> for Outcome {
    fn from(error: AwsError) -> Self {
        Outcome::Error(error)
    }
}

fn json_answer(result: Result<Json, Outcome>, kind: &str, request_id: &str) -> Response<Body> {
    match result {
        Ok(json) => respond(200, kind, json.to_string(), request_id, None),
        Err(Outcome::Dropped) => dropped(),
        Err(Outcome::Error(error)) => {
            let mut body = error.detail;
            if let Json::Object(map) = &mut body {
                map.insert("message".into(), json!(error.message));
                map.insert("__type".into(), json!(error.code));
            }
            respond(error.status, kind, body.to_string(), request_id, Some(error.code))
        }
    }
}

fn query_answer(name: &str, result: Result<Json, Outcome>, request_id: &str) -> Response<Body> {
    match result {
        Ok(json) => {
            let mut xml = format!("<{name}Response xmlns=\"https://practice.invalid/\"><{name}Result>");
            to_xml(&json, &mut xml);
            xml.push_str(&format!(
                "</{name}Result><ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{name}Response>"
            ));
            respond(200, "text/xml", xml, request_id, None)
        }
        Err(Outcome::Dropped) => dropped(),
        Err(Outcome::Error(error)) => {
            let xml = format!(
                "<ErrorResponse xmlns=\"https://practice.invalid/\"><Error><Type>{}</Type><Code>{}</Code><Message>{}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>",
                if error.status < 500 { "Sender" } else { "Receiver" },
                error.code,
                escape(&error.message)
            );
            respond(error.status, "text/xml", xml, request_id, None)
        }
    }
}

async fn query_call(world: &World, headers: &HeaderMap, body: &[u8]) -> (String, Result<Json, Outcome>) {
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(body).into_owned().collect();
    let action = form.get("Action").cloned().unwrap_or_default();
    let version = form.get("Version").cloned().unwrap_or_default();
    let found = ["iam", "sts"]
        .into_iter()
        .filter_map(|name| model::service(name).map(|s| (name, s)))
        .find(|(_, s)| s.version == version)
        .and_then(|(name, s)| s.operations.get(&action).map(|o| (name, s, o)));
    let Some((service_name, service, operation)) = found else {
        let error = AwsError::new(
            400,
            "InvalidAction",
            format!("Could not find operation {action} for version {version}"),
        );
        return (action, Err(error.into()));
    };
    let result = async {
        let caller = caller(world, headers, operation.unsigned, false)?;
        let input = service
            .query_input(operation, &form)
            .map_err(|refused| AwsError::new(400, "ValidationError", constraint(&refused)))?;
        if action == "AssumeRoleWithWebIdentity" {
            let token = input.get("WebIdentityToken").and_then(Json::as_str);
            sts::fetch_keys(world, token.unwrap_or_default()).await;
        }
        let answer = perform(world, (service_name, &action), &QUERY, || match service_name {
            "iam" => iam::call(world, &action, &input, &caller),
            _ => sts::call(world, &action, &input, &caller),
        })
        .await;
        match &answer {
            Ok(_) => trail::record(world, &action, &input, &caller.region, None),
            Err(Outcome::Error(error)) => trail::record(world, &action, &input, &caller.region, Some(error)),
            Err(Outcome::Dropped) => {}
        }
        answer
    }
    .await;
    (action, result)
}

/// AWS's sentence about a member that the model forbids.
fn constraint(refused: &Refused) -> String {
    let mut chars = refused.member.chars();
    let member: String = chars
        .next()
        .map(|c| c.to_lowercase().chain(chars).collect())
        .unwrap_or_default();
    format!(
        "1 validation error detected: Value at '{member}' failed to satisfy constraint: {}",
        refused.why
    )
}

async fn rest_call(
    world: &World,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Json, Outcome> {
    let service: &Service = model::service("qbusiness").expect("the table has the service");
    let Some((name, operation, labels)) = service.route(method.as_str(), uri.path()) else {
        let error = AwsError::new(
            404,
            "UnknownOperationException",
            format!("no operation {method} {}", uri.path()),
        );
        return Err(error.into());
    };
    let caller = caller(world, headers, operation.unsigned, true)?;
    if !["us-east-1", "us-west-2", "eu-west-1", "ap-southeast-2"].contains(&caller.region.as_str()) {
        return Err(AwsError::new(
            403,
            "UnrecognizedClientException",
            format!("Amazon Q Business does not exist in {}", caller.region),
        )
        .into());
    }
    let input = service
        .rest_input(operation, labels, uri.query().unwrap_or_default(), body)
        .map_err(invalid)?;
    perform(world, ("qbusiness", name), &REST, || {
        qbusiness::call(world, name, &input, &caller)
    })
    .await
}

fn invalid(refused: Refused) -> AwsError {
    let mut error = AwsError::new(400, "ValidationException", constraint(&refused));
    error.detail = json!({
        "reason": "FIELD_VALIDATION_FAILED",
        "fields": [{"name": refused.member, "message": refused.why}],
    });
    error
}

async fn json_call(world: &World, target: &str, headers: &HeaderMap, body: &[u8]) -> Result<Json, Outcome> {
    // Of CloudTrail's prefix some clients send the last part alone.
    let (prefix, action) = target.rsplit_once('.').unwrap_or_default();
    let last = |prefix: &str| prefix.rsplit('.').next().map(str::to_owned);
    let found = ["secretsmanager", "kms", "kendra", "cloudtrail"]
        .into_iter()
        .filter_map(|name| model::service(name).map(|s| (name, s)))
        .find(|(_, s)| !s.target.is_empty() && last(&s.target) == last(prefix))
        .and_then(|(name, s)| s.operations.get(action).map(|o| (name, s, o)));
    let Some((service_name, service, operation)) = found else {
        return Err(AwsError::new(400, "UnknownOperationException", format!("no operation {target}")).into());
    };
    let caller = caller(world, headers, operation.unsigned, true)?;
    // What a web experience's role may do with these services it does through Amazon Q Business.
    if caller.session.is_some() {
        return Err(AwsError::new(
            400,
            "AccessDeniedException",
            format!(
                "User: {} is not authorized to perform: {service_name}:{action}",
                caller.arn
            ),
        )
        .into());
    }
    let faults = match service_name {
        "cloudtrail" => &CLOUDTRAIL,
        "kendra" => &KENDRA,
        "kms" => &KMS,
        _ => &SECRETS,
    };
    let input = service
        .json_input(operation, body)
        .map_err(|refused| AwsError::new(400, faults.invalid, constraint(&refused)))?;
    perform(world, (service_name, action), faults, || match service_name {
        "secretsmanager" => secretsmanager::call(world, action, &input, &caller),
        "kms" => kms::call(world, action, &input, &caller),
        "cloudtrail" => trail::call(world, action, &input, &caller),
        _ => kendra::call(action, &input, &caller),
    })
    .await
}

async fn s3_call(
    world: &World,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
    request_id: &str,
) -> Response<Body> {
    let result = async {
        let caller = caller(world, headers, false, false)?;
        let request = s3::Request::read(method, uri.path(), headers, body)?;
        perform(world, ("s3", request.operation()), &S3, || {
            s3::call(world, request, &caller)
        })
        .await
    }
    .await;
    match result {
        Ok(json) => s3::answer(&json, request_id),
        Err(Outcome::Dropped) => dropped(),
        Err(Outcome::Error(error)) => {
            let xml = format!(
                "<Error><Code>{}</Code><Message>{}</Message><RequestId>{request_id}</RequestId></Error>",
                error.code,
                escape(&error.message)
            );
            // No answer to HEAD has a body.
            let body = if method == Method::HEAD {
                String::new()
            } else {
                xml
            };
            respond(error.status, "application/xml", body, request_id, None)
        }
    }
}

/// What a service calls the troubles that all have.
struct Troubles {
    takes: Takes,
    invalid: &'static str,
    denied: (u16, &'static str),
    throttled: (u16, &'static str),
    internal: &'static str,
}

const QUERY: Troubles = Troubles {
    takes: Takes::IamCall,
    invalid: "ValidationError",
    denied: (403, "AccessDenied"),
    throttled: (400, "Throttling"),
    internal: "ServiceFailure",
};
const REST: Troubles = Troubles {
    takes: Takes::QCall,
    invalid: "ValidationException",
    denied: (403, "AccessDeniedException"),
    throttled: (429, "ThrottlingException"),
    internal: "InternalServerException",
};
const SECRETS: Troubles = Troubles {
    takes: Takes::IamCall,
    invalid: "ValidationException",
    denied: (400, "AccessDeniedException"),
    throttled: (400, "ThrottlingException"),
    internal: "InternalServiceError",
};
const KMS: Troubles = Troubles {
    internal: "KMSInternalException",
    ..SECRETS
};
const KENDRA: Troubles = Troubles {
    internal: "InternalServerException",
    ..SECRETS
};
const CLOUDTRAIL: Troubles = Troubles {
    internal: "InternalServerException",
    ..SECRETS
};
const S3: Troubles = Troubles {
    takes: Takes::IamCall,
    invalid: "InvalidRequest",
    denied: (403, "AccessDenied"),
    throttled: (503, "SlowDown"),
    internal: "InternalError",
};

async fn perform(
    world: &World,
    (service, operation): (&str, &str),
    troubles: &Troubles,
    act: impl FnOnce() -> Answer,
) -> Result<Json, Outcome> {
    world.state().calls.push(operation.to_owned());
    let pause = world.latency(troubles.takes);
    if !pause.is_zero() {
        tokio::time::sleep(pause).await;
    }
    let error = |(status, code), message: &str| Err(AwsError::new(status, code, message).into());
    match world.take_fault(operation) {
        None => Ok(act()?),
        Some(CallFaultKind::DropAfter) => {
            // What the act answered is lost on purpose.
            drop(act());
            Err(Outcome::Dropped)
        }
        Some(CallFaultKind::Timeout) => {
            tokio::time::sleep(Duration::from_secs(90)).await;
            Err(Outcome::Dropped)
        }
        Some(CallFaultKind::Answered(said)) => error(
            (said.status, said.code),
            &said
                .message
                .replace("{action}", &format!("{service}:{operation}")),
        ),
        Some(CallFaultKind::Denied) => error(
            troubles.denied,
            // documented (IAM: troubleshoot access denied messages)
            &format!(
                "User: arn:aws:iam::{ACCOUNT}:user/practice is not authorized to perform: {service}:{operation} because no identity-based policy allows the {service}:{operation} action"
            ),
        ),
        Some(CallFaultKind::ServerError) => error((500, troubles.internal), "An internal error occurred."),
        // Both codes are documented (STS: AssumeRoleWithWebIdentity), the words are not.
        Some(CallFaultKind::IdpUnreachable) => error(
            (400, "IDPCommunicationError"),
            "The identity provider could not be reached",
        ),
        Some(CallFaultKind::RegionDisabled) => error(
            (403, "RegionDisabledException"),
            "STS is not activated in this region for this account",
        ),
        Some(CallFaultKind::Throttle) => error(troubles.throttled, "Rate exceeded"),
    }
}
