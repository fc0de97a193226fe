//! `peer chaincode replay`: committed transactions executed once more.
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

use tests::{Network, Output, programs};

fn call(network: &Network, chaincode: &str, arguments: &[&str]) -> String {
    let call = serde_json::json!({ "Args": arguments }).to_string();
    let output = network.invoke(chaincode, &call).unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", output.stderr);
    tx_id(&output)
}

/// `txid [..] committed with status (VALID) at ..`
fn tx_id(output: &Output) -> String {
    let found = output.stderr.split_once("txid [").and_then(|(_, rest)| rest.split_once(']'));
    found.unwrap_or_else(|| panic!("no transaction id in {}", output.stderr)).0.to_owned()
}

fn replay(network: &Network, tx_id: &str, more: &[&str]) -> Output {
    network.peer(&[&["chaincode", "replay", tx_id, "-C", "mychannel"], more].concat()).unwrap()
}

#[test]
fn a_committed_transaction_does_the_same_again() {
    let network = Network::with_contract().unwrap();
    let conformance = programs::contract("conformance").unwrap();
    let installed = network.peer(&["chaincode", "install", conformance.to_str().unwrap(), "--name", "conformance"]);
    assert!(installed.unwrap().status.success());
    let sample = programs::CHAINCODE;
    let mut transactions = vec![call(&network, sample, &["InitLedger"])];
    transactions.push(call(&network, sample, &["CreateAsset", "asset7", "grün", "5", "Tomoko", "300"]));
    transactions.push(call(&network, sample, &["TransferAsset", "asset7", "Grace"]));
    transactions.push(call(&network, sample, &["GetAllAssets"]));
    for arguments in [
        &["PutMany", "a=1,b=2,c=3"][..],
        &["PutAndGet", "a", "2"],
        &["Range", "a", "c"],
        &["PartialRange", "color", ""],
        &["Delete", "b"],
        &["SetPolicy", "c", ""],
        &["Metadata", "c"],
        &["History", "a"],
        &["Timestamp"],
        &["ClientId"],
        &["Binding"],
        &["Invoke", sample, "", "GetAllAssets"],
        &["Invoke", sample, "mychannel", "TransferAsset,asset7,Max"],
    ] {
        transactions.push(call(&network, "conformance", arguments));
    }
    for tx_id in &transactions {
        let replayed = replay(&network, tx_id, &[]);
        assert!(replayed.status.success(), "{}{}", replayed.stdout, replayed.stderr);
        assert!(replayed.stdout.contains("(VALID)"), "{}", replayed.stdout);
        assert!(replayed.stdout.ends_with("to the byte.\n"), "{}", replayed.stdout);
    }

    let picture = network.scratch().join("replayed.svg");
    let profiled = replay(&network, &transactions[0], &["--profile", picture.to_str().unwrap()]);
    assert!(
        profiled.stdout.starts_with("Fuel: ") && profiled.stdout.ends_with("to the byte.\n"),
        "{}",
        profiled.stdout
    );
    assert!(std::fs::read_to_string(&picture).unwrap().contains(&transactions[0]));

    // Another language's contract does the same; another contract does not.
    let other = programs::contract("asset-transfer-basic-assemblyscript").unwrap();
    let same = replay(&network, &transactions[2], &["--contract", other.to_str().unwrap()]);
    assert!(same.status.success(), "{}{}", same.stdout, same.stderr);
    let different = replay(&network, &transactions[1], &["--contract", conformance.to_str().unwrap(), "--json"]);
    assert_eq!(different.status.code(), Some(1));
    let json: serde_json::Value = serde_json::from_str(&different.stdout).unwrap();
    assert_eq!((&json["same"], &json["chaincode"]), (&false.into(), &sample.into()));
    let differences = json["differences"].to_string();
    assert!(differences.contains("- write asset-transfer-basic asset7 = "), "{differences}");
    assert!(differences.contains("+ response 500 Function CreateAsset not found"), "{differences}");
}

#[test]
fn what_cannot_be_replayed_is_named() {
    let network = Network::with_contract().unwrap();
    let conformance = programs::contract("conformance").unwrap();
    let installed = network.peer(&["chaincode", "install", conformance.to_str().unwrap(), "--name", "conformance"]);
    assert!(installed.unwrap().status.success());
    let calling = call(&network, "conformance", &["Invoke", programs::CHAINCODE, "", "GetAllAssets"]);
    let other = format!("{}={}", programs::CHAINCODE, conformance.display());
    for (tx_id, more, expected) in [
        ("0000", &[][..], "the channel has no transaction 0000"),
        (&calling, &["--contract", "/no/such/file"], "/no/such/file"),
        (&calling, &["--callee", "asset-transfer-basic=/no/such/file"], "/no/such/file"),
        (&calling, &["--callee", "/no/such/file"], "NAME=FILE"),
        (&calling, &["--callee", &other], "the contract does something else"),
    ] {
        let output = replay(&network, tx_id, more);
        assert!(!output.status.success() && output.stderr.contains(expected), "{}", output.stderr);
    }
}
