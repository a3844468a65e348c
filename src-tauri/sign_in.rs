//! The sign-in window: a second window without any IPC permission. A script hands the
//! `SAMLResponse` over before the form leaves for AWS, by navigating to an address that does not
//! exist and whose fragment never goes over the network.

use crate::app::{App, Captured, SignIn};
use crate::view::Failure;
use serde::Deserialize;
use std::sync::Arc;
use tauri::{AppHandle, Manager, Url, WebviewUrl, WebviewWindowBuilder, WindowEvent};

/// Label of a sign-in's window; no capability names it.
fn label(sign_in: SignIn) -> String {
    format!("sign-in-{}", sign_in.0)
}

const SCRIPT: &str = include_str!("sign_in.js");

#[derive(Deserialize)]
struct Payload {
    #[serde(rename = "samlResponse")]
    saml_response: String,
}

/// Opens the window at an address. `issuer` is the entity ID of the set-up's metadata: a response of it is
/// handed over wherever it is sent.
///
/// # Errors
/// The window could not be opened.
pub fn open(
    handle: &AppHandle,
    sign_in: SignIn,
    address: &str,
    issuer: &str,
    practice: bool,
) -> Result<(), Failure> {
    let url = Url::parse(address)?;
    // Random, so that a page cannot know it before the script runs in it.
    let host = format!("{}.saml-capture.invalid", uuid::Uuid::new_v4().simple());
    let script = SCRIPT
        .replace("__SENTINEL__", &format!("https://{host}/"))
        .replace("__ISSUER__", &serde_json::to_string(issuer)?);
    let app = handle.clone();
    let window = WebviewWindowBuilder::new(handle, label(sign_in), WebviewUrl::External(url))
        .title("Claimbridge: test sign-in")
        .inner_size(900.0, 700.0)
        // A private session, so that nobody else's sign-in is taken; WebDriver cannot see such a window.
        .incognito(!practice)
        .initialization_script_for_all_frames(script)
        .on_navigation(move |to| {
            if to.host_str() == Some(&host) {
                let captured = to.fragment().and_then(payload);
                if let Some(payload) = captured {
                    app.state::<Arc<App>>()
                        .captured(sign_in, Captured::Response(payload.saml_response));
                }
                close(&app, sign_in);
                return false;
            }
            // A second lock: the response must not reach the web experience.
            !(to.path().ends_with("/saml") && to.host_str().is_some_and(is_aws))
        })
        .build()?;
    let app = handle.clone();
    window.on_window_event(move |event| {
        if matches!(event, WindowEvent::Destroyed) {
            app.state::<Arc<App>>().captured(sign_in, Captured::Closed);
        }
    });
    Ok(())
}

/// Opens the window at a page that leads to a door of this program by itself.
///
/// # Errors
/// The window could not be opened.
pub fn open_page(handle: &AppHandle, sign_in: SignIn, address: &str) -> Result<(), Failure> {
    let window =
        WebviewWindowBuilder::new(handle, label(sign_in), WebviewUrl::External(Url::parse(address)?))
            .title("Claimbridge: test sign-in")
            .inner_size(900.0, 700.0)
            .build()?;
    let app = handle.clone();
    window.on_window_event(move |event| {
        if matches!(event, WindowEvent::Destroyed) {
            app.state::<Arc<App>>().captured(sign_in, Captured::Closed);
        }
    });
    Ok(())
}

/// Closes it, if it is open.
pub fn close(handle: &AppHandle, sign_in: SignIn) {
    if let Some(window) = handle.get_webview_window(&label(sign_in))
        && let Err(error) = window.destroy()
    {
        tracing::warn!(%error, "the sign-in window could not be closed");
    }
}

fn payload(fragment: &str) -> Option<Payload> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(fragment)
        .ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Hosts that a response would be delivered to.
fn is_aws(host: &str) -> bool {
    host.ends_with(".on.aws") || host == "signin.aws.amazon.com" || host.ends_with(".signin.aws.amazon.com")
}
