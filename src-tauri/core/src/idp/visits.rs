//! A guide with the values of a set-up in it, in the shape of the portal's forms: what a person copies,
//! chooses or leaves at each visit, and what is not known yet.
//!
//! Where AWS is set up first, every value is final at the first visit. A step that would enter
//! placeholders enters the final values then, and the step that would replace them is not needed.

use super::{Guide, GuideStep, GuideValue, Phase, Values, fill, guide};
use crate::setup::Setup;

/// Id of the step that enters what is not known yet, in every guide that has one.
const PLACEHOLDER: &str = "placeholder";

/// One visit to one page of the portal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// The guide's steps that are done by it, by id: two where one visit does for both.
    pub ids: Vec<String>,
    /// Before the AWS resources exist, or after.
    pub phase: Phase,
    /// A sentence about what is done.
    pub title: String,
    /// The way there, label by label.
    pub path: Vec<String>,
    /// What to know; `**bold**` and `` `code` `` only.
    pub text: Option<String>,
    /// What goes wrong here most often.
    pub warning: Option<String>,
    /// Whoever does not need it leaves it out.
    pub optional: bool,
    /// Ticked already.
    pub done: bool,
    /// The fields of the form, in its order.
    pub fields: Vec<Field>,
}

/// One field of a portal's form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The portal's label.
    pub label: String,
    /// What is done with it.
    pub entry: Entry,
}

/// What is done in one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Paste it, byte for byte.
    Copy(String),
    /// Choose what the portal calls so.
    Choose(String),
    /// Enter nothing; the words say how it is left.
    Leave(String),
    /// A value that is not known yet.
    Later,
}

/// The steps of this set-up's guide: a step that is for each tag is there once a tag.
pub fn steps(setup: &Setup) -> Vec<GuideStep> {
    let tags = &setup.application.personalization;
    let each = |step: &GuideStep| -> Vec<GuideStep> {
        match step.each_tag {
            true => tags
                .iter()
                .map(|(tag, source)| step.for_tag(tag, source))
                .collect(),
            false => vec![step.clone()],
        }
    };
    guide(setup.idp()).step.iter().flat_map(each).collect()
}

/// What this set-up's administrator of the identity provider does, in the portal's order. `values` are
/// those of [`super::values`].
pub fn visits(setup: &Setup, values: &Values) -> Vec<Visit> {
    let steps = steps(setup);
    let merged = setup
        .is_temporary()
        .then(|| in_one_visit(&steps, values))
        .flatten();
    // Once AWS has its values, the placeholder would only be entered to be replaced, if it was not already.
    let replaced = replacement(&steps).is_some_and(|s| setup.done.contains(&s.id));
    let too_late = values.contains_key("acs_url") && (replaced || !setup.done.contains(PLACEHOLDER));
    let mut all = Vec::new();
    for step in &steps {
        match &merged {
            Some(merged) if step.id == PLACEHOLDER => all.push(merged.clone()),
            Some(merged) if merged.ids.contains(&step.id) => {}
            // For everybody but those with an application of their own.
            _ if step.optional && !speaks_of_what_is_there(step, values) => {}
            None if step.id == PLACEHOLDER && too_late => {}
            _ => all.push(Visit::of(step, values)),
        }
    }
    for visit in &mut all {
        visit.done = visit.ids.iter().all(|id| setup.done.contains(id));
        // With AWS first, only what yields the metadata and the address is still before something.
        if setup.is_temporary() && !visit.fields.is_empty() {
            visit.phase = Phase::After;
        }
    }
    all
}

impl Visit {
    /// One step with its values; not ticked.
    pub fn of(step: &GuideStep, values: &Values) -> Visit {
        Visit {
            ids: vec![step.id.clone()],
            phase: step.phase,
            title: step.title.clone(),
            path: filled_path(&step.path, values),
            text: step.text.clone(),
            warning: step.warning.clone(),
            optional: step.optional,
            done: false,
            fields: step.values.iter().map(|v| Field::of(v, values)).collect(),
        }
    }
}

impl Field {
    fn of(field: &GuideValue, values: &Values) -> Field {
        let (text, entry): (&str, fn(String) -> Entry) = match (&field.value, &field.choose, &field.leave) {
            (Some(text), ..) => (text, Entry::Copy),
            (None, Some(text), _) => (text, Entry::Choose),
            (None, None, leave) => (leave.as_deref().unwrap_or_default(), Entry::Leave),
        };
        Field {
            label: field.label.clone(),
            entry: fill(text, values).map_or(Entry::Later, entry),
        }
    }

    /// Whether somebody enters something.
    fn is_entered(&self) -> bool {
        !matches!(self.entry, Entry::Leave(_))
    }
}

/// A way through the portal, label by label; one that is not known yet is as the guide has it.
pub fn filled_path(path: &[String], values: &Values) -> Vec<String> {
    path.iter()
        .map(|label| fill(label, values).unwrap_or_else(|| label.clone()))
        .collect()
}

fn speaks_of_what_is_there(step: &GuideStep, values: &Values) -> bool {
    step.values
        .iter()
        .filter_map(|v| v.value.as_deref())
        .all(|text| !text.contains("{{custom_url}}") || fill(text, values).is_some())
}

fn placeholder(steps: &[GuideStep]) -> Option<&GuideStep> {
    steps.iter().find(|s| s.id == PLACEHOLDER)
}

/// The step that replaces placeholders: the first later one with a field of the same label.
fn replacement(steps: &[GuideStep]) -> Option<&GuideStep> {
    let first = placeholder(steps)?;
    steps.iter().find(|s| {
        s.phase == Phase::After
            && s.values
                .iter()
                .any(|v| first.values.iter().any(|f| f.label == v.label))
    })
}

/// The placeholder's step with the final values; that of the later visit as well, where nothing to enter
/// is left for it. None where the guide has no placeholders.
fn in_one_visit(steps: &[GuideStep], values: &Values) -> Option<Visit> {
    let first = placeholder(steps)?;
    let later = replacement(steps)?;
    let (mut merged, later) = (Visit::of(first, values), Visit::of(later, values));
    if let Some(words) = &first.once {
        merged.title = words.title.clone();
        merged.text = Some(words.text.clone());
    }
    for field in &mut merged.fields {
        if let Some(other) = later
            .fields
            .iter()
            .find(|f| f.label == field.label && f.is_entered())
        {
            *field = other.clone();
        }
    }
    let further: Vec<_> = later
        .fields
        .into_iter()
        .filter(|f| merged.fields.iter().all(|m| m.label != f.label))
        .collect();
    if further.iter().all(|f| !f.is_entered()) {
        merged.fields.extend(further);
        merged.ids.extend(later.ids);
        if merged.warning.is_none() {
            merged.warning = later.warning;
        }
    }
    Some(merged)
}

impl Guide {
    /// The further tags as the value of the OIDC claim continues with them; empty for SAML, where each has
    /// an attribute of its own.
    pub(super) fn further_tags(&self, setup: &Setup) -> String {
        let Some(item) = &self.tag_item else {
            return String::new();
        };
        let tags = setup.application.personalization.iter();
        tags.map(|(tag, source)| with_tag(item, tag, source)).collect()
    }
}

impl GuideStep {
    /// A step that is for each tag, for this tag. Its id is its own, so that each is ticked by itself.
    pub fn for_tag(&self, tag: &str, source: &str) -> GuideStep {
        let put = |text: &String| with_tag(text, tag, source);
        GuideStep {
            id: format!("{}:{tag}", self.id),
            title: put(&self.title),
            text: self.text.as_ref().map(put),
            values: self
                .values
                .iter()
                .map(|v| GuideValue {
                    label: v.label.clone(),
                    value: v.value.as_ref().map(put),
                    choose: v.choose.as_ref().map(put),
                    leave: v.leave.as_ref().map(put),
                })
                .collect(),
            ..self.clone()
        }
    }
}

fn with_tag(text: &str, tag: &str, source: &str) -> String {
    text.replace("{{tag_source}}", source).replace("{{tag}}", tag)
}
