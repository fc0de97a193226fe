//! What every message must meet before it is ordered, cheapest check first.

use std::time::SystemTime;

use channel::{Bundle, SignedData};
use prost::Message;
use proto::common::{Envelope, Payload, SignatureHeader};

use crate::rejection::{Rejection, chain_of};

const WRITERS: &str = "/Channel/Writers";
const MAINTENANCE_WRITERS: &str = "/Channel/Orderer/Writers";

/// The size that limits and batches count: payload and signature.
pub(crate) fn message_size(envelope: &Envelope) -> u64 {
    envelope.payload.len() as u64 + envelope.signature.len() as u64
}

/// Checks an ordinary transaction.
pub(crate) fn check_normal(bundle: &Bundle, envelope: &Envelope, now: SystemTime) -> Result<(), Rejection> {
    if bundle.orderer().maintenance {
        return Err(Rejection::Maintenance);
    }
    check(bundle, envelope, now)
}

/// Checks any message: something in it, not too large, its signer's certificate still valid, and its signer allowed to
/// write.
pub(crate) fn check(bundle: &Bundle, envelope: &Envelope, now: SystemTime) -> Result<(), Rejection> {
    if envelope.payload.is_empty() {
        return Err(Rejection::Empty);
    }
    let size = message_size(envelope);
    let allowed = u64::from(bundle.orderer().batch_size.absolute_max_bytes);
    if size > allowed {
        return Err(Rejection::TooLarge { size, allowed });
    }
    let identity = creator(envelope).map_err(Rejection::Unsigned)?;
    // An identity that is unknown fails the policy.
    if bundle.msps().identity(&identity).is_ok_and(|identity| now >= identity.expires_at()) {
        return Err(Rejection::Expired);
    }
    let signed = SignedData { identity, message: envelope.payload.clone(), signature: envelope.signature.clone() };
    let policy = if bundle.orderer().maintenance { MAINTENANCE_WRITERS } else { WRITERS };
    bundle.evaluate(policy, &[signed]).map_err(|error| {
        let error = chain_of(&error);
        tracing::warn!(error, policy, channel = bundle.channel_id(), "SigFilter evaluation failed");
        Rejection::Forbidden(error)
    })
}

fn creator(envelope: &Envelope) -> Result<bytes::Bytes, prost::DecodeError> {
    let header = Payload::decode(envelope.payload.clone())?.header.unwrap_or_default();
    Ok(SignatureHeader::decode(header.signature_header)?.creator)
}
