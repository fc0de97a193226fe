//! `osnadmin`: asks an orderer's admin listener which channels it serves, and has it join and leave channels.

mod http;
mod indent;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use clap::{Parser, Subcommand};
use hyper::Method;
use prost::Message as _;
use proto::common::{Block, ChannelHeader, Envelope, Payload};

use crate::command_line::{self, print};
use http::{Message, Target};

const NAME: &str = "osnadmin";
const CHANNELS: &str = "/participation/v1/channels";
const OK: u16 = 200;

/// Orderer Service Node (OSN) administration
#[derive(Debug, Parser)]
#[command(name = NAME, max_term_width = 100)]
struct Cli {
    /// Admin endpoint of the OSN
    #[arg(short = 'o', long = "orderer-address", value_name = "ENDPOINT", global = true)]
    orderer: Option<String>,
    /// PEM file with the TLS CA certificates of the OSN; without it, no TLS
    #[arg(long = "ca-file", value_name = "FILE", global = true)]
    ca_file: Option<PathBuf>,
    /// PEM file with the certificate for mutual TLS
    #[arg(long = "client-cert", value_name = "FILE", global = true)]
    client_cert: Option<PathBuf>,
    /// PEM file with the private key for mutual TLS
    #[arg(long = "client-key", value_name = "FILE", global = true)]
    client_key: Option<PathBuf>,
    /// Leave the HTTP status out of the output
    #[arg(long = "no-status", global = true)]
    no_status: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Channel actions
    #[command(subcommand)]
    Channel(ChannelCommand),
}

#[derive(Debug, Subcommand)]
enum ChannelCommand {
    /// Join a channel, which is created if it does not exist yet
    #[command(after_help = "Example:\n  osnadmin channel join -c mychannel -b mychannel.block -o localhost:7053")]
    Join {
        /// Channel ID
        #[arg(short = 'c', long = "channelID", value_name = "NAME")]
        channel_id: String,
        /// File with an up-to-date config block of the channel
        #[arg(short = 'b', long = "config-block", value_name = "FILE")]
        config_block: PathBuf,
    },
    /// List the channels of the OSN, or tell more of one
    #[command(
        after_help = "Example:\n  osnadmin channel list -o localhost:7053 --ca-file tls/ca.crt --client-cert tls/client.crt --client-key tls/client.key"
    )]
    List {
        /// Channel ID
        #[arg(short = 'c', long = "channelID", value_name = "NAME")]
        channel_id: Option<String>,
    },
    /// Leave a channel
    #[command(after_help = "Example:\n  osnadmin channel remove -c mychannel -o localhost:7053")]
    Remove {
        /// Channel ID
        #[arg(short = 'c', long = "channelID", value_name = "NAME")]
        channel_id: String,
    },
    /// Update the configuration of a channel
    #[command(after_help = "Example:\n  osnadmin channel update -c mychannel -e update.envelope -o localhost:7053")]
    Update {
        /// Channel ID
        #[arg(short = 'c', long = "channelID", value_name = "NAME")]
        channel_id: String,
        /// File with a signed config update envelope
        #[arg(short = 'e', long = "config-update-envelope", value_name = "FILE")]
        envelope: PathBuf,
        /// How far to set back the clock for checks of certificates
        #[arg(short = 't', long = "tlsHandshakeTimeShift", value_name = "DURATION", value_parser = duration, default_value = "0s")]
        time_shift: Duration,
    },
    /// Fetch a block, writing it to a file
    #[command(
        after_help = "Example:\n  osnadmin channel fetch -c mychannel -b config -f config.block -o localhost:7053"
    )]
    Fetch {
        /// Channel ID
        #[arg(short = 'c', long = "channelID", value_name = "NAME")]
        channel_id: String,
        /// newest, oldest, config or a number
        #[arg(short = 'b', long = "blockID", value_name = "BLOCK")]
        block_id: String,
        /// The file to write
        #[arg(short = 'f', long = "outputfile", value_name = "FILE")]
        output: PathBuf,
        /// How far to set back the clock for checks of certificates
        #[arg(short = 't', long = "tlsHandshakeTimeShift", value_name = "DURATION", value_parser = duration, default_value = "0s")]
        time_shift: Duration,
    },
}

fn duration(text: &str) -> Result<Duration, String> {
    channel::duration::parse(text)
        .ok_or_else(|| format!("time: invalid duration \"{text}\"; give one such as 30s or 10m"))
}

/// Runs the tool: 0 when the orderer has answered, whatever it said; 1 when it has not.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let program = command_line::program(&args, NAME);
    let cli: Cli = match command_line::parse(&args, &program) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let (show_status, request) = (!cli.no_status, prepare(cli));
    let (target, message, output) = match request {
        Ok(request) => request,
        Err(error) => {
            eprintln!("{program}: error: parsing arguments: {error:#}. Try --help");
            return ExitCode::FAILURE;
        }
    };
    let told =
        http::send(target, message).and_then(|(status, body)| told(show_status, status, &body, output.as_deref()));
    let (text, code) = match told {
        Ok(text) => (text, ExitCode::SUCCESS),
        // Fabric tells this on standard output.
        Err(error) => (format!("Error: {error:#}\n"), ExitCode::FAILURE),
    };
    match print(text + "\n") {
        Ok(()) => code,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Checks the arguments. Gives the request, and where a block goes.
fn prepare(cli: Cli) -> anyhow::Result<(Target, Message, Option<PathBuf>)> {
    let address = cli.orderer.context("required flag --orderer-address not provided")?;
    let Command::Channel(command) = cli.command;
    let shift = match &command {
        ChannelCommand::Update { time_shift, .. } | ChannelCommand::Fetch { time_shift, .. } => *time_shift,
        _ => Duration::ZERO,
    };
    let tls = cli.ca_file.filter(|path| !path.as_os_str().is_empty());
    let (certificate, key) = (cli.client_cert.unwrap_or_default(), cli.client_key.unwrap_or_default());
    let tls = tls.map(|ca| http::tls(&ca, &certificate, &key, shift)).transpose()?;
    let mut output = None;
    let message = match command {
        ChannelCommand::Join { channel_id, config_block } => {
            let block = read(&config_block).context("reading config block")?;
            check_channel(&channel_id, &channel_of_block(&block)?, "config block")?;
            let part = Some(("config-block", "config.block", block));
            Message { method: Method::POST, path: CHANNELS.to_owned(), part }
        }
        ChannelCommand::List { channel_id } => {
            let name = channel_id.filter(|name| !name.is_empty()).map_or_else(String::new, |name| format!("/{name}"));
            Message { method: Method::GET, path: format!("{CHANNELS}{name}"), part: None }
        }
        ChannelCommand::Remove { channel_id } => {
            Message { method: Method::DELETE, path: format!("{CHANNELS}/{channel_id}"), part: None }
        }
        ChannelCommand::Update { channel_id, envelope, .. } => {
            let bytes = read(&envelope).context("reading config update envelope")?;
            let decoded = Envelope::decode(&bytes[..]).context("unmarshalling envelope")?;
            check_channel(&channel_id, &channel_of_envelope(decoded)?, "config update envelope")?;
            let part = Some(("config-update-envelope", "config-update.envelope", bytes));
            Message { method: Method::PUT, path: CHANNELS.to_owned(), part }
        }
        ChannelCommand::Fetch { channel_id, block_id, output: file, .. } => {
            let known = matches!(block_id.as_str(), "newest" | "oldest" | "config") || block_id.parse::<u64>().is_ok();
            ensure!(known, "'{block_id}' not equal <newest|oldest|config|(number)>");
            output = Some(file);
            Message { method: Method::GET, path: format!("{CHANNELS}/{channel_id}/blocks/{block_id}"), part: None }
        }
    };
    Ok((Target { address, tls }, message, output))
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    command_line::read(Some(path)).map_err(|error| anyhow::anyhow!(command_line::open_error(path, &error)))
}

fn channel_of_block(bytes: &[u8]) -> anyhow::Result<String> {
    let block = Block::decode(bytes).context("unmarshalling block")?;
    let data = block.data.and_then(|data| data.data.into_iter().next());
    let Some(data) = data else { bail!("failed to retrieve channel id - block is empty") };
    channel_of_envelope(Envelope::decode(data).context("unmarshalling the block's first envelope")?)
}

fn channel_of_envelope(envelope: Envelope) -> anyhow::Result<String> {
    let payload = Payload::decode(envelope.payload).context("unmarshalling payload")?;
    let header: Bytes = payload.header.map(|header| header.channel_header).unwrap_or_default();
    Ok(ChannelHeader::decode(header).context("unmarshalling channel header")?.channel_id)
}

fn check_channel(given: &str, found: &str, place: &str) -> anyhow::Result<()> {
    ensure!(given == found, "specified --channelID {given} does not match channel ID {found} in {place}");
    Ok(())
}

fn told(show_status: bool, status: u16, body: &[u8], output: Option<&Path>) -> anyhow::Result<String> {
    let mut text = if show_status { format!("Status: {status}\n") } else { String::new() };
    match output {
        _ if body.is_empty() => {}
        Some(path) if status == OK => {
            std::fs::write(path, body).with_context(|| format!("writing {}", path.display()))?;
        }
        _ => text += &indent::indent(body).context("the orderer's answer is no JSON")?,
    }
    Ok(text)
}
