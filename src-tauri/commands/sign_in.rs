//! A test sign-in: by the sign-in window, by the browser, or from what was pasted.

use super::{Answer, Shared, decoded, now};
use crate::app::{App, Captured, SignIn};
use crate::sign_in;
use crate::view::{Failure, JudgementView};
use claimbridge_core::idp::Protocol;
use claimbridge_core::oidc::IdToken;
use claimbridge_core::resource::SecretValue;
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_core::saml::response::Response;
use claimbridge_core::setup::{Federation, Setup, World, secret_fault};
use claimbridge_runtime::judge::{Judgement, Received, judge, judge_token};
use claimbridge_runtime::listener::{Expect, address, listen};
use claimbridge_runtime::oidc::{Authorization, Captured as Browsed, capture, discover};
use claimbridge_runtime::store::SetupFiles;
use claimbridge_runtime::{Connection, Http, RandomIds, SystemClock};
use std::time::Duration;
use tauri::AppHandle;

/// A sign-in is waited for this long.
const SIGN_IN_SECONDS: u64 = 300;

/// Registered at the identity provider byte for byte, so it is always the same.
const PORT: u16 = 8000;
const CALLBACK: &str = "/auth/oidc/callback";

/// Lets somebody sign in and judges what comes back: for SAML in the sign-in window, for OpenID Connect by
/// the browser. `secret` is the client secret, for the token endpoint alone; none for a public client.
#[tauri::command]
#[specta::specta]
pub async fn sign_in(
    handle: AppHandle,
    app: Shared<'_>,
    id: String,
    secret: Option<String>,
) -> Answer<JudgementView> {
    let files = app.store.files(&id);
    let setup = files.load()?;
    match setup.protocol() {
        Protocol::Saml => in_window(&handle, &app, &files, &setup).await,
        Protocol::Oidc => by_browser(&handle, &app, &files, &setup, secret.map(SecretValue::from)).await,
    }
}

/// One at a time: an earlier wait ends.
fn begin_wait(handle: &AppHandle, app: &App) -> (SignIn, tokio::sync::oneshot::Receiver<Captured>) {
    if let Some(earlier) = app.awaited() {
        sign_in::close(handle, earlier);
    }
    app.await_capture()
}

fn nobody_came() -> Failure {
    Failure {
        message: "Nobody signed in within five minutes. Try again, or paste what the browser was sent."
            .into(),
    }
}

fn closed() -> Failure {
    Failure {
        message: "The sign-in was cancelled before anything arrived.".into(),
    }
}

async fn in_window(
    handle: &AppHandle,
    app: &App,
    files: &SetupFiles,
    setup: &Setup,
) -> Answer<JudgementView> {
    let address = app.sign_in_address(setup).await?;
    let metadata = setup.metadata().unwrap_or_default();
    let issuer = FederationMetadata::parse(metadata.as_bytes(), None)?.entity_id;
    let (this, waiting) = begin_wait(handle, app);
    sign_in::open(handle, this, &address, &issuer, setup.world == World::Practice)?;
    let captured = tokio::time::timeout(Duration::from_secs(SIGN_IN_SECONDS), waiting).await;
    sign_in::close(handle, this);
    match captured {
        Err(_) => Err(nobody_came()),
        Ok(Ok(Captured::Response(value))) => judged(app, files, value.as_bytes(), true).await,
        Ok(Ok(Captured::Closed) | Err(_)) => Err(closed()),
    }
}

async fn by_browser(
    handle: &AppHandle,
    app: &App,
    files: &SetupFiles,
    setup: &Setup,
    secret: Option<SecretValue>,
) -> Answer<JudgementView> {
    if let Some(why) = secret.as_ref().and_then(secret_fault) {
        return Err(Failure {
            message: format!("The client secret cannot be used: {why}."),
        });
    }
    let Federation::Oidc {
        issuer: Some(issuer),
        client_id: Some(client),
        ..
    } = &setup.federation
    else {
        return Err(Failure {
            message: "Issuer and client id are still missing. Enter them first.".into(),
        });
    };
    // Whoever cancels, or begins anew, ends this from the first look at the issuer on; the port is free again
    // with it.
    let (this, waiting) = begin_wait(handle, app);
    let signing_in = async {
        let http = Http::new(setup.world)?;
        let (discovery, _) = discover(issuer, &http).await.discovery?;
        let authorization =
            Authorization::begin(&discovery, issuer, client, &address(PORT, CALLBACK), &RandomIds)?;
        let listening = listen(PORT, CALLBACK, Expect::Code, authorization.state()).await?;
        let nonce = authorization.nonce().to_owned();
        match setup.world {
            // A rehearsal has no device policy and no passkey that a window of ours would stop.
            World::Practice => sign_in::open_page(handle, this, authorization.url())?,
            World::Live => tauri_plugin_opener::open_url(authorization.url(), None::<&str>)?,
        }
        let patience = Duration::from_secs(SIGN_IN_SECONDS);
        let captured = capture(
            authorization,
            listening,
            secret.as_ref(),
            &http,
            patience,
            &SystemClock,
        )
        .await?;
        Ok((captured, nonce))
    };
    let came: Answer<(Browsed, String)> = tokio::select! {
        came = signing_in => came,
        _ = waiting => Err(closed()),
    };
    app.captured(this, Captured::Closed);
    sign_in::close(handle, this);
    let (captured, nonce) = came?;
    match captured {
        Browsed::Token(token) => judged_token(app, files, &token, Some(&nonce)).await,
        Browsed::ErrorRedirect { error, description } => Err(Failure {
            message: format!("The identity provider refused the sign-in: {error}: {description}"),
        }),
        Browsed::NothingArrived => Err(nobody_came()),
    }
}

/// Ends the wait for a sign-in.
#[tauri::command]
#[specta::specta]
pub async fn cancel_sign_in(handle: AppHandle, app: Shared<'_>) -> Answer<()> {
    if let Some(waiting) = app.awaited() {
        sign_in::close(&handle, waiting);
        app.captured(waiting, Captured::Closed);
    }
    Ok(())
}

/// Judges a pasted or dropped response or ID token. `content` is base64 of what was pasted.
#[tauri::command]
#[specta::specta]
pub async fn judge_pasted(app: Shared<'_>, id: String, content: String) -> Answer<JudgementView> {
    let files = app.store.files(&id);
    let bytes = decoded(&content)?;
    match files.load()?.protocol() {
        Protocol::Saml => judged(&app, &files, &bytes, false).await,
        Protocol::Oidc => {
            let token = IdToken::decode(String::from_utf8_lossy(&bytes).trim())?;
            judged_token(&app, &files, &token, None).await
        }
    }
}

/// Without a sign-in of ours nothing is asked of AWS.
async fn live(app: &App, setup: &Setup, live: bool) -> Answer<Option<Connection>> {
    Ok(if live {
        Some(app.connect_to(setup).await?)
    } else {
        None
    })
}

async fn judged(app: &App, files: &SetupFiles, value: &[u8], captured: bool) -> Answer<JudgementView> {
    let (setup, bindings) = (files.load()?, files.bindings()?);
    let response = Response::decode(value)?;
    let connection = live(app, &setup, captured).await?;
    let at = now();
    let judgement = judge(
        &setup,
        &bindings,
        &response,
        captured.then_some(at),
        connection.as_ref(),
        at,
    )
    .await;
    kept(app, files, &judgement, captured)?;
    Ok(JudgementView::of(&judgement, &setup, &bindings, at))
}

async fn judged_token(
    app: &App,
    files: &SetupFiles,
    token: &IdToken,
    nonce: Option<&str>,
) -> Answer<JudgementView> {
    let (setup, bindings) = (files.load()?, files.bindings()?);
    let connection = live(app, &setup, nonce.is_some()).await?;
    let at = now();
    let received = Received {
        token,
        nonce,
        captured_at: nonce.map(|_| at),
    };
    let http = Http::new(setup.world)?;
    let judgement = judge_token(&setup, &bindings, received, connection.as_ref(), &http, at).await;
    kept(app, files, &judgement, nonce.is_some())?;
    Ok(JudgementView::of(&judgement, &setup, &bindings, at))
}

/// What a captured sign-in leaves: the test record, and the session in memory.
fn kept(app: &App, files: &SetupFiles, judgement: &Judgement, captured: bool) -> Answer<()> {
    // An answer that did not come says nothing about an earlier test.
    if captured && judgement.no_answer.is_none() {
        files.save_test(&judgement.record(&files.bindings()?, now()))?;
    }
    if let Some(session) = &judgement.session {
        app.keep_session(&files.load()?.id, session.clone());
    }
    Ok(())
}
