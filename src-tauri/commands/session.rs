//! As the user: what somebody who signed in may do, and what two of them see.

use super::{Answer, Shared};
use crate::view::{AnswerView, CheckRow, DataSourceView, Failure, PersonView};
use claimbridge_runtime::session::{self, Shell};
use secrecy::ExposeSecret;
use tauri::AppHandle;
use tauri_plugin_clipboard_manager::ClipboardExt;

/// Who signed in to this set-up since the program was started; at most two.
#[tauri::command]
#[specta::specta]
pub async fn people(app: Shared<'_>, id: String) -> Answer<Vec<PersonView>> {
    let sessions = app.sessions(&id);
    Ok(sessions.iter().map(|s| PersonView::from(s.identity())).collect())
}

/// The calls of the web experience that cost nothing, made as this person.
#[tauri::command]
#[specta::specta]
pub async fn session_checks(app: Shared<'_>, id: String, person: u32) -> Answer<Vec<CheckRow>> {
    let session = app.session(&id, person)?;
    let files = app.store.files(&id);
    let checks = session::checks(&session, &files.load()?, &files.bindings()?).await;
    Ok(checks.into_iter().map(CheckRow::from).collect())
}

/// Asks one question as this person, who may be subscribed by it: only after consent.
#[tauri::command]
#[specta::specta]
pub async fn ask(app: Shared<'_>, id: String, person: u32, question: String) -> Answer<AnswerView> {
    Ok(session::ask(&app.session(&id, person)?, &question).await?.into())
}

/// Puts the lines that export this person's temporary credentials on the clipboard; they do not cross to
/// the screen. `shell` is `posix`, `powershell` or `cmd`.
#[tauri::command]
#[specta::specta]
pub async fn copy_credentials(
    handle: AppHandle,
    app: Shared<'_>,
    id: String,
    person: u32,
    shell: String,
) -> Answer<()> {
    let shell = Shell::parse(&shell).ok_or_else(|| Failure {
        message: "Choose for which command line.".into(),
    })?;
    let lines = session::export_lines(&app.session(&id, person)?, shell);
    Ok(handle.clipboard().write_text(lines.expose_secret())?)
}

/// The data sources of the index with the state of their newest synchronisation.
#[tauri::command]
#[specta::specta]
pub async fn data_sources(app: Shared<'_>, id: String) -> Answer<Vec<DataSourceView>> {
    let files = app.store.files(&id);
    let setup = files.load()?;
    let connection = app.connect_to(&setup).await?;
    let all = session::data_sources(&connection, &setup, &files.bindings()?).await?;
    Ok(all.into_iter().map(DataSourceView::from).collect())
}

/// Puts two short documents into the index, one for each of the two people alone.
#[tauri::command]
#[specta::specta]
pub async fn put_test_documents(app: Shared<'_>, id: String) -> Answer<()> {
    let files = app.store.files(&id);
    let setup = files.load()?;
    let connection = app.connect_to(&setup).await?;
    let people = app.sessions(&id);
    let email = |at: usize| people.get(at).and_then(|s| s.identity().email.clone());
    let (Some(one), Some(two)) = (email(0), email(1)) else {
        return Err(Failure {
            message: "Two people have to be signed in: each document is for one of them alone.".into(),
        });
    };
    Ok(session::put_test_documents(&connection, &setup, &files.bindings()?, [&one, &two]).await?)
}

/// Takes them out of the index again.
#[tauri::command]
#[specta::specta]
pub async fn remove_test_documents(app: Shared<'_>, id: String) -> Answer<()> {
    let files = app.store.files(&id);
    let setup = files.load()?;
    let connection = app.connect_to(&setup).await?;
    Ok(session::remove_test_documents(&connection, &setup, &files.bindings()?).await?)
}
