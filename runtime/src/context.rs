//! The ledger side of one call, as the contract's host functions need it.

use std::any::Any;
use std::collections::BTreeMap;
use std::time::Instant;

use bytes::Bytes;

/// What one call may read, write and say. The peer implements it over a simulator, [`crate::memory`] for tests.
///
/// A `collection` is the name of a private data collection, or empty for the public state. Sizes, key rules and the number of
/// open iterators are checked before these methods are called. `Any`, so that the caller of [`crate::Contract::invoke`] gets
/// back what it gave.
pub trait TransactionContext: Any + Send {
    /// The proposal being answered.
    fn invocation(&self) -> &Invocation;
    /// The committed value of `key`; the call's own writes are not seen, as in Fabric.
    fn get_state(&mut self, collection: &str, key: &str) -> Result<Option<Bytes>, ContextError>;
    /// SHA-256 of a private value.
    fn get_hash(&mut self, collection: &str, key: &str) -> Result<Option<Bytes>, ContextError>;
    /// Records a write.
    fn put_state(&mut self, collection: &str, key: &str, value: Bytes) -> Result<(), ContextError>;
    /// Records a delete.
    fn delete_state(&mut self, collection: &str, key: &str) -> Result<(), ContextError>;
    /// Records the delete of a private key together with its past values.
    fn purge(&mut self, collection: &str, key: &str) -> Result<(), ContextError>;
    /// The committed metadata of `key` by name.
    fn metadata(&mut self, collection: &str, key: &str) -> Result<BTreeMap<String, Bytes>, ContextError>;
    /// Records metadata of `key`, which replaces what it had.
    fn put_metadata(&mut self, collection: &str, key: &str, name: &str, value: Bytes) -> Result<(), ContextError>;
    /// Opens an iterator over `start <= key < end`; an empty `end` means no end.
    fn open_range(&mut self, collection: &str, start: &str, end: &str) -> Result<u32, ContextError>;
    /// Opens an iterator over at most `page_size` keys of a range of the public state.
    fn open_page(&mut self, start: &str, end: &str, page_size: u32) -> Result<Page, ContextError>;
    /// Opens an iterator over the answer to a query in the language of the state database.
    fn open_query(&mut self, collection: &str, query: &str) -> Result<u32, ContextError>;
    /// Opens an iterator over at most `page_size` keys of such an answer.
    fn open_query_page(&mut self, query: &str, page_size: u32, bookmark: &str) -> Result<Page, ContextError>;
    /// Opens an iterator over the committed modifications of `key`, newest first.
    fn open_history(&mut self, key: &str) -> Result<u32, ContextError>;
    /// The next entry of an iterator over keys.
    fn next_state(&mut self, iterator: u32) -> Result<Option<KeyValue>, ContextError>;
    /// The next entry of an iterator from [`Self::open_history`].
    fn next_modification(&mut self, iterator: u32) -> Result<Option<KeyModification>, ContextError>;
    /// Closes an iterator of any kind. Unknown ones are ignored.
    fn close(&mut self, iterator: u32);
    /// Sets the transaction's event; a second one replaces the first.
    fn set_event(&mut self, name: &str, payload: Bytes) -> Result<(), ContextError>;
    /// Calls another chaincode; an empty `channel_id` means the channel of this call. It must be over at `deadline`.
    fn invoke_chaincode(
        &mut self,
        name: &str,
        channel_id: &str,
        args: Vec<Bytes>,
        deadline: Instant,
    ) -> Result<ChaincodeResponse, ContextError>;
    /// A line for the chaincode's log, free of control characters.
    fn log(&mut self, level: LogLevel, message: &str);
}

/// The facts about a call that do not change while it runs.
#[derive(Clone, Debug, Default)]
pub struct Invocation {
    /// Identifier of the transaction.
    pub tx_id: String,
    /// The channel the proposal is for; empty when there is none.
    pub channel_id: String,
    /// The client's time: seconds since 1970 and nanoseconds.
    pub timestamp: (i64, u32),
    /// The creator as a marshalled `msp.SerializedIdentity`.
    pub creator: Bytes,
    /// The creator's MSP.
    pub creator_msp_id: String,
    /// The creator's certificate, PEM.
    pub creator_certificate: Bytes,
    /// All arguments; the first is the name of the function.
    pub args: Vec<Bytes>,
    /// Fields for the endorsers only.
    pub transient: BTreeMap<String, Bytes>,
    /// The proposal as the client signed it: a marshalled `protos.SignedProposal`.
    pub signed_proposal: Bytes,
    /// The nonce of the proposal's header.
    pub nonce: Bytes,
    /// What the peer's decorators added.
    pub decorations: BTreeMap<String, Bytes>,
    /// Whether the contract's `init` runs instead of `invoke`.
    pub is_init: bool,
}

/// An open iterator over one page of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The iterator.
    pub iterator: u32,
    /// How many keys the page has.
    pub fetched_records_count: u32,
    /// Where the next page begins; empty after the last one.
    pub bookmark: String,
}

/// What another chaincode answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChaincodeResponse {
    /// 200 for success, 400 and above for failures.
    pub status: i32,
    /// Why it failed.
    pub message: String,
    /// Its result.
    pub payload: Bytes,
}

/// An entry of a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyValue {
    /// The key.
    pub key: String,
    /// Its committed value.
    pub value: Bytes,
}

/// A committed modification of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyModification {
    /// The transaction that made it.
    pub tx_id: String,
    /// The value it wrote; empty for a delete.
    pub value: Bytes,
    /// That transaction's time: seconds since 1970 and nanoseconds.
    pub timestamp: (i64, u32),
    /// Whether it deleted the key.
    pub is_delete: bool,
}

/// Why the ledger side did not do what the contract asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContextError {
    /// The contract asked for something it may not have; the contract is told this text and goes on.
    #[error("{0}")]
    Refused(String),
    /// The peer itself failed; the call ends and nothing is endorsed.
    #[error("{0}")]
    Failed(String),
}

/// Severity of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// For developers.
    Debug,
    /// Normal operation.
    Info,
    /// Unexpected, but the call goes on.
    Warning,
    /// The call is about to fail.
    Error,
}
