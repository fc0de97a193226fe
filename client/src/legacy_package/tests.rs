use proto::common::SignaturePolicyEnvelope;
use proto::protos::ChaincodeData;

use super::*;

const WASM: &[u8] = b"\0asm\x01\0\0\0";

macro_rules! golden {
    ($name:literal) => {
        Bytes::from_static(include_bytes!(concat!("data/", $name)))
    };
}

fn contents() -> Contents<'static> {
    Contents { name: "basic", version: "1.0", path: "basic.wasm", args: vec![Bytes::from_static(b"InitLedger")] }
}

#[test]
fn fabrics_packages_have_fabrics_hashes() {
    let policy = |bytes: &Bytes| Some(SignaturePolicyEnvelope::decode(bytes.clone()).expect("a policy"));
    for (bytes, id, data) in [
        (golden!("plain.cds"), golden!("plain.id"), golden!("plain.data")),
        (golden!("signed.cds"), golden!("signed.id"), golden!("signed.data")),
    ] {
        let package = DeploymentPackage::parse(bytes.clone()).expect("a package");
        assert_eq!((package.name(), package.version(), package.path()), ("basic", "1.0", "basic.wasm"));
        assert_eq!((&package.bytes, package.id()), (&bytes, &id));
        assert_eq!(package.spec_bytes, golden!("plain.cds"));
        let expected = ChaincodeData::decode(data.clone()).expect("a definition");
        assert_eq!(package.data(), expected.data);
        assert!(package.has_hashes(&expected.data) && !package.has_hashes(&Bytes::new()));
        let instantiation_policy = package.instantiation_policy.clone().unwrap_or(golden!("admins.policy"));
        let ours = ChaincodeData {
            name: "basic".into(),
            version: "1.0".into(),
            escc: "escc".into(),
            vscc: "vscc".into(),
            policy: policy(&golden!("members.policy")),
            data: package.data(),
            id: package.id().clone(),
            instantiation_policy: policy(&instantiation_policy),
        };
        assert_eq!(ours.encode_to_vec(), data);
    }
}

#[test]
fn a_contract_is_packed_and_found_again() {
    let spec = contents().with_contract(WASM).expect("packed");
    let package = DeploymentPackage::parse(spec.encode_to_vec().into()).expect("a package");
    assert_eq!(package.instantiation_policy, None);
    let today = package.to_package().expect("the same in another form");
    assert!(today.is_wasm() && today.metadata.label.is_empty());
    assert_eq!(today.contract().expect("a contract"), WASM);
    // Code of another type goes to builders, whatever it holds.
    let mut golang = spec.clone();
    golang.chaincode_spec.as_mut().expect("a specification").r#type = Type::Golang as i32;
    let package = DeploymentPackage::parse(golang.encode_to_vec().into()).expect("a package");
    let today = package.to_package().expect("the same in another form");
    let description = today.description().expect("a description");
    assert_eq!(description, br#"{"path":"basic.wasm","type":"GOLANG","label":""}"#);
}

#[test]
fn owners_sign_one_after_the_other() {
    let authority = msp::generate::CertificateAuthority::new("ca.example.com", "Org1").expect("an authority");
    let identity = |name: &str| {
        let request = msp::generate::EnrollmentRequest {
            common_name: name.to_owned(),
            role: msp::Role::Admin,
            sans: Vec::new(),
            tls: false,
        };
        let pair = authority.issue(&request).expect("a certificate");
        SigningIdentity::from_pem("Org1MSP", &pair.cert_pem, &pair.key_pem).expect("an identity")
    };
    let (first, second) = (identity("first"), identity("second"));
    let spec = contents().with_contract(WASM).expect("packed");
    let policy = SignaturePolicyEnvelope::decode(golden!("admins.policy")).expect("a policy");
    let unsigned = Bytes::from(with_policy(&spec, &policy, None).expect("packed").encode_to_vec());
    assert!(matches!(sign_again(&unsigned, &first), Err(LegacyPackageError::NoOwners)));
    let once = Bytes::from(with_policy(&spec, &policy, Some(&first)).expect("signed").encode_to_vec());
    let twice = Bytes::from(sign_again(&once, &second).expect("signed").encode_to_vec());
    let parsed = DeploymentPackage::parse(twice.clone()).expect("a package");
    assert_eq!(parsed.instantiation_policy, Some(golden!("admins.policy")));
    let (_, signed) = open_envelope(&Envelope::decode(twice).expect("an envelope")).expect("a package");
    let owners: Vec<&Bytes> = signed.owner_endorsements.iter().map(|owner| &owner.endorser).collect();
    assert_eq!(owners, [first.serialized(), second.serialized()]);
    let ids = [&unsigned, &once].map(|bytes| DeploymentPackage::parse(bytes.clone()).expect("a package").id().clone());
    assert!(ids[0] != ids[1] && ids[1] != *parsed.id(), "owners are part of the fingerprint");
}

#[test]
fn what_is_no_package_is_refused() {
    let mut nameless = contents().without_code(Type::Car);
    nameless.chaincode_spec.as_mut().expect("a specification").chaincode_id = None;
    let control = Contents { name: "a\u{7}b", ..contents() }.without_code(Type::Car);
    for bytes in [
        Bytes::new(),
        Bytes::from_static(b"\xff"),
        nameless.encode_to_vec().into(),
        control.encode_to_vec().into(),
        golden!("signed.cds").slice(..100),
    ] {
        assert!(matches!(DeploymentPackage::parse(bytes.clone()), Err(LegacyPackageError::Unknown)), "{bytes:?}");
    }
    let long = Bytes::from(vec![0; MAX_PACKAGE_BYTES + 1]);
    assert!(matches!(DeploymentPackage::parse(long), Err(LegacyPackageError::TooLarge { .. })));
}
