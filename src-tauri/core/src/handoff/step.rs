//! The steps of a sheet: those of the guide, in the portal's order, with what is known of their values.
//!
//! Where AWS is set up first, every value is final at the first visit. A step that would enter
//! placeholders enters the final values then, and the step that would replace them is not needed.

use super::field::Field;
use super::rich::{Span, spans};
use crate::idp::{Guide, GuideStep, Phase, fill, guide};
use crate::setup::Setup;
use std::collections::BTreeMap;

/// Id of the step that enters what is not known yet, in every guide that has one.
pub(super) const PLACEHOLDER: &str = "placeholder";

/// One visit to one page of the portal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetStep {
    /// The guide's steps that are done by it, by id: two where one visit does for both.
    pub ids: Vec<String>,
    /// A sentence about what is done.
    pub title: String,
    /// The way there, label by label.
    pub path: Vec<String>,
    /// What to know.
    pub text: Vec<Span>,
    /// What goes wrong here most often.
    pub warning: Vec<Span>,
    /// Whoever does not need it leaves it out.
    pub optional: bool,
    /// Ticked already.
    pub done: bool,
    /// The fields of the form, in its order.
    pub fields: Vec<Field>,
}

type Values = BTreeMap<&'static str, String>;

/// The steps that this set-up's sheet shows.
pub(super) fn steps(setup: &Setup, values: &Values) -> Vec<SheetStep> {
    let guide = guide(setup.idp());
    let merged = setup
        .is_temporary()
        .then(|| in_one_visit(guide, values))
        .flatten();
    let mut all = Vec::new();
    let mut put = |mut step: SheetStep| {
        step.done = step.ids.iter().all(|id| setup.done.contains(id));
        all.push(step);
    };
    for step in &guide.step {
        match &merged {
            Some(merged) if step.id == PLACEHOLDER => put(merged.clone()),
            Some(merged) if merged.ids.contains(&step.id) => {}
            // For everybody but those with an application of their own.
            _ if step.optional && !is_known(step, values) => {}
            // Once AWS has its values, the placeholder would only be entered to be replaced.
            None if step.id == PLACEHOLDER
                && values.contains_key("acs_url")
                && !setup.done.contains(PLACEHOLDER) => {}
            _ => put(plain(step, values)),
        }
    }
    all
}

fn plain(step: &GuideStep, values: &Values) -> SheetStep {
    let rich = |text: &Option<String>| text.as_deref().map(spans).unwrap_or_default();
    SheetStep {
        ids: vec![step.id.clone()],
        title: step.title.clone(),
        // A label that is not known yet is shown as the guide has it.
        path: step
            .path
            .iter()
            .map(|label| fill(label, values).unwrap_or_else(|| label.clone()))
            .collect(),
        text: rich(&step.text),
        warning: rich(&step.warning),
        optional: step.optional,
        done: false,
        fields: step.values.iter().map(|v| Field::of(v, values)).collect(),
    }
}

fn is_known(step: &GuideStep, values: &Values) -> bool {
    step.values
        .iter()
        .filter_map(|v| v.value.as_deref())
        .all(|text| !text.contains("{{custom_url}}") || fill(text, values).is_some())
}

/// The placeholder's step with the final values; that of the later visit as well, where nothing to enter
/// is left for it. None where the guide has no placeholders.
fn in_one_visit(guide: &Guide, values: &Values) -> Option<SheetStep> {
    let first = guide.step.iter().find(|s| s.id == PLACEHOLDER)?;
    let later = guide.step.iter().find(|s| {
        s.phase == Phase::After
            && s.values
                .iter()
                .any(|v| first.values.iter().any(|f| f.label == v.label))
    })?;
    let (mut merged, later) = (plain(first, values), plain(later, values));
    if let Some(words) = &first.once {
        merged.title = words.title.clone();
        merged.text = spans(&words.text);
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
        if merged.warning.is_empty() {
            merged.warning = later.warning;
        }
    }
    Some(merged)
}
