//! A process that is killed at any time leaves a committed prefix, and nothing it acknowledged is lost.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use bytes::Bytes;
use ledger::Ledger;

use crate::fixture::{CHAINCODE, candidate, create, dump, open, simulate};

const DIR: &str = "LEDGER_TEST_DIR";
const COLLECTION: &str = "secrets";
const TXS: usize = 20;

/// Runs `test` of this program in a process of its own, on `dir`.
pub fn child(test: &str, dir: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", test])
        .env(DIR, dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The directory that a child process works on; nothing when it was not started by `child`.
pub fn child_dir() -> Option<std::path::PathBuf> {
    std::env::var_os(DIR).map(Into::into)
}

/// The numbers that a child prints, each on a line of its own behind `height `.
fn heights(child: &mut Child) -> impl Iterator<Item = u64> + use<> {
    let lines = BufReader::new(child.stdout.take().unwrap() as ChildStdout).lines();
    lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("height ").map(|number| number.parse().unwrap()))
}

fn commit_next(ledger: &Ledger) {
    let number = ledger.height();
    let txs = (0..TXS).map(|index| {
        let tx_id = format!("{number}.{index}");
        simulate(ledger, &tx_id, |simulator| {
            let key = format!("counter {index}");
            simulator.get_state(CHAINCODE, &key).unwrap();
            simulator.set_state(CHAINCODE, &key, Bytes::from(number.to_string())).unwrap();
            simulator.set_state(CHAINCODE, &format!("by {tx_id}"), Bytes::from(vec![number as u8 | 1; 2000])).unwrap();
            if index == 0 {
                let value = Bytes::from(number.to_string());
                simulator.set_private(CHAINCODE, COLLECTION, &format!("secret {number}"), value).unwrap();
            }
        })
    });
    let candidate = candidate(ledger.last_header().as_ref(), txs.collect());
    ledger.commit(candidate).unwrap();
}

#[test]
#[ignore = "runs in a process of its own, started and killed by another test"]
fn commit_until_killed() {
    let Some(dir) = child_dir() else {
        return;
    };
    let ledger = open(&dir);
    let mut out = std::io::stdout();
    loop {
        commit_next(&ledger);
        writeln!(out, "height {}", ledger.height()).unwrap();
    }
}

fn check(ledger: &Ledger, acknowledged: u64) {
    assert!(ledger.height() >= acknowledged, "{} of {acknowledged} blocks are there", ledger.height());
    for number in 1..ledger.height() {
        let block = ledger.block(number).unwrap().unwrap();
        assert_eq!(block.data.unwrap().data.len(), TXS);
        for index in 0..TXS {
            let (code, found) = ledger.transaction_status(&format!("{number}.{index}")).unwrap().unwrap();
            assert_eq!((code as i32, found), (0, number));
        }
        let secret = ledger.snapshot().private(CHAINCODE, COLLECTION, &format!("secret {number}")).unwrap();
        assert_eq!(secret.unwrap().value, number.to_string());
    }
    let last = (ledger.height() - 1).to_string();
    assert_eq!(ledger.snapshot().get(CHAINCODE, "counter 0").unwrap().unwrap().value, last);
    assert_eq!(ledger.history(CHAINCODE, "counter 0").unwrap().count() as u64, ledger.height() - 1);
}

#[test]
fn a_killed_process_loses_nothing_it_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    drop(create(dir.path()));
    for commits in [1, 7, 40, 2, 60, 13] {
        let mut child = child("crashes::commit_until_killed", dir.path());
        let mut acknowledged = 0;
        for height in heights(&mut child).take(commits) {
            acknowledged = height;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let ledger = open(dir.path());
        check(&ledger, acknowledged);
        // And work goes on, at first in a process that ends in order.
        commit_next(&ledger);
    }
    let ledger = open(dir.path());
    check(&ledger, 124);
    let state = dump(&ledger);
    drop(ledger);
    fs::remove_dir_all(dir.path().join("state")).unwrap();
    assert_eq!(dump(&open(dir.path())), state);
}

#[test]
fn a_crash_between_block_file_and_state_is_repaired() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = create(dir.path());
    commit_next(&ledger);
    drop(ledger);
    // The state as it was before the last block.
    let state = dir.path().join("state");
    let before = copy(&state);
    let ledger = open(dir.path());
    commit_next(&ledger);
    let expected = dump(&ledger);
    drop(ledger);
    fs::remove_dir_all(&state).unwrap();
    fs::rename(before.path(), &state).unwrap();
    let ledger = open(dir.path());
    assert_eq!(ledger.height(), 3);
    assert_eq!(dump(&ledger), expected);
    assert_eq!(ledger.history(CHAINCODE, "counter 0").unwrap().count(), 2);
    commit_next(&ledger);
}

#[test]
fn private_data_of_a_block_that_was_never_stored_is_not_used() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = create(dir.path());
    commit_next(&ledger);
    drop(ledger);
    let blocks = dir.path().join("blocks");
    let before = copy(&blocks);
    let state = copy(&dir.path().join("state"));
    let ledger = open(dir.path());
    commit_next(&ledger);
    drop(ledger);
    // The private data is there and the block is not; then another block takes its number without private data.
    let private_state = copy(&dir.path().join("state"));
    fs::remove_dir_all(&blocks).unwrap();
    fs::rename(before.path(), &blocks).unwrap();
    fs::remove_dir_all(dir.path().join("state")).unwrap();
    fs::rename(state.path(), dir.path().join("state")).unwrap();
    let ledger = open(dir.path());
    let mut tx = simulate(&ledger, "other", |simulator| {
        simulator.set_private(CHAINCODE, COLLECTION, "secret 2", Bytes::from_static(b"unknown")).unwrap();
    });
    tx.private = None;
    ledger.commit(candidate(ledger.last_header().as_ref(), vec![tx])).unwrap();
    drop((ledger, private_state));
    let ledger = open(dir.path());
    assert_eq!(ledger.snapshot().private(CHAINCODE, COLLECTION, "secret 2").unwrap(), None);
}

fn copy(from: &Path) -> tempfile::TempDir {
    let to = tempfile::tempdir_in(from.parent().unwrap()).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.path().join(entry.file_name())).unwrap();
    }
    to
}
