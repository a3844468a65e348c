//! Addresses that must not be asked, and answers that are none.

use crate::near;
use crate::provider::{Provider, Ways};
use claimbridge_core::oidc::{NotFetched, Why};
use claimbridge_core::setup::World;
use claimbridge_runtime::Http;
use std::time::{Duration, Instant};

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
    // Clear text is for this machine alone, in the practice world as well.
    check("http://8.8.8.8/".into(), |w| matches!(w, Why::Scheme { .. })).await;
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
