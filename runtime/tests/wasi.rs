//! What WASI answers: the same at every peer.
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

#[path = "support/wat.rs"]
mod wat_contract;

use std::time::Duration;

use bytes::Bytes;
use runtime::memory::Ledger;
use runtime::{Engine, EngineOptions, Invocation, Limits, LogLevel, Outcome};

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
        let call = Ledger::default().invoke(
            &contract,
            Invocation {
                tx_id: tx_id.into(),
                timestamp: (1_700_000_000, 123),
                args: vec![Bytes::from_static(b"f")],
                ..Invocation::default()
            },
            Duration::from_secs(10),
        );
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

/// Sleeps for an hour, several times, and says how much time the clock says has passed.
#[test]
fn sleeping_takes_no_time_and_the_clock_shows_it() {
    let imports = r#"
      (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))"#;
    // A subscription of 48 bytes: clock 1 (monotonic), relative, 3600 seconds.
    let body = r#"(local $left i32)
      (drop (call $clock (i32.const 1) (i64.const 1) (i32.const 400)))
      (i32.store (i32.const 512) (i32.const 0)) (i32.store8 (i32.const 520) (i32.const 0))
      (i32.store (i32.const 528) (i32.const 1)) (i64.store (i32.const 536) (i64.const 3600000000000))
      (local.set $left (i32.const 100))
      (loop $again
        (if (call $poll (i32.const 512) (i32.const 640) (i32.const 1) (i32.const 600)) (then unreachable))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br_if $again (local.get $left)))
      (drop (call $clock (i32.const 1) (i64.const 1) (i32.const 408)))
      (i64.store (i32.const 400) (i64.sub (i64.load (i32.const 408)) (i64.load (i32.const 400))))
      (call $ok (i32.const 400) (i32.const 8))"#;
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let contract = engine.load(&wat_contract::contract(imports, body), Limits::default()).unwrap();
    let invocation = Invocation { tx_id: "tx".into(), args: vec![Bytes::from_static(b"f")], ..Invocation::default() };
    let call = Ledger::default().invoke(&contract, invocation, Duration::from_secs(10));
    let Outcome::Response { status: 200, payload, .. } = &call.outcome else { panic!("{:?}", call.outcome) };
    let passed = Duration::from_nanos(u64::from_le_bytes(payload[..].try_into().unwrap()));
    assert_eq!(passed.as_secs() / 3600, 100, "{passed:?}");
}
