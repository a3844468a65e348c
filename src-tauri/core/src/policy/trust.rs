//! The role's trust policy: who may assume it, with what proof.

use super::{Condition, Document, NotAPolicy, Statement};
use serde_json::Value as Json;

/// Who may assume a role, and under which conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustPolicy(pub Document);

impl TrustPolicy {
    /// AWS's trust policy for SAML (Q Business: trust policy for SAML 2.0): `SAML:aud` is the assertion's Recipient, and a
    /// session may be tagged only with an `Email`.
    pub fn saml(provider: &str, recipients: &[String]) -> TrustPolicy {
        let statement = |sid: &str, action: &str, condition| Statement {
            sid: Some(sid.into()),
            allow: true,
            principals: vec![("Federated".into(), provider.to_owned())],
            actions: vec![action.into()],
            conditions: vec![condition],
            ..Statement::default()
        };
        TrustPolicy(Document {
            statements: vec![
                statement(
                    "SAMLAssumeRoleAccess",
                    "sts:AssumeRoleWithSAML",
                    Condition {
                        operator: "StringEquals".into(),
                        key: "SAML:aud".into(),
                        values: recipients.to_vec(),
                    },
                ),
                statement(
                    "SAMLTagSessionAccess",
                    "sts:TagSession",
                    Condition {
                        operator: "StringLike".into(),
                        key: "aws:RequestTag/Email".into(),
                        values: vec!["*".into()],
                    },
                ),
            ],
        })
    }

    /// Reads any role's trust policy.
    ///
    /// # Errors
    /// [`NotAPolicy`].
    pub fn parse(text: &str) -> Result<TrustPolicy, NotAPolicy> {
        Document::parse(text).map(TrustPolicy)
    }

    /// Canonical JSON.
    pub fn to_json(&self) -> Json {
        self.0.to_json()
    }
}
