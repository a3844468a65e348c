//! What a role's trust policy is asked when a token arrives (IAM: condition keys of OIDC federation).

use super::tags::TokenTags;
use super::token::Claims;
use crate::policy::TrustPolicy;
use crate::policy::evaluate::{Evaluation, Request, evaluate};
use crate::value::Issuer;
use std::collections::BTreeMap;

/// Claims of which AWS documents that every provider's are condition keys.
const DOCUMENTED: [&str; 4] = ["aud", "oaud", "sub", "amr"];

/// Keys that a token sends or not, and nothing else does.
const ABSENT: [&str; 5] = [
    "aws:requesttag/*",
    "aws:tagkeys",
    "sts:transitivetagkeys",
    "sts:sourceidentity",
    "sts:externalid",
];

/// One question: may this token do `action` with a role that trusts `provider`.
///
/// `:aud` is the token's `azp` where it has one, else its `aud`; `:oaud` is its `aud`. A key of any other
/// claim that was sent is unknown, since AWS documents such keys for some providers only; so are the name of
/// the session, which whoever redeems the token chooses, and what only the call itself tells
/// (`aws:SourceIp`, `aws:CurrentTime`, …).
pub fn web_identity_request(claims: &Claims, issuer: &Issuer, provider: &str, action: &str) -> Request {
    let prefix = issuer.without_scheme().to_ascii_lowercase();
    let mut context: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut put = |key: String, values: Vec<String>| {
        if !values.is_empty() {
            context.insert(key, values);
        }
    };
    put(format!("{prefix}:aud"), claims.effective_audiences());
    put(format!("{prefix}:oaud"), claims.audiences());
    put(
        format!("{prefix}:sub"),
        claims.subject().map(str::to_owned).into_iter().collect(),
    );
    put(format!("{prefix}:amr"), super::document::texts(claims.get("amr")));
    let tags = TokenTags::of(claims);
    for tag in &tags.tags {
        put(
            format!("aws:requesttag/{}", tag.key.to_ascii_lowercase()),
            tag.values.clone(),
        );
    }
    put(
        "aws:tagkeys".into(),
        tags.tags.into_iter().map(|t| t.key).collect(),
    );
    put("sts:transitivetagkeys".into(), tags.transitive);
    let mut unknown: Vec<String> = claims
        .names()
        .map(str::to_ascii_lowercase)
        .filter(|name| !DOCUMENTED.contains(&name.as_str()))
        .map(|name| format!("{prefix}:{name}"))
        .collect();
    unknown.extend(["aws:*".to_owned(), "sts:*".to_owned()]);
    put("aws:securetransport".into(), vec!["true".into()]);
    Request {
        action: action.to_owned(),
        federated: Some(provider.to_owned()),
        resource: String::new(),
        context,
        unknown,
        absent: ABSENT.map(str::to_owned).to_vec(),
    }
}

/// Both questions that a token asks of a role: may it be assumed, and may the session be tagged.
pub fn trust_decision_for_token(
    trust: &TrustPolicy,
    claims: &Claims,
    issuer: &Issuer,
    provider: &str,
) -> Evaluation {
    let ask = |action| evaluate(&trust.0, &web_identity_request(claims, issuer, provider, action));
    let answer = ask("sts:AssumeRoleWithWebIdentity");
    if TokenTags::of(claims).tags.is_empty() {
        answer
    } else {
        answer.and(ask("sts:TagSession"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::evaluate::Decision;
    use serde_json::{Value as Json, json};

    const PROVIDER: &str = "arn:aws:iam::123456789012:oidc-provider/Acme.okta.com/oauth2/default";

    fn claims(json: Json) -> Claims {
        match json {
            Json::Object(map) => Claims(map),
            _ => Claims::default(),
        }
    }

    fn trust(condition: Json, tag_session: bool) -> TrustPolicy {
        let statement = |action: &str, condition: Json| json!({"Effect": "Allow", "Principal": {"Federated": PROVIDER}, "Action": action, "Condition": condition});
        let mut statements = vec![statement("sts:AssumeRoleWithWebIdentity", condition)];
        if tag_session {
            statements.push(statement(
                "sts:TagSession",
                json!({"StringLike": {"aws:RequestTag/Email": "*"}}),
            ));
        }
        TrustPolicy::parse(&json!({"Version": "2012-10-17", "Statement": statements}).to_string())
            .expect("a policy")
    }

    #[test]
    fn what_a_trust_policy_sees_of_a_token() {
        let issuer = Issuer::parse("https://Acme.okta.com/oauth2/default").expect("an issuer");
        let decide = |condition: Json, tag_session, token: Json| {
            trust_decision_for_token(&trust(condition, tag_session), &claims(token), &issuer, PROVIDER)
                .decision
        };
        let aud = |value: &str| json!({"StringEquals": {"Acme.okta.com/oauth2/default:aud": value}});
        let email = json!({"principal_tags": {"Email": ["a@b"]}});
        let tags = "https://aws.amazon.com/tags";
        for (condition, tag_session, token, expected) in [
            (
                aud("c1"),
                true,
                json!({"aud": "c1", "sub": "u", tags: email}),
                Decision::Allowed,
            ),
            (
                aud("c1"),
                true,
                json!({"aud": "c2", "sub": "u", tags: email}),
                Decision::Denied,
            ),
            (
                aud("c1"),
                false,
                json!({"aud": "c1", "sub": "u", tags: email}),
                Decision::Denied,
            ),
            (
                aud("c1"),
                false,
                json!({"aud": "c1", "sub": "u"}),
                Decision::Allowed,
            ),
            // azp stands above aud.
            (
                aud("c1"),
                false,
                json!({"aud": ["c1", "api"], "azp": "c1"}),
                Decision::Allowed,
            ),
            (
                aud("c1"),
                false,
                json!({"aud": ["c1", "api"], "azp": "c2"}),
                Decision::Denied,
            ),
            (
                json!({"StringEquals": {"acme.okta.com/oauth2/default:oaud": "c1"}}),
                false,
                json!({"aud": "c1", "azp": "c2"}),
                Decision::Allowed,
            ),
            (
                json!({"StringLike": {"acme.okta.com/oauth2/default:sub": "u*"}}),
                false,
                json!({"aud": "c1", "sub": "u7"}),
                Decision::Allowed,
            ),
            // Not documented for every provider.
            (
                json!({"StringEquals": {"acme.okta.com/oauth2/default:department": "x"}}),
                false,
                json!({"aud": "c1", "department": "x"}),
                Decision::Unknown,
            ),
            (
                json!({"StringEquals": {"acme.okta.com/oauth2/default:department": "x"}}),
                false,
                json!({"aud": "c1"}),
                Decision::Denied,
            ),
            (
                json!({"StringLike": {"sts:RoleSessionName": "*"}}),
                false,
                json!({"aud": "c1"}),
                Decision::Unknown,
            ),
        ] {
            assert_eq!(
                decide(condition.clone(), tag_session, token.clone()),
                expected,
                "{condition} {token}"
            );
        }
    }
}
