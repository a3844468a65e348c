//! OpenID Connect over the wire: documents that are not to be had, addresses that must not be asked, and
//! a whole sign-in by a browser.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod door;
mod fetch;
#[allow(dead_code, reason = "the other test uses the rest")]
mod provider;

use claimbridge_core::oidc::{ExpectedToken, NotFetched, TokenTags, Unavailable, Why};
use claimbridge_core::saml::request::AuthnRequest;
use claimbridge_core::setup::World;
use claimbridge_core::time::Clock;
use claimbridge_core::value::{ClientId, Issuer};
use claimbridge_runtime::listener::{Expect, OIDC_PATH, listen};
use claimbridge_runtime::oidc::{Authorization, CannotBegin, Captured, ExchangeError, capture, discover};
use claimbridge_runtime::{Http, RandomIds, SystemClock};
use provider::{Provider, Ways};
use secrecy::SecretString;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(30);

fn near() -> Http {
    Http::new(World::Practice).unwrap()
}

fn client() -> ClientId {
    ClientId::parse(provider::CLIENT).unwrap()
}

/// A browser that follows no redirect by itself.
fn browser() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap()
}

async fn visit(url: &str) -> (u16, String) {
    let answer = browser().get(url).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn what_a_provider_publishes_is_read() {
    let there = Provider::serve(Ways::default()).await;
    let found = discover(&there.issuer(), &near()).await;
    let (_, faults) = found.discovery.unwrap();
    assert_eq!(faults, []);
    assert_eq!(found.keys.unwrap().unwrap().kids(), ["k1"]);
}

#[tokio::test]
async fn discovery_that_leads_elsewhere_is_evidence() {
    let other = Ways {
        issuer_path: "/another",
        ..Ways::default()
    };
    let there = Provider::serve(other).await;
    let found = discover(&there.issuer(), &near()).await;
    let (discovery, faults) = found.discovery.unwrap();
    assert_eq!(faults.first().unwrap().place(), "issuer");
    let refused = Authorization::begin(
        &discovery,
        &there.issuer(),
        &client(),
        "http://localhost:8000/x",
        &RandomIds,
    );
    assert!(matches!(refused, Err(CannotBegin::Issuer { .. })));
    let nothing = Issuer::practice(&there.at("/nothing")).unwrap();
    let found = discover(&nothing, &near()).await;
    assert!(matches!(
        found.discovery,
        Err(Unavailable::NotFetched(NotFetched {
            why: Why::Status { found: 404 },
            ..
        }))
    ));
    assert!(found.keys.is_none());
}

/// The whole flow with a browser that does what the provider says.
async fn sign_in(ways: Ways, secret: Option<&str>) -> Result<Captured, ExchangeError> {
    let there = Provider::serve(ways).await;
    let found = discover(&there.issuer(), &near()).await;
    let (discovery, _) = found.discovery.unwrap();
    let door = listen(0, OIDC_PATH, Expect::Code, "to be replaced")
        .await
        .unwrap();
    let redirect = door.address();
    drop(door);
    let port = redirect
        .split(':')
        .nth(2)
        .unwrap()
        .split('/')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let authorization =
        Authorization::begin(&discovery, &there.issuer(), &client(), &redirect, &RandomIds).unwrap();
    let nonce = authorization.nonce().to_owned();
    let door = listen(port, OIDC_PATH, Expect::Code, authorization.state())
        .await
        .unwrap();
    let url = authorization.url().to_owned();
    let person = tokio::spawn(async move {
        // A response of another sign-in first: it gets 400 and ends nothing.
        let (status, _) = visit(&format!("{redirect}?code=stolen&state=other")).await;
        assert_eq!(status, 400);
        let answer = browser().get(&url).send().await.unwrap();
        let back = answer.headers()["location"].to_str().unwrap().to_owned();
        let (status, page) = visit(&back).await;
        assert!(status == 200 && page.contains("close this window"), "{status}");
    });
    let secret = secret.map(SecretString::from);
    let captured = capture(authorization, door, secret.as_ref(), &near(), LONG, &SystemClock).await;
    person.await.unwrap();
    if let Ok(Captured::Token(token)) = &captured {
        let expected = ExpectedToken {
            issuer: there.issuer(),
            client_id: client(),
            nonce: Some(nonce),
            now: SystemClock.now(),
        };
        let verified = token.verify(&found.keys.unwrap().unwrap(), &expected).unwrap();
        assert_eq!(
            TokenTags::of(verified.claims()).email(),
            Some("alice@acme.example")
        );
    }
    captured
}

#[tokio::test]
async fn a_sign_in_by_the_browser_gives_a_token() {
    for (methods, secret) in [
        (&["client_secret_basic"] as &[&str], Some(provider::SECRET)),
        (&["client_secret_post"], Some(provider::SECRET)),
        (&["none"], None),
    ] {
        let ways = Ways {
            takes: methods,
            offers: methods,
            ..Ways::default()
        };
        let captured = sign_in(ways, secret).await.unwrap();
        assert!(
            matches!(captured, Captured::Token(_)),
            "{methods:?}: {captured:?}"
        );
    }
    // The provider offers both, and the application is set to the second.
    let ways = Ways {
        takes: &["client_secret_post"],
        offers: &["client_secret_basic", "client_secret_post"],
        ..Ways::default()
    };
    assert!(matches!(
        sign_in(ways, Some(provider::SECRET)).await,
        Ok(Captured::Token(_))
    ));
}

#[tokio::test]
async fn refusals_are_outcomes() {
    let denied = Ways {
        deny: true,
        ..Ways::default()
    };
    match sign_in(denied, Some(provider::SECRET)).await.unwrap() {
        Captured::ErrorRedirect { error, description } => {
            assert_eq!(error, "access_denied");
            assert_eq!(description, "User is not assigned to the client application.");
        }
        other => panic!("{other:?}"),
    }
    let wrong = sign_in(Ways::default(), Some("wrong & odd")).await.unwrap_err();
    assert!(matches!(&wrong, ExchangeError::Refused { error, .. } if error == "invalid_client"));
    assert!(wrong.to_string().contains("Enter the client secret") && !wrong.to_string().contains("odd"));
    let no_token = Ways {
        id_token: false,
        ..Ways::default()
    };
    let error = sign_in(no_token, Some(provider::SECRET)).await.unwrap_err();
    assert_eq!(
        error,
        ExchangeError::NoIdToken {
            found: vec!["access_token".into(), "token_type".into()]
        }
    );
    let jwt = Ways {
        offers: &["private_key_jwt"],
        ..Ways::default()
    };
    let error = sign_in(jwt, Some(provider::SECRET)).await.unwrap_err();
    assert!(
        matches!(error, ExchangeError::ClientAuthentication { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn nothing_arrives_and_a_cancelled_wait_frees_the_port() {
    let there = Provider::serve(Ways::default()).await;
    let (discovery, _) = discover(&there.issuer(), &near()).await.discovery.unwrap();
    let begin = || {
        Authorization::begin(
            &discovery,
            &there.issuer(),
            &client(),
            "http://localhost:1/x",
            &RandomIds,
        )
        .unwrap()
    };
    let door = listen(0, OIDC_PATH, Expect::Code, "s").await.unwrap();
    let port: u16 = door
        .address()
        .split(':')
        .nth(2)
        .unwrap()
        .split('/')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let brief = Duration::from_millis(50);
    let captured = capture(begin(), door, None, &near(), brief, &SystemClock)
        .await
        .unwrap();
    assert!(matches!(captured, Captured::NothingArrived));
    let door = listen(port, OIDC_PATH, Expect::Code, "s").await.unwrap();
    let cancelled =
        tokio::time::timeout(brief, capture(begin(), door, None, &near(), LONG, &SystemClock)).await;
    assert!(cancelled.is_err());
    assert!(listen(port, OIDC_PATH, Expect::Code, "s").await.is_ok());
}

/// What leaves for the browser has a state, and no secret.
#[tokio::test]
async fn the_addresses_for_the_browser() {
    let there = Provider::serve(Ways::default()).await;
    let (discovery, _) = discover(&there.issuer(), &near()).await.discovery.unwrap();
    let begin = || {
        Authorization::begin(
            &discovery,
            &there.issuer(),
            &client(),
            "http://localhost:8000/x",
            &RandomIds,
        )
        .unwrap()
    };
    let (a, b) = (begin(), begin());
    assert_ne!(a.state(), b.state());
    assert_ne!(a.nonce(), b.nonce());
    for part in [
        "response_type=code",
        "code_challenge_method=S256",
        "scope=openid+email+profile",
        "redirect_uri=http%3A%2F%2Flocalhost%3A8000%2Fx",
        a.state(),
        a.nonce(),
    ] {
        assert!(a.url().contains(part), "{part}: {}", a.url());
    }
    let request = AuthnRequest::new(
        "https://app.example",
        "http://localhost:8000/saml",
        "https://idp.example/sso",
        SystemClock.now(),
        &RandomIds,
    )
    .unwrap();
    assert!(request.url(a.state()).unwrap().contains(a.state()));
}
