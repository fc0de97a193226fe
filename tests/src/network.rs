//! A development network in a process of its own.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use client::dev_network::DevNetwork;
use tempfile::TempDir;

use crate::programs;

const START_TIMEOUT: Duration = Duration::from_secs(60);
const STOP_TIMEOUT: Duration = Duration::from_secs(30);
const POLL_INTERVAL: Duration = Duration::from_millis(10);

const START: [&str; 3] = ["node", "start", "--chaincode-dev"];

/// Several networks run at once on one machine: each takes free ports, unless flags say otherwise.
const FREE_PORTS: [(&str, &str); 3] =
    [("WEFT_DEV_PEER_PORT", "0"), ("WEFT_DEV_ORDERER_PORT", "0"), ("WEFT_DEV_CHAINCODE_PORT", "0")];

/// How to start.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// More flags for `peer node start`.
    pub flags: Vec<String>,
    /// A shell command that comes before the peer's own command line and ends in running it (`exec "$@"`).
    pub wrapper: Option<String>,
}

/// The network, and where it keeps its data. The process is killed when this is dropped.
pub struct Network {
    process: Child,
    folder: TempDir,
    options: Options,
    info: DevNetwork,
}

/// What a command wrote and how it ended.
#[derive(Debug)]
pub struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl Network {
    /// Starts on free ports with an empty ledger.
    pub fn start() -> Result<Network> {
        Self::start_with(Options::default())
    }

    /// Starts on free ports with an empty ledger, in its own way.
    pub fn start_with(options: Options) -> Result<Network> {
        let folder = tempfile::Builder::new().prefix("weft-test-").tempdir()?;
        let (process, info) = launch(folder.path(), &options)?;
        Ok(Network { process, folder, options, info })
    }

    /// Starts, and installs the contract that most tests use.
    pub fn with_contract() -> Result<Network> {
        let network = Self::start()?;
        network.install(&programs::contract(programs::CHAINCODE)?)?;
        Ok(network)
    }

    /// Starts again on the same data, after `kill` or `stop`.
    pub fn restart(&mut self) -> Result<()> {
        (self.process, self.info) = launch(self.folder.path(), &self.options)?;
        Ok(())
    }

    /// From the next start on the peer runs without the options' wrapper.
    pub fn without_wrapper(&mut self) {
        self.options.wrapper = None;
    }

    /// Ends the process at once, as a power cut does (`kill -9`).
    pub fn kill(&mut self) -> Result<()> {
        self.process.kill().context("killing the peer")?;
        self.process.wait().context("waiting for the killed peer")?;
        // A killed peer cannot remove what it wrote for its clients.
        DevNetwork::remove(&self.data()).context("removing the dead peer's network.json")
    }

    /// Asks the process to end, as Ctrl-C does, and waits.
    pub fn stop(&mut self) -> Result<ExitStatus> {
        let status = Command::new("kill").arg("-INT").arg(self.process.id().to_string()).status()?;
        anyhow::ensure!(status.success(), "the peer is not running");
        let deadline = Instant::now() + STOP_TIMEOUT;
        while Instant::now() < deadline {
            if let Some(status) = self.process.try_wait()? {
                return Ok(status);
            }
            std::thread::sleep(POLL_INTERVAL);
        }
        bail!("the peer did not end within {STOP_TIMEOUT:?}\n{}", self.log())
    }

    /// Is the process still there?
    pub fn is_running(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// What the network says about itself.
    pub fn info(&self) -> &DevNetwork {
        &self.info
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A folder for a test's own files.
    pub fn scratch(&self) -> &Path {
        self.folder.path()
    }

    /// Everything that the peer logged since it was started last.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("peer.log")).unwrap_or_default()
    }

    /// Runs the `peer` command; it finds the network by its directory.
    pub fn peer(&self, arguments: &[&str]) -> Result<Output> {
        let mut command = clean_command(&programs::peer()?);
        command.args(arguments).env("WEFT_DEV_HOME", self.data()).stdin(Stdio::null());
        let output = command.output().context("running the peer command")?;
        Ok(Output {
            status: output.status,
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// `peer chaincode install`, which must succeed.
    pub fn install(&self, contract: &Path) -> Result<Output> {
        let output = self.peer(&["chaincode", "install", &contract.to_string_lossy()])?;
        if !output.status.success() {
            bail!("installing {} failed: {}", contract.display(), output.stderr);
        }
        Ok(output)
    }

    /// `peer chaincode query` with the given call.
    pub fn query(&self, chaincode: &str, call: &str) -> Result<Output> {
        self.peer(&["chaincode", "query", "-C", &self.info.channel_id, "-n", chaincode, "-c", call])
    }

    /// `peer chaincode invoke --waitForEvent` with the given call.
    pub fn invoke(&self, chaincode: &str, call: &str) -> Result<Output> {
        self.peer(&["chaincode", "invoke", "-C", &self.info.channel_id, "-n", chaincode, "-c", call, "--waitForEvent"])
    }
}

/// A network that the tests of one program share. It lives as long as a test uses it, so that none outlives the
/// program; a later test may get another one.
#[derive(Default)]
pub struct Shared(Mutex<Weak<Network>>);

impl Shared {
    /// No network yet.
    pub const fn new() -> Shared {
        Shared(Mutex::new(Weak::new()))
    }

    /// The running network, or the one that `start` gives.
    pub fn get(&self, start: impl FnOnce() -> Result<Network>) -> Result<Arc<Network>> {
        // A test that failed while it started a network leaves nothing half-done here.
        let mut shared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(network) = shared.upgrade() {
            return Ok(network);
        }
        let network = Arc::new(start()?);
        *shared = Arc::downgrade(&network);
        Ok(network)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // It may have ended already; there is nothing to do about an error here.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A start that is expected to fail: what the peer wrote, and how it ended.
pub fn failing_start(data: &Path, flags: &[&str]) -> Result<Output> {
    let mut command = clean_command(&programs::peer()?);
    command.envs(FREE_PORTS).args(START).arg("--data-dir").arg(data).args(flags).stdin(Stdio::null());
    let scratch = tempfile::tempdir()?;
    let (stdout, stderr) = (scratch.path().join("stdout"), scratch.path().join("stderr"));
    let mut process = command.stdout(File::create(&stdout)?).stderr(File::create(&stderr)?).spawn()?;
    let deadline = Instant::now() + START_TIMEOUT;
    let status = loop {
        if let Some(status) = process.try_wait()? {
            break status;
        }
        if Instant::now() > deadline {
            process.kill()?;
            process.wait()?;
            bail!("the peer started, or hangs:\n{}", std::fs::read_to_string(&stderr)?);
        }
        std::thread::sleep(POLL_INTERVAL);
    };
    Ok(Output { status, stdout: std::fs::read_to_string(&stdout)?, stderr: std::fs::read_to_string(&stderr)? })
}

fn launch(folder: &Path, options: &Options) -> Result<(Child, DevNetwork)> {
    let program = programs::peer()?;
    let data = folder.join("data");
    let log = File::create(folder.join("peer.log"))?;
    let mut command = match &options.wrapper {
        None => clean_command(&program),
        Some(wrapper) => {
            let mut shell = clean_command(Path::new("sh"));
            shell.args(["-c", wrapper, "sh"]).arg(&program);
            shell
        }
    };
    command.envs(FREE_PORTS).args(START).arg("--data-dir").arg(&data).args(&options.flags);
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    let mut process = command.spawn().with_context(|| format!("starting {}", program.display()))?;
    let deadline = Instant::now() + START_TIMEOUT;
    loop {
        let failed = if let Some(status) = process.try_wait()? {
            Some(format!("ended with {status}"))
        } else if let Some(info) = DevNetwork::read(&data)? {
            return Ok((process, info));
        } else {
            (Instant::now() > deadline).then(|| format!("was not ready within {START_TIMEOUT:?}"))
        };
        if let Some(failed) = failed {
            let _ = process.kill();
            let _ = process.wait();
            bail!("the peer {failed}\n{}", std::fs::read_to_string(folder.join("peer.log")).unwrap_or_default());
        }
        std::thread::sleep(POLL_INTERVAL);
    }
}

/// A command without the configuration of another Fabric network on this machine.
fn clean_command(program: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if ["CORE_", "ORDERER_", "FABRIC_", "WEFT_"].iter().any(|start| text.starts_with(start)) {
            command.env_remove(&name);
        }
    }
    command
}
