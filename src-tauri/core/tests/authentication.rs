//! What administrators copy, and what comes of it.

use claimbridge_core::setup::authentication::Authentication;

const APP: &str = "0ace0000-0000-4000-8000-0000000000aa";
const TENANT: &str = "7e4a4700-0000-4000-8000-000000000001";

/// Text, the address that comes of it, a word of the derivation, and how many warnings.
fn taken(text: &str, url: &str, derivation: Option<&str>, warnings: usize) {
    let found = Authentication::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    assert_eq!(found.url.as_str(), url, "{text}");
    assert_eq!(
        found.derivation.is_some(),
        derivation.is_some(),
        "{text}: {found:?}"
    );
    if let (Some(said), Some(word)) = (&found.derivation, derivation) {
        assert!(said.contains(word), "{text}: {said}");
    }
    assert_eq!(found.warnings.len(), warnings, "{text}: {:?}", found.warnings);
}

/// Text, and a word of what is said.
fn refused(text: &str, word: &str) {
    let error = Authentication::parse(text).expect_err(text);
    assert!(error.to_string().contains(word), "{text}: {error}");
}

#[test]
fn addresses_to_sign_in_at() {
    let old = format!("https://myapps.microsoft.com/signin/q-acme/{APP}?tenantId={TENANT}");
    let new = format!("https://launcher.myapps.microsoft.com/api/signin/{APP}?tenantId={TENANT}");
    let okta = "https://acme.okta.com/app/acme_qacme_1/exk1abc/sso/saml";
    taken(&old, &old, Some(APP), 0);
    taken(&new, &new, Some(TENANT), 1);
    let bare = format!("https://launcher.myapps.microsoft.com/api/signin/{APP}");
    taken(&bare, &bare, Some(APP), 2);
    taken(okta, okta, Some("exk1abc"), 0);
    taken(
        "https://acme.okta.com/home/acme_qacme_1/0oa1abc/aln1abc",
        "https://acme.okta.com/home/acme_qacme_1/0oa1abc/aln1abc",
        Some("embed link"),
        1,
    );
    taken(
        "https://sso.acme.example/idp/startSSO.ping?PartnerSpId=urn%3Aamazon%3Awebservices",
        "https://sso.acme.example/idp/startSSO.ping?PartnerSpId=urn%3Aamazon%3Awebservices",
        Some("urn:amazon:webservices"),
        0,
    );
    taken(
        "https://sso.acme.example/idp/startSSO.ping",
        "https://sso.acme.example/idp/startSSO.ping",
        None,
        1,
    );
    taken(
        &format!("https://login.microsoftonline.com/{TENANT}/saml2"),
        &format!("https://login.microsoftonline.com/{TENANT}/saml2"),
        None,
        1,
    );
    taken(
        "https://idp.acme.example/anything?x=1",
        "https://idp.acme.example/anything?x=1",
        None,
        0,
    );
    taken(
        "https://sso.acme.com-admin.example/x",
        "https://sso.acme.com-admin.example/x",
        None,
        0,
    );
    for around in [
        format!("  {okta}\r\n"),
        format!("\u{feff}{okta}\u{200b}"),
        format!("\"{okta}\""),
        format!("“{okta}”"),
        format!("<{okta}>\u{a0}"),
    ] {
        taken(&around, okta, Some("Sign on URL"), 0);
    }
}

#[test]
fn addresses_of_another_kind() {
    refused("", "no address");
    refused(" \u{200b}\t", "no address");
    refused("acme.okta.com/app/x/y/sso/saml", "https");
    refused("http://acme.okta.com/app/x/y/sso/saml", "https");
    refused("https://user:word@acme.example/", "https");
    refused("javascript:alert(1)", "https");
    refused(&format!("https://acme.example/{}", "x".repeat(1284)), "1284");
    refused(
        "https://acme-admin.okta.com/admin/app/x/instance/0oa",
        "Sign on URL",
    );
    refused("https://acme-admin.oktapreview.com/", "Sign on URL");
    refused("https://ENTRA.microsoft.com/#view/x", "User access URL");
    refused("https://portal.azure.com./#home", "User access URL");
    refused(
        "https://console.pingone.com/?env=1",
        "Initiate Single Sign-On URL",
    );
    refused("https://eu-west-1.console.aws.amazon.com/amazonq", "not AWS");
    refused("https://myapps.microsoft.com/", "tenantId");
    refused(
        "https://launcher.myapps.microsoft.com/api/signin/acme",
        "application id",
    );
    refused("https://acme.okta.com/", "/sso/saml");
    refused(
        "https://acme.okta.com/app/exk1abc/sso/saml/metadata",
        "without /metadata",
    );
    refused("https://acme.okta.com/oauth2/default", "issuer");
}

proptest::proptest! {
    /// Nothing panics, and what is taken is an https address that was in the text.
    #[test]
    fn any_text(text in "\\PC{0,80}", host in "(myapps|launcher\\.myapps)\\.microsoft\\.com|acme(-admin)?\\.okta\\.com|idp\\.example", path in "[a-z0-9/%?&=.-]{0,60}") {
        for text in [text, format!("“https://{host}/{path}” ")] {
            if let Ok(taken) = Authentication::parse(&text) {
                proptest::prop_assert!(taken.url.as_str().to_ascii_lowercase().starts_with("https://"));
                proptest::prop_assert!(text.contains(taken.url.as_str()));
            }
        }
    }
}
