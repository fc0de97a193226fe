//! Keys in a token, which SoftHSM plays (Debian's `softhsm2`; `cargo xtask test` installs it). One test, because a process
//! has one library with one configuration.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use msp::generate::{CertificateAuthority, EnrollmentRequest, KeyPair};
use msp::{KeyStore, Msp, MspSet, Pkcs11Settings, Role, SigningIdentity, Token, TokenError};

const MSP_ID: &str = "Org1MSP";
const LABEL: &str = "ForFabric";
const PIN: &str = "98765432";

/// Set where the test must not be left out.
const REQUIRED: &str = "WEFT_SOFTHSM";

/// The folder of the process that has the token.
const ROOT: &str = "WEFT_SOFTHSM_ROOT";

/// Where Debian and others put the library.
const LIBRARIES: [&str; 4] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
];

fn softhsm(args: &[&str]) {
    let output = Command::new("softhsm2-util").args(args).output().expect("softhsm2-util starts");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// An MSP directory without private keys, and the key that is missing.
fn member(root: &Path, authority: &CertificateAuthority, name: &str) -> (PathBuf, KeyPair) {
    let request = EnrollmentRequest { common_name: name.to_owned(), role: Role::Peer, sans: Vec::new(), tls: false };
    let pair = authority.issue(&request).expect("issued");
    let dir = root.join(name);
    for (folder, pem) in [("cacerts", authority.cert_pem()), ("signcerts", &pair.cert_pem)] {
        fs::create_dir_all(dir.join(folder)).expect("made");
        fs::write(dir.join(folder).join("cert.pem"), pem).expect("written");
    }
    let unit = |role: &str, name: &str| format!("  {role}OUIdentifier: {{OrganizationalUnitIdentifier: {name}}}\n");
    let units = [("Client", "client"), ("Peer", "peer"), ("Admin", "admin"), ("Orderer", "orderer")];
    let units: String = units.into_iter().map(|(role, name)| unit(role, name)).collect();
    fs::write(dir.join("config.yaml"), format!("NodeOUs:\n  Enable: true\n{units}")).expect("written");
    (dir, pair)
}

/// Puts a key into the token.
fn import(root: &Path, pair: &KeyPair, id: &str) {
    let file = root.join("key.pem");
    fs::write(&file, &pair.key_pem).expect("written");
    let path = file.to_str().expect("text");
    softhsm(&["--import", path, "--token", LABEL, "--pin", PIN, "--label", "key", "--id", id]);
    fs::remove_file(file).expect("removed");
}

/// What the key's file would be called.
fn ski(dir: &Path) -> String {
    let error = SigningIdentity::from_msp_dir(dir, MSP_ID).expect_err("it has no keystore").to_string();
    let end = error.find("_sk").expect("the name of the file");
    error[end - 64..end].to_owned()
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn check_signatures(identity: &SigningIdentity, dir: &Path) {
    let msp = Msp::from_dir(dir, MSP_ID).expect("an MSP");
    let public = MspSet::new(vec![msp]).identity(identity.serialized()).expect("a member");
    for number in 0..20 {
        // Verifying refuses high S, which half of all signatures have at first.
        let message = format!("message {number}");
        let signature = identity.sign(message.as_bytes()).expect("signed");
        public.verify(message.as_bytes(), &signature).expect("a right signature with low S");
    }
}

/// This test in a process of its own, with tokens of its own.
fn run_apart() {
    let root = tempfile::tempdir().expect("a folder");
    let (tokens, config) = (root.path().join("tokens"), root.path().join("softhsm2.conf"));
    fs::create_dir(&tokens).expect("made");
    fs::write(&config, format!("directories.tokendir = {}\nobjectstore.backend = file\n", tokens.display()))
        .expect("written");
    let mut command = Command::new(std::env::current_exe().expect("a program"));
    command.args(["--exact", "keys_in_a_token_sign", "--nocapture"]);
    let output = command.env(ROOT, root.path()).env("SOFTHSM2_CONF", &config).output().expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn keys_in_a_token_sign() {
    let Some(library) = LIBRARIES.into_iter().find(|path| Path::new(path).exists()) else {
        assert!(std::env::var_os(REQUIRED).is_none(), "SoftHSM is not installed: apt-get install softhsm2");
        eprintln!("SoftHSM is not installed (Debian's softhsm2): keys in tokens are not tested");
        return;
    };
    // The library reads where its tokens are from the environment, which only a new process can be given.
    let Some(root) = std::env::var_os(ROOT).map(PathBuf::from) else { return run_apart() };
    let (root, tokens) = (root.as_path(), root.join("tokens"));
    softhsm(&["--init-token", "--free", "--label", LABEL, "--so-pin", "123456", "--pin", PIN]);

    let authority = CertificateAuthority::new("ca.org1", "org1").expect("an authority");
    let (by_ski, ski_key) = member(root, &authority, "by-ski");
    let (mapped, mapped_key) = member(root, &authority, "mapped");
    let (alternative, alternative_key) = member(root, &authority, "alternative");
    let (in_file, file_key) = member(root, &authority, "in-file");
    import(root, &ski_key, &ski(&by_ski));
    import(root, &mapped_key, &hex("mapped id"));
    import(root, &alternative_key, &hex("alternative id"));
    fs::create_dir(in_file.join("keystore")).expect("made");
    fs::write(in_file.join("keystore/priv_sk"), &file_key.key_pem).expect("written");

    let settings = Pkcs11Settings {
        library: library.into(),
        label: LABEL.to_owned(),
        pin: PIN.to_owned(),
        alternative_id: None,
        key_ids: vec![(ski(&mapped), "mapped id".to_owned())],
    };
    assert!(!format!("{settings:?}").contains(PIN));
    let open = |settings: Pkcs11Settings| Token::open(settings).expect("a token");
    let load = |dir: &Path, token: &Arc<Token>| SigningIdentity::load(dir, MSP_ID, &KeyStore::Token(token.clone()));
    let token = open(settings.clone());
    let identity = load(&by_ski, &token).expect("by its SKI");
    check_signatures(&identity, &by_ski);
    check_signatures(&load(&mapped, &token).expect("by its own id"), &mapped);
    let other = open(Pkcs11Settings { alternative_id: Some("alternative id".to_owned()), ..settings.clone() });
    check_signatures(&load(&alternative, &other).expect("by the id for all"), &alternative);
    // What the token has not is looked for in files.
    check_signatures(&load(&in_file, &token).expect("from a file"), &in_file);
    let error = load(&alternative, &token).expect_err("nowhere").to_string();
    assert!(error.contains("no private key for the certificate"), "{error}");

    // Many at once, more than sessions are kept.
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| check_signatures(&identity, &by_ski));
        }
    });

    complaints(&settings);
    a_restart_is_survived(library, &identity, &by_ski);
    a_lost_key_is_an_error(&tokens, library, &identity, &by_ski);
}

fn complaints(settings: &Pkcs11Settings) {
    let check = |settings: Pkcs11Settings, expected: &str| {
        let error = Token::open(settings).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}");
    };
    check(Pkcs11Settings { library: "".into(), ..settings.clone() }, "library path not provided");
    check(Pkcs11Settings { library: "/nope.so".into(), ..settings.clone() }, "instantiation failed for /nope.so");
    check(
        Pkcs11Settings { label: "Other".to_owned(), ..settings.clone() },
        "could not find token with label Other: check PKCS11.Label; there is '",
    );
}

/// The library forgets all sessions and logins, as it does when a module is restarted.
fn a_restart_is_survived(library: &str, identity: &SigningIdentity, dir: &Path) {
    let same = cryptoki::context::Pkcs11::new(library).expect("the library");
    same.finalize().expect("finalized");
    let error = identity.sign(b"message").expect_err("nobody has initialised it again");
    assert!(matches!(error.source, TokenError::Operation { .. }), "{error:?}");
    let same = cryptoki::context::Pkcs11::new(library).expect("the library");
    let args = cryptoki::context::CInitializeArgs::new(cryptoki::context::CInitializeFlags::OS_LOCKING_OK);
    same.initialize(args).expect("initialised");
    check_signatures(identity, dir);
}

fn a_lost_key_is_an_error(tokens: &Path, library: &str, identity: &SigningIdentity, dir: &Path) {
    let aside = tokens.with_extension("aside");
    let restart = || {
        cryptoki::context::Pkcs11::new(library).expect("the library").finalize().expect("finalized");
        let args = cryptoki::context::CInitializeArgs::new(cryptoki::context::CInitializeFlags::OS_LOCKING_OK);
        cryptoki::context::Pkcs11::new(library).expect("the library").initialize(args).expect("initialised");
    };
    fs::rename(tokens, &aside).expect("taken away");
    fs::create_dir(tokens).expect("made");
    restart();
    let error = identity.sign(b"message").expect_err("the token is gone");
    assert!(error.to_string().contains("could not sign as [") && matches!(error.source, TokenError::NoToken { .. }));
    fs::remove_dir_all(tokens).expect("removed");
    fs::rename(&aside, tokens).expect("put back");
    restart();
    check_signatures(identity, dir);
}
