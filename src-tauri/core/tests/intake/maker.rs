//! What browsers, portals and commands give, made here.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use miniz_oxide::deflate::compress_to_vec;
use serde_json::{Value as Json, json};
use url::form_urlencoded::byte_serialize;

pub const ACS: &str = "https://abcd1234.chat.qbusiness.us-east-1.on.aws/saml";
pub const ROLE: &str = "arn:aws:iam::123456789012:role/q-acme-web-experience";
pub const PROVIDER: &str = "arn:aws:iam::123456789012:saml-provider/q-acme";

pub fn b64(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

pub fn percent(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

/// A response without a signature, addressed to `acs`.
pub fn response(acs: &str, issued: &str) -> String {
    assertions(
        acs,
        issued,
        &assertion(acs, issued, &[&format!("{ROLE},{PROVIDER}")]),
    )
}

pub fn assertions(acs: &str, issued: &str, inside: &str) -> String {
    format!(
        "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_r\" Version=\"2.0\" IssueInstant=\"{issued}\" Destination=\"{acs}\" InResponseTo=\"_q\"><saml:Issuer>https://sts.windows.net/00000000-0000-4000-8000-000000000001/</saml:Issuer><samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>{inside}</samlp:Response>"
    )
}

pub fn assertion(acs: &str, issued: &str, roles: &[&str]) -> String {
    let roles: String = roles
        .iter()
        .map(|role| format!("<saml:AttributeValue>{role}</saml:AttributeValue>"))
        .collect();
    format!(
        "<saml:Assertion ID=\"_a\" Version=\"2.0\" IssueInstant=\"{issued}\"><saml:Issuer>https://sts.windows.net/00000000-0000-4000-8000-000000000001/</saml:Issuer><saml:Subject><saml:NameID>ÿ>alice@acme.example</saml:NameID><saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"><saml:SubjectConfirmationData Recipient=\"{acs}\"/></saml:SubjectConfirmation></saml:Subject><saml:AttributeStatement><saml:Attribute Name=\"https://aws.amazon.com/SAML/Attributes/Role\">{roles}</saml:Attribute></saml:AttributeStatement></saml:Assertion>"
    )
}

pub fn request() -> String {
    "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_q\" Version=\"2.0\" IssueInstant=\"2026-11-22T15:59:40Z\" Destination=\"https://login.microsoftonline.com/t/saml2?secret=1\" AssertionConsumerServiceURL=\"https://abcd1234.chat.qbusiness.us-east-1.on.aws/saml\"><saml:Issuer>urn:amazon:webservices</saml:Issuer></samlp:AuthnRequest>".into()
}

pub fn deflated(xml: &str) -> String {
    b64(compress_to_vec(xml.as_bytes(), 6))
}

pub fn token(issuer: &str) -> String {
    let part = |json: Json| URL_SAFE_NO_PAD.encode(json.to_string());
    format!(
        "{}.{}.{}",
        part(json!({"alg": "RS256", "kid": "k1"})),
        part(
            json!({"iss": issuer, "sub": "00u1", "aud": "0oa1client", "iat": 1_795_363_200, "exp": 1_795_366_800})
        ),
        URL_SAFE_NO_PAD.encode([7; 256])
    )
}

/// A key set without the key of [`token`].
pub fn keys() -> String {
    let n = URL_SAFE_NO_PAD.encode([0xc1; 256]);
    json!({"keys": [{"kty": "RSA", "kid": "k9", "alg": "RS256", "n": n, "e": "AQAB"}]}).to_string()
}

pub fn trust() -> Json {
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"Federated": PROVIDER},
        "Action": "sts:AssumeRoleWithSAML",
        "Condition": {"StringEquals": {"SAML:aud": ACS}},
    }]})
}

pub fn trust_of_oidc() -> Json {
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"Federated": "arn:aws:iam::123456789012:oidc-provider/acme.okta.com/oauth2/default"},
        "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
        "Condition": {"StringEquals": {"acme.okta.com/oauth2/default:aud": "0oa1client"}},
    }]})
}

pub fn permissions() -> Json {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["qbusiness:Chat", "qbusiness:ChatSync"], "Resource": "*"},
    ]})
}

pub fn get_role() -> Json {
    json!({"Role": {
        "Path": "/", "RoleName": "q-acme-web-experience", "RoleId": "AROAEXAMPLE", "Arn": ROLE,
        "CreateDate": "2026-01-01T00:00:00+00:00", "AssumeRolePolicyDocument": trust(),
        "MaxSessionDuration": 43200,
    }})
}

pub fn event(name: &str, at: &str, error: Option<&str>) -> Json {
    let mut event = json!({
        "eventVersion": "1.08", "eventSource": "sts.amazonaws.com", "eventName": name, "eventTime": at,
        "userIdentity": {"type": "SAMLUser", "principalId": "x:alice@acme.example", "identityProvider": "x"},
        "requestParameters": {
            "roleArn": ROLE, "principalArn": PROVIDER, "roleSessionName": "alice@acme.example",
            "principalTags": {"Email": "alice@acme.example", "dept": "search"},
        },
    });
    if let Some(message) = error {
        event["errorCode"] = json!("AccessDenied");
        event["errorMessage"] = json!(message);
    }
    event
}

/// One request of a HAR.
pub fn entry(method: &str, url: &str, more: impl FnOnce(&mut Json)) -> Json {
    let mut entry = json!({
        "startedDateTime": "2026-11-22T16:00:00.123Z", "time": 12.5,
        "request": {
            "method": method, "url": url, "httpVersion": "HTTP/2",
            "headers": [{"name": "cookie", "value": "session=secret-cookie"}],
            "queryString": [], "cookies": [{"name": "session", "value": "secret-cookie"}],
            "headersSize": -1, "bodySize": 0,
        },
        "response": {
            "status": 200, "statusText": "OK", "headers": [], "cookies": [], "redirectURL": "",
            "content": {"size": 0, "mimeType": "text/html"}, "headersSize": -1, "bodySize": 0,
        },
        "cache": {}, "timings": {"send": 0, "wait": 0, "receive": 0},
    });
    more(&mut entry);
    entry
}

pub fn har(entries: &[Json]) -> String {
    json!({"log": {"version": "1.2", "creator": {"name": "WebInspector", "version": "1"}, "pages": [], "entries": entries}})
        .to_string()
}

/// The post that carries a response, as a browser has it.
pub fn posted(acs: &str, xml: &str) -> Json {
    let body = format!("SAMLResponse={}&RelayState=x", percent(&b64(xml)));
    entry("POST", acs, |e| {
        e["request"]["postData"] = json!({"mimeType": "application/x-www-form-urlencoded", "text": body});
    })
}
