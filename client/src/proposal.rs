//! A call of a chaincode, signed by a client.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use msp::{SignError, SigningIdentity};
use prost::Message;
use prost_types::Timestamp;
use proto::protos::{Proposal, SignedProposal};
use proto::transaction::{ProposalRequest, new_proposal};

/// What is to be called.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// The channel; empty for requests to the peer itself.
    pub channel_id: String,
    /// Name of the chaincode.
    pub chaincode: String,
    /// Arguments; the first names the function.
    pub args: Vec<Bytes>,
    /// Input for endorsers only, never recorded.
    pub transient: BTreeMap<String, Bytes>,
    /// The call initialises the chaincode.
    pub is_init: bool,
}

impl Call {
    /// A call of `function`, which has further `args`.
    pub fn new(channel_id: &str, chaincode: &str, function: &str, args: impl IntoIterator<Item = Bytes>) -> Self {
        Self {
            channel_id: channel_id.to_owned(),
            chaincode: chaincode.to_owned(),
            args: std::iter::once(Bytes::copy_from_slice(function.as_bytes())).chain(args).collect(),
            ..Self::default()
        }
    }
}

/// A signed proposal, and what is needed later to make a transaction of it.
#[derive(Clone, Debug)]
pub struct SignedCall {
    /// The channel that was called.
    pub channel_id: String,
    /// The transaction id, if it becomes a transaction.
    pub tx_id: String,
    /// The proposal.
    pub proposal: Proposal,
    /// The same as it is sent.
    pub signed: SignedProposal,
}

impl SignedCall {
    /// Signs a call with a fresh nonce and the time of now.
    pub fn new(identity: &SigningIdentity, call: Call) -> Result<Self, SignError> {
        let header = identity.new_signature_header();
        let channel_id = call.channel_id.clone();
        let (proposal, tx_id) = new_proposal(ProposalRequest {
            channel_id: &call.channel_id,
            chaincode: &call.chaincode,
            args: call.args,
            transient: call.transient,
            is_init: call.is_init,
            creator: header.creator,
            nonce: header.nonce,
            timestamp: now(),
        });
        let proposal_bytes = Bytes::from(proposal.encode_to_vec());
        let signature = identity.sign(&proposal_bytes)?;
        Ok(Self { channel_id, tx_id, proposal, signed: SignedProposal { proposal_bytes, signature } })
    }
}

/// The time of now as messages carry it.
pub(crate) fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp {
        seconds: i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX),
        nanos: since_epoch.subsec_nanos() as i32,
    }
}
