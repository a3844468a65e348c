//! The ID token that a provider would send for a person.

use super::configuration::{ProviderConfiguration, TokenSettings};
use super::person::{People, Person};
use super::template::Template;
use super::unknown::{Assumed, CannotSimulate, is_known};
use crate::diagnose::TokenEvidence;
use crate::oidc::{Claims, TokenView};
use crate::time::Instant;
use crate::value::ClientId;
use serde_json::{Map, Value as Json, json};

/// A client's configuration made ready.
pub(super) struct Tokens<'a> {
    settings: &'a TokenSettings,
    claims: Vec<(&'a str, Template)>,
    /// Seconds since 1970.
    issued: i64,
}

/// What is known of a provider before it sends anything.
pub(super) fn of_provider(settings: &TokenSettings) -> TokenEvidence {
    TokenEvidence {
        issuer: settings.issuer(),
        client_id: ClientId::parse(&settings.client_id).ok(),
        ..TokenEvidence::default()
    }
}

impl<'a> Tokens<'a> {
    pub fn new(
        configuration: &'a ProviderConfiguration,
        settings: &'a TokenSettings,
        people: &People,
        assumed: &mut Vec<Assumed>,
        now: Instant,
    ) -> Result<Tokens<'a>, CannotSimulate> {
        let mut claims = Vec::new();
        for claim in &configuration.claims {
            let template = Template::parse(configuration.idp, &claim.source);
            if is_known(&claim.name, &template.attributes(), people, assumed)? {
                claims.push((claim.name.as_str(), template));
            }
        }
        Ok(Tokens {
            settings,
            claims,
            issued: now.unix_timestamp(),
        })
    }

    /// What the token of a person would say.
    pub fn view(&self, place: usize, person: &Person) -> TokenView {
        let mut claims: Map<String, Json> = Map::new();
        claims.insert("iss".into(), json!(self.settings.issuer));
        claims.insert("sub".into(), json!(person.object_id(place)));
        claims.insert("aud".into(), json!(self.settings.client_id));
        claims.insert("iat".into(), json!(self.issued));
        claims.insert("exp".into(), json!(self.issued + 3600));
        for (name, template) in &self.claims {
            if let Some(value) = template.value(person) {
                claims.insert((*name).to_owned(), value);
            }
        }
        let length = Json::Object(claims.clone()).to_string().len();
        TokenView {
            algorithm: "RS256".into(),
            kid: None,
            kind: None,
            critical: Vec::new(),
            claims: Claims::of(claims),
            // Header and signature of a key of 2048 bits beside the claims.
            length: 450 + length * 4 / 3,
        }
    }
}
