//! Every rule about tokens: what fires it, what is said, and that a good sign-in fires none.

use crate::again::kept_is_the_same;
use crate::maker::{CLIENT, ISSUER, claims, keys, now, signed};
use claimbridge_core::diagnose::fix::smallest;
use claimbridge_core::diagnose::{
    Evidence, Expected, Finding, LiveRole, Owner, RuleId, Severity, Standing, Sts, TokenEvidence, diagnose,
    ranked,
};
use claimbridge_core::idp::IdentityProvider;
use claimbridge_core::oidc::{
    Discovery, DocumentError, ExpectedToken, IdToken, KeySetError, NotFetched, Unavailable, Why,
};
use claimbridge_core::policy::TrustPolicy;
use claimbridge_core::value::{AccountId, ClientId, Issuer};
use serde_json::{Value as Json, json};
use time::Duration;

fn trust(audience: &str, tag_session: bool) -> TrustPolicy {
    let account = AccountId::parse("123456789012").unwrap();
    let issuer = Issuer::parse(ISSUER).unwrap();
    let statement = |action: &str, condition: Json| {
        json!({"Effect": "Allow", "Principal": {"Federated": issuer.arn(&account).as_str()},
               "Action": action, "Condition": condition})
    };
    let aud = format!("{}:aud", issuer.without_scheme());
    let mut statements = vec![statement(
        "sts:AssumeRoleWithWebIdentity",
        json!({"StringEquals": {aud: audience}}),
    )];
    if tag_session {
        let email = json!({"StringLike": {"aws:RequestTag/Email": "*"}});
        statements.push(statement("sts:TagSession", email));
    }
    TrustPolicy::parse(&json!({"Statement": statements}).to_string()).unwrap()
}

fn evidence(header: &Json, claims: &Json) -> Evidence {
    let issuer = Issuer::parse(ISSUER).unwrap();
    let client_id = ClientId::parse(CLIENT).unwrap();
    let account = AccountId::parse("123456789012").unwrap();
    let expected = Expected {
        idp: IdentityProvider::EntraOwn,
        recipient: None,
        audience: None,
        role_arn: Some("arn:aws:iam::123456789012:role/q-acme-web".into()),
        provider_arn: Some(issuer.arn(&account).as_str().to_owned()),
        tags: None,
    };
    let mut evidence = Evidence::new(now(), expected);
    let token = IdToken::decode(&signed(header, claims)).unwrap();
    let wanted = ExpectedToken {
        issuer: issuer.clone(),
        client_id: client_id.clone(),
        nonce: Some("n-1".into()),
        now: now(),
    };
    let document = json!({"issuer": ISSUER, "authorization_endpoint": "https://acme.okta.com/a",
        "token_endpoint": "https://acme.okta.com/t", "jwks_uri": "https://acme.okta.com/k",
        "response_types_supported": ["code"], "id_token_signing_alg_values_supported": ["RS256"]});
    evidence.role = Some(LiveRole::There(trust(CLIENT, true)));
    evidence.provider_exists = Some(true);
    evidence.token = Some(TokenEvidence {
        verdict: Some(token.verify(&keys(), &wanted)),
        discovery: Some(Ok(
            Discovery::parse(document.to_string().as_bytes(), &issuer).unwrap()
        )),
        keys: Some(Ok(keys())),
        nonce: Some("n-1".into()),
        view: Some(token.view().clone()),
        issuer: Some(issuer),
        client_id: Some(client_id),
        provider_clients: Some(vec![CLIENT.into()]),
    });
    evidence
}

fn header() -> Json {
    json!({"alg": "RS256", "kid": "r1"})
}

fn found(evidence: &Evidence, id: RuleId) -> Finding {
    kept_is_the_same(evidence, &["alice", "neil", "123456789012", "00u1"]);
    let all = diagnose(evidence);
    match all.first() {
        Some(first) if first.id == id => {
            assert_eq!(first.severity, Severity::Blocking);
            assert!(!first.remedy.contains("{{expected}}") && !first.remedy.contains("{{found}}"));
            first.clone()
        }
        other => panic!("{id} should be first and is {other:?} of {all:#?}"),
    }
}

#[test]
fn a_good_token_fires_nothing() {
    assert_eq!(diagnose(&evidence(&header(), &claims())), []);
    let mut unknown = Evidence::new(now(), evidence(&header(), &claims()).expected);
    unknown.token = Some(TokenEvidence::default());
    assert_eq!(diagnose(&unknown), [], "nothing is guessed");
}

/// Whoever sent a token that holds has let the person in.
#[test]
fn after_a_sign_in_that_holds_the_providers_pages_are_ruled_out() {
    let standing = |e: &Evidence| {
        let findings = diagnose(e);
        let list = ranked(e, None, &findings);
        let of_rule = list.into_iter().find(|r| r.rule == RuleId::ClientNotAssigned);
        of_rule.map(|r| (r.standing, r.why))
    };
    let mut sent = evidence(&header(), &claims());
    sent.expected.idp = IdentityProvider::OktaOidc;
    let why = "Okta sent a response that is fresh and holds: it let the person in.";
    assert_eq!(standing(&sent), Some((Standing::RuledOut, why.to_owned())));
    // Nobody verified it, or it is old.
    let mut unverified = sent.clone();
    unverified.token.as_mut().unwrap().verdict = None;
    let mut old = claims();
    old["exp"] = json!(now().unix_timestamp() - 600);
    let mut expired = evidence(&header(), &old);
    expired.expected.idp = IdentityProvider::OktaOidc;
    for other in [unverified, expired] {
        assert_eq!(standing(&other), Some((Standing::Possible, String::new())));
    }
}

#[test]
fn every_claim_that_is_wrong_is_named_first() {
    let at = now().unix_timestamp();
    let tags = "https://aws.amazon.com/tags";
    let check = |name: &str, value: Json, id: RuleId, seen: &str| {
        let mut changed = claims();
        let map = changed.as_object_mut().unwrap();
        if value.is_null() {
            map.remove(name);
        } else {
            map.insert(name.to_owned(), value.clone());
        }
        let finding = found(&evidence(&header(), &changed), id);
        assert!(finding.found.contains(seen), "{name} {value}: {finding:?}");
    };
    let slash = format!("{ISSUER}/");
    check("iss", json!(slash), RuleId::TokenIssuer, &slash);
    check(
        "iss",
        json!("https://acme.okta.com"),
        RuleId::TokenIssuer,
        "https://acme.okta.com",
    );
    check(
        "iss",
        json!("https://accounts.google.com"),
        RuleId::IssuerUnsupported,
        "google",
    );
    check("aud", json!("other"), RuleId::TokenAudience, "other");
    check("azp", json!("other"), RuleId::TokenAudience, "other");
    check("nonce", json!("old"), RuleId::TokenNonce, "old");
    check("iat", json!(at + 600), RuleId::TokenEarly, "2026-11-22T16:10:00Z");
    check("exp", json!(at), RuleId::TokenExpired, "2026-11-22T16:00:00Z");
    check("exp", Json::Null, RuleId::TokenExpired, "");
    check("sub", Json::Null, RuleId::TokenSubject, "");
    check("sub", json!("x".repeat(256)), RuleId::TokenSubject, "xxx");
    check(
        "groups",
        json!(vec!["g".repeat(100); 200]),
        RuleId::TokenTooLong,
        "characters",
    );
    check(tags, Json::Null, RuleId::TokenEmailMissing, "");
    check(
        tags,
        json!({"principal_tags": {"City": "Bonn"}}),
        RuleId::TokenEmailMissing,
        "City",
    );
    check(
        tags,
        json!({"principal_tags": {"email": "a@b"}}),
        RuleId::TokenEmailMissing,
        "email",
    );
    check(
        tags,
        json!({"principal_tags": {"Email": null}}),
        RuleId::TokenEmailMissing,
        "null",
    );
    check(
        tags,
        json!({"principal_tags": {"Email": []}}),
        RuleId::TokenEmailMissing,
        "",
    );
    check(
        tags,
        json!("{\"principal_tags\": {}}"),
        RuleId::TokenEmailMissing,
        "JSON inside",
    );
    check(
        tags,
        json!("{user.email}"),
        RuleId::TokenEmailMissing,
        "{user.email}",
    );
    check(
        tags,
        json!({"principal_tags": {"Email": " "}}),
        RuleId::EmailEmpty,
        " ",
    );
    check(
        tags,
        json!({"principal_tags": {"Email": ["a@b", "c@d"]}}),
        RuleId::EmailSeveral,
        "c@d",
    );
    check(
        tags,
        json!({"principal_tags": {"Email": "o'neil@b"}}),
        RuleId::TagInvalid,
        "o'neil",
    );
}

#[test]
fn signatures() {
    let check = |header: Json, id: RuleId, seen: &str| {
        let finding = found(&evidence(&header, &claims()), id);
        assert!(finding.found.contains(seen), "{finding:?}");
    };
    check(
        json!({"alg": "HS256", "kid": "r1"}),
        RuleId::TokenAlgorithm,
        "HS256",
    );
    check(json!({"alg": "none"}), RuleId::TokenAlgorithm, "none");
    check(
        json!({"alg": "RS256", "kid": "r9"}),
        RuleId::TokenKeyUnknown,
        "r9",
    );
    // Signed for RS256, and called RS512.
    check(
        json!({"alg": "RS512", "kid": "r1"}),
        RuleId::TokenSignature,
        "does not match",
    );
}

#[test]
fn the_state_of_aws() {
    let good = || evidence(&header(), &claims());
    let check = |change: fn(&mut Evidence), id: RuleId, seen: &str| {
        let mut changed = good();
        change(&mut changed);
        let finding = found(&changed, id);
        assert!(finding.found.contains(seen), "{finding:?}");
    };
    check(
        |e| e.provider_exists = Some(false),
        RuleId::TokenIssuer,
        "no such provider",
    );
    check(
        |e| e.role = Some(LiveRole::Missing),
        RuleId::TokenTrust,
        "no such role",
    );
    check(
        |e| e.role = Some(LiveRole::There(trust("other", true))),
        RuleId::TokenTrust,
        CLIENT,
    );
    check(
        |e| e.role = Some(LiveRole::There(trust(CLIENT, false))),
        RuleId::TokenTagSession,
        "no statement",
    );
    check(
        |e| e.expected.provider_arn = Some("arn:aws:iam::123456789012:oidc-provider/x.example".into()),
        RuleId::TrustProvider,
        "acme.okta.com",
    );
    check(
        |e| e.token.as_mut().unwrap().provider_clients = Some(vec!["a".into(), "b".into()]),
        RuleId::TokenAudience,
        "a, b",
    );
    let refused = |code: &str| {
        Some(Sts::Refused {
            code: code.into(),
            message: "words".into(),
        })
    };
    for (code, id) in [
        ("IDPCommunicationError", RuleId::ProviderUnreachable),
        ("RegionDisabledException", RuleId::RegionDisabled),
        ("AccessDenied", RuleId::Unexplained),
    ] {
        let mut changed = good();
        changed.sts = refused(code);
        assert!(found(&changed, id).found.contains(code));
    }
}

#[test]
fn documents_that_are_not_to_be_had() {
    let url = || "https://acme.okta.com/k".to_owned();
    let mut no_keys = evidence(&header(), &claims());
    no_keys.token.as_mut().unwrap().keys = Some(Err(Unavailable::NotFetched(NotFetched {
        url: url(),
        why: Why::Slow { seconds: 5 },
    })));
    assert!(
        found(&no_keys, RuleId::KeysUnavailable)
            .found
            .contains("within 5 seconds")
    );
    let too_many = Unavailable::Unusable {
        url: url(),
        error: KeySetError::TooMany { found: 101 },
    };
    no_keys.token.as_mut().unwrap().keys = Some(Err(too_many));
    assert!(
        found(&no_keys, RuleId::KeysUnavailable)
            .remedy
            .contains("old keys")
    );
    let mut no_document = evidence(&header(), &claims());
    no_document.token.as_mut().unwrap().discovery = Some(Err(Unavailable::Unusable {
        url: url(),
        error: claimbridge_core::oidc::DiscoveryError::Document(DocumentError::Html),
    }));
    assert!(
        found(&no_document, RuleId::DiscoveryUnusable)
            .found
            .contains("a web page")
    );
    let issuer = Issuer::parse(ISSUER).unwrap();
    let other = json!({"issuer": "https://acme.okta.com"}).to_string();
    let mut differs = evidence(&header(), &claims());
    differs.token.as_mut().unwrap().discovery =
        Some(Ok(Discovery::parse(other.as_bytes(), &issuer).unwrap()));
    let finding = found(&differs, RuleId::DiscoveryUnusable);
    assert_eq!(
        (finding.expected.as_str(), finding.found.as_str()),
        (ISSUER, "https://acme.okta.com")
    );
}

#[test]
fn consequences_stand_under_their_cause() {
    let mut changed = claims();
    changed["iss"] = json!("https://elsewhere.example");
    changed["aud"] = json!("other");
    let all = diagnose(&evidence(&header(), &changed));
    let causes: Vec<(RuleId, Option<RuleId>)> = all.iter().map(|f| (f.id, f.caused_by)).collect();
    assert_eq!(
        causes,
        [
            (RuleId::TokenIssuer, None),
            (RuleId::TokenAudience, Some(RuleId::TokenIssuer)),
            (RuleId::TokenTrust, Some(RuleId::TokenIssuer)),
        ]
    );
}

#[test]
fn time_is_an_input() {
    let mut late = evidence(&header(), &claims());
    late.now += Duration::hours(2);
    assert_eq!(found(&late, RuleId::TokenExpired).found, "2026-11-22T17:00:00Z");
}

/// STS looks at the client ids of the provider in IAM, and the role at its own condition: each has a rule.
#[test]
fn the_client_of_the_role_is_not_the_client_of_the_provider() {
    let mut other = evidence(&header(), &claims());
    other.role = Some(LiveRole::There(trust("0oaOTHER", true)));
    // As it is read off the role where nothing else says it.
    other.token.as_mut().unwrap().client_id = Some(ClientId::parse("0oaOTHER").unwrap());
    let finding = found(&other, RuleId::TokenTrust);
    assert!(
        finding.expected.ends_with("0oaOTHER") && finding.found == CLIENT,
        "{finding:?}"
    );
    let mut unknown = evidence(&header(), &claims());
    unknown.token.as_mut().unwrap().provider_clients = Some(vec!["0oaOTHER".into()]);
    let finding = found(&unknown, RuleId::TokenAudience);
    assert_eq!(finding.place, "IAM provider, client ids");
}

#[test]
fn an_access_token_is_not_judged_as_an_id_token() {
    let check = |header: Json, name: &str, value: Json, shown: &str| {
        let mut changed = claims();
        changed[name] = value;
        let evidence = evidence(&header, &changed);
        let finding = found(&evidence, RuleId::TokenEmailMissing);
        assert_eq!(finding.found, format!("an access token: {shown}"));
        assert!(finding.remedy.contains("hand in the ID token"), "{finding:?}");
        let all = diagnose(&evidence);
        assert!(all.iter().all(|f| f.owner != Owner::Idp), "{all:#?}");
        assert_eq!(smallest(&evidence), []);
    };
    check(header(), "scp", json!(["openid"]), "the claim scp");
    check(header(), "cid", json!(CLIENT), "the claim cid");
    check(header(), "aud", json!("api://default"), "aud api://default");
    let typed = json!({"alg": "RS256", "kid": "r1", "typ": "at+jwt"});
    check(typed, "acr", json!("1"), "typ at+jwt");
    // An API beside the client is nothing odd.
    let mut both = claims();
    both["aud"] = json!([CLIENT, "api://default"]);
    assert_eq!(diagnose(&evidence(&header(), &both)), []);
}

#[test]
fn a_role_for_saml_admits_no_token() {
    let mut saml = evidence(&header(), &claims());
    let provider = "arn:aws:iam::123456789012:saml-provider/q-acme-idp";
    saml.role = Some(LiveRole::There(TrustPolicy::saml(
        provider,
        &["https://signin.aws.amazon.com/saml".to_owned()],
    )));
    let finding = found(&saml, RuleId::TokenTrust);
    assert_eq!(finding.found, provider);
    assert!(finding.remedy.contains("this role is for SAML"), "{finding:?}");
    assert_eq!(diagnose(&saml).len(), 1);
}

/// There is no provider to make for an issuer that Amazon Q Business does not take.
#[test]
fn an_issuer_that_is_not_supported_is_the_cause_of_the_rest() {
    for issuer in [
        "https://login.microsoftonline.com/7e4a4700-0000-4000-8000-000000000001/v2.0",
        "https://accounts.google.com",
    ] {
        let mut changed = claims();
        changed["iss"] = json!(issuer);
        let evidence = evidence(&header(), &changed);
        found(&evidence, RuleId::IssuerUnsupported);
        for other in diagnose(&evidence).iter().skip(1) {
            assert_eq!(other.caused_by, Some(RuleId::IssuerUnsupported), "{other:#?}");
        }
        assert_eq!(smallest(&evidence), []);
    }
}
