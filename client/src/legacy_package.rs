//! Chaincode packages of Fabric 1.x: a `ChaincodeDeploymentSpec`, or an envelope around one that its owners sign and that
//! says who may instantiate it (Fabric `core/common/ccprovider`, `core/common/ccpackage`).
//!
//! A Wasm contract is packed as the type `CAR` (chaincode archive), which every Fabric peer lets instantiate and none builds
//! itself: the code is a gzipped tar with the contract as `src/<name>.wasm`. The code of other types is what Fabric's `peer`
//! packs.

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use msp::{SignError, SigningIdentity};
use prost::Message;
use prost_types::Timestamp;
use proto::common::{ChannelHeader, Envelope, Header, HeaderType, Payload, SignaturePolicyEnvelope};
use proto::protos::chaincode_spec::Type;
use proto::protos::{
    ChaincodeDeploymentSpec, ChaincodeId, ChaincodeInput, ChaincodeSpec, Endorsement, SignedChaincodeDeploymentSpec,
};

use crate::package::{self, CODE_FILE, MAX_PACKAGE_BYTES, METADATA_FILE, Metadata, Package, PackageError, WASM_TYPE};

/// Most owners of a package whose signatures are kept.
const MAX_OWNERS: usize = 1000;

/// What Fabric's `CDSData` and `SignedCDSData` are: by these hashes a peer recognises a package.
#[derive(Clone, PartialEq, Eq, Hash, Message)]
struct Hashes {
    #[prost(bytes = "bytes", tag = "1")]
    code: Bytes,
    #[prost(bytes = "bytes", tag = "2")]
    metadata: Bytes,
    #[prost(bytes = "bytes", tag = "3")]
    signature: Bytes,
}

/// A package, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct DeploymentPackage {
    /// The whole package; what is installed.
    pub bytes: Bytes,
    /// What it says.
    pub spec: ChaincodeDeploymentSpec,
    /// The same as it lies in the package.
    pub spec_bytes: Bytes,
    /// The instantiation policy of a package with owners, an encoded `SignaturePolicyEnvelope`.
    pub instantiation_policy: Option<Bytes>,
    hashes: Hashes,
    id: Bytes,
}

/// Why bytes are no such package, or why none can be made. The texts are Fabric's.
#[derive(Debug, thiserror::Error)]
pub enum LegacyPackageError {
    /// Neither form.
    #[error("could not unmarshal chaincode package to CDS or SignedCDS")]
    Unknown,
    /// The package is over [`MAX_PACKAGE_BYTES`].
    #[error("the package has {size} bytes; at most {MAX_PACKAGE_BYTES} are taken")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
    },
    /// The contract cannot be packed.
    #[error("error getting chaincode package bytes")]
    Code(#[source] PackageError),
    /// A package without owners cannot be signed.
    #[error("invalid signed deployment spec")]
    NoOwners,
    /// Too many have signed.
    #[error("the package has more than {MAX_OWNERS} owners")]
    TooManyOwners,
    /// The client's key, which lies outside of the process, does not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
}

/// What a new package is to hold.
#[derive(Clone, Debug)]
pub struct Contents<'a> {
    /// The chaincode's name.
    pub name: &'a str,
    /// Its version.
    pub version: &'a str,
    /// Where it came from; free text.
    pub path: &'a str,
    /// The arguments that stand in the specification.
    pub args: Vec<Bytes>,
}

impl Contents<'_> {
    /// The deployment specification without code, as requests to instantiate carry it.
    pub fn without_code(&self, kind: Type) -> ChaincodeDeploymentSpec {
        let id =
            ChaincodeId { path: self.path.to_owned(), name: self.name.to_owned(), version: self.version.to_owned() };
        let input = ChaincodeInput { args: self.args.clone(), ..Default::default() };
        let spec = ChaincodeSpec { r#type: kind as i32, chaincode_id: Some(id), input: Some(input), timeout: 0 };
        ChaincodeDeploymentSpec { chaincode_spec: Some(spec), code_package: Bytes::new() }
    }

    /// The deployment specification with a Wasm contract.
    pub fn with_contract(&self, contract: &[u8]) -> Result<ChaincodeDeploymentSpec, LegacyPackageError> {
        let file = format!("src/{}.wasm", self.name);
        let code = package::archive_of(&[(&file, contract)])
            .map_err(|source| LegacyPackageError::Code(PackageError::Archive { archive: CODE_FILE, source }))?;
        Ok(ChaincodeDeploymentSpec { code_package: code.into(), ..self.without_code(Type::Car) })
    }
}

impl DeploymentPackage {
    /// Reads and checks a package of either form.
    pub fn parse(bytes: Bytes) -> Result<Self, LegacyPackageError> {
        if bytes.len() > MAX_PACKAGE_BYTES {
            return Err(LegacyPackageError::TooLarge { size: bytes.len() });
        }
        // What can be read both ways counts as signed, as in Fabric.
        Self::parse_signed(&bytes).or_else(|| Self::parse_plain(bytes)).ok_or(LegacyPackageError::Unknown)
    }

    fn parse_plain(bytes: Bytes) -> Option<Self> {
        let spec = readable(&bytes)?;
        let hashes = hashes(&spec, None);
        let id = fingerprint(&hashes);
        Some(DeploymentPackage { spec_bytes: bytes.clone(), bytes, spec, instantiation_policy: None, hashes, id })
    }

    fn parse_signed(bytes: &Bytes) -> Option<Self> {
        let (header, signed) = open_envelope(&Envelope::decode(bytes.clone()).ok()?)?;
        if header.r#type != HeaderType::ChaincodePackage as i32 || signed.instantiation_policy.is_empty() {
            return None;
        }
        let spec = readable(&signed.chaincode_deployment_spec)?;
        let hashes = hashes(&spec, Some(&signed));
        let id = fingerprint(&hashes);
        let SignedChaincodeDeploymentSpec { chaincode_deployment_spec: spec_bytes, instantiation_policy, .. } = signed;
        let instantiation_policy = Some(instantiation_policy);
        Some(DeploymentPackage { bytes: bytes.clone(), spec, spec_bytes, instantiation_policy, hashes, id })
    }

    fn chaincode_id(&self) -> Option<&ChaincodeId> {
        self.spec.chaincode_spec.as_ref()?.chaincode_id.as_ref()
    }

    /// The chaincode's name.
    pub fn name(&self) -> &str {
        self.chaincode_id().map_or("", |id| &id.name)
    }

    /// The chaincode's version.
    pub fn version(&self) -> &str {
        self.chaincode_id().map_or("", |id| &id.version)
    }

    /// Where it came from.
    pub fn path(&self) -> &str {
        self.chaincode_id().map_or("", |id| &id.path)
    }

    /// The hashes that a definition records, encoded.
    pub fn data(&self) -> Bytes {
        self.hashes.encode_to_vec().into()
    }

    /// The package's fingerprint.
    pub fn id(&self) -> &Bytes {
        &self.id
    }

    /// Whether `data`, out of a definition, has the hashes of this package.
    pub fn has_hashes(&self, data: &Bytes) -> bool {
        Hashes::decode(data.clone()).is_ok_and(|recorded| recorded == self.hashes)
    }

    /// The same as a package of today, for what builds and runs those. Its label is empty.
    pub fn to_package(&self) -> Result<Package, PackageError> {
        let kind = self.spec.chaincode_spec.as_ref().map_or(0, |spec| spec.r#type);
        let kind = Type::try_from(kind).map_or("UNDEFINED", |kind| kind.as_str_name());
        let mut metadata = Metadata { path: self.path().to_owned(), kind: kind.to_owned(), ..Default::default() };
        let code = self.spec.code_package.clone();
        if kind == Type::Car.as_str_name() && package::holds_contract(&code) {
            metadata.kind = WASM_TYPE.to_owned();
        }
        let description = serde_json::to_vec(&metadata).map_err(PackageError::Metadata)?;
        let bytes = package::archive_of(&[(METADATA_FILE, &description), (CODE_FILE, &code)])
            .map_err(|source| PackageError::Archive { archive: "the package", source })?;
        Ok(Package { metadata, code, bytes: bytes.into() })
    }
}

/// A package for owners: who may instantiate the chaincode, and the signature of `owner` if there is one.
pub fn with_policy(
    spec: &ChaincodeDeploymentSpec,
    policy: &SignaturePolicyEnvelope,
    owner: Option<&SigningIdentity>,
) -> Result<Envelope, SignError> {
    let (spec, policy) = (Bytes::from(spec.encode_to_vec()), Bytes::from(policy.encode_to_vec()));
    let owners = owner.map(|owner| endorsement(&spec, &policy, owner)).transpose()?.into_iter().collect();
    Ok(envelope(spec, policy, owners))
}

/// Adds a signature to a package that an owner has signed.
pub fn sign_again(package: &Bytes, owner: &SigningIdentity) -> Result<Envelope, LegacyPackageError> {
    let opened = Envelope::decode(package.clone()).ok().and_then(|envelope| open_envelope(&envelope));
    let (_, signed) = opened.ok_or(LegacyPackageError::Unknown)?;
    let SignedChaincodeDeploymentSpec { chaincode_deployment_spec: spec, instantiation_policy: policy, .. } = &signed;
    if spec.is_empty() || policy.is_empty() || signed.owner_endorsements.is_empty() {
        return Err(LegacyPackageError::NoOwners);
    }
    if signed.owner_endorsements.len() >= MAX_OWNERS {
        return Err(LegacyPackageError::TooManyOwners);
    }
    let mut owners = signed.owner_endorsements.clone();
    owners.push(endorsement(spec, policy, owner)?);
    Ok(envelope(spec.clone(), policy.clone(), owners))
}

fn endorsement(spec: &[u8], policy: &[u8], owner: &SigningIdentity) -> Result<Endorsement, SignError> {
    let endorser = owner.serialized().clone();
    let signature = owner.sign(&[spec, policy, &endorser].concat())?;
    Ok(Endorsement { endorser, signature })
}

fn envelope(spec: Bytes, policy: Bytes, owners: Vec<Endorsement>) -> Envelope {
    let signed = SignedChaincodeDeploymentSpec {
        chaincode_deployment_spec: spec,
        instantiation_policy: policy,
        owner_endorsements: owners,
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let header = ChannelHeader {
        r#type: HeaderType::ChaincodePackage as i32,
        timestamp: Some(Timestamp { seconds: i64::try_from(now.as_secs()).unwrap_or(i64::MAX), nanos: 0 }),
        ..Default::default()
    };
    let header = Header { channel_header: header.encode_to_vec().into(), signature_header: Bytes::new() };
    let payload = Payload { header: Some(header), data: signed.encode_to_vec().into() };
    Envelope { payload: payload.encode_to_vec().into(), signature: Bytes::new() }
}

fn open_envelope(envelope: &Envelope) -> Option<(ChannelHeader, SignedChaincodeDeploymentSpec)> {
    let payload = Payload::decode(envelope.payload.clone()).ok()?;
    let header = ChannelHeader::decode(payload.header?.channel_header).ok()?;
    Some((header, SignedChaincodeDeploymentSpec::decode(payload.data).ok()?))
}

/// A specification that names a chaincode.
fn readable(bytes: &Bytes) -> Option<ChaincodeDeploymentSpec> {
    let spec = ChaincodeDeploymentSpec::decode(bytes.clone()).ok()?;
    let id = spec.chaincode_spec.as_ref()?.chaincode_id.as_ref()?;
    let is_printable = !id.name.chars().any(char::is_control);
    is_printable.then_some(spec)
}

fn hashes(spec: &ChaincodeDeploymentSpec, signed: Option<&SignedChaincodeDeploymentSpec>) -> Hashes {
    let id = spec.chaincode_spec.as_ref().and_then(|spec| spec.chaincode_id.clone()).unwrap_or_default();
    let hash = |message: &[u8]| Bytes::copy_from_slice(&proto::sha256([message]));
    let signature = signed.map(|signed| {
        let mut message = signed.instantiation_policy.to_vec();
        signed.owner_endorsements.iter().for_each(|owner| message.extend_from_slice(&owner.endorser));
        hash(&message)
    });
    Hashes {
        code: hash(&spec.code_package),
        metadata: hash(&[id.name.as_bytes(), id.version.as_bytes()].concat()),
        signature: signature.unwrap_or_default(),
    }
}

fn fingerprint(hashes: &Hashes) -> Bytes {
    Bytes::copy_from_slice(&proto::sha256([&hashes.code[..], &hashes.metadata, &hashes.signature]))
}

#[cfg(test)]
mod tests;
