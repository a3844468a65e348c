//! Metadata that stands in until the identity provider's is there, so that AWS can be set up first and
//! the other administrator needs one visit only. Its key is thrown away: nobody can sign in by it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A name that never resolves (RFC 2606), so that nobody is ever sent to somebody else's page.
const HOST: &str = "https://claimbridge-temporary.invalid";

/// Metadata of an identity provider that does not exist, with `certificate` (DER) as its only key. The
/// set-up's id keeps two of them apart. IAM wants at least 1000 characters (IAM: CreateSAMLProvider).
pub fn temporary_metadata(setup_id: &str, certificate: &[u8]) -> String {
    let certificate = STANDARD.encode(certificate);
    let bindings = ["HTTP-Redirect", "HTTP-POST"].map(|binding| {
        format!(
            "<SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:{binding}\" Location=\"{HOST}/sign-in\"/>"
        )
    });
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{HOST}/{setup_id}\"><IDPSSODescriptor WantAuthnRequestsSigned=\"false\" protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><KeyDescriptor use=\"signing\"><KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><X509Data><X509Certificate>{certificate}</X509Certificate></X509Data></KeyInfo></KeyDescriptor><NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:persistent</NameIDFormat>{}</IDPSSODescriptor></EntityDescriptor>",
        bindings.concat()
    )
}
