//! Chaincode that this peer starts, by the builder that built it: the peer waits until it registers, and ends it with its
//! stream (Fabric `core/chaincode/runtime_launcher.go`, `core/container/externalbuilder`).

use std::os::unix::fs::OpenOptionsExt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use msp::Role;
use msp::generate::{CertificateAuthority, EnrollmentRequest};
use node::grpc::ClientIdentity;
use node::shutdown::Stop;
use proto::Digest;
use serde::Serialize;
use tempfile::TempDir;

use super::ExternalChaincodes;
use super::attempt::{Attempt, Outcome};
use crate::chaincode::builders::{BuiltChaincode, Process, private_tempdir};
use crate::text;

/// Fabric's default for `chaincode.startuptimeout`.
pub const DEFAULT_STARTUP_TIMEOUT: Duration = Duration::from_secs(300);

/// The file that tells a builder's `run` where to register.
const RUN_FILE: &str = "chaincode.json";

const STOPPING: &str = "the peer is stopping";

/// How the processes that a peer starts find it, and what they may do.
pub struct Hosting {
    /// Where they register: `host:port`.
    pub address: String,
    /// The peer's organisation.
    pub msp_id: String,
    /// The chaincode listener's TLS; plain text without it.
    pub tls: Option<HostingTls>,
    /// Others may register, too: development mode.
    pub everybody: bool,
    /// Time to register once started.
    pub startup_timeout: Duration,
    /// Ends them.
    pub stop: Stop,
    /// Time that they have to end.
    pub stop_grace: Duration,
}

/// TLS between the peer and the processes that it starts.
pub struct HostingTls {
    /// The authority of the listener's certificate.
    pub root_pem: String,
    /// Issues the processes' certificates. Nobody else has any of it.
    pub authority: CertificateAuthority,
}

/// Contents of [`RUN_FILE`]; all texts are PEM, empty without TLS.
#[derive(Serialize)]
struct RunConfiguration<'a> {
    chaincode_id: &'a str,
    peer_address: &'a str,
    client_cert: &'a str,
    client_key: &'a str,
    root_cert: &'a str,
    mspid: &'a str,
}

impl ExternalChaincodes {
    /// Starts a chaincode, and waits until it has registered, at most until `deadline`. The error says why it is not there.
    ///
    /// Must be called on a thread that may block.
    pub fn start(self: &Arc<Self>, chaincode: &Arc<BuiltChaincode>, deadline: Instant) -> Outcome {
        let package_id = &chaincode.package_id;
        let started = self.attempt(package_id, deadline, |attempt| {
            let (chaincodes, chaincode) = (self.clone(), chaincode.clone());
            // Counted from now, so that the peer does not end before it.
            let running = Running::new(&self.running);
            self.runtime.spawn(async move {
                chaincodes.host(&chaincode, &attempt).await;
                drop(running);
            });
        });
        started.unwrap_or_else(|| Err(format!("chaincode {package_id} is still being started")))
    }

    /// Waits until all processes have ended, after the stop.
    pub async fn processes_ended(&self) {
        // The sender lives in `self`, so waiting cannot fail.
        let _ = self.running.subscribe().wait_for(|count| *count == 0).await;
    }

    /// From the start of a process to its end.
    async fn host(&self, chaincode: &BuiltChaincode, attempt: &Attempt) {
        let package_id = &chaincode.package_id;
        if self.hosting.stop.is_triggered() {
            return self.end_attempt(package_id, attempt, Err(STOPPING.to_owned()));
        }
        let Issued { certificate, key, hash } = match self.issue(package_id) {
            Ok(issued) => issued,
            Err(cause) => return self.end_attempt(package_id, attempt, Err(cause)),
        };
        let (expectation, registered) = self.admission.expect(package_id, hash);
        let run_dir = self.write_configuration(package_id, &certificate, &key);
        let started = match run_dir {
            Ok(run_dir) => chaincode
                .run(run_dir.path())
                .await
                .map(|process| (run_dir, process))
                .map_err(|error| text::chain(&error)),
            Err(cause) => Err(cause),
        };
        // The directory is there as long as the process.
        let (_run_dir, mut process) = match started {
            Ok(started) => started,
            Err(cause) => return self.end_attempt(package_id, attempt, Err(cause)),
        };
        let registered = tokio::select! {
            biased;
            // Nobody takes the place of an expectation that is held here.
            Ok(connection) = registered => Ok(connection),
            ended = process.wait() => Err(format!("it ended with {ended} before it registered")),
            () = tokio::time::sleep(self.hosting.startup_timeout) => Err(format!(
                "it did not register within {} (chaincode.startuptimeout)",
                humantime::format_duration(self.hosting.startup_timeout)
            )),
            () = self.hosting.stop.triggered() => Err(STOPPING.to_owned()),
        };
        match registered {
            Ok(connection) => {
                let stream_ended = connection.ended.clone();
                self.end_attempt(package_id, attempt, Ok(connection));
                self.accompany(package_id, process, &stream_ended).await;
            }
            Err(cause) => {
                drop(expectation);
                self.fail(chaincode, attempt, process, cause).await;
            }
        }
    }

    /// A start that came to nothing.
    async fn fail(&self, chaincode: &BuiltChaincode, attempt: &Attempt, process: Process, cause: String) {
        let (package_id, builder) = (&chaincode.package_id, chaincode.builder.name());
        // What it wrote is known to the end only once it has ended.
        let tail = process.end(self.hosting.stop_grace).await;
        let cause = format!("external builder '{builder}' ran it, and {cause}{tail}");
        tracing::warn!(target: "chaincode", "chaincode {package_id} is not there: {cause}");
        self.end_attempt(package_id, attempt, Err(cause));
    }

    /// The process and its stream end together.
    async fn accompany(&self, package_id: &str, mut process: Process, stream_ended: &Stop) {
        tokio::select! {
            ended = process.wait() => {
                tracing::warn!(target: "chaincode", "the process of chaincode {package_id} ended with {ended}");
            }
            () = stream_ended.triggered() => {}
            () = self.hosting.stop.triggered() => {}
        }
        stream_ended.trigger();
        process.end(self.hosting.stop_grace).await;
    }

    /// What a process proves itself with.
    fn issue(&self, package_id: &str) -> Result<Issued, String> {
        let Some(tls) = &self.hosting.tls else { return Ok(Issued::default()) };
        let request =
            EnrollmentRequest { common_name: "chaincode".to_owned(), role: Role::Client, sans: Vec::new(), tls: true };
        let issued = tls.authority.issue(&request);
        let failed = |cause: &str| format!("failed to generate TLS certificates for {package_id}: {cause}");
        let issued = issued.map_err(|error| failed(&text::chain(&error)))?;
        let identity = ClientIdentity { certificate_pem: issued.cert_pem, key_pem: issued.key_pem };
        let hash = identity.certificate_hash().ok_or_else(|| failed("it cannot be read"))?;
        Ok(Issued { certificate: identity.certificate_pem, key: identity.key_pem, hash: Some(hash) })
    }

    /// Writes what the process needs into a directory of its own.
    fn write_configuration(&self, package_id: &str, certificate: &str, key: &str) -> Result<TempDir, String> {
        let configuration = RunConfiguration {
            chaincode_id: package_id,
            peer_address: &self.hosting.address,
            client_cert: certificate,
            client_key: key,
            root_cert: self.hosting.tls.as_ref().map_or("", |tls| &tls.root_pem),
            mspid: &self.hosting.msp_id,
        };
        let written = private_tempdir("fabric-run-").and_then(|dir| {
            let file = dir.path().join(RUN_FILE);
            let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
            serde_json::to_writer(file, &configuration)?;
            Ok(dir)
        });
        written.map_err(|error| format!("cannot write {RUN_FILE}: {error}"))
    }
}

/// A certificate, its key and its hash for one process; nothing without TLS.
#[derive(Default)]
struct Issued {
    certificate: String,
    key: String,
    hash: Option<Digest>,
}

/// Counts processes.
struct Running(tokio::sync::watch::Sender<usize>);

impl Running {
    fn new(count: &tokio::sync::watch::Sender<usize>) -> Running {
        count.send_modify(|count| *count += 1);
        Running(count.clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}
