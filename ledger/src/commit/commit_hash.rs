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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Version;

    fn update(value: Option<&'static str>, transaction: u64) -> Update {
        let value = value.map(|value| Bytes::from_static(value.as_bytes()));
        Update { value, metadata: Bytes::from_static(b"ignored"), version: Version { block: 1, transaction } }
    }

    fn add(updates: &mut BlockUpdates, namespace: &str, collection: &str, key: &'static str, update: Update) {
        let found = updates.namespaces.entry(namespace.to_owned()).or_default();
        let keys = match collection {
            "" => &mut found.public,
            _ => found.collections.entry(collection.to_owned()).or_default(),
        };
        keys.insert(Bytes::from_static(key.as_bytes()), update);
    }

    #[test]
    fn names_stand_where_they_change() {
        let mut updates = BlockUpdates::default();
        add(&mut updates, "ns2", "", "key7", update(Some("7"), 7));
        add(&mut updates, "ns1", "coll2", "key6", update(None, 6));
        add(&mut updates, "ns1", "coll1", "key4", update(Some("4"), 4));
        add(&mut updates, "ns1", "coll1", "key3", update(Some("3"), 3));
        add(&mut updates, "ns1", "", "key2", update(Some("2"), 2));
        add(&mut updates, "ns1", "", "key1", update(Some("1"), 1));
        add(&mut updates, "ns3", "only", "key8", update(Some("8"), 8));
        add(&mut updates, CONFIG_NAMESPACE, "", "config", update(Some("c"), 9));
        let found: Vec<_> = message(&updates)
            .kvwrites
            .into_iter()
            .map(|write| {
                (write.namespace, write.collection, String::from_utf8(write.key.to_vec()).unwrap(), write.is_delete)
            })
            .collect();
        let expected = [
            ("ns1", "", "key1", false),
            ("", "", "key2", false),
            ("", "coll1", "key3", false),
            ("", "", "key4", false),
            ("", "coll2", "key6", true),
            ("ns2", "", "key7", false),
            ("ns3", "only", "key8", false),
        ];
        let expected = expected.map(|(ns, coll, key, gone)| (ns.to_owned(), coll.to_owned(), key.to_owned(), gone));
        assert_eq!(found, expected);
    }

    #[test]
    fn the_chain_starts_at_block_one_and_nowhere_else() {
        let updates = BlockUpdates::default();
        let hash = |number, previous: &Bytes| next(number, &[0], &updates, previous);
        assert!(hash(0, &Bytes::new()).is_empty());
        assert!(hash(2, &Bytes::new()).is_empty());
        let first = hash(1, &Bytes::new());
        assert_eq!(first[..], proto::sha256([&[1, 0]]));
        assert_eq!(hash(2, &first)[..], proto::sha256([&[1, 0], &first[..]]));
    }
}
