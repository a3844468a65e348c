//! The SAML response and the federation metadata of a practised identity provider: what its
//! portal was told, really signed. What differs between vendors comes in as values.

use super::{Shape, Signing};
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

/// What one identity provider publishes about itself.
pub(super) struct Metadata<'a> {
    /// `ID` of the document.
    pub id: &'a str,
    pub entity_id: &'a str,
    /// Where requests go.
    pub sso: &'a str,
    pub keys: Vec<&'a SigningKey>,
    /// In Entra's shape: two WS-Federation roles first, and a logout service.
    pub ws_federation: bool,
}

impl Metadata<'_> {
    /// The document.
    pub fn xml(&self) -> String {
        let keys: String = self
            .keys
            .iter()
            .map(|k| {
                format!(
                    "<KeyDescriptor use=\"signing\"><KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><X509Data><X509Certificate>{}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>",
                    STANDARD.encode(&k.certificate)
                )
            })
            .collect();
        let (sso, mut ws, mut logout) = (escape(self.sso), String::new(), String::new());
        if self.ws_federation {
            ws = ["SecurityTokenServiceType", "ApplicationServiceType"]
                .iter()
                .map(|kind| {
                    format!("<RoleDescriptor xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:fed=\"http://docs.oasis-open.org/wsfed/federation/200706\" xsi:type=\"fed:{kind}\" protocolSupportEnumeration=\"http://docs.oasis-open.org/wsfed/federation/200706\">{keys}</RoleDescriptor>")
                })
                .collect();
            logout = format!(
                "<SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"{sso}\"/>"
            );
        }
        format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><EntityDescriptor ID=\"_{}\" entityID=\"{}\" xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\">{ws}<IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">{keys}{logout}<SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"{sso}\"/><SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"{sso}\"/></IDPSSODescriptor></EntityDescriptor>",
            escape(self.id),
            escape(self.entity_id)
        )
    }
}

/// One attribute; without values it is left out.
pub(super) struct Attribute {
    pub name: String,
    /// URI of the NameFormat, where the vendor sends one.
    pub format: Option<String>,
    pub values: Vec<String>,
}

/// Everything that a response says.
pub(super) struct Message<'a> {
    pub serial: u64,
    pub issued: OffsetDateTime,
    pub minutes: i64,
    pub issuer: &'a str,
    pub recipient: &'a str,
    pub destination: &'a str,
    pub audience: &'a str,
    /// ID of the request that this answers, if one was made.
    pub in_response_to: Option<&'a str>,
    /// Format URI and value.
    pub name_id: Option<(&'a str, String)>,
    pub attributes: Vec<Attribute>,
    pub signing: Signing,
    pub encrypt: bool,
    pub shape: Shape,
    pub key: Option<&'a SigningKey>,
}

impl Message<'_> {
    /// The whole response, base64 as a form carries it.
    pub fn encode(&self) -> Result<String, String> {
        let (response_id, assertion_id) = (
            format!("_r{:032x}", self.serial),
            format!("_a{:032x}", self.serial),
        );
        let mut assertion = self.assertion(&assertion_id);
        if self.shape == Shape::Twice {
            assertion.push_str(&assertion.replace(&assertion_id, &format!("{assertion_id}b")));
        }
        if self.encrypt {
            let noise = STANDARD.encode(assertion.bytes().map(|b| b ^ 0x5a).collect::<Vec<u8>>());
            assertion = format!(
                "<EncryptedAssertion xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"><xenc:EncryptedData xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\" Type=\"http://www.w3.org/2001/04/xmlenc#Element\"><xenc:EncryptionMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#aes256-cbc\"/><xenc:CipherData><xenc:CipherValue>{noise}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData></EncryptedAssertion>"
            );
        }
        let (status, inside) = if self.shape == Shape::Refusal {
            ("Responder", "")
        } else {
            ("Success", assertion.as_str())
        };
        let mut xml = format!(
            "<samlp:Response ID=\"{response_id}\" Version=\"2.0\" IssueInstant=\"{}\" Destination=\"{}\"{} xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\"><Issuer xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">{}</Issuer><samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:{status}\"/></samlp:Status>{inside}</samlp:Response>",
            format_instant(self.issued),
            escape(self.destination),
            self.answers(),
            escape(self.issuer)
        );
        let key = self.key.ok_or("the application has no signing certificate")?;
        if matches!(self.signing, Signing::Assertion | Signing::Both)
            && !self.encrypt
            && self.shape != Shape::Refusal
        {
            xml = sign(&xml, &assertion_id, key)?;
        }
        if matches!(self.signing, Signing::Response | Signing::Both) {
            xml = sign(&xml, &response_id, key)?;
        }
        Ok(STANDARD.encode(xml))
    }

    fn answers(&self) -> String {
        self.in_response_to
            .map(|id| format!(" InResponseTo=\"{}\"", escape(id)))
            .unwrap_or_default()
    }

    fn assertion(&self, id: &str) -> String {
        let at = format_instant(self.issued);
        let until = format_instant(self.issued + Duration::minutes(self.minutes));
        let attributes: String = self.attributes.iter().map(attribute).collect();
        let name_id = self
            .name_id
            .as_ref()
            .filter(|_| self.shape != Shape::WithoutNameId)
            .map(|(format, v)| format!("<NameID Format=\"{}\">{}</NameID>", escape(format), escape(v)))
            .unwrap_or_default();
        let end = match self.shape {
            Shape::WithoutEnd => String::new(),
            Shape::Ordinary | Shape::Refusal | Shape::Twice | Shape::WithoutNameId => {
                format!(" NotOnOrAfter=\"{until}\"")
            }
        };
        format!(
            "<Assertion ID=\"{id}\" IssueInstant=\"{at}\" Version=\"2.0\" xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"><Issuer>{}</Issuer><Subject>{name_id}<SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"><SubjectConfirmationData{end} Recipient=\"{}\"{}/></SubjectConfirmation></Subject><Conditions NotBefore=\"{at}\" NotOnOrAfter=\"{until}\"><AudienceRestriction><Audience>{}</Audience></AudienceRestriction></Conditions><AttributeStatement>{attributes}</AttributeStatement><AuthnStatement AuthnInstant=\"{at}\" SessionIndex=\"{id}\"><AuthnContext><AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</AuthnContextClassRef></AuthnContext></AuthnStatement></Assertion>",
            escape(self.issuer),
            escape(self.recipient),
            self.answers(),
            escape(self.audience)
        )
    }
}

fn attribute(attribute: &Attribute) -> String {
    if attribute.values.is_empty() {
        return String::new();
    }
    let inside: String = attribute
        .values
        .iter()
        .map(|v| format!("<AttributeValue>{}</AttributeValue>", escape(v)))
        .collect();
    let format = attribute
        .format
        .as_ref()
        .map(|f| format!(" NameFormat=\"{}\"", escape(f)))
        .unwrap_or_default();
    format!(
        "<Attribute Name=\"{}\"{format}>{inside}</Attribute>",
        escape(&attribute.name)
    )
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
