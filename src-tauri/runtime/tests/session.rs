//! What a signed-in person may do, with the person's own credentials and nobody else's.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

#[path = "oidc/provider.rs"]
#[allow(dead_code, reason = "the other test uses the rest")]
mod provider;

use claimbridge_core::resource::CloudErrorKind;
use claimbridge_core::time::{Clock, Instant};
use claimbridge_core::value::{AccountId, Region};
use claimbridge_runtime::practice::config::Config;
use claimbridge_runtime::practice::{ACCOUNT, World};
use claimbridge_runtime::{Connection, RandomIds, SystemClock};
use futures::future::BoxFuture;
use provider::{CLIENT, Provider, Ways};
use serde_json::{Value as Json, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const METADATA: &str = include_str!("../../core/tests/common/metadata.xml");

/// A clock on which waits take no time and are counted.
#[derive(Default)]
struct Counted(AtomicUsize);

impl Clock for Counted {
    fn now(&self) -> Instant {
        SystemClock.now()
    }
    fn sleep(&self, _: Duration) -> BoxFuture<'_, ()> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Box::pin(async {})
    }
}

/// The administrator's calls, by hand: nothing here is what is tested.
struct Administrator {
    origin: String,
}

impl Administrator {
    fn signed(&self, request: reqwest::RequestBuilder, service: &str) -> reqwest::RequestBuilder {
        let scope = format!("AKIAPRACTICE00000000/20261122/us-east-1/{service}/aws4_request");
        let zeros = "0".repeat(64);
        request
            .header(
                "authorization",
                format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature={zeros}"),
            )
            .header("x-amz-date", "20261122T160000Z")
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> String {
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{status}: {text}");
        text
    }

    async fn iam(&self, form: &[(&str, &str)]) {
        let mut all = vec![("Version", "2010-05-08")];
        all.extend(form);
        let request = reqwest::Client::new().post(&self.origin).form(&all);
        self.answer(self.signed(request, "iam")).await;
    }

    async fn q(&self, method: reqwest::Method, path: &str, body: Json) -> Json {
        let url = format!("{}{path}", self.origin);
        let request = reqwest::Client::new().request(method, url).body(body.to_string());
        let text = self.answer(self.signed(request, "qbusiness")).await;
        serde_json::from_str(&text).unwrap()
    }
}

#[tokio::test]
async fn a_session_sees_what_its_role_allows_and_is_subscribed_once() {
    let world = World::new(Config::default()).serve(0).await.unwrap();
    let there = Provider::serve(Ways::default()).await;
    world
        .world()
        .add_issuer(there.issuer().as_str(), &there.key_set(), &[CLIENT]);
    let admin = Administrator {
        origin: world.origin(),
    };
    admin
        .iam(&[
            ("Action", "CreateSAMLProvider"),
            ("Name", "q-idp"),
            ("SAMLMetadataDocument", METADATA),
        ])
        .await;
    let application = admin
        .q(
            reqwest::Method::POST,
            "/applications",
            json!({"displayName": "q-app", "identityType": "AWS_IAM_IDP_SAML",
                "iamIdentityProviderArn": format!("arn:aws:iam::{ACCOUNT}:saml-provider/q-idp")}),
        )
        .await;
    let id = application["applicationId"].as_str().unwrap().to_owned();
    let path = format!("/applications/{id}");
    let subscribe = json!({"autoSubscriptionConfiguration": {"autoSubscribe": "ENABLED", "defaultSubscriptionType": "Q_BUSINESS"}});
    admin.q(reqwest::Method::PUT, &path, subscribe).await;
    let experience = admin
        .q(
            reqwest::Method::POST,
            &format!("{path}/experiences"),
            json!({"title": "q-web"}),
        )
        .await;
    let experience = experience["webExperienceId"].as_str().unwrap().to_owned();
    let issuer = there.issuer();
    let provider = issuer.arn(&AccountId::parse(ACCOUNT).unwrap());
    let statement = |action: &str, key: String, value: &str| {
        json!({"Effect": "Allow", "Principal": {"Federated": provider.as_str()}, "Action": action,
               "Condition": {"StringLike": {key: value}}})
    };
    let trust = json!({"Version": "2012-10-17", "Statement": [
        statement("sts:AssumeRoleWithWebIdentity", format!("{}:aud", issuer.without_scheme()), CLIENT),
        statement("sts:TagSession", "aws:RequestTag/Email".into(), "*"),
    ]})
    .to_string();
    admin
        .iam(&[
            ("Action", "CreateRole"),
            ("RoleName", "q-web"),
            ("AssumeRolePolicyDocument", &trust),
        ])
        .await;
    let allow = |actions: &[&str]| {
        json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": actions, "Resource": application["applicationArn"]},
            {"Effect": "Allow", "Action": "user-subscriptions:CreateClaim", "Resource": "*"},
        ]})
        .to_string()
    };
    let put = async |document: &str| {
        let form = [
            ("Action", "PutRolePolicy"),
            ("RoleName", "q-web"),
            ("PolicyName", "q"),
            ("PolicyDocument", document),
        ];
        admin.iam(&form).await;
    };
    put(&allow(&[
        "qbusiness:GetApplication",
        "qbusiness:ChatSync",
        "qbusiness:ListRetrievers",
    ]))
    .await;

    let connection = Connection::practice(&world.origin(), Region::UsEast1, 0.0)
        .await
        .unwrap();
    let role = format!("arn:aws:iam::{ACCOUNT}:role/q-web");
    let token = there.id_token("n");
    let (session, credentials) = connection
        .aws
        .federate_with_web_identity(&role, "claimbridge-test", &token, 900)
        .await
        .unwrap();
    assert!(
        session.arn.ends_with("assumed-role/q-web/claimbridge-test"),
        "{session:?}"
    );
    assert_eq!(
        (session.subject.as_str(), session.audience.as_str()),
        ("00u1subject", CLIENT)
    );
    let left = (credentials.expires.unwrap() - SystemClock.now()).whole_seconds();
    assert!((880..=900).contains(&left), "{left}");

    let person = connection.aws.as_session(&credentials);
    assert_eq!(person.get_application(&id).await.unwrap().name, "q-app");
    assert_eq!(person.list_retrievers(&id).await.unwrap(), []);
    // Not allowed to the person, whatever the administrator may.
    let denied = person.get_web_experience(&id, &experience).await.unwrap_err();
    assert_eq!(denied.kind, CloudErrorKind::Denied);
    assert_eq!(
        connection
            .aws
            .get_web_experience(&id, &experience)
            .await
            .unwrap()
            .name,
        "q-web"
    );
    put(&allow(&["qbusiness:*"])).await;
    assert_eq!(
        person.get_web_experience(&id, &experience).await.unwrap().name,
        "q-web"
    );

    // The first question subscribes the person, the second finds them subscribed.
    let clock = Counted::default();
    let first = person
        .chat_sync(&id, "What is new?", &RandomIds, &clock)
        .await
        .unwrap();
    assert!(
        first.second_try && first.text.contains("alice@acme.example"),
        "{first:?}"
    );
    let second = person
        .chat_sync(&id, "And now?", &RandomIds, &clock)
        .await
        .unwrap();
    assert!(!second.second_try);
    assert_eq!(clock.0.load(Ordering::Relaxed), 1);
    // Without the right to it the denial stays: asked twice, never more.
    put(&allow(&["qbusiness:GetApplication"])).await;
    let denied = person
        .chat_sync(&id, "Still there?", &RandomIds, &clock)
        .await
        .unwrap_err();
    assert_eq!(denied.code.as_deref(), Some("AccessDeniedException"));
    assert_eq!(clock.0.load(Ordering::Relaxed), 2);
    // The administrator's own credentials are no person's.
    let nobody = connection
        .aws
        .chat_sync(&id, "Who am I?", &RandomIds, &clock)
        .await;
    assert_eq!(nobody.unwrap_err().kind, CloudErrorKind::Denied);
}
