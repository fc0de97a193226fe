//! The ledger of one channel: blocks in append-only files, state, history and indexes in RocksDB, simulation of
//! transactions and their commit.
//!
//! It refuses to know who signed what: identities, policies and configuration belong to the crates above, which hand in
//! the validation code that each transaction has earned so far. It knows nothing of networks and is synchronous; callers
//! choose their threads.
//!
//! The block files are the only log. State is derived from them: after a crash the blocks since the last savepoint are
//! replayed. What the blocks do not hold (private data) is written with a synced log before its block is appended.
//!
//! "Snapshot" means two things: [`Snapshot`] is the state at one height, for readers; a snapshot that is requested
//! ([`Ledger::submit_snapshot_request`]) is a directory from which another peer can start.

mod block_store;
mod bootstrap;
mod candidate;
mod collections;
mod commit;
mod data_dir;
mod database;
mod error;
mod export;
mod history;
mod index;
mod ledger;
mod ledgers;
mod range_query;
mod rwset;
mod simulator;
mod snapshot;
mod snapshot_files;
mod state;
mod state_cache;
mod transaction;
mod transient;

pub use block_store::{BlockFiles, BlockStore, BlockStoreOptions};
pub use candidate::{CandidateBlock, CandidateTransaction, CommitTimes, CommittedBlock};
pub use error::{
    AppendError, CommitError, LedgersError, OpenError, ReadError, SimulateError, SnapshotError, SnapshotRequestError,
    TransientError,
};
pub use history::HistoryIterator;
pub use ledger::{CONFIG_KEY, CONFIG_NAMESPACE, Ledger, LedgerOptions, TransactionRecord};
pub use ledgers::{LedgerStatus, Ledgers, StagedLedger};
pub use rwset::{CollectionReadWriteSet, NamespaceReadWriteSet, ReadWriteSet, RwsetError};
pub use simulator::{RangeId, RangePage, SimulationResults, Simulator, WrittenKey};
pub use snapshot::{RangeIterator, Snapshot};
pub use state::{Version, VersionedValue};
pub use transient::TransientStore;
