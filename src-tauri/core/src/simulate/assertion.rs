//! The response that a provider would send for a person.

use super::configuration::{AssertionSettings, ProviderConfiguration};
use super::person::{DISPLAY_NAME, OBJECT_ID, People, Person};
use super::source::Source;
use super::unknown::{Assumed, CannotSimulate, is_known};
use crate::idp::IdentityProvider;
use crate::saml::response::{Assertion, Attribute, Confirmation, NameId, SignatureSeen, View};
use crate::time::{Instant, format_instant};
use std::borrow::Cow;
use time::Duration;

/// Groups of which Entra sends none when a person has more (Entra ID: group claims in SAML tokens).
const ENTRA_GROUPS: usize = 150;

/// Characters of base64 that a response has beside its attributes, about: signature, certificate and frame.
const FRAME: usize = 6_000;

/// An application's configuration made ready.
pub(super) struct Assertions<'a> {
    idp: IdentityProvider,
    settings: &'a AssertionSettings,
    claims: Vec<(&'a str, Source)>,
    name_id: Source,
    /// Claims that Entra sends of itself.
    defaults: Vec<Attribute>,
    app_roles_known: bool,
    /// Nobody said anything about an attribute of the subject.
    is_subject_unknown: bool,
}

impl<'a> Assertions<'a> {
    pub fn new(
        configuration: &'a ProviderConfiguration,
        settings: &'a AssertionSettings,
        people: &People,
        assumed: &mut Vec<Assumed>,
    ) -> Result<Assertions<'a>, CannotSimulate> {
        let idp = configuration.idp;
        let parse = |claim: &str, source: &str| {
            Source::parse(idp, source).map_err(|error| CannotSimulate::Source {
                claim: claim.to_owned(),
                error,
            })
        };
        let sources: Vec<_> = configuration
            .claims
            .iter()
            .map(|c| parse(&c.name, &c.source))
            .collect::<Result<_, _>>()?;
        let mut claims = Vec::new();
        for (claim, source) in configuration.claims.iter().zip(sources) {
            if is_known(&claim.name, &source.attributes(), people, assumed)? {
                assume(&source, people, assumed);
                claims.push((claim.name.as_str(), source));
            }
        }
        let name_id = parse("NameID", &settings.name_id)?;
        let unknown: Vec<&str> = name_id
            .attributes()
            .into_iter()
            .filter(|a| !people.knows(a))
            .collect();
        assumed.extend(unknown.iter().map(|a| Assumed::Attribute((*a).to_owned())));
        Ok(Assertions {
            idp,
            settings,
            claims,
            is_subject_unknown: !unknown.is_empty(),
            name_id,
            defaults: defaults(idp, settings),
            app_roles_known: people.app_roles_known,
        })
    }

    /// Puts what would be sent for a person into a [`Assertions::view`].
    pub fn put(&self, view: &mut View, place: usize, person: &Person) {
        let roles = self.roles(person);
        let attributes = self.attributes(place, person, &roles);
        let name_id = self.name_id.values(person, &roles).into_iter().next();
        // What is not known of anybody is there nevertheless.
        let name_id = name_id
            .map(Cow::into_owned)
            .or_else(|| self.is_subject_unknown.then(|| person.object_id(place)));
        let length: usize = attributes
            .iter()
            .map(|a| a.name.len() + 60 + a.values.iter().map(|v| v.len() + 35).sum::<usize>())
            .sum();
        view.base64_length = FRAME + length * 4 / 3;
        if let Some(assertion) = view.assertions.first_mut() {
            assertion.name_id = name_id.map(|value| NameId {
                value,
                format: Some(self.settings.name_id_format.clone()),
            });
            assertion.attributes = attributes;
        }
    }

    fn attributes(&self, place: usize, person: &Person, roles: &[&str]) -> Vec<Attribute> {
        let mut attributes = Vec::with_capacity(self.claims.len() + 3);
        attributes.extend(self.defaults.iter().map(|a| {
            Attribute {
                name: a.name.clone(),
                values: a
                    .values
                    .iter()
                    .filter_map(|v| match v.as_str() {
                        OBJECT_ID => Some(person.object_id(place)),
                        DISPLAY_NAME => person.get(DISPLAY_NAME).map(str::to_owned),
                        constant => Some(constant.to_owned()),
                    })
                    .collect(),
            }
        }));
        for (name, source) in &self.claims {
            let mut values: Vec<String> = source
                .values(person, roles)
                .into_iter()
                .map(Cow::into_owned)
                .collect();
            // A link stands in place of too many groups, under another name.
            if is_entra(self.idp) && *source == Source::Groups && values.len() > ENTRA_GROUPS {
                values.clear();
            }
            attributes.push(Attribute {
                name: (*name).to_owned(),
                values,
            });
        }
        // Every vendor here leaves out an attribute that has no value.
        attributes.retain(|a| !a.values.is_empty() && a.values.iter().any(|v| !v.is_empty()));
        attributes
    }

    /// The values of a person's app roles; everybody has the guide's where nobody said.
    fn roles<'p>(&'p self, person: &'p Person) -> Vec<&'p str> {
        let made = &self.settings.app_roles;
        match &person.app_roles {
            Some(roles) => roles
                .iter()
                .map(|role| {
                    let made = made.iter().find(|(name, _)| name == role);
                    made.map_or(role.as_str(), |(_, value)| value)
                })
                .collect(),
            None if self.app_roles_known => Vec::new(),
            None => made.iter().map(|(_, value)| value.as_str()).collect(),
        }
    }

    /// A response without the person.
    pub fn view(&self, now: Instant) -> View {
        let settings = self.settings;
        let issued = format_instant(now);
        let until = format_instant(now.saturating_add(Duration::minutes(settings.minutes)));
        View {
            root: "Response".into(),
            destination: None,
            issuer: Some(settings.issuer.clone()),
            issue_instant: Some(issued.clone()),
            in_response_to: None,
            status: Some("Success".into()),
            status_detail: None,
            status_message: None,
            assertions: vec![Assertion {
                id: Some("_simulated".into()),
                issuer: Some(settings.issuer.clone()),
                issue_instant: Some(issued.clone()),
                name_id: None,
                confirmations: vec![Confirmation {
                    method: Some("urn:oasis:names:tc:SAML:2.0:cm:bearer".into()),
                    recipient: Some(settings.recipient.clone()),
                    not_before: None,
                    not_on_or_after: Some(until.clone()),
                }],
                not_before: Some(issued),
                not_on_or_after: Some(until),
                // Entra strips a suffix that makes an identifier unique (Entra ID: AWS Single-Account Access tutorial).
                audiences: vec![settings.audience.split('#').next().unwrap_or_default().to_owned()],
                session_not_on_or_after: None,
                attributes: Vec::new(),
            }],
            encrypted_assertions: 0,
            signatures: vec![SignatureSeen {
                on: "Assertion".into(),
                algorithm: "rsa-sha256".into(),
                digest: "sha256".into(),
                certificate: None,
            }],
            base64_length: FRAME,
        }
    }
}

fn assume(source: &Source, people: &People, assumed: &mut Vec<Assumed>) {
    let new = match source {
        Source::AppRoles if !people.app_roles_known => Assumed::AppRoles,
        Source::Groups if !people.groups_known => Assumed::Groups,
        _ => return,
    };
    if !assumed.contains(&new) {
        assumed.push(new);
    }
}

fn is_entra(idp: IdentityProvider) -> bool {
    matches!(idp, IdentityProvider::EntraGallery | IdentityProvider::EntraOwn)
}

/// What Entra adds of itself, as the practice portal sends it; two values are names of attributes.
fn defaults(idp: IdentityProvider, settings: &AssertionSettings) -> Vec<Attribute> {
    if !is_entra(idp) {
        return Vec::new();
    }
    // https://sts.windows.net/TENANT/
    let tenant = settings.issuer.trim_end_matches('/').rsplit('/').next();
    [
        ("tenantid", tenant.unwrap_or_default()),
        ("objectidentifier", OBJECT_ID),
        ("displayname", DISPLAY_NAME),
    ]
    .map(|(name, value)| Attribute {
        name: format!("http://schemas.microsoft.com/identity/claims/{name}"),
        values: vec![value.to_owned()],
    })
    .into()
}
