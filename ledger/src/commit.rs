//! From a judged block to a durable one: conflicts, flags, commit hash, and the writes that follow from them.

mod commit_hash;
mod conflicts;
mod private;
mod updates;
mod writes;

use std::sync::Arc;

use bytes::Bytes;
use prost::Message;
use proto::common::{Block, BlockMetadataIndex, HeaderType, Metadata};
use proto::protos::TxValidationCode;

use crate::candidate::{CandidateBlock, CandidateTransaction, CommitTimes, CommittedBlock};
use crate::error::{CommitError, ReadError};
use crate::ledger::{CONFIG_KEY, CONFIG_NAMESPACE};
use crate::rwset::{NamespaceReadWriteSet, ReadWriteSet};
use crate::snapshot::Snapshot;
use crate::state::Version;

pub(crate) use private::{PrivateWrites, complete_private, stored_private};
pub(crate) use updates::{BlockUpdates, StateView};
pub(crate) use writes::{BatchWriter, Outcome};

/// A block whose outcome is decided and that is not yet stored.
pub(crate) struct DecidedBlock {
    pub(crate) committed: CommittedBlock,
    pub(crate) updates: BlockUpdates,
    pub(crate) private: PrivateWrites,
    /// What each transaction wrote, for the history; nothing for those without effect.
    pub(crate) rwsets: Vec<Option<ReadWriteSet>>,
    pub(crate) commit_hash: Bytes,
}

/// Decides the transactions of a block against the state before it, in order.
pub(crate) fn decide(
    candidate: CandidateBlock,
    snapshot: &Snapshot,
    earlier: &[DecidedBlock],
    previous_commit_hash: &Bytes,
) -> Result<DecidedBlock, CommitError> {
    let number = candidate.block.header.as_ref().map_or(0, |header| header.number);
    let view = StateView::new(snapshot, earlier);
    let failed = |source: ReadError| CommitError::Read { number, source };
    let mut updates = BlockUpdates::default();
    let mut private = PrivateWrites::default();
    let mut codes = Vec::with_capacity(candidate.transactions.len());
    let mut rwsets = Vec::with_capacity(candidate.transactions.len());
    let mut tx_ids = Vec::with_capacity(candidate.transactions.len());
    for (index, mut transaction) in candidate.transactions.into_iter().enumerate() {
        let version = Version { block: number, transaction: index as u64 };
        let rwset = effect(&mut transaction);
        let mut code = transaction.code;
        if let Some(rwset) = &rwset {
            if code == TxValidationCode::Valid {
                code = conflicts::check(rwset, &view, &updates).map_err(failed)?;
            }
            if code == TxValidationCode::Valid {
                updates.apply(rwset, version, &view).map_err(failed)?;
            }
            match &transaction.private {
                Some(data) if code == TxValidationCode::Valid => {
                    private.add(data, rwset, version, &transaction.tx_id);
                }
                Some(data) => private.keep(data, rwset, version, &transaction.tx_id),
                None => {}
            }
        }
        codes.push(code);
        let is_recorded = code == TxValidationCode::Valid && transaction.kind == HeaderType::EndorserTransaction;
        rwsets.push(rwset.filter(|_| is_recorded));
        tx_ids.push(transaction.tx_id);
    }
    private.follow_metadata(&updates, &view).map_err(failed)?;
    let flags: Vec<u8> = codes.iter().map(|code| *code as i32 as u8).collect();
    let commit_hash = commit_hash::next(number, &flags, &updates, previous_commit_hash);
    let committed = finished(candidate.block, flags, &commit_hash, codes, tx_ids, number)?;
    Ok(DecidedBlock { committed, updates, private, rwsets, commit_hash })
}

// What a transaction would do to the state: its simulation results, or the new channel configuration.
fn effect(transaction: &mut CandidateTransaction) -> Option<ReadWriteSet> {
    match transaction.kind {
        HeaderType::Config => transaction.config.take().map(config_rwset),
        _ => transaction.rwset.take(),
    }
}

/// A configuration transaction writes its payload under a fixed key and reads nothing.
pub(crate) fn config_rwset(config: Bytes) -> ReadWriteSet {
    let write = proto::kvrwset::KvWrite { key: CONFIG_KEY.to_owned(), is_delete: config.is_empty(), value: config };
    let public = proto::kvrwset::KvrwSet { writes: vec![write], ..Default::default() };
    let namespace = NamespaceReadWriteSet { namespace: CONFIG_NAMESPACE.to_owned(), public, collections: vec![] };
    ReadWriteSet { namespaces: vec![namespace] }
}

// Fills the metadata and serializes. The block that comes out shares its memory with its serialized form, so that the
// buffer it arrived in is free.
fn finished(
    mut block: Block,
    flags: Vec<u8>,
    commit_hash: &Bytes,
    codes: Vec<TxValidationCode>,
    tx_ids: Vec<String>,
    number: u64,
) -> Result<CommittedBlock, CommitError> {
    proto::block::set_metadata(&mut block, BlockMetadataIndex::TransactionsFilter, flags.into());
    if !commit_hash.is_empty() {
        let value = Metadata { value: commit_hash.clone(), ..Default::default() }.encode_to_vec();
        proto::block::set_metadata(&mut block, BlockMetadataIndex::CommitHash, value.into());
    }
    let bytes = Bytes::from(block.encode_to_vec());
    let block = Block::decode(bytes.clone())
        .map_err(|error| CommitError::NotCandidate { number, detail: error.to_string() })?;
    Ok(CommittedBlock { block: Arc::new(block), bytes, codes, tx_ids, times: CommitTimes::default() })
}

/// The commit hash that a stored block carries; empty when it has none.
pub(crate) fn stored_commit_hash(block: &Block) -> Bytes {
    let slot = proto::block::metadata(block, BlockMetadataIndex::CommitHash);
    Metadata::decode(slot).map(|metadata| metadata.value).unwrap_or_default()
}
