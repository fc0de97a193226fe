//! How a call ended, and which endings may be endorsed.

use bytes::Bytes;
use host_api::status;

use crate::text;

/// The end of a call.
#[derive(Debug)]
pub enum Outcome {
    /// The contract's own answer, or the fixed answer to a fault of the contract. The same at every peer.
    Response {
        /// 200 for success; 400 and above is never endorsed.
        status: i32,
        /// Error text; empty on success.
        message: String,
        /// The function's result; empty on failure.
        payload: Bytes,
    },
    /// This peer could not finish the call. Says nothing about the contract and is never endorsed.
    Aborted(EnvironmentError),
}

impl Outcome {
    pub(crate) fn ok(payload: Bytes) -> Self {
        Self::Response { status: status::OK, message: String::new(), payload }
    }

    pub(crate) fn error(mut message: String) -> Self {
        text::cut(&mut message, host_api::limits::MESSAGE_BYTES_MAX);
        Self::Response { status: status::ERROR, message, payload: Bytes::new() }
    }
}

/// What kept this peer from finishing a call.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    /// The call ran longer than it may.
    #[error("the call did not finish within {deadline_ms} ms")]
    Deadline {
        /// The time it had.
        deadline_ms: u128,
    },
    /// As many calls as the engine has room for were running during the whole time this one had.
    #[error("no room for another call")]
    Busy,
    /// The ledger side failed.
    #[error("cannot reach the ledger: {0}")]
    Context(String),
    /// The engine failed in a way a contract cannot cause.
    #[error("cannot run the contract: {0}")]
    Engine(String),
}
