//! Other names for people, accounts and tenants: the same for the same value throughout a case, and of the same
//! shape, because rules look at shapes: lengths, case, blanks, `#EXT#`, characters that AWS refuses.

use super::here::{ACCOUNT, Here, is_filled_in, is_guid, tenant};
use super::key::Key;
use super::text::Whose;
use super::within::Within;
use crate::letters::{fold, is_blank_or_unseen, is_quote};
use crate::redact::without_people;
use std::collections::{BTreeMap, BTreeSet};

/// Letters in the order in which they are given; the first one fills up.
const LETTERS: &[u8; 26] = b"xabcdefghijklmnopqrstuvwyz";
/// Characters of a value that are kept; AWS refuses any longer one.
const LONGEST: usize = 1024;

/// What the same values were replaced by.
pub(super) struct Pseudonyms<'a> {
    /// Words in lower case, each with its number.
    words: BTreeMap<String, usize>,
    /// Words that were given, in lower case.
    given: BTreeSet<String>,
    accounts: BTreeMap<String, String>,
    /// Whole values that were replaced, to be found again in messages.
    values: BTreeMap<String, String>,
    /// The same, prepared; None once another was replaced.
    within: Option<Within>,
    /// Names of keys, each with its number.
    keys: BTreeMap<String, usize>,
    guids: Guids<'a>,
}

/// How GUIDs are told apart.
enum Guids<'a> {
    /// For the set-up: by a key that is not in the case, so that they can be compared on another day.
    Keyed(&'a Key),
    /// For others: those that stand for the set-up's own ones, and the others in the order in which they appear.
    Numbered {
        own: &'a [String],
        others: BTreeMap<String, usize>,
    },
}

impl<'a> Pseudonyms<'a> {
    /// `here` are the set-up's own: what is theirs is theirs on the day it is looked at again.
    pub fn new(here: &Here, key: &'a Key) -> Pseudonyms<'a> {
        let mut pseudonyms = Pseudonyms::with(Guids::Keyed(key));
        if let Some(account) = &here.account {
            pseudonyms.accounts.insert(account.clone(), ACCOUNT.to_owned());
        }
        pseudonyms
    }

    /// For others, of a case that is kept: nothing depends on a value any more, and the domain of an address goes as
    /// well. `own` stand in it for the set-up's own tenants.
    pub fn for_others(own: &'a [String]) -> Pseudonyms<'a> {
        Pseudonyms::with(Guids::Numbered {
            own,
            others: BTreeMap::new(),
        })
    }

    fn with(guids: Guids<'a>) -> Pseudonyms<'a> {
        Pseudonyms {
            words: BTreeMap::new(),
            given: BTreeSet::new(),
            accounts: BTreeMap::new(),
            values: BTreeMap::new(),
            within: None,
            keys: BTreeMap::new(),
            guids,
        }
    }

    fn are_for_others(&self) -> bool {
        matches!(self.guids, Guids::Numbered { .. })
    }

    /// What stands for a text.
    pub fn of(&mut self, whose: Whose, text: &str) -> String {
        match whose {
            Whose::Machine => self.technical(text),
            Whose::Person => self.person(text),
            Whose::Said => self.message(text),
            Whose::Key => self.key(text),
            Whose::Seconds => self.seconds(text),
        }
    }

    /// An address of a machine, an ARN, a name that a vendor gave: ids of accounts and tenants go, addresses of
    /// people and names of sessions as well.
    fn technical(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, name, after)) = principal_in(rest) {
            out.push_str(&self.without_ids(before));
            out.push_str(&self.replaced(name));
            rest = after;
        }
        out.push_str(&self.without_ids(rest));
        out
    }

    fn without_ids(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let before = out.chars().next_back();
            let begins = before.is_none_or(|c| !c.is_ascii_alphanumeric());
            let guid = rest.get(..36).filter(|g| begins && is_guid(g));
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            if let Some(guid) = guid {
                out.push_str(&self.guid(guid));
                rest = rest.get(36..).unwrap_or_default();
            } else if digits == 12 && is_account_at(before, rest.get(12..)) {
                let (account, after) = rest.split_at(12);
                out.push_str(&self.account(account));
                rest = after;
            } else {
                // A run of digits is taken whole, so that its end is no account.
                let taken = digits.max(first.len_utf8());
                out.push_str(rest.get(..taken).unwrap_or_default());
                rest = rest.get(taken..).unwrap_or_default();
            }
        }
        if !out.contains('@') {
            return out;
        }
        out.split_inclusive([' ', ',', ';', '/', '"', '\'', '<', '>', '(', ')'])
            .map(|word| {
                if word.contains('@') {
                    self.person(word)
                } else {
                    word.to_owned()
                }
            })
            .collect()
    }

    fn account(&mut self, account: &str) -> String {
        let next = format!("{:012}", self.accounts.len() + 1);
        self.accounts.entry(account.to_owned()).or_insert(next).clone()
    }

    fn guid(&mut self, guid: &str) -> String {
        match &mut self.guids {
            Guids::Keyed(key) => key.guid(guid),
            Guids::Numbered { own, others } => {
                if let Some(place) = own.iter().position(|o| o.eq_ignore_ascii_case(guid)) {
                    return tenant(place);
                }
                let next = others.len() + 1;
                let number = others.entry(guid.to_ascii_lowercase()).or_insert(next);
                format!("00000000-0000-4000-8000-{number:012}")
            }
        }
    }

    /// The name of a key that a provider publishes: to others it tells which provider that is.
    fn key(&mut self, name: &str) -> String {
        if !self.are_for_others() {
            return name.to_owned();
        }
        let next = self.keys.len() + 1;
        let number = self.keys.entry(name.to_owned()).or_insert(next);
        format!("key-{number}")
    }

    /// A value that says who somebody is.
    pub fn person(&mut self, value: &str) -> String {
        let cut: String = value.chars().take(LONGEST).collect();
        if cut.trim().is_empty() || is_expression(&cut) || is_filled_in(&cut) {
            return cut;
        }
        if is_guid(&cut) {
            return self.guid(&cut);
        }
        // An ARN is no person; who stands beside one, or in it, is.
        if fold(&cut).contains("arn:aws") {
            return match are_arns(&cut) {
                true => self.technical(&cut),
                false => self.beside_arns(&cut),
            };
        }
        let out = self.replaced(&cut);
        if cut.chars().count() > 2 {
            self.values.insert(cut, out.clone());
            self.within = None;
        }
        out
    }

    /// Every word replaced, but for the domain of an address where the case is not for others.
    fn replaced(&mut self, text: &str) -> String {
        match text.rsplit_once('@') {
            Some((local, domain)) if !self.are_for_others() => format!("{}@{domain}", self.words(local)),
            _ => self.words(text),
        }
    }

    /// A text with ARNs in it, and more: of an ARN its account and kind stay, all else is replaced.
    fn beside_arns(&mut self, text: &str) -> String {
        text.split_inclusive(|c: char| c.is_whitespace() || is_between_arns(c))
            .map(|word| match head_of_arn(word) {
                Some((head, rest)) => format!("{}{}", self.without_ids(head), self.words(rest)),
                None => self.words(word),
            })
            .collect()
    }

    /// Seconds that a session lasts; a number that no session lasts may be somebody's, and is too much all the same.
    fn seconds(&mut self, text: &str) -> String {
        let number = text.trim().trim_matches(is_quote);
        if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
            return self.person(text);
        }
        match number.parse::<u32>() {
            Ok(seconds) if seconds <= LONGEST_SESSION || (seconds <= A_WEEK && seconds % 60 == 0) => {
                text.to_owned()
            }
            Ok(_) | Err(_) => text.replace(|c: char| c.is_ascii_digit(), "9"),
        }
    }

    /// The values that were replaced, without blanks around them and in lower case.
    pub fn known(&self) -> BTreeSet<String> {
        self.values
            .keys()
            .map(|v| v.trim().to_ascii_lowercase())
            .collect()
    }

    /// Every word replaced; what stands between words stays.
    fn words(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut word = String::new();
        for c in text.chars().chain(['\0']) {
            if c.is_alphanumeric() {
                word.push(c);
                continue;
            }
            let invited = word.eq_ignore_ascii_case("ext") && out.ends_with('#') && c == '#';
            if invited {
                out.push_str(&word);
            } else if !word.is_empty() {
                out.push_str(&self.word(&word));
            }
            word.clear();
            if c != '\0' {
                out.push(c);
            }
        }
        out
    }

    /// As long, of the same kinds of characters, and another one for another word.
    fn word(&mut self, word: &str) -> String {
        // What was replaced already stays, so that a message and a claim name the same person.
        if word.len() > 3 && self.given.contains(&word.to_lowercase()) {
            return word.to_owned();
        }
        let next = self.words.len() + 1;
        let mut number = *self.words.entry(word.to_lowercase()).or_insert(next);
        let mut out: Vec<char> = Vec::with_capacity(word.len());
        for c in word.chars().rev() {
            let mut digit = |radix: usize| {
                let digit = number % radix;
                number /= radix;
                digit
            };
            out.push(match c {
                '0'..='9' => char::from(b'0' + u8::try_from(digit(10)).unwrap_or_default()),
                'a'..='z' => char::from(LETTERS[digit(26)]),
                'A'..='Z' => char::from(LETTERS[digit(26)]).to_ascii_uppercase(),
                c if c.is_uppercase() => 'É',
                c if c.is_alphabetic() => 'é',
                c => c,
            });
        }
        let out: String = out.iter().rev().collect();
        self.given.insert(out.to_lowercase());
        out
    }

    /// What a program or a person said: values that were replaced are replaced in it, and whoever else is named goes.
    fn message(&mut self, text: &str) -> String {
        let text = text.chars().take(16 * LONGEST).collect::<String>();
        // Whoever is met in a text alone is known by the shape of an address, in every other text as well.
        let values = std::mem::take(&mut self.values);
        let within = match self.within.take() {
            Some(within) => within,
            None => Within::new(&values),
        };
        let without = without_people(&self.technical(&within.replaced(&text)));
        self.values = values;
        self.within = Some(within);
        without
    }
}

/// No session lasts longer, in seconds.
const LONGEST_SESSION: u32 = 43_200;
/// What somebody who does not know that may ask for, in seconds.
const A_WEEK: u32 = 604_800;

/// The first name of a person or a session that an ARN in a text ends with: what is before it, it, and what follows.
fn principal_in(text: &str) -> Option<(&str, &str, &str)> {
    let (at, is_role) = [
        (":assumed-role/", true),
        (":federated-user/", false),
        (":user/", false),
    ]
    .into_iter()
    .filter_map(|(kind, is_role)| Some((text.find(kind)? + kind.len(), is_role)))
    .min()?;
    let ends = |c: char| c.is_whitespace() || is_between_arns(c);
    let end = text
        .get(at..)?
        .find(ends)
        .map_or(text.len(), |length| at + length);
    let name = match (is_role, text.get(at..end)?.split_once('/')) {
        (true, Some((role, _))) => at + role.len() + 1,
        // A role without a session.
        (true, None) => end,
        (false, _) => at,
    };
    Some((text.get(..name)?, text.get(name..end)?, text.get(end..)?))
}

/// What stands between ARNs, or around one.
fn is_between_arns(c: char) -> bool {
    is_quote(c) || matches!(c, ',' | ';' | '|' | '<' | '>' | '(' | ')' | '[' | ']')
}

/// The start of an ARN up to the kind of its resource, and the rest.
fn head_of_arn(word: &str) -> Option<(&str, &str)> {
    let mut parts = word.splitn(6, ':');
    let head: [&str; 5] = std::array::from_fn(|_| parts.next().unwrap_or_default());
    let resource = parts.next()?;
    let is_id = |part: &str| {
        part.bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let account = head[4];
    let is_arn = head[0] == "arn"
        && head[1].starts_with("aws")
        && (head[1].len() < 12 && is_id(head[1]))
        && SERVICES.contains(&head[2])
        && (head[3].len() < 20 && is_id(head[3]))
        && (account.is_empty()
            || account == ACCOUNT
            || (account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit())));
    if !is_arn {
        return None;
    }
    let kind = KINDS
        .into_iter()
        .find(|kind| resource.starts_with(kind))
        .map_or(0, str::len);
    word.split_at_checked(word.len() - resource.len() + kind)
}

/// Services whose ARNs a claim may have.
const SERVICES: [&str; 4] = ["iam", "sts", "qbusiness", "sso"];
/// Kinds of resources that an ARN in a claim may have; the first three are a machine's to the end.
const KINDS: [&str; 6] = [
    "role/",
    "saml-provider/",
    "oidc-provider/",
    "assumed-role/",
    "federated-user/",
    "user/",
];

/// Whether a text is ARNs of roles, providers and sessions alone, as STS reads them or nearly so: look-alike letters,
/// quotation marks, and blanks beside a colon, a slash or a comma are mistakes that are made.
fn are_arns(text: &str) -> bool {
    let is_mark = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    let is_arn = |piece: &str| {
        // A blank between two words is one between names.
        let mut before = None;
        let mut blank = false;
        for c in piece.chars() {
            if is_blank_or_unseen(c) {
                blank |= c.is_whitespace();
                continue;
            }
            if blank && !is_mark(before) && !is_mark(Some(c)) {
                return false;
            }
            (before, blank) = (Some(c), false);
        }
        let folded = fold(piece);
        let Some((head, rest)) = head_of_arn(&folded) else {
            return false;
        };
        let is_of_machine = KINDS
            .iter()
            .take(3)
            .any(|kind| head.ends_with(&format!(":{kind}")));
        !rest.is_empty() && (is_of_machine || principal_in(piece).is_some())
    };
    text.split(is_between_arns)
        .filter(|piece| piece.chars().any(|c| !is_blank_or_unseen(c)))
        .all(is_arn)
}

/// Attributes of which an expression that was not evaluated speaks; `user.smith` is somebody.
const ATTRIBUTES: [&str; 14] = [
    "assignedroles",
    "city",
    "department",
    "displayname",
    "email",
    "employeeid",
    "firstname",
    "groups",
    "id",
    "lastname",
    "login",
    "mail",
    "objectid",
    "userprincipalname",
];

/// What was not evaluated names nobody: `user.mail`, `${user.email}`, `IfEmpty(user.mail, user.login)`.
fn is_expression(text: &str) -> bool {
    if text.contains('@') {
        return false;
    }
    let mut words: Vec<(String, Option<char>)> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(char::is_alphanumeric) {
        let from = rest.get(at..).unwrap_or_default();
        let end = from.find(|c: char| !c.is_alphanumeric()).unwrap_or(from.len());
        let (word, after) = from.split_at(end);
        words.push((word.to_ascii_lowercase(), after.chars().next()));
        rest = after;
        if words.len() > 12 {
            return false;
        }
    }
    let named = |i: usize| match words.get(i..i + 2) {
        Some([(object, Some('.')), (attribute, _)]) => {
            ["user", "users", "appuser", "adapter"].contains(&object.as_str())
                && ATTRIBUTES.contains(&attribute.as_str())
        }
        _ => false,
    };
    if words.len() == 2 {
        return named(0);
    }
    // Whatever is neither an attribute nor the name of a function may be somebody's.
    let is_of_expression = |i: usize| {
        let before = i.checked_sub(1);
        named(i) || before.is_some_and(named) || matches!(words[i].1, Some('(' | '.'))
    };
    text.contains(['{', '(']) && (0..words.len()).any(named) && (0..words.len()).all(is_of_expression)
}

/// Twelve digits by themselves, or between colons as in an ARN; in the path of an address they are an id of somebody
/// else's.
fn is_account_at(before: Option<char>, after: Option<&str>) -> bool {
    let after = after.and_then(|rest| rest.chars().next());
    before.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '/' | '.' | '-' | '_'))
        && after.is_none_or(|c| !c.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_survive_and_names_do_not() {
        let tenant = "7e4a4700-0000-4000-8000-000000000001";
        let issuer = format!("https://sts.windows.net/{tenant}/");
        let here = Here::new(Some("123456789012"), &[&issuer]);
        let key = Key::parse("7c9e6679-7425-40de-944b-e07fc1f90ae7").expect("a key");
        let other = key.guid(tenant);
        let mut p = Pseudonyms::new(&here, &key);
        for (value, expected) in [
            ("alice@contoso.example", "xxxxa@contoso.example"),
            ("Alice@contoso.example ", "Xxxxa@contoso.example "),
            ("alice", "xxxxa"),
            (
                "gina_partner.example#EXT#@t.example",
                "xxxb_xxxxxxc.xxxxxxd#EXT#@t.example",
            ),
            ("conor.o'hara@contoso.example", "xxxxe.f'xxxg@contoso.example"),
            ("Zoë Müller", "Xhé Xéxxxi"),
            (" ", " "),
            ("", ""),
            ("user.mail", "user.mail"),
            ("${user.email}", "${user.email}"),
            ("IfEmpty(user.mail, user.login)", "IfEmpty(user.mail, user.login)"),
            ("alice ${user.mail}", "xxxxa ${xxxj.xxxk}"),
            ("7E4A4700-0000-4000-8000-000000000001", &other),
        ] {
            assert_eq!(p.person(value), expected, "{value}");
        }
        for (text, expected) in [
            (
                "arn:aws:iam::123456789012:role/q,arn:aws:iam::210987654321:saml-provider/q ",
                "arn:aws:iam::{{account}}:role/q,arn:aws:iam::000000000002:saml-provider/q ",
            ),
            ("1234567890123", "1234567890123"),
        ] {
            assert_eq!(p.technical(text), expected, "{text}");
        }
        let arn = "arn:aws:iam::123456789012:role/q";
        for (value, expected) in [
            (
                "arn:aws:sts::123456789012:assumed-role/q/alice.smith",
                "arn:aws:sts::{{account}}:assumed-role/q/xxxxa.xxxxl",
            ),
            (
                "arn:aws:sts::123456789012:assumed-role/q/alice@contoso.example",
                "arn:aws:sts::{{account}}:assumed-role/q/xxxxa@contoso.example",
            ),
            (
                "arn:aws:iam::123456789012:user/alice",
                "arn:aws:iam::{{account}}:user/xxxxa",
            ),
            (
                " arn:aws:iam::123456789012: role/q ",
                " arn:aws:iam::{{account}}: role/q ",
            ),
            (
                "\"arn:aws:iam::123456789012:role/q\"",
                "\"arn:aws:iam::{{account}}:role/q\"",
            ),
            (
                &format!("{arn} alice smith"),
                "arn:aws:iam::{{account}}:role/m xxxxa xxxxl",
            ),
            ("arn:aws alice", "xxn:xxo xxxxa"),
        ] {
            assert_eq!(p.person(value), expected, "{value}");
        }
        for (value, expected) in [
            ("3600", "3600"),
            ("\"86400\"", "\"86400\""),
            ("20041977", "99999999"),
            ("alice", "xxxxa"),
        ] {
            assert_eq!(p.seconds(value), expected, "{value}");
        }
        let kept = p.technical(&issuer);
        assert_eq!(kept, format!("https://sts.windows.net/{other}/"));
        assert_eq!(here.fill(&kept, &key), issuer);
        assert_eq!(Here::default().fill(&kept, &key), kept);
        assert_eq!(
            p.message("Value 'alice@contoso.example' of 123456789012 at alice"),
            "Value 'x…a@contoso.example' of {{account}} at xxxxa"
        );
    }
}
