//! What the valid transactions of a block do to the state, and the state as they see it.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use prost::Message;
use proto::kvrwset::{KvMetadataEntry, KvMetadataWrite};

use super::DecidedBlock;
use super::private::PrivateKey;
use crate::error::ReadError;
use crate::rwset::{ReadWriteSet, is_delete, is_hash_delete};
use crate::snapshot::Snapshot;
use crate::state::{Version, VersionedValue};

/// The new value of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Update {
    /// Nothing when the key is deleted.
    pub(crate) value: Option<Bytes>,
    /// Empty when it has none.
    pub(crate) metadata: Bytes,
    pub(crate) version: Version,
}

/// The updates of one namespace.
#[derive(Debug, Default)]
pub(crate) struct NamespaceUpdates {
    pub(crate) public: BTreeMap<Bytes, Update>,
    /// By collection, then by the hash of the key.
    pub(crate) collections: BTreeMap<String, BTreeMap<Bytes, Update>>,
}

/// The updates of one block.
#[derive(Debug, Default)]
pub(crate) struct BlockUpdates {
    pub(crate) namespaces: BTreeMap<String, NamespaceUpdates>,
}

/// The committed state, and over it the blocks that are decided and not yet in it.
pub(crate) struct StateView<'a> {
    snapshot: &'a Snapshot,
    earlier: &'a [DecidedBlock],
}

impl BlockUpdates {
    /// The update of a key; `collection` is empty for public state, else `key` is the hash of a key.
    pub(crate) fn get(&self, namespace: &str, collection: &str, key: &[u8]) -> Option<&Update> {
        let updates = self.namespaces.get(namespace)?;
        match collection {
            "" => updates.public.get(key),
            _ => updates.collections.get(collection)?.get(key),
        }
    }

    /// Applies the writes of a valid transaction (Fabric `validation/tx_ops.go`): a write of the value keeps metadata,
    /// a write of metadata keeps the value and does nothing to an absent key, a deletion drops both.
    pub(crate) fn apply(
        &mut self,
        rwset: &ReadWriteSet,
        version: Version,
        view: &StateView<'_>,
    ) -> Result<(), ReadError> {
        for namespace in &rwset.namespaces {
            let name = &namespace.namespace;
            let mut operations = Operations::default();
            for write in &namespace.public.writes {
                operations.write(write.key.as_bytes(), is_delete(write), &write.value);
            }
            for write in &namespace.public.metadata_writes {
                operations.write_metadata(write.key.as_bytes(), &write.entries);
            }
            self.apply_operations(name, "", operations, version, view)?;
            for collection in &namespace.collections {
                let mut operations = Operations::default();
                for write in &collection.hashed.hashed_writes {
                    operations.write(&write.key_hash, is_hash_delete(write), &write.value_hash);
                }
                for write in &collection.hashed.metadata_writes {
                    operations.write_metadata(&write.key_hash, &write.entries);
                }
                self.apply_operations(name, &collection.collection, operations, version, view)?;
            }
        }
        Ok(())
    }

    fn apply_operations(
        &mut self,
        namespace: &str,
        collection: &str,
        operations: Operations<'_>,
        version: Version,
        view: &StateView<'_>,
    ) -> Result<(), ReadError> {
        for (key, operation) in operations.by_key {
            let (value, metadata) = (operation.value.clone(), operation.metadata.clone());
            let update = if operation.is_delete() {
                Update { value: None, metadata: Bytes::new(), version }
            } else if operation.is_value_and_metadata() {
                Update { value: Some(value), metadata, version }
            } else if operation.is_value_only() {
                let metadata = self.latest(namespace, collection, key, view)?.map(|found| found.metadata);
                Update { value: Some(value), metadata: metadata.unwrap_or_default(), version }
            } else {
                match self.latest(namespace, collection, key, view)? {
                    Some(found) => Update { value: Some(found.value), metadata, version },
                    None => continue,
                }
            };
            // A namespace has an entry only with an update: the commit hash says something about each entry.
            let updates = self.namespaces.entry(namespace.to_owned()).or_default();
            let keys = match collection {
                "" => &mut updates.public,
                _ => updates.collections.entry(collection.to_owned()).or_default(),
            };
            keys.insert(Bytes::copy_from_slice(key), update);
        }
        Ok(())
    }

    fn latest(
        &self,
        namespace: &str,
        collection: &str,
        key: &[u8],
        view: &StateView<'_>,
    ) -> Result<Option<VersionedValue>, ReadError> {
        match self.get(namespace, collection, key) {
            Some(update) => Ok(update.to_value()),
            None => view.get(namespace, collection, key),
        }
    }
}

impl Update {
    pub(crate) fn to_value(&self) -> Option<VersionedValue> {
        let value = self.value.clone()?;
        Some(VersionedValue { value, metadata: self.metadata.clone(), version: self.version })
    }
}

impl<'a> StateView<'a> {
    pub(crate) fn new(snapshot: &'a Snapshot, earlier: &'a [DecidedBlock]) -> StateView<'a> {
        StateView { snapshot, earlier }
    }

    pub(crate) fn get(
        &self,
        namespace: &str,
        collection: &str,
        key: &[u8],
    ) -> Result<Option<VersionedValue>, ReadError> {
        match self.pending(namespace, collection, key) {
            Some(update) => Ok(update.to_value()),
            None => self.snapshot.get_raw(&raw_key(namespace, collection, key)),
        }
    }

    pub(crate) fn version(&self, namespace: &str, collection: &str, key: &[u8]) -> Result<Option<Version>, ReadError> {
        match self.pending(namespace, collection, key) {
            Some(update) => Ok(update.value.as_ref().map(|_| update.version)),
            None => self.snapshot.version_raw(&raw_key(namespace, collection, key)),
        }
    }

    /// A private value that this peer holds.
    pub(crate) fn private(&self, key: &PrivateKey) -> Result<Option<VersionedValue>, ReadError> {
        match self.earlier.iter().rev().find_map(|block| block.private.get(key)) {
            Some(update) => Ok(update.to_value()),
            None => self.snapshot.private(&key.namespace, &key.collection, &key.key),
        }
    }

    /// Keys and versions from `start` up to but without `end` (to the last when empty), as `block` leaves them.
    pub(crate) fn range(
        &self,
        block: &BlockUpdates,
        namespace: &str,
        start: &str,
        end: &str,
    ) -> Result<Merged, ReadError> {
        let mut pending = BTreeMap::new();
        for layer in self.earlier.iter().map(|block| &block.updates).chain([block]) {
            let Some(updates) = layer.namespaces.get(namespace) else {
                continue;
            };
            let in_range = |key: &[u8]| key >= start.as_bytes() && (end.is_empty() || key < end.as_bytes());
            let from = updates.public.range(Bytes::copy_from_slice(start.as_bytes())..);
            for (key, update) in from.take_while(|(key, _)| in_range(key)) {
                pending.insert(key.clone(), update.value.as_ref().map(|_| update.version));
            }
        }
        let mut committed = self.snapshot.range(namespace, start, end)?;
        let next = committed.next().transpose()?;
        Ok(Merged { committed, next, pending })
    }

    fn pending(&self, namespace: &str, collection: &str, key: &[u8]) -> Option<&'a Update> {
        self.earlier.iter().rev().find_map(|block| block.updates.get(namespace, collection, key))
    }
}

/// A range of the state with updates over it.
pub(crate) struct Merged {
    committed: crate::snapshot::RangeIterator,
    next: Option<(String, VersionedValue)>,
    pending: BTreeMap<Bytes, Option<Version>>,
}

impl Merged {
    /// The next key that exists, with its version.
    pub(crate) fn next(&mut self) -> Result<Option<(String, Version)>, ReadError> {
        loop {
            let is_pending = match (self.pending.first_key_value(), &self.next) {
                (None, None) => return Ok(None),
                (Some(_), None) => true,
                (None, Some(_)) => false,
                (Some((pending, _)), Some((committed, _))) => &pending[..] <= committed.as_bytes(),
            };
            if !is_pending {
                let found = self.next.take();
                self.next = self.committed.next().transpose()?;
                return Ok(found.map(|(key, value)| (key, value.version)));
            }
            let Some((key, version)) = self.pending.pop_first() else {
                continue;
            };
            if self.next.as_ref().is_some_and(|(committed, _)| committed.as_bytes() == &key[..]) {
                self.next = self.committed.next().transpose()?;
            }
            if let Some(version) = version {
                let key = String::from_utf8_lossy(&key).into_owned();
                return Ok(Some((key, version)));
            }
        }
    }
}

/// The key in the state family; `collection` is empty for public state.
pub(crate) fn raw_key(namespace: &str, collection: &str, key: &[u8]) -> Vec<u8> {
    match collection {
        "" => [namespace.as_bytes(), &[0], key].concat(),
        _ => crate::database::hashed_key(namespace, collection, key),
    }
}

// What one transaction does to the keys of a namespace or collection.
#[derive(Default)]
struct Operations<'a> {
    by_key: HashMap<&'a [u8], Operation>,
}

// Fabric adds these flags up and lets them wrap. That matters for a key that a transaction lists twice, which no
// endorser produces, but whose outcome must be the same on every peer.
#[derive(Default)]
struct Operation {
    flags: u8,
    value: Bytes,
    metadata: Bytes,
}

const WRITES_VALUE: u8 = 1;
const WRITES_METADATA: u8 = 2;
const DELETES_METADATA: u8 = 4;
const DELETES_KEY: u8 = 8;

impl<'a> Operations<'a> {
    fn write(&mut self, key: &'a [u8], is_delete: bool, value: &Bytes) {
        let operation = self.by_key.entry(key).or_default();
        if is_delete {
            operation.flags = operation.flags.wrapping_add(DELETES_KEY);
        } else {
            operation.flags = operation.flags.wrapping_add(WRITES_VALUE);
            operation.value = value.clone();
        }
    }

    fn write_metadata(&mut self, key: &'a [u8], entries: &[KvMetadataEntry]) {
        let operation = self.by_key.entry(key).or_default();
        if entries.is_empty() {
            operation.flags = operation.flags.wrapping_add(DELETES_METADATA);
        } else {
            operation.flags = operation.flags.wrapping_add(WRITES_METADATA);
            let metadata = KvMetadataWrite { key: String::new(), entries: entries.to_vec() };
            operation.metadata = metadata.encode_to_vec().into();
        }
    }
}

impl Operation {
    fn is_delete(&self) -> bool {
        self.flags & DELETES_KEY != 0
    }

    fn is_value_and_metadata(&self) -> bool {
        self.flags & WRITES_VALUE != 0 && self.flags & (WRITES_METADATA | DELETES_METADATA) != 0
    }

    fn is_value_only(&self) -> bool {
        self.flags | WRITES_VALUE == WRITES_VALUE
    }
}
