//! Simulation of a transaction: what it reads and writes, by Fabric's rules (`txmgr/query_executor.go`,
//! `tx_simulator.go`).

mod ranges;
mod read_write_sets;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use prost::Message;
use proto::rwset::TxPvtReadWriteSet;
use proto::sha256;

use crate::block_store::BlockStore;
use crate::error::SimulateError;
use crate::history::HistoryIterator;
use crate::snapshot::{RangeIterator, Snapshot, decode_metadata};
use crate::state::VersionedValue;
use ranges::Ranges;
use read_write_sets::ReadWriteSets;

/// An open range query of a [`Simulator`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RangeId(pub u32);

/// One transaction under simulation. Reads see the committed state, never the transaction's own writes.
pub struct Simulator {
    tx_id: String,
    snapshot: Snapshot,
    blocks: Arc<BlockStore>,
    sets: ReadWriteSets,
    ranges: Ranges,
    writes: BTreeMap<(String, String, String), BTreeMap<String, Bytes>>,
    private_reads: BTreeSet<(String, String)>,
    has_private_ranges: bool,
    has_pages: bool,
}

/// A page of a range query of a [`Simulator`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangePage {
    /// Its results.
    pub range: RangeId,
    /// How many there are.
    pub count: usize,
    /// The key that the next page begins with; empty after the last page.
    pub bookmark: String,
}

/// A key that the transaction writes, with the metadata it had before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WrittenKey {
    /// The chaincode.
    pub namespace: String,
    /// The collection; empty for public state.
    pub collection: String,
    /// The key.
    pub key: String,
    /// The committed metadata of the key by name (`VALIDATION_PARAMETER` holds its endorsement policy).
    pub metadata: BTreeMap<String, Bytes>,
}

/// The outcome of a simulation.
#[derive(Clone, Debug)]
pub struct SimulationResults {
    /// The serialized `TxReadWriteSet`.
    pub public: Bytes,
    /// Private writes, if any.
    pub private: Option<TxPvtReadWriteSet>,
    /// Collections whose private values were read: (namespace, collection).
    pub private_reads: BTreeSet<(String, String)>,
    /// Every written key, sorted.
    pub writes: Vec<WrittenKey>,
    /// Namespaces that were read or written, sorted.
    pub namespaces: Vec<String>,
    /// The height of the state it saw.
    pub height: u64,
}

impl SimulationResults {
    /// Whether nothing is written.
    pub fn is_read_only(&self) -> bool {
        self.writes.is_empty()
    }
}

impl Simulator {
    pub(crate) fn new(snapshot: Snapshot, blocks: Arc<BlockStore>, tx_id: &str) -> Simulator {
        Simulator {
            tx_id: tx_id.to_owned(),
            snapshot,
            blocks,
            sets: ReadWriteSets::default(),
            ranges: Ranges::default(),
            writes: BTreeMap::new(),
            private_reads: BTreeSet::new(),
            has_private_ranges: false,
            has_pages: false,
        }
    }

    /// The transaction.
    pub fn tx_id(&self) -> &str {
        &self.tx_id
    }

    /// The state it reads.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The value of a key; recorded as read.
    pub fn get_state(&mut self, namespace: &str, key: &str) -> Result<Option<Bytes>, SimulateError> {
        Ok(self.read(namespace, key)?.map(|found| found.value))
    }

    fn read(&mut self, namespace: &str, key: &str) -> Result<Option<VersionedValue>, SimulateError> {
        let found = self.snapshot.get(namespace, key)?;
        self.sets.add_read(namespace, key, found.as_ref().map(|found| found.version));
        Ok(found)
    }

    /// Writes a key; an empty value deletes it.
    pub fn set_state(&mut self, namespace: &str, key: &str, value: Bytes) -> Result<(), SimulateError> {
        self.check_may_write()?;
        self.note_written(namespace, key)?;
        self.sets.add_write(namespace, key, value);
        Ok(())
    }

    /// Deletes a key, present or not.
    pub fn delete_state(&mut self, namespace: &str, key: &str) -> Result<(), SimulateError> {
        self.set_state(namespace, key, Bytes::new())
    }

    /// The metadata of a key by name; recorded as read.
    pub fn state_metadata(&mut self, namespace: &str, key: &str) -> Result<BTreeMap<String, Bytes>, SimulateError> {
        by_name(self.read(namespace, key)?)
    }

    /// Replaces the metadata of a key; empty removes it.
    pub fn set_state_metadata(
        &mut self,
        namespace: &str,
        key: &str,
        metadata: BTreeMap<String, Bytes>,
    ) -> Result<(), SimulateError> {
        self.check_may_write()?;
        self.note_written(namespace, key)?;
        self.sets.add_metadata_write(namespace, key, metadata);
        Ok(())
    }

    /// Opens a range query from `start` up to but without `end`; empty `end` means to the last key. Results are read
    /// ahead in batches, as Fabric does, and what was read ahead is part of what must not have changed at commit.
    pub fn range(&mut self, namespace: &str, start: &str, end: &str) -> Result<RangeId, SimulateError> {
        let iterator = self.snapshot.range(namespace, start, end)?;
        self.ranges.open(iterator, Some((namespace, start, end)))
    }

    /// Opens a query of at most `size` results of such a range. The transaction may write nothing, before or after.
    pub fn page(&mut self, namespace: &str, start: &str, end: &str, size: usize) -> Result<RangePage, SimulateError> {
        if !self.writes.is_empty() {
            return Err(self.unsupported("Paginated queries are supported only in a read-only transaction"));
        }
        self.has_pages = true;
        let iterator = self.snapshot.range(namespace, start, end)?;
        let (range, count, bookmark) = self.ranges.open_page(iterator, (namespace, start, end), size)?;
        Ok(RangePage { range, count, bookmark })
    }

    /// The next key and value of a range query; nothing at its end.
    pub fn next(&mut self, range: RangeId) -> Result<Option<(String, Bytes)>, SimulateError> {
        self.ranges.next(range)
    }

    /// The results of a range query that belong in one message to a chaincode process, and whether more follow.
    pub fn next_batch(&mut self, range: RangeId) -> Result<(Vec<(String, Bytes)>, bool), SimulateError> {
        self.ranges.next_batch(range)
    }

    /// Ends a range query. What it read stays recorded.
    pub fn close(&mut self, range: RangeId) {
        self.ranges.close(range);
    }

    /// The committed changes of a key, newest first; recorded nowhere.
    pub fn history(&self, namespace: &str, key: &str) -> Result<HistoryIterator, SimulateError> {
        Ok(HistoryIterator::new(&self.snapshot, &self.blocks, namespace, key))
    }

    /// A private value; the version of its hash is recorded as read. An error if this peer does not hold the value
    /// that the hash stands for.
    pub fn get_private(
        &mut self,
        namespace: &str,
        collection: &str,
        key: &str,
    ) -> Result<Option<Bytes>, SimulateError> {
        let found = self.snapshot.private(namespace, collection, key)?;
        let version = found.as_ref().map(|found| found.version);
        let key_hash = sha256([key.as_bytes()]);
        let hashed = self.snapshot.private_hash(namespace, collection, &key_hash)?.map(|found| found.version);
        if version != hashed {
            let text = |version: Option<crate::Version>| match version {
                Some(version) => format!("{{BlockNum: {}, TxNum: {}}}", version.block, version.transaction),
                None => "<nil>".to_owned(),
            };
            return Err(SimulateError::Refused(format!(
                "private data matching public hash version is not available. Public hash version = {}, \
                 Private data version = {}",
                text(hashed),
                text(version)
            )));
        }
        self.sets.add_hashed_read(namespace, collection, key, version);
        self.private_reads.insert((namespace.to_owned(), collection.to_owned()));
        Ok(found.map(|found| found.value))
    }

    /// Writes a private key; an empty value deletes it.
    pub fn set_private(
        &mut self,
        namespace: &str,
        collection: &str,
        key: &str,
        value: Bytes,
    ) -> Result<(), SimulateError> {
        self.check_may_write()?;
        self.note_private_written(namespace, collection, key)?;
        self.sets.add_private_write(namespace, collection, key, value, false);
        Ok(())
    }

    /// Deletes a private key.
    pub fn delete_private(&mut self, namespace: &str, collection: &str, key: &str) -> Result<(), SimulateError> {
        self.set_private(namespace, collection, key, Bytes::new())
    }

    /// Deletes a private key together with its past values.
    pub fn purge_private(&mut self, namespace: &str, collection: &str, key: &str) -> Result<(), SimulateError> {
        self.check_may_write()?;
        self.note_private_written(namespace, collection, key)?;
        self.sets.add_private_write(namespace, collection, key, Bytes::new(), true);
        Ok(())
    }

    /// SHA-256 of a private value, which every peer of the channel knows; recorded as read.
    pub fn private_hash(
        &mut self,
        namespace: &str,
        collection: &str,
        key: &str,
    ) -> Result<Option<Bytes>, SimulateError> {
        Ok(self.read_hash(namespace, collection, key)?.map(|found| found.value))
    }

    /// The metadata of a private key by name; recorded as read.
    pub fn private_metadata(
        &mut self,
        namespace: &str,
        collection: &str,
        key: &str,
    ) -> Result<BTreeMap<String, Bytes>, SimulateError> {
        by_name(self.read_hash(namespace, collection, key)?)
    }

    fn read_hash(
        &mut self,
        namespace: &str,
        collection: &str,
        key: &str,
    ) -> Result<Option<VersionedValue>, SimulateError> {
        let found = self.snapshot.private_hash(namespace, collection, &sha256([key.as_bytes()]))?;
        self.sets.add_hashed_read(namespace, collection, key, found.as_ref().map(|found| found.version));
        Ok(found)
    }

    /// Replaces the metadata of a private key; empty removes it.
    pub fn set_private_metadata(
        &mut self,
        namespace: &str,
        collection: &str,
        key: &str,
        metadata: BTreeMap<String, Bytes>,
    ) -> Result<(), SimulateError> {
        self.check_may_write()?;
        self.note_private_written(namespace, collection, key)?;
        self.sets.add_private_metadata_write(namespace, collection, key, metadata);
        Ok(())
    }

    /// Opens a range query over the private keys that this peer holds. Nothing of it is checked at commit, so the
    /// transaction may write nothing, before or after.
    pub fn private_range(
        &mut self,
        namespace: &str,
        collection: &str,
        start: &str,
        end: &str,
    ) -> Result<RangeId, SimulateError> {
        if !self.writes.is_empty() {
            return Err(self.unsupported("Queries on pvt data is supported only in a read-only transaction"));
        }
        self.has_private_ranges = true;
        let iterator: RangeIterator = self.snapshot.private_range(namespace, collection, start, end)?;
        self.ranges.open(iterator, None)
    }

    /// Ends the simulation.
    pub fn finish(mut self) -> Result<SimulationResults, SimulateError> {
        for (namespace, info) in self.ranges.finish() {
            self.sets.add_range(&namespace, info);
        }
        let namespaces = self.sets.namespaces();
        let (public, private) = self.sets.finish();
        let writes = self.writes.into_iter().map(|((namespace, collection, key), metadata)| WrittenKey {
            namespace,
            collection,
            key,
            metadata,
        });
        Ok(SimulationResults {
            public: public.encode_to_vec().into(),
            private,
            private_reads: self.private_reads,
            writes: writes.collect(),
            namespaces,
            height: self.snapshot.height(),
        })
    }

    fn check_may_write(&self) -> Result<(), SimulateError> {
        if self.has_private_ranges {
            return Err(
                self.unsupported("Transaction has already performed queries on pvt data. Writes are not allowed")
            );
        }
        if self.has_pages {
            return Err(self.unsupported("Transaction has already performed a paginated query. Writes are not allowed"));
        }
        Ok(())
    }

    // The misspelling is Fabric's, and its texts are matched.
    fn unsupported(&self, why: &str) -> SimulateError {
        SimulateError::Refused(format!("txid [{}]: unsuppored transaction. {why}", self.tx_id))
    }

    // The first write of a key looks its metadata up: the endorsement policy that the write has to meet.
    fn note_written(&mut self, namespace: &str, key: &str) -> Result<(), SimulateError> {
        let name = (namespace.to_owned(), String::new(), key.to_owned());
        if !self.writes.contains_key(&name) {
            let metadata = by_name(self.snapshot.get(namespace, key)?)?;
            self.writes.insert(name, metadata);
        }
        Ok(())
    }

    fn note_private_written(&mut self, namespace: &str, collection: &str, key: &str) -> Result<(), SimulateError> {
        let name = (namespace.to_owned(), collection.to_owned(), key.to_owned());
        if !self.writes.contains_key(&name) {
            let found = self.snapshot.private_hash(namespace, collection, &sha256([key.as_bytes()]))?;
            self.writes.insert(name, by_name(found)?);
        }
        Ok(())
    }
}

fn by_name(found: Option<VersionedValue>) -> Result<BTreeMap<String, Bytes>, SimulateError> {
    let metadata = found.map(|found| found.metadata).unwrap_or_default();
    Ok(decode_metadata(metadata)?.into_iter().collect())
}
