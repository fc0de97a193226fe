//! `cryptogen`: certificates and keys of all organisations of a network, for development and tests.

mod config;
mod generate;
mod template;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use msp::generate::OrganizationKind;

use crate::command_line::{self, Failure, open_error, print};
use config::Config;

const NAME: &str = "cryptogen";

/// A configuration that cannot be used ends the process so: Go's -1.
const BAD_CONFIG: u8 = 255;

/// Makes the keys and certificates of a Hyperledger Fabric network
#[derive(Debug, Parser)]
#[command(name = NAME, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Generate key material
    #[command(after_help = "Example:\n  cryptogen generate --config crypto-config.yaml --output organizations")]
    Generate {
        /// The directory in which to place the organisations
        #[arg(long, value_name = "DIR", default_value = "crypto-config")]
        output: PathBuf,
        /// Which organisations to make (see showtemplate)
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Show the configuration that is used when none is given
    #[command(after_help = "Example:\n  cryptogen showtemplate > crypto-config.yaml")]
    Showtemplate,
    /// Show version information
    Version,
    /// Add what is missing to an existing network
    #[command(after_help = "Example:\n  cryptogen extend --config crypto-config.yaml --input organizations")]
    Extend {
        /// The directory with the organisations
        #[arg(long, value_name = "DIR", default_value = "crypto-config")]
        input: PathBuf,
        /// Which organisations there shall be
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
}

/// Runs the tool: 0 on success, 1 on a failure, 255 if the configuration is unusable.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let program = command_line::program(&args, NAME);
    let cli: Cli = match command_line::parse(&args, &program) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let result = match cli.command {
        Command::Generate { output, config } => {
            all_organizations(config, |kind, organization| generate::create(&output, kind, organization))
        }
        Command::Extend { input, config } => {
            all_organizations(config, |kind, organization| generate::extend(&input, kind, organization))
        }
        Command::Showtemplate => return written(print(config::DEFAULT)),
        Command::Version => return written(print(node::version::text(NAME))),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(Problem::Arguments(message)) => {
            eprintln!("{program}: error: {message}, try --help");
            ExitCode::FAILURE
        }
        // Fabric complains on standard output.
        Err(Problem::Work(failure)) => {
            println!("{}", failure.message);
            ExitCode::from(failure.code)
        }
    }
}

/// What went wrong, which decides how it is told.
enum Problem {
    Arguments(String),
    Work(Failure),
}

fn written(result: std::io::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn all_organizations(
    file: Option<PathBuf>,
    work: impl Fn(OrganizationKind, &config::Organization) -> Result<(), Failure>,
) -> Result<(), Problem> {
    let text = match &file {
        Some(path) => {
            let text = command_line::read(Some(path));
            text.map_err(|error| Problem::Arguments(open_error(path, &error)))?
        }
        None => config::DEFAULT.as_bytes().to_vec(),
    };
    let unusable = |message: String| Problem::Work(Failure { message, code: BAD_CONFIG });
    let config = Config::parse(&text)
        .map_err(|error| unusable(format!("Error reading config: Error Unmarshalling YAML: {error}")))?;
    let of_kind = [
        (OrganizationKind::Peer, "peer", config.peer_orgs),
        (OrganizationKind::Orderer, "orderer", config.orderer_orgs),
    ];
    for (kind, prefix, specs) in of_kind {
        for spec in specs {
            let organization = spec
                .resolve(prefix)
                .map_err(|error| unusable(format!("Error processing {prefix} configuration: {error}")))?;
            work(kind, &organization).map_err(Problem::Work)?;
        }
    }
    Ok(())
}
