//! The files of a ledger's snapshot, in Fabric's format (`common/ledger/snapshot`, `core/ledger/kvledger/snapshot.go`).
//!
//! A file is one byte that names the format, then numbers and strings of bytes; the numbers are varints, and each string
//! stands behind its length. A file with records has one beside it that counts them.

mod metadata;
mod reader;
mod writer;

use bytes::Bytes;
use prost::Message;

pub(crate) use metadata::{AdditionalMetadata, STATE_DB_TYPE, SignableMetadata, to_json};
pub(crate) use reader::{CountedReader, StateReader, hash, open_regular};
pub(crate) use writer::{CountedFile, FileWriter, write_whole};

/// With what every file but the JSON ones begins.
pub(crate) const FORMAT: u8 = 1;

/// The file that tells what the snapshot is of, and the hashes of all others. Peers agree on it.
pub(crate) const SIGNABLE_METADATA: &str = "_snapshot_signable_metadata.json";
/// The file with the hash of the one before.
pub(crate) const ADDITIONAL_METADATA: &str = "_snapshot_additional_metadata.json";

/// Ids of transactions, short ones first.
pub(crate) const TX_IDS: FilePair = FilePair { data: "txids.data", metadata: "txids.metadata" };
/// Which collections chaincodes had from which block on.
pub(crate) const COLLECTIONS: FilePair = FilePair { data: "confighistory.data", metadata: "confighistory.metadata" };
/// Public state.
pub(crate) const PUBLIC_STATE: FilePair = FilePair { data: "public_state.data", metadata: "public_state.metadata" };
/// Hashes of private state.
pub(crate) const PRIVATE_HASHES: FilePair =
    FilePair { data: "private_state_hashes.data", metadata: "private_state_hashes.metadata" };

/// A file with records and the one that counts them. A snapshot without such records has neither.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FilePair {
    pub(crate) data: &'static str,
    pub(crate) metadata: &'static str,
}

/// One key of the state (Fabric `privacyenabledstate.SnapshotRecord`).
#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct StateRecord {
    /// The key, or its hash.
    #[prost(bytes = "bytes", tag = "1")]
    pub(crate) key: Bytes,
    /// The value, or its hash.
    #[prost(bytes = "bytes", tag = "2")]
    pub(crate) value: Bytes,
    /// A `KvMetadataWrite`.
    #[prost(bytes = "bytes", tag = "3")]
    pub(crate) metadata: Bytes,
    /// Who wrote it, as order-preserving numbers.
    #[prost(bytes = "bytes", tag = "4")]
    pub(crate) version: Bytes,
}
