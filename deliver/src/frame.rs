//! Deliver responses as bytes. `orderer.DeliverResponse` and `protos.DeliverResponse` agree on status (1) and block (2);
//! the peer's has filtered blocks (3) and blocks with private data (4) besides.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use prost::Message;
use prost::encoding::{self, DecodeContext, WireType};
use proto::common::{self, Block, Envelope, HeaderType, Payload};
use proto::protos::{
    BlockAndPrivateData, ChaincodeAction, ChaincodeActionPayload, ChaincodeEvent, DeliverResponse, FilteredBlock,
    FilteredChaincodeAction, FilteredTransaction, FilteredTransactionActions, ProposalResponsePayload, Transaction,
    deliver_response, filtered_transaction,
};
use proto::rwset::TxPvtReadWriteSet;
use tonic::Status;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};

/// A deliver response that is encoded already. Clones share the block's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    head: Bytes,
    body: Bytes,
    tail: Bytes,
}

/// Bytes that are no block, or no deliver response.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// A block cannot be decoded.
    #[error("cannot decode the block")]
    Block(#[source] prost::DecodeError),
    /// A response cannot be decoded.
    #[error("cannot decode the deliver response")]
    Response(#[source] prost::DecodeError),
    /// A response carries neither status nor block.
    #[error("the deliver response carries neither a status nor a block")]
    Empty,
}

impl Frame {
    /// The status that ends an answer.
    pub fn status(status: common::Status) -> Self {
        let response = DeliverResponse { r#type: Some(deliver_response::Type::Status(status as i32)) };
        Self::message(&response)
    }

    /// A serialized block, sent as it is.
    pub fn block(block: Bytes) -> Self {
        let mut head = BytesMut::with_capacity(12);
        push_length(&mut head, 2, block.len());
        Self { head: head.freeze(), body: block, tail: Bytes::new() }
    }

    /// A filtered block.
    pub fn filtered(block: FilteredBlock) -> Self {
        Self::message(&DeliverResponse { r#type: Some(deliver_response::Type::FilteredBlock(block)) })
    }

    /// A serialized block and the private data of its transactions (by their position in the block).
    pub fn block_and_private_data(block: Bytes, private: BTreeMap<u64, TxPvtReadWriteSet>) -> Self {
        let tail = BlockAndPrivateData { block: None, private_data_map: private }.encode_to_vec();
        let mut inner = BytesMut::with_capacity(24);
        push_length(&mut inner, 1, block.len());
        let mut head = BytesMut::with_capacity(24);
        push_length(&mut head, 4, inner.len() + block.len() + tail.len());
        head.put(inner);
        Self { head: head.freeze(), body: block, tail: tail.into() }
    }

    fn message(response: &DeliverResponse) -> Self {
        Self { head: response.encode_to_vec().into(), body: Bytes::new(), tail: Bytes::new() }
    }

    /// How many bytes are sent.
    pub fn size(&self) -> usize {
        self.head.len() + self.body.len() + self.tail.len()
    }
}

fn push_length(out: &mut BytesMut, tag: u32, length: usize) {
    encoding::encode_key(tag, WireType::LengthDelimited, out);
    encoding::encode_varint(length as u64, out);
}

/// A serialized block without its transactions; a configuration block stays whole, because readers of headers need it.
pub fn header_and_metadata(block: &Bytes) -> Result<Bytes, FrameError> {
    let mut decoded = Block::decode(block.clone()).map_err(FrameError::Block)?;
    let first = decoded.data.as_ref().and_then(|data| data.data.first());
    if first.is_some_and(is_config) {
        return Ok(block.clone());
    }
    decoded.data = None;
    Ok(decoded.encode_to_vec().into())
}

fn is_config(envelope: &Bytes) -> bool {
    let header = Envelope::decode(envelope.clone()).and_then(|envelope| proto::transaction::channel_header(&envelope));
    header.is_ok_and(|header| header.r#type == HeaderType::Config as i32)
}

/// What `DeliverFiltered` shows of a block: ids, types and validation codes, and events without their payload.
///
/// Entries that are no envelope with a channel header are left out, as Fabric does; they were never valid.
pub fn filtered_block(block: &Block) -> FilteredBlock {
    let mut filtered =
        FilteredBlock { number: block.header.as_ref().map_or(0, |header| header.number), ..FilteredBlock::default() };
    for (index, envelope) in block.data.iter().flat_map(|data| &data.data).enumerate() {
        let Ok((header, data)) = header_and_data(envelope) else { continue };
        let actions = (header.r#type == HeaderType::EndorserTransaction as i32).then(|| {
            let chaincode_actions = chaincode_actions(data).unwrap_or_default();
            filtered_transaction::Data::TransactionActions(FilteredTransactionActions { chaincode_actions })
        });
        filtered.channel_id = header.channel_id;
        filtered.filtered_transactions.push(FilteredTransaction {
            txid: header.tx_id,
            r#type: header.r#type,
            tx_validation_code: proto::block::validation_code(block, index) as i32,
            data: actions,
        });
    }
    filtered
}

fn header_and_data(envelope: &Bytes) -> Result<(common::ChannelHeader, Bytes), prost::DecodeError> {
    let envelope = Envelope::decode(envelope.clone())?;
    let payload = Payload::decode(envelope.payload)?;
    let header = common::ChannelHeader::decode(payload.header.unwrap_or_default().channel_header)?;
    Ok((header, payload.data))
}

fn chaincode_actions(transaction: Bytes) -> Result<Vec<FilteredChaincodeAction>, prost::DecodeError> {
    let mut actions = Vec::new();
    for action in Transaction::decode(transaction)?.actions {
        let endorsed = ChaincodeActionPayload::decode(action.payload)?.action.unwrap_or_default();
        let payload = ProposalResponsePayload::decode(endorsed.proposal_response_payload)?;
        let events = ChaincodeAction::decode(payload.extension)?.events;
        let event = ChaincodeEvent::decode(events)?;
        if !event.chaincode_id.is_empty() {
            let event = ChaincodeEvent { payload: Bytes::new(), ..event };
            actions.push(FilteredChaincodeAction { chaincode_event: Some(event) });
        }
    }
    Ok(actions)
}

/// The server's codec: takes envelopes, gives frames.
#[derive(Debug, Default)]
pub struct DeliverCodec;

/// Writes frames and reads messages, or the other way round.
#[derive(Debug, Default)]
pub struct FrameCoder<T>(PhantomData<T>);

impl Codec for DeliverCodec {
    type Encode = Frame;
    type Decode = Envelope;
    type Encoder = FrameCoder<Frame>;
    type Decoder = FrameCoder<Envelope>;

    fn encoder(&mut self) -> Self::Encoder {
        FrameCoder(PhantomData)
    }

    fn decoder(&mut self) -> Self::Decoder {
        FrameCoder(PhantomData)
    }
}

impl Encoder for FrameCoder<Frame> {
    type Item = Frame;
    type Error = Status;

    fn encode(&mut self, frame: Frame, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.reserve(frame.size());
        buffer.put(frame.head);
        buffer.put(frame.body);
        buffer.put(frame.tail);
        Ok(())
    }
}

impl Decoder for FrameCoder<Envelope> {
    type Item = Envelope;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Envelope>, Status> {
        Envelope::decode(buffer).map(Some).map_err(|error| Status::internal(error.to_string()))
    }
}

/// What a client of the block streams receives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// The end of an answer; `common::Status` as a number.
    Status(i32),
    /// A serialized block.
    Block(Bytes),
}

impl Received {
    /// Reads a response; the block stays as it came.
    pub fn decode(mut response: Bytes) -> Result<Self, FrameError> {
        let mut received = None;
        while response.has_remaining() {
            let (tag, wire_type) = encoding::decode_key(&mut response).map_err(FrameError::Response)?;
            match tag {
                1 => {
                    let mut status = 0;
                    encoding::int32::merge(wire_type, &mut status, &mut response, DecodeContext::default())
                        .map_err(FrameError::Response)?;
                    received = Some(Self::Status(status));
                }
                2 => {
                    let mut block = Bytes::new();
                    encoding::bytes::merge(wire_type, &mut block, &mut response, DecodeContext::default())
                        .map_err(FrameError::Response)?;
                    received = Some(Self::Block(block));
                }
                _ => encoding::skip_field(wire_type, tag, &mut response, DecodeContext::default())
                    .map_err(FrameError::Response)?,
            }
        }
        received.ok_or(FrameError::Empty)
    }
}

/// The client's codec: gives envelopes, takes responses without decoding the block.
#[derive(Debug, Default)]
pub struct ReceiveCodec;

impl Codec for ReceiveCodec {
    type Encode = Envelope;
    type Decode = Received;
    type Encoder = FrameCoder<(Envelope,)>;
    type Decoder = FrameCoder<Received>;

    fn encoder(&mut self) -> Self::Encoder {
        FrameCoder(PhantomData)
    }

    fn decoder(&mut self) -> Self::Decoder {
        FrameCoder(PhantomData)
    }
}

impl Encoder for FrameCoder<(Envelope,)> {
    type Item = Envelope;
    type Error = Status;

    fn encode(&mut self, envelope: Envelope, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        envelope.encode(buffer).map_err(|error| Status::internal(error.to_string()))
    }
}

impl Decoder for FrameCoder<Received> {
    type Item = Received;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Received>, Status> {
        let response = buffer.copy_to_bytes(buffer.remaining());
        Received::decode(response).map(Some).map_err(|error| Status::internal(error.to_string()))
    }
}

#[cfg(test)]
mod tests;
