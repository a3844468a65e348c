//! Every guide is whole, and says what its protocol needs.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use claimbridge_core::diagnose::{RuleId, words};
use claimbridge_core::idp::{
    Guide, GuideStep, IdentityProvider, PLACEHOLDERS, Protocol, RecipientRule, UNAVAILABLE, fill, guide,
};
use std::collections::BTreeSet;

const ATTRIBUTES: &str = "https://aws.amazon.com/SAML/Attributes";

/// What is typed or chosen in the steps that everybody does.
fn typed(guide: &Guide) -> Vec<&str> {
    guide
        .step
        .iter()
        .filter(|s| !s.optional)
        .flat_map(|s| &s.values)
        .filter_map(|v| v.value.as_deref().or(v.choose.as_deref()))
        .collect()
}

/// Every value and label has the form that screens and clipboard need.
fn check_form(guide: &Guide) {
    let id = guide.idp.as_str();
    let all = PLACEHOLDERS.map(|p| (p, "x".to_owned())).into();
    let mut ids = BTreeSet::new();
    for step in &guide.step {
        let step = &match step.each_tag {
            true => GuideStep {
                id: step.id.clone(),
                ..step.for_tag("x", "x")
            },
            false => step.clone(),
        };
        assert!(ids.insert(step.id.clone()), "{id}: two steps {}", step.id);
        assert!(!step.path.is_empty(), "{id} {}: no way there", step.id);
        let mut labels = BTreeSet::new();
        let once = step.once.iter().flat_map(|o| [&o.title, &o.text]);
        assert_eq!(
            once.clone().count() == 2,
            step.id == "placeholder",
            "{id} {}",
            step.id
        );
        for text in step
            .path
            .iter()
            .chain(&step.text)
            .chain(&step.warning)
            .chain(once)
        {
            assert!(fill(text, &all).is_some(), "{id} {}: {text}", step.id);
        }
        for value in &step.values {
            assert!(
                labels.insert(&value.label),
                "{id} {}: two {}",
                step.id,
                value.label
            );
            let given = [&value.value, &value.choose, &value.leave];
            assert_eq!(
                given.iter().filter(|v| v.is_some()).count(),
                1,
                "{id} {} {}",
                step.id,
                value.label
            );
            for text in given.into_iter().flatten() {
                assert_eq!(
                    text.trim(),
                    text,
                    "{id} {}: a value to paste has no blanks around it",
                    step.id
                );
                assert!(fill(text, &all).is_some(), "{id} {}: {text}", step.id);
                assert!(
                    step.optional || !text.contains("{{custom_url}}"),
                    "{id} {}: not everybody has an application of their own",
                    step.id
                );
            }
        }
    }
    for text in guide.address.path.iter().chain([&guide.address.hint]) {
        assert!(fill(text, &all).is_some(), "{id}: {text}");
    }
}

/// SAML: the addresses, and the three attributes, in one box or in two.
fn check_saml(guide: &Guide) {
    let id = guide.idp.as_str();
    let recipient = guide.recipient.unwrap_or_else(|| panic!("{id}: no Recipient"));
    let copied = typed(guide);
    let has = |wanted: &str| copied.iter().any(|c| c.contains(wanted));
    assert!(has("{{acs_url}}") && has("{{role_pair}}"), "{id}");
    assert_eq!(
        has("{{recipient}}"),
        recipient == RecipientRule::SignIn,
        "{id}: Recipient is a field of its own only where it is AWS's sign-in address"
    );
    let labels = |l: &str| guide.step.iter().flat_map(|s| &s.values).any(|v| v.label == l);
    for name in ["PrincipalTag:Email", "Role", "RoleSessionName"] {
        let in_one_box = copied.iter().any(|c| *c == format!("{ATTRIBUTES}/{name}"));
        let in_two = copied.contains(&ATTRIBUTES) && (copied.contains(&name) || labels(name));
        assert!(in_one_box || in_two, "{id}: {name}");
    }
}

/// OIDC: the redirect URI and the claim with its value.
fn check_oidc(guide: &Guide) {
    let id = guide.idp.as_str();
    assert!(
        guide.recipient.is_none() && guide.role_value_limit.is_none(),
        "{id}"
    );
    let copied = typed(guide);
    assert!(copied.contains(&"{{redirect_url}}"), "{id}");
    assert!(copied.contains(&"https://aws.amazon.com/tags"), "{id}");
    let value = copied
        .iter()
        .find(|c| c.starts_with("{\"principal_tags\": {\"Email\": "))
        .unwrap_or_else(|| panic!("{id}: no value of the claim"));
    assert!(value.ends_with("}}"), "{id}: {value}");
    let saml = ["{{acs_url}}", "{{role_pair}}", "{{recipient}}"];
    assert!(!copied.iter().any(|c| saml.contains(c)), "{id}");
}

#[test]
fn guides_are_whole() {
    for idp in IdentityProvider::ALL.iter().copied() {
        let guide = guide(idp);
        assert_eq!(guide.idp, idp);
        check_form(guide);
        match guide.protocol {
            Protocol::Saml => check_saml(guide),
            Protocol::Oidc => check_oidc(guide),
        }
    }
}

#[test]
fn the_claim_of_okta_is_byte_for_byte_aws_s() {
    let none = [("further_tags", String::new())].into();
    let claims = typed(guide(IdentityProvider::OktaOidc));
    assert!(
        claims
            .iter()
            .any(|c| fill(c, &none).as_deref() == Some("{\"principal_tags\": {\"Email\": {user.email}}}"))
    );
}

#[test]
fn names_and_aliases_are_one_provider_each() {
    let mut seen = BTreeSet::new();
    for idp in IdentityProvider::ALL.iter().copied() {
        assert_eq!(IdentityProvider::parse(idp.as_str()), Some(idp));
        assert!(seen.insert(idp.as_str()));
        if let Some(alias) = &guide(idp).alias {
            assert_eq!(IdentityProvider::parse(alias), Some(idp));
            assert!(seen.insert(alias));
        }
    }
    assert_eq!(IdentityProvider::parse("ping"), Some(IdentityProvider::PingOne));
    for gone in UNAVAILABLE {
        assert_eq!(IdentityProvider::parse(gone.id), None);
        assert!(seen.insert(gone.id));
    }
}

/// Findings are put right in the words of the portal in which they are.
#[test]
fn remedies_name_the_source_of_the_address_as_the_portal_does() {
    for (idp, source) in [
        (IdentityProvider::EntraGallery, "user.mail"),
        (IdentityProvider::EntraOwn, "user.mail"),
        (IdentityProvider::GenericSaml, "user.email"),
        (IdentityProvider::OktaSaml, "user.email"),
        (IdentityProvider::PingFederate, "mail"),
        (IdentityProvider::PingOne, "Email Address"),
    ] {
        assert_eq!(guide(idp).email_source(), source, "{}", idp.as_str());
    }
    for id in RuleId::ALL {
        let said = &words(*id).remedy;
        assert!(!said.contains("user.mail"), "{said}");
    }
}
