//! Conflicts, flags, and what readers see after a commit.

use std::sync::Arc;

use bytes::Bytes;
use ledger::{CommitError, Ledger, Simulator};
use parking_lot::Mutex;
use prost::Message;
use proto::protos::TxValidationCode::{self, MvccReadConflict, PhantomReadConflict, Valid};

use crate::fixture::{CHAINCODE, Tx, candidate, commit, create, dump, put, simulate, value};

type Pairs = &'static [(&'static str, &'static str)];

fn with(pairs: &[(&str, &str)]) -> (tempfile::TempDir, Ledger) {
    let dir = tempfile::tempdir().unwrap();
    let ledger = create(dir.path());
    let tx = put(&ledger, "initial", pairs);
    commit(&ledger, vec![tx]);
    (dir, ledger)
}

fn read(ledger: &Ledger, tx_id: &str, key: &str) -> Tx {
    simulate(ledger, tx_id, |simulator| {
        simulator.get_state(CHAINCODE, key).unwrap();
        simulator.set_state(CHAINCODE, &format!("by {tx_id}"), Bytes::from_static(b"v")).unwrap();
    })
}

fn scan(ledger: &Ledger, tx_id: &str, start: &str, end: &str) -> Tx {
    simulate(ledger, tx_id, |simulator: &mut Simulator| {
        let range = simulator.range(CHAINCODE, start, end).unwrap();
        while simulator.next(range).unwrap().is_some() {}
        simulator.set_state("other", &format!("by {tx_id}"), Bytes::from_static(b"v")).unwrap();
    })
}

fn delete(ledger: &Ledger, tx_id: &str, key: &str) -> Tx {
    simulate(ledger, tx_id, |simulator| simulator.delete_state(CHAINCODE, key).unwrap())
}

#[test]
fn the_first_of_two_updates_in_a_block_wins() {
    let (_dir, ledger) = with(&[("a", "1"), ("b", "1")]);
    let txs = vec![
        read(&ledger, "reads a", "a"),
        put(&ledger, "writes a", &[("a", "2")]),
        read(&ledger, "reads a late", "a"),
        read(&ledger, "reads b", "b"),
        delete(&ledger, "deletes b", "b"),
        read(&ledger, "reads b late", "b"),
        read(&ledger, "reads nothing", "c"),
    ];
    let codes = commit(&ledger, txs).codes;
    assert_eq!(codes, [Valid, Valid, MvccReadConflict, Valid, Valid, MvccReadConflict, Valid]);
    assert_eq!(value(&ledger, "a").as_deref(), Some("2"));
    assert_eq!(value(&ledger, "b"), None);
    assert_eq!(value(&ledger, "by reads a late"), None);
}

#[test]
fn a_stale_read_is_a_conflict_in_a_later_block() {
    let (_dir, ledger) = with(&[("a", "1")]);
    let stale = [read(&ledger, "changed", "a"), read(&ledger, "appeared", "n"), read(&ledger, "same", "z")];
    let tx = put(&ledger, "writes", &[("a", "1"), ("n", "1")]);
    commit(&ledger, vec![tx]);
    assert_eq!(commit(&ledger, stale.into()).codes, [MvccReadConflict, MvccReadConflict, Valid]);
}

#[test]
fn an_invalid_transaction_has_no_effect_and_keeps_its_code() {
    let (_dir, ledger) = with(&[("a", "1")]);
    let mut invalid = put(&ledger, "invalid", &[("a", "2")]);
    invalid.code = TxValidationCode::EndorsementPolicyFailure;
    let after = read(&ledger, "after", "a");
    assert_eq!(commit(&ledger, vec![invalid, after]).codes, [TxValidationCode::EndorsementPolicyFailure, Valid]);
    assert_eq!(value(&ledger, "a").as_deref(), Some("1"));
    let status = ledger.transaction_status("invalid").unwrap();
    assert_eq!(status, Some((TxValidationCode::EndorsementPolicyFailure, 2)));
    assert_eq!(ledger.history(CHAINCODE, "a").unwrap().count(), 1);
}

#[test]
fn phantoms_are_found_in_the_state_and_in_the_block() {
    let keys: Vec<String> = (0..120).map(|number| format!("k{number:03}")).collect();
    let many: Vec<_> = keys.iter().map(|key| (&key[..], "v")).collect();
    // Few keys are compared one by one, many by their Merkle summary.
    for pairs in [&many[..5], &many[..]] {
        let changes: [(&str, Pairs, TxValidationCode); 4] = [
            ("added", &[("k0005", "v")], PhantomReadConflict),
            ("changed", &[("k003", "w")], PhantomReadConflict),
            ("outside", &[("z", "v"), ("a", "v"), ("m", "v")], Valid),
            ("deleted", &[("k001", "")], PhantomReadConflict),
        ];
        for (name, change, expected) in changes {
            for same_block in [true, false] {
                let (_dir, ledger) = with(pairs);
                let change = put(&ledger, "change", change);
                let scan = scan(&ledger, "scan", "k", "m");
                let code = if same_block {
                    commit(&ledger, vec![change, scan]).codes[1]
                } else {
                    commit(&ledger, vec![change]);
                    commit(&ledger, vec![scan]).codes[0]
                };
                assert_eq!(code, expected, "{name}, {} keys, same block: {same_block}", pairs.len());
            }
        }
    }
}

#[test]
fn a_range_that_was_given_up_depends_on_what_was_read() {
    let keys: Vec<String> = (0..150).map(|number| format!("k{number:03}")).collect();
    let pairs: Vec<_> = keys.iter().map(|key| (&key[..], "v")).collect();
    // The first hundred and one keys were read ahead.
    for (key, expected) in
        [("k100", PhantomReadConflict), ("k101", Valid), ("k1005", Valid), ("k0995", PhantomReadConflict)]
    {
        let (_dir, ledger) = with(&pairs);
        let given_up = simulate(&ledger, "given up", |simulator| {
            let range = simulator.range(CHAINCODE, "", "").unwrap();
            simulator.next(range).unwrap();
        });
        let change = put(&ledger, "change", &[(key, "w")]);
        assert_eq!(commit(&ledger, vec![change, given_up]).codes[1], expected, "{key}");
    }
}

#[test]
fn blocks_and_transactions_are_found() {
    let (_dir, ledger) = with(&[("a", "1")]);
    let txs = vec![put(&ledger, "first", &[("a", "2")]), put(&ledger, "second", &[("b", "1")])];
    let committed = commit(&ledger, txs);
    let header = committed.block.header.clone().unwrap();
    let hash = proto::block::header_hash(&header);
    assert_eq!(ledger.block_by_hash(&hash).unwrap().as_ref(), Some(&*committed.block));
    assert_eq!(ledger.block_by_tx_id("second").unwrap().as_ref(), Some(&*committed.block));
    assert_eq!(ledger.block_by_hash(b"unknown").unwrap(), None);
    assert_eq!(ledger.block_bytes(2).unwrap(), Some(committed.bytes.clone()));
    assert_eq!(ledger.block(3).unwrap(), None);
    let record = ledger.transaction("second").unwrap().unwrap();
    assert_eq!((record.code, record.block_number, record.index), (Valid, 2, 1));
    assert_eq!(record.envelope, committed.block.data.as_ref().unwrap().data[1]);
    assert_eq!(ledger.transaction("unknown").unwrap(), None);
    assert!(ledger.contains_tx("first").unwrap() && !ledger.contains_tx("unknown").unwrap());
    let info = ledger.info();
    assert_eq!((info.height, &info.current_block_hash[..]), (3, &hash[..]));
    assert_eq!(info.previous_block_hash, header.previous_hash);
}

#[test]
fn of_transactions_with_one_id_the_first_is_found() {
    let (_dir, ledger) = with(&[("a", "1")]);
    let tx = put(&ledger, "twice", &[("a", "2")]);
    commit(&ledger, vec![tx]);
    let duplicate = || {
        let mut duplicate = put(&ledger, "twice", &[("a", "3")]);
        duplicate.code = TxValidationCode::DuplicateTxid;
        duplicate
    };
    commit(&ledger, vec![duplicate(), duplicate()]);
    assert_eq!(ledger.transaction_status("twice").unwrap(), Some((Valid, 2)));
}

#[test]
fn history_lists_valid_changes_newest_first() {
    let (_dir, ledger) = with(&[("a", "1"), ("a\0", "other")]);
    let txs = vec![put(&ledger, "two", &[("a", "2")]), delete(&ledger, "gone", "a")];
    commit(&ledger, txs);
    let tx = put(&ledger, "three", &[("a", "3")]);
    commit(&ledger, vec![tx]);
    let history: Vec<_> = ledger
        .history(CHAINCODE, "a")
        .unwrap()
        .map(|change| change.map(|change| (change.tx_id, change.value, change.is_delete)).unwrap())
        .collect();
    let expected = [("three", "3", false), ("gone", "", true), ("two", "2", false), ("initial", "1", false)];
    let expected = expected.map(|(tx_id, value, deleted)| (tx_id.to_owned(), Bytes::from(value), deleted));
    assert_eq!(history, expected);
}

#[test]
fn the_configuration_is_in_the_state() {
    let (_dir, ledger) = with(&[]);
    let config = ledger.snapshot().get(ledger::CONFIG_NAMESPACE, ledger::CONFIG_KEY).unwrap().unwrap();
    assert_eq!(config.value, "configuration 0");
    assert_eq!(config.version.block, 0);
}

#[test]
fn what_is_no_next_block_is_refused_and_changes_nothing() {
    let (_dir, ledger) = with(&[("a", "1")]);
    let last = ledger.last_header().unwrap();
    let mut skipping = last.clone();
    skipping.number += 1;
    let mut unlinked = candidate(Some(&last), vec![]);
    unlinked.block.header.as_mut().unwrap().previous_hash = Bytes::from_static(b"other");
    let mut unjudged = candidate(Some(&last), vec![put(&ledger, "tx", &[("a", "2")])]);
    unjudged.transactions.clear();
    let mut headless = candidate(Some(&last), vec![]);
    headless.block.header = None;
    for wrong in [candidate(Some(&skipping), vec![]), unlinked, unjudged, headless] {
        let error = ledger.commit(wrong).unwrap_err();
        assert!(matches!(error, CommitError::NotCandidate { .. } | CommitError::Append { .. }), "{error}");
    }
    assert_eq!((ledger.height(), value(&ledger, "a").as_deref()), (2, Some("1")));
    let tx = put(&ledger, "tx", &[("a", "2")]);
    commit(&ledger, vec![tx]);
}

#[test]
fn a_block_that_is_stored_may_come_again() {
    let (_dir, ledger) = with(&[("a", "1")]);
    let before = ledger.last_header();
    let txs = || vec![put(&ledger, "tx", &[("a", "2")])];
    let again = candidate(before.as_ref(), txs());
    let first = ledger.commit(candidate(before.as_ref(), txs())).unwrap();
    let second = ledger.commit(again).unwrap();
    assert_eq!((first.bytes, first.codes, first.tx_ids), (second.bytes, second.codes, second.tx_ids));
    let other = candidate(before.as_ref(), vec![put(&ledger, "other", &[("a", "3")])]);
    assert!(matches!(ledger.commit(other), Err(CommitError::NotCandidate { number: 2, .. })));
}

#[test]
fn observers_see_every_commit_after_readers_can() {
    let (_dir, ledger) = with(&[]);
    let ledger = Arc::new(ledger);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (observed, weak) = (Arc::clone(&seen), Arc::downgrade(&ledger));
    ledger.on_commit(Box::new(move |block| {
        let height = weak.upgrade().unwrap().height();
        observed.lock().push((block.number(), height));
    }));
    for number in 0..3 {
        let tx = put(&ledger, &format!("tx {number}"), &[("a", "2")]);
        commit(&ledger, vec![tx]);
    }
    assert_eq!(*seen.lock(), [(2, 3), (3, 4), (4, 5)]);
}

#[test]
fn a_group_has_the_outcome_of_its_blocks_one_by_one() {
    let (_first, single) = with(&[("a", "1"), ("b", "1"), ("d", "1")]);
    let (_second, grouped) = with(&[("a", "1"), ("b", "1"), ("d", "1")]);
    let blocks = |ledger: &Ledger| {
        let mut last = ledger.last_header();
        let blocks = vec![
            vec![read(ledger, "1", "a"), put(ledger, "2", &[("a", "2"), ("c", "1")]), delete(ledger, "3", "d")],
            vec![read(ledger, "4", "a"), read(ledger, "5", "b"), scan(ledger, "6", "b", ""), read(ledger, "7", "d")],
            vec![put(ledger, "8", &[("c", "3")]), scan(ledger, "9", "e", ""), put(ledger, "10", &[("d", "4")])],
        ];
        let candidates = blocks.into_iter().map(|txs| {
            let candidate = candidate(last.as_ref(), txs);
            last = candidate.block.header.clone();
            candidate
        });
        candidates.collect::<Vec<_>>()
    };
    let expected: Vec<_> = blocks(&single).into_iter().map(|candidate| single.commit(candidate).unwrap()).collect();
    let found = grouped.commit_group(blocks(&grouped)).unwrap();
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found.codes, expected.codes);
        assert_eq!(found.block.encode_to_vec(), expected.block.encode_to_vec());
    }
    assert_eq!(found[1].codes, [MvccReadConflict, Valid, PhantomReadConflict, MvccReadConflict]);
    assert_eq!(dump(&single), dump(&grouped));
}
