//! CPU time of validating and committing blocks of 500 transactions, each with one endorsement and one write.
//!
//! Rows of `cargo xtask bench`.

#[path = "../tests/network/mod.rs"]
mod network;

use std::time::{Duration, Instant};

use network::{Network, signature_policy};
use prost::Message;
use proto::common::Block;
use proto::protos::TxValidationCode;

const BLOCKS: usize = 20;
const TRANSACTIONS: usize = 500;

fn main() {
    let network = Network::new(1);
    network.define("basic", signature_policy("OR('Org1MSP.peer')"), None);
    let data: Vec<Vec<bytes::Bytes>> = (0..BLOCKS)
        .map(|block| (0..TRANSACTIONS).map(|tx| network.put(&format!("{block}-{tx}")).sign()).collect())
        .collect();

    let (mut check, mut judge, mut commit) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let (started, cpu_started) = (Instant::now(), cpu_time());
    for data in data {
        let bytes = network.block(data).encode_to_vec();
        let cpu = cpu_time();
        let block = Block::decode(bytes::Bytes::from(bytes)).expect("block");
        let checked = validator::check(&network.workers, block, &network.bundle).expect("check");
        check += cpu_time() - cpu;
        let cpu = cpu_time();
        let judgement = validator::judge(checked, &network.ledger).expect("judge");
        judge += cpu_time() - cpu;
        let cpu = cpu_time();
        let committed = network.commit(judgement.candidate);
        commit += cpu_time() - cpu;
        assert!(committed.codes.iter().all(|code| *code == TxValidationCode::Valid));
    }
    let (elapsed, cpu) = (started.elapsed(), cpu_time() - cpu_started);
    let count = (BLOCKS * TRANSACTIONS) as f64;
    let per_transaction = |time: Duration| time.as_secs_f64() * 1000.0 / count;
    let row = |measured: &str, cpu: f64, rate: &str, target: &str| {
        println!("bench\t{measured}\t-\t{cpu:.3}\t{rate}\t{target}");
    };
    row("commit, checking signatures", per_transaction(check), "-", "-");
    row("commit, policies and conflicts", per_transaction(judge), "-", "-");
    row("commit, ledger", per_transaction(commit), "-", "-");
    let rate = format!("{:.0}", count / elapsed.as_secs_f64());
    row("commit, blocks of 500", per_transaction(cpu), &rate, "0.15 CPU ms");
}

/// CPU time of this process so far, all threads.
fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
