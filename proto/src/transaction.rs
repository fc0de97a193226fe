//! Proposals and transactions: ids, hashes, and the messages that clients and peers build from them
//! (Fabric `protoutil/proputils.go`, `txutils.go`).

use bytes::Bytes;
use prost::Message;

use crate::common::{ChannelHeader, Envelope, Header, HeaderType, Payload, SignatureHeader};
use crate::protos::{
    ChaincodeActionPayload, ChaincodeEndorsedAction, ChaincodeHeaderExtension, ChaincodeId, ChaincodeInput,
    ChaincodeInvocationSpec, ChaincodeProposalPayload, ChaincodeSpec, Endorsement, Proposal, Transaction,
    TransactionAction, chaincode_spec,
};
use crate::{Digest, sha256};

/// A transaction's id: lower-case hex of SHA-256 over nonce and serialized creator.
pub fn tx_id(nonce: &[u8], creator: &[u8]) -> String {
    hex::encode(sha256([nonce, creator]))
}

/// The hash that binds an endorsement to its proposal. It leaves the transient map out, so that committed
/// transactions can be checked without it.
pub fn proposal_hash(channel_header: &[u8], signature_header: &[u8], input: &Bytes) -> Digest {
    let visible = ChaincodeProposalPayload { input: input.clone(), ..Default::default() }.encode_to_vec();
    sha256([channel_header, signature_header, &visible])
}

/// What a client wants done, before signing.
#[derive(Clone, Debug)]
pub struct ProposalRequest<'a> {
    /// The channel; empty for requests to the peer itself (installing, joining).
    pub channel_id: &'a str,
    /// Name of the chaincode to invoke.
    pub chaincode: &'a str,
    /// Arguments; the first names the function.
    pub args: Vec<Bytes>,
    /// Input that is shown to endorsers and never recorded.
    pub transient: std::collections::BTreeMap<String, Bytes>,
    /// The call initialises a chaincode whose definition asks for it.
    pub is_init: bool,
    /// The serialized identity of the client.
    pub creator: Bytes,
    /// Random bytes, 24 by convention.
    pub nonce: Bytes,
    /// The client's time.
    pub timestamp: prost_types::Timestamp,
}

/// Builds the proposal and its transaction id.
pub fn new_proposal(request: ProposalRequest<'_>) -> (Proposal, String) {
    let tx_id = tx_id(&request.nonce, &request.creator);
    let chaincode_id = ChaincodeId { name: request.chaincode.to_owned(), ..Default::default() };
    let extension = ChaincodeHeaderExtension { chaincode_id: Some(chaincode_id.clone()) };
    let channel_header = ChannelHeader {
        r#type: HeaderType::EndorserTransaction as i32,
        timestamp: Some(request.timestamp),
        channel_id: request.channel_id.to_owned(),
        tx_id: tx_id.clone(),
        extension: extension.encode_to_vec().into(),
        ..Default::default()
    };
    let signature_header = SignatureHeader { creator: request.creator, nonce: request.nonce };
    let header = Header {
        channel_header: channel_header.encode_to_vec().into(),
        signature_header: signature_header.encode_to_vec().into(),
    };
    let spec = ChaincodeInvocationSpec {
        chaincode_spec: Some(ChaincodeSpec {
            r#type: chaincode_spec::Type::Golang as i32,
            chaincode_id: Some(chaincode_id),
            input: Some(ChaincodeInput { args: request.args, is_init: request.is_init, ..Default::default() }),
            timeout: 0,
        }),
    };
    let payload = ChaincodeProposalPayload { input: spec.encode_to_vec().into(), transient_map: request.transient };
    let proposal = Proposal {
        header: header.encode_to_vec().into(),
        payload: payload.encode_to_vec().into(),
        extension: Bytes::new(),
    };
    (proposal, tx_id)
}

/// Joins a proposal and its endorsements into the payload that the client then signs and orders. The transient map
/// does not enter it.
///
/// `response_payload` is the serialized `ProposalResponsePayload` that all `endorsements` signed.
pub fn new_payload(
    proposal: &Proposal,
    response_payload: Bytes,
    endorsements: Vec<Endorsement>,
) -> Result<Payload, prost::DecodeError> {
    let header = Header::decode(proposal.header.clone())?;
    let visible = ChaincodeProposalPayload {
        input: ChaincodeProposalPayload::decode(proposal.payload.clone())?.input,
        ..Default::default()
    };
    let action = ChaincodeActionPayload {
        chaincode_proposal_payload: visible.encode_to_vec().into(),
        action: Some(ChaincodeEndorsedAction { proposal_response_payload: response_payload, endorsements }),
    };
    let transaction = Transaction {
        actions: vec![TransactionAction {
            header: header.signature_header.clone(),
            payload: action.encode_to_vec().into(),
        }],
    };
    Ok(Payload { header: Some(header), data: transaction.encode_to_vec().into() })
}

/// Type of the envelopes that `protos.Admin` takes. It is gone from Fabric's definitions since version 2, so that
/// [`HeaderType`] does not have it.
pub const PEER_ADMIN_OPERATION: i32 = 8;

/// A payload of type `kind`, a [`HeaderType`] or [`PEER_ADMIN_OPERATION`], from a client that is no endorser transaction
/// (configuration, seek requests, administration); the caller signs its encoding.
pub fn plain_payload(
    kind: impl Into<i32>,
    channel_id: &str,
    timestamp: prost_types::Timestamp,
    tls_cert_hash: Bytes,
    signature_header: SignatureHeader,
    data: Bytes,
) -> Payload {
    let channel_header = ChannelHeader {
        r#type: kind.into(),
        timestamp: Some(timestamp),
        channel_id: channel_id.to_owned(),
        tls_cert_hash,
        ..Default::default()
    };
    Payload {
        header: Some(Header {
            channel_header: channel_header.encode_to_vec().into(),
            signature_header: signature_header.encode_to_vec().into(),
        }),
        data,
    }
}

/// An envelope's channel header, without reading the rest.
pub fn channel_header(envelope: &Envelope) -> Result<ChannelHeader, prost::DecodeError> {
    let payload = Payload::decode(envelope.payload.clone())?;
    ChannelHeader::decode(payload.header.unwrap_or_default().channel_header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transient_map_enters_neither_hash_nor_transaction() {
        let request = |transient| ProposalRequest {
            channel_id: "mychannel",
            chaincode: "basic",
            args: vec![Bytes::from_static(b"ReadAsset")],
            transient,
            is_init: false,
            creator: Bytes::from_static(b"creator"),
            nonce: Bytes::from_static(b"nonce"),
            timestamp: prost_types::Timestamp::default(),
        };
        let secret = [("key".to_owned(), Bytes::from_static(b"secret"))].into();
        let (open, tx_id) = new_proposal(request(Default::default()));
        let (hidden, same_tx_id) = new_proposal(request(secret));
        assert_eq!(tx_id, same_tx_id);
        assert_ne!(open.payload, hidden.payload);
        let payload = |proposal| new_payload(proposal, Bytes::from_static(b"response"), vec![]).expect("well-formed");
        assert_eq!(payload(&open), payload(&hidden));
    }
}
