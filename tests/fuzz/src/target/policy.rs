//! IAM policies: evaluated, compared and written; what is written means what was read.

use super::Target;
use crate::seeds;
use claimbridge_core::policy::evaluate::{Request, evaluate};
use claimbridge_core::policy::{Document, difference, unsafe_grants};
use std::collections::BTreeMap;

pub(crate) const TARGET: Target = Target {
    name: "policy",
    seeds: || seeds::policies().into_iter().map(String::into_bytes).collect(),
    words: &[
        "\"Effect\":\"Deny\"",
        "\"NotAction\":",
        "\"NotPrincipal\":{\"Federated\":\"*\"}",
        "\"Principal\":\"*\"",
        "\"sts:*\"",
        "\"Condition\":{\"StringLike\":{\"SAML:aud\":\"*\"}}",
        "\"ForAllValues:StringEqualsIfExists\":{\"aws:TagKeys\":[\"Email\"]}",
        "\"Null\":{\"aws:RequestTag/Email\":\"true\"}",
        "\"${saml:sub}\"",
        "\"${*}\"",
        "\"${$}${?}\"",
        "\"a*b*c*d*e*f*g*h*i*j\"",
        "********************",
        "????????",
    ],
    run,
};

fn run(bytes: &[u8]) -> Result<String, String> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Ok("not UTF-8".into());
    };
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => return Ok(error.to_string()),
    };
    let again = Document::from_json(&document.to_json())
        .map_err(|e| format!("what is written cannot be read: {e}"))?;
    if !document.same_meaning(&again) {
        return Err("what is written means something else".into());
    }
    let changes = difference(&document, &again);
    if !changes.is_empty() {
        return Err(format!("{} differences from itself", changes.len()));
    }
    let context = [
        ("saml:aud", "https://abcd.chat.qbusiness.us-east-1.on.aws/saml"),
        ("saml:iss", "https://sts.windows.net/1/"),
        (
            "saml:sub",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!",
        ),
        ("aws:requesttag/email", "alice@acme.example"),
        ("aws:tagkeys", "Email"),
    ];
    let context: BTreeMap<String, Vec<String>> = context
        .into_iter()
        .map(|(key, value)| (key.to_owned(), vec![value.to_owned()]))
        .collect();
    let mut answers = String::new();
    for action in ["sts:AssumeRoleWithSAML", "sts:TagSession", "qbusiness:ChatSync"] {
        let request = Request {
            action: action.into(),
            federated: Some("arn:aws:iam::123456789012:saml-provider/q-acme".into()),
            resource: "arn:aws:qbusiness:us-east-1:123456789012:application/a".into(),
            context: context.clone(),
            ..Request::default()
        };
        let one = evaluate(&document, &request);
        if one.decision != evaluate(&again, &request).decision {
            return Err(format!("what is written decides otherwise about {action}"));
        }
        answers.push_str(&format!("{:?} {} ", one.decision, one.proof().len().min(9)));
    }
    Ok(format!("{answers}{} unsafe", unsafe_grants(&document).len()))
}
