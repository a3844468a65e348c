//! The case that is open in the window: its pieces, what AWS said around it, and what STS answered. It holds live
//! credentials, so it is in memory alone and shows itself to no log.

use crate::view::Place;
use claimbridge_core::diagnose::{
    Case, Content, Evidence, Message, Origin, Piece, Recognised, RuleId, Sts, Symptom, TokenEvidence,
    TrailEvent,
};
use claimbridge_core::idp::{IdentityProvider, Values};
use claimbridge_core::journal::Bindings;
use claimbridge_core::oidc::{ExpectedToken, IdToken};
use claimbridge_core::plan::Plan;
use claimbridge_core::redact::without_people;
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_core::saml::response::Response;
use claimbridge_core::setup::{Federation, Setup};
use claimbridge_core::time::Instant;
use claimbridge_runtime::diagnose::{AtHand, Gathered, Holder, known};
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

/// Everything at hand, and what it stands on.
pub struct Weighed {
    /// To be judged.
    pub evidence: Evidence,
    /// Whose metadata signatures are verified with.
    pub metadata_of: Option<Holder>,
    /// Whose keys a token is verified with.
    pub keys_of: Option<KeysOf>,
    /// Piece by piece, why it is not what is judged or judged by.
    pub asides: Vec<Option<String>>,
}

/// Whose keys a token is verified with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeysOf {
    /// Those that the issuer publishes.
    Issuer,
    /// Those that somebody handed in, where the issuer's could not be had.
    HandedIn,
}

/// A response or a token: one sign-in has one.
fn is_proof(content: &Content) -> bool {
    matches!(content, Content::Response(_) | Content::Token(_))
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
    /// STS's answer to what was captured.
    pub sts: Option<Sts>,
    /// What the token among the pieces was judged by.
    token: Option<TokenEvidence>,
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
        self.token = token;
        self.sts.clone_from(&caught.sts);
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
            self.token = None;
            self.sts = None;
        }
        self.case.pieces.extend(pieces);
    }

    /// What an administrator answered; None takes an earlier answer back.
    pub fn answer(&mut self, rule: RuleId, yes: Option<bool>) {
        match yes {
            Some(yes) => self.case.answers.insert(rule, yes),
            None => self.case.answers.remove(&rule),
        };
    }

    /// Takes a piece away, and with a proof what STS said of it.
    pub fn remove(&mut self, piece: usize) {
        if piece < self.case.pieces.len() {
            let gone = self.case.pieces.remove(piece);
            if is_proof(&gone.content) {
                self.sts = None;
                self.token = None;
            }
            let pieces = &self.case.pieces;
            self.left_out.retain(|left| left.stands_at(pieces).is_some());
        }
    }

    /// What the input of this piece had beside what was kept of it; said at the last of its pieces alone.
    pub fn left_out(&self, piece: usize) -> impl Iterator<Item = &LeftOut> {
        let at = move |left: &&LeftOut| left.stands_at(&self.case.pieces) == Some(piece);
        self.left_out.iter().filter(at)
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

    /// Everything at hand, as evidence.
    pub fn evidence(&self, now: Instant) -> Evidence {
        self.weigh(now).evidence
    }

    /// Everything at hand, weighed.
    pub fn weigh(&self, now: Instant) -> Weighed {
        let at_hand = AtHand {
            case: &self.case,
            of: self.of.as_ref().map(|of| (&of.setup, &of.bindings)),
            looked: self.looked.as_ref().map(|looked| &looked.gathered),
            idp: self.idp,
        };
        let weighed = at_hand.weigh(now);
        let mut evidence = weighed.evidence;
        if let Some(known) = &self.token {
            evidence.token = Some(known.clone());
            evidence.captured_at = self.captured_at();
        }
        if let (Some(of), Some(token)) = (&self.of, &mut evidence.token)
            && let Federation::Oidc {
                issuer, client_id, ..
            } = &of.setup.federation
        {
            token.issuer = issuer.clone().or(token.issuer.take());
            token.client_id = client_id.clone().or(token.client_id.take());
        }
        if let Some(looked) = &self.looked {
            // What stands in IAM now counts more than at the sign-in.
            let before = evidence.token.as_mut().and_then(|t| t.provider_clients.take());
            looked.gathered.fill(&mut evidence);
            if let Some(token) = &mut evidence.token {
                token.provider_clients = token.provider_clients.take().or(before);
            }
        }
        let published = evidence.token.as_mut().is_some_and(|t| self.publish(t));
        self.verify_token(&mut evidence);
        let keys = evidence.token.as_ref().and_then(|t| t.keys.as_ref());
        let keys_of = keys.filter(|keys| keys.is_ok()).map(|_| match published {
            true => KeysOf::Issuer,
            false => KeysOf::HandedIn,
        });
        // A tile says that somebody was shown these words; it is taken back with the tile.
        evidence
            .messages
            .extend(self.symptom.and_then(Symptom::as_message));
        if self.sts.is_some() && self.is_captured() {
            evidence.sts.clone_from(&self.sts);
            // CloudTrail is minutes behind: what it has from before says nothing against a newer answer.
            let captured = evidence.captured_at;
            evidence.trail.retain(|e| captured.is_none_or(|at| e.at > at));
        }
        Weighed {
            evidence,
            metadata_of: weighed.metadata_of,
            keys_of,
            asides: weighed.asides,
        }
    }

    /// What is judged is what we captured, and not what somebody handed in afterwards: STS was asked of that alone.
    fn is_captured(&self) -> bool {
        let response = self.case.judged().map(|(piece, _)| piece);
        let judged = response.or(self.case.judged_token().map(|(piece, _)| piece));
        judged.is_none_or(|p| matches!(p.origin, Origin::SignInWindow | Origin::Listener))
    }

    /// Puts the issuer's own keys to the token, before those that somebody handed in. Whether they count.
    fn publish(&self, token: &mut TokenEvidence) -> bool {
        // A captured token came with those of its moment.
        if self.token.is_some() {
            return true;
        }
        let Some(provider) = self.looked.as_ref().and_then(|l| l.provider.as_ref()) else {
            return false;
        };
        token.discovery = Some(provider.discovery.clone());
        match &provider.keys {
            Some(Ok(keys)) => {
                token.keys = Some(Ok(keys.clone()));
                token.verdict = None;
                true
            }
            none => {
                token.keys = token.keys.take().or_else(|| none.clone());
                false
            }
        }
    }

    /// When we captured it.
    fn captured_at(&self) -> Option<Instant> {
        let (piece, _) = self.case.judged_token()?;
        piece.at.filter(|_| piece.origin == Origin::Listener)
    }

    /// A pasted token is verified once issuer, client and keys are known from elsewhere than itself.
    fn verify_token(&self, evidence: &mut Evidence) {
        let Some((_, token)) = self.case.judged_token() else {
            return;
        };
        let now = evidence.now;
        if let Some(known) = &mut evidence.token
            && known.verdict.is_none()
            && let (Some(Ok(keys)), Some(issuer), Some(client_id)) =
                (&known.keys, &known.issuer, &known.client_id)
        {
            let expected = ExpectedToken {
                issuer: issuer.clone(),
                client_id: client_id.clone(),
                nonce: None,
                now,
            };
            known.verdict = Some(token.verify(keys, &expected));
        }
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
