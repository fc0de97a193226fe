//! CPU time of validating and committing blocks of 500 transactions, each with one endorsement and one write.
//!
//! Run with `cargo bench -p validator`. Fails when a transaction costs more than the budget, unless `BENCH_REPORT_ONLY`
//! is set.

#[path = "../tests/network/mod.rs"]
mod network;

use std::time::{Duration, Instant};

use network::{Network, signature_policy};
use prost::Message;
use proto::common::Block;
use proto::protos::TxValidationCode;

const BLOCKS: usize = 20;
const TRANSACTIONS: usize = 500;
/// CPU milliseconds per transaction.
const BUDGET_MS: f64 = 0.15;

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
    println!("{TRANSACTIONS} transactions per block, {BLOCKS} blocks, 1 endorsement, 1 write");
    println!("  check   {:.4} CPU-ms/tx", per_transaction(check));
    println!("  judge   {:.4} CPU-ms/tx", per_transaction(judge));
    println!("  commit  {:.4} CPU-ms/tx", per_transaction(commit));
    println!(
        "  total   {:.4} CPU-ms/tx (budget {BUDGET_MS}), {:.0} tx/s",
        per_transaction(cpu),
        count / elapsed.as_secs_f64()
    );
    let over = per_transaction(cpu) > BUDGET_MS;
    if over && std::env::var_os("BENCH_REPORT_ONLY").is_none() {
        println!("over budget");
        std::process::exit(1);
    }
}

/// CPU time of this process so far, all threads.
fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
