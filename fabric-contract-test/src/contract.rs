//! What is tested: a Wasm file, or a contract of this process.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use runtime::{Engine, EngineError, EngineOptions, Limits, LoadError, Outcome, TransactionContext};
use serde_json::Value;

use crate::native::NativeContract;

/// As long as a peer lets a contract run by default.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A contract to be installed. Clones share what is compiled.
#[derive(Clone)]
pub struct Contract(Kind);

#[derive(Clone)]
enum Kind {
    Wasm(runtime::Contract),
    Native(NativeContract),
}

/// What keeps a test from beginning.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The contract's file cannot be read.
    #[error("reading {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Cargo cannot be started.
    #[error("starting cargo")]
    Cargo(#[source] io::Error),
    /// The contract does not compile; cargo has said why.
    #[error("building {folder} failed: is the target wasm32-unknown-unknown installed?")]
    Build {
        /// The package.
        folder: PathBuf,
    },
    /// The package builds, but makes no Wasm file.
    #[error("{folder} makes no .wasm file: it needs `crate-type = [\"cdylib\"]`")]
    NoModule {
        /// The package.
        folder: PathBuf,
    },
    /// The Wasm engine does not start.
    #[error("starting the Wasm engine")]
    Engine(#[from] EngineError),
    /// A peer would refuse the file.
    #[error("loading the contract")]
    Load(#[from] LoadError),
    /// A client's certificate cannot be made.
    #[error("making a certificate")]
    Certificate(#[from] rcgen::Error),
}

impl Contract {
    /// A contract in Rust, called in this process: `Contract::native::<my_contract::ContractFunctions>()`.
    ///
    /// A panic that passes through it is the contract's; its text goes to the client as it does in Wasm.
    pub fn native<C: fabric_contract::Contract>() -> Self {
        Self(Kind::Native(NativeContract::new::<C>()))
    }

    /// The contents of a `.wasm` file, whatever language and kind: what a peer would install.
    pub fn wasm(bytes: &[u8]) -> Result<Self, Error> {
        let engine = Engine::new(EngineOptions::default())?;
        Ok(Self(Kind::Wasm(engine.load(bytes, Limits::default())?)))
    }

    /// A `.wasm` file.
    pub fn wasm_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let read = |source| Error::Read { path: path.to_owned(), source };
        Self::wasm(&std::fs::read(path).map_err(read)?)
    }

    /// Builds a contract in Rust, the package in this folder, for Wasm. What cargo makes lies in `target`, for which a test of
    /// cargo's has `env!("CARGO_TARGET_TMPDIR")`.
    pub fn build(folder: impl AsRef<Path>, target: impl AsRef<Path>) -> Result<Self, Error> {
        let folder = folder.as_ref();
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut cargo = Command::new(cargo);
        cargo.args(["build", "--quiet", "--release", "--target", "wasm32-unknown-unknown"]);
        cargo.arg("--message-format=json-render-diagnostics").arg("--manifest-path").arg(folder.join("Cargo.toml"));
        cargo.arg("--target-dir").arg(target.as_ref());
        // Flags and settings of the build that runs this one do not fit Wasm.
        for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_TARGET_DIR", "CARGO_BUILD_TARGET"] {
            cargo.env_remove(name);
        }
        let output = cargo.stdin(Stdio::null()).stderr(Stdio::inherit()).output().map_err(Error::Cargo)?;
        let folder = || folder.to_owned();
        if !output.status.success() {
            return Err(Error::Build { folder: folder() });
        }
        let messages = String::from_utf8_lossy(&output.stdout).into_owned();
        let module = wasm_files(&messages).next().ok_or_else(|| Error::NoModule { folder: folder() })?;
        Self::wasm_file(module)
    }

    /// The functions it declares, such as `evaluate ReadAsset(id: String) -> Vec<u8>`.
    pub fn functions(&self) -> Vec<String> {
        match &self.0 {
            Kind::Wasm(contract) => contract.functions(),
            Kind::Native(contract) => contract.functions(),
        }
    }

    /// Runs one call on this thread, which needs [`runtime::THREAD_STACK_BYTES`].
    pub(crate) fn run(&self, context: Box<dyn TransactionContext>, is_nested: bool) -> Outcome {
        match &self.0 {
            Kind::Wasm(contract) if is_nested => contract.invoke_nested(context, TIMEOUT).0,
            Kind::Wasm(contract) => contract.invoke(context, TIMEOUT).0,
            Kind::Native(contract) => contract.run(context, TIMEOUT),
        }
    }
}

/// The Wasm files among what cargo says to have made, the package's own first.
fn wasm_files(messages: &str) -> impl Iterator<Item = PathBuf> {
    let files =
        messages.lines().rev().filter_map(|line| serde_json::from_str::<Value>(line).ok()).flat_map(|message| {
            let names = message["filenames"].as_array().cloned().unwrap_or_default();
            names.into_iter().filter_map(|name| name.as_str().map(PathBuf::from))
        });
    files.filter(|file| file.extension().is_some_and(|extension| extension == "wasm"))
}
