//! Rust code for Fabric's protocol buffers, generated from `proto/definitions` with a compiler written in Rust, so
//! that building needs no `protoc`. The result is committed; `check` fails when it is out of date.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

fn main() -> Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some("write") => write(),
        Some("check") => check(),
        other => bail!("expected `write` or `check`, not {other:?}"),
    }
}

/// Writes `proto/src/generated` anew.
fn write() -> Result<()> {
    let root = workspace_root();
    generate(&root, &root.join("proto/src/generated"))
}

/// Fails when the committed code differs from what the definitions give today.
fn check() -> Result<()> {
    let root = workspace_root();
    let fresh = tempfile::tempdir()?;
    let fresh = fresh.path();
    generate(&root, fresh)?;
    let committed = root.join("proto/src/generated");
    for entry in std::fs::read_dir(&committed)? {
        let name = entry?.file_name();
        ensure!(fresh.join(&name).exists(), "proto/src/generated/{} has no definition", name.to_string_lossy());
    }
    for entry in std::fs::read_dir(fresh)? {
        let name = entry?.file_name();
        let new = std::fs::read(fresh.join(&name))?;
        let old = std::fs::read(committed.join(&name)).unwrap_or_default();
        ensure!(new == old, "proto/src/generated/{} is out of date: run `cargo xtask codegen`", name.to_string_lossy());
    }
    Ok(())
}

fn generate(root: &Path, out: &Path) -> Result<()> {
    let definitions = root.join("proto/definitions");
    let mut files = Vec::new();
    collect(&definitions, &mut files)?;
    files.sort();
    let descriptors = protox::compile(&files, [&definitions]).context("compiling proto/definitions")?;
    std::fs::create_dir_all(out)?;
    let mut config = prost_build::Config::new();
    // `Bytes` lets a decoded message point into the buffer that it came from; ordered maps encode deterministically.
    config.bytes(["."]).btree_map(["."]);
    tonic_prost_build::configure()
        .out_dir(out)
        .emit_rerun_if_changed(false)
        // A generated `connect` would clash with the method `Connect` of the service `Chaincode`.
        .build_transport(false)
        .compile_fds_with_config(descriptors, config)
        .context("generating Rust code")
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            files.push(path);
        }
    }
    Ok(())
}

fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace").to_path_buf()
}
