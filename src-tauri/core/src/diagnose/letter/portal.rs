//! Where in the provider's portal something is changed, by the steps of its guide.

use super::About;
use crate::claims::NAMESPACE;
use crate::diagnose::fix::Change;
use crate::diagnose::{Finding, RuleId};
use crate::idp::{GuideStep, IdentityProvider};

/// The step of the guide where it is changed: of the fix, of the finding, else of the place where it was seen.
pub(super) fn step_of<'a>(
    finding: &Finding,
    change: Option<&Change>,
    place: &str,
    about: &'a About<'_>,
) -> Option<&'a GuideStep> {
    let by_id = |id: &str| about.steps.iter().find(|s| s.id == id);
    let of_place = || {
        steps_of_place(place, &finding.expected)
            .iter()
            .find_map(|id| by_id(id))
    };
    // With app roles, whoever has none was assigned without one.
    let of_person = || {
        let assigned = finding.id == RuleId::RoleMissing && by_id("app-role").is_some();
        by_id("assign").filter(|_| assigned)
    };
    // A rule about any claim has steps for all of them; the place or the name that is expected says which.
    let of_claim = || {
        let says = place.starts_with("Attribute ") || finding.expected.starts_with(NAMESPACE);
        of_place().filter(|_| says)
    };
    change
        .and_then(|c| by_id(c.step.as_deref()?))
        .or_else(of_person)
        .or_else(of_claim)
        .or_else(|| by_id(finding.step.as_deref()?))
        .or_else(of_place)
}

/// Where a portal has what a response or token has here; the first step that the guide knows.
fn steps_of_place(place: &str, expected: &str) -> &'static [&'static str] {
    let has = |part: &str| place.contains(part) || (place == "AttributeStatement" && expected.contains(part));
    match () {
        () if has("RoleSessionName") => &["session-name-claim", "gallery-claims"],
        () if has("SessionDuration") => &["gallery-claims"],
        () if has("Role") => &["app-role", "role-claim"],
        () if has("PrincipalTag") => &["email-claim"],
        () if has("aws.amazon.com/tags") || has("Tag Email") => &["tags-claim"],
        () if has("NameID") || place == "Subject" => &["name-id", "saml-settings"],
        () if has("Recipient") || has("Audience") || has("SubjectConfirmation") => {
            &["basic-saml", "saml-settings", "acs", "redirect"]
        }
        () if has("ignature") || has("ertificate") || has("etadata") || has("Issuer") => &["metadata"],
        () if has("Claim iss") => &["issuer"],
        () if has("Claim aud") || has("Claim azp") => &["client"],
        () => &[],
    }
}

/// What is set there instead of what the step enters, where the step is of many settings and the rule of one: label
/// and value, in the words of the portal.
pub(super) fn setting(rule: RuleId, idp: IdentityProvider) -> Option<(&'static str, &'static str)> {
    match (rule, idp) {
        (RuleId::Unsigned, IdentityProvider::OktaSaml) => Some(("Assertion Signature", "Signed")),
        (RuleId::Unsigned, IdentityProvider::EntraGallery | IdentityProvider::EntraOwn) => {
            Some(("Signing Option", "Sign SAML assertion"))
        }
        _ => None,
    }
}
