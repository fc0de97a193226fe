//! Blocks in append-only files, one log for peers and orderers.

use std::path::Path;

use bytes::Bytes;
use proto::common::{Block, BlockHeader};

use crate::error::{AppendError, OpenError, ReadError};

/// Settings of a [`BlockStore`].
#[derive(Clone, Debug)]
pub struct BlockStoreOptions {
    /// A segment file takes no further block once it has this many bytes.
    pub segment_bytes: u64,
}

impl Default for BlockStoreOptions {
    fn default() -> Self {
        BlockStoreOptions { segment_bytes: 64 << 20 }
    }
}

/// The blocks of one channel. Reads run beside appends.
pub struct BlockStore {}

#[allow(unused_variables)]
impl BlockStore {
    /// Opens the store in `dir`, or creates it. A last append that a crash cut short is removed with a log line.
    pub fn open(dir: &Path, options: BlockStoreOptions) -> Result<BlockStore, OpenError> {
        unimplemented!()
    }

    /// How many blocks there are; the next one has this number.
    pub fn height(&self) -> u64 {
        unimplemented!()
    }

    /// Appends blocks in order and makes them durable with one fdatasync. All or none are appended.
    pub fn append(&self, blocks: &[Bytes]) -> Result<(), AppendError> {
        unimplemented!()
    }

    /// A block as it was appended; nothing when it is not there yet.
    pub fn block_bytes(&self, number: u64) -> Result<Option<Bytes>, ReadError> {
        unimplemented!()
    }

    /// A block; nothing when it is not there yet.
    pub fn block(&self, number: u64) -> Result<Option<Block>, ReadError> {
        unimplemented!()
    }

    /// The last block; nothing when the store is empty.
    pub fn last_block(&self) -> Result<Option<Block>, ReadError> {
        unimplemented!()
    }

    /// The header of the last block; nothing when the store is empty.
    pub fn last_header(&self) -> Option<BlockHeader> {
        unimplemented!()
    }
}
