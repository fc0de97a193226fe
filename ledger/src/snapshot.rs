//! The state at one height.

use std::sync::Arc;

use bytes::Bytes;
use prost::Message;
use rocksdb::{DBPinnableSlice, DBRawIterator, ReadOptions};

use crate::database::{self, Database, Family};
use crate::error::ReadError;
use crate::state::{Version, VersionedValue};

/// The state after one block. Cheap to clone and to drop; later commits do not show. Long-lived ones keep old values on
/// disk.
#[derive(Clone)]
pub struct Snapshot {
    view: Arc<View>,
}

struct View {
    // Borrows from `database`; must stay the first field, so that it is dropped first.
    snapshot: rocksdb::Snapshot<'static>,
    /// Reads of this snapshot; made once, because making them takes a tenth of a read.
    options: ReadOptions,
    height: u64,
    database: Arc<Database>,
}

/// Raw keys and values of one snapshot; starts at the first one and is moved on by hand.
pub(crate) struct Entries {
    // Borrows from `_view`; must stay the first field, so that it is dropped first.
    iterator: DBRawIterator<'static>,
    _view: Arc<View>,
}

/// Keys and values of a range, in key order.
pub struct RangeIterator {
    entries: Entries,
    prefix_bytes: usize,
    ended: bool,
}

impl Snapshot {
    /// The state as it is now, which has seen `height` blocks.
    pub(crate) fn new(database: &Arc<Database>, height: u64) -> Snapshot {
        let snapshot = database.db().snapshot();
        // SAFETY: the snapshot refers to the database behind the Arc, which has a fixed address and is kept alive by
        // the same `View`; fields are dropped in order, the snapshot first.
        let snapshot = unsafe { std::mem::transmute::<rocksdb::Snapshot<'_>, rocksdb::Snapshot<'static>>(snapshot) };
        let mut options = ReadOptions::default();
        options.set_snapshot(&snapshot);
        Snapshot { view: Arc::new(View { snapshot, options, height, database: Arc::clone(database) }) }
    }

    /// How many blocks the state has seen.
    pub fn height(&self) -> u64 {
        self.view.height
    }

    /// The value of a key.
    pub fn get(&self, namespace: &str, key: &str) -> Result<Option<VersionedValue>, ReadError> {
        self.get_raw(&database::state_key(namespace, key))
    }

    /// The version of a key, without copying its value.
    pub fn version(&self, namespace: &str, key: &str) -> Result<Option<Version>, ReadError> {
        self.version_raw(&database::state_key(namespace, key))
    }

    /// The metadata of a key by name, such as `VALIDATION_PARAMETER`; empty for an absent key.
    pub fn metadata(&self, namespace: &str, key: &str) -> Result<Vec<(String, Bytes)>, ReadError> {
        match self.get(namespace, key)? {
            Some(found) => decode_metadata(found.metadata),
            None => Ok(Vec::new()),
        }
    }

    /// The metadata of a private key by the hash of the key.
    pub fn private_metadata(
        &self,
        namespace: &str,
        collection: &str,
        key_hash: &[u8],
    ) -> Result<Vec<(String, Bytes)>, ReadError> {
        match self.private_hash(namespace, collection, key_hash)? {
            Some(found) => decode_metadata(found.metadata),
            None => Ok(Vec::new()),
        }
    }

    /// Keys from `start` up to but without `end`; an empty `end` means to the last.
    pub fn range(&self, namespace: &str, start: &str, end: &str) -> Result<RangeIterator, ReadError> {
        self.range_raw(namespace, start, end)
    }

    /// Private keys that this peer holds, from `start` up to but without `end`.
    pub fn private_range(
        &self,
        namespace: &str,
        collection: &str,
        start: &str,
        end: &str,
    ) -> Result<RangeIterator, ReadError> {
        self.range_raw(&format!("{namespace}$$p{collection}"), start, end)
    }

    /// A private value that this peer holds.
    pub fn private(&self, namespace: &str, collection: &str, key: &str) -> Result<Option<VersionedValue>, ReadError> {
        self.get_raw(&database::private_key(namespace, collection, key))
    }

    /// The hash of a private value: `value` is SHA-256 of it. `key_hash` is SHA-256 of the key.
    pub fn private_hash(
        &self,
        namespace: &str,
        collection: &str,
        key_hash: &[u8],
    ) -> Result<Option<VersionedValue>, ReadError> {
        self.get_raw(&database::hashed_key(namespace, collection, key_hash))
    }

    pub(crate) fn get_raw(&self, key: &[u8]) -> Result<Option<VersionedValue>, ReadError> {
        self.view.database.cache().get(key, self.view.height, || {
            let found = self.stored(key)?;
            found.map(|bytes| VersionedValue::decode(database::copied(bytes)).ok_or_else(|| damaged(key))).transpose()
        })
    }

    pub(crate) fn version_raw(&self, key: &[u8]) -> Result<Option<Version>, ReadError> {
        if let Some(version) = self.view.database.cache().version(key, self.view.height) {
            return Ok(version);
        }
        let found = self.stored(key)?;
        found.map(|bytes| VersionedValue::decode_version(&bytes).ok_or_else(|| damaged(key))).transpose()
    }

    fn stored(&self, key: &[u8]) -> Result<Option<DBPinnableSlice<'_>>, ReadError> {
        let database = &self.view.database;
        database.db().get_pinned_cf_opt(database.family(Family::State), key, &self.view.options).map_err(state_error)
    }

    fn range_raw(&self, namespace: &str, start: &str, end: &str) -> Result<RangeIterator, ReadError> {
        let first = database::state_key(namespace, start);
        let mut last = database::state_key(namespace, end);
        if end.is_empty() {
            // The separator is the smallest byte, so the next larger one is behind every key of the namespace.
            *last.last_mut().expect("a state key has a separator") = 1;
        }
        let entries = self.entries(Family::State, &first, last);
        Ok(RangeIterator { entries, prefix_bytes: namespace.len() + 1, ended: false })
    }

    /// Everything in a family from `first` up to but without `last`.
    pub(crate) fn entries(&self, family: Family, first: &[u8], last: Vec<u8>) -> Entries {
        // RocksDB does not look at the bound when it is before the first key.
        let is_empty = first >= &last[..];
        let mut options = ReadOptions::default();
        options.set_iterate_upper_bound(last);
        let view = &self.view;
        let iterator = view.snapshot.raw_iterator_cf_opt(view.database.family(family), options);
        // SAFETY: as for the snapshot: the iterator refers to the database and the snapshot, both kept alive by
        // `_view`, which is dropped after it.
        let mut iterator = unsafe { std::mem::transmute::<DBRawIterator<'_>, DBRawIterator<'static>>(iterator) };
        if !is_empty {
            iterator.seek(first);
        }
        Entries { iterator, _view: Arc::clone(view) }
    }
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Snapshot").field("height", &self.height()).finish()
    }
}

/// A raw key and its value.
type Entry<'a> = (&'a [u8], &'a [u8]);

impl Entries {
    /// The entry it stands on; nothing at the end.
    pub(crate) fn item(&self) -> Result<Option<Entry<'_>>, rocksdb::Error> {
        match self.iterator.item() {
            Some(item) => Ok(Some(item)),
            None => self.iterator.status().map(|()| None),
        }
    }

    /// Moves to the next key.
    pub(crate) fn advance(&mut self) {
        if self.iterator.valid() {
            self.iterator.next();
        }
    }
}

impl Iterator for RangeIterator {
    type Item = Result<(String, VersionedValue), ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let found = match self.entries.item() {
            Ok(None) => {
                self.ended = true;
                return None;
            }
            Ok(Some((key, value))) => {
                let name = key.get(self.prefix_bytes..).and_then(|name| String::from_utf8(name.to_vec()).ok());
                name.zip(VersionedValue::decode(database::copied(value))).ok_or_else(|| damaged(key))
            }
            Err(source) => Err(state_error(source)),
        };
        self.ended = found.is_err();
        self.entries.advance();
        Some(found)
    }
}

/// The entries of stored metadata, in order of their names.
pub(crate) fn decode_metadata(metadata: Bytes) -> Result<Vec<(String, Bytes)>, ReadError> {
    let message = proto::kvrwset::KvMetadataWrite::decode(metadata)
        .map_err(|error| ReadError::Damaged { what: "metadata of a key".to_owned(), detail: error.to_string() })?;
    Ok(message.entries.into_iter().map(|entry| (entry.name, entry.value)).collect())
}

fn state_error(source: rocksdb::Error) -> ReadError {
    ReadError::Database { what: "a key of the state", source }
}

fn damaged(key: &[u8]) -> ReadError {
    ReadError::Damaged { what: format!("the state of {}", key.escape_ascii()), detail: "it does not decode".to_owned() }
}
