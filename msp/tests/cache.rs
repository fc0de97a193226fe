//! What a set of organisations remembers: no more than it may, nobody who is not a member, and nothing for longer than
//! the configuration holds.

mod authority;

use std::sync::Arc;

use authority::{Authority, ID, bytes, config, revocation_list};
use msp::{CACHED_IDENTITIES_MAX, CACHED_IDENTITY_BYTES_MAX, Msp, MspSet, MspVersion};
use prost::Message;
use proto::msp::{FabricMspConfig, MspConfig, SerializedIdentity};
use rcgen::SerialNumber;

fn set(config: &FabricMspConfig) -> MspSet {
    let config = MspConfig { r#type: 0, config: config.encode_to_vec().into() };
    MspSet::new(vec![Msp::from_config(&config, MspVersion::V3_0).expect("an MSP")])
}

fn serialized(pem: &str) -> Vec<u8> {
    SerializedIdentity { mspid: ID.to_owned(), id_bytes: bytes(pem) }.encode_to_vec()
}

#[test]
fn no_more_than_so_many_are_remembered() {
    let root = Authority::root("ca");
    let msps = set(&config(&root));
    let pem = root.issue(&["client"]).0;
    let first = msps.identity(&serialized(&pem)).expect("a member");
    // One member has as many spellings as it likes.
    let spelling = |number: usize| serialized(&format!("{pem}{number}"));
    for number in 0..CACHED_IDENTITIES_MAX + 100 {
        let identity = msps.identity(&spelling(number)).expect("the same member");
        assert_eq!(identity.id(), first.id());
        // Somebody who is asked for all the time stays.
        assert!(Arc::ptr_eq(&msps.identity(&serialized(&pem)).expect("a member"), &first), "after {number} others");
    }
    assert_eq!(msps.cached_identities(), CACHED_IDENTITIES_MAX);
}

#[test]
fn only_members_in_few_words_are_remembered() {
    let root = Authority::root("ca");
    let msps = set(&config(&root));
    let check = |pem: &str, valid: bool, remembered: usize| {
        for _ in 0..2 {
            assert_eq!(msps.identity(&serialized(pem)).is_ok(), valid);
        }
        assert_eq!(msps.cached_identities(), remembered);
    };
    check(&Authority::root("ca").issue(&["client"]).0, false, 0);
    check("rubbish", false, 0);
    let pem = root.issue(&["client"]).0;
    check(&format!("{pem}{}", " ".repeat(CACHED_IDENTITY_BYTES_MAX)), true, 0);
    check(&pem, true, 1);
}

#[test]
fn another_configuration_knows_nobody() {
    let root = Authority::root("ca");
    let serial = SerialNumber::from(7u64);
    let pem = root.issue_with(&["client"], |params| params.serial_number = Some(serial.clone())).0;
    let before = set(&config(&root));
    let identity = before.identity(&serialized(&pem)).expect("a member");
    let list = revocation_list(&root, &[serial]);
    let after = set(&FabricMspConfig { revocation_list: vec![list], ..config(&root) });
    assert!(after.identity(&serialized(&pem)).is_err(), "revoked since");
    let remembered = Arc::downgrade(&identity);
    drop(identity);
    assert!(remembered.upgrade().is_some());
    drop(before);
    assert!(remembered.upgrade().is_none(), "what was remembered went with the configuration");
}
