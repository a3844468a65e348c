//! The protocols of AWS on one port: the query protocol of IAM and STS, REST-JSON of Q Business,
//! the signature header, latency, and calls that go wrong.

use crate::config::{CallFaultKind, Takes};
use crate::model::{self, Refused, Service};
use crate::state::{ACCOUNT, Session};
use crate::{World, iam, qbusiness, sts};
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// An error as AWS answers it.
#[derive(Debug, Clone)]
pub(crate) struct AwsError {
    pub status: u16,
    pub code: &'static str,
    pub message: String,
    /// Further members of a REST-JSON error.
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
    let rest = !(method == Method::POST && uri.path() == "/");
    let request_id = format!("00000000-0000-4000-8000-{:012x}", world.state().next());
    let (name, result) = if rest {
        rest_call(world, &method, &uri, headers, &body).await
    } else {
        query_call(world, headers, &body).await
    };
    match (result, rest) {
        (Err(Outcome::Dropped), _) => dropped(),
        (Ok(json), true) => respond(200, "application/json", json.to_string(), &request_id, None),
        (Ok(json), false) => {
            let mut xml = format!("<{name}Response xmlns=\"https://practice.invalid/\"><{name}Result>");
            to_xml(&json, &mut xml);
            xml.push_str(&format!(
                "</{name}Result><ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{name}Response>"
            ));
            respond(200, "text/xml", xml, &request_id, None)
        }
        (Err(Outcome::Error(error)), true) => {
            let mut body = error.detail.clone();
            if let Json::Object(map) = &mut body {
                map.insert("message".into(), json!(error.message));
            }
            respond(
                error.status,
                "application/json",
                body.to_string(),
                &request_id,
                Some(error.code),
            )
        }
        (Err(Outcome::Error(error)), false) => {
            let xml = format!(
                "<ErrorResponse xmlns=\"https://practice.invalid/\"><Error><Type>{}</Type><Code>{}</Code><Message>{}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>",
                if error.status < 500 { "Sender" } else { "Receiver" },
                error.code,
                escape(&error.message)
            );
            respond(error.status, "text/xml", xml, &request_id, None)
        }
    }
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
        let input = service.query_input(operation, &form).map_err(|refused| {
            AwsError::new(
                400,
                "ValidationError",
                format!(
                    "1 validation error detected: Value at '{}' failed to satisfy constraint: {}",
                    lower_first(&refused.member),
                    refused.why
                ),
            )
        })?;
        perform(world, &action, Takes::IamCall, || match service_name {
            "iam" => iam::call(world, &action, &input, &caller),
            _ => sts::call(world, &action, &input, &caller),
        })
        .await
    }
    .await;
    (action, result)
}

async fn rest_call(
    world: &World,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> (String, Result<Json, Outcome>) {
    let service: &Service = model::service("qbusiness").expect("the table has the service");
    let Some((name, operation, labels)) = service.route(method.as_str(), uri.path()) else {
        let error = AwsError::new(
            404,
            "UnknownOperationException",
            format!("no operation {method} {}", uri.path()),
        );
        return (String::new(), Err(error.into()));
    };
    let result = async {
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
        perform(world, name, Takes::QCall, || {
            qbusiness::call(world, name, &input, &caller)
        })
        .await
    }
    .await;
    (name.to_owned(), result)
}

fn invalid(refused: Refused) -> AwsError {
    let mut error = AwsError::new(
        400,
        "ValidationException",
        format!("{}: {}", refused.member, refused.why),
    );
    error.detail = json!({
        "reason": "FIELD_VALIDATION_FAILED",
        "fields": [{"name": refused.member, "message": refused.why}],
    });
    error
}

async fn perform(
    world: &World,
    operation: &str,
    takes: Takes,
    act: impl FnOnce() -> Answer,
) -> Result<Json, Outcome> {
    let pause = world.latency(takes);
    if !pause.is_zero() {
        tokio::time::sleep(pause).await;
    }
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
        Some(CallFaultKind::Denied) => Err(AwsError::new(
            403,
            if takes == Takes::QCall { "AccessDeniedException" } else { "AccessDenied" },
            format!("User: arn:aws:iam::{ACCOUNT}:user/practice is not authorized to perform: {operation} because no identity-based policy allows the action"),
        )
        .into()),
        Some(CallFaultKind::ServerError) => Err(AwsError::new(
            500,
            if takes == Takes::QCall { "InternalServerException" } else { "ServiceFailure" },
            "An internal error occurred.",
        )
        .into()),
        Some(CallFaultKind::Throttle) => Err(AwsError::new(
            if takes == Takes::QCall { 429 } else { 400 },
            if takes == Takes::QCall { "ThrottlingException" } else { "Throttling" },
            "Rate exceeded",
        )
        .into()),
    }
}

/// Reads the SigV4 header. The practice world has no secrets to verify it with; what AWS would
/// refuse for its form is refused here.
fn caller(world: &World, headers: &HeaderMap, unsigned: bool, rest: bool) -> Result<Caller, AwsError> {
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

fn respond(status: u16, kind: &str, body: String, request_id: &str, code: Option<&str>) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    let mut put = |name: &'static str, value: &str| {
        if let Ok(value) = value.parse() {
            headers.insert(name, value);
        }
    };
    put("content-type", kind);
    put("x-amzn-requestid", request_id);
    if let Some(code) = code {
        put("x-amzn-errortype", code);
    }
    response
}

/// A body that breaks off at once: the connection closes without an answer.
fn dropped() -> Response<Body> {
    let broken = futures::stream::once(async {
        Err::<Bytes, _>(std::io::Error::other("the practice world drops this answer"))
    });
    Response::new(Body::from_stream(broken))
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map(|c| c.to_lowercase().chain(chars).collect())
        .unwrap_or_default()
}

fn to_xml(json: &Json, out: &mut String) {
    match json {
        Json::Object(map) => {
            for (key, value) in map {
                if value.is_null() {
                    continue;
                }
                out.push_str(&format!("<{key}>"));
                to_xml(value, out);
                out.push_str(&format!("</{key}>"));
            }
        }
        Json::Array(items) => {
            for item in items {
                out.push_str("<member>");
                to_xml(item, out);
                out.push_str("</member>");
            }
        }
        Json::String(text) => out.push_str(&escape(text)),
        Json::Null => {}
        Json::Bool(_) | Json::Number(_) => out.push_str(&json.to_string()),
    }
}

/// For XML and HTML text and attribute values.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}
