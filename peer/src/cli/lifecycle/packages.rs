//! Packages: make, identify, install, fetch.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::Args;
use client::package::platform::Platform;
use client::package::{self, MAX_PACKAGE_BYTES, Package};

use super::{ChannellessFlags, install_package, request_failure};
use node::grpc::MESSAGE_SIZE_MAX;

use crate::cli::environment::{Environment, Target, read_file, read_file_as_go};
use crate::cli::flags::PeerFlags;
use crate::cli::{go_json, print};

/// Contracts looked for in a directory: more than one is too many.
const CONTRACTS_MAX: usize = 2;

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  peer lifecycle chaincode package basic.tar.gz -p basic.wasm -l wasm --label basic_1.0"
)]
pub struct PackageArguments {
    /// The file to write
    output_file: Vec<PathBuf>,
    /// Path to the chaincode: for wasm a WebAssembly file, or a directory that holds exactly one; else the source code
    #[arg(short, long, default_value = "", hide_default_value = true)]
    path: String,
    /// Language the chaincode is written in: wasm, golang, node, java, ccaas or binary. Without it wasm where --path is
    /// WebAssembly, and else golang
    #[arg(short, long)]
    lang: Option<String>,
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
    let PackageArguments { path, label, limits, .. } = &arguments;
    ensure!(!path.is_empty(), "chaincode path must be specified");
    let lang = match &arguments.lang {
        Some(lang) => lang.as_str(),
        None if is_wasm(Path::new(path)) => package::WASM_TYPE,
        None => "golang",
    };
    ensure!(!lang.is_empty(), "chaincode language must be specified");
    ensure!(!label.is_empty(), "package label must be specified");
    package::check_label(label)?;
    let bytes = if lang.eq_ignore_ascii_case(package::WASM_TYPE) {
        wasm_package(Path::new(path), label, limits.clone())?.bytes
    } else {
        ensure!(
            limits.is_none(),
            "--limits is for packages of type wasm: others bring no contract that a peer could bound"
        );
        source_package(lang, path, label)?.into()
    };
    let written = std::fs::write(output_file, &bytes);
    written.with_context(|| format!("error writing chaincode package to {}", output_file.display()))
}

/// Whether a path is a contract, or a folder that holds one and no Go.
fn is_wasm(path: &Path) -> bool {
    let has_extension = |path: &Path| path.extension().is_some_and(|extension| extension == "wasm");
    if !path.is_dir() {
        return has_extension(path);
    }
    let mut entries = path.read_dir().into_iter().flatten().filter_map(Result::ok);
    !path.join("go.mod").exists() && entries.any(|entry| has_extension(&entry.path()))
}

fn source_package(lang: &str, path: &str, label: &str) -> anyhow::Result<Vec<u8>> {
    let Some(platform) = Platform::from_name(lang) else {
        bail!(
            "failed to normalize chaincode path: unknown chaincodeType: {}; -l takes wasm, golang, node, java, ccaas or \
             binary",
            lang.to_uppercase()
        );
    };
    let told = platform.normalized_path(path).context("failed to normalize chaincode path")?;
    let code = platform.code(path).context("error getting chaincode bytes")?;
    Ok(package::platform::package(label, lang, &told, &code)?)
}

fn wasm_package(path: &Path, label: &str, limits: Option<serde_json::Value>) -> anyhow::Result<Package> {
    let file = contract_file(path)?;
    let contract = read_file(&file, MAX_PACKAGE_BYTES as u64)?;
    ensure!(contract.starts_with(b"\0asm"), "{} is not WebAssembly", file.display());
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let index_files = if path.is_dir() { package::platform::index_files(path)? } else { Vec::new() };
    Ok(Package::with_files(label, &name, &contract, limits, &index_files)?)
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
    let environment = Environment::load()?;
    // Whether it is a package is the peer's to say.
    let package = read_bytes(&file)?;
    let target = Target::Peer(&arguments.target.target_peer);
    let peer = environment.lifecycle_peer("install", &arguments.target.peers, target).await?;
    install_package(&environment, &peer, package.into()).await
}

fn read_bytes(file: &Path) -> anyhow::Result<Vec<u8>> {
    let bytes = read_file_as_go(file, MESSAGE_SIZE_MAX as u64);
    bytes.with_context(|| format!("failed to read chaincode package at '{}'", file.display()))
}

fn read_package(file: &Path) -> anyhow::Result<Package> {
    let bytes = read_bytes(file)?;
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
    let peer = environment.lifecycle_peer("getinstalledpackage", &arguments.target.peers, target).await?;
    let package = environment.client.installed_package(&peer, package_id).await;
    let package = package.map_err(|error| request_failure(error, "proposal failed", "proposal"))?;
    let file = arguments.output_directory.unwrap_or_default().join(format!("{package_id}.tar.gz"));
    std::fs::write(&file, &package).with_context(|| format!("failed to write chaincode package to {}", file.display()))
}
