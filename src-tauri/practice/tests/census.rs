//! Every kind of resource is counted, and what is deleted is not: by the protocols of AWS, without its SDK.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use claimbridge_practice::config::Config;
use claimbridge_practice::{BUCKET, KMS_KEY, Running, World};
use serde_json::{Value as Json, json};

const ISSUER: &str = "https://idp.example";

struct Client {
    world: Running,
    http: reqwest::Client,
}

impl Client {
    fn request(&self, method: &str, path: &str, service: &str) -> reqwest::RequestBuilder {
        let method = method.parse().unwrap();
        let scope = format!("AKIAPRACTICE/20261124/us-east-1/{service}/aws4_request");
        self.http
            .request(method, format!("{}{path}", self.world.origin()))
            .header("x-amz-date", "20261124T000000Z")
            .header(
                "authorization",
                format!(
                    "AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature={}",
                    "0".repeat(64)
                ),
            )
    }

    async fn sent(request: reqwest::RequestBuilder) -> String {
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{status} {text}");
        text
    }

    async fn iam(&self, action: &str, form: &[(&str, &str)]) -> String {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.append_pair("Action", action)
            .append_pair("Version", "2010-05-08");
        body.extend_pairs(form);
        Client::sent(self.request("POST", "/", "iam").body(body.finish())).await
    }

    async fn json(&self, target: &str, service: &str, body: Json) -> Json {
        let request = self.request("POST", "/", service).header("x-amz-target", target);
        serde_json::from_str(&Client::sent(request.body(body.to_string())).await).unwrap()
    }

    async fn q(&self, method: &str, path: &str, body: Json) -> Json {
        let request = self.request(method, path, "qbusiness").body(body.to_string());
        serde_json::from_str(&Client::sent(request).await).unwrap()
    }

    /// What there is, less the kinds of which there is nothing.
    fn there_is(&self) -> Vec<&'static str> {
        let census = self.world.world().census();
        assert!(census.iter().all(|(_, n)| *n <= 1), "{census:?}");
        census
            .into_iter()
            .filter(|(_, n)| *n == 1)
            .map(|(k, _)| k)
            .collect()
    }
}

#[tokio::test]
async fn every_kind_is_counted_until_it_goes() {
    let client = Client {
        world: World::new(Config::default()).serve(0).await.unwrap(),
        http: reqwest::Client::new(),
    };
    assert!(client.there_is().is_empty());
    let oidc = "arn:aws:iam::123456789012:oidc-provider/idp.example";
    let policy = "arn:aws:iam::123456789012:policy/p";
    let document = r#"{"Statement":{"Effect":"Allow","Action":"a:b","Resource":"*"}}"#;
    let trust = r#"{"Statement":{"Effect":"Allow","Principal":{"Service":"qbusiness.amazonaws.com"},"Action":"sts:AssumeRole"}}"#;
    client
        .iam(
            "CreateOpenIDConnectProvider",
            &[("Url", ISSUER), ("ClientIDList.member.1", "c")],
        )
        .await;
    client
        .iam(
            "CreatePolicy",
            &[("PolicyName", "p"), ("PolicyDocument", document)],
        )
        .await;
    client
        .iam(
            "CreateRole",
            &[("RoleName", "r"), ("AssumeRolePolicyDocument", trust)],
        )
        .await;
    client
        .json(
            "secretsmanager.CreateSecret",
            "secretsmanager",
            json!({"Name": "s", "SecretString": "v"}),
        )
        .await;
    let object = format!("/{BUCKET}/k");
    Client::sent(client.request("PUT", &object, "s3").body("x")).await;
    let made = client
        .q(
            "POST",
            "/applications",
            json!({
                "displayName": "a", "identityType": "AWS_IAM_IDP_OIDC", "iamIdentityProviderArn": oidc,
                "clientIdsForOIDC": ["c"], "encryptionConfiguration": {"kmsKeyId": KMS_KEY},
            }),
        )
        .await;
    let app = format!("/applications/{}", made["applicationId"].as_str().unwrap());
    let made = client
        .q("POST", &format!("{app}/indices"), json!({"displayName": "i"}))
        .await;
    let index_id = made["indexId"].as_str().unwrap().to_owned();
    let index = format!("{app}/indices/{index_id}");
    let configuration = json!({"nativeIndexConfiguration": {"indexId": index_id}});
    let retriever = client
        .q(
            "POST",
            &format!("{app}/retrievers"),
            json!({"type": "NATIVE_INDEX", "displayName": "r", "configuration": configuration}),
        )
        .await;
    let web = client.q("POST", &format!("{app}/experiences"), json!({})).await;
    client
        .q("POST", &format!("{app}/users"), json!({"userId": "u"}))
        .await;
    let members = json!({"memberUsers": [{"userId": "u"}]});
    client
        .q(
            "PUT",
            &format!("{index}/groups"),
            json!({"groupName": "g", "type": "INDEX", "groupMembers": members}),
        )
        .await;
    let source = client
        .q(
            "POST",
            &format!("{index}/datasources"),
            json!({"displayName": "d", "configuration": {"type": "S3"}}),
        )
        .await;
    client
        .q(
            "POST",
            &format!("{index}/documents"),
            json!({"documents": [{"id": "d"}]}),
        )
        .await;
    assert_eq!(
        client.there_is(),
        [
            "oidc-provider",
            "role",
            "policy",
            "secret",
            "grant",
            "object",
            "application",
            "index",
            "retriever",
            "web-experience",
            "data-source",
            "group",
            "document",
            "user",
        ]
    );
    let application_id = made_id(&app);
    assert_eq!(
        client.world.world().group_users(application_id, &index_id, "g"),
        Some(vec!["u".to_owned()])
    );

    let id = |made: &Json, name: &str| made[name].as_str().unwrap().to_owned();
    for path in [
        format!("{index}/datasources/{}", id(&source, "dataSourceId")),
        format!("{app}/retrievers/{}", id(&retriever, "retrieverId")),
        format!("{app}/experiences/{}", id(&web, "webExperienceId")),
    ] {
        client.q("DELETE", &path, json!({})).await;
    }
    // The index goes with its groups and documents.
    client.q("DELETE", &index, json!({})).await;
    client.q("DELETE", &app, json!({})).await;
    Client::sent(client.request("DELETE", &object, "s3")).await;
    client
        .json(
            "secretsmanager.DeleteSecret",
            "secretsmanager",
            json!({"SecretId": "s", "ForceDeleteWithoutRecovery": true}),
        )
        .await;
    client.iam("DeleteRole", &[("RoleName", "r")]).await;
    client.iam("DeletePolicy", &[("PolicyArn", policy)]).await;
    client
        .iam(
            "DeleteOpenIDConnectProvider",
            &[("OpenIDConnectProviderArn", oidc)],
        )
        .await;
    assert!(
        client.there_is().is_empty(),
        "{:?}",
        client.world.world().census()
    );
}

fn made_id(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}
