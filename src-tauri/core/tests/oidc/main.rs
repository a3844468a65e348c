//! ID tokens: what is believed, what is not and why, and that no bytes make a reader panic.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

#[path = "../common/again.rs"]
mod again;
mod maker;
mod rules;

use aws_lc_rs::rsa::{KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{KeyPair, RsaKeyPair};
use claimbridge_core::oidc::{
    ClaimFault, Discovery, ExpectedToken, IdToken, KeySet, KeySetError, NotAToken, SignatureFault,
    TokenRejection, TokenTags,
};
use claimbridge_core::value::{ClientId, Issuer};
use maker::{CLIENT, ISSUER, b64, claims, ec_jwk, keys, now, rsa_jwk, signed};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

fn expected() -> ExpectedToken {
    ExpectedToken {
        issuer: Issuer::parse(ISSUER).unwrap(),
        client_id: ClientId::parse(CLIENT).unwrap(),
        nonce: Some("n-1".into()),
        now: now(),
    }
}

fn verdict(text: &str) -> Result<(), TokenRejection> {
    let token = IdToken::decode(text).unwrap();
    token.verify(&keys(), &expected()).map(|_| ())
}

#[test]
fn a_true_token_is_believed_whatever_the_algorithm() {
    for (kid, alg) in [("r1", "RS256"), ("r1", "RS384"), ("e1", "ES256")] {
        let text = signed(&json!({"alg": alg, "kid": kid}), &claims());
        let token = IdToken::decode(&format!(" {text}\n")).unwrap();
        let verified = token.verify(&keys(), &expected()).unwrap();
        assert_eq!(verified.algorithm().as_str(), alg);
        assert_eq!(
            TokenTags::of(verified.claims()).email(),
            Some("alice@acme.example")
        );
        assert_eq!(token.raw(), text);
        // A token is a credential.
        assert!(!format!("{token:?}").contains(&text[text.len() - 20..]));
    }
    // Without a kid any key may fit.
    assert_eq!(verdict(&signed(&json!({"alg": "RS256"}), &claims())), Ok(()));
}

#[test]
fn a_signature_that_proves_nothing() {
    use SignatureFault as F;
    let good = signed(&json!({"alg": "RS256", "kid": "r1"}), &claims());
    let parts: Vec<&str> = good.split('.').collect();
    let check = |text: &str, expected: fn(&F) -> bool| match verdict(text) {
        Err(TokenRejection::Signature(fault)) => assert!(expected(&fault), "{fault:?}"),
        other => panic!("{text}: {other:?}"),
    };
    let with = |header: Json, claims: &str, signature: &str| {
        format!("{}.{claims}.{signature}", b64(header.to_string()))
    };
    for alg in ["none", "None", "HS256", "PS256", "EdDSA", "ES256K", ""] {
        check(&with(json!({"alg": alg, "kid": "r1"}), parts[1], ""), |f| {
            matches!(f, F::Algorithm { .. })
        });
        check(&with(json!({"alg": alg, "kid": "r1"}), parts[1], parts[2]), |f| {
            matches!(f, F::Algorithm { .. })
        });
    }
    // HS256 with the public key as the secret: no such algorithm is known here.
    let changed = claims().to_string().replace("alice", "mallory");
    check(&format!("{}.{}.{}", parts[0], b64(changed), parts[2]), |f| {
        *f == F::Invalid
    });
    check(&format!("{}.{}.", parts[0], parts[1]), |f| *f == F::Invalid);
    check(
        &signed(&json!({"alg": "RS256", "kid": "r2"}), &claims()),
        |f| matches!(f, F::KeyUnknown { found: Some(kid), known } if kid == "r2" && known.len() == 2),
    );
    check(&signed(&json!({"alg": "RS256", "kid": "e1"}), &claims()), |f| {
        matches!(f, F::KeyUnfit { .. })
    });
    check(&signed(&json!({"alg": "ES256", "kid": "r1"}), &claims()), |f| {
        matches!(f, F::KeyUnfit { .. })
    });
    check(
        &signed(
            &json!({"alg": "RS256", "kid": "r1", "crit": ["b64"], "b64": false}),
            &claims(),
        ),
        |f| matches!(f, F::Critical { .. }),
    );
    // A key of the same name that is another key.
    let other = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let public = PublicKeyComponents::<Vec<u8>>::from(other.public_key());
    let set = json!({"keys": [{"kty": "RSA", "kid": "r1", "n": b64(public.n), "e": b64(public.e)}]});
    let set = KeySet::parse(set.to_string().as_bytes()).unwrap();
    let token = IdToken::decode(&good).unwrap();
    assert_eq!(
        token.verify(&set, &expected()),
        Err(TokenRejection::Signature(F::Invalid))
    );
}

#[test]
fn claims_that_do_not_hold() {
    use ClaimFault as F;
    let at = now().unix_timestamp();
    let check = |name: &str, value: Json, expected: fn(&F) -> bool| {
        let mut changed = claims();
        let map = changed.as_object_mut().unwrap();
        if value.is_null() {
            map.remove(name);
        } else {
            map.insert(name.into(), value.clone());
        }
        match verdict(&signed(&json!({"alg": "RS256", "kid": "r1"}), &changed)) {
            Err(TokenRejection::Claim(fault)) => assert!(expected(&fault), "{name} {value}: {fault:?}"),
            other => panic!("{name} {value}: {other:?}"),
        }
    };
    let slash = format!("{ISSUER}/");
    check("iss", json!(slash), |f| matches!(f, F::Issuer { .. }));
    check("iss", json!(7), |f| *f == F::Missing { claim: "iss" });
    check("aud", json!("other"), |f| matches!(f, F::Audience { .. }));
    check("aud", json!([]), |f| *f == F::Missing { claim: "aud" });
    check("aud", json!([CLIENT, "api"]), |f| {
        matches!(f, F::AuthorizedPartyMissing { .. })
    });
    check("azp", json!("other"), |f| matches!(f, F::AuthorizedParty { .. }));
    check("exp", json!(at), |f| matches!(f, F::Expired { .. }));
    check("exp", json!(at - 1), |f| matches!(f, F::Expired { .. }));
    check("exp", Json::Null, |f| *f == F::Missing { claim: "exp" });
    check("exp", json!("soon"), |f| *f == F::Missing { claim: "exp" });
    check("exp", json!(1e300), |f| *f == F::Missing { claim: "exp" });
    check("iat", json!(at + 61), |f| {
        matches!(f, F::Early { claim: "iat", .. })
    });
    check("nbf", json!(at + 61), |f| {
        matches!(f, F::Early { claim: "nbf", .. })
    });
    check("iat", Json::Null, |f| *f == F::Missing { claim: "iat" });
    check("sub", json!(""), |f| *f == F::Missing { claim: "sub" });
    check("nonce", json!("n-2"), |f| *f == F::Nonce);
    check("nonce", Json::Null, |f| *f == F::Nonce);
}

#[test]
fn claims_that_hold_in_other_forms() {
    let at = now().unix_timestamp();
    let check = |name: &str, value: Json| {
        let mut changed = claims();
        changed
            .as_object_mut()
            .unwrap()
            .insert(name.into(), value.clone());
        let text = signed(&json!({"alg": "RS256", "kid": "r1"}), &changed);
        assert_eq!(verdict(&text), Ok(()), "{name} {value}");
    };
    check("aud", json!([CLIENT]));
    check("azp", json!(CLIENT));
    check("iat", json!(at + 60));
    check("nbf", json!(at));
    check("exp", json!(at as f64 + 0.5 + 1.0));
}

#[test]
fn what_a_text_is_when_it_is_no_token() {
    use NotAToken as E;
    let check = |text: &str, expected: fn(&E) -> bool| {
        let error = IdToken::decode(text).expect_err("refused");
        assert!(expected(&error), "{error:?}");
        assert!(error.to_string().ends_with('.') && error.to_string().len() > 30);
    };
    let h = b64("{\"alg\":\"RS256\"}");
    check("", |e| *e == E::Empty);
    check(" \n", |e| *e == E::Empty);
    check("opaque", |e| *e == E::Parts { found: 1 });
    check("a.b", |e| *e == E::Parts { found: 2 });
    check("a.b.c.d.e", |e| *e == E::Encrypted);
    check("<samlp:Response/>", |e| *e == E::Saml);
    check("PHNhbWxwOlJlc3BvbnNl", |e| *e == E::Saml);
    check("a b.c.d", |e| *e == E::Base64 { part: "header" });
    check(&format!("{h}.$$.x"), |e| *e == E::Base64 { part: "claims" });
    check(&format!("{h}.{}.$", b64("{}")), |e| {
        *e == E::Base64 { part: "signature" }
    });
    check(&format!("{}.{}.", b64("{}"), b64("{}")), |e| *e == E::NoAlgorithm);
    check(&format!("{h}.{}.", b64("[]")), |e| {
        matches!(e, E::Json { part: "claims", .. })
    });
    check(
        &format!("{h}.{}.", b64("{\"sub\":\"a\",\"sub\":\"b\"}")),
        |e| matches!(e, E::Json { part: "claims", error } if error.to_string().contains("“sub” stands twice")),
    );
    check(&"x".repeat(600_000), |e| matches!(e, E::TooLong { .. }));
}

#[test]
fn key_sets_and_what_is_in_them() {
    let check = |json: Json, part: &str| {
        let error = KeySet::parse(json.to_string().as_bytes()).expect_err("refused");
        assert!(error.to_string().contains(part), "{error}");
    };
    let changed = |mut key: Json, name: &str, value: Json| {
        key.as_object_mut().unwrap().insert(name.into(), value);
        json!({"keys": [key]})
    };
    check(json!({}), "something else");
    check(json!({"issuer": ISSUER, "jwks_uri": "x"}), "a discovery document");
    check(rsa_jwk(), "one key alone");
    check(json!({"keys": []}), "empty");
    check(json!({"keys": vec![rsa_jwk(); 101]}), "101 keys");
    check(changed(rsa_jwk(), "n", json!(b64([0xff; 128]))), "1024 bits");
    check(changed(rsa_jwk(), "n", json!("$")), "part n");
    check(changed(rsa_jwk(), "e", json!(b64([0, 0]))), "part e");
    check(changed(rsa_jwk(), "d", json!("x")), "private part");
    check(changed(rsa_jwk(), "use", json!("enc")), "encryption");
    check(changed(ec_jwk(), "crv", json!("secp256k1")), "secp256k1");
    check(changed(ec_jwk(), "x", json!(b64([1; 31]))), "part x");
    check(json!({"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}), "kind is oct");
    check(json!({"keys": ["x"]}), "part kty");
    assert!(matches!(KeySet::parse(b"<html>"), Err(KeySetError::Document(_))));
    // One that cannot be used takes nothing from the others.
    let mixed = json!({"keys": [rsa_jwk(), {"kty": "oct", "k": "c2VjcmV0"}]});
    let set = KeySet::parse(mixed.to_string().as_bytes()).unwrap();
    assert_eq!((set.keys.len(), set.unusable.len()), (1, 1));
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let _ = KeySet::parse(&bytes);
        let _ = Discovery::parse(&bytes, &Issuer::parse(ISSUER).unwrap());
        let text = String::from_utf8_lossy(&bytes);
        let _ = IdToken::decode(&text);
        let _ = Issuer::parse(&text);
        let _ = Issuer::practice(&text);
        let _ = ClientId::parse(&text);
    }

    #[test]
    fn no_claims_make_a_reader_panic(claims in json_value(), header in "[a-zA-Z0-9]{0,6}") {
        let text = format!("{}.{}.", b64(json!({"alg": header}).to_string()), b64(json!({"iss": ISSUER, "sub": "x", "exp": claims,
            "https://aws.amazon.com/tags": claims, "aud": claims}).to_string()));
        let token = IdToken::decode(&text).unwrap();
        let _ = TokenTags::of(&token.view().claims);
        prop_assert!(token.verify(&keys(), &expected()).is_err());
    }

    #[test]
    fn no_changed_token_is_believed(at in 0usize..4000, byte in 0usize..64) {
        let text = signed(&json!({"alg": "RS256", "kid": "r1"}), &claims());
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut bytes = text.clone().into_bytes();
        let at = at % bytes.len();
        bytes[at] = letters[byte];
        let changed = String::from_utf8(bytes).unwrap();
        if changed != text && let Ok(token) = IdToken::decode(&changed) {
            prop_assert!(token.verify(&keys(), &expected()).is_err(), "{changed}");
        }
    }
}

fn json_value() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        "[ -~é]{0,12}".prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let names = prop_oneof![
            Just("principal_tags".to_owned()),
            Just("transitive_tag_keys".to_owned()),
            Just("Email".to_owned()),
            "[a-z]{0,5}",
        ];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            proptest::collection::btree_map(names, inner, 0..4)
                .prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    })
}
