//! Who judges a document: ours, the crates `saml` and `xml-sec`, and xmlsec1.
//!
//! `saml` answers the same question as ours: who signed in? xml-sec and xmlsec1 answer a smaller one: is this
//! element, or is this signature, genuine?

pub mod ours;
pub mod saml;
pub mod xml_sec;
pub mod xmlsec1;

/// Whose keys are believed, and how old a signature may be.
#[derive(Clone)]
pub struct Trust {
    /// Certificates in DER, any of which may have signed.
    pub certificates: Vec<Vec<u8>>,
    /// Permits the peers what they refuse by themselves and old providers do: SHA-1, RSA keys from 1024 bits,
    /// inclusive canonicalisation. Ours reads them always, as AWS does, and makes a finding of it.
    pub old: bool,
}
