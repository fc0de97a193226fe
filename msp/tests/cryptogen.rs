//! Fabric's own `cryptogen`: what it wrote is accepted, and what we write lies where it would.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use msp::generate::{Organization, OrganizationKind};
use msp::{Msp, MspSet, Role, SigningIdentity};
use prost::Message;
use proto::msp::SerializedIdentity;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cryptogen").join(name)
}

fn serialized(msp_id: &str, pem: &[u8]) -> Vec<u8> {
    SerializedIdentity { mspid: msp_id.to_owned(), id_bytes: Bytes::copy_from_slice(pem) }.encode_to_vec()
}

#[test]
fn cryptogen_identities_have_their_roles() {
    let msps = MspSet::new(vec![Msp::from_dir(&data("peer0-msp"), "Org1MSP").expect("an MSP")]);
    let check = |file: &str, role: Option<Role>| {
        let identity = msps.identity(&serialized("Org1MSP", &fs::read(data(file)).expect("a file")));
        let roles = identity.ok().map(|identity| identity.roles());
        let expected = [Role::Admin, Role::Client, Role::Peer, Role::Orderer];
        match (roles, role) {
            (None, None) => {}
            (Some(roles), Some(role)) => {
                assert!(roles.contains(Role::Member));
                assert!(expected.iter().all(|other| roles.contains(*other) == (*other == role)), "{file}: {roles:?}");
            }
            other => panic!("{file}: {other:?}"),
        }
    };
    check("Admin.pem", Some(Role::Admin));
    check("User1.pem", Some(Role::Client));
    check("peer0-msp/signcerts/peer0.org1.example.com-cert.pem", Some(Role::Peer));
    // Another organisation's, claiming to be of this one.
    check("orderer.pem", None);
    check("peer0-msp/cacerts/ca.org1.example.com-cert.pem", None);
}

#[test]
fn a_cryptogen_directory_signs() {
    let signer = SigningIdentity::from_msp_dir(&data("peer0-msp"), "Org1MSP").expect("an identity");
    let msps = MspSet::new(vec![Msp::from_dir(&data("peer0-msp"), "Org1MSP").expect("an MSP")]);
    let identity = msps.identity(signer.serialized()).expect("valid");
    identity.verify(b"message", &signer.sign(b"message").expect("signed")).expect("a right signature");
    let written = fs::read_to_string(data("peer0-msp/signcerts/peer0.org1.example.com-cert.pem")).expect("a file");
    assert_eq!(signer.certificate_pem(), written, "our PEM is Go's PEM");
}

fn files(dir: &Path, root: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(dir).expect("a directory") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => files(&path, root, found),
            false => found.push(path.strip_prefix(root).expect("below").to_str().expect("text").to_owned()),
        }
    }
}

#[test]
fn generated_organizations_lie_where_cryptogen_puts_them() {
    let root = tempfile::tempdir().expect("a directory");
    let org = Organization::create(root.path(), OrganizationKind::Peer, "org1.example.com").expect("an organisation");
    org.add_node("peer0", &["localhost", "127.0.0.1", "::1"]).expect("a node");
    org.add_user("Admin", Role::Admin).expect("a user");
    // A later run can issue more.
    let org = Organization::open(root.path(), OrganizationKind::Peer, "org1.example.com").expect("the same");
    org.add_user("User1", Role::Client).expect("a user");

    let mut found = Vec::new();
    files(org.dir(), org.dir(), &mut found);
    found.sort();
    let expected = fs::read_to_string(data("files.txt")).expect("a file");
    let mut expected: Vec<&str> = expected.lines().collect();
    expected.sort_unstable();
    assert_eq!(found, expected);
    for file in found.iter().filter(|file| file.ends_with("priv_sk") || file.ends_with(".key")) {
        let mode = fs::metadata(org.dir().join(file)).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }

    let msps = MspSet::new(vec![Msp::from_dir(&org.msp_dir(), "Org1MSP").expect("an MSP")]);
    let check = |dir: PathBuf, role: Role| {
        let signer = SigningIdentity::from_msp_dir(&dir.join("msp"), "Org1MSP").expect("an identity");
        let identity = msps.identity(signer.serialized()).expect("valid");
        assert!(identity.roles().contains(role), "{}", identity.subject());
        identity.verify(b"message", &signer.sign(b"message").expect("signed")).expect("a right signature");
    };
    check(org.node_dir("peer0"), Role::Peer);
    check(org.user_dir("Admin"), Role::Admin);
    check(org.user_dir("User1"), Role::Client);
}
