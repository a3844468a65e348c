//! What crosses to the screens: plain data with words put to it. No secret and no signed response
//! is in any of these types.

use claimbridge_core::diagnose::{self, Finding, Owner, Severity};
use claimbridge_core::engine::{Outcome, Progress, Wait};
use claimbridge_core::idp::{Phase, fill, guide, values};
use claimbridge_core::journal::Bindings;
use claimbridge_core::plan::{Action, Plan};
use claimbridge_core::report::{TestRecord, TrustMap, trust_map};
use claimbridge_core::resource::{Address, CloudErrorKind, Leftover, Output};
use claimbridge_core::saml::certificate::Certificate;
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_core::setup::{Setup, StandIn, World};
use claimbridge_core::time::{Instant, format_instant};
use claimbridge_runtime::judge::{Judgement, MilestoneState};
use claimbridge_runtime::preflight::{Check, CheckState};
use serde::{Deserialize, Serialize};
use specta::Type;

mod words;
use words::{address_label, kind_label};

/// A failed act, for a person.
#[derive(Debug, Serialize, Type)]
pub struct Failure {
    /// What happened, why, and the next act.
    pub message: String,
}

impl<E: std::fmt::Display> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure {
            message: error.to_string(),
        }
    }
}

/// Where a set-up stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "kebab-case")]
pub enum Position {
    /// Nothing of the identity provider yet.
    Metadata,
    /// Something in AWS is still to be made.
    Plan,
    /// The identity provider needs AWS's values.
    Configure,
    /// Somebody should sign in.
    Test,
    /// It works.
    Report,
}

impl Position {
    /// The first thing that is not done.
    pub fn of(setup: &Setup, bindings: &Bindings, test: Option<&TestRecord>) -> Position {
        let made = bindings
            .get(Address::AutoSubscription)
            .is_some_and(|b| b.pending.is_none() && b.id.is_some());
        let after = guide(setup.idp()).step.iter().filter(|s| s.phase == Phase::After);
        let told = after.clone().count() > 0 && after.into_iter().all(|s| setup.done.contains(&s.id));
        match (setup.metadata(), made, told, test) {
            (None, ..) => Position::Metadata,
            (Some(_), false, ..) => Position::Plan,
            (_, true, _, Some(t)) if t.passed => Position::Report,
            (_, true, false, _) => Position::Configure,
            (_, true, true, _) => Position::Test,
        }
    }

    fn index(self) -> usize {
        self as usize
    }
}

/// One row of Home.
#[derive(Debug, Serialize, Type)]
pub struct HomeRow {
    pub id: String,
    pub name: String,
    pub idp: String,
    pub place: String,
    pub practice: bool,
    pub position: Position,
    pub certificate_days: Option<i32>,
    pub last_test: Option<String>,
    pub passed: Option<bool>,
}

/// Home.
#[derive(Debug, Serialize, Type)]
pub struct Home {
    pub rows: Vec<HomeRow>,
    /// Set-ups that could not be read, with the reason.
    pub unreadable: Vec<String>,
    /// Practice was asked for at the start.
    pub practice: bool,
}

/// What Goal offers.
#[derive(Debug, Serialize, Type)]
pub struct Choices {
    pub idps: Vec<Choice>,
    pub unavailable: Vec<Choice>,
    pub regions: Vec<String>,
    pub notice: String,
}

/// One option.
#[derive(Debug, Serialize, Type)]
pub struct Choice {
    pub id: String,
    pub label: String,
    pub detail: String,
}

/// Goal and connection, before there is a set-up.
#[derive(Debug, Clone, Deserialize, Type)]
pub struct Draft {
    pub practice: bool,
    pub idp: String,
    pub profile: Option<String>,
    pub region: String,
}

/// Who the credentials belong to, and the checklist.
#[derive(Debug, Serialize, Type)]
pub struct ConnectionView {
    pub account: String,
    pub caller: String,
    pub checks: Vec<CheckRow>,
    pub blocked: bool,
}

/// One check.
#[derive(Debug, Serialize, Type)]
pub struct CheckRow {
    pub label: String,
    pub state: String,
    pub detail: String,
}

impl From<Check> for CheckRow {
    fn from(check: Check) -> Self {
        let state = match check.state {
            CheckState::Failed => "bad",
            CheckState::Warning => "warn",
            CheckState::Passed => "ok",
        };
        CheckRow {
            label: check.label.into(),
            state: state.into(),
            detail: check.detail,
        }
    }
}

/// Names that follow from a prefix.
#[derive(Debug, Serialize, Type)]
pub struct NamesView {
    pub rows: Vec<Pair>,
    pub faults: Vec<String>,
    pub used: u32,
    pub limit: u32,
}

/// Label and value.
#[derive(Debug, Serialize, Type)]
pub struct Pair {
    pub label: String,
    pub value: String,
}

/// A profile of the config files.
#[derive(Debug, Serialize, Type)]
pub struct ProfileRow {
    pub name: String,
    pub kind: String,
    pub region: Option<String>,
}

/// A signing certificate with its bar.
#[derive(Debug, Serialize, Type)]
pub struct CertificateView {
    pub subject: String,
    pub sha256: String,
    pub not_before: String,
    pub not_after: String,
    pub days_left: i32,
    /// Part of its life that is over, 0 to 1.
    pub spent: f64,
    pub key_bits: u32,
}

impl CertificateView {
    fn of(c: &Certificate, now: Instant) -> CertificateView {
        let life = (c.not_after - c.not_before).as_seconds_f64().max(1.0);
        CertificateView {
            subject: c.subject.clone(),
            sha256: c.sha256.clone(),
            not_before: format_instant(c.not_before),
            not_after: format_instant(c.not_after),
            days_left: i32::try_from(c.days_left(now)).unwrap_or(i32::MAX),
            spent: ((now - c.not_before).as_seconds_f64() / life).clamp(0.0, 1.0),
            key_bits: u32::try_from(c.key_bits).unwrap_or_default(),
        }
    }
}

/// What was read of a metadata file.
#[derive(Debug, Serialize, Type)]
pub struct MetadataView {
    pub entity_id: String,
    pub tenant: Option<String>,
    pub sign_on: Vec<Pair>,
    pub certificates: Vec<CertificateView>,
    pub converted: bool,
}

impl MetadataView {
    /// For the screen.
    pub fn of(metadata: &FederationMetadata, now: Instant) -> MetadataView {
        MetadataView {
            entity_id: metadata.entity_id.clone(),
            tenant: metadata.entra_tenant().map(str::to_owned),
            sign_on: metadata
                .sso
                .iter()
                .map(|s| Pair {
                    label: s.binding.clone(),
                    value: s.location.clone(),
                })
                .collect(),
            certificates: metadata
                .signing_certificates
                .iter()
                .map(|c| CertificateView::of(c, now))
                .collect(),
            converted: metadata.encoding != Default::default(),
        }
    }
}

/// One step of the rail.
#[derive(Debug, Serialize, Type)]
pub struct RailStep {
    pub id: Position,
    pub label: String,
    pub owner: String,
    pub done: bool,
}

/// A set-up, as every screen needs it.
#[derive(Debug, Serialize, Type)]
pub struct SetupView {
    pub id: String,
    pub name: String,
    pub practice: bool,
    pub idp: String,
    pub vendor: String,
    pub place: String,
    pub position: Position,
    pub steps: Vec<RailStep>,
    pub facts: Vec<Pair>,
    pub metadata: Option<MetadataView>,
    pub authentication_url: Option<String>,
    pub trust_map: String,
    pub empty: bool,
}

impl SetupView {
    /// For the screens.
    pub fn of(setup: &Setup, bindings: &Bindings, test: Option<&TestRecord>, now: Instant) -> SetupView {
        let position = Position::of(setup, bindings, test);
        let outputs = bindings.outputs();
        let metadata = setup.federation_metadata().ok();
        let fact = |label: &str, value: Option<String>| {
            value.map(|value| Pair {
                label: label.into(),
                value,
            })
        };
        let idp = guide(setup.idp());
        let authentication = setup.authentication_url().ok();
        let facts = [
            fact("Account", Some(setup.account.to_string())),
            fact("Region", Some(setup.region.to_string())),
            fact(
                "Web experience",
                outputs.get(&(Address::WebExperience, Output::Endpoint)).cloned(),
            ),
            fact(
                "Recipient = SAML:aud",
                outputs.get(&(Address::WebExperience, Output::Acs)).cloned(),
            ),
            fact("Role", Some(setup.role_arn().to_string())),
            fact("IAM provider", Some(setup.provider_arn().to_string())),
            fact("Role claim", Some(setup.role_pair())),
            fact("Issuer", metadata.as_ref().map(|m| m.entity_id.clone())),
            fact(
                "Signing certificate",
                metadata
                    .as_ref()
                    .and_then(|m| m.signing_certificates.first())
                    .map(|c| format!("{} · {} days left", c.sha256, c.days_left(now))),
            ),
        ];
        let vendor = setup.idp().vendor();
        let labels = [
            (Position::Metadata, "Metadata".to_owned(), "IdP"),
            (Position::Plan, "Plan and create".into(), "AWS"),
            (Position::Configure, format!("Configure {vendor}"), "IdP"),
            (Position::Test, "Test sign-in".into(), "Both"),
            (Position::Report, "Report".into(), ""),
        ];
        SetupView {
            id: setup.id.clone(),
            name: setup.name.clone(),
            practice: setup.world == World::Practice,
            idp: idp.name.clone(),
            vendor: vendor.to_owned(),
            place: format!("{} · {}", setup.account, setup.region),
            position,
            steps: labels
                .into_iter()
                .map(|(id, label, owner)| RailStep {
                    id,
                    label,
                    owner: owner.into(),
                    done: id.index() < position.index(),
                })
                .collect(),
            facts: facts.into_iter().flatten().collect(),
            metadata: metadata.as_ref().map(|m| MetadataView::of(m, now)),
            authentication_url: authentication
                .filter(|(_, s)| *s == StandIn::None)
                .map(|(u, _)| u.to_string()),
            trust_map: trust_map(&TrustMap::of(setup, bindings, test)),
            empty: bindings.is_empty(),
        }
    }
}

/// A plan.
#[derive(Debug, Serialize, Type)]
pub struct PlanView {
    pub digest: String,
    pub verb: String,
    pub writes: u32,
    pub rows: Vec<PlanRow>,
    pub notes: Vec<String>,
    pub refused: bool,
}

/// One row of it.
#[derive(Debug, Serialize, Type)]
pub struct PlanRow {
    pub address: String,
    pub label: String,
    pub kind: String,
    pub action: String,
    pub refusal: Option<String>,
    pub after: Vec<String>,
    pub changes: Vec<ChangeView>,
    pub usual_wait: Option<String>,
}

/// One attribute.
#[derive(Debug, Serialize, Type)]
pub struct ChangeView {
    pub attribute: String,
    pub from: Option<String>,
    pub to: Option<String>,
}

impl PlanView {
    /// For the screen.
    pub fn of(plan: &Plan) -> PlanView {
        let text = |json: &Option<serde_json::Value>| {
            json.as_ref().filter(|j| !j.is_null()).map(|j| match j {
                serde_json::Value::String(s) => s.clone(),
                other => serde_json::to_string_pretty(other).unwrap_or_default(),
            })
        };
        PlanView {
            digest: plan.digest(),
            verb: plan.verb(),
            writes: u32::try_from(plan.writes()).unwrap_or_default(),
            rows: plan
                .steps
                .iter()
                .map(|s| PlanRow {
                    address: s.address.to_string(),
                    label: address_label(s.address).into(),
                    kind: kind_label(s.resource.as_ref(), s.id.as_ref()),
                    action: s.action.word().into(),
                    refusal: match &s.action {
                        Action::Refuse(why) => Some(why.to_string()),
                        Action::Create
                        | Action::Delete
                        | Action::Forget
                        | Action::Keep
                        | Action::Replace
                        | Action::Update => None,
                    },
                    after: s.after.iter().map(ToString::to_string).collect(),
                    changes: s
                        .changes
                        .iter()
                        .map(|c| ChangeView {
                            attribute: c.attribute.clone(),
                            from: text(&c.from),
                            to: text(&c.to),
                        })
                        .collect(),
                    usual_wait: s
                        .resource
                        .as_ref()
                        .and_then(|r| r.usual_wait())
                        .map(str::to_owned),
                })
                .collect(),
            notes: plan.notes.iter().map(|n| n.text()).collect(),
            refused: plan.refusals().next().is_some(),
        }
    }
}

/// One event of a run.
#[derive(Debug, Clone, Serialize, Type)]
pub struct ProgressView {
    pub address: String,
    /// `queued`, `running`, `waiting`, `done` or `failed`.
    pub state: String,
    pub detail: String,
}

impl From<Progress> for ProgressView {
    fn from(progress: Progress) -> Self {
        let (address, state, detail) = match progress {
            Progress::Queued { address, action } => (address, "queued", action.word().to_owned()),
            Progress::Started { address, .. } => (address, "running", String::new()),
            Progress::Accepted { address, .. } => (address, "running", String::new()),
            Progress::Waiting { address, why } => (
                address,
                "waiting",
                match why {
                    Wait::Status(status) => status,
                    Wait::Refusal(CloudErrorKind::Throttled) => "AWS asks to slow down".into(),
                    Wait::Refusal(CloudErrorKind::NotYet) => {
                        "IAM copies the new role to all regions, usually 10 to 20 s".into()
                    }
                    Wait::Refusal(CloudErrorKind::Conflict) => "something else is being changed".into(),
                    Wait::Refusal(_) => "no answer yet; it is being looked up".into(),
                },
            ),
            Progress::Done { address, .. } => (address, "done", String::new()),
            Progress::Failed { address, error, .. } => (address, "failed", error.to_string()),
        };
        ProgressView {
            address: address.to_string(),
            state: state.into(),
            detail,
        }
    }
}

/// How a run ended.
#[derive(Debug, Serialize, Type)]
pub struct OutcomeView {
    pub finished: bool,
    pub stopped: bool,
    pub failures: Vec<Pair>,
    pub not_started: Vec<String>,
    /// AWS refused this order; the other one is offered.
    pub offer_role_first: bool,
}

impl From<Outcome> for OutcomeView {
    fn from(outcome: Outcome) -> Self {
        OutcomeView {
            finished: outcome.finished,
            stopped: outcome.stopped,
            failures: outcome
                .failed
                .into_iter()
                .map(|(address, error)| {
                    let left = match error.leftover {
                        Leftover::Nothing => "Nothing was left behind by it.",
                        Leftover::Unfinished => "It exists, unfinished; the next run takes it up.",
                        Leftover::Unknown => "Whether it exists is looked up by the next run.",
                    };
                    Pair {
                        label: address_label(address).into(),
                        value: format!("{error}. {left}"),
                    }
                })
                .collect(),
            not_started: outcome
                .not_started
                .iter()
                .map(|a| address_label(*a).to_owned())
                .collect(),
            offer_role_first: outcome.offer.is_some(),
        }
    }
}

/// The guide through the portal.
#[derive(Debug, Serialize, Type)]
pub struct GuideView {
    pub vendor: String,
    pub needs: String,
    pub checked: String,
    pub before: Vec<GuideStepView>,
    pub after: Vec<GuideStepView>,
}

/// One visit to one page.
#[derive(Debug, Serialize, Type)]
pub struct GuideStepView {
    pub id: String,
    pub title: String,
    pub path: Vec<String>,
    pub text: Option<String>,
    pub warning: Option<String>,
    pub values: Vec<GuideValueView>,
    pub done: bool,
}

/// One field of the portal's form.
#[derive(Debug, Serialize, Type)]
pub struct GuideValueView {
    pub label: String,
    pub value: String,
    /// `copy`, `choose`, `leave` or `later`.
    pub kind: String,
}

impl GuideView {
    /// For the screen.
    pub fn of(setup: &Setup, bindings: &Bindings) -> GuideView {
        let outputs = bindings.outputs();
        let known = values(
            setup,
            outputs
                .get(&(Address::WebExperience, Output::Acs))
                .map(String::as_str),
        );
        let guide = guide(setup.idp());
        let steps = |phase: Phase| {
            guide
                .step
                .iter()
                .filter(|s| s.phase == phase)
                .map(|s| GuideStepView {
                    id: s.id.clone(),
                    title: s.title.clone(),
                    path: s
                        .path
                        .iter()
                        .map(|p| fill(p, &known).unwrap_or_else(|| p.clone()))
                        .collect(),
                    text: s.text.clone(),
                    warning: s.warning.clone(),
                    done: setup.done.contains(&s.id),
                    values: s
                        .values
                        .iter()
                        .map(|v| {
                            let (text, kind) = match (&v.value, &v.choose, &v.leave) {
                                (Some(text), ..) => (text, "copy"),
                                (None, Some(text), _) => (text, "choose"),
                                (None, None, Some(text)) => (text, "leave"),
                                (None, None, None) => (&v.label, "leave"),
                            };
                            match fill(text, &known) {
                                Some(value) => GuideValueView {
                                    label: v.label.clone(),
                                    value,
                                    kind: kind.into(),
                                },
                                None => GuideValueView {
                                    label: v.label.clone(),
                                    value: "known once the web experience exists".into(),
                                    kind: "later".into(),
                                },
                            }
                        })
                        .collect(),
                })
                .collect()
        };
        GuideView {
            vendor: setup.idp().vendor().into(),
            needs: guide.needs.clone(),
            checked: guide.checked.clone(),
            before: steps(Phase::Before),
            after: steps(Phase::After),
        }
    }
}

/// What came of one sign-in.
#[derive(Debug, Serialize, Type)]
pub struct JudgementView {
    pub passed: bool,
    pub blocked: bool,
    pub person: String,
    pub sts: String,
    pub timeline: Vec<MilestoneView>,
    pub findings: Vec<FindingView>,
    pub attributes: Vec<Pair>,
    pub trust_map: String,
}

/// One step of the timeline.
#[derive(Debug, Serialize, Type)]
pub struct MilestoneView {
    pub label: String,
    pub state: String,
    pub finding: Option<String>,
}

/// One finding.
#[derive(Debug, Serialize, Type)]
pub struct FindingView {
    pub id: String,
    pub severity: String,
    pub title: String,
    pub expected: String,
    pub found: String,
    pub place: String,
    pub owner: String,
    pub remedy: String,
    pub because: String,
    pub symptom: String,
    pub caused_by: Option<String>,
}

impl From<&Finding> for FindingView {
    fn from(f: &Finding) -> Self {
        let words = diagnose::words(f.id);
        FindingView {
            id: f.id.to_string(),
            severity: match f.severity {
                Severity::Blocking => "bad",
                Severity::Warning => "warn",
                Severity::Info => "info",
            }
            .into(),
            title: f.title.clone(),
            expected: f.expected.clone(),
            found: f.found.clone(),
            place: f.place.clone(),
            owner: match f.owner {
                Owner::Aws => "AWS",
                Owner::Idp => "IdP",
                Owner::User => "Person",
            }
            .into(),
            remedy: f.remedy.clone(),
            because: words.because.clone(),
            symptom: words.symptom.clone(),
            caused_by: f.caused_by.map(|c| c.to_string()),
        }
    }
}

impl JudgementView {
    /// For the screen. Decoded claims cross; the signed response does not.
    pub fn of(judgement: &Judgement, setup: &Setup, bindings: &Bindings, now: Instant) -> JudgementView {
        let record = judgement.record(now);
        let assertion = judgement.view.assertions.first();
        let mut attributes: Vec<Pair> = Vec::new();
        if let Some(a) = assertion {
            let mut put = |label: &str, value: Option<String>| {
                if let Some(value) = value {
                    attributes.push(Pair {
                        label: label.into(),
                        value,
                    });
                }
            };
            put("Issuer", a.issuer.clone());
            put("NameID", a.name_id.as_ref().map(|n| n.value.clone()));
            put("Recipient", a.recipient().map(str::to_owned));
            put("Audience", a.audiences.first().cloned());
            put("IssueInstant", a.issue_instant.clone());
            for attribute in &a.attributes {
                put(&attribute.name, Some(attribute.values.join(" | ")));
            }
        }
        JudgementView {
            passed: judgement.passed,
            blocked: diagnose::is_blocked(&judgement.findings),
            person: record.person.to_string(),
            sts: record.sts.clone(),
            timeline: judgement
                .timeline
                .iter()
                .map(|m| MilestoneView {
                    label: m.label.into(),
                    state: match m.state {
                        MilestoneState::Passed => "ok",
                        MilestoneState::Failed => "bad",
                        MilestoneState::NotTried => "wait",
                    }
                    .into(),
                    finding: m.finding.clone(),
                })
                .collect(),
            findings: judgement.findings.iter().map(FindingView::from).collect(),
            attributes,
            trust_map: trust_map(&TrustMap::of(setup, bindings, Some(&record))),
        }
    }
}
