//! The diagnosis: one open case, from the first message to the value to change.

use super::{Answer, Shared, decoded, now};
use crate::app::App;
use crate::view::{CaseView, LetterView, Place, SymptomView};
use claimbridge_core::diagnose::{RuleId, Symptom, recognise_all};
use claimbridge_core::idp::IdentityProvider;
use claimbridge_core::resource::SecretValue;
use tauri::AppHandle;

mod aws;

/// The messages that a case can begin with.
#[tauri::command]
#[specta::specta]
pub async fn symptoms() -> Answer<Vec<SymptomView>> {
    let tiles = Symptom::all().iter().filter(|s| s.tile);
    Ok(tiles.map(SymptomView::from).collect())
}

fn shown(app: &App) -> CaseView {
    CaseView::of(&app.case(), now())
}

/// Begins a case about nothing yet; what was open is forgotten.
#[tauri::command]
#[specta::specta]
pub async fn begin_case(app: Shared<'_>) -> Answer<CaseView> {
    *app.case() = crate::open_case::OpenCase::default();
    Ok(shown(&app))
}

/// Begins a case about a set-up, with what was captured at its last sign-in. AWS is looked at, read only.
#[tauri::command]
#[specta::specta]
pub async fn begin_case_of(app: Shared<'_>, id: String) -> Answer<CaseView> {
    aws::begin_of(&app, &id)?;
    aws::look(&app).await?;
    Ok(shown(&app))
}

/// Chooses the message that people see.
#[tauri::command]
#[specta::specta]
pub async fn choose_symptom(app: Shared<'_>, id: String) -> Answer<CaseView> {
    app.case().symptom = Symptom::by_id(&id);
    Ok(shown(&app))
}

/// Adds what was pasted or dropped, whatever it is. `content` is base64 of it, `name` that of its file.
#[tauri::command]
#[specta::specta]
pub async fn add_evidence(app: Shared<'_>, content: String, name: Option<String>) -> Answer<CaseView> {
    let recognised = recognise_all(name.as_deref(), decoded(&content)?.as_slice())?;
    app.case().add(recognised);
    Ok(shown(&app))
}

/// Chooses whose portal remedies speak of; without one, what the evidence tells counts again.
#[tauri::command]
#[specta::specta]
pub async fn choose_portal(app: Shared<'_>, idp: Option<String>) -> Answer<CaseView> {
    app.case().idp = idp.and_then(|idp| IdentityProvider::parse(&idp));
    Ok(shown(&app))
}

/// Takes a piece away.
#[tauri::command]
#[specta::specta]
pub async fn remove_evidence(app: Shared<'_>, piece: u32) -> Answer<CaseView> {
    app.case().remove(usize::try_from(piece)?);
    Ok(shown(&app))
}

/// Answers what is asked about a rule; without an answer, an earlier one is taken back.
#[tauri::command]
#[specta::specta]
pub async fn answer_rule(app: Shared<'_>, rule: String, yes: Option<bool>) -> Answer<CaseView> {
    if let Some(rule) = RuleId::ALL.iter().find(|r| r.as_str() == rule) {
        app.case().answer(*rule, yes);
    }
    Ok(shown(&app))
}

/// Reads an application and all that its sign-in stands on; nothing is changed or tagged. Without a place it is
/// the one that was looked at before.
#[tauri::command]
#[specta::specta]
pub async fn look_at_aws(app: Shared<'_>, place: Option<Place>) -> Answer<CaseView> {
    if let Some(place) = place {
        aws::turn_to(&app, place);
    }
    aws::look(&app).await?;
    Ok(shown(&app))
}

/// Lets somebody sign in, as at the test sign-in, and adds what comes back; STS is asked. `secret` is the client
/// secret of OpenID Connect, for the token endpoint alone.
#[tauri::command]
#[specta::specta]
pub async fn capture_sign_in(handle: AppHandle, app: Shared<'_>, secret: Option<String>) -> Answer<CaseView> {
    aws::capture(&handle, &app, secret.map(SecretValue::from)).await?;
    aws::look(&app).await?;
    Ok(shown(&app))
}

/// The message for the administrator of the identity provider; None where there is nothing for them to do.
#[tauri::command]
#[specta::specta]
pub async fn case_letter(app: Shared<'_>) -> Answer<Option<LetterView>> {
    Ok(LetterView::of(&app.case(), now()))
}
