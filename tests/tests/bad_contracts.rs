//! Files that are no contracts, and contracts that misbehave.

#![allow(clippy::unwrap_used)] // A test stops at the first surprise.

use std::path::PathBuf;
use std::sync::LazyLock;

use tests::Network;
use tests::programs::{CHAINCODE, contract};

static NETWORK: LazyLock<Network> = LazyLock::new(|| {
    let network = Network::with_contract().expect("the network starts");
    network.install(&contract(MISBEHAVING).unwrap()).expect("the misbehaving contract is installed");
    network
});

const MISBEHAVING: &str = "conformance";

/// The peer still does its work.
fn assert_alive() {
    let output = NETWORK.query(CHAINCODE, r#"{"Args":["GetAllAssets"]}"#).unwrap();
    assert!(output.status.success(), "{}", output.stderr);
}

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = NETWORK.scratch().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn files_that_are_refused() {
    let good = std::fs::read(contract(CHAINCODE).unwrap()).unwrap();
    let module = |text: &str| wat::parse_str(text).unwrap();
    let mut large = module("(module)");
    // A custom section of 40 MiB: section id 0, its size, an empty name.
    let size = 40u32 << 20;
    large.extend([0, (size & 0x7f) as u8 | 0x80, (size >> 7 & 0x7f) as u8 | 0x80, (size >> 14 & 0x7f) as u8 | 0x80]);
    large.extend([(size >> 21 & 0x7f) as u8, 0]);
    large.resize(large.len() + size as usize - 1, 0);
    let cases: [(&str, Vec<u8>, &str); 8] = [
        ("empty.wasm", Vec::new(), "empty"),
        ("text.wasm", b"this is not Wasm".to_vec(), "neither WebAssembly nor a chaincode package"),
        ("truncated.wasm", good[..good.len() / 2].to_vec(), "unexpected end"),
        (
            "import.wasm",
            module(r#"(module (import "env" "open_file" (func)) (memory (export "memory") 1))"#),
            "open_file",
        ),
        ("no_export.wasm", module("(module)"), "export"),
        ("start.wasm", module(r#"(module (func $main) (memory (export "memory") 1) (start $main))"#), "start function"),
        ("large.wasm", large, "limit"),
        ("package.tar.gz", vec![0x1f, 0x8b, 1, 2, 3], "package"),
    ];
    for (name, bytes, expected) in cases {
        let path = file(name, &bytes);
        let output = NETWORK.peer(&["chaincode", "install", &path.to_string_lossy()]).unwrap();
        assert_eq!(output.status.code(), Some(1), "{name}: {}{}", output.stdout, output.stderr);
        assert!(output.stderr.contains(expected), "{name}: {}", output.stderr);
        assert!(!output.stderr.contains("panicked"), "{name}: {}", output.stderr);
    }
    let missing = NETWORK.peer(&["chaincode", "install", "no/such/file.wasm"]).unwrap();
    assert_eq!(missing.status.code(), Some(1));
    assert!(missing.stderr.contains("no/such/file.wasm"), "{}", missing.stderr);
    assert_alive();
}

#[test]
fn contracts_that_misbehave() {
    for (call, expected) in [
        (r#"["Panic","on purpose"]"#, "on purpose"),
        (r#"["Loop"]"#, "fuel limit"),
        (r#"["EatMemory"]"#, "memory limit"),
        (r#"["Recurse","0"]"#, "stack limit"),
        (r#"["Large","10000000"]"#, "larger than the limit"),
    ] {
        let output = NETWORK.query(MISBEHAVING, &format!(r#"{{"Args":{call}}}"#)).unwrap();
        assert_eq!(output.status.code(), Some(1), "{call}: {}", output.stdout.len());
        assert!(output.stderr.contains(expected), "{call}: {}", output.stderr);
        assert!(output.stderr.len() < 10_000, "{call}: a trace went to the client");
    }
    assert_alive();
}
