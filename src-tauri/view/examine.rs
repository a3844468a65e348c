//! What somebody built, as it is there.

use super::words::address_label;
use super::{Pair, PlanView};
use claimbridge_core::idp::guide;
use claimbridge_core::journal::Origin;
use claimbridge_runtime::examine::{Examined, ProviderThere};
use serde::Serialize;
use specta::Type;

/// An application that can be chosen.
#[derive(Debug, Serialize, Type)]
pub struct ApplicationRow {
    pub id: String,
    pub name: String,
    pub status: String,
}

/// What is there, and what Claimbridge would change.
#[derive(Debug, Serialize, Type)]
pub struct ExaminedView {
    pub name: String,
    pub idp: String,
    /// Everything is as the documents have it.
    pub in_order: bool,
    /// What it is, and its id.
    pub found: Vec<Pair>,
    pub remarks: Vec<RemarkView>,
    pub plan: PlanView,
}

/// One thing that should be known of it.
#[derive(Debug, Serialize, Type)]
pub struct RemarkView {
    /// It is not in order for this.
    pub difference: bool,
    pub text: String,
}

impl ExaminedView {
    /// For the screen.
    pub fn of(examined: &Examined) -> ExaminedView {
        ExaminedView {
            name: examined.setup.name.clone(),
            idp: guide(examined.setup.idp()).name.clone(),
            in_order: examined.in_order(),
            found: examined
                .found
                .iter()
                .map(|f| Pair {
                    label: address_label(f.address).into(),
                    value: match f.origin {
                        Origin::Shared => format!("{} · others use it too", f.id.own()),
                        Origin::Adopted | Origin::Created => f.id.own().to_owned(),
                    },
                })
                .collect(),
            remarks: examined
                .remarks
                .iter()
                .map(|r| RemarkView {
                    difference: r.is_difference(),
                    text: r.to_string(),
                })
                .collect(),
            plan: PlanView::of(&examined.plan),
        }
    }
}

/// An IAM provider that is there already.
#[derive(Debug, Serialize, Type)]
pub struct ProviderView {
    pub arn: String,
    pub issuer: String,
    /// Issuer of the set-up's own metadata, where it is another one.
    pub issuer_before: Option<String>,
    /// This set-up's client, where it has to be added.
    pub adds_client: Option<String>,
    pub users: Vec<String>,
    /// Why the users could not be seen.
    pub users_not_seen: Option<String>,
}

impl From<ProviderThere> for ProviderView {
    fn from(there: ProviderThere) -> Self {
        ProviderView {
            arn: there.arn,
            issuer: there.issuer,
            issuer_before: there.issuer_before,
            adds_client: there.adds_client,
            users: there.users,
            users_not_seen: there.users_not_seen,
        }
    }
}
