//! Filling the directory of a new ledger from a snapshot.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use rocksdb::WriteBatch;

use super::{Metadata, Origin};
use crate::block_store::{BlockStore, FirstBlock};
use crate::data_dir::{DataDirectory, sync_directory};
use crate::database::{self, Database, Family};
use crate::error::SnapshotError;
use crate::ledger::{BLOCKS_DIR, CONFIG_KEY, CONFIG_NAMESPACE, FORMAT, LedgerOptions, STATE_DIR};
use crate::snapshot_files::{
    COLLECTIONS, CountedReader, PRIVATE_HASHES, PUBLIC_STATE, SIGNABLE_METADATA, StateReader, StateRecord, TX_IDS,
};
use crate::state::{Version, VersionedValue};

/// Writes are handed to the database in pieces of about this size.
const BATCH_BYTES: usize = 1 << 20;
/// In the names of namespaces that are not public; stands in no name of a chaincode or collection.
const PRIVATE_MARK: &str = "$$";
const HASHES_MARK: &str = "$$h";

/// Makes a ledger in the empty directory `dir` from a snapshot whose hashes were verified. Durable on return. Gives the
/// channel's configuration: the payload of its last configuration transaction.
pub(crate) fn import(
    snapshot: &Path,
    metadata: &Metadata,
    dir: &Path,
    options: &LedgerOptions,
    stop: &AtomicBool,
) -> Result<Bytes, SnapshotError> {
    let origin = metadata.origin().ok_or_else(|| SnapshotError::Damaged {
        path: snapshot.join(SIGNABLE_METADATA),
        detail: "a hash or the number of the last block makes no sense".to_owned(),
    })?;
    let _directory = DataDirectory::open(dir, FORMAT).map_err(SnapshotError::Open)?;
    BlockStore::create_from(&dir.join(BLOCKS_DIR), first_block(&origin)).map_err(SnapshotError::Open)?;
    let database = Database::open(&dir.join(STATE_DIR), metadata.channel_id(), options).map_err(SnapshotError::Open)?;
    let mut importer = Importer { database: &database, batch: WriteBatch::default(), stop };
    importer.tx_ids(snapshot)?;
    importer.collections(snapshot)?;
    let config = importer.public_state(snapshot)?;
    importer.private_hashes(snapshot)?;
    importer.write()?;
    database.finish_import(origin.last_block + 1).map_err(SnapshotError::Database)?;
    drop(database);
    metadata.write(dir).map_err(SnapshotError::Open)?;
    let synchronised = sync_directory(dir);
    synchronised.map_err(|source| SnapshotError::File { operation: "synchronise", path: dir.to_owned(), source })?;
    config.ok_or(SnapshotError::NoConfig)
}

fn first_block(origin: &Origin) -> FirstBlock {
    let previous_hash = origin.tip.hash.as_ref().try_into().expect("the length of the hash was looked at");
    FirstBlock { number: origin.last_block + 1, previous_hash }
}

struct Importer<'a> {
    database: &'a Database,
    batch: WriteBatch,
    stop: &'a AtomicBool,
}

impl Importer<'_> {
    fn tx_ids(&mut self, snapshot: &Path) -> Result<(), SnapshotError> {
        let Some(mut file) = CountedReader::open(snapshot, TX_IDS)? else { return Ok(()) };
        while let Some([tx_id]) = file.read_next()? {
            let tx_id = str::from_utf8(&tx_id).map_err(|_| file.damaged("an id is no UTF-8"))?;
            // The id is all there is to know.
            self.put(Family::Index, &database::tx_key(tx_id), &[])?;
        }
        Ok(())
    }

    fn collections(&mut self, snapshot: &Path) -> Result<(), SnapshotError> {
        let Some(mut file) = CountedReader::open(snapshot, COLLECTIONS)? else { return Ok(()) };
        while let Some([key, package]) = file.read_next()? {
            self.put(Family::Collections, &key, &package)?;
        }
        Ok(())
    }

    /// Gives the value of the channel's configuration.
    fn public_state(&mut self, snapshot: &Path) -> Result<Option<Bytes>, SnapshotError> {
        let mut config = None;
        let Some(mut file) = StateReader::open(snapshot, PUBLIC_STATE)? else { return Ok(config) };
        while let Some((namespace, record)) = file.read_next()? {
            let key = str::from_utf8(&record.key).ok().filter(|_| !namespace.contains(PRIVATE_MARK));
            if key == Some(CONFIG_KEY) && namespace == CONFIG_NAMESPACE {
                config = Some(record.value.clone());
            }
            let key = key.map(|key| database::state_key(namespace, key));
            let key = key.ok_or_else(|| file.damaged("a record is none of public state"))?;
            let value = versioned(record).ok_or_else(|| file.damaged("a version is malformed"))?;
            self.put(Family::State, &key, &value.encode())?;
        }
        Ok(config)
    }

    fn private_hashes(&mut self, snapshot: &Path) -> Result<(), SnapshotError> {
        let Some(mut file) = StateReader::open(snapshot, PRIVATE_HASHES)? else { return Ok(()) };
        while let Some((namespace, record)) = file.read_next()? {
            let names = namespace.split_once(HASHES_MARK);
            let names = names.filter(|(chaincode, collection)| {
                !chaincode.is_empty() && !collection.is_empty() && !collection.contains(PRIVATE_MARK)
            });
            let key = names.map(|(chaincode, collection)| database::hashed_key(chaincode, collection, &record.key));
            let key = key.ok_or_else(|| file.damaged("a namespace is none of a collection"))?;
            let value = versioned(record).ok_or_else(|| file.damaged("a version is malformed"))?;
            self.put(Family::State, &key, &value.encode())?;
        }
        Ok(())
    }

    fn put(&mut self, family: Family, key: &[u8], value: &[u8]) -> Result<(), SnapshotError> {
        self.batch.put_cf(self.database.family(family), key, value);
        if self.batch.size_in_bytes() >= BATCH_BYTES { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<(), SnapshotError> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(SnapshotError::Stopped);
        }
        self.database.import(std::mem::take(&mut self.batch)).map_err(SnapshotError::Database)
    }
}

fn versioned(record: StateRecord) -> Option<VersionedValue> {
    let StateRecord { value, metadata, version, .. } = record;
    let (read, taken) = Version::read(&version)?;
    (taken == version.len()).then_some(VersionedValue { value, metadata, version: read })
}
