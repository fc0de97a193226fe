//! Blocks in the making: numbers, hashes, metadata, the orderer's signature.

use std::sync::Arc;

use bytes::Bytes;
use msp::{SignError, SigningIdentity};
use prost::Message;
use proto::common::{
    Block, BlockHeader, BlockMetadataIndex, LastConfig, Metadata, MetadataSignature, OrdererBlockMetadata,
};

use crate::cutter::Batch;

/// Makes the blocks after the last one of a chain.
pub(crate) struct BlockWriter {
    signer: Arc<SigningIdentity>,
    next: u64,
    previous_hash: Bytes,
    last_config: u64,
}

impl BlockWriter {
    /// Goes on after the block with header `last`; `last_config` is the number of the block whose configuration holds.
    pub(crate) fn new(signer: Arc<SigningIdentity>, last: &BlockHeader, last_config: u64) -> Self {
        let previous_hash = Bytes::copy_from_slice(&proto::block::header_hash(last));
        Self { signer, next: last.number + 1, previous_hash, last_config }
    }

    /// The number of the next block.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// A block of ordinary transactions, serialized. After an error it can be made again.
    pub(crate) fn block(&mut self, batch: Batch) -> Result<Bytes, SignError> {
        let mut block = proto::block::new(self.next, self.previous_hash.clone(), batch);
        let header = block.header.clone().unwrap_or_default();
        self.add_metadata(&mut block, &header)?;
        self.previous_hash = Bytes::copy_from_slice(&proto::block::header_hash(&header));
        self.next += 1;
        Ok(block.encode_to_vec().into())
    }

    /// A block of one configuration transaction, which is its own last configuration.
    pub(crate) fn config_block(&mut self, envelope: Bytes) -> Result<Bytes, SignError> {
        self.last_config = self.next;
        self.block(vec![envelope])
    }

    fn add_metadata(&self, block: &mut Block, header: &BlockHeader) -> Result<(), SignError> {
        let last_config = LastConfig { index: self.last_config };
        // Older peers read the last configuration from here.
        let slot = Metadata { value: last_config.encode_to_vec().into(), signatures: Vec::new() };
        proto::block::set_metadata(block, BlockMetadataIndex::LastConfig, slot.encode_to_vec().into());

        let consenter_metadata = Metadata::default().encode_to_vec().into();
        let value = OrdererBlockMetadata { last_config: Some(last_config), consenter_metadata }.encode_to_vec();
        let signature_header = self.signer.new_signature_header().encode_to_vec();
        let message = [&value[..], &signature_header, &proto::block::header_der(header)].concat();
        let signature = MetadataSignature {
            signature: self.signer.sign(&message)?,
            signature_header: signature_header.into(),
            ..Default::default()
        };
        let slot = Metadata { value: value.into(), signatures: vec![signature] };
        proto::block::set_metadata(block, BlockMetadataIndex::Signatures, slot.encode_to_vec().into());
        Ok(())
    }
}
