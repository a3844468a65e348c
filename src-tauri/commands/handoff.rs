//! The sheet for the identity provider's administrator, and the answer that comes back.

use super::{Answer, Shared, change, decoded, now, save_as};
use crate::view::{AnswerFileView, SetupView};
use claimbridge_core::handoff::{Answer as AnswerFile, Sheet};
use tauri::AppHandle;

/// Asks where to and writes the sheet; None when the person changed their mind.
#[tauri::command]
#[specta::specta]
pub async fn save_sheet(handle: AppHandle, app: Shared<'_>, id: String) -> Answer<Option<String>> {
    let files = app.store.files(&id);
    let (setup, bindings) = (files.load()?, files.bindings()?);
    let html = Sheet::of(&setup, &bindings, now()).html()?;
    save_as(&handle, format!("{}-sheet.html", setup.name), html.as_bytes()).await
}

/// What an answer file would change; nothing is kept. `content` is base64 of the file's bytes.
#[tauri::command]
#[specta::specta]
pub async fn read_answer(app: Shared<'_>, id: String, content: String) -> Answer<AnswerFileView> {
    let answer = AnswerFile::parse(&decoded(&content)?)?;
    let setup = app.store.files(&id).load()?;
    AnswerFileView::of(&answer, &setup)
}

/// Takes an answer file over, whole or not at all.
#[tauri::command]
#[specta::specta]
pub async fn merge_answer(app: Shared<'_>, id: String, content: String) -> Answer<SetupView> {
    let answer = AnswerFile::parse(&decoded(&content)?)?;
    change(&app, &id, |setup| Ok(answer.merge(setup)?))
}
