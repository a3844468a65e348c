//! Whether the plan of a set-up would make a fix: what it writes is put into a copy of the evidence, which then goes
//! through the rules and the evaluator again.

use super::weigh::verify_with;
use claimbridge_core::diagnose::fix::{Fix, applied, aws_side, decision};
use claimbridge_core::diagnose::{Case, Evidence, LiveRole, RuleId, Severity, diagnose};
use claimbridge_core::plan::{Action, Plan, Step};
use claimbridge_core::policy::evaluate::Decision;
use claimbridge_core::policy::{PolicyChange, PolicyDifference, TrustPolicy};
use claimbridge_core::resource::{Address, HeldPolicy, Resource};
use std::collections::BTreeSet;

/// Whether running the plan makes this fix: whoever administers AWS can do all of it, the sign-in does not pass as AWS
/// is, and would pass as the plan leaves AWS. A plan writes policies whole, so it makes no fix where it would undo in
/// them what the fix lets stand.
///
/// `case` has the response that the evidence is of: by other metadata its signature is verified anew. A plan that nobody can approve makes nothing. What a plan writes and no rule looks at counts for nothing.
pub fn plan_makes(plan: &Plan, fix: &Fix, evidence: &Evidence, case: &Case) -> bool {
    if !aws_side(fix) || plan.refusals().next().is_some() {
        return false;
    }
    let Some(fixed) = applied(evidence, fix) else {
        return false;
    };
    // The same new sign-in, at an AWS that nobody changed.
    let mut planned = Evidence {
        now: fixed.now,
        sts: fixed.sts.clone(),
        trail: fixed.trail.clone(),
        answers: fixed.answers.clone(),
        ..evidence.clone()
    };
    if let (Some(token), Some(again)) = (&mut planned.token, &fixed.token) {
        token.nonce.clone_from(&again.nonce);
    }
    let remain = stops(&fixed);
    let passes = |e: &Evidence| stops(e).is_subset(&remain);
    if passes(&planned) {
        return false;
    }
    for step in plan.steps.iter().filter(|step| step.action.writes()) {
        let known = match step.action {
            Action::Delete => delete(step, &mut planned),
            _ => write(step, case, &mut planned),
        };
        if known.is_none() {
            return false;
        }
    }
    passes(&planned) && is_as_fixed(planned.trust(), fixed.trust())
}

/// The plan's trust policy is the fixed one: what stands in it for others stays, and no condition comes that the fix
/// does not name.
fn is_as_fixed(planned: Option<&TrustPolicy>, fixed: Option<&TrustPolicy>) -> bool {
    match (planned, fixed) {
        (Some(planned), Some(fixed)) => planned.0.same_meaning(&fixed.0),
        // What was not read or not there has nothing to lose.
        (_, None) => true,
        (None, Some(_)) => false,
    }
}

/// What stands in the way.
fn stops(e: &Evidence) -> BTreeSet<RuleId> {
    let mut stops: BTreeSet<RuleId> = diagnose(e)
        .iter()
        .filter(|f| f.severity == Severity::Blocking)
        .map(|f| f.id)
        .collect();
    if decision(e).is_some_and(|d| d.decision == Decision::Denied) {
        stops.insert(RuleId::Unexplained);
    }
    stops
}

/// What is gone after a step, as far as a sign-in is judged by it; None where nobody can tell what a sign-in makes of
/// that.
fn delete(step: &Step, e: &mut Evidence) -> Option<()> {
    let id = step.id.as_ref()?.own();
    match step.address {
        Address::Role => e.role = Some(LiveRole::Missing),
        Address::SamlProvider => {
            e.provider_exists = Some(false);
            e.metadata = None;
            e.verdict = None;
        }
        Address::OidcProvider => e.provider_exists = Some(false),
        Address::OidcClient => {
            if let Some(clients) = e.token.as_mut().and_then(|t| t.provider_clients.as_mut()) {
                clients.retain(|client| client != id);
            }
        }
        Address::RolePolicy => {
            if let Some(held) = &mut e.live.permissions {
                held.retain(|policy| policy.managed.is_some() || policy.name != id);
            }
        }
        Address::ManagedPolicy | Address::PolicyAttachment => {
            let is_it = |policy: &HeldPolicy| policy.managed.as_ref().is_some_and(|(arn, _)| arn == id);
            if let Some(held) = &mut e.live.permissions {
                held.retain(|policy| !is_it(policy));
            }
        }
        Address::Application
        | Address::AutoSubscription
        | Address::RoleTrust
        | Address::Secret
        | Address::SecretsRole
        | Address::SecretsRolePolicy
        | Address::WebExperience
        | Address::WebExperienceRole => return None,
        // No sign-in stands on these.
        _ => {}
    }
    Some(())
}

/// What a step leaves in AWS, as far as a sign-in is judged by it; None where nobody can read what it writes, or it
/// would take from the role's permissions.
fn write(step: &Step, case: &Case, e: &mut Evidence) -> Option<()> {
    if step.address == Address::OidcProvider {
        e.provider_exists = Some(true);
    }
    for change in &step.changes {
        let Some(to) = &change.to else { continue };
        match (step.address, change.attribute.as_str()) {
            (Address::Role | Address::RoleTrust, "assumeRolePolicyDocument") => {
                let policy = TrustPolicy::parse(&to.to_string()).ok()?;
                e.role = Some(LiveRole::There(policy));
            }
            (Address::RolePolicy | Address::ManagedPolicy, "policyDocument") => {
                if change.from.is_some() {
                    let differences = change.policy_differences()?;
                    let takes = |d: &PolicyDifference| d.change == PolicyChange::TakesAway;
                    if differences.iter().any(takes) {
                        return None;
                    }
                }
                let name = name_of(step)?;
                if let Some(held) = &mut e.live.permissions {
                    held.retain(|policy| policy.name != name);
                    held.push(HeldPolicy {
                        name: name.to_owned(),
                        managed: None,
                        document: to.clone(),
                        others: 0,
                    });
                }
            }
            (Address::SamlProvider, "samlMetadataDocument") => {
                e.provider_exists = Some(true);
                verify_with(e, case, to.as_str().unwrap_or_default());
            }
            (Address::OidcClient, "clientId") => {
                if let Some(clients) = e.token.as_mut().and_then(|t| t.provider_clients.as_mut()) {
                    clients.extend(to.as_str().map(str::to_owned));
                }
            }
            (Address::AutoSubscription, _) => {
                if let (Some(application), Some(Resource::AutoSubscription { tier, .. })) =
                    (&mut e.live.application, &step.resource)
                {
                    application.subscription = Some((true, Some(*tier)));
                }
            }
            (Address::WebExperience | Address::WebExperienceRole, "roleArn") => {
                if let Some(web) = &mut e.live.web_experience {
                    web.role = to.as_str().map(str::to_owned);
                }
            }
            _ => {}
        }
    }
    Some(())
}

fn name_of(step: &Step) -> Option<&str> {
    match &step.resource {
        Some(Resource::RolePolicy { name, .. } | Resource::ManagedPolicy { name, .. }) => Some(name),
        _ => Some(step.id.as_ref()?.own()),
    }
}
