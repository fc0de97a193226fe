//! What the commands of Fabric 1.4 have in common: `install` of a package of Fabric 1.x, `instantiate`, `upgrade`, `list`,
//! `package` and `signpackage`. Flags, output and texts are Fabric's.

mod deploy;
mod list;
mod package;

use std::path::Path;

use anyhow::{anyhow, bail, ensure};
use bytes::Bytes;
use client::RequestError;
use client::legacy_package::{Contents, DeploymentPackage};
use client::package::{MAX_PACKAGE_BYTES, WASM_TYPE};
use prost::Message;
use proto::protos::ChaincodeDeploymentSpec;
use proto::protos::chaincode_spec::Type;

use crate::cli::arguments::call_arguments;
use crate::cli::environment::{Environment, Target, read_file};
use crate::cli::flags::PeerFlags;
use crate::cli::lifecycle::contract_file;

pub use deploy::{Arguments as DeployArguments, instantiate, upgrade};
pub use list::{Arguments as ListArguments, list};
pub use package::{PackageArguments, SignArguments, package, sign};

/// A call that says nothing.
const NO_CALL: &str = "{}";

/// What a package of a chaincode needs to be told.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The chaincode's name.
    pub name: &'a str,
    /// Its version.
    pub version: &'a str,
    /// The contract, or a directory that holds exactly one.
    pub path: &'a str,
    /// Its language; empty for the one that the path shows.
    pub lang: &'a str,
    /// The arguments that stand in the package, as JSON.
    pub ctor: &'a str,
}

impl Source<'_> {
    /// Packs the contract.
    pub fn pack(&self, command: &str) -> anyhow::Result<ChaincodeDeploymentSpec> {
        ensure!(!self.name.is_empty(), "must supply value for chaincode name parameter");
        ensure!(!self.version.is_empty(), "chaincode version is not provided for {command}");
        let args = optional_arguments(self.ctor)?;
        ensure!(
            self.lang.is_empty() || self.lang.eq_ignore_ascii_case(WASM_TYPE),
            "chaincode in {} is packed by Fabric's own peer command, and its package is installed by this one with\n    \
             peer chaincode install PACKAGE\nThis command itself packs WebAssembly (-l wasm)",
            self.lang
        );
        let file = contract_file(Path::new(self.path))?;
        let contract = read_file(&file, MAX_PACKAGE_BYTES as u64)?;
        ensure!(contract.starts_with(super::install::WASM_MAGIC), "{} is not WebAssembly", file.display());
        let contents = Contents { name: self.name, version: self.version, path: self.path, args };
        Ok(contents.with_contract(&contract)?)
    }
}

/// The arguments of `-c`, where Fabric lets them be left out.
fn optional_arguments(ctor: &str) -> anyhow::Result<Vec<Bytes>> {
    if ctor.trim() == NO_CALL { Ok(Vec::new()) } else { call_arguments(ctor) }
}

/// The type that stands in a request about a chaincode in a language.
fn spec_type(lang: &str) -> anyhow::Result<Type> {
    let upper = lang.to_ascii_uppercase();
    match upper.as_str() {
        "" => Ok(Type::Golang),
        _ if lang.eq_ignore_ascii_case(WASM_TYPE) => Ok(Type::Car),
        name => match Type::from_str_name(name) {
            Some(kind) if kind != Type::Undefined => Ok(kind),
            _ => bail!("unknown chaincode type: {lang}; give wasm, golang, node, java or car"),
        },
    }
}

/// `install` of a package of Fabric 1.x, made now or read from a file.
pub async fn install(
    source: Source<'_>,
    package: Option<DeploymentPackage>,
    peers: &PeerFlags,
    target_peer: &str,
) -> anyhow::Result<()> {
    let bytes = match package {
        None => {
            ensure!(
                !source.name.is_empty() && !source.version.is_empty() && !source.path.is_empty(),
                "Must supply value for chaincode name, path and version parameters."
            );
            source.pack("install")?.encode_to_vec().into()
        }
        Some(package) => {
            let (name, version) = (package.name(), package.version());
            ensure!(
                source.name.is_empty() || source.name == name,
                "chaincode name {} does not match name {name} in package",
                source.name
            );
            ensure!(
                source.version.is_empty() || source.version == version,
                "chaincode version {} does not match version {version} in packages",
                source.version
            );
            package.bytes
        }
    };
    let environment = Environment::load()?;
    let peer = environment.peer("install", peers, Target::Peer(target_peer)).await?;
    environment.client.install_legacy(&peer, bytes).await.map_err(refused)?;
    tracing::info!(target: "chaincodeCmd", "Installed remotely response:<status:200 payload:\"OK\" >");
    Ok(())
}

/// What a peer's refusal is told as.
fn refused(error: RequestError) -> anyhow::Error {
    match error {
        RequestError::Refused { status, message } => anyhow!("Bad response: {status} - {message}"),
        error => anyhow!("Error endorsing chaincode: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages() {
        for (lang, expected) in [
            ("", Type::Golang),
            ("golang", Type::Golang),
            ("Node", Type::Node),
            ("wasm", Type::Car),
            ("java", Type::Java),
        ] {
            assert_eq!(spec_type(lang).expect(lang), expected);
        }
        for lang in ["undefined", "cobol"] {
            assert!(spec_type(lang).is_err(), "{lang}");
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let source = Source { name: "basic", version: "1", path: "none.wasm", lang: "", ctor: NO_CALL };
        let error = |source: Source<'_>| source.pack("package").expect_err("refused").to_string();
        assert_eq!(error(Source { name: "", ..source }), "must supply value for chaincode name parameter");
        assert_eq!(error(Source { version: "", ..source }), "chaincode version is not provided for package");
        assert!(error(Source { lang: "golang", ..source }).starts_with("chaincode in golang is packed by"));
        assert!(error(Source { ctor: "[]", ..source }).starts_with("non-empty JSON chaincode parameters must"));
        assert_eq!(error(source), "reading none.wasm");
    }
}
