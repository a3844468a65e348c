//! Everything that can be known before something is made; the questions run side by side.

use crate::connection::{Connection, Problem};
use claimbridge_aws::{Identity, Unusable};
use claimbridge_core::idp::Protocol;
use claimbridge_core::report::CLOSED;
use claimbridge_core::resource::{Cloud, CloudError, CloudErrorKind, Resource, Trust};
use claimbridge_core::setup::{Federation, PolicyKind, Setup, TAG};
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

/// What every plan calls (IAM permissions reference).
const ACTIONS: [&str; 14] = [
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

const SAML_ACTIONS: [&str; 4] = [
    "iam:CreateSAMLProvider",
    "iam:GetSAMLProvider",
    "iam:UpdateSAMLProvider",
    "iam:TagSAMLProvider",
];

const OIDC_ACTIONS: [&str; 8] = [
    "iam:CreateOpenIDConnectProvider",
    "iam:GetOpenIDConnectProvider",
    "iam:AddClientIDToOpenIDConnectProvider",
    "iam:TagOpenIDConnectProvider",
    "secretsmanager:CreateSecret",
    "secretsmanager:PutSecretValue",
    "secretsmanager:DescribeSecret",
    "secretsmanager:TagResource",
];

/// What the plan of this set-up calls.
fn actions_of(setup: &Setup) -> Vec<&'static str> {
    let mut all = ACTIONS.to_vec();
    match setup.protocol() {
        Protocol::Saml => all.extend(SAML_ACTIONS),
        Protocol::Oidc => all.extend(OIDC_ACTIONS),
    }
    if setup.role.policy == PolicyKind::Managed {
        all.extend(["iam:CreatePolicy", "iam:AttachRolePolicy"]);
    }
    if setup.application.kms_key.is_some() {
        all.extend(["kms:DescribeKey", "kms:CreateGrant"]);
    }
    all
}

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
        actions(setup, connection, &caller),
        names(setup, connection)
    );
    let [service, customers] = service;
    Ok(vec![
        account,
        row("Region", CheckState::Passed, setup.region.to_string()),
        service,
        customers,
        actions,
        names,
        clock(connection),
    ])
}

/// What a look at the key and the Amazon Kendra index of a set-up found, in sentences.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// They cannot be used.
    pub unusable: Vec<String>,
    /// AWS did not say: the caller may lack the permission to look.
    pub unseen: Vec<String>,
}

/// Looks at the keys and the Amazon Kendra index that a set-up names and did not make: none can be changed
/// once the application is there.
pub async fn named(setup: &Setup, connection: &Connection) -> Named {
    let mut seen = Named::default();
    let secret_key = match &setup.federation {
        Federation::Oidc { secret_kms_key, .. } => secret_kms_key.as_ref(),
        Federation::Saml { .. } => None,
    };
    let keys = [
        ("KMS key", setup.application.kms_key.as_ref()),
        ("KMS key of the secret", secret_key),
    ];
    let mut judge = |what: &str, name: &str, found: Result<Option<Unusable>, CloudError>| match found {
        Ok(None) => {}
        Ok(Some(unusable)) => seen.unusable.push(format!(
            "{what} {name}: expected {}, found {}. Choose another; nothing was created.",
            unusable.expected, unusable.found
        )),
        Err(error) => seen
            .unseen
            .push(format!("{what} {name} could not be looked at: {error}.")),
    };
    for (what, key) in keys {
        if let Some(key) = key {
            judge(what, key, connection.aws.kms_key(key).await);
        }
    }
    if let Some(index) = &setup.application.kendra_index {
        judge(
            "Amazon Kendra index",
            index,
            connection.aws.kendra_index(index).await,
        );
    }
    seen
}

fn row(label: &'static str, state: CheckState, detail: String) -> Check {
    Check { label, state, detail }
}

/// Whether the service answers, and what its closing means for this account.
async fn service(connection: &Connection) -> [Check; 2] {
    const LABELS: [&str; 2] = ["Amazon Q Business", "New customers"];
    match connection.aws.applications().await {
        Ok(applications) if applications.is_empty() => [
            row(
                LABELS[0],
                CheckState::Passed,
                "It answers; there is no application in the region.".into(),
            ),
            row(
                LABELS[1],
                CheckState::Warning,
                format!(
                    "{CLOSED} If this account was not a customer before, the first creation will be refused, and only the IAM provider will have been made."
                ),
            ),
        ],
        Ok(applications) => [
            row(
                LABELS[0],
                CheckState::Passed,
                format!("It answers; applications in the region: {}.", applications.len()),
            ),
            row(
                LABELS[1],
                CheckState::Passed,
                "This account has the service already.".into(),
            ),
        ],
        Err(error) => [
            row(
                LABELS[0],
                CheckState::Failed,
                format!(
                    "{error}. Either this caller may not use the service, or the account is not open for it."
                ),
            ),
            row(LABELS[1], CheckState::Warning, CLOSED.to_owned()),
        ],
    }
}

async fn actions(setup: &Setup, connection: &Connection, caller: &Identity) -> Check {
    let wanted = actions_of(setup);
    match connection.aws.simulate(caller, &wanted).await {
        Err(error) if error.kind == CloudErrorKind::Denied => row(
            "Permissions",
            CheckState::Warning,
            "This caller may not ask what it may do (iam:SimulatePrincipalPolicy), so missing permissions show only when they are needed.".into(),
        ),
        Err(error) => row("Permissions", CheckState::Warning, format!("Could not be asked: {error}.")),
        Ok(answers) => {
            let missing: Vec<String> = answers.into_iter().filter(|a| !a.allowed).map(|a| a.action).collect();
            if missing.is_empty() {
                row(
                    "Permissions",
                    CheckState::Passed,
                    format!("The {} actions of creating are allowed; removing was not asked.", wanted.len()),
                )
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

/// Names that are taken by something this set-up did not make. An OpenID Connect provider has no name but its
/// issuer, which is looked at by the plan.
async fn names(setup: &Setup, connection: &Connection) -> Check {
    let provider: Resource<String> = Resource::SamlProvider {
        name: setup.names.provider.clone(),
        metadata: String::new(),
        tags: BTreeMap::new(),
    };
    let role: Resource<String> = Resource::Role {
        name: setup.names.role.clone(),
        path: setup.role.path.clone(),
        boundary: None,
        trust: Trust::Saml {
            provider: String::new(),
            recipients: Vec::new(),
        },
        trust_is_temporary: false,
        tags: BTreeMap::new(),
    };
    let mut looked = vec![(&setup.names.role, role)];
    if setup.protocol() == Protocol::Saml {
        looked.insert(0, (&setup.names.provider, provider));
    }
    let names = looked.iter().map(|(name, _)| name.as_str());
    let names = names.collect::<Vec<_>>().join(" and ");
    let verb = if looked.len() > 1 { "are" } else { "is" };
    let found = looked.iter().map(|(_, resource)| connection.aws.find(resource));
    let found = futures::future::join_all(found).await;
    let mut taken = Vec::new();
    for ((name, _), found) in looked.into_iter().zip(found) {
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
            format!("{names} {verb} free; everything made here carries the tag {TAG}."),
        )
    } else {
        row(
            "Names",
            // Not final: the prefix is chosen on the next screen, and the plan looks again.
            CheckState::Warning,
            format!(
                "There already: {}. Choose another prefix on the next screen.",
                taken.join(", ")
            ),
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
