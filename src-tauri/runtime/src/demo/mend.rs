//! The smallest fix, really made: typed into the portal by its labels, planned and applied in AWS, and then
//! somebody signs in again.

use super::{DemoOutcome, SignIn, Stage, sign_in};
use crate::connection::Problem;
use claimbridge_core::diagnose::fix::{Change, Fix, Reach, smallest};
use claimbridge_core::diagnose::{Owner, RuleId};
use claimbridge_core::idp::{GuideStep, IdentityProvider, Protocol, fill, guide, values};
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_practice::{Administrator, Mistake, Visit};

/// What came of it.
#[derive(Debug)]
pub struct Mended {
    /// The fix that was made, the first of those that suffice.
    pub fix: Fix,
    /// STS let the person in, and nothing blocks.
    pub passed: bool,
    /// What still blocks, or what the identity provider said.
    pub left: Vec<String>,
}

/// Makes the first fix and signs the same person in again; None where there is none.
pub(super) async fn mend(
    stage: &mut Stage<'_>,
    admin: &Administrator,
    visit: &mut Visit<'_>,
    outcome: &DemoOutcome,
) -> Result<Option<Mended>, Problem> {
    let Some(evidence) = &outcome.evidence else {
        return Ok(None);
    };
    let Some(fix) = smallest(evidence).into_iter().next() else {
        return Ok(None);
    };
    let person = stage.mistake.map_or(super::PEOPLE[0], Mistake::user);
    for change in &fix.changes {
        stage.say(format!(
            "mending: {} from “{}” to “{}”",
            change.place, change.from, change.to
        ));
        make(stage, admin, visit, (change, fix.reach), person).await?;
    }
    // The mistake is mended: from here on people do what the guide says.
    stage.mistake = None;
    Ok(Some(match sign_in(stage, admin, visit, person).await? {
        SignIn::Refused(words) => Mended {
            fix,
            passed: false,
            left: vec![words],
        },
        SignIn::Judged(judgement) => Mended {
            fix,
            passed: judgement.passed,
            left: judgement
                .findings
                .iter()
                .map(|f| format!("{}: {} instead of {}", f.id, f.found, f.expected))
                .collect(),
        },
    }))
}

async fn make(
    stage: &mut Stage<'_>,
    admin: &Administrator,
    visit: &mut Visit<'_>,
    (change, reach): (&Change, Reach),
    person: &str,
) -> Result<(), Problem> {
    match change.owner {
        Owner::Aws => in_aws(stage, visit, change).await,
        Owner::Idp if reach == Reach::Person => Ok(admin.fill_in_mail(person).await?),
        Owner::Idp => at_the_provider(stage, visit, change).await,
        // A new sign-in is all.
        Owner::User => Ok(()),
    }
}

/// A change in AWS becomes a plan: what the set-up says is put back. Metadata that is to be fresh is taken from
/// the portal first.
async fn in_aws(stage: &mut Stage<'_>, visit: &mut Visit<'_>, change: &Change) -> Result<(), Problem> {
    let fresh = matches!(
        change.rule,
        RuleId::SignatureInvalid
            | RuleId::IssuerWrong
            | RuleId::CertificateInactive
            | RuleId::MetadataGeneric
    );
    if fresh && stage.setup.protocol() == Protocol::Saml {
        let metadata = visit.metadata().await?;
        let (text, _) = FederationMetadata::for_iam(&metadata).map_err(|e| Problem::Report(e.to_string()))?;
        stage.setup.give_metadata(text)?;
    }
    stage.carry_out().await
}

/// A change at the identity provider: the step of the guide is done again, as it is written there. What the fix
/// says has to be among what is typed, where it is no source of the provider's own.
async fn at_the_provider(
    stage: &mut Stage<'_>,
    visit: &mut Visit<'_>,
    change: &Change,
) -> Result<(), Problem> {
    let idp = stage.setup.idp();
    let Some(id) = change.step.as_deref().or(unnamed(change.rule, idp)) else {
        return Err(Problem::Report(format!("{change:?} names no step")));
    };
    let endpoint = stage.files.bindings()?.web_experience();
    let known = values(&stage.setup, endpoint.as_ref());
    if change.rule == RuleId::ClaimMisnamed {
        visit.remove_claim(&change.from).await?;
    }
    let steps: Vec<&GuideStep> = guide(idp).step.iter().filter(|s| s.id == id).collect();
    // Whoever is assigned to the app role gets the claim: nothing is typed.
    let exact = id != "assign" && (change.to.starts_with("arn:") || change.to.ends_with("/saml"));
    let is_typed = steps.iter().flat_map(|s| &s.values).any(|v| {
        let text = v.value.as_deref().and_then(|text| fill(text, &known));
        text.is_some_and(|text| text.contains(&change.to))
    });
    if exact && !is_typed {
        return Err(Problem::Report(format!(
            "the fix says “{}”, and the step {id} has no such value",
            change.to
        )));
    }
    for step in steps {
        visit.follow(step, &known, None).await?;
    }
    if id != "assign" && (change.rule == RuleId::RoleMissing || id == "app-role") {
        for step in guide(idp).step.iter().filter(|s| s.id == "assign") {
            visit.follow(step, &known, None).await?;
        }
    }
    Ok(())
}

/// The step for rules whose words name none.
fn unnamed(rule: RuleId, idp: IdentityProvider) -> Option<&'static str> {
    let entra = matches!(idp, IdentityProvider::EntraGallery | IdentityProvider::EntraOwn);
    match rule {
        RuleId::RoleMissing if entra => Some("assign"),
        RuleId::RecipientMismatch | RuleId::RecipientIsAcs | RuleId::Audience if entra => Some("basic-saml"),
        RuleId::RecipientMismatch | RuleId::RecipientIsAcs | RuleId::Audience => Some("saml-settings"),
        RuleId::EmailMissing | RuleId::EmailEmpty | RuleId::ClaimMisnamed => Some("email-claim"),
        RuleId::TokenEmailMissing => Some("tags-claim"),
        _ => None,
    }
}
