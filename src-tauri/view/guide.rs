//! The guide through the identity provider's portal, with this set-up's values.

use claimbridge_core::idp::{Entry, Field, Phase, Visit, guide, values, visits};
use claimbridge_core::journal::Bindings;
use claimbridge_core::setup::Setup;
use serde::Serialize;
use specta::Type;

/// The guide through the portal.
#[derive(Debug, Serialize, Type)]
pub struct GuideView {
    pub vendor: String,
    pub needs: String,
    pub checked: String,
    pub before: Vec<GuideStepView>,
    pub after: Vec<GuideStepView>,
}

/// One visit to one page.
#[derive(Debug, Serialize, Type)]
pub struct GuideStepView {
    /// For the tick; of the first, where one visit does for two steps.
    pub id: String,
    pub title: String,
    pub path: Vec<String>,
    pub text: Option<String>,
    pub warning: Option<String>,
    pub values: Vec<GuideValueView>,
    pub done: bool,
    /// Only for some; nobody has to come by here.
    pub optional: bool,
}

/// One field of the portal's form.
#[derive(Debug, Serialize, Type)]
pub struct GuideValueView {
    pub label: String,
    pub value: String,
    /// `copy`, `choose`, `leave` or `later`.
    pub kind: String,
}

impl From<Field> for GuideValueView {
    fn from(field: Field) -> Self {
        let (kind, value) = match field.entry {
            Entry::Copy(value) => ("copy", value),
            Entry::Choose(value) => ("choose", value),
            Entry::Leave(value) => ("leave", value),
            Entry::Later => ("later", "known once the web experience exists".into()),
        };
        GuideValueView {
            label: field.label,
            value,
            kind: kind.into(),
        }
    }
}

impl From<Visit> for GuideStepView {
    fn from(visit: Visit) -> Self {
        GuideStepView {
            id: visit.ids.into_iter().next().unwrap_or_default(),
            title: visit.title,
            path: visit.path,
            text: visit.text,
            warning: visit.warning,
            values: visit.fields.into_iter().map(GuideValueView::from).collect(),
            done: visit.done,
            optional: visit.optional,
        }
    }
}

impl GuideView {
    /// For the screen.
    pub fn of(setup: &Setup, bindings: &Bindings) -> GuideView {
        let known = values(setup, bindings.web_experience().as_ref());
        let guide = guide(setup.idp());
        let (before, after) = visits(setup, &known)
            .into_iter()
            .partition::<Vec<_>, _>(|visit| visit.phase == Phase::Before);
        GuideView {
            vendor: setup.idp().vendor().into(),
            needs: guide.needs.clone(),
            checked: guide.checked.clone(),
            before: before.into_iter().map(GuideStepView::from).collect(),
            after: after.into_iter().map(GuideStepView::from).collect(),
        }
    }
}
