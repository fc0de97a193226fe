//! Runs the benchmarks and prints one table.
//!
//! A benchmark is a `[[bench]]` target without a harness. Each line that it writes to standard output and that begins
//! with `bench` is one row: fields are separated by tabs, in the order of `FIELDS`, `-` for what was not measured.
//!
//! Hosts shared with others change their speed by half within minutes. So the machine itself is measured before and after
//! each benchmark, and CPU time is also told as what it would be on the machine for which the targets were set.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::chaincodes;
use crate::setup::{self, For};
use crate::shell;
use crate::workspace::Workspace;

const ROW_MARK: &str = "bench\t";
const FIELDS: usize = 5;
const COLUMNS: [&str; FIELDS + 1] = ["measured", "value", "CPU ms/tx", "at reference speed", "tx/s", "target"];
/// The field that is CPU time, and in the table is followed by the same at the reference's speed.
const CPU_FIELD: usize = 2;
/// The benchmark that measures the machine, in a line of this mark and how many times slower than the reference it is.
const MACHINE_BENCH: &str = "msp/signature";
const MACHINE_MARK: &str = "machine\t";

/// A built benchmark.
struct Bench {
    name: String,
    program: PathBuf,
    folder: PathBuf,
}

impl Bench {
    /// What it writes to standard output.
    fn run(&self) -> Result<String> {
        let mut command = Command::new(&self.program);
        // Cargo starts benchmarks so, too.
        command.arg("--bench").current_dir(&self.folder).stdin(Stdio::null()).stderr(Stdio::inherit());
        let result = command.output().with_context(|| format!("starting {}", self.program.display()))?;
        if !result.status.success() {
            bail!("{} failed ({})", self.name, result.status);
        }
        Ok(String::from_utf8_lossy(&result.stdout).into_owned())
    }
}

/// Runs those whose `package/name` contains one of `filters`, or all.
pub fn run(workspace: &Workspace, filters: &[&str]) -> Result<()> {
    setup::run(workspace, For::Building)?;
    chaincodes::build(workspace)?;
    let benches = build(workspace)?;
    let machine = benches.iter().find(|bench| bench.name == MACHINE_BENCH).context("no benchmark of the machine")?;
    let mut rows = Vec::new();
    for bench in &benches {
        if !filters.is_empty() && !filters.iter().any(|filter| bench.name.contains(filter)) {
            continue;
        }
        shell::step(&bench.name);
        let before = slowness(machine)?;
        let output = bench.run()?;
        let slowness = (before + slowness(machine)?) / 2.0;
        rows.extend(output.lines().filter_map(|line| row(line, slowness)));
    }
    print!("{}", table(&rows));
    Ok(())
}

/// Builds benchmarks as tests are built, because cargo's own profile for them would build RocksDB once more.
fn build(workspace: &Workspace) -> Result<Vec<Bench>> {
    shell::step("Building the benchmarks");
    let mut command = workspace.cargo("test");
    command.args(["--release", "--workspace", "--all-targets", "--no-run"]);
    command.args(["--message-format", "json-render-diagnostics"]).stdin(Stdio::null()).stderr(Stdio::inherit());
    let result = command.output().with_context(|| format!("starting {}", shell::describe(&command)))?;
    if !result.status.success() {
        bail!("{} failed ({})", shell::describe(&command), result.status);
    }
    Ok(benches(&String::from_utf8_lossy(&result.stdout)))
}

/// The benchmarks among the programs that cargo reports to have made.
fn benches(messages: &str) -> Vec<Bench> {
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut benches: Vec<Bench> = messages.filter_map(|message| bench(&message)).collect();
    benches.sort_by(|left, right| left.name.cmp(&right.name));
    benches
}

fn bench(message: &Value) -> Option<Bench> {
    let target = &message["target"];
    if target["kind"][0] != "bench" {
        return None;
    }
    let folder = Path::new(message["manifest_path"].as_str()?).parent()?.to_path_buf();
    let name = format!("{}/{}", folder.file_name()?.to_string_lossy(), target["name"].as_str()?);
    Some(Bench { name, program: PathBuf::from(message["executable"].as_str()?), folder })
}

/// How many times slower than the reference the machine is at this moment.
fn slowness(machine: &Bench) -> Result<f64> {
    let output = machine.run()?;
    let value = output.lines().find_map(|line| line.strip_prefix(MACHINE_MARK)?.parse().ok());
    value.with_context(|| format!("{MACHINE_BENCH} does not tell the machine's speed"))
}

fn row(line: &str, slowness: f64) -> Option<Vec<String>> {
    let fields = line.strip_prefix(ROW_MARK)?.split('\t').map(str::to_string);
    let mut fields: Vec<String> = fields.chain(std::iter::repeat("-".to_string())).take(FIELDS).collect();
    let scaled = fields[CPU_FIELD].parse().map_or("-".to_string(), |cpu: f64| format!("{:.3}", cpu / slowness));
    fields.insert(CPU_FIELD + 1, scaled);
    Some(fields)
}

fn table(rows: &[Vec<String>]) -> String {
    let head: Vec<String> = COLUMNS.iter().map(|title| title.to_string()).collect();
    let all: Vec<&Vec<String>> = std::iter::once(&head).chain(rows).collect();
    let width = |column: usize| all.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..COLUMNS.len()).map(width).collect();
    let mut text = String::new();
    for row in all {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| match column {
            0 => format!("{cell:width$}"),
            _ => format!("{cell:>width$}"),
        });
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn benchmarks_are_found_among_cargos_messages() {
        let message = |kind: &str| {
            format!(
                r#"{{"reason":"compiler-artifact","manifest_path":"/w/ledger/Cargo.toml",
                "target":{{"kind":["{kind}"],"name":"commit"}},"executable":"/t/commit-1"}}"#
            )
            .replace('\n', "")
        };
        let found = benches(&format!("{}\n{}\nnoise\n", message("test"), message("bench")));
        assert_eq!(found.iter().map(|bench| bench.name.as_str()).collect::<Vec<_>>(), ["ledger/commit"]);
    }

    #[test]
    fn rows_become_a_table() {
        let lines = ["bench\tendorse, 64 in flight\t-\t0.11\t9000\t0.15 CPU ms", "noise", "bench\tidle memory\t41 MB"];
        let rows: Vec<Vec<String>> = lines.iter().filter_map(|line| row(line, 1.25)).collect();
        let expected = "\
measured               value  CPU ms/tx  at reference speed  tx/s       target
endorse, 64 in flight      -       0.11               0.088  9000  0.15 CPU ms
idle memory            41 MB          -                   -     -            -
";
        assert_eq!(table(&rows), expected);
    }
}
