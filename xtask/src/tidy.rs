//! The map and the sizes that ARCHITECTURE.md promises, kept by a check.

mod dependencies;
mod sources;

use anyhow::{Result, bail};

use crate::shell;
use crate::workspace::Workspace;

/// Prints every finding; fails when there is one.
pub fn run(workspace: &Workspace) -> Result<()> {
    shell::step("Tidy");
    let mut findings = dependencies::findings(&workspace.packages);
    findings.extend(sources::findings(&workspace.root)?);
    for finding in &findings {
        eprintln!("{finding}");
    }
    if !findings.is_empty() {
        bail!("{} findings", findings.len());
    }
    Ok(())
}
