//! The way of Fabric 1.4 on a channel with Application V1_4_2: install, instantiate, upgrade; and the move to `_lifecycle`.

#![allow(clippy::unwrap_used)] // A test stops at the first surprise.

use std::time::{Duration, Instant};

use bytes::Bytes;
use client::blocks::signed_envelope;
use prost::Message;
use proto::common::{
    Capabilities, Capability, ConfigGroup, ConfigSignature, ConfigUpdate, ConfigUpdateEnvelope, ConfigValue, HeaderType,
};
use tests::programs::{self, CHAINCODE};
use tests::session::identity;
use tests::{Network, Options, Output, Session};

/// Longer than a commit takes.
const PATIENCE: Duration = Duration::from_secs(30);
const POLL_INTERVAL: Duration = Duration::from_millis(50);

fn network() -> Network {
    let flags = ["--application-capability", "V1_4_2"].map(str::to_owned).to_vec();
    Network::start_with(Options { flags, ..Default::default() }).unwrap()
}

fn chaincode(network: &Network, arguments: &[&str]) -> Output {
    network.peer(&[&["chaincode"], arguments].concat()).unwrap()
}

fn done(network: &Network, arguments: &[&str]) -> String {
    let output = chaincode(network, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", output.stderr);
    output.stdout
}

fn refused(network: &Network, arguments: &[&str], expected: &str) {
    let output = chaincode(network, arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", output.stdout);
    assert!(output.stderr.contains(expected), "{arguments:?}: {:?} does not say {expected:?}", output.stderr);
}

/// Asks until the answer is there; `instantiate` does not wait for the commit.
fn wait_for(network: &Network, arguments: &[&str], expected: &str) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let output = chaincode(network, arguments);
        if output.stdout.contains(expected) {
            return;
        }
        assert!(Instant::now() < deadline, "{arguments:?}: {} {}", output.stdout, output.stderr);
        std::thread::sleep(POLL_INTERVAL);
    }
}

const LIST: [&str; 4] = ["list", "--instantiated", "-C", "mychannel"];

fn read<'a>(name: &'a str, call: &'a str) -> [&'a str; 7] {
    ["query", "-C", "mychannel", "-n", name, "-c", call]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chaincode_the_way_of_fabric_1_4() {
    let mut network = network();
    let contract = programs::contract(CHAINCODE).unwrap().to_string_lossy().into_owned();
    let install = |version| ["install", "-n", "basic", "-v", version, "-p", &contract, "-l", "wasm"];
    done(&network, &install("1.0"));
    refused(&network, &install("1.0"), "Bad response: 500 - error installing chaincode code basic:1.0(chaincode ");
    let installed = done(&network, &["list", "--installed"]);
    assert!(
        installed.starts_with("Get installed chaincodes on peer:\nName: basic, Version: 1.0, Path: "),
        "{installed}"
    );
    refused(&network, &["list"], "Must explicitly specify \"--installed\" or \"--instantiated\"");
    assert!(network.data().join("peer/chaincodes/basic.1.0").is_file());

    let init = r#"{"Args":["InitLedger"]}"#;
    let instantiate = ["instantiate", "-C", "mychannel", "-n", "basic", "-v", "1.0", "-c", init];
    refused(
        &network,
        &["instantiate", "-C", "mychannel", "-n", "basic", "-v", "2.0", "-c", init],
        "cannot get package for chaincode (basic:2.0)",
    );
    let bad = r#"{"Args":["NoSuchFunction"]}"#;
    refused(
        &network,
        &["instantiate", "-C", "mychannel", "-n", "basic", "-v", "1.0", "-c", bad],
        "transaction returned with failure: ",
    );
    done(&network, &instantiate);
    wait_for(&network, &LIST, "Get instantiated chaincodes on channel mychannel:\nName: basic, Version: 1.0, Path: ");
    // Init ran in the same transaction.
    wait_for(&network, &read("basic", r#"{"Args":["ReadAsset","asset1"]}"#), "asset1");
    refused(
        &network,
        &instantiate,
        "could not assemble transaction, err proposal response was not successful, error code 500, msg chaincode with name 'basic' already exists",
    );
    let create = r#"{"Args":["CreateAsset","asset42","teal","7","Ada","1815"]}"#;
    assert!(network.invoke("basic", create).unwrap().status.success());

    done(&network, &install("2.0"));
    let upgrade = ["upgrade", "-C", "mychannel", "-n", "basic", "-v", "2.0", "-c", r#"{"Args":[]}"#];
    done(&network, &upgrade);
    wait_for(&network, &LIST, "Name: basic, Version: 2.0, Path: ");
    refused(&network, &upgrade, "version already exists for chaincode with name 'basic'");
    wait_for(&network, &read("basic", r#"{"Args":["ReadAsset","asset42"]}"#), "Ada");

    network.kill().unwrap();
    network.restart().unwrap();
    wait_for(&network, &read("basic", r#"{"Args":["ReadAsset","asset42"]}"#), "Ada");

    // `_lifecycle` is not there yet; then `lscc` is read-only, and what it defined still holds.
    let committed = ["lifecycle", "chaincode", "querycommitted", "-C", "mychannel", "-n", "basic"];
    let early = network.peer(&committed).unwrap().stderr;
    assert!(early.contains("as it does not have the required capabilities enabled"), "{early}");
    enable(&network, "V2_0").await;
    let answer = network.peer(&committed).unwrap().stderr;
    assert!(answer.contains("namespace basic is not defined"), "{answer}");
    refused(
        &network,
        &instantiate,
        "Channel 'mychannel' has been migrated to the new lifecycle, LSCC is now read-only",
    );
    let create = r#"{"Args":["CreateAsset","asset43","teal","7","Grace","1815"]}"#;
    let created = network.invoke("basic", create).unwrap();
    assert!(created.status.success(), "{}", created.stderr);
    let deployed = done(&network, &["install", &contract, "--name", "basic"]);
    assert!(deployed.contains("Sequence: 1, version 1.0"), "{deployed}");
    wait_for(&network, &read("basic", r#"{"Args":["ReadAsset","asset43"]}"#), "Grace");
    assert!(network.peer(&committed).unwrap().stdout.contains("Version: 1.0, Sequence: 1"));
}

#[test]
fn packages_with_owners() {
    let network = network();
    let contract = programs::contract(CHAINCODE).unwrap().to_string_lossy().into_owned();
    let file = |name: &str| network.scratch().join(name).to_string_lossy().into_owned();
    let (once, twice, plain) = (file("once.pak"), file("twice.pak"), file("plain.pak"));
    let package = ["package", "-n", "owned", "-v", "1", "-p", &contract];
    done(&network, &[&package[..], &[plain.as_str()]].concat());
    refused(&network, &["signpackage", &plain, &twice], "signing ");
    done(&network, &[&package[..], &["-s", "-S", "-i", "OR('Org2MSP.admin')", &once]].concat());
    let told = done(&network, &["signpackage", &once, &twice]);
    assert_eq!(told, format!("Wrote signed package to {twice} successfully\n"));
    refused(&network, &["install", "-n", "other", &twice], "chaincode name other does not match name owned in package");
    done(&network, &["install", &twice]);
    // Nobody of the other organisation is here.
    let instantiate = ["instantiate", "-C", "mychannel", "-n", "owned", "-v", "1", "-c", r#"{"Args":["InitLedger"]}"#];
    refused(&network, &instantiate, "instantiation policy violation");
    refused(
        &network,
        &["package", "-n", "x", "-v", "1", "-p", &contract],
        "output file not specified or invalid number of args",
    );
    refused(&network, &["install", "-n", "x"], "Must supply value for chaincode name, path and version parameters.");
}

/// Changes the capability of the application group, as an administrator.
async fn enable(network: &Network, capability: &str) {
    let admin = identity(&network.info().admin).unwrap();
    let session = Session::open_as(network, identity(&network.info().admin).unwrap()).await.unwrap();
    let config = session.client.channel_config(&session.peer, &session.channel_id).await.unwrap();
    let root = config.channel_group.unwrap();
    let application = &root.groups["Application"];
    let current = &application.values["Capabilities"];
    let capabilities = Capabilities { capabilities: [(capability.to_owned(), Capability {})].into() };
    let value = ConfigValue {
        version: current.version + 1,
        value: capabilities.encode_to_vec().into(),
        mod_policy: current.mod_policy.clone(),
    };
    let below = |values| ConfigGroup {
        version: root.version,
        groups: [(
            "Application".to_owned(),
            ConfigGroup { version: application.version, values, ..Default::default() },
        )]
        .into(),
        ..Default::default()
    };
    let update = ConfigUpdate {
        channel_id: session.channel_id.clone(),
        read_set: Some(below(Default::default())),
        write_set: Some(below([("Capabilities".to_owned(), value)].into())),
        ..Default::default()
    };
    let config_update = Bytes::from(update.encode_to_vec());
    let signature_header = Bytes::from(admin.new_signature_header().encode_to_vec());
    let signature = admin.sign(&[&signature_header[..], &config_update].concat()).unwrap();
    let signatures = vec![ConfigSignature { signature_header, signature }];
    let update = ConfigUpdateEnvelope { config_update, signatures };
    let height = session.client.chain_info(&session.peer, &session.channel_id).await.unwrap().height;
    let envelope = signed_envelope(
        &admin,
        HeaderType::ConfigUpdate,
        &session.channel_id,
        &Bytes::new(),
        update.encode_to_vec().into(),
    );
    session.orderer.broadcast(envelope.unwrap(), PATIENCE).await.unwrap();
    let deadline = Instant::now() + PATIENCE;
    while session.client.chain_info(&session.peer, &session.channel_id).await.unwrap().height == height {
        assert!(Instant::now() < deadline, "the configuration was not committed");
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}
