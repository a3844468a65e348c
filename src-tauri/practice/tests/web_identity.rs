//! AssumeRoleWithWebIdentity through the wire: what is admitted, and every documented refusal.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use claimbridge_practice::World;
use claimbridge_practice::config::{Config, Switches};
use serde_json::{Value as Json, json};
use std::sync::LazyLock;
use time::OffsetDateTime;

static KEY: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());
const ISSUER: &str = "https://acme.okta.com/oauth2/default";
const CLIENT: &str = "0oa1client";
const ROLE: &str = "arn:aws:iam::123456789012:role/q-web";

fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn jwks() -> String {
    let public = PublicKeyComponents::<Vec<u8>>::from(KEY.public_key());
    json!({"keys": [{"kty": "RSA", "kid": "k1", "n": b64(public.n), "e": b64(public.e)}]}).to_string()
}

fn token(changes: &Json) -> String {
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let mut claims = json!({"iss": ISSUER, "sub": "00u1subject", "aud": CLIENT, "iat": now, "exp": now + 600,
        "https://aws.amazon.com/tags": {"principal_tags": {"Email": ["alice@acme.example"]}}});
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let message = format!(
        "{}.{}",
        b64("{\"alg\":\"RS256\",\"kid\":\"k1\"}"),
        b64(claims.to_string())
    );
    let mut signature = vec![0; KEY.public_modulus_len()];
    KEY.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        message.as_bytes(),
        &mut signature,
    )
    .unwrap();
    format!("{message}.{}", b64(signature))
}

async fn call(origin: &str, version: &str, form: &[(&str, &str)]) -> (u16, String) {
    let mut all = vec![("Version", version)];
    all.extend(form);
    let scope = "AKIAPRACTICE00000000/20261122/us-east-1/iam/aws4_request";
    let answer = reqwest::Client::new()
        .post(origin)
        .header(
            "authorization",
            format!(
                "AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature={}",
                "0".repeat(64)
            ),
        )
        .header("x-amz-date", "20261122T160000Z")
        .form(&all)
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn role(origin: &str, tag_session: bool) {
    let provider = [
        ("Action", "CreateOpenIDConnectProvider"),
        ("Url", ISSUER),
        ("ClientIDList.member.1", CLIENT),
    ];
    call(origin, "2010-05-08", &provider).await;
    let issuer = ISSUER.trim_start_matches("https://");
    let principal = json!({"Federated": format!("arn:aws:iam::123456789012:oidc-provider/{issuer}")});
    let mut statements = vec![json!({"Effect": "Allow", "Principal": principal,
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {format!("{issuer}:aud"): CLIENT}}})];
    if tag_session {
        statements.push(
            json!({"Effect": "Allow", "Principal": principal, "Action": "sts:TagSession",
            "Condition": {"StringLike": {"aws:RequestTag/Email": "*"}}}),
        );
    }
    let trust = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    let form = [
        ("Action", "CreateRole"),
        ("RoleName", "q-web"),
        ("AssumeRolePolicyDocument", &trust),
    ];
    let (status, body) = call(origin, "2010-05-08", &form).await;
    assert_eq!(status, 200, "{body}");
}

async fn assume(origin: &str, token: &str, more: &[(&str, &str)]) -> (u16, String) {
    let mut form = vec![
        ("Action", "AssumeRoleWithWebIdentity"),
        ("RoleArn", ROLE),
        ("RoleSessionName", "claimbridge"),
        ("WebIdentityToken", token),
    ];
    form.extend(more);
    call(origin, "2011-06-15", &form).await
}

#[tokio::test]
async fn a_good_token_is_worth_credentials() {
    let world = World::new(Config::default()).serve(0).await.unwrap();
    world.world().add_issuer(ISSUER, &jwks());
    role(&world.origin(), true).await;
    let flat = json!({"https://aws.amazon.com/tags": null,
        "https://aws.amazon.com/tags/principal_tags/Email": "alice@acme.example"});
    for changes in [json!({}), flat, json!({"aud": [CLIENT, "api"], "azp": CLIENT})] {
        let (status, body) = assume(&world.origin(), &token(&changes), &[]).await;
        assert_eq!(status, 200, "{body}");
        for part in [
            "<AccessKeyId>ASIAPRACTICE",
            "assumed-role/q-web/claimbridge",
            "<SubjectFromWebIdentityToken>00u1subject<",
            "<Audience>0oa1client<",
            "oidc-provider/acme.okta.com/oauth2/default<",
        ] {
            assert!(body.contains(part), "{part}: {body}");
        }
    }
}

#[tokio::test]
async fn every_refusal_has_its_code() {
    let world = World::new(Config::default()).serve(0).await.unwrap();
    world.world().add_issuer(ISSUER, &jwks());
    world.world().add_issuer("https://broken.example", "<html>");
    role(&world.origin(), true).await;
    let broken = [
        ("Action", "CreateOpenIDConnectProvider"),
        ("Url", "https://broken.example"),
        ("ClientIDList.member.1", CLIENT),
    ];
    call(&world.origin(), "2010-05-08", &broken).await;
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let good = token(&json!({}));
    let origin = world.origin();
    let tags = "https://aws.amazon.com/tags";
    // What one token says, with the signature of another.
    let (said, _) = good.rsplit_once('.').unwrap();
    let other = token(&json!({"sub": "00u2subject"}));
    let swapped = format!("{said}.{}", other.rsplit_once('.').unwrap().1);
    for (token, code, words) in [
        ("opaque".to_owned(), "InvalidIdentityToken", "not a valid JWT"),
        (swapped, "InvalidIdentityToken", "signature"),
        (
            token(&json!({"iss": format!("{ISSUER}/")})),
            "InvalidIdentityToken",
            "No OpenIDConnect provider found in your account for https://acme.okta.com/oauth2/default/",
        ),
        (
            token(&json!({"aud": "other"})),
            "InvalidIdentityToken",
            "Incorrect token audience",
        ),
        (
            token(&json!({"azp": "other"})),
            "InvalidIdentityToken",
            "Incorrect token audience",
        ),
        (
            token(&json!({"iss": "https://broken.example"})),
            "InvalidIdentityToken",
            "retrieve verification key from your identity provider",
        ),
        (token(&json!({"exp": now - 1})), "ExpiredTokenException", ""),
        (token(&json!({"iat": now + 600})), "InvalidIdentityToken", ""),
        (
            token(&json!({tags: {"principal_tags": {"Email": ["a@b", "c@d"]}}})),
            "InvalidIdentityToken",
            "more than one value",
        ),
        (
            token(&json!({tags: {"principal_tags": {"City": ["Bonn"]}}})),
            "AccessDenied",
            "Not authorized to perform sts:TagSession",
        ),
        (
            token(&json!({"groups": vec!["g".repeat(100); 200]})),
            "ValidationError",
            "",
        ),
    ] {
        let (status, body) = assume(&origin, &token, &[]).await;
        assert!(status >= 400, "{body}");
        assert!(body.contains(&format!("<Code>{code}<")), "{code}: {body}");
        assert!(body.contains(words), "{words}: {body}");
    }
    let (_, body) = assume(&origin, &good, &[("DurationSeconds", "43200")]).await;
    assert!(body.contains("MaxSessionDuration"), "{body}");
    let (_, body) = assume(&origin, &good, &[("DurationSeconds", "60")]).await;
    assert!(body.contains("<Code>ValidationError<"), "{body}");
}

#[tokio::test]
async fn the_trust_policy_decides_about_tags_and_the_switch_about_none() {
    let untagged = json!({"https://aws.amazon.com/tags": null});
    for (value, status) in [("refused-by-q", 200), ("refused-by-sts", 403)] {
        let mut switches = Switches::default();
        switches.set(&format!("missing-email={value}")).unwrap();
        let config = Config {
            switches,
            ..Config::default()
        };
        let world = World::new(config).serve(0).await.unwrap();
        world.world().add_issuer(ISSUER, &jwks());
        role(&world.origin(), false).await;
        let (found, body) = assume(&world.origin(), &token(&untagged), &[]).await;
        assert_eq!(found, status, "{value}: {body}");
        let (found, body) = assume(&world.origin(), &token(&json!({})), &[]).await;
        assert_eq!(found, 403, "{body}");
        assert!(body.contains("<Code>AccessDenied<"), "{body}");
        assert!(
            body.contains("Not authorized to perform sts:TagSession"),
            "{body}"
        );
    }
}
