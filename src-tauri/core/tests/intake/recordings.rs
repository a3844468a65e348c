//! Recordings of the browser: what is kept of them, and what never is.

use super::common::METADATA;
use super::maker::*;
use super::{in_words, told};
use claimbridge_core::diagnose::{Case, Content, recognise, recognise_all, recognise_from};
use serde_json::json;
use std::io::Read as _;

const AT: &str = "2026-11-22T16:00:05Z";
const SSO: &str = "https://login.microsoftonline.com/t/saml2";

fn chrome() -> String {
    let redirect = format!(
        "{SSO}?SAMLRequest={}&RelayState=x",
        percent(&deflated(&request()))
    );
    let form = format!(
        "<html><body><form action=\"{ACS}\"><input type=\"hidden\" name=\"SAMLResponse\" value=\"{}\"/></form></body></html>",
        b64(response(ACS, AT)).replace('+', "&#43;")
    );
    har(&[
        entry(
            "GET",
            "https://abcd1234.chat.qbusiness.us-east-1.on.aws/?secret=1",
            |e| {
                e["response"]["status"] = json!(302);
                e["response"]["redirectURL"] = json!(redirect);
            },
        ),
        entry("POST", "https://login.microsoftonline.com/t/login", |e| {
            e["request"]["postData"] = json!({"mimeType": "application/x-www-form-urlencoded", "text": "login=alice&passwd=secret-password"});
            e["response"]["content"] = json!({"mimeType": "text/html; charset=utf-8", "text": form});
        }),
        posted(ACS, &response(ACS, AT)),
        entry(
            "GET",
            "https://abcd1234.chat.qbusiness.us-east-1.on.aws/api/session",
            |e| {
                e["response"]["status"] = json!(403);
                e["response"]["content"] = json!({"mimeType": "text/html", "text": "<html><head><script>var a = 'Permission needed in a script';</script></head><body><h1>Permissions needed.</h1><p>Please check your <b>permissions</b>.</p></body></html>"});
            },
        ),
    ])
}

#[test]
fn chrome_firefox_safari_and_saml_tracer() {
    let xml = response(ACS, AT);
    // Firefox has the form's fields beside its text, Safari in some versions the fields alone.
    let safari = har(&[entry("POST", ACS, |e| {
        e["request"]["postData"] = json!({"mimeType": "application/x-www-form-urlencoded", "params": [
            {"name": "SAMLResponse", "value": percent(&b64(&xml))}, {"name": "RelayState", "value": "x"},
        ]});
        e["response"]["redirectURL"] = json!(null);
    })]);
    let firefox = har(&[entry("POST", ACS, |e| {
        e["request"]["postData"] = json!({"mimeType": "application/x-www-form-urlencoded",
            "params": [{"name": "SAMLResponse", "value": b64(&xml)}],
            "text": format!("SAMLResponse={}", percent(&b64(&xml)))});
    })]);
    let location = har(&[entry(
        "GET",
        "https://acme.okta.com/oauth2/v1/authorize?client_id=x",
        |e| {
            e["response"]["status"] = json!(302);
            e["response"]["headers"] = json!([{"name": "Location", "value": "https://abcd.on.aws/cb?state=secret&error=access_denied&error_description=User+is+not+assigned+to+the+client+application."}]);
        },
    )]);
    let oidc = har(&[entry("POST", "https://acme.okta.com/oauth2/v1/token", |e| {
        e["response"]["content"] = json!({"mimeType": "application/json", "text":
            json!({"access_token": "secret-access", "id_token": token("https://acme.okta.com/oauth2/default")}).to_string()});
    })]);
    let entra = har(&[entry(
        "GET",
        "https://login.microsoftonline.com/t/saml2?sid=secret",
        |e| {
            e["response"]["content"] = json!({"mimeType": "text/html", "text": "<html><script>$Config={\"strServiceExceptionMessage\":\"AADSTS50105: Your administrator has configured the application AWS (\\u0027x\\u0027) to block users, user \\u0027alice@acme.example\\u0027. Trace ID: 1\"};</script><body>Sorry, but we\u{2019}re having trouble signing you in.<div id=exceptionMessageContainer>AADSTS50105: Your administrator</div></body></html>"});
        },
    )]);
    let aws = har(&[entry("POST", "https://signin.aws.amazon.com/saml", |e| {
        e["response"]["status"] = json!(400);
        e["response"]["content"] = json!({"mimeType": "text/html", "encoding": "base64", "text":
            b64("<html><body><p>Your request included an invalid SAML response. To logout, click <a href='x'>here</a>.</p></body></html>")});
    })]);
    let old = json!({"requests": [
        {"id": "1", "method": "GET", "url": format!("{SSO}?SAMLRequest={}", percent(&deflated(&request()))), "requestHeaders": [["Cookie", "secret-cookie"]], "get": [["a", "b"]], "post": [], "responseHeaders": []},
        {"id": "2", "method": "POST", "url": ACS, "requestHeaders": [], "post": [["SAMLResponse", b64(&xml)], ["RelayState", "x"]], "saml": xml, "protocol": "SAML-P", "responseStatus": 302},
    ], "timestamp": AT});
    let new = json!({"requests": [
        {"requestId": "7", "method": "POST", "url": ACS, "requestHeaders": [{"name": "Cookie", "value": "secret-cookie"}], "post": [["SAMLResponse", "{hashed}"]], "saml": xml, "protocol": "SAML-P", "responseStatus": 302},
    ], "timestamp": AT});
    let all = [
        ("Chrome", chrome()),
        ("Safari", safari),
        ("Firefox", firefox),
        ("error in a redirect", location),
        ("token in an answer", oidc),
        ("error page of Entra", entra),
        ("error page of AWS", aws),
        ("SAML-tracer before 1.0", old.to_string()),
        ("SAML-tracer with digests", new.to_string()),
        (
            "no login",
            har(&[
                entry("GET", "https://example.com/?error=no", |_| {}),
                entry("GET", "https://example.com/b", |_| {}),
            ]),
        ),
        ("no request", har(&[])),
    ];
    let told: String = all
        .iter()
        .map(|(what, text)| format!("{what}\n    {}\n", told(Some("a.har"), text.as_bytes())))
        .collect();
    for secret in ["secret", "alice", "sid="] {
        assert!(!told.contains(secret), "{secret}: {told}");
    }
    insta::assert_snapshot!(told);
}

#[test]
fn what_was_read_before_a_recording_breaks_off_is_kept() {
    let whole = chrome();
    let at = whole.find("Permissions needed").unwrap();
    let pieces = recognise(Some("a.har"), &whole.as_bytes()[..at]).unwrap_or_else(|e| panic!("{e}"));
    assert!(pieces.iter().any(|p| matches!(p.content, Content::Response(_))));
    let early = whole.find("\"request\"").unwrap();
    let told = told(Some("a.har"), &whole.as_bytes()[..early]);
    assert!(
        told.starts_with("refused: “a.har”: this recording cannot be read beyond request 0"),
        "{told}"
    );
}

#[test]
fn of_two_responses_the_one_to_aws_is_judged() {
    let upstream = posted(
        "https://idp.example/acs",
        &response("https://idp.example/acs", "2026-11-22T16:00:09Z"),
    );
    let text = har(&[upstream, posted(ACS, &response(ACS, AT))]);
    let case = Case {
        pieces: recognise(Some("a.har"), text.as_bytes()).unwrap_or_else(|e| panic!("{e}")),
        ..Case::default()
    };
    assert_eq!(case.pieces.len(), 2, "the other is kept as a piece");
    let (piece, response) = case.judged().unwrap();
    assert_eq!(
        response.view().destination.as_deref(),
        Some(ACS),
        "{}",
        in_words(piece)
    );
}

/// Most of it are bodies that nobody needs; fifty megabytes in release, for the figure.
#[test]
fn a_large_recording_is_looked_through() {
    let body: String = "{\"key\": \"value \\\\ \\\"quoted\\\" \\n\", \"n\": [1,2,3]}".repeat(2000);
    let other = entry("GET", "https://cdn.example/app.js?v=1", |e| {
        e["response"]["content"] =
            json!({"size": body.len(), "mimeType": "application/javascript", "text": body});
    });
    let megabytes = if cfg!(debug_assertions) { 5 } else { 50 };
    let head = "{\"log\": {\"version\": \"1.2\", \"entries\": [";
    let bodies = format!("{other},").repeat((megabytes << 20) / (other.to_string().len() + 1));
    let last = format!("{}]}}}}", posted(ACS, &response(ACS, AT)));
    let begun = std::time::Instant::now();
    let source = head.as_bytes().chain(bodies.as_bytes()).chain(last.as_bytes());
    let pieces = recognise_from(Some("large.har"), source).unwrap_or_else(|e| panic!("{e}"));
    let took = begun.elapsed();
    println!("{} MB in {} ms", bodies.len() >> 20, took.as_millis());
    assert_eq!(pieces.len(), 1);
    assert!(took.as_secs() < 30, "{took:?}");
}

#[test]
fn metadata_in_a_case_verifies_what_is_there() {
    let mut case = Case::default();
    for text in [METADATA.to_owned(), chrome()] {
        case.pieces
            .extend(recognise(None, text.as_bytes()).unwrap_or_else(|e| panic!("{e}")));
    }
    let now = claimbridge_core::time::parse_instant(AT).unwrap();
    let evidence = case.evidence(case.expected_from(), now);
    assert!(
        matches!(evidence.verdict, Some(Err(_))),
        "unsigned is not believed"
    );
    assert_eq!(evidence.request.and_then(|r| r.id).as_deref(), Some("_q"));
}

#[test]
fn a_recording_never_vouches_for_what_is_in_it() {
    let refused = |e: &mut serde_json::Value| {
        e["response"]["status"] = json!(403);
        e["response"]["content"] = json!({"mimeType": "application/xml", "text": METADATA});
    };
    for address in ["https://idp.example/metadata", "no address"] {
        let hidden = har(&[entry("GET", address, refused), posted(ACS, &response(ACS, AT))]);
        let traced = json!({"requests": [
            {"url": address, "saml": METADATA},
            {"url": ACS, "post": [["SAMLResponse", b64(response(ACS, AT))]]},
        ]});
        for text in [hidden, traced.to_string()] {
            let all = recognise_all(Some("a.har"), text.as_bytes()).unwrap_or_else(|e| panic!("{e}"));
            let kinds: Vec<_> = all.pieces.iter().map(|p| p.content.kind()).collect();
            assert_eq!(kinds, ["SAML response"], "{text}");
            assert_eq!(all.left_out.get("Federation metadata"), Some(&1), "{text}");
        }
    }
}

#[test]
fn many_errors_leave_room_for_the_sign_in() {
    let failed = |n: usize| {
        let address = format!("https://a.example/cb?error=access_denied&error_description=number+{n}");
        entry("GET", &address, |_| {})
    };
    let errors: Vec<_> = (0..80).map(failed).collect();
    let posted = posted(ACS, &response(ACS, AT));
    for entries in [
        [errors.clone(), vec![posted.clone()]].concat(),
        [vec![posted.clone()], errors.clone()].concat(),
    ] {
        let all = recognise_all(None, har(&entries).as_bytes()).unwrap_or_else(|e| panic!("{e}"));
        let count = |kind| all.pieces.iter().filter(|p| p.content.kind() == kind).count();
        assert_eq!((count("SAML response"), count("Message")), (1, 16));
        assert_eq!(all.left_out.get("Message"), Some(&64));
        let last = |p: &claimbridge_core::diagnose::Piece| in_words(p).contains("number 79");
        assert!(all.pieces.iter().any(last), "the latest are kept");
    }
}

#[test]
fn an_odd_field_loses_itself_alone() {
    let odd: [fn(&mut serde_json::Value); 9] = [
        |e| e["response"]["status"] = json!(null),
        |e| e["response"]["status"] = json!(403.0),
        |e| e["response"]["status"] = json!("403"),
        |e| e["response"] = json!("none"),
        |e| e["response"]["content"] = json!([]),
        |e| e["response"]["content"] = json!({"mimeType": 1, "encoding": {}, "text": "x"}),
        |e| e["response"]["headers"] = json!([1, {"name": "Location", "value": 2}]),
        |e| e["startedDateTime"] = json!(5),
        |e| e["response"]["redirectURL"] = json!(false),
    ];
    for change in odd {
        let mut entry = posted(ACS, &response(ACS, AT));
        change(&mut entry);
        let pieces =
            recognise(None, har(&[entry.clone()]).as_bytes()).unwrap_or_else(|e| panic!("{entry} {e}"));
        assert_eq!(pieces.len(), 1, "{entry}");
    }
    let page = json!({"mimeType": "text/html", "text": "<h1>Permissions needed.</h1>"});
    for status in [json!(403.0), json!("403")] {
        let refused = entry("GET", "https://a.on.aws/", |e| {
            e["response"] = json!({"status": status, "content": page});
        });
        assert!(told(None, har(&[refused]).as_bytes()).contains("Permissions needed"));
    }
}
