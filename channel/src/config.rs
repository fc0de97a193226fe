//! Reading the values of a configuration and checking them (Fabric `common/channelconfig`).

use std::time::Duration;

use bytes::Bytes;
use msp::SetupError;
use prost::Message;
use proto::common::{ConfigGroup, Consenter, OrdererAddresses, Orderers};
use proto::orderer::consensus_type::State;
use proto::orderer::{self as orderer_proto, BatchTimeout, ConsensusType};

use crate::duration;
use crate::name::NAME_BYTES_MAX;
use crate::policy::CompileError;

/// Why a configuration is unusable.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A block that does not hold a configuration.
    #[error("the block holds no channel configuration: {0}")]
    NotConfig(&'static str),
    /// Not the expected message.
    #[error("could not decode {what}")]
    Decode {
        /// The message.
        what: String,
        /// What is wrong.
        #[source]
        source: prost::DecodeError,
    },
    /// The channel's name breaks the rules.
    #[error("bad channel ID: {0}")]
    ChannelId(String),
    /// The name of an element breaks the rules.
    #[error("illegal characters in key: {key}: {reason}")]
    Name {
        /// The element's path; of long names the beginning.
        key: String,
        /// The rule.
        reason: &'static str,
    },
    /// Something that every configuration has.
    #[error("the configuration has no {path}")]
    Missing {
        /// Its path.
        path: String,
    },
    /// A value that no configuration has there.
    #[error("Unexpected key {key} in {group}")]
    Unexpected {
        /// The value or group.
        key: String,
        /// The group around it.
        group: String,
    },
    /// A value outside what is allowed.
    #[error("{path}: {reason}")]
    Invalid {
        /// Its path.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// An organisation's membership rules are unusable.
    #[error("could not set up the MSP of organization {organization}")]
    Msp {
        /// Its group.
        organization: String,
        /// What is wrong.
        #[source]
        source: Box<SetupError>,
    },
    /// Two organisations disagree on an MSP.
    #[error("Attempted to define two different versions of MSP: {0}")]
    MspConflict(String),
    /// A policy is unusable.
    #[error("policy {path} did not compile")]
    Policy {
        /// Its path.
        path: String,
        /// What is wrong.
        #[source]
        source: CompileError,
    },
    /// A capability that this node does not have.
    #[error("{group} capability {name} is required but not supported by this node")]
    UnknownCapability {
        /// The group that asks for it.
        group: &'static str,
        /// The capability.
        name: String,
    },
}

/// When the orderer cuts a block by size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchSize {
    /// Transactions in a block.
    pub max_message_count: u32,
    /// The largest transaction, in bytes of payload and signature.
    pub absolute_max_bytes: u32,
    /// The size of a block that is not exceeded by adding a transaction.
    pub preferred_max_bytes: u32,
}

/// The configuration of the ordering service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrdererSettings {
    /// When blocks are cut by size.
    pub batch_size: BatchSize,
    /// When blocks are cut by time, from their first transaction on.
    pub batch_timeout: Duration,
    /// `solo`, `etcdraft`, `BFT`, ...
    pub consensus_type: String,
    /// The consenter's own configuration, encoded.
    pub consensus_metadata: Bytes,
    /// The channel is being migrated and takes no transactions.
    pub maintenance: bool,
    /// How many channels the ordering service may have; 0 is no limit.
    pub max_channels: u64,
    /// The consenters of BFT channels, which signatures of blocks name by their numbers.
    pub consenters: Vec<Consenter>,
    /// Addresses for the whole channel (before organisations had their own).
    pub addresses: Vec<String>,
}

/// Checks a channel's name: lower-case letters, digits, dots and dashes, beginning with a letter.
pub fn check_channel_id(channel_id: &str) -> Result<(), ConfigError> {
    let bad = |reason: String| Err(ConfigError::ChannelId(reason));
    if channel_id.is_empty() {
        return bad("channel ID illegal, cannot be empty".to_owned());
    }
    if channel_id.len() > NAME_BYTES_MAX {
        return bad(format!("channel ID illegal, cannot be longer than {NAME_BYTES_MAX}"));
    }
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-');
    match channel_id.as_bytes()[0].is_ascii_lowercase() && channel_id.bytes().all(allowed) {
        true => Ok(()),
        false => bad(format!("'{channel_id}' contains illegal characters")),
    }
}

/// A group with its path, for reading values out of it.
#[derive(Clone, Copy)]
pub(crate) struct Section<'a> {
    pub(crate) path: &'a str,
    pub(crate) group: &'a ConfigGroup,
}

impl<'a> Section<'a> {
    /// Refuses values and groups that do not belong here. `groups` is `None` where any group may be.
    pub(crate) fn allow(&self, values: &[&str], groups: Option<&[&str]>) -> Result<(), ConfigError> {
        let unexpected = |key: &String| ConfigError::Unexpected { key: key.clone(), group: self.path.to_owned() };
        if let Some(key) = self.group.values.keys().find(|key| !values.contains(&key.as_str())) {
            return Err(unexpected(key));
        }
        let Some(groups) = groups else { return Ok(()) };
        match self.group.groups.keys().find(|key| !groups.contains(&key.as_str())) {
            Some(key) => Err(unexpected(key)),
            None => Ok(()),
        }
    }

    /// A value, or the message's default when there is none.
    pub(crate) fn value<M: Message + Default>(&self, name: &str) -> Result<M, ConfigError> {
        let Some(value) = self.group.values.get(name) else { return Ok(M::default()) };
        M::decode(value.value.clone()).map_err(|source| ConfigError::Decode { what: self.path_of(name), source })
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.group.values.contains_key(name)
    }

    pub(crate) fn invalid(&self, name: &str, reason: impl Into<String>) -> ConfigError {
        ConfigError::Invalid { path: self.path_of(name), reason: reason.into() }
    }

    pub(crate) fn missing(&self, name: &str) -> ConfigError {
        ConfigError::Missing { path: self.path_of(name) }
    }

    fn path_of(&self, name: &str) -> String {
        format!("{}/{name}", self.path)
    }
}

impl OrdererSettings {
    pub(crate) fn read(orderer: Section<'_>, channel: Section<'_>) -> Result<OrdererSettings, ConfigError> {
        let batch: orderer_proto::BatchSize = orderer.value("BatchSize")?;
        let positive = [
            ("max message count", batch.max_message_count),
            ("absolute max bytes", batch.absolute_max_bytes),
            ("preferred max bytes", batch.preferred_max_bytes),
        ];
        if let Some((what, _)) = positive.iter().find(|(_, value)| *value == 0) {
            return Err(orderer.invalid("BatchSize", format!("the batch size {what} is 0")));
        }
        if batch.preferred_max_bytes > batch.absolute_max_bytes {
            let reason = format!(
                "the batch size preferred max bytes ({}) is greater than the absolute max bytes ({})",
                batch.preferred_max_bytes, batch.absolute_max_bytes
            );
            return Err(orderer.invalid("BatchSize", reason));
        }
        let timeout: BatchTimeout = orderer.value("BatchTimeout")?;
        let batch_timeout = duration::parse(&timeout.timeout)
            .filter(|timeout| !timeout.is_zero())
            .ok_or_else(|| orderer.invalid("BatchTimeout", format!("{:?} is no positive duration", timeout.timeout)))?;
        let consensus: ConsensusType = orderer.value("ConsensusType")?;
        let addresses: OrdererAddresses = channel.value("OrdererAddresses")?;
        Ok(OrdererSettings {
            batch_size: BatchSize {
                max_message_count: batch.max_message_count,
                absolute_max_bytes: batch.absolute_max_bytes,
                preferred_max_bytes: batch.preferred_max_bytes,
            },
            batch_timeout,
            maintenance: consensus.state == State::Maintenance as i32,
            consensus_type: consensus.r#type,
            consensus_metadata: consensus.metadata,
            max_channels: orderer.value::<orderer_proto::ChannelRestrictions>("ChannelRestrictions")?.max_count,
            consenters: orderer.value::<Orderers>("Orderers")?.consenter_mapping,
            addresses: addresses.addresses,
        })
    }
}
