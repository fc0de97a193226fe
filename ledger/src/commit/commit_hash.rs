//! The hash chain over the outcome of blocks, by which peers can tell that they agree
//! (Fabric `kvledger/kv_ledger.go`, `txmgr/update_batch_bytes.go`).

use bytes::Bytes;
use prost::Message;
use proto::commithash::{KvWrite, Updates};

use super::updates::{BlockUpdates, Update};
use crate::ledger::CONFIG_NAMESPACE;

/// The commit hash of a block; empty for block 0, which starts no chain.
pub(crate) fn next(number: u64, flags: &[u8], updates: &BlockUpdates, previous: &Bytes) -> Bytes {
    if number != 1 && previous.is_empty() {
        return Bytes::new();
    }
    let mut length = Vec::with_capacity(10);
    prost::encode_length_delimiter(flags.len(), &mut length).expect("a vector takes any length");
    let updates = message(updates).encode_to_vec();
    Bytes::copy_from_slice(&proto::sha256([&length, flags, &updates, previous]))
}

// Sorted by namespace, public before collections, collections by name, keys by bytes. Names stand only where they
// change. The configuration is left out, metadata too.
fn message(updates: &BlockUpdates) -> Updates {
    let mut kvwrites = Vec::new();
    for (namespace, updates) in updates.namespaces.iter().filter(|(name, _)| *name != CONFIG_NAMESPACE) {
        let first = kvwrites.len();
        kvwrites.extend(updates.public.iter().map(write));
        for (collection, updates) in &updates.collections {
            let first = kvwrites.len();
            kvwrites.extend(updates.iter().map(write));
            if let Some(write) = kvwrites.get_mut(first) {
                write.collection.clone_from(collection);
            }
        }
        if let Some(write) = kvwrites.get_mut(first) {
            write.namespace.clone_from(namespace);
        }
    }
    Updates { kvwrites }
}

fn write((key, update): (&Bytes, &Update)) -> KvWrite {
    let mut version = Vec::with_capacity(2 * proto::ordered_varint::MAX_LENGTH);
    update.version.push(&mut version);
    KvWrite {
        key: key.clone(),
        is_delete: update.value.is_none(),
        value: update.value.clone().unwrap_or_default(),
        version_bytes: version.into(),
        ..Default::default()
    }
}
