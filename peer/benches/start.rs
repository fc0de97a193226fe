//! How soon a peer is ready with an empty ledger and with three channels of 400,000 transactions, how much memory it then
//! rests in, and how soon its command line has done the least that it can do.
//!
//! Rows of `cargo xtask bench`.

#[path = "../../validator/tests/network/mod.rs"]
mod network;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use channel::genesis;
use ledger::{CandidateBlock, ReadWriteSet};
use network::{Network, candidate, public, write};
use peer::channels::{Channel, Channels, ChannelsOptions, OrdererConnections};
use prost::Message;
use proto::common::HeaderType;
use proto::kvrwset::KvrwSet;
use proto::rwset::TxReadWriteSet;

const CHANNELS: [&str; 3] = ["first", "second", "third"];
const TRANSACTIONS: usize = 400_000;
const BLOCK: usize = 500;
/// Starts of each kind; the median counts.
const STARTS: usize = 5;
const COMMANDS: usize = 21;
/// How long a peer rests before its memory is read.
const REST: Duration = Duration::from_secs(3);
const READY: &str = "Started peer with ID";

fn main() {
    let network = Network::new(1);
    let dir = tempfile::tempdir().expect("a directory");
    let (ready, _) = starts(dir.path(), &network);
    row("peer ready, empty ledger", format!("{ready} ms"), "100 ms");
    fill(dir.path(), &network);
    let (ready, resident) = starts(dir.path(), &network);
    row("peer ready, 3 channels with 400,000 transactions", format!("{ready} ms"), "250 ms");
    row("idle RSS, the same", format!("{resident:.1} MB"), "40 MB");
    let mut commands: Vec<Duration> = (0..COMMANDS).map(|_| command()).collect();
    commands.sort();
    row("peer version, the whole process", format!("{:.1} ms", commands[COMMANDS / 2].as_secs_f64() * 1e3), "10 ms");
}

fn row(measured: &str, value: String, target: &str) {
    println!("bench\t{measured}\t{value}\t-\t-\t{target}");
}

/// Milliseconds until the peer says that it is ready, and its memory in megabytes after the last start.
fn starts(dir: &Path, network: &Network) -> (u128, f64) {
    let mut times = Vec::new();
    let mut resident = 0.0;
    for round in 1..=STARTS {
        let began = Instant::now();
        let mut peer = start(dir, network);
        times.push(began.elapsed().as_millis());
        if round == STARTS {
            std::thread::sleep(REST);
            resident = resident_megabytes(peer.id());
        }
        rustix::process::kill_process(rustix::process::Pid::from_child(&peer), rustix::process::Signal::TERM)
            .expect("the peer runs");
        assert!(peer.wait().expect("the peer ends").success());
    }
    times.sort_unstable();
    (times[STARTS / 2], resident)
}

/// A peer that is ready.
fn start(dir: &Path, network: &Network) -> Child {
    let msp_dir = network.orgs[0].peer_msp_dir.display();
    let configuration = format!(
        "peer:\n  id: bench\n  listenAddress: 127.0.0.1:0\n  address: 127.0.0.1:0\n  localMspId: Org1MSP\n  \
         mspConfigPath: {msp_dir}\n  fileSystemPath: {}\noperations:\n  listenAddress: 127.0.0.1:0\n",
        dir.join("data").display()
    );
    fs::write(dir.join("core.yaml"), configuration).expect("written");
    let mut peer = Command::new(env!("CARGO_BIN_EXE_peer"))
        .args(["node", "start"])
        .env("FABRIC_CFG_PATH", dir)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the peer starts");
    let mut lines = BufReader::new(peer.stderr.take().expect("piped")).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains(READY)), "the peer did not become ready");
    // It must not be held up by a full pipe later.
    std::thread::spawn(move || lines.for_each(drop));
    peer
}

/// Joins three channels, and commits blocks to them without anybody judging these.
fn fill(dir: &Path, network: &Network) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let identity = msp::SigningIdentity::from_msp_dir(&network.orgs[0].peer_msp_dir, "Org1MSP").expect("an identity");
    let channels = Channels::open(ChannelsOptions {
        data_dir: dir.join("data/ledgersData"),
        identity: Arc::new(identity),
        runtime: runtime.handle().clone(),
        workers: Arc::new(validator::Workers::new(1)),
        orderers: OrdererConnections::default(),
        ledger: ledger::LedgerOptions::default(),
        metrics: Default::default(),
        client_roots: None,
    })
    .expect("channels");
    let envelope = network.put("key").sign();
    for (index, channel_id) in CHANNELS.into_iter().enumerate() {
        let mut profile = network.profile();
        profile.channel_id = channel_id.to_owned();
        let channel = channels.join(&genesis::block(&profile)).expect("joined");
        let blocks = TRANSACTIONS / BLOCK;
        let share = blocks / CHANNELS.len() + usize::from(index < blocks % CHANNELS.len());
        for _ in 0..share {
            commit(&channel, &envelope);
        }
    }
    channels.stop();
}

fn commit(channel: &Channel, envelope: &Bytes) {
    let ledger = channel.ledger();
    let number = ledger.height();
    let previous = ledger.last_header().map(|header| proto::block::header_hash(&header)).expect("a first block");
    let block = proto::block::new(number, Bytes::copy_from_slice(&previous), vec![envelope.clone(); BLOCK]);
    let transactions = (0..BLOCK).map(|index| {
        let mut transaction = candidate(HeaderType::EndorserTransaction, &format!("{number}-{index}"));
        let writes = KvrwSet { writes: vec![write(&format!("{number}-{index}"), b"value")], ..Default::default() };
        let results = TxReadWriteSet { data_model: 0, ns_rwset: vec![public("basic", writes)] };
        let results = Bytes::from(results.encode_to_vec());
        transaction.rwset = Some(ReadWriteSet::decode(results).expect("a read-write set"));
        transaction
    });
    ledger.commit(CandidateBlock { block, transactions: transactions.collect() }).expect("committed");
}

fn command() -> Duration {
    let began = Instant::now();
    let status = Command::new(env!("CARGO_BIN_EXE_peer")).arg("version").stdout(Stdio::null()).status();
    assert!(status.expect("the command starts").success());
    began.elapsed()
}

fn resident_megabytes(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("the peer runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line");
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
    kilobytes / 1024.0
}
