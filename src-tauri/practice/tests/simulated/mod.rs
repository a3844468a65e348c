//! What the simulator says a provider sends is what its portal sends, claim for claim and person for person.

use super::{ACS, NAME, PAIR, REDIRECT, follow, otherwise, to_the_letter, verified, world};
use claimbridge_core::idp::{GuideStep, IdentityProvider, Protocol};
use claimbridge_core::saml::response::{Assertion, Attribute};
use claimbridge_core::setup::{Federation, Setup, World};
use claimbridge_core::simulate::{People, ProviderConfiguration, evidence};
use claimbridge_core::time::Instant;
use claimbridge_core::value::{AccountId, ClientId, Issuer, Region, WebExperienceUrl};
use claimbridge_practice::PortalError;
use serde_json::{Value as Json, json};
use std::time::SystemTime;

/// The people of the practice company as its directory would export them.
const DIRECTORY: &str = "\u{feff}userPrincipalName;displayName;mail;city;employeeId;objectId\n\
    alice@contoso.example;Alice Adams;alice@contoso.example;Bonn;;0b1ec700-0000-4000-8000-00000000000b\n\
    bob@contoso.example;Bob Brown;;Bonn;;0b1ec700-0000-4000-8000-00000000000c\n\
    gina_partner.example#EXT#@contoso.example;Gina Guest;gina@partner.example;Bonn;;0b1ec700-0000-4000-8000-00000000000d\n\
    conor@contoso.example;Conor O'Hara;\"conor.o'hara@contoso.example\";Bonn;;0b1ec700-0000-4000-8000-00000000000e\n\
    dora@contoso.example;Dora Diaz;dora@contoso.example;Bonn;;0b1ec700-0000-4000-8000-00000000000f\n";

fn setup(idp: IdentityProvider) -> Setup {
    let account = AccountId::parse("123456789012").unwrap();
    let setup = Setup::new("s".into(), NAME, account, Region::EuWest1, World::Practice, idp);
    assert_eq!(setup.role_pair(), PAIR);
    setup
}

fn endpoint() -> WebExperienceUrl {
    let endpoint = WebExperienceUrl::from_endpoint(ACS.strip_suffix("/saml").unwrap()).unwrap();
    assert_eq!(endpoint.redirect_uri(), REDIRECT);
    endpoint
}

fn now() -> Instant {
    SystemTime::now().into()
}

/// Everything that a person is known by, without ids and times.
fn shape(assertion: &Assertion) -> (Vec<Attribute>, Json) {
    let mut attributes = assertion.attributes.clone();
    attributes.sort_by(|a, b| a.name.cmp(&b.name));
    let name_id = assertion.name_id.as_ref().map(|n| (&n.value, &n.format));
    let bearer = assertion.bearer().unwrap();
    let rest = json!([
        name_id,
        assertion.recipient(),
        bearer.method,
        assertion.audiences,
        assertion.issuer
    ]);
    (attributes, rest)
}

/// Signs everybody in who is let in, and returns how many those were.
async fn check(
    idp: IdentityProvider,
    change: impl Fn(&GuideStep) -> Option<GuideStep>,
    changed: &[(&str, &str)],
) -> usize {
    let (_world, admin) = world().await;
    let mut visit = admin.visit(idp, NAME);
    follow(&mut visit, idp, change).await.unwrap();
    let metadata = visit.metadata().await.unwrap();
    let mut setup = setup(idp);
    setup
        .give_metadata(String::from_utf8(metadata.clone()).unwrap())
        .unwrap();
    let mut configuration = ProviderConfiguration::of(&setup, Some(&endpoint()));
    for (name, source) in changed {
        configuration.set(name, source);
    }
    let people = People::read(DIRECTORY.as_bytes()).unwrap();
    let mut signed_in = 0;
    for (place, person) in people.list.iter().enumerate() {
        let response = match visit.sign_in(&person.name()).await {
            Ok(response) => response,
            Err(PortalError::Refused(_)) => continue,
            Err(other) => panic!("{other}"),
        };
        let sent = verified(&metadata, &response);
        let simulated = evidence(&configuration, &people, place, None, now())
            .unwrap()
            .unwrap();
        assert_eq!(
            shape(simulated.assertion().unwrap()),
            shape(&sent),
            "{} {}",
            idp.as_str(),
            person.name()
        );
        signed_in += 1;
    }
    signed_in
}

#[tokio::test]
async fn an_assertion_is_what_each_portal_sends() {
    let all = IdentityProvider::ALL.iter().copied();
    for idp in all.filter(|idp| idp.protocol() == Protocol::Saml) {
        let signed_in = check(idp, to_the_letter, &[]).await;
        assert!(signed_in >= 4, "{}: {signed_in} signed in", idp.as_str());
    }
}

#[tokio::test]
async fn and_so_it_is_where_somebody_departed_from_the_guide() {
    let by_mail = otherwise("gallery-claims", "RoleSessionName", "user.mail");
    let signed_in = check(
        IdentityProvider::EntraGallery,
        by_mail,
        &[("RoleSessionName", "user.mail")],
    )
    .await;
    assert!(signed_in >= 4);
    let literal = otherwise("email-claim", "Value", "users.email");
    let changed = [("PrincipalTag:Email", "users.email")];
    assert!(check(IdentityProvider::OktaSaml, literal, &changed).await >= 4);
    let by_login = otherwise("session-name-claim", "PingOne Mappings", "Username");
    let changed = [("RoleSessionName", "Username")];
    assert!(check(IdentityProvider::PingOne, by_login, &changed).await >= 4);
}

#[tokio::test]
async fn a_token_is_what_each_server_issues() {
    const TAGS: &str = "https://aws.amazon.com/tags";
    for (idp, step, label, typed) in [
        (IdentityProvider::OktaOidc, "tags-claim", "Value", None),
        (
            IdentityProvider::OktaOidc,
            "tags-claim",
            "Value",
            Some("user.email"),
        ),
        (
            IdentityProvider::OktaOidc,
            "tags-claim",
            "Value",
            Some(
                r#"{"principal_tags": {"Email": {user.email}, "city": {user.employeeId != null ? user.employeeId : ""}}}"#,
            ),
        ),
        (IdentityProvider::GenericOidc, "tags-claim", "Claim value", None),
    ] {
        let provider = match typed {
            Some(text) => super::oidc::provider(idp, otherwise(step, label, text)).await,
            None => super::oidc::provider(idp, to_the_letter).await,
        };
        let mut setup = setup(idp);
        if let Federation::Oidc {
            issuer, client_id, ..
        } = &mut setup.federation
        {
            *issuer = Some(Issuer::practice(&provider.issuer).unwrap());
            *client_id = Some(ClientId::parse(&provider.client.id).unwrap());
        }
        let mut configuration = ProviderConfiguration::of(&setup, Some(&endpoint()));
        if let Some(text) = typed {
            configuration.set(TAGS, text);
        }
        let people = People::read(DIRECTORY.as_bytes()).unwrap();
        let mut signed_in = 0;
        for (place, person) in people.list.iter().enumerate() {
            let Ok(mut answer) = provider.authorise(&person.name(), &[]).await else {
                continue;
            };
            let Some(code) = answer.remove("code") else {
                continue;
            };
            let tokens = provider.redeem(&code, &[], false).await.unwrap();
            let sent = provider.claims(tokens["id_token"].as_str().unwrap()).await;
            let simulated = evidence(&configuration, &people, place, None, now())
                .unwrap()
                .unwrap();
            let claims = simulated.token.as_ref().unwrap().claims().unwrap();
            for name in ["iss", "sub", "aud", TAGS] {
                assert_eq!(
                    claims.get(name),
                    sent.get(name),
                    "{} {name} {}",
                    idp.as_str(),
                    person.name()
                );
            }
            signed_in += 1;
        }
        assert!(signed_in >= 4, "{}: {signed_in} signed in", idp.as_str());
    }
}
