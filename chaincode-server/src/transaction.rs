//! What the peer says about a call, from its messages.

use std::collections::BTreeMap;

use anyhow::Context;
use bytes::Bytes;
use prost::Message;
use proto::common::{ChannelHeader, Header, SignatureHeader};
use proto::msp::SerializedIdentity;
use proto::protos::chaincode_message::Type;
use proto::protos::{ChaincodeInput, ChaincodeMessage, ChaincodeProposalPayload, Proposal};
use runtime::Invocation;

/// The facts of a call. The proposal is missing only where a peer calls on its own behalf.
pub fn invocation(message: &ChaincodeMessage) -> anyhow::Result<Invocation> {
    let input = ChaincodeInput::decode(message.payload.clone()).context("the call's arguments cannot be read")?;
    let is_init = message.r#type == i32::from(Type::Init) || input.is_init;
    let call = Invocation {
        tx_id: message.txid.clone(),
        channel_id: message.channel_id.clone(),
        args: input.args,
        decorations: input.decorations,
        is_init,
        ..Invocation::default()
    };
    let Some(signed) = &message.proposal else { return Ok(call) };
    let proposal = Proposal::decode(signed.proposal_bytes.clone()).context("the proposal cannot be read")?;
    let header = Header::decode(proposal.header).context("the proposal's header cannot be read")?;
    let channel = ChannelHeader::decode(header.channel_header).context("the channel header cannot be read")?;
    let signature = SignatureHeader::decode(header.signature_header).context("the signature header cannot be read")?;
    let payload =
        ChaincodeProposalPayload::decode(proposal.payload).context("the proposal's payload cannot be read")?;
    // Creators of other kinds have no certificate.
    let creator = SerializedIdentity::decode(signature.creator.clone()).unwrap_or_default();
    let timestamp = channel.timestamp.unwrap_or_default();
    let transient: BTreeMap<String, Bytes> = payload.transient_map.into_iter().collect();
    Ok(Invocation {
        timestamp: (timestamp.seconds, u32::try_from(timestamp.nanos).unwrap_or(0)),
        creator: signature.creator,
        creator_msp_id: creator.mspid,
        creator_certificate: creator.id_bytes,
        nonce: signature.nonce,
        transient,
        signed_proposal: signed.encode_to_vec().into(),
        ..call
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proto::protos::SignedProposal;

    #[test]
    fn unreadable_parts_are_named() {
        let garbage = Bytes::from_static(b"\xff");
        let check = |message: ChaincodeMessage, expected: &str| {
            assert_eq!(invocation(&message).expect_err(expected).to_string(), expected);
        };
        check(
            ChaincodeMessage { payload: garbage.clone(), ..Default::default() },
            "the call's arguments cannot be read",
        );
        let signed = |proposal_bytes: Bytes| ChaincodeMessage {
            proposal: Some(SignedProposal { proposal_bytes, ..Default::default() }),
            ..Default::default()
        };
        check(signed(garbage.clone()), "the proposal cannot be read");
        let proposal = Proposal { header: garbage, ..Default::default() };
        check(signed(proposal.encode_to_vec().into()), "the proposal's header cannot be read");
        assert_eq!(invocation(&ChaincodeMessage::default()).expect("a call of the peer's own").args.len(), 0);
    }
}
