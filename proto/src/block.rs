//! Blocks: what is hashed and signed, and the slots of their metadata (Fabric `protoutil/blockutils.go`).

mod well_formed;

use bytes::Bytes;
use prost::Message;

use crate::common::{self, Block, BlockData, BlockHeader, BlockMetadata};
use crate::protos::TxValidationCode;
use crate::{Digest, sha256};
pub use well_formed::check_well_formed;

/// How many metadata slots a block has; `common::BlockMetadataIndex` names them.
pub const METADATA_SLOTS: usize = 5;

/// A block without metadata signatures. `previous_hash` is empty for block 0.
pub fn new(number: u64, previous_hash: Bytes, data: Vec<Bytes>) -> Block {
    let data_hash = Bytes::copy_from_slice(&data_hash(&data));
    Block {
        header: Some(BlockHeader { number, previous_hash, data_hash }),
        data: Some(BlockData { data }),
        metadata: Some(BlockMetadata { metadata: vec![Bytes::new(); METADATA_SLOTS] }),
    }
}

/// The bytes over which a header is hashed and signed: DER of `SEQUENCE { INTEGER number, OCTET STRING previous_hash,
/// OCTET STRING data_hash }`.
pub fn header_der(header: &BlockHeader) -> Vec<u8> {
    let mut body = Vec::with_capacity(96);
    let number = header.number.to_be_bytes();
    let skipped = (header.number.leading_zeros() as usize / 8).min(7);
    let digits = &number[skipped..];
    // DER integers are signed: a leading one bit needs a zero byte before it.
    let padding = usize::from(digits[0] & 0x80 != 0);
    push_der_length(&mut body, 0x02, digits.len() + padding);
    body.extend(std::iter::repeat_n(0, padding));
    body.extend_from_slice(digits);
    for hash in [&header.previous_hash, &header.data_hash] {
        push_der_length(&mut body, 0x04, hash.len());
        body.extend_from_slice(hash);
    }
    let mut der = Vec::with_capacity(body.len() + 4);
    push_der_length(&mut der, 0x30, body.len());
    der.extend_from_slice(&body);
    der
}

fn push_der_length(out: &mut Vec<u8>, tag: u8, length: usize) {
    out.push(tag);
    if length < 0x80 {
        out.push(length as u8);
        return;
    }
    let bytes = length.to_be_bytes();
    let digits = &bytes[length.leading_zeros() as usize / 8..];
    out.push(0x80 | digits.len() as u8);
    out.extend_from_slice(digits);
}

/// The hash that the next block carries as `previous_hash`.
pub fn header_hash(header: &BlockHeader) -> Digest {
    sha256([&header_der(header)])
}

/// The hash over a block's transactions: SHA-256 of their concatenation.
pub fn data_hash(data: &[Bytes]) -> Digest {
    let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    for envelope in data {
        context.update(envelope);
    }
    context.finish().as_ref().try_into().expect("a SHA-256 digest has 32 bytes")
}

/// The bytes of one metadata slot, empty when the block has none.
pub fn metadata(block: &Block, index: common::BlockMetadataIndex) -> Bytes {
    block.metadata.as_ref().and_then(|metadata| metadata.metadata.get(index as usize)).cloned().unwrap_or_default()
}

/// Sets one metadata slot; missing slots before it become empty ones.
pub fn set_metadata(block: &mut Block, index: common::BlockMetadataIndex, value: Bytes) {
    let slots = &mut block.metadata.get_or_insert_default().metadata;
    if slots.len() < METADATA_SLOTS {
        slots.resize(METADATA_SLOTS, Bytes::new());
    }
    slots[index as usize] = value;
}

/// The validation code of transaction `index`; `NotValidated` where the block does not say.
pub fn validation_code(block: &Block, index: usize) -> TxValidationCode {
    let flags = metadata(block, common::BlockMetadataIndex::TransactionsFilter);
    flags
        .get(index)
        .and_then(|flag| TxValidationCode::try_from(i32::from(*flag)).ok())
        .unwrap_or(TxValidationCode::NotValidated)
}

/// The number of the block that holds the configuration in force at `block`, as its orderer wrote it.
pub fn last_config_index(block: &Block) -> Result<u64, prost::DecodeError> {
    let signatures = metadata(block, common::BlockMetadataIndex::Signatures);
    let value = common::Metadata::decode(signatures)?.value;
    let index = common::OrdererBlockMetadata::decode(value)?.last_config.map(|config| config.index);
    match index {
        Some(index) => Ok(index),
        None => {
            let slot = metadata(block, common::BlockMetadataIndex::LastConfig);
            let value = common::Metadata::decode(slot)?.value;
            Ok(common::LastConfig::decode(value)?.index)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_der(number: u64, expected: &str) {
        let header = BlockHeader { number, previous_hash: Bytes::from_static(&[1]), data_hash: Bytes::new() };
        assert_eq!(hex::encode(header_der(&header)), expected);
    }

    #[test]
    fn header_is_der_with_a_signed_integer() {
        check_der(0, "30080201000401010400");
        check_der(127, "300802017f0401010400");
        check_der(128, "3009020200800401010400");
        check_der(1 << 63, "301002090080000000000000000401010400");
    }

    #[test]
    fn metadata_slots_are_padded() {
        let mut block = Block::default();
        set_metadata(&mut block, common::BlockMetadataIndex::TransactionsFilter, Bytes::from_static(&[0, 11]));
        assert_eq!(block.metadata.as_ref().map(|metadata| metadata.metadata.len()), Some(METADATA_SLOTS));
        assert_eq!(validation_code(&block, 0), TxValidationCode::Valid);
        assert_eq!(validation_code(&block, 1), TxValidationCode::MvccReadConflict);
        assert_eq!(validation_code(&block, 2), TxValidationCode::NotValidated);
    }
}
