//! Before anyone signs in: what would this provider send for these people, and would AWS let them in?
//!
//! A provider's configuration and a person make the assertion or the claims that the provider would send; the
//! rules and the evaluator of the diagnosis judge it as they judge a captured one. Nothing is signed here, so no
//! rule about signatures is asked.

use crate::diagnose::{
    Evidence, Finding, LiveRole, RuleId, Severity, TokenEvidence, diagnose, trust_decision,
};
use crate::idp::IdentityProvider;
use crate::oidc::{Claims, TokenView, trust_decision_for_token};
use crate::policy::TrustPolicy;
use crate::policy::evaluate::Decision;
use crate::saml::response::{Assertion, Attribute, Confirmation, NameId, SignatureSeen, View};
use crate::time::{Instant, format_instant};
use crate::value::{ClientId, Issuer};
use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::fmt;
use time::Duration;

mod configuration;
mod person;
mod source;
mod token;

pub use configuration::{AssertionSettings, ProviderConfiguration, Sends, TokenSettings};
pub use person::{LONGEST_FILE, MOST_PEOPLE, People, Person, PersonFault, UnreadablePeople};
pub use source::NotASource;

use person::{DISPLAY_NAME, OBJECT_ID};
use source::Source;
use token::Template;

/// Groups of which Entra sends none when a person has more (Entra ID: group claims in SAML tokens).
const ENTRA_GROUPS: usize = 150;

/// Characters of base64 that a response has beside its attributes, about: signature, certificate and frame.
const FRAME: usize = 6_000;

/// What would come of every sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulation {
    /// One for each person, in their order.
    pub rows: Vec<Row>,
    /// How many people a rule names, by rule.
    pub counts: BTreeMap<RuleId, Count>,
    /// How many would get in.
    pub passed: usize,
    /// What was taken for granted, because nobody said.
    pub assumed: Vec<Assumed>,
}

/// What would come of one person's sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Place among the people.
    pub person: usize,
    /// Would get in.
    pub passes: bool,
    /// Rules that fire, causes first.
    pub findings: Vec<RuleId>,
    /// Those of them that stop the sign-in and are explained by no other.
    pub causes: Vec<RuleId>,
    /// The trust policy's answer, where it was asked.
    pub trust: Option<Decision>,
}

/// How many people a rule names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// At all.
    pub people: usize,
    /// As what stops them.
    pub blocked: usize,
}

/// Something that was taken for granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assumed {
    /// Nobody said who has which app role: everybody has the one of the guide.
    AppRoles,
    /// Nobody said which groups people are in: none.
    Groups,
    /// An attribute that every person has in every directory, and whose value does not matter here.
    Attribute(String),
    /// A claim that is not needed and of whose attribute nothing is known: it is left out.
    LeftOut {
        /// The claim.
        claim: String,
        /// The attribute.
        attribute: String,
    },
}

impl fmt::Display for Assumed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Assumed::AppRoles => {
                f.write_str("Everybody has the app role of the guide: there is no column such as appRoles.")
            }
            Assumed::Groups => f.write_str("Nobody is in a group: there is no column such as groups."),
            Assumed::Attribute(name) => {
                write!(f, "Everybody has a value for {name}: there is no column for it.")
            }
            Assumed::LeftOut { claim, attribute } => {
                write!(f, "{claim} was left out: there is no column for {attribute}.")
            }
        }
    }
}

/// Why nothing can be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CannotSimulate {
    /// More people than [`MOST_PEOPLE`].
    TooMany {
        /// As many as there are.
        found: usize,
    },
    /// Nothing is known of an attribute that a claim stands on which everybody needs.
    Unknown {
        /// The claim.
        claim: String,
        /// The attribute.
        attribute: String,
    },
    /// A claim's source is not known.
    Source {
        /// The claim.
        claim: String,
        /// Its source.
        error: NotASource,
    },
}

impl fmt::Display for CannotSimulate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CannotSimulate::TooMany { found } => write!(
                f,
                "{found} people are too many at once; at most {MOST_PEOPLE} are simulated. Divide them."
            ),
            CannotSimulate::Unknown { claim, attribute } => write!(
                f,
                "The claim {claim} comes from {attribute}, and the table has no column for it. Export it too, or give the claim another source."
            ),
            CannotSimulate::Source { claim, error } => write!(f, "The claim {claim}: {error}"),
        }
    }
}

impl std::error::Error for CannotSimulate {}

/// Judges what the provider would send for each of the people, against this trust policy; without one, against
/// what the set-up wants alone.
///
/// # Errors
/// [`CannotSimulate`]: the configuration stands on what is not known of people.
pub fn simulate(
    configuration: &ProviderConfiguration,
    people: &People,
    trust: Option<&TrustPolicy>,
    now: Instant,
) -> Result<Simulation, CannotSimulate> {
    if people.list.len() > MOST_PEOPLE {
        return Err(CannotSimulate::TooMany {
            found: people.list.len(),
        });
    }
    let mut provider = Provider::new(configuration, people, trust, now)?;
    let mut simulation = Simulation {
        rows: Vec::with_capacity(people.list.len()),
        counts: BTreeMap::new(),
        passed: 0,
        assumed: std::mem::take(&mut provider.assumed),
    };
    for (place, person) in people.list.iter().enumerate() {
        let row = provider.row(place, person);
        simulation.passed += usize::from(row.passes);
        for rule in &row.findings {
            let count = simulation.counts.entry(*rule).or_default();
            count.people += 1;
            count.blocked += usize::from(row.causes.contains(rule));
        }
        simulation.rows.push(row);
    }
    Ok(simulation)
}

/// The evidence of one person's sign-in as it would be: for a screen that shows its findings and proof.
///
/// # Errors
/// [`CannotSimulate`].
pub fn evidence(
    configuration: &ProviderConfiguration,
    people: &People,
    place: usize,
    trust: Option<&TrustPolicy>,
    now: Instant,
) -> Result<Option<Evidence>, CannotSimulate> {
    let mut provider = Provider::new(configuration, people, trust, now)?;
    Ok(people.list.get(place).map(|person| {
        provider.send(place, person);
        provider.evidence
    }))
}

/// A configuration made ready: everything that is the same for all people is here once.
struct Provider<'a> {
    configuration: &'a ProviderConfiguration,
    claims: Vec<(&'a str, Claim)>,
    name_id: Option<Source>,
    /// Claims that Entra sends of itself.
    defaults: Vec<Attribute>,
    issuer: Option<Issuer>,
    app_roles_known: bool,
    /// Attributes of the subject that nobody said anything about.
    unknown: Vec<String>,
    assumed: Vec<Assumed>,
    evidence: Evidence,
    now: Instant,
}

enum Claim {
    Attribute(Source),
    Token(Template),
}

impl<'a> Provider<'a> {
    fn new(
        configuration: &'a ProviderConfiguration,
        people: &People,
        trust: Option<&TrustPolicy>,
        now: Instant,
    ) -> Result<Provider<'a>, CannotSimulate> {
        let mut evidence = Evidence::new(now, configuration.expected.clone());
        evidence.role = trust.map(|t| LiveRole::There(t.clone()));
        let mut provider = Provider {
            configuration,
            claims: Vec::new(),
            name_id: None,
            defaults: Vec::new(),
            issuer: None,
            app_roles_known: people.app_roles_known,
            unknown: Vec::new(),
            assumed: Vec::new(),
            evidence,
            now,
        };
        let parse = |claim: &str, source: &str| {
            Source::parse(configuration.idp, source).map_err(|error| CannotSimulate::Source {
                claim: claim.to_owned(),
                error,
            })
        };
        match &configuration.sends {
            Sends::Assertion(settings) => {
                let sources: Vec<_> = configuration
                    .claims
                    .iter()
                    .map(|c| parse(&c.name, &c.source))
                    .collect::<Result<_, _>>()?;
                for (claim, source) in configuration.claims.iter().zip(sources) {
                    if provider.is_known(&claim.name, &source.attributes(), people)? {
                        provider.assume(&source, people);
                        provider.claims.push((&claim.name, Claim::Attribute(source)));
                    }
                }
                let name_id = parse("NameID", &settings.name_id)?;
                for attribute in name_id.attributes() {
                    if !people.knows(attribute) {
                        provider.unknown.push(attribute.to_owned());
                        provider.assumed.push(Assumed::Attribute(attribute.to_owned()));
                    }
                }
                provider.name_id = Some(name_id);
                provider.defaults = defaults(configuration.idp, settings);
                provider.evidence.view = Some(view(settings, now));
            }
            Sends::Token(settings) => {
                for claim in &configuration.claims {
                    let template = Template::parse(configuration.idp, &claim.source);
                    if provider.is_known(&claim.name, &template.attributes(), people)? {
                        provider.claims.push((&claim.name, Claim::Token(template)));
                    }
                }
                provider.issuer = settings.issuer();
                provider.evidence.token = Some(TokenEvidence {
                    issuer: provider.issuer.clone(),
                    client_id: ClientId::parse(&settings.client_id).ok(),
                    ..TokenEvidence::default()
                });
            }
        }
        Ok(provider)
    }

    /// Whether a claim can be told; one that everybody needs has to be.
    fn is_known(
        &mut self,
        claim: &str,
        attributes: &[&str],
        people: &People,
    ) -> Result<bool, CannotSimulate> {
        let Some(unknown) = attributes.iter().find(|a| !people.knows(a)) else {
            return Ok(true);
        };
        let tag = claim.rsplit_once("PrincipalTag:").map(|(_, key)| key);
        let (claim, attribute) = (claim.to_owned(), (*unknown).to_owned());
        if tag.is_some_and(|key| key != "Email") {
            self.assumed.push(Assumed::LeftOut { claim, attribute });
            return Ok(false);
        }
        Err(CannotSimulate::Unknown { claim, attribute })
    }

    fn assume(&mut self, source: &Source, people: &People) {
        let assumed = match source {
            Source::AppRoles if !people.app_roles_known => Assumed::AppRoles,
            Source::Groups if !people.groups_known => Assumed::Groups,
            _ => return,
        };
        if !self.assumed.contains(&assumed) {
            self.assumed.push(assumed);
        }
    }

    fn row(&mut self, place: usize, person: &Person) -> Row {
        if person.disabled {
            // The provider turns the person away; AWS never hears of it.
            return Row {
                person: place,
                passes: false,
                findings: vec![RuleId::AccountUnusable],
                causes: vec![RuleId::AccountUnusable],
                trust: None,
            };
        }
        self.send(place, person);
        let trust = self.decision();
        let found = diagnose(&self.evidence);
        let blocks = |f: &&Finding| f.severity == Severity::Blocking;
        let blocked = found.iter().any(|f| blocks(&f));
        Row {
            person: place,
            passes: !blocked && trust != Some(Decision::Denied),
            causes: each(found.iter().filter(blocks).filter(|f| f.caused_by.is_none())),
            findings: each(found.iter()),
            trust,
        }
    }

    fn decision(&self) -> Option<Decision> {
        let trust = self.evidence.trust()?;
        let provider = self.evidence.expected.provider_arn.as_deref()?;
        let answer = match (&self.evidence.token, &self.issuer) {
            (Some(token), Some(issuer)) => trust_decision_for_token(trust, token.claims()?, issuer, provider),
            (Some(_), None) => return None,
            (None, _) => trust_decision(trust, self.evidence.assertion()?, provider),
        };
        Some(answer.decision)
    }

    /// Puts what would be sent for a person into the evidence.
    fn send(&mut self, place: usize, person: &Person) {
        match &self.configuration.sends {
            Sends::Assertion(settings) => self.assertion(settings, place, person),
            Sends::Token(settings) => self.token(settings, place, person),
        }
    }

    fn assertion(&mut self, settings: &AssertionSettings, place: usize, person: &Person) {
        let roles = self.roles(settings, person);
        let mut attributes = Vec::with_capacity(self.claims.len() + 3);
        attributes.extend(self.defaults.iter().map(|a| {
            Attribute {
                name: a.name.clone(),
                values: a
                    .values
                    .iter()
                    .filter_map(|v| match v.as_str() {
                        OBJECT_ID => Some(always(person, OBJECT_ID, place)),
                        DISPLAY_NAME => person.get(DISPLAY_NAME).map(str::to_owned),
                        constant => Some(constant.to_owned()),
                    })
                    .collect(),
            }
        }));
        for (name, claim) in &self.claims {
            let Claim::Attribute(source) = claim else { continue };
            let mut values: Vec<String> = source
                .values(person, &roles)
                .into_iter()
                .map(std::borrow::Cow::into_owned)
                .collect();
            // A link stands in place of too many groups, under another name.
            if is_entra(self.configuration.idp) && *source == Source::Groups && values.len() > ENTRA_GROUPS {
                values.clear();
            }
            attributes.push(Attribute {
                name: (*name).to_owned(),
                values,
            });
        }
        // Every vendor here leaves out an attribute that has no value.
        attributes.retain(|a| !a.values.is_empty() && a.values.iter().any(|v| !v.is_empty()));
        let name_id = self.name_id.as_ref().and_then(|source| {
            let given = source
                .values(person, &roles)
                .first()
                .map(|v| v.clone().into_owned());
            // What is not known of anybody is there nevertheless.
            given.or_else(|| {
                source
                    .attributes()
                    .iter()
                    .any(|a| self.unknown.iter().any(|u| u == a))
                    .then(|| always(person, OBJECT_ID, place))
            })
        });
        let length: usize = attributes
            .iter()
            .map(|a| a.name.len() + 60 + a.values.iter().map(|v| v.len() + 35).sum::<usize>())
            .sum();
        if let Some(view) = &mut self.evidence.view {
            view.base64_length = FRAME + length * 4 / 3;
            if let Some(assertion) = view.assertions.first_mut() {
                assertion.name_id = name_id.map(|value| NameId {
                    value,
                    format: Some(settings.name_id_format.clone()),
                });
                assertion.attributes = attributes;
            }
        }
    }

    /// The values of a person's app roles; everybody has the guide's where nobody said.
    fn roles<'p>(&self, settings: &'p AssertionSettings, person: &'p Person) -> Vec<&'p str> {
        match &person.app_roles {
            Some(roles) => roles
                .iter()
                .map(|role| {
                    let made = settings.app_roles.iter().find(|(name, _)| name == role);
                    made.map_or(role.as_str(), |(_, value)| value)
                })
                .collect(),
            None if self.app_roles_known => Vec::new(),
            None => settings
                .app_roles
                .iter()
                .map(|(_, value)| value.as_str())
                .collect(),
        }
    }

    fn token(&mut self, settings: &TokenSettings, place: usize, person: &Person) {
        let issued = self.now.unix_timestamp();
        let mut claims: Map<String, Json> = Map::new();
        claims.insert("iss".into(), json!(settings.issuer));
        claims.insert("sub".into(), json!(always(person, OBJECT_ID, place)));
        claims.insert("aud".into(), json!(settings.client_id));
        claims.insert("iat".into(), json!(issued));
        claims.insert("exp".into(), json!(issued + 3600));
        for (name, claim) in &self.claims {
            let Claim::Token(template) = claim else { continue };
            if let Some(value) = template.value(person) {
                claims.insert((*name).to_owned(), value);
            }
        }
        if let Some(token) = &mut self.evidence.token {
            let length = Json::Object(claims.clone()).to_string().len();
            token.view = Some(TokenView {
                algorithm: "RS256".into(),
                kid: None,
                kind: None,
                critical: Vec::new(),
                claims: Claims::of(claims),
                // Header and signature of a key of 2048 bits beside the claims.
                length: 450 + length * 4 / 3,
            });
        }
    }
}

fn each<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<RuleId> {
    let mut rules = Vec::new();
    for finding in findings {
        if !rules.contains(&finding.id) {
            rules.push(finding.id);
        }
    }
    rules
}

fn is_entra(idp: IdentityProvider) -> bool {
    matches!(idp, IdentityProvider::EntraGallery | IdentityProvider::EntraOwn)
}

/// An attribute that every person has in every directory.
fn always(person: &Person, attribute: &str, place: usize) -> String {
    person
        .get(attribute)
        .map_or_else(|| format!("00000000-0000-4000-8000-{place:012x}"), str::to_owned)
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

/// A response without the person.
fn view(settings: &AssertionSettings, now: Instant) -> View {
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
