//! `peer lifecycle chaincode`: the steps by which organisations agree on a chaincode.

mod definitions;
mod packages;
mod queries;

use anyhow::{Context, anyhow};
use bytes::Bytes;
use clap::{Args, Subcommand};
use client::{Peer, RequestError};

pub use packages::contract_file;

use super::environment::Environment;
use super::flags::{OrdererFlags, PeerFlags};
use super::progress;

/// `peer lifecycle`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Perform chaincode operations: package|install|queryinstalled|getinstalledpackage|calculatepackageid|
    /// approveformyorg|queryapproved|checkcommitreadiness|commit|querycommitted
    Chaincode(ChaincodeArguments),
}

#[derive(Debug, Args)]
struct ChaincodeArguments {
    #[command(flatten)]
    orderer: OrdererFlags,
    #[command(subcommand)]
    command: Operation,
}

#[derive(Debug, Subcommand)]
enum Operation {
    /// Package a chaincode and write the package to a file.
    Package(packages::PackageArguments),
    /// Calculate the package ID for a packaged chaincode.
    Calculatepackageid(packages::CalculateArguments),
    /// Install a chaincode on a peer.
    Install(packages::InstallArguments),
    /// Query the installed chaincodes on a peer.
    Queryinstalled(queries::InstalledArguments),
    /// Get an installed chaincode package from a peer.
    Getinstalledpackage(packages::GetArguments),
    /// Approve the chaincode definition for my organization.
    Approveformyorg(definitions::ApproveArguments),
    /// Query organization's approved chaincode definitions from its peer.
    Queryapproved(queries::ApprovedArguments),
    /// Check whether a chaincode definition is ready to be committed on a channel.
    Checkcommitreadiness(definitions::ReadinessArguments),
    /// Commit the chaincode definition on the channel.
    Commit(definitions::CommitArguments),
    /// Query the committed chaincode definitions by channel on a peer.
    Querycommitted(queries::CommittedArguments),
}

/// Runs one of the commands.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let Command::Chaincode(ChaincodeArguments { orderer, command }) = arguments.command;
    match command {
        Operation::Package(arguments) => packages::package(arguments),
        Operation::Calculatepackageid(arguments) => packages::calculate(arguments),
        Operation::Install(arguments) => packages::install(arguments).await,
        Operation::Queryinstalled(arguments) => queries::installed(arguments).await,
        Operation::Getinstalledpackage(arguments) => packages::get(arguments).await,
        Operation::Approveformyorg(arguments) => definitions::approve(arguments, &orderer).await,
        Operation::Queryapproved(arguments) => queries::approved(arguments).await,
        Operation::Checkcommitreadiness(arguments) => definitions::readiness(arguments).await,
        Operation::Commit(arguments) => definitions::commit(arguments, &orderer).await,
        Operation::Querycommitted(arguments) => queries::committed(arguments).await,
    }
}

/// A peer without a channel, and how results are shown.
#[derive(Debug, Args)]
struct ChannellessFlags {
    #[command(flatten)]
    peers: PeerFlags,
    /// When using a connection profile, the name of the peer to target
    #[arg(long = "targetPeer", value_name = "NAME", default_value = "", hide_default_value = true)]
    target_peer: String,
}

/// Installs a package and logs what Fabric's command logs.
pub async fn install_package(environment: &Environment, peer: &Peer, package: Bytes) -> anyhow::Result<()> {
    let work = environment.client.install(peer, package);
    let installed = progress::during("Installing the package", work).await;
    let installed =
        installed.map_err(|error| request_failure(error, "chaincode install failed", "chaincode install"))?;
    tracing::info!(target: "cli.lifecycle.chaincode", "Installed remotely: label {}", installed.label);
    tracing::info!(target: "cli.lifecycle.chaincode", "Chaincode code package identifier: {}", installed.package_id);
    Ok(())
}

/// An error of a request in Fabric's words: `<what> with status: 500 - ...`, or `failed to endorse <sent>: ...`.
fn request_failure(error: RequestError, what: &str, sent: &str) -> anyhow::Error {
    match error {
        RequestError::Refused { status, message } => anyhow!("{what} with status: {status} - {message}"),
        RequestError::Rpc(error) => anyhow::Error::from(error).context(format!("failed to endorse {sent}")),
        RequestError::Sign(error) => anyhow::Error::from(error).context("failed to create signed proposal"),
        RequestError::Decode(error) => {
            anyhow::Error::from(error).context("failed to unmarshal proposal response's response payload")
        }
    }
}

/// The channel of a command, which the development network supplies if it is not given.
fn channel_id(environment: &Environment, given: &str) -> anyhow::Result<String> {
    let channel_id = environment.channel_id(given);
    channel_id.context("The required parameter 'channelID' is empty. Rerun the command with -C flag")
}
