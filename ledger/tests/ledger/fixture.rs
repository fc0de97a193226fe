//! Transactions and blocks as a client and an orderer would make them, without signatures.

use std::path::Path;

use bytes::Bytes;
use ledger::{
    CandidateBlock, CandidateTransaction, CommittedBlock, Ledger, LedgerOptions, ReadWriteSet, SimulationResults,
    Simulator,
};
use prost::Message;
use proto::common::{Block, ChannelHeader, Envelope, Header, HeaderType, Payload};
use proto::protos::{
    ChaincodeAction, ChaincodeActionPayload, ChaincodeEndorsedAction, ProposalResponsePayload, Transaction,
    TransactionAction, TxValidationCode,
};
use proto::rwset::TxPvtReadWriteSet;

pub const CHANNEL: &str = "mychannel";
pub const CHAINCODE: &str = "basic";

/// Small buffers, so that a test of a few blocks sees more than one segment and more than one flush.
pub fn options() -> LedgerOptions {
    let mut options = LedgerOptions { write_buffer_bytes: 1 << 20, cache_bytes: 1 << 20, ..Default::default() };
    options.blocks.segment_bytes = 16 << 10;
    options
}

pub fn open(dir: &Path) -> Ledger {
    Ledger::open(dir, CHANNEL, options()).expect("the ledger opens")
}

/// A transaction on its way into a block.
pub struct Tx {
    pub tx_id: String,
    pub results: Bytes,
    pub private: Option<TxPvtReadWriteSet>,
    pub code: TxValidationCode,
}

impl Tx {
    pub fn new(tx_id: &str, results: SimulationResults) -> Tx {
        let (results, private) = (results.public, results.private);
        Tx { tx_id: tx_id.to_owned(), results, private, code: TxValidationCode::Valid }
    }
}

/// Simulates a transaction on the current state.
pub fn simulate(ledger: &Ledger, tx_id: &str, run: impl FnOnce(&mut Simulator)) -> Tx {
    let mut simulator = ledger.simulator(tx_id);
    run(&mut simulator);
    Tx::new(tx_id, simulator.finish().expect("the simulation has a result"))
}

/// A transaction that writes keys and reads nothing.
pub fn put(ledger: &Ledger, tx_id: &str, pairs: &[(&str, &str)]) -> Tx {
    simulate(ledger, tx_id, |simulator| {
        for (key, value) in pairs {
            simulator.set_state(CHAINCODE, key, Bytes::copy_from_slice(value.as_bytes())).expect("a write");
        }
    })
}

/// The envelope of an endorser transaction.
pub fn envelope(tx_id: &str, results: Bytes) -> Bytes {
    let extension = ChaincodeAction { results, ..Default::default() }.encode_to_vec().into();
    let response = ProposalResponsePayload { extension, ..Default::default() }.encode_to_vec().into();
    let action = ChaincodeEndorsedAction { proposal_response_payload: response, ..Default::default() };
    let payload = ChaincodeActionPayload { action: Some(action), ..Default::default() }.encode_to_vec().into();
    let data = Transaction { actions: vec![TransactionAction { payload, ..Default::default() }] }.encode_to_vec();
    wrap(HeaderType::EndorserTransaction, tx_id, data.into())
}

/// The envelope of a configuration transaction.
pub fn config_envelope(config: Bytes) -> Bytes {
    wrap(HeaderType::Config, "", config)
}

fn wrap(kind: HeaderType, tx_id: &str, data: Bytes) -> Bytes {
    let header = ChannelHeader {
        r#type: kind as i32,
        channel_id: CHANNEL.to_owned(),
        tx_id: tx_id.to_owned(),
        timestamp: Some(prost_types::Timestamp { seconds: 1_700_000_000, nanos: 5 }),
        ..Default::default()
    };
    let header = Header { channel_header: header.encode_to_vec().into(), ..Default::default() };
    let payload = Payload { header: Some(header), data };
    Envelope { payload: payload.encode_to_vec().into(), ..Default::default() }.encode_to_vec().into()
}

/// The block that comes after `last`, with these envelopes.
pub fn next_block(last: Option<&proto::common::BlockHeader>, data: Vec<Bytes>) -> Block {
    match last {
        None => proto::block::new(0, Bytes::new(), data),
        Some(last) => {
            let hash = Bytes::copy_from_slice(&proto::block::header_hash(last));
            proto::block::new(last.number + 1, hash, data)
        }
    }
}

pub fn candidate(last: Option<&proto::common::BlockHeader>, txs: Vec<Tx>) -> CandidateBlock {
    let data = txs.iter().map(|tx| envelope(&tx.tx_id, tx.results.clone())).collect();
    let transactions = txs.into_iter().map(|tx| CandidateTransaction {
        tx_id: tx.tx_id,
        kind: HeaderType::EndorserTransaction,
        code: tx.code,
        rwset: Some(ReadWriteSet::decode(tx.results).expect("results decode")),
        config: None,
        private: tx.private,
    });
    CandidateBlock { block: next_block(last, data), transactions: transactions.collect() }
}

/// Block 0: a configuration.
pub fn genesis() -> CandidateBlock {
    let config = Bytes::from_static(b"configuration 0");
    let transaction = CandidateTransaction {
        tx_id: String::new(),
        kind: HeaderType::Config,
        code: TxValidationCode::Valid,
        rwset: None,
        config: Some(config.clone()),
        private: None,
    };
    CandidateBlock { block: next_block(None, vec![config_envelope(config)]), transactions: vec![transaction] }
}

/// A new ledger with block 0.
pub fn create(dir: &Path) -> Ledger {
    let ledger = open(dir);
    ledger.commit(genesis()).expect("the genesis block commits");
    ledger
}

/// Commits one block of transactions.
pub fn commit(ledger: &Ledger, txs: Vec<Tx>) -> CommittedBlock {
    ledger.commit(candidate(ledger.last_header().as_ref(), txs)).expect("the block commits")
}

pub fn value(ledger: &Ledger, key: &str) -> Option<String> {
    let found = ledger.snapshot().get(CHAINCODE, key).expect("the state is readable")?;
    Some(String::from_utf8(found.value.to_vec()).expect("test values are text"))
}

/// Every public key of the test chaincode.
pub fn dump(ledger: &Ledger) -> Vec<(String, ledger::VersionedValue)> {
    let range = ledger.snapshot().range(CHAINCODE, "", "").expect("a range");
    range.collect::<Result<_, _>>().expect("the state is readable")
}
