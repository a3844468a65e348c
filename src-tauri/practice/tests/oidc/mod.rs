//! The guides of OpenID Connect: a client that signs people in, and reads what it gets.

mod refusals;
mod tokens;

use super::{NAME, REDIRECT, follow, world};
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use claimbridge_core::idp::{GuideStep, IdentityProvider};
use claimbridge_practice::{Client, Running};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use url::Url;

const TAGS: &str = "https://aws.amazon.com/tags";

/// A set-up at a provider, as the guide or a departure from it left it.
pub(super) struct Provider {
    world: Running,
    pub(super) issuer: String,
    pub(super) client: Client,
}

pub(super) async fn provider(
    idp: IdentityProvider,
    change: impl Fn(&GuideStep) -> Option<GuideStep>,
) -> Provider {
    let (world, admin) = world().await;
    let mut visit = admin.visit(idp, NAME);
    follow(&mut visit, idp, change).await.unwrap();
    Provider {
        issuer: visit.address().await.unwrap(),
        client: visit.client().await.unwrap(),
        world,
    }
}

fn url_of(url: &Url, name: &str) -> String {
    let found = url.query_pairs().find(|(k, _)| k == name);
    found.map(|(_, v)| v.into_owned()).unwrap()
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

async fn fetch(url: &str) -> Json {
    let text = http().get(url).send().await.unwrap().text().await.unwrap();
    serde_json::from_str(&text).unwrap()
}

impl Provider {
    async fn endpoint(&self, name: &str) -> String {
        let document = fetch(&format!("{}/.well-known/openid-configuration", self.issuer)).await;
        assert_eq!(document["issuer"], json!(self.issuer));
        document[name].as_str().unwrap().to_owned()
    }

    /// Signs in and returns the parameters that the client gets.
    pub(super) async fn authorise(
        &self,
        login: &str,
        more: &[(&str, &str)],
    ) -> Result<BTreeMap<String, String>, String> {
        let mut url = Url::parse(&self.endpoint("authorization_endpoint").await).unwrap();
        let mut query = BTreeMap::from([
            ("client_id", self.client.id.as_str()),
            ("redirect_uri", REDIRECT),
            ("response_type", "code"),
            ("scope", "openid email"),
            ("state", "s-1&2"),
            ("nonce", "n-1"),
        ]);
        query.extend(more.iter().copied());
        query.retain(|_, v| !v.is_empty());
        url.query_pairs_mut().extend_pairs(query);
        let admin = claimbridge_practice::Administrator::new(&self.world.origin());
        let to = admin
            .sign_in_oidc(url.as_str(), login)
            .await
            .map_err(|e| e.to_string())?;
        assert!(
            to.starts_with(&format!("{}?", url_of(&url, "redirect_uri"))),
            "{to}"
        );
        let pairs = Url::parse(&to).unwrap().query_pairs().into_owned().collect();
        Ok(pairs)
    }

    /// Redeems a code; the body on success, the error's code otherwise.
    pub(super) async fn redeem(
        &self,
        code: &str,
        more: &[(&str, &str)],
        basic: bool,
    ) -> Result<Json, String> {
        let mut form = BTreeMap::from([
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT),
        ]);
        let mut request = http().post(self.endpoint("token_endpoint").await);
        if basic {
            let pair = STANDARD.encode(format!("{}:{}", self.client.id, self.client.secret));
            request = request.header("authorization", format!("Basic {pair}"));
        } else {
            form.insert("client_id", &self.client.id);
            form.insert("client_secret", &self.client.secret);
        }
        form.extend(more.iter().copied());
        let answer = request.form(&form).send().await.unwrap();
        let ok = answer.status().is_success();
        let body: Json = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        if ok {
            Ok(body)
        } else {
            Err(body["error"].as_str().unwrap().to_owned())
        }
    }

    /// The claims of a token, once its signature was verified with the published key.
    pub(super) async fn claims(&self, token: &str) -> Json {
        let keys = fetch(&self.endpoint("jwks_uri").await).await;
        let inside: Json =
            serde_json::from_str(&self.world.world().oidc_keys(&self.issuer).unwrap()).unwrap();
        assert_eq!(keys, inside);
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let (head, body) = signed.split_once('.').unwrap();
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
        let head: Json = serde_json::from_slice(&decode(head)).unwrap();
        assert_eq!(head["alg"], "RS256");
        let key = keys["keys"]
            .as_array()
            .unwrap()
            .iter()
            .find(|k| k["kid"] == head["kid"])
            .unwrap();
        let part = |name: &str| decode(key[name].as_str().unwrap());
        RsaPublicKeyComponents {
            n: part("n"),
            e: part("e"),
        }
        .verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &decode(signature))
        .unwrap();
        assert_eq!(part("n").len(), 256);
        serde_json::from_slice(&decode(body)).unwrap()
    }

    /// The claims of the ID token that somebody gets.
    async fn id_token(&self, login: &str) -> Json {
        let code = self.authorise(login, &[]).await.unwrap().remove("code").unwrap();
        let tokens = self.redeem(&code, &[], false).await.unwrap();
        self.claims(tokens["id_token"].as_str().unwrap()).await
    }
}
