//! Which providers a trust policy names once it names the one that is meant: of the others only the one goes that
//! stands in its place.

use super::stay;
use crate::claims::distance;
use crate::diagnose::Evidence;
use crate::diagnose::fix::candidate::Maker;
use crate::diagnose::fix::edit::{Edit, TrustEdit};
use crate::policy::Statement;
use std::collections::BTreeSet;

/// Letters by which a name differs from what was meant, where somebody mistyped it.
const SLIP: usize = 3;

/// What becomes of the providers that a trust policy names, so that it names this one.
struct Principals {
    /// The one that is wrong, and goes; None where nobody knows that one is.
    instead_of: Option<String>,
    /// Those of its kind, which stay.
    stay: Vec<String>,
    /// Statements that are changed.
    statements: Vec<usize>,
}

impl Principals {
    /// Statements that admit people of this provider's kind, and do not name it. Others (a pipeline's, another
    /// service's) are nobody's business here.
    fn of(e: &Evidence, provider: &str) -> Principals {
        let all = e.trust().map(|t| t.0.statements.as_slice()).unwrap_or_default();
        let kind = kind_of(provider);
        let of_kind = |s: &Statement| -> Vec<String> {
            let own = s.principals.iter();
            own.filter(|(k, value)| k == "Federated" && kind_of(value) == kind)
                .map(|(_, value)| value.clone())
                .collect()
        };
        let changed: Vec<(usize, Vec<String>)> = all
            .iter()
            .enumerate()
            .filter(|(_, s)| s.allow && !s.not_principal)
            .map(|(i, s)| (i, of_kind(s)))
            .filter(|(_, own)| !own.is_empty() && !own.iter().any(|p| p == provider))
            .collect();
        let named: BTreeSet<&String> = changed.iter().flat_map(|(_, own)| own).collect();
        let named: Vec<&String> = named.into_iter().collect();
        // One that is there alone was meant to be this one, and so was one with a slip of the finger in it; but not one
        // that another application stands on.
        let in_use = e.live.providers_in_use.as_deref().unwrap_or_default();
        let is_slip = |p: &&&String| distance(p, provider, SLIP) <= SLIP;
        let wrong = match named.as_slice() {
            [one] => Some(*one),
            several => several.iter().find(is_slip).copied(),
        };
        let wrong = wrong.filter(|one| !in_use.contains(one)).cloned();
        // Where one goes, statements without it are somebody else's.
        let changed = changed
            .into_iter()
            .filter(|(_, own)| wrong.as_ref().is_none_or(|w| own.contains(w)));
        let (statements, own): (Vec<usize>, Vec<Vec<String>>) = changed.unzip();
        let stay: BTreeSet<String> = own
            .into_iter()
            .flatten()
            .filter(|p| Some(p) != wrong.as_ref())
            .collect();
        Principals {
            instead_of: wrong,
            stay: stay.into_iter().collect(),
            statements,
        }
    }

    fn edits(&self, provider: &str) -> Vec<Edit> {
        let edit = |statement: &usize| {
            Edit::Trust(TrustEdit::Principal {
                statement: *statement,
                instead_of: self.instead_of.clone(),
                provider: provider.to_owned(),
            })
        };
        self.statements.iter().map(edit).collect()
    }
}

/// `saml-provider` or `oidc-provider` of an ARN; empty for another principal.
fn kind_of(principal: &str) -> &str {
    let tail = principal.splitn(6, ':').nth(5).unwrap_or_default();
    match tail.split_once('/') {
        Some((kind @ ("saml-provider" | "oidc-provider"), _)) => kind,
        Some(_) | None => "",
    }
}

/// The trust policy trusts this provider; of the others only the one goes that stands in its place.
pub(super) fn principal(make: &mut Maker<'_>, provider: &str) {
    let change = Principals::of(make.e, provider);
    let edits = change.edits(provider);
    if edits.is_empty() {
        return;
    }
    let with = |one: &str| -> String {
        let own = std::iter::once(one).filter(|p| !p.is_empty());
        own.chain(change.stay.iter().map(String::as_str))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let gone = change
        .instead_of
        .as_ref()
        .map(|old| format!("Nobody comes in by {old} with this role any more."));
    let in_use = make.e.live.providers_in_use.as_deref().unwrap_or_default();
    let (used, unknown): (Vec<&String>, Vec<&String>) = change.stay.iter().partition(|p| in_use.contains(p));
    let kept = [
        (used, "applications of this region use it"),
        (unknown, "whether people come in that way is not known"),
    ];
    let kept = kept
        .iter()
        .filter(|(names, _)| !names.is_empty())
        .map(|(names, why)| format!("{}: {why}.", stay(names)));
    let note: Vec<String> = gone.into_iter().chain(kept).collect();
    let note = note.join(" ");
    let (from, to) = (
        with(change.instead_of.as_deref().unwrap_or_default()),
        with(provider),
    );
    make.shared_with("Trust policy Principal", (&from, &to), &note, edits);
}

/// Every statement that admits people of this provider's kind trusts it.
pub(in crate::diagnose::fix) fn principals(e: &Evidence, provider: &str) -> Vec<Edit> {
    Principals::of(e, provider).edits(provider)
}
