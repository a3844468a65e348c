//! What counts where several sources say something, and whether the plan makes a fix.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claimbridge_core::diagnose::{Case, Expected, Live, LiveRole, Origin, Piece, recognise, recognise_all};
use claimbridge_core::idp::IdentityProvider;
use claimbridge_core::journal::Bindings;
use claimbridge_core::setup::{Federation, Setup, World as Where};
use claimbridge_core::time::Instant;
use claimbridge_core::value::{AccountId, Region};
use claimbridge_runtime::diagnose::{AtHand, Gathered, Holder, Weighed};
use claimbridge_runtime::practice::{SigningKey, sign};
use serde_json::json;

mod planned;
mod token;

const IDP: &str = "https://idp.example/";
const ACS: &str = "https://abcd1234.chat.qbusiness.us-east-1.on.aws/saml";
const ROLE: &str = "arn:aws:iam::123456789012:role/q-acme-web-experience";

fn metadata(key: &SigningKey) -> String {
    format!(
        "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{IDP}\"><IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><KeyDescriptor use=\"signing\"><KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><X509Data><X509Certificate>{}</X509Certificate></X509Data></KeyInfo></KeyDescriptor><SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"{IDP}sso\"/></IDPSSODescriptor></EntityDescriptor>",
        STANDARD.encode(key.certificate())
    )
}

fn unsigned(at: &str, to: &str) -> String {
    format!(
        "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_r\" Version=\"2.0\" IssueInstant=\"{at}\" Destination=\"{to}\"><saml:Issuer>{IDP}</saml:Issuer><samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status><saml:Assertion ID=\"_a\" Version=\"2.0\" IssueInstant=\"{at}\"><saml:Issuer>{IDP}</saml:Issuer><saml:Subject><saml:NameID>alice</saml:NameID></saml:Subject></saml:Assertion></samlp:Response>"
    )
}

fn response(key: &SigningKey) -> String {
    sign(&unsigned("2026-11-22T16:00:00Z", ACS), "_a", key).unwrap()
}

fn role(aud: &str) -> serde_json::Value {
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"Federated": "arn:aws:iam::123456789012:saml-provider/q-acme"},
        "Action": "sts:AssumeRoleWithSAML",
        "Condition": {"StringEquals": {"SAML:aud": aud}},
    }]})
}

fn case(inputs: &[&str]) -> Case {
    let mut case = Case::default();
    for input in inputs {
        case.pieces.extend(recognise(None, input.as_bytes()).unwrap());
    }
    case
}

fn setup(given: Option<String>) -> Setup {
    let mut setup = Setup::new(
        "id".into(),
        "q-acme",
        AccountId::parse("123456789012").unwrap(),
        Region::UsEast1,
        Where::Live,
        IdentityProvider::GenericSaml,
    );
    if let Federation::Saml { metadata, .. } = &mut setup.federation {
        *metadata = given;
    }
    setup
}

fn looked(metadata: Option<String>, role: Option<LiveRole>) -> Gathered {
    Gathered {
        application: "a".into(),
        web_experience: None,
        live: Live::default(),
        role,
        metadata,
        provider_exists: None,
        issuer: None,
        client_id: None,
        provider_clients: None,
        expected: Expected {
            role_arn: Some(ROLE.into()),
            ..Case::default().expected_from()
        },
        unread: Vec::new(),
    }
}

fn weigh(case: &Case, of: Option<&Setup>, looked: Option<&Gathered>) -> Weighed {
    let bindings = Bindings::default();
    let at_hand = AtHand {
        case,
        of: of.map(|setup| (setup, &bindings)),
        looked,
        published: None,
        captured: None,
        idp: None,
    };
    at_hand.weigh(Instant::now_utc())
}

#[test]
fn aws_counts_first_then_the_setup_then_what_was_handed_in() {
    let (right, other) = (SigningKey::new("r", 9).unwrap(), SigningKey::new("o", 9).unwrap());
    let (right, other, signed) = (metadata(&right), metadata(&other), response(&right));
    let check = |aws: Option<&String>, own: Option<&String>, pasted: Option<&String>| {
        let mut case = case(&[&signed]);
        let looked = aws.map(|m| looked(Some(m.clone()), None));
        if let Some(looked) = &looked {
            case.pieces.extend(looked.pieces(Instant::now_utc()));
        }
        // Handed in last: it counts no more for that.
        if let Some(pasted) = pasted {
            case.pieces.extend(recognise(None, pasted.as_bytes()).unwrap());
        }
        let weighed = weigh(
            &case,
            own.map(|m| setup(Some(m.clone()))).as_ref(),
            looked.as_ref(),
        );
        let is_vouched = matches!(weighed.metadata_of, Some(Holder::Aws | Holder::Setup));
        assert_eq!(weighed.evidence.handed_in, !is_vouched);
        let valid = weighed.evidence.verdict.map(|v| v.is_ok());
        (
            weighed.metadata_of,
            valid,
            weighed.asides.into_iter().flatten().next(),
        )
    };
    let (r, o) = (Some(&right), Some(&other));
    let aside = |text: &str| Some(text.to_owned());
    assert_eq!(check(None, None, None), (None, None, None));
    assert_eq!(check(None, None, r), (Some(Holder::HandedIn), Some(true), None));
    assert_eq!(
        check(None, o, r),
        (
            Some(Holder::Setup),
            Some(false),
            aside("set aside: the set-up's metadata counts, and differs from this")
        )
    );
    assert_eq!(
        check(None, r, r),
        (
            Some(Holder::Setup),
            Some(true),
            aside("set aside: the set-up's metadata counts, and says the same")
        )
    );
    assert_eq!(check(o, r, None), (Some(Holder::Aws), Some(false), None));
    assert_eq!(
        check(r, o, o),
        (
            Some(Holder::Aws),
            Some(true),
            aside("set aside: the metadata that AWS has counts, and differs from this")
        )
    );
    // By what AWS holds and nobody can read nobody can verify, whatever was handed in.
    let broken = "<EntityDescriptor/>".to_owned();
    let (of, valid, _) = check(Some(&broken), r, r);
    assert_eq!((of, valid), (Some(Holder::Aws), None));
}

#[test]
fn what_aws_says_of_the_role_counts_before_what_was_handed_in_later() {
    let live = claimbridge_core::policy::TrustPolicy::parse(&role(ACS).to_string()).unwrap();
    let pasted = role("https://elsewhere.example/saml").to_string();
    for (held, aside) in [
        (
            LiveRole::There(live.clone()),
            "set aside: the trust policy that AWS has counts, and differs from this",
        ),
        (LiveRole::Missing, "set aside: AWS does not have the role"),
    ] {
        let looked = looked(None, Some(held.clone()));
        let mut case = Case::default();
        case.pieces.extend(looked.pieces(Instant::now_utc()));
        case.pieces.extend(recognise(None, pasted.as_bytes()).unwrap());
        let weighed = weigh(&case, None, Some(&looked));
        match (&weighed.evidence.role, held) {
            (Some(LiveRole::There(found)), LiveRole::There(_)) => assert_eq!(*found, live),
            (found, LiveRole::Missing) => assert!(matches!(found, Some(LiveRole::Missing))),
            (found, held) => panic!("{found:?} instead of {held:?}"),
        }
        assert_eq!(weighed.asides.last().unwrap().as_deref(), Some(aside));
    }
}

#[test]
fn the_address_sets_a_response_aside_only_where_it_decides() {
    let upstream = "https://login.microsoftonline.com/t/saml2";
    let region = "https://us-east-1.signin.aws.amazon.com/saml";
    let newer = "not judged: another is newer".to_owned();
    let elsewhere = format!("not judged: it was sent to {upstream}");
    for (address, at, aside) in [
        (ACS, "15:00", &newer),
        (region, "15:00", &newer),
        (upstream, "15:00", &elsewhere),
        (upstream, "17:00", &elsewhere),
    ] {
        let other = unsigned(&format!("2026-11-22T{at}:00Z"), address);
        let case = case(&[&unsigned("2026-11-22T16:00:00Z", ACS), &other]);
        let weighed = weigh(&case, None, None);
        assert_eq!(weighed.asides, [None, Some(aside.clone())], "{address} {at}");
    }
}

#[test]
fn a_recording_vouches_for_nothing_here_either() {
    let key = SigningKey::new("r", 9).unwrap();
    let entry = |url: &str, mime: &str, text: &str| json!({"request": {"method": "GET", "url": url}, "response": {"status": 403, "content": {"mimeType": mime, "text": text}}});
    let har = json!({"log": {"entries": [
        entry("https://idp.example/metadata", "application/xml", &metadata(&key)),
        entry("https://idp.example/?error=access_denied", "text/plain", ""),
    ]}});
    let found = recognise_all(Some("a.har"), har.to_string().as_bytes()).unwrap();
    assert_eq!(found.left_out.get("Federation metadata"), Some(&1));
    let mut case = case(&[&response(&key)]);
    case.pieces.extend(found.pieces);
    let is_recorded = |piece: &Piece| matches!(piece.origin, Origin::Recording { .. });
    assert!(case.pieces.iter().any(is_recorded));
    let weighed = weigh(&case, None, None);
    assert_eq!(
        (weighed.metadata_of, weighed.evidence.verdict.is_none()),
        (None, true)
    );
}
