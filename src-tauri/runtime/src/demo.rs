//! The whole main job without a screen, in the practice world: an administrator prepares the
//! identity provider, the set-up is planned and applied, the guide is followed, somebody signs in and
//! looks around, and a report is left behind. With a mistake, the diagnosis has to name it. Nothing is set
//! here that a person could not set: values go from the guide into the portal, by their labels.

use crate::clock::SystemClock;
use crate::connection::{Connection, Problem};
use crate::jobs;
use crate::judge::Judgement;
use crate::session::{Check, Source};
use crate::store::{SetupFiles, write_whole};
use claimbridge_core::diagnose::{Evidence, Finding, is_blocked};
use claimbridge_core::engine::{Outcome, Progress, Stop};
use claimbridge_core::idp::{IdentityProvider, Phase, Protocol, steps, values};
use claimbridge_core::plan::Plan;
use claimbridge_core::report::Report;
use claimbridge_core::resource::{Address, Output, SecretValue};
use claimbridge_core::setup::{Order, Setup, World};
use claimbridge_core::time::Clock;
use claimbridge_core::value::{AccountId, Region};
use claimbridge_practice::config::{CallFault, Config};
use claimbridge_practice::{ACCOUNT, Administrator, Mistake, Running, Visit, World as PracticeWorld};
use std::path::Path;

mod acts;
mod looks;
mod mend;
mod oidc;
mod saml;
mod shown;
mod user;

pub use mend::Mended;

const NAME: &str = "q-demo";
/// Who signs in, and who stands beside.
const PEOPLE: [&str; 2] = ["alice@contoso.example", "dora@contoso.example"];

/// What is rehearsed.
#[derive(Clone, Debug)]
pub struct Demo {
    /// Whose portal.
    pub idp: IdentityProvider,
    /// How the practice world behaves.
    pub config: Config,
    /// The mistake, if any.
    pub fault: Option<Mistake>,
    /// SAML: AWS is set up first, with temporary metadata, and the portal is visited once.
    pub aws_first: bool,
    /// Everything is removed again at the end.
    pub destroy: bool,
    /// The smallest fix is made, and the person signs in again.
    pub mend: bool,
}

impl Demo {
    /// Of a provider, in a world as documented, without a mistake.
    pub fn new(idp: IdentityProvider) -> Demo {
        Demo {
            idp,
            config: Config::default(),
            fault: None,
            aws_first: false,
            destroy: false,
            mend: false,
        }
    }
}

/// How it came out.
#[derive(Debug, Default)]
pub struct DemoOutcome {
    /// Everything that was found.
    pub findings: Vec<Finding>,
    /// The judgement of the sign-in, if it came to one.
    pub judgement: Option<Judgement>,
    /// The web experience let the person in; None where that is not practised.
    pub let_in: Option<bool>,
    /// The identity provider's own refusal, where it let nobody through.
    pub refused: Option<String>,
    /// What else people and administrators were shown.
    pub messages: Vec<String>,
    /// What all was judged by, with what stands in AWS; None where it did not come to a set-up.
    pub evidence: Option<Box<Evidence>>,
    /// The order in which it was done in the end.
    pub order: Option<Order>,
    /// No step of a second plan would change anything.
    pub clean: bool,
    /// What the person's own calls said.
    pub checks: Vec<Check>,
    /// What two people were answered, to the same question.
    pub answers: Vec<Heard>,
    /// What came of the smallest fix; None where it was not asked for, or there is none.
    pub mended: Option<Mended>,
    /// What is left in AWS after the removal, by kind; None where nothing was removed.
    pub left: Option<Vec<(&'static str, usize)>>,
}

/// What one person was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Who asked.
    pub who: String,
    /// The answer's words.
    pub text: String,
    /// What it was taken from.
    pub sources: Vec<Source>,
}

impl DemoOutcome {
    /// Nothing blocks, and what was removed is gone.
    pub fn is_fine(&self) -> bool {
        !is_blocked(&self.findings)
            && self.refused.is_none()
            && self.checks.iter().all(Check::passed)
            && self.left.as_ref().is_none_or(Vec::is_empty)
    }
}

/// What happened at the identity provider's sign-in page.
enum SignIn {
    Judged(Box<Judgement>),
    /// It let the person not through, and why.
    Refused(String),
}

/// Everything that a rehearsal goes on with.
struct Stage<'a> {
    world: &'a Running,
    files: SetupFiles,
    setup: Setup,
    connection: Connection,
    mistake: Option<Mistake>,
    aws_first: bool,
    /// The client secret, as the portal showed it.
    secret: Option<SecretValue>,
    say: &'a mut (dyn FnMut(String) + Send),
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
    let mistake = demo.fault;
    let mut config = demo.config.clone();
    config.certificate_days = mistake
        .and_then(Mistake::certificate_days)
        .or(config.certificate_days);
    let fault = mistake.and_then(Mistake::call_fault).map(CallFault::parse);
    config.faults.extend(fault.and_then(Result::ok));
    let world = PracticeWorld::new(config)
        .serve(0)
        .await
        .map_err(|e| Problem::Report(e.to_string()))?;
    run_in(&world, demo, out, say).await
}

/// Runs it in a world that is served already, whose behaviour is its own.
///
/// # Errors
/// As [`run`].
pub async fn run_in(
    world: &Running,
    demo: Demo,
    out: &Path,
    say: &mut (dyn FnMut(String) + Send),
) -> Result<DemoOutcome, Problem> {
    let (destroy, mend) = (demo.destroy, demo.mend);
    let mut stage = open(world, demo, out, say).await?;
    let admin = Administrator::new(&stage.world.origin());
    let mut visit = admin.visit(stage.setup.idp(), NAME);
    if let Some(mistake) = stage.mistake {
        mistake.prepare(stage.world.world());
        acts::prepare(&mut stage, mistake).await?;
    }
    let rehearsed = match stage.setup.protocol() {
        Protocol::Saml => saml::rehearse(&mut stage, &admin, &mut visit).await,
        Protocol::Oidc => oidc::rehearse(&mut stage, &admin, &mut visit).await,
    };
    let mut outcome = match rehearsed {
        Ok(outcome) => outcome,
        // What stopped somebody is what there is to go by.
        Err(problem) if stage.mistake.is_some() => shown::instead(problem)?,
        Err(problem) => return Err(problem),
    };
    outcome.order = Some(stage.setup.order);
    if let Some(judgement) = &outcome.judgement {
        let bindings = stage.files.bindings()?;
        stage
            .files
            .save_test(&judgement.record(&bindings, SystemClock.now()))?;
    }
    match stage.mistake {
        None => user::look_around(&mut stage, &admin, &mut visit, &mut outcome).await?,
        Some(mistake) => acts::carry_on(&stage, mistake, &mut visit, &mut outcome).await?,
    }
    shown::judge(&stage, &visit, &mut outcome).await?;
    if mend {
        outcome.mended = mend::mend(&mut stage, &admin, &mut visit, &outcome).await?;
    }
    write_reports(&stage.setup, &stage.files, out)?;
    if destroy {
        outcome.left = Some(remove(&mut stage).await?);
    }
    Ok(outcome)
}

/// Begins a set-up.
async fn open<'a>(
    world: &'a Running,
    demo: Demo,
    out: &Path,
    say: &'a mut (dyn FnMut(String) + Send),
) -> Result<Stage<'a>, Problem> {
    let factor = demo.config.latency.factor;
    say(format!("practice world on {}", world.origin()));
    let files = SetupFiles::at(out.join("setup.json"));
    if files.path().exists() && !files.load().is_ok_and(|s| s.world == World::Practice) {
        return Err(Problem::NotPractised(out.to_owned()));
    }
    for stale in ["setup.json", "journal.jsonl", "groups.jsonl", "test.json"] {
        // A demo starts anew; what an earlier one left is replaced.
        let _ = std::fs::remove_file(out.join(stale));
    }
    let account = AccountId::parse(ACCOUNT).map_err(|e| Problem::Report(e.to_string()))?;
    let id = uuid::Uuid::new_v4().to_string();
    let setup = Setup::new(id, NAME, account, Region::UsEast1, World::Practice, demo.idp);
    let connection = Connection::practice(&world.origin(), setup.region, factor).await?;
    Ok(Stage {
        world,
        files,
        setup,
        connection,
        mistake: demo.fault,
        aws_first: demo.aws_first,
        secret: None,
        say,
    })
}

impl Stage<'_> {
    /// AWS's id of something that was made.
    fn id(&self, address: Address) -> Result<Option<String>, Problem> {
        Ok(self.files.bindings()?.outputs().remove(&(address, Output::Id)))
    }

    fn say(&mut self, line: impl Into<String>) {
        (self.say)(line.into());
    }

    /// Plans and applies; where AWS refuses the order, in the order that it offers instead.
    async fn carry_out(&mut self) -> Result<(), Problem> {
        self.files.save(&self.setup)?;
        let mut outcome = self.plan_and_apply().await?;
        if let (false, Some(order)) = (outcome.finished, outcome.offer) {
            self.say(
                "AWS refused the web experience without a role; going on in the documented order, role first.",
            );
            self.setup = self.files.load()?;
            self.setup.order = order;
            self.files.save(&self.setup)?;
            outcome = self.plan_and_apply().await?;
        }
        // Applying writes the version of a secret into the set-up.
        self.setup = self.files.load()?;
        match outcome.failed.into_iter().next() {
            Some((_, error)) => Err(Problem::Aws(error)),
            None => Ok(()),
        }
    }

    async fn plan_and_apply(&mut self) -> Result<Outcome, Problem> {
        let plan = jobs::plan_setup(&self.files, &self.connection).await?;
        self.approve(plan).await
    }

    async fn approve(&mut self, plan: Plan) -> Result<Outcome, Problem> {
        let say = &mut *self.say;
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
        let approval = jobs::Approval {
            digest: &digest,
            secret: self.secret.as_ref(),
            stop: &Stop::default(),
        };
        jobs::apply(&self.files, &self.connection, plan, approval, &mut told).await
    }

    /// Follows the guide's steps of one phase, value by value. Of what is optional, only the address of the
    /// test itself is entered.
    async fn follow(&self, visit: &mut Visit<'_>, phase: Phase) -> Result<(), Problem> {
        let endpoint = self.files.bindings()?.web_experience();
        let known = values(&self.setup, endpoint.as_ref());
        let steps = steps(&self.setup);
        for step in steps
            .iter()
            .filter(|s| s.phase == phase && (!s.optional || s.id == TEST_REDIRECT))
        {
            visit.follow(step, &known, self.mistake).await?;
        }
        Ok(())
    }

    /// Whether a second plan would change nothing.
    async fn is_clean(&self) -> Result<bool, Problem> {
        Ok(jobs::drift(&self.files, &self.connection).await?.is_clean())
    }

    /// What goes wrong after everything was set up.
    async fn spoil(&self, visit: &mut Visit<'_>) -> Result<(), Problem> {
        if let Some(mistake) = self.mistake {
            visit.spoil(mistake).await?;
            mistake.reshape(self.world.world());
            if let Some(tamper) = mistake.tamper() {
                self.world.world().tamper(tamper, &self.setup.names.role);
            }
            if mistake.leads_elsewhere() {
                acts::lead_elsewhere(self, mistake, visit).await?;
            }
        }
        Ok(())
    }
}

/// The optional step that lets Claimbridge itself receive a code.
const TEST_REDIRECT: &str = "test-redirect";

/// Signs a person in at the provider and judges what comes back.
async fn sign_in(
    stage: &Stage<'_>,
    admin: &Administrator,
    visit: &mut Visit<'_>,
    person: &str,
) -> Result<SignIn, Problem> {
    match stage.setup.protocol() {
        Protocol::Saml => saml::sign_in(stage, admin, visit, person).await,
        Protocol::Oidc => oidc::sign_in(stage, admin, visit, person).await,
    }
}

/// Removes everything and counts what is left.
async fn remove(stage: &mut Stage<'_>) -> Result<Vec<(&'static str, usize)>, Problem> {
    let plan = jobs::plan_removal(&stage.files, &stage.connection).await?;
    let outcome = stage.approve(plan).await?;
    if let Some((_, error)) = outcome.failed.into_iter().next() {
        return Err(Problem::Aws(error));
    }
    let census = stage.world.world().census();
    Ok(census.into_iter().filter(|(_, n)| *n > 0).collect())
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
