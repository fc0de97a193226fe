//! What a module does before its calls: once, when it is compiled, or in each call where that would make a difference.
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::time::Duration;

use bytes::Bytes;
use runtime::memory::{Call, Ledger};
use runtime::{Engine, EngineOptions, Invocation, Limits, Outcome};

const SECONDS: Duration = Duration::from_secs(20);
/// Enough for filling memory, and soon spent.
const FUEL: u64 = 50_000_000;
/// Twice the usual.
const MEMORY_BYTES: usize = 128 << 20;

/// A thousand steps of the loop that each start goes through cost more.
const LONG: u64 = 3_000;

/// A contract that counts its starts in a byte and answers with it, after adding one more.
fn contract(imports: &str, start: &str, more: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
            (import "fabric_v1" "set_response" (func $respond (param i32 i32)))
            (import "fabric_v1" "set_event" (func $event (param i32 i32 i32 i32) (result i32)))
            {imports}
            (memory (export "memory") 1)
            (data (i32.const 8) "0")
            (global $steps (mut i32) (i32.const 0))
            (func $count (param i32) (i32.store8 (i32.const 8) (i32.add (i32.load8_u (i32.const 8)) (local.get 0))))
            (func (export "_initialize")
                (loop $again
                    (global.set $steps (i32.add (global.get $steps) (i32.const 1)))
                    (br_if $again (i32.lt_u (global.get $steps) (i32.const 1000))))
                (call $count (i32.const 1))
                {start})
            {more}
            (func (export "invoke") (result i32)
                (if (i32.ne (global.get $steps) (i32.const 1000)) (then unreachable))
                (call $count (i32.const 1))
                (call $respond (i32.const 8) (i32.const 1))
                (i32.const 0)))"#
    );
    wat::parse_str(text).unwrap()
}

fn call(wasm: &[u8]) -> Call {
    let limits = Limits { fuel: FUEL, memory_bytes: MEMORY_BYTES, ..Limits::default() };
    let contract = Engine::new(EngineOptions::default()).unwrap().load(wasm, limits).unwrap();
    let ledger = Ledger::default();
    let call = || {
        let args = vec![Bytes::from_static(b"f")];
        let timestamp = (1_700_000_000, 0);
        ledger.invoke(&contract, Invocation { tx_id: "tx".into(), args, timestamp, ..Invocation::default() }, SECONDS)
    };
    let (first, second) = (call(), call());
    assert_eq!(format!("{:?}", first.outcome), format!("{:?}", second.outcome), "calls share nothing");
    second
}

fn check(what: &str, wasm: &[u8], answer: &str, once: bool) {
    let call = call(wasm);
    let Outcome::Response { status: 200, payload, .. } = &call.outcome else { panic!("{what}: {:?}", call.outcome) };
    assert_eq!(str::from_utf8(payload).unwrap(), answer, "{what}");
    assert_eq!(call.usage.fuel < LONG, once, "{what}: {} fuel", call.usage.fuel);
}

const CLOCK: &str =
    r#"(import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))"#;
const RANDOM: &str = r#"(import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))"#;
const PRINT: &str =
    r#"(import "wasi_snapshot_preview1" "fd_write" (func $print (param i32 i32 i32 i32) (result i32)))"#;

#[test]
fn a_start_runs_when_the_contract_is_compiled() {
    check("plain", &contract("", "", ""), "2", true);
    let prepare = r#"(func (export "wizer-initialize") (call $count (i32.const 3)))"#;
    check("prepared", &contract("", "", prepare), "5", true);
    let monotonic = "(if (call $clock (i32.const 1) (i64.const 0) (i32.const 64)) (then unreachable))";
    check("monotonic clock", &contract(CLOCK, monotonic, ""), "2", true);
    let random = "(if (call $random (i32.const 64) (i32.const 16)) (then unreachable))";
    check("random numbers", &contract(RANDOM, random, ""), "2", true);
    let grow = "(drop (memory.grow (i32.const 9))) (i32.store (i32.const 500000) (i32.const 7))";
    check("grown memory", &contract("", grow, ""), "2", true);
}

#[test]
fn a_start_that_depends_on_the_call_runs_in_each() {
    let wall = "(if (call $clock (i32.const 0) (i64.const 0) (i32.const 64)) (then unreachable))
                (if (i64.ne (i64.load (i32.const 64)) (i64.const 1700000000000000000)) (then unreachable))";
    check("wall clock", &contract(CLOCK, wall, ""), "2", false);
    let print = "(drop (call $print (i32.const 1) (i32.const 64) (i32.const 1) (i32.const 80)))";
    check("output", &contract(PRINT, print, ""), "2", false);
    let event = "(drop (call $event (i32.const 8) (i32.const 1) (i32.const 8) (i32.const 1)))";
    check("call to the peer", &contract("", event, ""), "2", false);
    // More than a snapshot may hold, so that the compiled contract stays small.
    let fill =
        "(drop (memory.grow (i32.const 200))) (memory.fill (i32.const 65536) (i32.const 1) (i32.const 13000000))";
    check("much memory", &contract("", fill, ""), "2", false);
    // More than is granted while a contract is compiled.
    let refused = "(if (i32.eq (memory.grow (i32.const 1500)) (i32.const -1)) (then (call $count (i32.const 5))))";
    check("memory that only the call has", &contract("", refused, ""), "2", false);
    // What a table holds cannot be kept.
    let tables = "(table 2 funcref) (elem declare func $count)";
    check("changed table", &contract("", "(table.set (i32.const 0) (ref.func $count))", tables), "2", false);
}

#[test]
fn a_start_that_fails_fails_each_call() {
    for (what, start) in [("trap", "unreachable"), ("endless", "(loop $forever (br $forever))")] {
        let call = call(&contract("", start, ""));
        assert!(matches!(call.outcome, Outcome::Response { status: 500, .. }), "{what}: {:?}", call.outcome);
    }
}
