//! What the gateway has to know of a proposal before an endorser sees it.

use bytes::Bytes;
use prost::Message;
use proto::common::{ChannelHeader, Header};
use proto::protos::{ChaincodeInvocationSpec, ChaincodeProposalPayload, Proposal, SignedProposal};

/// A proposal, as far as routing needs it. The endorser checks the rest.
pub(super) struct Routed {
    /// The proposal, decoded.
    pub proposal: Proposal,
    /// The channel; may be empty.
    pub channel_id: String,
    /// The chaincode; may be empty.
    pub chaincode: String,
}

/// Reads the proposal; the error is what the decoder found.
pub(super) fn route(signed: &SignedProposal) -> Result<Routed, String> {
    let proposal: Proposal = decode(signed.proposal_bytes.clone(), "Proposal")?;
    let header: Header = decode(proposal.header.clone(), "Header")?;
    let channel_header: ChannelHeader = decode(header.channel_header, "ChannelHeader")?;
    let payload: ChaincodeProposalPayload = decode(proposal.payload.clone(), "ChaincodeProposalPayload")?;
    let spec: ChaincodeInvocationSpec = decode(payload.input, "ChaincodeInvocationSpec")?;
    let chaincode = spec.chaincode_spec.and_then(|spec| spec.chaincode_id).unwrap_or_default().name;
    Ok(Routed { proposal, channel_id: channel_header.channel_id, chaincode })
}

fn decode<M: Message + Default>(bytes: Bytes, name: &str) -> Result<M, String> {
    M::decode(bytes).map_err(|error| format!("error unmarshalling {name}: {error}"))
}
