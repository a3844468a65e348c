//! Every text of a case, in one place: what is forgotten here would be kept as it was.

use super::{KeptCase, KeptEvent, KeptFault, KeptRequest, KeptResponse, KeptSts, KeptToken, KeptVerdict};
use crate::claims;
use crate::saml::response::{Assertion, Attribute, Confirmation, NameId, View};
use serde_json::{Map, Value as Json};

/// Whose a text is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// A machine's: an address, an ARN, a name that a vendor gave.
    Machine,
    /// A person's: who somebody is.
    Person,
    /// Said by a program or by somebody, about anybody.
    Said,
    /// The name of a key that a provider publishes.
    Key,
    /// How long a session lasts, where it is a number.
    Seconds,
}

/// Claims of a token that say nothing about a person.
const OF_MACHINES: [&str; 9] = ["iss", "aud", "azp", "amr", "acr", "ver", "scp", "scope", "typ"];
/// Those of them that are several words.
const OF_WORDS: [&str; 2] = ["scp", "scope"];
/// Claims of a token that are moments.
const MOMENTS: [&str; 5] = ["iat", "exp", "nbf", "auth_time", "updated_at"];

/// Changes every text. What was said comes last, since people who are known by then may be named in it.
///
/// Left out is what names nobody: times, lengths, words of the protocols, and what rules know a message by.
pub(super) fn each_text(case: &mut KeptCase, change: &mut dyn FnMut(Whose, &str) -> String) {
    // Without `..`: what is added to a case has to be looked at here.
    let KeptCase {
        schema: _,
        at: _,
        idp: _,
        captured_at: _,
        response,
        token,
        sts,
        messages: _,
        request,
        table,
        trail,
        answers: _,
        document_addresses,
        key: _,
        own: _,
        findings: _,
    } = case;
    let mut texts = Texts { change };
    if let Some(response) = response {
        texts.response(response);
    }
    if let Some(token) = token {
        texts.token(token);
    }
    for address in document_addresses.iter_mut().flatten() {
        texts.put(Whose::Person, address);
    }
    if let Some(KeptRequest {
        id: _,
        issuer,
        acs,
        destination,
        deflated: _,
    }) = request
    {
        texts.all(Whose::Machine, [issuer, acs, destination].into_iter().flatten());
    }
    for (name, source) in table {
        texts.all(Whose::Machine, [name, source]);
    }
    for KeptEvent {
        name: _,
        at: _,
        role_arn,
        provider,
        tags: _,
        error_code: _,
        error_message: _,
    } in trail.iter_mut()
    {
        texts.all(Whose::Machine, [role_arn, provider].into_iter().flatten());
    }
    if let Some(KeptResponse { view, verdict, .. }) = response {
        texts.all(Whose::Said, &mut view.status_message);
        if let Some(KeptVerdict::Rejected { kind: _, detail }) = verdict {
            texts.put(Whose::Said, detail);
        }
    }
    if let Some(KeptSts::Refused { code: _, message }) = sts {
        texts.put(Whose::Said, message);
    }
    for event in trail {
        texts.all(Whose::Said, &mut event.error_message);
    }
}

struct Texts<'a> {
    change: &'a mut dyn FnMut(Whose, &str) -> String,
}

impl Texts<'_> {
    fn put(&mut self, whose: Whose, text: &mut String) {
        *text = (self.change)(whose, text);
    }

    fn all<'t>(&mut self, whose: Whose, texts: impl IntoIterator<Item = &'t mut String>) {
        for text in texts {
            self.put(whose, text);
        }
    }

    fn response(&mut self, response: &mut KeptResponse) {
        let KeptResponse {
            view,
            verdict: _,
            certificates: _,
        } = response;
        let View {
            root: _,
            destination,
            issuer,
            issue_instant: _,
            in_response_to: _,
            status: _,
            status_detail: _,
            status_message: _,
            assertions,
            encrypted_assertions: _,
            signatures: _,
            base64_length: _,
        } = view;
        self.all(Whose::Machine, [destination, issuer].into_iter().flatten());
        for assertion in assertions {
            self.assertion(assertion);
        }
    }

    fn assertion(&mut self, assertion: &mut Assertion) {
        let Assertion {
            id: _,
            issuer,
            issue_instant: _,
            name_id,
            confirmations,
            not_before: _,
            not_on_or_after: _,
            audiences,
            session_not_on_or_after: _,
            attributes,
        } = assertion;
        self.all(Whose::Machine, issuer.iter_mut().chain(audiences));
        for Confirmation {
            method: _,
            recipient,
            not_before: _,
            not_on_or_after: _,
        } in confirmations
        {
            self.all(Whose::Machine, recipient);
        }
        if let Some(NameId { value, format: _ }) = name_id {
            self.put(Whose::Person, value);
        }
        let tags: Vec<String> = attributes
            .iter()
            .filter_map(|a| a.name.strip_prefix(claims::TAG))
            .chain(claims::EMAIL.strip_prefix(claims::TAG))
            .map(str::to_ascii_lowercase)
            .collect();
        for Attribute { name, values } in attributes {
            self.put(Whose::Machine, name);
            for value in values {
                let whose = match name.as_str() {
                    claims::DURATION => Whose::Seconds,
                    // The key of a tag; another value is one that was mapped by mistake.
                    claims::TRANSITIVE if tags.contains(&value.trim().to_ascii_lowercase()) => Whose::Machine,
                    _ => Whose::Person,
                };
                self.put(whose, value);
            }
        }
    }

    fn token(&mut self, token: &mut KeptToken) {
        let KeptToken {
            algorithm: _,
            kid,
            kind: _,
            critical: _,
            claims,
            length: _,
            nonce,
            fault,
            keys: _,
        } = token;
        self.all(Whose::Key, kid);
        match fault {
            Some(KeptFault::KeyUnfit(kid, _)) => self.all(Whose::Key, kid),
            Some(KeptFault::KeyUnknown(kid, known)) => self.all(Whose::Key, kid.iter_mut().chain(known)),
            Some(KeptFault::Algorithm(_) | KeptFault::Critical(_) | KeptFault::Invalid) | None => {}
        }
        *claims = std::mem::take(claims)
            .into_iter()
            .map(|(name, value)| {
                let kept = match value {
                    value if OF_MACHINES.contains(&name.as_str()) => self.machine(&name, value),
                    Json::Number(moment) if MOMENTS.contains(&name.as_str()) => Json::Number(moment),
                    value => self.json(value),
                };
                ((self.change)(Whose::Machine, &name), kept)
            })
            .collect();
        self.all(Whose::Person, nonce);
    }

    /// Texts are a machine's, also in lists; what is more than words of one, or has members, is no machine's.
    fn machine(&mut self, name: &str, value: Json) -> Json {
        match value {
            Json::String(mut text) if OF_WORDS.contains(&name) || text.split_whitespace().count() < 2 => {
                self.put(Whose::Machine, &mut text);
                Json::String(text)
            }
            Json::Array(list) => list.into_iter().map(|v| self.machine(name, v)).collect(),
            other => self.json(other),
        }
    }

    /// Texts and numbers are people's, names of members are not.
    fn json(&mut self, value: Json) -> Json {
        match value {
            Json::String(mut text) => match serde_json::from_str::<Json>(&text) {
                Ok(inner @ (Json::Object(_) | Json::Array(_))) => Json::String(self.json(inner).to_string()),
                _ => {
                    self.put(Whose::Person, &mut text);
                    Json::String(text)
                }
            },
            Json::Array(list) => list.into_iter().map(|v| self.json(v)).collect(),
            Json::Object(members) => Json::Object(
                members
                    .into_iter()
                    .map(|(name, value)| ((self.change)(Whose::Machine, &name), self.json(value)))
                    .collect::<Map<_, _>>(),
            ),
            Json::Number(number) => {
                let mut digits = number.to_string();
                self.put(Whose::Person, &mut digits);
                serde_json::from_str(digits.trim_start_matches('0')).unwrap_or_else(|_| 0.into())
            }
            other @ (Json::Null | Json::Bool(_)) => other,
        }
    }
}
