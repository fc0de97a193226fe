//! What contracts log, for those who own them: one file for each chaincode of a channel, beside the peer's own log.
//!
//! Lines have the form `2026-11-21 20:15:00.123456 UTC INFO <txid> message`; further lines of a message begin with `    | `. The level
//! is the contract's own and is not filtered. A full file becomes `NAME.log.1` and replaces the one before it.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use runtime::LogLevel;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

/// The folder below `peer.fileSystemPath`.
const FOLDER: &str = "chaincodeLogs";
/// Where a file ends and the next begins.
const FILE_BYTES_MAX: u64 = 8 << 20;
/// Files kept open.
const OPEN_FILES_MAX: usize = 64;

const TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day] [hour]:[minute]:[second].[subsecond digits:6] UTC");

/// The files below one folder.
pub struct ContractLogs {
    folder: PathBuf,
    files: Mutex<HashMap<(String, String), Open>>,
}

struct Open {
    file: File,
    size: u64,
}

/// The file with what `chaincode` logs on `channel_id`, of a peer that keeps its data in `data_dir`.
pub fn file(data_dir: &Path, channel_id: &str, chaincode: &str) -> PathBuf {
    data_dir.join(FOLDER).join(channel_id).join(format!("{chaincode}.log"))
}

/// The file that was full before `current`.
pub fn previous(current: &Path) -> PathBuf {
    current.with_extension("log.1")
}

impl ContractLogs {
    /// Logs of a peer that keeps its data in `data_dir`. Makes nothing before the first line.
    pub fn new(data_dir: &Path) -> Self {
        ContractLogs { folder: data_dir.to_owned(), files: Mutex::default() }
    }

    /// Adds a message. A disk that takes none costs the line, and the peer's log says so: a contract must not fail for it.
    pub fn write(&self, channel_id: &str, chaincode: &str, tx_id: &str, level: LogLevel, message: &str) {
        let line = line(OffsetDateTime::now_utc(), tx_id, level, message);
        if let Err(error) = self.append(channel_id, chaincode, &line) {
            tracing::warn!(chaincode, channel = channel_id, "cannot write to the chaincode's log: {error}");
        }
    }

    fn append(&self, channel_id: &str, chaincode: &str, line: &str) -> io::Result<()> {
        let mut files = self.files.lock();
        let name = (channel_id.to_owned(), chaincode.to_owned());
        let path = file(&self.folder, channel_id, chaincode);
        if !files.contains_key(&name) {
            if files.len() >= OPEN_FILES_MAX {
                files.clear();
            }
            files.insert(name.clone(), open(&path)?);
        }
        if files.get(&name).is_some_and(|open| open.size > 0 && open.size + line.len() as u64 > FILE_BYTES_MAX) {
            // Where that is impossible, the full file stays as it is.
            fs::rename(&path, previous(&path))?;
            files.insert(name.clone(), open(&path)?);
        }
        if let Some(open) = files.get_mut(&name) {
            open.file.write_all(line.as_bytes())?;
            open.size += line.len() as u64;
        }
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<Open> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let file = OpenOptions::new().create(true).append(true).open(path)?;
    let size = file.metadata()?.len();
    Ok(Open { file, size })
}

fn line(time: OffsetDateTime, tx_id: &str, level: LogLevel, message: &str) -> String {
    let level = match level {
        LogLevel::Debug => "DEBUG",
        LogLevel::Info => "INFO",
        LogLevel::Warning => "WARN",
        LogLevel::Error => "ERROR",
    };
    let time = time.format(&TIME).unwrap_or_default();
    // Lines of the contract's making must not look like ours.
    format!("{time} {level} {tx_id} {}\n", message.replace('\n', "\n    | "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_say_when_what_and_for_which_transaction() {
        let time = OffsetDateTime::UNIX_EPOCH;
        assert_eq!(
            line(time, "abc", LogLevel::Warning, "first\nsecond"),
            "1970-01-01 00:00:00.000000 UTC WARN abc first\n    | second\n"
        );
    }

    #[test]
    fn a_full_file_makes_room_for_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let current = file(folder.path(), "mychannel", "basic");
        let message = "x".repeat(1 << 20);
        for _ in 0..2 {
            // The second round is a restart.
            let logs = ContractLogs::new(folder.path());
            for number in 0..5 {
                logs.write("mychannel", "basic", &number.to_string(), LogLevel::Info, &message);
            }
        }
        let size = |path: &Path| fs::metadata(path).unwrap().len() >> 20;
        assert_eq!((size(&previous(&current)), size(&current)), (7, 3));
    }

    #[test]
    fn a_file_that_cannot_be_moved_stays_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let current = file(folder.path(), "mychannel", "basic");
        fs::create_dir_all(previous(&current).join("in the way")).unwrap();
        let logs = ContractLogs::new(folder.path());
        for number in 0..20 {
            logs.write("mychannel", "basic", &number.to_string(), LogLevel::Info, &"x".repeat(1 << 20));
        }
        assert!(fs::metadata(&current).unwrap().len() <= FILE_BYTES_MAX);
    }

    #[test]
    fn a_disk_that_takes_nothing_costs_the_line_only() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FOLDER), "in the way").unwrap();
        ContractLogs::new(folder.path()).write("mychannel", "basic", "1", LogLevel::Info, "lost");
    }
}
