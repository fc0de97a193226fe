//! `peer chaincode install contract.wasm`: from a file to a chaincode that can be invoked.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::Args;
use client::Peer;
use client::legacy_package::DeploymentPackage;
use client::lifecycle::{Deployed, Deployment};
use client::package::{MAX_PACKAGE_BYTES, Package};
use peer::system::SystemChaincode;

use super::legacy;
use crate::cli::environment::{Environment, Target, read_file};
use crate::cli::flags::{OrdererFlags, PeerFlags};
use crate::cli::{lifecycle, print, progress};

/// First bytes of WebAssembly, module or component.
pub(super) const WASM_MAGIC: &[u8] = b"\0asm";
/// First bytes of a gzip stream, which a package is.
pub(super) const GZIP_MAGIC: &[u8] = b"\x1f\x8b";

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  peer chaincode install target/wasm32-unknown-unknown/release/basic.wasm\n\n\
                        On the development network this also approves and commits the definition. Installing a changed \
                        file upgrades the chaincode; its state stays.")]
pub struct Arguments {
    /// A WebAssembly module or component, or a chaincode package; one of Fabric 1.x, too
    file: Option<PathBuf>,
    /// Name of the chaincode; derived from the file name if not given
    #[arg(short, long)]
    name: Option<String>,
    /// Version of the definition; <sequence>.0 if not given
    #[arg(short, long)]
    version: Option<String>,
    /// Install in the form of Fabric 1.x, for channels before Application V2_0: the contract, or a directory that holds
    /// exactly one
    #[arg(short, long, value_name = "PATH")]
    path: Option<String>,
    /// Language of the chaincode at --path
    #[arg(short, long, value_name = "LANGUAGE", default_value = "", hide_default_value = true)]
    lang: String,
    /// Arguments that stand in a package of Fabric 1.x, as JSON
    #[arg(short = 'c', long = "ctor", value_name = "JSON", default_value = "{}", hide_default_value = true)]
    ctor: String,
    /// Label of the package; the name if not given
    #[arg(long)]
    label: Option<String>,
    /// What a call may use, as JSON, such as '{"fuel":20000000000,"memory_bytes":134217728,"host_calls":100000}'
    #[arg(long, value_name = "JSON", value_parser = limits)]
    limits: Option<serde_json::Value>,
    /// The channel on which to use the chaincode
    #[arg(short = 'C', long = "channelID", value_name = "NAME", default_value = "", hide_default_value = true)]
    channel_id: String,
    #[command(flatten)]
    peers: PeerFlags,
    /// When using a connection profile, the name of the peer to target
    #[arg(long = "targetPeer", value_name = "NAME", default_value = "", hide_default_value = true)]
    target_peer: String,
}

pub async fn run(arguments: Arguments, orderer: &OrdererFlags) -> anyhow::Result<()> {
    let Some(file) = arguments.file.as_deref().filter(|_| arguments.path.is_none()) else {
        return legacy::install(arguments.source(), None, &arguments.peers, &arguments.target_peer).await;
    };
    let contents = read_file(file, MAX_PACKAGE_BYTES as u64)?;
    if let Some(package) = legacy_package(&contents) {
        return legacy::install(arguments.source(), Some(package), &arguments.peers, &arguments.target_peer).await;
    }
    let environment = Environment::load()?;
    let (name, package) = package(&arguments, file, contents, environment.is_development())?;
    let peer = environment.peer("install", &arguments.peers, Target::Peer(&arguments.target_peer)).await?;
    let functions = package.contract().map(|wasm| functions(&wasm)).unwrap_or_default();
    if environment.is_development() {
        let deployed = deploy(&environment, &arguments, orderer, &peer, &name, &package).await;
        let deployed = deployed.with_context(|| format!("{} was not installed", file.display()))?;
        return print(summary(&name, &deployed, &functions));
    }
    lifecycle::install_package(&environment, &peer, package.bytes.clone()).await?;
    let channel = if arguments.channel_id.is_empty() { "mychannel" } else { &arguments.channel_id };
    print(format!(
        "Chaincode {name} is installed on {}.\nPackage ID: {}\n{}Next, if it is new on channel {channel}:\n  \
         peer lifecycle chaincode approveformyorg -C {channel} -n {name} -v 1.0 --sequence 1 --package-id {}\n  \
         peer lifecycle chaincode commit -C {channel} -n {name} -v 1.0 --sequence 1\n",
        peer.address(),
        package.id(),
        function_list(&functions),
        package.id()
    ))
}

async fn deploy(
    environment: &Environment,
    arguments: &Arguments,
    orderer: &OrdererFlags,
    peer: &Peer,
    name: &str,
    package: &Package,
) -> anyhow::Result<Deployed> {
    let channel_id = environment.channel_id(&arguments.channel_id).unwrap_or_default();
    let orderer = environment.orderer(orderer, peer, &channel_id).await?;
    let deployment = Deployment { channel_id: &channel_id, name, package, version: arguments.version.as_deref() };
    let work = environment.client.deploy(peer, &orderer, deployment);
    Ok(progress::during(&format!("Installing {name}"), work).await?)
}

impl Arguments {
    /// What a package of Fabric 1.x is made of.
    fn source(&self) -> legacy::Source<'_> {
        legacy::Source {
            name: self.name.as_deref().unwrap_or_default(),
            version: self.version.as_deref().unwrap_or_default(),
            path: self.path.as_deref().unwrap_or_default(),
            lang: &self.lang,
            ctor: &self.ctor,
        }
    }
}

/// A package of Fabric 1.x, if it is one.
fn legacy_package(contents: &[u8]) -> Option<DeploymentPackage> {
    if contents.starts_with(GZIP_MAGIC) || contents.starts_with(WASM_MAGIC) {
        return None;
    }
    DeploymentPackage::parse(contents.to_vec().into()).ok()
}

/// Makes a package of a contract, or reads one.
fn package(
    arguments: &Arguments,
    file: &Path,
    contents: Vec<u8>,
    development: bool,
) -> anyhow::Result<(String, Package)> {
    if contents.starts_with(GZIP_MAGIC) {
        ensure!(arguments.label.is_none(), "a package has its label inside; --label is for WebAssembly files");
        ensure!(arguments.limits.is_none(), "a package has its limits inside; --limits is for WebAssembly files");
        let package = Package::parse(contents.into());
        let package = package.with_context(|| format!("{} is no chaincode package", file.display()))?;
        let name = arguments.name.clone().unwrap_or_else(|| chaincode_name(without_version(&package.metadata.label)));
        check_name(&name, file)?;
        return Ok((name, package));
    }
    ensure!(!contents.is_empty(), "{} is empty; give the file that your contract's build makes", file.display());
    if !contents.starts_with(WASM_MAGIC) {
        let start = hex::encode(&contents[..contents.len().min(4)]);
        bail!(
            "{} is neither WebAssembly nor a chaincode package: it starts with the bytes {start}, WebAssembly with 0061736d",
            file.display()
        );
    }
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let name = arguments.name.clone().unwrap_or_else(|| chaincode_name(&stem));
    check_name(&name, file)?;
    // The development network watches the file that it finds here.
    let path = if development { std::path::absolute(file)? } else { Path::new(&*stem).with_extension("wasm") };
    let label = arguments.label.as_deref().unwrap_or(&name);
    let package = Package::with_limits(label, &path.to_string_lossy(), &contents, arguments.limits.clone())?;
    Ok((name.clone(), package))
}

/// Limits for a package's description.
pub(in crate::cli) fn limits(text: &str) -> Result<serde_json::Value, String> {
    let value: serde_json::Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if !value.is_object() {
        return Err("expected a JSON object such as {\"fuel\":20000000000}".to_owned());
    }
    let limits: runtime::Limits = serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
    if limits.capped(&runtime::Limits::cap()) != limits {
        return Err(format!("no peer grants that much; the most are {:?}", runtime::Limits::cap()));
    }
    Ok(value)
}

fn check_name(name: &str, file: &Path) -> anyhow::Result<()> {
    ensure!(
        !SystemChaincode::is_reserved(name),
        "'{name}' is the name of a system chaincode; give another one with --name"
    );
    ensure!(!name.is_empty(), "no chaincode name can be made of {}; give one with --name", file.display());
    ensure!(
        name == chaincode_name(name),
        "'{name}' cannot be the name of a chaincode: letters and digits, with single '-' or '_' between them; '{}' would do",
        chaincode_name(name)
    );
    Ok(())
}

/// A label without the version that people put behind it: `basic` of `basic_1.0`.
fn without_version(label: &str) -> &str {
    match label.rsplit_once('_') {
        Some((name, version)) if version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') => name,
        _ => label,
    }
}

/// The nearest name that `_lifecycle` allows: letters and digits, with single `-` or `_` between them.
fn chaincode_name(text: &str) -> String {
    let mut name = String::new();
    for character in text.chars() {
        match character {
            _ if character.is_ascii_alphanumeric() => name.push(character),
            _ if name.is_empty() || name.ends_with(['-', '_']) => {}
            '-' => name.push('-'),
            _ => name.push('_'),
        }
    }
    name.truncate(name.trim_end_matches(['-', '_']).len());
    name
}

fn functions(wasm: &[u8]) -> Vec<String> {
    runtime::declared_functions(wasm)
}

/// The functions that the contract declares, one in a line; nothing if it declares none.
fn function_list(functions: &[String]) -> String {
    let lines = functions.iter().map(|function| format!("  {function}\n"));
    let head = (!functions.is_empty()).then(|| "Functions:\n".to_owned());
    head.into_iter().chain(lines).collect()
}

fn summary(name: &str, deployed: &Deployed, functions: &[String]) -> String {
    let Deployed { package_id, sequence, version, changed } = deployed;
    let what = match (changed, sequence) {
        (false, _) => "is unchanged; it runs already",
        (true, 1) => "is installed and can be invoked",
        (true, _) => "is upgraded; its state stays",
    };
    format!(
        "Chaincode {name} {what}.\nPackage ID: {package_id}\nSequence: {sequence}, version {version}\n{}",
        function_list(functions)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_file_names() {
        let cases = [
            ("basic", "basic"),
            ("asset_transfer-basic", "asset_transfer-basic"),
            ("my contract.v2", "my_contract_v2"),
            ("__x--", "x"),
            ("a__b", "a_b"),
            ("été", "t"),
            ("...", ""),
        ];
        for (stem, expected) in cases {
            assert_eq!(chaincode_name(stem), expected, "{stem}");
        }
    }

    #[test]
    fn names_that_no_chaincode_can_have_are_refused() {
        let error = check_name("my.counter", Path::new("x.wasm")).expect_err("refused").to_string();
        assert!(error.contains("'my_counter' would do"), "{error}");
        assert!(check_name("", Path::new("x.wasm")).expect_err("refused").to_string().contains("x.wasm"));
        assert!(check_name("my-counter_2", Path::new("x.wasm")).is_ok());
    }

    #[test]
    fn labels_lose_their_version() {
        for (label, name) in [("basic_1.0", "basic"), ("my_asset_2", "my_asset"), ("basic_v1", "basic_v1"), ("a", "a")]
        {
            assert_eq!(without_version(label), name);
        }
    }

    #[test]
    fn the_summary_says_what_happened() {
        let deployed = |sequence, changed| Deployed {
            package_id: "basic:ab".into(),
            sequence,
            version: format!("{sequence}.0"),
            changed,
        };
        let functions = ["submit InitLedger()".to_owned(), "evaluate ReadAsset(id: String)".to_owned()];
        let cases = [
            (deployed(1, true), "is installed and can be invoked", 1),
            (deployed(2, true), "is upgraded; its state stays", 2),
            (deployed(2, false), "is unchanged; it runs already", 2),
        ];
        for (deployed, what, sequence) in cases {
            let expected = format!(
                "Chaincode basic {what}.\nPackage ID: basic:ab\nSequence: {sequence}, version {sequence}.0\n\
                 Functions:\n  submit InitLedger()\n  evaluate ReadAsset(id: String)\n"
            );
            assert_eq!(summary("basic", &deployed, &functions), expected);
        }
    }
}
