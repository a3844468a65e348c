//! A connection to AWS, live or practised, and what can go wrong with an act.

use crate::examine::NotExamined;
use crate::store::StoreError;
pub use claimbridge_aws::ConnectError;
use claimbridge_aws::{Aws, Target};
use claimbridge_core::engine::Timeouts;
use claimbridge_core::resource::CloudError;
use claimbridge_core::setup::{SetupError, World};
use claimbridge_core::value::Region;
use std::fmt;
use std::sync::Arc;

/// A connection for one set-up.
#[derive(Clone)]
pub struct Connection {
    /// The clients.
    pub aws: Arc<Aws>,
    /// Live or practice.
    pub world: World,
    /// The waits that fit it.
    pub timeouts: Timeouts,
}

impl Connection {
    /// To real AWS, or to whatever the environment and `endpoint_url` name instead.
    ///
    /// # Errors
    /// [`Problem::Connect`].
    pub async fn live(
        profile: Option<String>,
        region: Region,
        endpoint_url: Option<String>,
    ) -> Result<Connection, Problem> {
        let target = Target {
            profile,
            region: Some(region.to_string()),
            endpoint_url,
            practice: false,
        };
        let aws = Aws::connect(&target).await.map_err(Problem::Connect)?;
        // A practice world on this machine need not be waited for as long as AWS.
        let near = aws.stand_in().is_some_and(is_loopback);
        Ok(Connection {
            aws: Arc::new(aws),
            world: World::Live,
            timeouts: if near {
                Timeouts::default().scaled(0.1)
            } else {
                Timeouts::default()
            },
        })
    }

    /// To a practice world; `factor` is its latency factor, at least 0.02 so that waits stay sensible.
    ///
    /// # Errors
    /// [`Problem::Connect`].
    pub async fn practice(origin: &str, region: Region, factor: f64) -> Result<Connection, Problem> {
        let target = Target {
            profile: None,
            region: Some(region.to_string()),
            endpoint_url: Some(origin.to_owned()),
            practice: true,
        };
        let aws = Aws::connect(&target).await.map_err(Problem::Connect)?;
        Ok(Connection {
            aws: Arc::new(aws),
            world: World::Practice,
            timeouts: Timeouts::default().scaled(factor.max(0.02)),
        })
    }
}

impl Connection {
    /// A stand-in for AWS that set-ups of the live world were led to. A practised set-up's world is
    /// started anew each time and has no address that lasts.
    pub fn stand_in(&self) -> Option<String> {
        (self.world == World::Live)
            .then(|| self.aws.stand_in().map(str::to_owned))
            .flatten()
    }
}

/// Whether an address is on this machine.
pub fn is_loopback(url: &str) -> bool {
    url::Url::parse(url)
        .ok()
        .and_then(|u| u.host_str().map(str::to_owned))
        .is_some_and(|h| {
            h == "localhost" || h == "[::1]" || h.parse::<std::net::Ipv4Addr>().is_ok_and(|a| a.is_loopback())
        })
}

/// An act that failed: says what is left and what to do next.
#[derive(Debug)]
pub enum Problem {
    /// AWS.
    Aws(CloudError),
    /// No connection could be set up.
    Connect(ConnectError),
    /// What is there cannot be examined or taken over.
    NotExamined(NotExamined),
    /// The plan was not approved as it is.
    NotApproved(claimbridge_core::plan::NotApproved),
    /// The set-up belongs to another account.
    OtherAccount {
        /// Of the set-up.
        expected: String,
        /// Of the credentials.
        found: String,
    },
    /// The set-up's resources are behind another endpoint.
    OtherEndpoint {
        /// Where they are; None is AWS.
        expected: Option<String>,
        /// Where this connection leads.
        found: Option<String>,
    },
    /// The journal's resources are of another set-up, account or region.
    OtherPlace {
        /// Where the journal's resources are.
        expected: String,
        /// What the set-up says now.
        found: String,
    },
    /// The plan writes the client secret, and none was given.
    SecretNeeded,
    /// The client secret cannot be one, and why; the secret itself is not repeated.
    SecretUnusable(&'static str),
    /// Something was made or removed since the plan was shown.
    StalePlan,
    /// The set-up belongs to the other world.
    OtherWorld,
    /// A key or an index that the set-up names, and that cannot be used; a sentence each.
    Unusable(Vec<String>),
    /// The set-up itself.
    Setup(SetupError),
    /// The disk.
    Store(StoreError),
    /// A practised set-up, and no practice world named.
    NoPracticeWorld,
    /// The folder of a rehearsal holds a set-up that is no rehearsal.
    NotPractised(std::path::PathBuf),
    /// The journal could not be written.
    Journal(String),
    /// The identity provider of the practice world.
    Portal(claimbridge_practice::PortalError),
    /// A report could not be made.
    Report(String),
    /// Temporary metadata could not be made.
    Temporary(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Aws(error) => error.fmt(f),
            Problem::Connect(error) => error.fmt(f),
            Problem::NotApproved(error) => error.fmt(f),
            Problem::NotExamined(error) => error.fmt(f),
            Problem::Unusable(sentences) => f.write_str(&sentences.join(" ")),
            Problem::OtherAccount { expected, found } => write!(
                f,
                "The set-up belongs to account {expected}, and these credentials to {found}. Nothing was done; choose the profile of the right account."
            ),
            Problem::OtherEndpoint { expected, found } => {
                let name = |e: &Option<String>| e.clone().unwrap_or_else(|| "AWS".into());
                write!(
                    f,
                    "The resources of this set-up are at {}, and this connection leads to {}. Nothing was done; use the right endpoint.",
                    name(expected),
                    name(found)
                )
            }
            Problem::OtherPlace { expected, found } => write!(
                f,
                "The journal beside this set-up is of {expected}; the set-up says {found}. Nothing was done. Change the set-up back, and remove its resources before it moves."
            ),
            Problem::SecretNeeded => f.write_str(
                "This plan writes the client secret, and it was not given. Nothing was done; copy it from the application at the identity provider and give it with the approval.",
            ),
            Problem::SecretUnusable(why) => write!(
                f,
                "The client secret cannot be used: {why}. Nothing was done."
            ),
            Problem::StalePlan => f.write_str(
                "Something was made or removed since this plan was shown. Nothing was done; plan again and look at it.",
            ),
            Problem::OtherWorld => f.write_str("This set-up belongs to the other world: a practised one never touches AWS, and a live one is never practised. Nothing was done."),
            Problem::NoPracticeWorld => f.write_str(
                "This set-up is of the practice world, and no practice world on this machine was named. Nothing was done; start one with claimbridge-cli practice, and give its address with --endpoint-url.",
            ),
            Problem::NotPractised(folder) => write!(
                f,
                "{} holds a set-up that is not of the practice world, or that cannot be read. Nothing was written; choose an empty folder.",
                folder.display()
            ),
            Problem::Setup(error) => error.fmt(f),
            Problem::Store(error) => error.fmt(f),
            Problem::Journal(why) => f.write_str(why),
            Problem::Portal(error) => error.fmt(f),
            Problem::Temporary(why) => write!(f, "The temporary metadata could not be made: {why}. Nothing was written."),
            Problem::Report(why) => write!(f, "The report could not be made: {why}."),
        }
    }
}

impl std::error::Error for Problem {}

macro_rules! from {
    ($($source:ty => $variant:ident),* $(,)?) => {
        $(impl From<$source> for Problem {
            fn from(error: $source) -> Self {
                Problem::$variant(error)
            }
        })*
    };
}

from! {
    CloudError => Aws,
    NotExamined => NotExamined,
    ConnectError => Connect,
    claimbridge_core::plan::NotApproved => NotApproved,
    SetupError => Setup,
    StoreError => Store,
    claimbridge_practice::PortalError => Portal,
}
