//! MSP directories as operators have them, right and wrong: what an error says must be enough to mend the directory.

mod authority;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Duration;

use authority::{Authority, ID, revocation_list};
use msp::{Msp, MspSet, SigningIdentity};
use rcgen::{KeyPair, SerialNumber};

/// Writes files into a new directory.
fn directory(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    for (name, content) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().expect("inside")).expect("a directory");
        fs::write(path, content).expect("written");
    }
    dir
}

fn text_of(error: &dyn Error, dir: &Path) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text += ": ";
        text += &cause.to_string();
        source = cause.source();
    }
    text.replace(&format!("{}/", dir.display()), "")
}

const NODE_OUS: &str = "NodeOUs:\n  Enable: true\n  ClientOUIdentifier: {OrganizationalUnitIdentifier: client}\n  \
                        AdminOUIdentifier: {OrganizationalUnitIdentifier: admin}\n";

#[test]
fn errors_name_the_file_and_the_remedy() {
    let root = Authority::root("ca");
    let member = root.issue(&["client"]).0;
    let stray = Authority::root("stray").intermediate("low").pem;
    let serial = SerialNumber::from(7u64);
    let revoked = root.intermediate_with("revoked", |params| params.serial_number = Some(serial.clone())).pem;
    let list = revocation_list(&root, std::slice::from_ref(&serial));
    let cut = &root.pem[..root.pem.len() / 2];
    let check = |files: &[(&str, &[u8])], expected: &[&str]| {
        let good: [(&str, &[u8]); 2] = [("cacerts/ca.pem", root.pem.as_bytes()), ("config.yaml", NODE_OUS.as_bytes())];
        let dir = directory(&good);
        for (name, content) in files {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().expect("inside")).expect("a directory");
            fs::write(path, content).expect("written");
        }
        match (Msp::from_dir(dir.path(), ID), expected) {
            (Ok(_), []) => {}
            (Ok(_), _) => panic!("{files:?} is taken; expected {expected:?}"),
            (Err(error), _) => {
                let text = text_of(&error, dir.path());
                assert!(!expected.is_empty(), "{text}");
                for part in expected {
                    assert!(text.contains(part), "{text:?} does not say {part:?}");
                }
            }
        }
    };
    check(&[], &[]);
    // Notes beside certificates are no harm.
    check(&[("cacerts/README", b"our authority"), ("admincerts/.keep", b""), ("crls/notes", b"none yet")], &[]);
    check(&[("cacerts/ca.pem", b"")], &["no ca certificate found in directory cacerts", "put it there"]);
    check(&[("cacerts/cut.pem", cut.as_bytes())], &["cacerts/cut.pem begins a PEM block", "copy the file anew"]);
    let key = KeyPair::generate().expect("a key").serialize_pem();
    check(&[("admincerts/a.pem", key.as_bytes())], &["admincerts/a.pem is no certificate", "found PRIVATE KEY"]);
    let rubbish = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    check(&[("tlscacerts/t.pem", rubbish)], &["tlscacerts/t.pem is no certificate", "malformed"]);
    check(&[("crls/l.pem", rubbish)], &["crls/l.pem is no revocation list", "X.509 CRLs in PEM"]);
    check(
        &[("cacerts/m.pem", member.as_bytes())],
        &["cacerts/m.pem: CA Certificate did not have the CA attribute", "CA:TRUE"],
    );
    check(
        &[("cacerts/s.pem", stray.as_bytes())],
        &["cacerts/s.pem: CA Certificate is not valid", "must be self-signed"],
    );
    check(
        &[("intermediatecerts/s.pem", stray.as_bytes())],
        &["intermediatecerts/s.pem", "signed by unknown authority"],
    );
    check(
        &[("intermediatecerts/r.pem", revoked.as_bytes()), ("crls/l.pem", &list)],
        &["intermediatecerts/r.pem", "The certificate has been revoked"],
    );
    let foreign = Authority::root("other").issue(&["client"]).0;
    check(&[("admincerts/f.pem", foreign.as_bytes())], &["admincerts/f.pem: admin 0 is invalid", "unknown authority"]);
    // Without TLS roots nobody looks at intermediates.
    check(&[("tlsintermediatecerts/s.pem", stray.as_bytes())], &[]);
    let config = |text: &str, expected: &[&str]| check(&[("config.yaml", text.as_bytes())], expected);
    config("NodeOUs: [", &["config.yaml", "line 2", "YAML"]);
    config("NodeOUs: {Enable: perhaps}", &["config.yaml", "perhaps", "true or false"]);
    config("", &["administrators must be declared", "admincerts", "AdminOUIdentifier"]);
    config("# nothing\n", &["administrators must be declared"]);
    config(&NODE_OUS.replace("true", "yes"), &[]);
    config(&format!("{NODE_OUS}  Strange: 1\nStranger: {{}}\n"), &[]);
    config(
        "OrganizationalUnitIdentifiers: [{OrganizationalUnitIdentifier: bank, Certificate: cacerts/none.pem}]",
        &[
            "config.yaml: OrganizationalUnitIdentifiers[0].Certificate must be the path",
            "could not read cacerts/none.pem",
        ],
    );
    config(
        "NodeOUs: {Enable: true, PeerOUIdentifier: {OrganizationalUnitIdentifier: peer, Certificate: config.yaml}}",
        &["config.yaml: NodeOUs.PeerOUIdentifier.Certificate", "config.yaml is no certificate"],
    );
    // As Fabric: a role's authority that is not there binds the role to nobody.
    config(&NODE_OUS.replace("client}", "client, Certificate: cacerts/none.pem}"), &[]);
}

#[test]
fn keystores() {
    let root = Authority::root("ca");
    let openssl = |arguments: &[&str], input: &str| -> Option<String> {
        use std::io::Write;
        use std::process::{Command, Stdio};
        let mut child = Command::new("openssl")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        child.stdin.take()?.write_all(input.as_bytes()).ok()?;
        let output = child.wait_with_output().ok()?;
        output.status.success().then(|| String::from_utf8(output.stdout).expect("PEM"))
    };
    for kind in [
        &rcgen::PKCS_ECDSA_P256_SHA256,
        &rcgen::PKCS_ECDSA_P384_SHA384,
        &rcgen::PKCS_ECDSA_P521_SHA512,
        &rcgen::PKCS_ED25519,
    ] {
        let key = KeyPair::generate_for(kind).expect("a key");
        let pem = root.certify(&key, &["client"], |_| ());
        let other = KeyPair::generate_for(kind).expect("a key").serialize_pem();
        let name = format!("{}_sk", hex::encode(proto::sha256([key.public_key_raw()])));
        let check = |files: &[(&str, &str)], expected: &[&str]| {
            let mut all: Vec<(String, &[u8])> = vec![("signcerts/cert.pem".to_owned(), pem.as_bytes())];
            all.extend(files.iter().map(|(file, text)| (format!("keystore/{file}"), text.as_bytes())));
            let dir = directory(&all.iter().map(|(file, text)| (file.as_str(), *text)).collect::<Vec<_>>());
            match SigningIdentity::from_msp_dir(dir.path(), ID) {
                Ok(identity) => {
                    assert!(expected.is_empty(), "taken; expected {expected:?}");
                    let msps = MspSet::new(vec![organization(&root)]);
                    let public = msps.identity(identity.serialized()).expect("a member");
                    public.verify(b"message", &identity.sign(b"message").expect("signed")).expect("a right signature");
                    public
                        .verify_parts([b"mess", b"age"], &identity.sign(b"message").expect("signed"))
                        .expect("a right signature");
                    assert!(public.verify(b"another", &identity.sign(b"message").expect("signed")).is_err());
                }
                Err(error) => {
                    let text = text_of(&error, dir.path()).replace(&name, "SKI_sk");
                    assert!(!expected.is_empty(), "{text}");
                    for part in expected {
                        assert!(text.contains(part), "{text:?} does not say {part:?}");
                    }
                    assert!(!text.contains("PRIVATE"));
                }
            }
        };
        let own = key.serialize_pem();
        check(&[(&name, &own)], &[]);
        check(&[("a_sk", &other), ("b_sk", "rubbish"), ("c_sk", &own)], &[]);
        check(&[("priv_sk", &own)], &[]);
        check(&[], &["no private key for the certificate of [", "put it there as SKI_sk", "PKCS#8 or SEC 1"]);
        check(&[("a_sk", &other)], &["no private key for the certificate of ["]);
        check(&[(&name, "rubbish")], &["keystore/SKI_sk", "holds no PEM block"]);
        check(&[(&name, &other)], &["keystore/SKI_sk", "does not belong to the certificate"]);
        check(&[(&name, &pem)], &["keystore/SKI_sk", "not an EC or Ed25519 key"]);
        // What other tools write; without them this much is not tested.
        if let Some(encrypted) = openssl(&["pkcs8", "-topk8", "-passout", "pass:x"], &own) {
            check(&[(&name, &encrypted)], &["keystore/SKI_sk", "encrypted", "openssl pkcs8 -topk8 -nocrypt"]);
            check(&[("a_sk", &encrypted), ("b_sk", &own)], &[]);
        }
        if let Some(sec1) = openssl(&["ec"], &own) {
            check(&[(&name, &sec1)], &[]);
        }
    }
    let rsa = KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).expect("a key");
    let pem = root.certify(&rsa, &["client"], |_| ());
    let error = SigningIdentity::from_pem(ID, &pem, &rsa.serialize_pem()).expect_err("RSA").to_string();
    assert!(error.contains("identities have ECDSA keys on P-256, P-384 or P-521, or Ed25519"), "{error}");
}

fn organization(root: &Authority) -> Msp {
    let dir = directory(&[("cacerts/ca.pem", root.pem.as_bytes()), ("config.yaml", NODE_OUS.as_bytes())]);
    Msp::from_dir(dir.path(), ID).expect("an MSP")
}

#[test]
fn a_signing_identity_says_when_it_ended() {
    let root = Authority::root("ca");
    let (pem, key) = root.issue(&["client"]);
    let signer = SigningIdentity::from_pem(ID, &pem, &key.serialize_pem()).expect("an identity");
    let end = signer.expires_at();
    assert_eq!(signer.check_expiry(end - Duration::from_secs(1)), Ok(()));
    let error = signer.check_expiry(end + Duration::from_secs(90)).expect_err("ended").to_string();
    assert!(error.contains("somebody") && error.contains("expired 90 s ago"), "{error}");
    assert!(signer.check_expiry(end).is_err());
}
