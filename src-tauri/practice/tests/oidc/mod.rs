//! The guides of OpenID Connect: what the tokens say, and what the servers refuse.

use super::{ALICE, NAME, REDIRECT, follow, otherwise, steps, to_the_letter, values, without, world};
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use claimbridge_core::idp::{GuideStep, IdentityProvider, Phase};
use claimbridge_practice::{Client, Running};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use url::Url;

const TAGS: &str = "https://aws.amazon.com/tags";
const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-0123";

/// A set-up at a provider, as the guide or a departure from it left it.
struct Provider {
    world: Running,
    issuer: String,
    client: Client,
}

async fn provider(idp: IdentityProvider, change: impl Fn(&GuideStep) -> Option<GuideStep>) -> Provider {
    let (world, admin) = world().await;
    let mut visit = admin.visit(idp, NAME);
    follow(&mut visit, idp, change).await.unwrap();
    Provider {
        issuer: visit.address().await.unwrap(),
        client: visit.client().await.unwrap(),
        world,
    }
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
    async fn authorise(
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
        assert!(to.starts_with(&format!("{REDIRECT}?")), "{to}");
        let pairs = Url::parse(&to).unwrap().query_pairs().into_owned().collect();
        Ok(pairs)
    }

    /// Redeems a code; the body on success, the error's code otherwise.
    async fn redeem(&self, code: &str, more: &[(&str, &str)], basic: bool) -> Result<Json, String> {
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
    async fn claims(&self, token: &str) -> Json {
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

#[tokio::test]
async fn every_guide_of_oidc_gives_the_token_that_aws_wants() {
    for idp in [IdentityProvider::OktaOidc, IdentityProvider::GenericOidc] {
        let provider = provider(idp, to_the_letter).await;
        let claims = provider.id_token(ALICE).await;
        assert_eq!(claims[TAGS], json!({"principal_tags": {"Email": [ALICE]}}));
        assert_eq!(claims["iss"], json!(provider.issuer));
        assert_eq!(claims["aud"], json!(provider.client.id));
        assert_eq!(claims["nonce"], "n-1");
        assert_eq!(claims["email"], ALICE);
        let lasts = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
        assert_eq!(lasts, 3600);
        assert_eq!(provider.world.world().oidc_keys("https://acme.okta.com"), None);
    }
}

#[tokio::test]
async fn the_flattened_form_can_be_typed() {
    let (world, admin) = world().await;
    let idp = IdentityProvider::GenericOidc;
    let mut visit = admin.visit(idp, NAME);
    follow(&mut visit, idp, without("tags-claim")).await.unwrap();
    let step = steps(idp, Phase::After)
        .find(|s| s.id == "flattened-claim")
        .unwrap();
    visit.follow(step, &values(Phase::After), None).await.unwrap();
    let (issuer, client) = (visit.address().await.unwrap(), visit.client().await.unwrap());
    let claims = Provider {
        world,
        issuer,
        client,
    }
    .id_token(ALICE)
    .await;
    assert_eq!(claims[format!("{TAGS}/principal_tags/Email")], ALICE);
    assert_eq!(claims.get(TAGS), None);
}

#[tokio::test]
async fn a_server_of_ones_own_is_used_instead_of_default() {
    let (world, admin) = world().await;
    let idp = IdentityProvider::OktaOidc;
    let mut visit = admin.visit(idp, NAME);
    for phase in [Phase::Before, Phase::After] {
        for step in steps(idp, phase).filter(|s| !s.optional || s.id == "authorization-server") {
            visit.follow(step, &values(phase), None).await.unwrap();
        }
    }
    let (issuer, client) = (visit.address().await.unwrap(), visit.client().await.unwrap());
    assert!(!issuer.ends_with("/default"), "{issuer}");
    let own = Provider {
        world,
        issuer,
        client,
    };
    assert_eq!(
        own.id_token(ALICE).await[TAGS],
        json!({"principal_tags": {"Email": [ALICE]}})
    );
    // The other one has neither policy nor claim.
    let default = Provider {
        issuer: format!("{}/okta/oauth2/default", own.world.origin()),
        ..own
    };
    let refused = default.authorise(ALICE, &[]).await.unwrap();
    assert_eq!(refused["error"], "access_denied");
}

#[tokio::test]
async fn departures_from_oktas_guide_leave_the_claim_wrong() {
    let value = |text| otherwise("tags-claim", "Value", text);
    for (what, provider, login, expected) in [
        (
            "forgotten",
            provider(IdentityProvider::OktaOidc, without("tags-claim")).await,
            ALICE,
            Json::Null,
        ),
        (
            "in the other token",
            provider(
                IdentityProvider::OktaOidc,
                otherwise("tags-claim", "Include in token type", "Access Token"),
            )
            .await,
            ALICE,
            Json::Null,
        ),
        (
            "on request only",
            provider(
                IdentityProvider::OktaOidc,
                otherwise(
                    "tags-claim",
                    "Include in token type (second list)",
                    "Userinfo / id_token request",
                ),
            )
            .await,
            ALICE,
            Json::Null,
        ),
        (
            "for a scope that is not asked",
            provider(
                IdentityProvider::OktaOidc,
                otherwise("tags-claim", "Include in", "profile (practice only)"),
            )
            .await,
            ALICE,
            Json::Null,
        ),
        (
            "disabled",
            provider(
                IdentityProvider::OktaOidc,
                otherwise("tags-claim", "Disable claim", "checked"),
            )
            .await,
            ALICE,
            Json::Null,
        ),
        (
            "no JSON",
            provider(
                IdentityProvider::OktaOidc,
                value("{principal_tags: {Email: user.email}}"),
            )
            .await,
            ALICE,
            json!("{principal_tags: {Email: user.email}}"),
        ),
        (
            "null",
            provider(IdentityProvider::OktaOidc, to_the_letter).await,
            "bob@contoso.example",
            json!({"principal_tags": {"Email": [null]}}),
        ),
        (
            "a string",
            provider(
                IdentityProvider::GenericOidc,
                otherwise("tags-claim", "JSON type", "String"),
            )
            .await,
            ALICE,
            json!("{\"principal_tags\": {\"Email\": [\"alice@contoso.example\"]}}"),
        ),
    ] {
        let claims = provider.id_token(login).await;
        assert_eq!(claims.get(TAGS).unwrap_or(&Json::Null), &expected, "{what}");
    }
}

#[tokio::test]
async fn what_the_authorization_endpoint_refuses() {
    let good = provider(IdentityProvider::OktaOidc, to_the_letter).await;
    let kept = good.authorise(ALICE, &[]).await.unwrap();
    assert_eq!(kept["state"], "s-1&2");
    for (more, error) in [
        (("response_type", "token"), "unsupported_response_type"),
        (("scope", "openid groups"), "invalid_scope"),
        (("scope", ""), "invalid_scope"),
        (("code_challenge", "plain"), "invalid_request"),
    ] {
        let refused = good.authorise(ALICE, &[more]).await.unwrap();
        assert_eq!(
            (refused["error"].as_str(), refused["state"].as_str()),
            (error, "s-1&2"),
            "{more:?}"
        );
    }
    for (more, words) in [
        (
            (
                "redirect_uri",
                "https://abcd.chat.qbusiness.eu-west-1.on.aws/authorization-code/callback/",
            ),
            "must be a Login redirect URI",
        ),
        (("client_id", "0oc0"), "client_id"),
    ] {
        let refused = good.authorise(ALICE, &[more]).await.unwrap_err();
        assert!(refused.contains(words), "{refused}");
    }
    assert!(
        good.authorise("eve@contoso.example", &[])
            .await
            .unwrap_err()
            .contains("Unable to sign in")
    );

    let placeholder = provider(IdentityProvider::OktaOidc, without("redirect")).await;
    assert!(
        placeholder
            .authorise(ALICE, &[])
            .await
            .unwrap_err()
            .contains("Login redirect URI")
    );
    for (change, description) in [
        ("assign", "User is not assigned to the client application."),
        (
            "access-rule",
            "Policy evaluation failed for this request, please check the policy configuration.",
        ),
    ] {
        let refused = provider(IdentityProvider::OktaOidc, without(change))
            .await
            .authorise(ALICE, &[])
            .await
            .unwrap();
        assert_eq!(refused["error"], "access_denied");
        assert_eq!(refused["error_description"], description);
    }
    let pkce = provider(
        IdentityProvider::OktaOidc,
        otherwise("client", "Require PKCE as additional verification", "checked"),
    )
    .await;
    assert_eq!(
        pkce.authorise(ALICE, &[]).await.unwrap()["error"],
        "invalid_request"
    );
}

#[tokio::test]
async fn what_the_token_endpoint_refuses() {
    let provider = provider(IdentityProvider::OktaOidc, to_the_letter).await;
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let with_pkce = [
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    let cases: [(&[(&str, &str)], &[(&str, &str)], bool, Result<(), &str>); 9] = [
        (&[], &[], false, Ok(())),
        (&[], &[], true, Ok(())),
        (&with_pkce, &[("code_verifier", VERIFIER)], true, Ok(())),
        (
            &with_pkce,
            &[("code_verifier", "another-verifier-of-forty-three-characters-0123")],
            true,
            Err("invalid_grant"),
        ),
        (&with_pkce, &[], false, Err("invalid_grant")),
        (&[], &[("client_secret", "wrong")], false, Err("invalid_client")),
        (
            &[],
            &[("redirect_uri", "https://example.com/")],
            false,
            Err("invalid_grant"),
        ),
        (
            &[],
            &[("grant_type", "password")],
            false,
            Err("unsupported_grant_type"),
        ),
        (&[], &[("code", "guess")], false, Err("invalid_grant")),
    ];
    for (asked, more, basic, expected) in cases {
        let code = provider
            .authorise(ALICE, asked)
            .await
            .unwrap()
            .remove("code")
            .unwrap();
        let answer = provider.redeem(&code, more, basic).await;
        assert_eq!(answer.map(|_| ()), expected.map_err(str::to_owned), "{more:?}");
    }
    let code = provider
        .authorise(ALICE, &[])
        .await
        .unwrap()
        .remove("code")
        .unwrap();
    assert!(provider.redeem(&code, &[], false).await.is_ok());
    assert_eq!(
        provider.redeem(&code, &[], false).await,
        Err("invalid_grant".into())
    );

    // Without openid there is no ID token, and the access token is for somebody else.
    let code = provider
        .authorise(ALICE, &[("scope", "email")])
        .await
        .unwrap()
        .remove("code")
        .unwrap();
    let tokens = provider.redeem(&code, &[], false).await.unwrap();
    assert_eq!(tokens.get("id_token"), None);
    let access = provider.claims(tokens["access_token"].as_str().unwrap()).await;
    assert_eq!(
        (access["aud"].as_str(), access.get(TAGS)),
        (Some("api://default"), None)
    );
}
