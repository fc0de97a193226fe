//! Whether a block is the next of its channel, and from its orderers.

use std::sync::Arc;

use channel::Bundle;
use prost::Message;
use proto::Digest;
use proto::common::{Block, Envelope, HeaderType};

/// The policy that signatures of blocks must meet.
pub const BLOCK_VALIDATION_POLICY: &str = "/Channel/Orderer/BlockValidation";

/// Why a block is not the next one.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A part is missing.
    #[error("the block has no {0}")]
    Missing(&'static str),
    /// It has another number than expected.
    #[error("expected block {expected}, got block {number}")]
    Number {
        /// The number of the next block.
        expected: u64,
        /// The number it bears.
        number: u64,
    },
    /// It follows another block.
    #[error("block {0} does not follow the block before it: the previous hash differs")]
    PreviousHash(u64),
    /// Its transactions are not in the one encoding that is allowed.
    #[error("failed to verify transactions are well formed for block {number}: {reason}")]
    Malformed {
        /// The block.
        number: u64,
        /// What is wrong with them.
        reason: String,
    },
    /// Its transactions are not those its header speaks of.
    #[error("block {0} has transactions that its header's data hash does not cover")]
    DataHash(u64),
    /// It belongs to another channel, or says nothing that can be read about it.
    #[error("block {number} belongs to channel '{channel_id}'")]
    Channel {
        /// The block.
        number: u64,
        /// The channel its first transaction names, empty when unreadable.
        channel_id: String,
    },
    /// Its signatures cannot be read.
    #[error("cannot decode the signatures of block {number}")]
    Signatures {
        /// The block.
        number: u64,
        /// What is wrong with them.
        #[source]
        source: prost::DecodeError,
    },
    /// Its signatures do not meet the policy.
    #[error("the signatures of block {number} do not satisfy {BLOCK_VALIDATION_POLICY}")]
    Policy {
        /// The block.
        number: u64,
        /// What the policy says.
        #[source]
        source: channel::PolicyError,
    },
    /// It holds a configuration that cannot be used.
    #[error("the configuration in block {number} cannot be used")]
    Config {
        /// The block.
        number: u64,
        /// What is wrong with it.
        #[source]
        source: Box<channel::ConfigError>,
    },
}

/// Follows a chain of blocks. It keeps the configuration of the last block it saw, so that it can be ahead of what is
/// committed.
pub struct BlockVerifier {
    bundle: Arc<Bundle>,
    next: u64,
    previous_hash: Option<Digest>,
}

impl BlockVerifier {
    /// A verifier for block `next` and those after it. `bundle` is the configuration at that point; without
    /// `previous_hash`, the first block may follow anything.
    pub fn new(bundle: Arc<Bundle>, next: u64, previous_hash: Option<Digest>) -> Self {
        Self { bundle, next, previous_hash }
    }

    /// The number of the next block.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// The configuration at the next block.
    pub fn bundle(&self) -> &Arc<Bundle> {
        &self.bundle
    }

    /// Takes the next block. After an error the verifier still expects the same block.
    pub fn accept(&mut self, block: &Block) -> Result<(), VerifyError> {
        let header = block.header.as_ref().ok_or(VerifyError::Missing("header"))?;
        let data = block.data.as_ref().ok_or(VerifyError::Missing("data"))?;
        let number = header.number;
        if number != self.next {
            return Err(VerifyError::Number { expected: self.next, number });
        }
        if self.previous_hash.is_some_and(|hash| header.previous_hash != hash[..]) {
            return Err(VerifyError::PreviousHash(number));
        }
        proto::block::check_well_formed(&data.data).map_err(|reason| VerifyError::Malformed { number, reason })?;
        if header.data_hash != proto::block::data_hash(&data.data)[..] {
            return Err(VerifyError::DataHash(number));
        }
        let first = data.data.first().ok_or(VerifyError::Missing("transactions"))?;
        let envelope =
            Envelope::decode(first.clone()).and_then(|envelope| proto::transaction::channel_header(&envelope));
        let channel_header = envelope.unwrap_or_default();
        if channel_header.channel_id != self.bundle.channel_id() {
            return Err(VerifyError::Channel { number, channel_id: channel_header.channel_id });
        }
        self.check_signatures(number, block)?;
        if channel_header.r#type == HeaderType::Config as i32 {
            let bundle = Bundle::from_config_block(block)
                .map_err(|source| VerifyError::Config { number, source: Box::new(source) })?;
            self.bundle = Arc::new(bundle);
        }
        self.previous_hash = Some(proto::block::header_hash(header));
        self.next = number + 1;
        Ok(())
    }

    fn check_signatures(&self, number: u64, block: &Block) -> Result<(), VerifyError> {
        // The first block is what the operator joined the channel with; nobody signs it.
        if number == 0 {
            return Ok(());
        }
        let signed =
            self.bundle.block_signatures(block).map_err(|source| VerifyError::Signatures { number, source })?;
        let checked = self.bundle.evaluate(BLOCK_VALIDATION_POLICY, &signed);
        checked.map_err(|source| VerifyError::Policy { number, source })
    }
}
