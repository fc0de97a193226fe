//! The development network as a process: what it leaves on disk, and how it starts again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use client::Client;
use client::dev_network::DevNetwork;
use msp::SigningIdentity;
use node::grpc::{ClientTls, Endpoint};

const START_TIMEOUT: Duration = Duration::from_secs(30);
const STOP_TIMEOUT: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(5);

/// A running network; killed when dropped.
struct Running {
    process: Child,
    network: DevNetwork,
}

impl Drop for Running {
    fn drop(&mut self) {
        // Only fails when the process has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn command(dir: &Path, flags: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_peer"));
    command.args(["node", "start", "--chaincode-dev", "--peer-port", "0"]).args(flags).arg("--data-dir").arg(dir);
    // No core.yaml of the machine may turn this into another kind of peer.
    command.env_remove("FABRIC_CFG_PATH").current_dir(dir.parent().expect("has a parent"));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn wait_for<T>(what: &str, timeout: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + timeout;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "no {what} within {timeout:?}");
        std::thread::sleep(POLL);
    }
}

fn start(dir: &Path, flags: &[&str]) -> Running {
    let mut flags = flags.to_vec();
    flags.extend(["--chaincode-port", "0"]);
    if !dir.join("weft-dev.json").exists() || flags.contains(&"--reset") {
        flags.extend(["--orderer-port", "0"]);
    }
    let mut process = command(dir, &flags).spawn().expect("started");
    let network = wait_for("network", START_TIMEOUT, || {
        assert!(process.try_wait().expect("asked").is_none(), "the network ended while it started");
        DevNetwork::read(dir).expect("readable")
    });
    Running { process, network }
}

fn stop(mut running: Running) {
    let sent = Command::new("kill").arg("-INT").arg(running.process.id().to_string()).status().expect("ran");
    assert!(sent.success());
    let status = wait_for("end", STOP_TIMEOUT, || running.process.try_wait().expect("asked"));
    assert!(status.success(), "{status}");
}

fn admin(network: &DevNetwork) -> Client {
    let identity = SigningIdentity::from_msp_dir(&network.admin.msp_dir, &network.admin.msp_id).expect("loaded");
    Client::new(Arc::new(identity))
}

async fn connect(network: &DevNetwork) -> client::Peer {
    let tls = network.peer.tls_ca_file.as_ref().map(|file| ClientTls {
        roots_pem: vec![fs::read_to_string(file).expect("readable")],
        server_name: None,
        identity: None,
    });
    client::Peer::connect(&Endpoint::new(&network.peer.address, tls)).await.expect("connected")
}

/// Bytes of the channel's first block, by which one network is told from another.
async fn genesis(network: &DevNetwork) -> Vec<u8> {
    use prost::Message;
    let peer = connect(network).await;
    let client = admin(network);
    assert_eq!(client.channels(&peer).await.expect("answered"), std::slice::from_ref(&network.channel_id));
    client.block_by_number(&peer, &network.channel_id, 0).await.expect("answered").encode_to_vec()
}

fn data_dir(parent: &tempfile::TempDir) -> PathBuf {
    parent.path().join("dev")
}

#[tokio::test]
async fn a_restart_goes_on_and_a_reset_starts_over() {
    let parent = tempfile::tempdir().expect("temporary directory");
    let dir = data_dir(&parent);
    let running = start(&dir, &["--channel", "first"]);
    assert_eq!(running.network.channel_id, "first");
    let made = genesis(&running.network).await;
    stop(running);
    assert_eq!(DevNetwork::read(&dir).expect("readable"), None, "the description goes with the process");

    let running = start(&dir, &[]);
    assert_eq!(running.network.channel_id, "first");
    assert_eq!(genesis(&running.network).await, made);
    stop(running);

    let refused = command(&dir, &["--channel", "second"]).stderr(Stdio::piped()).output().expect("ran");
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && text.contains("has the channel first, not second"), "{text}");

    let running = start(&dir, &["--reset"]);
    assert_eq!(running.network.channel_id, "mychannel");
    assert_ne!(genesis(&running.network).await, made);
    stop(running);
}

#[tokio::test]
async fn clients_find_everything_on_disk_also_with_tls() {
    let parent = tempfile::tempdir().expect("temporary directory");
    let dir = data_dir(&parent);
    let running = start(&dir, &["--tls"]);
    genesis(&running.network).await;
    for file in [&running.network.peer.tls_ca_file, &running.network.orderer.tls_ca_file] {
        assert!(file.as_ref().is_some_and(|file| file.is_file()));
    }
    for user in [&running.network.admin, &running.network.user] {
        assert!(user.msp_dir.join("keystore/priv_sk").is_file());
    }
    let profile: serde_json::Value =
        serde_json::from_slice(&fs::read(dir.join("connection-org1.json")).expect("readable")).expect("JSON");
    let url = profile["peers"]["peer0.org1.example.com"]["url"].as_str().expect("set");
    assert_eq!(url, format!("grpcs://{}", running.network.peer.address));
    let yaml: serde_json::Value =
        serde_yaml_ng::from_slice(&fs::read(dir.join("connection-org1.yaml")).expect("readable")).expect("YAML");
    assert_eq!(yaml, profile);
    let script = format!(". {}/env.sh && echo $CORE_PEER_ADDRESS $CORE_PEER_TLS_ENABLED", dir.display());
    let shell = Command::new("sh").arg("-c").arg(script).output().expect("ran");
    assert_eq!(String::from_utf8_lossy(&shell.stdout).trim(), format!("{} true", running.network.peer.address));
    stop(running);
}

#[tokio::test]
async fn a_killed_network_starts_again() {
    let parent = tempfile::tempdir().expect("temporary directory");
    let dir = data_dir(&parent);
    let running = start(&dir, &[]);
    let made = genesis(&running.network).await;
    drop(running);
    DevNetwork::remove(&dir).expect("removed");
    let running = start(&dir, &[]);
    assert_eq!(genesis(&running.network).await, made);
    stop(running);
}
