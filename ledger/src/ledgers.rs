//! The ledgers of all channels of one peer: the directory they lie in, and what an operator does with them while the
//! peer is down (Fabric `core/ledger/kvledger`: pause, resume, reset, rollback, rebuild, unjoin).
//!
//! Each ledger is changed as a whole or not at all: a process that is killed leaves it as it was, or to be completed by
//! whoever comes next.

mod staged;

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;

pub use staged::StagedLedger;

use crate::bootstrap::Origin;
use crate::data_dir::{self, sync_directory};
use crate::error::{LedgersError, OpenError};
use crate::export;
use crate::ledger::LedgerOptions;
use crate::ledger::maintenance::{self, Task};

/// Held by a running peer, and by each command that works on its ledgers.
const LOCK_FILE: &str = "fileLock";
/// In a ledger's directory while its channel is paused.
const STATUS_FILE: &str = "STATUS";
const INACTIVE: &str = "INACTIVE";
/// Where ledgers go that are being deleted. No channel's name begins with a dot.
const DELETED_DIR: &str = ".deleted";

/// Whether a channel takes part in the peer's work. The names are Fabric's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LedgerStatus {
    /// The peer opens it.
    Active,
    /// It is paused: the peer does not open it.
    Inactive,
}

impl LedgerStatus {
    /// Fabric's name.
    pub fn as_str(self) -> &'static str {
        match self {
            LedgerStatus::Active => "ACTIVE",
            LedgerStatus::Inactive => INACTIVE,
        }
    }
}

/// The directory with the ledgers of a peer, which this process alone uses.
#[derive(Debug)]
pub struct Ledgers {
    root: PathBuf,
    options: LedgerOptions,
    // Its advisory lock ends with the process, also when that is killed.
    lock: File,
}

impl Drop for Ledgers {
    fn drop(&mut self) {
        // Closing the file would do, if no process that is just being started held a copy of the handle.
        if let Err(error) = rustix::fs::flock(&self.lock, FlockOperation::Unlock) {
            tracing::warn!(%error, path = %self.root.display(), "cannot unlock the ledgers");
        }
    }
}

impl Ledgers {
    /// Takes the directory, making it if need be, and completes deletions that were begun. Refused while a peer or
    /// another command uses it.
    pub fn open(root: &Path, options: LedgerOptions) -> Result<Ledgers, LedgersError> {
        fs::create_dir_all(root).map_err(file_error("create", root))?;
        let path = root.join(LOCK_FILE);
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let lock = lock.map_err(file_error("write", &path))?;
        match rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Err(LedgersError::Locked { path }),
            Err(errno) => return Err(file_error("lock", &path)(errno.into())),
        }
        let ledgers = Ledgers { root: root.to_owned(), options, lock };
        if let Some(snapshots) = &ledgers.options.snapshots {
            export::prepare(snapshots)?;
        }
        ledgers.delete_removed()?;
        ledgers.delete_staged()?;
        Ok(ledgers)
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// Settings of the ledgers.
    pub fn options(&self) -> &LedgerOptions {
        &self.options
    }

    /// Where the ledger of a channel is, or would be.
    pub fn directory(&self, channel_id: &str) -> PathBuf {
        self.root.join(channel_id)
    }

    /// All channels that have a ledger, with their status, in the order of their names.
    pub fn all(&self) -> Result<Vec<(String, LedgerStatus)>, LedgersError> {
        let root = &self.root;
        let mut found = Vec::new();
        for entry in fs::read_dir(root).map_err(file_error("list", root))? {
            let entry = entry.map_err(file_error("list", root))?;
            let is_dir = entry.file_type().map_err(file_error("list", root))?.is_dir();
            if let Some(channel_id) = entry.file_name().to_str().filter(|name| is_dir && !name.starts_with('.')) {
                found.push((channel_id.to_owned(), self.status_of(channel_id)?));
            }
        }
        found.sort_by(|left, right| left.0.cmp(&right.0));
        Ok(found)
    }

    /// The status of a channel; nothing when it has no ledger.
    pub fn status(&self, channel_id: &str) -> Result<Option<LedgerStatus>, LedgersError> {
        if self.exists(channel_id) { self.status_of(channel_id).map(Some) } else { Ok(None) }
    }

    /// Makes the peer leave the channel alone from its next start on.
    pub fn pause(&self, channel_id: &str) -> Result<(), LedgersError> {
        self.set_status(channel_id, LedgerStatus::Inactive)?;
        tracing::info!(target: "kvledger", "The channel [{channel_id}] has been successfully paused");
        Ok(())
    }

    /// Undoes [`Ledgers::pause`].
    pub fn resume(&self, channel_id: &str) -> Result<(), LedgersError> {
        self.set_status(channel_id, LedgerStatus::Active)?;
        tracing::info!(target: "kvledger", "The channel [{channel_id}] has been successfully resumed");
        Ok(())
    }

    /// Drops state, history and transaction index of all channels; the peer makes them again when it starts. Private
    /// data stays. Refused if a channel began with a snapshot, as resetting and rolling back are.
    pub fn rebuild(&self) -> Result<(), LedgersError> {
        self.refuse_snapshots("rebuild databases")?;
        for (channel_id, _) in self.all()? {
            tracing::info!(target: "kvledger", "Dropping databases of channel [{channel_id}]");
            self.run(&channel_id, Task::Rebuild)?;
        }
        Ok(())
    }

    /// Brings ledgers that an older program wrote into today's form. There is one form so far: what it finds is up to date,
    /// or written by somebody else.
    pub fn upgrade(&self) -> Result<(), LedgersError> {
        for (channel_id, _) in self.all()? {
            self.height(&channel_id)?;
        }
        Err(LedgersError::UpToDate)
    }

    /// Cuts all channels back to their first block.
    pub fn reset(&self) -> Result<(), LedgersError> {
        self.refuse_snapshots("reset channels")?;
        tracing::info!(target: "kvledger", "Resetting all channel ledgers to genesis block");
        tracing::info!(target: "kvledger", "Ledger data folder from config = [{}]", self.root.display());
        for (channel_id, _) in self.all()? {
            if self.height(&channel_id)? == 0 {
                // Its joining was interrupted.
                continue;
            }
            tracing::info!(target: "kvledger", "Resetting ledger [{channel_id}] to genesis block");
            self.run(&channel_id, Task::Truncate { height: 1 })?;
        }
        tracing::info!(target: "kvledger", "All channel ledgers have been successfully reset to the genesis block");
        Ok(())
    }

    /// Cuts a channel back to the blocks up to `block_number`, which must not be its last.
    pub fn rollback(&self, channel_id: &str, block_number: u64) -> Result<(), LedgersError> {
        self.refuse_snapshots("rollback any channel")?;
        if !self.exists(channel_id) {
            return Err(LedgersError::NoLedger(channel_id.to_owned()));
        }
        let last = self.height(channel_id)?.saturating_sub(1);
        if last <= block_number {
            return Err(LedgersError::Target { target: block_number, last });
        }
        tracing::info!(target: "kvledger", "Rolling back ledger store");
        self.run(channel_id, Task::Truncate { height: block_number + 1 })?;
        tracing::info!(
            target: "kvledger",
            "The channel [{channel_id}] has been successfully rolled back to the block number [{block_number}]"
        );
        Ok(())
    }

    /// Deletes the ledger of a channel with everything in it. Once begun it is completed at the next start.
    pub fn unjoin(&self, channel_id: &str) -> Result<(), LedgersError> {
        if !self.exists(channel_id) {
            let source = Box::new(LedgersError::Unknown(channel_id.to_owned()));
            return Err(LedgersError::Unjoin { channel_id: channel_id.to_owned(), source });
        }
        // Nobody may have it open.
        drop(
            data_dir::DataDirectory::lock(&self.directory(channel_id))
                .map_err(|error| self.failed(channel_id, error))?,
        );
        let deleted = self.root.join(DELETED_DIR);
        let (from, to) = (self.directory(channel_id), deleted.join(channel_id));
        let moved = fs::create_dir_all(&deleted).and_then(|()| fs::rename(&from, &to));
        moved.and_then(|()| sync_directory(&self.root)).map_err(file_error("move", &from))?;
        self.delete_removed()?;
        tracing::info!(target: "kvledger", "channel has been successfully unjoined ledgerID={channel_id}");
        Ok(())
    }

    /// How many blocks each of these channels had before it was reset or rolled back; those that were not are left out.
    pub fn pre_reset_heights(&self, channel_ids: &[String]) -> Result<BTreeMap<String, u64>, LedgersError> {
        let mut heights = BTreeMap::new();
        for channel_id in channel_ids {
            let height = maintenance::pre_reset_height(&self.directory(channel_id));
            if let Some(height) = height.map_err(|error| self.failed(channel_id, error))? {
                heights.insert(channel_id.clone(), height);
            }
        }
        Ok(heights)
    }

    /// Forgets what [`Ledgers::pre_reset_heights`] says of a channel, once it has these blocks again.
    pub fn clear_pre_reset_height(&self, channel_id: &str) -> Result<(), LedgersError> {
        maintenance::clear_pre_reset_height(&self.directory(channel_id)).map_err(|error| self.failed(channel_id, error))
    }

    fn refuse_snapshots(&self, operation: &'static str) -> Result<(), LedgersError> {
        let channel_ids = self.all()?.into_iter().map(|(channel_id, _)| channel_id);
        let channel_ids: Vec<_> = channel_ids.filter(|id| Origin::exists(&self.directory(id))).collect();
        match channel_ids.is_empty() {
            true => Ok(()),
            false => Err(LedgersError::FromSnapshot { operation, channel_ids }),
        }
    }

    fn exists(&self, channel_id: &str) -> bool {
        // A name of several parts would lead elsewhere.
        let is_name = !channel_id.is_empty() && !channel_id.starts_with('.') && !channel_id.contains('/');
        is_name && self.directory(channel_id).is_dir()
    }

    fn status_of(&self, channel_id: &str) -> Result<LedgerStatus, LedgersError> {
        let path = self.directory(channel_id).join(STATUS_FILE);
        match fs::read(&path) {
            Ok(text) if text.trim_ascii() == INACTIVE.as_bytes() => Ok(LedgerStatus::Inactive),
            Ok(_) => Err(file_error("understand", &path)(io::ErrorKind::InvalidData.into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(LedgerStatus::Active),
            Err(error) => Err(file_error("read", &path)(error)),
        }
    }

    fn set_status(&self, channel_id: &str, status: LedgerStatus) -> Result<(), LedgersError> {
        let name = status.as_str();
        match self.status(channel_id)? {
            None => return Err(LedgersError::Unknown(channel_id.to_owned())),
            Some(current) if current == status => {
                tracing::info!(
                    target: "kvledger", "Ledger [{channel_id}] is already in [{name}] status, nothing to do"
                );
                return Ok(());
            }
            Some(_) => {}
        }
        tracing::info!(target: "kvledger", "Updating ledger [{channel_id}] status to [{name}]");
        let dir = self.directory(channel_id);
        let set = match status {
            LedgerStatus::Active => data_dir::remove_file(&dir, STATUS_FILE),
            LedgerStatus::Inactive => data_dir::write_file(&dir, STATUS_FILE, INACTIVE),
        };
        set.map_err(|error| self.failed(channel_id, error))
    }

    fn height(&self, channel_id: &str) -> Result<u64, LedgersError> {
        maintenance::height(&self.directory(channel_id), channel_id, &self.options)
            .map_err(|error| self.failed(channel_id, error))
    }

    fn run(&self, channel_id: &str, task: Task) -> Result<(), LedgersError> {
        maintenance::run(&self.directory(channel_id), channel_id, &self.options, task)
            .map_err(|error| self.failed(channel_id, error))
    }

    fn failed(&self, channel_id: &str, source: OpenError) -> LedgersError {
        LedgersError::Ledger { channel_id: channel_id.to_owned(), source }
    }

    /// Deletes what was moved aside.
    fn delete_removed(&self) -> Result<(), LedgersError> {
        let deleted = self.root.join(DELETED_DIR);
        let entries = match fs::read_dir(&deleted) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(file_error("list", &deleted)(error)),
        };
        for entry in entries {
            let path = entry.map_err(file_error("list", &deleted))?.path();
            let channel_id = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let removed = fs::remove_dir_all(&path);
            removed.map_err(|source| LedgersError::Delete { channel_id, path, source })?;
        }
        fs::remove_dir(&deleted).and_then(|()| sync_directory(&self.root)).map_err(file_error("remove", &deleted))
    }
}

fn file_error(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> LedgersError {
    let path = path.to_owned();
    move |source| LedgersError::File { operation, path, source }
}
