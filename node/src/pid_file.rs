//! The number of the process, in a file for scripts.

use std::path::{Path, PathBuf};
use std::{fs, io, process};

/// A file with the number of this process, which is removed when the value is dropped.
#[derive(Debug)]
pub struct PidFile {
    path: PathBuf,
}

impl PidFile {
    /// Writes the file. What an earlier process left there is replaced: whether that still runs is for the locks of its
    /// data to say.
    pub fn write(path: &Path) -> io::Result<PidFile> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, process::id().to_string())?;
        Ok(PidFile { path: path.to_owned() })
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        // Another process may have taken the file over, and then it is that one's.
        let own = fs::read_to_string(&self.path).is_ok_and(|content| content == process::id().to_string());
        if own && let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "cannot remove the file with the process' number");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_file_is_replaced_and_a_foreign_one_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("data/peer.pid");
        fs::create_dir(folder.path().join("data")).expect("made");
        fs::write(&path, "1").expect("written");
        let file = PidFile::write(&path).expect("replaced");
        assert_eq!(fs::read_to_string(&path).expect("there"), process::id().to_string());
        drop(file);
        assert!(!path.exists());
        let file = PidFile::write(&path).expect("written");
        fs::write(&path, "1").expect("taken over");
        drop(file);
        assert!(path.exists());
    }
}
