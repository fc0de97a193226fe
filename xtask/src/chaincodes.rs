//! Builds the contracts under `chaincodes/` into `<target>/contracts/<name>.wasm`.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use wit_component::ComponentEncoder;

use crate::npm;
use crate::shell;
use crate::workspace::Workspace;

/// Contracts use nothing of an operating system, so neither does their target.
const TARGET: &str = "wasm32-unknown-unknown";

/// Rust packages with this library type are contracts.
const CONTRACT_MARK: &str = "cdylib";

/// Builds the Rust contracts, adds the committed modules of other languages, and returns the folder with all of them.
pub fn build(workspace: &Workspace) -> Result<PathBuf> {
    shell::step("Contracts");
    let out = folder(workspace);
    std::fs::create_dir_all(&out).with_context(|| format!("creating {}", out.display()))?;
    for manifest in rust_manifests(workspace)? {
        if std::fs::read_to_string(&manifest)?.contains(CONTRACT_MARK) {
            build_rust(workspace, &manifest, &out)?;
        }
    }
    for module in find(workspace, |name| name.ends_with(".wasm"))? {
        let language = module.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
        let name = module.file_stem().unwrap_or_default().to_string_lossy();
        write_if_changed(&out.join(format!("{name}-{language}.wasm")), &std::fs::read(&module)?)?;
    }
    Ok(out)
}

/// Builds the modules of other languages anew from their sources, over the committed ones. Fails when that changes them
/// and `changes_allowed` is not set.
pub fn rebuild_committed(workspace: &Workspace, changes_allowed: bool) -> Result<()> {
    for package in find(workspace, |name| name == "package.json")? {
        let folder = package.parent().context("a file lies in a folder")?;
        let read = || -> Result<Vec<Vec<u8>>> {
            let modules = find(workspace, |name| name.ends_with(".wasm"))?;
            modules.iter().filter(|module| module.starts_with(folder)).map(|file| Ok(std::fs::read(file)?)).collect()
        };
        let before = read()?;
        npm::fetch_packages(folder)?;
        npm::run(folder, "build")?;
        if read()? != before && !changes_allowed {
            bail!("the module in {} was not built from the sources beside it; it is now", folder.display());
        }
    }
    Ok(())
}

/// Where finished contracts lie.
pub fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target.join("contracts")
}

/// The Rust packages outside the workspace: contracts, and the SDK they use.
pub fn rust_manifests(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    find(workspace, |name| name == "Cargo.toml")
}

/// Files of contracts and of their SDKs, sorted.
fn find(workspace: &Workspace, wanted: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for folder in ["chaincodes", "host-api/guest"] {
        let folder = workspace.root.join(folder);
        if folder.is_dir() {
            collect(&folder, &wanted, &mut files)?;
        }
    }
    files.sort();
    Ok(files)
}

fn collect(folder: &Path, wanted: &impl Fn(&str) -> bool, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        if entry.file_type()?.is_dir() {
            if name != "target" && name != "node_modules" {
                collect(&entry.path(), wanted, files)?;
            }
        } else if wanted(&name.to_string_lossy()) {
            files.push(entry.path());
        }
    }
    Ok(())
}

fn build_rust(workspace: &Workspace, manifest: &Path, out: &Path) -> Result<()> {
    let mut command = workspace.cargo("build");
    command
        .args(["--release", "--target", TARGET, "--message-format", "json-render-diagnostics"])
        .arg("--manifest-path")
        .arg(manifest)
        .arg("--target-dir")
        .arg(out.join("build"))
        .stderr(Stdio::inherit());
    // Flags meant for this machine's code do not fit Wasm.
    command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    let result =
        command.stdin(Stdio::null()).output().with_context(|| format!("starting {}", shell::describe(&command)))?;
    if !result.status.success() {
        bail!("{} failed ({})", shell::describe(&command), result.status);
    }
    let messages = String::from_utf8(result.stdout).context("reading cargo's messages")?;
    for module in modules(&messages) {
        let bytes = std::fs::read(&module).with_context(|| format!("reading {}", module.display()))?;
        let component = encode(&bytes).with_context(|| format!("making a component of {}", module.display()))?;
        let name = module.file_stem().unwrap_or_default().to_string_lossy().replace('_', "-");
        write_if_changed(&out.join(name).with_extension("wasm"), &component)?;
    }
    Ok(())
}

/// The `.wasm` files that cargo reports to have made.
fn modules(messages: &str) -> Vec<PathBuf> {
    let files = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).flat_map(|message| {
        let names = message["filenames"].as_array().cloned().unwrap_or_default();
        names.into_iter().filter_map(|name| name.as_str().map(PathBuf::from))
    });
    files.filter(|file| file.extension().is_some_and(|extension| extension == "wasm")).collect()
}

fn encode(module: &[u8]) -> Result<Vec<u8>> {
    ComponentEncoder::default().validate(true).module(module)?.encode()
}

/// Leaves the time of an unchanged file alone: a development network may watch it.
fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<()> {
    if std::fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    std::fs::write(path, bytes).with_context(|| format!("writing {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_modules_that_cargo_made() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","filenames":["/t/libdep.rlib"]}"#,
            "\n",
            r#"{"reason":"compiler-artifact","filenames":["/t/asset_transfer_basic.wasm"]}"#,
            "\n{\"reason\":\"build-finished\"}\nnot json\n",
        );
        assert_eq!(modules(messages), [PathBuf::from("/t/asset_transfer_basic.wasm")]);
    }
}
