//! What a site does with a submitted form: it stores what was typed, byte for byte.

use super::pages::{address, find, refusal};
use super::{Does, Form, Input, Part, Row, Site, Sort, Thing, site};
use crate::World;
use crate::keys::SigningKey;
use crate::portal::saml;
use crate::state::State;
use axum::extract::{self, Path};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::Arc;

pub(super) async fn submit(
    extract::State(world): extract::State<Arc<World>>,
    slug: &'static str,
    Path((id, page)): Path<(String, String)>,
    extract::Form(typed): extract::Form<Row>,
) -> Response {
    let Some(site) = site(slug) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let days = world.certificate_days();
    let mut state = world.state();
    match act(&mut state, site, &id, &page, &typed, days) {
        Ok(to) => Redirect::to(&to).into_response(),
        Err(words) => refusal(site, StatusCode::BAD_REQUEST, &words),
    }
}

/// Does it, and says where it leads.
fn act(
    state: &mut State,
    site: &'static Site,
    id: &str,
    page: &str,
    typed: &Row,
    days: i64,
) -> Result<String, String> {
    state.portals.seed(site)?;
    let serial = state.next();
    let at = state
        .portals
        .things
        .iter()
        .position(|t| t.id == id && t.site.slug == site.slug);
    let thing = at.and_then(|at| state.portals.things.get(at));
    let parent = thing.map(|t| t.id.clone()).unwrap_or_default();
    let described = find(site, thing, page).ok_or("There is no such page.")?;
    let index: usize = typed
        .get("form")
        .and_then(|f| f.parse().ok())
        .unwrap_or(usize::MAX);
    let Some(Part::Form(form)) = described.parts.get(index) else {
        return Err("This page has no such form.".into());
    };
    let values = values(form, typed)?;
    if let Does::Create(kind) = form.does {
        let made = create(site, kind, &parent, values, serial, days)?;
        let first = address(site, Some(&made), made.kind.first);
        state.portals.things.push(made);
        return Ok(first);
    }
    let thing = at
        .and_then(|at| state.portals.things.get_mut(at))
        .ok_or("There is no such page.")?;
    change(thing, form.does, values, days)?;
    Ok(address(site, Some(thing), page))
}

/// The form's own fields; a choice that the form does not offer is refused.
fn values(form: &Form, typed: &Row) -> Result<Row, String> {
    let mut values = Row::new();
    for field in form.fields {
        let value = typed.get(field.key).cloned().unwrap_or_default();
        if let Input::Choice(options) = field.input
            && !value.is_empty()
            && !options.iter().any(|(v, _)| *v == value)
        {
            return Err(format!("{}: there is no “{value}”.", field.label));
        }
        values.insert(field.key.to_owned(), value);
    }
    Ok(values)
}

fn create(
    site: &'static Site,
    kind: &str,
    parent: &str,
    values: Row,
    serial: u64,
    days: i64,
) -> Result<Thing, String> {
    let kind = site
        .kinds
        .iter()
        .find(|k| k.id == kind)
        .ok_or("This cannot be made here.")?;
    let (prefix, key) = match kind.sort {
        Sort::Saml => ("0oa", Some(SigningKey::new("practice signing", days)?)),
        Sort::Client => ("0oc", None),
        Sort::Server => ("aus", Some(SigningKey::new("token signing", 365)?)),
        Sort::Policy => ("00p", None),
    };
    let id = format!("{prefix}{serial:012x}");
    let everyone = values.get("access").is_some_and(|a| a == "everyone");
    let mut made = Thing::new(id, site, kind, parent, values, key);
    if everyone {
        made.everyone = true;
    }
    Ok(made)
}

fn change(thing: &mut Thing, does: Does, values: Row, days: i64) -> Result<(), String> {
    let name = values.get("name").cloned().unwrap_or_default();
    let same = |row: &Row| row.get("name").is_some_and(|n| *n == name);
    match does {
        Does::Set => thing.settings.extend(values),
        Does::Add(of) => {
            if of == "attributes" {
                saml::check_expression(thing, &values)?;
            }
            match thing.rows.iter_mut().find(|(c, row)| c == of && same(row)) {
                Some((_, row)) => *row = values,
                None => thing.rows.push((of.to_owned(), values)),
            }
        }
        Does::Remove(of) => thing.rows.retain(|(c, row)| c != of || !same(row)),
        Does::NewKey => {
            let key = SigningKey::after(thing.keys.len(), "practice signing", days)?;
            thing.keys.push(key);
        }
        Does::ActivateKey => thing.active = thing.keys.len().saturating_sub(1),
        Does::Create(_) => return Err("This cannot be made here.".into()),
    }
    Ok(())
}
