//! Everything in this repository that is generated from something else in it. The results are committed; `check` fails when
//! one is out of date, and `write` makes them anew.

mod bindings;
mod protocol;
mod reference;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

/// Files by their path in the repository.
type Files = BTreeMap<PathBuf, Vec<u8>>;

/// Folders that hold generated files only.
const FOLDERS: [&str; 2] = [protocol::FOLDER, bindings::FOLDER];

fn main() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in the workspace")?;
    let mut files = Files::new();
    protocol::generate(root, &mut files)?;
    reference::generate(root, &mut files)?;
    bindings::generate(root, &mut files)?;
    match std::env::args().nth(1).as_deref() {
        Some("write") => write(root, &files),
        Some("check") => check(root, &files),
        other => bail!("expected `write` or `check`, not {other:?}"),
    }
}

fn write(root: &Path, files: &Files) -> Result<()> {
    for folder in FOLDERS {
        std::fs::create_dir_all(root.join(folder)).with_context(|| format!("creating {folder}"))?;
    }
    for (path, contents) in files {
        std::fs::write(root.join(path), contents).with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(())
}

fn check(root: &Path, files: &Files) -> Result<()> {
    for (path, contents) in files {
        let committed = std::fs::read(root.join(path)).unwrap_or_default();
        ensure!(*contents == committed, "{} is out of date: run `cargo xtask codegen`", path.display());
    }
    for folder in FOLDERS {
        for entry in std::fs::read_dir(root.join(folder)).with_context(|| format!("reading {folder}"))? {
            let path = Path::new(folder).join(entry?.file_name());
            ensure!(files.contains_key(&path), "nothing generates {} any more", path.display());
        }
    }
    Ok(())
}
