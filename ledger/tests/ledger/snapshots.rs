//! Snapshots for other peers: requests, files, and what a crash leaves.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use bytes::Bytes;
use ledger::{Ledger, LedgerOptions, Ledgers, SnapshotError, SnapshotRequestError};

use crate::fixture::{CHAINCODE, CHANNEL, candidate, commit, envelope, genesis, next_block, options, put, simulate};

const PATIENCE: Duration = Duration::from_secs(60);

fn with_snapshots(root: &Path) -> LedgerOptions {
    LedgerOptions { snapshots: Some(root.join("snapshots")), ..options() }
}

fn open(root: &Path) -> Ledger {
    Ledger::open(&root.join("ledger"), CHANNEL, with_snapshots(root)).unwrap()
}

fn create(root: &Path) -> Ledger {
    let ledger = open(root);
    ledger.commit(genesis()).unwrap();
    ledger
}

fn completed(root: &Path, number: u64) -> PathBuf {
    root.join("snapshots/completed").join(CHANNEL).join(number.to_string())
}

/// Waits for all requests but those for these blocks.
pub fn wait(ledger: &Ledger, left: &[u64]) {
    let deadline = Instant::now() + PATIENCE;
    while ledger.pending_snapshot_requests() != left {
        assert!(Instant::now() < deadline, "{:?} are pending", ledger.pending_snapshot_requests());
        std::thread::yield_now();
    }
}

/// The files of a snapshot with their contents, in order of their names.
pub fn files(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(dir).unwrap().map(Result::unwrap);
    let mut files: Vec<_> =
        entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect();
    files.sort();
    files
}

fn refusal(result: Result<(), SnapshotRequestError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn requests_are_taken_and_taken_back() {
    let root = tempfile::tempdir().unwrap();
    let ledger = create(root.path());
    commit(&ledger, vec![put(&ledger, "1", &[("a", "1")])]);
    for number in [9, 7, 8] {
        ledger.submit_snapshot_request(number).unwrap();
    }
    assert_eq!(refusal(ledger.submit_snapshot_request(8)), "duplicate snapshot request for block number 8");
    ledger.cancel_snapshot_request(8).unwrap();
    assert_eq!(refusal(ledger.cancel_snapshot_request(8)), "no snapshot request exists for block number 8");
    assert_eq!(ledger.pending_snapshot_requests(), [7, 9]);
    drop(ledger);
    let ledger = open(root.path());
    assert_eq!(ledger.pending_snapshot_requests(), [7, 9]);
    ledger.submit_snapshot_request(0).unwrap();
    wait(&ledger, &[7, 9]);
    assert!(completed(root.path(), 1).is_dir());
    for number in [0, 1] {
        let error = refusal(ledger.submit_snapshot_request(number));
        assert_eq!(error, "snapshot already generated for block number 1");
    }
    commit(&ledger, vec![put(&ledger, "2", &[("a", "2")])]);
    let error = refusal(ledger.submit_snapshot_request(1));
    assert_eq!(error, "requested snapshot for block number 1 cannot be less than the last committed block number 2");
}

#[test]
fn without_a_directory_nothing_is_taken() {
    let root = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(root.path(), CHANNEL, options()).unwrap();
    assert!(matches!(ledger.submit_snapshot_request(1), Err(SnapshotRequestError::NoDirectory)));
    assert_eq!(ledger.pending_snapshot_requests(), [0; 0]);
}

#[test]
fn files_hold_the_state_after_exactly_the_requested_block() {
    let root = tempfile::tempdir().unwrap();
    let ledger = create(root.path());
    ledger.submit_snapshot_request(2).unwrap();
    ledger.submit_snapshot_request(3).unwrap();
    // One group over both of them.
    let mut last = ledger.last_header();
    let mut group = Vec::new();
    for number in 1..6 {
        let tx = simulate(&ledger, &format!("{number}"), |simulator| {
            simulator.set_state(CHAINCODE, "key", Bytes::from(format!("value {number}"))).unwrap();
            simulator.set_private(CHAINCODE, "secrets", "key", Bytes::from(format!("{number}"))).unwrap();
        });
        let next = candidate(last.as_ref(), vec![tx]);
        last = next.block.header.clone();
        group.push(next);
    }
    ledger.commit_group(group).unwrap();
    assert_eq!(ledger.height(), 6);
    wait(&ledger, &[]);
    let second = files(&completed(root.path(), 2));
    let names: Vec<_> = second.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "_snapshot_additional_metadata.json",
        "_snapshot_signable_metadata.json",
        "private_state_hashes.data",
        "private_state_hashes.metadata",
        "public_state.data",
        "public_state.metadata",
        "txids.data",
        "txids.metadata",
    ];
    assert_eq!(names, expected);
    let content = |name: &str| &second.iter().find(|(found, _)| found == name).unwrap().1;
    // The state of block 0 is the configuration, in the namespace without a name.
    assert_eq!(content("public_state.metadata"), b"\x01\x02\x00\x01\x05basic\x01");
    let record = b"\x12\n\x03key\x12\x07value 2\"\x03\x01\x02\x00".to_vec();
    let expected = [&[record.len() as u8 - 1][..], &record[1..]].concat();
    assert!(content("public_state.data").ends_with(&expected), "{}", content("public_state.data").escape_ascii());
    assert_eq!(content("private_state_hashes.metadata"), b"\x01\x01\x0fbasic$$hsecrets\x01");
    // The configuration has an id that is computed, as all of 64 digits it comes last.
    let tx_ids = content("txids.data");
    assert!(tx_ids.starts_with(b"\x01\x011\x012\x40"), "{}", tx_ids.escape_ascii());
    assert_eq!(content("txids.metadata"), b"\x01\x03");
    assert_ne!(files(&completed(root.path(), 3)), second);
    assert!(!root.path().join("ledger/checkpoints/2").exists());
}

#[test]
fn two_ledgers_with_the_same_blocks_have_the_same_snapshots() {
    let roots = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let ledgers = [create(roots[0].path()), create(roots[1].path())];
    for number in 1..5 {
        let pairs = [("a", "1"), ("b", "2"), ("c", "3")];
        let tx = put(&ledgers[0], &format!("{number}"), &pairs);
        let block = candidate(ledgers[0].last_header().as_ref(), vec![tx]);
        ledgers.iter().for_each(|ledger| drop(ledger.commit(block.clone()).unwrap()));
    }
    for ledger in &ledgers {
        ledger.submit_snapshot_request(0).unwrap();
        wait(ledger, &[]);
    }
    assert_eq!(files(&completed(roots[0].path(), 4)), files(&completed(roots[1].path(), 4)));
}

#[test]
fn a_snapshot_that_was_not_finished_is_made_at_the_next_start() {
    let root = tempfile::tempdir().unwrap();
    let ledger = create(root.path());
    commit(&ledger, vec![put(&ledger, "1", &[("a", "1")])]);
    ledger.submit_snapshot_request(1).unwrap();
    wait(&ledger, &[]);
    let expected = files(&completed(root.path(), 1));
    drop(ledger);
    fs::remove_dir_all(completed(root.path(), 1)).unwrap();
    let ledger = open(root.path());
    ledger.submit_snapshot_request(1).unwrap();
    // Closing waits for the thread, not for the snapshot: what was begun goes on with the next opening.
    drop(ledger);
    let ledger = open(root.path());
    wait(&ledger, &[]);
    assert_eq!(files(&completed(root.path(), 1)), expected);
}

#[test]
fn closing_does_not_lose_the_checkpoint_of_a_passed_block() {
    let root = tempfile::tempdir().unwrap();
    let ledger = create(root.path());
    for number in 1..4 {
        let keys: Vec<(String, String)> =
            (0..500).map(|index| (format!("key {index}"), format!("value {number}"))).collect();
        let pairs: Vec<(&str, &str)> = keys.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        if number == 2 {
            ledger.submit_snapshot_request(2).unwrap();
        }
        commit(&ledger, vec![put(&ledger, &format!("{number}"), &pairs)]);
    }
    drop(ledger);
    let ledger = open(root.path());
    wait(&ledger, &[]);
    let files = files(&completed(root.path(), 2));
    let state = &files.iter().find(|(name, _)| name == "public_state.data").unwrap().1;
    let count = |text: &[u8]| state.windows(text.len()).filter(|window| *window == text).count();
    assert_eq!((count(b"value 2"), count(b"value 3")), (500, 0));
}

#[test]
fn cut_off_blocks_take_the_requests_with_them() {
    let root = tempfile::tempdir().unwrap();
    let ledgers = Ledgers::open(&root.path().join("ledgers"), with_snapshots(root.path())).unwrap();
    let open = || Ledger::open(&ledgers.directory(CHANNEL), CHANNEL, with_snapshots(root.path())).unwrap();
    let ledger = open();
    ledger.commit(genesis()).unwrap();
    for number in 1..4 {
        commit(&ledger, vec![put(&ledger, &format!("{number}"), &[("a", "1")])]);
    }
    ledger.submit_snapshot_request(9).unwrap();
    drop(ledger);
    ledgers.rollback(CHANNEL, 2).unwrap();
    assert_eq!(open().pending_snapshot_requests(), [0; 0]);
}

#[test]
fn long_ids_and_ids_of_invalid_transactions_are_in_the_snapshot() {
    let root = tempfile::tempdir().unwrap();
    let ledger = create(root.path());
    let long = "x".repeat(1000);
    let mut tx = put(&ledger, &long, &[("a", "1")]);
    tx.code = proto::protos::TxValidationCode::BadProposalTxid;
    let envelope = envelope(&long, tx.results.clone());
    let block = candidate(ledger.last_header().as_ref(), vec![tx]);
    assert_eq!(block.block.data, next_block(ledger.last_header().as_ref(), vec![envelope]).data);
    ledger.commit(block).unwrap();
    ledger.submit_snapshot_request(0).unwrap();
    wait(&ledger, &[]);
    let tx_ids = fs::read(completed(root.path(), 1).join("txids.data")).unwrap();
    assert!(tx_ids.ends_with(&[&[0xe8, 0x07], long.as_bytes()].concat()));
}

/// A ledger below `root` made from the snapshot in `snapshot`.
fn bootstrap(root: &Path, snapshot: &Path) -> Result<Ledger, SnapshotError> {
    let ledgers = Ledgers::open(&root.join("ledgers"), with_snapshots(root)).unwrap();
    let staged = ledgers.stage_snapshot(snapshot, &AtomicBool::new(false))?;
    assert_eq!(staged.channel_id(), CHANNEL);
    staged.publish()?;
    Ok(Ledger::open(&ledgers.directory(CHANNEL), CHANNEL, with_snapshots(root)).unwrap())
}

#[test]
fn a_ledger_that_began_with_a_snapshot_goes_on_like_the_others() {
    let roots = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let first = create(roots[0].path());
    for number in 1..4 {
        let tx = simulate(&first, &format!("{number}"), |simulator| {
            simulator.set_state(CHAINCODE, &format!("key {number}"), Bytes::from_static(b"value")).unwrap();
            simulator.set_private(CHAINCODE, "secrets", "key", Bytes::from(format!("{number}"))).unwrap();
        });
        commit(&first, vec![tx]);
    }
    first.submit_snapshot_request(0).unwrap();
    wait(&first, &[]);
    let mut second = bootstrap(roots[1].path(), &completed(roots[0].path(), 3)).unwrap();
    let origin = second.info().bootstrapping_snapshot_info.unwrap().last_block_in_snapshot;
    assert_eq!((second.height(), origin), (4, 3));
    assert_eq!((second.last_hash(), second.last_header()), (first.last_hash(), None));
    let error = second.block(3).unwrap_err().to_string();
    assert_eq!(
        error,
        "cannot serve block [3]. The ledger is bootstrapped from a snapshot. First available block = [4]"
    );
    let error = second.transaction("2").unwrap_err().to_string();
    assert_eq!(
        error,
        "details for the TXID [2] not available. Ledger bootstrapped from a snapshot. First available block = [4]"
    );
    assert!(second.contains_tx("2").unwrap());
    assert!(second.block(4).unwrap().is_none());
    // The same snapshot can be made of it, before and after further blocks, and after opening it again.
    second.submit_snapshot_request(0).unwrap();
    wait(&second, &[]);
    assert_eq!(files(&completed(roots[0].path(), 3)), files(&completed(roots[1].path(), 3)));
    for number in 4..7 {
        let tx = put(&first, &format!("{number}"), &[("key 1", "changed"), ("new", "value")]);
        let block = candidate(first.last_header().as_ref(), vec![tx]);
        first.commit(block.clone()).unwrap();
        second.commit(block).unwrap();
        let dir = second.path().to_owned();
        drop(second);
        second = Ledger::open(&dir, CHANNEL, with_snapshots(roots[1].path())).unwrap();
    }
    assert_eq!(second.transaction("5").unwrap().unwrap().block_number, 5);
    for ledger in [&first, &second] {
        ledger.submit_snapshot_request(6).unwrap();
        wait(ledger, &[]);
    }
    assert_eq!(files(&completed(roots[0].path(), 6)), files(&completed(roots[1].path(), 6)));
    drop(second);
    let ledgers = Ledgers::open(&roots[1].path().join("ledgers"), options()).unwrap();
    for (result, operation) in [
        (ledgers.reset(), "reset channels"),
        (ledgers.rollback(CHANNEL, 5), "rollback any channel"),
        (ledgers.rebuild(), "rebuild databases"),
    ] {
        let expected = format!(
            "cannot {operation} because the peer contains channel(s) [{CHANNEL}] that were bootstrapped from snapshot"
        );
        assert_eq!(result.unwrap_err().to_string(), expected);
    }
    fs::remove_dir_all(ledgers.directory(CHANNEL).join("state")).unwrap();
    let error = Ledger::open(&ledgers.directory(CHANNEL), CHANNEL, options()).unwrap_err().to_string();
    assert!(error.contains("unjoin the channel"), "{error}");
}

#[test]
fn bad_snapshots_are_refused_and_leave_nothing() {
    let root = tempfile::tempdir().unwrap();
    let ledger = create(root.path());
    ledger.submit_snapshot_request(0).unwrap();
    wait(&ledger, &[]);
    let good = files(&completed(root.path(), 0));
    let check = |change: &dyn Fn(&Path), expected: &str| {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("bad");
        fs::create_dir(&dir).unwrap();
        good.iter().for_each(|(name, bytes)| fs::write(dir.join(name), bytes).unwrap());
        change(&dir);
        let error = bootstrap(root.path(), &dir).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        let left = fs::read_dir(root.path().join("ledgers")).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(left.filter(|name| name != "fileLock" && name != ".from-snapshot").count(), 0);
        assert!(!root.path().join("ledgers/.from-snapshot").join(CHANNEL).exists());
    };
    // Changes a file and makes the hashes agree with it.
    let rewrite = |dir: &Path, name: &str, bytes: &[u8]| {
        fs::write(dir.join(name), bytes).unwrap();
        let path = dir.join("_snapshot_signable_metadata.json");
        let mut signable: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        signable["snapshot_files_raw_hashes"][name] = hex::encode(proto::sha256([bytes])).into();
        resign(dir, &signable);
    };
    fn resign(dir: &Path, signable: &serde_json::Value) {
        let bytes = signable.to_string();
        fs::write(dir.join("_snapshot_signable_metadata.json"), &bytes).unwrap();
        let path = dir.join("_snapshot_additional_metadata.json");
        let mut additional: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        additional["snapshot_hash"] = hex::encode(proto::sha256([bytes.as_bytes()])).into();
        fs::write(path, additional.to_string()).unwrap();
    }
    let set = |dir: &Path, field: &str, value: serde_json::Value| {
        let path = dir.join("_snapshot_signable_metadata.json");
        let mut signable: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        signable[field] = value;
        resign(dir, &signable);
    };
    check(&|dir| fs::write(dir.join("txids.data"), "x").unwrap(), "hash mismatch for file [txids.data]");
    check(&|dir| fs::remove_file(dir.join("txids.data")).unwrap(), "cannot read");
    check(&|dir| fs::remove_file(dir.join("_snapshot_signable_metadata.json")).unwrap(), "cannot read");
    check(&|dir| fs::write(dir.join("_snapshot_signable_metadata.json"), "{").unwrap(), "no metadata of a snapshot");
    check(&|dir| fs::write(dir.join("_snapshot_signable_metadata.json"), vec![b' '; 1 << 20]).unwrap(), "cannot read");
    check(&|dir| fs::write(dir.join("confighistory.data"), "x").unwrap(), "that its metadata does not list");
    check(&|dir| rewrite(dir, "../txids.data", b"x"), "which no snapshot has");
    check(&|dir| set(dir, "channel_name", "../x".into()), "no name of a channel");
    check(&|dir| set(dir, "last_block_hash", "00".into()), "makes no sense");
    check(&|dir| set(dir, "last_block_number", u64::MAX.into()), "makes no sense");
    check(&|dir| rewrite(dir, "txids.data", b"\x01\x09x"), "it ends too early");
    check(&|dir| rewrite(dir, "txids.data", b"\x01\x01\xff"), "no UTF-8");
    check(&|dir| rewrite(dir, "public_state.data", b"\x01\x03\n\x01k"), "a version is malformed");
    check(
        &|dir| {
            rewrite(dir, "public_state.data", b"\x01\x08\n\x01k\"\x03\x01\x01\x00");
        },
        "no configuration",
    );
    check(
        &|dir| {
            rewrite(dir, "private_state_hashes.data", b"\x01\x08\n\x01k\"\x03\x01\x01\x00");
            rewrite(dir, "private_state_hashes.metadata", b"\x01\x01\x05basic\x01");
        },
        "none of a collection",
    );
}

#[test]
fn a_channel_that_is_there_is_not_made_again() {
    let roots = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let first = create(roots[0].path());
    first.submit_snapshot_request(0).unwrap();
    wait(&first, &[]);
    let snapshot = completed(roots[0].path(), 0);
    drop(bootstrap(roots[1].path(), &snapshot).unwrap());
    let error = bootstrap(roots[1].path(), &snapshot).unwrap_err().to_string();
    assert_eq!(error, format!("ledger [{CHANNEL}] already exists with state [ACTIVE]"));
    // What a killed process leaves goes when the ledgers are opened.
    let ledgers = roots[1].path().join("ledgers");
    fs::create_dir_all(ledgers.join(".from-snapshot/otherchannel/state")).unwrap();
    drop(Ledgers::open(&ledgers, options()).unwrap());
    assert!(!ledgers.join(".from-snapshot").exists());
}
