use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{argument, data, run, text};

const PROGRAM: &str = env!("CARGO_BIN_EXE_cryptogen");

/// Kind, mode and path of everything below `root`.
fn tree(root: &Path) -> Vec<String> {
    fn walk(dir: &Path, root: &Path, lines: &mut Vec<String>) {
        for entry in fs::read_dir(dir).expect("a directory") {
            let path = entry.expect("an entry").path();
            let metadata = fs::metadata(&path).expect("there");
            let kind = if metadata.is_dir() { 'd' } else { 'f' };
            // Directories as the umask has them.
            let mode = if metadata.is_dir() { 0o755 } else { metadata.permissions().mode() & 0o777 };
            lines.push(format!("{kind} {mode:o} {}", path.strip_prefix(root).expect("below").display()));
            if metadata.is_dir() {
                walk(&path, root, lines);
            }
        }
    }
    let mut lines = Vec::new();
    walk(root, root, &mut lines);
    lines.sort_by(|one, other| one.split(' ').next_back().cmp(&other.split(' ').next_back()));
    lines
}

#[test]
fn the_tree_is_cryptogens() {
    let root = tempfile::tempdir().expect("a directory");
    let config = data("cryptogen/crypto-config.yaml");
    let (output, config) = (argument(root.path()), argument(&config));
    let said = run(PROGRAM, &["generate", "--config", config, "--output", output], &[]);
    assert_eq!((said.code, said.stdout.as_str()), (0, "org1.example.com\norg2.example.com\n"), "{}", said.stderr);
    let expected = text("cryptogen/tree.txt");
    assert_eq!(tree(root.path()), expected.lines().collect::<Vec<_>>());
    // Members with directories keep them, new ones are added.
    let key = root.path().join("peerOrganizations/org1.example.com/users/User1@org1.example.com/msp/keystore/priv_sk");
    let before = fs::read(&key).expect("a key");
    let more = root.path().join("more.yaml");
    let text = "PeerOrgs:\n  - Domain: org1.example.com\n    EnableNodeOUs: true\n    Users: { Count: 2 }\n  - Domain: org9.example.com\n";
    fs::write(&more, text).expect("written");
    let said = run(PROGRAM, &["extend", "--input", output, "--config", argument(&more)], &[]);
    assert_eq!((said.code, said.stdout.as_str()), (0, "org9.example.com\n"), "{}", said.stderr);
    assert_eq!(fs::read(&key).expect("a key"), before);
    assert!(
        root.path().join("peerOrganizations/org1.example.com/users/User2@org1.example.com/tls/client.crt").exists()
    );
    assert!(root.path().join("peerOrganizations/org9.example.com/ca/ca.org9.example.com-cert.pem").exists());
}

#[test]
fn organizations_are_usable() {
    let root = tempfile::tempdir().expect("a directory");
    let said = run(PROGRAM, &["generate", "--output", argument(root.path())], &[]);
    assert_eq!(said.code, 0, "{}", said.stdout);
    // Without NodeOUs the administrator is known by its certificate.
    let org = root.path().join("peerOrganizations/org1.example.com");
    let config = msp::read_config(&org.join("msp"), "Org1MSP").expect("an MSP");
    assert_eq!((config.admins.len(), config.fabric_node_ous.is_none()), (1, true));
    msp::SigningIdentity::from_msp_dir(&org.join("users/Admin@org1.example.com/msp"), "Org1MSP").expect("an identity");
    msp::SigningIdentity::from_msp_dir(&org.join("peers/peer0.org1.example.com/msp"), "Org1MSP").expect("an identity");
}

#[test]
fn complaints() {
    let root = tempfile::tempdir().expect("a directory");
    let file = |name: &str, text: &str| {
        let path = root.path().join(name);
        fs::write(&path, text).expect("written");
        path
    };
    let yaml = file("yaml", "a: [");
    let list = file("list", "PeerOrgs: [{ Domain: a.b, Template: { Count: many } }]");
    let key = file("key", "PeerOrgs: [{ Domain: a.b, CA: { PublicKeyAlgorithm: rsa } }]");
    let cases = [
        (vec!["bogus"], 1, "cryptogen: error: expected command but got \"bogus\", try --help"),
        (vec!["generate", "--bogus"], 1, "cryptogen: error: unknown long flag '--bogus', try --help"),
        (vec!["generate", "x"], 1, "cryptogen: error: unexpected x, try --help"),
        (vec!["generate", "--config"], 1, "cryptogen: error: expected argument for flag '--config', try --help"),
        (
            vec!["generate", "--config", "/nope"],
            1,
            "cryptogen: error: open /nope: no such file or directory, try --help",
        ),
        (vec!["generate", "--config", argument(&yaml)], 255, "Error reading config: Error Unmarshalling YAML: "),
        (
            vec!["generate", "--config", argument(&list)],
            255,
            "Error reading config: Error Unmarshalling YAML: PeerOrgs[0].Template.Count: expected a whole number, found 'many'",
        ),
        (
            vec!["extend", "--config", argument(&key)],
            255,
            "Error processing peer configuration: unsupported PublicKeyAlgorithm 'rsa' of ca.a.b; write ecdsa or ed25519",
        ),
    ];
    for (args, code, expected) in cases {
        let said = run(PROGRAM, &args, &[]);
        let told = said.stderr + &said.stdout;
        assert_eq!(said.code, code, "{args:?}: {told}");
        assert!(told.starts_with(expected), "{args:?}: {told}");
    }
    assert_eq!(run(PROGRAM, &[], &[]).code, 0);
    assert!(run(PROGRAM, &["version"], &[]).stdout.starts_with("cryptogen:\n Version: "));
    assert!(run(PROGRAM, &["showtemplate"], &[]).stdout.contains("Domain: org2.example.com"));
}
