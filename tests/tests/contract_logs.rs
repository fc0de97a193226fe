//! `peer chaincode logs`: what a contract logs reaches its owner, on the peer's machine.

#![allow(clippy::unwrap_used)] // A test stops at the first surprise.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use tests::{Network, programs};

#[test]
fn what_a_contract_logs_is_shown_and_followed() {
    let network = Network::start().unwrap();
    let file = programs::contract("conformance").unwrap();
    let installed = network.peer(&["chaincode", "install", &file.to_string_lossy(), "--name", "alpha"]).unwrap();
    assert!(installed.status.success(), "{}", installed.stderr);
    let logs = |more: &[&str]| network.peer(&[&["chaincode", "logs", "-n", "alpha"], more].concat()).unwrap();
    let log = |message: &str| {
        let call = serde_json::json!({ "Args": ["Log", "debug", message] }).to_string();
        let output = network.query("alpha", &call).unwrap();
        assert!(output.status.success(), "{}", output.stderr);
    };

    let silent = logs(&[]);
    assert_eq!(silent.status.code(), Some(1));
    assert!(
        silent.stderr.contains("alpha has logged nothing on channel mychannel of this peer yet"),
        "{}",
        silent.stderr
    );
    log("first");
    log("second\nand more");
    let shown = logs(&[]).stdout;
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines[0].contains(" UTC DEBUG ") && lines[0].ends_with(" first"), "{shown}");
    assert!(lines[1].ends_with(" second") && lines[2] == "    | and more", "{shown}");
    assert_eq!(logs(&["--tail", "1"]).stdout, "    | and more\n");

    let mut following = Command::new(programs::peer().unwrap());
    following.args(["chaincode", "logs", "-n", "alpha", "-f", "--tail", "1"]).env("WEFT_DEV_HOME", network.data());
    let mut following = following.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(following.stdout.take().unwrap()).lines().map(|line| line.unwrap());
    assert_eq!(lines.next().unwrap(), "    | and more");
    log("third");
    let line = lines.next().unwrap();
    assert!(line.ends_with(" third"), "{line}");
    following.kill().unwrap();
    following.wait().unwrap();

    // A contract that fails: where, for its owner only.
    let failed = network.query("alpha", r#"{"Args":["Panic","lost my keys"]}"#).unwrap();
    assert!(!failed.status.success());
    let shown = logs(&[]).stdout;
    assert!(shown.contains(" WARN ") && shown.contains("lost my keys") && shown.contains("wasm backtrace"), "{shown}");
    let strange = logs(&["-C", "../../.."]);
    assert!(strange.stderr.contains("names of chaincodes and channels have no slashes"), "{}", strange.stderr);
}
