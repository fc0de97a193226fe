//! Fabric's own SDK for Node against running networks; the tests themselves are in `tests/node/test`.

#![allow(clippy::unwrap_used)] // A test stops at the first surprise.

use std::path::Path;
use std::process::Command;

use tests::programs;

fn run(file: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("node");
    assert!(folder.join("node_modules").is_dir(), "the SDK is not there: run the tests through `cargo xtask test`");
    let status = Command::new("node")
        .args(["--test", "--test-reporter=spec", &format!("test/{file}")])
        .current_dir(folder)
        .env("WEFT_PEER", programs::peer().unwrap())
        .env("WEFT_CONTRACT", programs::contract(programs::CHAINCODE).unwrap())
        .env("WEFT_CONTRACT_ASSEMBLYSCRIPT", programs::contract("asset-transfer-basic-assemblyscript").unwrap())
        .status()
        .expect("Node is installed: `cargo xtask setup`");
    assert!(status.success(), "{file}: {status}");
}

#[test]
fn gateway() {
    run("gateway.test.mjs");
}

#[test]
fn builders() {
    run("builders.test.mjs");
}

#[test]
fn chaincode() {
    run("chaincode.test.mjs");
}

#[test]
fn events() {
    run("events.test.mjs");
}

#[test]
fn fabric_network() {
    run("fabric-network.test.mjs");
}

#[test]
fn languages() {
    run("languages.test.mjs");
}

#[test]
fn protos() {
    run("protos.test.mjs");
}

#[test]
fn service() {
    run("service.test.mjs");
}

#[test]
fn signing() {
    run("signing.test.mjs");
}

#[test]
fn tls() {
    run("tls.test.mjs");
}
