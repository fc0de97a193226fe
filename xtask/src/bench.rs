//! Runs the benchmarks and prints one table.
//!
//! A benchmark is a `[[bench]]` target without a harness. Each line that it writes to standard output and that begins
//! with `bench` is one row: fields are separated by tabs, in the order of `COLUMNS`, `-` for what was not measured.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::chaincodes;
use crate::setup::{self, For};
use crate::shell;
use crate::workspace::Workspace;

const ROW_MARK: &str = "bench\t";
const COLUMNS: [&str; 5] = ["measured", "value", "CPU ms/tx", "tx/s", "target"];

/// A built benchmark.
struct Bench {
    name: String,
    program: PathBuf,
    folder: PathBuf,
}

/// Runs those whose `package/name` contains one of `filters`, or all.
pub fn run(workspace: &Workspace, filters: &[&str]) -> Result<()> {
    setup::run(workspace, For::Building)?;
    chaincodes::build(workspace)?;
    let mut rows = Vec::new();
    for bench in build(workspace)? {
        if !filters.is_empty() && !filters.iter().any(|filter| bench.name.contains(filter)) {
            continue;
        }
        shell::step(&bench.name);
        let mut command = Command::new(&bench.program);
        // Cargo starts benchmarks so, too.
        command.arg("--bench").current_dir(&bench.folder).stdin(Stdio::null()).stderr(Stdio::inherit());
        let result = command.output().with_context(|| format!("starting {}", bench.program.display()))?;
        if !result.status.success() {
            bail!("{} failed ({})", bench.name, result.status);
        }
        rows.extend(String::from_utf8_lossy(&result.stdout).lines().filter_map(row));
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

fn row(line: &str) -> Option<Vec<String>> {
    let fields = line.strip_prefix(ROW_MARK)?.split('\t').map(str::to_string);
    Some(fields.chain(std::iter::repeat("-".to_string())).take(COLUMNS.len()).collect())
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
        let rows: Vec<Vec<String>> = lines.iter().filter_map(|line| row(line)).collect();
        let expected = "\
measured               value  CPU ms/tx  tx/s       target
endorse, 64 in flight      -       0.11  9000  0.15 CPU ms
idle memory            41 MB          -     -            -
";
        assert_eq!(table(&rows), expected);
    }
}
