//! Every host call, through a Rust contract, over the ledger in memory.
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

#[path = "support/contracts.rs"]
mod contracts;
#[path = "support/wat.rs"]
mod wat_contract;

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use runtime::memory::{Call, Ledger};
use runtime::{Contract, Engine, EngineOptions, Invocation, Limits, LogLevel, Outcome};

fn conformance() -> &'static Contract {
    static CONTRACT: OnceLock<Contract> = OnceLock::new();
    CONTRACT.get_or_init(|| {
        let engine = Engine::new(EngineOptions::default()).unwrap();
        engine.load(&contracts::rust("conformance/rust"), Limits::default()).unwrap()
    })
}

fn invocation(tx_id: &str, args: &[&str]) -> Invocation {
    Invocation {
        tx_id: tx_id.into(),
        channel_id: "mychannel".into(),
        timestamp: (1_700_000_000, 123),
        creator: Bytes::from_static(b"serialized identity"),
        creator_msp_id: "Org1MSP".into(),
        creator_certificate: Bytes::from_static(b"-----BEGIN CERTIFICATE-----"),
        args: args.iter().map(|arg| Bytes::copy_from_slice(arg.as_bytes())).collect(),
        transient: BTreeMap::from([("secret".into(), Bytes::from_static(b"s3cret"))]),
        is_init: false,
    }
}

fn call(ledger: &Ledger, tx_id: &str, args: &[&str]) -> Call {
    ledger.invoke(conformance(), invocation(tx_id, args), Duration::from_secs(10))
}

fn ok(ledger: &Ledger, args: &[&str]) -> String {
    match call(ledger, "tx", args).outcome {
        Outcome::Response { status: 200, payload, .. } => String::from_utf8(payload.to_vec()).unwrap(),
        other => panic!("{args:?}: {other:?}"),
    }
}

#[test]
fn state() {
    let ledger = Ledger::default();
    ok(&ledger, &["Put", "a", "1"]);
    assert_eq!(ok(&ledger, &["Get", "a"]), "1");
    assert_eq!(ok(&ledger, &["PutAndGet", "a", "2"]), "1", "reads see the committed state");
    assert_eq!(ok(&ledger, &["Get", "a"]), "2");
    ok(&ledger, &["Delete", "a"]);
    assert!(ledger.state().is_empty());
}

#[test]
fn ranges() {
    let ledger = Ledger::default();
    for key in ["a", "b", "c", "\0t\0x\0"] {
        ledger.put(key, key.to_uppercase());
    }
    assert_eq!(ok(&ledger, &["Range", "", ""]), "a=A,b=B,c=C", "no composite keys among simple ones");
    assert_eq!(ok(&ledger, &["Range", "b", ""]), "b=B,c=C");
    assert_eq!(ok(&ledger, &["Range", "", "c"]), "a=A,b=B");
    assert_eq!(ok(&ledger, &["Range", "x", "y"]), "");
    let refused = call(&ledger, "tx", &["Range", "\0", ""]).outcome;
    let text = "first character of the key [\0] contains a null character which is not allowed";
    assert!(matches!(&refused, Outcome::Response { status: 500, message, .. } if message == text), "{refused:?}");
}

#[test]
fn composite_keys() {
    let ledger = Ledger::default();
    for (object_type, attribute) in [("color", "red"), ("color", "blue"), ("colors", "all"), ("size", "1")] {
        ok(&ledger, &["PutComposite", object_type, attribute, "v"]);
    }
    assert!(ledger.get("\0color\0red\0").is_some());
    assert_eq!(ok(&ledger, &["PartialRange", "color"]), "blue,red");
    assert_eq!(ok(&ledger, &["Split", "\0color\0red\0"]), "color:red");
    for args in [&["PutComposite", "a\0", "b", "v"][..], &["Split", "simple"], &["PartialRange", "\u{10FFFF}"]] {
        let outcome = call(&ledger, "tx", args).outcome;
        assert!(matches!(outcome, Outcome::Response { status: 500, .. }), "{args:?}: {outcome:?}");
    }
}

#[test]
fn history() {
    let ledger = Ledger::default();
    call(&ledger, "tx1", &["Put", "a", "1"]);
    call(&ledger, "tx2", &["Delete", "a"]);
    call(&ledger, "tx3", &["Put", "a", "3"]);
    let expected = "tx3@1700000000=3,tx2@1700000000=deleted,tx1@1700000000=1";
    assert_eq!(ok(&ledger, &["History", "a"]), expected);
    assert_eq!(ok(&ledger, &["History", "b"]), "");
}

#[test]
fn the_proposal_and_its_creator() {
    let facts = ok(&Ledger::default(), &["Facts"]);
    let expected = concat!(
        r#"{"tx_id":"tx","channel_id":"mychannel","seconds":1700000000,"nanoseconds":123,"args":1,"#,
        r#""creator_bytes":19,"creator_msp_id":"Org1MSP","creator_certificate":"-----BEGIN CERTIFICATE-----"}"#
    );
    assert_eq!(facts, expected);
    assert_eq!(ok(&Ledger::default(), &["Transient", "secret"]), "s3cret");
    assert_eq!(ok(&Ledger::default(), &["Echo", "[1,2,3]"]), "[1,2,3]");
}

#[test]
fn events_and_log() {
    let record = call(&Ledger::default(), "tx", &["Event", "moved", "payload"]).record;
    assert_eq!(record.event, Some(("moved".into(), Bytes::from_static(b"payload"))));
    let record = call(&Ledger::default(), "tx", &["Log", "a\u{1b}[31mred"]).record;
    let levels: Vec<LogLevel> = record.log.iter().map(|(level, _)| *level).collect();
    assert_eq!(levels, [LogLevel::Debug, LogLevel::Info, LogLevel::Warning, LogLevel::Error]);
    assert_eq!(record.log[0].1, "a\u{fffd}[31mred");
    let long = "x".repeat(100_000);
    let record = call(&Ledger::default(), "tx", &["Log", &long]).record;
    assert!(record.log.iter().all(|(_, line)| line.len() == 4096));
}

#[test]
fn init_runs_the_contracts_init() {
    let mut invocation = invocation("tx", &["Echo", "[]"]);
    invocation.is_init = true;
    let outcome = Ledger::default().invoke(conformance(), invocation, Duration::from_secs(10)).outcome;
    assert!(matches!(outcome, Outcome::Response { status: 200, .. }), "{outcome:?}");
}

/// A module for WASI preview 1: it prints, reads both clocks and draws random bytes, which it returns.
#[test]
fn wasi_answers_are_the_same_everywhere() {
    let imports = r#"
      (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
      (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ (param i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))"#;
    let body = r#"
      (i32.store (i32.const 256) (i32.const 264)) (i32.store (i32.const 260) (i32.const 6))
      (i64.store (i32.const 264) (i64.const 0x0a6f6c6c6568))
      (drop (call $write (i32.const 1) (i32.const 256) (i32.const 1) (i32.const 300)))
      (drop (call $clock (i32.const 0) (i64.const 1) (i32.const 400)))
      (drop (call $clock (i32.const 1) (i64.const 1) (i32.const 408)))
      (drop (call $random (i32.const 416) (i32.const 8)))
      (drop (call $environ (i32.const 424) (i32.const 428)))
      (i32.store (i32.const 432) (call $open (i32.const 3) (i32.const 0) (i32.const 264) (i32.const 4) (i32.const 0) (i64.const 0) (i64.const 0) (i32.const 0) (i32.const 440)))
      (call $ok (i32.const 400) (i32.const 36))"#;
    let wasm = wat_contract::contract(imports, body);
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let contract = engine.load(&wasm, Limits::default()).unwrap();
    let run = |tx_id: &str| {
        let call = Ledger::default().invoke(&contract, invocation(tx_id, &["f"]), Duration::from_secs(10));
        match call.outcome {
            Outcome::Response { status: 200, payload, .. } => (payload, call.record.log),
            other => panic!("{other:?}"),
        }
    };
    let (first, log) = run("tx1");
    assert_eq!(log, [(LogLevel::Info, "hello".to_owned())]);
    let number = |bytes: &Bytes, at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
    assert_eq!(number(&first, 0), 1_700_000_000_000_000_123, "the clock shows the proposal's time");
    assert_ne!(number(&first, 8), 0, "the monotonic clock is not zero");
    assert_ne!(number(&first, 16), 0);
    assert_eq!(number(&first, 24), 0, "no environment");
    assert_ne!(first[32], 0, "no files");
    assert_eq!(run("tx1").0, first, "the same transaction");
    assert_ne!(number(&run("tx2").0, 16), number(&first, 16), "another transaction");
}
