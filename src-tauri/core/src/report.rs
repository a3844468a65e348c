//! The configuration report: HTML, Markdown and JSON from one content, the same input giving the
//! same bytes. Personal values reach it through [`Redacted`] alone; secrets never do.

use crate::diagnose::{Finding, Severity};
use crate::journal::Bindings;
use crate::redact::{Redacted, without_people};
use crate::resource::{Address, Output};
use crate::setup::{Setup, World};
use crate::time::{Instant, format_instant};
use askama::Template;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

mod trust_map;
mod values;

pub use trust_map::{Edge, EdgeState, TrustMap, trust_map};
use values::policies;
pub use values::values;

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
    /// What a test says something about: this federation and this web experience. Whoever changes one of
    /// them has to test again.
    ///
    /// `federation` is the metadata, or issuer and client id.
    pub fn subject(federation: &str, bindings: &Bindings) -> String {
        let mut hash = Sha256::new();
        hash.update(federation);
        if let Some(acs) = bindings.outputs().get(&(Address::WebExperience, Output::Acs)) {
            hash.update(acs);
        }
        hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
    }

    /// Whether it was of the federation as it is now.
    pub fn is_of(&self, setup: &Setup, bindings: &Bindings) -> bool {
        self.subject == TestRecord::subject(&setup.trusted(), bindings)
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
    /// Every policy document as the set-up wants it: whose, and pretty JSON.
    pub policies: Vec<(String, String)>,
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
        let metadata = setup.federation_metadata().ok();
        Report {
            name: setup.name.clone(),
            at: format_instant(now),
            practice: setup.world == World::Practice,
            values: values(setup, bindings),
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
            policies: policies(setup, bindings),
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
                findings: t
                    .findings
                    .iter()
                    .map(|f| FindingRecord {
                        title: text(&f.title),
                        remedy: text(&f.remedy),
                        ..f.clone()
                    })
                    .collect(),
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
