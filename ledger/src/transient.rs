//! Private data between endorsement and commit.

use std::sync::Arc;

use prost::Message;
use proto::rwset::TxPvtReadWriteSet;
use proto::transientstore::TxPvtReadWriteSetWithConfigInfo;
use rocksdb::{IteratorMode, WriteBatch};

use crate::database::{self, Database, Family};
use crate::error::{ReadError, TransientError};

/// Private data of endorsed transactions that are not yet committed. Survives a crash.
#[derive(Clone)]
pub struct TransientStore {
    database: Arc<Database>,
}

impl TransientStore {
    pub(crate) fn new(database: &Arc<Database>) -> TransientStore {
        TransientStore { database: Arc::clone(database) }
    }

    /// Keeps the private writes of a transaction endorsed at `height`; replaces earlier ones of the same id. Durable on
    /// return.
    pub fn put(&self, tx_id: &str, height: u64, private: &TxPvtReadWriteSet) -> Result<(), TransientError> {
        let entry = TxPvtReadWriteSetWithConfigInfo {
            endorsed_at: height,
            pvt_rwset: Some(private.clone()),
            ..Default::default()
        };
        let mut batch = WriteBatch::default();
        batch.put_cf(self.database.family(Family::Transient), tx_id, entry.encode_to_vec());
        self.database.write_synced(batch).map_err(TransientError::Write)
    }

    /// The private writes of a transaction. They stay until [`TransientStore::remove`], so that a crash between reading
    /// and committing loses nothing.
    pub fn get(&self, tx_id: &str) -> Result<Option<TxPvtReadWriteSet>, TransientError> {
        let found = self.database.get(Family::Transient, tx_id.as_bytes(), "transient data")?;
        match found {
            Some(bytes) => Ok(decode(&bytes)?.pvt_rwset),
            None => Ok(None),
        }
    }

    /// Forgets transactions, after their block is committed.
    pub fn remove(&self, tx_ids: &[&str]) -> Result<(), TransientError> {
        let mut batch = WriteBatch::default();
        for tx_id in tx_ids {
            batch.delete_cf(self.database.family(Family::Transient), tx_id);
        }
        self.database.write_logged(batch).map_err(TransientError::Write)
    }

    /// Forgets transactions endorsed below `height`: they never made it into a block.
    pub fn purge_below(&self, height: u64) -> Result<(), TransientError> {
        let family = self.database.family(Family::Transient);
        let mut batch = WriteBatch::default();
        for entry in self.database.db().iterator_cf(family, IteratorMode::Start) {
            let (key, value) = entry.map_err(|source| ReadError::Database { what: "transient data", source })?;
            if decode(&value)?.endorsed_at < height {
                batch.delete_cf(family, key);
            }
        }
        self.database.write_logged(batch).map_err(TransientError::Write)
    }
}

fn decode(bytes: &[u8]) -> Result<TxPvtReadWriteSetWithConfigInfo, ReadError> {
    TxPvtReadWriteSetWithConfigInfo::decode(database::copied(bytes))
        .map_err(|error| ReadError::Damaged { what: "transient data".to_owned(), detail: error.to_string() })
}
