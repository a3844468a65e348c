//! The smallest fix: for every rule that blocks and that a change can mend, the first fix, applied, passes.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use base64::Engine as _;
use claimbridge_core::diagnose::fix::{Fix, Reach, applied, aws_side, decision, smallest};
use claimbridge_core::diagnose::{
    Evidence, Expected, LiveRole, Message, Owner, RuleId, Sts, TokenEvidence, diagnose, is_blocked,
};
use claimbridge_core::idp::IdentityProvider;
use claimbridge_core::oidc::{IdToken, TokenRejection};
use claimbridge_core::policy::evaluate::Decision;
use claimbridge_core::policy::{PermissionPolicy, TrustPolicy};
use claimbridge_core::resource::{
    HeldApplication, HeldPolicy, HeldSignIn, HeldWebExperience, Look, Permissions, Status, Tier,
};
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_core::saml::response::Response;
use claimbridge_core::saml::signature::Rejection;
use claimbridge_core::time::parse_instant;
use claimbridge_core::value::{AccountId, ClientId, Issuer, Region};
use serde_json::{Value as Json, json};

const ACCOUNT: &str = "123456789012";
const PROVIDER: &str = "arn:aws:iam::123456789012:saml-provider/q-acme-idp";
const ROLE: &str = "arn:aws:iam::123456789012:role/q-acme-web";
const ACS: &str = "https://abcd.chat.qbusiness.us-east-1.on.aws/saml";
const SIGN_IN: &str = "https://signin.aws.amazon.com/saml";
const NAMESPACE: &str = "https://aws.amazon.com/SAML/Attributes";

/// Name, rule, texts that are changed, who changes them back.
type Case<'a> = (&'a str, RuleId, &'a [(&'a str, &'a str)], Owner);

/// A good response, its texts changed.
fn response(change: &[(&str, &str)]) -> Response {
    let mut xml = format!(
        r##"<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" ID="r" IssueInstant="2026-11-22T16:00:00Z">
<saml:Issuer>urn:idp</saml:Issuer>
<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>
<saml:Assertion ID="a" IssueInstant="2026-11-22T16:00:00Z"><saml:Issuer>urn:idp</saml:Issuer>
<ds:Signature><ds:SignedInfo><ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><ds:Reference URI="#a"><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/></ds:Reference></ds:SignedInfo></ds:Signature>
<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">u-1</saml:NameID>
<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="2026-11-22T17:00:00Z" Recipient="{ACS}"/></saml:SubjectConfirmation></saml:Subject>
<saml:Conditions NotBefore="2026-11-22T16:00:00Z" NotOnOrAfter="2026-11-22T17:00:00Z"><saml:AudienceRestriction><saml:Audience>{ACS}</saml:Audience></saml:AudienceRestriction></saml:Conditions>
<saml:AttributeStatement>
<saml:Attribute Name="{NAMESPACE}/Role"><saml:AttributeValue>{ROLE},{PROVIDER}</saml:AttributeValue></saml:Attribute>
<saml:Attribute Name="{NAMESPACE}/RoleSessionName"><saml:AttributeValue>alice@acme.example</saml:AttributeValue></saml:Attribute>
<saml:Attribute Name="{NAMESPACE}/PrincipalTag:Email"><saml:AttributeValue>alice@acme.example</saml:AttributeValue></saml:Attribute>
</saml:AttributeStatement></saml:Assertion></samlp:Response>"##
    );
    for (from, to) in change {
        assert!(xml.contains(from), "{from} is not there");
        xml = xml.replace(from, to);
    }
    Response::decode(xml.as_bytes()).unwrap()
}

fn saml(change: &[(&str, &str)]) -> Evidence {
    let mut e = Evidence::new(
        parse_instant("2026-11-22T16:01:00Z").unwrap(),
        Expected {
            idp: IdentityProvider::EntraGallery,
            recipient: Some(ACS.into()),
            audience: None,
            role_arn: Some(ROLE.into()),
            provider_arn: Some(PROVIDER.into()),
            tags: None,
        },
    );
    e.captured_at = Some(e.now);
    e.view = Some(response(change).view().clone());
    e.role = Some(LiveRole::There(TrustPolicy::saml(PROVIDER, &[ACS.to_owned()])));
    e.provider_exists = Some(true);
    e
}

/// As [`saml`], with this trust policy: statements of action and condition.
fn trusting(change: &[(&str, &str)], principal: &str, statements: &[(&str, &str, Json)]) -> Evidence {
    let mut e = saml(change);
    let all: Vec<Json> = statements
        .iter()
        .map(|(effect, action, condition)| {
            json!({"Effect": effect, "Principal": {"Federated": principal}, "Action": action, "Condition": condition})
        })
        .collect();
    let text = json!({"Version": "2012-10-17", "Statement": all}).to_string();
    e.role = Some(LiveRole::There(TrustPolicy::parse(&text).unwrap()));
    e
}

fn aud(value: &str) -> Json {
    json!({"StringEquals": {"SAML:aud": value}})
}

fn tagged() -> Json {
    json!({"StringLike": {"aws:RequestTag/Email": "*"}})
}

/// The first fix, applied, passes. Gives back all.
fn mends(name: &str, e: &Evidence, rule: RuleId, owner: Owner) -> Vec<Fix> {
    let before = diagnose(e);
    assert!(is_blocked(&before), "{name}: nothing blocks: {before:#?}");
    assert!(
        before.iter().any(|f| f.id == rule),
        "{name}: {rule} does not fire: {before:#?}"
    );
    let fixes = smallest(e);
    let first = fixes
        .first()
        .unwrap_or_else(|| panic!("{name}: no fix for {before:#?}"));
    for fix in &fixes {
        passes(name, e, fix);
    }
    assert!(first.changes.iter().any(|c| c.rule == rule), "{name}: {first:#?}");
    assert!(
        first.changes.iter().any(|c| c.owner == owner),
        "{name}: {first:#?}"
    );
    assert!(first.silences.contains(&rule), "{name}: {first:#?}");
    fixes
}

fn passes(name: &str, e: &Evidence, fix: &Fix) {
    let after = applied(e, fix).unwrap();
    let left = diagnose(&after);
    assert!(!is_blocked(&left), "{name}: {fix:#?} leaves {left:#?}");
    assert_ne!(
        decision(&after).map(|d| d.decision),
        Some(Decision::Denied),
        "{name}: {fix:#?}"
    );
}

fn sides(fixes: &[Fix]) -> (bool, bool) {
    let idp = |f: &Fix| f.changes.iter().all(|c| c.owner == Owner::Idp);
    (fixes.iter().any(idp), fixes.iter().any(aws_side))
}

#[test]
fn a_good_sign_in_needs_no_fix() {
    let e = saml(&[]);
    assert!(!is_blocked(&diagnose(&e)), "{:#?}", diagnose(&e));
    assert_eq!(decision(&e).map(|d| d.decision), Some(Decision::Allowed));
    assert!(smallest(&e).is_empty());
}

#[test]
fn one_change_for_each_rule_of_saml() {
    use RuleId as R;
    let role_name = format!("<saml:Attribute Name=\"{NAMESPACE}/Role\">");
    let pair = format!("{ROLE},{PROVIDER}");
    let swapped = format!("{PROVIDER},{ROLE}");
    let blank = format!("{ROLE}, {PROVIDER}");
    let other_role = pair.replace("q-acme-web", "q-acme-wbe");
    let other_account = pair.replace(ACCOUNT, "210987654321");
    let other_provider = pair.replace("q-acme-idp", "q-acme-dip");
    let email = "/PrincipalTag:Email\"><saml:AttributeValue>alice@acme.example";
    let session = "/RoleSessionName\"><saml:AttributeValue>alice@acme.example";
    let name_id =
        "<saml:NameID Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\">u-1</saml:NameID>";
    let cases: &[Case<'_>] = &[
        (
            "no role",
            R::RoleMissing,
            &[(&role_name, "<saml:Attribute Name=\"other\">")],
            Owner::Idp,
        ),
        ("swapped", R::PairSwapped, &[(&pair, &swapped)], Owner::Idp),
        ("blank", R::Whitespace, &[(&pair, &blank)], Owner::Idp),
        ("another role", R::RoleWrong, &[(&pair, &other_role)], Owner::Idp),
        (
            "another account",
            R::AccountWrong,
            &[(&pair, &other_account)],
            Owner::Idp,
        ),
        (
            "another provider",
            R::ProviderWrong,
            &[(&pair, &other_provider)],
            Owner::Idp,
        ),
        (
            "another recipient",
            R::RecipientMismatch,
            &[(
                &format!("Recipient=\"{ACS}\""),
                &format!("Recipient=\"{}\"", ACS.replace("/saml", "//saml")),
            )],
            Owner::Idp,
        ),
        (
            "no session name",
            R::SessionNameMissing,
            &[("/RoleSessionName\"", "/Something\"")],
            Owner::Idp,
        ),
        (
            "a guest",
            R::SessionNameInvalid,
            &[(
                session,
                "/RoleSessionName\"><saml:AttributeValue>alice_acme#EXT#@t.example",
            )],
            Owner::Idp,
        ),
        (
            "no email",
            R::EmailMissing,
            &[("/PrincipalTag:Email\"", "/PrincipalTag:Town\"")],
            Owner::Idp,
        ),
        (
            "empty email",
            R::EmailEmpty,
            &[(email, "/PrincipalTag:Email\"><saml:AttributeValue>")],
            Owner::Idp,
        ),
        (
            "lower case",
            R::ClaimMisnamed,
            &[("/PrincipalTag:Email\"", "/PrincipalTag:email\"")],
            Owner::Idp,
        ),
        (
            "two emails",
            R::EmailSeveral,
            &[(
                email,
                "/PrincipalTag:Email\"><saml:AttributeValue>b@acme.example</saml:AttributeValue><saml:AttributeValue>alice@acme.example",
            )],
            Owner::Idp,
        ),
        (
            "apostrophe",
            R::TagInvalid,
            &[(
                email,
                "/PrincipalTag:Email\"><saml:AttributeValue>o'hara@acme.example",
            )],
            Owner::Idp,
        ),
        ("no name id", R::NameIdMissing, &[(name_id, "")], Owner::Idp),
        (
            "holder of key",
            R::SubjectConfirmation,
            &[("cm:bearer", "cm:holder-of-key")],
            Owner::Idp,
        ),
        (
            "from the future",
            R::ClockSkew,
            &[(
                "NotBefore=\"2026-11-22T16:00:00Z\"",
                "NotBefore=\"2026-11-22T16:30:00Z\"",
            )],
            Owner::Idp,
        ),
    ];
    for (name, rule, change, owner) in cases {
        let fixes = mends(name, &saml(change), *rule, *owner);
        assert_eq!(
            fixes.first().unwrap().changes.len(),
            1,
            "{name}: {:#?}",
            fixes.first()
        );
    }
}

#[test]
fn what_stands_in_aws() {
    use RuleId as R;
    let mut no_role = saml(&[]);
    no_role.role = Some(LiveRole::Missing);
    mends("no role", &no_role, R::RoleWrong, Owner::Aws);
    let mut no_provider = saml(&[]);
    no_provider.provider_exists = Some(false);
    mends("no provider", &no_provider, R::ProviderWrong, Owner::Aws);
    let both = [
        ("Allow", "sts:AssumeRoleWithSAML", aud(ACS)),
        ("Allow", "sts:TagSession", tagged()),
    ];
    let other = PROVIDER.replace("q-acme", "other");
    mends(
        "another provider",
        &trusting(&[], &other, &both),
        R::TrustProvider,
        Owner::Aws,
    );
    mends(
        "no tags",
        &trusting(&[], PROVIDER, &both[..1]),
        R::TagSessionMissing,
        Owner::Aws,
    );
    let placeholder = [
        ("Allow", "sts:AssumeRoleWithSAML", aud("https://sampleurl.com")),
        both[1].clone(),
    ];
    mends(
        "placeholder",
        &trusting(&[], PROVIDER, &placeholder),
        R::AudPlaceholder,
        Owner::Aws,
    );
    let narrow = [
        both[0].clone(),
        (
            "Allow",
            "sts:TagSession",
            json!({"StringLike": {"aws:RequestTag/Email": "*@other.example"}}),
        ),
    ];
    let fixes = smallest(&trusting(&[], PROVIDER, &narrow));
    assert!(fixes.is_empty(), "who may come in is not widened: {fixes:#?}");
    // A set-up's own condition takes the place of one that compares nothing, and of no other.
    let restored = |condition: Json| {
        let mut e = trusting(
            &[],
            PROVIDER,
            &[both[0].clone(), ("Allow", "sts:TagSession", condition)],
        );
        e.expected.tags = Some(TrustPolicy::tagged());
        let of_aws = |f: &Fix| f.changes.iter().any(|c| c.owner == Owner::Aws);
        (
            e.clone(),
            smallest(&e).into_iter().filter(of_aws).collect::<Vec<_>>(),
        )
    };
    let (e, _) = restored(json!({"StringLike": {"aws:RequestTag/Department": "*"}}));
    let fixes = mends("the set-up's condition", &e, R::TagSessionDenied, Owner::Aws);
    assert_eq!(fixes[0].changes[0].to, "aws:RequestTag/Email StringLike *");
    for kept_out in [
        json!({"StringLike": {"aws:RequestTag/Email": "*@other.example"}}),
        json!({"StringEquals": {"aws:RequestTag/Department": "Sales"}}),
        json!({"StringLike": {"aws:RequestTag/Email": "*@other.example", "aws:RequestTag/Department": "*"}}),
        json!({"StringLike": {"aws:RequestTag/Email": "*"}, "StringEquals": {"aws:RequestTag/Department": "Sales"}}),
    ] {
        let (_, fixes) = restored(kept_out.clone());
        assert!(fixes.is_empty(), "{kept_out}: {fixes:#?}");
    }
    let keys = json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["Email"]}});
    let town = [(
        "</saml:AttributeStatement>",
        "<saml:Attribute Name=\"https://aws.amazon.com/SAML/Attributes/PrincipalTag:Town\"><saml:AttributeValue>Bonn</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>",
    )];
    let limited = [both[0].clone(), ("Allow", "sts:TagSession", keys)];
    mends(
        "another tag",
        &trusting(&town, PROVIDER, &limited),
        R::TagSessionDenied,
        Owner::Idp,
    );
}

/// What a role's conditions keep out is kept out: no fix loosens them, and none makes everybody the one person
/// whom a condition names.
#[test]
fn no_fix_takes_a_condition_away() {
    let town = |value: &str| {
        format!(
            "<saml:Attribute Name=\"{NAMESPACE}/PrincipalTag:Department\"><saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>"
        )
    };
    let sales = town("Sales");
    let sales = [("</saml:AttributeStatement>", sales.as_str())];
    let star = format!("Recipient=\"{ACS}\"");
    let star = [(star.as_str(), "Recipient=\"*\"")];
    let any = json!({"StringLike": {"SAML:aud": "https://*.chat.qbusiness.us-east-1.on.aws/saml"}});
    let assume = "sts:AssumeRoleWithSAML";
    // What is sent, the effect, action and condition beside the usual, and what may be changed, to what.
    type Row<'a> = (
        &'a [(&'a str, &'a str)],
        &'a str,
        &'a str,
        Json,
        Option<(&'a str, &'a str)>,
    );
    let rows: &[Row<'_>] = &[
        (&[], "Deny", "sts:*", json!({}), None),
        (
            &[],
            "Deny",
            "sts:*",
            json!({"StringNotEquals": {"saml:iss": "urn:other"}}),
            Some(("Assertion Issuer", "urn:other")),
        ),
        (
            &[],
            "Deny",
            "sts:*",
            json!({"StringNotLike": {"aws:RequestTag/Email": "*@other.example"}}),
            None,
        ),
        (
            &[],
            "Deny",
            "sts:*",
            json!({"StringNotEquals": {"aws:RequestTag/Email": "root@acme.example"}}),
            None,
        ),
        (
            &[],
            "Allow",
            "sts:AssumeRoleWithSAML",
            json!({"StringEquals": {"SAML:aud": ACS, "saml:sub": "u-2"}}),
            None,
        ),
        (
            &[],
            "Allow",
            assume,
            json!({"StringEquals": {"SAML:aud": ACS, "saml:iss": "urn:other"}}),
            Some(("Assertion Issuer", "urn:other")),
        ),
        (
            &sales,
            "Allow",
            assume,
            json!({"StringEquals": {"SAML:aud": ACS, "aws:RequestTag/Department": "Finance"}}),
            Some(("Tag Department", "Finance")),
        ),
        (
            &sales,
            "Allow",
            assume,
            json!({"StringEquals": {"aws:RequestTag/Department": ["Finance", "Law"]}}),
            None,
        ),
        (
            &[],
            "Allow",
            assume,
            json!({"StringEquals": {"SAML:aud": ACS, "aws:RequestTag/Department": "Finance"}}),
            Some(("Tag Department", "Finance")),
        ),
        (
            &[],
            "Allow",
            assume,
            json!({"StringNotEquals": {"SAML:aud": ACS}}),
            None,
        ),
        (&star, "Allow", assume, any, None),
    ];
    for (change, effect, action, condition, wanted) in rows {
        let mut statements = vec![
            ("Allow", "sts:TagSession", tagged()),
            (*effect, *action, condition.clone()),
        ];
        if *effect == "Deny" {
            statements.push(("Allow", assume, aud(ACS)));
        }
        let e = trusting(change, PROVIDER, &statements);
        assert_eq!(
            decision(&e).map(|d| d.decision),
            Some(Decision::Denied),
            "{condition}"
        );
        let told: Vec<(String, String)> = smallest(&e)
            .into_iter()
            .flat_map(|f| f.changes)
            .inspect(|c| assert_eq!(c.owner, Owner::Idp, "{condition}: {c:#?}"))
            .map(|c| (c.place, c.to))
            .collect();
        let wanted: Vec<(String, String)> = wanted
            .iter()
            .map(|(place, to)| ((*place).to_owned(), (*to).to_owned()))
            .collect();
        assert_eq!(told, wanted, "{condition}");
    }
}

/// Nobody verified these bytes, or they are not the provider's: whatever AWS is to trust comes from the set-up.
#[test]
fn what_is_not_verified_does_not_become_trust() {
    let pair = format!("{ROLE},{PROVIDER}");
    let evil_role = pair.replace("q-acme-web", "evil");
    let evil_provider = pair.replace("q-acme-idp", "evil");
    let sent = format!("Recipient=\"{ACS}\"");
    let evil_recipient = "Recipient=\"https://evil.chat.qbusiness.us-east-1.on.aws/saml\"";
    let rows: &[(&str, &str)] = &[
        (&pair, &evil_role),
        (&pair, &evil_provider),
        (&sent, evil_recipient),
        (
            &sent,
            "Recipient=\"https://eu-west-1.signin.aws.amazon.com/saml\"",
        ),
    ];
    for verdict in [None, Some(Err(Rejection::WrongSignature("digest".into())))] {
        for change in rows {
            let mut e = saml(&[*change]);
            e.verdict = verdict.clone();
            let fixes = smallest(&e);
            assert!(!fixes.is_empty(), "{change:?}");
            for change in fixes.iter().flat_map(|f| &f.changes) {
                let metadata = change.rule == RuleId::SignatureInvalid;
                assert!(change.owner == Owner::Idp || metadata, "{change:#?}");
            }
        }
    }
    let guess = |live: bool| {
        let mut e = saml(&[(&pair, &evil_provider)]);
        e.provider_exists = live.then_some(true);
        sides(&smallest(&e))
    };
    assert_eq!((guess(true), guess(false)), ((true, false), (true, false)));
    // The set-up does not name a provider, and the trust policy another than the claim.
    let mut e = saml(&[(&pair, &evil_provider)]);
    e.expected.provider_arn = None;
    e.provider_exists = None;
    let fixes = mends("F07 without a set-up", &e, RuleId::TrustProvider, Owner::Idp);
    assert_eq!(sides(&fixes), (true, false), "{fixes:#?}");
}

/// What everybody sends has a source, and no one person's value.
#[test]
fn a_claim_of_each_person_names_its_source() {
    let email = "/PrincipalTag:Email\"><saml:AttributeValue>alice@acme.example";
    let session = "/RoleSessionName\"><saml:AttributeValue>alice@acme.example";
    let value = |from: &str, to: &str| from.replace("alice@acme.example", to);
    let two = value(
        email,
        "b@acme.example</saml:AttributeValue><saml:AttributeValue>alice@acme.example",
    );
    let rows: &[(&str, &str)] = &[
        ("/PrincipalTag:Email\"", "/PrincipalTag:Town\""),
        ("/RoleSessionName\"", "/Something\""),
        (email, &two),
        (email, &value(email, "")),
        (email, &value(email, "o'hara@acme.example")),
        (session, &value(session, "alice_acme#EXT#@t.example")),
    ];
    for (idp, source) in [
        (IdentityProvider::EntraGallery, "user.mail"),
        (IdentityProvider::OktaSaml, "user.email"),
    ] {
        for change in rows {
            let mut e = saml(&[*change]);
            e.expected.idp = idp;
            let fixes = smallest(&e);
            assert!(!fixes.is_empty(), "{change:?}");
            for c in fixes.iter().flat_map(|f| &f.changes) {
                assert!(!c.to.contains('@'), "{c:#?}");
                assert!(c.to == source || c.place == source, "{c:#?}");
            }
        }
    }
    let e = token(&with(
        "https://aws.amazon.com/tags",
        json!({"principal_tags": {"Town": ["Bonn"]}}),
    ));
    let fixes = smallest(&e);
    assert_eq!(
        fixes.first().unwrap().changes.first().unwrap().to,
        r#"{"principal_tags": {"Email": {user.email}}}"#
    );
}

/// Where the source is the person's address already, it is the address that has to be another.
#[test]
fn an_address_that_fails_is_no_remedy_for_itself() {
    let email = "/PrincipalTag:Email\"><saml:AttributeValue>alice@acme.example";
    let session = "/RoleSessionName\"><saml:AttributeValue>alice@acme.example";
    let check = |changed: &[&str], address: &str, to: &str| {
        let texts: Vec<String> = changed
            .iter()
            .map(|from| from.replace("alice@acme.example", address))
            .collect();
        let rows: Vec<(&str, &str)> = changed
            .iter()
            .copied()
            .zip(texts.iter().map(String::as_str))
            .collect();
        for fix in smallest(&saml(&rows)) {
            for change in fix.changes {
                assert_eq!((change.place.as_str(), change.to.as_str()), ("user.mail", to));
            }
        }
    };
    check(
        &[email],
        "o'hara@acme.example",
        "another address of this person, without '",
    );
    check(
        &[email, session],
        "o'hara@acme.example",
        "another address of this person, without '",
    );
    check(
        &[email, session],
        "jörg@acme.example",
        "another address of this person, without ö",
    );
    let mut token = token(&with(
        "https://aws.amazon.com/tags",
        json!({"principal_tags": {"Email": ["a#b@c.example"]}}),
    ));
    token.expected.idp = IdentityProvider::OktaOidc;
    let fixes = smallest(&token);
    assert_eq!(
        (
            fixes[0].changes[0].place.as_str(),
            fixes[0].changes[0].to.as_str()
        ),
        ("user.email", "another address of this person, without #")
    );
    // What the identity provider refuses, no value of a status lets in.
    let refused = saml(&[("status:Success", "status:Responder")]);
    assert!(
        diagnose(&refused)
            .iter()
            .any(|f| f.id == RuleId::StatusNotSuccess)
    );
    assert_eq!(smallest(&refused), []);
}

/// Each fix changes something, is told once, and names a value and not a sentence.
#[test]
fn each_fix_is_told_once_and_changes_something() {
    let refused = |code: &str, message: &str| {
        let mut e = saml(&[]);
        e.sts = Some(Sts::Refused {
            code: code.into(),
            message: message.into(),
        });
        e
    };
    let no_provider = refused("InvalidIdentityToken", "Specified provider doesn't exist.");
    let mut unknown = no_provider.clone();
    unknown.provider_exists = None;
    let signature = refused("InvalidIdentityToken", "Response signature invalid");
    let there = smallest(&unknown);
    assert!(
        there.is_empty(),
        "nobody looked whether the provider is there: {there:#?}"
    );
    for e in [no_provider, unknown, signature] {
        let fixes = smallest(&e);
        let mut told: Vec<Vec<(String, String, String)>> = Vec::new();
        for fix in &fixes {
            let words = fix.changes.iter().map(|c| {
                assert!(c.from != c.to, "{c:#?}");
                assert!(!c.from.contains("invalid"), "{c:#?}");
                (c.place.clone(), c.from.clone(), c.to.clone())
            });
            told.push(words.collect());
        }
        let all = told.len();
        told.sort();
        told.dedup();
        assert_eq!(told.len(), all, "{fixes:#?}");
    }
}

#[test]
fn both_sides_are_offered() {
    let sent = |recipient: &str| format!("Recipient=\"{recipient}\"");
    let global = [(sent(ACS), sent(SIGN_IN))];
    let change: Vec<(&str, &str)> = global.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let regional = "https://us-west-2.signin.aws.amazon.com/saml";
    let both = |aud_value: &str| {
        [
            ("Allow", "sts:AssumeRoleWithSAML", aud(aud_value)),
            ("Allow", "sts:TagSession", tagged()),
        ]
    };
    let mut okta = trusting(&change, PROVIDER, &both(regional));
    okta.expected.recipient = Some(regional.into());
    let fixes = mends("F12", &okta, RuleId::SignInRegion, Owner::Idp);
    assert_eq!(sides(&fixes), (true, false), "{fixes:#?}");
    let mut checked = trusting(&[], PROVIDER, &both(SIGN_IN));
    checked.expected.recipient = Some(SIGN_IN.into());
    let fixes = mends("F13", &checked, RuleId::RecipientIsAcs, Owner::Idp);
    assert_eq!(sides(&fixes), (true, false), "{fixes:#?}");
    let slash = ACS.replace("/saml", "/saml/");
    let fixes = mends(
        "F11",
        &trusting(&[(&sent(ACS), &sent(&slash))], PROVIDER, &both(ACS)),
        RuleId::RecipientMismatch,
        Owner::Idp,
    );
    assert_eq!(
        sides(&fixes),
        (true, false),
        "an address of nobody is not admitted: {fixes:#?}"
    );
    // The provider sends what the set-up wants: then it is the role that differs.
    let fixes = mends(
        "F11 in AWS",
        &trusting(&[], PROVIDER, &both(&slash)),
        RuleId::RecipientMismatch,
        Owner::Aws,
    );
    assert_eq!(sides(&fixes), (false, true), "{fixes:#?}");
    assert_eq!(fixes.first().unwrap().reach, Reach::Federation);
}

#[test]
fn two_changes_and_three() {
    let two = saml(&[
        ("/RoleSessionName\"", "/Something\""),
        ("/PrincipalTag:Email\"", "/PrincipalTag:email\""),
    ]);
    let fixes = mends("two", &two, RuleId::SessionNameMissing, Owner::Idp);
    assert_eq!(fixes.first().unwrap().changes.len(), 2, "{fixes:#?}");
    let slash = ACS.replace("/saml", "//saml");
    let three = saml(&[
        ("/RoleSessionName\"", "/Something\""),
        ("/PrincipalTag:Email\"", "/PrincipalTag:email\""),
        (&format!("Recipient=\"{ACS}\""), &format!("Recipient=\"{slash}\"")),
    ]);
    let fixes = mends("three", &three, RuleId::RecipientMismatch, Owner::Idp);
    assert_eq!(fixes.len(), 1);
    assert_eq!(fixes.first().unwrap().changes.len(), 3, "{fixes:#?}");
}

#[test]
fn time_alone_and_nothing_known() {
    let mut stale = saml(&[]);
    stale.now = parse_instant("2026-11-22T16:20:00Z").unwrap();
    let fixes = mends("stale", &stale, RuleId::Stale, Owner::User);
    assert_eq!(fixes.len(), 1);
    let mut refused = saml(&[]);
    refused.sts = Some(Sts::Refused {
        code: "AccessDenied".into(),
        message: "Not authorized to perform sts:AssumeRoleWithSAML".into(),
    });
    assert!(is_blocked(&diagnose(&refused)));
    assert!(
        smallest(&refused).is_empty(),
        "nothing tells why, so nothing is offered"
    );
    // What STS said counts for the Audience; a new sign-in alone does not mend it.
    let mut audience = saml(&[(&format!("<saml:Audience>{ACS}"), "<saml:Audience>urn:else")]);
    audience.sts = Some(Sts::Refused {
        code: "InvalidIdentityToken".into(),
        message: "Response does not contain the required audience.".into(),
    });
    let fixes = mends("audience", &audience, RuleId::Audience, Owner::Idp);
    assert!(
        fixes
            .iter()
            .all(|f| f.changes.iter().any(|c| c.rule == RuleId::Audience)),
        "{fixes:#?}"
    );
}

#[test]
fn silence_is_no_fix() {
    let bare = || Evidence::new(parse_instant("2026-11-22T16:01:00Z").unwrap(), saml(&[]).expected);
    let fires = |e: &Evidence, rule: RuleId| {
        let findings = diagnose(e);
        let finding = findings.iter().find(|f| f.id == rule).unwrap();
        assert!(finding.is_said && !finding.remedy.is_empty(), "{finding:#?}");
    };
    let said = |mut e: Evidence, text: &str| {
        let text = text.into();
        e.messages.push(Message { text, at: None });
        e
    };
    // Of a message alone nothing can be tried: the finding says what to do.
    for (rule, text) in [
        (RuleId::NotAssigned, "AADSTS50105: The application blocks users."),
        (RuleId::PairSwapped, "Request ARN is invalid"),
        (RuleId::SignatureInvalid, "Response signature invalid"),
    ] {
        let e = said(bare(), text);
        fires(&e, rule);
        assert_eq!(smallest(&e), [], "{text}");
    }
    let mut yes = bare();
    yes.answers.insert(RuleId::ClaimsPolicy, true);
    fires(&yes, RuleId::ClaimsPolicy);
    assert_eq!(smallest(&yes), []);
    // A cause that was only said beside one that is seen: no change lets the person in.
    let e = saml(&[("/PrincipalTag:Email\"", "/PrincipalTag:Town\"")]);
    assert_eq!(
        smallest(&said(e, "AADSTS50105: The application blocks users.")),
        []
    );
    // What the message explains is seen: that is changed, from what is there.
    let wrong = format!("{ROLE},{PROVIDER}").replace("q-acme-web", "q-acme-wbe");
    let e = said(
        saml(&[(&format!("{ROLE},{PROVIDER}"), &wrong)]),
        "Request ARN is invalid",
    );
    let fixes = smallest(&e);
    let change = &fixes.first().unwrap().changes[0];
    assert_eq!(
        (change.from.as_str(), change.to.as_str()),
        (wrong.as_str(), format!("{ROLE},{PROVIDER}").as_str())
    );
    for fix in &fixes {
        passes("said and seen", &e, fix);
        for change in &fix.changes {
            assert!(!change.from.contains("Request ARN"), "{change:#?}");
        }
    }
}

#[test]
fn a_change_is_made_where_its_cause_is_mended() {
    // Entra ID sends no Role to people with Default Access: the claim is there, the assignment is not.
    let role_name = format!("<saml:Attribute Name=\"{NAMESPACE}/Role\">");
    let mut e = saml(&[(&role_name, "<saml:Attribute Name=\"other\">")]);
    let step = |e: &Evidence| smallest(e).first().unwrap().changes[0].step.clone();
    assert_eq!(step(&e).as_deref(), Some("assign"));
    e.expected.idp = IdentityProvider::OktaSaml;
    assert_eq!(step(&e).as_deref(), Some("role-claim"));
}

const ISSUER: &str = "https://acme.okta.com/oauth2/default";
const CLIENT: &str = "0oa1b2c3d4e5f6g7h8i9";

fn claims() -> Json {
    json!({"iss": ISSUER, "aud": CLIENT, "sub": "u-1", "iat": 1_795_363_200, "exp": 1_795_366_800,
           "https://aws.amazon.com/tags": {"principal_tags": {"Email": ["alice@acme.example"]}}})
}

/// A token of which nobody looked at the signature.
fn token(claims: &Json) -> Evidence {
    let part = |json: &Json| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(json.to_string());
    let text = format!(
        "{}.{}.AAAA",
        part(&json!({"alg": "RS256", "kid": "k"})),
        part(claims)
    );
    let issuer = Issuer::parse(ISSUER).unwrap();
    let arn = issuer.arn(&AccountId::parse(ACCOUNT).unwrap()).to_string();
    let mut e = Evidence::new(
        parse_instant("2026-11-22T16:01:00Z").unwrap(),
        Expected {
            idp: IdentityProvider::OktaOidc,
            recipient: None,
            audience: None,
            role_arn: Some(ROLE.into()),
            provider_arn: Some(arn.clone()),
            tags: None,
        },
    );
    let trust = TrustPolicy::oidc(&arn, issuer.without_scheme(), &[CLIENT.to_owned()]);
    e.role = Some(LiveRole::There(trust));
    e.provider_exists = Some(true);
    e.token = Some(TokenEvidence {
        issuer: Some(issuer),
        client_id: Some(ClientId::parse(CLIENT).unwrap()),
        view: Some(IdToken::decode(&text).unwrap().view().clone()),
        provider_clients: Some(vec![CLIENT.into()]),
        ..TokenEvidence::default()
    });
    e
}

fn with(name: &str, value: Json) -> Json {
    let mut all = claims();
    all[name] = value;
    all
}

#[test]
fn tokens() {
    use RuleId as R;
    let good = token(&claims());
    let start = good.token.as_ref().unwrap().claims().unwrap().issued().unwrap();
    let now = parse_instant("2026-11-22T16:01:00Z").unwrap();
    assert!(
        start < now && !is_blocked(&diagnose(&good)),
        "{:#?}",
        diagnose(&good)
    );
    assert!(smallest(&good).is_empty());
    let tags = |json: Json| with("https://aws.amazon.com/tags", json);
    let cases: &[(&str, R, Json, Owner)] = &[
        (
            "issuer",
            R::TokenIssuer,
            with("iss", json!("https://acme.okta.com")),
            Owner::Idp,
        ),
        (
            "audience",
            R::TokenAudience,
            with("aud", json!("0oaZ")),
            Owner::Idp,
        ),
        ("azp", R::TokenAudience, with("azp", json!("0oaZ")), Owner::Idp),
        (
            "no tags",
            R::TokenEmailMissing,
            tags(json!({"principal_tags": {"Town": ["Bonn"]}})),
            Owner::Idp,
        ),
        (
            "text",
            R::TokenEmailMissing,
            tags(json!("{\"principal_tags\":{}}")),
            Owner::Idp,
        ),
        (
            "null",
            R::TokenEmailMissing,
            tags(json!({"principal_tags": {"Email": null}})),
            Owner::Idp,
        ),
        (
            "empty",
            R::EmailEmpty,
            tags(json!({"principal_tags": {"Email": [" "]}})),
            Owner::Idp,
        ),
        (
            "two",
            R::EmailSeveral,
            tags(json!({"principal_tags": {"Email": ["a@b", "c@d"]}})),
            Owner::Idp,
        ),
        (
            "sharp",
            R::TagInvalid,
            tags(json!({"principal_tags": {"Email": ["a#b@c"]}})),
            Owner::Idp,
        ),
        (
            "subject",
            R::TokenSubject,
            with("sub", json!("s".repeat(300))),
            Owner::Idp,
        ),
        (
            "expired",
            R::TokenExpired,
            with("exp", json!(1_795_363_201)),
            Owner::User,
        ),
        (
            "early",
            R::TokenEarly,
            with("nbf", json!(1_795_370_000)),
            Owner::Idp,
        ),
    ];
    for (name, rule, claims, owner) in cases {
        let fixes = mends(name, &token(claims), *rule, *owner);
        assert_eq!(
            fixes.first().unwrap().changes.len(),
            1,
            "{name}: {:#?}",
            fixes.first()
        );
        if matches!(rule, R::TokenIssuer | R::TokenAudience) {
            // Nobody verified the token, so what it says is no reason to trust it.
            assert_eq!(sides(&fixes), (true, false), "{name}: {fixes:#?}");
        }
    }
    // What is to be pasted is what the guide has, byte for byte.
    let fixes = smallest(&token(&tags(json!({"principal_tags": {"Town": ["Bonn"]}}))));
    assert_eq!(
        fixes[0].changes[0].to,
        r#"{"principal_tags": {"Email": {user.email}}}"#
    );
    let mut no_provider = token(&claims());
    no_provider.provider_exists = Some(false);
    mends("F50 in AWS", &no_provider, R::TokenIssuer, Owner::Aws);
    let mut unregistered = token(&claims());
    unregistered.token.as_mut().unwrap().provider_clients = Some(vec!["0oaZ".into()]);
    mends("F51 in AWS", &unregistered, R::TokenAudience, Owner::Aws);
    let mut role = token(&claims());
    role.role = Some(LiveRole::Missing);
    mends("F55 no role", &role, R::TokenTrust, Owner::Aws);
    let statement = |action: &str, condition: Json| {
        let arn = good.expected.provider_arn.clone().unwrap();
        json!({"Effect": "Allow", "Principal": {"Federated": arn}, "Action": action, "Condition": condition})
    };
    let trusting = |statements: Json| {
        let mut e = token(&claims());
        let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        e.role = Some(LiveRole::There(TrustPolicy::parse(&text).unwrap()));
        e
    };
    let assume = "sts:AssumeRoleWithWebIdentity";
    let other = statement(
        assume,
        json!({"StringEquals": {"acme.okta.com/oauth2/default:aud": "0oaZ"}}),
    );
    let right = statement(
        assume,
        json!({"StringEquals": {"acme.okta.com/oauth2/default:aud": CLIENT}}),
    );
    let tag = statement("sts:TagSession", tagged());
    let fixes = mends("F55", &trusting(json!([other, tag])), R::TokenTrust, Owner::Aws);
    assert!(sides(&fixes).1, "{fixes:#?}");
    mends("F56", &trusting(json!([right])), R::TokenTagSession, Owner::Aws);
    let mut unsigned = token(&claims());
    unsigned.token.as_mut().unwrap().verdict = Some(Err(TokenRejection::Signature(
        claimbridge_core::oidc::SignatureFault::Invalid,
    )));
    mends("F64", &unsigned, R::TokenSignature, Owner::Idp);
}

/// A client id that IAM's provider does not know lets nobody in, so the right one takes its place. Of any other
/// nobody knows who comes in with it.
#[test]
fn a_client_id_goes_only_where_nobody_comes_in_with_it() {
    let key = "acme.okta.com/oauth2/default:aud";
    let check = |admitted: &[&str], known: Option<&[&str]>, expected: &str, note: &str| {
        let mut e = token(&claims());
        let arn = e.expected.provider_arn.clone().unwrap();
        let statement = |action: &str, condition: Json| json!({"Effect": "Allow", "Principal": {"Federated": arn}, "Action": action, "Condition": condition});
        let policy = json!({"Version": "2012-10-17", "Statement": [
            statement("sts:AssumeRoleWithWebIdentity", json!({"StringEquals": {key: admitted}})),
            statement("sts:TagSession", tagged()),
        ]});
        e.role = Some(LiveRole::There(TrustPolicy::parse(&policy.to_string()).unwrap()));
        e.token.as_mut().unwrap().provider_clients =
            known.map(|all| all.iter().map(|c| (*c).to_owned()).collect());
        let fixes = mends("F55", &e, RuleId::TokenTrust, Owner::Aws);
        let fix = fixes.iter().find(|f| aws_side(f)).unwrap();
        let [change] = fix.changes.as_slice() else {
            panic!("{fix:#?}")
        };
        assert_eq!(change.from, admitted.join(", "));
        assert_eq!(
            (change.to.as_str(), change.note.as_str()),
            (expected, note),
            "{known:?}"
        );
        let after = applied(&e, fix).unwrap();
        let held = after.trust().unwrap().0.statements[0].conditions[0]
            .values
            .join(", ");
        assert_eq!(held, expected);
    };
    check(
        &["0oaZ"],
        Some(&[CLIENT]),
        CLIENT,
        "0oaZ goes: the provider in IAM does not know it, so that nobody comes in with it.",
    );
    check(
        &["0oaZ"],
        Some(&["0oaZ", CLIENT]),
        &format!("0oaZ, {CLIENT}"),
        "0oaZ stays: whether anybody else comes in with it is not known.",
    );
    check(
        &["0oaZ"],
        None,
        &format!("0oaZ, {CLIENT}"),
        "0oaZ stays: whether anybody else comes in with it is not known.",
    );
    check(
        &["0oaY", "0oaZ"],
        Some(&["0oaY", CLIENT]),
        &format!("0oaY, {CLIENT}"),
        "0oaZ goes: the provider in IAM does not know it, so that nobody comes in with it. 0oaY stays: whether anybody else comes in with it is not known.",
    );
    // The provider's own list only grows.
    let mut unregistered = token(&claims());
    unregistered.token.as_mut().unwrap().provider_clients = Some(vec!["0oaZ".into()]);
    let fixes = smallest(&unregistered);
    let change = &fixes.iter().find(|f| aws_side(f)).unwrap().changes[0];
    assert_eq!(
        (change.from.as_str(), change.to.as_str()),
        ("0oaZ", format!("0oaZ, {CLIENT}").as_str())
    );
    assert_eq!(
        change.note,
        "0oaZ stays: whether another application uses it is not known."
    );
}

/// Whom else a role trusts is not ours to change: only the provider that stands in the place of ours goes.
#[test]
fn other_principals_of_a_trust_policy_stay() {
    let typo = PROVIDER.replace("q-acme-idp", "q-acme-dip");
    let other = "arn:aws:iam::123456789012:saml-provider/sales";
    let third = "arn:aws:iam::123456789012:saml-provider/warehouse-portal";
    let pipeline = "arn:aws:iam::123456789012:oidc-provider/ci.example";
    let ci = json!({"Effect": "Allow", "Principal": {"Federated": pipeline}, "Action": "sts:AssumeRoleWithWebIdentity"});
    let deny =
        json!({"Effect": "Deny", "Principal": {"Federated": third}, "Action": "sts:AssumeRoleWithSAML"});
    let check = |federated: Json, after_it: Json, note: &str| {
        let mut e = saml(&[]);
        let principal = |federated: &Json| json!({"Federated": federated, "Service": "ec2.amazonaws.com"});
        let policy = |federated: &Json| {
            json!({"Version": "2012-10-17", "Statement": [
                ci, deny,
                {"Effect": "Allow", "Principal": principal(federated), "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"]},
            ]})
        };
        e.role = Some(LiveRole::There(
            TrustPolicy::parse(&policy(&federated).to_string()).unwrap(),
        ));
        let fixes = mends("F07", &e, RuleId::TrustProvider, Owner::Aws);
        let fix = fixes.iter().find(|f| aws_side(f)).unwrap();
        assert_eq!(fix.changes[0].note, note, "{federated}");
        let sorted = |e: &Evidence| {
            let mut all = e.trust().unwrap().0.statements.clone();
            all.iter_mut().for_each(|s| s.principals.sort());
            all
        };
        let after = applied(&e, fix).unwrap();
        e.role = Some(LiveRole::There(
            TrustPolicy::parse(&policy(&after_it).to_string()).unwrap(),
        ));
        assert_eq!(sorted(&after), sorted(&e), "{federated}");
    };
    check(
        json!([typo]),
        json!([PROVIDER]),
        &format!("Nobody comes in by {typo} with this role any more."),
    );
    check(
        json!([typo, other]),
        json!([PROVIDER, other]),
        &format!(
            "Nobody comes in by {typo} with this role any more. {other} stays: whether people come in that way is not known."
        ),
    );
    check(
        json!([other, third]),
        json!([other, third, PROVIDER]),
        &format!("{other}, {third} stay: whether people come in that way is not known."),
    );
    // A statement of another provider's people stays as it is.
    let mut e = saml(&[]);
    let two = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Federated": typo}, "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"]},
        {"Effect": "Allow", "Principal": {"Federated": other}, "Action": "sts:AssumeRoleWithSAML"},
    ]});
    e.role = Some(LiveRole::There(TrustPolicy::parse(&two.to_string()).unwrap()));
    let fixes = mends("F07 of two statements", &e, RuleId::TrustProvider, Owner::Aws);
    let after = applied(&e, fixes.iter().find(|f| aws_side(f)).unwrap()).unwrap();
    let statements = |e: &Evidence| e.trust().unwrap().0.statements[1].clone();
    assert_eq!(statements(&after), statements(&e));
    // Another application stands on the one that is there.
    let mut e = saml(&[]);
    e.role = Some(LiveRole::There(TrustPolicy::saml(other, &[ACS.to_owned()])));
    e.live.providers_in_use = Some(vec![other.into()]);
    let fixes = mends("F07 in use", &e, RuleId::TrustProvider, Owner::Aws);
    let change = &fixes.iter().find(|f| aws_side(f)).unwrap().changes[0];
    assert_eq!(change.to, format!("{PROVIDER}, {other}"));
    assert_eq!(
        change.note,
        format!("{other} stays: applications of this region use it.")
    );
    // Nothing of a pipeline's statement is ours: the fix adds statements of its own.
    let mut e = saml(&[]);
    let alone = json!({"Version": "2012-10-17", "Statement": [ci]});
    e.role = Some(LiveRole::There(TrustPolicy::parse(&alone.to_string()).unwrap()));
    let fixes = mends("F07 beside a pipeline", &e, RuleId::TrustProvider, Owner::Aws);
    let after = applied(&e, fixes.iter().find(|f| aws_side(f)).unwrap()).unwrap();
    let statements = &after.trust().unwrap().0.statements;
    assert_eq!(statements[0], e.trust().unwrap().0.statements[0]);
    assert_eq!(statements.len(), 3, "{statements:#?}");
}

/// Under 100 ms in the bench, of a build for release; ten times that here.
#[test]
fn it_does_not_take_long() {
    let slash = ACS.replace("/saml", "//saml");
    let e = saml(&[
        ("/RoleSessionName\"", "/Something\""),
        ("/PrincipalTag:Email\"", "/PrincipalTag:email\""),
        (&format!("Recipient=\"{ACS}\""), &format!("Recipient=\"{slash}\"")),
        (
            &format!("{ROLE},{PROVIDER}"),
            "arn:aws:iam::123456789012:role/x, arn:aws:iam::123456789012:saml-provider/y",
        ),
    ]);
    let started = std::time::Instant::now();
    assert!(!smallest(&e).is_empty());
    assert!(started.elapsed().as_millis() < 1000, "{:?}", started.elapsed());
}

fn application(kms_key: Option<&str>, subscribes: bool) -> HeldApplication {
    HeldApplication {
        arn: "arn:aws:qbusiness:us-east-1:123456789012:application/a1b2c3d4".into(),
        name: "q-acme".into(),
        status: status("ACTIVE"),
        identity_type: Some("AWS_IAM_IDP_SAML".into()),
        provider: Some(PROVIDER.into()),
        client_ids: Vec::new(),
        role: None,
        subscription: Some((subscribes, Some(Tier::QBusiness))),
        q_apps: false,
        kms_key: kms_key.map(str::to_owned),
        tags: std::collections::BTreeMap::new(),
    }
}

fn status(word: &str) -> Status {
    Status {
        word: word.into(),
        why: None,
    }
}

fn web(role: &str, word: &str) -> HeldWebExperience {
    HeldWebExperience {
        title: "q".into(),
        status: status(word),
        endpoint: Some(ACS.replace("/saml", "/")),
        role: Some(role.into()),
        sign_in: HeldSignIn::Saml {
            authentication_url: "https://launcher.myapps.microsoft.com/api/signin/1?tenantId=2".into(),
        },
        look: Look::default(),
    }
}

/// AWS's own policy of this application.
fn documented(application: &str) -> HeldPolicy {
    let document = PermissionPolicy::of(&Permissions::WebExperience {
        region: Region::UsEast1,
        account: AccountId::parse(ACCOUNT).unwrap(),
        application: application.into(),
        q_apps: false,
        kms_key: None,
        document_content: false,
    });
    HeldPolicy {
        name: "q".into(),
        managed: None,
        document: document.to_json(),
        others: 0,
    }
}

/// The web experience was given another application's role: that is the cause, and the other role stays as it is.
#[test]
fn another_applications_role_is_not_rewritten() {
    const OTHER: &str = "arn:aws:iam::123456789012:role/q-other-web";
    let theirs = "arn:aws:iam::123456789012:saml-provider/q-other-idp";
    let foreign = |provider: &str, permissions: Vec<HeldPolicy>| {
        let mut e = trusting(
            &[],
            provider,
            &[
                (
                    "Allow",
                    "sts:AssumeRoleWithSAML",
                    aud("https://efgh.chat.qbusiness.us-east-1.on.aws/saml"),
                ),
                ("Allow", "sts:TagSession", tagged()),
            ],
        );
        e.expected.role_arn = Some(OTHER.into());
        e.live.application = Some(application(None, true));
        e.live.web_experience = Some(web(OTHER, "ACTIVE"));
        e.live.permissions = Some(permissions);
        e
    };
    let shared = foreign(PROVIDER, vec![documented("b1b2c3d4")]);
    for e in [
        foreign(theirs, vec![documented("b1b2c3d4")]),
        shared,
        foreign(PROVIDER, Vec::new()),
    ] {
        let findings = diagnose(&e);
        let first = findings.first().unwrap();
        assert_eq!(
            (first.id, first.expected.as_str(), first.found.as_str()),
            (RuleId::OtherRole, ROLE, OTHER),
            "{findings:#?}"
        );
        for other in findings.iter().filter(|f| f.id != RuleId::OtherRole) {
            assert_eq!(other.caused_by, Some(RuleId::OtherRole), "{other:#?}");
        }
        // Nobody vouches for the claim, so that it does not choose the role.
        assert!(smallest(&e).is_empty(), "{:#?}", smallest(&e));
    }
    // A role of this very application: it is the claim that is misspelled.
    let mut own = saml(&[]);
    own.expected.role_arn = Some(OTHER.into());
    own.live.application = Some(application(None, true));
    own.live.web_experience = Some(web(OTHER, "ACTIVE"));
    own.live.permissions = Some(vec![documented("a1b2c3d4")]);
    let fixes = mends("a claim that names another", &own, RuleId::RoleWrong, Owner::Idp);
    assert_eq!(fixes[0].changes[0].to, format!("{OTHER},{PROVIDER}"));
    // The set-up says which role is its own, whether anybody signed in or not.
    let mut of_set_up = saml(&[]);
    of_set_up.live.web_experience = Some(web(OTHER, "ACTIVE"));
    let mut nobody = of_set_up.clone();
    nobody.view = None;
    for e in [of_set_up, nobody] {
        let fixes = mends("the set-up's role", &e, RuleId::OtherRole, Owner::Aws);
        let told: Vec<(&str, &str)> = fixes[0]
            .changes
            .iter()
            .map(|c| (c.place.as_str(), c.to.as_str()))
            .collect();
        assert_eq!(told, [("Web experience role", ROLE)]);
    }
}

#[test]
fn what_stands_in_aws_beside_the_role() {
    use RuleId as R;
    let mut e = saml(&[]);
    e.live.web_experience = Some(web("arn:aws:iam::123456789012:role/other", "ACTIVE"));
    let fixes = mends("another role", &e, R::OtherRole, Owner::Aws);
    assert!(fixes.iter().any(aws_side), "{fixes:#?}");
    let mut e = saml(&[]);
    e.live.web_experience = Some(web(ROLE, "PENDING_AUTH_CONFIG"));
    mends("not ready", &e, R::WebExperienceState, Owner::Aws);
    let mut e = saml(&[]);
    e.live.application = Some(application(None, true));
    e.live.permissions = Some(Vec::new());
    let fixes = mends("no permissions", &e, R::ClaimDenied, Owner::Aws);
    let [change] = fixes[0].changes.as_slice() else {
        panic!("{fixes:#?}")
    };
    assert_eq!(
        (change.to.as_str(), change.note.as_str()),
        (
            "the documented policy of the web experience's role",
            "It answers F101 and F102."
        )
    );
    // What is denied, no further policy gives.
    let denying = |action: &str, sid: Option<&str>| {
        let mut statement = json!({"Effect": "Deny", "Action": action, "Resource": "*"});
        if let Some(sid) = sid {
            statement["Sid"] = json!(sid);
        }
        let mut e = e.clone();
        e.live.permissions = Some(vec![
            documented("a1b2c3d4"),
            HeldPolicy {
                name: "limits".into(),
                managed: None,
                document: json!({"Version": "2012-10-17", "Statement": [statement]}),
                others: 0,
            },
        ]);
        assert_eq!(smallest(&e), []);
        let findings = diagnose(&e);
        assert_eq!(findings.len(), 1, "{findings:#?}");
        assert!(!findings[0].remedy.contains("allow"), "{findings:#?}");
        findings[0].clone()
    };
    let claim = denying("user-subscriptions:*", Some("NoClaims"));
    assert_eq!(claim.id, R::ClaimDenied);
    assert_eq!(
        claim.found,
        "the statement NoClaims of the policy limits denies user-subscriptions:CreateClaim on *"
    );
    let chat = denying("qbusiness:ChatSync", None);
    assert_eq!(chat.id, R::PermissionsIncomplete);
    assert!(
        chat.found
            .starts_with("statement 1 of the policy limits denies qbusiness:ChatSync on arn:"),
        "{chat:#?}"
    );
    assert!(
        fixes
            .first()
            .unwrap()
            .silences
            .contains(&R::PermissionsIncomplete),
        "{fixes:#?}"
    );
    let mut e = saml(&[]);
    e.live.application = Some(application(
        Some("arn:aws:kms:us-east-1:123456789012:key/k1"),
        true,
    ));
    e.live.permissions = Some(vec![documented("a1b2c3d4")]);
    mends("no key", &e, R::KeyDenied, Owner::Aws);
    let mut e = saml(&[]);
    e.live.application = Some(application(None, false));
    e.live.subscriptions = Some(Vec::new());
    mends("no subscription", &e, R::NoSubscription, Owner::Aws);
    let more = format!(
        "<saml:Attribute Name=\"{NAMESPACE}/SourceIdentity\"><saml:AttributeValue>alice</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>"
    );
    let e = saml(&[("</saml:AttributeStatement>", &more)]);
    let fixes = mends("source identity", &e, R::SourceIdentity, Owner::Idp);
    assert_eq!(sides(&fixes), (true, true), "{fixes:#?}");
}

#[test]
fn signatures_and_metadata() {
    use RuleId as R;
    let mut e = saml(&[]);
    e.verdict = Some(Err(Rejection::WrongSignature("digest".into())));
    let fixes = mends("another certificate", &e, R::SignatureInvalid, Owner::Idp);
    assert_eq!(sides(&fixes), (true, true), "{fixes:#?}");
    let mut e = saml(&[
        ("<ds:Signature>", "<ds:Other>"),
        ("</ds:Signature>", "</ds:Other>"),
    ]);
    e.verdict = Some(Err(Rejection::Unsigned));
    mends("unsigned", &e, R::Unsigned, Owner::Idp);
    // A bad signature stays bad when a claim is mended: both have to be changed.
    let mut e = saml(&[("/RoleSessionName\"", "/Something\"")]);
    e.verdict = Some(Err(Rejection::WrongSignature("digest".into())));
    for fix in smallest(&e) {
        assert!(fix.changes.len() == 2, "{fix:#?}");
    }
    let mut e = saml(&[]);
    e.metadata = Some(FederationMetadata::parse(b"<html/>", None));
    mends("no metadata", &e, R::MetadataUnusable, Owner::Aws);
}

/// The role was given a foreign address: it goes, and the provider is never told to send there.
#[test]
fn a_foreign_address_is_replaced_and_never_sent_to() {
    let evil = "https://evil.example.com/saml";
    for expected in [Some(ACS.to_owned()), None] {
        let foreign = [
            ("Allow", "sts:AssumeRoleWithSAML", aud(evil)),
            ("Allow", "sts:TagSession", tagged()),
        ];
        let mut e = trusting(&[], PROVIDER, &foreign);
        e.expected.recipient.clone_from(&expected);
        let changes: Vec<claimbridge_core::diagnose::fix::Change> =
            smallest(&e).into_iter().flat_map(|f| f.changes).collect();
        assert!(
            changes.iter().all(|c| c.owner == Owner::Aws && c.to == ACS),
            "{expected:?}: {changes:#?}"
        );
        assert_eq!(changes.is_empty(), expected.is_none(), "{changes:#?}");
        for change in &changes {
            assert!(change.note.contains("evil.example.com"), "{change:?}");
        }
    }
    // Beside an address of AWS's it stays: an application of the company's own may take responses there.
    let other = "https://us-east-1.signin.aws.amazon.com/saml";
    let both = json!({"StringEquals": {"SAML:aud": [other, "https://app.acme.example/acs"]}});
    let e = trusting(
        &[],
        PROVIDER,
        &[
            ("Allow", "sts:AssumeRoleWithSAML", both),
            ("Allow", "sts:TagSession", tagged()),
        ],
    );
    let fixes = mends("beside", &e, RuleId::RecipientMismatch, Owner::Aws);
    assert_eq!(
        fixes[0].changes[0].to,
        format!("{other}, https://app.acme.example/acs, {ACS}")
    );
}

/// What the partners' statement compares is theirs.
#[test]
fn another_provider_s_statement_is_left_alone() {
    let partners = PROVIDER.replace("q-acme", "partners");
    let statement = |provider: &str, action: &str, condition: Json| json!({"Effect": "Allow", "Principal": {"Federated": provider}, "Action": action, "Condition": condition});
    let text = json!({"Version": "2012-10-17", "Statement": [
        statement(&partners, "sts:AssumeRoleWithSAML", aud("https://p.chat.qbusiness.us-east-1.on.aws/saml")),
        statement(PROVIDER, "sts:AssumeRoleWithSAML", aud("https://us-east-1.signin.aws.amazon.com/saml")),
        statement(PROVIDER, "sts:TagSession", tagged()),
    ]})
    .to_string();
    let mut e = saml(&[]);
    e.role = Some(LiveRole::There(TrustPolicy::parse(&text).unwrap()));
    let fixes = mends("two providers", &e, RuleId::RecipientIsAcs, Owner::Aws);
    let after = applied(&e, &fixes[0]).unwrap();
    let theirs = &after.trust().unwrap().0.statements[0].conditions[0].values;
    assert_eq!(theirs, &["https://p.chat.qbusiness.us-east-1.on.aws/saml"]);
}
