//! The writes of durable blocks to the state database.

use std::borrow::Cow;
use std::collections::HashSet;

use bytes::Bytes;
use proto::common::Block;
use proto::protos::TxValidationCode;
use rocksdb::WriteBatch;

use super::private::PrivateWrites;
use super::updates::{BlockUpdates, Update, raw_key};
use crate::collections::{self, DefinitionWrites};
use crate::database::{self, Database, Family};
use crate::error::ReadError;
use crate::history;
use crate::index::TransactionEntry;
use crate::rwset::ReadWriteSet;
use crate::state::Version;
use crate::transaction::StoredTransaction;

/// A durable block and what follows from it.
pub(crate) struct Outcome<'a> {
    pub(crate) block: &'a Block,
    /// The serialized block, in whose memory the transactions of `block` lie.
    pub(crate) bytes: &'a Bytes,
    pub(crate) codes: &'a [TxValidationCode],
    pub(crate) tx_ids: &'a [String],
    pub(crate) rwsets: &'a [Option<ReadWriteSet>],
    pub(crate) updates: &'a BlockUpdates,
    pub(crate) private: &'a PrivateWrites,
}

/// Collects the writes of consecutive blocks.
pub(crate) struct BatchWriter<'a> {
    database: &'a Database,
    history: bool,
    batch: WriteBatch,
    tx_ids: HashSet<String>,
    definitions: DefinitionWrites,
}

impl<'a> BatchWriter<'a> {
    pub(crate) fn new(database: &'a Database, history: bool) -> BatchWriter<'a> {
        database.cache().begin_commit();
        BatchWriter {
            database,
            history,
            batch: WriteBatch::default(),
            tx_ids: HashSet::new(),
            definitions: DefinitionWrites::default(),
        }
    }

    /// Adds a block.
    pub(crate) fn add(&mut self, outcome: &Outcome<'_>) -> Result<(), ReadError> {
        let Some(header) = outcome.block.header.as_ref() else {
            return Ok(());
        };
        let number = header.number;
        let index = self.database.family(Family::Index);
        self.batch.put_cf(index, database::hash_key(&proto::block::header_hash(header)), number.to_be_bytes());
        let envelopes = outcome.block.data.as_ref().map_or(&[][..], |data| &data.data);
        for (place, envelope) in envelopes.iter().enumerate() {
            let version = Version { block: number, transaction: place as u64 };
            let (offset, length) = place_of(outcome.bytes, envelope);
            let code = outcome.codes.get(place).copied().unwrap_or(TxValidationCode::NotValidated);
            let tx_id = match outcome.tx_ids.get(place) {
                Some(tx_id) if !tx_id.is_empty() => Cow::Borrowed(tx_id.as_str()),
                _ => Cow::Owned(StoredTransaction::computed_tx_id(envelope)),
            };
            self.index_transaction(&tx_id, &TransactionEntry { version, code, offset, length })?;
            if let Some(Some(rwset)) = outcome.rwsets.get(place).filter(|_| self.history) {
                self.add_history(rwset, version, offset, length);
            }
        }
        self.add_updates(outcome.updates);
        self.add_collections(outcome.updates, number)?;
        for (key, update) in outcome.private.iter() {
            self.put_state(&database::private_key(&key.namespace, &key.collection, &key.key), update);
        }
        Ok(())
    }

    /// Writes everything added; `height` counts the blocks up to the last one added.
    pub(crate) fn write(self, height: u64) -> Result<(), rocksdb::Error> {
        self.database.write_blocks(self.batch, height)
    }

    // Of several transactions with one id the first is the one that counts.
    fn index_transaction(&mut self, tx_id: &str, entry: &TransactionEntry) -> Result<(), ReadError> {
        if tx_id.is_empty() || self.tx_ids.contains(tx_id) {
            return Ok(());
        }
        let key = database::tx_key(tx_id);
        // These codes are given only after the check for duplicates.
        let is_unique = matches!(
            entry.code,
            TxValidationCode::Valid | TxValidationCode::MvccReadConflict | TxValidationCode::PhantomReadConflict
        );
        if !is_unique && self.database.get(Family::Index, &key, "a transaction id")?.is_some() {
            return Ok(());
        }
        self.tx_ids.insert(tx_id.to_owned());
        self.batch.put_cf(self.database.family(Family::Index), key, entry.encode());
        Ok(())
    }

    fn add_history(&mut self, rwset: &ReadWriteSet, version: Version, offset: u32, length: u32) {
        let family = self.database.family(Family::History);
        let value = history::encode_place(offset, length);
        for set in &rwset.namespaces {
            for write in &set.public.writes {
                self.batch.put_cf(family, history::entry_key(&set.namespace, &write.key, version), &value);
            }
        }
    }

    fn add_updates(&mut self, updates: &BlockUpdates) {
        for (namespace, updates) in &updates.namespaces {
            for (key, update) in &updates.public {
                self.put_state(&raw_key(namespace, "", key), update);
            }
            for (collection, updates) in &updates.collections {
                for (key_hash, update) in updates {
                    self.put_state(&raw_key(namespace, collection, key_hash), update);
                }
            }
        }
    }

    // Which collections the chaincodes have whose definitions the block changed.
    fn add_collections(&mut self, updates: &BlockUpdates, number: u64) -> Result<(), ReadError> {
        let family = self.database.family(Family::Collections);
        for chaincode in self.definitions.add(updates) {
            if let Some(package) = self.definitions.collections(self.database, &chaincode)? {
                self.batch.put_cf(family, collections::history_key(&chaincode, number), package);
            }
        }
        Ok(())
    }

    fn put_state(&mut self, key: &[u8], update: &Update) {
        let family = self.database.family(Family::State);
        let value = update.to_value();
        self.database.cache().write(key, update.version.block, value.as_ref());
        match value {
            None => self.batch.delete_cf(family, key),
            Some(value) => self.batch.put_cf(family, key, value.encode()),
        }
    }
}

// Where a transaction lies in its serialized block: offset and length.
fn place_of(block: &Bytes, envelope: &Bytes) -> (u32, u32) {
    if envelope.is_empty() {
        return (0, 0);
    }
    let offset = (envelope.as_ptr() as usize).wrapping_sub(block.as_ptr() as usize);
    debug_assert!(offset + envelope.len() <= block.len(), "the transaction lies in its block");
    (offset as u32, envelope.len() as u32)
}
