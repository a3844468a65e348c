//! Portals that are data: a site has kinds of things (an app integration, an authorization server, a
//! policy), a kind has pages, a page has forms, and a form stores what was typed under a key. What
//! the keys mean is said once, in `saml` and `oidc`.

use crate::World;
use crate::keys::SigningKey;
use crate::portal::Shape;
use axum::Router;
use axum::routing::get;
use std::collections::BTreeMap;
use std::sync::Arc;

mod forms;
mod okta;
pub(super) mod pages;
mod ping;
mod plain;

/// The portals beside Entra's.
pub(super) static SITES: [&Site; 3] = [&okta::SITE, &ping::SITE, &plain::SITE];

/// A portal.
pub(super) struct Site {
    /// First part of its addresses.
    pub slug: &'static str,
    pub name: &'static str,
    /// Menu of every page: label and page of the site.
    pub menu: &'static [(&'static str, &'static str)],
    pub pages: &'static [Page],
    pub kinds: &'static [Kind],
    /// A token is given only where an access policy says so.
    pub has_policies: bool,
}

/// A kind of thing that administrators make.
pub(super) struct Kind {
    pub id: &'static str,
    pub sort: Sort,
    /// Tabs of its pages: label and page of the thing.
    pub tabs: &'static [(&'static str, &'static str)],
    pub pages: &'static [Page],
    /// What is set when nobody has touched it.
    pub settings: &'static [(&'static str, &'static str)],
    /// The page after it was made.
    pub first: &'static str,
    /// Only people who are assigned may sign in.
    pub assigned: bool,
    /// What it is called and where it is, with SAML.
    pub saml: Option<Places>,
}

/// Names and addresses of an identity provider, with `{id}`, `{name}` and `{audience}` of the application.
pub(super) struct Places {
    pub entity_id: &'static str,
    /// Where a sign-in begins without a request.
    pub sign_on: &'static str,
    /// Where requests go.
    pub sso: &'static str,
}

/// What a thing is to the protocols.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// An application with SAML.
    Saml,
    /// A client of OpenID Connect.
    Client,
    /// An authorization server.
    Server,
    /// An access policy of an authorization server.
    Policy,
}

/// One page of a site or of a thing.
pub(super) struct Page {
    pub slug: &'static str,
    pub title: &'static str,
    pub parts: &'static [Part],
}

/// What is on a page, from top to bottom.
pub(super) enum Part {
    /// A heading, or words to go by.
    Text(&'static str),
    /// To another page of the same site or thing.
    Link(&'static str, &'static str),
    /// The things of a sort, each a link.
    Things(Sort),
    /// The authorization servers, each a link with its issuer under this label.
    Servers(&'static str),
    /// A value to copy, under its label.
    Shown(&'static str, Shown),
    /// The download of the federation metadata, under its label.
    Metadata(&'static str),
    /// Rows that were added.
    Rows(&'static str),
    Form(Form),
}

/// A value that the portal shows.
#[derive(Clone, Copy)]
pub(super) enum Shown {
    ClientId,
    ClientSecret,
    Issuer,
    SignOn,
}

pub(super) struct Form {
    pub legend: &'static str,
    pub does: Does,
    pub fields: &'static [Field],
    pub button: &'static str,
}

/// What a form does with what was typed.
#[derive(Clone, Copy)]
pub(super) enum Does {
    /// Makes a thing of that kind.
    Create(&'static str),
    /// Stores every field of the form under its key.
    Set,
    /// Adds a row; one of the same `name` is replaced.
    Add(&'static str),
    /// Takes a row away.
    Remove(&'static str),
    /// Makes another signing key, inactive at first.
    NewKey,
    /// Signs with the last key from now on.
    ActivateKey,
}

pub(super) struct Field {
    pub label: &'static str,
    pub key: &'static str,
    pub input: Input,
}

pub(super) enum Input {
    Text,
    /// Stored as `on` or nothing.
    Tick,
    /// Value and the portal's words, the first at the start.
    Choice(&'static [(&'static str, &'static str)]),
    /// One of the directory's people.
    Person,
}

pub(super) const fn text(label: &'static str, key: &'static str) -> Field {
    Field {
        label,
        key,
        input: Input::Text,
    }
}

pub(super) const fn tick(label: &'static str, key: &'static str) -> Field {
    Field {
        label,
        key,
        input: Input::Tick,
    }
}

pub(super) const fn choice(
    label: &'static str,
    key: &'static str,
    options: &'static [(&'static str, &'static str)],
) -> Field {
    Field {
        label,
        key,
        input: Input::Choice(options),
    }
}

/// The people of an application, on whatever page a vendor has them.
pub(super) const ASSIGN: Form = Form {
    legend: "Assign",
    does: Does::Add("people"),
    fields: &[Field {
        label: "Person",
        key: "name",
        input: Input::Person,
    }],
    button: "Assign",
};
pub(super) const UNASSIGN: Form = Form {
    legend: "Remove",
    does: Does::Remove("people"),
    fields: &[Field {
        label: "Person",
        key: "name",
        input: Input::Person,
    }],
    button: "Remove",
};
pub(super) const NEW_KEY: Form = Form {
    legend: "Signing certificate",
    does: Does::NewKey,
    fields: &[],
    button: "Generate new certificate",
};
pub(super) const ACTIVATE_KEY: Form = Form {
    legend: "New certificate",
    does: Does::ActivateKey,
    fields: &[],
    button: "Activate",
};

/// A thing that somebody made. It has no `Debug`: a client's secret is in it.
pub(super) struct Thing {
    pub id: String,
    pub site: &'static Site,
    pub kind: &'static Kind,
    /// The thing on whose page it was made; empty for the site's own.
    pub parent: String,
    settings: BTreeMap<String, String>,
    rows: Vec<(String, Row)>,
    pub keys: Vec<SigningKey>,
    /// Index of the key that signs.
    pub active: usize,
    pub shape: Shape,
    pub secret: String,
    /// Everybody may sign in, assigned or not.
    pub everyone: bool,
}

pub(super) type Row = BTreeMap<String, String>;

impl Thing {
    /// What stands under a key; empty where nothing does.
    pub fn get(&self, key: &str) -> &str {
        self.settings.get(key).map(String::as_str).unwrap_or_default()
    }

    pub fn name(&self) -> &str {
        self.get("name")
    }

    pub fn rows<'a>(&'a self, of: &'a str) -> impl Iterator<Item = &'a Row> {
        self.rows.iter().filter(move |(c, _)| c == of).map(|(_, r)| r)
    }

    pub fn has_person(&self, upn: &str) -> bool {
        !self.kind.assigned
            || self.everyone
            || self
                .rows("people")
                .any(|r| r.get("name").is_some_and(|n| n == upn))
    }
}

/// What exists in the portals beside Entra's; their people and their clock are those of the first directory.
#[derive(Default)]
pub(crate) struct Portals {
    /// `http://127.0.0.1:PORT`, under which issuers are.
    pub origin: String,
    pub(super) things: Vec<Thing>,
    pub(super) codes: BTreeMap<String, super::oidc::Grant>,
    /// What authorization servers do not give away, though they should.
    pub(crate) withheld: Withheld,
}

/// A document of an authorization server that is not to be had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Withheld {
    /// None: all are there.
    #[default]
    Nothing,
    /// The keys.
    Keys,
    /// The discovery document, and with it the way to the keys.
    Discovery,
}

impl Portals {
    /// A client by its id, whichever site it is of.
    pub(super) fn client(&self, id: &str) -> Option<&Thing> {
        let mut clients = self.things.iter().filter(|t| t.kind.sort == Sort::Client);
        clients.find(|t| t.id == id)
    }

    /// By a thing's id at its site: every site has a server `default`.
    pub(super) fn thing(&self, slug: &str, id: &str) -> Option<&Thing> {
        self.things.iter().find(|t| t.site.slug == slug && t.id == id)
    }

    pub(super) fn of<'a>(&'a self, site: &'a Site, sort: Sort) -> impl Iterator<Item = &'a Thing> {
        self.things
            .iter()
            .filter(move |t| t.site.slug == site.slug && t.kind.sort == sort)
    }

    /// What is at a site before anybody comes: its authorization server, if it has one.
    pub(super) fn seed(&mut self, site: &'static Site) -> Result<(), String> {
        let Some(kind) = site.kinds.iter().find(|k| k.sort == Sort::Server) else {
            return Ok(());
        };
        if self.of(site, Sort::Server).next().is_none() {
            let mut settings = BTreeMap::new();
            settings.insert("name".to_owned(), "default".to_owned());
            settings.insert("audience".to_owned(), "api://default".to_owned());
            let key = SigningKey::new("token signing", 365)?;
            self.things
                .push(Thing::new("default".into(), site, kind, "", settings, Some(key)));
        }
        Ok(())
    }

    /// The secrets of every client.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let clients = self.things.iter().filter(|t| t.kind.sort == Sort::Client);
        clients.map(|c| c.secret.clone()).collect()
    }

    /// Every authorization server gets new keys and publishes the old ones no more.
    pub(crate) fn exchange_keys(&mut self) {
        for server in self.things.iter_mut().filter(|t| t.kind.sort == Sort::Server) {
            // Should the crypto library fail, there is no key, and so no known one.
            server.keys = SigningKey::new("token signing", 365).into_iter().collect();
            server.active = 0;
        }
    }

    /// The first certificate of every application signs.
    pub(crate) fn activate_first(&mut self) {
        for thing in &mut self.things {
            thing.active = 0;
        }
    }

    /// How every application builds its responses from now on.
    pub(crate) fn reshape(&mut self, shape: Shape) {
        for thing in &mut self.things {
            thing.shape = shape;
        }
    }
}

impl Thing {
    fn new(
        id: String,
        site: &'static Site,
        kind: &'static Kind,
        parent: &str,
        typed: BTreeMap<String, String>,
        key: Option<SigningKey>,
    ) -> Thing {
        let mut settings: BTreeMap<String, String> = kind
            .settings
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        settings.extend(typed);
        let secret = if kind.sort == Sort::Client {
            // Two random numbers; made at run time, so that no secret stands in a file.
            format!(
                "{}{}",
                uuid::Uuid::new_v4().simple(),
                uuid::Uuid::new_v4().simple()
            )
        } else {
            String::new()
        };
        Thing {
            id,
            site,
            kind,
            parent: parent.to_owned(),
            settings,
            rows: Vec::new(),
            keys: key.into_iter().collect(),
            active: 0,
            shape: Shape::Ordinary,
            secret,
            everyone: false,
        }
    }
}

/// The pages of every site.
pub(super) fn routes() -> Router<Arc<World>> {
    SITES.iter().fold(Router::new(), |router, site| {
        let slug = site.slug;
        router
            .route(&format!("/{slug}"), get(move |w| pages::home(w, slug)))
            .route(
                &format!("/{slug}/{{thing}}/{{page}}"),
                get(move |w, p| pages::page(w, slug, p)).post(move |w, p, f| forms::submit(w, slug, p, f)),
            )
    })
}

pub(super) fn site(slug: &str) -> Option<&'static Site> {
    SITES.iter().copied().find(|s| s.slug == slug)
}
