//! Gzipped tar archives with the headers that Go's library writes, so that equal contents are equal archives.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};

use super::{PlatformError, SOURCE_BYTES_MAX, failed};

/// Owner and group of what is packed from files.
const OWNER: u64 = 500;
const FILE_MODE: u32 = 0o100_644;
const PROGRAM_MODE: u32 = 0o100_755;
const DIRECTORY_MODE: u32 = 0o040_755;

/// An inner archive in the making.
pub(super) struct Archive {
    root: PathBuf,
    tar: tar::Builder<GzEncoder<Vec<u8>>>,
    left: u64,
    files: usize,
}

impl Archive {
    /// `root` is what errors call the whole.
    pub(super) fn new(root: &Path) -> Self {
        Archive { root: root.to_owned(), tar: tar::Builder::new(gzip()), left: SOURCE_BYTES_MAX, files: 0 }
    }

    /// Adds a directory.
    pub(super) fn directory(&mut self, name: &str) -> Result<(), PlatformError> {
        let header = header(tar::EntryType::Directory, 0, DIRECTORY_MODE, OWNER);
        append(&mut self.tar, header, &format!("{name}/"), io::empty()).map_err(PlatformError::Archive)
    }

    /// Adds a file, which counts as no program.
    pub(super) fn file(&mut self, name: &str, path: &Path) -> Result<(), PlatformError> {
        self.add(name, path, |_| FILE_MODE)
    }

    /// Adds a file that may be run if it may be run where it lies.
    pub(super) fn file_or_program(&mut self, name: &str, path: &Path) -> Result<(), PlatformError> {
        self.add(name, path, |mode| if mode & 0o111 == 0 { FILE_MODE } else { PROGRAM_MODE })
    }

    fn add(&mut self, name: &str, path: &Path, mode: impl Fn(u32) -> u32) -> Result<(), PlatformError> {
        let file = File::open(path).map_err(failed(path))?;
        let attributes = file.metadata().map_err(failed(path))?;
        if !attributes.is_file() {
            return Err(failed(path)(io::Error::other("it is not a regular file")));
        }
        let length = attributes.len();
        self.left = self.left.checked_sub(length).ok_or_else(|| PlatformError::TooLarge(self.root.clone()))?;
        let mut contents = Vec::new();
        file.take(length).read_to_end(&mut contents).map_err(failed(path))?;
        let mode = mode(attributes.permissions().mode());
        let header = header(tar::EntryType::Regular, contents.len() as u64, mode, OWNER);
        self.files += 1;
        append(&mut self.tar, header, name, &contents[..]).map_err(PlatformError::Archive)
    }

    /// The archive; an error when it holds no file.
    pub(super) fn finish(self) -> Result<Vec<u8>, PlatformError> {
        if self.files == 0 {
            return Err(PlatformError::Empty(self.root));
        }
        self.tar.into_inner().and_then(GzEncoder::finish).map_err(PlatformError::Archive)
    }
}

/// An archive of a few files in memory.
pub(super) fn of(files: &[(&str, &[u8])]) -> io::Result<Vec<u8>> {
    let mut tar = tar::Builder::new(gzip());
    for (name, contents) in files {
        let header = header(tar::EntryType::Regular, contents.len() as u64, FILE_MODE, 0);
        append(&mut tar, header, name, *contents)?;
    }
    tar.into_inner().and_then(GzEncoder::finish)
}

fn gzip() -> GzEncoder<Vec<u8>> {
    GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::default())
}

fn header(kind: tar::EntryType, size: u64, mode: u32, owner: u64) -> tar::Header {
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(mode);
    header.set_uid(owner);
    header.set_gid(owner);
    header.set_mtime(0);
    if let Some(ustar) = header.as_ustar_mut() {
        ustar.set_device_major(0);
        ustar.set_device_minor(0);
    }
    header
}

fn append<W: Write>(
    tar: &mut tar::Builder<W>,
    mut header: tar::Header,
    name: &str,
    contents: impl Read,
) -> io::Result<()> {
    if header.set_path(name).is_err() {
        // Too long for the header: it goes into an extension before it.
        tar.append_pax_extensions([("path", name.as_bytes())])?;
        let end = name.len().saturating_sub(100);
        let short = (end..name.len()).find(|start| name.is_char_boundary(*start)).unwrap_or(name.len());
        header.set_path(name[short..].trim_start_matches('/'))?;
    }
    // Six digits, a zero and a blank, as Go writes it; the usual way is seven digits and a zero.
    header.set_cksum();
    let sum = header.cksum()?;
    let text = format!("{sum:06o}\0 ");
    header.as_old_mut().cksum.copy_from_slice(text.as_bytes());
    tar.append(&header, contents)
}
