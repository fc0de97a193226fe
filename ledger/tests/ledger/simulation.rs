//! What a simulation records, and what it refuses.

use bytes::Bytes;
use ledger::{Ledger, ReadWriteSet, SimulateError, Simulator};
use proto::kvrwset::RangeQueryInfo;
use proto::kvrwset::range_query_info::ReadsInfo;

use crate::fixture::{CHAINCODE, commit, create, put, simulate};

fn with_keys(count: usize) -> (tempfile::TempDir, Ledger) {
    let dir = tempfile::tempdir().unwrap();
    let ledger = create(dir.path());
    let keys: Vec<_> = (0..count).map(|number| format!("k{number:04}")).collect();
    let pairs: Vec<_> = keys.iter().map(|key| (&key[..], "v")).collect();
    let tx = put(&ledger, "fill", &pairs);
    commit(&ledger, vec![tx]);
    (dir, ledger)
}

fn results(ledger: &Ledger, run: impl FnOnce(&mut Simulator)) -> ReadWriteSet {
    ReadWriteSet::decode(simulate(ledger, "tx", run).results).unwrap()
}

fn range_info(ledger: &Ledger, take: usize) -> RangeQueryInfo {
    let rwset = results(ledger, |simulator| {
        let range = simulator.range(CHAINCODE, "", "").unwrap();
        for number in 0..take {
            let (key, _) = simulator.next(range).unwrap().unwrap();
            assert_eq!(key, format!("k{number:04}"));
        }
    });
    rwset.namespaces[0].public.range_queries_info[0].clone()
}

#[test]
fn own_writes_are_not_read_back() {
    let (_dir, ledger) = with_keys(1);
    let rwset = results(&ledger, |simulator| {
        simulator.set_state(CHAINCODE, "k0000", Bytes::from_static(b"new")).unwrap();
        assert_eq!(simulator.get_state(CHAINCODE, "k0000").unwrap().unwrap(), "v");
        assert_eq!(simulator.get_state(CHAINCODE, "absent").unwrap(), None);
    });
    let reads = &rwset.namespaces[0].public.reads;
    assert_eq!(reads[0].key, "absent");
    assert_eq!(reads[0].version, None);
    assert_eq!(reads[1].version.map(|version| (version.block_num, version.tx_num)), Some((1, 0)));
}

#[test]
fn an_empty_value_deletes() {
    let (_dir, ledger) = with_keys(1);
    let rwset = results(&ledger, |simulator| {
        simulator.set_state(CHAINCODE, "k0000", Bytes::new()).unwrap();
    });
    assert!(rwset.namespaces[0].public.writes[0].is_delete);
}

#[test]
fn a_snapshot_does_not_move() {
    let (_dir, ledger) = with_keys(1);
    let before = ledger.snapshot();
    let tx = put(&ledger, "later", &[("k0000", "new"), ("k0001", "more")]);
    commit(&ledger, vec![tx]);
    assert_eq!(before.get(CHAINCODE, "k0000").unwrap().unwrap().value, "v");
    assert_eq!(before.range(CHAINCODE, "", "").unwrap().count(), 1);
    assert_eq!(ledger.snapshot().range(CHAINCODE, "", "").unwrap().count(), 2);
    assert_eq!((before.height(), ledger.height()), (2, 3));
}

#[test]
fn ranges_stay_in_their_namespace_and_bounds() {
    let (_dir, ledger) = with_keys(5);
    let other = simulate(&ledger, "other", |simulator| {
        for namespace in ["basi", "basic2", "basic$", "c"] {
            simulator.set_state(namespace, "k0001", Bytes::from_static(b"v")).unwrap();
        }
    });
    commit(&ledger, vec![other]);
    let keys = |start: &str, end: &str| -> Vec<String> {
        let range = ledger.snapshot().range(CHAINCODE, start, end).unwrap();
        range.map(|entry| entry.unwrap().0).collect()
    };
    assert_eq!(keys("", "").len(), 5);
    assert_eq!(keys("k0001", "k0003"), ["k0001", "k0002"]);
    assert_eq!(keys("k0003", ""), ["k0003", "k0004"]);
    assert_eq!(keys("k0003", "k0001"), [""; 0]);
    assert_eq!(keys("x", "y"), [""; 0]);
}

#[test]
fn a_range_is_recorded_as_far_as_it_was_read_ahead() {
    // Results, taken, last key recorded, exhausted, raw reads recorded (nothing: hashed).
    for (results, taken, end_key, exhausted, raw) in [
        (0, 0, "", true, Some(0)),
        (50, 1, "", true, Some(50)),
        (51, 0, "", true, None),
        (100, 100, "", true, None),
        (101, 99, "k0100", false, None),
        (101, 100, "", true, None),
        (250, 100, "k0200", false, None),
        (250, 199, "k0200", false, None),
        (250, 200, "", true, None),
    ] {
        let (_dir, ledger) = with_keys(results);
        let info = range_info(&ledger, taken);
        let name = format!("{results} results, {taken} taken");
        assert_eq!((&info.end_key[..], info.itr_exhausted), (end_key, exhausted), "{name}");
        let found = match info.reads_info {
            None => Some(0),
            Some(ReadsInfo::RawReads(reads)) => Some(reads.kv_reads.len()),
            Some(ReadsInfo::ReadsMerkleHashes(summary)) => {
                assert_eq!(summary.max_degree, 50);
                None
            }
        };
        assert_eq!(found, raw, "{name}");
    }
}

#[test]
fn the_same_range_is_recorded_once() {
    let (_dir, ledger) = with_keys(3);
    let rwset = results(&ledger, |simulator| {
        for _ in 0..2 {
            simulator.range(CHAINCODE, "", "").unwrap();
            simulator.range(CHAINCODE, "k0001", "").unwrap();
        }
    });
    let starts: Vec<_> = rwset.namespaces[0].public.range_queries_info.iter().map(|info| &info.start_key[..]).collect();
    assert_eq!(starts, ["", "k0001"]);
}

#[test]
fn closed_and_unknown_ranges_end() {
    let (_dir, ledger) = with_keys(3);
    let mut simulator = ledger.simulator("tx");
    let range = simulator.range(CHAINCODE, "", "").unwrap();
    simulator.close(range);
    assert_eq!(simulator.next(range).unwrap(), None);
    assert_eq!(simulator.next(ledger::RangeId(77)).unwrap(), None);
    simulator.close(ledger::RangeId(77));
}

#[test]
fn metadata_is_kept_apart_from_the_value() {
    let (_dir, ledger) = with_keys(2);
    let policy = || [("VALIDATION_PARAMETER".to_owned(), Bytes::from_static(b"policy"))].into();
    let tx = simulate(&ledger, "meta", |simulator| {
        simulator.set_state_metadata(CHAINCODE, "k0000", policy()).unwrap();
        // Metadata of an absent key is dropped.
        simulator.set_state_metadata(CHAINCODE, "absent", policy()).unwrap();
    });
    commit(&ledger, vec![tx]);
    let snapshot = ledger.snapshot();
    assert_eq!(snapshot.get(CHAINCODE, "absent").unwrap(), None);
    let found = snapshot.get(CHAINCODE, "k0000").unwrap().unwrap();
    assert_eq!((&found.value[..], found.version.block), (&b"v"[..], 2));
    assert_eq!(snapshot.metadata(CHAINCODE, "k0000").unwrap()[0].1, "policy");
    // A write of the value keeps it, and says so to the endorser.
    let mut simulator = ledger.simulator("write");
    simulator.set_state(CHAINCODE, "k0000", Bytes::from_static(b"new")).unwrap();
    let results = simulator.finish().unwrap();
    assert_eq!(results.writes[0].metadata["VALIDATION_PARAMETER"], "policy");
    commit(&ledger, vec![crate::fixture::Tx::new("write", results)]);
    assert_eq!(ledger.snapshot().metadata(CHAINCODE, "k0000").unwrap().len(), 1);
    // A deletion drops both.
    let delete = simulate(&ledger, "delete", |simulator| simulator.delete_state(CHAINCODE, "k0000").unwrap());
    let again = put(&ledger, "again", &[("k0000", "fresh")]);
    commit(&ledger, vec![delete, again]);
    assert!(ledger.snapshot().metadata(CHAINCODE, "k0000").unwrap().is_empty());
}

#[test]
fn private_queries_make_a_transaction_read_only() {
    let (_dir, ledger) = with_keys(1);
    let mut simulator = ledger.simulator("tx");
    simulator.private_range(CHAINCODE, "secrets", "", "").unwrap();
    let error = simulator.set_state(CHAINCODE, "k", Bytes::from_static(b"v")).unwrap_err();
    assert!(matches!(&error, SimulateError::Refused(text) if text.contains("Writes are not allowed")), "{error}");
    let mut simulator = ledger.simulator("tx");
    simulator.set_state(CHAINCODE, "k", Bytes::from_static(b"v")).unwrap();
    let error = simulator.private_range(CHAINCODE, "secrets", "", "").unwrap_err();
    assert!(error.to_string().contains("read-only transaction"), "{error}");
}

#[test]
fn read_only_results_say_so() {
    let (_dir, ledger) = with_keys(1);
    let mut simulator = ledger.simulator("tx");
    simulator.get_state(CHAINCODE, "k0000").unwrap();
    let results = simulator.finish().unwrap();
    assert!(results.is_read_only());
    assert_eq!((&results.namespaces[..], results.height), (&[CHAINCODE.to_owned()][..], 2));
}
