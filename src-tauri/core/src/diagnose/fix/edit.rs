//! One thing that somebody changes, done to a copy of the evidence. What is changed in a response or a token
//! is then as if the provider had sent and signed it so.

use crate::claims;
use crate::diagnose::{ConfiguredClaim, Evidence, LiveRole, TokenEvidence};
use crate::oidc::{Claims, TokenRejection, TokenView};
use crate::policy::{Condition, Statement, TrustPolicy};
use crate::resource::{HeldPolicy, Tier};
use crate::saml::response::{Assertion, Attribute, Confirmation, NameId, SignatureSeen, View};
use crate::saml::signature::Rejection;
use crate::time::{Instant, format_instant};
use crate::value::{ClientId, Issuer};
use serde_json::Value as Json;

/// What is done to the evidence.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Edit {
    /// SAML: an attribute has these values; none takes it away.
    Attribute(String, Vec<String>),
    /// SAML: an attribute has another name.
    Rename(String, String),
    /// SAML: the one Audience.
    Audience(String),
    /// SAML: one bearer confirmation with this Recipient.
    Bearer(String),
    /// SAML: the Recipient of the confirmation.
    Recipient(String),
    /// SAML: the NameID.
    NameId(NameId),
    /// SAML: the Issuer, with its key.
    Issuer(String),
    /// SAML: the assertion is signed by a key of the metadata.
    Signed,
    /// SAML: the assertion is not encrypted.
    Plain,
    /// SAML: the provider says yes.
    Success,
    /// SAML: fewer characters.
    Short,
    /// Both: the provider's clock is right.
    Clock,
    /// OIDC: a claim; None takes it away.
    Claim(String, Option<Json>),
    /// OIDC: signed by a published key, in a way that AWS takes.
    TokenSigned,
    /// OIDC: discovery document and keys can be had.
    Published,
    /// AWS: the SAML provider has metadata of this issuer, the application's own.
    Metadata(Option<String>),
    /// AWS: the provider is there under this ARN.
    Provider(String),
    /// AWS: the role is there under this ARN, with this trust policy.
    Role(String, TrustPolicy),
    /// AWS: the trust policy of the role.
    Trust(TrustEdit),
    /// AWS: what the set-up takes for the Recipient, where no role is known.
    AdmittedRecipient(String),
    /// AWS: the OpenID Connect provider of another issuer.
    TokenIssuer(Issuer),
    /// AWS: the provider knows this client, and so does the set-up.
    Client(ClientId),
    /// AWS: the role may last so many seconds.
    MaxSession(u32),
    /// AWS: the provider takes assertions that are not encrypted.
    EncryptionAllowed,
    /// AWS: the role has this policy beside its others.
    Permissions(Json),
    /// AWS: the web experience uses this role.
    WebExperienceRole(String),
    /// AWS: the web experience is active.
    WebExperienceActive,
    /// AWS: people are subscribed when they sign in.
    AutoSubscription,
    /// AWS: the provider has these thumbprints.
    Thumbprints(Vec<String>),
    /// AWS: the secret and its role are as they have to be.
    Secret,
}

/// What is done to a trust policy.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum TrustEdit {
    /// Another statement.
    Add(Statement),
    /// The statement of this number takes this provider, too.
    Principal(usize, String),
    /// The condition of this number takes these values beside its own.
    Widen(usize, usize, Vec<String>),
    /// The condition of this number, in the statement of this number, takes these values alone.
    Replace(usize, usize, Vec<String>),
    /// This condition instead of the one of this number, in the statement of this number.
    Restore(usize, usize, Condition),
}

impl Edit {
    /// Whether the evidence has what is changed, so that the rules can judge the change.
    pub(super) fn meets(&self, e: &Evidence) -> bool {
        match self {
            Edit::Attribute(..)
            | Edit::Rename(..)
            | Edit::Audience(_)
            | Edit::Bearer(_)
            | Edit::Recipient(_)
            | Edit::NameId(_)
            | Edit::Issuer(_)
            | Edit::Signed
            | Edit::Plain
            | Edit::Success => e.view.is_some(),
            Edit::Short | Edit::Clock => e.view.is_some() || e.token.is_some(),
            Edit::Claim(..)
            | Edit::TokenSigned
            | Edit::Published
            | Edit::TokenIssuer(_)
            | Edit::Client(_) => e.token.is_some(),
            Edit::Metadata(_) => e.metadata.is_some(),
            Edit::Provider(_) => e.provider_exists.is_some(),
            Edit::Role(..) | Edit::Trust(_) => e.role.is_some(),
            Edit::AdmittedRecipient(_) => e.expected.recipient.is_some(),
            Edit::MaxSession(_) => e.live.max_session.is_some(),
            Edit::EncryptionAllowed => e.live.saml_provider.is_some(),
            Edit::Permissions(_) => e.live.permissions.is_some(),
            Edit::WebExperienceRole(_) | Edit::WebExperienceActive => e.live.web_experience.is_some(),
            Edit::AutoSubscription => e.live.application.is_some(),
            Edit::Thumbprints(_) => e.live.thumbprints.is_some(),
            Edit::Secret => e.live.secret.is_some(),
        }
    }

    pub(super) fn apply(&self, e: &mut Evidence) {
        match self {
            Edit::Attribute(name, values) => {
                signed_again(e, |a| set_attribute(a, name, values));
                if let (Some(value), false) = (values.first(), e.table.is_empty()) {
                    e.table.retain(|c| c.name != *name);
                    e.table.push(ConfiguredClaim {
                        name: name.clone(),
                        source: value.clone(),
                    });
                }
            }
            Edit::Rename(from, to) => {
                signed_again(e, |a| {
                    for attribute in a.attributes.iter_mut().filter(|x| x.name == *from) {
                        attribute.name.clone_from(to);
                    }
                });
                for claim in e.table.iter_mut().filter(|c| c.name == *from) {
                    claim.name.clone_from(to);
                }
            }
            Edit::Audience(value) => signed_again(e, |a| a.audiences = vec![value.clone()]),
            Edit::Bearer(recipient) => {
                let end = e.now.saturating_add(time::Duration::minutes(5));
                signed_again(e, |a| {
                    a.confirmations = vec![Confirmation {
                        method: Some("urn:oasis:names:tc:SAML:2.0:cm:bearer".into()),
                        recipient: Some(recipient.clone()),
                        not_before: None,
                        not_on_or_after: Some(format_instant(end)),
                    }];
                });
            }
            Edit::Recipient(value) => signed_again(e, |a| {
                let at = a.confirmations.iter().position(Confirmation::is_bearer);
                if let Some(c) = a.confirmations.get_mut(at.unwrap_or(0)) {
                    c.recipient = Some(value.clone());
                }
            }),
            Edit::NameId(name) => signed_again(e, |a| a.name_id = Some(name.clone())),
            Edit::Issuer(issuer) => {
                signed_again(e, |a| a.issuer = Some(issuer.clone()));
                e.verdict = None;
            }
            Edit::Signed => sign(e),
            Edit::Plain => {
                if let Some(view) = &mut e.view {
                    view.encrypted_assertions = 0;
                }
                e.verdict = None;
            }
            Edit::Success => {
                if let Some(view) = &mut e.view {
                    view.status = Some("Success".into());
                    view.status_detail = None;
                    view.status_message = None;
                }
                e.verdict = None;
            }
            Edit::Short => {
                if let Some(view) = &mut e.view {
                    view.base64_length = 0;
                }
                if let Some(view) = e.token.as_mut().and_then(|t| t.view.as_mut()) {
                    view.length = 0;
                }
            }
            Edit::Clock => set_clock(e),
            Edit::Claim(name, value) => set_claim(e, name, value.as_ref()),
            Edit::TokenSigned => {
                if let Some(token) = &mut e.token {
                    token.verdict = None;
                    token.keys = None;
                }
            }
            Edit::Published => {
                if let Some(token) = &mut e.token {
                    token.discovery = None;
                    token.keys = None;
                }
            }
            Edit::Metadata(issuer) => {
                match (&mut e.metadata, issuer) {
                    (Some(Ok(metadata)), Some(issuer)) => metadata.entity_id.clone_from(issuer),
                    (metadata @ Some(Err(_)), _) => *metadata = None,
                    (None | Some(Ok(_)), _) => {}
                }
                if matches!(
                    e.verdict,
                    Some(Err(Rejection::WrongSignature(_) | Rejection::NoCertificate))
                ) {
                    e.verdict = None;
                }
            }
            Edit::Provider(arn) => {
                e.expected.provider_arn = Some(arn.clone());
                e.provider_exists = Some(true);
            }
            Edit::Role(arn, trust) => {
                e.expected.role_arn = Some(arn.clone());
                e.role = Some(LiveRole::There(trust.clone()));
            }
            Edit::Trust(edit) => {
                if let Some(LiveRole::There(trust)) = &mut e.role {
                    edit.apply(trust);
                }
            }
            Edit::AdmittedRecipient(value) => e.expected.recipient = Some(value.clone()),
            Edit::TokenIssuer(issuer) => {
                if let Some(token) = &mut e.token {
                    token.issuer = Some(issuer.clone());
                    unclaim(token);
                }
            }
            Edit::Client(client) => {
                if let Some(token) = &mut e.token {
                    token.client_id = Some(client.clone());
                    if let Some(clients) = &mut token.provider_clients {
                        clients.push(client.as_str().to_owned());
                    }
                    unclaim(token);
                }
            }
            Edit::MaxSession(seconds) => e.live.max_session = Some(*seconds),
            Edit::EncryptionAllowed => {
                if let Some(provider) = &mut e.live.saml_provider {
                    provider.encryption_required = false;
                }
            }
            Edit::Permissions(document) => e.live.permissions.get_or_insert_default().push(HeldPolicy {
                name: "added".into(),
                managed: None,
                document: document.clone(),
                others: 0,
            }),
            Edit::WebExperienceRole(role) => {
                if let Some(web) = &mut e.live.web_experience {
                    web.role = Some(role.clone());
                }
            }
            Edit::WebExperienceActive => {
                if let Some(web) = &mut e.live.web_experience {
                    web.status.word = "ACTIVE".into();
                    web.status.why = None;
                }
            }
            Edit::AutoSubscription => {
                if let Some(application) = &mut e.live.application {
                    let tier = application.subscription.and_then(|(_, tier)| tier);
                    application.subscription = Some((true, tier.or(Some(Tier::QBusiness))));
                }
            }
            Edit::Thumbprints(thumbprints) => e.live.thumbprints = Some(thumbprints.clone()),
            Edit::Secret => {
                if let Some(secret) = &mut e.live.secret {
                    secret.exists = true;
                    secret.role_admits_service = secret.role_admits_service.map(|_| true);
                    secret.role_may_read = secret.role_may_read.map(|_| true);
                    if let Some(arn) = &secret.arn {
                        secret.named.clone_from(arn);
                    }
                }
            }
        }
    }
}

impl TrustEdit {
    fn apply(&self, trust: &mut TrustPolicy) {
        let statements = &mut trust.0.statements;
        let condition = |statements: &mut Vec<Statement>, i: usize, j: usize, f: &dyn Fn(&mut Condition)| {
            if let Some(c) = statements.get_mut(i).and_then(|s| s.conditions.get_mut(j)) {
                f(c);
            }
        };
        match self {
            TrustEdit::Add(statement) => statements.push(statement.clone()),
            TrustEdit::Principal(i, provider) => {
                if let Some(statement) = statements.get_mut(*i) {
                    statement.principals = vec![("Federated".into(), provider.clone())];
                    statement.not_principal = false;
                }
            }
            TrustEdit::Widen(i, j, values) => {
                condition(statements, *i, *j, &|c| c.values.extend(values.iter().cloned()));
            }
            TrustEdit::Replace(i, j, values) => {
                condition(statements, *i, *j, &|c| c.values.clone_from(values));
            }
            TrustEdit::Restore(i, j, own) => condition(statements, *i, *j, &|c| c.clone_from(own)),
        }
    }
}

/// Changes the assertion. A verdict over what it was is none over what it is; one that was bad stays bad.
fn signed_again(e: &mut Evidence, change: impl FnOnce(&mut Assertion)) {
    let Some(mut assertion) = e.assertion().cloned() else {
        return;
    };
    change(&mut assertion);
    if matches!(e.verdict, Some(Ok(_))) {
        e.verdict = None;
    }
    match &mut e.view {
        Some(view) => view.assertions = vec![assertion],
        None => e.view = Some(view_of(assertion)),
    }
}

fn view_of(assertion: Assertion) -> View {
    View {
        root: "Response".into(),
        destination: None,
        issuer: None,
        issue_instant: None,
        in_response_to: None,
        status: Some("Success".into()),
        status_detail: None,
        status_message: None,
        assertions: vec![assertion],
        encrypted_assertions: 0,
        signatures: vec![signature()],
        base64_length: 0,
    }
}

fn signature() -> SignatureSeen {
    SignatureSeen {
        on: "Assertion".into(),
        algorithm: "rsa-sha256".into(),
        digest: "sha256".into(),
        certificate: None,
    }
}

fn sign(e: &mut Evidence) {
    if let Some(view) = &mut e.view {
        view.signatures = vec![signature()];
    }
    if matches!(
        e.verdict,
        Some(Err(Rejection::Unsigned
            | Rejection::WrongSignature(_)
            | Rejection::Algorithm(_)))
    ) {
        e.verdict = None;
    }
}

fn set_attribute(assertion: &mut Assertion, name: &str, values: &[String]) {
    let at = assertion.attributes.iter().position(|a| a.name == name);
    if values.is_empty() {
        assertion.attributes.retain(|a| a.name != name);
        return;
    }
    match at.and_then(|i| assertion.attributes.get_mut(i)) {
        Some(attribute) => attribute.values = values.to_vec(),
        None => assertion.attributes.push(Attribute {
            name: name.to_owned(),
            values: values.to_vec(),
        }),
    }
}

fn set_claim(e: &mut Evidence, name: &str, value: Option<&Json>) {
    let Some(token) = &mut e.token else { return };
    let Some(claims) = token.claims() else { return };
    let claims = claims.with(name, value);
    match &mut token.view {
        Some(view) => view.claims = claims,
        None => token.view = Some(token_view(claims)),
    }
    unclaim(token);
    if matches!(token.verdict, Some(Ok(_))) {
        token.verdict = None;
    }
}

/// Nothing begins later than now.
fn set_clock(e: &mut Evidence) {
    let now = e.now;
    let (seconds, text) = (now.unix_timestamp(), format_instant(now));
    signed_again(e, |a| {
        let late = |t: &str| crate::time::parse_instant(t).is_some_and(|from| from > now);
        let delivered = a.confirmations.iter_mut().map(|c| &mut c.not_before);
        let own = [&mut a.not_before, &mut a.issue_instant];
        for time in own.into_iter().chain(delivered) {
            if time.as_deref().is_some_and(late) {
                *time = Some(text.clone());
            }
        }
    });
    for name in ["iat", "nbf"] {
        let claims = e.token.as_ref().and_then(TokenEvidence::claims);
        if claims.is_some_and(|c| c.get(name).and_then(Json::as_i64).is_some_and(|at| at > seconds)) {
            set_claim(e, name, Some(&Json::from(seconds)));
        }
    }
}

fn token_view(claims: Claims) -> TokenView {
    TokenView {
        algorithm: "RS256".into(),
        kid: None,
        kind: None,
        critical: Vec::new(),
        claims,
        length: 0,
    }
}

/// A refusal for a claim says nothing about other claims.
fn unclaim(token: &mut TokenEvidence) {
    if matches!(token.verdict, Some(Err(TokenRejection::Claim(_)))) {
        token.verdict = None;
    }
}

/// The moment from which everything in the response or the token is valid.
pub(super) fn latest_start(e: &Evidence) -> Instant {
    let token = e.token.as_ref().and_then(TokenEvidence::claims);
    let of_token = token.map(|c| [c.issued(), c.not_before()]);
    let assertion = e.assertion();
    let of_response = assertion.map(|a| {
        [
            a.issue_instant.as_deref(),
            a.not_before.as_deref(),
            a.bearer().and_then(|c| c.not_before.as_deref()),
        ]
        .map(|t| t.and_then(crate::time::parse_instant))
    });
    let starts = of_token
        .into_iter()
        .flatten()
        .chain(of_response.into_iter().flatten());
    starts.flatten().max().unwrap_or(e.now)
}

/// The first value of one of AWS's claims.
pub(super) fn value<'a>(e: &'a Evidence, name: &str) -> Option<&'a str> {
    e.assertion()?.values(name)?.first().map(String::as_str)
}

/// The tag claims of a response beside `Email`.
pub(super) fn other_tags(e: &Evidence) -> Vec<String> {
    e.assertion().map_or_else(Vec::new, |a| {
        a.attributes
            .iter()
            .map(|x| x.name.clone())
            .filter(|name| name.starts_with(claims::TAG) && name != claims::EMAIL)
            .collect()
    })
}
