//! As the user: what a person who signed in may do, tried with the person's own credentials. They stay in
//! memory; whoever wants them elsewhere has to ask for the lines that export them.

use crate::clock::{RandomIds, SystemClock};
use crate::connection::{Connection, Problem};
use crate::jobs::right_place;
pub use claimbridge_aws::{Answer, DataSource, Source, Synchronisation};
use claimbridge_aws::{Aws, FederatedCredentials, FederatedSession, Seen};
use claimbridge_core::engine::Timeouts;
use claimbridge_core::journal::Bindings;
use claimbridge_core::resource::{Address, CloudError, Output};
use claimbridge_core::setup::Setup;
use claimbridge_core::time::{Clock, Instant};
use futures::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

mod documents;

pub use documents::{TEST_QUESTION, may_see, put_test_documents, remove_test_documents};

/// The most characters of a question (Q Business: ChatSync).
pub const QUESTION_LENGTH: usize = 7_000;

/// Seconds for which STS is asked to give credentials: the smallest maximum that a role can have
/// (IAM: CreateRole), so that no role refuses it.
pub(crate) const SESSION_SECONDS: i32 = 3600;

/// A person's temporary credentials, and who they are of. Copies share one set; it ends with the last.
#[derive(Clone)]
pub struct Session(Arc<Held>);

struct Held {
    credentials: FederatedCredentials,
    /// Signs with these credentials and no others.
    aws: Aws,
    identity: Identity,
    application: Option<String>,
    region: String,
    pace: Pace,
}

/// The system's clock with waits that fit the world: a practised one need not be waited for as long as AWS.
struct Pace(f64);

impl Clock for Pace {
    fn now(&self) -> Instant {
        SystemClock.now()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        SystemClock.sleep(time.mul_f64(self.0))
    }
}

/// Who signed in, as AWS knows it: two of them stand side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The email tag, by which Amazon Q Business knows the person.
    pub email: Option<String>,
    /// ARN of the session.
    pub arn: String,
    /// NameID of a response, `sub` of a token.
    pub subject: String,
    /// Session tags, key and value.
    pub tags: Vec<(String, String)>,
    /// When the credentials end.
    pub expires: Option<Instant>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session(..)")
    }
}

impl Session {
    pub(crate) fn new(
        connection: &Connection,
        setup: &Setup,
        bindings: &Bindings,
        (said, credentials): (FederatedSession, FederatedCredentials),
        tags: Vec<(String, String)>,
    ) -> Session {
        let email = tags.iter().find(|(key, _)| key == "Email");
        Session(Arc::new(Held {
            aws: connection.aws.as_session(&credentials),
            identity: Identity {
                email: email.map(|(_, value)| value.clone()),
                arn: said.arn,
                subject: said.subject,
                tags,
                expires: credentials.expires,
            },
            credentials,
            application: id(bindings, Address::Application).ok(),
            region: setup.region.to_string(),
            pace: Pace(
                connection
                    .timeouts
                    .poll
                    .div_duration_f64(Timeouts::default().poll),
            ),
        }))
    }

    /// Who it is.
    pub fn identity(&self) -> &Identity {
        &self.0.identity
    }
}

/// Why something could not be done as the user.
#[derive(Debug)]
pub enum SessionProblem {
    /// AWS.
    Aws(CloudError),
    /// A test document did not get into the index.
    Document {
        /// Its id.
        id: String,
        /// Why, or how far it came.
        why: String,
    },
    /// This part of the set-up is not in AWS, or not yet.
    NotThere(Address),
    /// As for every other act.
    Other(Problem),
    /// A question that cannot be asked: its length in characters.
    Question {
        /// As typed.
        found: usize,
    },
    /// Test documents are for two people with an address each.
    Readers {
        /// As given.
        found: [String; 2],
    },
}

impl fmt::Display for SessionProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SessionProblem::Aws(error) => error.fmt(f),
            SessionProblem::Document { id, why } => write!(
                f,
                "The test document {id} is not in the index: {why}. Remove the test documents, then put them again."
            ),
            SessionProblem::NotThere(address) => write!(
                f,
                "The {address} of this set-up is not there. Nothing was done; plan and apply the set-up first, with one in it."
            ),
            SessionProblem::Other(problem) => problem.fmt(f),
            SessionProblem::Question { found } => write!(
                f,
                "A question has 1 to {QUESTION_LENGTH} characters, and this one has {found}. Nothing was asked."
            ),
            SessionProblem::Readers { found: [a, b] } => write!(
                f,
                "Test documents show that two people see different answers, and “{a}” and “{b}” are not two email addresses. Nothing was put."
            ),
        }
    }
}

impl std::error::Error for SessionProblem {}

impl From<CloudError> for SessionProblem {
    fn from(error: CloudError) -> Self {
        SessionProblem::Aws(error)
    }
}

impl From<Problem> for SessionProblem {
    fn from(problem: Problem) -> Self {
        SessionProblem::Other(problem)
    }
}

fn id(bindings: &Bindings, address: Address) -> Result<String, SessionProblem> {
    let outputs = bindings.get(address).map(|b| &b.outputs);
    outputs
        .and_then(|o| o.get(&Output::Id))
        .cloned()
        .ok_or(SessionProblem::NotThere(address))
}

/// One call that the web experience makes as the person.
#[derive(Clone, Debug)]
pub struct Check {
    /// Name of the call.
    pub call: &'static str,
    /// What it saw, or what AWS said.
    pub result: Result<Vec<Seen>, CloudError>,
}

impl Check {
    /// AWS answered.
    pub fn passed(&self) -> bool {
        self.result.is_ok()
    }

    /// What was said, as one line.
    pub fn said(&self) -> String {
        match &self.result {
            Err(error) => error.to_string(),
            Ok(seen) if seen.is_empty() => "there is none".into(),
            Ok(seen) => {
                let all = seen.iter().map(|s| format!("{} is {}", s.name, s.status));
                all.collect::<Vec<_>>().join(", ")
            }
        }
    }
}

/// Makes the calls that cost nothing, as the person: the application, its web experience and its retrievers
/// (Q Business: IAM federation, role of the web experience). Parts that are not bound are not looked at.
pub async fn checks(session: &Session, setup: &Setup, bindings: &Bindings) -> Vec<Check> {
    let aws = &session.0.aws;
    let Ok(application) = id(bindings, Address::Application) else {
        return Vec::new();
    };
    let mut all = vec![Check {
        call: "GetApplication",
        result: aws.get_application(&application).await.map(|seen| vec![seen]),
    }];
    if let Ok(experience) = id(bindings, Address::WebExperience) {
        let seen = aws.get_web_experience(&application, &experience).await;
        all.push(Check {
            call: "GetWebExperience",
            result: seen.map(|seen| vec![seen]),
        });
    }
    if setup.application.index.is_some() || id(bindings, Address::Retriever).is_ok() {
        all.push(Check {
            call: "ListRetrievers",
            result: aws.list_retrievers(&application).await,
        });
    }
    all
}

/// Asks the assistant one question as the person. **Only after a person's consent:** it may start a paid
/// subscription, and nothing here calls it by itself. A first denial, which AWS documents for new people, is
/// waited out once.
///
/// # Errors
/// [`SessionProblem`].
pub async fn ask(session: &Session, question: &str) -> Result<Answer, SessionProblem> {
    let found = question.chars().count();
    if question.trim().is_empty() || found > QUESTION_LENGTH {
        return Err(SessionProblem::Question { found });
    }
    let application = session
        .0
        .application
        .as_deref()
        .ok_or(SessionProblem::NotThere(Address::Application))?;
    let aws = &session.0.aws;
    Ok(aws
        .chat_sync(application, question, &RandomIds, &session.0.pace)
        .await?)
}

/// For whose command line lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// sh, bash, zsh.
    Posix,
    /// Windows PowerShell and PowerShell.
    PowerShell,
    /// The command prompt of Windows.
    Cmd,
}

impl Shell {
    /// `posix`, `powershell` or `cmd`.
    pub fn parse(text: &str) -> Option<Shell> {
        match text {
            "posix" => Some(Shell::Posix),
            "powershell" => Some(Shell::PowerShell),
            "cmd" => Some(Shell::Cmd),
            _ => None,
        }
    }

    /// One line. STS's values are of letters, digits and `+/=` (STS: Credentials); whatever is not is left
    /// out by no shell here, as quotes are doubled or closed around it.
    fn set(self, name: &str, value: &str) -> String {
        match self {
            Shell::Posix => format!("export {name}='{}'\n", value.replace('\'', "'\\''")),
            Shell::PowerShell => format!("$Env:{name}='{}'\n", value.replace('\'', "''")),
            Shell::Cmd => format!("set \"{name}={}\"\n", value.replace(['"', '%', '\n', '\r'], "")),
        }
    }
}

/// The lines that give these credentials and the region to AWS's own tools. A secret: for the clipboard,
/// when a person asks, and for no file.
pub fn export_lines(session: &Session, shell: Shell) -> SecretString {
    let held = &session.0.credentials;
    let values = [
        ("AWS_ACCESS_KEY_ID", held.access_key_id.expose_secret()),
        ("AWS_SECRET_ACCESS_KEY", held.secret_access_key.expose_secret()),
        ("AWS_SESSION_TOKEN", held.session_token.expose_secret()),
        ("AWS_REGION", session.0.region.as_str()),
    ];
    SecretString::from(values.map(|(name, value)| shell.set(name, value)).concat())
}

/// Where documents are.
fn index(bindings: &Bindings) -> Result<(String, String), SessionProblem> {
    Ok((id(bindings, Address::Application)?, id(bindings, Address::Index)?))
}

/// The data sources of the index, with the state of their newest synchronisation.
///
/// # Errors
/// [`SessionProblem`].
pub async fn data_sources(
    connection: &Connection,
    setup: &Setup,
    bindings: &Bindings,
) -> Result<Vec<DataSource>, SessionProblem> {
    right_place(setup, bindings, connection).await?;
    let (application, index) = index(bindings)?;
    Ok(connection.aws.data_sources(&application, &index).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_each_shell_holds_its_value() {
        let check = |shell: Shell, value: &str, expected: &str| {
            assert_eq!(shell.set("NAME", value), format!("{expected}\n"), "{shell:?}");
        };
        check(Shell::Posix, "a+/=1", "export NAME='a+/=1'");
        check(Shell::Posix, "a'; b", "export NAME='a'\\''; b'");
        check(Shell::PowerShell, "a+/=1", "$Env:NAME='a+/=1'");
        check(Shell::PowerShell, "a' b", "$Env:NAME='a'' b'");
        check(Shell::Cmd, "a+/=1", "set \"NAME=a+/=1\"");
        check(Shell::Cmd, "a\"%PATH%&b", "set \"NAME=aPATH&b\"");
    }

    #[test]
    fn shells_by_name() {
        for (name, shell) in [
            ("posix", Shell::Posix),
            ("powershell", Shell::PowerShell),
            ("cmd", Shell::Cmd),
        ] {
            assert_eq!(Shell::parse(name), Some(shell));
        }
        assert_eq!(Shell::parse("fish"), None);
    }
}
