//! An administrator follows every guide in its practised portal, label by label, and what comes of it
//! says what AWS wants; whoever departs from the guide gets what the vendor would send.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod oidc;
mod requests;
mod simulated;

use claimbridge_core::claims;
use claimbridge_core::idp::{GuideStep, IdentityProvider, Phase, Protocol, RecipientRule, Values, guide};
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_core::saml::response::{Assertion, Response};
use claimbridge_core::saml::signature::{Pinned, verify};
use claimbridge_core::setup::authentication::Authentication;
use claimbridge_practice::config::Config;
use claimbridge_practice::{Administrator, PortalError, Running, Visit, World};
use std::collections::BTreeMap;

const NAME: &str = "q-acme";
const ACS: &str = "https://abcd.chat.qbusiness.eu-west-1.on.aws/saml";
const SIGN_IN: &str = "https://eu-west-1.signin.aws.amazon.com/saml";
const PAIR: &str =
    "arn:aws:iam::123456789012:role/q-acme-web,arn:aws:iam::123456789012:saml-provider/q-acme-idp";
const REDIRECT: &str = "https://abcd.chat.qbusiness.eu-west-1.on.aws/authorization-code/callback";
const ALICE: &str = "alice@contoso.example";

/// What is known before the AWS resources exist, or after.
fn values(phase: Phase) -> Values {
    let mut known = BTreeMap::from([
        ("app_name", NAME.to_owned()),
        ("role_name", "q-acme-web".to_owned()),
        ("further_tags", String::new()),
        ("recipient", SIGN_IN.to_owned()),
    ]);
    if phase == Phase::After {
        known.insert("acs_url", ACS.to_owned());
        known.insert("role_pair", PAIR.to_owned());
        known.insert("redirect_url", REDIRECT.to_owned());
    }
    known
}

async fn world() -> (Running, Administrator) {
    let world = World::new(Config::default()).serve(0).await.unwrap();
    let admin = Administrator::new(&world.origin());
    (world, admin)
}

fn steps(idp: IdentityProvider, phase: Phase) -> impl Iterator<Item = &'static GuideStep> {
    let steps = guide(idp).step.iter();
    steps.filter(move |s| s.phase == phase && !s.each_tag)
}

/// Follows every step that everybody does, except those that `change` takes out or does otherwise.
async fn follow(
    visit: &mut Visit<'_>,
    idp: IdentityProvider,
    change: impl Fn(&GuideStep) -> Option<GuideStep>,
) -> Result<(), PortalError> {
    for phase in [Phase::Before, Phase::After] {
        for step in steps(idp, phase).filter(|s| !s.optional) {
            if let Some(step) = change(step) {
                visit.follow(&step, &values(phase), None).await?;
            }
        }
    }
    Ok(())
}

/// The guide to the letter.
#[expect(clippy::unnecessary_wraps, reason = "one of several changes")]
fn to_the_letter(step: &GuideStep) -> Option<GuideStep> {
    Some(step.clone())
}

/// One value of one step is another.
fn otherwise(
    id: &'static str,
    label: &'static str,
    text: &'static str,
) -> impl Fn(&GuideStep) -> Option<GuideStep> {
    move |step| {
        let mut step = step.clone();
        if step.id == id {
            let value = step.values.iter_mut().find(|v| v.label == label).unwrap();
            let given = if value.choose.is_some() {
                &mut value.choose
            } else {
                &mut value.value
            };
            *given = Some(text.to_owned());
        }
        Some(step)
    }
}

/// One step is forgotten.
fn without(id: &'static str) -> impl Fn(&GuideStep) -> Option<GuideStep> {
    move |step| Some(step.clone()).filter(|s| s.id != id)
}

/// The assertion, verified with the certificates of the metadata.
fn verified(metadata: &[u8], response: &str) -> Assertion {
    let metadata = FederationMetadata::parse(metadata, None).unwrap();
    let pinned = Pinned::new(&metadata.signing_certificates).unwrap();
    let response = Response::decode(response.as_bytes()).unwrap();
    let verified = verify(&response, &pinned).unwrap();
    let assertion = verified.assertion().clone();
    assert_eq!(assertion.issuer.as_deref(), Some(metadata.entity_id.as_str()));
    assertion
}

#[tokio::test]
async fn every_guide_of_saml_gives_the_response_that_aws_wants() {
    for idp in IdentityProvider::ALL.iter().copied() {
        if idp.protocol() != Protocol::Saml {
            continue;
        }
        let (_world, admin) = world().await;
        let mut visit = admin.visit(idp, NAME);
        for step in steps(idp, Phase::Before).filter(|s| !s.optional) {
            visit.follow(step, &values(Phase::Before), None).await.unwrap();
        }
        // What AWS needs is there before AWS gave anything, and is the same afterwards.
        let metadata = visit.metadata().await.unwrap();
        let address = visit.address().await.unwrap();
        for step in steps(idp, Phase::After).filter(|s| !s.optional) {
            visit.follow(step, &values(Phase::After), None).await.unwrap();
        }
        assert_eq!(visit.address().await.unwrap(), address, "{}", idp.as_str());
        assert_eq!(visit.metadata().await.unwrap(), metadata, "{}", idp.as_str());
        let known = Authentication::parse(&address).unwrap();
        assert_eq!(known.url.as_str(), address);

        let response = visit.sign_in(ALICE).await.unwrap();
        let assertion = verified(&metadata, &response);
        let recipient = match guide(idp).recipient {
            Some(RecipientRule::SignIn) => SIGN_IN,
            _ => ACS,
        };
        assert_eq!(assertion.recipient(), Some(recipient), "{}", idp.as_str());
        let audience = assertion.audiences.first().unwrap();
        assert!(
            [recipient, "urn:amazon:webservices"].contains(&audience.as_str()),
            "{audience}"
        );
        assert_eq!(assertion.values(claims::ROLE).unwrap(), [PAIR]);
        assert_eq!(assertion.values(claims::SESSION_NAME).unwrap(), [ALICE]);
        let email = format!("{}/PrincipalTag:Email", claims::NAMESPACE);
        assert_eq!(assertion.values(&email).unwrap(), [ALICE], "{}", idp.as_str());
        let name_id = assertion.name_id.as_ref().unwrap();
        assert_eq!(
            name_id.format.as_deref(),
            Some("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"),
            "{}",
            idp.as_str()
        );
        let bearer = assertion.bearer().unwrap();
        assert!(bearer.is_bearer() && bearer.not_on_or_after.is_some());
    }
}

#[tokio::test]
async fn optional_steps_can_be_done_as_well() {
    for idp in IdentityProvider::ALL.iter().copied() {
        let (_world, admin) = world().await;
        let mut visit = admin.visit(idp, NAME);
        follow(&mut visit, idp, to_the_letter).await.unwrap();
        for step in guide(idp).step.iter().filter(|s| s.optional) {
            // Without an application of one's own there is nothing to type, and nothing is done.
            visit.follow(step, &values(Phase::After), None).await.unwrap();
            let mut own = values(Phase::After);
            own.insert("custom_url", "https://portal.acme.example/callback".into());
            visit.follow(step, &own, None).await.unwrap();
        }
    }
}

/// What a departure from Okta's guide sends.
async fn okta_sends(
    change: impl Fn(&GuideStep) -> Option<GuideStep>,
    login: &str,
) -> Result<Assertion, PortalError> {
    let (_world, admin) = world().await;
    let mut visit = admin.visit(IdentityProvider::OktaSaml, NAME);
    follow(&mut visit, IdentityProvider::OktaSaml, change).await?;
    let response = visit.sign_in(login).await?;
    Ok(verified(&visit.metadata().await?, &response))
}

#[tokio::test]
async fn departures_from_oktas_guide() {
    // The checkbox is ticked when nobody touches it.
    let left = okta_sends(
        otherwise(
            "saml-settings",
            "Use this for Recipient URL and Destination URL",
            "checked",
        ),
        ALICE,
    );
    assert_eq!(left.await.unwrap().recipient(), Some(ACS));

    let other = "https://signin.aws.amazon.com/saml";
    let global = okta_sends(otherwise("saml-settings", "Recipient URL", other), ALICE)
        .await
        .unwrap();
    assert_eq!(global.recipient(), Some(other));
    assert_eq!(global.audiences, [SIGN_IN]);

    let email = format!("{}/PrincipalTag:Email", claims::NAMESPACE);
    let forgotten = okta_sends(without("email-claim"), ALICE).await.unwrap();
    assert_eq!(forgotten.values(&email), None);
    let literal = okta_sends(otherwise("email-claim", "Value", "users.email"), ALICE)
        .await
        .unwrap();
    assert_eq!(literal.values(&email).unwrap(), ["users.email"]);
    // Bob has no address: Okta leaves the attribute out.
    let bob = okta_sends(to_the_letter, "bob@contoso.example").await.unwrap();
    assert_eq!(bob.values(&email), None);

    let nobody = okta_sends(without("assign"), ALICE).await.unwrap_err();
    assert_eq!(
        nobody,
        PortalError::Refused("User is not assigned to this application".into())
    );
    let stranger = okta_sends(to_the_letter, "eve@contoso.example")
        .await
        .unwrap_err();
    assert_eq!(stranger, PortalError::Refused("Unable to sign in".into()));
    // A choice that the portal does not have, and a label that it does not have.
    let choice = okta_sends(otherwise("placeholder", "Name ID format", "persistent"), ALICE).await;
    assert!(matches!(choice, Err(PortalError::Missing { .. })), "{choice:?}");
    let lost = okta_sends(
        |step| {
            let mut step = step.clone();
            step.path.push("Nowhere".into());
            Some(step)
        },
        ALICE,
    );
    assert!(matches!(lost.await, Err(PortalError::Missing { .. })));
}

#[tokio::test]
async fn pingone_takes_no_constant_without_quotation_marks() {
    let (_world, admin) = world().await;
    let mut visit = admin.visit(IdentityProvider::PingOne, NAME);
    let bare = otherwise("role-claim", "Expression", "arn:aws:iam::123456789012:role/x");
    let refused = follow(&mut visit, IdentityProvider::PingOne, bare)
        .await
        .unwrap_err();
    assert!(matches!(refused, PortalError::Refused(words) if words.contains("quotation marks")));
}

#[tokio::test]
async fn unsigned_assertions_can_be_had() {
    let (_world, admin) = world().await;
    for (idp, step, label, option) in [
        (
            IdentityProvider::PingOne,
            "saml-settings",
            "Signing",
            "Do not sign (practice only)",
        ),
        (IdentityProvider::GenericSaml, "saml-settings", "Sign", "Nothing"),
    ] {
        let mut visit = admin.visit(idp, NAME);
        follow(&mut visit, idp, otherwise(step, label, option))
            .await
            .unwrap();
        let response = Response::decode(visit.sign_in(ALICE).await.unwrap().as_bytes()).unwrap();
        let metadata = FederationMetadata::parse(&visit.metadata().await.unwrap(), None).unwrap();
        let pinned = Pinned::new(&metadata.signing_certificates).unwrap();
        assert!(verify(&response, &pinned).is_err());
    }
}
