//! What is sent to the administrator of the other side, for each vendor: greeting-free, exact, and without people.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod common;

use claimbridge_core::diagnose::fix::{Change, Fix, Reach};
use claimbridge_core::diagnose::letter::{About, Letter, MAILTO_LENGTH};
use claimbridge_core::diagnose::{LiveRole, Owner, RuleId, diagnose};
use claimbridge_core::idp::{IdentityProvider, steps, values};
use claimbridge_core::policy::TrustPolicy;
use claimbridge_core::simulate::{People, ProviderConfiguration, Sends, evidence};
use claimbridge_core::time::parse_instant;
use claimbridge_core::value::WebExperienceUrl;
use common::setup_for;

/// The letters to both sides about what one person's sign-in would be.
fn letters(
    idp: IdentityProvider,
    change: impl Fn(&mut ProviderConfiguration),
    trust: impl Fn(&str) -> String,
    table: &str,
) -> [Option<Letter>; 2] {
    let endpoint = WebExperienceUrl::from_endpoint("https://abcd.chat.qbusiness.us-east-1.on.aws/").unwrap();
    let setup = setup_for(idp);
    let mut configuration = ProviderConfiguration::of(&setup, Some(&endpoint));
    let policy = configuration.trust().unwrap().to_json().to_string();
    let policy = TrustPolicy::parse(&trust(&policy)).unwrap();
    change(&mut configuration);
    let people = People::read(table.as_bytes()).unwrap();
    let at = parse_instant("2026-11-22T16:00:00Z").unwrap();
    let mut seen = evidence(&configuration, &people, 0, None, at).unwrap().unwrap();
    seen.role = Some(LiveRole::There(policy));
    let findings = diagnose(&seen);
    let person = people.list[0].name();
    let about = About {
        idp,
        steps: steps(&setup),
        values: values(&setup, Some(&endpoint)),
        person: Some(&person),
        at,
    };
    let both = [Owner::Idp, Owner::Aws].map(|to| Letter::new(to, &findings, None, &about));
    for letter in both.iter().flatten() {
        let text = format!("{}\n{}", letter.subject, letter.body).to_lowercase();
        for name in [
            "alice", "adams", "conor", "hara@", "o'hara", "gina_", "gina@", "neil",
        ] {
            assert!(!text.contains(name), "{name}: {text}");
        }
        assert!(
            !letter.subject.contains('\n') && !letter.body.contains("{{"),
            "{text}"
        );
        if let Some(mailto) = letter.mailto() {
            assert!(mailto.len() <= MAILTO_LENGTH && mailto.is_ascii() && !mailto.contains([' ', '\n', '+']));
        }
    }
    both
}

fn text(letters: [Option<Letter>; 2]) -> String {
    letters
        .into_iter()
        .flatten()
        .map(|l| format!("To: {:?}\nSubject: {}\n\n{}", l.to, l.subject, l.body))
        .collect::<Vec<_>>()
        .join("\n--------\n")
}

fn same(policy: &str) -> String {
    policy.to_owned()
}

#[test]
fn to_the_administrator_of_entra() {
    let guest = "upn,mail,appRoles\ngina_partner.example#EXT#@contoso.onmicrosoft.com,,\n";
    insta::assert_snapshot!(
        "letter-entra",
        text(letters(IdentityProvider::EntraGallery, |_| {}, same, guest))
    );
}

#[test]
fn to_the_administrator_of_okta_with_saml() {
    let change = |c: &mut ProviderConfiguration| {
        if let Sends::Assertion(settings) = &mut c.sends {
            settings.recipient = "https://abcd.chat.qbusiness.us-east-1.on.aws/saml".into();
        }
    };
    let table = "login,email\nalice.adams@acme.example,conor.o'hara@acme.example\n";
    insta::assert_snapshot!(
        "letter-okta-saml",
        text(letters(IdentityProvider::OktaSaml, change, same, table))
    );
}

#[test]
fn to_the_administrator_of_okta_with_openid_connect() {
    let change = |c: &mut ProviderConfiguration| c.set("https://aws.amazon.com/tags", "user.email");
    let table = "login,email\nalice@acme.example,alice@acme.example\n";
    insta::assert_snapshot!(
        "letter-okta-oidc",
        text(letters(IdentityProvider::OktaOidc, change, same, table))
    );
}

#[test]
fn to_the_administrator_of_pingone() {
    let change = |c: &mut ProviderConfiguration| {
        c.set(
            "https://aws.amazon.com/SAML/Attributes/RoleSessioName",
            "Email Address",
        );
        c.set("RoleSessionName", "");
    };
    let table = "Username,Email Address\nalice,alice@acme.example \n";
    insta::assert_snapshot!(
        "letter-pingone",
        text(letters(IdentityProvider::PingOne, change, same, table))
    );
}

#[test]
fn to_the_administrator_of_aws() {
    let trust = |policy: &str| {
        policy
            .replace(
                "https://abcd.chat.qbusiness.us-east-1.on.aws/saml",
                "https://sampleurl.com",
            )
            .replace("\"sts:TagSession\"", "\"sts:GetCallerIdentity\"")
    };
    let table = "upn,mail\nalice@acme.example,alice@acme.example\n";
    insta::assert_snapshot!(
        "letter-aws",
        text(letters(IdentityProvider::EntraGallery, |_| {}, trust, table))
    );
}

#[test]
fn nothing_to_do_is_no_letter_and_a_fix_asks_for_its_own_changes_alone() {
    let good = "upn,mail\nalice@acme.example,alice@acme.example\n";
    assert_eq!(
        letters(IdentityProvider::EntraGallery, |_| {}, same, good),
        [None, None]
    );
    let findings = {
        let configuration = ProviderConfiguration::of(&setup_for(IdentityProvider::EntraGallery), None);
        let people = People::read(b"upn,mail,appRoles\nalice@acme.example,,\n").unwrap();
        let at = parse_instant("2026-11-22T16:00:00Z").unwrap();
        diagnose(&evidence(&configuration, &people, 0, None, at).unwrap().unwrap())
    };
    assert_eq!(findings.len(), 2);
    let about = About {
        idp: IdentityProvider::EntraGallery,
        steps: steps(&common::setup()),
        values: values(&common::setup(), None),
        person: None,
        at: parse_instant("2026-11-22T16:00:00Z").unwrap(),
    };
    let fix = Fix {
        changes: vec![Change {
            owner: Owner::Idp,
            rule: RuleId::EmailMissing,
            place: "Attribute PrincipalTag:Email".into(),
            from: String::new(),
            to: "the person’s address".into(),
            step: Some("email-claim".into()),
        }],
        reach: Reach::Application,
        silences: vec![RuleId::EmailMissing],
    };
    let letter = Letter::new(Owner::Idp, &findings, Some(&fix), &about).unwrap();
    assert!(
        letter.body.contains("[F17]") && !letter.body.contains("[F01]"),
        "{}",
        letter.body
    );
    assert!(letter.mailto().is_some(), "{}", letter.body.len());
}
