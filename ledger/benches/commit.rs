//! CPU time of committing blocks of 500 transactions, each of which reads a key and writes it, without signatures.
//! Prints one line of a table.

use std::time::{Duration, Instant};

use bytes::Bytes;
use ledger::{CandidateBlock, CandidateTransaction, Ledger, LedgerOptions, ReadWriteSet};
use prost::Message;
use proto::common::{BlockHeader, ChannelHeader, Envelope, Header, HeaderType, Payload};
use proto::protos::{
    ChaincodeAction, ChaincodeActionPayload, ChaincodeEndorsedAction, Endorsement, ProposalResponsePayload,
    Transaction, TransactionAction, TxValidationCode,
};

const BLOCKS: usize = 60;
const TXS: usize = 500;
const VALUE_BYTES: usize = 200;
/// Identities and signatures of a transaction with one endorsement take about this much.
const SIGNED_BYTES: usize = 2_600;

fn main() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let ledger = Ledger::open(dir.path(), "bench", LedgerOptions::default()).expect("a new ledger");
    for block in 0..BLOCKS {
        let rwsets = (0..TXS).map(|tx| write(&ledger, &key(block, tx), false)).collect();
        ledger.commit(candidate(ledger.last_header().as_ref(), rwsets)).expect("a commit");
    }
    let mut last = ledger.last_header();
    let candidates: Vec<_> = (0..BLOCKS)
        .map(|block| {
            let rwsets = (0..TXS).map(|tx| write(&ledger, &key(block, tx), true)).collect();
            let candidate = candidate(last.as_ref(), rwsets);
            last = candidate.block.header.clone();
            candidate
        })
        .collect();
    let (cpu, wall) = (cpu_time(), Instant::now());
    for candidate in candidates {
        let committed = ledger.commit(candidate).expect("a commit");
        assert!(committed.codes.iter().all(|code| *code == TxValidationCode::Valid), "every transaction is valid");
    }
    let (cpu, wall) = (cpu_time() - cpu, wall.elapsed());
    let txs = (BLOCKS * TXS) as f64;
    // What, value, CPU time in milliseconds, transactions a second, target: as all our benches print it.
    println!(
        "bench\tledger commit, {TXS}-tx blocks, no signatures\t-\t{:.4}\t{:.0}\t-",
        cpu.as_secs_f64() * 1e3 / txs,
        txs / wall.as_secs_f64()
    );
}

fn key(block: usize, tx: usize) -> String {
    // Spread, so that neighbours in a block are no neighbours in the state.
    format!("asset{:08x}", ((block * TXS + tx) as u32).wrapping_mul(2_654_435_761))
}

fn write(ledger: &Ledger, key: &str, read: bool) -> Bytes {
    let mut simulator = ledger.simulator("");
    if read {
        assert!(simulator.get_state("basic", key).expect("a read").is_some(), "the key was written before");
    }
    simulator.set_state("basic", key, Bytes::from(vec![b'v'; VALUE_BYTES])).expect("a write");
    simulator.finish().expect("a result").public
}

fn candidate(last: Option<&BlockHeader>, rwsets: Vec<Bytes>) -> CandidateBlock {
    let number = last.map_or(0, |last| last.number + 1);
    let previous = last.map(|last| Bytes::copy_from_slice(&proto::block::header_hash(last))).unwrap_or_default();
    let tx_id = |index: usize| proto::transaction::tx_id(&number.to_be_bytes(), &index.to_be_bytes());
    let data = rwsets.iter().enumerate().map(|(index, results)| envelope(tx_id(index), results.clone())).collect();
    let transactions = rwsets.iter().enumerate().map(|(index, results)| CandidateTransaction {
        tx_id: tx_id(index),
        kind: HeaderType::EndorserTransaction,
        code: TxValidationCode::Valid,
        rwset: Some(ReadWriteSet::decode(results.clone()).expect("our own results")),
        config: None,
        private: None,
    });
    let transactions = transactions.collect();
    CandidateBlock { block: proto::block::new(number, previous, data), transactions }
}

fn envelope(tx_id: String, results: Bytes) -> Bytes {
    let extension = ChaincodeAction { results, ..Default::default() }.encode_to_vec().into();
    let proposal_response_payload = ProposalResponsePayload { extension, ..Default::default() }.encode_to_vec().into();
    let endorsement = Endorsement { endorser: vec![1; SIGNED_BYTES].into(), ..Default::default() };
    let action = Some(ChaincodeEndorsedAction { proposal_response_payload, endorsements: vec![endorsement] });
    let payload = ChaincodeActionPayload { action, ..Default::default() }.encode_to_vec().into();
    let data = Transaction { actions: vec![TransactionAction { payload, ..Default::default() }] };
    let header = ChannelHeader {
        r#type: HeaderType::EndorserTransaction as i32,
        channel_id: "bench".to_owned(),
        tx_id,
        ..Default::default()
    };
    let header = Header { channel_header: header.encode_to_vec().into(), ..Default::default() };
    let payload = Payload { header: Some(header), data: data.encode_to_vec().into() }.encode_to_vec().into();
    Envelope { payload, ..Default::default() }.encode_to_vec().into()
}

/// CPU time of the process, background threads included.
fn cpu_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call fills the structure that it is given.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    assert_eq!(result, 0, "the clock exists");
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
