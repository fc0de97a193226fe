//! Block files read from outside, one record after another: for tools, which look at a store that is damaged or in use.

use std::fs::File;
use std::path::Path;

use bytes::Bytes;

use super::record::{Records, Step};
use super::segments::Segments;
use crate::error::{OpenError, ReadError};

/// The records in the files `blockfile_000000`, … of a directory. Nothing is locked, changed, or checked but the framing,
/// which is Fabric's, too; what a record holds is a serialized `common.Block` here.
pub struct BlockFiles {
    segments: Segments,
    next: u32,
    current: Option<Records<File>>,
}

impl BlockFiles {
    /// Lists the files, which must be numbered from zero without a hole.
    pub fn open(dir: &Path) -> Result<BlockFiles, OpenError> {
        Ok(BlockFiles { segments: Segments::open(dir)?, next: 0, current: None })
    }

    /// The last record; nothing if there is none. Where reading goes on does not change.
    pub fn last(&self) -> Result<Option<Bytes>, ReadError> {
        for segment in (0..self.segments.count_at_open()).rev() {
            let mut last = None;
            let mut records = self.records(segment)?;
            while let Some(block) = self.read(segment, &mut records)? {
                last = Some(block);
            }
            if last.is_some() {
                return Ok(last);
            }
        }
        Ok(None)
    }

    /// The next record; nothing at the end. One that is cut off ends the last file, since its append may be under way;
    /// in an earlier file it is an error.
    pub fn read_next(&mut self) -> Result<Option<Bytes>, ReadError> {
        loop {
            let Some(mut records) = self.current.take() else {
                if self.next == self.segments.count_at_open() {
                    return Ok(None);
                }
                self.current = Some(self.records(self.next)?);
                self.next += 1;
                continue;
            };
            if let Some(block) = self.read(self.next - 1, &mut records)? {
                self.current = Some(records);
                return Ok(Some(block));
            }
        }
    }

    fn records(&self, segment: u32) -> Result<Records<File>, ReadError> {
        let path = self.segments.path(segment);
        let open = || {
            let file = File::open(&path)?;
            let size = file.metadata()?.len();
            Ok(Records::new(file, size))
        };
        open().map_err(|source| ReadError::File { path: path.clone(), source })
    }

    fn read(&self, segment: u32, records: &mut Records<File>) -> Result<Option<Bytes>, ReadError> {
        let path = || self.segments.path(segment);
        match records.next().map_err(|source| ReadError::File { path: path(), source })? {
            Step::Record { block, .. } => Ok(Some(block)),
            Step::End => Ok(None),
            Step::Torn { .. } if segment + 1 == self.segments.count_at_open() => Ok(None),
            Step::Torn { detail } => {
                let place = records.position();
                Err(ReadError::Damaged { what: format!("the record at {place} of {}", path().display()), detail })
            }
        }
    }
}

impl std::fmt::Debug for BlockFiles {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("BlockFiles").field("next", &self.next).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::record;
    use super::*;

    fn all(dir: &Path) -> Result<Vec<Bytes>, ReadError> {
        let mut files = BlockFiles::open(dir).expect("a store");
        let mut found = Vec::new();
        while let Some(block) = files.read_next()? {
            found.push(block);
        }
        assert_eq!(files.last()?, found.last().cloned());
        Ok(found)
    }

    #[test]
    fn records_of_all_files_and_no_torn_one() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = |number: u32, records: &[&[u8]], rest: &[u8]| {
            let mut bytes = Vec::new();
            records.iter().for_each(|one| record::push(&mut bytes, one));
            bytes.extend_from_slice(rest);
            std::fs::write(dir.path().join(format!("blockfile_{number:06}")), bytes).expect("written");
        };
        assert_eq!(all(dir.path()).expect("empty"), Vec::<Bytes>::new());
        file(0, &[b"a", b"b"], b"");
        file(1, &[b"c"], b"\0\0\0");
        file(2, &[], b"\x05x");
        assert_eq!(all(dir.path()).expect("good"), ["a", "b", "c"]);
        file(0, &[b"a"], b"\x05x");
        let error = all(dir.path()).expect_err("torn").to_string();
        assert!(error.contains("blockfile_000000 is damaged: it is longer than the file"), "{error}");
    }
}
