//! Federation metadata of an identity provider: read as a stream, hardened, and told apart from
//! the many other files that people hand in.

use super::certificate::{BadCertificate, Certificate};
use super::xml::{Ns, Token, Walk, XmlError, attribute};
use super::{Encoding, NotText, to_utf8};
use serde::Serialize;
use std::borrow::Cow;
use std::fmt;
use std::io::BufRead;

/// IAM's limits on a metadata document, in characters (CreateSAMLProvider).
pub const IAM_LENGTH: std::ops::RangeInclusive<usize> = 1000..=10_000_000;

const SAML2: &str = "urn:oasis:names:tc:SAML:2.0:protocol";

/// What an identity provider says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FederationMetadata {
    /// The `Issuer` of its assertions.
    pub entity_id: String,
    /// Where people are sent, by binding.
    pub sso: Vec<SingleSignOn>,
    /// Certificates that may sign, each once, in the order of the document.
    pub signing_certificates: Vec<Certificate>,
    /// Signing certificates that cannot be read.
    #[serde(skip)]
    pub bad_certificates: Vec<BadCertificate>,
    /// The document's own `validUntil`, which IAM ignores (IAM: create a SAML provider).
    #[serde(skip)]
    pub valid_until: Option<String>,
    /// How the file was encoded; IAM gets UTF-8 without a byte order mark.
    #[serde(skip)]
    pub encoding: MetadataEncoding,
    /// Length in characters, where the whole document was read.
    #[serde(skip)]
    pub characters: usize,
}

/// [`Encoding`] with a default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum MetadataEncoding {
    /// As IAM wants it.
    #[default]
    Plain,
    /// Had to be written anew for IAM.
    Converted,
}

/// One `SingleSignOnService`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SingleSignOn {
    /// The binding's last part: `HTTP-Redirect`, `HTTP-POST`.
    pub binding: String,
    /// The address.
    pub location: String,
}

/// What an aggregate of a whole federation holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Aggregate {
    /// Entities.
    pub entities: usize,
    /// Those that are identity providers for SAML 2.0.
    pub identity_providers: usize,
}

/// Why a file is not the metadata of an identity provider, and what it is instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MetadataError {
    /// A federation's aggregate, and no entity was chosen from it.
    Aggregate(Aggregate),
    /// A lone certificate, PEM or base64.
    Certificate,
    /// Nothing in it.
    Empty,
    /// An identity provider without an entity ID.
    EntityIdMissing,
    /// The aggregate does not hold the entity that was asked for.
    EntityNotFound {
        /// As asked.
        wanted: String,
        /// What is there.
        aggregate: Aggregate,
    },
    /// A web page, most often a sign-in page saved instead of the file.
    Html,
    /// An identity provider, but not for SAML 2.0.
    NotSaml2,
    /// No usable signing certificate.
    NoSigningCertificate {
        /// Only certificates for encryption are there.
        encryption_only: bool,
        /// Why those that are there cannot be used.
        bad: Vec<BadCertificate>,
    },
    /// An entity that is neither identity provider nor service provider.
    NoRole {
        /// Whose.
        entity_id: String,
    },
    /// An XML document of another kind.
    OtherXml {
        /// Its root element.
        root: String,
    },
    /// A SAML response or assertion.
    Response,
    /// The metadata of an application, AWS's for example.
    ServiceProvider {
        /// Whose.
        entity_id: String,
    },
    /// Outside IAM's limits.
    Size {
        /// Characters.
        found: usize,
    },
    /// Neither UTF-8 nor UTF-16.
    Text(NotText),
    /// Not XML, or not safe.
    Xml(XmlError),
    /// A ZIP archive.
    Zip,
}

impl From<XmlError> for MetadataError {
    fn from(error: XmlError) -> Self {
        match error {
            XmlError::Empty => MetadataError::Empty,
            other => MetadataError::Xml(other),
        }
    }
}

impl MetadataError {
    /// What the file is, or lacks: one sentence.
    pub fn what(&self) -> String {
        match self {
            MetadataError::Aggregate(a) if a.identity_providers == 0 => format!(
                "This is the metadata of {} applications and no identity provider.",
                a.entities
            ),
            MetadataError::Aggregate(a) => format!(
                "This is the metadata of a whole federation: {} entities, {} of them identity providers.",
                a.entities, a.identity_providers
            ),
            MetadataError::Certificate => "This is a certificate, not the metadata that contains it.".into(),
            MetadataError::Empty => "The file is empty.".into(),
            MetadataError::EntityIdMissing => "The metadata has no entityID.".into(),
            MetadataError::EntityNotFound { wanted, aggregate } => format!(
                "“{wanted}” is not an identity provider among the {} entities of this file.",
                aggregate.entities
            ),
            MetadataError::Html => {
                "This is a web page, most likely a sign-in page that was saved instead of the file.".into()
            }
            MetadataError::NotSaml2 => "This identity provider does not offer SAML 2.0 in this file.".into(),
            MetadataError::NoSigningCertificate {
                encryption_only: true,
                ..
            } => "The metadata has a certificate for encryption but none for signing.".into(),
            MetadataError::NoSigningCertificate { bad, .. } => {
                let reasons: String = bad.iter().map(|why| format!("; {why}")).collect();
                format!("The metadata has no usable signing certificate{reasons}.")
            }
            MetadataError::NoRole { entity_id } => {
                format!("“{entity_id}” is neither an identity provider nor an application.")
            }
            MetadataError::OtherXml { root } => {
                format!("This is XML, but not SAML metadata: its root is “{root}”.")
            }
            MetadataError::Response => "This is a sign-in response, not metadata.".into(),
            MetadataError::ServiceProvider { entity_id } => format!(
                "This is the metadata of an application (“{entity_id}”), not of an identity provider."
            ),
            MetadataError::Size { found } => format!(
                "The document has {found} characters; IAM takes {} to {}.",
                IAM_LENGTH.start(),
                IAM_LENGTH.end()
            ),
            MetadataError::Text(error) => format!("This is not a text file: {error}."),
            MetadataError::Xml(error) => format!("The file cannot be read: {error}."),
            MetadataError::Zip => "This is a ZIP archive.".into(),
        }
    }

    /// What to do next.
    pub fn remedy(&self) -> &'static str {
        match self {
            MetadataError::Aggregate(a) if a.identity_providers > 0 => {
                "IAM takes one identity provider: download the metadata of your application alone."
            }
            MetadataError::EntityNotFound { .. } => "Compare the entity ID character by character.",
            MetadataError::Response => {
                "Test it as a sign-in; here, choose the federation metadata XML of the application."
            }
            MetadataError::Size { found } if found < IAM_LENGTH.start() => {
                "It is probably cut off: download it again."
            }
            MetadataError::Zip => "Unpack it and choose the XML file in it.",
            _ => "Download the federation metadata XML of the application from the identity provider.",
        }
    }
}

impl fmt::Display for MetadataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.what(), self.remedy())
    }
}

impl std::error::Error for MetadataError {}

impl FederationMetadata {
    /// Reads one identity provider's metadata. `entity_id` picks one from an aggregate.
    ///
    /// # Errors
    /// [`MetadataError`] says what the file is instead.
    pub fn parse(bytes: &[u8], entity_id: Option<&str>) -> Result<FederationMetadata, MetadataError> {
        classify(bytes)?;
        let (text, encoding) = to_utf8(bytes).map_err(MetadataError::Text)?;
        let mut metadata = read(text.as_bytes(), entity_id)?;
        metadata.characters = text.chars().count();
        if encoding != Encoding::Utf8 {
            metadata.encoding = MetadataEncoding::Converted;
        }
        Ok(metadata)
    }

    /// The document as IAM takes it: UTF-8 without a byte order mark, within IAM's limits.
    ///
    /// # Errors
    /// [`MetadataError::Size`] and everything [`FederationMetadata::parse`] says.
    pub fn for_iam(bytes: &[u8]) -> Result<(String, FederationMetadata), MetadataError> {
        if bytes.len() > IAM_LENGTH.end() * 4 {
            return Err(MetadataError::Size { found: bytes.len() });
        }
        let metadata = FederationMetadata::parse(bytes, None)?;
        if !IAM_LENGTH.contains(&metadata.characters) {
            return Err(MetadataError::Size {
                found: metadata.characters,
            });
        }
        let (text, _) = to_utf8(bytes).map_err(MetadataError::Text)?;
        Ok((text.into_owned(), metadata))
    }

    /// The Entra tenant that an entity ID of Entra's form names.
    pub fn entra_tenant(&self) -> Option<&str> {
        self.entity_id
            .strip_prefix("https://sts.windows.net/")
            .map(|t| t.trim_end_matches('/'))
    }
}

/// Tells files apart that are no XML at all.
fn classify(bytes: &[u8]) -> Result<(), MetadataError> {
    if bytes.starts_with(b"PK\x03\x04") {
        return Err(MetadataError::Zip);
    }
    let head: String = to_utf8(bytes.get(..4096).unwrap_or(bytes))
        .map(|(t, _)| t.into_owned())
        .unwrap_or_else(|_| String::from_utf8_lossy(bytes.get(..4096).unwrap_or(bytes)).into_owned());
    let head = head.trim_start();
    let lower = head.to_ascii_lowercase();
    if head.is_empty() {
        Err(MetadataError::Empty)
    } else if lower.starts_with("<!doctype html") || lower.starts_with("<html") {
        Err(MetadataError::Html)
    } else if is_certificate(head, bytes) {
        Err(MetadataError::Certificate)
    } else {
        Ok(())
    }
}

/// PEM, its base64 alone, or DER.
fn is_certificate(head: &str, bytes: &[u8]) -> bool {
    let text = head.starts_with("-----BEGIN") || (head.starts_with("MII") && !head.contains('<'));
    text || (!head.starts_with('<') && Certificate::from_der(bytes.to_vec()).is_ok())
}

/// Reads a stream of UTF-8. Memory stays small however long it is: only the entity that is asked
/// for, or the only one, is kept.
///
/// # Errors
/// [`MetadataError`].
pub fn read(source: impl BufRead, entity_id: Option<&str>) -> Result<FederationMetadata, MetadataError> {
    let mut walk = Walk::new(source);
    let mut buffer = Vec::with_capacity(8192);
    let mut aggregate: Option<Aggregate> = None;
    let mut entity = Entity::default();
    let mut chosen: Option<Entity> = None;
    let mut inside = Inside::default();
    let mut entities = 0;
    loop {
        match walk.next(&mut buffer)? {
            Token::Open { ns, element } => {
                let depth = walk.depth();
                let name = element.local_name();
                let name = name.as_ref();
                match (ns, name) {
                    (Ns::Md, "EntitiesDescriptor") => {
                        aggregate.get_or_insert(Aggregate {
                            entities: 0,
                            identity_providers: 0,
                        });
                    }
                    (Ns::Md, "EntityDescriptor") => {
                        entities += 1;
                        entity.start(
                            &attribute(&element, "entityID")?.unwrap_or_default(),
                            attribute(&element, "validUntil")?.map(Cow::into_owned),
                        );
                        entity.keep = match entity_id {
                            None => aggregate.is_none(),
                            Some(wanted) => wanted == entity.entity_id,
                        };
                        inside = Inside {
                            entity: depth,
                            ..Inside::default()
                        };
                    }
                    (Ns::Md, "IDPSSODescriptor") if inside.entity > 0 => {
                        let protocols =
                            attribute(&element, "protocolSupportEnumeration")?.unwrap_or_default();
                        if protocols.split_whitespace().any(|p| p == SAML2) {
                            entity.saml2 = true;
                            inside.role = depth;
                        } else {
                            entity.other_protocol = true;
                        }
                    }
                    (Ns::Md, "SPSSODescriptor") => entity.service_provider = true,
                    (Ns::Md, "KeyDescriptor") if inside.role > 0 && entity.keep => {
                        inside.encryption = attribute(&element, "use")?.as_deref() == Some("encryption");
                        inside.key = depth;
                    }
                    (Ns::Ds, "X509Certificate") if inside.key > 0 => {
                        inside.certificate = depth;
                        entity.certificate.clear();
                    }
                    (Ns::Md, "SingleSignOnService") if inside.role > 0 && entity.keep => {
                        let binding = attribute(&element, "Binding")?.unwrap_or_default();
                        entity.sso.push(SingleSignOn {
                            binding: binding.rsplit(':').next().unwrap_or_default().to_owned(),
                            location: attribute(&element, "Location")?.unwrap_or_default().into_owned(),
                        });
                    }
                    _ if depth == 1 => {
                        return Err(match (ns, name) {
                            (Ns::Samlp | Ns::Saml, _) => MetadataError::Response,
                            (_, "html" | "HTML") => MetadataError::Html,
                            _ => MetadataError::OtherXml {
                                root: name.chars().take(80).collect(),
                            },
                        });
                    }
                    _ => {}
                }
            }
            Token::Text(text) => {
                if inside.certificate > 0 {
                    entity.certificate.push_str(&text);
                }
            }
            Token::Close => {
                let depth = walk.depth() + 1;
                if depth == inside.certificate {
                    inside.certificate = 0;
                    entity.take_certificate(inside.encryption);
                } else if depth == inside.key {
                    inside.key = 0;
                } else if depth == inside.role {
                    inside.role = 0;
                } else if depth == inside.entity {
                    inside.entity = 0;
                    if let Some(aggregate) = &mut aggregate {
                        aggregate.entities += 1;
                        aggregate.identity_providers += usize::from(entity.saml2);
                    }
                    if entity.keep && chosen.as_ref().is_none_or(|c| !c.saml2) {
                        chosen = Some(std::mem::take(&mut entity));
                    }
                }
            }
            Token::Aside => {}
            Token::End => break,
        }
    }
    match (chosen, aggregate, entity_id) {
        (Some(entity), _, _) => entity.finish(),
        (None, Some(aggregate), Some(wanted)) => Err(MetadataError::EntityNotFound {
            wanted: wanted.to_owned(),
            aggregate,
        }),
        (None, Some(aggregate), None) => Err(MetadataError::Aggregate(aggregate)),
        (None, None, Some(wanted)) if entities > 0 => Err(MetadataError::EntityNotFound {
            wanted: wanted.to_owned(),
            aggregate: Aggregate {
                entities,
                identity_providers: 0,
            },
        }),
        (None, None, _) => Err(MetadataError::Empty),
    }
}

/// Depths at which the elements that matter were opened; 0 where they are not open.
#[derive(Default)]
struct Inside {
    entity: usize,
    role: usize,
    key: usize,
    certificate: usize,
    encryption: bool,
}

#[derive(Default)]
struct Entity {
    entity_id: String,
    valid_until: Option<String>,
    keep: bool,
    saml2: bool,
    other_protocol: bool,
    service_provider: bool,
    sso: Vec<SingleSignOn>,
    certificate: String,
    certificates: Vec<Certificate>,
    bad: Vec<BadCertificate>,
    encryption_only: bool,
}

impl Entity {
    /// Begins anew with the memory of the one before.
    fn start(&mut self, entity_id: &str, valid_until: Option<String>) {
        let mut text = std::mem::take(&mut self.entity_id);
        text.clear();
        text.push_str(entity_id);
        *self = Entity {
            entity_id: text,
            valid_until,
            certificate: std::mem::take(&mut self.certificate),
            ..Entity::default()
        };
    }

    fn take_certificate(&mut self, encryption: bool) {
        if encryption {
            self.encryption_only = true;
            return;
        }
        match Certificate::from_base64(&self.certificate) {
            Ok(c) if self.certificates.iter().any(|known| known.sha256 == c.sha256) => {}
            Ok(c) => self.certificates.push(c),
            Err(why) => self.bad.push(why),
        }
    }

    fn finish(self) -> Result<FederationMetadata, MetadataError> {
        if !self.saml2 {
            return Err(if self.other_protocol {
                MetadataError::NotSaml2
            } else if self.service_provider {
                MetadataError::ServiceProvider {
                    entity_id: self.entity_id,
                }
            } else {
                MetadataError::NoRole {
                    entity_id: self.entity_id,
                }
            });
        }
        if self.entity_id.is_empty() {
            return Err(MetadataError::EntityIdMissing);
        }
        if self.certificates.is_empty() {
            return Err(MetadataError::NoSigningCertificate {
                encryption_only: self.encryption_only && self.bad.is_empty(),
                bad: self.bad,
            });
        }
        Ok(FederationMetadata {
            entity_id: self.entity_id,
            sso: self.sso,
            signing_certificates: self.certificates,
            bad_certificates: self.bad,
            valid_until: self.valid_until,
            encoding: MetadataEncoding::Plain,
            characters: 0,
        })
    }
}
