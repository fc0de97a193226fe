//! The blocks of a real Fabric network get the codes that its own peer gave them.

use std::sync::Arc;

use bytes::{Buf, Bytes};
use channel::Bundle;
use ledger::{CandidateBlock, CandidateTransaction, Ledger, LedgerOptions};
use prost::Message;
use proto::common::{Block, BlockMetadataIndex, Envelope, HeaderType, Payload};
use proto::protos::TxValidationCode;
use validator::Workers;

/// Each block stands behind its length.
fn blocks(mut bytes: Bytes) -> Vec<Block> {
    let mut blocks = Vec::new();
    while bytes.has_remaining() {
        let length = bytes.get_u32() as usize;
        blocks.push(Block::decode(bytes.split_to(length)).expect("block"));
    }
    blocks
}

fn genesis(block: &Block) -> CandidateBlock {
    let envelope = Envelope::decode(block.data.as_ref().expect("data").data[0].clone()).expect("envelope");
    let payload = Payload::decode(envelope.payload.clone()).expect("payload");
    let header = proto::transaction::channel_header(&envelope).expect("header");
    let transaction = CandidateTransaction {
        tx_id: header.tx_id,
        kind: HeaderType::Config,
        code: TxValidationCode::Valid,
        rwset: None,
        config: Some(payload.data),
        private: None,
    };
    CandidateBlock { block: block.clone(), transactions: vec![transaction] }
}

#[test]
fn blocks_of_a_real_network() {
    let ordered = blocks(Bytes::from_static(include_bytes!("../../ledger/tests/data/fabric-orderer.blocks")));
    let committed = blocks(Bytes::from_static(include_bytes!("../../ledger/tests/data/fabric-peer.blocks")));
    assert_eq!(ordered.len(), committed.len());
    let bundle = Arc::new(Bundle::from_config_block(&ordered[0]).expect("configuration"));
    let dir = tempfile::tempdir().expect("temporary directory");
    let ledger = Ledger::open(dir.path(), bundle.channel_id(), LedgerOptions::default()).expect("ledger");
    ledger.commit(genesis(&ordered[0])).expect("genesis block");
    let workers = Workers::new(2);
    for (block, expected) in ordered.into_iter().zip(committed).skip(1) {
        let checked = validator::check(&workers, block, &bundle).expect("check");
        let number = checked.number();
        let judgement = validator::judge(checked, &ledger).expect("judge");
        // Blocks 1 and 2 approve and commit a definition.
        assert_eq!(judgement.touches_lifecycle, number <= 2, "block {number}");
        let ours = ledger.commit(judgement.candidate).expect("commit").block;
        for index in [BlockMetadataIndex::TransactionsFilter, BlockMetadataIndex::CommitHash] {
            let slot = |block| proto::block::metadata(block, index);
            assert_eq!(slot(&ours), slot(&expected), "{index:?} of block {number}");
        }
    }
}
