//! What the tokens say, of the guides to the letter and of departures from them.

use super::{Provider, TAGS, provider};
use crate::{ALICE, NAME, follow, otherwise, steps, to_the_letter, values, without, world};
use claimbridge_core::idp::{IdentityProvider, Phase};
use serde_json::{Value as Json, json};

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
async fn a_redirect_uri_that_was_added_is_taken_beside_the_first() {
    let (world, admin) = world().await;
    let idp = IdentityProvider::OktaOidc;
    let mut visit = admin.visit(idp, NAME);
    follow(&mut visit, idp, to_the_letter).await.unwrap();
    let step = steps(idp, Phase::After)
        .find(|s| s.id == "test-redirect")
        .unwrap();
    let loopback = step.values.first().and_then(|v| v.value.clone()).unwrap();
    let (issuer, client) = (visit.address().await.unwrap(), visit.client().await.unwrap());
    let provider = Provider {
        world,
        issuer,
        client,
    };
    let asked = [("redirect_uri", loopback.as_str())];
    let refused = provider.authorise(ALICE, &asked).await.unwrap_err();
    assert!(refused.contains("Login redirect URI"), "{refused}");
    visit.follow(step, &values(Phase::After), None).await.unwrap();
    let code = provider
        .authorise(ALICE, &asked)
        .await
        .unwrap()
        .remove("code")
        .unwrap();
    assert!(provider.redeem(&code, &asked, false).await.is_ok());
    assert!(provider.authorise(ALICE, &[]).await.is_ok());
}
