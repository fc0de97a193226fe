//! Packages: make, identify, install, fetch.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::Args;
use client::package::{self, MAX_PACKAGE_BYTES, Package};

use super::{ChannellessFlags, install_package, request_failure};
use crate::cli::environment::{Environment, Target, read_file};
use crate::cli::flags::PeerFlags;
use crate::cli::{go_json, print};

/// Longest chain of directories looked into for a contract.
const CONTRACTS_MAX: usize = 2;

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  peer lifecycle chaincode package basic.tar.gz -p basic.wasm -l wasm --label basic_1.0"
)]
pub struct PackageArguments {
    /// The file to write
    output_file: Vec<PathBuf>,
    /// Path to the contract: a WebAssembly file, or a directory that holds exactly one
    #[arg(short, long, default_value = "", hide_default_value = true)]
    path: String,
    /// Language of the chaincode; this peer runs wasm
    #[arg(short, long, default_value = "wasm")]
    lang: String,
    /// The package label contains a human-readable description of the package
    #[arg(long, default_value = "", hide_default_value = true)]
    label: String,
    /// What a call may use, as JSON, such as '{"fuel":20000000000,"memory_bytes":134217728,"host_calls":100000}'
    #[arg(long, value_name = "JSON", value_parser = crate::cli::chaincode::limits)]
    limits: Option<serde_json::Value>,
    #[command(flatten)]
    _peers: PeerFlags,
}

pub fn package(arguments: PackageArguments) -> anyhow::Result<()> {
    let [output_file] = arguments.output_file.as_slice() else {
        bail!("invalid number of args. expected only the output file");
    };
    ensure!(!arguments.path.is_empty(), "chaincode path must be specified");
    ensure!(!arguments.lang.is_empty(), "chaincode language must be specified");
    ensure!(!arguments.label.is_empty(), "package label must be specified");
    package::check_label(&arguments.label)?;
    ensure!(
        arguments.lang.eq_ignore_ascii_case(package::WASM_TYPE),
        "unknown chaincode type: {}. This peer runs WebAssembly: build the contract for it and package it with -l wasm",
        arguments.lang
    );
    let file = contract_file(Path::new(&arguments.path))?;
    let contract = read_file(&file, MAX_PACKAGE_BYTES as u64)?;
    ensure!(contract.starts_with(b"\0asm"), "{} is not WebAssembly", file.display());
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let package = Package::with_limits(&arguments.label, &name, &contract, arguments.limits)?;
    let written = std::fs::write(output_file, &package.bytes);
    written.with_context(|| format!("error writing chaincode package to {}", output_file.display()))
}

/// The file itself, or the one contract in a directory.
pub fn contract_file(path: &Path) -> anyhow::Result<PathBuf> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let entries = path.read_dir().with_context(|| format!("listing {}", path.display()))?;
    let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut contracts: Vec<PathBuf> = files
        .filter(|file| file.extension().is_some_and(|extension| extension == "wasm"))
        .take(CONTRACTS_MAX)
        .collect();
    match (contracts.pop(), contracts.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(_), false) => bail!("{} holds several WebAssembly files; give one with -p", path.display()),
        (None, _) => bail!("{} holds no WebAssembly file; give the file that your build makes with -p", path.display()),
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  peer lifecycle chaincode calculatepackageid basic.tar.gz")]
pub struct CalculateArguments {
    /// The package
    package_file: Vec<PathBuf>,
    #[command(flatten)]
    _peers: PeerFlags,
    /// The output format: json, or plain text
    #[arg(short = 'O', long, default_value = "", hide_default_value = true)]
    output: String,
}

pub fn calculate(arguments: CalculateArguments) -> anyhow::Result<()> {
    let [file] = arguments.package_file.as_slice() else {
        bail!("invalid number of args. expected only the packaged chaincode file");
    };
    let package_id = read_package(file)?.id();
    if !arguments.output.eq_ignore_ascii_case("json") {
        return print(format!("{package_id}\n"));
    }
    print(go_json::indented(&go_json::PackageId { package_id }))
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  peer lifecycle chaincode install basic.tar.gz")]
pub struct InstallArguments {
    /// The package
    package_file: Option<PathBuf>,
    #[command(flatten)]
    target: ChannellessFlags,
}

pub async fn install(arguments: InstallArguments) -> anyhow::Result<()> {
    let file = arguments.package_file.context("chaincode install package must be provided")?;
    let package = read_package(&file)?;
    let environment = Environment::load()?;
    let target = Target::Peer(&arguments.target.target_peer);
    let peer = environment.peer("install", &arguments.target.peers, target).await?;
    install_package(&environment, &peer, &package).await
}

fn read_package(file: &Path) -> anyhow::Result<Package> {
    let bytes = read_file(file, MAX_PACKAGE_BYTES as u64);
    let bytes = bytes.with_context(|| format!("failed to read chaincode package at '{}'", file.display()))?;
    Package::parse(bytes.into()).context("could not parse as a chaincode install package")
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  peer lifecycle chaincode getinstalledpackage --package-id basic_1.0:5e4c...")]
pub struct GetArguments {
    /// Accepted for Fabric's sake: the file is named after the package ID
    #[arg(hide = true)]
    _output_file: Option<PathBuf>,
    #[command(flatten)]
    target: ChannellessFlags,
    /// The identifier of the chaincode install package
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    package_id: String,
    /// The directory to write the package to; the current directory if not given
    #[arg(long, value_name = "DIR")]
    output_directory: Option<PathBuf>,
}

pub async fn get(arguments: GetArguments) -> anyhow::Result<()> {
    let package_id = &arguments.package_id;
    ensure!(
        !package_id.is_empty(),
        "The required parameter 'package-id' is empty. Rerun the command with --package-id flag"
    );
    ensure!(!package_id.contains(['/', '\\']), "'{package_id}' is no package ID");
    let environment = Environment::load()?;
    let target = Target::Peer(&arguments.target.target_peer);
    let peer = environment.peer("getinstalledpackage", &arguments.target.peers, target).await?;
    let package = environment.client.installed_package(&peer, package_id).await;
    let package = package.map_err(|error| request_failure(error, "proposal failed", "proposal"))?;
    let file = arguments.output_directory.unwrap_or_default().join(format!("{package_id}.tar.gz"));
    std::fs::write(&file, &package).with_context(|| format!("failed to write chaincode package to {}", file.display()))
}
