//! Whole networks for tests: the `peer` program in a process of its own, its command line, and clients.
//!
//! Only programs and public interfaces are used here, never private items of another crate: these tests see what a
//! stranger sees. `cargo xtask test` builds the programs and contracts that they start.

pub mod network;
pub mod programs;
pub mod session;

pub use network::{Network, Options, Output, Shared};
pub use session::Session;
