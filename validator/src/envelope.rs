//! One transaction, parsed once: form, creator, id and proposal hash, then what its chaincode action says
//! (Fabric `core/common/validation/msgvalidation.go` and the first half of the plugin dispatcher).

use std::sync::Arc;

use bytes::Bytes;
use channel::Bundle;
use ledger::ReadWriteSet;
use msp::Identity;
use prost::Message;
use proto::common::{ChannelHeader, Envelope, Header, HeaderType, Payload, SignatureHeader};
use proto::protos::{
    ChaincodeAction, ChaincodeActionPayload, ChaincodeEndorsedAction, ChaincodeEvent, ChaincodeHeaderExtension,
    ProposalResponsePayload, Transaction, TxValidationCode as Code,
};

use crate::edition::Edition;

/// A transaction that its creator signed.
pub(crate) struct Parsed {
    /// From its channel header; empty where there is none.
    pub tx_id: String,
    /// From its channel header; `Message` where that is unreadable.
    pub kind: HeaderType,
    /// What it asks for, or why it is invalid whatever the state holds.
    pub content: Result<Content, Code>,
}

/// What a well-formed transaction asks for.
pub(crate) enum Content {
    /// An endorsed chaincode call.
    Endorser {
        /// What was endorsed, by whom.
        endorsed: ChaincodeEndorsedAction,
        /// What was proposed: an encoded `ChaincodeProposalPayload`.
        proposal: Bytes,
        /// Who signed the transaction.
        creator: Arc<Identity>,
        /// The chaincode's results, or why they are invalid. An id that is already in the ledger outranks this code.
        action: Result<Action, Code>,
    },
    /// A new configuration: `payload.data`.
    Config(Bytes),
}

/// The results of a chaincode call.
pub(crate) struct Action {
    pub chaincode: String,
    pub version: String,
    pub rwset: ReadWriteSet,
}

/// Parses and checks one entry of a block. Total: any bytes give a code.
pub(crate) fn parse(data: &Bytes, bundle: &Bundle) -> Parsed {
    let mut parsed = Parsed { tx_id: String::new(), kind: HeaderType::Message, content: Err(Code::NotValidated) };
    parsed.content = parse_into(data, bundle, &mut parsed.tx_id, &mut parsed.kind);
    parsed
}

fn parse_into(data: &Bytes, bundle: &Bundle, tx_id: &mut String, kind: &mut HeaderType) -> Result<Content, Code> {
    let envelope = Envelope::decode(data.clone()).map_err(|_| Code::InvalidOtherReason)?;
    let payload = Payload::decode(envelope.payload.clone()).map_err(|_| Code::BadPayload)?;
    let header = payload.header.ok_or(Code::BadCommonHeader)?;
    let channel_header = ChannelHeader::decode(header.channel_header.clone()).map_err(|_| Code::BadCommonHeader)?;
    tx_id.clone_from(&channel_header.tx_id);
    *kind = HeaderType::try_from(channel_header.r#type).unwrap_or(HeaderType::Message);
    let signature_header = check_header(&channel_header, *kind, &header)?;
    let creator = check_creator(&channel_header, &signature_header, &envelope, bundle)?;
    match *kind {
        HeaderType::EndorserTransaction => {
            if channel_header.tx_id != proto::transaction::tx_id(&signature_header.nonce, &signature_header.creator) {
                return Err(Code::BadProposalTxid);
            }
            let (endorsed, proposal, response) =
                endorsed_action(payload.data, &header.channel_header).ok_or(Code::InvalidEndorserTransaction)?;
            let action = chaincode_action(&channel_header, response, Edition::of(bundle));
            Ok(Content::Endorser { endorsed, proposal, creator, action })
        }
        HeaderType::Config => Ok(Content::Config(payload.data)),
        _ => Err(Code::UnsupportedTxPayload),
    }
}

fn check_header(channel_header: &ChannelHeader, kind: HeaderType, header: &Header) -> Result<SignatureHeader, Code> {
    let signature_header =
        SignatureHeader::decode(header.signature_header.clone()).map_err(|_| Code::BadCommonHeader)?;
    let known = matches!(kind, HeaderType::EndorserTransaction | HeaderType::ConfigUpdate | HeaderType::Config);
    if !known || channel_header.epoch != 0 || signature_header.nonce.is_empty() || signature_header.creator.is_empty() {
        return Err(Code::BadCommonHeader);
    }
    Ok(signature_header)
}

/// A transaction of another channel finds no membership there to check its creator against, so it ends here too.
fn check_creator(
    channel_header: &ChannelHeader,
    signature_header: &SignatureHeader,
    envelope: &Envelope,
    bundle: &Bundle,
) -> Result<Arc<Identity>, Code> {
    if channel_header.channel_id != bundle.channel_id() {
        return Err(Code::BadCreatorSignature);
    }
    let creator = bundle.msps().identity(&signature_header.creator).map_err(|_| Code::BadCreatorSignature)?;
    creator.verify(&envelope.payload, &envelope.signature).map_err(|_| Code::BadCreatorSignature)?;
    Ok(creator)
}

/// The endorsed action of a transaction, bound to its proposal by the hash that the endorsers signed.
fn endorsed_action(
    data: Bytes,
    channel_header: &[u8],
) -> Option<(ChaincodeEndorsedAction, Bytes, ProposalResponsePayload)> {
    let actions = Transaction::decode(data).ok()?.actions;
    let [action] = <[_; 1]>::try_from(actions).ok()?;
    let action_header = SignatureHeader::decode(action.header.clone()).ok()?;
    if action_header.nonce.is_empty() || action_header.creator.is_empty() {
        return None;
    }
    let payload = ChaincodeActionPayload::decode(action.payload).ok()?;
    let endorsed = payload.action?;
    let response = ProposalResponsePayload::decode(endorsed.proposal_response_payload.clone()).ok()?;
    let hash = proto::sha256([channel_header, &action.header, &payload.chaincode_proposal_payload]);
    (response.proposal_hash == hash[..]).then_some((endorsed, payload.chaincode_proposal_payload, response))
}

fn chaincode_action(
    channel_header: &ChannelHeader,
    response: ProposalResponsePayload,
    edition: Edition,
) -> Result<Action, Code> {
    let extension =
        ChaincodeHeaderExtension::decode(channel_header.extension.clone()).map_err(|_| Code::BadHeaderExtension)?;
    if response.extension.is_empty() {
        return Err(Code::BadResponsePayload);
    }
    let action = ChaincodeAction::decode(response.extension).map_err(|_| Code::BadResponsePayload)?;
    let rwset = ReadWriteSet::decode(action.results).map_err(|_| Code::BadRwset)?;
    let invoked = extension.chaincode_id.ok_or(Code::InvalidOtherReason)?;
    let answered = action.chaincode_id.ok_or(Code::InvalidOtherReason)?;
    if invoked.name.is_empty() || invoked.name != answered.name || answered.version.is_empty() {
        return Err(if edition == Edition::V2_0 { Code::InvalidChaincode } else { Code::InvalidOtherReason });
    }
    if edition >= Edition::V1_2 && !action.events.is_empty() {
        let event = ChaincodeEvent::decode(action.events).map_err(|_| Code::InvalidOtherReason)?;
        if event.chaincode_id != invoked.name {
            return Err(Code::InvalidOtherReason);
        }
    }
    let mut names: Vec<&str> = rwset.namespaces.iter().map(|set| set.namespace.as_str()).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(Code::IllegalWriteset);
    }
    Ok(Action { chaincode: invoked.name, version: answered.version, rwset })
}
