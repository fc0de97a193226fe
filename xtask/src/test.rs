//! All tests. The Fabric SDK for Node and the whole networks are started by tests of the crate `tests`.

use anyhow::{Context, Result};
use std::path::Path;
use std::process::Command;

use crate::chaincodes;
use crate::setup::{self, For};
use crate::shell;
use crate::workspace::Workspace;

/// Sets up, builds, and runs every test.
pub fn run(workspace: &Workspace) -> Result<()> {
    setup::run(workspace, For::Testing)?;
    let contracts = chaincodes::build(workspace)?;
    fetch_packages(&workspace.root.join("tests/node"))?;
    let mut build = workspace.cargo("build");
    build.args(["--release", "--workspace", "--bins"]);
    shell::run_long(&mut build, "Building (the first time about 20 minutes on two cores: RocksDB)")?;
    for manifest in chaincodes::rust_manifests(workspace)? {
        let mut command = workspace.cargo("test");
        command.args(["--release", "--locked", "--manifest-path"]).arg(manifest);
        shell::run_long(command.arg("--target-dir").arg(contracts.join("build")), "Tests of a contract")?;
    }
    let mut tests = workspace.cargo("test");
    tests.args(["--release", "--workspace"]);
    shell::run_long(&mut tests, "Tests of the workspace")
}

/// Installs exactly what `package-lock.json` names, unless that is there already.
fn fetch_packages(folder: &Path) -> Result<()> {
    let wanted = folder.join("package-lock.json");
    let installed = folder.join("node_modules/.package-lock.json");
    let time = |file: &Path| file.metadata().and_then(|metadata| metadata.modified());
    let lock = time(&wanted).with_context(|| format!("looking at {}", wanted.display()))?;
    if time(&installed).is_ok_and(|installed| installed >= lock) {
        return Ok(());
    }
    shell::step("Fetching Fabric's SDK for Node");
    shell::run(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(folder))
}
