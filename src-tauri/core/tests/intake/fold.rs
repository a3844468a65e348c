//! Pieces that make a case: which counts, and what is taken from where.

use super::common::METADATA;
use super::maker::*;
use claimbridge_core::diagnose::{Case, LiveRole, Origin, RuleId, diagnose, recognise};
use claimbridge_core::idp::IdentityProvider;
use claimbridge_core::time::{Instant, parse_instant};

fn now() -> Instant {
    parse_instant("2026-11-22T16:01:00Z").unwrap()
}

fn case(inputs: &[&str]) -> Case {
    let mut case = Case::default();
    for input in inputs {
        case.pieces
            .extend(recognise(None, input.as_bytes()).unwrap_or_else(|e| panic!("{e}")));
    }
    case
}

#[test]
fn the_newest_response_counts_in_whatever_order_they_came() {
    let (old, new) = (
        response(ACS, "2026-11-22T15:00:00Z"),
        response(ACS, "2026-11-22T16:00:00Z"),
    );
    for inputs in [[old.as_str(), new.as_str()], [new.as_str(), old.as_str()]] {
        let evidence = case(&inputs).evidence(case(&inputs).expected_from(), now());
        let view = evidence.view.unwrap();
        assert_eq!(view.issue_instant.as_deref(), Some("2026-11-22T16:00:00Z"));
    }
}

#[test]
fn the_trust_policy_says_what_is_wanted() {
    let case = case(&[
        &response("https://elsewhere.on.aws/saml", "2026-11-22T16:00:00Z"),
        &get_role().to_string(),
    ]);
    let expected = case.expected_from();
    assert_eq!(expected.idp, IdentityProvider::EntraGallery, "by the issuer");
    assert_eq!(
        expected.recipient.as_deref(),
        Some(ACS),
        "never from the response"
    );
    assert_eq!(expected.role_arn.as_deref(), Some(ROLE));
    assert_eq!(expected.provider_arn.as_deref(), Some(PROVIDER));
    let evidence = case.evidence(expected, now());
    assert_eq!(evidence.live.max_session, Some(43200));
    assert!(matches!(evidence.role, Some(LiveRole::There(_))));
    assert!(evidence.verdict.is_none(), "no metadata, no verdict");
}

#[test]
fn a_response_alone_says_nothing_of_what_is_wanted() {
    let expected = case(&[&response(ACS, "2026-11-22T16:00:00Z")]).expected_from();
    assert_eq!(
        (expected.recipient, expected.role_arn, expected.provider_arn),
        (None, None, None)
    );
}

#[test]
fn of_two_roles_the_one_that_the_response_names() {
    let other = get_role().to_string().replace("q-acme-web-experience", "other");
    let case = case(&[
        &get_role().to_string(),
        &other,
        &response(ACS, "2026-11-22T16:00:00Z"),
    ]);
    assert_eq!(case.expected_from().role_arn.as_deref(), Some(ROLE));
}

#[test]
fn a_token_is_compared_with_the_role_and_never_with_itself() {
    let token = token("https://evil.example");
    let alone = case(&[&token]);
    let evidence = alone.evidence(alone.expected_from(), now()).token.unwrap();
    assert!(evidence.issuer.is_none() && evidence.client_id.is_none() && evidence.verdict.is_none());
    let with = case(&[&token, &trust_of_oidc().to_string(), &keys()]);
    let evidence = with.evidence(with.expected_from(), now()).token.unwrap();
    assert_eq!(
        evidence.issuer.unwrap().as_str(),
        "https://acme.okta.com/oauth2/default"
    );
    assert_eq!(evidence.client_id.unwrap().as_str(), "0oa1client");
    assert!(matches!(evidence.verdict, Some(Err(_))));
}

#[test]
fn everything_else_is_there_too() {
    let mut case = case(&[
        &permissions().to_string(),
        "Permission needed",
        "https://aws.amazon.com/SAML/Attributes/Role\tuser.assignedroles",
        &event("AssumeRoleWithSAML", "2026-11-22T15:00:00Z", None).to_string(),
        &event(
            "AssumeRoleWithSAML",
            "2026-11-22T16:00:00Z",
            Some("Not authorized"),
        )
        .to_string(),
    ]);
    case.answers.insert(RuleId::RoleMissing, false);
    let evidence = case.evidence(case.expected_from(), now());
    assert_eq!(evidence.live.permissions.map(|p| p.len()), Some(1));
    assert_eq!(evidence.messages.len(), 1);
    assert_eq!(evidence.table.len(), 1);
    assert_eq!(
        evidence.trail.first().and_then(|e| e.error_message.as_deref()),
        Some("Not authorized")
    );
    assert!(evidence.sts.is_none(), "a trail is no answer of STS to us");
    assert_eq!(evidence.answers.len(), 1);
}

#[test]
fn attributes_that_entra_alone_has_tell_the_portal() {
    for (source, idp) in [
        ("user.assignedroles", IdentityProvider::EntraGallery),
        ("user.mail", IdentityProvider::EntraGallery),
        ("user.displayname", IdentityProvider::EntraGallery),
        ("user.userprincipalname", IdentityProvider::EntraGallery),
        ("user.email", IdentityProvider::GenericSaml),
        ("user.login", IdentityProvider::GenericSaml),
    ] {
        let table = format!("https://aws.amazon.com/SAML/Attributes/RoleSessionName\t{source}");
        assert_eq!(case(&[&table]).expected_from().idp, idp, "{source}");
    }
}

#[test]
fn of_two_trusted_providers_the_one_that_the_role_claim_names() {
    let answer = response(ACS, "2026-11-22T16:00:00Z");
    let trusting = |providers: &[&str]| {
        let mut role = get_role();
        let statements = role
            .pointer_mut("/Role/AssumeRolePolicyDocument/Statement")
            .unwrap();
        for statement in statements.as_array_mut().unwrap() {
            statement["Principal"]["Federated"] = serde_json::json!(providers);
        }
        role.to_string()
    };
    let other = "arn:aws:iam::111122223333:saml-provider/other";
    let third = "arn:aws:iam::111122223333:saml-provider/third";
    for (providers, expected) in [
        ([other, PROVIDER], Some(PROVIDER)),
        ([PROVIDER, other], Some(PROVIDER)),
        ([other, third], None),
    ] {
        let found = case(&[&trusting(&providers), &answer]).expected_from();
        assert_eq!(found.provider_arn.as_deref(), expected, "{providers:?}");
    }
}

#[test]
fn what_aws_has_counts_before_what_was_pasted() {
    let other = METADATA.replace("entityID=\"", "entityID=\"https://other.example/");
    let mut case = case(&[METADATA, &other]);
    let chosen = |case: &Case| {
        let (piece, _) = case.judging_metadata().unwrap();
        case.pieces.iter().position(|p| std::ptr::eq(p, piece))
    };
    assert_eq!(chosen(&case), Some(1), "the last");
    case.pieces[0].origin = Origin::Aws;
    assert_eq!(chosen(&case), Some(0));
    for piece in &mut case.pieces {
        piece.origin = Origin::Recording {
            file: "a.har".into(),
            address: "https://idp.example".into(),
        };
    }
    assert!(case.judging_metadata().is_none());
}

#[test]
fn of_two_policies_of_one_role_the_later_is_judged_by() {
    let (first, second) = (
        get_role().to_string(),
        get_role().to_string().replace(ACS, "https://later.example"),
    );
    let case = case(&[&first, &second]);
    let judged = case.judging_trust(Some(ROLE)).unwrap();
    assert!(std::ptr::eq(judged, &case.pieces[1]));
}

/// AWS's walk-through has a stand-in there until the web experience has its address: nobody wants that one.
#[test]
fn a_stand_in_is_never_what_is_wanted() {
    let trusting = |values: &[&str]| {
        let mut role = get_role();
        let condition = role
            .pointer_mut("/Role/AssumeRolePolicyDocument/Statement/0/Condition/StringEquals/SAML:aud")
            .unwrap();
        *condition = serde_json::json!(values);
        role.to_string()
    };
    for (values, expected) in [
        (&["https://sampleurl.com"] as &[&str], None),
        (&["http://sampleurl.com/saml"], None),
        (&["https://EXAMPLE.com/saml"], None),
        (&["https://*.on.aws/saml"], None),
        (&["https://sampleurl.com", ACS], Some(ACS)),
        (&[ACS], Some(ACS)),
        (&[ACS, "https://signin.aws.amazon.com/saml"], None),
    ] {
        let case = case(&[&response(ACS, "2026-11-22T16:00:00Z"), &trusting(values)]);
        let expected_from = case.expected_from();
        assert_eq!(expected_from.recipient.as_deref(), expected, "{values:?}");
        // Nothing tells anybody to send the stand-in.
        let evidence = case.evidence(expected_from, now());
        for finding in diagnose(&evidence) {
            assert!(!finding.expected.contains("sampleurl"), "{finding:#?}");
        }
    }
}

/// A role alone: what it expects is wrong, and what it should expect is not known.
#[test]
fn of_a_stand_in_alone_it_is_said_where_the_value_comes_from() {
    let role = get_role().to_string().replace(ACS, "https://sampleurl.com");
    let case = case(&[&role]);
    let findings = diagnose(&case.evidence(case.expected_from(), now()));
    let found = findings.iter().find(|f| f.id == RuleId::AudPlaceholder).unwrap();
    assert_eq!(
        (found.expected.as_str(), found.found.as_str()),
        ("", "https://sampleurl.com")
    );
    for remedy in [&found.remedy, &found.by_hand] {
        assert!(
            remedy.contains("the Recipient that the identity provider sends"),
            "{remedy}"
        );
    }
}

const ENTRA: &str = "https://sts.windows.net/00000000-0000-4000-8000-000000000001/";
const OKTA: &str = "http://www.okta.com/exk1";

/// What was signed in with says whose portal the steps are for; metadata only where nothing was.
#[test]
fn whoever_issued_the_sign_in_says_whose_steps_they_are() {
    let entra = metadata(ENTRA, "login.microsoftonline.com");
    let okta = metadata(OKTA, "acme.okta.com");
    let own = metadata("https://sso.acme.example", "sso.acme.example");
    let renamed = metadata("https://sso.acme.example", "acme.okta.com");
    let sent = |issuer: &str| response(ACS, "2026-11-22T16:00:00Z").replace(ENTRA, issuer);
    let by_own = sent("https://sso.acme.example");
    let token = token("https://acme.okta.com/oauth2/default");
    for (inputs, expected) in [
        (vec![&sent(OKTA), &entra], IdentityProvider::OktaSaml),
        (vec![&sent(ENTRA), &okta], IdentityProvider::EntraGallery),
        (vec![&by_own, &entra], IdentityProvider::GenericSaml),
        (vec![&token, &entra], IdentityProvider::OktaOidc),
        (vec![&sent(OKTA)], IdentityProvider::OktaSaml),
        (vec![&entra], IdentityProvider::EntraGallery),
        (vec![&okta], IdentityProvider::OktaSaml),
        (vec![&by_own, &own], IdentityProvider::GenericSaml),
        // An issuer can have any name: its own metadata tells whose it is.
        (vec![&by_own, &renamed], IdentityProvider::OktaSaml),
    ] {
        let inputs: Vec<&str> = inputs.into_iter().map(String::as_str).collect();
        assert_eq!(case(&inputs).expected_from().idp, expected, "{inputs:?}");
    }
}

#[test]
fn a_response_and_metadata_of_two_providers_are_called_so() {
    let sent = response(ACS, "2026-11-22T16:00:00Z").replace(ENTRA, OKTA);
    let case = case(&[&sent, &metadata(ENTRA, "login.microsoftonline.com")]);
    let findings = diagnose(&case.evidence(case.expected_from(), now()));
    let found = findings.iter().find(|f| f.id == RuleId::IssuerWrong).unwrap();
    assert_eq!((found.expected.as_str(), found.found.as_str()), (ENTRA, OKTA));
    assert!(
        found
            .remedy
            .contains("The response is Okta's, and the metadata is Entra ID's"),
        "{}",
        found.remedy
    );
    assert!(
        found.remedy.contains("Sign On"),
        "steps of the response's provider: {}",
        found.remedy
    );
    assert!(!found.remedy.contains("Enterprise apps"), "{}", found.remedy);
}

/// Of this entity, with people sent to this host.
fn metadata(entity: &str, host: &str) -> String {
    let (before, rest) = METADATA.split_once("entityID=\"").unwrap();
    let (_, after) = rest.split_once('"').unwrap();
    format!("{before}entityID=\"{entity}\"{after}").replace("login.microsoftonline.com", host)
}

#[test]
fn another_role_s_policy_says_nothing_of_the_role_that_is_wanted() {
    let other = get_role().to_string().replace("q-acme-web-experience", "other");
    let wanted = case(&[&get_role().to_string()]).expected_from();
    for (policy, counts) in [
        (other, false),
        (get_role().to_string(), true),
        // Of a policy alone nobody knows whose it is.
        (trust().to_string(), true),
    ] {
        let case = case(&[&response(ACS, "2026-11-22T16:00:00Z"), &policy]);
        let evidence = case.evidence(wanted.clone(), now());
        assert_eq!(evidence.role.is_some(), counts, "{policy}");
        assert_eq!(case.judging_trust(wanted.role_arn.as_deref()).is_some(), counts);
    }
}

#[test]
fn metadata_vouches_only_where_aws_has_it() {
    let mut case = case(&[&response(ACS, "2026-11-22T16:00:00Z"), METADATA]);
    assert!(case.evidence(case.expected_from(), now()).handed_in);
    for piece in &mut case.pieces {
        piece.origin = Origin::Aws;
    }
    assert!(!case.evidence(case.expected_from(), now()).handed_in);
}

/// A role for the other way of signing in is said to be one, and nothing of it is taken for the sign-in's own.
#[test]
fn a_role_for_the_other_way_of_signing_in() {
    let check = |sign_in: &str, trust: serde_json::Value, rule: RuleId, said: &str| {
        let case = case(&[sign_in, &trust.to_string()]);
        let expected = case.expected_from();
        assert_eq!(expected.provider_arn, None, "{said}");
        let evidence = case.evidence(expected, now());
        if let Some(token) = &evidence.token {
            assert_eq!((&token.client_id, &token.issuer), (&None, &None));
        }
        let findings = diagnose(&evidence);
        let told = findings.iter().find(|f| f.id == rule);
        let told = told.unwrap_or_else(|| panic!("{rule}: {findings:#?}"));
        assert!(told.remedy.contains(said), "{told:#?}");
        let elsewhere = [
            RuleId::ProviderWrong,
            RuleId::TokenAudience,
            RuleId::TokenTagSession,
        ];
        assert!(
            findings.iter().all(|f| !elsewhere.contains(&f.id)),
            "{findings:#?}"
        );
    };
    check(
        &response(ACS, "2026-11-22T16:00:00Z"),
        trust_of_oidc(),
        RuleId::TrustProvider,
        "this role is for OpenID Connect",
    );
    check(
        &token("https://acme.okta.com/oauth2/default"),
        trust(),
        RuleId::TokenTrust,
        "this role is for SAML",
    );
}
