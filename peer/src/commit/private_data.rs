//! The private data this peer holds for the transactions of a block: what it endorsed itself.

use ledger::{CandidateBlock, TransientError, TransientStore};
use proto::protos::TxValidationCode;

/// Blocks after which private data of transactions that never came is dropped
/// (`peer.gossip.pvtData.transientstoreMaxBlockRetention`).
const RETENTION_BLOCKS: u64 = 1000;

/// Gives the transactions their private data and returns their ids. Invalid ones get it only where the channel keeps it.
pub(super) fn attach(
    candidate: &mut CandidateBlock,
    keeps_invalid: bool,
    store: &TransientStore,
) -> Result<Vec<String>, TransientError> {
    let mut attached = Vec::new();
    for transaction in &mut candidate.transactions {
        let has_private = transaction
            .rwset
            .iter()
            .flat_map(|rwset| &rwset.namespaces)
            .any(|set| set.collections.iter().any(|collection| !collection.private_hash.is_empty()));
        if !has_private || (transaction.code != TxValidationCode::Valid && !keeps_invalid) {
            continue;
        }
        transaction.private = store.get(&transaction.tx_id)?;
        if transaction.private.is_some() {
            attached.push(transaction.tx_id.clone());
        }
    }
    Ok(attached)
}

/// Forgets what is committed, and now and then what is too old. Failing leaves garbage behind, nothing worse.
pub(super) fn forget(committed: &[String], height: u64, store: &TransientStore) {
    let mut outcome = Ok(());
    if !committed.is_empty() {
        let tx_ids: Vec<&str> = committed.iter().map(String::as_str).collect();
        outcome = store.remove(&tx_ids);
    }
    if height.is_multiple_of(RETENTION_BLOCKS) {
        outcome = outcome.and(store.purge_below(height.saturating_sub(RETENTION_BLOCKS)));
    }
    if let Err(error) = outcome {
        tracing::warn!(target: "privdata", error = crate::text::chain(&error), "cannot purge the transient store");
    }
}
