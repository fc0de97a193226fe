//! RocksDB as the ledger uses it: column families, options, and the encoding of keys.
//!
//! Everything that the block files can give again is written without RocksDB's own log. A batch carries the writes of
//! whole blocks together with the savepoint, and all column families are flushed together, so that the files always
//! hold the state after exactly the blocks that the savepoint counts. What the block files do not hold is written
//! with the log, synchronised.

use std::path::Path;

use bytes::Bytes;
use proto::ordered_varint;
use rocksdb::{BlockBasedOptions, Cache, ColumnFamily, ColumnFamilyDescriptor, DB, DBCompressionType, Options};
use rocksdb::{FlushOptions, WriteBatch, WriteOptions};

use crate::error::{OpenError, ReadError};
use crate::ledger::LedgerOptions;
use crate::state_cache::StateCache;

/// The column families.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// `namespace 0 key` to a versioned value; collections have namespaces of their own.
    State,
    /// `namespace 0 length(key) key ~block ~transaction` to where the envelope is in its block.
    History,
    /// `t length(tx_id) tx_id` to the transaction's place and code; `h header_hash` to the block's number.
    Index,
    /// Which collections chaincodes had from which block on, under Fabric's keys.
    Collections,
    /// `block transaction namespace collection` to private writes.
    Private,
    /// `tx_id` to private writes that wait for their block.
    Transient,
    /// The savepoint, the channel, and requests for snapshots.
    Meta,
}

impl Family {
    const ALL: [Family; 7] = [
        Family::State,
        Family::History,
        Family::Index,
        Family::Collections,
        Family::Private,
        Family::Transient,
        Family::Meta,
    ];
    /// Those that the blocks can give again.
    const FROM_BLOCKS: [Family; 4] = [Family::State, Family::History, Family::Index, Family::Collections];

    fn name(self) -> &'static str {
        match self {
            Family::State => "state",
            Family::History => "history",
            Family::Index => "index",
            Family::Collections => "collections",
            Family::Private => "private",
            Family::Transient => "transient",
            Family::Meta => "default",
        }
    }
}

/// How many blocks the state has seen.
const SAVEPOINT_KEY: &[u8] = b"savepoint";
const CHANNEL_KEY: &[u8] = b"channel";
/// What the families that come from blocks hold. What is of another layout is made again from the blocks.
const LAYOUT_KEY: &[u8] = b"layout";
const LAYOUT: &[u8] = b"2";
/// The key of a request for a snapshot begins with it; the block's number follows.
const SNAPSHOT_REQUEST_PREFIX: &[u8] = b"snapshot request ";
/// Memory for what a copy of the database that is only read keeps, in bytes.
const CHECKPOINT_CACHE_BYTES: usize = 1 << 20;

/// The database of one channel.
pub(crate) struct Database {
    db: DB,
    cache: StateCache,
}

impl Database {
    /// Opens the database in `path` or creates it for `channel_id`.
    pub(crate) fn open(path: &Path, channel_id: &str, options: &LedgerOptions) -> Result<Database, OpenError> {
        let failed = |source| OpenError::Database { path: path.to_owned(), source };
        let db = DB::open_cf_descriptors(&database_options(options), path, descriptors(options)).map_err(failed)?;
        let mut database = Database { db, cache: StateCache::new(options.state_cache_bytes, 0) };
        match database.get(Family::Meta, CHANNEL_KEY, "the channel's name")? {
            None => database.put_synced(Family::Meta, CHANNEL_KEY, channel_id.as_bytes()).map_err(failed)?,
            Some(found) if found == channel_id.as_bytes() => {}
            Some(found) => {
                return Err(OpenError::OtherChannel {
                    path: path.to_owned(),
                    found: String::from_utf8_lossy(&found).into_owned(),
                    expected: channel_id.to_owned(),
                });
            }
        }
        if database.get(Family::Meta, LAYOUT_KEY, "the layout")?.as_deref() != Some(LAYOUT) {
            if database.savepoint()? > 0 {
                tracing::info!(
                    channel_id,
                    "the state database is of an older layout and is made again from the blocks"
                );
                database.forget_blocks(options).map_err(failed)?;
            }
            database.put_synced(Family::Meta, LAYOUT_KEY, LAYOUT).map_err(failed)?;
        }
        database.cache = StateCache::new(options.state_cache_bytes, database.savepoint()?);
        Ok(database)
    }

    /// Opens what [`Database::checkpoint`] made, to be read only.
    pub(crate) fn open_checkpoint(path: &Path) -> Result<Database, OpenError> {
        let options = LedgerOptions { cache_bytes: CHECKPOINT_CACHE_BYTES, ..Default::default() };
        let opened = DB::open_cf_descriptors_read_only(&database_options(&options), path, descriptors(&options), false);
        opened
            .map(|db| Database { db, cache: StateCache::new(CHECKPOINT_CACHE_BYTES, 0) })
            .map_err(|source| OpenError::Database { path: path.to_owned(), source })
    }

    /// Makes a durable copy of the database as it is now in `path`, which must not exist. Files are shared with the copy, so
    /// it costs little more than writing out what is in memory.
    pub(crate) fn checkpoint(&self, path: &Path) -> Result<(), rocksdb::Error> {
        rocksdb::checkpoint::Checkpoint::new(&self.db)?.create_checkpoint(path)
    }

    /// Forgets everything that the blocks can give again, and requests for snapshots. Private data stays, and so does
    /// what waits for its block. After a crash half-way it has to be done again.
    pub(crate) fn forget_blocks(&mut self, options: &LedgerOptions) -> Result<(), rocksdb::Error> {
        let cache = Cache::new_lru_cache(options.cache_bytes);
        // First, so that nothing half forgotten is taken for the state after some block.
        let mut batch = WriteBatch::default();
        let meta = self.family(Family::Meta);
        batch.delete_cf(meta, SAVEPOINT_KEY);
        batch.delete_range_cf(meta, snapshot_request_key(0), snapshot_request_key(u64::MAX));
        self.write_synced(batch)?;
        for family in Family::FROM_BLOCKS {
            self.db.drop_cf(family.name())?;
            self.db.create_cf(family.name(), &family_options(family, &cache, options))?;
        }
        self.db.flush_cf(self.family(Family::Meta))
    }

    pub(crate) fn family(&self, family: Family) -> &ColumnFamily {
        self.db.cf_handle(family.name()).expect("every family is opened with the database")
    }

    pub(crate) fn db(&self) -> &DB {
        &self.db
    }

    /// Keys of the state that were read lately.
    pub(crate) fn cache(&self) -> &StateCache {
        &self.cache
    }

    pub(crate) fn get(&self, family: Family, key: &[u8], what: &'static str) -> Result<Option<Vec<u8>>, ReadError> {
        self.db.get_cf(self.family(family), key).map_err(|source| ReadError::Database { what, source })
    }

    /// How many blocks the state has seen.
    pub(crate) fn savepoint(&self) -> Result<u64, ReadError> {
        let Some(bytes) = self.get(Family::Meta, SAVEPOINT_KEY, "the savepoint")? else {
            return Ok(0);
        };
        let bytes = bytes.try_into().map_err(|_| ReadError::Damaged {
            what: "the savepoint".to_owned(),
            detail: "it is no number".to_owned(),
        })?;
        Ok(u64::from_be_bytes(bytes))
    }

    /// Applies what blocks up to `height` do, whose writes the cache knows already. Survives a crash only together with the block files.
    pub(crate) fn write_blocks(&self, mut batch: WriteBatch, height: u64) -> Result<(), rocksdb::Error> {
        batch.put_cf(self.family(Family::Meta), SAVEPOINT_KEY, height.to_be_bytes());
        let mut options = WriteOptions::default();
        options.disable_wal(true);
        self.db.write_opt(batch, &options)?;
        self.cache.end_commit(height);
        Ok(())
    }

    /// Writes what a snapshot brings. Nothing is durable before [`Database::finish_import`].
    pub(crate) fn import(&self, batch: WriteBatch) -> Result<(), rocksdb::Error> {
        let mut options = WriteOptions::default();
        options.disable_wal(true);
        self.db.write_opt(batch, &options)
    }

    /// Makes what was imported durable, as the state after `height` blocks.
    pub(crate) fn finish_import(&self, height: u64) -> Result<(), rocksdb::Error> {
        self.write_blocks(WriteBatch::default(), height)?;
        let families = Family::ALL.map(|family| self.family(family));
        self.db.flush_cfs_opt(&families, &FlushOptions::default())
    }

    /// Writes what is in no block; durable on return.
    pub(crate) fn write_synced(&self, batch: WriteBatch) -> Result<(), rocksdb::Error> {
        let mut options = WriteOptions::default();
        options.set_sync(true);
        self.db.write_opt(batch, &options)
    }

    /// Writes what may be lost with the machine, but not with the process.
    pub(crate) fn write_logged(&self, batch: WriteBatch) -> Result<(), rocksdb::Error> {
        self.db.write(batch)
    }

    /// The blocks for which snapshots are requested, in order.
    pub(crate) fn snapshot_requests(&self) -> Result<Vec<u64>, ReadError> {
        let start = rocksdb::IteratorMode::From(SNAPSHOT_REQUEST_PREFIX, rocksdb::Direction::Forward);
        let mut numbers = Vec::new();
        for entry in self.db.iterator_cf(self.family(Family::Meta), start) {
            let (key, _) = entry.map_err(|source| ReadError::Database { what: "requests for snapshots", source })?;
            let Some(number) = key.strip_prefix(SNAPSHOT_REQUEST_PREFIX) else { break };
            let number = number.try_into().map_err(|_| ReadError::Damaged {
                what: "a request for a snapshot".to_owned(),
                detail: "it names no block".to_owned(),
            })?;
            numbers.push(u64::from_be_bytes(number));
        }
        Ok(numbers)
    }

    /// Takes note of a request for a snapshot; durable on return.
    pub(crate) fn put_snapshot_request(&self, number: u64) -> Result<(), rocksdb::Error> {
        self.put_synced(Family::Meta, &snapshot_request_key(number), &[])
    }

    /// Forgets a request for a snapshot; durable on return.
    pub(crate) fn delete_snapshot_request(&self, number: u64) -> Result<(), rocksdb::Error> {
        let mut batch = WriteBatch::default();
        batch.delete_cf(self.family(Family::Meta), snapshot_request_key(number));
        self.write_synced(batch)
    }

    fn put_synced(&self, family: Family, key: &[u8], value: &[u8]) -> Result<(), rocksdb::Error> {
        let mut batch = WriteBatch::default();
        batch.put_cf(self.family(family), key, value);
        self.write_synced(batch)
    }
}

fn descriptors(options: &LedgerOptions) -> [ColumnFamilyDescriptor; Family::ALL.len()] {
    let cache = Cache::new_lru_cache(options.cache_bytes);
    Family::ALL.map(|family| ColumnFamilyDescriptor::new(family.name(), family_options(family, &cache, options)))
}

fn snapshot_request_key(number: u64) -> Vec<u8> {
    join(&[SNAPSHOT_REQUEST_PREFIX, &number.to_be_bytes()])
}

fn database_options(options: &LedgerOptions) -> Options {
    let mut database = Options::default();
    database.create_if_missing(true);
    database.create_missing_column_families(true);
    database.set_atomic_flush(true);
    database.set_db_write_buffer_size(options.write_buffer_bytes);
    // Only private data goes through the log; its files are small and few.
    database.set_max_total_wal_size(8 << 20);
    database.set_max_background_jobs(2);
    database.set_max_open_files(256);
    database.set_bytes_per_sync(1 << 20);
    database.set_keep_log_file_num(2);
    database.set_max_log_file_size(1 << 20);
    database.set_log_level(rocksdb::LogLevel::Warn);
    database.set_stats_dump_period_sec(0);
    database.set_stats_persist_period_sec(0);
    database
}

fn family_options(family: Family, cache: &Cache, options: &LedgerOptions) -> Options {
    let mut table = BlockBasedOptions::default();
    table.set_block_cache(cache);
    table.set_block_size(16 << 10);
    table.set_cache_index_and_filter_blocks(true);
    table.set_pin_l0_filter_and_index_blocks_in_cache(true);
    table.set_format_version(6);
    // History is only read by range; filters would be dead weight.
    if family != Family::History {
        table.set_bloom_filter(10.0, false);
    }
    let mut result = Options::default();
    result.set_block_based_table_factory(&table);
    result.set_compression_type(DBCompressionType::Lz4);
    let is_large = matches!(family, Family::State | Family::History | Family::Index);
    result.set_write_buffer_size(if is_large { options.write_buffer_bytes / 2 } else { 1 << 20 });
    result.set_arena_block_size(if is_large { 256 << 10 } else { 16 << 10 });
    result
}

/// The key of public state.
pub(crate) fn state_key(namespace: &str, key: &str) -> Vec<u8> {
    join(&[namespace.as_bytes(), &[0], key.as_bytes()])
}

/// The key of the hash of a private value.
pub(crate) fn hashed_key(namespace: &str, collection: &str, key_hash: &[u8]) -> Vec<u8> {
    join(&[namespace.as_bytes(), b"$$h", collection.as_bytes(), &[0], key_hash])
}

/// The key of a private value.
pub(crate) fn private_key(namespace: &str, collection: &str, key: &str) -> Vec<u8> {
    join(&[namespace.as_bytes(), b"$$p", collection.as_bytes(), &[0], key.as_bytes()])
}

/// The front that all history keys of a key share. The length keeps keys that contain zeros apart.
pub(crate) fn history_prefix(namespace: &str, key: &str) -> Vec<u8> {
    let mut out = join(&[namespace.as_bytes(), &[0]]);
    ordered_varint::push(&mut out, key.len() as u64);
    out.extend_from_slice(key.as_bytes());
    out
}

/// All keys of transactions in the index begin with it.
pub(crate) const TX_PREFIX: &[u8] = b"t";

/// The key of a transaction in the index. Short ids come before long ones, as in Fabric's index.
pub(crate) fn tx_key(tx_id: &str) -> Vec<u8> {
    let mut key = TX_PREFIX.to_vec();
    ordered_varint::push(&mut key, tx_id.len() as u64);
    key.extend_from_slice(tx_id.as_bytes());
    key
}

/// The id in a key of the index.
pub(crate) fn tx_id(key: &[u8]) -> Option<&str> {
    let (length, taken) = ordered_varint::read(key.strip_prefix(TX_PREFIX)?)?;
    let tx_id = str::from_utf8(&key[TX_PREFIX.len() + taken..]).ok()?;
    (tx_id.len() as u64 == length).then_some(tx_id)
}

/// The key of a header hash in the index.
pub(crate) fn hash_key(header_hash: &[u8]) -> Vec<u8> {
    join(&[b"h", header_hash])
}

fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

/// An owned copy of what RocksDB lends.
pub(crate) fn copied(bytes: impl AsRef<[u8]>) -> Bytes {
    Bytes::copy_from_slice(bytes.as_ref())
}
