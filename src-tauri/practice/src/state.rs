//! What exists in the practice world. Names and states are AWS's own.

use crate::iam::{ManagedPolicy, OidcProvider};
use crate::kms::Grant;
use crate::qbusiness::{Allowance, Store, Subscription};
use crate::secretsmanager::Secrets;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The only account.
pub const ACCOUNT: &str = "123456789012";

/// Everything that exists.
#[derive(Default)]
pub struct State {
    pub(crate) providers: BTreeMap<String, Provider>,
    /// By issuer without its scheme, as it stands in the ARN.
    pub(crate) oidc_providers: BTreeMap<String, OidcProvider>,
    pub(crate) roles: BTreeMap<String, Role>,
    /// Customer-managed policies by ARN.
    pub(crate) policies: BTreeMap<String, ManagedPolicy>,
    pub(crate) secrets: Secrets,
    pub(crate) grants: Vec<Grant>,
    /// Objects of S3 by bucket and key.
    pub(crate) objects: BTreeMap<(String, String), Vec<u8>>,
    pub(crate) applications: BTreeMap<String, Application>,
    /// What is left of the rate of PutGroup and DeleteGroup.
    pub(crate) group_calls: Option<Allowance>,
    /// Idempotency tokens with what they made: (operation and parent, token) → id.
    pub(crate) tokens: BTreeMap<(String, String), String>,
    /// Assertions that were redeemed, by id.
    pub(crate) redeemed: Vec<String>,
    /// Temporary credentials by access key id.
    pub(crate) sessions: BTreeMap<String, Session>,
    /// What CloudTrail recorded, the oldest first.
    pub(crate) trail: crate::trail::Trail,
    pub(crate) tenants: Vec<crate::portal::Tenant>,
    pub(crate) issuers: crate::sts::Issuers,
    pub(crate) portals: crate::portal::Portals,
    /// Operations of AWS that were called.
    pub(crate) calls: Vec<String>,
    serial: u64,
}

impl State {
    /// A number that was not given before.
    pub(crate) fn next(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }
}

pub(crate) struct Provider {
    pub metadata: String,
    pub uuid: String,
    pub created: u64,
    pub tags: BTreeMap<String, String>,
    /// It takes encrypted assertions alone.
    pub encryption_required: bool,
    /// Ids of its private keys, of which nothing else is kept.
    pub private_keys: Vec<String>,
}

pub(crate) struct Role {
    pub name: String,
    pub path: String,
    pub trust: String,
    /// Inline policies by name.
    pub policies: BTreeMap<String, String>,
    /// ARNs of managed policies.
    pub attached: Vec<String>,
    /// ARN of the managed policy that bounds what the others allow.
    pub boundary: Option<String>,
    pub tags: BTreeMap<String, String>,
    pub description: Option<String>,
    pub max_session: u64,
    pub created: u64,
    /// Other services do not see it before.
    pub visible_from: Instant,
    pub id: String,
}

/// What changes by itself with time.
#[derive(Clone, Copy)]
pub(crate) struct Phase {
    pub ready_at: Instant,
    pub gone_at: Option<Instant>,
}

impl Phase {
    pub fn starting(takes: Duration) -> Phase {
        Phase {
            ready_at: Instant::now() + takes,
            gone_at: None,
        }
    }

    pub fn is_gone(&self) -> bool {
        self.gone_at.is_some_and(|at| Instant::now() >= at)
    }

    pub fn is_deleting(&self) -> bool {
        self.gone_at.is_some()
    }

    pub fn is_ready(&self) -> bool {
        Instant::now() >= self.ready_at
    }

    pub fn delete(&mut self, takes: Duration) {
        self.gone_at.get_or_insert(Instant::now() + takes);
    }

    pub fn status(&self, waiting: &'static str) -> &'static str {
        if self.is_deleting() {
            "DELETING"
        } else if self.is_ready() {
            "ACTIVE"
        } else {
            waiting
        }
    }
}

pub(crate) struct Application {
    pub region: String,
    pub phase: Phase,
    pub updated: bool,
    /// Members of the API, as they were set.
    pub set: serde_json::Map<String, Json>,
    pub created: u64,
    pub changed: u64,
    pub tags: BTreeMap<String, String>,
    pub indices: BTreeMap<String, Child>,
    pub retrievers: BTreeMap<String, Child>,
    pub experiences: BTreeMap<String, Child>,
    /// By email.
    pub subscriptions: BTreeMap<String, Subscription>,
    /// What each index holds, by its id.
    pub stores: BTreeMap<String, Store>,
    /// Aliases of a user, as they were set, by user id.
    pub users: BTreeMap<String, Json>,
}

impl Application {
    /// One with nothing in it yet. `created` is in seconds since 1970.
    pub fn new(
        region: String,
        phase: Phase,
        set: serde_json::Map<String, Json>,
        created: u64,
    ) -> Application {
        Application {
            region,
            phase,
            updated: false,
            set,
            created,
            changed: created,
            tags: BTreeMap::new(),
            indices: BTreeMap::new(),
            retrievers: BTreeMap::new(),
            experiences: BTreeMap::new(),
            subscriptions: BTreeMap::new(),
            stores: BTreeMap::new(),
            users: BTreeMap::new(),
        }
    }

    pub fn status(&self) -> &'static str {
        self.phase
            .status(if self.updated { "UPDATING" } else { "CREATING" })
    }

    pub fn children(&mut self) -> [&mut BTreeMap<String, Child>; 3] {
        [&mut self.indices, &mut self.retrievers, &mut self.experiences]
    }
}

pub(crate) struct Child {
    pub phase: Phase,
    pub set: serde_json::Map<String, Json>,
    pub created: u64,
    pub changed: u64,
    /// Whether it was changed since it was made.
    pub updated: bool,
    pub tags: BTreeMap<String, String>,
    /// First label of a web experience's host; empty for others.
    pub host: String,
}

/// Who holds temporary credentials.
#[derive(Clone)]
pub(crate) struct Session {
    pub role: String,
    pub name: String,
    pub email: Option<String>,
    /// What has to come with the key id.
    pub token: String,
}

pub(crate) fn unix_now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map(|d| d.as_secs())
        .unwrap_or_default()
}
