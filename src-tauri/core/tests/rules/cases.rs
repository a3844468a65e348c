//! One row a rule: a change of a good sign-in that fires it, and a change nearly the same that does not.

use crate::maker::*;
use claimbridge_core::claims;
use claimbridge_core::diagnose::{
    Evidence, HeldSubscription, LiveRole, Message, Need, Owner, RuleId, SecretState, Severity, Sts, diagnose,
    words,
};
use claimbridge_core::idp::IdentityProvider;
use claimbridge_core::policy::{Document, TrustPolicy};
use claimbridge_core::resource::{HeldSignIn, Tier};
use claimbridge_core::saml::metadata::{FederationMetadata, MetadataError};
use claimbridge_core::saml::signature::Rejection;
use claimbridge_core::time::parse_instant;
use serde_json::json;
use std::collections::BTreeMap;

type Change = fn(&mut Case);

/// The rule, what fires it, what does not.
const CASES: &[(RuleId, Change, Change)] = &[
    (
        RuleId::RoleMissing,
        |c| c.said().remove(claims::ROLE),
        |c| c.said().remove("other"),
    ),
    (
        RuleId::PairSwapped,
        |c| c.said().set(claims::ROLE, &format!("{PROVIDER},{ROLE}")),
        |c| c.said().set(claims::ROLE, &format!("{ROLE},{PROVIDER}")),
    ),
    (
        RuleId::Whitespace,
        |c| c.said().set(claims::ROLE, &format!("{PAIR}\u{200b}")),
        |c| c.said().set("department", "Sales "),
    ),
    (
        RuleId::Whitespace,
        |c| c.said().set(claims::ROLE, &PAIR.replace(',', ",\n")),
        // Of several values the set-up's is as it should be.
        |c| {
            c.said().remove(claims::ROLE);
            let both = vec![format!("{} ", PAIR.replace("web", "wep")), PAIR.to_owned()];
            c.said().claims.push((claims::ROLE.into(), both));
        },
    ),
    (
        RuleId::Whitespace,
        |c| c.said().set(claims::EMAIL, "alice@acme.example\u{a0}"),
        |c| c.said().set(claims::SESSION_NAME, "alice"),
    ),
    (
        RuleId::RoleWrong,
        |c| {
            c.said()
                .set(claims::ROLE, &PAIR.replace("q-acme-web", "q-acme-wеb"))
        },
        |c| {
            let others = (0..99).map(|i| format!("arn:aws:iam::123456789012:role/r{i},{PROVIDER}"));
            let all = others.chain([PAIR.to_owned()]).collect();
            c.said().remove(claims::ROLE);
            c.said().claims.push((claims::ROLE.into(), all));
        },
    ),
    (
        RuleId::RoleWrong,
        |c| c.evidence.role = Some(LiveRole::Missing),
        |c| c.evidence.role = None,
    ),
    (
        RuleId::AccountWrong,
        |c| {
            c.said()
                .set(claims::ROLE, &PAIR.replace("123456789012", "123456789021"))
        },
        |c| c.said().set(claims::ROLE, PAIR),
    ),
    (
        RuleId::AccountWrong,
        |c| {
            no_set_up(c);
            c.evidence.live = Default::default();
            c.said()
                .set(claims::ROLE, &PAIR.replacen("123456789012", "123456789021", 1));
        },
        |c| {
            no_set_up(c);
            c.evidence.live = Default::default();
        },
    ),
    (
        RuleId::ProviderWrong,
        |c| {
            c.said()
                .set(claims::ROLE, &PAIR.replace("q-acme-idp", "q-acme-ldp"))
        },
        |c| c.evidence.provider_exists = None,
    ),
    (
        RuleId::ProviderWrong,
        |c| c.evidence.provider_exists = Some(false),
        |c| c.evidence.provider_exists = Some(true),
    ),
    (
        RuleId::TrustProvider,
        |c| c.evidence.role = trust(&PROVIDER.replace("idp", "ldp"), ACS),
        |c| c.evidence.role = trust(PROVIDER, ACS),
    ),
    (
        RuleId::TagSessionMissing,
        |c| {
            let mut policy = TrustPolicy::saml(PROVIDER, &[ACS.to_owned()]);
            policy.0.statements.truncate(1);
            c.evidence.role = Some(LiveRole::There(policy));
        },
        |c| {
            let mut policy = TrustPolicy::saml(PROVIDER, &[ACS.to_owned()]);
            policy.0.statements[1].actions = vec!["sts:Tag*".into()];
            c.evidence.role = Some(LiveRole::There(policy));
        },
    ),
    (
        RuleId::TrustRefused,
        |c| {
            let mut policy = TrustPolicy::saml(PROVIDER, &[ACS.to_owned()]);
            let mut denies = policy.0.statements[0].clone();
            denies.allow = false;
            policy.0.statements.push(denies);
            c.evidence.role = Some(LiveRole::There(policy));
        },
        |c| {
            // Wildcards admit what equality would not.
            let mut policy = TrustPolicy::saml(PROVIDER, &[ACS.to_owned()]);
            for condition in &mut policy.0.statements[0].conditions {
                condition.operator = "StringLike".into();
                condition.values = vec!["https://*/saml".into()];
            }
            c.evidence.role = Some(LiveRole::There(policy));
        },
    ),
    (
        RuleId::TagSessionDenied,
        |c| {
            let mut policy = TrustPolicy::saml(PROVIDER, &[ACS.to_owned()]);
            policy.0.statements[1].conditions[0].values = vec!["*@other.example".into()];
            c.evidence.role = Some(LiveRole::There(policy));
        },
        |c| {
            let mut policy = TrustPolicy::saml(PROVIDER, &[ACS.to_owned()]);
            policy.0.statements[1].conditions[0].values = vec!["*@acme.example".into()];
            c.evidence.role = Some(LiveRole::There(policy));
        },
    ),
    (
        RuleId::AudPlaceholder,
        |c| c.evidence.role = trust(PROVIDER, "https://sampleurl.com"),
        |c| c.evidence.role = trust(PROVIDER, ACS),
    ),
    (
        RuleId::RecipientMismatch,
        |c| c.said().recipient = ACS.replace("/saml", "//saml"),
        |c| {
            let both = [ACS.to_owned(), "http://localhost:8000/saml".to_owned()];
            c.evidence.role = Some(LiveRole::There(TrustPolicy::saml(PROVIDER, &both)));
        },
    ),
    (
        RuleId::SignInRegion,
        |c| {
            c.evidence.role = trust(PROVIDER, "https://signin.aws.amazon.com/saml");
            c.said().recipient = "https://us-west-2.signin.aws.amazon.com/saml".into();
        },
        |c| {
            c.evidence.role = trust(PROVIDER, "https://signin.aws.amazon.com/saml");
            c.said().recipient = "https://signin.aws.amazon.com/saml".into();
        },
    ),
    (
        RuleId::RecipientIsAcs,
        |c| c.evidence.role = trust(PROVIDER, "https://signin.aws.amazon.com/saml"),
        |c| c.evidence.role = trust(PROVIDER, ACS),
    ),
    (
        RuleId::Audience,
        |c| c.said().audience = "https://sampleurl.com".into(),
        |c| c.said().audience = "urn:amazon:webservices".into(),
    ),
    (
        RuleId::SessionNameMissing,
        |c| c.said().remove(claims::SESSION_NAME),
        |c| c.said().set(claims::SESSION_NAME, "al"),
    ),
    (
        RuleId::SessionNameInvalid,
        |c| c.said().set(claims::SESSION_NAME, "alice_acme#EXT#@t.example"),
        |c| c.said().set(claims::SESSION_NAME, "alice_acme-EXT-@t.example"),
    ),
    (
        RuleId::EmailMissing,
        |c| c.said().remove(claims::EMAIL),
        |c| c.said().remove("email"),
    ),
    (
        RuleId::EmailEmpty,
        |c| c.said().set(claims::EMAIL, " "),
        |c| c.said().set(claims::EMAIL, "bob@acme.example"),
    ),
    (
        RuleId::ClaimMisnamed,
        |c| {
            c.said().rename(
                claims::EMAIL,
                "https://aws.amazon.com/SAML/Attributes//PrincipalTag:Email",
            )
        },
        |c| {
            c.said()
                .set("https://aws.amazon.com/SAML/Attributes/PrincipalTag:city", "Bonn")
        },
    ),
    (
        RuleId::ClaimMisnamed,
        |c| {
            c.said()
                .rename(claims::ROLE, "“https://aws.amazon.com/SAML/Attributes/Role”")
        },
        |c| {
            c.said().set(
                "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
                "x",
            )
        },
    ),
    (
        RuleId::EmailSeveral,
        |c| {
            c.said().remove(claims::EMAIL);
            let both = vec!["alice@acme.example".into(), "bob@acme.example".into()];
            c.said().claims.push((claims::EMAIL.into(), both));
        },
        |c| c.said().claims.push(("groups".into(), Vec::new())),
    ),
    (
        RuleId::TagInvalid,
        |c| c.said().set(claims::EMAIL, "o'neil@acme.example"),
        |c| c.said().set(claims::EMAIL, "o-neil@acme.example"),
    ),
    (
        RuleId::AddressDiffers,
        |c| c.evidence.live.document_addresses = Some(vec!["Alice@acme.example".into()]),
        |c| c.evidence.live.document_addresses = Some(Vec::new()),
    ),
    (
        RuleId::NameIdMissing,
        |c| c.said().name_id = None,
        |c| c.said().name_id = Some(("x".into(), PERSISTENT.into())),
    ),
    (
        RuleId::NameIdTransient,
        |c| c.said().name_id = Some(("x".into(), PERSISTENT.replace("persistent", "transient"))),
        |c| c.said().name_id = Some(("transient".into(), PERSISTENT.into())),
    ),
    (
        RuleId::Stale,
        |c| c.said().issued = "2026-11-22T15:54:59Z".into(),
        |c| c.said().issued = "2026-11-22T15:55:00Z".into(),
    ),
    (
        RuleId::ClockSkew,
        |c| c.said().issued = "2026-11-22T16:00:30Z".into(),
        |c| c.said().issued = "2026-11-22T16:00:00Z".into(),
    ),
    (
        RuleId::SourceIdentity,
        |c| c.said().set(claims::SOURCE_IDENTITY, "alice"),
        |c| {
            c.said().set(claims::SOURCE_IDENTITY, "alice");
            let mut policy = TrustPolicy::saml(PROVIDER, &[ACS.to_owned()]);
            policy.0.statements[0]
                .actions
                .push("sts:SetSourceIdentity".into());
            c.evidence.role = Some(LiveRole::There(policy));
        },
    ),
    (
        RuleId::SourceIdentity,
        |c| c.said().set(claims::SOURCE_IDENTITY, "aws:alice"),
        |c| {
            c.said().set(claims::SOURCE_IDENTITY, "alice");
            c.evidence.role = None;
        },
    ),
    (
        RuleId::DurationTooLong,
        |c| c.said().set(claims::DURATION, "3601"),
        |c| c.said().set(claims::DURATION, "3600"),
    ),
    (
        RuleId::ShortSession,
        |c| c.said().set(claims::DURATION, "900"),
        |c| c.said().set(claims::DURATION, "3600"),
    ),
    (RuleId::TagsTooLarge, |c| tags(c, 50), |c| tags(c, 49)),
    (
        RuleId::TooLong,
        |c| c.said().set("groups", &"g".repeat(80_000)),
        |c| c.said().set("groups", &"g".repeat(8_000)),
    ),
    (
        RuleId::Encrypted,
        |c| c.said().encrypted = true,
        |c| c.said().encrypted = false,
    ),
    (
        RuleId::EncryptionRequired,
        |c| {
            c.evidence
                .live
                .saml_provider
                .as_mut()
                .unwrap()
                .encryption_required = true
        },
        |c| {
            let provider = c.evidence.live.saml_provider.as_mut().unwrap();
            (provider.encryption_required, provider.private_keys) = (true, 1);
            c.said().encrypted = true;
        },
    ),
    (
        RuleId::RoleSeveral,
        |c| {
            c.said().remove(claims::ROLE);
            c.said()
                .claims
                .push((claims::ROLE.into(), vec![PAIR.into(), PAIR.replace("web", "wep")]));
        },
        |c| c.said().set(claims::ROLE, PAIR),
    ),
    (
        RuleId::ReservedRole,
        |c| {
            let role = "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Q_0a1b";
            c.said().set(claims::ROLE, &format!("{role},{PROVIDER}"));
        },
        |c| {
            no_set_up(c);
            let role = "arn:aws:iam::123456789012:role/team/AWSReserved";
            c.said().set(claims::ROLE, &format!("{role},{PROVIDER}"));
        },
    ),
    (
        RuleId::StatusNotSuccess,
        |c| c.said().status = "Responder",
        |c| c.said().status = "Success",
    ),
    (
        RuleId::SubjectConfirmation,
        |c| c.said().method = "sender-vouches",
        |c| c.said().method = "bearer",
    ),
    (
        RuleId::SignatureInvalid,
        |c| c.evidence.verdict = wrong(),
        |c| c.evidence.verdict = None,
    ),
    (
        RuleId::IssuerWrong,
        |c| c.said().issuer = format!("https://sts.windows.net/{TENANT}"),
        |c| c.said().issuer = format!("https://sts.windows.net/{TENANT}/"),
    ),
    (
        RuleId::MetadataUnusable,
        |c| c.evidence.metadata = Some(Err(MetadataError::Html)),
        |c| c.evidence.metadata = Some(Err(MetadataError::Size { found: 10 })),
    ),
    (
        RuleId::MetadataLength,
        |c| c.evidence.metadata = Some(Err(MetadataError::Size { found: 10_000_001 })),
        |c| metadata(c).characters = 1000,
    ),
    (
        RuleId::MetadataLength,
        |c| metadata(c).characters = 999,
        |c| metadata(c).characters = 0,
    ),
    (
        RuleId::CertificateExpiring,
        |c| metadata(c).signing_certificates[0].not_after = parse_instant("2026-12-02T16:00:00Z").unwrap(),
        |c| metadata(c).signing_certificates[0].not_after = parse_instant("2028-12-02T16:00:00Z").unwrap(),
    ),
    (
        RuleId::CertificateExpired,
        |c| metadata(c).signing_certificates[0].not_after = parse_instant("2026-11-02T16:00:00Z").unwrap(),
        |c| metadata(c).signing_certificates[0].not_after = parse_instant("2028-12-02T16:00:00Z").unwrap(),
    ),
    (
        RuleId::MetadataGeneric,
        |c| {
            metadata(c).signing_certificates[0].subject = "CN=accounts.accesscontrol.windows.net".into();
            c.evidence.verdict = wrong();
        },
        |c| {
            metadata(c).signing_certificates[0].subject =
                "CN=Microsoft Azure Federated SSO Certificate".into();
            c.evidence.verdict = wrong();
        },
    ),
    (
        RuleId::SignInAddress,
        |c| {
            sign_in(
                c,
                &format!(
                    "https://launcher.myapps.microsoft.com/api/signin/1?tenantId={}",
                    TENANT.replace('7', "8")
                ),
            )
        },
        |c| {
            sign_in(
                c,
                &format!(
                    "https://myapps.microsoft.com/signin/q/1?tenantId={}",
                    TENANT.to_uppercase()
                ),
            )
        },
    ),
    (
        RuleId::SignInAddress,
        |c| okta(c, "https://acme.okta.com/app/acme_q_1/exk2/sso/saml"),
        |c| okta(c, "https://acme.okta.com/app/acme_q_1/exk1/sso/saml"),
    ),
    (
        RuleId::SignInAddress,
        |c| okta(c, "https://sso.other.example/start"),
        |c| okta(c, "https://login.okta.com/start"),
    ),
    (
        RuleId::OtherApplication,
        |c| {
            c.evidence.metadata = None;
            c.said().issuer = format!("https://sts.windows.net/{}/", TENANT.replace('7', "8"));
        },
        |c| {
            c.evidence.metadata = None;
            c.said().issuer = "https://idp.acme.example".into();
        },
    ),
    (
        RuleId::Unsigned,
        |c| c.said().signed = false,
        |c| c.said().signed = true,
    ),
    (
        RuleId::Thumbprint,
        |c| thumbprints(c, "aa", "bb"),
        |c| thumbprints(c, "aa", "AA"),
    ),
    (
        RuleId::ClientSecret,
        |c| secret(c, |s| s.exists = false),
        |c| secret(c, |_| ()),
    ),
    (
        RuleId::ClientSecret,
        |c| secret(c, |s| s.role_admits_service = Some(false)),
        |c| secret(c, |s| s.role_admits_service = None),
    ),
    (
        RuleId::ClientSecret,
        |c| secret(c, |s| s.role_may_read = Some(false)),
        |c| secret(c, |s| s.role_may_read = None),
    ),
    (
        RuleId::RoleLiteral,
        |c| c.said().set(claims::ROLE, &format!("“{PAIR}”")),
        |c| c.said().set("quoted", "“x”"),
    ),
    (
        RuleId::RoleLiteral,
        |c| c.said().set(claims::ROLE, "user.assignedroles"),
        |c| c.said().set(claims::ROLE, PAIR),
    ),
    (
        RuleId::CertificateInactive,
        |c| {
            newer(c);
            c.evidence.verdict = wrong();
        },
        |c| {
            c.said().certificate = Some(certificate());
            c.evidence.verdict = wrong();
        },
    ),
    (
        RuleId::Structure,
        |c| c.evidence.verdict = Some(Err(Rejection::DuplicateId("_1".into()))),
        |c| c.evidence.verdict = wrong(),
    ),
    (
        RuleId::Unexplained,
        |c| c.evidence.sts = refused(),
        |c| c.evidence.sts = Some(Sts::Accepted),
    ),
    (
        RuleId::NoSubscription,
        |c| {
            application(c).subscription = Some((false, None));
            c.evidence.live.subscriptions = Some(Vec::new());
        },
        |c| c.evidence.live.subscriptions = Some(Vec::new()),
    ),
    (
        RuleId::NoSubscription,
        |c| {
            c.evidence.messages.push(Message {
                text: "AccessDeniedException: User does not have a subscription for the given application"
                    .into(),
                at: None,
            });
        },
        |c| shown(c, "AccessDeniedException"),
    ),
    (
        RuleId::ClaimDenied,
        |c| permissions(c, |s| s != "QBusinessAutoSubscriptionPermission"),
        |c| {
            permissions(c, |s| s != "QBusinessAutoSubscriptionPermission");
            application(c).subscription = Some((false, None));
        },
    ),
    (
        RuleId::PermissionsIncomplete,
        |c| permissions(c, |s| s != "QBusinessConversationPermissions"),
        |c| permissions(c, |_| true),
    ),
    (
        RuleId::PermissionsIncomplete,
        |c| {
            c.evidence.live.permissions = Some(vec![policy(document(
                &APPLICATION.replace("/a0", "/b0"),
                false,
                None,
            ))])
        },
        |c| {
            c.evidence.live.permissions = Some(vec![policy(
                json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}),
            )])
        },
    ),
    (
        RuleId::NotIdentityAware,
        |c| {
            shown(
                c,
                "AccessDeniedException: User is not authorized for this service call.",
            )
        },
        |c| shown(c, "User is not authorized."),
    ),
    (
        RuleId::PrivateKey,
        |c| shown(c, "InvalidInput: Private key limit of 2 is reached."),
        |c| shown(c, "InvalidInput"),
    ),
    (
        RuleId::OtherRole,
        |c| c.evidence.live.web_experience.as_mut().unwrap().role = Some(ROLE.replace("web", "wep")),
        |c| c.evidence.live.web_experience.as_mut().unwrap().role = Some(ROLE.into()),
    ),
    (
        RuleId::SubscriptionInactive,
        |c| subscription(c, "Q_BUSINESS", false),
        |c| c.evidence.live.subscriptions = Some(Vec::new()),
    ),
    (
        RuleId::WebExperienceState,
        |c| c.evidence.live.web_experience.as_mut().unwrap().status.word = "PENDING_AUTH_CONFIG".into(),
        |c| c.evidence.live.web_experience = None,
    ),
    (
        RuleId::WebExperienceState,
        |c| application(c).status.word = "FAILED".into(),
        |c| application(c).status.word = "ACTIVE".into(),
    ),
    (
        RuleId::KeyDenied,
        |c| application(c).kms_key = Some(KEY.into()),
        |c| {
            application(c).kms_key = Some(KEY.into());
            c.evidence.live.permissions = Some(vec![policy(document(APPLICATION, false, Some(KEY)))]);
        },
    ),
    (
        RuleId::NoGroups,
        |c| {
            c.said().set(
                "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups",
                "sales",
            )
        },
        |c| {
            c.said().set(
                "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups",
                "sales",
            );
            c.evidence.live.groups = Some(vec!["sales".into()]);
        },
    ),
    (
        RuleId::Legacy,
        |c| c.evidence.live.web_experience.as_mut().unwrap().sign_in = HeldSignIn::Legacy,
        |c| c.evidence.live.web_experience.as_mut().unwrap().sign_in = HeldSignIn::None,
    ),
    (
        RuleId::Legacy,
        |c| {
            legacy(c);
        },
        // A claim with the short name beside the others is a claim with a wrong name.
        |c| c.said().rename(claims::EMAIL, "Email"),
    ),
    (
        RuleId::LiteTier,
        |c| {
            application(c).q_apps = true;
            subscription(c, "Q_LITE", true);
        },
        |c| subscription(c, "Q_LITE", true),
    ),
    (
        RuleId::LiteTier,
        |c| {
            application(c).q_apps = true;
            application(c).subscription = Some((true, Some(Tier::QLite)));
        },
        |c| application(c).subscription = Some((true, Some(Tier::QLite))),
    ),
    (
        RuleId::SeveralProviders,
        |c| {
            c.evidence
                .live
                .providers_in_use
                .as_mut()
                .unwrap()
                .push(PROVIDER.replace("idp", "idp2"))
        },
        |c| c.evidence.live.providers_in_use = Some(Vec::new()),
    ),
    (
        RuleId::TokenEmailMissing,
        |c| {
            with_token(c, |t| {
                t["https://aws.amazon.com/tags"] = json!({"principal_tags": {}})
            })
        },
        |c| with_token(c, |_| ()),
    ),
    (
        RuleId::TagsTooLarge,
        |c| {
            with_token(c, |t| {
                for i in 0..50 {
                    t["https://aws.amazon.com/tags"]["principal_tags"][format!("t{i}")] = json!(["x"]);
                }
            });
        },
        |c| with_token(c, |_| ()),
    ),
    (
        RuleId::NoGroups,
        |c| with_token(c, |t| t["groups"] = json!(["sales"])),
        |c| with_token(c, |t| t["groups"] = json!([])),
    ),
    (
        RuleId::AddressDiffers,
        |c| {
            with_token(c, |_| ());
            c.evidence.live.document_addresses = Some(vec!["alice@other.example".into()]);
        },
        |c| with_token(c, |_| ()),
    ),
];

const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-0000000000aa";

fn shown(c: &mut Case, text: &str) {
    c.evidence.messages.push(Message {
        text: text.into(),
        at: None,
    });
}

fn no_set_up(c: &mut Case) {
    let expected = &mut c.evidence.expected;
    (expected.role_arn, expected.provider_arn, expected.recipient) = (None, None, None);
}

fn trust(provider: &str, recipient: &str) -> Option<LiveRole> {
    Some(LiveRole::There(TrustPolicy::saml(
        provider,
        &[recipient.to_owned()],
    )))
}

fn wrong<T>() -> Option<Result<T, Rejection>> {
    Some(Err(Rejection::WrongSignature(
        "the signature does not hold".into(),
    )))
}

fn refused() -> Option<Sts> {
    Some(Sts::Refused {
        code: "AccessDenied".into(),
        message: "Not authorized to perform sts:AssumeRoleWithSAML".into(),
    })
}

fn metadata(c: &mut Case) -> &mut FederationMetadata {
    c.evidence.metadata.as_mut().unwrap().as_mut().unwrap()
}

fn application(c: &mut Case) -> &mut claimbridge_core::resource::HeldApplication {
    c.evidence.live.application.as_mut().unwrap()
}

fn sign_in(c: &mut Case, address: &str) {
    c.evidence.live.web_experience.as_mut().unwrap().sign_in = HeldSignIn::Saml {
        authentication_url: address.into(),
    };
}

fn okta(c: &mut Case, address: &str) {
    c.evidence.expected.idp = IdentityProvider::OktaSaml;
    let metadata = metadata(c);
    metadata.entity_id = "http://www.okta.com/exk1".into();
    metadata.sso.truncate(1);
    metadata.sso[0].location = "https://acme.okta.com/app/acme_q_1/exk1/sso/saml".into();
    c.said().issuer = "http://www.okta.com/exk1".into();
    sign_in(c, address);
}

fn tags(c: &mut Case, count: usize) {
    for i in 0..count {
        c.said().set(&format!("{}t{i}", claims::TAG), "x");
    }
}

fn thumbprints(c: &mut Case, held: &str, shown: &str) {
    c.evidence.live.thumbprints = Some(vec![held.repeat(20)]);
    c.evidence.live.certificate_chain = Some(vec![shown.repeat(20)]);
}

fn secret(c: &mut Case, change: fn(&mut SecretState)) {
    let arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:QBusiness-acme-a1b2c3";
    let mut secret = SecretState {
        exists: true,
        named: arn.into(),
        arn: Some(arn.into()),
        role_admits_service: Some(true),
        role_may_read: Some(true),
    };
    change(&mut secret);
    c.evidence.live.secret = Some(secret);
}

fn subscription(c: &mut Case, tier: &str, active: bool) {
    c.evidence.live.subscriptions = Some(vec![HeldSubscription {
        tier: tier.into(),
        active,
    }]);
}

fn permissions(c: &mut Case, keep: fn(&str) -> bool) {
    let mut all = Document::from_json(&document(APPLICATION, false, None)).unwrap();
    all.statements.retain(|s| keep(s.sid.as_deref().unwrap()));
    c.evidence.live.permissions = Some(vec![policy(all.to_json())]);
}

/// The certificate of the metadata, as a signature would name it.
fn certificate() -> String {
    let (_, rest) = METADATA.split_once("<X509Certificate>").unwrap();
    rest.split_once('<').unwrap().0.to_owned()
}

/// The response names the old certificate, and the metadata has a newer one.
fn newer(c: &mut Case) {
    c.said().certificate = Some(certificate());
    let held = &mut metadata(c).signing_certificates[0];
    held.sha256 = "0".repeat(64);
    held.not_before = now();
}

fn legacy(c: &mut Case) {
    let said = c.said();
    said.remove(claims::ROLE);
    said.remove(claims::SESSION_NAME);
    said.rename(claims::EMAIL, "Email");
    said.name_id = Some((
        "alice".into(),
        "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified".into(),
    ));
}

fn with_token(c: &mut Case, change: fn(&mut serde_json::Value)) {
    let mut claims = token_claims();
    change(&mut claims);
    c.said = None;
    c.evidence.expected.idp = IdentityProvider::OktaOidc;
    c.evidence.role = None;
    c.evidence.metadata = None;
    c.evidence.token = Some(token(&claims));
}

fn check(rule: RuleId, fires: Change, quiet: Change) {
    let mut case = good();
    fires(&mut case);
    let found = case.findings();
    let first = found.first().unwrap_or_else(|| panic!("{rule}: nothing fires"));
    let ours = found.iter().find(|f| f.id == rule);
    let ours = ours.unwrap_or_else(|| panic!("{rule} does not fire: {found:#?}"));
    assert!(!ours.remedy.contains("{{"), "{rule}: {}", ours.remedy);
    if ours.severity == Severity::Blocking {
        assert_eq!(first.id, rule, "{rule} is not first: {found:#?}");
        let others: Vec<RuleId> = found
            .iter()
            .filter(|f| f.id != rule && f.severity == Severity::Blocking && f.caused_by.is_none())
            .map(|f| f.id)
            .collect();
        assert_eq!(others, [], "{rule}: more than one cause of {found:#?}");
    }
    let mut case = good();
    quiet(&mut case);
    let found = case.findings();
    assert!(
        !found.iter().any(|f| f.id == rule),
        "{rule} fires of what is nearly the same: {found:#?}"
    );
}

#[test]
fn a_good_sign_in_fires_nothing() {
    assert_eq!(good().findings(), []);
}

#[test]
fn every_rule_fires_of_its_fault_and_of_nothing_like_it() {
    for (rule, fires, quiet) in CASES {
        check(*rule, *fires, *quiet);
    }
}

/// Tokens have their own tables beside this one.
#[test]
fn every_rule_of_these_files_has_a_row() {
    let elsewhere = |id: RuleId| {
        let number: u32 = id.as_str()[1..].split('-').next().unwrap().parse().unwrap();
        let token = (50..=69).contains(&number);
        // SHA-1 stands with the bad input.
        token || id == RuleId::Sha1
    };
    for id in crate::words::of_typed_evidence() {
        let has_row = CASES.iter().any(|(rule, ..)| *rule == id);
        assert!(has_row || elsewhere(id), "{id}");
    }
}

/// Whatever else is wrong.
#[test]
fn no_rule_fires_without_what_it_needs() {
    let all: Vec<Evidence> = CASES
        .iter()
        .map(|(_, fires, _)| {
            let mut case = good();
            fires(&mut case);
            case.evidence()
        })
        .collect();
    // Many rules stand on the same, and one look serves them all.
    let mut groups: BTreeMap<Vec<Need>, Vec<RuleId>> = BTreeMap::new();
    for id in crate::words::of_typed_evidence() {
        // A rule about tags looks at whichever of the two there is.
        let mut needs = words(id).needs.clone();
        if needs.contains(&Need::Response) {
            needs.push(Need::Token);
        }
        groups.entry(needs).or_default().push(id);
    }
    for (needs, rules) in groups {
        for evidence in &all {
            let mut less = evidence.clone();
            // A text that means one cause proves it whatever else is known.
            less.messages.clear();
            for need in &needs {
                without(&mut less, *need);
                assert!(!need.is_met(&less), "{need:?}");
            }
            let found = diagnose(&less);
            let fired = found.iter().find(|f| rules.contains(&f.id));
            assert!(fired.is_none(), "fires without {needs:?}: {fired:#?}");
        }
    }
}

/// What a person does next, in the words of the provider at hand.
#[test]
fn remedies_speak_of_the_provider_at_hand() {
    for idp in [
        IdentityProvider::EntraGallery,
        IdentityProvider::EntraOwn,
        IdentityProvider::OktaSaml,
        IdentityProvider::PingOne,
        IdentityProvider::PingFederate,
        IdentityProvider::GenericSaml,
    ] {
        for (rule, fires, _) in CASES {
            let mut case = good();
            case.evidence.expected.idp = idp;
            fires(&mut case);
            if case.evidence.expected.idp != idp {
                continue;
            }
            for finding in case.findings().iter().filter(|f| f.id == *rule) {
                let entra = [
                    "Entra",
                    "Single sign-on ›",
                    "app role",
                    "Default Access",
                    "Reply URL",
                ];
                let speaks_of_entra = entra.iter().any(|word| finding.remedy.contains(word));
                let is_entra = idp.vendor() == "Entra ID";
                assert!(
                    is_entra || !speaks_of_entra || *rule == RuleId::MetadataGeneric,
                    "{finding:#?}"
                );
                let okta = finding.remedy.contains("Okta");
                assert!(idp == IdentityProvider::OktaSaml || !okta, "{finding:#?}");
                let shows_way = words(*rule).remedy_at(idp.vendor()).contains("{{path}}");
                let known = finding.step.is_some() || finding.owner != Owner::Idp;
                assert!(!shows_way || known, "{idp:?} {finding:#?}");
                if let Some(step) = &finding.step {
                    assert!(
                        claimbridge_core::idp::guide(idp)
                            .step
                            .iter()
                            .any(|s| s.id == *step),
                        "{finding:#?}"
                    );
                }
            }
        }
    }
}
