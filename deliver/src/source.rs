//! Where blocks come from.

use std::sync::Arc;

use bytes::Bytes;
use channel::Bundle;
use tokio::sync::watch;

/// The blocks of one channel, as a peer or an orderer has them.
pub trait BlockSource: Send + Sync + 'static {
    /// The channel's configuration at this moment: who may read, and how often that must be asked again.
    fn bundle(&self) -> Arc<Bundle>;

    /// The height: how many blocks can be read. When the sender goes away the channel is closing, and its streams end.
    fn heights(&self) -> watch::Receiver<u64>;

    /// Block `number` (serialized) if it is at hand without reading from disk.
    fn recent(&self, number: u64) -> Option<Bytes>;

    /// Block `number` (serialized), `None` at or above the height. May block on the disk.
    fn block_bytes(&self, number: u64) -> Result<Option<Bytes>, ledger::ReadError>;
}
