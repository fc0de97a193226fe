//! Signatures with what they sign.

use std::sync::Arc;

use bytes::Bytes;
use msp::{Identity, MspSet};
use prost::Message;
use proto::common::{Block, BlockMetadataIndex, IdentifierHeader, Metadata, SignatureHeader};

use crate::bundle::Bundle;

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

/// A block's signatures, as signatures over its header and what its signers say of it. BFT consenters are named by their
/// numbers in the channel's configuration; numbers that are not there are left out, as in Fabric.
pub(crate) fn block_signatures(bundle: &Bundle, block: &Block) -> Result<Vec<SignedData>, prost::DecodeError> {
    let metadata = Metadata::decode(proto::block::metadata(block, BlockMetadataIndex::Signatures))?;
    let header = proto::block::header_der(&block.header.clone().unwrap_or_default());
    let has_numbers = bundle.has_capability("Channel", "V3_0");
    let mut signed = Vec::with_capacity(metadata.signatures.len().min(16));
    for signature in metadata.signatures {
        let by_number = has_numbers && signature.signature_header.is_empty() && !signature.identifier_header.is_empty();
        let (identity, signer) = if by_number {
            let number = IdentifierHeader::decode(signature.identifier_header.clone())?.identifier;
            let Some(identity) = bundle.consenter_identity(number) else { continue };
            (identity, signature.identifier_header)
        } else {
            (SignatureHeader::decode(signature.signature_header.clone())?.creator, signature.signature_header)
        };
        let message = [&metadata.value[..], &signer, &header].concat().into();
        signed.push(SignedData { identity, message, signature: signature.signature });
    }
    Ok(signed)
}
