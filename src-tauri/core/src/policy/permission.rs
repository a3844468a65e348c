//! What a role may do: the least that a web experience needs, and the least of each role beside it.

use super::{Condition, Document, NotAPolicy, Statement};
use crate::resource::Permissions;
use crate::value::{AccountId, Region};
use serde_json::Value as Json;

/// What a role may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionPolicy(pub Document);

impl PermissionPolicy {
    /// The policy for what a role is to do.
    pub fn of(permissions: &Permissions<String>) -> PermissionPolicy {
        match permissions {
            Permissions::Application { region, account } => logs(*region, account),
            Permissions::Retriever {
                region,
                account,
                kendra_index,
            } => kendra(*region, account, kendra_index),
            Permissions::Secrets { secret, kms_key } => secrets(secret, kms_key.as_deref()),
            Permissions::WebExperience {
                region,
                account,
                application,
                q_apps,
                kms_key,
                document_content,
            } => {
                let with = (*q_apps, *document_content);
                web_experience(*region, account, application, with, kms_key.as_deref())
            }
        }
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

/// A service role's right to write the application's logs and metrics (Q Business: IAM role for an
/// application).
fn logs(region: Region, account: &AccountId) -> PermissionPolicy {
    let group = format!("arn:aws:logs:{region}:{account}:log-group:/aws/qbusiness/*");
    let metrics = ("StringEquals", "cloudwatch:namespace", "AWS/QBusiness");
    PermissionPolicy(Document {
        statements: vec![
            grant(
                "AmazonQApplicationPutMetricDataPermission",
                "cloudwatch",
                &["PutMetricData"],
                &["*"],
                &[metrics],
            ),
            grant(
                "AmazonQApplicationDescribeLogGroupsPermission",
                "logs",
                &["DescribeLogGroups"],
                &["*"],
                &[],
            ),
            grant(
                "AmazonQApplicationCreateLogGroupPermission",
                "logs",
                &["CreateLogGroup"],
                &[&group],
                &[],
            ),
            grant(
                "AmazonQApplicationLogStreamPermission",
                "logs",
                &["DescribeLogStreams", "CreateLogStream", "PutLogEvents"],
                &[&format!("{group}:log-stream:*")],
                &[],
            ),
        ],
    })
}

/// Reading one Amazon Kendra index (Q Business: IAM role for an Amazon Kendra retriever).
fn kendra(region: Region, account: &AccountId, index: &str) -> PermissionPolicy {
    let index = format!("arn:aws:kendra:{region}:{account}:index/{index}");
    PermissionPolicy(Document {
        statements: vec![grant(
            "AmazonQKendraRetrieverPermission",
            "kendra",
            &["Retrieve", "DescribeIndex"],
            &[&index],
            &[],
        )],
    })
}

/// Reading one secret (Q Business: IAM roles for a web experience). The secret's own key needs no
/// statement unless it is the company's.
fn secrets(secret: &str, kms_key: Option<&str>) -> PermissionPolicy {
    let mut statements = vec![grant(
        "AllowsAmazonQToGetSecret",
        "secretsmanager",
        &["GetSecretValue"],
        &[secret],
        &[],
    )];
    if let Some(key) = kms_key {
        let through = ("StringLike", "kms:ViaService", "secretsmanager.*.amazonaws.com");
        statements.push(grant(
            "AllowsAmazonQToDecryptSecret",
            "kms",
            &["Decrypt"],
            &[key],
            &[through],
        ));
    }
    PermissionPolicy(Document { statements })
}

/// The web experience role's permissions (Q Business: IAM policies for a web experience), without the
/// statements for Q Apps and KMS where a set-up does not use them.
fn web_experience(
    region: Region,
    account: &AccountId,
    application: &str,
    (with_q_apps, document_content): (bool, bool),
    kms_key: Option<&str>,
) -> PermissionPolicy {
    let app = format!("arn:aws:qbusiness:{region}:{account}:application/{application}");
    let qapp = format!("arn:aws:qapps:{region}:{account}:application/{application}/qapp");
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
    if let Some(key) = kms_key {
        let mut decrypt = grant("QBusinessKMSDecryptPermissions", "kms", &["Decrypt"], &[key], &[]);
        decrypt.conditions.push(Condition {
            operator: "StringLike".into(),
            key: "kms:ViaService".into(),
            values: ["qbusiness", "qapps"]
                .map(|s| format!("{s}.{region}.amazonaws.com"))
                .to_vec(),
        });
        statements.push(decrypt);
    }
    if document_content {
        statements.push(grant(
            "QBusinessGetDocumentContentPermission",
            "qbusiness",
            &["GetDocumentContent"],
            &[&app, &format!("{app}/index/*")],
            &[],
        ));
    }
    if with_q_apps {
        statements.extend(q_apps(&app, &qapp));
    }
    PermissionPolicy(Document { statements })
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
