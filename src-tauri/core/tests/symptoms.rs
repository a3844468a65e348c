//! Symptoms and the questions that lead from one to a ranked list of causes.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod common;

use claimbridge_core::diagnose::{
    ConfiguredClaim, Evidence, Expected, Finding, LiveRole, Message, Need, Question, RuleId,
    SamlProviderState, SecretState, Severity, ShownBy, Standing, Sts, Symptom, TokenEvidence, candidates,
    diagnose, questions, ranked, symptoms_of, words,
};
use claimbridge_core::idp::IdentityProvider;
use claimbridge_core::oidc::{IdToken, NotFetched, Unavailable, Why};
use claimbridge_core::policy::TrustPolicy;
use claimbridge_core::resource::{HeldApplication, Status};
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_core::time::parse_instant;
use common::METADATA;
use std::collections::BTreeSet;
use std::fmt::Write;

/// What tells of no failure: it is good to know, or it is what remains when nothing else is found.
const NO_CAUSE: [RuleId; 3] = [RuleId::CertificateExpired, RuleId::Sha1, RuleId::Unexplained];

const PROVIDERS: [IdentityProvider; 4] = [
    IdentityProvider::EntraGallery,
    IdentityProvider::OktaSaml,
    IdentityProvider::OktaOidc,
    IdentityProvider::GenericSaml,
];

fn nothing(idp: IdentityProvider) -> Evidence {
    let expected = Expected {
        idp,
        recipient: None,
        audience: None,
        role_arn: None,
        provider_arn: None,
        tags: None,
    };
    Evidence::new(parse_instant("2026-11-24T10:00:00Z").unwrap(), expected)
}

/// What choosing a tile puts into a case.
fn chosen(symptom: &Symptom, idp: IdentityProvider) -> Evidence {
    let mut evidence = nothing(idp);
    evidence.messages.extend(symptom.as_message());
    evidence
}

fn tiles() -> impl Iterator<Item = &'static Symptom> {
    Symptom::all().iter().filter(|s| s.tile)
}

#[test]
fn every_rule_stands_behind_a_symptom() {
    let behind: BTreeSet<RuleId> = Symptom::all().iter().flat_map(|s| s.candidates.clone()).collect();
    let missing: Vec<&RuleId> = RuleId::ALL
        .iter()
        .filter(|id| !behind.contains(id) && !NO_CAUSE.contains(id))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn symptoms_are_well_formed() {
    let ids: BTreeSet<&str> = Symptom::all().iter().map(|s| s.id.as_str()).collect();
    assert_eq!(ids.len(), Symptom::all().len(), "an id twice");
    for s in Symptom::all() {
        let unique: BTreeSet<&RuleId> = s.candidates.iter().collect();
        assert_eq!(unique.len(), s.candidates.len(), "{}: a candidate twice", s.id);
        assert!(!s.protocols.is_empty(), "{}", s.id);
        assert!(!s.candidates.is_empty() || s.id == "something-else", "{}", s.id);
        assert!(
            s.literal || s.message.ends_with('.') || s.id == "something-else",
            "{}",
            s.id
        );
        assert!(
            !s.literal || s.shown_by != ShownBy::Nobody,
            "{}: who shows it?",
            s.id
        );
        assert_eq!(Symptom::by_id(&s.id).map(|found| &found.id), Some(&s.id));
        assert!(!candidates(s).is_empty());
    }
    let first_rest = Symptom::all().iter().position(|s| !s.tile).unwrap();
    assert!(
        Symptom::all()[first_rest..].iter().all(|s| !s.tile),
        "tiles come first"
    );
}

#[test]
fn a_pasted_sentence_recognises_its_symptom() {
    for (text, expected) in [
        ("Permission needed", Some("permission-needed")),
        (
            "PERMISSIONS NEEDED!\nplease check your permissions.",
            Some("permission-needed"),
        ),
        ("permision neded", Some("permission-needed")),
        (
            "Your request included an invalid SAML response.  To logout, click here",
            Some("invalid-saml-response"),
        ),
        (
            "your requst included an invaild SAML responce to log out click here",
            Some("invalid-saml-response"),
        ),
        (
            "An error occurred (AccessDenied) when calling the AssumeRoleWithSAML operation: Not authorized to perform sts:AssumeRoleWithSAML",
            Some("not-authorized-saml"),
        ),
        (
            "Not authorised to perform sts:AssumeRoleWithSAML",
            Some("not-authorized-saml"),
        ),
        (
            "not authorized to perform: sts:TagSession",
            Some("not-authorized-tag-session"),
        ),
        (
            "Not authorized to perform sts:AssumeRoleWithWebIdentity",
            Some("not-authorized-web-identity"),
        ),
        (
            "RoleSessionName is required in AuthnResponse (Service: AWSSecurityTokenService; Status Code: 400)",
            Some("session-name-required"),
        ),
        (
            "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}",
            Some("session-name-invalid"),
        ),
        ("Specified provider doesn’t exist", Some("provider-missing")),
        ("Specifed provider doesnt exist", Some("provider-missing")),
        (
            "ExpiredTokenException: Token must be redeemed within 5 minutes of issuance",
            Some("token-expired"),
        ),
        (
            "AADSTS50105: Your administrator has configured the application",
            Some("entra-not-assigned"),
        ),
        ("AADSTS501051", None),
        ("AADSTS75005", Some("entra-request")),
        (
            "User does not have a subscription for the given application.",
            Some("subscription-missing"),
        ),
        (
            "Policy evaluation failed for this request, please check the policy configuration.",
            Some("okta-policy"),
        ),
        ("The weather is fine today, and nobody has signed in.", None),
        ("", None),
    ] {
        let found = symptoms_of(text);
        assert_eq!(found.first().map(|s| s.id.as_str()), expected, "{text}");
    }
    for s in Symptom::all() {
        let literal = s.literal.then_some(&s.message);
        for text in literal.into_iter().chain(&s.also) {
            assert!(
                symptoms_of(text).iter().any(|found| found.id == s.id),
                "{}: {text}",
                s.id
            );
        }
    }
}

#[test]
fn a_long_paste_takes_no_time() {
    let text = "not authorised too perform ".repeat(40_000);
    let begin = std::time::Instant::now();
    symptoms_of(&text);
    assert!(begin.elapsed().as_secs() < 5, "{:?}", begin.elapsed());
}

#[test]
fn each_tile_leads_with_a_handful_of_questions_to_a_list() {
    for idp in PROVIDERS {
        for tile in tiles().filter(|t| t.fits(idp)) {
            let evidence = chosen(tile, idp);
            let findings = diagnose(&evidence);
            let asked = questions(&evidence, Some(tile), &findings);
            let list = ranked(&evidence, Some(tile), &findings);
            assert!(asked.len() <= 5, "{}", tile.id);
            assert!(!list.is_empty(), "{}", tile.id);
            let captures = asked
                .iter()
                .filter(|q| matches!(q.need, Some(Need::Response | Need::Token)));
            assert!(captures.count() <= 1, "{}: one capture", tile.id);
            // Either the words of the tile are the cause, or there is something to find out.
            let known = findings.iter().any(|f| f.severity == Severity::Blocking);
            assert!(known || !asked.is_empty(), "{} at {idp:?}", tile.id);
            for q in &asked {
                assert!(
                    q.need.is_some() != q.rule.is_some() && !q.decides.is_empty(),
                    "{q:?}"
                );
                assert!(q.need.is_none() || !q.how.is_empty(), "{q:?}");
                assert!(!q.ask.contains("{{") && !q.how.contains("{{"), "{q:?}");
            }
        }
    }
}

/// Answers the first question of each round: no to a yes-or-no, the missing piece to a need.
fn walk(symptom: Option<&Symptom>, idp: IdentityProvider) -> (usize, Evidence, Vec<Finding>) {
    let mut evidence = symptom.map_or_else(|| nothing(idp), |s| chosen(s, idp));
    for round in 0..60 {
        let findings = diagnose(&evidence);
        let Some(question) = questions(&evidence, symptom, &findings).into_iter().next() else {
            return (round, evidence, findings);
        };
        answer(&mut evidence, &question);
    }
    panic!("{:?} at {idp:?} never ends", symptom.map(|s| &s.id));
}

fn answer(evidence: &mut Evidence, question: &Question) {
    match (question.need, question.rule) {
        (Some(need), None) => give(evidence, need),
        (None, Some(rule)) => {
            evidence.answers.insert(rule, false);
        }
        other => panic!("{other:?}"),
    }
}

/// The smallest piece that meets the need.
fn give(e: &mut Evidence, need: Need) {
    match need {
        Need::Message => e.messages.push(Message {
            text: "nothing that we know".into(),
            at: None,
        }),
        Need::Response => e.table.push(ConfiguredClaim {
            name: "x".into(),
            source: "user.mail".into(),
        }),
        Need::Token => {
            // {"alg":"RS256"}.{"iss":"https://idp.example"}.x
            let token = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlIn0.eA";
            let view = IdToken::decode(token).unwrap().view().clone();
            e.token.get_or_insert_with(TokenEvidence::default).view = Some(view);
        }
        Need::Trust => {
            e.role = Some(LiveRole::There(TrustPolicy::saml(
                "arn:aws:iam::1:saml-provider/p",
                &[],
            )))
        }
        Need::Metadata => e.metadata = Some(FederationMetadata::parse(METADATA.as_bytes(), None)),
        Need::Application | Need::Permissions | Need::Provider | Need::Secret | Need::Subscriptions => {
            e.live.application = Some(application());
            e.live.permissions = Some(Vec::new());
            e.live.saml_provider = Some(SamlProviderState::default());
            e.live.secret = Some(SecretState::default());
            e.live.subscriptions = Some(Vec::new());
        }
        Need::Documents => e.live.groups = Some(Vec::new()),
        Need::Discovery => {
            let none = NotFetched {
                url: "https://idp.example".into(),
                why: Why::Status { found: 404 },
            };
            e.token.get_or_insert_with(TokenEvidence::default).discovery =
                Some(Err(Unavailable::NotFetched(none)));
        }
        Need::Sts => e.sts = Some(Sts::Accepted),
    }
    assert!(need.is_met(e), "{need:?}");
}

fn application() -> HeldApplication {
    HeldApplication {
        arn: "arn:aws:qbusiness:us-east-1:123456789012:application/a".into(),
        name: "q".into(),
        status: Status {
            word: "ACTIVE".into(),
            why: None,
        },
        identity_type: Some("AWS_IAM_IDP_SAML".into()),
        provider: None,
        client_ids: Vec::new(),
        role: None,
        subscription: None,
        q_apps: false,
        kms_key: None,
        tags: Default::default(),
    }
}

#[test]
fn every_walk_ends_and_leaves_nothing_open_or_a_cause() {
    for idp in PROVIDERS {
        for symptom in Symptom::all()
            .iter()
            .filter(|s| s.fits(idp))
            .map(Some)
            .chain([None])
        {
            let (rounds, evidence, findings) = walk(symptom, idp);
            let list = ranked(&evidence, symptom, &findings);
            let blocked = findings.iter().any(|f| f.severity == Severity::Blocking);
            let open = list.iter().filter(|r| r.standing == Standing::Possible).count();
            let id = symptom.map(|s| s.id.as_str());
            assert!(
                blocked || open == 0,
                "{id:?} at {idp:?}: {open} are possible and nothing is asked"
            );
            assert!(rounds <= 40, "{id:?} at {idp:?}: {rounds} rounds");
        }
    }
}

#[test]
fn proven_stands_first_and_ruled_out_last_with_a_reason() {
    let tile = Symptom::by_id("loop").unwrap();
    let mut evidence = nothing(IdentityProvider::EntraGallery);
    evidence.answers.insert(RuleId::SignOnUrl, false);
    evidence.answers.insert(RuleId::OtherApplication, true);
    let findings = diagnose(&evidence);
    let list = ranked(&evidence, Some(tile), &findings);
    assert_eq!(
        (list[0].rule, list[0].standing),
        (RuleId::OtherApplication, Standing::Proven)
    );
    let last = list.last().unwrap();
    assert_eq!(
        (last.rule, last.standing),
        (RuleId::SignOnUrl, Standing::RuledOut)
    );
    assert_eq!(last.why, "You answered no.");
}

#[test]
fn nothing_is_asked_that_a_cause_explains() {
    // The identity provider's own page: nothing was sent, so nothing can be captured.
    let tile = Symptom::by_id("some-people").unwrap();
    let mut evidence = nothing(IdentityProvider::EntraGallery);
    assert!(!questions(&evidence, Some(tile), &[]).is_empty());
    evidence.messages.push(Message {
        text: "AADSTS50105".into(),
        at: None,
    });
    let findings = diagnose(&evidence);
    assert_eq!(questions(&evidence, Some(tile), &findings), Vec::new());
    // On the way into AWS a second fault may stand beside the first.
    let tile = Symptom::by_id("signature-invalid").unwrap();
    let evidence = chosen(tile, IdentityProvider::EntraGallery);
    let findings = diagnose(&evidence);
    let asked = questions(&evidence, Some(tile), &findings);
    assert!((1..=2).contains(&asked.len()), "{asked:?}");
    assert!(
        asked
            .iter()
            .all(|q| !q.decides.contains(&RuleId::SignatureInvalid))
    );
}

#[test]
fn nothing_is_asked_of_a_signature_that_holds() {
    let of_signature = [
        RuleId::SignatureInvalid,
        RuleId::IssuerWrong,
        RuleId::MetadataGeneric,
        RuleId::CertificateInactive,
    ];
    let tile = Symptom::by_id("permission-needed").unwrap();
    let mut evidence = nothing(IdentityProvider::EntraGallery);
    let standing = |e: &Evidence| -> Vec<Standing> {
        let list = ranked(e, Some(tile), &diagnose(e));
        let own = list.iter().filter(|r| of_signature.contains(&r.rule));
        own.map(|r| r.standing).collect()
    };
    assert_eq!(standing(&evidence), [Standing::Possible; 4]);
    evidence.sts = Some(Sts::Accepted);
    assert_eq!(standing(&evidence), [Standing::RuledOut; 4]);
    for question in questions(&evidence, Some(tile), &diagnose(&evidence)) {
        let about = question.decides.iter().find(|rule| of_signature.contains(rule));
        assert_eq!(about, None, "{question:?}");
    }
}

#[test]
fn nobody_is_asked_about_another_vendors_portal() {
    for (idp, foreign) in [
        (IdentityProvider::OktaSaml, RuleId::ClaimsPolicy),
        (IdentityProvider::PingOne, RuleId::ClaimsPolicy),
        (IdentityProvider::EntraGallery, RuleId::AccessForbidden),
        (IdentityProvider::OktaSaml, RuleId::ClientNotAssigned),
        (IdentityProvider::OktaOidc, RuleId::RoleMissing),
    ] {
        let list = ranked(&nothing(idp), None, &[]);
        assert!(list.iter().all(|r| r.rule != foreign), "{foreign} at {idp:?}");
        let of_another = Symptom::by_id("permission-needed").unwrap();
        let list = ranked(&nothing(idp), Some(of_another), &[]);
        assert!(list.iter().all(|r| r.rule != foreign), "{foreign} at {idp:?}");
    }
}

/// Everything that people read of symptoms and questions, to be read by a writer.
#[test]
fn symptoms_and_questions_as_they_are_read() {
    let mut text = String::new();
    for s in Symptom::all() {
        let kind = if s.tile { "tile" } else { "recognised" };
        writeln!(
            text,
            "## {} ({kind}, {:?}, {:?})\n{}",
            s.id, s.shown_by, s.protocols, s.message
        )
        .unwrap();
        for also in &s.also {
            writeln!(text, "- also: {also}").unwrap();
        }
        writeln!(text, "- source: {}", s.source).unwrap();
        let ids: Vec<&str> = s
            .candidates
            .iter()
            .filter_map(|c| c.as_str().split('-').next())
            .collect();
        writeln!(text, "- candidates: {}", ids.join(" ")).unwrap();
        for idp in [
            IdentityProvider::EntraGallery,
            IdentityProvider::OktaSaml,
            IdentityProvider::OktaOidc,
        ] {
            if !s.tile || !s.fits(idp) {
                continue;
            }
            let evidence = chosen(s, idp);
            let findings = diagnose(&evidence);
            writeln!(text, "- at {}:", idp.as_str()).unwrap();
            for f in &findings {
                writeln!(text, "  - is {}: {}", f.id, f.title).unwrap();
            }
            for q in questions(&evidence, Some(s), &findings) {
                writeln!(text, "  - asks ({} rules): {} {}", q.decides.len(), q.ask, q.how).unwrap();
            }
        }
        text.push('\n');
    }
    text.push_str("## Yes or no\n");
    for id in RuleId::ALL {
        if let Some(ask) = &words(*id).ask {
            writeln!(text, "- {id}: {ask}").unwrap();
        }
    }
    insta::assert_snapshot!(text);
}

#[test]
fn asks_can_be_answered_with_yes_or_no() {
    for id in RuleId::ALL {
        if let Some(ask) = &words(*id).ask {
            assert!(
                ask.contains('?') && ask.contains('›') || ask.contains("Open") || ask.contains("See"),
                "{id}: {ask}"
            );
            assert!(ask.chars().count() <= 330, "{id}: nobody reads that in seconds");
        }
    }
}
