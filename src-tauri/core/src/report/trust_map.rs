//! The trust map: four parties, three edges, each carrying the value that must match. One drawing
//! for the screens and the report.

use super::TestRecord;
use crate::idp::Protocol;
use crate::journal::Bindings;
use crate::resource::{Address, Output};
use crate::setup::{Federation, Setup};
use serde::Serialize;

/// How an edge stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EdgeState {
    /// It does not hold.
    Broken,
    /// It was seen to hold.
    Holds,
    /// Nobody looked yet.
    NotTried,
}

/// One edge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edge {
    /// What has to match: `signature`, `Recipient` or `client`, `email tag`.
    pub label: &'static str,
    /// As one side has it.
    pub left: String,
    /// As the other side has it.
    pub right: String,
    /// Whether they match.
    pub state: EdgeState,
}

/// The map's content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TrustMap {
    /// Title and subtitle of identity provider, IAM provider, role, web experience.
    pub parties: [(String, String); 4],
    /// Between them.
    pub edges: [Edge; 3],
}

impl TrustMap {
    /// From what is set up and what the last test showed.
    pub fn of(setup: &Setup, bindings: &Bindings, test: Option<&TestRecord>) -> TrustMap {
        let outputs = bindings.outputs();
        let acs = outputs
            .get(&(Address::WebExperience, Output::Acs))
            .cloned()
            .unwrap_or_default();
        // Whose signature, with what, and what says for whom the sign-in is.
        let (signs, issuer, signed_with, addressed) = match &setup.federation {
            Federation::Saml { .. } => {
                let metadata = setup.federation_metadata().ok();
                let certificate = metadata.as_ref().and_then(|m| m.signing_certificates.first());
                (
                    "signs responses",
                    metadata.as_ref().map(|m| m.entity_id.clone()).unwrap_or_default(),
                    certificate.map(|c| c.sha256.clone()).unwrap_or_default(),
                    ("Recipient", setup.sign_in_recipient().unwrap_or(acs.clone())),
                )
            }
            Federation::Oidc {
                issuer, client_id, ..
            } => (
                "signs tokens",
                issuer.as_ref().map(ToString::to_string).unwrap_or_default(),
                "the keys that the issuer publishes".into(),
                (
                    "client",
                    client_id.as_ref().map(ToString::to_string).unwrap_or_default(),
                ),
            ),
        };
        let fired = |ids: &[&str]| {
            test.is_some_and(|t| {
                t.findings.iter().any(|f| {
                    f.severity == crate::diagnose::Severity::Blocking
                        && ids.iter().any(|i| f.id.starts_with(i))
                })
            })
        };
        let state = |broken: &[&str]| match test {
            None => EdgeState::NotTried,
            Some(_) if fired(broken) => EdgeState::Broken,
            Some(t) if t.passed => EdgeState::Holds,
            Some(_) => EdgeState::NotTried,
        };
        let host = acs
            .strip_prefix("https://")
            .and_then(|a| a.split('.').next())
            .unwrap_or("not created yet");
        TrustMap {
            parties: [
                (setup.idp().vendor().to_owned(), signs.into()),
                ("IAM provider".into(), provider_name(setup)),
                ("Role".into(), setup.names.role.clone()),
                ("Web experience".into(), host.to_owned()),
            ],
            edges: [
                Edge {
                    label: "signature",
                    left: issuer,
                    right: signed_with,
                    state: match test {
                        None => EdgeState::NotTried,
                        Some(t) if t.signature_valid => EdgeState::Holds,
                        Some(_) => EdgeState::Broken,
                    },
                },
                Edge {
                    label: addressed.0,
                    left: test.map(|t| t.recipient.clone()).unwrap_or_default(),
                    right: addressed.1,
                    state: state(&["F0", "F10", "F11", "F12", "F13", "F51", "F55", "F56"]),
                },
                Edge {
                    label: "email tag",
                    left: test.map(|t| t.person.to_string()).unwrap_or_default(),
                    right: "PrincipalTag:Email".into(),
                    state: state(&["F17", "F18", "F19", "F20", "F21", "F57"]),
                },
            ],
        }
    }
}

/// What IAM knows the provider by: a SAML provider's name, or the issuer of an OpenID Connect provider.
fn provider_name(setup: &Setup) -> String {
    match setup.protocol() {
        Protocol::Saml => setup.names.provider.clone(),
        Protocol::Oidc => setup
            .provider_arn()
            .and_then(|arn| Some(arn.split_once('/')?.1.to_owned()))
            .unwrap_or_else(|| "not known yet".into()),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

/// A text that fits into its box; the whole one is in the element's title.
fn fit(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return escape(text);
    }
    let head: String = text.chars().take(most - 1).collect();
    format!("{}…", escape(&head))
}

/// Draws it. Colours are the design tokens, so it follows the theme of the page it stands in.
pub fn trust_map(map: &TrustMap) -> String {
    let words = |state| match state {
        EdgeState::Broken => "differs",
        EdgeState::Holds => "holds",
        EdgeState::NotTried => "not tried",
    };
    let spoken: Vec<String> = map
        .edges
        .iter()
        .map(|e| format!("{} {}", e.label, words(e.state)))
        .collect();
    let mut svg = format!(
        "<svg class=\"trust-map\" viewBox=\"0 0 644 78\" width=\"100%\" role=\"img\" aria-label=\"Trust map: {}\">",
        escape(&spoken.join(", "))
    );
    let colours = ["idp", "aws", "aws", "aws"];
    for (i, ((title, subtitle), colour)) in map.parties.iter().zip(colours).enumerate() {
        let x = 1 + i * 178;
        svg.push_str(&format!(
            "<g transform=\"translate({x},9)\"><title>{}</title><rect width=\"108\" height=\"60\" rx=\"8\" fill=\"var(--surface)\" stroke=\"var(--line-strong)\"/><rect y=\"12\" width=\"3\" height=\"36\" rx=\"1.5\" fill=\"var(--{colour})\"/><text x=\"10\" y=\"26\" font-size=\"11.5\" font-weight=\"560\" fill=\"var(--text)\">{}</text><text x=\"10\" y=\"45\" font-size=\"11\" fill=\"var(--muted)\">{}</text></g>",
            escape(subtitle),
            fit(title, 15),
            fit(subtitle, 17)
        ));
    }
    for (i, edge) in map.edges.iter().enumerate() {
        let x = 109 + i * 178;
        let (colour, dash, mark) = match edge.state {
            EdgeState::Broken => ("bad", "", "✕"),
            EdgeState::Holds => ("ok", "", "✓"),
            EdgeState::NotTried => ("muted", " stroke-dasharray=\"3 4\"", "?"),
        };
        svg.push_str(&format!(
            "<g stroke=\"var(--{colour})\" fill=\"none\" stroke-width=\"2\"><title>{}: {} — {}</title><path d=\"M{} 39h56\"{dash}/><path d=\"M{} 35l5 4-5 4\"/><g stroke=\"none\" fill=\"var(--{colour})\" font-size=\"11.5\" text-anchor=\"middle\"><text x=\"{}\" y=\"30\">{mark} {}</text><text x=\"{}\" y=\"56\" font-size=\"11.5\">{}</text></g></g>",
            escape(edge.label),
            escape(&edge.left),
            escape(&edge.right),
            x + 7,
            x + 59,
            x + 35,
            escape(edge.label),
            x + 35,
            words(edge.state)
        ));
    }
    svg.push_str("</svg>");
    svg
}
