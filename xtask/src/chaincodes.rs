//! Builds the contracts under `chaincodes/` into `<target>/contracts/<name>.wasm`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use wit_component::ComponentEncoder;

use crate::shell;
use crate::toolchains::Toolchains;
use crate::workspace::Workspace;

/// Contracts use nothing of an operating system, so neither does their target.
const TARGET: &str = "wasm32-unknown-unknown";

/// What builds a contract of another language: `build.sh OUTPUT.wasm`, with the folder of the language's kit in `KIT`.
const BUILD_SCRIPT: &str = "build.sh";

/// Rust packages with this library type are contracts.
const CONTRACT_MARK: &str = "cdylib";

/// What a build script answers when its language's compiler is not there.
const NO_COMPILER: i32 = 3;

/// Builds the Rust contracts and returns the folder with them.
pub fn build(workspace: &Workspace) -> Result<PathBuf> {
    shell::step("Contracts");
    let out = folder(workspace);
    std::fs::create_dir_all(&out).with_context(|| format!("creating {}", out.display()))?;
    for manifest in rust_manifests(workspace)? {
        if std::fs::read_to_string(&manifest)?.contains(CONTRACT_MARK) {
            build_rust(workspace, &manifest, &out)?;
        }
    }
    Ok(out)
}

/// Builds the contracts of all languages whose compilers are there, and says which are not.
pub fn build_all(workspace: &Workspace) -> Result<PathBuf> {
    let out = build(workspace)?;
    let toolchains = Toolchains::of(workspace);
    toolchains.fetch()?;
    shell::step("Contracts in other languages");
    for script in find(workspace, |name| name == BUILD_SCRIPT)?.iter().filter(|script| !is_scaffold(script)) {
        let source = script.parent().context("a script lies in a folder")?;
        let name_of = |folder: &Path| folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let contract = source.parent().map(name_of).unwrap_or_default();
        let language = name_of(source);
        let kit = workspace.root.join("host-api/guest").join(&language);
        if kit == source {
            continue;
        }
        let file = out.join(format!("{contract}-{language}.wasm"));
        let interface = workspace.root.join("host-api/wit");
        let kits = workspace.root.join("host-api/guest");
        if is_newer(&file, &[source, &kits, &interface]) {
            continue;
        }
        let unfinished = file.with_extension("unfinished.wasm");
        let mut command = Command::new(script);
        command.arg(&unfinished).env("KIT", &kit).env("PATH", toolchains.path()?);
        eprintln!("    {contract} in {language}");
        let status = command.status().with_context(|| format!("starting {}", script.display()))?;
        match status.code() {
            Some(0) => std::fs::rename(&unfinished, &file).with_context(|| format!("writing {}", file.display()))?,
            Some(NO_COMPILER) => eprintln!("    not built: {contract} in {language}"),
            _ => bail!("{} failed ({status})", script.display()),
        }
    }
    Ok(out)
}

/// Scaffolds have no kit where they lie; a test builds what `peer chaincode new` makes of them.
fn is_scaffold(script: &Path) -> bool {
    script.components().any(|part| part.as_os_str() == "scaffold")
}

/// Whether a file was written after everything in these folders.
fn is_newer(file: &Path, folders: &[&Path]) -> bool {
    let Ok(built) = file.metadata().and_then(|metadata| metadata.modified()) else { return false };
    let mut sources = Vec::new();
    let collected = folders.iter().try_for_each(|folder| collect(folder, &|_| true, &mut sources));
    let is_older = |source: &PathBuf| {
        source.metadata().and_then(|metadata| metadata.modified()).is_ok_and(|modified| modified < built)
    };
    collected.is_ok() && sources.iter().all(is_older)
}

/// Where finished contracts lie.
pub fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target.join("contracts")
}

/// The Rust packages outside the workspace: contracts, and the SDK they use.
pub fn rust_manifests(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let manifests = find(workspace, |name| name == "Cargo.toml")?;
    Ok(manifests.into_iter().filter(|manifest| !is_scaffold(manifest)).collect())
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
            if !["target", "node_modules", "build"].iter().any(|made| name == *made) {
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
