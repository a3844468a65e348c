//! The rehearsal with OpenID Connect: client and issuer first, then AWS, then the claim and the redirect.

use super::{DemoOutcome, PEOPLE, SignIn, Stage, sign_in as sign_in_by};
use crate::clock::{RandomIds, SystemClock};
use crate::connection::Problem;
use crate::http::Http;
use crate::judge::{Received, judge_token};
use crate::listener::{OIDC_PATH, PORT};
use crate::oidc::{Authorization, Captured, discover, returned};
use claimbridge_core::idp::{Phase, guide};
use claimbridge_core::resource::SecretValue;
use claimbridge_core::setup::{Federation, World};
use claimbridge_core::time::Clock;
use claimbridge_core::value::{ClientId, Issuer};
use claimbridge_practice::{Administrator, Mistake, PortalError, Visit};
use std::collections::BTreeMap;

fn broken(error: &dyn std::fmt::Display) -> Problem {
    Problem::Report(error.to_string())
}

pub(super) async fn rehearse(
    stage: &mut Stage<'_>,
    admin: &Administrator,
    visit: &mut Visit<'_>,
) -> Result<DemoOutcome, Problem> {
    if stage.aws_first {
        // Says that temporary metadata is of SAML alone.
        stage.setup.give_temporary_metadata(String::new())?;
    }
    stage.follow(visit, Phase::Before).await?;
    let client = visit.client().await?;
    let issuer = Issuer::practice(&visit.address().await?).map_err(|e| broken(&e))?;
    let id = ClientId::parse(&client.id).map_err(|e| broken(&e))?;
    stage.setup.give_client(issuer, id)?;
    stage.secret = Some(SecretValue::from(client.secret));
    if stage.mistake.is_some_and(Mistake::other_server) {
        // From here on the portal's own server is set up, and people sign in there.
        let steps = guide(stage.setup.idp()).step.iter();
        for step in steps.filter(|s| s.id == "authorization-server") {
            visit
                .follow(
                    step,
                    &BTreeMap::from([("app_name", super::NAME.to_owned())]),
                    None,
                )
                .await?;
        }
    }
    stage.carry_out().await?;
    stage.follow(visit, Phase::After).await?;
    let clean = stage.is_clean().await?;
    stage.spoil(visit).await?;
    let person = stage.mistake.map_or(PEOPLE[0], Mistake::user);
    let outcome = DemoOutcome {
        clean,
        ..DemoOutcome::default()
    };
    Ok(match sign_in_by(stage, admin, visit, person).await? {
        SignIn::Refused(words) => DemoOutcome {
            refused: Some(words),
            ..outcome
        },
        SignIn::Judged(judgement) => DemoOutcome {
            judgement: Some(*judgement),
            ..outcome
        },
    })
}

/// Signs a person in by the code flow, and judges the token. The browser's last address comes back in hand
/// instead of by the door of this machine, which only one at a time could open.
pub(super) async fn sign_in(
    stage: &Stage<'_>,
    admin: &Administrator,
    visit: &mut Visit<'_>,
    person: &str,
) -> Result<SignIn, Problem> {
    let http = Http::new(World::Practice).map_err(Problem::Connect)?;
    let Federation::Oidc {
        issuer: Some(issuer),
        client_id: Some(client),
        ..
    } = &stage.setup.federation
    else {
        return Err(claimbridge_core::setup::SetupError::IssuerMissing.into());
    };
    let issuer = if stage.mistake.is_some_and(Mistake::other_server) {
        Issuer::practice(&visit.address().await?).map_err(|e| broken(&e))?
    } else {
        issuer.clone()
    };
    let (discovery, _) = discover(&issuer, &http).await.discovery.map_err(|e| broken(&e))?;
    let redirect = format!("http://localhost:{PORT}{OIDC_PATH}");
    let begin =
        || Authorization::begin(&discovery, &issuer, client, &redirect, &RandomIds).map_err(|e| broken(&e));
    let authorization = begin()?;
    let nonce = if stage.mistake.is_some_and(Mistake::older_window) {
        begin()?.nonce().to_owned()
    } else {
        authorization.nonce().to_owned()
    };
    let address = match admin.sign_in_oidc(authorization.url(), person).await {
        Ok(address) => address,
        Err(PortalError::Refused(words)) => return Ok(SignIn::Refused(words)),
        Err(other) => return Err(other.into()),
    };
    let token = match returned(authorization, &address, stage.secret.as_ref(), &http).await {
        Ok(Captured::Token(token)) => token,
        Ok(Captured::ErrorRedirect { error, description }) => {
            return Ok(SignIn::Refused(format!("{error}: {description}")));
        }
        Ok(Captured::NothingArrived) => return Ok(SignIn::Refused("nothing came back".into())),
        Err(error) => return Ok(SignIn::Refused(error.to_string())),
    };
    if let Some(mistake) = stage.mistake {
        mistake.before_judgement(stage.world.world());
    }
    let now = SystemClock.now();
    let received = Received {
        token: &token,
        nonce: Some(&nonce),
        captured_at: Some(now),
    };
    let bindings = stage.files.bindings()?;
    let connection = Some(&stage.connection);
    let judgement = judge_token(&stage.setup, &bindings, received, connection, &http, now).await;
    Ok(SignIn::Judged(Box::new(judgement)))
}
