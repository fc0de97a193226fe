//! Bringing the state up to the block files, from the flags that the blocks carry.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use prost::Message;
use proto::common::{Block, HeaderType};
use proto::protos::TxValidationCode;

use super::LedgerOptions;
use crate::block_store::BlockStore;
use crate::candidate::{CommitTimes, CommittedBlock};
use crate::commit::{self, BatchWriter, BlockUpdates, Outcome, PrivateWrites, StateView, stored_private};
use crate::database::Database;
use crate::error::{CommitError, OpenError, ReadError};
use crate::rwset::ReadWriteSet;
use crate::snapshot::Snapshot;
use crate::state::Version;
use crate::transaction::StoredTransaction;

/// How often replaying says how far it is.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(5);

/// Applies every stored block that the state has not seen.
pub(super) fn replay(blocks: &BlockStore, database: &Arc<Database>, options: &LedgerOptions) -> Result<(), OpenError> {
    let height = blocks.height();
    let mut told = Instant::now();
    for number in database.savepoint()?..height {
        if told.elapsed() >= PROGRESS_INTERVAL {
            tracing::info!(path = %blocks.path().display(), "replayed {number} of {height} blocks");
            told = Instant::now();
        }
        replay_block(number, blocks, database, options)
            .map_err(|source| OpenError::Replay { number, source: Box::new(source) })?;
    }
    Ok(())
}

fn replay_block(
    number: u64,
    blocks: &BlockStore,
    database: &Arc<Database>,
    options: &LedgerOptions,
) -> Result<(), CommitError> {
    let failed = |source| CommitError::Read { number, source };
    let Some(bytes) = blocks.block_bytes(number).map_err(failed)? else {
        return Ok(());
    };
    let stored = stored_outcome(number, bytes).map_err(failed)?;
    let snapshot = Snapshot::new(database, number);
    let view = StateView::new(&snapshot, &[]);
    let mut private_data = stored_private(database, number).map_err(failed)?;
    let mut updates = BlockUpdates::default();
    let mut private = PrivateWrites::default();
    let mut rwsets = Vec::with_capacity(stored.codes.len());
    for (index, envelope) in envelopes(&stored.block).iter().enumerate() {
        let version = Version { block: number, transaction: index as u64 };
        if stored.codes.get(index) != Some(&TxValidationCode::Valid) {
            rwsets.push(None);
            continue;
        }
        let effect = effect(envelope).map_err(|detail| failed(damaged(version, detail)))?;
        let Some((kind, rwset)) = effect else {
            rwsets.push(None);
            continue;
        };
        updates.apply(&rwset, version, &view).map_err(failed)?;
        if let Some(data) = private_data.remove(&version.transaction) {
            private.add(&data, &rwset, version, &stored.tx_ids[index]);
        }
        rwsets.push(Some(rwset).filter(|_| kind == HeaderType::EndorserTransaction));
    }
    private.follow_metadata(&updates, &view).map_err(failed)?;
    let mut writer = BatchWriter::new(database, options.history);
    let outcome = Outcome {
        block: &stored.block,
        bytes: &stored.bytes,
        codes: &stored.codes,
        tx_ids: &stored.tx_ids,
        rwsets: &rwsets,
        updates: &updates,
        private: &private,
    };
    writer.add(&outcome).map_err(failed)?;
    writer.write(number + 1).map_err(|source| CommitError::State { number, source })
}

// What a valid transaction does to the state, from its envelope.
fn effect(envelope: &Bytes) -> Result<Option<(HeaderType, ReadWriteSet)>, String> {
    let stored = StoredTransaction::decode(envelope.clone()).map_err(|error| error.to_string())?;
    match stored.kind() {
        HeaderType::Config => Ok(Some((HeaderType::Config, commit::config_rwset(stored.data)))),
        HeaderType::EndorserTransaction => {
            let results = stored.results().map_err(|error| error.to_string())?;
            let rwset = ReadWriteSet::decode(results).map_err(|error| error.to_string())?;
            Ok(Some((HeaderType::EndorserTransaction, rwset)))
        }
        _ => Ok(None),
    }
}

/// A stored block with the outcome it carries.
pub(super) fn stored_outcome(number: u64, bytes: Bytes) -> Result<CommittedBlock, ReadError> {
    let block = Block::decode(bytes.clone())
        .map_err(|error| ReadError::Damaged { what: format!("block {number}"), detail: error.to_string() })?;
    let envelopes = envelopes(&block);
    let codes = (0..envelopes.len()).map(|index| proto::block::validation_code(&block, index)).collect();
    let tx_ids = envelopes
        .iter()
        .map(|envelope| StoredTransaction::decode(envelope.clone()).map(|stored| stored.header.tx_id))
        .map(Result::unwrap_or_default)
        .collect();
    Ok(CommittedBlock { block: Arc::new(block), bytes, codes, tx_ids, times: CommitTimes::default() })
}

fn envelopes(block: &Block) -> &[Bytes] {
    block.data.as_ref().map_or(&[], |data| &data.data)
}

fn damaged(version: Version, detail: String) -> ReadError {
    ReadError::Damaged { what: format!("transaction {} of block {}", version.transaction, version.block), detail }
}
