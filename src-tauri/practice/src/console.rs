//! Somebody with AWS's console or command line, beside every set-up: calls by the wire, and what AWS refuses
//! in its own words.

use reqwest::header::HeaderMap;
use serde_json::{Value as Json, json};
use std::fmt;

/// An administrator's own hands in AWS.
pub struct Console {
    origin: String,
    region: String,
    http: reqwest::Client,
}

/// What AWS refused, as its command line says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// API operation.
    pub operation: String,
    /// Error code.
    pub code: String,
    /// AWS's words.
    pub message: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "An error occurred ({}) when calling the {} operation: {}",
            self.code, self.operation, self.message
        )
    }
}

impl Console {
    /// At an endpoint, in a region.
    pub fn new(origin: &str, region: &str) -> Console {
        Console {
            origin: origin.to_owned(),
            region: region.to_owned(),
            http: reqwest::Client::builder().no_proxy().build().unwrap_or_default(),
        }
    }

    /// One call of IAM or STS.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn query(
        &self,
        service: &str,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> Result<String, Refused> {
        let version = crate::model::service(service).map_or("", |s| s.version.as_str());
        let call = self.http.post(format!("{}/", self.origin));
        let fields = [("Action", action), ("Version", version)];
        let form: Vec<(&str, &str)> = fields.into_iter().chain(parameters.iter().copied()).collect();
        self.send(service, action, call.form(&form)).await
    }

    /// One call of a service that speaks JSON.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn json(&self, service: &str, action: &str, input: &Json) -> Result<String, Refused> {
        let prefix = crate::model::service(service).map_or("", |s| s.target.as_str());
        let call = self
            .http
            .post(format!("{}/", self.origin))
            .header("x-amz-target", format!("{prefix}.{action}"))
            .header("content-type", "application/x-amz-json-1.1")
            .body(input.to_string());
        self.send(service, action, call).await
    }

    /// One call of Amazon Q Business; `action` is only for the words of a refusal.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn q(&self, action: &str, (method, path): (&str, &str), input: &Json) -> Result<Json, Refused> {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap_or(reqwest::Method::GET);
        let mut call = self.http.request(method, format!("{}{path}", self.origin));
        if !input.is_null() {
            call = call
                .header("content-type", "application/json")
                .body(input.to_string());
        }
        let text = self.send("qbusiness", action, call).await?;
        Ok(serde_json::from_str(&text).unwrap_or(json!({})))
    }

    async fn send(
        &self,
        service: &str,
        action: &str,
        call: reqwest::RequestBuilder,
    ) -> Result<String, Refused> {
        let scope = format!(
            "AKIAPRACTICE00000000/20260101/{}/{service}/aws4_request",
            self.region
        );
        // The practice world looks at the form of a signature, having no secret to verify it with.
        let signed = format!(
            "AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature={}",
            "0".repeat(64)
        );
        let refused = |code: &str, message: String| Refused {
            operation: action.to_owned(),
            code: code.to_owned(),
            message,
        };
        let sent = call
            .header("authorization", signed)
            .header("x-amz-date", "20260101T000000Z")
            .send()
            .await
            .map_err(|e| refused("NoAnswer", e.to_string()))?;
        let (ok, code) = (sent.status().is_success(), code_of(sent.headers()));
        let text = sent
            .text()
            .await
            .map_err(|e| refused("NoAnswer", e.to_string()))?;
        if ok {
            return Ok(text);
        }
        let inside = |tag: &str| {
            let (_, rest) = text.split_once(&format!("<{tag}>"))?;
            let (words, _) = rest.split_once(&format!("</{tag}>"))?;
            Some(crate::administrator::unescape(words))
        };
        let message = match serde_json::from_str::<Json>(&text) {
            Ok(body) => body.get("message").and_then(Json::as_str).map(str::to_owned),
            Err(_) => inside("Message"),
        };
        let code = inside("Code").unwrap_or(code);
        Err(refused(&code, message.unwrap_or_default()))
    }
}

fn code_of(headers: &HeaderMap) -> String {
    let code = headers.get("x-amzn-errortype").and_then(|h| h.to_str().ok());
    code.unwrap_or_default().to_owned()
}
