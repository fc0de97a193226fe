//! A profile says which function spent the fuel, the same each time, and its sum is the call's fuel.
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

#[path = "support/contracts.rs"]
mod contracts;
#[path = "support/wat.rs"]
mod wat_contract;

use std::time::Duration;

use bytes::Bytes;
use runtime::memory::{Call, Ledger};
use runtime::{Contract, Engine, EngineOptions, EnvironmentError, Executor, Invocation, Limits, Outcome, Profile};
use wat_contract::contract;

const LONG: Duration = Duration::from_secs(600);

fn load(wasm: &[u8], limits: Limits) -> Contract {
    let engine = Engine::new(EngineOptions { profiling: true, ..Default::default() }).unwrap();
    engine.load(wasm, limits).unwrap()
}

/// On a thread with the stack that recursion needs.
fn profile(contract: &Contract, args: &[&[u8]], deadline: Duration) -> (Call, Profile) {
    let executor = Executor::new("guest", 1, 1).unwrap();
    let (sender, receiver) = crossbeam_channel::bounded(1);
    let args = args.iter().map(|arg| Bytes::copy_from_slice(arg)).collect();
    let (contract, invocation) = (contract.clone(), Invocation { args, ..Invocation::default() });
    executor.submit(move || sender.send(Ledger::default().profile(&contract, invocation, deadline)).unwrap()).unwrap();
    receiver.recv().unwrap()
}

/// A helper that turns a loop `$turns` times, and one that calls itself.
const HELPERS: &str = r#"
  (func $spin (param $turns i32)
    (loop $again
      (local.set $turns (i32.sub (local.get $turns) (i32.const 1)))
      (br_if $again (local.get $turns))))
  (func $deeper (param $depth i32)
    (if (local.get $depth) (then (call $deeper (i32.sub (local.get $depth) (i32.const 1))))))"#;

#[test]
fn fuel_is_counted_for_the_function_that_spends_it() {
    let body = "(call $spin (i32.const 1000)) (call $spin (i32.const 3000)) (call $ok (i32.const 0) (i32.const 0))";
    let contract = load(&contract(HELPERS, body), Limits::default());
    let (call, found) = profile(&contract, &[b"Spin"], LONG);
    assert!(matches!(call.outcome, Outcome::Response { status: 200, .. }));
    assert_eq!(found.total(), call.usage.fuel);
    let functions = found.functions();
    assert_eq!(functions[0].name, "spin");
    assert!(functions[0].own > 4000 * 4, "{functions:?}");
    assert_eq!(functions[0].own, functions[0].total, "it calls nothing");
    assert_eq!(profile(&contract, &[b"Spin"], LONG).1, found, "the same call has the same profile");
}

#[test]
fn deep_stacks_keep_their_innermost_frames() {
    let body = "(call $deeper (i32.const 1000)) (call $ok (i32.const 0) (i32.const 0))";
    let contract = load(&contract(HELPERS, body), Limits::default());
    let (call, found) = profile(&contract, &[b"Deeper"], LONG);
    assert_eq!(found.total(), call.usage.fuel);
    let deepest = found.stacks().map(|(stack, _)| stack.len()).max();
    assert_eq!(deepest, Some(256));
    let deeper = found.functions().into_iter().find(|function| function.name == "deeper").unwrap();
    assert!(deeper.total <= found.total());
}

#[test]
fn limits_end_a_call_that_is_profiled_too() {
    let endless = contract(HELPERS, "(loop $again (br $again)) (i32.const 0)");
    let (call, found) = profile(&load(&endless, Limits { fuel: 100_000, ..Limits::default() }), &[b"Run"], LONG);
    let Outcome::Response { status: 500, message, .. } = call.outcome else { panic!("{:?}", call.outcome) };
    assert_eq!(message, "chaincode exceeded its fuel limit of 100000");
    assert_eq!(found.total(), 100_000);
    let (call, _) = profile(&load(&endless, Limits::default()), &[b"Run"], Duration::from_millis(20));
    assert!(matches!(call.outcome, Outcome::Aborted(EnvironmentError::Deadline { .. })), "{:?}", call.outcome);
}

#[test]
fn contracts_are_profiled() {
    let Some(wasm) = contracts::built("asset-transfer-basic", "rust") else { return };
    let contract = load(&wasm, Limits::default());
    let (call, found) = profile(&contract, &[b"CreateAsset", b"a1", b"blue", b"5", b"Tomoko", b"300"], LONG);
    assert!(matches!(call.outcome, Outcome::Response { status: 200, .. }), "{:?}", call.outcome);
    assert_eq!(found.total(), call.usage.fuel);
    assert!(found.functions().len() > 10);
}
