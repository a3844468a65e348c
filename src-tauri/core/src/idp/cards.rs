//! A guide with the values of a set-up in it, in the shape of the portal's forms: what a person copies,
//! chooses or leaves, and what is not known yet.

use super::{Guide, GuideStep, GuideValue, Values, fill};

/// One step with its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card<'a> {
    /// The step of the guide.
    pub step: &'a GuideStep,
    /// The way there, label by label.
    pub path: Vec<String>,
    /// Label and what is done there, in the order of the form.
    pub fields: Vec<(&'a str, Given)>,
}

/// What is done in one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// Paste it, byte for byte.
    Copy(String),
    /// Choose what the portal calls so.
    Choose(String),
    /// Enter nothing; the words say how it is left.
    Leave(String),
    /// A value that is not known yet.
    Later,
}

/// Every step of a guide, in its order.
pub fn cards<'a>(guide: &'a Guide, values: &Values) -> Vec<Card<'a>> {
    guide.step.iter().map(|step| card(step, values)).collect()
}

fn card<'a>(step: &'a GuideStep, values: &Values) -> Card<'a> {
    Card {
        step,
        path: step
            .path
            .iter()
            .map(|label| fill(label, values).unwrap_or_else(|| label.clone()))
            .collect(),
        fields: step
            .values
            .iter()
            .map(|v| (v.label.as_str(), given(v, values)))
            .collect(),
    }
}

fn given(field: &GuideValue, values: &Values) -> Given {
    let (text, kind): (&str, fn(String) -> Given) = match (&field.value, &field.choose, &field.leave) {
        (Some(text), ..) => (text, Given::Copy),
        (None, Some(text), _) => (text, Given::Choose),
        (None, None, leave) => (leave.as_deref().unwrap_or_default(), Given::Leave),
    };
    fill(text, values).map_or(Given::Later, kind)
}
