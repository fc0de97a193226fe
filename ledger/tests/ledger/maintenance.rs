//! What an operator does with ledgers while the peer is down.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;

use bytes::Bytes;
use ledger::{CandidateBlock, Ledger, LedgerStatus, Ledgers, LedgersError};

use crate::crashes::{child, child_dir};
use crate::fixture::{CHAINCODE, CHANNEL, candidate, create, dump, open, options, simulate};

const COLLECTION: &str = "secrets";
const TXS: usize = 8;
const BLOCKS: u64 = 12;

/// The block of that number: public writes of 2000 bytes, and one private value.
fn next_block(ledger: &Ledger) -> CandidateBlock {
    let number = ledger.height();
    let txs = (0..TXS).map(|index| {
        let tx_id = format!("{number}.{index}");
        simulate(ledger, &tx_id, |simulator| {
            let value = Bytes::from(vec![number as u8 | 1; 2000]);
            simulator.set_state(CHAINCODE, &format!("counter {index}"), value).unwrap();
            if index == 0 {
                let value = Bytes::from(number.to_string());
                simulator.set_private(CHAINCODE, COLLECTION, "secret", value).unwrap();
            }
        })
    });
    candidate(ledger.last_header().as_ref(), txs.collect())
}

/// Several segments of blocks below `root`; gives the blocks after the first.
fn fill(root: &Path) -> Vec<CandidateBlock> {
    let ledger = create(&root.join(CHANNEL));
    let blocks = (1..BLOCKS).map(|_| {
        let block = next_block(&ledger);
        ledger.commit(block.clone()).unwrap();
        block
    });
    blocks.collect()
}

/// As the orderer sends it: without private data.
fn ordered(block: &CandidateBlock) -> CandidateBlock {
    let mut block = block.clone();
    block.transactions.iter_mut().for_each(|transaction| transaction.private = None);
    block
}

fn ledgers(root: &Path) -> Ledgers {
    Ledgers::open(root, options()).unwrap()
}

/// Everything that a ledger can be asked, as text.
fn picture(root: &Path) -> String {
    let ledger = open(&root.join(CHANNEL));
    let height = ledger.height();
    let secret = ledger.snapshot().private(CHAINCODE, COLLECTION, "secret").unwrap();
    let history: Vec<String> =
        ledger.history(CHAINCODE, "counter 1").unwrap().map(|change| change.unwrap().tx_id).collect();
    let statuses: Vec<_> =
        (0..=BLOCKS).map(|number| ledger.transaction_status(&format!("{number}.3")).unwrap()).collect();
    let found: Vec<bool> = (0..=BLOCKS).map(|number| ledger.block(number).unwrap().is_some()).collect();
    format!("{height} {:?} {:?} {secret:?} {history:?} {statuses:?} {found:?}", ledger.info(), dump(&ledger))
}

#[test]
fn rebuilding_gives_the_same_with_private_data() {
    let root = tempfile::tempdir().unwrap();
    fill(root.path());
    let before = picture(root.path());
    ledgers(root.path()).rebuild().unwrap();
    assert_eq!(picture(root.path()), before);
    // And once more, now without opening it in between.
    ledgers(root.path()).rebuild().unwrap();
    ledgers(root.path()).rebuild().unwrap();
    assert_eq!(picture(root.path()), before);
    assert!(ledgers(root.path()).pre_reset_heights(&[CHANNEL.to_owned()]).unwrap().is_empty());
}

#[test]
fn blocks_are_cut_off_and_come_again_with_their_private_data() {
    for target in [0, 1, 6, BLOCKS - 2] {
        let root = tempfile::tempdir().unwrap();
        let blocks = fill(root.path());
        let whole = picture(root.path());
        let expected = tempfile::tempdir().unwrap();
        let shorter = create(&expected.path().join(CHANNEL));
        for block in &blocks[..target as usize] {
            shorter.commit(block.clone()).unwrap();
        }
        drop(shorter);
        let maintained = ledgers(root.path());
        if target == 0 {
            maintained.reset().unwrap();
        } else {
            maintained.rollback(CHANNEL, target).unwrap();
        }
        drop(maintained);
        assert_eq!(picture(root.path()), picture(expected.path()), "{target}");
        let ledger = open(&root.path().join(CHANNEL));
        for block in &blocks[target as usize..] {
            ledger.commit(ordered(block)).unwrap();
        }
        drop(ledger);
        assert_eq!(picture(root.path()), whole, "{target}");
    }
}

#[test]
fn the_greatest_height_is_remembered_until_it_is_cleared() {
    let root = tempfile::tempdir().unwrap();
    fill(root.path());
    let channels = [CHANNEL.to_owned(), "other".to_owned()];
    let maintained = ledgers(root.path());
    for target in [7, 3] {
        maintained.rollback(CHANNEL, target).unwrap();
        assert_eq!(maintained.pre_reset_heights(&channels).unwrap(), [(CHANNEL.to_owned(), BLOCKS)].into());
    }
    assert_eq!(fs::read_to_string(root.path().join("mychannel/blocks/__preResetHeight")).unwrap(), BLOCKS.to_string());
    maintained.clear_pre_reset_height(CHANNEL).unwrap();
    maintained.clear_pre_reset_height(CHANNEL).unwrap();
    assert!(maintained.pre_reset_heights(&channels).unwrap().is_empty());
}

#[test]
fn what_cannot_be_done_is_said_in_fabrics_words() {
    let root = tempfile::tempdir().unwrap();
    fill(root.path());
    let before = picture(root.path());
    let maintained = ledgers(root.path());
    let text = |outcome: Result<(), LedgersError>| {
        let error = outcome.unwrap_err();
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
        format!("{error}{cause}")
    };
    let unknown = "cannot update ledger status, ledger [other] does not exist";
    assert_eq!(text(maintained.pause("other")), unknown);
    assert_eq!(text(maintained.resume("other")), unknown);
    assert_eq!(text(maintained.unjoin("other")), format!("unjoin channel [other]: {unknown}"));
    assert_eq!(text(maintained.rollback("other", 1)), "ledgerID [other] does not exist");
    for target in [11, 12, u64::MAX] {
        let expected = format!("target block number [{target}] should be less than the biggest block number [11]");
        assert_eq!(text(maintained.rollback(CHANNEL, target)), expected);
    }
    for outside in ["", "..", ".deleted", "../x", "mychannel/blocks"] {
        assert_eq!(text(maintained.rollback(outside, 1)), format!("ledgerID [{outside}] does not exist"));
        maintained.unjoin(outside).unwrap_err();
    }
    let locked = Ledgers::open(root.path(), options()).unwrap_err().to_string();
    assert!(locked.starts_with("as another peer node command is executing, wait for that command to complete its execution or terminate it before retrying: lock is already acquired on file "), "{locked}");
    drop(maintained);
    assert_eq!(picture(root.path()), before);
}

#[test]
fn channels_are_paused_resumed_and_left() {
    let root = tempfile::tempdir().unwrap();
    fill(root.path());
    let before = picture(root.path());
    let maintained = ledgers(root.path());
    let status = || maintained.status(CHANNEL).unwrap();
    assert_eq!(status(), Some(LedgerStatus::Active));
    for _ in 0..2 {
        maintained.pause(CHANNEL).unwrap();
        assert_eq!(maintained.all().unwrap(), [(CHANNEL.to_owned(), LedgerStatus::Inactive)]);
    }
    maintained.resume(CHANNEL).unwrap();
    assert_eq!(status(), Some(LedgerStatus::Active));
    assert_eq!(picture(root.path()), before);
    maintained.unjoin(CHANNEL).unwrap();
    assert_eq!(status(), None);
    assert!(maintained.all().unwrap().is_empty());
    drop(maintained);
    // A deletion that was begun is completed by whoever comes next.
    fill(root.path());
    fs::create_dir(root.path().join(".deleted")).unwrap();
    fs::rename(root.path().join(CHANNEL), root.path().join(".deleted").join(CHANNEL)).unwrap();
    assert!(ledgers(root.path()).all().unwrap().is_empty());
    assert!(!root.path().join(".deleted").exists());
}

#[test]
fn work_that_was_begun_is_completed_from_any_place() {
    let root = tempfile::tempdir().unwrap();
    fill(root.path());
    let dir = root.path().join(CHANNEL);
    let expected = tempfile::tempdir().unwrap();
    fill(expected.path());
    ledgers(expected.path()).rollback(CHANNEL, 3).unwrap();
    let expected = picture(expected.path());
    let segments = || {
        let entries = fs::read_dir(dir.join("blocks")).unwrap().map(|entry| entry.unwrap().path());
        let mut segments: Vec<_> =
            entries.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("blockfile_")).collect();
        segments.sort();
        segments
    };
    assert!(segments().len() > 4, "{:?}", segments());
    for steps in 0..4 {
        for entry in fs::read_dir(root.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                fs::remove_dir_all(path).unwrap();
            }
        }
        fill(root.path());
        // As after a crash with the task written, and then some of the last segments gone.
        fs::write(dir.join("TASK"), "truncate 4").unwrap();
        for path in segments().iter().rev().take(steps) {
            fs::remove_file(path).unwrap();
        }
        assert_eq!(picture(root.path()), expected, "{steps}");
        assert!(!dir.join("TASK").exists());
    }
    fs::write(dir.join("TASK"), "nonsense").unwrap();
    let error = Ledger::open(&dir, CHANNEL, options()).unwrap_err().to_string();
    assert!(error.contains("its file TASK makes no sense"), "{error}");
}

#[test]
#[ignore = "runs in a process of its own, started and killed by another test"]
fn work_until_killed() {
    let Some(root) = child_dir() else {
        return;
    };
    let maintained = ledgers(&root);
    println!("working");
    maintained.rebuild().unwrap();
    maintained.rollback(CHANNEL, 4).unwrap();
}

#[test]
fn a_killed_command_leaves_the_ledger_whole() {
    let mut seen = [0, 0];
    for polls in [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 1024, 4096, 16384, 65536] {
        let root = tempfile::tempdir().unwrap();
        let blocks = fill(root.path());
        let whole = picture(root.path());
        let mut child = child("maintenance::work_until_killed", root.path());
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().ends_with("working")));
        for _ in 0..polls {
            if child.try_wait().unwrap().is_some() {
                break;
            }
        }
        let _ = child.kill();
        child.wait().unwrap();
        let ledger = open(&root.path().join(CHANNEL));
        let height = ledger.height();
        assert!([5, BLOCKS].contains(&height), "{height}");
        seen[usize::from(height == BLOCKS)] += 1;
        for block in &blocks[height as usize - 1..] {
            ledger.commit(ordered(block)).unwrap();
        }
        drop(ledger);
        assert_eq!(picture(root.path()), whole, "{polls}");
    }
    assert!(seen[1] > 0, "{seen:?}");
}
