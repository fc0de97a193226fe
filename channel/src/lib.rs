//! What the members of a channel agreed on: configuration, capabilities, policies, access rules and chaincode
//! definitions.
//!
//! Everything here is a value computed from bytes. The crate knows no disk, no network and no clock.

pub mod acl;
pub mod definition;
pub mod genesis;
pub mod policy_language;
