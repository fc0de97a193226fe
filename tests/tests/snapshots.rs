//! A peer joins a channel by the snapshot of another one, and both go on alike.
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tests::programs::{self, CHAINCODE};
use tests::{Network, Output};

const PATIENCE: Duration = Duration::from_secs(60);
const STARTED: &str = "Started peer with ID=[second]";

/// A peer of the network's organisation with a configuration of its own. Ends with the test.
struct SecondPeer {
    process: Child,
    folder: TempDir,
    address: String,
    admin: PathBuf,
}

impl Drop for SecondPeer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl SecondPeer {
    fn start(network: &Network) -> SecondPeer {
        let folder = tempfile::Builder::new().prefix("weft-test-").tempdir().unwrap();
        let organization = network.data().join("organizations/peerOrganizations/org1.example.com");
        let core = serde_json::json!({
            "peer": {
                "id": "second",
                "listenAddress": "127.0.0.1:0",
                "address": "127.0.0.1:0",
                "localMspId": "Org1MSP",
                "mspConfigPath": organization.join("peers/peer0.org1.example.com/msp"),
                "fileSystemPath": folder.path().join("production"),
            },
            "ledger": { "snapshots": { "rootDir": folder.path().join("snapshots") } },
        });
        // JSON is YAML.
        fs::write(folder.path().join("core.yaml"), core.to_string()).unwrap();
        let (process, address) = launch(folder.path());
        SecondPeer { process, folder, address, admin: network.info().admin.msp_dir.clone() }
    }

    fn restart(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        (self.process, self.address) = launch(self.folder.path());
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("peer.log")).unwrap()
    }

    /// Runs the `peer` command as the organisation's administrator.
    fn peer(&self, arguments: &[&str]) -> Output {
        let mut command = command(self.folder.path());
        command.env("CORE_PEER_ADDRESS", &self.address).env("CORE_PEER_MSPCONFIGPATH", &self.admin).args(arguments);
        let output = command.output().unwrap();
        Output {
            status: output.status,
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    fn join(&self, snapshot: &Path) -> String {
        let output = self.peer(&["channel", "joinbysnapshot", "--snapshotpath", snapshot.to_str().unwrap()]);
        assert!(output.stderr.contains("The joinbysnapshot operation is in progress."), "{}", output.stderr);
        let status = ["channel", "joinbysnapshotstatus"];
        wait(|| success(self.peer(&status)) == "No joinbysnapshot operation is in progress\n", || self.log());
        success(self.peer(&["channel", "list"]))
    }
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new(programs::peer().unwrap());
    command.env_clear().env("FABRIC_CFG_PATH", folder).env("CORE_PEER_LOCALMSPID", "Org1MSP").stdin(Stdio::null());
    command
}

fn launch(folder: &Path) -> (Child, String) {
    let path = folder.join("peer.log");
    let log = File::create(&path).unwrap();
    let mut process =
        command(folder).args(["node", "start"]).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
    let read = || fs::read_to_string(&path).unwrap();
    wait(|| read().contains(STARTED) || process.try_wait().unwrap().is_some(), read);
    let log = read();
    let line = log.lines().find(|line| line.contains(STARTED)).unwrap_or_else(|| panic!("{log}"));
    let address = line.split("address=[").nth(1).and_then(|rest| rest.split(']').next()).unwrap();
    (process, address.to_owned())
}

fn wait(mut condition: impl FnMut() -> bool, log: impl Fn() -> String) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "{}", log());
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[track_caller]
fn success(output: Output) -> String {
    assert!(output.status.success(), "{}{}", output.stdout, output.stderr);
    output.stdout
}

fn create(network: &Network, id: &str) {
    let call = serde_json::json!({ "Args": ["CreateAsset", id, "blue", "5", "Tomoko", "300"] }).to_string();
    success(network.invoke(CHAINCODE, &call).unwrap());
}

fn height(info: &str) -> u64 {
    let info: serde_json::Value = serde_json::from_str(info.trim_start_matches("Blockchain info: ")).unwrap();
    info["height"].as_u64().unwrap()
}

/// Waits for a snapshot below `root` and gives its metadata, on which peers have to agree.
fn metadata(root: &Path, number: u64, log: impl Fn() -> String) -> (String, String) {
    let dir = root.join("completed/mychannel").join(number.to_string());
    wait(|| dir.exists(), log);
    ["_snapshot_signable_metadata.json", "_snapshot_additional_metadata.json"]
        .map(|name| fs::read_to_string(dir.join(name)).unwrap())
        .into()
}

#[test]
fn a_peer_that_joined_by_a_snapshot_goes_on_like_the_others() {
    let network = Network::with_contract().unwrap();
    create(&network, "before");
    let last = height(&success(network.peer(&["channel", "getinfo"]).unwrap())) - 1;
    success(network.peer(&["snapshot", "submitrequest", "-c", "mychannel"]).unwrap());
    let root = network.data().join("peer/snapshots");
    metadata(&root, last, || network.log());
    let mut second = SecondPeer::start(&network);

    // What is damaged is not joined, and leaves nothing.
    let good = root.join("completed/mychannel").join(last.to_string());
    let bad = second.folder.path().join("bad");
    fs::create_dir(&bad).unwrap();
    let output = second.peer(&["channel", "joinbysnapshot", "--snapshotpath", bad.to_str().unwrap()]);
    assert!(output.stderr.contains(&format!("snapshot dir {} is empty", bad.display())), "{}", output.stderr);
    for entry in fs::read_dir(&good).unwrap() {
        let entry = entry.unwrap();
        fs::write(bad.join(entry.file_name()), fs::read(entry.path()).unwrap()).unwrap();
    }
    fs::write(bad.join("txids.data"), b"\x01").unwrap();
    assert_eq!(second.join(&bad), "Channels peers has joined: \n");
    assert!(second.log().contains("hash mismatch for file [txids.data]"), "{}", second.log());

    assert_eq!(second.join(&good), "Channels peers has joined: \nmychannel\n");
    create(&network, "after");
    let info = || second.peer(&["channel", "getinfo", "-c", "mychannel"]);
    wait(|| height(&success(info())) == last + 2, || second.log());
    let text = success(info());
    assert!(text.contains(&format!("\"bootstrappingSnapshotInfo\":{{\"lastBlockInSnapshot\":{last}}}")), "{text}");
    let old =
        [r#"{"Args":["GetBlockByNumber","mychannel","1"]}"#, "cannot serve block [1]. The ledger is bootstrapped"];
    let output = second.peer(&["chaincode", "query", "-C", "mychannel", "-n", "qscc", "-c", old[0]]);
    assert!(output.stderr.contains(old[1]), "{}", output.stderr);
    let fetched = second.folder.path().join("block");
    let output = second.peer(&["channel", "fetch", "oldest", fetched.to_str().unwrap(), "-c", "mychannel"]);
    assert!(output.stderr.contains("NOT_FOUND"), "{}", output.stderr);

    // Both make the same snapshot of a later block, the second one also after it was killed.
    let next = (last + 2).to_string();
    success(network.peer(&["snapshot", "submitrequest", "-c", "mychannel", "-b", &next]).unwrap());
    success(second.peer(&[
        "snapshot",
        "submitrequest",
        "-c",
        "mychannel",
        "-b",
        &next,
        "--peerAddress",
        &second.address,
    ]));
    second.restart();
    create(&network, "later");
    let expected = metadata(&root, last + 2, || network.log());
    let found = metadata(&second.folder.path().join("snapshots"), last + 2, || second.log());
    assert_eq!(found, expected);

    // Its databases cannot be made again.
    second.process.kill().unwrap();
    second.process.wait().unwrap();
    let data = second.folder.path().join("production");
    for (arguments, expected) in [
        (&["reset"][..], "cannot reset channels because the peer contains channel(s) [mychannel] that were"),
        (&["rollback", "-c", "mychannel", "-b", "1"], "cannot rollback any channel because the peer contains"),
        (&["rebuild-dbs"], "cannot rebuild databases because the peer contains channel(s) [mychannel] that were"),
    ] {
        let mut command = command(second.folder.path());
        command.env("CORE_PEER_FILESYSTEMPATH", &data).arg("node").args(arguments);
        let error = String::from_utf8(command.output().unwrap().stderr).unwrap();
        assert!(error.contains(expected), "{error}");
    }
}
