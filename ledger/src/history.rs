//! Who changed a key. The history lists transactions; their values are read from the block files.

use std::sync::Arc;

use bytes::Bytes;
use proto::ordered_varint;
use proto::queryresult::KeyModification;

use crate::block_store::BlockStore;
use crate::database::{self, Family};
use crate::error::ReadError;
use crate::rwset::{ReadWriteSet, is_delete};
use crate::snapshot::{Entries, Snapshot};
use crate::state::Version;
use crate::transaction::StoredTransaction;

/// The changes of a key by valid transactions, newest first, up to the height of the snapshot it was made from.
pub struct HistoryIterator {
    entries: Entries,
    prefix_bytes: usize,
    namespace: String,
    key: String,
    blocks: Arc<BlockStore>,
    ended: bool,
}

impl HistoryIterator {
    pub(crate) fn new(snapshot: &Snapshot, blocks: &Arc<BlockStore>, namespace: &str, key: &str) -> HistoryIterator {
        let prefix = database::history_prefix(namespace, key);
        let mut last = prefix.clone();
        last.extend([0xff; 13]);
        HistoryIterator {
            entries: snapshot.entries(Family::History, &prefix, last),
            prefix_bytes: prefix.len(),
            namespace: namespace.to_owned(),
            key: key.to_owned(),
            blocks: Arc::clone(blocks),
            ended: false,
        }
    }

    fn read(&self, version: Version, offset: u32, length: u32) -> Result<KeyModification, ReadError> {
        let damaged = |detail: String| ReadError::Damaged {
            what: format!("transaction {} of block {}", version.transaction, version.block),
            detail,
        };
        let envelope = self.blocks.block_part(version.block, offset, length)?;
        let envelope = envelope.ok_or_else(|| damaged("its block is not there".to_owned()))?;
        let stored = StoredTransaction::decode(envelope).map_err(|error| damaged(error.to_string()))?;
        let results = stored.results().map_err(|error| damaged(error.to_string()))?;
        let rwset = ReadWriteSet::decode(results).map_err(|error| damaged(error.to_string()))?;
        let mut sets = rwset.namespaces.iter().filter(|set| set.namespace == self.namespace);
        let write = sets.find_map(|set| set.public.writes.iter().find(|write| write.key == self.key));
        let write = write.ok_or_else(|| damaged("it does not write the key".to_owned()))?;
        Ok(KeyModification {
            tx_id: stored.header.tx_id,
            value: write.value.clone(),
            timestamp: stored.header.timestamp,
            is_delete: is_delete(write),
        })
    }
}

impl Iterator for HistoryIterator {
    type Item = Result<KeyModification, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let place = match self.entries.item() {
            Ok(None) => {
                self.ended = true;
                return None;
            }
            Ok(Some((key, value))) => {
                let version = key.get(self.prefix_bytes..).and_then(decode_version);
                version.zip(decode_place(value)).ok_or_else(|| ReadError::Damaged {
                    what: format!("the history of {}", key.escape_ascii()),
                    detail: "it does not decode".to_owned(),
                })
            }
            Err(source) => Err(ReadError::Database { what: "the history of a key", source }),
        };
        self.entries.advance();
        let found = place.and_then(|(version, (offset, length))| self.read(version, offset, length));
        self.ended = found.is_err();
        Some(found)
    }
}

/// The key of one change. Inverted numbers put the newest first.
pub(crate) fn entry_key(namespace: &str, key: &str, version: Version) -> Vec<u8> {
    let mut out = database::history_prefix(namespace, key);
    out.extend((!version.block).to_be_bytes());
    // A block has far fewer transactions than fit.
    out.extend((!(version.transaction as u32)).to_be_bytes());
    out
}

fn decode_version(bytes: &[u8]) -> Option<Version> {
    let (block, transaction) = bytes.split_first_chunk()?;
    let transaction = !u32::from_be_bytes(transaction.try_into().ok()?);
    Some(Version { block: !u64::from_be_bytes(*block), transaction: transaction.into() })
}

/// Where the envelope lies in its serialized block.
pub(crate) fn encode_place(offset: u32, length: u32) -> Bytes {
    let mut out = Vec::with_capacity(10);
    ordered_varint::push(&mut out, offset.into());
    ordered_varint::push(&mut out, length.into());
    out.into()
}

fn decode_place(bytes: &[u8]) -> Option<(u32, u32)> {
    let (offset, taken) = ordered_varint::read(bytes)?;
    let (length, _) = ordered_varint::read(&bytes[taken..])?;
    Some((offset.try_into().ok()?, length.try_into().ok()?))
}
