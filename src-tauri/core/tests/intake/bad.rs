//! Bad input: named, bounded in time and memory, never a panic, never a claim from unsigned bytes.

use super::common::METADATA;
use super::maker::*;
use super::table;
use claimbridge_core::diagnose::{Case, Severity, diagnose, recognise};
use claimbridge_core::time::parse_instant;
use serde_json::json;
use std::time::{Duration, Instant};

const AT: &str = "2026-11-22T16:00:00Z";

fn latin1(text: &str) -> Vec<u8> {
    text.chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn inputs() -> Vec<(&'static str, Vec<u8>)> {
    let xml = response(ACS, AT);
    let two = assertions(ACS, AT, &assertion(ACS, AT, &["r,p"]).repeat(2));
    let roles: Vec<String> = (0..100)
        .map(|n| format!("arn:aws:iam::123456789012:role/r{n},{PROVIDER}"))
        .collect();
    let roles: Vec<&str> = roles.iter().map(String::as_str).collect();
    let hundred = assertions(ACS, AT, &assertion(ACS, AT, &roles));
    let encrypted = assertions(ACS, AT, "<saml:EncryptedAssertion><x/></saml:EncryptedAssertion>");
    let entities: String = (0..20)
        .map(|n| format!("<!ENTITY e{} \"&e{n};&e{n};\">", n + 1))
        .collect();
    let bomb = format!("<!DOCTYPE r [<!ENTITY e0 \"x\">{entities}]><r>&e20;</r>");
    let mut unknown = trust();
    unknown["Statement"][0]["Condition"] =
        json!({"StringResembles": {"SAML:aud": "x"}, "ForSomeValues:IpAddress": {"saml:aud": ["y"]}});
    let deep_har = format!(
        "{{\"log\": {{\"entries\": [{}{}]}}}}",
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    let cut = |text: &str| text.as_bytes()[..text.len() * 2 / 3].to_vec();
    vec![
        ("empty", Vec::new()),
        ("blank", b" \r\n\t".to_vec()),
        ("byte order mark alone", b"\xef\xbb\xbf".to_vec()),
        ("picture", b"\x89PNG\r\n\x1a\n0000".to_vec()),
        ("PDF", b"%PDF-1.7".to_vec()),
        ("ZIP", b"PK\x03\x04....".to_vec()),
        ("binary", (0..=255).collect()),
        (
            "certificate",
            b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----".to_vec(),
        ),
        ("oversize text", vec![b'a'; (4 << 20) + 1]),
        (
            "oversize JSON",
            format!("{{\"a\": \"{}\"}}", "x".repeat(4 << 20)).into(),
        ),
        ("long word", "Ab1".repeat(2000).into()),
        ("XML, truncated", cut(&xml)),
        ("base64, truncated", cut(&b64(&xml))),
        ("metadata, truncated", cut(METADATA)),
        ("policy, truncated", cut(&trust().to_string())),
        ("token, truncated", cut(&token("https://acme.okta.com"))),
        ("XML in UTF-16", utf16(&xml.replace('ÿ', ""))),
        ("JSON in UTF-16", utf16(&trust().to_string())),
        ("XML in Latin-1", latin1(&xml)),
        (
            "XML in declared Latin-1",
            latin1(&format!("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>{xml}")),
        ),
        (
            "XML, 10,000 deep",
            format!("{}{}", "<a>".repeat(10_000), "</a>".repeat(10_000)).into(),
        ),
        (
            "response, 10,000 deep",
            assertions(
                ACS,
                AT,
                &format!("{}{}", "<a>".repeat(10_000), "</a>".repeat(10_000)),
            )
            .into(),
        ),
        (
            "JSON, 10,000 deep",
            format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000)).into(),
        ),
        ("braces, 10,000 deep", format!("x {}", "{".repeat(10_000)).into()),
        ("HAR, 10,000 deep", deep_har.into()),
        ("entity bomb", bomb.into()),
        ("entity bomb in a response", xml.replace("alice", "&e20;").into()),
        ("two assertions", two.into()),
        ("encrypted assertion", encrypted.into()),
        ("100 Role values", hundred.into()),
        (
            "HAR without the login",
            har(&[entry("GET", "https://example.com/", |_| {})]).into(),
        ),
        (
            "HAR whose entries are none",
            "{\"log\": {\"entries\": [1, \"a\", {}]}}".into(),
        ),
        ("token of another issuer", token("https://evil.example").into()),
        ("policy with unknown operators", unknown.to_string().into()),
        (
            "policy that is none",
            "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Perhaps\"}]}".into(),
        ),
        (
            "web page",
            "<!DOCTYPE html><html><body>Welcome</body></html>".into(),
        ),
        (
            "page with a broken form",
            "<html><form><input name=SAMLResponse value='????'></form></html>".into(),
        ),
        ("other XML", "<project/>".into()),
    ]
}

#[test]
fn bad_input_is_named() {
    insta::assert_snapshot!(table(&inputs()));
}

/// Whatever was recognised is judged, in time, and nothing of it counts as verified.
#[test]
fn bad_input_is_bounded_and_never_believed() {
    let now = parse_instant(AT).unwrap();
    for (what, bytes) in inputs() {
        let begun = Instant::now();
        let mut case = Case::default();
        case.pieces
            .extend(recognise(None, METADATA.as_bytes()).unwrap_or_else(|e| panic!("{e}")));
        case.pieces.extend(recognise(None, &bytes).unwrap_or_default());
        let evidence = case.evidence(case.expected_from(), now);
        let findings = diagnose(&evidence);
        if evidence.view.is_some() {
            assert!(matches!(evidence.verdict, Some(Err(_))), "{what}");
            assert!(
                findings.iter().any(|f| f.severity == Severity::Blocking),
                "{what}: {findings:?}"
            );
        }
        assert!(
            begun.elapsed() < Duration::from_secs(2),
            "{what}: {:?}",
            begun.elapsed()
        );
    }
}
