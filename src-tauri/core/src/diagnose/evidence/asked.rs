//! What a role's trust policy is asked when a response arrives (IAM: condition keys of SAML federation).

use crate::claims;
use crate::policy::TrustPolicy;
use crate::policy::evaluate::{Evaluation, Request, evaluate};
use crate::saml::response::Assertion;
use base64::Engine as _;
use std::collections::BTreeMap;

/// One question: may this assertion do `action` with a role that trusts `provider`.
///
/// Keys of other attributes than AWS's own (`saml:mail`, `saml:eduPersonOrgDN`, …) are unknown where such
/// attributes were sent, since IAM reads them by names of its own; so is what only the call itself tells
/// (`aws:SourceIp`, `aws:CurrentTime`, …).
pub fn assume_request(assertion: &Assertion, provider: &str, action: &str) -> Request {
    let mut context: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut put = |key: &str, value: Option<&str>| {
        if let Some(value) = value {
            context.insert(key.to_owned(), vec![value.to_owned()]);
        }
    };
    put("saml:aud", assertion.recipient());
    put("saml:iss", assertion.issuer.as_deref());
    let name_id = assertion.name_id.as_ref();
    put("saml:sub", name_id.map(|n| n.value.as_str()));
    let sub_type = name_id
        .and_then(|n| n.format.as_deref())
        .map(|format| match format.rsplit(':').next() {
            Some(short @ ("persistent" | "transient")) => short,
            _ => format,
        });
    put("saml:sub_type", sub_type);
    let (account, name) = account_and_name(provider);
    put("saml:doc", account.map(|a| format!("{a}/{name}")).as_deref());
    let qualifier = assertion
        .issuer
        .as_deref()
        .zip(account)
        .map(|(issuer, account)| name_qualifier(issuer, account, name));
    put("saml:namequalifier", qualifier.as_deref());
    // STS is spoken to over TLS only.
    put("aws:securetransport", Some("true"));
    let first = |name: &str| assertion.values(name).and_then(<[String]>::first);
    put(
        "sts:rolesessionname",
        first(claims::SESSION_NAME).map(String::as_str),
    );
    put(
        "sts:sourceidentity",
        first(claims::SOURCE_IDENTITY).map(String::as_str),
    );
    let tags = claims::session_tags(assertion);
    for tag in &tags {
        context.insert(
            format!("aws:requesttag/{}", tag.key.to_ascii_lowercase()),
            tag.values.clone(),
        );
    }
    if !tags.is_empty() {
        context.insert("aws:tagkeys".into(), tags.iter().map(|t| t.key.clone()).collect());
    }
    if let Some(keys) = assertion.values(claims::TRANSITIVE) {
        context.insert("sts:transitivetagkeys".into(), keys.to_vec());
    }
    let others = assertion
        .attributes
        .iter()
        .any(|a| !a.name.starts_with(claims::NAMESPACE));
    let unknown: &[&str] = if others {
        &["aws:*", "sts:*", "saml:*"]
    } else {
        &["aws:*", "sts:*"]
    };
    Request {
        action: action.to_owned(),
        federated: Some(provider.to_owned()),
        resource: String::new(),
        context,
        unknown: owned(unknown),
        absent: owned(&ABSENT),
    }
}

/// Keys that a response sends or not, and nothing else does.
const ABSENT: [&str; 12] = [
    "aws:requesttag/*",
    "aws:tagkeys",
    "sts:transitivetagkeys",
    "sts:rolesessionname",
    "sts:sourceidentity",
    "sts:externalid",
    "saml:aud",
    "saml:iss",
    "saml:sub",
    "saml:sub_type",
    "saml:doc",
    "saml:namequalifier",
];

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|t| (*t).to_owned()).collect()
}

/// Every question that a sign-in asks of a role: may it be assumed, may the session be tagged where there
/// are tags, and may its source be named where one is sent (IAM: pass session tags; source identity).
pub fn trust_decision(trust: &TrustPolicy, assertion: &Assertion, provider: &str) -> Evaluation {
    let ask = |action| evaluate(&trust.0, &assume_request(assertion, provider, action));
    let mut answer = ask("sts:AssumeRoleWithSAML");
    if !claims::session_tags(assertion).is_empty() {
        answer = answer.and(ask("sts:TagSession"));
    }
    if assertion.values(claims::SOURCE_IDENTITY).is_some() {
        answer = answer.and(ask("sts:SetSourceIdentity"));
    }
    answer
}

/// Account and name of `arn:aws:iam::ACCOUNT:saml-provider/NAME`.
fn account_and_name(provider: &str) -> (Option<&str>, &str) {
    let account = provider.split(':').nth(4).filter(|a| !a.is_empty());
    (account, provider.rsplit('/').next().unwrap_or_default())
}

/// BASE64(SHA1(issuer + account + "/" + provider name)) (STS: AssumeRoleWithSAML, NameQualifier).
fn name_qualifier(issuer: &str, account: &str, name: &str) -> String {
    use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
    let hash = digest(
        &SHA1_FOR_LEGACY_USE_ONLY,
        format!("{issuer}{account}/{name}").as_bytes(),
    );
    base64::engine::general_purpose::STANDARD.encode(hash)
}
