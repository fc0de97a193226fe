//! Contracts over the simple interface, written by hand.
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::time::Duration;

use bytes::Bytes;
use runtime::memory::{Call, Ledger};
use runtime::{Engine, EngineOptions, Invocation, Limits, Outcome};

const SECONDS: Duration = Duration::from_secs(20);

fn engine() -> Engine {
    Engine::new(EngineOptions::default()).unwrap()
}

fn call(wat: &str, ledger: &Ledger, is_init: bool) -> Call {
    let contract = engine().load(&wat::parse_str(wat).unwrap(), Limits::default()).unwrap();
    let args = vec![Bytes::from_static(b"f"), Bytes::from_static(b"one")];
    ledger.invoke(&contract, Invocation { tx_id: "tx".into(), args, is_init, ..Invocation::default() }, SECONDS)
}

fn payload(call: &Call) -> &str {
    match &call.outcome {
        Outcome::Response { status: 200, payload, .. } => str::from_utf8(payload).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// Memory that the contract owns alone: the second result must be as right as the first, wherever the host keeps results.
const COPY: &str = r#"(module
    (import "fabric_v1" "get_state" (func $get (param i32 i32) (result i32)))
    (import "fabric_v1" "get_states" (func $get_many (param i32 i32) (result i32)))
    (import "fabric_v1" "args" (func $args (result i32)))
    (import "fabric_v1" "register_len" (func $len (param i32) (result i32)))
    (import "fabric_v1" "register_read" (func $read (param i32 i32)))
    (import "fabric_v1" "register_number" (func $number (param i32) (result i64)))
    (import "fabric_v1" "set_response" (func $respond (param i32 i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "large" "small" "none")
    (data (i32.const 32) "\00\00\00\00\05\00\00\00" "\0a\00\00\00\04\00\00\00" "\05\00\00\00\05\00\00\00")
    (global $grown (mut i32) (i32.const 0))
    (func $fail (param i32) (result i32)
        (i32.store8 (i32.const 100) (i32.add (i32.const 65) (local.get 0)))
        (call $respond (i32.const 100) (i32.const 1))
        (i32.const 1))
    (func (export "invoke") (result i32)
        ;; A large result, then growth by the contract itself, then more results.
        (if (i32.ne (call $get (i32.const 0) (i32.const 5)) (i32.const 1)) (then (return (call $fail (i32.const 0)))))
        (if (i32.ne (call $len (i32.const 0)) (i32.const 1000000)) (then (return (call $fail (i32.const 1)))))
        (global.set $grown (i32.shl (memory.grow (i32.const 16)) (i32.const 16)))
        (call $read (i32.const 0) (global.get $grown))
        (if (i32.ne (i32.load8_u (i32.add (global.get $grown) (i32.const 999999))) (i32.const 120))
            (then (return (call $fail (i32.const 2)))))
        (if (i32.ne (call $get (i32.const 10) (i32.const 4)) (i32.const -1)) (then (return (call $fail (i32.const 3)))))
        (if (i32.ne (call $len (i32.const 0)) (i32.const -1)) (then (return (call $fail (i32.const 4)))))
        (if (i32.ne (call $get_many (i32.const 32) (i32.const 3)) (i32.const 3)) (then (return (call $fail (i32.const 5)))))
        (if (i32.ne (call $len (i32.const 1)) (i32.const -1)) (then (return (call $fail (i32.const 6)))))
        (if (i64.ne (call $number (i32.const 1)) (i64.const 0)) (then (return (call $fail (i32.const 7)))))
        (if (i32.ne (call $len (i32.const 7)) (i32.const -1)) (then (return (call $fail (i32.const 8)))))
        (if (i32.ne (call $args) (i32.const 2)) (then (return (call $fail (i32.const 9)))))
        (call $read (i32.const 1) (i32.const 200))
        (if (i32.ne (call $len (i32.const 1)) (i32.const 3)) (then (return (call $fail (i32.const 10)))))
        (call $respond (i32.const 200) (i32.const 3))
        (i32.const 0)))"#;

#[test]
fn results_survive_growth_and_large_values() {
    let ledger = Ledger::default();
    ledger.put("large", "x".repeat(1_000_000));
    ledger.put("small", "s");
    assert_eq!(payload(&call(COPY, &ledger, false)), "one");
    assert_eq!(payload(&call(COPY, &ledger, true)), "one", "without init, invoke answers");
}

#[test]
fn a_contract_with_an_allocator_of_its_own_gives_the_blocks() {
    let with_realloc = COPY.replace(
        "(func $fail",
        r#"(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
            (i32.shl (memory.grow (i32.shr_u (local.get 3) (i32.const 16))) (i32.const 16)))
        (func $fail"#,
    );
    let ledger = Ledger::default();
    ledger.put("large", "x".repeat(1_000_000));
    assert_eq!(payload(&call(&with_realloc, &ledger, false)), "one");
}

#[test]
fn an_error_is_the_contracts_text() {
    let wat = r#"(module
        (import "fabric_v1" "put_state" (func $put (param i32 i32 i32 i32) (result i32)))
        (import "fabric_v1" "register_len" (func $len (param i32) (result i32)))
        (import "fabric_v1" "register_read" (func $read (param i32 i32)))
        (import "fabric_v1" "set_response" (func $respond (param i32 i32)))
        (memory (export "memory") 1)
        (func (export "invoke") (result i32) (local $status i32)
            (local.set $status (call $put (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))
            (call $read (i32.const 0) (i32.const 8))
            (call $respond (i32.const 8) (call $len (i32.const 0)))
            (local.get $status)))"#;
    let call = call(wat, &Ledger::default(), false);
    let Outcome::Response { status: 500, message, .. } = &call.outcome else { panic!("{:?}", call.outcome) };
    assert!(message.starts_with("key must not be an empty string"), "{message}");
}

#[test]
fn the_gate_knows_the_names_and_types() {
    for (import, expected) in [
        (r#"(import "fabric_v1" "get_secret" (func))"#, r#"unknown import "fabric_v1" "get_secret""#),
        (r#"(import "fabric_v1" "get_state" (func (param i32)))"#, "has type (i32), expected (i32, i32) -> i32"),
        (r#"(import "fabric_v1" "register_len" (func))"#, "expected (i32) -> i32"),
        (r#"(import "fabric_v1" "log" (func (param i32 i32 i32))) (import "env" "x" (func))"#, r#""env" "x""#),
        (r#"(import "fabric_v1" "log" (func (param i32 i32 i32)))"#, r#"the export "invoke" is missing"#),
        (r#"(import "fabric_v1" "log" (func (param i32 i32 i32)))"#, r#"the export "memory" is missing"#),
    ] {
        let report = runtime::check(&wat::parse_str(format!("(module {import})")).unwrap());
        assert_eq!(report.kind, Some("simple"));
        let texts: Vec<&str> = report.findings.iter().map(|finding| finding.message.as_str()).collect();
        assert!(texts.iter().any(|text| text.contains(expected)), "{import}: {texts:?}");
    }
}

/// The contract's function is one of the host's, exported again.
#[test]
fn an_import_may_be_exported_again() {
    let wat = r#"(module
        (import "fabric_v1" "register_len" (func (param i32) (result i32)))
        (import "fabric_v1" "args" (func $args (result i32)))
        (memory (export "memory") 1) (export "invoke" (func $args)) (export "init" (func $args)))"#;
    let call = call(wat, &Ledger::default(), false);
    // Two arguments are two registers, which is no success.
    assert!(
        matches!(&call.outcome, Outcome::Response { status: 500, message, .. } if message.is_empty()),
        "{:?}",
        call.outcome
    );
}

#[test]
fn the_hosts_page_counts_as_memory() {
    let contract = |pages: u32| {
        let wat = format!(
            r#"(module (import "fabric_v1" "args" (func (result i32)))
                (memory (export "memory") {pages}) (func (export "invoke") (result i32) (i32.const 0)))"#
        );
        wat::parse_str(wat).unwrap()
    };
    let most = (Limits::default().memory_bytes / 65536) as u32;
    assert!(runtime::check(&contract(most - 1)).accepted());
    let report = runtime::check(&contract(most));
    assert!(report.findings.iter().any(|finding| finding.message.contains("memory")), "{report}");
}
