//! The role of signed-in people and those of Amazon Q Business's own, with their permissions, inline or
//! managed.

use super::federation::{Of, Provider};
use super::remark::Remark;
use super::taking::{Taking, There};
use super::{Found, trust};
use crate::connection::Problem;
use claimbridge_core::idp::guide;
use claimbridge_core::journal::Origin;
use claimbridge_core::policy::{Document, unsafe_grants};
use claimbridge_core::resource::{Address, HeldPolicy, Output, PhysicalId, Purpose, Snapshot};
use claimbridge_core::setup::{CustomApplication, Existing, Federation, PolicyKind};
use serde_json::Value as Json;

/// AWS's own policies, which nobody can change.
fn is_aws_s(policy: &HeldPolicy) -> bool {
    matches!(&policy.managed, Some((arn, _)) if arn.contains(":iam::aws:policy/"))
}

/// How many actions of a service a policy allows by name.
fn grants(policy: &HeldPolicy, service: &str) -> usize {
    let Ok(document) = Document::from_json(&policy.document) else {
        return 0;
    };
    let allowed = document.statements.iter().filter(|s| s.allow && !s.not_action);
    allowed
        .flat_map(|s| &s.actions)
        .filter(|a| a.to_ascii_lowercase().starts_with(service))
        .count()
}

/// The policy that is about a service: the one with most of its actions, that can be changed.
fn about<'a>(policies: &'a [HeldPolicy], service: &str) -> Option<&'a HeldPolicy> {
    policies
        .iter()
        .filter(|p| !is_aws_s(p) && grants(p, service) > 0)
        .max_by_key(|p| grants(p, service))
}

fn name_of(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or_default()
}

fn text(snapshot: &Snapshot, attribute: &str) -> Option<String> {
    snapshot
        .attributes
        .get(attribute)
        .and_then(Json::as_str)
        .map(str::to_owned)
}

fn part(address: Address, id: PhysicalId, origin: Origin) -> Found {
    Found {
        address,
        id,
        origin,
        outputs: [].into(),
    }
}

/// Binds a role and keeps its name and place. None where it is not there.
async fn take_role(taking: &mut Taking<'_>, address: Address, arn: &str) -> Option<Snapshot> {
    let name = name_of(arn).to_owned();
    let known = [(Output::Id, name.clone()), (Output::Arn, arn.to_owned())];
    let seen = taking.bind(address, PhysicalId(name.clone()), known).await;
    let snapshot = seen.clone().unwrap_or_default();
    taking.name(
        address,
        Existing {
            name,
            path: Some(text(&snapshot, "path").unwrap_or_else(|| "/".into())),
            boundary: text(&snapshot, "permissionsBoundary"),
        },
    );
    seen
}

/// What grants more than any sign-in needs, and statements for a key that name none.
fn judge(taking: &mut Taking<'_>, policies: &[HeldPolicy]) {
    for policy in policies {
        let Ok(document) = Document::from_json(&policy.document) else {
            continue;
        };
        taking.remarks.extend(
            unsafe_grants(&document)
                .into_iter()
                .map(|grant| Remark::UnsafeGrant {
                    policy: policy.name.clone(),
                    grant,
                }),
        );
        let decrypts = document
            .statements
            .iter()
            .filter(|s| s.allow && s.actions.iter().any(|a| a.eq_ignore_ascii_case("kms:Decrypt")));
        for resource in decrypts.flat_map(|s| &s.resources) {
            if resource != "*" && !resource.contains(":key/") {
                taking.remarks.push(Remark::KmsResource {
                    policy: policy.name.clone(),
                    found: resource.clone(),
                });
            }
        }
        if let (Some(_), 1.., false) = (&policy.managed, policy.others, is_aws_s(policy)) {
            taking.remarks.push(Remark::PolicyShared {
                name: policy.name.clone(),
                others: policy.others,
            });
        }
    }
}

/// A role of Amazon Q Business's own.
pub(super) async fn take_service_role(
    taking: &mut Taking<'_>,
    purpose: Purpose,
    arn: &str,
) -> Result<(), Problem> {
    let (address, policy_address, service) = match purpose {
        Purpose::Application => (Address::ApplicationRole, Address::ApplicationRolePolicy, "logs:"),
        Purpose::Retriever => (Address::RetrieverRole, Address::RetrieverRolePolicy, "kendra:"),
        Purpose::Secrets => (
            Address::SecretsRole,
            Address::SecretsRolePolicy,
            "secretsmanager:",
        ),
    };
    if take_role(taking, address, arn).await.is_none() {
        return Ok(());
    }
    let role = name_of(arn);
    let policies = taking.aws.held_policies(role).await?;
    judge(taking, &policies);
    if let Some(policy) = about(&policies, service) {
        taking.named(policy_address, &policy.name);
        let id = match &policy.managed {
            Some((arn, _)) => PhysicalId::child(role, arn),
            None => PhysicalId::child(role, &policy.name),
        };
        let origin = if policy.others > 0 {
            Origin::Shared
        } else {
            Origin::Adopted
        };
        taking.found.push(part(policy_address, id, origin));
    }
    Ok(())
}

/// The role of signed-in people, if the web experience has one.
pub(super) async fn take(taking: &mut Taking<'_>, there: &There, provider: &Provider) -> Result<(), Problem> {
    let Some((id, held)) = &there.web_experience else {
        return Ok(());
    };
    let Some(arn) = &held.role else {
        return Ok(());
    };
    let name = name_of(arn).to_owned();
    taking.setup.names.role = name.clone();
    let Some(snapshot) = take_role(taking, Address::Role, arn).await else {
        return Ok(());
    };
    take_trust(taking, there, provider, &snapshot);
    if taking.setup.sign_in_recipient().is_none() && matches!(provider.of, Of::Saml { .. }) {
        // Of the order in which the role follows the web experience's address.
        let id = PhysicalId::child(&there.id, id);
        taking
            .found
            .push(part(Address::WebExperienceRole, id, Origin::Adopted));
    }
    let policies = taking.aws.held_policies(&name).await?;
    judge(taking, &policies);
    let chosen = about(&policies, "qbusiness:").cloned();
    if let Some(policy) = &chosen {
        taking.setup.names.policy = policy.name.clone();
        taking.setup.adopted.document_content = grants(policy, "qbusiness:getdocumentcontent") > 0;
        take_permissions(taking, &name, policy).await;
    }
    let names: Vec<String> = policies
        .iter()
        .filter(|p| Some(*p) != chosen.as_ref())
        .map(|p| p.name.clone())
        .collect();
    if !names.is_empty() {
        taking.remarks.push(Remark::OtherPolicies { names });
    }
    Ok(())
}

async fn take_permissions(taking: &mut Taking<'_>, role: &str, policy: &HeldPolicy) {
    let Some((arn, path)) = &policy.managed else {
        taking.setup.role.policy = PolicyKind::Inline;
        taking.named(Address::RolePolicy, &policy.name);
        let id = PhysicalId::child(role, &policy.name);
        taking.found.push(part(Address::RolePolicy, id, Origin::Adopted));
        return;
    };
    taking.setup.role.policy = PolicyKind::Managed;
    taking.name(
        Address::ManagedPolicy,
        Existing {
            name: policy.name.clone(),
            path: Some(path.clone()),
            boundary: None,
        },
    );
    let known = [(Output::Arn, arn.clone())];
    taking
        .bind(Address::ManagedPolicy, PhysicalId(arn.clone()), known)
        .await;
    if let (1.., Some(found)) = (policy.others, taking.found.last_mut()) {
        found.origin = Origin::Shared;
    }
    let id = PhysicalId::child(role, arn);
    taking
        .found
        .push(part(Address::PolicyAttachment, id, Origin::Adopted));
}

/// Who the role admits: from that follows what the identity provider sends.
fn take_trust(taking: &mut Taking<'_>, there: &There, provider: &Provider, role: &Snapshot) {
    let document = trust::document(role.attributes.get("assumeRolePolicyDocument"));
    if !trust::tags_sessions(&document) {
        taking.remarks.push(Remark::SessionsNotTagged);
    }
    let values = trust::admitted(&document, &provider.arn, &provider.audience_key());
    let setup = &mut taking.setup;
    match &mut setup.federation {
        Federation::Oidc { .. } => {
            let clients = &there.application.client_ids;
            setup.adopted.audiences = values.into_iter().filter(|v| !clients.contains(v)).collect();
        }
        Federation::Saml { idp, sign_in, .. } => {
            let rule = guide(*idp).recipient;
            let found = trust::recipients(values, there.acs().as_deref(), setup.region, rule);
            if let Some(endpoint) = found.sign_in {
                *sign_in = endpoint;
            }
            setup.adopted.recipient = found.rule;
            setup.adopted.audiences = found.others;
            setup.custom_application = found.custom.map(|url| CustomApplication { url });
            let placeholders = found.placeholders.into_iter();
            taking
                .remarks
                .extend(placeholders.map(|found| Remark::PlaceholderAudience { found }));
        }
    }
}
