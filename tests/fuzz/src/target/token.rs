//! ID tokens with the documents of their provider: whatever is accepted says what was signed.

use super::Target;
use crate::{corpus, seeds};
use claimbridge_core::oidc::{Discovery, ExpectedToken, IdToken, KeySet, TokenTags};
use claimbridge_core::time::parse_instant;
use claimbridge_core::value::{ClientId, Issuer};
use std::sync::LazyLock;

pub(crate) const TARGET: Target = Target {
    name: "token",
    seeds: || {
        let mut all: Vec<Vec<u8>> = TOKENS.texts.iter().map(|t| t.clone().into_bytes()).collect();
        all.push(TOKENS.keys.clone().into_bytes());
        all.push(seeds::discovery().into_bytes());
        all.extend(corpus::files("oidc"));
        all
    },
    words: &[
        "eyJhbGciOiJub25lIn0",
        "eyJhbGciOiJIUzI1NiJ9",
        ".",
        "\"kty\":\"RSA\"",
        "\"keys\":[",
        "\"crit\":[\"exp\"]",
        "\"issuer\":\"https://acme.okta.com/oauth2/default\"",
        "\"n\":\"AQAB\"",
    ],
    run,
};

static TOKENS: LazyLock<seeds::Tokens> = LazyLock::new(seeds::tokens);
static KEYS: LazyLock<KeySet> =
    LazyLock::new(|| KeySet::parse(TOKENS.keys.as_bytes()).unwrap_or_else(|e| panic!("our own keys: {e}")));

fn run(bytes: &[u8]) -> Result<String, String> {
    let issuer = Issuer::parse(seeds::ISSUER).map_err(|e| e.to_string())?;
    let _ = KeySet::parse(bytes);
    let _ = Discovery::parse(bytes, &issuer);
    let token = match IdToken::decode(&String::from_utf8_lossy(bytes)) {
        Ok(token) => token,
        Err(error) => return Ok(error.to_string()),
    };
    let tags = TokenTags::of(&token.view().claims);
    let expected = ExpectedToken {
        issuer,
        client_id: ClientId::parse(seeds::CLIENT).map_err(|e| e.to_string())?,
        nonce: None,
        now: parse_instant("2026-11-22T16:00:00Z").ok_or("an instant")?,
    };
    match token.verify(&KEYS, &expected) {
        Ok(verified) => {
            let said: Vec<&str> = verified.claims().names().collect();
            // The signature covers the text of both parts; nothing else may have been read.
            if TOKENS
                .texts
                .iter()
                .any(|t| t.rsplit_once('.').map(|p| p.0) == token.raw().rsplit_once('.').map(|p| p.0))
            {
                Ok(format!("accepted {said:?}"))
            } else {
                Err("nobody signed what was accepted".into())
            }
        }
        Err(why) => Ok(format!("{why:?} {:?}", tags.email().is_some())
            .chars()
            .take(120)
            .collect()),
    }
}
