//! The SAML response and the federation metadata of a practice application: what was typed into
//! the portal, really signed.

use super::{App, Claim, Shape, Signing, Tenant, User};
use crate::keys::SigningKey;
use crate::wire::escape;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra::DsigContext;
use bergshamra::keys::{Key, KeyData, KeyUsage, KeysManager};
use claimbridge_core::time::format_instant;
use time::{Duration, OffsetDateTime};

/// Namespace of AWS's claims.
pub(crate) const AWS_NAMESPACE: &str = claimbridge_core::claims::NAMESPACE;

/// Entra's default is 70 minutes, without a buffer for clocks (Entra ID: token lifetimes).
const VALID_MINUTES: i64 = 70;

pub(super) fn issuer(tenant: &Tenant) -> String {
    format!("https://sts.windows.net/{}/", tenant.id)
}

/// The federation metadata of one application, in Entra's shape: two WS-Federation roles first.
pub(super) fn metadata(tenant: &Tenant, app: &App) -> String {
    let keys: String = app
        .keys
        .iter()
        .map(|k| {
            format!(
                "<KeyDescriptor use=\"signing\"><KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><X509Data><X509Certificate>{}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>",
                STANDARD.encode(&k.certificate)
            )
        })
        .collect();
    let sso = format!("https://login.microsoftonline.com/{}/saml2", tenant.id);
    let ws: String = ["SecurityTokenServiceType", "ApplicationServiceType"]
        .iter()
        .map(|kind| {
            format!("<RoleDescriptor xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:fed=\"http://docs.oasis-open.org/wsfed/federation/200706\" xsi:type=\"fed:{kind}\" protocolSupportEnumeration=\"http://docs.oasis-open.org/wsfed/federation/200706\">{keys}</RoleDescriptor>")
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><EntityDescriptor ID=\"_{}\" entityID=\"{}\" xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\">{ws}<IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">{keys}<SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"{sso}\"/><SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"{sso}\"/><SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"{sso}\"/></IDPSSODescriptor></EntityDescriptor>",
        app.id,
        issuer(tenant)
    )
}

/// The values that a claim has for a user; none where its source is empty, as Entra omits it.
fn values(claim: &Claim, user: &User, app: &App) -> Vec<String> {
    match claim.source.strip_prefix("user.") {
        Some("assignedroles") => app
            .assignments
            .iter()
            .filter(|(u, _)| u == user.upn())
            .filter_map(|(_, role)| app.roles.iter().find(|r| r.id == *role))
            .map(|r| r.value.clone())
            .collect(),
        Some(attribute) => Some(user.get(attribute).to_owned())
            .filter(|v| !v.is_empty())
            .into_iter()
            .collect(),
        // Several constants of one claim are separated by `|`, for practice alone.
        None => claim.source.split('|').map(str::to_owned).collect(),
    }
}

/// The whole response, base64 as a form carries it.
pub(super) fn response(tenant: &Tenant, app: &App, user: &User, serial: u64) -> Result<String, String> {
    let issued = OffsetDateTime::now_utc() + Duration::seconds(tenant.clock_offset);
    let at = format_instant(issued);
    let until = format_instant(issued + Duration::minutes(VALID_MINUTES));
    let (response_id, assertion_id) = (format!("_r{serial:032x}"), format!("_a{serial:032x}"));
    let issuer = escape(&issuer(tenant));
    // Entra strips a suffix that makes an identifier unique (Entra ID: AWS Single-Account Access tutorial).
    let audience = escape(app.identifier.split('#').next().unwrap_or_default());
    let recipient = escape(&app.reply_url);
    let mut attributes = String::new();
    let defaults = [
        (
            "http://schemas.microsoft.com/identity/claims/tenantid",
            tenant.id.as_str(),
        ),
        (
            "http://schemas.microsoft.com/identity/claims/objectidentifier",
            user.get("objectid"),
        ),
        (
            "http://schemas.microsoft.com/identity/claims/displayname",
            user.get("displayname"),
        ),
    ];
    let mut attribute = |name: &str, values: &[String]| {
        if values.is_empty() {
            return;
        }
        let inside: String = values
            .iter()
            .map(|v| format!("<AttributeValue>{}</AttributeValue>", escape(v)))
            .collect();
        attributes.push_str(&format!(
            "<Attribute Name=\"{}\">{inside}</Attribute>",
            escape(name)
        ));
    };
    for (name, value) in defaults {
        attribute(name, &[value.to_owned()]);
    }
    for claim in &app.claims {
        let name = if claim.namespace.is_empty() {
            claim.name.clone()
        } else {
            format!("{}/{}", claim.namespace, claim.name)
        };
        attribute(&name, &values(claim, user, app));
    }
    let format = match app.name_id.format.as_str() {
        "Persistent" => "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
        "Email address" => "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
        "Unspecified" => "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
        _ => "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
    };
    let rule = Claim {
        name: String::new(),
        namespace: String::new(),
        source: app.name_id.source.clone(),
    };
    let name_id = values(&rule, user, app)
        .first()
        .map(|v| format!("<NameID Format=\"{format}\">{}</NameID>", escape(v)))
        .unwrap_or_default();
    let end = match app.shape {
        Shape::WithoutEnd => String::new(),
        Shape::Ordinary | Shape::Refusal | Shape::Twice => format!(" NotOnOrAfter=\"{until}\""),
    };
    let mut assertion = format!(
        "<Assertion ID=\"{assertion_id}\" IssueInstant=\"{at}\" Version=\"2.0\" xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"><Issuer>{issuer}</Issuer><Subject>{name_id}<SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"><SubjectConfirmationData{end} Recipient=\"{recipient}\"/></SubjectConfirmation></Subject><Conditions NotBefore=\"{at}\" NotOnOrAfter=\"{until}\"><AudienceRestriction><Audience>{audience}</Audience></AudienceRestriction></Conditions><AttributeStatement>{attributes}</AttributeStatement><AuthnStatement AuthnInstant=\"{at}\" SessionIndex=\"{assertion_id}\"><AuthnContext><AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</AuthnContextClassRef></AuthnContext></AuthnStatement></Assertion>"
    );
    if app.shape == Shape::Twice {
        assertion.push_str(&assertion.replace(&assertion_id, &format!("{assertion_id}b")));
    }
    if app.encrypt {
        let noise = STANDARD.encode(assertion.bytes().map(|b| b ^ 0x5a).collect::<Vec<u8>>());
        assertion = format!(
            "<EncryptedAssertion xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"><xenc:EncryptedData xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\" Type=\"http://www.w3.org/2001/04/xmlenc#Element\"><xenc:EncryptionMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#aes256-cbc\"/><xenc:CipherData><xenc:CipherValue>{noise}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData></EncryptedAssertion>"
        );
    }
    let mut xml = format!(
        "<samlp:Response ID=\"{response_id}\" Version=\"2.0\" IssueInstant=\"{at}\" Destination=\"{recipient}\" xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\"><Issuer xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">{issuer}</Issuer><samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:{}\"/></samlp:Status>{}</samlp:Response>",
        if app.shape == Shape::Refusal {
            "Responder"
        } else {
            "Success"
        },
        if app.shape != Shape::Refusal {
            assertion.as_str()
        } else {
            ""
        }
    );
    let key = app
        .keys
        .get(app.active)
        .ok_or("the application has no signing certificate")?;
    if matches!(app.signing, Signing::Assertion | Signing::Both)
        && !app.encrypt
        && app.shape != Shape::Refusal
    {
        xml = sign(&xml, &assertion_id, key)?;
    }
    if matches!(app.signing, Signing::Response | Signing::Both) {
        xml = sign(&xml, &response_id, key)?;
    }
    Ok(STANDARD.encode(xml))
}

/// Signs the element with that ID; inner elements have to be signed before outer ones.
pub fn sign(xml: &str, id: &str, key: &SigningKey) -> Result<String, String> {
    let start = xml
        .find(&format!("ID=\"{id}\""))
        .ok_or("no element with that ID")?;
    let issuer_end = xml
        .get(start..)
        .and_then(|rest| {
            rest.find("</Issuer>")
                .or_else(|| rest.find("</saml:Issuer>"))
                .map(|at| (at, rest))
        })
        .and_then(|(at, rest)| rest.get(at..)?.find('>').map(|close| start + at + close + 1))
        .ok_or("no Issuer in that element")?;
    let template = format!(
        "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/><ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"/><ds:Reference URI=\"#{id}\"><ds:Transforms><ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/><ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/></ds:Transforms><ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><ds:DigestValue></ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue></ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>",
        STANDARD.encode(&key.certificate)
    );
    let (before, after) = xml.split_at(issuer_end);
    let data =
        KeyData::from_pkcs8_der(kryptering::KeyAlgorithm::Rsa, &key.pkcs8).map_err(|e| e.to_string())?;
    let mut keys = KeysManager::new();
    keys.add_key(Key::new(data, KeyUsage::Sign));
    bergshamra::dsig::sign::sign_owned(&DsigContext::new(keys), format!("{before}{template}{after}"))
        .map_err(|e| e.to_string())
}
