//! Tests of contracts without a network: a ledger in memory, clients, and calls of contracts in every language.
//!
//! ```no_run
//! use fabric_contract_test::{Client, Contract, TestChannel};
//!
//! # fn test() -> Result<(), fabric_contract_test::Error> {
//! let channel = TestChannel::new();
//! channel.install("basic", Contract::wasm_file("build/my-contract.wasm")?);
//! let put = channel.transaction("basic", "Put", ("greeting", "hello")).submit();
//! assert_eq!(put.ok(), Ok(""));
//! assert_eq!(put.writes("basic"), [("greeting", Some("hello"))]);
//! let auditor = Client::new("Org2MSP", "ann").attribute("role", "auditor").build()?;
//! let get = channel.transaction("basic", "Get", ("greeting",)).client(&auditor).evaluate();
//! assert_eq!(get.ok(), Ok("hello"));
//! # Ok(())
//! # }
//! ```
//!
//! In the package of a contract in Rust this crate is a dev-dependency, and a test of `src/lib.rs` runs its functions both ways:
//!
//! ```ignore
//! for contract in [Contract::native::<crate::ContractFunctions>(), Contract::build(env!("CARGO_MANIFEST_DIR"), target)?] {
//!     let channel = TestChannel::new();
//!     channel.install("basic", contract);
//! }
//! ```
//!
//! Natively ([`Contract::native`]) the contract runs in the test's own process, where a debugger and coverage see it. Both ways answer
//! alike: limits and key rules are the peer's own in both, but fuel, memory and time are bounded in Wasm alone.
//!
//! This crate knows no network, no endorsement and no validation: a transaction that succeeds is committed at once.

mod arguments;
mod channel;
mod client;
mod contract;
mod native;
mod outcome;
mod transaction;

pub use arguments::{Argument, Arguments};
pub use channel::TestChannel;
pub use client::{Client, ClientBuilder};
pub use contract::{Contract, Error};
pub use outcome::{Executed, Refusal, Write};
pub use runtime::LogLevel;
pub use runtime::memory::{Place, Record};
pub use transaction::Transaction;
