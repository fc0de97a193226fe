//! `peer chaincode package` and `signpackage`.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use channel::policy_language;
use clap::Args;
use client::legacy_package::{sign_again, with_policy};
use client::package::MAX_PACKAGE_BYTES;
use prost::Message;

use super::Source;
use crate::cli::environment::{Environment, read_file};
use crate::cli::print;

/// Fabric's mode of package files: their owner's alone.
const PACKAGE_MODE: u32 = 0o700;

/// Flags of `package`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  peer chaincode package -n basic -v 1.0 -p basic.wasm -l wasm -s -S \
                        -i \"AND('Org1MSP.admin')\" basic.pak")]
pub struct PackageArguments {
    /// The file to write
    output_file: Vec<PathBuf>,
    /// Name of the chaincode
    #[arg(short, long, value_name = "NAME", default_value = "", hide_default_value = true)]
    name: String,
    /// Version of the chaincode
    #[arg(short, long, value_name = "VERSION", default_value = "", hide_default_value = true)]
    version: String,
    /// The contract: a WebAssembly file, or a directory that holds exactly one
    #[arg(short, long, value_name = "PATH", default_value = "", hide_default_value = true)]
    path: String,
    /// Language of the chaincode; this command packs wasm
    #[arg(short, long, value_name = "LANGUAGE", default_value = "", hide_default_value = true)]
    lang: String,
    /// Arguments that stand in the package, as JSON
    #[arg(short = 'c', long = "ctor", value_name = "JSON", default_value = "{}", hide_default_value = true)]
    ctor: String,
    /// Create a package for owner endorsements instead of a raw one
    #[arg(short = 's', long = "cc-package")]
    cc_package: bool,
    /// If creating a package for owner endorsements, also sign it with the local MSP
    #[arg(short = 'S', long)]
    sign: bool,
    /// Instantiation policy of the chaincode; by default any administrator of the local MSP
    #[arg(
        short = 'i',
        long = "instantiate-policy",
        value_name = "POLICY",
        default_value = "",
        hide_default_value = true
    )]
    instantiate_policy: String,
}

/// Packs a contract in the form of Fabric 1.x.
pub fn package(arguments: PackageArguments) -> anyhow::Result<()> {
    let [output_file] = arguments.output_file.as_slice() else {
        bail!("output file not specified or invalid number of args (filename should be the only arg)");
    };
    let PackageArguments { name, version, path, lang, ctor, .. } = &arguments;
    let spec = Source { name, version, path, lang, ctor }.pack("package")?;
    if !arguments.cc_package {
        return write(output_file, &spec.encode_to_vec());
    }
    let identity = Environment::load()?.client.identity;
    let policy = match arguments.instantiate_policy.as_str() {
        "" => format!("AND('{}.admin')", identity.msp_id()),
        given => given.to_owned(),
    };
    let parsed = policy_language::parse(&policy).map_err(|error| anyhow!("Invalid policy {policy}, err {error}"))?;
    let owner = arguments.sign.then_some(&*identity);
    write(output_file, &with_policy(&spec, &parsed, owner)?.encode_to_vec())
}

/// Arguments of `signpackage`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  peer chaincode signpackage basic.pak signed.pak")]
pub struct SignArguments {
    /// The package to sign, then the file to write
    files: Vec<PathBuf>,
}

/// Signs a package that an owner has signed.
pub fn sign(arguments: SignArguments) -> anyhow::Result<()> {
    let [input, output, ..] = arguments.files.as_slice() else {
        bail!("peer chaincode signpackage <inputpackage> <outputpackage>");
    };
    let package = read_file(input, MAX_PACKAGE_BYTES as u64)?;
    let identity = Environment::load()?.client.identity;
    let signed = sign_again(&package.into(), &identity).with_context(|| format!("signing {}", input.display()))?;
    write(output, &signed.encode_to_vec())?;
    print(format!("Wrote signed package to {} successfully\n", output.display()))
}

fn write(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let opened = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(PACKAGE_MODE).open(file);
    opened.and_then(|mut opened| opened.write_all(bytes)).with_context(|| format!("writing {}", file.display()))
}
