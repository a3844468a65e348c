//! Every command of the screens: a few lines each, the work is the runtime's.

use crate::app::{App, Captured};
use crate::sign_in;
use crate::view::{
    Choice, Choices, ConnectionView, Draft, Failure, GuideView, Home, HomeRow, JudgementView, MetadataView,
    NamesView, OutcomeView, Pair, PlanView, Position, ProfileRow, ProgressView, SetupView,
};
use base64::Engine as _;
use claimbridge_core::idp::{IdentityProvider, guide as guide_of};
use claimbridge_core::report::{CLOSED, Report};
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_core::saml::response::Response;
use claimbridge_core::setup::{Federation, Names, Order, ROLE_AND_PROVIDER_LIMIT, Setup, World};
use claimbridge_core::time::{Clock, Ids, Instant};
use claimbridge_core::value::{AccountId, AuthenticationUrl, Region};
use claimbridge_runtime::store::{SetupFiles, write_whole};
use claimbridge_runtime::{RandomIds, SystemClock, judge, preflight};
use std::sync::Arc;
use std::time::Duration;
use tauri::ipc::Channel;
use tauri::{AppHandle, Manager, State, WebviewUrl, WebviewWindowBuilder};
use tauri_plugin_dialog::DialogExt;

type Shared<'a> = State<'a, Arc<App>>;
type Answer<T> = Result<T, Failure>;

/// A sign-in is waited for this long.
const SIGN_IN_SECONDS: u64 = 300;

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
    let mut setup = files.load()?;
    act(&mut setup)?;
    setup.check()?;
    files.save(&setup)?;
    view(&files)
}

/// The set-ups of this user.
#[tauri::command]
#[specta::specta]
pub async fn home(app: Shared<'_>) -> Answer<Home> {
    let (mut rows, mut unreadable) = (Vec::new(), Vec::new());
    for found in app.store.all() {
        match found {
            Ok(setup) => match home_row(&app.store.files(&setup.id), &setup) {
                Ok(row) => rows.push(row),
                Err(failure) => unreadable.push(failure.message),
            },
            Err(error) => unreadable.push(error.to_string()),
        }
    }
    Ok(Home {
        rows,
        unreadable,
        practice: app.practice_first,
    })
}

fn home_row(files: &SetupFiles, setup: &Setup) -> Answer<HomeRow> {
    let bindings = files.bindings()?;
    let test = files.current_test(setup, &bindings)?;
    let days = setup
        .federation_metadata()
        .ok()
        .and_then(|m| m.signing_certificates.iter().map(|c| c.days_left(now())).max());
    Ok(HomeRow {
        id: setup.id.clone(),
        name: setup.name.clone(),
        idp: guide_of(setup.idp()).name.clone(),
        place: format!("{} · {}", setup.account, setup.region),
        practice: setup.world == World::Practice,
        position: Position::of(setup, &bindings, test.as_ref()),
        certificate_days: days.and_then(|d| i32::try_from(d).ok()),
        last_test: test.as_ref().map(|t| t.at.clone()),
        passed: test.map(|t| t.passed),
    })
}

/// What Goal offers, and what it does not, with the reason.
#[tauri::command]
#[specta::specta]
pub async fn choices() -> Answer<Choices> {
    let choice = |id: &str, label: &str, detail: &str| Choice {
        id: id.into(),
        label: label.into(),
        detail: detail.into(),
    };
    Ok(Choices {
        idps: vec![
            choice(
                "entra-gallery",
                "Microsoft Entra ID, gallery app",
                "AWS Single-Account Access: brings most claims with it.",
            ),
            choice(
                "entra-own",
                "Microsoft Entra ID, own app",
                "Every claim is added by hand.",
            ),
        ],
        unavailable: vec![choice(
            "entra-oidc",
            "Microsoft Entra ID with OpenID Connect",
            "Amazon Q Business takes Entra ID with SAML only.",
        )],
        regions: Region::ALL.iter().map(ToString::to_string).collect(),
        notice: CLOSED.into(),
    })
}

/// The profiles of the AWS config files.
#[tauri::command]
#[specta::specta]
pub async fn profiles() -> Answer<Vec<ProfileRow>> {
    let all = claimbridge_runtime::profiles().await?;
    Ok(all
        .into_iter()
        .map(|p| ProfileRow {
            name: p.name,
            kind: p.kind.label().into(),
            region: p.region,
        })
        .collect())
}

fn drafted(draft: &Draft, account: &str, prefix: &str) -> Answer<Setup> {
    let idp = IdentityProvider::parse(&draft.idp).ok_or_else(|| Failure {
        message: "Choose an identity provider first.".into(),
    })?;
    let world = if draft.practice {
        World::Practice
    } else {
        World::Live
    };
    let (account, region) = (AccountId::parse(account)?, Region::parse(&draft.region)?);
    Ok(Setup::saml(
        RandomIds.fresh(),
        prefix,
        account,
        region,
        world,
        idp,
    ))
}

/// Who the credentials belong to, and everything that can be known before something is made.
#[tauri::command]
#[specta::specta]
pub async fn connect(app: Shared<'_>, draft: Draft, prefix: String) -> Answer<ConnectionView> {
    let world = if draft.practice {
        World::Practice
    } else {
        World::Live
    };
    let connection = app
        .connect(world, draft.profile.clone(), Region::parse(&draft.region)?)
        .await?;
    let identity = preflight::identity(&connection).await?;
    let setup = drafted(&draft, &identity.account, &prefix)?;
    let checks = preflight::preflight(&setup, &connection).await?;
    Ok(ConnectionView {
        account: identity.account,
        caller: identity.arn,
        blocked: checks.iter().any(|c| c.state == preflight::CheckState::Failed),
        checks: checks.into_iter().map(Into::into).collect(),
    })
}

/// The names that follow from a prefix, with every rule that they break.
#[tauri::command]
#[specta::specta]
pub async fn preview_names(prefix: String) -> Answer<NamesView> {
    let names = Names::from_prefix(&prefix);
    let pair = |label: &str, value: &str| Pair {
        label: label.into(),
        value: value.into(),
    };
    let used = names.role.chars().count() + names.provider.chars().count();
    Ok(NamesView {
        rows: vec![
            pair("IAM provider", &names.provider),
            pair("Role", &names.role),
            pair("Policy in the role", &names.policy),
            pair("Application", &names.application),
            pair("Index", &names.index),
            pair("Retriever", &names.retriever),
            pair("Title of the web experience", &names.title),
        ],
        faults: names
            .faults()
            .into_iter()
            .map(|f| format!("“{}”: expected {}", f.found, f.expected))
            .collect(),
        used: u32::try_from(used).unwrap_or(u32::MAX),
        limit: ROLE_AND_PROVIDER_LIMIT as u32,
    })
}

/// Writes a new set-up.
#[tauri::command]
#[specta::specta]
pub async fn create_setup(
    app: Shared<'_>,
    draft: Draft,
    account: String,
    prefix: String,
) -> Answer<SetupView> {
    let setup = drafted(&draft, &account, &prefix)?;
    setup.check()?;
    let files = app.store.files(&setup.id);
    files.save(&setup)?;
    files.save_profile(draft.profile.as_deref())?;
    view(&files)
}

/// Opens a set-up where it stands.
#[tauri::command]
#[specta::specta]
pub async fn open_setup(app: Shared<'_>, id: String) -> Answer<SetupView> {
    view(&app.store.files(&id))
}

/// Chooses the profile through which a set-up is reached on this computer; none is the SDK's own chain.
#[tauri::command]
#[specta::specta]
pub async fn choose_profile(app: Shared<'_>, id: String, profile: Option<String>) -> Answer<SetupView> {
    let files = app.store.files(&id);
    files.save_profile(profile.as_deref())?;
    view(&files)
}

/// Takes a set-up off the list; only one that has nothing in AWS.
#[tauri::command]
#[specta::specta]
pub async fn forget_setup(app: Shared<'_>, id: String) -> Answer<()> {
    // Between the approval and the first entry of the journal, a run has no bindings yet.
    let _alone = app.begin_run(&id)?;
    if !app.store.files(&id).bindings()?.is_empty() {
        return Err(Failure {
            message: "This set-up still has resources. Remove them first; nothing was changed.".into(),
        });
    }
    Ok(app.store.forget(&id)?)
}

/// Reads a metadata file and keeps it, if it can be used. `content` is base64 of the file's bytes.
#[tauri::command]
#[specta::specta]
pub async fn import_metadata(app: Shared<'_>, id: String, content: String) -> Answer<SetupView> {
    let bytes = base64::engine::general_purpose::STANDARD.decode(content)?;
    let (text, _) = FederationMetadata::for_iam(&bytes)?;
    change(&app, &id, |setup| {
        let Federation::Saml { metadata, .. } = &mut setup.federation;
        *metadata = Some(text);
        Ok(())
    })
}

/// Reads a metadata file without keeping it.
#[tauri::command]
#[specta::specta]
pub async fn read_metadata(content: String) -> Answer<MetadataView> {
    let bytes = base64::engine::general_purpose::STANDARD.decode(content)?;
    let (_, metadata) = FederationMetadata::for_iam(&bytes)?;
    Ok(MetadataView::of(&metadata, now()))
}

/// Keeps the User access URL.
#[tauri::command]
#[specta::specta]
pub async fn set_authentication_url(app: Shared<'_>, id: String, url: String) -> Answer<SetupView> {
    let url = AuthenticationUrl::parse(url.trim())?;
    change(&app, &id, |setup| {
        let Federation::Saml {
            authentication_url, ..
        } = &mut setup.federation;
        *authentication_url = Some(url);
        Ok(())
    })
}

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

/// Runs the plan that was shown; `digest` is what the person approved.
#[tauri::command]
#[specta::specta]
pub async fn apply_plan(
    app: Shared<'_>,
    id: String,
    digest: String,
    progress: Channel<ProgressView>,
) -> Answer<OutcomeView> {
    let app = app.inner().clone();
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
        let outcome =
            claimbridge_runtime::apply(&files, &connection, plan, &digest, &run.stop, &mut tell).await?;
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

/// The guide through the portal, with this set-up's values.
#[tauri::command]
#[specta::specta]
pub async fn guide(app: Shared<'_>, id: String) -> Answer<GuideView> {
    let files = app.store.files(&id);
    Ok(GuideView::of(&files.load()?, &files.bindings()?))
}

/// Ticks a step of the guide, or takes the tick back.
#[tauri::command]
#[specta::specta]
pub async fn tick(app: Shared<'_>, id: String, step: String, done: bool) -> Answer<GuideView> {
    change(&app, &id, |setup| {
        if done {
            setup.done.insert(step);
        } else {
            setup.done.remove(&step);
        }
        Ok(())
    })?;
    guide(app, id).await
}

/// Opens the practice portal in a window of its own.
#[tauri::command]
#[specta::specta]
pub async fn open_portal(handle: AppHandle, app: Shared<'_>) -> Answer<()> {
    if let Some(open) = handle.get_webview_window("portal") {
        return Ok(open.set_focus()?);
    }
    let address = format!("{}/entra", app.practice().await?.origin());
    WebviewWindowBuilder::new(&handle, "portal", WebviewUrl::External(address.parse()?))
        .title("Practice directory")
        .inner_size(1000.0, 760.0)
        .build()?;
    Ok(())
}

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
    let bytes = base64::engine::general_purpose::STANDARD.decode(content)?;
    judged(&app, &app.store.files(&id), &bytes, false).await
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
    let (send, receive) = tokio::sync::oneshot::channel();
    handle
        .dialog()
        .file()
        .set_file_name(format!("{name}-federation.{format}"))
        .save_file(move |path| {
            // Nobody waits any more when the window is gone.
            let _ = send.send(path);
        });
    let Some(path) = receive.await.ok().flatten().and_then(|p| p.into_path().ok()) else {
        return Ok(None);
    };
    write_whole(&path, text.as_bytes())?;
    Ok(Some(path.display().to_string()))
}
