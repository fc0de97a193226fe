//! Contracts that misbehave: a clear and fixed answer, or an error of this peer; never harm to the next call.
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

#[path = "support/contracts.rs"]
mod contracts;
#[path = "support/wat.rs"]
mod wat_contract;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use runtime::memory::Ledger;
use runtime::{
    ChaincodeResponse, ContextError, Contract, Engine, EngineOptions, EnvironmentError, Executor, Invocation,
    KeyModification, KeyValue, Limits, LoadError, LogLevel, Outcome, Page, TransactionContext,
};
use wat_contract::contract;

const LONG: Duration = Duration::from_secs(30);

fn engine() -> Engine {
    Engine::new(EngineOptions::default()).unwrap()
}

fn invocation(args: &[&[u8]]) -> Invocation {
    Invocation {
        tx_id: "tx".into(),
        args: args.iter().map(|arg| Bytes::copy_from_slice(arg)).collect(),
        ..Invocation::default()
    }
}

/// Runs on an executor's thread, as a peer does: recursion needs its stack.
fn call(contract: &Contract, args: &[&[u8]], deadline: Duration) -> (Outcome, Ledger) {
    let executor = Executor::new("guest", 1, 1).unwrap();
    let (sender, receiver) = crossbeam_channel::bounded(1);
    let (contract, invocation, ledger) = (contract.clone(), invocation(args), Ledger::default());
    let shared = ledger.clone();
    executor.submit(move || sender.send(shared.invoke(&contract, invocation, deadline).outcome).unwrap()).unwrap();
    (receiver.recv().unwrap(), ledger)
}

fn failure(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Response { status: 500, message, payload } if payload.is_empty() => message,
        other => panic!("expected a failed response, got {other:?}"),
    }
}

#[test]
fn a_fault_has_a_fixed_answer() {
    let diagnostics = r#"(import "fabric:chaincode/diagnostics@1.0.0" "abort" (func $abort (param i32 i32)))"#;
    for (what, imports, body, expected) in [
        ("unreachable", "", "unreachable", "chaincode failed"),
        ("division by zero", "", "(i32.div_u (i32.const 1) (i32.const 0))", "chaincode failed"),
        ("load outside memory", "", "(i32.load (i32.const -8))", "chaincode failed"),
        ("result outside memory", "", "(call $ok (i32.const 60000) (i32.const 100000))", "chaincode failed"),
        ("result pointer outside memory", "", "(i32.const -16)", "chaincode failed"),
        ("unknown result tag", "", "(call $result (i32.const 7) (i32.const 0) (i32.const 0))", "chaincode failed"),
        (
            "error that is not UTF-8",
            "",
            "(i32.store8 (i32.const 64) (i32.const 255)) (call $err (i32.const 64) (i32.const 1))",
            "chaincode failed",
        ),
        (
            "abort",
            diagnostics,
            "(i32.store (i32.const 64) (i32.const 0x6d6f6f62)) (call $abort (i32.const 64) (i32.const 4)) unreachable",
            "chaincode panicked: boom",
        ),
        (
            "10 MB",
            "",
            "(drop (memory.grow (i32.const 200))) (call $ok (i32.const 0) (i32.const 10000000))",
            "the response of 10000000 bytes is larger than the limit of 8388608 bytes",
        ),
        (
            "recursion",
            "(func $f (result i32) (i32.add (call $f) (call $f)))",
            "(call $f)",
            "chaincode exceeded its stack limit",
        ),
        (
            "memory",
            "",
            "(loop $l (br_if $l (i32.ne (memory.grow (i32.const 100)) (i32.const -1)))) unreachable",
            "chaincode exceeded its memory limit of 67108864 bytes",
        ),
        ("loop", "", "(loop $l (br $l)) unreachable", "chaincode exceeded its fuel limit of 50000000"),
    ] {
        // Functions may only follow imports; the template puts both in one place.
        let wasm = contract(imports, body);
        let limits = Limits { fuel: 50_000_000, ..Limits::default() };
        let contract = engine().load(&wasm, limits).unwrap_or_else(|error| panic!("{what}: {error}"));
        let (outcome, _) = call(&contract, &[b"f"], LONG);
        assert_eq!(failure(&outcome), expected, "{what}");
    }
}

#[test]
fn an_endless_loop_ends_soon_after_its_deadline() {
    let wasm = contract("", "(loop $l (br $l)) unreachable");
    let contract = engine().load(&wasm, Limits { fuel: u64::MAX, ..Limits::default() }).unwrap();
    let deadline = Duration::from_millis(100);
    let begun = Instant::now();
    let (outcome, _) = call(&contract, &[b"f"], deadline);
    let late = begun.elapsed().saturating_sub(deadline);
    assert!(matches!(outcome, Outcome::Aborted(EnvironmentError::Deadline { deadline_ms: 100 })), "{outcome:?}");
    // 50 ms on a machine that does nothing else; tests share theirs.
    assert!(late < Duration::from_millis(500), "{late:?} late");
}

#[test]
fn a_rust_contract_reports_its_faults() {
    let contract = engine().load(&contracts::rust("conformance/rust"), Limits::default()).unwrap();
    for (args, expected) in [
        (&[b"Panic".as_slice(), b"out of cheese"][..], "chaincode panicked: out of cheese, src/faults.rs:"),
        (&[b"EatMemory"], "chaincode exceeded its memory limit of 67108864 bytes"),
        (&[b"Recurse", b"0"], "chaincode exceeded its stack limit"),
        (&[b"Large", b"10000000"], "the response of 10000000 bytes is larger than the limit of 8388608 bytes"),
        (&[b"HoldIterators", b"300"], "more than 256 iterators are open"),
        (&[b"Nothing"], "Function Nothing not found in contract"),
        (&[b"\xff"], "the function name is not valid UTF-8"),
        (&[b"Put", b"k"], "Incorrect number of params. Expected 2, received 1"),
        (&[b"Put", &[b'k'; 70_000], b"v"], "the key of 70000 bytes is larger than the limit of 65536 bytes"),
        (&[b"Put", b"k", &vec![0; 9_000_000]], "the value of 9000000 bytes is larger than the limit of 8388608 bytes"),
        (&[b"Put", b"", b"v"], "key must not be an empty string"),
        (&[b"Event", b"", b"v"], "event name can not be empty string"),
        (
            &[b"Put", b"k", &vec![0; 40_000_000]],
            "the set of arguments and transient fields of 40000004 bytes is larger",
        ),
    ] {
        let (outcome, ledger) = call(&contract, args, LONG);
        let message = failure(&outcome);
        assert!(message.starts_with(expected), "{:?}: {message:?}", String::from_utf8_lossy(args[0]));
        assert!(ledger.state().is_empty());
    }
}

#[test]
fn host_calls_and_their_bytes_are_limited() {
    let import = r#"(import "fabric:chaincode/transaction@1.0.0" "tx-id" (func $tx_id (param i32)))"#;
    let wasm = contract(import, "(loop $l (call $tx_id (i32.const 64)) (br $l)) unreachable");
    for (limits, expected) in [
        (Limits { host_calls: 10, ..Limits::default() }, "chaincode exceeded its limit of 10 calls to the peer"),
        (
            Limits { host_bytes: 100, ..Limits::default() },
            "chaincode exceeded its limit of 100 bytes exchanged with the peer",
        ),
    ] {
        let contract = engine().load(&wasm, limits).unwrap();
        let (outcome, _) = call(&contract, &[b"f"], LONG);
        assert_eq!(failure(&outcome), expected);
    }
}

#[test]
fn nothing_survives_a_call() {
    // Counts in a global and in memory; a fresh instance always begins at zero.
    let wasm = contract(
        "(global $calls (mut i32) (i32.const 48))",
        "(global.set $calls (i32.add (global.get $calls) (i32.const 1)))
         (i32.store8 (i32.const 4096) (i32.add (i32.load8_u (i32.const 4096)) (global.get $calls)))
         (call $ok (i32.const 4096) (i32.const 1))",
    );
    let contract = engine().load(&wasm, Limits::default()).unwrap();
    for _ in 0..200 {
        let (context, _) = Ledger::default().context(invocation(&[b"f"]));
        let (outcome, _) = contract.invoke(context, LONG);
        assert!(matches!(&outcome, Outcome::Response { status: 200, payload, .. } if payload == "1"), "{outcome:?}");
    }
}

#[test]
fn many_calls_run_at_once() {
    let contract = engine().load(&contracts::rust("conformance/rust"), Limits::default()).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..100 {
            let contract = contract.clone();
            scope.spawn(move || {
                let value = format!("value {thread}");
                for _ in 0..20 {
                    let (context, record) = Ledger::default().context(invocation(&[b"Put", b"k", value.as_bytes()]));
                    let (outcome, _) = contract.invoke(context, LONG);
                    assert!(matches!(outcome, Outcome::Response { status: 200, .. }), "{outcome:?}");
                    assert_eq!(
                        record.lock().writes[&(String::new(), "k".to_owned())].as_deref(),
                        Some(value.as_bytes())
                    );
                }
            });
        }
    });
}

#[test]
fn files_of_another_world_are_refused_by_name() {
    let engine = engine();
    for (wasm, expected) in [
        (b"hello".to_vec(), "not a Wasm file"),
        (contract(r#"(import "env" "system" (func))"#, "unreachable"), r#"unknown import "env" "system""#),
        (
            wat::parse_str(r#"(component (import "wasi:keyvalue/store@0.2.0" (instance)))"#).unwrap(),
            r#"unknown import "wasi:keyvalue/store@0.2.0""#,
        ),
        (wat::parse_str("(component)").unwrap(), r#"the export "fabric:chaincode/contract@1.0.0" is missing"#),
    ] {
        let error = engine.load(&wasm, Limits::default()).err().expect("the file must be refused");
        assert!(matches!(error, LoadError::Refused(_)), "{error}");
        assert!(error.to_string().contains(expected), "{error}");
    }
    let mut contract = contracts::rust("conformance/rust");
    contract.truncate(contract.len() / 2);
    assert!(engine.check(&contract).to_string().contains("truncated"));
}

/// A ledger side that has failed.
struct Broken(Invocation);

impl TransactionContext for Broken {
    fn invocation(&self) -> &Invocation {
        &self.0
    }
    fn get_state(&mut self, _: &str, _: &str) -> Result<Option<Bytes>, ContextError> {
        Err(gone())
    }
    fn get_hash(&mut self, _: &str, _: &str) -> Result<Option<Bytes>, ContextError> {
        Err(gone())
    }
    fn put_state(&mut self, _: &str, _: &str, _: Bytes) -> Result<(), ContextError> {
        Err(ContextError::Refused("this is a query".into()))
    }
    fn delete_state(&mut self, _: &str, _: &str) -> Result<(), ContextError> {
        Err(gone())
    }
    fn purge(&mut self, _: &str, _: &str) -> Result<(), ContextError> {
        Err(gone())
    }
    fn metadata(&mut self, _: &str, _: &str) -> Result<BTreeMap<String, Bytes>, ContextError> {
        Err(gone())
    }
    fn put_metadata(&mut self, _: &str, _: &str, _: &str, _: Bytes) -> Result<(), ContextError> {
        Err(gone())
    }
    fn open_range(&mut self, _: &str, _: &str, _: &str) -> Result<u32, ContextError> {
        Ok(1)
    }
    fn open_page(&mut self, _: &str, _: &str, _: u32) -> Result<Page, ContextError> {
        Err(gone())
    }
    fn open_query(&mut self, _: &str, _: &str) -> Result<u32, ContextError> {
        Err(gone())
    }
    fn open_query_page(&mut self, _: &str, _: u32, _: &str) -> Result<Page, ContextError> {
        Err(gone())
    }
    fn open_history(&mut self, _: &str) -> Result<u32, ContextError> {
        Err(gone())
    }
    fn next_state(&mut self, _: u32) -> Result<Option<KeyValue>, ContextError> {
        Err(gone())
    }
    fn next_modification(&mut self, _: u32) -> Result<Option<KeyModification>, ContextError> {
        Err(gone())
    }
    fn close(&mut self, _: u32) {}
    fn set_event(&mut self, _: &str, _: Bytes) -> Result<(), ContextError> {
        Err(gone())
    }
    fn invoke_chaincode(
        &mut self,
        _: &str,
        _: &str,
        _: Vec<Bytes>,
        _: Instant,
    ) -> Result<ChaincodeResponse, ContextError> {
        Err(gone())
    }
    fn log(&mut self, _: LogLevel, _: &str) {}
}

fn gone() -> ContextError {
    ContextError::Failed("the disk is gone".into())
}

#[test]
fn a_failing_ledger_is_this_peers_trouble_and_a_refusal_the_contracts() {
    let contract = engine().load(&contracts::rust("conformance/rust"), Limits::default()).unwrap();
    let run = |args: &[&[u8]]| contract.invoke(Box::new(Broken(invocation(args))), LONG).0;
    for args in [&[b"Get".as_slice(), b"k"][..], &[b"Range", b"", b""]] {
        let outcome = run(args);
        let Outcome::Aborted(EnvironmentError::Context(cause)) = &outcome else { panic!("{outcome:?}") };
        assert_eq!(cause, "the disk is gone");
    }
    assert_eq!(failure(&run(&[b"Put", b"k", b"v"])), "this is a query");
}
