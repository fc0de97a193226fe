//! Packages for Node, exactly those that a `package-lock.json` names.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::shell;

/// Installs a folder's packages, unless they are there already.
pub fn fetch_packages(folder: &Path) -> Result<()> {
    let wanted = folder.join("package-lock.json");
    let installed = folder.join("node_modules/.package-lock.json");
    let time = |file: &Path| file.metadata().and_then(|metadata| metadata.modified());
    let lock = time(&wanted).with_context(|| format!("looking at {}", wanted.display()))?;
    if time(&installed).is_ok_and(|installed| installed >= lock) {
        return Ok(());
    }
    shell::step(&format!("Packages for {}", folder.display()));
    shell::run(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(folder))
}
