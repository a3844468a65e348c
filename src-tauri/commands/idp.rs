//! What comes from the identity provider's administrator, and the guide through their portal.

use super::{Answer, Shared, change, decoded, now};
use crate::view::{AddressView, GuideView, MetadataView, Pair, SetupView};
use claimbridge_core::idp::{values, visits};
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_core::setup::World;
use claimbridge_core::setup::authentication::Authentication;
use claimbridge_core::value::{ClientId, Issuer};
use tauri::{AppHandle, Manager, WebviewUrl, WebviewWindowBuilder};

/// Reads a metadata file and keeps it, if it can be used. `content` is base64 of the file's bytes.
#[tauri::command]
#[specta::specta]
pub async fn import_metadata(app: Shared<'_>, id: String, content: String) -> Answer<SetupView> {
    let (text, _) = FederationMetadata::for_iam(&decoded(&content)?)?;
    change(&app, &id, |setup| Ok(setup.give_metadata(text)?))
}

/// Reads a metadata file without keeping it.
#[tauri::command]
#[specta::specta]
pub async fn read_metadata(content: String) -> Answer<MetadataView> {
    let (_, metadata) = FederationMetadata::for_iam(&decoded(&content)?)?;
    Ok(MetadataView::of(&metadata, now()))
}

/// What is made of the address that was copied, without keeping it.
#[tauri::command]
#[specta::specta]
pub async fn read_address(text: String) -> Answer<AddressView> {
    Ok(Authentication::parse(&text)?.into())
}

/// Keeps the address where people sign in.
#[tauri::command]
#[specta::specta]
pub async fn set_authentication_url(app: Shared<'_>, id: String, url: String) -> Answer<SetupView> {
    let found = Authentication::parse(&url)?;
    change(&app, &id, |setup| Ok(setup.give_authentication_url(found.url)?))
}

/// Keeps issuer and client of OpenID Connect.
#[tauri::command]
#[specta::specta]
pub async fn set_client(app: Shared<'_>, id: String, issuer: String, client_id: String) -> Answer<SetupView> {
    let client = ClientId::parse(client_id.trim())?;
    change(&app, &id, |setup| {
        let text = issuer.trim();
        let issuer = match setup.world {
            World::Practice => Issuer::practice(text).or_else(|_| Issuer::parse(text)),
            World::Live => Issuer::parse(text),
        }?;
        Ok(setup.give_client(issuer, client)?)
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
    let bindings = app.store.files(&id).bindings()?;
    change(&app, &id, |setup| {
        let known = values(setup, bindings.web_experience().as_ref());
        let visit = visits(setup, &known).into_iter().find(|v| v.ids.contains(&step));
        for id in visit.into_iter().flat_map(|v| v.ids) {
            if done {
                setup.done.insert(id);
            } else {
                setup.done.remove(&id);
            }
        }
        Ok(())
    })?;
    guide(app, id).await
}

/// What an application of the company's own has to be told, if there is one.
#[tauri::command]
#[specta::specta]
pub async fn custom_card(app: Shared<'_>, id: String) -> Answer<Vec<Pair>> {
    let files = app.store.files(&id);
    let card = claimbridge_core::setup::environment(&files.load()?, &files.bindings()?);
    Ok(card
        .into_iter()
        .map(|(name, value)| Pair {
            label: name.into(),
            value,
        })
        .collect())
}

/// Opens the practice portal of the set-up's vendor, each vendor's in a window of its own.
#[tauri::command]
#[specta::specta]
pub async fn open_portal(handle: AppHandle, app: Shared<'_>, id: String) -> Answer<()> {
    let idp = app.store.files(&id).load()?.idp();
    let path = claimbridge_runtime::practice::portal_home(idp);
    let label = format!("portal-{}", path.trim_start_matches('/'));
    if let Some(open) = handle.get_webview_window(&label) {
        return Ok(open.set_focus()?);
    }
    let address = format!("{}{path}", app.practice().await?.origin());
    WebviewWindowBuilder::new(&handle, label, WebviewUrl::External(address.parse()?))
        .title("Practice directory")
        .inner_size(1000.0, 760.0)
        .build()?;
    Ok(())
}
