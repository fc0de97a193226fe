//! Private data between endorsement and commit.

use proto::rwset::TxPvtReadWriteSet;
use crate::error::TransientError;

/// Private data of endorsed transactions that are not yet committed. Survives a crash.
pub struct TransientStore {}

#[allow(unused_variables)]
impl TransientStore {
    /// Keeps the private writes of a transaction endorsed at `height`; replaces earlier ones of the same id.
    pub fn put(&self, tx_id: &str, height: u64, private: &TxPvtReadWriteSet) -> Result<(), TransientError> {
        unimplemented!()
    }
    /// The private writes of a transaction. They stay until [`TransientStore::remove`], so that a crash between reading
    /// and committing loses nothing.
    pub fn get(&self, tx_id: &str) -> Result<Option<TxPvtReadWriteSet>, TransientError> {
        unimplemented!()
    }
    /// Forgets transactions, after their block is committed.
    pub fn remove(&self, tx_ids: &[&str]) -> Result<(), TransientError> {
        unimplemented!()
    }
    /// Forgets transactions endorsed below `height`: they never made it into a block.
    pub fn purge_below(&self, height: u64) -> Result<(), TransientError> {
        unimplemented!()
    }
}
