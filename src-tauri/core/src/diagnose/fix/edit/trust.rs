//! A change of a role's trust policy.

use crate::policy::{Condition, Statement, TrustPolicy};

/// What is done to a trust policy.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::diagnose::fix) enum TrustEdit {
    /// Another statement.
    Add(Statement),
    /// The statement of this number trusts this provider, instead of that one or beside all its own.
    Principal {
        /// Number of the statement.
        statement: usize,
        /// The one that goes.
        instead_of: Option<String>,
        /// The one that comes.
        provider: String,
    },
    /// The condition of this number takes these values beside its own.
    Widen(usize, usize, Vec<String>),
    /// The condition of this number, in the statement of this number, takes these values alone.
    Replace(usize, usize, Vec<String>),
    /// This condition instead of the one of this number, in the statement of this number.
    Restore(usize, usize, Condition),
}

impl TrustEdit {
    pub(super) fn apply(&self, trust: &mut TrustPolicy) {
        let statements = &mut trust.0.statements;
        let condition = |statements: &mut Vec<Statement>, i: usize, j: usize, f: &dyn Fn(&mut Condition)| {
            if let Some(c) = statements.get_mut(i).and_then(|s| s.conditions.get_mut(j)) {
                f(c);
            }
        };
        match self {
            TrustEdit::Add(statement) => statements.push(statement.clone()),
            TrustEdit::Principal {
                statement,
                instead_of,
                provider,
            } => {
                if let Some(statement) = statements.get_mut(*statement) {
                    let goes = |(kind, value): &(String, String)| {
                        kind == "Federated" && Some(value) == instead_of.as_ref()
                    };
                    statement.principals.retain(|principal| !goes(principal));
                    statement.principals.push(("Federated".into(), provider.clone()));
                }
            }
            TrustEdit::Widen(i, j, values) => {
                condition(statements, *i, *j, &|c| c.values.extend(values.iter().cloned()));
            }
            TrustEdit::Replace(i, j, values) => {
                condition(statements, *i, *j, &|c| c.values.clone_from(values));
            }
            TrustEdit::Restore(i, j, own) => condition(statements, *i, *j, &|c| c.clone_from(own)),
        }
    }
}
