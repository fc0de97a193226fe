//! Hashes and signatures, computed by the peer.

use crate::Result;
use crate::host::crypto as host;

pub use host::{HashAlgorithm, SignatureAlgorithm};

/// The hash of some bytes.
pub fn hash(algorithm: HashAlgorithm, data: &[u8]) -> Vec<u8> {
    host::hash(algorithm, data)
}

/// SHA-256.
pub fn sha256(data: &[u8]) -> Vec<u8> {
    hash(HashAlgorithm::Sha256, data)
}

/// Whether a signature is right. The public key is a `SubjectPublicKeyInfo` in DER, or PEM of such a key or of a certificate.
pub fn verify(algorithm: SignatureAlgorithm, public_key: &[u8], message: &[u8], signature: &[u8]) -> Result<bool> {
    Ok(host::verify(algorithm, public_key, message, signature)?)
}
