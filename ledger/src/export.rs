//! Snapshots of a ledger for other peers: which are requested, and how they are made (Fabric
//! `core/ledger/kvledger/snapshot_mgmt.go`).
//!
//! When a requested block is committed, a checkpoint of the database is made: a durable copy that shares its files. Commits
//! wait for that alone. A thread of its own writes the snapshot from the checkpoint, so that later blocks do not matter, and a
//! process that is killed makes the snapshot when it comes back.

mod files;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use bytes::Bytes;
use parking_lot::Mutex;

use crate::data_dir::sync_directory;
use crate::database::Database;
use crate::error::{LedgersError, OpenError, ReadError, SnapshotRequestError};
use crate::snapshot::Snapshot;

/// In the directory of a ledger: checkpoints by the numbers of their last blocks.
const CHECKPOINTS_DIR: &str = "checkpoints";
/// Below the directory of all snapshots: those that are being made.
const TEMP_DIR: &str = "temp";
/// Below the directory of all snapshots: `channel/block`.
const COMPLETED_DIR: &str = "completed";
/// The most requests that wait, of one channel.
const REQUESTS_MAX: usize = 10_000;

/// The last block of a ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tip {
    pub(crate) hash: Bytes,
    pub(crate) previous_hash: Bytes,
    pub(crate) commit_hash: Bytes,
}

/// A snapshot cannot be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExportError {
    #[error("cannot {operation} {path}")]
    File {
        operation: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("cannot make a checkpoint of the state database")]
    Checkpoint(#[source] rocksdb::Error),
    #[error("cannot open the checkpoint of the state database")]
    Open(#[source] OpenError),
    #[error("the checkpoint has seen {0} blocks")]
    OtherHeight(u64),
    #[error("cannot read what the snapshot is to hold")]
    Read(#[from] ReadError),
    /// The ledger is being closed; the snapshot is made when it is opened again.
    #[error("the ledger is being closed")]
    Stopped,
}

/// The requests for snapshots of one ledger, and the thread that makes snapshots.
pub(crate) struct Exporter {
    shared: Arc<Shared>,
}

struct Shared {
    channel_id: String,
    root: PathBuf,
    checkpoints: PathBuf,
    database: Arc<Database>,
    stop: AtomicBool,
    requests: Mutex<Requests>,
}

#[derive(Default)]
struct Requests {
    pending: BTreeSet<u64>,
    /// Those whose block was committed, with what the block says.
    due: BTreeMap<u64, Tip>,
    thread: Option<JoinHandle<()>>,
    is_working: bool,
}

/// Prepares the directory of all snapshots of a peer. What an earlier process left half made goes.
pub(crate) fn prepare(root: &Path) -> Result<(), LedgersError> {
    let failed = |operation, path: &Path| {
        let path = path.to_owned();
        move |source| LedgersError::File { operation, path, source }
    };
    let (temp, completed) = (root.join(TEMP_DIR), root.join(COMPLETED_DIR));
    match fs::remove_dir_all(&temp) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed("remove", &temp)(error)),
        _ => {}
    }
    for dir in [&temp, &completed] {
        fs::create_dir_all(dir).map_err(failed("create", dir))?;
    }
    sync_directory(root).map_err(failed("synchronise", root))
}

/// Where the snapshot of a channel after a block is, or would be.
pub(crate) fn completed_dir(root: &Path, channel_id: &str, number: u64) -> PathBuf {
    root.join(COMPLETED_DIR).join(channel_id).join(number.to_string())
}

/// Removes the checkpoints in the directory of a ledger whose blocks are cut off.
pub(crate) fn forget(ledger_dir: &Path) -> io::Result<()> {
    match fs::remove_dir_all(ledger_dir.join(CHECKPOINTS_DIR)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

impl Exporter {
    /// Takes up what an earlier process was asked for. `tip_of` tells of a committed block.
    pub(crate) fn open(
        root: &Path,
        ledger_dir: &Path,
        channel_id: &str,
        database: &Arc<Database>,
        height: u64,
        tip_of: impl Fn(u64) -> Result<Tip, ReadError>,
    ) -> Result<Exporter, OpenError> {
        let shared = Shared {
            channel_id: channel_id.to_owned(),
            root: root.to_owned(),
            checkpoints: ledger_dir.join(CHECKPOINTS_DIR),
            database: Arc::clone(database),
            stop: AtomicBool::new(false),
            requests: Mutex::default(),
        };
        let exporter = Exporter { shared: Arc::new(shared) };
        exporter.take_up(height, tip_of)?;
        Ok(exporter)
    }

    fn take_up(&self, height: u64, tip_of: impl Fn(u64) -> Result<Tip, ReadError>) -> Result<(), OpenError> {
        let shared = &self.shared;
        let checkpoints = shared.stored_checkpoints().map_err(|source| OpenError::File {
            operation: "tidy",
            path: shared.checkpoints.clone(),
            source,
        })?;
        let mut due = BTreeMap::new();
        let mut pending = BTreeSet::new();
        for number in shared.database.snapshot_requests()? {
            let channel_id = &shared.channel_id;
            if number >= height.saturating_sub(1) && !shared.is_completed(number) {
                // The last block is looked at again by `start_due`.
                pending.insert(number);
                continue;
            }
            if checkpoints.contains(&number) && !shared.is_completed(number) {
                pending.insert(number);
                due.insert(number, tip_of(number)?);
                continue;
            }
            if !shared.is_completed(number) {
                tracing::error!(
                    target: "kvledger", channelID = channel_id, blockNumber = number,
                    "The requested snapshot cannot be generated any more, its checkpoint is gone"
                );
            }
            shared.forget(number);
        }
        let unasked = checkpoints.iter().filter(|number| !pending.contains(number));
        unasked.for_each(|number| shared.remove_checkpoint(*number));
        let mut requests = shared.requests.lock();
        *requests = Requests { pending, due, ..Default::default() };
        shared.work(&mut requests);
        drop(requests);
        if let Some(last) = height.checked_sub(1) {
            self.start_due(last, || tip_of(last));
        }
        Ok(())
    }

    /// Takes a request for the snapshot after block `number`; 0 is the last one, `last`. Nothing may be committed meanwhile.
    pub(crate) fn submit(&self, number: u64, last: u64) -> Result<(), SnapshotRequestError> {
        let shared = &self.shared;
        let number = match number {
            0 => last,
            _ => number,
        };
        if number < last {
            return Err(SnapshotRequestError::Past { requested: number, last });
        }
        if number == last && shared.is_completed(number) {
            return Err(SnapshotRequestError::Generated(number));
        }
        let mut requests = shared.requests.lock();
        if requests.pending.contains(&number) {
            return Err(SnapshotRequestError::Duplicate(number));
        }
        if requests.pending.len() >= REQUESTS_MAX {
            return Err(SnapshotRequestError::TooMany(REQUESTS_MAX));
        }
        shared.database.put_snapshot_request(number).map_err(SnapshotRequestError::Store)?;
        requests.pending.insert(number);
        tracing::info!(
            target: "kvledger", channelID = shared.channel_id, blockNumber = number, "Added new request for snapshot"
        );
        Ok(())
    }

    /// Takes a request back.
    pub(crate) fn cancel(&self, number: u64) -> Result<(), SnapshotRequestError> {
        let shared = &self.shared;
        let mut requests = shared.requests.lock();
        if requests.due.contains_key(&number) {
            return Err(SnapshotRequestError::UnderProcessing);
        }
        if !requests.pending.contains(&number) {
            return Err(SnapshotRequestError::Unknown(number));
        }
        shared.database.delete_snapshot_request(number).map_err(SnapshotRequestError::Store)?;
        requests.pending.remove(&number);
        Ok(())
    }

    /// The requests that wait or are worked on, in order.
    pub(crate) fn pending(&self) -> Vec<u64> {
        self.shared.requests.lock().pending.iter().copied().collect()
    }

    /// The first block from `number` on after which a snapshot is requested.
    pub(crate) fn next_from(&self, number: u64) -> Option<u64> {
        self.shared.requests.lock().pending.range(number..).next().copied()
    }

    /// Begins the snapshot after the last block, if it is requested. Nothing may be committed meanwhile.
    pub(crate) fn start_due(&self, last: u64, tip: impl FnOnce() -> Result<Tip, ReadError>) {
        let shared = &self.shared;
        let mut requests = shared.requests.lock();
        // A thread that could not be started before may start now.
        shared.work(&mut requests);
        if !requests.pending.contains(&last) || requests.due.contains_key(&last) {
            return;
        }
        let begun = tip().map_err(ExportError::from).and_then(|tip| shared.make_checkpoint(last).map(|()| tip));
        match begun {
            Ok(tip) => {
                requests.due.insert(last, tip);
                shared.work(&mut requests);
            }
            Err(error) => {
                shared.failed(last, &error);
                requests.pending.remove(&last);
                shared.forget(last);
            }
        }
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        let thread = self.shared.requests.lock().thread.take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!(channel_id = self.shared.channel_id, "making a snapshot failed");
        }
    }
}

impl Shared {
    /// Sees to it that a thread works on what is due.
    fn work(self: &Arc<Self>, requests: &mut Requests) {
        if requests.is_working || requests.due.is_empty() {
            return;
        }
        let shared = Arc::clone(self);
        match std::thread::Builder::new().name("snapshot".to_owned()).spawn(move || shared.run()) {
            Ok(thread) => {
                requests.is_working = true;
                requests.thread = Some(thread);
            }
            Err(error) => {
                // The next block tries again.
                tracing::error!(channel_id = self.channel_id, %error, "cannot start a thread that makes snapshots");
            }
        }
    }

    fn run(&self) {
        loop {
            let (number, tip) = {
                let mut requests = self.requests.lock();
                let next = requests.due.first_key_value().map(|(number, tip)| (*number, tip.clone()));
                match next.filter(|_| !self.stop.load(Ordering::Relaxed)) {
                    Some(next) => next,
                    None => {
                        requests.is_working = false;
                        return;
                    }
                }
            };
            let channel_id = &self.channel_id;
            tracing::info!(
                target: "kvledger", channelID = channel_id, lastCommittedBlockNumber = number, "Generating snapshot"
            );
            match self.generate(number, &tip) {
                Ok(()) => tracing::info!(
                    target: "kvledger", channelID = channel_id, lastCommittedBlockNumber = number, "Generated snapshot"
                ),
                Err(ExportError::Stopped) => continue,
                Err(error) => self.failed(number, &error),
            }
            // As in Fabric a request is over, whether it was fulfilled or not.
            self.forget(number);
            self.remove_checkpoint(number);
            let mut requests = self.requests.lock();
            requests.due.remove(&number);
            requests.pending.remove(&number);
        }
    }

    fn generate(&self, number: u64, tip: &Tip) -> Result<(), ExportError> {
        let checkpoint = Database::open_checkpoint(&self.checkpoint(number)).map_err(ExportError::Open)?;
        let height = checkpoint.savepoint()?;
        if height != number + 1 {
            return Err(ExportError::OtherHeight(height));
        }
        let snapshot = Snapshot::new(&Arc::new(checkpoint), height);
        let temp = self.root.join(TEMP_DIR).join(format!("{}-{number}", self.channel_id));
        remove_dir(&temp).map_err(file_error("remove", &temp))?;
        fs::create_dir_all(&temp).map_err(file_error("create", &temp))?;
        let written = files::write(&snapshot, &self.channel_id, tip, &temp, &self.stop)
            .and_then(|()| files::publish(&temp, &completed_dir(&self.root, &self.channel_id, number)));
        if written.is_err() {
            // Whatever stays is removed at the next start.
            let _ = remove_dir(&temp);
        }
        written
    }

    fn make_checkpoint(&self, number: u64) -> Result<(), ExportError> {
        fs::create_dir_all(&self.checkpoints).map_err(file_error("create", &self.checkpoints))?;
        let path = self.checkpoint(number);
        remove_dir(&path).map_err(file_error("remove", &path))?;
        self.database.checkpoint(&path).map_err(ExportError::Checkpoint)?;
        sync_directory(&self.checkpoints).map_err(file_error("synchronise", &self.checkpoints))
    }

    fn checkpoint(&self, number: u64) -> PathBuf {
        self.checkpoints.join(number.to_string())
    }

    /// The numbers of the checkpoints that are there. What RocksDB left half made goes.
    fn stored_checkpoints(&self) -> io::Result<BTreeSet<u64>> {
        let mut numbers = BTreeSet::new();
        let entries = match fs::read_dir(&self.checkpoints) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(numbers),
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            match entry.file_name().to_str().and_then(|name| name.parse().ok()) {
                Some(number) => {
                    numbers.insert(number);
                }
                None => remove_dir(&entry.path())?,
            }
        }
        Ok(numbers)
    }

    fn is_completed(&self, number: u64) -> bool {
        completed_dir(&self.root, &self.channel_id, number).exists()
    }

    /// The files of a checkpoint cost nothing until they are merged in the database, so this may be done later.
    fn remove_checkpoint(&self, number: u64) {
        let path = self.checkpoint(number);
        if let Err(error) = remove_dir(&path) {
            tracing::warn!(%error, path = %path.display(), "cannot remove a checkpoint");
        }
    }

    fn forget(&self, number: u64) {
        if let Err(error) = self.database.delete_snapshot_request(number) {
            tracing::error!(
                target: "kvledger", channelID = self.channel_id, requestedBlockNum = number, %error,
                "Failed to delete snapshot request"
            );
        }
    }

    fn failed(&self, number: u64, error: &ExportError) {
        tracing::error!(
            target: "kvledger", channelID = self.channel_id, lastCommittedBlockNumber = number,
            error = chain(error), "Failed to generate snapshot"
        );
    }
}

fn remove_dir(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Wraps the failure of `operation` on `path`.
fn file_error(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ExportError + use<> {
    let path = path.to_owned();
    move |source| ExportError::File { operation, path, source }
}

fn chain(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}
