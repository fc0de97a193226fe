//! The sample's functions, natively and as Wasm: each test runs on both.
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::sync::LazyLock;

use contract::ContractFunctions;
use fabric_contract_test::{Contract, Executed, TestChannel};

/// The contract itself. A contract whose tests lie beside it in `src` needs neither this nor [`FOLDER`].
#[path = "../src/lib.rs"]
mod contract;

/// In a package of its own a contract's test says `env!("CARGO_MANIFEST_DIR")`.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../chaincodes/asset-transfer-basic/rust");

static WASM: LazyLock<Contract> = LazyLock::new(|| {
    let target = concat!(env!("CARGO_TARGET_TMPDIR"), "/../contracts/build");
    Contract::build(FOLDER, target).unwrap()
});

/// Runs a test on channels with the contract `basic` in both ways.
fn both(test: impl Fn(&TestChannel)) {
    for contract in [Contract::native::<ContractFunctions>(), WASM.clone()] {
        let channel = TestChannel::new();
        channel.install("basic", contract);
        test(&channel);
    }
}

fn create(channel: &TestChannel, id: &str, owner: &str) -> Executed {
    channel.transaction("basic", "CreateAsset", (id, "blue", 5, owner, 300_i64)).submit()
}

const TOM: &str = r#"{"AppraisedValue":300,"Color":"blue","ID":"a1","Owner":"Tom","Size":5}"#;
const ANN: &str = r#"{"AppraisedValue":300,"Color":"blue","ID":"a1","Owner":"Ann","Size":5}"#;

#[test]
fn an_asset_is_created_once_with_an_event() {
    both(|channel| {
        let created = create(channel, "a1", "Tom");
        assert_eq!(created.ok(), Ok(""));
        assert_eq!(created.reads("basic"), ["a1"]);
        assert_eq!(created.writes("basic"), [("a1", Some(TOM))]);
        assert_eq!(created.event(), Some(("CreateAsset", TOM.as_bytes())));
        let again = create(channel, "a1", "Ann");
        assert_eq!(again.ok(), Err("the asset a1 already exists".into()));
        assert_eq!(channel.state("basic", "a1").as_deref(), Some(TOM));
    });
}

#[test]
fn a_transfer_returns_the_old_owner() {
    both(|channel| {
        create(channel, "a1", "Tom");
        let transferred = channel.transaction("basic", "TransferAsset", ("a1", "Ann")).submit();
        assert_eq!(transferred.ok(), Ok("Tom"));
        assert_eq!(channel.transaction("basic", "ReadAsset", ("a1",)).evaluate().ok(), Ok(ANN));
        let history = channel.ledger("basic").unwrap().history("a1");
        assert_eq!(history.iter().map(|entry| entry.tx_id.as_str()).collect::<Vec<_>>(), ["tx1", "tx2"]);
    });
}

#[test]
fn what_is_deleted_does_not_exist() {
    both(|channel| {
        create(channel, "a1", "Tom");
        let deleted = channel.transaction("basic", "DeleteAsset", ("a1",)).submit();
        assert_eq!(deleted.writes("basic"), [("a1", None)]);
        assert_eq!(channel.transaction("basic", "AssetExists", ("a1",)).evaluate().ok(), Ok("false"));
        let read = channel.transaction("basic", "ReadAsset", ("a1",)).evaluate();
        assert_eq!(read.ok(), Err("the asset a1 does not exist".into()));
    });
}

#[test]
fn all_assets_come_in_the_order_of_their_keys() {
    both(|channel| {
        assert_eq!(channel.transaction("basic", "InitLedger", ()).submit().ok(), Ok(""));
        let all = channel.transaction("basic", "GetAllAssets", ()).evaluate();
        let assets: Vec<serde_json::Value> = all.json().unwrap();
        let owners: Vec<&str> = assets.iter().filter_map(|asset| asset["Owner"].as_str()).collect();
        assert_eq!(owners, ["Tomoko", "Brad", "Jin Soo", "Max", "Adriana", "Michel"]);
    });
}

#[test]
fn what_is_evaluated_is_not_committed() {
    both(|channel| {
        assert!(channel.transaction("basic", "InitLedger", ()).evaluate().is_ok());
        assert_eq!(channel.state("basic", "asset1"), None);
    });
}
