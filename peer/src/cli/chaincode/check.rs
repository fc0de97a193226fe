//! `peer chaincode check`: the peer's own gate, without a peer.

use std::fmt::Write;
use std::path::PathBuf;

use anyhow::{anyhow, ensure};
use clap::Args;
use client::package::{MAX_PACKAGE_BYTES, Package};
use runtime::{FunctionSize, Report};
use serde::Serialize;

use super::install::GZIP_MAGIC;
use crate::cli::environment::read_file;
use crate::cli::print;

/// Functions whose sizes are shown.
const FUNCTIONS_SHOWN: usize = 10;

/// Languages whose builds hold a snapshot of memory: the same sources give other bytes each time.
const SNAPSHOT_MARKS: [&str; 3] = ["componentize-py", "componentize-qjs", "componentize-js"];

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  peer chaincode check target/wasm32-unknown-unknown/release/basic.wasm\n\n\
                        Ends with exit code 1 if a peer would refuse the file.")]
pub struct Arguments {
    /// A WebAssembly module or component, or a chaincode package
    file: PathBuf,
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
}

/// Everything there is to say about a file.
#[derive(Serialize)]
struct Checked<'a> {
    file: String,
    accepted: bool,
    #[serde(flatten)]
    report: &'a Report,
    /// What clients get from `org.hyperledger.fabric:GetMetadata`.
    metadata: serde_json::Value,
    largest_functions: Vec<FunctionSize>,
    remarks: Vec<String>,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let contents = read_file(&arguments.file, MAX_PACKAGE_BYTES as u64)?;
    let wasm = if contents.starts_with(GZIP_MAGIC) {
        let package = Package::parse(contents.into())?;
        if let Some(limits) = &package.metadata.limits {
            super::limits(&limits.to_string()).map_err(|error| anyhow!("the limits in metadata.json: {error}"))?;
        }
        package.contract()?
    } else {
        contents
    };
    let report = runtime::check(&wasm);
    let checked = Checked {
        file: arguments.file.display().to_string(),
        accepted: report.accepted(),
        report: &report,
        metadata: runtime::contract_metadata(&report.functions),
        largest_functions: runtime::largest_functions(&wasm, FUNCTIONS_SHOWN),
        remarks: remarks(&wasm),
    };
    if arguments.json {
        print(serde_json::to_string_pretty(&checked)? + "\n")?;
    } else {
        print(text(&checked))?;
    }
    ensure!(checked.accepted, "a peer refuses {}: {} findings", checked.file, report.findings.len());
    Ok(())
}

fn remarks(wasm: &[u8]) -> Vec<String> {
    let contains = |mark: &&&str| wasm.windows(mark.len()).any(|window| window == mark.as_bytes());
    let snapshot = SNAPSHOT_MARKS.iter().find(contains).map(|mark| {
        format!(
            "{mark} made this file, and makes other bytes of the same sources each time: give all organisations this \
             file, do not let each build its own"
        )
    });
    snapshot.into_iter().collect()
}

fn text(checked: &Checked<'_>) -> String {
    let report = checked.report;
    let mut text = String::new();
    let mut line = |line: std::fmt::Arguments<'_>| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{line}");
    };
    let verdict = if checked.accepted { "a peer accepts it" } else { "a peer refuses it" };
    line(format_args!("{}: {verdict}", checked.file));
    for finding in &report.findings {
        line(format_args!("  refused: {}", finding.message));
    }
    for remark in &checked.remarks {
        line(format_args!("  note: {remark}"));
    }
    if let Some(kind) = report.kind {
        line(format_args!("Kind: {kind}, {} bytes, SHA-256 {}", report.size_bytes, report.sha256));
    }
    if !report.functions.is_empty() {
        line(format_args!("Functions:"));
        for function in &report.functions {
            line(format_args!("  {function}"));
        }
    }
    if !report.imports.is_empty() {
        line(format_args!("Imports:"));
        for import in &report.imports {
            line(format_args!("  {import}"));
        }
    }
    line(format_args!("Limits:"));
    for usage in &report.usage {
        line(format_args!("  {} of {} {}", usage.used, usage.limit, usage.what));
    }
    if !checked.largest_functions.is_empty() {
        line(format_args!("Largest functions:"));
        for function in &checked.largest_functions {
            line(format_args!("  {:>8} bytes  {}", function.bytes, function.name));
        }
    }
    text
}
