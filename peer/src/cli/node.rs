//! `peer node`: start, and what an operator does with a peer's data while it is down.

use anyhow::{Context, ensure};
use clap::{Args, Subcommand};
use ledger::{LedgerOptions, Ledgers};
use peer::channels::LEDGERS_DIR;
use peer::node_start::{self, StartArguments};
use proto::protos::server_status::StatusCode;

use super::environment::{self, Environment};
use super::{block_on, print};

/// `peer node`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start a peer; with --chaincode-dev and no configuration, a whole development network.
    #[command(after_help = "Example:\n  peer node start --chaincode-dev")]
    Start(Box<StartArguments>),
    /// Returns status of the node.
    #[command(after_help = "Example:\n  peer node status")]
    Status(StatusArguments),
    #[command(flatten)]
    Offline(Offline),
}

#[derive(Debug, Args)]
struct StatusArguments {
    #[arg(hide = true)]
    trailing: Vec<String>,
}

/// Work on the data of a peer that is down.
#[derive(Debug, Subcommand)]
enum Offline {
    /// Pauses a channel on the peer.
    ///
    /// When the command is executed, the peer must be offline. When the peer starts after pause, it will not receive blocks
    /// for the paused channel.
    #[command(after_help = "Example:\n  peer node pause -c mychannel")]
    Pause(ChannelArguments),
    /// Resumes a channel on the peer.
    ///
    /// When the command is executed, the peer must be offline. When the peer starts after resume, it will receive blocks for
    /// the resumed channel.
    #[command(after_help = "Example:\n  peer node resume -c mychannel")]
    Resume(ChannelArguments),
    /// Resets all channels to the genesis block.
    ///
    /// When the command is executed, the peer must be offline. When the peer starts after the reset, it will receive blocks
    /// from number one on from an orderer, and make its state again; until then it endorses nothing.
    #[command(after_help = "Example:\n  peer node reset")]
    Reset,
    /// Rolls back a channel to a specified block number.
    ///
    /// When the command is executed, the peer must be offline. When the peer starts after the rollback, it will receive the
    /// blocks that were removed from an orderer, and make its state again; until then it endorses nothing.
    #[command(after_help = "Example:\n  peer node rollback -c mychannel -b 150")]
    Rollback(RollbackArguments),
    /// Drops the databases of all channels; the peer makes them again from its blocks when it starts.
    ///
    /// When the command is executed, the peer must be offline. Private data stays.
    #[command(name = "rebuild-dbs", after_help = "Example:\n  peer node rebuild-dbs")]
    RebuildDbs,
    /// Upgrades databases that an older peer wrote.
    ///
    /// When the command is executed, the peer must be offline.
    #[command(name = "upgrade-dbs", after_help = "Example:\n  peer node upgrade-dbs")]
    UpgradeDbs,
    /// Unjoin the peer from a channel: its ledger is deleted.
    ///
    /// When the command is executed, the peer must be offline.
    #[command(after_help = "Example:\n  peer node unjoin -c mychannel")]
    Unjoin(ChannelArguments),
}

#[derive(Debug, Args)]
struct ChannelArguments {
    /// The channel
    #[arg(short = 'c', long = "channelID", value_name = "NAME", default_value = "", hide_default_value = true)]
    channel_id: String,
}

impl ChannelArguments {
    fn id(&self) -> anyhow::Result<&str> {
        ensure!(!self.channel_id.is_empty(), "Must supply channel ID");
        Ok(&self.channel_id)
    }
}

#[derive(Debug, Args)]
struct RollbackArguments {
    #[command(flatten)]
    channel: ChannelArguments,
    /// Block number to which the channel needs to be rolled back to
    #[arg(short, long = "blockNumber", value_name = "NUMBER", default_value_t = 0)]
    block_number: u64,
}

/// Runs a node until it is told to stop, or works on its data.
pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    let variables = environment::variables();
    match arguments.command {
        Command::Start(start) => node_start::start(*start, &variables),
        Command::Status(StatusArguments { trailing }) => {
            ensure!(trailing.is_empty(), "trailing args detected: [{}]", trailing.join(" "));
            block_on(status())
        }
        Command::Offline(command) => {
            node::logging::init(&variables, "info").context("starting the log")?;
            work(&command)
        }
    }
}

/// Says on standard output whether the peer runs, as Fabric 1.4 does: the text of a message. Whatever goes wrong, there is an
/// answer.
async fn status() -> anyhow::Result<()> {
    let asked = async {
        let environment = Environment::load()?;
        let peer = environment.administered_peer().await?;
        let status = environment.client.status(&peer).await;
        status.map_err(|error| anyhow::anyhow!("Error trying to connect to local peer: {error}"))
    };
    let (status, asked) = match asked.await {
        Ok(answer) => (answer.status(), Ok(())),
        Err(error) => (StatusCode::Unknown, Err(error)),
    };
    print(match status {
        // The text form leaves this value out.
        StatusCode::Undefined => "\n".to_owned(),
        status => format!("status:{} \n", status.as_str_name()),
    })?;
    asked
}

fn work(command: &Offline) -> anyhow::Result<()> {
    match command {
        Offline::Pause(channel) => {
            let channel_id = channel.id()?;
            ledgers()?.pause(channel_id)?;
        }
        Offline::Resume(channel) => {
            let channel_id = channel.id()?;
            ledgers()?.resume(channel_id)?;
        }
        Offline::Unjoin(channel) => {
            let channel_id = channel.id()?;
            ledgers()?.unjoin(channel_id)?;
        }
        Offline::Rollback(RollbackArguments { channel, block_number }) => {
            let channel_id = channel.id()?;
            ledgers()?.rollback(channel_id, *block_number)?;
        }
        Offline::Reset => ledgers()?.reset()?,
        Offline::RebuildDbs => ledgers()?.rebuild()?,
        Offline::UpgradeDbs => ledgers()?.upgrade()?,
    }
    Ok(())
}

/// The ledgers of the peer that the configuration names, which must not run.
fn ledgers() -> anyhow::Result<Ledgers> {
    let root = environment::peer_data_dir()?.join(LEDGERS_DIR);
    Ok(Ledgers::open(&root, LedgerOptions::default())?)
}
