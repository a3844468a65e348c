//! What a typed claim of an ID token comes to for a person: Okta's expressions as far as AWS's page uses them,
//! and JSON with `${user.x}` in it.

use super::person::{Person, canonical};
use crate::idp::IdentityProvider;
use serde_json::{Value as Json, json};

/// A claim's value, read once and filled in for each person.
pub(super) enum Template {
    /// One attribute as a text; without a value there is no claim.
    Attribute(String),
    /// The same for everybody.
    Constant(Json),
    /// Text with gaps. What is no JSON then becomes a text, as no portal checks it.
    Filled { parts: Vec<Part>, json: bool },
}

/// A piece of a text with gaps.
pub(super) enum Part {
    /// As it was typed.
    Text(String),
    /// An attribute, or a text where it is empty.
    Gap {
        attribute: String,
        otherwise: Option<String>,
        /// Okta writes a list of one, JSON's gap a quoted text, and a text's gap the bare value.
        form: Form,
    },
}

/// How a gap is filled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    List,
    Quoted,
    Bare,
}

impl Template {
    /// Reads what was typed.
    pub fn parse(idp: IdentityProvider, text: &str) -> Template {
        if idp == IdentityProvider::OktaOidc {
            if let Some(name) = text.strip_prefix("user.") {
                return Template::Attribute(canonical(name));
            }
            if !text.contains('{') {
                return Template::Constant(json!(text));
            }
            return Template::Filled {
                parts: parts(text, "{user.", "}", Form::List),
                json: true,
            };
        }
        if let Some(name) = text.strip_prefix("${user.").and_then(|t| t.strip_suffix('}'))
            && !name.contains('}')
        {
            return Template::Attribute(canonical(name));
        }
        // The portal's type of the claim: an object is JSON, anything else a text.
        if text.trim_start().starts_with(['{', '[']) {
            return Template::Filled {
                parts: parts(text, "\"${user.", "}\"", Form::Quoted),
                json: true,
            };
        }
        Template::Filled {
            parts: parts(text, "${user.", "}", Form::Bare),
            json: false,
        }
    }

    /// Every attribute that it stands on.
    pub fn attributes(&self) -> Vec<&str> {
        match self {
            Template::Attribute(name) => vec![name],
            Template::Constant(_) => Vec::new(),
            Template::Filled { parts, .. } => parts
                .iter()
                .filter_map(|p| match p {
                    Part::Text(_) => None,
                    Part::Gap { attribute, .. } => Some(attribute.as_str()),
                })
                .collect(),
        }
    }

    /// The value for a person; None where there is no claim then.
    pub fn value(&self, person: &Person) -> Option<Json> {
        match self {
            Template::Attribute(name) => person.get(name).map(|v| json!(v)),
            Template::Constant(value) => Some(value.clone()),
            Template::Filled { parts, json } => {
                let text: String = parts.iter().map(|p| p.text(person)).collect();
                Some(match json {
                    true => serde_json::from_str(&text).unwrap_or(Json::String(text)),
                    false => Json::String(text),
                })
            }
        }
    }
}

impl Part {
    fn text(&self, person: &Person) -> String {
        let (attribute, otherwise, form) = match self {
            Part::Text(text) => return text.clone(),
            Part::Gap {
                attribute,
                otherwise,
                form,
            } => (attribute, otherwise.as_deref(), form),
        };
        let value = person.get(attribute).or(otherwise);
        match form {
            Form::List => json!([value]).to_string(),
            Form::Quoted => json!(value).to_string(),
            Form::Bare => value.unwrap_or_default().to_owned(),
        }
    }
}

fn parts(text: &str, open: &str, close: &str, form: Form) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(open) {
        let Some((inside, after)) = after.split_once(close) else {
            break;
        };
        // Okta: x != null ? user.x : "y"
        let (name, otherwise) = match inside.split_once(" != null ? ") {
            Some((name, choices)) => (
                name,
                choices
                    .split_once(" : ")
                    .map(|(_, other)| other.trim().trim_matches('"').to_owned()),
            ),
            None => (inside, None),
        };
        parts.push(Part::Text(before.to_owned()));
        parts.push(Part::Gap {
            attribute: canonical(name),
            otherwise,
            form,
        });
        rest = after;
    }
    parts.push(Part::Text(rest.to_owned()));
    parts
}
