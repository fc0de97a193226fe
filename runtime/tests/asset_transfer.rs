//! The sample contract in two languages: the same calls give the same answers, the same state and the same events.
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

#[path = "support/contracts.rs"]
mod contracts;

use std::time::Duration;

use bytes::Bytes;
use runtime::memory::{Call, Ledger};
use runtime::{Contract, Engine, EngineOptions, Invocation, Limits, Outcome};

/// Function, arguments, what the client sees: a payload, or an error.
type Step = (&'static str, &'static [&'static str], Result<&'static str, &'static str>);

const ASSET7: &str =
    r#"{"AppraisedValue":-800,"Color":"say \"ü\"\\\n\u0001","ID":"asset7","Owner":"Ann 😀","Size":15}"#;

const CALLS: &[Step] = &[
    ("GetAllAssets", &[], Ok("[]")),
    ("ReadAsset", &["asset1"], Err("the asset asset1 does not exist")),
    ("InitLedger", &[], Ok("")),
    (
        "ReadAsset",
        &["asset3"],
        Ok(r#"{"AppraisedValue":500,"Color":"green","ID":"asset3","Owner":"Jin Soo","Size":10}"#),
    ),
    ("AssetExists", &["asset6"], Ok("true")),
    ("AssetExists", &["asset7"], Ok("false")),
    ("CreateAsset", &["asset7", "say \"ü\"\\\n\u{1}", "15", "Ann 😀", "-800"], Ok("")),
    ("ReadAsset", &["asset7"], Ok(ASSET7)),
    ("CreateAsset", &["asset7", "red", "1", "Bob", "1"], Err("the asset asset7 already exists")),
    ("TransferAsset", &["asset7", "Bob"], Ok("Ann 😀")),
    ("TransferAsset", &["asset7", "C\t\r\u{8}\u{c}\u{7f}"], Ok("Bob")),
    ("TransferAsset", &["asset8", "Bob"], Err("the asset asset8 does not exist")),
    ("UpdateAsset", &["asset1", "pink", "9223372036854775807", "Eve", "-9223372036854775808"], Ok("")),
    ("UpdateAsset", &["asset9", "pink", "6", "Eve", "310"], Err("the asset asset9 does not exist")),
    ("DeleteAsset", &["asset2"], Ok("")),
    ("DeleteAsset", &["asset2"], Err("the asset asset2 does not exist")),
    ("AssetExists", &["asset2"], Ok("false")),
    ("ReadAsset", &[], Err("Incorrect number of params. Expected 1, received 0")),
    ("InitLedger", &["x"], Err("Incorrect number of params. Expected 0, received 1")),
    (
        "CreateAsset",
        &["a", "red", "five", "Bob", "x"],
        Err("Error managing parameter size. Cannot convert passed value five to integer"),
    ),
    (
        "CreateAsset",
        &["a", "red", "5", "Bob", "9223372036854775808"],
        Err("Error managing parameter appraised_value. Cannot convert passed value 9223372036854775808 to integer"),
    ),
    (
        "CreateAsset",
        &["a", "red", "", "Bob", "1"],
        Err("Error managing parameter size. Cannot convert passed value  to integer"),
    ),
    ("CreateAsset", &["a", "red", "+05", "Bob", "0000000000000000000001"], Ok("")),
    ("CreateAsset", &["", "red", "5", "Bob", "1"], Err("key must not be an empty string")),
    ("ReadAsset", &["\0a"], Err("the asset \0a does not exist")),
    ("Fly", &["asset1"], Err("Function Fly not found in contract")),
    ("", &[], Err("Function  not found in contract")),
];

fn invocation(number: usize, function: &[u8], args: &[&[u8]]) -> Invocation {
    let all = std::iter::once(function).chain(args.iter().copied());
    Invocation {
        tx_id: format!("tx{number}"),
        channel_id: "mychannel".into(),
        timestamp: (1_700_000_000 + number as i64, 5),
        args: all.map(Bytes::copy_from_slice).collect(),
        ..Invocation::default()
    }
}

fn run(contract: &Contract) -> (Ledger, Vec<Call>) {
    let ledger = Ledger::default();
    let mut calls = Vec::new();
    for (number, (function, args, _)) in CALLS.iter().enumerate() {
        let args: Vec<&[u8]> = args.iter().map(|arg| arg.as_bytes()).collect();
        let invocation = invocation(number, function.as_bytes(), &args);
        calls.push(ledger.invoke(contract, invocation, Duration::from_secs(10)));
    }
    // Arguments that are no text.
    for args in
        [&[b"\xff".as_slice()][..], &[b"asset1", b"\xed\xa0\x80"], &[b"a\xc3", b"x"], &[b"asset1", b"\xf4\x90\x80\x80"]]
    {
        let function: &[u8] = if args.len() == 1 { b"ReadAsset" } else { b"TransferAsset" };
        calls.push(ledger.invoke(contract, invocation(99, function, args), Duration::from_secs(10)));
    }
    (ledger, calls)
}

fn show(outcome: &Outcome) -> String {
    format!("{outcome:?}")
}

#[test]
fn both_languages_behave_the_same_and_as_expected() {
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let rust = engine.load(&contracts::rust("asset-transfer-basic/rust"), Limits::default()).unwrap();
    let assemblyscript = engine.load(&contracts::assemblyscript(), Limits::default()).unwrap();

    let (rust_ledger, rust_calls) = run(&rust);
    for ((function, args, expected), call) in CALLS.iter().zip(&rust_calls) {
        let Outcome::Response { status, message, payload } = &call.outcome else { panic!("{:?}", call.outcome) };
        let seen = if *status == 200 { Ok(str::from_utf8(payload).unwrap()) } else { Err(message.as_str()) };
        assert_eq!(seen, *expected, "{function} {args:?}");
    }
    for call in &rust_calls[CALLS.len()..] {
        assert!(show(&call.outcome).contains("Passed value is not valid UTF-8"), "{:?}", call.outcome);
    }

    let (other_ledger, other_calls) = run(&assemblyscript);
    for (number, (rust, other)) in rust_calls.iter().zip(&other_calls).enumerate() {
        let step = CALLS.get(number);
        assert_eq!(show(&rust.outcome), show(&other.outcome), "{step:?}");
        assert_eq!(rust.record, other.record, "{step:?}");
    }
    assert_eq!(rust_ledger.state(), other_ledger.state());
}

#[test]
fn changes_set_fabrics_events() {
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let contract = engine.load(&contracts::rust("asset-transfer-basic/rust"), Limits::default()).unwrap();
    let (_, calls) = run(&contract);
    let events: Vec<(&str, String)> = CALLS
        .iter()
        .zip(&calls)
        .filter_map(|(step, call)| {
            let (name, payload) = call.record.event.as_ref()?;
            assert_eq!(name, step.0, "an event has its function's name");
            Some((step.0, String::from_utf8_lossy(payload).into_owned()))
        })
        .collect();
    assert_eq!(events[0], ("CreateAsset", ASSET7.to_owned()));
    let names: Vec<&str> = events.iter().map(|(name, _)| *name).collect();
    for name in ["UpdateAsset", "DeleteAsset", "TransferAsset"] {
        assert!(names.contains(&name));
    }
}

#[test]
fn both_declare_their_functions() {
    for wasm in [contracts::rust("asset-transfer-basic/rust"), contracts::assemblyscript()] {
        let declared = runtime::declared_functions(&wasm);
        let names: Vec<&str> = declared.iter().filter_map(|line| line.split([' ', '(']).nth(1)).collect();
        let expected = ["InitLedger", "CreateAsset", "ReadAsset", "UpdateAsset", "DeleteAsset"];
        assert_eq!(names[..5], expected, "{declared:?}");
        assert_eq!(names[5..], ["AssetExists", "TransferAsset", "GetAllAssets"]);
    }
}
