//! What goes on beside the set-up: an administrator's own hands in AWS, and people who ask something.

use super::shown::words_of;
use super::{DemoOutcome, NAME, PEOPLE, Stage};
use crate::connection::Problem;
use crate::diagnose::gather;
use crate::session::{SessionProblem, TEST_QUESTION, ask, put_test_documents};
use claimbridge_core::diagnose::RuleId;
use claimbridge_core::resource::{Address, IndexKind, Tier};
use claimbridge_practice::config::CallFault;
use claimbridge_practice::{Act, Console, KMS_KEY, Mistake, PortalError, Refused, Visit};
use serde_json::{Value as Json, json};

/// A role that was made a moment ago.
pub(super) const NEW_ROLE: &str = "q-brand-new";
/// A region without Amazon Q Business.
pub(super) const OTHER_REGION: &str = "eu-central-1";
/// What the documents name people by, where that is another address than they sign in with.
const ALIASES: [&str; 2] = ["alice.adams@contoso.example", "dora.diaz@contoso.example"];
/// As many applications as a region may have (Q Business: quotas).
const MOST_APPLICATIONS: usize = 50;

fn console(stage: &Stage<'_>) -> Console {
    Console::new(&stage.world.origin(), stage.setup.region.as_str())
}

/// What is chosen or there before the set-up begins.
pub(super) async fn prepare(stage: &mut Stage<'_>, mistake: Mistake) -> Result<(), Problem> {
    if mistake.own_key() {
        stage.setup.application.kms_key = Some(format!(
            "arn:aws:kms:{}:{}:key/{KMS_KEY}",
            stage.setup.region, stage.setup.account
        ));
        if let Some(index) = &mut stage.setup.application.index {
            index.kind = IndexKind::Enterprise;
        }
    }
    if mistake.lite() {
        stage.setup.application.tier = Tier::QLite;
        stage.setup.application.q_apps = true;
    }
    if mistake.rule() == RuleId::ApplicationQuota {
        let console = console(stage);
        for n in 0..MOST_APPLICATIONS {
            let name = json!({"displayName": format!("old-{n}")});
            let made = console
                .q("CreateApplication", ("POST", "/applications"), &name)
                .await;
            made.map_err(|refused| Problem::Report(refused.to_string()))?;
        }
    }
    Ok(())
}

/// Leads the web experience to another address, as somebody in the console would.
pub(super) async fn lead_elsewhere(
    stage: &Stage<'_>,
    mistake: Mistake,
    visit: &mut Visit<'_>,
) -> Result<(), Problem> {
    let own = visit.address().await?;
    let address = match mistake.rule() {
        RuleId::SignInAddress => visit.address_of_twin().await?,
        RuleId::OtherApplication => visit.address_of_second().await?,
        _ => dead(&own),
    };
    let (Some(app), Some(web)) = (stage.id(Address::Application)?, stage.id(Address::WebExperience)?) else {
        return Ok(());
    };
    let path = format!("/applications/{app}/experiences/{web}");
    let change =
        json!({"identityProviderConfiguration": {"samlConfiguration": {"authenticationUrl": address}}});
    console(stage)
        .q("UpdateWebExperience", ("PUT", &path), &change)
        .await
        .map(|_| ())
        .map_err(|refused| Problem::Report(refused.to_string()))
}

/// The address of an application that is not there.
fn dead(address: &str) -> String {
    address.replacen("/sso/", "x/sso/", 1)
}

/// Where people are sent, if nothing is there.
pub(super) async fn dead_address(
    stage: &Stage<'_>,
    visit: &mut Visit<'_>,
) -> Result<Option<String>, PortalError> {
    if stage.mistake.is_none_or(|m| m.rule() != RuleId::AddressNotFound) {
        return Ok(None);
    }
    Ok(Some(dead(&visit.address().await?)))
}

/// What is tried once everything is set up.
pub(super) async fn carry_on(
    stage: &Stage<'_>,
    mistake: Mistake,
    visit: &mut Visit<'_>,
    outcome: &mut DemoOutcome,
) -> Result<(), Problem> {
    if let Some(act) = mistake.act()
        && let Err(refused) = by_hand(stage, act, visit, outcome).await?
    {
        outcome.messages.push(refused.to_string());
    }
    if mistake.asks() {
        ask_something(stage, mistake, outcome).await?;
    }
    if mistake.rule() == RuleId::ClaimsPolicy {
        outcome.messages.extend(visit.notices("claims").await?);
    }
    Ok(())
}

/// Somebody who signed in asks, twice: the first question takes a subscription.
async fn ask_something(
    stage: &Stage<'_>,
    mistake: Mistake,
    outcome: &mut DemoOutcome,
) -> Result<(), Problem> {
    let Some(session) = outcome.judgement.as_ref().and_then(|j| j.session.clone()) else {
        return Ok(());
    };
    if mistake.documents_by_alias() {
        let bindings = stage.files.bindings()?;
        put_test_documents(&stage.connection, &stage.setup, &bindings, ALIASES)
            .await
            .map_err(|e| Problem::Report(e.to_string()))?;
        if let Some(judgement) = &mut outcome.judgement {
            let listed = ALIASES.map(str::to_owned).to_vec();
            judgement.evidence.live.document_addresses = Some(listed);
        }
    }
    let mut said = ask(&session, TEST_QUESTION).await;
    if let Some(tamper) = mistake.later_tamper() {
        stage.world.world().tamper(tamper, &stage.setup.names.role);
        said = ask(&session, TEST_QUESTION).await;
    }
    match said {
        Ok(answer) => outcome.answers.push(super::Heard {
            who: PEOPLE[0].to_owned(),
            text: answer.text,
            sources: answer.sources,
        }),
        Err(SessionProblem::Aws(error)) => outcome.messages.push(words_of(&error)),
        Err(other) => return Err(Problem::Report(other.to_string())),
    }
    Ok(())
}

/// One thing by hand, and what AWS said to it.
async fn by_hand(
    stage: &Stage<'_>,
    act: Act,
    visit: &mut Visit<'_>,
    outcome: &mut DemoOutcome,
) -> Result<Result<(), Refused>, Problem> {
    let aws = console(stage);
    let application = stage.id(Address::Application)?.unwrap_or_default();
    let applications = ("GET", "/applications");
    let create = ("POST", "/applications");
    let provider = stage.setup.provider_arn().unwrap_or_default();
    Ok(match act {
        Act::AdminQuestion => {
            let path = format!("/applications/{application}/conversations");
            let question = json!({"userMessage": TEST_QUESTION});
            aws.q("ChatSync", ("POST", &path), &question).await.map(|_| ())
        }
        Act::BlankInName => {
            let name = json!({"displayName": "my application"});
            aws.q("CreateApplication", create, &name).await.map(|_| ())
        }
        Act::DeleteRole => {
            let role = [("RoleName", stage.setup.names.role.as_str())];
            aws.query("iam", "DeleteRole", &role).await.map(|_| ())
        }
        Act::EntraByOidc => entra_by_oidc(stage, &aws, outcome).await?,
        Act::LongSession => {
            let response = visit.sign_in(PEOPLE[0]).await?;
            let role = stage.setup.role_arn().to_string();
            let parameters = [
                ("RoleArn", role.as_str()),
                ("PrincipalArn", &provider),
                ("SAMLAssertion", &response),
                ("DurationSeconds", "43200"),
            ];
            aws.query("sts", "AssumeRoleWithSAML", &parameters)
                .await
                .map(|_| ())
        }
        Act::OtherRegion => Console::new(&stage.world.origin(), OTHER_REGION)
            .q("ListApplications", applications, &Json::Null)
            .await
            .map(|_| ()),
        Act::RequireEncryption => {
            let parameters = [
                ("SAMLProviderArn", provider.as_str()),
                ("AssertionEncryptionMode", "Required"),
            ];
            aws.query("iam", "UpdateSAMLProvider", &parameters)
                .await
                .map(|_| ())
        }
        Act::RoleAtOnce => role_at_once(stage, &aws, &application).await?,
        Act::SecretAgain => {
            let make = json!({"Name": "q-old-secret", "SecretString": "{}"});
            let gone = json!({"SecretId": "q-old-secret", "RecoveryWindowInDays": 7});
            let mut said = Ok(String::new());
            for (action, input) in [
                ("CreateSecret", &make),
                ("DeleteSecret", &gone),
                ("CreateSecret", &make),
            ] {
                if said.is_ok() {
                    said = aws.json("secretsmanager", action, input).await;
                }
            }
            said.map(|_| ())
        }
        Act::TooManyCalls => {
            fault(stage, "ListApplications:throttle")?;
            aws.q("ListApplications", applications, &Json::Null)
                .await
                .map(|_| ())
        }
    })
}

fn fault(stage: &Stage<'_>, text: &str) -> Result<(), Problem> {
    let fault = CallFault::parse(text).map_err(|e| Problem::Report(e.to_string()))?;
    stage.world.world().set_faults(vec![fault]);
    Ok(())
}

/// A web experience with a role that other services do not know yet.
async fn role_at_once(
    stage: &Stage<'_>,
    aws: &Console,
    application: &str,
) -> Result<Result<(), Refused>, Problem> {
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"Federated": stage.setup.provider_arn()},
        "Action": "sts:AssumeRoleWithSAML",
    }]})
    .to_string();
    let parameters = [("RoleName", NEW_ROLE), ("AssumeRolePolicyDocument", &trust)];
    if let Err(refused) = aws.query("iam", "CreateRole", &parameters).await {
        return Ok(Err(refused));
    }
    fault(stage, "CreateWebExperience:role-not-yet")?;
    let path = format!("/applications/{application}/experiences");
    let role = format!("arn:aws:iam::{}:role/{NEW_ROLE}", stage.setup.account);
    let web = json!({"title": NAME, "roleArn": role});
    Ok(aws
        .q("CreateWebExperience", ("POST", &path), &web)
        .await
        .map(|_| ()))
}

/// An application with an issuer that Amazon Q refuses, made by hand and then looked at instead of the set-up's.
async fn entra_by_oidc(
    stage: &Stage<'_>,
    aws: &Console,
    outcome: &mut DemoOutcome,
) -> Result<Result<(), Refused>, Problem> {
    const ISSUER: &str = "login.microsoftonline.com/7e4a4700-0000-4000-8000-000000000001/v2.0";
    let url = format!("https://{ISSUER}");
    let parameters = [("Url", url.as_str()), ("ClientIDList.member.1", "of-entra")];
    if let Err(refused) = aws.query("iam", "CreateOpenIDConnectProvider", &parameters).await {
        return Ok(Err(refused));
    }
    let application = json!({
        "displayName": "by-hand",
        "identityType": "AWS_IAM_IDP_OIDC",
        "iamIdentityProviderArn": format!("arn:aws:iam::{}:oidc-provider/{ISSUER}", stage.setup.account),
        "clientIdsForOIDC": ["of-entra"],
    });
    match aws
        .q("CreateApplication", ("POST", "/applications"), &application)
        .await
    {
        Ok(made) => {
            let id = made
                .get("applicationId")
                .and_then(Json::as_str)
                .unwrap_or_default();
            let gathered = gather(&stage.connection, id, None).await?;
            outcome.evidence = Some(Box::new(gathered.into_evidence(time::OffsetDateTime::now_utc())));
            Ok(Ok(()))
        }
        Err(refused) => Ok(Err(refused)),
    }
}
