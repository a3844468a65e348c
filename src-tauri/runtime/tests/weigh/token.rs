//! The token's half: of which issuer and client it has to be, and whose keys count.

use super::{case, looked, role, setup};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use claimbridge_core::diagnose::{Case, RuleId, TokenEvidence, diagnose};
use claimbridge_core::idp::IdentityProvider;
use claimbridge_core::journal::Bindings;
use claimbridge_core::oidc::{ClaimFault, KeySet, NotFetched, TokenRejection, Unavailable, Why};
use claimbridge_core::resource::HeldPolicy;
use claimbridge_core::setup::{Federation, Setup};
use claimbridge_core::time::Instant;
use claimbridge_core::value::{ClientId, Issuer};
use claimbridge_runtime::diagnose::signature::{Keys, Signature, Unchecked};
use claimbridge_runtime::diagnose::{AtHand, Weighed};
use claimbridge_runtime::oidc::Provider;
use serde_json::json;

const ISSUER: &str = "https://idp.acme.example/oauth2/a";
const OTHER: &str = "https://evil.example/x";

fn pair() -> KeyPair {
    KeyPair::generate(KeySize::Rsa2048).unwrap()
}

fn key_set(key: &KeyPair) -> String {
    let public = PublicKeyComponents::<Vec<u8>>::from(key.public_key());
    let modulus = URL_SAFE_NO_PAD.encode(public.n);
    json!({"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "k", "n": modulus, "e": "AQAB"}]})
        .to_string()
}

fn token(key: &KeyPair, issuer: &str, client: &str) -> String {
    let now = Instant::now_utc().unix_timestamp();
    let claims = json!({
        "iss": issuer, "sub": "00u1", "aud": client, "iat": now - 60, "exp": now + 600,
        "https://aws.amazon.com/tags": {"principal_tags": {"Email": ["alice@acme.example"]}},
    });
    let message = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode("{\"alg\":\"RS256\",\"kid\":\"k\"}"),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    );
    let mut signature = vec![0; key.public_modulus_len()];
    let random = SystemRandom::new();
    key.sign(&RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut signature)
        .unwrap();
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn of(issuer: &str, client: &str) -> Setup {
    let mut setup = setup(None);
    setup.federation = Federation::new(IdentityProvider::OktaOidc);
    if let Federation::Oidc {
        issuer: wanted,
        client_id,
        ..
    } = &mut setup.federation
    {
        *wanted = Some(Issuer::parse(issuer).unwrap());
        *client_id = Some(ClientId::parse(client).unwrap());
    }
    setup
}

fn published(issuer: &str, key: &KeyPair) -> Provider {
    Provider {
        issuer: Issuer::parse(issuer).unwrap(),
        discovery: Err(Unavailable::NotFetched(NotFetched {
            url: issuer.into(),
            why: Why::Status { found: 404 },
        })),
        keys: Some(Ok(KeySet::parse(key_set(key).as_bytes()).unwrap())),
    }
}

fn weigh(
    case: &Case,
    of: Option<&Setup>,
    published: Option<&Provider>,
    captured: Option<&TokenEvidence>,
) -> Weighed {
    let bindings = Bindings::default();
    let at_hand = AtHand {
        case,
        of: of.map(|setup| (setup, &bindings)),
        looked: None,
        published,
        captured,
        idp: None,
    };
    at_hand.weigh(Instant::now_utc())
}

fn rejection(weighed: &Weighed) -> Option<TokenRejection> {
    weighed.evidence.token.as_ref()?.verdict.clone()?.err()
}

#[test]
fn a_token_is_of_the_issuer_and_client_of_the_setup() {
    let key = pair();
    let check = |issuer: &str, client: &str| {
        let case = case(&[&token(&key, issuer, client), &key_set(&key)]);
        let weighed = weigh(&case, Some(&of(ISSUER, "client1")), None, None);
        let fires: Vec<RuleId> = diagnose(&weighed.evidence).iter().map(|f| f.id).collect();
        (rejection(&weighed), fires)
    };
    let (fault, fires) = check(ISSUER, "client1");
    assert_eq!((fault, fires), (None, Vec::new()));
    let (fault, fires) = check(OTHER, "client1");
    let is_issuer = matches!(fault, Some(TokenRejection::Claim(ClaimFault::Issuer { .. })));
    assert!(is_issuer && fires.contains(&RuleId::TokenIssuer), "{fires:?}");
    let (fault, fires) = check(ISSUER, "client2");
    let is_audience = matches!(fault, Some(TokenRejection::Claim(ClaimFault::Audience { .. })));
    assert!(is_audience && fires.contains(&RuleId::TokenAudience), "{fires:?}");
}

#[test]
fn a_setup_counts_before_a_role_that_was_handed_in() {
    let key = pair();
    let foreign = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"Federated": "arn:aws:iam::123456789012:oidc-provider/evil.example/x"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {"evil.example/x:aud": "client1"}},
    }]});
    let case = case(&[
        &token(&key, OTHER, "client1"),
        &key_set(&key),
        &foreign.to_string(),
    ]);
    assert_eq!(rejection(&weigh(&case, None, None, None)), None);
    let weighed = weigh(&case, Some(&of(ISSUER, "client1")), None, None);
    assert!(rejection(&weighed).is_some(), "{:?}", weighed.token_signature());
}

#[test]
fn keys_that_the_issuer_publishes_count_before_those_that_were_handed_in() {
    let (right, other) = (pair(), pair());
    let case = case(&[&token(&right, ISSUER, "client1"), &key_set(&right)]);
    let wanted = of(ISSUER, "client1");
    let check = |published: Option<&Provider>| {
        let weighed = weigh(&case, Some(&wanted), published, None);
        let aside = weighed.asides.get(1).cloned().flatten();
        let is_of_issuer = weighed.keys_of == Some(Keys::Issuer);
        assert_eq!(weighed.evidence.handed_in, !is_of_issuer);
        (weighed.token_signature().unwrap(), aside)
    };
    let by = |by, of: &str| Signature::Verified {
        by,
        of: of.into(),
        whole: true,
    };
    assert_eq!(check(None), (by(Keys::HandedIn, ""), None));
    let aside = |text: &str| {
        Some(format!(
            "set aside: the keys that the issuer publishes count, {text}"
        ))
    };
    assert_eq!(
        check(Some(&published(ISSUER, &right))),
        (by(Keys::Issuer, ISSUER), aside("and says the same"))
    );
    let (signature, said) = check(Some(&published(ISSUER, &other)));
    let is_refused = matches!(signature, Signature::Refused { by: Keys::Issuer, .. });
    assert!(is_refused, "{signature:?}");
    assert_eq!(said, aside("and differs from this"));
    // What another issuer publishes says nothing of this one.
    let (signature, said) = check(Some(&published(OTHER, &other)));
    assert_eq!((signature, said), (by(Keys::HandedIn, ""), None));
}

#[test]
fn of_two_key_sets_the_later_counts_and_the_earlier_says_so() {
    let (right, other) = (pair(), pair());
    let case = case(&[
        &token(&right, ISSUER, "client1"),
        &key_set(&other),
        &key_set(&right),
    ]);
    let weighed = weigh(&case, Some(&of(ISSUER, "client1")), None, None);
    let earlier = Some("not judged by: other keys were handed in later".to_owned());
    assert_eq!(weighed.asides, [None, earlier, None]);
    assert_eq!(rejection(&weighed), None);
}

/// The set-up was edited after the sign-in: the verdict was about what it wanted then.
#[test]
fn an_old_verdict_says_nothing_of_a_new_issuer_or_client() {
    let key = pair();
    let case = case(&[&token(&key, ISSUER, "client1")]);
    let at_sign_in = weigh(
        &case,
        Some(&of(ISSUER, "client1")),
        Some(&published(ISSUER, &key)),
        None,
    );
    let captured = at_sign_in.evidence.token.as_ref().unwrap();
    assert!(matches!(captured.verdict, Some(Ok(_))));
    let now = |issuer: &str, client: &str| weigh(&case, Some(&of(issuer, client)), None, Some(captured));
    let kept = now(ISSUER, "client1");
    assert!(matches!(
        kept.evidence.token.as_ref().unwrap().verdict,
        Some(Ok(_))
    ));
    assert_eq!(kept.keys_of, Some(Keys::Issuer));
    assert_eq!(
        now(OTHER, "client1").token_signature(),
        Some(Signature::Unchecked(Unchecked::NoKeys))
    );
    assert!(matches!(
        rejection(&now(ISSUER, "client2")),
        Some(TokenRejection::Claim(ClaimFault::Audience { .. }))
    ));
}

#[test]
fn an_expired_token_is_signed_and_an_unsigned_response_is_not() {
    let key = pair();
    let case = case(&[&token(&key, ISSUER, "client1"), &key_set(&key)]);
    let bindings = Bindings::default();
    let setup = of(ISSUER, "client1");
    let at_hand = AtHand {
        case: &case,
        of: Some((&setup, &bindings)),
        looked: None,
        published: None,
        captured: None,
        idp: None,
    };
    let later = Instant::now_utc() + std::time::Duration::from_secs(3600);
    let weighed = at_hand.weigh(later);
    assert!(matches!(
        rejection(&weighed),
        Some(TokenRejection::Claim(ClaimFault::Expired { .. }))
    ));
    assert!(matches!(
        weighed.token_signature(),
        Some(Signature::Verified { .. })
    ));
    let unsigned = super::unsigned("2026-11-22T16:00:00Z", super::ACS);
    let weighed = super::weigh(&super::case(&[&unsigned]), None, None);
    assert_eq!(weighed.response_signature(), Some(Signature::Absent));
}

#[test]
fn permissions_that_aws_has_replace_those_that_were_handed_in() {
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "qbusiness:Chat", "Resource": "*",
    }]});
    let other = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "qbusiness:GetChat", "Resource": "*",
    }]});
    let case = case(&[&policy.to_string(), &role(super::ACS).to_string()]);
    let mut live = looked(None, None);
    assert_eq!(super::weigh(&case, None, Some(&live)).asides, [None, None]);
    for (held, said) in [
        (&policy, "and say the same"),
        (&other, "and none of their policies says the same"),
    ] {
        live.live.permissions = Some(vec![HeldPolicy {
            name: "p".into(),
            managed: None,
            document: held.clone(),
            others: 0,
        }]);
        let weighed = super::weigh(&case, None, Some(&live));
        let aside = Some(format!(
            "set aside: the role's permissions that AWS has count, {said}"
        ));
        assert_eq!(weighed.asides, [aside, None]);
    }
}
