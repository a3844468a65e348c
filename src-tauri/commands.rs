//! Every command of the screens: a few lines each, the work is the runtime's.

use crate::app::App;
use crate::view::{Failure, SetupView};
use claimbridge_core::setup::Setup;
use claimbridge_core::time::{Clock, Instant};
use claimbridge_runtime::SystemClock;
use claimbridge_runtime::store::SetupFiles;
use std::sync::Arc;
use tauri::State;

pub mod cases;
pub mod diagnose;
pub mod examine;
pub mod groups;
pub mod handoff;
pub mod idp;
pub mod plan;
pub mod report;
pub mod session;
pub mod setups;
pub mod sign_in;
pub mod simulate;

type Shared<'a> = State<'a, Arc<App>>;
type Answer<T> = Result<T, Failure>;

fn now() -> Instant {
    SystemClock.now()
}

fn view(files: &SetupFiles) -> Answer<SetupView> {
    let (setup, bindings) = (files.load()?, files.bindings()?);
    let test = files.current_test(&setup, &bindings)?;
    Ok(SetupView::of(
        &setup,
        &bindings,
        test.as_ref(),
        files.profile()?,
        now(),
    ))
}

fn change(app: &App, id: &str, act: impl FnOnce(&mut Setup) -> Answer<()>) -> Answer<SetupView> {
    let files = app.store.files(id);
    let _changing = app.changing();
    let mut setup = files.load()?;
    act(&mut setup)?;
    setup.check()?;
    files.save(&setup)?;
    view(&files)
}

/// What a file picker or the clipboard gave: base64 of its bytes.
fn decoded(content: &str) -> Answer<Vec<u8>> {
    use base64::Engine as _;
    Ok(base64::engine::general_purpose::STANDARD.decode(content)?)
}

/// Asks where to, and writes; None when the person changed their mind.
async fn save_as(handle: &tauri::AppHandle, name: String, bytes: &[u8]) -> Answer<Option<String>> {
    use tauri_plugin_dialog::DialogExt;
    let (send, receive) = tokio::sync::oneshot::channel();
    handle.dialog().file().set_file_name(name).save_file(move |path| {
        // Nobody waits any more when the window is gone.
        let _ = send.send(path);
    });
    let Some(path) = receive.await.ok().flatten().and_then(|p| p.into_path().ok()) else {
        return Ok(None);
    };
    claimbridge_runtime::store::write_whole(&path, bytes)?;
    Ok(Some(path.display().to_string()))
}
