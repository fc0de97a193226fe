//! Project automation. `cargo xtask` alone lists the commands. It only starts other programs (cargo, npm, the peer that
//! was built) and reads source files; it knows nothing about Fabric.

mod bench;
mod chaincodes;
mod check;
mod demo;
mod fabric;
mod fuzz;
mod npm;
mod setup;
mod shell;
mod test;
mod tidy;
mod toolchains;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};

use workspace::Workspace;

const USAGE: &str = "\
Usage: cargo xtask <command>

  demo        build everything, start a development network, run a Wasm contract on it, show what it wrote
  test        all tests: every crate, the contracts, and the Fabric SDK for Node against a running network
  check       the whole gate, changing nothing: format, generated code, tidy, clippy, tests
  lint        the gate without the tests
  bench       measure, and print one table
  fuzz        look for bytes that break decoders and host calls: fuzz [TARGET] [--seconds N], 20 s each
  fabric-suite  run Fabric's own integration suite against our programs; tests/fabric/README.md says what it needs
  setup       install what building and testing need (as root), or say what to install
  chaincodes  build the contracts, in all languages whose compilers can be had
  codegen     write the code generated from Fabric's protocol buffers anew
  fix         format, and apply what clippy can repair
  tidy        dependency directions, sizes of files and functions, no stubs";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let workspace = Workspace::find()?;
    match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["demo"] => demo::run(&workspace),
        ["test"] => test::run(&workspace),
        ["check"] => check::run(&workspace),
        ["lint"] => check::lint(&workspace),
        ["bench", filters @ ..] => bench::run(&workspace, filters),
        ["fuzz", options @ ..] => fuzz::run(&workspace, &fuzz::Options::parse(options)?),
        ["fabric-suite", options @ ..] => fabric::run(&workspace, &fabric::Options::parse(options)?),
        ["setup"] => setup::run(&workspace, setup::For::Testing),
        ["chaincodes"] => chaincodes::build_all(&workspace).map(drop),
        ["codegen"] => check::codegen(&workspace, "write"),
        ["fix" | "fmt"] => check::fix(&workspace),
        ["tidy"] => tidy::run(&workspace),
        [] | ["help" | "-h" | "--help"] => {
            println!("{USAGE}");
            Ok(())
        }
        other => bail!("unknown command `{}`\n\n{USAGE}", other.join(" ")),
    }
}
