//! Work on a ledger that nobody has open: dropping what its blocks can give again, and cutting blocks off.
//!
//! What is to be done stands in a file before anything changes, and the file goes when it is done. Each step can be
//! repeated, so that whoever opens the ledger after a crash does the work once more from its beginning.

use std::fs;
use std::io;
use std::path::Path;

use super::{FORMAT, LedgerOptions};
use crate::block_store::{self, BlockStore, BlockStoreOptions};
use crate::data_dir::{DataDirectory, file_error, remove_file, write_file};
use crate::database::Database;
use crate::error::OpenError;
use crate::export;

/// What is to be done, as long as it is not.
const TASK_FILE: &str = "TASK";
/// How many blocks there were before blocks were cut off. Fabric's name.
const PRE_RESET_FILE: &str = "__preResetHeight";
/// Longer files are none of ours.
const FILE_BYTES_MAX: usize = 64;

/// Work on a closed ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// State, history and transaction index are made again from the blocks.
    Rebuild,
    /// The same, and only the first `height` blocks stay.
    Truncate {
        /// At least 1.
        height: u64,
    },
}

impl Task {
    fn to_text(self) -> String {
        match self {
            Task::Rebuild => "rebuild".to_owned(),
            Task::Truncate { height } => format!("truncate {height}"),
        }
    }

    fn parse(text: &str) -> Option<Task> {
        match text.trim().split_once(' ') {
            None => (text.trim() == "rebuild").then_some(Task::Rebuild),
            Some(("truncate", height)) => {
                height.parse().ok().filter(|height| *height > 0).map(|height| Task::Truncate { height })
            }
            Some(_) => None,
        }
    }
}

/// How many blocks are stored in the ledger at `dir`. What a crash left undone is done first.
pub(crate) fn height(dir: &Path, channel_id: &str, options: &LedgerOptions) -> Result<u64, OpenError> {
    let directory = DataDirectory::open(dir, FORMAT)?;
    finish(&directory, channel_id, options)?;
    Ok(open_blocks(dir, &options.blocks)?.height())
}

/// Does `task` on the ledger at `dir`, which nobody may have open. From the moment that something changes, the work is
/// also completed by [`super::Ledger::open`].
pub(crate) fn run(dir: &Path, channel_id: &str, options: &LedgerOptions, task: Task) -> Result<(), OpenError> {
    let directory = DataDirectory::open(dir, FORMAT)?;
    finish(&directory, channel_id, options)?;
    if let Task::Truncate { .. } = task {
        let blocks = open_blocks(dir, &options.blocks)?;
        // The index finds the place where the blocks are cut off.
        let path = blocks.path().to_owned();
        blocks.sync_index().map_err(file_error("write the index of", &path))?;
        let height = blocks.height();
        drop(blocks);
        if pre_reset_height(dir)?.is_none_or(|recorded| recorded < height) {
            write_file(&dir.join("blocks"), PRE_RESET_FILE, &height.to_string())?;
        }
    }
    write_file(dir, TASK_FILE, &task.to_text())?;
    finish(&directory, channel_id, options)
}

/// Completes what was begun.
pub(super) fn finish(directory: &DataDirectory, channel_id: &str, options: &LedgerOptions) -> Result<(), OpenError> {
    let dir = directory.path();
    let Some(text) = read_file(&dir.join(TASK_FILE))? else { return Ok(()) };
    let incomplete = |detail: String| OpenError::Incomplete { path: dir.to_owned(), detail };
    let task = Task::parse(&text).ok_or_else(|| incomplete(format!("its file {TASK_FILE} makes no sense")))?;
    tracing::info!(channel_id, task = task.to_text(), "working on the ledger");
    let path = dir.join("state");
    let forgotten = Database::open(&path, channel_id, options)?.forget_blocks(options);
    forgotten.map_err(|source| OpenError::Database { path, source })?;
    export::forget(dir).map_err(file_error("remove the checkpoints in", dir))?;
    if let Task::Truncate { height } = task {
        block_store::truncate(&dir.join("blocks"), height)?;
    }
    remove_file(dir, TASK_FILE)
}

/// How many blocks the ledger at `dir` had before some were cut off; nothing when none were, or when it was told to
/// forget.
pub(crate) fn pre_reset_height(dir: &Path) -> Result<Option<u64>, OpenError> {
    let path = dir.join("blocks").join(PRE_RESET_FILE);
    let Some(text) = read_file(&path)? else { return Ok(None) };
    let number = text.trim().parse();
    number.map(Some).map_err(|_| file_error("read a number from", &path)(io::ErrorKind::InvalidData.into()))
}

/// Forgets [`pre_reset_height`].
pub(crate) fn clear_pre_reset_height(dir: &Path) -> Result<(), OpenError> {
    remove_file(&dir.join("blocks"), PRE_RESET_FILE)
}

fn open_blocks(dir: &Path, options: &BlockStoreOptions) -> Result<BlockStore, OpenError> {
    BlockStore::open(&dir.join("blocks"), options.clone())
}

fn read_file(path: &Path) -> Result<Option<String>, OpenError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes[..bytes.len().min(FILE_BYTES_MAX)]).into_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(file_error("read", path)(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_read_back() {
        for (text, expected) in [
            ("rebuild", Some(Task::Rebuild)),
            ("truncate 7\n", Some(Task::Truncate { height: 7 })),
            ("truncate 0", None),
            ("truncate", None),
            ("truncate x", None),
            ("forget 7", None),
            ("", None),
        ] {
            assert_eq!(Task::parse(text), expected, "{text}");
            if let Some(task) = expected {
                assert_eq!(Task::parse(&task.to_text()), Some(task));
            }
        }
    }
}
