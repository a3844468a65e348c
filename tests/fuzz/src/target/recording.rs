//! Anything that is dropped: recognised, folded into a case and judged; of a recording no secret is kept.

use super::Target;
use crate::{corpus, seeds};
use claimbridge_core::diagnose::{Case, Content, MAX_PIECES, diagnose, recognise};
use claimbridge_core::time::parse_instant;

pub(crate) const TARGET: Target = Target {
    name: "recording",
    seeds: || {
        let mut all = seeds::everything();
        all.extend(corpus::files("responses").into_iter().take(40));
        all.extend(corpus::files("html"));
        all
    },
    words: &[
        "SAMLResponse=",
        "SAMLRequest=",
        "id_token=",
        "&error=access_denied&error_description=x",
        "AADSTS50105: ",
        "{\"log\":{\"entries\":[",
        "{\"requests\":[",
        "\"postData\":{\"text\":\"SAMLResponse=\"}",
        "\"redirectURL\":\"",
        "\"content\":{\"mimeType\":\"text/html\",\"text\":\"",
        "\"encoding\":\"base64\"",
        "<input name=SAMLResponse value='",
        "<script>",
        "</script",
        "Maximum session duration 1 hour",
        "\"AssumeRolePolicyDocument\":",
        "\"Statement\":[",
        "\"CloudTrailEvent\":\"{}\"",
        "\"eventName\":\"AssumeRoleWithSAML\",\"eventTime\":\"2026-11-22T16:00:00Z\"",
        "| Name | Value |\n",
        "eyJhbGciOiJSUzI1NiJ9.e30.AA",
        "%7B%22",
    ],
    run,
};

fn run(bytes: &[u8]) -> Result<String, String> {
    let pieces = match recognise(Some("input"), bytes) {
        Ok(pieces) => pieces,
        Err(why) => {
            let text = why.to_string();
            return if text.ends_with('.') {
                Ok(text)
            } else {
                Err(format!("a refusal without a next act: {text}"))
            };
        }
    };
    if pieces.is_empty() || pieces.len() > MAX_PIECES {
        return Err(format!("{} pieces", pieces.len()));
    }
    for piece in &pieces {
        if let Content::Message(message) = &piece.content
            && message.text.len() > claimbridge_core::diagnose::MAX_MESSAGE
        {
            return Err(format!("a message of {} bytes", message.text.len()));
        }
    }
    let kinds: Vec<&str> = pieces.iter().map(|p| p.content.kind()).collect();
    let kinds = kinds.join(", ");
    let case = Case {
        pieces,
        ..Case::default()
    };
    let now = parse_instant("2026-11-22T16:00:00Z").ok_or("an instant")?;
    let evidence = case.evidence(case.expected_from(), now);
    let believed = matches!(evidence.verdict, Some(Ok(_)));
    if believed
        && !case
            .pieces
            .iter()
            .any(|p| matches!(p.content, Content::Metadata(_)))
    {
        return Err("a response is believed without a certificate".into());
    }
    let findings = diagnose(&evidence);
    let fired: Vec<&str> = findings.iter().take(6).map(|f| f.id.as_str()).collect();
    Ok(format!("{kinds}: {}", fired.join(" ")))
}
