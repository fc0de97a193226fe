//! Why an update is refused. Elements are named with their kind and path, `[Value]  /Channel/Orderer/BatchSize`.

use crate::config::ConfigError;
use crate::consensus::ConsensusError;
use crate::policy::PolicyError;

/// Why an update is refused.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// Not the expected message.
    #[error("could not decode {what}")]
    Decode {
        /// The message.
        what: &'static str,
        /// What is wrong.
        #[source]
        source: prost::DecodeError,
    },
    /// Not an update at all.
    #[error("{0}")]
    NotUpdate(&'static str),
    /// Meant for another channel.
    #[error("ConfigUpdate for channel '{found}' but envelope for channel '{expected}'")]
    Channel {
        /// The channel of the update.
        found: String,
        /// This channel.
        expected: String,
    },
    /// A name breaks the rules.
    #[error("illegal characters in key: {key}: {reason}")]
    Name {
        /// The element; of long names the beginning.
        key: String,
        /// The rule.
        reason: &'static str,
    },
    /// The author saw something that does not exist.
    #[error("existing config does not contain element for {0} but was in the read set")]
    ReadMissing(String),
    /// The author saw another version.
    #[error("proposed update requires that key {key} be at version {read}, but it is currently at version {current}")]
    ReadVersion {
        /// The element.
        key: String,
        /// What the author saw.
        read: u64,
        /// What is.
        current: u64,
    },
    /// Nothing changes.
    #[error("delta set was empty -- update would have no effect")]
    Empty,
    /// An element that changes has no usable `mod_policy`.
    #[error("invalid mod_policy for element {key}: {reason}")]
    ModPolicy {
        /// The element.
        key: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// New elements begin with version 0.
    #[error("attempted to set key {key} to version {version}, but key does not exist")]
    NewVersion {
        /// The element.
        key: String,
        /// Its version in the write set.
        version: u64,
    },
    /// Versions grow by one.
    #[error("attempt to set key {key} to version {version}, but key is at version {current}")]
    Version {
        /// The element.
        key: String,
        /// Its version in the write set.
        version: u64,
        /// What is.
        current: u64,
    },
    /// The policy that guards an element does not exist.
    #[error("unexpected missing policy {policy} for item {key}")]
    MissingPolicy {
        /// The policy.
        policy: String,
        /// The element.
        key: String,
    },
    /// Too few signatures.
    #[error("policy for {key} not satisfied")]
    Policy {
        /// The element.
        key: String,
        /// What is missing.
        #[source]
        source: PolicyError,
    },
    /// The write set names a member of a group without saying what it is.
    #[error("missing element at path: {0}")]
    Incomplete(String),
    /// A configuration that skips or repeats a number.
    #[error("config currently at sequence {current}, cannot validate config at sequence {found}")]
    Sequence {
        /// What is.
        current: u64,
        /// What was sent.
        found: u64,
    },
    /// The configuration is not what its update leads to.
    #[error("ConfigEnvelope LastUpdate did not produce the supplied config result")]
    Result,
    /// The configuration that the update leads to is unusable.
    #[error("the proposed configuration is not valid")]
    Config(#[source] ConfigError),
    /// Consenters that cannot work together, or too many changes of them at once.
    #[error("consensus metadata update for channel config update is invalid")]
    Consensus(#[source] ConsensusError),
    /// Organisations keep their MSP.
    #[error("{group} org {organization} attempted to change MSP ID from {from} to {to}")]
    MspId {
        /// `application` or `orderer`.
        group: &'static str,
        /// The organisation.
        organization: String,
        /// What is.
        from: String,
        /// What was asked for.
        to: String,
    },
}
