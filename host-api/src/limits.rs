//! Sizes a contract may rely on, and must stay under. All are in bytes unless the name says otherwise.
//!
//! The same numbers hold on every peer: a call that exceeds one fails everywhere alike.

/// A state key.
pub const KEY_BYTES_MAX: usize = 64 * 1024;
/// A value written to the state.
pub const VALUE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// An event's name.
pub const EVENT_NAME_BYTES_MAX: usize = 1024;
/// An event's payload.
pub const EVENT_PAYLOAD_BYTES_MAX: usize = 1024 * 1024;
/// The payload of a response.
pub const RESPONSE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// The error text of a response; longer texts are cut.
pub const MESSAGE_BYTES_MAX: usize = 16 * 1024;
/// One line of log; longer ones are cut.
pub const LOG_LINE_BYTES_MAX: usize = 4 * 1024;
/// All log lines of one call together; further ones are dropped.
pub const LOG_BYTES_MAX: usize = 256 * 1024;
/// Attributes in one composite key.
pub const COMPOSITE_KEY_ATTRIBUTES_MAX: usize = 1024;
/// Iterators open at once.
pub const OPEN_ITERATORS_MAX: usize = 256;
/// All arguments and transient fields of one call together.
pub const ARGUMENTS_BYTES_MAX: usize = 32 * 1024 * 1024;
/// A private data collection's name.
pub const COLLECTION_NAME_BYTES_MAX: usize = 256;
/// A query in the language of the state database.
pub const QUERY_BYTES_MAX: usize = 256 * 1024;
/// Keys in one batch of reads or writes.
pub const BATCH_KEYS_MAX: usize = 10_000;
/// The name of a chaincode that is called.
pub const CHAINCODE_NAME_BYTES_MAX: usize = 256;
/// The name of the channel it is called on.
pub const CHANNEL_NAME_BYTES_MAX: usize = 256;
/// Chaincodes that may be calling each other at once, the first one included.
pub const CALL_DEPTH_MAX: usize = 6;
