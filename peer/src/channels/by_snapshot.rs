//! Joining a channel by a snapshot. That takes a while, so a thread of its own does it, one at a time (Fabric
//! `core/ledger/ledgermgmt`). Texts are Fabric's.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ledger::{Ledger, LedgersError, OpenError, SnapshotError};
use parking_lot::Mutex;

use super::join::{self, ConfigReadError};
use super::{Channels, JoinError};
use crate::text;

/// The peer does not begin to join by a snapshot.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotJoinError {
    /// The directory cannot be listed.
    #[error("cannot create ledger from snapshot {directory}: error opening dir [{directory}]: open {directory}: {}", reason(.source))]
    Directory {
        /// The directory.
        directory: String,
        /// Why it cannot.
        source: io::Error,
    },
    /// There is nothing in it.
    #[error("cannot create ledger from snapshot {0}: snapshot dir {0} is empty")]
    Empty(String),
    /// Another one is not done.
    #[error(
        "cannot create ledger from snapshot {directory}: a ledger is being created from a snapshot at {other}. Call ledger \
         creation again after it is done."
    )]
    InProgress {
        /// The directory.
        directory: String,
        /// The directory of the other one.
        other: String,
    },
    /// No thread can be started.
    #[error("cannot create ledger from snapshot {directory}: cannot start a thread")]
    Thread {
        /// The directory.
        directory: String,
        /// Why it cannot.
        source: io::Error,
    },
}

/// As Go tells it.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::NotADirectory => "not a directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

/// A channel was not joined. The log tells it: who asked has had an answer.
#[derive(Debug, thiserror::Error)]
enum CreateError {
    #[error("error while creating the ledger")]
    Snapshot(#[from] SnapshotError),
    #[error("cannot use the configuration of channel {channel_id}")]
    Config {
        channel_id: String,
        #[source]
        source: ConfigReadError,
    },
    #[error("error while opening ledger")]
    Open(#[source] OpenError),
    #[error("cannot undo the creation of the ledger")]
    Undo(#[source] LedgersError),
    #[error("cannot start the commit pipeline")]
    Pipeline(#[source] io::Error),
}

/// Which snapshot a channel is being joined by.
#[derive(Default)]
pub(super) struct BySnapshot {
    directory: Mutex<Option<String>>,
    stop: AtomicBool,
}

impl BySnapshot {
    /// Breaks off what is under way.
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Refuses to join otherwise meanwhile.
    pub(super) fn refuse_others(&self) -> Result<(), JoinError> {
        self.directory.lock().clone().map_or(Ok(()), |directory| Err(JoinError::BySnapshot(directory)))
    }
}

impl Channels {
    /// Begins to join the channel whose snapshot is in `directory`. [`Channels::snapshot_being_joined`] and the log tell how
    /// it goes on.
    pub fn join_by_snapshot(self: &Arc<Self>, directory: &str) -> Result<(), SnapshotJoinError> {
        let owned = || directory.to_owned();
        let entries = std::fs::read_dir(directory).map(|mut entries| entries.next().is_some());
        if !entries.map_err(|source| SnapshotJoinError::Directory { directory: owned(), source })? {
            return Err(SnapshotJoinError::Empty(owned()));
        }
        let _joining = self.joining.lock();
        let mut current = self.by_snapshot.directory.lock();
        if let Some(other) = &*current {
            return Err(SnapshotJoinError::InProgress { directory: owned(), other: other.clone() });
        }
        let (channels, snapshot) = (Arc::clone(self), owned());
        let thread = std::thread::Builder::new().name("join-by-snapshot".to_owned());
        let started = thread.spawn(move || channels.run_join(&snapshot));
        started.map_err(|source| SnapshotJoinError::Thread { directory: owned(), source })?;
        *current = Some(owned());
        Ok(())
    }

    /// The directory of the snapshot by which a channel is being joined.
    pub fn snapshot_being_joined(&self) -> Option<String> {
        self.by_snapshot.directory.lock().clone()
    }

    fn run_join(&self, directory: &str) {
        tracing::info!(target: "ledgermgmt", "Creating ledger from snapshot at {directory}");
        match self.create_from_snapshot(Path::new(directory)) {
            Ok(channel_id) => tracing::info!(target: "ledgermgmt", "Created ledger [{channel_id}] from snapshot"),
            Err(error) => tracing::error!(
                target: "ledgermgmt", snapshotDir = directory, error = text::chain(&error),
                "Error creating ledger from snapshot"
            ),
        }
        *self.by_snapshot.directory.lock() = None;
    }

    fn create_from_snapshot(&self, directory: &Path) -> Result<String, CreateError> {
        let staged = self.ledgers.stage_snapshot(directory, &self.by_snapshot.stop)?;
        let channel_id = staged.channel_id().to_owned();
        let bundle = join::bundle(&channel_id, staged.config().clone())
            .map_err(|source| CreateError::Config { channel_id: channel_id.clone(), source })?;
        if self.by_snapshot.stop.load(Ordering::Relaxed) {
            return Err(SnapshotError::Stopped.into());
        }
        staged.publish()?;
        let dir = self.ledgers.directory(&channel_id);
        let opened = Ledger::open(&dir, &channel_id, self.options.ledger.clone());
        let ledger = match opened {
            Ok(ledger) => ledger,
            Err(error) => {
                self.ledgers.unjoin(&channel_id).map_err(CreateError::Undo)?;
                return Err(CreateError::Open(error));
            }
        };
        self.start(Arc::new(ledger), bundle).map_err(CreateError::Pipeline)?;
        Ok(channel_id)
    }
}
