//! What the endpoints refuse, and how.

use super::{TAGS, provider};
use crate::{ALICE, otherwise, to_the_letter, without};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use claimbridge_core::idp::IdentityProvider;
use sha2::{Digest, Sha256};

const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-0123";

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
    type Parameters<'a> = &'a [(&'a str, &'a str)];
    let cases: [(Parameters<'_>, Parameters<'_>, bool, Result<(), &str>); 9] = [
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
