//! Taking over what somebody built by hand, and a provider that is there already.

use super::{Answer, Shared, view};
use crate::view::{ApplicationRow, Draft, ExaminedView, ProviderView, SetupView};
use claimbridge_core::idp::Protocol;
use claimbridge_core::resource::Address;
use claimbridge_core::setup::World;
use claimbridge_core::value::Region;
use claimbridge_runtime::Connection;
use claimbridge_runtime::examine::{self, Examined, Options};
use claimbridge_runtime::store::SetupFiles;

use crate::app::App;

async fn connection(app: &App, draft: &Draft) -> Answer<Connection> {
    let world = if draft.practice {
        World::Practice
    } else {
        World::Live
    };
    app.connect(world, draft.profile.clone(), Region::parse(&draft.region)?)
        .await
}

/// The applications of the region, to choose from.
#[tauri::command]
#[specta::specta]
pub async fn applications(app: Shared<'_>, draft: Draft) -> Answer<Vec<ApplicationRow>> {
    let all = connection(&app, &draft).await?.aws.applications().await?;
    Ok(all
        .into_iter()
        .map(|a| ApplicationRow {
            id: a.id,
            name: a.name,
            status: a.status,
        })
        .collect())
}

async fn examined(app: &App, draft: &Draft, application: &str) -> Answer<(Examined, Connection)> {
    let connection = connection(app, draft).await?;
    let examined = examine::examine(&connection, application.trim(), &Options::default()).await?;
    Ok((examined, connection))
}

/// Reads an application and all that its sign-in stands on; nothing is changed or tagged.
#[tauri::command]
#[specta::specta]
pub async fn examine_application(app: Shared<'_>, draft: Draft, application: String) -> Answer<ExaminedView> {
    let (examined, _) = examined(&app, &draft, &application).await?;
    Ok(ExaminedView::of(&examined))
}

/// Writes it down as a set-up of this program; nothing in AWS is changed or tagged.
#[tauri::command]
#[specta::specta]
pub async fn take_over(app: Shared<'_>, draft: Draft, application: String) -> Answer<SetupView> {
    let (examined, connection) = examined(&app, &draft, &application).await?;
    let files = app.store.files(&examined.setup.id);
    examine::adopt(&examined, &files, &connection)?;
    files.save_profile(draft.profile.as_deref())?;
    view(&files)
}

fn provider(files: &SetupFiles) -> Answer<Address> {
    Ok(match files.load()?.protocol() {
        Protocol::Oidc => Address::OidcProvider,
        Protocol::Saml => Address::SamlProvider,
    })
}

/// The IAM provider that is there already under this set-up's name or issuer; nothing is changed.
#[tauri::command]
#[specta::specta]
pub async fn provider_there(app: Shared<'_>, id: String) -> Answer<ProviderView> {
    let files = app.store.files(&id);
    let connection = app.connect_to(&files.load()?).await?;
    Ok(examine::provider_there(&files, &connection, provider(&files)?)
        .await?
        .into())
}

/// Uses it: it is never deleted with this set-up.
#[tauri::command]
#[specta::specta]
pub async fn share_provider(app: Shared<'_>, id: String) -> Answer<SetupView> {
    // Not beside a run, which reads the same journal.
    let _alone = app.begin_run(&id)?;
    let files = app.store.files(&id);
    let connection = app.connect_to(&files.load()?).await?;
    examine::adopt_provider(&files, &connection, provider(&files)?).await?;
    view(&files)
}
