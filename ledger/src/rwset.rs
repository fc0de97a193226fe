//! The simulation results of a transaction, decoded once.

use bytes::Bytes;
use prost::Message;
use proto::kvrwset::{HashedRwSet, KvWrite, KvWriteHash, KvrwSet};
use proto::rwset::TxReadWriteSet;
use thiserror::Error;

/// What a transaction read and wrote, decoded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadWriteSet {
    /// In the order of the message; well-formed transactions have them sorted by name, each once.
    pub namespaces: Vec<NamespaceReadWriteSet>,
}

/// The part of a [`ReadWriteSet`] that touches one namespace.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NamespaceReadWriteSet {
    /// The chaincode.
    pub namespace: String,
    /// Public reads, range queries, writes and metadata writes.
    pub public: KvrwSet,
    /// Hashes of what the transaction did to collections.
    pub collections: Vec<CollectionReadWriteSet>,
}

/// The part of a [`NamespaceReadWriteSet`] that touches one collection.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CollectionReadWriteSet {
    /// Its name.
    pub collection: String,
    /// Reads and writes by the hash of their key.
    pub hashed: HashedRwSet,
    /// SHA-256 of the serialized private writes; empty when there are none.
    pub private_hash: Bytes,
}

/// Simulation results that are no read-write set.
#[derive(Debug, Error)]
pub enum RwsetError {
    /// The outer message.
    #[error("malformed read-write set")]
    Outer(#[source] prost::DecodeError),
    /// The public part of a namespace.
    #[error("malformed read-write set of namespace '{namespace}'")]
    Namespace {
        /// The namespace.
        namespace: String,
        /// Why it does not decode.
        #[source]
        source: prost::DecodeError,
    },
    /// The hashes of a collection.
    #[error("malformed hashed read-write set of collection '{collection}' in namespace '{namespace}'")]
    Collection {
        /// The namespace.
        namespace: String,
        /// The collection.
        collection: String,
        /// Why it does not decode.
        #[source]
        source: prost::DecodeError,
    },
}

impl ReadWriteSet {
    /// Decodes `ChaincodeAction.results`.
    pub fn decode(bytes: Bytes) -> Result<ReadWriteSet, RwsetError> {
        let message = TxReadWriteSet::decode(bytes).map_err(RwsetError::Outer)?;
        let namespaces = message.ns_rwset.into_iter().map(decode_namespace).collect::<Result<_, _>>()?;
        Ok(ReadWriteSet { namespaces })
    }

    /// The part that touches `namespace`.
    pub fn namespace(&self, namespace: &str) -> Option<&NamespaceReadWriteSet> {
        self.namespaces.iter().find(|set| set.namespace == namespace)
    }

    /// SHA-256 over the private writes to a collection, as the transaction says it; nothing when it wrote none.
    pub fn private_hash(&self, namespace: &str, collection: &str) -> Option<&Bytes> {
        let set = self.namespace(namespace)?;
        let found = set.collections.iter().find(|set| set.collection == collection)?;
        Some(&found.private_hash).filter(|hash| !hash.is_empty())
    }
}

impl NamespaceReadWriteSet {
    /// Whether anything is written: values, metadata, or collections.
    pub fn has_writes(&self) -> bool {
        !self.public.writes.is_empty()
            || !self.public.metadata_writes.is_empty()
            || self
                .collections
                .iter()
                .any(|set| !set.hashed.hashed_writes.is_empty() || !set.hashed.metadata_writes.is_empty())
    }
}

fn decode_namespace(message: proto::rwset::NsReadWriteSet) -> Result<NamespaceReadWriteSet, RwsetError> {
    let namespace = message.namespace;
    let public = match KvrwSet::decode(message.rwset) {
        Ok(public) => public,
        Err(source) => return Err(RwsetError::Namespace { namespace, source }),
    };
    let mut collections = Vec::with_capacity(message.collection_hashed_rwset.len());
    for set in message.collection_hashed_rwset {
        let collection = set.collection_name;
        match HashedRwSet::decode(set.hashed_rwset) {
            Ok(hashed) => {
                collections.push(CollectionReadWriteSet { collection, hashed, private_hash: set.pvt_rwset_hash });
            }
            Err(source) => return Err(RwsetError::Collection { namespace, collection, source }),
        }
    }
    Ok(NamespaceReadWriteSet { namespace, public, collections })
}

/// Whether a write removes its key. An empty value does so too (Fabric FAB-18386).
pub(crate) fn is_delete(write: &KvWrite) -> bool {
    write.is_delete || write.value.is_empty()
}

/// Whether a write removes its key: no hash and the hash of nothing do so too.
pub(crate) fn is_hash_delete(write: &KvWriteHash) -> bool {
    const HASH_OF_NOTHING: [u8; 32] = [
        0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae,
        0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
    ];
    write.is_delete || write.value_hash.is_empty() || *write.value_hash == HASH_OF_NOTHING
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_decode_or_fail(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = ReadWriteSet::decode(bytes.into());
        }

        #[test]
        fn fragments_of_a_set_decode_or_fail(cut in any::<proptest::sample::Index>(), place in any::<proptest::sample::Index>()) {
            let read = proto::kvrwset::KvRead { key: "k".into(), version: Some(Default::default()) };
            let public = KvrwSet { reads: vec![read; 3], ..Default::default() };
            let namespace = proto::rwset::NsReadWriteSet {
                namespace: "basic".into(),
                rwset: public.encode_to_vec().into(),
                ..Default::default()
            };
            let mut bytes = TxReadWriteSet { ns_rwset: vec![namespace; 2], ..Default::default() }.encode_to_vec();
            prop_assert_eq!(ReadWriteSet::decode(bytes.clone().into()).unwrap().namespaces.len(), 2);
            let place = place.index(bytes.len());
            bytes[place] ^= 0x15;
            bytes.truncate(cut.index(bytes.len() + 1));
            let _ = ReadWriteSet::decode(bytes.into());
        }
    }

    #[test]
    fn errors_name_the_part() {
        let namespace = proto::rwset::NsReadWriteSet {
            namespace: "basic".into(),
            rwset: Bytes::from_static(&[0xff]),
            ..Default::default()
        };
        let bytes = TxReadWriteSet { ns_rwset: vec![namespace], ..Default::default() }.encode_to_vec();
        let error = ReadWriteSet::decode(bytes.into()).unwrap_err();
        assert!(error.to_string().contains("'basic'"), "{error}");
    }

    #[test]
    fn writes_of_nothing_delete() {
        let write = |is_delete, value: &'static [u8]| KvWrite { is_delete, value: value.into(), ..Default::default() };
        for (write, expected) in [(write(false, b"v"), false), (write(true, b"v"), true), (write(false, b""), true)] {
            assert_eq!(is_delete(&write), expected);
        }
        let hashed = |hash: &[u8]| KvWriteHash { value_hash: Bytes::copy_from_slice(hash), ..Default::default() };
        for (write, expected) in
            [(hashed(&proto::sha256([b"v"])), false), (hashed(&proto::sha256([b""])), true), (hashed(&[]), true)]
        {
            assert_eq!(is_hash_delete(&write), expected);
        }
    }
}
