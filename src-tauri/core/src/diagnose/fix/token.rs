//! Changes to what a token says, and to the provider of OpenID Connect in IAM.

use super::candidate::Maker;
use super::claims::{SOMEBODY, other_address, tag_is_valid};
use super::edit::Edit;
use super::{Evidence, Finding, RuleId, is_plain, is_token_vouched, source};
use crate::claims::is_of_tag;
use crate::diagnose::rules::access_token;
use crate::idp::{IdentityProvider, Values, fill, guide};
use crate::oidc::tags::{EMAIL, FLAT, TAGS};
use crate::oidc::{Claims, TagFault, TokenTags};
use crate::policy::TrustPolicy;
use crate::value::{AccountId, ClientId, Issuer, arn_account};
use serde_json::{Value as Json, json};

pub(super) fn candidates(make: &mut Maker<'_>, finding: &Finding) {
    let Some(token) = &make.e.token else { return };
    let (found, expected) = (finding.found.clone(), finding.expected.clone());
    match finding.id {
        RuleId::TokenIssuer => issuer(make, finding),
        RuleId::TokenAudience => client(make),
        RuleId::TokenTrust => role(make, finding),
        RuleId::TokenEmailMissing | RuleId::EmailEmpty => email(make, finding),
        RuleId::EmailSeveral | RuleId::TagInvalid => tags(make),
        RuleId::TokenTooLong => make.idp("Claims", &found, &expected, vec![Edit::Short]),
        RuleId::TokenSubject => {
            let edit = Edit::Claim("sub".into(), Some(json!("person")));
            make.idp("Claim sub", &found, &expected, vec![edit]);
        }
        RuleId::TokenAlgorithm => make.idp("Signing algorithm", &found, "RS256", vec![Edit::TokenSigned]),
        RuleId::TokenKeyUnknown | RuleId::TokenSignature => {
            let kid = token
                .view
                .as_ref()
                .and_then(|v| v.kid.clone())
                .unwrap_or_default();
            make.idp(
                "Published keys",
                &found,
                &format!("the key {kid}"),
                vec![Edit::TokenSigned],
            );
        }
        RuleId::DiscoveryUnusable | RuleId::KeysUnavailable => {
            make.idp(&finding.place, &found, &expected, vec![Edit::Published]);
        }
        _ => {}
    }
}

fn claims(e: &Evidence) -> Option<&Claims> {
    e.token.as_ref()?.claims()
}

/// The same issuer on both sides: the one that the token has, in IAM; or the one that IAM has, in the token.
fn issuer(make: &mut Maker<'_>, finding: &Finding) {
    let e = make.e;
    if e.provider_exists == Some(false) {
        let arn = e.expected.provider_arn.clone().unwrap_or_default();
        make.shared(
            "IAM OpenID Connect provider",
            "no such provider",
            &arn,
            vec![Edit::Provider(arn.clone())],
        );
    }
    let (Some(token), Some(sent)) = (&e.token, claims(e).and_then(Claims::issuer)) else {
        return;
    };
    let Some(wanted) = token.issuer.as_ref().filter(|i| i.as_str() != sent) else {
        // IAM has no provider for what was sent; another authorization server may have one.
        return;
    };
    make.idp(
        "Claim iss",
        sent,
        wanted.as_str(),
        vec![Edit::Claim("iss".into(), Some(json!(wanted.as_str())))],
    );
    let account = e.expected.provider_arn.as_deref().and_then(arn_account);
    let account = account.and_then(|a| AccountId::parse(a).ok());
    let (Ok(sent), Some(account)) = (Issuer::parse(sent), account) else {
        return;
    };
    if !is_token_vouched(e) || e.trust().is_some_and(|trust| !is_documented(trust)) {
        return;
    }
    let arn = sent.arn(&account).to_string();
    let mut edits = vec![Edit::TokenIssuer(sent.clone()), Edit::Provider(arn.clone())];
    if let (Some(_), Some(role)) = (e.trust(), e.expected.role_arn.clone()) {
        let mut clients = claims(e).map(Claims::effective_audiences).unwrap_or_default();
        clients.retain(|client| is_plain(client));
        edits.push(Edit::Role(
            role,
            TrustPolicy::oidc(&arn, sent.without_scheme(), &clients),
        ));
    }
    make.shared("IAM OpenID Connect provider", &finding.expected, &arn, edits);
}

/// It says no more than AWS's own example, so that another of that form takes no condition away.
fn is_documented(trust: &TrustPolicy) -> bool {
    trust.0.statements.iter().all(|s| {
        s.allow
            && s.conditions.iter().all(|c| {
                let key = c.key.to_ascii_lowercase();
                key.ends_with(":aud") || (key == "aws:requesttag/email" && c.values == ["*"])
            })
    })
}

/// A token for this client.
pub(super) fn audience(e: &Evidence, client: &str) -> Vec<Edit> {
    let aud = Edit::Claim("aud".into(), Some(json!(client)));
    let azp = claims(e)
        .and_then(Claims::authorized_party)
        .map(|_| Edit::Claim("azp".into(), Some(json!(client))));
    [Some(aud), azp].into_iter().flatten().collect()
}

fn client(make: &mut Maker<'_>) {
    let e = make.e;
    let Some(token) = &e.token else { return };
    let sent = claims(e).map(Claims::effective_audiences).unwrap_or_default();
    let registered = token.provider_clients.as_ref().and_then(|c| c.first().cloned());
    let wanted = token
        .client_id
        .as_ref()
        .map(|c| c.as_str().to_owned())
        .or(registered);
    if let Some(wanted) = wanted.filter(|w| !sent.contains(w)) {
        make.idp("Client id", &sent.join(", "), &wanted, audience(e, &wanted));
    }
    let Some(client) = sent.first().and_then(|c| ClientId::parse(c).ok()) else {
        return;
    };
    let ours = token.client_id.as_ref() == Some(&client);
    if !is_plain(client.as_str()) || !(ours || is_token_vouched(e)) {
        return;
    }
    let mut edits = vec![Edit::Client(client.clone())];
    // The role compares the same value, and a client id that only one of them knows helps nobody.
    edits.extend(super::trust::audiences(e, client.as_str()));
    let known = match &token.provider_clients {
        Some(known) if !known.is_empty() => known.clone(),
        Some(_) | None => token.client_id.iter().map(|c| c.as_str().to_owned()).collect(),
    };
    let old: Vec<&str> = known
        .iter()
        .map(String::as_str)
        .filter(|k| *k != client.as_str())
        .collect();
    let note = match old.as_slice() {
        [] => String::new(),
        old => format!(
            "{}: whether another application uses it is not known.",
            super::trust::stay(old)
        ),
    };
    let to = [old.as_slice(), &[client.as_str()]].concat().join(", ");
    make.shared_with("IAM provider, client ids", (&old.join(", "), &to), &note, edits);
}

/// The role that is missing.
fn role(make: &mut Maker<'_>, finding: &Finding) {
    let e = make.e;
    if !matches!(e.role, Some(crate::diagnose::LiveRole::Missing)) {
        return;
    }
    let Some(token) = &e.token else { return };
    let (Some(role), Some(provider), Some(issuer)) = (
        e.expected.role_arn.clone(),
        e.expected.provider_arn.as_deref(),
        &token.issuer,
    ) else {
        return;
    };
    let clients: Vec<String> = token.client_id.iter().map(|c| c.as_str().to_owned()).collect();
    let trust = TrustPolicy::oidc(provider, issuer.without_scheme(), &clients);
    make.aws(
        "IAM role",
        &finding.found,
        &role,
        vec![Edit::Role(role.clone(), trust)],
    );
}

/// An address of this person: what the token has, else one of nobody.
fn address(e: &Evidence) -> String {
    let claims = claims(e);
    let tags = claims.map(TokenTags::of).unwrap_or_default();
    let plain = claims.and_then(|c| c.get("email")).and_then(Json::as_str);
    [tags.email(), plain]
        .into_iter()
        .flatten()
        .find(|a| a.contains('@') && tag_is_valid(a))
        .unwrap_or(SOMEBODY)
        .to_owned()
}

/// The tags in the form that STS reads, with these values instead.
fn nested(e: &Evidence, changed: &[(String, String)]) -> Vec<Edit> {
    let Some(claims) = claims(e) else {
        return Vec::new();
    };
    let read = TokenTags::of(claims);
    let mut tags: serde_json::Map<String, Json> = read
        .tags
        .iter()
        .map(|t| (t.key.clone(), json!(t.values)))
        .collect();
    for (key, value) in changed {
        tags.insert(key.clone(), json!([value]));
    }
    let mut edits: Vec<Edit> = claims
        .names()
        .filter(|name| name.starts_with(FLAT))
        .map(|name| Edit::Claim(name.to_owned(), None))
        .collect();
    for fault in &read.faults {
        if let TagFault::Misnamed { found, .. } = fault {
            edits.push(Edit::Claim(found.clone(), None));
        }
    }
    edits.push(Edit::Claim(
        TAGS.to_owned(),
        Some(json!({"principal_tags": tags})),
    ));
    edits
}

/// The value of the claim as the guide has it, without further tags, to be pasted as it stands.
fn tags_value(idp: IdentityProvider) -> Option<String> {
    let none: Values = [("further_tags", String::new())].into();
    let step = guide(idp).step.iter().find(|s| s.id == "tags-claim")?;
    let mut values = step.values.iter().filter_map(|v| v.value.as_deref());
    fill(values.find(|v| v.contains("principal_tags\""))?, &none)
}

fn email(make: &mut Maker<'_>, finding: &Finding) {
    let e = make.e;
    let view = e.token.as_ref().and_then(|t| t.view.as_ref());
    if view.is_some_and(|view| access_token(view).is_some()) {
        return;
    }
    let address = address(e);
    let edits = nested(e, &[(EMAIL.to_owned(), address)]);
    let found = finding.found.clone();
    let to = tags_value(e.expected.idp).unwrap_or_else(|| format!("principal_tags Email {}", source(e)));
    if finding.id == RuleId::EmailEmpty {
        make.person("Tag Email", &found, "this person's address", edits);
    } else {
        make.idp("Claim https://aws.amazon.com/tags", &found, &to, edits);
    }
}

fn tags(make: &mut Maker<'_>) {
    let e = make.e;
    let Some(claims) = claims(e) else { return };
    for tag in TokenTags::of(claims).tags {
        let good: Vec<&String> = tag.values.iter().filter(|v| tag_is_valid(v)).collect();
        if good.len() == 1 && tag.values.len() == 1 {
            continue;
        }
        let to = match (good.first(), tag.key == EMAIL) {
            (Some(value), _) => (*value).clone(),
            (None, true) => address(e),
            (None, false) => "-".to_owned(),
        };
        let edits = nested(e, &[(tag.key.clone(), to.clone())]);
        if let ([sent], true) = (tag.values.as_slice(), tag.key == EMAIL)
            && let Some(other) = other_address(sent, is_of_tag, 256)
        {
            make.person(source(e), sent, &other, edits);
            continue;
        }
        let to = if tag.key == EMAIL { source(e) } else { &to };
        make.idp(&format!("Tag {}", tag.key), &tag.values.join(", "), to, edits);
    }
}
