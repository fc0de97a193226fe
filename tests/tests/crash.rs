//! `kill -9` during load, then restart: every transaction that was reported committed is there, once.

#![allow(clippy::unwrap_used)] // A test stops at the first surprise.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use client::blocks::Position;
use prost::Message;
use proto::protos::TxValidationCode;
use proto::transaction::channel_header;
use tests::programs::CHAINCODE;
use tests::{Network, Session};

const CLIENTS: usize = 8;
const COMMITS_BEFORE_KILL: usize = 60;
const CRASHES: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn committed_transactions_survive_kill_9() {
    let mut network = Network::with_contract().unwrap();
    let mut reported: BTreeMap<String, u64> = BTreeMap::new();
    for round in 0..CRASHES {
        let committed = load_until_killed(&mut network, round).await;
        assert!(committed.len() >= COMMITS_BEFORE_KILL, "round {round}: {} commits", committed.len());
        reported.extend(committed);
        network.restart().unwrap();
        let found = transactions(&network).await;
        for (tx_id, block) in &reported {
            let places = found.get(tx_id).map(Vec::as_slice).unwrap_or_default();
            assert_eq!(places, [*block], "round {round}: transaction {tx_id}, reported in block {block}");
        }
        assert!(
            network.query(CHAINCODE, &format!(r#"{{"Args":["ReadAsset","{round}-0-0"]}}"#)).unwrap().status.success()
        );
    }
    let session = Session::open(&network).await.unwrap();
    session.submit(CHAINCODE, &["CreateAsset", "after", "red", "1", "Ada", "1"]).await.unwrap();
}

/// Submits from several clients until enough is committed, kills the peer in the middle of it, and returns what was
/// reported as committed, with its block.
async fn load_until_killed(network: &mut Network, round: usize) -> Vec<(String, u64)> {
    let (reports, mut committed) = tokio::sync::mpsc::channel(1024);
    let running = Arc::new(AtomicBool::new(true));
    let mut clients = Vec::new();
    for client in 0..CLIENTS {
        let session = Session::open(network).await.unwrap();
        let (reports, running) = (reports.clone(), running.clone());
        clients.push(tokio::spawn(async move {
            let mut number = 0;
            while running.load(Ordering::Relaxed) {
                let id = format!("{round}-{client}-{number}");
                match session.submit(CHAINCODE, &["CreateAsset", &id, "red", "1", "Ada", "1"]).await {
                    Ok(submitted) => {
                        let block = submitted.committed[0].block_number;
                        if reports.send((submitted.tx_id, block)).await.is_err() {
                            return;
                        }
                    }
                    // The peer is gone.
                    Err(_) => return,
                }
                number += 1;
            }
        }));
    }
    drop(reports);
    let mut all = Vec::new();
    while all.len() < COMMITS_BEFORE_KILL {
        all.push(committed.recv().await.expect("the clients go on until the peer is killed"));
    }
    network.kill().unwrap();
    running.store(false, Ordering::Relaxed);
    while let Some(report) = committed.recv().await {
        all.push(report);
    }
    for client in clients {
        client.await.unwrap();
    }
    all
}

/// Every valid transaction of the channel and the blocks it is in.
async fn transactions(network: &Network) -> BTreeMap<String, Vec<u64>> {
    let session = Session::open(network).await.unwrap();
    let (identity, timeout) = (&session.client.identity, session.client.timeouts.commit);
    let fetch = |position| session.peer.block(identity, &session.channel_id, position, false, timeout);
    let newest = fetch(Position::Newest).await.unwrap().header.unwrap().number;
    let mut found: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let mut previous_hash = None;
    for number in 0..=newest {
        let block = fetch(Position::Number(number)).await.unwrap();
        let header = block.header.clone().unwrap();
        assert_eq!(header.number, number);
        if let Some(previous) = previous_hash {
            assert_eq!(header.previous_hash, previous, "block {number} follows the one before");
        }
        previous_hash = Some(proto::block::header_hash(&header).to_vec());
        for (index, bytes) in block.data.clone().unwrap_or_default().data.into_iter().enumerate() {
            let envelope = proto::common::Envelope::decode(bytes).unwrap();
            if proto::block::validation_code(&block, index) == TxValidationCode::Valid {
                found.entry(channel_header(&envelope).unwrap().tx_id).or_default().push(number);
            }
        }
    }
    found
}

#[test]
fn installs_and_approvals_survive_kill_9() {
    let mut network = Network::start().unwrap();
    let contract = tests::programs::contract(CHAINCODE).unwrap().to_string_lossy().into_owned();
    let package = network.scratch().join("basic.tar.gz").to_string_lossy().into_owned();
    let run = |network: &Network, arguments: &[&str]| {
        let output = network.peer(&[&["lifecycle", "chaincode"], arguments].concat()).unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", output.stderr);
        output.stdout
    };
    run(&network, &["package", &package, "-p", &contract, "-l", "wasm", "--label", "basic"]);
    run(&network, &["install", &package]);
    network.kill().unwrap();
    network.restart().unwrap();
    let package_id = run(&network, &["calculatepackageid", &package]);
    let package_id = package_id.trim();
    assert!(run(&network, &["queryinstalled"]).contains(package_id));
    // The private data of the approval is with this peer alone.
    let definition = ["-C", "mychannel", "-n", "basic", "-v", "1.0", "--sequence", "1"];
    let approve = ["approveformyorg", "--package-id", package_id];
    run(&network, &[&approve[..], &definition].concat());
    network.kill().unwrap();
    network.restart().unwrap();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    let query = ["lifecycle", "chaincode", "queryapproved", "-C", "mychannel", "-n", "basic", "--sequence", "1"];
    while !network.peer(&query).unwrap().stdout.contains(package_id) {
        assert!(std::time::Instant::now() < deadline, "the approval is gone");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    run(&network, &[&["commit"][..], &definition].concat());
}
