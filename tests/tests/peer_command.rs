//! The parts of the `peer` command that are about channels and about the peer itself, against a development network.

#![allow(clippy::unwrap_used)] // A test stops at the first surprise.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use prost::Message;
use proto::common::{
    Block, ChannelHeader, ConfigEnvelope, ConfigGroup, ConfigUpdate, ConfigUpdateEnvelope, ConfigValue, Envelope,
    Header, HeaderType, Payload,
};
use proto::protos::{AcLs, ApiResource};
use tests::programs::CHAINCODE;
use tests::{Network, Output, Shared};

static SHARED: Shared = Shared::new();

const PATIENCE: Duration = Duration::from_secs(60);

fn network() -> Arc<Network> {
    SHARED.get(Network::start).unwrap()
}

/// A successful command's standard output.
#[track_caller]
fn success(output: Output) -> String {
    assert!(output.status.success(), "{}{}", output.stdout, output.stderr);
    output.stdout
}

/// A failed command's error.
#[track_caller]
fn failure(output: Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}{}", output.stdout, output.stderr);
    let start = output.stderr.find("Error: ").unwrap_or_else(|| panic!("no error in: {}", output.stderr));
    output.stderr[start..].trim_end().to_owned()
}

/// Runs `attempt` until it gives something.
fn eventually<T>(mut attempt: impl FnMut() -> Result<T, String>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match attempt() {
            Ok(value) => return value,
            Err(reason) => assert!(Instant::now() < deadline, "{reason}"),
        }
    }
}

const LOCKED: &str = "Error: as another peer node command is executing, wait for that command to complete its execution or \
                      terminate it before retrying: lock is already acquired on file ";

#[test]
fn a_stopped_peer_is_worked_on() {
    let mut network = Network::with_contract().unwrap();
    success(network.invoke(CHAINCODE, r#"{"Args":["InitLedger"]}"#).unwrap());
    let info = success(network.peer(&["channel", "getinfo"]).unwrap());
    let assets = |network: &Network| {
        eventually(|| {
            let output = network.query(CHAINCODE, r#"{"Args":["GetAllAssets"]}"#).unwrap();
            if output.status.success() { Ok(output.stdout) } else { Err(output.stderr) }
        })
    };
    let expected = assets(&network);
    let commands: [&[&str]; 7] = [
        &["reset"],
        &["rollback", "-c", "mychannel", "-b", "1"],
        &["rebuild-dbs"],
        &["upgrade-dbs"],
        &["pause", "-c", "mychannel"],
        &["resume", "-c", "mychannel"],
        &["unjoin", "-c", "mychannel"],
    ];
    let node = |network: &Network, arguments: &[&str]| network.peer(&[&["node"], arguments].concat()).unwrap();
    for command in commands {
        let error = failure(node(&network, command));
        assert!(error.starts_with(LOCKED), "{error}");
    }
    network.stop().unwrap();

    for (command, expected) in [
        (&["pause"][..], "Error: Must supply channel ID"),
        (&["rollback", "-b", "1"], "Error: Must supply channel ID"),
        (&["pause", "-c", "x"], "Error: cannot update ledger status, ledger [x] does not exist"),
        (&["unjoin", "-c", "x"], "Error: unjoin channel [x]: cannot update ledger status, ledger [x] does not exist"),
        (&["rollback", "-c", "x", "-b", "1"], "Error: ledgerID [x] does not exist"),
        (
            &["rollback", "-c", "mychannel", "-b", "100"],
            "Error: target block number [100] should be less than the biggest block number [",
        ),
        (&["upgrade-dbs"], "Error: the data format is already up to date. No upgrade is required"),
    ] {
        let error = failure(node(&network, command));
        assert!(error.starts_with(expected), "{error}");
    }

    for (command, log) in [
        (&["rollback", "-c", "mychannel", "-b", "2"][..], "has been successfully rolled back to the block number [2]"),
        (&["reset"], "All channel ledgers have been successfully reset to the genesis block"),
        (&["rebuild-dbs"], "Dropping databases of channel [mychannel]"),
        (&["unjoin", "-c", "mychannel"], "channel has been successfully unjoined ledgerID=mychannel"),
    ] {
        let output = node(&network, command);
        assert!(output.stderr.contains(log), "{}", output.stderr);
        success(output);
        network.restart().unwrap();
        eventually(|| {
            let now = network.peer(&["channel", "getinfo"]).unwrap();
            if now.stdout == info { Ok(()) } else { Err(format!("{command:?}: {}{}", now.stdout, now.stderr)) }
        });
        assert_eq!(assets(&network), expected, "{command:?}");
        let rebuilt = network.log().contains("Ledger rebuild: Complete, all ledgers surpass prereset heights.");
        assert_eq!(rebuilt, ["rollback", "reset"].contains(&command[0]), "{command:?}");
        network.stop().unwrap();
    }

    success(node(&network, &["pause", "-c", "mychannel"]));
    network.restart().unwrap();
    assert_eq!(success(network.peer(&["channel", "list"]).unwrap()), "Channels peers has joined: \n");
    let error = failure(network.peer(&["channel", "getinfo"]).unwrap());
    assert!(error.contains("Invalid chain ID"), "{error}");
    network.stop().unwrap();
    success(node(&network, &["resume", "-c", "mychannel"]));
    network.restart().unwrap();
    assert_eq!(assets(&network), expected);
}

#[test]
fn snapshots_are_requested() {
    // Its own one: the last block is still the first one.
    let network = Network::start().unwrap();
    let snapshot = |arguments: &[&str]| network.peer(&[&["snapshot"], arguments].concat()).unwrap();
    for (arguments, expected) in [
        (&["submitrequest"][..], "Error: the required parameter 'channelID' is empty. Rerun the command with -c flag"),
        (
            &["cancelrequest", "-c", "mychannel"],
            "Error: the required parameter 'blockNumber' is empty or set to 0. Rerun the command with -b flag",
        ),
        (
            &["listpending", "-c", "nochannel"],
            "Error: failed to list pending requests: rpc error: code = Unknown desc = cannot find ledger for channel \
             nochannel",
        ),
        (
            &["cancelrequest", "-c", "mychannel", "-b", "3"],
            "Error: failed to cancel the request: rpc error: code = Unknown desc = no snapshot request exists for block \
             number 3",
        ),
    ] {
        let error = failure(snapshot(arguments));
        assert!(error.starts_with(expected), "{error}");
    }
    let address = network.info().peer.address.clone();
    let target = |command: &str, number: &str| {
        let arguments = [command, "-c", "mychannel", "-b", number, "--peerAddress", &address];
        snapshot(&arguments)
    };
    let pending = || success(snapshot(&["listpending", "-c", "mychannel"]));
    assert_eq!(success(target("submitrequest", "100")), "Snapshot request submitted successfully\n");
    assert_eq!(success(target("submitrequest", "101")), "Snapshot request submitted successfully\n");
    assert!(failure(target("submitrequest", "100")).ends_with("duplicate snapshot request for block number 100"));
    assert_eq!(pending(), "Successfully got pending snapshot requests: [100 101]\n");
    assert_eq!(success(target("cancelrequest", "100")), "Snapshot request cancelled successfully\n");
    assert_eq!(pending(), "Successfully got pending snapshot requests: [101]\n");
    assert_eq!(success(target("submitrequest", "0")), "Snapshot request submitted successfully\n");
    let completed = network.data().join("peer/snapshots/completed/mychannel/0/_snapshot_additional_metadata.json");
    eventually(|| completed.exists().then_some(()).ok_or_else(|| network.log()));
    let error = failure(target("submitrequest", "0"));
    assert!(error.ends_with("snapshot already generated for block number 0"), "{error}");
    let status = network.peer(&["channel", "joinbysnapshotstatus"]).unwrap();
    assert_eq!(success(status), "No joinbysnapshot operation is in progress\n");
    let join = failure(network.peer(&["channel", "joinbysnapshot", "--snapshotpath", "/none"]).unwrap());
    assert!(join.starts_with("Error: proposal failed (err: bad proposal response 500: "), "{join}");
}

/// The configuration of the channel, as its last configuration block has it.
fn configuration(network: &Network, file: &Path) -> ConfigGroup {
    let path = file.to_str().unwrap();
    success(network.peer(&["channel", "fetch", "config", path, "-c", "mychannel"]).unwrap());
    let block = Block::decode(&std::fs::read(file).unwrap()[..]).unwrap();
    let envelope = Envelope::decode(block.data.unwrap().data[0].clone()).unwrap();
    let payload = Payload::decode(envelope.payload).unwrap();
    ConfigEnvelope::decode(payload.data).unwrap().config.unwrap().channel_group.unwrap()
}

/// An unsigned update of `channel_id` that adds an entry to the ACLs.
fn update(root: &ConfigGroup, channel_id: &str) -> Vec<u8> {
    let current = root.groups["Application"].clone();
    let mut changed = current.clone();
    let resource = ApiResource { policy_ref: "/Channel/Application/Admins".to_owned() };
    let acls = AcLs { acls: [("event/Block".to_owned(), resource)].into() };
    let value = ConfigValue { value: acls.encode_to_vec().into(), mod_policy: "Admins".to_owned(), version: 0 };
    changed.values.insert("ACLs".to_owned(), value);
    changed.version += 1;
    let below = |group: ConfigGroup| ConfigGroup {
        version: root.version,
        groups: BTreeMap::from([("Application".to_owned(), group)]),
        ..Default::default()
    };
    let update = ConfigUpdate {
        channel_id: channel_id.to_owned(),
        read_set: Some(below(current)),
        write_set: Some(below(changed)),
        ..Default::default()
    };
    let update = ConfigUpdateEnvelope { config_update: update.encode_to_vec().into(), signatures: vec![] };
    let header = ChannelHeader {
        r#type: HeaderType::ConfigUpdate as i32,
        channel_id: channel_id.to_owned(),
        ..Default::default()
    };
    let header = Header { channel_header: header.encode_to_vec().into(), ..Default::default() };
    let payload = Payload { header: Some(header), data: update.encode_to_vec().into() };
    Envelope { payload: payload.encode_to_vec().into(), signature: Bytes::new() }.encode_to_vec()
}

#[test]
fn a_configuration_is_signed_and_updated() {
    let network = Network::start().unwrap();
    let peer = |arguments: &[&str]| network.peer(arguments).unwrap();
    let (block, file) = (network.scratch().join("config.block"), network.scratch().join("update.pb"));
    let path = file.to_str().unwrap();
    let before = configuration(&network, &block);
    assert!(!before.groups["Application"].values.contains_key("ACLs"));

    for (arguments, expected) in [
        (&["signconfigtx"][..], "Error: Invalid channel create transaction : No configtx file name supplied"),
        (
            &["signconfigtx", "-f", "/none"],
            "Error: channel create configuration tx file not found open /none: no such file or directory",
        ),
        (&["update", "-f", path], "Error: Must supply channel ID"),
        (&["create", "-f", path], "Error: must supply channel ID"),
    ] {
        assert_eq!(failure(peer(&[&["channel"], arguments].concat())), expected);
    }
    std::fs::write(&file, update(&before, "mychannel")).unwrap();
    success(peer(&["channel", "signconfigtx", "-f", path]));
    let signed = std::fs::read(&file).unwrap();
    let error = failure(peer(&["channel", "update", "-f", path, "-c", "other"]));
    assert_eq!(error, "Error: Invalid channel create transaction : mismatched channel ID mychannel != other");
    let output = peer(&["channel", "update", "-f", path, "-c", "mychannel"]);
    assert!(output.stderr.contains("Successfully submitted channel update"), "{}", output.stderr);
    success(output);
    assert_eq!(std::fs::read(&file).unwrap(), signed, "only signing writes the file");
    eventually(|| {
        let acls = configuration(&network, &block).groups["Application"].values.contains_key("ACLs");
        acls.then_some(()).ok_or_else(|| "the update is not in force".to_owned())
    });

    // Channels are not created so any more.
    std::fs::write(&file, update(&before, "newchannel")).unwrap();
    let error = failure(peer(&["channel", "create", "-c", "newchannel", "-f", path]));
    assert!(error.starts_with("Error: got unexpected status: "), "{error}");
}

#[test]
fn sources_are_packaged() {
    let network = network();
    let project = network.scratch().join("project");
    std::fs::create_dir_all(project.join("META-INF/statedb/couchdb/indexes")).unwrap();
    std::fs::write(project.join("package.json"), "{}").unwrap();
    let index = project.join("META-INF/statedb/couchdb/indexes/a.json");
    std::fs::write(&index, r#"{"index":{"fields":["owner"]}}"#).unwrap();
    let (source, package) = (project.to_str().unwrap(), network.scratch().join("project.tar.gz"));
    let package = package.to_str().unwrap();
    let make = || {
        let command = ["lifecycle", "chaincode", "package", package, "-p", source, "-l", "node", "--label", "p_1"];
        network.peer(&command).unwrap()
    };
    success(make());
    let first = std::fs::read(package).unwrap();
    success(make());
    assert_eq!(std::fs::read(package).unwrap(), first, "the same again");
    let id = success(network.peer(&["lifecycle", "chaincode", "calculatepackageid", package]).unwrap());
    assert_eq!(id, format!("p_1:{}\n", hex::encode(proto::sha256([&first]))));
    std::fs::write(&index, "{}").unwrap();
    assert_eq!(
        failure(make()),
        "Error: error getting chaincode bytes: Index metadata file [META-INF/statedb/couchdb/indexes/a.json] is not a \
         valid index definition: Index definition must include a \"fields\" definition"
    );
}

#[test]
fn shells_can_complete() {
    let network = network();
    for (shell, expected) in [
        ("bash", "complete "),
        ("zsh", "#compdef peer"),
        ("fish", "complete -c peer"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let script = success(network.peer(&["completion", shell]).unwrap());
        assert!(script.contains(expected) && script.contains("rebuild-dbs"), "{shell}");
    }
}

#[test]
fn words_that_nobody_takes_are_refused() {
    let network = network();
    for (arguments, expected) in [
        (&["version", "x"][..], "Error: trailing args detected"),
        (&["channel", "list", "a", "b"], "Error: trailing args detected: [a b]"),
        (&["channel", "joinbysnapshotstatus", "a"], "Error: trailing args detected: [a]"),
    ] {
        assert_eq!(failure(network.peer(arguments).unwrap()), expected);
    }
}
