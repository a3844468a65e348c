//! The desktop program: windows, commands and view models over the runtime. Tauri is known here and
//! nowhere below.

mod app;
mod commands;
mod open_case;
mod sign_in;
mod view;

use app::App;
use std::sync::Arc;
use tauri::{Manager, WindowEvent};
use tauri_plugin_dialog::{DialogExt, MessageDialogButtons, MessageDialogKind};
use tauri_specta::{Builder, ErrorHandlingMode, collect_commands};

/// Every command, declared once: for the window and for the generated `ui/src/ipc.ts`.
fn commands() -> Builder<tauri::Wry> {
    Builder::new()
        .error_handling(ErrorHandlingMode::Throw)
        .disable_serde_phases()
        .commands(collect_commands![
            commands::setups::home,
            commands::setups::choices,
            commands::setups::profiles,
            commands::setups::connect,
            commands::setups::preview_names,
            commands::setups::create_setup,
            commands::setups::open_setup,
            commands::setups::options,
            commands::setups::set_options,
            commands::setups::check_options,
            commands::setups::choose_profile,
            commands::setups::forget_setup,
            commands::idp::import_metadata,
            commands::idp::read_metadata,
            commands::idp::read_address,
            commands::idp::set_authentication_url,
            commands::idp::set_client,
            commands::idp::guide,
            commands::idp::tick,
            commands::idp::custom_card,
            commands::idp::open_portal,
            commands::plan::make_plan,
            commands::plan::renew_secret,
            commands::plan::apply_plan,
            commands::plan::stop_apply,
            commands::plan::use_role_first,
            commands::sign_in::sign_in,
            commands::sign_in::cancel_sign_in,
            commands::sign_in::judge_pasted,
            commands::session::people,
            commands::session::session_checks,
            commands::session::ask,
            commands::session::copy_credentials,
            commands::session::data_sources,
            commands::session::put_test_documents,
            commands::session::remove_test_documents,
            commands::groups::compare_groups,
            commands::groups::apply_groups,
            commands::examine::applications,
            commands::examine::examine_application,
            commands::examine::take_over,
            commands::examine::provider_there,
            commands::examine::share_provider,
            commands::diagnose::symptoms,
            commands::diagnose::begin_case,
            commands::diagnose::begin_case_of,
            commands::diagnose::choose_symptom,
            commands::diagnose::choose_portal,
            commands::diagnose::add_evidence,
            commands::diagnose::remove_evidence,
            commands::diagnose::answer_rule,
            commands::diagnose::look_at_aws,
            commands::diagnose::capture_sign_in,
            commands::diagnose::case_letter,
            commands::cases::keep_case,
            commands::cases::kept_cases,
            commands::cases::recheck_cases,
            commands::cases::forget_case,
            commands::cases::share_case,
            commands::simulate::simulate_users,
            commands::handoff::save_sheet,
            commands::handoff::read_answer,
            commands::handoff::merge_answer,
            commands::report::report,
            commands::report::save_report,
        ])
}

/// The program ends with its main window, and a run with the program.
fn confirm_close(window: &tauri::Window) {
    let window = window.clone();
    window
        .dialog()
        .message(view::words::CLOSE_WHILE_RUNNING)
        .title("Claimbridge")
        .kind(MessageDialogKind::Warning)
        .buttons(MessageDialogButtons::OkCancelCustom(
            view::words::CLOSE_NOW.into(),
            view::words::KEEP_OPEN.into(),
        ))
        .show(move |close| {
            if close && let Err(error) = window.destroy() {
                tracing::warn!(%error, "the window could not be closed");
            }
        });
}

/// Opens the main window and runs until it is closed.
pub fn run() {
    let arguments: Vec<String> = std::env::args().collect();
    let app = Arc::new(App::new(&arguments));
    let started = tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|handle, _, _| {
            if let Some(window) = handle.get_webview_window("main") {
                // A window that will not come to the front is still open.
                let _ = window.set_focus();
            }
        }))
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_clipboard_manager::init())
        .manage(app)
        .invoke_handler(commands().invoke_handler())
        .on_window_event(|window, event| match event {
            WindowEvent::CloseRequested { api, .. }
                if window.label() == "main" && window.state::<Arc<App>>().is_running() =>
            {
                api.prevent_close();
                confirm_close(window);
            }
            // Another window, the practice portal for example, must not keep an unseen program alive.
            WindowEvent::Destroyed if window.label() == "main" => window.app_handle().exit(0),
            _ => {}
        })
        .run(tauri::generate_context!());
    if let Err(error) = started {
        eprintln!(
            "Claimbridge cannot open its window: {error}. The command line claimbridge-cli does the same work without one."
        );
        std::process::exit(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use specta_typescript::Typescript;

    const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/ui/src/ipc.ts");

    /// Run with UPDATE_IPC=1 to write the file.
    #[test]
    fn the_generated_ipc_is_committed() {
        let fresh = std::env::temp_dir().join(format!("ipc-{}.ts", std::process::id()));
        let header =
            "// Generated from src-tauri/commands.rs; UPDATE_IPC=1 cargo test -p claimbridge writes it.\n";
        commands()
            .export(
                Typescript::default()
                    .header(header)
                    .with_raw("export { Channel };\n"),
                &fresh,
            )
            .expect("the commands export");
        let text = std::fs::read_to_string(&fresh).expect("just written");
        std::fs::remove_file(&fresh).expect("just written");
        if std::env::var_os("UPDATE_IPC").is_some() {
            std::fs::write(PATH, &text).expect("ui/src can be written");
        }
        let committed = std::fs::read_to_string(PATH).unwrap_or_default();
        assert!(
            committed == text,
            "ui/src/ipc.ts is stale: UPDATE_IPC=1 cargo test -p claimbridge"
        );
    }

    #[test]
    fn every_command_is_permitted_to_the_main_window_alone() {
        let permissions = include_str!("permissions/app.toml");
        let source = include_str!("lib.rs");
        let declared: Vec<&str> = source
            .lines()
            .filter_map(|line| line.trim().strip_prefix("commands::")?.strip_suffix(','))
            .filter_map(|path| path.rsplit("::").next())
            .collect();
        assert!(declared.len() > 20, "{declared:?}");
        for command in declared {
            assert!(permissions.contains(&format!("\"{command}\"")), "{command}");
        }
    }
}
