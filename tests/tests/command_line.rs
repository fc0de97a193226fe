//! The `peer` command against a development network: what it prints, and how it ends.

#![allow(clippy::unwrap_used)] // A test stops at the first surprise.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use prost::Message;
use proto::common::Block;
use tests::programs::{self, CHAINCODE};
use tests::{Network, Options, Output, Shared};

static SHARED: Shared = Shared::new();

/// The tests that only read, or write under names of their own, share a network.
fn network() -> Arc<Network> {
    SHARED.get(Network::with_contract).unwrap()
}

/// A successful command's standard output.
#[track_caller]
fn success(output: Output) -> String {
    assert!(output.status.success(), "{}{}", output.stdout, output.stderr);
    output.stdout
}

/// A failed command's last line, which must be an error with exit code 1.
#[track_caller]
fn failure(output: Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}{}", output.stdout, output.stderr);
    let start = output.stderr.find("Error: ").unwrap_or_else(|| panic!("no error in: {}", output.stderr));
    output.stderr[start..].trim_end().to_owned()
}

/// The contract with a remark of its own inside: another file with the same behaviour.
fn changed_contract(network: &Network, name: &str, remark: &str) -> PathBuf {
    let mut wasm = std::fs::read(programs::contract(CHAINCODE).unwrap()).unwrap();
    let remark = format!("r{remark}");
    wasm.extend([0, 1 + remark.len() as u8, remark.len() as u8]);
    wasm.extend(remark.as_bytes());
    let file = network.scratch().join(format!("{name}.wasm"));
    std::fs::write(&file, wasm).unwrap();
    file
}

#[test]
fn install_invoke_query_and_upgrade() {
    let network = network();
    let peer = |arguments: &[&str]| network.peer(arguments).unwrap();
    let file = changed_contract(&network, "my-contract", "1");
    let path = file.to_str().unwrap();
    let installed = success(peer(&["chaincode", "install", path]));
    let lines: Vec<&str> = installed.lines().collect();
    assert_eq!(lines[0], "Chaincode my-contract is installed and can be invoked.");
    assert!(lines[1].starts_with("Package ID: my-contract:"), "{installed}");
    assert_eq!(lines[2], "Sequence: 1, version 1.0");
    assert_eq!(lines[3], "Functions:");
    assert!(installed.contains("\n  submit CreateAsset(id: String, color: String, "), "{installed}");

    let call = r#"{"function":"CreateAsset","Args":["a1","blue","5","Tom","300"]}"#;
    let invoked = network.invoke("my-contract", call).unwrap();
    assert!(invoked.stderr.contains(") at 127.0.0.1:"), "{}", invoked.stderr);
    assert!(invoked.stderr.contains("committed with status (VALID)"), "{}", invoked.stderr);
    assert!(invoked.stderr.contains("Chaincode invoke successful. result: status:200"), "{}", invoked.stderr);
    assert_eq!(success(invoked), "");

    let read = r#"{"Args":["ReadAsset","a1"]}"#;
    let asset = "{\"AppraisedValue\":300,\"Color\":\"blue\",\"ID\":\"a1\",\"Owner\":\"Tom\",\"Size\":5}\n";
    assert_eq!(success(network.query("my-contract", read).unwrap()), asset);
    let query = ["chaincode", "query", "-n", "my-contract", "-c", r#"{"Args":["AssetExists","a1"]}"#];
    assert_eq!(success(peer(&query)), "true\n", "the network's channel is the default");
    assert_eq!(success(peer(&[&query[..], &["--hex"]].concat())), "74727565\n");
    assert_eq!(success(peer(&[&query[..], &["--raw"]].concat())), "[116 114 117 101]\n");

    let again = success(peer(&["chaincode", "install", path]));
    assert!(again.starts_with("Chaincode my-contract is unchanged; it runs already.\n"), "{again}");
    assert!(again.contains("\nSequence: 1, version 1.0\n"), "{again}");

    // Another file under the same name: the directory differs, so that the running network reloads nothing by itself.
    let other = changed_contract(&network, "changed", "2");
    let upgraded = success(peer(&["chaincode", "install", other.to_str().unwrap(), "--name", "my-contract"]));
    assert!(upgraded.starts_with("Chaincode my-contract is upgraded; its state stays.\n"), "{upgraded}");
    assert!(upgraded.contains("\nSequence: 2, version 2.0\n"), "{upgraded}");
    assert_eq!(success(network.query("my-contract", read).unwrap()), asset);
}

#[test]
fn a_contract_is_checked_without_a_peer() {
    let network = network();
    let check = |arguments: &[&str]| network.peer(&[&["chaincode", "check"], arguments].concat()).unwrap();
    let file = programs::contract(CHAINCODE).unwrap();
    let file = file.to_str().unwrap();
    let text = success(check(&[file]));
    assert!(text.starts_with(&format!("{file}: a peer accepts it\nKind: component, ")), "{text}");
    for part in ["\n  submit CreateAsset(id: String, ", "\n  fabric:chaincode/state@1.0.0\n", " bytes of the file\n"] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    let report: serde_json::Value = serde_json::from_str(&success(check(&[file, "--json"]))).unwrap();
    assert_eq!(report["accepted"], true);
    assert!(report["largest_functions"][0]["bytes"].as_u64() > Some(100), "{report}");

    let bad = network.scratch().join("bad.wasm");
    std::fs::write(&bad, b"\0asm\x01\0\0\0").unwrap();
    let refused = check(&[bad.to_str().unwrap()]);
    assert!(
        refused.stdout.contains("a peer refuses it\n  refused: the export \"fabric:chaincode/contract@1.0.0#init\"")
    );
    assert!(failure(refused).contains("a peer refuses "));
    let report = check(&[bad.to_str().unwrap(), "--json"]).stdout;
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["findings"][0]["rule"], "missing-export", "{report}");
}

#[test]
fn a_contract_is_simulated_without_a_peer() {
    let network = network();
    let simulate = |arguments: &[&str]| network.peer(&[&["chaincode", "simulate"], arguments].concat()).unwrap();
    let file = programs::contract(CHAINCODE).unwrap();
    let file = file.to_str().unwrap();
    let state = network.scratch().join("simulated.json");
    let state = state.to_str().unwrap();
    let create = r#"{"Args":["CreateAsset","a1","blue","5","Tom","300"]}"#;
    let created = success(simulate(&[file, "-c", create, "--state", state, "--update"]));
    let asset = r#"{"AppraisedValue":300,"Color":"blue","ID":"a1","Owner":"Tom","Size":5}"#;
    let expected = format!("Status: 200\nRead: a1\nWrite: a1 = {asset}\nEvent: CreateAsset = {asset}\nUsed: ");
    assert!(created.starts_with(&expected), "{created}");
    let written: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(state).unwrap()).unwrap();
    assert_eq!(written["state"]["a1"]["Owner"], "Tom");

    let again = simulate(&[file, "-c", create, "--state", state]);
    assert!(
        again.stdout.starts_with("Status: 500\nMessage: the asset a1 already exists\nRead: a1\n"),
        "{}",
        again.stdout
    );
    assert_eq!(failure(again), "Error: the contract refuses: 500 the asset a1 already exists");

    let read = r#"{"Args":["ReadAsset","a1"]}"#;
    let json = success(simulate(&[file, "-c", read, "--state", state, "--json"]));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["response"]["payload"]["Color"], "blue");
    assert_eq!(json["reads"], serde_json::json!([{ "collection": "", "key": "a1" }]));
    assert!(json["usage"]["fuel"].as_u64() > Some(100), "{json}");

    let other = programs::contract("asset-transfer-basic-assemblyscript").unwrap();
    let same = success(simulate(&[file, "-c", read, "--state", state, "--compare", other.to_str().unwrap()]));
    assert!(same.starts_with("Both do the same.\n"), "{same}");
    let conformance = programs::contract("conformance").unwrap();
    let differ = simulate(&[file, "-c", read, "--state", state, "--compare", conformance.to_str().unwrap()]);
    assert!(differ.stdout.contains("+ Message: Function ReadAsset not found in contract\n"), "{}", differ.stdout);
    assert_eq!(failure(differ), "Error: the two contracts differ");
    let lost = failure(simulate(&[file, "-c", read, "--state", "/no/such/file"]));
    assert!(lost.starts_with("Error: reading /no/such/file: "), "{lost}");
}

#[test]
fn a_call_is_profiled_without_a_peer() {
    let network = network();
    let profile = |arguments: &[&str]| network.peer(&[&["chaincode", "profile"], arguments].concat()).unwrap();
    let file = programs::contract(CHAINCODE).unwrap();
    let create = r#"{"Args":["CreateAsset","a1","blue","5","Tom","300"]}"#;
    let call = [file.to_str().unwrap(), "-c", create];
    let (picture, lines) = (network.scratch().join("profile.svg"), network.scratch().join("profile.folded"));
    let (picture, lines) = (picture.to_str().unwrap(), lines.to_str().unwrap());
    let shown = success(profile(&[&call[..], &["-o", picture]].concat()));
    let fuel: u64 = shown.lines().next().and_then(|line| line.strip_prefix("Fuel: ")).unwrap().parse().unwrap();
    assert!(shown.ends_with(&format!("Flame graph: {picture}\n")), "{shown}");
    let drawn = std::fs::read_to_string(picture).unwrap();
    assert!(drawn.starts_with("<svg ") && drawn.contains(&format!("basic.wasm: {fuel} fuel</text>")), "{drawn}");
    success(profile(&[&call[..], &["-o", lines]].concat()));
    let folded = std::fs::read_to_string(lines).unwrap();
    let sum: u64 = folded.lines().map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap()).sum();
    assert_eq!(sum, fuel, "{folded}");
    let refused = profile(&[call[0], "-c", r#"{"Args":["ReadAsset","a1"]}"#, "-o", picture]);
    assert_eq!(failure(refused), "Error: the contract refuses: 500 the asset a1 does not exist");
    let lost = failure(profile(&[&call[..], &["-o", "/no/such/folder/profile.svg"]].concat()));
    assert!(lost.starts_with("Error: writing /no/such/folder/profile.svg: "), "{lost}");
}

#[test]
fn two_installations_at_once_both_succeed() {
    let network = network();
    let peer = |arguments: &[&str]| network.peer(arguments).unwrap();
    let file = changed_contract(&network, "twice", "4");
    let install = || success(peer(&["chaincode", "install", file.to_str().unwrap()]));
    let outputs =
        std::thread::scope(|scope| [scope.spawn(install), scope.spawn(install)].map(|run| run.join().unwrap()));
    for output in &outputs {
        assert!(output.contains("\nSequence: 1, version 1.0\n"), "{outputs:?}");
    }
    success(network.query("twice", r#"{"Args":["GetAllAssets"]}"#).unwrap());
}

#[test]
fn lifecycle_in_steps() {
    let network = network();
    let peer = |arguments: &[&str]| network.peer(arguments).unwrap();
    let file = changed_contract(&network, "steps", "3");
    let package = network.scratch().join("steps.tar.gz");
    let (file, package) = (file.to_str().unwrap(), package.to_str().unwrap());
    let lifecycle = |arguments: &[&str]| peer(&[&["lifecycle", "chaincode"], arguments].concat());
    success(lifecycle(&["package", package, "-p", file, "-l", "wasm", "--label", "steps_1.0"]));
    let package_id = success(lifecycle(&["calculatepackageid", package])).trim().to_owned();
    assert!(package_id.starts_with("steps_1.0:") && package_id.len() == "steps_1.0:".len() + 64, "{package_id}");

    let installed = lifecycle(&["install", package]);
    assert!(
        installed.stderr.contains(&format!("Chaincode code package identifier: {package_id}")),
        "{}",
        installed.stderr
    );
    success(installed);
    let known = success(lifecycle(&["queryinstalled"]));
    assert!(known.starts_with("Installed chaincodes on peer:\n"), "{known}");
    assert!(known.contains(&format!("\nPackage ID: {package_id}, Label: steps_1.0\n")), "{known}");

    let definition = ["-C", "mychannel", "-n", "steps", "-v", "1.0", "--sequence", "1"];
    let readiness = |approved: bool| {
        format!(
            "Chaincode definition for chaincode 'steps', version '1.0', sequence '1' on channel 'mychannel' approval \
             status by org:\nOrg1MSP: {approved}\n"
        )
    };
    let check = || success(lifecycle(&[&["checkcommitreadiness"], &definition[..]].concat()));
    assert_eq!(check(), readiness(false));
    let commit = [&["commit"], &definition[..]].concat();
    let early = failure(lifecycle(&commit));
    assert!(early.starts_with("Error: proposal failed with status: 500 - failed to invoke backing implementation of 'CommitChaincodeDefinition': "), "{early}");
    let approve = [&["approveformyorg", "--package-id", &package_id], &definition[..]].concat();
    let approved = lifecycle(&approve);
    assert!(approved.stderr.contains("committed with status (VALID) at 127.0.0.1:"), "{}", approved.stderr);
    success(approved);
    assert_eq!(check(), readiness(true));
    let unchanged = failure(lifecycle(&approve));
    assert!(
        unchanged
            .ends_with("attempted to redefine uncommitted sequence (1) for namespace steps with unchanged content"),
        "{unchanged}"
    );
    success(lifecycle(&commit));

    let approved = success(lifecycle(&["queryapproved", "-C", "mychannel", "-n", "steps"]));
    let fields = "sequence: 1, version: 1.0, init-required: false, package-id: ";
    assert!(approved.contains(&format!("{fields}{package_id}, endorsement plugin: escc")), "{approved}");
    assert_eq!(
        success(lifecycle(&["querycommitted", "-C", "mychannel", "-n", "steps"])),
        "Committed chaincode definition for chaincode 'steps' on channel 'mychannel':\nVersion: 1.0, Sequence: 1, \
         Endorsement Plugin: escc, Validation Plugin: vscc, Approvals: [Org1MSP: true]\n"
    );
    let all = success(lifecycle(&["querycommitted", "-C", "mychannel"]));
    assert!(all.starts_with("Committed chaincode definitions on channel 'mychannel':\n"), "{all}");
    assert!(all.contains("Name: steps, Version: 1.0, Sequence: 1, "), "{all}");
    let json = success(lifecycle(&["querycommitted", "-C", "mychannel", "-n", "steps", "-O", "json"]));
    assert!(json.starts_with("{\n\t\"sequence\": 1,\n\t\"version\": \"1.0\",\n"), "{json}");
    let missing = failure(lifecycle(&["querycommitted", "-C", "mychannel", "-n", "nothing"]));
    assert_eq!(missing, "Error: query failed with status: 404 - namespace nothing is not defined");

    let folder = network.scratch().to_str().unwrap();
    success(lifecycle(&["getinstalledpackage", "--package-id", &package_id, "--output-directory", folder]));
    let fetched = std::fs::read(network.scratch().join(format!("{package_id}.tar.gz"))).unwrap();
    assert_eq!(fetched, std::fs::read(package).unwrap());
    success(network.invoke("steps", r#"{"Args":["InitLedger"]}"#).unwrap());
}

#[test]
fn channels_and_blocks() {
    let network = network();
    let peer = |arguments: &[&str]| network.peer(arguments).unwrap();
    assert_eq!(success(peer(&["channel", "list"])), "Channels peers has joined: \nmychannel\n");
    let info = success(peer(&["channel", "getinfo", "-c", "mychannel"]));
    let height = info.strip_prefix("Blockchain info: {\"height\":").unwrap();
    let height: u64 = height.split(',').next().unwrap().parse().unwrap();
    assert!(height > 2 && info.contains(",\"currentBlockHash\":\"") && info.ends_with("\"}\n"), "{info}");

    let file = network.scratch().join("block");
    let orderer = network.info().orderer.address.as_str();
    let number_in_file = || Block::decode(&*std::fs::read(&file).unwrap()).unwrap().header.unwrap().number;
    let fetch = |what: &str, from: &[&str]| {
        let fetched = peer(&[&["channel", "fetch", what, file.to_str().unwrap(), "-c", "mychannel"], from].concat());
        assert!(fetched.stderr.contains(&format!("Received block: {}", number_in_file())), "{}", fetched.stderr);
        success(fetched);
        number_in_file()
    };
    assert_eq!(fetch("oldest", &[]), 0);
    assert_eq!(fetch("1", &[]), 1);
    assert_eq!(fetch("1", &["-o", orderer]), 1);
    assert_eq!(fetch("config", &["-o", orderer]), 0);
    assert!(fetch("newest", &[]) >= height - 1);
    assert_eq!(failure(peer(&["channel", "fetch", "all", "-c", "mychannel"])), "Error: fetch target illegal: all");
    let foreign = failure(peer(&["channel", "fetch", "newest", "-c", "nochannel"]));
    assert_eq!(foreign, "Error: can't read the block: &{NOT_FOUND}");
    let joined = peer(&["channel", "fetch", "oldest", file.to_str().unwrap()]);
    success(joined);
    let again = failure(peer(&["channel", "join", "-b", file.to_str().unwrap()]));
    assert!(again.contains("ledger [mychannel] already exists with state [ACTIVE]"), "{again}");
}

#[test]
fn mistakes_are_explained() {
    let network = network();
    let peer = |arguments: &[&str]| network.peer(arguments).unwrap();
    let asset = r#"{"Args":["ReadAsset","none"]}"#;
    let long = format!(r#"{{"Args":["ReadAsset","{}"]}}"#, "x".repeat(100_000));
    let cases: Vec<(Vec<&str>, &str)> = vec![
        (
            vec!["chaincode", "query", "-n", CHAINCODE, "-c", asset],
            "Error: endorsement failure during query. response: status:500 message:\"the asset none does not exist\"",
        ),
        (
            vec!["chaincode", "invoke", "-n", CHAINCODE, "-c", asset],
            "Error: endorsement failure during invoke. response: status:500 message:\"the asset none does not exist\"",
        ),
        (
            vec!["chaincode", "query", "-n", CHAINCODE, "-c", &long],
            "Error: endorsement failure during query. response: status:500 message:\"the key of 100000 bytes is larger \
             than the limit of 65536 bytes\"",
        ),
        (
            vec!["chaincode", "query", "-n", "nothing", "-c", asset],
            "Error: endorsement failure during query. response: status:500 message:\"make sure the chaincode nothing \
             has been successfully defined on channel mychannel and try again: chaincode nothing not found\"",
        ),
        (
            vec!["chaincode", "query", "-C", "nochannel", "-n", CHAINCODE, "-c", asset],
            "Error: endorsement failure during query. response: status:500 message:\"channel 'nochannel' not found\"",
        ),
        (
            vec!["chaincode", "query", "-n", CHAINCODE, "-c", "{\"Args\":[1]}"],
            "Error: chaincode argument error: Args[0] is a number, and must be a string such as \"1\"",
        ),
        (vec!["chaincode", "query", "-c", asset], "Error: must supply value for chaincode name parameter"),
        (
            vec!["chaincode", "query", "-n", CHAINCODE, "-c", asset, "-r", "-x"],
            "Error: options --raw (-r) and --hex (-x) are not compatible",
        ),
        (
            vec!["chaincode", "invoke", "-n", CHAINCODE, "-c", "{\"Args\":[\"InitLedger\"]}", "-o", "127.0.0.1:1"],
            "Error: orderer client failed to connect to 127.0.0.1:1: Connection refused",
        ),
        (vec!["chaincode", "install", "/no/such/file.wasm"], "Error: reading /no/such/file.wasm: No such file"),
        (
            vec!["chaincode", "install", "/proc/version"],
            "Error: /proc/version is neither WebAssembly nor a chaincode package",
        ),
        (
            vec!["lifecycle", "chaincode", "package", "/tmp/x.tar.gz", "-p", ".", "-l", "rust", "--label", "x"],
            "Error: failed to normalize chaincode path: unknown chaincodeType: RUST; -l takes wasm, golang, node",
        ),
        (vec!["chaincode", "query", "--no-such-flag"], "Error: unexpected argument '--no-such-flag' found"),
    ];
    for (arguments, expected) in cases {
        let error = failure(peer(&arguments));
        assert!(error.starts_with(expected), "{error}\nis not\n{expected}");
    }
}

#[test]
fn without_a_network_it_says_how_to_start_one() {
    let folder = tempfile::tempdir().unwrap();
    let run = |dir: &str| {
        let mut command = Command::new(programs::peer().unwrap());
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CORE_") || name.starts_with("FABRIC_")) {
            command.env_remove(name);
        }
        let output = command.args(["channel", "list"]).env("WEFT_DEV_HOME", dir).current_dir(&folder).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    let missing = run(folder.path().to_str().unwrap());
    assert!(missing.starts_with("Error: no development network is running (there is no "), "{missing}");
    assert!(missing.contains("\n    peer node start --chaincode-dev\n"), "{missing}");

    let mut network = Network::start().unwrap();
    let description = network.data().join(client::dev_network::FILE_NAME);
    let kept = std::fs::read(&description).unwrap();
    network.kill().unwrap();
    std::fs::write(&description, kept).unwrap();
    let dead = run(network.data().to_str().unwrap());
    assert!(dead.starts_with("Error: the development network in "), "{dead}");
    assert!(
        dead.contains(" does not answer; start it in another terminal with\n    peer node start --chaincode-dev\n"),
        "{dead}"
    );
}

#[test]
fn everything_works_over_tls() {
    let network = Network::start_with(Options { flags: vec!["--tls".into()], ..Options::default() }).unwrap();
    network.install(&programs::contract(CHAINCODE).unwrap()).unwrap();
    success(network.invoke(CHAINCODE, r#"{"Args":["InitLedger"]}"#).unwrap());
    let asset = success(network.query(CHAINCODE, r#"{"Args":["ReadAsset","asset1"]}"#).unwrap());
    assert!(asset.contains("Tomoko"), "{asset}");
    let info = network.info();
    let root = info.peer.tls_ca_file.as_ref().unwrap().to_str().unwrap();
    let orderer_root = info.orderer.tls_ca_file.as_ref().unwrap().to_str().unwrap();

    // As Fabric's users do it: the environment and all flags.
    let mut command = Command::new(programs::peer().unwrap());
    command
        .env("CORE_PEER_TLS_ENABLED", "true")
        .env("CORE_PEER_LOCALMSPID", &info.user.msp_id)
        .env("CORE_PEER_MSPCONFIGPATH", &info.user.msp_dir)
        .env("CORE_PEER_TLS_ROOTCERT_FILE", root)
        .env("CORE_PEER_ADDRESS", &info.peer.address)
        .args([
            "chaincode",
            "invoke",
            "-o",
            &info.orderer.address,
            "--tls",
            "--cafile",
            orderer_root,
            "-C",
            "mychannel",
        ])
        .args(["--peerAddresses", &info.peer.address, "--tlsRootCertFiles", root, "--waitForEvent", "-n", CHAINCODE])
        .args(["-c", r#"{"Args":["TransferAsset","asset1","Eve"]}"#]);
    let output = command.output().unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{log}");
    assert!(log.contains("Chaincode invoke successful. result: status:200 payload:\"Tomoko\""), "{log}");
}

/// Commands of Fabric 1.4's administrators.
#[test]
fn the_log_of_a_running_peer_is_changed() {
    let network = Network::start().unwrap();
    let peer = |arguments: &[&str]| network.peer(arguments).unwrap();
    let told = |arguments: &[&str], expected: &str| {
        let output = peer(arguments);
        assert!(output.stderr.contains(expected), "{}", output.stderr);
        assert_eq!(success(output), "");
    };
    assert_eq!(success(peer(&["node", "status"])), "status:STARTED \n");
    told(&["logging", "getlogspec"], "Current logging spec: info\n");
    told(&["logging", "getlevel", "gossip"], "Current log level for logger 'gossip': INFO\n");
    told(&["logging", "setlevel", "gossip", "debug"], "Log level set for logger name/prefix 'gossip': DEBUG\n");
    told(&["logging", "getlevel", "gossip"], "Current log level for logger 'gossip': DEBUG\n");
    told(&["logging", "getlogspec"], "Current logging spec: gossip=debug:info\n");
    told(&["logging", "setlogspec", "warn:a=error"], "Current logging spec set to: warn:a=error\n");
    told(&["logging", "getlogspec"], "Current logging spec: a=error:warn\n");
    told(&["logging", "revertlevels"], "Logging spec reverted to the peer's spec at startup.\n");
    told(&["logging", "getlogspec"], "Current logging spec: info\n");

    for (arguments, expected) in [
        (&["logging", "getlevel"][..], "Error: no parameters provided"),
        (&["logging", "setlevel", "a"], "Error: no log level provided"),
        (&["logging", "setlevel", "a", "loud"], "Error: invalid log level provided - loud"),
        (
            &["logging", "revertlevels", "a"],
            "Error: more parameters than necessary were provided. Expected 0, received 1",
        ),
        (&["logging", "setlogspec", "a=loud"], "Error: invalid logging specification 'a=loud': bad segment 'a=loud'"),
        (
            &["logging", "setlevel", "a..b", "info"],
            "Error: rpc error: code = InvalidArgument desc = error setting log spec to 'info:a..b=info': invalid logging \
             specification 'info:a..b=info': bad logger name 'a..b'",
        ),
        (&["node", "status", "now"], "Error: trailing args detected: [now]"),
    ] {
        assert_eq!(failure(peer(arguments)), expected);
    }

    // Whoever is no administrator is refused, and the state is not known.
    let mut command = Command::new(programs::peer().unwrap());
    let user = &network.info().user;
    command.env("CORE_PEER_LOCALMSPID", &user.msp_id).env("CORE_PEER_MSPCONFIGPATH", &user.msp_dir);
    command.env("CORE_PEER_ADDRESS", &network.info().peer.address).args(["node", "status"]);
    let output = command.output().unwrap();
    assert_eq!((output.status.code(), &output.stdout[..]), (Some(1), &b"status:UNKNOWN \n"[..]));
    let log = String::from_utf8_lossy(&output.stderr);
    let expected = "Error: Error trying to connect to local peer: rpc error: code = Unknown desc = access denied";
    assert!(log.contains(expected), "{log}");
}
