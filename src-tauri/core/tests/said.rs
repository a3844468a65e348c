//! Causes by a text that somebody was shown, and by an answer: each fires its rule, and nothing else that blocks.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod common;

use claimbridge_core::diagnose::{
    Evidence, Expected, Finding, LiveRole, Message, Owner, RequestSeen, RuleId, Severity, Standing, Sts,
    TrailEvent, diagnose, is_blocked, questions, ranked, symptoms_of, words,
};
use claimbridge_core::idp::{IdentityProvider, guide};
use claimbridge_core::policy::TrustPolicy;
use claimbridge_core::saml::response::Response;
use claimbridge_core::time::{Instant, parse_instant};
use proptest::prelude::*;

fn at(text: &str) -> Instant {
    parse_instant(text).unwrap()
}

fn nothing() -> Evidence {
    let expected = Expected {
        idp: IdentityProvider::EntraGallery,
        recipient: None,
        audience: None,
        role_arn: None,
        provider_arn: None,
        tags: None,
    };
    Evidence::new(at("2026-11-24T10:00:00Z"), expected)
}

fn shown(text: &str) -> Evidence {
    let mut evidence = nothing();
    evidence.messages.push(Message {
        text: text.to_owned(),
        at: None,
    });
    evidence
}

fn refused(code: &str, message: &str) -> Evidence {
    let mut evidence = nothing();
    evidence.sts = Some(Sts::Refused {
        code: code.to_owned(),
        message: message.to_owned(),
    });
    evidence
}

fn recorded(code: &str, message: &str) -> TrailEvent {
    TrailEvent {
        name: "AssumeRoleWithSAML".into(),
        at: at("2026-11-24T09:00:00Z"),
        role_arn: None,
        provider: None,
        tags: Vec::new(),
        error_code: Some(code.to_owned()),
        error_message: Some(message.to_owned()),
    }
}

fn causes(findings: &[Finding]) -> Vec<RuleId> {
    findings
        .iter()
        .filter(|f| f.severity == Severity::Blocking && f.caused_by.is_none())
        .map(|f| f.id)
        .collect()
}

/// Everywhere a text can come from: pasted in other letters, from STS, from CloudTrail.
fn evidence_with(text: &str) -> Vec<(&'static str, Evidence)> {
    let mut trail = nothing();
    trail.trail.push(recorded("SomeError", text));
    vec![
        (
            "Message",
            shown(&format!("Error:\u{a0} {}  (400)", text.to_uppercase())),
        ),
        ("STS", refused("SomeError", text)),
        ("CloudTrail", trail),
    ]
}

#[test]
fn every_text_fires_its_rule_and_no_other_that_blocks() {
    for id in RuleId::ALL {
        for text in &words(*id).says {
            for (place, evidence) in evidence_with(text) {
                let findings = diagnose(&evidence);
                let first = findings.first().unwrap_or_else(|| panic!("{id} {place}: {text}"));
                assert_eq!((first.id, first.place.as_str()), (*id, place), "{text}");
                assert!(
                    first.found.to_lowercase().contains(&text.to_lowercase()),
                    "{id}: {}",
                    first.found
                );
                if first.severity == Severity::Blocking {
                    assert_eq!(causes(&findings), vec![*id], "{text}");
                }
            }
        }
    }
}

#[test]
fn every_question_fires_its_rule_when_the_answer_is_yes_and_nothing_when_it_is_no() {
    for id in RuleId::ALL.iter().filter(|id| words(**id).ask.is_some()) {
        let mut evidence = nothing();
        evidence.answers.insert(*id, true);
        let findings = diagnose(&evidence);
        assert_eq!(findings.iter().map(|f| f.id).collect::<Vec<_>>(), vec![*id]);
        assert_eq!(findings[0].place, "Answer");
        evidence.answers.insert(*id, false);
        assert!(diagnose(&evidence).is_empty(), "{id}");
    }
    // A yes to a rule that asks nothing is no evidence.
    let mut evidence = nothing();
    evidence.answers.insert(RuleId::RoleMissing, true);
    assert!(diagnose(&evidence).is_empty());
}

#[test]
fn a_no_silences_a_text() {
    let mut evidence = shown("AADSTS50105: somebody");
    evidence.answers.insert(RuleId::NotAssigned, false);
    assert!(diagnose(&evidence).is_empty());
}

#[test]
fn texts_with_many_causes_and_codes_within_codes_fire_nothing() {
    for text in [
        "Permission needed",
        "Permissions needed. Please check your permissions. 403 Forbidden",
        "Your request included an invalid SAML response. To logout, click here.",
        "Not authorized to perform sts:AssumeRoleWithSAML",
        "AADSTS501051: another",
        "XAADSTS50105",
        "ServiceQuotaExceededException",
        "MyEntityAlreadyExistsHere",
        "",
    ] {
        assert_eq!(diagnose(&shown(text)), Vec::new(), "{text}");
    }
}

#[test]
fn what_a_rule_has_seen_is_not_said_again_and_a_cause_folds_its_text() {
    // A denial by the organisation is one of an action of administrators too: it explains that.
    let text = "User: arn:aws:iam::123456789012:user/alice is not authorized to perform: iam:CreateRole on resource: x with an explicit deny in a service control policy";
    let findings = diagnose(&shown(text));
    assert_eq!(causes(&findings), vec![RuleId::ServiceControlPolicy]);
    assert!(
        findings
            .iter()
            .any(|f| f.caused_by == Some(RuleId::ServiceControlPolicy))
    );
    // STS's words are the reason why it refused: nothing is unexplained.
    let findings = diagnose(&refused("InvalidIdentityToken", "Response signature invalid"));
    assert_eq!(causes(&findings), vec![RuleId::SignatureInvalid]);
    let findings = diagnose(&refused(
        "AccessDenied",
        "Not authorized to perform sts:AssumeRoleWithSAML",
    ));
    assert_eq!(causes(&findings), vec![RuleId::Unexplained]);
}

#[test]
fn the_providers_page_comes_first() {
    let mut evidence = refused("InvalidIdentityToken", "Response signature invalid");
    evidence.messages.push(Message {
        text: "AADSTS50105".into(),
        at: None,
    });
    assert_eq!(
        causes(&diagnose(&evidence)),
        vec![RuleId::NotAssigned, RuleId::SignatureInvalid]
    );
}

#[test]
fn a_sign_in_that_passed_makes_older_texts_history() {
    let mut evidence = shown("RoleSessionName is required in AuthnResponse");
    evidence
        .trail
        .push(recorded("InvalidIdentityToken", "Response signature invalid"));
    evidence.captured_at = Some(at("2026-11-24T09:59:00Z"));
    assert!(is_blocked(&diagnose(&evidence)));
    evidence.sts = Some(Sts::Accepted);
    assert_eq!(diagnose(&evidence), Vec::new());
    // What Amazon Q Business says comes after STS.
    evidence.messages[0].text = "User is not authorized for this service call.".into();
    assert_eq!(causes(&diagnose(&evidence)), vec![RuleId::NotIdentityAware]);
    // What was shown later than the sign-in that passed is news.
    evidence.messages[0] = Message {
        text: "AADSTS50057".into(),
        at: Some(at("2026-11-24T09:59:30Z")),
    };
    assert_eq!(causes(&diagnose(&evidence)), vec![RuleId::AccountUnusable]);
    // Of recorded sign-ins the newest counts.
    let mut evidence = nothing();
    let mut passed = recorded("", "");
    (passed.error_code, passed.error_message) = (None, None);
    passed.tags = vec!["Email".into()];
    evidence.trail = vec![
        passed,
        recorded("InvalidIdentityToken", "Response signature invalid"),
    ];
    assert_eq!(diagnose(&evidence), Vec::new());
}

/// STS refuses the tags of a session for two causes: the trust policy at hand tells which.
#[test]
fn a_trust_policy_tells_why_sts_refused_the_tags() {
    let trust = |action: &str| {
        TrustPolicy::parse(&format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Federated":"arn:aws:iam::123456789012:saml-provider/p"}},"Action":{action},"Condition":{{"StringEquals":{{"SAML:aud":"https://signin.aws.amazon.com/saml"}}}}}}]}}"#
        ))
        .unwrap()
    };
    let with = r#"["sts:AssumeRoleWithSAML","sts:TagSession"]"#;
    let message = "User: arn:aws:iam::123456789012:saml-provider/p is not authorized to perform: sts:TagSession on resource: arn:aws:iam::123456789012:role/r";
    for message in [message, "Not authorized to perform sts:TagSession"] {
        for (place, evidence) in evidence_with(message) {
            for (action, rule, presumed) in [
                (None, RuleId::TagSessionMissing, true),
                (
                    Some(r#""sts:AssumeRoleWithSAML""#),
                    RuleId::TagSessionMissing,
                    false,
                ),
                (Some(with), RuleId::TagSessionDenied, true),
            ] {
                let mut evidence = evidence.clone();
                evidence.role = action.map(|action| LiveRole::There(trust(action)));
                let findings = diagnose(&evidence);
                assert_eq!(causes(&findings), vec![rule], "{place} {action:?}");
                assert_eq!(findings[0].is_presumed, presumed, "{place} {action:?}");
                evidence.answers.insert(rule, false);
                assert!(
                    !diagnose(&evidence).iter().any(|f| f.id == rule),
                    "{place} {action:?}"
                );
            }
        }
    }
    for (_, mut evidence) in evidence_with(message) {
        evidence.expected.idp = IdentityProvider::OktaOidc;
        assert_eq!(causes(&diagnose(&evidence)), vec![RuleId::TokenTagSession]);
    }
}

#[test]
fn a_chat_that_was_refused_asks_for_the_roles_permissions() {
    let text = "An error occurred (AccessDeniedException) when calling the ChatSync operation: User: arn:aws:sts::123456789012:assumed-role/q-web/alice@contoso.example is not authorized to perform: qbusiness:ChatSync on resource: arn:aws:qbusiness:us-east-1:123456789012:application/a because no identity-based policy allows the qbusiness:ChatSync action";
    let mut evidence = shown(text);
    let findings = diagnose(&evidence);
    assert_eq!(causes(&findings), vec![RuleId::PermissionsIncomplete]);
    let first = &findings[0];
    assert!(
        first.is_presumed && first.remedy.starts_with("Show the role's permissions, "),
        "{first:?}"
    );
    assert!(!first.found.contains("alice"), "{}", first.found);
    // Policies that are at hand speak for themselves.
    evidence.live.permissions = Some(Vec::new());
    evidence.live.application = Some(common::application());
    assert!(diagnose(&evidence).iter().all(|f| !f.is_presumed));
}

/// AWS records which tags arrived: a sign-in without the address was let in all the same.
#[test]
fn a_recorded_sign_in_without_the_address_is_a_possible_cause() {
    let passed = |tags: &[&str]| {
        let mut event = recorded("", "");
        (event.error_code, event.error_message) = (None, None);
        event.tags = tags.iter().map(|t| (*t).to_owned()).collect();
        event.role_arn = Some("arn:aws:iam::123456789012:role/r".into());
        let mut evidence = nothing();
        evidence.trail.push(event);
        evidence
    };
    for (tags, found) in [
        (&[][..], "AWS let the newest sign-in in and recorded no tag"),
        (
            &["dept"],
            "AWS let the newest sign-in in and recorded the tags dept alone",
        ),
    ] {
        let mut evidence = passed(tags);
        let findings = diagnose(&evidence);
        assert_eq!(causes(&findings), vec![RuleId::EmailMissing]);
        assert_eq!(
            (findings[0].found.as_str(), findings[0].is_presumed),
            (found, true)
        );
        evidence.expected.idp = IdentityProvider::OktaOidc;
        assert_eq!(causes(&diagnose(&evidence)), vec![RuleId::TokenEmailMissing]);
        // Of another role's sign-in it tells nothing.
        evidence.expected.role_arn = Some("arn:aws:iam::123456789012:role/other".into());
        assert_eq!(diagnose(&evidence), Vec::new());
    }
    assert_eq!(diagnose(&passed(&["dept", "Email"])), Vec::new());
}

#[test]
fn an_excerpt_is_short_and_names_nobody() {
    let long = "x".repeat(200_000);
    for text in [
        format!("{long} AADSTS50105: The signed in user 'alice.smith@contoso.example' is blocked {long}"),
        format!("user alice.smith@contoso.example\nAADSTS50105 for alice.smith@contoso.example, {long}"),
        "User: arn:aws:sts::123456789012:assumed-role/Admin/alice.smith@contoso.example is not authorized to perform: iam:PassRole on resource: arn:aws:iam::123456789012:role/q".to_owned(),
        format!("alice.smith@contoso.example{} ConflictException", "a ".repeat(400)),
        "AADSTS50020: User account 'alice smith' from identity provider 'live.com' does not exist in tenant 'Contoso'".to_owned(),
        "AADSTS50105: it doesn't let the user's account 'alice' in, nor the user \"alice b.\"".to_owned(),
        "AADSTS50105: the user 'alice".to_owned(),
    ] {
        let findings = diagnose(&shown(&text));
        for f in &findings {
            assert!(f.found.chars().count() <= 300, "{}", f.found.len());
            assert!(!f.found.contains("alice"), "{}", f.found);
        }
        // The first is further away than is looked.
        assert_eq!(findings.is_empty(), text.starts_with('x'));
    }
}

#[test]
fn the_reason_inside_a_status_explains_the_status() {
    let xml = r#"<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_a" Version="2.0"><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"/><samlp:StatusMessage>AADSTS75011: Authentication method</samlp:StatusMessage></samlp:Status></samlp:Response>"#;
    let mut evidence = nothing();
    evidence.view = Some(Response::decode(xml.as_bytes()).unwrap().view().clone());
    let findings = diagnose(&evidence);
    assert_eq!(causes(&findings), vec![RuleId::RequestRefused]);
    let status = findings
        .iter()
        .find(|f| f.id == RuleId::StatusNotSuccess)
        .unwrap();
    assert_eq!(status.caused_by, Some(RuleId::RequestRefused));
}

#[test]
fn a_request_that_entra_refuses() {
    for (destination, id, fires) in [
        ("https://login.microsoftonline.com/t/saml2", "1a2b", true),
        ("https://login.microsoftonline.com/t/saml2", "_1a2b", false),
        ("https://example.okta.com/app/x/sso/saml", "1a2b", false),
    ] {
        let mut evidence = nothing();
        evidence.request = Some(RequestSeen {
            id: Some(id.into()),
            issuer: None,
            acs: None,
            destination: Some(destination.into()),
            deflated: true,
        });
        let expected: &[RuleId] = if fires { &[RuleId::RequestRefused] } else { &[] };
        assert_eq!(causes(&diagnose(&evidence)), expected, "{id} to {destination}");
    }
}

/// A step that no guide has leads nowhere.
#[test]
fn every_step_is_in_a_guide() {
    let known: Vec<&str> = IdentityProvider::ALL
        .iter()
        .flat_map(|idp| guide(*idp).step.iter().map(|s| s.id.as_str()))
        .collect();
    for id in RuleId::ALL {
        for step in &words(*id).steps {
            assert!(known.contains(&step.as_str()), "{id}: {step}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Whatever stands around a text, it is found, and what is repeated of it is short and whole.
    #[test]
    fn any_text_is_read_without_a_panic(before in "\\PC{0,400}", after in "(?s).{0,400}", pick in any::<prop::sample::Index>()) {
        let says: Vec<&str> = RuleId::ALL.iter().flat_map(|id| words(*id).says.iter().map(String::as_str)).collect();
        let says = says[pick.index(says.len())];
        let findings = diagnose(&shown(&format!("{before} {says} {after}")));
        prop_assert!(findings.iter().any(|f| f.found.contains(says)));
        prop_assert!(findings.iter().all(|f| f.found.chars().count() <= 300));
        symptoms_of(&format!("{before}{says}{after}"));
    }
}

/// A text that stands for several causes proves none of them: it says what to try first, and the rest is asked.
#[test]
fn a_text_with_several_causes_is_no_fact() {
    let refused = "AccessDeniedException: User does not have a subscription for the given application";
    let evidence = shown(refused);
    let findings = diagnose(&evidence);
    let [found] = findings.as_slice() else {
        panic!("{findings:#?}")
    };
    assert_eq!(found.id, RuleId::NoSubscription);
    assert_eq!((found.severity, found.owner), (Severity::Warning, Owner::User));
    assert!(
        found.remedy.starts_with("Try once more first."),
        "{}",
        found.remedy
    );
    assert!(!found.title.contains("signing in gives none"), "{}", found.title);
    let tile = symptoms_of(refused).into_iter().next();
    let standing = |rule| {
        let list = ranked(&evidence, tile, &findings);
        list.iter().find(|r| r.rule == rule).map(|r| r.standing)
    };
    assert_eq!(standing(RuleId::NoSubscription), Some(Standing::Possible));
    assert_eq!(standing(RuleId::ClaimDenied), Some(Standing::Possible));
    let asked = questions(&evidence, tile, &findings);
    for rule in [RuleId::NoSubscription, RuleId::ClaimDenied] {
        assert!(
            asked.iter().any(|q| q.decides.contains(&rule)),
            "{rule}: {asked:#?}"
        );
    }
    // What AWS itself has is a fact.
    let mut off = nothing();
    off.live.application = Some(common::application());
    off.live.subscriptions = Some(Vec::new());
    assert_eq!(causes(&diagnose(&off)), vec![RuleId::NoSubscription]);
}

/// Every rule whose text other rules share says so, and no more than the text does.
#[test]
fn what_a_text_alone_says_is_less_than_what_the_rule_says() {
    let several: Vec<RuleId> = RuleId::ALL
        .iter()
        .copied()
        .filter(|id| words(*id).alone.is_some())
        .collect();
    assert_eq!(
        several,
        [
            RuleId::PairSwapped,
            RuleId::ProviderWrong,
            RuleId::TagSessionMissing,
            RuleId::TagSessionDenied,
            RuleId::Audience,
            RuleId::EmailMissing,
            RuleId::SourceIdentity,
            RuleId::TokenIssuer,
            RuleId::Thumbprint,
            RuleId::KeysUnavailable,
            RuleId::DiscoveryUnusable,
            RuleId::TokenTagSession,
            RuleId::TokenEmailMissing,
            RuleId::NoSubscription,
            RuleId::PermissionsIncomplete,
            RuleId::KeyDenied,
        ]
    );
    for id in several {
        let w = words(id);
        let alone = w.alone.as_ref().unwrap();
        assert!(alone.title.ends_with('.') && alone.title != w.title, "{id}");
        for text in &w.says {
            let findings = diagnose(&shown(text));
            let found = findings.iter().find(|f| f.id == id).unwrap();
            assert_eq!(
                (found.title.as_str(), found.is_presumed),
                (alone.title.as_str(), true)
            );
            let list = ranked(&shown(text), None, &findings);
            let standing = list.iter().find(|r| r.rule == id).map(|r| r.standing);
            // Of another protocol than the provider's it stands in no list.
            assert!(standing.is_none_or(|s| s == Standing::Possible), "{id}");
        }
    }
}

/// Whoever has no set-up is told nothing of this program: by hand it is all in AWS and at the provider.
#[test]
fn by_hand_nobody_needs_this_program() {
    for id in RuleId::ALL {
        let mut answered = nothing();
        answered.answers.insert(*id, true);
        let texts = words(*id).says.iter().map(|text| shown(text));
        for evidence in texts.chain([answered]) {
            for f in diagnose(&evidence) {
                for of_ours in ["this program", "set-up", "Preflight", "from here", "run here"] {
                    assert!(!f.by_hand.contains(of_ours), "{id}: {}", f.by_hand);
                }
            }
        }
    }
}

/// Whoever has no set-up of this program cannot plan and apply one.
#[test]
fn by_hand_nothing_is_planned() {
    let mut evidence = nothing();
    evidence.answers.insert(RuleId::OtherApplication, true);
    let findings = diagnose(&evidence);
    let [found] = findings.as_slice() else {
        panic!("{findings:#?}")
    };
    assert!(
        found
            .remedy
            .ends_with("Plan and apply this set-up: it does that.")
    );
    assert!(
        found.by_hand.ends_with("Authentication URL."),
        "{}",
        found.by_hand
    );
    let mut evidence = nothing();
    evidence.answers.insert(RuleId::MetadataGeneric, true);
    let found = &diagnose(&evidence)[0];
    assert!(found.remedy.contains("and replace it here."), "{}", found.remedy);
    assert!(
        found.by_hand.contains("and replace it in the IAM provider."),
        "{}",
        found.by_hand
    );
    for id in RuleId::ALL {
        let w = words(*id);
        let alone = w.alone.as_ref().map(|a| &a.remedy);
        for text in [&w.remedy]
            .into_iter()
            .chain(w.remedy_at.values())
            .chain(&w.unseen)
            .chain(alone)
        {
            let mut by_hand = text.clone();
            while let (Some(from), Some(to)) = (by_hand.find("[["), by_hand.find("]]")) {
                let without = by_hand[from..to]
                    .split_once("||")
                    .map_or("", |(_, w)| w)
                    .to_owned();
                by_hand.replace_range(from..to + 2, &without);
            }
            let by_hand = by_hand.to_lowercase();
            assert!(!by_hand.trim().is_empty(), "{id}");
            for of_a_set_up in ["plan and apply", "this set-up", "replace it here", "]]"] {
                assert!(!by_hand.contains(of_a_set_up), "{id}: {by_hand}");
            }
        }
    }
}

/// Where only a text tells, a remedy has no value to name.
#[test]
fn no_remedy_has_a_hole() {
    for id in RuleId::ALL {
        let w = words(*id);
        if w.says.is_empty() && w.ask.is_none() {
            continue;
        }
        for idp in IdentityProvider::ALL {
            let unseen = w.unseen.as_deref().unwrap_or(w.remedy_at(idp.vendor()));
            let alone = w.alone.as_ref().map(|a| a.remedy.as_str());
            // An answer gives no value either.
            let answered = (w.ask.is_some() || alone.is_none()).then_some(unseen);
            for remedy in alone.into_iter().chain(answered) {
                assert!(
                    !remedy.contains("{{expected}}") && !remedy.contains("{{found}}"),
                    "{id}: {remedy}"
                );
            }
        }
    }
}
