//! Bad input of every kind: named, never a panic, never half-believed.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod common;

use claimbridge_core::diagnose::{Evidence, Expected, RuleId, Severity, diagnose};
use claimbridge_core::idp::IdentityProvider;
use claimbridge_core::policy::Document;
use claimbridge_core::saml::metadata::{FederationMetadata, MetadataError};
use claimbridge_core::saml::response::Response;
use claimbridge_core::saml::xml::XmlError;
use claimbridge_core::setup::{Setup, secret_fault};
use claimbridge_core::time::parse_instant;
use common::{METADATA, setup};
use proptest::prelude::*;

fn check(input: &[u8], expected: fn(&MetadataError) -> bool) {
    let error = FederationMetadata::for_iam(input).expect_err("refused");
    assert!(expected(&error), "{error:?}");
    let text = error.to_string();
    assert!(text.ends_with('.') && text.len() > 20, "{text}");
}

#[test]
fn what_a_file_is_when_it_is_not_metadata() {
    use MetadataError as E;
    let sp = METADATA.replace("IDPSSODescriptor", "SPSSODescriptor");
    let aggregate = format!(
        "<EntitiesDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\">{0}{0}</EntitiesDescriptor>",
        METADATA.split_once("?>").unwrap().1
    );
    let encryption = METADATA.replace("use=\"signing\"", "use=\"encryption\"");
    check(b"", |e| matches!(e, E::Empty));
    check(b"  \n", |e| matches!(e, E::Empty));
    check(b"<!DOCTYPE html><html></html>", |e| matches!(e, E::Html));
    check(b"<html><body>", |e| matches!(e, E::Html));
    check(
        b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        |e| matches!(e, E::Certificate),
    );
    check(b"PK\x03\x04zip", |e| matches!(e, E::Zip));
    check(b"\xff\xfe\xff", |e| matches!(e, E::Text(_)));
    check(b"just words", |e| matches!(e, E::Xml(_)));
    check(b"<project/>", |e| matches!(e, E::OtherXml { .. }));
    check(
        b"<!DOCTYPE EntityDescriptor [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><EntityDescriptor/>",
        |e| matches!(e, E::Xml(XmlError::Dtd)),
    );
    check(sp.as_bytes(), |e| matches!(e, E::ServiceProvider { .. }));
    check(
        aggregate.as_bytes(),
        |e| matches!(e, E::Aggregate(a) if a.entities == 2 && a.identity_providers == 2),
    );
    check(encryption.as_bytes(), |e| {
        matches!(
            e,
            E::NoSigningCertificate {
                encryption_only: true,
                ..
            }
        )
    });
    check(&METADATA.as_bytes()[..METADATA.len() / 2], |e| {
        matches!(e, E::Xml(XmlError::Truncated { .. }))
    });
    check("<a>".repeat(100).as_bytes(), |e| {
        matches!(e, E::OtherXml { .. } | E::Xml(_))
    });
    let huge = METADATA.replace(
        "</EntityDescriptor>",
        &format!("<!--{}--></EntityDescriptor>", "x".repeat(10_000_001)),
    );
    check(huge.as_bytes(), |e| matches!(e, E::Size { .. }));
}

/// Each declaration and attribute is compared with others: without a limit a small file would take
/// minutes.
#[test]
fn a_flood_of_names_is_refused() {
    let open = "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" ";
    let many = |form: fn(usize) -> String, count| (0..count).map(form).collect::<String>();
    for (attributes, expected) in [
        (many(|i| format!("a{i}=\"u\" "), 300), "more than 256 attributes"),
        ("entityID=\"a\" entityID=\"b\"".into(), "“entityID” stands twice"),
        ("entityID=\"a\" other:x=\"b\"".into(), "“other” is not declared"),
        ("entityID=a".into(), "no quoted value"),
    ] {
        let error = FederationMetadata::parse(format!("{open}{attributes}/>").as_bytes(), None).unwrap_err();
        assert!(
            matches!(&error, MetadataError::Xml(XmlError::Malformed { why, .. }) if why.contains(expected)),
            "{expected}: {error:?}"
        );
    }
    let half = many(|i| format!("xmlns:n{i}=\"u\" "), 200);
    let nested = format!("{open}{half}><md:Extensions {half}/></md:EntityDescriptor>");
    let error = FederationMetadata::parse(nested.as_bytes(), None).unwrap_err();
    assert!(error.to_string().contains("namespaces are declared"), "{error}");
}

#[test]
fn the_encodings_of_the_field_come_out_as_iam_takes_them() {
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(METADATA.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let bom = [&[0xef, 0xbb, 0xbf], METADATA.as_bytes()].concat();
    let plain = FederationMetadata::for_iam(METADATA.as_bytes()).unwrap().1;
    for bytes in [utf16, bom] {
        let (text, metadata) = FederationMetadata::for_iam(&bytes).unwrap();
        assert_eq!(metadata.entity_id, plain.entity_id);
        assert_eq!(metadata.signing_certificates, plain.signing_certificates);
        assert!(!text.starts_with('\u{feff}'));
        // What leaves for IAM is read the same way again.
        assert_eq!(
            FederationMetadata::parse(text.as_bytes(), None)
                .unwrap()
                .entity_id,
            plain.entity_id
        );
    }
    assert_eq!(plain.signing_certificates.len(), 1, "each certificate once");
}

/// SHA-1 cannot be practised: the crypto library no longer signs with it.
#[test]
fn a_sha1_signature_is_a_finding() {
    let algorithm =
        |name: &str, uri: &str| format!("<ds:{name} Algorithm=\"http://www.w3.org/2000/09/xmldsig#{uri}\"/>");
    let xml = format!(
        "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:Signature><ds:SignedInfo>{}<ds:Reference>{}</ds:Reference></ds:SignedInfo></ds:Signature></samlp:Response>",
        algorithm("SignatureMethod", "rsa-sha1"),
        algorithm("DigestMethod", "sha1")
    );
    let expected = Expected {
        idp: IdentityProvider::EntraOwn,
        recipient: None,
        audience: None,
        role_arn: None,
        provider_arn: None,
        tags: None,
    };
    let mut evidence = Evidence::new(parse_instant("2026-11-22T16:00:00Z").unwrap(), expected);
    evidence.view = Some(Response::decode(xml.as_bytes()).unwrap().view().clone());
    let found = diagnose(&evidence);
    assert!(
        found
            .iter()
            .any(|f| f.id == RuleId::Sha1 && f.severity == Severity::Warning),
        "{found:?}"
    );
}

#[test]
fn a_set_up_file_keeps_its_rules() {
    let good = setup().to_json();
    assert!(Setup::from_json(&good).is_ok());
    for (from, to) in [
        ("\"schema\": 1", "\"schema\": 2"),
        ("\"name\"", "\"nickname\""),
        ("123456789012", "12345"),
        ("us-east-1", "eu-central-1"),
        ("q-acme-web\"", "q.acme-web\""),
        ("https://launcher", "http://launcher"),
    ] {
        let bad = good.replace(from, to);
        assert_ne!(bad, good);
        assert!(Setup::from_json(&bad).is_err(), "{to}");
    }
}

#[test]
fn tags_that_aws_would_not_keep_are_named() {
    let check = |company: &[(&str, &str)], session: &[(&str, &str)], word: Option<&str>| {
        let owned = |all: &[(&str, &str)]| all.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        let mut setup = setup();
        setup.tags = owned(company);
        setup.application.personalization = owned(session);
        match (setup.check(), word) {
            (Ok(()), None) => {}
            (Err(error), Some(word)) => assert!(error.to_string().contains(word), "{word}: {error}"),
            (other, _) => panic!("{word:?}: {other:?}"),
        }
    };
    let many: Vec<String> = (0..50).map(|i| format!("k{i}")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|k| (k.as_str(), "user.city")).collect();
    check(&many[..49], &many[..49], None);
    check(
        &many,
        &[],
        Some("“50” cannot be the number of tags: expected at most 49"),
    );
    check(&[], &many, Some("at most 49 beside Email"));
    check(&[("claimbridge:setup", "x")], &[], Some("“claimbridge:setup”"));
    check(&[("Claimbridge:Setup", "x")], &[], Some("“Claimbridge:Setup”"));
    check(&[("Team", "a"), ("team", "b")], &[], Some("“team”"));
    check(
        &[],
        &[("City", "user.city"), ("city", "user.city")],
        Some("“city”"),
    );
    check(&[], &[("Email", "user.email")], Some("“Email”"));
}

#[test]
fn secrets_that_no_identity_provider_gives() {
    let long = "x".repeat(4097);
    for (secret, word) in [
        ("s3cr3t-VALUE", None),
        ("pass phrase", None),
        ("", Some("empty")),
        (&long, Some("longer than 4096")),
        ("s3\ncr3t", Some("line break")),
        (" s3cr3t", Some("blank")),
        ("s3\0cr3t", Some("cannot be seen")),
        ("\u{feff}s3cr3t", Some("cannot be seen")),
        ("s3\u{200b}cr3t", Some("cannot be seen")),
        ("s3\u{ad}cr3t\u{2060}", Some("cannot be seen")),
    ] {
        match (secret_fault(&secret.into()), word) {
            (None, None) => {}
            (Some(fault), Some(word)) => assert!(fault.contains(word), "{secret:?}: {fault}"),
            (other, _) => panic!("{secret:?}: {other:?}"),
        }
    }
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let _ = FederationMetadata::parse(&bytes, None);
        let _ = Response::decode(&bytes);
        let text = String::from_utf8_lossy(&bytes);
        let _ = Document::parse(&text);
        let _ = Setup::from_json(&text);
    }

    #[test]
    fn no_cut_or_changed_metadata_makes_a_reader_panic(at in 0usize..4000, byte in any::<u8>(), cut in any::<bool>()) {
        let mut bytes = METADATA.as_bytes().to_vec();
        let at = at % bytes.len();
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        let _ = FederationMetadata::for_iam(&bytes);
    }

    #[test]
    fn a_policy_means_the_same_when_it_is_written_and_read(
        actions in proptest::collection::vec("[a-z]{2,8}:[A-Z][a-z]{2,8}", 1..4),
        values in proptest::collection::vec("[ -~]{0,20}", 1..3),
    ) {
        let json = serde_json::json!({"Statement": {"Effect": "Allow", "Action": actions, "Resource": "*",
            "Condition": {"StringLike": {"aws:RequestTag/Email": values}}}});
        let document = Document::from_json(&json).unwrap();
        let again = Document::from_json(&document.to_json()).unwrap();
        prop_assert!(document.same_meaning(&again));
    }
}
