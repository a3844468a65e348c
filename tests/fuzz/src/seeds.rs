//! Inputs to begin with, all made here: nothing of anybody's.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bergshamra::DsigContext;
use bergshamra::keys::{Key, KeyData, KeyUsage, KeysManager};
use claimbridge_core::idp::IdentityProvider;
use claimbridge_core::saml::certificate::Certificate;
use claimbridge_core::saml::response::{Assertion, Response};
use claimbridge_core::saml::signature::{Pinned, verify};
use claimbridge_core::setup::{Federation, Setup, World};
use claimbridge_core::value::{AccountId, ClientId, Issuer, Region};
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::{Value as Json, json};

#[path = "../../../src-tauri/core/tests/intake/maker.rs"]
#[allow(dead_code, reason = "the tests of core use the rest")]
mod maker;

pub(crate) use maker::b64 as base64;

pub(crate) const METADATA: &str = include_str!("../../../src-tauri/core/tests/common/metadata.xml");
pub(crate) const ISSUER: &str = "https://acme.okta.com/oauth2/default";
pub(crate) const CLIENT: &str = "0oa1client";
const AT: &str = "2026-11-22T16:00:00Z";

pub(crate) fn aggregate() -> String {
    let one = METADATA.split_once("?>").map_or(METADATA, |p| p.1);
    format!(
        "<EntitiesDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\">{one}{one}</EntitiesDescriptor>"
    )
}

pub(crate) fn response() -> String {
    maker::response(maker::ACS, AT)
}

/// Responses that a key signed, and everything that it said by them.
pub(crate) struct Signed {
    pub(crate) documents: Vec<String>,
    pub(crate) certificate: Certificate,
    pub(crate) assertions: Vec<Assertion>,
}

/// Signed in each of the three ways: the assertion, the response, both.
///
/// # Panics
/// Where a response cannot be signed or what was signed is not accepted: there is nothing to fuzz then.
pub(crate) fn signed() -> Signed {
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).expect("a key can be made");
    let own = CertificateParams::default()
        .self_signed(&key)
        .expect("a certificate can be made");
    let certificate = Certificate::from_der(own.der().to_vec()).expect("our own certificate is one");
    let sign = |xml: &str, id: &str| sign(xml, id, &key.serialize_der());
    let plain = response();
    let assertion = sign(&plain, "_a");
    let documents = vec![assertion.clone(), sign(&plain, "_r"), sign(&assertion, "_r")];
    let pinned = Pinned::new([&certificate]).expect("it has an RSA key");
    let assertions = documents
        .iter()
        .map(|xml| {
            let response = Response::decode(xml.as_bytes()).expect("our own response is one");
            let verified = verify(&response, &pinned).expect("our own signature holds");
            verified.assertion().clone()
        })
        .collect();
    Signed {
        documents,
        certificate,
        assertions,
    }
}

fn sign(xml: &str, id: &str, pkcs8: &[u8]) -> String {
    let start = xml.find(&format!("ID=\"{id}\"")).expect("the element is there");
    let end = "</saml:Issuer>";
    let at = start
        + xml
            .get(start..)
            .and_then(|rest| rest.find(end))
            .expect("it has an issuer")
        + end.len();
    let (before, after) = xml.split_at(at);
    let template = format!(
        "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/><ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"/><ds:Reference URI=\"#{id}\"><ds:Transforms><ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/><ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/></ds:Transforms><ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><ds:DigestValue></ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue></ds:SignatureValue></ds:Signature>"
    );
    let data = KeyData::from_pkcs8_der(kryptering::KeyAlgorithm::Rsa, pkcs8).expect("our own key is one");
    let mut keys = KeysManager::new();
    keys.add_key(Key::new(data, KeyUsage::Sign));
    bergshamra::dsig::sign::sign_owned(&DsigContext::new(keys), format!("{before}{template}{after}"))
        .expect("our own key signs")
}

/// One of everything that can be recognised, and recordings that hold several.
pub(crate) fn everything() -> Vec<Vec<u8>> {
    use maker::{
        ACS, deflated, entry, event, get_role, har, percent, permissions, posted, request, token, trust,
    };
    let name = "https://aws.amazon.com/SAML/Attributes";
    let xml = response();
    let page = format!(
        "<!DOCTYPE html><html><body><form action=\"{ACS}\"><input type=hidden name=SAMLResponse value=\"{}\"></form><p>Permission needed</p></body></html>",
        base64(&xml)
    );
    let sso = format!(
        "https://login.microsoftonline.com/t/saml2?SAMLRequest={}",
        percent(&deflated(&request()))
    );
    let recording = har(&[
        entry("GET", &sso, |e| {
            e["response"]["redirectURL"] = json!("https://a.on.aws/?error=access_denied&error_description=x")
        }),
        entry("POST", "https://acme.okta.com/oauth2/v1/token", |e| {
            e["response"]["content"] = json!({"mimeType": "application/json", "text": json!({"id_token": token(ISSUER)}).to_string()});
        }),
        entry("GET", "https://a.on.aws/", |e| {
            e["response"]["content"] = json!({"mimeType": "text/html", "text": page})
        }),
        posted(ACS, &xml),
    ]);
    let tracer = json!({"requests": [{"requestId": "1", "method": "POST", "url": ACS, "post": [["SAMLResponse", base64(&xml)]], "saml": xml, "responseHeaders": []}]});
    let console = format!(
        "ARN\n{}\nMaximum session duration\n1 hour\n{:#}",
        maker::ROLE,
        trust()
    );
    let trail = json!({"Events": [{"CloudTrailEvent": event("AssumeRoleWithSAML", AT, Some("Not authorized")).to_string()}]});
    [
        recording,
        tracer.to_string(),
        page,
        console,
        trail.to_string(),
        xml.clone(),
        format!("SAMLResponse={}&RelayState=x", percent(&base64(&xml))),
        sso,
        request(),
        token(ISSUER),
        maker::keys(),
        METADATA.to_owned(),
        get_role().to_string(),
        permissions().to_string(),
        percent(&trust().to_string()),
        format!("Claim name\tValue\n{name}/Role\tuser.assignedroles\n{name}/RoleSessionName\tuser.mail"),
        format!(
            "| Name | Namespace | Source attribute |\n|---|---|---|\n| Role | {name} | user.assignedroles |"
        ),
        "AADSTS50105: The signed in user 'a@b.example' is not assigned to a role".to_owned(),
    ]
    .into_iter()
    .map(String::into_bytes)
    .collect()
}

/// Tokens that a key signed, and its key set.
pub(crate) struct Tokens {
    pub(crate) texts: Vec<String>,
    pub(crate) keys: String,
}

/// # Panics
/// Where no key can be made.
pub(crate) fn tokens() -> Tokens {
    let key = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key can be made");
    let public = PublicKeyComponents::<Vec<u8>>::from(key.public_key());
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let keys = json!({"keys": [{"kty": "RSA", "use": "sig", "kid": "r1", "n": part(&public.n), "e": part(&public.e)}]});
    let claims: [Json; 3] = [
        json!({"iss": ISSUER, "sub": "00u1", "aud": CLIENT, "iat": 1_795_363_190, "exp": 1_795_366_800, "nonce": "n-1",
            "https://aws.amazon.com/tags": {"principal_tags": {"Email": ["alice@acme.example"]}}}),
        json!({"iss": ISSUER, "sub": "00u1", "aud": [CLIENT, "other"], "azp": CLIENT, "iat": 1_795_363_190, "exp": 1_795_366_800}),
        json!({"iss": "https://evil.example", "sub": "", "aud": CLIENT, "iat": -1, "exp": 1.5e9}),
    ];
    let texts = claims
        .iter()
        .map(|claims| {
            let header = json!({"alg": "RS256", "kid": "r1", "typ": "JWT"}).to_string();
            let message = format!(
                "{}.{}",
                part(header.as_bytes()),
                part(claims.to_string().as_bytes())
            );
            let mut signature = vec![0; key.public_modulus_len()];
            key.sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message.as_bytes(),
                &mut signature,
            )
            .expect("our own key signs");
            format!("{message}.{}", part(&signature))
        })
        .collect();
    Tokens {
        texts,
        keys: keys.to_string(),
    }
}

pub(crate) fn discovery() -> String {
    json!({
        "issuer": ISSUER, "authorization_endpoint": format!("{ISSUER}/v1/authorize"),
        "token_endpoint": format!("{ISSUER}/v1/token"), "jwks_uri": format!("{ISSUER}/v1/keys"),
        "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"], "claims_supported": ["sub", "email"],
    })
    .to_string()
}

pub(crate) fn policies() -> Vec<String> {
    let tagging = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "A", "Effect": "Allow", "Principal": {"Federated": [maker::PROVIDER]}, "Action": "sts:AssumeRoleWithSAML",
            "Condition": {"StringEquals": {"SAML:aud": [maker::ACS, "https://signin.aws.amazon.com/saml"]}}},
        {"Sid": "B", "Effect": "Allow", "Principal": {"Federated": maker::PROVIDER}, "Action": "sts:TagSession",
            "Condition": {"StringLike": {"aws:RequestTag/Email": "*"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["Email"]}}},
        {"Effect": "Deny", "NotPrincipal": {"AWS": "*"}, "NotAction": ["sts:*"], "Condition": {"Null": {"saml:iss": true}, "StringNotLikeIfExists": {"saml:sub": ["${saml:sub}", "a?b*"]}}},
    ]});
    [
        maker::trust(),
        maker::trust_of_oidc(),
        maker::permissions(),
        tagging,
    ]
    .iter()
    .map(Json::to_string)
    .collect()
}

/// Set-ups of both protocols, and an answer to a sheet.
///
/// # Panics
/// Where a value of ours is malformed.
pub(crate) fn setups() -> Vec<String> {
    let account = || AccountId::parse("123456789012").expect("twelve digits");
    let new = |idp| {
        Setup::new(
            "set-up-1".into(),
            "q-acme",
            account(),
            Region::UsEast1,
            World::Live,
            idp,
        )
    };
    let mut saml = new(IdentityProvider::EntraGallery);
    if let Federation::Saml { metadata, .. } = &mut saml.federation {
        *metadata = Some(METADATA.into());
    }
    let mut oidc = new(IdentityProvider::OktaOidc);
    if let Federation::Oidc {
        issuer, client_id, ..
    } = &mut oidc.federation
    {
        *issuer = Some(Issuer::parse(ISSUER).expect("an issuer"));
        *client_id = Some(ClientId::parse(CLIENT).expect("a client id"));
    }
    let answer =
        json!({"claimbridge": "answer", "schema": 1, "setup": "set-up-1", "entries": [], "note": "x"});
    vec![
        saml.to_json(),
        oidc.to_json(),
        answer.to_string(),
        METADATA.to_owned(),
        "{\"schema\":1,\"at\":\"2026-11-22T16:00:00Z\",\"event\":{}}\n".to_owned(),
    ]
}
