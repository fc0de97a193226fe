//! Writing a snapshot's files. A finished file is durable, read-only, and its hash is known.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use proto::{Digest, Sha256};

use super::{FORMAT, FilePair};

/// What is written is never changed again.
const MODE: u32 = 0o444;
const BUFFER_BYTES: usize = 64 << 10;

/// A file that is being written.
pub(crate) struct FileWriter {
    output: BufWriter<File>,
    hasher: Sha256,
}

impl FileWriter {
    /// Creates the file `name`, which must not exist.
    pub(crate) fn create(dir: &Path, name: &str) -> io::Result<FileWriter> {
        let file = create_new(&dir.join(name))?;
        let output = BufWriter::with_capacity(BUFFER_BYTES, file);
        let mut writer = FileWriter { output, hasher: Sha256::default() };
        writer.write(&[FORMAT])?;
        Ok(writer)
    }

    pub(crate) fn push_number(&mut self, number: u64) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(10);
        prost::encoding::encode_varint(number, &mut bytes);
        self.write(&bytes)
    }

    pub(crate) fn push_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.push_number(bytes.len() as u64)?;
        self.write(bytes)
    }

    /// Makes the file durable.
    pub(crate) fn finish(self) -> io::Result<Digest> {
        let file = self.output.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        Ok(self.hasher.finish())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.output.write_all(bytes)
    }
}

/// A file with records of one kind, and the file that counts them.
pub(crate) struct CountedFile {
    pair: FilePair,
    data: FileWriter,
    count: u64,
}

impl CountedFile {
    pub(crate) fn create(dir: &Path, pair: FilePair) -> io::Result<CountedFile> {
        Ok(CountedFile { pair, data: FileWriter::create(dir, pair.data)?, count: 0 })
    }

    /// Adds a record that consists of these strings of bytes.
    pub(crate) fn push(&mut self, parts: &[&[u8]]) -> io::Result<()> {
        self.count += 1;
        parts.iter().try_for_each(|part| self.data.push_bytes(part))
    }

    /// Makes both files durable; gives their hashes by their names.
    pub(crate) fn finish(self, dir: &Path) -> io::Result<[(&'static str, Digest); 2]> {
        let data = self.data.finish()?;
        let mut metadata = FileWriter::create(dir, self.pair.metadata)?;
        metadata.push_number(self.count)?;
        Ok([(self.pair.data, data), (self.pair.metadata, metadata.finish()?)])
    }
}

/// Writes a whole file that must not exist; durable on return.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn create_new(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(MODE).open(path)
}
