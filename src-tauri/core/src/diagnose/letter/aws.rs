//! Where in AWS something is changed: in the console, by its labels, and by the command line.

use super::{About, way};
use crate::diagnose::RuleId;

/// Where a value is changed.
pub(super) struct InAws {
    /// The way through the console.
    pub(super) way: String,
    /// The last label, by which it is changed there; a set-up of this program needs none.
    pub(super) press: &'static [&'static str],
    /// The command that changes it; None where several do, or none.
    pub(super) command: Option<String>,
}

/// Where it stands in AWS, of what only a text or a record told.
pub(super) fn place(rule: RuleId, seen_at: &str) -> &str {
    if !matches!(seen_at, "Message" | "Answer" | "STS" | "CloudTrail") {
        return seen_at;
    }
    match rule {
        RuleId::TagSessionMissing
        | RuleId::TagSessionDenied
        | RuleId::TokenTagSession
        | RuleId::AudPlaceholder => "Trust policy",
        RuleId::PermissionsIncomplete | RuleId::ClaimDenied => "Permissions",
        RuleId::Legacy => "Web experience",
        RuleId::LiteTier => "Subscription",
        _ => seen_at,
    }
}

/// The place of a finding or a change, and what it is to become; empty where that is no single value.
pub(super) fn of(place: &str, to: &str, about: &About<'_>) -> InAws {
    let known = |name: &str, unknown: &'static str| about.values.get(name).map_or(unknown, String::as_str);
    let role = known("role_name", "the role");
    let role_arg = argument(known("role_name", "ROLE"), "ROLE");
    let provider = argument(known("provider_arn", "PROVIDER_ARN"), "PROVIDER_ARN");
    let iam = |path: &[&str], press: &'static [&'static str], command: Option<String>| InAws {
        way: way(&[&["IAM"], path].concat()),
        press,
        command,
    };
    let q = |path: &[&str], press: &'static [&'static str], command: Option<String>| InAws {
        way: way(&[&["Amazon Q Business", "the application"], path].concat()),
        press,
        command,
    };
    const SECRET_ROLE: &str = "the role that reads the secret";
    const TRUST: &[&str] = &["Edit trust policy"];
    match place {
        "Trust policy of the secret's role" => iam(&["Roles", SECRET_ROLE, "Trust relationships"], TRUST, None),
        "Permissions of the secret's role" => iam(&["Roles", SECRET_ROLE, "Permissions"], &[], None),
        p if p.starts_with("Trust policy") => iam(
            &["Roles", role, "Trust relationships"],
            TRUST,
            Some(format!(
                "aws iam update-assume-role-policy --role-name {role_arg} --policy-document file://trust-policy.json, where the file has the whole policy after the change"
            )),
        ),
        p if p.starts_with("Permission") => iam(
            &["Roles", role, "Permissions"],
            &["Add permissions", "Create inline policy"],
            Some(format!(
                "aws iam put-role-policy --role-name {role_arg} --policy-name NAME --policy-document file://permissions.json"
            )),
        ),
        p if p.starts_with("IAM provider, client id") => iam(
            &["Identity providers", "the provider"],
            &["Actions", "Add audience"],
            to.rsplit(", ").next().filter(|client| !client.is_empty()).map(|client| {
                let client = argument(client, "CLIENT_ID");
                format!(
                    "aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn {provider} --client-id {client}"
                )
            }),
        ),
        "IAM provider thumbprints" => iam(
            &["Identity providers", "the provider", "Thumbprints"],
            &["Manage"],
            Some(format!(
                "aws iam update-open-id-connect-provider-thumbprint --open-id-connect-provider-arn {provider} --thumbprint-list THUMBPRINT"
            )),
        ),
        "IAM provider AssertionEncryptionMode" => iam(
            &["Identity providers", "the provider", "SAML encryption"],
            &[],
            Some(format!(
                "aws iam update-saml-provider --saml-provider-arn {provider} --assertion-encryption-mode Allowed"
            )),
        ),
        p if p.starts_with("IAM provider") => iam(&["Identity providers"], &[], None),
        "IAM SAML provider" | "IAM OpenID Connect provider" => {
            iam(&["Identity providers"], &["Add provider"], None)
        }
        "IAM role" => iam(&["Roles"], &["Create role"], None),
        "IAM" => iam(&[], &[], None),
        p if p.contains("ertificate") || p.contains("etadata") || p.contains("ignature") => iam(
            &["Identity providers", "the provider"],
            &["Replace metadata"],
            Some(format!(
                "aws iam update-saml-provider --saml-provider-arn {provider} --saml-metadata-document file://metadata.xml"
            )),
        ),
        "Web experience role" | "Web experience roleArn" => q(
            &["Web experience"],
            &[],
            to.starts_with("arn:").then(|| {
                let to = argument(to, "ROLE_ARN");
                format!(
                    "aws qbusiness update-web-experience --application-id APPLICATION_ID --web-experience-id WEB_EXPERIENCE_ID --role-arn {to}"
                )
            }),
        ),
        p if p.contains("eb experience") => q(&["Web experience"], &[], None),
        "Application autoSubscriptionConfiguration" => q(
            &[],
            &[],
            Some(
                "aws qbusiness update-application --application-id APPLICATION_ID --auto-subscription-configuration autoSubscribe=ENABLED,defaultSubscriptionType=Q_BUSINESS"
                    .to_owned(),
            ),
        ),
        p if p.starts_with("Application") || p.starts_with("Subscription") => {
            q(&["Manage user access and subscriptions"], &[], None)
        }
        "Secrets Manager" => InAws {
            way: way(&["Secrets Manager", "Secrets", "the secret"]),
            press: &[],
            command: None,
        },
        _ => InAws {
            way: "AWS".to_owned(),
            press: &[],
            command: None,
        },
    }
}

/// A value in a command line, where no shell reads more into it than itself; else its stand-in.
fn argument<'a>(value: &'a str, unknown: &'a str) -> &'a str {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"+=,.@_:/-".contains(&b);
    match !value.starts_with('-') && value.bytes().all(is_plain) {
        true => value,
        false => unknown,
    }
}
