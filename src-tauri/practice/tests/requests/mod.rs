//! Sign-ins that an application begins by a request: answered where the application may be answered,
//! and nowhere else.

use super::{ACS, ALICE, NAME, SIGN_IN, follow, to_the_letter, values, verified, world};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claimbridge_core::idp::{IdentityProvider, Phase, Protocol, RecipientRule, guide};
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_core::saml::response::Response;
use url::Url;

const OWN: &str = "http://localhost:8000/saml";
const RELAY: &str = "state&\"1";

/// An address with a deflated request in it.
fn asking(origin: &str, sso: &str, issuer: &str, consumer: &str) -> Url {
    let xml = format!(
        "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_q1\" Version=\"2.0\" IssueInstant=\"2026-11-24T06:00:00Z\" {consumer}><saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{issuer}</saml:Issuer></samlp:AuthnRequest>"
    );
    let request = STANDARD.encode(miniz_oxide::deflate::compress_to_vec(xml.as_bytes(), 6));
    let mut url = Url::parse(&format!("{origin}{}", Url::parse(sso).unwrap().path())).unwrap();
    url.query_pairs_mut()
        .append_pair("SAMLRequest", &request)
        .append_pair("RelayState", RELAY);
    url
}

/// The form that comes back: where it goes, and the response; or the words of the refusal.
async fn answered(url: &Url) -> Result<(String, String), String> {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    http.get(url.clone()).send().await.unwrap();
    let answer = http
        .post(url.clone())
        .form(&[("login", ALICE)])
        .send()
        .await
        .unwrap();
    let ok = answer.status().is_success();
    let page = answer.text().await.unwrap();
    if !ok {
        return Err(page);
    }
    let between = |start: &str| {
        let rest = page.split_once(start).unwrap().1;
        rest.split_once('"').unwrap().0.to_owned()
    };
    assert_eq!(between("name=\"RelayState\" value=\""), "state&amp;&quot;1");
    Ok((between("action=\""), between("name=\"SAMLResponse\" value=\"")))
}

#[tokio::test]
async fn are_answered_in_every_portal() {
    for idp in IdentityProvider::ALL.iter().copied() {
        if idp.protocol() != Protocol::Saml {
            continue;
        }
        let (world, admin) = world().await;
        let mut visit = admin.visit(idp, NAME);
        follow(&mut visit, idp, to_the_letter).await.unwrap();
        let bytes = visit.metadata().await.unwrap();
        let metadata = FederationMetadata::parse(&bytes, None).unwrap();
        let sso = metadata.sso.first().unwrap().location.clone();
        let first = verified(&bytes, &visit.sign_in(ALICE).await.unwrap());
        let issuer = first.audiences.first().unwrap();
        let ask = |consumer: &str| {
            let url = asking(&world.origin(), &sso, issuer, consumer);
            async move { answered(&url).await }
        };
        let consumer = |url: &str| format!("AssertionConsumerServiceURL=\"{url}\"");

        for asked in [String::new(), consumer(ACS)] {
            let (to, response) = ask(&asked).await.unwrap();
            assert_eq!(to, ACS, "{}", idp.as_str());
            assert_eq!(verified(&bytes, &response).recipient(), first.recipient());
            let xml = Response::decode(response.as_bytes()).unwrap();
            assert_eq!(xml.xml().matches("InResponseTo=\"_q1\"").count(), 2);
        }
        assert!(ask(&consumer(OWN)).await.is_err(), "{}", idp.as_str());

        let step = guide(idp).step.iter().find(|s| s.id == "custom-app").unwrap();
        let mut own = values(Phase::After);
        own.insert("custom_url", OWN.to_owned());
        visit.follow(step, &own, None).await.unwrap();
        let (to, response) = ask(&consumer(OWN)).await.unwrap();
        assert_eq!(to, OWN);
        let recipient = match guide(idp).recipient {
            Some(RecipientRule::SignIn) => SIGN_IN,
            _ => OWN,
        };
        assert_eq!(
            verified(&bytes, &response).recipient(),
            Some(recipient),
            "{}",
            idp.as_str()
        );
        // The first one stays the default.
        assert_eq!(ask("").await.unwrap().0, ACS);
        if idp == IdentityProvider::OktaSaml {
            assert_eq!(ask("AssertionConsumerServiceIndex=\"0\"").await.unwrap().0, OWN);
            assert!(ask("AssertionConsumerServiceIndex=\"7\"").await.is_err());
        }

        let stranger = asking(&world.origin(), &sso, "https://stranger.example", "");
        assert!(answered(&stranger).await.is_err());
        for bad in ["SAMLRequest=%21", "SAMLRequest=YWJj", "SAMLRequest="] {
            let mut url = stranger.clone();
            url.set_query(Some(bad));
            assert!(answered(&url).await.is_err(), "{bad}");
        }
    }
}
