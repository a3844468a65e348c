//! The crate `xml-sec`, asked about one element.

use super::Trust;
use ::xml_sec::policy::{PolicyCompileContext, PolicyCompiler, PolicyProfile};
use ::xml_sec::provider::RustCryptoProvider;
use ::xml_sec::xmldsig::{SignatureAlgorithm, VerificationKey, VerificationRequest};
use ::xml_sec::{XmlSecurity, api::Operation};
use x509_parser::prelude::{FromDer, X509Certificate};

/// RSA with each digest that ours accepts.
const ALGORITHMS: [SignatureAlgorithm; 4] = [
    SignatureAlgorithm::RsaSha256,
    SignatureAlgorithm::RsaSha1,
    SignatureAlgorithm::RsaSha384,
    SignatureAlgorithm::RsaSha512,
];

/// Why an element is not genuine to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It takes UTF-8 alone.
    Encoding,
    /// Its parser does not take the document; its words.
    Unread(String),
    /// No element has one of the ids, or several have.
    NoSuchElement,
    /// It verified nothing; its words on each signature, under the last key.
    Unverified(Vec<String>),
}

/// Whether one of the elements with these ids is genuine.
pub fn ask(document: &[u8], trust: &Trust, ids: &[String]) -> Result<(), Refusal> {
    let text = String::from_utf8(document.to_vec()).map_err(|_| Refusal::Encoding)?;
    // A key is for one algorithm.
    let algorithms = ALGORITHMS.into_iter().filter(|a| text.contains(a.uri()));
    let algorithms: Vec<SignatureAlgorithm> = algorithms.collect();
    let provider = RustCryptoProvider;
    let context = PolicyCompileContext {
        external_resources: false,
        target_evidence: true,
    };
    let profile = if trust.old {
        PolicyProfile::XmlSecCompatible
    } else {
        PolicyProfile::Modern
    };
    let policies = PolicyCompiler::new(profile, &provider, None)
        .unwrap()
        .compile(&context)
        .unwrap();
    let security = XmlSecurity::new(&policies, &provider).unwrap();
    let document = security
        .parse_document(text, Operation::Verify)
        .map_err(|error| Refusal::Unread(error.to_string()))?;
    let mut refusal = Refusal::NoSuchElement;
    for id in ids {
        let Some(target) = document.with_view(|view| view.node_for_id(id, &[])) else {
            continue;
        };
        let request = VerificationRequest {
            expected_targets: &[target],
            ..VerificationRequest::default()
        };
        for certificate in &trust.certificates {
            let Ok((_, parsed)) = X509Certificate::from_der(certificate) else {
                continue;
            };
            for algorithm in algorithms.iter().copied() {
                let key = VerificationKey {
                    algorithm,
                    public_key_bytes: parsed.public_key().raw.to_vec(),
                    certificate_der: None,
                    name: None,
                };
                match security.verifier().unwrap().key(&key).verify(&document, &request) {
                    Ok(evidence) if evidence.accepted(&document).unwrap_or(false) => return Ok(()),
                    Ok(evidence) => {
                        let said = evidence.signatures().iter().map(|s| match s.result() {
                            Ok(result) => format!("{:?}", result.status),
                            Err(error) => error.to_string(),
                        });
                        refusal = Refusal::Unverified(said.collect());
                    }
                    Err(error) => refusal = Refusal::Unverified(vec![error.to_string()]),
                }
            }
        }
    }
    Err(refusal)
}
