//! What channels and clients say of membership: configurations of organisations, serialized identities, principals, and
//! the files that operators write.

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use bytes::Bytes;
use msp::generate::{CertificateAuthority, EnrollmentRequest};
use msp::{Identity, Msp, MspSet, MspVersion, Principal, Role};
use prost::Message;
use proto::common::MspPrincipal;
use proto::msp::{FabricMspConfig, FabricNodeOUs, FabricOuIdentifier, MspConfig, SerializedIdentity};

use crate::allocations::limited;
use crate::input::Input;

/// Nothing is longer than the input by much.
const ALLOCATION_BYTES_MAX: usize = 8 << 20;

const MSP_ID: &str = "Org1MSP";

const VERSIONS: [MspVersion; 5] =
    [MspVersion::V1_0, MspVersion::V1_1, MspVersion::V1_3, MspVersion::V1_4_3, MspVersion::V3_0];

/// What an input is, by its first byte.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    /// `FabricMSPConfig`, under the rules that the next byte chooses.
    Configuration,
    /// `MSPConfig` with its type.
    Typed,
    /// `SerializedIdentity`.
    Identity,
    /// The second field of `SerializedIdentity`.
    Pem,
    /// A principal, whose classification is the next byte.
    Principal,
    /// `config.yaml` of an MSP directory.
    File,
}

pub(crate) const PARTS: [Part; 6] =
    [Part::Configuration, Part::Typed, Part::Identity, Part::Pem, Part::Principal, Part::File];

struct World {
    #[cfg_attr(not(test), expect(dead_code, reason = "the seeds are made of it"))]
    config: FabricMspConfig,
    member: Vec<u8>,
    #[cfg_attr(not(test), expect(dead_code, reason = "the seeds are made of it"))]
    pem: String,
    identity: std::sync::Arc<Identity>,
    msps: MspSet,
    dir: PathBuf,
    _dir: tempfile::TempDir,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let authority = CertificateAuthority::new("ca.example.com", "example.com").expect("an authority");
    let root = Bytes::copy_from_slice(authority.cert_pem().as_bytes());
    let unit = |name: &str| {
        Some(FabricOuIdentifier { certificate: root.clone(), organizational_unit_identifier: name.to_owned() })
    };
    let config = FabricMspConfig {
        name: MSP_ID.to_owned(),
        root_certs: vec![root.clone()],
        tls_root_certs: vec![root.clone()],
        fabric_node_ous: Some(FabricNodeOUs {
            enable: true,
            client_ou_identifier: unit("client"),
            peer_ou_identifier: unit("peer"),
            admin_ou_identifier: unit("admin"),
            orderer_ou_identifier: unit("orderer"),
        }),
        ..Default::default()
    };
    let request =
        EnrollmentRequest { common_name: "User1".to_owned(), role: Role::Client, sans: Vec::new(), tls: false };
    let pem = authority.issue(&request).expect("a certificate").cert_pem;
    let member = serialized(pem.as_bytes());
    let msps = MspSet::new(vec![msp(&config.encode_to_vec(), MspVersion::V3_0).expect("an organisation")]);
    let identity = msps.identity(&member).expect("a member");
    let dir = tempfile::tempdir().expect("there is a place for temporary files");
    fs::create_dir(dir.path().join("cacerts")).expect("the directory is new");
    fs::write(dir.path().join("cacerts/ca.pem"), &root).expect("there is room for files");
    World { config, member, pem, identity, msps, dir: dir.path().to_owned(), _dir: dir }
});

/// Has the input read as what it is.
pub fn run(data: &[u8]) {
    let mut input = Input(data);
    let part = PARTS[usize::from(input.byte()) % PARTS.len()];
    let World { member, identity, msps, dir, .. } = &*WORLD;
    match part {
        Part::Configuration => {
            let version = VERSIONS[usize::from(input.byte()) % VERSIONS.len()];
            limited(ALLOCATION_BYTES_MAX, || {
                let Ok(msp) = msp(input.0, version).map_err(|error| error.to_string()) else { return };
                assert_eq!(msp.version(), version);
                assert_eq!(msp.id(), msp.config().name);
                let _ = MspSet::new(vec![msp]).identity(member).map_err(|error| error.to_string());
            });
        }
        Part::Typed => limited(ALLOCATION_BYTES_MAX, || {
            let Ok(config) = MspConfig::decode(input.0) else { return };
            let made = Msp::from_config(&config, MspVersion::V3_0).map_err(|error| error.to_string());
            assert!(config.r#type == 0 || made.is_err(), "only X.509 is supported");
        }),
        Part::Identity => limited(ALLOCATION_BYTES_MAX, || judge(msps, identity, input.0)),
        Part::Pem => limited(ALLOCATION_BYTES_MAX, || judge(msps, identity, &serialized(input.0))),
        Part::Principal => {
            let principal_classification = i32::from(input.byte());
            let principal = MspPrincipal { principal_classification, principal: Bytes::copy_from_slice(input.0) };
            limited(ALLOCATION_BYTES_MAX, || {
                let parsed = Principal::parse(&principal).map(|parsed| identity.matches(&parsed));
                assert_eq!(parsed, identity.satisfies(&principal));
            });
        }
        Part::File => {
            fs::write(dir.join("config.yaml"), input.0).expect("there is room for files");
            limited(ALLOCATION_BYTES_MAX, || drop(Msp::from_dir(dir, MSP_ID).map_err(|error| error.to_string())));
        }
    }
}

/// Nobody but the one member that there is passes.
fn judge(msps: &MspSet, member: &Identity, bytes: &[u8]) {
    if let Ok(identity) = msps.identity(bytes).map_err(|error| error.to_string()) {
        assert_eq!(identity.id(), member.id(), "a stranger is a member");
    }
}

fn msp(config: &[u8], version: MspVersion) -> Result<Msp, msp::SetupError> {
    Msp::from_config(&MspConfig { r#type: 0, config: Bytes::copy_from_slice(config) }, version)
}

fn serialized(pem: &[u8]) -> Vec<u8> {
    SerializedIdentity { mspid: MSP_ID.to_owned(), id_bytes: Bytes::copy_from_slice(pem) }.encode_to_vec()
}

/// Where the fuzzer starts from.
#[cfg(test)]
pub(crate) fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    use proto::common::{CombinedPrincipal, MspRole, OrganizationUnit};
    let World { config, member, pem, .. } = &*WORLD;
    let part = |part: Part, bytes: &[u8]| [&[part as u8], bytes].concat();
    let with_byte = |part: Part, byte: u8, bytes: &[u8]| [&[part as u8, byte], bytes].concat();
    let typed = |kind: i32| MspConfig { r#type: kind, config: config.encode_to_vec().into() }.encode_to_vec();
    let role = MspRole { msp_identifier: MSP_ID.to_owned(), role: 2 }.encode_to_vec();
    let unit = OrganizationUnit {
        msp_identifier: MSP_ID.to_owned(),
        organizational_unit_identifier: "client".to_owned(),
        certifiers_identifier: Bytes::from_static(&[7; 32]),
    };
    let one = MspPrincipal { principal_classification: 0, principal: role.clone().into() };
    let both = CombinedPrincipal { principals: vec![one.clone(), one] }.encode_to_vec();
    let yaml = "OrganizationalUnitIdentifiers:\n- Certificate: cacerts/ca.pem\n  OrganizationalUnitIdentifier: bank\n\
                NodeOUs:\n  Enable: yes\n  ClientOUIdentifier:\n    Certificate: cacerts/ca.pem\n    \
                OrganizationalUnitIdentifier: client\n  AdminOUIdentifier: {OrganizationalUnitIdentifier: admin}\n";
    vec![
        ("configuration", with_byte(Part::Configuration, 4, &config.encode_to_vec())),
        ("configuration_old", with_byte(Part::Configuration, 1, &config.encode_to_vec())),
        ("typed", part(Part::Typed, &typed(0))),
        ("typed_idemix", part(Part::Typed, &typed(1))),
        ("identity", part(Part::Identity, member)),
        ("pem", part(Part::Pem, pem.as_bytes())),
        ("principal_role", with_byte(Part::Principal, 0, &role)),
        ("principal_unit", with_byte(Part::Principal, 1, &unit.encode_to_vec())),
        ("principal_identity", with_byte(Part::Principal, 2, member)),
        ("principal_anonymity", with_byte(Part::Principal, 3, &[])),
        ("principal_combined", with_byte(Part::Principal, 4, &both)),
        ("file", part(Part::File, yaml.as_bytes())),
    ]
}
