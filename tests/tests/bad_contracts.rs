//! Files that are no contracts, and contracts that misbehave.

#![allow(clippy::unwrap_used)] // A test stops at the first surprise.

use std::path::PathBuf;
use std::sync::Arc;

use tests::programs::{CHAINCODE, contract};
use tests::{Network, Shared};

static SHARED: Shared = Shared::new();

fn network() -> Arc<Network> {
    let start = || {
        let network = Network::with_contract()?;
        network.install(&contract(MISBEHAVING)?)?;
        Ok(network)
    };
    SHARED.get(start).unwrap()
}

const MISBEHAVING: &str = "conformance";

/// The peer still does its work.
fn assert_alive(network: &Network) {
    let output = network.query(CHAINCODE, r#"{"Args":["GetAllAssets"]}"#).unwrap();
    assert!(output.status.success(), "{}", output.stderr);
}

fn file(network: &Network, name: &str, bytes: &[u8]) -> PathBuf {
    let path = network.scratch().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn files_that_are_refused() {
    let network = network();
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
        let path = file(&network, name, &bytes);
        let output = network.peer(&["chaincode", "install", &path.to_string_lossy()]).unwrap();
        assert_eq!(output.status.code(), Some(1), "{name}: {}{}", output.stdout, output.stderr);
        assert!(output.stderr.contains(expected), "{name}: {}", output.stderr);
        assert!(!output.stderr.contains("panicked"), "{name}: {}", output.stderr);
    }
    let missing = network.peer(&["chaincode", "install", "no/such/file.wasm"]).unwrap();
    assert_eq!(missing.status.code(), Some(1));
    assert!(missing.stderr.contains("no/such/file.wasm"), "{}", missing.stderr);
    assert_alive(&network);
}

#[test]
fn contracts_that_misbehave() {
    let network = network();
    for (call, expected) in [
        (r#"["Panic","on purpose"]"#, "on purpose"),
        (r#"["Loop"]"#, "fuel limit"),
        (r#"["EatMemory"]"#, "memory limit"),
        (r#"["Recurse","0"]"#, "stack limit"),
        (r#"["Large","10000000"]"#, "larger than the limit"),
    ] {
        let output = network.query(MISBEHAVING, &format!(r#"{{"Args":{call}}}"#)).unwrap();
        assert_eq!(output.status.code(), Some(1), "{call}: {}", output.stdout.len());
        assert!(output.stderr.contains(expected), "{call}: {}", output.stderr);
        assert!(output.stderr.len() < 10_000, "{call}: a trace went to the client");
    }
    assert_alive(&network);
}
