//! Every mistake at an identity provider can be made in every portal, and the rule that explains it
//! comes first.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

#[path = "../../core/tests/common/again.rs"]
mod again;

use again::kept_is_the_same;
use claimbridge_core::diagnose::{Evidence, Expected, RuleId, diagnose};
use claimbridge_core::idp::{IdentityProvider, Phase, RecipientRule, Values, guide};
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_core::saml::response::Response;
use claimbridge_core::saml::signature::{Pinned, verify};
use claimbridge_practice::config::Config;
use claimbridge_practice::{Administrator, Mistake, World};
use std::time::SystemTime;

const ACS: &str = "https://abcd.chat.qbusiness.us-east-1.on.aws/saml";
const SIGN_IN: &str = "https://signin.aws.amazon.com/saml";
const ROLE: &str = "arn:aws:iam::123456789012:role/q-acme-web";
const PROVIDER: &str = "arn:aws:iam::123456789012:saml-provider/q-acme-idp";

/// What shows in a response alone, without AWS.
const RULES: [RuleId; 26] = [
    RuleId::RoleMissing,
    RuleId::PairSwapped,
    RuleId::Whitespace,
    RuleId::RoleWrong,
    RuleId::AccountWrong,
    RuleId::ProviderWrong,
    RuleId::RecipientMismatch,
    RuleId::Audience,
    RuleId::SessionNameMissing,
    RuleId::SessionNameInvalid,
    RuleId::EmailMissing,
    RuleId::EmailEmpty,
    RuleId::ClaimMisnamed,
    RuleId::EmailSeveral,
    RuleId::TagInvalid,
    RuleId::NameIdMissing,
    RuleId::NameIdTransient,
    RuleId::ShortSession,
    RuleId::TooLong,
    RuleId::Encrypted,
    RuleId::RoleSeveral,
    RuleId::StatusNotSuccess,
    RuleId::SignatureInvalid,
    RuleId::Unsigned,
    RuleId::SubjectConfirmation,
    RuleId::Structure,
];

/// The findings of a sign-in after the guide was followed with a mistake, or with none.
async fn findings(idp: IdentityProvider, mistake: Option<Mistake>) -> Vec<RuleId> {
    let world = World::new(Config::default()).serve(0).await.unwrap();
    let admin = Administrator::new(&world.origin());
    let mut visit = admin.visit(idp, "q-acme");
    let recipient = match guide(idp).recipient {
        Some(RecipientRule::SignIn) => SIGN_IN,
        _ => ACS,
    };
    let values = Values::from([
        ("app_name", "q-acme".to_owned()),
        ("role_name", "q-acme-web".to_owned()),
        ("recipient", recipient.to_owned()),
        ("acs_url", ACS.to_owned()),
        ("further_tags", String::new()),
        ("role_pair", format!("{ROLE},{PROVIDER}")),
    ]);
    let mut metadata = Vec::new();
    for phase in [Phase::Before, Phase::After] {
        let steps = guide(idp).step.iter();
        for step in steps.filter(|s| s.phase == phase && !s.optional && !s.each_tag) {
            visit.follow(step, &values, mistake).await.unwrap();
        }
        if phase == Phase::Before {
            metadata = visit.metadata().await.unwrap();
        }
    }
    if let Some(mistake) = mistake {
        visit.spoil(mistake).await.unwrap();
        mistake.reshape(world.world());
    }
    let person = mistake.map_or("alice@contoso.example", Mistake::user);
    let response = Response::decode(visit.sign_in(person).await.unwrap().as_bytes()).unwrap();
    let metadata = FederationMetadata::parse(&metadata, None).unwrap();
    let now = SystemTime::now().into();
    let mut evidence = Evidence::new(
        now,
        Expected {
            idp,
            recipient: Some(recipient.to_owned()),
            audience: None,
            role_arn: Some(ROLE.to_owned()),
            provider_arn: Some(PROVIDER.to_owned()),
            tags: None,
        },
    );
    evidence.view = Some(response.view().clone());
    evidence.captured_at = Some(now);
    let pinned = Pinned::new(&metadata.signing_certificates).unwrap();
    evidence.verdict = Some(verify(&response, &pinned));
    evidence.metadata = Some(Ok(metadata));
    kept_is_the_same(
        &evidence,
        &[
            "alice",
            "gina",
            "conor",
            "hara",
            "Adams",
            "123456789012",
            "210987654321",
            "7e4a4700",
            "0b1ec700",
        ],
    );
    diagnose(&evidence).into_iter().map(|f| f.id).collect()
}

async fn check(idp: IdentityProvider) {
    assert_eq!(findings(idp, None).await, [], "{}", idp.as_str());
    for rule in RULES {
        let found = findings(idp, Mistake::for_rule(rule)).await;
        assert_eq!(found.first(), Some(&rule), "{} {rule}: {found:?}", idp.as_str());
    }
}

#[tokio::test]
async fn in_oktas_portal() {
    check(IdentityProvider::OktaSaml).await;
    let ticked = findings(
        IdentityProvider::OktaSaml,
        Mistake::for_rule(RuleId::RecipientIsAcs),
    )
    .await;
    assert!(ticked.contains(&RuleId::RecipientIsAcs), "{ticked:?}");
    let region = findings(
        IdentityProvider::OktaSaml,
        Mistake::for_rule(RuleId::SignInRegion),
    )
    .await;
    assert_eq!(region.first(), Some(&RuleId::SignInRegion), "{region:?}");
}

#[tokio::test]
async fn in_pingones_portal() {
    check(IdentityProvider::PingOne).await;
}

#[tokio::test]
async fn in_pingfederates_console() {
    check(IdentityProvider::PingFederate).await;
}

#[tokio::test]
async fn in_a_plain_portal() {
    check(IdentityProvider::GenericSaml).await;
}
