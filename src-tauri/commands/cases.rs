//! Cases that are kept beside a set-up, without their people, and judged again after a change.

use super::{Answer, Shared, now, save_as};
use crate::app::App;
use crate::view::{Failure, KeptView};
use claimbridge_runtime::cases::{self, today};

fn listed(app: &App, id: &str) -> Answer<Vec<KeptView>> {
    let all = cases::list(&app.store.files(id))?;
    Ok(all.iter().map(KeptView::of).collect())
}

/// Keeps the open case beside its set-up, redacted.
#[tauri::command]
#[specta::specta]
pub async fn keep_case(app: Shared<'_>) -> Answer<Vec<KeptView>> {
    let (id, evidence) = {
        let case = app.case();
        let of = case.of.as_ref().ok_or_else(Failure::no_setup)?;
        (of.setup.id.clone(), case.evidence(now()))
    };
    cases::keep(&app.store.files(&id), &evidence)?;
    listed(&app, &id)
}

/// The kept cases of a set-up, the newest first.
#[tauri::command]
#[specta::specta]
pub async fn kept_cases(app: Shared<'_>, id: String) -> Answer<Vec<KeptView>> {
    listed(&app, &id)
}

/// Judges them again: by what AWS holds, or where it cannot be reached, by what the set-up wants.
#[tauri::command]
#[specta::specta]
pub async fn recheck_cases(app: Shared<'_>, id: String) -> Answer<Vec<KeptView>> {
    let files = app.store.files(&id);
    let (setup, bindings) = (files.load()?, files.bindings()?);
    let connection = app.connect_to(&setup).await.ok();
    let evidence = today(&setup, &bindings, connection.as_ref(), now()).await;
    let judged = cases::recheck(&files, &evidence)?;
    Ok(KeptView::judged(listed(&app, &id)?, &judged))
}

/// Removes a kept case.
#[tauri::command]
#[specta::specta]
pub async fn forget_case(app: Shared<'_>, id: String, name: String) -> Answer<Vec<KeptView>> {
    cases::remove(&app.store.files(&id), &name)?;
    listed(&app, &id)
}

/// Writes a kept case for others, where the person says; None when they changed their mind.
#[tauri::command]
#[specta::specta]
pub async fn share_case(
    handle: tauri::AppHandle,
    app: Shared<'_>,
    id: String,
    name: String,
) -> Answer<Option<String>> {
    let case = cases::read(&app.store.files(&id), &name)?;
    let file = format!("claimbridge-case-{name}.json");
    save_as(&handle, file, case.shared().to_json().as_bytes()).await
}
