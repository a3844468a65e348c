//! The rehearsal with SAML: metadata first, or AWS first with one visit to the portal.

use super::{DemoOutcome, PEOPLE, SignIn, Stage, sign_in as sign_in_by};
use crate::clock::SystemClock;
use crate::connection::Problem;
use crate::judge::{expected, judge};
use crate::temporary::make_temporary;
use claimbridge_core::diagnose::{Evidence, Finding, diagnose};
use claimbridge_core::idp::Phase;
use claimbridge_core::resource::{Address, Output};
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_core::saml::response::Response;
use claimbridge_core::setup::authentication::Authentication;
use claimbridge_core::time::Clock;
use claimbridge_practice::{Administrator, Mistake, PortalError, Visit};

pub(super) async fn rehearse(
    stage: &mut Stage<'_>,
    admin: &Administrator,
    visit: &mut Visit<'_>,
) -> Result<DemoOutcome, Problem> {
    if stage.aws_first {
        make_temporary(&mut stage.setup)?;
        stage.say("AWS first: temporary metadata stands in, nobody can sign in yet");
        stage.carry_out().await?;
        stage.follow(visit, Phase::Before).await?;
        stage.follow(visit, Phase::After).await?;
        stage.say("the portal was visited once; its metadata and address replace the temporary ones");
    } else {
        stage.follow(visit, Phase::Before).await?;
    }
    if let Some(findings) = take(stage, admin, visit).await? {
        return Ok(DemoOutcome {
            findings,
            ..DemoOutcome::default()
        });
    }
    stage.carry_out().await?;
    if !stage.aws_first {
        stage.follow(visit, Phase::After).await?;
    }
    let clean = stage.is_clean().await?;
    stage.spoil(visit).await?;

    let person = stage.mistake.map_or(PEOPLE[0], Mistake::user);
    let outcome = DemoOutcome {
        clean,
        ..DemoOutcome::default()
    };
    if stage.mistake.is_some_and(Mistake::swaps_certificates) {
        stage.world.world().activate_first_certificate();
    }
    match sign_in_by(stage, admin, visit, person).await? {
        SignIn::Refused(words) => Ok(DemoOutcome {
            refused: Some(words),
            ..outcome
        }),
        SignIn::Judged(judgement) => Ok(DemoOutcome {
            judgement: Some(*judgement),
            let_in: Some(deliver(stage, admin, visit, person).await?),
            ..outcome
        }),
    }
}

/// Metadata and sign-in address come out of the portal. Findings where the metadata cannot be used.
async fn take(
    stage: &mut Stage<'_>,
    admin: &Administrator,
    visit: &mut Visit<'_>,
) -> Result<Option<Vec<Finding>>, Problem> {
    if stage.mistake.is_some_and(Mistake::swaps_certificates) {
        visit.renew_certificate().await?;
    }
    let metadata = match stage.mistake {
        Some(m) if m.other_tenant() => admin.metadata_of_other_tenant(visit.app()).await?,
        Some(m) if m.whole_tenant() => admin.metadata_of_whole_tenant(visit.app()).await?,
        mistake => {
            let own = visit.metadata().await?;
            mistake.and_then(|m| m.instead_of_metadata(&own)).unwrap_or(own)
        }
    };
    let text = match FederationMetadata::for_iam(&metadata) {
        Ok((text, _)) => text,
        Err(error) => {
            let expected = expected(&stage.setup, &stage.files.bindings()?);
            let mut evidence = Evidence::new(SystemClock.now(), expected);
            evidence.metadata = Some(Err(error));
            stage.files.save(&stage.setup)?;
            return Ok(Some(diagnose(&evidence)));
        }
    };
    let address = visit.address().await?;
    let read = Authentication::parse(&address).map_err(|e| Problem::Report(e.to_string()))?;
    stage.setup.give_metadata(text)?;
    stage.setup.give_authentication_url(read.url)?;
    Ok(None)
}

/// The response, by the way that the mistake leads.
async fn by_portal(
    stage: &Stage<'_>,
    admin: &Administrator,
    visit: &mut Visit<'_>,
    person: &str,
) -> Result<String, PortalError> {
    if let Some(wrong) = stage.mistake.and_then(Mistake::request)
        && let Ok(metadata) = stage.setup.federation_metadata()
        && let Some(sso) = metadata.sso.first()
    {
        let identifier = visit.typed_in("basic-saml", "Identifier (Entity ID)").await?;
        return admin
            .sign_in_by_request((&sso.location, &identifier), wrong, person)
            .await;
    }
    match super::acts::dead_address(stage, visit).await? {
        Some(address) => admin.sign_in_at(&address, person).await,
        None => visit.sign_in(person).await,
    }
}

/// Signs a person in where people sign in, and judges the response.
pub(super) async fn sign_in(
    stage: &Stage<'_>,
    admin: &Administrator,
    visit: &mut Visit<'_>,
    person: &str,
) -> Result<SignIn, Problem> {
    let value = match by_portal(stage, admin, visit, person).await {
        Ok(value) => value,
        Err(PortalError::Refused(words)) => return Ok(SignIn::Refused(words)),
        // A page that leads on and on.
        Err(PortalError::Missing { what, page }) if stage.mistake.is_some() => {
            return Ok(SignIn::Refused(format!("{page} has no {what}")));
        }
        Err(other) => return Err(other.into()),
    };
    let response = Response::decode(value.as_bytes()).map_err(|e| Problem::Report(e.to_string()))?;
    let now = SystemClock.now();
    let bindings = stage.files.bindings()?;
    let judgement = judge(
        &stage.setup,
        &bindings,
        &response,
        Some(now),
        Some(&stage.connection),
        now,
    )
    .await;
    Ok(SignIn::Judged(Box::new(judgement)))
}

/// Whether the web experience lets the person in, with a response of its own: AWS may take each only once.
async fn deliver(
    stage: &Stage<'_>,
    admin: &Administrator,
    visit: &mut Visit<'_>,
    person: &str,
) -> Result<bool, Problem> {
    let outputs = stage.files.bindings()?.outputs();
    let acs = outputs.get(&(Address::WebExperience, Output::Acs));
    let host = acs.and_then(|a| a.strip_prefix("https://")).unwrap_or_default();
    let response = visit.sign_in(person).await?;
    Ok(admin.deliver(host, &response).await?)
}
