//! A directory that one process at a time owns and whose format is known.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;

use crate::error::OpenError;

const FORMAT_FILE: &str = "FORMAT";
const LOCK_FILE: &str = "LOCK";

/// An owned data directory. Dropping it lets another process have it.
#[derive(Debug)]
pub(crate) struct DataDirectory {
    path: PathBuf,
    // Its advisory lock ends with the process, also when that is killed.
    lock: File,
}

impl Drop for DataDirectory {
    fn drop(&mut self) {
        // Closing the file would do, if no process that is just being started held a copy of the handle.
        if let Err(error) = rustix::fs::flock(&self.lock, FlockOperation::Unlock) {
            tracing::warn!(%error, path = %self.path.display(), "cannot unlock the data directory");
        }
    }
}

impl DataDirectory {
    /// Takes `path`, creating it if need be. `format` names kind and version of what is kept in it; a directory that
    /// says otherwise is refused, and so is one that says nothing but holds files.
    pub(crate) fn open(path: &Path, format: &str) -> Result<DataDirectory, OpenError> {
        fs::create_dir_all(path).map_err(file_error("create", path))?;
        let directory = DataDirectory::lock(path)?;
        check_format(path, format)?;
        Ok(directory)
    }

    /// Takes a directory that is there, whatever is in it.
    pub(crate) fn lock(path: &Path) -> Result<DataDirectory, OpenError> {
        let lock_path = path.join(LOCK_FILE);
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock_path)
            .map_err(file_error("write", &lock_path))?;
        match rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Err(OpenError::Locked { path: path.to_owned() }),
            Err(errno) => return Err(file_error("lock", &lock_path)(errno.into())),
        }
        Ok(DataDirectory { path: path.to_owned(), lock })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Makes created, renamed and removed names in a directory durable.
pub(crate) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Wraps the failure of `operation` on `path`.
pub(crate) fn file_error(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> OpenError {
    let path = path.to_owned();
    move |source| OpenError::File { operation, path, source }
}

/// Written aside and renamed: the file is there as a whole, or not at all. Durable on return.
pub(crate) fn write_file(dir: &Path, name: &str, text: &str) -> Result<(), OpenError> {
    let path = dir.join(name);
    let write = || {
        let aside = dir.join(format!("{name}.new"));
        let mut file = File::create(&aside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&aside, &path)?;
        sync_directory(dir)
    };
    write().map_err(file_error("write", &path))
}

/// Removes a file that may be gone already. Durable on return.
pub(crate) fn remove_file(dir: &Path, name: &str) -> Result<(), OpenError> {
    let path = dir.join(name);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(file_error("remove", &path)(error)),
        _ => sync_directory(dir).map_err(file_error("synchronise", dir)),
    }
}

fn check_format(path: &Path, format: &str) -> Result<(), OpenError> {
    let format_path = path.join(FORMAT_FILE);
    let refuse = |found: &str| {
        Err(OpenError::OtherFormat { path: path.to_owned(), found: found.to_owned(), expected: format.to_owned() })
    };
    match fs::read(&format_path) {
        Ok(found) if found.trim_ascii() == format.as_bytes() => Ok(()),
        Ok(found) => refuse(String::from_utf8_lossy(&found[..found.len().min(80)]).trim()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut entries = fs::read_dir(path).map_err(file_error("list", path))?;
            let is_ours = |name: &std::ffi::OsStr| name == LOCK_FILE || name.to_string_lossy().starts_with(FORMAT_FILE);
            if entries.any(|entry| entry.is_ok_and(|entry| !is_ours(&entry.file_name()))) {
                return refuse("files of another kind");
            }
            write_format(path, &format_path, format).map_err(file_error("write", &format_path))
        }
        Err(error) => Err(file_error("read", &format_path)(error)),
    }
}

// Written aside and renamed, so that a crash leaves either no format file or a whole one.
fn write_format(path: &Path, format_path: &Path, format: &str) -> io::Result<()> {
    let aside = path.join(format!("{FORMAT_FILE}.new"));
    let mut file = File::create(&aside)?;
    writeln!(file, "{format}")?;
    file.sync_all()?;
    fs::rename(&aside, format_path)?;
    sync_directory(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_has_one_owner() {
        let dir = tempfile::tempdir().unwrap();
        let first = DataDirectory::open(dir.path(), "test 1").unwrap();
        assert!(matches!(DataDirectory::open(dir.path(), "test 1"), Err(OpenError::Locked { .. })));
        drop(first);
        DataDirectory::open(dir.path(), "test 1").unwrap();
    }

    #[test]
    fn another_format_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        drop(DataDirectory::open(dir.path(), "test 1").unwrap());
        let error = DataDirectory::open(dir.path(), "test 2").unwrap_err().to_string();
        assert!(error.contains("holds 'test 1'") && error.contains("'test 2'"), "{error}");
    }

    #[test]
    fn files_without_a_format_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("precious"), "data").unwrap();
        assert!(matches!(DataDirectory::open(dir.path(), "test 1"), Err(OpenError::OtherFormat { .. })));
    }

    #[test]
    fn a_crash_while_the_format_is_written_is_no_obstacle() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("FORMAT.new"), "te").unwrap();
        DataDirectory::open(dir.path(), "test 1").unwrap();
    }

    #[test]
    fn a_place_that_cannot_be_written_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        let error = DataDirectory::open(&file.join("ledger"), "test 1").unwrap_err();
        assert!(matches!(error, OpenError::File { operation: "create", .. }), "{error}");
    }
}
