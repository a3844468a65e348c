//! What the program holds while it runs: the store, the practice world, the plan that was shown,
//! the run that is under way, and the sign-in that is waited for.

use crate::open_case::{Caught, OpenCase};
use crate::view::Failure;
use claimbridge_core::engine::Stop;
use claimbridge_core::plan::Plan;
use claimbridge_core::setup::{Setup, World};
use claimbridge_core::value::Region;
use claimbridge_runtime::Connection;
use claimbridge_runtime::groups::Difference;
use claimbridge_runtime::practice::config::{Config, Latency};
use claimbridge_runtime::practice::{Running, World as PracticeWorld};
use claimbridge_runtime::session::Session;
use claimbridge_runtime::store::Store;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{OnceCell, oneshot};

/// The program's state.
pub struct App {
    /// Set-ups on disk.
    pub store: Store,
    /// Practice was asked for on the command line.
    pub practice_first: bool,
    latency: Latency,
    practice: OnceCell<Running>,
    plans: Mutex<BTreeMap<String, Plan>>,
    runs: Mutex<BTreeMap<String, Arc<Stop>>>,
    sign_ins: AtomicU64,
    capture: Mutex<Option<(SignIn, oneshot::Sender<Captured>)>>,
    /// People who signed in, by set-up, the last one last. They are on no disk.
    sessions: Mutex<BTreeMap<String, Vec<Session>>>,
    differences: Mutex<BTreeMap<String, Difference>>,
    case: Mutex<OpenCase>,
    /// What came at the last test sign-in, by set-up.
    caught: Mutex<BTreeMap<String, Caught>>,
    /// Held from reading a set-up to writing it: commands run side by side, and neither loses the other's
    /// change.
    changes: Mutex<()>,
}

/// One wait for a sign-in. An earlier one whose window is still closing is another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignIn(pub u64);

/// A run that is under way, until it is dropped.
pub struct RunGuard<'a> {
    app: &'a App,
    id: String,
    /// Its stop button.
    pub stop: Arc<Stop>,
}

impl Drop for RunGuard<'_> {
    fn drop(&mut self) {
        lock(&self.app.runs).remove(&self.id);
    }
}

/// How a wait for a sign-in ended.
pub enum Captured {
    /// The form value `SAMLResponse`.
    Response(String),
    /// The window was closed.
    Closed,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Each value is replaced whole, so a panic elsewhere leaves nothing half-done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl App {
    /// Nobody else changes a set-up file meanwhile.
    pub fn changing(&self) -> MutexGuard<'_, ()> {
        lock(&self.changes)
    }

    /// From the command line's words.
    pub fn new(arguments: &[String]) -> App {
        let latency = arguments
            .iter()
            .skip_while(|a| *a != "--latency")
            .nth(1)
            .and_then(|l| Latency::parse(l).ok())
            // Slow enough that a person sees what happens, fast enough to practise.
            .unwrap_or(Latency { factor: 0.05 });
        App {
            store: Store::of_user(),
            practice_first: arguments.iter().any(|a| a == "--practice"),
            latency,
            practice: OnceCell::new(),
            plans: Mutex::default(),
            runs: Mutex::default(),
            sign_ins: AtomicU64::default(),
            capture: Mutex::default(),
            sessions: Mutex::default(),
            differences: Mutex::default(),
            case: Mutex::default(),
            caught: Mutex::default(),
            changes: Mutex::default(),
        }
    }

    /// The practice world, started when it is first needed.
    ///
    /// # Errors
    /// No port could be listened on.
    pub async fn practice(&self) -> Result<&Running, Failure> {
        let started = self.practice.get_or_try_init(|| {
            let config = Config {
                latency: self.latency,
                ..Config::default()
            };
            PracticeWorld::new(config).serve(0)
        });
        started.await.map_err(|e| Failure {
            message: format!("The practice world cannot start: {e}."),
        })
    }

    /// A connection for a world and region.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn connect(
        &self,
        world: World,
        profile: Option<String>,
        region: Region,
    ) -> Result<Connection, Failure> {
        match world {
            World::Practice => {
                let origin = self.practice().await?.origin();
                Ok(Connection::practice(&origin, region, self.latency.factor).await?)
            }
            World::Live => Ok(Connection::live(profile, region, None).await?),
        }
    }

    /// A connection for a set-up, through the profile that was chosen for it.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn connect_to(&self, setup: &Setup) -> Result<Connection, Failure> {
        let profile = self.store.files(&setup.id).profile()?;
        self.connect(setup.world, profile, setup.region).await
    }

    /// Keeps the plan that is being shown.
    pub fn keep_plan(&self, id: &str, plan: Plan) {
        lock(&self.plans).insert(id.to_owned(), plan);
    }

    /// Takes the plan that was shown.
    pub fn take_plan(&self, id: &str) -> Option<Plan> {
        lock(&self.plans).remove(id)
    }

    /// Keeps a session; an earlier one of the same person goes. Two people stand side by side.
    pub fn keep_session(&self, id: &str, session: Session) {
        let mut sessions = lock(&self.sessions);
        let people = sessions.entry(id.to_owned()).or_default();
        let is_same = |s: &Session| {
            let (a, b) = (s.identity(), session.identity());
            match (&a.email, &b.email) {
                (None, None) => a.arn == b.arn,
                (one, other) => one == other,
            }
        };
        people.retain(|s| !is_same(s));
        people.push(session);
        let spare = people.len().saturating_sub(2);
        people.drain(..spare);
    }

    /// Lets go of everything that was kept for a set-up.
    pub fn let_go(&self, id: &str) {
        lock(&self.plans).remove(id);
        lock(&self.sessions).remove(id);
        lock(&self.differences).remove(id);
        lock(&self.caught).remove(id);
    }

    /// The case that is open. It is never held over a wait.
    pub fn case(&self) -> MutexGuard<'_, OpenCase> {
        lock(&self.case)
    }

    /// Keeps what came at a sign-in, for whoever looks for the cause.
    pub fn keep_caught(&self, id: &str, caught: Caught) {
        lock(&self.caught).insert(id.to_owned(), caught);
    }

    /// Looks at what came at the last sign-in of a set-up.
    pub fn with_caught<T>(&self, id: &str, look: impl FnOnce(Option<&Caught>) -> T) -> T {
        look(lock(&self.caught).get(id))
    }

    /// The people who signed in to a set-up.
    pub fn sessions(&self, id: &str) -> Vec<Session> {
        lock(&self.sessions).get(id).cloned().unwrap_or_default()
    }

    /// One of them.
    ///
    /// # Errors
    /// Nobody is there under this number: the program was started anew, or they were forgotten.
    pub fn session(&self, id: &str, person: u32) -> Result<Session, Failure> {
        let at = usize::try_from(person).unwrap_or(usize::MAX);
        self.sessions(id).into_iter().nth(at).ok_or_else(|| Failure {
            message: "This person is not signed in any more. Sign in again under Test sign-in.".into(),
        })
    }

    /// Keeps the difference of groups that is being shown.
    pub fn keep_difference(&self, id: &str, difference: Difference) {
        lock(&self.differences).insert(id.to_owned(), difference);
    }

    /// Takes the difference that was shown.
    pub fn take_difference(&self, id: &str) -> Option<Difference> {
        lock(&self.differences).remove(id)
    }

    /// Begins a run of a set-up.
    ///
    /// # Errors
    /// One is under way already.
    pub fn begin_run(&self, id: &str) -> Result<RunGuard<'_>, Failure> {
        let stop = Arc::new(Stop::default());
        let mut runs = lock(&self.runs);
        if runs.contains_key(id) {
            return Err(Failure {
                message: "This set-up is being applied already. Wait until it is done.".into(),
            });
        }
        runs.insert(id.to_owned(), stop.clone());
        Ok(RunGuard {
            app: self,
            id: id.to_owned(),
            stop,
        })
    }

    /// Presses the stop button of a set-up's run.
    pub fn press_stop(&self, id: &str) {
        if let Some(stop) = lock(&self.runs).get(id) {
            stop.ask();
        }
    }

    /// Whether something is being written to AWS.
    pub fn is_running(&self) -> bool {
        !lock(&self.runs).is_empty()
    }

    /// Waits for a sign-in; an earlier wait ends.
    pub fn await_capture(&self) -> (SignIn, oneshot::Receiver<Captured>) {
        let (send, receive) = oneshot::channel();
        let sign_in = SignIn(self.sign_ins.fetch_add(1, Ordering::Relaxed));
        *lock(&self.capture) = Some((sign_in, send));
        (sign_in, receive)
    }

    /// The sign-in that is waited for.
    pub fn awaited(&self) -> Option<SignIn> {
        lock(&self.capture).as_ref().map(|(sign_in, _)| *sign_in)
    }

    /// Ends a wait. Only its first answer counts.
    pub fn captured(&self, sign_in: SignIn, captured: Captured) {
        let mut capture = lock(&self.capture);
        if capture.as_ref().is_some_and(|(waiting, _)| *waiting == sign_in)
            && let Some((_, waiting)) = capture.take()
        {
            // Nobody waits any more when the wait was cancelled.
            let _ = waiting.send(captured);
        }
    }
}

impl App {
    /// Where the sign-in window goes: the authentication URL, and in practice the same path at the
    /// practice world.
    ///
    /// # Errors
    /// The set-up has no address yet.
    pub async fn sign_in_address(&self, setup: &Setup) -> Result<String, Failure> {
        let (url, _) = setup.authentication_url()?;
        self.page_at(url.as_str(), setup.world == World::Practice).await
    }

    /// A page of the identity provider; in practice the same path at the practice world.
    ///
    /// # Errors
    /// It is no address, or the practice world cannot start.
    pub async fn page_at(&self, address: &str, practice: bool) -> Result<String, Failure> {
        let url = tauri::Url::parse(address)?;
        if !practice {
            return Ok(url.to_string());
        }
        let query = url.query().map(|q| format!("?{q}")).unwrap_or_default();
        let origin = self.practice().await?.origin();
        Ok(format!("{origin}{}{query}", url.path()))
    }
}
