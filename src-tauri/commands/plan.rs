//! The plan, its run and its stop button.

use super::{Answer, Shared, change};
use crate::view::{Failure, OutcomeView, PlanView, ProgressView, SetupView};
use claimbridge_core::resource::SecretValue;
use claimbridge_core::setup::Order;
use claimbridge_runtime::Approval;
use tauri::ipc::Channel;

/// Compares the set-up with AWS.
#[tauri::command]
#[specta::specta]
pub async fn make_plan(app: Shared<'_>, id: String, removal: bool) -> Answer<PlanView> {
    let files = app.store.files(&id);
    let connection = app.connect_to(&files.load()?).await?;
    let plan = if removal {
        claimbridge_runtime::plan_removal(&files, &connection).await?
    } else {
        claimbridge_runtime::plan_setup(&files, &connection).await?
    };
    let view = PlanView::of(&plan);
    app.keep_plan(&id, plan);
    Ok(view)
}

/// The next plan writes the client secret anew.
#[tauri::command]
#[specta::specta]
pub async fn renew_secret(app: Shared<'_>, id: String) -> Answer<()> {
    let files = app.store.files(&id);
    let mut setup = files.load()?;
    Ok(claimbridge_runtime::renew_secret_version(&files, &mut setup)?)
}

/// Runs the plan that was shown; `digest` is what the person approved. `secret` goes to Secrets Manager
/// and nowhere else.
#[tauri::command]
#[specta::specta]
pub async fn apply_plan(
    app: Shared<'_>,
    id: String,
    digest: String,
    secret: Option<String>,
    progress: Channel<ProgressView>,
) -> Answer<OutcomeView> {
    let app = app.inner().clone();
    let secret = secret.map(SecretValue::from);
    // A task of its own: it goes on when the screen that asked for it is gone.
    let run = tokio::spawn(async move {
        let run = app.begin_run(&id)?;
        let files = app.store.files(&id);
        let connection = app.connect_to(&files.load()?).await?;
        let plan = app.take_plan(&id).ok_or_else(|| Failure {
            message: "Look at the plan first.".into(),
        })?;
        let mut tell = |p: claimbridge_core::engine::Progress| {
            // The screen may be gone; the journal is not.
            let _ = progress.send(p.into());
        };
        let approval = Approval {
            digest: &digest,
            secret: secret.as_ref(),
            stop: &run.stop,
        };
        let outcome = claimbridge_runtime::apply(&files, &connection, plan, approval, &mut tell).await?;
        Ok::<_, Failure>(outcome)
    });
    Ok(run.await??.into())
}

/// Starts no new step any more.
#[tauri::command]
#[specta::specta]
pub async fn stop_apply(app: Shared<'_>, id: String) -> Answer<()> {
    app.press_stop(&id);
    Ok(())
}

/// Goes on in AWS's documented order, role first.
#[tauri::command]
#[specta::specta]
pub async fn use_role_first(app: Shared<'_>, id: String) -> Answer<SetupView> {
    change(&app, &id, |setup| {
        setup.order = Order::RoleFirst;
        Ok(())
    })
}
