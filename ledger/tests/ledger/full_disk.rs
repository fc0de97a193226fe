//! A full disk stops commits and nothing else. A limit on the size of files stands for it: writes beyond it fail in the
//! same places.

use std::path::Path;

use bytes::Bytes;
use ledger::{AppendError, BlockStore, BlockStoreOptions, CommitError, Ledger};
use prost::Message;

use crate::crashes::{child, child_dir};
use crate::fixture::{CHANNEL, candidate, create, next_block, open, options, put, value};

fn run_child(test: &str, dir: &Path) {
    let output = child(test, dir).wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

// Lets no file grow beyond `bytes`; `None` lifts the limit.
fn limit_files(bytes: Option<u64>) {
    // SAFETY: ignoring a signal has no handler that could do harm. The kernel would otherwise kill the process.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
    let limit = rustix::process::Rlimit { current: bytes, maximum: None };
    rustix::process::setrlimit(rustix::process::Resource::Fsize, limit).unwrap();
}

#[test]
fn appends_fail_cleanly_and_go_on_when_there_is_space() {
    run_child("full_disk::append_to_a_full_disk", tempfile::tempdir().unwrap().path());
}

#[test]
#[ignore = "runs in a process of its own, started by another test"]
fn append_to_a_full_disk() {
    let Some(dir) = child_dir() else {
        return;
    };
    let store = BlockStore::open(&dir, BlockStoreOptions::default()).unwrap();
    let next =
        || Bytes::from(next_block(store.last_header().as_ref(), vec![Bytes::from(vec![7; 10_000])]).encode_to_vec());
    limit_files(Some(100_000));
    let mut blocks = Vec::new();
    let error = loop {
        let block = next();
        match store.append(std::slice::from_ref(&block)) {
            Ok(()) => blocks.push(block),
            Err(error) => break error,
        }
        assert!(blocks.len() < 100, "the limit works");
    };
    assert!(matches!(error, AppendError::Write { .. }), "{error}");
    let check = |store: &BlockStore, blocks: &[Bytes]| {
        assert_eq!(store.height(), blocks.len() as u64);
        for (number, block) in (0..).zip(blocks) {
            assert_eq!(store.block_bytes(number).unwrap().as_ref(), Some(block));
        }
    };
    check(&store, &blocks);
    assert!(store.append(&[next()]).is_err());
    limit_files(None);
    for _ in 0..5 {
        let block = next();
        store.append(std::slice::from_ref(&block)).unwrap();
        blocks.push(block);
    }
    check(&store, &blocks);
    drop(store);
    check(&BlockStore::open(&dir, BlockStoreOptions::default()).unwrap(), &blocks);
}

#[test]
fn commits_fail_cleanly_and_go_on_when_there_is_space() {
    run_child("full_disk::commit_to_a_full_disk", tempfile::tempdir().unwrap().path());
}

#[test]
#[ignore = "runs in a process of its own, started by another test"]
fn commit_to_a_full_disk() {
    let Some(dir) = child_dir() else {
        return;
    };
    drop(create(&dir));
    let mut large_segments = options();
    large_segments.blocks.segment_bytes = 1 << 20;
    let ledger = Ledger::open(&dir, CHANNEL, large_segments).unwrap();
    limit_files(Some(100_000));
    let error = commit_until_error(&ledger);
    assert!(matches!(error, CommitError::Append { .. }), "{error}");
    let height = ledger.height();
    check(&ledger);
    limit_files(None);
    commit_one(&ledger).unwrap();
    assert_eq!(ledger.height(), height + 1);
    check(&ledger);
    drop(ledger);
    check(&open(&dir));
}

#[test]
fn a_state_that_cannot_be_written_loses_nothing() {
    run_child("full_disk::state_on_a_full_disk", tempfile::tempdir().unwrap().path());
}

#[test]
#[ignore = "runs in a process of its own, started by another test"]
fn state_on_a_full_disk() {
    let Some(dir) = child_dir() else {
        return;
    };
    let ledger = create(&dir);
    // Block files stay below the limit, the files of the state database do not.
    limit_files(Some(100_000));
    let error = commit_until_error(&ledger);
    assert!(matches!(error, CommitError::State { .. }), "{error}");
    let height = ledger.height();
    check(&ledger);
    // The failed block is stored and not shown; others wait for it. RocksDB goes on by itself after ENOSPC, but not
    // after the error that this limit gives.
    assert!(matches!(commit_one(&ledger), Err(CommitError::Behind(_))));
    check(&ledger);
    limit_files(None);
    drop(ledger);
    let ledger = open(&dir);
    assert_eq!(ledger.height(), height + 1);
    check(&ledger);
    commit_one(&ledger).unwrap();
    check(&ledger);
}

fn commit_one(ledger: &Ledger) -> Result<(), CommitError> {
    let number = ledger.height().to_string();
    let tx = put(ledger, &format!("tx {number}"), &[("last", &number), (&number, &incompressible(&number))]);
    ledger.commit(candidate(ledger.last_header().as_ref(), vec![tx])).map(|_| ())
}

// Compressed, the files of the state database would stay below any limit.
fn incompressible(seed: &str) -> String {
    (0..140_u8).map(|part| hex::encode(proto::sha256([seed.as_bytes(), &[part]]))).collect()
}

fn commit_until_error(ledger: &Ledger) -> CommitError {
    for _ in 0..1_000 {
        if let Err(error) = commit_one(ledger) {
            return error;
        }
    }
    panic!("the limit works");
}

fn check(ledger: &Ledger) {
    let last = ledger.height() - 1;
    assert_eq!(value(ledger, "last"), Some(last.to_string()));
    for number in 1..=last {
        assert!(ledger.contains_tx(&format!("tx {number}")).unwrap());
        assert!(ledger.block(number).unwrap().is_some());
        assert!(value(ledger, &number.to_string()).is_some());
    }
    assert!(!ledger.contains_tx(&format!("tx {}", last + 1)).unwrap());
}
