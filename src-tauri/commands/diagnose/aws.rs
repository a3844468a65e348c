//! What a case asks of AWS, and of a sign-in: the set-up or application that it is about, as it stands now.

use crate::app::App;
use crate::commands::sign_in::{ByBrowser, capture_in_window, judge_by_browser, judge_captured};
use crate::commands::{Answer, now};
use crate::open_case::{Caught, Looked, OfSetup, OpenCase, Proof};
use crate::view::{Failure, Place};
use claimbridge_core::diagnose::Origin;
use claimbridge_core::idp::Protocol;
use claimbridge_core::plan;
use claimbridge_core::resource::{Address, HeldSignIn, SecretValue};
use claimbridge_core::saml::response::Response;
use claimbridge_core::setup::World;
use claimbridge_core::value::{Issuer, Region};
use claimbridge_runtime::diagnose::{Unread, gather, issuer_of};
use claimbridge_runtime::judge::redeem;
use claimbridge_runtime::oidc::discover;
use claimbridge_runtime::{Connection, Http};
use tauri::AppHandle;

/// A set-up, as a case is about it.
fn of_setup(app: &App, id: &str) -> Answer<OfSetup> {
    let files = app.store.files(id);
    Ok(OfSetup {
        setup: files.load()?,
        bindings: files.bindings()?,
        plan: None,
    })
}

fn application(of: &OfSetup) -> Option<&str> {
    let bound = of.bindings.get(Address::Application)?;
    Some(bound.id.as_ref()?.own())
}

/// Begins a case about a set-up.
///
/// # Errors
/// It cannot be read.
pub fn begin_of(app: &App, id: &str) -> Answer<()> {
    let of = of_setup(app, id)?;
    let place = application(&of).map(|application| Place {
        practice: of.setup.world == World::Practice,
        profile: app.store.files(id).profile().ok().flatten(),
        region: of.setup.region.to_string(),
        application: application.to_owned(),
    });
    let open = app.with_caught(id, |caught| OpenCase::of_setup(of, place, caught));
    *app.case() = open;
    Ok(())
}

/// Turns the case to an application; where a set-up of this computer made it, to that.
pub fn turn_to(app: &App, place: Place) {
    let of = app
        .store
        .all()
        .into_iter()
        .filter_map(|setup| of_setup(app, &setup.ok()?.id).ok())
        .find(|of| {
            (of.setup.world == World::Practice) == place.practice
                && of.setup.region.to_string() == place.region
                && application(of) == Some(place.application.trim())
        });
    app.case().turn_to(of, place);
}

fn world(place: &Place) -> World {
    match place.practice {
        true => World::Practice,
        false => World::Live,
    }
}

async fn connect(app: &App, place: &Place) -> Answer<Connection> {
    let region = Region::parse(&place.region)?;
    app.connect(world(place), place.profile.clone(), region).await
}

/// Looks at AWS for the open case. Where it cannot be reached the case goes on without it, and says so.
///
/// # Errors
/// The files of the set-up cannot be read.
pub async fn look(app: &App) -> Answer<()> {
    let (place, id, issuer) = {
        let case = app.case();
        let of = case.of.as_ref();
        let issuer = of.and_then(|of| issuer_of(&of.setup).cloned());
        (case.place.clone(), of.map(|of| of.setup.id.clone()), issuer)
    };
    let Some(place) = place else { return Ok(()) };
    let seen = read(app, &place, issuer).await;
    let of = match &id {
        Some(id) => Some(with_plan(app, id).await?),
        None => None,
    };
    let mut case = app.case();
    // Another case may have been begun meanwhile: of that nothing was read.
    if case.place.as_ref() != Some(&place) || case.of.as_ref().map(|of| &of.setup.id) != id.as_ref() {
        return Ok(());
    }
    case.of = of;
    match seen {
        Ok(looked) => case.look(looked),
        Err(why) => case.look_failed(why.message),
    }
    Ok(())
}

/// `own` is the set-up's issuer, whose documents verify a token before those of the provider in IAM.
async fn read(app: &App, place: &Place, own: Option<Issuer>) -> Answer<Looked> {
    let connection = connect(app, place).await?;
    let mut gathered = gather(&connection, place.application.trim(), None).await?;
    let sign_ins = gathered.sign_ins(&connection, now()).await;
    let sign_ins = sign_ins.unwrap_or_else(|problem| {
        gathered.unread.push(Unread {
            what: "Sign-ins in CloudTrail",
            why: problem.to_string(),
        });
        Vec::new()
    });
    let provider = match own.as_ref().or(gathered.issuer.as_ref()) {
        Some(issuer) => Some(discover(issuer, &Http::new(world(place))?).await),
        None => None,
    };
    let arn = gathered.live.application.as_ref().map(|a| a.arn.as_str());
    let account = arn.and_then(|arn| arn.split(':').nth(4)).unwrap_or_default();
    Ok(Looked {
        account: account.to_owned(),
        at: now(),
        gathered,
        sign_ins,
        provider,
    })
}

/// The set-up, and what its plan would change now.
async fn with_plan(app: &App, id: &str) -> Answer<OfSetup> {
    let mut of = of_setup(app, id)?;
    if let Ok(connection) = app.connect_to(&of.setup).await {
        of.plan = plan::plan(&of.setup, &of.bindings, connection.aws.as_ref())
            .await
            .ok();
    }
    Ok(of)
}

/// Captures a sign-in and asks STS. `secret` is the client secret of OpenID Connect.
///
/// # Errors
/// Nobody signed in, or nothing is known of where people sign in.
pub async fn capture(handle: &AppHandle, app: &App, secret: Option<SecretValue>) -> Answer<()> {
    let of = app
        .case()
        .of
        .as_ref()
        .map(|of| (of.setup.id.clone(), of.setup.protocol()));
    let Some((id, protocol)) = of else {
        return capture_elsewhere(handle, app).await;
    };
    match protocol {
        Protocol::Saml => {
            judge_captured(handle, app, &id).await?;
        }
        Protocol::Oidc => {
            if let ByBrowser::Refused(said) = judge_by_browser(handle, app, &id, secret).await? {
                app.case().refused(&said, now());
                return Ok(());
            }
        }
    }
    let mut case = app.case();
    // What came belongs to the case that it was captured for.
    if case.of.as_ref().map(|of| &of.setup.id) != Some(&id) {
        return Ok(());
    }
    app.with_caught(&id, |caught| caught.map(|caught| case.capture(caught)));
    Ok(())
}

/// At the web experience of an application that no set-up of this computer made.
async fn capture_elsewhere(handle: &AppHandle, app: &App) -> Answer<()> {
    let nowhere = || Failure {
        message: "Nothing is known of where people sign in: look at the application in AWS first.".into(),
    };
    let (place, address, issuer, expected) = {
        let case = app.case();
        let place = case.place.clone().ok_or_else(nowhere)?;
        let looked = case.looked.as_ref().ok_or_else(nowhere)?;
        let web = looked.gathered.live.web_experience.as_ref();
        let Some(HeldSignIn::Saml { authentication_url }) = web.map(|w| &w.sign_in) else {
            return Err(nowhere());
        };
        let issuer = case.issuer().unwrap_or_default();
        let expected = looked.gathered.expected.clone();
        (place, authentication_url.clone(), issuer, expected)
    };
    let address = app.page_at(&address, place.practice).await?;
    let value = capture_in_window(handle, app, &address, &issuer, place.practice).await?;
    let response = Response::decode(value.as_bytes())?;
    let at = now();
    let connection = connect(app, &place).await?;
    let sts = redeem(&connection, &expected, &response).await;
    let mut case = app.case();
    if case.place.as_ref() == Some(&place) {
        case.capture(&Caught {
            proof: Proof::Response(value.into_bytes()),
            origin: Origin::SignInWindow,
            at,
            sts,
        });
    }
    Ok(())
}
