//! The case that is open in the window: its pieces, what AWS said around it, and what STS answered. It holds live
//! credentials, so it is in memory alone and shows itself to no log.

use crate::view::Place;
use claimbridge_core::diagnose::{
    Case, Content, Evidence, Expected, Origin, Piece, RuleId, Sts, Symptom, TrailEvent,
};
use claimbridge_core::idp::{IdentityProvider, Values, values};
use claimbridge_core::journal::Bindings;
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_core::saml::response::Response;
use claimbridge_core::setup::Setup;
use claimbridge_core::time::Instant;
use claimbridge_core::value::WebExperienceUrl;
use claimbridge_runtime::diagnose::Gathered;
use claimbridge_runtime::judge;

/// Sign-ins of CloudTrail that become pieces: the newest one is judged, the others show whether it is the same for
/// everybody.
const MOST_SIGN_INS: usize = 5;

/// What was captured at a test sign-in of a set-up, until the next one.
pub struct Caught {
    /// The form value `SAMLResponse`, or what was pasted in its place.
    pub value: Vec<u8>,
    /// By which way it came.
    pub origin: Origin,
    /// When.
    pub at: Instant,
    /// What STS made of it.
    pub sts: Option<Sts>,
}

/// A set-up of this computer that a case is about.
pub struct OfSetup {
    /// It.
    pub setup: Setup,
    /// What it made.
    pub bindings: Bindings,
    /// Its plan would change something in AWS.
    pub plan_mends: bool,
}

/// AWS as it was read for a case.
pub struct Looked {
    /// What was read.
    pub gathered: Gathered,
    /// What STS answered to others lately, the newest first.
    pub sign_ins: Vec<TrailEvent>,
    /// When.
    pub at: Instant,
    /// The account.
    pub account: String,
}

/// The open case.
#[derive(Default)]
pub struct OpenCase {
    /// Pieces and answers.
    pub case: Case,
    /// What it began with.
    pub symptom: Option<&'static Symptom>,
    /// Whose portal remedies speak of, where somebody chose it.
    pub idp: Option<IdentityProvider>,
    /// The set-up that it belongs to.
    pub of: Option<OfSetup>,
    /// Where AWS is looked at.
    pub place: Option<Place>,
    /// What was seen there.
    pub looked: Option<Looked>,
    /// Why nothing was seen there.
    pub unreadable: Option<String>,
    /// STS's answer to the captured response.
    pub sts: Option<Sts>,
}

impl OpenCase {
    /// About a set-up, with what was caught at its last test sign-in.
    pub fn of_setup(of: OfSetup, place: Option<Place>, caught: Option<&Caught>) -> OpenCase {
        let mut open = OpenCase {
            of: Some(of),
            place,
            ..OpenCase::default()
        };
        if let Some(caught) = caught
            && let Ok(response) = Response::decode(&caught.value)
        {
            open.capture(response, caught.origin.clone(), caught.at, caught.sts.clone());
        }
        open
    }

    /// Adds a captured response in the place of an earlier one.
    pub fn capture(&mut self, response: Response, origin: Origin, at: Instant, sts: Option<Sts>) {
        self.case
            .pieces
            .retain(|p| !matches!(p.content, Content::Response(_)));
        self.case.pieces.push(Piece {
            origin,
            at: Some(at),
            content: Content::Response(Box::new(response)),
        });
        self.sts = sts;
    }

    /// What an administrator answered; None takes an earlier answer back.
    pub fn answer(&mut self, rule: RuleId, yes: Option<bool>) {
        match yes {
            Some(yes) => self.case.answers.insert(rule, yes),
            None => self.case.answers.remove(&rule),
        };
    }

    /// Takes a piece away, and with the response what STS said of it.
    pub fn remove(&mut self, piece: usize) {
        if piece < self.case.pieces.len() {
            let gone = self.case.pieces.remove(piece);
            if matches!(gone.content, Content::Response(_)) {
                self.sts = None;
            }
        }
    }

    /// What AWS said takes the place of what it said before.
    pub fn look(&mut self, looked: Looked) {
        self.case
            .pieces
            .retain(|p| !matches!(p.origin, Origin::Aws | Origin::CloudTrail));
        self.case.pieces.extend(looked.gathered.pieces(looked.at));
        let of_trail = |event: &TrailEvent| Piece {
            origin: Origin::CloudTrail,
            at: Some(event.at),
            content: Content::Trail(event.clone()),
        };
        self.case
            .pieces
            .extend(looked.sign_ins.iter().take(MOST_SIGN_INS).map(of_trail));
        self.looked = Some(looked);
        self.unreadable = None;
    }

    fn expected(&self) -> Expected {
        let mut expected = match (&self.of, &self.looked) {
            (Some(of), _) => judge::expected(&of.setup, &of.bindings),
            (None, Some(looked)) => looked.gathered.expected.clone(),
            (None, None) => self.case.expected_from(),
        };
        if let Some(idp) = self.idp {
            expected.idp = idp;
        }
        expected
    }

    /// Everything at hand, as evidence.
    pub fn evidence(&self, now: Instant) -> Evidence {
        let mut evidence = self.case.evidence(self.expected(), now);
        if let Some(looked) = &self.looked {
            looked.gathered.fill(&mut evidence);
        }
        // A tile says that somebody was shown these words; it is taken back with the tile.
        evidence
            .messages
            .extend(self.symptom.and_then(Symptom::as_message));
        if self.sts.is_some() {
            evidence.sts.clone_from(&self.sts);
            // CloudTrail is minutes behind: what it has from before says nothing against a newer answer.
            let captured = evidence.captured_at;
            evidence.trail.retain(|e| captured.is_none_or(|at| e.at > at));
        }
        evidence
    }

    /// What the placeholders of a guide stand for, as far as it is known.
    pub fn values(&self) -> Values {
        if let Some(of) = &self.of {
            return values(&of.setup, of.bindings.web_experience().as_ref());
        }
        let Some(looked) = &self.looked else {
            return Values::new();
        };
        let (live, expected) = (&looked.gathered.live, &looked.gathered.expected);
        let endpoint = live
            .web_experience
            .as_ref()
            .and_then(|w| WebExperienceUrl::parse(w.endpoint.as_deref()?).ok());
        let role = expected.role_arn.clone();
        let pair = || {
            Some(format!(
                "{},{}",
                expected.role_arn.as_ref()?,
                expected.provider_arn.as_ref()?
            ))
        };
        let known = [
            ("acs_url", endpoint.as_ref().map(|e| e.acs().as_str().to_owned())),
            ("app_name", live.application.as_ref().map(|a| a.name.clone())),
            ("further_tags", Some(String::new())),
            ("provider_arn", expected.provider_arn.clone()),
            ("recipient", expected.recipient.clone()),
            (
                "redirect_url",
                endpoint.as_ref().map(WebExperienceUrl::redirect_uri),
            ),
            ("region", self.place.as_ref().map(|p| p.region.clone())),
            (
                "role_name",
                role.as_ref()
                    .and_then(|r| r.rsplit('/').next().map(str::to_owned)),
            ),
            ("role_arn", role),
            ("role_pair", pair()),
        ];
        known
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect()
    }

    /// Entity ID of whoever signs, where metadata is at hand.
    pub fn issuer(&self) -> Option<String> {
        let metadata = self
            .looked
            .as_ref()
            .and_then(|l| l.gathered.metadata.as_deref())?;
        let read = FederationMetadata::parse(metadata.as_bytes(), None).ok()?;
        Some(read.entity_id.to_string())
    }
}
