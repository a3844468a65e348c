//! The configuration report: HTML, Markdown and JSON from one content, the same input giving the
//! same bytes. Personal values reach it through [`Redacted`] alone; secrets never do.

use crate::diagnose::{Finding, Severity};
use crate::journal::Bindings;
use crate::policy::{PermissionPolicy, TrustPolicy};
use crate::redact::{Redacted, without_people};
use crate::resource::{Address, Output, Permissions};
use crate::setup::{Setup, StandIn, World};
use crate::time::{Instant, format_instant};
use askama::Template;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

mod trust_map;

pub use trust_map::{Edge, EdgeState, TrustMap, trust_map};

/// What a test sign-in left behind; kept beside the set-up and redacted from the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestRecord {
    /// When.
    pub at: String,
    /// STS accepted the response and the email tag is there.
    pub passed: bool,
    /// Who, redacted.
    pub person: Redacted,
    /// Recipient that was sent.
    pub recipient: String,
    /// A certificate of the metadata signed the response.
    #[serde(default)]
    pub signature_valid: bool,
    /// What was tested: see [`TestRecord::subject`]; empty, it counts for nothing.
    #[serde(default)]
    pub subject: String,
    /// STS's answer, in its words where it refused.
    pub sts: String,
    /// The findings, by id and title.
    pub findings: Vec<FindingRecord>,
}

impl TestRecord {
    /// What a test says something about: this metadata and this web experience. Whoever changes one of
    /// them has to test again.
    pub fn subject(metadata: &str, bindings: &Bindings) -> String {
        let mut hash = Sha256::new();
        hash.update(metadata);
        if let Some(acs) = bindings.outputs().get(&(Address::WebExperience, Output::Acs)) {
            hash.update(acs);
        }
        hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
    }

    /// Whether it was of the federation as it is now.
    pub fn is_of(&self, setup: &Setup, bindings: &Bindings) -> bool {
        self.subject == TestRecord::subject(setup.metadata().unwrap_or_default(), bindings)
    }
}

/// One finding in a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingRecord {
    /// Rule.
    pub id: String,
    /// Its severity.
    pub severity: Severity,
    /// One sentence.
    pub title: String,
    /// What to do.
    pub remedy: String,
}

impl From<&Finding> for FindingRecord {
    fn from(f: &Finding) -> Self {
        FindingRecord {
            id: f.id.to_string(),
            severity: f.severity,
            title: f.title.clone(),
            // A remedy can name the value that was found.
            remedy: without_people(&f.remedy),
        }
    }
}

/// The content, the same in every format.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Name of the set-up.
    pub name: String,
    /// When it was made.
    pub at: String,
    /// Made in the practice world.
    pub practice: bool,
    /// Label and value.
    pub values: Vec<(String, String)>,
    /// Address, physical id and whose it is.
    pub resources: Vec<(String, String, String)>,
    /// Certificates: subject, fingerprint, end, days left.
    pub certificates: Vec<(String, String, String, i64)>,
    /// The role's trust policy, as pretty JSON.
    pub trust_policy: String,
    /// The role's permissions, as pretty JSON.
    pub permission_policy: String,
    /// The last test sign-in.
    pub test: Option<TestRecord>,
    /// What AWS says of itself.
    pub notices: Vec<String>,
    #[serde(skip)]
    svg: String,
}

/// That the service takes no new customers belongs into every report.
pub const CLOSED: &str = "Amazon Q Business takes no new customers since 31 July 2026. Existing customers go on; AWS recommends Amazon Quick.";

impl Report {
    /// Puts the report together.
    pub fn new(setup: &Setup, bindings: &Bindings, test: Option<TestRecord>, now: Instant) -> Report {
        let outputs = bindings.outputs();
        let output = |address, output| outputs.get(&(address, output)).cloned();
        let acs = output(Address::WebExperience, Output::Acs);
        let unknown = || "not created yet".to_owned();
        let authentication = match setup.authentication_url() {
            Ok((url, StandIn::None)) => url.to_string(),
            Ok((url, StandIn::MetadataSignOn)) => {
                format!("{url} (stands in: the User access URL is missing)")
            }
            Err(_) => "missing".to_owned(),
        };
        let metadata = setup.federation_metadata().ok();
        let mut values = vec![
            ("Account".to_owned(), setup.account.to_string()),
            ("Region".into(), setup.region.to_string()),
            (
                "Identity provider".into(),
                crate::idp::guide(setup.idp()).name.clone(),
            ),
            (
                "Issuer".into(),
                metadata
                    .as_ref()
                    .map(|m| m.entity_id.clone())
                    .unwrap_or_else(|| "missing".into()),
            ),
            ("Authentication URL".into(), authentication),
            (
                "Web experience".into(),
                output(Address::WebExperience, Output::Endpoint).unwrap_or_else(unknown),
            ),
            (
                "Reply URL = Recipient = SAML:aud".into(),
                acs.clone().unwrap_or_else(unknown),
            ),
            ("Role claim".into(), setup.role_pair()),
            ("Role".into(), setup.role_arn().to_string()),
            ("IAM provider".into(), setup.provider_arn().to_string()),
            ("Subscription".into(), setup.application.tier.as_str().into()),
        ];
        if let Some(index) = setup.application.index {
            values.push((
                "Index".into(),
                format!("{}, {} unit(s)", index.kind.as_str(), index.units),
            ));
        }
        let trust = TrustPolicy::saml(
            setup.provider_arn().as_str(),
            &[acs.clone().unwrap_or_else(unknown)],
        );
        let permissions = PermissionPolicy::web_experience(&Permissions {
            region: setup.region,
            account: setup.account.clone(),
            application: output(Address::Application, Output::Id).unwrap_or_else(unknown),
            q_apps: setup.application.q_apps,
            kms_key: setup.application.kms_key.clone(),
        });
        let pretty = |json: &serde_json::Value| serde_json::to_string_pretty(json).unwrap_or_default();
        Report {
            name: setup.name.clone(),
            at: format_instant(now),
            practice: setup.world == World::Practice,
            values,
            resources: bindings
                .iter()
                .map(|(address, b)| {
                    let id = b.id.as_ref().map(|i| i.0.clone()).unwrap_or_default();
                    let origin = serde_json::to_value(b.origin)
                        .ok()
                        .and_then(|v| v.as_str().map(str::to_owned));
                    (address.to_string(), id, origin.unwrap_or_default())
                })
                .collect(),
            certificates: metadata
                .map(|m| {
                    m.signing_certificates
                        .iter()
                        .map(|c| {
                            (
                                c.subject.clone(),
                                c.sha256.clone(),
                                format_instant(c.not_after),
                                c.days_left(now),
                            )
                        })
                        .collect()
                })
                .unwrap_or_default(),
            trust_policy: pretty(&trust.to_json()),
            permission_policy: pretty(&permissions.to_json()),
            svg: trust_map(&TrustMap::of(setup, bindings, test.as_ref())),
            test,
            notices: vec![CLOSED.to_owned()],
        }
    }

    /// One self-contained, printable page.
    ///
    /// # Errors
    /// The template could not be filled in; a bug.
    pub fn html(&self) -> Result<String, askama::Error> {
        Page { report: self }.render()
    }

    /// Markdown.
    ///
    /// # Errors
    /// The template could not be filled in; a bug.
    pub fn markdown(&self) -> Result<String, askama::Error> {
        Sheet {
            report: &self.for_markdown(),
        }
        .render()
    }

    /// Its texts, so that none ends a table cell, a code span or the text itself.
    fn for_markdown(&self) -> Report {
        let text = |t: &String| {
            t.replace('|', "\\|")
                .replace('<', "&lt;")
                .replace(['\n', '\r'], " ")
        };
        let code = |t: &String| t.replace('|', "\\|").replace('`', "'").replace(['\n', '\r'], " ");
        Report {
            name: text(&self.name),
            values: self.values.iter().map(|(l, v)| (text(l), code(v))).collect(),
            resources: self
                .resources
                .iter()
                .map(|(a, id, o)| (text(a), code(id), text(o)))
                .collect(),
            certificates: self
                .certificates
                .iter()
                .map(|(s, f, e, d)| (text(s), code(f), text(e), *d))
                .collect(),
            test: self.test.as_ref().map(|t| TestRecord {
                sts: text(&t.sts),
                recipient: code(&t.recipient),
                ..t.clone()
            }),
            ..self.clone()
        }
    }

    /// JSON with a final newline.
    pub fn json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a report has string keys only");
        text.push('\n');
        text
    }
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    report: &'a Report,
}

#[derive(Template)]
#[template(path = "report.md", escape = "none")]
struct Sheet<'a> {
    report: &'a Report,
}
