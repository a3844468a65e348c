//! Set-ups: the list, a new one, its names and options.

use super::{Answer, Shared, change, now, view};
use crate::view::{
    Choices, ConnectionView, Draft, Failure, Home, HomeRow, NamesView, Options, OptionsView, Position,
    ProfileRow, SetupView,
};
use claimbridge_core::idp::{IdentityProvider, guide};
use claimbridge_core::setup::{Names, Setup, World};
use claimbridge_core::time::Ids;
use claimbridge_core::value::{AccountId, Region};
use claimbridge_runtime::store::SetupFiles;
use claimbridge_runtime::{RandomIds, make_temporary, preflight};

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
        .filter(|_| !setup.is_temporary())
        .and_then(|m| m.signing_certificates.iter().map(|c| c.days_left(now())).max());
    Ok(HomeRow {
        id: setup.id.clone(),
        name: setup.name.clone(),
        idp: guide(setup.idp()).name.clone(),
        place: format!("{} · {}", setup.account, setup.region),
        practice: setup.world == World::Practice,
        nobody_yet: setup.nobody_can_sign_in(&bindings),
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
    Ok(Choices::all())
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

fn world(draft: &Draft) -> World {
    if draft.practice {
        World::Practice
    } else {
        World::Live
    }
}

fn drafted(draft: &Draft, account: &str, prefix: &str) -> Answer<Setup> {
    let idp = IdentityProvider::parse(&draft.idp).ok_or_else(|| Failure {
        message: "Choose an identity provider first.".into(),
    })?;
    let (account, region) = (AccountId::parse(account)?, Region::parse(&draft.region)?);
    Ok(Setup::new(
        RandomIds.fresh(),
        prefix,
        account,
        region,
        world(draft),
        idp,
    ))
}

/// Who the credentials belong to, and everything that can be known before something is made.
#[tauri::command]
#[specta::specta]
pub async fn connect(app: Shared<'_>, draft: Draft, prefix: String) -> Answer<ConnectionView> {
    let connection = app
        .connect(
            world(&draft),
            draft.profile.clone(),
            Region::parse(&draft.region)?,
        )
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
pub async fn preview_names(draft: Draft, prefix: String) -> Answer<NamesView> {
    // Any account has as many digits.
    let setup = drafted(&draft, "000000000000", &prefix)?;
    Ok(NamesView::of(
        &Names::from_prefix(&prefix),
        setup.room_for_names(),
        setup.protocol(),
    ))
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
    let mut setup = drafted(&draft, &account, &prefix)?;
    if draft.aws_first {
        make_temporary(&mut setup)?;
    }
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

/// What the application offers, and what of it is for ever.
#[tauri::command]
#[specta::specta]
pub async fn options(app: Shared<'_>, id: String) -> Answer<OptionsView> {
    let files = app.store.files(&id);
    Ok(OptionsView::of(&files.load()?, &files.bindings()?))
}

/// Keeps what was chosen; nothing is written to AWS before the plan.
#[tauri::command]
#[specta::specta]
pub async fn set_options(app: Shared<'_>, id: String, options: Options) -> Answer<SetupView> {
    change(&app, &id, |setup| options.apply(setup))
}

/// Looks at a KMS key and an Amazon Kendra index that were named, before they are for ever.
#[tauri::command]
#[specta::specta]
pub async fn check_options(app: Shared<'_>, id: String, options: Options) -> Answer<Vec<String>> {
    let mut setup = app.store.files(&id).load()?;
    options.apply(&mut setup)?;
    setup.check()?;
    let connection = app.connect_to(&setup).await?;
    let seen = preflight::named(&setup, &connection).await;
    Ok([seen.unusable, seen.unseen].concat())
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
    app.store.forget(&id)?;
    app.let_go(&id);
    Ok(())
}
