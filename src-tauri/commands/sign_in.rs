//! A test sign-in: by the sign-in window, by the browser, or from what was pasted.

use super::{Answer, Shared, decoded, now};
use crate::app::{App, Captured, SignIn};
use crate::open_case::{Caught, Proof};
use crate::sign_in;
use crate::view::{Failure, JudgementView};
use claimbridge_core::diagnose::Origin;
use claimbridge_core::idp::Protocol;
use claimbridge_core::oidc::IdToken;
use claimbridge_core::resource::SecretValue;
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_core::saml::response::Response;
use claimbridge_core::setup::{World, secret_fault};
use claimbridge_runtime::Http;
use claimbridge_runtime::judge::{Judgement, Received, judge, judge_token};
use claimbridge_runtime::sign_in::{Came, SignIn as UnderWay};
use claimbridge_runtime::store::SetupFiles;
use std::time::Duration;
use tauri::AppHandle;

/// A sign-in is waited for this long.
const SIGN_IN_SECONDS: u64 = 300;

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
        Protocol::Saml => {
            let judgement = judge_captured(&handle, &app, &id).await?;
            view(&files, &judgement)
        }
        Protocol::Oidc => match judge_by_browser(&handle, &app, &id, secret.map(SecretValue::from)).await? {
            ByBrowser::Judged(judgement) => view(&files, &judgement),
            ByBrowser::Refused(said) => Err(Failure {
                message: format!(
                    "The identity provider refused the sign-in: {said} Look there whether the person is assigned to the application and the redirect URI of this test is registered, then try again."
                ),
            }),
        },
    }
}

fn view(files: &SetupFiles, judgement: &Judgement) -> Answer<JudgementView> {
    let (setup, bindings) = (files.load()?, files.bindings()?);
    Ok(JudgementView::of(judgement, &setup, &bindings, now()))
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

/// Captures one sign-in of a set-up and judges it; what came is kept for whoever looks for the cause.
///
/// # Errors
/// Nobody signed in, or what came is no response.
pub async fn judge_captured(handle: &AppHandle, app: &App, id: &str) -> Answer<Judgement> {
    let files = app.store.files(id);
    let setup = files.load()?;
    let address = app.sign_in_address(&setup).await?;
    let metadata = setup.metadata().unwrap_or_default();
    let issuer = FederationMetadata::parse(metadata.as_bytes(), None)?.entity_id;
    let practice = setup.world == World::Practice;
    let value = capture_in_window(handle, app, &address, &issuer, practice).await?;
    judged(app, &files, value.as_bytes(), true).await
}

/// The form value `SAMLResponse` of one sign-in in our own window.
///
/// # Errors
/// Nobody signed in within the time, or the window was closed.
pub async fn capture_in_window(
    handle: &AppHandle,
    app: &App,
    address: &str,
    issuer: &str,
    practice: bool,
) -> Answer<String> {
    let (this, waiting) = begin_wait(handle, app);
    sign_in::open(handle, this, address, issuer, practice)?;
    let captured = tokio::time::timeout(Duration::from_secs(SIGN_IN_SECONDS), waiting).await;
    sign_in::close(handle, this);
    match captured {
        Err(_) => Err(nobody_came()),
        Ok(Ok(Captured::Response(value))) => Ok(value),
        Ok(Ok(Captured::Closed) | Err(_)) => Err(closed()),
    }
}

/// What came of a sign-in by the browser.
pub enum ByBrowser {
    /// A token, judged.
    Judged(Box<Judgement>),
    /// The provider's code and words.
    Refused(String),
}

/// One sign-in of an OpenID Connect set-up by the browser; what came is kept for whoever looks for the cause.
///
/// # Errors
/// Nobody signed in, or the code could not be exchanged.
pub async fn judge_by_browser(
    handle: &AppHandle,
    app: &App,
    id: &str,
    secret: Option<SecretValue>,
) -> Answer<ByBrowser> {
    if let Some(why) = secret.as_ref().and_then(secret_fault) {
        return Err(Failure {
            message: format!("The client secret cannot be used: {why}."),
        });
    }
    let files = app.store.files(id);
    let setup = files.load()?;
    let http = Http::new(setup.world)?;
    // Whoever cancels, or begins anew, ends this from the first look at the issuer on; the port is free again
    // with it.
    let (this, waiting) = begin_wait(handle, app);
    let signing_in = async {
        let under_way = UnderWay::begin(&setup, &files.bindings()?, &http).await?;
        match setup.world {
            // A rehearsal has no device policy and no passkey that a window of ours would stop.
            World::Practice => sign_in::open_page(handle, this, under_way.url())?,
            World::Live => tauri_plugin_opener::open_url(under_way.url(), None::<&str>)?,
        }
        let patience = Duration::from_secs(SIGN_IN_SECONDS);
        Ok(under_way.finish(secret.as_ref(), &http, patience).await?)
    };
    let came: Answer<Came> = tokio::select! {
        came = signing_in => came,
        _ = waiting => Err(closed()),
    };
    app.captured(this, Captured::Closed);
    sign_in::close(handle, this);
    let came = came?;
    // AWS is asked nothing where nothing came: its trouble would hide what the identity provider said.
    let came = match came {
        Came::Refused { error, description } => {
            return Ok(ByBrowser::Refused(format!("{error}: {description}")));
        }
        Came::Nothing => return Err(nobody_came()),
        came => came,
    };
    let (setup, bindings) = (files.load()?, files.bindings()?);
    let connection = app.connect_to(&setup).await?;
    let judged = came.judge(&setup, &bindings, &connection, &http).await;
    let judgement = judged.ok_or_else(nobody_came)?;
    if let Came::Token { token, .. } = &came {
        keep_token(app, id, token, Origin::Listener, &judgement);
    }
    kept(app, &files, &judgement, true)?;
    Ok(ByBrowser::Judged(Box::new(judgement)))
}

/// In memory alone.
fn keep_token(app: &App, id: &str, token: &IdToken, origin: Origin, judgement: &Judgement) {
    let Some(known) = &judgement.evidence.token else {
        return;
    };
    let caught = Caught {
        proof: Proof::Token(token.raw().to_owned(), Box::new(known.clone())),
        origin,
        at: judgement.evidence.captured_at.unwrap_or(judgement.evidence.now),
        sts: judgement.sts.clone(),
    };
    app.keep_caught(id, caught);
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
        Protocol::Saml => {
            let judgement = judged(&app, &files, &bytes, false).await?;
            view(&files, &judgement)
        }
        Protocol::Oidc => {
            let token = IdToken::decode(String::from_utf8_lossy(&bytes).trim())?;
            pasted_token(&app, &files, &token).await
        }
    }
}

async fn judged(app: &App, files: &SetupFiles, value: &[u8], captured: bool) -> Answer<Judgement> {
    let (setup, bindings) = (files.load()?, files.bindings()?);
    let response = Response::decode(value)?;
    // Without a sign-in of ours nothing is asked of AWS.
    let connection = match captured {
        true => Some(app.connect_to(&setup).await?),
        false => None,
    };
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
    let caught = Caught {
        proof: Proof::Response(value.to_vec()),
        origin: match captured {
            true => Origin::SignInWindow,
            false => Origin::Pasted,
        },
        at,
        sts: judgement.sts.clone(),
    };
    app.keep_caught(&setup.id, caught);
    kept(app, files, &judgement, captured)?;
    Ok(judgement)
}

async fn pasted_token(app: &App, files: &SetupFiles, token: &IdToken) -> Answer<JudgementView> {
    let (setup, bindings) = (files.load()?, files.bindings()?);
    let at = now();
    let received = Received {
        token,
        nonce: None,
        captured_at: None,
    };
    let http = Http::new(setup.world)?;
    // Without a sign-in of ours nothing is asked of AWS.
    let judgement = judge_token(&setup, &bindings, received, None, &http, at).await;
    keep_token(app, &setup.id, token, Origin::Pasted, &judgement);
    kept(app, files, &judgement, false)?;
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
