//! Reading a snapshot's files. They come from outside: nothing is allocated for what they only claim to hold.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use prost::Message;
use proto::Sha256;

use super::{FORMAT, FilePair, StateRecord};
use crate::error::SnapshotError;

/// The longest string of bytes that is read. No value is longer than a block.
const STRING_BYTES_MAX: u64 = 128 << 20;
/// The longest name of a namespace, in bytes.
const NAMESPACE_BYTES_MAX: usize = 1 << 10;
/// How many namespaces a file may have. Each chaincode and each collection is one.
const NAMESPACES_MAX: u64 = 1 << 20;
const BUFFER_BYTES: usize = 64 << 10;

/// A file of a snapshot, read from its beginning to its end.
pub(crate) struct FileReader<R> {
    path: PathBuf,
    reader: BufReader<R>,
}

/// The records of a file, as many as the file beside it counts.
pub(crate) struct CountedReader<R> {
    data: FileReader<R>,
    left: u64,
}

/// Records of the state with their namespaces.
pub(crate) struct StateReader<R> {
    data: FileReader<R>,
    /// Namespaces still to come, with the number of their records, the next one last.
    namespaces: Vec<(String, u64)>,
}

/// Opens a file that has an end. Others, such as pipes, would have the reader wait for ever.
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    // Opening a pipe waits for its writer otherwise.
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = File::options().read(true).custom_flags(flags).open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file")),
    }
}

/// SHA-256 of a whole file, in lower-case hex.
pub(crate) fn hash(path: &Path) -> io::Result<String> {
    let mut reader = BufReader::with_capacity(BUFFER_BYTES, open_regular(path)?);
    let mut hasher = Sha256::default();
    loop {
        let piece = reader.fill_buf()?;
        if piece.is_empty() {
            return Ok(hex::encode(hasher.finish()));
        }
        hasher.update(piece);
        let length = piece.len();
        reader.consume(length);
    }
}

impl FileReader<File> {
    fn open(dir: &Path, name: &str) -> Result<Self, SnapshotError> {
        let path = dir.join(name);
        match open_regular(&path) {
            Ok(file) => FileReader::new(&path, file),
            Err(source) => Err(SnapshotError::File { operation: "open", path, source }),
        }
    }
}

impl<R: Read> FileReader<R> {
    /// Reads from `source`; `path` is for messages.
    fn new(path: &Path, source: R) -> Result<Self, SnapshotError> {
        let mut reader = FileReader { path: path.to_owned(), reader: BufReader::with_capacity(BUFFER_BYTES, source) };
        match reader.byte()? {
            FORMAT => Ok(reader),
            other => Err(reader.damaged(format!("unexpected data format: {other:x}"))),
        }
    }

    fn number(&mut self) -> Result<u64, SnapshotError> {
        let mut value = 0_u64;
        for taken in 0..10 {
            let byte = self.byte()?;
            if taken == 9 && byte > 1 {
                break;
            }
            value |= u64::from(byte & 0x7f) << (7 * taken);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(self.damaged("a number is malformed"))
    }

    fn bytes(&mut self) -> Result<Bytes, SnapshotError> {
        let length = self.number()?;
        if length > STRING_BYTES_MAX {
            return Err(self.damaged("a record is longer than a block can be"));
        }
        // Grows with what is there, not with what is claimed.
        let mut bytes = Vec::new();
        let read = self.reader.by_ref().take(length).read_to_end(&mut bytes);
        let read = read.map_err(|source| self.failed(source))?;
        match read as u64 == length {
            true => Ok(bytes.into()),
            false => Err(self.damaged("it ends too early")),
        }
    }

    fn text(&mut self) -> Result<String, SnapshotError> {
        let bytes = self.bytes()?;
        String::from_utf8(bytes.into()).map_err(|_| self.damaged("a name is no UTF-8"))
    }

    fn expect_end(&mut self) -> Result<(), SnapshotError> {
        match self.reader.fill_buf() {
            Ok([]) => Ok(()),
            Ok(_) => Err(self.damaged("it is longer than the metadata says")),
            Err(source) => Err(self.failed(source)),
        }
    }

    fn byte(&mut self) -> Result<u8, SnapshotError> {
        let mut byte = [0];
        match self.reader.read_exact(&mut byte) {
            Ok(()) => Ok(byte[0]),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(self.damaged("it ends too early")),
            Err(source) => Err(self.failed(source)),
        }
    }

    pub(crate) fn damaged(&self, detail: impl Into<String>) -> SnapshotError {
        SnapshotError::Damaged { path: self.path.clone(), detail: detail.into() }
    }

    fn failed(&self, source: io::Error) -> SnapshotError {
        SnapshotError::File { operation: "read", path: self.path.clone(), source }
    }
}

impl CountedReader<File> {
    /// Opens both files; nothing when the snapshot has no such records.
    pub(crate) fn open(dir: &Path, pair: FilePair) -> Result<Option<Self>, SnapshotError> {
        if !dir.join(pair.data).exists() {
            return Ok(None);
        }
        let (data, metadata) = (FileReader::open(dir, pair.data)?, FileReader::open(dir, pair.metadata)?);
        CountedReader::new(data, metadata).map(Some)
    }
}

impl<R: Read> CountedReader<R> {
    fn new(data: FileReader<R>, mut metadata: FileReader<R>) -> Result<Self, SnapshotError> {
        let left = metadata.number()?;
        metadata.expect_end()?;
        Ok(CountedReader { data, left })
    }

    /// The next record of `N` strings of bytes; nothing at the end.
    pub(crate) fn read_next<const N: usize>(&mut self) -> Result<Option<[Bytes; N]>, SnapshotError> {
        if self.left == 0 {
            return self.data.expect_end().map(|()| None);
        }
        self.left -= 1;
        let mut record = [const { Bytes::new() }; N];
        for part in &mut record {
            *part = self.data.bytes()?;
        }
        Ok(Some(record))
    }

    /// Says what is wrong with the record that was read last.
    pub(crate) fn damaged(&self, detail: &str) -> SnapshotError {
        self.data.damaged(detail)
    }
}

impl StateReader<File> {
    /// Opens both files; nothing when the snapshot has no such records.
    pub(crate) fn open(dir: &Path, pair: FilePair) -> Result<Option<Self>, SnapshotError> {
        if !dir.join(pair.data).exists() {
            return Ok(None);
        }
        let (data, metadata) = (FileReader::open(dir, pair.data)?, FileReader::open(dir, pair.metadata)?);
        StateReader::new(data, metadata).map(Some)
    }
}

impl<R: Read> StateReader<R> {
    fn new(data: FileReader<R>, mut metadata: FileReader<R>) -> Result<Self, SnapshotError> {
        let count = metadata.number()?;
        if count > NAMESPACES_MAX {
            return Err(metadata.damaged("it claims more namespaces than a channel can have"));
        }
        let mut namespaces = Vec::new();
        for _ in 0..count {
            let name = metadata.text()?;
            if name.len() > NAMESPACE_BYTES_MAX || name.contains('\0') {
                return Err(metadata.damaged("a namespace has a name that no chaincode or collection can have"));
            }
            namespaces.push((name, metadata.number()?));
        }
        metadata.expect_end()?;
        namespaces.reverse();
        Ok(StateReader { data, namespaces })
    }

    /// The next record with its namespace; nothing at the end.
    pub(crate) fn read_next(&mut self) -> Result<Option<(&str, StateRecord)>, SnapshotError> {
        while self.namespaces.last().is_some_and(|(_, left)| *left == 0) {
            self.namespaces.pop();
        }
        let Some((namespace, left)) = self.namespaces.last_mut() else {
            return self.data.expect_end().map(|()| None);
        };
        *left -= 1;
        let bytes = self.data.bytes()?;
        match StateRecord::decode(bytes) {
            Ok(record) => Ok(Some((namespace, record))),
            Err(error) => Err(self.data.damaged(format!("a record does not decode: {error}"))),
        }
    }

    /// Says what is wrong with the record that was read last.
    pub(crate) fn damaged(&self, detail: &str) -> SnapshotError {
        self.data.damaged(detail)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_files_with_an_end_are_opened() {
        for path in ["/dev/zero", "/dev", "/proc/self/fd"] {
            let error = open_regular(Path::new(path)).expect_err(path);
            assert_eq!(error.to_string(), "it is not a regular file", "{path}");
        }
        let folder = tempfile::tempdir().expect("a folder");
        let pipe = folder.path().join("pipe");
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).expect("a pipe");
        assert_eq!(open_regular(&pipe).expect_err("refused").to_string(), "it is not a regular file");
        let file = folder.path().join("file");
        std::fs::write(&file, "text").expect("written");
        assert!(open_regular(&file).is_ok());
    }

    fn reader(bytes: &[u8]) -> Result<FileReader<&[u8]>, SnapshotError> {
        FileReader::new(Path::new("file"), bytes)
    }

    fn states(data: &[u8], metadata: &[u8]) -> Result<Vec<(String, StateRecord)>, SnapshotError> {
        let mut reader = StateReader::new(reader(data)?, reader(metadata)?)?;
        let mut records = Vec::new();
        while let Some((namespace, record)) = reader.read_next()? {
            records.push((namespace.to_owned(), record));
        }
        Ok(records)
    }

    fn texts(data: &[u8], metadata: &[u8]) -> Result<Vec<Bytes>, SnapshotError> {
        let mut reader = CountedReader::new(reader(data)?, reader(metadata)?)?;
        let mut records = Vec::new();
        while let Some([text]) = reader.read_next()? {
            records.push(text);
        }
        Ok(records)
    }

    fn check(data: &[u8], metadata: &[u8], expected: &str) {
        let error = texts(data, metadata).unwrap_err().to_string();
        assert!(error.ends_with(expected), "{error}");
    }

    #[test]
    fn records_are_as_many_as_the_metadata_says() {
        assert_eq!(texts(b"\x01\x01a\x02bc", b"\x01\x02").unwrap(), ["a", "bc"]);
        assert_eq!(states(b"\x01\x03\n\x01k", b"\x01\x01\x02ns\x01").unwrap()[0].0, "ns");
        check(b"", b"\x01\x00", "it ends too early");
        check(b"\x02", b"\x01\x00", "unexpected data format: 2");
        check(b"\x01\x01a", b"\x01\x02", "it ends too early");
        check(b"\x01\x01a\x01b", b"\x01\x01", "it is longer than the metadata says");
        check(b"\x01\x01a", b"\x01\x01\x00", "it is longer than the metadata says");
        check(b"\x01\xff\xff\xff\xff\x07a", b"\x01\x01", "a record is longer than a block can be");
        check(b"\x01", b"\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", "a number is malformed");
        let many = b"\x01\xff\xff\xff\x7f";
        let error = states(b"\x01", many).unwrap_err().to_string();
        assert!(error.ends_with("more namespaces than a channel can have"), "{error}");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(mut data: Vec<u8>, mut metadata: Vec<u8>, is_format: bool) {
            if is_format {
                data.insert(0, FORMAT);
                metadata.insert(0, FORMAT);
            }
            if let Ok(records) = states(&data, &metadata) {
                prop_assert!(records.len() <= data.len());
            }
            if let Ok(records) = texts(&data, &metadata) {
                prop_assert!(records.iter().map(Bytes::len).sum::<usize>() < data.len());
            }
        }
    }
}
