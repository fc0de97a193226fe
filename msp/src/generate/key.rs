//! Keys of generated certificates.

use aws_lc_rs::rand;
use rcgen::{PublicKeyData, SigningKey};

use super::{IssueError, pem_text};
use crate::ecdsa::{self, Curve};

/// An Ed25519 key in PKCS#8 before its 32 secret bytes. Written here because libraries add the public key, which
/// makes it version 2 and is not what Go writes.
const ED25519_PKCS8: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

/// The kind of a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyAlgorithm {
    /// ECDSA on P-256.
    #[default]
    EcdsaP256,
    /// Ed25519, for channels with capability `V3_0`.
    Ed25519,
}

/// A key. ECDSA signatures are low-S, as Fabric writes certificates.
pub(super) struct Key(rcgen::KeyPair);

impl Key {
    pub(super) fn generate(algorithm: KeyAlgorithm) -> Result<Key, IssueError> {
        match algorithm {
            KeyAlgorithm::EcdsaP256 => Ok(Key(rcgen::KeyPair::generate()?)),
            KeyAlgorithm::Ed25519 => {
                let mut secret = [0; 32];
                rand::fill(&mut secret).map_err(|_| rcgen::Error::RingUnspecified)?;
                let der = [&ED25519_PKCS8[..], &secret].concat();
                Key::from_pem(&pem_text("PRIVATE KEY", &der))
            }
        }
    }

    pub(super) fn from_pem(pem: &str) -> Result<Key, IssueError> {
        Ok(Key(rcgen::KeyPair::from_pem(pem)?))
    }

    pub(super) fn pem(&self) -> String {
        pem_text("PRIVATE KEY", self.0.serialized_der())
    }
}

impl PublicKeyData for Key {
    fn der_bytes(&self) -> &[u8] {
        self.0.der_bytes()
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        self.0.algorithm()
    }
}

impl SigningKey for Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let signature = self.0.sign(message)?;
        // A key of another curve or kind signs as it does.
        Ok(ecdsa::low_s(Curve::P256, &signature).map_or(signature.clone(), |low| low.into_owned()))
    }
}
