//! What comes after the sign-in: whether the role may do what a chat needs, and whether the web experience has
//! that role and is ready. Asked action by action of the policies that the role has.

use super::Evidence;
use crate::claims::{self, RolePair};
use crate::policy::evaluate::{Evaluation, Request, evaluate};
use crate::policy::{Document, NotAPolicy, PermissionPolicy};
use crate::resource::{HeldApplication, HeldPolicy, Permissions};
use crate::value::{AccountId, Region};
use std::collections::BTreeMap;

/// One action of a chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatPermission {
    /// `qbusiness:ChatSync`, …
    pub action: String,
    /// ARN, or `*` for an action that knows no resource.
    pub resource: String,
    /// As AWS's policy names it: where `resource` is one of many, all of them.
    pub pattern: String,
    /// Nothing works without it.
    pub needed: bool,
    /// What the role's policies say.
    pub evaluation: Evaluation,
}

/// Why nothing could be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotAsked {
    /// A policy that is not understood, with its name.
    Policy {
        /// The policy's name.
        name: String,
        /// What is wrong with it.
        why: NotAPolicy,
    },
    /// No ARN of an application in a region where Amazon Q Business is.
    Application {
        /// As it was given.
        found: String,
    },
}

/// What a page of the web experience cannot do without: the permissions of AWS's own sample scripts. The others
/// came later, and a role that was made before then still chats.
const NEEDED: [&str; 10] = [
    "qbusiness:Chat",
    "qbusiness:ChatSync",
    "qbusiness:DeleteConversation",
    "qbusiness:GetApplication",
    "qbusiness:GetChatControlsConfiguration",
    "qbusiness:GetRetriever",
    "qbusiness:GetWebExperience",
    "qbusiness:ListConversations",
    "qbusiness:ListMessages",
    "qbusiness:ListRetrievers",
];
/// The first sign-in of a person asks for it.
pub(super) const CLAIM: &str = "user-subscriptions:CreateClaim";
/// Asked where the company has a key of its own.
pub(super) const DECRYPT: &str = "kms:Decrypt";

/// Every statement of every policy of the role.
///
/// # Errors
/// [`NotAsked::Policy`].
pub(super) fn granted(policies: &[HeldPolicy]) -> Result<Document, NotAsked> {
    let mut all = Document {
        statements: Vec::new(),
    };
    for policy in policies {
        let document = Document::from_json(&policy.document).map_err(|why| NotAsked::Policy {
            name: policy.name.clone(),
            why,
        })?;
        all.statements.extend(document.statements);
    }
    Ok(all)
}

/// Everything that AWS's own policy of a web experience grants (Q Business: IAM role for a web experience), asked
/// of the policies that the role has. The company's own key is asked about where the application names it by its ARN
/// or id: which key stands behind an alias is not known.
///
/// Keys that the question does not have (`aws:SourceIp`, …) are unknown, so that a policy which looks at them
/// gives unknown, not denied.
///
/// # Errors
/// [`NotAsked`].
pub fn chat_permissions(
    policies: &[HeldPolicy],
    application: &HeldApplication,
) -> Result<Vec<ChatPermission>, NotAsked> {
    let wrong = || NotAsked::Application {
        found: application.arn.clone(),
    };
    let mut parts = application.arn.splitn(6, ':').skip(3);
    let mut part = || parts.next().ok_or_else(wrong);
    let region = Region::parse(part()?).map_err(|_| wrong())?;
    let account = AccountId::parse(part()?).map_err(|_| wrong())?;
    let id = part()?.strip_prefix("application/").ok_or_else(wrong)?;
    let held = granted(policies)?;
    let kms_key = match application.kms_key.as_deref() {
        Some(alias) if alias.starts_with("alias/") => None,
        Some(arn) if arn.starts_with("arn:") => Some(arn.to_owned()),
        Some(id) => Some(format!("arn:aws:kms:{region}:{account}:key/{id}")),
        None => None,
    };
    let documented = PermissionPolicy::of(&Permissions::WebExperience {
        region,
        account,
        application: id.to_owned(),
        q_apps: application.q_apps && region.has_q_apps(),
        kms_key,
        document_content: false,
    });
    let mut asked: Vec<ChatPermission> = Vec::new();
    for statement in &documented.0.statements {
        let context: BTreeMap<String, Vec<String>> = statement
            .conditions
            .iter()
            .map(|c| {
                (
                    c.key.to_ascii_lowercase(),
                    c.values.iter().take(1).cloned().collect(),
                )
            })
            .collect();
        for action in &statement.actions {
            for pattern in &statement.resources {
                // Any one below stands for all.
                let resource = match pattern.strip_suffix("/*") {
                    Some(above) => format!("{above}/00000000-0000-4000-8000-000000000000"),
                    None => pattern.clone(),
                };
                let request = Request {
                    action: action.clone(),
                    federated: None,
                    resource: resource.clone(),
                    context: context.clone(),
                    unknown: vec!["*".to_owned()],
                    absent: Vec::new(),
                };
                asked.push(ChatPermission {
                    needed: NEEDED.contains(&action.as_str()) || action == CLAIM || action == DECRYPT,
                    action: action.clone(),
                    resource,
                    pattern: pattern.clone(),
                    evaluation: evaluate(&held, &request),
                });
            }
        }
    }
    Ok(asked)
}

/// The web experience as it stands beside the claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebExperienceSeen {
    /// AWS's status, and AWS's reason for one that is bad.
    pub status: crate::resource::Status,
    /// The role with which it hands the response to STS.
    pub role: Option<String>,
    /// The role of the Role claim; None where there is no claim that could be read.
    pub claimed: Option<String>,
}

impl WebExperienceSeen {
    /// People can be sent to it.
    pub fn is_ready(&self) -> bool {
        self.status.word == "ACTIVE" && self.role.is_some()
    }

    /// Whether both name the same role; None where one of them is not known.
    pub fn is_same_role(&self) -> Option<bool> {
        Some(self.role.as_ref()? == self.claimed.as_ref()?)
    }
}

/// The web experience's own role and state; None where it was not read.
pub fn web_experience(e: &Evidence) -> Option<WebExperienceSeen> {
    let held = e.live.web_experience.as_ref()?;
    let values = e
        .assertion()
        .and_then(|a| a.values(claims::ROLE))
        .unwrap_or_default();
    let pairs: Vec<RolePair> = values.iter().filter_map(|v| RolePair::split(v)).collect();
    let same = pairs.iter().find(|p| Some(&p.role) == held.role.as_ref());
    Some(WebExperienceSeen {
        status: held.status.clone(),
        role: held.role.clone(),
        claimed: same.or(pairs.first()).map(|p| p.role.clone()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::evaluate::Decision;
    use serde_json::{Value as Json, json};

    const APP: &str = "arn:aws:qbusiness:us-east-1:123456789012:application/a1b2c3d4";
    const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/k1";

    fn policy(document: Json) -> HeldPolicy {
        HeldPolicy {
            name: "p".into(),
            managed: None,
            document,
            others: 0,
        }
    }

    fn ours(kms_key: Option<&str>) -> HeldPolicy {
        let document = PermissionPolicy::of(&Permissions::WebExperience {
            region: Region::UsEast1,
            account: AccountId::parse("123456789012").expect("an account"),
            application: "a1b2c3d4".into(),
            q_apps: false,
            kms_key: kms_key.map(str::to_owned),
            document_content: false,
        });
        policy(document.to_json())
    }

    fn application(arn: &str, kms_key: Option<&str>) -> HeldApplication {
        HeldApplication {
            arn: arn.into(),
            name: "q".into(),
            status: crate::resource::Status {
                word: "ACTIVE".into(),
                why: None,
            },
            identity_type: None,
            provider: None,
            client_ids: Vec::new(),
            role: None,
            subscription: None,
            q_apps: false,
            kms_key: kms_key.map(str::to_owned),
            tags: BTreeMap::new(),
        }
    }

    /// The actions that are not allowed, with what is said of them.
    fn left(policies: &[HeldPolicy], kms_key: Option<&str>) -> Vec<(String, Decision)> {
        chat_permissions(policies, &application(APP, kms_key))
            .expect("asked")
            .into_iter()
            .filter(|p| p.evaluation.decision != Decision::Allowed)
            .map(|p| (p.action, p.evaluation.decision))
            .collect()
    }

    #[test]
    fn what_a_role_may_do_in_a_chat() {
        assert_eq!(left(&[ours(None)], None), []);
        assert_eq!(left(&[ours(Some(KEY))], Some(KEY)), []);
        let decrypt = [("kms:Decrypt".to_owned(), Decision::Denied)];
        assert_eq!(left(&[ours(None)], Some(KEY)), decrypt);
        assert_eq!(left(&[ours(None)], Some("k1")), decrypt);
        assert_eq!(left(&[ours(Some(KEY))], Some("k1")), []);
        assert_eq!(left(&[ours(None)], Some("alias/q")), []);
        assert!(left(&[], None).len() > 15);
        let deny = |condition: Json| {
            policy(
                json!({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "qbusiness:chat*",
                "Resource": "*", "Condition": condition}}),
            )
        };
        let chat = |decision| {
            let action = |name: &str| (format!("qbusiness:{name}"), decision);
            vec![action("Chat"), action("ChatSync")]
        };
        assert_eq!(left(&[ours(None), deny(json!({}))], None), chat(Decision::Denied));
        let network = json!({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}});
        assert_eq!(left(&[ours(None), deny(network)], None), chat(Decision::Unknown));
        let other =
            PermissionPolicy::parse(&ours(None).document.to_string().replace("us-east-1", "us-west-2"));
        let other = policy(other.expect("a policy").to_json());
        assert!(
            left(&[other], None)
                .iter()
                .any(|(a, _)| a == "qbusiness:ChatSync")
        );
    }

    #[test]
    fn what_cannot_be_asked() {
        let broken = policy(json!({"Statement": 5}));
        assert!(matches!(
            chat_permissions(&[broken], &application(APP, None)),
            Err(NotAsked::Policy { .. })
        ));
        for arn in [
            "",
            "a1",
            "arn:aws:qbusiness:eu-central-1:123456789012:application/a",
            "arn:aws:s3:::x",
        ] {
            assert!(
                matches!(
                    chat_permissions(&[], &application(arn, None)),
                    Err(NotAsked::Application { .. })
                ),
                "{arn}"
            );
        }
    }
}
