//! The rehearsal world behind the wire: IAM, STS, Amazon Q Business and the services around it (Secrets Manager,
//! KMS, Kendra, S3, CloudTrail) on one loopback port, and an identity provider with a portal and a sign-in page. Nothing above an endpoint URL knows it is there.

mod administrator;
pub mod config;
mod console;
mod iam;
mod kendra;
mod keys;
mod kms;
mod mistake;
mod model;
mod portal;
mod qbusiness;
mod s3;
mod secretsmanager;
mod state;
mod sts;
mod trail;
mod wire;

pub use administrator::{Administrator, Client, PortalError, Visit};
pub use console::{Console, Refused};
pub use kendra::{KENDRA_INDEX, KENDRA_INDEX_WEST};
pub use keys::SigningKey;
pub use kms::{KMS_KEY, KMS_KEY_ASYMMETRIC, KMS_KEY_DISABLED, KMS_KEY_PENDING_DELETION};
pub use mistake::{Act, Mistake, Tamper, WrongRequest};
pub use portal::{portal_home, sign};
pub use s3::{BUCKET, BUCKET_WEST};
pub use state::ACCOUNT;

use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State as Shared};
use axum::response::{IntoResponse, Response};
use config::{CallFaultKind, Config, Takes};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A request body larger than this is refused: IAM takes 10,000,000 characters of metadata.
const MOST_BYTES: usize = 40_000_000;

/// A practice world. Its state lives in memory and ends with it.
pub struct World {
    config: Mutex<Config>,
    state: Mutex<state::State>,
}

impl World {
    /// A new one, with one company and nothing in AWS.
    pub fn new(config: Config) -> World {
        let mut state = state::State::default();
        state.tenants.push(portal::tenant(1, "contoso"));
        state.tenants.push(portal::tenant(2, "fabrikam"));
        World {
            config: Mutex::new(config),
            state: Mutex::new(state),
        }
    }

    /// Serves it on 127.0.0.1; port 0 takes a free one.
    ///
    /// # Errors
    /// The port is taken, or cannot be listened on.
    pub async fn serve(self, port: u16) -> std::io::Result<Running> {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let world = Arc::new(self);
        world.state().portals.origin = format!("http://{address}");
        let app = portal::routes().fallback(aws).with_state(world.clone());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            let until = async {
                // An error means that the handle is gone, which is the same wish.
                let _ = stopped.await;
            };
            if let Err(error) = axum::serve(listener, app).with_graceful_shutdown(until).await {
                tracing::error!(%error, "the practice world stopped");
            }
        });
        Ok(Running {
            address,
            world,
            stop: Some(stop),
            task,
        })
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, state::State> {
        // The state is whole after every statement that changes it; a panic elsewhere does not spoil it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn config(&self) -> MutexGuard<'_, Config> {
        self.config.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn latency(&self, takes: Takes) -> Duration {
        // A fixed sequence over 0..1, so that two runs take the same time.
        let roll =
            f64::from(u32::try_from(self.state.try_lock().map_or(3, |mut s| s.next()) % 7).unwrap_or(3))
                / 6.0;
        self.config().latency.of(takes, roll)
    }

    /// How long a late endpoint takes after the web experience is ready.
    pub(crate) fn late(&self) -> Duration {
        self.config().latency.of(Takes::WebExperience, 0.5) + Duration::from_millis(150)
    }

    /// How long a late event is not in CloudTrail's history.
    pub(crate) fn trail_lag(&self) -> Duration {
        if self.switch("trail", "at-once") {
            return Duration::ZERO;
        }
        self.config().latency.of(Takes::Trail, 0.5) + Duration::from_millis(150)
    }

    pub(crate) fn switch(&self, name: &str, value: &str) -> bool {
        self.config().switches.is(name, value)
    }

    pub(crate) fn certificate_days(&self) -> i64 {
        self.config().certificate_days.unwrap_or(3 * 365)
    }

    /// Which calls go wrong from now on, instead of those that did before.
    pub fn set_faults(&self, faults: Vec<config::CallFault>) {
        self.config().faults = faults;
    }

    /// The operations that were called, in their order, since the world began or they were forgotten: for
    /// checking what only reads.
    pub fn calls(&self) -> Vec<String> {
        self.state().calls.clone()
    }

    /// Forgets which operations were called.
    pub fn forget_calls(&self) {
        self.state().calls.clear();
    }

    pub(crate) fn take_fault(&self, operation: &str) -> Option<CallFaultKind> {
        let mut config = self.config();
        let fault = config
            .faults
            .iter_mut()
            .find(|f| f.operation == operation && f.left > 0)?;
        fault.left -= 1;
        Some(fault.kind)
    }

    pub(crate) fn denied_operations(&self) -> Vec<String> {
        self.config()
            .faults
            .iter()
            .filter(|f| f.kind == CallFaultKind::Denied && f.left > 0)
            .map(|f| f.operation.clone())
            .collect()
    }

    pub(crate) fn put_group_rate(&self) -> Option<u32> {
        self.config().put_group_rate
    }

    /// How many resources of each kind exist: for checking that a removal left nothing. What a service keeps
    /// for itself (its service-linked role, AWS's own policies) is not counted; of subscriptions those count
    /// that go on next month, of secrets those that no deletion waits for.
    pub fn census(&self) -> Vec<(&'static str, usize)> {
        let mut state = self.state();
        qbusiness::sweep(&mut state);
        let apps = || state.applications.values();
        let stores = || apps().flat_map(|a| a.stores.values());
        let roles = state.roles.values().filter(|r| !iam::is_service_linked(r));
        let renewed = |a: &state::Application| a.subscriptions.values().filter(|s| s.next.is_some()).count();
        vec![
            ("saml-provider", state.providers.len()),
            ("oidc-provider", state.oidc_providers.len()),
            ("role", roles.count()),
            ("policy", state.policies.len()),
            ("secret", state.secrets.values().filter(|s| !s.is_going()).count()),
            ("grant", state.grants.len()),
            ("object", state.objects.len()),
            ("application", state.applications.len()),
            ("index", apps().map(|a| a.indices.len()).sum()),
            ("retriever", apps().map(|a| a.retrievers.len()).sum()),
            ("web-experience", apps().map(|a| a.experiences.len()).sum()),
            ("data-source", stores().map(|s| s.data_sources.len()).sum()),
            ("group", stores().map(|s| s.groups.len()).sum()),
            ("document", stores().map(|s| s.documents.len()).sum()),
            ("user", apps().map(|a| a.users.len()).sum()),
            ("subscription", apps().map(renewed).sum()),
        ]
    }

    /// How often AWS charges for subscriptions this month: once for a person and an identity provider.
    pub fn charges(&self) -> usize {
        qbusiness::charges(&self.state())
    }

    /// The secrets of the portals' clients: for checking that they are written nowhere.
    pub fn client_secrets(&self) -> Vec<String> {
        self.state().portals.secrets()
    }

    /// Every application of the portals signs with its first certificate again.
    pub fn activate_first_certificate(&self) {
        self.state().portals.activate_first();
    }

    /// Users of a group, which no call of AWS gives away: for checking what was put. None where the index has
    /// no such group.
    pub fn group_users(&self, application: &str, index: &str, group: &str) -> Option<Vec<String>> {
        let state = self.state();
        let store = state.applications.get(application)?.stores.get(index)?;
        let key = (group.to_owned(), String::new());
        store.groups.get(&key).map(|g| g.users.clone())
    }
}

/// A served practice world; it stops when this is dropped or stopped.
pub struct Running {
    address: SocketAddr,
    world: Arc<World>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    /// `http://127.0.0.1:PORT`: endpoint of AWS, portal and sign-in page at once.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The world itself.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Waits until it ends.
    pub async fn ended(mut self) {
        // A panic of the server task has been reported already.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // Nobody listens any more when the server has ended by itself.
            let _ = stop.send(());
        }
    }
}

async fn aws(Shared(world): Shared<Arc<World>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body: Bytes = match to_bytes(body, MOST_BYTES).await {
        Ok(body) => body,
        Err(error) => return (axum::http::StatusCode::PAYLOAD_TOO_LARGE, error.to_string()).into_response(),
    };
    wire::handle(&world, parts.method, parts.uri, &parts.headers, body).await
}
