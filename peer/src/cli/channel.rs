//! `peer channel`: fetch, getinfo, join, list, and changes of a channel's configuration.

mod config_update;
mod snapshot;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, anyhow, bail, ensure};
use bytes::Bytes;
use clap::{Args, Subcommand};
use client::blocks::Position;
use client::{Orderer, Peer, RequestError};
use prost::Message;
use proto::common::Block;

use super::environment::{Environment, read_file_as_go};
use super::flags::OrdererFlags;
use super::{go_json, print, progress};

/// Largest block file taken, in bytes; it travels in one message.
const MAX_BLOCK_BYTES: u64 = 100 << 20;
/// Fetching waits for ever for a block that does not exist yet, in Fabric. We do not.
const FETCH_TIMEOUT: Duration = Duration::from_secs(60);

/// Flags and subcommands of `peer channel`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    orderer: OrdererFlags,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Send a transaction that creates a channel (orderers from version 3 on refuse it; use osnadmin).
    Create(config_update::CreateArguments),
    /// Fetch a specified block, writing it to a file.
    Fetch(FetchArguments),
    /// Get blockchain information of a specified channel. Requires '-c'.
    Getinfo(GetinfoArguments),
    /// Joins the peer to a channel.
    Join(JoinArguments),
    /// Joins the peer to a channel by the specified snapshot.
    Joinbysnapshot(snapshot::JoinArguments),
    /// Query if joinbysnapshot is running for any channel.
    Joinbysnapshotstatus(snapshot::StatusArguments),
    /// List of channels peer has joined.
    List(ListArguments),
    /// Signs the supplied configtx update file in place on the filesystem. Requires '-f'.
    Signconfigtx(config_update::SignArguments),
    /// Signs and sends the supplied configtx update file to the channel. Requires '-f', '-o', '-c'.
    Update(config_update::UpdateArguments),
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  peer channel list")]
struct ListArguments {
    #[arg(hide = true)]
    trailing: Vec<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  peer channel fetch newest mychannel.block -c mychannel")]
struct FetchArguments {
    /// newest, oldest, config or a block number; then the file to write, <channel>_<block>.block if not given
    #[arg(value_names = ["BLOCK", "FILE"])]
    targets: Vec<String>,
    /// The channel
    #[arg(short = 'c', long = "channelID", value_name = "NAME", default_value = "", hide_default_value = true)]
    channel_id: String,
    /// Return blocks even while the ordering service has no consensus
    #[arg(long = "bestEffort")]
    best_effort: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  peer channel getinfo -c mychannel")]
struct GetinfoArguments {
    /// The channel
    #[arg(short = 'c', long = "channelID", value_name = "NAME", default_value = "", hide_default_value = true)]
    channel_id: String,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  peer channel join -b mychannel.block")]
struct JoinArguments {
    /// Path to file containing genesis block
    #[arg(short, long, value_name = "FILE")]
    blockpath: Option<PathBuf>,
}

/// Runs one of the commands.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let orderer = &arguments.orderer;
    match arguments.command {
        Command::Create(create) => config_update::create(create, orderer).await,
        Command::Joinbysnapshot(join) => snapshot::join(join).await,
        Command::Joinbysnapshotstatus(status) => snapshot::status(status).await,
        Command::Signconfigtx(sign) => config_update::sign(sign),
        Command::Update(update) => config_update::update(update, orderer).await,
        Command::Fetch(fetch) => run_fetch(fetch, orderer).await,
        Command::Getinfo(getinfo) => run_getinfo(getinfo).await,
        Command::Join(join) => run_join(join).await,
        Command::List(list) => run_list(list).await,
    }
}

/// Refuses words that no command takes, as Fabric does.
fn refuse_trailing(trailing: &[String]) -> anyhow::Result<()> {
    ensure!(trailing.is_empty(), "trailing args detected: [{}]", trailing.join(" "));
    Ok(())
}

async fn run_list(arguments: ListArguments) -> anyhow::Result<()> {
    refuse_trailing(&arguments.trailing)?;
    let environment = Environment::load()?;
    let peer = environment.channel_peer().await?;
    let channels = environment.client.channels(&peer).await.map_err(|error| match error {
        RequestError::Rpc(error) => anyhow!("Failed sending proposal, got {error}"),
        RequestError::Refused { status, message } => anyhow!("Received bad response, status {status}: {message}"),
        RequestError::Decode(error) => anyhow!("Cannot read channels list response, {error}"),
        RequestError::Sign(error) => anyhow::Error::from(error).context("Cannot create signed proposal"),
    })?;
    let lines = channels.into_iter().map(|channel_id| format!("{channel_id}\n"));
    print(std::iter::once("Channels peers has joined: \n".to_owned()).chain(lines).collect::<String>())
}

async fn run_getinfo(arguments: GetinfoArguments) -> anyhow::Result<()> {
    let environment = Environment::load()?;
    let channel_id = environment.channel_id(&arguments.channel_id).context("Must supply channel ID")?;
    let peer = environment.channel_peer().await?;
    let info = environment.client.chain_info(&peer, &channel_id).await.map_err(|error| match error {
        RequestError::Rpc(error) => anyhow!("failed sending proposal: {error}"),
        RequestError::Refused { status, message } => anyhow!("received bad response, status {status}: {message}"),
        RequestError::Decode(error) => anyhow!("cannot read qscc response: {error}"),
        RequestError::Sign(error) => anyhow::Error::from(error).context("cannot create signed proposal"),
    })?;
    print(format!("Blockchain info: {}\n", go_json::compact(&go_json::ChainInfo::from(info))))
}

async fn run_join(arguments: JoinArguments) -> anyhow::Result<()> {
    let path = arguments.blockpath.context("Must supply genesis block path")?;
    let environment = Environment::load()?;
    let block = read_file_as_go(&path, MAX_BLOCK_BYTES);
    let block = block.map_err(|error| anyhow!("genesis block file not found {error:#}"))?;
    let peer = environment.channel_peer().await?;
    let joined = progress::during("Joining the channel", environment.client.join(&peer, Bytes::from(block))).await;
    joined.map_err(join_failure)?;
    tracing::info!(target: "channelCmd", "Successfully submitted proposal to join channel");
    Ok(())
}

/// A refused proposal to join, in Fabric's words.
fn join_failure(error: RequestError) -> anyhow::Error {
    match error {
        RequestError::Refused { status, message } => {
            anyhow!("proposal failed (err: bad proposal response {status}: {message})")
        }
        error => anyhow!("proposal failed (err: {error})"),
    }
}

/// What to fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Block(Position),
    Config,
}

impl Wanted {
    fn parse(text: &str) -> anyhow::Result<Self> {
        Ok(match text {
            "oldest" => Self::Block(Position::Oldest),
            "newest" => Self::Block(Position::Newest),
            "config" => Self::Config,
            number => match number.parse() {
                Ok(number) => Self::Block(Position::Number(number)),
                Err(_) => bail!("fetch target illegal: {number}"),
            },
        })
    }
}

async fn run_fetch(arguments: FetchArguments, orderer: &OrdererFlags) -> anyhow::Result<()> {
    let (target, file) = match arguments.targets.as_slice() {
        [] => bail!("fetch target required, oldest, newest, config, or a number"),
        [target] => (target, None),
        [target, file] => (target, Some(PathBuf::from(file))),
        _ => bail!("trailing args detected"),
    };
    let wanted = Wanted::parse(target)?;
    let environment = Environment::load()?;
    let channel_id = environment.channel_id(&arguments.channel_id).unwrap_or_default();
    ensure!(!channel_id.is_empty(), "Must supply channel ID");
    let source = match orderer.orderer.split(':').count() {
        2 => Source::Orderer(environment.block_orderer(orderer).await?),
        _ => Source::Peer(environment.channel_peer().await?),
    };
    let fetch = async |position| {
        let identity = &environment.client.identity;
        let best_effort = arguments.best_effort;
        let block = match &source {
            Source::Orderer(orderer) => {
                orderer.block(identity, &channel_id, position, best_effort, FETCH_TIMEOUT).await
            }
            Source::Peer(peer) => peer.block(identity, &channel_id, position, best_effort, FETCH_TIMEOUT).await,
        }?;
        let number = block.header.as_ref().map_or(0, |header| header.number);
        tracing::info!(target: "cli.common", "Received block: {number}");
        anyhow::Ok(block)
    };
    let work = async {
        match wanted {
            Wanted::Block(position) => fetch(position).await,
            Wanted::Config => {
                let last = last_config(&fetch(Position::Newest).await?)?;
                tracing::info!(target: "channelCmd", "Retrieving last config block: {last}");
                fetch(Position::Number(last)).await
            }
        }
    };
    let block = progress::during("Waiting for the block", work).await?;
    let file = file.unwrap_or_else(|| PathBuf::from(format!("{channel_id}_{target}.block")));
    std::fs::write(&file, block.encode_to_vec()).with_context(|| format!("writing {}", file.display()))
}

enum Source {
    Peer(Peer),
    Orderer(Orderer),
}

fn last_config(block: &Block) -> anyhow::Result<u64> {
    proto::block::last_config_index(block).context("the newest block does not say which block has the configuration")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fetch_targets() {
        let cases = [
            ("oldest", Some(Wanted::Block(Position::Oldest))),
            ("newest", Some(Wanted::Block(Position::Newest))),
            ("config", Some(Wanted::Config)),
            ("0", Some(Wanted::Block(Position::Number(0)))),
            ("18446744073709551615", Some(Wanted::Block(Position::Number(u64::MAX)))),
            ("18446744073709551616", None),
            ("-1", None),
            ("", None),
            ("Newest", None),
        ];
        for (text, expected) in cases {
            assert_eq!(Wanted::parse(text).ok(), expected, "{text}");
        }
        assert_eq!(Wanted::parse("x").expect_err("illegal").to_string(), "fetch target illegal: x");
    }
}
