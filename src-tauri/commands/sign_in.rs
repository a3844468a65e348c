//! A test sign-in: by the sign-in window, or from what was pasted.

use super::{Answer, Shared, decoded, now};
use crate::app::{App, Captured};
use crate::sign_in;
use crate::view::{Failure, JudgementView};
use claimbridge_core::saml::response::Response;
use claimbridge_core::setup::World;
use claimbridge_runtime::judge;
use claimbridge_runtime::store::SetupFiles;
use std::time::Duration;
use tauri::AppHandle;

/// A sign-in is waited for this long.
const SIGN_IN_SECONDS: u64 = 300;

/// Opens the sign-in window, waits for a response, and judges it.
#[tauri::command]
#[specta::specta]
pub async fn sign_in(handle: AppHandle, app: Shared<'_>, id: String) -> Answer<JudgementView> {
    let files = app.store.files(&id);
    let setup = files.load()?;
    let address = app.sign_in_address(&setup).await?;
    if let Some(earlier) = app.awaited() {
        sign_in::close(&handle, earlier);
    }
    let (this, waiting) = app.await_capture();
    sign_in::open(&handle, this, &address, setup.world == World::Practice)?;
    let captured = tokio::time::timeout(Duration::from_secs(SIGN_IN_SECONDS), waiting).await;
    sign_in::close(&handle, this);
    match captured {
        Err(_) => Err(Failure {
            message: "Nobody signed in within five minutes. Try again, or paste a response.".into(),
        }),
        Ok(Ok(Captured::Response(value))) => judged(&app, &files, value.as_bytes(), true).await,
        Ok(Ok(Captured::Closed) | Err(_)) => Err(Failure {
            message: "The sign-in was cancelled: the window was closed before a response arrived.".into(),
        }),
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

/// Judges a pasted or dropped response. `content` is base64 of what was pasted.
#[tauri::command]
#[specta::specta]
pub async fn judge_pasted(app: Shared<'_>, id: String, content: String) -> Answer<JudgementView> {
    judged(&app, &app.store.files(&id), &decoded(&content)?, false).await
}

async fn judged(app: &App, files: &SetupFiles, value: &[u8], live: bool) -> Answer<JudgementView> {
    let (setup, bindings) = (files.load()?, files.bindings()?);
    let response = Response::decode(value)?;
    let connection = if live {
        Some(app.connect_to(&setup).await?)
    } else {
        None
    };
    let at = now();
    let judgement = judge::judge(
        &setup,
        &bindings,
        &response,
        live.then_some(at),
        connection.as_ref(),
        at,
    )
    .await;
    if live {
        // An answer that did not come says nothing about an earlier test.
        if judgement.no_answer.is_none() {
            files.save_test(&judgement.record(&bindings, at))?;
        }
    }
    Ok(JudgementView::of(&judgement, &setup, &bindings, at))
}
