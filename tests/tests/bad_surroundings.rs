//! A machine that does not give what the peer needs.

#![allow(clippy::unwrap_used)] // A test stops at the first surprise.

use std::net::TcpListener;

use tests::network::failing_start;
use tests::programs::CHAINCODE;
use tests::{Network, Options};

#[test]
fn a_port_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let folder = tempfile::tempdir().unwrap();
    for flag in ["--peer-port", "--orderer-port", "--chaincode-port"] {
        let output = failing_start(&folder.path().join(flag), &[&format!("{flag}={port}")]).unwrap();
        assert_eq!(output.status.code(), Some(1), "{flag}: {}", output.stderr);
        for expected in [&port.to_string(), "in use", flag] {
            assert!(output.stderr.contains(expected), "{flag}: {}", output.stderr);
        }
    }
}

#[test]
fn a_second_network_on_the_same_data_is_refused_and_the_first_goes_on() {
    let network = Network::with_contract().unwrap();
    let output = failing_start(&network.data(), &[]).unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", output.stderr);
    assert!(output.stderr.contains("already running"), "{}", output.stderr);
    assert!(network.invoke(CHAINCODE, r#"{"Args":["InitLedger"]}"#).unwrap().status.success());
}

#[test]
fn data_of_another_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut network = Network::start().unwrap();
    assert!(network.stop().unwrap().success());
    let data = folder.path().join("data");
    copy(&network.data(), &data);
    let marker = data.join("weft-dev.json");
    let ours = std::fs::read_to_string(&marker).unwrap();
    let other = ours.replacen("\"format\": 1", "\"format\": 999", 1);
    assert_ne!(ours, other, "the data directory says which format it has");
    std::fs::write(&marker, &other).unwrap();
    let output = failing_start(&data, &[]).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stderr.contains("999") && output.stderr.contains("--reset"), "{}", output.stderr);
    assert_eq!(std::fs::read_to_string(&marker).unwrap(), other);
}

#[test]
fn a_place_where_nothing_can_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "this is not a directory").unwrap();
    for place in [file.join("data"), "/proc/weft-data".into()] {
        let output = failing_start(&place, &[]).unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", output.stderr);
        assert!(output.stderr.contains(&*place.to_string_lossy()), "{}", output.stderr);
    }
}

/// The limit on the size of a file stands for a full disk: the same writes fail, in the middle, and no privilege is
/// needed to set it up.
#[test]
fn a_full_disk_stops_commits_and_loses_none() {
    const FILE_KIB_MAX: u32 = 6 * 1024;
    let full = Options {
        wrapper: Some(format!("trap '' XFSZ; ulimit -f {}; exec \"$@\"", FILE_KIB_MAX * 2)),
        ..Options::default()
    };
    let mut network = Network::start_with(full).unwrap();
    network.install(&tests::programs::contract(CHAINCODE).unwrap()).unwrap();
    let owner = "x".repeat(60_000);
    let mut committed = 0;
    loop {
        let call = format!(r#"{{"Args":["CreateAsset","a{committed}","red","1","{owner}","1"]}}"#);
        let output = network.invoke(CHAINCODE, &call).unwrap();
        if !output.status.success() {
            assert!(!output.stderr.contains("panicked"), "{}", output.stderr);
            break;
        }
        committed += 1;
        assert!(committed < 500, "the limit was never met");
    }
    assert!(committed > 10, "only {committed} transactions before the limit: {}", network.log());
    assert!(!network.log().contains("panicked"), "{}", network.log());
    network.kill().unwrap();
    network.without_wrapper();
    network.restart().unwrap();
    for number in 0..committed {
        let output = network.query(CHAINCODE, &format!(r#"{{"Args":["AssetExists","a{number}"]}}"#)).unwrap();
        assert_eq!(output.stdout.trim(), "true", "asset a{number} of {committed}");
    }
    assert!(
        network.invoke(CHAINCODE, r#"{"Args":["CreateAsset","after","red","1","Ada","1"]}"#).unwrap().status.success()
    );
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else if entry.file_type().unwrap().is_file() {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
