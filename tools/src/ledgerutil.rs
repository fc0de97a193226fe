//! `ledgerutil`: where do the ledgers of two peers differ, which transactions may be the reason, and are a ledger's
//! blocks what their headers say?
//!
//! Snapshots are the same for either kind of peer. Blocks are read from our peer's data directory as well as from Fabric's,
//! also while a peer runs.

mod blocks;
mod compare;
mod first;
mod identify;
mod snapshot;
mod verify;

use std::ffi::OsString;
use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::command_line::{self, Failure, print};
pub use blocks::fabric_block;
pub use snapshot::{Record, Records};

const NAME: &str = "ledgerutil";

/// Where Fabric's peers keep their data.
const DATA_DIR: &str = "/var/hyperledger/production";

const IDENTIFY_ERROR: &str = "Ledger Identify Transactions Error: ";

/// Ends `compare` when there are differences.
const DIFFERENT: u8 = 2;

/// Ledger Utility Tool
#[derive(Debug, Parser)]
#[command(name = NAME, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Compare channel snapshots from two different peers.
    #[command(after_help = "Example:\n  ledgerutil compare -o results peer0/snapshots/completed/mychannel/100 \
                            peer1/snapshots/completed/mychannel/100\n\nEnds with 0 if they are equal, with 2 if not.")]
    Compare {
        /// First ledger snapshot directory.
        #[arg(value_name = "snapshotPath1")]
        first: PathBuf,
        /// Second ledger snapshot directory.
        #[arg(value_name = "snapshotPath2")]
        second: PathBuf,
        #[command(flatten)]
        output: Output,
        /// How many differences to record in first_diffs_by_height.json, the earliest first. They are held in memory. With
        /// 0 the file is not written.
        #[arg(short = 'f', long = "firstDiffs", value_name = "COUNT", default_value = "10", value_parser = count)]
        first_diffs: usize,
    },
    /// Identify potentially divergent transactions.
    #[command(
        after_help = "Example:\n  ledgerutil identifytxs results/mychannel_100_comparison/first_diffs_by_height.json \
                            /var/hyperledger/production -o results"
    )]
    Identifytxs {
        /// JSON file with the records to search for, such as the output of compare.
        #[arg(value_name = "snapshotDiffsPath")]
        records: PathBuf,
        #[command(flatten)]
        store: BlockStore,
        #[command(flatten)]
        output: Output,
    },
    /// Verify the integrity of a ledger
    #[command(after_help = "Example:\n  ledgerutil verify /var/hyperledger/production -o results")]
    Verify {
        #[command(flatten)]
        store: BlockStore,
        #[command(flatten)]
        output: Output,
    },
}

#[derive(Debug, clap::Args)]
struct Output {
    /// Where to place the folder with the results. Default is the current directory.
    #[arg(short = 'o', long = "outputDir", value_name = "DIR")]
    output_dir: Option<PathBuf>,
}

impl Output {
    fn dir(self) -> Result<PathBuf, String> {
        match self.output_dir.filter(|dir| !dir.as_os_str().is_empty()) {
            Some(dir) => Ok(dir),
            None => std::env::current_dir().map_err(|error| error.to_string()),
        }
    }
}

#[derive(Debug, clap::Args)]
struct BlockStore {
    /// The data directory of the peer (peer.fileSystemPath).
    #[arg(value_name = "blockStorePath", default_value = DATA_DIR)]
    path: PathBuf,
}

/// As Fabric's parser takes numbers.
fn count(text: &str) -> Result<usize, String> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    let number = number.ok_or_else(|| format!("strconv.ParseFloat: parsing \"{text}\": invalid syntax"))?;
    match number >= 0.0 && number <= f64::from(u32::MAX) {
        true => Ok(number as usize),
        false => Err(format!("--firstDiffs {text}: give a number from 0 to {}", u32::MAX)),
    }
}

/// Runs the tool: 0 on success, 1 on a failure or if a block is not right, 2 if snapshots differ.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let program = command_line::program(&args, NAME);
    let cli: Cli = match command_line::parse_as(&args, &program, command_line::Style::ParsingArguments) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let (prefix, result) = match cli.command {
        Command::Compare { first, second, output, first_diffs } => {
            ("Ledger Compare Error: ", output.dir().and_then(|dir| compare(&first, &second, &dir, first_diffs)))
        }
        Command::Identifytxs { records, store, output } => {
            (IDENTIFY_ERROR, output.dir().and_then(|dir| identify(&records, &store.path, &dir)))
        }
        Command::Verify { store, output } => {
            ("Verify Ledger Error:", output.dir().and_then(|dir| verify(&store.path, &dir)))
        }
    };
    // Fabric tells everything on standard output.
    let (text, code) = result.unwrap_or_else(|error| (format!("{prefix}{error}\n"), ExitCode::FAILURE));
    match print(text).map_err(Failure::from) {
        Ok(()) => code,
        Err(_) => ExitCode::FAILURE,
    }
}

type Told = Result<(String, ExitCode), String>;

fn compare(first: &Path, second: &Path, output_dir: &Path, first_diffs: usize) -> Told {
    let begin = "\nSuccessfully compared snapshots. ";
    Ok(match compare::run(first, second, output_dir, first_diffs)? {
        None => {
            let end = "Both snapshot public state and private state hashes were the same. No results were generated.";
            (format!("{begin}{end}\n"), ExitCode::SUCCESS)
        }
        Some(found) => {
            let path = found.output_dir.display();
            let text = format!("{begin}Results saved to {path}. Total differences found: {}\n", found.count);
            (text, ExitCode::from(DIFFERENT))
        }
    })
}

fn identify(records: &Path, data_dir: &Path, output_dir: &Path) -> Told {
    let (first, last) = identify::run(records, data_dir, output_dir)?;
    if first > last {
        let reason = "First available block was greater than highest record. No transactions were checked.";
        return Ok((format!("{IDENTIFY_ERROR}{reason}"), ExitCode::FAILURE));
    }
    let text = "Successfully ran identify transactions tool. Transactions were checked between blocks";
    Ok((format!("\n{text} {first} and {last}."), ExitCode::SUCCESS))
}

fn verify(data_dir: &Path, output_dir: &Path) -> Told {
    let begin = "\nSuccessfully executed verify tool.";
    Ok(match verify::run(data_dir, output_dir)? {
        true => (format!("{begin} No error is found.\n"), ExitCode::SUCCESS),
        false => (format!("{begin} Some error(s) are found.\n"), ExitCode::FAILURE),
    })
}

/// Makes the folder for results, which must be new or empty. `place` is how the folder above is called in complaints.
fn results_dir(output_dir: &Path, name: &str, place: &dyn Display, command: &str) -> Result<PathBuf, String> {
    // As Go joins paths.
    let dir = if output_dir == Path::new(".") { PathBuf::from(name) } else { output_dir.join(name) };
    let failed = |error| format!("error while creating dir: {}: {error}", dir.display());
    fs::create_dir_all(&dir).map_err(failed)?;
    match fs::read_dir(&dir).map_err(failed)?.next() {
        None => Ok(dir),
        Some(_) => Err(format!(
            "{name} already exists in {place}. Choose a different location or remove the existing results. Aborting \
             {command}"
        )),
    }
}

/// A cause with its own causes.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
