//! Fabric's command-line tools: same commands, flags, files and exit codes, so that scripts written for Fabric run
//! unchanged and either side reads what the other wrote.
//!
//! - [`cryptogen`] makes the certificates of a whole network.
//! - [`configtxgen`] makes the first block of a channel from a profile.
//! - [`configtxlator`] turns messages into JSON and back, by means of [`protolator`], and computes configuration updates.
//! - [`osnadmin`] has an orderer join and leave channels.
//! - [`discover`] asks a peer's discovery service.
//! - [`ledgerutil`] compares snapshots and verifies blocks.
//!
//! Each tool is one module and one thin program in `src/bin`. The tools read and write files and answer requests about
//! them; they know nothing of what happens inside of nodes, and never run a contract.

mod command_line;
pub mod configtxgen;
pub mod configtxlator;
pub mod cryptogen;
pub mod discover;
mod go_flags;
pub mod go_json;
pub mod ledgerutil;
pub mod osnadmin;
pub mod protolator;
mod yaml;
