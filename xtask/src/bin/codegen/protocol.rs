//! Rust code for Fabric's protocol buffers, generated from `proto/definitions` with a compiler written in Rust, so that
//! building needs no `protoc`; and the definitions in binary form, for tools that treat messages by their names.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use prost::Message;

use super::Files;

pub const FOLDER: &str = "proto/src/generated";

/// The definitions in binary form: a `FileDescriptorSet`.
const DESCRIPTORS: &str = "descriptors.binpb";

pub fn generate(root: &Path, files: &mut Files) -> Result<()> {
    let definitions = root.join("proto/definitions");
    let mut sources = Vec::new();
    collect(&definitions, &mut sources)?;
    sources.sort();
    let descriptors = protox::compile(&sources, [&definitions]).context("compiling proto/definitions")?;
    files.insert(Path::new(FOLDER).join(DESCRIPTORS), without_comments(descriptors.clone()).encode_to_vec());
    let out = tempfile::tempdir()?;
    let mut config = prost_build::Config::new();
    // `Bytes` lets a decoded message point into the buffer that it came from; ordered maps encode deterministically.
    config.bytes(["."]).btree_map(["."]);
    tonic_prost_build::configure()
        .out_dir(out.path())
        .emit_rerun_if_changed(false)
        // A generated `connect` would clash with the method `Connect` of the service `Chaincode`.
        .build_transport(false)
        .compile_fds_with_config(descriptors, config)
        .context("generating Rust code")?;
    for entry in std::fs::read_dir(out.path())? {
        let path = entry?.path();
        let name = path.file_name().context("a generated file has a name")?;
        files.insert(Path::new(FOLDER).join(name), std::fs::read(&path)?);
    }
    Ok(())
}

fn without_comments(mut descriptors: prost_types::FileDescriptorSet) -> prost_types::FileDescriptorSet {
    for file in &mut descriptors.file {
        file.source_code_info = None;
    }
    descriptors
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
