//! Where the built programs and contracts are.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// Name of the chaincode that most tests use.
pub const CHAINCODE: &str = "asset-transfer-basic";

/// The `peer` program, built beside this test.
pub fn peer() -> Result<PathBuf> {
    built("peer")
}

/// The `chaincode-server` program, built beside this test.
pub fn chaincode_server() -> Result<PathBuf> {
    built("chaincode-server")
}

/// The `discover` program, built beside this test.
pub fn discover() -> Result<PathBuf> {
    built("discover")
}

/// A contract that `cargo xtask chaincodes` built.
pub fn contract(name: &str) -> Result<PathBuf> {
    // Contracts lie beside the folder of the build profile.
    built(&format!("../contracts/{name}.wasm"))
}

fn built(name: &str) -> Result<PathBuf> {
    let test = std::env::current_exe().context("finding this test's own program")?;
    let profile = test.parent().and_then(Path::parent).context("a test lies in <target>/<profile>/deps")?;
    let path = profile.join(name);
    ensure!(path.is_file(), "{} is not built: run the tests through `cargo xtask test`", path.display());
    Ok(path)
}
