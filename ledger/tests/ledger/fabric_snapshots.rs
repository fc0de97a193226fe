//! Snapshots against those that a real Fabric peer made of the same channel.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use bytes::Bytes;
use ledger::{Ledger, LedgerOptions, Ledgers};

use crate::fabric::{blocks, candidate};
use crate::snapshots::{files, wait};

const CHANNEL: &str = "mychannel";

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/fabric-snapshots")
}

/// The blocks after which the peer made snapshots, in order.
fn numbers() -> [u64; 2] {
    let entries = fs::read_dir(data()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut numbers: Vec<u64> = entries.filter_map(|name| name.parse().ok()).collect();
    numbers.sort_unstable();
    numbers.try_into().unwrap()
}

fn options(root: &Path) -> LedgerOptions {
    LedgerOptions { snapshots: Some(root.join("snapshots")), ..Default::default() }
}

/// Commits the peer's blocks from the next one on up to `last`.
fn commit(ledger: &Ledger, last: u64) {
    let all = blocks(Bytes::from(fs::read(data().join("blocks")).unwrap()));
    let next = all.into_iter().take(last as usize + 1).skip(ledger.height() as usize);
    ledger.commit_group(next.map(candidate).collect()).unwrap();
}

fn check(ledger: &Ledger, root: &Path, number: u64) {
    ledger.submit_snapshot_request(number).unwrap();
    commit(ledger, number);
    wait(ledger, &[]);
    let found = files(&root.join("snapshots/completed").join(CHANNEL).join(number.to_string()));
    let expected = files(&data().join(number.to_string()));
    for (found, expected) in found.iter().zip(&expected) {
        let text = |bytes: &[u8]| bytes.escape_ascii().to_string();
        assert_eq!((&found.0, text(&found.1)), (&expected.0, text(&expected.1)));
    }
    assert_eq!(found.len(), expected.len());
}

#[test]
fn snapshots_are_those_of_the_peer() {
    let root = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(&root.path().join("ledger"), CHANNEL, options(root.path())).unwrap();
    commit(&ledger, 0);
    for number in numbers() {
        check(&ledger, root.path(), number);
    }
}

#[test]
fn a_ledger_that_began_with_the_snapshot_of_the_peer_agrees_with_it_later() {
    let root = tempfile::tempdir().unwrap();
    let [first, second] = numbers();
    let ledgers = Ledgers::open(&root.path().join("ledgers"), options(root.path())).unwrap();
    let staged = ledgers.stage_snapshot(&data().join(first.to_string()), &AtomicBool::new(false)).unwrap();
    assert_eq!((staged.channel_id(), staged.last_block()), (CHANNEL, first));
    staged.publish().unwrap();
    let ledger = Ledger::open(&ledgers.directory(CHANNEL), CHANNEL, options(root.path())).unwrap();
    assert_eq!(ledger.height(), first + 1);
    check(&ledger, root.path(), second);
}
