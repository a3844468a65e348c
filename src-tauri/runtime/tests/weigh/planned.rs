//! Whether the plan makes a fix.

use claimbridge_core::diagnose::fix::{aws_side, smallest};
use claimbridge_core::diagnose::{Case, Evidence, LiveRole, RuleId};
use claimbridge_core::idp::IdentityProvider;
use claimbridge_core::plan::{Action, Change, Plan, Step, plan};
use claimbridge_core::policy::Statement;
use claimbridge_core::resource::{Address, PhysicalId};
use claimbridge_core::setup::Setup;
use claimbridge_core::value::Region;
use claimbridge_runtime::Connection;
use claimbridge_runtime::demo::{Demo, run_in};
use claimbridge_runtime::diagnose::plan_makes;
use claimbridge_runtime::practice::config::Config;
use claimbridge_runtime::practice::{Mistake, World};
use claimbridge_runtime::store::SetupFiles;
use serde_json::json;

/// The plan after one mistake, and the sign-in that it stopped; `change` is what else the set-up wants by now.
async fn stopped(rule: RuleId, change: fn(&mut Setup)) -> (Plan, Evidence) {
    let world = World::new(Config::default()).serve(0).await.unwrap();
    let out = tempfile::tempdir().unwrap();
    let demo = Demo {
        fault: Mistake::for_rule(rule),
        ..Demo::new(IdentityProvider::EntraGallery)
    };
    let outcome = run_in(&world, demo, out.path(), &mut |_| {}).await.unwrap();
    let files = SetupFiles::at(out.path().join("setup.json"));
    let (mut setup, bindings) = (files.load().unwrap(), files.bindings().unwrap());
    change(&mut setup);
    let connection = Connection::practice(&world.origin(), Region::UsEast1, 0.0)
        .await
        .unwrap();
    let plan = plan(&setup, &bindings, connection.aws.as_ref()).await.unwrap();
    (plan, *outcome.evidence.unwrap())
}

/// Fix by fix: whether whoever administers AWS can do it, and whether the plan makes it.
fn makes(plan: &Plan, evidence: &Evidence) -> Vec<(bool, bool)> {
    smallest(evidence)
        .iter()
        .map(|fix| (aws_side(fix), plan_makes(plan, fix, evidence, &Case::default())))
        .collect()
}

async fn planned(rule: RuleId, change: fn(&mut Setup)) -> (Plan, Vec<(bool, bool)>) {
    let (plan, evidence) = stopped(rule, change).await;
    let makes = makes(&plan, &evidence);
    (plan, makes)
}

#[tokio::test]
async fn the_plan_makes_what_somebody_undid_in_aws() {
    for rule in [
        RuleId::AudPlaceholder,
        RuleId::TrustProvider,
        RuleId::TagSessionMissing,
        RuleId::TagSessionDenied,
    ] {
        let (plan, makes) = planned(rule, |_| {}).await;
        assert!(!plan.is_clean(), "{rule}");
        assert!(makes.contains(&(true, true)), "{rule}: {makes:?}");
        assert!(!makes.contains(&(false, true)), "{rule}: {makes:?}");
    }
}

#[tokio::test]
async fn a_plan_that_changes_something_else_makes_no_fix() {
    for rule in [
        RuleId::RecipientMismatch,
        RuleId::PairSwapped,
        RuleId::EmailMissing,
    ] {
        let (plan, makes) = planned(rule, |setup| setup.names.title = "Another title".into()).await;
        assert!(!plan.is_clean(), "{rule}");
        assert!(!makes.is_empty(), "{rule}");
        assert!(makes.iter().all(|(_, made)| !made), "{rule}: {makes:?}");
    }
}

const OTHERS: &str = "arn:aws:iam::123456789012:saml-provider/of-others";

/// What somebody else put there: a fix says nothing of it, and the plan writes the whole document.
#[tokio::test]
async fn a_plan_that_would_undo_more_makes_no_fix() {
    let (plan, evidence) = stopped(RuleId::AudPlaceholder, |_| {}).await;
    let makes = |plan: &Plan, evidence: &Evidence| makes(plan, evidence).contains(&(true, true));
    assert!(makes(&plan, &evidence));

    let mut shared = evidence.clone();
    let Some(LiveRole::There(trust)) = &mut shared.role else {
        panic!("{:?}", shared.role)
    };
    trust.0.statements.push(Statement {
        allow: true,
        principals: vec![("Federated".into(), OTHERS.into())],
        actions: vec!["sts:AssumeRoleWithSAML".into()],
        ..Statement::default()
    });
    assert!(!makes(&plan, &shared));
    let mut beside = evidence.clone();
    if let Some(LiveRole::There(trust)) = &mut beside.role {
        for statement in &mut trust.0.statements {
            statement.principals.push(("Federated".into(), OTHERS.into()));
        }
    }
    assert!(!makes(&plan, &beside));

    // The plan writes the role's permissions too, and somebody added to them.
    let permissions = |action: &str| json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]});
    for (held, is_made) in [("qbusiness:Chat", true), ("s3:GetObject", false)] {
        let mut more = plan.clone();
        more.steps.push(Step {
            address: Address::RolePolicy,
            resource: None,
            id: Some(PhysicalId::child("role", "own")),
            changes: vec![Change {
                attribute: "policyDocument".into(),
                from: Some(permissions(held)),
                to: Some(permissions("qbusiness:Chat")),
            }],
            ..step(&plan)
        });
        assert_eq!(makes(&more, &evidence), is_made, "{held}");
    }
}

fn step(plan: &Plan) -> Step {
    let writes =
        |step: &&Step| matches!(step.address, Address::Role | Address::RoleTrust) && step.action.writes();
    plan.steps.iter().find(writes).unwrap().clone()
}

#[tokio::test]
async fn what_a_plan_deletes_and_what_nobody_can_read_counts() {
    let (plan, evidence) = stopped(RuleId::AudPlaceholder, |_| {}).await;
    for (address, id) in [
        (Address::SamlProvider, "arn:aws:iam::123456789012:saml-provider/q"),
        (Address::Role, "q-web-experience"),
        (Address::WebExperience, "a|w"),
    ] {
        let mut deletes = plan.clone();
        deletes.steps.push(Step {
            address,
            action: Action::Delete,
            resource: None,
            id: Some(PhysicalId(id.into())),
            changes: Vec::new(),
            ..step(&plan)
        });
        assert!(!makes(&deletes, &evidence).contains(&(true, true)), "{address:?}");
    }
    let mut unreadable = plan.clone();
    for change in unreadable.steps.iter_mut().flat_map(|s| &mut s.changes) {
        if change.attribute == "assumeRolePolicyDocument" {
            change.to = Some(json!({"Statement": "?"}));
        }
    }
    assert!(!makes(&unreadable, &evidence).contains(&(true, true)));
}
