//! What a channel of a test gives to contracts, natively and as Wasm.
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::sync::LazyLock;

use conformance::ContractFunctions;
use fabric_contract_test::{Client, Contract, Error, Executed, LogLevel, TestChannel};

#[path = "../../chaincodes/conformance/rust/src/lib.rs"]
mod conformance;

static WASM: LazyLock<Contract> = LazyLock::new(|| {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../chaincodes/conformance/rust");
    Contract::build(folder, concat!(env!("CARGO_TARGET_TMPDIR"), "/../contracts/build")).unwrap()
});

/// Every function and every way to misbehave, in both ways of running.
fn both(test: impl Fn(&TestChannel)) {
    for contract in [Contract::native::<ContractFunctions>(), WASM.clone()] {
        let channel = TestChannel::new();
        channel.install("all", contract.clone());
        channel.install("other", contract);
        test(&channel);
    }
}

fn submit(channel: &TestChannel, function: &str, args: &[&str]) -> Executed {
    channel.transaction("all", function, args).submit()
}

#[test]
fn the_client_is_who_the_test_says() {
    let client = Client::new("Org2MSP", "ann").unit("admin").attribute("role", "auditor").build().unwrap();
    both(|channel| {
        let ask = |function: &str, args: &[&str]| channel.transaction("all", function, args).client(&client).evaluate();
        assert_eq!(ask("ClientMspId", &[]).ok(), Ok("Org2MSP"));
        assert_eq!(ask("ClientAttribute", &["role"]).ok(), Ok("auditor"));
        assert_eq!(ask("ClientUnits", &[]).ok(), Ok("admin"));
        assert!(ask("ClientSubject", &[]).ok().unwrap().contains("CN=ann"));
        assert!(ask("ClientIssuer", &[]).ok().unwrap().contains("CN=ca.Org2MSP"));
        assert_eq!(ask("CreatorMspId", &[]).ok(), Ok("Org2MSP"));
    });
}

#[test]
fn the_proposal_is_what_the_test_says() {
    both(|channel| {
        let call = |function| channel.transaction("all", function, ()).tx_id("mine").timestamp(7, 8);
        assert_eq!(call("TxId").evaluate().ok(), Ok("mine"));
        assert_eq!(call("ChannelId").evaluate().ok(), Ok("mychannel"));
        assert_eq!(call("Timestamp").evaluate().ok(), Ok("7.000000008"));
        assert_eq!(call("Transient").transient("price", "100").evaluate().ok(), Ok("price=100"));
    });
}

#[test]
fn both_ways_give_the_same() {
    let script: &[(&str, &[&str])] = &[
        ("PutMany", &["a=1,b=2,c=3"]),
        ("Get", &["a"]),
        ("Range", &["a", "c"]),
        ("RangePage", &["a", "", "2", ""]),
        ("Delete", &["b"]),
        ("GetMany", &["a,b"]),
        ("History", &["b"]),
        ("PutComposite", &["owner", "ann,a", "x"]),
        ("PartialRange", &["owner", "ann"]),
        ("SetPolicy", &["a", "policy"]),
        ("GetPolicy", &["a"]),
        ("PrivatePut", &["secrets", "k", "v"]),
        ("PrivateGet", &["secrets", "k"]),
        ("PrivateHash", &["secrets", "k"]),
        ("PrivatePurge", &["secrets", "k"]),
        ("Query", &["{}"]),
        ("Put", &["", "x"]),
        ("Event", &["changed", "x"]),
        ("Log", &["warning", "a line"]),
        ("Hash", &["sha256", "abc"]),
        ("Verify", &["ed25519", "key", "message", "00"]),
        ("Invoke", &["other", "", "Put,k,v"]),
        ("Invoke", &["missing", "", "Put,k,v"]),
        ("Abort", &["no more"]),
        ("HoldIterators", &["100000"]),
        ("Large", &["1000"]),
        ("Get", &[]),
        ("Missing", &[]),
        ("org.hyperledger.fabric:GetMetadata", &[]),
    ];
    let mut all = Vec::new();
    for contract in [Contract::native::<ContractFunctions>(), WASM.clone()] {
        let channel = TestChannel::new();
        channel.install("all", contract.clone());
        channel.install("other", contract);
        let calls = script.iter().map(|(function, args)| {
            let call = submit(&channel, function, args);
            let mut records = ["all", "other"].map(|name| call.record(name).cloned().unwrap_or_default());
            // Traces of Wasm's stack have no counterpart.
            records.iter_mut().for_each(|record| record.log.retain(|(_, line)| !line.starts_with("the call ")));
            format!("{function} {args:?}: {:?} {} {:?} {records:?}", call.status(), call.message(), call.ok())
        });
        all.push(calls.collect::<Vec<_>>());
    }
    for (native, wasm) in all[0].iter().zip(&all[1]) {
        assert_eq!(native, wasm);
    }
    let succeeded = all[0].iter().filter(|line| line.contains(": Some(200)")).count();
    assert!(succeeded >= 18, "{succeeded} of {} succeed: {:#?}", script.len(), all[0]);
}

#[test]
fn a_chaincode_that_is_called_writes_within_the_transaction() {
    both(|channel| {
        let called = submit(channel, "Invoke", &["other", "", "Put,k,v"]);
        assert!(called.is_ok(), "{called:?}");
        assert_eq!(called.writes("other"), [("k", Some("v"))]);
        assert!(called.writes("all").is_empty());
        assert_eq!((channel.state("other", "k").as_deref(), channel.state("all", "k")), (Some("v"), None));
    });
}

#[test]
fn a_call_that_fails_commits_nothing() {
    both(|channel| {
        let failed = submit(channel, "PutMany", &["a=1,=2"]);
        assert_eq!(failed.ok(), Err("key must not be an empty string".into()));
        assert_eq!(failed.writes("all"), [("a", Some("1"))]);
        assert_eq!(channel.state("all", "a"), None);
    });
}

#[test]
fn a_panic_becomes_a_message() {
    both(|channel| {
        let panicked = submit(channel, "Panic", &["no more"]);
        assert_eq!(panicked.status(), Some(500));
        let message = panicked.message();
        assert!(message.starts_with("chaincode panicked: no more, ") && message.contains("faults.rs:"), "{message}");
        // The next call is not disturbed.
        assert_eq!(submit(channel, "Put", &["a", "1"]).ok(), Ok(""));
    });
}

#[test]
fn log_lines_and_events_are_kept() {
    both(|channel| {
        assert_eq!(submit(channel, "Log", &["error", "a line"]).log("all"), [(LogLevel::Error, "a line")]);
        assert_eq!(submit(channel, "Event", &["changed", "x"]).event(), Some(("changed", b"x".as_slice())));
    });
}

#[test]
fn what_is_not_installed_is_refused() {
    let channel = TestChannel::new();
    let missing = channel.transaction("nothing", "Get", ("a",)).evaluate();
    assert_eq!(missing.status(), None);
    assert!(missing.message().contains("chaincode nothing not found"), "{}", missing.message());
}

#[test]
fn a_module_of_the_simple_interface_is_loaded_and_others_are_refused() {
    let channel = TestChannel::new();
    channel.install("simple", Contract::wasm(&simple()).unwrap());
    assert_eq!(channel.transaction("simple", "Greet", ()).evaluate().ok(), Ok("hello"));
    assert!(matches!(Contract::wasm(b"\0asm\x01\0\0\0"), Err(Error::Load(_))));
}

/// The smallest contract of the simple interface.
fn simple() -> Vec<u8> {
    wat::parse_str(
        r#"(module
            (import "fabric_v1" "set_response" (func $set_response (param i32 i32)))
            (memory (export "memory") 1)
            (data (i32.const 16) "hello")
            (func (export "invoke") (result i32) (call $set_response (i32.const 16) (i32.const 5)) (i32.const 0)))"#,
    )
    .unwrap()
}
