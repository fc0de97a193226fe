//! `peer chaincode replay`: executes a committed transaction once more, on the state that it saw, and compares.

mod callees;
mod compare;
mod context;
mod past;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ::channel::definition;
use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use clap::Args;
use client::Peer;
use client::package::{MAX_PACKAGE_BYTES, Package};
use ledger::{Ledger, LedgerOptions, ReadWriteSet, Simulator};
use prost::Message;
use proto::msp::SerializedIdentity;
use proto::protos::ChaincodeEvent;
use runtime::{Contract, Engine, EngineOptions, Invocation, Limits, Outcome, TransactionContext};
use serde::Serialize;

use super::install::GZIP_MAGIC;
use super::{profile, simulate};
use crate::cli::environment::{Environment, Target, read_file};
use crate::cli::flags::PeerFlags;
use crate::cli::{print, progress};
use callees::Callees;
use context::ReplayContext;
use past::Recorded;
use peer::chaincode::INITIALIZED_KEY;
use peer::lifecycle::state::Public;
use peer::system::SystemChaincode;

/// Time for the call. No client waits for it, and the limits on work end it anyway.
const TIMEOUT: Duration = Duration::from_secs(600);

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  peer chaincode replay 1ff0d3... -C mychannel\n\n\
                        Reads the channel's blocks up to the transaction from the peer. Chaincodes that \
                        were called on the same channel run as well. Transactions that use private data or call chaincodes on \
                        other channels cannot be replayed; transient fields are not in blocks and are empty.\n\
                        Ends with exit code 1 if the contract does something else than it did.")]
pub struct Arguments {
    /// The transaction's id
    tx_id: String,
    /// The channel
    #[arg(short = 'C', long = "channelID", value_name = "NAME", default_value = "", hide_default_value = true)]
    channel_id: String,
    /// The contract to run; without it, the package that the organisation has approved for the chaincode
    #[arg(long, value_name = "FILE")]
    contract: Option<PathBuf>,
    /// The contract of a chaincode that the transaction calls; without it, the package that is approved for it
    #[arg(long, value_name = "NAME=FILE", value_parser = callee)]
    callee: Vec<(String, PathBuf)>,
    /// Also write a profile of the call: a flame graph, or lines of text if the name ends in .folded
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    profile: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// What came of it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replayed {
    tx_id: String,
    channel_id: String,
    block: u64,
    validation_code: String,
    chaincode: String,
    version: String,
    contract: String,
    same: bool,
    differences: Vec<String>,
}

pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let environment = Environment::load()?;
    let channel_id = environment.channel_id(&arguments.channel_id).unwrap_or_default();
    crate::cli::arguments::required(&channel_id, "channelID", "-C")?;
    let peer = environment.peer("chaincode", &PeerFlags::default(), Target::Peer("")).await?;
    let folder = tempfile::tempdir().context("making a temporary folder for the state")?;
    let ledger = Ledger::open(folder.path(), &channel_id, LedgerOptions::default()).context("making a state")?;
    let info = environment.client.chain_info(&peer, &channel_id).await.context("asking for the channel's height")?;
    let last = info.height.checked_sub(1).context("the channel has no blocks")?;
    let reading = async {
        let blocks = peer.blocks(&environment.client.identity, &channel_id, (0, last)).await?;
        past::find(futures::StreamExt::take(blocks, last as usize + 1), &ledger, &arguments.tx_id).await
    };
    let recorded = progress::during("Reading blocks", reading).await?;
    let chaincode = recorded.action.chaincode_id.clone().unwrap_or_default();
    if SystemChaincode::is_reserved(&chaincode.name) {
        bail!(
            "transaction {} is one of the system chaincode {}, which is no contract",
            arguments.tx_id,
            chaincode.name
        );
    }
    let (wasm, contract) = match &arguments.contract {
        Some(file) => (contract_file(file)?, file.display().to_string()),
        None => approved(&environment, &peer, &channel_id, &chaincode.name, "--contract FILE").await?,
    };
    let results = ReadWriteSet::decode(recorded.action.results.clone()).context("reading the transaction's results")?;
    let mut others = Vec::new();
    for name in callees::names(&results, &chaincode.name) {
        let given = arguments.callee.iter().find(|(given, _)| *given == name);
        let wasm = match given {
            Some((_, file)) => contract_file(file)?,
            None => approved(&environment, &peer, &channel_id, &name, "--callee NAME=FILE").await?.0,
        };
        others.push((name, wasm));
    }
    let engine = Engine::new(EngineOptions { profiling: arguments.profile.is_some(), ..Default::default() })
        .context("starting the engine")?;
    let load = |wasm: &[u8], what: &str| {
        engine.load(wasm, Limits::default()).with_context(|| format!("loading the contract of {what}"))
    };
    let loaded = load(&wasm, &chaincode.name)?;
    let contracts = others.into_iter().map(|(name, wasm)| Ok((name.clone(), load(&wasm, &name)?)));
    let contracts = contracts.collect::<anyhow::Result<_>>()?;
    let callees = Arc::new(Callees { contracts, recorded: results });
    let differences = replay(&recorded, &ledger, (&chaincode.name, &loaded), callees, arguments.profile.as_deref())?;
    let replayed = Replayed {
        tx_id: arguments.tx_id,
        channel_id,
        block: recorded.block,
        validation_code: recorded.code.as_str_name().to_owned(),
        chaincode: chaincode.name,
        version: chaincode.version,
        contract,
        same: differences.is_empty(),
        differences,
    };
    print(if arguments.json { serde_json::to_string_pretty(&replayed)? + "\n" } else { text(&replayed) })?;
    ensure!(replayed.same, "the contract does something else than in transaction {}", replayed.tx_id);
    Ok(())
}

fn callee(text: &str) -> Result<(String, PathBuf), String> {
    let (name, file) = text.split_once('=').ok_or("it is not of the form NAME=FILE")?;
    Ok((name.to_owned(), file.into()))
}

fn text(replayed: &Replayed) -> String {
    let Replayed { tx_id, block, channel_id, validation_code, chaincode, version, contract, .. } = replayed;
    let mut text = format!(
        "Transaction: {tx_id} ({validation_code})\nBlock: {block} of channel {channel_id}\n\
         Chaincode: {chaincode}, version {version}\nContract: {contract}\n"
    );
    if replayed.same {
        text.push_str("The same response, event and read-write set, to the byte.\n");
    }
    for difference in &replayed.differences {
        text.push_str(difference);
        text.push('\n');
    }
    text
}

fn contract_file(file: &std::path::Path) -> anyhow::Result<Vec<u8>> {
    let contents = read_file(file, MAX_PACKAGE_BYTES as u64)?;
    if !contents.starts_with(GZIP_MAGIC) {
        return Ok(contents);
    }
    let contract = Package::parse(contents.into()).and_then(|package| package.contract());
    contract.with_context(|| format!("{} holds no contract", file.display()))
}

/// The contract in use now, and its package id.
async fn approved(
    environment: &Environment,
    peer: &Peer,
    channel_id: &str,
    name: &str,
    flag: &str,
) -> anyhow::Result<(Vec<u8>, String)> {
    let client = &environment.client;
    let hint = format!("say which contract to run with {flag}");
    let committed = client
        .committed(peer, channel_id, name)
        .await
        .with_context(|| format!("asking for the definition of {name} failed; {hint}"))?;
    let approved = client
        .approved(peer, channel_id, name, committed.sequence)
        .await
        .with_context(|| format!("asking for the approved package of {name} failed; {hint}"))?;
    let package_id =
        client::lifecycle::package_of(&approved).with_context(|| format!("no package is approved; {hint}"))?;
    let package = client
        .installed_package(peer, package_id)
        .await
        .with_context(|| format!("fetching the package {package_id} failed; {hint}"))?;
    let contract = Package::parse(package).and_then(|package| package.contract());
    Ok((
        contract.with_context(|| format!("the package {package_id} holds no contract; {hint}"))?,
        package_id.to_owned(),
    ))
}

/// What the contract does otherwise than the transaction did.
fn replay(
    recorded: &Recorded,
    ledger: &Ledger,
    (name, contract): (&str, &Contract),
    callees: Arc<Callees>,
    output: Option<&Path>,
) -> anyhow::Result<Vec<String>> {
    let mut simulator = ledger.simulator(&recorded.channel_header.tx_id);
    definition::read_sequence(name, &mut Public(&mut simulator)).context("reading the definition")?;
    before_the_call(&callees.recorded, name, &mut simulator)?;
    let context = ReplayContext::new(invocation(recorded), vec![name.to_owned()], simulator, callees);
    let contract = contract.clone();
    let profiling = output.is_some();
    let (outcome, context, profile) = simulate::on_executor("replay", move || {
        let context: Box<dyn TransactionContext> = Box::new(context);
        if profiling {
            let (outcome, context, _, profile) = contract.profile(context, TIMEOUT);
            return (outcome, context, Some(profile));
        }
        let (outcome, context) = contract.invoke(context, TIMEOUT);
        (outcome, context, None)
    })?;
    if let (Some(profile), Some(output)) = (profile, output) {
        let title = format!("transaction {} of {name}", recorded.channel_header.tx_id);
        profile::write(&profile, &title, output)?;
        print(profile::text(&profile, output))?;
    }
    let context: Box<dyn std::any::Any> = context;
    let context =
        context.downcast::<ReplayContext>().ok().context("the runtime gives back the context it was given")?;
    let (status, message, payload) = match outcome {
        Outcome::Response { status, message, payload } => (status, message, payload),
        Outcome::Aborted(error) => return Err(error).context("the contract could not be run"),
    };
    let mut found = Vec::new();
    let was = recorded.action.response.clone().unwrap_or_default();
    if (was.status, &was.message, &was.payload) != (status, &message, &payload) {
        let show = |sign, status, message: &str, payload: &Bytes| {
            let payload = String::from_utf8_lossy(payload).escape_debug().to_string();
            format!("{sign} response {status} {}{payload}", message.escape_debug())
        };
        found.push(show('-', was.status, &was.message, &was.payload));
        found.push(show('+', status, &message, &payload));
    }
    let was = ChaincodeEvent::decode(recorded.action.events.clone()).context("reading the transaction's event")?;
    let event = context.event.clone().unwrap_or_default();
    if (&was.event_name, &was.payload) != (&event.0, &event.1) {
        found.push(format!("- event {}", was.event_name.escape_debug()));
        found.push(format!("+ event {}", event.0.escape_debug()));
    }
    let simulator = context.into_simulator().context("the state was lost in a call of another chaincode")?;
    let results = simulator.finish().context("finishing the simulation")?.public;
    found.extend(compare::rwsets(&recorded.action.results, &results)?);
    Ok(found)
}

/// What the peer itself reads and writes for a call after the definition's sequence: whether the chaincode is initialised.
fn before_the_call(recorded: &ReadWriteSet, name: &str, simulator: &mut Simulator) -> anyhow::Result<()> {
    let Some(own) = recorded.namespaces.iter().find(|namespace| namespace.namespace == name) else { return Ok(()) };
    if own.public.reads.iter().any(|read| read.key == INITIALIZED_KEY) {
        simulator.get_state(name, INITIALIZED_KEY).context("reading the state")?;
    }
    if let Some(write) = own.public.writes.iter().find(|write| write.key == INITIALIZED_KEY) {
        simulator.set_state(name, INITIALIZED_KEY, write.value.clone()).context("writing the state")?;
    }
    Ok(())
}

fn invocation(recorded: &Recorded) -> Invocation {
    // Creators of other kinds have no certificate.
    let creator = SerializedIdentity::decode(recorded.signature_header.creator.clone()).unwrap_or_default();
    let timestamp = recorded.channel_header.timestamp.unwrap_or_default();
    Invocation {
        tx_id: recorded.channel_header.tx_id.clone(),
        channel_id: recorded.channel_header.channel_id.clone(),
        timestamp: (timestamp.seconds, u32::try_from(timestamp.nanos).unwrap_or(0)),
        creator: recorded.signature_header.creator.clone(),
        creator_msp_id: creator.mspid,
        creator_certificate: creator.id_bytes,
        args: recorded.args.clone(),
        nonce: recorded.signature_header.nonce.clone(),
        is_init: recorded.is_init,
        ..Invocation::default()
    }
}
