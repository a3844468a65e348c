//! Reads the portals' pages as a person does: links, headings, fields under their labels.

use super::{PortalError, missing};
use crate::wire::escape;

/// What stands between two texts.
pub(super) fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let rest = text.split_once(start)?.1;
    rest.split_once(end).map(|(found, _)| found)
}

pub(super) fn strip(html: &str) -> String {
    html.replace("<b>", "").replace("</b>", "")
}

/// The `name` of the field under a label.
pub(super) fn field_named(page: &str, label: &str) -> Option<String> {
    let marker = format!("<label><span>{}</span>", escape(label));
    let rest = page.split_once(&marker)?.1;
    between(rest, "name=\"", "\"").map(str::to_owned)
}

/// The value behind an option's text, where the field is a choice.
pub(super) fn option_value(page: &str, name: &str, text: &str) -> Option<String> {
    let rest = page.split_once(&format!("<select name=\"{name}\">"))?.1;
    let list = rest.split_once("</select>")?.0;
    let option = list
        .split("<option ")
        .find(|o| between(o, ">", "</option>") == Some(&escape(text)))?;
    between(option, "value=\"", "\"").map(str::to_owned)
}

/// A page, and where it was found.
#[derive(Clone)]
pub(super) struct Page {
    pub path: String,
    pub html: String,
}

/// What comes of looking for a label on a page.
pub(super) enum Found {
    /// A link to this path.
    Link(String),
    /// Words that end here.
    Words(usize),
}

impl Page {
    /// A label after a position, or else anywhere: a link rather than words.
    pub fn find(&self, label: &str, after: usize) -> Option<Found> {
        let below = self.html.get(after..).unwrap_or_default();
        link(below, label)
            .map(Found::Link)
            .or_else(|| words(below, label).map(|at| Found::Words(after + at)))
            .or_else(|| link(&self.html, label).map(Found::Link))
            .or_else(|| words(&self.html, label).map(Found::Words))
    }

    /// The value that is shown under a label, after a position.
    pub fn shown(&self, label: &str, after: usize) -> Option<String> {
        let start = format!("<span>{}</span> <code>", escape(label));
        between(self.html.get(after..)?, &start, "</code>").map(unescape)
    }

    /// The form that has all of these labels.
    pub fn form<'a>(&self, labels: impl Iterator<Item = &'a str> + Clone) -> Result<FormOnPage, PortalError> {
        let forms: Vec<FormOnPage> = self
            .html
            .split("<form ")
            .skip(1)
            .filter_map(|rest| rest.split_once("</form>"))
            .map(|(form, _)| FormOnPage::read(form))
            .collect();
        // Of several that fit as well, the first on the page.
        let best = forms
            .into_iter()
            .rev()
            .max_by_key(|f| {
                (
                    labels.clone().filter(|l| f.has(l)).count(),
                    std::cmp::Reverse(f.fields.len()),
                )
            })
            .ok_or_else(|| missing("form", &self.path))?;
        match labels.clone().find(|l| !best.has(l)) {
            Some(label) => Err(missing(&format!("field “{label}”"), &self.path)),
            None => Ok(best),
        }
    }
}

impl Page {
    /// The form under a legend.
    /// The form whose legend begins with these words.
    pub fn form_beginning(&self, legend: &str) -> Option<FormOnPage> {
        let marker = format!("<legend>{}", escape(legend));
        let (_, rest) = self.html.split_once(&marker)?;
        rest.split_once("</form>").map(|(form, _)| FormOnPage::read(form))
    }

    pub fn form_under(&self, legend: &str) -> Result<FormOnPage, PortalError> {
        let marker = format!("<legend>{}</legend>", escape(legend));
        self.html
            .split_once(&marker)
            .and_then(|(_, rest)| rest.split_once("</form>"))
            .map(|(form, _)| FormOnPage::read(form))
            .ok_or_else(|| missing(legend, &self.path))
    }
}

fn link(html: &str, label: &str) -> Option<String> {
    let end = format!("\">{}</a>", escape(label));
    let (before, _) = html.split_once(&end)?;
    before.rsplit_once("<a href=\"").map(|(_, to)| unescape(to))
}

fn words(html: &str, label: &str) -> Option<usize> {
    let text = format!(">{}<", escape(label));
    html.find(&text).map(|at| at + text.len())
}

/// The other way round than `wire::escape`.
pub(crate) fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

/// A form as it stands, with what is in its fields.
pub(super) struct FormOnPage {
    hidden: Vec<(String, String)>,
    fields: Vec<FieldOnPage>,
}

struct FieldOnPage {
    label: String,
    name: String,
    /// Texts and values, of a list.
    options: Option<Vec<(String, String)>>,
    is_tick: bool,
    /// None: a box that is not ticked.
    value: Option<String>,
}

impl FormOnPage {
    fn read(form: &str) -> FormOnPage {
        let hidden = form
            .split("<input type=\"hidden\" ")
            .skip(1)
            .filter_map(|rest| {
                Some((
                    between(rest, "name=\"", "\"")?.to_owned(),
                    unescape(between(rest, "value=\"", "\"")?),
                ))
            })
            .collect();
        let fields = form
            .split("<label><span>")
            .skip(1)
            .filter_map(|rest| rest.split_once("</label>"))
            .filter_map(|(field, _)| FieldOnPage::read(field))
            .collect();
        FormOnPage { hidden, fields }
    }

    fn has(&self, label: &str) -> bool {
        self.fields.iter().any(|f| f.label == label)
    }

    /// The texts that a list offers.
    pub fn offers(&self, label: &str) -> Vec<String> {
        self.fields
            .iter()
            .filter(|f| f.label == label)
            .filter_map(|f| f.options.as_ref())
            .flatten()
            .map(|(text, _)| text.clone())
            .collect()
    }

    /// Types into the first field, whatever its label is.
    pub fn first(&mut self, typed: &str) {
        if let Some(field) = self.fields.first_mut() {
            field.value = Some(typed.to_owned());
        }
    }

    /// Types a value, chooses a text of a list, or ticks and unticks a box.
    pub fn enter(&mut self, label: &str, typed: &str) -> Result<(), PortalError> {
        let field = self
            .fields
            .iter_mut()
            .find(|f| f.label == label)
            .ok_or_else(|| missing(&format!("field “{label}”"), "the form"))?;
        let choice = |what: &str| missing(&format!("choice “{what}”"), label);
        field.value = match (&field.options, field.is_tick, typed) {
            (Some(options), ..) => {
                let option = options.iter().find(|(text, _)| text == typed);
                Some(option.ok_or_else(|| choice(typed))?.1.clone())
            }
            (None, true, "unchecked") => None,
            (None, true, "checked") => Some("on".into()),
            (None, true, other) => return Err(choice(other)),
            (None, false, text) => Some(text.to_owned()),
        };
        Ok(())
    }

    /// What a browser would send.
    pub fn body(&self) -> Vec<(&str, &str)> {
        let hidden = self.hidden.iter().map(|(k, v)| (k.as_str(), v.as_str()));
        let fields = self
            .fields
            .iter()
            .filter_map(|f| Some((f.name.as_str(), f.value.as_deref()?)));
        hidden.chain(fields).collect()
    }
}

impl FieldOnPage {
    fn read(field: &str) -> Option<FieldOnPage> {
        let (label, input) = field.split_once("</span>")?;
        let is_tick = input.contains("type=\"checkbox\"");
        let options: Option<Vec<(String, String, bool)>> = input.contains("<select").then(|| {
            input
                .split("<option ")
                .skip(1)
                .filter_map(|o| {
                    Some((
                        unescape(between(o, ">", "</option>")?),
                        unescape(between(o, "value=\"", "\"")?),
                        o.contains("\" selected>"),
                    ))
                })
                .collect()
        });
        let value = match &options {
            // A browser sends the first where none is chosen.
            Some(options) => options
                .iter()
                .find(|(.., selected)| *selected)
                .or(options.first())
                .map(|(_, value, _)| value.clone()),
            None if is_tick => input.contains(" checked").then(|| "on".to_owned()),
            None => between(input, "value=\"", "\"").map(unescape),
        };
        Some(FieldOnPage {
            label: unescape(label),
            name: between(input, "name=\"", "\"")?.to_owned(),
            options: options.map(|o| o.into_iter().map(|(text, value, _)| (text, value)).collect()),
            is_tick,
            value,
        })
    }
}
