//! The state at one height.

use bytes::Bytes;
use crate::error::ReadError;
use crate::state::{Version, VersionedValue};

/// The state after one block. Cheap to clone; later commits do not show. Long-lived ones keep old values on disk.
#[derive(Clone)]
pub struct Snapshot {}

/// Keys and values of a range, in key order.
pub struct RangeIterator {}

#[allow(unused_variables)]
impl Snapshot {
    /// How many blocks the state has seen.
    pub fn height(&self) -> u64 {
        unimplemented!()
    }
    /// The value of a key.
    pub fn get(&self, namespace: &str, key: &str) -> Result<Option<VersionedValue>, ReadError> {
        unimplemented!()
    }
    /// The version of a key.
    pub fn version(&self, namespace: &str, key: &str) -> Result<Option<Version>, ReadError> {
        unimplemented!()
    }
    /// The metadata of a key by name, such as `VALIDATION_PARAMETER`; empty for an absent key.
    pub fn metadata(&self, namespace: &str, key: &str) -> Result<Vec<(String, Bytes)>, ReadError> {
        unimplemented!()
    }
    /// Keys from `start` up to but without `end`; an empty `end` means to the last.
    pub fn range(&self, namespace: &str, start: &str, end: &str) -> Result<RangeIterator, ReadError> {
        unimplemented!()
    }
    /// A private value that this peer holds.
    pub fn private(&self, namespace: &str, collection: &str, key: &str) -> Result<Option<VersionedValue>, ReadError> {
        unimplemented!()
    }
    /// The hash of a private value: `value` is SHA-256 of it. `key_hash` is SHA-256 of the key.
    pub fn private_hash(
        &self,
        namespace: &str,
        collection: &str,
        key_hash: &[u8],
    ) -> Result<Option<VersionedValue>, ReadError> {
        unimplemented!()
    }
}

impl Iterator for RangeIterator {
    type Item = Result<(String, VersionedValue), ReadError>;
    fn next(&mut self) -> Option<Self::Item> {
        unimplemented!()
    }
}
