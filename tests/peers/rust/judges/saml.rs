//! The crate `saml`, as a whole service provider.

use super::Trust;
use ::saml::binding::{Endpoint, SsoResponseBinding, SsoResponseEndpoint};
use ::saml::replay::{InMemoryReplayCache, ReplayMode};
use ::saml::sp::{
    ConsumeResponse, LoginTrackerPayload, ServiceProvider, ServiceProviderConfig, SpWantSigned,
};
use ::saml::{
    C14nAlgorithm, DigestAlgorithm, Error, IdpDescriptor, LoginTracker, NameIdFormat, PeerCryptoPolicy,
    SignatureAlgorithm, X509Certificate,
};
use std::time::{Duration, SystemTime};

/// What a service provider knows before a response comes.
#[derive(Clone, Debug)]
pub struct Expected {
    pub issuer: String,
    /// Where responses are sent.
    pub acs: String,
    pub audience: String,
    /// The request that was sent.
    pub request: Option<String>,
    pub at: SystemTime,
}

/// Who signed in.
pub fn ask(document: &[u8], trust: &Trust, expected: &Expected) -> Result<String, Error> {
    let idp = IdpDescriptor {
        entity_id: expected.issuer.clone(),
        sso_endpoints: vec![Endpoint::post("https://idp.example/sso", 0, true)],
        slo_endpoints: vec![],
        artifact_resolution_endpoints: vec![],
        signing_certs: trust
            .certificates
            .iter()
            .filter_map(|der| X509Certificate::from_der(der).ok())
            .collect(),
        encryption_certs: vec![],
        supported_name_id_formats: vec![NameIdFormat::Persistent],
        want_authn_requests_signed: false,
        valid_until: None,
        cache_duration: None,
    };
    let acs = SsoResponseEndpoint::post(&expected.acs, 0, true);
    let provider = ServiceProvider::new(ServiceProviderConfig {
        entity_id: expected.audience.clone(),
        acs: vec![acs.clone()],
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
        default_peer_crypto_policy: policy(trust.old),
        outbound_signature_algorithm: SignatureAlgorithm::RsaSha256,
        outbound_digest_algorithm: DigestAlgorithm::Sha256,
    })?;
    let tracker = match &expected.request {
        Some(request) => Some(tracker(request, acs, &idp, expected.at)?),
        None => None,
    };
    let cache = InMemoryReplayCache::new(1);
    let identity = provider.consume_response(ConsumeResponse {
        idp: &idp,
        peer_crypto_policy: None,
        saml_response: document,
        binding: SsoResponseBinding::HttpPost,
        relay_state: None,
        tracker: tracker.as_ref(),
        expected_destination: &expected.acs,
        now: expected.at,
        clock_skew: Duration::from_secs(60),
        replay_cache: Some(&cache),
        replay_mode: ReplayMode::All,
        holder_of_key_cert: None,
    })?;
    Ok(identity.name_id().value.clone())
}

fn policy(old: bool) -> PeerCryptoPolicy {
    let mut policy = PeerCryptoPolicy::strong_defaults();
    if old {
        policy
            .allowed_signature_algorithms
            .push(SignatureAlgorithm::RsaSha1);
        policy.allowed_digest_algorithms.push(DigestAlgorithm::Sha1);
        policy.allowed_c14n_algorithms.extend([
            C14nAlgorithm::ExclusiveCanonicalWithComments,
            C14nAlgorithm::InclusiveCanonical,
            C14nAlgorithm::InclusiveCanonicalWithComments,
        ]);
    }
    policy
}

/// What remembers the request. The crate hands one out only with an id of its own, or out of a sealed one.
fn tracker(
    request: &str,
    acs: SsoResponseEndpoint,
    idp: &IdpDescriptor,
    at: SystemTime,
) -> Result<LoginTracker, Error> {
    let payload = LoginTrackerPayload {
        request_id: request.to_owned(),
        issued_at: at,
        idp_entity_id: idp.entity_id.clone(),
        acs_endpoint: acs,
        requested_authn_context: None,
        requested_name_id_format: None,
        idp_signing_cert_fingerprints: idp
            .signing_certs
            .iter()
            .map(X509Certificate::fingerprint_sha256)
            .collect(),
        idp_artifact_resolution_services: vec![],
    };
    let key = [0; 32];
    LoginTracker::open(&payload.seal(&key)?, &key, at, Duration::from_secs(60))
}
