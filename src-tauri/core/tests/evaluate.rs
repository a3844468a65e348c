//! The evaluator, case by case: operators, policy variables, callers, and what a proof tells.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use claimbridge_core::policy::evaluate::{Decision, Evaluation, Request, evaluate, glob};
use claimbridge_core::policy::{Condition, Document, Statement, TrustPolicy};

const PROVIDER: &str = "arn:aws:iam::123456789012:saml-provider/q-idp";
const ACS: &str = "https://abcd.chat.qbusiness.us-east-1.on.aws/saml";

fn ask(action: &str, context: &[(&str, &[&str])]) -> Request {
    Request {
        action: action.into(),
        federated: Some(PROVIDER.into()),
        context: context
            .iter()
            .map(|(k, v)| ((*k).to_owned(), v.iter().map(|s| (*s).to_owned()).collect()))
            .collect(),
        ..Request::default()
    }
}

#[test]
fn our_trust_policy_admits_its_recipient_and_nothing_else() {
    let trust = TrustPolicy::saml(PROVIDER, &[ACS.to_owned()]);
    let decide = |r: &Request| evaluate(&trust.0, r).decision;
    let assume = "sts:AssumeRoleWithSAML";
    assert_eq!(decide(&ask(assume, &[("saml:aud", &[ACS])])), Decision::Allowed);
    let double = ACS.replace("/saml", "//saml");
    assert_eq!(
        decide(&ask(assume, &[("saml:aud", &[&double])])),
        Decision::Denied
    );
    assert_eq!(decide(&ask(assume, &[])), Decision::Denied);
    let mut other = ask(assume, &[("saml:aud", &[ACS])]);
    other.federated = Some(PROVIDER.replace("q-idp", "other"));
    assert_eq!(decide(&other), Decision::Denied);
    assert_eq!(
        decide(&ask(
            "sts:TagSession",
            &[("aws:requesttag/email", &["a@b.example"])]
        )),
        Decision::Allowed
    );
    assert_eq!(
        decide(&ask("sts:TagSession", &[("aws:requesttag/city", &["Bonn"])])),
        Decision::Denied
    );
    let mut unseen = ask(assume, &[]);
    unseen.unknown.push("saml:aud".into());
    assert_eq!(decide(&unseen), Decision::Unknown);
}

#[test]
fn operators() {
    let check = |operator: &str, values: &[&str], sent: Option<&[&str]>, expected: Option<bool>| {
        let condition = Condition {
            operator: operator.into(),
            key: "K".into(),
            values: values.iter().map(|s| (*s).to_owned()).collect(),
        };
        let request = ask(
            "sts:AssumeRole",
            &sent.map(|s| ("k", s)).into_iter().collect::<Vec<_>>(),
        );
        let statement = Statement {
            allow: true,
            principals: vec![("*".into(), "*".into())],
            actions: vec!["*".into()],
            conditions: vec![condition],
            ..Statement::default()
        };
        let policy = Document {
            statements: vec![statement],
        };
        let found = evaluate(&policy, &request);
        let check = found.statements[0].checks.last().unwrap();
        assert_eq!(check.key, "K");
        assert_eq!(check.holds, expected, "{operator} {values:?} {sent:?}");
    };
    check("StringLike", &["*@*"], Some(&["a@b"]), Some(true));
    check("StringLike", &["*"], Some(&[""]), Some(true));
    check("StringLike", &["*"], None, Some(false));
    check("ForAllValues:StringEquals", &["Email"], None, Some(true));
    check(
        "ForAllValues:StringEquals",
        &["Email"],
        Some(&["Email", "City"]),
        Some(false),
    );
    check(
        "ForAnyValue:StringEquals",
        &["Email"],
        Some(&["Email", "City"]),
        Some(true),
    );
    check("ForAnyValue:StringEquals", &["Email"], None, Some(false));
    check("StringEqualsIfExists", &["a"], None, Some(true));
    check("StringNotEquals", &["a"], None, Some(true));
    check("StringNotEquals", &["a"], Some(&["a"]), Some(false));
    check("Null", &["true"], None, Some(true));
    check("Null", &["false"], None, Some(false));
    check("DateLessThan", &["2026-01-01"], Some(&["x"]), None);
    check(
        "DateLessThan",
        &["2026-01-01"],
        Some(&["2025-12-31T23:59:59Z"]),
        Some(true),
    );
    check(
        "DateGreaterThanEquals",
        &["1767225600"],
        Some(&["2026-01-01T00:00:00Z"]),
        Some(true),
    );
    check(
        "DateNotEquals",
        &["2026-01-01"],
        Some(&["2026-01-01T00:00:00Z"]),
        Some(false),
    );
    check("DateLessThan", &["2026"], Some(&["2025-01-01"]), None);
    check("NumericLessThanEquals", &["3600"], Some(&["900"]), Some(true));
    check("NumericLessThan", &["3600", "100"], Some(&["900"]), Some(true));
    check("NumericNotEquals", &["3", "4"], Some(&["4.0"]), Some(false));
    check("NumericEquals", &["4"], Some(&["four"]), None);
    check("NumericNotEquals", &["4"], None, Some(true));
    check("Bool", &["true"], Some(&["True"]), Some(true));
    check("Bool", &["true"], Some(&["yes"]), Some(false));
    check("Bool", &["yes"], Some(&["yes"]), None);
    check("BoolIfExists", &["true"], None, Some(true));
    check(
        "IpAddress",
        &["10.0.0.0/8", "2001:db8::/32"],
        Some(&["10.9.8.7"]),
        Some(true),
    );
    check(
        "IpAddress",
        &["10.0.0.0/8", "2001:db8::/32"],
        Some(&["2001:db8::1"]),
        Some(true),
    );
    check("IpAddress", &["10.0.0.1"], Some(&["10.0.0.1"]), Some(true));
    check("IpAddress", &["0.0.0.0/0"], Some(&["192.0.2.1"]), Some(true));
    check(
        "NotIpAddress",
        &["10.0.0.0/8"],
        Some(&["2001:db8::1"]),
        Some(true),
    );
    check("NotIpAddress", &["10.0.0.0/8"], Some(&["10.0.0.1"]), Some(false));
    check("IpAddress", &["10.0.0"], Some(&["10.0.0.1"]), None);
    check("BinaryEquals", &["YQ=="], Some(&["YQ=="]), None);
    check("StringMatches", &["a"], Some(&["a"]), None);
    check("ForSomeValues:StringEquals", &["a"], Some(&["a"]), None);
    check("stringequals", &["a"], Some(&["a"]), Some(true));
    check(
        "StringEqualsIgnoreCase",
        &["GRÖSSE"],
        Some(&["größe"]),
        Some(false),
    );
    check("StringEqualsIgnoreCase", &["ÄB"], Some(&["äb"]), Some(true));
    check("StringEquals", &["a*"], Some(&["ab"]), Some(false));
    check("StringNotLike", &["a*", "b*"], Some(&["ba"]), Some(false));
    // Several values and no set operator, or a key that has several by its nature.
    check("StringEquals", &["a"], Some(&["a", "b"]), None);
    check("ForAnyValue:StringEqualsIfExists", &["a"], None, Some(true));
    check(
        "ForAllValues:StringNotEquals",
        &["a"],
        Some(&["b", "a"]),
        Some(false),
    );
    check(
        "ForAnyValue:StringNotEquals",
        &["a"],
        Some(&["b", "a"]),
        Some(true),
    );
    check("ForAllValues:StringEquals", &["a"], Some(&[""]), Some(true));
    check("Null", &["maybe"], None, None);
    check("Null", &["false", "true"], None, Some(true));
    check(
        "ArnLike",
        &["arn:aws:iam::*:saml-provider/q-*"],
        Some(&[PROVIDER]),
        Some(true),
    );
    // A wildcard does not reach over a colon.
    check(
        "ArnLike",
        &["arn:aws:*:saml-provider/q-idp:*:*:*"],
        Some(&[PROVIDER]),
        Some(false),
    );
    check(
        "ArnEquals",
        &["arn:aws:iam::123456789012:saml-provider/q-?dp"],
        Some(&[PROVIDER]),
        Some(true),
    );
    check(
        "ArnNotLike",
        &["arn:aws:iam::*:role/*"],
        Some(&[PROVIDER]),
        Some(true),
    );
    check("ArnLike", &["arn:aws:iam::*"], Some(&[PROVIDER]), None);
    check(
        "ArnLike",
        &["arn:aws:iam::*:role/*"],
        Some(&["q-idp"]),
        Some(false),
    );
}

#[test]
fn stars_do_not_explode() {
    assert!(!glob(&"*a".repeat(200), &"b".repeat(4000)));
    assert!(glob("a*b?d", "axxbcd"));
}

fn statement(json: serde_json::Value) -> Evaluation {
    let policy = serde_json::json!({"Version": "2012-10-17", "Statement": json});
    let policy = Document::from_json(&policy).unwrap();
    let mut request = ask(
        "sts:TagSession",
        &[
            ("aws:requesttag/email", &["a@b.example"]),
            ("saml:sub", &["a*b"]),
            ("aws:tagkeys", &["Email"]),
        ],
    );
    request.unknown.push("aws:*".into());
    request.absent.push("aws:requesttag/*".into());
    evaluate(&policy, &request)
}

#[test]
fn policy_variables() {
    let check = |operator: &str, key: &str, value: &str, expected: Decision| {
        let found = statement(serde_json::json!({
            "Effect": "Allow", "Principal": "*", "Action": "*", "Condition": {operator: {key: value}},
        }));
        assert_eq!(found.decision, expected, "{operator} {key} {value}");
    };
    let email = "aws:RequestTag/Email";
    check(
        "StringEquals",
        email,
        "${aws:RequestTag/email}",
        Decision::Allowed,
    );
    check("StringLike", email, "${aws:requesttag/Email}", Decision::Allowed);
    // What is put in has no wildcards.
    check("StringLike", email, "${saml:sub}", Decision::Denied);
    check("StringLike", "saml:sub", "${saml:sub}", Decision::Allowed);
    check("StringEquals", "saml:sub", "a${*}b", Decision::Allowed);
    check("StringLike", "saml:sub", "a${?}b", Decision::Denied);
    check(
        "StringEquals",
        email,
        "${aws:RequestTag/City, 'a@b.example'}",
        Decision::Allowed,
    );
    check("StringEquals", email, "${aws:RequestTag/City}", Decision::Denied);
    check(
        "StringNotEquals",
        email,
        "${aws:RequestTag/City}",
        Decision::Unknown,
    );
    check("StringEquals", email, "${aws:username}", Decision::Unknown);
    check("StringEquals", email, "${aws:TagKeys}", Decision::Denied);
    check("StringEquals", email, "${", Decision::Denied);
}

#[test]
fn who_calls() {
    let check = |name: &str, principal: serde_json::Value, expected: Decision| {
        let found = statement(serde_json::json!({"Effect": "Allow", name: principal, "Action": "sts:tag*"}));
        assert_eq!(found.decision, expected, "{name} {principal}");
    };
    let other = PROVIDER.replace("q-idp", "other");
    check("Principal", "*".into(), Decision::Allowed);
    check("Principal", serde_json::json!({"AWS": "*"}), Decision::Allowed);
    check(
        "Principal",
        serde_json::json!({"Federated": [other, PROVIDER]}),
        Decision::Allowed,
    );
    check(
        "Principal",
        serde_json::json!({"Federated": "arn:aws:iam::123456789012:saml-provider/*"}),
        Decision::Denied,
    );
    check(
        "Principal",
        serde_json::json!({"Federated": "*"}),
        Decision::Unknown,
    );
    check(
        "Principal",
        serde_json::json!({"Service": "qbusiness.amazonaws.com"}),
        Decision::Denied,
    );
    check(
        "Principal",
        serde_json::json!({"AWS": "123456789012"}),
        Decision::Denied,
    );
    check(
        "NotPrincipal",
        serde_json::json!({"Federated": other}),
        Decision::Allowed,
    );
    check(
        "NotPrincipal",
        serde_json::json!({"Federated": PROVIDER}),
        Decision::Denied,
    );
}

#[test]
fn a_proof_says_which_statements_name_the_action() {
    let found = statement(serde_json::json!([
        {"Sid": "A", "Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"},
        {"Sid": "B", "Effect": "Allow", "Principal": "*", "NotAction": "sts:Tag*"},
    ]));
    assert_eq!(found.decision, Decision::Denied);
    let names: Vec<&str> = found.statements.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["A", "B"]);
    assert!(!found.names("sts:TagSession"));
    assert_eq!(found.failing().count(), 0);
    assert_eq!(found.refused(), Some("sts:TagSession"));
    let found = statement(serde_json::json!([
        {"Sid": "A", "Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"},
        {"Sid": "B", "Effect": "Allow", "Principal": "*", "Action": "*",
         "Condition": {"StringEquals": {"saml:sub": "x"}}},
        {"Sid": "C", "Effect": "Deny", "Principal": "*", "Action": "sts:*"},
    ]));
    let names: Vec<&str> = found.statements.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["B", "C"]);
    let failing: Vec<&str> = found.failing().map(|(_, c)| c.key.as_str()).collect();
    assert_eq!(failing, ["saml:sub"]);
    let denying: Vec<&str> = found.denying().map(|s| s.name.as_str()).collect();
    assert_eq!(denying, ["C"]);
    assert_eq!(found.proof().len(), 5);
}

/// IAM: JSON policy elements, Version: variables are those of 2012-10-17 alone.
#[test]
fn an_older_version_has_no_variables() {
    let trust = |version: Option<&str>| {
        let mut json = serde_json::json!({"Statement": {
            "Effect": "Allow", "Action": "a:b", "Resource": "arn:aws:x:::${aws:userid}",
            "Condition": {"StringEquals": {"k": "${aws:username}"}, "StringLike": {"l": "${*}"}},
        }});
        if let Some(version) = version {
            json["Version"] = version.into();
        }
        Document::from_json(&json).unwrap()
    };
    let ask = |resource: &str, k: &str, l: &str| Request {
        resource: resource.to_owned(),
        federated: None,
        ..ask(
            "a:b",
            &[
                ("k", &[k]),
                ("l", &[l]),
                ("aws:username", &["bob"]),
                ("aws:userid", &["1"]),
            ],
        )
    };
    let replaced = ask("arn:aws:x:::1", "bob", "*");
    let verbatim = ask("arn:aws:x:::${aws:userid}", "${aws:username}", "${any}");
    for (version, written, new, old) in [
        (
            Some("2012-10-17"),
            "2012-10-17",
            Decision::Allowed,
            Decision::Denied,
        ),
        (
            Some("2008-10-17"),
            "2008-10-17",
            Decision::Denied,
            Decision::Allowed,
        ),
        (None, "2008-10-17", Decision::Denied, Decision::Allowed),
    ] {
        let document = trust(version);
        assert_eq!(evaluate(&document, &replaced).decision, new, "{version:?}");
        assert_eq!(evaluate(&document, &verbatim).decision, old, "{version:?}");
        assert_eq!(document.to_json()["Version"], written);
        assert_eq!(Document::from_json(&document.to_json()), Ok(document.clone()));
        let proof = evaluate(&document, &verbatim).proof();
        assert!(
            proof.iter().any(|p| p.check.expected == ["${aws:username}"]),
            "as it is written"
        );
    }
}

#[test]
fn a_service_is_admitted_refused_or_not_known() {
    let of =
        |conditions: serde_json::Value| {
            TrustPolicy(Document::from_json(&serde_json::json!({"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Principal": {"Service": "s.amazonaws.com"}, "Action": "sts:AssumeRole",
            "Condition": conditions,
        }})).unwrap())
        };
    let account = serde_json::json!({"StringEquals": {"aws:SourceAccount": "111122223333"}});
    let organisation = serde_json::json!({"StringEquals": {"aws:SourceOrgID": "o-1"}});
    for (conditions, service, expected) in [
        (account.clone(), "s.amazonaws.com", Some(true)),
        (account, "t.amazonaws.com", Some(false)),
        (
            serde_json::json!({"StringEquals": {"aws:SourceAccount": "999999999999"}}),
            "s.amazonaws.com",
            Some(false),
        ),
        (organisation, "s.amazonaws.com", None),
    ] {
        let found =
            of(conditions).admits_service(service, "111122223333", "arn:aws:x:us-east-1:111122223333:y/z");
        assert_eq!(found, expected, "{service}");
    }
}
