//! Components that are linked from libraries behave as if their modules had been one from the start.

use std::time::Duration;

use bytes::Bytes;

use super::wiring::Wiring;
use super::{joined, without_shim};
use crate::memory::{Call, Ledger};
use crate::{Engine, EngineOptions, Invocation, Limits, Outcome};

/// A library whose function is found through the table that it shares with the program, which has its memory. `wired` is what the
/// library's import `get-state` is; `more` goes into the library.
fn contract(wired: &str, more: &str) -> Vec<u8> {
    let fillers = "$other ".repeat(400);
    let text = format!(
        r#"(component
            (type $state (instance
                (type $found (option (list u8)))
                (type $result (result $found (error string)))
                (export "get-state" (func (param "key" string) (result $result)))
                (type $done (result (error string)))
                (export "delete-state" (func (param "key" string) (result $done)))))
            (import "fabric:chaincode/state@1.0.0" (instance $host (type $state)))
            (core module $program
                (table (export "table") 500 funcref)
                (memory (export "memory") 1)
                (global $next (mut i32) (i32.const 4096))
                (global (export "base") i32 (i32.const 40))
                (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                    (global.set $next (i32.add (global.get $next) (i32.const 1024)))
                    (global.get $next))
                (data (i32.const 8) "key"))
            (core module $shim
                (type $get (func (param i32 i32 i32)))
                (table (export "$imports") 1 funcref)
                (func (export "0") (param i32 i32 i32)
                    (call_indirect (type $get) (local.get 0) (local.get 1) (local.get 2) (i32.const 0))))
            (core module $library
                (import "env" "memory" (memory 1))
                (import "env" "table" (table 0 funcref))
                (import "env" "base" (global $base i32))
                (import "fabric:chaincode/state@1.0.0" "get-state" (func $get (param i32 i32 i32)))
                (elem (global.get $base) func {fillers} $answer)
                (type $letter (func (result i32)))
                (global $place i32 (i32.add (global.get $base) (i32.const 400)))
                (func $other (result i32) (i32.const 88))
                (func $answer (result i32)
                    (call $get (i32.const 8) (i32.const 3) (i32.const 16))
                    ;; The first byte of what was found, if something was.
                    (i32.load8_u (i32.load (i32.const 24))))
                {more}
                (export "fabric:chaincode/contract@1.0.0#init" (func $call))
                (func $call (export "fabric:chaincode/contract@1.0.0#invoke") (param i32 i32 i32 i32) (result i32)
                    (i32.store8 (i32.const 64) (call_indirect (type $letter) (global.get $place)))
                    (i32.store8 (i32.const 32) (i32.const 0))
                    (i32.store (i32.const 36) (i32.const 64))
                    (i32.store (i32.const 40) (i32.const 1))
                    (i32.const 32)))
            (core module $fixup
                (import "shim" "$imports" (table 1 funcref))
                (import "actual" "0" (func $get (param i32 i32 i32)))
                (elem (i32.const 0) func $get))
            (core instance $program (instantiate $program))
            (core instance $shim (instantiate $shim))
            (alias core export $shim "0" (core func $late))
            (core instance $wanted (export "get-state" (func $late)))
            (core instance $library (instantiate $library
                (with "env" (instance $program))
                (with "fabric:chaincode/state@1.0.0" (instance $wanted))))
            (alias core export $program "memory" (core memory $memory))
            (alias core export $program "cabi_realloc" (core func $realloc))
            (alias export $host "{wired}" (func $actual))
            (core func $lowered (canon lower (func $actual) (memory $memory) (realloc $realloc)))
            (core instance $ready (export "0" (func $lowered)))
            (core instance (instantiate $fixup (with "shim" (instance $shim)) (with "actual" (instance $ready))))
            (alias core export $library "fabric:chaincode/contract@1.0.0#init" (core func $first))
            (alias core export $library "fabric:chaincode/contract@1.0.0#invoke" (core func $call))
            (type $answer (func (param "function" string) (param "args" (list (list u8))) (result (result (list u8) (error string)))))
            (func $init (type $answer) (canon lift (core func $first) (memory $memory) (realloc $realloc)))
            (func $invoke (type $answer) (canon lift (core func $call) (memory $memory) (realloc $realloc)))
            (instance $contract (export "init" (func $init)) (export "invoke" (func $invoke)))
            (export "fabric:chaincode/contract@1.0.0" (instance $contract)))"#
    );
    wat::parse_str(text).unwrap()
}

fn call(wasm: &[u8]) -> Call {
    let contract = Engine::new(EngineOptions::default()).unwrap().load(wasm, Limits::default()).unwrap();
    let ledger = Ledger::default();
    ledger.put("key", "value");
    let args = vec![Bytes::from_static(b"f")];
    ledger.invoke(&contract, Invocation { tx_id: "tx".into(), args, ..Invocation::default() }, Duration::from_secs(20))
}

fn check(what: &str, wasm: &[u8], is_joined: bool, answer: &[u8]) {
    let joined = joined(wasm);
    assert_eq!(joined.is_some(), is_joined, "{what}");
    for wasm in [Some(wasm.to_vec()), joined].into_iter().flatten() {
        let call = call(&wasm);
        let Outcome::Response { status: 200, payload, .. } = call.outcome else { panic!("{what}: {:?}", call.outcome) };
        assert_eq!(payload.as_ref(), answer, "{what}");
    }
}

#[test]
fn libraries_that_share_a_table_are_joined() {
    check("plain", &contract("get-state", ""), true, b"v");
    let own = "(global $own (mut i32) (i32.const 7)) (func (export \"own\") (result i32) (global.get $own))";
    check("more functions and globals", &contract("get-state", own), true, b"v");
    check("unused data", &contract("get-state", "(data \"passive\")"), true, b"v");
}

#[test]
fn what_could_tell_the_difference_stays_in_parts() {
    // The library asks for one function and gets another.
    check("other name", &contract("delete-state", ""), false, b"\0");
    let passive = "(elem $unused func $other) (func (table.init $unused (i32.const 0) (i32.const 0) (i32.const 0)))";
    check("passive elements", &contract("get-state", passive), false, b"v");
    let second = "(table $second 4 funcref) (func (export \"second\") (result i32) (table.size $second))";
    check("another table", &contract("get-state", second), false, b"v");
}

/// A contract of the simple kind that answers with the state under "key", as a component; `more` goes into its module.
fn simple(more: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
            (import "fabric_v1" "get_state" (func $get (param i32 i32) (result i32)))
            (import "fabric_v1" "register_len" (func $length (param i32) (result i32)))
            (import "fabric_v1" "register_read" (func $read (param i32 i32)))
            (import "fabric_v1" "set_response" (func $respond (param i32 i32)))
            (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
            (memory (export "memory") 1)
            (data (i32.const 8) "key")
            (type $answer (func (result i32)))
            (table $own 2 funcref)
            (elem (i32.const 1) $answer)
            (func $answer (result i32)
                (drop (call $clock (i32.const 0) (i64.const 0) (i32.const 64)))
                (drop (call $get (i32.const 8) (i32.const 3)))
                (call $read (i32.const 0) (i32.const 128))
                (call $respond (i32.const 128) (call $length (i32.const 0)))
                (i32.const 0))
            (func (export "invoke") (result i32) (call_indirect $own (type $answer) (i32.const 1)))
            {more})"#
    );
    let wasm = wat::parse_str(text).unwrap();
    (crate::loader::for_bytes(&wasm).unwrap().component)(&wasm).unwrap().into_owned()
}

/// The same as a module with the names of the contract world.
fn canonical(more: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
            (import "fabric:chaincode/state@1.0.0" "get-state" (func $get (param i32 i32 i32)))
            (memory (export "memory") 1)
            (global $next (mut i32) (i32.const 4096))
            (data (i32.const 8) "key")
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                (global.set $next (i32.add (global.get $next) (i32.const 1024)))
                (global.get $next))
            (func $call (export "contract_invoke") (param i32 i32 i32 i32) (result i32)
                (call $get (i32.const 8) (i32.const 3) (i32.const 32))
                ;; From a result with an option to a result.
                (i32.store (i32.const 64) (i32.const 0))
                (i32.store (i32.const 68) (i32.load (i32.const 40)))
                (i32.store (i32.const 72) (i32.load (i32.const 44)))
                (i32.const 64))
            (export "contract_init" (func $call))
            {more})"#
    );
    crate::encode::encode_component(&wat::parse_str(text).unwrap()).unwrap()
}

fn check_shim(what: &str, component: &[u8], is_left_out: bool) {
    let modules = |component: &[u8]| Wiring::read(component).unwrap().unwrap().modules.len();
    let rewritten = without_shim(component);
    assert_eq!(rewritten.is_some(), is_left_out, "{what}");
    assert!(rewritten.is_none_or(|rewritten| modules(&rewritten) + 1 == modules(component)), "{what}");
    let Outcome::Response { status: 200, payload, .. } = call(component).outcome else { panic!("{what}") };
    assert_eq!(payload.as_ref(), b"value", "{what}");
}

#[test]
fn the_shim_becomes_a_part_of_its_module() {
    check_shim("plain", &simple(""), true);
    check_shim("no room for a table", &simple("(table 1 funcref)"), false);
    check_shim("positions that nobody has any more", &simple("(@custom \".debug_line\" \"\")"), true);
    check_shim("a module of the world", &canonical(""), true);
    check_shim("an export that looks like the shim's", &canonical("(func (export \"0\"))"), false);
    check_shim("positions in the code", &canonical("(@custom \".debug_line\" \"\")"), false);
    assert!(without_shim(&contract("get-state", "")).is_none(), "another module comes first");
    let mut counting = canonical("");
    counting.extend(
        wat::parse_str("(component (core module $m) (component (alias outer 1 0 (core module))))").unwrap()[8..].iter(),
    );
    assert!(without_shim(&counting).is_none(), "a component that takes a module by its number");
    assert!(without_shim(&wat::parse_str("(component)").unwrap()).is_none());
}
