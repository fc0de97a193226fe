//! The ledger against blocks of a real Fabric network: what its orderer cut goes in, and what its peer made of it must
//! come out.

use bytes::{Buf, Bytes};
use ledger::{
    BlockStore, BlockStoreOptions, CandidateBlock, CandidateTransaction, Ledger, LedgerOptions, ReadWriteSet, Simulator,
};
use prost::Message;
use proto::common::{Block, BlockMetadataIndex, ChannelHeader, Envelope, HeaderType, Payload};
use proto::protos::{ChaincodeAction, ChaincodeActionPayload, ProposalResponsePayload, Transaction, TxValidationCode};

use crate::fixture::CHANNEL;

const NAMESPACE: &str = "assets";

pub fn blocks(mut file: Bytes) -> Vec<Block> {
    let mut blocks = Vec::new();
    while file.has_remaining() {
        let length = file.get_u32() as usize;
        blocks.push(Block::decode(file.split_to(length)).unwrap());
    }
    blocks
}

fn ordered() -> Vec<Block> {
    blocks(Bytes::from_static(include_bytes!("../data/fabric-orderer.blocks")))
}

fn committed() -> Vec<Block> {
    blocks(Bytes::from_static(include_bytes!("../data/fabric-peer.blocks")))
}

fn judge(envelope: &Bytes) -> CandidateTransaction {
    let payload = Payload::decode(Envelope::decode(envelope.clone()).unwrap().payload).unwrap();
    let header = ChannelHeader::decode(payload.header.unwrap().channel_header).unwrap();
    let kind = HeaderType::try_from(header.r#type).unwrap();
    let (rwset, config) = match kind {
        HeaderType::Config => (None, Some(payload.data)),
        _ => (Some(ReadWriteSet::decode(results(payload.data)).unwrap()), None),
    };
    let code = TxValidationCode::Valid;
    CandidateTransaction { tx_id: header.tx_id, kind, code, rwset, config, private: None }
}

fn results(transaction: Bytes) -> Bytes {
    let transaction = Transaction::decode(transaction).unwrap();
    let payload = ChaincodeActionPayload::decode(transaction.actions[0].payload.clone()).unwrap();
    let response = ProposalResponsePayload::decode(payload.action.unwrap().proposal_response_payload).unwrap();
    ChaincodeAction::decode(response.extension).unwrap().results
}

fn results_of(block: &Block, index: usize) -> Bytes {
    let envelope = Envelope::decode(block.data.as_ref().unwrap().data[index].clone()).unwrap();
    results(Payload::decode(envelope.payload).unwrap().data)
}

pub fn candidate(block: Block) -> CandidateBlock {
    let transactions = block.data.as_ref().unwrap().data.iter().map(judge).collect();
    CandidateBlock { block, transactions }
}

fn commit_up_to(ledger: &Ledger, end: u64) {
    for block in ordered().into_iter().skip(ledger.height() as usize).take((end - ledger.height()) as usize) {
        ledger.commit(candidate(block)).unwrap();
    }
}

fn check_outcome(block: &Block, expected: &Block) {
    let number = expected.header.as_ref().unwrap().number;
    for slot in [BlockMetadataIndex::TransactionsFilter, BlockMetadataIndex::CommitHash] {
        let found = proto::block::metadata(block, slot);
        assert_eq!(hex::encode(found), hex::encode(proto::block::metadata(expected, slot)), "block {number} {slot:?}");
    }
    assert_eq!((&block.header, &block.data), (&expected.header, &expected.data));
}

#[test]
fn flags_and_commit_hashes_are_those_of_the_peer() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(dir.path(), CHANNEL, LedgerOptions::default()).unwrap();
    for (block, expected) in ordered().into_iter().zip(committed()) {
        let outcome = ledger.commit(candidate(block)).unwrap();
        check_outcome(&outcome.block, &expected);
    }
    assert_eq!(ledger.height(), 14);
    let codes = [0, 11, 0, 12].map(|code| TxValidationCode::try_from(code).unwrap());
    assert_eq!(ledger.committed(5).unwrap().unwrap().codes, codes);
}

#[test]
fn one_group_has_the_same_outcome_as_single_blocks() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(dir.path(), CHANNEL, LedgerOptions::default()).unwrap();
    let candidates = ordered().into_iter().map(candidate).collect();
    let outcomes = ledger.commit_group(candidates).unwrap();
    for (outcome, expected) in outcomes.iter().zip(committed()) {
        check_outcome(&outcome.block, &expected);
    }
    assert_eq!(ledger.snapshot().get(NAMESPACE, "b").unwrap(), None);
    assert!(ledger.snapshot().get(NAMESPACE, "a").unwrap().is_some());
}

#[test]
fn blocks_pass_through_the_block_store_unchanged() {
    let dir = tempfile::tempdir().unwrap();
    let bytes: Vec<Bytes> = committed().iter().map(|block| block.encode_to_vec().into()).collect();
    let store = BlockStore::open(dir.path(), BlockStoreOptions { segment_bytes: 10_000 }).unwrap();
    store.append(&bytes[..5]).unwrap();
    bytes[5..].iter().for_each(|block| store.append(std::slice::from_ref(block)).unwrap());
    drop(store);
    let store = BlockStore::open(dir.path(), BlockStoreOptions::default()).unwrap();
    for (number, block) in (0..).zip(&bytes) {
        assert_eq!(store.block_bytes(number).unwrap().as_ref(), Some(block));
    }
}

// Simulates what the contract of the real network did, on the state that it saw, and compares the signed bytes.
fn check_simulation(block_number: usize, run: impl FnOnce(&mut Simulator)) {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(dir.path(), CHANNEL, LedgerOptions::default()).unwrap();
    commit_up_to(&ledger, block_number as u64);
    let mut simulator = ledger.simulator("tx");
    // The peer looks up the definition of the chaincode.
    simulator.get_state("_lifecycle", "namespaces/fields/assets/Sequence").unwrap();
    run(&mut simulator);
    let found = simulator.finish().unwrap().public;
    let expected = results_of(&committed()[block_number], 0);
    let decoded = (ReadWriteSet::decode(found.clone()).unwrap(), ReadWriteSet::decode(expected.clone()).unwrap());
    assert_eq!(decoded.0, decoded.1);
    assert_eq!(found, expected);
}

fn drain(simulator: &mut Simulator, start: &str, end: &str, most: usize) -> usize {
    let range = simulator.range(NAMESPACE, start, end).unwrap();
    let mut count = 0;
    while count < most && simulator.next(range).unwrap().is_some() {
        count += 1;
    }
    simulator.close(range);
    count
}

#[test]
fn simulations_have_the_bytes_that_the_peer_signed() {
    let set = |simulator: &mut Simulator, key: &str, value: &str| {
        simulator.set_state(NAMESPACE, key, Bytes::copy_from_slice(value.as_bytes())).unwrap();
    };
    check_simulation(3, |simulator| set(simulator, "a", "1"));
    check_simulation(5, |simulator| {
        let value = simulator.get_state(NAMESPACE, "a").unwrap().unwrap();
        set(simulator, "a", &format!("{}x", str::from_utf8(&value).unwrap()));
    });
    check_simulation(6, |simulator| {
        for i in 0..120_u8 {
            set(simulator, &format!("m{}{}", (b'a' + i / 26) as char, (b'a' + i % 26) as char), "x");
        }
    });
    check_simulation(7, |simulator| {
        drain(simulator, "m", "n", 0);
        set(simulator, "sum2", "sum");
    });
    check_simulation(8, |simulator| {
        assert_eq!(drain(simulator, "m", "n", 3), 3);
        set(simulator, "sum3", "sum");
    });
    check_simulation(9, |simulator| {
        simulator.set_state(NAMESPACE, "\0color\0red\x001\0", Bytes::from_static(&[1])).unwrap();
    });
    check_simulation(10, |simulator| {
        assert_eq!(drain(simulator, "\0color\0red\0", "\0color\0red\0\u{10ffff}", 9), 1);
    });
    check_simulation(11, |simulator| simulator.delete_state(NAMESPACE, "b").unwrap());
    check_simulation(12, |simulator| {
        let metadata = [("VALIDATION_PARAMETER".to_owned(), Bytes::new())].into();
        simulator.set_state_metadata(NAMESPACE, "a", metadata).unwrap();
    });
}

#[test]
fn history_is_read_from_the_blocks() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(dir.path(), CHANNEL, LedgerOptions::default()).unwrap();
    commit_up_to(&ledger, 14);
    let history: Vec<_> = ledger.history(NAMESPACE, "a").unwrap().map(Result::unwrap).collect();
    let values: Vec<_> = history.iter().map(|change| String::from_utf8(change.value.to_vec()).unwrap()).collect();
    assert_eq!(values, ["1xz", "1x", "1"]);
    assert!(history.iter().all(|change| change.timestamp.is_some() && change.tx_id.len() == 64));
    let deleted: Vec<_> = ledger.history(NAMESPACE, "b").unwrap().map(|change| change.unwrap().is_delete).collect();
    assert_eq!(deleted, [true, false]);
}
