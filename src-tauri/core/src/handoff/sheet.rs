//! The sheet: one self-contained page for the administrator of the identity provider.

use crate::idp::{Entry, Protocol, Visit, filled_path, guide, values, visits};
use crate::journal::Bindings;
use crate::setup::{Federation, Setup, World};
use crate::time::{Instant, format_instant};
use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// What the administrator of the identity provider needs, and what is asked back. It holds no secret.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    /// Name of the set-up.
    pub name: String,
    /// Its id, by which the answer finds back.
    pub setup: String,
    /// When it was made.
    pub at: String,
    /// Of the practice world.
    pub practice: bool,
    /// Whose portal, in a sentence.
    pub vendor: String,
    /// Where the portal is.
    pub portal: String,
    /// The role that is needed there.
    pub needs: String,
    /// When the guide was last compared with the portal's documents, as a date.
    pub checked: String,
    /// Everything is done in one visit: AWS was set up first.
    pub one_visit: bool,
    /// Values are missing that AWS makes.
    pub later: bool,
    /// In the portal's order.
    pub steps: Vec<Visit>,
    /// What is asked back.
    pub hand_back: HandBack,
}

/// What is asked back. A client secret is never among it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandBack {
    /// SAML or OIDC.
    pub protocol: Protocol,
    /// The portal's label of the sign-in address (SAML) or of the issuer (OIDC).
    pub address: String,
    /// The way to it, label by label.
    pub path: Vec<String>,
    /// What else to know of it.
    pub hint: String,
    /// The set-up has metadata, or a client id, already.
    pub has_first: bool,
    /// The set-up has that address already.
    pub has_address: bool,
    /// Name of the file that is saved.
    pub file: String,
}

impl Sheet {
    /// The sheet of a set-up as it is now; `bindings` give the address of its web experience.
    pub fn of(setup: &Setup, bindings: &Bindings, now: Instant) -> Sheet {
        let guide = guide(setup.idp());
        let endpoint = bindings.web_experience();
        let values = values(setup, endpoint.as_ref());
        Sheet {
            name: setup.name.clone(),
            setup: setup.id.clone(),
            at: format_instant(now),
            practice: setup.world == World::Practice,
            vendor: guide.vendor.clone(),
            portal: guide.portal.clone(),
            needs: guide.needs.clone(),
            checked: guide.checked.clone(),
            one_visit: setup.is_temporary(),
            later: endpoint.is_none(),
            steps: visits(setup, &values),
            hand_back: HandBack {
                protocol: guide.protocol,
                address: guide.address.label.clone(),
                path: filled_path(&guide.address.path, &values),
                hint: guide.address.hint.clone(),
                has_first: has_first(setup),
                has_address: has_address(setup),
                file: format!("{}-answer.claimbridge.json", file_name(&setup.name)),
            },
        }
    }

    fn is_oidc(&self) -> bool {
        self.hand_back.protocol == Protocol::Oidc
    }

    /// One self-contained, printable page; the same sheet gives the same bytes.
    ///
    /// # Errors
    /// The template could not be filled in; a bug.
    pub fn html(&self) -> Result<String, askama::Error> {
        // A browser reads every line break as LF, and the hash is of what it reads.
        let script = include_str!("../../templates/sheet.js").replace('\r', "");
        let style = include_str!("../../templates/sheet.css");
        Page {
            sheet: self,
            script: &script,
            hash: &STANDARD.encode(Sha256::digest(script.as_bytes())),
            style,
        }
        .render()
    }
}

#[derive(Template)]
#[template(path = "sheet.html")]
struct Page<'a> {
    sheet: &'a Sheet,
    script: &'a str,
    hash: &'a str,
    style: &'a str,
}

fn has_first(setup: &Setup) -> bool {
    match &setup.federation {
        Federation::Oidc { client_id, .. } => client_id.is_some(),
        Federation::Saml { metadata, .. } => metadata.is_some(),
    }
}

fn has_address(setup: &Setup) -> bool {
    match &setup.federation {
        Federation::Oidc { issuer, .. } => issuer.is_some(),
        Federation::Saml {
            authentication_url, ..
        } => authentication_url.is_some(),
    }
}

/// A name that every system takes for a file.
fn file_name(name: &str) -> String {
    name.chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "_-".contains(c) {
                c
            } else {
                '-'
            }
        })
        .collect()
}
