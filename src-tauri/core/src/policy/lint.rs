//! Grants that no role of everybody's should have, found in policies that others wrote.

use super::Document;
use serde::Serialize;

/// A grant that is wider than any sign-in needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unsafe {
    /// The statement's `Sid`, or its number from 1.
    pub statement: String,
    /// The action pattern: `*`, `sts:*`.
    pub action: String,
    /// What it is granted on.
    pub resource: String,
}

/// Whole services or everything granted by a permission policy; `AdministratorAccess` is `*` on `*`,
/// and a blog's `sts:*` is useless besides, because AssumeRoleWithSAML is decided by the trust policy (Q Business: IAM policies for a web experience).
pub fn unsafe_grants(policy: &Document) -> Vec<Unsafe> {
    let mut found = Vec::new();
    for (i, statement) in policy.statements.iter().enumerate() {
        if !statement.allow {
            continue;
        }
        let name = statement.sid.clone().unwrap_or_else(|| (i + 1).to_string());
        for action in &statement.actions {
            let whole_service = action == "*" || action.split_once(':').is_some_and(|(_, a)| a == "*");
            if whole_service || statement.not_action {
                found.push(Unsafe {
                    statement: name.clone(),
                    action: action.clone(),
                    resource: statement.resources.join(", "),
                });
            }
        }
    }
    found
}
