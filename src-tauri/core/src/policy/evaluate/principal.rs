//! Whether a statement speaks of the caller (IAM: JSON policy elements, Principal and NotPrincipal).

use super::{Check, Request, any};
use crate::policy::Statement;

/// None where nobody asks who calls: in a permission policy it is the role itself.
pub(super) fn check(statement: &Statement, request: &Request) -> Option<Check> {
    let caller = request.federated.as_ref()?;
    let principals = statement.principals.iter();
    let named = any(principals.map(|(kind, value)| names(kind, value, caller)));
    let holds = if statement.principals.is_empty() {
        // A trust policy has to name somebody; IAM does not take one that does not.
        Some(false)
    } else {
        named.map(|named| named != statement.not_principal)
    };
    Some(Check {
        key: if statement.not_principal {
            "NotPrincipal"
        } else {
            "Principal"
        }
        .to_owned(),
        operator: String::new(),
        expected: statement.principals.iter().map(|(_, v)| v.clone()).collect(),
        found: vec![caller.clone()],
        holds,
    })
}

/// `*` and `{"AWS": "*"}` are everybody; a provider is named whole and in its own letters. An account, a
/// user, a role and a service are not this caller.
fn names(kind: &str, value: &str, caller: &str) -> Option<bool> {
    match kind {
        "*" | "AWS" if value == "*" => Some(true),
        // IAM's documents speak of no wildcard here.
        "*" | "Federated" if value == "*" || kind == "*" => None,
        "Federated" => Some(value == caller || built_in(value, caller)),
        _ => Some(false),
    }
}

/// Google, Facebook, Amazon and Cognito are named by their domain and have no provider in an account.
fn built_in(value: &str, caller: &str) -> bool {
    const DOMAINS: [&str; 4] = [
        "accounts.google.com",
        "graph.facebook.com",
        "www.amazon.com",
        "cognito-identity.amazonaws.com",
    ];
    DOMAINS.contains(&value) && caller.ends_with(&format!(":oidc-provider/{value}"))
}
