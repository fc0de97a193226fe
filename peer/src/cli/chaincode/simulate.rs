//! `peer chaincode simulate`: one call of a contract on a state in a file, without a peer.

mod report;
mod state;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use clap::Args;
use client::package::{MAX_PACKAGE_BYTES, Package};
use runtime::memory::{Call, Ledger};
use runtime::{Contract, Engine, EngineOptions, Executor, Invocation, Limits, Outcome, Profile};

use super::install::GZIP_MAGIC;
use crate::cli::environment::read_file;
use crate::cli::{arguments, print};

/// As long as a peer lets a contract run by default.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Looking at every function takes its time; what was seen until then is shown.
const PROFILE_TIMEOUT: Duration = Duration::from_secs(60);

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  peer chaincode simulate basic.wasm -c '{\"Args\":[\"ReadAsset\",\"a1\"]}' --state state.json\n\n\
                        The file of --state is JSON: {\"state\": {\"key\": \"text or any JSON\"}, \"private\": {\"collection\": \
                        {..}}}. Bytes that are no text are {\"hex\": \"..\"}. Ends with exit code 1 if the contract refuses."
)]
pub struct Arguments {
    #[command(flatten)]
    call: CallArguments,
    /// Write the state after the call back to the file of --state, which need not exist yet
    #[arg(long, requires = "state")]
    update: bool,
    /// Run a second contract on the same state, and show only what differs
    #[arg(long, value_name = "FILE", conflicts_with = "update")]
    compare: Option<PathBuf>,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

/// Which call of which contract, on what.
#[derive(Debug, Args)]
pub(super) struct CallArguments {
    /// A WebAssembly module or component, or a chaincode package
    file: PathBuf,
    /// Arguments as JSON: '{"Args":["f","x"]}' or '{"function":"f","Args":["x"]}'
    #[arg(short = 'c', long = "ctor", value_name = "JSON", default_value = "{}", hide_default_value = true)]
    ctor: String,
    /// The state that the contract sees; empty if not given
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Transaction id
    #[arg(long, value_name = "ID", default_value = "simulated")]
    tx_id: String,
    /// Time of the proposal, in seconds since 1970
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    timestamp: i64,
    /// The caller's organisation
    #[arg(long, value_name = "MSP_ID", default_value = "Org1MSP")]
    msp_id: String,
    /// PEM file with the caller's certificate
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// Call the contract's init instead of invoke
    #[arg(short = 'I', long = "isInit")]
    is_init: bool,
}

impl CallArguments {
    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// Whether `output` is one of the files that the call reads.
    pub(super) fn reads(&self, output: &Path) -> bool {
        let same = |file: &Path| matches!((file.canonicalize(), output.canonicalize()), (Ok(a), Ok(b)) if a == b);
        same(&self.file) || [&self.state, &self.certificate].into_iter().flatten().any(|file| same(file))
    }
}

pub fn run(given: &Arguments, transient: &str) -> anyhow::Result<()> {
    let state = given.call.state.as_deref();
    let ledger = state::read(state, given.update)?;
    let call = simulate(&given.call, transient, &given.call.file, &ledger)?;
    if let Some(other) = &given.compare {
        // A fresh copy: what the first call committed must not be seen by the second.
        let ledger = state::read(state, false)?;
        let other_call = simulate(&given.call, transient, other, &ledger)?;
        return report::compare((&given.call.file, &call), (other, &other_call));
    }
    print(if given.json { report::json(&call)? } else { report::text(&call) })?;
    ending(call.outcome)?;
    match (state, given.update) {
        (Some(path), true) => state::write(path, &ledger),
        _ => Ok(()),
    }
}

/// An error for calls that a peer would not endorse.
pub(super) fn ending(outcome: Outcome) -> anyhow::Result<()> {
    match outcome {
        Outcome::Response { status, .. } if status < host_api::status::ERROR_THRESHOLD => Ok(()),
        Outcome::Response { status, message, .. } => bail!("the contract refuses: {status} {message}"),
        Outcome::Aborted(error) => Err(error).context("a peer would endorse nothing"),
    }
}

/// The function that is called.
pub(super) fn function(given: &CallArguments) -> anyhow::Result<String> {
    let args = arguments::call_arguments(&given.ctor)?;
    Ok(args.first().map(|name| String::from_utf8_lossy(name).into_owned()).unwrap_or_default())
}

/// Runs the call and says where its fuel went.
pub(super) fn profiled(given: &CallArguments, transient: &str) -> anyhow::Result<(Call, Profile)> {
    let ledger = state::read(given.state.as_deref(), false)?;
    let contract = load(&given.file, true)?;
    let invocation = invocation(given, transient)?;
    on_executor("profile", move || ledger.profile(&contract, invocation, PROFILE_TIMEOUT))
}

fn simulate(given: &CallArguments, transient: &str, file: &Path, ledger: &Ledger) -> anyhow::Result<Call> {
    let contract = load(file, false)?;
    let invocation = invocation(given, transient)?;
    let ledger = ledger.clone();
    on_executor("simulate", move || ledger.invoke(&contract, invocation, TIMEOUT))
}

/// Does work on a thread that has the stack which contracts need.
pub(super) fn on_executor<R: Send + 'static>(
    name: &'static str,
    work: impl FnOnce() -> R + Send + 'static,
) -> anyhow::Result<R> {
    let executor = Executor::new(name, 1, 1).context("starting a thread")?;
    let (sender, receiver) = std::sync::mpsc::channel();
    let work = move || {
        // Nobody stops waiting for the answer.
        let _ = sender.send(work());
    };
    executor.submit(work).context("running the contract")?;
    receiver.recv().context("running the contract")
}

fn invocation(given: &CallArguments, transient: &str) -> anyhow::Result<Invocation> {
    let certificate = match &given.certificate {
        Some(path) => {
            let text = read_file(path, 1 << 20)?;
            let block = pem::parse(&text).ok().filter(|block| block.tag() == "CERTIFICATE");
            ensure!(block.is_some(), "{} is not a certificate in PEM", path.display());
            text
        }
        None => Vec::new(),
    };
    let transient = if transient.is_empty() { Default::default() } else { arguments::transient(transient)? };
    let args: Vec<Bytes> = arguments::call_arguments(&given.ctor)?;
    ensure!(!args.is_empty(), "say what to call with -c '{{\"Args\":[\"Function\",\"argument\"]}}'");
    Ok(Invocation {
        tx_id: given.tx_id.clone(),
        channel_id: "mychannel".to_owned(),
        timestamp: (given.timestamp, 0),
        creator_msp_id: given.msp_id.clone(),
        creator_certificate: certificate.into(),
        args,
        transient,
        is_init: given.is_init,
        ..Invocation::default()
    })
}

fn load(file: &Path, profiling: bool) -> anyhow::Result<Contract> {
    let contents = read_file(file, MAX_PACKAGE_BYTES as u64)?;
    let mut limits = Limits::default();
    let wasm = if contents.starts_with(GZIP_MAGIC) {
        let package = Package::parse(contents.into())?;
        if let Some(wish) = &package.metadata.limits {
            limits = serde_json::from_value(wish.clone()).context("reading the limits in metadata.json")?;
        }
        package.contract()
    } else {
        Ok(contents)
    };
    let wasm = wasm.with_context(|| format!("{} holds no contract", file.display()))?;
    let engine = Engine::new(EngineOptions { profiling, ..Default::default() }).context("starting the engine")?;
    engine.load(&wasm, limits).with_context(|| format!("loading {}", file.display()))
}
