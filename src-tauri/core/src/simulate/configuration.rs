//! How an identity provider is configured: what the guide makes an administrator enter, claim by claim, or what
//! a portal shows.

use crate::claims::NAMESPACE;
use crate::diagnose::{ConfiguredClaim, Expected};
use crate::idp::{GuideStep, IdentityProvider, Phase, Protocol, fill, steps, values};
use crate::policy::TrustPolicy;
use crate::setup::{Federation, Setup};
use crate::value::{AccountId, Issuer, WebExperienceUrl};

/// What stands for the web experience's address while it is not known.
const ACS_LATER: &str = "https://the-web-experience.invalid/saml";
/// What stands for an issuer that is not known.
const ISSUER_LATER: &str = "https://the-issuer.invalid";
/// What stands for a client that is not known.
const CLIENT_LATER: &str = "the-client";

/// Names of the subject in portals and in `--claim`.
const NAME_ID: [&str; 5] = [
    "NameID",
    "Name ID",
    "Unique User Identifier (Name ID)",
    "saml_subject",
    "SAML_SUBJECT",
];

/// Claims of AWS that may be written without their namespace.
const SHORT: [&str; 5] = [
    "Role",
    "RoleSessionName",
    "SessionDuration",
    "SourceIdentity",
    "TransitiveTagKeys",
];

/// What an identity provider was told, and what AWS expects of it.
#[derive(Clone, Debug)]
pub struct ProviderConfiguration {
    /// Whose rules apply: what is omitted, how a constant is written.
    pub idp: IdentityProvider,
    /// Name of each claim and where its value comes from.
    pub claims: Vec<ConfiguredClaim>,
    /// What else the protocol needs.
    pub sends: Sends,
    /// What the set-up wants.
    pub expected: Expected,
}

/// What a provider sends beside claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sends {
    /// An ID token.
    Token(TokenSettings),
    /// A SAML response with a signed assertion.
    Assertion(AssertionSettings),
}

/// The settings of a SAML application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssertionSettings {
    /// Entity ID of the provider.
    pub issuer: String,
    /// Address that stands as Recipient.
    pub recipient: String,
    /// Entity ID of the service provider.
    pub audience: String,
    /// Where the NameID comes from.
    pub name_id: String,
    /// URI of its format.
    pub name_id_format: String,
    /// App roles that an administrator made: name and value.
    pub app_roles: Vec<(String, String)>,
    /// Minutes for which an assertion is good.
    pub minutes: i64,
}

/// The settings of an OpenID Connect client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenSettings {
    /// Who issues it.
    pub issuer: String,
    /// For which client.
    pub client_id: String,
}

impl TokenSettings {
    /// The issuer, of either world; None for one that is no address.
    pub(super) fn issuer(&self) -> Option<Issuer> {
        Issuer::parse(&self.issuer)
            .or_else(|_| Issuer::practice(&self.issuer))
            .ok()
    }
}

impl ProviderConfiguration {
    /// What this set-up's guide makes the administrator enter. While the web experience has no `endpoint`, an
    /// address that cannot be reached stands for it on both sides.
    pub fn of(setup: &Setup, endpoint: Option<&WebExperienceUrl>) -> ProviderConfiguration {
        let mut known = values(setup, endpoint);
        known.entry("acs_url").or_insert_with(|| ACS_LATER.to_owned());
        let acs = known.get("acs_url").cloned().unwrap_or_default();
        let recipient = known.entry("recipient").or_insert(acs).clone();
        let filled = |text: Option<&String>| text.and_then(|t| fill(t, &known)).unwrap_or_default();
        let all: Vec<GuideStep> = steps(setup).into_iter().filter(|s| !s.optional).collect();
        let idp = setup.idp();
        // A later step replaces what an earlier one entered.
        let entered = |labels: &[&str]| {
            let phases = [Phase::After, Phase::Before];
            phases.iter().find_map(|phase| {
                let of_phase = all.iter().rev().filter(|s| s.phase == *phase);
                of_phase
                    .flat_map(|s| &s.values)
                    .find(|v| labels.contains(&v.label.as_str()) && v.leave.is_none())
                    .map(|v| filled(v.value.as_ref().or(v.choose.as_ref())))
            })
        };
        let claims = all
            .iter()
            .filter(|s| is_of_claims(s))
            .flat_map(|s| of_step(s, &filled))
            .collect();
        let sends = match (&setup.federation, idp.protocol()) {
            (
                Federation::Oidc {
                    issuer, client_id, ..
                },
                _,
            ) => Sends::Token(TokenSettings {
                issuer: issuer
                    .as_ref()
                    .map_or(ISSUER_LATER.to_owned(), ToString::to_string),
                client_id: client_id
                    .as_ref()
                    .map_or(CLIENT_LATER.to_owned(), ToString::to_string),
            }),
            (Federation::Saml { .. }, Protocol::Saml | Protocol::Oidc) => {
                let metadata = setup.federation_metadata().ok().filter(|_| !setup.is_temporary());
                let named = |id: &str, label: &str| {
                    let step = all.iter().find(|s| s.id == id)?;
                    let value = step.values.iter().find(|v| v.label == label)?;
                    Some(filled(value.value.as_ref().or(value.choose.as_ref())))
                };
                Sends::Assertion(AssertionSettings {
                    issuer: metadata.map_or(ISSUER_LATER.to_owned(), |m| m.entity_id),
                    audience: entered(&[
                        "Identifier (Entity ID)",
                        "Audience URI (SP Entity ID)",
                        "Entity ID",
                        "Partner's Entity ID (Connection ID)",
                        "Entity ID of the service provider (Audience)",
                    ])
                    .unwrap_or_else(|| recipient.clone()),
                    recipient: recipient.clone(),
                    name_id: name_id_source(idp, &all, &filled),
                    name_id_format: name_id_format(
                        &entered(&[
                            "Name identifier format",
                            "Name ID format",
                            "Subject NameID Format",
                            "Subject Name Format",
                            "NameID format",
                        ])
                        .unwrap_or_default(),
                    ),
                    app_roles: named("app-role", "Display name")
                        .zip(named("app-role", "Value"))
                        .into_iter()
                        .collect(),
                    minutes: match idp {
                        // Entra ID: token lifetimes.
                        IdentityProvider::EntraGallery | IdentityProvider::EntraOwn => 70,
                        _ => 5,
                    },
                })
            }
        };
        ProviderConfiguration {
            idp,
            claims,
            sends,
            expected: Expected {
                idp,
                recipient: (setup.protocol() == Protocol::Saml).then_some(recipient),
                audience: None,
                role_arn: Some(setup.role_arn().to_string()),
                provider_arn: setup.provider_arn().or_else(|| later_arn(&setup.account)),
                tags: None,
            },
        }
    }

    /// Changes one claim, or adds it; an empty source takes it away. `Role`, `PrincipalTag:Email` and the others
    /// of AWS may be written without their namespace, and `NameID` is the subject.
    pub fn set(&mut self, name: &str, source: &str) {
        if let (true, Sends::Assertion(settings)) = (NAME_ID.contains(&name), &mut self.sends) {
            source.clone_into(&mut settings.name_id);
            return;
        }
        let name = match &self.sends {
            Sends::Assertion(_) if SHORT.contains(&name) || name.starts_with("PrincipalTag:") => {
                format!("{NAMESPACE}/{name}")
            }
            Sends::Assertion(_) | Sends::Token(_) => name.to_owned(),
        };
        match self.claims.iter().position(|c| c.name == name) {
            Some(at) if source.is_empty() => {
                self.claims.remove(at);
            }
            Some(at) => {
                if let Some(claim) = self.claims.get_mut(at) {
                    source.clone_into(&mut claim.source);
                }
            }
            None if source.is_empty() => {}
            None => self.claims.push(ConfiguredClaim {
                name,
                source: source.to_owned(),
            }),
        }
    }

    /// Takes the claims as a portal or an article has them in place of the guide's.
    pub fn take_table(&mut self, table: &[ConfiguredClaim]) {
        self.claims.clear();
        for claim in table {
            match NAME_ID.contains(&claim.name.as_str()) {
                true => self.set(&claim.name, &claim.source),
                // Exactly as it is written: a lost namespace is what somebody wants to find.
                false => self.claims.push(claim.clone()),
            }
        }
    }

    /// The trust policy that a set-up gives the role for this provider; None where its provider is not known.
    pub fn trust(&self) -> Option<TrustPolicy> {
        let provider = self.expected.provider_arn.as_deref()?;
        Some(match &self.sends {
            Sends::Assertion(_) => TrustPolicy::saml(provider, &[self.expected.recipient.clone()?]),
            Sends::Token(token) => {
                let issuer = token.issuer()?;
                TrustPolicy::oidc(
                    provider,
                    issuer.without_scheme(),
                    std::slice::from_ref(&token.client_id),
                )
            }
        })
    }
}

/// ARN of the provider of an issuer that is not known yet.
fn later_arn(account: &AccountId) -> Option<String> {
    let issuer = Issuer::parse(ISSUER_LATER).ok()?;
    Some(issuer.arn(account).to_string())
}

fn is_of_claims(step: &GuideStep) -> bool {
    step.id.ends_with("-claim") || step.id.ends_with("-claims") || step.id.contains("-claim:")
}

/// The claims that a step enters, whatever the portal's boxes are called.
fn of_step(step: &GuideStep, filled: &dyn Fn(Option<&String>) -> String) -> Vec<ConfiguredClaim> {
    let entry = |labels: &[&str]| {
        step.values
            .iter()
            .find(|v| labels.contains(&v.label.as_str()))
            .map(|v| filled(v.value.as_ref().or(v.choose.as_ref())))
    };
    let name = entry(&["Name", "Attribute", "Attribute Contract", "Claim name"]);
    let Some(name) = name else {
        // The gallery brings its claims with it: the label is the name.
        return step
            .values
            .iter()
            .map(|v| ConfiguredClaim {
                name: format!("{NAMESPACE}/{}", v.label),
                source: filled(v.value.as_ref().or(v.choose.as_ref())),
            })
            .collect();
    };
    let mut source = entry(&[
        "Source attribute",
        "Value",
        "PingOne Mappings",
        "Expression",
        "Claim value",
    ])
    .unwrap_or_default();
    if entry(&["Source"]).as_deref() == Some("Adapter") {
        source = format!("adapter.{source}");
    }
    let name = match entry(&["Namespace"]) {
        Some(namespace) if !namespace.is_empty() => format!("{namespace}/{name}"),
        _ => name,
    };
    vec![ConfiguredClaim { name, source }]
}

fn name_id_source(
    idp: IdentityProvider,
    steps: &[GuideStep],
    filled: &dyn Fn(Option<&String>) -> String,
) -> String {
    let step = steps.iter().find(|s| s.id == "name-id");
    let entry = |labels: &[&str]| {
        step?
            .values
            .iter()
            .find(|v| labels.contains(&v.label.as_str()))
            .map(|v| filled(v.value.as_ref().or(v.choose.as_ref())))
    };
    match (entry(&["Source attribute", "saml_subject"]), entry(&["Value"])) {
        (Some(source), _) => source,
        (None, Some(adapter)) => format!("adapter.{adapter}"),
        // Nobody is told to choose it: Okta's own choice is the name that people sign in with (Okta: application
        // username), others' the id.
        (None, None) if idp == IdentityProvider::OktaSaml => "user.login".to_owned(),
        (None, None) => "user.id".to_owned(),
    }
}

/// The URI of a format as portals call it.
fn name_id_format(label: &str) -> String {
    let label = label.trim();
    if label.starts_with("urn:") {
        return label.to_owned();
    }
    match label.to_ascii_lowercase().as_str() {
        "persistent" => "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
        "transient" => "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
        "email address" | "emailaddress" => "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
        _ => "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::{DURATION, EMAIL, ROLE, SESSION_NAME};
    use crate::idp::guide;
    use crate::oidc::tags::TAGS;
    use crate::setup::World;
    use crate::value::Region;

    fn setup(idp: IdentityProvider) -> Setup {
        let account = AccountId::parse("123456789012").expect("an account");
        Setup::new("s".into(), "q-acme", account, Region::EuWest1, World::Live, idp)
    }

    #[test]
    fn every_guide_gives_a_whole_configuration() {
        for idp in IdentityProvider::ALL {
            let mut set = setup(*idp);
            set.application
                .personalization
                .insert("city".into(), "user.city".into());
            let configuration = ProviderConfiguration::of(&set, None);
            let source = |name: &str| {
                let claim = configuration.claims.iter().find(|c| c.name == name);
                claim.map(|c| c.source.as_str()).unwrap_or_default()
            };
            let id = idp.as_str();
            match &configuration.sends {
                Sends::Assertion(settings) => {
                    for name in [ROLE, SESSION_NAME, EMAIL] {
                        assert_ne!(source(name), "", "{id} {name}");
                    }
                    assert!(
                        source(&format!("{NAMESPACE}/PrincipalTag:city")).ends_with("user.city"),
                        "{id}"
                    );
                    assert!(
                        settings.name_id_format.ends_with(":persistent"),
                        "{id} {settings:?}"
                    );
                    assert!(settings.audience.contains(':'), "{id} {settings:?}");
                    assert_eq!(
                        settings.recipient.contains("signin.aws"),
                        guide(*idp).recipient == Some(crate::idp::RecipientRule::SignIn),
                        "{id}"
                    );
                    let is_entra = idp.vendor() == "Entra ID";
                    assert_eq!(settings.app_roles.len(), usize::from(is_entra), "{id}");
                    assert_eq!(
                        source(DURATION),
                        if *idp == IdentityProvider::EntraGallery {
                            "3600"
                        } else {
                            ""
                        },
                        "{id}"
                    );
                }
                Sends::Token(_) => assert!(source(TAGS).contains("city"), "{id} {configuration:?}"),
            }
            assert!(configuration.trust().is_some(), "{id}");
        }
    }

    #[test]
    fn claims_are_changed_one_by_one() {
        let mut configuration = ProviderConfiguration::of(&setup(IdentityProvider::EntraGallery), None);
        let before = configuration.claims.len();
        configuration.set("RoleSessionName", "user.mail");
        configuration.set("SessionDuration", "");
        configuration.set("Email", "user.mail");
        configuration.set("NameID", "user.mail");
        let has = |name: &str, source: &str| {
            configuration
                .claims
                .iter()
                .any(|c| c.name == name && c.source == source)
        };
        assert!(has(SESSION_NAME, "user.mail") && has("Email", "user.mail"));
        assert_eq!(configuration.claims.len(), before);
        let Sends::Assertion(settings) = &configuration.sends else {
            panic!("SAML");
        };
        assert_eq!(settings.name_id, "user.mail");
    }
}
