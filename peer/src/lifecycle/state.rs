//! How `_lifecycle` keeps definitions and approvals in the state (Fabric `core/chaincode/lifecycle/serializer.go`).
//!
//! A structure is one key for its type and field names and one key for each field. Every read here is recorded in the
//! transaction, and only what changes is written: peers of all kinds must come to the same read-write set.

use std::error::Error;

use ::channel::definition::{
    CHAINCODE_SOURCES, ChaincodeDefinition, DEFINITION_TYPE, LOCAL_PACKAGE_TYPE, LayoutError, NAMESPACE, NAMESPACES,
    PARAMETERS_TYPE, ReadState, approval_name, field_key, implicit_collection, metadata_key, read_field, read_metadata,
};
use ::channel::legacy::{self, ChaincodeData};
use bytes::Bytes;
use ledger::{SimulateError, Simulator, Snapshot};
use prost::Message;
use proto::lifecycle::state_data::Type;
use proto::lifecycle::{StateData, StateMetadata};
use proto::protos::CollectionConfigPackage;

use crate::text;

/// State of `_lifecycle` could not be read, or makes no sense.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct LifecycleError(pub String);

impl From<SimulateError> for LifecycleError {
    fn from(error: SimulateError) -> Self {
        LifecycleError(text::chain(&error))
    }
}

impl From<ledger::ReadError> for LifecycleError {
    fn from(error: ledger::ReadError) -> Self {
        LifecycleError(text::chain(&error))
    }
}

impl From<LayoutError> for LifecycleError {
    fn from(error: LayoutError) -> Self {
        LifecycleError(text::chain(&error))
    }
}

/// Whether this organisation approved a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Approval {
    /// Not, or other parameters.
    Missing,
    /// Yes, but its package is not installed here, or it names none, so that its peers do not run it.
    WithoutPackage,
    /// Yes, with this installed package.
    Package(String),
}

/// A structure in its stored form.
struct Stored {
    datatype: &'static str,
    fields: Vec<(&'static str, StateData)>,
}

/// The first difference between what organisations have to agree on, in Fabric's words; nothing when they agree.
pub fn difference(expected: &ChaincodeDefinition, passed: &ChaincodeDefinition) -> Option<String> {
    let differs = |field: &str, expected: &str, passed: &str| {
        (expected != passed).then(|| format!("expected {field} '{expected}' does not match passed {field} '{passed}'"))
    };
    let (ours, theirs) = (&expected.endorsement_info, &passed.endorsement_info);
    let (our_validation, their_validation) = (&expected.validation_info, &passed.validation_info);
    differs("Version", &ours.version, &theirs.version)
        .or_else(|| differs("EndorsementPlugin", &ours.endorsement_plugin, &theirs.endorsement_plugin))
        .or_else(|| differs("InitRequired", &ours.init_required.to_string(), &theirs.init_required.to_string()))
        .or_else(|| differs("ValidationPlugin", &our_validation.validation_plugin, &their_validation.validation_plugin))
        .or_else(|| {
            let parameter =
                |validation: &proto::lifecycle::ChaincodeValidationInfo| hex::encode(&validation.validation_parameter);
            differs("ValidationParameter", &parameter(our_validation), &parameter(their_validation))
        })
        .or_else(|| (expected.collections != passed.collections).then(|| "Collections do not match".to_owned()))
}

/// Keys that a call may also change.
trait WriteState: ReadState {
    fn put(&mut self, key: &str, value: Bytes) -> Result<(), SimulateError>;
    fn delete(&mut self, key: &str) -> Result<(), SimulateError>;
}

/// The public state, recorded.
pub struct Public<'a>(pub &'a mut Simulator);

/// The state of `lscc`, recorded.
pub struct LegacyState<'a>(pub &'a mut Simulator);

impl ReadState for LegacyState<'_> {
    fn read(&mut self, key: &str) -> ReadResult {
        Ok(self.0.get_state(legacy::NAMESPACE, key)?)
    }
}

/// An organisation's implicit collection, recorded.
pub struct Private<'a> {
    /// The simulation.
    pub simulator: &'a mut Simulator,
    /// The collection.
    pub collection: String,
}

/// The public state at one height, not recorded.
pub struct PublicSnapshot<'a>(pub &'a Snapshot);

/// The state of `lscc` at one height, not recorded.
pub struct LegacySnapshot<'a>(pub &'a Snapshot);

/// An implicit collection at one height, not recorded.
pub struct PrivateSnapshot<'a> {
    /// The state.
    pub snapshot: &'a Snapshot,
    /// The collection.
    pub collection: String,
}

type ReadResult = Result<Option<Bytes>, Box<dyn Error + Send + Sync>>;

impl ReadState for Public<'_> {
    fn read(&mut self, key: &str) -> ReadResult {
        Ok(self.0.get_state(NAMESPACE, key)?)
    }
}

impl WriteState for Public<'_> {
    fn put(&mut self, key: &str, value: Bytes) -> Result<(), SimulateError> {
        self.0.set_state(NAMESPACE, key, value)
    }

    fn delete(&mut self, key: &str) -> Result<(), SimulateError> {
        self.0.delete_state(NAMESPACE, key)
    }
}

impl ReadState for Private<'_> {
    fn read(&mut self, key: &str) -> ReadResult {
        Ok(self.simulator.get_private(NAMESPACE, &self.collection, key)?)
    }
}

impl WriteState for Private<'_> {
    fn put(&mut self, key: &str, value: Bytes) -> Result<(), SimulateError> {
        self.simulator.set_private(NAMESPACE, &self.collection, key, value)
    }

    fn delete(&mut self, key: &str) -> Result<(), SimulateError> {
        self.simulator.delete_private(NAMESPACE, &self.collection, key)
    }
}

impl ReadState for PublicSnapshot<'_> {
    fn read(&mut self, key: &str) -> ReadResult {
        Ok(self.0.get(NAMESPACE, key)?.map(|found| found.value))
    }
}

impl ReadState for LegacySnapshot<'_> {
    fn read(&mut self, key: &str) -> ReadResult {
        Ok(self.0.get(legacy::NAMESPACE, key)?.map(|found| found.value))
    }
}

impl ReadState for PrivateSnapshot<'_> {
    fn read(&mut self, key: &str) -> ReadResult {
        Ok(self.snapshot.private(NAMESPACE, &self.collection, key)?.map(|found| found.value))
    }
}

/// The collections of the chaincode's definition, looked up as validation of a definition's input does it: a chaincode that
/// `_lifecycle` does not know is also asked for in `lscc`.
pub fn deployed_collections(
    simulator: &mut Simulator,
    chaincode: &str,
) -> Result<Option<CollectionConfigPackage>, LifecycleError> {
    if let Some(found) = ChaincodeDefinition::read(chaincode, &mut Public(simulator))? {
        return Ok(found.collections);
    }
    match read_legacy_definition(simulator, chaincode)? {
        Some(_) => Ok(legacy::read_collections(chaincode, &mut LegacyState(simulator))?),
        None => Ok(None),
    }
}

/// The definition that `lscc` has of a chaincode, recorded.
pub fn read_legacy_definition(
    simulator: &mut Simulator,
    chaincode: &str,
) -> Result<Option<ChaincodeData>, LifecycleError> {
    Ok(ChaincodeData::read(chaincode, &mut LegacyState(simulator))?)
}

/// What this organisation approved for one sequence of a chaincode.
pub fn approved(
    org: &mut impl ReadState,
    chaincode: &str,
    sequence: i64,
) -> Result<Option<ChaincodeDefinition>, LifecycleError> {
    let name = approval_name(chaincode, sequence);
    let Some(metadata) = read_metadata(NAMESPACES, &name, org)? else { return Ok(None) };
    if metadata.datatype != PARAMETERS_TYPE {
        return Err(LifecycleError(format!("not a chaincode parameters type: {}", metadata.datatype)));
    }
    let mut field = |field: &str| match read_field(NAMESPACES, &name, field, org)?.and_then(|data| data.r#type) {
        None => Ok(Bytes::new()),
        Some(Type::Bytes(bytes)) => Ok(bytes),
        Some(_) => Err(wrong_type(NAMESPACES, &name, field, "[]byte")),
    };
    let (endorsement, validation, collections) =
        (field("EndorsementInfo")?, field("ValidationInfo")?, field("Collections")?);
    let malformed = |error: prost::DecodeError| LifecycleError(format!("could not unmarshal {name}: {error}"));
    Ok(Some(ChaincodeDefinition {
        sequence,
        endorsement_info: Message::decode(endorsement).map_err(malformed)?,
        validation_info: Message::decode(validation).map_err(malformed)?,
        collections: match collections {
            bytes if bytes.is_empty() => None,
            bytes => Some(Message::decode(bytes).map_err(malformed)?),
        },
    }))
}

fn wrong_type(space: &str, name: &str, field: &str, expected: &str) -> LifecycleError {
    LifecycleError(format!("expected key {} to encode a value of type {expected}", field_key(space, name, field)))
}

/// The package that an approval names; `Some("")` when it names none, nothing when nothing is recorded.
pub fn approved_package(
    org: &mut impl ReadState,
    chaincode: &str,
    sequence: i64,
) -> Result<Option<String>, LifecycleError> {
    let name = approval_name(chaincode, sequence);
    let Some(metadata) = read_metadata(CHAINCODE_SOURCES, &name, org)? else { return Ok(None) };
    if metadata.datatype != LOCAL_PACKAGE_TYPE {
        return Err(LifecycleError(format!("not a chaincode local package type: {}", metadata.datatype)));
    }
    match read_field(CHAINCODE_SOURCES, &name, "PackageID", org)?.and_then(|data| data.r#type) {
        None => Ok(Some(String::new())),
        Some(Type::String(package_id)) => Ok(Some(package_id)),
        Some(_) => Err(wrong_type(CHAINCODE_SOURCES, &name, "PackageID", "String")),
    }
}

/// Whether the organisation `msp_id` approved `definition` at the snapshot's height, and with which of the `installed`
/// packages. Judged by hashes: a peer that lacks its organisation's private data still knows what it runs.
pub fn approval(
    snapshot: &Snapshot,
    msp_id: &str,
    chaincode: &str,
    definition: &ChaincodeDefinition,
    installed: &[String],
) -> Result<Approval, LifecycleError> {
    let collection = implicit_collection(msp_id);
    let name = approval_name(chaincode, definition.sequence);
    let hash_of = |key: String| -> Result<Option<Bytes>, LifecycleError> {
        let found = snapshot.private_hash(NAMESPACE, &collection, &proto::sha256([key.as_bytes()]))?;
        Ok(found.map(|found| found.value))
    };
    let parameters = Stored { datatype: PARAMETERS_TYPE, fields: definition.parameters() };
    if !is_hash_of(&hash_of(metadata_key(NAMESPACES, &name))?, &parameters.metadata().encode_to_vec()) {
        return Ok(Approval::Missing);
    }
    for (field, data) in &parameters.fields {
        if !is_hash_of(&hash_of(field_key(NAMESPACES, &name, field))?, &data.encode_to_vec()) {
            return Ok(Approval::Missing);
        }
    }
    let source = hash_of(field_key(CHAINCODE_SOURCES, &name, "PackageID"))?;
    let package = installed.iter().find(|id| is_hash_of(&source, &package_field(id).encode_to_vec()));
    Ok(package.map_or(Approval::WithoutPackage, |id| Approval::Package(id.clone())))
}

fn is_hash_of(hash: &Option<Bytes>, value: &[u8]) -> bool {
    hash.as_ref().is_some_and(|hash| hash[..] == proto::sha256([value]))
}

fn package_field(package_id: &str) -> StateData {
    StateData { r#type: Some(Type::String(package_id.to_owned())) }
}

/// Names of all definitions at the snapshot's height.
pub fn defined_names(snapshot: &Snapshot) -> Result<Vec<String>, LifecycleError> {
    let prefix = metadata_key(NAMESPACES, "");
    let mut names = Vec::new();
    for entry in snapshot.range(NAMESPACE, &prefix, &format!("{prefix}\u{7f}"))? {
        let (key, _) = entry?;
        names.extend(key.strip_prefix(&prefix).map(str::to_owned));
    }
    Ok(names)
}

/// Names of all chaincodes that `lscc` has at the snapshot's height.
pub fn legacy_names(snapshot: &Snapshot) -> Result<Vec<String>, LifecycleError> {
    let mut names = Vec::new();
    for entry in snapshot.range(legacy::NAMESPACE, "", "")? {
        let (key, _) = entry?;
        if !legacy::is_collections_key(&key) {
            names.push(key);
        }
    }
    Ok(names)
}

/// Names of all definitions, recorded as a range query.
pub fn recorded_names(simulator: &mut Simulator) -> Result<Vec<String>, LifecycleError> {
    let prefix = metadata_key(NAMESPACES, "");
    let range = simulator.range(NAMESPACE, &prefix, &format!("{prefix}\u{7f}"))?;
    let mut names = Vec::new();
    while let Some((key, _)) = simulator.next(range)? {
        names.extend(key.strip_prefix(&prefix).map(str::to_owned));
    }
    simulator.close(range);
    Ok(names)
}

/// Names (such as `basic#1`) of everything that this organisation approved. Range queries of private data are not
/// recorded.
pub fn approved_names(snapshot: &Snapshot, msp_id: &str) -> Result<Vec<String>, LifecycleError> {
    let prefix = metadata_key(NAMESPACES, "");
    // How the state names a collection's values.
    let namespace = format!("{NAMESPACE}$$p{}", implicit_collection(msp_id));
    let mut names = Vec::new();
    for entry in snapshot.range(&namespace, &prefix, &format!("{prefix}\u{7f}"))? {
        let (key, _) = entry?;
        names.extend(key.strip_prefix(&prefix).map(str::to_owned));
    }
    Ok(names)
}

/// What of `definition` the organisation `msp_id` has not approved, by the hashes that everybody has:
/// empty when all is approved. An approval that is missing altogether counts as one item, the structure's type.
pub fn mismatches(
    simulator: &mut Simulator,
    msp_id: &str,
    chaincode: &str,
    definition: &ChaincodeDefinition,
) -> Result<Vec<String>, LifecycleError> {
    let name = &approval_name(chaincode, definition.sequence);
    let collection = implicit_collection(msp_id);
    let stored = Stored { datatype: PARAMETERS_TYPE, fields: definition.parameters() };
    let mut hash = |key: &str| simulator.private_hash(NAMESPACE, &collection, key);
    // All keys are read before any is compared, as every peer does it.
    let metadata_hash = hash(&metadata_key(NAMESPACES, name))?;
    let mut field_hashes = Vec::with_capacity(stored.fields.len());
    for (field, _) in &stored.fields {
        field_hashes.push(hash(&field_key(NAMESPACES, name, field))?);
    }
    if !is_hash_of(&metadata_hash, &stored.metadata().encode_to_vec()) {
        return Ok(vec![stored.datatype.to_owned()]);
    }
    let differing = stored
        .fields
        .iter()
        .zip(&field_hashes)
        .filter(|((_, value), found)| !is_hash_of(found, &value.encode_to_vec()));
    Ok(differing.map(|((field, _), _)| (*field).to_owned()).collect())
}

/// Writes a committed definition.
pub fn write_definition(
    simulator: &mut Simulator,
    chaincode: &str,
    definition: &ChaincodeDefinition,
) -> Result<(), LifecycleError> {
    let stored = Stored { datatype: DEFINITION_TYPE, fields: definition.fields() };
    stored.write(&mut Public(simulator), NAMESPACES, chaincode)
}

/// Writes an approval: the parameters, and the package or that there is none (an empty id).
pub fn write_approval(
    org: &mut Private<'_>,
    chaincode: &str,
    definition: &ChaincodeDefinition,
    package_id: &str,
) -> Result<(), LifecycleError> {
    let name = approval_name(chaincode, definition.sequence);
    let parameters = Stored { datatype: PARAMETERS_TYPE, fields: definition.parameters() };
    parameters.write(org, NAMESPACES, &name)?;
    let source = Stored { datatype: LOCAL_PACKAGE_TYPE, fields: vec![("PackageID", package_field(package_id))] };
    source.write(org, CHAINCODE_SOURCES, &name)
}

impl Stored {
    fn metadata(&self) -> StateMetadata {
        let fields = self.fields.iter().map(|(name, _)| (*name).to_owned()).collect();
        StateMetadata { datatype: self.datatype.to_owned(), fields }
    }

    /// Writes the fields that differ from the state, and the description if it differs.
    fn write(&self, state: &mut impl WriteState, space: &str, name: &str) -> Result<(), LifecycleError> {
        let found = read_metadata(space, name, state)?.unwrap_or_default();
        let mut existing = Vec::with_capacity(found.fields.len());
        for field in &found.fields {
            let key = field_key(space, name, field);
            let value = state.read(&key).map_err(|error| LifecycleError(error.to_string()))?;
            existing.push((key, value));
        }
        for (field, value) in &self.fields {
            let key = field_key(space, name, field);
            let value: Bytes = value.encode_to_vec().into();
            let unchanged = match existing.iter().position(|(existing, _)| *existing == key) {
                Some(index) => existing.swap_remove(index).1.as_ref() == Some(&value),
                None => false,
            };
            if !unchanged {
                state.put(&key, value)?;
            }
        }
        let description = self.metadata();
        let same_shape = found.datatype == description.datatype && found.fields.len() == description.fields.len();
        if !existing.is_empty() || !same_shape {
            state.put(&metadata_key(space, name), description.encode_to_vec().into())?;
        }
        for (key, _) in existing {
            state.delete(&key)?;
        }
        Ok(())
    }
}
