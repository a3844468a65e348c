//! Signed tokens and the keys that they are verified with: RS256 alone, which IAM takes
//! (IAM: create an OIDC provider).

use crate::keys::SigningKey;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;

fn kid(key: &SigningKey) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(&key.certificate))
}

/// The JWKS of some keys (RFC 7517).
pub(super) fn key_set(keys: &[SigningKey]) -> Result<Json, String> {
    let keys: Vec<Json> = keys.iter().map(public).collect::<Result<_, _>>()?;
    Ok(json!({ "keys": keys }))
}

fn public(key: &SigningKey) -> Result<Json, String> {
    let (_, certificate) = X509Certificate::from_der(&key.certificate).map_err(|e| e.to_string())?;
    let Ok(PublicKey::RSA(rsa)) = certificate.public_key().parsed() else {
        return Err("the signing key is no RSA key".into());
    };
    // A DER integer has a zero in front where its first bit is set; a JWK has none (RFC 7518, 6.3.1).
    let number = |bytes: &[u8]| {
        let start = bytes.iter().position(|b| *b != 0).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(bytes.get(start..).unwrap_or_default())
    };
    Ok(json!({
        "kty": "RSA",
        "use": "sig",
        "alg": "RS256",
        "kid": kid(key),
        "n": number(rsa.modulus),
        "e": number(rsa.exponent),
    }))
}

/// A compact JWS over the claims (RFC 7515).
pub(super) fn sign(claims: &Json, key: &SigningKey) -> Result<String, String> {
    let head = json!({"alg": "RS256", "kid": kid(key), "typ": "JWT"});
    let text = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(head.to_string()),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    );
    let pair = RsaKeyPair::from_pkcs8(&key.pkcs8).map_err(|e| e.to_string())?;
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        text.as_bytes(),
        &mut signature,
    )
    .map_err(|e| e.to_string())?;
    Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
}
