//! A role's trust policy: who may assume it, with what proof.

use super::evaluate::{Decision, Request, evaluate};
use super::{Condition, Document, NotAPolicy, Statement};
use crate::resource::{Purpose, Trust};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Who may assume a role, and under which conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustPolicy(pub Document);

fn condition(operator: &str, key: impl Into<String>, values: &[String]) -> Condition {
    Condition {
        operator: operator.into(),
        key: key.into(),
        values: values.to_vec(),
    }
}

/// A federated role: assumed with a proof, and its session tagged only with an `Email`.
fn federated(kind: &str, provider: &str, action: &str, proof: Condition) -> TrustPolicy {
    let statement = |sid: &str, action: &str, condition| Statement {
        sid: Some(format!("{kind}{sid}")),
        allow: true,
        principals: vec![("Federated".into(), provider.to_owned())],
        actions: vec![action.into()],
        conditions: vec![condition],
        ..Statement::default()
    };
    TrustPolicy(Document {
        statements: vec![
            statement("AssumeRoleAccess", action, proof),
            statement("TagSessionAccess", "sts:TagSession", TrustPolicy::tagged()),
        ],
    })
}

impl TrustPolicy {
    /// The policy for what a role is.
    pub fn of(trust: &Trust<String>) -> TrustPolicy {
        match trust {
            Trust::Oidc {
                provider,
                issuer,
                client_ids,
            } => TrustPolicy::oidc(provider, issuer, client_ids),
            Trust::Saml { provider, recipients } => TrustPolicy::saml(provider, recipients),
            Trust::Service {
                purpose,
                region,
                account,
                application,
            } => {
                let source = format!(
                    "arn:aws:qbusiness:{region}:{account}:application/{}",
                    application.as_deref().unwrap_or("*")
                );
                TrustPolicy::service(*purpose, account.as_str(), &source)
            }
        }
    }

    /// The condition on session tags in both of AWS's trust policies for people: there is an `Email`.
    pub fn tagged() -> Condition {
        condition("StringLike", "aws:RequestTag/Email", &["*".into()])
    }

    /// AWS's trust policy for SAML (Q Business: trust policy for SAML 2.0): `SAML:aud` is the assertion's
    /// Recipient.
    pub fn saml(provider: &str, recipients: &[String]) -> TrustPolicy {
        let proof = condition("StringEquals", "SAML:aud", recipients);
        federated("SAML", provider, "sts:AssumeRoleWithSAML", proof)
    }

    /// AWS's trust policy for OpenID Connect (AWS samples: IAM federation with OIDC). `issuer` is without
    /// its scheme; its `aud` key is the token's `azp` where there is one, else `aud`.
    pub fn oidc(provider: &str, issuer: &str, client_ids: &[String]) -> TrustPolicy {
        let proof = condition("StringEquals", format!("{issuer}:aud"), client_ids);
        federated("OIDC", provider, "sts:AssumeRoleWithWebIdentity", proof)
    }

    /// A role of Amazon Q Business's own, for one account and one application at most (Q Business: IAM
    /// roles). The service that reads secrets has a name of its own.
    fn service(purpose: Purpose, account: &str, source: &str) -> TrustPolicy {
        let (sid, principal, operator) = match purpose {
            Purpose::Application => (
                "AmazonQApplicationPermission",
                "qbusiness.amazonaws.com",
                "ArnLike",
            ),
            Purpose::Retriever => (
                "AmazonQRetrieverPermission",
                "qbusiness.amazonaws.com",
                "ArnEquals",
            ),
            Purpose::Secrets => (
                "AllowsAmazonQToAssumeRoleForServicePrincipal",
                "application.qbusiness.amazonaws.com",
                "ArnLike",
            ),
        };
        TrustPolicy(Document {
            statements: vec![Statement {
                sid: Some(sid.into()),
                allow: true,
                principals: vec![("Service".into(), principal.into())],
                actions: vec!["sts:AssumeRole".into()],
                conditions: vec![
                    condition("StringEquals", "aws:SourceAccount", &[account.to_owned()]),
                    condition(operator, "aws:SourceArn", &[source.to_owned()]),
                ],
                ..Statement::default()
            }],
        })
    }

    /// Whether a service may assume the role on behalf of a resource of an account (IAM: confused deputy). None
    /// where the policy looks at more than these.
    pub fn admits_service(&self, service: &str, account: &str, source_arn: &str) -> Option<bool> {
        let mut document = self.0.clone();
        document.statements.retain(|s| {
            let named = s
                .principals
                .iter()
                .any(|(kind, value)| kind == "*" || (kind == "Service" && value == service));
            named != s.not_principal
        });
        let request = Request {
            action: "sts:AssumeRole".into(),
            context: BTreeMap::from([
                ("aws:sourceaccount".to_owned(), vec![account.to_owned()]),
                ("aws:sourcearn".to_owned(), vec![source_arn.to_owned()]),
            ]),
            unknown: vec!["*".into()],
            ..Request::default()
        };
        match evaluate(&document, &request).decision {
            Decision::Allowed => Some(true),
            Decision::Denied => Some(false),
            Decision::Unknown => None,
        }
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
