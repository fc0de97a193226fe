//! The calls that every language's build of the sample contract must answer alike.
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use runtime::memory::{Call, Ledger};
use runtime::{Contract, Invocation, Outcome};

/// Function, arguments, what the client sees: a payload, or an error.
pub type Step = (&'static str, &'static [&'static str], Result<&'static str, &'static str>);

pub const ASSET7: &str =
    r#"{"AppraisedValue":-800,"Color":"say \"ü\"\\\n\u0001","ID":"asset7","Owner":"Ann 😀","Size":15}"#;

pub const CALLS: &[Step] = &[
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
    ("Contract:AssetExists", &["asset6"], Ok("true")),
    ("Other:AssetExists", &["asset6"], Err("Function Other:AssetExists not found in contract")),
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

pub fn invocation(number: usize, function: &[u8], args: &[&[u8]]) -> Invocation {
    let all = std::iter::once(function).chain(args.iter().copied());
    Invocation {
        tx_id: format!("tx{number}"),
        channel_id: "mychannel".into(),
        timestamp: (1_700_000_000 + number as i64, 5),
        args: all.map(Bytes::copy_from_slice).collect(),
        ..Invocation::default()
    }
}

pub fn run(contract: &Contract) -> (Ledger, Vec<Call>) {
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

/// What is different from what the sample must do; `rust` are the calls of the contract in Rust, whose reads, writes and events
/// all others must have, too.
pub fn differences(contract: &Contract, rust: &(Ledger, Vec<Call>)) -> Vec<String> {
    let (ledger, calls) = run(contract);
    let mut found = Vec::new();
    for ((function, args, expected), call) in CALLS.iter().zip(&calls) {
        let seen = match &call.outcome {
            Outcome::Response { status: 200, payload, .. } => Ok(String::from_utf8_lossy(payload).into_owned()),
            Outcome::Response { message, .. } => Err(message.clone()),
            other => Err(format!("{other:?}")),
        };
        if seen.as_deref().map_err(String::as_str) != *expected {
            found.push(format!("{function} {args:?}: expected {expected:?}, found {seen:?}"));
        }
    }
    for call in &calls[CALLS.len()..] {
        let outcome = format!("{:?}", call.outcome);
        if !outcome.contains("Passed value is not valid UTF-8") {
            found.push(format!("arguments that are no text: {outcome}"));
        }
    }
    for (number, (rust, other)) in rust.1.iter().zip(&calls).enumerate() {
        let (step, outcomes) =
            (CALLS.get(number), [&rust.outcome, &other.outcome].map(|outcome| format!("{outcome:?}")));
        if outcomes[0] != outcomes[1] || rust.record != other.record {
            let records = [&rust.record, &other.record];
            found.push(format!("{step:?}: Rust and this language differ: {outcomes:?} {records:?}"));
        }
    }
    if rust.0.state() != ledger.state() {
        found.push("the state at the end is another than with Rust".to_owned());
    }
    found
}

/// The transactions of the metadata that clients get, by name: kind, and the parameters' names and schemas.
pub fn metadata(contract: &Contract) -> Result<BTreeMap<String, serde_json::Value>, String> {
    let call = invocation(0, runtime::METADATA_FUNCTION.as_bytes(), &[]);
    let outcome = Ledger::default().invoke(contract, call, Duration::from_secs(10)).outcome;
    let Outcome::Response { status: 200, payload, .. } = &outcome else { return Err(format!("metadata: {outcome:?}")) };
    let document: serde_json::Value = serde_json::from_slice(payload).map_err(|error| error.to_string())?;
    let transactions = document["contracts"]["Contract"]["transactions"].as_array().ok_or("no transactions")?;
    let by_name = transactions
        .iter()
        .map(|transaction| (transaction["name"].as_str().unwrap_or_default().to_owned(), transaction.clone()));
    Ok(by_name.collect())
}

/// How a language's metadata differs from Rust's. Not every language can tell what its functions return; what one tells must be
/// the same.
pub fn metadata_differences(
    rust: &BTreeMap<String, serde_json::Value>,
    other: &BTreeMap<String, serde_json::Value>,
) -> Vec<String> {
    let names = rust.keys().chain(other.keys().filter(|name| !rust.contains_key(*name)));
    let found = names.filter_map(|name| {
        let (mut expected, found) = (rust.get(name).cloned(), other.get(name));
        if found.is_some_and(|found| found.get("returns").is_none()) {
            expected.as_mut().and_then(serde_json::Value::as_object_mut).map(|expected| expected.remove("returns"));
        }
        (expected.as_ref() != found)
            .then(|| format!("metadata of {name}: Rust has {expected:?}, this language {found:?}"))
    });
    found.collect()
}

/// The names of the declared functions must be the sample's.
pub fn declaration(wasm: &[u8]) -> Result<(), String> {
    let declared = runtime::declared_functions(wasm);
    let mut names: Vec<&str> = declared.iter().filter_map(|line| line.split([' ', '(']).nth(1)).collect();
    names.sort_unstable();
    let expected = [
        "AssetExists",
        "CreateAsset",
        "DeleteAsset",
        "GetAllAssets",
        "InitLedger",
        "ReadAsset",
        "TransferAsset",
        "UpdateAsset",
    ];
    if names == expected { Ok(()) } else { Err(format!("declared functions: {declared:?}")) }
}
