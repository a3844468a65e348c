//! S3, as far as lists of group members need it: objects are put, deleted, and read by Amazon Q Business.
//! Buckets are there from the start. Path style, and virtual hosts below `localhost`.

use crate::World;
use crate::wire::{Answer, AwsError, Caller};
use axum::body::Body;
use axum::http::{HeaderMap, Method, Response, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

/// A bucket in us-east-1.
pub const BUCKET: &str = "practice-groups";
/// A bucket in us-west-2.
pub const BUCKET_WEST: &str = "practice-groups-west";

const BUCKETS: [(&str, &str); 2] = [(BUCKET, "us-east-1"), (BUCKET_WEST, "us-west-2")];

/// The region of a bucket that exists.
pub(crate) fn region_of(bucket: &str) -> Option<&'static str> {
    BUCKETS
        .iter()
        .find(|(name, _)| *name == bucket)
        .map(|(_, region)| *region)
}

/// A request that was understood.
pub(crate) struct Request {
    bucket: String,
    key: String,
    act: Act,
}

enum Act {
    Head,
    Put(Vec<u8>),
    Delete,
}

impl Request {
    pub fn read(method: &Method, path: &str, headers: &HeaderMap, body: &[u8]) -> Result<Request, AwsError> {
        let host = headers
            .get("host")
            .and_then(|h| h.to_str().ok())
            .unwrap_or_default();
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let path = path.strip_prefix('/').unwrap_or(path);
        let (bucket, key) = match name.strip_suffix(".localhost") {
            Some(bucket) => (bucket, path),
            None => path.split_once('/').unwrap_or((path, "")),
        };
        let decode = |text: &str| {
            percent_decode_str(text)
                .decode_utf8()
                .map(|t| t.into_owned())
                .map_err(|_| AwsError::new(400, "InvalidURI", "Couldn't parse the specified URI."))
        };
        let (bucket, key) = (decode(bucket)?, decode(key)?);
        let act = match (method, key.is_empty()) {
            (&Method::HEAD, true) => Act::Head,
            (&Method::PUT, false) => Act::Put(payload(headers, body)?),
            (&Method::DELETE, false) => Act::Delete,
            _ => {
                return Err(AwsError::new(
                    501,
                    "NotImplemented",
                    format!("{method} is not practised"),
                ));
            }
        };
        Ok(Request { bucket, key, act })
    }

    /// The API's name for it.
    pub fn operation(&self) -> &'static str {
        match self.act {
            Act::Head => "HeadBucket",
            Act::Put(_) => "PutObject",
            Act::Delete => "DeleteObject",
        }
    }
}

/// The body, freed from `aws-chunked` (S3: signature calculations for chunked uploads).
fn payload(headers: &HeaderMap, body: &[u8]) -> Result<Vec<u8>, AwsError> {
    let streaming = headers
        .get("x-amz-content-sha256")
        .and_then(|h| h.to_str().ok())
        .is_some_and(|h| h.starts_with("STREAMING-"));
    if !streaming {
        return Ok(body.to_vec());
    }
    dechunked(body)
        .ok_or_else(|| AwsError::new(400, "IncompleteBody", "The body ends before its last chunk."))
}

fn dechunked(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    loop {
        let end = body.windows(2).position(|w| w == b"\r\n")?;
        let (head, rest) = body.split_at_checked(end)?;
        let head = std::str::from_utf8(head).ok()?;
        let size = usize::from_str_radix(head.split(';').next().unwrap_or_default(), 16).ok()?;
        // What follows the last chunk are trailers.
        if size == 0 {
            return Some(out);
        }
        let rest = rest.get(2..)?;
        out.extend_from_slice(rest.get(..size)?);
        body = rest.get(size..)?.strip_prefix(b"\r\n")?;
    }
}

pub(crate) fn call(world: &World, request: Request, caller: &Caller) -> Answer {
    if caller.session.is_some() {
        return Err(AwsError::new(403, "AccessDenied", "Access Denied"));
    }
    let region = region_of(&request.bucket)
        .ok_or_else(|| AwsError::new(404, "NoSuchBucket", "The specified bucket does not exist"))?;
    if region != caller.region {
        return Err(AwsError::new(
            400,
            "AuthorizationHeaderMalformed",
            format!(
                "The authorization header is malformed; the region '{}' is wrong; expecting '{region}'",
                caller.region
            ),
        ));
    }
    let mut state = world.state();
    let at = (request.bucket, request.key);
    Ok(match request.act {
        Act::Head => json!({"status": 200, "region": region}),
        Act::Put(bytes) => {
            let tag: String = Sha256::digest(&bytes)
                .iter()
                .take(16)
                .map(|b| format!("{b:02x}"))
                .collect();
            state.objects.insert(at, bytes);
            json!({"status": 200, "etag": format!("\"{tag}\"")})
        }
        // Idempotent: what is not there is deleted too (S3: DeleteObject).
        Act::Delete => {
            state.objects.remove(&at);
            json!({"status": 204})
        }
    })
}

/// S3 answers these in headers alone.
pub(crate) fn answer(json: &Json, request_id: &str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    if let Some(status) = json
        .get("status")
        .and_then(Json::as_u64)
        .and_then(|s| u16::try_from(s).ok())
        .and_then(|s| StatusCode::from_u16(s).ok())
    {
        *response.status_mut() = status;
    }
    let text = |name: &str| json.get(name).and_then(Json::as_str);
    for (name, value) in [
        ("x-amz-request-id", Some(request_id)),
        ("x-amz-bucket-region", text("region")),
        ("etag", text("etag")),
    ] {
        if let Some(value) = value.and_then(|v| v.parse().ok()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic fails the test")]
    use super::*;

    #[test]
    fn chunks() {
        let check = |body: &str, expected: Option<&str>| {
            assert_eq!(
                dechunked(body.as_bytes()),
                expected.map(|e| e.as_bytes().to_vec()),
                "{body}"
            );
        };
        check("5\r\nhello\r\n0\r\n\r\n", Some("hello"));
        check(
            "5;chunk-signature=ab\r\nhello\r\n2\r\n\r\n\r\n0\r\nx-amz-checksum-crc32:AA==\r\n\r\n",
            Some("hello\r\n"),
        );
        check("0\r\n\r\n", Some(""));
        check("5\r\nhell", None);
        check("5\r\nhello\r\n", None);
        check("x\r\n", None);
        check("", None);
        check("ffffffffffffffff\r\n", None);
    }

    #[test]
    fn addresses() {
        let check = |host: &str, path: &str, expected: (&str, &str)| {
            let mut headers = HeaderMap::new();
            headers.insert("host", host.parse().unwrap());
            let request = Request::read(&Method::PUT, path, &headers, b"x").map_err(|e| e.code);
            let request = request.unwrap();
            assert_eq!((&*request.bucket, &*request.key), expected);
        };
        check("127.0.0.1:4566", "/b/members/all.json", ("b", "members/all.json"));
        check("b.localhost:4566", "/members/all.json", ("b", "members/all.json"));
        check("localhost", "/b/a%20b", ("b", "a b"));
    }
}
