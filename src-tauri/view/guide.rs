//! The guide through the identity provider's portal, with this set-up's values.

use claimbridge_core::idp::{Given, GuideStep, Phase, cards, guide, values};
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

impl From<(&str, Given)> for GuideValueView {
    fn from((label, given): (&str, Given)) -> Self {
        let (kind, value) = match given {
            Given::Copy(value) => ("copy", value),
            Given::Choose(value) => ("choose", value),
            Given::Leave(value) => ("leave", value),
            Given::Later => ("later", "known once the web experience exists".into()),
        };
        GuideValueView {
            label: label.into(),
            value,
            kind: kind.into(),
        }
    }
}

impl GuideView {
    /// For the screen.
    pub fn of(setup: &Setup, bindings: &Bindings) -> GuideView {
        let known = values(setup, bindings.web_experience().as_ref());
        let guide = guide(setup.idp());
        let steps = |phase: Phase| {
            cards(guide, &known)
                .into_iter()
                .filter(|card| card.step.phase == phase && shown(card.step, setup))
                .map(|card| GuideStepView {
                    id: card.step.id.clone(),
                    title: card.step.title.clone(),
                    path: card.path,
                    text: card.step.text.clone(),
                    warning: card.step.warning.clone(),
                    done: setup.done.contains(&card.step.id),
                    optional: card.step.optional,
                    values: card.fields.into_iter().map(GuideValueView::from).collect(),
                })
                .collect()
        };
        GuideView {
            vendor: setup.idp().vendor().into(),
            needs: guide.needs.clone(),
            checked: guide.checked.clone(),
            before: steps(Phase::Before),
            after: steps(Phase::After),
        }
    }
}

/// With AWS first nothing is a placeholder, and an application of the company's own has to be there to
/// be spoken of.
fn shown(step: &GuideStep, setup: &Setup) -> bool {
    let speaks_of_custom = step
        .values
        .iter()
        .any(|v| v.value.as_deref().is_some_and(|v| v.contains("{{custom_url}}")));
    !(step.id == "placeholder" && setup.is_temporary())
        && (setup.custom_application.is_some() || !speaks_of_custom)
}
