//! Groups: files of every kind, what is found in them, the difference.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use claimbridge_core::diagnose::Severity;
use claimbridge_core::groups::{
    Action, Bulk, Desired, Event, FaultKind, FindingKind, GroupPlan, KnownUsers, Memory, NotApproved, Place,
    Roster, Rules, Unreadable, check, plan,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

fn roster(text: &str) -> Roster {
    Roster::read(text.as_bytes()).unwrap_or_else(|e| panic!("{e}\n{text}"))
}

fn desired(text: &str) -> Desired {
    let checked = check(roster(text), &Rules::default());
    let found = format!("{:?}", checked.findings);
    checked.desired.unwrap_or_else(|| panic!("{found}"))
}

/// Everything in it, `group=user,user+nested` by line.
fn written(desired: &Desired) -> String {
    let groups = desired.iter().map(|(name, _)| {
        let members = desired.members(name).unwrap();
        let nested: String = members.groups.iter().map(|g| format!("+{g}")).collect();
        format!("{name}={}{nested}", members.users.join(","))
    });
    groups.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_spelling_of_a_table_is_read() {
    let expected = "All=+Sales\nSales=a@x.example,b@x.example";
    for text in [
        "group,member,type\nSales,a@x.example,user\nSales,b@x.example,\nAll,Sales,group\n",
        // As spreadsheets write it: a mark in front, CRLF, semicolons, quotes, blank lines and columns.
        "\u{feff}Group Name;E-Mail;Type;;\r\n\"Sales\";\"b@x.example\";USER;;\r\n;;;;\r\nSales;a@x.example;User;;\r\n\r\nAll;Sales;Group;;\r\n",
        "sep=|\nGroup|User|type\nSales|a@x.example|\n Sales | b@x.example |user\nAll|Sales|group",
        "group\tmembers\ttype\nSales\ta@x.example; b@x.example;\t\nAll\tSales\tgroup\n",
        "id,Group display name,userPrincipalName,Member type\n1,Sales,a@x.example,user\n1,Sales,b@x.example,user\n2,All,Sales,group\n",
        "type,\"group\",\"members\"\nuser,Sales,\"a@x.example;b@x.example\"\ngroup,All,Sales",
        r#"[{"name": "Sales", "members": ["a@x.example", "b@x.example"]}, {"name": "All", "groups": ["Sales"]}]"#,
        "\u{feff}{\"groups\": [{\"name\": \" Sales\", \"members\": [\"b@x.example\", \"a@x.example\"], \"id\": 7},\n{\"name\": \"All\", \"members\": [], \"groups\": [\"Sales\"]}]}",
    ] {
        assert_eq!(written(&desired(text)), expected, "{text}");
    }
}

#[test]
fn a_comma_or_a_quote_in_a_name_is_kept() {
    let text = "group,member\n\"Sales, EMEA\",a@x.example\n\"The \"\"A\"\" team\",b@x.example\n";
    assert_eq!(
        written(&desired(text)),
        "Sales, EMEA=a@x.example\nThe \"A\" team=b@x.example"
    );
}

#[test]
fn what_is_no_list_of_groups_is_named() {
    let check = |bytes: &[u8], expected: fn(&Unreadable) -> bool, words: &str| {
        let error = Roster::read(bytes).expect_err("refused");
        assert!(expected(&error), "{error:?}");
        let text = error.to_string();
        assert!(text.contains(words), "{text}");
    };
    use Unreadable as U;
    check(b"", |e| *e == U::Empty, "empty");
    check(b"\xef\xbb\xbf \r\n", |e| *e == U::Empty, "empty");
    check(b"PK\x03\x04...", |e| matches!(e, U::Kind(_)), "workbook");
    check(b"\xff\xfeg\0r\0", |e| matches!(e, U::Kind(_)), "UTF-16");
    check(b"<html></html>", |e| matches!(e, U::Kind(_)), "CSV in UTF-8");
    check(
        b"group,member\nB\xfcro,a@x.example\n",
        |e| *e == U::NotUtf8 { line: 2 },
        "Line 2",
    );
    check(
        b"Sales,alice@x.example\n",
        |e| {
            matches!(
                e,
                U::Columns {
                    missing: "member",
                    ..
                }
            )
        },
        "a…e@x.example",
    );
    check(
        b"displayName,userPrincipalName\nAlice,alice@x.example\n",
        |e| matches!(e, U::Columns { missing: "group", .. }),
        "displayName | userPrincipalName",
    );
    check(
        b"email,type\na@x.example,user\n",
        |e| matches!(e, U::Columns { missing: "group", .. }),
        "group,member",
    );
    check(
        b"[{\"name\": \"Sales\",]",
        |e| matches!(e, U::Json { line: 1, .. }),
        "line 1",
    );
    check(
        b"{\"name\": \"Sales\", \"members\": []}",
        |e| matches!(e, U::Json { .. }),
        "groups",
    );
    check(
        &vec![b'a'; (256 << 20) + 1],
        |e| matches!(e, U::TooLong { .. }),
        "256 MB",
    );
}

#[test]
fn lines_that_cannot_be_taken_are_collected_and_nothing_is() {
    let faults = |text: &str| match Roster::read(text.as_bytes()).expect_err("refused") {
        Unreadable::Faults { first, count } => (
            first.into_iter().map(|f| (f.line, f.kind)).collect::<Vec<_>>(),
            count,
        ),
        other => panic!("{other:?}"),
    };
    let (first, count) = faults(
        "group,member,type\nSales,a@x.example,user\n,b@x.example,\nSales,c@x.example,robot\nSales,d@x.example,user,e@x.example\nSales\n",
    );
    assert_eq!(count, 4);
    assert_eq!(
        first,
        [
            (3, FaultKind::NoName),
            (4, FaultKind::Type("robot".into())),
            (
                5,
                FaultKind::Fields {
                    expected: 3,
                    found: 4
                }
            ),
            (
                6,
                FaultKind::Fields {
                    expected: 3,
                    found: 1
                }
            ),
        ]
    );
    // A quote that is not closed would swallow the rest of the file.
    let (first, count) = faults("group,member\nSales,\"a@x.example\nSales,b@x.example\nSales,c@x.example\n");
    assert_eq!((first, count), (vec![(2, FaultKind::LineBreak)], 1));
    let (first, _) = faults(
        "[{\"name\": \"A\", \"members\": [\"a@x.example\"]},\n {\"name\": \"B\", \"membres\": []},\n\n {\"members\": []}, {\"name\": \"C\", \"members\": [7]}, 5]",
    );
    let lines: Vec<u64> = first.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [2, 4, 4, 4]);
    assert_eq!(
        first[0].1,
        FaultKind::NoMembers {
            found: vec!["membres".into(), "name".into()]
        }
    );
    let mut many = String::from("group,member\n");
    for _ in 0..150 {
        many.push_str(",a@x.example\n");
    }
    let (first, count) = faults(&many);
    assert_eq!((first.len(), count), (100, 150));
    assert!(
        Roster::read(many.as_bytes())
            .unwrap_err()
            .to_string()
            .contains("and 130 more")
    );
}

#[test]
fn each_finding_has_its_line_and_its_severity() {
    use FindingKind as K;
    use Severity::{Blocking, Info, Warning};
    let known = KnownUsers::read(b"email\nalice@x.example\nBob@x.example\n").unwrap();
    let rules = Rules {
        known: Some(known),
        bulk: None,
    };
    let check = |lines: &str, kind: FindingKind, severity: Severity, line: u32, words: &str| {
        let text = format!("group,member,type\nStaff,alice@x.example,user\n{lines}");
        let checked = check(roster(&text), &rules);
        let finding = checked.findings.iter().find(|f| f.kind == kind);
        let finding = finding.unwrap_or_else(|| panic!("{kind:?} in {:?}", checked.findings));
        assert_eq!(
            (finding.severity, finding.first[0].line),
            (severity, line),
            "{finding:?}"
        );
        assert!(
            finding.first[0].to_string().contains(words),
            "{}",
            finding.first[0]
        );
        assert_eq!(
            checked.desired.is_none(),
            checked.findings.iter().any(|f| f.severity == Blocking)
        );
        assert!(!kind.title().is_empty() && !kind.remedy().is_empty());
    };
    let long = "x".repeat(1025);
    check("Sales,alice,", K::NotAnAddress, Blocking, 3, "a…e");
    check("Sales,alice@x,", K::NotAnAddress, Blocking, 3, "Sales");
    check(
        "Sales,Alice <alice@x.example>,",
        K::NotAnAddress,
        Blocking,
        3,
        "Sales",
    );
    check("Sales,Staff,", K::GroupAmongUsers, Blocking, 3, "Staff");
    check("Sales,Ghosts,group", K::UnknownGroup, Blocking, 3, "Ghosts");
    check(
        "A,B,group\nB,C,group\nC,A,group",
        K::Cycle,
        Blocking,
        5,
        "A → B → C → A",
    );
    check("A,A,group", K::Cycle, Blocking, 3, "A → A");
    check("Sa\u{200b}les,alice@x.example,", K::Invisible, Blocking, 3, "");
    check("Sales,alice@x.example\u{ad},", K::Invisible, Blocking, 3, "");
    check(&format!("{long},alice@x.example,"), K::LongName, Blocking, 3, "…");
    check(
        "Sales,Alice@x.example,",
        K::MixedCase,
        Warning,
        3,
        "A…e@x.example",
    );
    check("Sales,Alice@x.example,", K::TwoSpellings, Warning, 2, "Staff");
    check("Sales,bob@x.example,", K::SpelledOtherwise, Warning, 3, "Sales");
    check(
        "Sales,carol@x.example,",
        K::UnknownUser,
        Warning,
        3,
        "c…l@x.example",
    );
    check("Empty,,", K::EmptyGroup, Warning, 3, "Empty");
    check(
        "staff,alice@x.example,",
        K::GroupSpelledTwice,
        Warning,
        3,
        "Staff",
    );
    check("Staff,alice@x.example,user", K::RepeatedMember, Info, 3, "Staff");
}

#[test]
fn a_group_that_json_defines_twice_is_one() {
    let text = r#"[{"name": "A", "members": ["a@x.example"]}, {"name": "A", "members": ["b@x.example"]}]"#;
    let checked = check(roster(text), &Rules::default());
    assert_eq!(checked.findings[0].kind, FindingKind::DefinedTwice);
    assert_eq!(written(&checked.desired.unwrap()), "A=a@x.example,b@x.example");
}

#[test]
fn addresses_stay_as_typed() {
    let text = "group,member\nSales,Alice@X.example\nSales,alice@x.example\n";
    assert_eq!(written(&desired(text)), "Sales=Alice@X.example,alice@x.example");
}

#[test]
fn a_very_large_group_needs_a_file_in_s3() {
    let role = "arn:aws:iam::123456789012:role/q-groups";
    let table = |groups: &[(&str, usize)]| {
        let mut text = String::from("group,member\n");
        for (name, members) in groups {
            for i in 0..*members {
                let _ = writeln!(text, "{name},p{i}@x.example");
            }
        }
        text
    };
    let check =
        |groups: &[(&str, usize)], path: Option<&str>, expected: Result<Option<&str>, FindingKind>| {
            let bulk = path.map(|p| Bulk::parse(p, role).unwrap());
            let checked = check(roster(&table(groups)), &Rules { known: None, bulk });
            let found = match &checked.desired {
                Some(desired) => Ok(desired.object(groups[0].0).map(|o| o.to_string())),
                None => Err(checked.findings[0].kind),
            };
            assert_eq!(found, expected.map(|o| o.map(str::to_owned)), "{path:?}");
        };
    let folder = Some("s3://acme-groups/q/");
    check(&[("All", 1000)], None, Ok(None));
    check(&[("All", 1000)], folder, Ok(None));
    check(&[("All", 1001)], None, Err(FindingKind::TooManyMembers));
    check(
        &[("All staff", 1001)],
        folder,
        Ok(Some("s3://acme-groups/q/All%20staff")),
    );
    check(
        &[("All", 1001)],
        Some("s3://acme-groups/all.json"),
        Ok(Some("s3://acme-groups/all.json")),
    );
    check(
        &[("All", 1001), ("Most", 1001)],
        Some("s3://acme-groups/all.json"),
        Err(FindingKind::BulkPath),
    );
    check(&[("All", 100_001)], folder, Err(FindingKind::BeyondBulk));
    for (path, role) in [
        ("https://acme/x", role),
        ("s3://acme-groups", role),
        ("s3://Acme/x", role),
        ("s3://acme-groups/x", "arn:aws:iam::123456789012:user/x"),
    ] {
        assert!(
            Bulk::parse(path, role)
                .unwrap_err()
                .to_string()
                .contains("expected")
        );
    }
}

#[test]
fn a_list_of_users_is_a_column_or_a_line_each() {
    for text in [
        "a@x.example\nb@x.example\n",
        "\u{feff}Name;E-Mail\r\nA;a@x.example\r\nB;b@x.example\r\n",
    ] {
        assert_eq!(KnownUsers::read(text.as_bytes()).unwrap().len(), 2, "{text}");
    }
    assert!(matches!(
        KnownUsers::read(b"first,last\na,b\n"),
        Err(Unreadable::Columns { missing: "email", .. })
    ));
}

#[test]
fn a_million_rows_are_read_and_one_more_is_refused() {
    let mut text = String::from("group,member\n");
    for i in 0..1_000_000 {
        let _ = writeln!(text, "group {},p{}@x.example", i / 100, i % 50_000);
    }
    let roster = roster(&text);
    assert_eq!((roster.len(), roster.memberships()), (10_000, 1_000_000));
    let checked = check(roster, &Rules::default());
    assert_eq!(checked.findings, []);
    assert_eq!(checked.desired.unwrap().len(), 10_000);
    text.push_str("one,more@x.example\n");
    assert_eq!(Roster::read(text.as_bytes()).unwrap_err(), Unreadable::TooMany);
}

#[test]
fn nesting_as_deep_as_a_file_is_no_trouble() {
    let mut text = String::from("group,member,type\n");
    for i in 0..100_000 {
        let _ = writeln!(text, "g{i},g{},group", i + 1);
    }
    text.push_str("g100000,a@x.example,user\n");
    assert_eq!(desired(&text).len(), 100_001);
}

fn place() -> Place {
    Place {
        setup: "s".into(),
        application: "a".into(),
        index: "i".into(),
    }
}

/// A memory in which these groups were put, and these are pending.
fn memory(put: &Desired, pending: &[&str]) -> Memory {
    let mut memory = Memory::default();
    let all: BTreeMap<String, String> = put.iter().map(|(n, d)| (n.to_owned(), d.to_owned())).collect();
    let began = Event::Began {
        plan: "p".into(),
        place: place(),
    };
    let intent = Event::Intent {
        put: all.clone(),
        delete: BTreeSet::new(),
    };
    let outcome = Event::Outcome {
        put: all
            .into_keys()
            .filter(|n| !pending.contains(&n.as_str()))
            .collect(),
        deleted: BTreeSet::new(),
        refused: BTreeSet::new(),
    };
    for event in [began, intent, outcome] {
        memory.apply(&event).unwrap();
    }
    memory
}

fn compare(put: &str, pending: &[&str], listed: &[&str], wanted: &str, take_over: bool) -> GroupPlan {
    let listed = listed.iter().map(|n| (*n).to_owned()).collect();
    plan(
        &place(),
        &desired(wanted),
        &listed,
        &memory(&desired(put), pending),
        take_over,
    )
}

#[test]
fn each_group_has_one_row() {
    let check =
        |put: &str, pending: &[&str], listed: &[&str], take_over: bool, expected: Action, clean: bool| {
            let wanted = "group,member\nA,a@x.example\n";
            let plan = compare(put, pending, listed, wanted, take_over);
            let rows: Vec<_> = plan.rows.iter().filter(|r| r.name == "A").collect();
            assert_eq!(
                (rows.len(), rows[0].action, plan.is_clean()),
                (1, expected, clean),
                "{plan:?}"
            );
        };
    let same = "group,member\nA,a@x.example\n";
    let other = "group,member\nA,b@x.example\n";
    let none = "group,member\n";
    check(none, &[], &[], false, Action::Put, false);
    check(same, &[], &["A"], false, Action::Keep, true);
    check(same, &[], &[], false, Action::Put, false);
    check(same, &["A"], &["A"], false, Action::Put, false);
    check(other, &[], &["A"], false, Action::Change, false);
    check(none, &[], &["A"], false, Action::Unknown, false);
    check(none, &[], &["A"], true, Action::TakeOver, false);
    check(same, &[], &["A", "B"], true, Action::Keep, true);
}

#[test]
fn only_what_was_put_is_deleted() {
    let put = "group,member\nA,a@x.example\nB,b@x.example\n";
    let plan = compare(put, &["B"], &["A", "C"], "group,member\n", true);
    let rows: Vec<_> = plan.rows.iter().map(|r| (r.name.as_str(), r.action)).collect();
    assert_eq!(
        rows,
        [
            ("A", Action::Delete),
            ("B", Action::Delete),
            ("C", Action::Foreign)
        ]
    );
    assert_eq!(plan.verb(), "Delete 2 groups");
}

#[test]
fn the_order_of_a_file_changes_nothing_and_a_member_does() {
    let digest = |text: &str| desired(text).digest("A").unwrap().to_owned();
    let first = digest("group,member\nA,a@x.example\nA,b@x.example\n");
    assert_eq!(
        first,
        digest("group,member\nB,b@x.example\nA,b@x.example\nA,a@x.example\nA,a@x.example\n")
    );
    for other in [
        "group,member\nA,a@x.example\n",
        "group,member\nA,a@x.example\nA,B@x.example\n",
        "group,member,type\nA,a@x.example,\nA,b@x.example,group\nb@x.example,a@x.example,user\n",
    ] {
        assert_ne!(first, digest(other), "{other}");
    }
}

#[test]
fn only_what_was_seen_is_approved() {
    let wanted = "group,member\nA,alice@x.example\n";
    let plan = compare("group,member\n", &[], &[], wanted, false);
    let text = serde_json::to_string(&plan).unwrap();
    assert!(!text.contains('@'), "{text}");
    let seen = plan.digest();
    assert!(matches!(
        plan.clone().approve("0", desired(wanted)),
        Err(NotApproved::OtherPlan { .. })
    ));
    assert!(matches!(
        plan.clone()
            .approve(&seen, desired("group,member\nA,bob@x.example\n")),
        Err(NotApproved::OtherMembers(_))
    ));
    assert!(plan.approve(&seen, desired(wanted)).is_ok());
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn whatever_is_in_a_file_it_is_read_or_refused(text in r#"(group|member|[,;"\n\r\t{}\[\]:@a ]|\PC){0,60}"#) {
        for bytes in [text.clone(), format!("group,member\n{text}"), format!("[{text}]")] {
            if let Ok(roster) = Roster::read(bytes.as_bytes()) {
                let _ = check(roster, &Rules::default());
            }
        }
    }

    #[test]
    fn what_is_written_is_read(
        rows in proptest::collection::vec((r#"[A-Za-zé",;\. ]{0,12}[A-Za-z]"#, "[a-z]{1,8}@x\\.example"), 1..40),
        separator in prop_oneof![Just(','), Just(';'), Just('\t')],
    ) {
        let mut text = format!("group{separator}member\r\n");
        let mut expected: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (group, member) in &rows {
            let _ = write!(text, "{}{separator}{member}\r\n", quoted(group));
            expected.entry(group.trim().to_owned()).or_default().insert(member.clone());
        }
        let json: Vec<_> = expected.iter().map(|(name, members)| serde_json::json!({"name": name, "members": members})).collect();
        for text in [text, serde_json::Value::from(json).to_string()] {
            let desired = desired(&text);
            let found: BTreeMap<String, BTreeSet<String>> = desired
                .iter()
                .map(|(name, _)| {
                    let members = desired.members(name).unwrap();
                    (name.to_owned(), members.users.iter().map(|u| (*u).to_owned()).collect())
                })
                .collect();
            prop_assert_eq!(&found, &expected);
        }
    }
}
