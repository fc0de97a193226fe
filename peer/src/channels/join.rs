//! From a configuration block to a channel.

use std::sync::Arc;

use ::channel::{Bundle, ConfigError};
use bytes::Bytes;
use ledger::{
    CONFIG_KEY, CONFIG_NAMESPACE, CandidateBlock, CandidateTransaction, CommitError, Ledger, LedgersError, OpenError,
    ReadError,
};
use prost::Message;
use proto::common::{Block, ChannelHeader, ConfigEnvelope, Envelope, HeaderType, Payload};
use proto::protos::TxValidationCode;

/// A channel cannot be joined. The texts are Fabric's.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// The peer is in the channel already.
    #[error("cannot create ledger from genesis block: ledger [{channel_id}] already exists with state [{state}]")]
    Exists {
        /// The channel.
        channel_id: String,
        /// `ACTIVE`, or `INACTIVE` while it is paused.
        state: &'static str,
    },
    /// A channel is being joined by a snapshot.
    #[error(
        "cannot create ledger from genesis block: a ledger is being created from a snapshot at {0}. Call ledger creation again \
         after it is done."
    )]
    BySnapshot(String),
    /// The peer's ledgers cannot be looked through.
    #[error("cannot create ledger from genesis block")]
    Ledgers(#[source] LedgersError),
    /// The block is not the first of a channel.
    #[error("cannot create ledger from genesis block: expected block number=0, received block number={0}")]
    Number(u64),
    /// The block holds no configuration transaction.
    #[error("cannot create ledger from genesis block: the block does not hold exactly one configuration transaction")]
    NotConfig,
    /// The transaction does not decode.
    #[error("cannot create ledger from genesis block: malformed transaction")]
    Decode(#[source] prost::DecodeError),
    /// The configuration cannot be used.
    #[error("cannot create ledger from genesis block: the configuration cannot be used")]
    Config(#[source] ConfigError),
    /// The ledger cannot be created.
    #[error("cannot create ledger from genesis block")]
    Open(#[source] OpenError),
    /// The block cannot be stored.
    #[error("cannot create ledger from genesis block")]
    Commit(#[source] CommitError),
    /// No thread can be started.
    #[error("cannot start the commit pipeline")]
    Pipeline(#[source] std::io::Error),
}

/// The configuration in a ledger cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigReadError {
    /// It cannot be read.
    #[error("cannot read the configuration from the state")]
    Read(#[source] ReadError),
    /// There is none.
    #[error("the state holds no configuration")]
    Missing,
    /// It does not decode.
    #[error("cannot decode the configuration in the state")]
    Decode(#[source] prost::DecodeError),
    /// It makes no sense.
    #[error("the configuration in the state cannot be used")]
    Config(#[source] ConfigError),
}

/// The configuration that a ledger's last configuration block put in force.
pub(super) fn stored_bundle(ledger: &Ledger) -> Result<Arc<Bundle>, ConfigReadError> {
    let stored = ledger.snapshot().get(CONFIG_NAMESPACE, CONFIG_KEY).map_err(ConfigReadError::Read)?;
    bundle(ledger.channel_id(), stored.ok_or(ConfigReadError::Missing)?.value)
}

/// The configuration in the payload of a configuration transaction.
pub(super) fn bundle(channel_id: &str, payload: Bytes) -> Result<Arc<Bundle>, ConfigReadError> {
    let envelope = ConfigEnvelope::decode(payload).map_err(ConfigReadError::Decode)?;
    let config = envelope.config.ok_or(ConfigReadError::Missing)?;
    Ok(Arc::new(Bundle::from_config(channel_id, config).map_err(ConfigReadError::Config)?))
}

/// Reads a first block: its configuration, and what the ledger commits. Nobody signs it; the operator trusts it.
pub(super) fn genesis_candidate(block: &Block) -> Result<(Bundle, CandidateBlock), JoinError> {
    let number = block.header.as_ref().ok_or(JoinError::NotConfig)?.number;
    if number != 0 {
        return Err(JoinError::Number(number));
    }
    let [data] = block.data.as_ref().map(|data| data.data.as_slice()).unwrap_or_default() else {
        return Err(JoinError::NotConfig);
    };
    let (header, config) = config_transaction(data).map_err(JoinError::Decode)?;
    if header.r#type != HeaderType::Config as i32 {
        return Err(JoinError::NotConfig);
    }
    let bundle = Bundle::from_config_block(block).map_err(JoinError::Config)?;
    let transaction = CandidateTransaction {
        tx_id: header.tx_id,
        kind: HeaderType::Config,
        code: TxValidationCode::Valid,
        rwset: None,
        config: Some(config),
        private: None,
    };
    Ok((bundle, CandidateBlock { block: block.clone(), transactions: vec![transaction] }))
}

fn config_transaction(data: &Bytes) -> Result<(ChannelHeader, Bytes), prost::DecodeError> {
    let payload = Payload::decode(Envelope::decode(data.clone())?.payload)?;
    let header = ChannelHeader::decode(payload.header.unwrap_or_default().channel_header)?;
    Ok((header, payload.data))
}
