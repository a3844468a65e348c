//! Set-up files, and what an administrator's colleague sends back: what is written is read the same way again.

use super::Target;
use crate::seeds;
use claimbridge_core::handoff::Answer;
use claimbridge_core::journal::Bindings;
use claimbridge_core::setup::Setup;

pub(crate) const TARGET: Target = Target {
    name: "setup",
    seeds: || seeds::setups().into_iter().map(String::into_bytes).collect(),
    words: &[
        "\"schema\":1",
        "\"schema\":4294967296",
        "\"idp\":\"entra-gallery\"",
        "\"prefix\":\"q-acme\"",
        "\"metadata\":null",
        "\"issuer\":\"https://accounts.google.com\"",
        "\"tags\":{}",
        "../",
        "123456789012",
        "us-east-1",
    ],
    run,
};

fn run(bytes: &[u8]) -> Result<String, String> {
    let answer = match Answer::parse(bytes) {
        Ok(_) => "an answer".to_owned(),
        Err(error) => error.to_string(),
    };
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Ok(answer);
    };
    let _ = Bindings::replay(text);
    match Setup::from_json(text) {
        Ok(setup) => {
            let written = setup.to_json();
            let again =
                Setup::from_json(&written).map_err(|e| format!("what is written cannot be read: {e}"))?;
            if again.to_json() != written {
                return Err("what is written is read differently".into());
            }
            let _ = setup.federation_metadata();
            Ok(match setup.check() {
                Ok(()) => "good".into(),
                Err(error) => error.to_string(),
            })
        }
        Err(error) => Ok(format!("{error} {answer}")),
    }
}
