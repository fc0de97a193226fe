//! Calls without Wasm: the host functions, their limits and the ends of a call, for a contract in Rust that a test runs in its own
//! process.
//!
//! Fuel, memory and time have no limits there.

use std::time::{Duration, Instant};

use wasmtime::component::Resource;

use crate::contract::{Prepared, answer_outcome, failure_outcome, prepare};
pub use crate::host::bindings::fabric::chaincode as interfaces;
use crate::host::{CallState, HistoryIterator, StateIterator, Stop};
use crate::{Limits, LogLevel, Outcome, TransactionContext, text};

use interfaces::state::{HostHistoryIterator, HostStateIterator, KeyModification, KeyValue};

/// What a host function gives back: the outer error ends the call ([`NativeCall::stopped`]), the inner one is told to the contract.
pub type Told<T> = Result<Result<T, String>, Stopped>;

/// Why a host function ends the call.
pub use wasmtime::Error as Stopped;

/// One call of a contract. It has the host functions of all [`interfaces`].
pub struct NativeCall {
    state: CallState,
    deadline: Duration,
}

impl NativeCall {
    /// A call over this context; calls of other chaincodes must be over at the deadline.
    pub fn new(context: Box<dyn TransactionContext>, limits: Limits, deadline: Duration) -> Self {
        let end = Instant::now() + deadline;
        Self { state: CallState::new(context, limits, end), deadline }
    }

    /// The function to call and its arguments, or how the call ends without the contract. `functions` are those that it
    /// declares, like `submit CreateAsset(id: String)`.
    pub fn begin(&mut self, functions: &[String]) -> Result<(String, Vec<Vec<u8>>), Outcome> {
        match prepare(&mut self.state, functions) {
            Prepared::Answer(answer) => Err(answer_outcome(answer)),
            Prepared::Call { function, args } => Ok((function, args)),
        }
    }

    /// The host functions.
    pub fn functions(
        &mut self,
    ) -> &mut (
             impl interfaces::state::Host
             + interfaces::private_data::Host
             + interfaces::transaction::Host
             + interfaces::client_identity::Host
             + interfaces::chaincodes::Host
             + interfaces::crypto::Host
             + interfaces::diagnostics::Host
         ) {
        &mut self.state
    }

    /// The number of an iterator, by which the methods below know it.
    pub fn number_of<T: 'static>(iterator: &Resource<T>) -> u32 {
        iterator.rep()
    }

    /// The next entry of an iterator over keys.
    pub fn next_state(&mut self, iterator: u32) -> Told<Option<KeyValue>> {
        HostStateIterator::next(&mut self.state, Resource::<StateIterator>::new_own(iterator))
    }

    /// The next entry of an iterator over modifications.
    pub fn next_modification(&mut self, iterator: u32) -> Told<Option<KeyModification>> {
        HostHistoryIterator::next(&mut self.state, Resource::<HistoryIterator>::new_own(iterator))
    }

    /// Closes an iterator of either kind.
    pub fn close(&mut self, iterator: u32) {
        self.state.close(iterator);
    }

    /// How the call ends with the contract's answer.
    pub fn answered(&self, answer: Result<Vec<u8>, String>) -> Outcome {
        answer_outcome(answer)
    }

    /// How it ends when a host function ended it.
    pub fn stopped(&self, stopped: &Stopped) -> Outcome {
        failure_outcome(stopped, &self.state, self.deadline)
    }

    /// How it ends when the contract panicked.
    pub fn panicked(&mut self, message: &str) -> Outcome {
        let message = text::printable(message, host_api::limits::MESSAGE_BYTES_MAX);
        self.state.log(LogLevel::Warning, &format!("the call panicked: {message}"));
        self.state.last_words = Some(message);
        self.stopped(&Stop::Panic.into())
    }
}
