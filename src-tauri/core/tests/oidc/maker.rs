//! Tokens and keys of a provider that exists for a test alone.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use claimbridge_core::oidc::KeySet;
use claimbridge_core::time::{Instant, parse_instant};
use serde_json::{Value as Json, json};
use std::sync::LazyLock;

pub const ISSUER: &str = "https://acme.okta.com/oauth2/default";
pub const CLIENT: &str = "0oa1client";

static RSA: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());
static EC: LazyLock<EcdsaKeyPair> =
    LazyLock::new(|| EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap());

pub fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub fn rsa_jwk() -> Json {
    let public = PublicKeyComponents::<Vec<u8>>::from(RSA.public_key());
    json!({"kty": "RSA", "use": "sig", "kid": "r1", "n": b64(public.n), "e": b64(public.e)})
}

pub fn ec_jwk() -> Json {
    let point = EC.public_key().as_ref();
    json!({"kty": "EC", "crv": "P-256", "kid": "e1", "alg": "ES256", "x": b64(&point[1..33]), "y": b64(&point[33..])})
}

pub fn keys() -> KeySet {
    KeySet::parse(json!({"keys": [rsa_jwk(), ec_jwk()]}).to_string().as_bytes()).unwrap()
}

pub fn now() -> Instant {
    parse_instant("2026-11-22T16:00:00Z").unwrap()
}

pub fn claims() -> Json {
    let at = now().unix_timestamp();
    json!({
        "iss": ISSUER, "sub": "00u1", "aud": CLIENT, "iat": at - 5, "exp": at + 3600, "nonce": "n-1",
        "https://aws.amazon.com/tags": {"principal_tags": {"Email": ["alice@acme.example"]}},
    })
}

pub fn signed(header: &Json, claims: &Json) -> String {
    let message = format!("{}.{}", b64(header.to_string()), b64(claims.to_string()));
    let random = SystemRandom::new();
    let signature = match header["alg"].as_str() {
        Some("ES256") => EC.sign(&random, message.as_bytes()).unwrap().as_ref().to_vec(),
        alg => {
            let padding = if alg == Some("RS384") {
                &RSA_PKCS1_SHA384
            } else {
                &RSA_PKCS1_SHA256
            };
            let mut signature = vec![0; RSA.public_modulus_len()];
            RSA.sign(padding, &random, message.as_bytes(), &mut signature)
                .unwrap();
            signature
        }
    };
    format!("{message}.{}", b64(signature))
}
