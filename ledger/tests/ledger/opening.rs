//! Directories that cannot be opened are refused with a clear error and left alone.

use std::fs;

use bytes::Bytes;
use ledger::{BlockStore, BlockStoreOptions, Ledger, OpenError};

use crate::fixture::{CHANNEL, commit, create, dump, open, options, put, value};

#[test]
fn another_format_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    drop(create(dir.path()));
    for format in ["FORMAT", "blocks/FORMAT"] {
        let path = dir.path().join(format);
        let right = fs::read(&path).unwrap();
        fs::write(&path, "weft ledger 99\n").unwrap();
        let error = Ledger::open(dir.path(), CHANNEL, options()).unwrap_err();
        assert!(matches!(&error, OpenError::OtherFormat { found, .. } if found == "weft ledger 99"), "{error}");
        fs::write(&path, right).unwrap();
    }
    assert_eq!(open(dir.path()).height(), 1);
}

#[test]
fn another_channel_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    drop(create(dir.path()));
    let error = Ledger::open(dir.path(), "otherchannel", options()).unwrap_err();
    assert!(error.to_string().contains("'mychannel', not of 'otherchannel'"), "{error}");
}

#[test]
fn a_second_owner_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = create(dir.path());
    assert!(matches!(Ledger::open(dir.path(), CHANNEL, options()), Err(OpenError::Locked { .. })));
    let blocks = BlockStore::open(&dir.path().join("blocks"), BlockStoreOptions::default());
    assert!(matches!(blocks, Err(OpenError::Locked { .. })));
    drop(ledger);
    open(dir.path());
}

#[test]
fn a_place_that_cannot_be_written_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let error = Ledger::open(&file.join("ledger"), CHANNEL, options()).unwrap_err();
    assert!(matches!(&error, OpenError::File { path, .. } if *path == file.join("ledger")), "{error}");
}

#[test]
fn lost_blocks_are_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = create(dir.path());
    let tx = put(&ledger, "tx", &[("a", "1")]);
    commit(&ledger, vec![tx]);
    drop(ledger);
    fs::remove_dir_all(dir.path().join("blocks")).unwrap();
    let error = Ledger::open(dir.path(), CHANNEL, options()).unwrap_err();
    assert!(matches!(error, OpenError::StateAhead { state_height: 2, block_height: 0 }), "{error}");
}

#[test]
fn a_lost_state_is_built_again_from_the_blocks() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = create(dir.path());
    for number in 0..20 {
        let tx = put(&ledger, &format!("tx {number}"), &[("a", &format!("{number}")), (&format!("k{number}"), "v")]);
        commit(&ledger, vec![tx]);
    }
    let before = dump(&ledger);
    drop(ledger);
    fs::remove_dir_all(dir.path().join("state")).unwrap();
    let ledger = open(dir.path());
    assert_eq!(dump(&ledger), before);
    assert_eq!(value(&ledger, "a").as_deref(), Some("19"));
    assert_eq!(ledger.history("basic", "a").unwrap().count(), 20);
    assert!(ledger.contains_tx("tx 7").unwrap());
    let config = ledger.snapshot().get(ledger::CONFIG_NAMESPACE, ledger::CONFIG_KEY).unwrap().unwrap();
    assert_eq!(config.value, Bytes::from_static(b"configuration 0"));
}
