//! Our programs in the place of Fabric's. The suite's harness has Go build what it starts; `tests/fabric/go` is asked
//! instead and hands over a program that is there.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::workspace::Workspace;

/// Those of ours that stand in for Fabric's.
const OURS: [&str; 7] = ["peer", "cryptogen", "configtxgen", "configtxlator", "osnadmin", "discover", "ledgerutil"];

/// Programs by their names in one folder, and the stand-in for Go.
pub struct Programs {
    folder: PathBuf,
    go_folder: PathBuf,
}

/// Links Fabric's programs, then ours over them, into a folder that is made anew.
pub fn link_programs(workspace: &Workspace, foreign: &Path, folder: &Path) -> Result<Programs> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("removing {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
    let link = |from: &Path, name: &str| -> Result<()> {
        let to = folder.join(name);
        if to.is_symlink() {
            fs::remove_file(&to).with_context(|| format!("removing {}", to.display()))?;
        }
        symlink(from, &to).with_context(|| format!("linking {}", to.display()))
    };
    let reading = || format!("reading {}", foreign.display());
    for entry in fs::read_dir(foreign).with_context(reading)? {
        let path = entry.with_context(reading)?.path().canonicalize().with_context(reading)?;
        if let Some(name) = path.file_name().and_then(|name| name.to_str()) {
            link(&path, name)?;
        }
    }
    for name in OURS {
        let path = workspace.target.join("release").join(name);
        if path.exists() {
            link(&path, name)?;
        }
    }
    Ok(Programs { folder: folder.to_owned(), go_folder: workspace.root.join("tests/fabric/bin") })
}

impl Programs {
    /// Has the program find the stand-in where it looks for Go.
    pub fn offer(&self, command: &mut Command) -> Result<()> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(self.go_folder.clone()).chain(std::env::split_paths(&path));
        command.env("PATH", std::env::join_paths(folders).context("a folder in PATH has a colon in its name")?);
        command.env("WEFT_SUITE_PROGRAMS", &self.folder);
        Ok(())
    }
}
