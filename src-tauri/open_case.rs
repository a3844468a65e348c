//! The case that is open in the window: its pieces, what AWS said around it, and what STS answered. It holds live
//! credentials, so it is in memory alone and shows itself to no log.

use crate::view::Place;
use claimbridge_core::diagnose::{
    Case, Content, Evidence, Message, Origin, Piece, Recognised, RuleId, Sts, Symptom, TokenEvidence,
    TrailEvent,
};
use claimbridge_core::idp::{IdentityProvider, Values};
use claimbridge_core::journal::Bindings;
use claimbridge_core::oidc::IdToken;
use claimbridge_core::plan::Plan;
use claimbridge_core::redact::without_people;
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_core::saml::response::Response;
use claimbridge_core::setup::Setup;
use claimbridge_core::time::Instant;
use claimbridge_runtime::diagnose::{AtHand, Gathered, Weighed, known};
use claimbridge_runtime::oidc::Provider;

mod left_out;
pub use left_out::LeftOut;

/// Sign-ins of CloudTrail that become pieces: the newest one is judged, the others show whether it is the same for
/// everybody.
const MOST_SIGN_INS: usize = 5;

/// What was captured at a test sign-in of a set-up, until the next one.
pub struct Caught {
    /// What proves who somebody is.
    pub proof: Proof,
    /// By which way it came.
    pub origin: Origin,
    /// When.
    pub at: Instant,
    /// What STS made of it.
    pub sts: Option<Sts>,
}

/// What a provider gave somebody for AWS: a live credential.
pub enum Proof {
    /// The form value `SAMLResponse`, or what was pasted in its place.
    Response(Vec<u8>),
    /// An ID token, with what it was judged by: the nonce, and the provider's documents of that moment.
    Token(String, Box<TokenEvidence>),
}

/// A set-up of this computer that a case is about.
pub struct OfSetup {
    /// It.
    pub setup: Setup,
    /// What it made.
    pub bindings: Bindings,
    /// What running it now would change in AWS; None where AWS was not read.
    pub plan: Option<Plan>,
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
    /// OpenID Connect: the provider's documents.
    pub provider: Option<Provider>,
}

/// A response or a token: one sign-in has one.
fn is_proof(content: &Content) -> bool {
    matches!(content, Content::Response(_) | Content::Token(_))
}

/// What our own sign-in gave beside the proof. It holds of that piece alone, for as long as it is there.
struct Bound {
    origin: Origin,
    at: Instant,
    /// What the token was judged by, at that moment.
    token: Option<TokenEvidence>,
    sts: Option<Sts>,
}

impl Bound {
    fn is_of(&self, piece: &Piece) -> bool {
        is_proof(&piece.content) && piece.origin == self.origin && piece.at == Some(self.at)
    }

    /// The set-up still wants the issuer and the client that it wanted then: STS answered about these.
    fn is_still(&self, evidence: &Evidence) -> bool {
        let wants = |token: &TokenEvidence| (token.issuer.clone(), token.client_id.clone());
        let then = self.token.as_ref().map(wants);
        then.is_none() || then == evidence.token.as_ref().map(wants)
    }
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
    /// What is known of the piece that was captured.
    bound: Option<Bound>,
    /// What inputs had that was not kept.
    left_out: Vec<LeftOut>,
}

impl OpenCase {
    /// About a set-up, with what was caught at its last test sign-in.
    pub fn of_setup(of: OfSetup, place: Option<Place>, caught: Option<&Caught>) -> OpenCase {
        let mut open = OpenCase {
            of: Some(of),
            place,
            ..OpenCase::default()
        };
        if let Some(caught) = caught {
            open.capture(caught);
        }
        open
    }

    /// Adds what was captured in the place of an earlier sign-in. What cannot be read any more is left out.
    pub fn capture(&mut self, caught: &Caught) {
        let (content, token) = match &caught.proof {
            Proof::Response(value) => match Response::decode(value) {
                Ok(response) => (Content::Response(Box::new(response)), None),
                Err(_) => return,
            },
            Proof::Token(raw, known) => match IdToken::decode(raw) {
                Ok(token) => (Content::Token(token), Some((**known).clone())),
                Err(_) => return,
            },
        };
        self.case.pieces.retain(|p| !is_proof(&p.content));
        self.case.pieces.push(Piece {
            origin: caught.origin.clone(),
            at: Some(caught.at),
            content,
        });
        self.bound = Some(Bound {
            origin: caught.origin.clone(),
            at: caught.at,
            token,
            sts: caught.sts.clone(),
        });
    }

    /// Adds what the provider said to the person in the place of a token.
    pub fn refused(&mut self, text: &str, at: Instant) {
        self.case.pieces.push(Piece {
            origin: Origin::Listener,
            at: Some(at),
            content: Content::Message(Message {
                text: without_people(text),
                at: Some(at),
            }),
        });
    }

    /// Adds what was pasted or dropped.
    pub fn add(&mut self, recognised: Recognised) {
        self.left_out.extend(LeftOut::of(&recognised));
        let pieces = recognised.pieces;
        // Another token than the one that was captured is judged by what is at hand for it.
        if pieces.iter().any(|p| matches!(p.content, Content::Token(_))) {
            self.case
                .pieces
                .retain(|p| !matches!(p.content, Content::Token(_)));
        }
        self.case.pieces.extend(pieces);
        self.unbind();
    }

    /// What an administrator answered; None takes an earlier answer back.
    pub fn answer(&mut self, rule: RuleId, yes: Option<bool>) {
        match yes {
            Some(yes) => self.case.answers.insert(rule, yes),
            None => self.case.answers.remove(&rule),
        };
    }

    /// What was known of a piece goes with it.
    fn unbind(&mut self) {
        let pieces = &self.case.pieces;
        self.bound = self.bound.take().filter(|b| pieces.iter().any(|p| b.is_of(p)));
    }

    /// Takes a piece away, and with a captured one what STS said of it.
    pub fn remove(&mut self, piece: usize) {
        if piece < self.case.pieces.len() {
            self.case.pieces.remove(piece);
            self.unbind();
            let pieces = &self.case.pieces;
            self.left_out.retain(|left| left.stands_at(pieces).is_some());
        }
    }

    /// What the input of this piece had beside what was kept of it; said at the last of its pieces alone.
    pub fn left_out(&self, piece: usize) -> impl Iterator<Item = &LeftOut> {
        let at = move |left: &&LeftOut| left.stands_at(&self.case.pieces) == Some(piece);
        self.left_out.iter().filter(at)
    }

    /// Turns to an application, and to the set-up that made it: what AWS said is not of this one, and neither is what
    /// STS said, unless it is the same.
    pub fn turn_to(&mut self, of: Option<OfSetup>, place: Place) {
        let id = |of: &Option<OfSetup>| of.as_ref().map(|of| of.setup.id.clone());
        let is_same = self.place.as_ref() == Some(&place) || (id(&of).is_some() && id(&of) == id(&self.of));
        if !is_same {
            self.bound = None;
        }
        self.of = of;
        self.place = Some(place);
        self.unlook();
    }

    /// AWS could not be read now: what it said before counts no more.
    pub fn look_failed(&mut self, why: String) {
        self.unlook();
        self.unreadable = Some(why);
    }

    fn unlook(&mut self) {
        self.case
            .pieces
            .retain(|p| !matches!(p.origin, Origin::Aws | Origin::CloudTrail));
        self.looked = None;
        self.unreadable = None;
    }

    /// What AWS said takes the place of what it said before.
    pub fn look(&mut self, looked: Looked) {
        self.unlook();
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
    }

    /// Everything at hand, as evidence.
    pub fn evidence(&self, now: Instant) -> Evidence {
        self.weigh(now).evidence
    }

    /// Everything at hand, weighed.
    pub fn weigh(&self, now: Instant) -> Weighed {
        let judged_token = self.case.judged_token().map(|(piece, _)| piece);
        let at_hand = AtHand {
            case: &self.case,
            of: self.of.as_ref().map(|of| (&of.setup, &of.bindings)),
            looked: self.looked.as_ref().map(|looked| &looked.gathered),
            published: self.looked.as_ref().and_then(|looked| looked.provider.as_ref()),
            captured: self.bound_to(judged_token).and_then(|b| b.token.as_ref()),
            idp: self.idp,
        };
        let mut weighed = at_hand.weigh(now);
        let evidence = &mut weighed.evidence;
        // A tile says that somebody was shown these words; it is taken back with the tile.
        evidence
            .messages
            .extend(self.symptom.and_then(Symptom::as_message));
        let judged = self.case.judged().map(|(piece, _)| piece).or(judged_token);
        let bound = self.bound_to(judged).filter(|b| b.is_still(evidence));
        if let Some(sts) = bound.and_then(|b| b.sts.as_ref()) {
            evidence.sts = Some(sts.clone());
            // CloudTrail is minutes behind: what it has from before says nothing against a newer answer.
            let captured = evidence.captured_at;
            evidence.trail.retain(|e| captured.is_none_or(|at| e.at > at));
        }
        weighed
    }

    fn bound_to(&self, piece: Option<&Piece>) -> Option<&Bound> {
        let piece = piece?;
        self.bound.as_ref().filter(|b| b.is_of(piece))
    }

    /// What the placeholders of a guide stand for, as far as it is known.
    pub fn values(&self) -> Values {
        known(
            self.of.as_ref().map(|of| (&of.setup, &of.bindings)),
            self.looked.as_ref().map(|looked| &looked.gathered),
            self.place.as_ref().map(|place| place.region.as_str()),
        )
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
