//! All tests. The Fabric SDK for Node and the whole networks are started by tests of the crate `tests`.

use anyhow::Result;

use crate::chaincodes;
use crate::npm;
use crate::setup::{self, For};
use crate::shell;
use crate::workspace::Workspace;

/// Sets up, builds, and runs every test.
pub fn run(workspace: &Workspace) -> Result<()> {
    setup::run(workspace, For::Testing)?;
    let contracts = chaincodes::build_all(workspace)?;
    npm::fetch_packages(&workspace.root.join("tests/node"))?;
    // This builds the programs, too: tests start them.
    let mut build = workspace.cargo("test");
    build.args(["--release", "--workspace", "--all-targets", "--no-run"]);
    shell::run_long(&mut build, "Building (the first time about 20 minutes on two cores: RocksDB)")?;
    for manifest in chaincodes::rust_manifests(workspace)? {
        let mut command = workspace.cargo("test");
        command.args(["--release", "--manifest-path"]).arg(manifest);
        shell::run_long(command.arg("--target-dir").arg(contracts.join("build")), "Tests of a contract")?;
    }
    let mut tests = workspace.cargo("test");
    // All failures in one run: a build server's first failure must not hide the others.
    tests.args(["--release", "--workspace", "--no-fail-fast"]);
    // It was set up above: a test that does not find it is to fail, not to be left out.
    tests.env("WEFT_SOFTHSM", "1");
    shell::run_long(&mut tests, "Tests of the workspace")
}
