//! Errors, one type for each operation of the crate. Messages never repeat their cause: read `source()`.

use std::path::PathBuf;

use thiserror::Error;

/// A store could not be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The directory or a file in it cannot be created, read or written.
    #[error("cannot {operation} {path}")]
    File {
        /// What was tried.
        operation: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// Another process has the directory open.
    #[error("{path} is in use by another process")]
    Locked {
        /// The directory.
        path: PathBuf,
    },
    /// The directory was written by a version of this program that stores data in another format, or is no data
    /// directory of this kind at all.
    #[error(
        "{path} holds '{found}', but this program reads and writes '{expected}': its file FORMAT is damaged or gone, or another \
         program or version owns the directory; put the file back or use another directory"
    )]
    OtherFormat {
        /// The directory.
        path: PathBuf,
        /// What its format file says.
        found: String,
        /// What it would have to say.
        expected: String,
    },
    /// The directory belongs to another channel.
    #[error("{path} is the ledger of channel '{found}', not of '{expected}'")]
    OtherChannel {
        /// The directory.
        path: PathBuf,
        /// The channel it belongs to.
        found: String,
        /// The channel asked for.
        expected: String,
    },
    /// A block that was once durable is missing or damaged. Nothing is cut: restore the file or let the node fetch
    /// the channel again into an empty directory.
    #[error(
        "block {number} in {path} at byte {offset} was durable and is damaged: {detail}; put the file back from a backup, \
         or empty the channel's directory to have its blocks fetched again (the index alone can be removed: it is made \
         again from the block files)"
    )]
    Damaged {
        /// The block that should be there.
        number: u64,
        /// The segment file.
        path: PathBuf,
        /// Where its record starts.
        offset: u64,
        /// What is wrong with it.
        detail: String,
    },
    /// A file of the block store is missing or out of place.
    #[error(
        "the block store {path} is incomplete: {detail}; put the files back from a backup, or empty the channel's \
         directory to have its blocks fetched again"
    )]
    Incomplete {
        /// The directory.
        path: PathBuf,
        /// What is missing.
        detail: String,
    },
    /// The state database has seen blocks that the block store does not have.
    #[error(
        "the state database has {state_height} blocks, but the block store only {block_height}: blocks are lost; put the \
         block files back from a backup, or empty the channel's directory to have its blocks fetched again"
    )]
    StateAhead {
        /// Blocks applied to the state.
        state_height: u64,
        /// Blocks in the block store.
        block_height: u64,
    },
    /// The ledger began with a snapshot, and its state database is gone: there are no blocks to make it again.
    #[error(
        "the state that the ledger's snapshot brought is not in {path} any more; put it back from a backup, or unjoin the \
         channel and join it again"
    )]
    SnapshotLost {
        /// The directory of the state database.
        path: PathBuf,
    },
    /// RocksDB cannot be opened.
    #[error(
        "cannot open the state database {path}; if it is damaged, put it back from a backup, or remove it: all but \
         private data is made again from the blocks"
    )]
    Database {
        /// Its directory.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: rocksdb::Error,
    },
    /// A block since the last savepoint cannot be applied to the state again.
    #[error("cannot apply block {number} to the state again")]
    Replay {
        /// The block.
        number: u64,
        /// Why it failed.
        #[source]
        source: Box<CommitError>,
    },
    /// Data cannot be read while opening.
    #[error("cannot read what the store holds")]
    Read(#[from] ReadError),
}

/// Something stored could not be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// A block file or its index.
    #[error("cannot read {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// The state database.
    #[error("cannot read {what} from the state database")]
    Database {
        /// What was looked for.
        what: &'static str,
        /// Why it failed.
        #[source]
        source: rocksdb::Error,
    },
    /// The ledger began with a snapshot, and the block is older. The text is Fabric's.
    #[error(
        "cannot serve block [{number}]. The ledger is bootstrapped from a snapshot. First available block = [{first}]"
    )]
    BeforeSnapshot {
        /// The block.
        number: u64,
        /// The first block that is there.
        first: u64,
    },
    /// The ledger began with a snapshot, and the transaction is older: nothing but its id is known. The text is Fabric's.
    #[error(
        "details for the TXID [{tx_id}] not available. Ledger bootstrapped from a snapshot. First available block = [{first}]"
    )]
    TransactionBeforeSnapshot {
        /// The transaction.
        tx_id: String,
        /// The first block that is there.
        first: u64,
    },
    /// What was read makes no sense.
    #[error("{what} is damaged: {detail}")]
    Damaged {
        /// What was looked for.
        what: String,
        /// What is wrong with it.
        detail: String,
    },
}

/// Blocks could not be appended to the block store. Nothing of them is kept, and the store stays usable.
#[derive(Debug, Error)]
pub enum AppendError {
    /// The bytes are no block, or not the next one.
    #[error("cannot append block {number}: {detail}")]
    NotNext {
        /// The block that comes next.
        number: u64,
        /// What is wrong with the one given.
        detail: String,
    },
    /// The block is too large for the store.
    #[error("block {number} has {length} bytes, more than the {limit} that are stored")]
    TooLarge {
        /// The block.
        number: u64,
        /// Its size.
        length: usize,
        /// The limit.
        limit: usize,
    },
    /// Writing failed, for instance because the disk is full. A later append may succeed.
    #[error("cannot write block {number} to {path}")]
    Write {
        /// The first block of the append.
        number: u64,
        /// The segment file.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// An earlier write failed and could not be undone: the store only reads until it is opened again.
    #[error("{path} takes no more blocks until the store is opened again, because an earlier write failed half-way")]
    Broken {
        /// The segment file.
        path: PathBuf,
    },
}

/// A block could not be committed. The ledger is as before.
#[derive(Debug, Error)]
pub enum CommitError {
    /// The candidate is no next block, or does not say something about each of its transactions.
    #[error("block {number} is not a candidate for commit: {detail}")]
    NotCandidate {
        /// The block's number.
        number: u64,
        /// What is wrong with it.
        detail: String,
    },
    /// The state needed for the checks cannot be read.
    #[error("cannot read the state that block {number} depends on")]
    Read {
        /// The block.
        number: u64,
        /// Why it failed.
        #[source]
        source: ReadError,
    },
    /// Private data cannot be made durable.
    #[error("cannot store the private data of block {number}")]
    Private {
        /// The block.
        number: u64,
        /// Why it failed.
        #[source]
        source: rocksdb::Error,
    },
    /// The block cannot be made durable.
    #[error("cannot store block {number}")]
    Append {
        /// The first block of the group.
        number: u64,
        /// Why it failed.
        #[source]
        source: AppendError,
    },
    /// The block is durable, but the state database does not take its writes, for instance because the disk is full.
    /// Readers do not see the block yet. Committing it again, or opening the ledger again, brings the state up.
    #[error("block {number} is stored, but the state database does not take its writes")]
    State {
        /// The last block of the group.
        number: u64,
        /// Why it failed.
        #[source]
        source: rocksdb::Error,
    },
    /// An earlier commit ended with [`CommitError::State`], and the state database still takes no writes. Nothing was
    /// done; trying again later may succeed.
    #[error("the state lags behind the stored blocks and cannot be brought up to them")]
    Behind(#[source] Box<OpenError>),
}

/// A request for a snapshot is not taken, or not taken back. The texts are Fabric's.
#[derive(Debug, Error)]
pub enum SnapshotRequestError {
    /// The block was committed before.
    #[error(
        "requested snapshot for block number {requested} cannot be less than the last committed block number {last}"
    )]
    Past {
        /// The requested block.
        requested: u64,
        /// The last block.
        last: u64,
    },
    /// There is one after that block.
    #[error("snapshot already generated for block number {0}")]
    Generated(u64),
    /// It is requested already.
    #[error("duplicate snapshot request for block number {0}")]
    Duplicate(u64),
    /// It cannot be taken back any more.
    #[error("cannot cancel the snapshot request because it is under processing")]
    UnderProcessing,
    /// Nobody requested it.
    #[error("no snapshot request exists for block number {0}")]
    Unknown(u64),
    /// The limit for requests that wait is reached. Not in Fabric.
    #[error("{0} snapshot requests are pending, no more are taken until some are done or cancelled")]
    TooMany(usize),
    /// The ledger has no block.
    #[error("the ledger has no block")]
    Empty,
    /// The ledger was opened without a directory for snapshots.
    #[error("no directory for snapshots is configured")]
    NoDirectory,
    /// The request cannot be stored or removed.
    #[error("cannot store the request")]
    Store(#[source] rocksdb::Error),
}

/// A ledger cannot be made from a snapshot. Nothing of it is kept.
#[derive(Debug, Error)]
pub enum SnapshotError {
    /// A file cannot be read or written.
    #[error("cannot {operation} {path}")]
    File {
        /// What was tried.
        operation: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// A file with metadata is not what it should be.
    #[error("{path} is no metadata of a snapshot")]
    Metadata {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// A file was changed, or is not complete. The text is Fabric's.
    #[error("hash mismatch for file [{file}]. Expected hash = [{expected}], Actual hash = [{actual}]")]
    Hash {
        /// The file.
        file: String,
        /// What its hash should be.
        expected: String,
        /// What it is.
        actual: String,
    },
    /// The metadata lists a file that no snapshot has.
    #[error("the snapshot lists a file [{0}], which no snapshot has")]
    UnknownFile(String),
    /// A file is there that the metadata does not list.
    #[error("the snapshot has a file [{0}] that its metadata does not list")]
    Unlisted(&'static str),
    /// No channel has this name.
    #[error("the snapshot is of a channel [{}], which is no name of a channel", .0.escape_debug())]
    Channel(String),
    /// What a file holds makes no sense.
    #[error("{path} is damaged: {detail}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// The snapshot lacks the channel's configuration.
    #[error("the snapshot holds no configuration of the channel")]
    NoConfig,
    /// The peer has the channel already. The text is Fabric's.
    #[error("ledger [{channel_id}] already exists with state [{state}]")]
    Exists {
        /// The channel.
        channel_id: String,
        /// `ACTIVE` or `INACTIVE`.
        state: &'static str,
    },
    /// The peer's ledgers cannot be looked through.
    #[error("cannot look through the ledgers")]
    Ledgers(#[source] Box<LedgersError>),
    /// The new ledger cannot be made.
    #[error("cannot make the ledger")]
    Open(#[source] OpenError),
    /// The new state database takes no writes.
    #[error("cannot fill the state database")]
    Database(#[source] rocksdb::Error),
    /// The process is to end.
    #[error("the peer stops")]
    Stopped,
}

/// A call of a transaction under simulation failed.
#[derive(Debug, Error)]
pub enum SimulateError {
    /// The transaction may not do this; the text is for its author.
    #[error("{0}")]
    Refused(String),
    /// The peer's fault: the simulation has no result.
    #[error("cannot read the state")]
    Read(#[from] ReadError),
}

/// The transient store failed.
#[derive(Debug, Error)]
pub enum TransientError {
    /// Private data cannot be stored or removed.
    #[error("cannot write to the transient store")]
    Write(#[source] rocksdb::Error),
    /// Private data cannot be read.
    #[error("cannot read from the transient store")]
    Read(#[from] ReadError),
}

/// The ledgers of a peer cannot be used, or what an operator asks for cannot be done. The texts are Fabric's where it has
/// them.
#[derive(Debug, Error)]
pub enum LedgersError {
    /// A peer runs on them, or another command works on them.
    #[error(
        "as another peer node command is executing, wait for that command to complete its execution or terminate it before \
         retrying: lock is already acquired on file {path}"
    )]
    Locked {
        /// The file that is locked.
        path: PathBuf,
    },
    /// The directory or a file in it cannot be read or changed.
    #[error("cannot {operation} {path}")]
    File {
        /// What was tried.
        operation: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// The status of a channel was to change that the peer has not joined.
    #[error("cannot update ledger status, ledger [{0}] does not exist")]
    Unknown(String),
    /// A channel was to be rolled back that the peer has not joined.
    #[error("ledgerID [{0}] does not exist")]
    NoLedger(String),
    /// A channel was to be rolled back to a block that it does not have, or that is its last.
    #[error("target block number [{target}] should be less than the biggest block number [{last}]")]
    Target {
        /// The block asked for.
        target: u64,
        /// The channel's last block.
        last: u64,
    },
    /// Channels that began with a snapshot have no blocks from which their databases could be made again. The text is
    /// Fabric's.
    #[error("cannot {operation} because the peer contains channel(s) [{}] that were bootstrapped from snapshot", .channel_ids.join(" "))]
    FromSnapshot {
        /// What was to be done.
        operation: &'static str,
        /// The channels.
        channel_ids: Vec<String>,
    },
    /// There is nothing to upgrade.
    #[error("the data format is already up to date. No upgrade is required")]
    UpToDate,
    /// A channel cannot be left.
    #[error("unjoin channel [{channel_id}]")]
    Unjoin {
        /// The channel.
        channel_id: String,
        /// Why.
        #[source]
        source: Box<LedgersError>,
    },
    /// A ledger cannot be deleted. What is left of it is no ledger any more; the next start or command tries again.
    #[error("deleting ledger [{channel_id}]: cannot remove {path}")]
    Delete {
        /// The channel.
        channel_id: String,
        /// What is to go.
        path: PathBuf,
        /// Why it does not.
        #[source]
        source: std::io::Error,
    },
    /// The ledger of a channel cannot be worked on.
    #[error("cannot work on the ledger of channel [{channel_id}]")]
    Ledger {
        /// The channel.
        channel_id: String,
        /// Why.
        #[source]
        source: OpenError,
    },
}
