//! Runs the benchmarks and prints one table.
//!
//! A benchmark is a `[[bench]]` target without a harness. Each line that it writes to standard output and that begins
//! with `bench` is one row: fields are separated by tabs, in the order of `COLUMNS`, `-` for what was not measured.

use std::process::Stdio;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::chaincodes;
use crate::setup::{self, For};
use crate::shell;
use crate::workspace::Workspace;

const ROW_MARK: &str = "bench\t";
const COLUMNS: [&str; 5] = ["measured", "value", "CPU ms/tx", "tx/s", "target"];

/// Runs those whose name contains one of `filters`, or all.
pub fn run(workspace: &Workspace, filters: &[&str]) -> Result<()> {
    setup::run(workspace, For::Building)?;
    chaincodes::build(workspace)?;
    let mut build = workspace.cargo("build");
    shell::run_long(build.args(["--release", "--workspace", "--bins"]), "Building")?;
    let mut rows = Vec::new();
    for (package, name) in benches(&workspace.packages) {
        if !filters.is_empty() && !filters.iter().any(|filter| name.contains(filter) || package.contains(filter)) {
            continue;
        }
        shell::step(&format!("{package}: {name}"));
        let mut command = workspace.cargo("bench");
        command.args(["--quiet", "--package", &package, "--bench", &name]).stderr(Stdio::inherit());
        let result = command.output().with_context(|| format!("starting {}", shell::describe(&command)))?;
        if !result.status.success() {
            bail!("{} failed ({})", shell::describe(&command), result.status);
        }
        rows.extend(String::from_utf8_lossy(&result.stdout).lines().filter_map(row));
    }
    print!("{}", table(&rows));
    Ok(())
}

fn benches(packages: &[Value]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        for target in package["targets"].as_array().into_iter().flatten() {
            if target["kind"][0] == "bench" {
                found.push((name.to_string(), target["name"].as_str().unwrap_or_default().to_string()));
            }
        }
    }
    found
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
