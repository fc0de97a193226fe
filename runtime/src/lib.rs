//! From the bytes of a contract to fast, bounded, deterministic invocations.
//!
//! ```text
//! bytes -> gate (every reason to refuse) -> loader (component) -> compile or cache -> Contract -> invoke (fresh instance)
//! ```
//!
//! [`Engine`] does the first steps once per contract, [`Contract::invoke`] the last one for every proposal. The ledger side of
//! a call is a [`TransactionContext`], which the caller brings.
//!
//! This crate refuses to know Fabric's messages, channels, identities, ledgers and networks. It has no async code: guests run
//! on the calling thread, which is one of an [`Executor`]'s.

mod cache;
mod compiler;
mod composite_key;
mod config;
mod context;
mod contract;
mod contract_metadata;
mod encode;
mod engine;
mod executor;
#[doc(hidden)]
pub mod fuzzing;
mod gate;
mod host;
mod identity;
mod limits;
mod link;
mod loader;
pub mod memory;
mod metadata;
pub mod native;
mod outcome;
mod profile;
mod public_key;
mod snapshot;
mod text;
mod ticker;
mod wasi;

pub use compiler::{ARGUMENT as COMPILER_ARGUMENT, serve as serve_compiler};
pub use composite_key::{CompositeKeyError, create_composite_key, split_composite_key};
pub use context::{
    ChaincodeResponse, ContextError, Invocation, KeyModification, KeyValue, LogLevel, Page, TransactionContext,
};
pub use contract::{CallUsage, Contract};
pub use contract_metadata::{FUNCTION as METADATA_FUNCTION, document as contract_metadata};
pub use encode::{EncodeError, encode_component};
pub use engine::{Engine, EngineError, EngineOptions, LoadError};
pub use executor::{Executor, SubmitError};
pub use gate::{Finding, FunctionSize, Report, Rule, Usage, largest_functions};
pub use limits::{Limits, THREAD_STACK_BYTES};
pub use metadata::functions as declared_functions;
pub use outcome::{EnvironmentError, Outcome};
pub use profile::{FunctionFuel, Profile};

/// What a peer with default settings says about a contract file. Compiles nothing.
pub fn check(wasm: &[u8]) -> Report {
    gate::check(wasm, &gate::hash(wasm), &gate::Abi::new(), Limits::default().memory_bytes)
}
