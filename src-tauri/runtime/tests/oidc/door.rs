//! The door for one response: what it lets in, and that it closes.

use crate::{browser, visit};
use claimbridge_runtime::listener::{Arrived, Expect, ListenError, SAML_PATH, listen};

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
