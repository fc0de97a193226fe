//! The contracts of this repository, for tests and benches. Those in Rust are built when they are asked for.
#![allow(dead_code, reason = "each test uses some of it")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// The repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Builds `chaincodes/<folder>` and makes a component of it.
pub fn rust(folder: &str) -> Vec<u8> {
    let manifest = root().join("chaincodes").join(folder).join("Cargo.toml");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../contracts/build");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--release", "--locked", "--target", "wasm32-unknown-unknown", "--manifest-path"]);
    cargo.arg(&manifest).arg("--target-dir").arg(&target);
    // Flags and settings of the build that runs this one do not fit Wasm.
    for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_TARGET_DIR", "CARGO_BUILD_TARGET"] {
        cargo.env_remove(name);
    }
    let status = cargo.status().expect("cargo runs");
    assert!(status.success(), "building {} failed", manifest.display());
    let name = folder.split('/').next().expect("a folder has a name").replace('-', "_");
    let module = target.join("wasm32-unknown-unknown/release").join(name).with_extension("wasm");
    let module = std::fs::read(&module).unwrap_or_else(|error| panic!("{}: {error}", module.display()));
    runtime::encode_component(&module).expect("the contract fits the world")
}

/// The committed build of the contract in AssemblyScript, a core module.
pub fn assemblyscript() -> Vec<u8> {
    let module = root().join("chaincodes/asset-transfer-basic/assemblyscript/asset-transfer-basic.wasm");
    std::fs::read(&module).unwrap_or_else(|error| panic!("{}: {error}", module.display()))
}
