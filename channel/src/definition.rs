//! Chaincode definitions and how `_lifecycle` lays structures out in state: a metadata key that names the structure and
//! its fields, and one key a field (Fabric `core/chaincode/lifecycle/serializer.go`).
//!
//! Keys and values are bytes of the protocol: every endorser has to read and write the same ones.

use bytes::Bytes;
use prost::Message;
use proto::lifecycle::{ChaincodeEndorsementInfo, ChaincodeValidationInfo, StateData, StateMetadata, state_data};
use proto::protos::{ApplicationPolicy, CollectionConfigPackage, application_policy};

/// The namespace that holds the definitions.
pub const NAMESPACE: &str = "_lifecycle";
/// Prefix of the collections that each organisation has without defining them; the MSP id follows.
pub const IMPLICIT_COLLECTION_PREFIX: &str = "_implicit_org_";
/// Key space of definitions and approvals.
pub const NAMESPACES: &str = "namespaces";
/// Key space of approved packages.
pub const CHAINCODE_SOURCES: &str = "chaincode-sources";
/// The endorsement plug-in of definitions that name none.
pub const DEFAULT_ENDORSEMENT_PLUGIN: &str = "escc";
/// The validation plug-in of definitions that name none.
pub const DEFAULT_VALIDATION_PLUGIN: &str = "vscc";
/// The channel policy that endorses chaincodes whose definition names no policy.
pub const DEFAULT_ENDORSEMENT_POLICY: &str = "/Channel/Application/Endorsement";
/// Who may change chaincode definitions, where the channel says so; elsewhere members of most organisations.
pub const LIFECYCLE_ENDORSEMENT_POLICY: &str = "/Channel/Application/LifecycleEndorsement";

/// What `StateMetadata.datatype` says of a committed definition.
pub const DEFINITION_TYPE: &str = "ChaincodeDefinition";
/// What it says of an organisation's approval.
pub const PARAMETERS_TYPE: &str = "ChaincodeParameters";
/// What it says of an approved package.
pub const LOCAL_PACKAGE_TYPE: &str = "ChaincodeLocalPackage";

/// The implicit collection of an organisation.
pub fn implicit_collection(msp_id: &str) -> String {
    format!("{IMPLICIT_COLLECTION_PREFIX}{msp_id}")
}

/// The organisation whose implicit collection this is.
pub fn implicit_collection_org(collection: &str) -> Option<&str> {
    collection.strip_prefix(IMPLICIT_COLLECTION_PREFIX)
}

/// Name under which an organisation records its approval of one sequence.
pub fn approval_name(chaincode: &str, sequence: i64) -> String {
    format!("{chaincode}#{sequence}")
}

/// Key of a structure's metadata.
pub fn metadata_key(space: &str, name: &str) -> String {
    format!("{space}/metadata/{name}")
}

/// Key of one field of a structure.
pub fn field_key(space: &str, name: &str, field: &str) -> String {
    format!("{space}/fields/{name}/{field}")
}

/// The chaincode whose sequence has this key.
pub fn chaincode_of_sequence(key: &str) -> Option<&str> {
    let name = key.strip_prefix(NAMESPACES)?.strip_prefix("/fields/")?.strip_suffix("/Sequence")?;
    (!name.is_empty() && !name.contains('/')).then_some(name)
}

/// `^[a-zA-Z0-9]+([-_][a-zA-Z0-9]+)*$`, the rule of chaincodes' names.
pub fn is_chaincode_name(name: &str) -> bool {
    name.split(['-', '_']).all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// `^[A-Za-z0-9_.+-]+$`, the rule of chaincodes' versions.
pub fn is_chaincode_version(version: &str) -> bool {
    !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.+-".contains(&byte))
}

/// Why stored bytes are not what the layout says.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    /// The state could not be read.
    #[error("could not get value for key {key}")]
    Read {
        /// The key asked for.
        key: String,
        /// What the state answered.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The bytes are no message of the expected kind.
    #[error("could not unmarshal state for key {key}")]
    Decode {
        /// The key read.
        key: String,
        /// What the decoder found.
        #[source]
        source: prost::DecodeError,
    },
    /// Another structure or field type lies under the key.
    #[error("expected key {key} to hold {expected}")]
    Type {
        /// The key read.
        key: String,
        /// What belongs there.
        expected: &'static str,
    },
}

/// Reads a key of one namespace (or collection); absent keys give nothing.
pub trait ReadState {
    /// The value of `key`.
    fn read(&mut self, key: &str) -> Result<Option<Bytes>, Box<dyn std::error::Error + Send + Sync>>;
}

impl<F> ReadState for F
where
    F: FnMut(&str) -> Result<Option<Bytes>, Box<dyn std::error::Error + Send + Sync>>,
{
    fn read(&mut self, key: &str) -> Result<Option<Bytes>, Box<dyn std::error::Error + Send + Sync>> {
        self(key)
    }
}

/// A chaincode definition with an organisation's parameters for it. The sequence is part of a committed definition, and
/// part of the name of an approval.
#[derive(Clone, Debug, PartialEq)]
pub struct ChaincodeDefinition {
    /// 1 for the first definition, one more for each that replaces it.
    pub sequence: i64,
    /// Version, init rule and endorsement plug-in.
    pub endorsement_info: ChaincodeEndorsementInfo,
    /// Validation plug-in and its parameter, an encoded `ApplicationPolicy` for the default plug-in.
    pub validation_info: ChaincodeValidationInfo,
    /// Explicit collections.
    pub collections: Option<CollectionConfigPackage>,
}

impl ChaincodeDefinition {
    /// Fills in what a request left open.
    pub fn with_defaults(mut self) -> Self {
        if self.endorsement_info.endorsement_plugin.is_empty() {
            self.endorsement_info.endorsement_plugin = DEFAULT_ENDORSEMENT_PLUGIN.to_owned();
        }
        if self.validation_info.validation_plugin.is_empty() {
            self.validation_info.validation_plugin = DEFAULT_VALIDATION_PLUGIN.to_owned();
        }
        if self.validation_info.validation_parameter.is_empty() {
            let reference = application_policy::Type::ChannelConfigPolicyReference(DEFAULT_ENDORSEMENT_POLICY.into());
            let policy = ApplicationPolicy { r#type: Some(reference) };
            self.validation_info.validation_parameter = policy.encode_to_vec().into();
        }
        self
    }

    /// The fields that organisations have to agree on, in the order of the layout.
    pub fn parameters(&self) -> Vec<(&'static str, StateData)> {
        let collections = self.collections.as_ref().map(CollectionConfigPackage::encode_to_vec).unwrap_or_default();
        vec![
            ("EndorsementInfo", bytes_field(self.endorsement_info.encode_to_vec())),
            ("ValidationInfo", bytes_field(self.validation_info.encode_to_vec())),
            ("Collections", bytes_field(collections)),
        ]
    }

    /// All fields of a committed definition, in the order of the layout.
    pub fn fields(&self) -> Vec<(&'static str, StateData)> {
        let sequence = StateData { r#type: Some(state_data::Type::Int64(self.sequence)) };
        std::iter::once(("Sequence", sequence)).chain(self.parameters()).collect()
    }

    /// The committed definition of `chaincode`, read from the namespace [`NAMESPACE`]: metadata first, then the fields.
    pub fn read(chaincode: &str, state: &mut impl ReadState) -> Result<Option<Self>, LayoutError> {
        let Some(metadata) = read_metadata(NAMESPACES, chaincode, state)? else { return Ok(None) };
        if metadata.datatype != DEFINITION_TYPE {
            return Err(LayoutError::Type { key: metadata_key(NAMESPACES, chaincode), expected: DEFINITION_TYPE });
        }
        let sequence = read_sequence(chaincode, state)?;
        let mut bytes = |field| read_bytes(NAMESPACES, chaincode, field, state);
        let (endorsement, validation, collections) =
            (bytes("EndorsementInfo")?, bytes("ValidationInfo")?, bytes("Collections")?);
        let collections = match collections {
            bytes if bytes.is_empty() => None,
            bytes => Some(decode(NAMESPACES, chaincode, "Collections", bytes)?),
        };
        Ok(Some(ChaincodeDefinition {
            sequence,
            endorsement_info: decode(NAMESPACES, chaincode, "EndorsementInfo", endorsement)?,
            validation_info: decode(NAMESPACES, chaincode, "ValidationInfo", validation)?,
            collections,
        }))
    }
}

/// The sequence of the committed definition, 0 when there is none. Each invocation reads this key, and only this one.
pub fn read_sequence(chaincode: &str, state: &mut impl ReadState) -> Result<i64, LayoutError> {
    match read_field(NAMESPACES, chaincode, "Sequence", state)? {
        None => Ok(0),
        Some(StateData { r#type: Some(state_data::Type::Int64(sequence)) }) => Ok(sequence),
        // An `Int64` of zero may be encoded as nothing at all.
        Some(StateData { r#type: None }) => Ok(0),
        Some(_) => Err(LayoutError::Type { key: field_key(NAMESPACES, chaincode, "Sequence"), expected: "an Int64" }),
    }
}

/// A structure's metadata.
pub fn read_metadata(
    space: &str,
    name: &str,
    state: &mut impl ReadState,
) -> Result<Option<StateMetadata>, LayoutError> {
    let key = metadata_key(space, name);
    let Some(value) = state.read(&key).map_err(|source| LayoutError::Read { key: key.clone(), source })? else {
        return Ok(None);
    };
    StateMetadata::decode(value).map(Some).map_err(|source| LayoutError::Decode { key, source })
}

/// One field of a structure.
pub fn read_field(
    space: &str,
    name: &str,
    field: &str,
    state: &mut impl ReadState,
) -> Result<Option<StateData>, LayoutError> {
    let key = field_key(space, name, field);
    let Some(value) = state.read(&key).map_err(|source| LayoutError::Read { key: key.clone(), source })? else {
        return Ok(None);
    };
    StateData::decode(value).map(Some).map_err(|source| LayoutError::Decode { key, source })
}

/// A field value that holds bytes.
pub fn bytes_field(bytes: Vec<u8>) -> StateData {
    StateData { r#type: Some(state_data::Type::Bytes(bytes.into())) }
}

fn read_bytes(space: &str, name: &str, field: &str, state: &mut impl ReadState) -> Result<Bytes, LayoutError> {
    match read_field(space, name, field, state)?.map(|data| data.r#type) {
        None | Some(None) => Ok(Bytes::new()),
        Some(Some(state_data::Type::Bytes(bytes))) => Ok(bytes),
        Some(Some(_)) => Err(LayoutError::Type { key: field_key(space, name, field), expected: "bytes" }),
    }
}

fn decode<M: Message + Default>(space: &str, name: &str, field: &str, bytes: Bytes) -> Result<M, LayoutError> {
    M::decode(bytes).map_err(|source| LayoutError::Decode { key: field_key(space, name, field), source })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn definition() -> ChaincodeDefinition {
        ChaincodeDefinition {
            sequence: 3,
            endorsement_info: ChaincodeEndorsementInfo { version: "1.0".into(), ..Default::default() },
            validation_info: ChaincodeValidationInfo::default(),
            collections: None,
        }
        .with_defaults()
    }

    #[test]
    fn a_definition_reads_back_from_its_fields() {
        let definition = definition();
        let fields = definition.fields();
        let names = fields.iter().map(|(name, _)| (*name).to_owned()).collect();
        let metadata = StateMetadata { datatype: DEFINITION_TYPE.into(), fields: names };
        let mut state: BTreeMap<String, Bytes> = fields
            .iter()
            .map(|(name, data)| (field_key(NAMESPACES, "basic", name), data.encode_to_vec().into()))
            .collect();
        state.insert(metadata_key(NAMESPACES, "basic"), metadata.encode_to_vec().into());
        let mut read = |key: &str| Ok(state.get(key).cloned());
        assert_eq!(ChaincodeDefinition::read("basic", &mut read).expect("well-formed"), Some(definition));
        assert_eq!(ChaincodeDefinition::read("other", &mut read).expect("absent is fine"), None);
        assert_eq!(read_sequence("basic", &mut read).expect("well-formed"), 3);
        assert_eq!(read_sequence("other", &mut read).expect("absent is fine"), 0);
    }

    #[test]
    fn absent_collections_are_a_bytes_field_without_bytes() {
        let (name, data) = definition().fields().pop().expect("four fields");
        assert_eq!((name, data.encode_to_vec()), ("Collections", vec![0x12, 0]));
    }

    #[test]
    fn names_and_versions_follow_fabrics_rules() {
        for name in ["basic", "a-b_c1", "1"] {
            assert!(is_chaincode_name(name), "{name}");
        }
        for name in ["", "-a", "a-", "a__b", "a b", "ä", "a/b"] {
            assert!(!is_chaincode_name(name), "{name}");
        }
        for (version, expected) in [("1.0+b-c_d", true), ("", false), ("1:0", false), ("1/0", false)] {
            assert_eq!(is_chaincode_version(version), expected, "{version}");
        }
    }

    #[test]
    fn malformed_state_is_an_error() {
        let mut read = |_: &str| Ok(Some(Bytes::from_static(&[0xff])));
        assert!(matches!(ChaincodeDefinition::read("basic", &mut read), Err(LayoutError::Decode { .. })));
        let mut read = |_: &str| Ok(Some(Bytes::from_static(&[0x12, 0])));
        assert!(matches!(read_sequence("basic", &mut read), Err(LayoutError::Type { .. })));
    }
}
