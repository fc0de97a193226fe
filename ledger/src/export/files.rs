//! Writing the files of a snapshot from the database.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use prost::Message;
use proto::Digest;

use super::{ExportError, Tip, file_error};
use crate::data_dir::sync_directory;
use crate::database::{self, Family, copied};
use crate::error::ReadError;
use crate::snapshot::Snapshot;
use crate::snapshot_files::{
    self, ADDITIONAL_METADATA, AdditionalMetadata, COLLECTIONS, CountedFile, FilePair, FileWriter, PRIVATE_HASHES,
    PUBLIC_STATE, SIGNABLE_METADATA, STATE_DB_TYPE, SignableMetadata, StateRecord, TX_IDS,
};
use crate::state::VersionedValue;

/// In namespaces of private values, which no snapshot has.
const PRIVATE_VALUES: &[u8] = b"$$p";
/// In namespaces of the hashes of private values.
const PRIVATE_MARK: &[u8] = b"$$h";
/// Behind all keys: no text begins with it.
const LAST_KEY: &[u8] = &[0xff];

type Hashes = BTreeMap<String, String>;

/// Writes the snapshot of a channel into the empty directory `dir`. Durable on return.
pub(super) fn write(
    snapshot: &Snapshot,
    channel_id: &str,
    tip: &Tip,
    dir: &Path,
    stop: &AtomicBool,
) -> Result<(), ExportError> {
    let mut hashes = Hashes::new();
    write_tx_ids(snapshot, dir, stop, &mut hashes)?;
    write_collections(snapshot, dir, stop, &mut hashes)?;
    write_state(snapshot, dir, stop, &mut hashes)?;
    let signable = snapshot_files::to_json(&SignableMetadata {
        channel_name: channel_id.to_owned(),
        last_block_number: snapshot.height() - 1,
        last_block_hash: hex::encode(&tip.hash),
        previous_block_hash: hex::encode(&tip.previous_hash),
        snapshot_files_raw_hashes: hashes,
        state_db_type: STATE_DB_TYPE.to_owned(),
    });
    let additional = snapshot_files::to_json(&AdditionalMetadata {
        snapshot_hash: hex::encode(proto::sha256([&signable])),
        last_block_commit_hash: hex::encode(&tip.commit_hash),
    });
    for (name, bytes) in [(SIGNABLE_METADATA, signable), (ADDITIONAL_METADATA, additional)] {
        let path = dir.join(name);
        snapshot_files::write_whole(&path, &bytes).map_err(file_error("write", &path))?;
    }
    sync_directory(dir).map_err(file_error("synchronise", dir))
}

/// Puts a snapshot that was written to `temp` in its place. Durable on return.
pub(super) fn publish(temp: &Path, completed: &Path) -> Result<(), ExportError> {
    let channel = completed.parent().unwrap_or(completed);
    fs::create_dir_all(channel).map_err(file_error("create", channel))?;
    if let Some(all) = channel.parent() {
        sync_directory(all).map_err(file_error("synchronise", all))?;
    }
    fs::rename(temp, completed).map_err(file_error("move a snapshot to", completed))?;
    sync_directory(channel).map_err(file_error("synchronise", channel))
}

fn write_tx_ids(snapshot: &Snapshot, dir: &Path, stop: &AtomicBool, hashes: &mut Hashes) -> Result<(), ExportError> {
    let last = database::TX_PREFIX.iter().map(|byte| byte + 1).collect();
    let mut file = Lazy::new(dir, TX_IDS);
    each(snapshot, Family::Index, database::TX_PREFIX, last, stop, |key, _| {
        let tx_id = database::tx_id(key).ok_or_else(|| damaged(key))?;
        file.push(&[tx_id.as_bytes()])
    })?;
    file.finish(hashes)
}

fn write_collections(
    snapshot: &Snapshot,
    dir: &Path,
    stop: &AtomicBool,
    hashes: &mut Hashes,
) -> Result<(), ExportError> {
    let mut file = Lazy::new(dir, COLLECTIONS);
    each(snapshot, Family::Collections, &[], LAST_KEY.to_vec(), stop, |key, package| file.push(&[key, package]))?;
    file.finish(hashes)
}

fn write_state(snapshot: &Snapshot, dir: &Path, stop: &AtomicBool, hashes: &mut Hashes) -> Result<(), ExportError> {
    let (mut public, mut private) = (StateFile::new(dir, PUBLIC_STATE), StateFile::new(dir, PRIVATE_HASHES));
    each(snapshot, Family::State, &[], LAST_KEY.to_vec(), stop, |key, stored| {
        let separator = key.iter().position(|byte| *byte == 0).ok_or_else(|| damaged(key))?;
        let (namespace, name) = (&key[..separator], &key[separator + 1..]);
        if contains(namespace, PRIVATE_VALUES) {
            return Ok(());
        }
        let value = VersionedValue::decode(copied(stored)).ok_or_else(|| damaged(key))?;
        let mut version = Vec::new();
        value.version.push(&mut version);
        let record =
            StateRecord { key: copied(name), value: value.value, metadata: value.metadata, version: version.into() };
        let file = if contains(namespace, PRIVATE_MARK) { &mut private } else { &mut public };
        file.push(namespace, &record)
    })?;
    public.finish(hashes)?;
    private.finish(hashes)
}

/// Calls `take` for every entry from `first` up to but without `last`.
fn each(
    snapshot: &Snapshot,
    family: Family,
    first: &[u8],
    last: Vec<u8>,
    stop: &AtomicBool,
    mut take: impl FnMut(&[u8], &[u8]) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    let mut entries = snapshot.entries(family, first, last);
    let failed = |source| ReadError::Database { what: "what a snapshot holds", source };
    while let Some((key, value)) = entries.item().map_err(failed)? {
        if stop.load(Ordering::Relaxed) {
            return Err(ExportError::Stopped);
        }
        take(key, value)?;
        entries.advance();
    }
    Ok(())
}

/// A pair of files that is there with its first record.
struct Lazy<'a> {
    dir: &'a Path,
    pair: FilePair,
    file: Option<CountedFile>,
}

impl<'a> Lazy<'a> {
    fn new(dir: &'a Path, pair: FilePair) -> Self {
        Lazy { dir, pair, file: None }
    }

    fn push(&mut self, parts: &[&[u8]]) -> Result<(), ExportError> {
        let failed = file_error("write", &self.dir.join(self.pair.data));
        let mut push = || {
            let file = match &mut self.file {
                Some(file) => file,
                none => none.insert(CountedFile::create(self.dir, self.pair)?),
            };
            file.push(parts)
        };
        push().map_err(failed)
    }

    fn finish(self, hashes: &mut Hashes) -> Result<(), ExportError> {
        let Some(file) = self.file else { return Ok(()) };
        let finished = file.finish(self.dir).map_err(file_error("write", &self.dir.join(self.pair.data)))?;
        hashes.extend(finished.map(hash_of_file));
        Ok(())
    }
}

/// Records of the state, counted by namespace.
struct StateFile<'a> {
    dir: &'a Path,
    pair: FilePair,
    data: Option<FileWriter>,
    namespaces: Vec<(Vec<u8>, u64)>,
}

impl<'a> StateFile<'a> {
    fn new(dir: &'a Path, pair: FilePair) -> Self {
        StateFile { dir, pair, data: None, namespaces: Vec::new() }
    }

    fn push(&mut self, namespace: &[u8], record: &StateRecord) -> Result<(), ExportError> {
        match self.namespaces.last_mut() {
            Some((last, count)) if last == namespace => *count += 1,
            _ => self.namespaces.push((namespace.to_vec(), 1)),
        }
        let failed = file_error("write", &self.dir.join(self.pair.data));
        let mut push = || {
            let data = match &mut self.data {
                Some(data) => data,
                none => none.insert(FileWriter::create(self.dir, self.pair.data)?),
            };
            data.push_bytes(&record.encode_to_vec())
        };
        push().map_err(failed)
    }

    fn finish(self, hashes: &mut Hashes) -> Result<(), ExportError> {
        let Some(data) = self.data else { return Ok(()) };
        let finish = || {
            let data = data.finish()?;
            let mut metadata = FileWriter::create(self.dir, self.pair.metadata)?;
            metadata.push_number(self.namespaces.len() as u64)?;
            for (namespace, count) in &self.namespaces {
                metadata.push_bytes(namespace)?;
                metadata.push_number(*count)?;
            }
            Ok([(self.pair.data, data), (self.pair.metadata, metadata.finish()?)])
        };
        let finished = finish().map_err(file_error("write", &self.dir.join(self.pair.data)))?;
        hashes.extend(finished.map(hash_of_file));
        Ok(())
    }
}

fn hash_of_file((name, digest): (&'static str, Digest)) -> (String, String) {
    (name.to_owned(), hex::encode(digest))
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

fn damaged(key: &[u8]) -> ExportError {
    let what = format!("the database's entry {}", key.escape_ascii());
    ReadError::Damaged { what, detail: "it does not decode".to_owned() }.into()
}
