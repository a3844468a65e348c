//! Everything that can be known before something is made; the questions run side by side.

use crate::connection::{Connection, Problem};
use claimbridge_aws::Identity;
use claimbridge_core::report::CLOSED;
use claimbridge_core::resource::{Cloud, CloudErrorKind, Resource};
use claimbridge_core::setup::{Setup, TAG};
use std::collections::BTreeMap;

/// One row of the checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was looked at.
    pub label: &'static str,
    /// How it came out.
    pub state: CheckState,
    /// What was found, and the next act where it is not right.
    pub detail: String,
}

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckState {
    /// Nothing can be made like this.
    Failed,
    /// It may go wrong, or nobody could tell.
    Warning,
    /// Right.
    Passed,
}

/// What the plan of a SAML set-up calls (IAM permissions reference).
const ACTIONS: [&str; 18] = [
    "iam:CreateSAMLProvider",
    "iam:GetSAMLProvider",
    "iam:UpdateSAMLProvider",
    "iam:TagSAMLProvider",
    "iam:CreateRole",
    "iam:GetRole",
    "iam:TagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:PutRolePolicy",
    "iam:PassRole",
    "qbusiness:CreateApplication",
    "qbusiness:UpdateApplication",
    "qbusiness:GetApplication",
    "qbusiness:CreateIndex",
    "qbusiness:CreateRetriever",
    "qbusiness:CreateWebExperience",
    "qbusiness:UpdateWebExperience",
    "qbusiness:TagResource",
];

/// Seconds of difference that AWS still accepts in a signature are 300; people should know earlier.
const SKEW_WARNING: i64 = 60;

/// Who the credentials belong to.
///
/// # Errors
/// [`Problem::Aws`].
pub async fn identity(connection: &Connection) -> Result<Identity, Problem> {
    Ok(connection.aws.identity().await?)
}

/// Looks at everything for a set-up. The rows come in a fixed order.
///
/// # Errors
/// [`Problem::Aws`] when the identity itself cannot be had: nothing else could be asked.
pub async fn preflight(setup: &Setup, connection: &Connection) -> Result<Vec<Check>, Problem> {
    let caller = identity(connection).await?;
    let account = if caller.account == setup.account.as_str() {
        let alias = caller
            .alias
            .as_deref()
            .map(|a| format!(" ({a})"))
            .unwrap_or_default();
        row(
            "Account",
            CheckState::Passed,
            format!("{}{alias}, as {}", caller.account, caller.arn),
        )
    } else {
        row(
            "Account",
            CheckState::Failed,
            format!(
                "The set-up belongs to {}, the credentials to {}. Choose another profile.",
                setup.account, caller.account
            ),
        )
    };
    let (service, actions, names) = futures::join!(
        service(connection),
        actions(connection, &caller),
        names(setup, connection)
    );
    let mut rows = vec![
        account,
        row("Region", CheckState::Passed, setup.region.to_string()),
        service,
    ];
    rows.push(row("New customers", CheckState::Warning, CLOSED.to_owned()));
    rows.push(actions);
    rows.push(names);
    rows.push(clock(connection));
    Ok(rows)
}

fn row(label: &'static str, state: CheckState, detail: String) -> Check {
    Check { label, state, detail }
}

async fn service(connection: &Connection) -> Check {
    match connection.aws.applications().await {
        Ok(applications) => row(
            "Amazon Q Business",
            CheckState::Passed,
            match applications.len() {
                0 => "It answers; this account has no application in the region yet. Whether it may create one is known only when it tries.".into(),
                1 => "It answers; there is 1 application in the region.".into(),
                n => format!("It answers; there are {n} applications in the region."),
            },
        ),
        Err(error) => row(
            "Amazon Q Business",
            CheckState::Failed,
            format!("{error}. Either this caller may not use the service, or the account is not open for it."),
        ),
    }
}

async fn actions(connection: &Connection, caller: &Identity) -> Check {
    match connection.aws.simulate(caller, &ACTIONS).await {
        Err(error) if error.kind == CloudErrorKind::Denied => row(
            "Permissions",
            CheckState::Warning,
            "This caller may not ask what it may do (iam:SimulatePrincipalPolicy), so missing permissions show only when they are needed.".into(),
        ),
        Err(error) => row("Permissions", CheckState::Warning, format!("Could not be asked: {error}.")),
        Ok(answers) => {
            let missing: Vec<String> = answers.into_iter().filter(|a| !a.allowed).map(|a| a.action).collect();
            if missing.is_empty() {
                row("Permissions", CheckState::Passed, format!("All {} actions are allowed.", ACTIONS.len()))
            } else {
                row(
                    "Permissions",
                    CheckState::Failed,
                    format!("Not allowed: {}. Ask whoever administers this account for them.", missing.join(", ")),
                )
            }
        }
    }
}

/// Names that are taken by something this set-up did not make.
async fn names(setup: &Setup, connection: &Connection) -> Check {
    let provider: Resource<String> = Resource::SamlProvider {
        name: setup.names.provider.clone(),
        metadata: String::new(),
        tags: BTreeMap::new(),
    };
    let role: Resource<String> = Resource::Role {
        name: setup.names.role.clone(),
        trust: claimbridge_core::resource::Trust {
            provider: String::new(),
            recipients: Vec::new(),
        },
        trust_is_temporary: false,
        tags: BTreeMap::new(),
    };
    let (provider, role) = futures::join!(connection.aws.find(&provider), connection.aws.find(&role));
    let mut taken = Vec::new();
    for (name, found) in [(&setup.names.provider, provider), (&setup.names.role, role)] {
        match found {
            Ok(Some(candidate)) if candidate.setup.as_deref() != Some(setup.id.as_str()) => {
                taken.push(name.clone())
            }
            Ok(_) => {}
            Err(error) => {
                return row(
                    "Names",
                    CheckState::Warning,
                    format!("Could not be looked up: {error}."),
                );
            }
        }
    }
    if taken.is_empty() {
        row(
            "Names",
            CheckState::Passed,
            format!("Free; everything made here carries the tag {TAG}."),
        )
    } else {
        row(
            "Names",
            CheckState::Failed,
            format!("Taken already: {}. Choose another prefix.", taken.join(", ")),
        )
    }
}

fn clock(connection: &Connection) -> Check {
    match connection.aws.clock_skew() {
        None => row(
            "Clock",
            CheckState::Warning,
            "AWS's answers carried no time.".into(),
        ),
        Some(skew) if skew.abs() > SKEW_WARNING => row(
            "Clock",
            CheckState::Warning,
            format!(
                "This computer is {} s {} AWS. Set its clock: AWS refuses more than 300 s.",
                skew.abs(),
                if skew > 0 { "ahead of" } else { "behind" }
            ),
        ),
        Some(_) => row("Clock", CheckState::Passed, "Within a minute of AWS's.".into()),
    }
}
