//! Changes of a channel's configuration: signed, sent, and what once created channels.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow, bail, ensure};
use clap::Args;
use client::Orderer;
use client::blocks::Position;
use client::config_update::{self, SignedUpdate};
use prost::Message;
use proto::common::Block;

use crate::cli::environment::{Environment, read_file_as_go};
use crate::cli::flags::{OrdererFlags, duration};
use crate::cli::progress;

/// Largest file with an update, in bytes; it travels in one message.
const MAX_UPDATE_BYTES: u64 = 100 << 20;
/// The pause before asking for the first block of a channel again.
const CREATION_POLL: Duration = Duration::from_millis(200);

/// Fabric's text, also where nothing is created.
const NO_FILE: &str = "Invalid channel create transaction : No configtx file name supplied";

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  peer channel create -o orderer.example.com:7050 -c mychannel -f mychannel.tx")]
pub struct CreateArguments {
    /// The channel to create
    #[arg(short = 'c', long = "channelID", value_name = "NAME", default_value = "", hide_default_value = true)]
    channel_id: String,
    /// Configuration transaction file
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// The file to write the channel's first block to; <channel>.block if not given
    #[arg(long = "outputBlock", value_name = "FILE")]
    output_block: Option<PathBuf>,
    /// Channel creation timeout
    #[arg(short, long, value_name = "DURATION", value_parser = duration, default_value = "10s")]
    timeout: Duration,
}

pub async fn create(arguments: CreateArguments, orderer: &OrdererFlags) -> anyhow::Result<()> {
    let channel_id = &arguments.channel_id;
    ensure!(!channel_id.is_empty(), "must supply channel ID");
    let environment = Environment::load()?;
    let endpoint = &orderer.orderer;
    ensure!(
        environment.is_development() || endpoint.split(':').count() == 2,
        "ordering service endpoint {endpoint} is not valid or missing"
    );
    let update = signed(&environment, arguments.file.as_deref(), Some(channel_id))?;
    let orderer = environment.config_orderer(orderer).await?;
    send(&environment, &orderer, update).await?;
    let waiting = first_block(&environment, &orderer, channel_id, arguments.timeout);
    let block = progress::during("Waiting for the channel", waiting).await?;
    let file = arguments.output_block.unwrap_or_else(|| PathBuf::from(format!("{channel_id}.block")));
    std::fs::write(&file, block.encode_to_vec()).with_context(|| format!("writing {}", file.display()))
}

/// The first block of a channel, which may not be there yet.
async fn first_block(
    environment: &Environment,
    orderer: &Orderer,
    channel_id: &str,
    timeout: Duration,
) -> anyhow::Result<Block> {
    let identity = &environment.client.identity;
    let attempts = async {
        loop {
            match orderer.block(identity, channel_id, Position::Number(0), false, timeout).await {
                Ok(block) => return block,
                Err(_) => tokio::time::sleep(CREATION_POLL).await,
            }
        }
    };
    match tokio::time::timeout(timeout, attempts).await {
        Ok(block) => Ok(block),
        Err(_) => bail!("timeout waiting for channel creation"),
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  peer channel signconfigtx -f update.pb")]
pub struct SignArguments {
    /// Configuration transaction file, as configtxlator and configtxgen write it
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
}

pub fn sign(arguments: SignArguments) -> anyhow::Result<()> {
    let file = arguments.file.context(NO_FILE)?;
    let environment = Environment::load()?;
    let signed = signed(&environment, Some(&file), None)?;
    std::fs::write(&file, signed.envelope.encode_to_vec()).with_context(|| format!("writing {}", file.display()))
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  peer channel update -o orderer.example.com:7050 -c mychannel -f update.pb")]
pub struct UpdateArguments {
    /// The channel
    #[arg(short = 'c', long = "channelID", value_name = "NAME", default_value = "", hide_default_value = true)]
    channel_id: String,
    /// Configuration transaction file, as configtxlator and configtxgen write it
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
}

pub async fn update(arguments: UpdateArguments, orderer: &OrdererFlags) -> anyhow::Result<()> {
    ensure!(!arguments.channel_id.is_empty(), "Must supply channel ID");
    let file = arguments.file.context(NO_FILE)?;
    let environment = Environment::load()?;
    let update = signed(&environment, Some(&file), Some(&arguments.channel_id))?;
    let orderer = environment.config_orderer(orderer).await?;
    send(&environment, &orderer, update).await?;
    tracing::info!(target: "channelCmd", "Successfully submitted channel update");
    Ok(())
}

fn signed(environment: &Environment, file: Option<&Path>, channel_id: Option<&str>) -> anyhow::Result<SignedUpdate> {
    let file = file.context(NO_FILE)?;
    let bytes = read_file_as_go(file, MAX_UPDATE_BYTES);
    let bytes = bytes.map_err(|error| anyhow!("channel create configuration tx file not found {error:#}"))?;
    Ok(config_update::sign(&environment.client.identity, &bytes, channel_id)?)
}

async fn send(environment: &Environment, orderer: &Orderer, update: SignedUpdate) -> anyhow::Result<()> {
    let sent = orderer.broadcast(update.envelope, environment.client.timeouts.broadcast);
    Ok(progress::during("Waiting for the orderer", sent).await?)
}
