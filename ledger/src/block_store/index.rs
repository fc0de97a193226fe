//! Where each block is: a file of fixed entries, so that a look-up is one read and opening reads almost nothing.
//!
//! An entry is written after its block is durable and never before. Whatever the index lists was durable once, which is
//! what tells damage from an append that a crash cut short.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use parking_lot::RwLock;

use crate::error::ReadError;

const ENTRY_BYTES: u64 = 16;

/// Where a block's bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Location {
    /// Which segment file.
    pub(crate) segment: u32,
    /// How many bytes; never zero.
    pub(crate) length: u32,
    /// Where the serialized block starts, behind the length of its record.
    pub(crate) offset: u64,
}

/// The locations of consecutive blocks.
pub(crate) struct BlockIndex {
    path: PathBuf,
    /// The number of the first block that it can list.
    first: u64,
    file: File,
    tail: RwLock<Tail>,
}

// Entries that the file has not taken, for instance because the disk is full. Usually there are none.
struct Tail {
    written: u64,
    unwritten: Vec<Location>,
}

impl BlockIndex {
    /// Opens the index of the blocks from `first` on and counts its entries. Bytes after the last whole, non-zero entry do
    /// not count.
    pub(crate) fn open(path: &Path, first: u64) -> io::Result<BlockIndex> {
        let file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path)?;
        let mut written = file.metadata()?.len() / ENTRY_BYTES;
        // A crash can leave zeros where the last entries were to be.
        while written > 0 && read_entry(&file, written - 1)?.length == 0 {
            written -= 1;
        }
        let tail = RwLock::new(Tail { written, unwritten: Vec::new() });
        Ok(BlockIndex { path: path.to_owned(), first, file, tail })
    }

    /// The number of the first block behind those that it lists.
    pub(crate) fn end(&self) -> u64 {
        let tail = self.tail.read();
        self.first + tail.written + tail.unwritten.len() as u64
    }

    /// The location of block `number`, which must be listed.
    pub(crate) fn get(&self, number: u64) -> Result<Location, ReadError> {
        let missing = || ReadError::Damaged {
            what: format!("the location of block {number}"),
            detail: "it is not in the index".to_owned(),
        };
        let entry = number.checked_sub(self.first).ok_or_else(missing)?;
        let tail = self.tail.read();
        if let Some(place) = entry.checked_sub(tail.written) {
            return tail.unwritten.get(place as usize).copied().ok_or_else(missing);
        }
        drop(tail);
        read_entry(&self.file, entry).map_err(|source| ReadError::File { path: self.path.clone(), source })
    }

    /// The number of the first block that is not in a segment before `segment`. Entries are in segment order.
    pub(crate) fn end_before(&self, segment: u32) -> Result<u64, ReadError> {
        let (mut low, mut high) = (self.first, self.end());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.get(middle)?.segment < segment {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    /// Lists the blocks from `first` on, whose records are durable, and forgets what it listed from there before.
    ///
    /// A file that takes no entries is no error: they stay in memory, are tried again next time, and can be found by
    /// reading the segments.
    pub(crate) fn replace_from(&self, first: u64, locations: &[Location]) {
        let entries = first.saturating_sub(self.first);
        let mut tail = self.tail.write();
        if let Some(kept) = entries.checked_sub(tail.written) {
            tail.unwritten.truncate(kept as usize);
        } else {
            tail.written = entries;
            tail.unwritten.clear();
        }
        tail.unwritten.extend_from_slice(locations);
        if let Err(error) = self.write_tail(&mut tail) {
            tracing::warn!(%error, path = %self.path.display(), "cannot extend the block index, keeping it in memory");
        }
    }

    /// Makes all entries durable.
    pub(crate) fn sync(&self) -> io::Result<()> {
        let mut tail = self.tail.write();
        self.write_tail(&mut tail)?;
        self.file.set_len(tail.written * ENTRY_BYTES)?;
        self.file.sync_data()
    }

    fn write_tail(&self, tail: &mut Tail) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(tail.unwritten.len() * ENTRY_BYTES as usize);
        for location in &tail.unwritten {
            bytes.extend_from_slice(&location.segment.to_le_bytes());
            bytes.extend_from_slice(&location.length.to_le_bytes());
            bytes.extend_from_slice(&location.offset.to_le_bytes());
        }
        self.file.write_all_at(&bytes, tail.written * ENTRY_BYTES)?;
        tail.written += tail.unwritten.len() as u64;
        tail.unwritten.clear();
        Ok(())
    }
}

fn read_entry(file: &File, place: u64) -> io::Result<Location> {
    let mut bytes = [0; ENTRY_BYTES as usize];
    file.read_exact_at(&mut bytes, place * ENTRY_BYTES)?;
    let (segment, rest) = bytes.split_first_chunk().expect("an entry has 16 bytes");
    let (length, offset) = rest.split_first_chunk().expect("12 bytes are left");
    Ok(Location {
        segment: u32::from_le_bytes(*segment),
        length: u32::from_le_bytes(*length),
        offset: u64::from_le_bytes(offset.try_into().expect("8 bytes are left")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(segment: u32) -> Location {
        Location { segment, length: 10, offset: u64::from(segment) << 40 | 5 }
    }

    fn check(first: u64) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("index");
        let index = BlockIndex::open(&path, first).unwrap();
        index.replace_from(first, &[0, 0, 1, 1, 1, 3].map(location));
        index.sync().unwrap();
        assert_eq!(index.end_before(1).unwrap(), first + 2);
        assert_eq!(index.end_before(3).unwrap(), first + 5);
        assert_eq!(index.end_before(4).unwrap(), first + 6);
        index.file.set_len(6 * ENTRY_BYTES + 40).unwrap();
        let again = BlockIndex::open(&path, first).unwrap();
        assert_eq!(again.end(), first + 6);
        assert_eq!(again.get(first + 5).unwrap(), location(3));
        assert!(again.get(first + 6).is_err());
        again.replace_from(first + 2, &[location(9)]);
        assert_eq!((again.end(), again.get(first + 2).unwrap()), (first + 3, location(9)));
    }

    #[test]
    fn entries_survive_and_zeros_do_not_count() {
        check(0);
        check(70);
    }
}
