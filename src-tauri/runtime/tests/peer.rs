//! A provider that others wrote and the OpenID Foundation certified: what it publishes is read, and a
//! sign-in there ends in a token that is believed. Needs node and tests/node_modules; says so without.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use claimbridge_core::oidc::{ExpectedToken, TokenTags};
use claimbridge_core::setup::World;
use claimbridge_core::time::Clock;
use claimbridge_core::value::{ClientId, Issuer};
use claimbridge_runtime::listener::{Expect, OIDC_PATH, listen};
use claimbridge_runtime::oidc::{Authorization, Captured, capture, discover};
use claimbridge_runtime::{Http, RandomIds, SystemClock};
use secrecy::SecretString;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;
use url::Url;

/// The provider, with its output: it dies where nobody listens.
struct Peer {
    child: Child,
    _output: BufReader<ChildStdout>,
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// None where the peer is not installed.
fn peer(redirect: &str) -> Option<(Peer, Issuer)> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests");
    if !tests.join("node_modules/oidc-provider").exists() {
        eprintln!("skipped: tests/node_modules has no oidc-provider; run npm ci in tests");
        return None;
    }
    let mut child = Command::new("node")
        .arg(tests.join("peers/openid.mjs"))
        .arg(redirect)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    let said: Json = serde_json::from_str(&line).unwrap();
    let issuer = Issuer::practice(said["issuer"].as_str().unwrap()).unwrap();
    Some((
        Peer {
            child,
            _output: output,
        },
        issuer,
    ))
}

/// Follows redirects with cookies, as a browser does, until it gets a page.
async fn browse(start: String) -> (u16, String) {
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap();
    let mut cookies: BTreeMap<String, String> = BTreeMap::new();
    let mut at = Url::parse(&start).unwrap();
    for _ in 0..20 {
        let sent: Vec<String> = cookies.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let answer = http
            .get(at.clone())
            .header("cookie", sent.join("; "))
            .send()
            .await
            .unwrap();
        for set in answer.headers().get_all("set-cookie") {
            let pair = set.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            cookies.insert(name.to_owned(), value.to_owned());
        }
        match answer.headers().get("location") {
            Some(to) => at = at.join(to.to_str().unwrap()).unwrap(),
            None => return (answer.status().as_u16(), answer.text().await.unwrap()),
        }
    }
    panic!("{start} redirects without end");
}

#[tokio::test]
async fn a_certified_provider_is_understood() {
    let http = Http::new(World::Practice).unwrap();
    // The peer has to know the redirect address before the door is open.
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let redirect = claimbridge_runtime::listener::address(free, OIDC_PATH);
    let Some((_peer, issuer)) = peer(&redirect) else {
        return;
    };
    let found = discover(&issuer, &http).await;
    let (discovery, faults) = found.discovery.unwrap();
    assert_eq!(faults, []);
    let keys = found.keys.unwrap().unwrap();
    assert_eq!((keys.keys.len(), keys.unusable.len()), (2, 0));
    for (client, secret, algorithm) in [
        ("basic", true, "RS256"),
        ("post", true, "RS256"),
        ("public", false, "ES256"),
    ] {
        let client_id = ClientId::parse(client).unwrap();
        let authorization =
            Authorization::begin(&discovery, &issuer, &client_id, &redirect, &RandomIds).unwrap();
        let expected = ExpectedToken {
            issuer: issuer.clone(),
            client_id,
            nonce: Some(authorization.nonce().to_owned()),
            now: SystemClock.now(),
        };
        let door = listen(free, OIDC_PATH, Expect::Code, authorization.state())
            .await
            .unwrap();
        let person = tokio::spawn(browse(authorization.url().to_owned()));
        let secret = secret.then(|| SecretString::from("s3cret & more: +/%"));
        let patience = Duration::from_secs(30);
        let captured = capture(
            authorization,
            door,
            secret.as_ref(),
            &http,
            patience,
            &SystemClock,
        )
        .await;
        let (status, page) = person.await.unwrap();
        assert_eq!(status, 200, "{client}: {page}");
        let token = match captured {
            Ok(Captured::Token(token)) => token,
            other => panic!("{client}: {other:?}"),
        };
        let verified = token.verify(&keys, &expected).unwrap();
        assert_eq!(verified.algorithm().as_str(), algorithm);
        assert_eq!(
            TokenTags::of(verified.claims()).email(),
            Some("alice@acme.example")
        );
    }
}
