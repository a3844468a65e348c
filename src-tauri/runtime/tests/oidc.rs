//! OpenID Connect over the wire: documents that are not to be had, addresses that must not be asked, and
//! a whole sign-in by a browser.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

#[path = "oidc/provider.rs"]
mod provider;

use claimbridge_core::oidc::{ExpectedToken, NotFetched, TokenTags, Unavailable, Why};
use claimbridge_core::saml::request::AuthnRequest;
use claimbridge_core::setup::World;
use claimbridge_core::time::Clock;
use claimbridge_core::value::{ClientId, Issuer};
use claimbridge_runtime::listener::{Arrived, Expect, ListenError, OIDC_PATH, SAML_PATH, listen};
use claimbridge_runtime::oidc::{Authorization, CannotBegin, Captured, ExchangeError, capture, discover};
use claimbridge_runtime::{Http, RandomIds, SystemClock};
use provider::{Provider, Ways};
use secrecy::SecretString;
use std::time::{Duration, Instant};

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
async fn documents_that_are_not_to_be_had() {
    let there = Provider::serve(Ways::default()).await;
    let at = |path: &str| there.at(path);
    let check = async |url: String, expected: fn(&Why) -> bool| {
        let started = Instant::now();
        let NotFetched { url: asked, why } = near().get(&url).await.unwrap_err();
        assert_eq!(asked, url);
        assert!(expected(&why), "{url}: {why:?}");
        assert!(started.elapsed() < Duration::from_secs(9), "{url}");
    };
    check(
        at("/redirect"),
        |w| matches!(w, Why::Redirected { to } if to == "http://169.254.169.254/"),
    )
    .await;
    check(at("/missing"), |w| matches!(w, Why::Status { found: 404 })).await;
    check(at("/long"), |w| matches!(w, Why::TooLong { .. })).await;
    check(at("/long-without-a-length"), |w| matches!(w, Why::TooLong { .. })).await;
    check(at("/slow"), |w| matches!(w, Why::Slow { seconds: 5 })).await;
    check(at("/drip"), |w| matches!(w, Why::Slow { seconds: 5 })).await;
    check("http://127.0.0.1:1/".into(), |w| {
        matches!(w, Why::Unreachable { .. })
    })
    .await;
    check("ftp://127.0.0.1/".into(), |w| matches!(w, Why::Scheme { .. })).await;
    check("no address".into(), |w| matches!(w, Why::Scheme { .. })).await;
    check("http://10.0.0.1/".into(), |w| matches!(w, Why::Private { .. })).await;
    check("http://[fd00:ec2::254]/".into(), |w| {
        matches!(w, Why::Private { .. })
    })
    .await;
    assert_eq!(there.asked("/secret"), 0);
}

/// What a live set-up asks is never on this machine or in its network, however the address is written.
#[tokio::test]
async fn a_live_set_up_reaches_nothing_that_is_not_public() {
    let there = Provider::serve(Ways::default()).await;
    let live = Http::new(World::Live).unwrap();
    let port = there.port();
    for (url, private) in [
        (format!("http://127.0.0.1:{port}/secret"), false),
        (format!("https://127.0.0.1:{port}/secret"), true),
        (format!("https://localhost:{port}/secret"), true),
        (format!("https://[::1]:{port}/secret"), true),
        (format!("https://[::ffff:127.0.0.1]:{port}/secret"), true),
        (format!("https://2130706433:{port}/secret"), true),
        (format!("https://0x7f.1:{port}/secret"), true),
        ("https://169.254.169.254/latest/meta-data/".into(), true),
        ("https://0.0.0.0/".into(), true),
    ] {
        let refused = live.get(&url).await.unwrap_err();
        let fits = match refused.why {
            Why::Private { .. } => private,
            Why::Scheme { .. } => !private,
            _ => false,
        };
        assert!(fits, "{refused}");
    }
    assert_eq!(there.connections(), 0, "nothing of this machine was touched");
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
async fn the_door_takes_one_response_and_closes() {
    let door = listen(0, SAML_PATH, Expect::SamlResponse, "s-1").await.unwrap();
    let address = door.address();
    let port: u16 = address
        .split(':')
        .nth(2)
        .unwrap()
        .split('/')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    // In use is said, with the port and the next act.
    let taken = listen(port, SAML_PATH, Expect::SamlResponse, "s-2")
        .await
        .err()
        .unwrap();
    assert_eq!(taken, ListenError::PortInUse { port });
    assert!(
        taken.to_string().contains(&port.to_string()) && taken.to_string().contains("Close that program")
    );
    let waiting = tokio::spawn(door.wait());
    let post = async |fields: &[(&str, &str)], host: Option<&str>| {
        let mut request = browser().post(&address).form(fields);
        if let Some(host) = host {
            request = request.header("host", host);
        }
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(post(&[("SAMLResponse", "x")], None).await, 400);
    assert_eq!(
        post(&[("SAMLResponse", "x"), ("RelayState", "other")], None).await,
        400
    );
    assert_eq!(post(&[("RelayState", "s-1")], None).await, 400);
    assert_eq!(
        post(
            &[
                ("RelayState", "s-1"),
                ("RelayState", "s-1"),
                ("SAMLResponse", "x")
            ],
            None
        )
        .await,
        400
    );
    assert_eq!(
        post(
            &[("SAMLResponse", "x"), ("RelayState", "s-1")],
            Some("evil.example")
        )
        .await,
        404
    );
    assert_eq!(
        visit(&format!("{address}?SAMLResponse=x&RelayState=s-1")).await.0,
        400
    );
    assert_eq!(visit(&address.replace("/saml", "/")).await.0, 404);
    let long = "x".repeat(500_000);
    assert_eq!(
        post(&[("SAMLResponse", &long), ("RelayState", "s-1")], None).await,
        413
    );
    assert!(!waiting.is_finished());
    assert_eq!(
        post(&[("SAMLResponse", "PHNhbWw+"), ("RelayState", "s-1")], None).await,
        200
    );
    match waiting.await.unwrap() {
        Some(Arrived::SamlResponse(value)) => assert_eq!(value, "PHNhbWw+"),
        _ => panic!("the response did not arrive"),
    }
    // Closed: the port is free at once.
    assert!(listen(port, SAML_PATH, Expect::SamlResponse, "s-3").await.is_ok());
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
