//! The gate: everything that must hold before a change is good. It changes nothing.

use anyhow::Result;

use crate::chaincodes;
use crate::setup::{self, For};
use crate::shell;
use crate::test;
use crate::tidy;
use crate::workspace::Workspace;

/// Quick checks first, so that a small mistake is told at once.
pub fn run(workspace: &Workspace) -> Result<()> {
    lint(workspace)?;
    test::run(workspace)
}

/// The gate without the tests.
pub fn lint(workspace: &Workspace) -> Result<()> {
    setup::run(workspace, For::Testing)?;
    shell::step("Format");
    shell::run(workspace.cargo("fmt").args(["--all", "--check"]))?;
    for manifest in chaincodes::rust_manifests(workspace)? {
        shell::run(workspace.cargo("fmt").arg("--check").arg("--manifest-path").arg(manifest))?;
    }
    tidy::run(workspace)?;
    shell::step("Generated code");
    codegen(workspace, "check")?;
    let mut clippy = workspace.cargo("clippy");
    clippy.args(["--release", "--workspace", "--all-targets", "--", "-D", "warnings"]);
    shell::run_long(&mut clippy, "Clippy")?;
    // On its own: with the workspace, the generators' features would have RocksDB built a second time.
    let mut clippy = workspace.cargo("clippy");
    clippy.args(["--package", "xtask", "--features", "codegen", "--bin", "codegen", "--", "-D", "warnings"]);
    shell::run_long(&mut clippy, "Clippy of the generators")
}

/// Formats, and lets clippy repair what it can.
pub fn fix(workspace: &Workspace) -> Result<()> {
    let mut clippy = workspace.cargo("clippy");
    clippy.args(["--release", "--workspace", "--all-targets", "--fix", "--allow-dirty", "--allow-staged"]);
    shell::run_long(&mut clippy, "Clippy, repairing")?;
    shell::step("Format");
    shell::run(workspace.cargo("fmt").arg("--all"))?;
    for manifest in chaincodes::rust_manifests(workspace)? {
        shell::run(workspace.cargo("fmt").arg("--manifest-path").arg(manifest))?;
    }
    Ok(())
}

/// Writes or checks generated code, in a program of its own: its generators are built for nothing else, and in the quicker
/// way.
pub fn codegen(workspace: &Workspace, action: &str) -> Result<()> {
    let mut command = workspace.cargo("run");
    command.args(["--quiet", "--package", "xtask", "--features", "codegen", "--bin", "codegen", "--", action]);
    shell::run(&mut command)
}
