//! The configuration report.

use super::{Answer, Shared, now, save_as};
use claimbridge_core::report::Report;
use claimbridge_runtime::store::SetupFiles;
use tauri::AppHandle;

fn report_of(files: &SetupFiles) -> Answer<Report> {
    let (setup, bindings) = (files.load()?, files.bindings()?);
    let test = files.current_test(&setup, &bindings)?;
    Ok(Report::new(&setup, &bindings, test, now()))
}

/// The report as text: `html`, `md` or `json`.
#[tauri::command]
#[specta::specta]
pub async fn report(app: Shared<'_>, id: String, format: String) -> Answer<String> {
    let report = report_of(&app.store.files(&id))?;
    Ok(match format.as_str() {
        "html" => report.html()?,
        "md" => report.markdown()?,
        _ => report.json(),
    })
}

/// Asks where to and writes the report; None when the person changed their mind.
#[tauri::command]
#[specta::specta]
pub async fn save_report(
    handle: AppHandle,
    app: Shared<'_>,
    id: String,
    format: String,
) -> Answer<Option<String>> {
    let text = report(app.clone(), id.clone(), format.clone()).await?;
    let name = app.store.files(&id).load()?.name;
    save_as(&handle, format!("{name}-federation.{format}"), text.as_bytes()).await
}
