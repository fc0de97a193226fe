//! Who is accepted and who is not: each rule with a certificate that breaks it.

mod authority;

use std::error::Error;
use std::sync::Arc;

use authority::{Authority, ID, bytes, config, revocation_list, unit};
use bytes::Bytes;
use msp::{Identity, Msp, MspSet, MspVersion, Principal, Role, SetupError, SigningIdentity};
use prost::Message;
use proto::common::msp_principal::Classification;
use proto::common::msp_role::MspRoleType;
use proto::common::{CombinedPrincipal, MspIdentityAnonymity, MspPrincipal, MspRole, OrganizationUnit};
use proto::msp::{FabricMspConfig, FabricNodeOUs, MspConfig, SerializedIdentity};
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair, SerialNumber};
use time::{Duration, OffsetDateTime};

fn setup(config: FabricMspConfig) -> Result<MspSet, SetupError> {
    setup_as(config, MspVersion::V1_4_3)
}

fn setup_as(config: FabricMspConfig, version: MspVersion) -> Result<MspSet, SetupError> {
    let config = MspConfig { r#type: 0, config: config.encode_to_vec().into() };
    Ok(MspSet::new(vec![Msp::from_config(&config, version)?]))
}

fn serialized(pem: &str) -> Vec<u8> {
    SerializedIdentity { mspid: ID.to_owned(), id_bytes: bytes(pem) }.encode_to_vec()
}

fn chain_of(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text += ": ";
        text += &cause.to_string();
        source = cause.source();
    }
    text
}

fn valid(msps: &MspSet, pem: &str) -> Arc<Identity> {
    msps.identity(&serialized(pem)).unwrap_or_else(|error| panic!("{}", chain_of(&error)))
}

fn refused(msps: &MspSet, pem: &str, reason: &str) {
    let error = msps.identity(&serialized(pem)).expect_err(reason);
    let text = chain_of(&error);
    assert!(text.contains(reason), "{text:?} does not say {reason:?}");
}

#[test]
fn an_expired_identity_is_valid_and_says_so() {
    let root = Authority::root("ca");
    let msps = setup(config(&root)).expect("an MSP");
    let past = OffsetDateTime::now_utc() - Duration::days(1);
    let (pem, _) = root.issue_with(&["client"], |params| params.not_after = past);
    let expires_at = valid(&msps, &pem).expires_at();
    assert!(expires_at < std::time::SystemTime::now());
    let whole_second = past.replace_nanosecond(0).expect("0 is a nanosecond");
    assert_eq!(expires_at, std::time::SystemTime::from(whole_second));
}

#[test]
fn certificates_that_break_a_rule_are_refused() {
    let root = Authority::root("ca");
    let msps = setup(config(&root)).expect("an MSP");
    // The same name, another key.
    let foreign = Authority::root("ca");
    refused(&msps, &foreign.issue(&["client"]).0, "signed by unknown authority");
    refused(&msps, &Authority::root("another").issue(&["client"]).0, "signed by unknown authority");
    refused(&msps, &root.pem, "a certificate authority's certificate cannot be used as an identity");
    refused(&msps, &root.issue(&[]).0, "does not have an OU that resolves to client, peer, orderer, or admin role");
    refused(&msps, &root.issue(&["accounting"]).0, "does not have an OU that resolves to client");
    refused(&msps, &root.issue(&["client", "peer"]).0, "not a combination of them");
    let only_clients = |params: &mut CertificateParams| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    };
    refused(&msps, &root.issue_with(&["client"], only_clients).0, "lack serverAuth");
    let before_the_authority = |params: &mut CertificateParams| {
        params.not_before = OffsetDateTime::now_utc() - Duration::days(2000);
    };
    refused(&msps, &root.issue_with(&["client"], before_the_authority).0, "was not valid yet");
    let critical = |params: &mut CertificateParams| {
        let mut extension = rcgen::CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
        extension.set_criticality(true);
        params.custom_extensions = vec![extension];
    };
    refused(&msps, &root.issue_with(&["client"], critical).0, "unhandled critical extension");
    let ed25519 = KeyPair::generate_for(&rcgen::PKCS_ED25519).expect("a key");
    refused(&msps, &root.certify(&ed25519, &["client"], |_| ()), "Ed25519 identities need the channel capability V3_0");
    refused(&msps, "garbage", "could not decode the PEM structure");
    refused(&msps, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "the certificate is malformed");
    refused(&msps, &root.issue(&["client"]).1.serialize_pem(), "found PRIVATE KEY");
    let unknown = SerializedIdentity { mspid: "Org2MSP".to_owned(), id_bytes: bytes(&root.issue(&["client"]).0) };
    let error = msps.identity(&unknown.encode_to_vec()).expect_err("unknown");
    assert_eq!(error.to_string(), "MSP Org2MSP is unknown");
    assert!(msps.identity(&[0xff, 0xff]).is_err());
    assert!(msps.identity(&vec![0; 1 << 20]).is_err());
}

#[test]
fn a_revoked_certificate_is_refused_if_its_own_authority_says_so() {
    let root = Authority::root("ca");
    let serial = SerialNumber::from_slice(&[0x12, 0x34]);
    let numbered = |params: &mut CertificateParams| params.serial_number = Some(serial.clone());
    let (pem, _) = root.issue_with(&["client"], numbered);
    let (other, _) = root.issue(&["client"]);
    let list = |issuer: &Authority| revocation_list(issuer, std::slice::from_ref(&serial));
    let with_list = |issuer| FabricMspConfig { revocation_list: vec![list(issuer)], ..config(&root) };
    let msps = setup(with_list(&root)).expect("an MSP");
    refused(&msps, &pem, "The certificate has been revoked");
    valid(&msps, &other);
    let msps = setup(with_list(&Authority::root("ca"))).expect("an MSP");
    valid(&msps, &pem);
    let garbage = FabricMspConfig { revocation_list: vec![Bytes::from_static(b"garbage")], ..config(&root) };
    assert!(matches!(setup(garbage), Err(SetupError::RevocationList { index: 0, .. })));
}

#[test]
fn intermediates_issue_and_roots_above_them_do_not() {
    let root = Authority::root("root");
    let intermediate = root.intermediate("intermediate");
    let mut config = config(&root);
    config.intermediate_certs = vec![bytes(&intermediate.pem)];
    config.fabric_node_ous = Some(FabricNodeOUs {
        enable: true,
        client_ou_identifier: unit("client", Some(&intermediate)),
        admin_ou_identifier: unit("admin", None),
        ..Default::default()
    });
    let msps = setup(config.clone()).expect("an MSP");
    valid(&msps, &intermediate.issue(&["client"]).0);
    refused(&msps, &root.issue(&["client"]).0, "Parent certificate should be a leaf of the certification tree");
    refused(&msps, &intermediate.intermediate("lower").pem, "cannot be used as an identity");
    // The lower authority is not configured, so nobody knows what it issues.
    refused(&msps, &intermediate.intermediate("lower").issue(&["client"]).0, "signed by unknown authority");
    config.intermediate_certs = vec![bytes(&Authority::root("stray").intermediate("intermediate").pem)];
    config.fabric_node_ous = None;
    assert!(matches!(setup(config), Err(SetupError::Authority { .. })));
}

#[test]
fn a_role_unit_counts_only_from_its_authority() {
    let (first, second) = (Authority::root("first"), Authority::root("second"));
    let mut config = config(&first);
    config.root_certs.push(bytes(&second.pem));
    let msps = setup(config).expect("an MSP");
    valid(&msps, &first.issue(&["peer"]).0);
    refused(&msps, &second.issue(&["peer"]).0, "certifiersIdentifier does not match");
}

#[test]
fn required_units_without_roles() {
    let root = Authority::root("ca");
    let admin = root.issue(&["bank"]).0;
    let config = FabricMspConfig {
        fabric_node_ous: None,
        admins: vec![bytes(&admin)],
        organizational_unit_identifiers: vec![unit("bank", Some(&root)).expect("a unit")],
        ..config(&root)
    };
    let msps = setup(config).expect("an MSP");
    assert!(valid(&msps, &admin).is_admin());
    let member = valid(&msps, &root.issue(&["bank", "other"]).0);
    assert!(!member.is_admin() && !member.is_client());
    refused(&msps, &root.issue(&["other"]).0, "none of the identity's organizational units");
    refused(&msps, &root.issue(&[]).0, "does not contain an Organizational Unit");
}

#[test]
fn configurations_that_make_no_organisation() {
    let root = Authority::root("ca");
    let failed = |config: FabricMspConfig| setup(config).expect_err("refused").to_string();
    let good = || config(&root);
    let check = |config, expected: &str| {
        let text = failed(config);
        assert!(text.contains(expected), "{text:?} does not say {expected:?}");
    };
    check(FabricMspConfig { name: String::new(), ..good() }, "has no id");
    check(FabricMspConfig { root_certs: vec![], ..good() }, "at least one CA certificate");
    check(FabricMspConfig { root_certs: vec![bytes("x")], ..good() }, "could not read CA certificate 0");
    check(FabricMspConfig { fabric_node_ous: None, ..good() }, "administrators must be declared");
    let identity = root.issue(&["client"]).0;
    check(FabricMspConfig { root_certs: vec![bytes(&identity)], ..good() }, "did not have the CA attribute");
    let stranger = Authority::root("other").issue(&["admin"]).0;
    check(FabricMspConfig { admins: vec![bytes(&stranger)], ..good() }, "admin 0 is invalid");
    let peer = root.issue(&["peer"]).0;
    check(FabricMspConfig { admins: vec![bytes(&peer)], ..good() }, "neither the client nor the admin unit");
    let foreign = FabricNodeOUs {
        enable: true,
        admin_ou_identifier: unit("admin", Some(&Authority::root("other"))),
        ..Default::default()
    };
    check(FabricMspConfig { fabric_node_ous: Some(foreign), ..good() }, "not in root or intermediate certs");
    let sha3 = proto::msp::FabricCryptoConfig {
        signature_hash_family: "SHA3".to_owned(),
        identity_identifier_hash_function: "SHA256".to_owned(),
    };
    check(FabricMspConfig { crypto_config: Some(sha3), ..good() }, "SHA3 is not supported");
    for (kind, expected) in [(1, "MSP type IDEMIX (1) is not supported"), (7, "MSP type 7 is unknown")] {
        let config = MspConfig { r#type: kind, config: Bytes::new() };
        let error = Msp::from_config(&config, MspVersion::V3_0).expect_err("refused").to_string();
        assert!(error.contains(expected), "{error}");
    }
    assert!(Msp::check_type_name("bccsp").is_ok());
    let error = Msp::check_type_name("idemix").expect_err("refused").to_string();
    assert!(error.contains("localMspType \"idemix\" is not supported"), "{error}");
}

#[test]
fn declared_administrators_match_by_certificate() {
    let root = Authority::root("ca");
    let (admin, client) = (root.issue(&["client"]).0, root.issue(&["client"]).0);
    let msps = setup(FabricMspConfig { admins: vec![bytes(&admin)], ..config(&root) }).expect("an MSP");
    assert!(valid(&msps, &admin).is_admin());
    assert!(!valid(&msps, &client).is_admin());
    assert!(valid(&msps, &root.issue(&["admin"]).0).is_admin());
}

#[test]
fn both_forms_of_a_certificates_signature_are_one_identity() {
    let root = Authority::root("ca");
    let msps = setup(config(&root)).expect("an MSP");
    // The library's signatures are high-S as often as not.
    let (pem, low_der) = (0..64)
        .find_map(|_| {
            let (pem, _) = root.issue(&["client"]);
            let identity = valid(&msps, &pem);
            let sent = pem::parse(&pem).expect("PEM").into_contents();
            (identity.certificate_der() != sent).then(|| (pem, identity.certificate_der().to_vec()))
        })
        .expect("one of 64 certificates has a high-S signature");
    let low_pem = pem::encode(&pem::Pem::new("CERTIFICATE", low_der));
    let (high, low) = (valid(&msps, &pem), valid(&msps, &low_pem));
    assert_ne!(high.serialized(), low.serialized());
    assert_eq!(high.id(), low.id());
    let principal = |pem: &str| MspPrincipal {
        principal_classification: Classification::Identity as i32,
        principal: serialized(pem).into(),
    };
    for identity in [&high, &low] {
        assert_eq!(identity.satisfies(&principal(&pem)), Ok(true));
        assert_eq!(identity.satisfies(&principal(&low_pem)), Ok(true));
    }
}

fn role(msp_id: &str, role: MspRoleType) -> MspPrincipal {
    let role = MspRole { msp_identifier: msp_id.to_owned(), role: role as i32 };
    MspPrincipal { principal_classification: Classification::Role as i32, principal: role.encode_to_vec().into() }
}

#[test]
fn principals() {
    let root = Authority::root("ca");
    let msps = setup(config(&root)).expect("an MSP");
    let (pem, _) = root.issue(&["peer", "paris"]);
    let (peer, other) = (valid(&msps, &pem), valid(&msps, &root.issue(&["peer"]).0));
    let certifiers = *peer.organizational_units().next().expect("a unit").certifiers;
    let principal = |kind: Classification, bytes: Vec<u8>| MspPrincipal {
        principal_classification: kind as i32,
        principal: bytes.into(),
    };
    let paris = |msp_id: &str, certifiers: &[u8]| {
        let unit = OrganizationUnit {
            msp_identifier: msp_id.to_owned(),
            organizational_unit_identifier: "paris".to_owned(),
            certifiers_identifier: Bytes::copy_from_slice(certifiers),
        };
        principal(Classification::OrganizationUnit, unit.encode_to_vec())
    };
    let all = |principals: Vec<MspPrincipal>| {
        principal(Classification::Combined, CombinedPrincipal { principals }.encode_to_vec())
    };
    let anonymity =
        |kind| principal(Classification::Anonymity, MspIdentityAnonymity { anonymity_type: kind }.encode_to_vec());
    let check = |principal: MspPrincipal, this: bool, that: bool| {
        assert_eq!(peer.satisfies(&principal), Ok(this), "{principal:?}");
        assert_eq!(other.satisfies(&principal), Ok(that), "{principal:?}");
    };
    check(role(ID, MspRoleType::Member), true, true);
    check(role(ID, MspRoleType::Peer), true, true);
    check(role(ID, MspRoleType::Admin), false, false);
    check(role(ID, MspRoleType::Client), false, false);
    check(role(ID, MspRoleType::Orderer), false, false);
    check(role("Org2MSP", MspRoleType::Member), false, false);
    check(paris(ID, &certifiers), true, false);
    check(paris(ID, &[0; 32]), false, false);
    check(paris("Org2MSP", &certifiers), false, false);
    check(principal(Classification::Identity, serialized(&pem)), true, false);
    check(all(vec![role(ID, MspRoleType::Peer), paris(ID, &certifiers)]), true, false);
    check(anonymity(0), true, true);
    let unreadable = |principal: MspPrincipal| assert!(peer.satisfies(&principal).is_err(), "{principal:?}");
    unreadable(anonymity(1));
    unreadable(all(vec![]));
    unreadable(principal(Classification::Identity, serialized("garbage")));
    unreadable(principal(Classification::Role, vec![0xff]));
    unreadable(MspPrincipal { principal_classification: 9, principal: Bytes::new() });
    let mut nested = role(ID, MspRoleType::Member);
    for _ in 0..1000 {
        nested = all(vec![nested]);
    }
    unreadable(nested);
    assert!(peer.matches(&Principal::role(ID, Role::Peer)));
}

#[test]
fn keys_and_signatures() {
    for (ca, kind) in [
        (&rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_ECDSA_P256_SHA256),
        (&rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_ECDSA_P384_SHA384),
        (&rcgen::PKCS_ECDSA_P384_SHA384, &rcgen::PKCS_ECDSA_P256_SHA256),
        (&rcgen::PKCS_ED25519, &rcgen::PKCS_ECDSA_P256_SHA256),
    ] {
        let root = Authority::custom_root("ca", ca, |_| ());
        let msps = setup(config(&root)).expect("an MSP");
        let key = KeyPair::generate_for(kind).expect("a key");
        let pem = root.certify(&key, &["client"], |_| ());
        let signer = SigningIdentity::from_pem(ID, &pem, &key.serialize_pem()).expect("an identity");
        let identity = valid(&msps, &pem);
        // Often enough that a high-S signature of the library would show.
        for message in 0..32u8 {
            identity.verify(&[message], &signer.sign(&[message]).expect("signed")).expect("a right signature");
        }
        assert!(identity.verify(b"another message", &signer.sign(b"message").expect("signed")).is_err());
        assert!(!format!("{signer:?}").contains("PRIVATE"));
        let (header, next) = (signer.new_signature_header(), signer.new_signature_header());
        assert_eq!((header.nonce.len(), &header.creator), (24, signer.serialized()));
        assert_ne!(header.nonce, next.nonce);
        let stranger = KeyPair::generate_for(kind).expect("a key").serialize_pem();
        assert!(SigningIdentity::from_pem(ID, &pem, &stranger).is_err());
        assert!(SigningIdentity::from_pem(ID, &pem, "garbage").is_err());
    }
}

#[test]
fn keystores_are_searched_by_name_and_by_content() {
    let root = Authority::root("ca");
    let (pem, key) = root.issue(&["client"]);
    let (_, other) = root.issue(&["client"]);
    let load = |files: &[(&str, String)]| {
        let dir = tempfile::tempdir().expect("a directory");
        for name in ["signcerts", "keystore"] {
            std::fs::create_dir(dir.path().join(name)).expect("a directory");
        }
        std::fs::write(dir.path().join("signcerts/cert.pem"), &pem).expect("written");
        for (name, text) in files {
            std::fs::write(dir.path().join("keystore").join(name), text).expect("written");
        }
        SigningIdentity::from_msp_dir(dir.path(), ID).map(|identity| identity.sign(b"message").expect("signed").len())
    };
    let ski = hex::encode(proto::sha256([key.public_key_raw()]));
    load(&[(&format!("{ski}_sk"), key.serialize_pem())]).expect("found by name");
    load(&[("a", other.serialize_pem()), ("b", "rubbish".to_owned()), ("c", key.serialize_pem())]).expect("found");
    let error = load(&[("a", other.serialize_pem())]).expect_err("not there").to_string();
    assert!(error.starts_with("no private key for the certificate of [") && !error.contains("PRIVATE"), "{error}");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(256))]

    #[test]
    fn a_changed_identity_is_refused_or_the_same(position in 0usize..2000, flip in 1u8..=255) {
        use std::sync::OnceLock;
        static GOOD: OnceLock<(MspSet, Vec<u8>)> = OnceLock::new();
        let (msps, good) = GOOD.get_or_init(|| {
            let root = Authority::root("ca");
            let msps = setup(config(&root)).expect("an MSP");
            (msps, serialized(&root.issue(&["client"]).0))
        });
        let mut changed = good.clone();
        let position = position % changed.len();
        changed[position] ^= flip;
        if let Ok(identity) = msps.identity(&changed) {
            let original = msps.identity(good).expect("valid");
            proptest::prop_assert_eq!(identity.id(), original.id());
        }
    }

    #[test]
    fn any_bytes_give_an_answer(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
        let msps = MspSet::new(vec![]);
        let _ = msps.identity(&bytes);
        let _ = Msp::from_config(&MspConfig { r#type: 0, config: bytes.clone().into() }, MspVersion::V3_0);
        for classification in 0..5 {
            let _ = Principal::parse(&MspPrincipal { principal_classification: classification, principal: bytes.clone().into() });
        }
    }
}

/// The part of a certificate behind what its issuer signed: whoever could change it would have a second identity.
#[test]
fn the_unsigned_part_cannot_be_changed() {
    let root = Authority::root("ca");
    let msps = setup(config(&root)).expect("an MSP");
    let pem = root.issue(&["client"]).0;
    let der = pem::parse(&pem).expect("PEM").into_contents();
    let good = msps.identity(&serialized(&pem)).expect("valid");
    // An algorithm of 12 bytes, and a signature of at most 76.
    for position in der.len() - 88..der.len() {
        for flip in [1, 2, 4, 8, 16, 32, 64, 128] {
            let mut changed = der.clone();
            changed[position] ^= flip;
            let changed = pem::encode(&pem::Pem::new("CERTIFICATE", changed));
            if let Ok(identity) = msps.identity(&serialized(&changed)) {
                assert_eq!(identity.id(), good.id(), "bit {flip} of byte {position} of {}", der.len());
            }
        }
    }
}
