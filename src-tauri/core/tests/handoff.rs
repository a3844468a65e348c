//! The hand-off: the sheet has every value and no secret, and what comes back merges whole or not at all.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod common;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claimbridge_core::handoff::{Answer, Difference, HandoffError, LONGEST_ANSWER, Sheet};
use claimbridge_core::idp::{Entry, IdentityProvider, Phase, Protocol, Visit};
use claimbridge_core::journal::{Bindings, Event, Origin};
use claimbridge_core::resource::{Address, Output, PhysicalId};
use claimbridge_core::setup::{Application, CustomApplication, Federation, Setup, World, temporary_metadata};
use claimbridge_core::time::parse_instant;
use claimbridge_core::value::{AccountId, Region};
use common::{METADATA, began, oidc, setup};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

const SIGN_IN: &str = "https://idp.acme.example/start";

/// AWS has the web experience, and so its address.
fn aws_done(setup: &Setup) -> Bindings {
    let mut bindings = Bindings::default();
    for event in [
        began(setup),
        Event::Bound {
            address: Address::WebExperience,
            id: PhysicalId("w".into()),
            origin: Origin::Created,
            outputs: BTreeMap::from([(
                Output::Endpoint,
                "https://abcd.chat.qbusiness.us-east-1.on.aws".to_owned(),
            )]),
        },
    ] {
        bindings.apply(&event).unwrap();
    }
    bindings
}

/// A set-up of any provider with nothing known yet; `aws_first` gives it temporary metadata.
fn fresh(idp: IdentityProvider, aws_first: bool) -> Setup {
    let account = AccountId::parse("123456789012").unwrap();
    let mut setup = Setup::new(
        "set-up-1".into(),
        "q-acme",
        account,
        Region::EuWest1,
        World::Live,
        idp,
    );
    if aws_first && idp.protocol() == Protocol::Saml {
        setup.give_temporary_metadata(temporary()).unwrap();
    }
    setup
}

/// Temporary metadata with the certificate of the fixture in place of one made for it.
fn temporary() -> String {
    let body = METADATA.split("X509Certificate>").nth(1).unwrap();
    let body: String = body.split("</").next().unwrap().split_whitespace().collect();
    temporary_metadata("set-up-1", &STANDARD.decode(body).unwrap())
}

fn sheet(setup: &Setup, bindings: &Bindings) -> Sheet {
    Sheet::of(setup, bindings, parse_instant("2026-11-22T16:00:00Z").unwrap())
}

fn ids(sheet: &Sheet) -> Vec<&str> {
    sheet
        .steps
        .iter()
        .flat_map(|s| &s.ids)
        .map(String::as_str)
        .collect()
}

fn pasted(step: &Visit) -> BTreeMap<&str, &str> {
    step.fields
        .iter()
        .filter_map(|f| match &f.entry {
            Entry::Copy(value) => Some((f.label.as_str(), value.as_str())),
            _ => None,
        })
        .collect()
}

#[test]
fn the_pages_of_both_protocols() {
    let saml = fresh(IdentityProvider::OktaSaml, true);
    let mut client = oidc();
    client.application.personalization = BTreeMap::from([("city".to_owned(), "user.city".to_owned())]);
    client.done.insert("client".into());
    for (name, setup, bindings) in [
        ("sheet-okta-saml", &saml, aws_done(&saml)),
        ("sheet-okta-oidc", &client, Bindings::default()),
    ] {
        let html = sheet(setup, &bindings).html().unwrap();
        assert_eq!(html, sheet(setup, &bindings).html().unwrap(), "the same bytes");
        // Style and script are files of their own.
        let html = without(&without(&html, "<style>", "</style>"), "<script>", "</script>");
        let html = without(&html, "script-src '", "'");
        insta::assert_snapshot!(name, html);
    }
}

fn without(text: &str, from: &str, to: &str) -> String {
    let start = text.find(from).unwrap() + from.len();
    let end = start + text[start..].find(to).unwrap();
    format!("{}…{}", &text[..start], &text[end..])
}

#[test]
fn the_page_runs_its_own_script_and_nothing_else() {
    let setup = setup();
    let html = sheet(&setup, &Bindings::default()).html().unwrap();
    let start = html.find("<script>").unwrap() + "<script>".len();
    let script = &html[start..start + html[start..].find("</script>").unwrap()];
    assert!(script.len() > 1000 && !script.contains('\r'));
    let hash = STANDARD.encode(Sha256::digest(script.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{hash}'; img-src data:; form-action 'none'; base-uri 'none'"
    );
    assert!(html.contains(&format!(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">"
    )));
    assert_eq!(html.matches("<script").count(), 1);
    for outside in [
        " src=", " href=", "<link", "<iframe", "url(", "@import", "onclick",
    ] {
        assert!(!html.contains(outside), "{outside}");
    }
}

#[test]
fn what_a_stranger_typed_stays_text() {
    let mut setup = setup();
    setup.name = "<img src=x onerror=alert(1)>\"'".into();
    setup.application.personalization = BTreeMap::from([("a".to_owned(), "</script><b>".to_owned())]);
    let html = sheet(&setup, &Bindings::default()).html().unwrap();
    assert!(!html.contains("<img") && !html.contains("</script><b>"));
    assert!(!html.contains("onerror=alert(1)>"));
    assert!(html.contains("data-file=\"-img-src-x-onerror-alert-1-----answer.claimbridge.json\""));
}

#[test]
fn one_visit_has_final_values_alone() {
    for idp in IdentityProvider::ALL
        .iter()
        .copied()
        .filter(|i| i.protocol() == Protocol::Saml)
    {
        let id = idp.as_str();
        let setup = fresh(idp, true);
        let sheet = sheet(&setup, &aws_done(&setup));
        assert!(sheet.one_visit && !sheet.later, "{id}");
        let html = sheet.html().unwrap();
        let seen = without(&without(&html, "<style>", "</style>"), "<script>", "</script>");
        let seen = seen.replace("data-steps=\"placeholder", "");
        for gone in [
            "example.com",
            "sampleurl.com",
            "laceholder",
            "known once",
            "eplace",
            "{{",
            "Not yet",
        ] {
            assert!(!seen.contains(gone), "{id}: {gone}");
        }
        for value in [
            "https://abcd.chat.qbusiness.us-east-1.on.aws/saml",
            "arn:aws:iam::123456789012:role/",
            "PrincipalTag:Email",
        ] {
            assert!(seen.contains(value), "{id}: {value}");
        }
        // What yields something is left for after it.
        let left = sheet.steps.iter().filter(|s| s.phase == Phase::Before);
        let left: Vec<&str> = left.flat_map(|s| &s.ids).map(String::as_str).collect();
        assert_eq!(left, ["metadata", "access-url"], "{id}");
        // Every step of the guide is done by it, but for the application of one's own.
        let mut all: Vec<&str> = claimbridge_core::idp::guide(idp)
            .step
            .iter()
            .filter(|s| s.id != "custom-app" && !s.each_tag)
            .map(|s| s.id.as_str())
            .collect();
        let mut found = ids(&sheet);
        let place = |id: &str| found.iter().position(|f| *f == id).unwrap();
        assert!(
            place("create-app") < place("placeholder") && place("placeholder") < place("metadata"),
            "{id}: the certificate is made once the addresses are there"
        );
        all.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, all, "{id}");
    }
}

/// What the step of placeholders becomes: which ids one tick stands for, and a field of it.
#[test]
fn placeholders_give_way_to_final_values() {
    const ACS: &str = "https://abcd.chat.qbusiness.us-east-1.on.aws/saml";
    const REGIONAL: &str = "https://eu-west-1.signin.aws.amazon.com/saml";
    let check = |idp, both: Option<&str>, values: &[(&str, &str)]| {
        let setup = fresh(idp, true);
        let sheet = sheet(&setup, &aws_done(&setup));
        let step = sheet.steps.iter().find(|s| s.ids[0] == "placeholder").unwrap();
        assert_eq!(step.ids.get(1).map(String::as_str), both, "{}", idp.as_str());
        assert!(!step.title.contains("laceholder"), "{}", step.title);
        let pasted = pasted(step);
        for (label, value) in values {
            assert_eq!(pasted.get(label), Some(value), "{} {label}", idp.as_str());
        }
    };
    for idp in [IdentityProvider::EntraGallery, IdentityProvider::EntraOwn] {
        let labels = [
            "Identifier (Entity ID)",
            "Reply URL (Assertion Consumer Service URL)",
        ];
        check(idp, Some("basic-saml"), &labels.map(|l| (l, ACS)));
    }
    check(
        IdentityProvider::OktaSaml,
        Some("saml-settings"),
        &[
            ("Single sign-on URL", ACS),
            ("Recipient URL", REGIONAL),
            ("Destination URL", ACS),
            ("Audience URI (SP Entity ID)", REGIONAL),
        ],
    );
    check(
        IdentityProvider::PingFederate,
        Some("saml-settings"),
        &[("Endpoint URL", ACS)],
    );
    // Fields of the later page are left: it is visited all the same.
    let entity = "urn:amazon:webservices";
    check(
        IdentityProvider::PingOne,
        None,
        &[("ACS URLs", ACS), ("Entity ID", entity)],
    );
    check(
        IdentityProvider::GenericSaml,
        None,
        &[
            ("Assertion consumer service URL (ACS)", ACS),
            ("Entity ID of the service provider (Audience)", entity),
        ],
    );
}

#[test]
fn what_aws_has_not_made_yet_is_said() {
    let first = setup();
    let before = sheet(&first, &Bindings::default());
    assert!(before.later && !before.one_visit);
    assert!(ids(&before).contains(&"placeholder"));
    assert!(before.html().unwrap().contains("known once AWS is set up"));
    // With the address there, the placeholder is only entered to be replaced.
    let after = sheet(&first, &aws_done(&first));
    assert!(!after.later && !ids(&after).contains(&"placeholder"));
    let mut ticked = first.clone();
    ticked.done.insert("placeholder".into());
    let step = sheet(&ticked, &aws_done(&ticked));
    let step = step.steps.iter().find(|s| s.ids[0] == "placeholder").unwrap();
    assert!(step.done);
    // Replaced, nobody has to know that it was there.
    ticked.done.insert("basic-saml".into());
    assert!(!ids(&sheet(&ticked, &aws_done(&ticked))).contains(&"placeholder"));
    // AWS first without AWS.
    let early = sheet(&fresh(IdentityProvider::OktaSaml, true), &Bindings::default());
    assert!(early.html().unwrap().contains("Not yet."));
}

#[test]
fn steps_for_an_application_of_ones_own() {
    let mut own = setup();
    own.federation = Federation::new(IdentityProvider::OktaSaml);
    assert!(!ids(&sheet(&own, &Bindings::default())).contains(&"custom-app"));
    own.custom_application = Some(CustomApplication {
        url: "https://app.acme.example/saml".into(),
    });
    own.application = Application {
        personalization: BTreeMap::from([("city".to_owned(), "user.city".to_owned())]),
        ..Application::default()
    };
    let sheet = sheet(&own, &Bindings::default());
    assert!(ids(&sheet).contains(&"custom-app"));
    let html = sheet.html().unwrap();
    for value in ["https://app.acme.example/saml", "PrincipalTag:city", "user.city"] {
        assert!(html.contains(value), "{value}");
    }
}

#[test]
fn nothing_that_is_secret_is_asked() {
    for idp in IdentityProvider::ALL {
        let setup = fresh(*idp, true);
        let html = sheet(&setup, &aws_done(&setup)).html().unwrap();
        assert!(!html.contains("type=\"password\""));
        assert_eq!(
            html.contains("Never put the client secret"),
            idp.protocol() == Protocol::Oidc,
            "{}",
            idp.as_str()
        );
    }
    assert!(
        !sheet(&setup(), &Bindings::default())
            .html()
            .unwrap()
            .contains("X509Certificate>")
    );
}

fn answer(fields: Json) -> String {
    let mut file = json!({"schema": 1, "kind": "claimbridge-answer", "setup": "set-up-1"});
    let all = file.as_object_mut().unwrap();
    for (key, value) in fields.as_object().unwrap() {
        all.insert(key.clone(), value.clone());
    }
    file.to_string()
}

fn parsed(fields: Json) -> Answer {
    Answer::parse(answer(fields).as_bytes()).unwrap()
}

#[test]
fn files_that_are_no_answer() {
    fn check(bytes: &[u8], words: &[&str]) {
        let error = Answer::parse(bytes).expect_err("is no answer").to_string();
        for word in words {
            assert!(error.contains(word), "{word}: {error}");
        }
    }
    let long = vec![b' '; LONGEST_ANSWER + 1];
    let sheet_page = sheet(&setup(), &Bindings::default()).html().unwrap();
    check(b"", &["empty"]);
    check(b" \r\n", &["empty"]);
    check(&long, &["too long", "12000001", "12000000 bytes"]);
    check(b"<!doctype html><p>", &["web page", "Save the answer file"]);
    check(sheet_page.as_bytes(), &["web page"]);
    check(b"hello", &["neither"]);
    check(b"[1]", &["neither"]);
    check(&[0xFF, 0xFE, 0x00], &["neither"]);
    check(b"{", &["line 1", "Nothing was taken"]);
    check(b"{}", &["does not say what it is"]);
    check(b"PK\x03\x04", &["ZIP"]);
    check(b"<a/>", &["root is"]);
    check(setup().to_json().as_bytes(), &["does not say what it is"]);
    check(
        br#"{"schema":1,"kind":"claimbridge-plan","setup":"x"}"#,
        &["claimbridge-plan", "claimbridge-answer"],
    );
    check(
        br#"{"schema":2,"kind":"claimbridge-answer","later":true}"#,
        &["schema 2", "reads schema 1"],
    );
    check(
        br#"{"schema":0,"kind":"claimbridge-answer","setup":"x"}"#,
        &["schema 0"],
    );
    check(
        br#"{"kind":"claimbridge-answer","setup":"x"}"#,
        &["missing field `schema`"],
    );
    check(
        br#"{"schema":1,"kind":"claimbridge-answer"}"#,
        &["missing field `setup`"],
    );
    check(
        b"{\"schema\":1,\n\"kind\":\"claimbridge-answer\",\n\"setup\":\"x\",\n\"client_secret\":\"s\"}",
        &["line 4", "client_secret"],
    );
    let of = |fields: Json, words: &[&str]| check(answer(fields).as_bytes(), words);
    of(json!({"metadata": "<html>"}), &["metadata", "web page"]);
    of(json!({"metadata": "x"}), &["metadata"]);
    of(
        json!({"authentication_url": "http://idp.example"}),
        &["sign-in address", "https"],
    );
    of(
        json!({"authentication_url": "https://acme-admin.okta.com/x"}),
        &["administrators work"],
    );
    of(json!({"issuer": "https://idp.example:8443/"}), &["port"]);
    of(json!({"client_id": "two words"}), &["client id"]);
    of(
        json!({"note": "x".repeat(10_001)}),
        &["note", "10001", "10000 characters"],
    );
    of(json!({"done": "all"}), &["invalid type"]);
}

#[test]
fn an_answer_replaces_what_was_temporary() {
    let mut setup = fresh(IdentityProvider::EntraGallery, true);
    let answer = parsed(json!({
        "metadata": METADATA,
        "authentication_url": SIGN_IN,
        "done": ["create-app", "placeholder", "basic-saml", "of-another-version"],
        "note": "Guests\u{1b}[31m are\nleft out.",
    }));
    assert_eq!(answer.note(), "Guests\u{fffd}[31m are\nleft out.");
    let difference = answer.difference(&setup).unwrap();
    let labels: Vec<&str> = difference.iter().map(|d| d.label.as_str()).collect();
    assert_eq!(
        labels,
        [
            "Issuer",
            "Signing certificate",
            "Sign-on address of the metadata",
            "User access URL",
            "Steps done"
        ]
    );
    for row in &difference[..3] {
        assert!(row.from.as_deref().unwrap().starts_with("temporary"), "{row}");
    }
    assert!(difference[1].to.starts_with("SHA-256 ") && difference[1].to.contains(", ends 20"));
    assert_eq!(difference[3].from, None);
    assert!(difference[4].to.contains("Create the application"));

    answer.merge(&mut setup).unwrap();
    assert!(!setup.is_temporary());
    assert_eq!(setup.metadata(), Some(METADATA));
    assert_eq!(setup.authentication_url().unwrap().0.as_str(), SIGN_IN);
    assert_eq!(
        setup.done.iter().map(String::as_str).collect::<Vec<_>>(),
        ["basic-saml", "create-app", "placeholder"]
    );
    assert!(!setup.to_json().contains("Guests"), "the note is kept nowhere");
    assert_eq!(
        answer.difference(&setup).unwrap(),
        [],
        "merging again changes nothing"
    );
}

#[test]
fn what_the_answer_lacks_stays() {
    let before = setup();
    let mut after = before.clone();
    parsed(json!({})).merge(&mut after).unwrap();
    assert_eq!(after, before);
    parsed(json!({"metadata": " ", "authentication_url": "", "done": []}))
        .merge(&mut after)
        .unwrap();
    assert_eq!(after, before);

    let mut after = before.clone();
    after.done.insert("metadata".into());
    parsed(json!({"authentication_url": SIGN_IN, "done": ["assign"]}))
        .merge(&mut after)
        .unwrap();
    assert_eq!(after.metadata(), before.metadata());
    assert_eq!(after.done.len(), 2);

    // The client before its issuer, and the other way round.
    let mut client = fresh(IdentityProvider::OktaOidc, false);
    parsed(json!({"client_id": "0oa1"})).merge(&mut client).unwrap();
    let issuer = "https://acme.okta.com/oauth2/default";
    parsed(json!({"issuer": issuer})).merge(&mut client).unwrap();
    let Federation::Oidc {
        issuer: of,
        client_id,
        ..
    } = &client.federation
    else {
        panic!("the guide is of OIDC");
    };
    assert_eq!(of.as_ref().unwrap().as_str(), issuer);
    assert_eq!(client_id.as_ref().unwrap().as_str(), "0oa1");
}

#[test]
fn a_lone_metadata_file_is_an_answer() {
    let mut bytes = vec![0xEF, 0xBB, 0xBF];
    bytes.extend(METADATA.as_bytes());
    for bytes in [METADATA.as_bytes(), &bytes] {
        let mut setup = fresh(IdentityProvider::PingOne, true);
        let answer = Answer::parse(bytes).unwrap();
        answer.merge(&mut setup).unwrap();
        assert_eq!(setup.metadata(), Some(METADATA));
    }
    assert!(matches!(
        Answer::parse(METADATA.as_bytes()).unwrap().difference(&oidc()),
        Err(HandoffError::Setup(_))
    ));
}

#[test]
fn answers_of_another_set_up() {
    let fields = json!({"setup": "set-up-9", "authentication_url": SIGN_IN});
    let mut setup = setup();
    let before = setup.clone();
    let error = parsed(fields.clone()).merge(&mut setup).unwrap_err().to_string();
    for word in ["set-up-9", "set-up-1", "q-acme"] {
        assert!(error.contains(word), "{word}: {error}");
    }
    assert_eq!(setup, before);
    parsed(fields).for_any_setup().merge(&mut setup).unwrap();
    assert_eq!(setup.authentication_url().unwrap().0.as_str(), SIGN_IN);
}

#[test]
fn answers_that_do_not_fit() {
    let refused = |mut setup: Setup, fields: Json, word: &str| {
        setup.id = "set-up-1".into();
        let before = setup.clone();
        let answer = parsed(fields);
        let error = answer.merge(&mut setup).unwrap_err();
        assert_eq!(answer.difference(&setup).unwrap_err(), error);
        assert!(error.to_string().contains(word), "{word}: {error}");
        assert_eq!(setup, before);
    };
    let here = "http://127.0.0.1:8000/idp";
    // The address fits, the issuer does not: neither is taken.
    refused(
        setup(),
        json!({"authentication_url": SIGN_IN, "client_id": "0oa1"}),
        "OpenID Connect alone",
    );
    refused(oidc(), json!({"metadata": METADATA}), "SAML alone");
    refused(oidc(), json!({"authentication_url": SIGN_IN}), "SAML alone");
    refused(oidc(), json!({"issuer": here}), "practice world alone");
    refused(
        oidc(),
        json!({"issuer": "https://accounts.google.com"}),
        "SAML 2.0",
    );
    let mut practice = fresh(IdentityProvider::GenericOidc, false);
    practice.world = World::Practice;
    parsed(json!({"issuer": here, "client_id": "c"}))
        .merge(&mut practice)
        .unwrap();
}

#[test]
fn the_same_keys_in_other_words() {
    let setup = setup();
    let other = METADATA.replacen("?>", "?> ", 1);
    assert_ne!(other, METADATA);
    let found = parsed(json!({"metadata": other})).difference(&setup).unwrap();
    assert!(
        matches!(&found[..], [Difference { label, .. }] if label == "Metadata"),
        "{found:?}"
    );
    assert_eq!(
        parsed(json!({"metadata": METADATA})).difference(&setup).unwrap(),
        []
    );
}

proptest! {
    /// No file makes it panic, and what is taken merges into its set-up as the difference says.
    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Answer::parse(&bytes);
    }

    #[test]
    fn any_text_in_a_field(text in "\\PC{0,60}", which in 0..5_usize) {
        let field = ["metadata", "authentication_url", "issuer", "client_id", "note"][which];
        if let Ok(answer) = Answer::parse(answer(json!({field: text})).as_bytes()) {
            for mut setup in [setup(), oidc()] {
                setup.id = "set-up-1".into();
                let before = setup.clone();
                let said = answer.difference(&setup);
                let done = answer.merge(&mut setup);
                prop_assert_eq!(said.is_ok(), done.is_ok());
                prop_assert_eq!(said.is_ok_and(|d| !d.is_empty()), setup != before);
            }
        }
    }
}
