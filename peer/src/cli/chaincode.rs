//! `peer chaincode`: everything for a contract from its first line on.

mod check;
mod install;
mod invoke;
mod legacy;
mod logs;
mod new;
mod profile;
mod query;
mod replay;
mod simulate;

use clap::{Args, Subcommand};

use super::arguments;
use super::environment::Environment;
use super::flags::OrdererFlags;

pub(super) use install::limits;
pub use invoke::log_commit;

/// Flags and subcommands of `peer chaincode`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    orderer: OrdererFlags,
    /// Transient map of arguments in JSON encoding; values are base64
    #[arg(long, value_name = "JSON", global = true, default_value = "", hide_default_value = true)]
    transient: String,
    #[command(subcommand)]
    command: Command,
}

#[cfg(test)]
impl Arguments {
    /// What stands before the subcommand's own flags.
    pub(super) fn parts(&self) -> (&OrdererFlags, &str) {
        (&self.orderer, &self.transient)
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Begin a contract in a language; needs no peer.
    New(new::Arguments),
    /// Examine a contract as a peer does before it installs it; needs no peer.
    Check(check::Arguments),
    /// Run a contract on a state in a file; needs no peer.
    Simulate(simulate::Arguments),
    /// Show where a call's fuel goes, by function; needs no peer.
    Profile(profile::Arguments),
    /// Execute a committed transaction once more, on the state that it saw, and compare.
    Replay(replay::Arguments),
    /// Install a contract; on the development network it can be invoked at once.
    Install(install::Arguments),
    /// Deploy the specified chaincode to the network; for channels before Application V2_0.
    #[command(
        after_help = "Example:\n  peer chaincode instantiate -o orderer.example.com:7050 -C mychannel -n basic -v 1.0 -c \
                      '{\"Args\":[\"InitLedger\"]}' -P \"OR('Org1MSP.peer')\""
    )]
    Instantiate(legacy::DeployArguments),
    /// Upgrade chaincode; for channels before Application V2_0.
    #[command(after_help = "Example:\n  peer chaincode upgrade -C mychannel -n basic -v 2.0 -c '{\"Args\":[]}'")]
    Upgrade(legacy::DeployArguments),
    /// Get the instantiated chaincodes on a channel or installed chaincodes on a peer, of the form of Fabric 1.x.
    List(legacy::ListArguments),
    /// Package the specified chaincode into a deployment spec, the form of Fabric 1.x.
    Package(legacy::PackageArguments),
    /// Sign the specified chaincode package, one of Fabric 1.x.
    Signpackage(legacy::SignArguments),
    /// Show what a contract logs on the peer of this machine.
    Logs(logs::Arguments),
    /// Invoke the specified chaincode. It will try to commit the endorsed transaction to the network.
    Invoke(invoke::Arguments),
    /// Get endorsed result of chaincode function call and print it. It won't generate transaction.
    Query(query::Arguments),
}

/// What `invoke` and `query` call.
#[derive(Debug, Args)]
struct CallFlags {
    /// The channel on which this command should be executed
    #[arg(short = 'C', long = "channelID", value_name = "NAME", default_value = "", hide_default_value = true)]
    channel_id: String,
    /// Name of the chaincode
    #[arg(short, long, value_name = "NAME", default_value = "", hide_default_value = true)]
    name: String,
    /// Arguments as JSON: '{"Args":["f","x"]}' or '{"function":"f","Args":["x"]}'
    #[arg(short = 'c', long = "ctor", value_name = "JSON", default_value = "{}", hide_default_value = true)]
    ctor: String,
}

impl CallFlags {
    /// Reads the call; the channel of the development network is the default.
    fn call(&self, environment: &Environment, transient: &str) -> anyhow::Result<client::Call> {
        let channel_id = environment.channel_id(&self.channel_id).unwrap_or_default();
        arguments::required(&channel_id, "channelID", "-C")?;
        anyhow::ensure!(!self.name.is_empty(), "must supply value for chaincode name parameter (-n)");
        let transient = if transient.is_empty() { Default::default() } else { arguments::transient(transient)? };
        Ok(client::Call {
            channel_id,
            chaincode: self.name.clone(),
            args: arguments::call_arguments(&self.ctor)?,
            transient,
            is_init: false,
        })
    }
}

/// Runs one of the commands.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let Arguments { orderer, transient, command } = arguments;
    match command {
        Command::New(new) => new::run(&new),
        Command::Replay(replay) => replay::run(replay).await,
        Command::Check(check) => check::run(&check),
        Command::Logs(logs) => logs::run(logs).await,
        Command::Profile(profile) => profile::run(&profile, &transient),
        Command::Simulate(simulate) => simulate::run(&simulate, &transient),
        Command::Install(install) => install::run(install, &orderer).await,
        Command::Instantiate(deploy) => legacy::instantiate(deploy, &orderer).await,
        Command::Upgrade(deploy) => legacy::upgrade(deploy, &orderer).await,
        Command::List(list) => legacy::list(list).await,
        Command::Package(package) => legacy::package(package),
        Command::Signpackage(sign) => legacy::sign(sign),
        Command::Invoke(invoke) => invoke::run(invoke, &orderer, &transient).await,
        Command::Query(query) => query::run(query, &transient).await,
    }
}
