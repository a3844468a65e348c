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
    /// Changes that the practice world has no step for: place, and why. Nobody signed in again where there is one.
    pub unmade: Vec<(String, String)>,
    /// STS let the person in, and nothing blocks.
    pub passed: bool,
    /// What still blocks, what the identity provider said, or what is to be done by hand.
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
    let mut unmade = Vec::new();
    for change in &fix.changes {
        stage.say(format!(
            "mending: {} from “{}” to “{}”",
            change.place, change.from, change.to
        ));
        if let Some(why) = make(stage, admin, visit, (change, fix.reach), person).await? {
            unmade.push((change.place.clone(), why));
        }
    }
    if !unmade.is_empty() {
        let is_unmade = |c: &&Change| unmade.iter().any(|(place, _)| *place == c.place);
        let left = fix.changes.iter().filter(is_unmade);
        let left = left.map(by_hand).collect();
        return Ok(Some(Mended {
            fix,
            unmade,
            passed: false,
            left,
        }));
    }
    // The mistake is mended: from here on people do what the guide says.
    stage.mistake = None;
    Ok(Some(match sign_in(stage, admin, visit, person).await? {
        SignIn::Refused(words) => Mended {
            fix,
            unmade,
            passed: false,
            left: vec![words],
        },
        SignIn::Judged(judgement) => Mended {
            fix,
            unmade,
            passed: judgement.passed,
            left: judgement
                .findings
                .iter()
                .map(|f| format!("{}: {} instead of {}", f.id, f.found, f.expected))
                .collect(),
        },
    }))
}

fn by_hand(change: &Change) -> String {
    match change.to.as_str() {
        "" => format!("{} has to go", change.place),
        to => format!("{} has to be {to}", change.place),
    }
}

/// None where it is made, else why there is no way to make it here.
async fn make(
    stage: &mut Stage<'_>,
    admin: &Administrator,
    visit: &mut Visit<'_>,
    (change, reach): (&Change, Reach),
    person: &str,
) -> Result<Option<String>, Problem> {
    match change.owner {
        Owner::Aws => in_aws(stage, visit, change).await?,
        Owner::Idp if reach == Reach::Person => admin.fill_in_mail(person).await?,
        Owner::Idp => return at_the_provider(stage, visit, change).await,
        // A new sign-in is all.
        Owner::User => {}
    }
    Ok(None)
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
/// says has to be among what is typed, where it is no source of the provider's own; else the answer is why not.
async fn at_the_provider(
    stage: &mut Stage<'_>,
    visit: &mut Visit<'_>,
    change: &Change,
) -> Result<Option<String>, Problem> {
    let idp = stage.setup.idp();
    let Some(id) = change.step.as_deref().or(unnamed(change.rule, idp)) else {
        return Ok(Some(
            "the portal of the practice world has no step for it".to_owned(),
        ));
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
        return Ok(Some(format!(
            "the step “{id}” in the portal of the practice world enters another value"
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
    Ok(None)
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
