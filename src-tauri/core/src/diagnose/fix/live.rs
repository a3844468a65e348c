//! Changes to what stands in AWS beside provider and role.

use super::candidate::Maker;
use super::claims::sent_pair;
use super::edit::Edit;
use super::{Evidence, Finding, RuleId, is_vouched};
use crate::claims;
use crate::policy::PermissionPolicy;
use crate::resource::Permissions;
use crate::value::{AccountId, Region};
use serde_json::Value as Json;

pub(super) fn candidates(make: &mut Maker<'_>, finding: &Finding) {
    let e = make.e;
    let (found, expected) = (finding.found.as_str(), finding.expected.as_str());
    match finding.id {
        RuleId::PermissionsIncomplete | RuleId::ClaimDenied | RuleId::KeyDenied => {
            if let Some(document) = documented(e) {
                make.aws_with(
                    "Permissions of the role",
                    (found, "the documented policy of the web experience's role"),
                    &answered(make.findings),
                    vec![Edit::Permissions(document)],
                );
            }
        }
        RuleId::OtherRole => other_role(make),
        RuleId::WebExperienceState => web_experience(make, finding),
        RuleId::NoSubscription | RuleId::SubscriptionInactive => make.aws(
            "Application autoSubscriptionConfiguration",
            found,
            "ENABLED",
            vec![Edit::AutoSubscription],
        ),
        RuleId::EncryptionRequired => make.shared(
            "IAM provider AssertionEncryptionMode",
            "Required",
            "Allowed",
            vec![Edit::EncryptionAllowed],
        ),
        RuleId::Thumbprint => {
            let shown: Vec<String> = expected.split(" or ").map(str::to_owned).collect();
            make.shared(
                "IAM provider thumbprints",
                found,
                expected,
                vec![Edit::Thumbprints(shown)],
            );
        }
        RuleId::ClientSecret if e.live.secret.is_some() => {
            make.aws(&finding.place, found, expected, vec![Edit::Secret]);
        }
        _ => {}
    }
}

/// The findings that one policy answers, where it answers several.
fn answered(findings: &[&Finding]) -> String {
    let of_policy = [
        RuleId::ClaimDenied,
        RuleId::PermissionsIncomplete,
        RuleId::KeyDenied,
    ];
    let of_policy = findings.iter().filter(|f| of_policy.contains(&f.id));
    let mut numbers: Vec<&str> = of_policy
        .map(|f| f.id.as_str().split('-').next().unwrap_or_default())
        .collect();
    numbers.dedup();
    match numbers.as_slice() {
        [] | [_] => String::new(),
        all => format!("It answers {}.", all.join(" and ")),
    }
}

/// AWS's own policy for this application.
fn documented(e: &Evidence) -> Option<Json> {
    let application = e.live.application.as_ref()?;
    let mut parts = application.arn.splitn(6, ':').skip(3);
    let region = Region::parse(parts.next()?).ok()?;
    let account = AccountId::parse(parts.next()?).ok()?;
    let id = parts.next()?.strip_prefix("application/")?;
    let policy = PermissionPolicy::of(&Permissions::WebExperience {
        region,
        account,
        application: id.to_owned(),
        q_apps: application.q_apps && region.has_q_apps(),
        kms_key: application.kms_key.clone(),
        document_content: false,
    });
    Some(policy.to_json())
}

fn other_role(make: &mut Maker<'_>) {
    let e = make.e;
    let held = e
        .live
        .web_experience
        .as_ref()
        .and_then(|w| w.role.clone())
        .unwrap_or_default();
    let sent = sent_pair(e);
    let ours = e.expected.role_arn.clone().filter(|ours| *ours != held);
    // Whose role it is to be, a set-up says, or a claim that somebody vouches for.
    let claimed = || {
        let sent = sent.as_ref().filter(|_| is_vouched(e))?;
        Some(sent.role.clone())
    };
    if let Some(wanted) = ours.or_else(claimed).filter(|w| *w != held) {
        make.aws(
            "Web experience role",
            &held,
            &wanted,
            vec![Edit::WebExperienceRole(wanted.clone())],
        );
    }
    if let Some(pair) = sent.filter(|p| p.role != held && !held.is_empty()) {
        let to = format!("{held},{}", pair.provider);
        let edit = Edit::Attribute(claims::ROLE.into(), vec![to.clone()]);
        make.idp(
            "Attribute Role",
            &format!("{},{}", pair.role, pair.provider),
            &to,
            vec![edit],
        );
    }
}

fn web_experience(make: &mut Maker<'_>, finding: &Finding) {
    let e = make.e;
    let mut edits = vec![Edit::WebExperienceActive];
    if let Some(role) = &e.expected.role_arn {
        edits.push(Edit::WebExperienceRole(role.clone()));
    }
    let to = e.expected.role_arn.clone().unwrap_or_else(|| "ACTIVE".to_owned());
    make.aws("Web experience role", &finding.found, &to, edits);
}
