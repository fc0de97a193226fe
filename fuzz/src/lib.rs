//! Bytes from outside against the code that reads them. Each module is one fuzz target: its `run` takes any bytes whatever, and it is
//! a finding when that panics, hangs, or allocates by a length that nobody checked ([`allocations`]).
//!
//! `cargo xtask fuzz` builds each target with a fuzzing engine, which looks for bytes that take new paths. Where it starts from lies in
//! `seeds`; the tests of this crate run these, and write them anew with `WEFT_WRITE_SEEDS=1`.

pub mod allocations;
pub mod certificates;
pub mod chaincode_stream;
pub mod compiled_cache;
pub mod component_values;
pub mod configurations;
pub mod discovery_requests;
pub mod foreign_files;
pub mod host_calls;
mod input;
mod interpreter;
pub mod memberships;
pub mod module_gate;
pub mod package;
pub mod policies;
#[cfg(test)]
mod seeds;
