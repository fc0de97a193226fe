//! A package's contents as files, for programs that build them.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use super::{CODE_FILE, EntryKind, MAX_METADATA_BYTES, METADATA_FILE};
use super::{Package, PackageError, for_each_entry, for_each_file, read_bounded};

/// Directories are their owner's alone.
const DIRECTORY_MODE: u32 = 0o700;

impl Package {
    /// The text of `metadata.json` as it lies in the package, with everything that this crate does not know.
    pub fn description(&self) -> Result<Vec<u8>, PackageError> {
        let mut found = None;
        for_each_file(&self.bytes, "the package", |name, contents| {
            if name == METADATA_FILE {
                found = Some(read_bounded(contents, MAX_METADATA_BYTES, METADATA_FILE)?);
            }
            Ok(())
        })?;
        found.ok_or(PackageError::NotOne(METADATA_FILE))
    }

    /// Lays out the inner archive below `dir`, which must be empty. Only files and directories are in it, and nothing is
    /// written elsewhere.
    pub fn unpack(&self, dir: &Path) -> Result<(), PackageError> {
        let failed = |path: &Path, source| PackageError::Unpack { path: path.to_owned(), source };
        for_each_entry(&self.code, CODE_FILE, |entry, contents| {
            let path = dir.join(entry.name);
            match entry.kind {
                EntryKind::Directory => create_dirs(&path).map_err(|source| failed(&path, source)),
                EntryKind::File { mode } => {
                    let written = path.parent().map_or(Ok(()), create_dirs).and_then(|()| write(&path, mode, contents));
                    written.map_err(|source| failed(&path, source))
                }
            }
        })
    }
}

fn create_dirs(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(DIRECTORY_MODE).create(path)
}

/// The owner can always read it and remove it; what the package says beyond that counts, but no set-user bits.
fn write(path: &Path, mode: u32, contents: &mut dyn io::Read) -> io::Result<()> {
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode((mode & 0o777) | 0o600).open(path)?;
    io::copy(contents, &mut file).map(drop)
}
