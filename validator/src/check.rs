//! The first step: everything about a block that no state is needed for.

use std::sync::Arc;

use bytes::Bytes;
use channel::Bundle;
use ledger::ReadWriteSet;
use msp::Identity;
use proto::common::{Block, HeaderType};
use proto::protos::TxValidationCode as Code;

use crate::endorsement::endorsers;
use crate::envelope::{Content, parse};
use crate::workers::Workers;

/// Transactions that one thread takes at once: large enough that handing them over costs nothing beside the signatures.
const CHUNK: usize = 16;

/// A block whose transactions are parsed and whose signatures are verified, under one configuration.
pub struct CheckedBlock {
    pub(crate) block: Block,
    pub(crate) bundle: Arc<Bundle>,
    pub(crate) transactions: Vec<CheckedTransaction>,
}

pub(crate) struct CheckedTransaction {
    pub tx_id: String,
    pub kind: HeaderType,
    pub content: Result<CheckedContent, Code>,
}

pub(crate) enum CheckedContent {
    Endorser(Result<EndorsedAction, Code>),
    Config(Bytes),
}

pub(crate) struct EndorsedAction {
    pub chaincode: String,
    /// The version of the chaincode that answered.
    pub version: String,
    pub rwset: ReadWriteSet,
    pub endorsers: Vec<Arc<Identity>>,
    /// Who signed the transaction.
    pub creator: Arc<Identity>,
    /// What was proposed: an encoded `ChaincodeProposalPayload`.
    pub proposal: Bytes,
}

/// A block could not be checked.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// A fault of this program: a verification job panicked. The block must not be committed.
    #[error("verification of block {0} ended without a result")]
    Worker(u64),
}

impl CheckedBlock {
    /// The block's number.
    pub fn number(&self) -> u64 {
        self.block.header.as_ref().map_or(0, |header| header.number)
    }

    /// Whether a transaction may change the configuration. What comes after must be checked under the new one.
    pub fn has_config(&self) -> bool {
        self.transactions.iter().any(|transaction| matches!(transaction.content, Ok(CheckedContent::Config(_))))
    }

    /// The sequence of the configuration it was checked under.
    pub fn config_sequence(&self) -> u64 {
        self.bundle.sequence()
    }
}

/// Parses and verifies the transactions of `block` under `bundle`, which must be the configuration in force at the
/// block. Works on `workers` and on the calling thread.
pub fn check(workers: &Workers, block: Block, bundle: &Arc<Bundle>) -> Result<CheckedBlock, CheckError> {
    let data = block.data.as_ref().map(|data| data.data.as_slice()).unwrap_or_default();
    let chunks: Vec<Vec<Bytes>> = data.chunks(CHUNK).map(<[Bytes]>::to_vec).collect();
    let shared = bundle.clone();
    let checked = workers.map(chunks, move |chunk: Vec<Bytes>| -> Vec<CheckedTransaction> {
        chunk.iter().map(|data| check_transaction(data, &shared)).collect()
    });
    let number = block.header.as_ref().map_or(0, |header| header.number);
    let transactions = checked.ok_or(CheckError::Worker(number))?.into_iter().flatten().collect();
    Ok(CheckedBlock { block, bundle: bundle.clone(), transactions })
}

fn check_transaction(data: &Bytes, bundle: &Bundle) -> CheckedTransaction {
    let parsed = parse(data, bundle);
    let content = parsed.content.map(|content| match content {
        Content::Config(config) => CheckedContent::Config(config),
        Content::Endorser { endorsed, proposal, creator, action } => {
            CheckedContent::Endorser(action.map(|action| EndorsedAction {
                chaincode: action.chaincode,
                version: action.version,
                rwset: action.rwset,
                endorsers: endorsers(&endorsed, bundle),
                creator,
                proposal,
            }))
        }
    });
    CheckedTransaction { tx_id: parsed.tx_id, kind: parsed.kind, content }
}
