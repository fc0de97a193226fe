//! The ordering service: takes transactions from clients, puts them in an order, and hands them out in signed blocks.
//!
//! An [`Orderer`] is a value without a network: a process gives its [`Orderer::routes`] to a listener of its own, be it
//! that of the program `orderer` or, in the development network, a peer's. [`participation`] is the REST interface by which
//! operators join channels, [`settings`] what `orderer.yaml` says.
//!
//! Broadcast goes through `broadcast` (which channel, which kind), `filters` or `config_update` (may it be ordered), the
//! channel's queue, and one engine thread (`solo`) that cuts, signs and writes. This crate knows nothing of endorsement,
//! chaincode or gossip, and never looks into a transaction.

mod broadcast;
mod chain;
mod config_update;
mod cutter;
mod filters;
mod maintenance;
pub mod participation;
mod queue;
mod registrar;
mod rejection;
mod service;
pub mod settings;
mod solo;
mod writer;

pub use registrar::{JoinError, OpenError, Orderer, OrdererOptions, RemoveError};
