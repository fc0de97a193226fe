//! Chaincode definitions as `lscc` keeps them: those of channels before Application V2_0, which hold on later channels
//! until `_lifecycle` defines the chaincode anew (Fabric `core/scc/lscc`, `core/common/ccprovider`).
//!
//! Keys and values are bytes of the protocol: every endorser has to read and write the same ones.

use bytes::Bytes;
use prost::Message;
use proto::protos::CollectionConfigPackage;

use crate::definition::{LayoutError, ReadState};

/// The namespace that holds the definitions, and the chaincode that writes it.
pub const NAMESPACE: &str = "lscc";

/// What a key of a chaincode's collections ends with. No chaincode's name has such a character.
const COLLECTIONS_SUFFIX: &str = "~collection";

/// What lies under a chaincode's name. The policies are kept as the bytes that the instantiation came with.
#[derive(Clone, PartialEq, Eq, Hash, Message)]
pub struct ChaincodeData {
    /// The chaincode.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Its version, which endorsements name.
    #[prost(string, tag = "2")]
    pub version: String,
    /// Its endorsement plug-in.
    #[prost(string, tag = "3")]
    pub escc: String,
    /// Its validation plug-in.
    #[prost(string, tag = "4")]
    pub vscc: String,
    /// Its endorsement policy, an encoded `SignaturePolicyEnvelope` for the default plug-in.
    #[prost(bytes = "bytes", tag = "5")]
    pub policy: Bytes,
    /// The hashes of its package, an encoded `CDSData` or `SignedCDSData`.
    #[prost(bytes = "bytes", tag = "6")]
    pub data: Bytes,
    /// The package's fingerprint.
    #[prost(bytes = "bytes", tag = "7")]
    pub id: Bytes,
    /// Who may instantiate and upgrade it, an encoded `SignaturePolicyEnvelope`.
    #[prost(bytes = "bytes", tag = "8")]
    pub instantiation_policy: Bytes,
}

/// Key of a chaincode's collections.
pub fn collections_key(chaincode: &str) -> String {
    format!("{chaincode}{COLLECTIONS_SUFFIX}")
}

/// Whether a key is one of collections.
pub fn is_collections_key(key: &str) -> bool {
    key.contains('~')
}

impl ChaincodeData {
    /// The name under which the package lies and the chaincode registers: `name:version`.
    pub fn chaincode_id(&self) -> String {
        format!("{}:{}", self.name, self.version)
    }

    /// The definition of `chaincode`, read from the namespace [`NAMESPACE`].
    pub fn read(chaincode: &str, state: &mut impl ReadState) -> Result<Option<Self>, LayoutError> {
        read(chaincode, state)
    }
}

/// The collections of `chaincode`, read from the namespace [`NAMESPACE`].
pub fn read_collections(
    chaincode: &str,
    state: &mut impl ReadState,
) -> Result<Option<CollectionConfigPackage>, LayoutError> {
    read(&collections_key(chaincode), state)
}

fn read<M: Message + Default>(key: &str, state: &mut impl ReadState) -> Result<Option<M>, LayoutError> {
    let found = state.read(key).map_err(|source| LayoutError::Read { key: key.to_owned(), source })?;
    let Some(value) = found else { return Ok(None) };
    M::decode(value).map(Some).map_err(|source| LayoutError::Decode { key: key.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_and_collections_have_keys_of_their_own() {
        let data = ChaincodeData { name: "basic".into(), version: "1.0".into(), ..Default::default() };
        let mut state = |key: &str| {
            Ok(match key {
                "basic" => Some(Bytes::from(data.encode_to_vec())),
                "basic~collection" => Some(Bytes::new()),
                "bad" | "bad~collection" => Some(Bytes::from_static(&[0xff])),
                _ => None,
            })
        };
        assert_eq!(ChaincodeData::read("basic", &mut state).expect("well-formed"), Some(data.clone()));
        assert_eq!(ChaincodeData::read("other", &mut state).expect("absent is fine"), None);
        assert_eq!(read_collections("basic", &mut state).expect("well-formed"), Some(Default::default()));
        assert!(matches!(ChaincodeData::read("bad", &mut state), Err(LayoutError::Decode { .. })));
        assert!(matches!(read_collections("bad", &mut state), Err(LayoutError::Decode { .. })));
        assert_eq!(data.chaincode_id(), "basic:1.0");
        assert!(is_collections_key(&collections_key("basic")) && !is_collections_key("basic"));
    }
}
