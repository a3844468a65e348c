//! How the practice world behaves: the switches for what is only inferred of AWS, the latency
//! profile, and faults by operation and count.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// Everything that can be set.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Inferred behaviour.
    pub switches: Switches,
    /// How long things take.
    pub latency: Latency,
    /// Calls that go wrong.
    pub faults: Vec<CallFault>,
    /// Calls of PutGroup and DeleteGroup together that are taken in a second; None takes all.
    pub put_group_rate: Option<u32>,
    /// Validity of signing certificates in days from now; None is three years.
    pub certificate_days: Option<i64>,
}

/// What `--switch NAME=VALUE` sets. Each is a behaviour of AWS that no document settles, and the
/// main job passes with every one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switches(BTreeMap<&'static str, &'static str>);

/// Name and values, the default first.
pub const SWITCHES: [(&str, &[&str]); 11] = [
    ("endpoint", &["at-once", "late", "never"]),
    ("role-less-web-experience", &["allowed", "refused"]),
    ("later-role", &["allowed", "refused"]),
    ("put", &["keeps", "clears"]),
    ("children-while-updating", &["allowed", "refused"]),
    ("audience", &["ignored", "checked"]),
    ("redeem", &["often", "once"]),
    ("missing-email", &["refused-by-q", "refused-by-sts"]),
    ("provider-issuer", &["updatable", "refused"]),
    ("cancelled-subscription", &["listed", "gone"]),
    ("trail", &["at-once", "late"]),
];

impl Default for Switches {
    fn default() -> Self {
        Switches(
            SWITCHES
                .iter()
                .filter_map(|(name, values)| values.first().map(|v| (*name, *v)))
                .collect(),
        )
    }
}

impl Switches {
    /// Whether a switch stands at a value.
    pub fn is(&self, name: &str, value: &str) -> bool {
        self.0.get(name) == Some(&value)
    }

    /// Sets one, as `name=value`.
    ///
    /// # Errors
    /// [`BadSetting`] lists what there is.
    pub fn set(&mut self, text: &str) -> Result<(), BadSetting> {
        let bad = |expected: String| BadSetting {
            what: "switch",
            found: text.to_owned(),
            expected,
        };
        let (name, value) = text.split_once('=').ok_or_else(|| bad("NAME=VALUE".into()))?;
        let (name, values) = SWITCHES
            .iter()
            .find(|(n, _)| *n == name)
            .ok_or_else(|| bad(SWITCHES.map(|(n, _)| n).join(", ")))?;
        let value = values
            .iter()
            .find(|v| **v == value)
            .ok_or_else(|| bad(format!("{name}={}", values.join("|"))))?;
        self.0.insert(name, value);
        Ok(())
    }
}

/// How long calls and resources take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Latency {
    /// 0 is `none`, 1 is `real`.
    pub factor: f64,
}

impl Default for Latency {
    fn default() -> Self {
        Latency { factor: 0.0 }
    }
}

/// What takes time, with what it takes in the `real` profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// A call of any service but Q Business.
    IamCall,
    /// A call of Q Business.
    QCall,
    /// Until an application is ACTIVE.
    Application,
    /// Until a changed application is ACTIVE again.
    ApplicationUpdate,
    /// Until a web experience is ready.
    WebExperience,
    /// Until a retriever is ACTIVE.
    Retriever,
    /// Until an index is ACTIVE.
    Index,
    /// Until a data source is synchronised.
    Synchronisation,
    /// Until a new role can be used elsewhere.
    Role,
    /// Until a deleted resource is gone.
    Deletion,
    /// Until a call is in CloudTrail's history.
    Trail,
}

impl Takes {
    /// Milliseconds in the `real` profile; the middle of the range for calls.
    pub fn real_millis(self) -> u64 {
        match self {
            Takes::IamCall => 175,
            Takes::QCall => 250,
            Takes::Application | Takes::Retriever => 5_000,
            Takes::ApplicationUpdate => 2_000,
            Takes::WebExperience | Takes::Role => 10_000,
            Takes::Index => 120_000,
            Takes::Synchronisation => 30_000,
            // Five minutes on average (CloudTrail: how CloudTrail works).
            Takes::Trail => 300_000,
            Takes::Deletion => 5_000,
        }
    }
}

impl Latency {
    /// `none`, `real` or `real*F`.
    ///
    /// # Errors
    /// [`BadSetting`].
    pub fn parse(text: &str) -> Result<Latency, BadSetting> {
        let factor = match text {
            "none" => Some(0.0),
            "real" => Some(1.0),
            other => other
                .strip_prefix("real*")
                .and_then(|f| f.parse::<f64>().ok())
                .filter(|f| f.is_finite() && (0.0..=10.0).contains(f)),
        };
        factor.map(|factor| Latency { factor }).ok_or_else(|| BadSetting {
            what: "latency",
            found: text.to_owned(),
            expected: "none, real or real*F with F from 0 to 10".into(),
        })
    }

    /// How long something takes; calls vary by up to 75 ms around the middle, `roll` in 0..1.
    pub fn of(self, what: Takes, roll: f64) -> Duration {
        let spread = match what {
            Takes::IamCall => 150.0,
            Takes::QCall => 200.0,
            Takes::Application
            | Takes::ApplicationUpdate
            | Takes::WebExperience
            | Takes::Retriever
            | Takes::Index
            | Takes::Synchronisation
            | Takes::Role
            | Takes::Deletion
            | Takes::Trail => 0.0,
        };
        #[expect(clippy::cast_precision_loss, reason = "milliseconds far below 2^52")]
        let millis = what.real_millis() as f64 + (roll - 0.5) * spread;
        Duration::from_secs_f64(millis / 1000.0 * self.factor)
    }
}

/// A call that goes wrong: `CreateIndex:throttle*2`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallFault {
    /// API operation.
    pub operation: String,
    /// What happens instead.
    pub kind: CallFaultKind,
    /// How often it still happens.
    pub left: u32,
}

/// What AWS says instead of doing it.
#[derive(Debug, PartialEq, Eq)]
pub struct Answered {
    /// As `--fault OPERATION:NAME` has it.
    pub name: &'static str,
    /// HTTP status.
    pub status: u16,
    /// Error code.
    pub code: &'static str,
    /// Its words; `{action}` stands for `iam:CreateRole`.
    pub message: &'static str,
}

const fn answered(name: &'static str, status: u16, code: &'static str, message: &'static str) -> Answered {
    Answered {
        name,
        status,
        code,
        message,
    }
}

/// Refusals of whoever makes something. Of `closed` the words are not known, and of `role-not-yet` they are
/// inferred; the others are AWS's own (IAM: troubleshoot access denied messages; IAM: quotas).
pub static ANSWERS: [Answered; 10] = [
    answered(
        "closed",
        403,
        "AccessDeniedException",
        "Amazon Q Business is not available to this account",
    ),
    answered(
        "conflict",
        409,
        "ConflictException",
        "The resource is in a state that does not allow this",
    ),
    answered(
        "exists",
        409,
        "EntityAlreadyExists",
        "Role with name q-demo-web already exists.",
    ),
    answered(
        "pass-role",
        403,
        "AccessDeniedException",
        "User: arn:aws:iam::123456789012:user/practice is not authorized to perform: iam:PassRole on resource: arn:aws:iam::123456789012:role/q-demo-web because no identity-based policy allows the iam:PassRole action",
    ),
    answered(
        "principal",
        400,
        "MalformedPolicyDocument",
        "Invalid principal in policy: \"FEDERATED\":\"arn:aws:iam::123456789012:saml-provider/q-demo-idp\"",
    ),
    answered(
        "provider-unreadable",
        403,
        "AccessDeniedException",
        "User: arn:aws:iam::123456789012:user/practice is not authorized to perform: iam:GetSAMLProvider on resource: arn:aws:iam::123456789012:saml-provider/q-demo-idp because no identity-based policy allows the iam:GetSAMLProvider action",
    ),
    answered(
        "role-not-yet",
        400,
        "ValidationException",
        "roleArn: the role cannot be assumed",
    ),
    answered(
        "role-quota",
        409,
        "LimitExceeded",
        "Cannot exceed quota for RolesPerAccount: 1000",
    ),
    answered(
        "scp",
        403,
        "AccessDenied",
        "User: arn:aws:iam::123456789012:user/practice is not authorized to perform: {action} with an explicit deny in a service control policy",
    ),
    answered(
        "trust-too-long",
        409,
        "LimitExceeded",
        "Cannot exceed quota for ACLSizePerRole: 2048",
    ),
];

/// What happens instead of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallFaultKind {
    /// It is answered in these words.
    Answered(&'static Answered),
    /// The caller may not.
    Denied,
    /// It is done, and the answer is lost.
    DropAfter,
    /// STS could not reach the identity provider.
    IdpUnreachable,
    /// STS is not active in the region.
    RegionDisabled,
    /// Internal error.
    ServerError,
    /// Too many calls.
    Throttle,
    /// No answer within the caller's patience, and nothing done.
    Timeout,
}

impl CallFault {
    /// `Operation:kind` with an optional `*count`.
    ///
    /// # Errors
    /// [`BadSetting`].
    pub fn parse(text: &str) -> Result<CallFault, BadSetting> {
        let bad = || BadSetting {
            what: "fault",
            found: text.to_owned(),
            expected: format!(
                "OPERATION:throttle|drop-after|500|denied|timeout|idp-unreachable|region-disabled|{}, and *COUNT if more than once",
                ANSWERS.each_ref().map(|a| a.name).join("|")
            ),
        };
        let (operation, rest) = text.split_once(':').ok_or_else(bad)?;
        let (kind, count) = rest.split_once('*').unwrap_or((rest, "1"));
        let named = ANSWERS
            .iter()
            .find(|a| a.name == kind)
            .map(CallFaultKind::Answered);
        let kind = match kind {
            _ if let Some(named) = named => named,
            "denied" => CallFaultKind::Denied,
            "drop-after" => CallFaultKind::DropAfter,
            "500" => CallFaultKind::ServerError,
            "idp-unreachable" => CallFaultKind::IdpUnreachable,
            "region-disabled" => CallFaultKind::RegionDisabled,
            "throttle" => CallFaultKind::Throttle,
            "timeout" => CallFaultKind::Timeout,
            _ => return Err(bad()),
        };
        let known = crate::model::services().any(|s| s.operations.contains_key(operation));
        if !known {
            return Err(bad());
        }
        Ok(CallFault {
            operation: operation.to_owned(),
            kind,
            left: count.parse().map_err(|_| bad())?,
        })
    }
}

/// A setting that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadSetting {
    what: &'static str,
    found: String,
    expected: String,
}

impl fmt::Display for BadSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} “{}” does not exist; expected {}",
            self.what, self.found, self.expected
        )
    }
}

impl std::error::Error for BadSetting {}
