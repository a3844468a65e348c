//! What is sent to the administrator of the other side, for each vendor: greeting-free, exact, and without people.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod common;

use claimbridge_core::diagnose::fix::{Change, Fix, Reach, smallest};
use claimbridge_core::diagnose::letter::{About, Letter, MAILTO_LENGTH};
use claimbridge_core::diagnose::{Finding, LiveRole, Owner, RuleId, Severity, diagnose};
use claimbridge_core::idp::{IdentityProvider, steps, values};
use claimbridge_core::policy::TrustPolicy;
use claimbridge_core::simulate::{People, ProviderConfiguration, Sends, evidence};
use claimbridge_core::time::parse_instant;
use claimbridge_core::value::WebExperienceUrl;
use common::setup_for;
use proptest::prelude::*;

/// The letters to both sides about what one person's sign-in would be.
fn letters(
    idp: IdentityProvider,
    change: impl Fn(&mut ProviderConfiguration),
    trust: impl Fn(&str) -> String,
    table: &str,
) -> [Option<Letter>; 2] {
    letters_about(idp, change, trust, table, true)
}

fn letters_about(
    idp: IdentityProvider,
    change: impl Fn(&mut ProviderConfiguration),
    trust: impl Fn(&str) -> String,
    table: &str,
    has_set_up: bool,
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
        has_set_up,
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

/// What the role still expects, and that it takes no tags.
fn broken(policy: &str) -> String {
    policy
        .replace(
            "https://abcd.chat.qbusiness.us-east-1.on.aws/saml",
            "https://sampleurl.com",
        )
        .replace("\"sts:TagSession\"", "\"sts:GetCallerIdentity\"")
}

const ALICE: &str = "upn,mail\nalice@acme.example,alice@acme.example\n";

#[test]
fn to_the_administrator_of_aws() {
    insta::assert_snapshot!(
        "letter-aws",
        text(letters(IdentityProvider::EntraGallery, |_| {}, broken, ALICE))
    );
}

/// Whoever has no set-up of this program is told what to press, or which command to run.
#[test]
fn to_the_administrator_of_aws_without_a_set_up() {
    let letters = letters_about(IdentityProvider::EntraGallery, |_| {}, broken, ALICE, false);
    let text = text(letters);
    assert!(!text.to_lowercase().contains("set-up"), "{text}");
    insta::assert_snapshot!("letter-aws-by-hand", text);
}

/// Each place in AWS has its way through the console, and its command where one does it.
#[test]
fn by_hand_each_place_has_its_way() {
    let check = |place: &str, to: &str, way: &str, command: &str| {
        let finding = Finding {
            id: RuleId::TokenAudience,
            severity: Severity::Blocking,
            title: "It is wrong.".into(),
            expected: to.into(),
            found: "old".into(),
            place: place.into(),
            owner: Owner::Aws,
            remedy: "Plan and apply this set-up.".into(),
            by_hand: "Change it.".into(),
            caused_by: None,
            step: None,
            is_said: false,
            is_presumed: false,
        };
        let provider = "arn:aws:iam::123456789012:oidc-provider/acme.okta.com";
        let about = About {
            idp: IdentityProvider::OktaOidc,
            steps: Vec::new(),
            values: [("role_name", "q-web"), ("provider_arn", provider)]
                .map(|(name, value)| (name, value.to_owned()))
                .into(),
            person: None,
            at: parse_instant("2026-11-22T16:00:00Z").unwrap(),
            has_set_up: false,
        };
        let body = Letter::new(Owner::Aws, &[finding], None, &about).unwrap().body;
        assert!(body.contains(&format!("Where: {way}\n")), "{place}: {body}");
        let has = body.contains(&format!("By command: aws {command}"));
        assert!(
            if command.is_empty() {
                !body.contains("By command")
            } else {
                has
            },
            "{place}: {body}"
        );
        assert!(body.contains("Do: Change it.\n"), "{body}");
    };
    let role = "IAM › Roles › q-web";
    let provider = "IAM › Identity providers › the provider";
    let q = "Amazon Q Business › the application";
    for place in ["Trust policy SAML:aud", "Trust policy Principal"] {
        let command = "iam update-assume-role-policy --role-name q-web --policy-document file://";
        check(
            place,
            "x",
            &format!("{role} › Trust relationships › Edit trust policy"),
            command,
        );
    }
    check(
        "Permissions of the role",
        "x",
        &format!("{role} › Permissions › Add permissions › Create inline policy"),
        "iam put-role-policy --role-name q-web",
    );
    check(
        "IAM provider, client ids",
        "0oaZ, 0oaY",
        &format!("{provider} › Actions › Add audience"),
        "iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn arn:aws:iam::123456789012:oidc-provider/acme.okta.com --client-id 0oaY\n",
    );
    // What a shell would read as more than a value is left to whoever runs it.
    for odd in ["0oaZ, a$(reboot)", "0oaZ, --url", "x;y", "a b"] {
        let command = "iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn arn:aws:iam::123456789012:oidc-provider/acme.okta.com --client-id CLIENT_ID\n";
        check(
            "IAM provider, client ids",
            odd,
            &format!("{provider} › Actions › Add audience"),
            command,
        );
    }
    check(
        "Web experience role",
        "arn:aws:iam::123456789012:role/q-web",
        &format!("{q} › Web experience"),
        "qbusiness update-web-experience --application-id APPLICATION_ID --web-experience-id WEB_EXPERIENCE_ID --role-arn arn:aws:iam::123456789012:role/q-web",
    );
    check(
        "Application autoSubscriptionConfiguration",
        "ENABLED",
        q,
        "qbusiness update-application --application-id APPLICATION_ID --auto-subscription-configuration autoSubscribe=ENABLED",
    );
    check(
        "Federation metadata",
        "x",
        &format!("{provider} › Replace metadata"),
        "iam update-saml-provider",
    );
    check(
        "Trust policy of the secret's role",
        "x",
        "IAM › Roles › the role that reads the secret › Trust relationships › Edit trust policy",
        "",
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
        has_set_up: true,
    };
    let fix = Fix {
        changes: vec![Change {
            owner: Owner::Idp,
            rule: RuleId::EmailMissing,
            place: "Attribute PrincipalTag:Email".into(),
            from: String::new(),
            to: "the person’s address".into(),
            note: String::new(),
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

/// A finding of this severity, which this owner mends.
fn found(id: RuleId, owner: Owner, severity: Severity, caused_by: Option<RuleId>) -> Finding {
    Finding {
        id,
        severity,
        title: format!("It is {id}."),
        expected: "new".into(),
        found: "old".into(),
        place: format!("Place of {id}"),
        owner,
        remedy: format!("Mend {id}."),
        by_hand: format!("Mend {id}."),
        caused_by,
        step: None,
        is_said: false,
        is_presumed: false,
    }
}

/// The letter to `to` about these findings and these changes of a fix.
fn of(to: Owner, findings: &[Finding], changes: &[(RuleId, Owner, &str)]) -> String {
    let about = About {
        idp: IdentityProvider::EntraGallery,
        steps: steps(&common::setup()),
        values: values(&common::setup(), None),
        person: None,
        at: parse_instant("2026-11-22T16:00:00Z").unwrap(),
        has_set_up: false,
    };
    let fix = Fix {
        changes: changes
            .iter()
            .map(|(rule, owner, from)| Change {
                owner: *owner,
                rule: *rule,
                place: format!("Place of {rule}"),
                from: (*from).into(),
                to: "new".into(),
                note: String::new(),
                step: None,
            })
            .collect(),
        reach: Reach::Application,
        silences: Vec::new(),
    };
    Letter::new(to, findings, Some(&fix), &about).unwrap().body
}

/// Where a text names the cause, the fix knows only what it brings about.
#[test]
fn the_cause_leads_and_not_what_it_brings_about() {
    let mut assigned = found(RuleId::NotAssigned, Owner::Idp, Severity::Blocking, None);
    assigned.is_said = true;
    let status = found(
        RuleId::StatusNotSuccess,
        Owner::Idp,
        Severity::Blocking,
        Some(RuleId::NotAssigned),
    );
    let changes = [(RuleId::StatusNotSuccess, Owner::Idp, "Responder")];
    let body = of(Owner::Idp, &[assigned.clone(), status.clone()], &changes);
    assert!(body.contains("1. It is F70-not-assigned. [F70]"), "{body}");
    assert!(!body.contains("[F38]"), "{body}");
    let mut tags = found(RuleId::TagSessionMissing, Owner::Aws, Severity::Blocking, None);
    tags.place = "CloudTrail".into();
    let text = of(Owner::Aws, &[tags], &[]);
    assert!(text.contains("Trust relationships › Edit trust policy"), "{text}");
    let mut legacy = found(RuleId::Legacy, Owner::Aws, Severity::Blocking, None);
    legacy.place = "Answer".into();
    let text = of(Owner::Aws, &[legacy], &[]);
    assert!(
        text.contains("Where: Amazon Q Business › the application › Web experience\n"),
        "{text}"
    );
    // Of another's cause, what this owner can change is all.
    assigned.owner = Owner::User;
    let body = of(Owner::Idp, &[assigned, status], &changes);
    assert!(body.contains("[F38]") && !body.contains("[F70]"), "{body}");
}

#[test]
fn each_finding_of_a_rule_has_its_own_change() {
    let mut second = found(RuleId::ClaimMisnamed, Owner::Idp, Severity::Blocking, None);
    second.found = "older".into();
    let first = found(RuleId::ClaimMisnamed, Owner::Idp, Severity::Blocking, None);
    let changes = ["old", "older"].map(|from| (RuleId::ClaimMisnamed, Owner::Idp, from));
    let body = of(Owner::Idp, &[first, second], &changes);
    assert!(
        body.contains("Now: old\n") && body.contains("Now: older\n"),
        "{body}"
    );
}

#[test]
fn a_sign_in_that_the_other_side_stops_does_not_pass() {
    let check = |severity: Option<Severity>, says: &str| {
        let mut findings = vec![found(
            RuleId::TagSessionMissing,
            Owner::Aws,
            Severity::Warning,
            None,
        )];
        findings.extend(severity.map(|s| found(RuleId::EmailSeveral, Owner::Idp, s, None)));
        let body = of(Owner::Aws, &findings, &[]);
        assert!(
            body.starts_with(&format!(
                "A sign-in to Amazon Q Business of 2026-11-22T16:00:00Z {says}: one setting in AWS.\n"
            )),
            "{body}"
        );
    };
    check(
        Some(Severity::Blocking),
        "does not pass. What stops it is on the other side; beside that",
    );
    check(Some(Severity::Warning), "passes, and may not always");
    check(None, "passes, and may not always");
}

#[test]
fn an_unsigned_assertion_is_one_setting_of_many() {
    for (idp, says) in [
        (IdentityProvider::OktaSaml, "Assertion Signature: Signed\n"),
        (
            IdentityProvider::EntraGallery,
            "Signing Option: Sign SAML assertion\n",
        ),
    ] {
        let setup = setup_for(idp);
        let about = About {
            idp,
            steps: steps(&setup),
            values: values(&setup, None),
            person: None,
            at: parse_instant("2026-11-22T16:00:00Z").unwrap(),
            has_set_up: false,
        };
        let mut unsigned = found(RuleId::Unsigned, Owner::Idp, Severity::Blocking, None);
        unsigned.step = Some("saml-settings".into());
        let body = Letter::new(Owner::Idp, &[unsigned], None, &about).unwrap().body;
        assert!(body.contains(says) && !body.contains("Recipient URL"), "{body}");
    }
}

/// A local part whose letters no text of a letter has beside each other.
fn local() -> impl Strategy<Value = String> {
    "[xzjk]{3,9}([._'+#][xzjk]{2,9})?"
}

fn address() -> impl Strategy<Value = String> {
    (local(), "[a-c]{2,5}\\.example").prop_map(|(local, domain)| format!("{local}@{domain}"))
}

/// Values of one claim: several addresses, some with what nobody sees, and names that are no address.
fn claim() -> impl Strategy<Value = Vec<String>> {
    let value = prop_oneof![
        address(),
        address().prop_map(|a| format!("{a} ")),
        (address(), address()).prop_map(|(a, b)| format!("{a}, {b}")),
        (address(), address()).prop_map(|(a, b)| format!("{a};{b}")),
        (local(), address()).prop_map(|(a, b)| format!("{a} {b}")),
        (address(), local()).prop_map(|(a, b)| format!("{a} | {b}")),
        local(),
    ];
    prop::collection::vec(value, 0..7)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn of_no_person_more_than_the_first_and_the_last_letter(
        email in claim(), session in claim(), name in prop_oneof![address(), local()],
    ) {
        let setup = setup_for(IdentityProvider::OktaSaml);
        let mut configuration = ProviderConfiguration::of(&setup, None);
        if let Sends::Assertion(settings) = &mut configuration.sends {
            settings.recipient = "https://abcd.chat.qbusiness.us-east-1.on.aws/saml".into();
        }
        let people = People::read(b"login,email\nalice@acme.example,alice@acme.example\n").unwrap();
        let at = parse_instant("2026-11-22T16:00:00Z").unwrap();
        let mut seen = evidence(&configuration, &people, 0, None, at).unwrap().unwrap();
        seen.role = configuration.trust().map(|t| LiveRole::There(TrustPolicy::parse(&t.to_json().to_string()).unwrap()));
        let assertion = &mut seen.view.as_mut().unwrap().assertions[0];
        if let Some(id) = &mut assertion.name_id {
            id.value = name.clone();
        }
        for attribute in &mut assertion.attributes {
            if attribute.name.ends_with("PrincipalTag:Email") {
                attribute.values = email.clone();
            }
            if attribute.name.ends_with("RoleSessionName") {
                attribute.values = session.clone();
            }
        }
        let findings = diagnose(&seen);
        let fixes = smallest(&seen);
        let names: Vec<&String> = email.iter().chain(&session).chain([&name]).collect();
        for (to, has_set_up) in [(Owner::Idp, true), (Owner::Idp, false), (Owner::Aws, false), (Owner::User, true)] {
            let about = About {
                idp: IdentityProvider::OktaSaml,
                steps: steps(&setup),
                values: values(&setup, None),
                person: Some(email.first().unwrap_or(&name)),
                at,
                has_set_up,
            };
            for fix in fixes.iter().map(Some).chain([None]) {
                let Some(letter) = Letter::new(to, &findings, fix, &about) else { continue };
                let text = format!("{}\n{}", letter.subject, letter.body);
                let spelt = text.as_bytes().windows(2).find(|w| w.iter().all(|b| b"xzjk".contains(b)));
                prop_assert!(spelt.is_none(), "{names:?}: {text}");
            }
        }
    }
}
