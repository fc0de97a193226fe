//! Private data: hashed for all, held by some.

use bytes::Bytes;
use ledger::{Ledger, SimulateError};
use prost::Message;
use proto::protos::TxValidationCode::{MvccReadConflict, Valid};
use proto::rwset::TxPvtReadWriteSet;

use crate::fixture::{CHAINCODE, Tx, commit, create, open, simulate};

const COLLECTION: &str = "_implicit_org_Org1MSP";

fn set(ledger: &Ledger, tx_id: &str, key: &str, value: &'static str) -> Tx {
    simulate(ledger, tx_id, |simulator| {
        simulator.set_private(CHAINCODE, COLLECTION, key, Bytes::from_static(value.as_bytes())).unwrap();
    })
}

fn get(ledger: &Ledger, key: &str) -> Result<Option<Bytes>, SimulateError> {
    ledger.simulator("read").get_private(CHAINCODE, COLLECTION, key)
}

fn hash(ledger: &Ledger, key: &str) -> Option<Bytes> {
    ledger.simulator("read").private_hash(CHAINCODE, COLLECTION, key).unwrap()
}

#[test]
fn values_are_kept_and_survive_a_rebuild_of_the_blocks_part() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = create(dir.path());
    let tx = set(&ledger, "set", "k", "secret");
    // What is ordered holds the hash only.
    let ordered = tx.results.clone();
    assert!(!ordered.windows(6).any(|window| window == b"secret"));
    commit(&ledger, vec![tx]);
    assert_eq!(get(&ledger, "k").unwrap().unwrap(), "secret");
    assert_eq!(hash(&ledger, "k").unwrap(), proto::sha256([b"secret"])[..]);
    drop(ledger);
    let ledger = open(dir.path());
    assert_eq!(get(&ledger, "k").unwrap().unwrap(), "secret");
    let tx = simulate(&ledger, "delete", |simulator| simulator.delete_private(CHAINCODE, COLLECTION, "k").unwrap());
    commit(&ledger, vec![tx]);
    assert_eq!((get(&ledger, "k").unwrap(), hash(&ledger, "k")), (None, None));
}

#[test]
fn without_the_value_only_the_hash_is_known() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = create(dir.path());
    let mut missing = set(&ledger, "missing", "k", "secret");
    missing.private = None;
    let mut forged = set(&ledger, "forged", "f", "secret");
    forged.private = set(&ledger, "other", "f", "lie").private;
    let codes = commit(&ledger, vec![missing, forged]).codes;
    assert_eq!(codes, [Valid, Valid]);
    for key in ["k", "f"] {
        assert!(hash(&ledger, key).is_some());
        let error = get(&ledger, key).unwrap_err().to_string();
        assert!(error.starts_with("private data matching public hash version is not available."), "{error}");
    }
}

#[test]
fn hashed_reads_conflict() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = create(dir.path());
    let tx = set(&ledger, "first", "k", "1");
    commit(&ledger, vec![tx]);
    let read = || {
        simulate(&ledger, "read", |simulator| {
            simulator.get_private(CHAINCODE, COLLECTION, "k").unwrap();
        })
    };
    let (early, late, stale) = (read(), read(), read());
    let codes = commit(&ledger, vec![early, set(&ledger, "second", "k", "2"), late]).codes;
    assert_eq!(codes, [Valid, Valid, MvccReadConflict]);
    assert_eq!(commit(&ledger, vec![stale]).codes, [MvccReadConflict]);
}

#[test]
fn a_change_of_metadata_keeps_the_value_readable() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = create(dir.path());
    let tx = set(&ledger, "set", "k", "secret");
    commit(&ledger, vec![tx]);
    let tx = simulate(&ledger, "meta", |simulator| {
        let metadata = [("VALIDATION_PARAMETER".to_owned(), Bytes::from_static(b"policy"))].into();
        simulator.set_private_metadata(CHAINCODE, COLLECTION, "k", metadata).unwrap();
    });
    commit(&ledger, vec![tx]);
    assert_eq!(get(&ledger, "k").unwrap().unwrap(), "secret");
    let key_hash = proto::sha256([b"k"]);
    let metadata = ledger.snapshot().private_metadata(CHAINCODE, COLLECTION, &key_hash).unwrap();
    assert_eq!(metadata[0].1, "policy");
}

#[test]
fn the_hash_covers_the_private_writes() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = create(dir.path());
    let tx = set(&ledger, "set", "k", "secret");
    let private = tx.private.unwrap();
    let rwset = ledger::ReadWriteSet::decode(tx.results).unwrap();
    let data = &private.ns_pvt_rwset[0].collection_pvt_rwset[0].rwset;
    assert_eq!(rwset.private_hash(CHAINCODE, COLLECTION).unwrap()[..], proto::sha256([data]));
}

#[test]
fn transient_data_waits_until_it_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = create(dir.path());
    let private = |value| set(&ledger, "tx", "k", value).private.unwrap();
    let store = ledger.transient_store();
    let (first, second): (TxPvtReadWriteSet, _) = (private("1"), private("2"));
    store.put("first", 1, &first).unwrap();
    store.put("second", 5, &second).unwrap();
    assert_eq!(store.get("first").unwrap().as_ref(), Some(&first));
    assert_eq!(store.get("unknown").unwrap(), None);
    store.purge_below(5).unwrap();
    assert_eq!(store.get("first").unwrap(), None);
    assert_eq!(store.get("second").unwrap().map(|set| set.encode_to_vec()), Some(second.encode_to_vec()));
    store.remove(&["second", "unknown"]).unwrap();
    assert_eq!(store.get("second").unwrap(), None);
}
