//! The program `orderer`: `orderer.yaml` and variables in, an ordering node out.

mod process;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// As in the peer.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// jemalloc's settings, as in the peer: it can sample allocations.
#[repr(transparent)]
struct MallocConf(*const u8);

// SAFETY: it points to constant text.
unsafe impl Sync for MallocConf {}

// SAFETY: jemalloc reads a pointer to a C string under this name, and nothing else does.
#[unsafe(export_name = "malloc_conf")]
static MALLOC_CONF: MallocConf = MallocConf(c"prof:true,prof_active:false".as_ptr().cast());

/// Hyperledger Fabric orderer node
#[derive(Parser)]
#[command(name = "orderer", max_term_width = 120)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Start the orderer node (what happens without a command, too)
    Start,
    /// Show version information
    Version,
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Nobody reads on: nothing is left to tell.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
        }
    };
    let done = match arguments.command {
        Some(Command::Version) => process::print_version(),
        None | Some(Command::Start) => process::run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
