//! Fuzzing: every target of the crate `fuzz`, from its seeds on, for some time.
//!
//! The fuzzers are built in the workspace's build directory, with the third-party crates of all other builds: only our own are
//! compiled again, by `fuzz/rustc`, which has them count the paths that are taken.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::shell;
use crate::workspace::Workspace;

const PACKAGE: &str = "fuzz";

/// For each target, unless told otherwise.
const SECONDS: u64 = 20;

/// One input may take so long on a machine that does much else; all that contracts do ends by its fuel far earlier.
const INPUT_SECONDS: u64 = 25;

/// Memory of a fuzzer: the largest package that is taken apart, twice, and the engine.
const MEMORY_MIB: u64 = 2048;

/// Lines of a fuzzer's output that say what it found.
const REPORT_LINES: usize = 60;

/// What to run.
#[derive(Debug, PartialEq, Eq)]
pub struct Options {
    /// One target; all without it.
    target: Option<String>,
    seconds: u64,
}

impl Options {
    /// Reads `[TARGET] [--seconds N]`.
    pub fn parse(arguments: &[&str]) -> Result<Options> {
        let mut options = Options { target: None, seconds: SECONDS };
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            match *argument {
                "--seconds" => {
                    let seconds = rest.next().and_then(|number| number.parse().ok()).filter(|seconds| *seconds > 0);
                    // The fuzzers take 0 for no end.
                    options.seconds = seconds.context("--seconds needs a number of seconds, at least 1")?;
                }
                flag if flag.starts_with('-') => {
                    bail!("unknown option `{flag}`: cargo xtask fuzz [TARGET] [--seconds N]")
                }
                target if options.target.is_none() => options.target = Some(target.to_owned()),
                target => bail!("one target or all of them; `{target}` is one too many"),
            }
        }
        Ok(options)
    }
}

/// Builds the fuzzers and runs them one after the other; fails when one finds something, after all have run.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let targets = targets(workspace)?;
    let chosen: Vec<&String> =
        targets.iter().filter(|name| options.target.as_ref().is_none_or(|target| target == *name)).collect();
    ensure!(!chosen.is_empty(), "there is no such target; there are {}", targets.join(", "));
    let programs = build(workspace, &chosen)?;
    let mut failed = Vec::new();
    for (name, program) in &programs {
        shell::step(&format!("Fuzzing {name} for {} s", options.seconds));
        if !fuzz(workspace, name, program, options.seconds)? {
            failed.push(name.as_str());
        }
    }
    ensure!(failed.is_empty(), "fuzzing found something in: {}", failed.join(", "));
    Ok(())
}

fn targets(workspace: &Workspace) -> Result<Vec<String>> {
    let package = workspace.packages.iter().find(|package| package["name"] == PACKAGE);
    let targets = package.and_then(|package| package["targets"].as_array()).context("there is no package fuzz")?;
    let tests = targets.iter().filter(|target| target["kind"][0] == "test");
    Ok(tests.filter_map(|target| target["name"].as_str().map(str::to_owned)).collect())
}

/// Names and programs.
fn build(workspace: &Workspace, targets: &[&String]) -> Result<Vec<(String, PathBuf)>> {
    shell::step("Building the fuzzers (3 minutes on two cores, after the tests have been built)");
    let mut command = workspace.cargo("test");
    // The whole workspace, so that third-party crates have the features that they have for the tests.
    command.args(["--release", "--workspace", "--no-run", "--features", "fuzz/libfuzzer"]);
    command.args(["--message-format", "json-render-diagnostics"]);
    for target in targets {
        command.arg("--test").arg(target);
    }
    command.env("RUSTC_WORKSPACE_WRAPPER", workspace.root.join("fuzz/rustc"));
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.with_context(|| format!("starting {}", shell::describe(&command)))?;
    ensure!(output.status.success(), "{} failed ({})", shell::describe(&command), output.status);
    let messages = String::from_utf8(output.stdout).context("reading cargo's messages")?;
    let mut programs = programs(&messages);
    programs.sort();
    ensure!(programs.len() == targets.len(), "cargo built {} of {} fuzzers", programs.len(), targets.len());
    Ok(programs)
}

/// The fuzzers that cargo reports to have made, by name.
fn programs(messages: &str) -> Vec<(String, PathBuf)> {
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let programs = messages.filter_map(|message| {
        let name = message["target"]["name"].as_str()?.to_owned();
        Some((name, PathBuf::from(message["executable"].as_str()?)))
    });
    programs.collect()
}

/// Whether nothing was found. What the fuzzer learns stays in the build directory and is where it goes on from the next time.
fn fuzz(workspace: &Workspace, name: &str, program: &Path, seconds: u64) -> Result<bool> {
    let place = workspace.target.join("fuzz").join(name);
    let (corpus, log) = (place.join("corpus"), place.join("log"));
    fs::create_dir_all(&corpus).with_context(|| format!("creating {}", corpus.display()))?;
    // A fuzzer ends without tidying up.
    let scratch = place.join("tmp");
    if scratch.exists() {
        fs::remove_dir_all(&scratch).with_context(|| format!("removing {}", scratch.display()))?;
    }
    fs::create_dir_all(&scratch).with_context(|| format!("creating {}", scratch.display()))?;
    let output = File::create(&log).with_context(|| format!("creating {}", log.display()))?;
    let mut command = Command::new(program);
    command
        .arg(&corpus)
        .arg(workspace.root.join("fuzz/seeds").join(name))
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-timeout={INPUT_SECONDS}"))
        .arg(format!("-rss_limit_mb={MEMORY_MIB}"))
        .arg(format!("-artifact_prefix={}/", place.display()))
        .current_dir(&workspace.root)
        .env("TMPDIR", &scratch)
        .stdin(Stdio::null())
        .stdout(output.try_clone().context("sharing the log")?)
        .stderr(output);
    let status = command.status().with_context(|| format!("starting {}", shell::describe(&command)))?;
    let said = fs::read(&log).with_context(|| format!("reading {}", log.display()))?;
    let said = String::from_utf8_lossy(&said);
    if status.success() {
        eprintln!("    {}", summary(&said).context("the fuzzer says nothing of its end")?);
        return Ok(true);
    }
    let lines: Vec<&str> = said.lines().filter(|line| !is_progress(line)).collect();
    eprintln!("{}", lines[lines.len().saturating_sub(REPORT_LINES)..].join("\n"));
    eprintln!("\n{name}: {status}; all it said is in {}", log.display());
    if let Some(input) = said.lines().find_map(|line| line.split_once("Test unit written to ").map(|(_, file)| file)) {
        eprintln!("Once more:  {} {input}", program.display());
        eprintln!("Once it is mended, the input belongs into fuzz/seeds/{name}, where the tests run it.");
    }
    Ok(false)
}

/// `cov: .. ft: .. corp: .. exec/s: ..` of the last line of progress, and how many inputs there were.
fn summary(said: &str) -> Option<String> {
    let last = said.lines().rev().find(|line| is_progress(line))?;
    let (_, figures) = last.split_once("cov:")?;
    let end = said.lines().rev().find(|line| line.starts_with("Done "))?;
    Some(format!("{end}: cov:{figures}"))
}

/// `#1234 NEW cov: 12 ...`
fn is_progress(line: &str) -> bool {
    line.starts_with('#') && line.contains("cov:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_its_arguments() {
        let parse = |arguments: &[&str]| Options::parse(arguments).map_err(|error| error.to_string());
        let options = |target: Option<&str>, seconds| Ok(Options { target: target.map(str::to_owned), seconds });
        assert_eq!(parse(&[]), options(None, SECONDS));
        assert_eq!(parse(&["package", "--seconds", "3600"]), options(Some("package"), 3600));
        for wrong in [&["--seconds"][..], &["--seconds", "0"], &["--seconds", "x"], &["--fast"], &["a", "b"]] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn finds_the_programs_and_the_figures() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"proto"},"executable":null}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"name":"package"},"executable":"/t/package-1"}"#,
            "\n{\"reason\":\"build-finished\"}\n",
        );
        assert_eq!(programs(messages), [("package".to_owned(), PathBuf::from("/t/package-1"))]);
        let said = "#2\tINITED cov: 9 ft: 9\n#50\tDONE   cov: 12 ft: 34 exec/s: 5\n# dictionary\nDone 50 runs in 9 second(s)\n";
        let figures = summary(said).expect("there is an end");
        assert_eq!(figures, "Done 50 runs in 9 second(s): cov: 12 ft: 34 exec/s: 5");
        assert_eq!(summary("cannot start"), None);
    }
}
