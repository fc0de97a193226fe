//! The command line. Commands speak to nodes through `client`; only `peer node start` becomes a node itself.

mod arguments;
mod chaincode;
mod channel;
mod completion;
mod environment;
mod flags;
mod go_json;
mod lifecycle;
mod logging;
mod node;
mod policy;
mod progress;
mod snapshot;
mod version;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Context;
use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

/// Operate a Weft peer, or the network that a peer belongs to.
#[derive(Debug, Parser)]
#[command(
    name = "peer",
    version,
    max_term_width = 120,
    after_help = "First steps:\n  peer node start --chaincode-dev\n  peer chaincode install contract.wasm\n  \
                  peer chaincode invoke -C mychannel -n contract -c '{\"Args\":[\"InitLedger\"]}'"
)]
struct Cli {
    /// Of old releases; FABRIC_LOGGING_SPEC has taken its place.
    #[arg(long = "logging-level", global = true, hide = true)]
    logging_level: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write, check, install and call chaincode: new|check|simulate|profile|install|invoke|query|replay|logs, and for older
    /// channels instantiate|upgrade|list|package|signpackage.
    Chaincode(chaincode::Arguments),
    /// Operate a channel: create|fetch|join|joinbysnapshot|joinbysnapshotstatus|list|update|signconfigtx|getinfo.
    Channel(channel::Arguments),
    /// Generate the autocompletion script for the specified shell.
    Completion(completion::Arguments),
    /// Perform chaincode lifecycle operations.
    Lifecycle(lifecycle::Arguments),
    /// Logging configuration: getlevel|setlevel|getlogspec|setlogspec|revertlevels.
    Logging(logging::Arguments),
    /// Operate a peer node: start|status|reset|rollback|pause|resume|rebuild-dbs|unjoin|upgrade-dbs.
    Node(node::Arguments),
    /// Manage snapshot requests: submitrequest|cancelrequest|listpending.
    Snapshot(snapshot::Arguments),
    /// Print the version of this peer.
    Version(version::Arguments),
}

/// Runs one command and says how the process ends: 0 on success, 1 on any error.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    if let [_, argument, settings @ ..] = &args[..]
        && argument == runtime::COMPILER_ARGUMENT
    {
        // Not for people: a node has its contracts compiled so.
        return match runtime::serve_compiler(settings) {
            Ok(()) => ExitCode::SUCCESS,
            Err(message) => {
                eprintln!("{message}");
                ExitCode::FAILURE
            }
        };
    }
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    if cli.logging_level.is_some() {
        eprintln!("--logging-level is no longer supported, please use the FABRIC_LOGGING_SPEC environment variable");
    }
    match execute(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn execute(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Version(arguments) => version::print(&arguments),
        Command::Completion(arguments) => completion::run(&arguments),
        // A node makes its own threads.
        Command::Node(arguments) => node::run(arguments),
        Command::Chaincode(arguments) => block_on(chaincode::run(arguments)),
        Command::Channel(arguments) => block_on(channel::run(arguments)),
        Command::Lifecycle(arguments) => block_on(lifecycle::run(arguments)),
        Command::Logging(arguments) => block_on(logging::run(arguments)),
        Command::Snapshot(arguments) => block_on(snapshot::run(arguments)),
    }
}

/// One thread is enough for a client, and is there at once.
fn block_on(command: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    ::node::logging::init(&environment::variables(), "info").context("starting the log")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("starting the network driver")?.block_on(command)
}

/// Shows help, or what is wrong with the arguments, the way Fabric does: `Error:` and exit code 1.
fn usage(error: &clap::Error) -> ExitCode {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        // Who names no command wants to know which there are.
        let _ = print(error.render().to_string());
        return ExitCode::SUCCESS;
    }
    if !error.use_stderr() {
        // Nobody reads on: nothing is left to tell.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let text = error.render().to_string();
    match text.strip_prefix("error: ") {
        Some(rest) => eprint!("Error: {rest}"),
        None => eprint!("{text}"),
    }
    ExitCode::FAILURE
}

/// Prints to standard output. A reader that has gone away is an error like any other, not a panic.
fn print(text: impl AsRef<[u8]>) -> anyhow::Result<()> {
    use std::io::Write;
    let mut output = std::io::stdout().lock();
    output.write_all(text.as_ref()).and_then(|()| output.flush()).context("writing the output")
}

#[cfg(test)]
mod tests;
