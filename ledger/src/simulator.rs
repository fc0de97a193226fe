//! Simulation of a transaction: what it reads and writes, by Fabric's rules.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use proto::rwset::TxPvtReadWriteSet;
use crate::error::SimulateError;
use crate::history::HistoryIterator;

/// An open range query of a [`Simulator`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RangeId(pub u32);

/// One transaction under simulation. Reads see the committed state, never the transaction's own writes.
pub struct Simulator {}

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
    /// Namespaces that were read or written.
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

#[allow(unused_variables)]
impl Simulator {
    /// The transaction.
    pub fn tx_id(&self) -> &str {
        unimplemented!()
    }
    /// The value of a key; recorded as read.
    pub fn get_state(&mut self, namespace: &str, key: &str) -> Result<Option<Bytes>, SimulateError> {
        unimplemented!()
    }
    /// Writes a key; an empty value deletes it.
    pub fn set_state(&mut self, namespace: &str, key: &str, value: Bytes) -> Result<(), SimulateError> {
        unimplemented!()
    }
    /// Deletes a key, present or not.
    pub fn delete_state(&mut self, namespace: &str, key: &str) -> Result<(), SimulateError> {
        unimplemented!()
    }
    /// The metadata of a key by name; recorded as read.
    pub fn state_metadata(&mut self, namespace: &str, key: &str) -> Result<BTreeMap<String, Bytes>, SimulateError> {
        unimplemented!()
    }
    /// Replaces the metadata of a key; empty removes it.
    pub fn set_state_metadata(
        &mut self,
        namespace: &str,
        key: &str,
        metadata: BTreeMap<String, Bytes>,
    ) -> Result<(), SimulateError> {
        unimplemented!()
    }
    /// Opens a range query from `start` up to but without `end`; empty `end` means to the last key.
    pub fn range(&mut self, namespace: &str, start: &str, end: &str) -> Result<RangeId, SimulateError> {
        unimplemented!()
    }
    /// The next key and value of a range query; nothing at its end.
    pub fn next(&mut self, range: RangeId) -> Result<Option<(String, Bytes)>, SimulateError> {
        unimplemented!()
    }
    /// Ends a range query. What it read stays recorded.
    pub fn close(&mut self, range: RangeId) {
        unimplemented!()
    }
    /// The committed changes of a key, newest first; recorded nowhere.
    pub fn history(&self, namespace: &str, key: &str) -> Result<HistoryIterator, SimulateError> {
        unimplemented!()
    }
    /// A private value; its hashed version is recorded as read.
    pub fn get_private(&mut self, namespace: &str, collection: &str, key: &str) -> Result<Option<Bytes>, SimulateError> {
        unimplemented!()
    }
    /// Writes a private key; an empty value deletes it.
    pub fn set_private(
        &mut self,
        namespace: &str,
        collection: &str,
        key: &str,
        value: Bytes,
    ) -> Result<(), SimulateError> {
        unimplemented!()
    }
    /// Deletes a private key.
    pub fn delete_private(&mut self, namespace: &str, collection: &str, key: &str) -> Result<(), SimulateError> {
        unimplemented!()
    }
    /// SHA-256 of a private value, which every peer of the channel knows; recorded as read.
    pub fn private_hash(&mut self, namespace: &str, collection: &str, key: &str) -> Result<Option<Bytes>, SimulateError> {
        unimplemented!()
    }
    /// Ends the simulation.
    pub fn finish(self) -> Result<SimulationResults, SimulateError> {
        unimplemented!()
    }
}
