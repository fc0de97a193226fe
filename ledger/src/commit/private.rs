//! The private values that a block brings to this peer.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use prost::Message;
use proto::kvrwset::KvrwSet;
use proto::rwset::{CollectionPvtReadWriteSet, NsPvtReadWriteSet, TxPvtReadWriteSet};
use rocksdb::WriteBatch;

use super::updates::{BlockUpdates, StateView, Update};
use crate::candidate::{CandidateBlock, CandidateTransaction};
use crate::database::{self, Database, Family};
use crate::error::ReadError;
use crate::rwset::{ReadWriteSet, is_delete};
use crate::state::Version;

/// A key of a collection.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PrivateKey {
    pub(crate) namespace: String,
    pub(crate) collection: String,
    pub(crate) key: String,
}

/// The private side of a block's updates.
#[derive(Debug, Default)]
pub(crate) struct PrivateWrites {
    updates: BTreeMap<PrivateKey, Update>,
    // Keys whose metadata changes; it is kept with the hash of the key only.
    with_metadata: BTreeSet<PrivateKey>,
    // What goes into the store of private data, for replay.
    accepted: Vec<(Version, TxPvtReadWriteSet)>,
}

impl PrivateWrites {
    /// Adds the private data of a valid transaction, as far as it is what the transaction says.
    pub(crate) fn add(&mut self, data: &TxPvtReadWriteSet, rwset: &ReadWriteSet, version: Version, tx_id: &str) {
        self.accept(data, version, tx_id, |writes, namespace, collection| {
            writes.add_collection(namespace, collection, rwset, version)
        });
    }

    /// Keeps the private data of an invalid transaction in the same way. It has no effect on the state.
    pub(crate) fn keep(&mut self, data: &TxPvtReadWriteSet, rwset: &ReadWriteSet, version: Version, tx_id: &str) {
        self.accept(data, version, tx_id, |_, namespace, collection| check_hash(namespace, collection, rwset));
    }

    fn accept(
        &mut self,
        data: &TxPvtReadWriteSet,
        version: Version,
        tx_id: &str,
        mut take: impl FnMut(&mut Self, &str, &CollectionPvtReadWriteSet) -> Result<(), &'static str>,
    ) {
        let mut accepted = TxPvtReadWriteSet { data_model: data.data_model, ns_pvt_rwset: Vec::new() };
        for set in &data.ns_pvt_rwset {
            let mut collections = Vec::new();
            for collection in &set.collection_pvt_rwset {
                match take(self, &set.namespace, collection) {
                    Ok(()) => collections.push(collection.clone()),
                    Err(reason) => tracing::warn!(
                        tx_id,
                        namespace = set.namespace,
                        collection = collection.collection_name,
                        "private data is left out: {reason}"
                    ),
                }
            }
            if !collections.is_empty() {
                let namespace = set.namespace.clone();
                accepted.ns_pvt_rwset.push(NsPvtReadWriteSet { namespace, collection_pvt_rwset: collections });
            }
        }
        if !accepted.ns_pvt_rwset.is_empty() {
            self.accepted.push((version, accepted));
        }
    }

    fn add_collection(
        &mut self,
        namespace: &str,
        data: &CollectionPvtReadWriteSet,
        rwset: &ReadWriteSet,
        version: Version,
    ) -> Result<(), &'static str> {
        check_hash(namespace, data, rwset)?;
        let set = KvrwSet::decode(data.rwset.clone()).map_err(|_| "it does not decode")?;
        let private_key = |key: &str| PrivateKey {
            namespace: namespace.to_owned(),
            collection: data.collection_name.clone(),
            key: key.to_owned(),
        };
        for write in &set.writes {
            let value = (!is_delete(write)).then(|| write.value.clone());
            self.updates.insert(private_key(&write.key), Update { value, metadata: Bytes::new(), version });
        }
        self.with_metadata.extend(set.metadata_writes.iter().map(|write| private_key(&write.key)));
        Ok(())
    }

    /// A transaction that only changed metadata raised the version of the key's hash; the private value follows, if it
    /// is the one that was hashed.
    pub(crate) fn follow_metadata(&mut self, updates: &BlockUpdates, view: &StateView<'_>) -> Result<(), ReadError> {
        for key in std::mem::take(&mut self.with_metadata) {
            let key_hash = proto::sha256([key.key.as_bytes()]);
            let Some(hashed) = updates.get(&key.namespace, &key.collection, &key_hash) else {
                continue;
            };
            let latest = match self.updates.get(&key) {
                Some(update) => update.to_value(),
                None => view.private(&key)?,
            };
            let Some(latest) = latest.filter(|latest| latest.version != hashed.version) else {
                continue;
            };
            if hashed.value.as_ref().is_some_and(|hash| *hash == proto::sha256([&latest.value])[..]) {
                let update = Update { value: Some(latest.value), metadata: Bytes::new(), version: hashed.version };
                self.updates.insert(key, update);
            }
        }
        Ok(())
    }

    pub(crate) fn get(&self, key: &PrivateKey) -> Option<&Update> {
        self.updates.get(key)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&PrivateKey, &Update)> {
        self.updates.iter()
    }

    /// Puts what must be durable before block `number` is into `batch`; nothing when there is no private data.
    pub(crate) fn store(&self, number: u64, database: &Database, batch: &mut WriteBatch) {
        if self.accepted.is_empty() {
            return;
        }
        let family = database.family(Family::Private);
        // A block of this number may have been tried before and not made it into the block files.
        batch.delete_range_cf(family, block_key(number), block_key(number + 1));
        for (version, data) in &self.accepted {
            let key = [block_key(version.block), block_key(version.transaction)].concat();
            batch.put_cf(family, key, data.encode_to_vec());
        }
    }
}

fn check_hash(namespace: &str, data: &CollectionPvtReadWriteSet, rwset: &ReadWriteSet) -> Result<(), &'static str> {
    let hash = proto::sha256([&data.rwset]);
    let expected = rwset.private_hash(namespace, &data.collection_name).ok_or("the transaction has none")?;
    match *expected == hash[..] {
        true => Ok(()),
        false => Err("it does not hash to what the transaction says"),
    }
}

/// The private data stored for block `number`, by transaction. It may belong to another block of that number which
/// never became durable, so its hashes decide.
pub(crate) fn stored_private(database: &Database, number: u64) -> Result<BTreeMap<u64, TxPvtReadWriteSet>, ReadError> {
    let damaged = |detail: &str| ReadError::Damaged {
        what: format!("the private data of block {number}"),
        detail: detail.to_owned(),
    };
    let mut options = rocksdb::ReadOptions::default();
    options.set_iterate_range(block_key(number)..block_key(number.saturating_add(1)));
    let mode = rocksdb::IteratorMode::Start;
    let mut found = BTreeMap::new();
    for entry in database.db().iterator_cf_opt(database.family(Family::Private), options, mode) {
        let (key, value) = entry.map_err(|source| ReadError::Database { what: "private data", source })?;
        let index =
            key.get(8..).and_then(|index| index.try_into().ok()).ok_or_else(|| damaged("a key is malformed"))?;
        let data = TxPvtReadWriteSet::decode(database::copied(value)).map_err(|error| damaged(&error.to_string()))?;
        found.insert(u64::from_be_bytes(index), data);
    }
    Ok(found)
}

/// Gives the transactions of a block that was here before, and was cut off, the private data that is stored for them.
pub(crate) fn complete_private(
    candidate: &mut CandidateBlock,
    number: u64,
    database: &Database,
) -> Result<(), ReadError> {
    for (index, stored) in stored_private(database, number)? {
        let transaction = usize::try_from(index).ok().and_then(|index| candidate.transactions.get_mut(index));
        let Some(CandidateTransaction { rwset: Some(rwset), private, .. }) = transaction else { continue };
        let given = private.get_or_insert_default();
        for set in stored.ns_pvt_rwset {
            for collection in set.collection_pvt_rwset {
                let expected = rwset.private_hash(&set.namespace, &collection.collection_name);
                if expected.is_some_and(|expected| *expected == proto::sha256([&collection.rwset])[..]) {
                    put_collection(given, &set.namespace, collection);
                }
            }
        }
    }
    Ok(())
}

/// Puts a collection in the place of what is there of it.
fn put_collection(data: &mut TxPvtReadWriteSet, namespace: &str, collection: CollectionPvtReadWriteSet) {
    let sets = &mut data.ns_pvt_rwset;
    let place = sets.iter().position(|set| set.namespace == namespace).unwrap_or_else(|| {
        sets.push(NsPvtReadWriteSet { namespace: namespace.to_owned(), collection_pvt_rwset: Vec::new() });
        sets.len() - 1
    });
    let collections = &mut sets[place].collection_pvt_rwset;
    collections.retain(|other| other.collection_name != collection.collection_name);
    collections.push(collection);
}

fn block_key(number: u64) -> [u8; 8] {
    number.to_be_bytes()
}
