//! Blocks from the orderers into the ledger: pull, check, judge, commit, tell.
//!
//! A tokio task pulls blocks and verifies that they continue the chain under the orderers' signatures. One thread checks
//! transactions, with the help of the peer's verification threads. One thread judges and commits. The queues between
//! them are short, so a block is checked while the one before is committed, and a slow disk slows down the pulling.

mod pipeline;
mod private_data;

pub(crate) use pipeline::{Pipeline, PipelineSettings};
