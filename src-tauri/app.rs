//! What the program holds while it runs: the store, the practice world, the plan that was shown,
//! the run that is under way, and the sign-in that is waited for.

use crate::view::Failure;
use claimbridge_core::engine::Stop;
use claimbridge_core::plan::Plan;
use claimbridge_core::setup::{Setup, World};
use claimbridge_core::value::Region;
use claimbridge_runtime::Connection;
use claimbridge_runtime::practice::config::{Config, Latency};
use claimbridge_runtime::practice::{Running, World as PracticeWorld};
use claimbridge_runtime::store::Store;
use std::collections::BTreeMap;
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
    profiles: Mutex<BTreeMap<String, String>>,
    plans: Mutex<BTreeMap<String, Plan>>,
    stop: Mutex<Option<Arc<Stop>>>,
    capture: Mutex<Option<oneshot::Sender<Captured>>>,
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
            profiles: Mutex::default(),
            plans: Mutex::default(),
            stop: Mutex::default(),
            capture: Mutex::default(),
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
        let profile = lock(&self.profiles).get(&setup.id).cloned();
        self.connect(setup.world, profile, setup.region).await
    }

    /// Remembers the profile of a set-up while the program runs.
    pub fn use_profile(&self, id: &str, profile: Option<String>) {
        if let Some(profile) = profile {
            lock(&self.profiles).insert(id.to_owned(), profile);
        }
    }

    /// Keeps the plan that is being shown.
    pub fn keep_plan(&self, id: &str, plan: Plan) {
        lock(&self.plans).insert(id.to_owned(), plan);
    }

    /// Takes the plan that was shown.
    pub fn take_plan(&self, id: &str) -> Option<Plan> {
        lock(&self.plans).remove(id)
    }

    /// A stop button for a new run.
    pub fn new_stop(&self) -> Arc<Stop> {
        let stop = Arc::new(Stop::default());
        *lock(&self.stop) = Some(stop.clone());
        stop
    }

    /// Presses it.
    pub fn press_stop(&self) {
        if let Some(stop) = lock(&self.stop).as_ref() {
            stop.ask();
        }
    }

    /// Waits for a sign-in; an earlier wait ends.
    pub fn await_capture(&self) -> oneshot::Receiver<Captured> {
        let (send, receive) = oneshot::channel();
        *lock(&self.capture) = Some(send);
        receive
    }

    /// Ends the wait. Only the first answer counts.
    pub fn captured(&self, captured: Captured) {
        if let Some(waiting) = lock(&self.capture).take() {
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
        if setup.world == World::Live {
            return Ok(url.to_string());
        }
        let parsed = tauri::Url::parse(url.as_str())?;
        let query = parsed.query().map(|q| format!("?{q}")).unwrap_or_default();
        Ok(format!(
            "{}{}{query}",
            self.practice().await?.origin(),
            parsed.path()
        ))
    }
}
