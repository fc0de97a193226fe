//! Seeds of the targets over what a channel's members agreed on.

use std::collections::BTreeMap;

use channel::policy_language;
use prost::Message;
use proto::common::{ConfigGroup, ConfigUpdate, SignaturePolicyEnvelope};
use proto::orderer::BatchSize;

use super::named;
use crate::configurations::{CHANNEL_ID, channel_group};
use crate::policies::{BLOCK, IS_TEXT};

/// What Fabric's configtxlator computed for the same channel.
const UPDATE: &[u8] = include_bytes!("../../../channel/tests/data/configtxlator-update.pb");

/// Everybody has signed.
const ALL: u8 = 15;

pub(super) fn policies() -> BTreeMap<String, Vec<u8>> {
    let text = |policy: &str| [&[IS_TEXT | ALL][..], policy.as_bytes()].concat();
    let message = |policy: &SignaturePolicyEnvelope| [&[ALL][..], &policy.encode_to_vec()].concat();
    let nested = "OutOf(2, 'OrdererMSP.orderer', AND(\"OrdererMSP.member\", 'OrdererMSP.peer'), OR('A.admin', 'OrdererMSP.member',))";
    let parsed = policy_language::parse(nested).expect("a policy");
    let mut strange = parsed.clone();
    strange.identities[0].principal_classification = 4;
    strange.version = 1;
    named([
        ("text", text("AND('OrdererMSP.orderer', 'OrdererMSP.orderer')")),
        ("text_nested", text(nested)),
        ("text_alone", text("'OrdererMSP.client'")),
        ("text_quoted_number", text("outof('0', 'my-org.example.com.member')")),
        ("text_too_many", text("OutOf(9, 'A.member')")),
        ("message", message(&parsed)),
        ("message_strange", message(&strange)),
        ("message_empty", vec![0]),
    ])
}

pub(super) fn configurations() -> BTreeMap<String, Vec<u8>> {
    let part = |number: u8, bytes: &[u8]| [&[number][..], bytes].concat();
    let root = channel_group();
    // Without the organisations: most of a group is certificates.
    let mut bare = root.clone();
    bare.groups.values_mut().for_each(|group| group.groups.clear());
    let orderer = |change: fn(&mut ConfigGroup)| {
        let mut orderer = root.groups["Orderer"].clone();
        orderer.groups.clear();
        orderer.values.retain(|name, _| name == "BatchSize");
        orderer.policies.clear();
        change(&mut orderer);
        let mut root = ConfigGroup { version: root.version, ..Default::default() };
        root.groups.insert("Orderer".to_owned(), orderer);
        root
    };
    let changed = orderer(|orderer| {
        let value = orderer.values.get_mut("BatchSize").expect("a value");
        value.version += 1;
        let size = BatchSize { max_message_count: 3, absolute_max_bytes: 9, preferred_max_bytes: 9 };
        value.value = size.encode_to_vec().into();
    });
    let update = ConfigUpdate {
        channel_id: CHANNEL_ID.to_owned(),
        read_set: Some(orderer(|orderer| orderer.values.clear())),
        write_set: Some(changed.clone()),
        ..Default::default()
    };
    named([
        ("block", part(0, BLOCK)),
        ("group_bare", part(1, &bare.encode_to_vec())),
        ("update", part(2, &update.encode_to_vec())),
        ("update_by_configtxlator", part(2, UPDATE)),
        ("write_set", part(3, &changed.encode_to_vec())),
        ("envelope", part(4, &[10, 0])),
        ("result", part(5, &[10, 2, 8, 1])),
    ])
}
