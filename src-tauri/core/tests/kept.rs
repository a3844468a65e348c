//! A kept case is the same sign-in without its people, and is judged by what is there on the day it is looked at.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod common;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use claimbridge_core::claims;
use claimbridge_core::diagnose::kept::{KeptCase, KeptSts, KeptVerdict, Key, NotACase, RejectionKind};
use claimbridge_core::diagnose::{
    Evidence, LiveRole, Message, RuleId, Severity, Sts, TokenEvidence, TrailEvent, diagnose,
};
use claimbridge_core::oidc::{FetchedKeys, IdToken, KeySet, SignatureFault, TokenRejection};
use claimbridge_core::policy::TrustPolicy;
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_core::saml::response::Attribute;
use claimbridge_core::saml::signature::Rejection;
use claimbridge_core::setup::Federation;
use claimbridge_core::simulate::{People, ProviderConfiguration, Sends, evidence};
use claimbridge_core::time::{Instant, parse_instant};
use claimbridge_core::value::WebExperienceUrl;
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

fn now() -> Instant {
    parse_instant("2026-11-22T16:00:00Z").unwrap()
}

/// The key of a set-up's cases.
fn key() -> Key {
    Key::parse("7c9e6679-7425-40de-944b-e07fc1f90ae7").unwrap()
}

/// What Entra would send for the person of a table, as if it had been captured.
fn sign_in(changes: &[(&str, &str)], table: &str) -> Evidence {
    sign_in_at(TENANT, changes, table)
}

/// The same at a tenant.
fn sign_in_at(tenant: &str, changes: &[(&str, &str)], table: &str) -> Evidence {
    let xml = common::METADATA.replace(TENANT, tenant);
    let mut setup = common::setup();
    if let Federation::Saml { metadata, .. } = &mut setup.federation {
        *metadata = Some(xml.clone());
    }
    let endpoint = WebExperienceUrl::from_endpoint("https://abcd.chat.qbusiness.us-east-1.on.aws/").unwrap();
    let mut configuration = ProviderConfiguration::of(&setup, Some(&endpoint));
    for (name, source) in changes {
        configuration.set(name, source);
    }
    let people = People::read(table.as_bytes()).unwrap();
    let trust = configuration.trust().unwrap();
    let mut seen = evidence(&configuration, &people, 0, Some(&trust), now())
        .unwrap()
        .unwrap();
    seen.captured_at = Some(now());
    seen.metadata = Some(FederationMetadata::parse(xml.as_bytes(), None));
    seen
}

/// Today, without a sign-in.
fn today() -> Evidence {
    today_at(TENANT)
}

fn today_at(tenant: &str) -> Evidence {
    let seen = sign_in_at(tenant, &[], GOOD);
    let mut today = Evidence::new(
        parse_instant("2026-12-24T16:00:00Z").unwrap(),
        seen.expected.clone(),
    );
    today.role.clone_from(&seen.role);
    today.metadata = seen.metadata;
    today
}

const TENANT: &str = "7e4a4700-0000-4000-8000-000000000001";
const OTHER_TENANT: &str = "b2c4d6e8-1111-4222-9333-444455556666";
const PERSON: &str = "3f2504e0-4f89-11d3-9a0c-0305e82c3301";

const GOOD: &str = "upn,mail,displayName,objectId\nalice.adams@acme.example,Alice.Adams@acme.example,Alice Adams,3f2504e0-4f89-11d3-9a0c-0305e82c3301\n";

fn rules(evidence: &Evidence) -> Vec<(RuleId, Severity)> {
    diagnose(evidence).iter().map(|f| (f.id, f.severity)).collect()
}

fn kept(evidence: &Evidence, people: &[&str]) -> KeptCase {
    let json = KeptCase::of(evidence, &key()).to_json();
    let shared = KeptCase::of(evidence, &key()).shared().to_json();
    for value in people.iter().chain(&["123456789012", "3f2504e0"]) {
        for text in [&json, &shared] {
            let found = text.to_lowercase().contains(&value.to_lowercase());
            assert!(!found, "{value} in {text}");
        }
    }
    KeptCase::from_json(json.as_bytes()).unwrap()
}

#[test]
fn every_kind_of_sign_in_is_the_same_again() {
    let people = &["alice", "adams", "gina", "conor", "hara", "mueller", "ren"];
    let check = |changes: &[(&str, &str)], table: &str, expected: &[RuleId]| {
        let seen = sign_in(changes, table);
        let found: Vec<RuleId> = rules(&seen).into_iter().map(|(id, _)| id).collect();
        assert_eq!(found, expected, "{changes:?} {table}");
        assert_eq!(
            rules(&kept(&seen, people).evidence(&today(), &key())),
            rules(&seen),
            "{changes:?} {table}"
        );
    };
    let guest = "upn,mail\ngina_x.example#EXT#@acme.onmicrosoft.com,gina@x.example\n";
    check(&[], GOOD, &[]);
    check(&[], guest, &[RuleId::SessionNameInvalid]);
    check(&[], "upn,mail\nalice@acme.example,\n", &[RuleId::EmailMissing]);
    check(
        &[],
        "upn,mail\nalice@acme.example,alice@acme.example \n",
        &[RuleId::Whitespace],
    );
    check(
        &[],
        "upn,mail\nconor@acme.example,o'hara@acme.example\n",
        &[RuleId::TagInvalid],
    );
    check(
        &[],
        "upn,mail\nRené Mueller,rené@acme.example\n",
        &[RuleId::SessionNameInvalid],
    );
    check(
        &[(
            "Role",
            "arn:aws:iam::210987654321:role/q-acme-web,arn:aws:iam::210987654321:saml-provider/q-acme-idp",
        )],
        GOOD,
        &[RuleId::AccountWrong],
    );
    check(&[("Role", "")], GOOD, &[RuleId::RoleMissing]);
    check(
        &[("PrincipalTag:Email", ""), ("Email", "user.mail")],
        GOOD,
        &[RuleId::ClaimMisnamed, RuleId::EmailMissing],
    );
}

#[test]
fn what_was_said_is_kept_without_people() {
    let mut seen = sign_in(&[], GOOD);
    seen.sts = Some(Sts::Refused {
        code: "AccessDenied".into(),
        message:
            "User: arn:aws:sts::123456789012:assumed-role/Admin/alice.adams@acme.example is not authorized"
                .into(),
    });
    seen.messages = vec![Message {
        text: "AADSTS50105: The signed in user 'Alice Adams' (ACME\\aadams, alice%40acme.example, +1 555 1234) is not assigned to a role".into(),
        at: None,
    }];
    seen.trail = vec![TrailEvent {
        name: "AssumeRoleWithSAML".into(),
        at: now(),
        role_arn: Some("arn:aws:iam::123456789012:role/q-acme-web".into()),
        provider: None,
        tags: vec!["Email".into()],
        error_code: Some("AccessDenied".into()),
        error_message: Some("bob@acme.example may not".into()),
    }];
    seen.verdict = Some(Err(Rejection::WrongSignature("digest mismatch".into())));
    let case = kept(&seen, &["alice", "adams", "bob@", "Alice", "555", "%40"]);
    assert!(matches!(&case.sts, Some(KeptSts::Refused { code, .. }) if code == "AccessDenied"));
    assert_eq!(case.messages, ["AADSTS50105"]);
    let verdict = case.response.as_ref().unwrap().verdict.clone().unwrap();
    assert!(matches!(
        verdict,
        KeptVerdict::Rejected {
            kind: RejectionKind::WrongSignature,
            ..
        }
    ));
    assert_eq!(rules(&case.evidence(&today(), &key())), rules(&seen));
    assert!(!case.shared().to_json().contains("acme.example"));
}

/// A tenant, its certificates, who signs in: with others in their place, what is shared is the same to the letter,
/// and without the key nothing in the keeper's own file can be computed from what it stands for.
#[test]
fn whoever_knows_a_value_does_not_find_it() {
    let of = |tenant: &str, person: &str, digit: &str, key: &Key| {
        let mut seen = sign_in_at(tenant, &[], &GOOD.replace(PERSON, person));
        if let Some(Ok(metadata)) = &mut seen.metadata {
            metadata.signing_certificates[0].sha256 = digit.repeat(64);
        }
        seen.verdict = Some(Err(Rejection::WrongSignature("no key fits".into())));
        seen.sts = Some(Sts::Refused {
            code: "AccessDenied".into(),
            message: format!("Subject {person} of {tenant} is not known"),
        });
        KeptCase::of(&seen, key)
    };
    let one = of(TENANT, PERSON, "a", &key());
    let other = of(OTHER_TENANT, "00c0ffee-4f89-41d3-9a0c-0305e82c3301", "b", &key());
    assert_ne!(one, other);
    assert_eq!(one.shared().to_json(), other.shared().to_json());
    let elsewhere = Key::parse("16fd2706-8baf-433b-82eb-8c7fada847da").unwrap();
    let elsewhere = of(TENANT, PERSON, "a", &elsewhere).to_json();
    let ids: Vec<String> = stand_ins(&one.to_json());
    assert!(ids.len() >= 3, "{ids:?}");
    for id in ids {
        assert!(!elsewhere.contains(&id), "{id} in {elsewhere}");
    }
}

/// What looks like a GUID or a digest.
fn stand_ins(json: &str) -> Vec<String> {
    let words = json.split(|c: char| !c.is_ascii_hexdigit() && c != '-');
    let mut found: Vec<String> = words
        .filter(|w| w.len() == 36 || w.len() == 64)
        .map(str::to_owned)
        .collect();
    found.sort();
    found.dedup();
    found
}

/// The value of Entra's own claim of that name.
fn entra(evidence: &Evidence, name: &str) -> String {
    let assertion = evidence.assertion().unwrap();
    let claim = assertion.attributes.iter().find(|a| a.name.ends_with(name));
    claim.unwrap().values[0].clone()
}

#[test]
fn equal_values_stay_equal() {
    let mut seen = sign_in(&[], GOOD);
    seen.sts = Some(Sts::Refused {
        code: "AccessDenied".into(),
        message: "arn:aws:iam::210987654321:role/x and arn:aws:iam::123456789012:role/x".into(),
    });
    seen.trail = ["210987654321", "123456789012", "444455556666"]
        .map(|account| TrailEvent {
            name: "AssumeRoleWithSAML".into(),
            at: now(),
            role_arn: Some(format!("arn:aws:iam::{account}:role/x")),
            provider: None,
            tags: Vec::new(),
            error_code: None,
            error_message: None,
        })
        .into();
    let case = kept(&seen, &["210987654321", "444455556666"]);
    // Whoever looks at what was shared is the set-up then.
    for (case, today, tenant) in [
        (case.clone(), today(), TENANT),
        (case.shared(), today(), TENANT),
        (case.shared().shared(), today(), TENANT),
        (case.shared(), today_at(OTHER_TENANT), OTHER_TENANT),
    ] {
        let e = case.evidence(&today, &key());
        assert_eq!(entra(&e, "/tenantid"), tenant);
        let issuer = e.assertion().unwrap().issuer.clone().unwrap();
        assert_eq!(issuer, format!("https://sts.windows.net/{tenant}/"));
        let person = entra(&e, "/objectidentifier");
        assert!(
            person.len() == 36 && person != tenant && person != PERSON,
            "{person}"
        );
        let [theirs, own, third] = &e.trail[..] else {
            panic!()
        };
        let (theirs, own) = (theirs.role_arn.clone().unwrap(), own.role_arn.clone().unwrap());
        assert_eq!(own, "arn:aws:iam::123456789012:role/x");
        assert_ne!(third.role_arn.as_ref(), Some(&theirs));
        let Some(Sts::Refused { message, .. }) = e.sts else {
            panic!()
        };
        assert_eq!(message, format!("{theirs} and {own}"));
    }
}

/// A key that was lost, or another's: what was made with it is unknown, and nothing that stands on it is judged.
#[test]
fn with_another_key_nothing_that_was_made_with_one_is_judged() {
    let lost = Key::parse("16fd2706-8baf-433b-82eb-8c7fada847da").unwrap();
    let ids = |case: &KeptCase, today: &Evidence, key: &Key| {
        let now = case.recheck(today, key);
        assert_eq!(now.other_key, key.fingerprint() != self::key().fingerprint());
        assert!(!(now.other_key && now.passes));
        now.after.iter().map(|f| f.id).collect::<Vec<_>>()
    };
    let check = |seen: &Evidence, today: &Evidence, known: &[RuleId], unknown: &[RuleId]| {
        let case = kept(seen, &["alice"]);
        assert!(
            case.is_kept_with(&key()) && !case.is_kept_with(&lost) && !case.shared().is_kept_with(&key())
        );
        assert_eq!(ids(&case, today, &key()), known);
        assert_eq!(ids(&case, today, &lost), unknown);
        // Of those who kept it before there was a fingerprint nobody knows.
        let mut old = case.clone();
        old.key = None;
        let now = old.recheck(today, &key());
        assert!(now.other_key && now.after.iter().map(|f| f.id).eq(unknown.iter().copied()));
        assert!(!case.shared().recheck(today, &lost).other_key);
    };
    check(&sign_in(&[], GOOD), &today(), &[], &[]);
    let mut other = sign_in_at(OTHER_TENANT, &[], GOOD);
    other.metadata = today().metadata;
    check(&other, &today(), &[RuleId::IssuerWrong], &[]);
    let no_role = sign_in(&[("Role", "")], GOOD);
    check(&no_role, &today(), &[RuleId::RoleMissing], &[RuleId::RoleMissing]);
    let mut refused = sign_in(&[], GOOD);
    refused.verdict = Some(Err(Rejection::WrongSignature("no key fits".into())));
    check(&refused, &today(), &[RuleId::SignatureInvalid], &[]);
    // A token: issuer and client.
    let (seen, today) = token(|_| ());
    check(&seen, &today, &[], &[]);
    let (seen, today) = token(|claims| {
        claims.insert("aud".into(), PERSON.into());
    });
    check(&seen, &today, &[RuleId::TokenAudience], &[]);
}

/// A token of a set-up at PingOne, with other claims, and today.
fn token(change: impl Fn(&mut Map<String, Json>)) -> (Evidence, Evidence) {
    let mut configuration = ProviderConfiguration::of(&common::oidc(), None);
    let Sends::Token(settings) = &mut configuration.sends else {
        panic!()
    };
    settings.issuer = format!("https://auth.pingone.eu/{TENANT}/as");
    settings.client_id = OTHER_TENANT.into();
    let people = People::read(b"login,email\nalice@acme.example,alice@acme.example\n").unwrap();
    let mut seen = evidence(&configuration, &people, 0, None, now())
        .unwrap()
        .unwrap();
    let mut today = Evidence::new(now(), seen.expected.clone());
    today.token = seen.token.clone().map(|t| TokenEvidence {
        issuer: t.issuer,
        client_id: t.client_id,
        ..TokenEvidence::default()
    });
    let view = seen.token.as_mut().unwrap().view.as_mut().unwrap();
    let names: Vec<String> = view.claims.names().map(str::to_owned).collect();
    let mut claims: Map<String, Json> = names
        .into_iter()
        .map(|name| (name.clone(), view.claims.get(&name).unwrap().clone()))
        .collect();
    change(&mut claims);
    let part = |json: Json| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
    let text = format!(
        "{}.{}.AAAA",
        part(json!({ "alg": "RS256", "kid": "one" })),
        part(claims.into())
    );
    *view = IdToken::decode(&text).unwrap().view().clone();
    (seen, today)
}

/// A key set of one key.
fn keys(kid: &str, n: &str) -> FetchedKeys {
    let set = format!(
        r#"{{"keys":[{{"kty":"RSA","kid":"{kid}","n":"{}A","e":"AQAB"}}]}}"#,
        n.repeat(341)
    );
    Ok(KeySet::parse(set.as_bytes()).unwrap())
}

/// The fault of a token is that of the keys of its day.
#[test]
fn a_token_s_signature_is_open_once_there_are_other_keys() {
    let check = |fault: SignatureFault, at_hand: Option<FetchedKeys>, open: bool| {
        let (mut seen, mut today) = token(|_| ());
        let of = seen.token.as_mut().unwrap();
        of.keys = Some(keys("one", "x"));
        of.verdict = Some(Err(TokenRejection::Signature(fault)));
        today.token.as_mut().unwrap().keys = at_hand;
        let case = kept(&seen, &["alice"]);
        let now = case.recheck(&today, &key());
        assert_eq!(now.signature_open, open);
        assert_eq!(now.passes, open, "{:?}", now.after);
    };
    let unknown = || SignatureFault::KeyUnknown {
        found: Some("two".into()),
        known: vec!["one".into()],
    };
    for open in [unknown(), SignatureFault::Invalid] {
        check(open.clone(), Some(keys("one", "x")), false);
        check(open.clone(), Some(keys("one", "y")), true);
        check(open, None, true);
    }
    let none = || SignatureFault::Algorithm { found: "none".into() };
    check(none(), None, false);
}

/// As many values and texts as are kept, and texts that begin as values do: looked through once each.
#[test]
fn many_values_and_many_texts_take_no_time() {
    let mut seen = sign_in(&[], GOOD);
    let attributes = &mut seen.view.as_mut().unwrap().assertions[0].attributes;
    for n in 0..190 {
        let nearly = |m: usize| format!("{}{n:03}", "b".repeat(m));
        let values = (0..200).map(|m| match n {
            0..5 => nearly(5 * m),
            _ => format!("somebody.{n:03}.{m:03}@acme.example"),
        });
        attributes.push(Attribute {
            name: format!("a{n}"),
            values: values.collect(),
        });
    }
    seen.trail = vec![
        TrailEvent {
            name: "AssumeRoleWithSAML".into(),
            at: now(),
            role_arn: None,
            provider: None,
            tags: Vec::new(),
            error_code: None,
            error_message: Some(format!(
                "{} somebody.189.199@acme.example else.0@acme.example",
                "bb somebody ".repeat(1_200)
            )),
        };
        200
    ];
    let begun = std::time::Instant::now();
    let case = KeptCase::of(&seen, &key());
    assert!(begun.elapsed().as_secs() < 30, "{:?}", begun.elapsed());
    let said = case.trail[199].error_message.as_ref().unwrap();
    assert!(
        !said.contains("somebody.189") && said.contains("@acme.example"),
        "{said}"
    );
}

/// What a mistake of the mapping sends where something else belongs.
#[test]
fn people_in_the_wrong_place_are_replaced() {
    let seen = |name: &str, value: &str| {
        let mut seen = sign_in(&[], GOOD);
        let assertion = &mut seen.view.as_mut().unwrap().assertions[0];
        assertion.attributes.retain(|a| a.name != name);
        assertion.attributes.push(Attribute {
            name: name.into(),
            values: vec![value.into()],
        });
        seen
    };
    for (name, value) in [
        (claims::ROLE, "Alice Smith"),
        (claims::ROLE, "arn:aws:iam::123456789012:role/Alice Smith"),
        (claims::ROLE, "arn:aws:iam::123456789012:role/q,Alice.Smith"),
        (claims::DURATION, "asmith"),
        (claims::DURATION, "19770420"),
        (claims::TRANSITIVE, "Alice Smith"),
        (
            claims::SESSION_NAME,
            "arn:aws:sts::123456789012:assumed-role/q/alice.smith",
        ),
        (
            claims::EMAIL,
            "arn:aws:sts::123456789012:assumed-role/q/alice.smith",
        ),
        (claims::EMAIL, "arn:aws alice.smith"),
    ] {
        let seen = seen(name, value);
        let case = kept(&seen, &["alice", "smith", "19770420"]);
        assert_eq!(
            rules(&case.evidence(&today(), &key())),
            rules(&seen),
            "{name} {value}"
        );
    }
    for (name, value) in [
        ("aud", json!([OTHER_TENANT, "alice.smith@acme.example"])),
        ("aud", json!([[PERSON, { "alice": "smith alice" }]])),
        ("azp", json!({ "x": ["Alice Smith", 19770420] })),
        ("acr", json!("Alice Smith")),
        ("number", json!(19770420)),
        ("amr", json!(["pwd", "alice.smith@acme.example"])),
    ] {
        let (seen, today) = token(|claims| {
            claims.insert(name.into(), value.clone());
        });
        let case = kept(&seen, &["smith", "19770420", PERSON, OTHER_TENANT]);
        assert_eq!(
            rules(&case.evidence(&today, &key())),
            rules(&seen),
            "{name} {value}"
        );
    }
}

#[test]
fn a_tenant_is_known_again_when_it_becomes_the_set_ups() {
    let mut seen = sign_in_at(OTHER_TENANT, &[], GOOD);
    seen.metadata = today().metadata;
    let case = kept(&seen, &[OTHER_TENANT, TENANT]);
    assert_eq!(case.recheck(&today(), &key()).after[0].id, RuleId::IssuerWrong);
    let mended = case.recheck(&today_at(OTHER_TENANT), &key());
    assert!(mended.passes, "{:?}", mended.after);
    let shared = case.shared().recheck(&today(), &key());
    assert_eq!(shared.after[0].id, RuleId::IssuerWrong);
}

/// Issuers and clients of OpenID Connect are GUIDs as well.
#[test]
fn a_token_of_a_tenant_is_the_same_again() {
    let mut configuration = ProviderConfiguration::of(&common::oidc(), None);
    let Sends::Token(settings) = &mut configuration.sends else {
        panic!()
    };
    settings.issuer = format!("https://auth.pingone.eu/{TENANT}/as");
    settings.client_id = OTHER_TENANT.into();
    let people = People::read(b"login,email\nalice@acme.example,alice@acme.example\n").unwrap();
    let seen = evidence(&configuration, &people, 0, None, now())
        .unwrap()
        .unwrap();
    let mut today = Evidence::new(now(), seen.expected.clone());
    today.token.clone_from(&seen.token);
    let case = kept(&seen, &["alice", TENANT, OTHER_TENANT]);
    for case in [case.clone(), case.shared()] {
        let e = case.evidence(&today, &key());
        let claims = e.token.as_ref().and_then(|t| t.claims()).unwrap();
        assert_eq!(
            claims.issuer(),
            Some(&*format!("https://auth.pingone.eu/{TENANT}/as"))
        );
        assert_eq!(claims.get("aud").unwrap(), OTHER_TENANT);
        assert_eq!(rules(&e), rules(&seen));
    }
}

#[test]
fn a_case_is_judged_by_what_is_there_now() {
    // The role asked for another address; STS refused.
    let mut seen = sign_in(&[], GOOD);
    let provider = seen.expected.provider_arn.clone().unwrap();
    seen.role = Some(LiveRole::There(TrustPolicy::saml(
        &provider,
        &["https://other.example/saml".into()],
    )));
    seen.sts = Some(Sts::Refused {
        code: "AccessDenied".into(),
        message: "Not authorized to perform sts:AssumeRoleWithSAML".into(),
    });
    let case = kept(&seen, &["alice"]);
    let same = case.recheck(
        &Evidence {
            role: seen.role.clone(),
            ..today()
        },
        &key(),
    );
    assert!(!same.passes);
    assert_eq!(
        same.before.iter().map(|f| f.id).collect::<Vec<_>>(),
        [RuleId::RecipientMismatch]
    );
    assert_eq!(same.after[0].id, RuleId::RecipientMismatch);
    // The role was mended: what STS said that day is history.
    let mended = case.recheck(&today(), &key());
    assert!(mended.passes && mended.after.is_empty(), "{:?}", mended.after);
    // Metadata of another tenant was uploaded: it is noticed, although nobody knows the tenant of the case.
    let other = common::METADATA.replace("sts.windows.net/", "sts.windows.net/0");
    let mut changed = today();
    changed.metadata = Some(FederationMetadata::parse(other.as_bytes(), None));
    assert_eq!(case.recheck(&changed, &key()).after[0].id, RuleId::IssuerWrong);
    // A verdict is that of the certificates of its day.
    let mut refused = sign_in(&[], GOOD);
    refused.verdict = Some(Err(Rejection::WrongSignature("no key fits".into())));
    let case = kept(&refused, &["alice"]);
    assert_eq!(
        case.recheck(&today(), &key()).after[0].id,
        RuleId::SignatureInvalid
    );
    let mut rolled = today();
    if let Some(Ok(metadata)) = &mut rolled.metadata {
        metadata.signing_certificates[0].sha256 = "0".repeat(64);
    }
    let open = case.recheck(&rolled, &key());
    assert!(open.passes && open.signature_open);
}

#[test]
fn what_is_no_case_is_said() {
    let good = KeptCase::of(&sign_in(&[], GOOD), &key()).to_json();
    let check = |text: &str, expected: fn(&NotACase) -> bool| {
        let why = KeptCase::from_json(text.as_bytes()).unwrap_err();
        assert!(expected(&why), "{why}");
    };
    check(&good.replace("\"schema\": 1", "\"schema\": 2"), |e| {
        matches!(e, NotACase::Schema { found: 2 })
    });
    check(&good.replace("\"root\"", "\"rooot\""), |e| {
        matches!(e, NotACase::Unreadable(_))
    });
    check(&good.replace("\"at\": \"2026", "\"at\": \"x"), |e| {
        matches!(e, NotACase::Unreadable(_))
    });
    check("", |e| matches!(e, NotACase::Unreadable(_)));
    check(&" ".repeat(5 << 20), |e| matches!(e, NotACase::TooLong { .. }));
}

/// Whoever is somewhere in a value of a machine's claim.
fn somewhere(person: String) -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(json!(format!("{person}@acme.example"))),
        Just(json!(TENANT)),
        Just(json!({ "name": format!("{person} {person}") })),
        Just(json!(19_770_420)),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 1..4).prop_map(Json::Array),
            inner.prop_map(|v| json!({ "value": v })),
        ]
    })
}

proptest! {
    /// Whatever was mapped to whatever claim: nobody is in the file, nor in what is shared.
    #[test]
    fn nobody_is_recognised_by_a_wrong_mapping(
        (person, value) in "[a-z]{9,14}".prop_flat_map(|p| (Just(p.clone()), somewhere(p))),
        claim in prop_oneof![Just("aud"), Just("azp"), Just("amr"), Just("scope"), Just("acr"), Just("other")],
        attribute in prop_oneof![
            Just(claims::ROLE), Just(claims::DURATION), Just(claims::TRANSITIVE), Just(claims::SESSION_NAME),
            Just(claims::EMAIL), Just(claims::SOURCE_IDENTITY), Just("role"),
        ],
        around in prop_oneof![
            Just(("", "")), Just(("arn:aws:sts::123456789012:assumed-role/q/", "")), Just(("arn:aws ", "")),
            Just(("arn:aws:iam::123456789012:role/q,", "")), Just(("arn:aws:iam::123456789012:user/", "")),
            Just(("", "arn:aws:iam::123456789012:role/q")), Just(("x ", ", arn:aws:iam::123456789012:role/q")),
        ],
    ) {
        let (of_token, _) = token(|claims| { claims.insert(claim.into(), value.clone()); });
        let mut of_response = sign_in(&[], GOOD);
        let sent = format!("{}{person}{}", around.0, around.1);
        let assertion = &mut of_response.view.as_mut().unwrap().assertions[0];
        assertion.attributes.push(Attribute { name: attribute.into(), values: vec![sent.clone(), sent] });
        for seen in [of_token, of_response] {
            let case = KeptCase::of(&seen, &key());
            for text in [case.to_json(), case.shared().to_json()] {
                for who in [person.as_str(), "19770420", TENANT, OTHER_TENANT] {
                    prop_assert!(!text.contains(who), "{} in {}", who, text);
                }
            }
        }
    }

    /// Whoever somebody is: the case fires the same rules, and neither name nor address is in it.
    #[test]
    fn nobody_is_recognised_and_nothing_else_changes(
        local in "[a-zA-Z0-9][a-zA-Z0-9'._+# ]{3,40}",
        domain in "[a-z]{3,12}",
        blank in prop_oneof![Just(""), Just(" "), Just("\u{a0}")],
        guest in any::<bool>(),
    ) {
        let upn = if guest { format!("{local}_{domain}.example#EXT#@t.onmicrosoft.com") } else { format!("{local}@{domain}.example") };
        let table = format!("upn,mail\n\"{upn}\",\"{local}@{domain}.example{blank}\"\n");
        let seen = sign_in(&[], &table);
        let case = KeptCase::of(&seen, &key());
        prop_assert_eq!(rules(&case.evidence(&today(), &key())), rules(&seen));
        let json = case.to_json().to_lowercase();
        for word in local.split(|c: char| !c.is_alphanumeric()).filter(|w| w.len() > 7) {
            prop_assert!(!json.contains(&word.to_lowercase()), "{} in {}", word, json);
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..500)) {
        let _ = KeptCase::from_json(&bytes);
        let _ = People::read(&bytes);
    }
}
