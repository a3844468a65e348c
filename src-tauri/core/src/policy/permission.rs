//! What the role may do: the least that a web experience needs.

use super::{Condition, Document, NotAPolicy, Statement};
use crate::resource::Permissions;
use serde_json::Value as Json;

/// What a role may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionPolicy(pub Document);

impl PermissionPolicy {
    /// The web experience role's permissions (Q Business: IAM policies for a web experience), without the statements for Q Apps and
    /// KMS where a set-up does not use them.
    pub fn web_experience(p: &Permissions<String>) -> PermissionPolicy {
        let app = format!(
            "arn:aws:qbusiness:{}:{}:application/{}",
            p.region, p.account, p.application
        );
        let qapp = format!(
            "arn:aws:qapps:{}:{}:application/{}/qapp",
            p.region, p.account, p.application
        );
        let mut statements = vec![
            grant(
                "QBusinessConversationPermissions",
                "qbusiness",
                &[
                    "Chat",
                    "ChatSync",
                    "ListMessages",
                    "ListConversations",
                    "PutFeedback",
                    "DeleteConversation",
                    "GetWebExperience",
                    "GetApplication",
                    "ListPlugins",
                    "GetChatControlsConfiguration",
                    "ListRetrievers",
                    "ListPluginActions",
                    "ListAttachments",
                    "GetMedia",
                    "DeleteAttachment",
                ],
                &[&app],
                &[],
            ),
            grant(
                "QBusinessPluginDiscoveryPermissions",
                "qbusiness",
                &["ListPluginTypeMetadata", "ListPluginTypeActions"],
                &["*"],
                &[],
            ),
            grant(
                "QBusinessRetrieverPermission",
                "qbusiness",
                &["GetRetriever"],
                &[&app, &format!("{app}/retriever/*")],
                &[],
            ),
            grant(
                "QBusinessAutoSubscriptionPermission",
                "user-subscriptions",
                &["CreateClaim"],
                &["*"],
                &[
                    ("Bool", "user-subscriptions:CreateForSelf", "true"),
                    ("StringEquals", "aws:CalledViaLast", "qbusiness.amazonaws.com"),
                ],
            ),
        ];
        if let Some(key) = &p.kms_key {
            let mut decrypt = grant("QBusinessKMSDecryptPermissions", "kms", &["Decrypt"], &[key], &[]);
            decrypt.conditions.push(Condition {
                operator: "StringLike".into(),
                key: "kms:ViaService".into(),
                values: ["qbusiness", "qapps"]
                    .map(|s| format!("{s}.{}.amazonaws.com", p.region))
                    .to_vec(),
            });
            statements.push(decrypt);
        }
        if p.q_apps {
            statements.extend(q_apps(&app, &qapp));
        }
        PermissionPolicy(Document { statements })
    }

    /// Reads any policy.
    ///
    /// # Errors
    /// [`NotAPolicy`].
    pub fn parse(text: &str) -> Result<PermissionPolicy, NotAPolicy> {
        Document::parse(text).map(PermissionPolicy)
    }

    /// Canonical JSON.
    pub fn to_json(&self) -> Json {
        self.0.to_json()
    }
}

fn grant(
    sid: &str,
    service: &str,
    actions: &[&str],
    resources: &[&str],
    conditions: &[(&str, &str, &str)],
) -> Statement {
    Statement {
        sid: Some(sid.into()),
        allow: true,
        actions: actions.iter().map(|a| format!("{service}:{a}")).collect(),
        resources: resources.iter().map(|r| (*r).to_owned()).collect(),
        conditions: conditions
            .iter()
            .map(|(operator, key, value)| Condition {
                operator: (*operator).to_owned(),
                key: (*key).to_owned(),
                values: vec![(*value).to_owned()],
            })
            .collect(),
        ..Statement::default()
    }
}

fn q_apps(app: &str, qapp: &str) -> Vec<Statement> {
    const IGNORE_CASE: &str = "StringEqualsIgnoreCase";
    let all = format!("{qapp}/*");
    let session = format!("{qapp}/*/session/*");
    vec![
        grant(
            "QAppsResourceAgnosticPermissions",
            "qapps",
            &[
                "CreateQApp",
                "PredictQApp",
                "PredictProblemStatementFromConversation",
                "PredictQAppFromProblemStatement",
                "ListQApps",
                "ListLibraryItems",
                "CreateSubscriptionToken",
            ],
            &[app],
            &[],
        ),
        grant(
            "QAppsAppUniversalPermissions",
            "qapps",
            &["DisassociateQAppFromUser"],
            &[&all],
            &[],
        ),
        grant(
            "QAppsAppOwnerPermissions",
            "qapps",
            &[
                "GetQApp",
                "CopyQApp",
                "UpdateQApp",
                "DeleteQApp",
                "ImportDocument",
                "CreateLibraryItem",
                "UpdateLibraryItem",
                "StartQAppSession",
            ],
            &[&all],
            &[(IGNORE_CASE, "qapps:UserIsAppOwner", "true")],
        ),
        grant(
            "QAppsPublishedAppPermissions",
            "qapps",
            &[
                "GetQApp",
                "CopyQApp",
                "AssociateQAppWithUser",
                "GetLibraryItem",
                "CreateLibraryItemReview",
                "AssociateLibraryItemReview",
                "DisassociateLibraryItemReview",
                "StartQAppSession",
            ],
            &[&all],
            &[(IGNORE_CASE, "qapps:AppIsPublished", "true")],
        ),
        grant(
            "QAppsAppSessionModeratorPermissions",
            "qapps",
            &[
                "ImportDocument",
                "GetQAppSession",
                "GetQAppSessionMetadata",
                "UpdateQAppSession",
                "UpdateQAppSessionMetadata",
                "StopQAppSession",
            ],
            &[&session],
            &[(IGNORE_CASE, "qapps:UserIsSessionModerator", "true")],
        ),
        grant(
            "QAppsSharedAppSessionPermissions",
            "qapps",
            &[
                "ImportDocument",
                "GetQAppSession",
                "GetQAppSessionMetadata",
                "UpdateQAppSession",
            ],
            &[&session],
            &[(IGNORE_CASE, "qapps:SessionIsShared", "true")],
        ),
    ]
}
