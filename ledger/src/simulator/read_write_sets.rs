//! The read and write sets of a transaction under simulation, and the messages they become
//! (Fabric `rwsetutil/rwset_builder.go`). Everything is sorted by name or key.

use std::collections::BTreeMap;

use bytes::Bytes;
use prost::Message;
use proto::kvrwset::{
    HashedRwSet, KvMetadataEntry, KvMetadataWrite, KvMetadataWriteHash, KvRead, KvReadHash, KvWrite, KvWriteHash,
    KvrwSet, RangeQueryInfo,
};
use proto::rwset::tx_read_write_set::DataModel;
use proto::rwset::{
    CollectionHashedReadWriteSet, CollectionPvtReadWriteSet, NsPvtReadWriteSet, NsReadWriteSet, TxPvtReadWriteSet,
    TxReadWriteSet,
};
use proto::sha256;

use crate::state::Version;

type Metadata = BTreeMap<String, Bytes>;

/// Everything recorded, by namespace.
#[derive(Default)]
pub(super) struct ReadWriteSets {
    by_namespace: BTreeMap<String, NamespaceSets>,
}

#[derive(Default)]
struct NamespaceSets {
    // No version: the key was absent.
    reads: BTreeMap<String, Option<Version>>,
    writes: BTreeMap<String, Bytes>,
    metadata_writes: BTreeMap<String, Metadata>,
    ranges: Vec<RangeQueryInfo>,
    collections: BTreeMap<String, CollectionSets>,
}

// Sorted by key and not by its hash, as the order shows in the bytes.
#[derive(Default)]
struct CollectionSets {
    reads: BTreeMap<String, Option<Version>>,
    writes: BTreeMap<String, PrivateWrite>,
    metadata_writes: BTreeMap<String, Metadata>,
}

struct PrivateWrite {
    value: Bytes,
    is_purge: bool,
}

impl ReadWriteSets {
    pub(super) fn add_read(&mut self, namespace: &str, key: &str, version: Option<Version>) {
        self.namespace(namespace).reads.insert(key.to_owned(), version);
    }

    pub(super) fn add_write(&mut self, namespace: &str, key: &str, value: Bytes) {
        self.namespace(namespace).writes.insert(key.to_owned(), value);
    }

    pub(super) fn add_metadata_write(&mut self, namespace: &str, key: &str, metadata: Metadata) {
        self.namespace(namespace).metadata_writes.insert(key.to_owned(), metadata);
    }

    /// The same range with the same outcome is listed once.
    pub(super) fn add_range(&mut self, namespace: &str, info: RangeQueryInfo) {
        let ranges = &mut self.namespace(namespace).ranges;
        let is_same = |known: &RangeQueryInfo| {
            known.start_key == info.start_key
                && known.end_key == info.end_key
                && known.itr_exhausted == info.itr_exhausted
        };
        if !ranges.iter().any(is_same) {
            ranges.push(info);
        }
    }

    pub(super) fn add_hashed_read(&mut self, namespace: &str, collection: &str, key: &str, version: Option<Version>) {
        self.collection(namespace, collection).reads.insert(key.to_owned(), version);
    }

    pub(super) fn add_private_write(
        &mut self,
        namespace: &str,
        collection: &str,
        key: &str,
        value: Bytes,
        is_purge: bool,
    ) {
        self.collection(namespace, collection).writes.insert(key.to_owned(), PrivateWrite { value, is_purge });
    }

    pub(super) fn add_private_metadata_write(
        &mut self,
        namespace: &str,
        collection: &str,
        key: &str,
        metadata: Metadata,
    ) {
        self.collection(namespace, collection).metadata_writes.insert(key.to_owned(), metadata);
    }

    /// The namespaces touched, sorted.
    pub(super) fn namespaces(&self) -> Vec<String> {
        self.by_namespace.keys().cloned().collect()
    }

    /// The message that is endorsed, and the private writes when there are any.
    pub(super) fn finish(self) -> (TxReadWriteSet, Option<TxPvtReadWriteSet>) {
        let mut ns_rwset = Vec::with_capacity(self.by_namespace.len());
        let mut ns_pvt_rwset = Vec::new();
        for (namespace, sets) in self.by_namespace {
            let mut collection_hashed_rwset = Vec::with_capacity(sets.collections.len());
            let mut collection_pvt_rwset = Vec::new();
            for (collection_name, sets) in sets.collections {
                let private = sets.private();
                let pvt_rwset_hash =
                    private.as_ref().map(|rwset| Bytes::copy_from_slice(&sha256([rwset]))).unwrap_or_default();
                if let Some(rwset) = private {
                    let collection_name = collection_name.clone();
                    collection_pvt_rwset.push(CollectionPvtReadWriteSet { collection_name, rwset });
                }
                let hashed_rwset = sets.hashed().encode_to_vec().into();
                let hashed = CollectionHashedReadWriteSet { collection_name, hashed_rwset, pvt_rwset_hash };
                collection_hashed_rwset.push(hashed);
            }
            if !collection_pvt_rwset.is_empty() {
                ns_pvt_rwset.push(NsPvtReadWriteSet { namespace: namespace.clone(), collection_pvt_rwset });
            }
            let rwset = public(sets.reads, sets.writes, sets.metadata_writes, sets.ranges).encode_to_vec().into();
            ns_rwset.push(NsReadWriteSet { namespace, rwset, collection_hashed_rwset });
        }
        let data_model = DataModel::Kv as i32;
        let private = (!ns_pvt_rwset.is_empty()).then_some(TxPvtReadWriteSet { data_model, ns_pvt_rwset });
        (TxReadWriteSet { data_model, ns_rwset }, private)
    }

    fn namespace(&mut self, namespace: &str) -> &mut NamespaceSets {
        // Looked up first: most calls find their namespace, and `entry` would copy its name every time.
        if !self.by_namespace.contains_key(namespace) {
            self.by_namespace.insert(namespace.to_owned(), NamespaceSets::default());
        }
        self.by_namespace.get_mut(namespace).expect("inserted above")
    }

    fn collection(&mut self, namespace: &str, collection: &str) -> &mut CollectionSets {
        self.namespace(namespace).collections.entry(collection.to_owned()).or_default()
    }
}

impl CollectionSets {
    // The serialized private set; nothing when nothing is written.
    fn private(&self) -> Option<Bytes> {
        if self.writes.is_empty() && self.metadata_writes.is_empty() {
            return None;
        }
        let writes = self.writes.iter().map(|(key, write)| write_message(key.clone(), write.value.clone())).collect();
        // The values of metadata are kept with the hash of the key only.
        let metadata_writes =
            self.metadata_writes.keys().map(|key| KvMetadataWrite { key: key.clone(), entries: vec![] }).collect();
        Some(KvrwSet { writes, metadata_writes, ..Default::default() }.encode_to_vec().into())
    }

    fn hashed(self) -> HashedRwSet {
        let hash = |bytes: &[u8]| Bytes::copy_from_slice(&sha256([bytes]));
        let hashed_reads = self.reads.into_iter().map(|(key, version)| KvReadHash {
            key_hash: hash(key.as_bytes()),
            version: version.map(Version::to_message),
        });
        let hashed_writes = self.writes.into_iter().map(|(key, write)| KvWriteHash {
            key_hash: hash(key.as_bytes()),
            is_delete: write.value.is_empty(),
            value_hash: if write.value.is_empty() { Bytes::new() } else { hash(&write.value) },
            is_purge: write.is_purge,
        });
        let metadata_writes = self
            .metadata_writes
            .into_iter()
            .map(|(key, metadata)| KvMetadataWriteHash { key_hash: hash(key.as_bytes()), entries: entries(metadata) });
        HashedRwSet {
            hashed_reads: hashed_reads.collect(),
            hashed_writes: hashed_writes.collect(),
            metadata_writes: metadata_writes.collect(),
        }
    }
}

fn public(
    reads: BTreeMap<String, Option<Version>>,
    writes: BTreeMap<String, Bytes>,
    metadata_writes: BTreeMap<String, Metadata>,
    range_queries_info: Vec<RangeQueryInfo>,
) -> KvrwSet {
    let reads = reads.into_iter().map(|(key, version)| KvRead { key, version: version.map(Version::to_message) });
    let writes = writes.into_iter().map(|(key, value)| write_message(key, value));
    let metadata_writes =
        metadata_writes.into_iter().map(|(key, metadata)| KvMetadataWrite { key, entries: entries(metadata) });
    KvrwSet {
        reads: reads.collect(),
        range_queries_info,
        writes: writes.collect(),
        metadata_writes: metadata_writes.collect(),
    }
}

fn write_message(key: String, value: Bytes) -> KvWrite {
    KvWrite { key, is_delete: value.is_empty(), value }
}

fn entries(metadata: Metadata) -> Vec<KvMetadataEntry> {
    metadata.into_iter().map(|(name, value)| KvMetadataEntry { name, value }).collect()
}
