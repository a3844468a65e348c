//! The whole main job without a screen, in the practice world: an administrator prepares the
//! identity provider, the set-up is planned and applied, the guide is followed, somebody signs in,
//! and a report is left behind. With a mistake, the diagnosis has to name it.

use crate::clock::SystemClock;
use crate::connection::{Connection, Problem};
use crate::jobs;
use crate::judge::{Judgement, judge};
use crate::store::{SetupFiles, write_whole};
use claimbridge_core::diagnose::{Evidence, Finding, RuleId, diagnose, is_blocked};
use claimbridge_core::engine::{Outcome, Progress, Stop};
use claimbridge_core::idp::{IdentityProvider, Phase, fill, guide, values};
use claimbridge_core::plan::Plan;
use claimbridge_core::report::Report;
use claimbridge_core::resource::{Address, Output};
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_core::saml::response::Response;
use claimbridge_core::setup::{Order, Setup, World};
use claimbridge_core::time::Clock;
use claimbridge_core::value::{AccountId, AuthenticationUrl, Region, WebExperienceUrl};
use claimbridge_practice::config::{CallFault, Config};
use claimbridge_practice::{ACCOUNT, Administrator, Mistake, Running, World as PracticeWorld};
use std::path::Path;

/// What is rehearsed.
#[derive(Clone, Debug)]
pub struct Demo {
    /// Whose portal.
    pub idp: IdentityProvider,
    /// How the practice world behaves.
    pub config: Config,
    /// The mistake, if any.
    pub fault: Option<RuleId>,
}

/// How it came out.
#[derive(Debug)]
pub struct DemoOutcome {
    /// Everything that was found.
    pub findings: Vec<Finding>,
    /// The judgement of the sign-in, if it came to one.
    pub judgement: Option<Judgement>,
    /// The web experience let the person in.
    pub let_in: Option<bool>,
    /// The order in which it was done in the end.
    pub order: Order,
    /// No step of a second plan would change anything.
    pub clean: bool,
}

impl DemoOutcome {
    /// Nothing blocks.
    pub fn is_fine(&self) -> bool {
        !is_blocked(&self.findings)
    }
}

/// Runs it; `say` is told what happens, line by line. Files are left in `out`.
///
/// # Errors
/// [`Problem`] for an act that failed; a mistake that was diagnosed is no error.
pub async fn run(
    demo: Demo,
    out: &Path,
    say: &mut (dyn FnMut(String) + Send),
) -> Result<DemoOutcome, Problem> {
    let mistake = demo.fault.and_then(Mistake::for_rule);
    let mut config = demo.config;
    config.certificate_days = mistake
        .and_then(Mistake::certificate_days)
        .or(config.certificate_days);
    let fault = mistake.and_then(Mistake::call_fault).map(CallFault::parse);
    config.faults.extend(fault.and_then(Result::ok));
    let factor = config.latency.factor;
    let world = PracticeWorld::new(config)
        .serve(0)
        .await
        .map_err(|e| Problem::Report(e.to_string()))?;
    say(format!("practice world on {}", world.origin()));
    let admin = Administrator::new(&world.origin());
    let files = SetupFiles::at(out.join("setup.json"));
    if files.path().exists() && !files.load().is_ok_and(|s| s.world == World::Practice) {
        return Err(Problem::NotPractised(out.to_owned()));
    }
    for stale in ["setup.json", "journal.jsonl", "groups.jsonl", "test.json"] {
        // A demo starts anew; what an earlier one left is replaced.
        let _ = std::fs::remove_file(out.join(stale));
    }

    let app = admin
        .create_app("q-demo", demo.idp == IdentityProvider::EntraGallery, mistake)
        .await?;
    let account = AccountId::parse(ACCOUNT).map_err(|e| Problem::Report(e.to_string()))?;
    let id = uuid::Uuid::new_v4().to_string();
    let mut setup = Setup::new(id, "q-demo", account, Region::UsEast1, World::Practice, demo.idp);
    follow(&admin, &app, &setup, None, Phase::Before, mistake).await?;
    let metadata = match mistake {
        Some(m) if m.other_tenant() => admin.metadata_of_other_tenant(&app).await?,
        Some(m) => m.instead_of_metadata().unwrap_or(admin.metadata(&app).await?),
        None => admin.metadata(&app).await?,
    };
    let text = match FederationMetadata::for_iam(&metadata) {
        Ok((text, _)) => text,
        Err(error) => {
            let mut evidence = Evidence::new(
                SystemClock.now(),
                crate::judge::expected(&setup, &files.bindings()?),
            );
            evidence.metadata = Some(Err(error));
            let findings = diagnose(&evidence);
            files.save(&setup)?;
            write_reports(&setup, &files, out)?;
            return Ok(DemoOutcome {
                findings,
                judgement: None,
                let_in: None,
                order: setup.order,
                clean: false,
            });
        }
    };
    let access_url = admin.access_url(&app).await?;
    let url = AuthenticationUrl::parse(&access_url).map_err(|e| Problem::Report(e.to_string()))?;
    setup.give_metadata(text)?;
    setup.give_authentication_url(url)?;
    files.save(&setup)?;

    let connection = Connection::practice(&world.origin(), setup.region, factor).await?;
    let mut outcome = plan_and_apply(&files, &connection, say).await?;
    if let (false, Some(order)) = (outcome.finished, outcome.offer) {
        say(
            "AWS refused the web experience without a role; going on in the documented order, role first."
                .into(),
        );
        setup.order = order;
        files.save(&setup)?;
        outcome = plan_and_apply(&files, &connection, say).await?;
    }
    if let Some((_, error)) = outcome.failed.into_iter().next() {
        return Err(Problem::Aws(error));
    }
    let bindings = files.bindings()?;
    let acs = bindings
        .outputs()
        .get(&(Address::WebExperience, Output::Acs))
        .cloned();
    follow(
        &admin,
        &app,
        &setup,
        bindings.web_experience().as_ref(),
        Phase::After,
        mistake,
    )
    .await?;
    let clean = jobs::drift(&files, &connection).await?.is_clean();
    spoil(&world, &admin, &app, &setup, mistake).await?;

    let person = mistake.map_or("alice@contoso.example", Mistake::user);
    let value = admin.sign_in(&app, person).await?;
    let response = Response::decode(value.as_bytes()).map_err(|e| Problem::Report(e.to_string()))?;
    let now = SystemClock.now();
    let judgement = judge(&setup, &bindings, &response, Some(now), Some(&connection), now).await;
    let host = acs
        .as_deref()
        .and_then(|a| a.strip_prefix("https://"))
        .unwrap_or_default()
        .to_owned();
    let again = admin.sign_in(&app, person).await?;
    let let_in = admin.deliver(&host, &again).await?;
    files.save_test(&judgement.record(&bindings, now))?;
    write_reports(&setup, &files, out)?;
    Ok(DemoOutcome {
        findings: judgement.findings.clone(),
        judgement: Some(judgement),
        let_in: Some(let_in),
        order: setup.order,
        clean,
    })
}

async fn plan_and_apply(
    files: &SetupFiles,
    connection: &Connection,
    say: &mut (dyn FnMut(String) + Send),
) -> Result<Outcome, Problem> {
    let plan: Plan = jobs::plan_setup(files, connection).await?;
    say(format!("{} ({} steps)", plan.verb(), plan.steps.len()));
    let digest = plan.digest();
    let mut told = |progress: Progress| match progress {
        Progress::Done { address, .. } => say(format!("  {address}: done")),
        Progress::Failed { address, error, .. } => say(format!("  {address}: {error}")),
        Progress::Queued { .. }
        | Progress::Started { .. }
        | Progress::Accepted { .. }
        | Progress::Waiting { .. } => {}
    };
    let stop = Stop::default();
    let approval = jobs::Approval {
        digest: &digest,
        secret: None,
        stop: &stop,
    };
    jobs::apply(files, connection, plan, approval, &mut told).await
}

/// Follows the guide's steps of one phase, value by value.
async fn follow(
    admin: &Administrator,
    app: &str,
    setup: &Setup,
    endpoint: Option<&WebExperienceUrl>,
    phase: Phase,
    mistake: Option<Mistake>,
) -> Result<(), Problem> {
    let known = values(setup, endpoint);
    for step in guide(setup.idp()).step.iter().filter(|s| s.phase == phase) {
        let typed: Vec<(String, String)> = step
            .values
            .iter()
            .filter_map(|v| {
                let text = v.value.as_deref().or(v.choose.as_deref()).unwrap_or_default();
                Some((v.label.clone(), fill(text, &known)?))
            })
            .collect();
        admin.follow(app, &step.id, &typed, mistake).await?;
    }
    Ok(())
}

async fn spoil(
    world: &Running,
    admin: &Administrator,
    app: &str,
    setup: &Setup,
    mistake: Option<Mistake>,
) -> Result<(), Problem> {
    if let Some(mistake) = mistake {
        admin.spoil(app, mistake).await?;
        mistake.reshape(world.world());
        if let Some(tamper) = mistake.tamper() {
            world.world().tamper(tamper, &setup.names.role);
        }
    }
    Ok(())
}

/// Writes the report in its three forms.
///
/// # Errors
/// [`Problem`].
pub fn write_reports(setup: &Setup, files: &SetupFiles, out: &Path) -> Result<(), Problem> {
    let bindings = files.bindings()?;
    let test = files.current_test(setup, &bindings)?;
    let report = Report::new(setup, &bindings, test, SystemClock.now());
    let broken = |e: &dyn std::fmt::Display| Problem::Report(e.to_string());
    write_whole(
        &out.join("report.html"),
        report.html().map_err(|e| broken(&e))?.as_bytes(),
    )?;
    write_whole(
        &out.join("report.md"),
        report.markdown().map_err(|e| broken(&e))?.as_bytes(),
    )?;
    write_whole(&out.join("report.json"), report.json().as_bytes())?;
    Ok(())
}
