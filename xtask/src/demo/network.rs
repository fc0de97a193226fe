//! A development network in a process of its own, and the `peer` command talking to it.

use std::fs::File;
use std::io::Write;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::shell;
use crate::workspace::Workspace;

/// Far more than a start takes; after it something is wrong.
const START_TIMEOUT: Duration = Duration::from_secs(60);
const STOP_TIMEOUT: Duration = Duration::from_secs(20);
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Written once everything listens.
const READY_FILE: &str = "network.json";

/// The network; ends when it is dropped.
pub struct Network {
    process: Child,
    program: PathBuf,
    folder: PathBuf,
    log: PathBuf,
    started: Instant,
}

impl Network {
    /// Starts with an empty ledger on Fabric's ports, or on free ones where those are taken.
    pub fn start(workspace: &Workspace) -> Result<Network> {
        let program = workspace.peer();
        let folder = workspace.target.join("demo");
        let log = workspace.target.join("demo.log");
        if folder.exists() {
            std::fs::remove_dir_all(&folder).with_context(|| format!("clearing {}", folder.display()))?;
        }
        let output = File::create(&log).with_context(|| format!("creating {}", log.display()))?;
        let mut command = Command::new(&program);
        command.args(["node", "start", "--chaincode-dev", "--data-dir"]).arg(&folder);
        without_configuration(&mut command);
        for (port, flag) in [(7051, "--peer-port"), (7050, "--orderer-port"), (7052, "--chaincode-port")] {
            if TcpListener::bind(("127.0.0.1", port)).is_err() {
                command.args([flag, "0"]);
            }
        }
        show(&command);
        let errors = output.try_clone()?;
        let process = command
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .spawn()
            .with_context(|| format!("starting {}", program.display()))?;
        let mut network = Network { process, program, folder, log, started: Instant::now() };
        network.wait_until_ready()?;
        eprintln!("    up after {}, log in {}", shell::elapsed(network.started.elapsed()), network.log.display());
        Ok(network)
    }

    /// Runs a `peer` command against the network, shows it and its output, and returns the output.
    pub fn peer(&self, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(&self.program);
        without_configuration(&mut command);
        command.args(arguments).env("WEFT_DEV_HOME", &self.folder).stdin(Stdio::null());
        show(&command);
        let result = command.output().with_context(|| format!("starting {}", shell::describe(&command)))?;
        // Fabric's command logs to the error stream, and answers on the other.
        let said = format!("{}{}", String::from_utf8_lossy(&result.stderr), String::from_utf8_lossy(&result.stdout));
        for line in said.lines() {
            eprintln!("    {}", shortened(line));
        }
        if !result.status.success() {
            bail!("{} failed ({}); the peer's log is {}", shell::describe(&command), result.status, self.log.display());
        }
        Ok(if result.stdout.is_empty() { said } else { String::from_utf8_lossy(&result.stdout).into_owned() })
    }

    /// Ends the network as Ctrl-C would.
    pub fn stop(mut self) -> Result<()> {
        shell::run(Command::new("kill").arg("-INT").arg(self.process.id().to_string()))?;
        let deadline = Instant::now() + STOP_TIMEOUT;
        while Instant::now() < deadline {
            if let Some(status) = self.process.try_wait()? {
                return if status.success() { Ok(()) } else { self.failed(&format!("ended with {status}")) };
            }
            std::thread::sleep(POLL_INTERVAL);
        }
        self.failed("did not end after Ctrl-C")
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let ready = self.folder.join(READY_FILE);
        while self.started.elapsed() < START_TIMEOUT {
            if let Some(status) = self.process.try_wait()? {
                return self.failed(&format!("ended with {status}"));
            }
            if ready.exists() {
                return Ok(());
            }
            std::thread::sleep(POLL_INTERVAL);
        }
        self.failed("was not ready in time")
    }

    fn failed(&self, what: &str) -> Result<()> {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let end = lines[lines.len().saturating_sub(15)..].join("\n");
        bail!("the peer {what}; the end of {}:\n{end}", self.log.display())
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // Already ended after `stop`; otherwise an error is on its way out, and the data is thrown away.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn show(command: &Command) {
    let mut errors = std::io::stderr();
    // A closed error stream must not stop the demo.
    let _ = writeln!(errors, "$ {}", shell::describe(command));
}

/// The demo does not depend on the configuration of another Fabric network on this machine.
fn without_configuration(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if ["CORE_", "ORDERER_", "FABRIC_", "WEFT_"].iter().any(|start| text.starts_with(start)) {
            command.env_remove(&name);
        }
    }
}

fn shortened(line: &str) -> String {
    const SHOWN_CHARACTERS_MAX: usize = 300;
    match line.char_indices().nth(SHOWN_CHARACTERS_MAX) {
        Some((end, _)) => format!("{} … ({} characters)", &line[..end], line.chars().count()),
        None => line.to_string(),
    }
}
