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

/// Languages, by the names of their folders.
pub const LANGUAGES: [&str; 12] =
    ["rust", "c", "cpp", "zig", "assemblyscript", "javascript", "typescript", "python", "go", "wat", "d", "nim"];

/// A contract's file in a language, when there is one.
pub fn built(contract: &str, language: &str) -> Option<Vec<u8>> {
    if language == "rust" {
        return Some(rust(&format!("{contract}/rust")));
    }
    std::fs::read(file(contract, language)).ok()
}

pub fn is_built(contract: &str, language: &str) -> bool {
    language == "rust" || file(contract, language).is_file()
}

/// Where `cargo xtask chaincodes` puts it, or the folder in `WEFT_CONTRACTS`.
fn file(contract: &str, language: &str) -> PathBuf {
    let built = || Path::new(env!("CARGO_TARGET_TMPDIR")).join("../contracts");
    let folder = std::env::var_os("WEFT_CONTRACTS").map_or_else(built, PathBuf::from);
    folder.join(format!("{contract}-{language}.wasm"))
}
