//! Ledgers that are being made from snapshots. They lie aside until they are complete and their channel is known to be
//! usable: a process that is killed leaves nothing that counts.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use bytes::Bytes;

use super::{Ledgers, file_error};
use crate::bootstrap::{self, Metadata};
use crate::data_dir::sync_directory;
use crate::error::{LedgersError, SnapshotError};

/// Holds ledgers that are being made. No channel's name begins with a dot.
const STAGED_DIR: &str = ".from-snapshot";

/// A complete ledger that is not yet one of the peer's. Dropping it deletes it.
pub struct StagedLedger<'a> {
    ledgers: &'a Ledgers,
    channel_id: String,
    config: Bytes,
    last_block: u64,
    path: PathBuf,
}

impl StagedLedger<'_> {
    /// The channel.
    pub fn channel_id(&self) -> &str {
        &self.channel_id
    }

    /// The last block of the snapshot.
    pub fn last_block(&self) -> u64 {
        self.last_block
    }

    /// The channel's configuration: the payload of its last configuration transaction.
    pub fn config(&self) -> &Bytes {
        &self.config
    }

    /// Makes it one of the peer's ledgers. Durable on return.
    pub fn publish(self) -> Result<(), SnapshotError> {
        let to = self.ledgers.directory(&self.channel_id);
        let root = self.ledgers.path();
        let moved = fs::rename(&self.path, &to).and_then(|()| sync_directory(root));
        moved.map_err(|source| SnapshotError::File { operation: "make", path: to, source })
    }
}

impl Drop for StagedLedger<'_> {
    fn drop(&mut self) {
        // After publishing there is nothing left. What cannot be removed is removed at the next start.
        let _ = fs::remove_dir_all(&self.path);
    }
}

impl Ledgers {
    /// Makes a ledger from a snapshot, whose hashes are verified first. Ends early when `stop` is set.
    pub fn stage_snapshot(&self, snapshot: &Path, stop: &AtomicBool) -> Result<StagedLedger<'_>, SnapshotError> {
        let metadata = Metadata::verified(snapshot)?;
        let channel_id = metadata.channel_id().to_owned();
        let status = self.status(&channel_id).map_err(|error| SnapshotError::Ledgers(Box::new(error)))?;
        if let Some(status) = status {
            return Err(SnapshotError::Exists { channel_id, state: status.as_str() });
        }
        let path = self.path().join(STAGED_DIR).join(&channel_id);
        let made = remove(&path).and_then(|()| fs::create_dir_all(&path));
        made.map_err(|source| SnapshotError::File { operation: "create", path: path.clone(), source })?;
        // From here on whatever was made goes when something fails.
        let mut staged = StagedLedger { ledgers: self, channel_id, config: Bytes::new(), last_block: 0, path };
        staged.config = bootstrap::import(snapshot, &metadata, &staged.path, self.options(), stop)?;
        staged.last_block = metadata.last_block();
        Ok(staged)
    }

    /// Deletes what an earlier process did not complete.
    pub(super) fn delete_staged(&self) -> Result<(), LedgersError> {
        let path = self.path().join(STAGED_DIR);
        remove(&path).map_err(file_error("remove", &path))
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
