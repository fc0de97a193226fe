//! Public keys of identities.

use aws_lc_rs::signature::{ED25519, ParsedPublicKey};
use proto::sha256;

use crate::certificate::{Certificate, KeyKind};
use crate::ecdsa::{PublicKey, VerifyError};

/// The public key of an identity, decoded once.
#[derive(Debug)]
pub(crate) enum VerifyingKey {
    /// Signs the SHA-256 of a message.
    Ecdsa(Box<PublicKey>),
    /// Signs the message itself.
    Ed25519(ParsedPublicKey),
}

impl VerifyingKey {
    /// `None` when an identity cannot have such a key, or it is no point of its curve.
    pub(crate) fn of(certificate: &Certificate) -> Option<VerifyingKey> {
        match certificate.key_kind {
            KeyKind::Ecdsa(curve) => {
                PublicKey::new(curve, &certificate.key).map(|key| VerifyingKey::Ecdsa(Box::new(key)))
            }
            KeyKind::Ed25519 => ParsedPublicKey::new(&ED25519, &certificate.key).ok().map(VerifyingKey::Ed25519),
            KeyKind::Rsa | KeyKind::Other => None,
        }
    }

    /// Checks a signature over the concatenation of `parts`.
    pub(crate) fn verify<const N: usize>(&self, parts: [&[u8]; N], signature: &[u8]) -> Result<(), VerifyError> {
        match (self, &parts[..]) {
            (VerifyingKey::Ecdsa(key), _) => key.verify_digest(&sha256(parts), signature),
            (VerifyingKey::Ed25519(key), [message]) => {
                key.verify_sig(message, signature).map_err(|_| VerifyError::Invalid)
            }
            (VerifyingKey::Ed25519(key), _) => {
                key.verify_sig(&parts.concat(), signature).map_err(|_| VerifyError::Invalid)
            }
        }
    }
}
