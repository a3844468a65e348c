//! Shows a page of a site or of a thing.

use super::{Does, Field, Form, Input, Page, Part, Shown, Site, Sort, Thing, site};
use crate::World;
use crate::portal::{html, oidc, saml};
use crate::state::State;
use crate::wire::escape;
use axum::extract::{self, Path};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use std::sync::Arc;

/// Stands for the site itself where an address has a thing.
pub(super) const NOTHING: &str = "-";

/// The page's address.
pub(super) fn address(site: &Site, thing: Option<&Thing>, page: &str) -> String {
    let thing = thing.map_or(NOTHING, |t| &t.id);
    format!("/{}/{thing}/{page}", site.slug)
}

/// A page in the site's frame; `body` is HTML.
pub(in crate::portal) fn frame(site: &Site, title: &str, body: &str) -> String {
    let menu: Vec<(&str, String)> = site
        .menu
        .iter()
        .map(|(label, page)| (*label, address(site, None, page)))
        .collect();
    let menu: Vec<(&str, &str)> = menu.iter().map(|(l, to)| (*l, to.as_str())).collect();
    html::frame(site.name, &menu, &escape(title), body)
}

/// A refusal in the site's frame.
pub(in crate::portal) fn refusal(site: &Site, status: StatusCode, words: &str) -> Response {
    (status, Html(frame(site, "Error", &html::alert(&escape(words))))).into_response()
}

pub(super) async fn home(world: extract::State<Arc<World>>, slug: &'static str) -> Response {
    let first = site(slug)
        .and_then(|s| s.menu.first())
        .map_or("", |(_, page)| *page);
    page(world, slug, Path((NOTHING.into(), first.into()))).await
}

pub(super) async fn page(
    extract::State(world): extract::State<Arc<World>>,
    slug: &'static str,
    Path((thing, wanted)): Path<(String, String)>,
) -> Response {
    let Some(site) = site(slug) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut state = world.state();
    if let Err(why) = state.portals.seed(site) {
        return refusal(site, StatusCode::INTERNAL_SERVER_ERROR, &why);
    }
    let state = &*state;
    let thing = state.portals.thing(slug, &thing);
    if let (Some(thing), "metadata.xml") = (thing, wanted.as_str())
        && let Some(xml) = saml::metadata(thing)
    {
        return ([(header::CONTENT_TYPE, "application/samlmetadata+xml")], xml).into_response();
    }
    match find(site, thing, &wanted) {
        Some(page) => Html(frame(site, page.title, &body(state, site, thing, page))).into_response(),
        None => refusal(site, StatusCode::NOT_FOUND, "There is no such page."),
    }
}

/// The description of a page.
pub(super) fn find(site: &'static Site, thing: Option<&Thing>, slug: &str) -> Option<&'static Page> {
    let pages = thing.map_or(site.pages, |t| t.kind.pages);
    pages.iter().find(|p| p.slug == slug)
}

fn link(label: &str, to: &str) -> String {
    format!("<a href=\"{}\">{}</a> ", escape(to), escape(label))
}

fn body(state: &State, site: &Site, thing: Option<&Thing>, page: &Page) -> String {
    let mut out = String::new();
    if let Some(thing) = thing {
        let tabs: String = thing
            .kind
            .tabs
            .iter()
            .map(|(label, to)| link(label, &address(site, Some(thing), to)))
            .collect();
        out.push_str(&format!(
            "<p><b>{}</b></p><p><nav aria-label=\"Tabs\">{tabs}</nav></p>",
            escape(thing.name())
        ));
    }
    for (i, part) in page.parts.iter().enumerate() {
        out.push_str(&match part {
            Part::Text(text) => format!("<h2>{}</h2>", escape(text)),
            Part::Link(label, to) => format!("<p>{}</p>", link(label, &address(site, thing, to))),
            Part::Things(sort) => things(state, site, thing, *sort),
            Part::Servers(label) => servers(state, site, label),
            Part::Shown(label, what) => {
                thing.map_or_else(String::new, |t| html::shown(label, &shown(state, t, *what)))
            }
            Part::Metadata(label) => thing.map_or_else(String::new, |t| {
                format!("<p>{}</p>", link(label, &address(site, Some(t), "metadata.xml")))
            }),
            Part::Rows(of) => thing.map_or_else(String::new, |t| rows(t, of)),
            Part::Form(described) => form(state, thing, i, described),
        });
    }
    out
}

fn things(state: &State, site: &Site, parent: Option<&Thing>, sort: Sort) -> String {
    let parent = parent.map_or("", |t| &t.id);
    state
        .portals
        .of(site, sort)
        .filter(|t| t.parent == parent)
        .map(|t| format!("<p>{}</p>", link(t.name(), &address(site, Some(t), first_tab(t)))))
        .collect()
}

/// Where a thing opens: its first tab, or its first page.
fn first_tab(thing: &Thing) -> &'static str {
    thing.kind.tabs.first().map_or(thing.kind.first, |(_, to)| *to)
}

fn servers(state: &State, site: &Site, label: &str) -> String {
    state
        .portals
        .of(site, Sort::Server)
        .map(|t| {
            let to = address(site, Some(t), first_tab(t));
            let issuer = html::shown(label, &oidc::issuer(&state.portals, t));
            format!("<section>{}{issuer}</section>", link(t.name(), &to))
        })
        .collect()
}

fn shown(state: &State, thing: &Thing, what: Shown) -> String {
    match what {
        Shown::ClientId => thing.id.clone(),
        Shown::ClientSecret => thing.secret.clone(),
        Shown::Issuer => oidc::issuer(&state.portals, thing),
        Shown::SignOn => saml::sign_on(thing).unwrap_or_default(),
    }
}

fn rows(thing: &Thing, of: &str) -> String {
    let rows: String = thing
        .rows(of)
        .map(|row| {
            let cells: String = row.values().map(|v| format!("<td>{}</td>", escape(v))).collect();
            format!("<tr>{cells}</tr>")
        })
        .collect();
    format!("<table><tbody>{rows}</tbody></table>")
}

fn form(state: &State, thing: Option<&Thing>, index: usize, form: &Form) -> String {
    let fields: String = form
        .fields
        .iter()
        .map(|f| {
            let current = match (form.does, thing) {
                (Does::Set, Some(thing)) => thing.get(f.key),
                _ => "",
            };
            field(state, f, current)
        })
        .collect();
    format!(
        "<form method=\"post\" id=\"form-{index}\"><fieldset><legend>{}</legend><input type=\"hidden\" name=\"form\" value=\"{index}\">{fields}<button>{}</button></fieldset></form>",
        escape(form.legend),
        escape(form.button)
    )
}

fn field(state: &State, field: &Field, current: &str) -> String {
    match field.input {
        Input::Text => html::field(field.label, field.key, current),
        Input::Tick => html::tick(field.label, field.key, current == "on"),
        Input::Choice(options) => html::choice(field.label, field.key, options.iter().copied(), current),
        Input::Person => {
            let people: Vec<(&str, &str)> = state
                .tenants
                .first()
                .into_iter()
                .flat_map(|t| &t.users)
                .map(|u| (u.upn(), u.get("displayname")))
                .collect();
            html::choice(field.label, field.key, people.into_iter(), current)
        }
    }
}
