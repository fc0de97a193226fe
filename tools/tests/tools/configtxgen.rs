use std::fs;
use std::path::Path;

use prost::Message;
use proto::common::{Block, Envelope, Payload};
use tools::protolator::Protolator;

use super::{argument, data, run, text};

const PROGRAM: &str = env!("CARGO_BIN_EXE_configtxgen");

/// The configuration in a block, as JSON.
fn configuration(block: &Path) -> String {
    let block = Block::decode(&fs::read(block).expect("written")[..]).expect("a block");
    let data = block.data.expect("data").data;
    assert_eq!(block.header.expect("a header").data_hash, &proto::block::data_hash(&data)[..]);
    let envelope = Envelope::decode(data[0].clone()).expect("an envelope");
    let payload = Payload::decode(envelope.payload).expect("a payload");
    Protolator::default().decode("common.ConfigEnvelope", payload.data).expect("a configuration")
}

#[test]
fn blocks_hold_what_configtxgen_writes() {
    let root = tempfile::tempdir().expect("a directory");
    let (block, config) = (root.path().join("new/a.block"), data("configtx"));
    for (profile, json) in [("Raft", "configtx/raft.json"), ("Bft", "configtx/bft.json"), ("Old", "configtx/old.json")]
    {
        let args = ["-profile", profile, "--channelID=mychannel", "-outputBlock", argument(&block), "-configPath"];
        let said = run(PROGRAM, &[&args[..], &[argument(&config)]].concat(), &[]);
        assert_eq!(said.code, 0, "{}", said.stderr);
        assert_eq!(configuration(&block), text(json), "{profile}");
        let said = run(PROGRAM, &["-inspectBlock", argument(&block)], &[]);
        assert!(said.code == 0 && said.stdout.contains("\"channel_id\": \"mychannel\""), "{}", said.stderr);
    }
}

#[test]
fn organizations_are_printed_as_configtxgen_prints_them() {
    let config = data("configtx");
    for (name, json) in [("Org1", "configtx/org1.json"), ("OrdererOrg", "configtx/orderer-org.json")] {
        let said = run(PROGRAM, &["-printOrg", name], &[("FABRIC_CFG_PATH", argument(&config))]);
        assert_eq!((said.code, said.stdout), (0, text(json)), "{}", said.stderr);
    }
}

#[test]
fn the_environment_overrides_fields() {
    let root = tempfile::tempdir().expect("a directory");
    let (block, config) = (root.path().join("a.block"), data("configtx"));
    let args = ["-configPath", argument(&config), "-profile", "Old", "-channelID", "mychannel", "-outputBlock"];
    let environment = [
        ("CONFIGTX_PROFILES_OLD_ORDERER_BATCHTIMEOUT", "7s"),
        ("CONFIGTX_PROFILES_OLD_ORDERER_BATCHSIZE_ABSOLUTEMAXBYTES", "3 MB"),
        ("CONFIGTX_PROFILES_OLD_ORDERER_ADDRESSES", "[b:1, c:2]"),
    ];
    let said = run(PROGRAM, &[&args[..], &[argument(&block)]].concat(), &environment);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let expected = text("configtx/old.json")
        .replace("\"timeout\": \"1.5s\"", "\"timeout\": \"7s\"")
        .replace("\"absolute_max_bytes\": 10485760", "\"absolute_max_bytes\": 3145728");
    let list = |addresses: &[&str]| addresses.iter().map(|one| format!("\"{one}\"")).collect::<Vec<_>>();
    let indent = "\n\t\t\t\t\t\t\t";
    let expected = expected.replace(&list(&["a:1"]).join(""), &list(&["b:1", "c:2"]).join(&format!(",{indent}")));
    assert_eq!(configuration(&block), expected);
}

#[test]
fn creation_transactions_can_be_inspected() {
    let root = tempfile::tempdir().expect("a directory");
    let (transaction, config) = (root.path().join("a.tx"), data("configtx"));
    let args = ["-configPath", argument(&config), "-profile", "Old", "-channelID", "c", "-outputCreateChannelTx"];
    let said = run(PROGRAM, &[&args[..], &[argument(&transaction)]].concat(), &[]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let said = run(PROGRAM, &["-inspectChannelCreateTx", argument(&transaction)], &[]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    for expected in ["\"name\": \"SampleConsortium\"", "\"read_set\": {", "\"channel_id\": \"c\"", "\"ACLs\": {"] {
        assert!(said.stdout.contains(expected), "{expected}: {}", said.stdout);
    }
}

#[test]
fn complaints_name_file_field_and_remedy() {
    let root = tempfile::tempdir().expect("a directory");
    let block = root.path().join("a.block");
    let write = |text: &str| fs::write(root.path().join("configtx.yaml"), text).expect("written");
    let ours = data("configtx");
    let output = |dir, profile| {
        vec!["-configPath", dir, "-profile", profile, "-channelID", "mychannel", "-outputBlock", argument(&block)]
    };
    let check = |args: &[&str], code: i32, expected: &[&str]| {
        let said = run(PROGRAM, args, &[]);
        assert_eq!(said.code, code, "{args:?}: {}", said.stderr);
        for expected in expected {
            assert!(said.stderr.contains(expected), "{args:?}: {expected} is not in {}", said.stderr);
        }
    };
    let (ours, theirs) = (argument(&ours), argument(root.path()));
    check(&["-nope"], 2, &["flag provided but not defined: -nope\nUsage of configtxgen:\n", "  -asOrg string\n"]);
    check(&["-outputBlock", "x"], 1, &["Missing channelID, please specify it with '-channelID'"]);
    check(&["-outputBlock", "x", "-channelID", "c"], 1, &["The '-profile' is required when '-outputBlock'"]);
    check(&output(theirs, "Raft"), 2, &["Error reading configuration: there is no configtx.yaml in ", "-configPath"]);
    check(&output(ours, "Nope"), 1, &["Could not find profile: Nope. Please make sure", "Bft"]);
    check(
        &output(ours, "Missing"),
        1,
        &[
            "Error on outputBlock: ",
            "1 - Error loading MSP configuration for org: Lost: MSPDir must name the directory",
            "no ca certificate found in directory ",
            "nowhere/cacerts",
        ],
    );
    check(&["-configPath", ours, "-printOrg", "Nope"], 1, &["Error on printOrg: organization Nope not found"]);
    check(&["-inspectBlock", "/nope"], 1, &["Error on inspectBlock: could not read /nope"]);
    write("Profiles: [");
    check(&output(theirs, "Raft"), 2, &["Error reading configuration: ", "configtx.yaml"]);
    write("Profile:\n");
    check(
        &output(theirs, "Raft"),
        2,
        &["configtx.yaml: Profile: expected no field of this name, found one; the fields are Profiles"],
    );
    write("Profiles: { Raft: { Orderer: { BatchTimeout: soon } } }");
    let place = "Profiles.Raft.Orderer.BatchTimeout: expected a duration such as 2s or 500ms, found 'soon'";
    check(&output(theirs, "Raft"), 2, &[place]);
    write("Profiles: { Raft: { Orderer: { OrdererType: etcdraft } } }");
    check(&output(theirs, "Raft"), 2, &["Profiles.Raft.Orderer.EtcdRaft.Consenters: expected the consenters"]);
    write("Profiles: { Raft: {} }");
    check(&output(theirs, "Raft"), 1, &["error adding policies to channel group: no policies defined"]);
    assert!(!block.exists());
}
