//! Fabric's own integration suite against our programs: `tests/fabric/expected.toml` says what each spec must do, and both
//! an unexpected failure and an unexpected pass are errors.
//!
//! Fabric itself is not part of this tree. `--fabric` names a checkout of it, `--suites` its compiled suites (`e2e.test` and
//! so on), `--programs` its programs, used for what ours do not replace.

mod docker;
mod expected;
mod report;
mod stand_in;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::shell;
use crate::workspace::Workspace;
use expected::{Expectation, Expected};
use report::Outcome;

/// After this a suite is ended; the longest takes about a quarter of an hour.
const SUITE_TIMEOUT: &str = "3600s";

/// What to run, and where Fabric is.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Options {
    fabric: PathBuf,
    suites: PathBuf,
    programs: PathBuf,
    /// Regular expression on specs' names, as ginkgo takes it.
    focus: Option<String>,
    /// Organisations whose peers stay Fabric's, beside ours.
    beside: Vec<String>,
    /// Suites to run; all that have a spec which must pass, without any.
    only: Vec<String>,
}

impl Options {
    /// Reads `--fabric DIR --suites DIR --programs DIR [--focus REGEX] [--beside ORG,...] [SUITE...]`.
    pub fn parse(arguments: &[&str]) -> Result<Options> {
        let mut options = Options::default();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let mut value = || rest.next().with_context(|| format!("{argument} needs a value"));
            match *argument {
                "--fabric" => options.fabric = PathBuf::from(value()?),
                "--suites" => options.suites = PathBuf::from(value()?),
                "--programs" => options.programs = PathBuf::from(value()?),
                "--focus" => options.focus = Some((*value()?).to_owned()),
                "--beside" => options.beside = value()?.split(',').map(str::to_owned).collect(),
                flag if flag.starts_with('-') => bail!("unknown option `{flag}`; see tests/fabric/README.md"),
                suite => options.only.push(suite.to_owned()),
            }
        }
        for (folder, flag) in
            [(&options.fabric, "--fabric"), (&options.suites, "--suites"), (&options.programs, "--programs")]
        {
            ensure!(folder.is_dir(), "{flag} must name a directory; see tests/fabric/README.md");
        }
        Ok(options)
    }
}

/// Runs the suites one after the other and compares; fails after all have run.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let expected = Expected::read(&workspace.root.join("tests/fabric/expected.toml"))?;
    let mut build = workspace.cargo("build");
    // All of the workspace, as everywhere: fewer packages would have other features, and third-party crates be built anew.
    build.args(["--release", "--workspace", "--bins"]);
    shell::run_long(&mut build, "Building the programs under test")?;
    let place = workspace.target.join("fabric-suite");
    fs::create_dir_all(&place).with_context(|| format!("creating {}", place.display()))?;
    let programs = stand_in::link_programs(workspace, &options.programs, &place.join("programs"), &options.beside)?;
    let docker = docker::Daemon::start(&place.join("docker.sock"))?;
    let mut surprises = Vec::new();
    for suite in expected.suites(&options.only)? {
        shell::step(&format!("Fabric's suite {suite}"));
        let outcomes = run_suite(&expected, suite, options, &place, &programs, docker.address())?;
        surprises.extend(compare(&expected, suite, &outcomes, options.focus.is_none()));
    }
    ensure!(
        surprises.is_empty(),
        "the suite does not do what tests/fabric/expected.toml says:\n  {}",
        surprises.join("\n  ")
    );
    Ok(())
}

/// What each spec that ran came to.
fn run_suite(
    expected: &Expected,
    suite: &str,
    options: &Options,
    place: &Path,
    programs: &stand_in::Programs,
    docker: &str,
) -> Result<BTreeMap<String, Outcome>> {
    // The program is started in another directory.
    let program = options.suites.join(format!("{suite}.test"));
    let program = program.canonicalize().with_context(|| format!("there is no {}", program.display()))?;
    let report = place.join(format!("{suite}.json"));
    let log = place.join(format!("{suite}.log"));
    let output = File::create(&log).with_context(|| format!("creating {}", log.display()))?;
    let mut command = Command::new(program);
    command
        .args(["-ginkgo.v", "-ginkgo.no-color"])
        .arg(format!("-ginkgo.json-report={}", report.display()))
        .arg(format!("-test.timeout={SUITE_TIMEOUT}"))
        .current_dir(options.fabric.join("integration").join(suite))
        .env("DOCKER_HOST", docker)
        // Nodes that a failed spec leaves behind hold the ports of the next one.
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(output.try_clone().context("sharing the log")?)
        .stderr(output);
    if let Some(focus) = &options.focus {
        command.arg(format!("-ginkgo.focus={focus}"));
    }
    for name in expected.not_run(suite) {
        command.arg(format!("-ginkgo.skip=^{}$", quoted(name)));
    }
    let fabric = options.fabric.canonicalize().with_context(|| format!("finding {}", options.fabric.display()))?;
    programs.offer(&mut command, &fabric)?;
    if report.exists() {
        fs::remove_file(&report).with_context(|| format!("removing {}", report.display()))?;
    }
    // It fails when a spec does; the report says more.
    let mut child = command.spawn().with_context(|| format!("starting the suite {suite}"))?;
    let status = child.wait().with_context(|| format!("waiting for the suite {suite}"))?;
    // There is nobody left in the group where all went well.
    Command::new("kill").args(["-KILL", "--", &format!("-{}", child.id())]).stderr(Stdio::null()).status().ok();
    let text = fs::read_to_string(&report)
        .with_context(|| format!("the suite {suite} left no report ({status}); see {}", log.display()))?;
    report::outcomes(&text).with_context(|| format!("reading {}", report.display()))
}

/// What differs from the expectations; each spec is also told on standard error.
fn compare(expected: &Expected, suite: &str, outcomes: &BTreeMap<String, Outcome>, all: bool) -> Vec<String> {
    let mut surprises = Vec::new();
    for (name, outcome) in outcomes {
        let told = match outcome {
            Outcome::Skipped => continue,
            Outcome::Passed(seconds) => format!("passed in {seconds:.0} s"),
            Outcome::Failed(message) => format!("failed: {message}"),
        };
        eprintln!("    {name}: {told}");
        let passed = matches!(outcome, Outcome::Passed(_));
        match expected.of(suite, name) {
            None => surprises.push(format!("{suite}: not listed: {name}")),
            Some(Expectation::Pass) if !passed => surprises.push(format!("{suite}: must pass, but failed: {name}")),
            Some(Expectation::Fail) if passed => surprises.push(format!("{suite}: passes now, so list it so: {name}")),
            Some(_) => {}
        }
    }
    let ran = |name: &str| outcomes.get(name).is_some_and(|outcome| *outcome != Outcome::Skipped);
    if all {
        let missing = expected.must_run(suite).filter(|name| !ran(name));
        surprises.extend(missing.map(|name| format!("{suite}: did not run: {name}")));
    }
    surprises
}

/// A text as a regular expression that matches it alone.
fn quoted(text: &str) -> String {
    let special = |c: char| r"\.+*?()|[]{}^$".contains(c);
    text.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected() -> Expected {
        Expected::parse(
            "[[spec]]\nsuite = 's'\nname = 'good'\nexpect = 'pass'\n\
             [[spec]]\nsuite = 's'\nname = 'later'\nexpect = 'fail'\nreason = 'no gossip'\n\
             [[spec]]\nsuite = 's'\nname = 'never (x)'\nexpect = 'not-run'\nreason = 'needs CouchDB'\n",
        )
        .expect("read")
    }

    #[test]
    fn surprises_are_told_both_ways() {
        let passed = || Outcome::Passed(1.0);
        let failed = || Outcome::Failed("why".to_owned());
        for (good, later, expected_count) in
            [(passed(), failed(), 0), (failed(), failed(), 1), (passed(), passed(), 1), (Outcome::Skipped, failed(), 1)]
        {
            let outcomes = BTreeMap::from([("good".to_owned(), good), ("later".to_owned(), later)]);
            let surprises = compare(&expected(), "s", &outcomes, true);
            assert_eq!(surprises.len(), expected_count, "{surprises:?}");
        }
        let unknown = BTreeMap::from([("new".to_owned(), passed())]);
        assert!(compare(&expected(), "s", &unknown, false)[0].contains("not listed"));
    }

    #[test]
    fn names_are_quoted_for_regular_expressions() {
        assert_eq!(quoted("never (x) 1.0"), r"never \(x\) 1\.0");
    }
}
