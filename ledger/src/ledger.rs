//! The ledger of one channel: opening, reading, and the order of things in a commit.

pub(crate) mod maintenance;
mod replay;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use parking_lot::{Mutex, RwLock};
use proto::Digest;
use proto::common::{Block, BlockHeader, BlockchainInfo, BootstrappingSnapshotInfo};
use proto::protos::TxValidationCode;
use rocksdb::WriteBatch;

use crate::block_store::{BlockStore, BlockStoreOptions};
use crate::bootstrap::Origin;
use crate::candidate::{CandidateBlock, CommitTimes, CommittedBlock};
use crate::commit::{self, BatchWriter, DecidedBlock, Outcome};
use crate::data_dir::DataDirectory;
use crate::database::Database;
use crate::error::{CommitError, OpenError, ReadError, SnapshotRequestError};
use crate::export::{Exporter, Tip};
use crate::history::HistoryIterator;
use crate::index::{self, Known, TransactionEntry};
use crate::simulator::Simulator;
use crate::snapshot::Snapshot;
use crate::transient::TransientStore;

/// The namespace of the channel configuration in the state.
pub const CONFIG_NAMESPACE: &str = "";
/// The key of the channel configuration; its value is the `payload.data` of the last configuration transaction.
pub const CONFIG_KEY: &str = "CHANNEL_CONFIG_ENV_BYTES";

pub(crate) const FORMAT: &str = "weft ledger 1";
/// In the directory of a ledger: its blocks.
pub(crate) const BLOCKS_DIR: &str = "blocks";
/// In the directory of a ledger: its database.
pub(crate) const STATE_DIR: &str = "state";

/// Settings of a [`Ledger`].
#[derive(Clone, Debug)]
pub struct LedgerOptions {
    /// Settings of the block files.
    pub blocks: BlockStoreOptions,
    /// Memory for blocks of the database's files that are read often, in bytes.
    pub cache_bytes: usize,
    /// Memory for keys of the state that were read lately, in bytes.
    pub state_cache_bytes: usize,
    /// Memory for state that is not yet in files, in bytes. Bounds the blocks to replay after a crash.
    pub write_buffer_bytes: usize,
    /// Keep who changed each key, for history queries. Applies to blocks committed from now on.
    pub history: bool,
    /// Where the snapshots of all channels are made (`ledger.snapshots.rootDir`). Without it no requests are taken.
    pub snapshots: Option<PathBuf>,
}

impl Default for LedgerOptions {
    fn default() -> Self {
        LedgerOptions {
            blocks: BlockStoreOptions::default(),
            cache_bytes: 16 << 20,
            state_cache_bytes: 32 << 20,
            write_buffer_bytes: 16 << 20,
            history: true,
            snapshots: None,
        }
    }
}

/// A committed transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
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

type Observer = Box<dyn Fn(&CommittedBlock) + Send + Sync>;

/// Blocks and state of one channel. Shared behind an `Arc`; reads and simulations run beside a commit.
pub struct Ledger {
    // First, so that its thread has ended before anything is closed.
    exporter: Option<Exporter>,
    channel_id: String,
    /// The snapshot with which the ledger began, if it did not begin with block 0.
    origin: Option<Origin>,
    directory: DataDirectory,
    options: LedgerOptions,
    blocks: Arc<BlockStore>,
    database: Arc<Database>,
    transient: TransientStore,
    current: RwLock<Current>,
    committer: Mutex<Committer>,
    observers: RwLock<Vec<Observer>>,
}

// What readers see; changes as a whole when blocks are in the state.
struct Current {
    snapshot: Snapshot,
    last_header: Option<BlockHeader>,
}

struct Committer {
    commit_hash: Bytes,
    // Blocks are stored that the state database did not take.
    is_behind: bool,
    // Private data of blocks below this is stored, though the blocks were cut off.
    private_until: u64,
}

impl Ledger {
    /// Opens the ledger in `dir`, or creates it, and replays the blocks that the state has not seen.
    pub fn open(dir: &Path, channel_id: &str, options: LedgerOptions) -> Result<Ledger, OpenError> {
        let directory = DataDirectory::open(dir, FORMAT)?;
        maintenance::finish(&directory, channel_id, &options)?;
        let origin = Origin::read(dir)?;
        let blocks = Arc::new(BlockStore::open(&dir.join(BLOCKS_DIR), options.blocks.clone())?);
        let database = Arc::new(Database::open(&dir.join(STATE_DIR), channel_id, &options)?);
        let state_height = database.savepoint()?;
        let block_height = blocks.height();
        if state_height > block_height {
            return Err(OpenError::StateAhead { state_height, block_height });
        }
        if state_height < blocks.first() {
            return Err(OpenError::SnapshotLost { path: dir.join(STATE_DIR) });
        }
        if state_height < block_height {
            tracing::info!(channel_id, from = state_height, to = block_height - 1, "replaying blocks");
            replay::replay(&blocks, &database, &options)?;
        }
        let private_until = maintenance::pre_reset_height(dir)?.unwrap_or_default();
        let last_block = blocks.last_block()?;
        let commit_hash = match (&last_block, &origin) {
            (Some(block), _) => commit::stored_commit_hash(block),
            (None, Some(origin)) => origin.tip.commit_hash.clone(),
            (None, None) => Bytes::new(),
        };
        let last_header = last_block.and_then(|block| block.header);
        let snapshot = Snapshot::new(&database, block_height);
        let exporter = options.snapshots.as_ref().map(|root| {
            let tip_of = |number| match &origin {
                Some(origin) if origin.last_block == number => Ok(origin.tip.clone()),
                _ => stored_tip(&blocks, number),
            };
            Exporter::open(root, dir, channel_id, &database, block_height, tip_of)
        });
        Ok(Ledger {
            exporter: exporter.transpose()?,
            origin,
            channel_id: channel_id.to_owned(),
            directory,
            options,
            blocks,
            transient: TransientStore::new(&database),
            database,
            current: RwLock::new(Current { snapshot, last_header }),
            committer: Mutex::new(Committer { commit_hash, is_behind: false, private_until }),
            observers: RwLock::new(Vec::new()),
        })
    }

    /// The channel.
    pub fn channel_id(&self) -> &str {
        &self.channel_id
    }

    /// Where the ledger is kept.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// How many blocks are committed and in the state.
    pub fn height(&self) -> u64 {
        self.current.read().snapshot.height()
    }

    /// The header of the last block that is stored; nothing before block 0, and before the first block after a snapshot.
    pub fn last_header(&self) -> Option<BlockHeader> {
        self.current.read().last_header.clone()
    }

    /// Height, hash of the last header and of the one before.
    pub fn info(&self) -> BlockchainInfo {
        let current = self.current.read();
        let (current_block_hash, previous_block_hash) = match (&current.last_header, &self.origin) {
            (Some(header), _) => {
                (Bytes::copy_from_slice(&proto::block::header_hash(header)), header.previous_hash.clone())
            }
            (None, Some(origin)) => (origin.tip.hash.clone(), origin.tip.previous_hash.clone()),
            (None, None) => Default::default(),
        };
        let last_block_in_snapshot = self.origin.as_ref().map(|origin| origin.last_block);
        BlockchainInfo {
            height: current.snapshot.height(),
            current_block_hash,
            previous_block_hash,
            bootstrapping_snapshot_info: last_block_in_snapshot
                .map(|last_block_in_snapshot| BootstrappingSnapshotInfo { last_block_in_snapshot }),
        }
    }

    /// The hash of the last header, to which the next block must link; nothing before block 0.
    pub fn last_hash(&self) -> Option<Digest> {
        self.info().current_block_hash.as_ref().try_into().ok()
    }

    /// The state after the last committed block. Holds no lock.
    pub fn snapshot(&self) -> Snapshot {
        self.current.read().snapshot.clone()
    }

    /// Starts the simulation of a transaction on the current state.
    pub fn simulator(&self, tx_id: &str) -> Simulator {
        Simulator::new(self.snapshot(), Arc::clone(&self.blocks), tx_id)
    }

    /// Where private data waits between endorsement and commit.
    pub fn transient_store(&self) -> &TransientStore {
        &self.transient
    }

    /// Calls `observer` after each commit, on the committing thread; it must be quick.
    pub fn on_commit(&self, observer: Observer) {
        self.observers.write().push(observer);
    }

    /// Commits one block: conflicts, flags, commit hash, block file (durable on return), state, history, index.
    ///
    /// Committing a block again that is already stored gives its stored outcome, so that a failed commit can be tried
    /// again without knowing how far it came.
    pub fn commit(&self, candidate: CandidateBlock) -> Result<CommittedBlock, CommitError> {
        let mut committed = self.commit_group(vec![candidate])?;
        Ok(committed.pop().expect("a block goes in and comes out"))
    }

    /// Commits consecutive blocks with one fdatasync. All or none are committed, unless a snapshot is requested after one
    /// of them: then it and those before are committed first.
    pub fn commit_group(&self, candidates: Vec<CandidateBlock>) -> Result<Vec<CommittedBlock>, CommitError> {
        let mut committer = self.committer.lock();
        if committer.is_behind {
            self.catch_up(&mut committer)?;
        }
        let mut outcomes = Vec::with_capacity(candidates.len());
        let mut next = candidates;
        while !next.is_empty() {
            self.start_requested_snapshot(&committer);
            let rest = self.split_at_requested_snapshot(&mut next);
            outcomes.extend(self.commit_at_once(&mut committer, next)?);
            next = rest;
        }
        self.start_requested_snapshot(&committer);
        Ok(outcomes)
    }

    fn commit_at_once(
        &self,
        committer: &mut Committer,
        candidates: Vec<CandidateBlock>,
    ) -> Result<Vec<CommittedBlock>, CommitError> {
        let mut outcomes = Vec::with_capacity(candidates.len());
        let mut decided: Vec<DecidedBlock> = Vec::with_capacity(candidates.len());
        let snapshot = self.snapshot();
        for mut candidate in candidates {
            let expected = snapshot.height() + decided.len() as u64;
            if let Some(stored) = self.already_stored(&candidate, expected)? {
                outcomes.push(stored);
                continue;
            }
            if expected < committer.private_until {
                let completed = commit::complete_private(&mut candidate, expected, &self.database);
                completed.map_err(|source| CommitError::Read { number: expected, source })?;
            }
            let previous = decided.last().map_or(&committer.commit_hash, |block| &block.commit_hash);
            let begun = Instant::now();
            let mut block = commit::decide(candidate, &snapshot, &decided, previous)?;
            block.committed.times.deciding = begun.elapsed();
            decided.push(block);
        }
        if let (Some(first), Some(last)) = (decided.first(), decided.last()) {
            let mut times = self.store(first.committed.number(), &decided)?;
            committer.commit_hash = last.commit_hash.clone();
            let begun = Instant::now();
            if let Err(error) = self.apply(&decided) {
                committer.is_behind = true;
                return Err(error);
            }
            times.state = begun.elapsed();
            for block in &mut decided {
                block.committed.times = CommitTimes { deciding: block.committed.times.deciding, ..times };
            }
        }
        for block in &decided {
            self.observers.read().iter().for_each(|observer| observer(&block.committed));
        }
        outcomes.extend(decided.into_iter().map(|block| block.committed));
        Ok(outcomes)
    }

    // Takes off what comes behind the next block after which a snapshot is requested.
    fn split_at_requested_snapshot(&self, candidates: &mut Vec<CandidateBlock>) -> Vec<CandidateBlock> {
        let requested = self.exporter.as_ref().and_then(|exporter| exporter.next_from(self.height()));
        let Some(requested) = requested else { return Vec::new() };
        let is_behind = |candidate: &CandidateBlock| {
            candidate.block.header.as_ref().is_some_and(|header| header.number > requested)
        };
        match candidates.iter().position(is_behind) {
            Some(place) if place > 0 => candidates.split_off(place),
            _ => Vec::new(),
        }
    }

    // Begins the snapshot after the last block, if it is requested.
    fn start_requested_snapshot(&self, committer: &Committer) {
        let (Some(exporter), Some(last)) = (&self.exporter, self.height().checked_sub(1)) else { return };
        exporter.start_due(last, || {
            let info = self.info();
            Ok(Tip {
                hash: info.current_block_hash,
                previous_hash: info.previous_block_hash,
                commit_hash: committer.commit_hash.clone(),
            })
        });
    }

    /// Requests a snapshot after block `number`, which may be the last one, then also called 0, or still to come. It is
    /// made below [`LedgerOptions::snapshots`] in `completed/CHANNEL/NUMBER`.
    pub fn submit_snapshot_request(&self, number: u64) -> Result<(), SnapshotRequestError> {
        let exporter = self.exporter.as_ref().ok_or(SnapshotRequestError::NoDirectory)?;
        // Waits for a block that is being committed.
        let committer = self.committer.lock();
        // Not what readers see: blocks that the state did not take yet count.
        let last = self.blocks.height().checked_sub(1).ok_or(SnapshotRequestError::Empty)?;
        exporter.submit(number, last)?;
        if !committer.is_behind {
            self.start_requested_snapshot(&committer);
        }
        Ok(())
    }

    /// Takes back a request whose block is not committed yet.
    pub fn cancel_snapshot_request(&self, number: u64) -> Result<(), SnapshotRequestError> {
        self.exporter.as_ref().ok_or(SnapshotRequestError::NoDirectory)?.cancel(number)
    }

    /// The blocks after which snapshots are requested and not yet made, in order.
    pub fn pending_snapshot_requests(&self) -> Vec<u64> {
        self.exporter.as_ref().map(Exporter::pending).unwrap_or_default()
    }

    // Checks that a candidate comes next, or is the block that is stored under its number.
    fn already_stored(&self, candidate: &CandidateBlock, expected: u64) -> Result<Option<CommittedBlock>, CommitError> {
        let header = candidate.block.header.as_ref();
        let number = header.map_or(expected, |header| header.number);
        let refuse = |detail: String| Err(CommitError::NotCandidate { number, detail });
        let Some(header) = header else {
            return refuse("it has no header".to_owned());
        };
        let count = candidate.block.data.as_ref().map_or(0, |data| data.data.len());
        if candidate.transactions.len() != count {
            return refuse(format!("{} of its {count} transactions were judged", candidate.transactions.len()));
        }
        if header.number == expected {
            return Ok(None);
        }
        let stored = self.committed(number).map_err(|source| CommitError::Read { number, source })?;
        match stored {
            Some(stored) if stored.block.header.as_ref() == Some(header) => Ok(Some(stored)),
            Some(_) => refuse("another block of that number is stored".to_owned()),
            None => refuse(format!("block {expected} comes next")),
        }
    }

    // Makes blocks durable. Private data first: the block files do not hold it, and a block without it would be
    // replayed without it.
    fn store(&self, number: u64, decided: &[DecidedBlock]) -> Result<CommitTimes, CommitError> {
        let begun = Instant::now();
        let mut batch = WriteBatch::default();
        for block in decided {
            block.private.store(block.committed.number(), &self.database, &mut batch);
        }
        if !batch.is_empty() {
            self.database.write_synced(batch).map_err(|source| CommitError::Private { number, source })?;
        }
        let bytes: Vec<_> = decided.iter().map(|block| block.committed.bytes.clone()).collect();
        let private = begun.elapsed();
        let begun = Instant::now();
        self.blocks.append(&bytes).map_err(|source| CommitError::Append { number, source })?;
        Ok(CommitTimes { private, block: begun.elapsed(), ..Default::default() })
    }

    // Brings the state up to durable blocks and shows them to readers.
    fn apply(&self, decided: &[DecidedBlock]) -> Result<(), CommitError> {
        let Some(last) = decided.last() else {
            return Ok(());
        };
        let number = last.committed.number();
        let mut writer = BatchWriter::new(&self.database, self.options.history);
        for block in decided {
            let outcome = Outcome {
                block: &block.committed.block,
                bytes: &block.committed.bytes,
                codes: &block.committed.codes,
                tx_ids: &block.committed.tx_ids,
                rwsets: &block.rwsets,
                updates: &block.updates,
                private: &block.private,
            };
            writer.add(&outcome).map_err(|source| CommitError::Read { number, source })?;
        }
        writer.write(number + 1).map_err(|source| CommitError::State { number, source })?;
        self.show(number + 1, last.committed.block.header.clone());
        Ok(())
    }

    fn show(&self, height: u64, last_header: Option<BlockHeader>) {
        let snapshot = Snapshot::new(&self.database, height);
        *self.current.write() = Current { snapshot, last_header };
    }

    // Applies blocks that are stored and that the state database refused before.
    fn catch_up(&self, committer: &mut Committer) -> Result<(), CommitError> {
        replay::replay(&self.blocks, &self.database, &self.options)
            .map_err(|error| CommitError::Behind(Box::new(error)))?;
        let first = self.height();
        self.show(self.blocks.height(), self.blocks.last_header());
        committer.is_behind = false;
        for number in first..self.height() {
            if let Ok(Some(block)) = self.committed(number) {
                self.observers.read().iter().for_each(|observer| observer(&block));
            }
        }
        Ok(())
    }

    /// A committed block with its outcome; nothing when there is none of that number.
    pub fn committed(&self, number: u64) -> Result<Option<CommittedBlock>, ReadError> {
        let Some(bytes) = self.block_bytes(number)? else {
            return Ok(None);
        };
        replay::stored_outcome(number, bytes).map(Some)
    }

    /// A block; nothing when there is none of that number.
    pub fn block(&self, number: u64) -> Result<Option<Block>, ReadError> {
        if number >= self.height() {
            return Ok(None);
        }
        self.blocks.block(number)
    }

    /// A serialized block; nothing when there is none of that number.
    pub fn block_bytes(&self, number: u64) -> Result<Option<Bytes>, ReadError> {
        if number >= self.height() {
            return Ok(None);
        }
        self.blocks.block_bytes(number)
    }

    /// The block with this header hash.
    pub fn block_by_hash(&self, header_hash: &[u8]) -> Result<Option<Block>, ReadError> {
        index::block_number(&self.database, header_hash)?.map_or(Ok(None), |number| self.block(number))
    }

    /// The block that holds a transaction.
    pub fn block_by_tx_id(&self, tx_id: &str) -> Result<Option<Block>, ReadError> {
        self.entry(tx_id)?.map_or(Ok(None), |entry| self.block(entry.version.block))
    }

    fn entry(&self, tx_id: &str) -> Result<Option<TransactionEntry>, ReadError> {
        match index::transaction(&self.database, tx_id)? {
            None => Ok(None),
            Some(Known::Entry(entry)) => Ok(Some(entry)),
            Some(Known::BeforeSnapshot) => {
                let first = self.blocks.first();
                Err(ReadError::TransactionBeforeSnapshot { tx_id: tx_id.to_owned(), first })
            }
        }
    }

    /// A transaction, valid or not. Of several with one id, the first.
    pub fn transaction(&self, tx_id: &str) -> Result<Option<TransactionRecord>, ReadError> {
        let Some(entry) = self.entry(tx_id)? else {
            return Ok(None);
        };
        let envelope = self.blocks.block_part(entry.version.block, entry.offset, entry.length)?;
        Ok(envelope.map(|envelope| TransactionRecord {
            envelope,
            code: entry.code,
            block_number: entry.version.block,
            index: entry.version.transaction,
        }))
    }

    /// Validation code and block number of a transaction.
    pub fn transaction_status(&self, tx_id: &str) -> Result<Option<(TxValidationCode, u64)>, ReadError> {
        Ok(self.entry(tx_id)?.map(|entry| (entry.code, entry.version.block)))
    }

    /// Whether a transaction with this id is committed, valid or not.
    pub fn contains_tx(&self, tx_id: &str) -> Result<bool, ReadError> {
        Ok(index::transaction(&self.database, tx_id)?.is_some())
    }

    /// The changes of a key by valid transactions, newest first.
    pub fn history(&self, namespace: &str, key: &str) -> Result<HistoryIterator, ReadError> {
        Ok(HistoryIterator::new(&self.snapshot(), &self.blocks, namespace, key))
    }
}

fn stored_tip(blocks: &BlockStore, number: u64) -> Result<Tip, ReadError> {
    let missing = || ReadError::Damaged { what: format!("block {number}"), detail: "it is not there".to_owned() };
    let block = blocks.block(number)?.ok_or_else(missing)?;
    let commit_hash = commit::stored_commit_hash(&block);
    let header = block.header.ok_or_else(missing)?;
    let hash = Bytes::copy_from_slice(&proto::block::header_hash(&header));
    Ok(Tip { hash, previous_hash: header.previous_hash, commit_hash })
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let channel_id = &self.channel_id;
        formatter.debug_struct("Ledger").field("channel_id", channel_id).field("height", &self.height()).finish()
    }
}
