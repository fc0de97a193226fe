//! Contracts with bytes changed: the gate, the loaders, the compiler and the calls give an answer or an error, never a panic, and
//! what they accept runs inside its limits.
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

#[path = "support/wat.rs"]
mod wat_contract;

use std::sync::LazyLock;
use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;
use runtime::memory::Ledger;
use runtime::{Engine, EngineOptions, EnvironmentError, Invocation, Limits, LoadError, Outcome, encode_component};

const SIMPLE: &str = r#"(module
    (import "fabric_v1" "get_states" (func $get (param i32 i32) (result i32)))
    (import "fabric_v1" "put_state" (func $put (param i32 i32 i32 i32) (result i32)))
    (import "fabric_v1" "register_read" (func $read (param i32 i32)))
    (import "fabric_v1" "register_len" (func $len (param i32) (result i32)))
    (import "fabric_v1" "set_response" (func $respond (param i32 i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "key" "value") (data (i32.const 32) "\00\00\00\00\03\00\00\00")
    (func (export "invoke") (result i32)
        (drop (call $put (i32.const 0) (i32.const 3) (i32.const 3) (i32.const 5)))
        (drop (call $get (i32.const 32) (i32.const 1)))
        (call $read (i32.const 0) (i32.const 64))
        (call $respond (i32.const 64) (call $len (i32.const 0)))
        (i32.const 0)))"#;

const STATE: &str = r#"(import "fabric:chaincode/state@1.0.0" "get-state" (func $get (param i32 i32 i32)))
    (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))"#;

/// A simple contract, a module and a component.
static SEEDS: LazyLock<[Vec<u8>; 3]> = LazyLock::new(|| {
    let body =
        "(call $get (local.get $name) (local.get $name_len) (i32.const 64)) (call $ok (i32.const 0) (i32.const 9))";
    let module = wat_contract::contract(STATE, body);
    let component = encode_component(&module).unwrap();
    [wat::parse_str(SIMPLE).unwrap(), module, component]
});

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(EngineOptions::default()).unwrap());

/// Loads a file, and calls it when it is a contract.
fn run(wasm: &[u8]) -> Result<(), TestCaseError> {
    let limits = Limits { fuel: 1_000_000, host_calls: 1_000, ..Limits::default() };
    let contract = match ENGINE.load(wasm, limits) {
        Ok(contract) => contract,
        Err(LoadError::Compiler(error)) => return Err(TestCaseError::fail(format!("the compiler gave up: {error}"))),
        Err(_) => return Ok(()),
    };
    let args = vec![Bytes::from_static(b"key"), Bytes::from_static(b"value")];
    let ledger = Ledger::default();
    ledger.put("key", "value");
    let invocation = Invocation { tx_id: "tx".into(), args, ..Invocation::default() };
    let outcome = ledger.invoke(&contract, invocation, Duration::from_secs(20)).outcome;
    match outcome {
        Outcome::Response { .. } => Ok(()),
        Outcome::Aborted(EnvironmentError::Engine(error)) => {
            Err(TestCaseError::fail(format!("the host failed: {error}")))
        }
        Outcome::Aborted(error) => Err(TestCaseError::fail(format!("{error}"))),
    }
}

#[test]
fn the_seeds_run() {
    for seed in SEEDS.iter() {
        ENGINE.load(seed, Limits::default()).unwrap();
        run(seed).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1500) })]

    #[test]
    fn changed_bytes(seed in 0_usize..3, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let mut wasm = SEEDS[seed].clone();
        for (index, byte) in changes {
            let index = index.index(wasm.len());
            wasm[index] = byte;
        }
        run(&wasm)?;
    }

    #[test]
    fn parts_moved(seed in 0_usize..3, from in any::<prop::sample::Index>(), to in any::<prop::sample::Index>(), length in 1_usize..40) {
        let mut wasm = SEEDS[seed].clone();
        let (from, to) = (from.index(wasm.len()), to.index(wasm.len()));
        let part: Vec<u8> = wasm[from..].iter().take(length).copied().collect();
        wasm.splice(to..to, part);
        run(&wasm)?;
    }
}
