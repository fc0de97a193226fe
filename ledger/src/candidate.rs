//! What enters a commit and what comes out of it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use proto::common::{Block, HeaderType};
use proto::protos::TxValidationCode;
use proto::rwset::TxPvtReadWriteSet;

use crate::rwset::ReadWriteSet;

/// A block whose signatures and endorsements were judged, ready for the checks that need the state.
#[derive(Clone, Debug)]
pub struct CandidateBlock {
    /// The block as ordered. Commit fills `TRANSACTIONS_FILTER` and `COMMIT_HASH` in its metadata.
    pub block: Block,
    /// One for each entry of `block.data`, in the same order.
    pub transactions: Vec<CandidateTransaction>,
}

/// One transaction of a [`CandidateBlock`].
#[derive(Clone, Debug)]
pub struct CandidateTransaction {
    /// The id in its channel header; empty where there is none (configuration) or the header is unreadable.
    pub tx_id: String,
    /// The type in its channel header.
    pub kind: HeaderType,
    /// `Valid`, or why it is invalid; commit may turn `Valid` into a conflict.
    pub code: TxValidationCode,
    /// The simulation results of an endorser transaction. They have effect only if `code` is `Valid`; otherwise private data
    /// is kept by them.
    pub rwset: Option<ReadWriteSet>,
    /// `payload.data` of a configuration transaction.
    pub config: Option<Bytes>,
    /// The private data that this peer holds for the transaction, or is to keep although it is invalid. Collections whose bytes do not hash to what the
    /// transaction says are left out and count as missing.
    pub private: Option<TxPvtReadWriteSet>,
}

/// A block that is durable, with the outcome of its transactions.
#[derive(Clone, Debug)]
pub struct CommittedBlock {
    /// The block with its metadata filled.
    pub block: Arc<Block>,
    /// `block`, serialized: what block streams send.
    pub bytes: Bytes,
    /// The final code of each transaction, in order.
    pub codes: Vec<TxValidationCode>,
    /// The id of each transaction, in order; empty where there is none.
    pub tx_ids: Vec<String>,
    /// How long the commit took; zeros for a block that was committed before.
    pub times: CommitTimes,
}

/// How long the parts of a commit took. Blocks that are committed as a group share all but the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CommitTimes {
    /// Looking for conflicts with the state.
    pub deciding: Duration,
    /// Making private data durable.
    pub private: Duration,
    /// Making the block durable.
    pub block: Duration,
    /// Bringing the state, its history and the indexes up to the block.
    pub state: Duration,
}

impl CommittedBlock {
    /// The block's number.
    pub fn number(&self) -> u64 {
        self.block.header.as_ref().map_or(0, |header| header.number)
    }
}
