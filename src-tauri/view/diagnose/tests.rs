//! What is said beside claims, and beside the pieces that they came with.

use super::CaseView;
use crate::open_case::{Caught, Looked, OfSetup, OpenCase, Proof};
use crate::view::{KeptSignature, KeptView, Keys, PieceView, Place, SignatureView, Unchecked};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use claimbridge_core::diagnose::kept::{KeptCase, Key};
use claimbridge_core::diagnose::{Case, Live, Origin, Piece, Sts, TokenEvidence, recognise_all};
use claimbridge_core::idp::IdentityProvider;
use claimbridge_core::journal::Bindings;
use claimbridge_core::oidc::{ClaimFault, IdToken, KeySet, TokenRejection};
use claimbridge_core::setup::{Federation, Setup, World};
use claimbridge_core::time::{Instant, parse_instant};
use claimbridge_core::value::{AccountId, ClientId, Issuer, Region};
use claimbridge_runtime::cases::Listed;
use claimbridge_runtime::diagnose::Gathered;
use claimbridge_runtime::practice::{SigningKey, sign};
use serde_json::json;

const IDP: &str = "https://idp.example/";

fn now() -> Instant {
    parse_instant("2026-11-22T16:01:00Z").expect("a time")
}

fn key() -> SigningKey {
    SigningKey::new("test", 9).expect("a key")
}

fn metadata(key: &SigningKey) -> String {
    format!(
        "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{IDP}\"><IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><KeyDescriptor use=\"signing\"><KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><X509Data><X509Certificate>{}</X509Certificate></X509Data></KeyInfo></KeyDescriptor><SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"{IDP}sso\"/></IDPSSODescriptor></EntityDescriptor>",
        STANDARD.encode(key.certificate())
    )
}

fn response(at: &str) -> String {
    format!(
        "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_r\" Version=\"2.0\" IssueInstant=\"{at}\"><saml:Issuer>{IDP}</saml:Issuer><samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status><saml:Assertion ID=\"_a\" Version=\"2.0\" IssueInstant=\"{at}\"><saml:Issuer>{IDP}</saml:Issuer><saml:Subject><saml:NameID>alice</saml:NameID></saml:Subject></saml:Assertion></samlp:Response>"
    )
}

fn signed(key: &SigningKey) -> String {
    sign(&response("2026-11-22T16:00:00Z"), "_a", key).expect("signed")
}

fn add(open: &mut OpenCase, name: Option<&str>, text: &str) {
    open.add(recognise_all(name, text.as_bytes()).expect("recognised"));
}

fn of_setup(given: &str) -> OpenCase {
    let account = AccountId::parse("123456789012").expect("an account");
    let idp = IdentityProvider::GenericSaml;
    let mut setup = Setup::new("id".into(), "q-acme", account, Region::UsEast1, World::Live, idp);
    if let Federation::Saml { metadata, .. } = &mut setup.federation {
        *metadata = Some(given.to_owned());
    }
    let of = OfSetup {
        setup,
        bindings: Bindings::default(),
        plan: None,
    };
    OpenCase::of_setup(of, None, None)
}

fn shown(open: &OpenCase) -> CaseView {
    CaseView::of(open, now())
}

fn verified(by: Keys) -> Option<SignatureView> {
    Some(SignatureView::Verified {
        by,
        of: IDP.into(),
        whole: false,
    })
}

fn unchecked(why: Unchecked) -> Option<SignatureView> {
    Some(SignatureView::Unchecked { why })
}

#[test]
fn no_claims_are_shown_without_what_is_known_of_their_signature() {
    let (right, other) = (key(), key());
    let mut open = OpenCase::default();
    add(&mut open, None, &signed(&right));
    assert!(!shown(&open).claims.is_empty());
    assert_eq!(shown(&open).signature, unchecked(Unchecked::NoMetadata));
    add(&mut open, None, &metadata(&right));
    assert_eq!(shown(&open).signature, verified(Keys::HandedIn));
    // The piece says the same, and metadata claims nothing.
    let pieces = shown(&open).pieces;
    let of: Vec<_> = pieces.iter().map(|p| p.signature.clone()).collect();
    assert_eq!(of, [verified(Keys::HandedIn), None]);

    let mut forged = of_setup(&metadata(&other));
    add(&mut forged, None, &signed(&right));
    add(&mut forged, None, &metadata(&right));
    let view = shown(&forged);
    assert!(
        matches!(
            &view.signature,
            Some(SignatureView::Refused { by: Keys::Setup, why, .. }) if !why.is_empty()
        ),
        "{:?}",
        view.signature
    );
    assert_eq!(
        view.pieces.get(1).and_then(|p| p.aside.as_deref()),
        Some("set aside: the set-up's metadata counts, and differs from this")
    );
    let mut unsigned = of_setup(&metadata(&other));
    add(&mut unsigned, None, &response("2026-11-22T16:00:00Z"));
    assert_eq!(shown(&unsigned).signature, Some(SignatureView::Absent));
    unsigned.of = None;
    assert_eq!(shown(&unsigned).signature, Some(SignatureView::Absent));
    // Nobody writes a claim into AWS that nobody vouches for, and nothing is shown where nothing is claimed.
    assert!(view.fixes.iter().all(|fix| !fix.planned));
    assert_eq!(shown(&OpenCase::default()).signature, None);
}

#[test]
fn of_several_responses_the_others_are_not_checked() {
    let right = key();
    let mut open = of_setup(&metadata(&right));
    add(&mut open, None, &signed(&right));
    add(&mut open, None, &response("2026-11-22T15:00:00Z"));
    let pieces = shown(&open).pieces;
    let of: Vec<_> = pieces.iter().map(|p| p.signature.clone()).collect();
    assert_eq!(of, [verified(Keys::Setup), unchecked(Unchecked::NotJudged)]);
    assert_eq!(
        pieces.get(1).and_then(|p| p.aside.as_deref()),
        Some("not judged: another is newer")
    );
}

#[test]
fn what_sts_said_of_a_captured_response_is_not_said_of_another() {
    let right = key();
    let mut open = of_setup(&metadata(&right));
    open.capture(&Caught {
        proof: Proof::Response(STANDARD.encode(signed(&right)).into_bytes()),
        origin: Origin::SignInWindow,
        at: now(),
        sts: Some(Sts::Accepted),
    });
    assert_eq!(open.evidence(now()).sts, Some(Sts::Accepted));
    add(&mut open, None, &response("2026-11-22T16:02:00Z"));
    assert_eq!(open.evidence(now()).sts, None);
}

fn captured(open: &mut OpenCase, response: &str) {
    open.capture(&Caught {
        proof: Proof::Response(STANDARD.encode(response).into_bytes()),
        origin: Origin::SignInWindow,
        at: now(),
        sts: Some(Sts::Accepted),
    });
}

#[test]
fn what_sts_said_stays_with_what_was_captured() {
    let right = key();
    let mut open = of_setup(&metadata(&right));
    captured(&mut open, &signed(&right));
    add(&mut open, None, &response("2026-11-22T16:02:00Z"));
    assert_eq!(open.evidence(now()).sts, None);
    open.remove(1);
    // The captured one is judged again.
    assert_eq!(open.evidence(now()).sts, Some(Sts::Accepted));
    assert!(open.evidence(now()).captured_at.is_some());
    open.remove(0);
    add(&mut open, None, &signed(&right));
    assert_eq!(open.evidence(now()).sts, None);
}

fn unsigned_token(issuer: &str) -> String {
    let part = |json: serde_json::Value| URL_SAFE_NO_PAD.encode(json.to_string());
    format!(
        "{}.{}.{}",
        part(json!({"alg": "RS256", "kid": "k1"})),
        part(
            json!({"iss": issuer, "sub": "00u1", "aud": "client1", "iat": 1_795_363_200, "exp": 1_795_366_800})
        ),
        URL_SAFE_NO_PAD.encode([7; 256])
    )
}

/// The verdict and STS's answer were about the issuer that the set-up wanted then.
#[test]
fn an_edited_setup_is_not_judged_by_an_old_sign_in() {
    let (before, after) = (
        "https://idp.acme.example/oauth2/a",
        "https://idp.acme.example/oauth2/b",
    );
    let want = |open: &mut OpenCase, issuer: &str| {
        let Some(of) = &mut open.of else { return };
        of.setup.federation = Federation::new(IdentityProvider::OktaOidc);
        if let Federation::Oidc {
            issuer: wanted,
            client_id,
            ..
        } = &mut of.setup.federation
        {
            *wanted = Issuer::parse(issuer).ok();
            *client_id = ClientId::parse("client1").ok();
        }
    };
    let mut open = of_setup("");
    want(&mut open, before);
    let n = URL_SAFE_NO_PAD.encode([0xc1; 256]);
    let keys =
        json!({"keys": [{"kty": "RSA", "kid": "k1", "alg": "RS256", "n": n, "e": "AQAB"}]}).to_string();
    let known = TokenEvidence {
        issuer: Issuer::parse(before).ok(),
        client_id: ClientId::parse("client1").ok(),
        view: IdToken::decode(&unsigned_token(before))
            .ok()
            .map(|t| t.view().clone()),
        // The signature held, and the nonce did not.
        verdict: Some(Err(TokenRejection::Claim(ClaimFault::Nonce))),
        keys: KeySet::parse(keys.as_bytes()).ok().map(Ok),
        ..TokenEvidence::default()
    };
    open.capture(&Caught {
        proof: Proof::Token(unsigned_token(before), Box::new(known)),
        origin: Origin::Listener,
        at: now(),
        sts: Some(Sts::Accepted),
    });
    let seen = |open: &OpenCase| (shown(open).signature, open.evidence(now()).sts);
    let valid = SignatureView::Verified {
        by: Keys::Issuer,
        of: before.into(),
        whole: true,
    };
    assert_eq!(seen(&open), (Some(valid.clone()), Some(Sts::Accepted)));
    want(&mut open, after);
    assert_eq!(seen(&open), (unchecked(Unchecked::NoKeys), None));
    want(&mut open, before);
    assert_eq!(seen(&open), (Some(valid), Some(Sts::Accepted)));
}

#[test]
fn nothing_of_one_application_is_said_of_another() {
    let right = key();
    let place = |application: &str| Place {
        practice: false,
        profile: None,
        region: "us-east-1".into(),
        application: application.into(),
    };
    let looked = || Looked {
        gathered: Gathered {
            application: "a".into(),
            web_experience: None,
            live: Live::default(),
            role: None,
            metadata: Some(metadata(&right)),
            provider_exists: Some(true),
            issuer: None,
            client_id: None,
            provider_clients: None,
            expected: Case::default().expected_from(),
            unread: Vec::new(),
        },
        sign_ins: Vec::new(),
        at: now(),
        account: "123456789012".into(),
        provider: None,
    };
    let begun = || {
        let mut open = OpenCase::default();
        open.turn_to(None, place("a"));
        open.look(looked());
        captured(&mut open, &signed(&right));
        assert_eq!(shown(&open).signature, verified(Keys::Aws));
        assert_eq!(open.evidence(now()).sts, Some(Sts::Accepted));
        open
    };
    let seen = |open: &OpenCase| {
        let of_aws = |p: &&Piece| p.origin == Origin::Aws;
        (
            open.case.pieces.iter().filter(of_aws).count(),
            shown(open).signature,
            open.evidence(now()).sts,
        )
    };
    let unknown = unchecked(Unchecked::NoMetadata);
    let mut turned = begun();
    turned.turn_to(None, place("b"));
    assert_eq!(seen(&turned), (0, unknown.clone(), None));
    // At the same place AWS is read again, and STS said it of this one.
    let mut again = begun();
    again.turn_to(None, place("a"));
    assert_eq!(seen(&again), (0, unknown.clone(), Some(Sts::Accepted)));
    let mut failed = begun();
    failed.look_failed("no".into());
    assert_eq!(seen(&failed), (0, unknown, Some(Sts::Accepted)));
    assert_eq!(shown(&failed).about.unreadable, ["no"]);
    assert_eq!(shown(&failed).about.looked, None);
}

#[test]
fn what_a_recording_left_out_is_said_at_its_last_piece_until_that_goes() {
    let entry = |url: &str, mime: &str, text: &str| json!({"request": {"method": "GET", "url": url}, "response": {"status": 403, "content": {"mimeType": mime, "text": text}}});
    let har = json!({"log": {"entries": [
        entry("https://idp.example/metadata", "application/xml", &metadata(&key())),
        entry("https://idp.example/?error=access_denied", "text/plain", ""),
        entry("https://idp.example/?error=invalid_scope", "text/plain", ""),
    ]}});
    let mut open = OpenCase::default();
    add(&mut open, Some("login.har"), &har.to_string());
    add(&mut open, Some("other.txt"), "AADSTS50105: not assigned");
    let left = |piece: &PieceView| -> Vec<(String, u32, bool)> {
        let all = piece.left_out.iter();
        all.map(|l| (l.kind.clone(), l.count, l.would_vouch)).collect()
    };
    let pieces = shown(&open).pieces;
    let n = pieces.len();
    assert!(n >= 3, "{n}");
    let said: Vec<_> = pieces.iter().map(left).collect();
    let metadata = ("Federation metadata".to_owned(), 1, true);
    assert_eq!(said.get(n - 2), Some(&vec![metadata]));
    assert_eq!(said.iter().flatten().count(), 1, "{said:?}");
    for _ in 0..n - 1 {
        open.remove(0);
    }
    let left: Vec<_> = shown(&open).pieces.iter().flat_map(left).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_kept_verdict_is_said_to_be_a_kept_one() {
    let right = key();
    let secret = Key::parse("7c9e6679-7425-40de-944b-e07fc1f90ae7").expect("a key");
    let of = |case: KeptCase| {
        KeptView::of(&Listed {
            name: "n".into(),
            is_ours: case.is_kept_with(&secret),
            case: Ok(case),
        })
    };
    let kept = |open: &OpenCase| {
        let case = KeptCase::of(&open.evidence(now()), &secret);
        of(case).signature
    };
    let mut open = of_setup(&metadata(&right));
    assert_eq!(kept(&open), None);
    add(&mut open, None, &signed(&right));
    assert_eq!(kept(&open), Some(KeptSignature::Verified));
    let case = KeptCase::of(&open.evidence(now()), &secret);
    assert!(of(case.shared()).shared && !of(case).shared);
    let mut forged = of_setup(&metadata(&key()));
    add(&mut forged, None, &signed(&right));
    assert_eq!(kept(&forged), Some(KeptSignature::Refused));
    let mut bare = OpenCase::default();
    add(&mut bare, None, &signed(&right));
    assert_eq!(kept(&bare), Some(KeptSignature::Unchecked));
}
