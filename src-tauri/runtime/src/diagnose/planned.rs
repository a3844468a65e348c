//! Whether the plan of a set-up would make a fix: what it writes is put into a copy of the evidence, which then goes
//! through the rules and the evaluator again.

use super::weigh::verify_with;
use claimbridge_core::diagnose::fix::{Fix, applied, aws_side, decision};
use claimbridge_core::diagnose::{Case, Evidence, LiveRole, RuleId, Severity, diagnose};
use claimbridge_core::plan::{Action, Plan, Step};
use claimbridge_core::policy::TrustPolicy;
use claimbridge_core::policy::evaluate::Decision;
use claimbridge_core::resource::{Address, HeldPolicy, Resource};
use std::collections::BTreeSet;

/// Whether running the plan makes this fix: whoever administers AWS can do all of it, the sign-in does not pass as AWS
/// is, and would pass as the plan leaves AWS.
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
    let writes = |step: &&Step| step.action.writes() && step.action != Action::Delete;
    for step in plan.steps.iter().filter(writes) {
        write(step, case, &mut planned);
    }
    passes(&planned)
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

/// What a step leaves in AWS, as far as a sign-in is judged by it.
fn write(step: &Step, case: &Case, e: &mut Evidence) {
    if step.address == Address::OidcProvider {
        e.provider_exists = Some(true);
    }
    for change in &step.changes {
        let Some(to) = &change.to else { continue };
        match (step.address, change.attribute.as_str()) {
            (Address::Role | Address::RoleTrust, "assumeRolePolicyDocument") => {
                e.role = TrustPolicy::parse(&to.to_string()).ok().map(LiveRole::There);
            }
            (Address::RolePolicy | Address::ManagedPolicy, "policyDocument") => {
                let name = name_of(step.resource.as_ref()).unwrap_or_default();
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
}

fn name_of(resource: Option<&Resource>) -> Option<&str> {
    match resource? {
        Resource::RolePolicy { name, .. } | Resource::ManagedPolicy { name, .. } => Some(name),
        _ => None,
    }
}
