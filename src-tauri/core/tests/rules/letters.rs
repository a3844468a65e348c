//! Letters that differ: each is called what it is, and what the marks say is what has to be changed.

use crate::maker::{ACS, PAIR, PROVIDER, ROLE, good};
use claimbridge_core::claims;
use claimbridge_core::diagnose::RuleId;
use claimbridge_core::diagnose::mark::{MarkKind, marks, mended, of, visible};
use proptest::prelude::*;

fn check(expected: &str, found: &str, kinds: &[MarkKind], says: &str) {
    let marks = marks(expected, found);
    let seen: Vec<MarkKind> = marks.iter().map(|m| m.kind).collect();
    assert_eq!(seen, kinds, "{expected} {found} {marks:#?}");
    assert!(
        marks.iter().any(|m| m.say.contains(says)) || says.is_empty(),
        "{says}: {marks:#?}"
    );
    assert_eq!(mended(found, &marks), expected);
}

#[test]
fn differences_of_the_field() {
    use MarkKind as K;
    check("a", "a", &[], "");
    check(
        ROLE,
        &format!("{ROLE} "),
        &[K::TrailingBlank],
        "a blank at the end",
    );
    check(
        ROLE,
        &format!("\n{ROLE}"),
        &[K::LeadingBlank],
        "a line break at the beginning",
    );
    check(PAIR, &PAIR.replace(',', ", "), &[K::Blank], "a blank inside");
    check(ROLE, &format!("{ROLE}\u{a0}"), &[K::NoBreakSpace], "U+00A0");
    check(
        ROLE,
        &ROLE.replace("role/", "role/\u{200b}"),
        &[K::ZeroWidth],
        "U+200B",
    );
    check(
        ACS,
        &format!("“{ACS}”"),
        &[K::SmartQuote, K::SmartQuote],
        "“ at the beginning",
    );
    check(ACS, &format!("\"{ACS}\""), &[K::Quote, K::Quote], "");
    check(
        claims::EMAIL,
        &claims::EMAIL.replace("Email", "email"),
        &[K::OtherCase],
        "“e” where “E” is expected",
    );
    check(
        ROLE,
        &ROLE.replace("q-acme-web", "q-аcme-web"),
        &[K::LookAlike],
        "Cyrillic “а” where Latin “a” is expected",
    );
    check(
        ROLE,
        &ROLE.replace("q-acme", "q–acme"),
        &[K::LookAlike],
        "“-” is expected",
    );
    check(
        ACS,
        &ACS.replace("/saml", "//saml"),
        &[K::DoubleSlash],
        "two slashes",
    );
    check(
        ACS,
        &ACS.replace("https", "http"),
        &[K::Scheme],
        "http where https is expected",
    );
    check(
        ACS,
        ACS.trim_end_matches("/saml"),
        &[K::Missing],
        "no “/saml” at the end",
    );
    check(ACS, &format!("{ACS}/"), &[K::Extra], "a slash at the end");
    check(
        claims::SESSION_NAME,
        "https://aws.amazon.com/SAML/Attributes/RoleSessioName",
        &[K::Missing],
        "no “n”",
    );
    check(PAIR, &format!("{PROVIDER},{ROLE}"), &[K::Swapped], "wrong order");
    let other = PAIR.replace("123456789012", "210987654321");
    check(
        PAIR,
        &other,
        &[K::Account, K::Account],
        "the account 210987654321 where 123456789012 is expected",
    );
    check(
        "https://signin.aws.amazon.com/saml",
        "https://us-west-2.signin.aws.amazon.com/saml",
        &[K::Extra],
        "us-west-2.",
    );
    check("", "x", &[K::Extra], "");
    check("x", "", &[K::Missing], "");
    check(&"a".repeat(9000), &"b".repeat(9000), &[K::Other], "…");
}

#[test]
fn what_is_not_seen_comes_in_sight() {
    assert_eq!(visible("a b\u{a0}c\u{200b}\n"), "a␣b⍽c‹U+200B›‹U+000A›");
    assert_eq!(visible("plain"), "plain");
}

/// What the screen marks of a finding.
#[test]
fn a_finding_has_its_own_marks() {
    let check = |change: fn(&mut crate::maker::Said), rule: RuleId, kinds: &[MarkKind], marked: &str| {
        let mut case = good();
        change(case.said());
        let found = case.findings();
        let finding = found.iter().find(|f| f.id == rule).unwrap();
        let marks = of(finding);
        let seen: Vec<MarkKind> = marks.iter().map(|m| m.kind).collect();
        assert_eq!(seen, kinds, "{finding:#?} {marks:#?}");
        let text: String = marks.iter().map(|m| &finding.found[m.start..m.end]).collect();
        assert_eq!(text, marked, "{finding:#?} {marks:#?}");
    };
    let forbidden = [MarkKind::Forbidden, MarkKind::Forbidden];
    check(
        |s| s.set(claims::SESSION_NAME, "a#EXT#b c"),
        RuleId::SessionNameInvalid,
        &[MarkKind::Forbidden; 3],
        "## ",
    );
    check(
        |s| s.set(claims::EMAIL, "o'n#&l@x.example"),
        RuleId::TagInvalid,
        &forbidden,
        "'#&",
    );
    check(|s| s.remove(claims::EMAIL), RuleId::EmailMissing, &[], "");
    check(
        |s| s.set(claims::ROLE, &PAIR.replace("123456789012", "123456789021")),
        RuleId::AccountWrong,
        &[MarkKind::Account],
        "123456789021",
    );
    check(
        |s| s.set(claims::ROLE, &format!("{PAIR}\u{a0}")),
        RuleId::Whitespace,
        &[MarkKind::NoBreakSpace],
        "\u{a0}",
    );
}

/// Wherever it stands: in a role, a Recipient, an Audience, an issuer or a claim's name.
#[test]
fn a_finding_says_what_is_hard_to_see() {
    let check = |change: fn(&mut crate::maker::Said), rule: RuleId, says: &str| {
        let mut case = good();
        change(case.said());
        let found = case.findings();
        let finding = found
            .iter()
            .find(|f| f.id == rule)
            .unwrap_or_else(|| panic!("{rule}: {found:#?}"));
        assert!(finding.remedy.contains(says), "{says}: {finding:#?}");
    };
    check(
        |s| s.recipient = ACS.replace("/saml", "//saml"),
        RuleId::RecipientMismatch,
        "two slashes",
    );
    check(
        |s| s.recipient = format!("{ACS}\u{a0}"),
        RuleId::RecipientMismatch,
        "U+00A0",
    );
    check(
        |s| s.recipient = ACS.replace("https", "http"),
        RuleId::RecipientMismatch,
        "http where https",
    );
    check(
        |s| s.recipient = ACS.replace("abcd", "аbcd"),
        RuleId::RecipientMismatch,
        "Cyrillic",
    );
    check(
        |s| s.audience = format!("{ACS}\u{a0}"),
        RuleId::Audience,
        "U+00A0",
    );
    check(
        |s| s.audience = format!("”{ACS}"),
        RuleId::Audience,
        "typographic",
    );
    check(|s| s.issuer.push('\u{200b}'), RuleId::IssuerWrong, "U+200B");
    check(
        |s| s.set(claims::ROLE, &PAIR.replace("web", "wеb")),
        RuleId::RoleWrong,
        "Cyrillic “е”",
    );
    check(
        |s| s.set(claims::ROLE, &PAIR.replace("idp", "іdp")),
        RuleId::ProviderWrong,
        "Cyrillic “і”",
    );
    check(
        |s| s.set(claims::ROLE, &PAIR.replacen("arn:", "arn：", 1)),
        RuleId::RoleWrong,
        "full-width “：”",
    );
    check(
        |s| s.set(claims::ROLE, &format!(" {PAIR}")),
        RuleId::Whitespace,
        "a blank at the beginning",
    );
    check(
        |s| s.set(claims::ROLE, &format!("”{PAIR}”")),
        RuleId::RoleLiteral,
        "typographic",
    );
    check(
        |s| s.rename(claims::EMAIL, &claims::EMAIL.replace("Email", "Еmail")),
        RuleId::ClaimMisnamed,
        "Cyrillic “Е” where Latin “E”",
    );
    check(
        |s| s.rename(claims::EMAIL, &format!("{}\u{a0}", claims::EMAIL)),
        RuleId::ClaimMisnamed,
        "U+00A0",
    );
}

fn text() -> impl Strategy<Value = String> {
    let letter = prop_oneof![
        Just('a'),
        Just('A'),
        Just('а'),
        Just('/'),
        Just(':'),
        Just(','),
        Just('1'),
        Just(' '),
        Just('\n'),
        Just('\u{a0}'),
        Just('\u{200b}'),
        Just('“'),
        Just('"'),
        Just('s'),
        any::<char>(),
    ];
    proptest::collection::vec(letter, 0..40).prop_map(|c| c.into_iter().collect())
}

proptest! {
    /// Whatever the two are: borders of characters, in order, and mending them gives what is expected.
    #[test]
    fn marks_are_what_has_to_be_changed(expected in text(), found in text()) {
        let marks = marks(&expected, &found);
        prop_assert_eq!(marks.is_empty(), expected == found);
        let mut at = 0;
        for mark in &marks {
            prop_assert!(mark.start >= at && mark.end >= mark.start && mark.end <= found.len());
            prop_assert!(found.is_char_boundary(mark.start) && found.is_char_boundary(mark.end));
            prop_assert!(!mark.say.is_empty());
            at = mark.end;
        }
        prop_assert_eq!(mended(&found, &marks), expected);
        let _ = visible(&found);
    }

    #[test]
    fn a_pair_with_noise_is_mended(noise in text(), at in 0..PAIR.len()) {
        let found = format!("{}{noise}{}", &PAIR[..at], &PAIR[at..]);
        prop_assert_eq!(mended(&found, &marks(PAIR, &found)), PAIR);
    }
}
