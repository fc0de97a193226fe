//! What the members of a channel agreed on: configuration, capabilities, policies, access rules and chaincode
//! definitions.
//!
//! [`Bundle`] is one configuration, decoded, checked and compiled; it never changes. [`update`] computes the next
//! configuration from a signed update. [`genesis`] writes the first one.
//!
//! Everything here is a value computed from bytes. The crate knows no disk, no network and no clock.

pub mod acl;
mod bundle;
mod capability;
mod config;
pub mod consensus;
pub mod definition;
pub mod duration;
pub mod endorsers;
pub mod genesis;
pub mod legacy;
mod name;
mod policy;
pub mod policy_language;
mod signed_data;
pub mod update;

pub use acl::{Acl, LocalRole};
pub use bundle::{ApplicationOrganization, Bundle, OrdererEndpoint, OrdererOrganization};
pub use config::{BatchSize, ConfigError, OrdererSettings, check_channel_id};
pub use policy::{CompileError, Policy, PolicyError};
pub use signed_data::{SignedData, signed_identities};
