//! Trying users before anyone signs in: judged on this computer, nothing is asked of anybody.

use super::{Answer, Shared, decoded, now};
use crate::view::SimulationView;
use claimbridge_core::simulate::{People, ProviderConfiguration, simulate};

/// Judges what the provider of a set-up would send for each of the users. `content` is base64 of a table of them.
#[tauri::command]
#[specta::specta]
pub async fn simulate_users(app: Shared<'_>, id: String, content: String) -> Answer<SimulationView> {
    let files = app.store.files(&id);
    let (setup, bindings) = (files.load()?, files.bindings()?);
    let people = People::read(&decoded(&content)?)?;
    let configuration = ProviderConfiguration::of(&setup, bindings.web_experience().as_ref());
    let simulation = simulate(&configuration, &people, configuration.trust().as_ref(), now())?;
    Ok(SimulationView::of(&simulation, &people))
}
