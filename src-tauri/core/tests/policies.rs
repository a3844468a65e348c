//! Generated policies and requests: what the evaluator says of each. With `CLAIMBRIDGE_POLICY_CASES=FILE` the
//! cases are written there, a line of JSON each, for a second opinion (`tests/interop/test_evaluator.py`).

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use claimbridge_core::policy::Document;
use claimbridge_core::policy::evaluate::{Decision, Request, evaluate};
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

const CASES: u64 = 3000;
const SEED: u64 = 0x0c1a_1b21_d9e5_0004;
const ROLE: &str = "arn:aws:iam::123456789012:role/q-acme-web";
const SAML: &str = "arn:aws:iam::123456789012:saml-provider/q-acme-idp";
const OIDC: &str = "arn:aws:iam::123456789012:oidc-provider/cognito-identity.amazonaws.com";
const PERSON: &str = "arn:aws:sts::123456789012:assumed-role/q-acme-web/alice@acme.example";
const APP: &str = "arn:aws:qbusiness:us-east-1:123456789012:application/a1b2c3d4-0000-4000-8000-000000000001";

/// Splitmix64: the same cases on every machine.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(n).unwrap()).unwrap()
    }

    fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }
}

/// What a key is compared by.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Arn,
    Bool,
    Date,
    Ip,
    Number,
    Text,
    /// Several texts.
    Texts,
}

#[derive(Clone, Copy)]
struct Key {
    name: &'static str,
    kind: Kind,
    values: &'static [&'static str],
}

const fn key(name: &'static str, kind: Kind, values: &'static [&'static str]) -> Key {
    Key { name, kind, values }
}

const ACS: &str = "https://abcd.chat.qbusiness.us-east-1.on.aws/saml";
const ADDRESSES: &[&str] = &[
    "alice@acme.example",
    "bob@other.example",
    "Alice@ACME.example",
    "a*b@acme.example",
    "",
];

const EVERYWHERE: [Key; 6] = [
    key(
        "aws:SourceIp",
        Kind::Ip,
        &["10.1.2.3", "192.0.2.7", "2001:db8::17"],
    ),
    key(
        "aws:CurrentTime",
        Kind::Date,
        &["2026-11-22T16:00:00Z", "2025-01-31T00:00:00Z"],
    ),
    key(
        "aws:MultiFactorAuthAge",
        Kind::Number,
        &["5", "900", "3600", "12.5"],
    ),
    key("aws:SecureTransport", Kind::Bool, &["true", "false"]),
    key(
        "aws:SourceArn",
        Kind::Arn,
        &[
            APP,
            "arn:aws:qbusiness:us-west-2:123456789012:application/x",
            "arn:aws:iam::123456789012:role/r",
        ],
    ),
    key(
        "aws:UserAgent",
        Kind::Text,
        &["curl/8", "Mozilla/5.0 (X11)", "a+b[c]"],
    ),
];

const OF_SAML: [Key; 10] = [
    key(
        "SAML:aud",
        Kind::Text,
        &[ACS, "https://signin.aws.amazon.com/saml", "https://abcd//saml"],
    ),
    key("saml:iss", Kind::Text, &["https://sts.windows.net/t/", "urn:idp"]),
    key("saml:sub", Kind::Text, &["alice", "u-1", "alice@acme.example"]),
    key("saml:sub_type", Kind::Text, &["persistent", "transient"]),
    key("saml:doc", Kind::Text, &["123456789012/q-acme-idp"]),
    key("sts:RoleSessionName", Kind::Text, ADDRESSES),
    key("aws:RequestTag/Email", Kind::Text, ADDRESSES),
    key(
        "aws:RequestTag/Department",
        Kind::Text,
        &["Sales", "R&D", "sales"],
    ),
    key("aws:TagKeys", Kind::Texts, &["Email", "Department", "City"]),
    key("sts:TransitiveTagKeys", Kind::Texts, &["Email", "City"]),
];

const OF_TAGS: [Key; 4] = [OF_SAML[0], OF_SAML[6], OF_SAML[8], OF_SAML[9]];

const OF_TOKENS: [Key; 6] = [
    key(
        "cognito-identity.amazonaws.com:aud",
        Kind::Text,
        &["pool-1", "pool-2"],
    ),
    key(
        "cognito-identity.amazonaws.com:sub",
        Kind::Text,
        &["u-1", "alice"],
    ),
    key("sts:RoleSessionName", Kind::Text, ADDRESSES),
    OF_SAML[6],
    OF_SAML[8],
    OF_SAML[9],
];

const OF_IDENTITY: [Key; 1] = [key("sts:SourceIdentity", Kind::Text, ADDRESSES)];

const OF_CHAT: [Key; 3] = [
    key("aws:PrincipalTag/Email", Kind::Text, ADDRESSES),
    key(
        "aws:CalledViaLast",
        Kind::Text,
        &["qbusiness.amazonaws.com", "qapps.amazonaws.com"],
    ),
    key(
        "aws:CalledVia",
        Kind::Texts,
        &["qbusiness.amazonaws.com", "qapps.amazonaws.com"],
    ),
];

/// Why a second opinion may differ in a case; `test_evaluator.py` has the reasons.
type Tags = BTreeSet<&'static str>;

struct Maker {
    dice: Dice,
    context: BTreeMap<&'static str, Vec<&'static str>>,
    keys: Vec<Key>,
    tags: Tags,
}

impl Maker {
    fn request(&mut self, keys: &[Key]) {
        self.keys = keys.iter().chain(&EVERYWHERE).copied().collect();
        self.context = BTreeMap::new();
        for key in self.keys.clone() {
            if self.dice.percent(25) {
                continue;
            }
            let several = key.kind == Kind::Texts && self.dice.percent(50);
            let values: Vec<&str> = if several {
                key.values.iter().copied().take(2).collect()
            } else {
                vec![self.dice.of(key.values)]
            };
            self.context.insert(key.name, values);
        }
    }

    /// Often what was sent, or near it.
    fn text(&mut self, key: &Key, wildcards: bool) -> String {
        let sent = self.context.get(key.name).and_then(|v| v.first()).copied();
        let base = match sent {
            Some(sent) if self.dice.percent(55) => sent,
            _ => self.dice.of(key.values),
        };
        match self.dice.below(if wildcards { 12 } else { 8 }) {
            0 => self.variable(),
            1 => base.to_ascii_uppercase(),
            2 => format!("{base}x"),
            3 if !base.is_empty() => base.replace('a', "${*}"),
            8 => "*".to_owned(),
            9 => format!("{}*", base.chars().take(3).collect::<String>()),
            10 => format!("*{}", base.chars().skip(2).collect::<String>()),
            11 => base
                .chars()
                .enumerate()
                .map(|(i, c)| if i == 1 { '?' } else { c })
                .collect(),
            _ => base.to_owned(),
        }
    }

    /// A policy variable: of a key that is there or not, with a default or without, or an escape.
    fn variable(&mut self) -> String {
        let keys: Vec<Key> = self
            .keys
            .iter()
            .filter(|k| k.kind == Kind::Text)
            .copied()
            .collect();
        let name = self.dice.of(&keys).name;
        match self.dice.below(6) {
            0 => format!("${{{name}, 'alice'}}"),
            1 => format!("${{{}}}", name.to_ascii_lowercase()),
            2 => format!("x${{{name}}}"),
            3 => "${$}${?}".to_owned(),
            _ => format!("${{{name}}}"),
        }
    }

    fn values(&mut self, key: &Key, base: &str) -> Vec<String> {
        let count = self.dice.of(&[1, 1, 2, 3]);
        (0..count)
            .map(|_| match key.kind {
                Kind::Text | Kind::Texts => self.text(key, base.ends_with("Like")),
                Kind::Arn => self
                    .dice
                    .of(&[
                        APP,
                        "arn:aws:qbusiness:*:123456789012:application/*",
                        "arn:aws:qbusiness:us-east-1:*:application/a1b2????-*",
                        "arn:*:iam::123456789012:role/*",
                        "arn:aws:qbusiness:us-west-2:123456789012:application/x",
                        "arn:aws:q*:123456789012:application/x:y:z",
                    ])
                    .to_owned(),
                Kind::Bool => self.dice.of(&["true", "false", "True", "FALSE"]).to_owned(),
                Kind::Date => self
                    .dice
                    .of(&[
                        "2026-11-22T16:00:00Z",
                        "2026-01-01",
                        "2024-12-31T23:59:59Z",
                        "2026-11-22T17:00:00+01:00",
                    ])
                    .to_owned(),
                Kind::Ip => self
                    .dice
                    .of(&[
                        "10.0.0.0/8",
                        "10.1.2.3/32",
                        "192.0.2.0/25",
                        "0.0.0.0/0",
                        "2001:db8::/32",
                        "2001:db8:1::/48",
                    ])
                    .to_owned(),
                Kind::Number => self.dice.of(&["5", "900", "1000", "3600", "12.5"]).to_owned(),
            })
            .collect()
    }

    fn operator(&mut self, kind: Kind) -> String {
        const TEXT: &[&str] = &[
            "StringEquals",
            "StringEquals",
            "StringLike",
            "StringLike",
            "StringNotEquals",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
            "StringNotLike",
        ];
        let all: &[&str] = match kind {
            Kind::Arn => &["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"],
            Kind::Bool => &["Bool"],
            Kind::Date => &[
                "DateEquals",
                "DateNotEquals",
                "DateLessThan",
                "DateLessThanEquals",
                "DateGreaterThan",
                "DateGreaterThanEquals",
            ],
            Kind::Ip => &["IpAddress", "NotIpAddress"],
            Kind::Number => &[
                "NumericEquals",
                "NumericNotEquals",
                "NumericLessThan",
                "NumericLessThanEquals",
                "NumericGreaterThan",
                "NumericGreaterThanEquals",
            ],
            Kind::Text | Kind::Texts => TEXT,
        };
        self.dice.of(all).to_owned()
    }

    fn condition(&mut self, conditions: &mut Map<String, Json>) {
        let keys = self.keys.clone();
        // Those of the action more often than those that are everywhere.
        let own = keys.len() - EVERYWHERE.len();
        let key = if self.dice.percent(70) {
            self.dice.of(&keys[..own])
        } else {
            self.dice.of(&keys)
        };
        let (operator, values) = if self.dice.percent(8) {
            (
                "Null".to_owned(),
                vec![self.dice.of(&["true", "false"]).to_owned()],
            )
        } else {
            let base = self.operator(key.kind);
            let values = self.values(&key, &base);
            let set = match key.kind {
                Kind::Texts if self.dice.percent(92) => self.dice.of(&["ForAllValues:", "ForAnyValue:"]),
                Kind::Text if self.dice.percent(6) => self.dice.of(&["ForAllValues:", "ForAnyValue:"]),
                _ => "",
            };
            let if_exists = if self.dice.percent(15) { "IfExists" } else { "" };
            self.tag(&key, set, &base, if_exists, &values);
            (format!("{set}{base}{if_exists}"), values)
        };
        let name = match self.dice.below(6) {
            0 => key.name.to_ascii_lowercase(),
            1 => key.name.to_ascii_uppercase(),
            _ => key.name.to_owned(),
        };
        let keys = conditions.entry(operator).or_insert_with(|| json!({}));
        let one = values.len() == 1 && self.dice.percent(70);
        keys[name] = if one { json!(values[0]) } else { json!(values) };
    }

    /// Notes why a second opinion may differ.
    fn tag(&mut self, key: &Key, set: &str, base: &str, if_exists: &str, values: &[String]) {
        let sent = self.context.get(key.name);
        let absent = |text: &String| {
            text.split("${").skip(1).any(|rest| {
                let inside = rest.split('}').next().unwrap_or_default();
                let name = inside.split(',').next().unwrap_or_default();
                let here = self.context.iter().find(|(k, _)| k.eq_ignore_ascii_case(name));
                !matches!(name, "*" | "?" | "$") && !inside.contains(',') && here.is_none()
            })
        };
        let empty = |text: &String| {
            text.split("${").skip(1).any(|rest| {
                let name = rest.split(['}', ',']).next().unwrap_or_default();
                let here = self.context.iter().find(|(k, _)| k.eq_ignore_ascii_case(name));
                here.is_some_and(|(_, v)| v.first().is_some_and(|v| v.is_empty()))
            })
        };
        let mut tags = Tags::new();
        if base.contains("Not") && values.iter().any(absent) {
            tags.insert("unset-variable-negated");
        }
        if values.iter().any(empty) {
            tags.insert("variable-of-an-empty-value");
        }
        if key.kind == Kind::Ip && values.iter().any(|v| v == "0.0.0.0/0") {
            tags.insert("cidr-of-everything");
        }
        if key.kind == Kind::Texts && set.is_empty() {
            tags.insert("no-set-operator");
        }
        if set == "ForAnyValue:" && !if_exists.is_empty() && sent.is_none() {
            tags.insert("for-any-value-if-exists");
        }
        if set == "ForAllValues:" && sent.is_some_and(|v| v.len() == 1 && v[0].is_empty()) {
            tags.insert("for-all-values-of-an-empty-text");
        }
        self.tags.extend(tags);
    }

    fn conditions(&mut self) -> Option<Json> {
        let mut conditions = Map::new();
        for _ in 0..self.dice.of(&[0, 1, 1, 1, 2, 2, 3]) {
            self.condition(&mut conditions);
        }
        (!conditions.is_empty()).then_some(Json::Object(conditions))
    }

    fn effect(&mut self) -> Json {
        json!(if self.dice.percent(82) { "Allow" } else { "Deny" })
    }

    fn trust(&mut self, provider: &str, asked: &str) -> Json {
        let other = provider.replace("provider/", "provider/other-");
        let mut all = Vec::new();
        for i in 0..self.dice.of(&[1, 2, 2, 3]) {
            let mut statement = Map::new();
            if self.dice.percent(60) {
                statement.insert("Sid".into(), json!(format!("S{i}")));
            }
            let effect = self.effect();
            let denies = effect == "Deny";
            statement.insert("Effect".into(), effect);
            let principal = match self.dice.below(9) {
                0 => json!("*"),
                1 => json!({"AWS": "*"}),
                2 => json!({"Federated": other}),
                3 => json!({"Service": "qbusiness.amazonaws.com"}),
                4 => json!({"Federated": [other, provider]}),
                _ => json!({"Federated": provider}),
            };
            let not = denies && principal.is_object() && self.dice.percent(20);
            statement.insert(if not { "NotPrincipal" } else { "Principal" }.into(), principal);
            let action = match self.dice.below(11) {
                0 => json!("sts:*"),
                1 => json!("*"),
                2 => json!(["sts:assumerolewith*", "sts:TagSession"]),
                3 => json!("sts:Tag?ession"),
                4 => json!("sts:AssumeRole"),
                5 => json!([
                    "sts:AssumeRoleWithSAML",
                    "sts:TagSession",
                    "sts:SetSourceIdentity"
                ]),
                6 => json!(asked.to_ascii_uppercase().replacen("STS", "sts", 1)),
                _ => json!(asked),
            };
            let not = self.dice.percent(5);
            statement.insert(if not { "NotAction" } else { "Action" }.into(), action);
            if let Some(conditions) = self.conditions() {
                statement.insert("Condition".into(), conditions);
            }
            all.push(Json::Object(statement));
        }
        json!({"Version": "2012-10-17", "Statement": all})
    }

    fn permission(&mut self, asked: &str) -> Json {
        let mut all = Vec::new();
        for _ in 0..self.dice.of(&[1, 2, 2, 3]) {
            let mut statement = Map::new();
            let effect = self.effect();
            statement.insert("Effect".into(), effect);
            let action = match self.dice.below(8) {
                0 => json!("qbusiness:*"),
                1 => json!("*"),
                2 => json!(["qbusiness:List*", "qbusiness:Get*", "qbusiness:Chat*"]),
                3 => json!("qapps:*"),
                _ => json!(asked),
            };
            let not = self.dice.percent(6);
            statement.insert(if not { "NotAction" } else { "Action" }.into(), action);
            let resource = match self.dice.below(9) {
                0 | 1 => json!("*"),
                2 => json!(format!("{APP}*")),
                3 => json!([format!("{APP}/retriever/*"), APP]),
                4 => json!("arn:aws:qbusiness:*:123456789012:application/*"),
                5 => json!("arn:aws:qbusiness:us-west-2:*:*"),
                6 => json!("arn:aws:qbusiness:us-east-1:123456789012:application/${aws:PrincipalTag/Email}"),
                _ => json!(APP),
            };
            let not = self.dice.percent(8);
            if not && resource.to_string().contains("${") {
                self.tags.insert("unset-variable-negated");
            }
            statement.insert(if not { "NotResource" } else { "Resource" }.into(), resource);
            if let Some(conditions) = self.conditions() {
                statement.insert("Condition".into(), conditions);
            }
            all.push(Json::Object(statement));
        }
        json!({"Version": "2012-10-17", "Statement": all})
    }
}

struct Case {
    kind: &'static str,
    policy: Json,
    principal: &'static str,
    action: &'static str,
    resource: String,
    context: BTreeMap<&'static str, Vec<&'static str>>,
    tags: Tags,
    texts: BTreeSet<&'static str>,
}

fn case(number: u64) -> Case {
    let mut maker = Maker {
        dice: Dice(SEED ^ number.wrapping_mul(0x5851_f42d_4c95_7f2d)),
        context: BTreeMap::new(),
        keys: Vec::new(),
        tags: Tags::new(),
    };
    let (kind, policy, principal, action, resource) = match maker.dice.below(10) {
        0..=3 => {
            maker.request(&OF_SAML);
            let action = "sts:AssumeRoleWithSAML";
            ("trust", maker.trust(SAML, action), SAML, action, ROLE.to_owned())
        }
        4 => {
            maker.request(&OF_TAGS);
            let action = "sts:TagSession";
            ("trust", maker.trust(SAML, action), SAML, action, ROLE.to_owned())
        }
        5 => {
            maker.request(&OF_IDENTITY);
            let action = "sts:SetSourceIdentity";
            ("trust", maker.trust(SAML, action), SAML, action, ROLE.to_owned())
        }
        6 => {
            maker.request(&OF_TOKENS);
            let action = "sts:AssumeRoleWithWebIdentity";
            ("trust", maker.trust(OIDC, action), OIDC, action, ROLE.to_owned())
        }
        _ => {
            maker.request(&OF_CHAT);
            let action = maker.dice.of(&[
                "qbusiness:ChatSync",
                "qbusiness:ListConversations",
                "qbusiness:GetRetriever",
                "qbusiness:ListPluginTypeMetadata",
            ]);
            let resource = match action {
                "qbusiness:GetRetriever" => format!("{APP}/retriever/r1"),
                "qbusiness:ListPluginTypeMetadata" => "*".to_owned(),
                _ => maker
                    .dice
                    .of(&[APP.to_owned(), APP.replace("us-east-1", "us-west-2")]),
            };
            ("permission", maker.permission(action), PERSON, action, resource)
        }
    };
    let texts = maker
        .keys
        .iter()
        .filter(|k| k.kind == Kind::Texts)
        .map(|k| k.name);
    Case {
        kind,
        policy,
        principal,
        action,
        resource,
        texts: texts.collect(),
        context: maker.context,
        tags: maker.tags,
    }
}

fn ours(case: &Case) -> Decision {
    let request = Request {
        action: case.action.to_owned(),
        federated: (case.kind == "trust").then(|| case.principal.to_owned()),
        resource: if case.kind == "trust" {
            String::new()
        } else {
            case.resource.clone()
        },
        context: case
            .context
            .iter()
            .map(|(k, v)| {
                (
                    k.to_ascii_lowercase(),
                    v.iter().map(|s| (*s).to_owned()).collect(),
                )
            })
            .collect(),
        ..Request::default()
    };
    evaluate(&Document::from_json(&case.policy).unwrap(), &request).decision
}

#[test]
fn generated_cases_come_out_one_way_or_the_other() {
    println!("seed {SEED:#x}, {CASES} cases");
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut lines = String::new();
    for number in 0..CASES {
        let case = case(number);
        let decision = ours(&case);
        *counts.entry(format!("{decision:?}")).or_default() += 1;
        if decision == Decision::Unknown {
            assert!(
                !case.tags.is_empty(),
                "case {number} is unknown for no reason: {}",
                case.policy
            );
        }
        let context: Map<String, Json> = case
            .context
            .iter()
            .map(|(k, v)| {
                (
                    (*k).to_owned(),
                    if case.texts.contains(k) {
                        json!(v)
                    } else {
                        json!(v[0])
                    },
                )
            })
            .collect();
        let mut request = json!({"principal": case.principal, "action": case.action,
            "resource": case.resource, "context": context});
        if case.resource == "*" {
            request["resourceAccount"] = json!("123456789012");
        }
        let line = json!({"name": format!("case {number}"), "kind": case.kind, "policy": case.policy,
            "request": request, "ours": decision, "tags": case.tags});
        writeln!(lines, "{line}").unwrap();
    }
    let of = |word: &str| counts.get(word).copied().unwrap_or_default();
    assert!(of("Allowed") > 500 && of("Denied") > 500, "{counts:?}");
    assert!(of("Unknown") < 100, "{counts:?}");
    if let Some(file) = std::env::var_os("CLAIMBRIDGE_POLICY_CASES") {
        std::fs::write(file, lines).unwrap();
    }
}

/// IAM's grammar: one excludes the other, and a text as principal is everybody.
#[test]
fn what_iam_would_not_take_is_no_policy() {
    let check = |statement: &str, expected: &str| {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",{statement}}}]}}"#);
        let found = Document::parse(&text).map(|_| "a policy").map_err(|e| e.why);
        assert_eq!(
            found.err().as_deref().unwrap_or("a policy"),
            expected,
            "{statement}"
        );
    };
    check(r#""Principal":"*","Action":"sts:*""#, "a policy");
    check(
        r#""Principal":"Deny","Action":"sts:*""#,
        "Principal is “Deny”; a text can only be *",
    );
    check(
        r#""Principal":{"*":"x"},"Action":"sts:*""#,
        "Principal has * where AWS, Federated or Service stands",
    );
    check(
        r#""Principal":"*","NotPrincipal":{"AWS":"*"},"Action":"sts:*""#,
        "a statement has both Principal and NotPrincipal",
    );
    check(
        r#""Principal":"*","Action":"sts:*","NotAction":"sts:TagSession""#,
        "a statement has both Action and NotAction",
    );
    check(r#""Principal":"*","NotAction":[]"#, "NotAction names nothing");
    check(
        r#""NotPrincipal":{},"Action":"sts:*""#,
        "NotPrincipal names nothing",
    );
}
