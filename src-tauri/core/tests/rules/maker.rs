//! A sign-in that is in order, with everything at hand, for a test to spoil.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use claimbridge_core::claims;
use claimbridge_core::diagnose::{
    Evidence, Expected, Finding, HeldSubscription, LiveRole, Need, SamlProviderState, TokenEvidence, diagnose,
};
use claimbridge_core::idp::IdentityProvider;
use claimbridge_core::oidc::IdToken;
use claimbridge_core::policy::{PermissionPolicy, TrustPolicy};
use claimbridge_core::resource::{
    HeldApplication, HeldPolicy, HeldSignIn, HeldWebExperience, Look, Permissions, Status, Tier,
};
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_core::saml::response::Response;
use claimbridge_core::time::{Instant, parse_instant};
use claimbridge_core::value::{AccountId, Region};
use serde_json::{Value as Json, json};

pub const METADATA: &str = include_str!("../common/metadata.xml");
pub const TENANT: &str = "7e4a4700-0000-4000-8000-000000000001";
pub const ACS: &str = "https://abcd.chat.qbusiness.us-east-1.on.aws/saml";
pub const ROLE: &str = "arn:aws:iam::123456789012:role/q-acme-web";
pub const PROVIDER: &str = "arn:aws:iam::123456789012:saml-provider/q-acme-idp";
pub const PAIR: &str =
    "arn:aws:iam::123456789012:role/q-acme-web,arn:aws:iam::123456789012:saml-provider/q-acme-idp";
pub const APPLICATION: &str =
    "arn:aws:qbusiness:us-east-1:123456789012:application/a0000000-0000-4000-8000-000000000000";
pub const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";

/// What the identity provider says.
pub struct Said {
    pub issuer: String,
    pub recipient: String,
    pub audience: String,
    pub name_id: Option<(String, String)>,
    pub claims: Vec<(String, Vec<String>)>,
    pub signed: bool,
    pub certificate: Option<String>,
    pub encrypted: bool,
    pub issued: String,
    pub status: &'static str,
    pub method: &'static str,
    pub extra: String,
}

/// A sign-in with all that is known of it. Without `said` there is no response.
pub struct Case {
    pub said: Option<Said>,
    pub evidence: Evidence,
}

pub fn now() -> Instant {
    parse_instant("2026-11-22T16:00:00Z").unwrap()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

impl Said {
    pub fn good() -> Said {
        let claim = |name: &str, value: &str| (name.to_owned(), vec![value.to_owned()]);
        Said {
            issuer: format!("https://sts.windows.net/{TENANT}/"),
            recipient: ACS.into(),
            audience: ACS.into(),
            name_id: Some(("a1b2".into(), PERSISTENT.into())),
            claims: vec![
                claim(claims::ROLE, PAIR),
                claim(claims::SESSION_NAME, "alice@acme.example"),
                claim(claims::EMAIL, "alice@acme.example"),
            ],
            signed: true,
            certificate: None,
            encrypted: false,
            issued: "2026-11-22T15:59:50Z".into(),
            status: "Success",
            method: "bearer",
            extra: String::new(),
        }
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.remove(name);
        self.claims.push((name.to_owned(), vec![value.to_owned()]));
    }

    pub fn remove(&mut self, name: &str) {
        self.claims.retain(|(n, _)| n != name);
    }

    pub fn rename(&mut self, name: &str, other: &str) {
        for (n, _) in self.claims.iter_mut().filter(|(n, _)| n == name) {
            *n = other.to_owned();
        }
    }

    fn assertion(&self) -> String {
        let algorithm = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
        let key = self.certificate.as_ref().map_or(String::new(), |c| {
            format!(
                "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{c}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
            )
        });
        let signature = match self.signed {
            true => format!(
                "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo><ds:SignatureMethod Algorithm=\"{algorithm}\"/></ds:SignedInfo>{key}</ds:Signature>"
            ),
            false => String::new(),
        };
        let name_id = self.name_id.as_ref().map_or(String::new(), |(value, format)| {
            format!("<NameID Format=\"{format}\">{}</NameID>", escaped(value))
        });
        let claims: String = self
            .claims
            .iter()
            .map(|(name, values)| {
                let values: String = values
                    .iter()
                    .map(|v| format!("<AttributeValue>{}</AttributeValue>", escaped(v)))
                    .collect();
                format!("<Attribute Name=\"{}\">{values}</Attribute>", escaped(name))
            })
            .collect();
        format!(
            "<Assertion xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_2\" IssueInstant=\"{issued}\"><Issuer>{issuer}</Issuer>{signature}<Subject>{name_id}<SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:{method}\"><SubjectConfirmationData NotOnOrAfter=\"2026-11-22T17:00:00Z\" Recipient=\"{recipient}\"/></SubjectConfirmation></Subject><Conditions NotBefore=\"{issued}\" NotOnOrAfter=\"2026-11-22T17:00:00Z\"><AudienceRestriction><Audience>{audience}</Audience></AudienceRestriction></Conditions><AttributeStatement>{claims}</AttributeStatement></Assertion>",
            issued = self.issued,
            issuer = escaped(&self.issuer),
            method = self.method,
            recipient = escaped(&self.recipient),
            audience = escaped(&self.audience),
        )
    }

    fn xml(&self) -> String {
        let body = match self.encrypted {
            true => "<EncryptedAssertion xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"/>".to_owned(),
            false => self.assertion(),
        };
        format!(
            "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_1\"><samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:{}\"/></samlp:Status>{body}{}</samlp:Response>",
            self.status, self.extra
        )
    }
}

pub fn document(application: &str, q_apps: bool, kms_key: Option<&str>) -> Json {
    let permissions = Permissions::WebExperience {
        region: Region::UsEast1,
        account: AccountId::parse("123456789012").unwrap(),
        application: application.rsplit('/').next().unwrap().to_owned(),
        q_apps,
        kms_key: kms_key.map(str::to_owned),
        document_content: false,
    };
    PermissionPolicy::of(&permissions).to_json()
}

pub fn policy(document: Json) -> HeldPolicy {
    HeldPolicy {
        name: "web-experience".into(),
        managed: None,
        document,
        others: 0,
    }
}

pub fn active() -> Status {
    Status {
        word: "ACTIVE".into(),
        why: None,
    }
}

/// Everything that can be at hand, and nothing wrong with it.
pub fn good() -> Case {
    let expected = Expected {
        idp: IdentityProvider::EntraOwn,
        recipient: Some(ACS.into()),
        audience: None,
        role_arn: Some(ROLE.into()),
        provider_arn: Some(PROVIDER.into()),
        tags: None,
    };
    let mut e = Evidence::new(now(), expected);
    e.captured_at = Some(now());
    e.metadata = Some(FederationMetadata::parse(METADATA.as_bytes(), None));
    e.role = Some(LiveRole::There(TrustPolicy::saml(PROVIDER, &[ACS.to_owned()])));
    e.provider_exists = Some(true);
    e.live.application = Some(HeldApplication {
        arn: APPLICATION.into(),
        name: "q-acme".into(),
        status: active(),
        identity_type: Some("AWS_IAM_IDP_SAML".into()),
        provider: Some(PROVIDER.into()),
        client_ids: Vec::new(),
        role: None,
        subscription: Some((true, Some(Tier::QBusiness))),
        q_apps: false,
        kms_key: None,
        tags: Default::default(),
    });
    e.live.web_experience = Some(HeldWebExperience {
        title: "q-acme".into(),
        status: active(),
        endpoint: Some("https://abcd.chat.qbusiness.us-east-1.on.aws/".into()),
        role: Some(ROLE.into()),
        sign_in: HeldSignIn::Saml {
            authentication_url: format!(
                "https://launcher.myapps.microsoft.com/api/signin/1?tenantId={TENANT}"
            ),
        },
        look: Look::default(),
    });
    e.live.permissions = Some(vec![policy(document(APPLICATION, false, None))]);
    e.live.max_session = Some(3600);
    e.live.saml_provider = Some(SamlProviderState::default());
    e.live.subscriptions = Some(vec![HeldSubscription {
        tier: "Q_BUSINESS".into(),
        active: true,
    }]);
    e.live.groups = Some(Vec::new());
    e.live.providers_in_use = Some(vec![PROVIDER.into()]);
    e.live.document_addresses = Some(vec!["alice@acme.example".into(), "bob@acme.example".into()]);
    Case {
        said: Some(Said::good()),
        evidence: e,
    }
}

pub fn token(claims: &Json) -> TokenEvidence {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","kid":"k"}"#);
    let text = format!("{header}.{}.AAAA", URL_SAFE_NO_PAD.encode(claims.to_string()));
    TokenEvidence {
        view: Some(IdToken::decode(&text).unwrap().view().clone()),
        ..TokenEvidence::default()
    }
}

pub fn token_claims() -> Json {
    let at = now().unix_timestamp();
    json!({"iss": "https://acme.okta.com/oauth2/default", "sub": "00u1", "aud": "0oa1", "iat": at - 5, "exp": at + 3600,
        "https://aws.amazon.com/tags": {"principal_tags": {"Email": ["alice@acme.example"]}}})
}

impl Case {
    pub fn said(&mut self) -> &mut Said {
        self.said.as_mut().unwrap()
    }

    /// The evidence with the response in it, as a capture would bring it.
    pub fn evidence(&self) -> Evidence {
        let mut evidence = self.evidence.clone();
        if let Some(said) = &self.said {
            let response = Response::decode(STANDARD.encode(said.xml()).as_bytes()).unwrap();
            evidence.view = Some(response.view().clone());
        }
        evidence
    }

    pub fn findings(&self) -> Vec<Finding> {
        diagnose(&self.evidence())
    }
}

/// Takes a kind of evidence away.
pub fn without(e: &mut Evidence, need: Need) {
    match need {
        Need::Message => e.messages.clear(),
        Need::Response => {
            (e.view, e.captured_at) = (None, None);
            e.table.clear();
        }
        Need::Token => e.token = None,
        Need::Trust => (e.role, e.live.max_session) = (None, None),
        Need::Metadata => (e.metadata, e.verdict, e.provider_exists) = (None, None, None),
        Need::Application => {
            (e.live.application, e.live.web_experience, e.live.providers_in_use) = (None, None, None);
        }
        Need::Permissions => e.live.permissions = None,
        Need::Provider => (e.live.saml_provider, e.live.thumbprints) = (None, None),
        Need::Secret => e.live.secret = None,
        Need::Subscriptions => e.live.subscriptions = None,
        Need::Documents => (e.live.groups, e.live.document_addresses) = (None, None),
        Need::Discovery => {
            if let Some(token) = &mut e.token {
                (token.discovery, token.keys) = (None, None);
            }
        }
        Need::Sts => {
            e.sts = None;
            e.trail.clear();
        }
    }
}
