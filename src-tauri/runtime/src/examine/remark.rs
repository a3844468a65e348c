//! What an examination found that the plan's rows do not say, or not what it means.

use claimbridge_core::policy::Unsafe;
use claimbridge_core::resource::Address;
use serde::Serialize;
use std::fmt;

/// One thing that the administrator should know of what is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the variants say what each field is of")]
pub enum Remark {
    /// Nobody is subscribed by signing in.
    AutoSubscriptionOff,
    /// A statement for a KMS key that names none.
    KmsResource { policy: String, found: String },
    /// Something is not as AWS calls it when it works.
    NotActive {
        address: Address,
        status: String,
        why: Option<String>,
    },
    /// The role has policies beside the one that is managed.
    OtherPolicies { names: Vec<String> },
    /// A period in the name of a provider or role.
    PeriodInName { address: Address, found: String },
    /// An audience that no sign-in ever has.
    PlaceholderAudience { found: String },
    /// The managed policy is attached elsewhere too.
    PolicyShared { name: String, others: u32 },
    /// Others use the IAM provider.
    ProviderShared { users: Vec<String> },
    /// The Role claim's value is longer than the portal takes it from an app role.
    RoleClaimTooLong { found: usize, most: usize },
    /// The secret that the web experience names is not there.
    SecretGone { found: String },
    /// The role's sessions cannot be tagged.
    SessionsNotTagged,
    /// A grant that is wider than any sign-in needs.
    UnsafeGrant { policy: String, grant: Unsafe },
    /// Who else uses the provider could not be seen.
    UsersNotSeen { error: String },
}

impl Remark {
    /// Whether what is there is not in order for it.
    pub fn is_difference(&self) -> bool {
        match self {
            Remark::AutoSubscriptionOff
            | Remark::KmsResource { .. }
            | Remark::NotActive { .. }
            | Remark::PlaceholderAudience { .. }
            | Remark::SecretGone { .. }
            | Remark::SessionsNotTagged
            | Remark::UnsafeGrant { .. } => true,
            Remark::OtherPolicies { .. }
            | Remark::PeriodInName { .. }
            | Remark::PolicyShared { .. }
            | Remark::ProviderShared { .. }
            | Remark::RoleClaimTooLong { .. }
            | Remark::UsersNotSeen { .. } => false,
        }
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Remark::AutoSubscriptionOff => f.write_str(
                "Nobody is subscribed by signing in: the automatic subscription is off, so new people are refused at the first question.",
            ),
            Remark::KmsResource { policy, found } => write!(
                f,
                "{policy} grants kms:Decrypt on {found}, which names no key: expected arn:aws:kms:REGION:ACCOUNT:key/KEY-ID, and no such statement where no key of the company's own is used."
            ),
            Remark::NotActive { address, status, why } => {
                write!(f, "{address} has the status {status}; expected ACTIVE.")?;
                match why {
                    Some(why) => write!(f, " AWS says: {why}"),
                    None => Ok(()),
                }
            }
            Remark::OtherPolicies { names } => write!(
                f,
                "The role also has {}; what they grant stays as it is.",
                names.join(", ")
            ),
            Remark::PeriodInName { address, found } => write!(
                f,
                "{address} is called {found}: some identity providers drop role claims with a period. AWS cannot rename it."
            ),
            Remark::PlaceholderAudience { found } => write!(
                f,
                "The role admits {found}, which no sign-in ever sends: a placeholder that was not replaced."
            ),
            Remark::PolicyShared { name, others } => write!(
                f,
                "The managed policy {name} is attached to {others} more: what changes in it changes for them as well."
            ),
            Remark::ProviderShared { users } => write!(
                f,
                "The IAM provider is also used by {}: what changes in it changes for them as well.",
                users.join(", ")
            ),
            Remark::RoleClaimTooLong { found, most } => write!(
                f,
                "The value of the Role claim has {found} characters, and an app role of the portal takes {most}: there it has to be a constant of the claim."
            ),
            Remark::SecretGone { found } => write!(
                f,
                "The web experience names the secret {found}, which is not there: nobody can sign in."
            ),
            Remark::SessionsNotTagged => f.write_str(
                "The role's trust policy does not allow sts:TagSession: every sign-in that sends the email is refused.",
            ),
            Remark::UnsafeGrant { policy, grant } => write!(
                f,
                "{policy} grants {} on {} to everybody who signs in (statement {}).",
                grant.action,
                if grant.resource.is_empty() { "*" } else { &grant.resource },
                grant.statement
            ),
            Remark::UsersNotSeen { error } => write!(
                f,
                "Whether others use the IAM provider could not be seen ({error})."
            ),
        }
    }
}
