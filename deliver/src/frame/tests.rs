use proto::common::{BlockHeader, BlockMetadataIndex, ChannelHeader, Header};
use proto::orderer;
use proto::protos::{ChaincodeEndorsedAction, TransactionAction, TxValidationCode};
use proto::rwset::{NsPvtReadWriteSet, tx_read_write_set::DataModel};

use super::*;

fn bytes(message: &impl Message) -> Bytes {
    message.encode_to_vec().into()
}

fn sent(frame: Frame) -> Bytes {
    let all = [frame.head, frame.body, frame.tail].concat();
    all.into()
}

fn envelope(kind: HeaderType, data: Bytes) -> Bytes {
    let channel_header = ChannelHeader {
        r#type: kind as i32,
        channel_id: "mychannel".to_owned(),
        tx_id: "tx".to_owned(),
        ..Default::default()
    };
    let header = Header { channel_header: bytes(&channel_header), signature_header: Bytes::new() };
    let payload = Payload { header: Some(header), data };
    bytes(&Envelope { payload: bytes(&payload), signature: Bytes::from_static(b"signature") })
}

fn transaction(event: &ChaincodeEvent) -> Bytes {
    let action = ChaincodeAction { events: bytes(event), ..Default::default() };
    let payload = ProposalResponsePayload { extension: bytes(&action), ..Default::default() };
    let endorsed = ChaincodeEndorsedAction { proposal_response_payload: bytes(&payload), ..Default::default() };
    let payload = ChaincodeActionPayload { action: Some(endorsed), ..Default::default() };
    let action = TransactionAction { payload: bytes(&payload), ..Default::default() };
    bytes(&Transaction { actions: vec![action] })
}

fn block(data: Vec<Bytes>) -> Block {
    let flags = data.iter().map(|_| TxValidationCode::Valid as u8).collect::<Vec<_>>();
    let mut block = proto::block::new(7, Bytes::from_static(b"previous"), data);
    proto::block::set_metadata(&mut block, BlockMetadataIndex::TransactionsFilter, flags.into());
    block
}

#[test]
fn frames_are_what_the_message_encodes_to() {
    let block = block(vec![envelope(HeaderType::Message, Bytes::from(vec![1; 300]))]);
    let response = orderer::DeliverResponse { r#type: Some(orderer::deliver_response::Type::Block(block.clone())) };
    let frame = Frame::block(bytes(&block));
    assert_eq!(frame.size(), response.encoded_len());
    assert_eq!(sent(frame), bytes(&response));

    let status = common::Status::NotFound;
    let response = orderer::DeliverResponse { r#type: Some(orderer::deliver_response::Type::Status(status as i32)) };
    assert_eq!(sent(Frame::status(status)), bytes(&response));

    let private = TxPvtReadWriteSet {
        data_model: DataModel::Kv as i32,
        ns_pvt_rwset: vec![NsPvtReadWriteSet { namespace: "basic".to_owned(), ..Default::default() }],
    };
    let map = BTreeMap::from([(0, private.clone()), (3, private)]);
    let both = BlockAndPrivateData { block: Some(block.clone()), private_data_map: map.clone() };
    let response = DeliverResponse { r#type: Some(deliver_response::Type::BlockAndPrivateData(both)) };
    assert_eq!(sent(Frame::block_and_private_data(bytes(&block), map)), bytes(&response));
}

#[test]
fn responses_are_taken_apart_without_decoding_the_block() {
    let block = Bytes::from_static(b"not even a block");
    let received = Received::decode(sent(Frame::block(block.clone()))).expect("a response");
    assert_eq!(received, Received::Block(block));
    let received = Received::decode(sent(Frame::status(common::Status::Success))).expect("a response");
    assert_eq!(received, Received::Status(200));
    assert!(matches!(Received::decode(Bytes::new()), Err(FrameError::Empty)));
    assert!(matches!(Received::decode(Bytes::from_static(&[0x12, 9, 1])), Err(FrameError::Response(_))));
}

#[test]
fn filtered_blocks_show_events_without_payload() {
    let event = ChaincodeEvent {
        chaincode_id: "basic".to_owned(),
        tx_id: "tx".to_owned(),
        event_name: "created".to_owned(),
        payload: Bytes::from_static(b"secret"),
    };
    let block = block(vec![
        envelope(HeaderType::EndorserTransaction, transaction(&event)),
        envelope(HeaderType::EndorserTransaction, transaction(&ChaincodeEvent::default())),
        envelope(HeaderType::EndorserTransaction, Bytes::from_static(b"\xff")),
        envelope(HeaderType::Config, Bytes::from_static(b"config")),
        Bytes::from_static(b"\xff"),
    ]);
    let filtered = filtered_block(&block);
    assert_eq!((filtered.channel_id.as_str(), filtered.number), ("mychannel", 7));
    let shown: Vec<_> = filtered
        .filtered_transactions
        .iter()
        .map(|transaction| {
            let actions = match &transaction.data {
                Some(filtered_transaction::Data::TransactionActions(actions)) => &actions.chaincode_actions[..],
                None => &[],
            };
            let events = actions.iter().flat_map(|action| &action.chaincode_event);
            let names = events.map(|event| (event.event_name.as_str(), event.payload.len())).collect::<Vec<_>>();
            (transaction.txid.as_str(), transaction.r#type, transaction.data.is_some(), names)
        })
        .collect();
    let endorser = HeaderType::EndorserTransaction as i32;
    assert_eq!(
        shown,
        [
            ("tx", endorser, true, vec![("created", 0)]),
            ("tx", endorser, true, vec![]),
            ("tx", endorser, true, vec![]),
            ("tx", HeaderType::Config as i32, false, vec![]),
        ]
    );
}

#[test]
fn header_streams_keep_configuration_whole() {
    let ordinary = block(vec![envelope(HeaderType::EndorserTransaction, Bytes::new())]);
    let stripped = Block::decode(header_and_metadata(&bytes(&ordinary)).expect("a block")).expect("a block");
    assert_eq!(stripped, Block { data: None, ..ordinary });
    let config = bytes(&block(vec![envelope(HeaderType::Config, Bytes::new())]));
    assert_eq!(header_and_metadata(&config).expect("a block"), config);
    let empty = Block { header: Some(BlockHeader::default()), ..Default::default() };
    assert_eq!(header_and_metadata(&bytes(&empty)).expect("a block"), bytes(&empty));
    assert!(header_and_metadata(&Bytes::from_static(b"\xff")).is_err());
}

proptest::proptest! {
    #[test]
    fn decoders_are_total(noise in proptest::collection::vec(0_u8.., 0..200)) {
        let noise = Bytes::from(noise);
        let _ = Received::decode(noise.clone());
        let _ = header_and_metadata(&noise);
        if let Ok(block) = Block::decode(noise) {
            let _ = filtered_block(&block);
        }
    }
}
