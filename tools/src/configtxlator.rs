//! `configtxlator`: messages to JSON and back, and the update between two configurations; as commands and as a server.

mod form;
mod server;
pub mod update;

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bytes::Bytes;
use clap::{Parser, Subcommand};
use prost::Message;
use proto::common::Config;

use crate::command_line::{self, Failure, open_error, print};
use crate::protolator::Protolator;

const NAME: &str = "configtxlator";

/// Outputs can hold what is not for everybody.
const OUTPUT_MODE: u32 = 0o600;

/// Converts configurations of Hyperledger Fabric channels
#[derive(Debug, Parser)]
#[command(name = NAME, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
#[command(rename_all = "snake_case")]
enum Command {
    /// Start the REST server
    #[command(after_help = "Example:\n  configtxlator start --hostname 127.0.0.1 --port 7059")]
    Start {
        /// The hostname or IP on which the server listens
        #[arg(long, value_name = "HOST", default_value = "0.0.0.0")]
        hostname: String,
        /// The port on which the server listens
        #[arg(long, value_name = "PORT", default_value_t = 7059)]
        port: u16,
        /// An origin whose web pages may ask, such as '*' or 'www.example.com'; may be repeated
        #[arg(long = "CORS", value_name = "ORIGIN")]
        cors: Vec<String>,
    },
    /// Converts a JSON document to protobuf.
    #[command(
        after_help = "Example:\n  configtxlator proto_encode --type common.Config --input config.json --output config.pb"
    )]
    ProtoEncode(Conversion),
    /// Converts a proto message to JSON.
    #[command(after_help = "Example:\n  configtxlator proto_decode --type common.Block --input mychannel.block")]
    ProtoDecode(Conversion),
    /// Takes two marshaled common.Config messages and computes the config update between the two.
    #[command(
        after_help = "Example:\n  configtxlator compute_update --channel_id mychannel --original config.pb --updated new.pb --output update.pb"
    )]
    ComputeUpdate {
        /// The original config message
        #[arg(long, value_name = "FILE")]
        original: Option<PathBuf>,
        /// The updated config message
        #[arg(long, value_name = "FILE")]
        updated: Option<PathBuf>,
        /// The name of the channel for this update
        #[arg(long = "channel_id", value_name = "NAME")]
        channel_id: String,
        /// A file to write the update to, standard output if not given
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Show version information
    Version,
}

#[derive(Debug, clap::Args)]
struct Conversion {
    /// The type of the message, such as 'common.Config'
    #[arg(long = "type", value_name = "NAME")]
    message: String,
    /// A file with the input, standard input if not given
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// A file to write to, standard output if not given
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Runs the tool: 0 on success, 1 on any failure.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let program = command_line::program(&args, NAME);
    match command_line::parse::<Cli>(&args, &program) {
        Ok(cli) => command_line::end(&program, execute(cli.command)),
        Err(code) => code,
    }
}

fn execute(command: Command) -> Result<(), Failure> {
    match command {
        Command::Start { hostname, port, cors } => server::run(&hostname, port, cors),
        Command::ProtoEncode(conversion) => convert(&conversion, |protolator, name, input| {
            let result = protolator.encode(name, &input);
            result.map_err(|error| Failure::new(format!("Error decoding: error decoding input: {error}")))
        }),
        Command::ProtoDecode(conversion) => convert(&conversion, |protolator, name, input| {
            let result = protolator.decode(name, Bytes::from(input)).map(String::into_bytes);
            result.map_err(|error| Failure::new(format!("Error decoding: error encoding output: {error}")))
        }),
        Command::ComputeUpdate { original, updated, channel_id, output } => {
            let mut output = Output::open(output.as_deref())?;
            let original = config("original", original.as_deref())?;
            let updated = config("updated", updated.as_deref())?;
            output.write(&computed(&original, &updated, &channel_id).map_err(|error| {
                Failure::new(format!("Error computing update: error computing config update: {error}"))
            })?)
        }
        Command::Version => Ok(print(node::version::text(NAME))?),
    }
}

/// The encoded update between two configurations.
fn computed(original: &Config, updated: &Config, channel_id: &str) -> Result<Vec<u8>, anyhow::Error> {
    let update = update::compute(original, updated, channel_id)?;
    // Groups in its sets can be empty; others see them as we mean them only if they are written out.
    Ok(Protolator::default().canonical("common.ConfigUpdate", update.encode_to_vec().into())?)
}

fn convert(
    conversion: &Conversion,
    work: impl Fn(&Protolator, &str, Vec<u8>) -> Result<Vec<u8>, Failure>,
) -> Result<(), Failure> {
    // Before anything is read: a wrong path shall not cost what was typed in.
    let mut output = Output::open(conversion.output.as_deref())?;
    let input = read(conversion.input.as_deref())?;
    output.write(&work(&Protolator::default(), &conversion.message, input)?)
}

fn config(which: &str, path: Option<&Path>) -> Result<Config, Failure> {
    let failed = |error: String| Failure::new(format!("Error computing update: error {error}"));
    let Some(path) = path else {
        return Err(failed(format!("reading {which} config: give its file with --{which}")));
    };
    Config::decode(Bytes::from(read(Some(path))?)).map_err(|error| {
        failed(format!("unmarshalling {which} config: {} is no common.Config: {error}", path.display()))
    })
}

fn read(path: Option<&Path>) -> Result<Vec<u8>, Failure> {
    command_line::read(path).map_err(|error| match path {
        Some(path) => Failure::new(format!("{}, try --help", open_error(path, &error))),
        None => Failure::new(format!("error reading input: {error}")),
    })
}

/// Where the result goes.
struct Output(Option<File>);

impl Output {
    fn open(path: Option<&Path>) -> Result<Output, Failure> {
        let Some(path) = path else { return Ok(Output(None)) };
        let opened = OpenOptions::new().write(true).create(true).truncate(true).mode(OUTPUT_MODE).open(path);
        let file = opened.map_err(|error| Failure::new(format!("{}, try --help", open_error(path, &error))))?;
        Ok(Output(Some(file)))
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let written: io::Result<()> = match &mut self.0 {
            Some(file) => file.write_all(bytes),
            None => print(bytes),
        };
        written.map_err(|error| Failure::new(format!("error writing output: {error}")))
    }
}
