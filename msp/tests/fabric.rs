//! Cases with what Fabric's own MSP said of them: who is accepted, under which id, with which roles and certifiers.
//!
//! `tests/data/fabric/README.md` tells how the verdicts were made. `WEFT_WRITE_MSP_CASES=FILE` writes the cases anew,
//! without verdicts.

mod authority;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use authority::{Authority, ID, bytes, config, revocation_list, unit};
use bytes::Bytes;
use msp::{Msp, MspSet, MspVersion, Principal, Role, SigningIdentity};
use prost::Message;
use proto::msp::{FabricMspConfig, FabricNodeOUs, MspConfig, SerializedIdentity};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, KeyPair,
    KeyUsagePurpose, NameConstraints, SanType, SerialNumber, SignatureAlgorithm,
};
use time::{Duration, OffsetDateTime};

const MESSAGE: &[u8] = b"message";

#[derive(Debug)]
struct Case {
    name: String,
    version: MspVersion,
    config: Vec<u8>,
    /// None for what only sets up.
    identity: Option<Vec<u8>>,
    signature: Option<Vec<u8>>,
}

const VERSIONS: [(&str, MspVersion); 5] = [
    ("V1_0", MspVersion::V1_0),
    ("V1_1", MspVersion::V1_1),
    ("V1_3", MspVersion::V1_3),
    ("V1_4_3", MspVersion::V1_4_3),
    ("V3_0", MspVersion::V3_0),
];

fn parse(line: &str) -> (Case, [String; 2]) {
    let fields: Vec<&str> = line.split('\t').collect();
    let [name, version, config, identity, _message, signature, outcome, detail] = fields[..] else {
        panic!("{} fields in {line:?}", fields.len())
    };
    let given = |text: &str| (text != "-").then(|| unarmoured(text));
    let version = VERSIONS.iter().find(|(known, _)| *known == version).expect("a version").1;
    let case = Case {
        name: name.to_owned(),
        version,
        config: unarmoured(config),
        identity: given(identity),
        signature: given(signature),
    };
    (case, [outcome.to_owned(), detail.to_owned()])
}

/// Base64 is PEM without its frame.
fn unarmoured(text: &str) -> Vec<u8> {
    pem::parse(format!("-----BEGIN X-----\n{text}\n-----END X-----\n")).expect("base64").into_contents()
}

fn armoured(bytes: &[u8]) -> String {
    pem::encode(&pem::Pem::new("X", bytes)).lines().filter(|line| !line.starts_with('-')).collect()
}

/// In the words of the verdicts.
fn judge(case: &Case) -> [String; 2] {
    let config = MspConfig { r#type: 0, config: Bytes::copy_from_slice(&case.config) };
    let msp = match Msp::from_config(&config, case.version) {
        Ok(msp) => msp,
        Err(error) => return ["setup".to_owned(), error.to_string()],
    };
    let Some(identity) = &case.identity else { return ["ok".to_owned(), String::new()] };
    let identity = match MspSet::new(vec![msp]).identity(identity) {
        Ok(identity) => identity,
        Err(error) => return ["refused".to_owned(), error.to_string()],
    };
    let all = [Role::Member, Role::Admin, Role::Client, Role::Peer, Role::Orderer];
    let has = |role: &&Role| identity.matches(&Principal::role(ID, **role));
    let mut roles: Vec<&str> = all.iter().filter(has).map(|role| role.as_str()).collect();
    if identity.matches(&Principal::Nominal) {
        roles.push("nominal");
    }
    if case.signature.as_ref().is_some_and(|signature| identity.verify(MESSAGE, signature).is_ok()) {
        roles.push("signed");
    }
    let certifiers = identity.organizational_units().next().map_or("-".to_owned(), |unit| hex::encode(unit.certifiers));
    ["ok".to_owned(), format!("{} {certifiers} {}", hex::encode(identity.id().1), roles.join(","))]
}

#[test]
fn fabric_says_the_same() {
    if let Some(file) = std::env::var_os("WEFT_WRITE_MSP_CASES") {
        write(Path::new(&file));
        return;
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/fabric/cases.txt");
    let text = fs::read_to_string(&file).expect("the cases are there");
    let mut different = String::new();
    for line in text.lines() {
        let (case, fabric) = parse(line);
        let ours = judge(&case);
        // Texts of refusals differ.
        if ours[0] != fabric[0] || (ours[0] == "ok" && ours != fabric) {
            let _ = writeln!(different, "{} {:?}\n  Fabric: {fabric:?}\n  Weft:   {ours:?}", case.name, case.version);
        }
    }
    assert!(different.is_empty(), "\n{different}");
    assert!(text.lines().count() > 50);
}

fn write(file: &Path) {
    let mut text = String::new();
    for case in cases() {
        let version = VERSIONS.iter().find(|(_, version)| *version == case.version).expect("a version").0;
        let given = |bytes: &Option<Vec<u8>>| bytes.as_ref().map_or("-".to_owned(), |bytes| armoured(bytes));
        let (identity, signature) = (given(&case.identity), given(&case.signature));
        let _ =
            writeln!(text, "{}\t{version}\t{}\t{identity}\tmessage\t{signature}", case.name, armoured(&case.config));
    }
    fs::write(file, text).expect("written");
}

/// Cases as they are collected.
struct Cases(Vec<Case>);

impl Cases {
    fn add(&mut self, name: &str, version: MspVersion, config: &FabricMspConfig, pem: &str) {
        self.signed(name, version, config, pem, None);
    }

    /// By the newest rules.
    fn newest(&mut self, name: &str, config: &FabricMspConfig, pem: &str) {
        self.add(name, MspVersion::V3_0, config, pem);
    }

    fn setup(&mut self, name: &str, config: &FabricMspConfig) {
        let config = config.encode_to_vec();
        self.0.push(Case { name: name.to_owned(), version: MspVersion::V3_0, config, identity: None, signature: None });
    }

    fn signed(
        &mut self,
        name: &str,
        version: MspVersion,
        config: &FabricMspConfig,
        pem: &str,
        signature: Option<Vec<u8>>,
    ) {
        let identity = SerializedIdentity { mspid: ID.to_owned(), id_bytes: bytes(pem) }.encode_to_vec();
        let config = config.encode_to_vec();
        self.0.push(Case { name: name.to_owned(), version, config, identity: Some(identity), signature });
    }
}

/// Units that any authority may vouch for, which keeps the cases short.
fn unbound(root: &Authority) -> FabricMspConfig {
    let node_ous = FabricNodeOUs {
        enable: true,
        client_ou_identifier: unit("client", None),
        peer_ou_identifier: unit("peer", None),
        admin_ou_identifier: unit("admin", None),
        orderer_ou_identifier: unit("orderer", None),
    };
    FabricMspConfig { fabric_node_ous: Some(node_ous), ..config(root) }
}

fn cases() -> Vec<Case> {
    let mut cases = Cases(Vec::new());
    editions(&mut cases);
    keys(&mut cases);
    chains(&mut cases);
    revocation(&mut cases);
    units(&mut cases);
    extensions(&mut cases);
    constraints(&mut cases);
    cases.0
}

fn editions(cases: &mut Cases) {
    let root = Authority::root("ca");
    let config = unbound(&root);
    let identities = ["client", "peer", "admin", "orderer", "other"].map(|unit| (unit, root.issue(&[unit]).0));
    let listed = root.issue(&["client"]).0;
    let with_admin = FabricMspConfig { admins: vec![bytes(&listed)], ..config.clone() };
    let peer_listed = FabricMspConfig { admins: vec![bytes(&root.issue(&["peer"]).0)], ..config.clone() };
    let mut half = config.clone();
    half.fabric_node_ous.as_mut().expect("there").peer_ou_identifier = None;
    for (name, version) in VERSIONS {
        for (unit, pem) in &identities {
            cases.add(&format!("{unit} in {name}"), version, &config, pem);
        }
        cases.add(&format!("two roles in {name}"), version, &config, &root.issue(&["client", "peer"]).0);
        cases.add(&format!("listed administrator in {name}"), version, &with_admin, &listed);
        cases.add(&format!("a peer as administrator in {name}"), version, &peer_listed, &listed);
        cases.add(&format!("no unit for peers in {name}"), version, &half, &identities[0].1);
    }
}

fn keys(cases: &mut Cases) {
    let root = Authority::root("ca");
    let config = unbound(&root);
    let mut check = |name: &str, kind: &'static SignatureAlgorithm, version: MspVersion| {
        let key = KeyPair::generate_for(kind).expect("a key");
        let pem = root.certify(&key, &["client"], |_| ());
        let signer = SigningIdentity::from_pem(ID, &pem, &key.serialize_pem());
        let signature = signer.ok().map(|signer| signer.sign(MESSAGE).expect("signed").to_vec());
        cases.signed(name, version, &config, &pem, signature);
    };
    check("P-256", &rcgen::PKCS_ECDSA_P256_SHA256, MspVersion::V1_4_3);
    check("P-384", &rcgen::PKCS_ECDSA_P384_SHA384, MspVersion::V1_4_3);
    check("P-521", &rcgen::PKCS_ECDSA_P521_SHA512, MspVersion::V1_4_3);
    check("RSA", &rcgen::PKCS_RSA_SHA256, MspVersion::V3_0);
    check("Ed25519 before V3_0", &rcgen::PKCS_ED25519, MspVersion::V1_4_3);
    check("Ed25519", &rcgen::PKCS_ED25519, MspVersion::V3_0);
    for (name, kind) in [
        ("RSA", &rcgen::PKCS_RSA_SHA256),
        ("P-384", &rcgen::PKCS_ECDSA_P384_SHA384),
        ("P-521", &rcgen::PKCS_ECDSA_P521_SHA512),
        ("Ed25519", &rcgen::PKCS_ED25519),
    ] {
        let root = Authority::custom_root("ca", kind, |_| ());
        cases.newest(&format!("authority with {name}"), &unbound(&root), &root.issue(&["client"]).0);
    }
    for number in 0..4 {
        // Half of all certificates have a high-S signature.
        cases.newest(&format!("issued {number}"), &config, &root.issue(&["peer"]).0);
    }
    let labelled = root.issue(&["peer"]).0.replace("CERTIFICATE", "SOMETHING");
    cases.newest("another label", &config, &labelled);
}

fn chains(cases: &mut Cases) {
    let root = Authority::root("root");
    let (middle, low) = (root.intermediate("middle"), root.intermediate("middle").intermediate("low"));
    let with = |roots: &[&Authority], intermediates: &[&Authority]| FabricMspConfig {
        root_certs: roots.iter().map(|ca| bytes(&ca.pem)).collect(),
        intermediate_certs: intermediates.iter().map(|ca| bytes(&ca.pem)).collect(),
        ..unbound(&root)
    };
    let (by_root, by_middle) = (root.issue(&["client"]).0, middle.issue(&["client"]).0);
    cases.newest("issued by an intermediate", &with(&[&root], &[&middle]), &by_middle);
    cases.newest("issued above an intermediate", &with(&[&root], &[&middle]), &by_root);
    cases.newest("issued by an unknown intermediate", &with(&[&root], &[]), &by_middle);
    cases.setup("an intermediate without root", &with(&[&root], &[&low]));
    let lower = middle.intermediate("lower");
    let three = with(&[&root], &[&middle, &lower]);
    cases.newest("issued by the lowest of three", &three, &lower.issue(&["client"]).0);
    cases.newest("issued by the middle of three", &three, &by_middle);
    cases.newest("the same root twice", &with(&[&root, &root], &[]), &by_root);
    cases.newest("the same intermediate twice", &with(&[&root], &[&middle, &middle]), &by_middle);
    cases.newest("a root as its own intermediate", &with(&[&root], &[&root]), &by_root);
    cases.setup("an intermediate as root", &with(&[&middle], &[]));
    cases.newest("two roots", &with(&[&root, &Authority::root("second")], &[]), &by_root);
    cases.setup("an authority as member", &with(&[&root], &[]));
    cases.newest("an authority's certificate", &with(&[&root], &[]), &root.pem);
    let narrow = root.intermediate_with("narrow", |params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    });
    let below = narrow.intermediate("below");
    cases.newest("path length kept", &with(&[&root], &[&narrow]), &narrow.issue(&["client"]).0);
    cases.setup("path length for an authority below", &with(&[&root], &[&narrow, &below]));
    cases.newest("path length exceeded", &with(&[&root], &[&narrow, &below]), &below.issue(&["client"]).0);
    let no_signing = |params: &mut CertificateParams| params.key_usages = vec![KeyUsagePurpose::CrlSign];
    let idle = Authority::custom_root("idle", &rcgen::PKCS_ECDSA_P256_SHA256, no_signing);
    cases.setup("a root that may not sign", &with(&[&idle], &[]));
    let idle = root.intermediate_with("idle", no_signing);
    cases.newest("an intermediate that may not sign", &with(&[&root], &[&idle]), &idle.issue(&["client"]).0);
    let usage = |params: &mut CertificateParams| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let clients = root.intermediate_with("clients", usage);
    cases.setup("an intermediate for TLS clients only", &with(&[&root], &[&clients]));
    let renewed = Authority { pem: renewed(&root), issuer: renewed_issuer(&root) };
    cases.newest("two certificates of one root", &with(&[&root, &renewed], &[]), &by_root);
    cases.setup("a root's old certificate as intermediate", &with(&[&renewed], &[&root]));
    let key = KeyPair::generate().expect("a key");
    let plain = |params: &mut CertificateParams| params.is_ca = IsCa::NoCa;
    let mut params = authority::ca_params("plain");
    plain(&mut params);
    let plain = Authority {
        pem: params.self_signed(&key).expect("a certificate").pem(),
        issuer: rcgen::Issuer::new(params, key),
    };
    cases.setup("a root that is no authority", &with(&[&plain], &[]));
    let tls = Authority::root("tls");
    let tls_of = |roots: &[&Authority], intermediates: &[&Authority]| FabricMspConfig {
        tls_root_certs: roots.iter().map(|ca| bytes(&ca.pem)).collect(),
        tls_intermediate_certs: intermediates.iter().map(|ca| bytes(&ca.pem)).collect(),
        ..unbound(&root)
    };
    cases.setup("TLS with an intermediate", &tls_of(&[&tls], &[&tls.intermediate("tls middle")]));
    cases.setup("TLS with a stray intermediate", &tls_of(&[&tls], &[&middle]));
    cases.setup("TLS with an intermediate as root", &tls_of(&[&middle], &[]));
    cases.setup("TLS with a root twice", &tls_of(&[&tls, &tls], &[&tls.intermediate("tls middle")]));
    let old = |params: &mut CertificateParams| params.not_after = OffsetDateTime::now_utc() - Duration::days(500);
    let expired = Authority::custom_root("expired", &rcgen::PKCS_ECDSA_P256_SHA256, old);
    cases.setup("TLS with an expired root", &tls_of(&[&expired], &[]));
    let old_leaf = |params: &mut CertificateParams| {
        params.not_before = OffsetDateTime::now_utc() - Duration::days(600);
        params.not_after = OffsetDateTime::now_utc() - Duration::days(1);
    };
    let expired_config = with(&[&expired], &[]);
    cases.newest(
        "begun before its expired authority ended",
        &expired_config,
        &expired.issue_with(&["client"], old_leaf).0,
    );
    cases.newest("begun after its authority ended", &expired_config, &expired.issue(&["client"]).0);
}

/// Another certificate for the root's key and name.
fn renewed(root: &Authority) -> String {
    let mut params = authority::ca_params("root");
    params.serial_number = Some(SerialNumber::from(77u64));
    params.self_signed(root.issuer.key()).expect("a certificate").pem()
}

fn renewed_issuer(root: &Authority) -> rcgen::Issuer<'static, KeyPair> {
    let key = KeyPair::from_pem(&root.issuer.key().serialize_pem()).expect("a key");
    rcgen::Issuer::new(authority::ca_params("root"), key)
}

/// A list of nobody, without extensions.
const NAMELESS_LIST: &str = "30393020020101300a06082a8648ce3d0403023000170d3236303130313030303030305a\
                             300a06082a8648ce3d0403020309003006020101020101";

fn revocation(cases: &mut Cases) {
    let (root, tls) = (Authority::root("root"), Authority::root("tls"));
    let serial = SerialNumber::from_slice(&[0x12, 0x34]);
    let numbered = |params: &mut CertificateParams| params.serial_number = Some(serial.clone());
    let middle = root.intermediate_with("middle", numbered);
    let revoked = std::slice::from_ref(&serial);
    let with = |list: &Bytes, config: &FabricMspConfig| FabricMspConfig {
        revocation_list: vec![list.clone()],
        ..config.clone()
    };
    let plain = unbound(&root);
    let tree = FabricMspConfig { intermediate_certs: vec![bytes(&middle.pem)], ..plain.clone() };
    let own = revocation_list(&root, revoked);
    let leaf = root.issue_with(&["client"], numbered).0;
    cases.newest("revoked", &with(&own, &plain), &leaf);
    cases.newest("not revoked", &with(&own, &plain), &root.issue(&["client"]).0);
    cases.newest(
        "revoked by a stranger of the same name",
        &with(&revocation_list(&Authority::root("root"), revoked), &plain),
        &leaf,
    );
    cases.setup("a revoked intermediate", &with(&own, &tree));
    let below = middle.issue_with(&["client"], numbered).0;
    cases.newest("revoked by an intermediate", &with(&revocation_list(&middle, revoked), &tree), &below);
    cases.newest("an empty list", &with(&revocation_list(&root, &[]), &tree), &below);
    let tls_middle = tls.intermediate_with("tls middle", numbered);
    let tls_tree = FabricMspConfig {
        tls_root_certs: vec![bytes(&tls.pem)],
        tls_intermediate_certs: vec![bytes(&tls_middle.pem)],
        ..plain.clone()
    };
    cases.setup("a revoked TLS intermediate", &with(&revocation_list(&tls, revoked), &tls_tree));
    let der = pem::parse(&own).expect("PEM").into_contents();
    cases.newest("a list in DER", &with(&der.clone().into(), &plain), &leaf);
    cases.setup("a list with more behind it", &with(&[&der[..], b"more"].concat().into(), &plain));
    cases.setup("a list that is none", &with(&Bytes::from_static(b"garbage"), &plain));
    let nameless = Bytes::from(hex::decode(NAMELESS_LIST).expect("hex"));
    cases.newest("a list that names no authority", &with(&nameless, &plain), &leaf);
    cases.setup("a list that names no authority, and an intermediate", &with(&nameless, &tree));
    let admins = FabricMspConfig { admins: vec![bytes(&leaf)], ..with(&own, &plain) };
    cases.newest("a revoked administrator is listed", &admins, &leaf);
    cases.newest("beside a revoked administrator", &admins, &root.issue(&["client"]).0);
    let listed = FabricMspConfig { fabric_node_ous: None, ..admins };
    cases.setup("a revoked administrator is listed, without NodeOUs", &listed);
}

fn units(cases: &mut Cases) {
    let (root, other) = (Authority::root("root"), Authority::root("other"));
    let middle = root.intermediate("middle");
    let node_ous = |client: Option<&Authority>, enable: bool| {
        Some(FabricNodeOUs {
            enable,
            client_ou_identifier: unit("client", client),
            admin_ou_identifier: unit("admin", None),
            ..Default::default()
        })
    };
    let admin = root.issue(&["bank"]).0;
    let plain = FabricMspConfig {
        root_certs: vec![bytes(&root.pem), bytes(&other.pem)],
        fabric_node_ous: node_ous(Some(&root), true),
        ..unbound(&root)
    };
    cases.newest("a unit of its authority", &plain, &root.issue(&["client"]).0);
    cases.newest("a unit of another authority", &plain, &other.issue(&["client"]).0);
    let bound = |ca: &Authority, enable: bool, admins: &[&str]| FabricMspConfig {
        fabric_node_ous: node_ous(Some(ca), enable),
        admins: admins.iter().map(|pem| bytes(pem)).collect(),
        ..unbound(&root)
    };
    cases.setup("a unit of a stranger", &bound(&other, true, &[]));
    cases.setup("a unit of a stranger, switched off", &bound(&other, false, &[&admin]));
    cases.newest("units switched off", &bound(&root, false, &[&admin]), &root.issue(&["client", "peer"]).0);
    cases.setup("units switched off and no administrators", &bound(&root, false, &[]));
    let tree = |ca| FabricMspConfig { intermediate_certs: vec![bytes(&middle.pem)], ..bound(ca, true, &[]) };
    cases.newest("a unit of an intermediate", &tree(&middle), &middle.issue(&["client"]).0);
    cases.newest("a unit of the root above", &tree(&root), &middle.issue(&["client"]).0);
    let empty = Some(FabricNodeOUs { enable: true, ..Default::default() });
    let empty = FabricMspConfig { fabric_node_ous: empty, admins: vec![bytes(&admin)], ..unbound(&root) };
    cases.newest("NodeOUs without units", &empty, &admin);
    let required = |units: &[(&str, &Authority)]| FabricMspConfig {
        organizational_unit_identifiers: units.iter().filter_map(|(name, ca)| unit(name, Some(ca))).collect(),
        fabric_node_ous: None,
        ..empty.clone()
    };
    let bank = required(&[("bank", &root), ("bank", &root), ("shop", &root)]);
    cases.newest("a required unit", &bank, &root.issue(&["shop"]).0);
    cases.newest("a unit that is not required", &bank, &root.issue(&["street"]).0);
    cases.newest("no unit", &bank, &root.issue(&[]).0);
    cases.setup("a required unit of a stranger", &required(&[("bank", &other)]));
    let both = FabricMspConfig { fabric_node_ous: unbound(&root).fabric_node_ous, ..bank.clone() };
    cases.setup("an administrator without role", &both);
    let both = FabricMspConfig { admins: vec![], ..both };
    cases.newest("a required unit and a role", &both, &root.issue(&["bank", "client"]).0);
    cases.newest("a role without required unit", &both, &root.issue(&["client"]).0);
}

fn extensions(cases: &mut Cases) {
    let root = Authority::root("root");
    let config = unbound(&root);
    let mut check = |name: &str, change: &dyn Fn(&mut CertificateParams)| {
        cases.newest(name, &config, &root.issue_with(&["client"], change).0);
    };
    let custom = |oid: &'static [u64], content: &'static [u8], critical: bool| {
        move |params: &mut CertificateParams| {
            let mut extension = CustomExtension::from_oid_content(oid, content.to_vec());
            extension.set_criticality(critical);
            params.custom_extensions.push(extension);
        }
    };
    check("critical unknown extension", &custom(&[1, 2, 3, 4], &[5, 0], true));
    check("unknown extension", &custom(&[1, 2, 3, 4], &[5, 0], false));
    check("critical issuer alternative name", &custom(&[2, 5, 29, 18], &[0x30, 3, 0x82, 1, b'a'], true));
    check("malformed issuer alternative name", &custom(&[2, 5, 29, 18], &[1, 2, 3], false));
    check("malformed key usage", &custom(&[2, 5, 29, 15], &[1, 2, 3], false));
    check("critical subject key id", &custom(&[2, 5, 29, 14], &[4, 1, 7], true));
    check("critical names of no use", &custom(&[2, 5, 29, 17], &[0x30, 4, 0x88, 2, 0x2a, 3], true));
    check("names of no use", &custom(&[2, 5, 29, 17], &[0x30, 4, 0x88, 2, 0x2a, 3], false));
    check("critical host name", &custom(&[2, 5, 29, 17], &[0x30, 3, 0x82, 1, b'a'], true));
    check("Netscape comment that is none", &custom(&[2, 16, 840, 1, 113730, 1, 13], &[1, 2], false));
    check("for TLS clients", &|params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth]);
    check("for TLS servers", &|params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth]);
    check("for anything", &|params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::Any]);
    check("for encryption", &|params| params.key_usages = vec![KeyUsagePurpose::KeyEncipherment]);
    check("expired", &|params| params.not_after = OffsetDateTime::now_utc() - Duration::days(1));
    check("not begun", &|params| params.not_before = OffsetDateTime::now_utc() + Duration::days(100));
    check("for no time", &|params| params.not_after = params.not_before);
    check("ended before begun", &|params| params.not_after = params.not_before - Duration::days(1));
    check("begun before its authority", &|params| params.not_before = OffsetDateTime::now_utc() - Duration::days(2000));
    check("serial number 0", &|params| params.serial_number = Some(SerialNumber::from_slice(&[0])));
    check("serial number of 30 bytes", &|params| params.serial_number = Some(SerialNumber::from_slice(&[0x71; 30])));
}

fn constraints(cases: &mut Cases) {
    let constrained = |permitted: &[GeneralSubtree], excluded: &[GeneralSubtree]| {
        let constraints =
            NameConstraints { permitted_subtrees: permitted.to_vec(), excluded_subtrees: excluded.to_vec() };
        Authority::custom_root("root", &rcgen::PKCS_ECDSA_P256_SHA256, |params| {
            params.name_constraints = Some(constraints.clone());
        })
    };
    let dns = |name: &str| GeneralSubtree::DnsName(name.to_owned());
    let inside = constrained(&[dns("example.com")], &[]);
    let outside = constrained(&[], &[dns("example.com")]);
    let mut check = |name: &str, root: &Authority, common_name: &str, names: &[SanType]| {
        let change = |params: &mut CertificateParams| {
            params.distinguished_name.push(rcgen::DnType::CommonName, common_name);
            params.subject_alt_names = names.to_vec();
        };
        cases.newest(name, &unbound(root), &root.issue_with(&["client"], change).0);
    };
    let host = |name: &str| SanType::DnsName(name.try_into().expect("a host name"));
    check("constrained: no names", &inside, "User 1", &[]);
    check("constrained: host as common name", &inside, "a.example.com", &[]);
    check("constrained: user as common name", &inside, "User1@example.com", &[]);
    check("constrained: host inside", &inside, "a", &[host("a.example.com")]);
    check("constrained: host outside", &inside, "a", &[host("a.example.org")]);
    check("constrained: host not excluded", &outside, "a", &[host("a.example.org")]);
    check("constrained: host excluded", &outside, "a", &[host("a.example.com")]);
    let address = |last: u8| SanType::IpAddress([10, 0, 0, last].into());
    let network = GeneralSubtree::IpAddress(rcgen::CidrSubnet::V4([10, 0, 0, 0], [255, 255, 255, 254]));
    let addresses = constrained(&[network], &[]);
    check("constrained: address inside", &addresses, "a", &[address(1)]);
    check("constrained: address outside", &addresses, "a", &[address(1), address(2)]);
    let email = |text: &str| SanType::Rfc822Name(text.try_into().expect("a mailbox"));
    let mailboxes = constrained(&[GeneralSubtree::Rfc822Name("example.com".to_owned())], &[]);
    check("constrained: mailbox inside", &mailboxes, "a", &[email("a@example.com")]);
    check("constrained: mailbox outside", &mailboxes, "a", &[email("a@example.org")]);
    let uri = |text: &str| SanType::URI(text.try_into().expect("a URI"));
    check("constrained: URI without host", &inside, "a", &[uri("urn:a")]);
    check("constrained: asterisk not excluded", &outside, "a", &[host("*.com"), host("*.example.org")]);
    check("constrained: other kind of name", &inside, "a", &[SanType::IpAddress([10, 0, 0, 1].into())]);
}
