//! Smart contracts for Hyperledger Fabric, compiled to WebAssembly.
//!
//! ```ignore
//! use fabric_contract::{Context, Result, contract};
//!
//! contract! {
//!     submit SetGreeting => set_greeting(text: String);
//!     evaluate Greeting => greeting();
//! }
//!
//! fn set_greeting(context: &Context, text: String) -> Result<()> {
//!     context.put_state("greeting", text.as_bytes())
//! }
//!
//! fn greeting(context: &Context) -> Result<Vec<u8>> {
//!     context.get_state("greeting")?.ok_or_else(|| "no greeting yet".into())
//! }
//! ```
//!
//! Build with `cargo build --release --target wasm32-unknown-unknown` and `crate-type = ["cdylib"]`; the peer takes the resulting file.
//!
//! Checks that are for all functions stand in hooks: `before`, `after` and `unknown` at the beginning of the list
//! ([`contract!`]), as Fabric's contract API has them.
//!
//! Every call runs in a fresh instance: nothing in memory outlives it. The clock is the client's time stamp
//! ([`Context::tx_timestamp`]); there is no other.

#[cfg(target_family = "wasm")]
mod allocator;
mod arguments;
#[doc(hidden)]
pub mod bindings;
mod client_identity;
mod context;
pub mod crypto;
mod declaration;
mod dispatch;
mod error;
mod host;
#[cfg(not(target_family = "wasm"))]
pub mod native;
mod response;

pub use arguments::{Argument, Arguments};
pub use client_identity::ClientIdentity;
pub use context::{
    ChaincodeResponse, Context, HistoryIterator, KeyModification, KeyValue, MetadataEntry, Page, StateIterator,
    Timestamp,
};
#[doc(hidden)]
pub use declaration::Declaration;
#[doc(hidden)]
pub use dispatch::{Contract, Entry};
pub use error::{Error, Result};
pub use response::{Json, Response};
