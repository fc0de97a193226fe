//! `peer node`: start.

use clap::{Args, Subcommand};
use peer::node_start::{self, StartArguments};

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
}

/// Runs a node until it is told to stop.
pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    let Command::Start(start) = arguments.command;
    node_start::start(*start, &super::environment::variables())
}
