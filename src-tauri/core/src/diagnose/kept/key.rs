//! The key of a set-up's cases: with it, what stands for a tenant or a certificate can be compared on another day;
//! without it, nobody can try whether it stands for one that they know.

use crate::time::Ids;
use sha2::{Digest, Sha256};

/// Random, one for all cases of a set-up, and in none of them: it is never in a file that is shared. No `Debug`.
#[derive(Clone)]
pub struct Key(String);

impl Key {
    /// A new one.
    pub fn fresh(ids: &dyn Ids) -> Key {
        Key(ids.fresh())
    }

    /// The one that was kept as [`Key::as_str`]; None for what is too short to be one.
    pub fn parse(text: &str) -> Option<Key> {
        let text = text.trim();
        (32..=64)
            .contains(&text.len())
            .then(|| Key(text.to_owned()))
            .filter(|key| key.0.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
    }

    /// To be kept beside the cases, and nowhere else.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands for a GUID, in the same shape.
    pub(super) fn guid(&self, guid: &str) -> String {
        let hex = self.digest("guid", &guid.to_ascii_lowercase());
        [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)]
            .map(|(from, to)| hex.get(from..to).unwrap_or_default())
            .join("-")
    }

    /// What stands for a certificate of this SHA-256.
    pub(super) fn certificate(&self, sha256: &str) -> String {
        self.digest("certificate", sha256)
    }

    /// What stands for a public key of a provider, from the bytes that make it this one.
    pub(super) fn public_key(&self, bytes: &[u8]) -> String {
        let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
        self.digest("key", &hex)
    }

    /// By which a case is known to be made with this key, and from which nobody gets the key.
    pub fn fingerprint(&self) -> String {
        self.digest("fingerprint", "")
    }

    fn digest(&self, kind: &str, value: &str) -> String {
        // Of fixed length, so that key and value cannot run into one another.
        let digest = Sha256::new()
            .chain_update(Sha256::digest(&self.0))
            .chain_update(kind)
            .chain_update([0])
            .chain_update(value)
            .finalize();
        digest.iter().map(|b| format!("{b:02x}")).collect()
    }
}
