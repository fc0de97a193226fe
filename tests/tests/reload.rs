//! A contract follows the file it was installed from.

#![allow(clippy::unwrap_used)] // A test stops at the first surprise.

use std::path::Path;
use std::time::{Duration, Instant};

use tests::Network;
use tests::programs::{CHAINCODE, contract};

const RELOAD_TIMEOUT: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(5);

/// Waits for the `count`th log line that holds `text`, and gives it.
fn log_line(network: &Network, text: &str, count: usize) -> String {
    let deadline = Instant::now() + RELOAD_TIMEOUT;
    loop {
        let log = network.log();
        if let Some(line) = log.lines().filter(|line| line.contains(text)).nth(count - 1) {
            return line.to_owned();
        }
        assert!(Instant::now() < deadline, "no '{text}' in the log:\n{log}");
        std::thread::sleep(POLL);
    }
}

/// The same contract in other bytes: a custom section is no code.
fn with_remark(wasm: &[u8], remark: &str) -> Vec<u8> {
    let mut section = vec![remark.len() as u8];
    section.extend(remark.as_bytes());
    let mut changed = wasm.to_vec();
    changed.extend([0, section.len() as u8]);
    changed.extend(section);
    changed
}

fn owner(network: &Network) -> String {
    let output = network.query(CHAINCODE, r#"{"Args":["ReadAsset","asset1"]}"#).unwrap();
    assert!(output.status.success(), "{}", output.stderr);
    output.stdout
}

#[test]
fn a_new_build_is_taken_up_and_the_state_stays() {
    let mut network = Network::start().unwrap();
    let file = network.scratch().join(format!("{CHAINCODE}.wasm"));
    let wasm = std::fs::read(contract(CHAINCODE).unwrap()).unwrap();
    std::fs::write(&file, &wasm).unwrap();
    network.install(&file).unwrap();
    assert!(network.invoke(CHAINCODE, r#"{"Args":["InitLedger"]}"#).unwrap().status.success());
    let before = owner(&network);

    // Written in place, as `cp` does.
    std::fs::write(&file, with_remark(&wasm, "second")).unwrap();
    assert!(log_line(&network, "Reloaded contract", 1).contains("sequence 2"));
    assert_eq!(owner(&network), before);

    // A build that cannot run changes nothing, and the log says why.
    std::fs::write(&file, &wasm[..wasm.len() / 2]).unwrap();
    let refused = log_line(&network, "cannot be used", 1);
    assert!(refused.contains(CHAINCODE) && refused.contains("unexpected end"), "{refused}");
    assert_eq!(owner(&network), before);

    // Replaced, as linkers and editors do; and found after a restart.
    replace(&file, &with_remark(&wasm, "third"));
    assert!(log_line(&network, "Reloaded contract", 2).contains("sequence 3"));
    assert!(network.stop().unwrap().success());
    replace(&file, &with_remark(&wasm, "fourth"));
    network.restart().unwrap();
    assert!(log_line(&network, "Reloaded contract", 1).contains("sequence 4"));
    assert_eq!(owner(&network), before);
}

fn replace(file: &Path, contents: &[u8]) {
    let new = file.with_extension("new");
    std::fs::write(&new, contents).unwrap();
    std::fs::rename(new, file).unwrap();
}
