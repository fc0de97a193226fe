//! Signatures with what they sign.

use std::sync::Arc;

use bytes::Bytes;
use msp::{Identity, MspSet};

/// A message that somebody claims to have signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedData {
    /// The signer's serialized identity.
    pub identity: Bytes,
    /// What was signed.
    pub message: Bytes,
    /// The signature.
    pub signature: Bytes,
}

/// The identities whose signatures hold, each once, in order. Identities that the organisations do not know and wrong
/// signatures are left out silently; a wrong signature does not spoil a later right one by the same identity.
pub fn signed_identities(msps: &MspSet, signed: &[SignedData]) -> Vec<Arc<Identity>> {
    let mut identities: Vec<Arc<Identity>> = Vec::with_capacity(signed.len().min(16));
    for data in signed {
        let identity = match msps.identity(&data.identity) {
            Ok(identity) => identity,
            Err(error) => {
                tracing::debug!(%error, "identity left out");
                continue;
            }
        };
        // Known before verified: the same signature a thousand times costs one verification.
        if identities.iter().any(|known| known.id() == identity.id()) {
            continue;
        }
        match identity.verify(&data.message, &data.signature) {
            Ok(()) => identities.push(identity),
            Err(error) => tracing::debug!(signer = identity.subject(), %error, "signature left out"),
        }
    }
    identities
}
