//! From files to contracts: loaders, versions, and compiled code that outlives the process.
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

#[path = "support/wat.rs"]
mod wat_contract;

use std::time::Duration;

use bytes::Bytes;
use runtime::memory::Ledger;
use runtime::{Engine, EngineOptions, Invocation, Limits, LoadError, Outcome, encode_component};

fn echo(imports: &str) -> Vec<u8> {
    wat_contract::contract(imports, "(call $ok (local.get $name) (local.get $name_len))")
}

fn answer(engine: &Engine, wasm: &[u8]) -> String {
    let contract = engine.load(wasm, Limits::default()).unwrap_or_else(|error| panic!("{error}"));
    let invocation = Invocation { args: vec![Bytes::from_static(b"hello")], ..Invocation::default() };
    match Ledger::default().invoke(&contract, invocation, Duration::from_secs(10)).outcome {
        Outcome::Response { status: 200, payload, .. } => String::from_utf8(payload.to_vec()).unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn modules_and_components_run_alike() {
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let module = echo("");
    assert_eq!(engine.check(&module).kind, Some("module"));
    assert_eq!(answer(&engine, &module), "hello");
    let component = encode_component(&module).unwrap();
    assert_eq!(engine.check(&component).kind, Some("component"));
    assert_eq!(answer(&engine, &component), "hello");
}

#[test]
fn contracts_of_other_minor_versions_run() {
    let text = host_api::WIT.replace("fabric:chaincode@1.0.0", "fabric:chaincode@1.9.3");
    let mut resolve = wit_parser::Resolve::default();
    let package = resolve.push_str("later.wit", &text).unwrap();
    let world = resolve.select_world(&[package], Some("chaincode")).unwrap();
    let canonical = |name: &str| format!("fabric:chaincode/contract@1.9.3#{name}");
    let import = r#"(import "fabric:chaincode/transaction@1.9.3" "tx-id" (func (param i32)))"#;
    let module = rename_exports(
        &echo(import),
        &[("contract_init", canonical("init")), ("contract_invoke", canonical("invoke"))],
    );
    let mut module = module;
    wit_component::embed_component_metadata(&mut module, &resolve, world, wit_component::StringEncoding::UTF8).unwrap();
    let component = wit_component::ComponentEncoder::default().module(&module).unwrap().encode().unwrap();
    let engine = Engine::new(EngineOptions::default()).unwrap();
    assert_eq!(answer(&engine, &component), "hello");
    assert_eq!(answer(&engine, &module), "hello");
}

/// Renames exports; enough for modules made here, whose names occur once.
fn rename_exports(module: &[u8], names: &[(&str, String)]) -> Vec<u8> {
    use wasm_encoder::{ExportKind, ExportSection, Module, RawSection};
    let mut renamed = Module::new();
    for payload in wasmparser::Parser::new(0).parse_all(module) {
        match payload.unwrap() {
            wasmparser::Payload::ExportSection(exports) => {
                let mut section = ExportSection::new();
                for export in exports {
                    let export = export.unwrap();
                    let name = names.iter().find(|(old, _)| *old == export.name).map_or(export.name, |(_, new)| new);
                    let kind = if export.kind == wasmparser::ExternalKind::Func {
                        ExportKind::Func
                    } else {
                        ExportKind::Memory
                    };
                    section.export(name, kind, export.index);
                }
                renamed.section(&section);
            }
            payload => {
                if let Some((id, range)) = payload.as_section() {
                    renamed.section(&RawSection { id, data: &module[range] });
                }
            }
        }
    }
    renamed.finish()
}

#[test]
fn a_component_with_other_types_does_not_link() {
    let module = echo("");
    let component = encode_component(&module).unwrap();
    let text = r#"
        package fabric:chaincode@1.0.0;
        interface contract { init: func() -> string; invoke: func() -> string; }
        world chaincode { export contract; }"#;
    let mut resolve = wit_parser::Resolve::default();
    let package = resolve.push_str("other.wit", text).unwrap();
    let world = resolve.select_world(&[package], Some("chaincode")).unwrap();
    let mut module = wat::parse_str(
        r#"(module (memory (export "memory") 1)
          (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
          (func (export "fabric:chaincode/contract@1.0.0#init") (result i32) unreachable)
          (func (export "fabric:chaincode/contract@1.0.0#invoke") (result i32) unreachable))"#,
    )
    .unwrap();
    wit_component::embed_component_metadata(&mut module, &resolve, world, wit_component::StringEncoding::UTF8).unwrap();
    let other = wit_component::ComponentEncoder::default().module(&module).unwrap().encode().unwrap();
    let engine = Engine::new(EngineOptions::default()).unwrap();
    assert!(engine.load(&component, Limits::default()).is_ok());
    let error = engine.load(&other, Limits::default()).err().expect("types differ");
    assert!(matches!(error, LoadError::Link(_)), "{error}");
}

#[test]
fn compiled_code_outlives_the_engine() {
    let dir = tempfile::tempdir().unwrap();
    let options = EngineOptions { cache_dir: Some(dir.path().join("cache")), ..EngineOptions::default() };
    let files = || std::fs::read_dir(dir.path().join("cache")).unwrap().count();
    let engine = Engine::new(options.clone()).unwrap();
    assert_eq!(answer(&engine, &echo("")), "hello");
    assert_eq!(files(), 2, "the key and one contract");
    drop(engine);
    let engine = Engine::new(options).unwrap();
    assert_eq!(answer(&engine, &echo("")), "hello");
    assert_eq!(files(), 2, "nothing was compiled again");
}

#[test]
fn every_prefix_and_many_changes_of_a_contract_are_refused_or_loaded_but_never_panic() {
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let wasm = echo("");
    let component = encode_component(&wasm).unwrap();
    for original in [&wasm, &component] {
        for length in 0..original.len() {
            assert!(!engine.check(&original[..length]).accepted() || length > original.len() / 2, "{length}");
        }
        for position in 0..original.len() {
            for bit in [0, 3, 7] {
                let mut changed = original.clone();
                changed[position] ^= 1 << bit;
                engine.check(&changed);
                // Loading what the gate accepts must not panic either.
                let _ = encode_component(&changed);
            }
        }
    }
}
