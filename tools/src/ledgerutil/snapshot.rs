//! A snapshot's folder: what its metadata says, and the records of its files.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use prost::Message;
use serde::Deserialize;

use crate::command_line::{self, open_error};

/// The file that peers agree on.
const SIGNABLE_METADATA: &str = "_snapshot_signable_metadata.json";

/// With what every file begins.
const FORMAT: u8 = 1;

/// The longest record that is read, in bytes. No value is longer than a block.
const RECORD_BYTES_MAX: u64 = 128 << 20;

/// How many namespaces a file may have. Each chaincode and each collection is one.
const NAMESPACES_MAX: u64 = 1 << 20;

/// What a snapshot is of.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Metadata {
    pub channel_name: String,
    pub last_block_number: u64,
    pub last_block_hash: String,
    #[serde(rename = "snapshot_files_raw_hashes")]
    pub hashes: BTreeMap<String, String>,
    pub state_db_type: String,
}

impl Metadata {
    /// Reads the metadata of a snapshot.
    pub fn read(snapshot: &Path) -> Result<Metadata, String> {
        let path = snapshot.join(SIGNABLE_METADATA);
        let bytes = command_line::read(Some(&path)).map_err(|error| open_error(&path, &error))?;
        serde_json::from_slice(&bytes).map_err(|error| {
            format!("{} is no metadata of a snapshot: {error}; make the snapshot anew", path.display())
        })
    }

    /// The hash of a file, or nothing if the snapshot has none.
    pub fn hash(&self, file: &str) -> Option<&String> {
        self.hashes.get(file)
    }
}

/// One key of the state (`privacyenabledstate.SnapshotRecord`).
#[derive(Clone, PartialEq, Message)]
pub struct Record {
    /// The key, or its hash.
    #[prost(bytes = "bytes", tag = "1")]
    pub key: Bytes,
    /// The value, or its hash.
    #[prost(bytes = "bytes", tag = "2")]
    pub value: Bytes,
    /// Metadata such as policies, marshalled.
    #[prost(bytes = "bytes", tag = "3")]
    pub metadata: Bytes,
    /// Block and transaction of the last write, as order-preserving numbers.
    #[prost(bytes = "bytes", tag = "4")]
    pub version: Bytes,
}

/// A file's records, in order. A snapshot without the file has none.
#[derive(Debug)]
pub struct Records {
    data: Option<Source>,
    /// Namespaces still to come, with the number of their records, the next one last.
    namespaces: Vec<(Bytes, u64)>,
}

impl Records {
    /// Opens `NAME.data` with `NAME.metadata`.
    pub fn open(snapshot: &Path, name: &str) -> Result<Records, String> {
        let data = snapshot.join(format!("{name}.data"));
        if !data.exists() {
            return Ok(Records { data: None, namespaces: Vec::new() });
        }
        let data = Source::open(&data).map_err(|error| format!("error while opening data file: {error}"))?;
        let metadata = Source::open(&snapshot.join(format!("{name}.metadata")));
        let mut metadata = metadata.map_err(|error| format!("error while opening metadata file: {error}"))?;
        let count = metadata.number().map_err(|error| format!("error while reading num-rows in metadata: {error}"))?;
        if count > NAMESPACES_MAX {
            return Err(metadata.damaged("it claims more namespaces than a channel can have"));
        }
        let mut namespaces = Vec::new();
        for _ in 0..count {
            let name = metadata.bytes().map_err(|error| format!("error while reading namespace name: {error}"))?;
            let records = metadata.number().map_err(|error| {
                let name = String::from_utf8_lossy(&name);
                format!("error while reading num entries for the namespace [{name}]: {error}")
            })?;
            namespaces.push((name, records));
        }
        namespaces.reverse();
        Ok(Records { data: Some(data), namespaces })
    }

    /// The next record with its namespace; nothing at the end.
    pub fn read_next(&mut self) -> Result<Option<(Bytes, Record)>, String> {
        let Some(data) = &mut self.data else { return Ok(None) };
        while let Some((namespace, left)) = self.namespaces.last_mut() {
            if *left == 0 {
                self.namespaces.pop();
                continue;
            }
            *left -= 1;
            let record = data.bytes().and_then(|bytes| {
                Record::decode(bytes).map_err(|error| data.damaged(&format!("a record does not decode ({error})")))
            });
            let record =
                record.map_err(|error| format!("error while retrieving record from snapshot file: {error}"))?;
            return Ok(Some((namespace.clone(), record)));
        }
        Ok(None)
    }
}

/// A file of a snapshot.
#[derive(Debug)]
struct Source {
    path: PathBuf,
    reader: BufReader<File>,
}

impl Source {
    fn open(path: &Path) -> Result<Source, String> {
        let failed = |error: io::Error| {
            format!("error while opening the snapshot file: {}: {}", path.display(), open_error(path, &error))
        };
        let reader = BufReader::new(File::open(path).map_err(failed)?);
        let mut source = Source { path: path.to_owned(), reader };
        match source.byte()? {
            FORMAT => Ok(source),
            other => Err(format!("{}: unexpected data format: {other:x}", path.display())),
        }
    }

    fn damaged(&self, reason: &str) -> String {
        format!("{} is damaged: {reason}; make the snapshot anew", self.path.display())
    }

    fn failed(&self, error: &io::Error) -> String {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => self.damaged("it ends too early"),
            _ => format!("error while reading from snapshot file: {}: {error}", self.path.display()),
        }
    }

    fn byte(&mut self) -> Result<u8, String> {
        let next = self.reader.fill_buf().map(|buffer| buffer.first().copied());
        let byte = next.and_then(|byte| byte.ok_or_else(|| io::ErrorKind::UnexpectedEof.into()));
        let byte = byte.map_err(|error| self.failed(&error))?;
        self.reader.consume(1);
        Ok(byte)
    }

    fn number(&mut self) -> Result<u64, String> {
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

    fn bytes(&mut self) -> Result<Bytes, String> {
        let length = self.number()?;
        if length > RECORD_BYTES_MAX {
            return Err(self.damaged("a record is longer than a block can be"));
        }
        // Grows with what is there, not with what is claimed.
        let mut bytes = Vec::new();
        let read = self.reader.by_ref().take(length).read_to_end(&mut bytes);
        let read = read.map_err(|error| self.failed(&error))?;
        match read as u64 == length {
            true => Ok(bytes.into()),
            false => Err(self.failed(&io::ErrorKind::UnexpectedEof.into())),
        }
    }
}
