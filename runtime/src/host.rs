//! The host functions, once, for every language: the WIT imports over a [`TransactionContext`].
//!
//! Each one passes [`CallState::enter`] first: that is where calls and bytes are counted. What the contract may not do comes back to
//! it as an error text; what ends the call is a [`Stop`].

mod chaincodes;
mod client_identity;
mod crypto;
mod diagnostics;
mod ledger;
mod private_data;
mod state;
mod transaction;

use std::time::Instant;

use wasmtime::ResourceLimiter;
use wasmtime::component::{HasSelf, Linker};

use crate::contract::CallUsage;
use crate::limits::{Limits, TABLE_ELEMENTS_MAX};
use crate::wasi::WasiState;
use crate::{ContextError, TransactionContext, text};

/// Types and glue generated from the WIT package.
pub mod bindings {
    #![allow(missing_docs, clippy::all)]
    wasmtime::component::bindgen!({
        path: "../host-api/wit",
        world: "chaincode",
        imports: { default: trappable },
        with: {
            "fabric:chaincode/state.state-iterator": super::StateIterator,
            "fabric:chaincode/state.history-iterator": super::HistoryIterator,
        },
    });
}

/// A range iterator in the hands of a contract. Its number is the context's.
pub struct StateIterator;
/// A history iterator in the hands of a contract. Its number is the context's.
pub struct HistoryIterator;

/// What a store holds while a call runs.
pub struct CallState {
    pub context: Box<dyn TransactionContext>,
    pub limits: Limits,
    pub deadline: Instant,
    /// The message of [`Stop::Panic`], or the last line on standard error.
    pub last_words: Option<String>,
    pub memory_refused: bool,
    /// Bytes in front of the function's name, in the first argument, that name the contract.
    pub contract_name_bytes: usize,
    /// The instance stands and the guest's function runs.
    pub started: bool,
    pub wasi: WasiState,
    memory_bytes: usize,
    host_calls: u64,
    host_bytes: u64,
    open_iterators: usize,
    log_bytes: usize,
}

/// Why a host function ends the call.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// The contract aborted; the message is in [`CallState::last_words`].
    #[error("the contract aborted")]
    Panic,
    /// The contract used up a limit; the text says which.
    #[error("{0}")]
    Limit(String),
    /// The time is over.
    #[error("the deadline has passed")]
    Deadline,
    /// The ledger side failed.
    #[error("the ledger side failed: {0}")]
    Context(String),
    /// This peer ran out of something the contract has a right to.
    #[error("{0}")]
    Host(String),
}

impl CallState {
    pub fn new(context: Box<dyn TransactionContext>, limits: Limits, deadline: Instant) -> Self {
        Self {
            context,
            limits,
            deadline,
            last_words: None,
            memory_refused: false,
            contract_name_bytes: 0,
            started: false,
            wasi: WasiState::default(),
            memory_bytes: 0,
            host_calls: 0,
            host_bytes: 0,
            open_iterators: 0,
            log_bytes: 0,
        }
    }

    /// What the call has used, without its fuel, which the store counts.
    pub fn usage(&self) -> CallUsage {
        CallUsage { fuel: 0, memory_bytes: self.memory_bytes, host_calls: self.host_calls, host_bytes: self.host_bytes }
    }

    /// The choke point of all host functions: counts the call and the bytes it brings along.
    pub fn enter(&mut self, bytes: usize) -> Result<(), Stop> {
        self.host_calls += 1;
        if self.host_calls > self.limits.host_calls {
            return Err(Stop::Limit(text::host_calls(&self.limits)));
        }
        self.count(bytes)
    }

    /// Counts bytes that go back to the contract.
    pub fn count(&mut self, bytes: usize) -> Result<(), Stop> {
        self.host_bytes = self.host_bytes.saturating_add(bytes as u64);
        if self.host_bytes > self.limits.host_bytes {
            return Err(Stop::Limit(text::host_bytes(&self.limits)));
        }
        Ok(())
    }

    /// Writes a line to the contract's log, within the call's share of it.
    pub fn log(&mut self, level: crate::LogLevel, message: &str) {
        use host_api::limits::{LOG_BYTES_MAX, LOG_LINE_BYTES_MAX};
        let left = LOG_BYTES_MAX.saturating_sub(self.log_bytes);
        if left == 0 {
            return;
        }
        let line = text::printable(message, LOG_LINE_BYTES_MAX.min(left));
        // An empty line counts too, or their number would be unbounded.
        self.log_bytes += line.len() + 1;
        self.context.log(level, &line);
    }
}

/// Splits a context's error into what the contract is told and what ends the call.
fn told<T>(result: Result<T, ContextError>) -> Result<Result<T, String>, Stop> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(ContextError::Refused(text)) => Ok(Err(text)),
        Err(ContextError::Failed(cause)) => Err(Stop::Context(cause)),
    }
}

/// Links the WIT imports.
pub fn add_to_linker(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    bindings::Chaincode::add_to_linker::<CallState, HasSelf<CallState>>(linker, |state| state)
}

impl ResourceLimiter for CallState {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        let total = self.memory_bytes.saturating_add(desired.saturating_sub(current));
        if total > self.limits.memory_bytes || maximum.is_some_and(|maximum| desired > maximum) {
            self.memory_refused |= total > self.limits.memory_bytes;
            return Ok(false);
        }
        self.memory_bytes = total;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        // The host had no memory although the contract had a right to it: this peer's trouble, not the contract's.
        Err(Stop::Host(format!("cannot grow a linear memory: {error:#}")).into())
    }

    fn table_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= TABLE_ELEMENTS_MAX)
    }
}
