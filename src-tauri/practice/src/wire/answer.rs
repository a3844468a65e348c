//! Answers: JSON, XML, and none at all.

use axum::body::{Body, Bytes};
use axum::http::{Response, StatusCode};
use serde_json::Value as Json;

pub(super) fn respond(
    status: u16,
    kind: &str,
    body: String,
    request_id: &str,
    code: Option<&str>,
) -> Response<Body> {
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
pub(super) fn dropped() -> Response<Body> {
    let broken = futures::stream::once(async {
        Err::<Bytes, _>(std::io::Error::other("the practice world drops this answer"))
    });
    Response::new(Body::from_stream(broken))
}

pub(super) fn to_xml(json: &Json, out: &mut String) {
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
