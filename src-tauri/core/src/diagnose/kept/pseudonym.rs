//! Other names for people, accounts and tenants: the same for the same value throughout a case, and of the same
//! shape, because rules look at shapes: lengths, case, blanks, `#EXT#`, characters that AWS refuses.

use crate::redact::without_people;
use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// What stands for the account of the set-up; filled in when a case is looked at again.
const ACCOUNT: &str = "{{account}}";
/// Letters in the order in which they are given; the first one fills up.
const LETTERS: &[u8; 26] = b"xabcdefghijklmnopqrstuvwyz";
/// Characters of a value that are kept; AWS refuses any longer one.
const LONGEST: usize = 1024;

/// What the same values were replaced by.
#[derive(Default)]
pub(super) struct Pseudonyms {
    /// Words in lower case, each with its number.
    words: BTreeMap<String, usize>,
    /// Words that were given, in lower case.
    given: BTreeSet<String>,
    accounts: BTreeMap<String, String>,
    /// Whole values that were replaced, to be found again in messages.
    values: BTreeMap<String, String>,
    /// For others: accounts and tenants are gone already, and the domain of an address goes as well.
    pub domains: bool,
}

/// Account, and tenants and applications of today, for what stands in their place.
#[derive(Clone, Debug, Default)]
pub(super) struct Here {
    pub account: Option<String>,
    /// Each with what stands for it.
    guids: Vec<(String, String)>,
}

impl Pseudonyms {
    /// `here` are the set-up's own: what is theirs is theirs on the day it is looked at again.
    pub fn new(here: &Here) -> Pseudonyms {
        let mut pseudonyms = Pseudonyms::default();
        if let Some(account) = &here.account {
            pseudonyms.accounts.insert(account.clone(), ACCOUNT.to_owned());
        }
        pseudonyms
    }

    /// An address of a machine, an ARN, a name that a vendor gave: ids of accounts and tenants go, addresses of
    /// people as well.
    pub fn technical(&mut self, text: &str) -> String {
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

    fn guid(&self, guid: &str) -> String {
        match self.domains {
            true => guid.to_owned(),
            false => other_guid(guid),
        }
    }

    /// A value that says who somebody is.
    pub fn person(&mut self, value: &str) -> String {
        let cut: String = value.chars().take(LONGEST).collect();
        if cut.trim().is_empty() || is_expression(&cut) || cut == ACCOUNT {
            return cut;
        }
        if is_guid(&cut) {
            return self.guid(&cut);
        }
        // An ARN, or the literal text of one, is no person.
        if cut.contains("arn:aws") {
            return self.technical(&cut);
        }
        let (local, domain) = match cut.rsplit_once('@') {
            Some((local, domain)) if !self.domains => (local, Some(domain)),
            _ => (cut.as_str(), None),
        };
        let mut out = self.words(local);
        if let Some(domain) = domain {
            out.push('@');
            out.push_str(domain);
        }
        if cut.chars().count() > 2 {
            self.values.insert(cut, out.clone());
        }
        out
    }

    /// Whether a value was replaced already, but for case.
    pub fn known(&self, value: &str) -> bool {
        self.values
            .keys()
            .any(|v| v.trim().eq_ignore_ascii_case(value.trim()))
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
    pub fn message(&mut self, text: &str) -> String {
        let mut text = text.chars().take(16 * LONGEST).collect::<String>();
        // The longest first: one value may stand within another.
        let mut values: Vec<(String, String)> = self.values.clone().into_iter().collect();
        values.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        for (value, other) in values {
            text = text.replace(&value, &other);
        }
        without_people(&self.technical(&text))
    }

    /// JSON of a token: texts are people's, names of members are not.
    pub fn json(&mut self, value: &Json) -> Json {
        match value {
            Json::String(text) => match serde_json::from_str::<Json>(text) {
                Ok(inner @ (Json::Object(_) | Json::Array(_))) => Json::String(self.json(&inner).to_string()),
                _ => Json::String(self.person(text)),
            },
            Json::Array(list) => list.iter().take(500).map(|v| self.json(v)).collect(),
            Json::Object(members) => Json::Object(self.members(members)),
            other => other.clone(),
        }
    }

    fn members(&mut self, members: &Map<String, Json>) -> Map<String, Json> {
        members
            .iter()
            .take(500)
            .map(|(name, value)| (self.technical(name), self.json(value)))
            .collect()
    }
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
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let named = |w: &[String]| {
        matches!(w, [object, attribute] if ["user", "users", "appuser", "adapter"].contains(&object.as_str())
            && ATTRIBUTES.contains(&attribute.as_str()))
    };
    let is_call = text.contains(['{', '(']);
    match words.len() {
        2 => named(&words),
        3..=12 => is_call && words.windows(2).any(named),
        _ => false,
    }
}

fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

/// Twelve digits by themselves, or between colons as in an ARN; in the path of an address they are an id of somebody
/// else's.
fn is_account_at(before: Option<char>, after: Option<&str>) -> bool {
    let after = after.and_then(|rest| rest.chars().next());
    before.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '/' | '.' | '-' | '_'))
        && after.is_none_or(|c| !c.is_alphanumeric())
}

/// What stands for a GUID, the same in every case. It is a digest, and GUIDs are too many to be tried, so that a
/// tenant can be compared and not be known.
fn other_guid(guid: &str) -> String {
    let digest = Sha256::digest(guid.to_ascii_lowercase());
    let hex: String = digest.iter().take(16).map(|b| format!("{b:02x}")).collect();
    [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)]
        .map(|(from, to)| hex.get(from..to).unwrap_or_default())
        .join("-")
}

impl Here {
    /// `text` is what the provider calls itself: tenants and applications stand in it.
    pub fn new(account: Option<String>, text: &str) -> Here {
        let guids = (0..text.len())
            .filter_map(|at| text.get(at..at + 36).filter(|g| is_guid(g)))
            .map(|guid| (guid.to_owned(), other_guid(guid)))
            .collect();
        Here { account, guids }
    }

    /// Puts account and tenant of today in.
    pub fn fill(&self, text: &str) -> String {
        let account = self.account.as_deref().unwrap_or("000000000000");
        let mut text = text.replace(ACCOUNT, account);
        for (guid, other) in &self.guids {
            text = text.replace(other, guid);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_survive_and_names_do_not() {
        let tenant = "7e4a4700-0000-4000-8000-000000000001";
        let other = "96b666cb-b6f4-0f3f-59b1-45f9cec0f0b0";
        let issuer = format!("https://sts.windows.net/{tenant}/");
        let here = Here::new(Some("123456789012".into()), &issuer);
        let mut p = Pseudonyms::new(&here);
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
            ("7E4A4700-0000-4000-8000-000000000001", other),
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
        let kept = p.technical(&issuer);
        assert_eq!(kept, format!("https://sts.windows.net/{other}/"));
        assert_eq!(here.fill(&kept), issuer);
        assert_eq!(Here::default().fill(&kept), kept);
        assert_eq!(
            p.message("Value 'alice@contoso.example' of 123456789012 at alice"),
            "Value 'x…a@contoso.example' of {{account}} at xxxxa"
        );
    }
}
