//! The ledger of one channel.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use proto::common::{Block, BlockHeader, BlockchainInfo};
use proto::protos::TxValidationCode;

use crate::candidate::{CandidateBlock, CommittedBlock};
use crate::error::{CommitError, OpenError, ReadError};
use crate::history::HistoryIterator;
use crate::simulator::Simulator;
use crate::snapshot::Snapshot;
use crate::transient::TransientStore;

/// The namespace of the channel configuration in the state.
pub const CONFIG_NAMESPACE: &str = "";
/// The key of the channel configuration; its value is the `payload.data` of the last configuration transaction.
pub const CONFIG_KEY: &str = "CHANNEL_CONFIG_ENV_BYTES";

/// Settings of a [`Ledger`].
#[derive(Clone, Debug)]
pub struct LedgerOptions {
    /// Settings of the block files.
    pub blocks: crate::BlockStoreOptions,
    /// Memory for state that is read often, in bytes.
    pub cache_bytes: usize,
    /// Memory for state that is not yet in files, in bytes. Bounds the blocks to replay after a crash.
    pub write_buffer_bytes: usize,
    /// Keep who changed each key, for history queries.
    pub history: bool,
}

impl Default for LedgerOptions {
    fn default() -> Self {
        LedgerOptions {
            blocks: crate::BlockStoreOptions::default(),
            cache_bytes: 16 << 20,
            write_buffer_bytes: 16 << 20,
            history: true,
        }
    }
}

/// A committed transaction.
#[derive(Clone, Debug)]
pub struct TransactionRecord {
    /// The serialized envelope.
    pub envelope: Bytes,
    /// Its validation code.
    pub code: TxValidationCode,
    /// Its block.
    pub block_number: u64,
    /// Its place in the block.
    pub index: u64,
}

/// Blocks and state of one channel. Shared behind an `Arc`; reads and simulations run beside a commit.
pub struct Ledger {}

#[allow(unused_variables)]
impl Ledger {
    /// Opens the ledger in `dir`, or creates it, and replays blocks that the state has not seen.
    pub fn open(dir: &Path, channel_id: &str, options: LedgerOptions) -> Result<Ledger, OpenError> {
        unimplemented!()
    }
    /// The channel.
    pub fn channel_id(&self) -> &str {
        unimplemented!()
    }
    /// How many blocks are committed.
    pub fn height(&self) -> u64 {
        unimplemented!()
    }
    /// The header of the last block; nothing before block 0.
    pub fn last_header(&self) -> Option<BlockHeader> {
        unimplemented!()
    }
    /// Height, hash of the last header and of the one before.
    pub fn info(&self) -> BlockchainInfo {
        unimplemented!()
    }
    /// The state after the last committed block. Holds no lock.
    pub fn snapshot(&self) -> Snapshot {
        unimplemented!()
    }
    /// Starts the simulation of a transaction on the current state.
    pub fn simulator(self: &Arc<Self>, tx_id: &str) -> Simulator {
        unimplemented!()
    }
    /// Commits one block: conflicts, flags, commit hash, block file (durable on return), state, history, index.
    pub fn commit(&self, candidate: CandidateBlock) -> Result<CommittedBlock, CommitError> {
        unimplemented!()
    }
    /// Commits consecutive blocks with one fdatasync. All or none are committed.
    pub fn commit_group(&self, candidates: Vec<CandidateBlock>) -> Result<Vec<CommittedBlock>, CommitError> {
        unimplemented!()
    }
    /// Calls `observer` after each commit, on the committing thread; it must be quick. For set-up, before commits.
    pub fn on_commit(&self, observer: Box<dyn Fn(&CommittedBlock) + Send + Sync>) {
        unimplemented!()
    }
    /// A block; nothing when there is none of that number.
    pub fn block(&self, number: u64) -> Result<Option<Block>, ReadError> {
        unimplemented!()
    }
    /// A serialized block.
    pub fn block_bytes(&self, number: u64) -> Result<Option<Bytes>, ReadError> {
        unimplemented!()
    }
    /// The block with this header hash.
    pub fn block_by_hash(&self, hash: &[u8]) -> Result<Option<Block>, ReadError> {
        unimplemented!()
    }
    /// The block that holds a transaction.
    pub fn block_by_tx_id(&self, tx_id: &str) -> Result<Option<Block>, ReadError> {
        unimplemented!()
    }
    /// A transaction, valid or not. Of several with one id, the first.
    pub fn transaction(&self, tx_id: &str) -> Result<Option<TransactionRecord>, ReadError> {
        unimplemented!()
    }
    /// Validation code and block number of a transaction.
    pub fn transaction_status(&self, tx_id: &str) -> Result<Option<(TxValidationCode, u64)>, ReadError> {
        unimplemented!()
    }
    /// Whether a transaction with this id is committed, valid or not.
    pub fn contains_tx(&self, tx_id: &str) -> Result<bool, ReadError> {
        unimplemented!()
    }
    /// The changes of a key by valid transactions, newest first.
    pub fn history(&self, namespace: &str, key: &str) -> Result<HistoryIterator, ReadError> {
        unimplemented!()
    }
    /// Where private data waits between endorsement and commit.
    pub fn transient_store(&self) -> &TransientStore {
        unimplemented!()
    }
}
