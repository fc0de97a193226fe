//! The segment files: named, listed, read and extended.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use rustix::fs::FallocateFlags;

use crate::data_dir::{file_error, sync_directory};
use crate::error::{OpenError, ReadError};

const PREFIX: &str = "blockfile_";
/// How many segment files stay open for reading.
const OPEN_SEGMENTS: usize = 16;

/// All segment files of a store.
pub(crate) struct Segments {
    directory: PathBuf,
    count_at_open: u32,
    // Most recently used last.
    open: Mutex<Vec<(u32, Arc<File>)>>,
}

impl Segments {
    /// Lists the segments in `directory`, which must be numbered from zero without a hole.
    pub(crate) fn open(directory: &Path) -> Result<Segments, OpenError> {
        let mut numbers = Vec::new();
        for entry in fs::read_dir(directory).map_err(file_error("list", directory))? {
            let name = entry.map_err(file_error("list", directory))?.file_name();
            if let Some(digits) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) {
                numbers.extend(digits.parse::<u32>());
            }
        }
        numbers.sort_unstable();
        if let Some(missing) = (0..).zip(&numbers).find(|(expected, number)| expected != *number) {
            let detail = format!("{PREFIX}{:06} is missing", missing.0);
            return Err(OpenError::Incomplete { path: directory.to_owned(), detail });
        }
        let count_at_open = numbers.len() as u32;
        Ok(Segments { directory: directory.to_owned(), count_at_open, open: Mutex::new(Vec::new()) })
    }

    /// How many there were when the store was opened.
    pub(crate) fn count_at_open(&self) -> u32 {
        self.count_at_open
    }

    pub(crate) fn path(&self, segment: u32) -> PathBuf {
        self.directory.join(format!("{PREFIX}{segment:06}"))
    }

    /// Reads `length` bytes from `offset` on.
    pub(crate) fn read(&self, segment: u32, offset: u64, length: usize) -> Result<Bytes, ReadError> {
        let read = || {
            let file = self.file(segment)?;
            let mut bytes = vec![0; length];
            file.read_exact_at(&mut bytes, offset)?;
            Ok(bytes.into())
        };
        read().map_err(|source| ReadError::File { path: self.path(segment), source })
    }

    /// Removes all segments after `segment`, the last first, and what is in it from `end` on. Durable on return.
    pub(crate) fn cut(&self, segment: u32, end: u64) -> Result<(), OpenError> {
        for number in (segment + 1..self.count_at_open).rev() {
            let path = self.path(number);
            fs::remove_file(&path).map_err(file_error("remove", &path))?;
        }
        sync_directory(&self.directory).map_err(file_error("synchronise", &self.directory))?;
        let path = self.path(segment);
        let file = OpenOptions::new().write(true).open(&path).map_err(file_error("open", &path))?;
        file.set_len(end).and_then(|()| file.sync_all()).map_err(file_error("truncate", &path))
    }

    /// A handle for reading.
    pub(crate) fn file(&self, segment: u32) -> io::Result<Arc<File>> {
        let mut open = self.open.lock();
        let found = match open.iter().position(|(number, _)| *number == segment) {
            Some(place) => open.remove(place),
            None => (segment, Arc::new(File::open(self.path(segment))?)),
        };
        if open.len() >= OPEN_SEGMENTS {
            open.remove(0);
        }
        let file = Arc::clone(&found.1);
        open.push(found);
        Ok(file)
    }
}

/// The end of the last segment.
pub(crate) struct SegmentWriter {
    number: u32,
    path: PathBuf,
    file: File,
    end: u64,
    // How far the file reaches; zeros from `end` on.
    allocated: u64,
    broken: bool,
}

impl SegmentWriter {
    /// Opens segment `number`, creating it if need be, and removes everything from `end` on.
    pub(crate) fn open(segments: &Segments, number: u32, end: u64) -> Result<SegmentWriter, OpenError> {
        let path = segments.path(number);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(file_error("open", &path))?;
        file.set_len(end).map_err(file_error("truncate", &path))?;
        file.sync_all().map_err(file_error("synchronise", &path))?;
        sync_directory(&segments.directory).map_err(file_error("synchronise", &segments.directory))?;
        Ok(SegmentWriter { number, path, file, end, allocated: end, broken: false })
    }

    /// Gives back preallocated space and starts the next segment.
    pub(crate) fn successor(&mut self, segments: &Segments) -> io::Result<SegmentWriter> {
        self.file.set_len(self.end)?;
        self.allocated = self.end;
        SegmentWriter::open(segments, self.number + 1, 0).map_err(|error| match error {
            OpenError::File { source, .. } => source,
            other => io::Error::other(other),
        })
    }

    pub(crate) fn number(&self) -> u32 {
        self.number
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the next record starts.
    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    /// Whether a failed append could not be undone.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken
    }

    /// Writes `bytes` at the end and makes them durable. After an error the segment is as before, or broken.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.preallocate(self.end + bytes.len() as u64);
        let written = self.file.write_all_at(bytes, self.end).and_then(|()| self.file.sync_data());
        match written {
            Ok(()) => {
                self.end += bytes.len() as u64;
                self.allocated = self.allocated.max(self.end);
            }
            // After a failed fdatasync the kernel may take the pages for clean. Cutting them off and writing them again
            // makes the next fdatasync mean something.
            Err(_) => match self.file.set_len(self.end) {
                Ok(()) => self.allocated = self.end,
                Err(error) => {
                    tracing::error!(%error, path = %self.path.display(), "cannot undo a failed append");
                    self.broken = true;
                }
            },
        }
        written
    }

    // Space that is there already makes an append twice to ten times cheaper than one that extends the file. Grows with
    // the segment, so that small channels stay small. Failing is no error: the write will tell.
    fn preallocate(&mut self, needed: u64) {
        const STEP_BYTES: std::ops::RangeInclusive<u64> = 256 << 10..=16 << 20;
        if needed <= self.allocated {
            return;
        }
        let step = self.end.clamp(*STEP_BYTES.start(), *STEP_BYTES.end());
        let target = needed.next_multiple_of(step);
        let extended =
            rustix::fs::fallocate(&self.file, FallocateFlags::empty(), self.allocated, target - self.allocated);
        if extended.is_ok() {
            self.allocated = target;
        }
    }
}
