//! One thing that somebody changes, done to a copy of the evidence. What is changed in a response or a token
//! is then as if the provider had sent and signed it so.

use crate::diagnose::{ConfiguredClaim, Evidence, LiveRole};
use crate::policy::TrustPolicy;
use crate::resource::{HeldPolicy, Tier};
use crate::saml::response::{Confirmation, NameId};
use crate::saml::signature::Rejection;
use crate::time::format_instant;
use crate::value::{ClientId, Issuer};
use clock::set_clock;
use response::{set_attribute, sign, signed_again};
use serde_json::Value as Json;
use token::{set_claim, unclaim};

mod clock;
mod response;
mod token;
mod trust;

pub(super) use clock::latest_start;
pub(super) use response::{other_tags, value};
pub(super) use trust::TrustEdit;

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
            | Edit::Plain => e.view.is_some(),
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
                if let Some(web) = &mut e.live.web_experience
                    && web.role.as_ref() != Some(role)
                {
                    web.role = Some(role.clone());
                    // What was read is of the role that it had; nothing is known of this one.
                    e.live.permissions = None;
                    e.live.max_session = None;
                    if e.expected.role_arn.as_ref() != Some(role) {
                        e.expected.role_arn = Some(role.clone());
                        e.role = None;
                    }
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
