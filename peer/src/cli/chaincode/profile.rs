//! `peer chaincode profile`: where a contract's fuel goes.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use ::node::profile::flame_graph;
use anyhow::{Context, ensure};
use clap::Args;
use runtime::Profile;

use super::simulate;
use crate::cli::print;

/// Functions shown in the text.
const FUNCTIONS_SHOWN: usize = 20;

/// What to do about a profile of numbers.
const NO_NAMES: &str = "The file has no function names. Build it with names for a profile (Rust: CARGO_PROFILE_RELEASE_STRIP=none; C, C++, \
                        Zig: without -s; Go: without -ldflags=-s): it costs the same fuel.\n";

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  peer chaincode profile basic.wasm -c '{\"Args\":[\"GetAllAssets\"]}' --state state.json -o profile.svg\n\n\
                        Counts fuel (about one unit an instruction), so that the same call gives the same profile. Functions have names \
                        where the contract was built with them; of JavaScript, TypeScript and Python those of the interpreter are shown. \
                        After a minute the call is ended and what was seen is shown. `peer chaincode replay --profile` shows a committed transaction."
)]
pub struct Arguments {
    #[command(flatten)]
    call: simulate::CallArguments,
    /// Where the flame graph goes; a name that ends in .folded gives lines of text for other tools
    #[arg(short, long, value_name = "FILE", default_value = "profile.svg")]
    output: PathBuf,
}

pub fn run(given: &Arguments, transient: &str) -> anyhow::Result<()> {
    ensure!(
        !given.call.reads(&given.output),
        "{} is what the call reads; name another file with --output",
        given.output.display()
    );
    let (call, profile) = simulate::profiled(&given.call, transient)?;
    let function = simulate::function(&given.call)?;
    write(&profile, &format!("{function} in {}", given.call.file().display()), &given.output)?;
    print(text(&profile, &given.output))?;
    // What was spent is of interest for a refused call, too.
    simulate::ending(call.outcome)
}

/// Writes the profile in the form that the file's name asks for.
pub(super) fn write(profile: &Profile, title: &str, output: &Path) -> anyhow::Result<()> {
    let folded = output.extension().is_some_and(|extension| extension == "folded");
    let contents = if folded { folded_lines(profile) } else { flame_graph(profile.stacks(), title, "fuel") };
    std::fs::write(output, contents).with_context(|| format!("writing {}", output.display()))
}

/// One line for each stack, functions separated by semicolons, and its fuel.
fn folded_lines(profile: &Profile) -> String {
    let line = |(stack, fuel): (&[String], u64)| {
        let names: Vec<String> = stack.iter().map(|name| name.replace(';', ":")).collect();
        format!("{} {fuel}\n", names.join(";"))
    };
    profile.stacks().map(line).collect()
}

/// The dearest functions.
pub(super) fn text(profile: &Profile, output: &Path) -> String {
    let total = profile.total();
    let share = |fuel: u64| 100.0 * fuel as f64 / total.max(1) as f64;
    let functions = profile.functions();
    let mut text = format!("Fuel: {total}\n    own   with calls\n");
    for function in functions.iter().take(FUNCTIONS_SHOWN) {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{:6.1} %  {:6.1} %  {}",
            share(function.own),
            share(function.total),
            function.name.replace('\n', " ")
        );
    }
    if functions.iter().all(|function| function.name.starts_with("function ")) {
        text.push_str(NO_NAMES);
    }
    let _ = writeln!(text, "Flame graph: {}", output.display());
    text
}
