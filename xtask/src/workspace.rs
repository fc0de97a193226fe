//! Where the source lies, where cargo puts what it builds, and how cargo is called.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::shell;

/// The checkout and its build directory.
pub struct Workspace {
    /// The directory that holds the workspace's `Cargo.toml`.
    pub root: PathBuf,
    /// Cargo's target directory.
    pub target: PathBuf,
    /// The packages of the workspace, as `cargo metadata` describes them.
    pub packages: Vec<Value>,
}

impl Workspace {
    /// Asks cargo, so that `CARGO_TARGET_DIR` and configuration files are respected.
    pub fn find() -> Result<Workspace> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in the workspace")?.to_path_buf();
        let mut command = Command::new(cargo_program());
        command.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(&root);
        let metadata: Value = serde_json::from_str(&shell::output(&mut command)?).context("reading cargo metadata")?;
        let target = metadata["target_directory"].as_str().context("cargo metadata names no target directory")?;
        let packages = metadata["packages"].as_array().cloned().unwrap_or_default();
        Ok(Workspace { root, target: PathBuf::from(target), packages })
    }

    /// `cargo <subcommand>` in the workspace. C and C++ go through ccache when it is installed and nothing else is set:
    /// most of a first build is RocksDB.
    pub fn cargo(&self, subcommand: &str) -> Command {
        let mut command = Command::new(cargo_program());
        command.arg(subcommand).current_dir(&self.root);
        if shell::in_path("ccache") {
            for (variable, compiler) in [("CC", "ccache gcc"), ("CXX", "ccache g++")] {
                if std::env::var_os(variable).is_none() {
                    command.env(variable, compiler);
                }
            }
        }
        command
    }

    /// The built `peer` program.
    pub fn peer(&self) -> PathBuf {
        self.target.join("release/peer")
    }
}

fn cargo_program() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}
