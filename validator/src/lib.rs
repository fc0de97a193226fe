//! Judges the transactions of a block: block, state and channel configuration in, a validation code for each
//! transaction out (Fabric `core/committer/txvalidator/v20`, and `v14` for channels before Application V2_0).
//!
//! It works in two steps. [`check`] needs no state: it parses every envelope once and verifies creators and endorsers
//! on several threads, so it may run ahead of the commits. [`judge`] needs the state after the block before: duplicate
//! ids, chaincode definitions, endorsement policies. What it returns goes to [`ledger::Ledger::commit`], which adds the
//! conflicts between transactions.
//!
//! It is pure: no networks, no clocks, no execution of chaincode. Whatever bytes stand where a transaction should be,
//! they get a code; an error means that this peer cannot decide, and then it must not go on.

mod check;
mod edition;
mod endorsement;
mod envelope;
mod interest;
mod judge;
mod key_level;
mod legacy;
mod namespace;
mod workers;

pub use check::{CheckError, CheckedBlock, check};
pub use interest::satisfies_interest;
pub use judge::{JudgeError, Judgement, judge};
pub use workers::Workers;
