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
use rocksdb::{WriteBatch, WriteOptions};

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
    /// `t tx_id` to the transaction's place and code; `h header_hash` to the block's number.
    Index,
    /// `block transaction namespace collection` to private writes.
    Private,
    /// `tx_id` to private writes that wait for their block.
    Transient,
    /// The savepoint and the channel.
    Meta,
}

impl Family {
    const ALL: [Family; 6] =
        [Family::State, Family::History, Family::Index, Family::Private, Family::Transient, Family::Meta];

    fn name(self) -> &'static str {
        match self {
            Family::State => "state",
            Family::History => "history",
            Family::Index => "index",
            Family::Private => "private",
            Family::Transient => "transient",
            Family::Meta => "default",
        }
    }
}

/// How many blocks the state has seen.
const SAVEPOINT_KEY: &[u8] = b"savepoint";
const CHANNEL_KEY: &[u8] = b"channel";

/// The database of one channel.
pub(crate) struct Database {
    db: DB,
    cache: StateCache,
}

impl Database {
    /// Opens the database in `path` or creates it for `channel_id`.
    pub(crate) fn open(path: &Path, channel_id: &str, options: &LedgerOptions) -> Result<Database, OpenError> {
        let cache = Cache::new_lru_cache(options.cache_bytes);
        let families = Family::ALL
            .map(|family| ColumnFamilyDescriptor::new(family.name(), family_options(family, &cache, options)));
        let failed = |source| OpenError::Database { path: path.to_owned(), source };
        let db = DB::open_cf_descriptors(&database_options(options), path, families).map_err(failed)?;
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
        database.cache = StateCache::new(options.state_cache_bytes, database.savepoint()?);
        Ok(database)
    }

    /// Forgets everything that the blocks can give again. Private data stays, and so does what waits for its block. After
    /// a crash half-way it has to be done again.
    pub(crate) fn forget_blocks(mut self, options: &LedgerOptions) -> Result<(), rocksdb::Error> {
        let cache = Cache::new_lru_cache(options.cache_bytes);
        // First, so that nothing half forgotten is taken for the state after some block.
        let mut batch = WriteBatch::default();
        batch.delete_cf(self.family(Family::Meta), SAVEPOINT_KEY);
        self.write_synced(batch)?;
        for family in [Family::State, Family::History, Family::Index] {
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

    fn put_synced(&self, family: Family, key: &[u8], value: &[u8]) -> Result<(), rocksdb::Error> {
        let mut batch = WriteBatch::default();
        batch.put_cf(self.family(family), key, value);
        self.write_synced(batch)
    }
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

/// The key of a transaction in the index.
pub(crate) fn tx_key(tx_id: &str) -> Vec<u8> {
    join(&[b"t", tx_id.as_bytes()])
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
