//! A store that begins with a later block than block 0, because its ledger began with a snapshot.

use std::fs;
use std::io;
use std::path::Path;

use proto::Digest;

use super::record::Link;
use crate::data_dir::{self, file_error};
use crate::error::OpenError;

/// Holds the number of the first block and the hash of the header before it. A store without it begins with block 0.
const FILE: &str = "FIRST";
/// Longer files are none of ours.
const FILE_BYTES_MAX: u64 = 128;

/// The first block that a store will hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FirstBlock {
    /// Its number.
    pub(crate) number: u64,
    /// The hash of the header before it.
    pub(crate) previous_hash: Digest,
}

impl FirstBlock {
    pub(super) fn link(self) -> Link {
        Link { number: self.number, previous: Some(self.previous_hash) }
    }

    /// What the store in `dir` begins with; nothing when that is block 0.
    pub(crate) fn read(dir: &Path) -> Result<Option<FirstBlock>, OpenError> {
        let path = dir.join(FILE);
        let text = match fs::metadata(&path) {
            Ok(metadata) if metadata.len() <= FILE_BYTES_MAX => fs::read_to_string(&path),
            Ok(_) => Err(io::ErrorKind::InvalidData.into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => Err(error),
        };
        let parsed = text.and_then(|text| Self::parse(&text).ok_or_else(|| io::ErrorKind::InvalidData.into()));
        parsed.map(Some).map_err(file_error("read", &path))
    }

    pub(super) fn write(self, dir: &Path) -> Result<(), OpenError> {
        data_dir::write_file(dir, FILE, &format!("{} {}\n", self.number, hex::encode(self.previous_hash)))
    }

    fn parse(text: &str) -> Option<FirstBlock> {
        let (number, hash) = text.trim().split_once(' ')?;
        let mut previous_hash = Digest::default();
        hex::decode_to_slice(hash, &mut previous_hash).ok()?;
        Some(FirstBlock { number: number.parse().ok()?, previous_hash })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_block_reads_back() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(FirstBlock::read(dir.path()).unwrap(), None);
        let first = FirstBlock { number: 7, previous_hash: [3; 32] };
        first.write(dir.path()).unwrap();
        assert_eq!(FirstBlock::read(dir.path()).unwrap(), Some(first));
        for damaged in ["", "7", "7 03", "x 00", &"7".repeat(200)] {
            fs::write(dir.path().join(FILE), damaged).unwrap();
            assert!(FirstBlock::read(dir.path()).is_err(), "{damaged}");
        }
    }
}
