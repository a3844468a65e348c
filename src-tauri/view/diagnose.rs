//! A case of the diagnosis as its screen shows it: pieces, causes, questions, fixes, and whether AWS would let
//! the sign-in in. Decoded claims cross; no signed response, token or secret does.

use super::{FindingView, GuideStepView, MilestoneView, SignatureView};
use serde::{Deserialize, Serialize};
use specta::Type;

mod case;
mod letter;
mod piece;
mod proof;
mod span;
#[cfg(test)]
mod tests;

/// One sentence somebody was shown, to begin with.
#[derive(Debug, Clone, Serialize, Type)]
pub struct SymptomView {
    pub id: String,
    /// The literal message, or what happens in a few words.
    pub message: String,
    /// Where it is seen.
    pub place: String,
    /// It is quoted as it is shown.
    pub literal: bool,
}

/// Everything the screen shows of a case.
#[derive(Debug, Serialize, Type)]
pub struct CaseView {
    pub about: AboutView,
    pub outcome: CaseOutcome,
    pub pieces: Vec<PieceView>,
    /// What is certain from the evidence, the cause to mend first at the head.
    pub proven: Vec<CauseView>,
    /// What to find out next, the cheapest first.
    pub possible: Vec<QuestionView>,
    pub ruled_out: Vec<RuledOutView>,
    pub fixes: Vec<FixView>,
    /// None where role or sign-in is not known.
    pub admission: Option<AdmissionView>,
    /// None where the role's permissions were not read.
    pub chat: Option<ChatView>,
    pub claims: Vec<ClaimView>,
    /// Whether the claims are what the signer said; None where there are none.
    pub signature: Option<SignatureView>,
    pub timeline: Vec<MilestoneView>,
}

/// What the case comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "kebab-case")]
pub enum CaseOutcome {
    /// There is no evidence yet.
    Empty,
    /// A cause that stops the sign-in is proven.
    Blocked,
    /// Nothing is proven to stop it, and something is left to be found out.
    Open,
    /// Nothing stops it, as far as the evidence goes.
    Clear,
    /// STS gave credentials and nothing stops it.
    Passed,
}

/// What the case is about, as far as it is known.
#[derive(Debug, Serialize, Type)]
pub struct AboutView {
    /// The set-up on this computer that it belongs to.
    pub setup: Option<String>,
    /// Its name, or that of the application.
    pub name: String,
    pub practice: bool,
    /// Account and region; empty where AWS was not looked at.
    pub place: String,
    /// Whose portal, by its id, and its name.
    pub idp_id: String,
    pub idp: String,
    pub vendor: String,
    pub protocol: String,
    /// The message it began with.
    pub symptom: Option<SymptomView>,
    /// When AWS was looked at; None while everything is offline.
    pub looked: Option<String>,
    /// Why AWS could not be looked at, or a part of it.
    pub unreadable: Vec<String>,
    /// A sign-in can be captured in a window.
    pub can_sign_in: bool,
    /// Rows in which the set-up and AWS differ, by the set-up's plan.
    pub plan_rows: u32,
}

/// One piece of evidence.
#[derive(Debug, Serialize, Type)]
pub struct PieceView {
    pub kind: String,
    pub from: String,
    /// When it was made, where it says so.
    pub at: Option<String>,
    /// A few words that tell it from others of its kind.
    pub note: String,
    /// Whether what it claims is what the signer said; None where it claims nothing.
    pub signature: Option<SignatureView>,
    /// Why it is not what is judged or judged by.
    pub aside: Option<String>,
    /// What its input had beside what was kept.
    pub left_out: Vec<LeftOutView>,
}

/// What was seen in an input and not kept.
#[derive(Debug, Serialize, Type)]
pub struct LeftOutView {
    pub kind: String,
    pub count: u32,
    /// It would say what is right, and a recording does not vouch for the sign-in in it; else it was too many.
    pub would_vouch: bool,
}

/// One cause, with what it explains.
#[derive(Debug, Serialize, Type)]
pub struct CauseView {
    pub finding: FindingView,
    /// Where it is mended in the provider's portal.
    pub step: Option<GuideStepView>,
    pub explains: Vec<FindingView>,
}

/// A piece of a value; the marked ones are where it differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
pub struct SpanView {
    /// As it is, or in a form that can be seen where nobody could see it.
    pub text: String,
    /// For a screen reader; None for what is as it should be.
    pub spoken: Option<String>,
}

/// Something to find out.
#[derive(Debug, Serialize, Type)]
pub struct QuestionView {
    /// The kind of evidence that is missing; None for yes or no.
    pub need: Option<String>,
    /// The rule that is asked about; None where evidence is asked for.
    pub rule: Option<String>,
    pub ask: String,
    pub how: String,
    /// It is found out by looking at AWS.
    pub at_aws: bool,
    /// It is found out by a sign-in.
    pub by_sign_in: bool,
    pub decides: Vec<RuledOutView>,
}

/// A rule by its name.
#[derive(Debug, Serialize, Type)]
pub struct RuledOutView {
    pub id: String,
    pub title: String,
    /// In a sentence; empty where nothing has to be said.
    pub why: String,
    /// An answer of the administrator ruled it out, and can be taken back.
    pub answered: bool,
}

/// Changes that let the sign-in pass.
#[derive(Debug, Serialize, Type)]
pub struct FixView {
    /// `AWS`, `IdP`, `Person` or `Both`.
    pub owner: String,
    pub reach: String,
    pub changes: Vec<ChangeToMake>,
    /// How many findings it silences.
    pub silences: u32,
    /// All of it is on the side of AWS, and the plan of the set-up would make it.
    pub planned: bool,
}

/// One value to change.
#[derive(Debug, Serialize, Type)]
pub struct ChangeToMake {
    pub owner: String,
    pub place: String,
    pub from: Vec<SpanView>,
    pub to: String,
    pub to_spans: Vec<SpanView>,
    /// What becomes of an old value beside the new one; empty where nothing is left to say.
    pub note: String,
    pub step: Option<GuideStepView>,
}

/// Would AWS let this in?
#[derive(Debug, Serialize, Type)]
pub struct AdmissionView {
    pub decision: Verdict,
    pub actions: Vec<ActionView>,
    /// STS's own answer, where it was asked.
    pub sts: Option<StsView>,
}

/// Yes, no, or not known from the evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Yes,
    No,
    Unknown,
}

/// What STS answered.
#[derive(Debug, Serialize, Type)]
pub struct StsView {
    pub accepted: bool,
    pub said: String,
    pub beside: Beside,
}

/// What STS said, beside what the trust policy says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "kebab-case")]
pub enum Beside {
    /// The same.
    Same,
    /// It refused for what was found elsewhere than in the trust policy.
    Found,
    /// Something that is not at hand plays a part.
    Otherwise,
}

/// One action that is asked of a policy.
#[derive(Debug, Serialize, Type)]
pub struct ActionView {
    pub action: String,
    pub decision: Verdict,
    pub statements: Vec<StatementView>,
}

/// One statement of a policy.
#[derive(Debug, Serialize, Type)]
pub struct StatementView {
    pub name: String,
    pub allow: bool,
    pub applies: Verdict,
    pub conditions: Vec<ConditionView>,
}

/// One comparison.
#[derive(Debug, Serialize, Type)]
pub struct ConditionView {
    pub key: String,
    pub operator: String,
    pub expected: Vec<String>,
    pub received: Vec<String>,
    pub holds: Verdict,
}

/// A decoded claim; the offending ones are marked.
#[derive(Debug, Serialize, Type)]
pub struct ClaimView {
    pub label: String,
    pub value: Vec<SpanView>,
    /// The findings that are about it.
    pub findings: Vec<String>,
}

/// Where to look at AWS.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
pub struct Place {
    pub practice: bool,
    pub profile: Option<String>,
    pub region: String,
    /// Id of the application.
    pub application: String,
}

/// A message for the other administrator.
#[derive(Debug, Serialize, Type)]
pub struct LetterView {
    pub subject: String,
    pub body: String,
}

/// What comes after the sign-in: the web experience, and what the role may do in a chat.
#[derive(Debug, Serialize, Type)]
pub struct ChatView {
    /// Everything that a chat cannot do without.
    pub decision: Verdict,
    /// AWS's word for the web experience's state, and its reason; empty where it was not read.
    pub state: String,
    /// People can be sent to it.
    pub ready: bool,
    /// It hands the sign-in to the role that the claim names.
    pub same_role: Verdict,
    pub actions: Vec<ChatActionView>,
}

/// One action of a chat.
#[derive(Debug, Serialize, Type)]
pub struct ChatActionView {
    pub needed: bool,
    pub resource: String,
    pub asked: ActionView,
}
