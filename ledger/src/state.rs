//! What the state holds for a key, and how it is stored.

use bytes::{Buf, Bytes};
use proto::ordered_varint;

/// Which transaction wrote something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// Its block.
    pub block: u64,
    /// Its place in the block.
    pub transaction: u64,
}

/// The value of a key with its metadata and version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionedValue {
    /// Never empty: an empty value deletes the key.
    pub value: Bytes,
    /// Serialized `KvMetadataWrite` without its key, or empty.
    pub metadata: Bytes,
    /// Who wrote it last, value or metadata.
    pub version: Version,
}

impl Version {
    /// The encoding that sorts like the version.
    pub fn push(self, out: &mut Vec<u8>) {
        ordered_varint::push(out, self.block);
        ordered_varint::push(out, self.transaction);
    }

    /// Reads a version from the front of `bytes`; gives it and how many bytes it took.
    pub fn read(bytes: &[u8]) -> Option<(Version, usize)> {
        let (block, first) = ordered_varint::read(bytes)?;
        let (transaction, second) = ordered_varint::read(&bytes[first..])?;
        Some((Version { block, transaction }, first + second))
    }

    /// The message of read sets.
    pub fn to_message(self) -> proto::kvrwset::Version {
        proto::kvrwset::Version { block_num: self.block, tx_num: self.transaction }
    }

    /// From the message of read sets.
    pub fn from_message(message: &proto::kvrwset::Version) -> Version {
        Version { block: message.block_num, transaction: message.tx_num }
    }
}

impl VersionedValue {
    /// The stored form: version, length of the metadata, metadata, value.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(24 + self.metadata.len() + self.value.len());
        self.version.push(&mut out);
        ordered_varint::push(&mut out, self.metadata.len() as u64);
        out.extend_from_slice(&self.metadata);
        out.extend_from_slice(&self.value);
        out
    }

    /// Reads the stored form; nothing when it is malformed.
    pub fn decode(mut bytes: Bytes) -> Option<VersionedValue> {
        let (version, start) = Version::read(&bytes)?;
        let (length, taken) = ordered_varint::read(&bytes[start..])?;
        let metadata_start = start + taken;
        let metadata_end = metadata_start.checked_add(usize::try_from(length).ok()?)?;
        if metadata_end > bytes.len() {
            return None;
        }
        // Nothing is shared, and so nothing allocated, where there is no metadata, which is nearly always.
        let metadata = bytes.slice(metadata_start..metadata_end);
        bytes.advance(metadata_end);
        Some(VersionedValue { value: bytes, metadata, version })
    }

    /// The version of a stored form, without reading the rest.
    pub fn decode_version(bytes: &[u8]) -> Option<Version> {
        Version::read(bytes).map(|(version, _)| version)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn values_read_back(value: Vec<u8>, metadata: Vec<u8>, block: u64, transaction: u64) {
            let version = Version { block, transaction };
            let stored = VersionedValue { value: value.into(), metadata: metadata.into(), version };
            let bytes = Bytes::from(stored.encode());
            prop_assert_eq!(VersionedValue::decode_version(&bytes), Some(version));
            prop_assert_eq!(VersionedValue::decode(bytes), Some(stored));
        }

        #[test]
        fn any_bytes_decode_or_do_not(bytes: Vec<u8>) {
            if let Some(value) = VersionedValue::decode(Bytes::from(bytes.clone())) {
                prop_assert!(value.value.len() + value.metadata.len() < bytes.len());
            }
        }

        #[test]
        fn encoded_versions_sort_like_versions(left: (u64, u64), right: (u64, u64)) {
            let encoded = |(block, transaction)| {
                let mut out = Vec::new();
                Version { block, transaction }.push(&mut out);
                out
            };
            prop_assert_eq!(encoded(left).cmp(&encoded(right)), left.cmp(&right));
        }
    }
}
