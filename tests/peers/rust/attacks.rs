//! The attack set before other implementations: the crates `saml` and `xml-sec`, and xmlsec1 where it is installed.
//!
//! `saml` answers the same question as ours: who signed in? xml-sec and xmlsec1 answer a smaller one: is this
//! element, or is this signature, genuine? A document in which the genuine part is still there, and another part
//! is what would be read, is fine by them; there ours refuses alone, and the tables say so case by case.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claimbridge_core::saml::certificate::Certificate;
use claimbridge_core::saml::response::Response;
use claimbridge_core::saml::signature::{Pinned, verify};
use claimbridge_core::time::parse_instant;
use claimbridge_practice::SigningKey;
use made::{ACS, ALICE, AT, ISSUER, Made};
use std::process::Command;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

#[path = "../../../src-tauri/practice/tests/attacks/made.rs"]
mod made;

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::new("honest", 365).unwrap());
static STRANGER: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::new("stranger", 365).unwrap());
static SET: LazyLock<Vec<Made>> = LazyLock::new(|| made::all(&KEY, &STRANGER));

/// Who signed in, as ours says.
fn ours(bytes: &[u8]) -> Option<String> {
    let certificate = Certificate::from_der(KEY.certificate().to_vec()).unwrap();
    let pinned = Pinned::new([&certificate]).unwrap();
    let response = Response::decode(STANDARD.encode(bytes).as_bytes()).ok()?;
    let verified = verify(&response, &pinned).ok()?;
    Some(verified.assertion().name_id.as_ref()?.value.clone())
}

/// Who signed in, as the crate `saml` says.
fn by_saml(bytes: &[u8]) -> Option<String> {
    use saml::binding::{Endpoint, SsoResponseBinding, SsoResponseEndpoint};
    use saml::replay::ReplayMode;
    use saml::sp::{ConsumeResponse, ServiceProvider, ServiceProviderConfig, SpWantSigned};
    use saml::{
        DigestAlgorithm, IdpDescriptor, NameIdFormat, PeerCryptoPolicy, SignatureAlgorithm, X509Certificate,
    };
    let idp = IdpDescriptor {
        entity_id: ISSUER.into(),
        sso_endpoints: vec![Endpoint::post("https://idp.example/sso", 0, true)],
        slo_endpoints: vec![],
        artifact_resolution_endpoints: vec![],
        signing_certs: vec![X509Certificate::from_der(KEY.certificate()).unwrap()],
        encryption_certs: vec![],
        supported_name_id_formats: vec![NameIdFormat::Persistent],
        want_authn_requests_signed: false,
        valid_until: None,
        cache_duration: None,
    };
    let provider = ServiceProvider::new(ServiceProviderConfig {
        entity_id: ACS.into(),
        acs: vec![SsoResponseEndpoint::post(ACS, 0, true)],
        slo: vec![],
        name_id_formats: vec![NameIdFormat::Persistent],
        signing_key: None,
        decryption_key: None,
        sign_authn_requests: false,
        want_signed: SpWantSigned {
            response: false,
            assertions: false,
        },
        allow_unsolicited: true,
        default_peer_crypto_policy: PeerCryptoPolicy::strong_defaults(),
        outbound_signature_algorithm: SignatureAlgorithm::RsaSha256,
        outbound_digest_algorithm: DigestAlgorithm::Sha256,
    })
    .unwrap();
    let at = u64::try_from(parse_instant(AT).unwrap().unix_timestamp()).unwrap();
    let identity = provider
        .consume_response(ConsumeResponse {
            idp: &idp,
            peer_crypto_policy: None,
            saml_response: bytes,
            binding: SsoResponseBinding::HttpPost,
            relay_state: None,
            tracker: None,
            expected_destination: ACS,
            now: SystemTime::UNIX_EPOCH + Duration::from_secs(at + 1),
            clock_skew: Duration::from_secs(60),
            replay_cache: None,
            replay_mode: ReplayMode::All,
            holder_of_key_cert: None,
        })
        .ok()?;
    Some(identity.name_id().value.clone())
}

/// Whether xml-sec takes the element of this id for genuine.
fn by_xml_sec(bytes: &[u8], id: &str) -> bool {
    use x509_parser::prelude::{FromDer, X509Certificate};
    use xml_sec::policy::{PolicyCompileContext, PolicyCompiler, PolicyProfile};
    use xml_sec::provider::RustCryptoProvider;
    use xml_sec::xmldsig::{SignatureAlgorithm, VerificationKey, VerificationRequest};
    use xml_sec::{XmlSecurity, api::Operation};
    let Ok(text) = String::from_utf8(bytes.to_vec()) else {
        return false;
    };
    let provider = RustCryptoProvider;
    let context = PolicyCompileContext {
        external_resources: false,
        target_evidence: true,
    };
    let policies = PolicyCompiler::new(PolicyProfile::Modern, &provider, None)
        .unwrap()
        .compile(&context)
        .unwrap();
    let security = XmlSecurity::new(&policies, &provider).unwrap();
    let (_, parsed) = X509Certificate::from_der(KEY.certificate()).unwrap();
    let key = VerificationKey {
        algorithm: SignatureAlgorithm::RsaSha256,
        public_key_bytes: parsed.public_key().raw.to_vec(),
        certificate_der: None,
        name: None,
    };
    let Ok(document) = security.parse_document(text, Operation::Verify) else {
        return false;
    };
    let Some(target) = document.with_view(|view| view.node_for_id(id, &[])) else {
        return false;
    };
    let request = VerificationRequest {
        expected_targets: &[target],
        ..VerificationRequest::default()
    };
    let Ok(evidence) = security.verifier().unwrap().key(&key).verify(&document, &request) else {
        return false;
    };
    evidence.accepted(&document).unwrap_or(false)
}

/// Whether xmlsec1 takes the first signature of the document; None where it is not installed.
fn by_xmlsec1(folder: &std::path::Path, bytes: &[u8]) -> Option<bool> {
    let (document, pem) = (folder.join("d.xml"), folder.join("c.pem"));
    let text = STANDARD.encode(KEY.certificate());
    let lines: Vec<&str> = (0..text.len())
        .step_by(64)
        .map(|i| &text[i..text.len().min(i + 64)])
        .collect();
    let text = format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        lines.join("\n")
    );
    std::fs::write(&document, bytes).unwrap();
    std::fs::write(&pem, text).unwrap();
    let mut command = Command::new("xmlsec1");
    command.args([
        "--verify",
        "--enabled-key-data",
        "rsa,x509",
        "--enabled-reference-uris",
        "same-doc",
    ]);
    for name in ["assertion:Assertion", "protocol:Response"] {
        command.args(["--id-attr:ID", &format!("urn:oasis:names:tc:SAML:2.0:{name}")]);
    }
    let done = command.arg("--pubkey-cert-pem").arg(&pem).arg(&document).output();
    done.ok().map(|out| out.status.success())
}

/// Cases in which somebody else says otherwise than the set, under the reason for it.
type Known = &'static [(&'static str, &'static [&'static str])];

/// A case that is not known fails, and so does one that is known and does not differ any more.
fn compare(peer: &str, known: Known, verdict: impl Fn(&Made) -> bool) {
    let mut differing: Vec<&str> = SET
        .iter()
        .filter(|made| verdict(made) != made.genuine)
        .map(|made| made.what)
        .collect();
    let mut expected: Vec<&str> = known
        .iter()
        .flat_map(|(_, cases)| cases.iter().copied())
        .collect();
    differing.sort_unstable();
    expected.sort_unstable();
    assert_eq!(
        differing, expected,
        "{peer} differs from the set otherwise than is known"
    );
}

#[test]
fn ours_accepts_what_was_signed_and_nothing_else() {
    compare("ours", &[], |made| ours(&made.bytes).as_deref() == Some(ALICE));
    for made in SET.iter() {
        assert!(
            matches!(ours(&made.bytes).as_deref(), None | Some(ALICE)),
            "{}",
            made.what
        );
    }
}

#[test]
fn saml_is_never_fooled_and_differs_where_it_is_known() {
    for made in SET.iter() {
        let who = by_saml(&made.bytes);
        // Of a name with a comment in it `saml` reads the whole, which is what was signed.
        let whole = "admin@contoso.example.evil.example";
        let honest = who.as_deref().is_none_or(|w| w == ALICE || w == whole);
        assert!(honest, "{}: {who:?}", made.what);
    }
    compare("saml", SAML_DIFFERS, |made| by_saml(&made.bytes).is_some());
}

const SAML_DIFFERS: Known = &[
    (
        "it reads the whole text around a comment, which is what was signed",
        &[
            "a comment in Audience",
            "a comment in Issuer",
            "a comment in a NameID that was signed without",
            "a comment that was signed",
        ],
    ),
    (
        "what stands outside of the signed assertion is nothing to it",
        &["an unsigned assertion in a foreign element"],
    ),
    ("to it only ID is an id", &["same as id"]),
    (
        "its parser lets it pass, outside of what is signed",
        &[
            "a declaration in the middle",
            "one attribute under two prefixes",
            "text behind the root",
        ],
    ),
    (
        "it takes the first SignedInfo, which is the honest one",
        &["two SignedInfo, the other behind"],
    ),
    ("it takes UTF-8 alone", &["UTF-16"]),
    (
        "it compares Destination, which AWS is not known to do",
        &["another destination outside"],
    ),
];

#[test]
fn xml_sec_answers_for_one_element() {
    compare("xml-sec", XML_SEC_DIFFERS, |made| {
        by_xml_sec(&made.bytes, "_a") || by_xml_sec(&made.bytes, "_r")
    });
}

const XML_SEC_DIFFERS: Known = &[
    (
        "the signed element is there, whole; what else stands there and is read is not its question",
        &[
            "XSW1 the signed response inside an unsigned one",
            "XSW2 the signature of a response, detached",
            "XSW3 the other assertion first",
            "XSW3 the other assertion last",
            "XSW4 the signed assertion at the other's end",
            "XSW4 the signed assertion inside the other",
            "XSW5 the signature in the other, the signed one behind",
            "XSW7 the signed one in Extensions",
            "an unsigned assertion in a foreign element",
            "assertion alone",
            "in a SOAP envelope",
            "in an ArtifactResponse",
            "signed one hidden by references in namespaces",
            "the other assertion in the default namespace",
            "the other assertion with another prefix",
            "the signature in Extensions",
            "the signature in Subject",
            "the signature moved to the response",
            "wrapped in Advice",
            "wrapped in EncryptedAssertion",
            "wrapped in StatusDetail",
            "wrapped in SubjectConfirmationData",
            "wrapped in an AttributeValue",
            "response in a look-alike namespace",
        ],
    ),
    (
        "a comment is not signed, and what a reader makes of the text around it is not its question",
        &[
            "a comment in Audience",
            "a comment in Issuer",
            "a comment in a NameID that was signed without",
            "a comment that was signed",
        ],
    ),
    (
        "it takes UTF-8 without a byte order mark",
        &["UTF-16", "a byte order mark"],
    ),
];

#[test]
fn xmlsec1_answers_for_one_signature() {
    let folder = std::env::temp_dir().join(format!("claimbridge-peers-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    if by_xmlsec1(&folder, b"<x/>").is_none() {
        println!("xmlsec1 is not installed: it was not asked");
        return;
    }
    compare("xmlsec1", XMLSEC1_DIFFERS, |made| {
        by_xmlsec1(&folder, &made.bytes) == Some(true)
    });
    std::fs::remove_dir_all(&folder).unwrap();
}

const XMLSEC1_DIFFERS: Known = &[
    (
        "the signed element is there, whole; what else stands there and is read is not its question",
        &[
            "XSW1 the signed response inside an unsigned one",
            "XSW2 the signature of a response, detached",
            "XSW3 the other assertion first",
            "XSW3 the other assertion last",
            "XSW4 the signed assertion at the other's end",
            "XSW4 the signed assertion inside the other",
            "XSW5 the signature in the other, the signed one behind",
            "XSW7 the signed one in Extensions",
            "an unsigned assertion in a foreign element",
            "assertion alone",
            "in a SOAP envelope",
            "in an ArtifactResponse",
            "signed one hidden by references in namespaces",
            "the other assertion in the default namespace",
            "the other assertion with another prefix",
            "the signature in Extensions",
            "the signature in Subject",
            "the signature moved to the response",
            "wrapped in Advice",
            "wrapped in EncryptedAssertion",
            "wrapped in StatusDetail",
            "wrapped in SubjectConfirmationData",
            "wrapped in an AttributeValue",
        ],
    ),
    (
        "a comment is not signed, and what a reader makes of the text around it is not its question",
        &[
            "a comment in Audience",
            "a comment in Issuer",
            "a comment in a NameID that was signed without",
            "a comment that was signed",
        ],
    ),
    (
        "it reads a DTD, and loads nothing from elsewhere",
        &[
            "a DTD",
            "a DTD that makes ids",
            "a parameter entity",
            "an external DTD",
        ],
    ),
    ("it was told of ID alone", &["same as id"]),
    (
        "libxml2 reports the prefix and goes on",
        &["an undeclared prefix"],
    ),
    ("it sets no limit to depth", &["nested 10,000 deep"]),
];
